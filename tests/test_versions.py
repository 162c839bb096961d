"""The versions this program is safe with are the ones that are locked and installed."""

import re
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from PySide6.QtCore import QObject

ROOT = Path(__file__).parents[1]
RUNTIME_LOCK = ROOT / "requirements.lock"
TEST_LOCK = ROOT / "requirements-test.lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def lines(lock: Path) -> list[str]:
    return [line for line in lock.read_text("utf-8").splitlines() if not line.startswith("#")]


def pins(*locks: Path) -> dict[str, str]:
    return dict(line.split("==") for lock in locks for line in lines(lock) if "==" in line)


@pytest.mark.parametrize("value", [None, True], ids=str)
def test_void_qt_calls_lose_no_reference(value):
    """PySide6 6.12.0 loses one a call on Python 3.10 and 3.11, and ends in a fatal error."""
    thing = QObject()
    before = sys.getrefcount(value)
    for _ in range(1000):
        thing.setObjectName("canary")
        thing.blockSignals(False)
    assert abs(sys.getrefcount(value) - before) < 100


@pytest.mark.parametrize(
    ("package", "at_least", "below"),
    [("PySide6-Essentials", "6.11.3", "6.12"), ("pyqtgraph", "0.14", "0.15")],
)
def test_installed_version_is_a_safe_one(package, at_least, below):
    assert Version(at_least) <= Version(version(package)) < Version(below)


def test_shiboken_is_of_the_same_release_as_pyside():
    assert version("shiboken6") == version("PySide6-Essentials")


@pytest.mark.parametrize("lock", [RUNTIME_LOCK, TEST_LOCK], ids=lambda lock: lock.name)
def test_lock_holds_exact_versions_and_nothing_else(lock):
    """No index, no find-links, no address, no +cpu."""
    found = lines(lock)
    if lock is TEST_LOCK:
        assert found.pop(0) == "-r requirements.lock"
    assert [line for line in found if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line)] == []
    assert found == sorted(found)


def test_locks_hold_no_cuda_packages():
    names = pins(RUNTIME_LOCK, TEST_LOCK)
    assert [name for name in names if re.match("nvidia|cuda|triton", name)] == []


def test_no_package_is_in_both_locks():
    assert pins(RUNTIME_LOCK).keys() & pins(TEST_LOCK).keys() == set()


@pytest.mark.parametrize(
    ("requirements", "lock"),
    [
        (PROJECT["dependencies"], pins(RUNTIME_LOCK)),
        (EXTRAS["test"] + EXTRAS["video"], pins(RUNTIME_LOCK, TEST_LOCK)),
    ],
    ids=["runtime", "test"],
)
def test_lock_fulfils_pyproject(requirements, lock):
    for requirement in map(Requirement, requirements):
        pinned = lock[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(pinned), requirement


def test_installed_versions_are_the_locked_ones():
    locked = pins(RUNTIME_LOCK, TEST_LOCK)
    installed = {name: version(name).split("+")[0] for name in locked}  # torch may be 2.x.y+cpu
    assert installed == locked

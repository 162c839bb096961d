"""`make` and bootstrap.py: what is missing, and the very words and commands that mend it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import bootstrap

ROOT = Path(__file__).parents[1]
SOURCES = [
    ROOT / "main.py",
    *(p for d in ("gui", "scenes", "engine") for p in ROOT.glob(f"{d}/**/*.py")),
]


def nothing(sign: str) -> bool:
    return False


def everything(sign: str) -> bool:
    return True


def test_makefile_has_every_target_and_describes_it():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    assert targets == {"help", "run", "test", "lint", "format", "bench", "lock", "clean"}
    described = set(re.findall(r"\bmake (\w+)  ", makefile))
    assert targets - {"help"} <= described


def test_ci_script_is_executable_bash_that_stops_on_errors():
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert script.read_text("utf-8").startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in script.read_text("utf-8")


def test_tests_need_all_that_the_program_wants():
    run = bootstrap.wanted("run", has_venv=True)
    test = bootstrap.wanted("test", has_venv=True)
    assert test.keys() - run.keys() == {"xvfb", "xauth"}
    assert run.keys() <= test.keys() == bootstrap.needed("test", has_venv=True).keys()


def test_program_goes_on_without_x11_and_without_a_chinese_font():
    optional = bootstrap.wanted("run", has_venv=False).keys() - bootstrap.needed("run", has_venv=False).keys()
    assert optional == {*bootstrap.X11_LIBRARIES, "fonts-wqy-microhei"}


@pytest.mark.parametrize("goal", ["run", "test"])
def test_venv_package_is_asked_for_only_while_there_is_no_venv(goal):
    assert "python3-venv" in bootstrap.needed(goal, has_venv=False)
    assert "python3-venv" not in bootstrap.wanted(goal, has_venv=True)


def test_only_what_is_missing_is_named_in_order():
    packages = bootstrap.wanted("test", has_venv=False)
    assert bootstrap.missing(packages, everything) == []
    assert bootstrap.missing(packages, nothing) == list(packages)
    absent = {"libGL.so.1", "xvfb-run"}
    assert bootstrap.missing(packages, lambda sign: sign not in absent) == ["libgl1", "xvfb"]


def test_each_kind_of_sign_is_recognised():
    assert bootstrap.is_there("import ensurepip")
    assert not bootstrap.is_there("import no_such_module")
    assert bootstrap.is_there("sh")
    assert not bootstrap.is_there("no-such-program")
    assert bootstrap.is_there(f"/no/such/file {Path(sys.executable).parent}/pyth*")
    assert not bootstrap.is_there("/no/such/file /nor/this/*")
    assert not bootstrap.is_there("libnosuch.so.1")


@pytest.mark.skipif(sys.platform != "linux", reason="system packages are looked at on Linux only")
def test_this_machine_lacks_nothing():
    packages = bootstrap.wanted("test", has_venv=True)
    assert bootstrap.missing(packages, bootstrap.is_there) == []


@pytest.mark.parametrize(
    ("apt", "root", "sudo", "prefix"),
    [
        (True, True, False, ["env", "DEBIAN_FRONTEND=noninteractive"]),
        (True, False, True, ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"]),
        (True, False, False, None),
        (False, True, True, None),
    ],
    ids=["root", "sudo", "neither", "not Debian"],
)
def test_permission_to_install(apt, root, sudo, prefix):
    assert bootstrap.permission(apt=apt, root=root, sudo=sudo) == prefix


def test_apt_updates_first_and_takes_only_what_is_asked_for():
    update, install = bootstrap.apt_commands(["libgl1", "xvfb"], ["sudo", "-n"])
    assert update == ["sudo", "-n", "apt-get", "update"]
    command = "sudo -n apt-get install -y --no-install-recommends libgl1 xvfb"
    assert install == command.split()


def test_without_permission_the_exact_command_is_told():
    assert bootstrap.advice(["libegl1", "xvfb"], apt=True) == (
        "to install them, type:\n"
        "  sudo apt-get update && "
        "sudo apt-get install -y --no-install-recommends libegl1 xvfb"
    )


def test_on_other_systems_the_libraries_are_named():
    assert bootstrap.advice(["libegl1", "fonts-wqy-microhei", "xvfb"], apt=False) == (
        "install what provides these, with the package manager of your system:\n"
        "  libEGL.so.1\n"
        "  a Chinese font\n"
        "  xvfb-run"
    )


def test_lock_text_is_sorted_and_free_of_builds_and_cuda():
    versions = {"torch": "2.13.0+cpu", "Jinja2": "3.1.6", "lazy_loader": "0.6"}
    cuda = {"nvidia-cublas": "13.1.0", "triton": "3.7.0", "cuda-bindings": "13.0.3"}
    items = [{"metadata": {"name": n, "version": v}} for n, v in {**versions, **cuda}.items()]
    text = bootstrap.lock_text({"install": items})
    assert text == "jinja2==3.1.6\nlazy-loader==0.6\ntorch==2.13.0\n"
    assert bootstrap.pinned(text, "torch") == "torch==2.13.0"
    assert bootstrap.lock_text({"install": items}, skip="torch==2.13.0\n").count("==") == 2


def test_unknown_goal_prints_the_usage_and_fails():
    ended = subprocess.run(
        [sys.executable, "-IS", ROOT / "bootstrap.py", "walk"], capture_output=True, text=True
    )
    assert ended.returncode == 2
    assert "bootstrap.py run" in ended.stdout


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_loader_allows_pickles(source):
    """Ruff bans `pickle`, `eval` and `torch.load`; it has no rule for this keyword of NumPy's."""
    assert not re.search(r"allow_pickle\s*=\s*(?!False\b)", source.read_text("utf-8"))

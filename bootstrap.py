"""Make a machine ready for Zoetrope: system packages, `.venv`, and the locked Python packages.

    python3 bootstrap.py run     what the program needs
    python3 bootstrap.py test    what its tests and checks need as well
    python3 bootstrap.py lock    write the locks anew, with the newest versions that are allowed

Standard library only, since nothing is installed yet. When all is ready it says nothing and is
over in about 50 ms. On Debian and Ubuntu it installs missing system packages when it may (as root,
or with a sudo that asks nothing), and otherwise prints the command to type.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (says so before anything newer is read)
    sys.exit("Zoetrope needs Python 3.11 or newer: make run PYTHON=python3.12")

import ctypes
import glob
import hashlib
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

LINUX = sys.platform == "linux"
VENV = Path(".venv")
VENV_PYTHON = str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
PIP_INSTALL = [VENV_PYTHON, "-m", "pip", "install", "--disable-pip-version-check"]
LOCKS = {"run": ["requirements.lock"], "test": ["requirements.lock", "requirements-test.lock"]}

# Debian package -> what shows that it is there: a library that loads, a program on the PATH,
# a font file, or a module.
QT_LIBRARIES = {
    "libegl1": "libEGL.so.1",
    "libgl1": "libGL.so.1",
    "libxkbcommon0": "libxkbcommon.so.0",
    "libdbus-1-3": "libdbus-1.so.3",
    "libfontconfig1": "libfontconfig.so.1",
    "libglib2.0-0": "libglib-2.0.so.0",
}
X11_LIBRARIES = {
    "libxcb-cursor0": "libxcb-cursor.so.0",
    "libxcb-icccm4": "libxcb-icccm.so.4",
    "libxcb-keysyms1": "libxcb-keysyms.so.1",
    "libxkbcommon-x11-0": "libxkbcommon-x11.so.0",
    "libxcb-shape0": "libxcb-shape.so.0",
}
CHINESE_FONT = {"fonts-wqy-microhei": "/usr/share/fonts/*/wqy* /usr/share/fonts/*/noto/*CJK*"}
TEST_PROGRAMS = {"xvfb": "xvfb-run", "xauth": "xauth"}
VENV_MAKER = {"python3-venv": "import ensurepip"}


# What is missing, and what to do about it: no side effects here.


def wanted(goal: str, *, has_venv: bool) -> dict[str, str]:
    """Every system package that `goal` makes use of, with its sign."""
    tests = TEST_PROGRAMS if goal == "test" else {}
    maker = {} if has_venv else VENV_MAKER
    return {**QT_LIBRARIES, **X11_LIBRARIES, **CHINESE_FONT, **tests, **maker}


def needed(goal: str, *, has_venv: bool) -> dict[str, str]:
    """The packages without which it is of no use to go on.

    The tests need all. The program can do without X11 (Wayland, or rendering to a file) and
    without a Chinese font.
    """
    if goal == "test":
        return wanted(goal, has_venv=has_venv)
    return {**QT_LIBRARIES, **({} if has_venv else VENV_MAKER)}


def missing(packages: Mapping[str, str], is_there: Callable[[str], bool]) -> list[str]:
    """The packages whose sign is not there, in order."""
    return [package for package, sign in packages.items() if not is_there(sign)]


def permission(*, apt: bool, root: bool, sudo: bool) -> list[str] | None:
    """What to put before `apt-get` so that it may install; None when it may not at all."""
    if not apt or not (root or sudo):
        return None
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive"]
    return quiet if root else ["sudo", "-n", *quiet]


def apt_commands(packages: Iterable[str], prefix: Iterable[str]) -> list[list[str]]:
    """The commands that install Debian packages, as argument lists."""
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    return [[*prefix, "apt-get", "update"], [*prefix, *install]]


def advice(packages: list[str], *, apt: bool) -> str:
    """What to tell a person who must install the packages by hand."""
    if apt:
        commands = apt_commands(packages, ["sudo"])
        return "to install them, type:\n  " + " && ".join(map(shlex.join, commands))
    signs = {**wanted("test", has_venv=False), **dict.fromkeys(CHINESE_FONT, "a Chinese font")}
    names = "".join(f"\n  {signs[package]}" for package in packages)
    return f"install what provides these, with the package manager of your system:{names}"


def pinned(lock: str, name: str) -> str:
    """The line `name==version` in the text of a lock."""
    return next(line for line in lock.splitlines() if line.startswith(name + "=="))


def lock_text(report: Mapping[str, list[dict[str, dict[str, str]]]], skip: str = "") -> str:
    """Sorted lines `name==version` from pip's installation report, less those in `skip`.

    No local part such as +cpu, and none of the CUDA packages that torch brings on some machines:
    pip adds what the chosen build of torch asks for.
    """
    pairs = ((item["metadata"]["name"], item["metadata"]["version"]) for item in report["install"])
    lines = {f"{name.lower().replace('_', '-')}=={version.split('+')[0]}" for name, version in pairs}
    cuda = tuple(line for line in lines if line.startswith(("nvidia-", "cuda-", "triton==")))
    return "".join(f"{line}\n" for line in sorted(lines.difference(skip.splitlines(), cuda)))


# The machine.


def say(text: str) -> None:
    print(f"zoetrope: {text}", file=sys.stderr, flush=True)


def run(command: list[str]) -> bool:
    say(shlex.join(command))
    return subprocess.run(command, check=False).returncode == 0


def quietly(command: list[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def is_there(sign: str) -> bool:
    if sign.startswith("import "):
        return importlib.util.find_spec(sign.removeprefix("import ")) is not None
    if sign.startswith("/"):
        return any(glob.glob(pattern) for pattern in sign.split())
    if ".so." not in sign:
        return shutil.which(sign) is not None
    try:
        ctypes.CDLL(sign)
    except OSError:
        return False
    return True


def prepare_system(goal: str, *, has_venv: bool) -> bool:
    """Install the system packages that are missing; False when one that is needed stays so."""
    packages = missing(wanted(goal, has_venv=has_venv), is_there)
    if packages:
        say(f"missing system packages: {' '.join(packages)}")
        apt = shutil.which("apt-get") is not None
        root = os.geteuid() == 0
        sudo = shutil.which("sudo") is not None and quietly(["sudo", "-n", "true"])
        prefix = permission(apt=apt, root=root, sudo=sudo)
        if prefix is not None:
            for command in apt_commands(packages, prefix):
                run(command)
            packages = missing(wanted(goal, has_venv=has_venv), is_there)
        if packages:
            say(advice(packages, apt=apt))
    ready = not set(packages) & set(needed(goal, has_venv=has_venv))
    if packages and ready:
        say("going on without them")
    return ready


def install(goal: str) -> bool:
    """Install the locked packages into `.venv`: torch first, from TORCH_INDEX if that is set."""
    pip = PIP_INSTALL if sys.stdout.isatty() else [*PIP_INSTALL, "--quiet"]
    index = os.environ.get("TORCH_INDEX")
    source = ["--index-url", index] if index else []
    torch = pinned(Path("requirements.lock").read_text("utf-8"), "torch")
    return run([*pip, "--no-deps", *source, torch]) and run([*pip, "-r", LOCKS[goal][-1]])


def fingerprint(goal: str) -> str:
    """What the locks of `goal` hold, in short: it changes when they do."""
    return hashlib.sha256(b"".join(Path(lock).read_bytes() for lock in LOCKS[goal])).hexdigest()


def stamp(goal: str) -> Path:
    """The file in `.venv` that holds the fingerprint of what was last installed there."""
    return VENV / f"ready-for-{goal}"


def is_ready(goal: str) -> bool:
    """Whether nothing is to be done: asked at every start, so it is quick."""
    if not (Path(VENV_PYTHON).exists() and stamp(goal).exists()):
        return False
    if stamp(goal).read_text("utf-8") != fingerprint(goal):
        return False
    return not (LINUX and missing(needed(goal, has_venv=True), is_there))


def prepare(goal: str) -> bool:
    """Make everything ready for `goal`; False when that could not be done."""
    has_venv = Path(VENV_PYTHON).exists() and quietly([VENV_PYTHON, "-c", "import pip"])
    if LINUX and not prepare_system(goal, has_venv=has_venv):
        return False
    python = os.path.realpath(sys.executable)  # what .venv is made from, even if this is .venv's
    if not has_venv and not run([python, "-m", "venv", "--clear", str(VENV)]):
        return False
    if not install(goal):
        return False
    for done in {"run", goal}:  # the tests need all that the program needs
        stamp(done).write_text(fingerprint(done), "utf-8")
    return True


def write_locks() -> bool:
    """Resolve what pyproject.toml asks for and write both locks."""
    import tomllib

    project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    resolve = [*PIP_INSTALL, "--dry-run", "--ignore-installed", "--quiet", "--report", "-"]

    def report(requirements: list[str]) -> dict[str, list[dict[str, dict[str, str]]]]:
        output = subprocess.run([*resolve, *requirements], check=True, stdout=subprocess.PIPE).stdout
        answer: dict[str, list[dict[str, dict[str, str]]]] = json.loads(output)
        return answer

    head = "# Written by `make lock`: exact versions, nothing else.\n"
    runtime = lock_text(report(project["dependencies"]))
    Path("requirements.lock").write_text(head + runtime, "utf-8")
    everything = [*project["dependencies"], *extras["test"], *extras["video"]]
    tests = lock_text(report(["-c", "requirements.lock", *everything]), skip=runtime)
    Path("requirements-test.lock").write_text(f"{head}-r requirements.lock\n{tests}", "utf-8")
    return True


def main() -> int:
    os.chdir(Path(__file__).parent)
    goal = sys.argv[1] if len(sys.argv) == 2 else ""
    if goal not in {*LOCKS, "lock"}:
        print(__doc__)
        return 2
    done = write_locks() if goal == "lock" else is_ready(goal) or prepare(goal)
    if not done:
        say("not ready: see above")
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())

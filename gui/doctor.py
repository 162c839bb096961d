"""What is here, what is missing, and the command that mends it: a report to read or to send.

Everything that could fail when it is loaded (torch, Qt, the display) is asked in a child process with a time
limit, so that no fault of theirs, not even a crash, ends the report.
"""

from __future__ import annotations

import json
import operator
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import bootstrap

ROOT = Path(__file__).parents[1]
LIMIT = 60.0  # seconds that a child may take; importing torch from a cold disk takes long
# The module to load, where it is not called like its package.
MODULES = {"PySide6-Essentials": "PySide6.QtWidgets", "pillow": "PIL"}
OTHER_NAMES = {"PySide6-Essentials": "PySide6"}  # a package that brings the same modules
DANGEROUS = {("PySide6-Essentials", "6.12.0"): "it loses references to None and so crashes in the end"}
LATIN_FONTS = "fonts-dejavu-core"

ASK_TORCH = """
import json, warnings
import torch
warnings.simplefilter("error")  # torch warns of a driver that is too old, and says that CUDA is not there
cuda, why = None, "" if torch.version.cuda or torch.version.hip else "this torch is built without it"
try:
    if torch.cuda.is_available():
        cuda = torch.cuda.get_device_name()
except Exception as error:
    why = str(error)
print(json.dumps({"threads": torch.get_num_threads(), "cuda": cuda, "why": why or "no such device found",
                  "mps": torch.backends.mps.is_available()}))
"""
ASK_QT = """
import json
from PySide6.QtCore import qVersion
from PySide6.QtGui import QFontDatabase, QFontInfo, QFontMetricsF, QGuiApplication
app = QGuiApplication(["zoetrope"])
fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
width = QFontMetricsF(fixed).horizontalAdvance
print(json.dumps({
    "qt": qVersion(),
    "platform": app.platformName(),
    "families": len(QFontDatabase.families()),
    "text": QFontInfo(app.font()).family(),
    "fixed": QFontInfo(fixed).family() if width("iiii") == width("MMMM") else "",
    "chinese": QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese)[:1],
}))
"""


@dataclass(frozen=True)
class Finding:
    """One line of the report: what was looked at, what there is, and the command that mends it.

    `fault` is a thing that is needed and is not as it should be.
    """

    what: str
    said: str
    mend: str = ""
    fault: bool = False


@dataclass(frozen=True)
class Answer:
    """What a child process said: its data, or in one line why there is none."""

    data: Mapping[str, Any] | None = None
    reason: str = ""


# Asking.


def ask(code: str, environ: Mapping[str, str] | None = None, limit: float = LIMIT) -> Answer:
    """Run a piece of Python that prints JSON, in a process of its own."""
    command = [sys.executable, "-P", "-c", code]
    try:
        ended = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, env=environ, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return Answer(reason=f"no answer within {limit:g} seconds")
    except OSError as error:
        return Answer(reason=one_line(str(error)))
    try:
        if ended.returncode == 0:
            return Answer(data=json.loads(ended.stdout.splitlines()[-1]))
    except (ValueError, IndexError):
        pass
    return Answer(reason=reason_in(ended.stderr.decode(errors="replace"), ended.returncode))


def reason_in(said: str, status: int) -> str:
    """Why a child failed, from what it said on its standard error and its exit status, in one line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    of_qt = [line.partition(": ")[2] for line in lines if line.startswith("qt.qpa")]
    if reason := (of_qt or lines[-1:]):
        return one_line(reason[0])
    return f"it ended with status {status}" if status >= 0 else f"it crashed (signal {-status})"


def one_line(text: str, longest: int = 200) -> str:
    """A text as one line of printable characters."""
    line = "".join(mark for mark in " ".join(text.split()) if mark.isprintable())
    return line if len(line) <= longest else f"{line[: longest - 3]}..."


# Packages.


def name_of(requirement: str) -> str:
    """The package that a requirement such as "numpy>=2,<3" names."""
    found = re.match(r"[\w.-]+", requirement)
    return found[0] if found else requirement


def fits(version: str, requirement: str) -> bool:
    """Whether a version is one that the requirement asks for by >=, >, <=, < or ==."""
    tests = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt, "==": operator.eq}
    wanted = re.findall(r"(>=|<=|==|>|<)\s*([\w.]+)", requirement)
    return all(tests[sign](_numbers(version), _numbers(bound)) for sign, bound in wanted)


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version, six of them: "2.13.0+cpu" is 2, 13, 0, 0, 0, 0."""
    release = re.match(r"[\d.]*", version)
    numbers = [int(number) for number in (release[0] if release else "").split(".") if number]
    return tuple((numbers + [0] * 6)[:6])


def version_of(name: str) -> str | None:
    """The installed version of a package, or of one that brings the same; None where there is none."""
    for called in (name, OTHER_NAMES.get(name, name)):
        try:
            return metadata.version(called)
        except metadata.PackageNotFoundError:
            continue
    return None


def python() -> str:
    """What to type for this very Python."""
    return "python" if shutil.which("python") == sys.executable else shlex.quote(sys.executable)


def install(*requirements: str) -> str:
    """The command that installs packages."""
    return f"{python()} -m pip install {shlex.join(requirements)}"


def package(requirement: str, version: str | None, loads: Answer, *, optional: str = "") -> Finding:
    """A dependency: whether it is here, in a version that is wanted, and can be loaded.

    `optional` is what it serves where the program can do without it.
    """
    name = name_of(requirement)
    if version is None:
        said = f"not here; only for {optional}" if optional else "missing"
        return Finding(name, said, install(requirement), fault=not optional)
    if danger := DANGEROUS.get((name, version.partition("+")[0])):
        return Finding(name, f"{version} is dangerous: {danger}", install(requirement), fault=True)
    if not fits(version, requirement):
        wanted = requirement.removeprefix(name).strip()
        return Finding(name, f"{version}, where {wanted} is wanted", install(requirement), fault=not optional)
    if loads.data is None:
        again = install("--force-reinstall", requirement) if ".so" not in loads.reason else ""
        return Finding(name, f"{version} cannot be loaded: {loads.reason}", again, fault=not optional)
    return Finding(name, version)


def for_tests(requirements: Sequence[str], version: Callable[[str], str | None] = version_of) -> Finding:
    """The packages of the tests, in one line."""
    absent = [wanted for wanted in requirements if version(name_of(wanted)) is None]
    if not absent:
        return Finding("for the tests", f"all {len(requirements)} are here")
    names = ", ".join(map(name_of, absent))
    return Finding("for the tests", f"not here: {names}; only for the tests", install(*absent))


# Devices.


def devices(torch: Answer) -> list[Finding]:
    """Where the engine can compute."""
    if torch.data is None:
        return [Finding("CPU", f"torch does not say: {torch.reason}")]
    cuda, threads = torch.data["cuda"], torch.data["threads"]
    return [
        Finding("CPU", f"{threads} thread{'' if threads == 1 else 's'}"),
        Finding("CUDA", one_line(cuda or f"none: {torch.data['why']}")),
        Finding("MPS", "Apple GPU" if torch.data["mps"] else "none"),
    ]


# The display and Qt's platform plugins.


def display_of(environ: Mapping[str, str], system: str) -> str:
    """The display that a window would open on; "" where there is none."""
    if system != "linux":
        return "the system's own"
    found = [f"{name}={environ[name]}" for name in ("WAYLAND_DISPLAY", "DISPLAY") if environ.get(name)]
    return " ".join(found)


def windows(environ: Mapping[str, str], shown_on: str, asked: Answer | None) -> list[Finding]:
    """The display, and whether Qt's plugin for it can be loaded (`asked`; None where that was not tried)."""
    chosen = environ.get("QT_QPA_PLATFORM", "")
    there = Finding("display", shown_on)
    if not shown_on:
        said = "none (DISPLAY and WAYLAND_DISPLAY are not set); this draws without one"
        there = Finding("display", said, "python main.py render SCENE -o picture.png")
    by = f" (QT_QPA_PLATFORM={chosen})" if chosen else ""
    if asked is None:
        return [
            there,
            Finding("platform plugin", f"{chosen or 'xcb or wayland'}: not tried without a display"),
        ]
    if asked.data is not None:
        return [there, Finding("platform plugin", f"{asked.data['platform']} loads{by}")]
    mend = "unset QT_QPA_PLATFORM" if chosen else ""
    return [there, Finding("platform plugin", f"cannot be loaded{by}: {asked.reason}", mend, fault=True)]


def drawing(offscreen: Answer) -> Finding:
    """Whether Qt can draw with no display."""
    if offscreen.data is None:
        return Finding("without a window", f"Qt cannot draw: {offscreen.reason}", fault=True)
    return Finding("without a window", f"Qt {offscreen.data['qt']} draws ({offscreen.data['platform']})")


# Fonts and system libraries.


def fonts(offscreen: Answer, to_install: Callable[[Sequence[str]], str]) -> list[Finding]:
    """A font for text, one of fixed width, one with Chinese characters."""
    found = offscreen.data
    if found is None:
        return [Finding("fonts", "Qt does not say")]
    latin, chinese = to_install([LATIN_FONTS]), to_install(list(bootstrap.CHINESE_FONT))
    none = not found["families"]
    text = Finding("text", "none: no text can be drawn", latin, fault=True)
    fixed = Finding("fixed width", "none: columns of code and numbers will not line up", latin)
    han = Finding("Chinese", "none: Chinese text shows empty boxes", chinese)
    return [
        text if none else Finding("text", found["text"]),
        fixed if none or not found["fixed"] else Finding("fixed width", found["fixed"]),
        Finding("Chinese", found["chinese"][0]) if found["chinese"] else han,
    ]


def system_packages(
    is_there: Callable[[str], bool], to_install: Callable[[Sequence[str]], str]
) -> list[Finding]:
    """The system's libraries that Qt needs, and those for windows on X11."""
    findings = []
    for what, signs, needed in (
        ("for Qt", bootstrap.QT_LIBRARIES, True),
        ("for X11 windows", bootstrap.X11_LIBRARIES, False),
    ):
        absent = bootstrap.missing(signs, is_there)
        said = f"missing: {', '.join(signs[name] for name in absent)}" if absent else "all are here"
        findings.append(
            Finding(what, said, to_install(absent) if absent else "", fault=needed and bool(absent))
        )
    return findings


def installer(*, apt: bool, root: bool) -> Callable[[Sequence[str]], str]:
    """What makes the command that installs Debian packages; elsewhere, words that say what to look for."""

    def command(packages: Sequence[str]) -> str:
        if not apt:
            return f"with your system's package manager, what Debian calls {' '.join(packages)}"
        return " && ".join(map(shlex.join, bootstrap.apt_commands(packages, [] if root else ["sudo"])))

    return command


# The report.


def report(title: str, sections: Mapping[str, Sequence[Finding]]) -> str:
    """The findings as text, each command under what it mends, and the sum of it at the end."""
    lines = [title]
    for heading, findings in sections.items():
        lines += ["", heading]
        for one in findings:
            lines.append(
                f"{'!' if one.fault else ' '} {one.what:20}{one.said.rstrip('.') + ':' if one.mend else one.said}"
            )
            if one.mend:
                lines.append(f"      {one.mend}")
    faults = [one for findings in sections.values() for one in findings if one.fault]
    count = f"{len(faults)} thing{' is' if len(faults) == 1 else 's are'} missing or wrong, marked with !"
    return "\n".join([*lines, "", f"{count}." if faults else "Nothing that is needed is missing."])


def project() -> dict[str, Any]:
    """What pyproject.toml says of the project."""
    told: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return told


def look(told: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, list[Finding]]:
    """Everything there is to look at on this machine."""
    linux, needed, extras = sys.platform == "linux", told["dependencies"], told["optional-dependencies"]
    shown_on = display_of(environ, sys.platform)
    chosen = environ.get("QT_QPA_PLATFORM", "")
    tries = bool(shown_on) or bool(chosen and not chosen.startswith(("xcb", "wayland")))
    wanted = {**dict.fromkeys(needed, ""), **dict.fromkeys(extras["video"], "videos")}
    modules = {one: MODULES.get(name_of(one), name_of(one)) for one in wanted if name_of(one) != "torch"}
    with ThreadPoolExecutor(max_workers=2) as pool:
        torch = pool.submit(ask, ASK_TORCH)
        offscreen = pool.submit(ask, ASK_QT, {**environ, "QT_QPA_PLATFORM": "offscreen"})
        window = pool.submit(ask, ASK_QT, environ) if tries else None
        loads = {one: pool.submit(ask, f"import {module}; print('{{}}')") for one, module in modules.items()}
    packages = [
        package(one, version_of(name_of(one)), loads.get(one, torch).result(), optional=optional)
        for one, optional in wanted.items()
    ]
    to_install = installer(apt=shutil.which("apt-get") is not None, root=linux and os.geteuid() == 0)
    sections = {
        "Packages": [*packages, for_tests(extras["test"])],
        "Devices": devices(torch.result()),
        "Display": [
            *windows(environ, shown_on, window.result() if window else None),
            drawing(offscreen.result()),
        ],
        "Fonts": fonts(offscreen.result(), to_install),
    }
    return sections | ({"System": system_packages(bootstrap.is_there, to_install)} if linux else {})


def examine() -> int:
    """Print the report. Returns 0 when nothing that is needed is missing, else 1."""
    try:
        told = project()
        title = (
            f"Zoetrope {told['version']}\n"
            f"Python {platform.python_version()} ({sys.executable}), {platform.platform(terse=True)}"
        )
        sections = look(told, os.environ)
    except Exception as error:  # whatever is broken here, a person reads a sentence
        print(f"The examination failed: {one_line(f'{type(error).__name__}: {error}')}")
        return 1
    print(report(title, sections))
    return 1 if any(one.fault for findings in sections.values() for one in findings) else 0

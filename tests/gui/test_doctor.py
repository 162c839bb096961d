"""The doctor: what it says of a healthy machine, and of every way in which one may be ill."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import bootstrap
from gui import doctor
from gui.doctor import Answer, Finding

ROOT = Path(__file__).parents[2]
python_typed = doctor.python
LOADS = Answer(data={})
QT = Answer(
    data={"qt": "6.11.3", "platform": "offscreen", "families": 9, "text": "DejaVu Sans",
          "fixed": "DejaVu Sans Mono", "chinese": ["WenQuanYi Micro Hei"]},
)  # fmt: skip
TORCH = Answer(data={"threads": 2, "cuda": None, "why": "no such device found", "mps": False})
FAILED = Answer(reason="ImportError: libEGL.so.1: cannot open shared object file")
NO_FONTS = Answer(data={**QT.data, "families": 0, "text": "", "fixed": "", "chinese": []})
PYSIDE = "PySide6-Essentials>=6.11.3,<6.12"
OPTIONAL = {"optional": "videos"}


@pytest.fixture(autouse=True)
def python(monkeypatch):
    """Commands are those of a Python that is called so."""
    monkeypatch.setattr(doctor, "python", lambda: "python")
    return python_typed


def apt(packages):
    return f"apt {' '.join(packages)}"


# ---------------------------------------------------------------------------- asking


def test_a_child_answers_with_its_last_line():
    assert doctor.ask("print('noise'); print('{\"a\": [1]}')") == Answer(data={"a": [1]})


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise ValueError('two\\nlines')", "lines"),
        ("1 +", "SyntaxError: invalid syntax"),
        ("import sys; sys.exit(3)", "it ended with status 3"),
        ("print('no JSON')", "it ended with status 0"),
        ("pass", "it ended with status 0"),
        ("import sys; sys.stderr.buffer.write(b'\\xff\\x1b[31mred'); sys.exit(1)", "\N{REPLACEMENT CHARACTER}[31mred"),
        pytest.param(
            "import os; os.kill(os.getpid(), 9)", "it crashed (signal 9)",
            marks=pytest.mark.skipif(os.name != "posix", reason="signals are of POSIX"),
        ),
    ],
)  # fmt: skip
def test_a_child_that_fails_says_why_in_one_line(code, reason):
    assert doctor.ask(code) == Answer(reason=reason)


def test_a_child_that_hangs_is_ended():
    code = "import threading; threading.Event().wait()"
    assert doctor.ask(code, limit=0.3) == Answer(reason="no answer within 0.3 seconds")


def test_a_child_that_cannot_start_says_why(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    assert "/no/such/python" in doctor.ask("pass").reason


def test_a_child_imports_nothing_from_the_folder_it_is_started_in(tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    assert doctor.ask("import json; print('{}')") == LOADS


def test_what_qt_says_of_its_plugins_is_understood():
    said = (
        "qt.qpa.xcb: could not connect to display :7\n"
        'qt.qpa.plugin: Could not load the Qt platform plugin "xcb" in "" even though it was found.\n'
        "This application failed to start because no Qt platform plugin could be initialized.\n\n"
        "Available platform plugins are: xcb, offscreen.\n"
    )
    assert doctor.reason_in(said, -6) == "could not connect to display :7"


def test_long_words_are_cut():
    assert doctor.one_line("a\t b\n c\x07") == "a b c"
    assert len(doctor.one_line("x" * 5000)) == 200


# ---------------------------------------------------------------------------- packages


@pytest.mark.parametrize("requirement", ["numpy", "torch>=2.13,<2.14", "a==1.2", "a>1,<=2", PYSIDE])
@pytest.mark.parametrize(
    "version",
    ["1", "1.2", "1.2.0", "1.10", "2", "2.0.1", "2.13", "2.13.0+cpu", "2.14", "6.11.3", "6.12.0", "7"],
)
def test_versions_are_compared_as_pip_does(requirement, version):
    wanted = Requirement(requirement)
    assert doctor.name_of(requirement) == wanted.name
    assert doctor.fits(version, requirement) == (Version(version) in wanted.specifier)


@pytest.mark.parametrize(
    ("requirement", "version", "loads", "optional", "finding"),
    [
        ("numpy", "2.4.6", LOADS, {}, Finding("numpy", "2.4.6")),
        ("torch>=2.13,<2.14", "2.13.0+cpu", LOADS, {}, Finding("torch", "2.13.0+cpu")),
        ("numpy", None, FAILED, {}, Finding("numpy", "missing", "python -m pip install numpy", True)),
        (PYSIDE, None, FAILED, {},
         Finding("PySide6-Essentials", "missing", f"python -m pip install '{PYSIDE}'", True)),
        ("av", None, FAILED, OPTIONAL,
         Finding("av", "not here; only for videos", "python -m pip install av", False)),
        ("torch>=2.13,<2.14", "2.12.1", LOADS, {},
         Finding("torch", "2.12.1, where >=2.13,<2.14 is wanted",
                 "python -m pip install 'torch>=2.13,<2.14'", True)),
        ("numpy", "2.4.6", Answer(reason="ImportError: no"), {},
         Finding("numpy", "2.4.6 cannot be loaded: ImportError: no",
                 "python -m pip install --force-reinstall numpy", True)),
        ("numpy", "2.4.6", FAILED, {},
         Finding("numpy", f"2.4.6 cannot be loaded: {FAILED.reason}", "", True)),
        ("av", "17.0.0", Answer(reason="it crashed (signal 11)"), OPTIONAL,
         Finding("av", "17.0.0 cannot be loaded: it crashed (signal 11)",
                 "python -m pip install --force-reinstall av", False)),
    ],
)  # fmt: skip
def test_a_package(requirement, version, loads, optional, finding):
    assert doctor.package(requirement, version, loads, **optional) == finding


def test_the_dangerous_pyside_is_named():
    finding = doctor.package(PYSIDE, "6.12.0", LOADS)
    assert "6.12.0 is dangerous" in finding.said
    assert finding.fault
    assert finding.mend == f"python -m pip install '{PYSIDE}'"


def test_packages_of_the_tests_take_one_line():
    versions = {"pytest": "9.0", "ruff": "1.0"}.get
    assert doctor.for_tests(["pytest", "ruff"], versions) == Finding("for the tests", "all 2 are here")
    assert doctor.for_tests(["pytest", "mypy", "scipy>=1"], versions) == Finding(
        "for the tests", "not here: mypy, scipy; only for the tests", "python -m pip install mypy 'scipy>=1'"
    )


def test_this_very_python_is_named(python, monkeypatch):
    monkeypatch.setattr(doctor.shutil, "which", lambda name: sys.executable)
    assert python() == "python"
    monkeypatch.setattr(doctor.shutil, "which", lambda name: "/usr/bin/python")
    monkeypatch.setattr(sys, "executable", "/home/me/my work/.venv/bin/python")
    assert python() == "'/home/me/my work/.venv/bin/python'"


def test_installed_versions_are_found():
    assert doctor.version_of("pytest") == pytest.__version__
    assert doctor.version_of("no-such-package") is None


# ---------------------------------------------------------------------------- devices


def test_devices_are_told():
    assert doctor.devices(TORCH) == [
        Finding("CPU", "2 threads"),
        Finding("CUDA", "none: no such device found"),
        Finding("MPS", "none"),
    ]
    there = Answer(data={"threads": 1, "cuda": "NVIDIA H200", "why": "", "mps": True})
    assert doctor.devices(there) == [
        Finding("CPU", "1 thread"),
        Finding("CUDA", "NVIDIA H200"),
        Finding("MPS", "Apple GPU"),
    ]


def test_devices_without_torch():
    assert doctor.devices(FAILED) == [Finding("CPU", f"torch does not say: {FAILED.reason}")]


# ---------------------------------------------------------------------------- display


@pytest.mark.parametrize(
    ("environ", "system", "display"),
    [
        ({}, "linux", ""),
        ({"DISPLAY": ""}, "linux", ""),
        ({"DISPLAY": ":0"}, "linux", "DISPLAY=:0"),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "linux", "WAYLAND_DISPLAY=wayland-0 DISPLAY=:0"),
        ({}, "darwin", "the system's own"),
        ({}, "win32", "the system's own"),
    ],
)
def test_the_display_that_a_window_would_open_on(environ, system, display):
    assert doctor.display_of(environ, system) == display


def test_no_display_is_no_fault_and_names_render():
    display, plugin = doctor.windows({}, "", None)
    assert display.mend == "python main.py render SCENE -o picture.png"
    assert plugin.said == "xcb or wayland: not tried without a display"
    assert not display.fault
    assert not plugin.fault


def test_a_plugin_that_loads_and_one_that_does_not():
    loads = Answer(data={**QT.data, "platform": "xcb"})
    assert doctor.windows({}, "DISPLAY=:0", loads)[1] == Finding("platform plugin", "xcb loads")
    broken = Answer(reason="xcb-cursor0 or libxcb-cursor0 is needed")
    assert doctor.windows({}, "DISPLAY=:0", broken)[1] == Finding(
        "platform plugin", f"cannot be loaded: {broken.reason}", fault=True
    )


def test_a_chosen_plugin_is_told_with_how_to_unchoose_it():
    chosen = {"QT_QPA_PLATFORM": "bogus"}
    plugin = doctor.windows(chosen, "", Answer(reason="no such plugin"))[1]
    assert plugin == Finding(
        "platform plugin",
        "cannot be loaded (QT_QPA_PLATFORM=bogus): no such plugin",
        "unset QT_QPA_PLATFORM",
        True,
    )


def test_drawing_without_a_window():
    assert doctor.drawing(QT) == Finding("without a window", "Qt 6.11.3 draws (offscreen)")
    assert doctor.drawing(FAILED) == Finding(
        "without a window", f"Qt cannot draw: {FAILED.reason}", fault=True
    )


# ---------------------------------------------------------------------------- fonts and libraries


def test_fonts_are_named():
    assert doctor.fonts(QT, apt) == [
        Finding("text", "DejaVu Sans"),
        Finding("fixed width", "DejaVu Sans Mono"),
        Finding("Chinese", "WenQuanYi Micro Hei"),
    ]


def test_missing_fonts_come_with_their_package():
    text, fixed, chinese = doctor.fonts(NO_FONTS, apt)
    assert (text.mend, text.fault) == ("apt fonts-dejavu-core", True)
    assert (fixed.mend, fixed.fault) == ("apt fonts-dejavu-core", False)
    assert (chinese.mend, chinese.fault) == ("apt fonts-wqy-microhei", False)
    assert doctor.fonts(FAILED, apt) == [Finding("fonts", "Qt does not say")]


def test_system_packages_that_are_missing_are_named():
    whole = doctor.system_packages(lambda sign: True, apt)
    assert {finding.said for finding in whole} == {"all are here"}
    assert not any(finding.mend or finding.fault for finding in whole)
    absent = {"libEGL.so.1", "libxcb-cursor.so.0", "libxcb-shape.so.0"}
    qt, x11 = doctor.system_packages(lambda sign: sign not in absent, apt)
    assert qt == Finding("for Qt", "missing: libEGL.so.1", "apt libegl1", True)
    assert x11.mend == "apt libxcb-cursor0 libxcb-shape0"
    assert not x11.fault


def test_commands_for_debian_as_root_or_not_and_words_for_others():
    install = "apt-get install -y --no-install-recommends libegl1 libgl1"
    packages = ["libegl1", "libgl1"]
    assert doctor.installer(apt=True, root=True)(packages) == f"apt-get update && {install}"
    assert doctor.installer(apt=True, root=False)(packages) == f"sudo apt-get update && sudo {install}"
    assert "libegl1 libgl1" in doctor.installer(apt=False, root=False)(packages)


# ---------------------------------------------------------------------------- the report


def test_report_puts_commands_under_what_they_mend():
    sections = {
        "Packages": [Finding("numpy", "2.4.6"), Finding("torch", "missing.", "pip install torch", True)],
        "Fonts": [Finding("Chinese", "none", "apt install fonts")],
    }
    assert doctor.report("Zoetrope 1", sections).splitlines() == [
        "Zoetrope 1",
        "",
        "Packages",
        "  numpy               2.4.6",
        "! torch               missing:",
        "      pip install torch",
        "",
        "Fonts",
        "  Chinese             none:",
        "      apt install fonts",
        "",
        "1 thing is missing or wrong, marked with !.",
    ]


def test_report_of_a_healthy_machine_says_so():
    assert doctor.report("Zoetrope 1", {"Fonts": [Finding("text", "Sans")]}).endswith(
        "\n\nNothing that is needed is missing."
    )


@pytest.fixture
def machine(monkeypatch):
    """A healthy machine without a display, on which nothing is asked in truth. Its answers may be changed."""
    answers = {doctor.ASK_TORCH: TORCH, doctor.ASK_QT: QT}
    monkeypatch.setattr(doctor, "ask", lambda code, environ=None: answers.get(code, LOADS))
    monkeypatch.setattr(bootstrap, "is_there", lambda sign: True)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    return answers


def test_a_healthy_machine_passes(machine, capsys):
    assert doctor.examine() == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith(f"Zoetrope {doctor.project()['version']}\nPython 3.")
    for requirement in doctor.project()["dependencies"]:
        name = doctor.name_of(requirement)
        assert f"  {name:20}{doctor.version_of(name)}\n" in out
    for words in ("2 threads", "CUDA", "MPS", "DISPLAY", "offscreen", "DejaVu Sans Mono", "WenQuanYi"):
        assert words in out


@pytest.mark.parametrize(
    ("code", "answer", "says"),
    [
        (doctor.ASK_QT, FAILED, "libEGL.so.1"),
        (doctor.ASK_QT, NO_FONTS, "no text can be drawn"),
        (doctor.ASK_TORCH, Answer(reason="it crashed (signal 4)"), "crashed (signal 4)"),
        ("import PIL; print('{}')", Answer(reason="ImportError: no"), "--force-reinstall pillow"),
    ],
)
def test_an_ill_machine_fails(machine, capsys, code, answer, says):
    machine[code] = answer
    assert doctor.examine() == 1
    out, err = capsys.readouterr()
    assert says in out
    assert "marked with !" in out
    assert err == ""


@pytest.mark.parametrize("version", [None, "6.12.0"])
def test_a_machine_without_the_right_qt_fails(machine, monkeypatch, capsys, version):
    real = doctor.version_of
    monkeypatch.setattr(doctor, "version_of", lambda name: version if "PySide6" in name else real(name))
    assert doctor.examine() == 1
    assert f"      python -m pip install '{PYSIDE}'\n" in capsys.readouterr().out


def test_a_doctor_who_is_ill_says_so(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "ROOT", Path("/no/such/folder"))
    assert doctor.examine() == 1
    out, err = capsys.readouterr()
    assert out.startswith("The examination failed: FileNotFoundError: ")
    assert (out.count("\n"), err) == (1, "")


def test_modules_of_all_dependencies_are_known():
    """Every package is asked for by a module that it has."""
    told = doctor.project()
    for requirement in told["dependencies"]:
        module = doctor.MODULES.get(doctor.name_of(requirement), doctor.name_of(requirement))
        assert (
            doctor.ask(f"import importlib.util as u; print(int(u.find_spec({module!r}) is not None))").data
            == 1
        )


def examined(**environ):
    ended = subprocess.run(
        [sys.executable, ROOT / "main.py", "doctor"],
        capture_output=True, env={**os.environ, **environ}, timeout=100, check=False,
    )  # fmt: skip
    return ended.returncode, ended.stdout.decode(), ended.stderr.decode()


def test_this_machine_is_healthy():
    status, out, err = examined(QT_QPA_PLATFORM="offscreen")
    assert (status, err) == (0, "")
    assert "platform plugin     offscreen loads" in out
    assert out.endswith("Nothing that is needed is missing.\n")


def test_a_machine_on_which_nothing_loads_still_gets_its_report(tmp_path):
    """torch crashes, Qt lacks a library, a package exits, another floods."""
    (tmp_path / "PySide6").mkdir()
    fakes = {
        "torch.py": "import os; os.abort()",
        "PySide6/__init__.py": "raise ImportError('libEGL.so.1: cannot open shared object file')",
        "msgspec.py": "raise SystemExit(0)",
        "safetensors.py": "import sys; sys.stderr.write('x' * 100_000); 1 / 0",
        "numpy.py": "raise ImportError('\\n\\nIMPORTANT: two\\nlines')",
    }
    for name, text in fakes.items():
        (tmp_path / name).write_text(text)
    status, out, err = examined(PYTHONPATH=str(tmp_path), PYTHONIOENCODING="ascii")
    assert (status, err) == (1, "")
    assert "Traceback" not in out
    assert max(map(len, out.splitlines())) < 300
    for package in ("torch", "PySide6-Essentials", "msgspec", "safetensors", "numpy"):
        assert f"! {package:20}" in out
    assert out.count("libEGL.so.1") >= 2

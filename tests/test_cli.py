"""The command line: what it writes from good input, and the one line that it says to bad input."""

import errno
import itertools
import json
import os
import re
import struct
import subprocess
import sys
import zlib
from dataclasses import dataclass, fields
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent
from safetensors.numpy import save_file
from scipy import ndimage

import main
from scenes import contents
from scenes.data.samples import sample
from scenes.detection.nms_model import Params as NmsParams

ROOT = Path(__file__).parents[1]
OUTPUTS = {"compute": "out.npz", "trace": "out.json", "render": "out.png"}
BOXES = [[10.0, 20, 50, 60], [12, 22, 52, 62], [200, 100, 260, 180]]
SCORES = [0.9, 0.75, 0.5]
SCENES = ["nms", "filters"]  # all others are driven by tests/scenes
SMALL_SIZE = ["--size", "320x240"]


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit status and what it printed."""

    status: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Every test runs in an empty folder, and leaves the environment as it was."""
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capfd):
    """Runs a command line in this process; Qt's own words are captured too."""

    def run(*argv):
        capfd.readouterr()
        try:
            status = main.main([str(word) for word in argv])
        except SystemExit as left:
            status = left.code
        return Ended(status, *capfd.readouterr())

    yield run
    if "gui.application" in sys.modules:  # other tests get the theme that they expect, and no widget
        sys.modules["gui.application"].application("dark")
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def child(*argv, **changes):
    """Runs a command line in a process of its own; a change to None takes a variable away."""
    environ = {**os.environ, **changes}
    environ = {name: value for name, value in environ.items() if value is not None}
    command = [sys.executable, ROOT / "main.py", *map(str, argv)]
    ended = subprocess.run(command, capture_output=True, env=environ, timeout=100, check=False)
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


def assert_done(ended, err=""):
    assert (ended.status, ended.err) == (0, err)


def assert_refused(ended, *words):
    """Status 2, one sentence on standard error, nothing else."""
    assert ended.status == 2
    assert ended.out == ""
    assert re.fullmatch(r"[^\n]{15,}[^\n\s]\n", ended.err)
    assert not re.search(r"Traceback|Errno|Error:", ended.err)
    for word in words:
        assert str(word) in ended.err


def files(folder):
    return {path.name: path.read_bytes() if path.is_file() else None for path in folder.iterdir()}


def refused_and_nothing_written(run, folder, *argv, says=()):
    before = files(folder)
    assert_refused(run(*argv), *says)
    assert files(folder) == before


def arrays_of(path):
    with np.load(path, allow_pickle=False) as archive:
        return dict(archive)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_declaring(width, height):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


# ---------------------------------------------------------------------------- bad words


BAD_WORDS = [
    pytest.param(["nosuch"], ["nosuch", "nms", "filters"], id="unknown scene"),
    pytest.param([""], ["''"], id="empty scene"),
    pytest.param(["nms", "--preset", "nosuch"], ["nosuch"], id="unknown preset"),
    pytest.param(["nms", "--preset", ""], ["''"], id="empty preset"),
    pytest.param(["nms", "--set", "nosuch=1"], ["nosuch", "iou_threshold"], id="unknown parameter"),
    pytest.param(["nms", "--set", "=1"], ["iou_threshold"], id="no name"),
    pytest.param(["nms", "--set", "iou_threshold"], ["NAME=VALUE", "'='"], id="no ="),
    pytest.param(["nms", "--set", "iou_threshold=1.01"], ["1.01", "0 to 1"], id="too high"),
    pytest.param(["nms", "--set", "iou_threshold=-0.1"], ["-0.1", "0 to 1"], id="too low"),
    pytest.param(["nms", "--set", "iou_threshold=high"], ["'high'", "a number"], id="a word for a number"),
    pytest.param(["nms", "--set", "iou_threshold="], ["''", "a number"], id="nothing for a number"),
    pytest.param(["nms", "--set", "iou_threshold=true"], ["True", "a number"], id="true for a number"),
    pytest.param(["nms", "--set", "iou_threshold=[0.5]"], ["[0.5]", "a number"], id="a list for a number"),
    pytest.param(["nms", "--set", "iou_threshold=nan"], ["nan", "a number"], id="nan"),
    pytest.param(["nms", "--set", "iou_threshold=NaN"], ["nan", "a number"], id="NaN"),
    pytest.param(["nms", "--set", "iou_threshold=inf"], ["inf", "a number"], id="inf"),
    pytest.param(["nms", "--set", "iou_threshold=-Infinity"], ["inf", "a number"], id="-Infinity"),
    pytest.param(["nms", "--set", "iou_threshold=1e999"], ["inf", "a number"], id="1e999"),
    pytest.param(["nms", "--set", f"iou_threshold=1{'0' * 400}"], ["a number"], id="400 digits"),
    pytest.param(["nms", "--set", f"iou_threshold={'1' * 5000}"], ["a number"], id="5,000 digits"),
    pytest.param(["nms", "--set", f"iou_threshold={'[' * 100_000}"], ["a number"], id="100,000 brackets"),
    pytest.param(["nms", "--set", "iou_threshold=a\nb"], ["a number"], id="two lines"),
    pytest.param(["nms", "--set", "method=fast"], ["'fast'", "gaussian"], id="no such choice"),
    pytest.param(["nms", "--set", "per_class=2"], ["true or false"], id="a number for a switch"),
    pytest.param(["filters", "--set", "size=4"], ["size is 4", "1, 3, ..."], id="between the odd sizes"),
    pytest.param(["filters", "--set", "size=2.5"], ["a whole number"], id="a fraction for a whole number"),
    pytest.param(["nms", "--step", "-1"], ["step -1", "steps 0 to"], id="negative step"),
    pytest.param(["nms", "--step", "1000000"], ["step 1000000", "steps 0 to"], id="step past the end"),
    pytest.param(["nms", "--step", "first"], ["--step", "'first'", "--help"], id="a word for a step"),
    pytest.param(["nms", "--device", "tpu"], ["'tpu'", "cpu"], id="unknown device"),
    pytest.param(["nms", "--device", ""], ["''", "cpu"], id="empty device"),
    pytest.param(["nms", "--nosuch"], ["--nosuch", "--help"], id="unknown option"),
    pytest.param(["nms", "a\nb"], ["a b", "--help"], id="one word too many"),
    pytest.param(["nms", "--set"], ["--set", "--help"], id="option without its value"),
]


@pytest.mark.parametrize("command", OUTPUTS)
@pytest.mark.parametrize(("argv", "says"), BAD_WORDS)
def test_bad_words(run, folder, command, argv, says):
    refused_and_nothing_written(run, folder, command, *argv, "-o", OUTPUTS[command], says=says)


@pytest.mark.parametrize("command", OUTPUTS)
@pytest.mark.parametrize("argv", [[], ["nms"], ["-o", "out.npz"], ["nms", "-o"]], ids=str)
def test_missing_words(run, folder, command, argv):
    refused_and_nothing_written(run, folder, command, *argv, says=["--help", f"main.py {command}"])


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["nosuch"], ["nosuch", "nms"]),
        (["--nosuch"], ["--nosuch", "'python main.py --help'"]),
        (["--theme", "purple"], ["purple", "dark"]),
        (["nms", "--step", "x"], ["--step"]),
        (["list", "nms"], ["nms", "main.py list --help"]),
        (["doctor", "--json"], ["--json", "main.py doctor --help"]),
        (["render", "nms", "-o", "out.png", "--theme", "purple"], ["purple"]),
        (["compute", "nms", "-o", "out.npz", "--size", "300x300"], ["--size"]),
    ],
    ids=" ".join,
)
def test_bad_words_of_other_commands(run, folder, argv, says):
    refused_and_nothing_written(run, folder, *argv, says=says)


@pytest.mark.parametrize(
    "size",
    ["", "x", "640", "640x", "x480", "640x480x3", "640*480", "-640x480", "640.5x480", "²00x300",
     "159x300", "300x8193", "0x0", f"{'9' * 5000}x300", "640x480\n", "六四〇x480"],
)  # fmt: skip
def test_bad_sizes(run, folder, size):
    argv = ["render", "nms", "-o", "out.png", f"--size={size}"]
    refused_and_nothing_written(run, folder, *argv, says=["--size is"])


# ---------------------------------------------------------------------------- bad outputs


@pytest.mark.parametrize("command", OUTPUTS)
@pytest.mark.parametrize("name", ["", ".", "out", "out.txt", ".npz", "out.npz.gz", "/", "out.exe"])
def test_outputs_of_another_kind(run, folder, command, name):
    says = [command, Path(OUTPUTS[command]).suffix]
    refused_and_nothing_written(run, folder, command, "nms", f"--output={name}", says=says)


@pytest.mark.parametrize("command", OUTPUTS)
def test_output_into_no_folder(run, folder, command):
    path = folder / "nosuch" / OUTPUTS[command]
    refused_and_nothing_written(run, folder, command, "nms", "-o", path, says=["no folder", "nosuch"])


@pytest.mark.parametrize("command", OUTPUTS)
def test_output_that_is_a_folder(run, folder, command):
    (folder / OUTPUTS[command]).mkdir()
    refused_and_nothing_written(run, folder, command, "nms", "-o", OUTPUTS[command], says=["a folder"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_output_that_is_a_pipe(run, folder):
    os.mkfifo("out.npz")
    refused_and_nothing_written(run, folder, "compute", "nms", "-o", "out.npz", says=["a device"])


@pytest.fixture
def closed_folder(folder):
    """A folder that nobody may write to: root least of all into /proc."""
    if os.name != "posix":
        pytest.skip("folders here cannot be closed")
    if os.geteuid() == 0:
        if not Path("/proc/version").exists():
            pytest.skip("root may write to every folder here")
        yield Path("/proc")
        return
    closed = folder / "closed"
    closed.mkdir(mode=0o500)
    yield closed
    closed.chmod(0o700)


@pytest.mark.parametrize("name", ["out.npz", "out.json", "out.png", "out.svg"])
def test_output_into_a_closed_folder(run, folder, closed_folder, name):
    command = {".npz": "compute", ".json": "trace"}.get(Path(name).suffix, "render")
    argv = [command, "nms", "-o", closed_folder / name]
    refused_and_nothing_written(run, folder, *argv, says=["written", closed_folder])


def test_output_with_too_long_a_name(run, folder):
    refused_and_nothing_written(run, folder, "compute", "nms", "-o", f"{'x' * 300}.npz", says=["too long"])


def test_long_name_that_the_disk_allows(run, folder):
    name = f"{'x' * 251}.npz"
    assert_done(run("compute", "nms", "-o", name))
    assert list(files(folder)) == [name]


@pytest.mark.parametrize("name", ["OUT.NPZ", "two words.npz", "走马灯.npz", "a.b.Npz", "-out.npz"])
def test_unusual_names_of_outputs(run, folder, name):
    assert_done(run("compute", "nms", f"--output={name}"))
    assert list(files(folder)) == [name]
    assert "keep" in arrays_of(name)


def full_disk(file, **arrays):
    file.write(b"half of it")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_full_disk_leaves_the_old_file(run, folder, monkeypatch):
    (folder / "out.npz").write_bytes(b"old")
    monkeypatch.setattr(np, "savez", full_disk)
    says = ["out.npz", "No space left"]
    refused_and_nothing_written(run, folder, "compute", "nms", "-o", "out.npz", says=says)


def test_fault_while_writing_leaves_the_old_file(run, folder, monkeypatch):
    def interrupted(file, **arrays):
        file.write(b"half of it")
        raise KeyboardInterrupt

    (folder / "out.npz").write_bytes(b"old")
    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run("compute", "nms", "-o", "out.npz")
    assert files(folder) == {"out.npz": b"old"}


@pytest.mark.parametrize("command", OUTPUTS)
def test_existing_output_survives_bad_input_and_is_replaced_whole_by_good(run, folder, command):
    output = folder / OUTPUTS[command]
    output.write_bytes(b"old" * 1_000_000)
    refused_and_nothing_written(run, folder, command, "nms", "--set", "sigma=9", "-o", output)
    assert_done(run(command, "nms", "-o", output, *(SMALL_SIZE if command == "render" else ())))
    assert list(files(folder)) == [output.name]
    assert b"oldold" not in output.read_bytes()


# ---------------------------------------------------------------------------- bad files


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Files that nobody should trust, by name."""
    folder = tmp_path_factory.mktemp("hostile")
    whole = (ROOT / "assets" / "images" / "street.png").read_bytes()
    contents_of = {
        "empty.png": b"",
        "garbage.png": bytes(range(256)) * 8,
        "truncated.png": whole[: len(whole) // 2],
        "header-only.png": whole[:40],
        "bomb.png": png_declaring(30_000, 30_000),
        "text.jpg": b"hello\n",
        "two\nlines.png": b"",
        "empty.json": b"",
        "garbage.json": bytes(range(256)),
        "deep.json": b"[" * 100_000,
        "deep-objects.json": b'{"a":' * 100_000,
        "no-list.json": b'"boxes"',
        "no-score.json": b'[{"bbox": [1, 2, 3, 4], "category_id": 1}]',
        "nan.json": b'[{"bbox": [NaN, 2, 3, 4], "category_id": 1, "score": 0.5}]',
        "score.json": b'[{"bbox": [1, 2, 3, 4], "category_id": 1, "score": 7}]',
        "ragged.json": b'{"boxes": [[1, 2, 3, 4], [1, 2]], "scores": [0.5, 0.5]}',
        "digits.json": b"[" + b"1" * 5000 + b"]",
        "four-fields.txt": b"0 0.5 0.5 0.2\n",
        "word.txt": b"0 0.5 half 0.2 0.2\n",
        "beyond.txt": b"0 0.5 0.5 300 200 0.9\n",
        "binary.txt": bytes(range(128, 256)),
        "empty.npz": b"",
        "garbage.npz": b"PK\x03\x04" + bytes(100),
        "garbage.npy": b"\x93NUMPY" + bytes(100),
        "garbage.safetensors": struct.pack("<Q", 2**60) + b"{}",
        "program.exe": b"MZ",
    }
    for name, content in contents_of.items():
        (folder / name).write_bytes(content)
    (folder / "folder.png").mkdir()
    (folder / "folder.npz").mkdir()
    things = np.array([{"x": 1}], object)
    np.savez(folder / "pickle.npz", boxes=things, scores=things, image=things, kernel=things)
    np.savez(folder / "no-boxes.npz", scores=np.zeros(3))
    np.savez(folder / "three-sides.npz", boxes=np.zeros((2, 3)), scores=np.zeros(2), kernel=np.zeros((2, 3)))
    return folder


BAD_IMAGES = {
    "missing.png": "not found", "empty.png": "empty", "garbage.png": "", "truncated.png": "cut short",
    "header-only.png": "cut short", "bomb.png": "megapixels", "text.jpg": "", "two\nlines.png": "empty",
    "folder.png": "a folder", "deep.json": "", "pickle.npz": "zip archive",
}  # fmt: skip
BAD_DATA = {
    "missing.json": "not found", "empty.json": "empty", "garbage.json": "", "deep.json": "nested too deeply",
    "deep-objects.json": "nested too deeply", "digits.json": "", "missing.npz": "not found",
    "empty.npz": "empty", "garbage.npz": "", "pickle.npz": "Python objects", "folder.npz": "a folder",
    "three-sides.npz": "shape (2, 3)", "garbage.npy": "", "garbage.safetensors": "", "program.exe": "exe",
    "bomb.png": "",
}  # fmt: skip
BAD_DETECTIONS = {
    "no-list.json": "", "no-score.json": "no score", "nan.json": "", "score.json": "score = 7",
    "ragged.json": "boxes", "four-fields.txt": "line 1 has 4 fields", "word.txt": "'half'",
    "beyond.txt": "w is 300", "binary.txt": "UTF-8", "no-boxes.npz": "boxes",
}  # fmt: skip
BAD_FILES = [
    *(("nms", "--image", *pair) for pair in BAD_IMAGES.items()),
    *(("filters", "--image", *pair) for pair in BAD_IMAGES.items()),
    *(("nms", "--data", *pair) for pair in (BAD_DATA | BAD_DETECTIONS).items()),
    *(("filters", "--data", *pair) for pair in BAD_DATA.items()),
]


@pytest.mark.parametrize(("scene", "option", "name", "says"), BAD_FILES)
def test_hostile_files(run, folder, hostile, scene, option, name, says):
    argv = ["compute", scene, option, hostile / name, "-o", "out.npz"]
    refused_and_nothing_written(run, folder, *argv, says=[says])


@pytest.mark.parametrize("command", ["trace", "render"])
@pytest.mark.parametrize(("option", "name"), [("--image", "bomb.png"), ("--data", "pickle.npz")])
def test_hostile_files_in_other_commands(run, folder, hostile, command, option, name):
    argv = [command, "nms", option, hostile / name, "-o", OUTPUTS[command]]
    refused_and_nothing_written(run, folder, *argv)


@pytest.mark.parametrize("option", ["--image", "--data"])
@pytest.mark.parametrize("name", ["", ".", "nosuch/deep/file.png"])
def test_names_that_are_no_files(run, folder, option, name):
    refused_and_nothing_written(run, folder, "compute", "nms", f"{option}={name}", "-o", "out.npz")


# ---------------------------------------------------------------------------- list


def test_list_names_every_chapter_and_scene(run):
    ended = run("list")
    assert_done(ended)
    for chapter in contents.CHAPTERS:
        assert f"{chapter.title} {chapter.chinese}\n" in ended.out
    for entry in contents.ENTRIES.values():
        assert re.search(rf"^  {entry.key} +{entry.title} {entry.chinese}$", ended.out, re.MULTILINE)


def test_list_as_json_describes_every_scene(run):
    ended = run("list", "--json")
    assert_done(ended)
    described = json.loads(ended.out)
    assert [scene["key"] for scene in described] == list(contents.ENTRIES)
    for scene, entry in zip(described, contents.ENTRIES.values(), strict=True):
        loaded = contents.load(entry.key)
        assert scene["title"] == entry.title
        assert scene["title_zh"] == entry.chinese
        assert [topic["id"] for topic in scene["topics"]] == [topic.id for topic in entry.topics]
        assert scene["presets"] == {key: preset.title for key, preset in loaded.presets.items()}
        assert [one["name"] for one in scene["parameters"]] == [one.name for one in fields(loaded.params)]
        assert all(one["kind"] and one["help"] for one in scene["parameters"])


def test_list_as_json_tells_ranges_choices_and_defaults(run):
    described = {scene["key"]: scene for scene in json.loads(run("list", "--json").out)}
    told = {one["name"]: one for one in described["nms"]["parameters"]}
    assert told["iou_threshold"]["range"] == [0, 1, 0.01]
    assert told["method"]["choices"] == ["hard", "linear", "gaussian", "diou"]
    assert {name: one["default"] for name, one in told.items()} == vars(NmsParams())


# ---------------------------------------------------------------------------- compute


def detections(folder, kind):
    """The three BOXES with labels 1, 1, 2 in a file of some kind."""
    path = folder / f"boxes.{kind}"
    named = {"boxes": np.float32(BOXES), "scores": np.float32(SCORES), "labels": np.array([1, 1, 2])}
    if kind == "npz":
        np.savez(path, **named)
    elif kind == "safetensors":
        save_file(named, path)
    elif kind == "txt":
        lines = [
            f"{label} {(x1 + x2) / 800} {(y1 + y2) / 600} {(x2 - x1) / 400} {(y2 - y1) / 300} {score}"
            for (x1, y1, x2, y2), score, label in zip(BOXES, SCORES, (1, 1, 2), strict=True)
        ]
        path.write_text("\n".join(lines))
    else:
        entries = [
            {"image_id": 7, "category_id": label, "bbox": [x1, y1, x2 - x1, y2 - y1], "score": score}
            for (x1, y1, x2, y2), score, label in zip(BOXES, SCORES, (1, 1, 2), strict=True)
        ]
        path.write_text(json.dumps(entries))
    return path


@pytest.fixture
def picture(folder):
    """A small colour picture on disk, 400 x 300."""
    path = folder / "mine.png"
    Image.fromarray(sample("street").pixels).resize((400, 300)).save(path)
    return path


@pytest.mark.parametrize("kind", ["json", "txt", "npz", "safetensors"])
def test_compute_suppresses_my_own_detections(run, picture, folder, kind):
    data = detections(folder, kind)
    assert_done(run("compute", "nms", "--image", picture, "--data", data, "-o", "out.npz"))
    found = arrays_of("out.npz")
    assert set(found) == {"boxes", "scores", "labels", "keep", "kept_scores"}
    np.testing.assert_allclose(found["boxes"], BOXES, atol=1e-3)
    np.testing.assert_allclose(found["scores"], SCORES, atol=1e-6)
    assert found["labels"].tolist() == [1, 1, 2]
    assert found["keep"].tolist() == [0, 2]
    np.testing.assert_allclose(found["kept_scores"], [0.9, 0.5], atol=1e-6)


def test_compute_takes_parameters_and_tells_the_order_kept(run, folder):
    boxes = np.float32([[0, 0, 10, 10], [100, 0, 110, 10], [0, 1, 10, 11]])
    np.savez("boxes.npz", boxes=boxes, scores=np.float32([0.5, 0.9, 0.8]))
    argv = ["compute", "nms", "--data", "boxes.npz", "-o", "out.npz"]
    for threshold, keep in ((0.5, [1, 2]), (0.9, [1, 2, 0])):
        assert_done(run(*argv, "--set", f"iou_threshold={threshold}"))
        assert arrays_of("out.npz")["keep"].tolist() == keep


def test_compute_fades_the_scores_of_rivals(run, folder):
    data = detections(folder, "npz")
    assert_done(run("compute", "nms", "--data", data, "--set", "method=gaussian", "-o", "out.npz"))
    found = arrays_of("out.npz")
    iou = 38 * 38 / (2 * 40 * 40 - 38 * 38)
    assert found["keep"].tolist() == [0, 2, 1]
    np.testing.assert_allclose(found["kept_scores"], [0.9, 0.5, 0.75 * np.exp(-(iou**2) / 0.5)], rtol=1e-5)


def test_notices_about_files_go_to_standard_error(run, folder):
    (folder / "boxes.txt").write_text("0 0.5 0.5 0.25 0.25\n")
    ended = run("compute", "nms", "--data", "boxes.txt", "-o", "out.npz")
    assert (ended.status, ended.out) == (0, "")
    assert "certain" in ended.err
    assert arrays_of("out.npz")["scores"].tolist() == [1.0]


@pytest.mark.parametrize("scene", SCENES)
def test_the_same_state_computes_the_same_bytes(run, scene):
    *_, preset = contents.load(scene).presets
    for argv in ([], ["--preset", preset]):
        assert_done(run("compute", scene, *argv, "-o", "once.npz"))
        assert_done(run("compute", scene, *argv, "-o", "again.npz"))
        assert Path("once.npz").read_bytes() == Path("again.npz").read_bytes()
        assert all(array.dtype.kind in "biuf" for array in arrays_of("once.npz").values())


def test_compute_filters_my_own_picture(run, picture):
    settings = ["--set", "filter=mean", "--set", "size=5"]
    assert_done(
        run("compute", "filters", "--image", picture, *settings, "--set", "noise=none", "-o", "out.npz")
    )
    found = arrays_of("out.npz")
    assert set(found) == {"image", "output", "kernel"}
    image = np.asarray(Image.open(picture)).transpose(2, 0, 1) / 255
    assert found["image"].shape == found["output"].shape == (3, 300, 400)
    assert found["image"].dtype.kind == found["output"].dtype.kind == "f"
    np.testing.assert_allclose(found["image"], image, atol=1e-6)
    wanted = ndimage.uniform_filter(image, (1, 5, 5), mode="mirror")
    np.testing.assert_allclose(found["output"], wanted, atol=1e-5)
    np.testing.assert_allclose(found["kernel"], np.full((5, 5), 1 / 25), rtol=1e-6)


def test_compute_sobel_tells_both_sides_of_the_gradient(run, picture):
    settings = ["--set", "filter=sobel", "--set", "noise=none"]
    assert_done(run("compute", "filters", "--image", picture, *settings, "-o", "out.npz"))
    found = arrays_of("out.npz")
    assert set(found) == {"image", "output", "kernel", "gx", "gy"}
    for name, axis in (("gx", 2), ("gy", 1)):
        wanted = np.stack([ndimage.sobel(one, axis - 1, mode="mirror") for one in found["image"]])
        np.testing.assert_allclose(found[name], wanted, atol=1e-4)
    np.testing.assert_allclose(found["output"], np.hypot(found["gx"], found["gy"]), atol=1e-4)


def test_compute_filters_with_my_own_kernel(run, folder):
    image = np.arange(48, dtype=np.uint8).reshape(6, 8)
    np.savez("mine.npz", image=image, kernel=np.float32([[0, 0, 0], [0, 0, 1], [0, 0, 0]]))
    settings = ["--set", "border=edge", "--set", "noise=none"]
    assert_done(run("compute", "filters", "--data", "mine.npz", *settings, "-o", "out.npz"))
    right = np.concatenate([image[:, 1:], image[:, -1:]], axis=1)
    np.testing.assert_allclose(arrays_of("out.npz")["output"][0] * 255, right, atol=1e-3)


# ---------------------------------------------------------------------------- the public names


GRIDS = {"input": np.arange(36.0).reshape(6, 6), "grad_output": np.ones((3, 3))}
LAYERS = [
    {"kind": "conv", "kernel": 7, "stride": 2, "padding": 3},
    {"kind": "pool", "kernel": 3, "stride": 2},
]
TRUTHS = {"boxes": [[10, 20, 100, 200], [300, 300, 410, 415]], "labels": [0, 2]}
HEAD = {
    "head": np.linspace(-2, 2, 3 * 7 * 5 * 5, dtype=np.float32).reshape(21, 5, 5),
    "anchors": np.array([[10, 13], [16, 30], [33, 23]]),
    "stride": np.array(32),
}
OPTIMIZERS = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adadelta", "adam", "adamw")
IOUS = ("iou", "giou", "diou", "ciou")
PUBLIC = [  # scene, parameters, data, and the arrays that they give
    ("pooling", {"mode": "max", "size": 3, "stride": 2, "padding": 1, "dilation": 1, "ceil_mode": "true"}, None,
     ("input", "output", "indices", "grad_output", "grad_input")),
    ("pooling", {"mode": "average", "size": 2, "stride": 2, "padding": 1, "count_include_pad": "false"}, None,
     ("input", "output", "grad_output", "grad_input")),
    ("pooling", {"mode": "max", "size": 2, "stride": 2}, GRIDS,
     ("input", "output", "indices", "grad_output", "grad_input")),
    ("convolution", {"kernel": 5, "stride": 2, "padding": 2, "dilation": 1, "padding_mode": "reflect"}, None,
     ("input", "weight", "bias", "output")),
    ("receptive-field", {}, LAYERS, ("size", "jump", "start", "field", "params", "effective")),
    ("descent", {"surface": "formula", "formula": "x^2 + 3*sin(y)", "start": "[1, 2]", "lr": 0.1, "steps": 30,
                 "schedule": "cosine"}, None, ("path", "loss")),
    ("batches", {"batch_size": 4, "lr": 0.01, "steps": 20, "seed": 3}, None, ("path", "loss", "gradient_std")),
    ("optimizers", {"surface": "himmelblau", "start": "[1, 2]", "steps": 20, "lr": 0.01, "momentum": 0.5,
                    "beta1": 0.8, "beta2": 0.9, "rho": 0.95, "eps": 1e-6, "weight_decay": 0.1}, None,
     (*(f"path_{name}" for name in OPTIMIZERS), *(f"loss_{name}" for name in OPTIMIZERS), "basin")),
    ("optimizers", {"lr": '{"adam": 0.1}', "optimizers": '["sgd", "adam"]', "steps": 20}, None,
     ("path_sgd", "path_adam", "loss_sgd", "loss_adam", "basin")),
    ("iou", {"pred": "[10, 20, 50, 60]", "target": "[12, 22, 52, 62]"}, None,
     (*IOUS, *(f"grad_{name}" for name in IOUS))),
    ("box-coding", {}, HEAD, ("boxes", "objectness", "class_scores", "priors", "mean_iou")),
    ("yolo-assignment", {"size": 416, "rule": "darknet", "ignore_threshold": 0.6}, TRUTHS,
     ("priors", "status", "matched", "loss_terms")),
]  # fmt: skip


def written(folder, data):
    """The option that brings data in a file of its own: arrays as .npz, else JSON."""
    if data is None:
        return []
    if isinstance(data, dict) and any(isinstance(each, np.ndarray) for each in data.values()):
        np.savez(folder / "data.npz", **data)
        return ["--data", "data.npz"]
    (folder / "data.json").write_text(json.dumps(data))
    return ["--data", "data.json"]


@pytest.mark.parametrize(("scene", "values", "data", "names"), PUBLIC)
def test_every_public_name_works_from_the_command_line(run, folder, scene, values, data, names):
    settings = [word for name, value in values.items() for word in ("--set", f"{name}={value}")]
    argv = [scene, *settings, *written(folder, data)]
    assert run("compute", *argv, "-o", "out.npz").status == 0
    named = arrays_of("out.npz")
    assert set(names) <= set(named)
    assert all(np.isfinite(named[name]).all() for name in names)
    assert run("trace", *argv, "-o", "out.json").status == 0
    assert json.loads(Path("out.json").read_text())["frames"]
    for step in ([], ["--step", "2"]):
        assert run("render", *argv, *step, *SMALL_SIZE, "-o", "out.png").status == 0


@pytest.mark.parametrize(
    ("scene", "settings", "says"),
    [
        ("pooling", ["padding=3", "size=2"], ["padding is 3", "at most 1"]),
        ("pooling", ["mode=median"], ["'median'", "max, average"]),
        ("convolution", ["kernel=11", "padding=0"], ["kernel", "7 or less", "padding 2 or more"]),
        ("convolution", ["padding_mode=mirror"], ["'mirror'", "reflect"]),
        ("descent", ["surface=formula", "formula=x^^2"], ["'^' at character 3"]),
        ("descent", ["start=[1]"], ["start is [1]", "two numbers"]),
        ("descent", ["schedule=linear"], ["'linear'", "cosine"]),
        ("batches", ["batch_size=0"], ["batch_size is 0", "1 to 500"]),
        ("optimizers", ['lr={"adamx": 1}'], ["'adamx'", "adadelta"]),
        ("optimizers", ["optimizers=sgd,adam"], ["'sgd,adam'", '["sgd", "momentum"]']),
        ("optimizers", ['eps={"sgd": 1}'], ["eps is none of sgd's"]),
        ("iou", ["pred=[50, 20, 10, 60]"], ["x1 < x2"]),
        ("iou", ["target=[1, 2, 3]"], ["four numbers"]),
        ("yolo-assignment", ["size=400"], ["size is 400", "128, 160"]),
        ("yolo-assignment", ["ignore_threshold=2"], ["0 to 1"]),
    ],
)
@pytest.mark.parametrize("command", OUTPUTS)
def test_a_public_name_with_a_bad_value(run, folder, command, scene, settings, says):
    options = [word for setting in settings for word in ("--set", setting)]
    refused_and_nothing_written(run, folder, command, scene, *options, "-o", OUTPUTS[command], says=says)


@pytest.mark.parametrize(
    ("scene", "data", "says"),
    [
        ("pooling", {"input": np.ones(3)}, ["input", "(3,)", "(H, W)"]),
        ("convolution", {"weight": np.ones((1, 1, 2, 3))}, ["weight", "(1, 1, 2, 3)", "(O, C, k, k)"]),
        ("receptive-field", [{"kernel": -1}], ["layer 0", "kernel is -1"]),
        ("receptive-field", GRIDS, ["data.npz", "end in .json are"]),
        ("box-coding", {**HEAD, "head": HEAD["head"][:20]}, ["20 channels", "3 anchors"]),
        ("box-coding", {"head": HEAD["head"]}, ["no anchors"]),
        ("yolo-assignment", {"boxes": [[10, 20, 5, 200]]}, ["box 0", "x2 = 5"]),
        ("yolo-assignment", {"boxes": [[10, 20, 30, 40]], "labels": [1, 2]}, ["labels has 2 values"]),
    ],
)
def test_data_of_a_scene_that_does_not_fit(run, folder, scene, data, says):
    argv = ["compute", scene, *written(folder, data), "-o", "out.npz"]
    refused_and_nothing_written(run, folder, *argv, says=says)


@pytest.mark.parametrize("size", [416, 608])
def test_truths_are_pixels_of_an_input_of_the_size_that_is_set(run, folder, size):
    """Whichever comes first, and whatever size the preset has."""
    size_set, data = ["--set", f"size={size}"], written(folder, TRUTHS)
    for argv in ([*size_set, *data], [*data, *size_set], ["--preset", "small", *data, *size_set]):
        assert_done(run("compute", "yolo-assignment", *argv, "-o", "out.npz"))
        named = arrays_of("out.npz")
        assert named["truths"].tolist() == TRUTHS["boxes"]
        assert len(named["priors"]) == 3 * sum((size // stride) ** 2 for stride in (8, 16, 32))
    argv = ["compute", "yolo-assignment", *data, "--set", "size=384", "-o", "other.npz"]
    refused_and_nothing_written(run, folder, *argv, says=["truth 1 reaches 415", "size of 416 or more"])


def test_another_rule_alone_brings_its_threshold_and_a_number_given_is_used_as_given(run):
    def ignored(*settings):
        options = [word for setting in settings for word in ("--set", setting)]
        assert_done(run("compute", "yolo-assignment", *options, "-o", "out.npz"))
        return int((arrays_of("out.npz")["status"] == -1).sum())

    assert ignored("rule=darknet") == ignored("ignore_threshold=0.7", "rule=darknet")
    assert ignored("rule=darknet") < ignored("rule=darknet", "ignore_threshold=0.5")


# ---------------------------------------------------------------------------- trace


def trace(run, *argv):
    assert_done(run("trace", *argv, "-o", "out.json"))
    return json.loads(Path("out.json").read_text("utf-8"))


@pytest.mark.parametrize("scene", SCENES)
def test_trace_writes_every_step(run, scene):
    told = trace(run, scene)
    functions = {one["name"]: one for one in told["functions"]}
    assert told["frames"]
    for frame in told["frames"]:
        assert {"line", "text", "narration", "changed"} <= frame.keys()
        home = functions[frame["function"]]
        assert home["lines"][frame["line"] - home["first_line"]].strip() == frame["text"]
        assert set(frame["values"]) == set(frame["changed"])
        assert isinstance(frame["narration"], str)
    assert any(frame["narration"] for frame in told["frames"])
    assert not any(re.search(r"\{\w+\}|Error", frame["narration"]) for frame in told["frames"])


def test_trace_up_to_a_step(run):
    whole = trace(run, "nms")["frames"]
    for step in (0, 1, 7, len(whole)):
        assert trace(run, "nms", "--step", step)["frames"] == whole[:step]


def test_trace_tells_what_suppression_decides(run, folder):
    frames = trace(run, "nms", "--data", detections(folder, "npz"))["frames"]
    kept = [frame for frame in frames if frame["text"] == "keep.append(best)"]
    assert [frame["values"]["keep"][-1] for frame in kept] == [0, 2]
    assert frames[-1]["narration"] == "Nothing is left to judge: 2 boxes are kept."


# ---------------------------------------------------------------------------- render


@pytest.mark.parametrize("scene", SCENES)
def test_render_steps_and_themes(run, scene):
    last = len(trace(run, scene)["frames"])
    drawn = []
    for step, theme in itertools.product((0, 1, last, None), ("dark", "light")):
        looked_at = [] if step is None else ["--step", step]
        assert_done(run("render", scene, "--theme", theme, *looked_at, *SMALL_SIZE, "-o", "out.png"))
        with Image.open("out.png") as image:
            assert (image.format, image.size) == ("PNG", (320, 240))
            corner = sum(image.convert("RGB").getpixel((0, 0)))
        assert corner < 200 if theme == "dark" else corner > 600
        drawn.append(Path("out.png").read_bytes())
    assert len(set(drawn)) >= 4  # a step is to be seen, and so is a theme


@pytest.mark.parametrize("size", ["160x160", "161x333", "1920x1080", "200x1000", "640X480"])
def test_render_gives_the_very_size(run, size):
    assert_done(run("render", "nms", "--size", size, "-o", "out.png"))
    with Image.open("out.png") as image:
        image.load()
        assert f"{image.width}x{image.height}" == size.lower()


@pytest.mark.parametrize("scene", SCENES)
def test_render_svg_draws_with_vectors(run, scene):
    assert_done(run("render", scene, "--size", "800x500", "-o", "out.svg"))
    root = ElementTree.parse("out.svg").getroot()  # noqa: S314 - our own file
    kinds = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert kinds[0] == "svg"
    assert root.get("viewBox", "").split() == ["0", "0", "800", "500"]
    assert kinds.count("text") >= 5
    assert sum(kinds.count(kind) for kind in ("path", "rect", "polyline", "line")) >= 5
    title = next(element for element in root.iter() if element.tag.endswith("title"))
    assert title.text == f"Zoetrope: {contents.entry(scene).title}"


def test_render_shows_my_own_picture(run, folder):
    Image.new("RGB", (200, 150), (255, 0, 255)).save("pink.png")
    assert_done(run("render", "nms", "--image", "pink.png", "--size", "400x300", "-o", "out.png"))
    with Image.open("out.png") as image:
        colours = {colour: count for count, colour in image.convert("RGB").getcolors(1 << 20)}
    assert colours.get((255, 0, 255), 0) > 1000


# ---------------------------------------------------------------------------- in a process of its own


NO_SCREEN = {"DISPLAY": None, "WAYLAND_DISPLAY": None, "QT_QPA_PLATFORM": None}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
@pytest.mark.parametrize("argv", [[], ["nms", "--step", "3"]], ids=str)
def test_without_a_display_the_window_names_render(argv):
    assert_refused(child(*argv, **NO_SCREEN), "display", "main.py render")


def test_without_a_display_a_picture_is_drawn(folder):
    assert_done(child("render", "nms", *SMALL_SIZE, "-o", "out.png", **NO_SCREEN))
    with Image.open("out.png") as image:
        assert image.size == (320, 240)


def test_refusal_in_a_process_of_its_own(folder):
    assert_refused(child("compute", "nms", "--set", "sigma=nan", "-o", "out.npz"), "sigma", "nan")
    assert files(folder) == {}


def test_list_is_unicode_whatever_the_terminal():
    ended = child("list", "--json", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert_done(ended)
    assert "非极大值抑制" in [scene["title_zh"] for scene in json.loads(ended.out)]


def test_a_reader_who_has_read_enough_is_no_fault():
    command = [sys.executable, ROOT / "main.py", "list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as ended:
        ended.stdout.close()
        said = ended.stderr.read()
    assert (ended.returncode, said) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_printing_to_a_full_disk_gets_one_sentence():
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, ROOT / "main.py", "list"]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=100, check=False)
    assert_refused(Ended(ended.returncode, "", ended.stderr.decode()), "No space left")


def test_missing_package_is_named_with_doctor(folder):
    (folder / "torch.py").write_text("raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')")
    ended = child("compute", "nms", "-o", "out.npz", PYTHONPATH=str(folder))
    assert_refused(ended, "torch", "main.py doctor")
    assert not (folder / "out.npz").exists()

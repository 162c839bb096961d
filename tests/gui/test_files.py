"""What a drop, a paste or a chosen file is, and what becomes of it in a scene."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QImage

from gui.files import IMAGES, LONGEST_TEXT, bring, png_of, source_of
from scenes import contents
from scenes.data.errors import BadData
from scenes.data.image import read_image
from scenes.scene import Scene
from tests.gui import gallery

KEPT: list[tempfile.TemporaryDirectory[str]] = []


@pytest.fixture(autouse=True)
def folders():
    """Those of pasted texts, put away afterwards."""
    yield
    while KEPT:
        KEPT.pop().cleanup()


@pytest.fixture
def nms() -> Scene:
    return contents.load("nms")


def picture(width: int = 6, height: int = 4) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(200, 30, 90))
    return image


def text(words: str) -> QMimeData:
    data = QMimeData()
    data.setText(words)
    return data


# ---------------------------------------------------------------------------- what it is


def test_a_dropped_file_is_its_path(tmp_path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a b 图.png")), QUrl.fromLocalFile("/other.png")])
    assert source_of(data, KEPT.append) == tmp_path / "a b 图.png"


def test_an_address_on_the_net_is_nothing_and_is_not_fetched():
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/picture.png")])
    assert source_of(data, KEPT.append) is None


def test_a_copied_picture_is_the_bytes_of_a_png():
    data = QMimeData()
    data.setImageData(picture())
    source = source_of(data, KEPT.append)
    loaded = read_image(source)
    assert loaded.size == (6, 4)
    assert loaded.pixels[0, 0].tolist() == [200, 30, 90]


def test_a_file_comes_before_the_picture_that_a_browser_sends_with_it(tmp_path):
    data = QMimeData()
    data.setImageData(picture())
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "x.png"))])
    assert source_of(data, KEPT.append) == tmp_path / "x.png"


@pytest.mark.parametrize(
    ("words", "name"),
    [('{"boxes": []}', "pasted.json"), ("  [1, 2]\n", "pasted.json"), ("0 .5 .5 .1 .1", "pasted.txt")],
)
def test_a_pasted_text_is_a_file_that_stays_while_its_folder_is_held(words, name):
    source = source_of(text(words), KEPT.append)
    assert source.name == name
    assert source.read_text("utf-8") == words.strip()
    KEPT.pop().cleanup()
    assert not source.exists()


@pytest.mark.parametrize(
    "data", [QMimeData(), text(""), text("x" * (LONGEST_TEXT + 1))], ids=["none", "empty", "long"]
)
def test_nothing_of_use_is_nothing(data):
    assert source_of(data, KEPT.append) is None
    assert KEPT == []


def test_a_picture_of_no_size_is_a_picture_that_cannot_be_read(nms):
    assert png_of(QImage()) == b""
    with pytest.raises(BadData, match="empty"):
        bring(nms, nms.opening(), b"")


# ---------------------------------------------------------------------------- what becomes of it


def test_a_picture_goes_under_the_boxes(nms, tmp_path):
    path = tmp_path / "mine.PNG"
    picture(40, 30).save(str(path))
    brought = bring(nms, nms.opening("chain"), path)
    assert brought.state.inputs.pixels.shape == (30, 40, 3)
    assert brought.state.inputs.extent == (40.0, 30.0)
    assert brought.notices == ()


def test_pasted_bytes_go_the_same_way(nms):
    assert bring(nms, nms.opening(), png_of(picture())).state.inputs.pixels.shape == (4, 6, 3)


def test_detections_replace_the_boxes(nms, tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"boxes": [[1, 2, 3, 4], [5, 6, 7, 8]], "scores": [0.5, 0.25]}))
    brought = bring(nms, nms.opening(), path)
    assert brought.state.inputs.boxes.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert brought.state.params == nms.opening().params


def test_a_large_picture_is_reduced_and_that_is_said(nms, tmp_path):
    path = tmp_path / "large.png"
    picture(2000, 10).save(str(path))
    brought = bring(nms, nms.opening(), path)
    assert max(brought.state.inputs.pixels.shape) == 1024
    assert brought.notices == ("Reduced from 2000 x 10 to 1024 x 5 pixels.",)


@pytest.mark.parametrize("suffix", IMAGES)
def test_every_kind_of_picture_goes_to_the_reader_of_pictures(nms, tmp_path, suffix):
    path = tmp_path / f"none{suffix.upper()}"
    path.write_bytes(b"no picture at all")
    with pytest.raises(BadData, match="no picture of a known kind"):
        bring(nms, nms.opening(), path)


BAD: dict[str, Any] = {
    "missing.json": None,
    "empty.json": b"",
    "cut.json": b'{"boxes": [[1, 2',
    "words.json": b'"words"',
    "binary.json": bytes(range(256)),
    "names.json": b'{"boxes": [[1, 2, 3, 4]]}',
    "nan.json": b'{"boxes": [[1, 2, 3, NaN]], "scores": [0.5]}',
    "words.txt": b"a cat in a box",
    "letter.doc": b"Dear all",
    "without": b"suffix",
    "cut.png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "pickled.npz": b"\x80\x04\x95",
    "deep.json": b"[" * 100_000,
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_sentence_that_names_it(nms, tmp_path, name):
    path = tmp_path / name
    if BAD[name] is not None:
        path.write_bytes(BAD[name])
    with pytest.raises(BadData) as refusal:
        bring(nms, nms.opening(), path)
    said = str(refusal.value)
    assert name in said
    assert said.endswith(".")
    assert "\n" not in said
    assert str(tmp_path) not in said


def test_a_folder_is_no_file(nms, tmp_path):
    with pytest.raises(BadData):
        bring(nms, nms.opening(), tmp_path)


def test_a_scene_that_takes_nothing_says_so(tmp_path):
    scene = gallery.scene()
    with pytest.raises(BadData, match="takes no picture"):
        bring(scene, scene.opening(), png_of(picture()))
    with pytest.raises(BadData, match="takes pictures only"):
        bring(scene, scene.opening(), Path("boxes.json"))


def test_an_array_file_never_runs_code(nms, tmp_path):
    """A pickle inside an array file is refused unread."""
    ran = []

    class Trap:
        def __reduce__(self) -> Any:
            return ran.append, (1,)

    path = tmp_path / "trap.npz"
    np.savez(path, boxes=np.array([Trap()], object), scores=np.ones(1))
    with pytest.raises(BadData):
        bring(nms, nms.opening(), path)
    assert ran == []

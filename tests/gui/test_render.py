"""Drawing into files without a window: the very size, the same bytes, real vectors."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from engine.device import Engine
from gui.application import application
from gui.render import render
from gui.show import Show
from scenes import contents
from scenes.picture import Panel, Picture, Text
from scenes.running import result_of, trace_of

WORDS = Picture(panels=(Panel(key="words", marks=(Text(at=(1, 1), text="Hello 你好"),), view=(0, 0, 2, 2)),))


@pytest.fixture(autouse=True)
def no_show_stays(qapp):
    """What was drawn on goes away once Qt's loop turns; other tests get the theme that they expect."""
    yield
    application("dark")
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, Show)]


def picture_of(key, step=None):
    """A scene's first preset, at a step."""
    scene = contents.load(key)
    state = scene.opening()
    frame = trace_of(scene, state).at(step) if step else None
    return scene.picture(state, result_of(scene, state, Engine()), frame, None), frame


@pytest.fixture(scope="module")
def suppression():
    return picture_of("nms", 8)


def drawn(path, picture, frame=None, size=(480, 360), theme="dark", key="nms"):
    render(key, picture, frame, path, size=size, theme=theme)
    return path.read_bytes()


@pytest.mark.parametrize("suffix", [".png", ".svg"])
@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
def test_the_same_picture_is_drawn_the_same(tmp_path, suppression, suffix, theme):
    once = drawn(tmp_path / f"once{suffix}", *suppression, theme=theme)
    again = drawn(tmp_path / f"again{suffix}", *suppression, theme=theme)
    assert once == again
    assert len(once) > 5000


def test_what_was_drawn_before_makes_no_difference(tmp_path, suppression):
    once = drawn(tmp_path / "once.png", *suppression)
    drawn(tmp_path / "between.png", WORDS, theme="light", size=(900, 200))
    drawn(tmp_path / "between.svg", *suppression, theme="contrast")
    assert drawn(tmp_path / "again.png", *suppression) == once


def test_themes_and_steps_are_to_be_seen(tmp_path, suppression):
    looks = {drawn(tmp_path / "a.png", *suppression, theme=theme) for theme in ("dark", "light", "contrast")}
    looks.add(drawn(tmp_path / "a.png", *picture_of("nms")))
    looks.add(drawn(tmp_path / "a.png", *picture_of("nms", 1)))
    assert len(looks) == 5


@pytest.mark.parametrize("size", [(160, 160), (160, 2000), (2000, 160), (333, 517), (1280, 720)])
def test_sizes_are_the_very_ones(tmp_path, suppression, size):
    drawn(tmp_path / "a.png", *suppression, size=size)
    with Image.open(tmp_path / "a.png") as image:
        image.load()
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", size)
        colours = image.getcolors(1 << 24)
    assert len(colours) > 10


def test_the_sentence_and_the_title_are_written_as_text(tmp_path, suppression):
    picture, frame = suppression
    drawn(tmp_path / "a.svg", picture, frame, size=(1280, 720))
    words = "".join(ElementTree.parse(tmp_path / "a.svg").getroot().itertext())  # noqa: S314 - our own file
    said = picture.sentence or frame.narration
    assert contents.entry("nms").title in words
    assert said.split()[0] in words


def test_svg_has_the_size_and_its_shapes(tmp_path, suppression):
    drawn(tmp_path / "a.svg", *suppression, size=(640, 400))
    root = ElementTree.parse(tmp_path / "a.svg").getroot()  # noqa: S314 - our own file
    assert root.get("viewBox") == "0 0 640 400"
    kinds = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert len([kind for kind in kinds if kind in ("path", "rect", "polyline", "line", "text")]) > 20


def test_svg_asks_for_nothing_outside_itself(tmp_path, suppression):
    text = drawn(tmp_path / "a.svg", *suppression).decode()
    links = [part.split('"')[1] for part in text.split("href=")[1:]]
    assert all(link.startswith(("data:", "#")) for link in links)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".PNG", ".SVG"])
def test_text_in_both_languages_is_drawn(tmp_path, suffix):
    blank = Picture(panels=(Panel(key="words", marks=(), view=(0, 0, 2, 2)),))
    assert drawn(tmp_path / f"a{suffix}", WORDS) != drawn(tmp_path / f"b{suffix}", blank)


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_a_file_that_cannot_be_is_an_error_that_names_it(tmp_path, suffix):
    path = Path(tmp_path / "nosuch" / f"a{suffix}")
    with pytest.raises(FileNotFoundError, match="nosuch"):
        render("nms", WORDS, None, path, size=(320, 240), theme="dark")

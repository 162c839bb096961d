"""The icons: every name draws, in its colour, sharp on dense screens."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage

from gui.icons import FOLDER, NAMES, icon


def drawn(name: str, colour: str, ratio: float = 1.0, mode: QIcon.Mode = QIcon.Mode.Normal) -> QImage:
    return icon(name, colour).pixmap(QSize(20, 20), ratio, mode).toImage()


def inks(image: QImage) -> list[QColor]:
    return [
        colour
        for x in range(image.width())
        for y in range(image.height())
        if (colour := image.pixelColor(x, y)).alpha() > 0
    ]


def test_names_are_the_files():
    assert {path.stem for path in FOLDER.glob("*.svg")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_icon_is_drawn_in_its_colour_and_inside_its_square(qapp, name):
    image = drawn(name, "#6CB6FF")
    strong = [c for c in inks(image) if c.alpha() > 200]
    assert len(strong) >= 10
    assert all(abs(c.red() - 0x6C) < 8 and abs(c.blue() - 0xFF) < 8 for c in strong)
    edge = [(x, y) for x in range(20) for y in range(20) if x in (0, 19) or y in (0, 19)]
    assert all(image.pixelColor(x, y).alpha() < 40 for x, y in edge)


@pytest.mark.parametrize("name", NAMES)
def test_sources_hold_one_stroke_weight_and_no_colour_of_their_own(name):
    svg = (FOLDER / f"{name}.svg").read_text()
    assert svg.count("stroke-width") == svg.count('stroke-width="1.75"') == 1
    assert "#" not in svg
    assert 'viewBox="0 0 24 24"' in svg


def test_a_dense_screen_gets_twice_the_pixels(qapp):
    assert drawn("play", "#fff", 2.0).size() == QSize(40, 40)
    assert drawn("play", "#fff", 1.0).size() == QSize(20, 20)


def test_disabled_is_evenly_dimmer(qapp):
    alphas = [c.alpha() for c in inks(drawn("play", "#fff", 2.0, QIcon.Mode.Disabled))]
    assert 80 <= max(alphas) <= 110
    assert alphas.count(max(alphas)) > 200  # fill and stroke do not add up


def test_a_translucent_colour_stays_translucent(qapp):
    image = icon("play", QColor(255, 255, 255, 128)).pixmap(QSize(20, 20), 1.0).toImage()
    assert max(c.alpha() for c in inks(image)) in range(120, 136)


def test_the_same_icon_is_drawn_once(qapp):
    assert icon("play", "#ffffff") is icon("play", QColor("white"))


def test_an_unknown_name_is_refused(qapp):
    with pytest.raises(ValueError, match="no icon 'rocket'"):
        icon("rocket", "#fff")

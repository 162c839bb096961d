"""Formulas: what is drawn, in which colours, where its line is; and what is refused, in which words."""

import subprocess
import sys
import threading
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from gui import formulas
from gui.formulas import FormulaError, check_formula, formula_box, formula_image, formula_svg
from gui.theme import DARK, LIGHT, THEMES

GOOD = [
    r"\color{output}{y} = \color{weight}{\frac{1}{k^2}} \sum_{u=-r}^{r}\; \color{input}{x}[i+u,\,j]",
    r"\mathrm{IoU}(A,B) = \frac{|A \cap B|}{|A \cup B|}",
    r"s_i = \begin{cases} a & \text{if } b \le N_t \\ c & \text{otherwise} \end{cases}",
    r"\begin{bmatrix}1\\2\\1\end{bmatrix} \begin{bmatrix}-1 & 0 & 1\end{bmatrix}",
    r"\sqrt{g_x^2 + g_y^2}, \quad \theta = \mathrm{atan2}(g_y,\, g_x)",
    r"\arg\min_m \sum_{n} |x_n - m|",
    r"\exp\left({-}\frac{x^2}{2\sigma^2}\right) \approx 0.39",
    r"a < b",
    r"\color{gradient} \nabla L",
]
BAD = [
    (r"\foo x", r"The command \foo is unknown."),
    (r"x_{\frec{1}{2}}", r"The command \frec is unknown."),
    (r"\color{red}{x}", "No role is named 'red'"),
    (r"\begin{grid} 1 \end{grid}", "The environment 'grid' is unknown."),
    ("均值", "cannot hold the character '均'"),
    (r"\frac{1}{2", "The braces"),
    ("a}b{", "The braces"),
    (r"\frac", "not well formed"),
    (r"\left( x", "not well formed"),
    ("x^2^3", "not well formed"),
    ("a & b", "not well formed"),
    ("", "The formula is empty."),
    (r"\left( \sum_{v} x \right)", "come out too tall"),
]


@pytest.fixture(autouse=True)
def _application(qapp):
    """Pictures need an application."""


def pixels(image: QImage) -> np.ndarray:
    """(height, width, 4): red, green, blue, alpha, not premultiplied."""
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    view = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return view[:, : 4 * image.width()].reshape(image.height(), image.width(), 4).copy()


def colours(image: QImage) -> set[str]:
    """The colours of the pixels that a glyph covers whole."""
    rgba = pixels(image).reshape(-1, 4)
    return {QColor(*map(int, pixel[:3])).name() for pixel in rgba[rgba[:, 3] == 255]}


@pytest.mark.parametrize("latex", GOOD)
@pytest.mark.parametrize("inline", [False, True])
def test_a_formula_is_drawn(latex: str, inline: bool) -> None:
    assert check_formula(latex) is None
    box = formula_box(latex, 12, inline=inline)
    for ratio in (1.0, 1.5, 2.0):
        image = formula_image(latex, 12, DARK, ratio, inline=inline)
        assert image.devicePixelRatio() == ratio
        assert image.width() == np.ceil(box.width * ratio)
        assert image.height() == np.ceil((box.ascent + box.descent) * ratio)
        alpha = pixels(image)[..., 3]
        assert 0.02 < (alpha > 100).mean() < 0.7
        ink = np.flatnonzero(alpha.any(axis=0))
        assert ink[0] <= 5 * ratio  # nothing cut off by a margin, no room wasted
        assert ink[-1] >= image.width() - 6 * ratio


@pytest.mark.parametrize(("latex", "words"), BAD)
def test_a_bad_formula_is_named(latex: str, words: str) -> None:
    fault = check_formula(latex)
    assert fault is not None
    assert words in fault
    for ask in (
        lambda: formula_image(latex, 12, DARK),
        lambda: formula_svg(latex, 12, DARK),
        lambda: formula_box(latex, 12),
    ):
        with pytest.raises(FormulaError) as caught:
            ask()
        assert str(caught.value) == fault
    formulas.prepare(latex)  # says nothing


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_roles_take_the_colours_of_the_theme(theme) -> None:
    latex = r"\color{input}{M} + \color{weight}{W} = \textcolor{output}{M}"
    expected = {QColor(theme.roles[role]).name() for role in ("input", "weight", "output")}
    image = formula_image(latex, 60, theme)
    assert colours(image) == expected | {QColor(theme.text).name()}


def test_a_colour_alone_finds_its_theme() -> None:
    latex = r"\color{input}{M} + W"
    assert colours(formula_image(latex, 60, "#ffeedd")) == {"#ffeedd", DARK.roles["input"].lower()}
    assert colours(formula_image(latex, 60, "#101112")) == {"#101112", LIGHT.roles["input"].lower()}


def test_colour_reaches_fractions_and_brackets() -> None:
    latex = r"\color{weight}{\frac{1}{\left(\frac{a}{b}\right)}}"
    assert colours(formula_image(latex, 60, DARK)) == {DARK.roles["weight"].lower()}


def test_the_baseline_is_at_the_ascent() -> None:
    for latex, below in (("x", False), (r"\mathrm{H}", False), ("y", True), (r"\frac{a}{b}", True)):
        box = formula_box(latex, 30)
        ink = np.flatnonzero((pixels(formula_image(latex, 30, DARK))[..., 3] > 120).any(axis=1))
        assert (ink[-1] > box.ascent + 2) == below
        if not below:
            assert abs(ink[-1] + 1 - box.ascent) <= 1


def test_a_formula_grows_with_its_type() -> None:
    small, large = formula_box(GOOD[0], 10), formula_box(GOOD[0], 30)
    assert large.width == pytest.approx(3 * small.width, rel=0.03)
    assert large.ascent == pytest.approx(3 * small.ascent, abs=3)
    assert formula_box(GOOD[0], 10, inline=True).ascent < small.ascent


def test_a_space_takes_no_colour_from_what_stands_before_it() -> None:
    for space in (r"\exp", r"\text{ if}", r"\ \sin"):
        latex = rf"\color{{input}}{{M}} {space} \color{{input}}{{M}}"
        image = formula_image(latex, 60, DARK)
        left = image.copy(0, 0, formula_box("M", 60).width, image.height())
        assert colours(left) == {DARK.roles["input"].lower()}


@pytest.mark.parametrize("latex", [r"\frac{a}{b}", r"\sqrt{x}", r"\overline{x}"])
def test_bars_are_drawn(latex: str) -> None:
    assert b"<rect" in formula_svg(latex, 60, DARK)
    alpha = pixels(formula_image(latex, 60, DARK))[..., 3]
    assert (alpha > 150).mean(axis=1).max() > 0.5  # some row is mostly ink


def test_rows_that_group_nothing_change_nothing() -> None:
    plain = formula_image(r"x + y_i", 20, DARK)
    assert formula_image(r"{{x}} + {{{y}}_{{i}}}", 20, DARK) == plain
    assert formula_image(r"\color{text}{x + {y_i}}", 20, DARK) == plain


def test_deep_nesting_takes_no_exponential_time(qtbot) -> None:
    deep = "x"
    for _ in range(14):
        deep = rf"\color{{input}}{{{{{deep}}}}} + 1"
    thread = threading.Thread(target=formulas.prepare, args=(deep,))
    thread.start()
    thread.join(5)
    assert not thread.is_alive()
    assert check_formula(deep) is None


def test_svg_stands_alone() -> None:
    svg = formula_svg(GOOD[0], 40, LIGHT)
    root = ElementTree.fromstring(svg)  # noqa: S314
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {"svg", "path", "rect", "g"}
    assert b"role-" not in svg
    assert LIGHT.roles["weight"].encode() in svg
    renderer = QSvgRenderer(QByteArray(svg))
    assert renderer.isValid()
    size = renderer.defaultSize()
    assert size.width() == pytest.approx(float(root.get("width")), abs=1)
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    assert (pixels(image)[..., 3] > 100).mean() > 0.02


def test_pictures_are_kept_and_cannot_be_spoilt() -> None:
    first = formula_image("x + y", 12, DARK)
    kept = first.copy()
    first.fill(0)
    assert formula_image("x + y", 12, DARK) == kept


def test_only_so_many_are_remembered(monkeypatch) -> None:
    monkeypatch.setattr(formulas, "_settings", {})
    monkeypatch.setattr(formulas, "_KEPT", 3)
    for number in range(6):
        formulas.prepare(f"x_{number}")
    assert [latex for latex, _ in formulas._settings] == ["x_3", "x_4", "x_5"]
    assert formulas.is_set("x_5")
    assert not formulas.is_set("x_0")
    assert not formulas.is_set("x_5", inline=True)


def test_loading_happens_in_a_thread_that_ends(qtbot, monkeypatch) -> None:
    monkeypatch.setattr(formulas, "_loader", None)
    before = set(threading.enumerate())
    formulas.load()
    qtbot.waitUntil(formulas.load, timeout=5000)
    assert set(threading.enumerate()) == before


def test_ziamath_waits_for_the_first_formula() -> None:
    code = (
        "import sys, gui.formulas, gui.lesson;"
        "print([m for m in sys.modules if m.startswith(('ziamath', 'latex2mathml', 'torch'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

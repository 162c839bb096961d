r"""Formulas: LaTeX set by ziamath, in the colours of the picture language, as pictures or as SVG.

A role of the picture language colours a part of a formula: `\color{input}{x} * \color{weight}{w}`.
A formula is set once and then drawn at any size and in any theme. ziamath is loaded with the first
formula, never with this module; `load` does that in a thread, so that the window does not wait.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Any
from xml.etree import ElementTree

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from gui.theme import DARK, LIGHT, Theme

_EM = 32.0  # the size formulas are set at; everything else is scaled from it
_MARGIN = 0.5  # ink may stand out of a glyph's box by a little
_AFTER_COMMA = "0.167em"  # a thin space, as TeX sets it; ziamath's own is twice that
_TALLEST = 30  # em; nothing meant is taller
_ROWS = ("math", "mrow", "mstyle", "mtd")
_KEPT = 1024  # how many set formulas are remembered

_COLOUR = re.compile(r"\\(text)?color\s*\{([^{}]*)\}(\s*\{)?")
_ROLE = re.compile(r'"role-(\w+)"')
_ESCAPED = re.compile(r"\\[{}]")
_ENVIRONMENT = re.compile(r"\\begin\s*\{([^{}]*)\}")
_COMMAND = re.compile(r"\\[A-Za-z]+")

Roles = tuple[tuple[str, str], ...]


class FormulaError(ValueError):
    """A formula that cannot be set, said in one sentence."""


@dataclass(frozen=True)
class FormulaBox:
    """The room a formula takes, in whole logical pixels; ascent and descent from its baseline."""

    width: int
    ascent: int
    descent: int


@dataclass(frozen=True)
class _Setting:
    """A formula as set: its shapes as SVG with roles for colours, and its extents in em."""

    shapes: str
    left: float
    width: float
    ascent: float
    descent: float


_settings: dict[tuple[str, bool], _Setting | FormulaError] = {}
_lock = threading.Lock()
_loader: threading.Thread | None = None


# ---------------------------------------------------------------------------- asking for a formula


def check_formula(latex: str) -> str | None:
    """What is wrong with a formula, in a sentence that names it, or None for one that renders."""
    try:
        _setting(latex, inline=False)
    except FormulaError as fault:
        return str(fault)
    return None


def formula_box(latex: str, size_points: float, *, inline: bool = False) -> FormulaBox:
    """The room a formula takes at a size of type.

    Raises:
        FormulaError: it cannot be set.
    """
    return _box(_setting(latex, inline=inline), pixels(size_points))


def formula_image(
    latex: str,
    size_points: float,
    ink: Theme | str,
    ratio: float = 1.0,
    *,
    inline: bool = False,
) -> QImage:
    """A picture of a formula on a transparent ground, `ratio` device pixels to the logical one.

    Its logical size is that of `formula_box`, its baseline the box's ascent below its top. `ink`
    is a theme, or a colour, to which the theme with text as light lends the colours of roles.
    `inline` sets fractions and sums low, to stand in a line of text.

    Raises:
        FormulaError: it cannot be set.
    """
    return QImage(_image(latex, inline, pixels(size_points), *_inks(ink), ratio))


def formula_svg(latex: str, size: float, ink: Theme | str, *, inline: bool = False) -> bytes:
    """A formula as a picture file of its own, `size` units to the em, in a theme or a colour.

    Raises:
        FormulaError: it cannot be set.
    """
    return _svg(latex, inline, size, *_inks(ink))


def is_set(latex: str, inline: bool = False) -> bool:
    """Whether a formula stands ready, so that asking for its picture takes no time."""
    return (latex, inline) in _settings


def pixels(size_points: float) -> float:
    """A size of type in logical pixels."""
    screen = QGuiApplication.primaryScreen()
    return size_points * (screen.logicalDotsPerInchY() if screen else 96.0) / 72.0


def load() -> bool:
    """Whether ziamath is loaded; if not, begin to load it in a thread, and be asked again.

    Only the loading is done there. Setting formulas in a thread would make the window wait longer
    than doing it here, one by one: each call into Qt would queue for the interpreter.
    """
    global _loader
    if _loader is None:
        _loader = threading.Thread(target=_known, args=("x", True), name="load ziamath")
        _loader.start()
    return not _loader.is_alive()


def prepare(latex: str, inline: bool = False) -> None:
    """Set a formula, so that its picture takes no time; 1 to 20 ms. A bad one is no error here."""
    _known(latex, inline)


# ---------------------------------------------------------------------------- setting


def _setting(latex: str, *, inline: bool) -> _Setting:
    result = _known(latex, inline)
    if isinstance(result, FormulaError):
        raise FormulaError(str(result))
    return result


def _known(latex: str, inline: bool) -> _Setting | FormulaError:
    with _lock:
        key = (latex, inline)
        if key not in _settings:
            while len(_settings) >= _KEPT:
                del _settings[next(iter(_settings))]
            try:
                _settings[key] = _typeset(latex, inline)
            except FormulaError as fault:
                _settings[key] = FormulaError(str(fault))  # without the frames that led to it
        return _settings[key]


def _typeset(latex: str, inline: bool) -> _Setting:
    from ziamath.config import config
    from ziamath.zmath import Math

    config.svg2 = False  # QtSvg draws <use> almost blank
    mathml = _mathml(latex, inline)
    sheet = _Sheet("svg")
    try:
        math = Math(ElementTree.tostring(mathml, encoding="unicode"), _EM)
        math.node.draw(0.0, 0.0, sheet)
    except Exception as fault:
        raise FormulaError(f"The formula {latex} cannot be set: {fault}.") from fault
    box = math.node.bbox
    if box.ymax - box.ymin > _TALLEST * _EM:  # as \left( gets around a sum with only a lower limit
        raise FormulaError(f"The brackets of {latex} come out too tall; size them with \\Big.")
    return _Setting(
        shapes="".join(ElementTree.tostring(shape, encoding="unicode") for shape in sheet),
        left=(box.xmin - _MARGIN) / _EM,
        width=(box.xmax - box.xmin + 2 * _MARGIN) / _EM,
        ascent=(box.ymax + _MARGIN) / _EM,
        descent=(_MARGIN - box.ymin) / _EM,
    )


class _Sheet(ElementTree.Element):
    """What ziamath draws on. It colours the shape drawn last, after a space too, which draws none."""

    _fresh = False

    def append(self, shape: ElementTree.Element) -> None:
        super().append(shape)
        self._fresh = True

    def __getitem__(self, index: Any) -> Any:
        fresh, self._fresh = self._fresh, False
        last = index == -1
        return ElementTree.Element("none") if last and not fresh else super().__getitem__(index)


def _mathml(latex: str, inline: bool) -> ElementTree.Element:
    """The formula as MathML, with every fault found that ziamath would pass over in silence."""
    from ziamath.tex import tex2mml

    if not latex.strip():
        raise FormulaError("The formula is empty.")
    _check_braces(latex)
    _check_environments(latex)
    try:
        tree = ElementTree.fromstring(tex2mml(_with_roles(latex), inline=inline))  # noqa: S314
    except FormulaError:
        raise
    except Exception as fault:
        why = str(fault) or type(fault).__name__.removesuffix("Error")
        raise FormulaError(f"The formula {latex} is not well formed: {why}.") from fault
    _check_symbols(tree)
    _flatten(tree)
    tree.set("mathcolor", "role-base")
    return tree


def _with_roles(latex: str) -> str:
    """The formula with roles for colours in place of the picture language's names."""

    def replaced(match: re.Match[str]) -> str:
        text, role, brace = match[1] or "", match[2].strip(), match[3]
        if role not in DARK.roles:
            raise FormulaError(f"No role is named {role!r}; there are {', '.join(DARK.roles)}.")
        return rf"\textcolor{{role-{role}}}{{" if brace else rf"\{text}color{{role-{role}}}"

    return _COLOUR.sub(replaced, latex)


def _check_braces(latex: str) -> None:
    depth = 0
    for character in _ESCAPED.sub("", latex):
        depth += (character == "{") - (character == "}")
        if depth < 0:
            break
    if depth:
        raise FormulaError(f"The braces of {latex} do not match.")


def _check_environments(latex: str) -> None:
    from latex2mathml.commands import CONVERSION_MAP

    for name in _ENVIRONMENT.findall(latex):
        if name != "aligned" and f"\\{name}" not in CONVERSION_MAP:
            raise FormulaError(f"The environment {name!r} is unknown.")


def _check_symbols(tree: ElementTree.Element) -> None:
    """An unknown command prints itself, and a character without a glyph an empty box."""
    from ziamath.zmath import loadedfonts

    for element in tree.iter():
        text = element.text or ""
        if unknown := _COMMAND.search(text):
            raise FormulaError(f"The command {unknown[0]} is unknown.")
        for character in text:
            if not character.isspace() and not loadedfonts["default"].glyphindex(character):
                raise FormulaError(f"A formula cannot hold the character {character!r}.")


# ---------------------------------------------------------------------------- flattening


def _flatten(parent: ElementTree.Element) -> None:
    """Take out the rows that group nothing: ziamath's time doubles with each row in a row."""
    children = list(parent)
    for child in children:
        _flatten(child)
        child.tag = child.tag.rpartition("}")[2]
    kept: list[ElementTree.Element] = []
    for child in children:
        kept.extend(_opened(child, parent.tag.rpartition("}")[2]))
    parent[:] = kept


def _opened(row: ElementTree.Element, parent: str) -> list[ElementTree.Element]:
    """What may stand in the place of an element: its contents if it is a mere group, or itself."""
    if row.tag == "mo" and row.text == ",":
        row.set("rspace", _AFTER_COMMA)
    coloured = row.tag == "mstyle" and set(row.attrib) == {"mathcolor"}
    plain = row.tag == "mrow" and set(row.attrib) <= {"mathcolor"}
    if not (coloured or plain) or not len(row):
        return [row]
    if any(child.get("linebreak") for child in row):
        return [row]
    if len(row) > 1 and all(_is_upright(child) for child in row):
        word = ElementTree.Element("mtext", row.attrib)
        word.text = "".join(child.text or "" for child in row)
        return [word]
    operator = row[0].tag == "mo" or row[-1].tag == "mo"  # its spacing hangs on the group
    if operator or (len(row) > 1 and parent not in _ROWS):
        row.tag = "mrow"
        return [row]
    for child in row:
        child.attrib = row.attrib | child.attrib
    return list(row)


def _is_upright(element: ElementTree.Element) -> bool:
    return element.tag == "mi" and element.attrib == {"mathvariant": "normal"}


# ---------------------------------------------------------------------------- drawing


def _box(setting: _Setting, size: float) -> FormulaBox:
    return FormulaBox(ceil(setting.width * size), ceil(setting.ascent * size), ceil(setting.descent * size))


@lru_cache(maxsize=512)
def _svg(latex: str, inline: bool, size: float, colour: str, roles: Roles) -> bytes:
    setting = _setting(latex, inline=inline)
    colours = dict(roles) | {"base": colour}
    shapes = _ROLE.sub(lambda match: f'"{colours[match[1]]}"', setting.shapes)
    width, height = setting.width, setting.ascent + setting.descent
    view = (setting.left * _EM, -setting.ascent * _EM, width * _EM, height * _EM)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * size:.3f}" '
        f'height="{height * size:.3f}" viewBox="{" ".join(f"{x:.3f}" for x in view)}">'
        f"{shapes}</svg>"
    ).encode()


@lru_cache(maxsize=512)
def _image(latex: str, inline: bool, size: float, colour: str, roles: Roles, ratio: float) -> QImage:
    setting = _setting(latex, inline=inline)
    box = _box(setting, size)
    image = blank_image(box.width, box.ascent + box.descent, ratio)
    svg = QSvgRenderer(QByteArray(_svg(latex, inline, size, colour, roles)))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    top = box.ascent - setting.ascent * size
    height = (setting.ascent + setting.descent) * size
    svg.render(painter, QRectF(0.0, top, setting.width * size, height))
    painter.end()
    return image


def blank_image(width: float, height: float, ratio: float) -> QImage:
    """A transparent picture of a logical size."""
    image = QImage(
        max(1, ceil(width * ratio)),
        max(1, ceil(height * ratio)),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    return image


def _inks(ink: Theme | str) -> tuple[str, Roles]:
    """The colour of a formula, and those of the roles in it."""
    if isinstance(ink, Theme):
        return ink.text, tuple(ink.roles.items())
    theme = DARK if QColor(ink).lightnessF() > 0.5 else LIGHT
    return ink, tuple(theme.roles.items())

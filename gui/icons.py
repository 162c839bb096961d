"""Our own icons: small SVGs of one stroke weight, tinted with a colour of the theme."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

FOLDER = Path(__file__).resolve().parent.parent / "assets" / "icons"
# fmt: off
NAMES = (
    "predict", "hands",
    "play", "pause", "step-forward", "step-back", "to-start", "to-end", "speed", "grain",
    "into", "over", "out", "breakpoint", "undo", "redo", "reset", "open", "paste", "save", "copy",
    "search", "close", "chevron-down", "chevron-right", "panel-left", "panel-right", "lecture",
    "theme", "device", "help", "info", "warning", "onward", "fork", "swap", "flag", "check", "stop", "bug",
    "menu",
)
# fmt: on
DISABLED = 0.38  # how much of a disabled icon is left


def icon(name: str, colour: QColor | str, size: int = 20) -> QIcon:
    """The icon of that name in one colour, sharp on plain and on double-density screens.

    Raises:
        ValueError: there is no icon of that name.
    """
    if name not in NAMES:
        raise ValueError(f"There is no icon {name!r}; there are {', '.join(NAMES)}.")
    return _icon(name, QColor(colour).name(QColor.NameFormat.HexArgb), size)


@lru_cache(maxsize=512)
def _icon(name: str, colour: str, size: int) -> QIcon:
    result = QIcon()
    for ratio in (1, 2):
        result.addPixmap(_drawn(name, QColor(colour), size, ratio, 1.0), QIcon.Mode.Normal)
        result.addPixmap(_drawn(name, QColor(colour), size, ratio, DISABLED), QIcon.Mode.Disabled)
    return result


@cache
def _source(name: str) -> str:
    return (FOLDER / f"{name}.svg").read_text(encoding="utf-8")


def _drawn(name: str, colour: QColor, size: int, ratio: int, opacity: float) -> QPixmap:
    opaque = colour.name(QColor.NameFormat.HexRgb)
    svg = _source(name).replace("currentColor", opaque).encode()
    pixmap = QPixmap(QSize(size, size) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg)).render(painter, QRectF(0, 0, size, size))
    # thinned as a whole: where a fill and its stroke overlap, each apart would show
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    painter.fillRect(QRectF(0, 0, size, size), QColor.fromRgbF(0, 0, 0, opacity * colour.alphaF()))
    painter.end()
    return pixmap

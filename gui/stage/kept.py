"""What takes long to draw and seldom changes, kept as pixels from one painting to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter

from gui.stage.pencil import Pencil

LARGEST = 4096  # pixels across or down; more is drawn anew every time


class Kept:
    """The pixels of one drawing. It is drawn again when one of its parts, the view or the theme is another."""

    def __init__(self) -> None:
        self._key: tuple[Any, ...] = ()
        self._parts: tuple[Any, ...] = ()
        self._image = QImage()

    def draw(self, pencil: Pencil, parts: tuple[Any, ...], paint: Callable[[Pencil], None]) -> None:
        """Draw the pixels; `paint` makes them. Parts are compared by identity, or, but for arrays, by ==."""
        painter, ground = pencil.painter, pencil.ground
        ratio = painter.device().devicePixelRatio()
        width, height = round(ground.width() * ratio), round(ground.height() * ratio)
        if not is_raster(painter) or not 0 < max(width, height) <= LARGEST:
            paint(pencil)  # into a file of shapes
            return
        key = (pencil.sx, pencil.sy, pencil.ox, pencil.oy, ground.getCoords(), ratio, pencil.theme.name)
        if key != self._key or not _alike(parts, self._parts):
            self._image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
            self._image.setDevicePixelRatio(ratio)
            self._image.fill(QColor(Qt.GlobalColor.transparent))
            pencil.painter = QPainter(self._image)
            try:
                pencil.painter.translate(-ground.left(), -ground.top())
                paint(pencil)
            finally:
                pencil.painter.end()
                pencil.painter = painter
            self._key, self._parts = key, parts
        painter.drawImage(QPointF(ground.left(), ground.top()), self._image)


def is_raster(painter: QPainter) -> bool:
    """Whether it makes pixels, and not a file of shapes."""
    return painter.paintEngine().type() == QPaintEngine.Type.Raster


def _alike(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Whether all parts are the very same, or plain values that are equal."""
    return len(one) == len(other) and all(
        a is b or (isinstance(a, str | float | tuple) and type(a) is type(b) and a == b)
        for a, b in zip(one, other, strict=True)
    )

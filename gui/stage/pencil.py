"""What renderers draw with: the painter in screen units, and the way there from a panel's units."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen, QTransform

from gui.theme import Theme, readable_on
from scenes.picture import Role

DASH = [5.0, 4.0]
FAR = 1e7  # pixels: whatever is farther away, or nowhere (NaN), is drawn here, out of sight
UNCUT = Qt.TextFlag.TextDontClip.value  # numbers: flags of two kinds are slow to join
PAD = 3.0  # around the text of a label


class Pencil:
    """A painter over one panel. Marks give their places in the panel's units; sizes are in screen units."""

    def __init__(self, painter: QPainter, theme: Theme, font: QFont, mono: QFont, ground: QRectF) -> None:
        to_screen = painter.worldTransform()
        self.sx, self.sy = to_screen.m11(), to_screen.m22()
        self.ox, self.oy = to_screen.dx(), to_screen.dy()
        self.scale, self.offset = np.array([self.sx, self.sy]), np.array([self.ox, self.oy])
        painter.setWorldTransform(QTransform())
        self.painter = painter
        self.theme = theme
        self.font = font
        self.mono = mono
        self.ground = QRectF(
            self.point(ground.left(), ground.top()), self.point(ground.right(), ground.bottom())
        )
        self.ground = self.ground.normalized()
        self.taken: list[QRectF] = []  # where labels stand already

    def x(self, value: float) -> float:
        return _within_reach(value * self.sx + self.ox)

    def y(self, value: float) -> float:
        return _within_reach(value * self.sy + self.oy)

    def point(self, x: float, y: float) -> QPointF:
        return QPointF(self.x(x), self.y(y))

    def points(self, xy: NDArray[Any]) -> NDArray[np.float64]:
        """Places `(..., 2)` on the screen. One that is not a number takes its whole point out of sight."""
        with np.errstate(over="ignore", invalid="ignore"):
            placed: NDArray[np.float64] = np.asarray(xy, np.float64) * self.scale + self.offset
        lost = np.isnan(placed)
        if lost.any():
            placed[lost.any(-1)] = -FAR
        np.maximum(placed, -FAR, out=placed)
        return np.minimum(placed, FAR, out=placed)

    def rect(self, x1: float, y1: float, x2: float, y2: float) -> QRectF:
        return QRectF(self.point(x1, y1), self.point(x2, y2)).normalized()

    def color(self, role: Role, alpha: float = 1.0) -> QColor:
        colour = self.theme.color(role)
        colour.setAlphaF(alpha)
        return colour

    def pen(
        self, role: Role, width: float | None = None, *, dashed: bool = False, dash: tuple[float, ...] = ()
    ) -> QPen:
        pen = QPen(self.color(role), self.theme.line_width if width is None else width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        if dashed or dash:
            pen.setDashPattern(list(dash) or DASH)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        return pen

    def use(
        self, pen: QPen | Qt.PenStyle, brush: QBrush | QColor | Qt.BrushStyle, *, smooth: bool = False
    ) -> None:
        self.painter.setPen(pen)
        self.painter.setBrush(brush)
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)

    def sized(self, factor: float, *, mono: bool = False, bold: bool = False) -> QFont:
        font = QFont(self.mono if mono else self.font)
        font.setPointSizeF(font.pointSizeF() * factor)
        font.setBold(bold)
        return font

    def write(
        self, place: QRectF, text: str, role: Role | QColor, font: QFont, align: Qt.AlignmentFlag
    ) -> None:
        self.painter.setFont(font)
        self.painter.setPen(self.color(role) if isinstance(role, str) else role)
        self.painter.drawText(place, align.value | UNCUT, text)

    def label_size(self, text: str, font: QFont) -> tuple[float, float]:
        metrics = QFontMetricsF(font)
        return metrics.horizontalAdvance(text) + 2 * PAD, metrics.height() + 2

    def label(self, places: list[QPointF], text: str, role: Role, font: QFont) -> QRectF | None:
        """A filled label at the first of the places (top left corners) where it covers no other; None when
        it found no room.
        """
        width, height = self.label_size(text, font)
        for place in places:
            spot = QRectF(place.x(), place.y(), width, height)
            spot.moveLeft(min(max(spot.left(), self.ground.left()), self.ground.right() - width))
            spot.moveTop(min(max(spot.top(), self.ground.top()), self.ground.bottom() - height))
            if not any(spot.intersects(other) for other in self.taken):
                self.taken.append(spot)
                fill = self.color(role)
                self.use(Qt.PenStyle.NoPen, fill)
                self.painter.drawRoundedRect(spot, 2, 2)
                self.write(spot, text, readable_on(fill), font, Qt.AlignmentFlag.AlignCenter)
                return spot
        return None


def _within_reach(value: float) -> float:
    return -FAR if math.isnan(value) else min(max(value, -FAR), FAR)

"""The sign of a verdict, told by its shape: a tick, a half disc, a cross, a dash; the same wherever one stands."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.theme import DARK, Theme, readable_on

Verdict = Literal["right", "nearly", "wrong", "skipped"]
ROLES: dict[Verdict, str] = {"right": "kept", "nearly": "target", "wrong": "text", "skipped": "quiet"}


def paint_sign(painter: QPainter, place: QRectF, verdict: Verdict, theme: Theme) -> None:
    """Paint the sign into a square."""
    colour, ground = theme.color(ROLES[verdict]), QColor(theme.background)
    thick = max(1.5, place.width() * 0.11)
    body = place.adjusted(thick / 2, thick / 2, -thick / 2, -thick / 2)
    painter.setPen(QPen(colour, thick))
    painter.setBrush(colour if verdict == "right" else ground)
    if verdict != "skipped":
        painter.drawEllipse(body)
    line = QPen(readable_on(colour) if verdict == "right" else colour, thick * 1.25)
    line.setCapStyle(Qt.PenCapStyle.RoundCap)
    line.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setBrush(Qt.BrushStyle.NoBrush)

    def at(x: float, y: float) -> QPointF:
        return QPointF(place.left() + x * place.width(), place.top() + y * place.height())

    if verdict == "nearly":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPie(body, 90 * 16, 180 * 16)
        return
    painter.setPen(line)
    if verdict == "right":
        painter.drawPolyline([at(0.28, 0.52), at(0.44, 0.68), at(0.73, 0.34)])
    elif verdict == "wrong":
        painter.drawLine(at(0.34, 0.34), at(0.66, 0.66))
        painter.drawLine(at(0.34, 0.66), at(0.66, 0.34))
    else:
        painter.drawLine(at(0.25, 0.5), at(0.75, 0.5))


class Sign(QWidget):
    """A verdict, as tall as the words beside it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.verdict: Verdict = "skipped"
        self.theme = DARK
        self._scale = 1.0

    def set_scale(self, scale: float) -> None:
        """Grow with the window."""
        self._scale = scale
        self.updateGeometry()

    def show_verdict(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        side = round(self.fontMetrics().height() * 1.7 * self._scale)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = min(self.width(), self.height()) - 2
        place = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        paint_sign(painter, place, self.verdict, self.theme)

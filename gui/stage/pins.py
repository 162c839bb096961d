"""The renderer of pins: signs and words over a picture that are read from the last row, on any ground."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF

from gui.stage.pencil import Pencil
from gui.stage.renderer import Renderer
from gui.theme import readable_on
from scenes.picture import Mark, Pin, Pins

SMALL = 26.0  # pixels a side up to which a place is ringed by a circle
ROUND = 15.0  # its radius
ARM = 10.0  # of a cross
BOLD = 3.5  # the line of a sign; a line of the ground beneath sets it off
HALO = 4.0
LOW = 480  # pixels of a panel's height up to which the words are of their usual size
LARGEST = 1.5  # how much of it they have in the highest


class PinsRenderer(Renderer[Pins]):
    """Signs first, then their words where they cover neither each other nor, if there is room, other labels."""

    def paint(self, pencil: Pencil) -> None:
        self.scale = min(max(pencil.ground.height() / LOW, 1.0), LARGEST)
        pins = [pin for pin in self.mark.pins if all(map(math.isfinite, pin.extent))]
        self.spots: list[QRectF] = []
        around = [(pin, self._sign(pencil, pin)) for pin in pins]
        self.spots += [taken for pin, taken in around if pin.sign != "letter" and taken.width() < 4 * ROUND]
        for pin in pins:
            if pin.sign == "letter":
                self._letter(pencil, pin)
        for pin, taken in around:
            if pin.sign != "letter" and pin.words:
                self._words(pencil, pin, taken)

    def _sign(self, pencil: Pencil, pin: Pin) -> QRectF:
        """Draw a ring or a cross; where it stands."""
        place = pencil.rect(*pin.extent)
        middle = place.center()
        if pin.sign == "letter":
            return place
        small = max(place.width(), place.height()) <= SMALL
        ring = (
            QRectF(middle.x() - ROUND, middle.y() - ROUND, 2 * ROUND, 2 * ROUND)
            if small
            else place.adjusted(-5, -5, 5, 5)
        )
        cross = QRectF(middle.x() - ARM, middle.y() - ARM, 2 * ARM, 2 * ARM)
        for under in (True, False):
            pen = pencil.pen(pin.role, BOLD + HALO * under)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            if under:
                pen.setColor(QColor(pencil.theme.background))
            pencil.use(pen, Qt.BrushStyle.NoBrush, smooth=True)
            if pin.sign == "cross":
                pencil.painter.drawLine(cross.topLeft(), cross.bottomRight())
                pencil.painter.drawLine(cross.bottomLeft(), cross.topRight())
            else:
                corner = ROUND if small else 8.0
                pencil.painter.drawRoundedRect(ring, corner, corner)
        return cross if pin.sign == "cross" else ring

    def _letter(self, pencil: Pencil, pin: Pin) -> None:
        """A plate with the letter on a corner of the place, or beside a point, tied to it."""
        font = pencil.sized(1.3 * self.scale, bold=True)
        metrics = QFontMetricsF(font)
        tall = metrics.height() + 2
        wide = max(tall, metrics.horizontalAdvance(pin.words) + 12)
        place = pencil.rect(*pin.extent)
        is_point = max(place.width(), place.height()) < 2
        reach = place.adjusted(-20, -20, 20, 20) if is_point else place
        tops = (reach.topRight(), reach.bottomRight(), reach.bottomLeft(), reach.topLeft())
        sides = (QPointF(reach.center().x(), reach.bottom()), QPointF(reach.right(), reach.center().y()),
                 QPointF(reach.left(), reach.center().y()), QPointF(reach.center().x(), reach.top()))  # fmt: skip
        places = [QPointF(at.x() - wide / 2, at.y() - tall / 2) for at in (*tops, *sides)]
        if (
            not is_point and max(place.width(), place.height()) < 2 * tall
        ):  # a cell: its corners are others' too
            places.insert(0, QPointF(place.center().x() - wide / 2, place.center().y() - tall / 2))
        elif min(place.width(), place.height()) >= 1.5 * tall:
            places.insert(0, QPointF(place.right() - wide - 2, place.top() + 2))
        spot = self._room(pencil, places, wide, tall)
        if is_point:
            pencil.use(pencil.pen("text", 1.5), QColor(pencil.theme.background), smooth=True)
            pencil.painter.drawLine(place.center(), spot.center())
            pencil.painter.drawEllipse(place.center(), 4, 4)
        fill = pencil.color(pin.role)
        pencil.use(pencil.pen("text", 1.0), fill, smooth=True)
        pencil.painter.drawRoundedRect(spot, tall / 2, tall / 2)
        pencil.write(spot, pin.words, readable_on(fill), font, Qt.AlignmentFlag.AlignCenter)

    def _words(self, pencil: Pencil, pin: Pin, sign: QRectF) -> None:
        font = pencil.sized(1.2 * self.scale, bold=True)
        wide, tall = pencil.label_size(pin.words, font)
        wide, tall = wide + 8, tall + 4
        x, y = sign.center().x() - wide / 2, sign.center().y() - tall / 2
        places = [
            QPointF(sign.right() + 4, y), QPointF(sign.left() - wide - 4, y), QPointF(x, sign.bottom() + 4),
            QPointF(x, sign.top() - tall - 4), QPointF(x, sign.bottom() - tall - 2), QPointF(x, sign.top() + 2),
        ]  # fmt: skip
        spot = self._room(pencil, places, wide, tall)
        fill = pencil.color(pin.role)
        pencil.use(pencil.pen("text", 1.0), fill, smooth=True)
        pencil.painter.drawRoundedRect(spot, 4, 4)
        pencil.write(spot, pin.words, readable_on(fill), font, Qt.AlignmentFlag.AlignCenter)

    def _room(self, pencil: Pencil, places: list[QPointF], wide: float, tall: float) -> QRectF:
        """The first of the places that is free, of all labels or at least of other pins; else the first."""
        ground = pencil.ground
        spots = []
        for at in places:
            spot = QRectF(at.x(), at.y(), wide, tall)
            spot.moveLeft(min(max(spot.left(), ground.left()), ground.right() - wide))
            spot.moveTop(min(max(spot.top(), ground.top()), ground.bottom() - tall))
            spots.append(spot)
        for others in (pencil.taken + self.spots, self.spots):
            free = [spot for spot in spots if not any(spot.intersects(other) for other in others)]
            if free:
                break
        chosen = (free or spots)[0]
        self.spots.append(chosen)
        return chosen


RENDERERS: dict[type[Mark], type[Renderer[Any]]] = {Pins: PinsRenderer}

"""The renderer of formulas whose terms can be pointed at: plain text, set anew at every painting."""

from __future__ import annotations

import math
from itertools import groupby
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF

from gui.stage.pencil import Pencil
from gui.stage.renderer import Hit, Renderer
from scenes.picture import Mark, Term, Terms

GAP = 0.34  # between terms, of the height of a line
NAME = 0.78  # size of a term's name
SMALLEST = 0.6  # how far a formula shrinks to fit its panel
TALL = 3.9  # lines that a fraction takes with the names above and below
BRACKET = 0.65  # lines by which a bracket around a fraction is longer at either end
BRACKETS = "⌊⌋⌈⌉"
CENTRE = Qt.AlignmentFlag.AlignCenter


class TermsRenderer(Renderer[Terms]):
    """One line of text, centred at its place, in which fractions stand on two."""

    def prepare(self, before: Terms | None) -> None:
        if before is None or len(before.terms) != len(self.mark.terms):
            self.places: list[QRectF] = []  # of each term as painted, in screen pixels around `at`
            self.bars: list[tuple[float, float]] = []

    def paint(self, pencil: Pencil) -> None:
        mark = self.mark
        if not mark.terms or not all(map(math.isfinite, mark.at)):
            return
        font = pencil.sized(mark.size)
        wide, tall = self._set(font), TALL * QFontMetricsF(font).height()
        room = min(pencil.ground.width() / wide, pencil.ground.height() / tall)
        if room < 1:
            font = pencil.sized(mark.size * max(room, SMALLEST))
            self._set(font)
        small = QFont(font)
        small.setPointSizeF(font.pointSizeF() * NAME)
        small.setItalic(True)
        at = pencil.point(*mark.at)
        for index, place in enumerate(self.places):
            self._term(pencil, index, place.translated(at), font, small)
        pencil.use(pencil.pen("text", 1.2), Qt.BrushStyle.NoBrush, smooth=True)
        for left, right in self.bars:
            pencil.painter.drawLine(QPointF(at.x() + left, at.y()), QPointF(at.x() + right, at.y()))

    def _set(self, font: QFont) -> float:
        """Find the place of each term; how wide they are together."""
        metrics = QFontMetricsF(font)
        line, gap = metrics.height(), GAP * metrics.height()
        room = [self._width(term, metrics) for term in self.mark.terms]
        runs = [
            list(run) for _, run in groupby(enumerate(self.mark.terms), lambda each: each[1].level == "line")
        ]
        x = 0.0
        self.places, self.bars = [QRectF()] * len(room), []
        for run in runs:
            rows = [[i for i, term in run if term.level == level] for level in ("line", "over", "under")]
            widths = [sum(room[i] + gap for i in row) for row in rows]
            for row, wide, y in zip(rows, widths, (0.0, -0.62 * line, 0.62 * line), strict=True):
                start = x + (max(widths) - wide) / 2
                for i in row:
                    self.places[i] = QRectF(start, y - line / 2, room[i] + gap, line)
                    start += room[i] + gap
            if rows[1] or rows[2]:
                self.bars.append((x, x + max(widths)))
            x += max(widths)
        for place in self.places:
            place.translate(-x / 2, 0)
        self.bars = [(left - x / 2, right - x / 2) for left, right in self.bars]
        return x

    @staticmethod
    def _width(term: Term, metrics: QFontMetricsF) -> float:
        if term.text in BRACKETS:
            return metrics.horizontalAdvance("|")
        return max(metrics.horizontalAdvance(term.text), NAME * metrics.horizontalAdvance(term.name))

    def _term(self, pencil: Pencil, index: int, place: QRectF, font: QFont, small: QFont) -> None:
        term = self.mark.terms[index]
        below = term.level == "under"
        line = QFontMetricsF(small).height()
        top = place.bottom() - 0.12 * line if below else place.top() - 0.88 * line
        name = QRectF(place.left(), top, place.width(), line)
        if term.text in BRACKETS and self._holds_fraction(index):
            place = place.adjusted(0, -BRACKET * place.height(), 0, BRACKET * place.height())
        if index in self.mark.lit:
            pencil.use(pencil.pen("now", 1.5), pencil.color("accent", 0.25), smooth=True)
            whole = place.united(name) if term.name else place
            pencil.painter.drawRoundedRect(whole.adjusted(1, 0, -1, 0), 4, 4)
        if term.text in BRACKETS:
            self._bracket(pencil, term.text, place)
            return
        pencil.write(place, term.text, term.role, font, CENTRE)
        if term.name:
            pencil.write(name, term.name, "quiet" if term.role == "text" else term.role, small, CENTRE)

    def _bracket(self, pencil: Pencil, text: str, place: QRectF) -> None:
        """Drawn, so that it is as tall as the fraction beside it."""
        half = place.height() / 2
        x, y = place.center().x(), place.center().y()
        foot = y + half if text in "⌊⌋" else y - half
        side = 4.0 if text in "⌊⌈" else -4.0
        pencil.use(pencil.pen("text", 1.5), Qt.BrushStyle.NoBrush, smooth=True)
        pencil.painter.drawPolyline([QPointF(x + side, foot), QPointF(x, foot), QPointF(x, 2 * y - foot)])

    def _holds_fraction(self, index: int) -> bool:
        beside = index + (1 if self.mark.terms[index].text in "⌊⌈" else -1)
        return 0 <= beside < len(self.places) and self.mark.terms[beside].level != "line"

    def hit(self, x: float, y: float, dx: float, dy: float) -> Hit | None:
        if not self.mark.handle:
            return None
        across, down = (x - self.mark.at[0]) / abs(dx), (y - self.mark.at[1]) / abs(dy)
        for index, place in enumerate(self.places):
            above, below = (0.0, NAME) if self.mark.terms[index].level == "under" else (NAME, 0.0)
            line = place.height()
            if place.adjusted(0, -above * line, 0, below * line).contains(across, down):
                return self.found(index)
        return None


RENDERERS: dict[type[Mark], type[Renderer[Any]]] = {Terms: TermsRenderer}

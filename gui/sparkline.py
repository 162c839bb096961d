"""A small plot of a number over the whole run: a line of steps, with NaN and infinity marked as what they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPolygonF

from gui.theme import Theme, mix
from gui.track import faint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.search import Course

THICK = 1.6
SIGN = 5.0  # the size of the sign for infinity


@dataclass(frozen=True, eq=False)
class Columns:
    """The numbers that fall into each column of pixels: lowest and highest finite one (NaN for none), and
    whether NaN, infinity or its negative is among them. `low` and `high` are of the whole run.
    """

    lows: NDArray[np.float64]
    highs: NDArray[np.float64]
    missing: NDArray[np.bool_]
    above: NDArray[np.bool_]
    below: NDArray[np.bool_]
    low: float
    high: float


def columns_of(course: Course, width: int) -> Columns | None:
    """The run in so many columns; None where it has no number at all."""
    import numpy as np

    length = len(course.numbers)
    if not length or width < 1 or not course.is_number.any():
        return None
    starts = np.arange(width) * length // width
    finite = course.is_number & np.isfinite(course.numbers)
    shown = np.where(finite, course.numbers, np.nan)
    low, high = (
        (float(course.numbers[finite].min()), float(course.numbers[finite].max()))
        if finite.any()
        else (0.0, 0.0)
    )

    def any_of(wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = np.logical_or.reduceat(wanted & course.is_number, starts)
        return found

    with np.errstate(invalid="ignore"):
        return Columns(
            np.fmin.reduceat(shown, starts), np.fmax.reduceat(shown, starts), any_of(np.isnan(course.numbers)),
            any_of(course.numbers == np.inf), any_of(course.numbers == -np.inf), low, high,
        )  # fmt: skip


def step_at(x: float, area: QRectF, length: int) -> int:
    """The step whose column a place of the plot is in."""
    share = min(1.0, max(0.0, (x - area.left()) / max(1.0, area.width())))
    return min(length, int(share * length) + 1)


def x_of(step: float, area: QRectF, length: int) -> float:
    """Where a step lies on the plot."""
    return area.left() + (step - 0.5) / max(1, length) * area.width()


def paint_plot(painter: QPainter, area: QRectF, columns: Columns, ink: QColor, theme: Theme) -> None:
    """Paint the line; hatched where it is NaN, a sign at the edge where it is infinite."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    warning = theme.color("weight")
    hatch = QBrush(warning, Qt.BrushStyle.BDiagPattern)
    for first, last in _runs(columns.missing):
        painter.fillRect(
            QRectF(area.left() + first, area.top(), last - first, area.height()), faint(warning, 0.18)
        )
        painter.fillRect(QRectF(area.left() + first, area.top(), last - first, area.height()), hatch)
    painter.setBrush(ink)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.drawRects(_line(area, columns))
    painter.setBrush(warning)
    for wanted, edge, way in ((columns.above, area.top(), 1), (columns.below, area.bottom(), -1)):
        for first, last in _runs(wanted):
            _paint_sign(painter, area.left() + (first + last) / 2, edge, way)
            painter.drawRect(QRectF(area.left() + first, edge - (way < 0) * 1.5, last - first, 1.5))
    painter.restore()


def _line(area: QRectF, columns: Columns) -> list[QRectF]:
    """A rectangle a column: from its lowest to its highest number, and on to its neighbour's."""
    tall = area.height() - THICK
    span = columns.high - columns.low
    found, before = [], (0.0, 0.0, -2)
    for column, (low, high) in enumerate(zip(columns.lows.tolist(), columns.highs.tolist(), strict=True)):
        if low != low:
            continue
        y1, y2 = (
            (
                area.top() + (1 - (value / span - columns.low / span)) * tall
                if span > 0
                else area.center().y() - THICK / 2
            )
            for value in (high, low)
        )
        top, foot = y1, y2
        if before[2] == column - 1:
            top, foot = min(y1, before[1]), max(y2, before[0])
        found.append(QRectF(area.left() + column, top, 1, foot - top + THICK))
        before = (y1, y2, column)
    return found


def _runs(wanted: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Neighbouring columns, from the first up to after the last."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate(([False], wanted, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _paint_sign(painter: QPainter, x: float, edge: float, way: int) -> None:
    """A triangle that points over the edge."""
    foot = edge + way * SIGN
    painter.drawPolygon(
        QPolygonF([QPointF(x, edge), QPointF(x - SIGN / 2, foot), QPointF(x + SIGN / 2, foot)])
    )


def paint_step(painter: QPainter, area: QRectF, step: int | None, length: int, theme: Theme) -> None:
    """A thin line at the step being looked at."""
    if step is None or step < 1:
        return
    accent = QColor(theme.accent)
    painter.fillRect(
        QRectF(round(x_of(step, area, length)) - 0.5, area.top() - 1, 1.5, area.height() + 2), accent
    )


def ground_of(theme: Theme) -> QColor:
    """The ground of the plot: a little off the panel."""
    return mix(QColor(theme.panel), QColor(theme.text), 0.05)

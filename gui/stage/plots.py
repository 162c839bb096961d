"""Renderers of data: curves, bars, scattered points, contours, graphs and tables."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.functions import arrayToQPolygonF
from pyqtgraph.Qt import internals
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen, QPixmap, QPolygonF

from gui.stage.colormaps import lookup
from gui.stage.contours import contour_segments
from gui.stage.kept import Kept, is_raster
from gui.stage.pencil import Pencil
from gui.stage.renderer import Grip, Hit, Renderer
from gui.stage.shapes import GRIP, draw_arrow, draw_lines
from scenes.held import Held
from scenes.picture import Bars, Contours, Curve, Faces, Graph, Mark, Scatter, Table

STAMPED = 12  # discs from which on they are stamped
BAR = 0.56  # the part of its row that a bar takes


class CurveRenderer(Renderer[Curve]):
    """A line through points, thinned to the lowest and highest of each screen column when there are many."""

    def paint(self, pencil: Pencil) -> None:
        mark = self.mark
        x, y = np.asarray(mark.x, np.float64), np.asarray(mark.y, np.float64)
        finite = np.isfinite(x) & np.isfinite(y)
        x, y = pencil.points(np.stack([x[finite], y[finite]], -1)).T
        y = np.clip(y, -1e5, 1e5)
        if len(x) > 4 * max(pencil.ground.width(), 1):
            x, y = _peaks(x, y)
        smooth = len(x) < 20_000
        width = mark.width * (pencil.theme.line_width if smooth else 1.0)
        pen = pencil.pen(mark.role, width, dashed=mark.dashed, dash=mark.dash)
        pencil.use(pen, Qt.BrushStyle.NoBrush, smooth=smooth)
        places = np.stack([x, y], 1)
        if smooth and pen.widthF() > 1 and not (mark.dashed or mark.dash) and is_raster(pencil.painter):
            # the outline of a wide line that crosses itself takes long to fill; pieces one by one do not
            draw_lines(pencil, np.concatenate([places[:-1], places[1:]], 1))
        else:
            pencil.painter.drawPolyline(arrayToQPolygonF(places[:, 0], places[:, 1]))
        if mark.name and len(x):
            font = pencil.sized(0.95)
            width, height = pencil.label_size(mark.name, font)
            end = QPointF(x[-1] - width, y[-1] - height - 4)
            pencil.label([end, QPointF(end.x(), y[-1] + 4), QPointF(x[0], y[0])], mark.name, mark.role, font)


def _peaks(x: Any, y: Any) -> tuple[Any, Any]:
    """The lowest and highest point of each screen column, for x in rising order."""
    column = np.floor(x).astype(np.int64)
    starts = np.flatnonzero(np.diff(column, prepend=column[0] - 1))
    low, high = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
    return np.repeat(x[starts], 2), np.stack([low, high], 1).reshape(-1)


class BarsRenderer(Renderer[Bars]):
    """Horizontal bars, one a row, each with its label and its value at the end."""

    def prepare(self, before: Bars | None) -> None:
        self.values = np.nan_to_num(np.asarray(self.mark.values, np.float64))
        ghosts = self.values if self.mark.ghosts is None else self.mark.ghosts
        self.ghosts = np.nan_to_num(np.asarray(ghosts, np.float64))

    def paint(self, pencil: Pencil) -> None:
        mark = self.mark
        font, digits = pencil.sized(1.0), pencil.sized(1.0, mono=True)
        row_height = abs(pencil.sy)
        gutter = max((QFontMetricsF(font).horizontalAdvance(text) for text in mark.labels), default=0.0)
        zero = pencil.x(0)
        longest = np.maximum(self.values, self.ghosts)
        for row, value in enumerate(self.values.tolist()):
            top = pencil.y(row + (1 - BAR) / 2)
            bar = QRectF(QPointF(zero, top), QPointF(pencil.x(value), top + BAR * row_height)).normalized()
            role = mark.roles[row]
            if self.ghosts[row] != value:
                ghost = QRectF(bar)
                ghost.setRight(pencil.x(float(self.ghosts[row])))
                pencil.use(pencil.pen("removed", 1.0, dashed=True), Qt.BrushStyle.NoBrush)
                pencil.painter.drawRect(ghost)
            pencil.use(Qt.PenStyle.NoPen, pencil.color(role, 0.35 if role == "removed" else 1.0))
            pencil.painter.drawRoundedRect(bar, 2, 2)
            if role == "removed":
                pencil.use(pencil.pen(role, 1.0, dashed=True), Qt.BrushStyle.NoBrush)
                pencil.painter.drawRect(bar)
            if row_height >= QFontMetricsF(font).height() * 0.9:
                bar.setRight(pencil.x(float(longest[row])))
                self._words(pencil, row, bar, gutter, (font, digits))
        if mark.limit is not None:
            x = pencil.x(mark.limit)
            pencil.use(pencil.pen("weight", pencil.theme.line_width, dashed=True), Qt.BrushStyle.NoBrush)
            pencil.painter.drawLine(QPointF(x, pencil.y(0)), QPointF(x, pencil.y(len(self.values))))

    def _words(self, pencil: Pencil, row: int, bar: QRectF, gutter: float, fonts: Any) -> None:
        font, digits = fonts
        quiet = self.mark.roles[row] in ("removed", "ignored", "quiet")
        side, middle = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignVCenter
        if self.mark.labels:
            place = QRectF(pencil.x(0) - gutter - 8, bar.top(), gutter, bar.height())
            pencil.write(place, self.mark.labels[row], "quiet" if quiet else "text", font, side | middle)
        text = self.text_of(row)
        left = max(bar.right(), pencil.x(0)) + 6
        if self.mark.limit is not None:  # a number that the limit would strike through stands beyond it
            limit = pencil.x(self.mark.limit)
            if left - 3 < limit < left + QFontMetricsF(digits).horizontalAdvance(text) + 3:
                left = limit + 6
        end = QRectF(left, bar.top(), 60, bar.height())
        pencil.write(end, text, "quiet" if quiet else "text", digits, Qt.AlignmentFlag.AlignLeft | middle)

    def hit(self, x: float, y: float, dx: float, dy: float) -> Hit | None:
        row = math.floor(y)
        return self.found(row) if self.mark.handle and 0 <= row < len(self.values) else None

    def grips(self) -> list[Grip]:
        mark = self.mark
        if not mark.handle or not (mark.movable or mark.editable):
            return []
        names = mark.labels or [str(row) for row in range(len(self.values))]
        rows = enumerate(self.values.tolist())
        return [Grip(self.found(row), value, row + 0.5, f"{mark.handle} {names[row]}") for row, value in rows]

    def text_of(self, index: int) -> str:
        return f"{self.mark.values[index]:.{self.mark.decimals}f}"


def stamp_discs(painter: QPainter, places: NDArray[np.float64], radius: float) -> None:
    """Discs of the painter's own pen and brush at `(N, 2)`: drawn once and stamped, which is ten times as fast."""
    ratio = painter.device().devicePixelRatio()
    side = math.ceil((2 * radius + 3) * ratio)
    stamp = QPixmap(side, side)
    stamp.fill(Qt.GlobalColor.transparent)
    one = QPainter(stamp)
    one.setRenderHint(QPainter.RenderHint.Antialiasing)
    one.scale(ratio, ratio)
    one.setPen(painter.pen())
    one.setBrush(painter.brush())
    middle = side / ratio / 2
    one.drawEllipse(QPointF(middle, middle), radius, radius)
    one.end()
    fragments = internals.PrimitiveArray(QPainter.PixmapFragment, 10)
    fragments.resize(len(places))
    fragments.ndarray()[:] = (
        0,
        0,
        0,
        0,
        side,
        side,
        1 / ratio,
        1 / ratio,
        0,
        1,
    )  # x, y, source, scale, turn, alpha
    fragments.ndarray()[:, :2] = places
    draw: Any = painter.drawPixmapFragments  # its types do not know of arrays
    draw(*fragments.drawargs(), stamp)


class ScatterRenderer(Renderer[Scatter]):
    """Points, each a small symbol."""

    def prepare(self, before: Scatter | None) -> None:
        self.points = np.asarray(self.mark.points, np.float64).reshape(-1, 2)

    def paint(self, pencil: Pencil) -> None:
        mark, r = self.mark, self.mark.size / 2
        filled = mark.symbol in ("disc", "square")
        outline: QPen | Qt.PenStyle = QPen(pencil.theme.background) if filled else pencil.pen(mark.role)
        if isinstance(outline, QPen) and filled:
            outline = (
                QPen(pencil.color("text", 0.0)) if len(self.points) > 2000 else pencil.pen(mark.role, 1.0)
            )
        if mark.symbol == "ring":  # a line of the ground beneath keeps it visible on any picture
            pencil.use(QPen(QColor(pencil.theme.background), 4.5), Qt.BrushStyle.NoBrush, smooth=True)
            for x, y in pencil.points(self.points).tolist():
                pencil.painter.drawEllipse(QPointF(x, y), r, r)
        pencil.use(outline, pencil.color(mark.role) if filled else Qt.BrushStyle.NoBrush, smooth=True)
        centres = pencil.points(self.points)
        if mark.symbol == "disc" and len(centres) > STAMPED and is_raster(pencil.painter):
            stamp_discs(pencil.painter, centres, r)
            centres = centres[:0]
        for x, y in centres.tolist():
            if mark.symbol in ("disc", "ring"):
                pencil.painter.drawEllipse(QPointF(x, y), r, r)
            elif mark.symbol == "square":
                pencil.painter.drawRect(QRectF(x - r, y - r, 2 * r, 2 * r))
            else:
                pencil.painter.drawLine(QPointF(x - r, y - r), QPointF(x + r, y + r))
                pencil.painter.drawLine(QPointF(x - r, y + r), QPointF(x + r, y - r))
        font = pencil.sized(0.95)
        for (x, y), text in zip(pencil.points(self.points).tolist(), mark.labels, strict=False):
            if text:
                width, height = pencil.label_size(text, font)
                places = [QPointF(x + r + 3, y - height / 2), QPointF(x - width - r - 3, y - height / 2)]
                pencil.label(
                    [*places, QPointF(x, y + r + 2), QPointF(x, y - height - r - 2)], text, mark.role, font
                )

    def hit(self, x: float, y: float, dx: float, dy: float) -> Hit | None:
        if not self.mark.handle or not len(self.points):
            return None
        with np.errstate(over="ignore"):
            away = np.hypot((self.points[:, 0] - x) / dx, (self.points[:, 1] - y) / dy)
        nearest = int(np.nan_to_num(away, nan=np.inf).argmin())
        return self.found(nearest) if away[nearest] <= max(self.mark.size / 2, GRIP) + 3 else None

    def grips(self) -> list[Grip]:
        if not self.mark.handle or not self.mark.movable:
            return []
        name = self.mark.handle
        return [
            Grip(self.found(i), x, y, f"{name} {i}") for i, (x, y) in enumerate(self.points[:200].tolist())
        ]


class ContoursRenderer(Renderer[Contours]):
    """Lines of equal value."""

    def prepare(self, before: Contours | None) -> None:
        mark = self.mark
        if before is None:
            self.kept = Kept()
        if before is None or before.values is not mark.values or before.levels != mark.levels:
            self.segments = _segments_of(Held(mark.values), tuple(mark.levels))

    def paint(self, pencil: Pencil) -> None:
        self.kept.draw(pencil, (self.segments, self.mark.extent, self.mark.role), self._lines)

    def _lines(self, pencil: Pencil) -> None:
        x1, y1, x2, y2 = self.mark.extent
        rows, columns = self.mark.values.shape
        size = np.array([(x2 - x1) / max(columns - 1, 1), (y2 - y1) / max(rows - 1, 1)])
        ends = pencil.points(self.segments * size + np.array([x1, y1])).reshape(-1, 4)
        pencil.use(pencil.pen(self.mark.role, 1.0), Qt.BrushStyle.NoBrush, smooth=True)
        draw_lines(pencil, ends)


@lru_cache(4)
def _segments_of(values: Held, levels: tuple[float, ...]) -> NDArray[np.float64]:
    """Found once for all the panels that show them."""
    return contour_segments(np.asarray(values.array, np.float64), levels)


class FacesRenderer(Renderer[Faces]):
    """Filled polygons, the later ones in front."""

    def prepare(self, before: Faces | None) -> None:
        if before is None:
            self.kept = Kept()

    def paint(self, pencil: Pencil) -> None:
        mark = self.mark
        look = (mark.colormap, mark.strength, mark.edges)
        self.kept.draw(pencil, (mark.polygons, mark.levels, look), self._faces)

    def _faces(self, pencil: Pencil) -> None:
        mark, painter = self.mark, pencil.painter
        places = pencil.points(mark.polygons)
        table = [QBrush(QColor(*colour)) for colour in lookup(mark.colormap).tolist()]
        pencil.use(pencil.pen(mark.edges, 1.0), Qt.BrushStyle.NoBrush, smooth=True)
        painter.setOpacity(mark.strength)
        for corners, level in zip(places.tolist(), mark.levels.tolist(), strict=True):
            painter.setBrush(table[level])
            painter.drawConvexPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
        painter.setOpacity(1.0)

    def hit(self, x: float, y: float, dx: float, dy: float) -> Hit | None:
        """The face in front, of those that hold the place."""
        if not self.mark.handle or not len(self.mark.polygons):
            return None
        begin = np.asarray(self.mark.polygons, np.float64)
        end = np.roll(begin, -1, 1)
        with np.errstate(all="ignore"):
            crosses = (begin[..., 1] > y) != (end[..., 1] > y)
            slant = (end[..., 0] - begin[..., 0]) / (end[..., 1] - begin[..., 1])
            right = begin[..., 0] + (y - begin[..., 1]) * slant > x
        inside = np.flatnonzero((crosses & right).sum(1) % 2)
        return self.found(int(inside[-1])) if len(inside) else None


class GraphRenderer(Renderer[Graph]):
    """Nodes as labelled boxes, joined by arrows that end at their borders."""

    def paint(self, pencil: Pencil) -> None:
        mark = self.mark
        centres = [QPointF(x, y) for x, y in pencil.points(mark.places).tolist()]
        font = pencil.sized(1.0)
        sizes = [pencil.label_size(name, font) for name in mark.names]
        for a, b in mark.edges:
            draw_arrow(
                pencil,
                _border(centres[a], centres[b], sizes[a]),
                _border(centres[b], centres[a], sizes[b]),
                "quiet",
                1.5,
            )
        for centre, name, role, (width, height) in zip(centres, mark.names, mark.roles, sizes, strict=True):
            place = QRectF(centre.x() - width / 2 - 4, centre.y() - height / 2 - 3, width + 8, height + 6)
            pencil.use(pencil.pen(role), QBrush(pencil.theme.panel), smooth=True)
            pencil.painter.drawRoundedRect(place, 6, 6)
            pencil.write(place, name, "text", font, Qt.AlignmentFlag.AlignCenter)

    def hit(self, x: float, y: float, dx: float, dy: float) -> Hit | None:
        places = np.asarray(self.mark.places, np.float64).reshape(-1, 2)
        if not self.mark.handle or not len(places):
            return None
        with np.errstate(over="ignore"):
            away = np.maximum(abs(places[:, 0] - x) / abs(dx) / 3, abs(places[:, 1] - y) / abs(dy))
        nearest = int(np.nan_to_num(away, nan=np.inf).argmin())
        return self.found(nearest) if away[nearest] <= 16 else None

    def grips(self) -> list[Grip]:
        if not self.mark.handle:
            return []
        pairs = zip(self.mark.names, np.asarray(self.mark.places).tolist(), strict=True)
        return [
            Grip(self.found(i), x, y, f"{self.mark.handle} {name}") for i, (name, (x, y)) in enumerate(pairs)
        ]


def _border(centre: QPointF, towards: QPointF, size: tuple[float, float]) -> QPointF:
    dx, dy = towards.x() - centre.x(), towards.y() - centre.y()
    reach = max(abs(dx) / (size[0] / 2 + 6), abs(dy) / (size[1] / 2 + 5), 1e-9)
    return QPointF(centre.x() + dx / max(reach, 1.0), centre.y() + dy / max(reach, 1.0))


class TableRenderer(Renderer[Table]):
    """Rows of words in columns as wide as their longest, numbers in the monospace font."""

    def paint(self, pencil: Pencil) -> None:
        mark = self.mark
        font, digits = pencil.sized(0.95), pencil.sized(0.95, mono=True)
        columns = list(zip(mark.heads, *mark.rows, strict=True))
        widths = [
            max(QFontMetricsF(digits).horizontalAdvance(word) for word in column) + 16 for column in columns
        ]
        height, middle = abs(pencil.sy), Qt.AlignmentFlag.AlignVCenter
        left = pencil.x(0)
        for row, role in mark.marked:
            pencil.use(Qt.PenStyle.NoPen, pencil.color(role, 0.2))
            pencil.painter.drawRect(QRectF(left, pencil.y(row + 1), sum(widths), height))
        for width, column in zip(widths, columns, strict=True):
            for row, word in enumerate(column):
                place = QRectF(left, pencil.y(row), width - 16, height)
                pencil.write(place, word, "text" if row else "quiet", digits if row else font, middle)
            left += width

    def hit(self, x: float, y: float, dx: float, dy: float) -> Hit | None:
        row = math.floor(y) - 1
        return self.found(row) if self.mark.handle and 0 <= row < len(self.mark.rows) else None


RENDERERS: dict[type[Mark], type[Renderer[Any]]] = {
    Curve: CurveRenderer,
    Bars: BarsRenderer,
    Scatter: ScatterRenderer,
    Contours: ContoursRenderer,
    Faces: FacesRenderer,
    Graph: GraphRenderer,
    Table: TableRenderer,
}

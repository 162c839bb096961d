"""Renderers of things placed on a panel: boxes, regions, lines, arrows, words and formulas."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.Qt import internals
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPolygonF

from gui.stage.pencil import FAR, Pencil
from gui.stage.renderer import Grip, Hit, Renderer
from scenes.picture import Arrow, Boxes, Formula, Line, Mark, Region, Role, Text

MANY = 200  # from here on boxes are drawn thin, plain and without labels but for those in front
GRIP = 6.0  # how near, in screen pixels, the pointer takes hold of an edge
PARTS = (("nw", 0, 1), ("ne", 2, 1), ("sw", 0, 3), ("se", 2, 3))
DASHED: tuple[Role, ...] = ("removed",)


def draw_rects(pencil: Pencil, corners: NDArray[np.float64]) -> None:
    """Rectangles `(N, 4)` of screen corners, handed to Qt as one array: thousands cost no loop in Python."""
    rects = internals.PrimitiveArray(QRectF, 4)
    rects.resize(len(corners))
    rects.ndarray()[:] = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], 1)
    pencil.painter.drawRects(*rects.drawargs())


def draw_lines(pencil: Pencil, ends: NDArray[np.float64]) -> None:
    """Segments `(N, 4)` of screen places, handed to Qt as one array."""
    lines = internals.PrimitiveArray(QLineF, 4)
    lines.resize(len(ends))
    lines.ndarray()[:] = ends
    pencil.painter.drawLines(*lines.drawargs())


class BoxesRenderer(Renderer[Boxes]):
    """Rectangles by role: kept solid, removed dashed and grey, those in front on top with their labels."""

    def prepare(self, before: Boxes | None) -> None:
        if before is None or before.boxes is not self.mark.boxes:
            self.boxes = np.asarray(self.mark.boxes, np.float64).reshape(-1, 4)

    def paint(self, pencil: Pencil) -> None:
        mark = self.mark
        front = set(mark.front)
        many = len(self.boxes) > MANY
        corners = pencil.points(self.boxes.reshape(-1, 2, 2)).reshape(-1, 4)
        corners[np.isnan(self.boxes).any(1)] = -FAR
        corners = corners.round()
        behind = np.ones(len(corners), bool)
        behind[list(front)] = False
        for number, role in sorted(enumerate(mark.roles), key=lambda pair: pair[1] != "removed"):
            back = corners[behind & (mark.role_of == number)]
            if len(back):
                self._outline(pencil, role, back, many, in_front=False)
        for index in reversed(dict.fromkeys(mark.front)):
            self._outline(pencil, mark.roles[mark.role_of[index]], corners[[index]], False, in_front=True)
        if mark.labels:
            self._labels(pencil, corners, many)

    def _outline(
        self, pencil: Pencil, role: Role, corners: NDArray[np.float64], many: bool, *, in_front: bool
    ) -> None:
        width = 1.0 if many else pencil.theme.line_width
        pen = pencil.pen(role, width, dashed=role in DASHED and not many)
        if role in DASHED and not in_front:
            colour = pen.color()
            colour.setAlphaF(0.35 if many else 0.8)
            pen.setColor(colour)
        brush: QBrush | Qt.BrushStyle = Qt.BrushStyle.NoBrush
        if role == "ignored":
            brush = QBrush(pencil.color(role, 0.5), Qt.BrushStyle.BDiagPattern)
        if role == "now":  # a dark line beside the bright one keeps it visible on any picture
            under = QColor(pencil.theme.background)
            pen_under = pencil.pen(role, width + 3)
            pen_under.setColor(under)
            pencil.use(pen_under, Qt.BrushStyle.NoBrush)
            draw_rects(pencil, corners)
            pen.setWidthF(width + 0.5)
        pencil.use(pen, brush)
        draw_rects(pencil, corners)

    def _labels(self, pencil: Pencil, corners: NDArray[np.float64], many: bool) -> None:
        mark = self.mark
        others = [] if many else [i for i in range(len(corners)) if i not in set(mark.front)]
        kept_first = sorted(others, key=lambda i: mark.roles[mark.role_of[i]] in DASHED)
        font = pencil.sized(1.0)
        height = pencil.label_size("0", font)[1]
        for index in dict.fromkeys((*mark.front, *kept_first)):
            left, top, right, bottom = corners[index].tolist()
            rect, role = QRectF(left, top, right - left, bottom - top), mark.roles[mark.role_of[index]]
            if not pencil.ground.intersects(rect):
                continue
            for text in (mark.labels[index], mark.short[index] if mark.short else ""):
                width = pencil.label_size(text, font)[0]
                right = rect.right() - width + 2
                places = [
                    QPointF(rect.left() - 1, rect.top() - height),
                    QPointF(right, rect.top() - height),
                    QPointF(rect.left() - 1, rect.bottom() + 1),
                    QPointF(right, rect.bottom() + 1),
                    QPointF(rect.left() + 2, rect.top() + 2),
                    QPointF(rect.left() + 2, rect.bottom() - height - 1),
                ]
                if text and pencil.label(places, text, role, font) is not None:
                    break

    def hit(self, x: float, y: float, dx: float, dy: float) -> Hit | None:
        if not self.mark.handle or not len(self.boxes):
            return None
        reach_x, reach_y = abs(dx) * GRIP, abs(dy) * GRIP
        x1, y1, x2, y2 = self.boxes.T
        inside = (x >= x1 - reach_x) & (x <= x2 + reach_x) & (y >= y1 - reach_y) & (y <= y2 + reach_y)
        found = np.flatnonzero(inside)
        if not len(found):
            return None
        part = [self._part(self.boxes[i], x, y, reach_x, reach_y) if self.mark.movable else "" for i in found]
        with np.errstate(over="ignore"):
            area = (x2[found] - x1[found]) * (y2[found] - y1[found])
        best = min(
            range(len(found)), key=lambda k: (part[k] == "", area[k])
        )  # an edge first, then the smallest
        return self.found(int(found[best]), part[best])

    @staticmethod
    def _part(box: Any, x: float, y: float, reach_x: float, reach_y: float) -> str:
        x1, y1, x2, y2 = box
        vertical = "n" if abs(y - y1) <= reach_y else "s" if abs(y - y2) <= reach_y else ""
        horizontal = "w" if abs(x - x1) <= reach_x else "e" if abs(x - x2) <= reach_x else ""
        return vertical + horizontal

    def grips(self) -> list[Grip]:
        if not self.mark.handle:
            return []
        grips = []
        for index, box in enumerate(self.boxes[:MANY].tolist()):
            label = self.mark.labels[index] if self.mark.labels else str(index)
            name = f"{self.mark.handle} {label}"
            grips.append(Grip(self.found(index), (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, name))
            if self.mark.movable:
                grips += [
                    Grip(self.found(index, p), box[i], box[j], f"{name}, corner {p}") for p, i, j in PARTS
                ]
        return grips

    def first_grip(self) -> Grip | None:
        """That of the foremost box."""
        front = self.mark.front[:1] or (0,)
        return next((grip for grip in self.grips() if grip.hit.index == front[0]), None)


class RegionRenderer(Renderer[Region]):
    """One rectangle, outlined, faintly filled or hatched."""

    def paint(self, pencil: Pencil) -> None:
        mark = self.mark
        if any(map(math.isnan, mark.extent)):
            return
        brush: QBrush | QColor | Qt.BrushStyle = Qt.BrushStyle.NoBrush
        if mark.hatched:
            brush = QBrush(pencil.color(mark.role, 0.6), Qt.BrushStyle.BDiagPattern)
        elif mark.fill:
            brush = pencil.color(mark.role, 0.2)
        place = pencil.rect(*mark.extent)
        if mark.role == "now":
            under = pencil.pen(mark.role, pencil.theme.line_width + 2.5)
            under.setColor(QColor(pencil.theme.background))
            pencil.use(under, Qt.BrushStyle.NoBrush)
            pencil.painter.drawRect(place)
        width = mark.width * pencil.theme.line_width / 2
        outline = pencil.pen(mark.role, width, dashed=mark.role in DASHED) if width else Qt.PenStyle.NoPen
        pencil.use(outline, brush)
        pencil.painter.drawRect(place)

    def hit(self, x: float, y: float, dx: float, dy: float) -> Hit | None:
        x1, y1, x2, y2 = self.mark.extent
        near_x, near_y = (abs(dx) * GRIP, abs(dy) * GRIP) if self.mark.movable else (0.0, 0.0)
        inside = x1 - near_x <= x <= x2 + near_x and y1 - near_y <= y <= y2 + near_y
        return self.found() if self.mark.handle and inside else None

    def grips(self) -> list[Grip]:
        x1, y1, x2, y2 = self.mark.extent
        name = self.mark.handle
        return [Grip(self.found(), (x1 + x2) / 2, (y1 + y2) / 2, name)] if name and self.mark.movable else []


class LineRenderer(Renderer[Line]):
    """Straight segments."""

    def paint(self, pencil: Pencil) -> None:
        segments = np.asarray(self.mark.segments).reshape(-1, 2, 2)
        segments = segments[np.isfinite(segments).all((1, 2))]
        pencil.use(
            pencil.pen(self.mark.role, self.mark.width, dashed=self.mark.dashed),
            Qt.BrushStyle.NoBrush,
            smooth=True,
        )
        draw_lines(pencil, pencil.points(segments).reshape(-1, 4))


def draw_arrow(pencil: Pencil, tail: QPointF, head: QPointF, role: Role, width: float) -> None:
    """A shaft and a filled head; a very short arrow is only a dot."""
    length = math.hypot(head.x() - tail.x(), head.y() - tail.y())
    if length < 3:
        pencil.use(Qt.PenStyle.NoPen, pencil.color(role), smooth=True)
        pencil.painter.drawEllipse(tail, width + 1, width + 1)
        return
    ux, uy = (head.x() - tail.x()) / length, (head.y() - tail.y()) / length
    size = min(5 * width, length / 2)
    base = QPointF(head.x() - ux * size, head.y() - uy * size)
    pencil.use(pencil.pen(role, width), Qt.BrushStyle.NoBrush, smooth=True)
    pencil.painter.drawLine(tail, base)
    side = QPointF(-uy * size * 0.45, ux * size * 0.45)
    pencil.use(Qt.PenStyle.NoPen, pencil.color(role), smooth=True)
    pencil.painter.drawPolygon(QPolygonF([head, base + side, base - side]))


class ArrowRenderer(Renderer[Arrow]):
    """An arrow with a label at its head."""

    def paint(self, pencil: Pencil) -> None:
        mark = self.mark
        if not all(map(math.isfinite, (*mark.tail, *mark.head))):
            return
        head = pencil.point(*mark.head)
        draw_arrow(pencil, pencil.point(*mark.tail), head, mark.role, pencil.theme.line_width)
        if mark.label:
            font = pencil.sized(1.0)
            width, height = pencil.label_size(mark.label, font)
            beside = [
                QPointF(head.x() + 6, head.y() - height / 2),
                QPointF(head.x() - width - 6, head.y() - height / 2),
            ]
            pencil.label([*beside, head, QPointF(head.x(), head.y() - height)], mark.label, mark.role, font)

    def hit(self, x: float, y: float, dx: float, dy: float) -> Hit | None:
        near = math.hypot((x - self.mark.head[0]) / dx, (y - self.mark.head[1]) / dy) <= 2 * GRIP
        return self.found() if self.mark.handle and near else None

    def grips(self) -> list[Grip]:
        mark = self.mark
        return [Grip(self.found(), *mark.head, mark.handle)] if mark.handle and mark.movable else []


ALIGN = {
    "left": Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
    "center": Qt.AlignmentFlag.AlignCenter,
    "right": Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
}


class TextRenderer(Renderer[Text]):
    """Words, centred on their line's height at the place given. They shrink when they would leave the panel."""

    def paint(self, pencil: Pencil) -> None:
        mark = self.mark
        lines = mark.text.split("\n")
        font = pencil.sized(mark.size, mono=mark.mono)
        at = pencil.point(*mark.at)
        room = {"left": pencil.ground.right() - at.x(), "right": at.x() - pencil.ground.left()}.get(
            mark.align, pencil.ground.width()
        )
        metrics, size = QFontMetricsF(font), mark.size
        while (wide := max(map(metrics.horizontalAdvance, lines))) > room > 0 and size > 0.6 * mark.size:
            size = max(min(room / wide, 0.95) * size, 0.6 * mark.size)  # widths go in whole pixels a letter
            font = pencil.sized(size, mono=mark.mono)
            metrics = QFontMetricsF(font)
        height = metrics.height()
        left = {"left": at.x(), "center": at.x() - 500, "right": at.x() - 1000}[mark.align]
        for number, line in enumerate(lines):
            place = QRectF(left, at.y() + number * height - height / 2, 1000, height)
            pencil.write(place, line, mark.role, font, ALIGN[mark.align])

    def hit(self, x: float, y: float, dx: float, dy: float) -> Hit | None:
        near = abs((x - self.mark.at[0]) / dx) <= 60 and abs((y - self.mark.at[1]) / dy) <= 10
        return self.found() if self.mark.handle and near else None


class FormulaRenderer(Renderer[Formula]):
    """A formula with its numbers, drawn by the math renderer in the colours of the theme."""

    def paint(self, pencil: Pencil) -> None:
        from gui.formulas import FormulaError, formula_image  # takes half a second to load

        mark = self.mark
        ratio = pencil.painter.device().devicePixelRatioF()
        try:
            image = formula_image(mark.latex, pencil.font.pointSizeF() * mark.size, pencil.theme, ratio)
        except FormulaError:  # better the bare words than a hole
            TextRenderer(Text(at=mark.at, text=mark.latex, align=mark.align, mono=True)).paint(pencil)
            return
        size = image.deviceIndependentSize()
        at = pencil.point(*mark.at)
        shift = {"left": 0.0, "center": size.width() / 2, "right": size.width()}[mark.align]
        place = QPointF(at.x() - shift, at.y() - size.height() / 2)
        pencil.painter.drawImage(place, image)


RENDERERS: dict[type[Mark], type[Renderer[Any]]] = {
    Boxes: BoxesRenderer,
    Region: RegionRenderer,
    Line: LineRenderer,
    Arrow: ArrowRenderer,
    Text: TextRenderer,
    Formula: FormulaRenderer,
}

"""Renderers of pixels: images, heat maps and grids of numbers."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QImage, QPainter, qRgb

from gui.stage.colormaps import lookup
from gui.stage.pencil import Pencil
from gui.stage.renderer import Grip, Hit, Renderer
from gui.stage.shapes import draw_rects
from gui.theme import Theme, readable_on
from scenes.picture import Cells, Heatmap, Image, Mark, Mosaic

CENTRED = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip
WRITTEN = 4096  # cells up to which their numbers are written, and the keyboard can choose each


def qimage_of(pixels: NDArray[np.uint8]) -> QImage:
    """A picture of its own (sharing nothing) from `(H, W, C)` uint8, C = 1, 3, or 4 with alpha."""
    height, width, channels = pixels.shape
    kind = QImage.Format
    given = {1: kind.Format_Grayscale8, 3: kind.Format_RGB888, 4: kind.Format_RGBA8888}[channels]
    data = np.ascontiguousarray(pixels)
    wrapped = QImage(data.data, width, height, width * channels, given)
    return wrapped.convertToFormat(kind.Format_ARGB32_Premultiplied if channels == 4 else kind.Format_RGB32)


def qimage_of_levels(levels: NDArray[np.uint8], table: NDArray[np.uint8]) -> QImage:
    """A picture of its own from levels `(H, W)` uint8, each the number of a colour in the table `(256, 3)`."""
    height, width = levels.shape
    data = np.ascontiguousarray(levels)
    wrapped = QImage(data.data, width, height, width, QImage.Format.Format_Indexed8)
    wrapped.setColorTable([qRgb(*colour) for colour in table.tolist()])
    return wrapped.convertToFormat(QImage.Format.Format_RGB32)


def draw_pixels(pencil: Pencil, image: QImage, place: QRectF) -> None:
    """Sharp squares where pixels are magnified, smooth where they are many to a screen pixel."""
    smaller = place.width() < image.width()
    pencil.painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smaller)
    pencil.painter.drawImage(place, image)


class _Pixels:
    """What images and heat maps share: where they lie, and which pixel is where."""

    image: QImage
    mark: Any

    def place(self) -> tuple[float, float, float, float]:
        extent: tuple[float, float, float, float] | None = self.mark.extent
        return extent or (0.0, 0.0, float(self.image.width()), float(self.image.height()))

    def pixel_at(self, x: float, y: float) -> int | None:
        x1, y1, x2, y2 = self.place()
        if not (x1 <= x < x2 and y1 <= y < y2):
            return None
        column = int((x - x1) / (x2 - x1) * self.image.width())
        row = int((y - y1) / (y2 - y1) * self.image.height())
        return row * self.image.width() + column


class ImageRenderer(_Pixels, Renderer[Image]):
    """Pixels as they are."""

    def prepare(self, before: Image | None) -> None:
        if before is None or before.pixels is not self.mark.pixels:
            self.image = qimage_of(self.mark.pixels)

    def paint(self, pencil: Pencil) -> None:
        draw_pixels(pencil, self.image, pencil.rect(*self.place()))

    def hit(self, x: float, y: float, dx: float, dy: float) -> Hit | None:
        index = self.pixel_at(x, y)
        return None if index is None or not self.mark.handle else self.found(index)


class HeatmapRenderer(_Pixels, Renderer[Heatmap]):
    """Values through a colour map, with a bar that says the range."""

    def prepare(self, before: Heatmap | None) -> None:
        mark = self.mark
        kept = before is not None and before.values is mark.values and before.known is mark.known
        if kept and before and (before.range, before.colormap) == (mark.range, mark.colormap):
            return
        low, high = mark.range
        if mark.values.dtype == np.uint8:
            self.image = qimage_of_levels(mark.values, lookup(mark.colormap))
            self._cut_out()
            return
        span = (high - low) or 1.0
        with np.errstate(over="ignore"):
            levels = (np.asarray(mark.values).astype(np.float32) - low) * (255.0 / span)
        levels = np.nan_to_num(levels, nan=0.0)
        self.image = qimage_of(lookup(mark.colormap)[np.clip(levels, 0, 255).astype(np.uint8)])
        self._cut_out()

    def _cut_out(self) -> None:
        """Where no value is known the map is clear."""
        if self.mark.known is not None:
            known = np.where(self.mark.known, np.uint8(255), np.uint8(0))[..., None]
            self.image.setAlphaChannel(qimage_of(known).convertToFormat(QImage.Format.Format_Grayscale8))

    def paint(self, pencil: Pencil) -> None:
        place = pencil.rect(*self.place())
        pencil.painter.setOpacity(self.mark.strength)
        draw_pixels(pencil, self.image, place)
        pencil.painter.setOpacity(1.0)
        if self.mark.legend:
            self._legend(pencil, place.intersected(pencil.ground))

    def _legend(self, pencil: Pencil, place: QRectF) -> None:
        font = pencil.sized(0.85)
        height = QFontMetricsF(font).height()
        low, high = self.mark.range
        words = f"{self.mark.legend}  {low:g}", f"{high:g}"
        widths = [QFontMetricsF(font).horizontalAdvance(word) for word in words]
        bar_width = min(90.0, place.width() / 3)
        whole = sum(widths) + bar_width + 24
        if whole > place.width():
            return
        back = QRectF(place.right() - whole - 6, place.bottom() - height - 12, whole, height + 6)
        ground = QColor(pencil.theme.panel)
        ground.setAlphaF(0.85)
        pencil.use(Qt.PenStyle.NoPen, ground)
        pencil.painter.drawRoundedRect(back, 4, 4)
        left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        pencil.write(back.adjusted(6, 0, 0, 0), words[0], "text", font, left)
        bar = QRectF(back.left() + 12 + widths[0], back.center().y() - 4, bar_width, 8)
        pencil.painter.setOpacity(self.mark.strength)
        pencil.painter.drawImage(bar, qimage_of(lookup(self.mark.colormap)[None]))
        pencil.painter.setOpacity(1.0)
        pencil.write(
            QRectF(bar.right() + 6, back.top(), widths[1], back.height()), words[1], "text", font, left
        )

    def hit(self, x: float, y: float, dx: float, dy: float) -> Hit | None:
        index = self.pixel_at(x, y)
        return None if index is None or not self.mark.handle else self.found(index)


class MosaicRenderer(_Pixels, Renderer[Mosaic]):
    """A wash of colour by kind; hatching is drawn over the runs of ignored tiles in each row."""

    def prepare(self, before: Mosaic | None) -> None:
        mark = self.mark
        kept = before is not None and before.kinds is mark.kinds
        if kept and before and (before.roles, before.strengths) == (mark.roles, mark.strengths):
            return
        height, width = mark.kinds.shape
        self.theme: Theme | None = None  # the colours are mixed when it is painted
        self.image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
        ignored = np.isin(mark.kinds, [k for k, role in enumerate(mark.roles) if role == "ignored"])
        edges = np.diff(np.pad(ignored.astype(np.int8), ((0, 0), (1, 1))), axis=1)
        rows, starts = np.nonzero(edges == 1)
        ends = np.nonzero(edges == -1)[1]
        self.runs = np.stack([starts, rows, ends, rows + 1], -1) / max(width, 1)  # in widths of the whole
        self.runs[:, 1::2] *= width / max(height, 1)  # and in heights

    def paint(self, pencil: Pencil) -> None:
        if self.theme is not pencil.theme:
            self.theme = pencil.theme
            mixed = [pencil.color(r, s) for r, s in zip(self.mark.roles, self.mark.strengths, strict=True)]
            table = np.array([[c.red(), c.green(), c.blue(), c.alpha()] for c in mixed], np.uint8)
            self.image = qimage_of(table[self.mark.kinds])
        place = pencil.rect(*self.place())
        draw_pixels(pencil, self.image, place)
        if len(self.runs) and place.height() >= 3 * self.image.height():
            size, corner = (place.width(), place.height()) * 2, (place.left(), place.top()) * 2
            pencil.use(Qt.PenStyle.NoPen, QBrush(pencil.color("text", 0.7), Qt.BrushStyle.BDiagPattern))
            draw_rects(pencil, self.runs * np.array(size) + np.array(corner))

    def hit(self, x: float, y: float, dx: float, dy: float) -> Hit | None:
        index = self.pixel_at(x, y)
        return None if index is None or not self.mark.handle else self.found(index)


class CellsRenderer(Renderer[Cells]):
    """A grid of numbers, painted as one item. Numbers give way to shades where cells get small."""

    def prepare(self, before: Cells | None) -> None:
        mark = self.mark
        unchanged = before is not None and before.values is mark.values and before.decimals == mark.decimals
        if unchanged and before is not None and before.text == mark.text:
            return
        self.values = np.atleast_2d(np.asarray(mark.values, np.float64))
        self.words = (
            mark.text
            or tuple(tuple(_number(value, mark.decimals) for value in row) for row in self.values.tolist())
            if self.values.size <= WRITTEN
            else None
        )
        self.longest = max((len(word) for row in self.words or () for word in row), default=1)

    def paint(self, pencil: Pencil) -> None:
        mark, (rows, columns) = self.mark, self.values.shape
        if not rows or not columns:
            return
        x, y = mark.at
        place = pencil.rect(x, y, x + columns * mark.cell, y + rows * mark.cell)
        draw_pixels(pencil, self._shades(pencil), place)
        width, height = place.width() / columns, place.height() / rows
        if min(width, height) >= 7:
            self._lines(pencil, place, rows, columns)
        font = self._font(pencil, width, height)
        if font is not None and self.words is not None:
            self._numbers(pencil, place, width, height, font)
        self._names(pencil, place, width, height)
        for row, column, role in mark.marked:
            if 0 <= row < rows and 0 <= column < columns:
                pencil.use(pencil.pen(role, pencil.theme.line_width + 0.5), Qt.BrushStyle.NoBrush)
                cell = QRectF(place.left() + column * width, place.top() + row * height, width, height)
                pencil.painter.drawRect(cell.adjusted(1, 1, -1, -1))

    def _shades(self, pencil: Pencil) -> QImage:
        mark, ground = self.mark, QColor(pencil.theme.panel)
        low, high = mark.range
        if mark.shade == "none":
            levels = np.zeros(self.values.shape)
        elif mark.shade == "gray":
            levels = np.nan_to_num((self.values - low) / ((high - low) or 1.0))
        else:
            levels = np.nan_to_num(np.abs(self.values) / (max(abs(low), abs(high)) or 1.0)) * 0.75
        levels = np.clip(levels, 0, 1)[..., None]
        if mark.shade == "gray":
            self.colours = np.repeat(levels * 255, 3, -1).astype(np.uint8)
        else:
            here, there, minus = map(_rgb, (ground, pencil.color(mark.role), pencil.color("gradient")))
            tint = np.where(self.values[..., None] < 0, minus, there) if mark.shade == "signed" else there
            self.colours = (here + (tint - here) * levels).astype(np.uint8)
        return qimage_of(self.colours)

    def _lines(self, pencil: Pencil, place: QRectF, rows: int, columns: int) -> None:
        pen = pencil.pen("quiet", 1.0)
        colour = pen.color()
        colour.setAlphaF(0.35)
        pen.setColor(colour)
        pencil.use(pen, Qt.BrushStyle.NoBrush)
        xs = np.linspace(place.left(), place.right(), columns + 1)
        ys = np.linspace(place.top(), place.bottom(), rows + 1)
        left, top, right, bottom = place.left(), place.top(), place.right(), place.bottom()
        lines = [QLineF(x, top, x, bottom) for x in xs.tolist()]
        pencil.painter.drawLines([*lines, *(QLineF(left, y, right, y) for y in ys.tolist())])

    def _names(self, pencil: Pencil, place: QRectF, width: float, height: float) -> None:
        font = pencil.sized(0.95, mono=True)
        line, digit = QFontMetricsF(font).height(), QFontMetricsF(font).horizontalAdvance("0")
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if height >= 0.8 * line:
            for row, name in enumerate(self.mark.row_names):
                beside = QRectF(place.left() - 106, place.top() + row * height, 100, height)
                pencil.write(beside, name, "quiet", font, right)
        if width >= digit * (max(map(len, self.mark.column_names), default=0) + 0.6):
            for column, name in enumerate(self.mark.column_names):
                above = QRectF(place.left() + column * width, place.top() - line - 2, width, line)
                pencil.write(above, name, "quiet", font, Qt.AlignmentFlag.AlignCenter)

    def _font(self, pencil: Pencil, width: float, height: float) -> Any:
        font = pencil.sized(1.15, mono=True)
        metrics = QFontMetricsF(font)
        if min(width, height) < 7:
            return None
        need = max(self.longest * metrics.horizontalAdvance("0") / (0.84 * width), metrics.height() / height)
        if need > 1.75:
            return None
        return pencil.sized(1.15 / max(need, 1.0), mono=True)

    def _numbers(self, pencil: Pencil, place: QRectF, width: float, height: float, font: Any) -> None:
        painter, visible, left = pencil.painter, pencil.ground, place.left()
        painter.setFont(font)
        grounds = self.colours.tolist()
        for row, words in enumerate(self.words or ()):
            top = place.top() + row * height
            if top + height < visible.top() or top > visible.bottom():
                continue
            for column, (word, ground) in enumerate(zip(words, grounds[row], strict=True)):
                cell = QRectF(left + column * width, top, width, height)
                painter.setPen(_ink(*ground))
                painter.drawText(cell, CENTRED, word)

    def hit(self, x: float, y: float, dx: float, dy: float) -> Hit | None:
        mark, (rows, columns) = self.mark, self.values.shape
        column, row = int((x - mark.at[0]) // mark.cell), int((y - mark.at[1]) // mark.cell)
        if not mark.handle or not (0 <= row < rows and 0 <= column < columns):
            return None
        return self.found(row * columns + column)

    def grips(self) -> list[Grip]:
        mark, (rows, columns) = self.mark, self.values.shape
        if not mark.handle or not (mark.movable or mark.editable) or self.values.size > WRITTEN:
            return []
        half = mark.cell / 2
        return [
            Grip(
                self.found(row * columns + column),
                mark.at[0] + column * mark.cell + half,
                mark.at[1] + row * mark.cell + half,
                f"{mark.handle}, row {row + 1}, column {column + 1}",
            )
            for row in range(rows)
            for column in range(columns)
        ]

    def text_of(self, index: int) -> str:
        row, column = divmod(index, self.values.shape[1])
        return f"{self.values[row, column]:g}"


@lru_cache(4096)
def _ink(red: int, green: int, blue: int) -> QColor:
    """The colour of a number on a ground."""
    return readable_on(QColor(red, green, blue))


def _rgb(colour: QColor) -> NDArray[np.float64]:
    return np.array([colour.red(), colour.green(), colour.blue()], np.float64)


def _number(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


RENDERERS: dict[type[Mark], type[Renderer[Any]]] = {
    Image: ImageRenderer,
    Heatmap: HeatmapRenderer,
    Mosaic: MosaicRenderer,
    Cells: CellsRenderer,
}

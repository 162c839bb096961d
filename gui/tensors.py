"""A tensor, an array or a list opened as a grid of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QAction,
    QBrush,
    QColor,
    QGuiApplication,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPolygon,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSpinBox,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gui.arrays import EXACT, Stats, array_of, changes, differs, stats_of
from gui.code import paint_sentence
from gui.inputs import Switch
from gui.theme import DARK, Theme, band_colour, contrast, legible, mix, mono, readable_on, scaled
from gui.variables import kind, number, summary

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST = 1_000_000  # rows and columns shown
COPIED = 500_000  # cells that go to the clipboard at once
GAP = 12
CENTRE = Qt.AlignmentFlag.AlignVCenter

STYLE = """
QAbstractScrollArea::corner { background: transparent; border: 0; }
QTableCornerButton::section { background: transparent; border: 0; }
QHeaderView { background: transparent; }
QSpinBox { padding: 2px 4px; }
QSpinBox::up-button, QSpinBox::down-button { subcontrol-origin: border; width: 0; border: 0; }
QSpinBox QLineEdit { background: transparent; border: 0; padding: 0; }
"""

Index = QModelIndex | QPersistentModelIndex


# ---------------------------------------------------------------------------- the grid


class _Cells(QAbstractTableModel):
    """Two dimensions of an array. Numbers are put into words when they come in sight."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.plane: NDArray[Any] | None = None
        self.before: NDArray[Any] | None = None
        self.digits = 0
        self.path = ""  # with {row} and {column}
        self.rows = self.columns = 0

    def show(self, plane: NDArray[Any] | None, before: NDArray[Any] | None) -> None:
        """Take another array. Rows and columns come and go at the end, so that the view stays."""
        rows, columns = (min(n, LONGEST) for n in plane.shape) if plane is not None else (0, 0)
        none = QModelIndex()
        if rows < self.rows:
            self.beginRemoveRows(none, rows, self.rows - 1)
            self.rows = rows
            self.endRemoveRows()
        if columns < self.columns:
            self.beginRemoveColumns(none, columns, self.columns - 1)
            self.columns = columns
            self.endRemoveColumns()
        self.plane, self.before = plane, before
        if rows > self.rows:
            self.beginInsertRows(none, self.rows, rows - 1)
            self.rows = rows
            self.endInsertRows()
        if columns > self.columns:
            self.beginInsertColumns(none, self.columns, columns - 1)
            self.columns = columns
            self.endInsertColumns()
        if rows and columns:
            self.dataChanged.emit(self.index(0, 0), self.index(rows - 1, columns - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self.rows

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self.columns

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.plane is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(self.plane[index.row(), index.column()])
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(index.row(), index.column())
        if role == Qt.ItemDataRole.AccessibleDescriptionRole and self.changed(index):
            return self.tr("just changed")
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | CENTRE
        return section if role == Qt.ItemDataRole.DisplayRole else None

    def text(self, element: Any) -> str:
        """An element as its cell shows it."""
        if hasattr(element, "item"):
            element = element.item()
        if isinstance(element, bool):
            return "1" if element else "0"
        return number(element, self.digits)

    def changed(self, index: Index) -> bool:
        """Whether the cell held something else before."""
        if self.plane is None or self.before is None:
            return False
        place = index.row(), index.column()
        return differs(self.plane[place], self.before[place])

    def _tip(self, row: int, column: int) -> str:
        if self.plane is None:
            return ""
        text = f"{self.path.format(row=row, column=column)} = {self.plane[row, column]!s}"
        if self.before is not None and differs(self.plane[row, column], self.before[row, column]):
            text += "\n" + self.tr("before: {value}").format(value=str(self.before[row, column]))
        return text


class Tint:
    """Colours of cells by value: a diverging map about 0 where there are both signs, else viridis."""

    def __init__(self, stats: Stats) -> None:
        from gui.stage.colormaps import lookup

        signed = stats.low < 0 < stats.high
        self.high = max(abs(stats.low), abs(stats.high)) if signed else stats.high
        self.low = -self.high if signed else stats.low
        self.colours = lookup("diverging" if signed else "viridis")
        self.known: dict[int, tuple[QColor, QColor]] = {}

    def of(self, element: Any) -> tuple[QColor, QColor]:
        """Ground and ink of a cell."""
        size = float(abs(element) if isinstance(element, complex) else element)
        part = (size - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        level = round(min(1.0, max(0.0, part)) * 255)
        if level not in self.known:
            ground = QColor(*self.colours[level].tolist())
            self.known[level] = ground, readable_on(ground)
        return self.known[level]


class _Cell(QStyledItemDelegate):
    """Paints one number: at the right, so that the decimals stand below one another."""

    def __init__(self, parent: QWidget, cells: _Cells) -> None:
        super().__init__(parent)
        self.cells = cells
        self.tint: Tint | None = None
        self.dress(DARK)

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        panel = QColor(theme.panel)
        self.band, self.accent = band_colour(theme), QColor(theme.accent)
        self.chosen = mix(panel, QColor(theme.text), 0.14)
        self.hatch = mix(panel, QColor(theme.quiet), 0.5)
        ground = max(self.band, self.chosen, key=lambda colour: contrast(colour, panel))
        self.ink = legible(QColor(theme.text), ground)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cells, area = self.cells, QRect(option.rect)
        if cells.plane is None:
            return
        element = cells.plane[index.row(), index.column()]
        missing, changed = bool(element != element), cells.changed(index)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        ground, ink = self._colours(element, missing, changed, chosen)
        if chosen:
            painter.fillRect(area, self.chosen)  # over the colour of the style
        if ground is not None:
            painter.fillRect(area.adjusted(0, 0, -1, -1), ground)
        if changed:
            self._paint_corner(painter, area, ink if self.tint else self.accent)
        if chosen and self.tint:
            painter.setPen(ink)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.adjusted(1, 1, -3, -3))
        font = option.font
        font.setBold(missing)
        painter.setFont(font)
        painter.setPen(ink)
        words = cells.plane.dtype.kind == "O"
        side = Qt.AlignmentFlag.AlignLeft if words else Qt.AlignmentFlag.AlignRight
        painter.drawText(area.adjusted(8, 0, -8, 0), side | CENTRE, cells.text(element))

    def _colours(
        self, element: Any, missing: bool, changed: bool, chosen: bool
    ) -> tuple[QColor | QBrush | None, QColor]:
        if missing:
            return QBrush(self.hatch, Qt.BrushStyle.BDiagPattern), self.ink
        if self.tint:
            return self.tint.of(element)
        if chosen:
            return self.chosen, self.ink
        return (self.band if changed else None), self.ink

    def _paint_corner(self, painter: QPainter, area: QRect, colour: QColor) -> None:
        size = area.height() // 4
        x, y = area.right(), area.top()
        corner = QPolygon([QPoint(x - size, y), QPoint(x, y), QPoint(x, y + size)])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(corner)


class _Grid(QTableView):
    """The cells, or a sentence where there are none."""

    def __init__(self) -> None:
        super().__init__()
        self.cells = _Cells(self)
        self.painter = _Cell(self, self.cells)
        self.theme = DARK
        self.message = ""
        self._widest = 0
        self.setModel(self.cells)
        self.setItemDelegate(self.painter)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setHighlightSections(False)
            header.setMinimumSectionSize(0)
        self.copying = QAction(self)
        self.copying.setShortcut(QKeySequence.StandardKey.Copy)
        self.copying.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.copying.triggered.connect(self.copy)
        self.asking = QAction(self)
        for action in (self.copying, self.asking):
            self.addAction(action)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def copy(self) -> None:
        """Put the chosen cells on the clipboard, as tab-separated values in full precision."""
        chosen = self.selectionModel().selection()
        ranges = [chosen.at(i) for i in range(chosen.count())]
        if not ranges or self.cells.plane is None:
            return
        top, left = min(r.top() for r in ranges), min(r.left() for r in ranges)
        width = max(r.right() for r in ranges) - left + 1
        height = min(max(r.bottom() for r in ranges) - top + 1, max(1, COPIED // width))
        grid = [[""] * width for _ in range(height)]
        for area in ranges:
            stop = min(area.bottom() + 1, top + height)
            part = self.cells.plane[area.top() : stop, area.left() : area.right() + 1].astype(str)
            for row, words in enumerate(part.tolist(), area.top() - top):
                grid[row][area.left() - left : area.right() + 1 - left] = words
        QGuiApplication.clipboard().setText("\n".join("\t".join(row) for row in grid))

    def start_over(self) -> None:
        """Another variable: from the top, with columns of its own width."""
        self._widest = 0
        self.clearSelection()
        self.scrollToTop()
        self.horizontalScrollBar().setValue(0)

    def fit_columns(self, letters: int) -> None:
        """Room for so many letters: wider from one step to the next, never narrower."""
        width = self.fontMetrics().horizontalAdvance("0" * (letters + 1)) + GAP
        self._widest = max(self._widest, min(width, 600))
        self.horizontalHeader().setDefaultSectionSize(self._widest)

    def fit_font(self) -> None:
        """The monospace font, as large as the interface is now."""
        self.setFont(mono())
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setFont(mono(scaled(0.9).pointSizeF()))
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self._widest = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.message:
            paint_sentence(self, self.message, self.theme)


class _Indices(QWidget):
    """A box for each dimension before the last two, written as in code: [2, 0, :, :]"""

    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.boxes: list[QSpinBox] = []
        self.labels = [_quiet(", :, :]")]
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.addWidget(self.labels[0])

    def place(self) -> tuple[int, ...]:
        """The chosen indices."""
        return tuple(box.value() for box in self.boxes)

    def start_over(self) -> None:
        """All at 0, without a word to anyone."""
        for box in self.boxes:
            box.blockSignals(True)
            box.setValue(0)
            box.blockSignals(False)

    def fit(self, sizes: Sequence[int]) -> None:
        """Take dimensions of these sizes; indices that there still are stay."""
        while len(self.boxes) > len(sizes):
            self.boxes.pop().deleteLater()
            self.labels.pop().deleteLater()
        while len(self.boxes) < len(sizes):
            self._add()
        for box, size in zip(self.boxes, sizes, strict=True):
            box.blockSignals(True)
            box.setRange(0, max(0, size - 1))
            box.blockSignals(False)
            tip = self.tr("0 to {last}: type, turn the wheel, or press an arrow key")
            box.setToolTip(tip.format(last=size - 1))
        self.fit_font()
        self.setVisible(bool(sizes))

    def fit_font(self) -> None:
        """The monospace font, as large as the interface is now."""
        for widget in (*self.labels, *self.boxes):
            widget.setFont(mono())
        for box in self.boxes:
            digits = "0" * (len(str(box.maximum())) + 1)
            box.setFixedWidth(box.fontMetrics().horizontalAdvance(digits) + 2 * GAP)

    def _add(self) -> None:
        dimension = len(self.boxes)
        label, box = _quiet("," if dimension else "["), QSpinBox()
        box.setWrapping(True)
        box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        box.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        box.setAccessibleName(self.tr("Index of dimension {number}").format(number=dimension))
        box.valueChanged.connect(self.moved)
        self._row.insertWidget(2 * dimension, label)
        self._row.insertWidget(2 * dimension + 1, box)
        self.labels.append(label)
        self.boxes.append(box)


class TensorGrid(QWidget):
    """A tensor, an array or a list as a grid of numbers.

    Shown again with the value of another step it stays where it is, at the same indices; cells that
    differ from `previous`, the value of the step before, are marked. `why(name, index)` asks why an element
    is as it is.
    """

    why = Signal(str, tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = DARK
        self.array: NDArray[Any] | None = None
        self.stats: Stats | None = None
        self._before: NDArray[Any] | None = None
        self._name = ""
        self._held: tuple[Any, Any] = (self, self)
        self.title, self.indices, self.kind = QLabel(), _Indices(), _quiet("")
        self.tint_label, self.tinted = _quiet(""), Switch()
        self.table, self.line = _Grid(), _quiet("")
        self._lay_out()
        self.setFocusProxy(self.table)
        self.indices.moved.connect(self._show_plane)
        self.tinted.toggled.connect(self._colour_cells)
        self.table.asking.triggered.connect(self.ask)
        self._say()
        self.set_theme(DARK)
        self.setStyleSheet(STYLE)

    def show_value(self, name: str, value: Any, previous: Any = None) -> None:
        """Show a value; `previous` is the same variable at the step before."""
        same = name == self._name
        if same and self._held[0] is value and self._held[1] is previous:
            return
        if not same:
            self.table.start_over()
            self.indices.start_over()
        if not same or self._held[0] is not value:
            self.array = array_of(value)
            self.stats = None if self.array is None else stats_of(self.array)
        self._name, self._held = name, (value, previous)
        self._before = self._comparable(previous)
        self.indices.fit(self.array.shape[:-2] if self.array is not None else ())
        for one, other in pairwise((self.table, *self.indices.boxes, self.tinted)):
            QWidget.setTabOrder(one, other)
        self._show_plane()
        self.title.setText(name)
        self.kind.setText(kind(value))
        self.line.setText(self._sentence())
        self.table.message = "" if self.array is not None else summary(value)
        if self.array is not None and not self.array.size:
            self.table.message = self.tr("Empty: there is nothing in it.")

    def ask(self) -> None:
        """Why is the current element as it is? The whole variable, where none is chosen."""
        cell, dimensions = self.table.currentIndex(), 0 if self.array is None else self.array.ndim
        index = (*self.indices.place(), cell.row(), cell.column()) if cell.isValid() else ()
        self.why.emit(self._name, index[: max(1, dimensions)] if dimensions else ())

    def set_theme(self, theme: Theme) -> None:
        """Dress the grid in a theme."""
        self.theme = theme
        self.table.theme = theme
        self.table.painter.dress(theme)
        self._fit_font()
        self._colour_cells()
        self.update()

    # ------------------------------------------------------------------ what is shown

    def _comparable(self, previous: Any) -> NDArray[Any] | None:
        """The value before, where each of its cells stands against one of now."""
        if previous is None or previous is self._held[0] or self.array is None:
            return None
        before = array_of(previous)
        if before is None or before.shape != self.array.shape:
            return None
        return before if before.dtype.kind == self.array.dtype.kind else None

    def _show_plane(self) -> None:
        """The two dimensions behind the chosen indices."""
        place, cells = self.indices.place(), self.table.cells
        dimensions = 0 if self.array is None else self.array.ndim
        parts = [str(i) for i in place] + ["{row}", "{column}"][: min(2, dimensions)]
        cells.path = self._name + (f"[{', '.join(parts)}]" if parts else "")
        cells.digits = self.stats.digits if self.stats else 0
        self._fit_columns()
        cells.show(_plane(self.array, place), _plane(self._before, place))
        self.table.horizontalHeader().setVisible(dimensions > 1)
        self.table.verticalHeader().setVisible(dimensions > 0)
        self._colour_cells()

    def _sentence(self) -> str:
        """The quiet line below: what the numbers are like."""
        parts: list[str] = []
        if self.array is None or not self.array.size:
            return ""
        if self.stats is not None and self.array.ndim:
            form = self.tr("min {low}   mean {mean}   max {high}")
            if self.array.dtype.kind == "c":
                form = self.tr("absolute values: min {low}   mean {mean}   max {high}")
            low, mean, high = self.stats.low, self.stats.mean, self.stats.high
            parts = [form.format(low=number(low), mean=number(mean), high=number(high))]
            parts += self._warnings(self.stats)
        if self._before is not None and self.array.size <= EXACT:
            count = changes(self.array, self._before)
            parts.append(self.tr("{count} changed").format(count=count))
        return "   ·   ".join(parts)

    def _warnings(self, stats: Stats) -> list[str]:
        parts = []
        if stats.missing:
            parts.append(self.tr("{count} NaN").format(count=stats.missing))
        if stats.infinite:
            parts.append(self.tr("{count} infinite").format(count=stats.infinite))
        if stats.sampled:
            parts.append(self.tr("from a sample"))
        plane = self.table.cells.plane
        if plane is not None and max(plane.shape) > LONGEST:
            parts.append(self.tr("only the first {count} are shown").format(count=f"{LONGEST:,}"))
        return parts

    # ------------------------------------------------------------------ how it looks

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(GAP, 8, GAP, 8)
        top.setSpacing(8)
        for widget in (self.title, self.indices, self.kind):
            top.addWidget(widget)
        top.addStretch(1)
        top.addWidget(self.tint_label)
        top.addWidget(self.tinted)
        self.line.setContentsMargins(GAP, 8, GAP, 8)
        self.line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self.table, 1)
        column.addWidget(self.line)

    def _fit_font(self) -> None:
        bold = mono()
        bold.setBold(True)
        self.title.setFont(bold)
        for label in (self.kind, self.line, self.tint_label):
            label.setFont(scaled(0.9))
        self.indices.fit_font()
        self.table.fit_font()
        self._fit_columns()

    def _fit_columns(self) -> None:
        """As wide as the longest number asks."""
        array, text = self.array, self.table.cells.text
        if array is None or not array.size:
            return
        if self.stats is None:
            words = [text(element) for element in array.flat[:100]]
        else:
            words = [text(end) for end in (-abs(self.stats.high), self.stats.low, float("nan"))]
        letters = max(map(len, words))
        if array.dtype.kind == "c":
            letters = 2 * letters + 1
        index = str(array.shape[-1] - 1) if array.ndim > 1 else ""
        self.table.fit_columns(max(letters, len(index)))

    def _colour_cells(self) -> None:
        tinted = self.tinted.isChecked()
        self.table.painter.tint = Tint(self.stats) if tinted and self.stats else None
        self.table.viewport().update()

    def _say(self) -> None:
        self.setAccessibleName(self.tr("Tensor"))
        self.table.setAccessibleName(self.tr("Elements"))
        self.table.copying.setText(self.tr("Copy"))
        self.table.asking.setText(self.tr("Why is it so?"))
        self.tint_label.setText(self.tr("Tint"))
        self.tinted.setAccessibleName(self.tr("Tint"))
        self.tinted.setToolTip(self.tr("Colour the cells by their values"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self.theme.panel))
        painter.end()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._say()
        elif event.type() in (QEvent.Type.ApplicationFontChange, QEvent.Type.StyleChange):
            self._fit_font()
        return done


def _quiet(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("quiet", True)
    return label


def _plane(array: NDArray[Any] | None, place: Sequence[int]) -> NDArray[Any] | None:
    """The last two dimensions at the indices of the others; a list as a column."""
    if array is None or not array.size:
        return None
    if array.ndim < 2:
        return array.reshape(-1, 1)
    plane: NDArray[Any] = array[tuple(place)]
    return plane

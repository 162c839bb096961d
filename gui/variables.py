"""The variables of the line that was just run: name, value, kind, and which have just changed.

Values are put into words only for the rows in sight, and only from their first few elements: a row
costs microseconds, whatever the size of the tensor.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from gui.code import paint_sentence
from gui.theme import DARK, Theme, band_colour, contrast, legible, mix, mono, scaled

if TYPE_CHECKING:
    from engine.trace import Frame

SHORT = 8  # containers up to this length are written out
FEW = 4  # of longer ones, the first elements
COUNTED = 65_536  # NaNs are counted in tensors up to this size
LONGEST = 80  # characters of a text or of an object nobody here knows
RETURNED = "return"  # the row of the returned value: no variable can be called so

NAME, KIND, VALUE = range(3)
GAP = 12

translate = QCoreApplication.translate
Index = QModelIndex | QPersistentModelIndex


# ---------------------------------------------------------------------------- values in words


def is_array(value: Any) -> bool:
    """Whether it is a tensor or an array."""
    return hasattr(value, "shape") and hasattr(value, "dtype") and not isinstance(value, type)


def is_grid(value: Any) -> bool:
    """Whether there is more to see of it in a grid: a tensor, an array, a list."""
    return is_array(value) or (isinstance(value, Sequence) and not isinstance(value, str | bytes))


def kind(value: Any) -> str:
    """Shape and type in a few characters: "(5000, 4) float32", "list of 3", "int"."""
    if value is None:
        return ""
    if is_array(value):
        return f"{tuple(value.shape)} {str(value.dtype).removeprefix('torch.')}"
    if isinstance(value, str | bytes):
        return type(value).__name__
    if isinstance(value, Mapping):
        return translate("Variables", "dict of {count}").format(count=len(value))
    if isinstance(value, Set):
        return translate("Variables", "set of {count}").format(count=len(value))
    if isinstance(value, Sequence):
        return translate("Variables", "list of {count}").format(count=len(value))
    return type(value).__name__


def summary(value: Any) -> str:
    """The value on one line: small ones in full, of large ones the size and the first elements."""
    try:
        return _summary(value, 0)
    except Exception:  # a stranger's object, or a tensor without elements to read: its kind must do
        return "…"


def decimals(values: Iterable[Any]) -> int:
    """How many decimals show floats side by side; -1 asks for the scientific notation."""
    sizes = [abs(v) for v in values if isinstance(v, float | complex)]
    sizes = [v for v in sizes if v and math.isfinite(v)]
    if not sizes:
        return 1
    low, high = min(sizes), max(sizes)
    if high >= 1e6 or high < 1e-3:
        return -1
    if all(v == int(v) for v in sizes):
        return 1
    least = max(1 if high >= 100 else 2, min(4, math.ceil(-math.log10(low))))
    exact = (d for d in range(least, 5) if all(_is_round(v, d) for v in sizes))
    return next(exact, least)


def _is_round(value: float, digits: int) -> bool:
    """Whether a number was written with so many decimals, as a float32 keeps it."""
    return abs(round(value, digits) - value) < min(1e-7 * value, 10.0**-digits / 50)


def number(value: Any, digits: int | None = None) -> str:
    """A number with `digits` decimals (see `decimals`); where it stands alone, four figures."""
    if isinstance(value, complex):
        digits = decimals((value.real, value.imag)) if digits is None else digits
        imaginary = number(value.imag, digits)
        sign = "" if imaginary.startswith("-") else "+"
        return f"{number(value.real, digits)}{sign}{imaginary}j"
    if isinstance(value, float):
        return _float(value, digits)
    if isinstance(value, int) and value.bit_length() > 64:
        power = math.log10(abs(value))
        return f"{'-' if value < 0 else ''}{10 ** (power % 1):.3f}e+{int(power)}"
    return str(value)


def _float(value: float, digits: int | None) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else str(value)
    if digits is not None:
        return f"{value:.2e}" if digits < 0 else f"{value:.{digits}f}"
    size = abs(value)
    if size and not 1e-4 <= size < 1e7:
        return f"{value:.4g}"
    if value == int(value):
        return f"{value:.1f}"
    whole, _, part = f"{value:.{max(2, 3 - math.floor(math.log10(size)))}f}".partition(".")
    return f"{whole}.{part[:2]}{part[2:].rstrip('0')}"


def _summary(value: Any, depth: int) -> str:
    if is_array(value):
        return _array(value, depth)
    if isinstance(value, bool | int | float | complex):
        return number(value)
    if isinstance(value, str | bytes):
        return _cut(repr(value[:LONGEST]) if len(value) <= LONGEST else f"{value[:LONGEST]!r}…")
    if isinstance(value, Mapping):
        pairs = islice(value.items(), SHORT if depth == 0 else FEW)
        items = [f"{_cut(repr(key))}: {_item(item, depth)}" for key, item in pairs]
        return _listed(items, len(value), "{}")
    if isinstance(value, Set):
        return _listed(_items(islice(value, SHORT), depth), len(value), "{}")
    if isinstance(value, Sequence):
        return _sequence(value, depth)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [f.name for f in dataclasses.fields(value)]
        items = [f"{name}={_item(getattr(value, name), depth)}" for name in names[:SHORT]]
        return type(value).__name__ + _listed(items, len(names), "()")
    return _object(value)


def _object(value: Any) -> str:
    if callable(value) and hasattr(value, "__name__"):
        return str(value.__name__)
    text = repr(value)
    return type(value).__name__ if " object at 0x" in text else _cut(text.partition("\n")[0])


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _item(value: Any, depth: int) -> str:
    """An element inside another value: its kind, where its elements would be too many."""
    nested = is_array(value) or isinstance(value, Mapping | Set | Sequence)
    if nested and not isinstance(value, str | bytes):
        size = math.prod(value.shape) if is_array(value) else len(value)
        if size > SHORT or depth > 1:
            return kind(value)
    return _summary(value, depth + 1)


def _items(values: Iterable[Any], depth: int) -> list[str]:
    """Elements in words; plain numbers with the same decimals."""
    found = [v.tolist() if is_array(v) and not tuple(v.shape) else v for v in values]
    if all(isinstance(v, float) for v in found):
        digits = decimals(found)
        return [number(v, digits) for v in found]
    return [_item(v, depth) for v in found]


def _listed(items: list[str], length: int, brackets: str) -> str:
    more = [] if len(items) == length else ["…"]
    return brackets[0] + ", ".join(items + more) + brackets[1]


def _sequence(value: Sequence[Any], depth: int) -> str:
    if len(value) <= SHORT:
        return _listed(_items(value, depth), len(value), "[]")
    return f"{len(value)} × {', '.join(_items(value[:FEW], depth))}, …"


def _array(value: Any, depth: int) -> str:
    *outer, last = shape = tuple(value.shape) or (1,)
    if math.prod(shape) <= SHORT:
        elements = value.tolist() if math.prod(shape) else []
        digits = decimals(_flat(elements)) if isinstance(elements, list) else None
        return _written(elements, digits)
    first = value[(0,) * len(outer) + (slice(0, FEW),)].tolist()
    items = [number(item, decimals(first)) for item in first] + ["…"] * (last > FEW)
    text = ", ".join(items)
    if outer:
        text = "[" * len(outer) + text + ("]" * len(outer) if math.prod(outer) == 1 else "], …")
    return f"{_missing(value) if depth == 0 else ''}{shape[0]} × {text}"


def _missing(value: Any) -> str:
    """How many NaNs there are, if any and if that is quick to know."""
    if math.prod(value.shape) > COUNTED or not re.search("float|complex", str(value.dtype)):
        return ""
    count = int((value != value).sum())
    return f"{count} NaN · " if count else ""


def _written(nested: Any, digits: int | None) -> str:
    if not isinstance(nested, list):
        return number(nested, digits)
    return f"[{', '.join(_written(item, digits) for item in nested)}]"


def _flat(nested: Any) -> Iterable[Any]:
    if not isinstance(nested, list):
        yield nested
        return
    for item in nested:
        yield from _flat(item)


# ---------------------------------------------------------------------------- the table


class _Model(QAbstractTableModel):
    """One row for each variable. Words are made when a cell is looked at, and kept meanwhile."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.names: tuple[str, ...] = ()
        self.values: tuple[Any, ...] = ()
        self.changed: frozenset[str] = frozenset()
        self.colours: Mapping[str, str] = {}
        self.kept: Mapping[str, tuple[str, str, str]] = {}  # where it differs, here and in the kept run
        self.asks = False  # whether a row is a question, rather than something to look into
        self._words: dict[str, tuple[Any, str]] = {}

    def show(self, variables: Mapping[str, Any], changed: Iterable[str]) -> bool:
        """Take another moment's variables; True where rows came or went."""
        names, before = tuple(variables), self.names
        values, marked = tuple(variables.values()), frozenset(changed)
        if names[: len(before)] == before and len(names) > len(before):
            self.beginInsertRows(QModelIndex(), len(before), len(names) - 1)
            self.names, self.values, self.changed = names, values, marked
            self.endInsertRows()
        elif before[: len(names)] == names and len(before) > len(names):
            self.beginRemoveRows(QModelIndex(), len(names), len(before) - 1)
            self.names, self.values, self.changed = names, values, marked
            self.endRemoveRows()
        elif names != before:
            self.beginResetModel()
            self.names, self.values, self.changed = names, values, marked
            self.endResetModel()
        self.names, self.values, self.changed = names, values, marked
        self._words = {name: known for name, known in self._words.items() if name in variables}
        if names:
            self.dataChanged.emit(self.index(0, 0), self.index(len(names) - 1, VALUE))
        return names != before

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.names)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 3

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            if column == NAME:
                return self.names[row]
            return self.kind(row) if column == KIND else self.words(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return self._description(row)
        return None

    def _description(self, row: int) -> str | None:
        name = self.names[row]
        said = [translate("Variables", "just changed")] if name in self.changed else []
        return ", ".join([*said, self.apart(row)] if name in self.kept else said) or None

    def kind(self, row: int) -> str:
        """The kind of a row's value; or what the kept run has in its place, where it differs."""
        apart = self.kept.get(self.names[row])
        if apart is None:
            return kind(self.values[row])
        where, _, kept = apart
        return translate("Variables", "kept{where}: {value}").format(where=where and f" {where}", value=kept)

    def apart(self, row: int) -> str:
        """How a row differs from the kept run, in words."""
        where, here, kept = self.kept[self.names[row]]
        words = translate("Variables", "{name} is {here} now, and {kept} in the kept run")
        return words.format(name=f"{self.names[row]}{where}", here=here, kept=kept)

    def words(self, row: int) -> str:
        """The value of a row in words."""
        name, value = self.names[row], self.values[row]
        known = self._words.get(name)
        if known is None or known[0] is not value:
            known = self._words[name] = (value, summary(value))
        return known[1]

    def _tip(self, row: int) -> str:
        value = self.values[row]
        lines = [f"{self.names[row]} = {self.words(row)}", kind(value)]
        if self.names[row] in self.kept:
            lines.append(self.apart(row))
        if self.asks:
            lines.append(translate("Variables", "Click or Enter: why was it so?"))
        else:
            if is_grid(value):
                lines.append(translate("Variables", "Enter or double click: look into it"))
            lines.append(translate("Variables", "F7: why is it so?"))
        return "\n".join(line for line in lines if line)


class _Row(QStyledItemDelegate):
    """Paints the cells of a row as one: a band and a dot where the variable has just changed."""

    def __init__(self, view: Variables) -> None:
        super().__init__(view)
        self.view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, self.view.metrics[VALUE].height() + 8)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view, column, area = self.view, index.column(), QRect(option.rect)
        changed = view.model_.names[index.row()] in view.model_.changed
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if changed:
            painter.fillRect(area, view.ground)
        if chosen:
            painter.fillRect(area, view.chosen)
        if column == NAME:
            self._paint_marks(painter, area, changed, chosen and view.hasFocus())
            area.adjust(view.indent, 0, 0, 0)
        area.adjust(0, 0, -GAP, 0)
        right = Qt.AlignmentFlag.AlignRight if column == VALUE else Qt.AlignmentFlag.AlignLeft
        text = str(index.data())
        painter.setFont(view.fonts[NAME if column == VALUE and "NaN" in text else column])
        painter.setPen(view.ink(index.row(), column))
        right_end = Qt.TextElideMode.ElideRight
        shown = view.metrics[column].elidedText(text, right_end, area.width() + 1)
        painter.drawText(area, right | Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_marks(self, painter: QPainter, area: QRect, changed: bool, focused: bool) -> None:
        accent = QColor(self.view.theme.accent)
        if focused:
            painter.fillRect(area.x(), area.y(), 3, area.height(), accent)
        if changed:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(accent)
            size = self.view.indent / 6
            middle = QPointF(area.x() + self.view.indent / 2 + 1, area.center().y() + 0.5)
            painter.drawEllipse(middle, size, size)
            painter.restore()


class Variables(QTreeView):
    """The variables of a frame. `opened(name)` asks to look into a tensor or a list: double click
    or Enter; `value(name)` gives it. `why(name)` asks why a variable is as it is, `watch(name)` to watch it.
    """

    opened = Signal(str)
    why = Signal(str)
    watch = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = DARK
        self.model_ = _Model(self)
        self.indent = 0
        self.fonts: tuple[QFont, ...] = ()
        self.metrics: tuple[QFontMetrics, ...] = ()
        self._widest = [0, 0]  # of the names and of the kinds
        self._listing: Any = None
        self.setModel(self.model_)
        self.setItemDelegate(_Row(self))
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setHeaderHidden(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.header().setStretchLastSection(False)
        self.header().setMinimumSectionSize(0)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.doubleClicked.connect(self._open)
        self._say()
        self.set_theme(DARK)

    def show_frame(self, frame: Frame | None, colours: Mapping[str, str]) -> None:
        """Show the variables as they stood after a frame's line."""
        variables = dict(frame.variables) if frame is not None else {}
        changed = frame.changed if frame is not None else ()
        if frame is not None and frame.returned and frame.result is not None:
            variables[RETURNED] = frame.result
            changed = (*changed, RETURNED)
        if frame is not None and frame.listing is not self._listing:
            self._listing, self._widest = frame.listing, [0, 0]
        self.show_values(variables, changed, colours)

    def show_values(
        self, values: Mapping[str, Any], changed: Iterable[str], colours: Mapping[str, str]
    ) -> None:
        """Show values by their names; the current row stays on its name."""
        name = self.current()
        self.model_.colours = colours
        if self.model_.show(values, changed) and name in self.model_.names:
            self.setCurrentIndex(self.model_.index(self.model_.names.index(name), 0))
        self._fit()

    def show_kept(self, kept: Mapping[str, tuple[str, str, str]]) -> None:
        """Mark the variables that the kept run has otherwise: by name where in it, and the value here and there."""
        if kept != self.model_.kept:
            self.model_.kept = dict(kept)
            if self.model_.names:
                last = self.model_.index(len(self.model_.names) - 1, VALUE)
                self.model_.dataChanged.emit(self.model_.index(0, 0), last)
            self._fit()

    def current(self) -> str:
        """The name of the current row, "" where none is."""
        row = self.currentIndex().row()
        return self.model_.names[row] if 0 <= row < len(self.model_.names) else ""

    def value(self, name: str) -> Any:
        """The value of a row by its name, None where there is none."""
        return dict(zip(self.model_.names, self.model_.values, strict=True)).get(name)

    def set_theme(self, theme: Theme) -> None:
        """Dress the table in a theme."""
        self.theme = theme
        self._fit_font()
        self.ground = band_colour(theme)
        self.chosen = mix(QColor(theme.panel), QColor(theme.text), 0.12)
        darkest = max(self.ground, self.chosen, key=lambda c: contrast(c, QColor(theme.panel)))
        self._inks = {role: legible(QColor(c), darkest) for role, c in theme.roles.items()}
        self._inks["differs"] = legible(QColor(theme.differs), darkest)
        self.viewport().update()

    def ink(self, row: int, column: int) -> QColor:
        """The colour of a cell's text."""
        if column == KIND and self.model_.names[row] in self.model_.kept:
            return self._inks["differs"]
        if column == NAME and self.model_.names[row] != RETURNED:
            return self._inks[self.model_.colours.get(self.model_.names[row], "text")]
        return self._inks["text" if column == VALUE else "quiet"]

    def _fit_font(self) -> None:
        """The monospace font for names and values, a smaller sans for kinds."""
        self.setFont(mono())
        bold = mono()
        bold.setBold(True)
        self.fonts = (bold, scaled(0.9), mono())
        self.metrics = tuple(QFontMetrics(font) for font in self.fonts)
        self.indent = round(self.metrics[NAME].height() * 1.2)
        self._widest = [0, 0]
        self.scheduleDelayedItemsLayout()
        self._fit()

    def _fit(self) -> None:
        """Widths only grow while one function is stepped; kinds fold where values need the room."""
        names, values = self.model_.names, self.model_.values
        bold, small, plain = self.metrics
        self._widest = [
            max([self._widest[0], *map(bold.horizontalAdvance, names)]),
            max([self._widest[1], *(small.horizontalAdvance(kind(v)) for v in values)]),
        ]
        room = self.viewport().width()
        first = min(self.indent + self._widest[0] + GAP, room // 2)
        second = self._widest[1] + GAP
        if room - first - second < plain.horizontalAdvance("0" * 16):
            second = 0
        if self.model_.kept:  # what the kept run has stands there, beside the value
            second = (room - first) // 2
        for column, width in enumerate((first, second, room - first - second)):
            if self.columnWidth(column) != width:
                self.setColumnWidth(column, width)

    def _open(self, index: Index) -> None:
        if index.isValid() and is_grid(self.model_.values[index.row()]):
            self.opened.emit(self.model_.names[index.row()])

    def _say(self) -> None:
        self.setAccessibleName(self.tr("Variables"))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            self.setCurrentIndex(self.indexAt(event.pos()))
        name = self.current()
        if not name:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Why is it so?"), partial(self.why.emit, name))
        if name != RETURNED:
            menu.addAction(self.tr("Watch it"), partial(self.watch.emit, name))
        if is_grid(self.value(name)):
            menu.addAction(self.tr("Look into it"), partial(self.opened.emit, name))
        menu.popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._say()
        elif event.type() in (QEvent.Type.ApplicationFontChange, QEvent.Type.StyleChange):
            self._fit_font()
        return done

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.model_.names:
            sentence = self.tr("Step into the code to see its variables here.")
            paint_sentence(self, sentence, self.theme)

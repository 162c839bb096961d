"""Watches: expressions in the variables of the code, each with its value now and a plot over the whole run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from gui.icons import icon
from gui.sparkline import columns_of, ground_of, paint_plot, paint_step, step_at, x_of
from gui.theme import DARK, Theme, contrast, legible, mix, mono, scaled
from gui.variables import number, summary

if TYPE_CHECKING:
    from gui.searches import Followed

MOST_ROWS = 5  # in sight at once
TEXT, PLOT = range(2)
GAP = 8

Index = QModelIndex | QPersistentModelIndex


class _Model(QAbstractTableModel):
    """A row for each watch, and a last one to write another into."""

    edited = Signal(int, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.texts: tuple[str, ...] = ()
        self.known: dict[str, Followed] = {}
        self.step: int | None = None
        self.veiled = False

    def show_texts(self, texts: Sequence[str]) -> None:
        self.beginResetModel()
        self.texts = tuple(texts)
        self.known = {text: found for text, found in self.known.items() if text in self.texts}
        self.endResetModel()

    def renew(self) -> None:
        self.dataChanged.emit(self.index(0, 0), self.index(len(self.texts), PLOT))

    def followed(self, row: int) -> Followed | None:
        return self.known.get(self.texts[row]) if row < len(self.texts) else None

    def value(self, row: int) -> str:
        """The value at the step being looked at in words, "" where there is none."""
        found = self.followed(row)
        if found is None or found.course is None or self.step == 0 or not found.course.values:
            return ""
        value = found.course.values[len(found.course.values) - 1 if self.step is None else self.step - 1]
        return "" if type(value).__name__ == "Absent" else summary(value)

    def error(self, row: int) -> str:
        found = self.followed(row)
        return found.error if found is not None else ""

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.texts) + 1

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 2

    def flags(self, index: Index) -> Qt.ItemFlag:
        editable = Qt.ItemFlag.ItemIsEditable if index.column() == TEXT else Qt.ItemFlag.NoItemFlags
        return super().flags(index) | editable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, last = index.row(), index.row() == len(self.texts)
        if role == Qt.ItemDataRole.EditRole:
            return "" if last else self.texts[row]
        if role == Qt.ItemDataRole.DisplayRole:
            if index.column() == PLOT:
                return self.error(row) or self.value(row)
            return self.tr("watch an expression") if last else self.texts[row]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole and not last:
            return self._tip(row)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole:
            return False
        self.edited.emit(index.row(), str(value).strip())
        return True

    def _tip(self, row: int) -> str:
        if row == len(self.texts):
            return self.tr("Enter or click: write an expression to watch")
        found = self.followed(row)
        if found is None or found.error:
            return found.error if found else ""
        lines = [f"{self.texts[row]} = {self.value(row) or self.tr('nothing at this step')}"]
        course = found.course
        if course is not None and course.is_plotted and self.veiled and self.step is not None:
            lines.append(self.tr("what comes after this step is still to be predicted"))
        elif course is not None and course.is_plotted:
            import numpy as np

            numbers = course.numbers[course.is_number]
            finite = numbers[np.isfinite(numbers)]
            if finite.size:
                low, high = number(float(finite.min())), number(float(finite.max()))
                lines.append(self.tr("from {low} to {high}").format(low=low, high=high))
            if np.isnan(numbers).any():
                step = int(np.flatnonzero(course.is_number & np.isnan(course.numbers))[0]) + 1
                lines.append(self.tr("hatched: NaN, first at step {step}").format(step=step))
            if np.isinf(numbers).any():
                step = int(np.flatnonzero(course.is_number & np.isinf(course.numbers))[0]) + 1
                lines.append(self.tr("at the edge: infinite, first at step {step}").format(step=step))
            lines.append(self.tr("click the plot to go to a step"))
        elif course is not None:
            lines.append(self.tr("no plot: it is not one number; take its max(), mean() or an element"))
        return "\n".join(lines)


class _Editor(QLineEdit):
    """A field over a row. Enter is for it alone: the table behind would begin to edit again."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()


class _Row(QStyledItemDelegate):
    def __init__(self, view: Watches) -> None:
        super().__init__(view)
        self.view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, self.view.row_height())

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        field = _Editor(parent)
        field.setFont(mono())
        field.setAccessibleName(self.view.tr("Expression to watch"))
        return field

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        whole = QRect(option.rect)
        whole.setLeft(0)
        whole.setRight(self.view.viewport().width())
        editor.setGeometry(whole)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view, row, area = self.view, index.row(), QRect(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen and view.hasFocus():
            painter.fillRect(area, view.chosen)
        painter.setFont(mono())
        middle = Qt.AlignmentFlag.AlignVCenter
        if index.column() == TEXT:
            last = row == len(view.model_.texts)
            if chosen and view.hasFocus():
                painter.fillRect(area.x(), area.y(), 3, area.height(), QColor(view.theme.accent))
            painter.setFont(scaled(0.95) if last else mono())
            painter.setPen(view.ink("quiet") if last else view.ink_of(row))
            if last:
                area.setRight(view.viewport().width())
            area.adjust(GAP, 0, -4, 0)
            text = painter.fontMetrics().elidedText(
                str(index.data()), Qt.TextElideMode.ElideRight, area.width()
            )
            painter.drawText(area, middle, text)
        elif row < len(view.model_.texts):
            self._paint_course(painter, row, index)

    def _paint_course(self, painter: QPainter, row: int, index: Index) -> None:
        view = self.view
        plot, words, away = view.places(row)
        found, error = view.model_.followed(row), view.model_.error(row)
        if error:
            painter.setFont(scaled(0.9))
            painter.setPen(view.ink("weight"))
            room = plot.united(words)
            text = painter.fontMetrics().elidedText(error, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
        elif found is not None and found.course is not None:
            view.paint_plot(painter, row, QRectF(plot))
            painter.setFont(mono())
            painter.setPen(view.ink("text"))
            value = str(index.data()) or "–"
            if not found.course.is_plotted:
                words = plot.united(words)
            text = painter.fontMetrics().elidedText(value, Qt.TextElideMode.ElideRight, words.width())
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
        if row in (view.hovered, view.currentIndex().row() if view.hasFocus() else -1):
            side = away.width()
            icon("close", view.ink("quiet"), side).paint(painter, away)


class Watches(QTreeView):
    """`changed` carries the expressions after one was added, edited or removed; `step_asked` a step to go to."""

    changed = Signal(object)
    step_asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = DARK
        self.colours: Mapping[str, str] = {}
        self.hovered = -1
        self.model_ = _Model(self)
        self._plots: dict[str, tuple[Any, QPixmap]] = {}
        self.setModel(self.model_)
        self.setItemDelegate(_Row(self))
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setHeaderHidden(True)
        self.setMouseTracking(True)
        self.setAllColumnsShowFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.header().setStretchLastSection(False)
        self.header().setMinimumSectionSize(0)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        # once the field over the row has closed: rows that come or go would take it, and the focus, with them
        self.model_.edited.connect(self._edited, Qt.ConnectionType.QueuedConnection)
        self._say()
        self.set_theme(DARK)

    @property
    def texts(self) -> tuple[str, ...]:
        """The expressions being watched."""
        return self.model_.texts

    def show_texts(self, texts: Sequence[str]) -> None:
        """Watch these, without a word to anyone."""
        row = self.currentIndex().row()
        self.model_.show_texts(texts)
        if row >= 0:
            self.setCurrentIndex(self.model_.index(min(row, len(self.texts)), TEXT))
        self._fit()

    def show_followed(self, found: Followed) -> None:
        """Show the course of a watch over the run."""
        self.model_.known[found.text] = found
        self.model_.renew()

    def forget(self, colours: Mapping[str, str]) -> None:
        """Another run: nothing is known of it yet."""
        self.colours = colours
        self.model_.known.clear()
        self._plots.clear()
        self.model_.renew()

    def show_step(self, step: int | None) -> None:
        """Show the values at a step."""
        if step != self.model_.step:
            self.model_.step = step
            self.model_.renew()

    def veil(self, veiled: bool) -> None:
        """Plot the run only up to the step that is looked at, or all of it."""
        if veiled != self.model_.veiled:
            self.model_.veiled = veiled
            self.viewport().update()

    def add(self) -> None:
        """Let another expression be written."""
        index = self.model_.index(len(self.texts), TEXT)
        self.setCurrentIndex(index)
        self.scrollTo(index)
        self.edit(index)

    def remove(self, row: int) -> None:
        """No longer watch an expression."""
        if 0 <= row < len(self.texts):
            self._take(self.texts[:row] + self.texts[row + 1 :])

    def set_theme(self, theme: Theme) -> None:
        """Dress the table in a theme."""
        self.theme = theme
        panel = QColor(theme.panel)
        self.chosen = mix(panel, QColor(theme.text), 0.12)
        darkest = max(panel, self.chosen, key=lambda colour: contrast(colour, panel))
        self._inks = {role: legible(QColor(colour), darkest) for role, colour in theme.roles.items()}
        self._plots.clear()
        self.setFont(mono())
        self._fit()
        self.viewport().update()

    def ink(self, role: str) -> QColor:
        """The colour of a role, as text."""
        return self._inks[role]

    def ink_of(self, row: int) -> QColor:
        """The colour of a watch: that of the first variable it reads."""
        found = self.model_.followed(row)
        role = self.colours.get(found.names[0], "text") if found is not None and found.names else "text"
        return self._inks[role]

    def row_height(self) -> int:
        return QFontMetrics(mono()).height() + 12

    def places(self, row: int) -> tuple[QRect, QRect, QRect]:
        """Where the plot, the value and the sign that removes are in a row."""
        area = self.visualRect(self.model_.index(row, PLOT))
        side = QFontMetrics(mono()).height() * 3 // 4
        away = QRect(area.right() - side - 3, area.center().y() - side // 2, side, side)
        wide = QFontMetrics(mono()).horizontalAdvance("0" * 8)
        words = QRect(away.left() - 6 - wide, area.top(), wide, area.height())
        plot = QRect(area.left(), area.top() + 4, max(0, words.left() - GAP - area.left()), area.height() - 8)
        return plot, words, away

    def paint_plot(self, painter: QPainter, row: int, area: QRectF) -> None:
        """The plot of a row, drawn once for a run and a width, and the mark of the step."""
        found = self.model_.followed(row)
        if found is None or found.course is None or not found.course.is_plotted or area.width() < 8:
            return
        ratio = self.devicePixelRatioF()
        key = found.course, area.size().toTuple(), ratio
        if found.text not in self._plots or self._plots[found.text][0] != key:
            size = (area.size() * ratio).toSize()
            image = QPixmap(size)
            image.setDevicePixelRatio(ratio)
            image.fill(ground_of(self.theme))
            brush = QPainter(image)
            columns = columns_of(found.course, int(area.width()))
            if columns is not None:
                whole = QRectF(0, 0, area.width(), area.height()).adjusted(0, 3, 0, -3)
                paint_plot(brush, whole, columns, self.ink_of(row), self.theme)
            brush.end()
            self._plots[found.text] = key, image
        painter.save()
        if self.model_.veiled and self.model_.step is not None:
            painter.setClipRect(
                area.adjusted(
                    0, 0, x_of(self.model_.step + 0.5, area, len(found.course.values)) - area.right(), 0
                )
            )
        painter.drawPixmap(area.topLeft(), self._plots[found.text][1])
        painter.restore()
        paint_step(painter, area, self.model_.step, len(found.course.values), self.theme)

    def _edited(self, row: int, text: str) -> None:
        texts = list(self.texts)
        texts[row : row + 1] = [text] if text else []
        self._take(tuple(dict.fromkeys(texts)))

    def _take(self, texts: tuple[str, ...]) -> None:
        if texts != self.texts:
            self.show_texts(texts)
            self.changed.emit(texts)

    def _fit(self) -> None:
        room = self.viewport().width()
        metrics = QFontMetrics(mono())
        widest = max((metrics.horizontalAdvance(text) for text in self.texts), default=0) + GAP + 12
        first = max(min(widest, round(room * 0.42)), round(room * 0.2))
        for column, width in ((TEXT, first), (PLOT, room - first)):
            if self.columnWidth(column) != width:
                self.setColumnWidth(column, width)
        rows = min(len(self.texts) + 1, MOST_ROWS + 1)
        self.setFixedHeight(rows * self.row_height() + 2 * self.frameWidth())

    def _say(self) -> None:
        self.setAccessibleName(self.tr("Watches"))

    def _row_at(self, place: QPoint) -> int:
        index = self.indexAt(place)
        return index.row() if index.isValid() else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self._row_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and row == len(self.texts):
            self.add()
            return
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and 0 <= row < len(self.texts):
            self._press(row, event.position().toPoint())

    def _press(self, row: int, place: QPoint) -> None:
        plot, _, away = self.places(row)
        found = self.model_.followed(row)
        if away.adjusted(-4, -6, 4, 6).contains(place):
            self.remove(row)
        elif (
            plot.adjusted(0, -4, 0, 4).contains(place) and found and found.course and found.course.is_plotted
        ):
            self.step_asked.emit(step_at(place.x(), QRectF(plot), len(found.course.values)))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.column() == TEXT:
            self.edit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        row = self._row_at(place)
        if row != self.hovered:
            self.hovered = row
            self.viewport().update()
        over = 0 <= row < len(self.texts) and any(part.contains(place) for part in self.places(row)[::2])
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
        held = event.buttons() & Qt.MouseButton.LeftButton
        if held and 0 <= row < len(self.texts) and self.places(row)[0].contains(place):
            self._press(row, place)
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered = -1
        self.viewport().update()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentIndex().row()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row >= 0:
            self.edit(self.model_.index(row, TEXT))
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove(row)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        row = self.currentIndex().row()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            row = self._row_at(event.pos())
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if 0 <= row < len(self.texts):
            menu.addAction(self.tr("Edit"), partial(self.edit, self.model_.index(row, TEXT)))
            menu.addAction(self.tr("Remove"), partial(self.remove, row))
        menu.addAction(self.tr("Watch another expression"), self.add)
        menu.popup(event.globalPos())

    def focusInEvent(self, event: Any) -> None:
        super().focusInEvent(event)
        if self.currentIndex().row() < 0:
            self.setCurrentIndex(self.model_.index(0, TEXT))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._say()
        elif event.type() in (QEvent.Type.ApplicationFontChange, QEvent.Type.StyleChange):
            self._plots.clear()
            self._fit()
        return done

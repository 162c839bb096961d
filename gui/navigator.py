"""The navigator: chapters and their scenes, and a search for every topic they cover."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QAction,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPalette,
    QPen,
    QResizeEvent,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from gui.icons import icon
from gui.theme import DARK, Theme, scaled
from gui.track import MOVES, faint, keeps
from scenes.contents import CHAPTERS, Chapter, Entry, Topic, found

Role = QPalette.ColorRole
Index = QModelIndex | QPersistentModelIndex
KEY = Qt.ItemDataRole.UserRole  # the scene that a row opens; "" for a chapter
KIND = Qt.ItemDataRole.UserRole + 1  # "chapter", "scene" or "topic"
BAR = 3  # pixels of accent beside the current scene
TALL = {"chapter": 2.4, "scene": 1.8, "topic": 1.6}  # rows, in lines of their font
INDENT = {"chapter": 0.75, "scene": 0.75, "topic": 1.75}
UP_DOWN: dict[int, int] = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
SMALL = 0.88  # of the interface's font, for chapters and topics


def in_chinese() -> bool:
    """Whether the table of contents is to be read in Chinese."""
    return QLocale().language() == QLocale.Language.Chinese


def title_of(line: Chapter | Entry | Topic, query: str = "") -> str:
    """The title in the language of the window, and the other one where the query speaks it."""
    names = (line.name if isinstance(line, Topic) else line.title), line.chinese
    title, other = reversed(names) if in_chinese() else names
    asked = [word for word in query.casefold().split() if word not in title.casefold()]
    return f"{title}  {other}" if any(word in other.casefold() for word in asked) else title


class Rows(QStyledItemDelegate):
    """Paints the rows: quiet chapters, scenes, and quiet topics under them."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.current = ""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        line = QFontMetrics(_font(index)).height()
        return QSize(line * 6, round(line * TALL[index.data(KIND)]))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        kind = index.data(KIND)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if kind != "chapter":
            self._paint_ground(painter, option, index)
        painter.setPen(option.palette.color(Role.WindowText if kind == "scene" else Role.PlaceholderText))
        painter.setFont(_font(index))
        line = option.fontMetrics.height()
        room = option.rect.adjusted(round(line * INDENT[kind]), 0, -8, 0)
        if kind == "chapter":
            room.setTop(room.bottom() - round(line * 1.35))
        end = Qt.TextElideMode.ElideRight
        text = painter.fontMetrics().elidedText(index.data(), end, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colour, state = option.palette.color, QStyle.StateFlag
        plate = QRectF(option.rect).adjusted(0, 1, 0, -1)
        selected = bool(option.state & state.State_Selected)
        painter.setPen(Qt.PenStyle.NoPen)
        if index.data(KIND) == "scene" and index.data(KEY) == self.current:
            painter.setBrush(faint(colour(Role.Highlight), 0.16))
            painter.drawRoundedRect(plate, 6, 6)
            painter.setBrush(colour(Role.Highlight))
            painter.drawRoundedRect(QRectF(plate.left(), plate.top(), BAR, plate.height()), 1.5, 1.5)
        elif selected or option.state & state.State_MouseOver:
            painter.setBrush(faint(colour(Role.WindowText), 0.1 if selected else 0.05))
            painter.drawRoundedRect(plate, 6, 6)
        if selected and option.state & state.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colour(Role.Highlight), 1.5))
            painter.drawRoundedRect(plate.adjusted(0.75, 0.75, -0.75, -0.75), 6, 6)


def _font(index: Index) -> QFont:
    return scaled(1.0 if index.data(KIND) == "scene" else SMALL)


class Tree(QTreeView):
    """The rows, all unfolded. A click or Enter opens a row."""

    opened = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setHeaderHidden(True)
        self.header().setStretchLastSection(False)
        self.header().setMinimumSectionSize(1)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setIndentation(0)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.clicked.connect(self.open_row)

    def event(self, event: QEvent) -> bool:
        return keeps(event, MOVES) or super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setColumnWidth(0, self.viewport().width())  # rows elide, they never scroll sideways

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in UP_DOWN:
            self.move_choice(UP_DOWN[event.key()])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_row(self.currentIndex())
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()  # nothing folds here
        else:
            super().keyPressEvent(event)
            if not self.currentIndex().data(KEY):  # no chapter is ever the choice
                self.move_choice(1)

    def open_row(self, index: QModelIndex) -> None:
        """Ask for the scene of a row."""
        if key := index.data(KEY):
            self.opened.emit(key)

    def move_choice(self, rows: int) -> None:
        """Move the choice up or down, past the chapters."""
        index = self.currentIndex()
        if not index.isValid():
            index, rows = self.model().index(0, 0), 1
        step = self.indexBelow if rows > 0 else self.indexAbove
        index = step(index)
        while index.isValid() and not index.data(KEY):
            index = step(index)
        if index.isValid():
            self.setCurrentIndex(index)


class SearchField(QLineEdit):
    """The words to look for; the keys that belong to the rows are handed on."""

    moved = Signal(int)
    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in UP_DOWN:
            self.moved.emit(UP_DOWN[event.key()])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class Navigator(QWidget):
    """The table of contents beside the stage. `opened` carries the key of the scene asked for."""

    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("navigator")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = DARK
        self.field = SearchField(self)
        self.tree = Tree(self)
        self.nothing = QLabel(self)
        self._rows = Rows(self.tree)
        self._model = QStandardItemModel(0, 1, self)
        self._glass, self._cross = QAction(self), QAction(self)
        self._lay_out()
        self._connect()
        self._say()
        self.set_colours(DARK)
        self._fill("")

    def show_current(self, key: str) -> None:
        """Mark the scene that is on stage."""
        self._rows.current = key
        self._choose_current()
        self.tree.viewport().update()

    def focus_search(self) -> None:
        """Put the cursor into the search field, ready to type over what is there."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def set_colours(self, theme: Theme) -> None:
        """Tint the icons for a theme."""
        self._theme = theme
        size = QFontMetrics(scaled(1.0)).height()
        self._glass.setIcon(icon("search", theme.quiet, size))
        self._cross.setIcon(icon("close", theme.quiet, size))

    def changeEvent(self, event: QEvent) -> None:
        kind = event.type()
        if kind in (QEvent.Type.LanguageChange, QEvent.Type.LocaleChange):
            self._say()
            self._fill(self.field.text())
        elif kind in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.set_colours(self._theme)
            self.tree.doItemsLayout()
        super().changeEvent(event)

    def _lay_out(self) -> None:
        self.field.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self.field.addAction(self._cross, QLineEdit.ActionPosition.TrailingPosition)
        self.field.setTextMargins(-6, 0, -6, 0)  # the style gives icons more room than they need
        self.tree.setModel(self._model)
        self.tree.setItemDelegate(self._rows)
        self.nothing.setTextFormat(Qt.TextFormat.PlainText)  # what was typed is never markup
        self.nothing.setWordWrap(True)
        self.nothing.setProperty("quiet", True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self.field)
        column.addWidget(self.tree, 1)
        column.addWidget(self.nothing, 1)

    def _connect(self) -> None:
        self.field.textChanged.connect(self._fill)
        self._cross.triggered.connect(self.field.clear)
        self.field.moved.connect(self.tree.move_choice)
        self.field.entered.connect(self._open_choice)
        self.tree.opened.connect(self.opened)

    def _say(self) -> None:
        self.field.setPlaceholderText(self.tr("Search topics"))
        self.field.setAccessibleName(self.tr("Search topics"))
        self._cross.setText(self.tr("Clear the search"))
        self.tree.setAccessibleName(self.tr("Table of contents"))

    def _fill(self, query: str) -> None:
        """Show what matches the query; all scenes where there is none."""
        self._cross.setVisible(bool(query))
        self._model.removeRows(0, self._model.rowCount())
        hits = found(query)
        for chapter in CHAPTERS:
            lines = {line.key: line for line, _ in hits if line in chapter.entries}
            if not lines:
                continue
            heading = _row(title_of(chapter), "chapter", "")
            for line in lines.values():
                heading.appendRow(_scene_row(line, query))
                for topic in (t for hit, t in hits if hit is line and t):
                    heading.appendRow(_row(title_of(topic, query), "topic", line.key))
            self._model.appendRow(heading)
        self.tree.expandAll()
        self.tree.setHidden(not hits)
        self.nothing.setHidden(bool(hits))
        self.nothing.setText(
            self.tr("Nothing found for “{query}”. Try fewer letters, or another name.").format(
                query=query.strip()
            )
        )
        self._choose_current()
        if query.strip():
            self.tree.setCurrentIndex(QModelIndex())
            self.tree.move_choice(1)

    def _choose_current(self) -> None:
        for chapter in range(self._model.rowCount()):
            heading = self._model.item(chapter)
            for row in range(heading.rowCount()):
                item = heading.child(row)
                if item.data(KIND) == "scene" and item.data(KEY) == self._rows.current:
                    self.tree.setCurrentIndex(item.index())
                    return
        self.tree.setCurrentIndex(QModelIndex())

    def _open_choice(self) -> None:
        self.tree.open_row(self.tree.currentIndex())


def _scene_row(line: Entry, query: str) -> QStandardItem:
    item = _row(title_of(line, query), "scene", line.key)
    item.setToolTip(f"{title_of(line)}\n{line.point}")
    return item


def _row(text: str, kind: str, key: str) -> QStandardItem:
    item = QStandardItem(text)
    item.setData(kind, KIND)
    item.setData(key, KEY)
    item.setToolTip(text)
    enabled, selectable = Qt.ItemFlag.ItemIsEnabled, Qt.ItemFlag.ItemIsSelectable
    item.setFlags(enabled | selectable if key else enabled)
    return item

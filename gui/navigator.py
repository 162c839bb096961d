"""The navigator: chapters and their scenes, and a search for every topic they cover."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QAction,
    QColor,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPalette,
    QPen,
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
from gui.transport import faint
from scenes.contents import CHAPTERS, Chapter, Entry, Topic, found

Role = QPalette.ColorRole
Index = QModelIndex | QPersistentModelIndex
KEY = Qt.ItemDataRole.UserRole  # the scene that a row opens; "" for a chapter
KIND = Qt.ItemDataRole.UserRole + 1  # "chapter", "scene" or "topic"
BAR = 3  # pixels of accent beside the current scene
TALL = {"chapter": 2.4, "scene": 1.8, "topic": 1.6}  # rows, in lines of their font
INDENT = {"chapter": 0.75, "scene": 0.75, "topic": 1.75}
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
        painter.setPen(
            option.palette.color(Role.WindowText if kind == "scene" else Role.PlaceholderText)
        )
        painter.setFont(_font(index))
        line = painter.fontMetrics().height()
        room = option.rect.adjusted(round(line * INDENT[kind]), 0, -8, 0)
        if kind == "chapter":
            room.setTop(room.bottom() - round(line * 1.5))
        end = Qt.TextElideMode.ElideRight
        text = painter.fontMetrics().elidedText(index.data(), end, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        colour, state = option.palette.color, QStyle.StateFlag
        plate = QRectF(option.rect).adjusted(0, 1, 0, -1)
        selected = bool(option.state & state.State_Selected)
        painter.setPen(Qt.PenStyle.NoPen)
        if index.data(KIND) == "scene" and index.data(KEY) == self.current:
            painter.setBrush(faint(colour(Role.Highlight), 0.16))
            painter.drawRoundedRect(plate, 6, 6)
            painter.setBrush(colour(Role.Highlight))
            painter.drawRoundedRect(QRectF(plate.topLeft(), QSize(BAR, 0)), 1.5, 1.5)
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
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setIndentation(0)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.clicked.connect(self.open_row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_row(self.currentIndex())
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()  # nothing folds here
        else:
            super().keyPressEvent(event)

    def open_row(self, index: QModelIndex) -> None:
        """Ask for the scene of a row."""
        if key := index.data(KEY):
            self.opened.emit(key)

    def move(self, rows: int) -> None:
        """Move the choice up or down, past the chapters."""
        index = self.currentIndex()
        step = self.indexBelow if rows > 0 else self.indexAbove
        index = step(index) if index.isValid() else self.first()
        while index.isValid() and not index.data(KEY):
            index = step(index)
        if index.isValid():
            self.setCurrentIndex(index)

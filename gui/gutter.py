"""The column left of a text, of which numbers and signs of its lines are painted."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QEnterEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget


class Gutter(QWidget):
    """Stands in the left margin of a text's viewport and knows the row under the pointer, `nowhere` where there is
    none. Who makes one says how wide it is and what is painted, which row is at a height, and which may be clicked.
    """

    def __init__(self, text: QPlainTextEdit, nowhere: int) -> None:
        super().__init__(text)
        self.text, self.nowhere = text, nowhere
        self.hovered = nowhere
        self.setMouseTracking(True)

    def row_at(self, y: int) -> int:
        """The row at a height of the gutter."""
        raise NotImplementedError

    def may_click(self, row: int) -> bool:
        """Whether a click on the row does something."""
        raise NotImplementedError

    def widen(self, width: int) -> None:
        """Take this much of the viewport's left margin."""
        self.text.setViewportMargins(width, 0, 0, 0)
        self.setFont(self.text.font())
        self.place()
        self.update()

    def place(self) -> None:
        """Stand left of the viewport."""
        area = self.text.viewport().geometry()
        width = self.text.viewportMargins().left()
        self.setGeometry(area.left() - width, area.top(), width, area.height())

    def follow(self, _rect: QRect, _dy: int) -> None:
        """The viewport has scrolled or changed."""
        self.update()

    def hover(self, row: int) -> None:
        """The pointer is over a row, or over none."""
        if row != self.hovered:
            self.hovered = row
            hand = row != self.nowhere and self.may_click(row)
            self.setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hover(self.row_at(event.position().toPoint().y()))

    def enterEvent(self, event: QEnterEvent) -> None:
        self.hover(self.row_at(event.position().toPoint().y()))

    def leaveEvent(self, event: QEvent) -> None:
        self.hover(self.nowhere)

    def wheelEvent(self, event: QWheelEvent) -> None:
        QApplication.sendEvent(self.text.viewport(), event)

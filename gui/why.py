"""The answer to "why?": what it is, the step that made it so, and the operands of that step's line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui.icons import icon
from gui.inputs import Caption
from gui.theme import DARK, Theme, mono, scaled
from gui.track import Elided, RoundButton
from gui.variables import Variables

if TYPE_CHECKING:
    from engine.provenance import Operand
    from gui.inquiry import Explanation

MOST_ROWS = 6  # operands in sight at once


class Operands(Variables):
    """What a line read, with the values as they stood before it. `asked` asks why of one: click or Enter."""

    asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.operands: tuple[Operand, ...] = ()
        super().__init__(parent)
        self.model_.asks = True
        self.clicked.connect(self._ask)
        self.doubleClicked.disconnect()

    def show_operands(self, operands: tuple[Operand, ...], colours: Mapping[str, str]) -> None:
        """Show the operands, each in the colour of its variable."""
        self.operands = operands
        tinted = {one.text: colours.get(one.question.cell.name, "text") for one in operands if one.question}
        self.show_values({one.text: one.value for one in operands}, (), tinted)
        self.setFixedHeight(max(1, min(len(operands), MOST_ROWS)) * self.sizeHintForRow(0) + 2)
        if operands:
            self.setCurrentIndex(self.model_.index(0, 0))

    def ask(self) -> None:
        """Why was the current one as it was?"""
        self._ask(self.currentIndex())

    def _ask(self, index: QModelIndex | QPersistentModelIndex) -> None:
        if index.isValid() and index.row() < len(self.operands):
            self.asked.emit(self.operands[index.row()])

    def _say(self) -> None:
        self.setAccessibleName(self.tr("Operands of the line"))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.accept()  # a click is all there is to it

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.ask()
        else:
            super().keyPressEvent(event)


class WhyPanel(QWidget):
    """One explanation, with the way back and forward through those before it."""

    followed = Signal(object)
    back_asked = Signal()
    forward_asked = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self.head = Elided("", self)
        self.title, self.words = Elided("", self), Caption("", self)
        self.back, self.on = RoundButton(self, "step-back"), RoundButton(self, "step-forward")
        self.away = RoundButton(self, "close")
        self.operands = Operands(self)
        self._lay_out()
        self.setFocusProxy(self.operands)
        self.operands.asked.connect(self.followed)
        self.back.clicked.connect(self.back_asked)
        self.on.clicked.connect(self.forward_asked)
        self.away.clicked.connect(self.closed)
        self._say()

    def show_explanation(
        self, explanation: Explanation, colours: Mapping[str, str], *, back: bool, forward: bool
    ) -> None:
        """Show an answer; `back` and `forward` say whether there are others that way."""
        self.title.setText(explanation.title)
        self.title.setToolTip(explanation.title)
        self.words.setText(explanation.sentence)
        self.operands.show_operands(explanation.operands, colours)
        self.operands.setVisible(bool(explanation.operands))
        self.back.setEnabled(back)
        self.on.setEnabled(forward)
        self.setAccessibleDescription(f"{explanation.title}. {explanation.sentence}")
        self._tint()

    def set_theme(self, theme: Theme) -> None:
        """Dress the panel in a theme."""
        self._theme = theme
        self.operands.set_theme(theme)
        self._tint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        row, column = QHBoxLayout(), QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(2)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(2)
        row.addWidget(self.head)
        row.addWidget(self.title, 1)
        for button in (self.back, self.on, self.away):
            row.addWidget(button)
        column.addLayout(row)
        column.addWidget(self.words)
        column.addWidget(self.operands)
        self.words.setContentsMargins(8, 0, 8, 2)
        self.head.setProperty("quiet", True)

    def _tint(self) -> None:
        side = round(QFontMetrics(scaled(1.0)).height() * 0.95)
        for button in (self.back, self.on, self.away):
            button.setIconSize(QSize(side, side))
            button.setFixedSize(side + 8, side + 8)
            button.setIcon(icon(button.objectName(), self._theme.text, side))
        bold = mono()
        bold.setBold(True)
        self.title.setFont(bold)

    def _say(self) -> None:
        self.setAccessibleName(self.tr("Why"))
        self.head.setText(self.tr("Why  "))
        self.back.say(self.tr("Back to what was asked before  Shift+F7"))
        self.on.say(self.tr("On to the next answer again  Ctrl+F7"))
        self.away.say(self.tr("Put the answer away"))

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._say()
        elif (
            event.type() in (QEvent.Type.ApplicationFontChange, QEvent.Type.StyleChange) and self.isVisible()
        ):
            self._tint()
        return done

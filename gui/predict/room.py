"""A class's answer to a question: its choices by letters, a count of hands for each, then a bar for each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QRectF, QRegularExpression, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QRegularExpressionValidator,
    QResizeEvent,
)
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from gui.predict.signs import paint_sign
from gui.theme import DARK, Theme, readable_on, scaled
from scenes.asking import Choice, Question
from scenes.pins import LETTERS
from scenes.predicting import Given, hands_given, is_right

TYPE = 19 / 13  # of the interface's font


def figures(scale: float = 1.0) -> QFont:
    """The font of counts: figures of one width."""
    font = scaled(TYPE * scale)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


class Words(QLabel):
    """Plain words in a size of their own, which a style sheet does not take away."""

    def __init__(self, parent: QWidget, factor: float, *, bold: bool = False) -> None:
        super().__init__(parent)
        self._factor, self._bold, self._scale = factor, bold, 1.0
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self._dress()

    def set_scale(self, scale: float) -> None:
        """Grow with the window."""
        self._scale = scale
        self._dress()

    def _dress(self) -> None:
        font = scaled(self._factor * self._scale, bold=self._bold)
        if font != self.font():
            self.setFont(font)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._dress()
        super().changeEvent(event)


class HandsField(QLineEdit):
    """A count of hands: digits only. Enter and Tab go on, `passed` says so with the way; Escape skips."""

    passed = Signal(int, bool)  # the way, and whether by Enter
    skipped = Signal(bool)  # whether by Escape, whatever was typed

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setValidator(QRegularExpressionValidator(QRegularExpression(r"\d{0,4}"), self))
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.set_scale(1.0)

    def set_scale(self, scale: float) -> None:
        """Grow with the window."""
        self._scale = scale
        font = figures(scale)
        if font != self.font():
            self.setFont(font)
        self.setFixedWidth(QFontMetrics(font).horizontalAdvance("0") * 8)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self.set_scale(self._scale)
        super().changeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            if not event.isAutoRepeat():
                self.passed.emit(1, key != Qt.Key.Key_Down)
        elif key == Qt.Key.Key_Up:
            self.passed.emit(-1, False)
        elif key == Qt.Key.Key_Escape or (key == Qt.Key.Key_Right and not self.text()):
            if not event.isAutoRepeat():
                self.skipped.emit(key == Qt.Key.Key_Escape)
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab stays among the counts until they are given or skipped."""
        self.passed.emit(1 if forward else -1, False)
        return True

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.selectAll()


class Plate(QWidget):
    """The letter of a choice, as it stands on the picture."""

    def __init__(self, parent: QWidget, letter: str) -> None:
        super().__init__(parent)
        self.letter, self.theme, self.scale = letter, DARK, 1.0

    def sizeHint(self) -> QSize:
        side = round(self.fontMetrics().height() * 1.75 * self.scale)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = QColor(self.theme.text)
        side = min(self.width(), self.height()) - 2
        place = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawEllipse(place)
        painter.setPen(readable_on(fill))
        painter.setFont(scaled(1.2 * self.scale, bold=True))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self.letter)


class ShareBar(QWidget):
    """How much of the class chose an answer: a bar, the share, and the count; the right one says so."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = DARK
        self.share, self.count, self.right, self.scale = 0.0, 0, False, 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_share(self, share: float, count: int, *, right: bool) -> None:
        self.share, self.count, self.right = share, count, right
        self.setAccessibleName(self.words())
        self.update()

    def words(self) -> str:
        """The share and the count."""
        return self.tr("{share} %  ({count})").format(share=round(100 * self.share), count=self.count)

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(line * 14, round(line * 1.9 * self.scale))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().height() * 8, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = figures(self.scale)
        font.setBold(self.right)
        painter.setFont(font)
        metrics = painter.fontMetrics()
        widest = metrics.horizontalAdvance(self.tr("{share} %  ({count})").format(share=100, count=999))
        sign = metrics.height() * 1.1
        room = max(20.0, self.width() - widest - sign - 20)
        tall = self.height() * 0.62
        bar = QRectF(1, (self.height() - tall) / 2, max(2.0, room * self.share), tall)
        colour = self.theme.color("kept" if self.right else "quiet")
        hatch = QBrush(colour, Qt.BrushStyle.BDiagPattern)
        painter.setPen(QPen(colour, 2.0 if self.right else 1.5))
        painter.setBrush(QBrush(colour) if self.right else hatch)
        painter.drawRoundedRect(bar, 3, 3)
        left = bar.right() + 8
        if self.right:
            paint_sign(painter, QRectF(left, (self.height() - sign) / 2, sign, sign), "right", self.theme)
            left += sign + 6
        painter.setPen(QColor(self.theme.text))
        painter.setFont(font)
        place = QRectF(left, 0, self.width() - left, self.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, self.words())


class Room(QWidget):
    """The rows of a question: `counted` carries the hands once the last count was given."""

    counted = Signal(tuple)
    skipped = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.shown = 0
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        self.plates = [Plate(self, letter) for letter in LETTERS]
        self.labels = [Words(self, TYPE) for _ in LETTERS]
        self.fields = [HandsField(self) for _ in LETTERS]
        self.bars = [ShareBar(self) for _ in LETTERS]
        for row, parts in enumerate(zip(self.plates, self.labels, self.fields, self.bars, strict=True)):
            for column, part in enumerate(parts):
                grid.addWidget(part, row, column, Qt.AlignmentFlag.AlignVCenter)
            self.fields[row].passed.connect(partial(self._pass, row))
            self.fields[row].skipped.connect(self._skip)
        grid.setColumnStretch(3, 1)
        self.setAccessibleName(self.tr("The class's answers"))

    def show_question(self, question: Question) -> None:
        """Ask for the hands of each choice."""
        self._show(question.choices, revealed=False)
        for field, choice, letter in zip(self.fields, question.choices, LETTERS, strict=False):
            field.clear()
            field.setPlaceholderText(self.tr("hands"))
            name = self.tr("Hands for {letter}: {choice}").format(letter=letter, choice=choice.label)
            field.setAccessibleName(name)
        self.fields[0].setFocus()

    def show_given(self, given: Given) -> None:
        """Show how the class did."""
        question = given.asked.question
        self._show(question.choices, revealed=True)
        for bar, share, count, choice in zip(
            self.bars, given.shares, given.hands, question.choices, strict=False
        ):
            bar.show_share(share, count, right=is_right(question, choice))
        for label, choice in zip(self.labels, question.choices, strict=False):
            if is_right(question, choice):
                label.setText(self.tr("{choice}: right").format(choice=choice.label))
        self._fit()

    def _show(self, choices: Sequence[Choice], *, revealed: bool) -> None:
        self.shown = min(len(choices), len(LETTERS))
        for row, label in enumerate(self.labels):
            there = row < self.shown
            label.setText(choices[row].label if there else "")
            label.setVisible(there)
            self.plates[row].setVisible(there)
            self.fields[row].setVisible(there and not revealed)
            self.bars[row].setVisible(there and revealed)
        self._fit()

    def _fit(self) -> None:
        """Labels are as wide as the longest, but leave half of the room to the bars."""
        widest = max(label.fontMetrics().horizontalAdvance(label.text()) for label in self.labels) + 6
        room = max(self.width(), 300) // 2
        for label in self.labels:
            label.setFixedWidth(min(widest, room))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def set_scale(self, scale: float) -> None:
        """Grow with the window: a lecture hall has a last row."""
        for plate, label, field, bar in zip(self.plates, self.labels, self.fields, self.bars, strict=True):
            plate.scale = bar.scale = scale
            label.set_scale(scale)
            field.set_scale(scale)
            plate.updateGeometry()
            bar.updateGeometry()
        self._fit()

    def refit(self) -> None:
        """Let the layout know at once which rows are there now."""
        self._grid.invalidate()
        self.updateGeometry()

    def set_theme(self, theme: Theme) -> None:
        for plate, bar in zip(self.plates, self.bars, strict=True):
            plate.theme = bar.theme = theme
        self.update()

    def give(self) -> bool:
        """Give the counts as they are; False, and nothing done, where none was typed."""
        typed = any(field.text() for field in self.fields[: self.shown])
        if typed:
            self.counted.emit(tuple(hands_given(field.text()) for field in self.fields[: self.shown]))
        return typed

    def _skip(self, by_escape: bool) -> None:
        if by_escape or not any(field.text() for field in self.fields[: self.shown]):
            self.skipped.emit()

    def _pass(self, row: int, way: int, by_enter: bool) -> None:
        """On to the next count; Enter at the last one gives them all."""
        after = row + way
        if by_enter and after == self.shown:
            self.counted.emit(tuple(hands_given(field.text()) for field in self.fields[: self.shown]))
        else:
            self.fields[after % self.shown].setFocus()

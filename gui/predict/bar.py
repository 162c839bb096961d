"""What stands in the place of the sentence while somebody predicts: the question, and then what it was worth."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from gui.predict.room import Room, Words
from gui.predict.signs import Sign
from gui.theme import DARK, Theme, mono
from scenes.asking import Question
from scenes.predicting import Given, Score

QUESTION, REVEAL, HINT = 21 / 13, 17 / 13, 14 / 13  # of the interface's font


class NumberField(QLineEdit):
    """A value to type as the answer: Enter gives it, Escape skips, and so does Right while it is empty."""

    given = Signal(str)
    skipped = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.set_scale(1.0)

    def set_scale(self, scale: float) -> None:
        """Grow with the window."""
        self._scale = scale
        font = mono()
        font.setPointSizeF(font.pointSizeF() * QUESTION * scale)
        if font != self.font():
            self.setFont(font)
        self.setFixedWidth(QFontMetrics(font).horizontalAdvance("0") * 9)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self.set_scale(self._scale)
        super().changeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.given.emit(self.text())
        elif event.key() == Qt.Key.Key_Escape or (event.key() == Qt.Key.Key_Right and not self.text()):
            if not event.isAutoRepeat():
                self.skipped.emit()
        else:
            super().keyPressEvent(event)


class QuestionBar(QWidget):
    """One question, the verdict on it, or the sum of them. It shows what it is told."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.sign = Sign(self)
        self.head = Words(self, QUESTION, bold=True)
        self.words = Words(self, REVEAL)
        self.hint = Words(self, HINT)
        self.hint.setProperty("quiet", True)
        self.field = NumberField(self)
        self.field.setAccessibleName(self.tr("Your answer"))
        self.room = Room(self)
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        self._column, line, row, column = QVBoxLayout(self), QHBoxLayout(), QHBoxLayout(), QVBoxLayout()
        self._column.setContentsMargins(0, 0, 0, 0)
        for layout in (self._column, column):
            layout.setSpacing(2)
        line.setSpacing(10)
        line.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.head, 1)
        line.addWidget(self.field)
        column.addWidget(self.words)
        column.addWidget(self.hint)
        column.addStretch(1)
        row.setSpacing(24)
        row.addLayout(column, 2)
        row.addWidget(self.room, 5, Qt.AlignmentFlag.AlignTop)
        self._column.addLayout(line)
        self._column.addLayout(row, 1)

    def show_question(self, question: Question, *, room: bool) -> None:
        """Ask, one person or a class."""
        self.head.setText(question.text)
        self.words.clear()
        number = question.kind == "number" and not room
        self._show(sign=False, field=number, room=room)
        self.hint.setText(self._what_to_do(question, room))
        self.setAccessibleName(f"{question.text} {self.hint.text()}")
        if room:
            self.room.show_question(question)
        elif number:
            self.field.clear()
            self.field.setFocus()

    def show_given(self, given: Given) -> None:
        """Say what an answer was worth, and why."""
        self.sign.show_verdict(given.verdict)
        self.head.setText(self._verdict(given))
        self.words.setText(given.asked.question.reveal)
        self.hint.clear()
        self._show(sign=True, field=False, room=bool(given.hands))
        if given.hands:
            self.room.show_given(given)
        self.setAccessibleName(f"{self.head.text()} {self.words.text()}")

    def show_sum(self, score: Score, *, room: bool) -> None:
        """Sum up at the end of a run."""
        whose = self.tr("The class") if room else self.tr("You")
        head = self.tr("{whose} scored {score}.").format(whose=whose, score=words_of(score))
        if not score.count:
            head = self.tr("All questions were skipped.")
        counted = (
            (score.of("right"), self.tr("{count} right")),
            (score.of("nearly"), self.tr("{count} in part")),
            (score.of("wrong"), self.tr("{count} wrong")),
        )
        parts = [form.format(count=count) for count, form in counted if count]
        if score.skipped and score.count:
            parts.append(self.tr("{count} skipped").format(count=score.skipped))
        self.head.setText(head)
        self.words.setText(", ".join(parts) + "." if parts else "")
        self.hint.setText(self.tr("Ctrl+Shift+P asks the questions of this run again."))
        self._show(sign=False, field=False, room=False)
        self.setAccessibleName(f"{head} {self.words.text()}")

    def say(self, text: str) -> None:
        """Say what is the matter, under the question."""
        self.hint.setText(text)
        self.hint.setVisible(bool(text))

    def set_scale(self, scale: float) -> None:
        """Grow with the window, so that the last row of a lecture hall can read it."""
        for part in (self.sign, self.head, self.words, self.hint, self.field, self.room):
            part.set_scale(scale)

    def tallness(self, width: int) -> int:
        """How much room it takes at a width; at least that of a question on two lines."""
        line = self.head.fontMetrics().lineSpacing()
        usual = 2 * line + self.hint.fontMetrics().lineSpacing() + 8
        self.room.refit()
        needed = 0 if self.isHidden() else self._column.totalHeightForWidth(width)
        return max(usual, needed)

    def set_theme(self, theme: Theme = DARK) -> None:
        """Dress the bar."""
        self.sign.set_theme(theme)
        self.room.set_theme(theme)

    def _show(self, *, sign: bool, field: bool, room: bool) -> None:
        self.sign.setVisible(sign)
        self.field.setVisible(field)
        self.room.setVisible(room)
        self.words.setVisible(bool(self.words.text()))
        self.hint.setVisible(True)
        self.show()

    def _what_to_do(self, question: Question, room: bool) -> str:
        skip = self.tr("Right or Escape: skip it")
        if room:
            return self.tr("Count the hands for each; Enter goes on. {skip}.").format(skip=skip)
        does = {
            "part": self.tr("Click it on the picture, or choose with Tab and press Enter."),
            "point": self.tr("Click where, or Tab, the arrow keys and Enter."),
            "number": self.tr("Type it and press Enter."),
        }
        return f"{does[question.kind]} {skip}."

    def _verdict(self, given: Given) -> str:
        if given.skipped:
            return self.tr("Skipped.")
        if given.hands:
            right = round(100 * given.share_right)
            return self.tr("{right} % of the class are right.").format(right=right)
        said = ""
        if given.asked.question.kind == "number" and isinstance(given.answer, float):
            said = self.tr(": you said {number:g}").format(number=given.answer)
        if given.verdict == "right":
            return self.tr("Right.")
        if given.verdict == "nearly":
            return self.tr("Nearly, {share} %{said}.").format(share=round(100 * given.credit), said=said)
        return self.tr("No{said}.").format(said=said)


def words_of(score: Score) -> str:
    """A score as people read it: 7.4 of 9, 82 %."""
    worth = f"{score.worth:.1f}".removesuffix(".0")
    return f"{worth} of {score.count}, {score.share:.0%}".replace("%", " %")

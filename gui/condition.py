"""The condition at which a run stops: a field, how often it holds, and the way to the next time and the last."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QFontMetrics, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui.icons import icon
from gui.inputs import Caption, Field, Objection
from gui.theme import DARK, Theme, scaled
from gui.track import Figures, RoundButton

if TYPE_CHECKING:
    from gui.searches import Found


class ConditionBar(QWidget):
    """`set_` carries the condition that was entered; `run_asked` asks for the next (1) or the last (-1) time."""

    set_ = Signal(str)
    run_asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self.text = ""  # the condition that is set
        self.hits: Sequence[int] = ()
        self._step: int | None = None
        self._veiled = False
        self.field = Field(self)
        self.count = Figures(self)
        self.back, self.on = RoundButton(self, "step-back"), RoundButton(self, "step-forward")
        self.away = RoundButton(self, "close")
        self.error, self.note = Objection(self), Caption("", self)
        self._lay_out()
        self.field.entered.connect(self._enter)
        self.field.left.connect(self._enter)
        self.field.escaped.connect(self._restore)
        self.back.clicked.connect(self._ask_back)
        self.on.clicked.connect(self._ask_on)
        self.away.clicked.connect(self.clear)
        self._say()
        self._show()

    def show_condition(self, text: str) -> None:
        """Show a condition that is set, without a word to anyone."""
        self.text = text
        self._restore()
        self._show()

    def show_found(self, found: Found) -> None:
        """Show where the condition holds, or what is wrong with it."""
        self.hits = found.steps
        self.error.setText(found.error)
        never = bool(found.text) and not found.error and not found.steps
        self.note.setText(self.tr("It does not come to hold in this run.") if never else "")
        self._show()

    def show_step(self, step: int | None) -> None:
        """Show which of the times is being looked at."""
        if step != self._step:
            self._step = step
            self._show()

    def veil(self, veiled: bool) -> None:
        """Count only the times up to the step that is looked at, or all."""
        if veiled != self._veiled:
            self._veiled = veiled
            self._show()

    def clear(self) -> None:
        """Stop at no condition any more."""
        self.field.clear()
        self._enter()
        self.field.setFocus()

    def set_colours(self, theme: Theme) -> None:
        """Tint the icons for a theme."""
        self._theme = theme
        side = round(QFontMetrics(scaled(1.0)).height() * 0.95)
        for button in (self.back, self.on, self.away):
            button.setIconSize(QSize(side, side))
            button.setFixedSize(side + 8, side + 8)
            button.setIcon(icon(button.objectName(), theme.text, side))
        self.error.tint = theme.color("weight")
        self.error.setIndent(round(self.error.fontMetrics().height() * 1.4))

    def _enter(self) -> None:
        text = self.field.text().strip()
        self.field.setModified(False)
        if text != self.text:
            self.text = text
            self.hits = ()
            self.set_.emit(text)
            self._show()

    def _restore(self) -> None:
        self.field.setText(self.text)

    def _ask_back(self) -> None:
        self.run_asked.emit(-1)

    def _ask_on(self) -> None:
        self.run_asked.emit(1)

    def _show(self) -> None:
        there, total = bool(self.text), len(self.hits)
        if self._veiled and self._step is not None:
            total = bisect_right(self.hits, self._step)
        index = bisect_left(self.hits, self._step or 0)
        at = index + 1 if index < total and self.hits[index] == self._step else 0
        form = self.tr("{at} of {total}") if at else self.tr("{total} ×")
        self.count.setText(form.format(at=at, total=total) if total else "")
        self.count.setAccessibleName(self.tr("It holds {total} times").format(total=total) if total else "")
        for button in (self.back, self.on):
            button.setVisible(total > 0 or (self._veiled and there))
        self.away.setVisible(there)
        self.error.setVisible(there and bool(self.error.text()))
        self.note.setVisible(there and bool(self.note.text()) and not self._veiled)

    def _lay_out(self) -> None:
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(8, 4, 8, 6)
        column.setSpacing(4)
        row.setSpacing(2)
        row.addWidget(self.field, 1)
        row.addSpacing(4)
        for widget in (self.count, self.back, self.on, self.away):
            row.addWidget(widget)
        column.addLayout(row)
        column.addWidget(self.error)
        column.addWidget(self.note)
        self.note.setProperty("quiet", True)
        self.field.setClearButtonEnabled(False)

    def _say(self) -> None:
        self.field.setPlaceholderText(self.tr("stop where a condition holds"))
        self.field.setAccessibleName(self.tr("Stop where this holds"))
        self.field.setToolTip(
            self.tr(
                "A condition in the variables of the code, such as overlap.max() > 0.5 or isnan(theta).\n"
                "A tensor holds where any of its elements does; all(...) asks for every one.\n"
                "The run stops where it comes to hold, and at each new value for which it holds."
            )
        )
        self.back.say(self.tr("Back to the last time it held  Shift+F8"))
        self.on.say(self.tr("On to the next time it holds  F8"))
        self.away.say(self.tr("Stop at no condition"))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.set_colours(self._theme)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._say()
        elif event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.set_colours(self._theme)
        super().changeEvent(event)

"""The part of the transport bar that is about predicting: two switches, and the score between."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.icons import icon
from gui.theme import DARK, Theme, scaled
from gui.track import Figures, RoundButton


class Switches(QWidget):
    """Predicting on or off; while it is on also whether a class answers, and the score."""

    predict_asked = Signal()
    room_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = DARK
        self.score = Figures(self)
        self.room, self.predict = RoundButton(self, "hands"), RoundButton(self, "predict")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget in (self.score, self.room, self.predict):
            row.addWidget(widget)
        self.score.setContentsMargins(0, 0, 8, 0)
        for button, asked in ((self.predict, self.predict_asked), (self.room, self.room_asked)):
            button.setCheckable(True)
            button.clicked.connect(button.toggle)  # shown only once it is so: show_state
            button.clicked.connect(asked)
        self._say()
        self.show_state(on=False, room=False)
        self._fit()

    def show_state(self, *, on: bool, room: bool, score: str = "") -> None:
        """Show what is on, and the score so far."""
        self.predict.setChecked(on)
        self.room.setChecked(room)
        self.room.setVisible(on)
        self.score.setText(score)
        self.score.setAccessibleName(self.tr("Score: {score}").format(score=score) if score else "")
        self.score.setVisible(on and bool(score))
        self._tint()

    def set_colours(self, theme: Theme) -> None:
        """Tint the icons for a theme."""
        self._theme = theme
        self._tint()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()
        elif event.type() == QEvent.Type.LanguageChange:
            self._say()
        super().changeEvent(event)

    def _say(self) -> None:
        self.predict.say(self.tr("Predict each step before it is shown  Ctrl+P"))
        self.room.say(self.tr("A class answers: count its hands  Ctrl+H"))

    def _fit(self) -> None:
        side = round(QFontMetrics(scaled(1.0)).height() * 1.4)
        for button in (self.room, self.predict):
            button.setIconSize(QSize(side, side))
        self._tint()

    def _tint(self) -> None:
        for button in (self.room, self.predict):
            colour = self._theme.accent if button.isChecked() else self._theme.text
            button.setIcon(icon(button.objectName(), colour, button.iconSize().width()))

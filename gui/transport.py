"""The transport bar at the foot of the stage: where we are in the run, and how to move in it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QColor,
    QFontMetrics,
)
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from gui.icons import icon
from gui.predict.switches import Switches
from gui.theme import DARK, Theme, readable_on, scaled
from gui.track import Elided, Figures, RoundButton, Track

Key = Qt.Key
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


class Transport(QWidget):
    """The one transport bar. It shows what it is told and asks for moves; it keeps no time.

    `moved` carries the step asked for, None for the end of the run.
    """

    moved = Signal(object)
    step_asked = Signal(int)
    play_toggled = Signal()
    grain_toggled = Signal()
    speed_chosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("transport")
        self._theme = DARK
        self._length, self._step, self._playing = 0, 0, False
        self.to_start = RoundButton(self, "to-start")
        self.back = RoundButton(self, "step-back")
        self.play = RoundButton(self, "play", chief=True)
        self.forward = RoundButton(self, "step-forward")
        self.to_end = RoundButton(self, "to-end")
        self.track = Track(self)
        self.label, self.note = Figures(self), Elided("", self)
        self.grain = RoundButton(self, "grain")
        self.grain.setCheckable(True)
        self.speed = RoundButton(self)
        self.switches = Switches(self)
        self._speeds = QActionGroup(self)
        self._build_menu()
        self._lay_out()
        self._connect()
        self._say()
        self._tint()
        self._fit()
        self.show_speed(1.0)
        self.show_run(0, None)

    def show_run(
        self,
        length: int,
        step: int | None,
        marks: Sequence[int] = (),
        note: str = "",
        hits: Sequence[int] = (),
    ) -> None:
        """Show a run of so many steps, looked at after `step` of them; None is the end of it.

        `marks` are steps worth a tick, and `hits` those at which a condition holds; `note` is a quiet word
        about the run.
        """
        self._length = length
        self._step = length if step is None else step
        self._ended = step is None
        if not self.track.isSliderDown():
            self.track.show_value(self._step, length)
        self.track.show_marks(marks)
        self.track.show_hits(hits)
        said = self.tr("A condition holds at {count} of its steps").format(count=len(hits)) if hits else ""
        self.track.setAccessibleDescription(said)
        self.note.setText(note)
        self.note.setToolTip(note)
        self.note.setHidden(not note)
        for part in (self.to_start, self.back, self.play, self.forward, self.to_end, self.track):
            part.setEnabled(length > 0)
        self._say_where()

    def show_flags(self, steps: Sequence[int], words: str = "") -> None:
        """Put a flag at these steps, and say what they are where the pointer rests on the track."""
        self.track.show_flags(steps)
        self.track.setToolTip(words)

    def show_playing(self, playing: bool) -> None:
        """Show whether the run is playing: the chief button offers the other."""
        self._playing = playing
        self.play.say(self.tr("Pause") if playing else self.tr("Play"))
        self._tint_play()

    def show_grain(self, lines: bool) -> None:
        """Show whether a step is a line, or a narrated step."""
        self.grain.setChecked(lines)
        self.grain.say(
            self.tr("Every line is a step. Change to narrated steps.")
            if lines
            else self.tr("Narrated steps. Change to every line.")
        )
        self._tint_grain()

    def show_speed(self, speed: float) -> None:
        """Show how fast the run plays; 1 is the usual pace."""
        self.speed.setText(f"{speed:g}×")
        self.speed.setAccessibleName(self.tr("Speed {speed}").format(speed=self.speed.text()))
        for action in self._speeds.actions():
            action.setChecked(action.data() == speed)

    def set_colours(self, theme: Theme) -> None:
        """Tint the icons for a theme."""
        self.switches.set_colours(theme)
        self._theme = theme
        self.track.flag_colour = QColor(theme.differs)
        self._tint()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()
        elif event.type() == QEvent.Type.LanguageChange:
            self._say()
        super().changeEvent(event)

    def _build_menu(self) -> None:
        menu = QMenu(self.speed)
        for speed in SPEEDS:
            action = menu.addAction(f"{speed:g}×")
            action.setCheckable(True)
            action.setData(speed)
            self._speeds.addAction(action)
        self.speed.setMenu(menu)
        self.speed.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for button in (self.to_start, self.back, self.play, self.forward, self.to_end):
            row.addWidget(button)
        row.addSpacing(12)
        row.addWidget(self.track, 1)
        row.addSpacing(8)
        row.addWidget(self.note)
        row.addWidget(self.label)
        row.addSpacing(4)
        row.addWidget(self.switches)
        row.addWidget(self.grain)
        row.addWidget(self.speed)
        self.note.setProperty("quiet", True)
        self.note.setContentsMargins(0, 0, 12, 0)
        self.note.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)

    def _connect(self) -> None:
        self.to_start.clicked.connect(self._to_start)
        self.to_end.clicked.connect(self._to_end)
        self.back.clicked.connect(self._step_back)
        self.forward.clicked.connect(self._step_forward)
        self.play.clicked.connect(self._play)
        self.grain.clicked.connect(self._grain)
        self.track.valueChanged.connect(self._scrub)
        self.track.sliderReleased.connect(self._let_go)
        self.track.stepped.connect(self._track_stepped)
        self._speeds.triggered.connect(self._choose_speed)

    def _to_start(self) -> None:
        self.moved.emit(0)

    def _to_end(self) -> None:
        self.moved.emit(None)

    def _step_back(self) -> None:
        self.step_asked.emit(-1)

    def _step_forward(self) -> None:
        self.step_asked.emit(1)

    def _play(self) -> None:
        self.play_toggled.emit()

    def _grain(self) -> None:
        self.grain.setChecked(not self.grain.isChecked())  # shown only once it is so: show_grain
        self.grain_toggled.emit()

    def _choose_speed(self, action: QAction) -> None:
        self.speed_chosen.emit(float(action.data()))

    def _scrub(self, value: int) -> None:
        self.moved.emit(None if value == self._length else value)

    def _let_go(self) -> None:
        self.track.show_value(self._step, self._length)

    def _track_stepped(self, steps: int) -> None:
        if abs(steps) == 1:
            self.step_asked.emit(steps)
        else:
            far = max(1, self._length // 10) * (1 if steps > 0 else -1)
            self.track.setValue(self.track.value() + far)

    def _say_where(self) -> None:
        at, length = self._step, self._length
        if length == 0:
            text = self.tr("no steps")
        elif self._ended:
            text = self.tr("1 step") if length == 1 else self.tr("{length} steps")
        else:
            text = self.tr("step {step} of {length}")
        self.label.setText(text.format(step=at, length=length))
        self._fit_label()

    def _say(self) -> None:
        self.setAccessibleName(self.tr("Transport"))
        self.to_start.say(self.tr("To the start"))
        self.back.say(self.tr("One step back"))
        self.forward.say(self.tr("One step forward"))
        self.to_end.say(self.tr("To the end"))
        self.track.setAccessibleName(self.tr("Position in the run"))
        self.speed.setToolTip(self.tr("Speed"))
        self.show_playing(self._playing)
        self.show_grain(self.grain.isChecked())
        self._say_where()

    def _tint(self) -> None:
        for button in (self.to_start, self.back, self.forward, self.to_end):
            size = button.iconSize().width()
            button.setIcon(icon(button.objectName(), self._theme.text, size))
        self._tint_play()
        self._tint_grain()

    def _tint_play(self) -> None:
        name, size = "pause" if self._playing else "play", self.play.iconSize().width()
        self.play.setIcon(icon(name, readable_on(QColor(self._theme.accent)), size))

    def _tint_grain(self) -> None:
        colour = self._theme.accent if self.grain.isChecked() else self._theme.text
        self.grain.setIcon(icon("grain", colour, self.grain.iconSize().width()))

    def _fit(self) -> None:
        """Follow the size of the interface's font."""
        line = QFontMetrics(scaled(1.0)).height()
        size = QSize(round(line * 1.4), round(line * 1.4))
        for button in (self.to_start, self.back, self.play, self.forward, self.to_end, self.grain):
            button.setIconSize(size)
        self._tint()
        self._fit_label()

    def _fit_label(self) -> None:
        widest = self.tr("step {step} of {length}").format(step=self._length, length=self._length)
        metrics = QFontMetrics(self.label.face())
        self.label.setMinimumWidth(metrics.horizontalAdvance(widest) + 2 if self._length else 0)

"""Between the flow's run and the widgets: asks before a step, takes the answer, and shows what it was worth.

While somebody predicts, what comes after the step looked at is veiled: at the start the picture shows the
arguments and not the end, nothing is pointed at, and plots, marks and counts stop here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

from gui.predict.keys import ARROWS, STEPPING

if TYPE_CHECKING:
    from engine.trace import Trace
    from gui.flow import Flow, OtherRun
    from gui.predict.bar import QuestionBar
    from gui.predict.pointing import Pointing
    from gui.show import Show
    from gui.theme import Theme
    from gui.window import Window
    from scenes.asking import Answer, Question
    from scenes.picture import Picture
    from scenes.predicting import Given, Predictions
    from scenes.scene import Target

Key = Qt.Key
LOW = 760  # pixels of the window's height up to which the type is of its usual size
LARGEST = 1.5  # how much of it there is in the highest window


class Predicting(QObject):
    """Predicting in the window: off until somebody turns it on, and when it is off nothing of it is left."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.window = window
        self.on = self.room = False
        self.asks = False  # whether the run has a question at all
        self.flow: Flow | None = None
        self.show_: Show | None = None
        self.bar: QuestionBar | None = None
        self.pointing: Pointing | None = None
        self.predictions: Predictions | None = None
        self._eager = False  # to begin at the start as soon as there is a run
        self._answered_by_click = False
        self._tallest = 0
        window.player.holds = self.holds
        window.player.playing_changed.connect(self._playing)
        window.transport.switches.predict_asked.connect(self.toggle)
        window.transport.switches.room_asked.connect(self.toggle_room)

    def take_stage(self, show: Show) -> None:
        """Stand under the picture."""
        from gui.predict.bar import QuestionBar
        from gui.predict.pointing import Pointing

        self.show_, self.bar, self.pointing = show, QuestionBar(show), Pointing(show.stage)
        show.foot.addWidget(self.bar, 1)
        self.bar.field.given.connect(self._typed)
        self.bar.room.counted.connect(self._counted)
        for widget in (self.bar.field, self.bar.room):
            widget.skipped.connect(self.skip)
        self.bar.set_theme(self.window.theme)
        show.stage.installEventFilter(self)
        for field in (self.bar.field, *self.bar.room.fields):
            field.installEventFilter(self)

    def take_flow(self, flow: Flow) -> None:
        """Come to life with the engine."""
        self.flow = flow
        flow.other_shown.connect(self._other_shown)

    def _other_shown(self, run: OtherRun | None) -> None:
        if run is not None:
            self.end()  # the scene asks about the engine's run alone

    def set_theme(self, theme: Theme) -> None:
        """Dress what is there."""
        if self.bar is not None:
            self.bar.set_theme(theme)
            self._show_score()

    # ------------------------------------------------------------------ on and off

    @property
    def veiled(self) -> bool:
        """Whether what comes after the step looked at is not to be seen."""
        return self.on and self.asks and self.window.player.step is not None

    @property
    def question(self) -> Question | None:
        """The question that is open."""
        asked = self.predictions.asked if self.predictions else None
        return asked.question if asked else None

    def end(self) -> None:
        """Predict no longer."""
        if self.on:
            self.toggle()

    def toggle(self) -> None:
        """Predict from here on, at the end of a run from its start; or no longer."""
        if self.flow is None or self.flow.scene is None:
            return
        if not self.on and self.flow.other is not None:
            self.window.say(
                self.tr("The scene asks about the engine's run alone. Ctrl+Shift+E goes back to it.")
            )
            self._show_score()
            return
        self.on = not self.on
        if self.on:
            self.window.comparing.end()  # the kept run would show what comes
        self.room = self.room and self.on
        self._begin(from_start=self.window.player.step is None)

    def toggle_room(self) -> None:
        """Let a class answer, or one person again. The open question stays."""
        if self.flow is None or self.flow.scene is None:
            return
        if not self.on and self.flow.other is None:
            self.room = True
            self.toggle()
        elif not self.on:
            self.toggle()  # says why not
        else:
            self.room = not self.room
            self._show()

    def again(self) -> None:
        """Ask the questions of this run once more, from its start."""
        if self.on and self.flow is not None:
            self._begin(from_start=True)

    def _begin(self, *, from_start: bool) -> None:
        """A score of none, for the run that there is; looked at anew, veiled or not."""
        flow = self.flow
        if flow is None:
            return
        self._eager = from_start and self.on
        self._forget()
        if self.on and self.window.debugging.inquiry is not None:
            self.window.debugging.inquiry.forget()
        if flow.run is not None:
            flow.go(0 if self._eager and self.asks else self.window.player.step)
            self._eager = False
        self._show()
        if self.on and flow.traced_state is not None:
            self.window.say(
                self.tr(
                    "Step on: before a step that decides something you are asked what comes. F5 runs on to it."
                )
                if self.asks
                else self.tr("There is nothing to predict here: the scene asks no question in this run.")
            )

    def _forget(self) -> None:
        from scenes.predicting import Predictions

        flow = self.flow
        self.predictions = Predictions() if self.on else None
        self._answered_by_click = False
        self.asks = bool(self.on and flow and flow.run and self._first(0, None) is not None)
        if flow is not None:
            flow.veiled = self.asks
        if self.pointing is not None:
            self.pointing.forget()

    def take_trace(self, trace: Trace | None) -> None:
        """Another run: nothing has been predicted in it."""
        if not self.on:
            return
        self._forget()
        if trace is not None and self._eager and self.flow is not None:
            self._eager = False
            if self.asks:
                self.flow.go(0)
        self._show()

    # ------------------------------------------------------------------ asking

    def holds(self, target: int | None) -> bool:
        """Whether a move on, up to a step, is held back by a question; a question that is open is let go."""
        if not self.on or not self.asks or self.flow is None or self.predictions is None:
            return False
        player = self.window.player
        if self.question is not None:
            if not player.playing and not (self.room and self.bar is not None and self.bar.room.give()):
                self.skip()
            return True
        asked = self._first(self.window.player.step, target)
        if asked is None:
            return False
        player.pause()
        self.predictions = self.predictions.ask(asked)
        if player.step != asked.before:
            self.flow.go(asked.before)
        self._show()
        return True

    def _first(self, here: int | None, target: int | None) -> Any:
        """The first question on the way from here to a step."""
        player = self.window.player
        if self.predictions is None or self.flow is None or here is None:
            return None
        return self.predictions.next(player.narrated, here, target, self.flow.ask)

    def _playing(self, playing: bool) -> None:
        if playing and self.question is not None:
            self.window.player.pause()
            self.say(self.tr("Answer first, or skip the question with Right or Escape."))

    # ------------------------------------------------------------------ answering

    def skip(self) -> None:
        """Let the open question go, and show the step."""
        if self.predictions is not None and self.question is not None:
            self._reveal(self.predictions.skip())

    def _answer(self, answer: Answer) -> None:
        if self.predictions is not None and self.question is not None:
            self._reveal(self.predictions.answer(answer))

    def _counted(self, hands: tuple[int, ...]) -> None:
        if self.predictions is not None and self.question is not None:
            self._reveal(self.predictions.count(hands))

    def _typed(self, text: str) -> None:
        from scenes.predicting import number_given

        try:
            self._answer(number_given(text))
        except ValueError as error:
            self.say(str(error))
            if self.bar is not None:
                self.bar.field.selectAll()

    def _reveal(self, after: Predictions) -> None:
        """Take the step that was asked about."""
        asked = self.predictions.asked if self.predictions else None
        if asked is None or self.flow is None:
            return
        if self.pointing is not None:
            self.pointing.answered(asked.step)
        self.predictions = after
        self.flow.go(asked.step)

    # ------------------------------------------------------------------ what mouse and keys do on the picture

    def takes(self, event: Any) -> bool:
        """Whether an event of the stage is an answer, or would be one too early; then it edits nothing."""
        from scenes.scene import Click, Drag

        if not self.veiled or self.pointing is None:
            return False
        second = isinstance(event, Click) and event.double and self._answered_by_click
        self._answered_by_click = False
        question = self.question
        if question is None:
            if isinstance(event, Click) and not second:
                self.window.say(self.tr("Step on first: the question comes before the next step."))
            return second or not isinstance(event, Drag)
        done = isinstance(event, Click) or (isinstance(event, Drag) and event.phase == "end")
        if not done or second:
            return True
        if self.room:
            self.say(self.tr("Type the count of hands for each answer; Enter goes on."))
            return True
        answer = self.pointing.answer_at(event.target)
        if answer is None:
            self.say(self.pointing.hint())
        else:
            self._answer(answer)
            self._answered_by_click = isinstance(event, Click)
        return True

    def points(self, target: Target | None) -> bool:
        """Whether pointing at the picture is not for its scene now."""
        if not self.veiled:
            return False
        if self.question is not None and not self.room and self.pointing is not None:
            self.pointing.point(target)
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys on the stage: those that choose an answer, and arrows that step and move nothing. In a field a key
        that steps and is held down is none.
        """
        if not isinstance(event, QKeyEvent) or not self.veiled:
            return False
        key = Key(event.key())
        if self.show_ is None or watched is not self.show_.stage:
            return self._is_held(event, key)
        if event.type() == QEvent.Type.ShortcutOverride:
            return self._override(event, key)
        if event.type() == QEvent.Type.KeyPress and self.question is not None:
            return self._press(event, key)
        if event.type() == QEvent.Type.KeyPress and key in (Key.Key_Return, Key.Key_Enter):
            if not event.isAutoRepeat():  # on, with the key that gave the answer: one hand is enough
                self.window.player.move(1)
            return True
        return False

    def _override(self, event: QKeyEvent, key: Key) -> bool:
        asked = self.question is not None
        held = asked and self._is_held(event, key)
        picks = asked and key in ARROWS and self.pointing is not None and self.pointing.picking
        if held or picks:
            event.accept()
            return True
        if key in ARROWS:
            event.ignore()
            return True
        return False

    @staticmethod
    def _is_held(event: QKeyEvent, key: Key) -> bool:
        """Whether a key that steps is held down: it brought the question, and is not to skip it."""
        held = event.isAutoRepeat() and key in STEPPING
        if held:
            event.accept()
        return held

    def _press(self, event: QKeyEvent, key: Key) -> bool:
        pointing, bar = self.pointing, self.bar
        if pointing is None or bar is None or (self._is_held(event, key) and not pointing.picking):
            return True
        if key == Key.Key_Escape:
            self.skip()
        elif self.room or (self.question is not None and self.question.kind == "number"):
            if key in (Key.Key_Tab, Key.Key_Backtab):
                (bar.room.fields[0] if self.room else bar.field).setFocus()
            return key in (Key.Key_Tab, Key.Key_Backtab, Key.Key_Return, Key.Key_Enter) or bool(event.text())
        elif key in (Key.Key_Tab, Key.Key_Backtab):
            pointing.choose(-1 if key == Key.Key_Backtab else 1)
        elif key in ARROWS and pointing.picking:
            far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            pointing.move(ARROWS[key], far=far)
        elif key in (Key.Key_Return, Key.Key_Enter):
            if pointing.chosen is None:
                self.say(pointing.hint())
            else:
                self._answer(pointing.chosen)
        else:
            return bool(event.text())  # a key of the scene: not now
        return True

    # ------------------------------------------------------------------ what is shown

    def show_step(self) -> None:
        """Another step is looked at: a question that was open is put away unless it belongs there."""
        predictions = self.predictions
        if predictions is None or self.pointing is None:
            return
        if predictions.asked is not None and predictions.asked.before != self.window.player.step:
            self.predictions = predictions.put_away()
        self._show()

    def marked(self, picture: Picture) -> Picture:
        """The picture with what the question or its answer marks on it."""
        return picture if self.pointing is None else self.pointing.marked(picture)

    def seen(self, steps: Sequence[int]) -> Sequence[int]:
        """Of rising steps those that nobody has to predict any more."""
        step = self.window.player.step
        return steps if step is None or not self.veiled else steps[: bisect_right(steps, step)]

    def say(self, sentence: str) -> bool:
        """Say something under the question, where one stands; False where there is none."""
        if self.bar is None or self.bar.isHidden():
            return False
        self.bar.say(sentence)
        return True

    def _given(self) -> Given | None:
        step = self.window.player.step
        return self.predictions.given.get(step) if self.predictions and step is not None else None

    def _show(self) -> None:
        """Show the question, the verdict, or the sum; where there is none of them the sentence."""
        bar, show, predictions, question = self.bar, self.show_, self.predictions, self.question
        if bar is None or show is None or self.pointing is None:
            return
        given, ended = self._given(), self.window.player.step is None
        summed = predictions is not None and ended and bool(predictions.given)
        had_focus = bar.isAncestorOf(self.window.focusWidget() or self.window)
        bar.set_scale(min(max(self.window.height() / LOW, 1.0), LARGEST))
        show.sentence.setVisible(not (question or given or summed))
        bar.setVisible(not show.sentence.isVisibleTo(show))
        if question is not None:
            bar.show_question(question, room=self.room)
        elif given is not None:
            bar.show_given(given)
        elif summed and predictions is not None:
            bar.show_sum(predictions.score(room=self.room), room=self.room)
        types = question is not None and (self.room or question.kind == "number")
        if (question is not None or had_focus) and not types:
            show.stage.setFocus()
        self.pointing.show_for(question, given, lettered=self.room)
        self._keep_room()
        self._show_score()

    def _keep_room(self) -> None:
        """What stands under the picture comes and goes; the picture keeps its size while somebody predicts."""
        bar, show = self.bar, self.show_
        if bar is None or show is None:
            return
        self._tallest = max(self._tallest, bar.tallness(show.width() - 40)) if self.on else 0
        show.strut.setFixedHeight(self._tallest)

    def _show_score(self) -> None:
        from gui.predict.bar import words_of

        window, predictions = self.window, self.predictions
        score = predictions.score(room=self.room) if predictions else None
        said = words_of(score) if score and score.count else ""
        window.transport.switches.show_state(on=self.on, room=self.room, score=said)
        verdicts = {step: one.verdict for step, one in predictions.given.items()} if predictions else {}
        window.transport.track.show_verdicts(verdicts, window.theme)
        if self.show_ is not None:
            self.show_.point.setVisible(not self.veiled)
        window.side.debugger.veil(self.veiled)

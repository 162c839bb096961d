"""The one flow, alive: State -> compute -> Result -> picture, with the trace beside it.

It holds the history of states and nothing else that lasts; it knows no widget and no algorithm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from engine import give_back
from engine.device import Engine, on_device_or_cpu
from engine.trace import Frame, Trace
from gui.errors import log, sentence
from gui.files import bring
from gui.history import History
from gui.searches import Searches
from gui.worker import Answer, Worker
from scenes.asking import Question
from scenes.picture import Picture
from scenes.predicting import opening_of
from scenes.running import partial_results, result_of, trace_of
from scenes.scene import Drag, Event, Scene, State, Target, Why
from scenes.workbench.drawable import Forms, fitted

TRACE_AFTER = 60  # ms of quiet before a run is recorded anew
REST_AFTER = 5000  # ms of quiet before the memory that was computed in is given back


@dataclass(frozen=True, kw_only=True, eq=False)
class OtherRun:
    """The recorded run of other code than the scene's listing, in a state. `forms` says what a picture can be
    given of it: what the variables of the engine's run in the same state are, by their names.
    """

    name: str
    trace: Trace
    state: State
    forms: Forms


class Flow(QObject):
    """`pictured` carries each Picture; `stated` each new State; `traced` the Trace, when it is there."""

    entered = Signal(object)  # another Scene, before its state
    pictured = Signal(object)
    stated = Signal(object)
    traced = Signal(object)
    stepped = Signal(object)  # the Frame, or None
    failed = Signal(str)
    recovered = Signal()
    refused = Signal(str)
    answered = Signal(str)  # why it is so
    noticed = Signal(str)
    device_changed = Signal(str)
    renewed = Signal()  # another result is shown: what is under the pointer now?
    working = Signal(float)  # the fraction done; 1 when there is nothing more to do
    other_shown = Signal(object)  # the OtherRun in the place of the engine's, None once that is back
    outdated = Signal(object)  # a State: the other run that is shown is not of it

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.engine = Engine()
        self.scene: Scene | None = None
        self.scenes: dict[str, Scene] = {}  # those that the history leads through
        self.history: History | None = None
        self.result: Any = None
        self.shown: State | None = None  # the state that `result` belongs to
        self.trace: Trace | None = None
        self.traced_state: State | None = None  # the state that `trace` belongs to
        self.other: OtherRun | None = None
        self.recorded: tuple[Trace | None, State | None] = None, None  # the engine's own run, and its state
        self._undrawn: OtherRun | None = None  # of which it has been said that a step is not drawn
        self.hovered: Target | None = None
        self.veiled = False  # somebody predicts: what comes after the step looked at is not shown
        self.computing = Worker(self)
        self.tracing = Worker(self)
        self.reading = Worker(self)
        self.comparing = Worker(self)  # of this run with a kept one
        self.searches = Searches(self)
        self.reading.answered.connect(self._brought)
        self.computing.answered.connect(self._computed)
        self.tracing.answered.connect(self._recorded)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(TRACE_AFTER)
        self._later.timeout.connect(self._record)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_AFTER)
        self._rest.timeout.connect(lambda: self.computing.submit("rest", _rest))
        self._wanted_step: int | None = None
        self._unaskable: Trace | None = None  # the run that the scene could not ask about

    # The state

    @property
    def state(self) -> State | None:
        """What there is now."""
        return self.history.now if self.history else None

    def open(self, scene: Scene, state: State) -> None:
        """Show a scene in a state, with a history of its own."""
        self.history, self.scenes = History(state), {scene.key: scene}
        self._enter(scene, state)

    def hand_on(self, scene: Scene) -> None:
        """Go on to another scene with what this one's result is to it; undo leads back."""
        if self.scene is None or self.shown is None or self.result is None:
            return
        try:
            state = self.scene.hand_on[scene.key](self.shown, self.result)
        except ValueError as error:
            self.refused.emit(str(error))
            return
        except Exception as error:
            self._fail("hand_on", error)
            return
        self.scenes[scene.key] = scene
        self.change(state)

    def _enter(self, scene: Scene, state: State) -> None:
        """Begin with a scene, be it opened, handed a result, or come back to."""
        for worker, kind in ((self.tracing, "trace"), (self.reading, "file")):
            worker.cancel(kind)  # it was for the scene before
        self.scene = scene
        self.result = self.shown = self.trace = self.hovered = None
        self.traced_state = None
        self.recorded = None, None
        self._wanted_step = state.step
        if self.other is not None:
            self.other = None
            self.other_shown.emit(None)
        self.entered.emit(scene)
        self.stated.emit(state)
        self.searches.take(None)
        self.traced.emit(None)
        self._compute()

    def change(self, state: State, *, final: bool = True) -> None:
        """Go to another state; gestures that are not final yet are one undo step."""
        if self.history is None or state is self.state:
            return
        before = self.history.now
        self.history.change(state, final=final)
        self._follow(before)

    def edit(self, event: Event) -> None:
        """What a person did on the picture."""
        if self.scene is None or self.state is None:
            return
        try:
            state = self.scene.edit(self.state, event)
        except ValueError as error:
            self.refused.emit(str(error))
            return
        except Exception as error:
            self._fail("edit", error)
            return
        final = not isinstance(event, Drag) or event.phase in ("end", "key")
        if state is self.state and final and self.history is not None:
            self.history.in_gesture = False
        self.change(state, final=final)

    def undo(self) -> None:
        self._travel(lambda history: history.undo())

    def redo(self) -> None:
        self._travel(lambda history: history.redo())

    def _travel(self, how: Callable[[History], bool]) -> None:
        if self.history is None:
            return
        before = self.history.now
        if how(self.history):
            self._follow(before)

    def _follow(self, before: State) -> None:
        """Compute, or only look anew, as the change demands."""
        state = self.state
        if state is None:
            return
        if state.scene != before.scene:
            self._enter(self.scenes[state.scene], state)
            return
        self.stated.emit(state)
        if not self._is_computed_alike(before, state):
            self._compute()
            return
        if self.shown is not None:
            self.shown = replace(self.shown, inputs=state.inputs, step=state.step)
        self.look()
        if self._later.isActive() or not self._is_stepped_alike(before, state):
            self._later.start()  # it is not quiet yet

    def is_shown(self, state: State) -> bool:
        """Whether what is shown is the result of a state."""
        return self.shown is not None and self._is_computed_alike(self.shown, state)

    def _is_computed_alike(self, a: State, b: State) -> bool:
        """Whether two states have the same result."""
        scene = self.scene
        return a.params is b.params and scene is not None and _alike(a, b, scene.looked_at | scene.stepped_at)

    def _is_stepped_alike(self, a: State, b: State) -> bool:
        """Whether two states have the same recorded run."""
        scene = self.scene
        return a.params is b.params and scene is not None and _alike(a, b, scene.looked_at)

    def is_of(self, state: State) -> bool:
        """Whether the recorded run of a state is that of the present one."""
        return self.state is not None and self._is_stepped_alike(state, self.state)

    def bring(self, source: Path | bytes) -> None:
        """Take a person's own file into the scene, read beside the window; a bad one changes nothing."""
        scene, state = self.scene, self.state
        if scene is None or state is None:
            return

        def work() -> Iterator[tuple[float, Any]]:
            yield 1.0, bring(scene, state, source)

        self.reading.submit("file", work)

    def _brought(self, answer: Answer) -> None:
        if not self.reading.is_latest(answer.kind, answer.number):
            return
        if answer.fault is not None:
            self.refused.emit(sentence(answer.fault))
            return
        self.change(replace(answer.value.state, step=None))
        for notice in answer.value.notices:
            self.noticed.emit(notice)

    # Computing

    def use(self, engine: Engine) -> None:
        """Compute on another device from now on."""
        self.engine = engine
        self.device_changed.emit(engine.device)
        if self.state is not None:
            self._compute()

    def _compute(self) -> None:
        scene, state, engine = self.scene, self.state, self.engine
        if scene is None or state is None:
            return
        number = self.computing.next_number("compute")

        def work() -> Iterator[tuple[float, Any]]:
            if engine.device == "cpu":
                parts, notice = partial_results(scene, state, engine), ""
            else:
                whole, notice = on_device_or_cpu(engine, lambda e: result_of(scene, state, e))
                parts = iter([(1.0, whole)])
            for done, result in parts:
                trace = None
                if done >= 1.0 and state.step is not None:  # someone is stepping: both at once, no flicker
                    trace = trace_of(scene, state, lambda: not self.computing.is_latest("compute", number))
                yield done, (state, result, trace, notice)

        self._later.stop()
        self._rest.start()
        self.tracing.cancel("trace")  # the run of what was before would only be in the way
        self.working.emit(0.0)
        self.computing.submit("compute", work)

    def _computed(self, answer: Answer) -> None:
        if not self.computing.is_latest(answer.kind, answer.number):
            return
        if answer.fault is not None:
            self.working.emit(1.0)
            self.failed.emit(sentence(answer.fault))
            return
        state, result, trace, notice = answer.value
        if answer.done < 1 and result is self.result:  # no news, but of how far it is
            self.working.emit(answer.done)
            return
        self.result = result
        if notice:
            self.engine = Engine()
            self.device_changed.emit(self.engine.device)
            self.noticed.emit(notice)
        now = self.state
        self.shown = replace(state, inputs=now.inputs if now else state.inputs)
        self.hovered = None  # it was a part of the picture before
        self.recovered.emit()
        if trace is not None:
            self._take_trace(trace, state)
        else:
            self.look()
        self.renewed.emit()
        self.working.emit(answer.done)
        if answer.done >= 1.0 and trace is None:
            self._later.start()

    def stop(self) -> None:
        """Let go of what is being computed; what is shown stays."""
        self.computing.cancel("compute")
        self.working.emit(1.0)

    # The recorded run

    def _record(self) -> None:
        scene, state = self.scene, self.state
        if scene is None or state is None:
            return
        number = self.tracing.next_number("trace")

        def work() -> Iterator[tuple[float, Any]]:
            stale = lambda: not self.tracing.is_latest("trace", number)  # noqa: E731
            yield 1.0, (trace_of(scene, state, stale), state)

        self.tracing.submit("trace", work)

    def _recorded(self, answer: Answer) -> None:
        if not self.tracing.is_latest(answer.kind, answer.number):
            return
        self._rest.start()
        if answer.fault is not None:
            log.warning("no run to step: %s", sentence(answer.fault))
            self._take_trace(None, self.state)
        else:
            self._take_trace(*answer.value)

    def _take_trace(self, trace: Trace | None, state: State | None) -> None:
        """The engine's run is there. While other code's is shown, it is that one's turn to be run anew."""
        self.recorded = trace, state
        other = self.other
        if other is None:
            self._play(trace, state)
        elif state is not None and self._is_stepped_alike(other.state, state):
            self._play(other.trace, other.state)
        else:
            self.look()
            self.outdated.emit(state)

    def show_run(self, run: OtherRun, step: int | None) -> None:
        """Show the recorded run of other code in the place of the engine's, until `show_engine`."""
        self.other, self._wanted_step = run, step
        self.other_shown.emit(run)
        self._play(run.trace, run.state)

    def open_run(self, run: OtherRun, step: int | None) -> None:
        """Go to the state of a recorded run of other code, and show that there."""
        self.other, self._wanted_step = run, step
        self.other_shown.emit(run)
        self.change(replace(run.state, step=step))

    def show_engine(self) -> None:
        """Show the engine's own run again."""
        if self.other is not None:
            self.other = None
            self.other_shown.emit(None)
            self._play(*self.recorded)

    def _play(self, trace: Trace | None, state: State | None) -> None:
        self.trace, self.traced_state = trace, state
        self.searches.take(trace)
        self.traced.emit(trace)
        step = self._wanted_step
        if trace is not None and step is not None and step > len(trace):
            step = None
        self.go(step)

    @property
    def frame(self) -> Frame | None:
        """The recorded line being looked at."""
        run = self.run
        return run.at(self.shown.step) if run and self.shown else None

    @property
    def run(self) -> Trace | None:
        """The recorded run, where it is that of what is shown and not of an earlier state."""
        run, shown = self.traced_state, self.shown
        return self.trace if run and shown and self._is_stepped_alike(run, shown) else None

    @property
    def is_awaited(self) -> bool:
        """Whether other code is being run anew on changed settings: until then the engine's end would flash up. What
        a hand moves on the picture has to follow it, so new inputs are shown at once.
        """
        other, shown = self.other, self.shown
        return (
            other is not None
            and shown is not None
            and self.run is None
            and other.state.inputs is shown.inputs
        )

    @property
    def unstepped(self) -> str:
        """Why what is shown has no steps, where its scene says so."""
        if self.scene is None or self.shown is None:
            return ""
        try:
            return self.scene.unstepped(self.shown.params, self.shown.inputs)
        except ValueError:  # the inputs are newer than the result; their own is on its way
            return ""

    def go(self, step: int | None) -> None:
        """Look at a step: 0 is before the first line, None the end."""
        if self.history is None:
            return
        self._wanted_step = step
        state = replace(self.history.now, step=step)
        self.history.look(state)
        if self.shown is not None:
            self.shown = replace(self.shown, step=step)
        self.stepped.emit(self.frame)
        self.look()

    def ask_why(self, target: Target) -> Why | None:
        """Where the scene has an answer to why the target is as it is: go there, say it, and give it."""
        run = self.run
        if self.scene is None or run is None or self.result is None or self.other is not None:
            return None  # it knows the engine's run alone
        if self.veiled and self.shown is not None and self.shown.step is not None:
            return None  # the answer may lie ahead, where somebody is still to predict
        try:
            why = self.scene.why(self.result, run, target)
        except Exception as error:
            self._fail("why", error)
            return None
        if why is not None:
            self.go(why.step)
            self.answered.emit(why.sentence)
        return why

    def ask(self, before: int, step: int) -> Question | None:
        """What the scene asks about a step of the run, looked at after `before` of them."""
        run, shown = self.run, self.shown
        following = run.at(step) if run is not None else None
        if self.other is not None:
            return None  # the scene asks of the engine's run alone
        if self.scene is None or run is None or shown is None or following is None or run is self._unaskable:
            return None
        try:
            return self.scene.ask(replace(shown, step=before), run, following)
        except Exception as error:
            self._unaskable = run
            self._fail("ask", error)
            return None

    # The picture

    def hover(self, target: Target | None) -> None:
        """The pointer moved."""
        if target != self.hovered:
            self.hovered = target
            self.look()

    def look(self) -> None:
        """Show the picture of what there is."""
        if self.scene is None or self.shown is None or self.result is None:
            return
        if self.is_awaited:
            return
        frame, hovered = self.frame, self.hovered
        if self.veiled and self.shown.step is not None:
            if self.run is None:  # it is being recorded anew: until then only the end could be shown
                return
            frame, hovered = frame or opening_of(self.run), None
        try:
            picture = self._picture(self.scene, self.shown, frame, hovered)
        except Exception as error:
            self._fail("picture", error)
            return
        self.pictured.emit(picture)

    def _picture(self, scene: Scene, shown: State, frame: Frame | None, hovered: Target | None) -> Picture:
        """The picture of the line being looked at; of other code's, as much as the scene can draw."""
        other = self.other
        if other is None:
            return scene.picture(shown, self.result, frame, hovered)
        picture, error = picture_of_other(scene, shown, self.result, self.run, frame, other.forms, hovered)
        if error is not None:
            log.info("a step of %s is not drawn: %s", other.name, sentence(error))
            if self._undrawn is not other:
                self._undrawn = other
                self.noticed.emit(
                    self.tr("The picture cannot show this step of your code; its variables are in the table.")
                )
        return picture

    def _fail(self, part: str, error: Exception) -> None:
        """Tell of a fault in a part of the scene; must be called while it is being handled."""
        log.exception("%s of %s failed", part, self.scene.key if self.scene else "no scene")
        self.failed.emit(sentence(error))

    def close(self) -> bool:
        """Stop all threads; False when one is still at something."""
        self._later.stop()
        self._rest.stop()
        stopped = [worker.stop() for worker in (self.computing, self.tracing, self.reading, self.comparing)]
        return all([*stopped, self.searches.close()])


def picture_of_other(
    scene: Scene,
    shown: State,
    result: Any,
    run: Trace | None,
    frame: Frame | None,
    forms: Forms,
    hovered: Target | None,
) -> tuple[Picture, Exception | None]:
    """The picture of a line of other code, as much as the scene can draw; with the error where that is nothing of
    the line, and the picture is that of the engine's result.
    """
    if frame is None and run is not None and run.frames:
        frame = _at_the_ends(run, shown.step)  # without one the picture is of the engine's result
        shown = replace(shown, step=frame.index + 1)
    if frame is None:
        return scene.picture(shown, result, frame, hovered), None
    try:
        return scene.picture(shown, result, fitted(frame, forms), hovered), None
    except Exception as error:
        return scene.picture(replace(shown, step=None), result, None, hovered), error


def _rest() -> Iterator[tuple[float, Any]]:
    """A job that has no answer."""
    give_back()
    return iter(())


def _at_the_ends(run: Trace, step: int | None) -> Frame:
    """How a run stands before its first line, and at its end."""
    return run.frames[-1] if step is None else opening_of(run) or run.frames[0]


def _alike(a: State, b: State, but: frozenset[str]) -> bool:
    """Whether the inputs of two states are the same objects, but for some."""
    if a.inputs is b.inputs:
        return True
    names = (field.name for field in fields(a.inputs) if field.name not in but)
    return all(getattr(a.inputs, name) is getattr(b.inputs, name) for name in names)

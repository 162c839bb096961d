"""What the workbench lets run: code of one's own, stepped or checked, in a process of its own beside the window."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.trace import Stopped as Halted
from engine.trace import Trace
from gui.errors import log, sentence
from gui.worker import Answer, Worker
from scenes.running import trace_of
from scenes.scene import Scene, State
from scenes.workbench.checking import Stopped, Verdict, check
from scenes.workbench.code import BadCode
from scenes.workbench.drawable import Forms, forms_of
from scenes.workbench.process import STOPPED, Bench, NotHere
from scenes.workbench.running import Ran, run_code

OFTEN = 0.05  # seconds between two words about how far a check is


@dataclass(frozen=True, kw_only=True, eq=False)
class Came:
    """What came of a run: `ran` is None where there was nothing to run, and `sentence` says why."""

    state: State
    code: str
    asked: bool  # by a person; else the state has changed
    ran: Ran | None = None
    forms: Forms = field(default_factory=Forms)
    sentence: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """What came of a check: its verdict, or why there is none, and the line that this is about (0 for none)."""

    state: State
    code: str
    verdict: Verdict | None = None
    sentence: str = ""
    line: int = 0


class Jobs(QObject):
    """Runs and checks; of each kind the latest wins. `tried` tells how far a check is."""

    ran = Signal(object)
    judged = Signal(object)
    tried = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bench = Bench()
        self.running = Worker(self)
        self.checking = Worker(self)
        self.running.answered.connect(self._came)
        self.checking.answered.connect(self._came)
        self._halts: dict[str, threading.Event] = {}
        self._forms: tuple[Trace, Forms] | None = None

    def warm(self) -> None:
        """Have a process made ready, ahead of need."""

        def work() -> Iterator[tuple[float, Any]]:
            try:
                self.bench.warm()
            except OSError as error:  # it is said when something is to be run
                log.info("no process for code of one's own: %s", error)
            yield 1.0, None

        self.running.submit("warm", work)

    @property
    def is_running(self) -> bool:
        return "run" in self._halts

    @property
    def is_checking(self) -> bool:
        return "check" in self._halts

    def run(self, scene: Scene, state: State, code: str, engine: Trace | None, *, asked: bool) -> None:
        """Step the code. `engine` is the engine's run in the same state, where that is known."""
        stop = self._stop_for("run", self.running)

        def work() -> Iterator[tuple[float, Any]]:
            came = Came(state=state, code=code, asked=asked)
            try:
                ran = run_code(scene, state, code, self.bench, stop=stop)
                forms = self._forms_of(engine or _recorded(scene, state, stop)) if ran else Forms()
            except (ValueError, NotHere, RuntimeError) as error:
                yield 1.0, Came(**{**vars(came), "sentence": _words(error)})
                return
            yield 1.0, Came(**{**vars(came), "ran": ran, "forms": forms})

        self.running.submit("run", work)

    def check(self, scene: Scene, state: State, code: str) -> None:
        """Compare the code with the engine."""
        stop = self._stop_for("check", self.checking)
        told = [0.0]

        def tell(count: int) -> None:
            now = time.monotonic()
            if now - told[0] > OFTEN:
                told[0] = now
                self.tried.emit(count)

        def work() -> Iterator[tuple[float, Any]]:
            try:
                verdict = check(scene, state, code, self.bench, stop=stop, tried=tell)
                yield 1.0, Judged(state=state, code=code, verdict=verdict)
            except Stopped:
                yield 1.0, Judged(state=state, code=code, sentence=STOPPED)
            except BadCode as error:
                yield 1.0, Judged(state=state, code=code, sentence=str(error), line=error.line)
            except (ValueError, NotHere, RuntimeError) as error:
                yield 1.0, Judged(state=state, code=code, sentence=_words(error))

        self.checking.submit("check", work)

    def stop(self) -> None:
        """End what is running, at once; what came of it up to then is told."""
        for halt in self._halts.values():
            halt.set()

    def forget(self) -> None:
        """End what is running; nothing more is heard of it."""
        self.stop()
        self._halts.clear()
        self.running.cancel("run")
        self.checking.cancel("check")

    def close(self) -> bool:
        """End everything; False when a thread is still at something."""
        self.forget()
        self.bench.close()
        return all([self.running.stop(), self.checking.stop()])

    def _stop_for(self, kind: str, worker: Worker) -> Callable[[], bool]:
        """Whether the job of a kind that is submitted next is to stop."""
        before = self._halts.get(kind)
        if before is not None:
            before.set()
        halt = self._halts[kind] = threading.Event()
        number = worker.next_number(kind)
        return lambda: halt.is_set() or not worker.is_latest(kind, number)

    def _forms_of(self, engine: Trace | None) -> Forms:
        if engine is None:
            return Forms()
        known = self._forms
        if known is None or known[0] is not engine:
            known = self._forms = engine, forms_of(engine)
        return known[1]

    def _came(self, answer: Answer) -> None:
        worker = self.running if answer.kind in ("run", "warm") else self.checking
        if answer.kind == "warm" or not worker.is_latest(answer.kind, answer.number):
            return
        self._halts.pop(answer.kind, None)
        value = answer.value
        if answer.fault is not None:
            empty = State(scene="", params=None, inputs=None)
            said = sentence(answer.fault)
            value = (
                Came(state=empty, code="", asked=True, sentence=said)
                if answer.kind == "run"
                else Judged(state=empty, code="", sentence=said)
            )
        (self.ran if answer.kind == "run" else self.judged).emit(value)


def _recorded(scene: Scene, state: State, stop: Callable[[], bool]) -> Trace | None:
    try:
        return trace_of(scene, state, stop)
    except Halted:
        return None


def _words(error: Exception) -> str:
    return str(error) or sentence(error)

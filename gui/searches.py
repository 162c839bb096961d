"""Searches in the recorded run, beside the window: where the condition holds, and what is watched at each step.

The last condition and the last run win; what was known of an earlier run is forgotten with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.expressions import parse
from engine.operations import BadExpression
from engine.search import Course, course, hits
from engine.trace import Trace
from gui.errors import sentence
from gui.worker import Answer, Worker


@dataclass(frozen=True, eq=False)
class Found:
    """Where a condition holds: the steps, or one sentence that says what is wrong with it."""

    text: str
    steps: Sequence[int] = ()
    error: str = ""


@dataclass(frozen=True, eq=False)
class Followed:
    """A watched expression over the whole run, or one sentence that says what is wrong with it."""

    text: str
    names: tuple[str, ...] = ()
    course: Course | None = None
    error: str = ""


class Searches(QObject):
    """`found` tells of each new condition or run; `followed` of each watch as it is worked out."""

    found = Signal(object)
    followed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.trace: Trace | None = None
        self.condition = ""
        self.watched: tuple[str, ...] = ()
        self._known: dict[str, Followed] = {}
        self._worker = Worker(self)
        self._worker.answered.connect(self._answered)

    def take(self, trace: Trace | None) -> None:
        """Search another run from now on."""
        self.trace = trace
        self._known.clear()
        self._find()
        self._follow()

    def set_condition(self, text: str) -> None:
        """Search for another condition; an empty one searches for nothing."""
        self.condition = text.strip()
        self._find()

    def watch(self, texts: Sequence[str]) -> None:
        """Follow these expressions through the run."""
        self.watched = tuple(texts)
        for text in self.watched:
            if text in self._known:
                self.followed.emit(self._known[text])
        self._follow()

    def close(self) -> bool:
        """Stop the thread; False when it is still at something."""
        return self._worker.stop()

    def _find(self) -> None:
        trace, text = self.trace, self.condition
        self._worker.cancel("condition")
        if trace is None or not text:
            self.found.emit(Found(text))
            return
        run, stop = trace, self._stale("condition")

        def work() -> Iterator[tuple[float, Any]]:
            try:
                yield 1.0, Found(text, hits(run, parse(text), stop))
            except BadExpression as error:
                yield 1.0, Found(text, error=str(error))

        self._worker.submit("condition", work)

    def _follow(self) -> None:
        trace = self.trace
        missing = [text for text in dict.fromkeys(self.watched) if text not in self._known]
        self._worker.cancel("watches")
        if trace is None or not missing:
            return
        run, stop = trace, self._stale("watches")

        def work() -> Iterator[tuple[float, Any]]:
            for text in missing:
                try:
                    expression = parse(text)
                    yield 1.0, Followed(text, expression.names, course(run, expression, stop))
                except BadExpression as error:
                    yield 1.0, Followed(text, error=str(error))

        self._worker.submit("watches", work)

    def _stale(self, kind: str) -> Callable[[], bool]:
        """Whether the job that is submitted next is no longer the latest of its kind."""
        number = self._worker.next_number(kind)
        return lambda: not self._worker.is_latest(kind, number)

    def _answered(self, answer: Answer) -> None:
        if not self._worker.is_latest(answer.kind, answer.number):
            return
        if answer.fault is not None:
            if answer.kind == "condition":
                self.found.emit(Found(self.condition, error=sentence(answer.fault)))
        elif answer.kind == "condition":
            self.found.emit(answer.value)
        else:
            self._known[answer.value.text] = answer.value
            self.followed.emit(answer.value)

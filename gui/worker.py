"""One thread beside the window's: the latest job wins, stale results are dropped, a fault is an answer."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.trace import Stopped
from gui.errors import log

QUIET = 0.06  # s without newer work, before what comes after a first answer is gone into


@dataclass(frozen=True)
class Job:
    """Work to do: an iterator of (fraction done, answer). A newer job of the same `kind` replaces it."""

    kind: str
    number: int
    work: Callable[[], Iterator[tuple[float, Any]]]


@dataclass(frozen=True)
class Answer:
    """What came of a job: a part or all of its result, or the fault that ended it."""

    kind: str
    number: int
    done: float = 1.0
    value: Any = None
    fault: BaseException | None = None


class Worker(QObject):
    """`answered` carries every Answer to the window's thread."""

    answered = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: dict[str, Job] = {}
        self._news = threading.Condition()
        self._latest: dict[str, int] = {}
        self._stopping = False
        self._thread: threading.Thread | None = None

    def submit(self, kind: str, work: Callable[[], Iterator[tuple[float, Any]]]) -> int:
        """Ask for work; whatever of the same kind has not ended yet is let go. Returns the job's number."""
        with self._news:
            number = self._latest.get(kind, 0) + 1
            self._latest[kind] = number
            self._waiting[kind] = Job(kind, number, work)
            self._news.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
            self._thread.start()
        return number

    def next_number(self, kind: str) -> int:
        """The number that the next job of a kind will have."""
        return self._latest.get(kind, 0) + 1

    def cancel(self, kind: str) -> None:
        """Let go of the work of a kind: nothing more will be heard of it."""
        with self._news:
            self._latest[kind] = self._latest.get(kind, 0) + 1
            self._waiting.pop(kind, None)
            self._news.notify()

    def is_latest(self, kind: str, number: int) -> bool:
        """Whether an answer is still wanted."""
        return self._latest.get(kind) == number

    def stop(self, seconds: float = 1.5) -> bool:
        """Take no more work and wait for the thread; False when it is still at something by then."""
        with self._news:
            self._stopping = True
            self._latest = {kind: number + 1 for kind, number in self._latest.items()}
            self._waiting.clear()
            self._news.notify()
        if self._thread is not None:
            self._thread.join(seconds)
            return not self._thread.is_alive()
        return True

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._waiting or self._stopping)
                if self._stopping:
                    return
                job = self._waiting.pop(next(iter(self._waiting)))
            self._do(job)

    def _do(self, job: Job) -> None:
        first = True
        try:
            for done, value in job.work():
                if not self.is_latest(job.kind, job.number):
                    return
                self.answered.emit(Answer(job.kind, job.number, done, value))
                if first and done < 1.0 and not self._stays_wanted(job):
                    return
                first = False
        except Stopped:
            return
        except Exception as fault:  # the scene shows it; the program goes on
            log.error("%s failed\n%s", job.kind, traceback.format_exc())
            if self.is_latest(job.kind, job.number):
                self.answered.emit(Answer(job.kind, job.number, fault=fault))

    def _stays_wanted(self, job: Job) -> bool:
        """Whether no newer work comes for a moment: while a slider is dragged, first answers are enough."""
        with self._news:
            return not self._news.wait_for(lambda: not self.is_latest(job.kind, job.number), QUIET)

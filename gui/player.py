"""The step player: where in the recorded run we look, which steps count, and playing on by the clock.

It draws nothing; `wanted` carries the step to look at (None is the end).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from engine.trace import Trace

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
PACE = {True: 350, False: 1100}  # ms a line, and a narrated step, at speed 1


class Player(QObject):
    """Steps through a trace by narrated steps (a lecture) or by lines (debugging)."""

    wanted = Signal(object)
    playing_changed = Signal(bool)
    grain_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.trace: Trace | None = None
        self.step: int | None = None
        self.lines = False
        self.speed = 1.0
        self.breakpoints: frozenset[tuple[str, int]] = frozenset()
        self.hits: Sequence[int] = ()  # the steps at which a condition holds, rising
        self.holds: Callable[[int | None], bool] = lambda target: (
            False
        )  # a move on that something comes before
        self._stopped: tuple[object, ...] = ()  # what the stops were found for,
        self._stops: list[int] = []  # and those
        self._narrated: list[int] = []
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._tick)

    def take(self, trace: Trace | None) -> None:
        """Play another run from now on."""
        self.trace = trace
        self._narrated = trace.steps_narrated() if trace else []
        self.hits = ()
        if trace is None:
            self.pause()

    @property
    def narrated(self) -> Sequence[int]:
        """The steps that have something to say, rising."""
        return self._narrated

    @property
    def length(self) -> int:
        return len(self.trace) if self.trace else 0

    @property
    def playing(self) -> bool:
        return self._clock.isActive()

    def move(self, way: int) -> bool:
        """One step on (1) or back (-1) in the grain chosen; False at the end it cannot pass."""
        target = self._next_line(way) if self.lines else self._next_narrated(way)
        return self._go(target, way)

    def move_line(self, way: int) -> bool:
        """One line on or back, into calls, whatever the grain."""
        return self._go(self._next_line(way), way)

    def over(self, way: int = 1) -> bool:
        """To the next line of the same call or its caller."""
        if self.trace is None:
            return False
        return self._go(self.trace.over(self._here(), way), way)

    def out(self, way: int = 1) -> bool:
        """To the next line of the caller."""
        if self.trace is None:
            return False
        return self._go(self.trace.out(self._here(), way), way)

    def to_start(self) -> None:
        self.pause()
        if self.trace is not None:
            self.wanted.emit(0)

    def to_end(self) -> None:
        self.pause()
        self.wanted.emit(None)

    def stops(self) -> list[int]:
        """The steps at which a line with a breakpoint was run."""
        if self.trace is None or not self.breakpoints:
            return []
        if self._stopped != (self.trace, self.breakpoints):
            frames = self.trace.frames
            self._stops = [f.index + 1 for f in frames if (f.listing.name, f.line) in self.breakpoints]
            self._stopped = self.trace, self.breakpoints
        return self._stops

    def run(self, way: int = 1) -> bool:
        """To the next (or the last) breakpoint, or time that the condition holds; past the last one, to the end."""
        return self._go(self._next_stop(way), way)

    def run_to_hit(self, way: int = 1) -> bool:
        """To the next (or the last) time that the condition holds; at the end of the run, on to the first.
        False, and no move, where there is none.
        """
        here = 0 if way > 0 and self.step is None else self._here()
        target = _beyond(self.hits, here, way)
        if self.trace is None or target is None:
            return False
        self.pause()
        self.wanted.emit(target)
        return True

    def _next_stop(self, way: int) -> int | None:
        found = [_beyond(steps, self._here(), way) for steps in (self.stops(), self.hits)]
        there = [step for step in found if step is not None]
        return (min(there) if way > 0 else max(there)) if there else None

    def run_to(self, name: str, line: int) -> bool:
        """To the next time a line is run, or else to the first time."""
        if self.trace is None:
            return False
        steps = [f.index + 1 for f in self.trace.frames if (f.listing.name, f.line) == (name, line)]
        here = self.step if self.step is not None else 0
        target = _beyond(steps, here, 1) or (steps[0] if steps else None)
        if target is not None:
            self.wanted.emit(target)
        return target is not None

    def toggle(self) -> None:
        """Play on, or pause; at the end, play from the start."""
        if self.playing:
            self.pause()
        elif self.trace is not None:
            if self.step is None:
                self.wanted.emit(0)
            self._clock.start(self._interval())
            self.playing_changed.emit(True)

    def pause(self) -> None:
        if self._clock.isActive():
            self._clock.stop()
            self.playing_changed.emit(False)

    def set_speed(self, speed: float) -> None:
        self.speed = speed
        if self.playing:
            self._clock.start(self._interval())

    def set_lines(self, lines: bool) -> None:
        """Choose the grain: every line, or narrated steps only."""
        self.lines = lines
        self.grain_changed.emit(lines)
        self.set_speed(self.speed)

    def _interval(self) -> int:
        return round(PACE[self.lines] / self.speed)

    def _tick(self) -> None:
        """One step on; a stop on the way there ends the playing."""
        stop, target = self._next_stop(1), self._next_line(1) if self.lines else self._next_narrated(1)
        if stop is not None and (target is None or stop <= target):
            self._go(stop, 1)
            self.pause()
        elif not self._go(target, 1):
            self.pause()

    def _here(self) -> int:
        return self.length + 1 if self.step is None else self.step

    def _next_line(self, way: int) -> int | None:
        step = min(self._here(), self.length + 1) + way
        return step if 0 <= step <= self.length else None

    def _next_narrated(self, way: int) -> int | None:
        if way < 0 and self._narrated and self._here() <= self._narrated[0]:
            return 0 if self._here() > 0 else None
        return _beyond(self._narrated, self._here(), way)

    def _go(self, target: int | None, way: int) -> bool:
        if self.trace is None or (target is None and (way < 0 or self.step is None)):
            return False
        if way > 0 and self.holds(target):
            return True
        self.wanted.emit(target)
        return target is not None


def _beyond(steps: Sequence[int], here: int, way: int) -> int | None:
    """The nearest of the rising steps after (or before) where we are."""
    index = bisect_right(steps, here) if way > 0 else bisect_left(steps, here) - 1
    return steps[index] if 0 <= index < len(steps) else None

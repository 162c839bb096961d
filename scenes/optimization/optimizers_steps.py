"""How far a recorded run of an optimizer has come, by the names of its variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.functions.surface import Surface
from engine.trace import Frame
from scenes.optimization.optimizers_memory import Row
from scenes.optimization.optimizers_model import Result, Track
from scenes.scene import locked

Arrays = NDArray[np.float64]
Age = Literal["", "fresh", "old"]
ALIKE = 1e-6  # in measure of its size: by so little a number may be off and be the engine's own
LATE = ("s",)  # read by the step before it takes the step in


@dataclass(frozen=True, kw_only=True, eq=False)
class Moment:
    """What there is after a line, or after a step of the finished race.

    `done` steps are made; the chosen one's track in `result` is as the run has it, and `here` is where it stands;
    in the `engine`'s own result it is as it should be. `step` is the step that is under way, or else the one just
    made; 0 before the first.
    """

    result: Result
    engine: Result
    done: int
    step: int
    here: Arrays  # (2,)
    frame: Frame | None = None

    @property
    def own(self) -> bool:
        """Whether the run is the engine's, or goes the same way."""
        return self.result is self.engine

    @property
    def row_values(self) -> Mapping[str, tuple[tuple[float, ...], Age]]:
        """By the name of a quantity that the chosen one has in mind its numbers along x and y, if it has any yet:
        fresh where the line just run made them, old where they are still those of the step before.
        """
        return {row.name: self._values(row) for row in self.result.memory}

    def _values(self, row: Row) -> tuple[tuple[float, ...], Age]:
        if self.frame is None:
            return (tuple(row.values[self.done - 1].tolist()) if self.done else ()), ""
        variables = self.frame.outermost.variables
        if row.name not in variables:
            return (), ""
        held = self._sign(row) * np.asarray(variables[row.name], np.float64).reshape(-1)
        return tuple(held.tolist()), self._age(row, held)

    def _sign(self, row: Row) -> float:
        """What a variable is multiplied by to be the row: steps are taken off."""
        assert self.frame is not None  # noqa: S101
        if row.name == "decay":
            return -1.0
        if row.name != "step":
            return 1.0
        is_rated = self.result.race.chosen == "adadelta"
        return -float(self.frame.outermost.variables.get("lr", 1.0)) if is_rated else -1.0

    def _age(self, row: Row, held: Arrays) -> Age:
        frame = self.frame
        assert frame is not None  # noqa: S101
        if not frame.callers:
            if row.name in frame.changed:
                return "fresh"
            if "t" in frame.changed:
                return "old"
            names = [one.name for one in self.result.memory]
            made = [names.index(name) for name in frame.changed if name in names]
            if made:
                return "old" if names.index(row.name) > max(made) and row.name not in LATE else ""
        if not 2 <= self.step <= len(row.values) or row.name in LATE:
            return ""
        before, due = row.values[self.step - 2], row.values[self.step - 1]
        return "old" if _is_like(held, before[: len(held)]) and not _is_like(held, due[: len(held)]) else ""


def _is_like(one: Arrays, other: Arrays) -> bool:
    return np.allclose(one, other, rtol=ALIKE, atol=0, equal_nan=True)


def finished(result: Result, at: int) -> Moment:
    """The finished race, looked at after a step."""
    here = result.tracks[result.race.chosen].path[at]
    return Moment(result=result, engine=result, done=at, step=at, here=here)


def moment_of(frame: Frame, result: Result) -> Moment:
    """Read a recorded line."""
    variables = frame.outermost.variables
    track = result.tracks[result.race.chosen]
    last = len(track.path) - 1
    t = min(max(int(variables.get("t", 0)), 0), last)
    kept = _points(variables.get("path"))[: last + 1]
    if not len(kept):  # it keeps none: those that the engine had by then
        kept = track.path[: (t if frame.returned else max(t - 1, 0)) + 1]
    done = len(kept) - 1
    now = _points([variables[name] for name in ("w", "x") if name in variables][:1])
    here = now[0] if len(now) and np.isfinite(now[0]).all() else kept[-1]
    own = np.allclose(kept, track.path[: done + 1], rtol=ALIKE, atol=ALIKE, equal_nan=True)
    shown = result
    if not own:
        seen = _along(result.race.surface, kept, track)
        shown = replace(result, tracks={**result.tracks, result.race.chosen: seen})
    return Moment(result=shown, engine=result, done=done, step=max(t, done), here=here, frame=frame)


def _points(places: Sequence[Any] | None) -> Arrays:
    """Places as points `(N, 2)`; of one coordinate the other is 0."""
    if not places:
        return np.empty((0, 2))
    values = np.array([place.tolist() if hasattr(place, "tolist") else place for place in places], np.float64)
    return values if values.ndim == 2 else np.stack([values, np.zeros_like(values)], 1)


def _along(surface: Surface | None, path: Arrays, track: Track) -> Track:
    """A track by another path, nan from where it has come to on."""
    whole, losses = np.full_like(track.path, np.nan), np.full_like(track.losses, np.nan)
    whole[: len(path)] = path
    for place, (x, y) in enumerate(path.tolist()):
        losses[place] = x / 3 if surface is None else surface.slope_at(x, y)[0]
    return replace(track, path=locked(whole), losses=locked(losses))

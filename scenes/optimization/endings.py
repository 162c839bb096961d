"""How a recorded run ends that descends a surface: at a minimum, and when; or not."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from engine.functions.surface import Surface
from engine.optimization.basins import NEAR, minima_of
from engine.trace import Trace
from scenes.scene import Outcome


def ending(trace: Trace, surface: Surface | None, number: Callable[[float], str]) -> Outcome | None:
    """What became of the path that a run gives `(T + 1, 2)`; None where it gives none, or its surface is unknown."""
    path = trace.result
    if not isinstance(surface, Surface) or not isinstance(path, Tensor) or path.ndim != 2 or not len(path):
        return None
    gone = torch.nonzero(~path.isfinite().all(1)).flatten().tolist()
    if gone:
        return Outcome(
            step=_step(trace, gone[0]), words=f"has no numbers any more from step {gone[0]} on", value=gone[0]
        )
    place = "({}, {})".format(*(number(c) for c in path[-1].tolist()))
    found = _arrival(path, minima_of(surface), NEAR * (surface.view[2] - surface.view[0]))
    if found is None:
        return Outcome(
            step=len(trace), words=f"is at no minimum after {len(path) - 1} steps, but at {place}",
            value=("under way", place, len(path)),
        )  # fmt: skip
    index, after = found
    there = "({}, {})".format(*(number(c) for c in minima_of(surface)[index].tolist()))
    return Outcome(
        step=_step(trace, after),
        words=f"is at the minimum {there} for good after {after} steps",
        value=(there, after),
    )


def _arrival(path: Tensor, minima: Tensor, near: float) -> tuple[int, int] | None:
    """Which minimum the path ends at, and the step from which on it is there."""
    if not len(minima):
        return None
    away = torch.cdist(path.to(minima), minima)
    index = int(away[-1].argmin())
    outside = torch.nonzero(away[:, index] > near).flatten().tolist()
    after = outside[-1] + 1 if outside else 0
    return (index, after) if after < len(path) else None


def _step(trace: Trace, number: int) -> int:
    """The step of the run at which so many steps of the path had been made."""
    for frame in trace.frames:
        if "path" in frame.changed and len(frame.outermost.variables["path"]) > number:
            return frame.index + 1
    return len(trace)

"""How far a recorded descent has come, by the names of its variables, and why a point of it is where it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.optimization.critical import eigen
from engine.optimization.descent import FAR, is_lost
from engine.trace import Frame, Trace
from scenes.optimization import descent_words as words
from scenes.optimization.descent_model import Result
from scenes.optimization.endings import ending
from scenes.scene import Outcome, Target, Why, locked

ALIKE = 1e-9  # by so little, in measure of its size, a path that is the engine's own may be off


@dataclass(frozen=True, kw_only=True, eq=False)
class Moment:
    """What there is after a line: the `result` along the path as the run has it, of which `upto` is the last point
    so far, `kept` the last that the run has kept, and `told` the last whose loss is known. `gradient` and `lr` are
    those of the step under way, None where there is none.
    """

    result: Result
    upto: int
    kept: int
    told: int
    gradient: tuple[float, float] | None = None
    lr: float | None = None


def moment_of(frame: Frame | None, result: Result) -> Moment:
    """Read a recorded line; None is the end of the run."""
    if frame is None:
        last = len(result.path) - 1
        return Moment(result=result, upto=last, kept=last, told=last)
    variables = frame.outermost.variables
    kept = _path(variables.get("path"), result, variables.get("step", 0))
    point = _pair(variables.get("point"))
    moved = point is not None and not np.array_equal(point, kept[-1])
    moved = moved and point is not None and not is_lost(*point, 0.0)
    seen = _along(result, np.concatenate([kept, [point]]) if moved else kept)
    here = min(len(kept), len(seen.path)) - 1
    upto = min(here + moved, len(seen.path) - 1)
    known = upto > here and _is_near(variables.get("after"), float(seen.loss[upto]))
    under_way = moved or (not frame.callers and {"gradient", "lr"} & set(frame.changed))
    ready = under_way and (moved or "lr" in frame.changed)
    return Moment(
        result=seen, upto=upto, kept=here, told=upto if known else here,
        gradient=_pair(variables.get("gradient")) if under_way else None,
        lr=_number(variables.get("lr")) if ready else None,
    )  # fmt: skip


def _path(points: Sequence[Any] | None, result: Result, step: Any) -> NDArray[np.float64]:
    """The points that a run has kept; where it keeps none, those that the engine had by then."""
    if not points:
        count = int(step) if isinstance(step, int) else 0
        return result.path[: min(max(count, 0), len(result.path) - 1) + 1]
    return torch.stack(tuple(points)).numpy()


def _pair(value: Any) -> tuple[float, float] | None:
    """Two finite numbers, or None."""
    if value is None:
        return None
    x, y = value.tolist()
    return (x, y) if math.isfinite(x) and math.isfinite(y) else None


def _number(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _is_near(value: Any, other: float) -> bool:
    return value is not None and math.isclose(float(value), other, rel_tol=ALIKE, abs_tol=ALIKE)


def _along(result: Result, path: NDArray[np.float64]) -> Result:
    """The result along a path: itself, where the path is the beginning of its own."""
    own = result.path[: len(path)]
    if np.allclose(path[: len(own)], own, rtol=ALIKE, atol=ALIKE):
        return result
    x, y = torch.from_numpy(path).unbind(1)
    hessian = result.surface.hessian(x, y)
    low, high, angle = eigen(hessian[:, 0, 0], hessian[:, 0, 1], hessian[:, 1, 1])
    gradient = torch.stack(result.surface.gradient(x, y), 1)
    return replace(
        result, path=locked(path), loss=_held(result.surface.value(x, y)), gradient=_held(gradient), low=_held(low),
        high=_held(high), angle=_held(angle), rates=result.rates[:0],
    )  # fmt: skip


def _held(values: torch.Tensor) -> NDArray[np.float64]:
    """Numbers that can be drawn, whatever became of the run."""
    return locked(np.clip(np.nan_to_num(values.numpy()), -FAR, FAR))


def outcomes(trace: Trace) -> dict[str, Outcome]:
    """Where the descent ends: two runs may part at the first step and come to one place, or to two."""
    surface = trace.frames[0].variables.get("surface") if len(trace) else None
    found = ending(trace, surface, words.number)
    return {} if found is None else {"the descent": found}


def why(result: Result, trace: Trace, target: Target) -> Why | None:
    """The step that made a point of the path, with its numbers."""
    if target.handle != "path" or not 0 < target.index < len(result.path):
        return None
    step = next(
        (f.index + 1 for f in trace.frames if len(f.outermost.variables.get("path", ())) > target.index), None
    )
    return None if step is None else Why(step=step, sentence=words.of_point(result, target.index - 1))

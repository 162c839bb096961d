"""How far a recorded run of a training loop has come, by the names of its variables, and what the other runs have
done by then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.trace import Frame
from scenes.optimization.batches_model import Result, Run
from scenes.scene import locked

Stage = Literal["none", "batch", "error", "gradient", "update"]
# By what a line wrote, the last one first.
_STAGES: tuple[tuple[frozenset[str], Stage], ...] = (
    (frozenset({"w", "b", "path", "updates"}), "update"), (frozenset({"grad_b"}), "gradient"),
    (frozenset({"error", "grad_w"}), "error"), (frozenset({"batch"}), "batch"),
)  # fmt: skip
ALIKE = 1e-9  # by so little, in measure of its size, a path that is the engine's own may be off


@dataclass(frozen=True, kw_only=True, eq=False)
class Moment:
    """`done` updates are made; `update` (from 1) is the one looked at, 0 where there is none, and `stage` is how
    far it has come. After it is made it is counted in `done` too. `run` is what the stepped run has done: its path
    is nan from where it has come to on. The update leads from `before`, by way of `batch`, to `after`.
    """

    run: Run
    done: int
    update: int = 0
    stage: Stage = "none"
    before: tuple[float, float]
    after: tuple[float, float] | None = None
    batch: NDArray[np.int64] | None = None


def moment_of(frame: Frame | None, result: Result) -> Moment:
    """Read a recorded line; None is the end of the run."""
    run = result.run
    if frame is None:
        return Moment(run=run, done=run.updates, before=result.start)
    variables = frame.variables
    kept = _kept(variables, run)
    stage: Stage = next((stage for names, stage in _STAGES if names & set(frame.changed)), "none")
    now = _pair(variables, "w", "b")
    moved = now is not None and stage == "update" and not {"path", "updates"} & set(frame.changed)
    if moved:
        kept = np.concatenate([kept, [now]])
    done = min(len(kept) - 1, run.updates)
    if frame.returned or (stage == "update" and not done):
        stage = "none"
    run = _along(result, kept[: done + 1])
    if stage == "none":
        return Moment(run=run, done=done, before=_place(run, done))
    update = min(done + (stage != "update"), run.updates)
    before = _place(run, update - 1)
    return Moment(
        run=run, done=done, update=update, stage=stage, before=before, batch=_batch(variables, len(result.points)),
        after=_place(run, done) if stage == "update" else _led_to(variables, before) if stage == "gradient" else None,
    )  # fmt: skip


def _kept(variables: Mapping[str, Any], run: Run) -> NDArray[np.float64]:
    """The places that a run has kept; where it keeps none, those that the engine had by then."""
    kept = variables.get("path")
    if kept:
        return np.array([place.tolist() for place in kept])
    return run.path[: min(max(int(variables.get("updates", 0)), 0), run.updates) + 1]


def _pair(variables: Mapping[str, Any], *names: str) -> tuple[float, float] | None:
    """Two numbers, where there are both."""
    if not all(name in variables for name in names):
        return None
    one, other = (float(variables[name]) for name in names)
    return one, other


def _place(run: Run, number: int) -> tuple[float, float]:
    w, b = run.path[number].tolist()
    return w, b


def _batch(variables: Mapping[str, Any], count: int) -> NDArray[np.int64] | None:
    """The samples that are read, as far as there are such."""
    if "batch" not in variables:
        return None
    batch = np.asarray(variables["batch"], np.int64).reshape(-1)
    return batch[(batch >= 0) & (batch < count)]


def _led_to(variables: Mapping[str, Any], before: tuple[float, float]) -> tuple[float, float] | None:
    """Where the gradient leads that was found."""
    gradient, lr = _pair(variables, "grad_w", "grad_b"), variables.get("lr")
    if gradient is None or lr is None:
        return None
    return before[0] - float(lr) * gradient[0], before[1] - float(lr) * gradient[1]


def _along(result: Result, path: NDArray[np.float64]) -> Run:
    """The chosen run by a path: itself, where the path is the beginning of its own."""
    run = result.run
    if np.allclose(path, run.path[: len(path)], rtol=ALIKE, atol=ALIKE, equal_nan=True):
        return run
    whole, loss = np.full_like(run.path, np.nan), np.full_like(run.loss, np.nan)
    whole[: len(path)] = path
    x, y = result.points.T
    with np.errstate(all="ignore"):
        loss[: len(path)] = ((path[:, :1] * x + path[:, 1:] - y) ** 2).mean(1)
    return replace(run, path=locked(whole), loss=locked(loss))


def whole(run: Run, update: int) -> Moment:
    """An update pointed at in a run that is shown to its end."""
    if not 1 <= update <= run.updates:
        return Moment(run=run, done=run.updates, before=_place(run, 0))
    return Moment(
        run=run, done=run.updates, update=update, stage="update", before=_place(run, update - 1),
        after=_place(run, update), batch=run.batch(update),
    )  # fmt: skip


def done_by(result: Result, run: Run, done: int, compare: str) -> int:
    """How many updates another run has made when the chosen one has made so many."""
    if run is result.run:
        return done
    if compare == "updates":
        return min(done, run.updates)
    return int(np.searchsorted(run.read, result.run.read[done], side="right")) - 1

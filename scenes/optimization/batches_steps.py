"""How far a recorded run of the training loop has come, and what the other runs have done by then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.trace import Frame
from scenes.optimization.batches_model import Result, Run

Stage = Literal["none", "batch", "error", "gradient", "update"]
_STAGES: tuple[tuple[str, Stage], ...] = (
    ("batch", "batch"), ("error", "error"), ("grad_w", "error"), ("grad_b", "gradient"), ("w, b", "update"),
    ("updates, read", "update"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Moment:
    """`done` updates are made; `update` (from 1) is the one looked at, 0 where there is none, and `stage` is how
    far it has come. After it is made it is counted in `done` too.
    """

    done: int
    update: int = 0
    stage: Stage = "none"


def moment_of(frame: Frame, updates: int) -> Moment:
    """Read a recorded line."""
    if frame.returned:
        return Moment(done=updates)
    counted = int(frame.variables.get("updates", 0))
    stage: Stage = next((stage for start, stage in _STAGES if frame.text.startswith(start)), "none")
    if stage == "none":
        return Moment(done=counted)
    done = counted + frame.text.startswith("w, b")
    return Moment(done=done, update=done if stage == "update" else done + 1, stage=stage)


def whole(run: Run, update: int) -> Moment:
    """An update pointed at in a run that is shown to its end."""
    return Moment(done=run.updates, update=update, stage="update")


def done_by(result: Result, run: Run, done: int, compare: str) -> int:
    """How many updates another run has made when the chosen one has made so many."""
    if run is result.run:
        return done
    if compare == "updates":
        return min(done, run.updates)
    return int(np.searchsorted(run.read, result.run.read[done], side="right")) - 1


def lit(run: Run, moment: Moment) -> NDArray[np.int64] | None:
    """The samples of the update that is looked at."""
    return run.batch(moment.update) if 1 <= moment.update <= run.updates else None

"""The numbers in the formulas: all of them at the end, those that a run has found so far while it is stepped."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from engine.detection.iou_loss import LossName
from engine.trace import Frame
from scenes.detection.iou_model import Result

Numbers = Mapping[str, float]  # by the names that they have in the code
NAMED = (
    "intersection",
    "union",
    "iou",
    "hull",
    "empty",
    "giou",
    "distance",
    "diagonal",
    "diou",
    "turn",
    "v",
    "alpha",
)


def numbers_of(loss: LossName, result: Result, frame: Frame | None) -> Numbers:
    """The numbers of the pair, and each measure that is known by its name; of the run's own where it is stepped."""
    return _all(result) if frame is None else found_in(loss, frame)


def found_in(loss: LossName, frame: Frame) -> Numbers:
    """The numbers that a run has found so far; the measure too, once it has returned its loss."""
    seen = {**frame.outermost.variables, **frame.variables}
    found = {name: number for name in NAMED if (number := _finite(seen.get(name))) is not None}
    if frame.returned and not frame.callers and (end := _finite(frame.result)) is not None:
        found[loss] = 1 - end
    return found


def _all(result: Result) -> Numbers:
    parts = result.parts
    return {
        "intersection": parts.shared, "union": parts.union, "hull": parts.hull,
        "empty": (parts.hull - parts.union) / parts.hull, "distance": parts.distance, "diagonal": parts.diagonal,
        "turn": math.radians(parts.angles[1] - parts.angles[0]), "v": parts.v, "alpha": parts.alpha,
        **{name: float(measure) for name, measure in result.measures.items()},
    }  # fmt: skip


def _finite(value: Any) -> float | None:
    """A single number; None for anything else."""
    if isinstance(value, Tensor):
        value = value.item() if value.numel() == 1 else None
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None

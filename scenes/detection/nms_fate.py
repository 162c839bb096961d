"""What became of a box in the end, and whose doing it was, read off the result: for the picture and its sentence."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from scenes.detection.nms_model import MANY, Inputs, Params, Result, is_soft, overlap_of

NAMED = 4  # boxes that a sentence names one by one


@lru_cache(2)
def suppressor(params: Params, result: Result, index: int) -> tuple[int, float]:
    """Of one box that is not kept; asked for by the picture and by its sentence."""
    by, overlap = suppressors(params, result, np.array([index]))
    return int(by[0]), float(overlap[0])


def suppressors(
    params: Params, result: Result, indices: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Of boxes (M,) that are not kept: the kept one that removed each, or faded it most (M,), and how much the two
    overlap (M,); -1 and 0 where the box never competed.
    """
    keep = torch.tensor(result.keep)
    if not len(keep) or not len(indices):
        return np.full(len(indices), -1), np.zeros(len(indices), np.float32)
    boxes, labels, some = torch.tensor(result.boxes), torch.tensor(result.labels), torch.tensor(indices)
    overlap = overlap_of(params)(boxes[keep][:, None], boxes[some][None])  # (K, M)
    if params.per_class:
        overlap = overlap.masked_fill(labels[keep][:, None] != labels[some][None], -math.inf)
    enough = overlap > (0.0 if params.method == "gaussian" else params.iou_threshold)
    scores = torch.tensor(result.scores)[some]
    enough &= scores >= params.score_threshold if is_soft(params) else scores > params.score_threshold
    first = overlap.argmax(0) if is_soft(params) else enough.int().argmax(0)  # they are in the order kept
    place = first, torch.arange(len(some))
    by = torch.where(enough[place], keep[first], -1)
    return by.numpy(), torch.where(enough[place], overlap[place], 0).numpy()


def fate(params: Params, inputs: Inputs, result: Result, index: int) -> str:
    """What became of a box, in a sentence."""
    about = f"Box {index}, {inputs.name(index) if inputs.names else 'score'} {result.scores[index]:.2f}"
    if index in result.keep:
        return _of_kept(params, result, index, about)
    by, overlap = suppressor(params, result, index)
    if by < 0:
        return f"{about}, never competes: its score is not above {params.score_threshold:g}."
    if is_soft(params):
        return (
            f"{about}, fades to {result.final_scores[index]:.2f}, less than {params.score_threshold:g}: "
            f"it overlaps box {by} by {overlap:.2f}."
        )
    rival, limit = (
        f"box {by} ({result.scores[by]:.2f})",
        f"{overlap:.2f}, more than {params.iou_threshold:.2f}",
    )
    if params.method == "diou":
        return f"{about}, goes: its DIoU with {rival} is {limit}."
    return f"{about}, goes: it overlaps {rival} by {limit}."


def _of_kept(params: Params, result: Result, index: int, about: str) -> str:
    """A kept box, and whom it silences where there are few enough boxes to tell."""
    if is_soft(params):
        return f"{about}, is kept at {result.final_scores[index]:.2f}."
    if len(result.scores) > MANY:
        return f"{about}, is kept."
    gone = np.setdiff1d(np.arange(len(result.scores)), result.keep)
    by, _ = suppressors(params, result, gone)
    silenced = gone[by == index].tolist()
    if not silenced:
        return f"{about}, is kept; no box goes because of it."
    if len(silenced) > NAMED:
        return f"{about}, is kept; {len(silenced)} boxes go because of it."
    *some, last = map(str, silenced)
    names = f"boxes {', '.join(some)} and {last} go" if some else f"box {last} goes"
    return f"{about}, is kept; {names} because of it."

"""What suppression works on, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from engine.detection.boxes import box_diou, box_iou
from engine.detection.nms import gaussian_decay, linear_decay, nms, nms_at_once, soft_nms
from engine.device import Engine
from scenes.parameters import Help, Range, When
from scenes.scene import Call

MANY = 200  # boxes beyond which only those in front have their number
LISTED = 16  # boxes with a bar and a row in the matrix: the best ones by score
AT_ONCE = 500  # boxes up to which all overlaps are measured at once
STEPS_INTO = 100  # boxes up to which the run steps into the overlap's own code


@dataclass(frozen=True, kw_only=True)
class Params:
    """What a person may set."""

    method: Annotated[
        Literal["hard", "linear", "gaussian", "diou"],
        Help("remove rivals (hard, DIoU) or let their scores fade (linear, Gaussian)"),
    ] = "hard"
    iou_threshold: Annotated[
        float, Range(0, 1, step=0.01), Help("a rival that overlaps by more than this is suppressed"),
        When("method", ("hard", "linear", "diou")),
    ] = 0.5  # fmt: skip
    sigma: Annotated[
        float, Range(0.01, 2, step=0.01), Help("how gently scores fade: exp(-IoU² / sigma)"),
        When("method", ("gaussian",)),
    ] = 0.5  # fmt: skip
    score_threshold: Annotated[
        float, Range(0, 1, step=0.001), Help("boxes that score lower are left out")
    ] = 0.001
    per_class: Annotated[bool, Help("boxes of different classes do not compete")] = True
    legacy_plus_one: Annotated[
        bool, Help("the old convention: x2 is the last pixel inside, width = x2 - x1 + 1")
    ] = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """Boxes (N, 4) float32 x1, y1, x2, y2 in pixels of a picture of size `extent` (width, height)."""

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    labels: NDArray[np.int64]
    extent: tuple[float, float]
    pixels: NDArray[np.uint8] | None = None
    names: tuple[str, ...] = ()
    chosen: int = -1

    def name(self, index: int) -> str:
        """What the box's class is called."""
        label = int(self.labels[index])
        return self.names[label] if label < len(self.names) else f"class {label}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """Which boxes are kept (K,), in which order; how all scores ended; how the listed boxes overlap."""

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    labels: NDArray[np.int64]
    keep: NDArray[np.int64]
    final_scores: NDArray[np.float32]  # (N,) as far as they have faded
    listed: NDArray[np.int64]  # the best boxes by score, at most LISTED
    overlaps: NDArray[np.float32]  # among the listed


def overlap_of(params: Params) -> Any:
    """How the method measures overlap."""
    measure = box_diou if params.method == "diou" else box_iou
    return partial(measure, extra=1.0) if params.legacy_plus_one else measure


def is_soft(params: Params) -> bool:
    """Whether scores fade instead of boxes going."""
    return params.method in ("linear", "gaussian")


def _arguments(params: Params, boxes: Any, scores: Any, labels: Any) -> dict[str, Any]:
    """What the method's function is called with."""
    if not params.per_class:
        labels = torch.zeros_like(labels)
    common = {"boxes": boxes, "scores": scores, "labels": labels}
    if (
        measure := overlap_of(params)
    ) is not box_iou:  # which it is by itself: a person's own code has its own
        common["overlap_of"] = measure
    if is_soft(params):
        decay = (
            partial(linear_decay, iou_threshold=params.iou_threshold)
            if params.method == "linear"
            else partial(gaussian_decay, sigma=params.sigma)
        )
        return {**common, "decay": decay, "score_threshold": params.score_threshold}
    return {**common, "iou_threshold": params.iou_threshold, "score_threshold": params.score_threshold}


def compute(params: Params, inputs: Inputs, engine: Engine) -> Result:
    """Run the chosen method on all boxes."""
    boxes, scores = engine.tensor(inputs.boxes), engine.tensor(inputs.scores)
    arguments = _arguments(params, boxes, scores, engine.tensor(inputs.labels))
    if is_soft(params):
        keep, final_scores = soft_nms(**arguments)
    else:
        run = nms_at_once if len(boxes) <= AT_ONCE else nms
        keep, final_scores = run(**arguments), scores
    listed = scores.argsort(descending=True, stable=True)[:LISTED]
    overlaps = overlap_of(params)(boxes[listed, None], boxes[None, listed])
    return Result(
        boxes=inputs.boxes,
        scores=inputs.scores,
        labels=inputs.labels,
        keep=engine.array(keep),
        final_scores=engine.array(final_scores),
        listed=engine.array(listed),
        overlaps=engine.array(overlaps),
    )


def listing(params: Params, inputs: Inputs) -> Call:
    """The method's own code, and that of what it calls while there are few enough boxes to follow."""
    given = (torch.tensor(inputs.boxes), torch.tensor(inputs.scores), torch.tensor(inputs.labels))
    measure = box_diou if params.method == "diou" else box_iou
    into: tuple[Any, ...] = ()
    if len(inputs.boxes) <= STEPS_INTO:
        decay = {"linear": (linear_decay,), "gaussian": (gaussian_decay,)}.get(params.method, ())
        into = (*decay, measure, *((box_iou,) if measure is box_diou else ()))
    function = soft_nms if is_soft(params) else nms
    return Call(function=function, arguments=_arguments(params, *given), into=into)


def arrays(result: Result) -> dict[str, NDArray[Any]]:
    """boxes (N, 4), scores (N,), labels (N,), keep (K,) in the order kept, kept_scores (K,)."""
    named = {name: getattr(result, name) for name in ("boxes", "scores", "labels", "keep")}
    return {**named, "kept_scores": result.final_scores[result.keep]}

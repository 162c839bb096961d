"""Non-maximum suppression: many boxes find one object; keep the best and let it silence its rivals.

All functions take `boxes` (N, 4) as x1, y1, x2, y2 in pixels, `scores` (N,) and `labels` (N,): boxes with
different labels never compete (all labels alike is class-agnostic suppression). Equal scores go in the
order of their indices. They return indices (K,) int64 in the order kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from engine.detection.boxes import box_iou, check_boxes

Overlap = Callable[[Tensor, Tensor], Tensor]
Decay = Callable[[Tensor], Tensor]


def check_detections(boxes: Tensor, scores: Tensor, labels: Tensor) -> None:
    """Refuse detections that do not fit together.

    Raises:
        ValueError: naming the argument, what it is and what it should be.
    """
    check_boxes(boxes)
    if boxes.dim() != 2:
        raise ValueError(f"boxes has shape {tuple(boxes.shape)}; it needs (N, 4): x1, y1, x2, y2.")
    for name, values in (("scores", scores), ("labels", labels)):
        if values.shape != boxes.shape[:1]:
            raise ValueError(f"{name} has shape {tuple(values.shape)}; it needs ({len(boxes)},), one a box.")
    if not torch.isfinite(scores).all():
        raise ValueError("scores holds NaN or infinity; a box without a score cannot be ranked.")


def nms(
    boxes: Tensor,
    scores: Tensor,
    labels: Tensor,
    iou_threshold: float,
    score_threshold: float = -math.inf,
    overlap_of: Overlap = box_iou,
) -> Tensor:
    """Greedy non-maximum suppression: a box goes when it overlaps a better one by *more* than the threshold.

    `overlap_of` measures the overlap: box_iou, or box_diou for DIoU-NMS (Zheng et al. 2020, sec. 3.4).
    Source: Neubeck & Van Gool 2006; Girshick et al. 2014.

    Raises:
        ValueError: see check_detections.
    """
    check_detections(boxes, scores, labels)
    order = scores.argsort(descending=True, stable=True)
    #> Sort the {len(order)} boxes by score, best first.
    order = order[scores[order] > score_threshold]
    #> {len(order)} of them score above {score_threshold:g} and compete.
    keep = []
    while len(order) > 0:
        best, rest = order[0], order[1:]
        #> Box {best} has the highest score left, {scores[best]:.2f}: it is kept.
        keep.append(best)
        overlap = overlap_of(boxes[best], boxes[rest])
        #> How much does each of the {len(rest)} others overlap box {best}?
        #> {f"At most {overlap.max():.2f}." if len(rest) else "None is left to judge."}
        rival = labels[rest] == labels[best]
        gone = rival & (overlap > iou_threshold)
        order = rest[~gone]
        #> Overlap with box {best} above {iou_threshold:g}: {gone.sum()} must go, {len(order)} stay in the race.
    return torch.stack(keep) if keep else order
    #> Nothing is left to judge: {len(result)} boxes are kept.


def nms_at_once(
    boxes: Tensor,
    scores: Tensor,
    labels: Tensor,
    iou_threshold: float,
    score_threshold: float = -math.inf,
    overlap_of: Overlap = box_iou,
) -> Tensor:
    """What `nms` keeps, with all overlaps measured at once: several times as fast for some hundreds of boxes, and N x N
    numbers at a time.

    Raises:
        ValueError: see check_detections.
    """
    check_detections(boxes, scores, labels)
    order = scores.argsort(descending=True, stable=True)
    order = order[scores[order] > score_threshold]
    boxes, labels = boxes[order], labels[order]
    silences = (overlap_of(boxes[:, None], boxes) > iou_threshold) & (labels[:, None] == labels)  # (N, N)
    stays, keep = ~silences.cpu().numpy(), []
    waits = np.ones(len(order), bool)
    for number in range(len(order)):
        if waits[number]:
            keep.append(number)
            waits &= stays[number]
    return order[torch.tensor(keep, dtype=torch.int64, device=order.device)]


def soft_nms(
    boxes: Tensor,
    scores: Tensor,
    labels: Tensor,
    decay: Decay,
    score_threshold: float = 0.001,
    overlap_of: Overlap = box_iou,
) -> tuple[Tensor, Tensor]:
    """Soft-NMS: a rival is not removed, its score fades the more it overlaps; then the best is chosen anew.

    `decay` turns overlaps into factors (linear_decay, gaussian_decay). A box is kept when its score is still
    at least `score_threshold` at its turn. Returns the indices (K,) and all scores (N,) as they ended; a
    kept box's is the one it was kept with.
    Source: Bodla et al. 2017, fig. 2, eq. 1-3.

    Raises:
        ValueError: see check_detections.
    """
    check_detections(boxes, scores, labels)
    scores = scores.clone()
    waiting = torch.ones_like(scores, dtype=torch.bool)
    #> All {len(scores)} boxes wait for their turn.
    keep: list[Tensor] = []
    while waiting.any():
        best = scores.masked_fill(~waiting, -math.inf).argmax()
        #> Of those still waiting, box {best} has the highest score: {scores[best]:.3f}.
        if scores[best] < score_threshold:
            break
            #> That is below {score_threshold:g}, and so is all the rest: stop.
        keep.append(best)
        waiting[best] = False
        overlap = overlap_of(boxes[best], boxes)
        rival = waiting & (labels == labels[best])
        factor = torch.where(rival, decay(overlap), torch.ones_like(overlap))
        scores = scores * factor
        #> Each rival fades by its overlap with box {best};
        #> the hardest hit keeps {factor.min():.0%} of its score.
    order = torch.stack(keep) if keep else torch.empty(0, dtype=torch.int64, device=scores.device)
    return order, scores
    #> Done: {len(order)} boxes are kept, in this order.


def linear_decay(overlap: Tensor, iou_threshold: float) -> Tensor:
    """Factors 1 - overlap where it is above the threshold, else 1 (Bodla et al. 2017, eq. 2)."""
    return torch.where(overlap > iou_threshold, 1 - overlap, torch.ones_like(overlap))
    #> 1 - IoU above {iou_threshold:g}, untouched below: the factor jumps at the threshold.


def gaussian_decay(overlap: Tensor, sigma: float) -> Tensor:
    """Factors exp(-overlap^2 / sigma) for every overlap, with no threshold (Bodla et al. 2017, eq. 3).

    `sigma` is above 0.
    """
    return torch.exp(-(overlap**2) / sigma)
    #> exp(-IoU^2 / {sigma:g}): every overlap costs something, smoothly.

"""Which priors answer for which truths: the assignment rules of YOLOv3, of its paper and of two programs.

The priors of an input of `size` x `size` pixels are numbered as Darknet's outputs are: by stride (32, 16, 8),
row, column and prior (see engine.detection.yolo). `truths` are boxes `(G, 4)` as x1, y1, x2, y2 in pixels of the
input, each with some area. Every rule returns `status` `(N,)` int64, POSITIVE, NEGATIVE or IGNORED, and
`matched` `(N,)` int64: the number of the truth that a positive prior answers for, else -1.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.detection.boxes import box_iou, check_boxes
from engine.detection.yolo import COCO_PRIORS

POSITIVE, NEGATIVE, IGNORED = 1, 0, -1
STRIDES = tuple(COCO_PRIORS)  # 32, 16, 8


def prior_count(size: int) -> int:
    """How many priors an input of `size` x `size` pixels has: three in every cell of the three grids."""
    return sum(3 * (size // stride) ** 2 for stride in STRIDES)


def anchors_of(stride: int, like: Tensor) -> Tensor:
    """The three priors `(3, 2)` of a stride, width and height in pixels, beside a tensor."""
    return torch.tensor(COCO_PRIORS[stride], dtype=like.dtype, device=like.device)


def check_truths(truths: Tensor, size: int) -> None:
    """Refuse truths that an input cannot hold.

    Raises:
        ValueError: the shape, a box turned inside out or without area, or one that reaches outside the input.
    """
    check_boxes(truths, "truths")
    if truths.dim() != 2:
        raise ValueError(f"truths has shape {tuple(truths.shape)}; it needs (G, 4): x1, y1, x2, y2.")
    if (truths[:, 2:] <= truths[:, :2]).any():
        raise ValueError("truths holds a box without area; each needs x1 < x2 and y1 < y2.")
    if (truths < 0).any() or (truths > size).any():
        raise ValueError(f"truths holds a box that reaches outside the {size} x {size} input.")


def shape_iou(box: Tensor, anchors: Tensor) -> Tensor:
    """IoU `(A,)` of a box `(4,)` and anchors `(A, 2)` (width, height) by shape alone: all centred on one point."""
    sides = box[2:] - box[:2]
    shared = torch.minimum(sides, anchors).prod(-1)
    return shared / (sides.prod() + anchors.prod(-1) - shared)


def cell_of(box: Tensor, stride: int, size: int) -> tuple[int, int]:
    """Row and column of the cell that a box's centre lies in; on a border the later cell, at the input's far
    edge the last one.
    """
    column, row = ((box[:2] + box[2:]) / (2 * stride)).long().clamp(max=size // stride - 1).tolist()
    return row, column


def prior_index(size: int, stride: int, row: int, column: int, number: int) -> int:
    """Where a prior stands in the order of Darknet's outputs: stride 32, 16, 8; row; column; prior."""
    before = sum(3 * (size // s) ** 2 for s in STRIDES if s > stride)
    return before + 3 * (row * (size // stride) + column) + number


def place_of(index: int, size: int) -> tuple[int, int, int, int]:
    """Stride, row, column and number of the prior at an index: the way back of prior_index."""
    for stride in STRIDES:
        cells = size // stride
        if index < 3 * cells**2:
            cell, number = divmod(index, 3)
            return stride, *divmod(cell, cells), number
        index -= 3 * cells**2
    raise ValueError(f"index is beyond the {prior_count(size):,} priors of a {size} x {size} input.")


def responsible_prior(truth: Tensor, size: int) -> int:
    """The one prior that answers for a truth `(4,)`: of all nine the one of the most similar shape, in the cell
    that holds the truth's centre. Known before any training. Of equal ones the first in the cfg file, the
    smallest, wins.

    Source: Redmon & Farhadi 2018, sec. 2.1; Darknet's yolo_layer.c, forward_yolo_layer.
    """
    anchors = torch.cat([anchors_of(stride, truth) for stride in reversed(STRIDES)])
    likeness = shape_iou(truth, anchors)
    #> Shape alone, all on one centre: IoU with the nine priors, {", ".join(f"{v:.2f}" for v in likeness.tolist())}.
    best = int(likeness.argmax())
    #> The most alike is {anchors[best, 0]:g} × {anchors[best, 1]:g}, with {likeness[best]:.2f}.
    stride = STRIDES[len(STRIDES) - 1 - best // 3]
    #> That prior lives on the grid of stride {stride}.
    row, column = cell_of(truth, stride, size)
    #> The truth's centre lies in that grid's row {row}, column {column}.
    return prior_index(size, stride, row, column, best % 3)
    #> It is number {result} of all priors.


def assign_best(truths: Tensor, boxes: Tensor, size: int, ignore_threshold: float) -> tuple[Tensor, Tensor]:
    """One prior a truth is positive; the others that overlap a truth by more than the threshold are ignored.

    `boxes` `(N, 4)` are what the overlap is measured with. The paper's rule takes the priors themselves and 0.5;
    Darknet takes the boxes that the network predicts just now, and `ignore_thresh` 0.7 of yolov3.cfg. A prior
    that two truths ask for goes to the later one.

    Source: Redmon & Farhadi 2018, sec. 2.1; Darknet's yolo_layer.c, forward_yolo_layer.

    Raises:
        ValueError: see check_truths.
    """
    check_truths(truths, size)
    status = torch.full((len(boxes),), NEGATIVE, device=boxes.device)
    #> All {len(boxes):,} priors begin as negative: they should answer "no object".
    matched = torch.full_like(status, -1)
    for number, truth in enumerate(truths):  # noqa: B007 - told in the narration
        overlap = box_iou(truth, boxes)
        #> Truth {number} overlaps the boxes by {overlap.max():.2f} at most.
        status[overlap > ignore_threshold] = IGNORED
        #> {(overlap > ignore_threshold).sum()} overlap by more than {ignore_threshold:g}: too good to be told "no".
    for number, truth in enumerate(truths):
        index = responsible_prior(truth, size)
        before = int(matched[index])  # noqa: F841 - told in the narration
        #> Prior {index} answers for truth {number}
        #> {f"and no longer for truth {before}: the later one overwrites it." if before >= 0 else "from now on."}
        status[index], matched[index] = POSITIVE, number
        #> It is positive, whatever it overlaps: it should answer "an object, here".
    return status, matched
    #> {(status == 1).sum()} positive, {(status == -1).sum()} ignored, {(status == 0).sum():,} negative.


def most_overlap(truths: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
    """The most that each box `(N, 4)` overlaps a truth `(G, 4)`, `(N,)`, and which truth that is, `(N,)` int64, of
    equal ones the first; 0 and -1 where it overlaps none.
    """
    if not len(truths):
        return boxes.new_zeros(len(boxes)), torch.full((len(boxes),), -1, device=boxes.device)
    most, which = torch.stack([box_iou(truth, boxes) for truth in truths]).max(0)
    return most, which.masked_fill(most <= 0, -1)


def assign_overlaps(most: Tensor, owners: Tensor, ignore_threshold: float) -> tuple[Tensor, Tensor]:
    """`assign_best`, where the most that each box overlaps a truth `(N,)` and each truth's responsible prior `(G,)`
    int64 are known already: for pictures that follow a slider.
    """
    status = torch.where(most > ignore_threshold, IGNORED, NEGATIVE)
    matched = torch.full_like(status, -1)
    for number, index in enumerate(owners.tolist()):
        status[index], matched[index] = POSITIVE, number
    return status, matched


def cells_near(box: Tensor, stride: int, size: int) -> list[tuple[int, int]]:
    """The cell (row, column) of a box's centre, and its neighbour across each border that is less than half a
    cell away, where there is one: up to three.
    """
    row, column = cell_of(box, stride, size)
    x, y = ((box[:2] + box[2:]) / (2 * stride)).tolist()
    cells, last = [(row, column)], size // stride - 1
    if x % 1 < 0.5 and x > 1:
        cells.append((row, column - 1))
    if y % 1 < 0.5 and y > 1:
        cells.append((row - 1, column))
    if x % 1 > 0.5 and column < last:
        cells.append((row, column + 1))
    if y % 1 > 0.5 and row < last:
        cells.append((row + 1, column))
    return cells


def assign_ratio(truths: Tensor, size: int, ratio_limit: float = 4.0) -> tuple[Tensor, Tensor]:
    """Every prior whose sides are near enough to the truth's is positive, in its cell and the nearest two.

    Near enough: neither side is `ratio_limit` times the other or more. No prior is ignored. Where truths ask for
    the same prior, the later one stands here; the program leaves that open, and lets both pull at the box.

    Source: ultralytics/yolov3 from v9.6.0 (November 2021) on, utils/loss.py, build_targets, with anchor_t 4.0.
    Releases 9.0 to 9.5.0 left the neighbours out; 8 asked for a shape IoU above 0.2 instead.

    Raises:
        ValueError: see check_truths.
    """
    check_truths(truths, size)
    status = torch.full((prior_count(size),), NEGATIVE, device=truths.device)
    #> All {len(status):,} priors begin as negative.
    matched = torch.full_like(status, -1)
    for number, truth in enumerate(truths):
        for stride in STRIDES:
            ratio = (truth[2:] - truth[:2]) / anchors_of(stride, truth)
            worst = torch.maximum(ratio, 1 / ratio).amax(-1)
            #> Stride {stride}: the sides of truth {number} and the three priors differ by factors of up to
            #> {", ".join(f"{w:.1f}" for w in worst.tolist())}.
            fits = (worst < ratio_limit).nonzero().flatten()
            #> {len(fits)} of the three stay below {ratio_limit:g}.
            for row, column in cells_near(truth, stride, size):
                index = prior_index(size, stride, row, column, 0) + fits
                status[index], matched[index] = POSITIVE, number
                #> Row {row}, column {column}: {len(fits)} priors are positive for truth {number}.
    return status, matched
    #> {(status == 1).sum()} positive, none ignored, {(status == 0).sum():,} negative.

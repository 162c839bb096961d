"""YOLO's box coding: what four numbers of a head mean as a box, and which four a box would need.

A prior (anchor) is a width and a height in pixels and nothing else; the cell it stands in gives the place.
Boxes are `(..., 4)` x1, y1, x2, y2 in pixels, t is `(..., 4)` tx, ty, tw, th, priors are `(..., 2)` width,
height in pixels, cells `(..., 2)` column, row, strides a number or `(..., 1)` pixels a cell; all broadcast.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from engine.detection.boxes import check_boxes

# The nine priors of YOLOv3 on COCO, width x height in pixels at 416 x 416, by stride: Redmon 2018, sec. 2.3.
COCO_PRIORS: dict[int, tuple[tuple[float, float], ...]] = {
    32: ((116, 90), (156, 198), (373, 326)),
    16: ((30, 61), (62, 45), (59, 119)),
    8: ((10, 13), (16, 30), (33, 23)),
}


class Places(NamedTuple):
    """Where each of N priors stands, in Darknet's output order."""

    priors: Tensor  # (N, 2) width, height in pixels
    cells: Tensor  # (N, 2) column, row
    strides: Tensor  # (N, 1) pixels a cell


def grid_places(rows: int, columns: int, priors: Tensor, stride: float) -> Places:
    """Every prior (A, 2) in every cell of one grid, N = rows * columns * A: by row, column, prior.

    Raises:
        ValueError: priors that are none, or a stride that is not above 0.
    """
    check_priors(priors)
    if not stride > 0:
        raise ValueError(f"stride is {stride}; it needs pixels a cell, above 0.")
    count = len(priors)
    row, column, prior = torch.meshgrid(*(torch.arange(n) for n in (rows, columns, count)), indexing="ij")
    cells = torch.stack([column, row], -1).reshape(-1, 2).to(priors)
    strides = torch.full((len(cells), 1), float(stride)).to(priors)
    return Places(priors[prior.reshape(-1).to(priors.device)], cells, strides)


def prior_places(
    size: int | tuple[int, int],
    priors: dict[int, tuple[tuple[float, float], ...]] = COCO_PRIORS,
    dtype: torch.dtype = torch.float32,
) -> Places:
    """All priors of a network over an image of `size` (height, width) pixels, or a square of that side.

    In Darknet's output order: stride 32, 16, 8 (the order of `priors`); row; column; prior. A side of 256
    has 4,032 of them, 416 has 10,647.

    Raises:
        ValueError: a side that is no multiple of every stride.
    """
    height, width = (size, size) if isinstance(size, int) else size
    grids = []
    for stride, sizes in priors.items():
        if height <= 0 or width <= 0 or height % stride or width % stride:
            raise ValueError(f"size is {height} x {width}; its sides need to be multiples of the stride, {stride}.")
        grids.append(grid_places(height // stride, width // stride, torch.tensor(sizes, dtype=dtype), stride))
    return Places(*(torch.cat(parts) for parts in zip(*grids, strict=True)))


def prior_boxes(
    size: int | tuple[int, int],
    priors: dict[int, tuple[tuple[float, float], ...]] = COCO_PRIORS,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """The priors of `prior_places` as boxes `(N, 4)`, each in the middle of its cell: what t = 0 decodes to.

    Raises:
        ValueError: a side that is no multiple of every stride.
    """
    places = prior_places(size, priors, dtype)
    return decode(torch.zeros(len(places.cells), 4, dtype=dtype), *places)


def cells_of(boxes: Tensor, stride: Tensor | float) -> Tensor:
    """The cell `(..., 2)` column, row that each box's centre lies in: it alone may answer for the box."""
    return torch.floor((boxes[..., :2] + boxes[..., 2:]) / 2 / stride)


def decode(t: Tensor, priors: Tensor, cells: Tensor, stride: Tensor | float) -> Tensor:
    """Boxes `(..., 4)` of predictions t: the sigmoid holds the centre in its cell, the prior is scaled by e^t.

    Source: Redmon & Farhadi 2017, sec. 2; 2018, sec. 2.1.
    """
    offset = torch.sigmoid(t[..., :2])
    #> The sigmoid turns tx, ty = {t[0]:.3g}, {t[1]:.3g} into parts of the cell: {offset[0]:.3f} and {offset[1]:.3f}.
    centre = (offset + cells) * stride
    #> The cell is column {cells[0]:g}, row {cells[1]:g}. In pixels the centre is ({centre[0]:.1f}, {centre[1]:.1f}).
    scale = torch.exp(t[..., 2:])
    #> e to the power of tw, th = {t[2]:.3g}, {t[3]:.3g} is {scale[0]:.3f} and {scale[1]:.3f}: always above 0.
    size = priors * scale
    #> The prior is {priors[0]:g} by {priors[1]:g}, so the box is {size[0]:.1f} by {size[1]:.1f} pixels.
    return torch.cat([centre - size / 2, centre + size / 2], -1)
    #> Half of that to each side of the centre: x1, y1, x2, y2 = {", ".join(f"{v:.1f}" for v in result)}.


def encode(boxes: Tensor, priors: Tensor, cells: Tensor, stride: Tensor | float) -> Tensor:
    """The t `(..., 4)` that decodes to each box: the inverse of `decode`.

    A centre on the edge of its cell, or a side of 0, needs an infinite t: no finite one reaches it.
    Source: Redmon & Farhadi 2018, sec. 2.1, inverted.

    Raises:
        ValueError: boxes that are none, or a centre outside its cell, where no t can reach it.
    """
    check_boxes(boxes)
    centre = (boxes[..., :2] + boxes[..., 2:]) / 2
    #> The box's centre is ({centre[0]:.1f}, {centre[1]:.1f}).
    offset = centre / stride - cells
    #> Measured in cells, from the corner of cell ({cells[0]:g}, {cells[1]:g}): {offset[0]:.3f}, {offset[1]:.3f}.
    check_offset(offset)
    position = torch.logit(offset)
    #> That is what the sigmoid must give. Its inverse, the logit, is tx, ty = {position[0]:.3f}, {position[1]:.3f}.
    ratio = (boxes[..., 2:] - boxes[..., :2]) / priors
    #> Its sides, measured by the prior's: {ratio[0]:.3f} and {ratio[1]:.3f}.
    return torch.cat([position, torch.log(ratio)], -1)
    #> The logarithms of these are tw, th = {result[2]:.3f}, {result[3]:.3f}.


def check_offset(offset: Tensor) -> None:
    """Refuse centres that lie outside their cells.

    Raises:
        ValueError: naming the first such offset.
    """
    outside = ((offset < 0) | (offset > 1)).any(-1)
    if outside.any():
        x, y = offset[outside][0].tolist()
        raise ValueError(
            f"boxes holds a centre at ({x:.4g}, {y:.4g}) of its cell; it needs to lie in the cell, 0 to 1 each way."
        )


def check_priors(priors: Tensor) -> None:
    """Refuse priors that are not `(A, 2)` widths and heights above 0.

    Raises:
        ValueError: saying what they are.
    """
    if priors.dim() != 2 or priors.shape[1] != 2 or not len(priors):
        raise ValueError(f"priors has shape {tuple(priors.shape)}; it needs (A, 2): width and height in pixels.")
    if not (torch.isfinite(priors) & (priors > 0)).all():
        raise ValueError("priors holds a side that is not a finite number above 0.")


class Decoded(NamedTuple):
    """What a head says: N = H * W * A predictions by row, column, prior."""

    boxes: Tensor  # (N, 4) x1, y1, x2, y2 in pixels
    objectness: Tensor  # (N,) in 0..1: is there an object?
    class_scores: Tensor  # (N, C) in 0..1: a sigmoid each; they need not add up to 1


def decode_head(head: Tensor, priors: Tensor, stride: float) -> Decoded:
    """A raw head (A * (5 + C), H, W) as boxes: per prior tx, ty, tw, th, the objectness and C class logits.

    Source: Redmon & Farhadi 2018, sec. 2.1-2.3.

    Raises:
        ValueError: channels that do not fit the priors, priors that are none, or a stride not above 0.
    """
    check_priors(priors)
    if head.dim() != 3 or head.shape[0] % len(priors) or head.shape[0] // len(priors) < 5:
        raise ValueError(
            f"head has shape {tuple(head.shape)}; {len(priors)} priors need (A * (5 + C), H, W), "
            f"with {len(priors)} * (5 + C) channels: {5 * len(priors)}, {6 * len(priors)}, {7 * len(priors)}, ..."
        )
    channels, rows, columns = head.shape
    raw = head.reshape(len(priors), channels // len(priors), rows, columns).permute(2, 3, 0, 1)
    raw = raw.reshape(rows * columns * len(priors), -1)  # (N, 5 + C), by row, column, prior
    places = grid_places(rows, columns, priors, stride)
    boxes = decode(raw[:, :4], *places)
    return Decoded(boxes, torch.sigmoid(raw[:, 4]), torch.sigmoid(raw[:, 5:]))


def class_scores(objectness: Tensor, logits: Tensor) -> Tensor:
    """The scores `(C,)` of one prediction: is there an object (a logit ()), and is it of each class (C,)?

    Source: Redmon et al. 2016, eq. 1; Redmon & Farhadi 2018, sec. 2.2.
    """
    is_object = torch.sigmoid(objectness)
    #> The objectness: sigmoid({objectness:.2f}) = {is_object:.3f}.
    of_class = torch.sigmoid(logits)
    #> Each class has a sigmoid of its own: {", ".join(f"{p:.3f}" for p in of_class)}; the sum is {of_class.sum():.2f}.
    return is_object * of_class
    #> A score is the product of both; the best is {f"{result.max():.3f}" if len(result) else "none"}.

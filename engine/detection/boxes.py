"""Boxes `(..., 4)` as x1, y1, x2, y2 in pixels, width = x2 - x1, and how much they overlap."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def check_boxes(boxes: Tensor, name: str = "boxes") -> None:
    """Refuse what is not `(..., 4)` boxes with x1 <= x2 and y1 <= y2.

    Raises:
        ValueError: the shape, a value that is not finite, or a box turned inside out.
    """
    if boxes.shape[-1:] != (4,):
        raise ValueError(f"{name} has shape {tuple(boxes.shape)}; it needs (..., 4): x1, y1, x2, y2.")
    if not torch.isfinite(boxes).all():
        raise ValueError(f"{name} holds a value that is not finite.")
    if (boxes[..., :2] > boxes[..., 2:]).any():
        raise ValueError(f"{name} holds a box with x2 < x1 or y2 < y1; corners are x1, y1, x2, y2.")


def box_area(boxes: Tensor, extra: float = 0.0) -> Tensor:
    """Areas `(...)` of boxes `(..., 4)`, in square pixels.

    `extra` is added to widths and heights: 1 is the legacy convention in which x2 names the last pixel
    inside the box.
    """
    width = boxes[..., 2] - boxes[..., 0] + extra
    height = boxes[..., 3] - boxes[..., 1] + extra
    return width * height


def box_iou(a: Tensor, b: Tensor, extra: float = 0.0) -> Tensor:
    """Intersection over union `(...)` of boxes a `(..., 4)` and b `(..., 4)`, broadcast together; in 0..1.

    Two boxes without any area have IoU 0. Source: Jaccard 1912; Everingham et al. 2010, sec. 4.2.
    """
    top_left = torch.maximum(a[..., :2], b[..., :2])  #> The shared part begins at the larger x1 and y1,
    bottom_right = torch.minimum(a[..., 2:], b[..., 2:])  #> and ends at the smaller x2 and y2.
    sides = (bottom_right - top_left + extra).clamp(min=0)  #> Its sides; boxes apart have none.
    intersection = sides[..., 0] * sides[..., 1]  #> Its area is width times height.
    union = box_area(a, extra) + box_area(b, extra) - intersection  #> The union: both areas, the shared part once.
    return intersection / torch.where(union > 0, union, torch.ones_like(union))  #> IoU: the shared part of it.


def box_diou(a: Tensor, b: Tensor, extra: float = 0.0) -> Tensor:
    """Distance-IoU `(...)`: IoU less the squared distance of the centres, measured by the squared diagonal
    of the box that encloses both; in (-1, 1], and -1 for two points. Source: Zheng et al. 2020, eq. 5-7.
    """
    iou = box_iou(a, b, extra)  #> How much they share: IoU.
    offset = ((a[..., :2] + a[..., 2:]) - (b[..., :2] + b[..., 2:])) / 2  #> The way from centre to centre,
    distance = (offset**2).sum(-1)  #> and its length squared, rho².
    enclosing = torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2]) + extra
    diagonal = (enclosing**2).sum(-1)  #> The enclosing box's diagonal squared, c².
    penalty = distance / torch.where(diagonal > 0, diagonal, torch.ones_like(diagonal))  #> The penalty is rho² / c².
    return iou - penalty  #> The further apart the centres, the less it counts as overlap.


def box_giou(a: Tensor, b: Tensor, extra: float = 0.0) -> Tensor:
    """Generalised IoU `(...)`: IoU less the part of the enclosing box that neither box covers; in (-1, 1].

    Source: Rezatofighi et al. 2019, algorithm 1.
    """
    return giou_of(box_iou(a, b, extra), a, b, extra)


def giou_of(iou: Tensor, a: Tensor, b: Tensor, extra: float = 0.0) -> Tensor:
    """`box_giou` where the IoU `(...)` is known already."""
    union = (box_area(a, extra) + box_area(b, extra)) / (1 + iou)  # of which IoU is shared: both make up the two areas
    enclosing = torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2]) + extra
    area = enclosing[..., 0] * enclosing[..., 1]
    empty = torch.where(area > 0, (area - union) / area, torch.zeros_like(area))
    return iou - empty


def box_ciou(a: Tensor, b: Tensor, extra: float = 0.0, gate: bool = False) -> Tensor:
    """Complete IoU `(...)` of predicted boxes a and true boxes b: DIoU less alpha v, where v is how much
    their aspect ratios differ and alpha = v / (1 - IoU + v); in (-1.5, 1].

    With `gate`, alpha is 0 where IoU < 0.5. Source: Zheng et al. 2020, eq. 8-11; the gate: Zheng et al. 2021.
    """
    return ciou_of(box_iou(a, b, extra), box_diou(a, b, extra), a, b, extra, gate)


def ciou_of(
    iou: Tensor, diou: Tensor, a: Tensor, b: Tensor, extra: float = 0.0, gate: bool = False
) -> Tensor:
    """`box_ciou` where IoU and DIoU `(...)` are known already."""
    width, height = (a[..., 2:] - a[..., :2] + extra).unbind(-1)
    true_width, true_height = (b[..., 2:] - b[..., :2] + extra).unbind(-1)
    turn = torch.atan2(true_width, true_height) - torch.atan2(width, height)
    v = 4 / math.pi**2 * turn**2  # a right angle makes 1
    alpha = torch.where(v > 0, v / (1 - iou + v), v)
    if gate:
        alpha = torch.where(iou < 0.5, torch.zeros_like(alpha), alpha)
    return diou - alpha * v

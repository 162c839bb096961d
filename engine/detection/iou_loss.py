"""The IoU losses: how far a predicted box is from the true one, and where each loss pulls it.

`pred` and `target` are boxes `(..., 4)` as x1, y1, x2, y2 in pixels, width = x2 - x1, broadcast together, at
least one of each pair with some area. Each loss is 1 less its measure, `(...)`. The four are written out one
by one, to be read and stepped through.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from engine.detection.boxes import check_boxes

LossName = Literal["iou", "giou", "diou", "ciou"]
NAMES: tuple[LossName, ...] = ("iou", "giou", "diou", "ciou")


def intersection_and_union(pred: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """The areas `(...)` that two boxes share, and cover together."""
    top_left = torch.maximum(pred[..., :2], target[..., :2])
    bottom_right = torch.minimum(pred[..., 2:], target[..., 2:])
    sides = (bottom_right - top_left).clamp(min=0)
    #> The shared part is {sides[0]:.4g} wide and {sides[1]:.4g} high.
    intersection = sides[..., 0] * sides[..., 1]
    areas = [(box[..., 2] - box[..., 0]) * (box[..., 3] - box[..., 1]) for box in (pred, target)]
    #> The boxes cover {areas[0]:.4g} and {areas[1]:.4g}.
    return intersection, areas[0] + areas[1] - intersection
    #> Together they cover {result[1]:.4g}: the shared {intersection:.4g} counts once.


def iou_loss(pred: Tensor, target: Tensor) -> Tensor:
    """1 - IoU, in 0..1: 1 and flat wherever the boxes are apart.

    Source: after Yu et al. 2016, whose loss is -ln IoU.
    """
    intersection, union = intersection_and_union(pred, target)
    #> The boxes share {intersection:.4g} of the {union:.4g} that they cover together.
    iou = intersection / union
    #> IoU = {intersection:.4g} / {union:.4g} = {iou:.3f}.
    return 1 - iou
    #> The loss is 1 - {iou:.3f} = {result:.3f}.


def giou_loss(pred: Tensor, target: Tensor) -> Tensor:
    """1 - GIoU, in [0, 2): the enclosing box's empty part pulls boxes that are apart.

    Source: Rezatofighi et al. 2019, algorithm 1.
    """
    intersection, union = intersection_and_union(pred, target)
    #> The boxes share {intersection:.4g} of the {union:.4g} that they cover together.
    iou = intersection / union
    #> IoU = {intersection:.4g} / {union:.4g} = {iou:.3f}.
    enclosing = torch.maximum(pred[..., 2:], target[..., 2:]) - torch.minimum(pred[..., :2], target[..., :2])
    hull = enclosing[..., 0] * enclosing[..., 1]
    #> The smallest box around both has area {hull:.4g}.
    empty = (hull - union) / hull
    #> {hull - union:.4g} of it is in neither box: the part {empty:.3f}.
    giou = iou - empty
    #> GIoU = {iou:.3f} - {empty:.3f} = {giou:.3f}.
    return 1 - giou
    #> The loss is 1 - GIoU = {result:.3f}.


def diou_loss(pred: Tensor, target: Tensor) -> Tensor:
    """1 - DIoU, in [0, 2): the distance of the centres pulls.

    Source: Zheng et al. 2020, eq. 5-7.
    """
    intersection, union = intersection_and_union(pred, target)
    #> The boxes share {intersection:.4g} of the {union:.4g} that they cover together.
    iou = intersection / union
    #> IoU = {intersection:.4g} / {union:.4g} = {iou:.3f}.
    offset = (pred[..., :2] + pred[..., 2:] - target[..., :2] - target[..., 2:]) / 2
    distance = (offset**2).sum(-1)
    #> From centre to centre it is {offset[0]:.4g} across and {offset[1]:.4g} down: rho² = {distance:.4g}.
    enclosing = torch.maximum(pred[..., 2:], target[..., 2:]) - torch.minimum(pred[..., :2], target[..., :2])
    diagonal = (enclosing**2).sum(-1)
    #> The enclosing box's diagonal, squared: c² = {diagonal:.4g}.
    diou = iou - distance / diagonal
    #> DIoU = {iou:.3f} - {distance:.4g} / {diagonal:.4g} = {diou:.3f}.
    return 1 - diou
    #> The loss is 1 - DIoU = {result:.3f}.


def ciou_loss(pred: Tensor, target: Tensor, gate: bool = False) -> Tensor:
    """1 - CIoU = 1 - IoU + rho^2 / c^2 + alpha v, where alpha is a constant to the gradient.

    With `gate`, alpha is 0 where IoU < 0.5 (Zheng et al. 2021, and the authors' code).
    Source: Zheng et al. 2020, eq. 8-11.
    """
    intersection, union = intersection_and_union(pred, target)
    iou = intersection / union
    #> IoU = {intersection:.4g} / {union:.4g} = {iou:.3f}.
    offset = (pred[..., :2] + pred[..., 2:] - target[..., :2] - target[..., 2:]) / 2
    distance = (offset**2).sum(-1)
    #> The squared distance of the centres: rho² = {distance:.4g}.
    enclosing = torch.maximum(pred[..., 2:], target[..., 2:]) - torch.minimum(pred[..., :2], target[..., :2])
    diagonal = (enclosing**2).sum(-1)
    #> The enclosing box's diagonal, squared: c² = {diagonal:.4g}.
    width, height = (pred[..., 2:] - pred[..., :2]).unbind(-1)
    true_width, true_height = (target[..., 2:] - target[..., :2]).unbind(-1)
    turn = torch.atan2(true_width, true_height) - torch.atan2(width, height)
    #> The shapes as angles, arctan(width / height): they differ by {abs(math.degrees(turn)):.1f} degrees.
    v = 4 / math.pi**2 * turn**2
    #> Squared, in right angles: v = {v:.4f}.
    with torch.no_grad():
        alpha = torch.where(v > 0, v / (1 - iou + v), v)
        #> Its weight alpha = v / (1 - IoU + v) = {alpha:.4f} is a constant to the gradient.
        if gate:
            alpha = torch.where(iou < 0.5, torch.zeros_like(alpha), alpha)
            #> {"IoU is below 0.5" if iou < 0.5 else "IoU is at least 0.5"}: alpha is {alpha:.4f}.
    return 1 - iou + distance / diagonal + alpha * v
    #> The loss is 1 - {iou:.3f} + {distance / diagonal:.3f} + {alpha * v:.3f} = {result:.3f}.


LOSSES: dict[LossName, Callable[..., Tensor]] = {
    "iou": iou_loss, "giou": giou_loss, "diou": diou_loss, "ciou": ciou_loss,
}


def check_pair(pred: Tensor, target: Tensor) -> None:
    """Refuse a pair of boxes that the losses are not defined for.

    Raises:
        ValueError: a box is none, or neither of a pair has any area.
    """
    check_boxes(pred, "pred")
    check_boxes(target, "target")
    has_area = [(box[..., 2:] > box[..., :2]).all(-1) for box in (pred, target)]
    if not (has_area[0] | has_area[1]).all():
        raise ValueError("pred and target have no area, neither of them; one of the two must have some.")


def loss_and_gradient(name: LossName, pred: Tensor, target: Tensor, gate: bool = False) -> tuple[Tensor, Tensor]:
    """A loss `(...)` and its gradient `(..., 4)` by the corners of `pred`, from autograd.

    Raises:
        ValueError: boxes that the losses are not defined for.
    """
    check_pair(pred, target)
    moving = pred.detach().clone().requires_grad_()
    loss = ciou_loss(moving, target, gate) if name == "ciou" else LOSSES[name](moving, target)
    (gradient,) = torch.autograd.grad(loss.sum(), moving)
    return loss.detach(), gradient


# ---------------------------------------------------------------------------- a race, by closed form


Box = tuple[float, float, float, float]
SMALLEST = 1e-3  # sides of a box under way, in sides of the target; a step may not turn it inside out
LONGEST = 0.08  # length of a step (of all four numbers), in sides of the target


def slope(name: LossName, pred: Box, target: Box, gate: bool = False) -> tuple[float, Box]:
    """The loss of one pair of boxes, and its gradient, as plain numbers: what autograd gives, written out.

    A hundred steps of four losses take a few milliseconds so, and a tenth of a second by autograd. Where two
    edges lie on one another each has half of the slope.
    """
    x1, y1, x2, y2 = pred
    u1, v1, u2, v2 = target
    width, height, true_width, true_height = x2 - x1, y2 - y1, u2 - u1, v2 - v1
    # whose edge is the inner one (1 that of pred), where that lies, and the outer one: max and min take longer
    left, l_in, l_out = (1.0, x1, u1) if x1 > u1 else (0.5 if x1 == u1 else 0.0, u1, x1)
    top, t_in, t_out = (1.0, y1, v1) if y1 > v1 else (0.5 if y1 == v1 else 0.0, v1, y1)
    right, r_in, r_out = (1.0, x2, u2) if x2 < u2 else (0.5 if x2 == u2 else 0.0, u2, x2)
    bottom, b_in, b_out = (1.0, y2, v2) if y2 < v2 else (0.5 if y2 == v2 else 0.0, v2, y2)
    w, h = r_in - l_in, b_in - t_in
    meet = w >= 0 and h >= 0
    by_x, by_y = (h, w) if meet else (0.0, 0.0)  # what an inner edge that moves adds to the shared part
    shared = w * h if meet else 0.0
    union = width * height + true_width * true_height - shared
    iou = shared / union
    both = (1 + iou) / union  # d iou = both * d shared - alone * d area
    alone = iou / union
    loss = 1 - iou
    g1 = both * left * by_x - alone * height
    g2 = both * top * by_y - alone * width
    g3 = alone * height - both * right * by_x
    g4 = alone * width - both * bottom * by_y
    if name == "iou":
        return loss, (g1, g2, g3, g4)
    across, down = r_out - l_out, b_out - t_out
    outer = (left - 1, top - 1, 1 - right, 1 - bottom)  # of across, down, across, down
    if name == "giou":
        hull = across * down
        more = union / (hull * hull)
        return loss + (hull - union) / hull, (
            g1 + more * outer[0] * down + (height - left * by_x) / hull,
            g2 + more * outer[1] * across + (width - top * by_y) / hull,
            g3 + more * outer[2] * down - (height - right * by_x) / hull,
            g4 + more * outer[3] * across - (width - bottom * by_y) / hull,
        )
    offset_x, offset_y = (x1 + x2 - u1 - u2) / 2, (y1 + y2 - v1 - v2) / 2
    distance, diagonal = offset_x**2 + offset_y**2, across**2 + down**2
    loss += distance / diagonal
    offset_x, offset_y = offset_x / diagonal, offset_y / diagonal
    less = 2 * distance / (diagonal * diagonal)
    across, down = less * across, less * down
    g1 += offset_x - across * outer[0]
    g2 += offset_y - down * outer[1]
    g3 += offset_x - across * outer[2]
    g4 += offset_y - down * outer[3]
    if name == "diou" or (gate and iou < 0.5):
        return loss, (g1, g2, g3, g4)
    turn = math.atan2(true_width, true_height) - math.atan2(width, height)
    v = 4 / math.pi**2 * turn**2
    alpha = v / (1 - iou + v) if v > 0 else 0.0
    rate = -8 / math.pi**2 * turn * alpha / (width**2 + height**2)  # alpha dv/dwidth = rate height
    return loss + alpha * v, (g1 - rate * height, g2 + rate * width, g3 + rate * height, g4 - rate * width)


def descent(
    name: LossName, pred: Tensor, target: Tensor, steps: int, lr: float, gate: bool = False
) -> tuple[Tensor, Tensor]:
    """Gradient descent of a loss from `pred` (4,): the boxes on the way (steps + 1, 4), the first one `pred`,
    and the losses (steps + 1,).

    Lengths are measured so that `target` (4,) has area 1, as in the simulation of Zheng et al. 2020, sec. 3.1:
    the same picture at another scale takes the same way. The step is `lr` for half of the way and then falls
    linearly to 0, and none is longer than LONGEST of a side (the gradient is clipped), or the kinks of the
    loss would be jumped over for ever.

    Raises:
        ValueError: boxes that are none, or a target without any area.
    """
    check_pair(pred, target)
    true = _as_box(target)
    if (true[2] - true[0]) * (true[3] - true[1]) <= 0:
        raise ValueError("target has no area; the way to it has no scale.")
    path, losses = way_down(name, _as_box(pred), true, steps, lr, gate)
    return torch.tensor(path, dtype=pred.dtype), torch.tensor(losses, dtype=pred.dtype)


def way_down(
    name: LossName, pred: Box, target: Box, steps: int, lr: float, gate: bool = False
) -> tuple[list[Box], list[float]]:
    """`descent` in plain numbers, for boxes that are known to be some, and a target with some area."""
    area = (target[2] - target[0]) * (target[3] - target[1])
    side = math.sqrt(area)
    least = SMALLEST * side
    x1, y1, x2, y2 = pred
    loss, (g1, g2, g3, g4) = slope(name, pred, target, gate)
    path, losses = [pred], [loss]
    for step in range(steps):
        if not (g1 or g2 or g3 or g4):  # nothing pulls, and nothing will
            path += [path[-1]] * (steps - step)
            losses += [loss] * (steps - step)
            break
        norm = math.hypot(g1, g2, g3, g4) * side
        stride = (LONGEST / norm if norm * lr > LONGEST else lr) * area
        if 2 * step > steps:
            stride *= 2 - 2 * step / steps
        x1, y1, x2, y2 = x1 - stride * g1, y1 - stride * g2, x2 - stride * g3, y2 - stride * g4
        if x2 - x1 < least:
            x1, x2 = (x1 + x2 - least) / 2, (x1 + x2 + least) / 2
        if y2 - y1 < least:
            y1, y2 = (y1 + y2 - least) / 2, (y1 + y2 + least) / 2
        box = (x1, y1, x2, y2)
        loss, (g1, g2, g3, g4) = slope(name, box, target, gate)
        path.append(box)
        losses.append(loss)
    return path, losses


def _as_box(box: Tensor) -> Box:
    x1, y1, x2, y2 = box.tolist()
    return x1, y1, x2, y2

"""Box regression of R-CNN: the offsets from a proposal to a box, and how wrong predicted offsets are.

Boxes are `(..., 4)` x1, y1, x2, y2 in pixels. Offsets t are `(..., 4)`: the way of the centre in widths and
heights of the proposal, and the logarithms of the ratios of the sides. No offset is a box: both are relative
to the proposal.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.detection.boxes import check_boxes


def offsets(boxes: Tensor, proposals: Tensor) -> Tensor:
    """The offsets `(..., 4)` that lead from each proposal to its box; both need some area.

    Source: Girshick et al. 2014, appendix C, eq. 6-9.
    """
    place = (proposals[..., :2] + proposals[..., 2:]) / 2
    size = proposals[..., 2:] - proposals[..., :2]
    #> The proposal stands at ({place[0]:.1f}, {place[1]:.1f}) and is {size[0]:.1f} by {size[1]:.1f}.
    moved = ((boxes[..., :2] + boxes[..., 2:]) / 2 - place) / size
    #> The box's centre is {moved[0]:.3f} of its width and {moved[1]:.3f} of its height away.
    scale = torch.log((boxes[..., 2:] - boxes[..., :2]) / size)
    #> The logarithms of the ratios of width and height are {scale[0]:.3f} and {scale[1]:.3f}.
    return torch.cat([moved, scale], -1)


def moved_by(proposals: Tensor, t: Tensor) -> Tensor:
    """The boxes `(..., 4)` that offsets t lead to: the inverse of `offsets`.

    Source: Girshick et al. 2014, appendix C, eq. 1-4.
    """
    size = proposals[..., 2:] - proposals[..., :2]
    centre = (proposals[..., :2] + proposals[..., 2:]) / 2 + t[..., :2] * size
    half = size * torch.exp(t[..., 2:]) / 2
    return torch.cat([centre - half, centre + half], -1)


def smooth_l1(difference: Tensor, beta: float = 1.0) -> Tensor:
    """d^2 / (2 beta) where |d| < beta, and |d| - beta / 2 beyond: each element by itself, `(...)`.

    Source: Girshick 2015, eq. 3 (beta = 1).

    Raises:
        ValueError: beta is below 0.
    """
    if not beta >= 0:
        raise ValueError(f"beta is {beta}; it needs a number from 0 up (0 is the absolute value).")
    far = difference.abs()
    if beta == 0:
        return far
    return torch.where(far < beta, far**2 / (2 * beta), far - beta / 2)


def box_loss(pred: Tensor, target: Tensor, proposal: Tensor, positive: bool = True, beta: float = 1.0) -> Tensor:
    """The loss () of one predicted box (4,): smooth L1 of its offsets less those of the target, summed over
    x, y, w, h; 0 for a proposal that holds no object.

    Source: Girshick 2015, eq. 1-3.

    Raises:
        ValueError: boxes that are none or have no area, or a beta below 0.
    """
    check_triple(pred, target, proposal)
    t = offsets(pred, proposal)
    #> From the proposal to the predicted box: t = {", ".join(f"{v:.3f}" for v in t)}.
    t_true = offsets(target, proposal)
    #> From the proposal to the true box: t* = {", ".join(f"{v:.3f}" for v in t_true)}.
    difference = t - t_true
    #> What counts is how they differ: {", ".join(f"{v:.3f}" for v in difference)}.
    terms = smooth_l1(difference, beta)
    #> Smooth L1 of each, squared while small, straight when large: {", ".join(f"{v:.4f}" for v in terms)}.
    if not positive:
        terms = torch.zeros_like(terms)
        #> The proposal holds no object (u = 0): there is no true box to regress to.
    return terms.sum()
    #> The box loss is their sum, {result:.4f}.


def check_triple(pred: Tensor, target: Tensor, proposal: Tensor) -> None:
    """Refuse boxes between which there are no offsets.

    Raises:
        ValueError: a box is none, or has no area.
    """
    for name, box in (("pred", pred), ("target", target), ("proposal", proposal)):
        check_boxes(box, name)
        if not (box[..., :2] < box[..., 2:]).all():
            raise ValueError(f"{name} has no area; offsets are measured by sides, and need some.")

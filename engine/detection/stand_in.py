"""A stand-in for a network: what the heads of a YOLOv3 might say of truths that it knows.

No network is trained here. Fresh, it says random numbers from a seeded generator; the more it is `trained`
(0..1), the nearer each prior that overlaps a truth comes to the best box that it can make of that truth (its
centre cannot leave its cell), and the better its confidence knows how well its box fits.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from engine.detection.assignment import most_overlap
from engine.detection.boxes import box_iou
from engine.detection.yolo import Places, decode
from engine.detection.yolo_loss import box_targets

CLASSES = 80
SPREAD = 0.5  # of the random numbers
NEAR_EDGE, FARTHEST_LOG = 0.02, 1.5  # how near its cell's edge a centre comes; how far a side leaves the prior's
KNOWN = 0.3  # IoU of prior and truth from which on all of the training counts


class Said(NamedTuple):
    """What the heads say: N priors in the order of Darknet's outputs."""

    t: Tensor  # (N, 4) tx, ty, tw, th
    objectness: Tensor  # (N,) logits
    boxes: Tensor  # (N, 4) what t decodes to: x1, y1, x2, y2 in pixels
    nearest: Tensor  # (N,) the truth that the prior overlaps most; -1 where it overlaps none


def said_by(
    priors: Tensor, places: Places, truths: Tensor, trained: float, generator: torch.Generator,
    overlap: tuple[Tensor, Tensor] | None = None,
) -> Said:
    """What the stand-in says of truths `(G, 4)`, with `priors` `(N, 4)` the boxes of `places`; `overlap` is what
    `most_overlap` gives of both, where it is known already.
    """
    noise = SPREAD * torch.randn(len(priors), 5, generator=generator, dtype=priors.dtype).to(priors.device)
    t, fit, nearest = noise[:, :4], priors.new_zeros(len(priors)), torch.full((len(priors),), -1, device=priors.device)
    if len(truths):
        share, nearest = overlap if overlap is not None else most_overlap(truths, priors)
        aim = box_targets(truths[nearest.clamp(min=0)], places)
        centre = torch.logit(aim[:, :2].clamp(NEAR_EDGE, 1 - NEAR_EDGE))
        aim = torch.cat([centre, aim[:, 2:].clamp(-FARTHEST_LOG, FARTHEST_LOG)], 1)
        t = t + (trained * (share / KNOWN).clamp(max=1))[:, None] * (aim - t)
    boxes = decode(t, *places)
    if len(truths):
        fit = box_iou(truths[nearest.clamp(min=0)], boxes).masked_fill(nearest < 0, 0)
    return Said(t, noise[:, 4] + trained * (14 * fit - 9), boxes, nearest)


def class_logits(indices: Tensor, classes: Tensor, trained: float, seed: int) -> Tensor:
    """What it says of the classes `(P, CLASSES)` of the priors at `indices` `(P,)`: noise of each prior's own,
    moved towards 5 for its `classes` `(P, CLASSES)` of 0 and 1, and towards -5 for the others.
    """
    noise = [_noise(seed, index) for index in indices.tolist()]
    fresh = torch.stack(noise).to(classes) if noise else torch.zeros_like(classes)
    return SPREAD * fresh + trained * (10 * classes - 5)


def _noise(seed: int, index: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed * 1_000_003 + index)
    return torch.randn(CLASSES, generator=generator)

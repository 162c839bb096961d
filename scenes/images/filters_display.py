"""Filtered images as pixels ready to draw, with ranges that depend on the filter alone: nothing flickers."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scenes.scene import locked

WHEEL = 256  # pixels along the side of the wheel of directions
RIM = 0.86  # where its ring begins
THIRDS = tuple(2 * math.pi * third / 3 for third in range(3))  # where red, green and blue stand on it


def interleaved(image: Tensor) -> Tensor:
    """`(C, H, W)`, uint8 or float in 0..1, as `(H, W, C)` uint8."""
    planes = [plane if plane.dtype == torch.uint8 else levels(plane, 0.0, 1.0) for plane in image]
    return torch.stack(planes, -1)  # thrice as fast as permuting


def levels(values: Tensor, low: float, high: float) -> Tensor:
    """Values of any shape as uint8: `low` and below is 0, `high` and above 255."""
    scale = 255.0 / (high - low)
    foot = values.new_tensor(0.5 - low * scale)
    return torch.add(foot, values, alpha=scale).clamp_(0, 255).to(torch.uint8)


def around_zero(values: Tensor, full: float) -> Tensor:
    """Values of either sign as uint8: 0 is 128 safely, `full` is 255, -`full` is 1."""
    return torch.add(values.new_tensor(128.5), values, alpha=127 / full).clamp_(1, 255).to(torch.uint8)


def directions(gx: Tensor, gy: Tensor, full: float) -> Tensor:
    """Arrows `(gx, gy)` `(H, W)` as `(H, W, 3)` uint8: hue by direction, full brightness from length `full` on.

    The colour of an angle t is 150 + 95 cos(t - turn) for red, green and blue, a third of a turn apart; with
    cos t = gx / length that needs no angle.
    """
    length = (gx * gx).addcmul_(gy, gy).sqrt_()
    bright = (length / full).clamp_(max=1.0)
    share = bright / length.clamp_(min=1e-12)
    across, down = share * gx, share * gy
    pixels = torch.empty(*gx.shape, 3, dtype=torch.uint8, device=gx.device)
    for channel, turn in enumerate(THIRDS):
        tone = (bright * 150).add_(across, alpha=95 * math.cos(turn)).add_(down, alpha=95 * math.sin(turn))
        pixels[..., channel] = tone
    return pixels


@cache
def wheel() -> NDArray[np.uint8]:
    """The legend of `directions`: a ring `(H, W, 4)` with every direction in its colour, clear elsewhere."""
    place = (torch.arange(WHEEL) + 0.5) / WHEEL * 2 - 1
    y, x = torch.meshgrid(place, place, indexing="ij")
    away = torch.hypot(x, y)
    edge = WHEEL / 2  # pixels to the unit: the rims are one pixel soft
    cover = ((1 - away) * edge).clamp(0, 1) * ((away - RIM) * edge).clamp(0, 1)
    colour = directions(x / away, y / away, 1.0)
    pixels: NDArray[Any] = torch.cat([colour, (255 * cover).to(torch.uint8)[..., None]], -1).numpy()
    return locked(pixels)

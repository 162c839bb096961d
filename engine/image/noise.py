"""Noise: what a sensor, or a line that drops bits, does to an image (C, H, W) of floats in 0..1."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.image.border import check_image


def gaussian_noise(image: Tensor, amount: float, generator: torch.Generator) -> Tensor:
    """`image` (C, H, W) with normal noise of standard deviation `amount` added to every value, kept in 0..1.

    `amount` is in units of brightness, 0 leaves the image as it is. The noise is drawn by `generator` on its
    device, and so is the same on every device of the image. Source: Gonzalez & Woods 2018, sec. 5.2.

    Raises:
        ValueError: an image that is not (C, H, W) float, an amount below 0.
    """
    check_image(image)
    if not 0 <= amount < float("inf"):
        raise ValueError(f"amount is {amount}; it needs a standard deviation of 0 or more.")
    if amount == 0:
        return image.clone()
    noise = torch.randn(image.shape, generator=generator, device=generator.device, dtype=image.dtype)
    return noise.to(image.device).mul_(amount).add_(image).clamp_(0, 1)


def salt_and_pepper(image: Tensor, amount: float, generator: torch.Generator) -> Tensor:
    """`image` (C, H, W) with a share `amount` of its pixels lost: about half of those turn 0, half 1.

    A pixel is lost in all its channels at once. `amount` is in 0..1, 0 leaves the image as it is. Which are lost
    is drawn by `generator` on its device: with the same seed, more amount loses more pixels, the same ones first.
    Source: Gonzalez & Woods 2018, sec. 5.2.

    Raises:
        ValueError: an image that is not (C, H, W) float, an amount outside 0..1.
    """
    check_image(image)
    if not 0 <= amount <= 1:
        raise ValueError(f"amount is {amount}; it needs a share in 0..1.")
    draw = torch.rand(image.shape[1:], generator=generator, device=generator.device, dtype=torch.float64)
    draw = draw.to(image.device)  # (H, W)
    pepper, salt = draw < amount / 2, draw >= 1 - amount / 2
    return image.masked_fill(pepper, 0.0).masked_fill_(salt, 1.0)

"""Noise to be filtered away: a little everywhere, or much in a few places."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.image.border import check_image


def gaussian_noise(image: Tensor, amount: float, generator: torch.Generator) -> Tensor:
    """The image (C, H, W) in 0..1 with normal noise of standard deviation `amount` on every value, kept in 0..1.

    The noise is drawn on the generator's device, so that a seed means the same noise wherever the image is.

    Raises:
        ValueError: an image of another shape or dtype, a negative amount.
    """
    check_image(image)
    _check_amount(amount, highest=None)
    noise = torch.randn(image.shape, generator=generator, dtype=image.dtype, device=generator.device)
    return (image + amount * noise.to(image.device)).clamp(0, 1) if amount > 0 else image.clone()


def salt_and_pepper(image: Tensor, amount: float, generator: torch.Generator) -> Tensor:
    """The image (C, H, W) in 0..1 with the share `amount` of its pixels ruined in all channels: half of them
    become 0, half 1. Source: Gonzalez & Woods 2018, sec. 5.2.

    Raises:
        ValueError: an image of another shape or dtype, an amount outside 0..1.
    """
    check_image(image)
    _check_amount(amount, highest=1.0)
    dice = torch.rand(image.shape[1:], generator=generator, device=generator.device).to(image.device)  # (H, W)
    noisy = torch.where(dice < amount / 2, torch.zeros_like(image), image)
    return torch.where((dice >= amount / 2) & (dice < amount), torch.ones_like(image), noisy)


def _check_amount(amount: float, highest: float | None) -> None:
    span = "0 or more" if highest is None else f"0 to {highest:g}"
    if not amount >= 0 or (highest is not None and amount > highest):
        raise ValueError(f"amount is {amount}; it needs {span}.")

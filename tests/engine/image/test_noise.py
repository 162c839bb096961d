"""Noise: how much of it, of what kind, and the same from the same seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.image.noise import gaussian_noise, salt_and_pepper

KINDS = [gaussian_noise, salt_and_pepper]
EVERY = pytest.mark.parametrize("noise", KINDS)
Noise = Callable[[Tensor, float, torch.Generator], Tensor]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def gray(*shape: int, value: float = 0.5) -> Tensor:
    return torch.full(shape, value)


@EVERY
def test_no_amount_changes_nothing(noise: Noise) -> None:
    image = torch.rand(3, 20, 30, generator=generator(1))
    same = noise(image, 0.0, generator())
    assert torch.equal(same, image)
    assert same.data_ptr() != image.data_ptr()


@EVERY
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_same_seed_makes_the_same_noise(noise: Noise, dtype: torch.dtype) -> None:
    image = torch.rand(3, 20, 30, generator=generator(1), dtype=dtype)
    before = image.clone()
    noisy = noise(image, 0.2, generator(7))
    assert noisy.dtype == dtype
    assert noisy.shape == image.shape
    assert torch.equal(noisy, noise(image, 0.2, generator(7)))
    assert not torch.equal(noisy, noise(image, 0.2, generator(8)))
    assert torch.equal(image, before)


@EVERY
def test_values_stay_in_range(noise: Noise) -> None:
    noisy = noise(torch.rand(3, 40, 40, generator=generator(1)), 1.0, generator())
    assert noisy.min() == 0
    assert noisy.max() == 1


@EVERY
@pytest.mark.parametrize("shape", [(3, 0, 4), (1, 5, 0), (0, 3, 3)])
def test_no_pixels_in_none_out(noise: Noise, shape: tuple[int, ...]) -> None:
    assert noise(torch.zeros(shape), 0.3, generator()).shape == shape


@pytest.mark.parametrize("amount", [0.01, 0.05, 0.1])
def test_gaussian_noise_is_normal(amount: float) -> None:
    noise = gaussian_noise(gray(3, 200, 200), amount, generator()) - 0.5
    assert noise.mean().item() == pytest.approx(0, abs=5 * amount / 120_000**0.5)
    assert noise.std().item() == pytest.approx(amount, rel=0.02)
    assert (noise.abs() < amount).float().mean().item() == pytest.approx(0.6827, abs=0.01)
    red, green = noise[0].flatten(), noise[1].flatten()
    assert torch.corrcoef(torch.stack([red, green]))[0, 1].item() == pytest.approx(0, abs=0.03)


@pytest.mark.parametrize("amount", [0.02, 0.3, 0.8, 1.0])
def test_as_many_pixels_are_lost_as_said_half_to_either_side(amount: float) -> None:
    noisy = salt_and_pepper(gray(3, 200, 200), amount, generator())
    pepper, salt = (noisy == 0).all(0), (noisy == 1).all(0)
    assert pepper.float().mean().item() == pytest.approx(amount / 2, abs=0.012)
    assert salt.float().mean().item() == pytest.approx(amount / 2, abs=0.012)
    assert (noisy[:, ~(pepper | salt)] == 0.5).all()  # a pixel is lost in all channels, or in none
    if amount == 1:
        assert (pepper | salt).all()


def test_more_amount_loses_the_same_pixels_and_more() -> None:
    little, much = (salt_and_pepper(gray(1, 50, 50), amount, generator(3)) for amount in (0.1, 0.4))
    lost = little != 0.5
    assert torch.equal(little[lost], much[lost])
    assert (much != 0.5).sum() > lost.sum()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: gaussian_noise(gray(2, 2), 0.1, generator()), "image has shape (2, 2); it needs (C, H, W)"),
        (lambda: salt_and_pepper(gray(1, 2, 2).to(torch.uint8), 0.1, generator()), "image is torch.uint8"),
        (
            lambda: gaussian_noise(gray(1, 2, 2), -0.1, generator()),
            "amount is -0.1; it needs a standard deviation",
        ),
        (lambda: gaussian_noise(gray(1, 2, 2), float("nan"), generator()), "amount is nan"),
        (lambda: salt_and_pepper(gray(1, 2, 2), 1.1, generator()), "amount is 1.1; it needs a share in 0..1"),
        (lambda: salt_and_pepper(gray(1, 2, 2), -1, generator()), "amount is -1"),
    ],
)
def test_what_is_refused_is_told(call: Any, told: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are asserted below
        call()
    assert told in str(caught.value)

"""Noise: as much as was asked for, the same for the same seed."""

from __future__ import annotations

import pytest
import torch

from engine.image.noise import gaussian_noise, salt_and_pepper


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


GREY = torch.full((3, 200, 200), 0.5)


@pytest.mark.parametrize("make", [gaussian_noise, salt_and_pepper])
def test_a_seed_means_the_same_noise_and_none_none(make) -> None:
    assert torch.equal(make(GREY, 0.1, seeded(3)), make(GREY, 0.1, seeded(3)))
    assert not torch.equal(make(GREY, 0.1, seeded(3)), make(GREY, 0.1, seeded(4)))
    assert torch.equal(make(GREY, 0.0, seeded(3)), GREY)


def test_gaussian_noise_has_its_spread_and_stays_in_range() -> None:
    noisy = gaussian_noise(GREY, 0.1, seeded(1))
    assert noisy.mean().item() == pytest.approx(0.5, abs=2e-3)
    assert noisy.std().item() == pytest.approx(0.1, rel=0.02)
    wild = gaussian_noise(GREY, 5.0, seeded(1))
    assert wild.min() == 0
    assert wild.max() == 1


def test_salt_and_pepper_ruin_whole_pixels() -> None:
    noisy = salt_and_pepper(GREY, 0.3, seeded(2))
    assert torch.equal(noisy[0], noisy[1])
    assert torch.equal(noisy[0], noisy[2])
    black, white = (noisy[0] == 0).float().mean().item(), (noisy[0] == 1).float().mean().item()
    assert black == pytest.approx(0.15, abs=0.01)
    assert white == pytest.approx(0.15, abs=0.01)
    assert set(salt_and_pepper(GREY, 1.0, seeded(2)).unique().tolist()) == {0.0, 1.0}


@pytest.mark.parametrize(
    ("make", "amount"), [(gaussian_noise, -0.1), (salt_and_pepper, -0.1), (salt_and_pepper, 1.5)]
)
def test_an_amount_that_cannot_be(make, amount: float) -> None:
    with pytest.raises(ValueError, match=f"amount is {amount}"):
        make(GREY, amount, seeded(0))

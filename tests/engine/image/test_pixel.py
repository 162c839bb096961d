"""One pixel written out: equal to numpy's arithmetic and to the fast filters, everywhere and at every border."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from engine.image.filters import correlate, gaussian_filter, mean_filter, sobel
from engine.image.median import median_filter
from engine.image.pixel import (
    Border,
    correlate_at,
    gaussian_at,
    index_inside,
    mean_at,
    median_at,
    pixel_at,
    sobel_at,
)
from engine.trace import record

BORDERS: tuple[Border, ...] = ("reflect", "symmetric", "edge", "constant")
SIZES = (1, 3, 5, 9)
SHAPES = ((11, 13), (1, 1), (1, 7), (2, 5))


def image_of(shape: tuple[int, int]) -> torch.Tensor:
    """Random whole numbers 0..255, (H, W)."""
    made = torch.Generator().manual_seed(sum(shape))
    return torch.randint(0, 256, shape, generator=made).to(torch.float32)


def places(shape: tuple[int, int]) -> list[tuple[int, int]]:
    """The corners, an edge and the middle."""
    height, width = shape
    return sorted({(0, 0), (0, width - 1), (height - 1, 0), (height - 1, width - 1), (height // 2, 0),
                   (height // 2, width // 2)})  # fmt: skip


def window(image: torch.Tensor, row: int, column: int, size: int, border: Border) -> Any:
    """The window about a pixel by numpy's own padding."""
    padded = np.pad(image.numpy().astype(np.float64), size // 2, mode=border)
    return padded[row : row + size, column : column + size]


@pytest.mark.parametrize("border", ["reflect", "symmetric", "edge"])
@pytest.mark.parametrize("length", [1, 2, 3, 7])
def test_what_is_read_outside_is_what_numpy_pads(length: int, border: Border) -> None:
    padded = np.pad(np.arange(length), 20, mode=border)
    assert [index_inside(index, length, border) for index in range(-20, length + 20)] == padded.tolist()


def test_a_constant_border_reads_zero() -> None:
    image = torch.full((2, 2), 9.0)
    assert [pixel_at(image, row, 0, "constant") for row in (-1, 0, 1, 2)] == [0, 9, 9, 0]
    assert index_inside(-1, 2, "constant") is None


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", SIZES)
def test_each_filter_by_hand(shape: tuple[int, int], size: int, border: Border) -> None:
    image = image_of(shape)
    kernel = torch.randn(size, size, generator=torch.Generator().manual_seed(size))
    away = np.arange(size) - size // 2
    bell = np.exp(-(away**2) / (2 * 1.3**2))
    bell /= bell.sum()
    for row, column in places(shape):
        seen = window(image, row, column, size, border)
        at = (row, column)
        assert mean_at(image, *at, size, border) == pytest.approx(seen.mean())
        assert median_at(image, *at, size, border) == np.median(seen)
        assert gaussian_at(image, *at, size, 1.3, border) == pytest.approx(float(bell @ seen @ bell))
        by_hand = float((kernel.double().numpy() * seen).sum())
        assert correlate_at(image, kernel, *at, border) == pytest.approx(by_hand, abs=1e-6)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [*SIZES, 31])
def test_each_filter_equals_the_fast_one(shape: tuple[int, int], size: int, border: Border) -> None:
    image = image_of(shape)
    kernel = torch.randn(size, size, generator=torch.Generator().manual_seed(size)) / size
    level = image[None] / 255  # (1, H, W) in 0..1
    fast = {
        "mean": 255 * mean_filter(level, size, border)[0],
        "gaussian": 255 * gaussian_filter(level, size, 2.0, border)[0],
        "median": median_filter(image[None].to(torch.uint8), size, border)[0],
        "own": 255 * correlate(level, kernel, border)[0],
    }
    for at in places(shape):
        slow = {
            "mean": mean_at(image, *at, size, border),
            "gaussian": gaussian_at(image, *at, size, 2.0, border),
            "median": median_at(image, *at, size, border),
            "own": correlate_at(image, kernel, *at, border),
        }
        for name, value in slow.items():
            assert value == pytest.approx(float(fast[name][at]), abs=5e-3), (name, at)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_sobel_equals_the_fast_one(shape: tuple[int, int], border: Border) -> None:
    image = image_of(shape)
    fast_x, fast_y = (255 * part[0] for part in sobel(image[None] / 255, border))
    for at in places(shape):
        gx, gy, magnitude, direction = sobel_at(image, *at, border)
        assert (gx, gy) == pytest.approx((float(fast_x[at]), float(fast_y[at])), abs=5e-3)
        assert magnitude == pytest.approx(math.hypot(gx, gy))
        assert direction == math.atan2(gy, gx)


def test_sobel_points_to_where_it_gets_brighter() -> None:
    ramp = torch.arange(5.0).expand(5, 5)
    assert sobel_at(ramp, 2, 2, "edge") == (8, 0, 8, 0)
    assert sobel_at(ramp.T, 2, 2, "edge") == (0, 8, 8, pytest.approx(math.pi / 2))


RUNS: dict[str, tuple[Any, dict[str, Any]]] = {
    "mean": (mean_at, {"size": 3}),
    "gaussian": (gaussian_at, {"size": 3, "sigma": 1.0}),
    "median": (median_at, {"size": 3}),
    "sobel": (sobel_at, {}),
    "own": (correlate_at, {"kernel": torch.eye(3)}),
}


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("name", RUNS)
def test_every_step_says_what_it_does(name: str, border: Border) -> None:
    function, given = RUNS[name]
    place = {"image": image_of((4, 4)), "row": 0, "column": 3, "border": border}
    run = record(function, into=(index_inside,), **place, **given)
    assert run.result == function(**place, **given)
    told = [frame.narration for frame in run.frames if frame.narrated]
    assert len(told) > 9  # a step a cell, and what lies outside
    assert not [words for words in told if "Error" in words or "{" in words]
    assert any("outside" in words for words in told)

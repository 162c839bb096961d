"""The median of every window: exact against SciPy and OpenCV, for bytes and floats, whatever the picture."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from torch import Tensor

from engine.image.border import BORDERS, pad
from engine.image.median import median_filter

SCIPY = {"reflect": "mirror", "symmetric": "reflect", "edge": "nearest", "constant": "constant"}
SIZES = tuple(range(1, 33, 2))


def bytes_of(*shape: int, levels: int = 256, seed: int = 0) -> Tensor:
    made = torch.Generator().manual_seed(seed)
    return torch.randint(0, levels, shape, dtype=torch.uint8, generator=made)


def by_windows(image: Tensor, size: int, border: Any) -> Tensor:
    """The medians that torch finds of every window by itself."""
    windows = pad(image, size // 2, border).unfold(1, size, 1).unfold(2, size, 1)
    return windows.flatten(3).median(-1).values


@pytest.mark.parametrize("size", SIZES)
def test_bytes_are_scipys(size: int) -> None:
    image = bytes_of(1, 33, 38, seed=size)
    for border in BORDERS:
        medians = median_filter(image, size, border)
        assert medians.dtype == torch.uint8
        theirs = ndimage.median_filter(image[0].numpy(), size, mode=SCIPY[border])
        np.testing.assert_array_equal(medians[0].numpy(), theirs)


@pytest.mark.parametrize("size", SIZES[1:])
@pytest.mark.parametrize("levels", [2, 5, 256])
def test_bytes_are_opencvs(size: int, levels: int) -> None:
    image = bytes_of(3, 50, 70, levels=levels, seed=size)
    theirs = cv2.medianBlur(image.permute(1, 2, 0).contiguous().numpy(), size)
    np.testing.assert_array_equal(median_filter(image, size, "edge").permute(1, 2, 0).numpy(), theirs)


@settings(max_examples=60, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 20), st.integers(1, 20)),
    size=st.integers(0, 12).map(lambda half: 2 * half + 1),
    border=st.sampled_from(BORDERS),
    dtype=st.sampled_from([torch.uint8, torch.float32, torch.float64]),
    levels=st.sampled_from([1, 2, 4, 256]),
    seed=st.integers(0, 99),
)
def test_any_image_by_windows(
    shape: tuple[int, int, int], size: int, border: Any, dtype: torch.dtype, levels: int, seed: int
) -> None:
    image = bytes_of(*shape, levels=levels, seed=seed).to(dtype)
    assert torch.equal(median_filter(image, size, border), by_windows(image, size, border))


@pytest.mark.parametrize("size", [3, 5, 9, 21])
def test_floats_keep_their_values(size: int) -> None:
    image = torch.randn(2, 24, 31, generator=torch.Generator().manual_seed(size))
    image[0, 3, 4], image[1, 5, 6] = float("inf"), -float("inf")
    assert torch.equal(median_filter(image, size, "symmetric"), by_windows(image, size, "symmetric"))


@pytest.mark.parametrize("size", [1, 3, 5, 7, 13])
def test_nan_in_a_window_is_its_median(size: int) -> None:
    image = torch.rand(2, 20, 22, generator=torch.Generator().manual_seed(size))
    image[0, 0, 0] = image[1, 9, 12] = image[1, 10, 12] = float("nan")
    torch.testing.assert_close(
        median_filter(image, size), by_windows(image, size, "reflect"), rtol=0, atol=0, equal_nan=True
    )


@pytest.mark.parametrize("size", [3, 5, 31])
def test_windows_larger_than_the_image(size: int) -> None:
    for shape in ((1, 1, 1), (2, 1, 4), (1, 3, 1), (3, 2, 2)):
        image = bytes_of(*shape)
        for border in BORDERS:
            assert torch.equal(median_filter(image, size, border), by_windows(image, size, border))


def test_specks_vanish_and_an_edge_stays() -> None:
    image = torch.zeros(1, 20, 20, dtype=torch.uint8)
    image[..., 10:] = 200
    specked = image.clone()
    specked[0, 4, 3], specked[0, 12, 15] = 255, 0
    for size in (3, 5, 7):
        assert torch.equal(median_filter(specked, size), image)


@pytest.mark.parametrize("size", [1, 3, 5, 9])
def test_layout_emptiness_and_the_callers_tensor(size: int) -> None:
    image = bytes_of(13, 9, 3)
    before = image.clone()
    medians = median_filter(image.permute(2, 0, 1), size)
    assert torch.equal(medians, median_filter(image.permute(2, 0, 1).contiguous(), size))
    assert medians.is_contiguous() or size == 1
    assert medians.untyped_storage().data_ptr() != image.untyped_storage().data_ptr()
    assert torch.equal(image, before)
    for shape in ((3, 0, 4), (3, 4, 0), (0, 5, 5)):
        assert median_filter(torch.zeros(shape, dtype=torch.uint8), size).shape == shape


def test_bands_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    image = bytes_of(2, 41, 17)
    whole = median_filter(image, 9)
    monkeypatch.setattr("engine.image.median.BAND", 1)
    assert torch.equal(median_filter(image, 9), whole)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: median_filter(bytes_of(4, 4), 3), "image has shape (4, 4); it needs (C, H, W)"),
        (
            lambda: median_filter(bytes_of(1, 4, 4).to(torch.int32), 3),
            "image is torch.int32; it needs torch.uint8",
        ),
        (lambda: median_filter(bytes_of(1, 4, 4), 2), "size is 2; it needs an odd number"),
        (lambda: median_filter(bytes_of(1, 4, 4), 3, "wrap"), "border is 'wrap'"),
    ],
)
def test_what_is_refused_is_told(call: Any, told: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are asserted below
        call()
    assert told in str(caught.value)

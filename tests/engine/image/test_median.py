"""The median against SciPy and OpenCV, to the last bit."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from engine.image.border import BORDERS
from engine.image.median import median_filter

AS_SCIPY = {"reflect": "mirror", "symmetric": "reflect", "edge": "nearest", "constant": "constant"}


def levels(seed: int, *shape: int) -> torch.Tensor:
    return torch.randint(0, 256, shape, generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)


@pytest.mark.parametrize("size", [1, 3, 5, 7, 9, 11, 13, 15, 21, 31])
def test_every_size_is_scipy_s(size: int) -> None:
    image = levels(size, 2, 37, 45)
    expected = ndimage.median_filter(image.numpy(), (1, size, size), mode="mirror")
    assert np.array_equal(median_filter(image, size).numpy(), expected)


@pytest.mark.parametrize("size", [3, 5, 7, 15, 31])
def test_it_is_opencv_s(size: int) -> None:
    pixels = levels(size, 50, 61, 3).numpy()
    ours = median_filter(torch.tensor(pixels).permute(2, 0, 1), size, "edge")
    assert np.array_equal(ours.permute(1, 2, 0).numpy(), cv2.medianBlur(pixels, size))


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.sampled_from([3, 5, 7, 11]), st.sampled_from(BORDERS))
def test_any_shape_and_border(height: int, width: int, size: int, border: str) -> None:
    image = levels(height * 31 + width, 1, height, width)
    expected = ndimage.median_filter(image.numpy(), (1, size, size), mode=AS_SCIPY[border])
    assert np.array_equal(median_filter(image, size, border).numpy(), expected)


@pytest.mark.parametrize("size", [3, 5, 9])
def test_floats_too_with_nan_where_one_is_in_the_window(size: int) -> None:
    image = torch.rand(1, 24, 26, generator=torch.Generator().manual_seed(size))
    expected = ndimage.median_filter(image.numpy(), (1, size, size), mode="mirror")
    assert np.array_equal(median_filter(image, size).numpy(), expected)
    image[0, 12, 12] = torch.nan
    missing = torch.isnan(median_filter(image, size)[0])
    assert int(missing.sum()) == size**2


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 0, 4), (3, 4, 0), (0, 3, 3)])
def test_small_and_empty_pictures(shape: tuple[int, ...]) -> None:
    image = levels(0, *shape)
    assert torch.equal(median_filter(image, 5), image)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda i: median_filter(i, 2), "size is 2"),
        (lambda i: median_filter(i[0], 3), r"image has shape \(8, 8\)"),
        (lambda i: median_filter(i, 3, "wrap"), "border is 'wrap'"),
        (lambda i: median_filter(i.long(), 3), "image is torch.int64"),
    ],
)
def test_what_cannot_be_is_said(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call(levels(1, 3, 8, 8))

"""The linear filters against SciPy, OpenCV and torch's own convolution."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from engine.image.border import BORDERS, pad
from engine.image.filters import correlate, gaussian_filter, gaussian_kernel, mean_filter, sobel

AS_SCIPY = {"reflect": "mirror", "symmetric": "reflect", "edge": "nearest", "constant": "constant"}
AS_OPENCV = {"reflect": 4, "symmetric": 2, "edge": 1, "constant": 0}


def picture(seed: int, *shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def close(ours: torch.Tensor, theirs: np.ndarray, tolerance: float = 1e-5) -> None:
    np.testing.assert_allclose(ours.numpy(), theirs, atol=tolerance, rtol=0)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 12), st.sampled_from(BORDERS))
def test_borders_are_numpy_s(height: int, width: int, margin: int, border: str) -> None:
    image = picture(height * 10 + width, 2, height, width)
    expected = np.pad(image.numpy(), ((0, 0), (margin, margin), (margin, margin)), mode=border)
    assert np.array_equal(pad(image, margin, border).numpy(), expected)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("size", [1, 3, 5, 9, 15, 31])
def test_means_are_scipy_s_and_opencv_s(size: int, border: str) -> None:
    image = picture(size, 3, 40, 53)
    ours = mean_filter(image, size, border)
    close(ours, ndimage.uniform_filter(image.numpy(), (0, size, size), mode=AS_SCIPY[border]))
    pixels = np.ascontiguousarray(image.numpy().transpose(1, 2, 0))
    theirs = cv2.blur(pixels, (size, size), borderType=AS_OPENCV[border])
    close(ours, theirs.transpose(2, 0, 1))


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize(("size", "sigma"), [(1, 2.0), (3, 0.4), (5, 1.0), (11, 2.5), (31, 5.0), (7, 40.0)])
def test_gaussians_are_opencv_s(size: int, sigma: float, border: str) -> None:
    np.testing.assert_allclose(
        gaussian_kernel(size, sigma, torch.float64).numpy(),
        cv2.getGaussianKernel(size, sigma).ravel(),
        atol=1e-12,
    )
    image = picture(size, 3, 37, 41)
    weights = gaussian_kernel(size, sigma, torch.float64).numpy()
    expected = image.numpy().astype(np.float64)
    for axis in (1, 2):
        expected = ndimage.correlate1d(expected, weights, axis, mode=AS_SCIPY[border])
    close(gaussian_filter(image, size, sigma, border), expected)


@pytest.mark.parametrize("border", BORDERS)
def test_gradients_are_opencv_s(border: str) -> None:
    image = picture(1, 3, 30, 44)
    pixels = np.ascontiguousarray(image.numpy().transpose(1, 2, 0))
    for ours, way in zip(sobel(image, border), ((1, 0), (0, 1)), strict=True):
        theirs = cv2.Sobel(pixels, cv2.CV_32F, *way, borderType=AS_OPENCV[border])
        close(ours, theirs.transpose(2, 0, 1))


def test_an_edge_that_brightens_to_the_right_has_a_positive_gx() -> None:
    image = torch.zeros(1, 5, 6)
    image[..., 3:] = 1
    gx, gy = sobel(image)
    assert gx[0, 2].tolist() == [0, 0, 4, 4, 0, 0]
    assert not gy.any()


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("size", [1, 3, 7])
def test_kernels_of_one_s_own_are_torch_s(size: int, border: str) -> None:
    image, kernel = picture(2, 3, 20, 24), picture(3, size, size) - 0.5
    padded = pad(image, size // 2, border)
    expected = torch.nn.functional.conv2d(padded[:, None], kernel[None, None])[:, 0]
    close(correlate(image, kernel, border), expected.numpy())


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 1, 9), (1, 9, 1), (3, 0, 5), (2, 5, 0), (0, 4, 4)])
@pytest.mark.parametrize("border", BORDERS)
def test_small_and_empty_pictures(shape: tuple[int, ...], border: str) -> None:
    image = picture(4, *shape)
    for output in (
        mean_filter(image, 7, border),
        gaussian_filter(image, 7, 2.0, border),
        *sobel(image, border),
    ):
        assert output.shape == image.shape
        assert torch.isfinite(output).all()


def test_what_is_not_a_number_stays_in_its_windows() -> None:
    image = picture(5, 1, 40, 40)
    image[0, 20, 20] = torch.nan
    for output in (mean_filter(image, 5), gaussian_filter(image, 5, 1.0), correlate(image, torch.ones(5, 5))):
        spread = torch.isnan(output[0])
        assert spread[18:23, 18:23].all()
        assert int(spread.sum()) == 25


def test_doubles_and_views_and_what_is_handed_in() -> None:
    image = picture(6, 3, 30, 40, dtype=torch.float64)
    turned, before = image.transpose(1, 2), image.clone()
    expected = ndimage.uniform_filter(turned.numpy(), (0, 5, 5), mode="mirror")
    close(mean_filter(turned, 5), expected, tolerance=1e-12)
    assert mean_filter(image, 5).dtype == torch.float64
    sobel(image), gaussian_filter(image, 9, 2.0), correlate(image, torch.ones(3, 3))
    assert torch.equal(image, before)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda i: mean_filter(i, 4), "size is 4; it needs an odd number"),
        (lambda i: mean_filter(i, -1), "size is -1"),
        (lambda i: mean_filter(i[0], 3), r"image has shape \(8, 8\); it needs \(C, H, W\)"),
        (lambda i: mean_filter(i.long(), 3), "image is torch.int64"),
        (lambda i: mean_filter(i, 3, "wrap"), "border is 'wrap'; it needs one of reflect"),
        (lambda i: gaussian_filter(i, 3, 0.0), "sigma is 0.0"),
        (lambda i: gaussian_filter(i, 3, float("nan")), "sigma is nan"),
        (lambda i: correlate(i, torch.ones(2, 2)), r"kernel has shape \(2, 2\)"),
        (lambda i: pad(i, -1), "margin is -1"),
    ],
)
def test_what_cannot_be_is_said(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call(picture(7, 3, 8, 8))

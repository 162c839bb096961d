"""Borders as numpy pads them; linear filters against SciPy, OpenCV and sums written out."""

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
from engine.image.filters import (
    correlate,
    gaussian_filter,
    gaussian_kernel,
    mean_filter,
    median_filter,
    sobel,
)

SCIPY = {"reflect": "mirror", "symmetric": "reflect", "edge": "nearest", "constant": "constant"}
OPENCV = {
    "reflect": cv2.BORDER_REFLECT_101, "symmetric": cv2.BORDER_REFLECT, "edge": cv2.BORDER_REPLICATE,
    "constant": cv2.BORDER_CONSTANT,
}  # fmt: skip
SHAPES = [(3, 17, 23), (1, 1, 1), (1, 1, 9), (2, 9, 1), (1, 4, 5), (2, 70, 83), (1, 36, 64), (3, 96, 34)]
ODD = st.integers(0, 15).map(lambda half: 2 * half + 1)
SOME = settings(max_examples=40, deadline=None)


def image_of(*shape: int, dtype: torch.dtype = torch.float32, seed: int = 0) -> Tensor:
    """Random values in 0..1."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def windows(image: Tensor, height: int, width: int, border: str) -> Any:
    """Every window by numpy's own padding: (C, H, W, height, width)."""
    margins = [(0, 0), (height // 2, height // 2), (width // 2, width // 2)]
    padded = np.pad(image.numpy().astype(np.float64), margins, mode=border)
    return np.lib.stride_tricks.sliding_window_view(padded, (height, width), (1, 2))


def close(ours: Tensor, theirs: Any, tolerance: float = 1e-5) -> None:
    np.testing.assert_allclose(ours.numpy(), theirs, rtol=0, atol=tolerance)


# Borders


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("margin", [0, 1, 2, 7, 20])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.int64, torch.bool])
def test_pad_is_what_numpy_pads(border: str, margin: int, dtype: torch.dtype) -> None:
    for shape in SHAPES:
        image = (255 * image_of(*shape)).to(dtype)
        margins = [(0, 0), (margin, margin), (margin, margin)]
        expected = np.pad(image.numpy(), margins, mode=border)
        padded = pad(image, margin, border)
        assert padded.dtype == dtype
        np.testing.assert_array_equal(padded.numpy(), expected)


def test_pad_takes_any_axes_in_front() -> None:
    image = image_of(2, 3, 4, 5)
    np.testing.assert_array_equal(pad(image[0, 0], 6), pad(image, 6)[0, 0])
    assert pad(image, 1).shape == (2, 3, 6, 7)


def test_a_margin_about_nothing_is_zero() -> None:
    assert torch.equal(pad(image_of(1, 0, 2), 1), torch.zeros(1, 2, 4))


# Against independent filters


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("size", [1, 3, 5, 9, 15, 17, 31])
def test_the_mean_is_scipys_and_opencvs(size: int, border: Any) -> None:
    for shape in SHAPES:
        image = image_of(*shape)
        means = mean_filter(image, size, border)
        close(means, ndimage.uniform_filter(image.numpy(), (0, size, size), mode=SCIPY[border]))
        if border in ("edge", "constant"):  # the others OpenCV refuses on small images
            for ours, channel in zip(means, image.numpy(), strict=True):
                close(ours, cv2.blur(channel, (size, size), borderType=OPENCV[border]))


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize(("size", "sigma"), [(1, 1.0), (3, 0.4), (5, 1.0), (9, 0.05), (15, 30.0), (31, 5.0)])
def test_the_gaussian_is_scipys_and_opencvs(size: int, sigma: float, border: Any) -> None:
    weights = cv2.getGaussianKernel(size, sigma)[:, 0]
    for shape in SHAPES:
        image = image_of(*shape)
        columns = ndimage.correlate1d(image.double().numpy(), weights, 1, mode=SCIPY[border])
        ours = gaussian_filter(image, size, sigma, border)
        close(ours, ndimage.correlate1d(columns, weights, 2, mode=SCIPY[border]))
    image = image_of(40, 50)
    theirs = cv2.GaussianBlur(image.numpy(), (size, size), sigma, borderType=OPENCV[border])
    close(gaussian_filter(image[None], size, sigma, border)[0], theirs)


@pytest.mark.parametrize("sigma", [0.1, 0.5, 1.0, 3.3, 50.0])
@pytest.mark.parametrize("size", [1, 3, 5, 7, 31, 101])
def test_the_gaussian_kernel_is_opencvs(size: int, sigma: float) -> None:
    kernel = gaussian_kernel(size, sigma, torch.float64, torch.device("cpu"))
    np.testing.assert_allclose(kernel.numpy(), cv2.getGaussianKernel(size, sigma)[:, 0], atol=1e-12)
    assert kernel.sum().item() == pytest.approx(1)
    assert gaussian_kernel(size, sigma).dtype == torch.float32


def test_the_gaussian_kernel_of_the_textbook() -> None:
    assert [round(weight, 4) for weight in gaussian_kernel(5, 1.0).tolist()] == [
        0.0545,
        0.2442,
        0.4026,
        0.2442,
        0.0545,
    ]


@pytest.mark.parametrize("border", BORDERS)
def test_sobel_is_scipys_and_opencvs(border: Any) -> None:
    for shape in SHAPES:
        image = image_of(*shape)
        gx, gy = sobel(image, border)
        for axis, side in ((0, gy), (1, gx)):
            theirs = [ndimage.sobel(channel, axis, mode=SCIPY[border]) for channel in image.numpy()]
            close(side, np.stack(theirs))
    image = image_of(30, 20)
    for (ours,), direction in zip(sobel(image[None], border), [(1, 0), (0, 1)], strict=True):
        close(ours, cv2.Sobel(image.numpy(), cv2.CV_32F, *direction, borderType=OPENCV[border]))


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("kernel_shape", [(1, 1), (3, 3), (1, 5), (7, 1), (5, 9), (31, 31)])
def test_correlate_is_scipys_and_opencvs(kernel_shape: tuple[int, int], border: Any) -> None:
    kernel = torch.randn(kernel_shape, generator=torch.Generator().manual_seed(1))
    for shape in SHAPES:
        image = image_of(*shape)
        theirs = ndimage.correlate(image.double().numpy(), kernel[None].double().numpy(), mode=SCIPY[border])
        close(correlate(image, kernel, border), theirs, 1e-4)
    image = image_of(40, 50)
    theirs = cv2.filter2D(image.numpy(), -1, kernel.numpy(), borderType=OPENCV[border])
    close(correlate(image[None], kernel, border)[0], theirs, 1e-4)


def test_correlate_does_not_flip_the_kernel() -> None:
    spot = torch.zeros(1, 3, 3)
    spot[0, 1, 1] = 1
    kernel = torch.arange(9.0).view(3, 3)
    assert torch.equal(correlate(spot, kernel, "constant")[0], kernel.flip(0, 1))


@SOME
@given(
    st.integers(1, 3),
    st.integers(1, 12),
    st.integers(1, 12),
    ODD,
    ODD,
    st.sampled_from(BORDERS),
    st.integers(0, 9),
)
def test_every_filter_is_its_sum(c: int, h: int, w: int, kh: int, kw: int, border: Any, seed: int) -> None:
    image = image_of(c, h, w, dtype=torch.float64, seed=seed)
    kernel = torch.randn(kh, kw, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    by_hand = np.einsum("chwij,ij->chw", windows(image, kh, kw, border), kernel.numpy())
    close(correlate(image, kernel, border), by_hand, 1e-9)
    square = windows(image, kh, kh, border)
    close(mean_filter(image, kh, border), square.mean((3, 4)), 1e-9)
    bell = gaussian_kernel(kh, 1.7, torch.float64).numpy()
    close(gaussian_filter(image, kh, 1.7, border), np.einsum("chwij,i,j->chw", square, bell, bell), 1e-9)


# What may be asked of all

FILTERS: dict[str, Any] = {
    "mean few": lambda image, border="reflect": mean_filter(image, 5, border),
    "mean many": lambda image, border="reflect": mean_filter(image, 31, border),
    "gaussian": lambda image, border="reflect": gaussian_filter(image, 7, 1.5, border),
    "sobel x": lambda image, border="reflect": sobel(image, border)[0],
    "sobel y": lambda image, border="reflect": sobel(image, border)[1],
    "correlate": lambda image, border="reflect": correlate(
        image, torch.tensor([[0.0, 1, 0], [2, 0, -1], [0, 0, 0]]), border
    ),
    "median": lambda image, border="reflect": median_filter(image, 5, border),
}
REACH = {
    "mean few": 2,
    "mean many": 15,
    "gaussian": 3,
    "sobel x": 1,
    "sobel y": 1,
    "correlate": 1,
    "median": 2,
}
EVERY = pytest.mark.parametrize("name", FILTERS)


NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, NAN) for name in FILTERS] + [(name, INFINITY) for name in FILTERS if name != "median"],
)
def test_nan_spreads_to_the_windows_that_hold_it_and_to_no_other(name: str, value: float) -> None:
    image = image_of(2, 45, 50)
    image[1, 20, 30] = value
    filtered = FILTERS[name](image)
    touched = torch.zeros(2, 45, 50, dtype=torch.bool)
    reach = REACH[name]
    touched[1, 20 - reach : 21 + reach, 30 - reach : 31 + reach] = True
    assert torch.equal(~torch.isfinite(filtered), touched)
    assert value == INFINITY or torch.equal(torch.isnan(filtered), touched)
    whole = FILTERS[name](image_of(2, 45, 50))
    torch.testing.assert_close(filtered[~touched], whole[~touched])


@EVERY
def test_all_nan_stays_nan(name: str) -> None:
    assert FILTERS[name](torch.full((1, 6, 7), float("nan"))).isnan().all()


@EVERY
@pytest.mark.parametrize("shape", [(3, 0, 5), (3, 5, 0), (0, 4, 4), (2, 0, 0)])
def test_no_pixels_in_none_out(name: str, shape: tuple[int, ...]) -> None:
    assert FILTERS[name](torch.zeros(shape)).shape == shape


@EVERY
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_layout_of_the_image_does_not_matter_and_it_is_left_alone(name: str, dtype: torch.dtype) -> None:
    image = image_of(12, 14, 3, dtype=dtype)
    before = image.clone()
    ours = FILTERS[name](image.permute(2, 0, 1))
    assert ours.dtype == dtype
    assert ours.is_contiguous()
    assert torch.equal(ours, FILTERS[name](image.permute(2, 0, 1).contiguous()))
    assert torch.equal(ours[1], FILTERS[name](image[..., 1][None])[0])  # each channel by itself
    assert torch.equal(image, before)


@EVERY
def test_the_result_is_no_view_of_the_image(name: str) -> None:
    image = image_of(1, 5, 6)
    assert FILTERS[name](image).untyped_storage().data_ptr() != image.untyped_storage().data_ptr()
    assert mean_filter(image, 1).untyped_storage().data_ptr() != image.untyped_storage().data_ptr()


@EVERY
def test_an_image_in_bands_is_the_image_as_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    image = image_of(2, 37, 21)
    whole = FILTERS[name](image)
    for band in (1, 300):
        monkeypatch.setattr("engine.image.filters.BAND", band)
        monkeypatch.setattr("engine.image.median.BAND", band)
        torch.testing.assert_close(FILTERS[name](image), whole)


@EVERY
@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_filters_alike(name: str) -> None:
    image = image_of(3, 40, 50)
    torch.testing.assert_close(FILTERS[name](image.cuda()).cpu(), FILTERS[name](image), rtol=0, atol=1e-5)


def test_constant_images_stay_as_they_are() -> None:
    image = torch.full((1, 8, 9), 0.3)
    for size in (1, 3, 15, 17, 31):
        close(mean_filter(image, size), image)
        close(gaussian_filter(image, size, 2.0), image)
    assert all(torch.count_nonzero(side) == 0 for side in sobel(image))


# What is refused

IMAGE = torch.zeros(1, 4, 4)
REFUSED = [
    (lambda: mean_filter(torch.zeros(4, 4), 3), "image has shape (4, 4); it needs (C, H, W)"),
    (lambda: gaussian_filter(torch.zeros(1, 1, 4, 4), 3, 1.0), "image has shape"),
    (lambda: sobel(torch.zeros(1, 4, 4, dtype=torch.uint8)), "image is torch.uint8; it needs torch.float32"),
    (lambda: correlate(torch.zeros(1, 4, 4, dtype=torch.int64), torch.ones(3, 3)), "image is torch.int64"),
    (lambda: mean_filter(IMAGE, 4), "size is 4; it needs an odd number"),
    (lambda: gaussian_filter(IMAGE, 0, 1.0), "size is 0"),
    (lambda: gaussian_kernel(-1, 1.0), "size is -1"),
    (lambda: gaussian_kernel(3, 0.0), "sigma is 0.0; it needs a number of pixels above 0"),
    (lambda: gaussian_filter(IMAGE, 3, -1.0), "sigma is -1.0"),
    (lambda: gaussian_kernel(3, float("nan")), "sigma is nan"),
    (lambda: mean_filter(IMAGE, 3, "wrap"), "border is 'wrap'; it needs one of reflect"),
    (lambda: sobel(IMAGE, "mirror"), "border is 'mirror'"),
    (lambda: correlate(IMAGE, torch.ones(2, 3)), "kernel has shape (2, 3); it needs (kh, kw), both odd"),
    (lambda: correlate(IMAGE, torch.ones(3)), "kernel has shape (3,)"),
    (lambda: pad(torch.zeros(3), 1), "image has shape (3,)"),
    (lambda: pad(IMAGE, -1), "margin is -1"),
    (lambda: pad(IMAGE, 1, "wrap"), "border is 'wrap'"),
]


@pytest.mark.parametrize(("call", "told"), REFUSED, ids=[told for _, told in REFUSED])
def test_what_is_refused_is_told(call: Any, told: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are asserted below
        call()
    assert told in str(caught.value)

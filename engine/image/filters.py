"""Linear filters: every pixel becomes a weighted sum of the pixels in a window about it.

Images are (C, H, W), float32 or float64 in 0..1, each channel filtered by itself, on any device; the output has
the same shape. Windows are centred and odd; `border` says what they see outside the image. NaN spreads to every
window that holds it and to no other. An image without pixels is returned as it is.

A window of k x k costs k * k products a pixel. Where its weights are a column times a row, one pass down the
columns and one along the rows cost 2 k: mean, Gaussian and Sobel are such. A pass adds up whole images, each
shifted by one pixel from the one before.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.image.border import check_border, check_image, check_size, pad
from engine.image.median import median_filter
from engine.image.pixel import Border

__all__ = ["correlate", "gaussian_filter", "gaussian_kernel", "mean_filter", "median_filter", "sobel"]

BAND = 1 << 20  # values filtered at a time: what every sum reads again should still be in the cache
FEW = 15  # rows that are added up faster one by one than as runs


@torch.no_grad()
def mean_filter(image: Tensor, size: int, border: Border = "reflect") -> Tensor:
    """The mean of the `size` x `size` window about every pixel. Source: Gonzalez & Woods 2018, sec. 3.5.

    Raises:
        ValueError: an image that is not (C, H, W) float, a size that is not odd, an unknown border.
    """
    check_image(image)
    check_size(size)
    check_border(border)
    means = torch.empty_like(image, memory_format=torch.contiguous_format)
    padded = pad(image, size // 2, border)
    for top, bottom in _bands(image):
        if size <= FEW:
            columns = _column_sums(padded, [1.0] * size, top, bottom)
        else:
            columns = _run_sums(padded[:, top : bottom + size - 1], size, axis=1)
        torch.div(_run_sums(columns, size, axis=2), size**2, out=means[:, top:bottom])
    return means


def gaussian_filter(image: Tensor, size: int, sigma: float, border: Border = "reflect") -> Tensor:
    """The mean of the `size` x `size` window weighted by a bell of width `sigma` > 0 pixels.

    Source: Marr & Hildreth 1980.

    Raises:
        ValueError: an image that is not (C, H, W) float, a size that is not odd, a sigma that is not above 0, an
            unknown border.
    """
    weights = gaussian_kernel(size, sigma, torch.float64).tolist()
    return _separable(image, weights, weights, border)


def gaussian_kernel(
    size: int, sigma: float, dtype: torch.dtype = torch.float32, device: torch.device | str = "cpu"
) -> Tensor:
    """The weights (size,) of a bell, exp(-d^2 / (2 sigma^2)) at d pixels from the middle, divided by their sum.

    Raises:
        ValueError: a size that is not odd, a sigma that is not above 0.
    """
    check_size(size)
    if not 0 < sigma < math.inf:
        raise ValueError(f"sigma is {sigma}; it needs a number of pixels above 0.")
    bell = [math.exp(-((distance / sigma) ** 2) / 2) for distance in range(-(size // 2), size // 2 + 1)]
    total = math.fsum(bell)
    return torch.tensor([weight / total for weight in bell], dtype=dtype, device=device)


def sobel(image: Tensor, border: Border = "reflect") -> tuple[Tensor, Tensor]:
    """The gradient of the brightness: gx to the right and gy downwards, each (C, H, W), in -4..4.

    Each smooths along one axis, with 1, 2, 1, and takes the difference along the other, with -1, 0, 1; together
    that is eight times the slope per pixel. Source: Sobel & Feldman 1968.

    Raises:
        ValueError: an image that is not (C, H, W) float, an unknown border.
    """
    smooth, difference = [1.0, 2.0, 1.0], [-1.0, 0.0, 1.0]
    return _separable(image, smooth, difference, border), _separable(image, difference, smooth, border)


@torch.no_grad()
def correlate(image: Tensor, kernel: Tensor, border: Border = "reflect") -> Tensor:
    """The sum of the window about every pixel times `kernel` (kh, kw), both odd, cell by cell.

    The kernel is not flipped: what deep learning calls a convolution is this correlation.

    Raises:
        ValueError: an image that is not (C, H, W) float, a kernel that is not odd by odd, an unknown border.
    """
    check_image(image)
    check_border(border)
    if kernel.ndim != 2 or kernel.shape[0] % 2 == 0 or kernel.shape[1] % 2 == 0:
        raise ValueError(f"kernel has shape {tuple(kernel.shape)}; it needs (kh, kw), both odd.")
    margin = max(kernel.shape) // 2
    down, right = (margin - length // 2 for length in kernel.shape)
    padded = pad(image, margin, border)
    padded = padded[:, down : padded.shape[1] - down].contiguous()
    sums = torch.zeros_like(image, memory_format=torch.contiguous_format)
    for top, bottom in _bands(image):
        for left, weights in enumerate(kernel.t().tolist(), start=right):
            columns = _column_sums(padded, weights, top, bottom)
            sums[:, top:bottom] += columns[..., left : left + image.shape[2]]
    return sums


@torch.no_grad()
def _separable(image: Tensor, column: list[float], row: list[float], border: Border) -> Tensor:
    """`image` correlated with the kernel column[i] * row[j]: first down the columns, then along the rows."""
    check_image(image)
    check_border(border)
    heaviest = max(row, key=abs)  # goes into the column, which leaves the row one product less
    column, row = [weight * heaviest for weight in column], [weight / heaviest for weight in row]
    sums = torch.empty_like(image, memory_format=torch.contiguous_format)
    padded = pad(image, len(row) // 2, border)
    for top, bottom in _bands(image):
        _row_sums(_column_sums(padded, column, top, bottom), row, out=sums[:, top:bottom])
    return sums


def _bands(image: Tensor) -> Iterator[tuple[int, int]]:
    """The rows of (C, H, W), from `top` to `bottom` - 1, as many at a time as make a BAND."""
    channels, height, width = image.shape
    rows = max(1, BAND // max(1, channels * width))
    return ((top, min(top + rows, height)) for top in range(0, height if image.numel() else 0, rows))


def _column_sums(padded: Tensor, weights: list[float], top: int, bottom: int) -> Tensor:
    """Weighted sums down the columns, for the output's rows `top` to `bottom` - 1.

    Of (C, H + len(weights) - 1, W): (C, bottom - top, W). A row of the output is a sum of rows of the image. Such
    sums over some rows of a table torch calls bags, and adds them up many times as fast as image by image.
    """
    channels, height, width = padded.shape
    at = torch.arange(channels * height, device=padded.device).view(channels, height)
    bags = at[:, top : bottom + len(weights) - 1].unfold(1, len(weights), 1).flatten(0, 1)  # (C (bottom - top), taps)
    taps = torch.tensor(weights, dtype=padded.dtype, device=padded.device).expand(bags.shape)
    sums = F.embedding_bag(bags, padded.view(-1, width), mode="sum", per_sample_weights=taps)
    return sums.view(channels, -1, width)


def _row_sums(image: Tensor, weights: list[float], out: Tensor) -> None:
    """Weighted sums along the rows: `out` (C, H, W), of (C, H, W + len(weights) - 1). One of the weights is 1."""
    shifted = [image.narrow(2, left, out.shape[2]) for left in range(len(weights))]
    sums = shifted.pop(weights.index(1))
    others = weights[: weights.index(1)] + weights[weights.index(1) + 1 :]
    if not others:
        out.copy_(sums)
    for pixels, weight in zip(shifted, others, strict=True):
        sums = torch.add(sums, pixels, alpha=weight, out=out)


def _run_sums(image: Tensor, size: int, axis: int) -> Tensor:
    """Sums of `size` neighbours along an axis, which becomes size - 1 shorter.

    Two runs side by side make one of twice the length, three make one of three times: few sums make a long run.
    None of them takes off again what has left the window: taking off NaN would not bring back a number.
    """
    length = image.shape[axis] - size + 1
    if size == 1:
        return image
    if size % 2 and size % 3:
        return _run_sums(image, size - 1, axis).narrow(axis, 0, length) + image.narrow(axis, size - 1, length)
    parts = 2 if size % 2 == 0 else 3
    runs = _run_sums(image, size // parts, axis)
    first, *others = (runs.narrow(axis, size // parts * part, length) for part in range(parts))
    sums = first + others[0]
    return sums if parts == 2 else sums.add_(others[1])

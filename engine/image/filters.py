"""Linear filters: every output pixel is a weighted sum of the pixels in a window about it.

Images are (C, H, W), float32 or float64 in 0..1, each channel filtered by itself, on any device; the output has
the same shape. Windows are centred and odd; `border` says what they see outside the image. NaN spreads to every
window that holds it, and to no other. On an image without pixels each filter returns one without pixels.

A window of k x k costs k * k products a pixel. Where its weights are a column times a row, a pass down the
columns and one along the rows cost 2 k: mean, Gaussian and Sobel are such. Either pass adds up whole rows of
pixels at once, shifted by one each time.
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

BAND = 1 << 20  # values filtered at a time: what every pass reads again should still be in the cache


def mean_filter(image: Tensor, size: int, border: Border = "reflect") -> Tensor:
    """The mean of the `size` x `size` window about every pixel. Source: Gonzalez & Woods 2018, sec. 3.5.

    Raises:
        ValueError: an image that is not (C, H, W) float, a size that is not odd, an unknown border.
    """
    check_image(image)
    check_size(size)
    check_border(border)
    filtered = torch.empty_like(image, memory_format=torch.contiguous_format)
    padded = pad(image, size // 2, border)
    for rows in _bands(image):
        sums = _column_sums(padded, [1 / size**2] * size, rows)
        filtered[:, rows] = _run_sums(sums, size)
    return filtered


def gaussian_filter(image: Tensor, size: int, sigma: float, border: Border = "reflect") -> Tensor:
    """The mean of the `size` x `size` window, weighted by a bell of width `sigma` > 0 pixels.

    Source: Marr & Hildreth 1980.

    Raises:
        ValueError: an image that is not (C, H, W) float, a size that is not odd, a sigma that is not above 0, an
            unknown border.
    """
    kernel = gaussian_kernel(size, sigma).tolist()
    return _separable(image, kernel, kernel, border)


def gaussian_kernel(
    size: int, sigma: float, dtype: torch.dtype = torch.float32, device: torch.device | str = "cpu"
) -> Tensor:
    """The weights (size,) of a bell exp(-d^2 / (2 sigma^2)) at d pixels from the middle, divided by their sum.

    Raises:
        ValueError: a size that is not odd, a sigma that is not above 0.
    """
    check_size(size)
    if not 0 < sigma < math.inf:
        raise ValueError(f"sigma is {sigma}; it needs a number of pixels above 0.")
    distance = torch.arange(size, dtype=torch.float64) - size // 2
    bell = torch.exp(-((distance / sigma) ** 2) / 2)
    return (bell / bell.sum()).to(device, dtype)


def sobel(image: Tensor, border: Border = "reflect") -> tuple[Tensor, Tensor]:
    """The gradient of the brightness: gx to the right and gy downwards, each (C, H, W), in -4..4.

    Each smooths along one axis with 1, 2, 1 and takes the difference along the other with -1, 0, 1: eight times
    the slope per pixel. Source: Sobel & Feldman 1968.

    Raises:
        ValueError: an image that is not (C, H, W) float, an unknown border.
    """
    smooth, difference = [1.0, 2.0, 1.0], [-1.0, 0.0, 1.0]
    return _separable(image, smooth, difference, border), _separable(image, difference, smooth, border)


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
    height, width = kernel.shape
    margin = max(height, width) // 2
    padded = pad(image, margin, border)
    down, right = margin - height // 2, margin - width // 2
    padded = padded[:, down : padded.shape[1] - down].contiguous()
    filtered = torch.zeros_like(image, memory_format=torch.contiguous_format)
    for rows in _bands(image):
        for column, weights in enumerate(kernel.t().tolist(), start=right):
            sums = _column_sums(padded, weights, rows)
            filtered[:, rows] += sums[..., column : column + image.shape[2]]
    return filtered


def _separable(image: Tensor, column: list[float], row: list[float], border: Border) -> Tensor:
    """`image` correlated with the kernel column[i] * row[j]: first down the columns, then along the rows."""
    check_image(image)
    check_border(border)
    filtered = torch.empty_like(image, memory_format=torch.contiguous_format)
    padded = pad(image, len(row) // 2, border)
    for rows in _bands(image):
        filtered[:, rows] = _row_sums(_column_sums(padded, column, rows), row)
    return filtered


def _bands(image: Tensor) -> Iterator[slice]:
    """The rows of (C, H, W), some at a time."""
    channels, height, width = image.shape
    rows = max(1, BAND // max(1, channels * width))
    return (slice(top, min(top + rows, height)) for top in range(0, height if image.numel() else 0, rows))


def _column_sums(padded: Tensor, weights: list[float], rows: slice) -> Tensor:
    """Weighted sums down the columns: (C, h, W), for h `rows` of the output, of (C, H + len(weights) - 1, W).

    An output row is the sum of as many rows of the image as there are weights. torch calls such a sum over the rows
    of a table a bag; it adds a bag up without writing what is in between, several times as fast as a loop.
    """
    channels, height, width = padded.shape
    device = padded.device
    tops = torch.arange(channels, device=device)[:, None] * height + torch.arange(rows.start, rows.stop, device=device)
    bags = tops.view(-1, 1) + torch.arange(len(weights), device=device)  # (C h, taps)
    taps = torch.tensor(weights, dtype=padded.dtype, device=device).expand(bags.shape)
    sums = F.embedding_bag(bags, padded.view(-1, width), mode="sum", per_sample_weights=taps)
    return sums.view(channels, -1, width)


def _row_sums(image: Tensor, weights: list[float]) -> Tensor:
    """Weighted sums along the rows: (..., W), of (..., W + len(weights) - 1)."""
    width = image.shape[-1] - len(weights) + 1
    shifted = [image[..., at : at + width] for at in range(len(weights))]
    sums = shifted[0] * weights[0]
    for pixels, weight in zip(shifted[1:], weights[1:], strict=True):
        sums.add_(pixels, alpha=weight)
    return sums


def _run_sums(image: Tensor, size: int) -> Tensor:
    """Sums of `size` neighbours in a row: (..., W), of (..., W + size - 1).

    Two runs side by side make one twice as long, three one of three times the length: few sums make a long run.
    None is made by taking off what leaves the window, which would leave the NaN that left with it behind.
    """
    width = image.shape[-1] - size + 1
    for parts in (2, 3):
        if size % parts == 0:
            runs, length = _run_sums(image, size // parts), size // parts
            sums = runs[..., :width] + runs[..., length : length + width]
            return sums if parts == 2 else sums.add_(runs[..., 2 * length :])
    if size == 1:
        return image
    return _run_sums(image, size - 1)[..., :width] + image[..., size - 1 :]

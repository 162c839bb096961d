"""Linear filters: each output pixel is a weighted sum of the window about it.

All take images (C, H, W), float in 0..1, on any device, filter each channel alone and return the same size.
They are sums of shifted images: `out += weight * shifted` reads memory in one long stride, which a CPU does at
full speed, where a general convolution with few channels is twenty times as slow. The picture is worked on in
bands of rows that stay in the cache. A NaN spreads to every window it is in, and to no other.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from engine.image.border import check_image, check_size, pad
from engine.image.pixel import Border

BAND = 1 << 18  # values of a channel that are worked on at a time on a CPU


def mean_filter(image: Tensor, size: int, border: Border = "reflect") -> Tensor:
    """The mean of the `size` x `size` window. Source: Gonzalez & Woods 2018, sec. 3.5.

    Raises:
        ValueError: an image of another shape or dtype, an even size, an unknown border.
    """
    check_image(image)
    check_size(size)
    padded = pad(image, size // 2, border).mul_(1 / size**2)
    return _in_bands(padded, size, lambda rows: _run_sum(_run_sum(rows, size, -2), size, -1))


def gaussian_kernel(
    size: int, sigma: float, dtype: torch.dtype = torch.float32, device: torch.device | str = "cpu"
) -> Tensor:
    """The bell exp(-d^2 / (2 sigma^2)) over the distance d from the middle, (size,), summing to 1.

    Raises:
        ValueError: an even size, a sigma that is not above 0.
    """
    check_size(size)
    if not sigma > 0:
        raise ValueError(f"sigma is {sigma}; it needs to be above 0 pixels.")
    distance = torch.arange(size, dtype=torch.float64) - size // 2
    bell = torch.exp(-(distance**2) / (2 * sigma**2))
    return (bell / bell.sum()).to(device, dtype)


def gaussian_filter(image: Tensor, size: int, sigma: float, border: Border = "reflect") -> Tensor:
    """The mean of the `size` x `size` window weighted by a bell of width `sigma` pixels, in two passes: down,
    then across, for 2 size multiplications a pixel instead of size^2. Source: Marr & Hildreth 1980.

    Raises:
        ValueError: an image of another shape or dtype, an even size, sigma not above 0, an unknown border.
    """
    check_image(image)
    weights = gaussian_kernel(size, sigma, torch.float64).tolist()
    padded = pad(image, size // 2, border)
    return _in_bands(padded, size, lambda rows: _weighted_sum(_weighted_sum(rows, weights, -2), weights, -1))


def sobel(image: Tensor, border: Border = "reflect") -> tuple[Tensor, Tensor]:
    """The gradient (gx, gy): gx smooths by [1, 2, 1] down and takes the difference [-1, 0, 1] across, gy the
    other way round; brighter to the right, or below, is positive. Source: Sobel & Feldman 1968.

    Raises:
        ValueError: an image of another shape or dtype, an unknown border.
    """
    check_image(image)
    padded = pad(image, 1, border)
    smooth, difference = (1.0, 2.0, 1.0), (-1.0, 0.0, 1.0)
    gx = _in_bands(padded, 3, lambda rows: _weighted_sum(_weighted_sum(rows, smooth, -2), difference, -1))
    gy = _in_bands(padded, 3, lambda rows: _weighted_sum(_weighted_sum(rows, difference, -2), smooth, -1))
    return gx, gy


def correlate(image: Tensor, kernel: Tensor, border: Border = "reflect") -> Tensor:
    """The window times `kernel` (k, k), k odd, summed: cross-correlation, as deep learning says convolution.

    Raises:
        ValueError: an image or kernel of another shape, an unknown border.
    """
    check_image(image)
    if kernel.ndim != 2 or kernel.shape[0] != kernel.shape[1] or kernel.shape[0] % 2 == 0:
        raise ValueError(f"kernel has shape {tuple(kernel.shape)}; it needs (k, k) with k odd.")
    weights = kernel.tolist()
    size = len(weights)

    def summed(rows: Tensor) -> Tensor:
        height = rows.shape[-2] - size + 1
        lines = [_weighted_sum(rows.narrow(-2, i, height), line, -1) for i, line in enumerate(weights) if any(line)]
        return sum(lines[1:], lines[0]) if lines else rows[..., :height, : rows.shape[-1] - size + 1] * 0

    return _in_bands(pad(image, size // 2, border), size, summed)


def _in_bands(padded: Tensor, size: int, filtered: Callable[[Tensor], Tensor]) -> Tensor:
    """Filter an image (C, H + size - 1, W + size - 1) band by band into (C, H, W)."""
    channels, rows, columns = padded.shape
    height, width = rows - size + 1, columns - size + 1
    if height <= 0 or width <= 0:
        return padded.new_empty(channels, max(height, 0), max(width, 0))
    if padded.device.type != "cpu":
        return filtered(padded)
    out = padded.new_empty(channels, height, width)
    band = max(1, BAND // width)
    for channel in range(channels):
        for top in range(0, height, band):
            bottom = min(top + band, height)
            out[channel, top:bottom] = filtered(padded[channel, top : bottom + size - 1])
    return out


def _weighted_sum(values: Tensor, weights: list[float] | tuple[float, ...], axis: int) -> Tensor:
    """The sum of `values` shifted along an axis by 0, 1, 2, ... and weighted. A weight of 0 reads nothing."""
    length = values.shape[axis] - len(weights) + 1
    middle = len(weights) // 2
    total = values.narrow(axis, middle, length) * weights[middle]
    for shift, weight in enumerate(weights):
        if shift != middle and weight != 0:
            total.add_(values.narrow(axis, shift, length), alpha=weight)
    return total


def _run_sum(values: Tensor, count: int, axis: int) -> Tensor:
    """The sums of each `count` neighbours along an axis, by doubling: two runs side by side are a run twice as
    long, so that 31 neighbours take 8 additions instead of 30.
    """
    length = values.shape[axis] - count + 1
    if count == 1:
        return values
    half = _run_sum(values, count // 2, axis)
    total = half.narrow(axis, 0, length) + half.narrow(axis, count - count // 2, length)
    return total.add_(values.narrow(axis, count // 2, length)) if count % 2 else total

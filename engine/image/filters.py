"""Linear filters: every pixel becomes a weighted sum of the pixels in a window about it.

Images are (C, H, W), float32 or float64 in 0..1, each channel filtered by itself, on any device; the output has
the same shape. Windows are centred and odd; `border` says what they see outside the image. NaN spreads to every
window that holds it and to no other. An image without pixels is returned as it is.

A window of k x k costs k * k products a pixel. Where its weights are a column times a row, one pass down the
columns and one along the rows cost 2 k: mean, Gaussian and Sobel are such. Down the columns, a row of the output is
a weighted sum of rows of the image, each of which is one stretch of memory. Along the rows, the pass is a product with
a matrix that is 0 but for a band of weights about its diagonal, taken block by block along the band; what lies beyond
the edge is folded into the weights of the pixels it repeats.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache, lru_cache, partial

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.device import on_one_thread
from engine.image.border import check_border, check_image, check_size, pad
from engine.image.median import median_filter
from engine.image.pixel import Border, index_inside

__all__ = ["correlate", "gaussian_filter", "gaussian_kernel", "mean_filter", "median_filter", "sobel"]

BAND = 1 << 20  # values filtered at a time: what every sum reads again should still be in the cache
NEGLIGIBLE = 2.0**24  # times the smallest number there is: such a weight changes no sum of pixels
BLOCK = 16  # pixels along a pass that one matrix makes, at least: fewer cost calls, more cost products with 0


def mean_filter(image: Tensor, size: int, border: Border = "reflect") -> Tensor:
    """The mean of the `size` x `size` window about every pixel. Source: Gonzalez & Woods 2018, sec. 3.5.

    Raises:
        ValueError: an image that is not (C, H, W) float, a size that is not odd, an unknown border.
    """
    check_size(size)
    weights = [1 / size] * size
    return _separable(image, weights, weights, border)


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


@on_one_thread
@torch.no_grad()
def _separable(image: Tensor, column: list[float], row: list[float], border: Border) -> Tensor:
    """`image` correlated with the kernel column[i] * row[j]: first down the columns, then along the rows.

    A product with 0 is not 0 where a pixel is NaN or infinite: such an image goes window by window.
    """
    check_image(image)
    check_border(border)
    if image.numel() == 0:
        return image.clone()
    image = image.contiguous()
    if not math.isfinite(image.sum()):
        kernel = torch.tensor(column, dtype=torch.float64)[:, None] * torch.tensor(row, dtype=torch.float64)
        return correlate(image, kernel, border)
    along = cache(partial(_band, image, image.shape[2], row, border))
    sums = torch.empty_like(image)
    for columns, made in zip(_down(image, column, border), sums, strict=True):  # one at a time: it stays in the cache
        _pass(columns, len(row) // 2, along, out=made)
    return sums


def _down(image: Tensor, weights: list[float], border: Border) -> Tensor:
    """Weighted sums down the columns of (C, H, W). Such sums over some rows of a table torch calls bags."""
    channels, height, width = image.shape
    bags, counts = _bags(channels, height, len(weights), border)
    taps = _taps(image, weights) * counts.to(image)
    bags = bags.to(image.device)
    return F.embedding_bag(bags, image.view(-1, width), mode="sum", per_sample_weights=taps).view_as(image)


def _pass(lines: Tensor, reach: int, band: Callable[[int, int], Tensor], out: Tensor) -> None:
    """Weighted sums along each of `lines` (L, N): out[:, made] = lines[:, read] @ band(made), a block at a time.

    The blocks that see no edge all have the same band, and are one batch of products.
    """
    length, block = lines.shape[1], max(BLOCK, reach)
    starts = range(0, length, block)
    inner = [start for start in starts if reach <= start <= length - reach - block]
    for start in starts:
        if start not in inner:
            low, end = max(0, start - reach), min(start + block, length)
            torch.mm(lines[:, low : end + reach], band(start, end), out=out[:, start:end])
    if inner:
        start, end = inner[0], inner[-1] + block
        read = lines[:, start - reach : end + reach].unfold(1, block + 2 * reach, block).transpose(0, 1)
        made = out[:, start:end].unflatten(1, (-1, block)).transpose(0, 1)  # (blocks, L, block)
        bands = band(start, start + block).expand(len(read), -1, -1)
        made.copy_(torch.bmm(read, bands))  # faster than into scattered places


def _band(like: Tensor, length: int, weights: list[float], border: Border, start: int, end: int) -> Tensor:
    """The weights (read, made) of the pixels `start` to `end` - 1 of a line, and of all that they see."""
    reach = len(weights) // 2
    low, high = max(0, start - reach), min(length, end + reach)
    places, counts = _sources(length, len(weights), border)
    terms = _taps(like, weights) * counts[start:end].to(like)
    band = like.new_zeros(end - start, high - low)
    return band.scatter_add_(1, (places[start:end] - low).to(like.device), terms).t()


@lru_cache(maxsize=16)
def _bags(channels: int, height: int, size: int, border: Border) -> tuple[Tensor, Tensor]:
    """Which row of the table (C H, W) each cell of each window reads (C H, size), and whether it counts."""
    places, counts = _sources(height, size, border)
    first = torch.arange(channels)[:, None, None] * height  # row of each channel
    return (places + first).flatten(0, 1), counts.repeat(channels, 1)


def _taps(like: Tensor, weights: list[float]) -> Tensor:
    """The weights as a tensor; those that change no sum of pixels are 0, for numbers so small are slow to add."""
    taps = like.new_tensor(weights)
    taps[taps.abs() < torch.finfo(like.dtype).tiny * NEGLIGIBLE] = 0
    return taps


@lru_cache(maxsize=64)
def _sources(length: int, size: int, border: Border) -> tuple[Tensor, Tensor]:
    """Which pixel each cell of each window along an axis reads (length, size), and whether it counts: 1, or 0
    where it reads a constant border (then the pixel beside it stands in).
    """
    along = range(-(size // 2), length + size // 2)
    inside = [index_inside(place, length, border) for place in along]
    places = [min(max(at, 0), length - 1) if found is None else found for at, found in zip(along, inside, strict=True)]
    counts = [found is not None for found in inside]
    return torch.tensor(places).unfold(0, size, 1), torch.tensor(counts).unfold(0, size, 1)


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

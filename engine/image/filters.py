"""Linear filters: every pixel becomes a weighted sum of the pixels in a window about it.

Images are (C, H, W), float32 or float64 in 0..1, each channel filtered by itself, on any device; the output has
the same shape. Windows are centred and odd; `border` says what they see outside the image. NaN spreads to every
window that holds it and to no other. An image without pixels is returned as it is.

A window of k x k costs k * k products a pixel. Where its weights are a column times a row, one pass down the
columns and one along the rows cost 2 k: mean, Gaussian and Sobel are such. A pass is a product with a matrix that is 0
but for a band of weights about its diagonal, taken block by block along the band; what lies beyond the edge is folded
into the weights of the pixels it repeats. Most of a block's products are with 0, and yet that is the fastest way: a
processor multiplies whole blocks many times as fast as it fetches pixels, and the larger windows cost no more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.image.border import check_border, check_image, check_size, pad
from engine.image.median import median_filter
from engine.image.pixel import Border, index_inside

__all__ = ["correlate", "gaussian_filter", "gaussian_kernel", "mean_filter", "median_filter", "sobel"]

BAND = 1 << 20  # values filtered at a time: what every sum reads again should still be in the cache
NEGLIGIBLE = 2.0**24  # times the smallest number there is: such a weight changes no sum of pixels
BLOCK = 16  # pixels along a pass that one product makes: fewer cost more calls, more cost products with 0


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
    for top, bottom in _strips(image):
        for left, weights in enumerate(kernel.t().tolist(), start=right):
            columns = _column_sums(padded, weights, top, bottom)
            sums[:, top:bottom] += columns[..., left : left + image.shape[2]]
    return sums


@torch.no_grad()
def _separable(image: Tensor, column: list[float], row: list[float], border: Border) -> Tensor:
    """`image` correlated with the kernel column[i] * row[j]: first down the columns, then along the rows.

    A product with 0 is not 0 where a pixel is NaN or infinite: such an image goes window by window.
    """
    check_image(image)
    check_border(border)
    if image.numel() == 0:
        return image.clone()
    sums = _along(_down(image.contiguous(), column, border), row, border)
    if not math.isfinite(sums.sum()):
        kernel = torch.tensor(column, dtype=torch.float64)[:, None] * torch.tensor(row, dtype=torch.float64)
        return correlate(image, kernel, border)
    return sums


def _down(image: Tensor, weights: list[float], border: Border) -> Tensor:
    """Weighted sums down the columns of (C, H, W): made = band @ read, a block of rows at a time.

    The blocks run through all channels, one below the other, as if they were one tall image, and are one batch of
    products. What they make of the rows beside an edge is wrong, and is made again with the bands of the edges.
    """
    channels, height, width = image.shape
    if not _has_blocks(height, weights):
        return _band(image, height, weights, border) @ image
    first, inner, last = _bands(image, weights, border)
    reach, edge, seen = len(weights) // 2, *first.shape
    sums = torch.empty_like(image)
    read = image.view(-1, width).unfold(0, BLOCK + 2 * reach, BLOCK).transpose(1, 2)  # (blocks, rows, W)
    made = sums.view(-1, width)[reach : reach + BLOCK * len(read)].unflatten(0, (-1, BLOCK))
    torch.bmm(inner.expand(len(read), -1, -1), read, out=made)
    torch.bmm(first.expand(channels, -1, -1), image[:, :seen], out=sums[:, :edge])
    torch.bmm(last.expand(channels, -1, -1), image[:, -seen:], out=sums[:, -edge:])
    return sums


def _along(image: Tensor, weights: list[float], border: Border) -> Tensor:
    """Weighted sums along the rows of (C, H, W): made = read @ band.T, a block of pixels at a time.

    The blocks run through all rows, one after the other, as if they were one long row. A block is made from itself
    and from the blocks beside it: to torch, a convolution from BLOCK channels to BLOCK channels. What it makes of
    the pixels beside an edge is wrong, and is made again with the bands of the edges.
    """
    width = image.shape[2]
    if not _has_blocks(width, weights):
        return image @ _band(image, width, weights, border).t()
    first, inner, last = _bands(image, weights, border)
    reach, edge, seen = len(weights) // 2, *first.shape
    beside = -(-reach // BLOCK)  # blocks that a window reaches into, on each side
    kernel = F.pad(inner, 2 * [beside * BLOCK - reach]).view(BLOCK, -1, 1, BLOCK).transpose(1, 3)
    pixels = image.flatten()
    blocks, rest = pixels.split((len(pixels) - len(pixels) % BLOCK, len(pixels) % BLOCK))
    blocks = blocks.view(1, 1, -1, BLOCK).permute(0, 3, 1, 2)  # (1, BLOCK, 1, blocks)
    made = F.conv2d(blocks, kernel, padding=(0, beside)).permute(0, 2, 3, 1).flatten()
    sums = (torch.cat([made, rest]) if len(rest) else made).view_as(image)
    read, lines = image.view(-1, width), sums.view(-1, width)
    torch.mm(read[:, :seen], first.t(), out=lines[:, :edge])
    torch.mm(read[:, -seen:], last.t(), out=lines[:, -edge:])
    return sums


def _has_blocks(length: int, weights: list[float]) -> bool:
    """Whether an axis has room for both its edges."""
    return length >= 2 * (BLOCK + len(weights) // 2)


def _bands(like: Tensor, weights: list[float], border: Border) -> tuple[Tensor, Tensor, Tensor]:
    """The weights (made, read) at the start of a long axis, of a block that sees no edge, and at its end.

    Each with `reach` pixels more, on the sides where there are any. A short axis shows them all. The edges are longer
    than the reach, for the last block may be cut.
    """
    reach = len(weights) // 2
    edge, seen = BLOCK + reach, BLOCK + 2 * reach
    band = _band(like, 2 * edge + BLOCK, weights, border)
    return band[:edge, :seen], band[edge : edge + BLOCK, BLOCK : BLOCK + seen], band[-edge:, -seen:]


def _band(like: Tensor, length: int, weights: list[float], border: Border) -> Tensor:
    """The weights (made, read) of all pixels of an axis: 0 but near the diagonal."""
    places, counts = _sources(length, len(weights), border)
    terms = _taps(like, weights) * counts.to(like)
    return like.new_zeros(length, length).scatter_add_(1, places.to(like.device), terms)


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


def _strips(image: Tensor) -> Iterator[tuple[int, int]]:
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

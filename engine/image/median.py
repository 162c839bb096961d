"""The median filter: every pixel becomes the middle one of its window's sorted values.

Salt and pepper stand at the two ends of the sorted values and vanish; an edge stays where it is. To sort
every window afresh would repeat most of its neighbour's work, so the windows of a whole tile of pixels are
sorted together: what they share is sorted once, and what can no longer be a median is dropped at once.
Values are only ever exchanged, by the minimum and the maximum of two whole images of them, and never looked
at: every picture takes the same time, and NaN, of which both make NaN, spreads to every window that holds it.

Sources: Tukey 1971 (the filter); Batcher 1968 (sorting by exchanges); Adams 2021, Fast median filters using
separable sorting networks (what neighbours share). Huang 1979 slides a histogram over the image instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import torch
from torch import Tensor

from engine.device import on_one_thread
from engine.image.border import check_border, check_image, check_size, pad
from engine.image.pixel import Border

BAND = 1 << 20  # bytes of image sorted at a time: what is sorted on the way takes some 40 times as much
BAND_OF_NINE = 1 << 17  # the same for 3 x 3: there, all that is made on the way then stays in the cache


@on_one_thread
def median_filter(image: Tensor, size: int, border: Border = "reflect") -> Tensor:
    """The median of the `size` x `size` window about every pixel of `image` (C, H, W), each channel by itself.

    `image` is uint8, and so is then the result, or float in 0..1; `size` is odd, in pixels. A window that holds
    NaN has the median NaN, as torch.median has it. Source: Tukey 1971.

    Raises:
        ValueError: an image of another shape or dtype, a size that is not odd, an unknown border.
    """
    check_image(image, (torch.uint8, torch.float32, torch.float64))
    check_size(size)
    check_border(border)
    if size == 1 or image.numel() == 0:
        return image.clone()
    if size == 3:
        padded = pad(image, 1, border)
        rows = max(1, BAND_OF_NINE // (len(image) * padded.shape[2] * image.element_size()))
        bands = [_median_of_nine(padded[:, top : top + rows + 2]) for top in range(0, image.shape[1], rows)]
        return torch.cat(bands, 1)
    return _median_by_tiles(image, size, border)


def _median_of_nine(padded: Tensor) -> Tensor:
    """The medians (C, H, W) of the 3 x 3 windows of (C, H + 2, W + 2).

    Every column of three is sorted once, for the three windows that hold it. The median of nine is that of three:
    the largest low of the three columns, the median of their middles, their smallest high.
    """
    channels, height, width = padded.shape
    columns = padded.new_empty(channels, height * width + 2)  # row after row: the next pixel is the next in memory
    columns[:, : height * width] = padded.flatten(1)
    above, at, below = (columns[:, row * width : (height - 2 + row) * width + 2] for row in range(3))
    low, middle, high = _sorted_three(above, at, below)
    left, centre, right = slice(None, -2), slice(1, -1), slice(2, None)
    lows = torch.maximum(torch.maximum(low[:, left], low[:, centre]), low[:, right])
    middles = _median_of_three(middle[:, left], middle[:, centre], middle[:, right])
    highs = torch.minimum(torch.minimum(high[:, left], high[:, centre]), high[:, right])
    whole_rows: Tensor = _median_of_three(lows, middles, highs).unflatten(1, (-1, width))
    return whole_rows[..., :-2]


def _median_of_three(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    return torch.clamp(c, torch.minimum(a, b), torch.maximum(a, b))


def _sorted_three(a: Tensor, b: Tensor, c: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    low, high = torch.minimum(a, b), torch.maximum(a, b)
    return torch.minimum(low, c), torch.clamp(c, low, high), torch.maximum(high, c)


# The windows of a tile
#
# A tile is t x t pixels. Its windows cover size + t - 1 rows and as many columns, and all of them share the
# rectangle of size - t + 1 rows and columns in the middle. Then the tiles are halved, left and right, top and
# bottom, and so on: the windows of half a tile share more, and those of one pixel are one window.
#
# All tiles are done at once. The last axes of every tensor, written M, run over the tiles and their halves,
# and a sorted list is a Python list of tensors.


@dataclass(frozen=True)
class _Tiles:
    """What is known of the rectangle that a tile's windows share, and of e columns and f rows on its sides."""

    core: list[Tensor]  # of (M): the values in the rectangle that may still be a median, sorted
    columns: list[Tensor]  # of (2, e, M), one a row of the rectangle: each column left or right of it, sorted
    rows: list[Tensor]  # of (2, f, M), one a column of the rectangle: each row above or below it, sorted
    corners: Tensor  # (2, e, 2, f, M): where those columns and rows cross, not sorted


def _median_by_tiles(image: Tensor, size: int, border: Border) -> Tensor:
    """The medians (C, H, W) of `image`, a band of rows of tiles at a time."""
    channels, height, width = image.shape
    tile = 2 ** ((size + 1).bit_length() - 2)  # a quarter to a half of the window
    reach = -(-(size - 1) // tile)  # the tiles beside its own that a window reaches into
    down, across = -(-height // tile), -(-width // tile)
    padded = image.new_zeros(channels, (down + reach) * tile, (across + reach) * tile)
    padded[:, : height + size - 1, : width + size - 1] = pad(image, size // 2, border)
    medians = image.new_empty(channels, down * tile, across * tile)
    rows = tile * max(1, BAND // (channels * across * tile**2 * image.element_size()))
    for top in range(0, down * tile, rows):
        band = medians[:, top : top + rows]
        band.copy_(_band(padded[:, top : top + band.shape[1] + reach * tile], size, tile, reach))
    return medians[:, :height, :width].contiguous()


def _band(padded: Tensor, size: int, tile: int, reach: int) -> Tensor:
    """The medians (C, H, W) of whole tiles, of (C, H + reach * tile, W + reach * tile)."""
    windows = _windows(padded, tile, reach)
    tiles = _first(windows.flatten(2), size, tile)
    splits = tile.bit_length() - 1
    for _ in range(splits):
        tiles = _turned(_halved(_turned(_halved(tiles, size)), size))
    halves: Tensor = tiles.core[0].unflatten(-1, windows.shape[2:])  # (bottom, right) of each split, the last one first
    order = [*range(2 * splits - 2, -1, -2), *range(2 * splits - 1, -1, -2), -3, -2, -1]
    dealt: Tensor = halves.permute(order).reshape(tile, tile, *windows.shape[2:])
    return dealt.permute(2, 3, 0, 4, 1).flatten(3).flatten(1, 2)


def _windows(padded: Tensor, tile: int, reach: int) -> Tensor:
    """The pixels under every tile's windows: (rows, columns, C, tiles down, tiles across).

    The image is dealt out first: one image of every tile's first pixel, one of its second, and so on. Then what
    all tiles need at once lies side by side in memory.
    """
    dealt: Tensor = padded.unflatten(2, (-1, tile)).unflatten(1, (-1, tile)).permute(2, 4, 0, 1, 3).contiguous()
    down, across = dealt.shape[3] - reach, dealt.shape[4] - reach
    shifted = dealt.unfold(3, down, 1).unfold(4, across, 1)  # (tile, tile, C, shifts, shifts, down, across)
    return shifted.permute(3, 0, 4, 1, 2, 5, 6).flatten(2, 3).flatten(0, 1)


def _first(windows: Tensor, size: int, tile: int) -> _Tiles:
    """Whole tiles: the rectangle that all windows (rows, columns, M) of a tile share, and what is beside it."""
    span, shared = size + tile - 1, slice(tile - 1, size)
    columns = _sort(windows[shared, :span])  # of (span, M)
    core = _merge_all([column[shared] for column in columns])
    beside = _sides(windows[:span, :span], tile)  # (2, f, span, M)
    return _Tiles(
        core=core[slice(*_candidates(len(core), size))],
        columns=[_sides(column, tile) for column in columns],
        rows=_sort(beside[:, :, shared].movedim(2, 0)),
        corners=_sides(beside.movedim(2, 0), tile),
    )


def _sides(values: Tensor, tile: int) -> Tensor:
    """The first and the last tile - 1 of `values` (n, ...): (2, tile - 1, ...)."""
    return torch.stack([values[: tile - 1], values[1 - tile :]])


def _halved(tiles: _Tiles, size: int) -> _Tiles:
    """Every tile's left and right half, along a new first axis of M.

    The windows of a half share more columns: those of the left half the nearer ones on the left side, those of
    the right half the nearer ones on the right. They go into the core, and lengthen the rows above and below.
    """
    half = (tiles.columns[0].shape[1] + 1) // 2
    height, width = len(tiles.columns), len(tiles.rows)
    dropped, _ = _candidates(height * width, size)
    first, last = _candidates(height * (width + half), size)
    strips = _merge_all([_near(column, half) for column in tiles.columns])  # of (2, M)
    ends = _sort(_near(tiles.corners, half).movedim(1, 3))  # of (2, f, 2, M)
    return _Tiles(
        core=_merge(tiles.core, strips, first - dropped, last - dropped),
        columns=[_far(column, half) for column in tiles.columns],
        rows=_merge([row[:, :, None] for row in tiles.rows], ends),
        corners=_far(tiles.corners, half).movedim(2, 4),
    )


def _near(beside: Tensor, half: int) -> Tensor:
    """Of the columns (2, e, ...) beside a tile the nearer ones, which its halves share: (half, 2, ...)."""
    nearer: Tensor = beside.flatten(0, 1)[half - 1 : 3 * half - 1].unflatten(0, (2, half))
    return nearer.transpose(0, 1)


def _far(beside: Tensor, half: int) -> Tensor:
    """Of the columns (2, e, ...) beside a tile those that stay beside its halves: (2, half - 1, 2, ...).

    On either side, the first half - 1 stay beside the left half and the last half - 1 beside the right half.
    """
    return beside.unfold(1, half - 1, half).movedim(-1, 1)


def _turned(tiles: _Tiles) -> _Tiles:
    """Rows for columns."""
    return _Tiles(tiles.core, tiles.rows, tiles.columns, tiles.corners.movedim((2, 3), (0, 1)))


def _candidates(count: int, size: int) -> tuple[int, int]:
    """The ranks, from the first to before the last, that may hold a window's median when `count` values are sorted.

    Each of the n values still to come goes below the median or above it: it is at most n ranks before the middle.
    """
    middle, to_come = size**2 // 2, size**2 - count
    return max(0, middle - to_come), min(count, middle + 1)


# Sorting by exchanges


def _sort(values: Tensor) -> list[Tensor]:
    """The n values (n, ...) in order."""
    return _merge_all([values])


def _merge_all(lists: list[Tensor]) -> list[Tensor]:
    """Sorted lists side by side, one list of (n, ...), merged two and two into one of (...)."""
    pairs = len(lists[0]) // 2
    if pairs == 0:
        return [values[0] for values in lists]
    merged = _merge_all(_merge([values[:pairs] for values in lists], [values[pairs : 2 * pairs] for values in lists]))
    return _merge(merged, [values[-1] for values in lists]) if len(lists[0]) % 2 else merged


def _merge(a: list[Tensor], b: list[Tensor], first: int = 0, last: int | None = None) -> list[Tensor]:
    """The values of rank `first` to `last` - 1 among those of two sorted lists, sorted.

    a[i] is one of the `last` smallest as long as it is less than its opposite, b[last - 1 - i], which otherwise is:
    the smaller of each two. The smallest of a rise, then, and those of b fall: they make a hill.
    """
    last = len(a) + len(b) if last is None else last
    if last - first == 1:
        return [_median_of_two(a, b)]
    if len(b) <= 3 and last - first == len(a) + len(b):
        return _insert(a, b)
    alone = last - len(b)  # so many of a have no opposite
    opposites = [torch.minimum(x, y) for x, y in zip(a[alone:], reversed(b), strict=False)]
    return _sort_hill([*a[:alone], *opposites, *reversed(b[: last - len(a)])], first)


def _median_of_two(a: list[Tensor], b: list[Tensor]) -> Tensor:
    """The median of the values of two sorted lists, of which a has one more."""
    median = a[0]
    for rising, falling in zip(a[1:], reversed(b), strict=True):
        median = torch.clamp(falling, median, rising)
    return median


def _insert(a: list[Tensor], values: list[Tensor]) -> list[Tensor]:
    """The sorted list a with `values` among it. At every place, a new value is held between two neighbours."""
    for value in values:
        between = [torch.clamp(value, low, high) for low, high in pairwise(a)]
        a = [torch.minimum(value, a[0]), *between, torch.maximum(value, a[-1])]
    return a


def _sort_hill(hill: list[Tensor], first: int) -> list[Tensor]:
    """The values of rank `first` and above in a list that rises and then falls, sorted."""
    values = list(hill)
    for low, high, keep_low, keep_high in _network(len(hill), first):
        a, b = values[low], values[high]
        if keep_low:
            values[low] = torch.minimum(a, b)
        if keep_high:
            values[high] = torch.maximum(a, b)
    return values[first:]


@lru_cache(maxsize=1024)
def _network(count: int, first: int) -> tuple[tuple[int, int, bool, bool], ...]:
    """The exchanges that sort a hill of `count` values, as far as the values of rank `first` and above need them.

    Of values half a hill apart the smaller ones belong to the lower half, the larger ones to the upper half, and
    each half is a hill again, begun somewhere on its slope. A hill whose length is no power of 2 stands for one
    that has more foot: the lowest values, in front, stay there in every exchange. Source: Batcher 1968.
    """
    length = 1 << (count - 1).bit_length()
    foot = length - count
    exchanges = []
    half = length // 2
    while half:
        exchanges += [(at - foot, at - foot + half) for at in range(foot, length - half) if not at & half]
        half //= 2
    needed = [rank >= first for rank in range(count)]
    kept = []
    for low, high in reversed(exchanges):
        if needed[low] or needed[high]:
            kept.append((low, high, needed[low], needed[high]))
            needed[low] = needed[high] = True
    return tuple(reversed(kept))

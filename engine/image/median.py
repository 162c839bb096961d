"""The median filter: each pixel becomes the middle one of its window's sorted values.

Salt and pepper end up at the two ends of the sorted values and vanish; an edge stays where it is. Sorting
every window afresh would repeat nearly all the work of its neighbour, so the windows of a whole tile of
pixels are sorted together: what they share is sorted once, and what can no longer be the middle is dropped.
All is done by exchanges, a minimum and a maximum of two whole images of values, never by looking at a value:
the time is the same for every picture, and a NaN, which turns both into NaN, spreads to every window it is in.

Sources: Tukey 1971 (the filter); Batcher 1968 (bitonic merging); Adams 2021, "Fast median filters using
separable sorting networks" (sharing rows and columns between tiles). Huang 1979 slides a histogram instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from functools import lru_cache

import torch
from torch import Tensor

from engine.image.border import check_border, check_image, check_size, pad
from engine.image.pixel import Border

TILE = 0
BAND = 1 << 21  # bytes of image that are sorted at a time: the lists on the way are some 50 times as large


def median_filter(image: Tensor, size: int, border: Border = "reflect") -> Tensor:
    """The median of the `size` x `size` window about each pixel of `image` (C, H, W), each channel alone.

    `image` is uint8 in 0..255 (the result is exact, and uint8) or float in 0..1, `size` odd and in pixels.
    NaN in a window makes its median NaN, as torch.median has it. Source: Tukey 1971.

    Raises:
        ValueError: an image of another shape or dtype, an even size, an unknown border.
    """
    check_image(image, (torch.uint8, torch.float32, torch.float64))
    check_size(size)
    check_border(border)
    if size == 1 or image.numel() == 0:
        return image.clone()
    if size == 3:
        return _median_of_nine(pad(image, 1, border))
    return _median_by_tiles(image, size, border)


def _median_of_nine(padded: Tensor) -> Tensor:
    """The medians (C, H, W) of the 3 x 3 windows of (C, H + 2, W + 2).

    Sort each column of three; a window holds three such columns. Its median is the median of: the largest of
    the three lows, the median of the three middles, the smallest of the three highs.
    """
    low, middle, high = _sorted_three(padded[:, :-2], padded[:, 1:-1], padded[:, 2:])
    left, centre, right = slice(None, -2), slice(1, -1), slice(2, None)
    lows = torch.maximum(torch.maximum(low[..., left], low[..., centre]), low[..., right])
    middles = _sorted_three(middle[..., left], middle[..., centre], middle[..., right])[1]
    highs = torch.minimum(torch.minimum(high[..., left], high[..., centre]), high[..., right])
    return _sorted_three(lows, middles, highs)[1]


def _sorted_three(a: Tensor, b: Tensor, c: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    low, high = torch.minimum(a, b), torch.maximum(a, b)
    return torch.minimum(low, c), torch.clamp(c, low, high), torch.maximum(high, c)


# The windows of a tile ---------------------------------------------------------------------------------
#
# A tile is t x t pixels; its windows reach over size + t - 1 rows and as many columns, and all share the
# n = size - t + 1 rows and columns in the middle. Tiles are handled all at once: the last axis of every
# tensor runs over M tiles, and a sorted list is a Python list of such tensors.


@dataclass(frozen=True)
class _Tiles:
    """What is sorted so far of M tiles whose windows share a rectangle of pixels.

    Beside the rectangle lie `e` more columns on either side, and `f` more rows, that some of the windows hold.
    """

    core: list[Tensor]  # of (M): the shared pixels that may still be a median, sorted
    columns: list[Tensor]  # of (2, e, M), as many as shared rows: each column beside the rectangle, sorted
    rows: list[Tensor]  # of (2, f, M), as many as shared columns: each row above or below it, sorted
    corners: Tensor  # (2, f, 2, e, M): the pixels where those rows and columns would cross, unsorted


def _median_by_tiles(image: Tensor, size: int, border: Border) -> Tensor:
    """The medians (C, H, W) of `image`, a band of rows of tiles at a time."""
    channels, height, width = image.shape
    tile = TILE or 1 << ((size + 1) // 2).bit_length() - 1
    reach = -(-(size - 1) // tile)  # tiles that a window reaches beyond its own
    down, across = -(-height // tile), -(-width // tile)
    padded = image.new_zeros(channels, (down + reach) * tile, (across + reach) * tile)
    padded[:, : height + size - 1, : width + size - 1] = pad(image, size // 2, border)
    medians = image.new_empty(channels, down * tile, across * tile)
    band = max(1, BAND // (channels * across * tile**2 * image.element_size()))
    for top in range(0, down, band):
        rows = slice(top * tile, min(top + band, down) * tile)
        medians[:, rows] = _band(padded[:, rows.start : rows.stop + reach * tile], size, tile)
    return medians[:, :height, :width]


def _band(padded: Tensor, size: int, tile: int) -> Tensor:
    """The medians (C, h, w) of an image (C, h + reach, w + reach), all in whole tiles."""
    pixels, (channels, down, across) = _windows(padded, size, tile)
    tiles = _first(pixels, size, tile)
    splits = tile.bit_length() - 1
    for _ in range(splits):
        tiles = _turned(_halved(_turned(_halved(tiles, size)), size))
    # (row bit, column bit) of each split, the last split first, then the tiles
    bits = tiles.core[0].view(*[2] * 2 * splits, -1)
    order = [*range(2 * splits - 2, -1, -2), *range(2 * splits - 1, -1, -2), 2 * splits]
    whole = bits.permute(order).reshape(tile, tile, channels, down, across)
    return whole.permute(2, 3, 0, 4, 1).reshape(channels, down * tile, across * tile)


def _windows(padded: Tensor, size: int, tile: int) -> tuple[Tensor, tuple[int, int, int]]:
    """All pixels under the windows of each tile, (size + tile - 1, size + tile - 1, M), and M's three axes.

    The image is first dealt out into tile x tile images, one of every tile's first pixel, one of its second
    and so on: what all tiles need next is then one piece of memory.
    """
    span = size + tile - 1
    reach = -(-(size - 1) // tile)
    dealt = padded.unflatten(2, (-1, tile)).unflatten(1, (-1, tile)).permute(2, 4, 0, 1, 3).contiguous()
    down, across = dealt.shape[3] - reach, dealt.shape[4] - reach
    shifted = dealt.unfold(3, down, 1).unfold(4, across, 1)  # (tile, tile, C, reach + 1, reach + 1, down, across)
    whole = shifted.permute(3, 0, 4, 1, 2, 5, 6).flatten(4).flatten(2, 3).flatten(0, 1)
    return whole[:span, :span], (padded.shape[0], down, across)


def _first(pixels: Tensor, size: int, tile: int) -> _Tiles:
    """The shared rectangle of whole tiles sorted, and every row and column beside it."""
    shared = slice(tile - 1, size)
    columns = _sort(pixels[shared])  # of (size + tile - 1, M)
    core = _merge_all([column[shared] for column in columns])
    first, last = _candidates(len(core), size)
    beside = _sides(pixels, tile)  # (2, tile - 1, size + tile - 1, M)
    return _Tiles(
        core=core[first:last],
        columns=[_sides(column, tile) for column in columns],
        rows=_sort(beside[:, :, shared].movedim(2, 0)),
        corners=_sides(beside.movedim(2, 0), tile).movedim((2, 3), (0, 1)),
    )


def _sides(values: Tensor, tile: int) -> Tensor:
    """The first and the last tile - 1 of `values`, (2, tile - 1, ...)."""
    return torch.stack([values[: tile - 1], values[1 - tile :]])


def _halved(tiles: _Tiles, size: int) -> _Tiles:
    """Each tile as a left and a right half: a new first axis of M.

    The windows of half a tile share more columns: for the left half the nearer ones on the left, for the
    right half the nearer ones on the right. These go into the core, and into every row above and below.
    """
    half = (tiles.columns[0].shape[1] + 1) // 2
    height, width = len(tiles.columns), len(tiles.rows)
    dropped, _ = _candidates(height * width, size)
    first, last = _candidates(height * (width + half), size)
    strips = _merge_all([_near(column, half) for column in tiles.columns])  # of (2, M)
    ends = _sort(_near(tiles.corners.movedim((2, 3), (0, 1)), half).movedim(1, 3))  # of (2, f, 2, M)
    return _Tiles(
        core=_merge(tiles.core, strips, first - dropped, last - dropped),
        columns=[_far(column, half) for column in tiles.columns],
        rows=_merge([row[:, :, None] for row in tiles.rows], ends),
        corners=_far(tiles.corners.movedim((2, 3), (0, 1)), half).movedim((0, 1, 2), (2, 3, 4)),
    )


def _near(beside: Tensor, half: int) -> Tensor:
    """Of the columns (2, e, M) beside a tile the nearer ones, which its halves now share: (half, 2, M)."""
    return beside.flatten(0, 1)[half - 1 : 3 * half - 1].unflatten(0, (2, half)).transpose(0, 1)


def _far(beside: Tensor, half: int) -> Tensor:
    """Of the columns (2, e, M) beside a tile those that stay beside its halves: (2, half - 1, 2, M).

    On either side, the first half - 1 stay beside the left half and the last half - 1 beside the right one.
    """
    return beside.unfold(1, half - 1, half).movedim(-1, 1)


def _turned(tiles: _Tiles) -> _Tiles:
    """Rows for columns."""
    return _Tiles(tiles.core, tiles.rows, tiles.columns, tiles.corners.movedim((0, 1), (2, 3)))


def _candidates(count: int, size: int) -> tuple[int, int]:
    """Which ranks, first to last - 1, among `count` of a window's pixels may hold the window's median.

    With r pixels still to come the median is at least the r-th before the middle and at most the middle.
    """
    middle, to_come = size**2 // 2, size**2 - count
    return max(0, middle - to_come), min(count, middle + 1)


# Sorting by exchanges -----------------------------------------------------------------------------------


def _sort(values: Tensor) -> list[Tensor]:
    """Values (n, ...) sorted along the first axis."""
    return _merge_all([values])


def _merge_all(lists: list[Tensor]) -> list[Tensor]:
    """g sorted lists, as one list of (g, ...), merged into one of (...), two and two."""
    pairs = len(lists[0]) // 2
    if pairs == 0:
        return [values[0] for values in lists]
    merged = _merge_all(_merge([x[:pairs] for x in lists], [x[pairs : 2 * pairs] for x in lists]))
    return _merge(merged, [x[-1] for x in lists]) if len(lists[0]) % 2 else merged


def _merge(a: list[Tensor], b: list[Tensor], first: int = 0, last: int | None = None) -> list[Tensor]:
    """The values of rank first to last - 1 among two sorted lists, sorted.

    A rising list followed by a falling one is a hill. The `last` smallest values, too, make up a hill: the
    rank of a[i] among both lists is below `last` as long as a[i] is less than its opposite, b[last - 1 - i].
    """
    last = len(a) + len(b) if last is None else last
    if last - first == 1:
        return [_middle(a, b)]
    if len(b) <= 2 and last - first == len(a) + len(b):
        return _insert(a, b)
    bend = last - len(b)
    hill = a[:bend] + [torch.minimum(x, y) for x, y in zip(a[bend:], b[::-1])] + b[: max(0, last - len(a))][::-1]
    return _sort_hill(hill, first)


def _middle(a: list[Tensor], b: list[Tensor]) -> Tensor:
    """The median of two sorted lists, of n + 1 and n values."""
    middle = a[0]
    for rising, falling in zip(a[1:], reversed(b), strict=True):
        middle = torch.clamp(falling, middle, rising)
    return middle


def _insert(a: list[Tensor], values: list[Tensor]) -> list[Tensor]:
    """A sorted list with `values` put in, one by one: each is clamped between neighbours."""
    for value in values:
        between = [torch.clamp(value, low, high) for low, high in zip(a, a[1:])]
        a = [torch.minimum(value, a[0]), *between, torch.maximum(value, a[-1])]
    return a


def _sort_hill(hill: list[Tensor], first: int) -> list[Tensor]:
    values = [None] * ((1 << (len(hill) - 1).bit_length()) - len(hill)) + hill
    foot = len(values) - len(hill)
    for low, high, lower, upper in _network(len(hill), first):
        a, b = values[low], values[high]
        values[low] = torch.minimum(a, b) if lower else None
        values[high] = torch.maximum(a, b) if upper else None
    return values[foot + first :]


@lru_cache(maxsize=1000)
def _network(count: int, first: int) -> list[tuple[int, int, bool, bool]]:
    width = 1 << (count - 1).bit_length()
    foot = width - count
    steps = []
    distance = width // 2
    while distance:
        steps += [(i, i + distance) for i in range(foot, width - distance) if not i & distance]
        distance //= 2
    needed = [rank >= foot + first for rank in range(width)]
    network = []
    for low, high in reversed(steps):
        lower, upper = needed[low], needed[high]
        if lower or upper:
            network.append((low, high, lower, upper))
            needed[low] = needed[high] = True
    return network[::-1]

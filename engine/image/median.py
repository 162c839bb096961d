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
# tensor runs over M tiles, and a sorted list lies along the first axis.


@dataclass(frozen=True)
class _Tiles:
    """What is sorted so far of M tiles whose windows share a rectangle of `height` x `width` pixels."""

    core: Tensor  # (candidates, M): the shared pixels that may still be a median, sorted
    columns: Tensor  # (height, E, M): beside the rectangle, E / 2 on its left and on its right, each sorted
    rows: Tensor  # (width, F, M): F / 2 rows above the rectangle and below it, each sorted
    corners: Tensor  # (F, E, M): the pixels where those rows and columns would cross, unsorted


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
    bits = tiles.core.view(*[2] * 2 * splits, -1)
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
    above, left = (torch.cat([pixels[: tile - 1], pixels[size:]]), pixels[shared])
    columns = _sort(left)  # (n, span, M)
    first, last = _candidates(len(columns) ** 2, size)
    return _Tiles(
        core=_merge_all(columns[:, shared])[first:last],
        columns=torch.cat([columns[:, : tile - 1], columns[:, size:]], 1),
        rows=_sort(above[:, shared].transpose(0, 1)),
        corners=torch.cat([above[:, : tile - 1], above[:, size:]], 1),
    )


def _halved(tiles: _Tiles, size: int) -> _Tiles:
    """Each tile as a left and a right half, the second half of the new M.

    The windows of half a tile share more columns: for the left half the nearer ones on the left, for the
    right half the nearer ones on the right. These go into the core, and into every row above and below.
    """
    half = (tiles.columns.shape[1] + 2) // 4
    near = slice(half - 1, 3 * half - 1)
    height, width = len(tiles.columns), len(tiles.rows)
    strips = _merge_all(tiles.columns[:, near].unflatten(1, (2, half)).transpose(1, 2))  # (height * half, 2, M)
    dropped, _ = _candidates(height * width, size)
    first, last = _candidates(height * (width + half), size)
    ends = tiles.corners[:, near].unflatten(1, (2, half)).permute(2, 0, 1, 3)  # (half, F, 2, M)
    if last - first == 1:
        core = _middle(tiles.core[:, None], strips)
    else:
        core = _merge(tiles.core[:, None], strips, first - dropped, last - dropped)
    return _Tiles(
        core=core.flatten(1),
        columns=_far(tiles.columns, half),
        rows=_merge(tiles.rows[:, :, None], _sort(ends)).flatten(2),
        corners=_far(tiles.corners, half),
    )


def _far(beside: Tensor, half: int) -> Tensor:
    """Of the columns (n, E, M) beside a tile those that stay beside its halves, (n, E', 2 M).

    On either side, the first half - 1 stay beside the left half and the last half - 1 beside the right one.
    """
    sides = beside.unflatten(1, (2, 2 * half - 1)).unfold(2, half - 1, half)  # (n, 2, halves, M, half - 1)
    return sides.movedim(-1, 2).flatten(3).flatten(1, 2)


def _turned(tiles: _Tiles) -> _Tiles:
    """Rows for columns."""
    return _Tiles(tiles.core, tiles.rows, tiles.columns, tiles.corners.transpose(0, 1))


def _candidates(count: int, size: int) -> tuple[int, int]:
    """Which ranks, first to last - 1, among `count` of a window's pixels may hold the window's median.

    With r pixels still to come the median is at least the r-th before the middle and at most the middle.
    """
    middle, to_come = size**2 // 2, size**2 - count
    return max(0, middle - to_come), min(count, middle + 1)


# Sorting by exchanges -----------------------------------------------------------------------------------


def _sort(values: Tensor) -> Tensor:
    """Sorted along the first axis."""
    return _merge_all(values[None])


def _merge_all(lists: Tensor) -> Tensor:
    """Sorted lists (n, g, ...) merged, two and two, into one list (n * g, ...)."""
    pairs = lists.shape[1] // 2
    if pairs == 0:
        return lists[:, 0]
    merged = _merge_all(_merge(lists[:, :pairs], lists[:, pairs : 2 * pairs]))
    return _merge(merged, lists[:, -1]) if lists.shape[1] % 2 else merged


def _merge(a: Tensor, b: Tensor, first: int = 0, last: int | None = None) -> Tensor:
    """The values of rank first to last - 1 among the sorted lists a (n, ...) and b (m, ...), sorted.

    A rising list followed by a falling one is a hill. The `last` smallest values, too, make up a hill: the
    rank of a[i] among both lists is below `last` as long as a[i] is less than its opposite, b[last - 1 - i].
    """
    last = len(a) + len(b) if last is None else last
    if len(b) <= 2 and last - first == len(a) + len(b):
        return _insert(a, b)
    a, falling = a[:last], b[:last].flip(0)
    opposite = len(a) + len(b[:last]) - last
    width = 1 << (last - 1).bit_length()
    foot, bend = width - last, width - len(falling)  # where a begins, and where the opposites do
    hill = a.new_empty(width, *torch.broadcast_shapes(a.shape[1:], b.shape[1:]))
    hill[:foot] = -torch.inf if hill.is_floating_point() else 0
    hill[foot:bend] = a[: bend - foot]
    torch.minimum(a[bend - foot :], falling[:opposite], out=hill[bend : bend + opposite])
    hill[bend + opposite :] = falling[opposite:]
    merged = torch.empty_like(hill[: last - first])
    _sort_hill(hill, foot + first, merged)
    return merged


def _middle(a: Tensor, b: Tensor) -> Tensor:
    """The median (1, ...) of the sorted lists a (n + 1, ...) and b (n, ...)."""
    middle = a[:1]
    for rising, falling in zip(a[1:], b.flip(0) if False else reversed(b.unbind(0)), strict=True):
        middle = torch.clamp(falling, middle, rising)
    return middle


def _insert(a: Tensor, values: Tensor) -> Tensor:
    """The sorted list a (n, ...) with each of `values` (m, ...) put in: it is its place between neighbours."""
    for value in values.split(1):
        longer = a.new_empty(len(a) + 1, *torch.broadcast_shapes(a.shape[1:], value.shape[1:]))
        torch.minimum(value, a[:1], out=longer[:1])
        torch.clamp(value, a[:-1], a[1:], out=longer[1:-1])
        torch.maximum(value, a[-1:], out=longer[-1:])
        a = longer
    return a


def _sort_hill(hill: Tensor, first: int, out: Tensor) -> None:
    """Write the values of rank `first` and above of a hill (2^p, ...) into `out`, sorted. Spoils the hill.

    The smaller of the values half the hill apart are its lower half, the larger ones its upper half, and
    both are hills again, if perhaps begun half way up. Source: Batcher 1968.
    """
    half = len(hill) // 2
    if half == 0:
        out.copy_(hill)
    elif first >= half:
        _sort_hill(torch.maximum(hill[:half], hill[half:]), first - half, out)
    elif first > 0:
        _sort_hill(torch.minimum(hill[:half], hill[half:]), first, out[: half - first])
        _sort_hill(torch.maximum(hill[:half], hill[half:]), 0, out[half - first :])
    else:
        steps = half.bit_length()
        here, there = _ends(hill), _ends(torch.empty_like(hill))
        for step in range(steps):
            if step == steps - 1:
                there = _ends(out)
            torch.minimum(here[0], here[1], out=there[2])
            torch.maximum(here[0], here[1], out=there[3])
            here, there = there, here


def _ends(hill: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Its first half, its second half, and its even and odd places."""
    half = len(hill) // 2
    return hill[:half], hill[half:], hill[0::2], hill[1::2]

"""Where things stand: the columns of layers in the cone, and the rows of the table."""

from __future__ import annotations

from scenes.convolution.receptive_model import Result

ROWS = 6  # of the table
SETTINGS = ("kernel", "stride", "padding", "dilation", "channels")  # columns that can be typed into
HEADS = ("k", "s", "p", "d", "C")
FOUND = ("size", "jump", "start", "field", "weights", "mult-adds")
GAP = 0.3  # between what is set and what is found


def rows_of(count: int, chosen: int) -> range:
    """The layers that the table shows: all, or those around the chosen one."""
    first = min(max(chosen - ROWS // 2, 0), max(count - ROWS, 0))
    return range(first, min(first + ROWS, count))


def column_of(number: int) -> float:
    """Where a layer stands in the cone, from left to right; the image, -1, stands at 0."""
    return float(number + 1)


def pixel_of(result: Result, number: int, unit: float) -> float:
    """Where a unit of a layer has the middle of its field, in pixels of the image."""
    one = result.measure(number)
    return one.start + unit * one.jump


def unit_at(result: Result, number: int, pixel: float) -> int:
    """The unit of a layer whose field's middle is nearest to a pixel."""
    one = result.measure(number)
    return min(max(round((pixel - one.start) / one.jump), 0), one.size - 1)

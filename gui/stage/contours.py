"""Lines of equal value through a grid of samples, by marching squares (Lorensen & Cline 1987, in 2-D)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# For each of the 16 ways the corners (nw, ne, se, sw) can lie above the level: the sides a line joins.
# Sides: 0 top, 1 right, 2 bottom, 3 left. The two saddles are cut into two lines.
_SIDES = {
    1: ((3, 0),), 2: ((0, 1),), 3: ((3, 1),), 4: ((1, 2),), 5: ((3, 0), (1, 2)), 6: ((0, 2),), 7: ((3, 2),),
    8: ((2, 3),), 9: ((2, 0),), 10: ((0, 1), (2, 3)), 11: ((2, 1),), 12: ((1, 3),), 13: ((1, 0),), 14: ((0, 3),),
}  # fmt: skip


_JOINS = np.full((16, 2, 2), -1)  # the same as a table: case -> first and second line -> its two sides
for _case, _lines in _SIDES.items():
    _JOINS[_case, : len(_lines)] = _lines


def contour_segments(values: NDArray[np.float64], levels: Sequence[float]) -> NDArray[np.float64]:
    """Segments `(N, 2, 2)` as (x, y) ends in samples (column, row), for all levels. NaN cuts the lines."""
    empty = np.empty((0, 2, 2))
    if values.ndim != 2 or min(values.shape) < 2:
        return empty
    known = np.isfinite(values)
    whole = known[:-1, :-1] & known[:-1, 1:] & known[1:, 1:] & known[1:, :-1]
    return np.concatenate([*(_segments(values, whole, level) for level in levels), empty])


def _segments(values: NDArray[np.float64], whole: NDArray[np.bool_], level: float) -> NDArray[np.float64]:
    """The lines of one level, through the cells whose four corners are known."""
    above = (values > level).view(np.uint8)
    case = above[:-1, :-1] + 2 * above[:-1, 1:] + 4 * above[1:, 1:] + 8 * above[1:, :-1]
    row, column = np.nonzero((case > 0) & (case < 15) & whole)
    ends = _crossings(values, level, row, column)
    joins = _JOINS[case[row, column]]  # (K, 2, 2)
    second = joins[:, 1, 0] >= 0
    cell = np.arange(len(row))
    return np.concatenate([ends[cell[:, None], joins[:, 0]], ends[cell[second][:, None], joins[second, 1]]])


def _crossings(
    values: NDArray[np.float64], level: float, row: NDArray[np.intp], column: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Where the level crosses the top, right, bottom and left side of each cell, linearly, `(K, 4, 2)`; a side
    that it does not cross has a place that means nothing.
    """
    nw, ne = values[row, column], values[row, column + 1]
    sw, se = values[row + 1, column], values[row + 1, column + 1]
    start, end = np.stack([nw, ne, sw, nw]), np.stack([ne, se, se, sw])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = (level - start) / (end - start)
    ends = np.empty((len(row), 4, 2))
    ends[:, :, 0] = column[:, None] + np.array([0.0, 1.0, 0.0, 0.0])
    ends[:, :, 1] = row[:, None] + np.array([0.0, 0.0, 1.0, 0.0])
    ends[:, 0, 0] += share[0]
    ends[:, 1, 1] += share[1]
    ends[:, 2, 0] += share[2]
    ends[:, 3, 1] += share[3]
    return ends

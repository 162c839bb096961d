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


def contour_segments(values: NDArray[np.float64], levels: Sequence[float]) -> NDArray[np.float64]:
    """Segments `(N, 2, 2)` as (x, y) ends in samples (column, row), for all levels. NaN cuts the lines."""
    if min(values.shape) < 2 or not len(levels):
        return np.empty((0, 2, 2))
    heights = np.asarray(levels, np.float64)
    above = (values > heights[:, None, None]).view(np.uint8)  # (levels, H, W)
    case = above[:, :-1, :-1] + above[:, :-1, 1:] * 2 + above[:, 1:, 1:] * 4 + above[:, 1:, :-1] * 8
    crossed = np.flatnonzero((case > 0) & (case < 15))  # few cells are crossed at all
    line, row, column = np.unravel_index(crossed, case.shape)
    corners = [values[row + down, column + across] for down, across in ((0, 0), (0, 1), (1, 1), (1, 0))]
    known = np.isfinite(corners).all(0)
    corners = [corner[known] for corner in corners]
    sides = _crossings(corners, heights[line[known]], column[known].astype(float), row[known].astype(float))
    kind = case.ravel()[crossed[known]]
    pieces = []
    for number, joins in _SIDES.items():
        here = np.flatnonzero(kind == number)
        pieces += [np.stack([sides[a][here], sides[b][here]], 1) for a, b in joins]
    return np.concatenate(pieces)


def _crossings(
    corners: list[NDArray[np.float64]],
    level: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> list[NDArray[np.float64]]:
    """Where its level crosses the top, right, bottom and left side of each cell, linearly."""

    def share(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.nan_to_num((level - a) / (b - a))

    nw, ne, se, sw = corners
    return [
        np.stack([x + share(nw, ne), y], 1),
        np.stack([x + 1, y + share(ne, se)], 1),
        np.stack([x + share(sw, se), y + 1], 1),
        np.stack([x, y + share(nw, sw)], 1),
    ]

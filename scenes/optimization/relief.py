"""A landscape seen from aside: its faces projected, and the way there and back for points on it.

The camera looks from far away. At azimuth 0 x goes to the right and y away from it; the elevation is how high
above the ground it stands, 90 degrees being straight above. On the picture the view is 2 wide.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.functions.surface import View
from scenes.optimization.landscape import Landscape
from scenes.picture import Faces
from scenes.scene import locked

STRIDE = 4  # nodes of the landscape from one corner of a face to the next
HEIGHT = 0.65  # of the whole relief, where the view is 2 wide
LOWEST, HIGHEST = 15.0, 90.0  # elevations
SHEET: View = (-1.3, -0.65, 1.3, 1.35)  # what the panel shows


def held(elevation: float) -> float:
    """The elevation within its limits."""
    return min(max(elevation, LOWEST), HIGHEST)


@lru_cache(16)
def faces_of(landscape: Landscape, azimuth: float, elevation: float) -> Faces:
    """The relief's faces, far ones first. Where the surface has no value there is none."""
    heights = landscape.scale.heights(landscape.nodes)[::STRIDE, ::STRIDE]
    rows, columns = heights.shape
    x1, y1, x2, y2 = landscape.view
    y, x = np.meshgrid(np.linspace(y1, y2, rows), np.linspace(x1, x2, columns), indexing="ij")
    places, depth = _projected(landscape.view, x, y, heights, azimuth, elevation)
    quads = np.stack([_corners(places[..., axis]) for axis in (0, 1)], -1)  # (rows - 1, columns - 1, 4, 2)
    height, far = _corners(heights).mean(-1).ravel(), _corners(depth).mean(-1).ravel()
    known = np.flatnonzero(np.isfinite(height))
    order = known[np.argsort(-far[known], kind="stable")]
    return Faces(
        polygons=locked(quads.reshape(-1, 4, 2)[order]),
        levels=locked((height[order] * 255).astype(np.uint8)),
        strength=0.85,
        handle="relief",
    )


def lifted(
    landscape: Landscape,
    points: NDArray[np.float64],
    values: NDArray[np.float64],
    azimuth: float,
    elevation: float,
) -> NDArray[np.float64]:
    """Points `(N, 2)` of the plane with the surface's values `(N,)`, where they are on the picture `(N, 2)`;
    NaN for those outside the view.
    """
    x1, y1, x2, y2 = landscape.view
    x, y = points.T
    inside = (x >= x1) & (x <= x2) & (y >= y1) & (y <= y2)
    with np.errstate(invalid="ignore"):
        places, _ = _projected(landscape.view, x, y, landscape.scale.heights(values), azimuth, elevation)
    return np.where(inside[:, None], places, np.nan)


def moved_by(view: View, dx: float, dy: float, azimuth: float, elevation: float) -> tuple[float, float]:
    """How far a point of the plane goes that is moved by (dx, dy) on the picture, at one height."""
    turn, tilt = math.radians(azimuth), math.radians(held(elevation))
    away = dy / math.sin(tilt)
    size = (view[2] - view[0]) / 2
    return (
        size * (dx * math.cos(turn) + away * math.sin(turn)),
        size * (away * math.cos(turn) - dx * math.sin(turn)),
    )


def _projected(
    view: View, x: NDArray[np.float64], y: NDArray[np.float64], heights: NDArray[np.float64],
    azimuth: float, elevation: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
    """Places `(..., 2)` on the picture, and how far away they are."""
    x1, y1, x2, y2 = view
    turn, tilt = math.radians(azimuth), math.radians(held(elevation))
    across, up = (x - (x1 + x2) / 2) * 2 / (x2 - x1), (y - (y1 + y2) / 2) * 2 / (x2 - x1)
    right, away = across * math.cos(turn) - up * math.sin(turn), across * math.sin(turn) + up * math.cos(turn)
    z = heights * HEIGHT
    places = np.stack([right, z * math.cos(tilt) + away * math.sin(tilt)], -1)
    return places, away * math.cos(tilt) - z * math.sin(tilt)


def _corners(grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values at the four corners of each cell of a grid `(H, W)`, once around: `(H - 1, W - 1, 4)`."""
    return np.stack([grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]], -1)

"""A surface as a landscape: heat map and contours, on a scale on which flat floors and steep walls both show.

Heights are numbers from 0 to 1: the surface's values between the lowest and the highest seen, on a scale that is
bent logarithmically as far as is needed to lift the middle value to a half.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.functions.surface import Surface, View
from scenes.picture import Contours, Heatmap, Mark
from scenes.scene import locked

REACH = (1.45, 1.85)  # of the view across and up, that are drawn: a panel is seldom of the view's own shape
PIXELS = (420, 400)  # across and up, of the heat map
AROUND = (131, 125)  # of the grid that contours are made of
MANY_TURNS = 8  # ups and downs in a row, beyond which that grid is twice as fine
NODES = (113, 85)  # of the grid over the view that meshes are made of
LINES = 11  # contours
MOST_BENT = 1e6
OUTLYING = 20.0  # how many times the spread of most values one may lie away from them and still be shown


@dataclass(frozen=True, kw_only=True, eq=False)
class Landscape:
    """What there is to see of a surface in its view, and around it within `reach`. Rows of nodes go up, those of
    `levels` down.
    """

    view: View
    reach: View
    scale: Scale  # of the view
    tint: Scale  # of the reach
    nodes: NDArray[np.float64]  # (85, 113) values at the nodes, corners at the view's corners
    around: NDArray[np.float64]  # (125, 131) values all over the reach, (249, 261) where it has many turns
    levels: NDArray[np.uint8]  # (400, 420) heights by `tint` all over the reach, 0 to 255
    known: NDArray[Any] | None  # where the surface has a value, or None: everywhere
    lines: tuple[float, ...]  # the values of the contours


@dataclass(frozen=True, kw_only=True)
class Scale:
    """From values to heights in 0..1: linear where `bend` is 0, else logarithmic from `low` on."""

    low: float
    high: float
    bend: float

    def heights(self, values: Any) -> Any:
        """The heights of an array of values: NaN for what is not finite; what is beyond is cut off."""
        with np.errstate(all="ignore"):
            share = np.clip((values - self.low) / (self.high - self.low), 0, 1)
            share = np.where(np.isfinite(values), share, np.nan).astype(share.dtype)
            return np.log1p(self.bend * share) / math.log1p(self.bend) if self.bend else share

    def value(self, height: float) -> float:
        """The value that has this height."""
        share = math.expm1(height * math.log1p(self.bend)) / self.bend if self.bend else height
        return self.low + share * (self.high - self.low)


@lru_cache(32)
def landscape_of(surface: Surface) -> Landscape:
    """The landscape of a surface, kept for the next picture of the very same one."""
    x1, y1, x2, y2 = view = surface.view
    nodes = _values(surface, np.linspace(x1, x2, NODES[0]), np.linspace(y1, y2, NODES[1]))
    scale = _scale(nodes, nodes)
    x1, y1, x2, y2 = reach = _reach(view)
    around = _around(surface, reach)
    tint = _scale(around, nodes)
    kind: Any = np.float32 if max(abs(tint.low), abs(tint.high)) < 1e15 else np.float64  # squares have room
    across = (np.arange(PIXELS[0], dtype=kind) + 0.5) / PIXELS[0]
    down = (np.arange(PIXELS[1], dtype=kind)[::-1] + 0.5) / PIXELS[1]
    heights = tint.heights(_values(surface, x1 + across * (x2 - x1), y1 + down * (y2 - y1)))
    known = np.isfinite(heights)
    heights = np.where(known, heights, 0)
    return Landscape(
        view=view,
        reach=reach,
        scale=scale,
        tint=tint,
        nodes=locked(nodes),
        around=locked(around),
        levels=locked((heights * 255).astype(np.uint8)),
        known=None if known.all() else locked(known),
        lines=tuple(tint.value((line + 1) / (LINES + 1)) for line in range(LINES)),
    )


def ground(landscape: Landscape, legend: str = "f") -> tuple[Mark, ...]:
    """The heat map with its legend, and the contours: what a path is drawn on."""
    return _ground(landscape, legend)


@lru_cache(64)
def _ground(landscape: Landscape, legend: str) -> tuple[Mark, ...]:
    low, high = (float(f"{value:.3g}") for value in (landscape.tint.low, landscape.tint.high))
    bent = ", log scale" if landscape.tint.bend > 10 else ""
    return (
        Heatmap(
            values=landscape.levels,
            range=(low, high) if low < high else (landscape.tint.low, landscape.tint.high),
            extent=landscape.reach,
            legend=f"{legend}{bent}",
            strength=0.6,
            known=landscape.known,
        ),
        Contours(values=landscape.around, levels=landscape.lines, extent=landscape.reach, role="line"),
    )


def _around(surface: Surface, reach: View) -> NDArray[np.float64]:
    """Values for contours all over the reach: on a grid twice as fine where there are many ups and downs in a row."""
    x1, y1, x2, y2 = reach

    def on_grid(times: int) -> NDArray[np.float64]:
        across, up = (times * (count - 1) + 1 for count in AROUND)
        return _values(surface, np.linspace(x1, x2, across), np.linspace(y1, y2, up))

    values = on_grid(1)
    with np.errstate(all="ignore"):
        turns = np.diff(np.sign(np.diff(values, axis=1)), axis=1) != 0
    return on_grid(2) if turns.sum(1).mean() > MANY_TURNS else values


def _reach(view: View) -> View:
    """The view and what lies around it."""
    x1, y1, x2, y2 = view
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    across, up = (share * length / 2 for share, length in zip(REACH, (x2 - x1, y2 - y1), strict=True))
    return x - across, y - up, x + across, y + up


def _values(surface: Surface, x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    """The surface's values `(H, W)` on a grid, in the dtype of its coordinates."""
    ups, acrosses = torch.meshgrid(torch.from_numpy(y.copy()), torch.from_numpy(x.copy()), indexing="ij")
    values: NDArray[Any] = surface.value(acrosses, ups).numpy()
    return values


def _scale(values: NDArray[np.float64], seen: NDArray[np.float64]) -> Scale:
    """The scale of values on which the middle one of those seen has a height of a half, if it can be bent so far.

    With m for the middle value's share of the range, log(1 + b m) = log(1 + b) / 2 has b = (1 - 2 m) / m^2.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return Scale(low=0.0, high=1.0, bend=0.0)
    lowest, few, middle, most, highest = np.quantile(finite, (0, 0.02, 0.5, 0.98, 1)).tolist()
    inside = seen[np.isfinite(seen)]
    middle = float(np.median(inside)) if inside.size else middle
    low = max(lowest, few - OUTLYING * (middle - few))
    high = min(highest, most + OUTLYING * (most - middle))
    if not high - low > 1e-9 * max(abs(low), abs(high), 1e-290) or not math.isfinite(high - low):
        middle = min(max(middle, -1e300), 1e300)
        reach = 1.0 + 1e-6 * abs(middle)
        return Scale(low=middle - reach, high=middle + reach, bend=0.0)
    share = max((middle - low) / (high - low), 1e-9)
    bend = (1 - 2 * share) / share**2 if share < 0.4 else 0.0
    return Scale(low=low, high=high, bend=min(bend, MOST_BENT))

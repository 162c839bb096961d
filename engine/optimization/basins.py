"""Where an optimizer ends from every start of a grid, and how long it takes: its basins of attraction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import torch
from torch import Tensor

from engine.functions.surface import Surface, View
from engine.optimization.critical import critical_points
from engine.optimization.rules import RULES
from engine.optimization.settings import Name, Settings

UNDER_WAY, AWAY = -1, -2  # no minimum reached yet; out of sight for good
FAR = 10.0  # views from the middle: what is farther off has run away
NEAR = 0.02  # of the view's width: so near is at a minimum
NUMBERS = 1_000_000  # of steps times starts that go together: their whole ways are kept for a moment


@lru_cache(64)
def minima_of(surface: Surface) -> Tensor:
    """The minima (K, 2) in the surface's view, the lowest first, float64. A line of minima has none."""
    found = [(point.x, point.y) for point in critical_points(surface) if point.kind == "minimum"]
    found.sort(key=lambda point: (round(surface.slope_at(*point)[0], 9), point))
    return torch.tensor(found, dtype=torch.float64).reshape(-1, 2)


def ends(
    name: Name, surface: Surface, starts: Tensor, rates: Sequence[float], settings: Settings, view: View,
    minima: Tensor, rare: int = 1,
) -> tuple[Tensor, Tensor]:
    """Where each of the starts (N, 2) ends, and after how many steps, both (N,) int64.

    The end is the number of the minimum of `minima` (K, 2) it is at, UNDER_WAY or AWAY. The steps are those
    until it is at that minimum for good, or out of sight; all of them where it is under way.
    """
    rule, size = RULES[name]
    w = starts.T.contiguous()
    memory = (torch.zeros_like(w),) * size
    ways = torch.empty(len(rates) + 1, *w.shape, dtype=w.dtype, device=w.device)
    ways[0] = w
    for t, lr in enumerate(rates, start=1):
        across, up = surface.gradient(w[0], w[1])
        g = torch.stack([across, up if t % rare == 0 else torch.zeros_like(up)])
        w, memory = rule(w, g, memory, t, lr, settings)
        ways[t] = w
    return _judged(ways[:, 0], ways[:, 1], view, minima.to(w))


def _judged(xs: Tensor, ys: Tensor, view: View, minima: Tensor) -> tuple[Tensor, Tensor]:
    """What became of ways (T + 1, N)."""
    x1, y1, x2, y2 = view
    number = torch.arange(1, len(xs) + 1, device=xs.device)[:, None]
    here = ((xs - (x1 + x2) / 2).abs() <= FAR * (x2 - x1)) & ((ys - (y1 + y2) / 2).abs() <= FAR * (y2 - y1))
    away = ~here[-1]  # nan is not here
    end = torch.full_like(xs[0], UNDER_WAY, dtype=torch.int64)
    steps = torch.full_like(end, len(xs) - 1)
    if len(minima):
        near = torch.cdist(torch.stack([xs[-1], ys[-1]], -1).nan_to_num(), minima)
        nearest = near.argmin(1)
        to_x, to_y = minima[nearest].unbind(1)
        apart = (xs - to_x) ** 2 + (ys - to_y) ** 2 > (NEAR * (x2 - x1)) ** 2
        end = torch.where(apart[-1] | away, end, nearest)
        steps = torch.where(end >= 0, (apart * number).amax(0), steps)
    return torch.where(away, AWAY, end), torch.where(away, (here * number).amax(0), steps)


def grid(view: View, columns: int, rows: int) -> Tensor:
    """The starts (rows, columns, 2), in the middles of equal cells of the view, row 0 at its lowest y; float64."""
    x1, y1, x2, y2 = view
    across = x1 + (torch.arange(columns, dtype=torch.float64) + 0.5) * ((x2 - x1) / columns)
    up = y1 + (torch.arange(rows, dtype=torch.float64) + 0.5) * ((y2 - y1) / rows)
    return torch.stack(torch.meshgrid(across, up, indexing="xy"), -1)


def blocks(rows: int, columns: int, steps: int, together: int = NUMBERS) -> Iterator[slice]:
    """The rows of a grid in blocks whose whole ways fit into memory at once."""
    size = max(1, together // (columns * (steps + 1)))
    for row in range(0, rows, size):
        yield slice(row, min(row + size, rows))

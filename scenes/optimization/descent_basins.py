"""Where descent ends from every start in view: basins, one for each minimum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from engine.functions.surface import Surface
from engine.optimization.critical import Critical
from engine.optimization.descent import descend_from
from scenes.scene import locked

MOST = 12  # minima that get a letter
NEAR = 0.02  # how near a minimum counts as there, in widths of the view
NAMES = "ABCDEFGHIJKL"


@dataclass(frozen=True, kw_only=True, eq=False)
class Basins:
    """Which of the minima each start of a grid reaches. Rows of `index` go up, those of `levels` down."""

    minima: tuple[Critical, ...]
    index: NDArray[np.int16]  # (H, W), -1 for none
    levels: NDArray[np.uint8]  # (H, W) a colour of the circle for each
    known: NDArray[np.bool_]  # (H, W) where there is one
    shares: tuple[float, ...]  # of the starts, for each minimum


@lru_cache(8)
def basins(
    surface: Surface, critical: tuple[Critical, ...], rates: Sequence[float], grid: tuple[int, int]
) -> Basins:
    """The basins of a grid (across, up) of starts, each taken as many steps as there are rates."""
    x1, y1, x2, y2 = surface.view
    minima = tuple(c for c in critical if c.kind == "minimum")
    across, up = ((torch.arange(n, dtype=torch.float64) + 0.5) / n for n in grid)
    y, x = torch.meshgrid(y1 + up * (y2 - y1), x1 + across * (x2 - x1), indexing="ij")
    x, y = descend_from(surface, x, y, rates)
    index = torch.full(x.shape, -1, dtype=torch.int16)
    nearest = torch.full_like(x, NEAR * (x2 - x1))
    for number, minimum in enumerate(minima):
        away = torch.hypot(x - minimum.x, y - minimum.y)
        index.masked_fill_(away < nearest, number)
        nearest = torch.minimum(nearest, away.nan_to_num(torch.inf))
    reached = index.numpy()
    shares = [float((reached == number).mean()) for number in range(len(minima))]
    kept = sorted(range(len(minima)), key=lambda n: -shares[n])[:MOST]
    order = np.full(len(minima) + 1, -1, np.int16)
    order[kept] = range(len(kept))
    reached = order[reached]
    colours = (np.arange(len(kept) + 1) * 256 / max(len(kept), 1)).astype(np.int64) % 256
    return Basins(
        minima=tuple(minima[n] for n in kept),
        index=locked(reached),
        levels=locked(colours[reached].astype(np.uint8)[::-1].copy()),
        known=locked((reached >= 0)[::-1].copy()),
        shares=tuple(shares[n] for n in kept),
    )

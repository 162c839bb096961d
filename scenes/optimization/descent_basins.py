"""Where descent ends from every start in view: basins, one for each minimum."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.device import Engine
from engine.functions.surface import Surface, View
from engine.optimization.critical import Critical
from engine.optimization.descent import descend_from
from scenes.optimization.hues import hues_of
from scenes.optimization.landscape import REACH
from scenes.scene import locked

MOST = 12  # minima that get a letter
NEAR = 0.02  # how near a minimum counts as there, in widths of the view
FEW, MANY = (40, 30), (160, 120)  # starts across and up
CHUNK = 200_000  # steps of one start that are taken at once, a few milliseconds
NAMES = "ABCDEFGHIJKL"


@dataclass(frozen=True, kw_only=True, eq=False)
class Basins:
    """Which of the minima each start of a grid over the view reaches; and as colours, those around it too, within
    `reach`: a panel is seldom of the view's own shape. Rows of `index` go up, those of `levels` down.
    """

    minima: tuple[Critical, ...]
    index: NDArray[np.int16]  # (H, W), -1 for none
    reach: View
    levels: NDArray[np.uint8]  # (H', W') a colour of the circle for each
    known: NDArray[np.bool_]  # (H', W') where there is one
    shares: tuple[float, ...]  # of the starts, for each minimum


Found = tuple[float, Basins | None]


def basins(
    surface: Surface,
    critical: tuple[Critical, ...],
    rates: Sequence[float],
    grid: tuple[int, int],
    engine: Engine,
) -> Iterator[Found]:
    """The basins of a grid (across, up) of starts over the view, each taken as many steps as there are rates, on the
    engine's device: the part done with None, now and then, and at the end with the basins.
    """
    x1, y1, x2, y2 = surface.view
    around = _around(grid)
    across, up = ((np.arange(-more, n + more) + 0.5) / n for n, more in zip(grid, around, strict=True))
    ups, acrosses = engine.tensor(y1 + up * (y2 - y1)), engine.tensor(x1 + across * (x2 - x1))
    y, x = torch.meshgrid(ups, acrosses, indexing="ij")
    stride = max(1, CHUNK // x.numel())
    for begin in range(0, len(rates), stride):
        x, y = descend_from(surface, x, y, rates[begin : begin + stride])
        if begin + stride < len(rates):
            yield (begin + stride) / len(rates), None
    minima = tuple(c for c in critical if c.kind == "minimum")
    yield 1.0, _counted(minima, engine.array(_reached(surface, minima, x, y)), surface.view, around)


def _around(grid: tuple[int, int]) -> tuple[int, int]:
    """How many starts there are beyond each side of the view, across and up: as far as the ground reaches."""
    across, up = (math.ceil((share - 1) / 2 * n) for n, share in zip(grid, REACH, strict=True))
    return across, up


def last(found: Iterator[Found]) -> Basins | None:
    """What they come to, without a pause."""
    *_, (_, whole) = found
    return whole


Key = tuple[Surface, tuple[float, ...], Engine]
_shelf: dict[Key, Basins] = {}  # of many starts: moving the one start does not change them
ON_SHELF = 8


def kept(surface: Surface, rates: tuple[float, ...], engine: Engine) -> Basins | None:
    """The basins of a surface and rates, where the engine found them not long ago."""
    return _shelf.get((surface, rates, engine))


def keep(surface: Surface, rates: tuple[float, ...], engine: Engine, found: Basins) -> Basins:
    """Keep them for a while."""
    _shelf[surface, rates, engine] = found
    for oldest in list(_shelf)[:-ON_SHELF]:
        _shelf.pop(oldest, None)
    return found


def _reached(surface: Surface, minima: tuple[Critical, ...], x: Tensor, y: Tensor) -> Tensor:
    """Which of the minima is near each place x, y (H, W), int16; -1 where none is."""
    x1, _, x2, _ = surface.view
    index = torch.full_like(x, -1, dtype=torch.int16)
    nearest = torch.full_like(x, NEAR * (x2 - x1))
    for number, minimum in enumerate(minima):
        away = torch.hypot(x - minimum.x, y - minimum.y)
        index.masked_fill_(away < nearest, number)
        nearest = torch.minimum(nearest, away.nan_to_num(torch.inf))
    return index


def _counted(
    minima: tuple[Critical, ...], reached: NDArray[np.int16], view: View, around: tuple[int, int]
) -> Basins:
    """The basins of starts that reached these minima, so many of them beyond each side of the view."""
    across, up = around
    inside = slice(up, len(reached) - up), slice(across, reached.shape[1] - across)
    shares = [float((reached[inside] == number).mean()) for number in range(len(minima))]
    kept = sorted(range(len(minima)), key=lambda n: -shares[n])[:MOST]
    order = np.full(len(minima) + 1, -1, np.int16)
    order[kept] = range(len(kept))
    reached = order[reached]
    colours = np.append(hues_of(np.array([(minima[n].x, minima[n].y) for n in kept]).reshape(-1, 2)), 0)
    return Basins(
        minima=tuple(minima[n] for n in kept),
        index=locked(reached[inside].copy()),
        reach=_wider(view, across / (reached.shape[1] - 2 * across), up / (len(reached) - 2 * up)),
        levels=locked(colours[reached].astype(np.uint8)[::-1].copy()),
        known=locked((reached >= 0)[::-1].copy()),
        shares=tuple(shares[n] for n in kept),
    )


def _wider(view: View, across: float, up: float) -> View:
    """The view and such shares of its sides more at each."""
    x1, y1, x2, y2 = view
    more, higher = across * (x2 - x1), up * (y2 - y1)
    return x1 - more, y1 - higher, x2 + more, y2 + higher

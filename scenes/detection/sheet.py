"""The ruled sheet that boxes lie on where there is no picture under them."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from scenes.picture import Line, Mark, Region
from scenes.scene import locked

Extent = tuple[float, float, float, float]


def desk(sheet: Extent) -> Extent:
    """What lies around the sheet, to be seen where a panel is of another shape."""
    across, down = (sheet[2] - sheet[0]) / 2, (sheet[3] - sheet[1]) / 2
    return sheet[0] - across, sheet[1] - down, sheet[2] + across, sheet[3] + down


@lru_cache(8)
def ruled(sheet: Extent, finest: float = 0.0) -> tuple[Mark, ...]:
    """The sheet's edge, and faint lines at round numbers, about ten across it and none finer than `finest`, that run
    on beyond.
    """
    span = sheet[2] - sheet[0]
    unit = 10 ** math.floor(math.log10(span / 8))
    unit = max(unit * next(k for k in (1, 2, 5, 10) if span / (unit * k) <= 16), finest)
    x1, y1, x2, y2 = desk(sheet)
    xs = np.arange(math.ceil(x1 / unit), math.floor(x2 / unit) + 1) * unit
    ys = np.arange(math.ceil(y1 / unit), math.floor(y2 / unit) + 1) * unit
    lines = [[(x, y1), (x, y2)] for x in xs.tolist()] + [[(x1, y), (x2, y)] for y in ys.tolist()]
    return Region(extent=sheet, role="line", width=1.5), Line(segments=locked(np.array(lines)), role="line")

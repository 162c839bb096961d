"""Where the gradient is 0, and what the Hessian says of such a place (Boyd & Vandenberghe 2004, sec. 9.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from engine.functions.surface import Point, Surface

Kind = Literal["minimum", "maximum", "saddle", "flat"]
FLAT = 1e-7  # an eigenvalue this small, beside the larger one, does not decide
NEWTON_STEPS = 40
STARTS = (25, 19)  # across and up


@dataclass(frozen=True)
class Critical:
    """A place where the gradient is 0."""

    x: float
    y: float
    kind: Kind


def eigen(xx: Tensor, xy: Tensor, yy: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of symmetric matrices [[xx, xy], [xy, yy]], each of shape (...): the smaller eigenvalue, the larger one,
    and the angle in radians of the larger one's direction, in (-pi/2, pi/2].
    """
    middle, half = (xx + yy) / 2, (xx - yy) / 2
    reach = torch.hypot(half, xy)
    return middle - reach, middle + reach, torch.atan2(xy, half) / 2


def kind_of(low: float, high: float) -> Kind:
    """What the eigenvalues of the Hessian make of a place where the gradient is 0."""
    bound = FLAT * max(abs(low), abs(high))
    if low > bound:
        return "minimum"
    if high < -bound:
        return "maximum"
    return "saddle" if low < -bound and high > bound else "flat"


def critical_points(surface: Surface, most: int = 400) -> tuple[Critical, ...]:
    """The places in the surface's view where the gradient is 0, found by Newton's method from a grid of starts:
    all of them where they lie apart, none of a line of them; the first `most`.
    """
    x1, y1, x2, y2 = surface.view
    ups = torch.linspace(y1, y2, STARTS[1], dtype=torch.float64)
    acrosses = torch.linspace(x1, x2, STARTS[0], dtype=torch.float64)
    y, x = (t.reshape(-1) for t in torch.meshgrid(ups, acrosses, indexing="ij"))
    slack = 1e-9 * max(x2 - x1, y2 - y1)
    for _ in range(NEWTON_STEPS):
        across, up = surface.gradient(x, y)
        hessian = surface.hessian(x, y)
        xx, xy, yy = hessian[:, 0, 0], hessian[:, 0, 1], hessian[:, 1, 1]
        determinant = xx * yy - xy * xy
        dx, dy = (yy * across - xy * up) / determinant, (xx * up - xy * across) / determinant
        x, y = torch.where(dx.isfinite(), x - dx, x), torch.where(dy.isfinite(), y - dy, y)
        arrived = torch.hypot(dx, dy) < slack
        if arrived.all():
            break
    settled = arrived & determinant.isfinite() & (torch.hypot(across, up) < 1e-3)
    inside = (x >= x1 - slack) & (x <= x2 + slack) & (y >= y1 - slack) & (y <= y2 + slack)
    places = torch.stack([x, y], -1)[settled & inside]
    return _apart(surface, places, 1e3 * slack)[:most]


def _apart(surface: Surface, places: Tensor, gap: float) -> tuple[Critical, ...]:
    """The places `(N, 2)` once each, with their kinds; from the left."""
    found: dict[tuple[int, int], Point] = {}
    cells, which = torch.unique((places / gap).round(), dim=0, return_inverse=True)
    first = torch.full((len(cells),), len(places)).scatter_reduce(0, which, torch.arange(len(places)), "amin")
    for x, y in places[first.sort().values].tolist():
        column, row = round(x / gap), round(y / gap)
        near = ((column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1))
        if not any(cell in found for cell in near):
            found[column, row] = (x + 0.0, y + 0.0)
    kinds: list[Critical] = []
    for x, y in sorted(found.values()):
        low, high, _ = eigen(*(torch.tensor(c, dtype=torch.float64) for c in surface.curvature_at(x, y)))
        kinds.append(Critical(x, y, kind_of(low.item(), high.item())))
    return tuple(kinds)

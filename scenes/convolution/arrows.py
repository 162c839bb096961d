"""Arrows between grids."""

from __future__ import annotations

from scenes.picture import Arrow, Role

Extent = tuple[float, float, float, float]


def arrow_between(origin: Extent, target: Extent, between: tuple[float, float], role: Role) -> Arrow:
    """From the middle of one cell towards that of another, but only between their grids: it covers no number."""
    x1, y1 = (origin[0] + origin[2]) / 2, (origin[1] + origin[3]) / 2
    x2, y2 = (target[0] + target[2]) / 2, (target[1] + target[3]) / 2
    slope = (y2 - y1) / (x2 - x1)
    start, end = between[0] + 0.2, between[1] - 0.2
    return Arrow(tail=(start, y1 + slope * (start - x1)), head=(end, y1 + slope * (end - x1)), role=role)

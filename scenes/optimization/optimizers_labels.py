"""Where on its path each optimizer's name stands: there where it keeps away from the others."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from engine.functions.surface import View
from engine.optimization.settings import Name

TRIED = 24  # points of each path
ENOUGH = 0.12  # of the view: names that are so far apart do not meet


def label_points(paths: Mapping[Name, NDArray[np.float64]], view: View) -> dict[Name, int]:
    """For each path (T + 1, 2) the number of the point to name it at; the most crowded choose last."""
    x1, y1, x2, y2 = view
    tried = {name: _tried(path, view) for name, path in paths.items()}
    with np.errstate(invalid="ignore"):
        places = {name: (paths[name][tried[name]] - [x1, y1]) / [x2 - x1, y2 - y1] for name in paths}
    labels: dict[Name, int] = {}
    named: list[NDArray[np.float64]] = []
    rooms = {name: _room(name, places) for name in paths}
    for name in sorted(paths, key=lambda n: -float(rooms[n].max())):
        score = rooms[name].copy()
        for other in named:
            score = np.minimum(score, 0.5 * np.hypot(*((places[name] - other) * [1.0, 2.5]).T))
        best = int(score.argmax())
        labels[name] = int(tried[name][best])
        named.append(places[name][best])
    return labels


def _tried(path: NDArray[np.float64], view: View) -> NDArray[np.intp]:
    """Points of a path that lie in the view, evenly chosen along the way that it goes there."""
    x1, y1, x2, y2 = view
    with np.errstate(invalid="ignore"):
        inside = (path[:, 0] > x1) & (path[:, 0] < x2) & (path[:, 1] > y1) & (path[:, 1] < y2)
    there = np.flatnonzero(inside)
    if len(there) < 2:
        return np.zeros(1, np.intp)
    way = np.concatenate([[0], np.hypot(*np.diff(path[there], axis=0).T).cumsum()])
    places = np.searchsorted(way, np.linspace(0.15, 1, TRIED) * way[-1])
    chosen: NDArray[np.intp] = there[np.unique(places.clip(0, len(there) - 1))]
    return chosen


def _room(name: Name, places: Mapping[Name, NDArray[np.float64]]) -> NDArray[np.float64]:
    """How far each tried point of a path is from the other paths, up to ENOUGH."""
    others = [points for other, points in places.items() if other != name]
    if not others:
        return np.full(len(places[name]), ENOUGH)
    apart = np.hypot(*(places[name][:, None] - np.concatenate(others)[None]).transpose(2, 0, 1))
    room: NDArray[np.float64] = np.minimum(np.nan_to_num(apart.min(1), nan=0.0), ENOUGH)
    return room

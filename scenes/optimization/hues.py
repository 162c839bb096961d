"""Hues for places on a map, such that those next to one another are told apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FEW = 7  # hues that are told apart; as many places or fewer each have their own
FIRST = 20  # of the circle's 256 levels, that of the first place
NEXT = 1.6  # times the way to the nearest place: what is within is a neighbour


def hues_of(places: NDArray[np.float64]) -> NDArray[np.int64]:
    """A level of the circle of hues, 0 to 255, for each of the places `(K, 2)`."""
    count = len(places)
    if count <= FEW:
        return (np.arange(count) * 256 // max(count, 1) + FIRST) % 256
    apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    near = apart <= NEXT * np.maximum(apart.min(1), apart.min(1)[:, None])
    chosen = np.full(count, -1)
    for place in np.lexsort(places.T).tolist():
        around = chosen[near[place] & (chosen >= 0)]
        away = np.abs(np.arange(FEW)[:, None] - around)
        free = np.minimum(away, FEW - away).min(1, initial=FEW)
        used = np.bincount(chosen[chosen >= 0], minlength=FEW)
        chosen[place] = np.lexsort((used, -np.minimum(free, 2)))[0]  # two apart is enough; then the rarest
    return (chosen * 256 // FEW + FIRST) % 256

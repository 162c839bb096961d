"""Lines cut off at the border of a view."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenes.optimization.batches_model import View


def clipped(segments: NDArray[np.float64], view: View) -> NDArray[np.float64]:
    """What of segments `(N, 2, 2)` lies in view, `(M, 2, 2)`. Source: Liang & Barsky 1984."""
    starts, ways = segments[:, 0], segments[:, 1] - segments[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = (np.array(view[:2]) - starts) / ways, (np.array(view[2:]) - starts) / ways
    still = ways == 0  # along that axis: in view all the way, or not at all
    inside = (starts >= view[:2]) & (starts <= view[2:])
    enter = np.where(still, np.where(inside, -np.inf, np.inf), np.minimum(low, high)).max(1).clip(0, None)
    leave = np.where(still, np.where(inside, np.inf, -np.inf), np.maximum(low, high)).min(1).clip(None, 1)
    seen = enter <= leave
    parts = np.stack([enter, leave], 1)[seen][:, :, None]
    found: NDArray[np.float64] = starts[seen][:, None] + parts * ways[seen][:, None]
    return found


def through(weights: tuple[float, ...], view: View) -> NDArray[np.float64]:
    """The part of the line y = w x + b that lies in view, `(1, 2, 2)`, or `(0, 2, 2)`."""
    w, b = weights
    if not max(abs(w), abs(b)) < 1e9:
        return np.empty((0, 2, 2))
    x1, x2 = view[0], view[2]
    return clipped(np.array([[(x1, w * x1 + b), (x2, w * x2 + b)]]), view)

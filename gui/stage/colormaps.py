"""Colour maps as tables of 256 colours: perceptual ones, and a diverging one centred on 0."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from scenes.picture import Colormap

# A few colours along each map; the table is interpolated between them.
_STOPS = {
    "gray": ((0, 0, 0), (255, 255, 255)),
    "viridis": (
        (68, 1, 84), (71, 44, 122), (59, 81, 139), (44, 113, 142), (33, 144, 141),
        (39, 173, 129), (92, 200, 99), (170, 220, 50), (253, 231, 37),
    ),
    "cividis": (
        (0, 34, 78), (18, 53, 112), (59, 73, 108), (87, 93, 109), (112, 113, 115),
        (138, 134, 120), (165, 156, 116), (195, 179, 105), (225, 204, 85), (254, 232, 56),
    ),
    "diverging": ((33, 102, 172), (103, 169, 207), (209, 229, 240), (247, 247, 247),
                  (253, 219, 199), (239, 138, 98), (178, 24, 43)),
}  # fmt: skip


@cache
def lookup(name: Colormap) -> NDArray[np.uint8]:
    """The map's colours `(256, 3)` uint8, lowest value first. "hue" goes once around the colour circle."""
    if name == "hue":
        turn = np.linspace(0, 2 * np.pi, 256, endpoint=False)[:, None]
        wave = np.cos(turn - np.array([0, 2 * np.pi / 3, 4 * np.pi / 3]))
        circle: NDArray[np.uint8] = (150 + 95 * wave).astype(np.uint8)
        return circle
    stops = np.array(_STOPS[name], float)
    at = np.linspace(0, len(stops) - 1, 256)
    channels = [np.interp(at, np.arange(len(stops)), stops[:, c]) for c in range(3)]
    table: NDArray[np.uint8] = np.stack(channels, 1).round().astype(np.uint8)
    return table

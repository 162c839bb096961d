"""Grids that show what pooling keeps, what it drops, and where the gradient goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from scenes.convolution.pooling_model import Inputs, Params
from scenes.data.image import LoadedImage
from scenes.data.samples import sample
from scenes.scene import locked

EIGHT = (
    (1, 3, 2, 0, 4, 1, 0, 2),
    (0, 6, 1, 5, 2, 2, 3, 1),
    (2, 1, 0, 1, 9, 3, 1, 0),
    (4, 2, 7, 3, 1, 5, 2, 6),
    (1, 0, 2, 2, 0, 1, 8, 3),
    (3, 5, 1, 4, 6, 2, 4, 0),
    (0, 2, 3, 1, 1, 0, 2, 1),
    (7, 1, 0, 2, 3, 4, 1, 5),
)
UPSTREAM = ((1, 2, 1, 3), (2, 1, 4, 1), (1, 2, 1, 2), (3, 1, 2, 1))
PEAKS = (
    (1, 0, 2, 1, 0, 3, 1),
    (2, 3, 1, 0, 4, 1, 0),
    (0, 1, 9, 2, 1, 2, 3),
    (1, 4, 2, 1, 3, 0, 1),
    (3, 0, 1, 2, 8, 1, 2),
    (1, 2, 0, 5, 1, 3, 0),
    (0, 1, 2, 1, 0, 1, 4),
)
TIES = (
    (5, 5, 0, 0, 3, 1),
    (5, 5, 0, 0, 1, 3),
    (2, 7, 4, 4, 6, 2),
    (7, 2, 1, 4, 2, 6),
    (1, 1, 8, 2, 0, 0),
    (1, 1, 2, 8, 0, 9),
)
NEGATIVE = (
    (-3, -1, -4, -1, -5, -9),
    (-2, -6, -5, -3, -5, -8),
    (-9, -7, -9, 3, -2, -3),
    (-8, -4, -6, 2, -6, -4),
    (-3, -3, -8, -3, -2, -7),
    (-9, -5, -2, -8, -8, -4),
)
LONGEST = 128  # pixels on the long side of a picture that is shown


def _grid(
    grid: Any, window: tuple[int, int], gradient: Any = ((1.0,),), **params: Any
) -> Callable[[], tuple[Params, Inputs]]:
    def build() -> tuple[Params, Inputs]:
        given = (locked(np.array(each, np.float64)) for each in (grid, gradient))
        values, upstream = given
        return Params(**params), Inputs(grid=values, grad_output=upstream, window=window)

    return build


def _picture() -> tuple[Params, Inputs]:
    params = Params(mode="max", show="backward", size=4, stride=4)
    ones = locked(np.ones((1, 1)))
    pixels = reduced(sample("still-life"))
    return params, Inputs(
        grid=locked(np.array(EIGHT, np.float64)), grad_output=ones, window=(21, 15), pixels=pixels
    )


def reduced(image: LoadedImage, longest: int = LONGEST) -> Any:
    """The picture's pixels by means of square blocks, so small that single ones can be seen."""
    pixels = image.pixels
    block = -(-max(pixels.shape[:2]) // longest)
    height, width = (max(side // block, 1) for side in pixels.shape[:2])
    if block == 1:
        return pixels
    kept = pixels[: height * block, : width * block].astype(np.float64)
    across, down = min(block, kept.shape[1]), min(block, kept.shape[0])
    means = kept.reshape(height, down, width, across, -1).mean((1, 3))
    return locked((means + 0.5).astype(np.uint8))


ALL: tuple[tuple[str, str, str, Callable[[], tuple[Params, Inputs]]], ...] = (
    ("max", "Max pooling, there and back", "A window's largest number goes on; the gradient comes back to it alone.",
     _grid(EIGHT, (1, 2), UPSTREAM)),
    ("average", "Average pooling of the same", "Each window hands on its mean; the gradient is shared out evenly.",
     _grid(EIGHT, (1, 2), UPSTREAM, mode="average")),
    ("alexnet", "AlexNet: overlapping 3 × 3, stride 2", "One peak wins four windows, and gathers four gradients.",
     _grid(PEAKS, (1, 1), size=3, stride=2)),
    ("vgg", "VGG: disjoint 2 × 2, stride 2", "No cell is in two windows; the last row and column are in none.",
     _grid(PEAKS, (1, 1), size=2, stride=2)),
    ("left-over", "Cells that no window reaches", "The floor drops half a step: the last row and column are lost.",
     _grid(PEAKS, (2, 2), show="forward")),
    ("ceil", "The ceiling lets a window hang over", "Rounded up, the last windows reach over the edge.",
     _grid(PEAKS, (3, 3), show="forward", ceil_mode=True)),
    ("padding", "Padding that counts in a mean", "The border's zeros are averaged in: the rim of the output darkens.",
     _grid(np.full((6, 6), 6), (0, 0), mode="average", show="forward", padding=1)),
    ("no-padding", "The same, padding not counted", "Dividing by the cells that are there keeps a flat grid flat.",
     _grid(np.full((6, 6), 6), (0, 0), mode="average", show="forward", padding=1,
           count_include_pad=False)),
    ("ties", "Ties", "Of equal numbers the first gets the whole gradient, the others get none.",
     _grid(TIES, (0, 0), ((1, 2, 3), (1, 2, 3), (1, 2, 3)))),
    ("negative", "Numbers below 0", "Padding is no 0: it never wins, and of negative numbers the largest stays.",
     _grid(NEGATIVE, (0, 1), size=3, padding=1)),
    ("picture", "A picture", "Sixteen pixels become one; the gradient finds one pixel in sixteen.", _picture),
)  # fmt: skip

"""Inputs and kernels that show what the size formula counts, and what a kernel makes of a picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from scenes.convolution.convolution_fit import Floats
from scenes.convolution.convolution_model import MOST_SIDE, Inputs, Params
from scenes.convolution.pooling_presets import reduced
from scenes.data.image import LoadedImage
from scenes.data.samples import sample
from scenes.scene import locked

BLOCK = (
    (0, 0, 0, 0, 0, 0, 0),
    (0, 1, 1, 1, 1, 1, 0),
    (0, 1, 4, 4, 4, 1, 0),
    (0, 1, 4, 9, 4, 1, 0),
    (0, 1, 4, 4, 4, 1, 0),
    (0, 1, 1, 1, 1, 1, 0),
    (0, 0, 0, 0, 0, 0, 0),
)
STEP = (*((2, 2, 2, 2, 8, 8, 8),) * 6, (2, 2, 2, 2, 2, 2, 2))
RAMP = tuple(tuple((r * r + 2 * c + 4) % 10 // (1 + (r + c) % 2) for c in range(9)) for r in range(9))
LAYERS = (
    ((5, 5, 1, 0, 0), (5, 5, 1, 0, 0), (1, 1, 1, 0, 0), (0, 0, 0, 0, 0), (0, 0, 0, 0, 0)),
    ((0, 0, 0, 0, 0), (0, 3, 3, 3, 0), (0, 3, 3, 3, 0), (0, 3, 3, 3, 0), (0, 0, 0, 0, 0)),
    ((0, 0, 0, 0, 0), (0, 0, 0, 0, 0), (0, 0, 1, 1, 1), (0, 0, 1, 7, 7), (0, 0, 1, 7, 7)),
)
SOBEL = ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))
OUTLINE = ((0, -1, 0), (-1, 4, -1), (0, -1, 0))
MEAN = tuple((1 / 9,) * 3 for _ in range(3))
SUM = ((1, 1, 1),) * 3
MIX = ((1, 0, -1), (0.5, 0.5, 0.5))


def _grid(
    values: Any, weight: Any, *, bias: Any = (0,), window: tuple[int, int] = (0, 0), **params: Any
) -> Callable[[], tuple[Params, Inputs]]:
    """A state of an input (H, W) or (C, H, W) and a kernel (k, k) or weight (O, C, k, k)."""

    def build() -> tuple[Params, Inputs]:
        grid, kernels, offset = (np.array(each, np.float64) for each in (values, weight, bias))
        grid = grid[None] if grid.ndim == 2 else grid
        kernels = kernels[None, None] if kernels.ndim == 2 else kernels
        known = {"size": max(grid.shape[1:]), "kernel": kernels.shape[-1], "in_channels": len(grid),
                 "out_channels": len(kernels)}  # fmt: skip
        inputs = Inputs(input=locked(grid), weight=locked(kernels), bias=locked(offset), window=window)
        return Params(**{**known, **params}), inputs

    return build


def _alexnet(size: int, padding: int) -> Callable[[], tuple[Params, Inputs]]:
    """The first layer of AlexNet on a picture: 11 × 11 kernels, stride 4; two of its 96."""

    def build() -> tuple[Params, Inputs]:
        values = picture_levels(sample("still-life"), MOST_SIDE)
        stripes = locked(np.stack([np.stack([gabor(11, turn)] * 3) for turn in (0.4, 2.0)]))
        params = Params(
            size=size, kernel=11, stride=4, padding=padding, in_channels=3, out_channels=2,
        )  # fmt: skip
        last = (size + 2 * padding - 11) // 4
        return params, Inputs(
            input=values, weight=stripes, bias=locked(np.zeros(2)), window=(last, last), is_picture=True
        )

    return build


def _picture() -> tuple[Params, Inputs]:
    values = picture_levels(sample("street"), 224)
    weight = locked(np.array(SOBEL, np.float64)[None, None].repeat(3, 1) / 3)
    params = Params(size=max(values.shape[1:]), padding=1, padding_mode="replicate", in_channels=3)
    return params, Inputs(
        input=values, weight=weight, bias=locked(np.zeros(1)), window=(60, 60), is_picture=True
    )


def gabor(size: int, angle: float) -> Floats:
    """Stripes under a bell (size, size), as a network's first layer learns them; they add up to 0."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    along = x * np.cos(angle) + y * np.sin(angle)
    wave = np.cos(2 * np.pi * along / (0.55 * size)) * np.exp(-(x * x + y * y) / (2 * (size / 5) ** 2))
    made: Floats = np.round((wave - wave.mean()) / 6, 3)
    return made


def picture_levels(image: LoadedImage, longest: int) -> Floats:
    """A picture as an input (C, H, W) of levels from 0 to 1, reduced."""
    pixels = reduced(image, longest)
    return locked(np.ascontiguousarray(np.moveaxis(pixels, -1, 0)) / 255.0)


ALL: tuple[tuple[str, str, str, Callable[[], tuple[Params, Inputs]]], ...] = (
    ("walk", "A kernel walks: stride 2, padding 1",
     "The tape under the input shows it: one window, then a step for each other.",
     _grid(BLOCK, SOBEL, stride=2, padding=1, window=(1, 1))),
    ("edge", "A kernel that finds edges", "Where the input is flat the products cancel; at the edge they add up.",
     _grid(STEP, SOBEL, window=(1, 2))),
    ("blur", "A kernel that blurs", "Nine equal weights of 1/9: each output cell is the mean of nine.",
     _grid(BLOCK, MEAN, window=(2, 2))),
    ("same", "Padding keeps the size", "A 3 × 3 kernel loses one cell on each side; padding 1 gives it back.",
     _grid(BLOCK, OUTLINE, padding=1, window=(0, 3))),
    ("mirror", "Padding that mirrors", "Zeros would darken the rim; a mirror image goes on as the input does.",
     _grid(STEP, MEAN, padding=2, padding_mode="reflect", window=(0, 0))),
    ("dilated", "A dilated kernel", "Nine weights, two apart: a view of 5 × 5 for the price of 3 × 3.",
     _grid(RAMP, OUTLINE, dilation=2, window=(2, 2))),
    ("left-over", "A stride that leaves cells over",
     "The division is not exact: the last row and column are never read.",
     _grid(BLOCK, SUM, stride=3, window=(1, 1))),
    ("channels", "Channels are summed", "Three layers in, three kernels, one sum: every output sees all channels.",
     _grid(LAYERS, [[SUM, OUTLINE, SUM], [OUTLINE, SUM, OUTLINE]], bias=(0, 1), window=(1, 1))),
    ("pointwise", "A 1 × 1 kernel", "No neighbours: each place mixes its own channels, as a small dense layer would.",
     _grid(LAYERS, np.array(MIX)[:, :, None, None], window=(2, 2))),
    ("alexnet", "AlexNet: 54.25 pixels?", "224 pixels, an 11 × 11 kernel, stride 4: the paper's 55 do not come out.",
     _alexnet(224, 0)),
    ("alexnet-227", "AlexNet with 227 pixels", "With 227 pixels the division is exact: 55, as in the paper.",
     _alexnet(227, 0)),
    ("alexnet-padding", "AlexNet with padding 2", "torchvision keeps 224 and pads by 2: rounded down, 55 again.",
     _alexnet(224, 2)),
    ("picture", "A picture's edges", "The same nine weights over a whole picture, each colour with its own.",
     _picture),
)  # fmt: skip

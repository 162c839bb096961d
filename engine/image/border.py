"""What lies beyond the edge of an image: four ways to invent the missing pixels, as in numpy.pad.

On the row `a b c d`, padded by three:

    reflect    d c b|a b c d|c b a    mirrored at the edge pixel
    symmetric  c b a|a b c d|d c b    mirrored with the edge pixel
    edge       a a a|a b c d|d d d    the edge pixel again and again
    constant   0 0 0|a b c d|0 0 0    zeros
"""

from __future__ import annotations

from typing import get_args

import torch
from torch import Tensor

from engine.image.pixel import Border, index_inside

BORDERS: tuple[Border, ...] = get_args(Border)


def pad(image: Tensor, margin: int, border: Border = "reflect") -> Tensor:
    """The image (..., H, W), of any dtype, with `margin` more pixels on each of its four sides.

    Returns (..., H + 2 margin, W + 2 margin). The margin may exceed the image: reflections then go to and fro,
    as in numpy.pad. Where there is no pixel to repeat (H or W is 0) the margin is 0.

    Raises:
        ValueError: an image with fewer than two axes, a negative margin, an unknown border.
    """
    if image.ndim < 2:
        raise ValueError(f"image has shape {tuple(image.shape)}; it needs (..., H, W).")
    if margin < 0:
        raise ValueError(f"margin is {margin}; it needs 0 or more pixels.")
    check_border(border)
    *others, height, width = image.shape
    padded = image.new_empty(*others, height + 2 * margin, width + 2 * margin)
    rows = padded.narrow(-2, margin, height)
    rows.narrow(-1, margin, width).copy_(image)
    _fill_margins(rows, margin, border, axis=-1)
    _fill_margins(padded, margin, border, axis=-2)
    return padded


def _fill_margins(padded: Tensor, margin: int, border: Border, axis: int) -> None:
    """Write the first and last `margin` places along an axis, from the places between them."""
    length = padded.shape[axis] - 2 * margin
    inside = padded.narrow(axis, margin, length)
    for start in (-margin, length):
        places = padded.narrow(axis, margin + start, margin)
        if border == "constant" or length == 0:
            places.zero_()
        elif border == "edge":
            places.copy_(inside.narrow(axis, 0 if start < 0 else length - 1, 1).expand_as(places))
        else:
            sources = [index_inside(place, length, border) for place in range(start, start + margin)]
            index = torch.tensor(sources, dtype=torch.int64, device=padded.device)
            places.copy_(inside.movedim(axis, 0)[index].movedim(0, axis))


def check_border(border: str) -> None:
    """Raises ValueError unless `border` is one of BORDERS."""
    if border not in BORDERS:
        raise ValueError(f"border is {border!r}; it needs one of {', '.join(BORDERS)}.")


def check_image(image: Tensor, dtypes: tuple[torch.dtype, ...] = (torch.float32, torch.float64)) -> None:
    """Raises ValueError unless `image` is (C, H, W) of one of the `dtypes`."""
    if image.ndim != 3:
        raise ValueError(f"image has shape {tuple(image.shape)}; it needs (C, H, W).")
    if image.dtype not in dtypes:
        raise ValueError(f"image is {image.dtype}; it needs {' or '.join(map(str, dtypes))}.")


def check_size(size: int) -> None:
    """Raises ValueError unless a window can be `size` pixels wide about a middle one."""
    if size < 1 or size % 2 == 0:
        raise ValueError(f"size is {size}; it needs an odd number, 1 or more.")

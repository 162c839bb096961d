"""Arrays brought to the shape that the parameters ask for: what is there is kept, the rest is made of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenes.scene import locked

Floats = NDArray[np.float64]


def fitted_input(values: Floats, channels: int, size: int) -> Floats:
    """An input (C, H, W) with so many channels, its longer side `size`: cut, or continued by itself.

    A channel that was not there is the first one, moved on by two cells a channel.
    """
    height, width = (max(side + size - max(values.shape[1:]), 1) for side in values.shape[1:])
    if values.shape == (channels, height, width):
        return values
    rows, columns = np.arange(height) % values.shape[1], np.arange(width) % values.shape[2]
    sized = values[:, rows[:, None], columns]
    extra = [np.roll(sized[0], 2 * c, axis=(0, 1)) for c in range(len(sized), channels)]
    return locked(np.stack([*sized[:channels], *extra]))


def fitted_weight(weight: Floats, out_channels: int, in_channels: int, kernel: int) -> Floats:
    """A weight (O, C, k, k) of so many kernels, channels, and cells a side.

    A kernel grows by zeros around it and is cut around its middle. One that was not there is a given one, turned
    by a quarter for each channel.
    """
    if weight.shape == (out_channels, in_channels, kernel, kernel):
        return weight
    sized = _middle(weight, kernel)
    given_out, given_in = weight.shape[:2]
    made = np.empty((out_channels, in_channels, kernel, kernel))
    for o in range(out_channels):
        for c in range(in_channels):
            turns = o // given_out + c // given_in
            made[o, c] = np.rot90(sized[o % given_out, c % given_in], turns)
    return locked(made)


def _middle(weight: Floats, kernel: int) -> Floats:
    """The middle of kernels (..., k, k), or the kernels in the middle of zeros."""
    given = weight.shape[-1]
    if given >= kernel:
        start = (given - kernel) // 2
        return weight[..., start : start + kernel, start : start + kernel]
    before = (kernel - given) // 2
    after = kernel - given - before
    return np.pad(weight, ((0, 0), (0, 0), (before, after), (before, after)))


def fitted_bias(bias: Floats, out_channels: int) -> Floats:
    """A bias (O,) of so many channels; new ones are 0."""
    if len(bias) == out_channels:
        return bias
    return locked(np.concatenate([bias[:out_channels], np.zeros(max(out_channels - len(bias), 0))]))

"""One output pixel of each filter, written out cell by cell: what the fast filters do at every pixel.

All functions take one channel, `image` (H, W), in whatever unit it has (the program shows 0..255), the
`row` and `column` of the output pixel, and an odd window `size`. The window is centred on the pixel; cell
(i, j) of it lies at row + i - size // 2, column + j - size // 2. `border` says what is read outside the
image, with the meanings of numpy.pad: reflect, symmetric, edge, or constant (0).
"""

from __future__ import annotations

import math
from bisect import insort
from typing import Literal

import torch
from torch import Tensor

Border = Literal["reflect", "symmetric", "edge", "constant"]


def mean_at(image: Tensor, row: int, column: int, size: int, border: Border) -> float:
    """The mean of the window. Source: Gonzalez & Woods 2018, sec. 3.5."""
    reach = size // 2
    total = 0.0
    for i in range(size):
        for j in range(size):
            value = pixel_at(image, row + i - reach, column + j - reach, border)
            total += value
            #> {value:.0f} goes in: the sum of {i * size + j + 1} values is {total:.0f}.
    return total / size**2
    #> The sum of all {size * size} values, {total:.0f}, divided by {size * size}: {result:.1f}.


def gaussian_at(image: Tensor, row: int, column: int, size: int, sigma: float, border: Border) -> float:
    """The mean of the window weighted by a bell of width `sigma` > 0 pixels. Source: Marr & Hildreth 1980."""
    reach = size // 2
    distance = torch.arange(size, dtype=torch.float64) - reach  # (size,)
    bell = torch.exp(-(distance**2) / (2 * sigma**2))
    #> A bell over the distance d from the centre: exp(-d² / (2 · {sigma:g}²)).
    bell = bell / bell.sum()
    #> Divided by their sum the weights add up to 1; the middle one is {bell[reach]:.3f}.
    total = 0.0
    for i in range(size):
        for j in range(size):
            weight = float(bell[i] * bell[j])
            value = pixel_at(image, row + i - reach, column + j - reach, border)
            total += weight * value
            #> {value:.0f} counts {weight:.3f} times, {weight * value:.2f}: the sum so far is {total:.1f}.
    return total
    #> All {size * size} weighted values add up to {result:.1f}.


def median_at(image: Tensor, row: int, column: int, size: int, border: Border) -> float:
    """The middle one of the sorted values of the window. Source: Tukey 1971."""
    reach = size // 2
    values: list[float] = []
    for i in range(size):
        for j in range(size):
            value = pixel_at(image, row + i - reach, column + j - reach, border)
            insort(values, value)
            #> {value:.0f} takes its place among the values sorted so far: {len(values)} of {size * size}.
    return values[len(values) // 2]
    #> Of {len(values)} sorted values number {len(values) // 2 + 1} is in the middle: {result:.0f}.


def sobel_at(image: Tensor, row: int, column: int, border: Border) -> tuple[float, float, float, float]:
    """The gradient: gx to the right, gy downwards, its length and its angle from the x axis in radians.

    Each kernel smooths along one axis and takes the difference along the other. Source: Sobel & Feldman 1968.
    """
    smooth, difference = (1, 2, 1), (-1, 0, 1)
    gx = gy = 0.0
    for i in range(3):
        for j in range(3):
            value = pixel_at(image, row + i - 1, column + j - 1, border)
            gx += smooth[i] * difference[j] * value
            gy += difference[i] * smooth[j] * value
            #> {value:.0f} counts {smooth[i] * difference[j]:+d} times for gx, now {gx:.0f},
            #> and {difference[i] * smooth[j]:+d} times for gy, now {gy:.0f}.
    magnitude = math.hypot(gx, gy)
    #> The arrow ({gx:.0f}, {gy:.0f}) is {magnitude:.1f} long: so steep is the brightness here.
    direction = math.atan2(gy, gx)
    #> It points {math.degrees(direction):.0f}° from the x axis, y downwards: there it gets brighter.
    return gx, gy, magnitude, direction


def correlate_at(image: Tensor, kernel: Tensor, row: int, column: int, border: Border) -> float:
    """The sum of the window times `kernel` (size, size), cell by cell; the kernel is not flipped."""
    size = len(kernel)
    reach = size // 2
    total = 0.0
    for i in range(size):
        for j in range(size):
            weight = float(kernel[i, j])
            value = pixel_at(image, row + i - reach, column + j - reach, border)
            total += weight * value
            #> {value:.0f} counts {weight:g} times, {weight * value:.1f}: the sum so far is {total:.1f}.
    return total
    #> All {size * size} weighted values add up to {result:.1f}.


def pixel_at(image: Tensor, row: int, column: int, border: Border) -> float:
    """The value at a place that may lie outside the image, where `border` says what is read instead."""
    height, width = image.shape
    row_read, column_read = index_inside(row, height, border), index_inside(column, width, border)
    if row_read is None or column_read is None:
        return 0.0
    return float(image[row_read, column_read])


def index_inside(index: int, length: int, border: Border) -> int | None:
    """Which of `length` rows (or columns) is read for one that may lie outside; None for the constant 0."""
    if 0 <= index < length:
        return index
    if border == "constant":
        return None
        #> Place {index} lies outside 0..{length - 1}: a constant 0 is read.
    if border == "edge":
        return 0 if index < 0 else length - 1
        #> Place {index} lies outside 0..{length - 1}: the one at the edge, {result}, is read.
    if border == "symmetric":  # ... c b a | a b c | c b a ...
        place = index % (2 * length)
        return min(place, 2 * length - 1 - place)
        #> Place {index} lies outside 0..{length - 1}: mirrored with the edge, it is {result}.
    turn = max(2 * (length - 1), 1)  # reflect: ... c b | a b c | b a ...
    return min(index % turn, -index % turn)
    #> Place {index} lies outside 0..{length - 1}: mirrored at the edge, it is {result}.

"""Pooling: a window walks over a grid and hands on one number, the largest or the mean; and the way back.

All windows are square: `size` cells a side, `stride` cells from one to the next, over an input that has
`padding` cells more on every side. Padding never wins a maximum; in a mean it counts as 0, or not at all
(`count_include_pad`). `dilation` spreads the cells of a window: between two that are read lie dilation - 1
that are not. `ceil_mode` rounds the number of windows up, so that the last may hang over the edge. All of it
means what it does in torch.

max_pool2d, avg_pool2d and their backward take `(..., H, W)` and are fast. max_pool, average_pool and their
backward do the same for one grid `(H, W)`, a window a turn, to be read and stepped through.
Source: LeCun et al. 1989 (mean); Yamaguchi et al. 1990, Riesenhuber & Poggio 1999 (max).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import torch
from torch import Tensor

# How many windows


def pooled_length(
    length: int, size: int, stride: int, padding: int = 0, dilation: int = 1, ceil_mode: bool = False
) -> int:
    """How many windows lie along `length` cells: floor((N + 2P - D(F - 1) - 1) / S) + 1, or with the ceiling.

    With the ceiling, a last window that would begin beyond the input and its left padding is left out.
    Source: Dumoulin & Visin 2016, relationship 14; torch.nn.MaxPool2d.

    Raises:
        ValueError: naming the argument, what it is and what would fit.
    """
    for name, value, least in (("size", size, 1), ("stride", stride, 1), ("dilation", dilation, 1),
                               ("padding", padding, 0)):  # fmt: skip
        if value < least:
            raise ValueError(f"{name} is {value}; it needs {least} or more.")
    if padding > size // 2:
        fits = "0" if size == 1 else f"at most {size // 2}, half of it"
        raise ValueError(f"padding is {padding}; with a window of size {size} it takes {fits}.")
    span, padded = dilation * (size - 1) + 1, length + 2 * padding
    steps = padded - span
    count = (-(-steps // stride) if ceil_mode else steps // stride) + 1
    if ceil_mode and (count - 1) * stride >= length + padding:
        count -= 1
    if count < 1:
        spread = f", {span} wide with dilation {dilation}," if dilation > 1 else ""
        most = max((padded - 1) // dilation + 1, 1)
        fits = f"size {most} or less fits" if padded > 0 else "there is nothing to pool"
        raise ValueError(
            f"A window of size {size}{spread} is larger than its padded input, {padded} cells along a side; {fits}."
        )
    return count


def reached(start: int, size: int, dilation: int, length: int) -> list[int]:
    """The places inside 0..length - 1 that a window beginning at `start` reads along one axis."""
    return [place for place in range(start, start + size * dilation, dilation) if 0 <= place < length]


def counted_length(start: int, size: int, length: int, padding: int, count_include_pad: bool) -> int:
    """How many cells of a window count in its mean along one axis.

    Padding counts where `count_include_pad`; what hangs over even the padding, because of the ceiling, never.
    """
    if count_include_pad:
        return min(start + size, length + padding) - start
    return min(start + size, length) - max(start, 0)


# Step by step


def max_pool(
    input: Tensor, size: int, stride: int, padding: int = 0, dilation: int = 1, ceil_mode: bool = False
) -> tuple[Tensor, Tensor]:
    """The largest value under each window of `input` (H, W), and its place as row * W + column.

    Of equal values the first in reading order wins; NaN wins over everything.
    """
    height, width = input.shape
    rows = pooled_length(height, size, stride, padding, dilation, ceil_mode)
    columns = pooled_length(width, size, stride, padding, dilation, ceil_mode)
    output = input.new_zeros(rows, columns)
    indices = torch.full((rows, columns), -1, device=input.device)
    #> There is room for {rows} × {columns} windows: that many cells has the output.
    for i, j in product(range(rows), range(columns)):
        rows_read = reached(i * stride - padding, size, dilation, height)
        columns_read = reached(j * stride - padding, size, dilation, width)
        best, winner = -math.inf, -1
        #> Window ({i}, {j}) reads {len(rows_read) * len(columns_read)} cells. None has been looked at yet.
        for row, column in product(rows_read, columns_read):
            value = float(input[row, column])
            if winner < 0 or value > best or math.isnan(value):
                #> {f"{value:g} is the first." if winner < 0 else f"{value:g} against {best:g}: "
                #> + ("larger, it leads now." if not value <= best else "not larger, the leader stays.")}
                best, winner = value, row * width + column
        output[i, j], indices[i, j] = best, winner
        #> The largest is {best:g}, from row {winner // width}, column {winner % width}: output ({i}, {j}).
    return output, indices
    #> {rows * columns} numbers are left of {height * width}, and we know where each came from.


def max_pool_backward(grad_output: Tensor, indices: Tensor, shape: Sequence[int]) -> Tensor:
    """The gradient (H, W) of max pooling: each cell of `grad_output` goes whole to where its value came from."""
    height, width = shape
    rows, columns = grad_output.shape
    grad_input = grad_output.new_zeros(height, width)
    #> Every cell of the input begins with gradient 0; most keep it.
    for i, j in product(range(rows), range(columns)):
        row, column = divmod(int(indices[i, j]), width)
        if row >= 0:  # a window that reads no cell at all has none to give to
            grad_input[row, column] += grad_output[i, j]
            #> Window ({i}, {j}) sends {grad_output[i, j]:g} back to row {row}, column {column},
            #> which has {grad_input[row, column]:g} now.
    return grad_input
    #> Done: {int((result != 0).sum())} of {height * width} cells have a gradient.


def average_pool(
    input: Tensor, size: int, stride: int, padding: int = 0, ceil_mode: bool = False, count_include_pad: bool = True
) -> Tensor:
    """The mean under each window of `input` (H, W)."""
    height, width = input.shape
    rows = pooled_length(height, size, stride, padding, 1, ceil_mode)
    columns = pooled_length(width, size, stride, padding, 1, ceil_mode)
    output = input.new_zeros(rows, columns)
    #> There is room for {rows} × {columns} windows: that many cells has the output.
    for i, j in product(range(rows), range(columns)):
        top, left = i * stride - padding, j * stride - padding
        rows_read, columns_read = reached(top, size, 1, height), reached(left, size, 1, width)
        total = 0.0
        #> Window ({i}, {j}) reads {len(rows_read) * len(columns_read)} cells; their sum begins with 0.
        for row, column in product(rows_read, columns_read):
            total += float(input[row, column])
            #> {float(input[row, column]):g} goes in: the sum is {total:g}.
        divisor = counted_length(top, size, height, padding, count_include_pad)
        divisor *= counted_length(left, size, width, padding, count_include_pad)
        output[i, j] = total / divisor
        #> {total:g} / {divisor} = {output[i, j]:g}: output ({i}, {j}).
    return output
    #> {rows * columns} means are left of {height * width} numbers.


def average_pool_backward(
    grad_output: Tensor, shape: Sequence[int], size: int, stride: int, padding: int = 0, count_include_pad: bool = True
) -> Tensor:
    """The gradient (H, W) of average pooling: each cell of `grad_output` is shared out evenly."""
    height, width = shape
    rows, columns = grad_output.shape
    grad_input = grad_output.new_zeros(height, width)
    #> Every cell of the input begins with gradient 0.
    for i, j in product(range(rows), range(columns)):
        top, left = i * stride - padding, j * stride - padding
        rows_read, columns_read = reached(top, size, 1, height), reached(left, size, 1, width)
        divisor = counted_length(top, size, height, padding, count_include_pad)
        divisor *= counted_length(left, size, width, padding, count_include_pad)
        share = grad_output[i, j] / divisor
        #> Window ({i}, {j}) divided by {divisor}: each of its cells gets {grad_output[i, j]:g} / {divisor} = {share:g}.
        for row, column in product(rows_read, columns_read):
            grad_input[row, column] += share
            #> Row {row}, column {column} has {grad_input[row, column]:g} now.
    return grad_input
    #> Done: {grad_output.sum():g} came in, {result.sum():g} went out to the cells.


# All windows at once


def max_pool2d(
    input: Tensor, size: int, stride: int, padding: int = 0, dilation: int = 1, ceil_mode: bool = False
) -> tuple[Tensor, Tensor]:
    """The largest value under each window of `input` (..., H, W), and its flat place in (H, W), int64.

    Of equal values the first wins, of several NaN the last, as in torch. A window spread so far that it reads
    no cell at all gives -inf and place -1.

    Raises:
        ValueError: the windows do not fit the input.
    """
    height, width = _sides(input)
    (rows, in_rows), (columns, in_columns) = (
        _places(length, size, stride, padding, dilation, ceil_mode, input.device) for length in (height, width)
    )
    places = (rows[:, None, :, None] * width + columns[None, :, None, :]).flatten(2)  # (h, w, size * size)
    inside = (in_rows[:, None, :, None] & in_columns[None, :, None, :]).flatten(2)
    windows = input.flatten(-2)[..., places].masked_fill(~inside, -math.inf)  # (..., h, w, size * size)
    output = windows.amax(-1)
    leads = inside & (windows == output[..., None])
    chosen = leads.byte().argmax(-1)  # the first of equals
    is_nan = windows.isnan()
    if is_nan.any():
        last = size * size - 1 - is_nan.flip(-1).byte().argmax(-1)
        chosen = torch.where(is_nan.any(-1), last, chosen)
    indices = places.expand(windows.shape).gather(-1, chosen[..., None])[..., 0]
    return output, indices.masked_fill(~inside.any(-1), -1)


def max_pool2d_backward(grad_output: Tensor, indices: Tensor, shape: Sequence[int]) -> Tensor:
    """The gradient with respect to an input of `shape` (..., H, W).

    Each cell of `grad_output` (..., h, w) is added to the cell its maximum came from; all others get 0.
    """
    grad_input = grad_output.new_zeros(shape).flatten(-2)
    sent = grad_output.masked_fill(indices < 0, 0)
    return grad_input.scatter_add_(-1, indices.clamp(min=0).flatten(-2), sent.flatten(-2)).reshape(tuple(shape))


def avg_pool2d(
    input: Tensor, size: int, stride: int, padding: int = 0, ceil_mode: bool = False, count_include_pad: bool = True
) -> Tensor:
    """The mean under each window of `input` (..., H, W), floating point.

    Raises:
        ValueError: the windows do not fit the input.
    """
    (rows, in_rows), (columns, in_columns) = (
        _places(length, size, stride, padding, 1, ceil_mode, input.device) for length in _sides(input)
    )
    values = input[..., rows[:, None, :, None], columns[None, :, None, :]]  # (..., h, w, size, size)
    inside = in_rows[:, None, :, None] & in_columns[None, :, None, :]
    sums = values.masked_fill(~inside, 0).sum((-2, -1))
    return sums / divisors(input.shape, size, stride, padding, ceil_mode, count_include_pad, input.device)


def avg_pool2d_backward(
    grad_output: Tensor,
    shape: Sequence[int],
    size: int,
    stride: int,
    padding: int = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The gradient with respect to an input of `shape` (..., H, W): every cell counted gets an equal share."""
    height, width = shape[-2:]
    device = grad_output.device
    (rows, in_rows), (columns, in_columns) = (
        _places(length, size, stride, padding, 1, ceil_mode, device) for length in (height, width)
    )
    share = grad_output / divisors(shape, size, stride, padding, ceil_mode, count_include_pad, device)
    inside = in_rows[:, None, :, None] & in_columns[None, :, None, :]
    shares = share[..., None, None].masked_fill(~inside, 0)  # (..., h, w, size, size)
    places = (rows[:, None, :, None] * width + columns[None, :, None, :]).flatten()
    grad_input = grad_output.new_zeros(shape).flatten(-2)
    return grad_input.index_add_(-1, places, shares.flatten(-4)).reshape(tuple(shape))


def divisors(
    shape: Sequence[int],
    size: int,
    stride: int,
    padding: int,
    ceil_mode: bool,
    count_include_pad: bool,
    device: torch.device | str = "cpu",
) -> Tensor:
    """What the sum under each window (h, w) is divided by, int64."""
    down, across = (
        torch.tensor(
            [
                counted_length(n * stride - padding, size, length, padding, count_include_pad)
                for n in range(pooled_length(length, size, stride, padding, 1, ceil_mode))
            ],
            device=device,
        )
        for length in shape[-2:]
    )
    return down[:, None] * across


def _sides(input: Tensor) -> tuple[int, int]:
    """Height and width of the last two axes.

    Raises:
        ValueError: there are not two.
    """
    if input.dim() < 2:
        raise ValueError(f"input has shape {tuple(input.shape)}; it needs (..., H, W).")
    return input.shape[-2], input.shape[-1]


def _places(
    length: int, size: int, stride: int, padding: int, dilation: int, ceil_mode: bool, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Where each window reads along one axis (n, size), kept inside, and which of these are inside indeed."""
    count = pooled_length(length, size, stride, padding, dilation, ceil_mode)
    starts = torch.arange(count, device=device) * stride - padding
    places = starts[:, None] + torch.arange(size, device=device) * dilation
    return places.clamp(0, max(length - 1, 0)), (places >= 0) & (places < length)

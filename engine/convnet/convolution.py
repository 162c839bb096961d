"""Convolution as networks do it: a kernel walks over an input and writes one sum at each stop.

An input is `(C, H, W)`, a weight `(O, C, k, k)`, a bias `(O,)`, an output `(O, h, w)`. The kernel has `kernel`
cells a side, moves by `stride`, and walks over an input that has `padding` cells more on every side. `dilation`
is the distance from one cell that is read to the next. The kernel is not turned round: what networks call
convolution is cross-correlation in signal processing. All of it means what it does in torch.nn.Conv2d.

What the padding holds is said by `padding_mode`. On the row `a b c d`, padded by two:

    zeros        0 0|a b c d|0 0
    reflect      c b|a b c d|c b    mirrored at the edge cell
    replicate    a a|a b c d|d d    the edge cell again and again
    circular     c d|a b c d|a b    the other end
Source: Dumoulin & Visin 2016, A guide to convolution arithmetic for deep learning, relationships 6 and 15.
"""

from __future__ import annotations

from itertools import product
from typing import Literal, get_args

import torch
from torch import Tensor

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]
PADDING_MODES: tuple[PaddingMode, ...] = get_args(PaddingMode)

# How many windows, and what the padding holds


def spanned(kernel: int, dilation: int = 1) -> int:
    """How many cells a kernel spans from its first to its last: D(F - 1) + 1."""
    return dilation * (kernel - 1) + 1


def convolved_length(length: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """How many windows lie along `length` cells: floor((N + 2P - D(F - 1) - 1) / S) + 1.

    Raises:
        ValueError: naming the argument, what it is and what would fit.
    """
    for name, value, least in (("kernel", kernel, 1), ("stride", stride, 1), ("dilation", dilation, 1),
                               ("padding", padding, 0)):  # fmt: skip
        if value < least:
            raise ValueError(f"{name} is {value}; it needs {least} or more.")
    span, padded = spanned(kernel, dilation), length + 2 * padding
    if length < 1:
        raise ValueError(f"The input has {length} cells along a side; it needs 1 or more.")
    if span > padded:
        spread = f", {span} wide with dilation {dilation}," if dilation > 1 else ""
        cells = f"{padded} cell{'' if padded == 1 else 's'}"
        raise ValueError(
            f"A kernel of size {kernel}{spread} is larger than its padded input, {cells} along a side; "
            f"kernel {(padded - 1) // dilation + 1} or less fits, or padding {-(-(span - length) // 2)} or more."
        )
    return (padded - span) // stride + 1


def left_over(length: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """How many cells at the end of the padded input are too few for another step: the division's remainder.

    Raises:
        ValueError: as `convolved_length`.
    """
    convolved_length(length, kernel, stride, padding, dilation)
    return (length + 2 * padding - spanned(kernel, dilation)) % stride


def sources(length: int, padding: int, padding_mode: PaddingMode = "zeros") -> list[int]:
    """The cell of the input that each cell of the padded input repeats along an axis; -1 where it is a zero.

    Raises:
        ValueError: an unknown mode, or more padding than the mode can fill.
    """
    if padding_mode not in PADDING_MODES:
        raise ValueError(f"padding_mode is {padding_mode!r}; it takes one of {', '.join(PADDING_MODES)}.")
    most = {"reflect": length - 1, "circular": length}.get(padding_mode)
    if most is not None and padding > most:
        why = "the edge cell is not repeated" if padding_mode == "reflect" else "it goes round once"
        raise ValueError(
            f"padding is {padding}; padding_mode {padding_mode} on {length} cell{'' if length == 1 else 's'} "
            f"takes at most {most}, for {why}; replicate and zeros take any."
        )
    places = range(-padding, length + padding)
    if padding_mode == "replicate":
        return [min(max(place, 0), length - 1) for place in places]
    if padding_mode == "circular":
        return [place % length for place in places]
    if padding_mode == "reflect":
        return [length - 1 - abs(length - 1 - abs(place)) for place in places]
    return [place if 0 <= place < length else -1 for place in places]


def pad(input: Tensor, padding: int, padding_mode: PaddingMode = "zeros") -> Tensor:
    """The input (..., H, W) with `padding` cells more on every side: (..., H + 2P, W + 2P).

    Raises:
        ValueError: an unknown mode, or more padding than the mode can fill.
    """
    rows, columns = (sources(length, padding, padding_mode) for length in input.shape[-2:])
    if padding_mode != "zeros":
        return input[..., torch.tensor(rows, device=input.device)[:, None], torch.tensor(columns, device=input.device)]
    padded = input.new_zeros(*input.shape[:-2], len(rows), len(columns))
    padded[..., padding : len(rows) - padding, padding : len(columns) - padding] = input
    return padded


# Step by step


def convolve(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    padding_mode: PaddingMode = "zeros",
) -> Tensor:
    """The output (O, h, w) of an input (C, H, W), a window and a product a turn.

    Raises:
        ValueError: a kernel larger than the padded input, padding that the mode cannot fill, a number too small.
    """
    out_channels, in_channels, kernel, _ = weight.shape
    check_fits(input, kernel, stride, padding, dilation)
    padded = pad(input, padding, padding_mode)
    #> With padding {padding} the input is {padded.shape[-2]} × {padded.shape[-1]} cells.
    height, width = input.shape[-2:]
    span = dilation * (kernel - 1) + 1
    #> From its first cell to its last the kernel spans {span} cell{"s" * (span > 1)}.
    rows = (height + 2 * padding - span) // stride + 1
    columns = (width + 2 * padding - span) // stride + 1
    #> It has room for {rows} × {columns} windows: that many cells has each output channel.
    output = input.new_zeros(out_channels, rows, columns)
    for o, i, j in product(range(out_channels), range(rows), range(columns)):
        total, taps = float(bias[o]), 0
        #> Output ({i}, {j}){f" of channel {o}" if out_channels > 1 else ""} begins with the bias: {total:.4g}.
        for c, u, v in product(range(in_channels), range(kernel), range(kernel)):
            value = float(padded[c, i * stride + u * dilation, j * stride + v * dilation])
            factor = float(weight[o, c, u, v])
            total, taps = total + value * factor, taps + 1
            #> {f"Channel {c}: " if in_channels > 1 else ""}{value:.4g} · {factor:.4g} = {value * factor + 0:.4g}
            #> goes in; the sum is {total:.4g}.
        output[o, i, j] = total
        #> All {taps} product{"s are" if taps > 1 else " is"} in: output ({i}, {j}) is {total:.4g}.
    return output
    #> Done: {out_channels * rows * columns} sums of {in_channels * kernel * kernel} products each.


# All windows at once


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    padding_mode: PaddingMode = "zeros",
) -> Tensor:
    """The output (..., O, h, w) of an input (..., C, H, W): a row of the kernel at a time.

    Raises:
        ValueError: shapes that do not go together, a kernel larger than the padded input, padding that the mode
            cannot fill.
    """
    check_shapes(input, weight, bias)
    kernel = weight.shape[-1]
    rows, columns = (convolved_length(n, kernel, stride, padding, dilation) for n in input.shape[-2:])
    padded = pad(input, padding, padding_mode)
    span = spanned(kernel, dilation)
    output = bias[:, None, None].expand(*input.shape[:-3], -1, rows, columns).clone()
    for u in range(kernel):
        strips = padded[..., _stops(u * dilation, rows, stride), :]  # (..., C, h, W + 2P)
        read = strips.unfold(-1, span, stride)[..., ::dilation]  # (..., C, h, w, k)
        output += torch.einsum("ocv,...chwv->...ohw", weight[:, :, u], read)
    return output


def _stops(start: int, count: int, stride: int) -> slice:
    """So many places, one stride apart."""
    return slice(start, start + (count - 1) * stride + 1, stride)


def check_fits(input: Tensor, kernel: int, stride: int, padding: int, dilation: int) -> None:
    """Raises ValueError unless at least one window fits along both sides of the input (..., H, W)."""
    for length in input.shape[-2:]:
        convolved_length(length, kernel, stride, padding, dilation)


def check_shapes(input: Tensor, weight: Tensor, bias: Tensor) -> None:
    """Raises ValueError unless input (..., C, H, W), weight (O, C, k, k) and bias (O,) go together."""
    if input.ndim < 3:
        raise ValueError(f"input has shape {tuple(input.shape)}; it needs (C, H, W).")
    channels = input.shape[-3]
    if weight.ndim != 4 or weight.shape[2] != weight.shape[3]:
        raise ValueError(f"weight has shape {tuple(weight.shape)}; it needs (O, {channels}, k, k).")
    if weight.shape[1] != channels:
        raise ValueError(
            f"weight has shape {tuple(weight.shape)}, for {weight.shape[1]} input channel"
            f"{'' if weight.shape[1] == 1 else 's'}, but input has {channels}; "
            f"a weight of shape ({weight.shape[0]}, {channels}, {weight.shape[2]}, {weight.shape[3]}) would fit."
        )
    if tuple(bias.shape) != (weight.shape[0],):
        needed = f"({weight.shape[0]},), one number for each output channel"
        raise ValueError(f"bias has shape {tuple(bias.shape)}; it needs {needed}.")

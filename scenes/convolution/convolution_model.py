"""What convolution works on and what comes of it: parameters, inputs, result, and the computation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from engine.convnet import convolution
from engine.device import Engine
from engine.trace import MAX_FRAMES
from scenes.convolution.convolution_fit import fitted_bias, fitted_input, fitted_weight
from scenes.convolution.numbers import grid_words
from scenes.convolution.size_terms import Counted
from scenes.parameters import Help, Range
from scenes.scene import Call, locked

MOST_SIDE = 256  # cells along a side of the input
MOST_CHANNELS = 8
LEGIBLE = 24  # cells along a side of the padded input up to which all grids are shown with their numbers
Floats = NDArray[np.float64]
Words = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Params:
    """What a person may set."""

    size: Annotated[
        int, Range(1, MOST_SIDE, log=True), Help("N: cells along the longer side of the input")
    ] = 7
    kernel: Annotated[int, Range(1, 11), Help("F: cells along one side of the kernel")] = 3
    stride: Annotated[int, Range(1, 8), Help("S: cells from one window to the next")] = 1
    padding: Annotated[int, Range(0, 8), Help("P: cells added on every side of the input")] = 0
    dilation: Annotated[
        int, Range(1, 4), Help("D: from one cell that is read to the next; 1 is side by side")
    ] = 1
    padding_mode: Annotated[
        Literal["zeros", "reflect", "replicate", "circular"],
        Help("what the padding holds: zeros, a mirror image, the edge again, or the other end"),
    ] = "zeros"
    in_channels: Annotated[
        int, Range(1, MOST_CHANNELS), Help("C: layers of the input; each output cell adds all of them up")
    ] = 1
    out_channels: Annotated[
        int, Range(1, MOST_CHANNELS), Help("O: kernels, each of which makes one layer of the output")
    ] = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """An input (C, H, W), a weight (O, C, k, k) and a bias (O,), each fitted to what the parameters ask for.

    `window` is the one looked at, by its row and column in the output, and `channel` its output channel. `term`
    of the size formula is lit, on the `axis` of rows (H) or columns (W). `is_picture` says that the input is a
    picture's levels, from 0 to 1.
    """

    input: Floats
    weight: Floats
    bias: Floats
    window: tuple[int, int] | None = (0, 0)
    channel: int = 0
    term: Counted = ""
    axis: Literal["H", "W"] = "W"
    is_picture: bool = False


@dataclass(frozen=True, kw_only=True)
class Axis:
    """The windows along one axis: N, P, F, S, D as the size formula has them, and N'."""

    length: int
    padding: int
    kernel: int
    stride: int
    dilation: int
    count: int
    sources: tuple[int, ...]  # which cell of the input each padded cell repeats, or -1

    @property
    def padded(self) -> int:
        """Cells with the padding."""
        return self.length + 2 * self.padding

    @property
    def span(self) -> int:
        """Cells from the kernel's first to its last."""
        return convolution.spanned(self.kernel, self.dilation)

    @property
    def left_over(self) -> int:
        """Cells at the end that are too few for another step."""
        return (self.padded - self.span) % self.stride

    def reads(self, window: int) -> range:
        """The places in the padded input that a window reads."""
        start = window * self.stride
        return range(start, start + self.span, self.dilation)

    def windows_of(self, place: int) -> list[int]:
        """The windows that read a place in the padded input."""
        found = [(place - tap * self.dilation) for tap in range(self.kernel)]
        return sorted(at // self.stride for at in found
                      if at % self.stride == 0 and 0 <= at // self.stride < self.count)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """Arrays input (C, H, W), padded (C, H + 2P, W + 2P), weight (O, C, k, k), bias (O,), output (O, h, w).

    `words` are the numbers of the planes of small grids, by name; `picture` an input's pixels, where it is large.
    """

    input: Floats
    padded: Floats
    weight: Floats
    bias: Floats
    output: Floats
    rows: Axis
    columns: Axis
    planes: dict[str, tuple[Floats, ...]]  # each array's grids one by one, the same objects in every picture
    words: dict[str, tuple[Words, ...]]
    full: dict[str, float]  # the amount of each array that is shown in full colour
    picture: NDArray[np.uint8] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the output."""
        return self.rows.count, self.columns.count

    def products(self, channel: int, window: tuple[int, int]) -> Floats:
        """What a window adds up (C, k, k): the cells it reads, times the weights of an output channel."""
        made: Floats = self.read(window) * self.weight[channel]
        return made

    def read(self, window: tuple[int, int]) -> Floats:
        """The cells that a window reads (C, k, k)."""
        rows, columns = self.rows.reads(window[0]), self.columns.reads(window[1])
        patch: Floats = self.padded[
            :, rows.start : rows.stop : rows.step, columns.start : columns.stop : columns.step
        ]
        return patch


def axis_of(params: Params, length: int) -> Axis:
    """The windows along an axis of so many cells.

    Raises:
        ValueError: there is none, or the padding cannot be filled; the sentence says what would fit.
    """
    given = params.kernel, params.stride, params.padding, params.dilation
    count = convolution.convolved_length(length, *given)
    places = convolution.sources(length, params.padding, params.padding_mode)
    kernel, stride, padding, dilation = given
    return Axis(length=length, padding=padding, kernel=kernel, stride=stride, dilation=dilation, count=count,
                sources=tuple(places))  # fmt: skip


def is_small(values: Floats, padding: int) -> bool:
    """Whether an input (C, H, W) with its padding is small enough to show numbers."""
    return bool(max(values.shape[1:]) + 2 * padding <= LEGIBLE)


def fitted(params: Params, inputs: Inputs) -> tuple[Floats, Floats, Floats]:
    """Input, weight and bias at the shapes that the parameters ask for."""
    return (
        fitted_input(inputs.input, params.in_channels, params.size),
        fitted_weight(inputs.weight, params.out_channels, params.in_channels, params.kernel),
        fitted_bias(inputs.bias, params.out_channels),
    )


def compute(params: Params, inputs: Inputs, engine: Engine) -> Result:
    """Convolve.

    Raises:
        ValueError: the kernel is larger than the padded input, or the padding cannot be filled.
    """
    values, weight, bias = fitted(params, inputs)
    rows, columns = (axis_of(params, length) for length in values.shape[1:])
    given = engine.tensor(values), engine.tensor(weight), engine.tensor(bias)
    output = engine.array(
        convolution.conv2d(*given, params.stride, params.padding, params.dilation, params.padding_mode)
    )
    padded = engine.array(convolution.pad(given[0], params.padding, params.padding_mode))
    small = is_small(values, params.padding)
    named = {"input": values, "padded": padded, "output": output}
    words = {name: tuple(map(grid_words, planes)) for name, planes in named.items()} if small else {}
    kernels = weight.reshape(-1, params.kernel, params.kernel)
    words["weight"] = tuple(map(grid_words, kernels))
    planes = {**named, "weight": kernels, "bias": bias[:, None, None]}
    full = {name: float(np.abs(array).max()) or 1.0 for name, array in {**named, "weight": weight}.items()}
    return Result(
        input=values, padded=padded, weight=weight, bias=bias, output=output, rows=rows, columns=columns,
        planes={name: tuple(array) for name, array in planes.items()}, words=words,
        full=full, picture=None if small else _as_pixels(values, is_picture=inputs.is_picture),
    )  # fmt: skip


def _as_pixels(values: Floats, *, is_picture: bool) -> NDArray[np.uint8]:
    """An input as pixels (H, W, 1 or 3): a picture as it is, numbers from their lowest, black, to the highest."""
    low, high = (0.0, 1.0) if is_picture else (float(values.min()), float(values.max()))
    shown = values if len(values) in (1, 3) else values.mean(0, keepdims=True)
    levels = np.clip((shown - low) / ((high - low) or 1.0) * 255 + 0.5, 0, 255)
    return locked(np.ascontiguousarray(np.moveaxis(levels, 0, -1)).astype(np.uint8))


def lines_run(params: Params, values: Floats) -> tuple[int, int]:
    """The outputs of an input (C, H, W), and the lines that a run of `convolve` has for them: four for each
    product, four more for each output, and some before and after.
    """
    rows, columns = (axis_of(params, length).count for length in values.shape[1:])
    outputs = params.out_channels * rows * columns
    return outputs, outputs * (4 * params.in_channels * params.kernel**2 + 4) + 10


def unstepped(params: Params, inputs: Inputs) -> str:
    """Why there are no steps, where there are too many products for the recorder."""
    outputs, lines = lines_run(params, fitted_input(inputs.input, params.in_channels, params.size))
    if lines <= MAX_FRAMES:
        return ""
    each = params.in_channels * params.kernel**2
    return (
        f"Too many to step through: {outputs:,} outputs of {each:,} product{'s' * (each != 1)} each are {lines:,} "
        f"lines, and up to {MAX_FRAMES:,} are kept. A smaller input or a longer stride has fewer."
    )


def listing(params: Params, inputs: Inputs) -> Call | None:
    """The convolution, product by product, where the recorder has room for all of them."""
    values, weight, bias = fitted(params, inputs)
    if lines_run(params, values)[1] > MAX_FRAMES:
        return None
    arguments: dict[str, Any] = {
        "input": torch.tensor(values), "weight": torch.tensor(weight), "bias": torch.tensor(bias),
        "stride": params.stride, "padding": params.padding,
        "dilation": params.dilation, "padding_mode": params.padding_mode,
    }  # fmt: skip
    return Call(function=convolution.convolve, arguments=arguments)


def arrays(result: Result) -> dict[str, NDArray[Any]]:
    """input (C, H, W), weight (O, C, k, k), bias (O,) and output (O, h, w)."""
    return {name: getattr(result, name) for name in ("input", "weight", "bias", "output")}

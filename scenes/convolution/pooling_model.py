"""What pooling works on and what comes of it: parameters, inputs, result, and the computation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from engine.convnet import pooling
from engine.device import Engine
from scenes.convolution.numbers import grid_words
from scenes.parameters import Help, Range, When
from scenes.scene import Call, locked

GRIDS = ("input", "output", "grad_output", "grad_input")
CHANNEL = 1  # of a colour picture, the one whose numbers are told: green


@dataclass(frozen=True, kw_only=True)
class Params:
    """What a person may set."""

    mode: Annotated[
        Literal["max", "average"], Help("what a window hands on: its largest value, or the mean of all")
    ] = "max"
    show: Annotated[
        Literal["forward", "backward"],
        Help("pooling alone, or the gradient's way back too; it is the half that is stepped through"),
    ] = "backward"
    size: Annotated[int, Range(1, 6), Help("cells along one side of the window")] = 2
    stride: Annotated[int, Range(1, 4), Help("cells from one window to the next")] = 2
    padding: Annotated[
        int,
        Range(0, 3),
        Help("cells added on every side, at most half the size: never a maximum, 0 in a mean"),
    ] = 0
    dilation: Annotated[
        int,
        Range(1, 3),
        Help("from one cell that is read to the next: 1 is side by side"),
        When("mode", ("max",)),
    ] = 1
    ceil_mode: Annotated[bool, Help("round the number of windows up: the last may hang over the edge")] = (
        False
    )
    count_include_pad: Annotated[
        bool, Help("the padding's zeros count in the mean"), When("mode", ("average",))
    ] = True


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """A grid of numbers `(H, W)`, or a picture `pixels` (H, W, C) uint8 in its place.

    `grad_output` (h, w) is the gradient from above, fitted to the output: cells beyond it are 1. `window` is
    the one looked at, by its row and column in the output.
    """

    grid: NDArray[np.float64]
    grad_output: NDArray[np.float64]
    window: tuple[int, int] | None = None
    pixels: NDArray[np.uint8] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Axis:
    """The windows along one axis: which cells each reads, where it lies, and how many windows read each cell."""

    length: int
    reads: tuple[tuple[int, ...], ...]
    spans: tuple[tuple[int, int], ...]  # first and one past the last, beyond the input too
    cover: tuple[int, ...]
    padding: int = 0

    @property
    def ring(self) -> tuple[int, int]:
        """How far the padding and overhanging windows reach beyond the input, before and after."""
        return self.padding, max(self.padding, self.spans[-1][1] - self.length)

    def windows_of(self, cell: int) -> list[int]:
        """The windows that read a cell."""
        return [window for window, cells in enumerate(self.reads) if cell in cells]


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """All grids, (H, W) and (h, w), of a picture with its channels before them (C, H, W).

    `indices` are flat places row * W + column; None for the mean, whose `divisors` (h, w) are there instead.
    `source` and `pooled` are a picture's pixels, ready to draw.
    """

    input: NDArray[np.float64]
    output: NDArray[np.float64]
    grad_output: NDArray[np.float64]
    grad_input: NDArray[np.float64]
    indices: NDArray[np.int64] | None
    divisors: NDArray[np.int64] | None
    rows: Axis
    columns: Axis
    words: dict[str, tuple[tuple[str, ...], ...]]  # of the four grids; none of a picture
    winners: tuple[tuple[int, int], ...] = ()  # cells that are the maximum of a window,
    equals: tuple[tuple[int, int], ...] = ()  # and those that hold as much as the winner but lose
    source: NDArray[np.uint8] | None = None
    pooled: NDArray[np.uint8] | None = None

    def plane(self, name: str) -> NDArray[Any]:
        """A grid by its name; of a colour picture the one channel that is told."""
        values: NDArray[Any] = getattr(self, name)
        return values if values.ndim == 2 else values[min(CHANNEL, len(values) - 1)]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the output."""
        return len(self.rows.reads), len(self.columns.reads)

    def cells_of(self, window: tuple[int, int]) -> list[tuple[int, int]]:
        """The cells that a window reads, in reading order."""
        return [(r, c) for r in self.rows.reads[window[0]] for c in self.columns.reads[window[1]]]

    def windows_of(self, cell: tuple[int, int]) -> list[tuple[int, int]]:
        """The windows that read a cell, in reading order."""
        return [(i, j) for i in self.rows.windows_of(cell[0]) for j in self.columns.windows_of(cell[1])]

    def won_by(self, cell: tuple[int, int]) -> list[tuple[int, int]]:
        """The windows that read a cell and whose maximum it is; all that read it, of a mean."""
        return [one for one in self.windows_of(cell) if self.indices is None or self.winner_of(one) == cell]

    def winner_of(self, window: tuple[int, int]) -> tuple[int, int] | None:
        """Where the window's maximum came from; None for the mean, or where the window reads nothing."""
        if self.indices is None:
            return None
        place = int(self.plane("indices")[window])
        return divmod(place, self.columns.length) if place >= 0 else None


def _dilation(params: Params) -> int:
    return params.dilation if params.mode == "max" else 1


def axis_of(params: Params, length: int) -> Axis:
    """The windows along an axis of so many cells.

    Raises:
        ValueError: there is none; the sentence says what would fit.
    """
    size, stride, dilation, padding = params.size, params.stride, _dilation(params), params.padding
    count = pooling.pooled_length(length, size, stride, padding, dilation, params.ceil_mode)
    starts = [n * stride - padding for n in range(count)]
    reads = tuple(tuple(pooling.reached(start, size, dilation, length)) for start in starts)
    cover = np.bincount([cell for cells in reads for cell in cells], minlength=length)
    span = (size - 1) * dilation + 1
    return Axis(
        length=length,
        reads=reads,
        spans=tuple((start, start + span) for start in starts),
        cover=tuple(cover.tolist()),
        padding=padding,
    )


def fitting(params: Params, least: int) -> dict[str, int]:
    """Changes of the parameters where the window is larger than a side of so many cells: it shrinks."""
    if (params.size - 1) * _dilation(params) < least:
        return {}
    size = min(params.size, least)
    return {"size": size, "dilation": 1, "padding": min(params.padding, size // 2)}


def fitted(grad_output: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float64]:
    """The gradient from above at the output's shape: what is there is kept, new cells are 1."""
    if grad_output.shape == shape:
        return grad_output
    whole = np.ones(shape)
    rows, columns = (min(a, b) for a, b in zip(grad_output.shape, shape, strict=True))
    whole[:rows, :columns] = grad_output[:rows, :columns]
    return locked(whole)


def compute(params: Params, inputs: Inputs, engine: Engine) -> Result:
    """Pool, and send the gradient back.

    Raises:
        ValueError: no window fits the input.
    """
    values = inputs.grid if inputs.pixels is None else np.moveaxis(inputs.pixels, -1, 0).astype(np.float64)
    rows, columns = (axis_of(params, length) for length in values.shape[-2:])
    shape = (len(rows.reads), len(columns.reads))
    grid = engine.tensor(values)
    ones = locked(np.ones((*values.shape[:-2], *shape)))
    gradient = ones if inputs.pixels is not None else fitted(inputs.grad_output, shape)
    back = engine.tensor(gradient)
    indices = divisors = None
    if params.mode == "max":
        output, places = pooling.max_pool2d(
            grid, params.size, params.stride, params.padding, params.dilation, params.ceil_mode
        )
        grad_input = pooling.max_pool2d_backward(back, places, grid.shape)
        indices = engine.array(places)
    else:
        how = (params.size, params.stride, params.padding, params.ceil_mode, params.count_include_pad)
        output = pooling.avg_pool2d(grid, *how)
        grad_input = pooling.avg_pool2d_backward(back, grid.shape, *how)
        divisors = locked(pooling.divisors(grid.shape, *how).numpy())
    plain = inputs.pixels is None
    named = (locked(values), engine.array(output), gradient, engine.array(grad_input))
    made = Result(
        input=named[0],
        output=named[1],
        grad_output=named[2],
        grad_input=named[3],
        indices=indices,
        divisors=divisors,
        rows=rows,
        columns=columns,
        words=dict(zip(GRIDS, map(grid_words, named), strict=True)) if plain else {},
        source=inputs.pixels,
        pooled=None if plain else _as_pixels(named[1]),
    )
    return _contest(made)


def _contest(result: Result) -> Result:
    """The result of a grid with its winners, and those that are no less and still lose."""
    if result.indices is None or result.source is not None:
        return result
    width = result.columns.length
    winners = {divmod(place, width) for place in result.indices.ravel().tolist() if place >= 0}
    values, output = result.input.tolist(), result.output.tolist()
    equals = {
        (row, column)
        for i, rows in enumerate(result.rows.reads)
        for j, columns in enumerate(result.columns.reads)
        for row in rows
        for column in columns
        if values[row][column] == output[i][j]
    }
    return replace(result, winners=tuple(sorted(winners)), equals=tuple(sorted(equals - winners)))


def _as_pixels(levels: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Levels (C, H, W) as pixels; where a window reads nothing, black."""
    finite = np.nan_to_num(levels, nan=0.0, neginf=0.0)
    return locked(np.ascontiguousarray(np.moveaxis(np.clip(finite + 0.5, 0, 255), 0, -1)).astype(np.uint8))


def listing(params: Params, inputs: Inputs) -> Call | None:
    """The half that is shown, forward or backward, of a grid; a picture has too many windows to step."""
    if inputs.pixels is not None:
        return None
    grid = torch.tensor(inputs.grid)
    how: dict[str, Any] = {"size": params.size, "stride": params.stride, "padding": params.padding}
    if params.show == "forward":
        how["ceil_mode"] = params.ceil_mode
        into = (pooling.pooled_length,) if params.ceil_mode else ()  # there is more to it than a formula
        if params.mode == "max":
            how["dilation"] = params.dilation
            return Call(function=pooling.max_pool, arguments={"input": grid, **how}, into=into)
        arguments = {"input": grid, **how, "count_include_pad": params.count_include_pad}
        return Call(function=pooling.average_pool, arguments=arguments, into=into)
    shape = tuple(len(axis_of(params, length).reads) for length in inputs.grid.shape)
    gradient = torch.tensor(fitted(inputs.grad_output, (shape[0], shape[1])))
    back: dict[str, Any] = {"grad_output": gradient, "shape": tuple(inputs.grid.shape)}
    if params.mode == "average":
        arguments = {**back, **how, "count_include_pad": params.count_include_pad}
        return Call(function=pooling.average_pool_backward, arguments=arguments)
    pool = partial(pooling.max_pool2d, grid, **how, dilation=params.dilation, ceil_mode=params.ceil_mode)
    return Call(function=pooling.max_pool_backward, arguments={**back, "indices": pool()[1]})


def arrays(result: Result) -> dict[str, NDArray[Any]]:
    """input, output, grad_output, grad_input, and of max pooling indices: flat places as row * W + column."""
    named = {name: getattr(result, name) for name in ("input", "output", "grad_output", "grad_input")}
    return named if result.indices is None else {**named, "indices": result.indices}

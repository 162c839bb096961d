"""How far a stepped run has come, read off the names of its variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.trace import Frame
from scenes.convolution.pooling_model import Result
from scenes.variables import number, numbers, whole

Cell = tuple[int, int]
BEFORE = frozenset({"i", "j", "rows_read", "columns_read", "top", "left"})  # change before a window is walked


@dataclass(frozen=True, kw_only=True, eq=False)
class Moment:
    """The window at hand, the cell of it, the leader so far, what is written so far.

    `done` windows, in reading order, have their number in `output`. `so_far` is the best value, or a mean's sum.
    `grad_input` is the gradient as far as it has been handed out. Both grids are the run's own, where it has them.
    """

    forward: bool
    window: Cell | None = None
    cell: Cell | None = None
    leader: Cell | None = None
    so_far: float | None = None
    done: int = 0
    output: NDArray[np.float64] | None = None
    grad_input: NDArray[np.float64] | None = None


def moment_of(result: Result, frame: Frame | None, *, forward: bool) -> Moment:
    """Read a recorded line, None before the first, of the way there (`forward`) or back."""
    if frame is None:
        return Moment(forward=forward)
    seen, changed = frame.outermost.variables, () if frame.callers else frame.changed
    rows, columns = result.shape
    moment = Moment(
        forward=forward,
        output=_cropped(seen, result.shape),
        grad_input=numbers(seen, "grad_input", (result.rows.length, result.columns.length)),
    )
    if frame.returned and not frame.callers:
        return replace(moment, done=rows * columns)
    i, j = whole(seen, "i"), whole(seen, "j")
    if i is None or j is None or i < 0 or j < 0:
        return moment
    moment = replace(moment, done=min(i * columns + min(j, columns), rows * columns))
    if i >= rows or j >= columns:  # a run may have more windows than there is room for
        return moment
    moment = replace(moment, window=(i, j))
    if BEFORE.intersection(changed):
        return moment
    if forward:
        return _forward(moment, result, seen, changed)
    waits = result.indices is None and {"divisor", "share"}.intersection(changed)
    cell = None if waits else _inside(seen, result)  # that the gradient, or a share of it, goes to
    return replace(moment, cell=cell, leader=cell)


def _forward(moment: Moment, result: Result, seen: Mapping[str, Any], changed: tuple[str, ...]) -> Moment:
    """In the window: the cell at hand, the best or the sum so far, and whether it is written."""
    assert moment.window is not None  # noqa: S101
    winner, place = whole(seen, "winner"), _inside(seen, result)
    begun = {"best", "winner"}.intersection(changed) and (winner is None or winner < 0)
    if "total" in changed and number(seen, "total") == 0 and place == _last_before(result, moment.window):
        begun = True
    kept = number(seen, "total" if result.indices is None else "best")
    written = _is_written(moment, result, seen)
    return replace(
        moment,
        cell=None if begun or written or "divisor" in changed else place,
        leader=_place_of(winner, result),
        so_far=None if begun and result.indices is not None else kept,
        done=moment.done + written,
    )


def _cropped(seen: Mapping[str, Any], shape: Cell) -> NDArray[np.float64] | None:
    """The run's own output, as much of it as there is room for."""
    own = tuple(getattr(seen.get("output"), "shape", ()))
    if len(own) != 2 or own[0] < shape[0] or own[1] < shape[1]:
        return None
    output = numbers(seen, "output", own)
    return None if output is None else output[: shape[0], : shape[1]]


def _last_before(result: Result, window: Cell) -> Cell | None:
    """The last cell that the window before this one reads: where the run still stands when this one begins."""
    columns = result.shape[1]
    before = window[0] * columns + window[1] - 1
    cells = result.cells_of(divmod(before, columns)) if before >= 0 else []
    return cells[-1] if cells else None


def _is_written(moment: Moment, result: Result, seen: Mapping[str, Any]) -> bool:
    """Whether the window at hand has its number: where a winner is noted, or what was 0 is no longer."""
    assert moment.window is not None  # noqa: S101
    indices = numbers(seen, "indices", result.shape)
    noted = indices is not None and indices[moment.window] >= 0
    return noted or (moment.output is not None and moment.output[moment.window] != 0)


def _inside(seen: Mapping[str, Any], result: Result) -> Cell | None:
    """The cell at hand, if it is one of the input's."""
    row, column = whole(seen, "row"), whole(seen, "column")
    if row is None or column is None:
        return None
    return (row, column) if 0 <= row < result.rows.length and 0 <= column < result.columns.length else None


def _place_of(winner: int | None, result: Result) -> Cell | None:
    height, width = result.rows.length, result.columns.length
    return divmod(winner, width) if winner is not None and 0 <= winner < height * width else None

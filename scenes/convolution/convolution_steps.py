"""How far a stepped convolution has come, read off the variables of a recorded line, whoever's code it is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from engine.trace import Frame
from scenes.convolution.convolution_model import Floats, Result


@dataclass(frozen=True, kw_only=True, eq=False)
class Moment:
    """The window at hand of an output channel, the cell of the kernel, the sum so far, what is written.

    `taps` products are in the sum, in the kernel's reading order, channel by channel; `done` outputs are written,
    in the order o, i, j. `written` is the output (O, h, w) as the run has it, NaN where it has no such cell.
    `is_sized` says whether the run knows yet how many windows there are.
    """

    channel: int = 0
    window: tuple[int, int] | None = None
    tap: tuple[int, int, int] | None = None
    taps: int = 0
    total: float | None = None
    done: int = 0
    is_sized: bool = True
    written: Floats | None = None


def moment_of(frame: Frame, result: Result) -> Moment:
    """Read a recorded line of a run for this result."""
    seen, changed = frame.variables, set(frame.changed)
    channels, rows, columns = result.output.shape
    written = _written(seen.get("output"), result)
    if frame.returned:
        return Moment(done=channels * rows * columns, channel=channels - 1, written=written)
    place = _whole(seen, "oij", result.output.shape)
    if place is None:
        return Moment(is_sized=bool({"columns", "output", *"oij"} & set(seen)), written=written)
    o, i, j = place
    done, size = (o * rows + i) * columns + j, result.weight[0].size
    if changed & set("oij"):
        return Moment(channel=o, window=(i, j), done=done, written=written)
    total = float(seen["total"]) if isinstance(seen.get("total"), float) else None
    tap = _whole(seen, "cuv", result.weight.shape[1:])
    taps = _taps(frame, result, o, tap, total)
    if "output" in changed:
        tap, taps, done = None, size, done + 1
    elif not changed & {*"cuv", "value", "factor"} and (taps == 0 or not changed):
        tap = None  # a sum begins, or the last product is behind it
        done += not changed and written is not None and bool(written[place] == total)
    return Moment(channel=o, window=(i, j), tap=tap, taps=taps, total=total, done=done, written=written)


def _whole(seen: Mapping[str, Any], names: str, shape: tuple[int, ...]) -> tuple[int, int, int] | None:
    """Three indices inside a shape, where there are three such."""
    found = [seen.get(name) for name in names]
    inside = all(isinstance(n, int) and 0 <= n < most for n, most in zip(found, shape, strict=True))
    return (found[0], found[1], found[2]) if inside else None  # type: ignore[return-value]  # they are whole numbers


def _written(output: Any, result: Result) -> Floats | None:
    """The run's output, cut and continued to the result's shape."""
    if not isinstance(output, Tensor) or output.ndim != 3:
        return None
    values: Floats = output.detach().numpy().astype(np.float64)
    if values.shape == result.output.shape:
        return values
    whole = np.full(result.output.shape, np.nan)
    o, i, j = map(min, values.shape, whole.shape)
    whole[:o, :i, :j] = values[:o, :i, :j]
    return whole


def _taps(frame: Frame, result: Result, o: int, tap: tuple[int, int, int] | None, total: float | None) -> int:
    """The products in the sum: as the run counts them; of a run that does not, those up to the cell at hand."""
    size = int(result.weight[0].size)
    count = frame.variables.get("taps")
    if isinstance(count, int):
        return min(max(count, 0), size)
    if tap is None:
        return 0
    kernel = result.columns.kernel
    before = (tap[0] * kernel + tap[1]) * kernel + tap[2]
    begins = before == size - 1 and total == float(
        result.bias[o]
    )  # the cell is still that of the last window
    if "total" in frame.changed:
        return 0 if begins else before + 1
    return before if frame.changed else size

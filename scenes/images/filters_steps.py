"""How far a run over one window has come, read off the names of its variables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from engine.trace import Frame
from scenes.variables import number, numbers, whole

View = Literal["gx", "gy", "magnitude", "direction"]
VIEWS: tuple[View, ...] = get_args(View)
TAKEN = ("total", "values", "gy")  # change when a cell has been taken in


@dataclass(frozen=True, kw_only=True, eq=False)
class Progress:
    """How far a run has come: cells taken in, in reading order, the one at hand, and whether it is over.

    What the run itself holds is there as far as it has come, and None where it has no such variable: the value and
    the weight of the cell at hand, the sums (one; of Sobel two), the values in order, the bell (k,), the length and
    direction (in degrees) of a gradient, and the output.
    """

    done: int
    cell: tuple[int, int] | None = None
    over: bool = False
    value: float | None = None
    weight: float | None = None
    sums: tuple[float, ...] | None = None
    ordered: tuple[float, ...] | None = None
    bell: NDArray[np.float64] | None = None
    magnitude: float | None = None
    direction: float | None = None
    output: float | None = None


def progress_of(frame: Frame | None, size: int, view: View = "magnitude") -> Progress:
    """Read a recorded line, None before the first; `view` is the side of a gradient that is shown."""
    if frame is None:
        return Progress(done=0)
    seen, inside = frame.outermost.variables, bool(frame.callers)
    held = _held(seen, size)
    returned = frame.returned and not inside
    output = _returned(frame.result, view) if returned else _side(seen, view)
    if output is not None or returned:
        return replace(held, done=size * size, over=True, output=output)
    i, j = whole(seen, "i"), whole(seen, "j")
    if i is None or not 0 <= i < size or (j is not None and not 0 <= j < size):
        return held
    changed = () if inside else frame.changed
    if j is None or ("i" in changed and "j" not in changed):  # a row begins
        return replace(held, done=i * size)
    place = i * size + j
    at_hand = {"value", "weight", "gx", *TAKEN}.intersection(changed)
    if at_hand or inside or "j" in changed:
        taken = bool(at_hand.intersection(TAKEN))
        fresh = taken or bool(at_hand & {"value", "gx"})
        return replace(
            held, done=place + taken, cell=(i, j),
            value=number(seen, "value") if fresh else None, weight=number(seen, "weight") if at_hand else None,
        )  # fmt: skip
    return replace(held, done=place + (j == size - 1))  # a row is over, or all of them


def _held(seen: Mapping[str, Any], size: int) -> Progress:
    """What the run holds before its loops and after them."""
    total, gx, gy = (number(seen, name) for name in ("total", "gx", "gy"))
    sums = (gx, gy) if gx is not None and gy is not None else None if total is None else (total,)
    ordered = _ordered(seen, size * size)
    return Progress(
        done=len(ordered or ()), sums=sums, ordered=ordered, bell=numbers(seen, "bell", (size,)),
        magnitude=number(seen, "magnitude"), direction=_side(seen, "direction"),
    )  # fmt: skip


def _ordered(seen: Mapping[str, Any], most: int) -> tuple[float, ...] | None:
    """The values of a median as they stand in the run, in order or not."""
    values = seen.get("values")
    found = list(values)[:most] if isinstance(values, Sequence) and not isinstance(values, str) else [None]
    if not all(isinstance(value, int | float) and math.isfinite(value) for value in found):
        return None
    return tuple(map(float, found))


def _side(seen: Mapping[str, Any], view: View) -> float | None:
    """The side of a gradient that is shown, once its length is known; a direction in degrees."""
    made = number(seen, view) if "magnitude" in seen else None
    return math.degrees(made) if made is not None and view == "direction" else made


def _returned(result: Any, view: View) -> float | None:
    """The output pixel; of a gradient the side that is shown."""
    if isinstance(result, tuple) and len(result) == len(VIEWS):
        return _side(dict(zip(VIEWS, result, strict=True)), view)
    return number({"output": result}, "output")

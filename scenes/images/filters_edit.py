"""What a person does to the filters' picture: pin a pixel, change a kernel, paint specks."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from scenes.images.filters_model import LARGEST, Inputs, Params, fitted, kept_inside
from scenes.scene import Click, Drag, Event, Press, Refused, State, Target, Typed, locked
from scenes.typed import number_typed

SPECKS = 90  # of 256 pixels under the brush, how many are ruined


def edit(state: State, event: Event) -> State:
    """Pin a pixel, move the pin, change a cell of one's own kernel, paint specks."""
    inputs: Inputs = state.inputs
    params: Params = state.params
    match event:
        case Click(target=Target(handle="source" | "result") as target):
            return _with_pin(state, divmod(target.index, inputs.pixels.shape[1]))
        case Drag(target=Target(handle="pin") as target, phase="key"):
            row, column = inputs.pin or (math.floor(target.y - event.dy), math.floor(target.x - event.dx))
            return _with_pin(state, (row + _whole(event.dy), column + _whole(event.dx)))
        case Drag(target=Target(handle="pin") as target):
            return _with_pin(state, (math.floor(target.y), math.floor(target.x)))
        case Press(key="Escape") if inputs.pin is not None:
            return state.with_inputs(pin=None)
        case Drag(target=Target(panel="source")) if params.brush:
            return _with_specks(state, event)
        case Drag(target=Target(handle="kernel")) if params.filter == "custom":
            return _with_dragged_cell(state, event)
        case Typed(target=Target(handle="kernel") as target):
            if params.filter != "custom":
                raise Refused(
                    "This kernel follows from the filter; choose filter custom to type one of your own."
                )
            return _with_cell(
                state, target.index, number_typed(event.text, LARGEST, "a weight", "-0.5 or 1/9")
            )
    return state


def _whole(step: float) -> int:
    """A key's step in whole pixels, at least one."""
    return int(math.copysign(max(1, round(abs(step))), step)) if step else 0


def _with_pin(state: State, place: tuple[int, int]) -> State:
    pin = kept_inside(place, state.inputs.pixels.shape[:2])
    return state if pin == state.inputs.pin else state.with_inputs(pin=pin)


def _with_cell(state: State, index: int, value: float) -> State:
    kernel = fitted(state.inputs.kernel, state.params.size).copy()
    if not 0 <= index < kernel.size:
        return state
    kernel.reshape(-1)[index] = min(max(value, -LARGEST), LARGEST)
    return state.with_inputs(kernel=locked(kernel))


def _with_dragged_cell(state: State, event: Drag) -> State:
    """Upwards is more: two tenths for a tenth of the grid, one tenth for a key."""
    kernel = fitted(state.inputs.kernel, state.params.size)
    if not 0 <= event.target.index < kernel.size:
        return state
    value = float(kernel.reshape(-1)[event.target.index]) - event.dy * (0.1 if event.phase == "key" else 0.2)
    if event.phase in ("end", "key"):
        value = round(value, 1)
    return _with_cell(state, event.target.index, value)


def _with_specks(state: State, event: Drag) -> State:
    """Salt and pepper in a disc along the way; which pixel becomes what depends on its place alone."""
    pixels: NDArray[np.uint8] = state.inputs.pixels
    height, width = pixels.shape[:2]
    radius = max(1.0, max(height, width) / 50)
    (x1, y1), (dx, dy) = (event.target.x, event.target.y), (event.dx, event.dy)
    x0, y0 = x1 - dx, y1 - dy
    left, right = sorted((x0, x1))
    top, bottom = sorted((y0, y1))
    box = (
        slice(max(0, math.floor(top - radius)), max(0, math.ceil(bottom + radius))),
        slice(max(0, math.floor(left - radius)), max(0, math.ceil(right + radius))),
    )
    y, x = np.arange(height)[box[0], None], np.arange(width)[None, box[1]]
    along = ((x + 0.5 - x0) * dx + (y + 0.5 - y0) * dy) / ((dx * dx + dy * dy) or 1.0)
    along = np.clip(along, 0, 1)
    away = np.hypot(x + 0.5 - x0 - along * dx, y + 0.5 - y0 - along * dy)
    dice = _dice(x, y)
    ruined = (away <= radius) & (dice < SPECKS)
    if not ruined.any():
        return state
    painted = pixels.copy()
    painted[box][ruined] = np.where(dice[ruined] % 2, 255, 0)[:, None]
    return state.with_inputs(pixels=locked(painted))


def _dice(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.uint32]:
    """A number 0..255 for each place, as good as random."""
    mixed = x.astype(np.uint32) * np.uint32(73856093) ^ y.astype(np.uint32) * np.uint32(19349663)
    mixed = (mixed ^ (mixed >> np.uint32(15))) * np.uint32(2654435761)
    dice: NDArray[np.uint32] = mixed >> np.uint32(24)
    return dice

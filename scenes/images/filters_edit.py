"""What a person does to the filters' picture: pin a pixel, change a kernel, paint specks."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from scenes.images.filters_model import LARGEST, Inputs, Params, fitted, kept_inside
from scenes.scene import Click, Drag, Event, Press, Refused, State, Target, Typed, locked


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
            return _with_cell(state, target.index, _number(event.text))
    return state


def _whole(step: float) -> int:
    """A key's step in whole pixels, at least one."""
    return int(math.copysign(max(1, round(abs(step))), step)) if step else 0


def _with_pin(state: State, place: tuple[int, int]) -> State:
    pin = kept_inside(place, state.inputs.pixels.shape[:2])
    return state if pin == state.inputs.pin else state.with_inputs(pin=pin)


def _number(text: str) -> float:
    """A number, or a fraction such as 1/9."""
    above, _, below = text.strip().replace(",", ".").replace("\N{MINUS SIGN}", "-").partition("/")
    try:
        value = float(above) / float(below or 1)
    except (ValueError, ZeroDivisionError):
        raise Refused(f"{text!r} is no number; a weight is one such as -0.5 or 1/9.") from None
    if not abs(value) <= LARGEST:
        raise Refused(f"{text} is no weight that can be used; weights go from -{LARGEST:g} to {LARGEST:g}.")
    return value


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
    y, x = np.ogrid[:height, :width]
    end = np.array([event.target.x, event.target.y])
    step = np.array([event.dx, event.dy])
    length2 = float(step @ step) or 1.0
    along = np.clip(((x - end[0] + 0.5) * -step[0] + (y - end[1] + 0.5) * -step[1]) / length2, 0, 1)
    away2 = (x + 0.5 - end[0] + along * step[0]) ** 2 + (y + 0.5 - end[1] + along * step[1]) ** 2
    mixed = (x * np.uint32(73856093)) ^ (y * np.uint32(19349663))
    dice = (mixed * np.uint32(2654435761)) >> np.uint32(24)  # 0..255
    ruined = (away2 <= radius**2) & (dice < 90)
    if not ruined.any():
        return state
    painted = pixels.copy()
    painted[ruined] = np.where(dice[ruined] & 1, 255, 0)[:, None]
    return state.with_inputs(pixels=locked(painted))

"""What a person does to the grids: drag and type numbers, move the window that is looked at."""

from __future__ import annotations

import math

import numpy as np

from scenes.convolution.pooling_layout import layout_of
from scenes.convolution.pooling_model import Inputs, axis_of, fitted
from scenes.convolution.pooling_view import kept_inside
from scenes.scene import Click, Drag, Event, Press, State, Target, Typed, locked
from scenes.typed import number_typed

LARGEST = 1000.0  # what a cell may hold by hand
FIELDS = {"input": "grid", "grad_output": "grad_output"}  # handle of a grid that can be changed -> its input
PER_CELL = 2.0  # how much a drag over one cell's height changes


def edit(state: State, event: Event) -> State:
    """Change a number, look at another window."""
    inputs: Inputs = state.inputs
    match event:
        case Press(key="Escape") if inputs.window is not None:
            return state.with_inputs(window=None)
        case Click(target=Target(handle="output" | "grad_output" | "input" | "grad_input") as target):
            return _with_window_at(state, target)
        case Drag(target=Target(handle="window")):
            return _with_moved_window(state, event)
        case Drag(target=Target(handle="input" | "grad_output")) if inputs.pixels is None:
            return _with_dragged_cell(state, event)
        case Typed(target=Target(handle="input" | "grad_output") as target) if inputs.pixels is None:
            return _with_cell(state, target, number_typed(event.text, LARGEST))
    return state


def output_shape(state: State) -> tuple[int, int]:
    """Rows and columns of the output; (0, 0) where no window fits."""
    inputs: Inputs = state.inputs
    sides = inputs.grid.shape if inputs.pixels is None else inputs.pixels.shape[:2]
    try:
        rows, columns = (len(axis_of(state.params, side).reads) for side in sides)
    except ValueError:
        return 0, 0
    return rows, columns


def _with_window(state: State, window: tuple[int, int]) -> State:
    shape = output_shape(state)
    if not all(shape):
        return state
    inside = kept_inside(window, shape)
    return state if inside == state.inputs.window else state.with_inputs(window=inside)


def _with_window_at(state: State, target: Target) -> State:
    """The window that was clicked in the output; of a cell of the input, the middle one of those that read it."""
    inputs: Inputs = state.inputs
    shape = output_shape(state)
    sides = inputs.grid.shape if inputs.pixels is None else inputs.pixels.shape[:2]
    if not all(shape) or target.index < 0:
        return state
    if target.handle in ("output", "grad_output"):
        return _with_window(state, divmod(target.index, shape[1]))
    found = [
        axis_of(state.params, side).windows_of(at)
        for side, at in zip(sides, divmod(target.index, sides[1]), strict=True)
    ]
    if not all(found):
        return state
    row, column = (windows[len(windows) // 2] for windows in found)
    return _with_window(state, (row, column))


def _with_moved_window(state: State, event: Drag) -> State:
    inputs: Inputs = state.inputs
    if inputs.window is None or inputs.pixels is not None:
        return state
    if event.phase == "key":
        steps = [
            int(math.copysign(max(1, round(min(abs(d), 1e6))), d)) if d else 0 for d in (event.dy, event.dx)
        ]
        start = kept_inside(inputs.window, output_shape(state)) or (0, 0)
        return _with_window(state, (start[0] + steps[0], start[1] + steps[1]))
    shape = output_shape(state)
    if not all(shape):
        return state
    x, y = _output_corner(state)
    return _with_window(state, (math.floor(event.target.y - y), math.floor(event.target.x - x)))


def _output_corner(state: State) -> tuple[float, float]:
    rows, columns = (axis_of(state.params, side) for side in state.inputs.grid.shape)
    return layout_of(rows, columns, whole=state.params.show == "backward").output


def _with_cell(state: State, target: Target, value: float) -> State:
    values = _values(state, target.handle)
    if not 0 <= target.index < values.size:
        return state
    changed = values.copy()
    changed.reshape(-1)[target.index] = min(max(value, -LARGEST), LARGEST)
    return state.with_inputs(**{FIELDS[target.handle]: locked(changed)})


def _values(state: State, handle: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The grid as it is shown."""
    inputs: Inputs = state.inputs
    return inputs.grid if handle == "input" else fitted(inputs.grad_output, output_shape(state))


def _with_dragged_cell(state: State, event: Drag) -> State:
    """Upwards is more; a key changes by one, and a drag ends on a whole number."""
    values = _values(state, event.target.handle)
    if not 0 <= event.target.index < values.size:
        return state
    before = float(np.nan_to_num(values.reshape(-1)[event.target.index]))
    if event.phase == "key":
        step = event.dy if event.dy else -event.dx
        return _with_cell(state, event.target, before - (math.copysign(1, step) if step else 0))
    value = before - PER_CELL * event.dy
    return _with_cell(state, event.target, float(round(value)) if event.phase == "end" else value)

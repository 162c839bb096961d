"""What a person does to a convolution: change a number, look at another window, light a term of the formula."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from scenes.convolution.convolution_fit import Floats
from scenes.convolution.convolution_layout import placed
from scenes.convolution.convolution_model import Inputs, Params, axis_of, fitted
from scenes.convolution.convolution_tape import term_at
from scenes.convolution.convolution_view import kept_inside
from scenes.convolution.size_terms import Counted, size_terms
from scenes.scene import Click, Drag, Event, Press, State, Target, Typed, locked
from scenes.typed import number_typed

LARGEST = 1000.0  # what a cell may hold by hand
STEPS = {
    "input": 1.0,
    "weight": 0.1,
    "bias": 0.1,
}  # what a key changes, and what a drag ends on a multiple of
PER_CELL = 2.0  # steps of a drag over one cell's height
LIT: tuple[Counted, ...] = ("N", "P", "D", "F", "S", "floor", "first", "count", "")


def edit(state: State, event: Event) -> State:
    """The next state."""
    inputs: Inputs = state.inputs
    match event:
        case Press(key="T"):
            return state.with_inputs(term=LIT[(LIT.index(inputs.term) + 1) % len(LIT)])
        case Press(key="Escape") if inputs.term:
            return state.with_inputs(term="")
        case Press(key="Escape") if inputs.window is not None:
            return state.with_inputs(window=None)
        case Click(target=Target(handle="size W" | "size H") as target):
            return _with_term(state, target)
        case Click(target=Target(panel="grids", handle="") as target):
            return _with_piece(state, target)
        case Click(target=target):
            return _with_window_at(state, target)
        case Drag(target=Target(handle="window")):
            return _with_moved_window(state, event)
        case Drag(target=target) if _plane(state, target) is not None:
            return _with_dragged_cell(state, event)
        case Typed(target=target, text=text) if _plane(state, target) is not None:
            return _with_cell(state, target, number_typed(text, LARGEST))
    return state


# Which numbers


def _plane(state: State, target: Target) -> tuple[str, tuple[int, ...]] | None:
    """The array that a cell belongs to and its place in it; None where there is no such cell to change."""
    name, _, number = target.handle.partition(" ")
    if name not in STEPS or not number.isdecimal() or (name == "input" and target.panel != "grids"):
        return None
    params: Params = state.params
    array = _arrays(state)[name]
    plane = int(number)
    if name == "bias":
        return (name, (plane,)) if plane < len(array) and target.index == 0 else None
    if name == "weight":
        lead: tuple[int, ...] = (min(state.inputs.channel, params.out_channels - 1), plane)
    else:
        lead = (plane,)
    rows, columns = array.shape[-2:]
    if plane >= params.in_channels or not 0 <= target.index < rows * columns:
        return None
    return name, (*lead, *divmod(target.index, columns))


def _arrays(state: State) -> dict[str, Floats]:
    return dict(zip(("input", "weight", "bias"), fitted(state.params, state.inputs), strict=True))


def _with_cell(state: State, target: Target, value: float) -> State:
    found = _plane(state, target)
    if found is None:
        return state
    name, place = found
    changed = _arrays(state)[name].copy()
    changed[place] = min(max(value, -LARGEST), LARGEST)
    return state.with_inputs(**{name: locked(changed)})


def _with_dragged_cell(state: State, event: Drag) -> State:
    """Upwards is more; a key changes by one step, and a drag ends on a whole one."""
    found = _plane(state, event.target)
    if found is None:
        return state
    name, place = found
    step, before = STEPS[name], float(_arrays(state)[name][place])
    if event.phase == "key":
        turn = event.dy if event.dy else -event.dx
        return _with_cell(state, event.target, round(before - (math.copysign(step, turn) if turn else 0), 6))
    value = before - PER_CELL * step * event.dy
    return _with_cell(
        state, event.target, round(round(value / step) * step, 6) if event.phase == "end" else value
    )


# Which window, which term


def _shape(state: State) -> tuple[int, int]:
    """Rows and columns of the output; (0, 0) where no window fits."""
    try:
        rows, columns = (axis_of(state.params, side).count for side in _sides(state))
    except ValueError:
        return 0, 0
    return rows, columns


def _sides(state: State) -> tuple[int, int]:
    height, width = _arrays(state)["input"].shape[1:]
    return height, width


def _with_window(state: State, window: tuple[int, int], **changes: Any) -> State:
    shape = _shape(state)
    if not all(shape):
        return state
    inside = kept_inside(window, shape)
    inputs: Inputs = state.inputs
    if (inside, changes.get("channel", inputs.channel), "") == (inputs.window, inputs.channel, inputs.term):
        return state
    return state.with_inputs(window=inside, term="", **changes)


def _with_window_at(state: State, target: Target) -> State:
    """The window that was clicked in the output; of a cell of the input, the middle one of those that read it."""
    name, _, number = target.handle.partition(" ")
    shape = _shape(state)
    if name not in ("output", "input", "padded") or target.index < 0 or not all(shape):
        return state
    if name == "output":
        if target.index >= shape[0] * shape[1] or int(number) >= state.params.out_channels:
            return state
        return _with_window(state, divmod(target.index, shape[1]), channel=int(number))
    padding, sides = state.params.padding, _sides(state)
    beyond = 0 if name == "input" else 2 * padding
    cell = divmod(target.index, sides[1] + beyond)
    found = [
        axis_of(state.params, side).windows_of(at + (padding if name == "input" else 0))
        for side, at in zip(sides, cell, strict=True)
    ]
    if not all(found):
        return state
    row, column = (windows[len(windows) // 2] for windows in found)
    return _with_window(state, (row, column))


def _with_moved_window(state: State, event: Drag) -> State:
    """One step a key; by the pointer to the window there, in the output or on a large input."""
    inputs: Inputs = state.inputs
    shape = _shape(state)
    if inputs.window is None or not all(shape):
        return state
    at = kept_inside(inputs.window, shape) or (0, 0)
    if event.phase == "key":
        down, across = (
            int(np.sign(d)) * max(1, round(min(abs(d), 1e6))) if d else 0 for d in (event.dy, event.dx)
        )
        return _with_window(state, (at[0] + down, at[1] + across))
    params: Params = state.params
    x, y = event.target.x, event.target.y
    if event.target.panel == "input":
        middle = params.padding - (params.dilation * (params.kernel - 1) + 1) / 2
        row, column = (round((place + middle) / params.stride) for place in (y, x))
        return _with_window(state, (row, column))
    left, top = _output_corner(state)
    return _with_window(state, (math.floor(y - top), math.floor(x - left)))


def _output_corner(state: State) -> tuple[float, float]:
    params: Params = state.params
    rows, columns = (axis_of(params, side) for side in _sides(state))
    places = placed(rows, columns, params.in_channels, params.out_channels).output
    return places[min(state.inputs.channel, params.out_channels - 1)]


def _with_term(state: State, target: Target) -> State:
    """The term that was clicked stays lit; clicked again, it does not."""
    letter = target.handle[-1]
    try:
        axis = axis_of(state.params, _sides(state)[letter == "W"])
    except ValueError:
        return state
    terms = size_terms(axis.length, axis.kernel, axis.stride, axis.padding, axis.dilation, axis.count)
    term = terms[target.index][0] if 0 <= target.index < len(terms) else ""
    return _with_lit(state, term, letter) if term else state


def _with_piece(state: State, target: Target) -> State:
    """The term whose piece of a tape was clicked."""
    params: Params = state.params
    try:
        rows, columns = (axis_of(params, side) for side in _sides(state))
    except ValueError:
        return state
    layout = placed(rows, columns, params.in_channels, params.out_channels)
    found = term_at(layout, rows, columns, target.x, target.y)
    return _with_lit(state, *found) if found else state


def _with_lit(state: State, term: Counted, letter: str) -> State:
    inputs: Inputs = state.inputs
    again = (term, letter) == (inputs.term, inputs.axis)
    return state.with_inputs(term="" if again else term, axis=letter)

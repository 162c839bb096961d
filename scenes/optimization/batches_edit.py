"""What a person does: move, add and remove points, move the start, choose a batch size on the picture."""

from __future__ import annotations

import numpy as np

from scenes.optimization.batches_model import FEWEST, LARGEST, MOST, View, cloud_view, sizes_of
from scenes.optimization.batches_words import RUN_OF
from scenes.scene import Click, Drag, Event, Press, Refused, State, Target, locked

DIGITS = 3  # decimals of what is dragged


def edit(state: State, event: Event) -> State:
    """The next state."""
    match event:
        case Click(target=Target(panel="cloud", handle="") as target, double=True):
            return _with_point(state, target.x, target.y)
        case Click(target=Target(panel=panel)) if panel in RUN_OF:
            return _with_run(state, RUN_OF[panel])
        case Drag(target=Target(handle="point")):
            return _moved_point(state, event)
        case Drag(target=Target(handle="start", panel=panel)) if panel in RUN_OF:
            return _moved_start(state, event)
        case Drag(target=Target(handle="size")):
            return _with_size(state, event)
        case Press(key="N", target=target):
            on_cloud = target is not None and target.panel == "cloud"
            x, y = (target.x, target.y) if target is not None and on_cloud else _middle(state)
            return _with_point(state, x + 0.25 * on_cloud, y)
        case Press(key="Delete", target=Target(handle="point") as target):
            return _without_point(state, target.index)
    return state


def _held(value: float, low: float, high: float) -> float:
    return round(min(max(value, low, -LARGEST), high, LARGEST), DIGITS)


def _placed(x: float, y: float, view: View) -> tuple[float, float]:
    return _held(x, view[0], view[2]), _held(y, view[1], view[3])


def _moved_point(state: State, event: Drag) -> State:
    points, index = state.inputs.points, event.target.index
    if not 0 <= index < len(points):
        return state
    x, y = points[index].tolist()
    place = _placed(x + event.dx, y + event.dy, cloud_view(points))
    if place == (x, y):
        return state
    moved = points.copy()
    moved[index] = place
    return state.with_inputs(points=locked(moved))


def _with_point(state: State, x: float, y: float) -> State:
    points = state.inputs.points
    if len(points) >= MOST:
        raise Refused(f"There are {MOST} points, as many as this scene takes; remove one first.")
    place = _placed(x, y, cloud_view(points))
    return state.with_inputs(points=locked(np.concatenate([points, [place]])))


def _without_point(state: State, index: int) -> State:
    points = state.inputs.points
    if not 0 <= index < len(points):
        return state
    if len(points) <= FEWEST:
        raise Refused(f"A line needs {FEWEST} points; add one before you remove another.")
    return state.with_inputs(points=locked(np.delete(points, index, 0)))


def _middle(state: State) -> tuple[float, float]:
    x, y = state.inputs.points.mean(0).tolist()
    return x, y


def _moved_start(state: State, event: Drag) -> State:
    w, b = state.inputs.start.tolist()
    place = tuple(_held(value + step, -LARGEST, LARGEST) for value, step in ((w, event.dx), (b, event.dy)))
    return state if place == (w, b) else state.with_inputs(start=locked(np.array(place)))


def _with_run(state: State, number: int) -> State:
    """Make a run's batch size the chosen one; that of the mini-batch is remembered."""
    *sizes, chosen = sizes_of(state.params, state.inputs)
    if number == chosen:
        return state
    return state.with_inputs(mini=sizes[2]).with_params(batch_size=sizes[number])


def _with_size(state: State, event: Drag) -> State:
    """The batch size under the pointer; a key goes to the next whole number."""
    *sizes, chosen = sizes_of(state.params, state.inputs)
    now = sizes[chosen]
    if event.phase == "key":
        way = event.dx or event.dy
        size = now + (way > 0) - (way < 0)
    else:
        size = round(10 ** min(max(event.target.x, 0.0), 4.0))
    size = min(max(size, 1), len(state.inputs.points))
    return state if size == now else state.with_params(batch_size=size)

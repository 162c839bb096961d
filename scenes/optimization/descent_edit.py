"""What a person does to a descent: move the start, bend the schedule, turn the relief, move the chord."""

from __future__ import annotations

import math

from engine.functions.surface import Point, Surface
from scenes.optimization import relief
from scenes.optimization.descent_charts import knot_step, knots_of
from scenes.optimization.descent_model import (
    FARTHEST,
    FASTEST,
    SLOWEST,
    Params,
    shown_surface,
    start_of,
)
from scenes.parameters import BadParameter
from scenes.scene import Click, Drag, Event, Press, State

TURN = 90.0  # degrees for one unit of the relief's picture
NEAREST = 1e-6  # of a rate that is dragged to 0


def edit(state: State, event: Event) -> State:
    """The state after what was done; the same where it means nothing."""
    try:
        surface = shown_surface(state.params)
    except BadParameter:  # the sentence about it stands elsewhere
        return state
    match event:
        case Press(key="V"):
            return state.with_params(view="map" if state.params.view == "3d" else "3d")
        case Click(target=target, double=True) if target.panel == "map":
            return _with_start(state, surface, (target.x, target.y))
        case Drag(target=target) if target.handle == "start":
            return _start_moved(state, surface, event)
        case Drag(target=target) if target.handle == "knots":
            return _bent(state, target.index, target.x, target.y)
        case Drag(target=target) if target.handle == "chord" and target.index in (0, 1):
            return _chord_moved(state, surface, event)
        case Drag(target=target) if target.panel == "relief":
            return _turned(state, event)
    return state


def _start_moved(state: State, surface: Surface, event: Drag) -> State:
    x, y = start_of(state.params)
    dx, dy = event.dx, event.dy
    if event.target.panel == "relief":
        dx, dy = relief.moved_by(surface.view, dx, dy, state.inputs.azimuth, state.inputs.elevation)
    return _with_start(state, surface, (x + dx, y + dy))


def _with_start(state: State, surface: Surface, start: Point) -> State:
    """Another start, in view and where the surface has a value, in numbers no finer than the eye."""
    x1, y1, x2, y2 = surface.view
    digits = min(max(4 - math.ceil(math.log10(x2 - x1)), 0), 6)
    x = round(min(max(start[0], x1, -FARTHEST), x2, FARTHEST), digits)
    y = round(min(max(start[1], y1, -FARTHEST), y2, FARTHEST), digits)
    if (x, y) == start_of(state.params) or not math.isfinite(surface.slope_at(x, y)[0]):
        return state
    return state.with_params(start=(x, y))


def _bent(state: State, index: int, x: float, y: float) -> State:
    """The schedule's first knot is its rate (and, of a warm-up, when it is reached); the second its fall."""
    params: Params = state.params
    if not 0 <= index < len(knots_of(params, params.steps)):
        return state
    if index == 0:
        lr = _digits(min(max(y, SLOWEST), FASTEST))
        rise = round(min(max(x, 1), params.steps, 250)) if params.schedule == "warmup" else params.rise
        changes: dict[str, float] = {"lr": lr, "rise": rise}
    else:
        share = max(y, 0.0) / params.lr
        if params.schedule == "step":
            factor = round(min(max(share, 0.01), 1), 2)
            changes = {"every": round(min(max(x, 1), params.steps, 250)), "factor": factor}
        elif params.schedule == "exponential":
            factor = max(share, NEAREST) ** (1 / knot_step(params.steps))
            changes = {"factor": round(min(max(factor, 0.01), 1), 3)}
        else:
            changes = {"floor": round(min(share, 1), 3)}
    if all(getattr(params, name) == value for name, value in changes.items()):
        return state
    return state.with_params(**changes)


def _digits(value: float) -> float:
    """Three digits of a number."""
    return float(f"{value:.3g}")


def _chord_moved(state: State, surface: Surface, event: Drag) -> State:
    x1, y1, x2, y2 = surface.view
    ends = list(state.inputs.chord)
    x, y = ends[event.target.index]
    moved = (
        round(min(max(x + event.dx / (x2 - x1), 0), 1), 4),
        round(min(max(y + event.dy / (y2 - y1), 0), 1), 4),
    )
    if moved == ends[event.target.index]:
        return state
    ends[event.target.index] = moved
    return state.with_inputs(chord=tuple(ends))


def _turned(state: State, event: Drag) -> State:
    azimuth = (state.inputs.azimuth - TURN * event.dx + 180) % 360 - 180
    elevation = relief.held(state.inputs.elevation - TURN * event.dy)
    azimuth, elevation = round(azimuth, 1), round(elevation, 1)
    if (azimuth, elevation) == (state.inputs.azimuth, state.inputs.elevation):
        return state
    return state.with_inputs(azimuth=azimuth, elevation=elevation)

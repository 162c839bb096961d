"""What a person does to the race: drag the start or the time, choose an optimizer, let it in or out."""

from __future__ import annotations

import math

from engine.optimization.settings import NAMES
from scenes.optimization.optimizers_model import LARGEST, race_of, view_of
from scenes.parameters import BadParameter
from scenes.scene import Click, Drag, Event, Press, State, Target

AWAY = 0.25  # how far outside the view a start may be dragged, in its widths


def edit(state: State, event: Event) -> State:
    """The next state."""
    match event:
        case Click(target=Target(panel="standings", handle=name), double=double) if name in NAMES:
            return _let(state, name) if double else _chosen(state, name)
        case Click(target=Target(panel="chart", x=x)):
            return _at(state, x)
        case Click(target=Target(panel="map", handle="path", index=index)):
            return _at(state, index)
        case Click(target=Target(panel="map", handle="", x=x, y=y), double=double) if (
            double or state.params.show == "basins"
        ):
            return _started(state, x, y)
        case Press(key="N"):
            place = NAMES.index(state.params.optimizer)
            return state.with_params(optimizer=NAMES[(place + 1) % len(NAMES)])
        case Press(key="X", target=Target(panel="standings", handle=name)) if name in NAMES:
            return _let(state, name)
        case Drag(target=Target(panel="map", handle="start", x=x, y=y)):
            return _started(state, x, y)
        case Drag(target=Target(panel="chart", handle="time", x=x)):
            return _at(state, x)
    return state


def _chosen(state: State, name: str) -> State:
    return state if name == state.params.optimizer else state.with_params(optimizer=name)


def _let(state: State, name: str) -> State:
    """Into the race, or out of it; the one looked at always races."""
    racing = state.params.optimizers
    after = tuple(n for n in NAMES if (n in racing) != (n == name))
    return state.with_params(optimizers=after)


def _at(state: State, x: float) -> State:
    at = min(max(round(x), 0), state.params.steps) if math.isfinite(x) else 0
    return state if at == state.inputs.at else state.with_inputs(at=at)


def _started(state: State, x: float, y: float) -> State:
    """The start at another place, in or near the view, in numbers no finer than the eye."""
    try:
        race = race_of(state.params)
    except BadParameter:  # typed, and not there to be taken hold of
        return state
    if race.surface is None:
        x, y = min(max(y, -1.0), 1.0), 0.0  # x is drawn upwards there
        spans = (2.0, 2.0)
    else:
        x1, y1, x2, y2 = view_of(race.surface, race.surface.start)
        spans = (x2 - x1, y2 - y1)
        x = min(max(x, x1 - AWAY * spans[0]), x2 + AWAY * spans[0])
        y = min(max(y, y1 - AWAY * spans[1]), y2 + AWAY * spans[1])
    digits = max(2 - math.floor(math.log10(max(spans))), 2)
    start = tuple(round(min(max(c, -LARGEST), LARGEST), digits) for c in (x, y))
    return state if start == race.start else state.with_params(start=start)

"""What a person does to the network: types its numbers, inserts, removes and moves layers, looks at another unit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from engine.convnet.network import IMAGE, BadNetwork, Layer, measures, read_by
from scenes.convolution.receptive_layout import FOUND, SETTINGS, rows_of
from scenes.convolution.receptive_model import Inputs, channels_of, chosen_of, layers_of, unit_of
from scenes.scene import Click, Drag, Event, Press, Refused, State, Target, Typed

MOST = {"kernel": 31, "stride": 16, "padding": 31, "dilation": 32, "channels": 2048}
LONGEST = 160  # layers
NUDGE = 0.6  # places that a layer is dragged before it moves
NEW = Layer(kernel=3, padding=1, channels=16, name="3 × 3")
NEW_POOL = Layer(kind="pool", kernel=2, stride=2, name="pool")


def edit(state: State, event: Event) -> State:
    """Change the network or what is looked at."""
    match event:
        case Press(key="I" | "i" | "Insert") | Click(target=Target(handle="insert")):
            return inserted(state, NEW)
        case Press(key="P" | "p") | Click(target=Target(handle="insert pool")):
            return inserted(state, NEW_POOL)
        case Press(key="Delete") | Click(target=Target(handle="remove")):
            return removed(state)
        case Typed(target=Target(handle="settings") as target, text=text):
            return _typed(state, target, text)
        case Click(target=Target(handle="layers") as target) if target.index > 0:
            return _chosen(state, target.index - 1)
        case Click(target=Target(handle="settings" | "found") as target):
            rows = rows_of(len(state.inputs.layers), chosen_of(state.inputs))
            per_row = len(SETTINGS) if target.handle == "settings" else len(FOUND)
            row = target.index // per_row
            return _chosen(state, rows[row]) if 0 <= row < len(rows) else state
        case Click(target=Target(panel="cone") as target):
            return _looked_from(state, round(min(max(target.x, 0.0), 1e6)) - 1, target.y)
        case Click(target=Target(panel="image" | "effective") as target):
            return _moved_to(state, target.y, target.x)
        case Drag(target=Target(handle="layers")):
            return _dragged_layer(state, event)
        case Drag(target=Target(handle="unit")) if event.phase != "key":
            return _looked_from(state, round(min(max(event.target.x, 1.0), 1e6)) - 1, event.target.y)
        case Drag(target=Target(handle="unit")):
            return _dragged_unit(state, event, across=0.0)
        case Drag(target=Target(handle="centre")):
            return _dragged_unit(state, event, across=event.dx)
    return state


def with_layers(state: State, layers: Iterable[Layer], chosen: int) -> State:
    """The state with another network, where it is one.

    Raises:
        Refused: it is none; the sentence says what would fit.
    """
    network = tuple(layers)
    if not network:
        raise Refused("The last layer stays: a network has one layer or more.")
    if len(network) > LONGEST:
        raise Refused(f"A network of {LONGEST} layers is full; remove one first.")
    try:
        measures(layers_of(state.params, network), state.params.size, channels_of(state.params))
    except BadNetwork as error:
        raise Refused(str(error)) from error
    return state.with_inputs(layers=network, chosen=min(max(chosen, 0), len(network) - 1), unit=None)


def inserted(state: State, layer: Layer) -> State:
    """A layer after the chosen one, with as many channels; whoever read that one reads the new one."""
    inputs: Inputs = state.inputs
    at = chosen_of(inputs) + 1
    given = _channels_before(state, at)
    new = replace(layer, channels=given, reads=(at - 1,))
    after = [
        _renumbered(inputs.layers, n, lambda read: read + (read >= at - 1))
        for n in range(at, len(inputs.layers))
    ]
    return with_layers(state, [*inputs.layers[:at], new, *after], at)


def _channels_before(state: State, at: int) -> int:
    """The channels of the layer before a place, so that what comes after it still fits."""
    found = measures(state.inputs.layers[:at], state.params.size, channels_of(state.params))
    return found[-1].channels if found else NEW.channels


def removed(state: State) -> State:
    """The network without the chosen layer; whoever read it reads what it read."""
    inputs: Inputs = state.inputs
    gone = chosen_of(inputs)
    heir = read_by(inputs.layers, gone)[0]

    def renumber(read: int) -> int:
        return heir if read == gone else read - (read > gone)

    after = [_renumbered(inputs.layers, n, renumber) for n in range(gone + 1, len(inputs.layers))]
    return with_layers(state, [*inputs.layers[:gone], *after], gone - 1)


def _renumbered(layers: tuple[Layer, ...], number: int, renumber: Callable[[int], int]) -> Layer:
    """A layer that reads the same layers by their new numbers."""
    return replace(layers[number], reads=tuple(renumber(read) for read in read_by(layers, number)))


def swapped(state: State, first: int) -> State:
    """The network with the layers `first` and `first` + 1 in the other order.

    Raises:
        Refused: one of them is a join, or they are not two in a row.
    """
    layers: tuple[Layer, ...] = state.inputs.layers
    if not 0 <= first < len(layers) - 1:
        raise Refused("There is no layer to change places with.")
    a, b = layers[first], layers[first + 1]
    readers = [n for n in range(len(layers)) if first in read_by(layers, n)]
    if a.is_join or b.is_join or read_by(layers, first + 1) != (first,) or readers != [first + 1]:
        raise Refused(
            "These two are at the ends of a branch; only layers that follow each other can change places."
        )
    turned = [replace(b, reads=read_by(layers, first)), replace(a, reads=(first,))]
    return with_layers(state, [*layers[:first], *turned, *layers[first + 2 :]], state.inputs.chosen)


def _typed(state: State, target: Target, text: str) -> State:
    inputs: Inputs = state.inputs
    rows = rows_of(len(inputs.layers), chosen_of(inputs))
    row, column = divmod(target.index, len(SETTINGS))
    if not 0 <= row < len(rows):
        return state
    number, name = rows[row], SETTINGS[column]
    layer = inputs.layers[number]
    if layer.is_join or (name == "channels" and layer.kind == "pool"):
        raise Refused(f"A {layer.kind} has no {name}.")
    if name == "channels" and not state.params.own_widths:
        raise Refused("All layers have C channels here; set width, or let each have its own widths.")
    low = 0 if name == "padding" else 1
    try:
        value = int(text.strip())
    except ValueError:
        raise Refused(f"{text!r} is no whole number; {name} takes one from {low} to {MOST[name]}.") from None
    if not low <= value <= MOST[name]:
        raise Refused(f"{name} is {text.strip()[:12]}; it takes a whole number from {low} to {MOST[name]}.")
    number_of: dict[str, Any] = {name: value}
    changed = replace(layer, **number_of)
    kept_its_size = 2 * layer.padding == layer.span - 1
    if kept_its_size and name in ("kernel", "dilation") and changed.span % 2:
        changed = replace(changed, padding=changed.span // 2)
    return with_layers(state, [*inputs.layers[:number], changed, *inputs.layers[number + 1 :]], number)


# What is looked at


def _chosen(state: State, number: int) -> State:
    inputs: Inputs = state.inputs
    number = min(max(number, 0), len(inputs.layers) - 1)
    return state if number == chosen_of(inputs) else state.with_inputs(chosen=number, unit=None)


def _looked_from(state: State, number: int, pixel: float) -> State:
    """The unit of a layer whose field's middle is nearest to a row of pixels, in the column looked at so far."""
    inputs: Inputs = state.inputs
    if not IMAGE < number < len(inputs.layers):
        return state
    found = measures(inputs.layers, state.params.size)
    old, new = found[chosen_of(inputs)], found[number]
    column = old.start + unit_of(inputs, old.size)[1] * old.jump
    unit = _nearest(new.start, new.jump, new.size, pixel), _nearest(new.start, new.jump, new.size, column)
    same = number == chosen_of(inputs) and unit == unit_of(inputs, new.size)
    return state if same else state.with_inputs(chosen=number, unit=unit)


def _moved_to(state: State, y: float, x: float) -> State:
    inputs: Inputs = state.inputs
    one = measures(inputs.layers, state.params.size)[chosen_of(inputs)]
    unit = _nearest(one.start, one.jump, one.size, y), _nearest(one.start, one.jump, one.size, x)
    return state if unit == unit_of(inputs, one.size) else state.with_inputs(unit=unit)


def _nearest(start: float, jump: int, size: int, pixel: float) -> int:
    return min(max(round((min(max(pixel, -1e9), 1e9) - start) / jump), 0), size - 1)


def _dragged_unit(state: State, event: Drag, across: float) -> State:
    inputs: Inputs = state.inputs
    one = measures(inputs.layers, state.params.size)[chosen_of(inputs)]
    row, column = unit_of(inputs, one.size)
    if event.phase == "key":
        if event.target.handle == "unit" and event.dx:
            return _chosen(state, chosen_of(inputs) + int(math.copysign(1, event.dx)))
        steps = [int(math.copysign(1, d)) if d else 0 for d in (event.dy, across)]
        unit = unit_of(replace(inputs, unit=(row + steps[0], column + steps[1])), one.size)
        return state if unit == (row, column) else state.with_inputs(unit=unit)
    x = event.target.x if event.target.handle == "centre" else one.start + column * one.jump
    return _moved_to(state, event.target.y, x)


def _dragged_layer(state: State, event: Drag) -> State:
    """To the place where the pointer is, past every layer on the way; by key one place along."""
    first, last = event.target.index - 1, len(state.inputs.layers) - 1
    if not 0 <= first <= last:
        return state
    if event.phase == "key":
        way = int(math.copysign(1, event.dx)) if event.dx else 0
        return _shifted(_chosen(state, first), first + way)
    before, place = (round(min(max(x - 1, 0), last)) for x in (event.target.x - event.dx, event.target.x))
    number, passed = chosen_of(state.inputs), sorted((first, before, place))
    on_its_way = (
        passed[0] <= number <= passed[-1]
    )  # it is the one that the gesture began on, which has come there
    if event.phase == "start" or not on_its_way:
        state, number = _chosen(state, first), first
    return state if abs(event.target.x - (number + 1)) < NUDGE else _shifted(state, place)


def _shifted(state: State, place: int) -> State:
    """The chosen layer moved to a place, a swap at a time; as far as it goes, where only the first few can be.

    Raises:
        Refused: it cannot be moved at all.
    """
    number = chosen_of(state.inputs)
    way = 1 if place > number else -1
    for at in range(number, place, way):
        try:
            state = swapped(state, min(at, at + way)).with_inputs(chosen=at + way)
        except Refused:
            if at == number:
                raise
            break
    return state

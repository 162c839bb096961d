"""Sentences of the receptive field: the arithmetic behind every number of the table, and the point of a picture."""

from __future__ import annotations

from engine.convnet.network import IMAGE, Layer
from scenes.convolution.receptive_model import Params, Result, affordable, is_uniform

KINDS = {"conv": "", "pool": "pool ", "add": "+", "concat": "concat"}


def short(number: float) -> str:
    """A count as it can be read from the last row: 14.7 M."""
    for unit, letter in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= 0.9995 * unit:
            return f"{number / unit:.3g}{letter}"
    return f"{number:g}"


def title(result: Result, number: int) -> str:
    """A layer's name; what it is, where it has none."""
    if number == IMAGE:
        return "image"
    layer = result.layers[number]
    return layer.name or f"{number} {window(layer)}"


def window(layer: Layer, *, brief: bool = False) -> str:
    """A layer's window in a few characters, or in one or two."""
    if layer.is_join:
        return {"add": "+", "concat": "C"}[layer.kind] if brief else KINDS[layer.kind]
    if brief:
        return "P" if layer.kind == "pool" else f"{layer.kernel}"
    return f"{KINDS[layer.kind]}{layer.kernel}×{layer.kernel}"


def legend(result: Result) -> str:
    """What the brief windows mean."""
    kinds = {layer.kind for layer in result.layers}
    letters = {"pool": ", P pooling", "add": ", + addition", "concat": ", C concat"}
    return f": sides of windows{''.join(word for kind, word in letters.items() if kind in kinds)}"


def weights(result: Result, upto: int | None = None) -> int:
    """The weights of the layers before `upto`, or of all."""
    return sum(one.params for one in result.measures[:upto])


def one_window(result: Result, number: int) -> int:
    """The weights of a single convolution that would see as far."""
    one = result.measures[number]
    return one.field**2 * result.channels * one.channels


def found_word(result: Result, number: int, name: str) -> str:
    """A number of the table as it is written."""
    one = result.measures[number]
    if name == "weights":
        return short(one.params).replace(" ", "") if one.params else "–"
    if name == "mult-adds":
        return short(one.operations).replace(" ", "") if one.operations else "–"
    return f"{getattr(one, name):g}"


def of_found(result: Result, number: int, name: str) -> str:
    """How a number of the table came about."""
    layer, one = result.layers[number], result.measures[number]
    reads = result.reads[number]
    if layer.is_join:
        return _of_join(result, number, name)
    read = result.measure(reads[0])
    k, s, p, d = layer.kernel, layer.stride, layer.padding, layer.dilation
    match name:
        case "size":
            exact = (read.size + 2 * p - d * (k - 1) - 1) / s
            floor = f" = ⌊{exact:.4g}⌋ + 1" if exact % 1 else ""
            return f"size = ⌊({read.size} + 2·{p} − {d}·({k} − 1) − 1) / {s}⌋ + 1{floor} = {one.size}."
        case "jump":
            return (
                f"jump = {read.jump} · {s} = {one.jump}: neighbours in this layer look {one.jump} px apart."
            )
        case "start":
            step = f"({d}·({k} − 1)/2 − {p}) · {read.jump}"
            return f"start = {read.start:g} + {step} = {one.start:g}: the middle of the first unit's field, in pixels."
        case "field":
            return f"field = {read.field} + {d}·({k} − 1)·{read.jump} = {one.field}: the widest that a unit can see."
    if layer.kind == "pool":
        return "Pooling has no weights; it only compares."
    counted = f"{k}·{k}·{read.channels}·{one.channels} = {one.params:,} weights"
    if name == "weights":
        return f"{counted}: every one of {one.channels} maps has a window of its own over {read.channels}."
    return (
        f"{counted}, used at {one.size}·{one.size} places: {one.operations:,} multiplications and additions."
    )


def _of_join(result: Result, number: int, name: str) -> str:
    one = result.measures[number]
    parts = [(title(result, read), result.measure(read)) for read in result.reads[number]]
    if name == "field":
        widest = ", ".join(f"{part.field} by {name_}" for name_, part in parts)
        return f"A join sees what any branch sees: {widest}; together {one.field} px."
    if name in ("weights", "mult-adds"):
        return "A join has no weights."
    how = "added" if result.layers[number].kind == "add" else "side by side"
    return f"Its {len(parts)} branches agree in {name}: {getattr(one, name):g}; their channels are {how}."


def of_unit(result: Result, number: int, unit: tuple[int, int]) -> str:
    """What a unit sees, in words."""
    one = result.measure(number)
    (top, bottom), (left, right) = (one.seen(place) for place in unit)
    where = f"rows {top:g} to {bottom - 1:g}, columns {left:g} to {right - 1:g}"
    beyond = min(top, left) < 0 or max(bottom, right) > result.size
    outside = "; what lies outside the image is padding" if beyond else ""
    name = f"Unit ({unit[0]}, {unit[1]}) of {title(result, number)}"
    return f"{name} sees {one.field} × {one.field} px: {where}{outside}."


def point(result: Result, params: Params) -> str:
    """What the picture says as a whole."""
    number, one = result.chosen, result.measures[result.chosen]
    used, single = weights(result, number + 1), one_window(result, number)
    seen = f"A unit of {title(result, number)} can see {one.field} × {one.field} px"
    if params.own_widths:
        measured_ = (
            f", but half of what moves it lies in {result.core} × {result.core} px" if result.core else ""
        )
        return f"{seen}{measured_}."
    if not is_uniform(params):
        compared = "more than" if used > single else "as many as" if used == single else "fewer than"
        return f"{seen}, with {used:,} weights, {compared} one window as wide: {single:,}."
    if result.channels == 1:
        return f"{seen}, with {used} weights where one {one.field} × {one.field} window has {single}."
    square = f"{short(used)} weights, {used // result.channels**2} C²"
    return f"{seen}, with {square}; one window as wide has {short(single)}."


def cost(params: Params, result: Result, count: int, rectifiers: int) -> str:
    """Weights, by the square of the width where there is but one, and nonlinearities on the way."""
    number = f"{count // result.channels**2} C² = {count:,}" if is_uniform(params) else short(count)
    if params.activation == "none":
        return f"{number} weights"
    return f"{number} weights, {rectifiers} ReLU{'' if rectifiers == 1 else 's'}"


def rectifiers(result: Result, upto: int) -> int:
    """The layers before `upto` that a ReLU follows."""
    return sum(layer.is_rectified for layer in result.layers[:upto])


def measured(result: Result) -> str:
    """The title of the effective field: the square in its middle that holds half of it, once it is known."""
    if result.core:
        return f"half lies in {result.core} × {result.core}"
    if result.samples:
        return f"it does see (mean of {result.samples})"
    fits = affordable(result, 1)
    return f"it does see: {'being measured' if fits else 'too large to measure'}"

"""Sentences of convolution: the arithmetic of a cell, what a term of the size formula counts, the point."""

from __future__ import annotations

import numpy as np

from scenes.convolution.convolution_model import Axis, Params, Result
from scenes.convolution.numbers import number_words
from scenes.convolution.size_terms import Counted

WRITTEN = 9  # products up to which a sum is written out
FILLED = {
    "reflect": "The padding mirrors the input at its edge cell",
    "replicate": "The padding repeats the edge of the input",
    "circular": "The padding goes on at the other end of the input",
}
MINUS = "\N{MINUS SIGN}"
Cell = tuple[int, int]


def many(count: int, noun: str) -> str:
    """A number of things."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def at(cell: Cell) -> str:
    """A place in words."""
    return f"row {cell[0]}, column {cell[1]}"


def _factor(value: float) -> str:
    words = number_words(value)
    return f"({words})" if words.startswith(MINUS) else words


def _with_bias(result: Result, channel: int) -> str:
    bias = float(result.bias[channel])
    return f" + bias {_factor(bias)}" if bias else ""


def of_output(result: Result, channel: int, window: Cell) -> str:
    """The sum that made an output cell; of many products, the sums of the channels or the first few."""
    read, weight = result.read(window), result.weight[channel]
    made = number_words(float(result.output[(channel, *window)]))
    pairs = list(zip(read.ravel().tolist(), weight.ravel().tolist(), strict=True))
    if len(pairs) > WRITTEN and len(read) > 1:
        sums = (read * weight).sum((1, 2)).tolist()
        terms = [f"{_factor(value)} (channel {c})" for c, value in enumerate(sums)]
    else:
        terms = [f"{_factor(x)} · {_factor(w)}" for x, w in pairs[:WRITTEN]]
        terms += ["…"] if len(pairs) > WRITTEN else []
    return f"{' + '.join(terms)}{_with_bias(result, channel)} = {made}."


def of_product(result: Result, channel: int, window: Cell, tap: tuple[int, int, int]) -> str:
    """One product of a window."""
    x, w = float(result.read(window)[tap]), float(result.weight[(channel, *tap)])
    return f"{_factor(x)} · {_factor(w)} = {number_words(x * w)}: the input's cell times the weight that lies on it."


def of_weight(result: Result, channel: int, tap: tuple[int, int, int]) -> str:
    """What a weight does."""
    rows, columns = result.shape
    value = number_words(float(result.weight[(channel, *tap)]))
    return (
        f"The weight {value} is shared: it multiplies the outlined cells of the input, one in each of the "
        f"{many(rows * columns, 'window')}."
    )


def of_input(result: Result, plane: int, cell: Cell) -> str:
    """How many windows read a cell of the input, through the padding too."""
    value = number_words(float(result.input[(plane, *cell)]))
    place = f"{at(cell).capitalize()} holds {value}"
    count = readers(result.rows, cell[0]) * readers(result.columns, cell[1])
    if not count:
        return f"{place}, but no window reads it: it changes nothing."
    again = (
        " (counting where the padding repeats it)" if result.rows.padding and _repeats(result, cell) else ""
    )
    return f"{place}: {many(count, 'window')} read{'s' if count == 1 else ''} it{again}, each with another weight."


def _repeats(result: Result, cell: Cell) -> bool:
    pairs = zip((result.rows, result.columns), cell, strict=True)
    return any(axis.sources.count(place) > 1 for axis, place in pairs)


def readers(axis: Axis, place: int) -> int:
    """How often windows read a cell along an axis."""
    return sum(len(axis.windows_of(n)) for n, source in enumerate(axis.sources) if source == place)


def of_padding(result: Result, cell: Cell) -> str:
    """What a cell of the padding holds."""
    row, column = result.rows.sources[cell[0]], result.columns.sources[cell[1]]
    if min(row, column) < 0:
        return "A cell of the padding: 0, so its products are 0 whatever the weights."
    return f"A cell of the padding: it repeats {at((row, column))} of the input."


def of_term(params: Params, result: Result, axis: Axis, term: Counted) -> str:
    """What a term of the size formula counts."""
    letter = "N" if result.rows.length == result.columns.length else "W" if axis is result.columns else "H"
    more = f" The other {axis.count - 1} follow after a step each." if axis.count > 1 else ""
    told: dict[Counted, str] = {
        "N": f"{letter} = {axis.length}: the cells of the input along this edge.",
        "P": f"P = {axis.padding}: the padding, counted twice because it stands on both sides.",
        "D": f"D = {axis.dilation}: from one cell that is read to the next. F {MINUS} 1 such gaps and one cell make "
             f"the kernel {many(axis.span, 'cell')} wide.",
        "F": f"F = {axis.kernel}: the kernel's cells along an edge. With D = {axis.dilation} it spans "
             f"{many(axis.span, 'cell')}, which the first window takes.",
        "S": f"S = {axis.stride}: each window lies {many(axis.stride, 'cell')} after the one before.",
        "floor": f"Rounded down: {_left(axis)}",
        "first": f"The first window takes {many(axis.span, 'cell')} and needs no step: so the steps and 1 are the "
                 f"windows.{more}",
        "count": f"{letter}' = {axis.count}: one cell of the output for each window.",
    }  # fmt: skip
    return told[term]


def _left(axis: Axis) -> str:
    if not axis.left_over:
        return "here the steps fit exactly, and nothing is left over."
    verb = "is" if axis.left_over == 1 else "are"
    return (
        f"{many(axis.left_over, 'cell')} at the end {verb} too few for another step of {axis.stride}; "
        "no window reads so far."
    )


def point_of(params: Params, result: Result) -> str:
    """What is to be seen, in one sentence or two."""
    axis, channels = result.columns, len(result.input)
    if axis.left_over or result.rows.left_over:
        return _rounded(axis if axis.left_over else result.rows)
    if params.kernel == 1 and channels == 1:
        return "A 1 × 1 kernel looks at no neighbour: with one channel it only scales each cell."
    if params.kernel == 1:
        return (
            f"A 1 × 1 kernel looks at no neighbour: it mixes the {channels} channels of the input at each "
            "place by itself."
        )
    if params.stride > 1 and axis.count > 1:
        side = "" if axis.length == result.rows.length else " across"
        return (
            f"The first window takes {many(axis.span, 'cell')}, and each step of {params.stride} makes one more: "
            f"1 + {axis.count - 1} = {axis.count} windows{side or ' along a side'}."
        )
    if channels > 1:
        return (
            f"Each output cell adds up {params.kernel} × {params.kernel} products from every one of the {channels} "
            f"input channels: {params.kernel**2 * channels} in one sum."
        )
    return _of_reach(params, axis) or _of_weights(params, result)


def _of_reach(params: Params, axis: Axis) -> str:
    """What dilation or padding does, or "" where there is none to speak of."""
    if params.dilation > 1:
        return (
            f"Its cells stand {params.dilation} apart: the kernel spans {axis.span} × {axis.span} and still has "
            f"only {params.kernel**2} weights."
        )
    if params.padding and params.padding_mode != "zeros":
        return f"{FILLED[params.padding_mode]}: no zeros pull the rim of the output down."
    if params.padding and axis.count == axis.length:
        return f"With {many(params.padding, 'cell')} of padding on every side the output is as large as the input."
    return ""


def _of_weights(params: Params, result: Result) -> str:
    """What the weights of the one kernel do."""
    weights = result.weight[0, 0]
    if abs(weights.sum()) < 1e-9 < abs(weights).max():
        return "The weights add up to 0: where the input is flat the products cancel, and its edges are left."
    if float(np.ptp(weights)) < 1e-9 and abs(weights.sum() - 1) < 1e-9:
        return f"All weights are 1/{weights.size}: each output cell is the mean of the {weights.size} under the kernel."
    rows, columns = result.shape
    return (
        f"The kernel stops at {rows} × {columns} places. At each, {params.kernel**2} products add up to one "
        "number of the output."
    )


def _rounded(axis: Axis) -> str:
    """The division that does not come out even."""
    steps = (axis.padded - axis.span) / axis.stride + 1
    inside = f"({axis.padded} {MINUS} {axis.span}) / {axis.stride} + 1 = {number_words(steps)}"
    missing = axis.stride - axis.left_over
    verb = "is" if axis.left_over == 1 else "are"
    return (
        f"{inside}, but there are no parts of windows: {axis.count} fit, and {many(axis.left_over, 'cell')} at the end "
        f"(hatched) {verb} never read. {missing} more would make {axis.count + 1}."
    )

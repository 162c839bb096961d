"""The picture: layers side by side with the cone of one unit, what it could see and what it does see, the numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.convnet.network import IMAGE, taps
from engine.trace import Frame
from scenes.convolution import receptive_words as words
from scenes.convolution.receptive_layout import (
    FOUND,
    GAP,
    HEADS,
    SETTINGS,
    column_of,
    pixel_of,
    rows_of,
    unit_at,
)
from scenes.convolution.receptive_model import Inputs, Params, Result, unit_of
from scenes.picture import (
    Cells,
    Heatmap,
    Image,
    Line,
    Mark,
    Panel,
    Picture,
    Region,
    Role,
    Scatter,
    Text,
)
from scenes.scene import State, Target, locked

DOTS = 700  # units up to which each is a dot
TOOLS = {  # the handle of what can be done to the stack, its words, and what it does
    "insert": ("+ 3 × 3", "Insert a convolution of 3 × 3 after"),
    "insert pool": ("+ pool 2 × 2", "Insert a pooling of 2 × 2 after"),
    "remove": ("\N{MINUS SIGN} remove", "Remove"),
}
DEEP = 24  # layers from which on connections stand too near to be told apart
WAYS = 90  # connections of two layers up to which each is a line
STRIP, COSTS = 17, 14  # shares of the height, of 100
TOLD, NAMED = 7, 40  # layers up to which the strip tells their windows, and their windows' sides
FAR = 1e6  # pixels beyond which nothing is drawn
BEYOND = 0.35  # images: so far beyond the image a field is drawn

View = tuple[float, float, float, float]


def picture(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """What to show; at a step, as far as the walk has come."""
    params: Params = state.params
    inputs: Inputs = state.inputs
    done = _done(frame, len(result.layers))
    sizes = sizes_of(result, frame)
    result = result if frame is None else as_run(result, frame)
    shown = result.chosen if done is None else done - 1
    units = unit_of(inputs, result.measure(shown).size)
    pointed = pointed_at(result, hover, done)
    sentence = pointed or ("" if frame else words.point(result, params))
    table = table_height(len(rows_of(len(result.layers), result.chosen)))
    return Picture(
        panels=(
            _stack_panel(result, shown),
            _cone_panel(result, shown, units[0], sizes),
            _image_panel(result, shown, units),
            _effective_panel(result, shown, units),
            _table_panel(result, shown, done, sizes),
            _costs_panel(params, result, shown),
        ),
        columns=(40, 30, 30),
        rows=(STRIP, 100 - STRIP - COSTS - table, COSTS, table),
        sentence=sentence,
        focus="unit",
    )


def table_height(rows: int) -> int:
    """The share of the height, of 100, that a table of so many rows takes, with its heads."""
    return 23 + 3 * max(rows, 2)


def _done(frame: Frame | None, count: int) -> int | None:
    """How many layers the walk has measured at a step; None where no step is looked at."""
    if frame is None:
        return None
    fields = frame.variables.get("fields")
    return min(max(len(fields) - 1, 0), count) if isinstance(fields, Sequence) else 0


def sizes_of(result: Result, frame: Frame | None) -> list[int]:
    """Units along an axis of the image and of every layer, as far as they are known, as the run at hand has them."""
    if frame is None:
        return result.sizes
    told = frame.variables.get("sizes")
    given = list(told[: (_done(frame, len(result.layers)) or 0) + 1]) if isinstance(told, Sequence) else []
    return given if given and all(map(_is_place, given)) else [result.size]


def as_run(result: Result, frame: Frame) -> Result:
    """The measures as the run at hand has found them so far, whoever's code it is: where it differs, so does the
    picture. The sizes stay those of the network, on which its cone is drawn.
    """
    lists = {name: frame.variables.get(f"{name}s") for name in ("jump", "start", "field")}
    found = list(result.measures)
    for number, one in enumerate(found):
        told = {
            name: values[number + 1]
            for name, values in lists.items()
            if isinstance(values, Sequence) and number + 1 < len(values) and _is_place(values[number + 1])
        }
        if any(getattr(one, name) != value for name, value in told.items()):
            found[number] = replace(one, **told)
    return replace(result, measures=tuple(found)) if found != list(result.measures) else result


def _is_place(value: object) -> bool:
    """Whether it is a number of pixels that can be drawn."""
    return isinstance(value, int | float) and abs(value) < FAR


def pointed_at(result: Result, hover: Target | None, done: int | None) -> str:
    """What there is to say of what is pointed at."""
    if hover is None:
        return ""
    number = _layer_at(result, hover)
    match hover.handle:
        case "found" if number is not None and (done is None or number < done):
            return words.of_found(result, number, FOUND[hover.index % len(FOUND)])
        case "settings" if number is not None:
            name = SETTINGS[hover.index % len(SETTINGS)]
            return f"The {name} of {words.title(result, number)}: type another number."
        case "layers" if 0 <= hover.index <= len(result.layers):
            return words.of_unit(result, hover.index - 1, (0, 0)) if hover.index else "The image itself."
        case "insert" | "insert pool" | "remove":
            return f"{TOOLS[hover.handle][1]} {words.title(result, result.chosen)}."
        case "effective":
            return _of_pixel(result, hover.index)
    if hover.panel == "cone" and number is not None:
        row = unit_at(result, number, hover.y)
        return words.of_unit(result, number, (row, row))
    return ""


def _layer_at(result: Result, target: Target) -> int | None:
    """The layer that a target is about."""
    rows = rows_of(len(result.layers), result.chosen)
    per_row = {"found": len(FOUND), "settings": len(SETTINGS)}.get(target.handle)
    if per_row is not None:
        row = target.index // per_row
        return rows[row] if 0 <= row < len(rows) else None
    number = round(min(max(target.x, -1.0), 1e6)) - 1
    return number if IMAGE <= number < len(result.layers) else None


def _of_pixel(result: Result, index: int) -> str:
    if not 0 <= index < result.size**2:
        return ""
    row, column = divmod(index, result.size)
    share = float(result.effective[row, column])
    return (
        f"Row {row}, column {column} moves the unit {share:.1%} as much as the pixel that moves it most, "
        f"in the mean of {result.samples} random networks."
    )


# The network


def _stack_panel(result: Result, shown: int) -> Panel:
    """The layers as a strip, each as deeply coloured as it has weights; above it who reads another layer than the
    one before, below it what can be done.
    """
    count = len(result.layers) + 1
    weights = np.array([[0, *(one.params for one in result.measures)]], float)
    brief = count > TOLD
    named = (words.window(layer, brief=brief) if count <= NAMED else "" for layer in result.layers)
    text = ("" if brief else "image", *named)
    strip = Cells(
        values=np.sqrt(weights), role="weight", shade="signed", range=(0, float(np.sqrt(weights.max())) or 1.0),
        text=(text,), at=(-0.5, 0.0), marked=((0, shown + 1, "now"),), handle="layers", movable=True,
    )  # fmt: skip
    tools = [
        Text(at=(count * (place + 0.5) / len(TOOLS) - 0.5, 1.5), text=tool, role="accent", align="center",
             handle=handle)
        for place, (handle, (tool, _)) in enumerate(TOOLS.items())
    ]  # fmt: skip
    ways = _shortcuts(result)
    lines = [Line(segments=ways, role="accent", width=1.5)] if len(ways) else []
    more = words.legend(result) if count <= NAMED else ": darker with more weights"
    return Panel(
        key="stack", marks=(*lines, strip, *tools), view=(-0.5, -0.9 if lines else 0.0, count - 0.5, 1.8),
        place=(0, 0, 1, 1), square=False, fixed=True, title=f"layers{more if brief else ''}", margin=(7, 0, 1, 0),
    )  # fmt: skip


def _shortcuts(result: Result) -> NDArray[np.float64]:
    """Brackets over the strip, from a layer to one that reads it and does not follow it: (3 N, 2, 2)."""
    pairs = [(read, n) for n, reads in enumerate(result.reads) for read in reads if read != n - 1]
    longest = max((n - read for read, n in pairs), default=1)
    segments = []
    for read, n in pairs:
        a, b = column_of(read), column_of(n)
        high = -0.15 - 0.65 * (n - read) / longest
        segments += [[(a, 0.0), (a, high)], [(a, high), (b, high)], [(b, high), (b, 0.0)]]
    return np.array(segments, float).reshape(-1, 2, 2)


def _cone_panel(result: Result, shown: int, row: int, sizes: list[int]) -> Panel:
    """Units of the layers whose `sizes` are known over the pixels they look at, and the cone of one of them down to
    the image.
    """
    size, count = result.size, len(result.layers)
    cone = result.cone(shown, row) if shown >= 0 else {IMAGE: [row]}
    marks = [*_units(result, len(sizes) - 1), *_ways(result, cone)]
    low, high = result.measure(shown).seen(row)
    seen = [[(0.0, max(low, 0.0)), (0.0, min(high, float(size)))]]
    marks.append(Line(segments=np.array(seen), role="input", width=5.0))
    beyond = [
        [(0.0, a), (0.0, b)]
        for a, b in ((low, min(0.0, high)), (max(high - (high - size), low), high))
        if a < b
    ]
    if low < 0 or high > size:
        marks.append(Line(segments=np.array(beyond), role="ignored", width=2.0, dashed=True))
    place = (column_of(shown), pixel_of(result, shown, row))
    marks.append(
        Scatter(points=np.array([place]), role="now", size=13, symbol="ring", handle="unit", movable=True)
    )
    field = result.measure(shown).field
    room = BEYOND * size
    above, below = max(min(low, 0.0), -room), min(max(high, float(size)), size + room)
    slack = 0.05 * (below - above)
    marks += _sizes(sizes, below + slack, len(result.layers), crossed=high > size)
    middle = (max(low, above) + min(high, below)) / 2
    beside = max(0.12, 0.025 * (count + 1))  # columns, as wide for many as for few
    marks.append(Text(at=(-beside, middle), text=f"{field} px", role="input", align="right", size=1.15))
    return Panel(
        key="cone", marks=tuple(marks), view=(-0.5, above - slack, count + 0.5, below + slack), place=(1, 0, 2, 1),
        square=False, fixed=True, drag="scene", margin=(7, 0, 1, 1.2),
    )  # fmt: skip


def _sizes(sizes: list[int], y: float, count: int, *, crossed: bool) -> list[Mark]:
    """How many units lie side by side, below each layer that has another number of them than the one before; that of
    the image beside the line of a field that goes on beyond it.
    """
    changes = [n for n, size in enumerate(sizes) if n == 0 or size != sizes[n - 1]]
    gap = (count + 1) / 12  # so near to the one before that their numbers would touch
    clear: list[int] = []
    for n in changes:
        wide = 2 if crossed and clear == [0] else 1
        if not clear or n - clear[-1] >= wide * gap:
            clear.append(n)
    named = {n: f"{sizes[n]}" if n else f"{sizes[n]} px" for n in clear}
    return [
        Text(at=(n + gap / 6 if crossed and not n else float(n), y), text=name, role="quiet",
             align="left" if crossed and not n else "center", size=0.95, mono=True)
        for n, name in named.items()
    ]  # fmt: skip


def _units(result: Result, known: int) -> list[Mark]:
    """Every unit as a dot; where they are many, every layer as a line."""
    numbers = range(IMAGE, known)
    if sum(result.sizes) <= DOTS:
        dots = [
            (column_of(n), pixel_of(result, n, unit))
            for n in numbers
            for unit in range(result.measure(n).size)
        ]
        return [Scatter(points=np.array(dots), role="quiet", size=5)]
    lines = [
        [
            (column_of(n), pixel_of(result, n, 0)),
            (column_of(n), pixel_of(result, n, result.measure(n).size - 1)),
        ]
        for n in numbers
    ]
    return [Line(segments=np.array(lines), role="line", width=1.0)]


def _ways(result: Result, cone: dict[int, list[int]]) -> list[Mark]:
    """The cone: each connection where they are few, else its edges; and what of every layer is in it."""
    pairs = [(n, read) for n in cone if n >= 0 for read in result.reads[n] if read in cone]
    segments: list[Any] = []
    for number, read in pairs:
        each = len(result.layers) <= DEEP and len(cone[number]) * result.layers[number].kernel <= WAYS
        here, there = column_of(number), column_of(read)
        for unit, other in _connections(result, number, read, cone, each):
            segments.append([(here, pixel_of(result, number, unit)), (there, pixel_of(result, read, other))])
    spans = [
        [(column_of(n), pixel_of(result, n, units[0])), (column_of(n), pixel_of(result, n, units[-1]))]
        for n, units in cone.items()
        if n >= 0
    ]
    marks: list[Mark] = []
    if segments:
        marks.append(Line(segments=np.array(segments), role="accent", width=1.0))
    if spans:
        marks.append(Line(segments=np.array(spans), role="output", width=4.0))
    return marks


def _connections(
    result: Result, number: int, read: int, cone: dict[int, list[int]], each: bool
) -> list[tuple[int, int]]:
    """A layer's units in the cone with those that they read; or only the outermost of both."""
    if not each:
        return [(cone[number][end], cone[read][end]) for end in (0, -1)]
    size = result.measure(read).size
    return [(unit, tap) for unit in cone[number] for tap in taps(result.layers[number], unit, size)]


# What it sees


def _seen_region(result: Result, shown: int, units: tuple[int, int]) -> Region:
    """The theoretical field, as far as the maps show it."""
    one = result.measure(shown)
    (top, bottom), (left, right) = (one.seen(unit) for unit in units)
    low, _, high, _ = _around(result, shown)
    x1, y1, x2, y2 = (min(max(edge, low), high) for edge in (left, top, right, bottom))
    return Region(extent=(x1, y1, x2, y2), role="now")


def _core_region(result: Result, units: tuple[int, int]) -> Region:
    """The square that holds half of the effective field, about the pixel in the middle of what the unit sees."""
    one, half = result.measures[result.chosen], result.core // 2
    top, left = (math.floor(one.start + unit * one.jump) - half for unit in units)
    return Region(extent=(left, top, left + result.core, top + result.core), role="gradient", width=3.0)


def _around(result: Result, shown: int) -> View:
    """What the maps show: the image, and around it what the field of a unit in the middle has beyond, if little.
    It is the same for every unit, so that nothing moves while one is dragged.
    """
    size = float(result.size)
    beyond = (result.measure(shown).field - size) / 2
    room = 1.05 * beyond if 0 < beyond <= BEYOND * size else 0.0
    return (-room, -room, size + room, size + room)


def _image_panel(result: Result, shown: int, units: tuple[int, int]) -> Panel:
    """The image, with the theoretical field on it."""
    size = float(result.size)
    one = result.measure(shown)
    centre = tuple(one.start + unit * one.jump for unit in reversed(units))
    marks: tuple[Mark, ...] = (
        Image(pixels=result.image, extent=(0, 0, size, size), handle="image"),
        _seen_region(result, shown, units),
        Scatter(points=np.array([centre]), role="now", size=9, symbol="ring", handle="centre", movable=True),
    )
    return Panel(
        key="image", marks=marks, view=_around(result, shown), place=(0, 1, 2, 1), fixed=True,
        title=f"it could see: {one.field} × {one.field}",
    )  # fmt: skip


@lru_cache(64)
def _inside(size: int, down: int, across: int) -> NDArray[np.bool_] | None:
    """Which pixels of a map are still in the image when it is moved; None for all of them."""
    if not down and not across:
        return None
    places = np.arange(size)
    rows, columns = ((places + by >= 0) & (places + by < size) for by in (down, across))
    return locked(rows[:, None] & columns)


def _effective_panel(result: Result, shown: int, units: tuple[int, int]) -> Panel:
    """The effective field, moved along with the unit; nothing but a word while another layer is looked at."""
    size = float(result.size)
    marks: list[Mark] = [Region(extent=(0.0, 0.0, size, size), role="line", width=1.0)]
    title = "it does see: measured at the end"
    if shown == result.chosen:
        one = result.measure(shown)
        down, across = ((unit - one.size // 2) * one.jump for unit in units)
        heat = Heatmap(
            values=result.effective, range=(0.0, 1.0), legend="influence", handle="effective",
            extent=(float(across), float(down), size + across, size + down),
            known=_inside(result.size, round(down), round(across)),
        )  # fmt: skip
        marks += [heat] if result.samples else []
        title = words.measured(result)
    marks.append(_seen_region(result, shown, units))
    if shown == result.chosen and 0 < result.core < result.measure(shown).field:
        marks.append(_core_region(result, units))
    return Panel(
        key="effective",
        marks=tuple(marks),
        view=_around(result, shown),
        place=(0, 2, 2, 1),
        fixed=True,
        title=title,
    )


# Numbers


def _table_panel(result: Result, shown: int, done: int | None, sizes: list[int]) -> Panel:
    """What is set and what is found, layer by layer."""
    rows = rows_of(len(result.layers), result.chosen if done is None else max(shown, 0))
    known = len(result.layers) if done is None else done
    at_rest = done is None
    settings = tuple(tuple(_setting_word(result, n, name) for name in SETTINGS) for n in rows)
    found = tuple(
        tuple(_found_word(result, n, name, sizes) if n < known else "" for name in FOUND) for n in rows
    )
    left = len(SETTINGS) + GAP
    marks: list[Mark] = [
        Cells(values=_zeros(len(rows), len(SETTINGS)), text=settings, role="weight", column_names=HEADS,
              row_names=tuple(words.title(result, n)[:12] for n in rows), handle="settings" if at_rest else "",
              editable=at_rest),
        Cells(values=_zeros(len(rows), len(FOUND)), text=found, role="output", at=(left, 0.0),
              column_names=tuple("MACs" if name == "mult-adds" else name for name in FOUND),
              handle="found" if at_rest else ""),
    ]  # fmt: skip
    if shown in rows:
        y = shown - rows.start
        marks.append(Region(extent=(0, y, left + len(FOUND), y + 1), role="now"))
    return Panel(
        key="table", marks=tuple(marks), view=(0, 0, left + len(FOUND), max(len(rows), 2)), place=(3, 0, 1, 3),
        square=False, fixed=True, margin=(12, 1.4, 0, 0.3),
    )  # fmt: skip


def _found_word(result: Result, number: int, name: str, sizes: list[int]) -> str:
    """A number of the table; a size as the run has it."""
    has_size = name == "size" and number + 1 < len(sizes)
    return f"{sizes[number + 1]:g}" if has_size else words.found_word(result, number, name)


def _setting_word(result: Result, number: int, name: str) -> str:
    layer = result.layers[number]
    if layer.is_join or (name == "channels" and layer.kind == "pool"):
        return ""
    return f"{getattr(layer, name)}"


def _zeros(rows: int, columns: int) -> NDArray[np.float64]:
    return np.zeros((rows, columns))


def _costs_panel(params: Params, result: Result, shown: int) -> Panel:
    """The weights up to here beside those of one window that would see as far."""
    used, single = (
        (words.weights(result, shown + 1), words.one_window(result, shown)) if shown >= 0 else (0, 0)
    )
    most = float(max(used, single, 1))
    marks: list[Mark] = []
    if shown >= 0:
        field, rectifiers = result.measures[shown].field, words.rectifiers(result, shown + 1)
        marks += _cost(0.0, used, f"these layers: {words.cost(params, result, used, rectifiers)}", "weight")
        one = f"one {field} × {field} window: {words.cost(params, result, single, 1)}"
        marks += _cost(1.65, single, one, "quiet")
    else:
        marks.append(Text(at=(0, 0.4), text="no layer measured yet: no weights", role="quiet"))
    return Panel(
        key="costs", marks=tuple(marks), view=(0, 0, most, 3.2), place=(2, 1, 1, 2), square=False, fixed=True
    )


def _cost(y: float, count: int, text: str, role: Role) -> tuple[Mark, ...]:
    """A bar with its words above it."""
    bar = Line(segments=np.array([[(0.0, y + 1.05), (count, y + 1.05)]]), role=role, width=7.0)
    return Text(at=(0, y + 0.4), text=text, role=role), bar

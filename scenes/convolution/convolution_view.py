"""The picture of convolution: a kernel on its padded input, the products under it, and the output they add up to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.trace import Frame
from scenes.convolution import convolution_words as words
from scenes.convolution.arrows import arrow_between
from scenes.convolution.convolution_large import large_picture
from scenes.convolution.convolution_layout import ROW, Layout, layout_of
from scenes.convolution.convolution_model import Inputs, Params, Result, Words
from scenes.convolution.convolution_seen import Cell, Pointed, Seen
from scenes.convolution.convolution_steps import Moment, moment_of
from scenes.convolution.convolution_tape import left_over, lit_edges, padding_strips, tapes, term_at
from scenes.convolution.numbers import grid_words, number_words
from scenes.convolution.size_terms import Counted, size_terms, unknown
from scenes.picture import Cells, Mark, Panel, Picture, Region, Role, Term, Terms, Text
from scenes.scene import State, Target

LONG = 4  # letters of a sum so far from which its question mark would make all numbers smaller
PLANES = ("input", "padded", "weight", "products", "output", "bias")
Marked = dict[tuple[str, int], list[tuple[int, int, Role]]]


def picture(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """The grids with the window that is looked at; below them the size formula with its numbers."""
    moment = moment_of(frame, result) if frame is not None else None
    seen = seen_in(state, result, moment, hover)
    sized = moment is None or moment.is_sized or result.picture is not None
    formula = formula_panel(state.params, result, seen, sized=sized)
    sentence = _sentence(state.params, result, seen, stepping=frame is not None)
    if result.picture is not None:
        return large_picture(result, seen, moment, formula, sentence)
    layout = layout_of(result)
    marks = [
        *_inputs(result, layout, seen, sized=sized),
        *tapes(layout, result, seen.term, seen.axis, sized=sized),
        *_kernels(result, layout, seen),
        *_products(result, layout, seen, moment),
        *(_outputs(result, layout, seen, moment) if sized else ()),
        *_followed(result, layout, seen),
    ]
    pinned = kept_inside(state.inputs.window, result.shape)
    if seen.term and sized:
        marks += [mark for _, mark in lit_edges(layout, result, seen.term, seen.axis)]
    if seen.window is not None and not seen.reading and not (seen.term and moment is None):
        windows = [layout.window(result, plane, seen.window) for plane in range(len(result.input))]
        marks += [Region(extent=window, role="now") for window in windows]
    if moment is None and pinned is not None:
        at = layout.cell("output", min(state.inputs.channel, len(result.output) - 1), pinned)
        chosen = (state.inputs.channel, pinned) == (seen.channel, seen.window)
        role: Role = "now" if chosen else "quiet"
        marks.append(Region(extent=at, role=role, handle="window", movable=True))
    grids = Panel(key="grids", marks=tuple(marks), view=layout.view, fixed=True)
    focus = "window" if moment is None and pinned is not None else ""
    return Picture(panels=(grids, formula), rows=(80, 20), sentence=sentence, focus=focus)


def kept_inside(window: Cell | None, shape: tuple[int, int]) -> Cell | None:
    """The window, or the nearest one that there is."""
    if window is None:
        return None
    row, column = (min(max(at, 0), count - 1) for at, count in zip(window, shape, strict=True))
    return row, column


# What is looked at


def seen_in(state: State, result: Result, moment: Moment | None, hover: Target | None) -> Seen:
    """From the step, the pointer, and what was chosen before, in this order."""
    inputs: Inputs = state.inputs
    pointed = pointed_at(result, hover, inputs)
    channel = min(inputs.channel, len(result.output) - 1)
    term, axis = term_pointed_at(result, hover) or (inputs.term, inputs.axis)
    if pointed is not None:
        term = ""
    if moment is not None:
        return Seen(
            channel=moment.channel,
            window=moment.window,
            tap=moment.tap,
            pointed=pointed,
            term=term,
            axis=axis,
        )
    window = kept_inside(inputs.window, result.shape)
    tap = None
    if pointed is not None and pointed.name == "output":
        channel, window = pointed.plane, pointed.cell
    if pointed is not None and pointed.name in ("products", "weight"):
        tap = (pointed.plane, *pointed.cell)
    return Seen(channel=channel, window=window, tap=tap, pointed=pointed, term=term, axis=axis)


def pointed_at(result: Result, hover: Target | None, inputs: Inputs) -> Pointed | None:
    """The plane and its cell under the pointer."""
    if hover is None:
        return None
    if hover.handle == "window" and inputs.window is not None and result.picture is None:
        window = kept_inside(inputs.window, result.shape) or (0, 0)
        return Pointed(name="output", plane=min(inputs.channel, len(result.output) - 1), cell=window)
    name, _, number = hover.handle.partition(" ")
    if name not in PLANES or not number.isdecimal() or (result.picture is not None and name == "padded"):
        return None
    kernel, shape = result.columns.kernel, result.shape
    planes, rows, columns = {
        "input": result.input.shape, "padded": result.padded.shape, "output": result.output.shape,
        "weight": (len(result.input), kernel, kernel), "products": (len(result.input), kernel, kernel),
        "bias": (len(result.output), 1, 1),
    }[name]  # fmt: skip
    plane = int(number)
    if not (0 <= plane < planes and 0 <= hover.index < rows * columns) or not all(shape):
        return None
    row, column = divmod(hover.index, columns)
    return Pointed(name=name, plane=plane, cell=(row, column))


def term_pointed_at(result: Result, hover: Target | None) -> tuple[Counted, str] | None:
    """The term of the size formula, or its piece of the tape, under the pointer."""
    if hover is None:
        return None
    if hover.handle in ("size W", "size H"):
        letter = hover.handle[-1]
        terms = terms_of(result, letter)
        counted = terms[hover.index][0] if 0 <= hover.index < len(terms) else ""
        return (counted, letter) if counted else None
    if hover.panel != "grids" or hover.handle or result.picture is not None:
        return None
    return term_at(layout_of(result), result.rows, result.columns, hover.x, hover.y)


def _sentence(params: Params, result: Result, seen: Seen, *, stepping: bool) -> str:
    pointed = seen.pointed
    if seen.term and pointed is None:
        return words.of_term(params, result, result.columns if seen.axis == "W" else result.rows, seen.term)
    if pointed is None or (pointed.name == "products" and seen.window is None):
        return "" if stepping else words.point_of(params, result)
    if pointed.name == "output":
        return words.of_output(result, pointed.plane, pointed.cell)
    if pointed.name == "products" and seen.window is not None:
        return words.of_product(result, seen.channel, seen.window, (pointed.plane, *pointed.cell))
    if pointed.name == "weight":
        return words.of_weight(result, seen.channel, (pointed.plane, *pointed.cell))
    if pointed.name == "input":
        return words.of_input(result, pointed.plane, pointed.cell)
    if pointed.name == "padded":
        return words.of_padding(result, pointed.cell)
    value = number_words(float(result.bias[pointed.plane]))
    return f"The bias {value} is added to every sum of output channel {pointed.plane}."


# What is outlined


def _marked(result: Result, seen: Seen) -> Marked:
    """Outlines: cells that have to do with what is pointed at, or with the step."""
    marked: Marked = {}
    pointed = seen.pointed
    if pointed is not None and pointed.name == "weight":
        rows = [
            i * result.rows.stride + pointed.cell[0] * result.rows.dilation for i in range(result.shape[0])
        ]
        columns = [
            j * result.columns.stride + pointed.cell[1] * result.columns.dilation
            for j in range(result.shape[1])
        ]
        for cell in ((r, c) for r in rows for c in columns):
            _mark_padded(marked, result, pointed.plane, cell, "weight")
    elif pointed is not None and pointed.name in ("input", "padded"):
        _mark_readers(marked, result, pointed)
    elif seen.window is not None and not seen.term:
        _mark_taps(marked, result, seen)
    if seen.tap is not None:
        for name in ("weight", "products"):
            marked.setdefault((name, seen.tap[0]), []).append((*seen.tap[1:], "now"))
    if seen.window is not None and not seen.reading:
        marked.setdefault(("output", seen.channel), []).append((*seen.window, "now"))
    return marked


def _mark_taps(marked: Marked, result: Result, seen: Seen) -> None:
    """The one cell at hand; of a spread kernel, all that it reads."""
    if seen.window is None:
        return
    rows, columns = result.rows.reads(seen.window[0]), result.columns.reads(seen.window[1])
    if seen.tap is not None:
        plane, u, v = seen.tap
        _mark_padded(marked, result, plane, (rows[u], columns[v]), "now")
    elif result.columns.dilation > 1:
        for plane in range(len(result.input)):
            for cell in ((r, c) for r in rows for c in columns):
                _mark_padded(marked, result, plane, cell, "weight")


def _mark_readers(marked: Marked, result: Result, pointed: Pointed) -> None:
    """Of a cell of the input, the outputs it goes into; of the padding, the cell that it repeats."""
    padding = result.columns.padding
    row, column = pointed.cell
    if pointed.name == "padded":
        source = result.rows.sources[row], result.columns.sources[column]
        if min(source) >= 0:
            marked.setdefault(("input", pointed.plane), []).append((*source, "now"))
    else:
        row, column = row + padding, column + padding
    _mark_padded(marked, result, pointed.plane, (row, column), "now")
    for i in result.rows.windows_of(row):
        for j in result.columns.windows_of(column):
            for plane in range(len(result.output)):
                marked.setdefault(("output", plane), []).append((i, j, "now"))


def _mark_padded(marked: Marked, result: Result, plane: int, cell: Cell, role: Role) -> None:
    """A cell of the padded input: of the input itself, where it lies inside."""
    padding = result.columns.padding
    row, column = cell[0] - padding, cell[1] - padding
    if 0 <= row < result.rows.length and 0 <= column < result.columns.length:
        marked.setdefault(("input", plane), []).append((row, column, role))
    else:
        marked.setdefault(("padded", plane), []).append((*cell, role))


# The grids


def _title(place: tuple[float, float], name: str, role: Role, up: float = 0.0) -> Text:
    return Text(at=(place[0], place[1] - up - 0.55), text=name, role=role)


def _inputs(result: Result, layout: Layout, seen: Seen, *, sized: bool) -> list[Mark]:
    """The padded inputs; with what is left over, where it is known how many windows there are."""
    marked, padding = _marked(result, seen), result.columns.padding
    marks: list[Mark] = []
    for plane, (x, y) in enumerate(layout.input):
        name = "input" if len(result.input) == 1 else f"input[{plane}]"
        marks.append(_title((x - padding, y), name, "input", up=padding))
        if padding:
            marks.append(
                Cells(values=result.planes["padded"][plane], role="input", text=result.words["padded"][plane],
                      at=(x - padding, y - padding), marked=tuple(marked.get(("padded", plane), ())),
                      handle=f"padded {plane}")
            )  # fmt: skip
            marks += [Region(extent=strip, role="weight", width=1.0, fill=True)
                      for strip in padding_strips(layout, result, plane)]  # fmt: skip
        marks.append(
            Cells(values=result.planes["input"][plane], role="input", shade="signed", text=result.words["input"][plane],
                  range=(-result.full["input"], result.full["input"]), at=(x, y), movable=True, editable=True,
                  marked=tuple(marked.get(("input", plane), ())), handle=f"input {plane}")
        )  # fmt: skip
        marks += [Region(extent=strip, role="ignored", width=1.0, hatched=True)
                  for strip in (left_over(layout, result, plane) if sized else ())]  # fmt: skip
    return marks


def _kernels(result: Result, layout: Layout, seen: Seen) -> list[Mark]:
    """The kernels of the output channel looked at."""
    marked, channels = _marked(result, seen), len(result.input)
    several, full = channels > 1 or len(result.output) > 1, result.full["weight"]
    marks: list[Mark] = []
    for c, place in enumerate(layout.weight):
        name = f"{'' if channels > 3 else 'weight'}[{seen.channel}, {c}]" if several else "kernel (weight)"
        number = seen.channel * channels + c
        marks.append(_title(place, name, "weight"))
        marks.append(
            Cells(values=result.planes["weight"][number], role="weight", shade="signed", at=place,
                  text=result.words["weight"][number], range=(-full, full), movable=True, editable=True,
                  marked=tuple(marked.get(("weight", c), ())), handle=f"weight {c}")
        )  # fmt: skip
    return marks


def _products(result: Result, layout: Layout, seen: Seen, moment: Moment | None) -> list[Mark]:
    """The products at the window looked at, as far as they are made, and their sum over each channel."""
    if seen.window is None:
        return []
    marked, kernel = _marked(result, seen), result.columns.kernel
    products = result.products(seen.channel, seen.window)
    made = products.size if moment is None else moment.taps
    begun = np.arange(products.size).reshape(products.shape) < made
    full = max(float(np.abs(products).max()), 1e-12)
    marks: list[Mark] = []
    for c, (x, y) in enumerate(layout.products):
        values = np.where(begun[c], products[c], 0.0)
        marks.append(_title((x, y), "products", "output"))
        marks.append(
            Cells(values=values, role="output", shade="signed", range=(-full, full), at=(x, y),
                  text=_written(grid_words(products[c]), begun[c]),
                  marked=tuple(marked.get(("products", c), ())), handle=f"products {c}")
        )  # fmt: skip
        total = f"sum {number_words(float(values.sum()))}" if begun[c].any() else "sum"
        below = y + kernel + 0.55
        marks.append(Text(at=(x + kernel / 2, below), text=total, role="output", align="center"))
        if c % ROW:
            middle = (layout.products[c - 1][0] + x + kernel) / 2
            marks.append(Text(at=(middle, below), text="+", align="center"))
    return marks


def _outputs(result: Result, layout: Layout, seen: Seen, moment: Moment | None) -> list[Mark]:
    marked, full = _marked(result, seen), result.full["output"]
    marks: list[Mark] = []
    several = len(result.output) > 1
    for plane, place in enumerate(layout.output):
        role: Role = "output"
        marks.append(_title(place, f"output[{plane}]" if several else "output", role))
        whole = Cells(
            values=result.planes["output"][plane], role="output", shade="signed", range=(-full, full),
            text=result.words["output"][plane], at=place, marked=tuple(marked.get(("output", plane), ())),
            handle=f"output {plane}",
        )  # fmt: skip
        marks.append(whole if moment is None else _half_done(result, whole, plane, moment))
        value = float(result.bias[plane])
        full_bias = max(result.full["weight"], abs(value))
        marks.append(
            Cells(values=result.planes["bias"][plane], role="weight", shade="signed", at=layout.bias[plane],
                  text=((number_words(value),),), range=(-full_bias, full_bias), movable=True, editable=True,
                  handle=f"bias {plane}")
        )  # fmt: skip
        x, y = layout.bias[plane]
        marks.append(Text(at=(x + 1.2, y + 0.5), text="bias", role="weight"))
    return marks


def _written(text: Words, done: NDArray[np.bool_]) -> Words:
    """Numbers where they are made already, nothing elsewhere."""
    return tuple(
        tuple(word if made else "" for word, made in zip(*row, strict=True))
        for row in zip(text, done.tolist(), strict=True)
    )


def _half_done(result: Result, whole: Cells, plane: int, moment: Moment) -> Cells:
    """An output as far as it is written, as the run has it; at the window at hand the sum so far."""
    rows, columns = result.shape
    done = moment.done - plane * rows * columns
    made = np.arange(rows * columns).reshape(rows, columns) < done
    values, words = whole.values, whole.text or ()
    run = None if moment.written is None else moment.written[plane]
    if run is not None and not np.allclose(run[made], values[made], equal_nan=True):
        made &= ~np.isnan(run) | np.isnan(values)  # cells that the run has
        values, words = run, grid_words(run)
    elif done >= rows * columns:
        return whole
    text = [list(row) for row in _written(words, made)]
    if moment.channel == plane and moment.window is not None and moment.total is not None:
        i, j = moment.window
        if not made[i, j]:
            so_far = number_words(moment.total)
            text[i][j] = so_far if len(so_far) >= LONG else f"{so_far}?"
    return replace(whole, values=np.where(made, values, 0.0), text=tuple(map(tuple, text)))


def _followed(result: Result, layout: Layout, seen: Seen) -> list[Mark]:
    """Arrows of the window looked at: to its products, and their sum to the output."""
    if seen.window is None or seen.term or seen.reading:
        return []
    kernel, channels = result.columns.kernel, len(result.input)
    x, y = layout.products[-1]
    products = (x, y, x + kernel, y + kernel)
    target = layout.cell("output", seen.channel, seen.window)
    marks: list[Mark] = [
        arrow_between(products, target, (layout.right, layout.output[seen.channel][0]), "output")
    ]
    if channels == 1:
        end = layout.input[0][0] + result.columns.length + result.columns.padding
        marks.append(arrow_between(layout.window(result, 0, seen.window), products, (end, x), "input"))
    return marks


# The formula


def terms_of(result: Result, letter: str) -> tuple[tuple[Counted, Term], ...]:
    """The terms of the size formula along the rows (H) or the columns (W), and what each counts."""
    axis = result.columns if letter == "W" else result.rows
    shown = "N" if result.rows.length == result.columns.length else letter
    return size_terms(axis.length, axis.kernel, axis.stride, axis.padding, axis.dilation, axis.count, shown)


def formula_panel(params: Params, result: Result, seen: Seen, *, sized: bool = True) -> Panel:
    """How many windows there are, with the numbers of both axes where they differ; without what comes out, where
    the run has not `sized` the output yet.
    """
    square = result.rows.length == result.columns.length
    marks: list[Mark] = []
    for letter, x in (("W", 5.0),) if square else (("H", 2.5), ("W", 7.5)):
        counted = terms_of(result, letter) if sized else unknown(terms_of(result, letter))
        lit = tuple(
            n for n, (what, _) in enumerate(counted) if what and what == seen.term and letter == seen.axis
        )
        marks.append(Terms(at=(x, 0.5), terms=tuple(term for _, term in counted), lit=lit,
                           size=1.35 if square else 1.0, handle=f"size {letter}"))  # fmt: skip
    return Panel(
        key="size", marks=tuple(marks), view=(0, 0, 10, 1), place=(1, 0, 1, 1), fixed=True, square=False
    )

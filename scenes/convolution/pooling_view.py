"""The picture of pooling: input, output, and the gradient's way back, with one window followed through all."""

from __future__ import annotations

import numpy as np

from engine.trace import Frame
from scenes.convolution import pooling_words as words
from scenes.convolution.numbers import number_words
from scenes.convolution.pooling_follow import Cell, Marked, followed, marked_cells
from scenes.convolution.pooling_layout import Layout, layout_of
from scenes.convolution.pooling_model import GRIDS, Axis, Params, Result
from scenes.convolution.pooling_steps import Moment, moment_of
from scenes.picture import (
    Cells,
    Image,
    Line,
    Mark,
    Panel,
    Picture,
    Region,
    Role,
    Terms,
    Text,
)
from scenes.scene import State, Target


def picture(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """The grids with the window that is looked at; below them the size formula with its numbers."""
    params, inputs = state.params, state.inputs
    pinned = kept_inside(inputs.window, result.shape)
    pointed = pointed_at(result, hover)
    if hover is not None and hover.handle == "window" and pinned is not None:
        pointed = ("output", pinned)
    moment = None
    if frame is not None or (state.step == 0 and result.source is None):
        moment = moment_of(result, frame, forward=params.show == "forward")
    window = pinned if moment is None else moment.window
    if moment is None and pointed is not None and pointed[0] in ("output", "grad_output"):
        window = pointed[1]
    sentence = (
        "" if frame is not None else words.point_of(params, result, window, picture=inputs.pixels is not None)
    )
    if pointed is not None:
        sentence = words.of_cell(params, result, *pointed)
    if result.source is not None:
        return _with_pixels(params, result, window, pointed, sentence)
    layout = layout_of(result.rows, result.columns, whole=params.show == "backward")
    marks = [
        *_grids(params, result, layout, moment, window, pointed),
        *followed(result, layout, moment, window, pointed),
    ]
    if moment is None and pinned is not None:
        role: Role = "now" if pinned == window else "quiet"
        marks.append(Region(extent=layout.cell("output", pinned), role=role, handle="window", movable=True))
    grids = Panel(key="grids", marks=tuple(marks), view=layout.view, fixed=True)
    return Picture(
        panels=(grids, _formula_panel(params, result)),
        rows=(82, 18),
        sentence=sentence,
        focus="window" if moment is None and pinned is not None else "",
    )


def kept_inside(window: Cell | None, shape: tuple[int, int]) -> Cell | None:
    """The window, or the nearest one that there is."""
    if window is None:
        return None
    row, column = (min(max(at, 0), count - 1) for at, count in zip(window, shape, strict=True))
    return row, column


def pointed_at(result: Result, hover: Target | None) -> tuple[str, Cell] | None:
    """The grid and its cell under the pointer."""
    if hover is None or hover.handle not in GRIDS:
        return None
    rows, columns = result.plane(hover.handle).shape
    return (hover.handle, divmod(hover.index, columns)) if 0 <= hover.index < rows * columns else None


# The grids


def _grids(
    params: Params,
    result: Result,
    layout: Layout,
    moment: Moment | None,
    window: Cell | None,
    pointed: tuple[str, Cell] | None,
) -> list[Mark]:
    marked = marked_cells(params, result, moment, window, pointed)
    marks = [*_ring(params, result, layout), _cells(result, layout, "input", marked, editable=True)]
    marks += _overlaps(result, layout, marked)
    marks += _unread(result, layout)
    marks += _rules(result, layout, "input")
    hidden: Mark = _cells(result, layout, "output", marked)
    if moment is not None and moment.forward:
        hidden = _half_done(result, layout, moment, marked)
    marks.append(hidden)
    kind = "largest of each window" if params.mode == "max" else "mean of each window"
    titles = [("input", "input"), ("output", f"output: {kind}" if result.shape[1] >= 4 else "output")]
    if layout.whole:
        marks.append(_cells(result, layout, "grad_output", marked, editable=True))
        marks.append(_gradient(result, layout, moment, marked))
        marks += _rules(result, layout, "grad_input")
        titles += [("grad_output", "gradient from above"), ("grad_input", "gradient of the input")]
    return [*marks, *(_title(layout, result, *title) for title in titles)]


def _title(layout: Layout, result: Result, name: str, text: str) -> Text:
    x, y = layout.corner(name)
    above, before = (
        (result.rows.ring[0], result.columns.ring[0]) if name in ("input", "grad_input") else (0, 0)
    )
    before = before if name == "input" else 0
    role: Role = "gradient" if name.startswith("grad") else "output" if name == "output" else "input"
    return Text(at=(x - before, y - above - 0.5), text=text, role=role)


def _full(result: Result, name: str) -> float:
    """The amount that is shown in full colour: one for input and output, one for both gradients."""
    names = ("grad_output", "grad_input") if name.startswith("grad") else ("input", "output")
    finite = [np.abs(values[np.isfinite(values)]) for values in (getattr(result, each) for each in names)]
    return max((float(values.max()) for values in finite if values.size), default=0.0) or 1.0


def _cells(result: Result, layout: Layout, name: str, marked: Marked, *, editable: bool = False) -> Cells:
    role: Role = "gradient" if name.startswith("grad") else "output" if name == "output" else "input"
    full = _full(result, name)
    return Cells(
        values=getattr(result, name), role=role, shade="signed", range=(-full, full), text=result.words[name],
        at=layout.corner(name), marked=tuple(marked[name]), handle=name, movable=editable, editable=editable,
    )  # fmt: skip


def _half_done(result: Result, layout: Layout, moment: Moment, marked: Marked) -> Cells:
    """The output as far as it is written; at the window at hand the best or the sum so far."""
    rows, columns = result.shape
    output = result.output if moment.output is None else moment.output
    values = np.where(np.arange(rows * columns).reshape(rows, columns) < moment.done, output, 0.0)
    text = [[""] * columns for _ in range(rows)]
    for place in range(moment.done):
        i, j = divmod(place, columns)
        text[i][j] = number_words(float(output[i, j]))
    if (
        moment.window is not None
        and moment.so_far is not None
        and moment.done <= moment.window[0] * columns + moment.window[1]
    ):
        i, j = moment.window
        text[i][j] = f"{number_words(moment.so_far)}?"
    full = _full(result, "output")
    return Cells(
        values=values, role="output", shade="signed", range=(-full, full), text=tuple(map(tuple, text)),
        at=layout.output, marked=tuple(marked["output"]), handle="output",
    )  # fmt: skip


def _gradient(result: Result, layout: Layout, moment: Moment | None, marked: Marked) -> Cells:
    """The input's gradient, or as much of it as has been handed out."""
    whole = _cells(result, layout, "grad_input", marked)
    if moment is None or (not moment.forward and moment.grad_input is None and moment.done):
        return whole
    height, width = result.rows.length, result.columns.length
    if moment.grad_input is None:
        values, text = np.zeros((height, width)), tuple(("",) * width for _ in range(height))
    else:
        values = moment.grad_input
        text = tuple(tuple(map(number_words, row)) for row in values.tolist())
    return Cells(
        values=values, role="gradient", shade="signed", range=whole.range, text=text, at=whole.at,
        marked=whole.marked, handle="grad_input",
    )  # fmt: skip


def _ring(params: Params, result: Result, layout: Layout) -> list[Mark]:
    """What windows read beyond the input: hatched where it is passed over, zeros where they count."""
    (above, below), (before, after) = result.rows.ring, result.columns.ring
    if not any((above, below, before, after)):
        return []
    x, y = layout.input
    right, bottom = x + result.columns.length, y + result.rows.length
    whole = (x - before, y - above, right + after, bottom + below)
    marks: list[Mark] = [Region(extent=whole, role="ignored", width=1.0, hatched=True)]
    if params.mode == "average" and params.count_include_pad and params.padding:
        pad = params.padding
        height, width = result.rows.length + 2 * pad, result.columns.length + 2 * pad
        words_ = tuple(("0",) * width for _ in range(height))
        marks.append(Cells(values=_zeros(height, width), text=words_, at=(x - pad, y - pad)))
    return marks


def _zeros(height: int, width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.zeros((height, width))


def _runs(cover: tuple[int, ...], wanted: object) -> list[tuple[int, int, int]]:
    """First, one past the last, and cover of each run of equally often read rows (or columns)."""
    runs: list[tuple[int, int, int]] = []
    for place, count in enumerate(cover):
        if runs and runs[-1][2] == count:
            runs[-1] = (runs[-1][0], place + 1, count)
        else:
            runs.append((place, place + 1, count))
    return [run for run in runs if (run[2] == 0 if wanted == "unread" else run[2] > 1)]


def _unread(result: Result, layout: Layout) -> list[Mark]:
    """Hatching over rows and columns that no window reads."""
    x, y = layout.input
    width, height = result.columns.length, result.rows.length
    strips = [(x, y + a, x + width, y + b) for a, b, _ in _runs(result.rows.cover, "unread")]
    strips += [(x + a, y, x + b, y + height) for a, b, _ in _runs(result.columns.cover, "unread")]
    return [Region(extent=strip, role="ignored", width=1.0, hatched=True) for strip in strips]


def _overlaps(result: Result, layout: Layout, marked: Marked) -> list[Mark]:
    """Rows and columns that more than one window reads, tinted by how many: they lie on the grid itself."""
    height, width = result.rows.length, result.columns.length
    cover = np.outer(result.rows.cover, result.columns.cover).astype(np.float64)
    strips = [(0, a, height, b) for a, b, _ in _runs(result.columns.cover, "shared")]
    strips += [(a, 0, b, width) for a, b, _ in _runs(result.rows.cover, "shared")]
    full = 1.25 * float(cover.max())
    x, y = layout.input
    return [
        Cells(
            values=cover[top:bottom, left:right], role="weight", shade="signed", range=(-full, full),
            text=tuple(row[left:right] for row in result.words["input"][top:bottom]), at=(x + left, y + top),
            marked=tuple((r - top, c - left, role) for r, c, role in marked["input"]
                         if top <= r < bottom and left <= c < right),
        )
        for top, left, bottom, right in strips
    ]  # fmt: skip


def _rules(result: Result, layout: Layout, name: str) -> list[Mark]:
    """Lines between windows that lie side by side."""
    if not all(_side_by_side(axis) for axis in (result.rows, result.columns)):
        return []
    x, y = layout.corner(name)
    ends_down = [min(end, result.rows.length) for _, end in result.rows.spans]
    ends_across = [min(end, result.columns.length) for _, end in result.columns.spans]
    down, across = ends_down[-1], ends_across[-1]
    lines = [[(x, y + at), (x + across, y + at)] for at in ends_down[:-1]]
    lines += [[(x + at, y), (x + at, y + down)] for at in ends_across[:-1]]
    return [Line(segments=np.array(lines, float), role="quiet", width=2.0)] if lines else []


def _side_by_side(axis: Axis) -> bool:
    return all(end == start for (_, end), (start, _) in zip(axis.spans, axis.spans[1:], strict=False))


# Below, and pictures


def _formula_panel(params: Params, result: Result) -> Panel:
    """How many windows there are, with the numbers of both axes where they differ."""
    if result.rows.length == result.columns.length:
        marks: tuple[Mark, ...] = (
            Terms(at=(5, 0.5), terms=words.size_formula(params, result.rows), size=1.15),
            Text(at=(0.1, 0.5), text="size of the output", role="quiet"),
        )
    else:
        marks = (
            Terms(at=(2.5, 0.5), terms=words.size_formula(params, result.rows, "H"), size=0.9),
            Terms(at=(7.5, 0.5), terms=words.size_formula(params, result.columns, "W"), size=0.9),
        )
    return Panel(key="size", marks=marks, view=(0, 0, 10, 1), place=(1, 0, 1, 1), fixed=True, square=False)


def _with_pixels(
    params: Params,
    result: Result,
    window: Cell | None,
    pointed: tuple[str, Cell] | None,
    sentence: str,
) -> Picture:
    """A picture, what is left of it, and which of its pixels get a gradient."""
    height, width = result.rows.length, result.columns.length
    rows, columns = result.shape
    assert result.source is not None and result.pooled is not None  # noqa: S101, PT018 - it is a picture's result
    whole = params.show == "backward"
    marks: dict[str, list[Mark]] = {
        "input": [Image(pixels=result.source, handle="input")],
        "output": [Image(pixels=result.pooled, handle="output")],
        "grad_input": [],
    }
    full = max(float(np.abs(result.grad_input).max()), 1e-9)
    if whole:
        marks["grad_input"].append(
            Cells(values=result.plane("grad_input"), role="gradient", shade="signed", range=(-full, full),
                  handle="grad_input")
        )  # fmt: skip
    if window is not None:
        (top, bottom), (left, right) = result.rows.spans[window[0]], result.columns.spans[window[1]]
        marks["input"].append(Region(extent=(left, top, right, bottom), role="now"))
        marks["output"].append(
            Region(extent=(window[1], window[0], window[1] + 1, window[0] + 1), role="now")
        )
        marks["grad_input"].append(Region(extent=(left, top, right, bottom), role="now"))
    if pointed is not None and pointed[0] in ("input", "grad_input"):
        row, column = pointed[1]
        for name in ("input", "grad_input"):
            marks[name].append(Region(extent=(column, row, column + 1, row + 1), role="output"))
    channel = ", green" if len(result.input) == 3 else ""
    titles = {"input": f"input, {width} × {height}", "output": f"output, {columns} × {rows}",
              "grad_input": f"gradient of the input{channel}"}  # fmt: skip
    views = {
        "input": (0, 0, width, height),
        "output": (0, 0, columns, rows),
        "grad_input": (0, 0, width, height),
    }
    names = ("input", "output", "grad_input") if whole else ("input", "output")
    panels = tuple(
        Panel(
            key=name,
            title=titles[name],
            marks=tuple(marks[name]),
            view=views[name],
            place=(0, n, 1, 1),
            fixed=True,
        )
        for n, name in enumerate(names)
    )
    formula = _formula_panel(params, result)
    size = Panel(
        key="size",
        marks=formula.marks,
        view=formula.view,
        place=(1, 0, 1, len(names)),
        fixed=True,
        square=False,
    )
    return Picture(panels=(*panels, size), columns=(1,) * len(names), rows=(82, 18), sentence=sentence)

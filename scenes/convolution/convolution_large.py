"""The picture of a convolution too large for numbers: the input, the kernel, the output, and the end of a row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenes.convolution.convolution_layout import Layout
from scenes.convolution.convolution_model import Axis, Result
from scenes.convolution.convolution_seen import Seen
from scenes.convolution.convolution_steps import Moment
from scenes.convolution.convolution_tape import lit_edges
from scenes.convolution.convolution_words import many
from scenes.picture import Cells, Heatmap, Image, Line, Mark, Panel, Picture, Region, Role, Text
from scenes.scene import locked

LAST = 2  # windows that are shown at the end of the row
LANE = 0.86


def large_picture(
    result: Result, seen: Seen, moment: Moment | None, formula: Panel, sentence: str
) -> Picture:
    """Pixels above, the end of a row enlarged in the middle, the size formula below."""
    end = result.columns if result.columns.left_over or not result.rows.left_over else result.rows
    origin = ((0.0, 0.0),)
    corner = Layout(
        input=origin, weight=origin, products=origin, output=origin, bias=origin, view=(0, 0, 1, 1), right=0,
        has_side=result.rows.length != result.columns.length,
    )  # fmt: skip
    lit = lit_edges(corner, result, seen.term, seen.axis) if seen.term else []
    panels = (
        replace(panel, marks=(*panel.marks, *(mark for name, mark in lit if name == panel.key)))
        for panel in (
            _input(result, seen, held=moment is None),
            _kernel(result, seen),
            _output(result, seen, moment),
        )
    )
    below = (_end_of(end, "column" if end is result.rows else "row"), replace(formula, place=(2, 0, 1, 3)))
    focus = "window" if seen.window is not None and moment is None else ""
    return Picture(
        panels=(*panels, *below), columns=(5, 2, 5), rows=(48, 34, 18), sentence=sentence, focus=focus
    )


def _input(result: Result, seen: Seen, *, held: bool) -> Panel:
    """The pixels, with the window that is looked at; it may be moved where it is `held` by nothing but the hand."""
    height, width, p = result.rows.length, result.columns.length, result.columns.padding
    assert result.picture is not None  # noqa: S101 - it is a large result
    marks: list[Mark] = []
    if p:
        marks.append(Region(extent=(-p, -p, width + p, height + p), role="weight", width=1.0, fill=True))
    marks.append(Image(pixels=result.picture, extent=(0, 0, width, height), handle="input 0"))
    across, down = result.columns.left_over, result.rows.left_over
    strips = [(width + p - across, -p, width + p, height + p)] if across else []
    strips += [(-p, height + p - down, width + p - across, height + p)] if down else []
    marks += [Region(extent=strip, role="ignored", width=1.0, hatched=True) for strip in strips]
    if seen.window is not None:
        top, left = seen.window[0] * result.rows.stride - p, seen.window[1] * result.columns.stride - p
        extent = (left, top, left + result.columns.span, top + result.rows.span)
        marks.append(Region(extent=extent, role="now", handle="window" if held else "", movable=held))
    channels = f", {many(len(result.input), 'channel')}" if len(result.input) > 1 else ""
    title = f"input, {width} × {height}{channels}" + (f", padding {p}" if p else "")
    view = (-p, -p, width + p, height + p)
    return Panel(key="input", title=title, marks=tuple(marks), view=view, fixed=True)


def _kernel(result: Result, seen: Seen) -> Panel:
    """The kernels of the output channel looked at, one below the other; the cell at hand is marked."""
    channel, tap = seen.channel, seen.tap
    channels, kernel = len(result.input), result.columns.kernel
    full = result.full["weight"]
    first = channel * channels
    marks = [
        Cells(values=result.planes["weight"][first + c], role="weight", shade="signed", range=(-full, full),
              text=result.words["weight"][first + c], at=(0, c * (kernel + 0.6)), movable=True, editable=True,
              marked=((*tap[1:], "now"),) if tap and tap[0] == c else (), handle=f"weight {c}")
        for c in range(channels)
    ]  # fmt: skip
    high = channels * (kernel + 0.6) - 0.6
    title = "kernel" if len(result.output) == 1 else f"kernel of output {channel}"
    view = (0, 0, kernel, high)
    return Panel(key="weight", title=title, marks=tuple(marks), view=view, place=(0, 1, 1, 1), fixed=True)


def _output(result: Result, seen: Seen, moment: Moment | None) -> Panel:
    """The output channel looked at, as far as it is written."""
    rows, columns = result.shape
    known = None
    if moment is not None:
        known = locked(np.arange(rows * columns) < moment.done - seen.channel * rows * columns)
        known = known.reshape(rows, columns)
    full = result.full["output"]
    marks: list[Mark] = [
        Heatmap(values=result.planes["output"][seen.channel], range=(-full, full), colormap="diverging",
                extent=(0, 0, columns, rows), known=known, handle=f"output {seen.channel}")
    ]  # fmt: skip
    if seen.window is not None:
        i, j = seen.window
        marks.append(Region(extent=(j, i, j + 1, i + 1), role="now"))
    number = f"[{seen.channel}]" if len(result.output) > 1 else ""
    title = f"output{number}, {columns} × {rows}"
    view = (0, 0, columns, rows)
    return Panel(key="output", title=title, marks=tuple(marks), view=view, place=(0, 2, 1, 1), fixed=True)


def _end_of(axis: Axis, noun: str) -> Panel:
    """The last windows of a row, what is left over behind them, and the window that finds no room."""
    right, span = axis.padded, axis.span
    left = max(right - span - LAST * axis.stride, 0)
    marks = _cells_of(axis, left)
    first = max(axis.count - LAST, 0)
    for lane, number in enumerate(range(first, axis.count)):
        start = number * axis.stride
        role: Role = "output"
        marks += _bar(lane, start, start + span, left, role, f"window {number + 1}")
    if axis.left_over:
        start = axis.count * axis.stride
        sticks = start + span - right
        text = f"window {axis.count + 1} would stick out by {sticks}"
        marks += _bar(axis.count - first, start, start + span, left, "removed", text)
        marks.append(Region(extent=(right - axis.left_over, -1, right, LAST * LANE + 0.3), role="ignored",
                            width=1.0, hatched=True))  # fmt: skip
    marks.append(
        Line(
            segments=np.array([[(right, -1.2), (right, (LAST + 1) * LANE + 0.3)]], float),
            role="text",
            width=2.0,
        )
    )
    rest = f"{many(axis.left_over, 'pixel')} left over" if axis.left_over else "nothing left over"
    title = f"the end of a {noun}, enlarged: {rest}"
    view = (left - 0.5, -1.3, right + axis.stride + 1.5, (LAST + 1) * LANE + 0.4)
    return Panel(
        key="end", title=title, marks=tuple(marks), view=view, place=(1, 0, 1, 3), square=False, fixed=True
    )


def _cells_of(axis: Axis, left: int) -> list[Mark]:
    """The last pixels of the padded row."""
    edge = axis.padding + axis.length
    marks: list[Mark] = []
    for start, stop, role in ((left, edge, "input"), (max(edge, left), axis.padded, "weight")):
        if start < stop:
            marks.append(Region(extent=(start, -1, stop, 0), role=role, width=1.0, fill=True))  # type: ignore[arg-type]
    ticks = [[(x, -1.0), (x, 0.0)] for x in range(left, axis.padded)]
    marks.append(Line(segments=np.array(ticks, float), role="quiet"))
    if edge > left:
        last = (edge - 0.5, -0.5)
        marks.append(Text(at=last, text=f"{axis.length}", role="input", align="center", size=0.8))
    return marks


def _bar(lane: int, start: int, stop: int, left: int, role: Role, text: str) -> list[Mark]:
    top = 0.2 + lane * LANE
    place = (max(start, left - 1), top, stop, top + LANE * 0.85)
    middle = max(start, left) + 0.3, (place[1] + place[3]) / 2
    return [
        Region(extent=place, role=role, width=1.5, fill=True),
        Text(at=middle, text=text, role="text" if role == "output" else "quiet", size=0.9),
    ]

"""The measuring tape under a convolution's input, and the edges that a term of the size formula counts.

Its first lane says what the padded input is made of: P, N, P. The second, as long, how windows share it: the first
one takes D(F - 1) + 1 cells, each other S more, and what is left over is too little for another.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from scenes.convolution.convolution_layout import LANE, Layout
from scenes.convolution.convolution_model import Axis, Result
from scenes.convolution.convolution_words import many
from scenes.convolution.size_terms import Counted
from scenes.picture import Arrow, Line, Mark, Region, Role, Text

APART = 0.45  # from the grid to the tape, and between its lanes half of it
Extent = tuple[float, float, float, float]
Turn = Callable[[float, float, float, float], Extent]


def tapes(layout: Layout, result: Result, lit: Counted, lit_axis: str, *, sized: bool = True) -> list[Mark]:
    """The tape below, and where rows and columns differ another one beside; only its first lane where the run has
    not `sized` the output yet.
    """
    rows, columns = result.rows, result.columns
    lit_across, lit_down = (lit if lit_axis == letter else "" for letter in ("W", "H"))
    below = _turns(layout, rows, columns, "W")
    if not layout.has_side:
        return _tape(columns, below, lit_across, "N", sized=sized)
    beside = _turns(layout, rows, columns, "H")
    return [
        *_tape(columns, below, lit_across, "W", sized=sized),
        *_tape(rows, beside, lit_down, "H", sized=sized),
    ]


def term_at(layout: Layout, rows: Axis, columns: Axis, x: float, y: float) -> tuple[Counted, str] | None:
    """The term whose piece of a tape lies at a place, and the tape's axis."""
    for letter in ("W", "H") if layout.has_side else ("W",):
        turn = _turns(layout, rows, columns, letter)
        for term, (along, deep), _ in _pieces(columns if letter == "W" else rows):
            x1, y1, x2, y2 = turn(along[0], deep, along[1], deep + LANE)
            if x1 <= x <= x2 and y1 <= y <= y2:
                return term, letter
    return None


def _turns(layout: Layout, rows: Axis, columns: Axis, letter: str) -> Turn:
    """From places along a tape and away from the grid to the panel's."""
    x, y = layout.input[0]
    left, top = x - columns.padding, y - rows.padding
    below = top + rows.padded
    if letter == "W":
        return lambda a, d, b, e: (left + a, below + d, left + b, below + e)
    return lambda a, d, b, e: (left - e, top + a, left - d, top + b)


def _pieces(axis: Axis) -> list[tuple[Counted, tuple[tuple[float, float], float], Role]]:
    """What each piece counts, where it lies along and how far from the grid, its role."""
    near, far = APART, APART * 1.5 + LANE
    pieces: list[tuple[Counted, tuple[tuple[float, float], float], Role]] = []
    ends = [0, axis.padding, axis.padding + axis.length, axis.padded]
    for term, role, a, b in zip(("P", "N", "P"), ("weight", "input", "weight"), ends, ends[1:], strict=False):
        if b > a:
            pieces.append((term, ((a, b), near), role))  # type: ignore[arg-type]
    pieces.append(("first", ((0, axis.span), far), "weight"))
    for step in range(axis.count - 1):
        end = axis.span + step * axis.stride
        pieces.append(("S", ((end, end + axis.stride), far), "output"))
    if axis.left_over:
        pieces.append(("floor", ((axis.padded - axis.left_over, axis.padded), far), "ignored"))
    return pieces


def _tape(axis: Axis, turn: Turn, lit: Counted, letter: str, *, sized: bool) -> list[Mark]:
    turned = letter == "H"
    marks: list[Mark] = []
    windows = 0
    front: list[Mark] = []
    for term, ((a, b), deep), role in _pieces(axis):
        if not sized and term not in ("N", "P"):
            continue
        place = turn(a, deep, b, deep + LANE)
        marks.append(
            Region(extent=place, role=role, width=1.5, fill=role != "ignored", hatched=role == "ignored")
        )
        windows += role == "output" or term == "first"
        length = f"{letter} = {axis.length}" if axis.length >= 4 and not turned else f"{axis.length}"
        texts = {"N": length, "P": f"{axis.padding}", "first": "1", "S": f"{windows}"}
        if term in texts:
            middle = ((place[0] + place[2]) / 2, (place[1] + place[3]) / 2)
            marks.append(Text(at=middle, text=texts[term], role=role, align="center", size=0.9))
        if _is_lit(term, lit):
            front.append(Region(extent=place, role="now", width=2.0))
    if not turned and sized:
        *_, end, low = turn(0, 0, axis.padded, APART * 1.5 + LANE * 1.5)
        text = f"{axis.left_over} left over" if axis.left_over else many(axis.count, "window")
        role = "quiet" if axis.left_over else "output"
        marks.append(Text(at=(end + 0.2, low), text=text, role=role, size=0.85))
    return marks + front


def _is_lit(term: Counted, lit: Counted) -> bool:
    """A term lights its own pieces; the kernel's lights the first window, the result all windows."""
    return (
        term == lit or (lit in ("D", "F") and term == "first") or (lit == "count" and term in ("first", "S"))
    )


def lit_edges(layout: Layout, result: Result, lit: Counted, letter: str) -> list[tuple[str, Mark]]:
    """What a term counts, and on which grid: a heavy edge, a window, the padding, the gaps, what is left over."""
    axis = result.columns if letter == "W" else result.rows
    both = not layout.has_side
    if lit in ("N", "count"):
        name = "input" if lit == "N" else "output"
        rows = result.rows.length if lit == "N" else result.rows.count
        columns = result.columns.length if lit == "N" else result.columns.count
        role: Role = "input" if lit == "N" else "output"
        return [
            (name, _edge(place, rows, columns, letter, role, both=both)) for place in getattr(layout, name)
        ]
    first = layout.window(result, 0, (0, 0))
    if lit == "P":
        strips = padding_strips(layout, result, 0, "WH" if both else letter)
        return [("input", Region(extent=strip, role="weight", width=4.0, fill=True)) for strip in strips]
    if lit == "floor":
        return [("input", Region(extent=strip, role="now")) for strip in left_over(layout, result, 0, letter)]
    marks: list[tuple[str, Mark]] = [("input", Region(extent=first, role="weight", width=3.0))]
    if lit in ("F", "D"):
        x, y = layout.weight[0]
        kernel = axis.kernel
        if lit == "F":
            marks.append(("weight", _edge((x, y), kernel, kernel, letter, "weight", both=both)))
        else:
            marks += [("input", gap) for gap in _gaps(first, axis, letter)]
    if lit == "S" and axis.count > 1:
        second = layout.window(result, 0, (0, 1) if letter == "W" else (1, 0))
        marks.append(("input", Region(extent=second, role="output", width=3.0)))
        middle = (first[1] + first[3]) / 2 if letter == "W" else (first[0] + first[2]) / 2
        ends = (
            ((first[0], middle), (second[0], middle))
            if letter == "W"
            else ((middle, first[1]), (middle, second[1]))
        )
        marks.append(("input", Arrow(tail=ends[0], head=ends[1], role="now")))
    return marks


def _edge(
    place: tuple[float, float], rows: int, columns: int, letter: str, role: Role, *, both: bool
) -> Line:
    """The lower edge of a grid, its left one, or both where they count alike."""
    x, y = place
    segments = []
    if letter == "W" or both:
        segments.append([(x, y + rows), (x + columns, y + rows)])
    if letter == "H" or both:
        segments.append([(x, y), (x, y + rows)])
    return Line(segments=np.array(segments, float), role=role, width=6.0)


def padding_strips(layout: Layout, result: Result, plane: int, letters: str = "WH") -> list[Extent]:
    """The padding before and after the columns (W), above and below the rows (H); together they do not overlap."""
    x, y = layout.input[plane]
    p, height, width = result.columns.padding, result.rows.length, result.columns.length
    if not p:
        return []
    strips = []
    if "W" in letters:
        strips += [(x - p, y - p, x, y + height + p), (x + width, y - p, x + width + p, y + height + p)]
    if "H" in letters:
        beside = 0 if "W" in letters else p
        ends = (x - beside, x + width + beside)
        strips += [(ends[0], y - p, ends[1], y), (ends[0], y + height, ends[1], y + height + p)]
    return strips


def _gaps(first: Extent, axis: Axis, letter: str) -> list[Mark]:
    """From each cell that the first window reads to the next, along its first row or column."""
    places = [n * axis.dilation + 0.5 for n in range(axis.kernel)]
    return [
        Arrow(tail=(first[0] + a, first[1] + 0.5), head=(first[0] + b, first[1] + 0.5), role="now")
        if letter == "W"
        else Arrow(tail=(first[0] + 0.5, first[1] + a), head=(first[0] + 0.5, first[1] + b), role="now")
        for a, b in pairwise(places)
    ]


def left_over(layout: Layout, result: Result, plane: int, letter: str = "") -> list[Extent]:
    """The strips of the padded input that no window reaches: at its right and its lower end."""
    x, y = layout.input[plane]
    p = result.columns.padding
    right, bottom = x + result.columns.length + p, y + result.rows.length + p
    across, down = result.columns.left_over, result.rows.left_over
    strips = []
    if across and letter in ("", "W"):
        strips.append((right - across, y - p, right, bottom))
    if down and (letter in ("", "H") or not layout.has_side):
        strips.append((x - p, bottom - down, right - (across if letter == "" else 0), bottom))
    return strips

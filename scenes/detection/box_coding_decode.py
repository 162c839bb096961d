"""One prior, four numbers, one box: decoding t, and what t the true box would need."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.trace import Frame
from scenes.detection.box_coding_marks import (
    SIDES,
    chart,
    curve,
    dot,
    grid,
    ground,
    held,
    line,
    middle,
    num,
    outline,
    track_row,
    window_of,
)
from scenes.detection.box_coding_model import FARTHEST, Box, Inputs, OneBox, Params, Result
from scenes.detection.box_coding_moment import RESULT, Numbers, Seen, seen_at
from scenes.detection.iou_words import iou_of
from scenes.picture import Boxes, Mark, Panel, Picture, Region, Role, Scatter
from scenes.scene import State, Target, locked

SPAN = FARTHEST
ROLES: tuple[Role, ...] = ("output", "target")
BOTH = locked(np.array([0, 1], np.intp))
TRUTH = locked(np.array([1], np.intp))
LATEX = (
    r"\color{output}{b_x} = (\sigma(\color{input}{t_x}) + c_x) \cdot s",
    r"\color{output}{b_y} = (\sigma(\color{input}{t_y}) + c_y) \cdot s",
    r"\color{output}{b_w} = \color{weight}{p_w} \cdot e^{\color{input}{t_w}}",
    r"\color{output}{b_h} = \color{weight}{p_h} \cdot e^{\color{input}{t_h}}",
)
BACK = (
    r"\color{input}{t_x} = \mathrm{logit}(\color{target}{g_x} / s - c_x)",
    r"\color{input}{t_y} = \mathrm{logit}(\color{target}{g_y} / s - c_y)",
    r"\color{input}{t_w} = \ln(\color{target}{g_w} / \color{weight}{p_w})",
    r"\color{input}{t_h} = \ln(\color{target}{g_h} / \color{weight}{p_h})",
)
S_T = locked(np.linspace(-SPAN, SPAN, 97))
S_Y = locked(1 / (1 + np.exp(-S_T)))
E_T = locked(np.linspace(-2.5, 1.5, 81))
E_Y = locked(np.exp(E_T))
TALL = 4.5  # of the exponential's chart
BEYOND = 0.12  # how far outside of its chart a dot is drawn that belongs there


def view(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """The cell, the prior and both boxes; the four formulas; the two curves."""
    params, one = state.params, result.one
    known = (known_encoding if params.way == "encode" else known_decoding)(one, seen_at(state, frame))
    return Picture(
        panels=(
            _boxes(params, state.inputs, one, known),
            _rows(params, one, known),
            _sigmoid(params, one, known),
            _exponential(params, one, known),
        ),
        columns=(46, 29, 25),
        rows=(60, 40),
        sentence=sentence(params, state.inputs, one, hover) if frame is None or hover else "",
        focus="box" if known.box else "truth",
    )


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known at a step, None for what is not yet: where in the cell, where on the picture, by which factor,
    how large; then the box, or t.
    """

    offset: Numbers | None  # (2,) parts of the cell
    centre: Numbers | None  # (2,) pixels
    scale: Numbers | None  # (2,) of the prior's sides
    size: Numbers | None = None  # (2,) pixels
    box: Box | None = None
    place: Numbers | None = None  # (2,) tx, ty of the way back
    t: Numbers | None = None  # (4,) at the end of the way back


def known_decoding(one: OneBox, seen: Seen) -> Known:
    """What decoding has come to."""
    x, y = middle(one.box)
    width, height = one.box[2] - one.box[0], one.box[3] - one.box[1]
    t = one.t.tolist()
    box = seen.numbers(RESULT, one.box)
    return Known(
        offset=seen.numbers("offset", (sigmoid(t[0]), sigmoid(t[1]))), centre=seen.numbers("centre", (x, y)),
        scale=seen.numbers("scale", (math.exp(t[2]), math.exp(t[3]))), size=seen.numbers("size", (width, height)),
        box=upright(box) if box else None,
    )  # fmt: skip


def known_encoding(one: OneBox, seen: Seen) -> Known:
    """What encoding has come to."""
    width, height = one.truth[2] - one.truth[0], one.truth[3] - one.truth[1]
    target = one.target.tolist()
    return Known(
        offset=seen.numbers("offset", one.fraction), centre=seen.numbers("centre", middle(one.truth)),
        scale=seen.numbers("ratio", (width / one.prior[0], height / one.prior[1])),
        place=seen.numbers("position", target[:2]), t=seen.numbers(RESULT, target),
    )  # fmt: skip


def sigmoid(t: float) -> float:
    """Of a t that a person can set."""
    return 1 / (1 + math.exp(-t))


def upright(box: Numbers) -> Box | None:
    """A box as it can be drawn, though its sides be negative; None where they are endless."""
    if not all(map(math.isfinite, box)):
        return None
    x1, y1, x2, y2 = box
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _boxes(params: Params, inputs: Inputs, one: OneBox, known: Known) -> Panel:
    s = one.stride
    left, top = one.cell[0] * s, one.cell[1] * s
    encoding = params.way == "encode"
    marks: list[Mark] = [
        *ground(inputs.backdrop, inputs.extent), grid(inputs.extent, s),
        Region(extent=(left, top, left + s, top + s), role="now", fill=True),
        outline(one.at_rest, "weight", dashed=True),
    ]  # fmt: skip
    box = known.box
    if box:
        marks.append(Region(extent=box, role="output", width=0, fill=True))
    marks.append(
        Boxes(
            boxes=locked(np.array([box, one.truth] if box else [one.truth])), roles=ROLES,
            role_of=BOTH if box else TRUTH, labels=("t decodes to this", "true box") if box else ("true box",),
            front=(0, 1) if box else (0,), handle="box" if box else "truth", movable=True,
        )
    )  # fmt: skip
    marks.append(
        dot((one.at_rest[2], one.at_rest[3]), "weight", f"prior {one.prior[0]:g} × {one.prior[1]:g}", size=4)
    )
    at = known.centre
    if at and all(map(math.isfinite, at)):
        x, y = at
        role: Role = "target" if encoding else "output"
        if not encoding or known.offset:
            marks += [line((left, y), (x, y), role, width=1.5), line((x, top), (x, y), role, width=1.5)]
        marks.append(dot((x, y), role, size=7))
        if known.size and not box and all(map(math.isfinite, known.size)):
            w, h = known.size
            marks.append(outline((x - w / 2, y - h / 2, x + w / 2, y + h / 2), "output"))
    return Panel(
        key="boxes",
        marks=tuple(marks),
        view=window_of(inputs.window, inputs.extent, middle(one.truth), known.centre or middle(one.truth)),
        place=(0, 0, 2, 1),
        within=(0, 0, *inputs.extent),
    )


def _rows(params: Params, one: OneBox, known: Known) -> Panel:
    """Each of the four numbers: its formula with the numbers in it, and t on a line."""
    marks: list[Mark] = []
    encoding = params.way == "encode"
    for row in range(4):
        if encoding:
            words, value = encoded(one, row, known), ""
            if (t := needed(known, row)) is not None:
                value = num(t, 3)
                marks.append(_ring(row, t))
        else:
            words, value = decoded(one, row, known), ""
            if found := (known.centre, known.size)[row // 2]:
                value = num(found[row % 2], 1)
            marks.append(_ring(row, float(one.target[row])))
        wanted = "" if encoding else num(float(one.target[row]))
        marks += track_row(row, (BACK if encoding else LATEX)[row], value, words, wanted, SPAN)
    if not encoding:
        points = np.array([[float(t), row + 0.57] for row, t in enumerate(one.t)])
        marks.append(Scatter(points=locked(points), role="input", size=11, handle="t", movable=True))
    return Panel(
        key="t", title=f"t from −{SPAN:g} to {SPAN:g}; ring: true box", marks=tuple(marks), view=(-SPAN, 0, SPAN, 4),
        place=(0, 1, 1, 2), square=False, fixed=True, margin=(2, 0, 2, 0.2),
    )  # fmt: skip


def _ring(row: int, t: float) -> Scatter:
    """The t that the true box needs."""
    return dot((held(t, -SPAN, SPAN), row + 0.57), "target", size=15, ring=True)


def needed(known: Known, row: int) -> float | None:
    """One number of what encoding gives, once it is known."""
    if known.t:
        return known.t[row]
    return known.place[row] if known.place and row < 2 else None


def _value(one: OneBox, row: int) -> float:
    x, y = middle(one.box)
    return (x, y, one.box[2] - one.box[0], one.box[3] - one.box[1])[row]


def decoded(one: OneBox, row: int, known: Known) -> str:
    """The arithmetic of one number of the box."""
    if row < 2:
        return f"({num(known.offset[row], 3)} + {one.cell[row]}) · {one.stride:g}" if known.offset else ""
    return f"{one.prior[row - 2]:g} · {num(known.scale[row - 2], 3)}" if known.scale else ""


def encoded(one: OneBox, row: int, known: Known) -> str:
    """The arithmetic of one number of the target."""
    x, y = middle(one.truth)
    if row < 2:
        if known.offset is None:
            return ""
        return f"{(x, y)[row]:.1f}/{one.stride:g} − {one.cell[row]} = {num(known.offset[row], 3)}"
    side = one.truth[row] - one.truth[row - 2]
    return f"{side:.1f}/{one.prior[row - 2]:g} = {num(known.scale[row - 2], 3)}" if known.scale else ""


def _sigmoid(params: Params, one: OneBox, known: Known) -> Panel:
    marks: list[Mark] = [curve(S_T, S_Y, "quiet", width=1.0)]
    encoding = params.way == "encode"
    for i in (0, 1):
        if encoding and known.offset:
            y, t = held(known.offset[i], -BEYOND, 1 + BEYOND), needed(known, i)
            reached = S_T[-1] if t is None else held(t, -SPAN, SPAN)
            marks += [
                line((-SPAN, y), (reached, y), "target", dashed=True),
                dot((-SPAN, y), "target", size=5),
            ]
            if t is not None:
                marks += [line((reached, y), (reached, 0), "target", dashed=True),
                          dot((reached, y), "target", size=13, ring=True)]  # fmt: skip
        elif not encoding:
            at = (held(float(one.target[i]), -SPAN, SPAN), one.fraction[i])
            marks.append(dot(at, "target", size=13, ring=True))
    if not encoding and known.offset:
        for i in (0, 1):
            marks.append(
                dot((float(one.t[i]), held(known.offset[i], -BEYOND, 1 + BEYOND)), "input", SIDES[i])
            )
    return chart(
        "sigmoid", "σ(t), in the cell", (-SPAN, 0, SPAN, 1), (1, 1, 1, 1), marks, x_ticks=(-6, 0, 6),
        y_ticks=(0, 0.5, 1),
    )  # fmt: skip


def _exponential(params: Params, one: OneBox, known: Known) -> Panel:
    marks: list[Mark] = [curve(E_T, E_Y, "quiet", width=1.0)]
    low, high = float(E_T[0]), float(E_T[-1])
    encoding = params.way == "encode"
    for i in (2, 3):
        needs = needed(known, i) if encoding else float(one.target[i])
        if needs is not None:
            t = held(needs, low, high)
            y = held(known.scale[i - 2], -BEYOND, TALL) if encoding and known.scale else math.exp(t)
            marks.append(dot((t, y), "target", SIDES[i] if encoding else "", size=13, ring=True))
    if not encoding and known.scale:
        for i in (2, 3):
            t = held(float(one.t[i]), low, high)
            beyond = t != float(one.t[i])
            y = math.exp(t) if beyond else held(known.scale[i - 2], -BEYOND, TALL)
            marks.append(dot((t, y), "input", SIDES[i]))
    return chart(
        "exponential", "eᵗ, times prior", (low, 0, high, TALL), (1, 2, 1, 1), marks, x_ticks=(-2, 0, 1),
        y_ticks=(0, 1, 2, 4),
    )  # fmt: skip


def sentence(params: Params, inputs: Inputs, one: OneBox, hover: Target | None) -> str:
    """What is pointed at, or what there is to see."""
    if hover is not None and (told := _pointed(params, one, hover)):
        return told
    x, y = middle(one.truth)
    if not (0 <= x < inputs.extent[0] and 0 <= y < inputs.extent[1]):
        return "The true box has its centre off the picture: no cell is there to answer for it."
    if params.way == "encode":
        x, y = one.fraction
        return (
            f"The true box stands at {x:.2f} and {y:.2f} of its cell: that is what σ(t) has to be. "
            f"t itself is the logit, {num(float(one.target[0]))} and {num(float(one.target[1]))}."
        )
    iou = iou_of(one.box, one.truth)
    if iou > 0.995:
        return "The box is the true box: its t is what encoding the true box gives."
    return (
        f"The centre can move within its cell only; the prior's sides are multiplied by "
        f"{math.exp(one.t[2]):.2f} and {math.exp(one.t[3]):.2f}. IoU with the true box: {iou:.2f}."
    )


def _pointed(params: Params, one: OneBox, hover: Target) -> str:
    """What the pointer is on; "" where that says nothing of its own."""
    if hover.handle == "t" and 0 <= hover.index < 4:
        return _of_one(one, hover.index)
    if hover.panel == "t" and 0 <= hover.y < 4:
        return _of_one(one, int(hover.y)) if params.way == "decode" else _needed(one, int(hover.y))
    if hover.panel == "sigmoid":
        x = held(hover.x, -SPAN, SPAN)
        y = 1 / (1 + math.exp(-x))
        return (
            f"σ({num(x)}) = {y:.3f} of the cell, {y * one.stride:.1f} of its {one.stride} pixels. "
            f"However far t goes, the centre stays between 0 and {one.stride}."
        )
    if hover.panel == "exponential":
        return f"e to the power of {num(hover.x)} is {math.exp(held(hover.x, -9, 9)):.3f}: never 0, never negative."
    if hover.handle == "box" and hover.index == 0:
        x1, y1, x2, y2 = one.box
        return (
            f"t decodes to ({x1:.1f}, {y1:.1f}, {x2:.1f}, {y2:.1f}). Drag the box and t follows; its centre cannot "
            f"leave cell ({one.cell[0]}, {one.cell[1]})."
        )
    if hover.handle in ("box", "truth") and (hover.index == 1 or hover.handle == "truth"):
        column, row = one.cell
        return (
            f"The true box's centre lies in cell ({column}, {row}), at {one.fraction[0]:.2f} and "
            f"{one.fraction[1]:.2f} of it: only that cell answers for it. Drag it to another."
        )
    return ""


def _of_one(one: OneBox, row: int) -> str:
    t, name = float(one.t[row]), SIDES[row]
    value, target = _value(one, row), float(one.target[row])
    if row < 2:
        how = f"σ({num(t)}) = {sigmoid(t):.3f}, plus cell {one.cell[row]}, times {one.stride} pixels"
        return f"b{name}: {how}, is {value:.1f}. The true box needs σ = {one.fraction[row]:.3f}, so t = {num(target)}."
    how = f"the prior's {one.prior[row - 2]:g} times e to the power of {num(t)}, {math.exp(t):.3f}"
    return f"b{name}: {how}, is {value:.1f} pixels. The true box needs t = {num(target)}."


def _needed(one: OneBox, row: int) -> str:
    how = "The logit" if row < 2 else "The logarithm"
    told = encoded(one, row, known_encoding(one, Seen(None)))
    return f"{told}. {how} of that is t{SIDES[row]} = {num(float(one.target[row]), 3)}."

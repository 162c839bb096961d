"""One prior, four numbers, one box: decoding t, and what t the true box would need."""

from __future__ import annotations

import math

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
from scenes.detection.box_coding_model import FARTHEST, Inputs, OneBox, Params, Result
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
KNOWN = {  # by way, the variables of the listing that a row's inner and outer number wait for
    "decode": (("offset", "centre"), ("scale", "size")),
    "encode": (("offset", "position"), ("ratio", "ratio")),
}
S_T = locked(np.linspace(-SPAN, SPAN, 97))
S_Y = locked(1 / (1 + np.exp(-S_T)))
E_T = locked(np.linspace(-2.5, 1.5, 81))
E_Y = locked(np.exp(E_T))


def view(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """The cell, the prior and both boxes; the four formulas; the two curves."""
    params, one = state.params, result.one
    seen = None if frame is None else frozenset(frame.variables) | ({"done"} if frame.returned else set())
    return Picture(
        panels=(
            _boxes(params, state.inputs, one, seen),
            _rows(params, one, seen),
            _sigmoid(params, one, seen),
            _exponential(params, one, seen),
        ),
        columns=(50, 27, 23),
        rows=(60, 40),
        sentence=sentence(params, state.inputs, one, hover) if frame is None or hover else "",
        focus="box" if _shows_both(params, seen) else "truth",
    )


def _knows(seen: frozenset[str] | None, name: str) -> bool:
    return seen is None or name in seen


def _shows_both(params: Params, seen: frozenset[str] | None) -> bool:
    """Whether the decoded box is there, beside the true one."""
    return params.way == "decode" and _knows(seen, "done")


def _boxes(params: Params, inputs: Inputs, one: OneBox, seen: frozenset[str] | None) -> Panel:
    s = one.stride
    left, top = one.cell[0] * s, one.cell[1] * s
    encoding = params.way == "encode"
    marks: list[Mark] = [
        *ground(inputs.backdrop, inputs.extent), grid(inputs.extent, s),
        Region(extent=(left, top, left + s, top + s), role="now", fill=True),
        outline(one.at_rest, "weight", dashed=True),
    ]  # fmt: skip
    shown = _shows_both(params, seen)
    marks.append(
        Boxes(
            boxes=locked(np.array([one.box, one.truth] if shown else [one.truth])), roles=ROLES,
            role_of=BOTH if shown else TRUTH, labels=("t decodes to this", "true box") if shown else ("true box",),
            front=(0, 1) if shown else (0,), handle="box" if shown else "truth", movable=True,
        )
    )  # fmt: skip
    if shown:
        marks.insert(-1, Region(extent=one.box, role="output", width=0, fill=True))
    corner = (one.at_rest[2], one.at_rest[3])
    marks.append(dot(corner, "weight", f"prior {one.prior[0]:g} × {one.prior[1]:g}", size=4))
    at = middle(one.truth) if encoding else middle(one.box)
    if _knows(seen, "centre"):
        role: Role = "target" if encoding else "output"
        if not encoding or _knows(seen, "offset"):
            marks += [line((left, at[1]), at, role, width=1.5), line((at[0], top), at, role, width=1.5)]
        marks.append(dot(at, role, size=7))
    if not encoding and not shown and _knows(seen, "size"):
        marks.append(outline(one.box, "output"))
    return Panel(
        key="boxes",
        marks=tuple(marks),
        view=window_of(inputs.window, one.truth, inputs.extent),
        place=(0, 0, 2, 1),
    )


def _rows(params: Params, one: OneBox, seen: frozenset[str] | None) -> Panel:
    """Each of the four numbers: its formula with the numbers in it, and t on a line."""
    marks: list[Mark] = []
    encoding = params.way == "encode"
    shown = one.target if encoding else one.t
    for row in range(4):
        inner, outer = (_knows(seen, name) for name in KNOWN[params.way][row // 2])
        if encoding and row >= 2:
            outer = _knows(seen, "done")
        words = (encoded if encoding else decoded)(one, row) if inner else ""
        value = (num(float(shown[row]), 3) if encoding else f"{_value(one, row):.1f}") if outer else ""
        needed = "" if encoding else num(float(one.target[row]))
        marks += track_row(row, (BACK if encoding else LATEX)[row], value, words, needed, SPAN)
    ring = np.array([[held(float(t), -SPAN, SPAN), row + 0.57] for row, t in enumerate(one.target)])
    marks.append(Scatter(points=locked(ring), role="target", size=15, symbol="ring"))
    if not encoding:
        points = np.array([[float(t), row + 0.57] for row, t in enumerate(one.t)])
        marks.append(Scatter(points=locked(points), role="input", size=11, handle="t", movable=True))
    return Panel(
        key="t", title=f"t from −{SPAN:g} to {SPAN:g}; ring: true box", marks=tuple(marks), view=(-SPAN, 0, SPAN, 4),
        place=(0, 1, 1, 2), square=False, fixed=True, margin=(2, 0, 2, 0.2),
    )  # fmt: skip


def _value(one: OneBox, row: int) -> float:
    x, y = middle(one.box)
    return (x, y, one.box[2] - one.box[0], one.box[3] - one.box[1])[row]


def decoded(one: OneBox, row: int) -> str:
    """The arithmetic of one number of the box."""
    t = float(one.t[row])
    if row < 2:
        return f"({1 / (1 + math.exp(-t)):.3f} + {one.cell[row]}) · {one.stride:g}"
    return f"{one.prior[row - 2]:g} · {math.exp(t):.3f}"


def encoded(one: OneBox, row: int) -> str:
    """The arithmetic of one number of the target."""
    x, y = middle(one.truth)
    if row < 2:
        return f"{(x, y)[row]:.1f}/{one.stride:g} − {one.cell[row]} = {one.fraction[row]:.3f}"
    side = one.truth[row] - one.truth[row - 2]
    return f"{side:.1f}/{one.prior[row - 2]:g} = {side / one.prior[row - 2]:.3f}"


def _sigmoid(params: Params, one: OneBox, seen: frozenset[str] | None) -> Panel:
    marks: list[Mark] = [curve(S_T, S_Y, "quiet", width=1.0)]
    encoding = params.way == "encode"
    reached = not encoding or _knows(seen, "position")
    for i in (0, 1):
        t, y = held(float(one.target[i]), -SPAN, SPAN), one.fraction[i]
        if encoding and _knows(seen, "offset"):
            marks.append(line((-SPAN, y), (t, y), "target", dashed=True))
            if reached:
                marks.append(line((t, y), (t, 0), "target", dashed=True))
            marks.append(dot((-SPAN, y), "target", size=5))
        if reached:
            marks.append(dot((t, y), "target", size=13, ring=True))
    if not encoding and _knows(seen, "offset"):
        for i in (0, 1):
            t = float(one.t[i])
            marks.append(dot((t, 1 / (1 + math.exp(-t))), "input", SIDES[i]))
    return chart(
        "sigmoid", "σ(t), in the cell", (-SPAN, 0, SPAN, 1), (1, 1, 1, 1), marks, x_ticks=(-6, 0, 6),
        y_ticks=(0, 0.5, 1),
    )  # fmt: skip


def _exponential(params: Params, one: OneBox, seen: frozenset[str] | None) -> Panel:
    marks: list[Mark] = [curve(E_T, E_Y, "quiet", width=1.0)]
    low, high = float(E_T[0]), float(E_T[-1])
    encoding = params.way == "encode"
    if not encoding or _knows(seen, "done"):
        for i in (2, 3):
            t = held(float(one.target[i]), low, high)
            marks.append(dot((t, math.exp(t)), "target", SIDES[i] if encoding else "", size=13, ring=True))
    if not encoding and _knows(seen, "scale"):
        for i in (2, 3):
            t = held(float(one.t[i]), low, high)
            marks.append(dot((t, math.exp(t)), "input", SIDES[i]))
    return chart(
        "exponential", "eᵗ, times prior", (low, 0, high, 4.5), (1, 2, 1, 1), marks, x_ticks=(-2, 0, 1),
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
        how = f"σ({num(t)}) = {1 / (1 + math.exp(-t)):.3f}, plus cell {one.cell[row]}, times {one.stride} pixels"
        return f"b{name}: {how}, is {value:.1f}. The true box needs σ = {one.fraction[row]:.3f}, so t = {num(target)}."
    how = f"the prior's {one.prior[row - 2]:g} times e to the power of {num(t)}, {math.exp(t):.3f}"
    return f"b{name}: {how}, is {value:.1f} pixels. The true box needs t = {num(target)}."


def _needed(one: OneBox, row: int) -> str:
    how = "The logit" if row < 2 else "The logarithm"
    return f"{encoded(one, row)}. {how} of that is t{SIDES[row]} = {num(float(one.target[row]), 3)}."

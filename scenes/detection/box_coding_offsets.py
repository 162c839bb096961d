"""R-CNN's box regression: offsets from a proposal, and the smooth L1 loss of their differences."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.trace import Frame, Trace
from scenes.detection.box_coding_marks import (
    SIDES,
    chart,
    curve,
    dot,
    ground,
    held,
    line,
    middle,
    num,
    track_row,
    window_of,
)
from scenes.detection.box_coding_model import Inputs, Params, Regression, Result
from scenes.detection.box_coding_moment import RESULT, Numbers, Seen, seen_at
from scenes.picture import Bars, Boxes, Mark, Panel, Picture, Region, Role, Scatter
from scenes.scene import State, Target, Why, locked

SPAN = 2.0
ROLES: tuple[Role, ...] = ("output", "target", "weight")
BACKGROUND: tuple[Role, ...] = ("output", "removed", "weight")
THREE = locked(np.array([0, 1, 2], np.intp))
LATEX = (
    r"\color{input}{t_x} = (\color{output}{x} - \color{weight}{x_p}) / \color{weight}{w_p}",
    r"\color{input}{t_y} = (\color{output}{y} - \color{weight}{y_p}) / \color{weight}{h_p}",
    r"\color{input}{t_w} = \ln(\color{output}{w} / \color{weight}{w_p})",
    r"\color{input}{t_h} = \ln(\color{output}{h} / \color{weight}{h_p})",
)
HIGH = 2.5  # of the chart of the loss, each way
HIGHEST = 1e6  # that a bar shows
D = locked(np.linspace(-HIGH, HIGH, 101))
RATIO = locked(np.linspace(0.15, 4, 78))
LOG, LINEAR = locked(np.log(RATIO)), locked(RATIO - 1)


def view(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """Three boxes, four offsets and their loss."""
    params, found = state.params, result.regression
    known = known_of(params, found, seen_at(state, frame))
    return Picture(
        panels=(
            _boxes(params, state.inputs, found),
            _rows(known),
            _terms(params, known),
            _loss_chart(params, known),
            _log_chart(found),
        ),
        columns=(34, 16, 16, 34),
        rows=(58, 42),
        sentence=sentence(params, found, hover) if frame is None or hover else "",
        focus="box",
    )


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known at a step, four numbers each; None for what is not yet. A proposal without an object has no
    true box: there it is the predicted offsets alone.
    """

    t: Numbers | None
    t_true: Numbers | None
    difference: Numbers | None
    terms: Numbers | None
    loss: float | None  # once it is returned


def known_of(params: Params, found: Regression, seen: Seen) -> Known:
    """What the loss has come to."""
    loss = seen.numbers(RESULT, (found.loss,))
    t, whole = seen.numbers("t", found.t), Known(t=None, t_true=None, difference=None, terms=None, loss=None)
    if seen.variables is None and not params.positive:
        return replace(whole, t=t, terms=(0.0,) * 4, loss=0.0)
    return Known(
        t=t, t_true=seen.numbers("t_true", found.t_true), difference=seen.numbers("difference", found.t - found.t_true),
        terms=seen.numbers("terms", found.terms), loss=loss[0] if loss else None,
    )  # fmt: skip


def _boxes(params: Params, inputs: Inputs, found: Regression) -> Panel:
    boxes = locked(np.array([found.pred, found.truth, found.proposal]))
    marks = (
        *ground(inputs.backdrop, inputs.extent),
        Region(extent=found.pred, role="output", width=0, fill=True),
        Boxes(
            boxes=boxes, roles=ROLES if params.positive else BACKGROUND, role_of=THREE,
            labels=("predicted", "true box" if params.positive else "another object's box", "proposal"),
            front=(0, 1, 2), handle="box", movable=True,
        ),
    )  # fmt: skip
    return Panel(
        key="boxes",
        marks=marks,
        view=window_of(inputs.window, inputs.extent, middle(found.truth)),
        place=(0, 0, 1, 2),
        within=(0, 0, *inputs.extent),
    )


def _rows(known: Known) -> Panel:
    marks: list[Mark] = []
    t, t_true, difference = known.t, known.t_true, known.difference
    for row in range(4):
        value = num(t[row], 3) if t else ""
        words = (
            f"{num(t[row], 3)} − {num(t_true[row], 3)} = {num(difference[row], 3)}"
            if t and t_true and difference
            else ""
        )
        marks += track_row(row, LATEX[row], value, words, "", SPAN)
        if t and difference and difference[row]:
            ends = (held(v, -SPAN, SPAN) for v in (t[row], t[row] - difference[row]))
            y = row + 0.57
            marks.append(line((next(ends), y), (next(ends), y), "gradient", width=5))
    if t_true:
        marks.append(Scatter(points=_places(t_true), role="target", size=15, symbol="ring"))
    if t:
        marks.append(Scatter(points=_places(t), role="input", size=11, handle="t", movable=True))
    return Panel(
        key="t", title="offsets; ring: true box", marks=tuple(marks),
        view=(-SPAN, 0, SPAN, 4), place=(0, 2, 1, 2), square=False, fixed=True, margin=(2, 0, 2, 0.2),
    )  # fmt: skip


def _places(offsets: Numbers) -> NDArray[np.float64]:
    """On the four lines, each at its end where it lies beyond."""
    return locked(np.array([[held(t, -SPAN, SPAN), row + 0.57] for row, t in enumerate(offsets)]))


def _terms(params: Params, known: Known) -> Panel:
    """The four terms of the loss and their sum."""
    terms = known.terms or (0.0,) * 4
    total = sum(terms) if known.loss is None else known.loss
    values = locked(np.array([held(v, -HIGHEST, HIGHEST) for v in (*terms, total)]))
    roles: tuple[Role, ...] = tuple("gradient" for _ in values)
    bars = Bars(values=values, roles=roles, labels=(*SIDES, "sum"), decimals=3, handle="term")
    title = "no box loss" if not params.positive and known.loss is not None else "smooth L1 of t − t*"
    return Panel(
        key="terms", title=title, marks=(bars,), view=(0, 0, max(1.0, float(values.max())), 5), place=(1, 0, 1, 1),
        square=False, fixed=True, margin=(5, 0, 7, 0),
    )  # fmt: skip


def smooth(difference: float, beta: float) -> float:
    """Smooth L1 of one difference."""
    far = abs(difference)
    return far * far / (2 * beta) if far < beta else far - beta / 2


def _loss_chart(params: Params, known: Known) -> Panel:
    far = np.abs(D)
    loss = np.where(far < params.beta, D**2 / (2 * params.beta), far - params.beta / 2)
    squared = D**2 / 2
    kept = squared <= HIGH
    marks: list[Mark] = [
        curve(D[kept], squared[kept], "quiet", dashed=True, name="d²/2"),
        curve(D, far, "quiet", dashed=True), curve(D, loss, "gradient", width=1.5),
    ]  # fmt: skip
    for row, difference in enumerate(known.difference or ()):
        d = held(difference, -HIGH, HIGH)
        y = smooth(d, params.beta)
        if known.terms and d == difference:
            y = held(known.terms[row], -0.3, HIGH)
        marks.append(dot((d, y), "gradient", SIDES[row] if abs(d) > 0.15 else ""))
    return chart(
        "loss", "loss by difference", (-HIGH, 0, HIGH, HIGH), (1, 1, 1, 2), marks,
        x_ticks=(-2, 0, 2), y_ticks=(0, 1, 2),
    )  # fmt: skip


def _log_chart(found: Regression) -> Panel:
    ratio = (found.truth[2] - found.truth[0]) / (found.proposal[2] - found.proposal[0])
    at = held(ratio, 0.15, 4)
    marks: list[Mark] = [
        curve(RATIO, LINEAR, "quiet", dashed=True), curve(RATIO, LOG, "output", width=1.5),
        line((at, math.log(at)), (at, at - 1), "gradient", width=2),
        dot((at, math.log(at)), "target", "ln", size=9), dot((at, at - 1), "quiet", "linear", size=7),
    ]  # fmt: skip
    return chart(
        "log", "ln of width ratio", (0, -2, 4, 3), (1, 3, 1, 1), marks, x_ticks=(0, 1, 2, 4),
        y_ticks=(-2, 0, 2),
    )  # fmt: skip


def sentence(params: Params, found: Regression, hover: Target | None) -> str:
    """What is pointed at, or what there is to see."""
    if hover is not None:
        row = hover.index if hover.handle in ("t", "term") else int(hover.y) if hover.panel == "t" else -1
        if 0 <= row < 4 and params.positive:
            return _term(params, found, row)
        if hover.handle == "box" and 0 <= hover.index < 3:
            return _box(found, hover.index)
        if hover.panel == "log":
            ratio = (found.truth[2] - found.truth[0]) / (found.proposal[2] - found.proposal[0])
            return (
                f"The true box is {ratio:.2f} times as wide: ln gives {num(math.log(ratio))}, the linear form "
                f"{num(ratio - 1)}. They agree near 1, so R-CNN trains on near proposals."
            )
        if hover.panel == "loss":
            d, beta = hover.x, params.beta
            loss = smooth(d, beta)
            slope = num(held(d / beta, -1, 1))
            return f"A difference of {num(d)} costs {loss:.3f}; the slope is {slope}, never beyond 1."
    if not params.positive:
        return "The proposal holds no object: there is no true box to regress to, and the box loss is 0."
    words = ", ".join(f"{name} {term:.3f}" for name, term in zip(SIDES, found.terms, strict=True))
    return f"Loss {found.loss:.3f}: {words}. Each is the smooth L1 of a predicted offset less the true box's offset."


def _box(found: Regression, index: int) -> str:
    name = ("predicted box", "true box", "proposal")[index]
    x1, y1, x2, y2 = (found.pred, found.truth, found.proposal)[index]
    told = f"The {name}: centre ({(x1 + x2) / 2:.1f}, {(y1 + y2) / 2:.1f}), {x2 - x1:.1f} by {y2 - y1:.1f} pixels."
    if index == 2:
        return f"{told} All offsets are measured from it, in its widths and heights."
    t = found.t if index == 0 else found.t_true
    return f"{told} From the proposal its offsets are {', '.join(num(float(v), 3) for v in t)}."


def why(trace: Trace, target: Target) -> Why | None:
    """Where a term of the loss was computed."""
    if target.handle != "term" or not 0 <= target.index < 4:
        return None
    at = next((f for f in trace.frames if not f.depth and f.text.startswith("terms = smooth_l1")), None)
    if at is None:
        return None
    d, term = (float(at.variables[name][target.index]) for name in ("difference", "terms"))
    name = SIDES[target.index]
    words = f"Here t{name} is judged: it differs by {num(d, 3)} from the true box's, which costs {term:.4f}."
    return Why(step=at.index + 1, sentence=words)


def _term(params: Params, found: Regression, row: int) -> str:
    t, target, term = float(found.t[row]), float(found.t_true[row]), float(found.terms[row])
    d = t - target
    how = (
        f"{num(d, 3)}² / (2 · {params.beta:g})"
        if abs(d) < params.beta
        else f"{abs(d):.3f} − {params.beta:g} / 2"
    )
    return (
        f"t{SIDES[row]} = {num(t, 3)}, the true box's is {num(target, 3)}: "
        f"they differ by {num(d, 3)}, which costs {how} = {term:.4f}."
    )

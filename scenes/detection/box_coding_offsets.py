"""R-CNN's box regression: offsets from a proposal, and the smooth L1 loss of their differences."""

from __future__ import annotations

import math

import numpy as np

from engine.trace import Frame, Trace
from scenes.detection.box_coding_marks import (
    SIDES,
    chart,
    curve,
    dot,
    ground,
    held,
    line,
    num,
    track_row,
    window_of,
)
from scenes.detection.box_coding_model import Inputs, Params, Regression, Result
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
D = locked(np.linspace(-2.5, 2.5, 101))
RATIO = locked(np.linspace(0.15, 4, 78))
LOG, LINEAR = locked(np.log(RATIO)), locked(RATIO - 1)


def view(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """Three boxes, four offsets and their loss."""
    params, found = state.params, result.regression
    seen = None if frame is None else frozenset(frame.outermost.variables)
    return Picture(
        panels=(
            _boxes(params, state.inputs, found),
            _rows(params, found, seen),
            _terms(params, found, seen),
            _loss_chart(params, found, seen),
            _log_chart(found),
        ),
        columns=(34, 16, 16, 34),
        rows=(58, 42),
        sentence=sentence(params, found, hover) if frame is None or hover else "",
        focus="box",
    )


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
        view=window_of(inputs.window, found.truth, inputs.extent),
        place=(0, 0, 1, 2),
    )


def _rows(params: Params, found: Regression, seen: frozenset[str] | None) -> Panel:
    marks: list[Mark] = []
    shows = [(seen is None or name in seen) for name in ("t", "t_true", "difference")]
    shows[1:] = [show and params.positive for show in shows[1:]]
    for row in range(4):
        t, target = float(found.t[row]), float(found.t_true[row])
        value = num(t, 3) if shows[0] else ""
        words = f"{num(t, 3)} − {num(target, 3)} = {num(t - target, 3)}" if shows[2] else ""
        marks += track_row(row, LATEX[row], value, words, "", SPAN)
        a, b, y = held(t, -SPAN, SPAN), held(target, -SPAN, SPAN), row + 0.57
        if shows[2] and a != b:
            marks.append(line((a, y), (b, y), "gradient", width=5))
    for show, values, role in ((shows[1], found.t_true, "target"), (shows[0], found.t, "input")):
        points = locked(np.array([[held(float(t), -SPAN, SPAN), r + 0.57] for r, t in enumerate(values)]))
        if show and role == "target":
            marks.append(Scatter(points=points, role="target", size=15, symbol="ring"))
        elif show:
            marks.append(Scatter(points=points, role="input", size=11, handle="t", movable=True))
    return Panel(
        key="t", title="offsets; ring: true box", marks=tuple(marks),
        view=(-SPAN, 0, SPAN, 4), place=(0, 2, 1, 2), square=False, fixed=True, margin=(2, 0, 2, 0.2),
    )  # fmt: skip


def _terms(params: Params, found: Regression, seen: frozenset[str] | None) -> Panel:
    """The four terms of the loss and their sum."""
    known = seen is None or "terms" in seen
    terms = np.array([*found.terms.tolist(), float(found.terms.sum())])
    roles: tuple[Role, ...] = tuple("gradient" for _ in terms)
    values = locked(terms if known and params.positive else np.zeros(5))
    bars = Bars(values=values, roles=roles, labels=(*SIDES, "sum"), decimals=3, handle="term")
    title = "smooth L1 of t − t*" if params.positive else "no box loss"
    return Panel(
        key="terms", title=title, marks=(bars,), view=(0, 0, max(1.0, float(terms[-1])), 5), place=(1, 0, 1, 1),
        square=False, fixed=True, margin=(5, 0, 7, 0),
    )  # fmt: skip


def _loss_chart(params: Params, found: Regression, seen: frozenset[str] | None) -> Panel:
    beta = params.beta
    far = np.abs(D)
    loss = np.where(far < beta, D**2 / (2 * beta), far - beta / 2)
    squared = D**2 / 2
    kept = squared <= 2.5
    marks: list[Mark] = [
        curve(D[kept], squared[kept], "quiet", dashed=True, name="d²/2"),
        curve(D, far, "quiet", dashed=True), curve(D, loss, "gradient", width=1.5),
    ]  # fmt: skip
    if params.positive and (seen is None or "difference" in seen):
        for row in range(4):
            d = held(float(found.t[row] - found.t_true[row]), -2.5, 2.5)
            y = d * d / (2 * beta) if abs(d) < beta else abs(d) - beta / 2
            marks.append(dot((d, y), "gradient", SIDES[row] if abs(d) > 0.15 else ""))
    return chart(
        "loss", "loss by difference", (-2.5, 0, 2.5, 2.5), (1, 1, 1, 2), marks,
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
            loss = d * d / (2 * beta) if abs(d) < beta else abs(d) - beta / 2
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

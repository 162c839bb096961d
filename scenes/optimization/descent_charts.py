"""What stands beside the landscape: the loss, the learning rate, and lr times curvature, a cut, or the basins."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from scenes.optimization import descent_words as words
from scenes.optimization.descent_basins import NAMES
from scenes.optimization.descent_map import chord_ends
from scenes.optimization.descent_model import FASTEST, SLOWEST, Inputs, Params, Result
from scenes.picture import Bars, Curve, Line, Mark, Panel, Region, Role, Scatter, Text
from scenes.scene import Target, locked

UNREACHED: Role = "ignored"
CROSSES = 80  # of the steps on which the loss rises; of more every second, third, ... one
DECADES = 12  # of the loss, below where it began
PLACES = 121  # along a cut
MARGIN = (7.0, 0.3, 2.0, 1.2)
Point = tuple[float, float]


def loss_panel(result: Result, whole: NDArray[np.float64], at: int, upto: int) -> Panel:
    """The loss after each step, on a log scale where that is what shows; steps on which it rises are crossed. The
    scale holds the losses of the `whole` run too.
    """
    loss = result.loss[: upto + 1]
    far = float(max(len(result.plan), 1))
    every = result.loss if result.loss is whole else np.concatenate([result.loss, whole])
    heights, (low, high), ticks = _loss_scale(every)
    marks: list[Mark] = [_rules(far, [y for y, _ in ticks])]
    marks += [
        Text(at=(-0.05 * far, y), text=text, align="right", role="quiet", size=0.9) for y, text in ticks
    ]
    x = np.arange(len(loss), dtype=float)
    marks.append(Curve(x=x, y=heights[: upto + 1], role="output", width=1.25))
    rises = np.flatnonzero(np.diff(loss) > 1e-12 * np.abs(loss[:-1])) + 1
    if len(rises):
        crosses = np.stack([x[rises], heights[rises]], 1)
        marks.append(
            Scatter(
                points=locked(crosses[:: 1 + len(crosses) // CROSSES].copy()),
                role="gradient",
                symbol="cross",
                size=7,
            )
        )
    marks.append(_line((at, low), (at, high), "now", width=1))
    marks.append(Scatter(points=np.array([[float(at), heights[at]]]), role="output", size=9))
    lamp = "falls at every step" if not len(rises) else f"rises at step {rises[0]}"
    return Panel(
        key="loss", title=f"loss: {lamp}", marks=tuple(marks), view=(0, low, far, high), place=(0, 1, 1, 1),
        square=False, down=False, fixed=True, margin=MARGIN,
    )  # fmt: skip


def _loss_scale(loss: NDArray[np.float64]) -> tuple[NDArray[np.float64], Point, list[tuple[float, str]]]:
    """The losses as heights on the chart, its range, and a few places with their values."""
    top = max(float(loss[0]), 1e-300)
    if loss.min() >= 0 and loss.max() > 0 and (loss.min() < 0.05 * loss.max() or loss.max() > 50 * top):
        ceiling = float(np.clip(loss.max(), top, 1e9 * top))
        floor = float(np.clip(loss.min(), 10.0**-DECADES * top, 0.1 * ceiling))
        heights = np.log10(np.clip(loss, floor, ceiling))
        low, high = math.log10(floor), math.log10(ceiling)
        stride = max(1, math.ceil((high - low) / 4))
        powers = range(math.ceil(low), math.floor(high) + 1, stride)
        return heights, (low, max(high, low + 0.1)), [(float(p), _power(p)) for p in powers]
    reach = float(np.clip(np.ptp(loss), 0, 100 * max(abs(float(loss[0])), 1.0)))
    low = float(max(loss.min(), loss[0] - reach))
    high = float(min(loss.max(), loss[0] + reach))
    if not high - low > 1e-12 * max(abs(low), abs(high), 1e-12):
        low, high = low - 1, low + 1
    ticks = [(y, words.number(y)) for y in (low, (low + high) / 2, high)]
    return np.clip(loss, low, high), (low, high), ticks


def _power(exponent: int) -> str:
    if -3 <= exponent <= 4:
        return f"{10.0**exponent:g}"
    return f"1e{exponent}".replace("-", words.MINUS)


def rate_top(result: Result) -> float:
    """The highest rate that the chart shows: half as much again as what the surface's valleys bear."""
    return min(max(3 / result.reference, 2 * SLOWEST), FASTEST)


def rate_panel(params: Params, result: Result, at: int, taken: float | None) -> Panel:
    """The rate of each step, with knots that can be dragged, what the curvature at the point bears, and the rate that
    a step under way has `taken`.
    """
    plan, top = result.plan, rate_top(result)
    far = float(max(len(plan), 1))
    marks: list[Mark] = [_rules(far, [0.0])]
    sharp = float(result.high[at])
    if sharp > 0 and 2 / sharp < top:
        marks += _bounds(sharp, (far, top), float(plan[-1]) if len(plan) else 0.0)
    x = np.repeat(np.arange(len(plan) + 1.0), 2)[1:-1]
    marks.append(Curve(x=x, y=np.repeat(np.clip(plan, 0, top), 2), role="input", width=1.5))
    marks.append(_line((at, 0), (at, top), "now", width=1))
    knots = np.array([(px, min(py, top)) for px, py in knots_of(params, len(plan))])
    marks.append(Scatter(points=locked(knots), role="input", size=11, handle="knots", movable=True))
    marks += [
        Text(at=(-0.05 * far, y), text=words.number(y), align="right", role="quiet", size=0.9)
        for y in (0.0, top)
    ]
    now = float(plan[min(at, len(plan) - 1)]) if taken is None else taken
    if taken is not None:
        here = np.array([[at + 0.5, min(max(taken, 0.0), top)]])
        marks.append(Scatter(points=locked(here), role="now", size=9))
    beyond = ", above the chart" if now > top else ""
    return Panel(
        key="rate", title=f"lr: {words.number(now)}{beyond}", marks=tuple(marks), view=(0, 0, far, top),
        place=(1, 1, 1, 1), square=False, down=False, fixed=True, margin=MARGIN,
    )  # fmt: skip


def _bounds(sharp: float, corner: Point, last: float) -> list[Mark]:
    """The rates at which a step just comes to rest, and beyond which it grows; named clear of the rate's line."""
    far, top = corner
    upper, lower = 2 / sharp, 1 / sharp
    marks: list[Mark] = [_line((0, y), (far, y), "quiet", width=1, dashed=True) for y in (upper, lower)]
    names = [(upper, -1 if 0 < last - upper < 0.18 * top else 1, "2 / curvature: the limit")]
    if lower > 0.2 * top:
        names.append((lower, -1, "1 / curvature"))
    for y, side, text in names:
        if y > 0.1 * top:
            marks.append(
                Text(at=(far, y + 0.09 * side * top), text=text, align="right", role="quiet", size=0.85)
            )
    return marks


def knots_of(params: Params, steps: int) -> list[Point]:
    """Where the schedule can be taken hold of: the rate it begins with, or reaches, and then what else it has."""
    lr, end = params.lr, float(max(steps, 1))
    match params.schedule:
        case "step":
            return [(0.0, lr), (float(min(params.every, end)), lr * params.factor)]
        case "exponential":
            far = knot_step(steps)
            return [(0.0, lr), (float(far), lr * params.factor**far)]
        case "cosine":
            return [(0.0, lr), (end, lr * params.floor)]
        case "warmup":
            return [(float(min(params.rise, end)), lr), (end, lr * params.floor)]
    return [(0.0, lr)]


def knot_step(steps: int) -> int:
    """The step at which an exponential schedule is taken hold of."""
    return max(1, steps // 6)


# ---------------------------------------------------------------------------- the third: by lens


ZONES: tuple[tuple[float, float, str, Role], ...] = (
    (-1, 0, "grows", "ignored"), (0, 1, "straight", "output"), (1, 2, "zigzag", "output"),
    (2, 3, "grows", "ignored"),
)  # fmt: skip


def curvature_panel(result: Result, at: int) -> Panel:
    """For each of the Hessian's directions lr times curvature, on a line on which 0, 1 and 2 part what becomes
    of the distance.
    """
    lr = float(result.plan[min(at, len(result.plan) - 1)])
    marks: list[Mark] = []
    for x1, x2, name, _ in ZONES:
        marks.append(Text(at=((x1 + x2) / 2, 0.3), text=name, align="center", role="quiet", size=0.95))
    for row, values in ((0.9, result.high), (2.2, result.low)):
        marks += _factor(row, lr, values, at)
    for x in range(-1, 4):
        marks.append(Text(at=(x, 3.3), text=words.number(x), align="center", role="quiet", size=0.9))
    return Panel(
        key="curvature", title="lr × curvature", marks=tuple(marks),
        view=(-1, 0, 3, 3.5), place=(2, 1, 1, 1), square=False, fixed=True, margin=(1.5, 0.1, 1.5, 0.1),
    )  # fmt: skip


def _factor(row: float, lr: float, values: NDArray[np.float64], at: int) -> list[Mark]:
    """One direction: its place on the line, the range of the whole run, and the arithmetic."""
    marks: list[Mark] = [
        Region(
            extent=(x1, row - 0.3, x2, row + 0.3),
            role=role,
            width=0,
            fill=role == "output",
            hatched=role == "ignored",
        )
        for x1, x2, _, role in ZONES
    ]
    marks += [_line((x, row - 0.3), (x, row + 0.3), "quiet", width=1) for x in range(4)]
    value = float(values[at])
    if not math.isfinite(value):
        return marks
    seen = np.clip(lr * values[np.isfinite(values)], -1, 3)
    place = min(max(lr * value, -1.0), 3.0)
    factor, left = words.number(lr * value), words.number(1 - lr * value)
    text = f"{words.number(lr)} × {words.number(value)} = {factor}, leaves {left}"
    return [
        *marks,
        _line((float(seen.min()), row), (float(seen.max()), row), "quiet", width=4),
        Scatter(points=np.array([[place, row]]), role="weight", size=12),
        Text(at=(-1, row + 0.65), text=text, size=0.95),
    ]


def chord_panel(result: Result, inputs: Inputs) -> Panel:
    """The surface along a straight cut, and the chord: where the surface is above it, it is not convex."""
    share, values, line = section(result, inputs)
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if not high > low:
        low, high = low - 1, high + 1
    pad = 0.06 * (high - low)
    marks: list[Mark] = [Curve(x=share, y=line, role="accent", width=1.25, dashed=True)]
    above = values > line + 1e-9 * (high - low)
    marks.append(Curve(x=share, y=values, role="output", width=1.5))
    if above.any():
        some = np.flatnonzero(above)[::3]
        bars = np.stack([np.stack([share[some], line[some]], 1), np.stack([share[some], values[some]], 1)], 1)
        marks.append(Line(segments=bars, role="gradient", width=1))
    ends = np.array([[0.0, values[0]], [1.0, values[-1]]])
    marks.append(Scatter(points=locked(ends), role="accent", size=9))
    for x, name, value in ((0.0, "A", values[0]), (1.0, "B", values[-1])):
        if math.isfinite(value):
            marks.append(Text(at=(x, low - 1.8 * pad), text=name, align="center", role="accent"))
    lamp = "below its chord" if not above.any() else "above its chord"
    return Panel(
        key="chord", title=f"from A to B: {lamp}", marks=tuple(marks),
        view=(0, low - pad, 1, high + pad), place=(2, 1, 1, 1), square=False, down=False, fixed=True,
        margin=(2, 0.3, 2, 1.4),
    )  # fmt: skip


def section(
    result: Result, inputs: Inputs
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Along the chord: shares of the way (N,), the surface's values (N,) and the chord's (N,)."""
    a, b = chord_ends(result, inputs)
    share = np.linspace(0, 1, PLACES)
    points = torch.from_numpy(a + share[:, None] * (b - a))
    values = result.surface.value(points[:, 0], points[:, 1]).numpy()
    return share, values, values[0] + share * (values[-1] - values[0])


def basins_panel(result: Result) -> Panel:
    """How many of the starts end in each minimum."""
    found = result.basins
    shares = (*found.shares, max(1 - sum(found.shares), 0.0)) if found else (1.0,)
    minima = found.minima if found else ()
    labels = (
        *(f"{NAMES[i]} ({words.number(m.x)}, {words.number(m.y)})" for i, m in enumerate(minima)),
        "none",
    )
    reached: Role = "output"
    roles = (*[reached] * len(minima), UNREACHED)
    bars = Bars(values=locked(100 * np.array(shares)), roles=roles, labels=labels, decimals=1, handle="basin")
    rows = max(len(shares), 4)
    return Panel(
        key="basins", title="share of the starts in the frame, %",
        marks=(bars,),
        view=(0, 0, 50 if max(shares) <= 0.5 else 100, rows),
        place=(2, 1, 1, 1), square=False, fixed=True, margin=(19, 0.2, 6, 0.2),
    )  # fmt: skip


# ---------------------------------------------------------------------------- small parts


def step_at(panel: str, x: float, result: Result) -> int:
    """The step that a chart has at x."""
    return int(min(max(math.floor(x) if panel == "rate" else round(x), 0), len(result.path) - 1))


def is_chart_of_steps(hover: Target | None) -> bool:
    """Whether the pointer is on a chart whose places are steps."""
    return hover is not None and hover.panel in ("loss", "rate")


def _rules(far: float, ys: Sequence[float]) -> Line:
    return Line(segments=np.array([[(0, y), (far, y)] for y in ys], float).reshape(-1, 2, 2), role="line")


def _line(start: Point, end: Point, role: Role, *, width: float = 1.5, dashed: bool = False) -> Line:
    return Line(segments=np.array([[start, end]], float), role=role, width=width, dashed=dashed)

"""The charts: the loss of the three runs, gradient estimates about the true one, their spread by batch size."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from scenes.optimization import batches_words as words
from scenes.optimization.batches_model import Estimates, Params, Result, View
from scenes.optimization.batches_steps import Moment
from scenes.picture import Curve, Line, Mark, Panel, Role, Scatter, Text
from scenes.scene import Target, locked

NAMES = ("full batch", "1 sample", "mini-batch")
TURN = np.linspace(0, 2 * np.pi, 65)
CIRCLE = np.stack([np.cos(TURN), np.sin(TURN)])
DECADES = 8.0  # of loss that are shown at most
LONG = 100  # places of a curve, beyond which it is drawn piece by piece


def loss_panel(params: Params, result: Result, moment: Moment | None, hover: Target | None) -> Panel:
    """The loss over all samples by updates or by samples read, on a logarithmic scale. The axis goes from 0 to 1,
    the part of the run: so the view holds still while its length is changed. A run under way has come to `moment`.
    """
    by_updates = params.compare == "updates"
    run, far = result.run, words.far_of(params, result)
    low, high = _span(result)
    ticks = _ticks(low, high)
    rules = np.array([[(0, math.log10(tick)), (1, math.log10(tick))] for tick in ticks]).reshape(-1, 2, 2)
    marks: list[Mark] = [Line(segments=rules, role="line", width=1)]
    marks += [
        Text(at=(-0.015, math.log10(tick)), text=f"{tick:g}", align="right", role="quiet", size=0.9)
        for tick in ticks
    ]
    if result.least > 10**low:
        floor = math.log10(result.least)
        marks.append(_line((0, floor), (1, floor), "target", 1.25, dashed=True))
    marks += _loss_curves(result, by_updates, far, (low, high))
    if moment is not None:
        at = float(moment.done if by_updates else run.read[moment.done]) / far
        marks.append(_line((at, low), (at, high), "now", 1.5))
        if moment.run is not run:
            marks.append(_other_curve(moment, by_updates, far, (low, high)))
    if hover is not None and hover.panel == "loss" and 0 <= hover.x <= 1:
        marks += _read_off(params, result, hover.x, (low, high))
    marks += [
        Text(at=(0, low), text="\n0", role="quiet", size=0.9),
        Text(
            at=(0.5, low),
            text="\nupdates" if by_updates else "\nsamples read",
            align="center",
            role="quiet",
            size=0.9,
        ),
        Text(at=(1, low), text=f"\n{far:,.0f}", align="right", role="quiet", size=0.9),
    ]
    return Panel(
        key="loss", title="loss over all samples", marks=tuple(marks), view=(0, low, 1, high), place=(1, 0, 1, 2),
        square=False, down=False, fixed=True, margin=(5, 0.3, 11, 1.7),
    )  # fmt: skip


def _loss_curves(result: Result, by_updates: bool, far: float, span: tuple[float, float]) -> list[Mark]:
    """The three curves, the chosen one on top; below the chart's end they are not drawn."""
    low, high = span
    marks: list[Mark] = []
    ends = []
    for n in sorted(range(3), key=lambda n: n == result.chosen):
        run = result.runs[n]
        across = np.arange(run.updates + 1.0) if by_updates else run.read.astype(np.float64)
        heights = _logs(run.loss, low - 1, high)
        if across[-1] < far:  # what it has read since is not enough for another update
            across, heights = np.append(across, far), np.append(heights, heights[-1])
        ends.append((max(float(heights[-1]), low), n))
        seen = heights >= low
        chosen = n == result.chosen
        role: Role = "output" if chosen else "quiet"
        x, y, width = across[seen] / far, heights[seen], 1.75 if chosen else 1.0
        if (
            len(x) > LONG and n
        ):  # pieces that lie over one another are drawn far faster one by one than as one curve
            places = np.stack([x, y], 1)
            marks.append(Line(segments=np.stack([places[:-1], places[1:]], 1), role=role, width=width))
        else:
            marks.append(Curve(x=x, y=y, role=role, width=width, dashed=n == 0))
    return [*marks, *_names(result, ends, span)]


def _other_curve(moment: Moment, by_updates: bool, far: float, span: tuple[float, float]) -> Curve:
    """The losses of a run that is not the engine's, as far as it has come."""
    run = moment.run
    across = np.arange(run.updates + 1.0) if by_updates else run.read.astype(np.float64)
    count = moment.done + 1
    heights = _logs(np.nan_to_num(run.loss[:count], nan=np.inf), *span)
    return Curve(x=across[:count] / far, y=heights, role="now", width=1.5)


def _span(result: Result) -> tuple[float, float]:
    """Logarithms of the lowest and highest loss on the chart."""
    losses = np.concatenate([run.loss for run in result.runs])
    top = min(max(float(losses[np.isfinite(losses)].max()), 1e-9), 100 * float(result.runs[0].loss[0]) + 1e-9)
    bottom = max(float(losses.min()) if np.isfinite(losses.min()) else top, result.least, top * 10**-DECADES)
    low, high = math.log10(bottom), math.log10(top)
    room = 0.03 * (high - low)
    return math.floor(5 * (low - room)) / 5, math.ceil(5 * (high + room) + 1e-9) / 5  # the view holds still


def _logs(loss: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    clipped: NDArray[np.float64] = np.log10(np.clip(loss, 10**low, 10**high))
    return clipped


def _ticks(low: float, high: float) -> list[float]:
    """A few round values between two logarithms."""
    for leads in ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7)):
        found = [
            lead * 10.0**k
            for k in range(math.floor(low), math.ceil(high) + 1)
            for lead in leads
            if low <= math.log10(lead * 10.0**k) <= high
        ]
        if len(found) >= 3:
            break
    return found


def _names(result: Result, ends: list[tuple[float, int]], span: tuple[float, float]) -> list[Mark]:
    """Each curve's name at its end; names keep their distance."""
    gap = 0.14 * (span[1] - span[0])
    places, place = {}, -math.inf
    for y, n in sorted(ends):
        place = max(y, place + gap)
        places[n] = place
    return [
        Text(
            at=(1.015, y), text=NAMES[n] if n < 2 else f"{result.runs[2].size} samples",
            role="output" if n == result.chosen else "quiet", size=0.95,
        )
        for n, y in places.items()
    ]  # fmt: skip


def _read_off(params: Params, result: Result, x: float, span: tuple[float, float]) -> list[Mark]:
    dots = []
    for run in result.runs:
        at = words.place_on(run, x * words.far_of(params, result), params.compare)
        dots.append((x, float(_logs(run.loss[at : at + 1], *span)[0])))
    return [
        _line((x, span[0]), (x, span[1]), "quiet", 0.75),
        Scatter(points=locked(np.array(dots)), role="quiet", size=6),
    ]


# ---------------------------------------------------------------------------- gradient estimates


def scatter_panel(
    result: Result,
    estimates: Estimates,
    batch: NDArray[np.int64] | None,
    hover: Target | None,
) -> Panel:
    """What batches of the chosen size take the gradient for, about what it is. The scale is that of single
    samples, whatever the size: so one sees the cloud shrink.
    """
    view = _gradient_view(estimates)
    x1, y1, x2, y2 = view
    full = estimates.full
    single, spread = _ring(estimates, 1.0), _ring(estimates, _share(result, estimates))
    marks: list[Mark] = [
        Line(segments=np.array([[(x1, 0), (x2, 0)], [(0, y1), (0, y2)]], float), role="line", width=1),
        Curve(x=single[0], y=single[1], role="quiet", width=0.75, dashed=True),
        Scatter(points=_within(estimates.dots, view), role="gradient", size=4),
        Curve(x=spread[0], y=spread[1], role="text", width=0.75),
        Scatter(points=locked(full[None].copy()), role="target", size=13, symbol="cross"),
    ]
    if batch is not None:
        marks.append(
            Scatter(
                points=_within(estimates.samples[batch].mean(0)[None], view),
                role="now",
                size=12,
                symbol="ring",
            )
        )
    if hover is not None and hover.handle == "point" and 0 <= hover.index < len(result.points):
        own = _within(estimates.samples[[hover.index]], view)
        marks.append(
            Scatter(points=own, role="now", size=12, symbol="ring", labels=(f"sample {hover.index}",))
        )
    where = "at the start" if estimates.weights == result.start else "here"
    marks += [
        Text(at=(x2, y1), text="\nby w →", align="right", role="quiet", size=0.9),
        Text(at=(x1, y1), text="\nby b ↑", role="quiet", size=0.9),
        Text(at=(x1, y2), text=f"batches of {result.run.size}, {where}", role="quiet", size=0.9),
    ]
    return Panel(
        key="scatter", title="gradient estimates", marks=tuple(marks), view=view,
        place=(1, 2, 1, 1), square=False, down=False, fixed=True, margin=(0.5, 0.3, 0.5, 1.7),
    )  # fmt: skip


def _gradient_view(estimates: Estimates) -> View:
    """Room for nearly all single samples' gradients, and for 0."""
    spread = np.maximum(3 * estimates.samples.std(0), 1e-3 + 0.2 * np.abs(estimates.full))
    low = np.minimum(estimates.full - spread, -0.1 * spread)
    high = np.maximum(estimates.full + spread, 0.1 * spread)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _within(points: NDArray[np.float64], view: View) -> NDArray[np.float64]:
    """Points, those out of view at its edge."""
    return locked(np.clip(points, view[:2], view[2:]))


def _share(result: Result, estimates: Estimates) -> float:
    """The spread of estimates by the chosen batch size, over that of single samples, as the law has it."""
    at = int(np.flatnonzero(result.sizes == result.run.size)[0])
    first = float(estimates.expected[0])
    return float(estimates.expected[at]) / first if first > 0 else 0.0


def _ring(estimates: Estimates, share: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ellipse two standard deviations from the full gradient, where they are such a share of single samples'."""
    away = estimates.samples - estimates.full
    values, vectors = np.linalg.eigh(away.T @ away / len(away))
    radii = 2 * share * np.sqrt(np.maximum(values, 0))
    ring = estimates.full[:, None] + vectors @ (radii[:, None] * CIRCLE)
    return ring[0], ring[1]


# ---------------------------------------------------------------------------- their spread by batch size


def spread_panel(result: Result, estimates: Estimates, hover: Target | None) -> Panel:
    """How far estimates lie from the full gradient against the batch size, both by powers; the 1/sqrt(n) law."""
    count = len(result.points)
    sizes = result.sizes.astype(np.float64)
    first = max(float(estimates.expected[0]), 1e-9)
    high = math.log10(first) + 0.15
    low = math.log10(first / math.sqrt(count)) - 0.45
    x, far = np.log10(sizes), math.log10(count)
    law = math.log10(first) - 0.5 * x
    rules = np.array([[(at, low), (at, high)] for at in map(math.log10, _shown_sizes(count))])
    marks: list[Mark] = [Line(segments=rules, role="line", width=1)]
    marks.append(Curve(x=x, y=law, role="quiet", width=1.25, dashed=True))
    marks.append(Text(at=(1.03 * far, float(law[-1])), text="1/√n", role="quiet", size=0.9))
    if not result.replacement:
        fine = np.geomspace(1, count, 80)
        exact = first / np.sqrt(fine) * np.sqrt((count - fine) / max(count - 1, 1))
        seen = exact > 10**low
        marks.append(Curve(x=np.log10(fine[seen]), y=np.log10(exact[seen]), role="target", width=1.25))
    shown = estimates.measured > 10**low
    marks.append(
        Scatter(
            points=locked(np.stack([x[shown], np.log10(estimates.measured[shown])], 1)),
            role="gradient",
            size=6,
        )
    )
    now = math.log10(result.run.size)
    at = int(np.flatnonzero(result.sizes == result.run.size)[0])
    height = float(_logs(estimates.measured[at : at + 1], low, high)[0])
    marks.append(_line((now, low), (now, high), "now", 1.5))
    if hover is not None and hover.panel == "spread":
        near = words.size_near(result, 10**hover.x)
        place = [x[near], float(_logs(estimates.measured[near : near + 1], low, high)[0])]
        marks.append(Scatter(points=locked(np.array([place])), role="now", size=12, symbol="ring"))
    marks.append(
        Scatter(
            points=locked(np.array([(now, height)])), role="gradient", size=11, handle="size", movable=True
        )
    )
    marks += [
        Text(at=(math.log10(n), low), text=f"\n{n}", align="center", role="quiet", size=0.9)
        for n in _shown_sizes(count)
    ]
    marks += [
        Text(at=(-0.03 * far, math.log10(t)), text=f"{t:g}", align="right", role="quiet", size=0.9)
        for t in _ticks(low, high)
    ]
    return Panel(
        key="spread", title="spread by batch size", marks=tuple(marks),
        view=(0, low, max(far, 0.1), high),
        place=(1, 3, 1, 1), square=False, down=False, fixed=True, margin=(5, 0.3, 4.5, 1.7),
    )  # fmt: skip


def _shown_sizes(count: int) -> list[int]:
    """Batch sizes named on the axis: 1, 4, 16, ... and all."""
    powers = [4**k for k in range(6) if 4**k < count / 1.8]
    return [*powers, count]


def _line(
    start: tuple[float, float], end: tuple[float, float], role: Role, width: float, dashed: bool = False
) -> Line:
    return Line(segments=np.array([[start, end]], float), role=role, width=width, dashed=dashed)

"""The picture: the points with the line through them, three descents on the loss surface, three charts."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.trace import Frame
from scenes.optimization import batches_words as words
from scenes.optimization.batches_charts import loss_panel, scatter_panel, spread_panel
from scenes.optimization.batches_lines import clipped, through
from scenes.optimization.batches_model import Estimates, Params, Result, Run, View, estimates_at
from scenes.optimization.batches_steps import Moment, done_by, moment_of, whole
from scenes.picture import Arrow, Contours, Heatmap, Line, Mark, Panel, Picture, Region, Role, Scatter, Text
from scenes.scene import State, Target, locked

KEYS = ("run full", "run single", "run mini")
MARGIN = (0.3, 0.2, 0.3, 4.3)  # room for the lines below
LONGEST = 400  # vertices of a path drawn one by one; what comes later is thinned
CONTOURS = tuple((k / 9.0) for k in range(1, 9))


def picture(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """What the points say of a line, and how three ways of reading them come down to it."""
    params: Params = state.params
    stepped = moment_of(frame, result)
    runs = [stepped.run if n == result.chosen else run for n, run in enumerate(result.runs)]
    number, moment = _looked_at(result, stepped, runs, hover)
    at_start = frame is None and not moment.update
    estimates = estimates_at(result, result.start if at_start else moment.before)
    done = [_done(result, other, stepped, params) if frame else other.updates for other in result.runs]
    return Picture(
        panels=(
            _cloud_panel(result, moment, frame, hover),
            *(
                _surface_panel(result, n, runs[n], done[n], moment if n == number else None, estimates)
                for n in range(3)
            ),
            loss_panel(params, result, stepped if frame else None, hover),
            scatter_panel(result, estimates, moment.batch if moment.after else None, hover),
            spread_panel(result, estimates, hover),
        ),
        columns=(26, 25, 25, 25),
        rows=(57, 43),
        sentence=_sentence(params, result, runs, estimates, stepped, frame, hover),
        focus="start",
    )


def _sentence(
    params: Params, result: Result, runs: list[Run], estimates: Estimates, moment: Moment, frame: Frame | None,
    hover: Target | None,
) -> str:  # fmt: skip
    if frame is None or hover is not None:
        return words.sentence(params, result, runs, estimates, hover)
    return "" if frame.narrated else words.under_way(moment)


def _looked_at(result: Result, stepped: Moment, runs: list[Run], hover: Target | None) -> tuple[int, Moment]:
    """The run and the update of it that the picture is about."""
    if hover is not None and hover.handle == "path" and hover.panel in words.RUN_OF:
        number = words.RUN_OF[hover.panel]
        return number, whole(runs[number], words.update_at(runs[number], hover.index))
    return result.chosen, stepped


def _done(result: Result, run: Run, stepped: Moment, params: Params) -> int:
    return done_by(result, run, stepped.done, params.compare)


# ---------------------------------------------------------------------------- the points


def _cloud_panel(result: Result, moment: Moment, frame: Frame | None, hover: Target | None) -> Panel:
    """The points, the best line, the line at hand, and the samples that it is about to learn from."""
    x1, y1, _, y2 = view = result.cloud
    weights = moment.before
    if moment.stage == "update" and moment.after is not None:
        shown = moment.after
    elif frame is not None or moment.update:
        shown = weights
    else:
        shown = _last(moment.run)
    chosen = _pointed(result, hover)
    marks: list[Mark] = [
        Region(extent=view, role="line", width=1),
        Line(segments=through(result.best, view), role="target", dashed=True, width=1.5),
    ]
    if shown != weights and (moment.update or len(chosen)):  # the line that gradients are taken at
        marks.append(Line(segments=through(weights, view), role="weight", width=1.25, dashed=True))
    marks.append(Line(segments=through(shown, view), role="weight", width=2.5))
    batch = moment.batch
    if batch is not None and moment.stage != "batch":
        marks.append(Line(segments=_errors(result.points[batch], weights), role="gradient", width=1.5))
    marks.append(Scatter(points=result.points, role="input", size=7, handle="point", movable=True))
    if batch is not None:
        marks.append(_ring(result, batch))
    if len(chosen):
        marks += [
            Line(segments=_errors(result.points[chosen], weights), role="gradient", width=2),
            _ring(result, chosen),
        ]
    marks += [
        Text(at=(x1, y1 + 0.06 * (y2 - y1)), text=" x →", role="input"),
        Text(at=(x1, y2 - 0.06 * (y2 - y1)), text=" y ↑", role="input"),
        Text(at=(x1, y1), text=f"\n{words.line(shown)}", role="weight", size=1.1),
        Text(at=(x1, y1), text=f"\n\n{words.line(result.best)}, best", role="target", size=1.1),
    ]
    return Panel(
        key="cloud", title=f"{len(result.points)} samples and a line", marks=tuple(marks),
        view=view, square=False, down=False, fixed=True, margin=MARGIN,
    )  # fmt: skip


def _last(run: Run) -> tuple[float, float]:
    w, b = run.path[run.updates].tolist()
    return w, b


def _pointed(result: Result, hover: Target | None) -> NDArray[np.int64]:
    """The sample under the pointer, (1,) or (0,)."""
    on_one = hover is not None and hover.handle == "point" and 0 <= hover.index < len(result.points)
    return np.array([hover.index] if hover is not None and on_one else [], np.int64)


def _ring(result: Result, samples: NDArray[np.int64]) -> Scatter:
    """Samples lit up; one alone with its number."""
    told = (f"sample {int(samples[0])}",) if len(samples) == 1 else ()
    return Scatter(points=locked(result.points[samples]), role="now", size=13, symbol="ring", labels=told)


def _errors(points: NDArray[np.float64], weights: tuple[float, float]) -> NDArray[np.float64]:
    """From each point up or down to the line, (n, 2, 2)."""
    ends = points.copy()
    ends[:, 1] = weights[0] * points[:, 0] + weights[1]
    return np.stack([points, ends], 1)


# ---------------------------------------------------------------------------- the surfaces


def _surface_panel(
    result: Result, number: int, run: Run, done: int, moment: Moment | None, estimates: Estimates
) -> Panel:
    """A run on the loss surface, and below it what it has cost."""
    surface = result.surface
    chosen = number == result.chosen
    marks: list[Mark] = [*_ground(result, number)]
    marks += _path(run, done, surface.view)
    if moment is not None and moment.update:
        marks += _step(result, moment, estimates)
    elif done and done <= 12:
        marks.append(_arrow(run, done))
    marks.append(
        Scatter(points=locked(np.array([result.start])), role="weight", size=11, handle="start", movable=True)
    )
    marks.append(Region(extent=surface.view, role="accent" if chosen else "line", width=2.5 if chosen else 1))
    marks += _counters(result, run, done, chosen)
    return Panel(
        key=KEYS[number], title=words.TITLES[number], marks=tuple(marks), view=surface.view,
        place=(0, number + 1, 1, 1), square=False, down=False, fixed=True, margin=MARGIN,
    )  # fmt: skip


@lru_cache(16)
def _ground(result: Result, number: int) -> tuple[Mark, ...]:
    """The heat map with its contours, the axes' names and the best line's place: the same at every step."""
    surface = result.surface
    w1, b1, _, b2 = surface.view
    high = float(f"{surface.highest:.2g}")
    low = float(f"{result.least:.2g}") if result.least > 1e-6 * high else 0.0
    return (
        Heatmap(
            values=surface.levels,
            range=(low, high if high > low else low + 1e-6),
            extent=surface.view,
            strength=0.55,
            legend="" if number else "loss, root scale",
        ),
        Contours(values=surface.nodes, levels=CONTOURS, extent=surface.view, role="line"),
        Text(at=(w1, b1 + 0.06 * (b2 - b1)), text=" w →", role="weight"),
        Text(at=(w1, b2 - 0.06 * (b2 - b1)), text=" b ↑", role="weight"),
        Scatter(
            points=locked(np.array([result.best])), role="target", size=13, symbol="cross", handle="best"
        ),
    )


def _path(run: Run, done: int, view: View) -> list[Mark]:
    """The way so far as far as it is in view, with a dot at every place that an update led to."""
    path = _finite(run.path[: done + 1])
    drawn = path
    if len(path) > 2 * LONGEST:  # by then it rattles about one place
        late = np.linspace(LONGEST, len(path) - 1, LONGEST).astype(int)
        drawn = np.concatenate([path[:LONGEST], path[late]])
    dots = path[[n for n in words.vertices(run.updates) if n < len(path)]]
    inside = np.all((dots >= view[:2]) & (dots <= view[2:]), axis=1)
    dots = np.where(inside[:, None], dots, np.nan)
    return [
        Line(segments=clipped(np.stack([drawn[:-1], drawn[1:]], 1), view), role="gradient", width=1.75),
        Scatter(points=locked(dots), role="gradient", size=4 if len(dots) < 100 else 2.5, handle="path"),
    ]


def _finite(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """As far as it can be drawn."""
    lost = np.flatnonzero(~(np.abs(path) < 1e6).all(1))
    return path[: lost[0]] if len(lost) else path


def _arrow(run: Run, update: int) -> Arrow:
    return _between(run.path[update - 1], run.path[update], "now")


def _step(result: Result, moment: Moment, estimates: Estimates) -> list[Mark]:
    """The update at hand: each sample's own way, faint, and the mean of them, which is taken."""
    before, after = np.array(moment.before), np.array(moment.before if moment.after is None else moment.after)
    if not (np.abs(np.stack([before, after])) < 1e6).all():
        return []
    batch = moment.batch if moment.batch is not None else np.empty(0, np.int64)
    marks: list[Mark] = []
    if moment.stage in ("gradient", "update"):
        if len(batch) > 1:
            own = before - result.lr * estimates.samples[batch]
            marks.append(
                Line(
                    segments=np.stack([np.broadcast_to(before, own.shape), own], 1),
                    role="gradient",
                    width=0.75,
                )
            )
        if 0 < len(batch) < len(result.points):
            full = np.stack([before, before - result.lr * estimates.full])[None]
            marks.append(
                Line(segments=clipped(full, result.surface.view), role="target", dashed=True, width=1.5)
            )
        if moment.after is not None:
            marks.append(_between(before, after, "now"))
    at = after if moment.stage == "update" else before
    marks.append(Scatter(points=locked(at[None].copy()), role="now", size=10, symbol="ring"))
    return marks


def _between(start: NDArray[Any], end: NDArray[Any], role: Any) -> Arrow:
    ends = [tuple(np.clip(np.nan_to_num(place, nan=1e6), -1e6, 1e6).tolist()) for place in (start, end)]
    return Arrow(tail=ends[0], head=ends[1], role=role)


def _counters(result: Result, run: Run, done: int, chosen: bool) -> list[Mark]:
    """Updates, what was read for them, and the loss they came to. An empty line keeps off the border."""
    w1, b1, _, _ = result.surface.view
    read = int(run.read[done])
    passes = words.passes(run, done, len(result.points))
    role: Role = "text" if chosen else "quiet"
    made = f"\n{words.counted(done, 'update')} of {run.size}"
    came = f"\n\n\n{passes} pass{'es' * (passes != '1')}, loss {words.loss(float(run.loss[done]))}"
    return [
        Text(at=(w1, b1), text=made, role=role, size=1.1),
        Text(at=(w1, b1), text=f"\n\n{words.counted(read, 'sample')} read", role="input", size=1.1),
        Text(at=(w1, b1), text=came, role=role, size=1.1),
    ]

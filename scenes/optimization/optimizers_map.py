"""The landscape with eight ways on it; the map of basins; and the counter-example, along time."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.functions.surface import View
from engine.optimization.settings import Name
from scenes.optimization.hues import hues_of
from scenes.optimization.landscape import ground, landscape_of
from scenes.optimization.optimizers_model import Basins, Race, Result, Track, shown_surface
from scenes.optimization.optimizers_steps import Moment
from scenes.optimization.optimizers_words import LETTERED, LETTERS, TITLES
from scenes.picture import Arrow, Contours, Curve, Heatmap, Image, Line, Mark, Panel, Role, Scatter, Text
from scenes.scene import locked

Arrays = NDArray[np.float64]
DASHES: dict[Name, tuple[float, ...]] = {  # in widths of the line
    "sgd": (), "momentum": (7, 3), "nesterov": (2, 2), "adagrad": (9, 3, 2, 3), "rmsprop": (4, 2),
    "adadelta": (1, 3), "adam": (), "adamw": (12, 4),
}  # fmt: skip
REACH = 0.16  # of the longest arrow, in widths of the view


def map_panel(moment: Moment, *, basins: bool) -> Panel:
    """The surface from above with each way as far as the run has come, or whole with a dot at the step looked at."""
    result, done, whole = moment.result, moment.done, moment.frame is None
    race = result.race
    if race.surface is None:
        return online_panel(result, done, whole=whole)
    land = landscape_of(shown_surface(race.surface, race.view))
    marks: list[Mark] = list(ground(land))
    if basins and result.basins is not None:
        lines = Contours(values=land.nodes, levels=land.lines, extent=race.view, role="line")
        marks = [*_basin_marks(result.basins, race.view, len(race.schedule)), lines]
    marks += _minima(result, basins=basins)
    names = [race.chosen] if basins else [*(n for n in race.names if n != race.chosen), race.chosen]
    for name in names:
        marks.append(_way(name, result.tracks[name], race, done, whole=whole))
    if result.twin is not None:
        marks.append(_twin(result.twin, race.view, done, whole=whole))
    marks += _dots(result, names, done)
    marks += _here(moment)
    if not basins:
        marks += _arrows(moment)
        marks += _names(result, names, done, whole=whole)
    marks.append(_start(race.start))
    return Panel(
        key="map", marks=tuple(marks), view=race.view, place=(0, 0, 3, 1), down=False, axes=True,
        square=not basins,  # no start is mapped but those in view: let them fill the room
    )  # fmt: skip


def _start(place: tuple[float, float]) -> Scatter:
    """The ring that can be dragged."""
    return Scatter(
        points=locked(np.array([place])), role="input", size=17, symbol="ring", handle="start", movable=True
    )


def _way(name: Name, track: Track, race: Race, done: int, *, whole: bool) -> Curve:
    path = _clipped(track.path if whole else track.path[: done + 1], race.view)
    chosen = name == race.chosen
    return Curve(
        x=path[:, 0], y=path[:, 1], role="weight" if chosen else "text", width=1.7 if chosen else 0.5,
        dash=() if chosen else DASHES[name],
    )  # fmt: skip


def _twin(twin: Track, view: View, done: int, *, whole: bool) -> Curve:
    path = _clipped(twin.path if whole else twin.path[: done + 1], view)
    return Curve(x=path[:, 0], y=path[:, 1], role="now", width=1.0, dash=(4, 3))


def _clipped(path: Arrays, view: View) -> Arrays:
    """The path as far as it stays near the view: a line that leaves for good need not be drawn to its end."""
    x1, y1, x2, y2 = view
    width, height = x2 - x1, y2 - y1
    return np.clip(path, [x1 - width, y1 - height], [x2 + width, y2 + height])


def _dots(result: Result, names: list[Name], done: int) -> list[Mark]:
    """Where each is after `done` steps."""
    race = result.race
    others = [result.tracks[n].path[done] for n in names if n != race.chosen]
    marks: list[Mark] = []
    if others:
        places = _clipped(np.array(others), race.view)
        marks.append(Scatter(points=locked(places), role="text", size=7))
    if result.twin is not None:
        place = _clipped(result.twin.path[done][None], race.view)
        marks.append(Scatter(points=locked(place), role="now", size=10, symbol="ring"))
    path = _clipped(result.tracks[race.chosen].path[: done + 1], race.view)
    if done <= 200:
        marks.append(Scatter(points=locked(path), role="weight", size=4.5, handle="path"))
    return marks


def _here(moment: Moment) -> list[Mark]:
    """Where the chosen one stands, and what it has gone of the step under way."""
    ends = _clipped(
        np.stack([moment.result.tracks[moment.result.race.chosen].path[moment.done], moment.here]),
        moment.result.race.view,
    )
    marks: list[Mark] = [Scatter(points=locked(ends[1:].copy()), role="now", size=12)]
    if moment.step > moment.done and not np.array_equal(*ends):
        marks.insert(0, Line(segments=locked(ends[None].copy()), role="weight", width=1.7))
    return marks


def _names(result: Result, names: list[Name], done: int, *, whole: bool) -> list[Mark]:
    """Each way's name, beside it where it is by itself; the chosen one's first."""
    marks: list[Mark] = []
    for name in reversed(names):
        at = result.labels[name] if whole else min(result.labels[name], done)
        role: Role = "weight" if name == result.race.chosen else "quiet"
        path = result.tracks[name].path[: at + 1]
        place = locked(path[np.isfinite(path).all(1)][-1:].copy())  # where it last was, if it is gone
        marks.append(Scatter(points=place, role=role, size=3, labels=(TITLES[name],)))
    if result.twin is not None and done:
        at = min(max(1, len(result.twin.path) // 8), done)
        place = locked(result.twin.path[at][None].copy())
        marks.append(Scatter(points=place, role="quiet", size=3, labels=(twin_title(result),)))
    return marks


def twin_title(result: Result) -> str:
    """What the dashed twin of the chosen one is."""
    settings = result.race.settings[result.race.chosen]
    if settings.correction != "power":
        return "as published"
    return "eps beside the root" if settings.eps_inside else f"plain {TITLES[result.race.chosen]}"


def _arrows(moment: Moment) -> list[Mark]:
    """What the step to here is made of, as far as it is made: where steps are sums, to one scale; else the slope's
    way and the step's, both to one length.
    """
    result = moment.result
    race = result.race
    if not 1 <= moment.step < len(result.tracks[race.chosen].path):
        return []
    rows = {
        name: np.array(values) for name, (values, age) in moment.row_values.items() if values and age != "old"
    }
    x, y = result.tracks[race.chosen].path[moment.step - 1].tolist()
    parts = _parts(rows, race.rates[race.chosen] * race.schedule[moment.step - 1], race.chosen)
    reach = REACH * (race.view[2] - race.view[0])
    sizes = [float(np.hypot(*vector)) for *_, vector in parts]
    if not all(map(math.isfinite, (x, y, *sizes))) or max(sizes, default=0.0) < 1e-12:
        return []
    common = race.chosen == "momentum"
    marks: list[Mark] = []
    tail = (x, y)
    for (label, role, vector), size in zip(parts, sizes, strict=True):
        longest = max(sizes) if common else size
        if size < 1e-12 or size < 0.02 * longest:
            continue
        dx, dy = (vector * (reach / longest)).tolist()
        begin = (x, y) if label in ("step", "−gradient") else tail
        head = (begin[0] + dx, begin[1] + dy)
        marks.append(Arrow(tail=begin, head=head, role=role, label=label))
        tail = head
    return marks


def _parts(rows: dict[str, Arrays], lr: float, name: Name) -> list[tuple[str, Role, Arrays]]:
    """The vectors that a step is made of, as far as there are any yet, and the step."""
    parts: list[tuple[str, Role, Arrays]] = []
    if name == "momentum" and "kept" in rows:
        parts.append(("kept", "accent", -lr * rows["kept"]))
        if "velocity" in rows:
            parts.append(("gradient", "gradient", -lr * (rows["velocity"] - rows["kept"])))
    elif "g" in rows:
        parts.append(("−gradient", "gradient", -rows["g"]))
    if "step" in rows:
        parts.append(("step", "output", rows["step"]))
    return parts


def _minima(result: Result, *, basins: bool) -> list[Mark]:
    surface = result.race.surface
    if basins and result.basins is not None:
        minima = result.basins.minima
        if not len(minima):
            return []
        few = len(minima) <= LETTERED
        labels = tuple(LETTERS[: len(minima)]) if few else ()
        return [Scatter(points=minima, role="target", size=9 if few else 4, labels=labels)]
    if surface is None or not surface.minima:
        return []
    return [Scatter(points=locked(np.array(surface.minima)), role="target", size=12, symbol="cross")]


@lru_cache(8)
def _basin_marks(basins: Basins, view: View, steps: int) -> tuple[Mark, ...]:
    """A hue for each minimum, the darker the longer it took; grey where none was reached, black run away."""
    ends, times = basins.ends[::-1], basins.steps[::-1]  # row 0 of a map is on top
    levels = (
        hues_of(basins.minima)[np.maximum(ends, 0)] if len(basins.minima) else np.zeros(ends.shape)
    ).astype(np.uint8)
    shade = np.zeros((*ends.shape, 4), np.uint8)
    shade[..., 3] = (190 * np.sqrt(np.clip(times / max(steps, 1), 0, 1))).astype(np.uint8)
    shade[ends == -1] = (110, 110, 110, 255)
    shade[ends == -2] = (12, 12, 14, 255)
    return (
        Heatmap(values=locked(levels), range=(0, 255), colormap="hue", extent=view),
        Image(pixels=locked(shade), extent=view),
    )


# ---------------------------------------------------------------------------- the counter-example


def online_panel(result: Result, done: int, *, whole: bool) -> Panel:
    """x over the steps, between the walls; down is better."""
    race = result.race
    last = len(race.schedule)
    count = last if whole else done
    time = np.arange(count + 1.0)
    marks: list[Mark] = [
        Line(segments=np.array([[(0, y), (last, y)] for y in (-0.5, 0.0, 0.5, 1.0)]), role="line"),
        Line(segments=np.array([[(0, -1), (last, -1)]], float), role="target", width=3),
        Text(at=(last * 0.01, -1.1), text="best: x = −1", role="target"),
        Text(at=(last * 0.01, 1.1), text="worst: x = 1", role="quiet"),
    ]
    if result.twin is not None:
        marks.append(Curve(x=time, y=result.twin.path[: count + 1, 0], role="weight", width=1.0, dash=(4, 4)))
    for name in (*(n for n in race.names if n != race.chosen), race.chosen):
        chosen = name == race.chosen
        marks.append(
            Curve(
                x=time, y=result.tracks[name].path[: count + 1, 0], role="weight" if chosen else "text",
                width=1.7 if chosen else 0.5, dash=() if chosen else DASHES[name],
            )
        )  # fmt: skip
    marks += _online_names(result, count)
    here = np.array([[done, result.tracks[race.chosen].path[done, 0]]])
    marks.append(Scatter(points=locked(here), role="now", size=12))
    marks.append(_start((0.0, race.start[0])))
    return Panel(
        key="map", marks=tuple(marks), view=(0, -1.15, last, 1.15), place=(0, 0, 3, 1), square=False, down=False,
        axes=True, x_label="step", y_label="x",
    )  # fmt: skip


def _online_names(result: Result, count: int) -> list[Mark]:
    race = result.race
    ways = [(TITLES[n], result.tracks[n], n == race.chosen) for n in race.names]
    if race.settings[race.chosen].amsgrad:
        ways = [(f"{t} with AMSGrad" if chosen else t, w, chosen) for t, w, chosen in ways]
    if result.twin is not None:
        ways.append((twin_title(result), result.twin, False))
    ways.sort(key=lambda way: not way[2])
    marks: list[Mark] = []
    for title, way, chosen in ways:
        place = np.array([[0.72 * count, way.path[round(0.72 * count), 0]]])
        role: Role = "weight" if chosen else "quiet"
        marks.append(Scatter(points=locked(place), role=role, size=3, labels=(title,)))
    return marks

"""Beside the map: who stands where, what the chosen one has in mind, and the losses over time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.optimization.settings import NAMES, Name
from scenes.optimization.optimizers_map import DASHES
from scenes.optimization.optimizers_memory import Row
from scenes.optimization.optimizers_model import Result
from scenes.optimization.optimizers_steps import Moment
from scenes.optimization.optimizers_words import MINUS, SHORT_UNITS, TITLES, number
from scenes.picture import Align, Curve, Line, Mark, Panel, Region, Role, Scatter, Text
from scenes.scene import Target, locked

Arrays = NDArray[np.float64]
LOWEST = 1e-12  # on the logarithmic scale of losses


def standings_panel(result: Result, done: int, hover: Target | None) -> Panel:
    """A row each: the line as it is on the map, the name, the rate, the loss now and at the end."""
    marks: list[Mark] = [
        Text(at=(x, 0.5), text=text, align=align, role="quiet", size=0.9) for x, text, align in _heads(done)
    ]
    pointed = hover.handle if hover is not None and hover.panel == "standings" else ""
    for row, name in enumerate(NAMES, start=1):
        marks += _standing(row, name, result, done, pointed=name == pointed)
    return Panel(
        key="standings", marks=tuple(marks), view=(0, 0, 10, 9), place=(0, 1, 1, 1), square=False, fixed=True,
        margin=(0.5, 0.2, 0.5, 0.2),
    )  # fmt: skip


def _heads(done: int) -> tuple[tuple[float, str, Align], ...]:
    return (1.9, "optimizer", "left"), (7.0, "rate", "right"), (9.9, f"f after {done}", "right")


def _standing(row: int, name: Name, result: Result, done: int, *, pointed: bool) -> list[Mark]:
    race = result.race
    chosen, track = name == race.chosen, result.tracks.get(name)
    ink: Role = "text" if chosen else "quiet"
    marks: list[Mark] = [
        Region(
            extent=(0, row + 0.04, 10, row + 0.96), role="accent" if chosen else "line", width=0,
            fill=chosen or pointed, handle=name,
        ),
        Text(at=(1.9, row + 0.5), text=TITLES[name], role=ink),
    ]  # fmt: skip
    if track is None:
        return [*marks, Text(at=(9.9, row + 0.5), text="not racing", role="quiet", align="right", size=0.9)]
    marks.append(
        Curve(
            x=_SAMPLE, y=np.full(2, row + 0.5), role="weight" if chosen else "text", width=1.7 if chosen else 0.5,
            dash=() if chosen else DASHES[name],
        )
    )  # fmt: skip
    rate = race.rates[name] * race.schedule[max(done, 1) - 1]
    numbers = ((7.0, number(rate)), (9.9, number(float(track.losses[done]))))
    marks += [Text(at=(x, row + 0.5), text=text, align="right", role=ink, mono=True) for x, text in numbers]
    return marks


_SAMPLE = locked(np.array([0.2, 1.7]))


# ---------------------------------------------------------------------------- what the chosen one has in mind


def memory_panel(moment: Moment, hover: Target | None) -> Panel:
    """A row for each quantity, along x and along y: its number, and a bar in measure of its largest in the run."""
    result, held = moment.result, moment.row_values
    rows, axes = result.memory, 1 if result.race.surface is None else 2
    marks: list[Mark] = [
        Text(at=(x, 0.45), text=text, align="right", role="quiet", size=0.9)
        for x, text in ((6.4, "along x"), (9.95, "along y"))[:axes]
    ]
    count = max(len(rows), 5)
    for place, row in enumerate(rows, start=1):
        values, age = held[row.name]
        pointed = hover is not None and hover.panel == "memory" and hover.handle == row.name
        fresh = age == "fresh"
        marks.append(
            Region(
                extent=(0, place + 0.02, 10, place + 0.98), role="now" if fresh else "line", width=1 if fresh else 0,
                fill=fresh or pointed, handle=row.name,
            )
        )  # fmt: skip
        ink: Role = "text" if values and age != "old" else "quiet"
        marks.append(Text(at=(0.2, place + 0.45), text=row.words, role=ink))
        if values:
            marks += _bars(place, row, values[:axes], ink)
    name = result.race.chosen
    title = f"{TITLES[name]}, step {max(moment.step, 1)}; {SHORT_UNITS[name]}"
    return Panel(
        key="memory", title=title, marks=tuple(marks), view=(0, 0, 10, count + 1), place=(1, 1, 1, 1), square=False,
        fixed=True, margin=(0.5, 0.2, 0.5, 0.2),
    )  # fmt: skip


def _bars(place: int, row: Row, values: tuple[float, ...], ink: Role) -> list[Mark]:
    longest, marks = row.longest, list[Mark]()
    signed = bool((row.values < 0).any())
    for value, (left, right) in zip(values, ((3.2, 6.4), (6.75, 9.95)), strict=False):
        zero = (left + right) / 2 if signed else left
        room = (right - left) / 2 if signed else right - left
        part = min(max(value / longest, -1.0), 1.0) if longest and np.isfinite(value) else 0.0
        y = place + 0.84
        marks += [
            Line(segments=np.array([[(left, y), (right, y)]]), role="line", width=1),
            Line(segments=np.array([[(zero, y), (zero + part * room, y)]]), role=row.role, width=4),
            Line(segments=np.array([[(zero, y - 0.12), (zero, y + 0.12)]]), role="quiet", width=1),
            Text(at=(right, place + 0.4), text=number(value), align="right", mono=True, size=0.95, role=ink),
        ]
    return marks


# ---------------------------------------------------------------------------- losses


def chart_panel(moment: Moment, hover: Target | None) -> Panel:
    """The loss of each over the steps, the chosen one's on top; the marker of the time can be dragged."""
    result, done = moment.result, moment.done
    race = result.race
    last = len(race.schedule)
    curves, ticks, low, high = _scaled(result, moment.engine)
    marks: list[Mark] = [
        Line(
            segments=np.array([[(0, y), (last, y)] for y, _ in ticks], float).reshape(-1, 2, 2), role="line"
        ),
        *(Text(at=(-0.015 * last, y), text=text, align="right", role="quiet", size=0.9) for y, text in ticks),
    ]
    time = np.arange(last + 1.0)
    for name in (*(n for n in race.names if n != race.chosen), race.chosen):
        chosen = name == race.chosen
        marks.append(
            Curve(
                x=time, y=curves[name], role="weight" if chosen else "text", width=1.7 if chosen else 0.5,
                dash=() if chosen else DASHES[name],
            )
        )  # fmt: skip
    if hover is not None and hover.panel == "chart" and 0 <= hover.x <= last:
        x = round(hover.x)
        marks.append(Line(segments=np.array([[(x, low), (x, high)]], float), role="quiet", width=0.75))
    marks.append(Line(segments=np.array([[(done, low), (done, high)]], float), role="now", width=1.5))
    here = float(np.nan_to_num(curves[race.chosen][done], nan=high))
    marks.append(
        Scatter(points=locked(np.array([[done, here]])), role="now", size=12, handle="time", movable=True)
    )
    return Panel(
        key="chart", title=f"f over the steps; thick: {TITLES[race.chosen]}", marks=tuple(marks),
        view=(0, low, last, high), place=(2, 1, 1, 1), square=False, down=False, fixed=True, margin=(6, 0.4, 1.5, 0.6),
    )  # fmt: skip


def _scaled(
    result: Result, engine: Result
) -> tuple[dict[Name, Arrays], list[tuple[float, str]], float, float]:
    """The losses as they are drawn, the ticks, and the lowest and highest drawn, those of the engine's own run among
    them. Above a known minimum the scale is logarithmic.
    """
    surface, tracks = result.race.surface, result.tracks
    own = engine.tracks[result.race.chosen].losses
    first = float(tracks[result.race.chosen].losses[0])
    with np.errstate(all="ignore"):
        if surface is not None and surface.minima:
            floor = min(surface.slope_at(*p)[0] for p in surface.minima)
            curves = {n: np.log10(np.maximum(t.losses - floor, LOWEST)) for n, t in tracks.items()}
            top = np.log10(max(10 * (first - floor), 1e-3))
            lowest = np.nanmin(np.log10(np.maximum(own - floor, LOWEST)))
            bottom = min(max(min(lowest, *(np.nanmin(c) for c in curves.values())), -12.0), top - 1)
            low, high = float(np.floor(bottom)), float(np.ceil(top))
            stride = max(1, round((high - low) / 4))
            exponents = range(int(low), int(high) + 1, stride)
            ticks = [
                (float(e), f"{10.0**e:g}" if -3 <= e <= 4 else f"1e{e}".replace("-", MINUS))
                for e in exponents
            ]
            return {n: np.clip(c, low, high) for n, c in curves.items()}, ticks, low, high
        curves = {n: t.losses for n, t in tracks.items()}
        every = [own, *curves.values()]
        low = max(min(float(np.nanmin(c)) for c in every), first - 4 * (abs(first) + 1))
        high = max(min(max(float(np.nanmax(c)) for c in every), first + 2 * (abs(first) + 1)), low + 1e-9)
    ticks = [(low, number(low)), ((low + high) / 2, number((low + high) / 2)), (high, number(high))]
    return {n: np.clip(c, low, high) for n, c in curves.items()}, ticks, low, high

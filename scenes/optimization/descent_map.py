"""The landscape with the descent on it, from above or from aside."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.functions.surface import Point, View
from scenes.optimization import relief
from scenes.optimization.descent_basins import NAMES, Basins
from scenes.optimization.descent_model import Inputs, Result
from scenes.optimization.descent_steps import Moment
from scenes.optimization.descent_words import number
from scenes.optimization.landscape import ground
from scenes.picture import Arrow, Heatmap, Line, Mark, Panel, Region, Role, Scatter, Text
from scenes.scene import locked

DOTS = 200  # steps up to which each has a dot
MARKED = 40  # critical points up to which all are shown, not only minima
REACH = 0.09  # of arrows and crosses, in widths of the view
SYMBOLS = (
    ("minimum", "target", "disc", 9.0),
    ("saddle", "text", "cross", 8.0),
    ("maximum", "text", "ring", 8.0),
)


def map_panel(result: Result, inputs: Inputs, at: int, moment: Moment, lens: str) -> Panel:
    """From above: heat map and contours, critical points, the path up to a step, and the slope and curvature
    at point `at` of it.
    """
    marks: list[Mark] = list(ground(result.landscape))
    if lens == "basins" and result.basins is not None:
        marks[0] = _basin_map(result.basins)
    marks += _critical(result)
    if lens == "chord":
        marks += _chord(result, inputs)
    marks += _path(result.path[: moment.upto + 1], result.landscape.view)
    slope = moment.gradient if moment.gradient and at == moment.kept else tuple(result.gradient[at].tolist())
    marks += _slope_and_curvature(result, at, slope)
    if lens == "basins" and result.basins is not None:
        marks += _letters(result.basins)
        marks.append(Region(extent=result.landscape.view, role="text", width=1))  # whose starts are counted
    marks += _handles(result.path[0], result.path[moment.upto], result.path[at])
    return Panel(
        key="map", marks=tuple(marks), view=result.landscape.view, place=(0, 0, 3, 1), down=False, axes=True,
    )  # fmt: skip


def relief_panel(result: Result, inputs: Inputs, at: int, upto: int) -> Panel:
    """From aside. A drag on the ground turns it."""
    camera = (inputs.azimuth, inputs.elevation)
    path = relief.lifted(result.landscape, result.path, result.loss, *camera)
    marks: list[Mark] = [relief.faces_of(result.landscape, *camera)]
    shown = result.critical if len(result.critical) <= MARKED else ()
    for kind, role, symbol, size in SYMBOLS:
        some = np.array([(c.x, c.y) for c in shown if c.kind == kind]).reshape(-1, 2)
        if len(some):
            values = np.array([result.surface.slope_at(*p)[0] for p in some.tolist()])
            places = relief.lifted(result.landscape, some, values, *camera)
            marks.append(Scatter(points=locked(places), role=role, symbol=symbol, size=size))  # type: ignore[arg-type]
    marks += _path(path[: upto + 1], relief.SHEET)
    marks += _handles(path[0], path[upto], path[at])
    return Panel(
        key="relief", marks=tuple(marks), view=relief.SHEET, place=(0, 0, 3, 1), down=False, drag="scene",
    )  # fmt: skip


def _basin_map(basins: Basins) -> Heatmap:
    return Heatmap(
        values=basins.levels, range=(0, 255), colormap="hue", extent=basins.reach, strength=0.5,
        known=basins.known,
    )  # fmt: skip


def _letters(basins: Basins) -> list[Mark]:
    if not basins.minima:
        return []
    points = np.array([(m.x, m.y) for m in basins.minima])
    return [Scatter(points=locked(points), role="target", size=9, labels=tuple(NAMES[: len(points)]))]


def _critical(result: Result) -> list[Mark]:
    """The places where the gradient is 0; of very many the minima only."""
    marks: list[Mark] = []
    many = len(result.critical) > MARKED
    for kind, role, symbol, size in SYMBOLS:
        if many and kind != "minimum":
            continue
        points = np.array([(c.x, c.y) for c in result.critical if c.kind == kind]).reshape(-1, 2)
        if len(points):
            marks.append(
                Scatter(
                    points=locked(points), role=role, symbol=symbol,  # type: ignore[arg-type]
                    size=5.0 if many else size, handle=kind,
                )
            )  # fmt: skip
    return marks


def _path(path: NDArray[np.float64], sheet: View) -> list[Mark]:
    """The way so far; once it has gone far off the picture, no farther."""
    size = max(sheet[2] - sheet[0], sheet[3] - sheet[1])
    middle = np.array([(sheet[0] + sheet[2]) / 2, (sheet[1] + sheet[3]) / 2])
    gone = np.flatnonzero(np.abs(path - middle).max(1) > 1.5 * size)
    if len(gone):
        path = path[: gone[0] + 1]
    # pieces that lie over one another are drawn far faster one by one than as one curve
    marks: list[Mark] = [Line(segments=np.stack([path[:-1], path[1:]], 1), role="weight", width=2.5)]
    if len(path) <= DOTS + 1:
        marks.append(Scatter(points=locked(path.copy()), role="weight", size=5, handle="path"))
    return marks


def _handles(start: NDArray[np.float64], end: NDArray[np.float64], at: NDArray[np.float64]) -> list[Mark]:
    """Where it is, and on top the start that can be dragged."""
    return [
        Scatter(points=locked(end[None].copy()), role="output", size=11),
        Scatter(points=locked(at[None].copy()), role="now", size=15, symbol="ring"),
        Scatter(
            points=locked(start[None].copy()),
            role="weight",
            size=17,
            symbol="ring",
            handle="start",
            movable=True,
        ),
    ]


def _slope_and_curvature(result: Result, at: int, slope: tuple[float, ...]) -> list[Mark]:
    """The way against a slope, and the Hessian's two directions: solid where it curves up, dashed where down."""
    x, y = result.path[at].tolist()
    across, up = slope
    x1, _, x2, _ = result.landscape.view
    reach = REACH * (x2 - x1)
    marks: list[Mark] = []
    turn, low, high = (float(a[at]) for a in (result.angle, result.low, result.high))
    if math.isfinite(turn):
        for value, angle in ((high, turn), (low, turn + math.pi / 2)):
            marks += _axis((x, y), value, angle, reach, away_from=(-across, -up), view=result.landscape.view)
    length = math.hypot(across, up)
    if length > 1e-9 and math.isfinite(length):
        head = (x - 1.7 * reach * across / length, y - 1.7 * reach * up / length)
        marks.append(Arrow(tail=(x, y), head=head, role="gradient"))
    return marks


def _axis(
    point: Point, value: float, angle: float, reach: float, *, away_from: Point, view: View
) -> list[Mark]:
    """One direction, with its curvature at the end that lies away from the arrow, if that is in view."""
    dx, dy = reach * math.cos(angle), reach * math.sin(angle)
    if dx * away_from[0] + dy * away_from[1] > 0:
        dx, dy = -dx, -dy
    if not (view[0] < point[0] + 1.2 * dx < view[2] and view[1] < point[1] + 1.2 * dy < view[3]):
        dx, dy = -dx, -dy
    ends = np.array([[(point[0] - dx, point[1] - dy), (point[0] + dx, point[1] + dy)]])
    bent: Role = "text"
    return [
        Line(segments=ends, role=bent, width=1.5, dashed=value < 0),
        Text(
            at=(point[0] + 1.15 * dx, point[1] + 1.15 * dy),
            text=number(value),
            role=bent,
            align="center",
            size=0.9,
        ),
    ]


def _chord(result: Result, inputs: Inputs) -> list[Mark]:
    """The cut between two points that can be dragged."""
    ends = chord_ends(result, inputs)
    return [
        Line(segments=ends[None], role="accent", width=2),
        Scatter(points=locked(ends), role="accent", size=12, labels=("A", "B"), handle="chord", movable=True),
    ]


def chord_ends(result: Result, inputs: Inputs) -> NDArray[np.float64]:
    """The ends of the chord `(2, 2)` in the surface's own numbers."""
    x1, y1, x2, y2 = result.landscape.view
    shares = np.array(inputs.chord, np.float64)
    ends: NDArray[np.float64] = np.array([x1, y1]) + shares * np.array([x2 - x1, y2 - y1])
    return ends

"""What the faces of box coding share: the ground, short marks, tracks of numbers, charts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenes.detection.box_coding_head import Backdrop
from scenes.detection.iou_words import MINUS, signed
from scenes.picture import Curve, Formula, Image, Line, Mark, Panel, Region, Role, Scatter, Text
from scenes.scene import locked

Point = tuple[float, float]
Box = tuple[float, float, float, float]
Place = tuple[int, int, int, int]
SIDES = ("x", "y", "w", "h")


def num(value: float, decimals: int = 2) -> str:
    """A number with a true minus."""
    return signed(value, decimals).strip()


def line(start: Point, end: Point, role: Role, *, width: float = 1.5, dashed: bool = False) -> Line:
    """One straight segment."""
    return Line(segments=np.array([[start, end]], float), role=role, width=width, dashed=dashed)


def outline(box: Box, role: Role, *, width: float = 2.0, dashed: bool = False) -> Line:
    """The four edges of a box."""
    x1, y1, x2, y2 = box
    edges = [[(x1, y1), (x2, y1)], [(x2, y1), (x2, y2)], [(x2, y2), (x1, y2)], [(x1, y2), (x1, y1)]]
    return Line(segments=np.array(edges, float), role=role, width=width, dashed=dashed)


def dot(at: Point, role: Role, label: str = "", *, size: float = 9.0, ring: bool = False) -> Scatter:
    """One point, with its name beside it."""
    return Scatter(
        points=locked(np.array([at], float)), role=role, size=size, symbol="ring" if ring else "disc",
        labels=(label,) if label else (),
    )  # fmt: skip


def middle(box: Sequence[float]) -> Point:
    """The centre of a box."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def ground(backdrop: Backdrop | None, extent: Point) -> tuple[Mark, ...]:
    """The picture beneath, faded so that boxes stand out; or an empty sheet."""
    if backdrop is not None:
        return (Image(pixels=backdrop.faded, extent=(0, 0, *extent)),)
    return (Region(extent=(0, 0, *extent), role="line"),)


def window_of(window: Box | None, extent: Point, *places: Sequence[float]) -> Box:
    """The part of the picture that is shown: all of it, where one of the places has left that part."""
    if window is None:
        return (0, 0, *extent)
    x1, y1, x2, y2 = window
    inside = all(x1 <= x <= x2 and y1 <= y <= y2 for x, y in places)
    return window if inside else (0, 0, *extent)


def grid(extent: Point, stride: float) -> Line:
    """The borders of the cells."""
    xs, ys = (np.arange(0, side + stride / 2, stride).tolist() for side in extent)
    across = [[(x, 0.0), (x, ys[-1])] for x in xs]
    down = [[(0.0, y), (xs[-1], y)] for y in ys]
    return Line(segments=np.array(across + down), role="line", width=0.75)


def track_row(
    row: int, latex: str, value: str, words: str, needed: str, span: float, *, lit: bool = False
) -> list[Mark]:
    """A formula and its value, a line from -span to span, and the numbers beneath."""
    y = row + 0.57
    marks: list[Mark] = [
        Formula(at=(-span, row + 0.24), latex=latex, size=1.1),
        Text(at=(span, row + 0.24), text=value, align="right", size=1.1, mono=True),
        line((-span, y), (span, y), "quiet", width=0.75),
        line((0, y - 0.07), (0, y + 0.07), "quiet", width=1),
        Text(at=(-span, row + 0.83), text=words, mono=True, size=0.9, role="text" if lit else "quiet"),
        Text(at=(span, row + 0.83), text=needed, mono=True, size=0.9, role="target", align="right"),
    ]
    return marks


def chart(
    key: str, title: str, view: Box, place: Place, marks: Sequence[Mark], *,
    x_ticks: Sequence[float] = (), y_ticks: Sequence[float] = (), right: float = 2,
    tall: bool = False, low: bool = False,
) -> Panel:  # fmt: skip
    """A fixed chart with faint rules at its ticks; a `tall` one is also wide: its ticks stand nearer. Those of a `low`
    one stand farther down, measured by its height.
    """
    x1, y1, x2, y2 = view
    rules = [[(x1, y), (x2, y)] for y in y_ticks] + [[(x, y1), (x, y2)] for x in x_ticks]
    before: list[Mark] = [Line(segments=np.array(rules, float).reshape(-1, 2, 2), role="line", width=1)]
    wide, high = x2 - x1, y2 - y1
    for y in y_ticks:
        before.append(
            Text(
                at=(x1 - (0.008 if tall else 0.02) * wide, y),
                text=tick(y),
                align="right",
                role="quiet",
                size=0.9,
            )
        )
    for x in x_ticks:
        before.append(
            Text(
                at=(x, y1 - (0.035 if tall else 0.24 if low else 0.09) * high),
                text=tick(x),
                align="center",
                role="quiet",
                size=0.9,
            )
        )
    return Panel(
        key=key, title=title, marks=(*before, *marks), view=view, place=place, square=False, down=False,
        fixed=True, margin=(5, 0.5, right, 1.6),
    )  # fmt: skip


def tick(value: float) -> str:
    """A number at an axis."""
    return f"{value:g}".replace("-", MINUS)


def curve(x: NDArray[np.float64], y: NDArray[np.float64], role: Role, **more: object) -> Curve:
    """A line through points."""
    return Curve(x=x, y=y, role=role, **more)  # type: ignore[arg-type]


def held(value: float, low: float, high: float) -> float:
    """The value, or the end it lies beyond."""
    return min(max(value, low), high)

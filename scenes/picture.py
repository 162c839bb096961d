"""The vocabulary of pictures: plain data that says what to show, never how to draw it.

A scene's `picture` function returns a `Picture`: a few `Panel`s, each with axes and a list of marks. The
window draws every kind of mark with one renderer and, when the next picture comes, changes only what
differs: a field that holds the very same array (`is`) is taken as unchanged, so keep arrays that did not
change instead of building equal ones.

Colour is a language. A mark names a `Role`; the theme knows its colour.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from operator import attrgetter
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

Role = Literal[
    "input",  # what goes in
    "weight",  # a weight or a parameter
    "output",  # what comes out, or is kept
    "gradient",
    "target",  # the truth
    "now",  # the thing acted on at this step: a bright outline
    "kept",
    "removed",  # grey and dashed
    "ignored",  # hatched
    "text",
    "quiet",
    "line",  # faint: rules and grids
    "accent",
]
Align = Literal["left", "center", "right"]
Colormap = Literal["gray", "viridis", "cividis", "diverging", "hue"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Mark:
    """What all marks share. `handle` names what a person may point at and click; a `movable` mark can be
    dragged, and moved by keyboard; in an `editable` one values can be typed.
    """

    handle: str = ""
    movable: bool = False
    editable: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Image(Mark):
    """Pixels `(H, W, C)` uint8, C = 1, 3 or 4 (with alpha), row-major, stretched over `extent`
    (x1, y1, x2, y2).
    """

    pixels: NDArray[np.uint8]
    extent: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Heatmap(Mark):
    """Values `(H, W)` shown through a perceptual colormap, over `extent`, with a legend of its range.

    Floats are mapped from `range`; uint8 values are levels of the map already, 0 its low end and 255 its high.
    `strength` is how much it covers what is behind it. Where `known` `(H, W)` is false nothing is drawn.
    """

    values: NDArray[Any]
    range: tuple[float, float]
    colormap: Colormap = "viridis"
    extent: tuple[float, float, float, float] | None = None
    legend: str = ""
    strength: float = 1.0
    known: NDArray[np.bool_] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Mosaic(Mark):
    """Tiles `(R, C)` uint8, each the number of its kind, stretched over `extent`: a wash of colour over what lies
    beneath. Kind k has the role `roles[k]`, washed on as strongly as `strengths[k]` says (0..1); ignored tiles
    are hatched as well.
    """

    kinds: NDArray[np.uint8]
    roles: tuple[Role, ...]
    strengths: tuple[float, ...]
    extent: tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells(Mark):
    """A grid of numbers `(R, C)`: pixels, kernels, matrices. The cell (r, c) covers x+c..x+c+1, y+r..y+r+1.

    `shade` colours each cell by its value: through gray (as a pixel), as a signed amount of the role's
    colour, or not at all. `text` is written instead of the numbers where given, row by row. `marked` lists
    (row, column, role) outlines. `row_names` and `column_names` stand beside the grid where there is room.
    """

    values: NDArray[Any]
    role: Role = "input"
    shade: Literal["gray", "signed", "none"] = "none"
    range: tuple[float, float] = (0.0, 1.0)
    decimals: int = 0
    at: tuple[float, float] = (0.0, 0.0)
    cell: float = 1.0
    marked: tuple[tuple[int, int, Role], ...] = ()
    text: tuple[tuple[str, ...], ...] | None = None
    row_names: tuple[str, ...] = ()
    column_names: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Boxes(Mark):
    """Rectangles `(N, 4)` x1, y1, x2, y2 with a role each (an index into `roles`) and a label for some.

    `movable` boxes can be dragged, and resized at their corners and edges. `front` are drawn last and
    labelled first: the ones the step is about. Where a label finds no room, its `short` form is tried.
    """

    boxes: NDArray[Any]
    roles: tuple[Role, ...]
    role_of: NDArray[np.intp]
    labels: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    front: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve(Mark):
    """A line through `(x, y)`, both `(N,)`, with a name for the legend. `dash` is a pattern of its own: lengths of
    dashes and gaps in turn, in widths of the line.
    """

    x: NDArray[Any]
    y: NDArray[Any]
    role: Role = "output"
    dashed: bool = False
    dash: tuple[float, ...] = ()
    width: float = 1.0
    name: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Bars(Mark):
    """Horizontal bars from the top down, one a row, `values` `(N,)` with a role and a label each.

    `ghosts` are earlier values, drawn as an outline behind: a bar that fades leaves its ghost.
    `limit` draws a line across them all.
    """

    values: NDArray[Any]
    roles: tuple[Role, ...]
    labels: tuple[str, ...] = ()
    ghosts: NDArray[Any] | None = None
    limit: float | None = None
    decimals: int = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Scatter(Mark):
    """Points `(N, 2)`."""

    points: NDArray[Any]
    role: Role = "input"
    size: float = 8.0
    symbol: Literal["disc", "ring", "cross", "square"] = "disc"
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Arrow(Mark):
    """An arrow from `tail` to `head`, in the panel's units."""

    tail: tuple[float, float]
    head: tuple[float, float]
    role: Role = "gradient"
    label: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Line(Mark):
    """Straight segments `(N, 2, 2)`: start and end of each."""

    segments: NDArray[Any]
    role: Role = "quiet"
    dashed: bool = False
    width: float = 1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Region(Mark):
    """An outlined rectangle (x1, y1, x2, y2), filled faintly or hatched where it says so."""

    extent: tuple[float, float, float, float]
    role: Role = "now"
    width: float = 2.0
    fill: bool = False
    hatched: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Text(Mark):
    """Words at a place; `size` is relative to the base type size."""

    at: tuple[float, float]
    text: str
    role: Role = "text"
    align: Align = "left"
    size: float = 1.0
    mono: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Formula(Mark):
    """LaTeX at a place. Put live numbers into it; colour them with `\\color{input}{...}` and the like."""

    at: tuple[float, float]
    latex: str
    align: Align = "left"
    size: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Term:
    """A piece of a formula that is written as plain text, fast enough for numbers that change while one drags.

    `name` is the letter it stands for, written small beside it. Terms one after the other that are `over` and
    `under` make a fraction. The brackets of rounding grow with a fraction that they hold.
    """

    text: str
    role: Role = "text"
    name: str = ""
    level: Literal["line", "over", "under"] = "line"


@dataclass(frozen=True, kw_only=True, eq=False)
class Terms(Mark):
    """A formula of terms, each of which can be pointed at: the index is its number. `lit` ones stand out."""

    at: tuple[float, float]
    terms: tuple[Term, ...]
    lit: tuple[int, ...] = ()
    size: float = 1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Contours(Mark):
    """Lines of equal value through `values` `(H, W)`, whose corners lie at the corners of `extent`."""

    values: NDArray[Any]
    levels: tuple[float, ...]
    extent: tuple[float, float, float, float]
    role: Role = "quiet"


@dataclass(frozen=True, kw_only=True, eq=False)
class Faces(Mark):
    """Polygons `(N, K, 2)` in the order they are painted, far ones first, each filled with the colour that its
    level in `levels` `(N,)`, 0 to 255, has in the map: a surface seen from aside.
    """

    polygons: NDArray[Any]
    levels: NDArray[np.uint8]
    colormap: Colormap = "viridis"
    strength: float = 1.0
    edges: Role = "line"


@dataclass(frozen=True, kw_only=True, eq=False)
class Graph(Mark):
    """Nodes at `places` `(N, 2)` with a name and a role each, and arrows `edges` between them (from, to)."""

    places: NDArray[Any]
    names: tuple[str, ...]
    roles: tuple[Role, ...]
    edges: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Table(Mark):
    """Rows of words under a heading each; `marked` lists (row, role) to tint. Row r is y = r + 1 .. r + 2."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    marked: tuple[tuple[int, Role], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Pin:
    """Something said about a place, `extent` (x1, y1, x2, y2), which may be a point: it is ringed, crossed, or
    has a letter, with words beside it.
    """

    extent: tuple[float, float, float, float]
    sign: Literal["ring", "cross", "letter"]
    words: str = ""
    role: Role = "accent"


@dataclass(frozen=True, kw_only=True, eq=False)
class Pins(Mark):
    """What the window says about places of a picture, above all else, in a size that is read from afar. A pin
    whose sign is a letter has that for its words.
    """

    pins: tuple[Pin, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel:
    """Axes with marks on them, later marks above earlier ones.

    `view` is the part shown at first: (x1, y1, x2, y2), y downwards where `down`. `square` keeps one
    unit as long across as down. Panels with the same `link` zoom and move together. `drag` says who a
    drag on the ground belongs to: the view (it moves), or the scene (it becomes events). `place` is
    (row, column, row span, column span) in the picture's grid. A `fixed` panel neither zooms nor moves, and
    keeps room around its view for names and numbers: `margin` is (left, top, right, bottom) in digits wide
    and lines high. Where a square panel that is not fixed has more room than its view takes, it shows more of what
    lies `within` these bounds, and nothing beyond them as long as there is some.
    """

    key: str
    marks: tuple[Mark, ...]
    view: tuple[float, float, float, float]
    title: str = ""
    place: tuple[int, int, int, int] = (0, 0, 1, 1)
    square: bool = True
    down: bool = True
    axes: bool = False
    x_label: str = ""
    y_label: str = ""
    link: str = ""
    drag: Literal["view", "scene"] = "view"
    fixed: bool = False
    margin: tuple[float, float, float, float] = (0, 0, 0, 0)
    within: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """What the stage shows: panels in a grid whose columns and rows share the room by weight.

    `sentence` says what is seen or pointed at; where it is empty the step's narration stands. `focus` is
    the handle that the arrow keys move when no other was chosen.
    """

    panels: tuple[Panel, ...]
    sentence: str = ""
    columns: tuple[int, ...] = (1,)
    rows: tuple[int, ...] = (1,)
    focus: str = ""


def same(old: object, new: object) -> bool:
    """Whether two values would draw the same: arrays by identity, records field by field, the rest by ==."""
    if old is new:
        return True
    kind = type(old)
    if kind is not type(new) or isinstance(old, np.ndarray):
        return False
    if not isinstance(old, Mark | Panel):
        return bool(old == new)
    values = _values_of(cast(Any, kind))
    return all(map(same, values(old), values(new)))


@cache
def _values_of(kind: type) -> Callable[[object], tuple[object, ...]]:
    """The values of a record's fields, all at once: pictures are compared for every frame."""
    return attrgetter(*(field.name for field in fields(kind)))

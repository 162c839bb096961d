"""Every kind of mark, ordinary and degenerate, and scenes made of them that need no engine.

`ORDINARY` has one of each class on a panel of 10 by 10 units; `DEGENERATE` what a run can make of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import numpy as np

from scenes.contents import Entry
from scenes.parameters import Help, Range
from scenes.picture import (
    Arrow,
    Bars,
    Boxes,
    Cells,
    Contours,
    Curve,
    Faces,
    Formula,
    Graph,
    Heatmap,
    Image,
    Line,
    Mark,
    Mosaic,
    Panel,
    Picture,
    Pin,
    Pins,
    Region,
    Role,
    Scatter,
    Table,
    Term,
    Terms,
    Text,
)
from scenes.scene import Drag, Event, Preset, Scene, State, Target, locked

VIEW = (0.0, 0.0, 10.0, 10.0)
NAN, INF = float("nan"), float("inf")


def pixels(*shape: int, seed: int = 0) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).integers(40, 256, shape, np.uint8)


def values(*shape: int, seed: int = 0) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).uniform(-1, 1, shape)


def boxes_mark(
    boxes: Any, roles: tuple[Role, ...] = ("input", "kept", "removed", "now"), **rest: Any
) -> Boxes:
    boxes = np.asarray(boxes, float).reshape(-1, 4)
    return Boxes(boxes=boxes, roles=roles, role_of=np.arange(len(boxes)) % len(roles), **rest)


ORDINARY: dict[type[Mark], Mark] = {
    Image: Image(pixels=pixels(8, 8, 3), extent=(1, 1, 9, 9), handle="it"),
    Heatmap: Heatmap(values=values(8, 8), range=(-1, 1), extent=(1, 1, 9, 9), legend="value", handle="it"),
    Mosaic: Mosaic(
        kinds=np.arange(12, dtype=np.uint8).reshape(3, 4) % 3, roles=("removed", "ignored", "kept"),
        strengths=(0.3, 0.5, 1.0), extent=(1, 1, 9, 9), handle="it",
    ),
    Cells: Cells(
        values=values(3, 4), role="weight", shade="signed", range=(-1, 1), decimals=1, at=(1, 1), cell=2.0,
        marked=((0, 1, "now"),), row_names=("a", "b", "c"), column_names=("p", "q", "r", "s"),
        handle="it", editable=True, movable=True,
    ),
    Boxes: boxes_mark(
        [(1, 1, 4, 4), (5, 1, 9, 3), (1, 6, 4, 9), (6, 6, 9, 9)],
        labels=("0  one", "1  two", "2  three", "3  four"), short=("0", "1", "2", "3"), front=(3,),
        handle="it", movable=True,
    ),
    Curve: Curve(x=np.linspace(1, 9, 50), y=5 + 3 * np.sin(np.linspace(0, 6, 50)), name="sine", handle="it"),
    Bars: Bars(
        values=np.array([3.0, 5.0, 2.0]), roles=("kept", "removed", "now"), labels=("a", "b", "c"),
        ghosts=np.array([4.0, 5.0, 6.0]), limit=4.5, handle="it", movable=True, editable=True,
    ),
    Scatter: Scatter(
        points=np.array([(2.0, 2.0), (5.0, 5.0), (8.0, 3.0)]), labels=("a", "", "c"), handle="it", movable=True
    ),
    Arrow: Arrow(tail=(2, 2), head=(7, 6), label="step", handle="it", movable=True),
    Line: Line(segments=np.array([[(1, 1), (9, 9)], [(1, 9), (9, 1)]], float), role="text", handle="it"),
    Region: Region(extent=(2, 2, 8, 8), fill=True, handle="it", movable=True),
    Text: Text(at=(2, 5), text="two\nlines", handle="it"),
    Formula: Formula(at=(2, 5), latex=r"\color{input}{x}^2 + \frac{1}{2}", size=2.0, handle="it"),
    Contours: Contours(values=values(9, 9), levels=(-0.5, 0.0, 0.5), extent=(1, 1, 9, 9), role="text", handle="it"),
    Faces: Faces(
        polygons=np.array([[(1, 1), (5, 2), (5, 6), (1, 5)], [(4, 4), (9, 4), (9, 9), (4, 8)]], float),
        levels=np.array([40, 200], np.uint8), handle="it",
    ),
    Graph: Graph(
        places=np.array([(2.0, 2.0), (7.0, 3.0), (5.0, 8.0)]), names=("in", "hidden", "out"),
        roles=("input", "weight", "output"), edges=((0, 1), (1, 2), (0, 2)), handle="it",
    ),
    Terms: Terms(at=(5, 5), terms=(Term(text="⌊"), Term(text="7", role="input", name="N", level="over"),
                 Term(text="2", role="weight", name="S", level="under"), Term(text="⌋")), handle="it"),
    Table: Table(heads=("name", "value"), rows=(("a", "1"), ("b", "2")), marked=((1, "kept"),), handle="it"),
    Pins: Pins(pins=(
        Pin(extent=(1, 1, 4, 4), sign="ring", words="right answer", role="target"),
        Pin(extent=(7, 3, 7, 3), sign="cross", words="your answer"), Pin(extent=(5, 6, 8, 9), sign="letter", words="A"),
        Pin(extent=(2, 8, 2, 8), sign="letter", words="B", role="text"), Pin(extent=(4, 7, 4, 7), sign="ring"),
    )),
}  # fmt: skip

CHANGED: dict[type[Mark], Mark] = {
    Image: replace(ORDINARY[Image], pixels=pixels(8, 8, 3, seed=1)),
    Heatmap: replace(ORDINARY[Heatmap], values=values(8, 8, seed=1)),
    Mosaic: replace(ORDINARY[Mosaic], kinds=np.ones((3, 4), np.uint8)),
    Cells: replace(ORDINARY[Cells], values=values(3, 4, seed=1)),
    Boxes: replace(ORDINARY[Boxes], boxes=ORDINARY[Boxes].boxes + 0.5),
    Curve: replace(ORDINARY[Curve], y=ORDINARY[Curve].y - 1),
    Bars: replace(ORDINARY[Bars], values=np.array([1.0, 2.0, 6.0])),
    Scatter: replace(ORDINARY[Scatter], points=ORDINARY[Scatter].points + 1),
    Arrow: replace(ORDINARY[Arrow], head=(3, 8)),
    Line: replace(ORDINARY[Line], segments=ORDINARY[Line].segments * 0.5),
    Region: replace(ORDINARY[Region], extent=(1, 1, 3, 3)),
    Text: replace(ORDINARY[Text], text="others"),
    Formula: replace(ORDINARY[Formula], latex="y"),
    Contours: replace(ORDINARY[Contours], values=values(9, 9, seed=1)),
    Faces: replace(ORDINARY[Faces], levels=np.array([250, 90], np.uint8)),
    Graph: replace(ORDINARY[Graph], places=ORDINARY[Graph].places + 1),
    Terms: replace(ORDINARY[Terms], lit=(1,)),
    Table: replace(ORDINARY[Table], rows=(("a", "7"), ("b", "8"))),
    Pins: Pins(pins=(Pin(extent=(2, 2, 8, 8), sign="ring", words="here"),)),
}

_BAD = (NAN, INF, -INF, 1e300, -1e300, 1e12, 0.0)
_FULL = {
    "labels": tuple("abcdefg"), "short": tuple("abcdefg"), "front": (0, 3, 5), "handle": "it", "movable": True,
}  # fmt: skip


def _bad_places(shape: tuple[int, ...]) -> dict[str, np.ndarray[Any, Any]]:
    """Arrays of coordinates with each kind of number that is no place, alone and among good ones."""
    found = {str(bad): np.full(shape, bad) for bad in _BAD}
    for bad in _BAD:
        mixed = np.linspace(1, 9, int(np.prod(shape))).reshape(shape)
        mixed.flat[0] = bad
        found[f"one {bad}"] = mixed
    return found


def _degenerate() -> dict[str, Mark]:
    made: dict[str, Mark] = {
        "image of no pixels": Image(pixels=pixels(0, 0, 3), handle="it"),
        "image of one pixel": Image(pixels=pixels(1, 1, 1), handle="it"),
        "image with alpha": Image(pixels=pixels(4, 4, 4)),
        "image not contiguous": Image(pixels=pixels(8, 8, 3)[::2, ::2]),
        "image read only": Image(pixels=locked(pixels(8, 8, 3))),
        "heat map of nothing": Heatmap(values=np.empty((0, 0)), range=(0, 1), legend="value", handle="it"),
        "heat map of one": Heatmap(values=np.array([[NAN]]), range=(0, 1), legend="value", handle="it"),
        "heat map without range": Heatmap(values=np.zeros((2, 2)), range=(1, 1), legend="value"),
        "heat map of whole numbers": Heatmap(values=np.arange(9).reshape(3, 3), range=(0, 8)),
        "heat map of bytes": Heatmap(values=pixels(3, 3), range=(0, 255), colormap="diverging"),
        "heat map of truths": Heatmap(values=np.eye(3, dtype=bool), range=(0, 1), colormap="gray"),
        "tiles of nothing": Mosaic(
            kinds=np.empty((0, 0), np.uint8), roles=("ignored",), strengths=(1.0,), extent=VIEW, handle="it"
        ),
        "one tile": Mosaic(
            kinds=np.zeros((1, 1), np.uint8), roles=("ignored",), strengths=(0.0,), extent=VIEW
        ),
        "tiles too small to hatch": Mosaic(
            kinds=pixels(900, 900) % 2, roles=("kept", "ignored"), strengths=(0.5, 0.5), extent=VIEW
        ),
        "cells of nothing": Cells(values=np.empty((0, 0)), handle="it", editable=True),
        "cells of no columns": Cells(values=np.empty((3, 0)), handle="it", editable=True),
        "cells of one": Cells(
            values=np.array([[NAN]]), shade="gray", range=(0, 0), handle="it", editable=True
        ),
        "cells in a row": Cells(values=np.arange(4.0), handle="it", editable=True),
        "cells of a million": Cells(values=np.zeros((1000, 1000)), cell=0.01, handle="it", editable=True),
        "cells of text": Cells(values=np.zeros((1, 2)), text=(("", "\N{MINUS SIGN}1"),)),
        "cells marked outside": Cells(values=np.zeros((2, 2)), marked=((5, 5, "now"), (-1, 0, "now"))),
        "no boxes": boxes_mark([], labels=(), handle="it", movable=True),
        "boxes of no size": boxes_mark([(5, 5, 5, 5)] * 7, **_FULL),
        "boxes the wrong way round": boxes_mark([(9, 9, 1, 1)] * 7, **_FULL),
        "ten thousand boxes": boxes_mark(np.sort(np.random.default_rng(1).uniform(0, 10, (10_000, 4)))),
        "a curve of nothing": Curve(x=np.empty(0), y=np.empty(0), name="none"),
        "a curve of one point": Curve(x=np.ones(1), y=np.ones(1), name="one"),
        "a long curve": Curve(x=np.linspace(0, 10, 100_000), y=values(100_000), name="noise"),
        "a long curve backwards": Curve(x=np.linspace(10, 0, 50_000), y=values(50_000)),
        "a long curve of gaps": Curve(x=np.linspace(0, 10, 50_000), y=np.full(50_000, NAN), name="gaps"),
        "a curve of dots": Curve(x=np.linspace(0, 10, 500), y=values(500), dash=(1, 3)),
        "a curve of whole numbers": Curve(x=np.arange(10), y=np.arange(10)),
        "no bars": Bars(values=np.empty(0), roles=(), handle="it", editable=True, limit=0.5),
        "no points": Scatter(points=np.empty((0, 2)), handle="it", movable=True),
        "many points": Scatter(points=np.abs(values(5000, 2)) * 10, labels=("a",) * 5000),
        "points in one place": Scatter(points=np.full((50, 2), 5.0), labels=("same",) * 50),
        "no segments": Line(segments=np.empty((0, 2, 2))),
        "an arrow of no length": Arrow(tail=(5, 5), head=(5, 5), label="here", handle="it"),
        "no text": Text(at=(5, 5), text=""),
        "a long text": Text(at=(5, 5), text="word " * 400, align="center"),
        "a text that is markup": Text(at=(5, 5), text="<b>&amp;</b>\n\n\t\0"),
        "a formula that is none": Formula(at=(1, 5), latex=r"\frac{1}{"),
        "an empty formula": Formula(at=(1, 5), latex=""),
        "contours of nothing": Contours(values=np.empty((0, 0)), levels=(0.5,), extent=VIEW),
        "contours of one": Contours(values=np.zeros((1, 1)), levels=(0.0,), extent=VIEW),
        "contours of a plain": Contours(values=np.ones((5, 5)), levels=(1.0, NAN, INF), extent=VIEW),
        "contours at no level": Contours(values=values(5, 5), levels=(), extent=VIEW),
        "no faces": Faces(polygons=np.empty((0, 4, 2)), levels=np.empty(0, np.uint8), handle="it"),
        "faces of no corners": Faces(polygons=np.empty((2, 0, 2)), levels=np.zeros(2, np.uint8), handle="it"),
        "faces of no size": Faces(
            polygons=np.full((3, 4, 2), 5.0), levels=np.zeros(3, np.uint8), handle="it"
        ),
        "a heat map with a hole": Heatmap(
            values=values(3, 3), range=(-1, 1), known=np.eye(3, dtype=bool), strength=0.5, legend="value"
        ),
        "a heat map that is all hole": Heatmap(
            values=pixels(3, 3), range=(0, 1), known=np.zeros((3, 3), bool), handle="it"
        ),
        "no nodes": Graph(places=np.empty((0, 2)), names=(), roles=(), handle="it"),
        "nodes in one place": Graph(
            places=np.full((2, 2), 5.0), names=("a", ""), roles=("input", "output"), edges=((0, 1), (0, 0))
        ),
        "no terms": Terms(at=(1, 5), terms=(), handle="it"),
        "a lit term that is not there": replace(ORDINARY[Terms], lit=(9, -1)),
        "terms too wide": Terms(at=(1, 5), terms=(Term(text="9" * 400, name="N"),)),
        "a fraction of nothing below": Terms(at=(5, 5), terms=(Term(text="1", level="over"),)),
        "no pins": Pins(pins=()),
        "pins in one place": Pins(pins=(Pin(extent=(5, 5, 5, 5), sign="letter", words="word " * 40),) * 9),
        "a table of no rows": Table(heads=("a",), rows=(), handle="it"),
        "a table of no columns": Table(heads=(), rows=(), handle="it"),
    }
    for name, four in _bad_places((7, 4)).items():
        made[f"boxes at {name}"] = boxes_mark(four, **_FULL)
        extent = tuple(four[0].tolist())
        made[f"region at {name}"] = Region(extent=extent, fill=True, hatched=True, handle="it", movable=True)
        made[f"pins at {name}"] = Pins(
            pins=tuple(Pin(extent=extent, sign=sign, words="A") for sign in ("ring", "cross", "letter"))
        )
        made[f"image at {name}"] = Image(pixels=pixels(2, 2, 3), extent=extent, handle="it")
        made[f"heat map at {name}"] = Heatmap(
            values=four, range=(0, 1), extent=extent, legend="v", handle="it"
        )
        made[f"tiles at {name}"] = Mosaic(
            kinds=np.ones((2, 2), np.uint8), roles=("kept", "ignored"), strengths=(1.0, 1.0), extent=extent,
            handle="it",
        )  # fmt: skip
        made[f"cells of {name}"] = Cells(
            values=four, shade="signed", range=(-1, 1), handle="it", editable=True
        )
        made[f"contours of {name}"] = Contours(values=four, levels=(0.0, 5.0), extent=VIEW)
    for name, two in _bad_places((7, 2)).items():
        made[f"points at {name}"] = Scatter(points=two, labels=tuple("abcdefg"), handle="it", movable=True)
        made[f"curve at {name}"] = Curve(x=two[:, 0], y=two[:, 1], name="curve")
        made[f"faces at {name}"] = Faces(
            polygons=two[None].repeat(2, 0), levels=np.array([0, 255], np.uint8), handle="it"
        )
        made[f"nodes at {name}"] = Graph(
            places=two, names=tuple("abcdefg"), roles=("input",) * 7, edges=((0, 1), (1, 0)), handle="it"
        )
        made[f"bars of {name}"] = Bars(
            values=two[:, 0], ghosts=two[:, 1], roles=("removed",) * 7, labels=tuple("abcdefg"), limit=two[0, 0],
            handle="it", editable=True,
        )  # fmt: skip
        made[f"arrow at {name}"] = Arrow(tail=tuple(two[0]), head=tuple(two[1]), label="to", handle="it")
        made[f"arrow from {name}"] = Arrow(tail=tuple(two[1]), head=tuple(two[0]), label="to", handle="it")
        made[f"line at {name}"] = Line(segments=two[:4].reshape(-1, 2, 2))
        made[f"text at {name}"] = Text(at=tuple(two[0]), text="here", handle="it")
        made[f"terms at {name}"] = Terms(at=tuple(two[0]), terms=(Term(text="x"),), handle="it")
        made[f"formula at {name}"] = Formula(at=tuple(two[0]), latex="x")
    return made


DEGENERATE = _degenerate()


def panel_of(*marks: Mark, key: str = "panel", **rest: Any) -> Panel:
    return Panel(key=key, marks=marks, **{"view": VIEW, **rest})


def picture_of(*marks: Mark, **rest: Any) -> Picture:
    return Picture(panels=(panel_of(*marks, **rest),))


# ---------------------------------------------------------------------------- scenes of nothing but marks


@dataclass(frozen=True, kw_only=True)
class Params:
    """A number, and a choice."""

    level: Annotated[float, Range(0, 10, step=0.5), Help("how high the bar is")] = 2.0
    kind: Annotated[Literal["plain", "other"], Help("one or the other")] = "plain"


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """One point, and what was chosen."""

    point: tuple[float, float] = (3.0, 7.0)
    chosen: int = -1


def level_of(params: Params, inputs: Inputs, engine: Any) -> float:
    """The simplest algorithm there is."""
    return params.level


def level_picture(state: State, result: float, frame: Any, hover: Target | None) -> Picture:
    """A bar as high as the result, a point to drag, and the same image in two linked panels."""
    image = ORDINARY[Image]
    return Picture(
        panels=(
            panel_of(image, key="left", place=(0, 0, 1, 1), link="image"),
            panel_of(image, key="right", place=(0, 1, 1, 1), link="image"),
            panel_of(
                Bars(values=np.array([result]), roles=("output",), handle="bar", editable=True),
                key="bar", place=(1, 0, 1, 1), square=False, fixed=True,
            ),
            panel_of(
                Scatter(points=np.array([state.inputs.point]), handle="point", movable=True, size=14),
                key="plane", place=(1, 1, 1, 1), down=False, axes=True, x_label="x", y_label="y", drag="scene",
            ),
        ),
        columns=(1, 1),
        rows=(1, 1),
        sentence=f"The level is {result:g}." if hover is None else f"On {hover.handle or 'nothing'}.",
    )  # fmt: skip


def level_edit(state: State, event: Event) -> State:
    """A drag of the point moves it."""
    match event:
        case Drag(target=Target(handle="point") as target):
            return state.with_inputs(point=(target.x, target.y))
    return state


def scene(key: str = "gallery", **changes: Any) -> Scene:
    """A scene that shows its level, with some of its functions replaced."""
    parts: dict[str, Any] = {
        "params": Params,
        "presets": {
            "two": Preset(title="Two", build=lambda: (Params(), Inputs()), point="The level is two."),
            "five": Preset(title="Five", build=lambda: (Params(level=5.0), Inputs()), point="It is five."),
        },
        "compute": level_of,
        "picture": level_picture,
        "edit": level_edit,
        "arrays": lambda result: {"level": np.array([result])},
    }
    return Scene(key=key, **{**parts, **changes})


def entry(key: str) -> Entry:
    """The line of such a scene in the table of contents."""
    return Entry(key, key.capitalize(), "示例", "none", "It shows a level.", ())


def failing(fault: BaseException) -> Callable[..., Any]:
    """A function that fails, whatever it is given."""

    def fail(*args: Any) -> Any:
        raise fault

    return fail

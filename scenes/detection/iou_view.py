"""The picture of the IoU family: two boxes, four measures of them, a race of the losses, and a slide."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.detection.iou_loss import NAMES, Box, LossName
from engine.trace import Frame
from scenes.detection import iou_words as words
from scenes.detection.iou_model import TITLES, Params, Result, around, boxes_of, centre, sheet_of
from scenes.parameters import BadParameter
from scenes.picture import (
    Align,
    Arrow,
    Boxes,
    Curve,
    Formula,
    Line,
    Mark,
    Panel,
    Picture,
    Region,
    Role,
    Scatter,
    Text,
)
from scenes.scene import State, Target, locked

_GHOSTLY = locked(np.array([0.08, 0.18, 0.3, 0.45, 0.65]))  # parts of a race whose boxes are shown
PARTS: dict[LossName, frozenset[str]] = {
    "iou": frozenset({"intersection", "union"}),
    "giou": frozenset({"intersection", "union", "enclosing", "empty"}),
    "diou": frozenset({"intersection", "union", "distance", "diagonal"}),
    "ciou": frozenset({"intersection", "union", "distance", "diagonal", "turn"}),
}


def picture(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """Two boxes and what their measures are made of; the measures; the race; the slide."""
    params: Params = state.params
    try:
        pair = boxes_of(params)
    except BadParameter:  # the sentence about it stands elsewhere
        pair = result.pred, result.target
    loss: LossName = params.loss
    sheet = sheet_of(*pair, state.inputs.sheet)
    shown = PARTS[loss] if frame is None else _known(frame) & PARTS[loss]
    races = [_race_panel(name, column, loss, result, sheet) for column, name in enumerate(NAMES)]
    chart = _slide_panel(loss, result, hover) if params.chart == "slide" else _losses_panel(loss, result, hover)
    return Picture(
        panels=(
            _boxes_panel(loss, pair, result, sheet, shown, frame, hover),
            _measures_panel(loss, result, hover),
            *races,
            chart,
        ),
        columns=(22, 22, 22, 22, 36),
        rows=(60, 40),
        sentence=words.sentence(loss, params.chart, result, hover) if frame is None or hover else "",
        focus="box",
    )


def _known(frame: Frame) -> frozenset[str]:
    """The parts that the run has found so far."""
    found = set(frame.outermost.variables) | set(frame.variables)
    return frozenset(found)


# ---------------------------------------------------------------------------- the two boxes


def _boxes_panel(
    loss: LossName, pair: tuple[Box, Box], result: Result, sheet: Box, shown: frozenset[str],
    frame: Frame | None, hover: Target | None,
) -> Panel:  # fmt: skip
    pred, target = pair
    marks: list[Mark] = [_grid(sheet)]
    names: list[tuple[tuple[float, float], str, Role]] = []
    hull = around(pred, target)
    if "enclosing" in shown or "diagonal" in shown:
        marks += _enclosing(pred, target, hull, hatched="empty" in shown)
    marks += [Region(extent=pred, role="input", width=0, fill=True), Region(extent=target, role="target", width=0, fill=True)]
    shared = (max(pred[0], target[0]), max(pred[1], target[1]), min(pred[2], target[2]), min(pred[3], target[3]))
    if "intersection" in shown and shared[0] < shared[2] and shared[1] < shared[3]:
        marks += [Region(extent=shared, role="output", width=0, fill=True)] * 3
        names.append((_middle(centre(shared), shared[:2]), f"shared {words.number(result.parts.shared)}", "output"))
    if "distance" in shown:
        marks.append(_line((centre(pred), centre(target)), "now", width=2))
        names.append((_middle(centre(pred), centre(target)), f"ρ {words.number(math.sqrt(result.parts.distance))}", "now"))
    if "diagonal" in shown:
        marks.append(_line(((hull[0], hull[3]), (hull[2], hull[1])), "quiet", dashed=True))
    return Panel(key="boxes", marks=tuple(marks + _rest(loss, pair, result, sheet, shown, names, frame)),
                 view=sheet, place=(0, 0, 1, 4))  # fmt: skip


def _rest(
    loss: LossName, pair: tuple[Box, Box], result: Result, sheet: Box, shown: frozenset[str],
    names: list[tuple[tuple[float, float], str, Role]], frame: Frame | None,
) -> list[Mark]:  # fmt: skip
    """What stands above the fills: aspect, outlines, arrows, names."""
    pred, target = pair
    marks: list[Mark] = []
    hull = around(pred, target)
    parts = result.parts
    if "turn" in shown:
        marks.append(_line(((pred[0], pred[3]), (pred[2], pred[1])), "input", dashed=True))
        marks.append(_line(((target[0], target[3]), (target[2], target[1])), "target", dashed=True))
    marks.append(
        Boxes(
            boxes=locked(np.array(pair)),
            roles=("input", "target"),
            role_of=_BOTH,
            labels=tuple(
                f"{name} {angle:.0f}°" if "turn" in shown else name
                for name, angle in zip(("predicted", "target"), parts.angles, strict=True)
            ),
            front=(0, 1),
            handle="box",
            movable=True,
        )
    )
    if frame is None:
        marks += _arrows(loss, pred, result, sheet)
        if not result.gradients[loss].any():
            names.append((centre(pred), "gradient 0: nothing pulls", "gradient"))
    if "enclosing" in shown:
        names.append(((hull[2], hull[1]), f"around both {words.number(parts.hull)}", "quiet"))
    if "diagonal" in shown:
        names.append(((hull[2], hull[1]), f"c {words.number(math.sqrt(parts.diagonal))}", "quiet"))
    if "empty" in shown and parts.hull - parts.union > 1e-6 * parts.hull:
        names.append((_empty_spot(pred, target, hull), f"empty {words.number(parts.hull - parts.union)}", "quiet"))
    if "union" in shown and loss in ("iou", "giou") and parts.shared > 0:
        names.append((_own_spot(pred, target), f"union {words.number(parts.union)}", "text"))
    marks += [
        Scatter(points=locked(np.array([at])), role=role, size=5, labels=(text,)) for at, text, role in names
    ]
    return marks


_BOTH = locked(np.array([0, 1], np.intp))


def _grid(sheet: Box) -> Line:
    """Faint lines at round numbers, about ten across."""
    span = sheet[2] - sheet[0]
    unit = 10 ** math.floor(math.log10(span / 8))
    unit *= next(k for k in (1, 2, 5, 10) if span / (unit * k) <= 16)
    xs = np.arange(math.ceil(sheet[0] / unit), math.floor(sheet[2] / unit) + 1) * unit
    ys = np.arange(math.ceil(sheet[1] / unit), math.floor(sheet[3] / unit) + 1) * unit
    across = [[(x, sheet[1]), (x, sheet[3])] for x in xs.tolist()]
    down = [[(sheet[0], y), (sheet[2], y)] for y in ys.tolist()]
    return Line(segments=np.array(across + down, float).reshape(-1, 2, 2), role="line")


def _enclosing(pred: Box, target: Box, hull: Box, *, hatched: bool) -> list[Mark]:
    """The dashed box around both, its empty part hatched: what neither covers, strip by strip."""
    marks: list[Mark] = []
    if hatched:
        marks += [
            Region(extent=strip, role="ignored", width=0, hatched=True) for strip in _empty(pred, target, hull)
        ]
    x1, y1, x2, y2 = hull
    edges = [[(x1, y1), (x2, y1)], [(x1, y2), (x2, y2)], [(x1, y1), (x1, y2)], [(x2, y1), (x2, y2)]]
    marks.append(Line(segments=np.array(edges), role="quiet", dashed=True, width=1.5))
    return marks


def _empty(pred: Box, target: Box, hull: Box) -> list[Box]:
    """What neither box covers of the one around them, in rectangles."""
    ys = sorted({pred[1], pred[3], target[1], target[3]})
    strips: list[Box] = []
    for top, bottom in zip(ys, ys[1:], strict=False):
        covered = sorted((b[0], b[2]) for b in (pred, target) if b[1] <= top and bottom <= b[3])
        left = hull[0]
        for x1, x2 in [*covered, (hull[2], hull[2])]:
            if x1 > left:
                strips.append((left, top, x1, bottom))
            left = max(left, x2)
    return _joined(strips)


def _empty_spot(pred: Box, target: Box, hull: Box) -> tuple[float, float]:
    """A place in the largest empty rectangle."""
    return centre(max(_empty(pred, target, hull), key=lambda r: (r[2] - r[0]) * (r[3] - r[1])))


def _own_spot(pred: Box, target: Box) -> tuple[float, float]:
    """A place in the target that the predicted box does not cover, or in that one, where the target lies in it."""
    for box, other in ((target, pred), (pred, target)):
        bands = [
            (box[0], max(box[1], other[3]), box[2], box[3]), (box[0], box[1], box[2], min(box[3], other[1])),
            (max(box[0], other[2]), box[1], box[2], box[3]), (box[0], box[1], min(box[2], other[0]), box[3]),
        ]
        best = max(bands, key=lambda r: max(r[2] - r[0], 0) * max(r[3] - r[1], 0))
        if best[0] < best[2] and best[1] < best[3]:
            return _middle(centre(best), (best[0], best[3]))
    return centre(pred)


def _joined(strips: list[Box]) -> list[Box]:
    """Strips of the same width that touch are one."""
    whole: list[Box] = []
    for strip in strips:
        above = next((w for w in whole if (w[0], w[2], w[3]) == (strip[0], strip[2], strip[1])), None)
        if above is not None:
            whole[whole.index(above)] = (above[0], above[1], above[2], strip[3])
        else:
            whole.append(strip)
    return whole


def _arrows(loss: LossName, pred: Box, result: Result, sheet: Box) -> list[Mark]:
    """How a step of descent moves each edge, all four to one scale that shrinks large slopes."""
    gradient = result.gradients[loss].tolist()
    size = math.sqrt(result.parts.areas[1])
    longest = max(map(abs, gradient)) * size
    if longest < 1e-9:
        return []
    reach = 0.16 * (sheet[2] - sheet[0]) * min(1.0, math.sqrt(longest)) / longest * size
    x, y = pred[0] + 0.72 * (pred[2] - pred[0]), (pred[1] + pred[3]) / 2  # clear of the box's name
    tails = ((pred[0], y), (x, pred[1]), (pred[2], y), (x, pred[3]))
    return [
        Arrow(
            tail=tail,
            head=(tail[0] - reach * slope * (k % 2 == 0), tail[1] - reach * slope * (k % 2)),
            role="gradient",
        )
        for k, (tail, slope) in enumerate(zip(tails, gradient, strict=True))
        if abs(slope) * size > 1e-6
    ]


def _line(
    ends: tuple[tuple[float, float], tuple[float, float]], role: Role, *, width: float = 1.5, dashed: bool = False
) -> Line:
    return Line(segments=np.array([ends], float), role=role, width=width, dashed=dashed)


def _middle(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


# ---------------------------------------------------------------------------- the measures


def _measures_panel(loss: LossName, result: Result, hover: Target | None) -> Panel:
    """A row each: the formula, the value as a number and on a line from -1 to 1, and the numbers in it."""
    marks: list[Mark] = []
    pointed = hover.handle if hover is not None and hover.panel == "measures" else ""
    for row, name in enumerate(NAMES):
        marks += _measure(row, name, result, chosen=name == loss, pointed=name == pointed)
    for x, align in _ENDS:
        marks.append(Text(at=(x, 4.22), text=f"{x}".replace("-", words.MINUS), align=align, role="quiet", size=0.9))
    return Panel(
        key="measures", marks=tuple(marks), view=(-1, 0, 1, 4), place=(0, 4, 1, 1), square=False, fixed=True,
        margin=(2.5, 0, 2.5, 1.6),
    )  # fmt: skip


_ENDS: tuple[tuple[int, Align], ...] = ((-1, "left"), (0, "center"), (1, "right"))


def _measure(row: int, name: LossName, result: Result, *, chosen: bool, pointed: bool) -> list[Mark]:
    value = float(result.measures[name])
    held = min(max(value, -1.0), 1.0)
    role: Role = "output" if chosen else "quiet"
    ink: Role = "text" if chosen else "quiet"
    y = row + 0.6
    return [
        Region(extent=(-1.5, row + 0.03, 1.5, row + 0.97), role="accent" if chosen else "line", width=0,
               fill=chosen or pointed, handle=name),
        Formula(at=(-1, row + 0.29), latex=words.LATEX[name] if chosen else f"\\color{{quiet}}{{{words.LATEX[name]}}}"),
        Text(at=(1, row + 0.29), text=words.signed(value), align="right", role=ink, size=1.3, mono=True),
        Line(segments=np.array([[(-1, y), (1, y)]], float), role="quiet", width=0.75),
        Line(segments=np.array([[(0, y - 0.08), (0, y + 0.08)]]), role="quiet", width=1),
        Line(segments=np.array([[(0, y), (held, y)]]), role=role, width=5),
        Scatter(points=locked(np.array([[held, y]])), role=role, size=11),
        Text(at=(-1, row + 0.83), text=words.formula(name, result), mono=True, role=ink, size=0.9),
    ]  # fmt: skip


# ---------------------------------------------------------------------------- the race


def _race_panel(name: LossName, column: int, loss: LossName, result: Result, sheet: Box) -> Panel:
    """Where descent of one loss takes the box: its start dashed, the way, and where it ends."""
    path = result.paths[name]
    middle = (path[:, :2] + path[:, 2:]) / 2
    end = words.iou_of(path[-1].tolist(), result.target)
    still = bool((path[-1] == path[0]).all())
    ghosts = path[(_GHOSTLY * (len(path) - 1)).astype(int)]
    pad = 0.07 * (sheet[3] - sheet[1])
    frame = (sheet[0] - pad, sheet[1] - pad, sheet[2] + pad, sheet[3] + pad)
    marks: list[Mark] = [
        Region(extent=frame, role="accent" if name == loss else "line", width=2 if name == loss else 1),
        Region(extent=result.target, role="target", width=0, fill=True),
        Line(segments=_outlines(ghosts), role="input", width=0.5),
        Curve(x=middle[:, 0], y=middle[:, 1], role="gradient", width=1),
        Boxes(
            boxes=locked(np.stack([path[0], result.target, path[-1]])),
            roles=("removed", "target", "input"), role_of=_START_TARGET_END,
        ),
        Scatter(points=locked(middle[-1:].copy()), role="gradient", size=6),
        Text(at=(frame[0], frame[3] + 1.4 * pad),
             text="stands still" if still else f"IoU {end:.2f}", role="text" if name == loss else "quiet"),
    ]  # fmt: skip
    return Panel(
        key=f"race {name}", title=f"race: {TITLES[name]}" if not column else TITLES[name], marks=tuple(marks), view=frame,
        place=(1, column, 1, 1), fixed=True, margin=(0.3, 0.2, 0.3, 1.3),
    )  # fmt: skip


_START_TARGET_END = locked(np.array([0, 1, 2], np.intp))


def _outlines(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The four edges of each box, (4 N, 2, 2)."""
    corners = boxes[:, [[[0, 1], [2, 1]], [[2, 1], [2, 3]], [[2, 3], [0, 3]], [[0, 3], [0, 1]]]]
    return corners.reshape(-1, 2, 2)


# ---------------------------------------------------------------------------- the charts


def _slide_panel(loss: LossName, result: Result, hover: Target | None) -> Panel:
    """Each measure while the predicted box slides along the line of the centres; the marker can be dragged."""
    low, high = -1.0, 1.0
    far = float(result.slide[-1])
    marks: list[Mark] = [_rules((0, low, far, high), (-1, 0, 1))]
    touch = min(result.touch, far)
    marks.append(_line(((touch, low), (touch, high)), "quiet", width=1, dashed=True))
    if touch < 0.8 * far:
        marks.append(Text(at=(touch + 0.02 * far, low + 0.16), text="apart", role="quiet", size=0.9))
    curves = {name: np.clip(result.slides[name], low, high) for name in NAMES}
    marks += _curves(loss, result.slide, curves, far, (low, high))
    marks += _read_off(loss, hover, result.slide, curves, (low, high))
    marks.append(_line(((result.distance, low), (result.distance, high)), "now", width=1.5))
    at = max(min(float(result.measures[loss]), high), low)
    marks.append(
        Scatter(points=locked(np.array([[result.distance, at]])), role="output", size=11, handle="slide", movable=True)
    )
    return _chart("by distance of the centres", (0, low, far, high), (-1, 0, 1), marks)


def _losses_panel(loss: LossName, result: Result, hover: Target | None) -> Panel:
    """Each loss over the steps of the race."""
    far = len(result.losses[loss]) - 1
    high = max(1.0, *(float(result.losses[name][0]) for name in NAMES)) * 1.05
    marks: list[Mark] = [_rules((0, 0, far, high), (0, 1))]
    curves = {name: np.clip(result.losses[name], 0, high) for name in NAMES}
    marks += _curves(loss, np.arange(far + 1.0), curves, far, (0, high))
    marks += _read_off(loss, hover, np.arange(far + 1.0), curves, (0, high))
    return _chart(f"loss over {far} steps", (0, 0, far, high), (0, 1), marks, down=False)


def _curves(
    loss: LossName, x: NDArray[np.float64], curves: dict[LossName, NDArray[np.float64]], far: float,
    span: tuple[float, float],
) -> list[Mark]:  # fmt: skip
    """The four curves, the chosen one bright and on top, each named at its end; names keep their distance."""
    marks: list[Mark] = []
    order = sorted(NAMES, key=lambda name: name == loss)
    for name in order:
        role: Role = "output" if name == loss else "quiet"
        marks.append(Curve(x=x, y=curves[name], role=role, width=1.5 if name == loss else 0.75))
    ends = sorted(NAMES, key=lambda name: float(curves[name][-1]))
    gap, place = 0.13 * (span[1] - span[0]), span[0] - 1.0
    for name in ends:
        place = max(float(curves[name][-1]), place + gap)
        marks.append(
            Text(at=(far * 1.02, place), text=TITLES[name], role="output" if name == loss else "quiet", size=0.95)
        )
    return marks


def _read_off(
    loss: LossName, hover: Target | None, x: NDArray[np.float64], curves: dict[LossName, NDArray[np.float64]],
    span: tuple[float, float],
) -> list[Mark]:  # fmt: skip
    """A rule under the pointer, with a dot on each curve."""
    if hover is None or hover.panel != "chart" or hover.handle:
        return []
    at = words.place_on(x, hover.x)
    here = float(x[at])
    dots = np.array([[here, curves[name][at]] for name in NAMES])
    return [
        _line(((here, span[0]), (here, span[1])), "quiet", width=0.75),
        Scatter(points=locked(dots), role="quiet", size=6),
    ]


def _rules(view: Box, ticks: tuple[float, ...]) -> Line:
    return Line(segments=np.array([[(view[0], y), (view[2], y)] for y in ticks], float), role="line", width=1)


def _chart(title: str, view: Box, ticks: tuple[float, ...], marks: list[Mark], down: bool = False) -> Panel:
    far = view[2]
    marks += [Text(at=(-0.02 * far, y), text=words.signed(y, 0).strip(), align="right", role="quiet", size=0.9) for y in ticks]
    return Panel(
        key="chart", title=title, marks=tuple(marks), view=view, place=(1, 4, 1, 1), square=False, down=down,
        fixed=True, margin=(4, 0.5, 7, 0.5),
    )  # fmt: skip

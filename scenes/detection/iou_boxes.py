"""The two boxes on their sheet, with what the chosen measure is made of drawn where it lies."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from engine.detection.iou_loss import Box, LossName
from scenes.detection.iou_model import Parts, Result, around, centre
from scenes.detection.iou_numbers import Numbers
from scenes.detection.iou_words import number
from scenes.detection.sheet import desk, ruled
from scenes.picture import Arrow, Boxes, Line, Mark, Panel, Region, Role, Scatter
from scenes.scene import locked

Point = tuple[float, float]
ROLES: tuple[Role, Role] = ("input", "target")  # of the predicted box and the target
PARTS: dict[LossName, frozenset[str]] = {
    "iou": frozenset({"intersection", "union"}),
    "giou": frozenset({"intersection", "union", "hull", "empty"}),
    "diou": frozenset({"intersection", "distance", "diagonal"}),
    "ciou": frozenset({"intersection", "distance", "diagonal", "turn"}),
}


def boxes_panel(
    loss: LossName, pair: tuple[Box, Box], result: Result, sheet: Box, numbers: Numbers, *, ended: bool
) -> Panel:
    """The boxes and the parts of the measure that are known; at the end also where descent pulls."""
    shown = PARTS[loss] & numbers.keys()
    marks = [*ruled(sheet), *_areas(pair, shown), *_lines(pair, shown), _outlines(pair, result.parts, shown)]
    still = ended and not result.gradients[loss].any()
    if ended:
        marks += _arrows(loss, pair[0], result, sheet)
    for at, text, role in _names(pair, numbers, shown, still=still):
        marks.append(Scatter(points=locked(np.array([at])), role=role, size=5, labels=(text,)))
    return Panel(key="boxes", marks=tuple(marks), view=sheet, within=desk(sheet), place=(0, 0, 1, 4))


def _shared(pair: tuple[Box, Box]) -> Box:
    """What both cover; turned inside out where they are apart."""
    a, b = pair
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def _areas(pair: tuple[Box, Box], shown: frozenset[str]) -> list[Mark]:
    """Each box filled faintly, what they share strongly, what is empty of the box around both hatched."""
    marks: list[Mark] = []
    if "empty" in shown:
        marks += [Region(extent=r, role="ignored", width=0, hatched=True) for r in _empty(*pair)]
    marks += [Region(extent=b, role=r, width=0, fill=True) for b, r in zip(pair, ROLES, strict=True)]
    shared = _shared(pair)
    if "intersection" in shown and shared[0] < shared[2] and shared[1] < shared[3]:
        marks += [Region(extent=shared, role="output", width=0, fill=True)] * 3
    return marks


def _lines(pair: tuple[Box, Box], shown: frozenset[str]) -> list[Mark]:
    """The box around both and its diagonal, the way from centre to centre, the diagonals of the boxes."""
    marks: list[Mark] = []
    x1, y1, x2, y2 = around(*pair)
    if "hull" in shown or "diagonal" in shown:
        edges = [[(x1, y1), (x2, y1)], [(x1, y2), (x2, y2)], [(x1, y1), (x1, y2)], [(x2, y1), (x2, y2)]]
        marks.append(Line(segments=np.array(edges), role="quiet", dashed=True, width=1.5))
    if "diagonal" in shown:
        marks.append(_line((x1, y2), (x2, y1), "quiet", dashed=True))
    if "turn" in shown:
        marks += [
            _line((box[0], box[3]), (box[2], box[1]), role, dashed=True)
            for box, role in zip(pair, ROLES, strict=True)
        ]
    if "distance" in shown:
        marks.append(_line(centre(pair[0]), centre(pair[1]), "now", width=2))
    return marks


def _outlines(pair: tuple[Box, Box], parts: Parts, shown: frozenset[str]) -> Boxes:
    return Boxes(
        boxes=locked(np.array(pair)),
        roles=ROLES,
        role_of=_BOTH,
        labels=tuple(
            f"{name} {angle:.0f}°" if "turn" in shown else name
            for name, angle in zip(("predicted", "target"), parts.angles, strict=True)
        ),
        front=(0, 1),
        handle="box",
        movable=True,
    )


def _names(
    pair: tuple[Box, Box], numbers: Numbers, shown: frozenset[str], *, still: bool
) -> list[tuple[Point, str, Role]]:
    """Where each part is named, and how; the first come first where room is short."""
    names: list[tuple[Point, str, Role]] = []
    hull, shared = around(*pair), _shared(pair)
    apart = shared[0] >= shared[2] or shared[1] >= shared[3]
    if still:
        names.append((centre(pair[0]), "gradient 0: nothing pulls", "gradient"))
    if "intersection" in shown and (not apart or numbers["intersection"]):
        corner = shared[0], shared[1]
        names.append((_middle(centre(shared), corner), f"shared {number(numbers['intersection'])}", "output"))
    if "distance" in shown:
        names.append((_middle(*map(centre, pair)), f"ρ {_root(numbers['distance'])}", "now"))
    if "hull" in shown:
        names.append(((hull[2], hull[1]), f"around both {number(numbers['hull'])}", "quiet"))
    if "diagonal" in shown:
        names.append(((hull[2], hull[1]), f"c {_root(numbers['diagonal'])}", "quiet"))
    if {"empty", "hull"} <= shown and numbers["empty"] > 1e-6:
        largest = max(_empty(*pair), key=_area, default=hull)
        names.append((centre(largest), f"empty {number(numbers['empty'] * numbers['hull'])}", "quiet"))
    if "union" in shown and not apart:
        names.append((_own_spot(*pair), f"union {number(numbers['union'])}", "text"))
    return names


def _root(square: float) -> str:
    return number(math.sqrt(max(square, 0.0)))


_BOTH = locked(np.array([0, 1], np.intp))


def _empty(pred: Box, target: Box) -> list[Box]:
    """What neither box covers of the one around them, in rectangles."""
    hull = around(pred, target)
    ys = sorted({pred[1], pred[3], target[1], target[3]})
    strips: list[Box] = []
    for top, bottom in pairwise(ys):
        covered = sorted((b[0], b[2]) for b in (pred, target) if b[1] <= top and bottom <= b[3])
        left = hull[0]
        for x1, x2 in [*covered, (hull[2], hull[2])]:
            if x1 > left:
                strips.append((left, top, x1, bottom))
            left = max(left, x2)
    return _joined(strips)


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


def _own_spot(pred: Box, target: Box) -> tuple[float, float]:
    """A place in the target that the predicted box does not cover, or in that one, where the target lies in it."""
    for box, other in ((target, pred), (pred, target)):
        bands = [
            (box[0], max(box[1], other[3]), box[2], box[3]),
            (box[0], box[1], box[2], min(box[3], other[1])),
            (max(box[0], other[2]), box[1], box[2], box[3]),
            (box[0], box[1], min(box[2], other[0]), box[3]),
        ]
        best = max(bands, key=_area)
        if best[0] < best[2] and best[1] < best[3]:
            return _middle(centre(best), (best[0], best[3]))
    return centre(pred)


def _area(box: Box) -> float:
    return max(box[2] - box[0], 0) * max(box[3] - box[1], 0)


def _arrows(loss: LossName, pred: Box, result: Result, sheet: Box) -> list[Mark]:
    """How a step of descent moves each edge, all four to one scale that shrinks large slopes."""
    gradient = result.gradients[loss].tolist()
    size = math.sqrt(result.parts.areas[1])
    longest = max(map(abs, gradient)) * size
    if longest < 1e-9:
        return []
    reach = 0.16 * (sheet[2] - sheet[0]) * min(1.0, math.sqrt(longest)) / longest * size
    x, y = pred[0] + 0.88 * (pred[2] - pred[0]), (pred[1] + pred[3]) / 2  # clear of the box's name
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


def _line(start: Point, end: Point, role: Role, *, width: float = 1.5, dashed: bool = False) -> Line:
    return Line(segments=np.array([[start, end]], float), role=role, width=width, dashed=dashed)


def _middle(a: Point, b: Point) -> Point:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2

"""What follows from two boxes: the race of the four losses, and the measures along a slide."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.detection.iou_loss import NAMES, Box, LossName
from scenes.detection import iou_words as words
from scenes.detection.iou_model import TITLES, Result
from scenes.detection.iou_numbers import Numbers
from scenes.picture import Boxes, Curve, Line, Mark, Panel, Region, Role, Scatter, Text
from scenes.scene import Target, locked

GHOSTS = locked(np.array([0.08, 0.18, 0.3, 0.45, 0.65]))  # the parts of a race whose boxes are shown
POINTS = 13  # on the way of the centre: more of them would show each step across a kink of the loss


def race_panel(
    name: LossName, column: int, loss: LossName, result: Result, sheet: Box, *, found: bool
) -> Panel:
    """Where descent of one loss takes the box: its start dashed, the way, and where it ends; the start alone
    while the measure is not found.
    """
    path = result.paths[name]
    pad = 0.07 * (sheet[3] - sheet[1])
    frame = (sheet[0] - pad, sheet[1] - pad, sheet[2] + pad, sheet[3] + pad)
    drawn = (path[0], result.target, path[-1]) if found else (path[0], result.target)
    marks: list[Mark] = [
        Region(extent=frame, role="accent" if name == loss else "line", width=2 if name == loss else 1),
        Region(extent=result.target, role="target", width=0, fill=True),
        Boxes(boxes=locked(np.stack(drawn)), roles=("removed", "target", "input"), role_of=_DRAWN[: len(drawn)]),
    ]  # fmt: skip
    if found:
        marks += _way(name, loss, result, (frame[0], frame[3] + 1.4 * pad))
    title = TITLES[name] if column else f"race: {TITLES[name]}"
    return Panel(
        key=f"race {name}", title=title, marks=tuple(marks), view=frame, place=(1, column, 1, 1), fixed=True,
        margin=(0.3, 0.2, 0.3, 1.3),
    )  # fmt: skip


def _way(name: LossName, loss: LossName, result: Result, foot: tuple[float, float]) -> list[Mark]:
    """The boxes on the way, the way of the centre and its end, and the IoU there under the panel."""
    path = result.paths[name]
    way = path[np.linspace(0, len(path) - 1, min(len(path), POINTS)).astype(int)]
    middle = (way[:, :2] + way[:, 2:]) / 2
    end = words.iou_of(path[-1].tolist(), result.target)
    still = bool((path[-1] == path[0]).all())
    ghosts = path[(GHOSTS * (len(path) - 1)).astype(int)]
    return [
        Line(segments=_outlines(ghosts), role="input", width=0.5),
        Curve(x=middle[:, 0], y=middle[:, 1], role="gradient", width=1),
        Scatter(points=locked(middle[-1:].copy()), role="gradient", size=6),
        Text(at=foot, text="stands still" if still else f"IoU {end:.2f}",
             role="text" if name == loss else "quiet"),
    ]  # fmt: skip


_DRAWN = locked(np.array([0, 1, 2], np.intp))  # the start, the target, the end


def _outlines(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The four edges of each box, (4 N, 2, 2)."""
    corners = boxes[:, [[[0, 1], [2, 1]], [[2, 1], [2, 3]], [[2, 3], [0, 3]], [[0, 3], [0, 1]]]]
    return corners.reshape(-1, 2, 2)


def slide_panel(
    loss: LossName, result: Result, numbers: Numbers, hover: Target | None, *, found: bool
) -> Panel:
    """Each measure while the predicted box slides along the line of the centres; the marker can be dragged, and
    lies at the foot while the measure is not known. The curves come once it is `found`.
    """
    low, high = -1.0, 1.0
    far = float(result.slide[-1])
    marks: list[Mark] = [_rules((0, low, far, high), (-1, 0, 1))]
    touch = min(result.touch, far)
    marks.append(_line((touch, low), (touch, high), "quiet", width=1, dashed=True))
    if touch < 0.8 * far:
        marks.append(Text(at=(touch + 0.02 * far, low + 0.16), text="apart", role="quiet", size=0.9))
    curves = {name: np.clip(result.slides[name], low, high) for name in NAMES}
    if found:
        marks += _curves(loss, result.slide, curves, far, (low, high))
    marks += _read_off(loss, hover, result.slide, curves, (low, high))
    marks.append(_line((result.distance, low), (result.distance, high), "now", width=1.5))
    at = max(min(numbers.get(loss, low), high), low)
    marks.append(
        Scatter(
            points=locked(np.array([[result.distance, at]])),
            role="output",
            size=11,
            handle="slide",
            movable=True,
        )
    )
    return _chart("by distance of the centres", (0, low, far, high), (-1, 0, 1), marks)


def losses_panel(loss: LossName, result: Result, hover: Target | None, *, found: bool) -> Panel:
    """Each loss over the steps of the race, once the measure is `found`."""
    far = len(result.losses[loss]) - 1
    high = max(1.0, *(float(result.losses[name][0]) for name in NAMES)) * 1.05
    marks: list[Mark] = [_rules((0, 0, far, high), (0, 1))]
    curves = {name: np.clip(result.losses[name], 0, high) for name in NAMES}
    if found:
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
    gap, place = 0.19 * (span[1] - span[0]), span[0] - 1.0
    for name in ends:
        place = max(float(curves[name][-1]), place + gap)
        marks.append(
            Text(
                at=(far * 1.02, place),
                text=TITLES[name],
                role="output" if name == loss else "quiet",
                size=0.95,
            )
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
        _line((here, span[0]), (here, span[1]), "quiet", width=0.75),
        Scatter(points=locked(dots), role="quiet", size=6),
    ]


def _rules(view: Box, ticks: tuple[float, ...]) -> Line:
    return Line(segments=np.array([[(view[0], y), (view[2], y)] for y in ticks], float), role="line", width=1)


def _chart(title: str, view: Box, ticks: tuple[float, ...], marks: list[Mark], down: bool = False) -> Panel:
    far = view[2]
    for y in ticks:
        tick = words.signed(y, 0).strip()
        marks.append(Text(at=(-0.02 * far, y), text=tick, align="right", role="quiet", size=0.9))
    return Panel(
        key="chart", title=title, marks=tuple(marks), view=view, place=(1, 4, 1, 1), square=False, down=down,
        fixed=True, margin=(4, 0.5, 7, 0.5),
    )  # fmt: skip


def _line(
    start: tuple[float, float], end: tuple[float, float], role: Role, *, width: float, dashed: bool = False
) -> Line:
    return Line(segments=np.array([[start, end]], float), role=role, width=width, dashed=dashed)

"""What the IoU family works on, two boxes, and what comes of them: measures, gradients, a race, a slide."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from engine.detection.boxes import box_diou, box_iou, ciou_of, giou_of
from engine.detection.iou_loss import (
    LOSSES,
    NAMES,
    Box,
    LossName,
    intersection_and_union,
    slope,
    way_down,
)
from engine.device import Engine
from scenes.parameters import BadParameter, Help, Range, When
from scenes.scene import Call, locked

LARGEST, SMALLEST = 10_000.0, 0.001  # of a coordinate; of a side
PLACES = 161  # along the slide
TITLES: dict[LossName, str] = {"iou": "IoU", "giou": "GIoU", "diou": "DIoU", "ciou": "CIoU"}

Coordinate = Annotated[float, Range(-LARGEST, LARGEST, step=0.001)]


@dataclass(frozen=True, kw_only=True)
class Params:
    """What a person may set."""

    loss: Annotated[
        Literal["iou", "giou", "diou", "ciou"], Help("whose parts, gradient and code are shown")
    ] = "iou"
    pred: Annotated[tuple[Coordinate, ...], Help("the predicted box: x1, y1, x2, y2")] = (1, 5.5, 3.5, 7.5)
    target: Annotated[tuple[Coordinate, ...], Help("the true box: x1, y1, x2, y2")] = (6, 1.5, 10.5, 5)
    gate: Annotated[
        bool, Help("CIoU's later form: alpha is 0 where IoU is below 0.5"), When("loss", ("ciou",))
    ] = False
    steps: Annotated[int, Range(1, 300), Help("how many steps of descent each loss gets in the race")] = 100
    lr: Annotated[
        float, Range(0.01, 1, step=0.01), Help("the race's step, which shrinks to 0 in its second half")
    ] = 0.5
    chart: Annotated[
        Literal["slide", "race"],
        Help("measures while one box slides to the other, or losses during the race"),
    ] = "slide"


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """The sheet (x1, y1, x2, y2) that the boxes lie on; a larger one is laid out when they do not fit."""

    sheet: Box = (0, 0, 12, 9)


@dataclass(frozen=True, kw_only=True, eq=False)
class Parts:
    """The numbers in the formulas."""

    shared: float
    areas: tuple[float, float]
    union: float
    hull: float  # the enclosing box's area
    distance: float  # of the centres, squared
    diagonal: float  # the enclosing box's, squared
    angles: tuple[float, float]  # arctan(width / height), in degrees
    v: float
    alpha: float

    @property
    def iou(self) -> float:
        return self.shared / self.union


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """The four measures and all that follows from them, by the name of the loss."""

    pred: Box
    target: Box
    gate: bool
    parts: Parts
    measures: dict[LossName, NDArray[np.float64]]  # () each
    gradients: dict[LossName, NDArray[np.float64]]  # (4,) of 1 - measure by the corners of pred
    paths: dict[LossName, NDArray[np.float64]]  # (T + 1, 4)
    losses: dict[LossName, NDArray[np.float64]]  # (T + 1,)
    slide: NDArray[np.float64]  # (PLACES,) distances of the centres
    slides: dict[LossName, NDArray[np.float64]]  # (PLACES,) the measure there
    distance: float  # of the centres, now
    touch: float  # the distance from which on the boxes are apart


def boxes_of(params: Params) -> tuple[Box, Box]:
    """The two boxes, checked.

    Raises:
        BadParameter: one is no box.
    """
    return _box("pred", params.pred), _box("target", params.target)


def _box(name: str, numbers: tuple[float, ...]) -> Box:
    shown = "[" + ", ".join(f"{number:g}" for number in numbers[:8]) + (", ...]" if len(numbers) > 8 else "]")
    if len(numbers) != 4:
        raise BadParameter(f"{name} is {shown}; it takes four numbers, x1, y1, x2, y2.")
    x1, y1, x2, y2 = numbers
    if x1 >= x2 or y1 >= y2:
        raise BadParameter(f"{name} is {shown}; it takes x1, y1, x2, y2 with x1 < x2 and y1 < y2.")
    if min(x2 - x1, y2 - y1) < SMALLEST * (1 - 1e-6):
        raise BadParameter(f"{name} is {shown}; its sides must be at least {SMALLEST:g} long.")
    return x1, y1, x2, y2


def sheet_of(pred: Box, target: Box, sheet: Box) -> Box:
    """The sheet where both boxes lie on it and do not get lost there; else one that suits them, 4 by 3."""
    x1, y1, x2, y2 = around(pred, target)
    width, height = sheet[2] - sheet[0], sheet[3] - sheet[1]
    inside = sheet[0] <= x1 and sheet[1] <= y1 and x2 <= sheet[2] and y2 <= sheet[3]
    if inside and max((x2 - x1) / width, (y2 - y1) / height) >= 0.1:
        return sheet
    across = 1.5 * max(x2 - x1, (y2 - y1) * 4 / 3)
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    return x - across / 2, y - across * 3 / 8, x + across / 2, y + across * 3 / 8


def around(a: Box, b: Box) -> Box:
    """The smallest box around both."""
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def centre(box: Box) -> tuple[float, float]:
    """The middle of a box."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def direction(pred: Box, target: Box) -> tuple[float, float, float]:
    """The way from the target's centre to the predicted one: its length, and it as a unit vector (to the
    left where the centres are the same).
    """
    (x, y), (u, v) = centre(pred), centre(target)
    length = math.hypot(x - u, y - v)
    return (length, (x - u) / length, (y - v) / length) if length > 1e-9 else (0.0, -1.0, 0.0)


def parts_of(pred: Box, target: Box, gate: bool) -> Parts:
    """The numbers in the formulas."""
    (w, h), (tw, th) = ((box[2] - box[0], box[3] - box[1]) for box in (pred, target))
    shared = max(min(pred[2], target[2]) - max(pred[0], target[0]), 0.0) * max(
        min(pred[3], target[3]) - max(pred[1], target[1]), 0.0
    )
    union = w * h + tw * th - shared
    hull = around(pred, target)
    across, down = hull[2] - hull[0], hull[3] - hull[1]
    (x, y), (u, t) = centre(pred), centre(target)
    angles = math.degrees(math.atan2(w, h)), math.degrees(math.atan2(tw, th))
    v = ((angles[1] - angles[0]) / 90) ** 2
    alpha = v / (1 - shared / union + v) if v > 0 and not (gate and shared / union < 0.5) else 0.0
    return Parts(
        shared=shared, areas=(w * h, tw * th), union=union, hull=across * down,
        distance=(x - u) ** 2 + (y - t) ** 2, diagonal=across**2 + down**2, angles=angles, v=v, alpha=alpha,
    )  # fmt: skip


def compute(params: Params, inputs: Inputs, engine: Engine) -> Result:
    """Measures, gradients and the race by their closed forms, the slide in one batch."""
    pred, target = boxes_of(params)
    found = {name: slope(name, pred, target, params.gate) for name in NAMES}
    runs = {name: way_down(name, pred, target, params.steps, params.lr, params.gate) for name in NAMES}
    sheet, length = sheet_of(pred, target, inputs.sheet), direction(pred, target)[0]
    slide, slides = _slide(params, max(0.62 * (sheet[2] - sheet[0]), 1.1 * length), engine)
    return Result(
        pred=pred,
        target=target,
        gate=params.gate,
        parts=parts_of(pred, target, params.gate),
        measures={name: locked(np.array(1 - loss)) for name, (loss, _) in found.items()},
        gradients={name: locked(np.array(gradient)) for name, (_, gradient) in found.items()},
        paths={name: locked(np.array(path, np.float64)) for name, (path, _) in runs.items()},
        losses={name: locked(np.array(losses)) for name, (_, losses) in runs.items()},
        slide=slide,
        slides=slides,
        distance=length,
        touch=_touch(pred, target),
    )


def _touch(pred: Box, target: Box) -> float:
    """The distance of the centres from which on the boxes are apart, on the line on which they lie now."""
    _, ux, uy = direction(pred, target)
    reach = [
        ((pred[k + 2] - pred[k] + target[k + 2] - target[k]) / 2, abs(u)) for k, u in enumerate((ux, uy))
    ]
    return min(sides / part for sides, part in reach if part > 1e-9)


def _slide(
    params: Params, farthest: float, engine: Engine
) -> tuple[NDArray[np.float64], dict[LossName, NDArray[np.float64]]]:
    """Distances of the centres (PLACES,), and each measure with the predicted box so far from the target."""
    pred, target = boxes_of(params)
    _, ux, uy = direction(pred, target)
    (x, y), half_w, half_h = centre(target), (pred[2] - pred[0]) / 2, (pred[3] - pred[1]) / 2
    distances = np.linspace(0, farthest, PLACES)
    start = np.array([x - half_w, y - half_h, x + half_w, y + half_h])
    moved = engine.tensor(start + distances[:, None] * np.array([ux, uy, ux, uy]))
    true = engine.tensor(np.array(target, np.float64))
    iou, diou = box_iou(moved, true), box_diou(moved, true)
    measures = iou, giou_of(iou, moved, true), diou, ciou_of(iou, diou, moved, true, gate=params.gate)
    return locked(distances), {name: engine.array(m) for name, m in zip(NAMES, measures, strict=True)}


def listing(params: Params, inputs: Inputs) -> Call:
    """The chosen loss, and the areas that it begins with."""
    pair = dict(
        zip(("pred", "target"), (torch.tensor(b, dtype=torch.float64) for b in boxes_of(params)), strict=True)
    )
    more = {"gate": params.gate} if params.loss == "ciou" else {}
    return Call(function=LOSSES[params.loss], arguments={**pair, **more}, into=(intersection_and_union,))


def arrays(result: Result) -> dict[str, NDArray[Any]]:
    """pred, target (4,); and for each NAME of iou, giou, diou, ciou: NAME (), grad_NAME (4,) the gradient of
    1 - NAME by the corners of pred, path_NAME (T + 1, 4) and loss_NAME (T + 1,) of the race.
    """
    named: dict[str, NDArray[Any]] = {"pred": np.array(result.pred), "target": np.array(result.target)}
    for name in NAMES:
        named[name] = result.measures[name]
        named[f"grad_{name}"] = result.gradients[name]
        named[f"path_{name}"] = result.paths[name]
        named[f"loss_{name}"] = result.losses[name]
    return named

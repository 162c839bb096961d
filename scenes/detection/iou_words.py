"""What the scene says of two boxes: formulas with their numbers, and sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.detection.iou_loss import NAMES, LossName
from scenes.detection.iou_model import TITLES, Result
from scenes.detection.iou_numbers import Numbers
from scenes.scene import Target

EDGES = {"w": (0, "left"), "n": (1, "top"), "e": (2, "right"), "s": (3, "bottom")}
WAYS = ("right", "down", "right", "down")
BACK = {"right": "left", "down": "up"}
CLOSE = 1e-9
MINUS = "\N{MINUS SIGN}"
LATEX: dict[LossName, str] = {
    "iou": r"\mathrm{IoU} = \frac{\mathrm{shared}}{\mathrm{union}}",
    "giou": r"\mathrm{GIoU} = \mathrm{IoU} - \frac{\mathrm{empty}}{\mathrm{around}}",
    "diou": r"\mathrm{DIoU} = \mathrm{IoU} - \frac{\rho^2}{c^2}",
    "ciou": r"\mathrm{CIoU} = \mathrm{IoU} - \frac{\rho^2}{c^2} - \alpha v",
}


def number(value: float) -> str:
    """A length or an area in three digits or so."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def signed(value: float, decimals: int = 3) -> str:
    """A value with a true minus, as wide as its negative."""
    text = f"{value:.{decimals}f}"
    if not text.strip("-0."):
        text = text.lstrip("-")
    return text.replace("-", MINUS) if text.startswith("-") else f" {text}"


def iou_of(a: Sequence[float], b: Sequence[float]) -> float:
    """The IoU of two boxes with some area."""
    shared = max(min(a[2], b[2]) - max(a[0], b[0]), 0.0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0.0)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def formula(name: LossName, numbers: Numbers) -> str:
    """The measure's formula with its numbers, as far as they are known."""
    terms = [_ratio(numbers, "intersection", "union")]
    if name == "giou":
        if "empty" in numbers and "hull" in numbers:
            terms.append(f"{number(numbers['empty'] * numbers['hull'])}/{number(numbers['hull'])}")
    elif name != "iou":
        terms.append(_ratio(numbers, "distance", "diagonal"))
    if name == "ciou" and "alpha" in numbers and "v" in numbers:
        terms.append(f"{numbers['alpha']:.3f}·{numbers['v']:.3f}")
    return " − ".join(filter(None, terms))


def _ratio(numbers: Numbers, above: str, below: str) -> str:
    if above not in numbers or below not in numbers:
        return ""
    return f"{number(numbers[above])}/{number(numbers[below])}"


def sentence(loss: LossName, chart: str, result: Result, hover: Target | None) -> str:
    """What is pointed at, or what there is to see."""
    if hover is not None:
        if hover.panel == "measures" and hover.handle in NAMES:
            return arithmetic(hover.handle, result)
        if hover.panel == "chart":
            return _read_off(chart, result, hover.x)
        if hover.panel.startswith("race "):
            return _race(hover.panel.removeprefix("race "), result)
        if hover.handle == "box" and hover.index == 0 and hover.part in EDGES:
            return _edge(loss, result, *EDGES[hover.part])
    return _seen(loss, result)


def arithmetic(name: LossName, result: Result) -> str:
    """A measure in words, with its numbers."""
    parts, value = result.parts, signed(float(result.measures[name])).strip()
    if name == "iou":
        one, other = map(number, parts.areas)
        shared = number(parts.shared)
        return (
            f"IoU: {shared} shared of the union, {one} + {other} − {shared} = {number(parts.union)}: {value}."
        )
    if name == "giou":
        empty = number(max(parts.hull - parts.union, 0.0))
        return (
            f"GIoU: IoU {parts.iou:.3f}, less the part of the box around both that neither covers, "
            f"{empty} of {number(parts.hull)}: {value}."
        )
    if name == "diou":
        return (
            f"DIoU: IoU {parts.iou:.3f}, less the squared distance of the centres, {number(parts.distance)}, "
            f"over the squared diagonal, {number(parts.diagonal)}: {value}."
        )
    diou = signed(float(result.measures["diou"])).strip()
    if result.gate and parts.iou < 0.5:
        return f"CIoU, the later form: IoU is below 0.5, so alpha is 0 and nothing goes off DIoU: {value}."
    gap = abs(parts.angles[0] - parts.angles[1])
    return (
        f"CIoU: DIoU {diou}, less alpha {parts.alpha:.3f} times v {parts.v:.3f} "
        f"(the shapes' angles differ by {gap:.0f}°): {value}."
    )


def _read_off(chart: str, result: Result, x: float) -> str:
    """The four curves of a chart at a place."""
    if chart == "race":
        step = place_on(np.arange(len(result.losses["iou"])), x)
        told = [f"{TITLES[name]} {result.losses[name][step]:.3f}" for name in NAMES]
        return f"After {step} step{'s' * (step != 1)} the losses are: {', '.join(told)}."
    at = place_on(result.slide, x)
    told = [f"{TITLES[name]} {signed(float(result.slides[name][at])).strip()}" for name in NAMES]
    return f"With the centres {number(float(result.slide[at]))} apart: {', '.join(told)}."


def place_on(places: NDArray[Any], x: float) -> int:
    """The place of a chart that is nearest to x."""
    return int(np.abs(places - x).argmin())


def _race(name: str, result: Result) -> str:
    if name not in NAMES:
        return ""
    losses, end = result.losses[name], result.paths[name][-1].tolist()
    first, last, steps = float(losses[0]), float(losses[-1]), len(losses) - 1
    if abs(first - last) < CLOSE and not result.gradients[name].any() and first > 0.5:
        return f"The {TITLES[name]} loss stands still: {first:.3f} before and after {steps} steps."
    return (
        f"{steps} steps down the {TITLES[name]} loss take it from {first:.3f} to {last:.3f}; "
        f"the box then has IoU {iou_of(end, result.target):.3f}."
    )


def _edge(loss: LossName, result: Result, index: int, side: str) -> str:
    slope, way = float(result.gradients[loss][index]), WAYS[index]
    if abs(slope) < CLOSE:
        return f"The {side} edge: the {TITLES[loss]} loss does not change with it, so descent leaves it."
    towards = BACK[way] if slope > 0 else way
    return (
        f"The {side} edge: one unit {way} changes the {TITLES[loss]} loss at a rate of "
        f"{signed(slope).strip()}, so descent moves it {towards}."
    )


def _seen(loss: LossName, result: Result) -> str:
    parts, name = result.parts, TITLES[loss]
    value = 1 - float(result.measures[loss])
    if max(abs(p - t) for p, t in zip(result.pred, result.target, strict=True)) < CLOSE:
        return "The boxes are the same: all four measures are 1, and all four losses 0."
    if parts.shared <= 0:
        if loss == "iou":
            return (
                "The boxes do not touch: the IoU loss is 1 wherever the box stands, so nothing pulls at it."
            )
        return f"The boxes do not touch, and still the {name} loss, {value:.3f}, pulls as the arrows say."
    if loss == "giou" and abs(parts.hull - parts.union) < 1e-6 * parts.hull:
        return f"The boxes fill the box around both: GIoU is IoU, {parts.iou:.3f}."
    if loss in ("diou", "ciou") and math.sqrt(parts.distance / parts.diagonal) < 1e-6:
        if loss == "ciou" and parts.v > CLOSE and parts.alpha > 0:
            return f"The centres are the same: DIoU is IoU, {parts.iou:.3f}. Only CIoU sees another shape."
        return f"The centres are the same: nothing goes off IoU, {parts.iou:.3f}."
    return f"The {name} loss is {value:.4f}. The arrows say where a step of descent moves each edge."

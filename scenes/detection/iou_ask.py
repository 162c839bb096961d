"""What is asked before a step of an IoU loss: the union, the part that is empty, the distance's weight, the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from engine.trace import Frame, Trace
from scenes.asking import Choice, Question
from scenes.detection.iou_model import Params, Parts, boxes_of, parts_of
from scenes.detection.iou_numbers import Numbers, found_in
from scenes.detection.iou_words import number
from scenes.scene import State

MOST = 4  # answers to choose from
NEAR = 0.05  # of a measure, a part or a loss: so far off is worth half


def ask(state: State, trace: Trace, following: Frame) -> Question | None:
    """A question where the step finds a number that shows what the measure sees."""
    if following.callers:
        return None
    params: Params = state.params
    seen = found_in(params.loss, following)
    if following.returned:
        return _at_the_end(params, seen)
    for name, about in ABOUT.items():
        if name in following.changed and name in seen:
            return about(params, seen)
    return None


def _union(params: Params, seen: Numbers) -> Question | None:
    """Tempting: the sum of the areas, and the box around both."""
    parts = _parts(params)
    shared, union = seen.get("intersection", 0.0), seen["union"]
    one, other = map(number, parts.areas)
    why = f"less the shared {number(shared)}, which lies in both" if shared else "for they share nothing"
    return _number(
        "What area do the two boxes cover together, their union?", union,
        (sum(parts.areas), parts.hull, shared),
        f"{number(union)}: {one} + {other}, {why}.", number, scale=0.1 * union,
    )  # fmt: skip


def _empty(params: Params, seen: Numbers) -> Question | None:
    """Tempting: all but the shared part, and the empty area by the union."""
    hull, union = seen.get("hull", 0.0), seen.get("union", 0.0)
    if not hull or not union:
        return None
    return _number(
        f"Which part of the box around both, {number(hull)}, lies in neither box?", seen["empty"],
        ((hull - seen.get("intersection", 0.0)) / hull, (hull - union) / union, union / hull),
        f"{seen['empty']:.2f}: ({number(hull)} − {number(union)}) / {number(hull)}, all but the union.", _share,
    )  # fmt: skip


def _diou(params: Params, seen: Numbers) -> Question | None:
    """Tempting: the distance rewarded, or not squared, or left out."""
    iou, distance, diagonal = (seen.get(name, 0.0) for name in ("iou", "distance", "diagonal"))
    if not distance or not diagonal:
        return None
    return _number(
        f"IoU is {iou:.2f}, ρ is {number(math.sqrt(distance))} and c is {number(math.sqrt(diagonal))}. What is DIoU?",
        seen["diou"], (iou + distance / diagonal, iou - math.sqrt(distance / diagonal), iou),
        f"{_share(seen['diou'])}: {iou:.2f} − {number(distance)} / {number(diagonal)}, both squared.", _share,
    )  # fmt: skip


def _v(params: Params, seen: Numbers) -> Question | None:
    """Tempting: not squared, or in radians."""
    turn = abs(seen.get("turn", 0.0))
    return _number(
        f"The shapes as angles differ by {math.degrees(turn):.0f}°. What is v, from 0 for one shape to 1 for 90°?",
        seen["v"], (turn / (math.pi / 2), turn**2, 0.0),
        f"{seen['v']:.2f}: ({math.degrees(turn):.0f}° / 90°)².", _share,
    )  # fmt: skip


def _at_the_end(params: Params, seen: Numbers) -> Question | None:
    """The loss of boxes apart, which is no 0; and what alpha makes of v."""
    if params.loss not in seen:
        return None
    loss = 1 - seen[params.loss]
    if params.loss == "iou" and seen.get("intersection") == 0:
        parts = _parts(params)
        return _number(
            "The boxes do not touch. What is the IoU loss?", loss, (0.0, 1 + parts.distance / parts.diagonal),
            "1: IoU is 0, and the loss 1 − 0, however far apart the boxes are.", _share, scale=2 * NEAR,
        )  # fmt: skip
    if seen.get("v", 0.0) > 0.01 and {"iou", "distance", "diagonal", "alpha"} <= seen.keys():
        diou_loss = 1 - seen["iou"] + seen["distance"] / seen["diagonal"]
        known = f"The DIoU loss is {diou_loss:.2f}, alpha {seen['alpha']:.2f} and v {seen['v']:.2f}."
        return _number(
            f"{known} What is the CIoU loss?", loss, (diou_loss + seen["v"], diou_loss + seen["alpha"], diou_loss),
            f"{loss:.2f}: {diou_loss:.2f} + {seen['alpha']:.2f} × {seen['v']:.2f}.", _share,
        )  # fmt: skip
    return None


ABOUT: dict[str, Callable[[Params, Numbers], Question | None]] = {
    "union": _union,
    "empty": _empty,
    "diou": _diou,
    "v": _v,
}


def _share(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _parts(params: Params) -> Parts:
    return parts_of(*boxes_of(params), params.gate)


def _number(
    text: str, right: float, tempting: Iterable[float], reveal: str, told: Callable[[float], str], scale: float = NEAR
) -> Question | None:  # fmt: skip
    """A question for a number, with answers that read differently, by size; None where none is wrong."""
    answers = {told(right): right}
    for value in tempting:
        answers.setdefault(told(value), value)
    some = sorted(list(answers.items())[:MOST], key=lambda one: one[1])
    choices = tuple(Choice(label=label, answer=value) for label, value in some)
    if len(choices) < 2:
        return None
    return Question(text=text, kind="number", right=(right,), choices=choices, reveal=reveal, scale=scale)

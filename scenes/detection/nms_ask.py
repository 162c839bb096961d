"""What is asked before a step of suppression: who is kept next, who goes, and how far a score fades."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch

from engine.trace import Frame, Trace
from scenes.asking import Choice, Question
from scenes.detection.nms_model import MANY, Inputs, Params, is_soft
from scenes.detection.nms_run import best_of, indices, joining, leaving
from scenes.scene import State

MOST = 4  # answers to choose from
NEAR = 0.05  # a score so far off is worth half


def ask(state: State, trace: Trace, following: Frame) -> Question | None:
    """A question where the step decides something that the picture does not show yet."""
    params: Params = state.params
    seen = following.variables
    if len(state.inputs.boxes) > MANY:  # their numbers cannot be read
        return None
    if "best" in following.changed and "scores" in seen:
        return _kept_next(state.inputs, trace, following)
    if is_soft(params) and "scores" in following.changed and "factor" in seen:
        return _fading(params, following)
    if not is_soft(params) and "overlap" in following.changed and "rest" in seen:
        return _going(params, trace, following)
    return None


def _kept_next(inputs: Inputs, trace: Trace, following: Frame) -> Question | None:
    """Which box the next round begins with, where that is not simply the highest score there was. Tempting: one
    that is gone, one whose score was higher before, the last of those that tie, the largest, the lowest number.
    """
    seen, before = following.variables, following.before
    best, left, scores = best_of(seen), _left(before), seen["scores"]
    if len(left) < 2 or not any(
        best in joining(f) for f in trace.frames[following.index : following.index + 3]
    ):
        return None
    began, kept = inputs.scores, set(indices(before.get("keep", ())))
    above = [i for i in range(len(began)) if i not in kept and began[i] > began[best]]
    gone, faded = [i for i in above if i not in left], [i for i in above if i in left]
    ties = [i for i in left if i != best and scores[i] == scores[best]][-1:]
    if kept and not above and not ties:
        return None
    sizes = np.prod(inputs.boxes[:, 2:] - inputs.boxes[:, :2], axis=1)
    tempting = [
        *_highest(faded, began), *_highest(gone, began), *ties,
        *_highest([i for i in left if i != best], scores), *_highest(left, sizes), min(left),
    ]  # fmt: skip
    reveal = f"Box {best}: of the {len(left)} still in the race it scores highest, {scores[best]:.2f}"
    if ties:
        reveal = f"Box {best}: of equal scores the lower number comes first"
    elif faded:
        other = tempting[0]
        reveal += f"; box {other} began with {began[other]:.2f} and has faded to {scores[other]:.2f}"
    elif gone:
        reveal += f"; box {tempting[0]} with {began[tempting[0]]:.2f} is out of it"
    return _of_boxes(
        f"Which box is kept {'next' if kept else 'first'}?", [best], best, tempting, f"{reveal}."
    )


def _left(before: Mapping[str, Any]) -> list[int]:
    """The boxes in the race before a round begins."""
    if "waiting" in before:
        return torch.nonzero(before["waiting"]).flatten().tolist()
    return indices(before.get("order", ()))


def _highest(indices: list[int], values: Any) -> list[int]:
    return [max(indices, key=lambda i: float(values[i]))] if indices else []


def _going(params: Params, trace: Trace, following: Frame) -> Question | None:
    """Whom the best box removes. Tempting: the closest that stay, others' classes, and the lowest score."""
    seen = following.variables
    best, rest, overlap = best_of(seen), seen["rest"].tolist(), seen["overlap"].tolist()
    gone = next((leaving(f) for f in trace.frames[following.index + 1 :] if "order" in f.changed), [])
    near = sorted(zip(overlap, rest, strict=True), key=lambda one: -one[0])
    measure = "DIoU" if params.method == "diou" else "overlap"
    if gone:
        top = next((share, index) for share, index in near if index in gone)
        stay = [index for _, index in near if index not in gone]
        reveal = (
            f"Box {top[1]} goes{f', and {len(gone) - 1} more' if len(gone) > 1 else ''}: "
            f"its {measure} with box {best} is {top[0]:.2f}, more than {params.iou_threshold:.2f}."
        )
        tempting = [*stay[:2], *rest[-1:], best, *stay[2:]]
        return _of_boxes(f"Box {best} is kept. Which box goes because of it?", gone, top[1], tempting, reveal)
    touching = [(share, index) for share, index in near if share > 0.1]
    if not touching:
        return None
    share, index = touching[0]
    other = seen["labels"][index] != seen["labels"][best] if "labels" in seen else False
    why = (
        f"box {index} is of another class" if other and share > params.iou_threshold
        else f"the highest {measure} with box {best} is {share:.2f}, not more than {params.iou_threshold:.2f}"
    )  # fmt: skip
    counts = sorted({0, 1, len(touching)})
    return Question(
        text=f"Box {best} is kept. How many boxes go because of it?", kind="number", right=(0,),
        choices=tuple(Choice(label="none" if n == 0 else str(n), answer=n) for n in counts),
        reveal=f"None: {why}.",
    )  # fmt: skip


def _fading(params: Params, following: Frame) -> Question | None:
    """The new score of the box that is hit hardest. Tempting: 0, as if removed; times IoU; unchanged."""
    seen, before = following.variables, following.before
    best, factor = best_of(seen), seen["factor"]
    index = int((before["scores"] * (1 - factor)).argmax())
    was, now, share = (
        float(before["scores"][index]),
        float(seen["scores"][index]),
        float(seen["overlap"][index]),
    )
    if was - now < 2 * NEAR:
        return None
    how = (
        f"1 \N{MINUS SIGN} {share:.2f}" if params.method == "linear"
        else f"exp(\N{MINUS SIGN}{share:.2f}² / {params.sigma:g})"
    )  # fmt: skip
    tempting = (0.0, was * share, was, was * (1 - share))
    stands = f"Box {index} scores {was:.2f} and overlaps box {best} by {share:.2f}."
    return Question(
        text=f"{stands} What will it score after this round?",
        kind="number", right=(now,), scale=NEAR,
        choices=_numbers(now, tempting),
        reveal=f"{now:.2f}: {was:.2f} × {how}.",
    )  # fmt: skip


def _numbers(right: float, tempting: Iterable[float]) -> tuple[Choice, ...]:
    """Answers with two decimals, no two of them alike, by size."""
    told = {f"{right:.2f}": right}
    for number in tempting:
        told.setdefault(f"{number:.2f}", number)
    some = sorted(list(told.items())[: MOST + 1], key=lambda one: one[1])
    return tuple(Choice(label=label, answer=number) for label, number in some)


def _of_boxes(text: str, right: list[int], told: int, tempting: list[int], reveal: str) -> Question | None:
    """A question that is answered with a box: `told` of the right ones and some wrong ones to choose from, in the
    order of their numbers. None where there is no wrong one.
    """
    wrong = [index for index in dict.fromkeys(tempting) if index not in right][: MOST - 1]
    if not wrong:
        return None
    return Question(
        text=text, kind="part", right=tuple(right), panel="boxes", handle="box", reveal=reveal,
        choices=tuple(Choice(label=f"box {index}", answer=index) for index in sorted([told, *wrong])),
    )  # fmt: skip

"""What the scene says: of a prior and its numbers, of a truth, of a map, of what is shown beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.detection.assignment import IGNORED, POSITIVE, STRIDES, place_of
from engine.detection.yolo import COCO_PRIORS
from scenes.data.coco_classes import COCO_CLASSES
from scenes.detection.yolo_assignment_model import (
    OWN_THRESHOLD,
    PRIORS_BY_SIZE,
    TITLES,
    Params,
    Result,
    RuleName,
    measured_by,
    threshold_of,
)

STATUS = {POSITIVE: "positive", 0: "negative", IGNORED: "ignored"}


def count(number: int, noun: str) -> str:
    """A number of things."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def sides(index: int, size: int) -> str:
    """A prior's width and height."""
    stride, _, _, number = place_of(index, size)
    width, height = COCO_PRIORS[stride][number]
    return f"{width:g} × {height:g}"


def prior_name(index: int, size: int) -> str:
    """A prior by its sides and place."""
    stride, row, column, _ = place_of(index, size)
    return f"{sides(index, size)} at row {row}, column {column}, stride {stride}"


def slot_of(index: int, size: int) -> int:
    """Which of the nine priors, the smallest first, stands at an index."""
    stride, _, _, number = place_of(index, size)
    return 3 * STRIDES[::-1].index(stride) + number


def truth_name(result: Result, index: int) -> str:
    """A truth by its number and class."""
    return f"truth {index} ({COCO_CLASSES[result.labels[index]]})"


def of_prior(params: Params, result: Result, index: int) -> str:
    """What a prior is, and why, with the numbers that decide."""
    status, name = int(result.status[index]), prior_name(index, result.size)
    if status == POSITIVE:
        truth = int(result.matched[index])
        return (
            f"{name}: positive, it answers for {truth_name(result, truth)}. {_terms(params, result, index)}"
        )
    most, truth = float(result.overlap[index]), int(result.overlapped[index])
    thing = "its predicted box" if result.by == "prediction" else "it"
    if params.rule == "ultralytics":
        return f"{name}: negative, for no truth near its cell has sides like its own. {_terms(params, result, index)}"
    if truth < 0:
        return f"{name}: negative, {thing} touches no truth. {_terms(params, result, index)}"
    how = f"{thing} overlaps {truth_name(result, truth)} by {most:.3f}"
    limit = f"{params.ignore_threshold:g}"
    if status == IGNORED:
        return f"{name}: ignored, {how}, more than {limit}, but another prior answers for it. No loss."
    return f"{name}: negative, {how}, not more than {limit}. {_terms(params, result, index)}"


def _terms(params: Params, result: Result, index: int) -> str:
    whose = "Darknet's loss:" if params.rule == "ultralytics" else "Loss:"
    box, confidence, classes = result.terms[index].tolist()
    logit = float(result.objectness[index])
    chance = 1 / (1 + np.exp(-logit))
    if result.status[index] == POSITIVE:
        return (
            f"{whose} box {box:.3g} + object −ln {chance:.3g} = {confidence:.3g} + class {classes:.3g} "
            f"= {box + confidence + classes:.3g}."
        )
    return f"{whose} −ln(1 − {chance:.3g}) = {confidence:.3g}."


def of_truth(result: Result, index: int) -> str:
    """Which prior answers for a truth, and how it came to be chosen."""
    x1, y1, x2, y2 = result.truths[index].tolist()
    best = int(result.likeness[index].argmax())
    stride, width, height = PRIORS_BY_SIZE[best]
    owners = np.flatnonzero((result.matched == index) & (result.status == POSITIVE))
    start = (
        f"{truth_name(result, index).capitalize()}, {x2 - x1:.0f} × {y2 - y1:.0f} px, is most like prior "
        f"{width:g} × {height:g} (IoU {result.likeness[index][best]:.2f}), stride {stride}"
    )
    if not len(owners):
        return f"{start}, but a later truth has taken that prior: nobody answers for it."
    if len(owners) > 1:
        return f"{start}. Here {len(owners)} priors answer for it."
    _, row, column, _ = place_of(int(owners[0]), result.size)
    return f"{start}. Its centre lies in row {row}, column {column}: that prior answers for it."


def rule_in_words(params: Params, rule: RuleName) -> tuple[str, str]:
    """A rule in two lines, with its numbers: who is positive, who is ignored."""
    if rule == "ultralytics":
        limit = params.ratio_limit if rule == params.rule else 4.0
        return f"positive: sides within a factor of {limit:g}", "ignored: none"
    thing = "predicted box" if measured_by(params, rule) == "prediction" else "prior"
    own = OWN_THRESHOLD[rule]
    limit = threshold_of(params, rule)
    note = "" if abs(limit - own) < 1e-9 else f" (as published {own:g})"
    return "positive: the best shape", f"ignored: {thing} overlaps > {limit:g}{note}"


def seen(params: Params, result: Result, chosen: int) -> str:
    """The sentence of the whole."""
    if not len(result.truths):
        return f"No truths: all {len(result.status):,} priors are negative. Press N to add one."
    positive, ignored, negative = result.counts()[-1]
    total = (
        f"{len(result.status):,} priors: {positive} positive, told yes; {ignored} ignored, told nothing; "
        f"{negative:,} negative, told no."
    )
    if params.show == "loss":
        return _loss_seen(params, result)
    if params.show == "rules":
        return f"By the rule of {TITLES[params.rule]}, {total}"
    if params.show == "schedule":
        return (
            "The paper names no optimizer; yolov3.cfg has SGD with momentum 0.9, decay 0.0005 and a warm-up."
        )
    if params.show == "priors" and 0 <= chosen < len(result.truths) and len(result.truths) <= 2:
        return of_truth(result, chosen)
    lost = [g for g in range(len(result.truths)) if not (result.matched == g).any()]
    if lost and params.rule != "ultralytics":
        return f"{total} Nobody answers for truth {lost[0]}: a later truth took its prior."
    if result.by == "prediction" and params.rule != "ultralytics":
        return f"{total} The predictions are a stand-in's, {params.trained:.0%} trained."
    return total


def _loss_seen(params: Params, result: Result) -> str:
    if params.rule == "ultralytics":
        return (
            "Darknet's loss on the priors of Ultralytics' rule. Its own has 1 − CIoU for the box, and asks for a "
            "confidence of the box's CIoU instead of 1."
        )
    total = float(result.terms.sum())
    of_negatives = float(result.terms[result.status == 0].sum())
    share = of_negatives / total if total else 0.0
    return (
        f"The loss is {total:,.4g}; {share:.0%} of it comes from {(result.status == 0).sum():,} negatives. "
        f"{count(int((result.status == IGNORED).sum()), 'ignored prior')} add nothing."
    )


def ratios_of(result: Result, truth: int) -> NDArray[np.float64]:
    """The larger of the factors between the sides of a truth and of each of the nine priors."""
    x1, y1, x2, y2 = result.truths[truth].astype(np.float64).tolist()
    ratio = np.array([x2 - x1, y2 - y1]) / np.array([sides for _, *sides in PRIORS_BY_SIZE])
    return np.asarray(np.maximum(ratio, 1 / ratio).max(1))


def of_shape(params: Params, result: Result, truth: int, number: int) -> str:
    """How alike a truth and one of the nine priors are, worked out."""
    stride, width, height = PRIORS_BY_SIZE[number]
    x1, y1, x2, y2 = result.truths[truth].tolist()
    w, h = x2 - x1, y2 - y1
    shared = min(w, width) * min(h, height)
    if params.rule == "ultralytics":
        worst = float(ratios_of(result, truth)[number])
        verdict = "below" if worst < params.ratio_limit else "not below"
        return (
            f"Prior {width:g} × {height:g} (stride {stride}) and {truth_name(result, truth)}, {w:.0f} × {h:.0f}: "
            f"their sides differ by a factor of up to {worst:.2f}, {verdict} {params.ratio_limit:g}."
        )
    return (
        f"Prior {width:g} × {height:g} (stride {stride}) and {truth_name(result, truth)}, {w:.0f} × {h:.0f}, on one "
        f"centre: {shared:,.0f} shared / ({width * height:,.0f} + {w * h:,.0f} − {shared:,.0f}) "
        f"= {result.likeness[truth][number]:.3f}."
    )

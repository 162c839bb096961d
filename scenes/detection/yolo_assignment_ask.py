"""What is asked before a step of the assignment or the loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from engine.detection.assignment import IGNORED, POSITIVE, place_of, shape_iou
from engine.detection.boxes import box_iou
from engine.trace import Frame, Trace
from scenes.asking import Choice, Question
from scenes.detection.answers import of_numbers, of_parts
from scenes.detection.yolo_assignment_loss import loss_rows, row_names
from scenes.detection.yolo_assignment_model import PRIORS_BY_SIZE, SHAPES, Inputs, Params, measured_by
from scenes.detection.yolo_assignment_words import sides, slot_of
from scenes.scene import State

HOW_MANY = ("none", "one", "two", "all three")


def ask(state: State, trace: Trace, following: Frame) -> Question | None:
    """What the next step will show; None where that says nothing of the scene's point."""
    seen, changed = following.variables, following.changed
    if "objectness" in seen:
        return _of_the_loss(state.inputs, trace, following)
    if "fits" in changed and seen.get("number") == 0:
        return _how_many_fit(state.params, seen)
    index = seen.get("index")
    if isinstance(index, int) and "matched" not in changed and not following.returned:
        return _who_answers(state, seen)
    return None


def _who_answers(state: State, seen: Mapping[str, Any]) -> Question | None:
    """Which prior, or which truth where two want the same prior."""
    params, inputs, truth = state.params, state.inputs, int(seen["number"])
    before = int(seen["matched"][seen["index"]])
    if before >= 0:
        return _who_keeps_it(inputs, before, truth)
    if params.show == "cell":
        return _which_column(params, seen) if truth == 0 else None
    if params.show == "rules":
        return _though_it_overlaps(state, seen) if truth == 0 else None
    if params.show != "priors" or truth not in _worth_asking(seen["truths"]):
        return None
    box = seen["truth"]
    likeness = shape_iou(box, SHAPES.to(box)).tolist()
    best = slot_of(int(seen["index"]), params.size)
    grids = [range(first, first + 3) for first in (0, 3, 6)]
    parts = {best, *(max(grid, key=likeness.__getitem__) for grid in grids)}
    parts.add(max((n for n in grids[best // 3] if n != best), key=likeness.__getitem__))
    names = {n: f"{width:g} × {height:g}" for n, (_, width, height) in enumerate(PRIORS_BY_SIZE)}
    stride, width, height = PRIORS_BY_SIZE[best]
    w, h = (box[2:] - box[:2]).tolist()
    return Question(
        text=f"Truth {inputs.name(truth)} is {w:.0f} × {h:.0f} pixels. Which of the nine priors answers for it?",
        kind="part", panel="likeness", handle="shape", right=(best,), choices=of_parts({n: names[n] for n in parts}),
        reveal=f"The most alike of all nine: {width:g} × {height:g}, with an IoU of {likeness[best]:.2f} on one "
        f"centre. So the grid is that of stride {stride}.",
    )  # fmt: skip


def _worth_asking(truths: Tensor) -> set[int]:
    """The first truth, and the first after it that another grid answers for: more of them say nothing new."""
    shapes = SHAPES.to(truths)
    grids = [int(shape_iou(truth, shapes).argmax()) // 3 for truth in truths]
    return {0, next((n for n, grid in enumerate(grids) if grid != grids[0]), 0)}


def _though_it_overlaps(state: State, seen: Mapping[str, Any]) -> Question:
    """Of the prior with the best shape: what it becomes does not hang on how much it overlaps."""
    index, params = int(seen["index"]), state.params
    overlap = float(box_iou(seen["truth"], seen["boxes"][index]))
    so_far = "ignored" if int(seen["status"][index]) == IGNORED else "negative"
    thing = "Its predicted box" if measured_by(params, params.rule) == "prediction" else "It"
    return Question(
        text=f"Of all nine priors {sides(index, params.size)} is most like truth {state.inputs.name(0)} in shape. "
        f"{thing} overlaps it by {overlap:.2f}, the threshold is {params.ignore_threshold:g}, and so far it is "
        f"{so_far}. In which row does it end?",
        kind="part", panel="counts", handle="counts", right=(0,),
        choices=of_parts(dict(enumerate(("positive", "ignored", "negative")))),
        reveal="Positive: the best shape answers, whatever it overlaps. The threshold is for all the others.",
    )  # fmt: skip


def _which_column(params: Params, seen: Mapping[str, Any]) -> Question | None:
    """The cell of a truth's centre, where cells and pixels are easily mixed up."""
    x1, _, x2, _ = seen["truth"].tolist()
    stride, _, column, _ = place_of(int(seen["index"]), params.size)
    x = (x1 + x2) / 2
    choices = of_numbers(column, (x1 // stride, x2 // stride, x // (stride / 2), column + 1), 0)
    if not choices:
        return None
    return Question(
        text=f"The truth reaches from x = {x1:.0f} to {x2:.0f}, and the cells of its grid are {stride} pixels wide. "
        "In which column, counted from 0, is the cell that answers for it?",
        kind="number", right=(column,), choices=choices,
        reveal=f"Its centre decides: {x:.1f} / {stride} = {x / stride:.2f}, so column {column}.",
    )  # fmt: skip


def _who_keeps_it(inputs: Inputs, before: int, truth: int) -> Question:
    return Question(
        text=f"Truths {inputs.name(before)} and {inputs.name(truth)} want the same prior of the same cell. "
        "For which of them does it answer in the end?",
        kind="part", panel="map 0", handle="truth", right=(truth,),
        choices=of_parts({g: inputs.name(g) for g in (before, truth)}),
        reveal=f"For {inputs.name(truth)}: the later one overwrites. It does not look for the next best prior.",
    )  # fmt: skip


def _how_many_fit(params: Params, seen: Mapping[str, Any]) -> Question:
    worst, fits = seen["worst"].tolist(), len(seen["fits"])
    factors = ", ".join(f"{each:.1f}" for each in worst)
    counts = sorted({0, 1, 3, fits})
    return Question(
        text=f"The sides of truth 0 and the three priors of stride {seen['stride']} differ by factors of up to "
        f"{factors}; the limit is {params.ratio_limit:g}. How many of the three will answer for it?",
        kind="number", right=(fits,), choices=tuple(Choice(label=HOW_MANY[n], answer=n) for n in counts),
        reveal=f"{HOW_MANY[fits].capitalize()}: every prior that stays below the limit, and not only the best one."
        if fits
        else "None: not one of them stays below the limit.",
    )  # fmt: skip


def _of_the_loss(inputs: Inputs, trace: Trace, following: Frame) -> Question | None:
    seen, before = following.variables, following.before
    if "answer" in following.changed:
        return _how_many_are_asked(seen["status"])
    if "terms" in following.changed and not bool(before["terms"][:, 1].any()):
        terms = seen["terms"]
        return _which_row(inputs, trace, seen, terms) if bool(terms[:, 1].any()) else None
    return None


def _how_many_are_asked(status: Tensor) -> Question | None:
    count, positive, ignored = len(status), int((status == POSITIVE).sum()), int((status == IGNORED).sum())
    right = count - ignored
    counts = sorted({count, positive, right, count - positive})
    if len(counts) < 2:
        return None
    return Question(
        text=f"Of {count:,} priors {positive} are positive and {ignored} ignored. How many have to say whether "
        "an object is there?",
        kind="number", right=(right,), choices=tuple(Choice(label=f"{n:,}", answer=n) for n in counts),
        reveal=f"{right:,}: the positive ones should say yes, the negative ones no; only the {ignored} ignored are not "
        "asked.",
    )  # fmt: skip


def _which_row(inputs: Inputs, trace: Trace, seen: Mapping[str, Any], terms: Tensor) -> Question | None:
    status, matched = seen["status"].numpy(), seen["matched"].numpy()
    rows = row_names(inputs.labels, status, matched, trace.result.numpy())
    listed = loss_rows(status, trace.result.numpy())
    costs = terms[:, 1].double()
    sums = {n: float(costs[index]) for n, index in enumerate(listed)}
    of_kind = {"neg.": 0, "ignored": IGNORED}
    for n, name in enumerate(rows):
        if (kind := of_kind.get(name.split(" ")[-1])) is not None and n >= len(listed):
            sums[n] = float(costs[seen["status"] == kind].sum())
    right = max(sums, key=sums.__getitem__)
    total = f"{rows[right]}: {sums[right]:,.1f} of {sum(sums.values()):,.1f}."
    first = max(range(len(listed)), key=sums.__getitem__, default=-1)
    choices = of_parts({n: rows[n] for n in sums if n >= len(listed) or n in (right, first)})
    if not choices:
        return None
    return Question(
        text="Which row adds most to the object terms?",
        kind="part", panel="loss", handle="loss", right=(right,), choices=choices,
        reveal=f"{total} Each costs little, but they are many." if right >= len(listed) else total,
    )  # fmt: skip

"""What stands beside the maps: nine priors and counts, the rules in words, a cell, the learning rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.detection.assignment import STRIDES, place_of
from engine.detection.yolo_loss import learning_rate
from scenes.data.coco_classes import COCO_CLASSES
from scenes.detection import yolo_assignment_words as words
from scenes.detection.yolo_assignment_maps import Moment
from scenes.detection.yolo_assignment_model import (
    PRIORS_BY_SIZE,
    RULES,
    TITLES,
    Inputs,
    Params,
    Result,
    cell_logits,
    outcome_of,
)
from scenes.picture import (
    Bars,
    Boxes,
    Cells,
    Curve,
    Line,
    Mark,
    Panel,
    Region,
    Role,
    Table,
    Text,
)  # fmt: skip
from scenes.scene import Target, locked

LINES = 9  # of all tables, so that their rows are alike


def priors_panels(params: Params, inputs: Inputs, result: Result, moment: Moment) -> list[Panel]:
    """The nine priors on one centre with the truth at hand or chosen, how alike they are, and how many stand how."""
    chosen = inputs.chosen if 0 <= inputs.chosen < len(result.truths) else -1
    truth = moment.truth if moment.truth >= 0 else chosen
    if params.rule == "ultralytics":
        best = int(result.likeness[truth].argmax()) if truth >= 0 else -1
        bars = _ratio_panel(params, inputs, result, truth, stepping=moment.stepping)
    else:
        likeness, best = _likeness_at(result, moment, truth)
        bars = _likeness_panel(inputs, likeness, truth, best)
    return [_shapes_panel(result, truth, best), bars]


def _likeness_at(result: Result, moment: Moment, truth: int) -> tuple[NDArray[Any], int]:
    """How alike the truth and the nine priors are, and which is the best, as far as a step knows."""
    nothing: NDArray[np.float32] = np.zeros(9, np.float32)
    if moment.likeness:
        return np.array(moment.likeness), moment.best if 0 <= moment.best < 9 else -1
    if moment.index >= 0:
        return result.likeness[truth], words.slot_of(moment.index, result.size)
    if truth < 0 or moment.stepping:
        return nothing, -1
    return result.likeness[truth], int(result.likeness[truth].argmax())


def _shapes_panel(result: Result, chosen: int, best: int) -> Panel:
    sides, roles = np.array([(w, h) for _, w, h in PRIORS_BY_SIZE]), [0] * 9
    front: tuple[int, ...] = ()
    if chosen >= 0:
        truth = result.truths[chosen]
        sides, front = np.concatenate([sides, (truth[2:] - truth[:2])[None]]), (9,)
        roles.append(2)
        if best >= 0:
            roles[best], front = 1, (best, 9)
    boxes = np.concatenate([-sides / 2, sides / 2], 1)
    reach = float(np.abs(boxes).max()) * 1.02
    shapes = Boxes(
        boxes=locked(boxes),
        roles=("quiet", "weight", "target"),
        role_of=np.array(roles, np.intp),
        front=front,
    )
    view = (-reach, -0.9 * reach, reach, 0.9 * reach)
    return Panel(
        key="shapes",
        title="the nine priors",
        marks=(shapes,),
        view=view,
        place=(0, 2, 1, 1),
        fixed=True,
    )


def _likeness_panel(inputs: Inputs, likeness: NDArray[Any], truth: int, best: int) -> Panel:
    """The shape IoU of the truth with each prior: the best one wins."""
    roles: list[Role] = ["output" if n == best else "quiet" for n in range(9)]
    return _bars_panel(f"IoU with {inputs.name(truth)}" if truth >= 0 else "IoU", likeness, roles, far=1.0)


def _ratio_panel(params: Params, inputs: Inputs, result: Result, truth: int, *, stepping: bool) -> Panel:
    """The largest factor between a side of the truth and of each prior: all below the limit are positive."""
    ratios = words.ratios_of(result, truth) if truth >= 0 else np.zeros(9)
    told = truth >= 0 and not stepping
    roles: list[Role] = ["output" if told and r < params.ratio_limit else "quiet" for r in ratios.tolist()]
    title, limit = f"factor to {inputs.name(truth)}" if truth >= 0 else "factor", params.ratio_limit
    return _bars_panel(title, ratios, roles, far=max(float(ratios.max()), 1.5 * limit), limit=limit)


def _bars_panel(
    title: str, values: NDArray[Any], roles: Sequence[Role], *, far: float, limit: float | None = None
) -> Panel:
    shown = np.minimum(values.astype(np.float64), 999.0)
    bars = Bars(
        values=locked(shown),
        roles=tuple(roles),
        labels=tuple(f"{w:g} × {h:g}" for _, w, h in PRIORS_BY_SIZE),
        limit=limit,
        decimals=2 if limit is None else 1,
        handle="shape",
    )
    return Panel(
        key="likeness", title=title, marks=(bars,), view=(0, 0, far, 9), place=(1, 2, 3, 1), square=False, fixed=True,
        margin=(10, 0, 5, 0),
    )  # fmt: skip


def counts_panel(result: Result, status: NDArray[np.int64], place: tuple[int, int, int, int]) -> Panel:
    """How many priors stand how, and so what the maps show."""
    counts = result.counts(status)
    names = ("positive", "ignored", "negative")
    rows = [(name, *(f"{each[k]:,}" for each in counts)) for k, name in enumerate(names)]
    rows.append(("all", *(f"{sum(each):,}" for each in counts)))
    heads = ("by stride", *(str(s) for s in STRIDES), "all")
    return table_panel(
        "counts",
        "solid positive, hatched ignored, rest negative",
        heads,
        rows,
        place=place,
        lines=5,
        marked=((0, "kept"), (1, "ignored")),
        handle="counts",
    )


def table_panel(
    key: str, title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, place: Any, lines: int = LINES,
    marked: tuple[tuple[int, Role], ...] = (), handle: str = "",
) -> Panel:  # fmt: skip
    mark = Table(heads=heads, rows=tuple(rows), marked=marked, handle=handle)
    return Panel(
        key=key, title=title, marks=(mark,), view=(0, 0, 1, lines), place=place, square=False, fixed=True,
        margin=(0.5, 0, 0.5, 0),
    )  # fmt: skip


# The rules


def rules_panels(params: Params, result: Result) -> list[Panel]:
    """Each rule in words, how many priors stand how by it, and in how many it differs from the chosen one."""
    marks: list[Mark] = []
    for row, rule in enumerate(RULES):
        status = outcome_of(result, rule).status
        positive, ignored, negative = result.counts(status)[-1]
        other = int((status != result.status).sum())
        chosen = rule == params.rule
        counts = f"{positive} positive  {ignored} ignored  {negative:,} negative"
        note = "chosen" if chosen else f"differs in {other:,} priors"
        marks += [
            Region(
                extent=(0, row + 0.04, 1, row + 0.96), role="accent" if chosen else "line", width=0, fill=True
            ),
            Text(at=(0.03, row + 0.2), text=TITLES[rule], size=1.1),
            Text(at=(0.97, row + 0.2), text=note, align="right", role="accent" if chosen else "quiet"),
            *(
                Text(at=(0.03, row + 0.42 + 0.19 * line), text=told, role="quiet")
                for line, told in enumerate(words.rule_in_words(params, rule))
            ),
            Text(at=(0.03, row + 0.83), text=counts, mono=True),
        ]
    return [
        Panel(
            key="rules",
            title="outlined on the maps: what differs",
            marks=tuple(marks),
            view=(0, 0, 1, 3),
            place=(0, 2, 3, 1),
            square=False,
            fixed=True,
        )
    ]


# A cell, and the learning rate


def cell_panels(params: Params, inputs: Inputs, result: Result) -> list[Panel]:
    """All that a cell says: a row for each of its priors, 4 + 1 + 80 numbers each."""
    first, said = cell_logits(params, inputs, result)
    names = tuple(words.sides(first + k, result.size) for k in range(3))
    _, row, column, _ = place_of(first, result.size)
    own = Cells(
        values=locked(said[:, :5].astype(np.float64)),
        role="output",
        shade="signed",
        range=(-6, 6),
        decimals=2,
        handle="own",
        row_names=names,
        column_names=("tx", "ty", "tw", "th", "object"),
    )
    classes = Cells(
        values=locked(_unfolded(said[:, 5:]).astype(np.float64)),
        role="output",
        shade="signed",
        range=(-6, 6),
        handle="classes",
        marked=tuple(
            (4 * k + c // ACROSS, c % ACROSS, "now") for k, c in enumerate(said[:, 5:].argmax(1).tolist())
        ),
    )
    gaps = Line(segments=np.array([[(0, y), (ACROSS, y)] for y in (4, 8)], float), role="text", width=2)
    return [
        Panel(
            key="own",
            title=f"row {row}, column {column}: 3 × (4 + 1) numbers",
            marks=(own,),
            view=(0, 0, 5, 3),
            place=(0, 2, 1, 1),
            square=False,
            fixed=True,
            margin=(10, 1.2, 0.5, 0.2),
        ),
        Panel(
            key="classes",
            title="and 3 × 80 class logits: 255 in all",
            marks=(classes, gaps),
            view=(0, 0, ACROSS, 12),
            place=(1, 2, 3, 1),
            square=False,
            fixed=True,
            margin=(0.5, 0.2, 0.5, 0.5),
        ),
    ]


ACROSS = 20  # classes in a row: 80 are four rows


def _unfolded(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """The logits of three priors (3, 80) in four rows each (12, 20)."""
    return logits.reshape(12, ACROSS)


def of_cell(params: Params, inputs: Inputs, result: Result, hover: Target | None) -> str:
    """A number of the cell, and what it means."""
    first, said = cell_logits(params, inputs, result)
    if hover is None or hover.handle not in ("own", "classes") or hover.index < 0:
        stride, row, column, _ = place_of(first, result.size)
        cells = result.size // stride
        return (
            f"The grid of stride {stride} is {cells} × {cells} × 255, and 255 = 3 × (4 + 1 + 80). "
            f"This is its cell in row {row}, column {column}; click another."
        )
    width = 5 if hover.handle == "own" else 80  # 12 rows of 20 are 3 of 80
    row, column = divmod(hover.index, width)
    if row > 2:
        return ""
    name = words.sides(first + row, result.size)
    value = float(said[row, column + (0 if width == 5 else 5)])
    chance = 1 / (1 + np.exp(-value))
    if width == 80:
        return (
            f"Prior {name}, class {COCO_CLASSES[column]}: logit {value:.2f}, so σ = {chance:.3f}. "
            "The classes need not add to 1."
        )
    if column == 4:
        return f"Prior {name}, object: logit {value:.2f}, so a confidence of σ = {chance:.3f}."
    t = ("tx", "ty", "tw", "th")[column]
    if column < 2:
        edge = ("left", "upper")[column]
        return f"Prior {name}, {t} = {value:.2f}: σ = {chance:.3f} of the cell, from its {edge} edge."
    side = ("width", "height")[column - 2]
    return f"Prior {name}, {t} = {value:.2f}: e^t = {np.exp(value):.3f} of the prior's {side}."


def schedule_panels() -> list[Panel]:
    """The warm-up, the whole run, and the facts of yolov3.cfg."""
    facts = [
        ("SGD", "momentum 0.9, decay 0.0005"),
        ("rate", "0.001, batches of 64"),
        ("burn_in", "1,000 batches, power 4"),
        ("steps", "÷ 10 at 400,000 and 450,000"),
    ]
    return [
        _rate_panel("warm-up", "the first 2,000 batches: 0.001 (batch / 1000)⁴", (0, 2, 1, 1), 2000),
        _rate_panel("whole", "all 500,200 batches", (1, 2, 2, 1), 500_200),
        table_panel(
            "facts",
            "the optimizer: not in the paper",
            ("yolov3.cfg", ""),
            facts,
            place=(3, 2, 1, 1),
            lines=5,
        ),
    ]


def _rate_panel(key: str, title: str, place: tuple[int, int, int, int], last: int) -> Panel:
    batch = np.linspace(0, last, 801)
    rate = learning_rate(torch.tensor(batch)).numpy() * 1e3
    marks: list[Mark] = [
        Region(extent=(0, 0, last, 1.05), role="line", width=0),
        Line(segments=np.array([[(0, y), (last, y)] for y in (0, 1)], float), role="line"),
        Curve(x=batch, y=rate, role="weight"),
        Text(at=(-0.01 * last, 1), text="0.001", align="right", role="quiet", size=0.9),
        Text(at=(-0.01 * last, 0), text="0", align="right", role="quiet", size=0.9),
        Text(at=(last, -0.22), text=f"{last:,}", align="right", role="quiet", size=0.9),
        Text(at=(0, -0.22), text="batch 0", role="quiet", size=0.9),
    ]
    return Panel(
        key=key, title=title, marks=tuple(marks), view=(0, 0, last, 1.05), place=place, square=False,
        down=False, fixed=True, margin=(6, 0.3, 2, 2),
    )  # fmt: skip


def of_schedule(hover: Target | None) -> str:
    """The rate under the pointer."""
    if hover is None or hover.panel not in ("warm-up", "whole"):
        return ""
    batch = float(np.clip(round(hover.x), 0, 500_200))
    rate = float(learning_rate(torch.tensor([batch]))[0])
    if batch < 1000:
        return f"Batch {batch:,.0f}: 0.001 × ({batch:,.0f} / 1000)⁴ = {rate:.3g}."
    return f"Batch {batch:,.0f}: the rate is {rate:.3g}."

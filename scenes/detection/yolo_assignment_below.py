"""What stands below the maps: nine priors, counts, rules, the loss, the tug-of-war, a cell, the learning rate."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.detection.assignment import IGNORED, POSITIVE, STRIDES, place_of
from engine.detection.yolo_loss import learning_rate
from engine.trace import Frame
from scenes.data.coco_classes import COCO_CLASSES
from scenes.detection import yolo_assignment_words as words
from scenes.detection.yolo_assignment_model import (
    PRIORS_BY_SIZE,
    RULES,
    TITLES,
    Inputs,
    Params,
    Result,
    cell_logits,
)
from scenes.picture import (
    Arrow, Bars, Boxes, Cells, Curve, Image, Line, Mark, Panel, Region, Role, Scatter, Table, Text,
)  # fmt: skip
from scenes.scene import Target, locked

ROWS = 7  # of the loss table, for positive priors
LINES = 9  # of all tables, so that their rows are alike


def priors_panels(inputs: Inputs, result: Result) -> list[Panel]:
    """The nine priors on one centre with the chosen truth, how alike they are, and how many stand how."""
    return [*_shapes(inputs, result), _counts_panel(result)]


def _shapes(inputs: Inputs, result: Result) -> list[Panel]:
    chosen = inputs.chosen if inputs.chosen < len(result.truths) else -1
    sides = np.array([(w, h) for _, w, h in PRIORS_BY_SIZE])
    likeness = result.likeness[chosen] if chosen >= 0 else np.zeros(9, np.float32)
    best = int(likeness.argmax()) if chosen >= 0 else -1
    roles = ["quiet"] * 9
    labels = [f"{w:g} × {h:g}, stride {s}" for s, w, h in PRIORS_BY_SIZE]
    if chosen >= 0:
        truth = result.truths[chosen]
        sides = np.concatenate([sides, (truth[2:] - truth[:2])[None]])
        roles[best] = "weight"
        roles.append("target")
    boxes = np.concatenate([-sides / 2, sides / 2], 1)
    reach = float(np.abs(boxes[[*range(6), *range(9, len(boxes)), max(best, 0)]]).max()) * 1.12
    shapes = Boxes(
        boxes=locked(boxes),
        roles=("quiet", "weight", "target"),
        role_of=np.array([("quiet", "weight", "target").index(r) for r in roles], np.intp),
        front=(best, 9) if chosen >= 0 else (),
    )
    bars = Bars(
        values=locked(likeness.astype(np.float64)),
        roles=tuple("output" if n == best else "quiet" for n in range(9)),
        labels=tuple(labels),
        handle="shape",
    )
    name = inputs.name(chosen) if chosen >= 0 else "no truth"
    return [
        Panel(key="shapes", title="shape alone, on one centre", marks=(shapes,), view=(-2.2 * reach, -reach, 2.2 * reach, reach),
              place=(1, 0, 1, 2), fixed=True),
        Panel(key="likeness", title=f"IoU of {name} with the nine priors", marks=(bars,), view=(0, 0, 1, 9),
              place=(1, 2, 1, 2), square=False, fixed=True, margin=(21, 0, 5, 0)),
    ]  # fmt: skip


def _counts_panel(result: Result) -> Panel:
    counts = result.counts()
    names = ("positive", "ignored", "negative")
    rows = [(name, *(f"{each[k]:,}" for each in counts)) for k, name in enumerate(names)]
    rows.append(("all", *(f"{sum(each):,}" for each in counts)))
    heads = ("status", *(f"stride {s}" for s in STRIDES), "all")
    return _table("counts", "how the priors stand", heads, rows, place=(1, 4, 1, 2), lines=7)


def _table(
    key: str, title: str, heads: tuple[str, ...], rows: list[tuple[str, ...]], *, place: Any, lines: int = LINES,
    marked: tuple[tuple[int, Role], ...] = (), handle: str = "",
) -> Panel:  # fmt: skip
    mark = Table(heads=heads, rows=tuple(rows), marked=marked, handle=handle)
    return Panel(
        key=key, title=title, marks=(mark,), view=(0, 0, 1, lines), place=place, square=False, fixed=True,
        margin=(0.5, 0, 0.5, 0),
    )  # fmt: skip


# The rules


def rules_panels(params: Params, result: Result) -> list[Panel]:
    """Each rule in words, and how many priors stand how by it."""
    rows = []
    for rule in RULES:
        positive, ignored, negative = result.counts(result.outcomes[rule].status)[-1]
        other = int((result.outcomes[rule].status != result.status).sum())
        rows.append((
            TITLES[rule], words.rule_in_words(params, rule), f"{positive:,}", f"{ignored:,}", f"{negative:,}",
            "chosen" if rule == params.rule else f"{other:,}",
        ))  # fmt: skip
    heads = ("rule", "what it says", "positive", "ignored", "negative", "differs in")
    chosen = RULES.index(params.rule)
    return [
        _table("rules", "the rules on these truths, all three grids", heads, rows, place=(1, 0, 1, 6), lines=6,
               marked=((chosen, "accent"),))
    ]  # fmt: skip


# The loss


def loss_rows(result: Result) -> list[int]:
    """The positive priors that have a row in the table: the costliest."""
    positive = np.flatnonzero(result.status == POSITIVE)
    order = np.argsort(-result.terms[positive].sum(1), kind="stable")
    return sorted(positive[order[:ROWS]].tolist())


def loss_panels(
    params: Params, inputs: Inputs, result: Result, frame: Frame | None, hover: Target | None
) -> list[Panel]:
    """A row for each positive prior, one for all negatives, one for the ignored; and the weight 2 - w h."""
    listed, terms = loss_rows(result), _terms_so_far(result, frame)
    rows = [_loss_row(result, index, terms) for index in listed]
    rest = int((result.status == POSITIVE).sum()) - len(listed)
    if rest:
        others = np.setdiff1d(np.flatnonzero(result.status == POSITIVE), listed)
        rows.append((f"{rest} more", "", "", *_sums(terms, others)))
    negative, ignored = np.flatnonzero(result.status == 0), int((result.status == IGNORED).sum())
    rows.append((f"{len(negative):,} negative", "none", "", *_sums(terms, negative)))
    rows.append((f"{ignored:,} ignored", "not asked", "", "0", "0", "0", "0"))
    rows.append(("all", "", "", *_sums(terms, np.arange(len(result.status)))))
    marked: tuple[tuple[int, Role], ...] = ((len(rows) - 1, "output"),)
    if hover is not None and hover.handle == "loss" and 0 <= hover.index < len(rows):
        marked += ((hover.index, "accent"),)
    heads = ("prior", "truth", "2 − wh", "box", "object", "class", "together")
    table = _table("loss", "the loss, term by term", heads, rows, place=(1, 0, 1, 4), lines=max(len(rows) + 1, LINES),
                   marked=marked, handle="loss")  # fmt: skip
    return [table, _weight_panel(inputs, result)]


def _terms_so_far(result: Result, frame: Frame | None) -> NDArray[Any]:
    if frame is None:
        return result.terms
    seen = frame.outermost.variables.get("terms")
    return np.zeros_like(result.terms) if seen is None else seen.numpy()


def _sums(terms: NDArray[Any], indices: NDArray[Any]) -> tuple[str, str, str, str]:
    box, confidence, classes = terms[indices].sum(0, dtype=np.float64).tolist()
    return f"{box:,.3f}", f"{confidence:,.3f}", f"{classes:,.3f}", f"{box + confidence + classes:,.3f}"


def _loss_row(result: Result, index: int, terms: NDArray[Any]) -> tuple[str, ...]:
    truth = int(result.matched[index])
    stride = place_of(index, result.size)[0]
    name = f"{truth} {COCO_CLASSES[result.labels[truth]]}"
    return (
        f"{words.sides(index, result.size)} /{stride}", name, f"{result.weights[truth]:.3f}",
        *_sums(terms, np.array([index])),
    )  # fmt: skip


def loss_lit(result: Result, hover: Target | None) -> tuple[int, ...]:
    """The priors that a row of the table is about."""
    listed = loss_rows(result)
    if hover is None or hover.handle != "loss" or not 0 <= hover.index < len(listed):
        return ()
    return (listed[hover.index],)


def _weight_panel(inputs: Inputs, result: Result) -> Panel:
    """2 - w h over the side of a square truth, with the truths on the curve."""
    side = np.linspace(0, 1, 101)
    points = (
        np.stack([np.sqrt(np.maximum(2 - result.weights, 0)), result.weights], 1)
        if len(result.weights)
        else np.empty((0, 2))
    )
    marks: list[Mark] = [
        Line(segments=np.array([[(0, y), (1, y)] for y in (1.0, 2.0)]), role="line"),
        Curve(x=side, y=2 - side**2, role="weight"),
        Scatter(points=locked(points), role="target", size=9,
                labels=tuple(COCO_CLASSES[k] for k in result.labels.tolist())),
        Text(at=(-0.02, 2), text="2", align="right", role="quiet"),
        Text(at=(-0.02, 1), text="1", align="right", role="quiet"),
        Text(at=(0, 0.86), text="tiny", role="quiet", size=0.9),
        Text(at=(1, 0.86), text="as large as the input", align="right", role="quiet", size=0.9),
    ]  # fmt: skip
    return Panel(
        key="weight", title="weight of the box term, 2 − wh", marks=tuple(marks), view=(0, 1, 1, 2), place=(1, 4, 1, 2),
        square=False, down=False, fixed=True, margin=(3, 0.8, 2, 1.4),
    )  # fmt: skip


# The tug-of-war


def rivals_of(result: Result, truth: int) -> tuple[int, int] | None:
    """The positive prior of a truth, and the one whose predicted box is nearest to the truth of all others."""
    owners = np.flatnonzero((result.status == POSITIVE) & (result.matched == truth))
    if not len(owners):
        return None
    a, b = result.truths[truth].astype(np.float64), result.predictions.astype(np.float64)
    fit = _iou(a, b)
    owner = int(owners[fit[owners].argmax()])
    fit[result.status == POSITIVE] = -1
    return owner, int(fit.argmax())


def _iou(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float64]:
    shared = np.clip(np.minimum(a[2:], b[:, 2:]) - np.maximum(a[:2], b[:, :2]), 0, None).prod(1)
    union = (a[2:] - a[:2]).prod() + (b[:, 2:] - b[:, :2]).prod(1) - shared
    return np.asarray(shared / np.maximum(union, 1e-12))


def tug_panels(params: Params, inputs: Inputs, result: Result) -> list[Panel]:
    """The two boxes on their object; what the loss asks of both confidences, without and with ignoring."""
    pair = rivals_of(result, inputs.chosen) if inputs.chosen < len(result.truths) else None
    if pair is None:
        text = Text(
            at=(0.5, 0.5), text="Choose a truth that a prior answers for.", align="center", role="quiet"
        )
        return [
            Panel(key="tug", marks=(text,), view=(0, 0, 1, 1), place=(1, 0, 1, 6), fixed=True, square=False)
        ]
    truth = result.truths[inputs.chosen].astype(np.float64)
    boxes = result.predictions[list(pair)].astype(np.float64)
    fits = _iou(truth, boxes).tolist()
    chances = (1 / (1 + np.exp(-result.objectness[list(pair)].astype(np.float64)))).tolist()
    ignored = bool(result.status[pair[1]] == IGNORED)
    how = "as the rule has it" if ignored else f"if IoU {fits[1]:.2f} were above the threshold"
    return [
        _object_panel(inputs, result, truth, boxes, fits),
        _tug_panel("without", "without ignoring: one up, one down", 2, chances, rival_pulled=True),
        _tug_panel("with", f"with ignoring ({how}): nobody pulls the rival", 4, chances, rival_pulled=False),
    ]


def of_tug(params: Params, inputs: Inputs, result: Result) -> str:
    """The tug-of-war in numbers."""
    pair = rivals_of(result, inputs.chosen)
    if pair is None:
        return "Nobody answers for this truth: a later truth took its prior."
    fits = _iou(
        result.truths[inputs.chosen].astype(np.float64), result.predictions[list(pair)].astype(np.float64)
    )
    state = "ignored: it is left in peace" if result.status[pair[1]] == IGNORED else "negative: it is told 0"
    return (
        f"Both boxes fit (IoU {fits[0]:.2f} and {fits[1]:.2f}) and come from nearly the same pixels. One is told 1; "
        f"the other is {state}."
    )


def _object_panel(inputs: Inputs, result: Result, truth: Any, boxes: Any, fits: list[float]) -> Panel:
    low, high = np.minimum(truth[:2], boxes[:, :2].min(0)), np.maximum(truth[2:], boxes[:, 2:].max(0))
    pad = 0.25 * float((high - low).max())
    size = float(result.size)
    marks: list[Mark] = []
    if inputs.pixels is not None:
        marks.append(Image(pixels=inputs.pixels, extent=(0, 0, size, size)))
    marks.append(Boxes(
        boxes=locked(np.concatenate([truth[None], boxes])), roles=("target", "output", "now"), role_of=_THREE,
        labels=("truth", f"answers, IoU {fits[0]:.2f}", f"rival, IoU {fits[1]:.2f}"), front=(2, 1, 0),
    ))  # fmt: skip
    view = (float(low[0]) - 2.2 * pad, float(low[1]) - pad, float(high[0]) + 2.2 * pad, float(high[1]) + pad)
    return Panel(
        key="object",
        title="two boxes on one object",
        marks=tuple(marks),
        view=view,
        place=(1, 0, 1, 2),
        fixed=True,
    )


_THREE = locked(np.arange(3, dtype=np.intp))


def _tug_panel(key: str, title: str, column: int, chances: list[float], *, rival_pulled: bool) -> Panel:
    """Both confidences on a line from 0 to 1, and arrows as long as the slope of the loss."""
    marks: list[Mark] = []
    wanted = (1.0, 0.0 if rival_pulled else None)
    for row, (chance, goal, name) in enumerate(
        zip(chances, wanted, ("answers for it", "rival"), strict=True)
    ):
        y = 0.55 + row
        slope = 0.0 if goal is None else chance - goal
        marks += [
            Line(segments=np.array([[(0, y), (1, y)]]), role="quiet", width=1),
            Text(at=(0, y - 0.3), text=f"{name}: confidence {chance:.2f}", role="text"),
            Text(at=(1, y - 0.3), text=_slope_words(slope, goal), align="right", role="gradient" if goal is not None else "quiet"),
        ]  # fmt: skip
        if goal is not None:
            marks.append(Arrow(tail=(chance, y), head=(chance - 0.9 * slope, y), role="gradient"))
        marks.append(
            Scatter(points=locked(np.array([[chance, y]])), role="now" if row else "output", size=13)
        )
    for x, align in ((0.0, "left"), (1.0, "right")):
        marks.append(Text(at=(x, 2.0), text=f"{x:g}", align=align, role="quiet", size=0.9))  # type: ignore[arg-type]
    return Panel(
        key=key, title=title, marks=tuple(marks), view=(0, 0, 1, 2), place=(1, column, 1, 2), square=False, fixed=True,
        margin=(2, 0, 2, 1),
    )  # fmt: skip


def _slope_words(slope: float, goal: float | None) -> str:
    if goal is None:
        return "ignored: slope 0"
    return f"told {goal:g}: slope {slope:+.2f}".replace("-", "\N{MINUS SIGN}")


# A cell, and the learning rate


def cell_panels(params: Params, inputs: Inputs, result: Result) -> list[Panel]:
    """All that a cell says: a row for each of its priors, 4 + 1 + 80 numbers each."""
    first, said = cell_logits(params, inputs, result)
    names = tuple(words.sides(first + k, result.size) for k in range(3))
    stride, row, column, _ = place_of(first, result.size)
    own = Cells(
        values=locked(said[:, :5].astype(np.float64)), role="output", shade="signed", range=(-6, 6), decimals=2, handle="own",
        row_names=names, column_names=("tx", "ty", "tw", "th", "object"),
    )  # fmt: skip
    classes = Cells(
        values=locked(said[:, 5:].astype(np.float64)), role="output", shade="signed", range=(-6, 6), handle="classes",
    )  # fmt: skip
    return [
        Panel(key="own", title=f"row {row}, column {column}, stride {stride}: 3 × (4 + 1", marks=(own,), view=(0, 0, 5, 3),
              place=(1, 0, 1, 2), square=False, fixed=True, margin=(11, 1.6, 0.5, 1)),
        Panel(key="classes", title="+ 80) = 255 numbers: a logit for every class", marks=(classes,), view=(0, 0, 80, 3),
              place=(1, 2, 1, 4), square=False, fixed=True, margin=(0.5, 1.6, 0.5, 1)),
    ]  # fmt: skip


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
    width = 5 if hover.handle == "own" else 80
    row, column = divmod(hover.index, width)
    if row > 2:
        return ""
    name = words.sides(first + row, result.size)
    value = float(said[row, column + (0 if width == 5 else 5)])
    chance = 1 / (1 + np.exp(-value))
    if width == 80:
        return f"Prior {name}, class {COCO_CLASSES[column]}: logit {value:.2f}, so σ = {chance:.3f}. Classes need not add to 1."
    if column == 4:
        return f"Prior {name}, object: logit {value:.2f}, so a confidence of σ = {chance:.3f}."
    if column < 2:
        return f"Prior {name}, t{'xy'[column]} = {value:.2f}: σ = {chance:.3f} of the cell, from its {('left', 'upper')[column]} edge."
    return f"Prior {name}, t{'wh'[column - 2]} = {value:.2f}: e^t = {np.exp(value):.3f} of the prior's {('width', 'height')[column - 2]}."


def schedule_panels() -> list[Panel]:
    """The warm-up, the whole run, and the facts of yolov3.cfg."""
    facts = [
        ("optimizer", "SGD, momentum 0.9"), ("weight decay", "0.0005"), ("learning rate", "0.001"),
        ("burn_in", "1,000 batches of 64"), ("falls to a tenth", "at 400,000"), ("and again", "at 450,000"),
        ("ends", "at 500,200"),
    ]  # fmt: skip
    return [
        _rate_panel("warm-up", "the first 2,000 batches: 0.001 (batch / 1000)⁴", 0, 2000),
        _rate_panel("whole", "all 500,200 batches", 2, 500_200),
        _table("facts", "yolov3.cfg; the paper does not say", ("what", "value"), list(facts), place=(1, 4, 1, 2)),
    ]  # fmt: skip


def _rate_panel(key: str, title: str, column: int, last: int) -> Panel:
    batch = np.linspace(0, last, 801)
    rate = learning_rate(torch.tensor(batch)).numpy() * 1e3
    marks: list[Mark] = [
        Region(extent=(0, 0, last, 1.05), role="line", width=0),
        Line(segments=np.array([[(0, y), (last, y)] for y in (0, 1)], float), role="line"),
        Curve(x=batch, y=rate, role="weight"),
        Text(at=(-0.01 * last, 1), text="0.001", align="right", role="quiet", size=0.9),
        Text(at=(-0.01 * last, 0), text="0", align="right", role="quiet", size=0.9),
        Text(at=(last, -0.13), text=f"{last:,}", align="right", role="quiet", size=0.9),
        Text(at=(0, -0.13), text="batch 0", role="quiet", size=0.9),
    ]
    return Panel(
        key=key, title=title, marks=tuple(marks), view=(0, 0, last, 1.05), place=(1, column, 1, 2), square=False,
        down=False, fixed=True, margin=(6, 0.3, 2, 1.6),
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

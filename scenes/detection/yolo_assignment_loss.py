"""The loss beside the maps: its table, the weight of its box term, and the tug-of-war over one object."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.detection.assignment import IGNORED, POSITIVE
from engine.trace import Frame
from scenes.data.coco_classes import COCO_CLASSES
from scenes.detection.yolo_assignment_beside import LINES, table_panel
from scenes.detection.yolo_assignment_model import Inputs, Params, Result
from scenes.picture import Arrow, Boxes, Curve, Image, Line, Mark, Panel, Role, Scatter, Text
from scenes.scene import State, Target, locked

ROWS = 7  # of the loss table, for positive priors


def whose_loss(params: Params) -> str:
    """Whose loss it is: one for all rules here, which is not that of each."""
    return (
        "Darknet's loss, not Ultralytics' own"
        if params.rule == "ultralytics"
        else "the loss, as in Darknet; click a row"
    )


def loss_rows(status: NDArray[np.int64], terms: NDArray[Any]) -> list[int]:
    """The positive priors that have a row in the table: the costliest."""
    positive = np.flatnonzero(status == POSITIVE)
    order = np.argsort(-terms[positive].sum(1), kind="stable")
    return sorted(positive[order[:ROWS]].tolist())


def row_names(
    labels: NDArray[np.int64], status: NDArray[np.int64], matched: NDArray[np.int64], terms: NDArray[Any]
) -> list[str]:
    """What the rows of the table are called: a positive prior each, the others, negatives, ignored ones, all."""
    listed, counts = (
        loss_rows(status, terms),
        [int((status == kind).sum()) for kind in (POSITIVE, 0, IGNORED)],
    )
    names = [f"{truth} {COCO_CLASSES[labels[truth]]}"[:10].rstrip() for truth in matched[listed].tolist()]
    more = [f"{counts[0] - len(listed)} more"] if counts[0] > len(listed) else []
    return [*names, *more, f"{counts[1]:,} neg.", f"{counts[2]:,} ignored", "all"]


def loss_panels(state: State, result: Result, frame: Frame | None, hover: Target | None) -> list[Panel]:
    """A row for each positive prior, one for all negatives, one for the ignored; and the weight 2 - w h."""
    listed, terms = loss_rows(result.status, result.terms), _terms_so_far(result, frame, state.step)
    sums = [_sums(terms, np.array([index])) for index in listed]
    others = np.setdiff1d(np.flatnonzero(result.status == POSITIVE), listed)
    sums += [_sums(terms, others)] if len(others) else []
    sums += [_sums(terms, np.flatnonzero(result.status == kind)) for kind in (0, IGNORED)]
    sums.append(_sums(terms, np.arange(len(result.status))))
    weights = [f"{result.weights[truth]:.3f}" for truth in result.matched[listed].tolist()]
    weights += [""] * (len(sums) - len(weights))
    names = row_names(result.labels, result.status, result.matched, result.terms)
    rows = [(name, weight, *each) for name, weight, each in zip(names, weights, sums, strict=True)]
    marked: tuple[tuple[int, Role], ...] = ((len(rows) - 1, "output"),)
    if hover is not None and hover.handle == "loss" and 0 <= hover.index < len(rows):
        marked += ((hover.index, "accent"),)
    table = table_panel(
        "loss",
        whose_loss(state.params),
        ("truth", "2 − wh", "box", "object", "class"),
        rows,
        place=(0, 2, 1, 1),
        lines=max(len(rows) + 1, LINES),
        marked=marked,
        handle="loss",
    )
    return [table, _weight_panel(result)]


def _terms_so_far(result: Result, frame: Frame | None, step: int | None) -> NDArray[Any]:
    if frame is None and step != 0:
        return result.terms
    seen = frame.outermost.variables.get("terms") if frame is not None else None
    if not isinstance(seen, Tensor) or seen.shape != result.terms.shape:
        return np.zeros_like(result.terms)
    return np.asarray(seen.numpy())


def _sums(terms: NDArray[Any], indices: NDArray[Any]) -> tuple[str, ...]:
    return tuple(
        f"{v:.3f}" if v < 100 else f"{v:,.0f}" for v in terms[indices].sum(0, dtype=np.float64).tolist()
    )


def loss_lit(result: Result, hover: Target | None) -> int:
    """The prior that a row of the table is about; -1 where it is about many, or none is pointed at."""
    if hover is None or hover.handle != "loss":
        return -1
    listed = loss_rows(result.status, result.terms)
    return listed[hover.index] if 0 <= hover.index < len(listed) else -1


def _weight_panel(result: Result) -> Panel:
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
        Text(at=(1.02, 2), text="2", role="quiet"),
        Text(at=(1.02, 1), text="1", role="quiet"),
        Text(at=(0.01, 1.12), text="tiny", role="quiet", size=0.9),
        Text(at=(0.86, 1.12), text="as large as the input", align="right", role="quiet", size=0.9),
    ]  # fmt: skip
    return Panel(
        key="weight", title="weight of the box term, 2 − wh", marks=tuple(marks), view=(0, 1, 1, 2), place=(1, 2, 2, 1),
        square=False, down=False, fixed=True, margin=(7, 0.8, 3, 0.6),
    )  # fmt: skip


# The tug-of-war


@lru_cache(maxsize=4)
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
            Panel(key="tug", marks=(text,), view=(0, 0, 1, 1), place=(0, 2, 4, 1), fixed=True, square=False)
        ]
    truth = result.truths[inputs.chosen].astype(np.float64)
    boxes = result.predictions[list(pair)].astype(np.float64)
    fits = _iou(truth, boxes).tolist()
    chances = (1 / (1 + np.exp(-result.objectness[list(pair)].astype(np.float64)))).tolist()
    ignored = bool(result.status[pair[1]] == IGNORED)
    how = "nobody pulls the rival" if ignored else f"if IoU {fits[1]:.2f} were enough"
    return [
        _object_panel(inputs, result, truth, boxes, fits),
        _tug_panel(
            "without",
            "without ignoring: one up, one down",
            (1, 2, 2, 1),
            chances,
            rival_pulled=True,
        ),
        _tug_panel("with", f"with ignoring: {how}", (3, 2, 1, 1), chances, rival_pulled=False),
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
        place=(0, 2, 1, 1),
        within=(0, 0, size, size),
    )


_THREE = locked(np.arange(3, dtype=np.intp))


def _tug_panel(
    key: str, title: str, place: tuple[int, int, int, int], chances: list[float], *, rival_pulled: bool
) -> Panel:
    """Both confidences on a line from 0 to 1, and arrows as long as the slope of the loss."""
    marks: list[Mark] = []
    wanted = (1.0, 0.0 if rival_pulled else None)
    for line, (chance, goal, name) in enumerate(zip(chances, wanted, ("answers", "rival"), strict=True)):
        y = 0.66 + line
        slope = 0.0 if goal is None else chance - goal
        marks += [
            Line(segments=np.array([[(0, y), (1, y)]]), role="quiet", width=1),
            Text(at=(0, y - 0.36), text=f"{name}: {chance:.2f}", role="text"),
            Text(
                at=(1, y - 0.36),
                text=_slope_words(slope, goal),
                align="right",
                role="gradient" if goal is not None else "quiet",
            ),
        ]
        if goal is not None:
            marks.append(Arrow(tail=(chance, y), head=(chance - 0.9 * slope, y), role="gradient"))
        marks.append(
            Scatter(points=locked(np.array([[chance, y]])), role="now" if line else "output", size=13)
        )
    for x, align in ((0.0, "left"), (1.0, "right")):
        marks.append(Text(at=(x, 2.05), text=f"{x:g}", align=align, role="quiet", size=0.9))  # type: ignore[arg-type]
    return Panel(
        key=key, title=title, marks=tuple(marks), view=(0, 0, 1, 2), place=place, square=False, fixed=True,
        margin=(2, 0, 2, 1),
    )  # fmt: skip


def _slope_words(slope: float, goal: float | None) -> str:
    if goal is None:
        return "ignored: slope 0"
    return f"told {goal:g}: slope {slope:+.2f}".replace("-", "\N{MINUS SIGN}")

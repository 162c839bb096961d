"""What box coding works on, and what comes of it: one box, its loss, priors, a whole head, and its classes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from engine.detection.offsets import box_loss, offsets, smooth_l1
from engine.detection.priors import Distance, kmeans, update
from engine.detection.yolo import COCO_PRIORS, cells_of, class_scores, decode, encode
from engine.device import Engine
from scenes.detection.box_coding_head import Backdrop, Head, Predictions, predictions_of
from scenes.detection.box_coding_sizes import (
    MOST_PRIORS,
    Clustering,
    Sizes,
    clustering,
    drawn_run,
    drawn_starts,
    mean_iou_curves,
)
from scenes.parameters import BadParameter, Help, Range, When
from scenes.scene import Call, locked

Box = tuple[float, float, float, float]
View = Literal["decode", "offsets", "log", "kmeans", "head", "classes"]
FARTHEST = 6.0  # of tx, ty: within 0.25 % of the cell's border
LARGEST = 4.0  # of tw, th: 55 times the prior
MOST_CLASSES = 12
CLASS_NAMES = ("person", "woman", "dog", "car", "bicycle")  # the first two go together
Coordinate = Annotated[float, Range(-10_000, 10_000, step=0.1)]
Logit = Annotated[float, Range(-8, 8, step=0.01)]


@dataclass(frozen=True, kw_only=True)
class Params:
    """What a person may set."""

    view: Annotated[View, Help("which part of box coding is looked at")] = "decode"
    way: Annotated[
        Literal["decode", "encode"], Help("step through t to a box, or the true box to t"),
        When("view", ("decode",)),
    ] = "decode"  # fmt: skip
    prior: Annotated[
        Literal["116x90", "156x198", "373x326", "30x61", "62x45", "59x119", "10x13", "16x30", "33x23"],
        Help("one of YOLOv3's nine: three at stride 32, three at 16, three at 8"),
        When("view", ("decode", "log")),
    ] = "116x90"  # fmt: skip
    tx: Annotated[
        float, Range(-FARTHEST, FARTHEST, step=0.01), Help("where the centre stands in its cell, across"),
        When("view", ("decode",)),
    ] = 1.1  # fmt: skip
    ty: Annotated[
        float, Range(-FARTHEST, FARTHEST, step=0.01), Help("where the centre stands in its cell, down"),
        When("view", ("decode",)),
    ] = -0.6  # fmt: skip
    tw: Annotated[
        float, Range(-LARGEST, LARGEST, step=0.01), Help("the width: the prior's times e to this power"),
        When("view", ("decode", "log")),
    ] = 0.25  # fmt: skip
    th: Annotated[
        float, Range(-LARGEST, LARGEST, step=0.01), Help("the height: the prior's times e to this power"),
        When("view", ("decode",)),
    ] = 0.3  # fmt: skip
    truth: Annotated[
        tuple[Coordinate, ...], Help("the true box: x1, y1, x2, y2 in pixels"),
        When("view", ("decode", "offsets")),
    ] = (327, 279, 539, 370)  # fmt: skip
    proposal: Annotated[
        tuple[Coordinate, ...], Help("the box that the offsets start from: x1, y1, x2, y2"),
        When("view", ("offsets",)),
    ] = (290, 250, 450, 390)  # fmt: skip
    pred: Annotated[
        tuple[Coordinate, ...], Help("the predicted box: x1, y1, x2, y2"), When("view", ("offsets",))
    ] = (345, 220, 505, 395)
    positive: Annotated[
        bool,
        Help("the proposal holds an object (u ≥ 1); others have no box loss"),
        When("view", ("offsets",)),
    ] = True
    beta: Annotated[
        float, Range(0.05, 2, step=0.05), Help("where the loss turns from squared to straight"),
        When("view", ("offsets",)),
    ] = 1.0  # fmt: skip
    k: Annotated[int, Range(1, MOST_PRIORS), Help("how many priors"), When("view", ("kmeans",))] = 5
    distance: Annotated[
        Literal["iou", "euclidean"], Help("what makes a prior the nearest: 1 - IoU, or Euclidean distance"),
        When("view", ("kmeans",)),
    ] = "iou"  # fmt: skip
    seed: Annotated[
        int, Range(0, 99), Help("which of the sizes the centres start from"), When("view", ("kmeans",))
    ] = 3
    score_threshold: Annotated[
        float, Range(0, 1, step=0.01), Help("predictions that score lower are left out"),
        When("view", ("head",)),
    ] = 0.25  # fmt: skip
    objectness: Annotated[
        Logit, Help("is there an object at all? a logit"), When("view", ("classes",))
    ] = 2.0  # fmt: skip
    logits: Annotated[
        tuple[Logit, ...], Help("of which class is it? a logit each"), When("view", ("classes",))
    ] = (3.0, 2.6, -2.5, -4.0, -3.2)
    labels: Annotated[
        tuple[Annotated[int, Range(0, MOST_CLASSES - 1)], ...],
        Help("the true classes, by their numbers from 0: several may hold"), When("view", ("classes",)),
    ] = (0, 1)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """The picture beneath, a head, box sizes, where their centres start, and the cell looked at.

    `extent` is the picture's (width, height) in pixels; `head_backdrop` lies under the head's boxes.
    """

    head: Head
    sizes: Sizes
    extent: tuple[float, float]
    backdrop: Backdrop | None = None
    head_backdrop: Backdrop | None = None
    starts: NDArray[np.float64] | None = None  # (K, 2); None: drawn
    starts_seed: int = -1  # the seed that stood when a person put them there; another one draws anew
    window: Box | None = None  # the part of the picture that the one box is shown on; None: all
    cell: int = -1  # row * columns + column of the head; -1: that of the best prediction


@dataclass(frozen=True, kw_only=True, eq=False)
class OneBox:
    """A prior in a cell, t, the box it means, and what the true box would need."""

    prior: tuple[float, float]
    stride: float
    cell: tuple[int, int]  # column, row of the true box's centre
    t: NDArray[np.float64]  # (4,)
    box: Box
    at_rest: Box  # what t = 0 would mean: the prior in the middle of the cell
    truth: Box
    target: NDArray[np.float64]  # (4,) the t of the true box
    fraction: tuple[float, float]  # where its centre stands in the cell: what the sigmoid must give


@dataclass(frozen=True, kw_only=True, eq=False)
class Regression:
    """Offsets of a predicted and a true box from a proposal, and the loss between them."""

    proposal: Box
    pred: Box
    truth: Box
    t: NDArray[np.float64]
    t_true: NDArray[np.float64]
    terms: NDArray[np.float64]  # (4,) before the question whether the proposal is positive
    loss: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Classes:
    """Logits of one prediction read in two ways."""

    objectness: float
    sigmoid: NDArray[np.float64]
    softmax: NDArray[np.float64]
    scores: NDArray[np.float64]  # objectness times sigmoid
    truth: NDArray[np.float64]  # 1 where the class holds
    losses: NDArray[np.float64]  # binary cross-entropy of each


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """All faces of the scene."""

    one: OneBox
    regression: Regression
    clusters: Clustering
    rival: Clustering  # with the other distance, from starts of its own
    mean_iou: dict[Distance, NDArray[np.float64]] = field(
        repr=False
    )  # by distance, (K,) for 1, 2, ... priors
    head: Head = field(repr=False)
    predictions: Predictions = field(repr=False)
    classes: Classes


def prior_of(params: Params) -> tuple[tuple[float, float], int]:
    """The chosen prior's width and height, and the stride of its grid."""
    width, _, height = params.prior.partition("x")
    size = float(width), float(height)
    return size, next(stride for stride, sizes in COCO_PRIORS.items() if size in sizes)


def checked_box(name: str, numbers: tuple[float, ...]) -> Box:
    """A box parameter, checked.

    Raises:
        BadParameter: it is none, or has no area.
    """
    shown = "[" + ", ".join(f"{number:g}" for number in numbers[:8]) + (", ...]" if len(numbers) > 8 else "]")
    if len(numbers) != 4:
        raise BadParameter(f"{name} is {shown}; it takes four numbers, x1, y1, x2, y2.")
    x1, y1, x2, y2 = numbers
    if not (x2 - x1 >= 0.1 and y2 - y1 >= 0.1):
        raise BadParameter(f"{name} is {shown}; it takes x1, y1, x2, y2 with x1 < x2 and y1 < y2.")
    return x1, y1, x2, y2


def one_box(params: Params) -> OneBox:
    """A prior in the cell of the true box, with t."""
    truth = checked_box("truth", params.truth)
    size, stride = prior_of(params)
    true_box, prior = torch.tensor(truth, dtype=torch.float64), torch.tensor(size, dtype=torch.float64)
    cell = cells_of(true_box, stride)
    t = torch.tensor([params.tx, params.ty, params.tw, params.th], dtype=torch.float64)
    box, at_rest = (decode(each, prior, cell, stride) for each in (t, torch.zeros_like(t)))
    fraction = (true_box[:2] + true_box[2:]) / 2 / stride - cell
    return OneBox(
        prior=size, stride=stride, cell=(int(cell[0]), int(cell[1])), t=locked(t.numpy()), box=_as_box(box),
        at_rest=_as_box(at_rest), truth=truth, target=locked(encode(true_box, prior, cell, stride).numpy()),
        fraction=(float(fraction[0]), float(fraction[1])),
    )  # fmt: skip


def _as_box(box: torch.Tensor) -> Box:
    x1, y1, x2, y2 = box.tolist()
    return x1, y1, x2, y2


def regression(params: Params) -> Regression:
    """The loss of a predicted box."""
    boxes = {"pred": params.pred, "truth": params.truth, "proposal": params.proposal}
    pred, truth, proposal = (checked_box(name, box) for name, box in boxes.items())
    a, b, start = (torch.tensor(box, dtype=torch.float64) for box in (pred, truth, proposal))
    t, t_true = offsets(a, start), offsets(b, start)
    terms = smooth_l1(t - t_true, params.beta)
    return Regression(
        proposal=proposal, pred=pred, truth=truth, t=locked(t.numpy()), t_true=locked(t_true.numpy()),
        terms=locked(terms.numpy()), loss=float(terms.sum()) if params.positive else 0.0,
    )  # fmt: skip


def classes_of(params: Params) -> Classes:
    """The logits of one prediction, as sigmoids and as a softmax.

    Raises:
        BadParameter: there are none or too many, or a true class is none of them.
    """
    count = len(params.logits)
    if not 1 <= count <= MOST_CLASSES:
        raise BadParameter(f"logits has {count} values; it takes 1 to {MOST_CLASSES}, one a class.")
    if unknown := [label for label in params.labels if label >= count]:
        raise BadParameter(f"labels has {unknown[0]}; with {count} logits the classes are 0 to {count - 1}.")
    logits = torch.tensor(params.logits, dtype=torch.float64)
    truth = torch.zeros(count, dtype=torch.float64)
    truth[list(params.labels)] = 1
    scores = class_scores(torch.tensor(params.objectness, dtype=torch.float64), logits)
    return Classes(
        objectness=1 / (1 + math.exp(-params.objectness)), sigmoid=locked(torch.sigmoid(logits).numpy()),
        softmax=locked(torch.softmax(logits, 0).numpy()), scores=locked(scores.numpy()),
        truth=locked(truth.numpy()),
        losses=locked(F.binary_cross_entropy_with_logits(logits, truth, reduction="none").numpy()),
    )  # fmt: skip


def starts_of(params: Params, inputs: Inputs) -> NDArray[np.float64]:
    """Where the centres start: where a person put them, or at sizes drawn by the seed.

    Raises:
        BadParameter: there are fewer sizes than centres.
    """
    put = inputs.starts
    if put is not None and len(put) == params.k and inputs.starts_seed == params.seed:
        return put
    count = len(inputs.sizes.sizes)
    if params.k > count:
        raise BadParameter(f"k is {params.k}, but there are only {count} sizes; it takes 1 to {count}.")
    return drawn_starts(inputs.sizes, params.k, params.distance, params.seed)


def compute(params: Params, inputs: Inputs, engine: Engine) -> Result:
    """All faces; a head or a set of sizes that stays is worked through once."""
    starts = starts_of(params, inputs)
    drawn = partial(drawn_run, inputs.sizes, params.k, seed=params.seed, engine=engine)
    other: Distance = "euclidean" if params.distance == "iou" else "iou"
    return Result(
        one=one_box(params),
        regression=regression(params),
        clusters=clustering(inputs.sizes, starts, params.distance, engine)
        if starts is inputs.starts
        else drawn(distance=params.distance),
        rival=drawn(distance=other),
        mean_iou=dict(mean_iou_curves(inputs.sizes, engine)),
        head=inputs.head,
        predictions=predictions_of(inputs.head, engine),
        classes=classes_of(params),
    )


def cell_of(inputs: Inputs, predictions: Predictions) -> int:
    """The cell of the head that is looked at."""
    rows, columns = inputs.head.grid
    if 0 <= inputs.cell < rows * columns:
        return inputs.cell
    return int(predictions.order[0]) // len(inputs.head.anchors)


def best_in(predictions: Predictions, head: Head, cell: int) -> int:
    """The prediction of a cell that scores highest."""
    count = len(head.anchors)
    return cell * count + int(predictions.scores[cell * count : (cell + 1) * count].argmax())


def listing(params: Params, inputs: Inputs) -> Call:
    """The code of what is looked at."""
    if params.view == "kmeans":
        starts, sizes = torch.tensor(starts_of(params, inputs)), torch.tensor(inputs.sizes.sizes)
        return Call(
            function=kmeans, arguments={"sizes": sizes, "centres": starts, "distance": params.distance},
            into=(update,),
        )  # fmt: skip
    if params.view == "offsets":
        given = regression(params)
        boxes = {"pred": given.pred, "target": given.truth, "proposal": given.proposal}
        tensors = {name: torch.tensor(box, dtype=torch.float64) for name, box in boxes.items()}
        more = {"positive": params.positive, "beta": params.beta}
        return Call(function=box_loss, arguments={**tensors, **more}, into=(offsets, smooth_l1))
    if params.view == "classes":
        classes_of(params)
        logits = torch.tensor(params.logits, dtype=torch.float64)
        return Call(
            function=class_scores,
            arguments={"objectness": torch.tensor(params.objectness, dtype=torch.float64), "logits": logits},
        )
    if params.view == "head":
        return _head_listing(inputs)
    one = one_box(params)
    place = {
        "priors": torch.tensor(one.prior, dtype=torch.float64),
        "cells": torch.tensor(one.cell, dtype=torch.float64), "stride": one.stride,
    }  # fmt: skip
    if params.view == "decode" and params.way == "encode":
        return Call(
            function=encode, arguments={"boxes": torch.tensor(one.truth, dtype=torch.float64), **place}
        )
    return Call(function=decode, arguments={"t": torch.tensor(one.t), **place})


def _head_listing(inputs: Inputs) -> Call:
    """The decoding of the cell that is looked at: its best prediction."""
    head, found = inputs.head, predictions_of(inputs.head, Engine())
    cell = cell_of(inputs, found)
    best = best_in(found, head, cell)
    row, column = divmod(cell, head.grid[1])
    raw = torch.tensor(head.predictions[best])
    return Call(
        function=decode,
        arguments={
            "t": raw[:4], "priors": torch.tensor(head.anchors[best % len(head.anchors)]).to(raw),
            "cells": torch.tensor([column, row]).to(raw), "stride": head.stride,
        },
    )  # fmt: skip


def arrays(result: Result) -> dict[str, NDArray[Any]]:
    """Of the head: boxes (N, 4), objectness (N,), class_scores (N, C); priors (K, 2) of k-means, the smallest
    first, and mean_iou (12,) for 1 to 12 priors, mean_iou_euclidean likewise; of the one box t, box, target_t
    (4,); offset_t, offset_target, loss_terms (4,); of the classes sigmoid, softmax, scores (C,).
    """
    priors = result.clusters.priors
    return {
        "boxes": result.predictions.boxes,
        "objectness": result.predictions.objectness,
        "class_scores": result.predictions.class_scores,
        "priors": locked(priors[np.argsort(priors.prod(1), kind="stable")]),
        "mean_iou": result.mean_iou["iou"],
        "mean_iou_euclidean": result.mean_iou["euclidean"],
        "t": result.one.t,
        "box": np.array(result.one.box),
        "target_t": result.one.target,
        "offset_t": result.regression.t,
        "offset_target": result.regression.t_true,
        "loss_terms": result.regression.terms,
        "sigmoid": result.classes.sigmoid,
        "softmax": result.classes.softmax,
        "scores": result.classes.scores,
    }

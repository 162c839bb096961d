"""What the assignment works on, truths on an input, and what comes of it: a status and a loss for every prior."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.detection.assignment import (
    IGNORED,
    POSITIVE,
    STRIDES,
    assign_best,
    assign_overlaps,
    assign_ratio,
    check_truths,
    most_overlap,
    place_of,
    prior_index,
    responsible_prior,
    shape_iou,
)
from engine.detection.stand_in import CLASSES, Said, class_logits, said_by
from engine.detection.yolo import COCO_PRIORS, Places, prior_boxes, prior_places
from engine.detection.yolo_loss import box_weight, confidence_gradient, yolo_loss
from engine.device import Engine
from scenes.data.coco_classes import COCO_CLASSES
from scenes.parameters import BadParameter, Follows, Help, Range, When
from scenes.scene import Call, locked

Made = TypeVar("Made", bound=Callable[..., Any])
RuleName = Literal["paper", "darknet", "ultralytics"]
RULES: tuple[RuleName, ...] = ("paper", "darknet", "ultralytics")
TITLES: dict[RuleName, str] = {"paper": "the paper", "darknet": "Darknet", "ultralytics": "Ultralytics"}
OWN_THRESHOLD: dict[RuleName, float] = {"paper": 0.5, "darknet": 0.7}  # as published
SMALLEST, LARGEST, STEP = 128, 608, 32
MOST = 50  # truths
NEGATIVE_KIND, IGNORED_KIND, POSITIVE_KIND = range(3)  # of the tiles of a map
PRIORS_BY_SIZE = tuple((stride, *sides) for stride in reversed(STRIDES) for sides in COCO_PRIORS[stride])
SHAPES = torch.tensor([sides for _, *sides in PRIORS_BY_SIZE])
_BEST: tuple[RuleName, ...] = ("paper", "darknet")


@dataclass(frozen=True, kw_only=True)
class Params:
    """What a person may set."""

    size: Annotated[
        int, Range(SMALLEST, LARGEST, step=STEP), Help("side of the square input; a multiple of 32", "px")
    ] = 416
    rule: Annotated[
        Literal["paper", "darknet", "ultralytics"],
        Help("whose rule says which priors are positive or ignored"),
    ] = "paper"
    by: Annotated[
        Literal["rule", "prior", "prediction"],
        Help(
            "what must overlap a truth to be ignored: as the rule has it, the priors, or the predicted boxes"
        ),
        When("rule", _BEST),
    ] = "rule"
    ignore_threshold: Annotated[
        float,
        Range(0, 1, step=0.01),
        Help("what overlaps a truth by more is ignored; the paper has 0.5, Darknet's yolov3.cfg 0.7"),
        When("rule", _BEST),
        Follows("rule", OWN_THRESHOLD),
    ] = 0.5
    ratio_limit: Annotated[
        float,
        Range(1.1, 10, step=0.1),
        Help("sides of prior and truth must differ by a smaller factor"),
        When("rule", ("ultralytics",)),
    ] = 4.0
    trained: Annotated[
        float,
        Range(0, 1, step=0.01),
        Help("how well the stand-in for a network has learnt the truths: 0 says random numbers"),
    ] = 0.9
    seed: Annotated[int, Range(0, 99), Help("of the stand-in's random numbers")] = 0
    show: Annotated[
        Literal["priors", "rules", "loss", "tug", "cell", "schedule"],
        Help(
            "beside the maps: the nine priors, the rules side by side, the loss, the tug-of-war, a cell, the rate"
        ),
    ] = "priors"


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """Truths (G, 4) x1, y1, x2, y2 on a square sheet of `side`, stretched with it to the input's size; where
    `side` is 0 they are pixels of the input itself. `cell` is the stride and the place, as parts of the input,
    of the cell that is looked into.
    """

    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    side: float = 0.0
    pixels: NDArray[np.uint8] | None = None
    chosen: int = 0
    cell: tuple[int, float, float] = (16, 0.5, 0.5)

    def name(self, index: int) -> str:
        """A truth as people call it."""
        return f"{index} {COCO_CLASSES[self.labels[index]]}"


class Outcome(NamedTuple):
    """What a rule makes of the priors."""

    status: NDArray[np.int64]  # (N,) 1 positive, 0 negative, -1 ignored
    matched: NDArray[np.int64]  # (N,) the truth a positive prior answers for, or -1
    tiles: dict[int, NDArray[np.uint8]]  # by stride: (rows, 3 columns), the kind of each prior


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """The chosen rule's outcome, the others' beside it where they are compared, and the loss."""

    size: int
    truths: NDArray[np.float32]  # (G, 4) in pixels of the input
    labels: NDArray[np.int64]
    priors: NDArray[np.float32]  # (N, 4)
    t: NDArray[np.float32]  # (N, 4) what the stand-in says
    objectness: NDArray[np.float32]  # (N,) logits
    predictions: NDArray[np.float32]  # (N, 4)
    by: Literal["prior", "prediction"]
    overlap: NDArray[np.float32]  # (N,) the most that the prior's box (by `by`) overlaps a truth
    overlapped: NDArray[np.int64]  # (N,) which truth that is; -1 where none
    status: NDArray[np.int64]
    matched: NDArray[np.int64]
    outcomes: dict[RuleName, Outcome]  # of the rules that were asked for
    terms: NDArray[np.float32]  # (N, 3) box, objectness, class
    slope: NDArray[np.float32]  # (N,) of the loss by each objectness logit, as the rule has it
    weights: NDArray[np.float32]  # (G,) 2 - w h
    likeness: NDArray[np.float32]  # (G, 9) shape IoU with the priors, smallest first
    responsible: tuple[int, ...]  # by truth: the one prior of the paper's and Darknet's rule

    def counts(self, status: NDArray[np.int64] | None = None) -> list[tuple[int, int, int]]:
        """Positive, ignored and negative by stride, and of all."""
        of_all = self.status if status is None else status
        ends = np.cumsum([3 * (self.size // s) ** 2 for s in STRIDES])[:-1]
        parts = [*np.split(of_all, ends), of_all]
        return [(int((p == POSITIVE).sum()), int((p == IGNORED).sum()), int((p == 0).sum())) for p in parts]


@lru_cache(20)
def _grid(size: int) -> tuple[Places, Tensor]:
    return prior_places(size), prior_boxes(size)


def truths_of(params: Params, inputs: Inputs) -> NDArray[np.float32]:
    """The truths in pixels of the input.

    Raises:
        BadParameter: one does not fit into an input of this size.
    """
    size = params.size
    if inputs.side:
        stretched: NDArray[np.float32] = np.clip(inputs.boxes * (size / inputs.side), 0, size).astype(
            np.float32
        )
        return stretched
    outside = inputs.boxes.max(1) > size if len(inputs.boxes) else np.empty(0)
    for index in np.flatnonzero(outside)[:1].tolist():
        reach = float(inputs.boxes[index].max())
        least = STEP * int(np.ceil(reach / STEP))
        raise BadParameter(
            f"size is {size}; truth {index} reaches {reach:g}, outside the {size} × {size} input: "
            f"it takes a size of {least} or more, or another truth."
        )
    return inputs.boxes


def measured_by(params: Params, rule: RuleName) -> Literal["prior", "prediction"]:
    """What a rule's overlap is measured with, as set or as the rule has it."""
    if rule == params.rule and params.by != "rule":
        return params.by
    return "prediction" if rule == "darknet" else "prior"


def threshold_of(params: Params, rule: RuleName) -> float:
    """The threshold of a rule: of the chosen one as set, of the other as published."""
    return params.ignore_threshold if rule == params.rule else OWN_THRESHOLD[rule]


def tiles_of(status: NDArray[np.int64], size: int) -> dict[int, NDArray[np.uint8]]:
    """The kind of every prior, laid out as the grids are: three tiles side by side in each cell."""
    kinds = np.array([NEGATIVE_KIND, POSITIVE_KIND, IGNORED_KIND], np.uint8)[status]
    tiles, start = {}, 0
    for stride in STRIDES:
        cells = size // stride
        tiles[stride] = locked(kinds[start : start + 3 * cells**2].reshape(cells, 3 * cells))
        start += 3 * cells**2
    return tiles


def wanted_classes(
    params: Params,
    labels: NDArray[np.int64],
    status: NDArray[np.int64],
    matched: NDArray[np.int64],
    owners: tuple[int, ...],
) -> NDArray[np.float32]:
    """1 for the classes that each positive prior should name (P, CLASSES). In Darknet a prior that two truths
    asked for keeps the box of the later one, and the classes of both.
    """
    positive = np.flatnonzero(status == POSITIVE)
    wanted = np.zeros((len(positive), CLASSES), np.float32)
    wanted[np.arange(len(positive)), labels[matched[positive]]] = 1
    if params.rule == "darknet":
        row = {int(index): place for place, index in enumerate(positive.tolist())}
        for truth, owner in enumerate(owners):
            wanted[row[owner], labels[truth]] = 1
    return wanted


class Setting(NamedTuple):
    """What all of it is computed from, and the chosen rule's outcome, on one device."""

    places: Places
    priors: Tensor
    truths: Tensor
    said: Said
    owners: tuple[int, ...]  # by truth: the one prior of the paper's and Darknet's rule
    status: Tensor
    matched: Tensor


@dataclass(frozen=True, kw_only=True)
class Known:
    """What stays while other things are changed, on one device; told apart by the truths' numbers (G, 4) float32."""

    size: int
    numbers: bytes
    device: str

    @property
    def grid(self) -> tuple[Places, Tensor]:
        places, priors = _grid(self.size)
        if self.device == "cpu":
            return places, priors
        return Places(*(part.to(self.device) for part in places)), priors.to(self.device)

    @property
    def truths(self) -> Tensor:
        numbers = np.frombuffer(self.numbers, np.float32).reshape(-1, 4)
        return torch.tensor(numbers, device=self.device)


def _kept(function: Made) -> Made:
    """Remember the last few results; of another device than the CPU none, so that nothing is held there."""
    remembered = lru_cache(8)(function)

    @wraps(function)
    def kept(known: Known, *settings: float) -> Any:
        return (remembered if known.device == "cpu" else function)(known, *settings)

    return cast(Made, kept)


@_kept
def _owners(known: Known) -> tuple[int, ...]:
    return tuple(responsible_prior(truth, known.size) for truth in known.truths)


@_kept
def _near_priors(known: Known) -> tuple[Tensor, Tensor]:
    return most_overlap(known.truths, known.grid[1])


@_kept
def _said(known: Known, trained: float, seed: int) -> Said:
    places, priors = known.grid
    generator = torch.Generator().manual_seed(seed)
    return said_by(priors, places, known.truths, trained, generator, _near_priors(known))


@_kept
def _near_predictions(known: Known, trained: float, seed: int) -> tuple[Tensor, Tensor]:
    return most_overlap(known.truths, _said(known, trained, seed).boxes)


@_kept
def _by_ratio(known: Known, ratio_limit: float) -> tuple[Tensor, Tensor]:
    return assign_ratio(known.truths, known.size, ratio_limit)


def overlaps_of(known: Known, params: Params, rule: RuleName) -> tuple[Tensor, Tensor]:
    """The most that each box which a rule looks at overlaps a truth, and which."""
    if measured_by(params, rule) == "prediction":
        return _near_predictions(known, params.trained, params.seed)
    return _near_priors(known)


def _assigned(known: Known, params: Params, rule: RuleName) -> tuple[Tensor, Tensor]:
    """What a rule makes of the priors: the chosen one as set, the others as published."""
    if rule == "ultralytics":
        return _by_ratio(known, params.ratio_limit if rule == params.rule else 4.0)
    most, _ = overlaps_of(known, params, rule)
    owners = torch.tensor(_owners(known), dtype=torch.int64)
    return assign_overlaps(most, owners, threshold_of(params, rule))


def known_of(params: Params, inputs: Inputs, device: str = "cpu") -> Known:
    """The truths on their grids.

    Raises:
        ValueError: a truth is none, or does not fit into the input.
    """
    truths = truths_of(params, inputs)
    check_truths(torch.tensor(truths), params.size)
    return Known(size=params.size, numbers=truths.astype(np.float32).tobytes(), device=device)


def setting_of(params: Params, inputs: Inputs, device: str = "cpu") -> Setting:
    """The priors, the truths, what the stand-in says of them, and what the chosen rule makes of it."""
    known = known_of(params, inputs, device)
    said = _said(known, params.trained, params.seed)
    return Setting(*known.grid, known.truths, said, _owners(known), *_assigned(known, params, params.rule))


def loss_arguments(params: Params, inputs: Inputs, given: Setting) -> dict[str, Any]:
    """What the loss of the chosen rule is computed from."""
    numbers = given.status.cpu().numpy(), given.matched.cpu().numpy()
    wanted = torch.tensor(wanted_classes(params, inputs.labels, *numbers, given.owners)).to(
        given.truths.device
    )
    logits = class_logits((given.status == POSITIVE).nonzero().flatten(), wanted, params.trained, params.seed)
    return {
        "truths": given.truths, "t": given.said.t, "objectness": given.said.objectness, "class_logits": logits,
        "status": given.status, "matched": given.matched, "classes": wanted, "places": given.places,
        "size": params.size,
    }  # fmt: skip


def compute(params: Params, inputs: Inputs, engine: Engine) -> Result:
    """The chosen rule's outcome and its loss; where rules are compared, the others on the same truths as well."""
    given, known = setting_of(params, inputs, engine.device), known_of(params, inputs, engine.device)
    priors, truths, said = given.priors, given.truths, given.said
    overlap, overlapped = overlaps_of(known, params, params.rule)
    outcomes = {params.rule: _outcome(given.status, given.matched, params.size, engine)}
    for rule in RULES if params.show == "rules" else ():
        if rule != params.rule:
            outcomes[rule] = _outcome(*_assigned(known, params, rule), params.size, engine)
    shapes = SHAPES.to(priors)
    likeness = [shape_iou(truth, shapes) for truth in truths]
    return Result(
        size=params.size,
        truths=engine.array(truths),
        labels=inputs.labels,
        priors=engine.array(priors),
        t=engine.array(said.t),
        objectness=engine.array(said.objectness),
        predictions=engine.array(said.boxes),
        by=measured_by(params, params.rule),
        overlap=engine.array(overlap),
        overlapped=engine.array(overlapped),
        status=outcomes[params.rule].status,
        matched=outcomes[params.rule].matched,
        outcomes=outcomes,
        terms=engine.array(yolo_loss(**loss_arguments(params, inputs, given))),
        slope=engine.array(confidence_gradient(said.objectness, given.status)),
        weights=engine.array(box_weight(truths, params.size)),
        likeness=engine.array(torch.stack(likeness) if likeness else priors.new_zeros(0, 9)),
        responsible=given.owners,
    )


def _outcome(status: Tensor, matched: Tensor, size: int, engine: Engine) -> Outcome:
    numbers = engine.array(status)
    return Outcome(numbers, engine.array(matched), tiles_of(numbers, size))


def outcome_of(result: Result, rule: RuleName) -> Outcome:
    """What a rule makes of the priors; one that was not asked for is as published, and computed now."""
    if rule in result.outcomes:
        return result.outcomes[rule]
    truths = torch.tensor(result.truths)
    if rule == "ultralytics":
        found = assign_ratio(truths, result.size)
    else:
        boxes = result.predictions if rule == "darknet" else result.priors
        most, _ = most_overlap(truths, torch.tensor(boxes))
        found = assign_overlaps(
            most, torch.tensor(result.responsible, dtype=torch.int64), OWN_THRESHOLD[rule]
        )
    return _outcome(*found, result.size, Engine())


def focus_of(params: Params, inputs: Inputs, responsible: Sequence[int]) -> int:
    """The stride of the large map: that of the cell that is looked into, or of the chosen truth's prior."""
    if params.show == "cell":
        return inputs.cell[0]
    if not len(responsible):
        return 16
    return place_of(responsible[min(max(inputs.chosen, 0), len(responsible) - 1)], params.size)[0]


def strides_shown(params: Params, focus: int) -> tuple[int, ...]:
    """The stride of each of the three maps, the large one first; where rules are compared they share one."""
    if params.show == "rules":
        return focus, focus, focus
    return focus, *(stride for stride in STRIDES if stride != focus)


def rules_shown(params: Params) -> tuple[RuleName, ...]:
    """The rule of each of the three maps, the chosen one first."""
    if params.show == "rules":
        return params.rule, *(rule for rule in RULES if rule != params.rule)
    return params.rule, params.rule, params.rule


def cell_logits(params: Params, inputs: Inputs, result: Result) -> tuple[int, NDArray[np.float32]]:
    """The first prior of the cell that is looked into, and all that its three priors say (3, 5 + CLASSES)."""
    first = prior_at(params.size, *inputs.cell)
    first -= first_in_cell(first, params.size)
    indices = torch.arange(first, first + 3)
    wanted = np.zeros((3, CLASSES), np.float32)
    for row, index in enumerate(range(first, first + 3)):
        if (truth := int(result.overlapped[index])) >= 0 and result.overlap[index] > 0.3:
            wanted[row, result.labels[truth]] = 1
    classes = class_logits(indices, torch.tensor(wanted), params.trained, params.seed).numpy()
    own = np.concatenate([result.t[first : first + 3], result.objectness[first : first + 3, None]], 1)
    return first, np.concatenate([own, classes], 1)


def first_in_cell(index: int, size: int) -> int:
    """How many priors of its own cell come before this one."""
    return place_of(index, size)[3]


def prior_at(size: int, stride: int, x: float, y: float) -> int:
    """The prior at a place (parts of the input) on the map of a stride."""
    cells = size // stride
    across = min(max(int(x * 3 * cells), 0), 3 * cells - 1)
    row = min(max(int(y * cells), 0), cells - 1)
    return prior_index(size, stride, row, across // 3, across % 3)


def listing(params: Params, inputs: Inputs) -> Call:
    """The chosen rule's own code; where the loss is looked at, the loss's."""
    given = setting_of(params, inputs)
    if params.show == "loss":
        return Call(function=yolo_loss, arguments=loss_arguments(params, inputs, given))
    common = {"truths": given.truths, "size": params.size}
    if params.rule == "ultralytics":
        return Call(function=assign_ratio, arguments={**common, "ratio_limit": params.ratio_limit})
    by_prediction = measured_by(params, params.rule) == "prediction"
    return Call(
        function=assign_best,
        arguments={
            **common, "boxes": given.said.boxes if by_prediction else given.priors,
            "ignore_threshold": params.ignore_threshold,
        },
        into=(responsible_prior,),
    )  # fmt: skip


def arrays(result: Result) -> dict[str, NDArray[Any]]:
    """By prior, in the order of Darknet's outputs (stride 32, 16, 8; row; column; prior): priors (N, 4), status
    (N,) 1 positive, 0 negative, -1 ignored, matched (N,) the truth or -1, loss_terms (N, 3) box, objectness and
    class; what the stand-in says, t (N, 4), objectness (N,) logits, predictions (N, 4); gradients (N,) of the
    loss by objectness. By truth: truths (G, 4), labels (G,), weights (G,), shape_iou (G, 9) with the priors from
    10 x 13 on. And status_paper, status_darknet, status_ultralytics (N,).
    """
    named: dict[str, NDArray[Any]] = {
        "priors": result.priors, "status": result.status, "matched": result.matched, "loss_terms": result.terms,
        "t": result.t, "objectness": result.objectness, "predictions": result.predictions,
        "gradients": result.slope, "truths": result.truths, "labels": result.labels, "weights": result.weights,
        "shape_iou": result.likeness,
    }  # fmt: skip
    return {**named, **{f"status_{rule}": outcome_of(result, rule).status for rule in RULES}}

"""Truths that show what each rule does with the priors around them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.data.coco_classes import COCO_CLASSES
from scenes.data.samples import Box, sample, street_objects
from scenes.detection.yolo_assignment_model import Inputs, Params
from scenes.scene import locked

LEFT, SIDE = 160, 480  # the part of the street that is shown: a square, from here on


@cache
def _picture() -> NDArray[np.uint8]:
    return locked(np.ascontiguousarray(sample("street").pixels[:, LEFT : LEFT + SIDE]))


def _known(*wanted: tuple[str, int]) -> list[tuple[str, Box]]:
    """Objects of the street by name and number among those of that name."""
    found = []
    for name, number in wanted:
        boxes = [box for label, box in street_objects() if label == name]
        x1, y1, x2, y2 = boxes[number]
        found.append((name, (max(x1 - LEFT, 0.0), y1, min(x2 - LEFT, float(SIDE)), y2)))
    return found


def _street(*wanted: tuple[str, int], **params: Any) -> Callable[[], tuple[Params, Inputs]]:
    return lambda: (Params(**params), _inputs(_known(*wanted), pixels=_picture()))


def _inputs(things: list[tuple[str, Box]], pixels: NDArray[np.uint8] | None = None, **rest: Any) -> Inputs:
    return Inputs(
        boxes=locked(np.array([box for _, box in things], np.float32).reshape(-1, 4)),
        labels=locked(np.array([COCO_CLASSES.index(name) for name, _ in things], np.int64)),
        side=float(SIDE),
        pixels=pixels,
        **rest,
    )


def _plain(things: list[tuple[str, Box]], **params: Any) -> Callable[[], tuple[Params, Inputs]]:
    """Boxes on an empty sheet."""
    return lambda: (Params(**params), _inputs(things))


STREET = (("car", 1), ("person", 3), ("dog", 0), ("traffic light", 1))
# the borders of stride 32's cells lie at multiples of 480 / 13 of the sheet
CELL = SIDE / 13
_TWINS: list[tuple[str, Box]] = [("person", (150, 154, 220, 294)), ("bicycle", (156, 160, 226, 300))]
_ON_A_BORDER: list[tuple[str, Box]] = [
    ("car", (6 * CELL - 70, 6 * CELL - 55, 6 * CELL + 70, 6 * CELL + 55)),
    ("dog", (11.9 * CELL - 30, 3 * CELL - 25, 13 * CELL, 3 * CELL + 30)),
]

# key, title, point, what builds it
ALL: tuple[tuple[str, str, str, Callable[[], tuple[Params, Inputs]]], ...] = (
    (
        "street", "Who answers for what?",
        "10,647 priors, four truths: each has one prior that answers for it, on the grid that suits its size.",
        _street(*STREET),
    ),
    (
        "shape", "Nine priors, one winner",
        "The truth's shape picks one of all nine priors and so the grid; its centre picks the cell.",
        _street(("person", 3), show="priors"),
    ),
    (
        "rules", "Three rules, side by side",
        "The same truths under three rules: the bright outlines mark the cells in which a rule differs.",
        _street(("car", 1), ("person", 3), ("dog", 0), show="rules"),
    ),
    (
        "darknet", "Darknet: by what is predicted",
        "Darknet ignores by the predicted boxes: the better the network, the more priors are spared.",
        _street(*STREET, rule="darknet", ignore_threshold=0.7),
    ),
    (
        "darknet-fresh", "Darknet, before any training",
        "Random boxes rarely overlap a truth by 0.7: almost nobody is spared, nearly all are negative.",
        _street(*STREET, rule="darknet", ignore_threshold=0.7, trained=0.0),
    ),
    (
        "ultralytics", "Ultralytics: many answer for one",
        "Every prior of a fitting shape is positive, in up to three cells on each grid; none is ignored.",
        _street(("car", 1), ("dog", 0), rule="ultralytics"),
    ),
    (
        "loss", "The loss, term by term",
        "Three terms for a positive prior, one for a negative, none for an ignored one.",
        _street(*STREET, show="loss"),
    ),
    (
        "loss-fresh", "The loss of a fresh network",
        "Ten thousand small complaints: before training nearly all of the loss comes from negatives.",
        _street(*STREET, show="loss", trained=0.0),
    ),
    (
        "tug", "Tug-of-war over one object",
        "Two boxes on one object, nearly the same: without ignoring, one is praised and the other punished.",
        _street(("dog", 0), rule="darknet", ignore_threshold=0.7, show="tug", trained=0.96, seed=15),
    ),
    (
        "cell", "One cell, 255 numbers",
        "Each cell says 3 × (4 + 1 + 80) numbers: a box, a confidence and 80 classes for each of its priors.",
        lambda: (
            Params(show="cell"),
            _inputs(_known(*STREET), pixels=_picture(), cell=(16, 0.34, 0.88)),
        ),
    ),
    (
        "collision", "Two truths, one prior",
        "Both ask for the same prior of the same cell. The later truth gets it; the other has nobody.",
        _plain(_TWINS, rule="darknet", ignore_threshold=0.7),
    ),
    (
        "border", "On the border of a cell",
        "A centre on a border belongs to the later cell; one hair further left it changes hands.",
        _plain(_ON_A_BORDER),
    ),
    (
        "small", "256: three smaller grids",
        "At 256 the grids are 8, 16 and 32 cells wide: 4,032 priors. 13, 26 and 52 belong to 416.",
        _street(*STREET, size=256),
    ),
    (
        "schedule", "Warming up",
        "Darknet's rate climbs for 1,000 batches by the fourth power, then falls tenfold twice.",
        _street(*STREET, show="schedule"),
    ),
)  # fmt: skip

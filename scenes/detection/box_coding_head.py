"""A head's raw numbers, and what they decode to: a person's own, or one made from the street's known boxes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from engine.detection.boxes import box_iou
from engine.detection.priors import size_iou
from engine.detection.yolo import cells_of, decode, decode_head, encode
from engine.device import Engine
from scenes.data.samples import street_objects
from scenes.scene import locked

NAMES = ("person", "car", "bicycle", "dog", "traffic light")
ANCHORS = ((24.0, 66.0), (75.0, 185.0), (212.0, 91.0))  # k-means priors of the street's ten boxes
STRIDE, ROWS, COLUMNS = 32.0, 15, 20
OPACITY = 140  # of 255: a picture that boxes stand out from, in light and dark themes
LEAST_FIT = 0.35
EDGE = 0.04  # of a cell: how near to its border the made head puts a centre


@dataclass(frozen=True, eq=False)
class Backdrop:
    """A picture (H, W, C) uint8 to lie under boxes."""

    pixels: NDArray[np.uint8]

    @cached_property
    def faded(self) -> NDArray[np.uint8]:
        """The same (H, W, 4) with little of its colour left, and the ground of the window showing through."""
        colours = self.pixels[..., :3].astype(np.float32)
        gray = colours.mean(-1, keepdims=True)
        pale = np.broadcast_to(gray + 0.4 * (colours - gray), (*gray.shape[:2], 3))
        opacity = np.full(gray.shape, OPACITY, np.float32)
        return locked(np.concatenate([pale, opacity], -1).astype(np.uint8))


@dataclass(frozen=True, kw_only=True, eq=False)
class Head:
    """Raw numbers (A * (5 + C), H, W), anchors (A, 2) width, height in pixels, and pixels a cell.

    `made` says that no network computed them.
    """

    raw: NDArray[np.floating]
    anchors: NDArray[np.floating]
    stride: float
    names: tuple[str, ...] = ()
    made: bool = False

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.raw.shape[1], self.raw.shape[2]

    @property
    def extent(self) -> tuple[float, float]:
        """Width and height of the picture that the cells cover, in pixels."""
        return self.grid[1] * self.stride, self.grid[0] * self.stride

    @cached_property
    def predictions(self) -> NDArray[np.floating]:
        """The raw numbers (N, 5 + C) by row, column, prior."""
        count, (rows, columns) = len(self.anchors), self.grid
        return locked(self.raw.reshape(count, -1, rows, columns).transpose(2, 3, 0, 1).reshape(
            rows * columns * count, -1
        ))  # fmt: skip

    def name(self, label: int) -> str:
        """What a class is called."""
        return self.names[label] if label < len(self.names) else f"class {label}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """All that a head says, N = H * W * A by row, column, prior."""

    boxes: NDArray[np.floating]  # (N, 4)
    objectness: NDArray[np.floating]  # (N,)
    class_scores: NDArray[np.floating]  # (N, C)
    labels: NDArray[np.int64]  # (N,) the best class
    scores: NDArray[np.floating]  # (N,) objectness times the best class's score
    order: NDArray[np.int64]  # (N,) by falling score
    map: NDArray[np.floating]  # (H, W) the highest objectness of each cell


@lru_cache(maxsize=4)
def predictions_of(head: Head, engine: Engine) -> Predictions:
    """The head decoded; a head that stays is decoded once."""
    found = decode_head(engine.tensor(head.raw), engine.tensor(head.anchors), head.stride)
    boxes, objectness, classes = (engine.array(part) for part in found)
    count = len(objectness)
    best = classes.max(1) if classes.shape[1] else np.ones(count, classes.dtype)
    labels = classes.argmax(1) if classes.shape[1] else np.zeros(count, np.int64)
    scores = objectness * best
    return Predictions(
        boxes=boxes, objectness=objectness, class_scores=classes, labels=locked(labels.astype(np.int64)),
        scores=locked(scores), order=locked(np.argsort(-scores, kind="stable")),
        map=locked(objectness.reshape(*head.grid, -1).max(-1)),
    )  # fmt: skip


def made_head(seed: int = 7) -> Head:
    """What a detector might say of the street: each known box encoded into its cell and the cells around it,
    with noise from a seeded generator. No network is behind it, and the screen says so.
    """
    generator = torch.Generator().manual_seed(seed)
    count, classes = len(ANCHORS), len(NAMES)
    raw = 0.4 * torch.randn(ROWS, COLUMNS, count, 5 + classes, generator=generator)
    raw[..., 4] -= 6.5
    raw[..., 5:] = 1.2 * raw[..., 5:] - 3.2
    best = torch.full((ROWS, COLUMNS, count), LEAST_FIT)  # how well what stands there fits its object
    for name, box in street_objects():
        truth = torch.tensor(box)
        column, row = (int(v) for v in cells_of(truth, STRIDE))
        for r in range(max(row - 1, 0), min(row + 2, ROWS)):
            for c in range(max(column - 1, 0), min(column + 2, COLUMNS)):
                _claim(raw[r, c], best[r, c], truth, (c, r), NAMES.index(name), generator)
    channels = raw.permute(2, 3, 0, 1).reshape(count * (5 + classes), ROWS, COLUMNS)
    return Head(
        raw=locked(channels.contiguous().numpy()), anchors=locked(np.array(ANCHORS, np.float32)), stride=STRIDE,
        names=NAMES, made=True,
    )  # fmt: skip


def _claim(
    raw: torch.Tensor, best: torch.Tensor, truth: torch.Tensor, place: tuple[int, int], label: int,
    generator: torch.Generator,
) -> None:  # fmt: skip
    """Write one object into the priors (A, 5 + C) of a cell, wherever it fits better than what stands there."""
    anchors, cell = torch.tensor(ANCHORS), torch.tensor(place, dtype=torch.float32)
    shapes = size_iou(truth[2:] - truth[:2], anchors)
    for a in range(len(anchors)):
        noise = 0.12 * torch.randn(6, generator=generator)
        t = encode(_into_cell(truth, cell), anchors[a], cell, STRIDE)
        t = t + noise[:4] * torch.tensor([3.0, 3.0, 1.0, 1.0])
        quality = box_iou(decode(t, anchors[a], cell, STRIDE), truth) * (
            0.55 + 0.45 * shapes[a] / shapes.max()
        )
        if quality > best[a]:
            best[a] = quality
            raw[a, :4] = t
            raw[a, 4] = 11 * quality - 6.5 + noise[4]
            raw[a, 5 + label] = 3.0 + 4 * noise[5]


def _into_cell(box: torch.Tensor, cell: torch.Tensor) -> torch.Tensor:
    """The box with its centre brought into a cell."""
    centre = (box[:2] + box[2:]) / 2
    held = (centre / STRIDE).clamp(cell + EDGE, cell + 1 - EDGE) * STRIDE
    return box + (held - centre).repeat(2)

"""Detections that show why each way of suppressing exists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import PIL.Image

from scenes.data.samples import sample, street_objects
from scenes.scene import locked

Box = tuple[float, float, float, float]


def _street(**params: Any) -> dict[str, Any]:
    """What a detector might say of the street: each large object found two or three times, a little off."""
    rng = np.random.default_rng(11)
    objects = [thing for thing in street_objects() if _area(thing[1]) > 1600]
    names = tuple(dict.fromkeys(name for name, _ in objects))
    boxes, scores, labels = [], [], []
    for number, (name, box) in enumerate(objects):
        x1, y1, x2, y2 = box
        size = np.array([x2 - x1, y2 - y1, x2 - x1, y2 - y1])
        best = 0.97 - 0.03 * number
        for copy in range(3 if _area(box) > 12_000 else 2):
            wobble = rng.normal(0, 0.01 if copy == 0 else 0.07, 4)
            boxes.append(np.clip(np.array(box) + wobble * size, 0, [640, 480, 640, 480]))
            scores.append(best if copy == 0 else best * rng.uniform(0.5, 0.9))
            labels.append(names.index(name))
    image = sample("street")
    return {
        "boxes": np.round(boxes, 1), "scores": np.round(scores, 2), "labels": labels, "names": names,
        "pixels": image.pixels, "extent": tuple(map(float, image.size)), "params": params,
    }  # fmt: skip


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _plain(
    boxes: list[Box], scores: list[float], extent: tuple[float, float], **params: Any
) -> dict[str, Any]:
    return {"boxes": boxes, "scores": scores, "labels": [0] * len(boxes), "extent": extent, "params": params}


def _two(**params: Any) -> dict[str, Any]:
    """The two people on the pavement, each found twice: their true boxes overlap by .37."""
    left, top, right, bottom = crop = (110, 222, 320, 462)
    pixels = PIL.Image.fromarray(sample("street").pixels).crop(crop)
    pixels = pixels.resize((pixels.width * 3, pixels.height * 3), PIL.Image.Resampling.LANCZOS)
    one, other = (
        np.array(box) for name, box in street_objects() if name == "person" and box[2] - box[0] > 50
    )
    near_one, near_other = one + np.array([6, -5, 9, 4]), other + np.array([-7, 4, 5, 6])
    boxes = np.stack([one, near_one, other, near_other]) - np.array([left, top, left, top])
    return {
        "boxes": boxes, "scores": [0.95, 0.83, 0.90, 0.71], "labels": [0] * 4, "names": ("person",),
        "pixels": locked(np.asarray(pixels)), "extent": (float(right - left), float(bottom - top)),
        "params": {"iou_threshold": 0.3, **params},
    }  # fmt: skip


def _chain() -> dict[str, Any]:
    boxes: list[Box] = [(20 + 52 * i, 70 + 8 * i, 150 + 52 * i, 230 + 8 * i) for i in range(5)]
    return _plain(boxes, [0.9, 0.8, 0.7, 0.6, 0.5], (380, 300), iou_threshold=0.3)


def _ties() -> dict[str, Any]:
    boxes: list[Box] = [(60, 60, 200, 220), (80, 70, 220, 230), (100, 80, 240, 240)]
    return _plain(boxes, [0.8, 0.8, 0.8], (320, 300))


def _plus_one(legacy: bool) -> dict[str, Any]:
    return _plain([(1, 1, 4, 4), (2, 1, 5, 4)], [0.9, 0.8], (6, 5), legacy_plus_one=legacy)


def _diou(**params: Any) -> dict[str, Any]:
    """Two boxes that overlap the best one by .54: one around the same centre, one shifted by 60 pixels."""
    boxes: list[Box] = [(90, 56, 190, 256), (72, 20, 208, 292), (90, 116, 190, 316)]
    return _plain(boxes, [0.92, 0.85, 0.80], (280, 330), **params)


def _crowd() -> dict[str, Any]:
    """Sixty objects, each found by several boxes."""
    rng = np.random.default_rng(7)
    centres = rng.uniform(60, 940, (60, 2))
    sizes = rng.uniform(40, 130, (60, 2))
    which = rng.integers(0, 60, 300)
    middle = centres[which] + rng.normal(0, 9, (300, 2))
    half = sizes[which] * np.exp(rng.normal(0, 0.12, (300, 2))) / 2
    boxes = np.clip(np.concatenate([middle - half, middle + half], 1), 0, 1000)
    return {
        "boxes": np.round(boxes, 1), "scores": np.round(rng.beta(4, 2, 300), 3), "labels": which % 3,
        "extent": (1000.0, 1000.0), "params": {},
    }  # fmt: skip


ALL: tuple[tuple[str, str, str, Callable[[], dict[str, Any]]], ...] = (
    ("street", "A street", "Every object is found several times; one box of each should stay.", _street),
    ("two", "Two people, one lost", "Hard suppression takes the second person for a copy of the first.", _two),
    ("two-soft", "Two people, both kept", "Soft-NMS lets the second one's score fade, and it survives.",
     lambda: _two(method="gaussian", score_threshold=0.3)),
    ("chain", "A chain of overlaps", "A box that is gone suppresses nobody: whoever it overlapped may stay.", _chain),
    ("ties", "Equal scores", "The order of equal scores decides who stays: here, the lower number.", _ties),
    ("plus-one", "The +1 that changes the verdict", "Counted in old inclusive pixels the overlap is .60, not .50.",
     lambda: _plus_one(True)),
    ("no-plus-one", "The same, without +1", "Overlap .50 is not more than .50: both stay.", lambda: _plus_one(False)),
    ("diou", "DIoU: another centre, another thing",
     "Both overlap the best box by .54; only the one around the same centre is a copy of it.",
     lambda: _diou(method="diou")),
    ("no-diou", "The same, by plain IoU", "IoU sees no difference between the two, and removes both.", _diou),
    ("crowd", "A crowd of 300", "Sixty objects, three hundred boxes.", _crowd),
)  # fmt: skip

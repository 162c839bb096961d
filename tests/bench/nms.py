"""Suppression against OpenCV's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import torch
from torch import Tensor

from engine.detection.nms import gaussian_decay, linear_decay, nms, soft_nms
from tests.bench.table import in_turns, show, spread

COUNTS = (100, 1000, 5000)
THRESHOLD, LEAST, SIGMA = 0.3, 0.001, 0.5
LINEAR, GAUSSIAN = cv2.dnn.SOFT_NMSMETHOD_SOFTNMS_LINEAR, cv2.dnn.SOFT_NMSMETHOD_SOFTNMS_GAUSSIAN


def boxes_of(count: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Boxes of one class, of which about a third survive hard suppression."""
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 14 * count**0.5, (count, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(20, 60, (count, 2))], 1).round()
    scores = torch.rand(count, generator=torch.Generator().manual_seed(seed))
    return torch.tensor(boxes, dtype=torch.float32), scores, torch.zeros(count, dtype=torch.int64)


def main() -> None:
    """Print the table."""
    rows = []
    for count in COUNTS:
        for kind, (ours, theirs) in pairs(*boxes_of(count)).items():
            times = in_turns({"ours": ours, "theirs": theirs}, rounds=5, warm=1)
            ratio = np.median(times["ours"]) / np.median(times["theirs"])
            rows.append(
                [f"{kind}, {count:,} boxes", *spread(times["ours"]), *spread(times["theirs"]), f"{ratio:.1f}"]
            )
    show("NMS: ms", ("", "ours", "p95", "OpenCV", "p95", "ratio"), rows)


def pairs(boxes: Tensor, scores: Tensor, labels: Tensor) -> dict[str, tuple[Callable[[], object], ...]]:
    """Ours and OpenCV's, by kind. OpenCV is handed lists of whole numbers, made beforehand."""
    listed = [
        tuple(map(int, box)) for box in torch.cat([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], 1).tolist()
    ]
    scored = scores.tolist()

    def soft(decay: Callable[..., Tensor], method: int) -> tuple[Callable[[], object], ...]:
        return (
            lambda: soft_nms(boxes, scores, labels, decay, LEAST),
            lambda: cv2.dnn.softNMSBoxes(listed, scored, LEAST, THRESHOLD, sigma=SIGMA, method=method),
        )

    return {
        "hard": (
            lambda: nms(boxes, scores, labels, THRESHOLD),
            lambda: cv2.dnn.NMSBoxes(listed, scored, 0.0, THRESHOLD),
        ),
        "soft, linear": soft(partial(linear_decay, iou_threshold=THRESHOLD), LINEAR),
        "soft, Gaussian": soft(partial(gaussian_decay, sigma=SIGMA), GAUSSIAN),
    }

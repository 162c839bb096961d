"""Suppression, plain and recorded, and against OpenCV's."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np
import torch

from engine.detection.nms import gaussian_decay, nms, soft_nms
from engine.trace import record
from tests.bench.table import in_turns, show, spread


def boxes_of(count: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Boxes of which about a third survive hard suppression at .3."""
    rng = np.random.default_rng(seed)
    side = 26 * count**0.5
    corner = rng.uniform(0, side, (count, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(20, 60, (count, 2))], 1).round()
    return (
        torch.tensor(boxes, dtype=torch.float32),
        torch.rand(count, generator=torch.Generator().manual_seed(seed)),
        (torch.zeros(count, dtype=torch.long)),
    )


def main() -> None:
    """Print both tables."""
    rows, recorded = [], []
    for count in (100, 1000, 5000):
        boxes, scores, labels = boxes_of(count)
        corners = torch.cat([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], 1)
        listed, scored = corners.tolist(), scores.tolist()
        whole = [tuple(map(int, box)) for box in listed]
        decay = partial(gaussian_decay, sigma=0.5)
        soft = cv2.dnn.SOFT_NMSMETHOD_SOFTNMS_GAUSSIAN
        pairs = {
            "hard": (
                lambda b=boxes, s=scores, k=labels: nms(b, s, k, 0.3, 0.0),
                lambda b=listed, s=scored: cv2.dnn.NMSBoxes(b, s, 0.0, 0.3),
            ),
            "soft, Gaussian": (
                lambda b=boxes, s=scores, k=labels, d=decay: soft_nms(b, s, k, d),
                lambda b=whole, s=scored, m=soft: cv2.dnn.softNMSBoxes(b, s, 0.001, 0.3, sigma=0.5, method=m),
            ),
        }
        for kind, (ours, theirs) in pairs.items():
            times = in_turns({"ours": ours, "theirs": theirs}, rounds=5, warm=1)
            ratio = np.median(times["ours"]) / np.median(times["theirs"])
            rows.append(
                [f"{kind}, {count:,}", *spread(times["ours"]), *spread(times["theirs"]), f"{ratio:.2f}"]
            )
        recorded.append(_recorded(count, boxes, scores, labels))
    show("NMS: ms", ("boxes", "median", "p95", "OpenCV", "p95", "ratio"), rows)
    show("The recorder on hard NMS: ms", ("boxes", "plain", "recorded", "ratio", "frames", "MB"), recorded)


def _recorded(count: int, *given: torch.Tensor) -> list[str]:
    jobs = {"plain": lambda: nms(*given, 0.3), "recorded": lambda: record(nms, *given, 0.3)}
    times = in_turns(jobs, rounds=7, warm=1)
    plain, slow = np.median(times["plain"]), np.median(times["recorded"])
    frames = record(nms, *given, 0.3).frames
    held = {id(v): v for f in frames for v in f.variables.values() if isinstance(v, torch.Tensor)}
    size = sum(v.nbytes for v in held.values()) / 2**20
    return [
        f"{count:,}",
        f"{plain:.1f}",
        f"{slow:.1f}",
        f"{slow / plain:.2f}",
        f"{len(frames):,}",
        f"{size:.0f}",
    ]

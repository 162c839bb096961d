"""Suppression against OpenCV's, and against a plain reference for what OpenCV lacks."""

from __future__ import annotations

import math
from functools import partial

import cv2
import numpy as np
import pytest
import torch

from engine.detection.boxes import box_diou, box_iou
from engine.detection.nms import check_detections, gaussian_decay, linear_decay, nms, soft_nms


def crowd(seed: int, count: int, labels: int = 1):
    """Whole-numbered boxes that overlap a lot, with different scores."""
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 60, (count, 2))
    boxes = np.concatenate([corner, corner + rng.integers(1, 40, (count, 2))], 1).astype(np.float32)
    scores = rng.permutation(np.linspace(0.02, 0.99, count)).astype(np.float32)
    return torch.tensor(boxes), torch.tensor(scores), torch.tensor(rng.integers(0, labels, count))


def as_opencv(boxes: torch.Tensor) -> list[list[float]]:
    """x, y, width, height."""
    return torch.cat([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], 1).tolist()


@pytest.mark.parametrize("seed", range(100))
@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 0.77, 1.0])
def test_hard_suppression_is_opencv_s(seed: int, threshold: float) -> None:
    boxes, scores, labels = crowd(seed, 2 + seed % 40)
    expected = cv2.dnn.NMSBoxes(as_opencv(boxes), scores.tolist(), 0.1, threshold)
    keep = nms(boxes, scores, labels, threshold, score_threshold=0.1)
    assert keep.tolist() == np.asarray(expected).ravel().tolist()


@pytest.mark.parametrize("seed", range(100))
@pytest.mark.parametrize("kind", ["linear", "gaussian"])
def test_soft_suppression_is_opencv_s(seed: int, kind: str) -> None:
    boxes, scores, labels = crowd(seed, 2 + seed % 30)
    decay = (
        partial(linear_decay, iou_threshold=0.3) if kind == "linear" else partial(gaussian_decay, sigma=0.5)
    )
    method = getattr(cv2.dnn, f"SOFT_NMSMETHOD_SOFTNMS_{kind.upper()}")
    whole = [tuple(map(int, box)) for box in as_opencv(boxes)]
    faded, expected = cv2.dnn.softNMSBoxes(
        whole, scores.tolist(), 0.05, 0.3, top_k=0, sigma=0.5, method=method
    )
    keep, ended = soft_nms(boxes, scores, labels, decay, score_threshold=0.05)
    assert keep.tolist() == np.asarray(expected).ravel().tolist()
    np.testing.assert_allclose(ended[keep].numpy(), np.asarray(faded).ravel(), atol=1e-5)


def plain_diou_nms(boxes: list[list[float]], scores: list[float], threshold: float) -> list[int]:
    """Suppress if IoU - rho^2 / c^2 > threshold, written out."""

    def diou(a: list[float], b: list[float]) -> float:
        width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
        height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
        areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
        iou = width * height / (sum(areas) - width * height)
        rho2 = ((a[0] + a[2] - b[0] - b[2]) / 2) ** 2 + ((a[1] + a[3] - b[1] - b[3]) / 2) ** 2
        c2 = (max(a[2], b[2]) - min(a[0], b[0])) ** 2 + (max(a[3], b[3]) - min(a[1], b[1])) ** 2
        return iou - rho2 / c2

    keep: list[int] = []
    for index in sorted(range(len(scores)), key=lambda i: -scores[i]):
        if all(diou(boxes[kept], boxes[index]) <= threshold for kept in keep):
            keep.append(index)
    return keep


@pytest.mark.parametrize("seed", range(60))
def test_diou_suppression_is_the_plain_one(seed: int) -> None:
    boxes, scores, labels = crowd(seed, 3 + seed % 30)
    for threshold in (0.1, 0.45):
        keep = nms(boxes.double(), scores, labels, threshold, overlap_of=box_diou)
        assert keep.tolist() == plain_diou_nms(boxes.tolist(), scores.tolist(), threshold)


@pytest.mark.parametrize("seed", range(30))
def test_classes_do_not_compete(seed: int) -> None:
    boxes, scores, labels = crowd(seed, 30, labels=3)
    apart = [torch.nonzero(labels == label).flatten() for label in range(3)]
    each = [index[nms(boxes[index], scores[index], labels[index], 0.3)] for index in apart]
    assert set(nms(boxes, scores, labels, 0.3).tolist()) == set(torch.cat(each).tolist())


def test_the_old_plus_one_changes_the_verdict() -> None:
    boxes = torch.tensor([[0.0, 0, 3, 3], [1, 0, 4, 3]])
    scores, labels = torch.tensor([0.9, 0.8]), torch.zeros(2, dtype=torch.long)
    assert box_iou(boxes[0], boxes[1]).item() == pytest.approx(0.5)
    assert box_iou(boxes[0], boxes[1], extra=1.0).item() == pytest.approx(0.6)
    assert nms(boxes, scores, labels, 0.5).tolist() == [0, 1]
    assert nms(boxes, scores, labels, 0.5, overlap_of=partial(box_iou, extra=1.0)).tolist() == [0]


def test_equal_scores_go_in_order() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10]]).repeat(4, 1)
    scores, labels = torch.full((4,), 0.5), torch.zeros(4, dtype=torch.long)
    assert nms(boxes, scores, labels, 0.5).tolist() == [0]
    assert nms(boxes, scores, labels, 1.0).tolist() == [0, 1, 2, 3]
    keep, ended = soft_nms(boxes, scores, labels, partial(gaussian_decay, sigma=0.5), score_threshold=0.1)
    assert keep.tolist() == [0]
    assert ended.tolist() == pytest.approx([0.5] + [0.5 * math.exp(-2)] * 3)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_none_and_one(dtype: torch.dtype) -> None:
    none, one = torch.zeros(0, 4, dtype=dtype), torch.tensor([[1.0, 1, 1, 5]], dtype=dtype)
    for boxes in (none, one):
        scores, labels = torch.ones(len(boxes), dtype=dtype), torch.zeros(len(boxes), dtype=torch.long)
        expected = list(range(len(boxes)))
        assert nms(boxes, scores, labels, 0.5).tolist() == expected
        assert (
            soft_nms(boxes, scores, labels, partial(linear_decay, iou_threshold=0.5))[0].tolist() == expected
        )


@pytest.mark.parametrize(
    ("boxes", "scores", "labels", "words"),
    [
        (
            torch.zeros(2, 3),
            torch.zeros(2),
            torch.zeros(2),
            r"boxes has shape \(2, 3\); it needs \(\.\.\., 4\)",
        ),
        (torch.zeros(4), torch.zeros(4), torch.zeros(4), r"boxes has shape \(4,\); it needs \(N, 4\)"),
        (torch.zeros(2, 4), torch.zeros(3), torch.zeros(2), r"scores has shape \(3,\); it needs \(2,\)"),
        (torch.zeros(2, 4), torch.zeros(2), torch.zeros(1), r"labels has shape \(1,\); it needs \(2,\)"),
        (torch.full((1, 4), math.nan), torch.zeros(1), torch.zeros(1), "not finite"),
        (torch.tensor([[5.0, 0, 1, 1]]), torch.zeros(1), torch.zeros(1), "x2 < x1"),
        (torch.zeros(1, 4), torch.full((1,), math.nan), torch.zeros(1), "scores holds NaN"),
    ],
)
def test_what_does_not_fit_is_named(boxes, scores, labels, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_detections(boxes, scores, labels)


def test_nothing_given_is_changed() -> None:
    boxes, scores, labels = crowd(1, 20)
    before = scores.clone()
    soft_nms(boxes, scores, labels, partial(gaussian_decay, sigma=0.5))
    assert torch.equal(scores, before)

"""Suppression against OpenCV's, and against a plain reference for what OpenCV lacks.

OpenCV compares 1 - float32(1 - IoU) with the threshold, in float32 (see `opencv_overlap`): up to 6e-8 beside
the IoU, which decides only where the IoU *is* the threshold. There box_iou keeps, as the definition has it.
And two boxes without any area overlap wholly in OpenCV, not at all here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from engine.detection.boxes import box_area, box_diou, box_iou
from engine.detection.nms import check_detections, gaussian_decay, linear_decay, nms, nms_at_once, soft_nms

LINEAR, GAUSSIAN = cv2.dnn.SOFT_NMSMETHOD_SOFTNMS_LINEAR, cv2.dnn.SOFT_NMSMETHOD_SOFTNMS_GAUSSIAN
THRESHOLDS = (0.0, 0.125, 0.25, 0.3, 0.5, 0.77, 1.0)

Detections = tuple[Tensor, Tensor, Tensor]


def crowd(seed: int, count: int, labels: int = 1) -> Detections:
    """Whole-numbered boxes that overlap a lot, with different scores."""
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 60, (count, 2))
    boxes = np.concatenate([corner, corner + rng.integers(1, 40, (count, 2))], 1).astype(np.float32)
    scores = rng.permutation(np.linspace(0.02, 0.99, count)).astype(np.float32)
    return torch.tensor(boxes), torch.tensor(scores), torch.tensor(rng.integers(0, labels, count))


def degenerate(seed: int, count: int) -> Detections:
    """Equal scores, the same boxes again, boxes that only touch, and boxes that are a line or a point."""
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 6, (count, 2)) * 4
    boxes = np.concatenate([corner, corner + rng.choice([0, 4, 4, 8, 8], (count, 2))], 1)
    scores = rng.integers(1, 5, count) / 4
    return torch.tensor(boxes, dtype=torch.float32), torch.tensor(scores).float(), torch.zeros(count).long()


def fractional(seed: int, count: int) -> Detections:
    """Boxes of any size at any place."""
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 1, (count, 2))
    boxes = np.concatenate([corner, corner + rng.exponential(0.3, (count, 2))], 1).astype(np.float32)
    return torch.tensor(boxes), torch.tensor(rng.uniform(0.001, 1, count)).float(), torch.zeros(count).long()


def as_opencv(boxes: Tensor) -> list[list[float]]:
    """x, y, width, height."""
    boxes = boxes.double()
    return torch.cat([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], 1).tolist()


def opencv_keeps(boxes: Tensor, scores: Tensor, threshold: float, score_threshold: float = 0.0) -> list[int]:
    return list(cv2.dnn.NMSBoxes(as_opencv(boxes), scores.tolist(), score_threshold, threshold))


def opencv_overlap(a: Tensor, b: Tensor) -> Tensor:
    """The overlap as OpenCV computes it."""
    a, b = a.double(), b.double()
    away = 1 - torch.where((box_area(a) + box_area(b)) > 0, box_iou(a, b), torch.ones(()).double())
    return 1 - away.float()


# ---------------------------------------------------------------------------- hard


@pytest.mark.parametrize("make", [crowd, degenerate, fractional])
@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_hard_suppression_is_opencv_s(make: Callable[..., Detections], threshold: float) -> None:
    for seed in range(60):
        boxes, scores, labels = make(seed, 1 + seed % 40)
        for least in (0.0, 0.25):
            expected = opencv_keeps(boxes, scores, threshold, least)
            found = nms(boxes, scores, labels, threshold, least, overlap_of=opencv_overlap)
            assert found.tolist() == expected, (seed, least)


@pytest.mark.parametrize("make", [crowd, degenerate, fractional])
@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_with_iou_itself_it_is_opencv_s_too(make: Callable[..., Detections], threshold: float) -> None:
    for seed in range(60):
        boxes, scores, labels = make(1000 + seed, 1 + seed % 40)
        some = box_area(boxes) > 0
        boxes, scores, labels = boxes[some], scores[some], labels[some]
        expected = opencv_keeps(boxes, scores, threshold)
        assert nms(boxes, scores, labels, threshold).tolist() == expected, seed


@pytest.mark.parametrize("threshold", THRESHOLDS)
@pytest.mark.parametrize("make", [crowd, degenerate, fractional])
@pytest.mark.parametrize("overlap_of", [box_iou, box_diou, partial(box_iou, extra=1.0)])
def test_all_at_once_is_the_stepped_one(
    make: Callable[..., Detections], threshold: float, overlap_of: Callable[..., Tensor]
) -> None:
    for count in (0, 1, 2, 30, 120):
        boxes, scores, _ = make(count, count)
        labels = torch.arange(count) % 3
        given = {"iou_threshold": threshold, "score_threshold": 0.2, "overlap_of": overlap_of}
        for some in (labels, torch.zeros_like(labels)):
            assert torch.equal(
                nms_at_once(boxes, scores, some, **given),
                torch.as_tensor(nms(boxes, scores, some, **given), dtype=torch.int64),
            )
    with pytest.raises(ValueError, match="scores"):
        nms_at_once(torch.zeros(2, 4), torch.zeros(3), torch.zeros(2), 0.5)


def test_an_overlap_of_just_the_threshold_stays() -> None:
    removed_by_opencv = []
    for percent in range(1, 100):
        boxes = torch.tensor([[0.0, 0, 100, 1], [0, 0, percent, 1]])
        scores, labels = torch.tensor([0.9, 0.8]), torch.zeros(2).long()
        threshold = percent / 100
        assert nms(boxes, scores, labels, threshold).tolist() == [0, 1]
        assert nms(boxes, scores, labels, math.nextafter(threshold, 0) - 1e-7).tolist() == [0]
        if opencv_keeps(boxes, scores, threshold) == [0]:
            removed_by_opencv.append(percent)
    assert removed_by_opencv[:5] == [4, 5, 6, 10, 11]
    assert max(removed_by_opencv) == 84


def test_boxes_without_area_do_not_overlap() -> None:
    boxes = torch.tensor([[3.0, 3, 3, 3], [3, 3, 3, 3], [0, 3, 9, 3], [0, 0, 9, 9]])
    scores, labels = torch.tensor([0.9, 0.8, 0.7, 0.6]), torch.zeros(4).long()
    assert nms(boxes, scores, labels, 0.0).tolist() == [0, 1, 2, 3]
    assert opencv_keeps(boxes, scores, 0.0) == [0, 3]


def test_the_same_box_again_goes_below_one_and_stays_at_one() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10]]).repeat(4, 1)
    scores, labels = torch.full((4,), 0.5), torch.zeros(4).long()
    assert nms(boxes, scores, labels, 0.99).tolist() == [0]
    assert nms(boxes, scores, labels, 1.0).tolist() == [0, 1, 2, 3]


def test_boxes_that_touch_do_not_overlap() -> None:
    boxes = torch.tensor([[0.0, 0, 4, 4], [4, 0, 8, 4], [0, 4, 4, 8], [4, 4, 8, 8]])
    scores, labels = torch.tensor([0.1, 0.4, 0.3, 0.2]), torch.zeros(4).long()
    assert nms(boxes, scores, labels, 0.0).tolist() == [1, 2, 3, 0]


def test_only_scores_above_the_least_compete() -> None:
    boxes, _, labels = crowd(3, 4)
    scores = torch.tensor([0.5, 0.4999, 0.5001, 0.9])
    assert set(nms(boxes, scores, labels, 1.0, score_threshold=0.5).tolist()) == {2, 3}
    assert nms(boxes, scores, labels, 1.0, score_threshold=1.0).tolist() == []


def test_the_old_plus_one_changes_the_verdict() -> None:
    plus_one = partial(box_iou, extra=1.0)
    boxes = torch.tensor([[0.0, 0, 3, 3], [1, 0, 4, 3]])
    scores, labels = torch.tensor([0.9, 0.8]), torch.zeros(2).long()
    assert box_iou(boxes[0], boxes[1]).item() == pytest.approx(0.5)
    assert plus_one(boxes[0], boxes[1]).item() == pytest.approx(0.6)
    assert nms(boxes, scores, labels, 0.5).tolist() == [0, 1]
    assert nms(boxes, scores, labels, 0.5, overlap_of=plus_one).tolist() == [0]


def test_the_old_plus_one_sees_overlap_where_there_is_none() -> None:
    plus_one = partial(box_iou, extra=1.0)
    apart = torch.tensor([[0.0, 0, 0.1, 0.1], [0.15, 0.15, 0.25, 0.25]])  # parts of a picture, not pixels
    scores, labels = torch.tensor([0.9, 0.8]), torch.zeros(2).long()
    assert box_iou(apart[0], apart[1]).item() == 0
    assert plus_one(apart[0], apart[1]).item() == pytest.approx(0.595, abs=5e-4)
    assert nms(apart, scores, labels, 0.5).tolist() == [0, 1]
    assert nms(apart, scores, labels, 0.5, overlap_of=plus_one).tolist() == [0]


# ---------------------------------------------------------------------------- classes


@pytest.mark.parametrize("seed", range(40))
def test_classes_do_not_compete(seed: int) -> None:
    boxes, scores, labels = crowd(seed, 30, labels=3)
    gentle = partial(gaussian_decay, sigma=0.5)
    keep, (soft_keep, ended) = nms(boxes, scores, labels, 0.3), soft_nms(boxes, scores, labels, gentle, 0.1)
    alone, soft_alone, ended_alone = [], [], scores.clone()
    for label in range(3):
        index = torch.nonzero(labels == label).flatten()
        given = boxes[index], scores[index], labels[index]
        alone += index[nms(*given, 0.3)].tolist()
        kept, ended_alone[index] = soft_nms(*given, gentle, 0.1)
        soft_alone += index[kept].tolist()
    assert keep.tolist() == sorted(alone, key=lambda i: -scores[i])
    assert soft_keep.tolist() == sorted(soft_alone, key=lambda i: -ended[i])
    kept = ended >= 0.1
    assert torch.equal(ended[kept], ended_alone[kept])
    batched = cv2.dnn.NMSBoxesBatched(as_opencv(boxes), scores.tolist(), labels.tolist(), 0.0, 0.3)
    assert sorted(keep.tolist()) == sorted(batched)


def test_labels_alike_are_one_class() -> None:
    boxes, scores, labels = crowd(5, 30, labels=3)
    one, another = nms(boxes, scores, labels * 0, 0.3), nms(boxes, scores, labels * 0 - 7, 0.3)
    assert torch.equal(one, another)
    assert len(one) < len(nms(boxes, scores, labels, 0.3))


# ---------------------------------------------------------------------------- soft


@pytest.mark.parametrize("make", [crowd, degenerate])
@pytest.mark.parametrize("least", [0.001, 0.05, 0.3])
@pytest.mark.parametrize(
    ("decay", "method", "value"),
    [
        (partial(linear_decay, iou_threshold=0.3), LINEAR, 0.3),
        (partial(linear_decay, iou_threshold=0.0), LINEAR, 0.0),
        (partial(gaussian_decay, sigma=0.5), GAUSSIAN, 0.5),
        (partial(gaussian_decay, sigma=0.1), GAUSSIAN, 0.1),
    ],
)
def test_soft_suppression_is_opencv_s(
    make: Callable[..., Detections], least: float, decay: Callable[..., Tensor], method: int, value: float
) -> None:
    for seed in range(40):
        boxes, scores, labels = make(seed, 1 + seed % 30)
        some = box_area(boxes) > 0
        boxes, scores, labels = boxes[some], scores[some], labels[some]
        whole = [tuple(map(int, box)) for box in as_opencv(boxes)]  # it takes no others
        faded, expected = cv2.dnn.softNMSBoxes(
            whole, scores.tolist(), least, value, top_k=0, sigma=value or 1.0, method=method
        )
        keep, ended = soft_nms(boxes, scores, labels, decay, least)
        if make is crowd:
            assert keep.tolist() == list(expected), seed
        np.testing.assert_allclose(ended[keep].numpy(), faded, atol=1e-5)
        rest = torch.ones(len(scores), dtype=torch.bool)
        rest[keep] = False
        assert (ended[rest] < least).all()


def test_a_score_of_just_the_least_is_kept() -> None:
    boxes, scores, labels = torch.eye(4), torch.tensor([0.5, 0.25, 0.125, 0.0625]), torch.zeros(4).long()
    boxes[:, 2:] = 9
    for least, kept in ((0.25, 2), (0.2500001, 1), (0.0, 4), (1.0, 0)):
        keep, _ = soft_nms(boxes, scores, labels, torch.ones_like, least)
        assert keep.tolist() == list(range(kept))


def test_factors_of_the_paper() -> None:
    overlap = torch.tensor([0.0, 0.3, 0.300001, 0.5, 1.0], dtype=torch.float64)
    assert linear_decay(overlap, 0.3).tolist() == pytest.approx([1, 1, 0.699999, 0.5, 0])
    assert gaussian_decay(overlap, 0.5).tolist() == pytest.approx(
        [math.exp(-value * value / 0.5) for value in overlap.tolist()]
    )


def test_the_best_is_chosen_anew_after_each_decay() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 8], [50, 0, 60, 10]])
    scores, labels = torch.tensor([0.9, 0.8, 0.5]), torch.zeros(3).long()
    keep, ended = soft_nms(boxes, scores, labels, partial(linear_decay, iou_threshold=0.3))
    assert keep.tolist() == [0, 2, 1]
    assert ended.tolist() == pytest.approx([0.9, 0.8 * 0.2, 0.5])


def test_equal_scores_go_in_order() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10]]).repeat(4, 1)
    scores, labels = torch.full((4,), 0.5), torch.zeros(4).long()
    keep, ended = soft_nms(boxes, scores, labels, partial(gaussian_decay, sigma=0.5), score_threshold=0.01)
    assert keep.tolist() == [0, 1]
    assert ended.tolist() == pytest.approx([0.5, 0.5 * math.exp(-2), *[0.5 * math.exp(-4)] * 2])


# ---------------------------------------------------------------------------- DIoU


def plain_diou_nms(boxes: list[list[float]], scores: list[float], threshold: float) -> list[int]:
    """Suppress if IoU - rho^2 / c^2 > threshold, written out (Zheng et al. 2020, eq. 9)."""

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


@pytest.mark.parametrize("make", [crowd, fractional])
@pytest.mark.parametrize("threshold", [-0.3, 0.0, 0.1, 0.45, 0.9])
def test_diou_suppression_is_the_plain_one(make: Callable[..., Detections], threshold: float) -> None:
    for seed in range(40):
        boxes, scores, labels = make(seed, 3 + seed % 30)
        boxes = boxes.double()
        keep = nms(boxes, scores, labels, threshold, overlap_of=box_diou)
        assert keep.tolist() == plain_diou_nms(boxes.tolist(), scores.tolist(), threshold), seed


def test_diou_keeps_what_iou_removes() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [4, 0, 14, 10]])  # two things side by side: IoU 3/7
    scores, labels = torch.tensor([0.9, 0.8]), torch.zeros(2).long()
    assert nms(boxes, scores, labels, 0.4).tolist() == [0]
    assert nms(boxes, scores, labels, 0.4, overlap_of=box_diou).tolist() == [0, 1]


# ---------------------------------------------------------------------------- what is given


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=pytest.mark.cuda)])
def device(request: pytest.FixtureRequest) -> str:
    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("there is no CUDA device")
    return request.param


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_it_stays_on_its_device_and_dtype(device: str, dtype: torch.dtype) -> None:
    boxes, scores, labels = crowd(7, 60, labels=2)
    given = boxes.to(device, dtype), scores.to(device, dtype), labels.to(device)
    keep = nms(*given, 0.4)
    order, ended = soft_nms(*given, partial(gaussian_decay, sigma=0.5), 0.1)
    assert {keep.device.type, order.device.type, ended.device.type} == {device}
    assert (keep.dtype, order.dtype, ended.dtype) == (torch.int64, torch.int64, dtype)
    assert keep.tolist() == nms(boxes, scores, labels, 0.4).tolist()
    assert (
        order.tolist() == soft_nms(boxes, scores, labels, partial(gaussian_decay, sigma=0.5), 0.1)[0].tolist()
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("count", [0, 1])
def test_none_and_one(device: str, dtype: torch.dtype, count: int) -> None:
    boxes = torch.tensor([[1.0, 1, 1, 5]] * count, dtype=dtype, device=device).reshape(-1, 4)
    scores, labels = boxes[:, 0], torch.zeros(count, device=device).long()
    keep = nms(boxes, scores, labels, 0.5)
    order, ended = soft_nms(boxes, scores, labels, partial(linear_decay, iou_threshold=0.5))
    assert keep.tolist() == order.tolist() == list(range(count))
    assert ended.tolist() == [1.0] * count
    assert (keep.dtype, order.dtype, ended.dtype) == (torch.int64, torch.int64, dtype)


def test_nothing_given_is_changed() -> None:
    given = crowd(1, 20)
    before = [tensor.clone() for tensor in given]
    nms(*given, 0.3)
    soft_nms(*given, partial(gaussian_decay, sigma=0.5))
    assert all(map(torch.equal, given, before))


NO_LABEL = torch.zeros(0)


@pytest.mark.parametrize(
    ("boxes", "scores", "labels", "words"),
    [
        (
            torch.zeros(2, 3), torch.zeros(2), torch.zeros(2),
            "boxes has shape (2, 3); it needs (..., 4): x1, y1, x2, y2.",
        ),
        (
            torch.zeros(4), torch.zeros(4), torch.zeros(4),
            "boxes has shape (4,); it needs (N, 4): x1, y1, x2, y2.",
        ),
        (torch.zeros(0), NO_LABEL, NO_LABEL, "boxes has shape (0,); it needs (..., 4): x1, y1, x2, y2."),
        (torch.zeros(()), NO_LABEL, NO_LABEL, "boxes has shape (); it needs (..., 4): x1, y1, x2, y2."),
        (
            torch.zeros(1, 2, 4), torch.zeros(1), torch.zeros(1),
            "boxes has shape (1, 2, 4); it needs (N, 4): x1, y1, x2, y2.",
        ),
        (
            torch.zeros(2, 5), torch.zeros(2), torch.zeros(2),
            "boxes has shape (2, 5); it needs (..., 4): x1, y1, x2, y2.",
        ),
        (torch.zeros(2, 4), torch.zeros(3), torch.zeros(2), "scores has shape (3,); it needs (2,), one a box."),
        (torch.zeros(2, 4), torch.zeros(2, 1), torch.zeros(2), "scores has shape (2, 1); it needs (2,), one a box."),
        (torch.zeros(2, 4), torch.zeros(2), torch.zeros(1), "labels has shape (1,); it needs (2,), one a box."),
        (torch.full((1, 4), math.nan), torch.zeros(1), torch.zeros(1), "boxes holds a value that is not finite."),
        (torch.full((1, 4), math.inf), torch.zeros(1), torch.zeros(1), "boxes holds a value that is not finite."),
        (
            torch.tensor([[5.0, 0, 1, 1]]), torch.zeros(1), torch.zeros(1),
            "boxes holds a box with x2 < x1 or y2 < y1; corners are x1, y1, x2, y2.",
        ),
        *[
            (
                torch.zeros(1, 4), torch.full((1,), bad), torch.zeros(1),
                "scores holds NaN or infinity; a box without a score cannot be ranked.",
            )
            for bad in (math.nan, math.inf, -math.inf)
        ],
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(boxes: Tensor, scores: Tensor, labels: Tensor, words: str) -> None:
    for refuse in (
        lambda: check_detections(boxes, scores, labels),
        lambda: nms(boxes, scores, labels, 0.5),
        lambda: soft_nms(boxes, scores, labels, partial(gaussian_decay, sigma=0.5)),
    ):
        with pytest.raises(ValueError) as refused:  # noqa: PT011 - all of its words are compared
            refuse()
        assert str(refused.value) == words

"""The loss against torch's own sums, its gradient against autograd, the learning rate against yolov3.cfg."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from engine.detection.assignment import IGNORED, POSITIVE, assign_best, assign_ratio
from engine.detection.stand_in import CLASSES, class_logits, said_by
from engine.detection.yolo import encode, prior_boxes, prior_places
from engine.detection.yolo_loss import box_targets, box_weight, confidence_gradient, learning_rate, yolo_loss
from engine.trace import record
from tests.engine.detection.test_assignment import FIXTURES, random_truths

TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-10}


def case(seed: int, dtype: torch.dtype, rule: str = "best", size: int = 160) -> dict:
    truths = (
        random_truths(4, size, seed, dtype)
        if seed
        else torch.tensor(FIXTURES["none"], dtype=dtype).reshape(0, 4)
    )
    places, priors = prior_places(size, dtype=dtype), prior_boxes(size, dtype=dtype)
    said = said_by(priors, places, truths, 0.7, torch.Generator().manual_seed(seed))
    status, matched = (
        assign_ratio(truths, size) if rule == "ratio" else assign_best(truths, said.boxes, size, 0.5)
    )
    positive = (status == POSITIVE).nonzero().flatten()
    classes = torch.zeros(len(positive), CLASSES, dtype=dtype)
    classes[torch.arange(len(positive)), matched[positive] * 7] = 1
    return {
        "t": said.t, "objectness": said.objectness, "class_logits": class_logits(positive, classes, 0.7, seed),
        "status": status, "matched": matched, "truths": truths, "classes": classes, "places": places, "size": size,
    }  # fmt: skip


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("rule", ["best", "ratio"])
@pytest.mark.parametrize("seed", range(5))
def test_terms_add_up_to_torchs_own_losses(seed: int, rule: str, dtype: torch.dtype) -> None:
    given = case(seed, dtype, rule)
    terms = yolo_loss(**given)
    status, matched, truths, size = (given[k] for k in ("status", "matched", "truths", "size"))
    close = {"rel": TOLERANCE[dtype], "abs": TOLERANCE[dtype]}
    box = 0.0
    for index in (status == POSITIVE).nonzero().flatten().tolist():
        x1, y1, x2, y2 = truths[matched[index]]
        (w, h), stride = given["places"].priors[index], given["places"].strides[index]
        column, row = given["places"].cells[index]
        aim = torch.stack([
            (x1 + x2) / 2 / stride[0] - column, (y1 + y2) / 2 / stride[0] - row,
            torch.log((x2 - x1) / w), torch.log((y2 - y1) / h),
        ])  # fmt: skip
        said = torch.cat([torch.sigmoid(given["t"][index, :2]), given["t"][index, 2:]])
        weight = 2 - (x2 - x1) / size * (y2 - y1) / size
        one = weight * F.mse_loss(said, aim, reduction="sum")
        assert float(terms[index, 0]) == pytest.approx(float(one), **close)
        box += float(one)
    assert float(terms[:, 0].sum()) == pytest.approx(
        box, rel=10 * TOLERANCE[dtype], abs=10 * TOLERANCE[dtype]
    )
    judged = status != IGNORED
    answers = (status[judged] == POSITIVE).to(dtype)
    whole = F.binary_cross_entropy_with_logits(given["objectness"][judged], answers, reduction="sum")
    assert float(terms[:, 1].sum()) == pytest.approx(float(whole), **close)
    named = F.binary_cross_entropy_with_logits(given["class_logits"], given["classes"], reduction="sum")
    assert float(terms[:, 2].sum()) == pytest.approx(float(named), **close)
    assert not terms[~judged].any()
    assert not terms[status == 0][:, [0, 2]].any()


@pytest.mark.parametrize("seed", range(1, 5))
def test_confidence_gradient_is_autograds(seed: int) -> None:
    given = case(seed, torch.float64)
    objectness = given["objectness"].clone().requires_grad_()
    yolo_loss(**{**given, "objectness": objectness}).sum().backward()
    slope = confidence_gradient(given["objectness"], given["status"])
    torch.testing.assert_close(slope, objectness.grad, atol=1e-10, rtol=0)
    assert (slope[given["status"] == POSITIVE] < 0).all()  # descent raises it
    assert (slope[given["status"] == 0] > 0).all()  # descent lowers it
    assert (slope[given["status"] == IGNORED] == 0).all()


def test_without_ignoring_a_good_rival_is_pushed_down() -> None:
    """J20: two boxes on one object; only ignoring leaves the second one in peace."""
    objectness = torch.tensor([3.5, 3.0], dtype=torch.float64, requires_grad=True)
    for status, sign in (([1, 0], 1.0), ([1, -1], 0.0)):
        judged = torch.tensor(status)
        slope = confidence_gradient(objectness.detach(), judged)
        assert slope[0] < 0
        assert float(slope[1].sign()) == sign


def test_targets_are_what_encode_gives_after_the_sigmoid() -> None:
    """X105: G - C is the target of sigma(tx), not of tx."""
    given = case(3, torch.float64)
    index = (given["status"] == POSITIVE).nonzero().flatten()
    places = type(given["places"])(*(part[index] for part in given["places"]))
    truths = given["truths"][given["matched"][index]]
    t = encode(truths, places.priors, places.cells, places.strides)
    aim = box_targets(truths, places)
    torch.testing.assert_close(aim, torch.cat([t[:, :2].sigmoid(), t[:, 2:]], 1))
    assert ((aim[:, :2] >= 0) & (aim[:, :2] <= 1)).all()


def test_weights_go_from_one_to_two() -> None:
    boxes = torch.tensor([[0.0, 0.0, 416.0, 416.0], [0.0, 0.0, 208.0, 208.0], [5.0, 5.0, 6.0, 6.0]])
    assert box_weight(boxes, 416).tolist() == pytest.approx([1, 1.75, 2 - 1 / 416**2])


def test_the_learning_rate_is_that_of_yolov3_cfg() -> None:
    at = torch.tensor([0, 1, 500, 999, 1000, 399_999, 400_000, 449_999, 450_000, 500_200])
    right = [0, 1e-15, 6.25e-5, 1e-3 * 0.999**4, 1e-3, 1e-3, 1e-4, 1e-4, 1e-5, 1e-5]
    assert learning_rate(at).tolist() == pytest.approx(right, rel=1e-10)
    assert learning_rate(at, burn_in=0, steps=()).tolist() == pytest.approx([1e-3] * len(at))


def test_the_loss_is_narrated() -> None:
    trace = record(yolo_loss, **case(2, torch.float32))
    assert all("Error" not in frame.narration for frame in trace.frames)
    assert trace.frames[-1].narration.startswith("The loss is")

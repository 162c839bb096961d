"""The IoU family against plain arithmetic, finite differences and the properties that the papers prove."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.detection.boxes import box_ciou, box_diou, box_giou, box_iou
from engine.detection.iou_loss import (
    LOSSES,
    NAMES,
    ciou_loss,
    descent,
    giou_loss,
    intersection_and_union,
    loss_and_gradient,
    slope,
)
from engine.trace import record

MEASURES = {"iou": box_iou, "giou": box_giou, "diou": box_diou, "ciou": box_ciou}
EXAMPLE = ((0.0, 0.0, 4.0, 1.0), (1.0, 0.0, 2.0, 4.0))
PAIRS = {
    "the example": EXAMPLE,
    "apart": ((1, 5, 3, 7), (7, 1, 10, 5)),
    "apart in a row": ((1, 1, 3, 3), (6, 1, 8, 3)),
    "inside": ((2, 2, 3, 5), (1, 1, 9, 7)),
    "around": ((1, 1, 9, 7), (2, 2, 3, 5)),
    "crossed": ((0, 1, 4, 3), (1, 0, 3, 4)),
    "the same": ((1, 2, 3, 5), (1, 2, 3, 5)),
    "a sliver": ((0, 0, 1e-3, 900), (0, 0, 900, 1e-3)),
    "far away": ((0, 0, 1, 1), (1e4, 1e4, 1e4 + 1, 1e4 + 1)),
}
every_loss = pytest.mark.parametrize("name", NAMES)
every_pair = pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)


def tensor(box: Any) -> Tensor:
    return torch.tensor(box, dtype=torch.float64)


def random_pairs(count: int, seed: int = 3) -> tuple[Tensor, Tensor]:
    """Pairs of boxes (count, 4) of many shapes, some on whole numbers, so that edges lie on one another."""
    made = torch.Generator().manual_seed(seed)
    corner = 10 * torch.rand(2, count, 2, generator=made, dtype=torch.float64)
    sides = 0.2 + 6 * torch.rand(2, count, 2, generator=made, dtype=torch.float64)
    boxes = torch.cat([corner, corner + sides], -1)
    boxes[:, ::3] = boxes[:, ::3].floor() + torch.tensor([0, 0, 1, 1])
    return boxes[0], boxes[1]


def by_hand(pred: Any, target: Any, gate: bool = False) -> dict[str, float]:
    """The four measures by the formulas of the papers, on plain numbers."""
    (x1, y1, x2, y2), (u1, v1, u2, v2) = map(float, pred), map(float, target)
    wide, high = min(x2, u2) - max(x1, u1), min(y2, v2) - max(y1, v1)
    shared = wide * high if wide > 0 and high > 0 else 0.0
    union = (x2 - x1) * (y2 - y1) + (u2 - u1) * (v2 - v1) - shared
    across, down = max(x2, u2) - min(x1, u1), max(y2, v2) - min(y1, v1)
    iou = shared / union
    giou = iou - abs(across * down - union) / (across * down)
    rho2 = ((x1 + x2 - u1 - u2) ** 2 + (y1 + y2 - v1 - v2) ** 2) / 4
    diou = iou - rho2 / (across**2 + down**2)
    v = 4 / math.pi**2 * (math.atan((u2 - u1) / (v2 - v1)) - math.atan((x2 - x1) / (y2 - y1))) ** 2
    alpha = v / ((1 - iou) + v) if v and not (gate and iou < 0.5) else 0.0
    return {"iou": iou, "giou": giou, "diou": diou, "ciou": diou - alpha * v}


# ---------------------------------------------------------------------------- values


@every_loss
@every_pair
@pytest.mark.parametrize("gate", [False, True])
def test_measures_and_losses_are_what_the_formulas_say(name, pair, gate) -> None:
    pred, target = map(tensor, pair)
    right = by_hand(*pair, gate)[name]
    more = {"gate": gate} if name == "ciou" else {}
    assert MEASURES[name](pred, target, **more).item() == pytest.approx(right, abs=1e-10)
    assert LOSSES[name](pred, target, **more).item() == pytest.approx(1 - right, abs=1e-10)


@every_loss
def test_many_at_once_are_what_each_is_alone(name) -> None:
    pred, target = random_pairs(60)
    right = tensor([by_hand(p, t)[name] for p, t in zip(pred.tolist(), target.tolist(), strict=True)])
    torch.testing.assert_close(MEASURES[name](pred, target), right, rtol=0, atol=1e-10)
    torch.testing.assert_close(LOSSES[name](pred, target), 1 - right, rtol=0, atol=1e-10)
    table = MEASURES[name](pred[:, None], target[None])
    assert table.shape == (60, 60)
    torch.testing.assert_close(table.diagonal(), right, rtol=0, atol=1e-10)


def test_the_worked_example() -> None:
    pred, target = map(tensor, EXAMPLE)
    assert ciou_loss(pred, target).item() == pytest.approx(1.1037, abs=5e-5)
    assert ciou_loss(pred, target, gate=True).item() == pytest.approx(0.9353, abs=5e-5)
    assert giou_loss(tensor((0, 0, 2, 2)), tensor((1, 0, 3, 2))).item() == pytest.approx(1 - 1 / 3)


def test_one_iou_three_arrangements() -> None:
    shift = 2 - math.sqrt(2)
    square = tensor((0, 0, 2, 2))
    corner = square + shift
    cases = (
        (square, tensor((1, 0, 3, 2)), 1 / 3),
        (square, corner, 1 / 3 - (2 + shift) ** -2 * ((2 + shift) ** 2 - 6)),
        (tensor((0, 1, 4, 3)), tensor((1, 0, 3, 4)), 1 / 12),
    )
    for a, b, giou in cases:
        assert box_iou(a, b).item() == pytest.approx(1 / 3, abs=1e-10)
        assert box_giou(a, b).item() == pytest.approx(giou, abs=1e-10)
    assert box_giou(square, corner).item() == pytest.approx(0.231, abs=5e-4)


def test_properties() -> None:
    pred, target = random_pairs(500)
    found = {name: measure(pred, target) for name, measure in MEASURES.items()}
    assert ((found["iou"] >= 0) & (found["iou"] <= 1)).all()
    for name in ("giou", "diou"):
        assert ((found[name] > -1) & (found[name] <= found["iou"] + 1e-12)).all()
        swapped = MEASURES[name](target, pred)
        torch.testing.assert_close(found[name], swapped, rtol=0, atol=1e-12)
    assert ((found["ciou"] > -1.5) & (found["ciou"] <= found["diou"])).all()
    for name, measure in MEASURES.items():
        moved = measure(37 * pred - 5, 37 * target - 5)
        torch.testing.assert_close(found[name], moved, rtol=0, atol=1e-10)
        assert torch.allclose(measure(pred, pred), torch.ones(500, dtype=torch.float64), atol=1e-12)


def test_a_box_inside_the_other_has_its_iou_for_giou() -> None:
    outer, _ = random_pairs(200)
    low, high = outer.view(-1, 2, 2).unbind(1)
    inner = torch.cat([low + 0.2 * (high - low), low + 0.7 * (high - low)], -1)
    torch.testing.assert_close(box_giou(inner, outer), box_iou(inner, outer), rtol=0, atol=1e-12)
    assert (box_diou(inner, outer) < box_iou(inner, outer)).all()


def test_the_same_shape_at_any_size_has_no_v() -> None:
    pred, target = tensor((0, 0, 4, 2)), tensor((1, 1, 11, 6))
    assert box_ciou(pred, target).item() == pytest.approx(box_diou(pred, target).item(), abs=1e-15)


@pytest.mark.parametrize("name", ["giou", "diou", "ciou"])
def test_measures_of_boxes_without_area_are_numbers(name) -> None:
    point, line = tensor((2, 2, 2, 2)), tensor((2, 0, 2, 4))
    for a, b in ((point, point), (point, line), (line, line), (line, tensor((0, 0, 4, 4)))):
        value = MEASURES[name](a, b).item()
        assert math.isfinite(value)
        assert value <= 1
    assert MEASURES[name](torch.empty(0, 4), torch.empty(0, 4)).shape == (0,)


def test_the_legacy_pixel_goes_through_all() -> None:
    a, b = tensor((0, 0, 3, 3)), tensor((1, 0, 4, 3))
    grown = tensor((0, 0, 1, 1))
    for measure in (box_giou, box_ciou):
        assert measure(a, b, extra=1.0).item() == pytest.approx(
            measure(a + grown, b + grown).item(), abs=1e-12
        )


# ---------------------------------------------------------------------------- gradients


def difference(name: str, pred: Tensor, target: Tensor, alpha: float, h: float = 1e-6) -> Tensor:
    """Central differences of the loss, with alpha held where it is."""

    def loss(box: Tensor) -> float:
        found = by_hand(box.tolist(), target.tolist())
        if name != "ciou":
            return 1 - found[name]
        turn = [math.atan((b[2] - b[0]) / (b[3] - b[1])) for b in (target.tolist(), box.tolist())]
        return 1 - found["diou"] + alpha * 4 / math.pi**2 * (turn[0] - turn[1]) ** 2

    return tensor(
        [(loss(pred + h * e) - loss(pred - h * e)) / (2 * h) for e in torch.eye(4, dtype=torch.float64)]
    )


def alpha_of(pred: Tensor, target: Tensor) -> float:
    found = by_hand(pred.tolist(), target.tolist())
    turn = [math.atan((b[2] - b[0]) / (b[3] - b[1])) for b in (target.tolist(), pred.tolist())]
    v = 4 / math.pi**2 * (turn[0] - turn[1]) ** 2
    return v / (1 - found["iou"] + v) if v else 0.0


@every_loss
def test_gradients_agree_with_finite_differences(name) -> None:
    for pred, target in zip(*random_pairs(40), strict=True):
        if torch.isclose(pred[2:], target[:2]).any() or torch.isclose(pred[:2], target[2:]).any():
            continue  # just touching: the loss has a one-sided slope there
        _, gradient = loss_and_gradient(name, pred, target)
        numeric = difference(name, pred, target, alpha_of(pred, target))
        torch.testing.assert_close(gradient, numeric, rtol=1e-5, atol=1e-6)


@every_loss
@pytest.mark.parametrize("gate", [False, True])
def test_the_closed_form_is_the_gradient_of_autograd(name, gate) -> None:
    pairs = [*zip(*random_pairs(150), strict=True), *((tensor(a), tensor(b)) for a, b in PAIRS.values())]
    for pred, target in pairs:
        loss, gradient = loss_and_gradient(name, pred, target, gate)
        value, slopes = slope(name, tuple(pred.tolist()), tuple(target.tolist()), gate)
        assert value == pytest.approx(loss.item(), abs=1e-10)
        torch.testing.assert_close(tensor(slopes), gradient, rtol=1e-10, atol=1e-10)


def test_apart_only_iou_has_no_gradient() -> None:
    pred, target = map(tensor, PAIRS["apart"])
    for name in NAMES:
        loss, gradient = loss_and_gradient(name, pred, target)
        assert loss.item() >= 1
        assert bool(gradient.any()) == (name != "iou")


def test_width_and_height_always_pull_at_v_in_opposite_ways() -> None:
    for pred, target in zip(*random_pairs(60), strict=True):
        with_shape = loss_and_gradient("ciou", pred, target)[1]
        without = loss_and_gradient("diou", pred, target)[1]
        by_shape = with_shape - without
        assert (by_shape[2] * by_shape[3]).item() <= 1e-20


def test_the_gradient_takes_no_part_of_its_arguments() -> None:
    pred, target = map(tensor, EXAMPLE)
    before = pred.clone()
    _, gradient = loss_and_gradient("ciou", pred, target)
    assert not pred.requires_grad
    assert not gradient.requires_grad
    assert torch.equal(pred, before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dtypes_stay(dtype) -> None:
    pred, target = (torch.tensor(box, dtype=dtype) for box in EXAMPLE)
    for name in NAMES:
        loss, gradient = loss_and_gradient(name, pred, target)
        path, losses = descent(name, pred, target, 3, 0.1)
        assert loss.dtype == gradient.dtype == path.dtype == losses.dtype == dtype


# ---------------------------------------------------------------------------- the race


@every_loss
def test_a_race_starts_at_the_start_and_ends_after_its_steps(name) -> None:
    pred, target = map(tensor, PAIRS["apart"])
    path, losses = descent(name, pred, target, 20, 0.5)
    assert path.shape == (21, 4)
    assert torch.equal(path[0], pred)
    torch.testing.assert_close(losses, LOSSES[name](path, target), rtol=0, atol=1e-10)
    assert (path[:, 2:] > path[:, :2]).all()


def test_apart_all_but_iou_arrive() -> None:
    pred, target = map(tensor, PAIRS["apart"])
    for name in NAMES:
        path, losses = descent(name, pred, target, 300, 0.5)
        if name == "iou":
            assert torch.equal(path, pred.expand(301, 4))
            assert (losses == 1).all()
        else:
            assert box_iou(path[-1], target).item() > 0.95


@every_loss
def test_the_way_is_the_same_at_any_scale(name) -> None:
    pred, target = map(tensor, EXAMPLE)
    path, losses = descent(name, pred, target, 40, 0.3)
    larger, same = descent(name, 8 * pred, 8 * target, 40, 0.3)
    torch.testing.assert_close(larger, 8 * path, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(same, losses, rtol=1e-9, atol=1e-9)


def test_the_first_step_is_that_of_gradient_descent() -> None:
    pred, target = map(tensor, PAIRS["apart"])
    for name in NAMES:
        _, gradient = loss_and_gradient(name, pred, target)
        path, _ = descent(name, pred, target, 10, 0.01)
        torch.testing.assert_close(path[1], pred - 0.01 * 12 * gradient, rtol=0, atol=1e-12)  # area 12


# ---------------------------------------------------------------------------- bad input, and steps


@pytest.mark.parametrize(
    ("pred", "target", "words"),
    [
        ((0, 0, 1), (0, 0, 1, 1), "shape"),
        ((0, 0, 1, math.nan), (0, 0, 1, 1), "not finite"),
        ((0, 0, 1, 1), (1, 0, 0, 1), "target"),
        ((1, 1, 1, 2), (3, 3, 4, 3), "no area"),
    ],
)
def test_what_is_no_pair_of_boxes_is_refused(pred, target, words) -> None:
    for name in NAMES:
        with pytest.raises(ValueError, match=words):
            loss_and_gradient(name, tensor(pred), tensor(target))
        with pytest.raises(ValueError, match=words):
            descent(name, tensor(pred), tensor(target), 3, 0.1)


def test_a_race_needs_a_target_with_an_area() -> None:
    with pytest.raises(ValueError, match="target has no area"):
        descent("iou", tensor((0, 0, 1, 1)), tensor((1, 1, 1, 2)), 3, 0.1)


@every_loss
@every_pair
def test_every_step_is_told_with_its_numbers(name, pair) -> None:
    trace = record(LOSSES[name], *map(tensor, pair), into=(intersection_and_union,))
    told = [frame.narration for frame in trace.frames if frame.narrated]
    assert told[-1].startswith("The loss is 1 - ")
    assert told[-1].endswith(f"= {1 - by_hand(*pair)[name]:.3f}.")
    assert not any("{" in sentence for sentence in told)

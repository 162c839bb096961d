"""Areas and overlaps against closed forms, counted pixels, and what must hold of any boxes."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.detection.boxes import box_area, box_diou, box_iou, check_boxes

places = st.integers(-40, 40)
sides = st.integers(0, 40)
boxes = st.builds(
    lambda x, y, width, height: torch.tensor([x, y, x + width, y + height], dtype=torch.float64),
    places, places, sides, sides,
)  # fmt: skip
fractions = st.floats(-1e3, 1e3, width=32)
any_boxes = st.builds(
    lambda x1, y1, x2, y2: torch.tensor([min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)]),
    fractions, fractions, fractions, fractions,
)  # fmt: skip


def box(*corners: float) -> Tensor:
    return torch.tensor(corners, dtype=torch.float64)


def pixels(one: Tensor) -> set[tuple[int, int]]:
    x1, y1, x2, y2 = map(int, one.tolist())
    return {(x, y) for x in range(x1, x2) for y in range(y1, y2)}


# ---------------------------------------------------------------------------- closed forms


@given(boxes, boxes)
@settings(max_examples=100, deadline=None)
def test_whole_boxes_are_counted_pixel_by_pixel(a: Tensor, b: Tensor) -> None:
    either = pixels(a) | pixels(b)
    shared = pixels(a) & pixels(b)
    assert box_area(a).item() == len(pixels(a))
    assert box_iou(a, b).item() == pytest.approx(len(shared) / len(either) if either else 0)


@given(boxes, boxes)
@settings(max_examples=100, deadline=None)
def test_the_legacy_convention_counts_the_last_pixel_too(a: Tensor, b: Tensor) -> None:
    wider = box(0, 0, 1, 1)
    assert box_area(a, extra=1).item() == len(pixels(a + wider))
    assert torch.equal(box_iou(a, b, extra=1), box_iou(a + wider, b + wider))
    assert box_diou(a, b, extra=1).item() == pytest.approx(box_diou(a + wider, b + wider).item())


@pytest.mark.parametrize("width", [1.0, 2.5, 30.0])
@pytest.mark.parametrize("height", [0.5, 4.0])
@pytest.mark.parametrize("across", [0.0, 0.25, 0.5, 0.99, 1.0, 1.5])
@pytest.mark.parametrize("down", [0.0, 0.5, 2.0])
def test_a_box_moved(width: float, height: float, across: float, down: float) -> None:
    a = box(-3, 2, -3 + width, 2 + height)
    b = a + box(across * width, down * height, across * width, down * height)
    part = max(0.0, 1 - across) * max(0.0, 1 - down)
    iou = part / (2 - part)
    assert box_iou(a, b).item() == pytest.approx(iou)
    rho2 = (across * width) ** 2 + (down * height) ** 2
    c2 = ((1 + across) * width) ** 2 + ((1 + down) * height) ** 2
    assert box_diou(a, b).item() == pytest.approx(iou - rho2 / c2)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 1.0])
def test_a_box_inside_another(share: float) -> None:
    outer, inner = box(0, 0, 8, 8), box(0, 0, 8 * share, 8)
    assert box_iou(outer, inner).item() == pytest.approx(share)
    centred = box(4 - 4 * share, 0, 4 + 4 * share, 8)
    assert box_diou(outer, centred).item() == pytest.approx(share)
    assert box_diou(outer, inner).item() == pytest.approx(share - (4 - 4 * share) ** 2 / 128)


# Arrangements of equal IoU: only how the boxes lie tells them apart.
HALF_DIAGONAL = 2 - math.sqrt(2)
EQUAL_IOU = [
    (box(0, 0, 2, 2), box(1, 0, 3, 2), 1 / 3 - 1 / 13),
    (
        box(0, 0, 2, 2),
        box(HALF_DIAGONAL, HALF_DIAGONAL, 2 + HALF_DIAGONAL, 2 + HALF_DIAGONAL),
        1 / 3 - (HALF_DIAGONAL / (2 + HALF_DIAGONAL)) ** 2,
    ),
    (box(0, 0, 3, 3), box(1, 1, 2, 4) - box(0, 1, 0, 1), 1 / 3),
    (box(0, 0, 3, 3), box(0, 0, 1, 3), 1 / 3 - 1 / 18),
]


@pytest.mark.parametrize(("a", "b", "diou"), EQUAL_IOU)
def test_equal_iou_and_different_diou(a: Tensor, b: Tensor, diou: float) -> None:
    assert box_iou(a, b).item() == pytest.approx(1 / 3)
    assert box_diou(a, b).item() == pytest.approx(diou)
    assert box_iou(1000 * a, 1000 * b).item() == pytest.approx(1 / 3)


def test_the_values_of_the_old_convention() -> None:
    assert box_iou(box(0, 0, 3, 3), box(1, 0, 4, 3)).item() == 0.5
    assert box_iou(box(0, 0, 3, 3), box(1, 0, 4, 3), extra=1).item() == pytest.approx(0.6)
    apart = box(0, 0, 0.1, 0.1), box(0.15, 0.15, 0.25, 0.25)
    assert box_iou(*apart).item() == 0
    assert box_iou(*apart, extra=1).item() == pytest.approx(0.595, abs=5e-4)


# ---------------------------------------------------------------------------- whatever the boxes


@given(any_boxes, any_boxes)
@settings(max_examples=150, deadline=None)
def test_overlaps_keep_to_their_ranges_and_to_no_order(a: Tensor, b: Tensor) -> None:
    for dtype in (torch.float32, torch.float64):
        one, other = a.to(dtype), b.to(dtype)
        iou, diou = box_iou(one, other), box_diou(one, other)
        assert 0 <= iou <= 1
        points = bool((one[:2] == one[2:]).all() and (other[:2] == other[2:]).all())
        assert -1 < diou <= 1 or (points and diou == -1)  # two points are as far apart as boxes can be
        assert diou <= iou
        assert torch.equal(iou, box_iou(other, one))
        assert torch.equal(diou, box_diou(other, one))


@given(any_boxes)
@settings(max_examples=100, deadline=None)
def test_a_box_overlaps_itself_wholly(a: Tensor) -> None:
    expected = 1.0 if box_area(a) > 0 else 0.0
    assert box_iou(a, a) == expected
    assert box_diou(a, a) == expected


@given(boxes, boxes, st.sampled_from([2.0**-10, 0.5, 4.0, 2.0**20]), places)
@settings(max_examples=100, deadline=None)
def test_scale_and_place_do_not_matter(a: Tensor, b: Tensor, scale: float, offset: int) -> None:
    for measure in (box_iou, box_diou):
        here = measure(a, b)
        assert torch.equal(here, measure(a * scale, b * scale))
        assert torch.equal(here, measure(a + offset, b + offset))
        turned, other = a[[1, 0, 3, 2]], b[[1, 0, 3, 2]]
        assert torch.equal(here, measure(turned, other))


def test_minus_one_is_only_approached() -> None:
    near, far = box(0, 0, 1, 1), box(1e6, 1e6, 1e6 + 1, 1e6 + 1)
    assert -1 < box_diou(near, far).item() < -0.99999


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (box(3, 3, 3, 3), box(3, 3, 3, 3)),
        (box(0, 3, 9, 3), box(0, 3, 9, 3)),
        (box(3, 3, 3, 3), box(0, 0, 9, 9)),
        (box(0, 0, 0, 9), box(0, 0, 9, 9)),
    ],
)
def test_boxes_without_area_overlap_nothing(a: Tensor, b: Tensor) -> None:
    assert box_iou(a, b).item() == 0
    assert box_diou(a, b).item() <= 0
    assert torch.isfinite(box_diou(a, b))


def test_gradients_are_those_of_finite_differences_and_never_nan() -> None:
    a = box(0, 0, 4, 3).requires_grad_()
    b = box(1, 1, 6, 2.5).requires_grad_()
    assert torch.autograd.gradcheck(box_iou, (a, b))
    assert torch.autograd.gradcheck(box_diou, (a, b))
    point = box(2, 2, 2, 2).requires_grad_()
    (box_iou(point, point) + box_diou(point, point)).backward()
    assert torch.isfinite(point.grad).all()


# ---------------------------------------------------------------------------- shapes and dtypes


def test_boxes_broadcast_together() -> None:
    random = torch.Generator().manual_seed(0)
    corner = torch.rand(7, 2, generator=random)
    some = torch.cat([corner, corner + torch.rand(7, 2, generator=random)], 1)
    for measure in (box_iou, box_diou):
        matrix = measure(some[:, None], some[None])
        assert matrix.shape == (7, 7)
        each = [[measure(a, b).item() for b in some] for a in some]
        assert torch.equal(matrix, torch.tensor(each))
        assert measure(some[0], some).shape == (7,)
        assert measure(some[:0], some[0]).shape == (0,)
    assert box_area(some[:0]).shape == (0,)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int32, torch.int64])
def test_whole_numbers_of_any_dtype(dtype: torch.dtype) -> None:
    a, b = torch.tensor([[0, 0, 2, 2], [1, 0, 3, 2]], dtype=dtype)
    assert box_iou(a, b).item() == pytest.approx(1 / 3)
    assert box_diou(a, b).item() == pytest.approx(1 / 3 - 1 / 13)
    assert box_iou(a, b).dtype == (dtype if dtype.is_floating_point else torch.float32)


@pytest.mark.cuda
def test_it_stays_on_the_device() -> None:
    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device")
    a, b, diou = EQUAL_IOU[0]
    found = box_diou(a.cuda(), b.cuda())
    assert found.is_cuda
    assert found.item() == pytest.approx(diou)


@pytest.mark.parametrize(
    "fine", [torch.zeros(0, 4), torch.zeros(4), torch.zeros(2, 3, 4), torch.ones(1, 4).int()]
)
def test_boxes_of_any_number_pass(fine: Tensor) -> None:
    check_boxes(fine)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (torch.zeros(4, 5), "truth has shape (4, 5); it needs (..., 4): x1, y1, x2, y2."),
        (torch.zeros(()), "truth has shape (); it needs (..., 4): x1, y1, x2, y2."),
        (torch.zeros(0), "truth has shape (0,); it needs (..., 4): x1, y1, x2, y2."),
        (torch.tensor([0, 0, math.nan, 1]), "truth holds a value that is not finite."),
        (torch.tensor([0, 0, 1, math.inf]), "truth holds a value that is not finite."),
        (torch.tensor([-math.inf, 0, 1, 1]), "truth holds a value that is not finite."),
        (
            torch.tensor([[0.0, 0, 1, 1], [2, 0, 1, 1]]),
            "truth holds a box with x2 < x1 or y2 < y1; corners are x1, y1, x2, y2.",
        ),
        (
            torch.tensor([[0, 1, 1, 0]]),
            "truth holds a box with x2 < x1 or y2 < y1; corners are x1, y1, x2, y2.",
        ),
    ],
)
def test_what_are_no_boxes_is_said(wrong: Tensor, words: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - all of its words are compared
        check_boxes(wrong, "truth")
    assert str(refused.value) == words
    with pytest.raises(ValueError, match=r"^boxes "):
        check_boxes(wrong)

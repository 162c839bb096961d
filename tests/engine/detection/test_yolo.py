"""YOLO's box coding against closed forms, round trips, torch's own sigmoid, and a loop written by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from engine.detection.yolo import (
    COCO_PRIORS,
    cells_of,
    class_scores,
    decode,
    decode_head,
    encode,
    grid_places,
    prior_boxes,
    prior_places,
)
from engine.trace import record

DTYPES = pytest.mark.parametrize(("dtype", "close"), [(torch.float32, 1e-5), (torch.float64, 1e-10)])


def made(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_nine_priors_stand_where_darknet_writes_them() -> None:
    """Stride 32, 16, 8; row; column; prior: counted out by hand on a picture higher than wide."""
    height, width = 64, 96
    expected = [
        ((column + 0.5) * stride, (row + 0.5) * stride, w, h)
        for stride in (32, 16, 8)
        for row in range(height // stride)
        for column in range(width // stride)
        for w, h in COCO_PRIORS[stride]
    ]
    x, y, w, h = torch.tensor(expected, dtype=torch.float64).unbind(-1)
    by_hand = torch.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], -1)
    found = prior_boxes((height, width), dtype=torch.float64)
    assert torch.allclose(found, by_hand, rtol=0, atol=1e-10)


@pytest.mark.parametrize(("size", "count"), [(256, 4032), (416, 10647), ((32, 64), 126)])
def test_how_many_priors_there_are(size: int | tuple[int, int], count: int) -> None:
    places = prior_places(size)
    assert prior_boxes(size).shape == (count, 4)
    assert [len(part) for part in places] == [count] * 3


def test_only_the_nine_of_the_paper() -> None:
    every = [prior for stride in (8, 16, 32) for prior in COCO_PRIORS[stride]]
    paper = [(10, 13), (16, 30), (33, 23), (30, 61), (62, 45), (59, 119), (116, 90), (156, 198), (373, 326)]
    assert every == paper


@DTYPES
def test_decode_is_its_closed_form(dtype: torch.dtype, close: float) -> None:
    t = torch.randn(500, 4, generator=made(1), dtype=dtype)
    priors = 5 + 100 * torch.rand(500, 2, generator=made(2), dtype=dtype)
    cells = torch.randint(0, 20, (500, 2), generator=made(3)).to(dtype)
    found = decode(t, priors, cells, 16.0)
    for row in range(0, 500, 23):
        (tx, ty, tw, th), (pw, ph), (cx, cy) = t[row].tolist(), priors[row].tolist(), cells[row].tolist()
        x, y = 16 * (1 / (1 + math.exp(-tx)) + cx), 16 * (1 / (1 + math.exp(-ty)) + cy)
        w, h = pw * math.exp(tw), ph * math.exp(th)
        by_hand = torch.tensor([x - w / 2, y - h / 2, x + w / 2, y + h / 2], dtype=dtype)
        assert torch.allclose(found[row], by_hand, rtol=close, atol=close * 100)


@DTYPES
def test_the_way_back_is_the_way_there(dtype: torch.dtype, close: float) -> None:
    """X105: decode(encode(g)) = g; with the sigmoid's own value in the place of t it is not."""
    places = prior_places(64, dtype=dtype)
    t = 1.5 * torch.randn(len(places.cells), 4, generator=made(4), dtype=dtype)
    boxes = decode(t, *places)
    targets = encode(boxes, *places)
    scale = boxes.abs().amax()
    assert torch.allclose(decode(targets, *places), boxes, rtol=0, atol=close * float(scale))
    assert torch.allclose(targets, t, rtol=0, atol=close * 100)
    book = torch.cat([torch.sigmoid(targets[:, :2]), targets[:, 2:]], -1)
    assert not torch.allclose(decode(book, *places), boxes, rtol=0, atol=1.0)


def test_a_decoded_box_never_leaves_its_cell_nor_turns_inside_out() -> None:
    places = grid_places(6, 9, torch.tensor([[12.0, 40.0], [70.0, 20.0]]), 32)
    boxes = decode(6 * torch.randn(len(places.cells), 4, generator=made(5)), *places)
    assert (boxes[:, 2:] >= boxes[:, :2]).all()
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2 / places.strides - places.cells
    assert ((centre > -1e-3) & (centre < 1 + 1e-3)).all()


def test_edges_and_sides_of_nothing_are_reached_in_the_limit() -> None:
    on_the_edge = torch.tensor(
        [32.0, 40.0, 96.0, 40.0]
    )  # no height; its centre (64, 40) on a cell's left edge
    t = encode(on_the_edge, torch.tensor([10.0, 10.0]), torch.tensor([2.0, 1.0]), 32)
    assert t[0] == -math.inf
    assert t[3] == -math.inf
    assert torch.equal(decode(t, torch.tensor([10.0, 10.0]), torch.tensor([2.0, 1.0]), 32), on_the_edge)


def test_the_cell_is_that_of_the_centre() -> None:
    boxes = torch.tensor([[0.0, 0, 63, 20], [0, 0, 64, 20], [-10, -10, 0, 0]])
    assert cells_of(boxes, 32).tolist() == [[0, 0], [1, 0], [-1, -1]]


def test_no_boxes_are_no_boxes() -> None:
    nothing, two = torch.zeros(0, 4), torch.zeros(0, 2)
    assert decode(nothing, two, two, 8).shape == (0, 4)
    assert encode(nothing, two, two, 8).shape == (0, 4)


def head_by_loops(
    head: Tensor, priors: Tensor, stride: float
) -> tuple[list[list[float]], list[float], Tensor]:
    """Every prediction of a head by three loops, as Darknet's channels say."""
    per = head.shape[0] // len(priors)
    boxes, objectness, classes = [], [], []
    for row in range(head.shape[1]):
        for column in range(head.shape[2]):
            for a in range(len(priors)):
                tx, ty, tw, th, to, *logits = head[a * per : (a + 1) * per, row, column].tolist()
                x, y = ((column + 1 / (1 + math.exp(-tx))) * stride, (row + 1 / (1 + math.exp(-ty))) * stride)
                w, h = float(priors[a, 0]) * math.exp(tw), float(priors[a, 1]) * math.exp(th)
                boxes.append([x - w / 2, y - h / 2, x + w / 2, y + h / 2])
                objectness.append(1 / (1 + math.exp(-to)))
                classes.append([1 / (1 + math.exp(-z)) for z in logits])
    return boxes, objectness, torch.tensor(classes, dtype=torch.float64)


@pytest.mark.parametrize("classes", [0, 1, 4])
def test_a_head_is_decoded_channel_by_channel(classes: int) -> None:
    priors = torch.tensor([[10.0, 20], [30, 15], [50, 70]], dtype=torch.float64)
    head = torch.randn(3 * (5 + classes), 4, 5, generator=made(6), dtype=torch.float64)
    boxes, objectness, class_scores = decode_head(head, priors, 16)
    by_hand = head_by_loops(head, priors, 16)
    assert torch.allclose(boxes, torch.tensor(by_hand[0], dtype=torch.float64), rtol=0, atol=1e-10)
    assert torch.allclose(objectness, torch.tensor(by_hand[1], dtype=torch.float64), rtol=0, atol=1e-10)
    assert class_scores.shape == (60, classes)
    assert torch.allclose(class_scores, by_hand[2].reshape(60, classes), rtol=0, atol=1e-10)


PRIORS = torch.tensor([[10.0, 20.0]])
BAD = {
    "a size that is no multiple": (lambda: prior_boxes(100), r"size is 100 x 100; .*multiples of the stride, 32"),
    "no size": (lambda: prior_boxes(0), "size is 0 x 0"),
    "no priors": (lambda: grid_places(2, 2, torch.zeros(0, 2), 8), r"priors has shape \(0, 2\)"),
    "priors of three": (lambda: grid_places(2, 2, torch.ones(2, 3), 8), r"priors has shape \(2, 3\)"),
    "a prior of no width": (lambda: grid_places(2, 2, torch.tensor([[0.0, 1]]), 8), "priors holds a side"),
    "no stride": (lambda: grid_places(2, 2, PRIORS, 0), "stride is 0"),
    "channels that do not fit": (
        lambda: decode_head(torch.zeros(16, 2, 2), torch.ones(3, 2), 8), r"head has shape \(16, 2, 2\).*3 \* \(5 \+ C\)"
    ),
    "too few channels": (lambda: decode_head(torch.zeros(4, 2, 2), PRIORS, 8), "head has shape"),
    "a flat head": (lambda: decode_head(torch.zeros(6, 2), PRIORS, 8), "head has shape"),
    "a box inside out": (lambda: encode(torch.tensor([9.0, 0, 3, 4]), PRIORS[0], torch.zeros(2), 8), "x2 < x1"),
    "a centre elsewhere": (
        lambda: encode(torch.tensor([8.0, 0, 12, 4]), PRIORS[0], torch.zeros(2), 8), r"centre at \(1.25, 0.25\)"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("call", "sentence"), BAD.values(), ids=BAD)
def test_what_does_not_fit_is_refused(call, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=sentence):
        call()


def test_both_ways_are_told_with_their_numbers() -> None:
    """One box, line by line."""
    prior, cell = torch.tensor([30.0, 61.0]), torch.tensor([3.0, 2.0])
    there = record(decode, t=torch.tensor([0.0, 1.0, 0.0, -1.0]), priors=prior, cells=cell, stride=16.0)
    told = [frame.narration for frame in there.frames]
    assert any("0.500 and 0.731" in words for words in told)
    assert any("30.0 by 22.4 pixels" in words for words in told)
    back = record(encode, boxes=there.result, priors=prior, cells=cell, stride=16.0)
    assert any("tw, th = " in frame.narration for frame in back.frames)
    assert torch.allclose(back.result, torch.tensor([0.0, 1.0, 0.0, -1.0]), atol=1e-5)


def test_a_score_is_objectness_times_a_sigmoid_each() -> None:
    logits = torch.randn(7, generator=made(8), dtype=torch.float64)
    to = torch.tensor(1.3, dtype=torch.float64)
    expected = [1 / (1 + math.exp(-1.3)) / (1 + math.exp(-z)) for z in logits.tolist()]
    assert class_scores(to, logits).tolist() == pytest.approx(expected, abs=1e-12)
    assert class_scores(to, logits[:0]).shape == (0,)
    run = record(class_scores, objectness=to, logits=logits[:0])
    assert "the best is none" in run.frames[-1].narration

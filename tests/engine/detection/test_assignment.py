"""The assignment rules against plain loops over every prior, on fixtures and random cases, and at borders."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.detection.assignment import (
    IGNORED,
    NEGATIVE,
    POSITIVE,
    assign_best,
    assign_overlaps,
    assign_ratio,
    cells_near,
    most_overlap,
    place_of,
    prior_count,
    prior_index,
    responsible_prior,
    shape_iou,
)
from engine.detection.stand_in import class_logits, said_by
from engine.detection.yolo import prior_boxes, prior_places
from engine.trace import record

# as they stand in yolov3.cfg, each with its stride and its place among the three of that stride
CFG = [(10, 13), (16, 30), (33, 23), (30, 61), (62, 45), (59, 119), (116, 90), (156, 198), (373, 326)]
MASKS = {32: (6, 7, 8), 16: (3, 4, 5), 8: (0, 1, 2)}
DTYPES = [torch.float32, torch.float64]
FIXTURES: dict[str, list[tuple[float, ...]]] = {
    "none": [],
    "three": [(100, 150, 310, 240), (30, 200, 90, 370), (100, 330, 170, 390)],
    "all of the input": [(0, 0, 256, 256)],
    "one pixel": [(17, 33, 18, 34)],
    "the same twice": [(50, 50, 110, 170), (50, 50, 110, 170)],
    "one cell and prior, two truths": [(150, 154, 220, 250), (152, 150, 222, 254)],
    "a centre on a corner of cells": [(32, 32, 96, 96)],
    "a sliver": [(0, 10, 256, 11)],
}


def random_truths(count: int, size: int, seed: int, dtype: torch.dtype = torch.float32) -> Tensor:
    made = torch.Generator().manual_seed(seed)
    sides = 2 + (size * 0.7) * torch.rand(count, 2, generator=made, dtype=torch.float64) ** 2
    corner = (size - sides) * torch.rand(count, 2, generator=made, dtype=torch.float64)
    boxes = torch.cat([corner, corner + sides], 1)
    boxes[::2] = torch.cat([boxes[::2, :2].floor(), boxes[::2, 2:].ceil()], 1).clamp(0, size)
    return boxes.to(dtype)


def all_priors(size: int) -> list[tuple[int, int, int, int]]:
    """Stride, row, column and place of every prior, in the order of Darknet's outputs."""
    return [
        (stride, row, column, k)
        for stride in (32, 16, 8) for row in range(size // stride) for column in range(size // stride) for k in range(3)
    ]  # fmt: skip


def iou(a: Any, b: Any) -> float:
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = wide * high if wide > 0 and high > 0 else 0.0
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def by_loops(truths: Tensor, boxes: Tensor, size: int, threshold: float) -> tuple[list[int], list[int]]:
    """The loops of yolo_layer.c: first every prior by its box, then every truth by its shape and cell."""
    wanted, priors = truths.double().tolist(), all_priors(size)
    status, matched = [], [-1] * len(priors)
    for box in boxes.double().tolist():
        best = max((iou(box, truth) for truth in wanted), default=0.0)
        status.append(-1 if best > threshold else 0)
    where = {place: index for index, place in enumerate(priors)}
    for number, (x1, y1, x2, y2) in enumerate(wanted):
        best_n, best_iou = 0, 0.0
        for n, (w, h) in enumerate(CFG):
            like = iou((0, 0, w, h), (0, 0, x2 - x1, y2 - y1))
            if like > best_iou:
                best_n, best_iou = n, like
        stride = next(s for s, mask in MASKS.items() if best_n in mask)
        column, row = (
            int((x1 + x2) / 2 / size * (size // stride)),
            int((y1 + y2) / 2 / size * (size // stride)),
        )
        index = where[stride, row, column, MASKS[stride].index(best_n)]
        status[index], matched[index] = 1, number
    return status, matched


def by_ratio(truths: Tensor, size: int, limit: float) -> dict[int, set[int]]:
    """For each prior the truths that take it, by looking at every prior and every truth."""
    takers: dict[int, set[int]] = {}
    for index, (stride, row, column, k) in enumerate(all_priors(size)):
        w, h = CFG[MASKS[stride][k]]
        for number, (x1, y1, x2, y2) in enumerate(truths.double().tolist()):
            ratios = [(x2 - x1) / w, w / (x2 - x1), (y2 - y1) / h, h / (y2 - y1)]
            x, y = (x1 + x2) / 2 / stride, (y1 + y2) / 2 / stride
            home = (math.floor(y), math.floor(x))
            steps = {(0, 0)}
            if x % 1 < 0.5 and x > 1:
                steps.add((0, -1))
            if y % 1 < 0.5 and y > 1:
                steps.add((-1, 0))
            cells = size // stride
            if (cells - x) % 1 < 0.5 and cells - x > 1 and x % 1:
                steps.add((0, 1))
            if (cells - y) % 1 < 0.5 and cells - y > 1 and y % 1:
                steps.add((1, 0))
            if max(ratios) < limit and (row - home[0], column - home[1]) in steps:
                takers.setdefault(index, set()).add(number)
    return takers


# ---------------------------------------------------------------------------- the order


@pytest.mark.parametrize(("size", "count"), [(256, 4032), (416, 10647), (608, 22743), (128, 1008)])
def test_how_many_priors_there_are(size: int, count: int) -> None:
    assert prior_count(size) == count == len(all_priors(size)) == len(prior_boxes(size))


def test_the_order_is_that_of_darknets_outputs() -> None:
    for index, (stride, row, column, k) in enumerate(all_priors(128)):
        assert prior_index(128, stride, row, column, k) == index
        assert place_of(index, 128) == (stride, row, column, k)
        x1, y1, x2, y2 = prior_boxes(128)[index].tolist()
        assert (x2 - x1, y2 - y1) == CFG[MASKS[stride][k]]
        assert ((x1 + x2) / 2, (y1 + y2) / 2) == ((column + 0.5) * stride, (row + 0.5) * stride)
    with pytest.raises(ValueError, match="beyond"):
        place_of(1008, 128)


# ---------------------------------------------------------------------------- the paper's and Darknet's


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FIXTURES)
@pytest.mark.parametrize("threshold", [0.0, 0.5, 0.7, 1.0])
def test_fixtures(name: str, threshold: float, dtype: torch.dtype) -> None:
    size = 416 if name == "three" else 256
    truths = torch.tensor(FIXTURES[name], dtype=dtype).reshape(-1, 4)
    boxes = prior_boxes(size, dtype=dtype)
    status, matched = assign_best(truths, boxes, size, threshold)
    assert (status.tolist(), matched.tolist()) == by_loops(truths, boxes, size, threshold)


@pytest.mark.parametrize("seed", range(6))
def test_random_truths_by_prior_and_by_prediction(seed: int) -> None:
    size = (128, 160, 192)[seed % 3]
    truths = random_truths(1 + 3 * seed, size, seed, torch.float64)
    places, priors = prior_places(size, dtype=torch.float64), prior_boxes(size, dtype=torch.float64)
    said = said_by(priors, places, truths, 0.2 * seed, torch.Generator().manual_seed(seed))
    for boxes, threshold in ((priors, 0.5), (said.boxes, 0.7), (priors, 0.2)):
        status, matched = assign_best(truths, boxes, size, threshold)
        assert (status.tolist(), matched.tolist()) == by_loops(truths, boxes, size, threshold)
        counts = [(status == kind).sum() for kind in (POSITIVE, NEGATIVE, IGNORED)]
        assert sum(counts) == prior_count(size)
        assert 1 <= counts[0] <= len(truths)


@pytest.mark.parametrize("seed", range(4))
def test_of_known_overlaps_it_is_the_same(seed: int) -> None:
    truths = random_truths(1 + seed, 416, seed, torch.float32) if seed else torch.zeros(0, 4)
    priors = prior_boxes(416)
    most, which = most_overlap(truths, priors)
    assert ((which < 0) == (most <= 0)).all()
    for place in range(0, len(priors), 997):
        own = [iou(truth.tolist(), priors[place].tolist()) for truth in truths]
        assert float(most[place]) == pytest.approx(max(own, default=0), abs=1e-5)
    owners = torch.tensor([responsible_prior(truth, 416) for truth in truths], dtype=torch.int64)
    for threshold in (0.0, 0.3, 0.5, 1.0):
        for one, other in zip(
            assign_overlaps(most, owners, threshold), assign_best(truths, priors, 416, threshold), strict=True
        ):
            assert torch.equal(one, other)


def test_a_later_truth_overwrites_an_earlier_one() -> None:
    """X109: the second truth is not matched among the remaining priors."""
    truths = torch.tensor(FIXTURES["the same twice"])
    status, matched = assign_best(truths, prior_boxes(256), 256, 0.5)
    assert (status == POSITIVE).sum() == 1
    assert matched[status == POSITIVE].tolist() == [1]
    assert responsible_prior(truths[0], 256) == responsible_prior(truths[1], 256)


def test_the_best_of_all_nine_fixes_the_grid() -> None:
    """X107: not the best of the three of one cell."""
    for (w, h), n in zip(CFG[:8], range(8), strict=True):
        truth = torch.tensor([100 - w / 2, 100 - h / 2, 100 + w / 2, 100 + h / 2]).clamp(min=0)
        stride, row, column, k = place_of(responsible_prior(truth, 416), 416)
        centre = (truth[:2] + truth[2:]) / 2
        assert (row, column) == (int(centre[1] // stride), int(centre[0] // stride))
        if truth.min() > 0:
            assert MASKS[stride][k] == n


def test_of_equally_alike_priors_the_first_in_the_file_wins() -> None:
    anchors = torch.tensor([(10.0, 20.0), (20.0, 10.0)])
    likeness = shape_iou(torch.tensor([0.0, 0.0, 15.0, 15.0]), anchors)
    assert likeness[0] == likeness[1]
    assert int(likeness.argmax()) == 0


def test_exactly_at_the_threshold_is_not_ignored() -> None:
    truth = torch.tensor([[0.0, 0.0, 40.0, 20.0]])
    boxes = torch.zeros(prior_count(128), 4)
    boxes[700] = torch.tensor([0.0, 0.0, 20.0, 20.0])  # IoU 0.5, in whole numbers
    assert assign_best(truth, boxes, 128, 0.5)[0][700] == NEGATIVE
    assert assign_best(truth, boxes, 128, 0.499)[0][700] == IGNORED


def test_a_centre_on_a_border_belongs_to_the_later_cell() -> None:
    left, on = torch.tensor([31.8, 31.8, 96.0, 96.0]), torch.tensor([32.0, 32.0, 96.0, 96.0])
    assert place_of(responsible_prior(left, 256), 256)[1:3] == (3, 3)
    assert place_of(responsible_prior(on, 256), 256)[1:3] == (4, 4)


# ---------------------------------------------------------------------------- Ultralytics'


@pytest.mark.parametrize("limit", [1.5, 4.0, 8.0])
@pytest.mark.parametrize("seed", range(4))
def test_ratios_against_every_prior_and_truth(seed: int, limit: float) -> None:
    truths = random_truths(1 + 2 * seed, 160, seed + 20, torch.float64)
    takers = by_ratio(truths, 160, limit)
    status, matched = assign_ratio(truths, 160, limit)
    assert set(torch.nonzero(status).flatten().tolist()) == set(takers)
    assert not (status == IGNORED).any()
    for index, takes in takers.items():
        assert int(matched[index]) == max(takes)
    assert (matched[status == NEGATIVE] == -1).all()


def test_up_to_three_cells() -> None:
    inside = torch.tensor(
        [28.0, 28.0, 48.0, 48.0]
    )  # centre (38, 38): 0.19 of a cell past a border of stride 32
    assert cells_near(inside, 32, 256) == [(1, 1), (1, 0), (0, 1)]
    middle = torch.tensor([38.0, 38.0, 58.0, 58.0])  # centre (48, 48): in the very middle
    assert cells_near(middle, 32, 256) == [(1, 1)]
    corner = torch.tensor([0.0, 0.0, 10.0, 10.0])
    assert cells_near(corner, 32, 256) == [(0, 0)]
    far = torch.tensor([240.0, 240.0, 256.0, 256.0])
    assert cells_near(far, 32, 256) == [(7, 7)]


# ---------------------------------------------------------------------------- bad input, traces, the stand-in


@pytest.mark.parametrize(
    ("truths", "words"),
    [
        (torch.zeros(4), "shape"),
        (torch.tensor([[5.0, 5.0, 1.0, 9.0]]), "x2 < x1"),
        (torch.tensor([[5.0, 5.0, 5.0, 9.0]]), "without area"),
        (torch.tensor([[5.0, 5.0, 300.0, 9.0]]), "outside the 256 x 256 input"),
        (torch.tensor([[-1.0, 5.0, 30.0, 9.0]]), "outside"),
        (torch.tensor([[math.nan, 5.0, 30.0, 9.0]]), "not finite"),
    ],
)
def test_truths_that_are_none_are_refused(truths: Tensor, words: str) -> None:
    for rule in (lambda: assign_best(truths, prior_boxes(256), 256, 0.5), lambda: assign_ratio(truths, 256)):
        with pytest.raises(ValueError, match=words):
            rule()


def test_the_run_is_narrated_and_short() -> None:
    truths = torch.tensor(FIXTURES["three"])
    best = record(assign_best, truths, prior_boxes(416), 416, 0.5, into=(responsible_prior,))
    ratio = record(assign_ratio, truths, 416)
    for trace in (best, ratio):
        assert len(trace) < 50 * len(truths)
        assert all("Error" not in frame.narration for frame in trace.frames)
    assert "3 positive" in best.frames[-1].narration


@pytest.mark.cuda
def test_it_stays_on_the_device() -> None:
    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device")
    truths, priors = torch.tensor(FIXTURES["three"]), prior_boxes(416)
    for here, there in (
        (assign_best(truths, priors, 416, 0.5), assign_best(truths.cuda(), priors.cuda(), 416, 0.5)),
        (assign_ratio(truths, 416), assign_ratio(truths.cuda(), 416)),
    ):
        for cpu, cuda in zip(here, there, strict=True):
            assert cuda.is_cuda
            assert torch.equal(cpu, cuda.cpu())


def test_the_stand_in_is_seeded_and_learns() -> None:
    truths = torch.tensor(FIXTURES["three"])
    places, priors = prior_places(416), prior_boxes(416)
    index = responsible_prior(truths[1], 416)
    fits = []
    for trained in (0.0, 0.5, 1.0):
        said = said_by(priors, places, truths, trained, torch.Generator().manual_seed(3))
        again = said_by(priors, places, truths, trained, torch.Generator().manual_seed(3))
        assert torch.equal(said.t, again.t)
        assert torch.equal(said.objectness, again.objectness)
        fits.append(iou(said.boxes[index].tolist(), truths[1].tolist()))
        centres = (said.boxes[:, :2] + said.boxes[:, 2:]) / 2 / places.strides
        assert ((centres - places.cells).abs() <= 1 + 1e-4).all()  # none leaves its cell
    assert fits == sorted(fits)
    assert fits[-1] == pytest.approx(1, abs=1e-4)
    wanted = torch.zeros(2, 80)
    wanted[:, 5] = 1
    one, two = (
        class_logits(torch.tensor([4, 9]), wanted, 1.0, 0),
        class_logits(torch.tensor([9, 4]), wanted, 1.0, 0),
    )
    assert torch.equal(one, two.flip(0))
    assert one.argmax(1).tolist() == [5, 5]
    assert class_logits(torch.empty(0, dtype=torch.int64), wanted[:0], 1.0, 0).shape == (0, 80)

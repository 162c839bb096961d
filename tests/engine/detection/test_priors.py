"""k-means against a brute-force one, scikit-learn's, and what must hold of any."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from torch import Tensor

from engine.detection.boxes import box_iou
from engine.detection.priors import (
    Distance,
    kmeans,
    kmeans_runs,
    mean_best_iou,
    size_iou,
    starting_centres,
)
from engine.trace import record

both = pytest.mark.parametrize("distance", ["iou", "euclidean"])


def made_sizes(count: int = 120, seed: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 60 * torch.exp(0.7 * torch.randn(count, 2, generator=generator, dtype=torch.float64))


def by_hand(sizes: list[list[float]], centres: list[list[float]], distance: str) -> list[list[float]]:
    """Lloyd's loop in plain numbers; a middle that would raise the cost is not taken."""

    def gap(a: list[float], b: list[float]) -> float:
        if distance == "euclidean":
            return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2
        shared = min(a[0], b[0]) * min(a[1], b[1])
        return 1 - shared / (a[0] * a[1] + b[0] * b[1] - shared)

    owner: list[int] = []
    while True:
        now = [min(range(len(centres)), key=lambda k: gap(size, centres[k])) for size in sizes]
        if now == owner:
            return centres
        owner = now
        moved = []
        for k, centre in enumerate(centres):
            mine = [size for size, o in zip(sizes, owner, strict=True) if o == k]
            middle = centre
            if mine and distance == "euclidean":
                middle = [sum(s[i] for s in mine) / len(mine) for i in (0, 1)]
            elif mine:
                middle = [sorted(s[i] for s in mine)[(len(mine) - 1) // 2] for i in (0, 1)]
            worse = sum(gap(s, middle) for s in mine) > sum(gap(s, centre) for s in mine)
            moved.append(centre if worse else middle)
        centres = moved


@both
@pytest.mark.parametrize("k", [1, 3, 9])
def test_it_is_the_loop_by_hand(distance: Distance, k: int) -> None:
    sizes = made_sizes()
    start = starting_centres(sizes, k, distance, torch.Generator().manual_seed(k))
    expected = torch.tensor(by_hand(sizes.tolist(), start.tolist(), distance), dtype=torch.float64)
    assert torch.allclose(kmeans(sizes, start, distance), expected, rtol=0, atol=1e-10)


@both
def test_many_runs_at_once_are_the_runs_one_by_one(distance: Distance) -> None:
    sizes = made_sizes(200, seed=9)
    generator = torch.Generator().manual_seed(1)
    starts = torch.stack([starting_centres(sizes, 5, distance, generator) for _ in range(6)])
    found = kmeans_runs(sizes, starts, distance)
    for run in range(6):
        assert torch.allclose(found.centres[run], kmeans(sizes, starts[run], distance), rtol=0, atol=1e-10)


@both
@pytest.mark.parametrize("seed", range(8))
def test_the_cost_never_rises(distance: Distance, seed: int) -> None:
    sizes = made_sizes(150, seed)
    start = starting_centres(sizes, 7, distance, torch.Generator().manual_seed(seed))
    found = kmeans_runs(sizes, start[None], distance)
    costs = torch.stack(found.costs)[:, 0]
    assert (costs.diff() <= 1e-12 * costs[0]).all()
    assert len(costs) > 2


@pytest.mark.parametrize("k", [2, 5])
def test_euclidean_is_scikit_learns(k: int) -> None:
    sizes = made_sizes(300, seed=4)
    start = starting_centres(sizes, k, "euclidean", torch.Generator().manual_seed(3))
    theirs = KMeans(k, init=start.numpy(), n_init=1, tol=0, algorithm="lloyd").fit(sizes.numpy())
    ours = kmeans_runs(sizes, start[None], "euclidean")
    assert np.allclose(ours.centres[0].numpy(), theirs.cluster_centers_, rtol=0, atol=1e-9)
    assert float(ours.costs[-1][0]) * 300 == pytest.approx(theirs.inertia_, rel=1e-10)
    assert (ours.nearest[0].numpy() == theirs.labels_).all()


def test_the_iou_of_sizes_is_that_of_boxes_on_one_corner() -> None:
    sizes = made_sizes(40)
    boxes = torch.cat([torch.zeros_like(sizes), sizes], -1)
    expected = box_iou(boxes[:, None], boxes[None])
    assert torch.allclose(size_iou(sizes[:, None], sizes[None]), expected, rtol=0, atol=1e-12)


def test_the_mean_of_the_best() -> None:
    sizes = torch.tensor([[10.0, 10], [20, 10], [40, 40]])
    assert float(mean_best_iou(sizes, sizes)) == 1
    assert float(mean_best_iou(sizes, sizes[:1])) == pytest.approx((1 + 1 / 2 + 1 / 16) / 3)


def test_a_centre_that_nobody_is_near_to_stays() -> None:
    sizes = torch.tensor([[10.0, 10], [12, 10]])
    far = torch.tensor([[11.0, 10], [900, 900]])
    assert kmeans(sizes, far).tolist()[1] == [900, 900]
    assert kmeans_runs(sizes, far[None]).centres[0, 1].tolist() == [900, 900]


@both
def test_starts_are_sizes_and_all_different_where_they_can_be(distance: Distance) -> None:
    sizes = made_sizes(30)
    for seed in range(5):
        starts = starting_centres(sizes, 30, distance, torch.Generator().manual_seed(seed))
        assert sorted(starts.tolist()) == sorted(sizes.tolist())
    alike = torch.ones(4, 2)
    assert starting_centres(alike, 3, distance, torch.Generator()).tolist() == [[1, 1]] * 3


BAD = {
    "no sizes": (lambda: kmeans(torch.zeros(0, 2), torch.ones(1, 2)), r"sizes has shape \(0, 2\)"),
    "boxes": (lambda: kmeans(torch.ones(3, 4), torch.ones(1, 2)), r"sizes has shape \(3, 4\)"),
    "no width": (lambda: kmeans(torch.tensor([[0.0, 1]]), torch.ones(1, 2)), "sizes holds a side"),
    "nan": (lambda: kmeans(torch.ones(1, 2), torch.full((1, 2), math.nan)), "centres holds a side"),
    "starts": (lambda: kmeans_runs(torch.ones(2, 2), torch.zeros(1, 1, 2)), "starts holds a side"),
    "too many": (
        lambda: starting_centres(torch.ones(2, 2), 3, "iou", torch.Generator()),
        "k is 3, but there are 2",
    ),
}


@pytest.mark.parametrize(("call", "sentence"), BAD.values(), ids=BAD)
def test_what_does_not_fit_is_refused(call, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=sentence):
        call()


def test_assign_and_update_are_told() -> None:
    from engine.detection.priors import update

    sizes = torch.tensor([[10.0, 10], [12, 14], [80, 60], [90, 66]])
    run = record(kmeans, into=(update,), sizes=sizes, centres=sizes[1:3], distance="iou")
    told = " ".join(frame.narration for frame in run.frames)
    assert "Assign each size to its nearest centre: 4 of 4 change theirs." in told
    assert "Their median is 10.0 by 10.0" in told
    assert "these 2 centres are the priors" in told

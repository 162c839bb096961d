"""Box sizes to find priors for, and what k-means makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from engine.detection.priors import Distance, kmeans_runs, mean_best_iou, starting_centres
from engine.device import Engine
from scenes.data.samples import street_objects
from scenes.scene import locked

MOST_PRIORS = 12
BEST_OF = 5  # starts for each point of the curve of mean IoU against k
MOST_SIZES = 2000
DISTANCES: tuple[Distance, ...] = ("iou", "euclidean")
# width, height in pixels, how much they scatter (of their logarithms), and how many: shapes as things have them
SHAPES = (
    ((12, 28), 0.30, 80),  # far people
    ((24, 15), 0.35, 80),  # far cars
    ((48, 120), 0.25, 45),  # near people
    ((95, 60), 0.30, 45),  # cars
    ((120, 230), 0.22, 20),
    ((250, 130), 0.22, 20),
    ((330, 290), 0.15, 10),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Sizes:
    """Widths and heights (N, 2) float64 in pixels; `what` says where they are from."""

    sizes: NDArray[np.float64]
    what: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Clustering:
    """One run of k-means, and how it compares."""

    starts: NDArray[np.float64]  # (K, 2)
    priors: NDArray[np.float64]  # (K, 2) the centres at the end
    nearest: NDArray[np.int64]  # (N,)
    costs: NDArray[np.float64]  # (T,) the mean distance after each assignment
    way: NDArray[np.float64]  # (T, K, 2) the centres at each assignment
    iou: NDArray[np.float64]  # (N,) of each size with its best prior


def made_sizes() -> Sizes:
    """300 sizes drawn around seven shapes; no data set."""
    generator = torch.Generator().manual_seed(3)
    parts = [
        torch.tensor(shape, dtype=torch.float64)
        * torch.exp(spread * torch.randn(count, 2, generator=generator, dtype=torch.float64))
        for shape, spread, count in SHAPES
    ]
    sizes = torch.cat(parts).clamp(4, 400).numpy().round(1)
    return Sizes(sizes=locked(sizes), what="made-up box sizes, drawn around seven shapes")


def street_sizes() -> Sizes:
    """Those of the street's ten known boxes."""
    boxes = np.array([box for _, box in street_objects()])
    return Sizes(sizes=locked(boxes[:, 2:] - boxes[:, :2]), what="known boxes of the street")


@lru_cache(maxsize=8)
def drawn_starts(sizes: Sizes, k: int, distance: Distance, seed: int) -> NDArray[np.float64]:
    """k of the sizes, far from one another, to begin with.

    Raises:
        ValueError: there are not as many.
    """
    starts = starting_centres(torch.tensor(sizes.sizes), k, distance, torch.Generator().manual_seed(seed))
    return locked(starts.numpy())


def clustering(sizes: Sizes, starts: NDArray[np.float64], distance: Distance, engine: Engine) -> Clustering:
    """The run from these starts."""
    found = kmeans_runs(engine.tensor(sizes.sizes), engine.tensor(starts)[None], distance)
    all_iou = iou_with(sizes.sizes, engine.array(found.centres[0]))
    return Clustering(
        starts=starts, priors=engine.array(found.centres[0]), nearest=engine.array(found.nearest[0]),
        costs=engine.array(torch.stack(found.costs)[:, 0]), way=engine.array(torch.stack(found.way)[:, 0]),
        iou=locked(all_iou.max(1)),
    )  # fmt: skip


@lru_cache(maxsize=16)
def drawn_run(sizes: Sizes, k: int, distance: Distance, seed: int, engine: Engine) -> Clustering:
    """The run from drawn starts."""
    return clustering(sizes, drawn_starts(sizes, k, distance, seed), distance, engine)


def iou_with(sizes: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """IoU (N, K) of each size with each centre, on one corner."""
    shared = np.minimum(sizes[:, None], centres).prod(-1)
    return np.asarray(shared / (sizes.prod(-1)[:, None] + centres.prod(-1) - shared))


@lru_cache(maxsize=4)
def mean_iou_curves(sizes: Sizes, engine: Engine) -> dict[Distance, NDArray[np.float64]]:
    """The mean IoU with the best prior for 1, 2, ... priors, the best of a few starts for each."""
    tensor, curves = engine.tensor(sizes.sizes), {}
    most = min(MOST_PRIORS, len(sizes.sizes))
    for distance in DISTANCES:
        best = []
        for k in range(1, most + 1):
            generator = torch.Generator().manual_seed(k)
            starts = torch.stack([starting_centres(tensor, k, distance, generator) for _ in range(BEST_OF)])
            best.append(mean_best_iou(tensor, kmeans_runs(tensor, starts, distance).centres).max())
        curves[distance] = engine.array(torch.stack(best))
    return curves

"""What the batches scene works on, points and a line through them, and what comes of it: three runs of descent
that differ in how many samples a step reads, and how far gradient estimates scatter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.device import Engine
from engine.optimization.batches import (
    Batches,
    batches_of,
    descent_path,
    draws_of,
    expected_std,
    gradient_estimates,
    losses_along,
    measured_std,
    train,
)
from engine.optimization.line_fit import best_line, curvature, sample_gradients
from scenes.held import Held
from scenes.parameters import Help, Range
from scenes.scene import Call, locked

FEWEST, MOST = 2, 500  # points
LARGEST = 100.0  # of a coordinate or a weight
VALUES_DRAWN = 30_000  # samples in all the draws that the spread is measured over
DOTS = 200  # of those draws that are shown
PIXELS = (320, 240)  # across and up, of the loss surface
NODES = (49, 37)  # of the grid that its contours are made of
View = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Params:
    """What a person may set."""

    batch_size: Annotated[
        int, Range(1, MOST, log=True), Help("how many samples one update reads; at most all there are")
    ] = 8
    lr: Annotated[float, Range(1e-5, 1, step=1e-5, log=True), Help("learning rate: step over gradient")] = (
        0.08
    )
    steps: Annotated[int, Range(1, 200), Help("updates of the run with this batch size")] = 60
    seed: Annotated[int, Range(0, 999), Help("another seed, another random order of the samples")] = 0
    compare: Annotated[
        Literal["updates", "samples"],
        Help("the three runs take equally many updates, or read equally many samples"),
    ] = "updates"
    sampling: Annotated[
        Literal["shuffled", "replacement"],
        Help("pass after pass in random order, or every sample drawn from all"),
    ] = "shuffled"


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """Points `(N, 2)`, where descent starts `(2,)` as w and b, and the mini-batch shown beside when the chosen
    batch is one sample or all.
    """

    points: NDArray[np.float64]
    start: NDArray[np.float64]
    mini: int = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """One descent: T updates, each by the mean gradient of a batch."""

    size: int  # of its batches
    path: NDArray[np.float64]  # (T + 1, 2)
    loss: NDArray[np.float64]  # (T + 1,) over all samples
    read: NDArray[np.int64]  # (T + 1,) samples read by then
    order: NDArray[np.int64]  # (R,) which they were

    @property
    def updates(self) -> int:
        return len(self.path) - 1

    def batch(self, update: int) -> NDArray[np.int64]:
        """The samples of an update, counted from 1."""
        return self.order[self.read[update - 1] : self.read[update]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Estimates:
    """Gradients at one place: of every sample, of all, and of random batches."""

    weights: tuple[float, float]
    samples: NDArray[np.float64]  # (N, 2)
    full: NDArray[np.float64]  # (2,)
    dots: NDArray[np.float64]  # (DOTS, 2) by batches of the chosen size
    measured: NDArray[np.float64]  # (S,) how far estimates lie from `full`, for each of the sizes
    expected: NDArray[np.float64]  # (S,)


@dataclass(frozen=True, kw_only=True, eq=False)
class Surface:
    """The loss over (w, b): heights are the root of how far it is above its least, 0 to 1."""

    view: View
    levels: NDArray[np.uint8]  # (240, 320), rows from the top
    nodes: NDArray[np.float64]  # (37, 49) heights, rows from the bottom
    highest: float  # loss at height 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """The three runs (all, one, some), the surface, and the spread of estimates where they start."""

    points: NDArray[np.float64]
    start: tuple[float, float]
    best: tuple[float, float]
    least: float
    replacement: bool
    lr: float
    chosen: int  # which of the runs has the batch size asked for
    runs: tuple[Run, Run, Run]
    surface: Surface
    cloud: View
    sizes: NDArray[np.int64]  # (S,) batch sizes at which the spread is measured
    draws: Tensor  # (D, N)
    estimates: Estimates

    @property
    def run(self) -> Run:
        """The run with the batch size asked for."""
        return self.runs[self.chosen]


def sizes_of(params: Params, inputs: Inputs) -> tuple[int, int, int, int]:
    """The batch sizes of the three runs (all, one, some), and which of them is asked for."""
    count = len(inputs.points)
    wanted = min(params.batch_size, count)
    between = wanted if 1 < wanted < count else min(max(inputs.mini, 2), max(count - 1, 1))
    chosen = 1 if wanted == 1 else 0 if wanted == count else 2
    return count, 1, between, chosen


def compute(params: Params, inputs: Inputs, engine: Engine) -> Result:
    """Three runs from one start, with the same random order; the surface in closed form."""
    points, start = engine.tensor(inputs.points), engine.tensor(inputs.start)
    *sizes, chosen = sizes_of(params, inputs)
    replacement = params.sampling == "replacement"
    best, least = best_line(points)
    order = (len(points), params.seed, replacement, engine)
    of_chosen = _reading(sizes[chosen], *order, updates=params.steps)
    limits = (
        {"updates": params.steps} if params.compare == "updates" else {"samples": int(of_chosen.read[-1])}
    )
    readings = [
        of_chosen if number == chosen else _reading(size, *order, **limits)
        for number, size in enumerate(sizes)
    ]
    runs = _runs(points, start, params.lr, engine, readings)
    draws = _draws(len(points), replacement, params.seed)
    measured_at = _measured_at(len(points), sizes[chosen])
    begin = (float(inputs.start[0]), float(inputs.start[1]))
    w, b = best.tolist()
    return Result(
        points=inputs.points,
        start=begin,
        best=(w, b),
        least=float(least),
        replacement=replacement,
        lr=params.lr,
        chosen=chosen,
        runs=(runs[0], runs[1], runs[2]),
        surface=_surface((w, b), float(least), tuple(curvature(points).flatten().tolist()), begin),
        cloud=cloud_view(inputs.points),
        sizes=measured_at,
        draws=draws,
        estimates=_estimates_at_start(
            Held(inputs.points), begin, params.seed, sizes[chosen], replacement, engine
        ),
    )


@dataclass(frozen=True, eq=False)
class _Reading:
    """Batches of one size, with what a run needs of them as arrays."""

    size: int
    batches: Batches
    read: NDArray[np.int64]
    order: NDArray[np.int64]


@lru_cache(16)
def _reading(
    size: int, count: int, seed: int, replacement: bool, engine: Engine, updates: int | None = None,
    samples: int | None = None,
) -> _Reading:  # fmt: skip
    """Kept while points or steps are moved: who reads what stays as it is."""
    made = batches_of(
        count, size, engine.generator(seed), replacement=replacement, updates=updates, samples=samples
    )
    return _Reading(size, made, engine.array(made.read), engine.array(made.order))


def _runs(points: Tensor, start: Tensor, lr: float, engine: Engine, readings: list[_Reading]) -> list[Run]:
    """The runs, and at once the losses along all of them."""
    paths = [descent_path(points, start, reading.batches, lr) for reading in readings]
    losses = losses_along(points, torch.cat(paths)).split([len(path) for path in paths])
    return [
        Run(
            size=reading.size, path=engine.array(path), loss=engine.array(loss), read=reading.read,
            order=reading.order,
        )
        for reading, path, loss in zip(readings, paths, losses, strict=True)
    ]  # fmt: skip


@lru_cache(8)
def _draws(count: int, replacement: bool, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return draws_of(count, max(VALUES_DRAWN // count, DOTS), generator, replacement)


def _measured_at(count: int, chosen: int) -> NDArray[np.int64]:
    """Batch sizes evenly spread by powers, the chosen one among them."""
    spread = np.geomspace(1, count, 13).round().astype(np.int64)
    return locked(np.unique(np.append(spread, chosen)))


def _estimates(
    engine: Engine, points: Tensor, weights: tuple[float, float], draws: Tensor, sizes: NDArray[np.int64],
    size: int, replacement: bool,
) -> Estimates:  # fmt: skip
    gradients = sample_gradients(points, points.new_tensor(weights))
    at = torch.tensor(sizes)
    return Estimates(
        weights=weights,
        samples=engine.array(gradients),
        full=engine.array(gradients.mean(0)),
        dots=engine.array(gradient_estimates(gradients, draws[:DOTS, :size])),
        measured=engine.array(measured_std(gradients, draws, at)),
        expected=engine.array(expected_std(gradients, at, replacement)),
    )


@lru_cache(4)
def _estimates_at_start(
    points: Held, start: tuple[float, float], seed: int, size: int, replacement: bool, engine: Engine
) -> Estimates:
    """Those of the start, kept while a run is made longer, or its steps larger: they stay as they are."""
    count = len(points.array)
    draws, sizes = _draws(count, replacement, seed), _measured_at(count, size)
    return _estimates(engine, engine.tensor(points.array), start, draws, sizes, size, replacement)


@lru_cache(16)
def estimates_at(result: Result, weights: tuple[float, float]) -> Estimates:
    """Gradients at another place, as a step is looked at; at the start where that is out of all bounds."""
    if weights == result.start or not max(map(abs, weights)) < 1e6:
        return result.estimates
    points = torch.tensor(result.points)
    return _estimates(
        Engine(), points, weights, result.draws, result.sizes, result.run.size, result.replacement
    )


# ---------------------------------------------------------------------------- what is in view


def cloud_view(points: NDArray[np.float64]) -> View:
    """Round bounds of the points, wider than they need be at first, so that one can be dragged away."""
    low, high = points.min(0).tolist(), points.max(0).tolist()
    x1, x2 = _rounded(min(low[0], -2), max(high[0], 4))
    y1, y2 = _rounded(min(low[1], -4), max(high[1], 6))
    return x1, y1, x2, y2


def surface_view(best: tuple[float, float], start: tuple[float, float]) -> View:
    """Round bounds of start and optimum with room about them."""
    sides = []
    for one, other in zip(best, start, strict=True):
        room = max(0.45 * abs(one - other), 0.8)
        sides.append(_rounded(min(one, other) - room, max(one, other) + room))
    (w1, w2), (b1, b2) = sides
    return w1, b1, w2, b2


def shown_view(inputs: Inputs) -> View:
    """The part of the loss surface in view."""
    (w, b), (start_w, start_b) = best_line(torch.tensor(inputs.points))[0].tolist(), inputs.start.tolist()
    return surface_view((w, b), (start_w, start_b))


def _rounded(low: float, high: float) -> tuple[float, float]:
    """Outwards to multiples of an eighth or so of the length."""
    unit = 2.0 ** (math.floor(math.log2(high - low)) - 2)
    return math.floor(low / unit + 1e-9) * unit, math.ceil(high / unit - 1e-9) * unit


@lru_cache(8)
def _surface(
    best: tuple[float, float], least: float, curve: tuple[float, ...], start: tuple[float, float]
) -> Surface:
    """Kept for the next result with the same points and start: its arrays need not be drawn anew."""
    w1, b1, w2, b2 = view = surface_view(best, start)
    nodes = _above(np.linspace(w1, w2, NODES[0]), np.linspace(b1, b2, NODES[1]), best, curve)
    top = max(float(nodes.max()), 1e-12)
    across, up = ((np.arange(n, dtype=np.float32) + 0.5) / n for n in PIXELS)
    fine = _above(w1 + across * (w2 - w1), b1 + up[::-1] * (b2 - b1), best, curve)
    return Surface(
        view=view,
        levels=locked(np.minimum(np.sqrt(np.maximum(fine, 0) / np.float32(top)) * 255, 255).astype(np.uint8)),
        nodes=locked(np.sqrt(np.maximum(nodes, 0) / top)),
        highest=least + top,
    )


def _above(
    w: NDArray[Any], b: NDArray[Any], best: tuple[float, float], curve: tuple[float, ...]
) -> NDArray[Any]:
    """How far the loss lies above its least, on a grid `(H, W)` in the dtype of its coordinates."""
    dw, db = w - best[0], (b - best[1])[:, None]
    found: NDArray[Any] = curve[0] * dw * dw + db * (2 * curve[1] * dw + curve[3] * db)
    return found


# ---------------------------------------------------------------------------- for the command line


def listing(params: Params, inputs: Inputs) -> Call:
    """The training loop, with the batch size asked for."""
    *sizes, chosen = sizes_of(params, inputs)
    x, y = torch.tensor(inputs.points).unbind(-1)
    w, b = torch.tensor(inputs.start).unbind()
    return Call(
        function=train,
        arguments={
            "x": x, "y": y, "w": w, "b": b, "batch_size": sizes[chosen], "lr": params.lr,
            "steps": params.steps, "generator": torch.Generator().manual_seed(params.seed),
            "replacement": params.sampling == "replacement",
        },
    )  # fmt: skip


def arrays(result: Result) -> dict[str, NDArray[Any]]:
    """points (N, 2); best (2,), least_loss (); of the chosen batch size: path (T + 1, 2) as w and b, loss (T + 1,),
    samples_read (T + 1,), order (R,) the samples as they were read; the same of the others as path_full, path_single,
    path_mini and so on; batch_sizes (S,) with gradient_std (S,) as measured at the start, gradient_std_expected (S,).
    """
    named: dict[str, NDArray[Any]] = {
        "points": result.points, "best": np.array(result.best), "least_loss": np.array(result.least),
        "path": result.run.path, "loss": result.run.loss, "samples_read": result.run.read,
        "order": result.run.order, "batch_sizes": result.sizes, "gradient_std": result.estimates.measured,
        "gradient_std_expected": result.estimates.expected,
    }  # fmt: skip
    for name, run in zip(("full", "single", "mini"), result.runs, strict=True):
        named[f"path_{name}"], named[f"loss_{name}"], named[f"samples_read_{name}"] = (
            run.path,
            run.loss,
            run.read,
        )
    return named

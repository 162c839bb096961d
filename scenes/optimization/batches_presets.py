"""Sets of points, and what reading them in batches of one size or another does there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scenes.optimization.batches_model import Inputs, Params
from scenes.scene import locked

START = (-1.5, 3.0)


def noisy(count: int = 48, noise: float = 0.9, seed: int = 4) -> NDArray[np.float64]:
    """Points about the line y = 1.2 x - 0.5."""
    random = np.random.default_rng(seed)
    x = random.uniform(-1.2, 2.8, count).round(2)
    return np.stack([x, 1.2 * x - 0.5 + (noise * random.standard_normal(count)).round(2)], 1).round(6)


def with_outlier() -> NDArray[np.float64]:
    """Points close to the line, and one far below it."""
    points = noisy(31, noise=0.35)
    return np.concatenate([points, [(2.4, -3.6)]])


def repeated() -> NDArray[np.float64]:
    """Six points, each sixteen times."""
    return np.tile(noisy(6, noise=0.7, seed=9), (16, 1))


def _preset(points: NDArray[np.float64], **values: object) -> Callable[[], tuple[Params, Inputs]]:
    def build() -> tuple[Params, Inputs]:
        return Params(**values), Inputs(points=locked(points.copy()), start=locked(np.array(START)))  # type: ignore[arg-type]

    return build


# key, title, point, build
ALL: tuple[tuple[str, str, str, Callable[[], tuple[Params, Inputs]]], ...] = (
    (
        "updates", "Equal updates: who goes straight?",
        "The full batch goes straight down, one sample staggers, eight are nearly as straight at a sixth of the cost.",
        _preset(noisy()),
    ),
    (
        "samples", "Equal cost: who gets further?",
        "Two passes over the data pay for 2 full-batch updates, 12 of mini-batches, or 96 of single samples.",
        _preset(noisy(), compare="samples", steps=12),
    ),
    (
        "single", "Stochastic: which sample caused the step?",
        "Step through: every update follows one sample, and is as wrong as that sample is.",
        _preset(noisy(), batch_size=1, steps=48),
    ),
    (
        "full", "Full batch: one arrow a pass",
        "Every update reads all 48 samples before it moves once.",
        _preset(noisy(), batch_size=48, steps=10, compare="samples"),
    ),
    (
        "spread", "Four times the batch, half the spread",
        "Drag the batch size in the last chart: the cloud of estimates shrinks like one over the root of it.",
        _preset(noisy(200, seed=5), batch_size=16, steps=40),
    ),
    (
        "outlier", "One outlier",
        "Whenever a batch holds the outlier, the step goes astray; the full batch only leans.",
        _preset(with_outlier(), batch_size=4, steps=64),
    ),
    (
        "exact", "No noise in the data", "All points lie on the line: at the best line every gradient is 0, and even "
        "single samples come to rest.", _preset(noisy(noise=0), batch_size=1, steps=150),
    ),
    (
        "too-long", "Too long for one sample",
        "At this learning rate the full batch still converges; single samples are thrown about.",
        _preset(noisy(), lr=0.25, batch_size=1, steps=60),
    ),
    (
        "repeated", "Six points, sixteen times over",
        "The full batch reads 96 samples to learn what six of them say.",
        _preset(repeated(), batch_size=6, steps=16, compare="samples"),
    ),
    (
        "usual", "256 samples, 64 at a time", "Batches of 50 to 256 are usual: steps close to the full batch's at a "
        "fourth of its cost.", _preset(noisy(256, seed=6), batch_size=64, steps=40),
    ),
    (
        "replacement", "Drawn with replacement",
        "Every sample is drawn from all: some come twice, some never, and the spread follows 1/√n to the end.",
        _preset(noisy(), sampling="replacement", compare="samples", steps=30),
    ),
)  # fmt: skip

"""Small random sets of points, on which a training loop written by a learner is compared with the engine's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from scenes.optimization.batches_model import Inputs, Params
from scenes.scene import locked

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MOST = 6  # points
X, Y = (1.0, 0.0, 2.0, -1.0), (0.0, 1.0, -1.0, 2.0, 0.5)
STARTS = ((0.0, 0.0), (1.0, 0.0), (-1.5, 3.0))


def cases(params: Params) -> SearchStrategy[tuple[Params, Inputs]]:
    """Up to MOST points, read in batches of one to all of them, for two passes or so; shuffled or not as it is."""
    from hypothesis import strategies as st

    point = st.tuples(st.sampled_from(X), st.sampled_from(Y))
    settings: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {
            "batch_size": st.integers(1, MOST), "lr": st.sampled_from((0.5, 0.125, 0.01)),
            "steps": st.integers(1, 7), "seed": st.integers(0, 3),
        }
    )  # fmt: skip
    inputs = st.tuples(st.lists(point, min_size=2, max_size=MOST), st.sampled_from(STARTS))
    return st.tuples(settings.map(lambda made: replace(params, **made)), inputs.map(_inputs))


def _inputs(drawn: tuple[list[tuple[float, float]], tuple[float, float]]) -> Inputs:
    points, start = drawn
    return Inputs(points=locked(np.array(points)), start=locked(np.array(start)))

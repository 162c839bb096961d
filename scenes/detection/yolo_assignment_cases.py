"""A few random truths on a small input, on which a rule or a loss written by a learner is compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from scenes.detection.yolo_assignment_model import Inputs, Params
from scenes.scene import locked

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MOST = 3  # truths
SIZE = 128  # pixels: 1,008 priors
CORNERS = (0, 8, 20, 32, 48, 64, 70)
SIDES = (10, 16, 24, 32, 45, 58)  # no truth reaches beyond the input; some centres lie on borders of cells
THRESHOLDS = (0.5, 0.3, 0.7, 0.1)
RATIOS = (4.0, 2.0, 1.5)
CLASSES = 3


def cases(params: Params) -> SearchStrategy[tuple[Params, Inputs]]:
    """Up to MOST truths; the rule and what is looked at stay."""
    from hypothesis import strategies as st

    corner, side = st.sampled_from(CORNERS), st.sampled_from(SIDES)
    truth = st.tuples(corner, corner, side, side, st.integers(0, CLASSES - 1))
    settings: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {
            "ignore_threshold": st.sampled_from(THRESHOLDS),
            "ratio_limit": st.sampled_from(RATIOS),
            "trained": st.sampled_from((0.5, 0.0, 1.0)),
            "seed": st.integers(0, 2),
        }
    )
    return st.tuples(
        settings.map(lambda made: replace(params, size=SIZE, **made)),
        st.lists(truth, max_size=MOST).map(_inputs),
    )


def _inputs(truths: list[tuple[int, int, int, int, int]]) -> Inputs:
    boxes = [(x, y, x + w, y + h) for x, y, w, h, _ in truths]
    return Inputs(
        boxes=locked(np.array(boxes, np.float32).reshape(-1, 4)),
        labels=locked(np.array([label for *_, label in truths], np.int64)),
    )

"""Small random detections, on which suppression written by a learner is compared with the engine's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from scenes.detection.nms_model import Inputs, Params
from scenes.scene import locked

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MOST = 6  # boxes
EXTENT = (8.0, 8.0)  # pixels
SCORES = (0.5, 0.75, 0.25, 1.0)  # few, so that boxes tie
THRESHOLDS = (0.5, 0.25, 0.0, 0.75, 1.0)  # overlaps of the boxes are exactly these now and then


def small_boxes() -> list[tuple[int, int, int, int]]:
    """Boxes with whole coordinates, on which all ways to compute an overlap agree, the simplest first.

    Each is one choice: so the smallest case is found by leaving boxes out.
    """
    sides = [(w, h) for w in (1, 2, 4) for h in (1, 2, 4)]
    places = [(x, y) for x in range(4) for y in range(4)]
    found = [(x, y, x + w, y + h) for w, h in sides for x, y in places]
    return sorted(found, key=lambda box: (box[2] + box[3], box))


def cases(params: Params) -> SearchStrategy[tuple[Params, Inputs]]:
    """Up to MOST boxes; the method and its conventions stay."""
    from hypothesis import strategies as st

    one = st.tuples(st.sampled_from(small_boxes()), st.sampled_from(SCORES), st.integers(0, 1))
    settings: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {"iou_threshold": st.sampled_from(THRESHOLDS), "score_threshold": st.sampled_from((0.0, 0.5))}
    )
    return st.tuples(
        settings.map(lambda made: replace(params, **made)), st.lists(one, max_size=MOST).map(_inputs)
    )


def _inputs(boxes: list[tuple[Any, float, int]]) -> Inputs:
    return Inputs(
        boxes=locked(np.array([box for box, _, _ in boxes], np.float32).reshape(-1, 4)),
        scores=locked(np.array([score for _, score, _ in boxes], np.float32)),
        labels=locked(np.array([label for _, _, label in boxes], np.int64)),
        extent=EXTENT,
    )

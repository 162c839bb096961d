"""Small random pairs of boxes, on which an IoU loss written by a learner is compared with the engine's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scenes.detection.iou_model import Inputs, Params
from scenes.detection.nms_cases import small_boxes

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def cases(params: Params) -> SearchStrategy[tuple[Params, Inputs]]:
    """Two boxes that share all, some or nothing; the loss stays."""
    from hypothesis import strategies as st

    box = st.sampled_from(small_boxes())
    made: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {"pred": box, "target": box, "gate": st.booleans()}
    )
    return made.map(lambda drawn: (replace(params, **drawn), Inputs()))

"""Small random boxes and logits, on which box coding written by a learner is compared with the engine's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scenes.detection.box_coding_model import Inputs, Params
from scenes.detection.nms_cases import small_boxes

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

LOGITS = (0.0, 1.0, -1.0, 0.5, 2.0)
SCALE = 16  # pixels of a small box's unit, so that strides matter
MOST_CLASSES = 3


def cases(params: Params) -> SearchStrategy[tuple[Params, Inputs]]:
    """For one box, its offsets or its classes; none for heads and k-means, which work on larger things."""
    from hypothesis import strategies as st

    from scenes.detection.box_coding_presets import presets

    if params.view in ("kmeans", "head"):
        return st.nothing()
    number = st.sampled_from(LOGITS)
    box = st.sampled_from([tuple(SCALE * side for side in box) for box in small_boxes()])
    prior = st.sampled_from(("10x13", "116x90", "30x61", "373x326"))
    drawn: dict[str, SearchStrategy[Any]] = {
        "prior": prior,
        "tx": number,
        "ty": number,
        "tw": number,
        "th": number,
    }
    if params.view == "offsets":
        drawn = {"pred": box, "proposal": box, "positive": st.booleans(), "beta": st.sampled_from((1.0, 0.5))}
    elif params.view == "classes":
        logits = st.lists(number, min_size=1, max_size=MOST_CLASSES).map(tuple)
        drawn = {"objectness": number, "labels": st.just(()), "logits": logits}
    settings: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({**drawn, "truth": box})
    inputs = next(iter(presets().values())).build()[1]  # not looked at
    return settings.map(lambda made: (replace(params, **made), inputs))

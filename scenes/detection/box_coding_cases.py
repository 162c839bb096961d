"""Small random boxes, sizes, heads and logits, on which box coding written by a learner is compared."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from scenes.detection.box_coding_head import Head
from scenes.detection.box_coding_model import Inputs, Params
from scenes.detection.box_coding_sizes import Sizes
from scenes.detection.nms_cases import small_boxes
from scenes.scene import locked

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

LOGITS = (0.0, 1.0, -1.0, 0.5, 2.0)
SCALE = 16  # pixels of a small box's unit, so that strides matter
MOST_CLASSES = 3
SIDES = (10.0, 20.0, 12.0, 40.0, 80.0, 90.0)  # few, so that sizes lie between centres
MOST_SIZES, MOST_CENTRES = 8, 3
ANCHORS = ((10.0, 20.0), (30.0, 15.0))


@cache
def _given() -> Inputs:
    """What is not looked at."""
    from scenes.detection.box_coding_presets import presets

    inputs: Inputs = next(iter(presets().values())).build()[1]
    return inputs


def cases(params: Params) -> SearchStrategy[tuple[Params, Inputs]]:
    """What the part of box coding works on that is looked at; which one that is stays."""
    from hypothesis import strategies as st

    if params.view == "kmeans":
        size = st.tuples(st.sampled_from(SIDES), st.sampled_from(SIDES))
        sizes, starts = (st.lists(size, min_size=1, max_size=most) for most in (MOST_SIZES, MOST_CENTRES))
        return st.tuples(sizes, starts).map(lambda made: _with_sizes(params, *made))
    number = st.sampled_from(LOGITS)
    if params.view == "head":
        shape = st.tuples(st.integers(1, len(ANCHORS)), st.integers(1, 2), st.integers(1, 2))
        return st.tuples(shape, st.lists(number, min_size=1, max_size=7)).map(
            lambda made: (params, replace(_given(), head=_head(*made)))
        )
    box = st.sampled_from([tuple(SCALE * side for side in box) for box in small_boxes()])
    encoding = params.view == "decode" and params.way == "encode"  # which looks at no t
    drawn: dict[str, SearchStrategy[Any]] = (
        {} if encoding else dict.fromkeys(("tx", "ty", "tw", "th"), number)
    )
    drawn["prior"] = st.sampled_from(("10x13", "116x90", "30x61", "373x326"))
    if params.view == "offsets":
        drawn = {"pred": box, "proposal": box, "positive": st.booleans(), "beta": st.sampled_from((1.0, 0.5))}
    elif params.view == "classes":
        logits = st.lists(number, min_size=1, max_size=MOST_CLASSES).map(tuple)
        drawn = {"objectness": number, "labels": st.just(()), "logits": logits}
    settings: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({**drawn, "truth": box})
    return settings.map(lambda made: (replace(params, **made), _given()))


def _with_sizes(
    params: Params, sizes: list[tuple[float, float]], starts: list[tuple[float, float]]
) -> tuple[Params, Inputs]:
    """Sizes, and where the centres start: anywhere, so that some may have no sizes."""
    params = replace(params, k=len(starts))
    made = Sizes(sizes=locked(np.array(sizes)), what="sizes")
    inputs = replace(_given(), sizes=made, starts=locked(np.array(starts)), starts_seed=params.seed)
    return params, inputs


def _head(shape: tuple[int, int, int], numbers: list[float]) -> Head:
    """A head of one class with these numbers over and over."""
    count, rows, columns = shape
    raw = np.resize(np.array(numbers, np.float32), (count * 6, rows, columns))
    return Head(raw=locked(raw), anchors=locked(np.array(ANCHORS[:count], np.float32)), stride=16.0)

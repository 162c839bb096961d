"""Priors, box coding and heads: R-CNN's offsets (Girshick 2014, 2015), YOLOv2 and v3 (Redmon & Farhadi)."""

from __future__ import annotations

import numpy as np

from engine.trace import Trace
from scenes.detection import box_coding_kmeans, box_coding_offsets, nms_model
from scenes.detection.box_coding_ask import ask
from scenes.detection.box_coding_cases import cases
from scenes.detection.box_coding_data import FORMATS, take_data, take_image
from scenes.detection.box_coding_edit import edit
from scenes.detection.box_coding_faults import FAULTS
from scenes.detection.box_coding_head import Backdrop
from scenes.detection.box_coding_model import Params, Result, arrays, compute, listing
from scenes.detection.box_coding_outcomes import outcomes
from scenes.detection.box_coding_presets import presets
from scenes.detection.box_coding_view import picture
from scenes.scene import Key, Refused, Scene, State, Target, Why, locked

MOST_HANDED = 5000  # predictions handed on, the best


def why(result: Result, trace: Trace, target: Target) -> Why | None:
    """Why a size belongs to its centre; where a term of the loss is from."""
    return box_coding_kmeans.why(result, trace, target) or box_coding_offsets.why(trace, target)


def to_nms(state: State, result: Result) -> State:
    """The predictions that score enough, as detections for non-maximum suppression.

    Raises:
        Refused: there are none.
    """
    found, head, least = result.predictions, result.head, state.params.score_threshold
    chosen = found.order[:MOST_HANDED]
    chosen = chosen[found.scores[chosen] > least]
    if not len(chosen):
        raise Refused(f"No prediction scores above {least:.2f}; lower the score threshold to hand some on.")
    backdrop: Backdrop | None = state.inputs.head_backdrop
    inputs = nms_model.Inputs(
        boxes=locked(found.boxes[chosen].astype(np.float32)), scores=locked(found.scores[chosen].astype(np.float32)),
        labels=found.labels[chosen], names=head.names, extent=head.extent,
        pixels=backdrop.pixels if backdrop is not None else None,
    )  # fmt: skip
    return State(scene="nms", params=nms_model.Params(), inputs=inputs)


SCENE = Scene(
    key="box-coding",
    params=Params,
    presets=presets(),
    compute=compute,
    picture=picture,
    edit=edit,
    arrays=arrays,
    listing=listing,
    ask=ask,
    outcomes=outcomes,
    faults=FAULTS,
    cases=cases,
    why=why,
    take_image=take_image,
    take_data=take_data,
    data_formats=FORMATS,
    hand_on={"nms": to_nms},
    looked_at=frozenset({"backdrop", "head_backdrop", "window"}),
    stepped_at=frozenset({"cell"}),
    keys=(Key(key="V", does="look at the next part of box coding"),),
    colours={
        "t": "input", "priors": "weight", "prior": "weight", "offset": "accent", "scale": "accent", "boxes": "target",
        "centre": "output", "size": "output", "sizes": "input", "centres": "weight", "moved": "weight",
        "middle": "output", "nearest": "accent", "pred": "output", "target": "target", "t_true": "target",
        "proposal": "weight", "difference": "gradient", "terms": "gradient", "objectness": "input",
        "logits": "input", "is_object": "output", "of_class": "output",
    },
    sources=("Girshick et al. 2014", "Girshick 2015", "Redmon & Farhadi 2017", "Redmon & Farhadi 2018"),
)  # fmt: skip

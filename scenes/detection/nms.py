"""Non-maximum suppression (Neubeck & Van Gool 2006), Soft-NMS (Bodla 2017) and DIoU-NMS (Zheng 2020)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engine.trace import Frame, Trace
from scenes.data.detections import read_detections
from scenes.data.image import LoadedImage
from scenes.detection import nms_presets as presets
from scenes.detection.nms_ask import ask
from scenes.detection.nms_cases import cases
from scenes.detection.nms_edit import edit
from scenes.detection.nms_faults import FAULTS
from scenes.detection.nms_model import Inputs, Params, Result, arrays, compute, listing
from scenes.detection.nms_run import leaving, left_out, outcomes
from scenes.detection.nms_view import picture
from scenes.scene import Key, Preset, Scene, State, Target, Why, locked


def why(result: Result, trace: Trace, target: Target) -> Why | None:
    """When, by which box and at what overlap a box went: found in the recorded run."""
    index = int(result.listed[target.index]) if target.handle == "score" else target.index
    if target.handle not in ("box", "score") or not 0 <= index < len(result.scores) or index in result.keep:
        return None
    fades = []
    for frame in trace.frames:
        if frame.depth or ("order" in frame.changed and index in frame.variables["order"]):
            continue  # still in the race: who has gone need not be listed
        if index in left_out(frame):
            limit = frame.variables["score_threshold"]
            score = f"its score {result.scores[index]:.3f} is not above {limit:g}"
            return Why(step=frame.index + 1, sentence=f"Box {index} never competes: {score}.")
        if index in leaving(frame):
            return _removal(frame, index)
        if "scores" in frame.changed and "factor" in frame.variables:
            fades.append((float(frame.variables["factor"][index]), frame))
    return _fading(min(fades, key=lambda fade: fade[0])[1], index) if fades else None


def _removal(frame: Frame, index: int) -> Why:
    """Where the best box removed it."""
    seen = frame.variables
    overlap = seen["overlap"][seen["rest"].tolist().index(index)]
    sentence = (
        f"Box {index} goes here: it overlaps box {int(seen['best'])}, which scores higher, "
        f"by {overlap:.2f}, more than {seen['iou_threshold']:.2f}."
    )
    return Why(step=frame.index + 1, sentence=sentence)


def _fading(frame: Frame, index: int) -> Why:
    """Where the box lost the largest part of its score."""
    seen = frame.variables
    sentence = (
        f"Box {index} fades most here: it overlaps box {int(seen['best'])} by {seen['overlap'][index]:.2f} "
        f"and keeps {seen['factor'][index]:.0%} of its score, {seen['scores'][index]:.3f}."
    )
    return Why(step=frame.index + 1, sentence=sentence)


def take_image(state: State, image: LoadedImage) -> State:
    """The person's own picture under the boxes; boxes that reach beyond it stay as they are."""
    return state.with_inputs(pixels=image.pixels, extent=tuple(map(float, image.size)))


def take_data(state: State, path: Path) -> tuple[State, tuple[str, ...]]:
    """The person's own detections, on the picture that is there or on as much ground as they need."""
    inputs: Inputs = state.inputs
    own_picture = inputs.pixels is not None
    size = (int(inputs.extent[0]), int(inputs.extent[1]))
    found = read_detections(path, image_size=size)
    reach = found.boxes[:, 2:].max(0).tolist() if len(found.boxes) else [0.0, 0.0]
    fits = own_picture and reach[0] <= size[0] * 1.02 and reach[1] <= size[1] * 1.02
    extent = inputs.extent if fits or not len(found.boxes) else (reach[0] * 1.05, reach[1] * 1.05)
    return (
        state.with_inputs(
            boxes=found.boxes, scores=found.scores, labels=found.labels, names=found.names, chosen=-1,
            extent=extent, pixels=inputs.pixels if fits else None,
        ),
        found.notices,
    )  # fmt: skip


def _built(make: Any) -> Any:
    """A preset's Params and Inputs from its plain description."""

    def build() -> tuple[Params, Inputs]:
        told = make()
        told["boxes"] = locked(np.asarray(told["boxes"], np.float32).reshape(-1, 4))
        told["scores"] = locked(np.asarray(told["scores"], np.float32))
        told["labels"] = locked(np.asarray(told["labels"], np.int64))
        return Params(**told.pop("params")), Inputs(**told)

    return build


SCENE = Scene(
    key="nms",
    params=Params,
    presets={key: Preset(title=title, build=_built(make), point=point) for key, title, point, make in presets.ALL},
    compute=compute,
    picture=picture,
    edit=edit,
    arrays=arrays,
    listing=listing,
    why=why,
    ask=ask,
    outcomes=outcomes,
    faults=FAULTS,
    cases=cases,
    take_image=take_image,
    take_data=take_data,
    data_formats="COCO results .json, YOLO .txt, or arrays boxes, scores, labels in .json, .npz or .safetensors",
    looked_at=frozenset({"chosen", "pixels", "names", "extent"}),
    keys=(
        Key(key="N", does="add a box (or double-click)"),
        Key(key="Delete", does="delete the chosen box"),
        Key(key="C", does="give the chosen box the next class"),
    ),
    colours={
        "boxes": "input", "scores": "input", "labels": "input", "iou_threshold": "weight", "score_threshold": "weight",
        "sigma": "weight", "keep": "kept", "best": "accent", "overlap": "target", "gone": "removed", "factor": "target",
    },
    sources=("Neubeck & Van Gool 2006", "Bodla et al. 2017", "Zheng et al. 2020"),
)  # fmt: skip

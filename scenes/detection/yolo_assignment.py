"""Which prior of YOLOv3 answers for which truth, and its loss (Redmon & Farhadi 2018; Darknet; Ultralytics)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engine.trace import Trace
from scenes.data.arrays import arrays_from
from scenes.data.boxes import detections_from
from scenes.data.errors import BadData
from scenes.data.image import LoadedImage
from scenes.detection import yolo_assignment_presets as presets
from scenes.detection import yolo_assignment_words as words
from scenes.detection.yolo_assignment_ask import ask
from scenes.detection.yolo_assignment_cases import cases
from scenes.detection.yolo_assignment_edit import edit
from scenes.detection.yolo_assignment_faults import FAULTS
from scenes.detection.yolo_assignment_maps import index_of_tile
from scenes.detection.yolo_assignment_model import (
    LARGEST,
    MOST,
    Inputs,
    Params,
    Result,
    arrays,
    compute,
    listing,
)  # fmt: skip
from scenes.detection.yolo_assignment_outcomes import outcomes
from scenes.detection.yolo_assignment_view import picture
from scenes.scene import Key, Preset, Scene, State, Target, Why, locked

GREY = 128  # of the bars beside a picture that is not square, as in Darknet


def why(result: Result, trace: Trace, target: Target) -> Why | None:
    """The step that gave a prior the status it has; of a truth, the last step that changed who answers for it."""
    truth = target.index if target.handle == "truth" else -1
    index = index_of_tile(result.size, target.handle, target.index)
    before, found = 0, None
    for frame in trace.frames:
        if frame.callers or "status" not in frame.variables or "matched" not in frame.variables:
            continue
        if truth >= 0:
            now = int((frame.variables["matched"] == truth).sum())
        elif index >= 0:
            now = int(frame.variables["status"][index])
        else:
            return None
        if now != before and frame.narrated:
            found = Why(step=frame.index + 1, sentence=frame.narration)
        before = now
    if found and index >= 0:
        name = words.STATUS[int(result.status[index])]
        return Why(step=found.step, sentence=f"It becomes {name} here. {found.sentence}")
    return found


def take_image(state: State, image: LoadedImage) -> State:
    """The person's own picture, its longer side fitted to the square and grey beside it; the truths stay."""
    height, width, channels = image.pixels.shape
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    square = np.full((side, side, channels), GREY, np.uint8)
    square[top : top + height, left : left + width] = image.pixels
    return state.with_inputs(pixels=locked(square))


def take_data(state: State, path: Path) -> tuple[State, tuple[str, ...]]:
    """The person's own truths: boxes (G, 4) in pixels of the input and labels (G,), on an empty sheet.

    Raises:
        BadData: a shape, a length or a value is wrong, or a box lies outside every input there can be.
    """
    found = arrays_from(path, only=("boxes", "labels"))
    if "boxes" not in found:
        raise BadData(
            f"{path.name} has no boxes; it needs boxes (G, 4) in pixels of the input, and may have labels (G,)."
        )
    count = len(found["boxes"]) if found["boxes"].ndim else 0
    truths = detections_from(found["boxes"], np.ones(count), found.get("labels"), source=path.name)
    _check(truths.boxes, truths.labels, path.name)
    inputs = Inputs(boxes=truths.boxes, labels=truths.labels)
    return state.with_inputs(boxes=inputs.boxes, labels=inputs.labels, side=0.0, pixels=None, chosen=0), ()


def _check(boxes: Any, labels: Any, name: str) -> None:
    if len(boxes) > MOST:
        raise BadData(f"{name} has {len(boxes):,} boxes; up to {MOST} truths are taken.")
    for index, (x1, y1, x2, y2) in enumerate(boxes.tolist()):
        if x1 >= x2 or y1 >= y2:
            raise BadData(f"{name}: box {index} has no area; a truth needs x1 < x2 and y1 < y2.")
        if min(x1, y1) < 0 or max(x2, y2) > LARGEST:
            raise BadData(
                f"{name}: box {index} is {x1:g}, {y1:g}, {x2:g}, {y2:g}, outside the picture; boxes are in pixels of "
                f"the input, from 0 to its size, at most {LARGEST}."
            )
    for index, label in enumerate(labels.tolist()):
        if label >= 80:
            raise BadData(f"{name}: box {index} has label {label}; the 80 classes of COCO are 0 to 79.")


SCENE = Scene(
    key="yolo-assignment",
    params=Params,
    presets={key: Preset(title=title, build=build, point=point) for key, title, point, build in presets.ALL},
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
    data_formats="truths: arrays boxes (G, 4) as x1, y1, x2, y2 in pixels of the input and labels (G,) of COCO, "
    "in .json, .npz or .safetensors",
    looked_at=frozenset({"chosen", "pixels", "cell"}),
    keys=(
        Key(key="N", does="add a truth"),
        Key(key="Delete", does="delete the chosen truth"),
        Key(key="C", does="give the chosen truth the next class"),
    ),
    colours={
        "truths": "target", "truth": "target", "boxes": "weight", "anchors": "weight", "ignore_threshold": "weight",
        "ratio_limit": "weight", "status": "output", "matched": "output", "index": "kept", "overlap": "target",
        "likeness": "output", "ratio": "target", "worst": "target", "fits": "kept", "terms": "output",
        "objectness": "output", "t": "output", "said": "output", "positive": "kept", "wrong": "gradient",
    },
    sources=(
        "Redmon & Farhadi 2018", "Darknet, yolo_layer.c and yolov3.cfg (f6afaab)",
        "Ultralytics yolov3 v9.6.0, utils/loss.py",
    ),
)  # fmt: skip

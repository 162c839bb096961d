"""What a person does to the boxes: move, resize, add and delete them, choose one, change a score."""

from __future__ import annotations

import numpy as np

from scenes.detection.box_drag import dragged
from scenes.detection.nms_model import Inputs
from scenes.scene import Click, Drag, Event, Press, Refused, State, Target, Typed, locked


def edit(state: State, event: Event) -> State:
    """Move, resize, add and delete boxes; choose one; change a score."""
    inputs: Inputs = state.inputs
    match event:
        case Click(double=True, target=Target(panel="boxes", handle="")):
            return _with_new_box(state, event.target.x, event.target.y)
        case Click(target=Target(panel="boxes")):
            chosen = event.target.index
            return state if chosen == inputs.chosen else state.with_inputs(chosen=chosen)
        case Click(target=Target(handle="score")):
            index = _listed_index(inputs, event.target.index)
            return state if index == inputs.chosen else state.with_inputs(chosen=index)
        case Drag(target=Target(handle="box")):
            return _with_moved_box(state, event)
        case Drag(target=Target(handle="score")):
            return _with_score(
                state, _listed_index(inputs, event.target.index), min(max(event.target.x, 0.0), 1.0)
            )
        case Typed(target=Target(handle="score")):
            return _with_score(state, _listed_index(inputs, event.target.index), _score(event.text))
        case Press(key="N"):
            width, height = inputs.extent
            return _with_new_box(state, width / 2, height / 2)
        case Press(key="C") if 0 <= inputs.chosen < len(inputs.labels):
            return _with_next_class(state)
        case Press(key="Delete") if 0 <= inputs.chosen < len(inputs.boxes):
            keep = np.arange(len(inputs.boxes)) != inputs.chosen
            return state.with_inputs(
                boxes=locked(inputs.boxes[keep]), scores=locked(inputs.scores[keep]),
                labels=locked(inputs.labels[keep]), chosen=-1,
            )  # fmt: skip
    return state


def _listed_index(inputs: Inputs, row: int) -> int:
    order = np.argsort(-inputs.scores, kind="stable")
    return int(order[row]) if row < len(order) else -1


def _score(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise Refused(f"{text!r} is no score; a score is a number from 0 to 1.") from None
    if not 0 <= value <= 1:
        raise Refused(f"{text} is no score; a score is a number from 0 to 1.")
    return value


def _with_score(state: State, index: int, score: float) -> State:
    if not 0 <= index < len(state.inputs.scores):
        return state
    scores = state.inputs.scores.copy()
    scores[index] = round(score, 3)
    return state.with_inputs(scores=locked(scores))


def _with_moved_box(state: State, event: Drag) -> State:
    inputs: Inputs = state.inputs
    index = event.target.index
    if not 0 <= index < len(inputs.boxes):
        return state
    x1, y1, x2, y2 = inputs.boxes[index].tolist()
    box = dragged((x1, y1, x2, y2), event, inputs.extent, least=min(inputs.extent) / 200)
    boxes = inputs.boxes.copy()
    boxes[index] = box
    return state.with_inputs(boxes=locked(boxes), chosen=index)


def _with_new_box(state: State, x: float, y: float) -> State:
    inputs: Inputs = state.inputs
    width, height = inputs.extent
    half_w, half_h = width / 12, height / 9
    x, y = min(max(x, half_w), width - half_w), min(max(y, half_h), height - half_h)
    box = np.array([[x - half_w, y - half_h, x + half_w, y + half_h]], np.float32)
    return state.with_inputs(
        boxes=locked(np.concatenate([inputs.boxes, box])),
        scores=locked(np.append(inputs.scores, np.float32(0.5))),
        labels=locked(np.append(inputs.labels, np.int64(0))),
        chosen=len(inputs.boxes),
    )


def _with_next_class(state: State) -> State:
    inputs: Inputs = state.inputs
    labels = inputs.labels.copy()
    count = max(len(inputs.names), int(labels.max()) + 1, 2)
    labels[inputs.chosen] = (labels[inputs.chosen] + 1) % count
    return state.with_inputs(labels=locked(labels))

"""What a person does to the truths and the maps: move, resize, add and delete truths, look into a cell."""

from __future__ import annotations

import numpy as np
import torch

from engine.detection.assignment import responsible_prior
from engine.device import Engine
from scenes.data.coco_classes import COCO_CLASSES
from scenes.detection.box_drag import dragged
from scenes.detection.yolo_assignment_loss import loss_rows
from scenes.detection.yolo_assignment_model import (
    MOST,
    Inputs,
    compute,
    focus_of,
    rules_shown,
    strides_shown,
    truths_of,
)  # fmt: skip
from scenes.scene import Click, Drag, Event, Press, Refused, State, Target, locked

COMMON = (0, 1, 2, 9, 16)  # the classes that C goes round: person, bicycle, car, traffic light, dog


def edit(state: State, event: Event) -> State:
    """Move, resize, add and delete truths; choose one; look into a cell; choose a rule by its map."""
    inputs: Inputs = state.inputs
    match event:
        case Click(target=Target(handle="truth", index=index, part=part)) if 0 <= index < len(inputs.boxes):
            if index != inputs.chosen:
                return state.with_inputs(chosen=index)
            if part or state.params.show == "rules":
                return state
            return _with_cell(state, event.target).with_params(show="cell")  # the cell under a chosen truth
        case Click(target=Target(panel=panel)) if panel.startswith("map "):
            rule = rules_shown(state.params)[int(panel.removeprefix("map "))]
            if rule != state.params.rule:
                return state.with_params(rule=rule)
            return _with_cell(state, event.target).with_params(show="cell")
        case Click(target=Target(handle="loss", index=index)):
            return _with_truth_of_row(state, index)
        case Drag(target=Target(handle="truth", index=index)) if 0 <= index < len(inputs.boxes):
            return _with_moved_truth(state, event)
        case Drag(target=Target(handle="cell")) if event.target.panel.startswith("map "):
            return _with_moved_cell(state, event)
        case Press(key="N"):
            return _with_new_truth(state)
        case Press(key="C") if 0 <= inputs.chosen < len(inputs.labels):
            return _with_next_class(state)
        case Press(key="Delete") if 0 <= inputs.chosen < len(inputs.boxes):
            keep = np.arange(len(inputs.boxes)) != inputs.chosen
            left = max(min(inputs.chosen, len(inputs.boxes) - 2), 0)
            return state.with_inputs(
                boxes=locked(inputs.boxes[keep]), labels=locked(inputs.labels[keep]), chosen=left
            )
    return state


def _with_truth_of_row(state: State, row: int) -> State:
    """The truth that a row of the loss table is about is chosen, and so its grid is the large map."""
    result = compute(state.params, state.inputs, Engine())
    listed = loss_rows(result.status, result.terms)
    if not 0 <= row < len(listed):
        return state
    truth = int(result.matched[listed[row]])
    return state if truth == state.inputs.chosen else state.with_inputs(chosen=truth)


def sheet_of(state: State) -> float:
    """The side of the sheet that the truths lie on."""
    return float(state.inputs.side or state.params.size)


def _with_moved_truth(state: State, event: Drag) -> State:
    inputs: Inputs = state.inputs
    side, index = sheet_of(state), event.target.index
    scale = side / state.params.size
    x1, y1, x2, y2 = np.clip(inputs.boxes[index], 0, side).tolist()
    moved = Drag(target=event.target, dx=event.dx * scale, dy=event.dy * scale, phase=event.phase)
    boxes = inputs.boxes.copy()
    boxes[index] = dragged((x1, y1, x2, y2), moved, (side, side), least=side / 100)
    return state.with_inputs(boxes=locked(boxes), side=side, chosen=index)


def _cell_at(stride: int, size: int, x: float, y: float) -> tuple[int, float, float]:
    """The middle of the cell at a place, in parts of the input."""
    cells = size // stride
    column, row = (min(max(int(v // stride), 0), cells - 1) for v in (x, y))
    return stride, (column + 0.5) / cells, (row + 0.5) / cells


def _with_cell(state: State, target: Target) -> State:
    params, inputs = state.params, state.inputs
    truths = torch.tensor(truths_of(params, inputs))
    focus = focus_of(params, inputs, [responsible_prior(truth, params.size) for truth in truths])
    stride = strides_shown(params, focus)[int(target.panel.removeprefix("map "))]
    return state.with_inputs(cell=_cell_at(stride, state.params.size, target.x, target.y))


def _with_moved_cell(state: State, event: Drag) -> State:
    if event.phase != "key":
        return _with_cell(state, event.target)
    stride, x, y = state.inputs.cell
    size = state.params.size
    place = [v * size + stride * float(np.sign(d)) for v, d in ((x, event.dx), (y, event.dy))]
    return state.with_inputs(cell=_cell_at(stride, size, *place))


def _with_new_truth(state: State) -> State:
    inputs: Inputs = state.inputs
    if len(inputs.boxes) >= MOST:
        raise Refused(f"There are {MOST} truths, as many as are shown; delete one first.")
    side = sheet_of(state)
    half = side / 10
    x, y = (min(max(part * side, half), side - half) for part in inputs.cell[1:])
    box = np.array([[x - half, y - half, x + half, y + half]], np.float32)
    return state.with_inputs(
        boxes=locked(np.concatenate([inputs.boxes, box])),
        labels=locked(np.append(inputs.labels, np.int64(0))),
        side=side,
        chosen=len(inputs.boxes),
    )


def _with_next_class(state: State) -> State:
    labels = state.inputs.labels.copy()
    now = int(labels[state.inputs.chosen])
    labels[state.inputs.chosen] = next((c for c in COMMON if c > now), COMMON[0]) % len(COCO_CLASSES)
    return state.with_inputs(labels=locked(labels))

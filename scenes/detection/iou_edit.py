"""What a person does to the two boxes: move and resize them, slide one to the other, choose a loss."""

from __future__ import annotations

import math

from engine.detection.iou_loss import NAMES, Box
from scenes.detection.iou_model import LARGEST, boxes_of, centre, direction, sheet_of
from scenes.parameters import BadParameter
from scenes.scene import Click, Drag, Event, State, Target


def edit(state: State, event: Event) -> State:
    """Move or resize a box, slide the predicted one, choose the loss that is looked at."""
    match event:
        case Click(target=Target(panel=panel, handle=handle)):
            chosen = handle if handle in NAMES else panel.removeprefix("race ")
            known = chosen in NAMES and chosen != state.params.loss
            return state.with_params(loss=chosen) if known else state
        case Drag(target=Target(handle="box", index=0 | 1)):
            return _moved(state, event)
        case Drag(target=Target(handle="slide")):
            return _slid(state, event.target.x)
    return state


def _moved(state: State, event: Drag) -> State:
    """The inside moves a box, an edge or corner resizes it; it stays on the sheet and right way round."""
    try:
        pair = boxes_of(state.params)
    except BadParameter:  # typed, and not there to be taken hold of
        return state
    sheet = sheet_of(*pair, state.inputs.sheet)
    name = ("pred", "target")[event.target.index]
    x1, y1, x2, y2 = pair[event.target.index]
    dx, dy, part = event.dx, event.dy, event.target.part
    if not part:
        dx = min(max(dx, sheet[0] - x1), sheet[2] - x2)
        dy = min(max(dy, sheet[1] - y1), sheet[3] - y2)
        box = (x1 + dx, y1 + dy, x2 + dx, y2 + dy)
    else:
        least = (sheet[2] - sheet[0]) / 60
        x1 = min(max(x1 + dx, sheet[0]), max(x2 - least, x1)) if "w" in part else x1
        y1 = min(max(y1 + dy, sheet[1]), max(y2 - least, y1)) if "n" in part else y1
        x2 = max(min(x2 + dx, sheet[2]), min(x1 + least, x2)) if "e" in part else x2
        y2 = max(min(y2 + dy, sheet[3]), min(y1 + least, y2)) if "s" in part else y2
        box = (x1, y1, x2, y2)
    return _with(state, name, box, sheet)


def _slid(state: State, distance: float) -> State:
    """The predicted box on the line of the centres, so far from the target."""
    try:
        pred, target = boxes_of(state.params)
    except BadParameter:
        return state
    sheet = sheet_of(pred, target, state.inputs.sheet)
    _, ux, uy = direction(pred, target)
    x, y = centre(target)
    half_w, half_h = (pred[2] - pred[0]) / 2, (pred[3] - pred[1]) / 2
    room = [(x - half_w - sheet[0], -ux), (sheet[2] - x - half_w, ux), (y - half_h - sheet[1], -uy),
            (sheet[3] - y - half_h, uy)]  # fmt: skip
    farthest = min(max(space, 0.0) / part for space, part in room if part > 1e-9)
    distance = min(max(distance, 0.0), farthest)
    x, y = x + distance * ux, y + distance * uy
    return _with(state, "pred", (x - half_w, y - half_h, x + half_w, y + half_h), sheet)


def _with(state: State, name: str, box: Box, sheet: Box) -> State:
    """The state with another box, in numbers no finer than the eye."""
    digits = min(max(5 - math.ceil(math.log10(sheet[2] - sheet[0])), 0), 6)
    told = tuple(round(min(max(number, -LARGEST), LARGEST), digits) for number in box)
    if told == getattr(state.params, name) or told[0] >= told[2] or told[1] >= told[3]:
        return state
    after = state.with_params(**{name: told})
    try:
        boxes_of(after.params)
    except BadParameter:  # rounded to a side of no length
        return state
    return after if sheet == state.inputs.sheet else after.with_inputs(sheet=sheet)

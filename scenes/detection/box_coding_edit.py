"""What a person does: move boxes and numbers, set centres out, choose a cell, name true classes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch

from engine.detection.offsets import moved_by
from engine.detection.yolo import encode
from engine.device import Engine
from scenes.detection.box_coding_grid import pointed_at
from scenes.detection.box_coding_head import predictions_of
from scenes.detection.box_coding_model import (
    FARTHEST,
    Box,
    Inputs,
    Params,
    one_box,
    regression,
    starts_of,
)
from scenes.parameters import BadParameter, checked, parameters_of
from scenes.scene import Click, Drag, Event, Press, Refused, State, Target, Typed, locked

T = ("tx", "ty", "tw", "th")
OFFSET_BOXES = ("pred", "truth", "proposal")
Gesture = Click | Drag | Typed
LEAST = 2.0  # pixels a side that a drag leaves


def edit(state: State, event: Event) -> State:
    """What an event means in the face that is looked at."""
    if isinstance(event, Press):
        faces = list(_EDITS)
        following = faces[(faces.index(state.params.view) + 1) % len(faces)]
        return state.with_params(view=following) if event.key == "V" else state
    try:
        return _EDITS[state.params.view](state, event)
    except BadParameter:  # what was typed cannot be, and is not there to be taken hold of
        return state


def _decode(state: State, event: Gesture) -> State:
    match event:
        case Drag(target=Target(panel="t", handle="t", index=0 | 1 | 2 | 3)):
            return _with(state, **{T[event.target.index]: event.target.x})
        case Drag(target=Target(handle="box", index=0)):
            return _predicted(state, event)
        case Drag(target=Target(handle="box", index=1) | Target(handle="truth", index=0)):
            return _with_truth(state, event)
    return state


def _predicted(state: State, event: Drag) -> State:
    """The t of the predicted box where it was moved to; its centre is held in its cell."""
    one = one_box(state.params)
    x1, y1, x2, y2 = moved(one.box, event, None)
    s = one.stride
    edge = 1 / (1 + math.exp(FARTHEST))
    centre = [
        (cell + min(max(middle / s - cell, edge), 1 - edge)) * s
        for cell, middle in zip(one.cell, ((x1 + x2) / 2, (y1 + y2) / 2), strict=True)
    ]
    half = ((x2 - x1) / 2, (y2 - y1) / 2)
    box = torch.tensor(
        [centre[0] - half[0], centre[1] - half[1], centre[0] + half[0], centre[1] + half[1]]
    ).double()
    prior, cell = torch.tensor(one.prior).double(), torch.tensor(one.cell).double()
    t = encode(box, prior, cell, s).tolist()
    part = event.target.part
    kept = (
        set()
        if not part
        else {"tx", "tw"}
        if part in ("n", "s")
        else {"ty", "th"}
        if part in ("w", "e")
        else set()
    )
    if not part:
        kept = {"tw", "th"}
    return _with(state, **{name: value for name, value in zip(T, t, strict=True) if name not in kept})


def _with_truth(state: State, event: Drag) -> State:
    return _with_box(state, "truth", moved(one_box(state.params).truth, event, state.inputs.extent))


def _offsets(state: State, event: Gesture) -> State:
    match event:
        case Drag(target=Target(handle="box", index=0 | 1 | 2)):
            found = regression(state.params)
            name = OFFSET_BOXES[event.target.index]
            return _with_box(state, name, moved(getattr(found, name), event, state.inputs.extent))
        case Drag(target=Target(panel="t", handle="t", index=0 | 1 | 2 | 3)):
            found = regression(state.params)
            t = found.t.copy()
            t[event.target.index] = min(max(event.target.x, -2.0), 2.0)
            box = moved_by(torch.tensor(found.proposal).double(), torch.tensor(t))
            return _with_box(state, "pred", box.tolist())
    return state


def _with_box(state: State, name: str, box: Sequence[float]) -> State:
    """The state with another box, where that is one."""
    told = tuple(round(min(max(float(value), -10_000.0), 10_000.0), 2) for value in box)
    if told == getattr(state.params, name):
        return state
    after = state.with_params(**{name: told})
    regression(after.params)
    return after


def _log(state: State, event: Gesture) -> State:
    if isinstance(event, Drag) and event.target.handle == "tw":
        return _with(state, tw=event.target.x)
    return state


def _kmeans(state: State, event: Gesture) -> State:
    inputs: Inputs = state.inputs
    match event:
        case Drag(target=Target(handle="start", index=index)):
            starts = starts_of(state.params, inputs)
            if not 0 <= index < len(starts):
                return state
            place = np.round(
                np.clip([event.target.x, event.target.y], 1, inputs.sizes.sizes.max(0) * 1.08), 1
            )
            after = starts.copy()
            after[index] = place
            return (
                state
                if (after == starts).all()
                else state.with_inputs(starts=locked(after), starts_seed=state.params.seed)
            )
        case Drag(target=Target(handle="k")):
            k = min(max(round(event.target.x), 1), 12, len(inputs.sizes.sizes))
            if event.phase == "key" and k == state.params.k and event.dx:
                k = min(max(k + (1 if event.dx > 0 else -1), 1), 12, len(inputs.sizes.sizes))
            return state if k == state.params.k else state.with_params(k=k).with_inputs(starts=None)
    return state


def _head(state: State, event: Gesture) -> State:
    if not isinstance(event, Click):
        return state
    head = state.inputs.head
    found = pointed_at(state.params, head, predictions_of(head, Engine()), event.target)
    cell = found // len(head.anchors) if found >= 0 else -1
    return state if cell in (-1, state.inputs.cell) else state.with_inputs(cell=cell)


def _classes(state: State, event: Gesture) -> State:
    params: Params = state.params
    index, handle = event.target.index, event.target.handle
    if handle == "objectness" and isinstance(event, Drag | Typed):
        return _with(state, objectness=_logit_of(event))
    if handle not in ("logit", "sigmoid", "softmax", "score", "loss") or not 0 <= index < len(params.logits):
        return state
    if handle == "logit" and isinstance(event, Drag | Typed):
        logits = list(params.logits)
        logits[index] = _logit_of(event)
        return state if tuple(logits) == params.logits else state.with_params(logits=tuple(logits))
    if isinstance(event, Click) and not event.double:
        labels = set(params.labels) ^ {index}
        return state.with_params(labels=tuple(sorted(labels)))
    return state


def _logit_of(event: Drag | Typed) -> float:
    if isinstance(event, Drag):
        return round(min(max(event.target.x, -8.0), 8.0), 2)
    try:
        value = float(event.text)
    except ValueError:
        raise Refused(f"{event.text!r} is no logit; a logit is a number from -8 to 8.") from None
    if not -8 <= value <= 8:
        raise Refused(f"{event.text} is no logit here; a logit is a number from -8 to 8.")
    return value


def _with(state: State, **values: float) -> State:
    """The state with some numbers, held within their ranges and rounded as their sliders are."""
    changes = {}
    for parameter in parameters_of(Params):
        if parameter.name in values and parameter.range is not None:
            held = min(max(values[parameter.name], parameter.range.low), parameter.range.high)
            changes[parameter.name] = checked(parameter, round(held, 4))
    changes = {name: value for name, value in changes.items() if value != getattr(state.params, name)}
    return state.with_params(**changes) if changes else state


def moved(box: Box, event: Drag, extent: tuple[float, float] | None) -> Box:
    """The box after a drag: its inside moves it, an edge or corner resizes it. With an extent its centre stays
    on the picture.
    """
    x1, y1, x2, y2 = box
    dx, dy, part = event.dx, event.dy, event.target.part
    if not part:
        if extent is not None:
            x, y = (x1 + x2) / 2, (y1 + y2) / 2
            dx = min(max(dx, -x), extent[0] - 0.05 - x)
            dy = min(max(dy, -y), extent[1] - 0.05 - y)
        return x1 + dx, y1 + dy, x2 + dx, y2 + dy
    far_x, far_y = (math.inf, math.inf) if extent is None else (2 * extent[0], 2 * extent[1])
    x1 = max(min(x1 + dx, x2 - LEAST), -far_x) if "w" in part else x1
    y1 = max(min(y1 + dy, y2 - LEAST), -far_y) if "n" in part else y1
    x2 = min(max(x2 + dx, x1 + LEAST), far_x) if "e" in part else x2
    y2 = min(max(y2 + dy, y1 + LEAST), far_y) if "s" in part else y2
    return x1, y1, x2, y2


_EDITS = {
    "decode": _decode, "offsets": _offsets, "log": _log, "kmeans": _kmeans, "head": _head, "classes": _classes,
}  # fmt: skip

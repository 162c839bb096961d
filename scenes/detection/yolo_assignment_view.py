"""The picture of the assignment: three grids over the picture, and below them what is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.detection.assignment import STRIDES, place_of
from engine.trace import Frame
from scenes.detection import yolo_assignment_below as below
from scenes.detection import yolo_assignment_loss as loss
from scenes.detection import yolo_assignment_words as words
from scenes.detection.yolo_assignment_maps import Shown, map_panel, moment_of, pointed_at
from scenes.detection.yolo_assignment_model import RULES, TITLES, Inputs, Params, Result, prior_at
from scenes.picture import Panel, Picture, Region
from scenes.scene import State, Target


def picture(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """Three maps, by stride or by rule; the panels below; a sentence."""
    params, inputs = state.params, state.inputs
    focus = focus_of(inputs, result)
    pointed = pointed_at(result, hover, focus)
    lit = pointed if pointed >= 0 else loss.lit_below(params, inputs, result, hover)
    maps = _rule_maps if params.show == "rules" else _stride_maps
    told = frame is None or hover is not None
    return Picture(
        panels=(*maps(params, inputs, result, frame, lit), *_below(params, inputs, result, frame, hover)),
        columns=(1, 1, 1, 1, 1, 1),
        rows=(62, 38),
        sentence=_sentence(params, inputs, result, pointed, hover, frame) if told else "",
        focus="truth" if len(result.truths) else "",
    )


def focus_of(inputs: Inputs, result: Result) -> int:
    """The stride whose map the rules are compared on: that of the chosen truth's prior."""
    if not len(result.responsible):
        return 16
    chosen = min(max(inputs.chosen, 0), len(result.responsible) - 1)
    return place_of(result.responsible[chosen], result.size)[0]


def _stride_maps(
    params: Params, inputs: Inputs, result: Result, frame: Frame | None, lit: int
) -> list[Panel]:
    moment = moment_of(result, frame, params.rule)
    bright = -1 if params.show == "cell" else inputs.chosen  # there the bright one is the cell itself
    shown = Shown(inputs=inputs, result=result, rule=params.rule, lit=lit, bright=bright)
    panels = []
    for column, stride in enumerate(STRIDES):
        cells = result.size // stride
        title = f"stride {stride}: {cells} × {cells} × 3 = {3 * cells**2:,} priors"
        panel = map_panel(f"stride {stride}", title, column, stride, shown, moment)
        if params.show == "cell" and inputs.cell[0] == stride:
            panel = _with_cell(panel, inputs, result)
        panels.append(panel)
    return panels


def _with_cell(panel: Panel, inputs: Inputs, result: Result) -> Panel:
    """The cell that is looked into can be moved from cell to cell."""
    stride, row, column, _ = place_of(prior_at(result.size, *inputs.cell), result.size)
    extent = (column * stride, row * stride, (column + 1) * stride, (row + 1) * stride)
    cell = Region(extent=tuple(map(float, extent)), role="now", handle="cell", movable=True)  # type: ignore[arg-type]
    return replace(panel, marks=(*panel.marks, cell))


def _rule_maps(params: Params, inputs: Inputs, result: Result, frame: Frame | None, lit: int) -> list[Panel]:
    stride = focus_of(inputs, result)
    chosen = moment_of(result, frame, params.rule)
    panels = []
    for column, rule in enumerate(RULES):
        moment = chosen if rule == params.rule else moment_of(result, None, rule)
        cells = result.size // stride
        other = (moment.tiles[stride] != chosen.tiles[stride]).reshape(cells, cells, 3).any(2)
        positive, ignored, _ = result.counts(moment.status)[STRIDES.index(stride)]
        title = f"{TITLES[rule]}: {positive} positive, {ignored} ignored"
        shown = Shown(inputs=inputs, result=result, rule=rule, lit=lit, bright=inputs.chosen)
        differs = other if rule != params.rule else None
        panels.append(map_panel(f"rule {rule}", title, column, stride, shown, moment, differs))
    return panels


def _below(
    params: Params, inputs: Inputs, result: Result, frame: Frame | None, hover: Target | None
) -> list[Panel]:
    match params.show:
        case "rules":
            return below.rules_panels(params, result, focus_of(inputs, result))
        case "loss":
            return loss.loss_panels(params, inputs, result, frame, hover)
        case "tug":
            return loss.tug_panels(params, inputs, result)
        case "cell":
            return below.cell_panels(params, inputs, result)
        case "schedule":
            return below.schedule_panels()
    return below.priors_panels(inputs, result)


def _sentence(
    params: Params, inputs: Inputs, result: Result, pointed: int, hover: Target | None, frame: Any
) -> str:
    if hover is not None and hover.handle == "truth" and hover.part and 0 <= hover.index < len(result.truths):
        return words.of_truth(result, hover.index)
    if pointed >= 0:
        return words.of_prior(params, result, pointed)
    if (lit := loss.loss_lit(result, hover)) >= 0:
        return words.of_prior(params, result, lit)
    if hover is not None and hover.handle == "shape" and 0 <= hover.index < 9 and len(result.truths):
        return words.of_shape(result, min(inputs.chosen, len(result.truths) - 1), hover.index)
    if frame is not None:
        return ""
    if params.show == "cell":
        return below.of_cell(params, inputs, result, hover)
    if params.show == "tug" and inputs.chosen < len(result.truths):
        return loss.of_tug(params, inputs, result)
    return below.of_schedule(hover) or words.seen(params, result, inputs.chosen)

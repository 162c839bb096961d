"""The picture of the assignment: three grids over the picture, and beside them what is asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from engine.detection.assignment import place_of
from engine.trace import Frame
from scenes.detection import yolo_assignment_beside as beside
from scenes.detection import yolo_assignment_loss as loss
from scenes.detection import yolo_assignment_words as words
from scenes.detection.yolo_assignment_maps import Moment, Shown, map_panel, moment_of, pointed_at
from scenes.detection.yolo_assignment_model import (
    TITLES,
    Inputs,
    Params,
    Result,
    RuleName,
    focus_of,
    prior_at,
    rules_shown,
    strides_shown,
)  # fmt: skip
from scenes.picture import Panel, Picture, Region
from scenes.scene import State, Target

Place = tuple[int, int, int, int]
_HALVES = (
    28,
    28,
    44,
)  # these weights come to about half of the room for the maps, and half for what is beside


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the room is shared: the columns, the rows, where the three maps stand, where the counts do, if they do."""

    columns: tuple[int, ...]
    rows: tuple[int, ...]
    maps: tuple[Place, Place, Place]
    counts: Place | None = None


# the small maps below the large one
STACKED: tuple[Place, Place, Place] = ((0, 0, 2, 2), (2, 0, 2, 1), (2, 1, 2, 1))
LAYOUTS: dict[str, Layout] = {
    "priors": Layout(
        columns=(41, 30, 29), rows=(60, 12, 10, 34), maps=((0, 0, 3, 1), (0, 1, 2, 1), (2, 1, 2, 1)),
        counts=(3, 0, 1, 1),
    ),
    "rules": Layout(columns=_HALVES, rows=(49, 14, 12, 28), maps=STACKED, counts=(3, 2, 1, 1)),
    "loss": Layout(columns=_HALVES, rows=(50, 14, 12, 24), maps=STACKED, counts=(3, 2, 1, 1)),
    "tug": Layout(columns=_HALVES, rows=(46, 17, 8, 30), maps=STACKED),
    "cell": Layout(columns=_HALVES, rows=(36, 24, 20, 20), maps=STACKED),
    "schedule": Layout(columns=_HALVES, rows=(43, 20, 8, 28), maps=STACKED),
}  # fmt: skip


def picture(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """A large map and two small ones, by stride or by rule; beside them what is asked for; a sentence."""
    params, inputs = state.params, state.inputs
    pointed = pointed_at(params, inputs, result, hover)
    lit = pointed if pointed >= 0 else loss.loss_lit(result, hover)
    told = frame is None or hover is not None
    moment = moment_of(result, frame, params.rule, state.step)
    layout = LAYOUTS[params.show]
    return Picture(
        panels=(
            *_maps(params, inputs, result, moment, lit),
            *_beside(state, result, frame, moment, hover),
            *([beside.counts_panel(result, moment.status, layout.counts)] if layout.counts else []),
        ),
        columns=layout.columns,
        rows=layout.rows,
        sentence=_sentence(params, inputs, result, pointed, hover, frame) if told else "",
        focus="truth" if len(result.truths) else "",
    )


def _maps(params: Params, inputs: Inputs, result: Result, chosen: Moment, lit: int) -> list[Panel]:
    """The grid that answers for the chosen truth, large, and the other two; or one grid under three rules."""
    focus = focus_of(params, inputs, result.responsible)
    bright = -1 if params.show == "cell" else inputs.chosen  # there the bright one is the cell itself
    where = LAYOUTS[params.show].maps
    panels = []
    places = zip(strides_shown(params, focus), rules_shown(params), strict=True)
    for number, (stride, rule) in enumerate(places):
        moment = chosen if rule == params.rule else moment_of(result, None, rule)
        shown = Shown(inputs=inputs, result=result, rule=rule, lit=lit, bright=bright)
        cells = result.size // stride
        other = (moment.tiles[stride] != chosen.tiles[stride]).reshape(cells, cells, 3).any(2)
        title = _title(params, rule, stride, cells, large=number == 0)
        differs = other if rule != params.rule else None
        panels.append(map_panel(number, title, stride, shown, moment, where[number], differs))
    if params.show == "cell":
        panels[0] = _with_cell(panels[0], inputs, result)
    return panels


def _title(params: Params, rule: RuleName, stride: int, cells: int, *, large: bool) -> str:
    if params.show == "rules":
        return f"{TITLES[rule]}, stride {stride}" if large else TITLES[rule]
    if large:
        return f"stride {stride}: {cells} × {cells} × 3 = {3 * cells**2:,} priors"
    return f"stride {stride}: {cells} × {cells}"


def _with_cell(panel: Panel, inputs: Inputs, result: Result) -> Panel:
    """The cell that is looked into can be moved from cell to cell."""
    stride, row, column, _ = place_of(prior_at(result.size, *inputs.cell), result.size)
    extent = (column * stride, row * stride, (column + 1) * stride, (row + 1) * stride)
    cell = Region(extent=tuple(map(float, extent)), role="now", handle="cell", movable=True)  # type: ignore[arg-type]
    return replace(panel, marks=(*panel.marks, cell))


def _beside(
    state: State, result: Result, frame: Frame | None, moment: Moment, hover: Target | None
) -> list[Panel]:
    params, inputs = state.params, state.inputs
    match params.show:
        case "rules":
            return beside.rules_panels(params, result)
        case "loss":
            return loss.loss_panels(state, result, frame, hover)
        case "tug":
            return loss.tug_panels(params, inputs, result)
        case "cell":
            return beside.cell_panels(params, inputs, result)
        case "schedule":
            return beside.schedule_panels()
    return beside.priors_panels(params, inputs, result, moment)


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
        return words.of_shape(params, result, min(inputs.chosen, len(result.truths) - 1), hover.index)
    if frame is not None:
        return ""
    if params.show == "cell":
        return beside.of_cell(params, inputs, result, hover)
    if params.show == "tug" and inputs.chosen < len(result.truths):
        return loss.of_tug(params, inputs, result)
    return beside.of_schedule(hover) or words.seen(params, result, inputs.chosen)

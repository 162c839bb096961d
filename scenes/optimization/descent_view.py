"""The picture of a descent: the landscape, and three charts beside it."""

from __future__ import annotations

from dataclasses import replace

from engine.trace import Frame
from scenes.optimization import descent_charts as charts
from scenes.optimization import descent_words as words
from scenes.optimization.descent_map import map_panel, relief_panel
from scenes.optimization.descent_model import Inputs, Params, Result
from scenes.optimization.descent_steps import Moment, moment_of
from scenes.picture import Panel, Picture
from scenes.scene import State, Target


def picture(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """The path so far on its landscape; the loss; the rate; and what the lens shows."""
    params: Params = state.params
    inputs: Inputs = state.inputs
    moment = moment_of(frame, result)
    if state.step == 0:
        moment = replace(moment, upto=0, kept=0, told=0)
    at = _looked_at(frame, hover, moment)
    seen = moment.result
    landscape = (
        relief_panel(seen, inputs, at, moment.upto)
        if params.view == "3d"
        else map_panel(seen, inputs, at, moment, params.lens)
    )
    return Picture(
        panels=(
            landscape,
            charts.loss_panel(seen, result.loss, at, moment.told),
            charts.rate_panel(params, seen, at, moment.lr),
            _lens(params, inputs, seen, at),
        ),
        columns=(57, 43),
        rows=(30, 30, 36),
        sentence=_sentence(state, moment, frame, hover, at),
        focus="start",
    )


def _lens(params: Params, inputs: Inputs, result: Result, at: int) -> Panel:
    if params.lens == "chord":
        return charts.chord_panel(result, inputs)
    return charts.basins_panel(result) if params.lens == "basins" else charts.curvature_panel(result, at)


def _looked_at(frame: Frame | None, hover: Target | None, moment: Moment) -> int:
    """The point whose slope and curvature are shown: the one pointed at, the one the run is at, or the start."""
    if hover is not None and hover.handle == "path" and 0 <= hover.index <= moment.upto:
        return hover.index
    if hover is not None and charts.is_chart_of_steps(hover):
        return min(charts.step_at(hover.panel, hover.x, moment.result), moment.upto)
    return 0 if frame is None else moment.kept


def _sentence(state: State, moment: Moment, frame: Frame | None, hover: Target | None, at: int) -> str:
    params, inputs, step = state.params, state.inputs, state.step
    result = moment.result
    if hover is not None:
        said = _pointed(inputs, result, hover, at)
        if said:
            return said
    if frame is not None:
        here = result.path[moment.upto].tolist()
        return "" if frame.narrated else words.under_way(result, moment.kept, *here)
    if step == 0:
        return f"Before the first step. {words.at_place(result, *result.path[0].tolist())}"
    if params.lens == "basins":
        return words.basins(result)
    if params.lens == "chord":
        return words.convexity(result, *charts.section(result, inputs)[1:])
    return words.outcome(result)


def _pointed(inputs: Inputs, result: Result, hover: Target, at: int) -> str:
    """What there is to say of what is pointed at."""
    if hover.panel in ("map", "relief"):
        return words.pointed(result, hover)
    if charts.is_chart_of_steps(hover):
        return words.of_point(result, at)
    if hover.panel == "curvature":
        return words.factors(result, at)
    if hover.panel == "basins":
        return words.basin(result, hover.index) if hover.handle else ""
    if hover.panel == "chord":
        share, values, line = charts.section(result, inputs)
        return words.cut(share, values, line, hover.x)
    return ""

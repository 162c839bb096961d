"""The picture of the race: the map, who stands where, what the chosen one has in mind, the losses."""

from __future__ import annotations

from engine.trace import Frame
from scenes.optimization import optimizers_words as words
from scenes.optimization.optimizers_ends import ends_panel
from scenes.optimization.optimizers_map import map_panel
from scenes.optimization.optimizers_model import Inputs, Params, Result
from scenes.optimization.optimizers_panels import chart_panel, memory_panel, standings_panel
from scenes.optimization.optimizers_steps import finished, moment_of
from scenes.picture import Picture
from scenes.scene import State, Target


def picture(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """All of it, after as many steps as the run has made, or the marker of the time says."""
    params: Params = state.params
    inputs: Inputs = state.inputs
    at = min(max(inputs.at, 0), len(result.race.schedule))
    moment = finished(result, at) if frame is None else moment_of(frame, result)
    result = moment.result
    basins = result.basins if params.show == "basins" and frame is None else None
    beside = ends_panel(basins, hover) if basins else standings_panel(result, moment.done, hover)
    return Picture(
        panels=(
            map_panel(moment, basins=basins is not None),
            beside,
            memory_panel(moment, hover),
            chart_panel(moment, hover),
        ),
        columns=(58, 42),
        rows=(29, 38, 33),
        sentence=words.sentence(params.show, moment, hover),
        focus="start",
    )

"""The picture of the race: the map, who stands where, what the chosen one has in mind, the losses."""

from __future__ import annotations

import numpy as np

from engine.trace import Frame
from scenes.optimization import optimizers_words as words
from scenes.optimization.optimizers_ends import ends_panel
from scenes.optimization.optimizers_map import map_panel
from scenes.optimization.optimizers_model import Inputs, Params, Result
from scenes.optimization.optimizers_panels import chart_panel, memory_panel, standings_panel
from scenes.picture import Picture
from scenes.scene import State, Target


def picture(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """All of it, after as many steps as the run has made, or the marker of the time says."""
    params: Params = state.params
    inputs: Inputs = state.inputs
    last = len(result.race.schedule)
    done = min(max(inputs.at, 0), last) if frame is None else steps_done(result, frame)
    basins = result.basins if params.show == "basins" and frame is None else None
    beside = ends_panel(basins, hover) if basins else standings_panel(result, done, hover)
    return Picture(
        panels=(
            map_panel(result, done, whole=frame is None, basins=basins is not None),
            beside,
            memory_panel(result, done, frame, hover),
            chart_panel(result, done, hover),
        ),
        columns=(58, 42),
        rows=(34, 37, 29),
        sentence=words.sentence(params.show, result, done, hover) if frame is None or hover else "",
        focus="start",
    )


def steps_done(result: Result, frame: Frame) -> int:
    """How many steps have been made at a line of the run: that of the last is made once w has moved."""
    variables = frame.outermost.variables
    t = int(variables.get("t", 0))
    path = result.tracks[result.race.chosen].path
    if not 1 <= t < len(path):
        return 0
    now = variables.get("w", variables.get("x"))
    here = np.asarray(now, np.float64).reshape(-1)
    before, after = (path[step, : len(here)] for step in (t - 1, t))
    away = [float(np.abs(here - place).sum()) for place in (before, after)]
    return t if away[1] < away[0] or (away[1] == away[0] and "step" in frame.changed) else t - 1

"""Why the chosen optimizer is where it is: the step that took it there."""

from __future__ import annotations

import numpy as np

from engine.optimization.race import SeenGradient
from engine.trace import Trace
from scenes.optimization.endings import ending
from scenes.optimization.optimizers_model import Result
from scenes.optimization.optimizers_words import TITLES, number, place
from scenes.scene import Outcome, Target, Why


def outcomes(trace: Trace) -> dict[str, Outcome]:
    """Where the chosen one ends; the counter-example has no minimum to end at."""
    gradient = trace.frames[0].variables.get("gradient") if len(trace) else None
    found = ending(trace, gradient.surface, number) if isinstance(gradient, SeenGradient) else None
    title = next((title for name, title in TITLES.items() if name == trace.listings[0].name), "it")
    return {} if found is None else {title: found}


def why(result: Result, trace: Trace, target: Target) -> Why | None:
    """Of a point of the way: the line that moved w there, and what moved it more, slope or memory."""
    race = result.race
    track = result.tracks[race.chosen]
    if target.panel != "map" or target.handle != "path" or not 1 <= target.index < len(track.path):
        return None
    made = target.index
    moved = [
        frame.index + 1 for frame in trace.frames
        if not frame.callers and frame.variables.get("t") == made and "path" in frame.changed
    ]  # fmt: skip
    if not moved:
        return None
    step = track.path[made] - track.path[made - 1]
    return Why(step=moved[-1], sentence=_sentence(result, made, step, track.slopes[made - 1]))


def _sentence(result: Result, made: int, step: np.ndarray, slope: np.ndarray) -> str:
    title = TITLES[result.race.chosen]
    told = f"Step {made} of {title} went {place(*step.tolist())}"
    size = float(np.hypot(*step) * np.hypot(*slope))
    if not size > 0:
        return f"{told}."
    turned = float(np.degrees(np.arccos(np.clip(-(step @ slope) / size, -1, 1))))
    if turned > 90:
        return f"{told}: uphill, carried by what it remembers of the steps before."
    if turned < 1:
        return f"{told}: straight down the slope there."
    return f"{told}: {turned:.0f}° off the straight way down, turned by what it remembers."

"""Why the chosen optimizer is where it is: the step that took it there."""

from __future__ import annotations

import numpy as np

from engine.trace import Trace
from scenes.optimization.optimizers_model import Result
from scenes.optimization.optimizers_words import TITLES, place
from scenes.scene import Target, Why


def why(result: Result, trace: Trace, target: Target) -> Why | None:
    """Of a point of the way: the line that moved w there, and what moved it more, slope or memory."""
    race = result.race
    track = result.tracks[race.chosen]
    if target.panel != "map" or target.handle != "path" or not 1 <= target.index < len(track.path):
        return None
    number = target.index
    moved = [
        frame.index + 1 for frame in trace.frames
        if not frame.callers and frame.variables.get("t") == number and "path" in frame.changed
    ]  # fmt: skip
    if not moved:
        return None
    step = track.path[number] - track.path[number - 1]
    return Why(step=moved[-1], sentence=_sentence(result, number, step, track.slopes[number - 1]))


def _sentence(result: Result, number: int, step: np.ndarray, slope: np.ndarray) -> str:
    title = TITLES[result.race.chosen]
    told = f"Step {number} of {title} went {place(*step.tolist())}"
    size = float(np.hypot(*step) * np.hypot(*slope))
    if not size > 0:
        return f"{told}."
    turned = float(np.degrees(np.arccos(np.clip(-(step @ slope) / size, -1, 1))))
    if turned > 90:
        return f"{told}: uphill, carried by what it remembers of the steps before."
    if turned < 1:
        return f"{told}: straight down the slope there."
    return f"{told}: {turned:.0f}° off the straight way down, turned by what it remembers."

"""What descent asks before a step: where it leads, and whether f falls."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from engine.functions.surface import Point, Surface
from engine.trace import Frame, Trace
from scenes.asking import Question
from scenes.optimization.descent_model import Params, shown_surface
from scenes.optimization.descent_words import number
from scenes.optimization.landing import asked, is_asked_at, of_numbers
from scenes.scene import State


def ask(state: State, trace: Trace, following: Frame) -> Question | None:
    """The question that the line just about to run answers."""
    if following.callers:
        return None
    if "point" in following.changed and "step" in following.variables:
        return _landing(state.params, following)
    return _height(following) if "after" in following.changed else None


def _landing(params: Params, following: Frame) -> Question | None:
    variables = following.variables
    taken, gradient = int(variables["step"]) + 1, variables["gradient"]
    if not is_asked_at(taken) or params.view != "map":
        return None
    before, after = (np.array(frame["point"].tolist()) for frame in (following.before, variables))
    surface, lr = shown_surface(params), float(variables["lr"])
    slope = np.array(gradient.tolist())
    reveal = (
        f"From {_place(before)} it goes lr = {number(lr)} times the gradient {_place(slope)} the other way: "
        f"to {_place(after)}."
    )
    minima = np.array(surface.minima).reshape(-1, 2)
    to_minimum = minima[np.hypot(*(minima - before).T).argmin()] if len(minima) else before
    length, way = float(np.hypot(*(after - before))), to_minimum - before
    far = float(np.hypot(*way))
    straight = before + way * min(length / far, 1.0) if far > 0 else before
    wrong = (straight, to_minimum, before + (before - after), before + (after - before) / 2)
    return asked(
        f"The learning rate is {number(lr)}. Where does step {taken} lead?", _point(after), [*map(_point, wrong)],
        reveal,
        panel="map", view=surface.view, number=number,
    )  # fmt: skip


def _height(following: Frame) -> Question | None:
    """Asked at the first step, and when f first rises."""
    variables = following.variables
    step, loss, after = int(variables["step"]), float(variables["loss"]), float(variables["after"])
    rises = after > loss
    if not (math.isfinite(after) and math.isfinite(loss)) or not (
        step == 0 or (rises and _has_fallen(variables))
    ):
        return None
    way = "up: the step is too long for so steep a place" if rises else "down"
    reveal = f"f goes {way}, from {number(loss)} to {number(after)}."
    return of_numbers(
        f"f was {number(loss)} before this step. What is it where the step has led?", after,
        (loss, loss + (loss - after), 0.0), reveal, scale=0.5 * abs(after - loss), number=number,
    )  # fmt: skip


def _has_fallen(variables: Mapping[str, Any]) -> bool:
    """Whether f has fallen at every step so far."""
    surface = variables.get("surface")
    if not isinstance(surface, Surface):
        return False
    heights = [surface.slope_at(*point.tolist())[0] for point in variables["path"]]
    return all(b <= a for a, b in pairwise(heights))


def _point(place: np.ndarray) -> Point:
    x, y = place.tolist()
    return x, y


def _place(place: np.ndarray) -> str:
    x, y = place.tolist()
    return f"({number(x)}, {number(y)})"

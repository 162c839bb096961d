"""What the race asks before the chosen optimizer moves: how long its first step is, and where the next one leads."""

from __future__ import annotations

import math

import numpy as np

from engine.functions.surface import Point
from engine.trace import Frame, Trace
from scenes.asking import Question
from scenes.optimization.landing import asked, is_asked_at, of_numbers
from scenes.optimization.optimizers_model import Race, race_of
from scenes.optimization.optimizers_words import TITLES, number, place
from scenes.scene import State

SCALED = ("adagrad", "rmsprop", "adam", "adamw")
SHOWN = ("g", "total", "m", "v", "m_hat", "v_hat", "rate")  # of a first step before it is made


def ask(state: State, trace: Trace, following: Frame) -> Question | None:
    """The question that the line just about to run answers: it moves the chosen one."""
    variables = following.variables
    if following.callers or "path" not in following.changed or "t" not in variables:
        return None
    race, t = race_of(state.params), int(variables["t"])
    if race.surface is None:
        return _online(following) if t == 3 else None
    if not is_asked_at(t):
        return None
    axis = _untold(following) if t == 1 and race.chosen in SCALED else None
    return _landing(race, following) if axis is None else _first(race, following, axis)


def _untold(following: Frame) -> int | None:
    """The axis along which no number that is shown already is the length of the step, x first."""
    step, before = following.variables["step"], following.before
    for axis in range(len(step)):
        told = {number(abs(float(before[name][axis]))) for name in SHOWN if name in before}
        if number(abs(float(step[axis]))) not in told:
            return axis
    return None


def _first(race: Race, following: Frame, axis: int) -> Question | None:
    """How far the first step goes along an axis: of those that divide by the slope's size, whatever the slope."""
    variables = following.variables
    lr, slope = float(variables["lr"]), float(variables["g"][axis])
    right = abs(float(variables["step"][axis]))
    title, along = TITLES[race.chosen], "xy"[axis]
    wrong = (lr, lr * abs(slope), lr / math.sqrt(1 - 0.999), 0.1 * lr, abs(slope))
    reveal = f"{number(right)}: {_because(race, right / lr, abs(slope))}"
    return of_numbers(
        f"The rate is {number(lr)} and the gradient along {along} {number(slope)}. "
        f"How long is {title}'s first step along {along}?",
        right, [value for value in wrong if value > 0][:4], reveal, scale=0.25 * right, number=number,
    )  # fmt: skip


def _because(race: Race, rates: float, slope: float) -> str:
    """Why the first step has this length, in rates."""
    settings = race.settings[race.chosen]
    if (settings.eps**0.5 if settings.eps_inside else settings.eps) > 0.01 * slope:
        return f"eps is not small beside a slope of {number(slope)}, and makes of it {number(rates)} rates."
    if race.chosen in ("adam", "adamw") and settings.correction == "power":
        return "once corrected, m is the slope and v its square: m over the root of v is 1 or −1, whatever the slope."
    if race.chosen == "adagrad":
        return "the slope over the root of its own square is 1 or −1, whatever the slope: one rate."
    if race.chosen == "rmsprop":
        new = number(1 - settings.rho)
        return f"the mean of squares began at 0 and is {new} of the square: {number(rates)} rates."
    return f"the means began at 0 and are not corrected as published: {number(rates)} rates."


def _landing(race: Race, following: Frame) -> Question | None:
    variables = following.variables
    path = variables["path"]
    before, after = (np.array(path[at].tolist()) for at in (-2, -1))
    earlier = np.array(path[-3].tolist()) if len(path) > 2 else before
    slope, step = np.array(variables["g"].tolist()), after - before
    size = float(np.hypot(*slope))
    if not size > 0 or not np.isfinite(step).all():
        return None
    title, lr = TITLES[race.chosen], float(variables["lr"])
    downhill = before - float(np.hypot(*step)) * slope / size
    wrong = [downhill, before + (before - earlier), before - lr * slope, before - step]
    if "kept" in variables:
        wrong.insert(0, before - lr * np.array(variables["kept"].tolist()))
    turned = float(np.degrees(np.arccos(np.clip(-(step @ slope) / (size * np.hypot(*step)), -1, 1))))
    off = f", {turned:.0f}° off the way straight down" if turned >= 1 else ", straight down"
    return asked(
        f"Where does step {int(variables['t'])} of {title} lead?", _point(after), [*map(_point, wrong)],
        f"From {place(*before.tolist())} to {place(*after.tolist())}{off}.",
        panel="map", view=race.view, number=number,
    )  # fmt: skip


def _online(following: Frame) -> Question | None:
    """After a whole turn of the losses, whose slopes sum to 1."""
    variables = following.variables
    path = variables["path"]
    begun, now, lr = float(path[-4]), float(path[-1]), float(variables["lr"])
    way = (
        "down, as it should"
        if now < begun
        else "up, the wrong way: the one slope of 3 is divided by its own large v"
    )
    return of_numbers(
        f"The slopes were 3, −1 and −1, and x began at {number(begun)}. Where is it after these three steps?", now,
        (begun, begun - lr, begun - (now - begun)), f"At {number(now)}: it has gone {way}.",
        scale=max(0.5 * abs(now - begun), 1e-3), number=number,
    )  # fmt: skip


def _point(at: np.ndarray) -> Point:
    x, y = at.tolist()
    return x, y

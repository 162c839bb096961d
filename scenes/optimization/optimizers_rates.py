"""The rate that each optimizer races with, surface by surface, where nobody says otherwise."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from engine.functions.surface import Surface
from engine.optimization.basins import grid
from engine.optimization.settings import NAMES, TORCH, Name
from scenes.parameters import BadParameter

BY_NAME = '{"adam": 0.1}'

# sgd, momentum, nesterov, adagrad, rmsprop, adam and adamw. Adadelta is made to do without: its rate is 1.
_TUNED: dict[str, tuple[float, float, float, float, float, float, float]] = {
    "quadratic": (0.4, 0.05, 0.05, 0.5, 0.1, 0.1, 0.1),
    "ravine": (0.45, 0.05, 0.05, 0.7, 0.1, 0.15, 0.15),
    "saddle": (0.03, 0.005, 0.005, 0.05, 0.02, 0.02, 0.02),
    "rosenbrock": (0.0012, 0.001, 0.001, 0.3, 0.02, 0.1, 0.1),
    "beale": (0.01, 0.002, 0.002, 0.5, 0.05, 0.2, 0.2),
    "himmelblau": (0.01, 0.004, 0.004, 0.5, 0.1, 0.2, 0.2),
    "rastrigin": (0.002, 0.002, 0.002, 0.5, 0.05, 0.2, 0.2),
    "counterexample": (0.1, 0.1, 0.1, 0.5, 0.5, 0.5, 0.5),
}


def tuned(surface: Surface | None) -> dict[Name, float]:
    """The rates for a good race on a surface; on the counter-example where there is none."""
    if surface is None:
        rates: tuple[float, ...] = _TUNED["counterexample"]
    else:
        rates = _TUNED.get(surface.name) or _guessed(surface)
    return dict(zip(NAMES, (*rates[:5], 1.0, *rates[5:]), strict=True))


@lru_cache(64)
def _guessed(surface: Surface) -> tuple[float, ...]:
    """For a formula: plain descent at half the step that its usual curvature bears; those that divide by the
    slope's size at steps of a part of the view.
    """
    x1, _, x2, _ = surface.view
    places = grid(surface.view, 24, 18).reshape(-1, 2)
    hessian = surface.hessian(places[:, 0], places[:, 1])
    steepest = hessian.square().sum((1, 2)).sqrt()
    known = steepest[steepest.isfinite() & (steepest > 0)]
    usual = known.quantile(0.8).item() if len(known) else 1.0
    plain = min(max(rounded(0.7 / usual), 1e-6), 10.0)
    stride = rounded((x2 - x1) / 80)
    return plain, rounded(plain / 4), rounded(plain / 4), 5 * stride, stride, stride, stride


def rounded(value: float) -> float:
    """A value in one digit that counts, downwards."""
    unit = 10 ** math.floor(math.log10(value))
    return float(f"{math.floor(value / unit + 1e-9) * unit:.6g}")


def by_name(
    parameter: str, value: Any, usual: Mapping[Name, float], high: float, words: str
) -> dict[Name, float]:
    """What a parameter says for each optimizer: a number for all, or an object for those it names; `usual` for
    the rest. `words` are the names of whole sets that it takes besides.

    Raises:
        BadParameter: it is none of these.
    """
    if isinstance(value, str):
        raise BadParameter(f"{parameter} is {json.dumps(value)}; it takes {words}, a number, or {BY_NAME}.")
    given = value if isinstance(value, Mapping) else dict.fromkeys(usual, value)
    for name, number in given.items():
        if name not in NAMES:
            raise BadParameter(
                f"{parameter} names {str(name)[:40]!r}; the optimizers are {', '.join(NAMES)}."
            )
        if name not in usual:
            raise BadParameter(f"{parameter} is none of {name}'s numbers; it is one of {', '.join(usual)}'s.")
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= high:
            whose = f"{parameter} of {name}" if isinstance(value, Mapping) else parameter
            raise BadParameter(f"{whose} is {str(number)[:40]}; it takes a number from 0 to {high:g}.")
    return {name: float(given.get(name, usual[name])) for name in usual}


def rates_of(value: Any, surface: Surface | None) -> dict[Name, float]:
    """The rate of each optimizer that the parameter `lr` says.

    Raises:
        BadParameter: it says none.
    """
    if value == "torch":
        return dict(TORCH["lr"])
    usual = tuned(surface)
    return usual if value == "tuned" else by_name("lr", value, usual, 1e6, '"tuned", "torch"')


def numbers_of(parameter: str, value: Any, high: float) -> dict[Name, float]:
    """rho, eps or weight_decay for each optimizer that has it.

    Raises:
        BadParameter: it says none.
    """
    usual = TORCH[parameter]
    return dict(usual) if value == "torch" else by_name(parameter, value, usual, high, '"torch"')

"""The whole way of an optimizer from one start, on plain numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.functions.surface import Point, Surface
from engine.optimization.rules import RULES, State
from engine.optimization.settings import Name, Settings

Slope = Callable[[int, float, float], tuple[float, float, float]]
PERIOD, STEEP = 3, 3.0  # of the counter-example: every third slope is 3, the others are -1


@dataclass(frozen=True, eq=False)
class Way:
    """What an optimizer did in T steps, float64.

    `path` (T + 1, 2) from the start on; `losses` (T + 1,); `slopes` (T, 2), the gradient that each step saw;
    `states` (T, K, 2), what it remembered after each step. From where it has left the numbers on they are nan.
    """

    path: Tensor
    losses: Tensor
    slopes: Tensor
    states: Tensor


def slope_on(surface: Surface, rare: int = 1) -> Slope:
    """The surface's value and slope at each step; that along y is seen at every `rare`-th step only, as that of
    a feature which few samples have.

    Raises:
        ValueError: `rare` is below 1.
    """
    if rare < 1:
        raise ValueError(f"rare is {rare}; it takes a whole number from 1.")
    if rare == 1:
        return lambda t, x, y: surface.slope_at(x, y)

    def seen(t: int, x: float, y: float) -> tuple[float, float, float]:
        value, across, up = surface.slope_at(x, y)
        return value, across, 0.0 if t % rare else up

    return seen


@dataclass(frozen=True, eq=False)
class SeenGradient:
    """What `slope_on` tells, as the gradient (2,) that the listings take: a function of the point and the step."""

    surface: Surface
    rare: int = 1

    def __call__(self, w: Tensor, t: int) -> Tensor:
        """The gradient that step t sees at the point w (2,)."""
        across, up = self.surface.gradient(w[0], w[1])
        return torch.stack([across, up if t % self.rare == 0 else torch.zeros_like(up)])


def counterexample(t: int, x: float, y: float) -> tuple[float, float, float]:
    """Losses that change from step to step: 3 x at every third, -x at the others, with x in -1..1. Their mean
    x / 3 is least at -1. The value told is the mean.

    Source: Reddi et al. 2018, theorem 1, with C = 3.
    """
    return (STEEP - PERIOD + 1) / PERIOD * x, STEEP if t % PERIOD == 1 else -1.0, 0.0


def way(
    name: Name, slope: Slope, start: Point, rates: Sequence[float], settings: Settings, domain: float = math.inf
) -> Way:
    """The way of an optimizer. Each coordinate is kept within -domain..domain.

    Raises:
        ValueError: the start is not finite.
    """
    if not all(map(math.isfinite, start)):
        raise ValueError(f"start is {start}; it takes two finite numbers.")
    rule, size = RULES[name]
    (x, y), memory_x, memory_y = map(float, start), *((0.0,) * size for _ in range(2))
    path, losses, slopes, states = [(x, y)], [], [], []
    bounded = math.isfinite(domain)
    try:
        for t, lr in enumerate(rates, start=1):
            value, across, up = slope(t, x, y)
            losses.append(value)
            x, memory_x = rule(x, across, memory_x, t, lr, settings)
            y, memory_y = rule(y, up, memory_y, t, lr, settings)
            if bounded:
                x, y = min(max(x, -domain), domain), min(max(y, -domain), domain)
            if not math.isfinite(x) or not math.isfinite(y):
                break
            path.append((x, y))
            slopes.append((across, up))
            states.append((memory_x, memory_y))
        else:
            losses.append(slope(len(rates) + 1, x, y)[0])
    except ArithmeticError:  # 0 over 0, for which torch has nan
        pass
    steps = len(rates)
    return Way(
        _filled(path, (steps + 1, 2)), _filled(losses, (steps + 1,)), _filled(slopes, (steps, 2)),
        _filled(states, (steps, 2, size)).transpose(1, 2),
    )


def _filled(rows: Sequence[float | Point | tuple[State, State]], shape: tuple[int, ...]) -> Tensor:
    """The rows as a tensor of the shape, with nan for those that are missing."""
    if len(rows) >= shape[0]:
        return torch.tensor(rows, dtype=torch.float64).reshape(shape)
    whole = torch.full(shape, math.nan, dtype=torch.float64)
    if rows:
        whole[: len(rows)] = torch.tensor(rows, dtype=torch.float64).reshape(len(rows), *shape[1:])
    return whole

"""Gradient descent on a surface (Cauchy 1847): one run to be stepped through, one in plain numbers for the live
picture, and one of many starts at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from engine.functions.surface import Point, Surface
from engine.optimization.schedules import Schedule

FAR = 1e150  # of a coordinate or a loss: beyond it squares are no longer numbers


def gradient_descent(
    surface: Surface, start: Tensor, schedule: Schedule, steps: int, jitter: Tensor | None = None
) -> Tensor:
    """The path `(T + 1, 2)` from `start` (2,), float64: T = `steps`, or fewer where it left what numbers can say.

    `jitter` `(steps, 2)` is added to the gradients.
    """
    point = start
    path = [point]
    loss = surface.value(*point)
    #> The start: f({point[0]:.4g}, {point[1]:.4g}) = {loss:.6g}.
    for step in range(steps):
        gradient = torch.stack(surface.gradient(*point))
        #> Step {step + 1}: at ({point[0]:.4g}, {point[1]:.4g}) the gradient is ({gradient[0]:.4g}, {gradient[1]:.4g}).
        if jitter is not None:
            gradient = gradient + jitter[step]
            #> Jitter of ({jitter[step][0]:.3g}, {jitter[step][1]:.3g}) makes it ({gradient[0]:.4g}, {gradient[1]:.4g}).
        lr = schedule(step, loss.item())
        point = point - lr * gradient
        #> Against it by lr = {lr:.4g} times its length: to ({point[0]:.4g}, {point[1]:.4g}).
        after = surface.value(*point)
        #> f goes {"down" if after < loss else "up" if after > loss else "nowhere"}, from {loss:.6g} to {after:.6g}.
        if is_lost(point[0].item(), point[1].item(), after.item()):
            break
            #> That is beyond all numbers: the path is cut off here.
        loss = after
        path.append(point)
    return torch.stack(path)


def is_lost(x: float, y: float, loss: float) -> bool:
    """Whether a point, or the loss there, has left what numbers can say."""
    return not (abs(x) < FAR and abs(y) < FAR and abs(loss) < FAR)


class Run(NamedTuple):
    """A descent: T + 1 points, losses and gradients (without jitter), and the T rates that led from one to the
    next. `lost` is whether it was cut off where numbers end.
    """

    path: list[Point]
    losses: list[float]
    gradients: list[Point]
    rates: list[float]
    lost: bool


def descend(
    surface: Surface, start: Point, schedule: Schedule, steps: int, jitter: Sequence[Sequence[float]] = ()
) -> Run:
    """What `gradient_descent` does, in plain numbers: a hundred times as fast.

    Raises:
        ValueError: the start is no place where the surface has a value.
    """
    x, y = start
    loss, across, up = surface.slope_at(x, y)
    if is_lost(x, y, loss):
        raise ValueError(f"start is ({x:g}, {y:g}), where the surface has no value; another place has one.")
    run = Run([(x, y)], [loss], [(across, up)], [], False)
    for step in range(steps):
        lr = schedule(step, loss)
        more = jitter[step] if jitter else (0.0, 0.0)
        x, y = x - lr * (across + more[0]), y - lr * (up + more[1])
        if is_lost(x, y, 0.0):
            return run._replace(lost=True)
        loss, across, up = surface.slope_at(x, y)
        if is_lost(x, y, loss):
            return run._replace(lost=True)
        run.path.append((x, y))
        run.losses.append(loss)
        run.gradients.append((across, up))
        run.rates.append(lr)
    return run


def descend_from(surface: Surface, x: Tensor, y: Tensor, rates: Sequence[float]) -> tuple[Tensor, Tensor]:
    """Where descent takes every start of tensors `x`, `y` of one shape, with a rate for each step. A place that
    is lost on the way becomes NaN.
    """
    for lr in rates:
        across, up = surface.gradient(x, y)
        x, y = torch.sub(x, across, alpha=lr), torch.sub(y, up, alpha=lr)
    lost = ~((x.abs() < FAR) & (y.abs() < FAR))
    return x.masked_fill(lost, math.nan), y.masked_fill(lost, math.nan)

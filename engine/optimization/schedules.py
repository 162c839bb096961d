"""Learning-rate schedules: the size of each step, by its number or, for the plateau, by how the loss fared.

Steps count from 0. Sources: Goodfellow et al. 2016, sec. 8.3; Loshchilov & Hutter 2017 (cosine); Goyal et al. 2017
(warm-up).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

ScheduleName = Literal["constant", "step", "exponential", "cosine", "warmup", "plateau"]
NAMES: tuple[ScheduleName, ...] = ("constant", "step", "exponential", "cosine", "warmup", "plateau")
Schedule = Callable[[int, float], float]  # the step's number and the loss before it: the rate


def constant(step: int, lr: float) -> float:
    """The same rate at every step."""
    return lr


def step_decay(step: int, lr: float, every: int, factor: float) -> float:
    """The rate is multiplied by `factor` after every `every` steps."""
    drops = step // every
    #> After {step} steps of {every} a piece the rate has dropped {drops} times.
    return lr * factor**drops
    #> lr = {lr:.4g} * {factor:g}^{drops} = {result:.4g}.


def exponential(step: int, lr: float, factor: float) -> float:
    """The rate is multiplied by `factor` after every step."""
    return lr * factor**step
    #> lr = {lr:.4g} * {factor:g}^{step} = {result:.4g}.


def cosine(step: int, lr: float, steps: int, floor: float) -> float:
    """Half a wave down from `lr` to `floor` over `steps` steps (Loshchilov & Hutter 2017, eq. 5)."""
    share = (1 + math.cos(math.pi * step / steps)) / 2
    #> {step} of {steps} steps along half a wave: {share:.3f} of the way up.
    return floor + (lr - floor) * share
    #> lr = {floor:.4g} + ({lr:.4g} - {floor:.4g}) * {share:.3f} = {result:.4g}.


def warmup(step: int, lr: float, steps: int, rise: int, floor: float) -> float:
    """Straight up to `lr` during the first `rise` steps, then half a wave down to `floor`."""
    if step < rise:
        return lr * (step + 1) / rise
        #> Warming up: lr = {lr:.4g} * {step + 1} / {rise} = {result:.4g}.
    share = (1 + math.cos(math.pi * (step - rise) / max(steps - rise, 1))) / 2
    #> Warm; {step - rise} of {steps - rise} steps along half a wave: {share:.3f} of the way up.
    return floor + (lr - floor) * share
    #> lr = {floor:.4g} + ({lr:.4g} - {floor:.4g}) * {share:.3f} = {result:.4g}.


@dataclass(frozen=True)
class ByStep:
    """A schedule that goes by the step's number alone: one of the rules above, with its numbers."""

    rule: Callable[..., float]
    numbers: Mapping[str, float]

    def __call__(self, step: int, loss: float) -> float:
        """The rate of a step, whatever the loss before it."""
        return self.rule(step, **self.numbers)


@dataclass
class Plateau:
    """The rate is multiplied by `factor` when for more than `patience` steps the loss was not below the best by
    one part in 10,000: the one schedule here that listens to the loss. It remembers; make one for each run.
    """

    lr: float
    patience: int
    factor: float
    best: float = math.inf
    waited: int = 0
    started: bool = False

    def __call__(self, step: int, loss: float) -> float:
        """The rate of a step, told the loss before it."""
        if not self.started:  # the loss at the start is nobody's doing
            self.started = True
            return self.lr
        if loss < self.best * (1 - 1e-4):
            self.best, self.waited = loss, 0
            #> {loss:.4g} is the best loss so far: the rate stays {self.lr:.4g}.
        else:
            self.waited += 1
            #> No better than {self.best:.4g}, {self.waited} steps running.
        if self.waited > self.patience:
            self.lr, self.waited = self.lr * self.factor, 0
            #> That is too long: the rate is multiplied by {self.factor:g} and is {self.lr:.4g} now.
        return self.lr


RULES: dict[str, Callable[..., float]] = {
    "constant": constant, "step": step_decay, "exponential": exponential, "cosine": cosine, "warmup": warmup,
}


def schedule(name: ScheduleName, lr: float, **numbers: Any) -> Schedule:
    """A schedule by its name, with the numbers that it takes besides `lr`: step `every` and `factor`,
    exponential `factor`, cosine `steps` and `floor`, warmup `steps`, `rise` and `floor`, plateau `patience` and
    `factor`.

    Raises:
        ValueError: there is no schedule of the name.
    """
    if name == "plateau":
        return Plateau(lr, **numbers)
    if name not in RULES:
        raise ValueError(f"name is {name!r}; it takes one of {', '.join(NAMES)}.")
    return ByStep(RULES[name], {"lr": lr, **numbers})

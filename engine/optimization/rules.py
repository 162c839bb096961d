"""The updates of the optimizers, one line of arithmetic after another, for live pictures.

A rule does one step of one coordinate, or of a whole tensor of them: it takes `w` and its slope `g`, the state
that it left behind (0 at first), the number of the step t = 1, 2, ... and its rate, and gives the next `w` and
state. On plain numbers hundreds of steps of eight optimizers take a few milliseconds; on tensors thousands of
starts go together. The operations stand in the order of torch.optim's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor

from engine.optimization.optimizers import share
from engine.optimization.settings import Name, Settings

V = TypeVar("V", float, Tensor)
State = tuple[Any, ...]
Rule = Callable[[Any, Any, State, int, float, Settings], tuple[Any, State]]


def _sgd(w: V, g: V, state: State, t: int, lr: float, s: Settings) -> tuple[V, State]:
    return w - lr * _decayed(g, w, s), ()


def _momentum(w: V, g: V, state: State, t: int, lr: float, s: Settings) -> tuple[V, State]:
    g = _decayed(g, w, s)
    velocity = g if t == 1 else s.momentum * state[0] + (1 - s.dampening) * g
    return w - lr * velocity, (velocity,)


def _nesterov(w: V, g: V, state: State, t: int, lr: float, s: Settings) -> tuple[V, State]:
    g = _decayed(g, w, s)
    velocity = s.momentum * state[0] + g
    return w - lr * (g + s.momentum * velocity), (velocity,)


def _adagrad(w: V, g: V, state: State, t: int, lr: float, s: Settings) -> tuple[V, State]:
    g = _decayed(g, w, s)
    total = state[0] + g * g
    return w - lr * g / _root(total, s), (total,)


def _rmsprop(w: V, g: V, state: State, t: int, lr: float, s: Settings) -> tuple[V, State]:
    g = _decayed(g, w, s)
    v = s.rho * state[0] + (1 - s.rho) * g * g
    return w - lr * g / _root(v, s), (v,)


def _adadelta(w: V, g: V, state: State, t: int, lr: float, s: Settings) -> tuple[V, State]:
    g = _decayed(g, w, s)
    v = s.rho * state[0] + (1 - s.rho) * g * g
    step = (state[1] + s.eps) ** 0.5 / (v + s.eps) ** 0.5 * g
    return w - lr * step, (v, s.rho * state[1] + (1 - s.rho) * step * step)


def _adam(w: V, g: V, state: State, t: int, lr: float, s: Settings) -> tuple[V, State]:
    return _moments(w, _decayed(g, w, s), state, t, lr, s)


def _adamw(w: V, g: V, state: State, t: int, lr: float, s: Settings) -> tuple[V, State]:
    return _moments((1 - lr * s.weight_decay) * w, g, state, t, lr, s)


def _moments(w: V, g: V, state: State, t: int, lr: float, s: Settings) -> tuple[V, State]:
    """Adam's step with the slope g from w, wherever its decay went."""
    m = s.beta1 * state[0] + (1 - s.beta1) * g
    v = s.beta2 * state[1] + (1 - s.beta2) * g * g
    highest = v
    if s.amsgrad:
        highest = torch.maximum(state[2], v) if isinstance(v, Tensor) else max(state[2], v)
    rate = lr / share(s.beta1, t, s.correction)
    whole = 1.0 if s.correction == "m only" else share(s.beta2, t, s.correction)
    below = (highest / whole + s.eps) ** 0.5 if s.eps_inside else highest**0.5 / whole**0.5 + s.eps
    return w - rate * m / below, (m, v, highest)


def _decayed(g: V, w: V, s: Settings) -> V:
    """The slope with that of the decay, where there is any: half a million sums with 0 take their time."""
    return g + s.weight_decay * w if s.weight_decay else g


def _root(square: V, s: Settings) -> V:
    root: V = (square + s.eps) ** 0.5 if s.eps_inside else square**0.5 + s.eps
    return root


RULES: dict[Name, tuple[Rule, int]] = {  # and how many numbers its state has
    "sgd": (_sgd, 0), "momentum": (_momentum, 1), "nesterov": (_nesterov, 1), "adagrad": (_adagrad, 1),
    "rmsprop": (_rmsprop, 1), "adadelta": (_adadelta, 2), "adam": (_adam, 3), "adamw": (_adamw, 3),
}

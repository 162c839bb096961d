"""Eight optimizers, each as a page to read and to step through.

All of them take `gradient(w, t)`, the slope that step t = 1, 2, ... sees at the point w, `start` (N,), and
`rates`, the learning rate of each of T steps; they return the points on the way (T + 1, N), the start first. The
other arguments have the names, meanings and defaults of torch.optim, and the points are torch's to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from engine.optimization.settings import Correction, Name

Gradient = Callable[[Tensor, int], Tensor]


def sgd(gradient: Gradient, start: Tensor, rates: Sequence[float], weight_decay: float = 0.0) -> Tensor:
    """Gradient descent: against the slope, by the rate times the slope.

    Source: Robbins & Monro 1951; torch.optim.SGD.
    """
    w, path = start, [start]
    for t, lr in enumerate(rates, start=1):
        g = gradient(w, t) + weight_decay * w
        #> Step {t}: the gradient is ({g[0]:.4g}, {g[1]:.4g}).
        step = lr * g
        w = w - step
        path.append(w)
        #> Against it by {lr:.4g} times its length, to ({w[0]:.4g}, {w[1]:.4g}).
    return torch.stack(path)
    #> It ends at ({w[0]:.4g}, {w[1]:.4g}).


def momentum(
    gradient: Gradient, start: Tensor, rates: Sequence[float], momentum: float = 0.9, dampening: float = 0.0,
    weight_decay: float = 0.0,
) -> Tensor:
    """Heavy ball: the velocity keeps a part of itself and takes the new gradient in.

    Source: Polyak 1964; Qian 1999; torch.optim.SGD(momentum=..., dampening=...).
    """
    w, path, velocity = start, [start], torch.zeros_like(start)
    for t, lr in enumerate(rates, start=1):
        g = gradient(w, t) + weight_decay * w
        #> Step {t}: the gradient is ({g[0]:.4g}, {g[1]:.4g}).
        kept = momentum * velocity
        #> {momentum:g} of the velocity is kept: ({kept[0]:.4g}, {kept[1]:.4g}).
        taken = g if t == 1 else (1 - dampening) * g  # as in torch, the first gradient goes in whole
        velocity = kept + taken
        step = lr * velocity
        w = w - step
        path.append(w)
        #> The gradient joins it; {lr:.4g} times the velocity leads to ({w[0]:.4g}, {w[1]:.4g}).
    return torch.stack(path)
    #> It ends at ({w[0]:.4g}, {w[1]:.4g}).


def nesterov(
    gradient: Gradient, start: Tensor, rates: Sequence[float], momentum: float = 0.9, weight_decay: float = 0.0
) -> Tensor:
    """Momentum that looks ahead: the gradient is added to where the velocity is about to lead.

    Source: Nesterov 1983, in the form of Sutskever et al. 2013; torch.optim.SGD(nesterov=True).
    """
    w, path, velocity = start, [start], torch.zeros_like(start)
    for t, lr in enumerate(rates, start=1):
        g = gradient(w, t) + weight_decay * w
        #> Step {t}: the gradient is ({g[0]:.4g}, {g[1]:.4g}).
        kept = momentum * velocity
        velocity = kept + g
        #> The velocity, {momentum:g} of the old one and the gradient: ({velocity[0]:.4g}, {velocity[1]:.4g}).
        ahead = g + momentum * velocity
        #> One look ahead: the gradient and {momentum:g} of the new velocity: ({ahead[0]:.4g}, {ahead[1]:.4g}).
        step = lr * ahead
        w = w - step
        path.append(w)
        #> {lr:.4g} times that, to ({w[0]:.4g}, {w[1]:.4g}).
    return torch.stack(path)
    #> It ends at ({w[0]:.4g}, {w[1]:.4g}).


def adagrad(
    gradient: Gradient, start: Tensor, rates: Sequence[float], eps: float = 1e-10, weight_decay: float = 0.0,
    eps_inside: bool = False,
) -> Tensor:
    """Each axis has its own rate: the more slope it has seen, the smaller.

    Source: Duchi et al. 2011; torch.optim.Adagrad.
    """
    w, path, total = start, [start], torch.zeros_like(start)
    for t, lr in enumerate(rates, start=1):
        g = gradient(w, t) + weight_decay * w
        #> Step {t}: the gradient is ({g[0]:.4g}, {g[1]:.4g}).
        total = total + g**2
        #> The sums of all squares so far, which never shrink: ({total[0]:.4g}, {total[1]:.4g}).
        rate = lr / root(total, eps, eps_inside)
        #> The rate of each axis, {lr:.4g} over the root of its sum: ({rate[0]:.4g}, {rate[1]:.4g}).
        step = rate * g
        w = w - step
        path.append(w)
        #> Each axis by its own rate, to ({w[0]:.4g}, {w[1]:.4g}).
    return torch.stack(path)
    #> It ends at ({w[0]:.4g}, {w[1]:.4g}).


def rmsprop(
    gradient: Gradient, start: Tensor, rates: Sequence[float], rho: float = 0.99, eps: float = 1e-8,
    weight_decay: float = 0.0, eps_inside: bool = False,
) -> Tensor:
    """AdaGrad that forgets: a running mean of the squares in place of their sum.

    Source: Tieleman & Hinton 2012, lecture 6.5; torch.optim.RMSprop, which calls rho alpha.
    """
    w, path, v = start, [start], torch.zeros_like(start)
    for t, lr in enumerate(rates, start=1):
        g = gradient(w, t) + weight_decay * w
        #> Step {t}: the gradient is ({g[0]:.4g}, {g[1]:.4g}).
        v = rho * v + (1 - rho) * g**2
        #> The running means of the squares, {1 - rho:.3g} of them new: ({v[0]:.4g}, {v[1]:.4g}).
        rate = lr / root(v, eps, eps_inside)
        #> The rate of each axis, {lr:.4g} over its root: ({rate[0]:.4g}, {rate[1]:.4g}).
        step = rate * g
        w = w - step
        path.append(w)
        #> Each axis by its own rate, to ({w[0]:.4g}, {w[1]:.4g}).
    return torch.stack(path)
    #> It ends at ({w[0]:.4g}, {w[1]:.4g}).


def adadelta(
    gradient: Gradient, start: Tensor, rates: Sequence[float], rho: float = 0.9, eps: float = 1e-6,
    weight_decay: float = 0.0,
) -> Tensor:
    """The rate is a ratio of two running means: how far steps went over how steep it was.

    Source: Zeiler 2012, algorithm 1 (where the rate is 1); torch.optim.Adadelta.
    """
    w, path, v, s = start, [start], torch.zeros_like(start), torch.zeros_like(start)
    for t, lr in enumerate(rates, start=1):
        g = gradient(w, t) + weight_decay * w
        #> Step {t}: the gradient is ({g[0]:.4g}, {g[1]:.4g}).
        v = rho * v + (1 - rho) * g**2
        #> The running means of its squares: ({v[0]:.4g}, {v[1]:.4g}).
        rate = (s + eps).sqrt() / (v + eps).sqrt()
        #> How far over how steep, the rate of each axis: ({rate[0]:.4g}, {rate[1]:.4g}).
        step = rate * g
        s = rho * s + (1 - rho) * step**2
        #> The running means of the squared steps: ({s[0]:.4g}, {s[1]:.4g}).
        w = w - lr * step
        path.append(w)
        #> To ({w[0]:.4g}, {w[1]:.4g}).
    return torch.stack(path)
    #> It ends at ({w[0]:.4g}, {w[1]:.4g}).


def adam(
    gradient: Gradient, start: Tensor, rates: Sequence[float], beta1: float = 0.9, beta2: float = 0.999,
    eps: float = 1e-8, weight_decay: float = 0.0, amsgrad: bool = False, correction: Correction = "power",
    eps_inside: bool = False,
) -> Tensor:
    """Running means of the gradient and of its square, both corrected for having begun at 0.

    Source: Kingma & Ba 2015, algorithm 1; Reddi et al. 2018 (amsgrad); torch.optim.Adam.
    """
    w, path = start, [start]
    m, v, highest = torch.zeros(3, *start.shape, dtype=start.dtype)
    for t, lr in enumerate(rates, start=1):
        g = gradient(w, t) + weight_decay * w
        #> Step {t}: the gradient is ({g[0]:.4g}, {g[1]:.4g}).
        m = beta1 * m + (1 - beta1) * g
        #> m, the running mean of the gradient: ({m[0]:.4g}, {m[1]:.4g}).
        v = beta2 * v + (1 - beta2) * g**2
        #> v, the running mean of its square: ({v[0]:.4g}, {v[1]:.4g}).
        highest = torch.maximum(highest, v) if amsgrad else v
        m_hat = m / share(beta1, t, correction)
        #> m-hat, m over {share(beta1, t, correction):.4g}: ({m_hat[0]:.4g}, {m_hat[1]:.4g}).
        v_hat = highest / (1 if correction == "m only" else share(beta2, t, correction))
        #> v-hat{", of the highest v so far" * amsgrad}: ({v_hat[0]:.4g}, {v_hat[1]:.4g}).
        rate = lr / root(v_hat, eps, eps_inside)
        step = rate * m_hat
        w = w - step
        path.append(w)
        #> The step is {lr:.4g} m-hat over the root of v-hat, to ({w[0]:.4g}, {w[1]:.4g}).
    return torch.stack(path)
    #> It ends at ({w[0]:.4g}, {w[1]:.4g}).


def adamw(
    gradient: Gradient, start: Tensor, rates: Sequence[float], beta1: float = 0.9, beta2: float = 0.999,
    eps: float = 1e-8, weight_decay: float = 0.01, amsgrad: bool = False, correction: Correction = "power",
    eps_inside: bool = False,
) -> Tensor:
    """Adam whose weights shrink by themselves: the decay does not pass through m and v.

    Source: Loshchilov & Hutter 2019, algorithm 2; torch.optim.AdamW.
    """
    w, path = start, [start]
    m, v, highest = torch.zeros(3, *start.shape, dtype=start.dtype)
    for t, lr in enumerate(rates, start=1):
        g = gradient(w, t)
        #> Step {t}: the gradient is ({g[0]:.4g}, {g[1]:.4g}).
        decay = lr * weight_decay * w
        w = w - decay
        #> The decay takes the part {lr * weight_decay:.3g} off the weights, beside m and v.
        m = beta1 * m + (1 - beta1) * g
        #> m, the running mean of the gradient: ({m[0]:.4g}, {m[1]:.4g}).
        v = beta2 * v + (1 - beta2) * g**2
        #> v, the running mean of its square: ({v[0]:.4g}, {v[1]:.4g}).
        highest = torch.maximum(highest, v) if amsgrad else v
        m_hat = m / share(beta1, t, correction)
        v_hat = highest / (1 if correction == "m only" else share(beta2, t, correction))
        #> m-hat ({m_hat[0]:.4g}, {m_hat[1]:.4g}), v-hat ({v_hat[0]:.4g}, {v_hat[1]:.4g}).
        rate = lr / root(v_hat, eps, eps_inside)
        step = rate * m_hat
        w = w - step
        path.append(w)
        #> The step is {lr:.4g} m-hat over the root of v-hat, to ({w[0]:.4g}, {w[1]:.4g}).
    return torch.stack(path)
    #> It ends at ({w[0]:.4g}, {w[1]:.4g}).


def root(square: Tensor, eps: float, eps_inside: bool = False) -> Tensor:
    """The root of a mean or sum of squares, with eps against a division by 0 added to it, or under it."""
    if eps_inside:
        return (square + eps).sqrt()
        #> eps = {eps:g} under the root: the root is at least {eps**0.5:.3g}.
    return square.sqrt() + eps
    #> The root plus eps = {eps:g}.


def share(beta: float, t: int, correction: Correction = "power") -> float:
    """How much of a running mean that began at 0 is made of the t values it has seen."""
    if correction == "off":
        return 1.0
    if correction == "index":
        return 1 - beta
    return 1 - beta**t


LISTINGS: dict[Name, Callable[..., Tensor]] = {
    "sgd": sgd, "momentum": momentum, "nesterov": nesterov, "adagrad": adagrad, "rmsprop": rmsprop,
    "adadelta": adadelta, "adam": adam, "adamw": adamw,
}

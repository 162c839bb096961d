"""Gradients and Hessians by autograd, and points to try them at."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Function = Callable[[Tensor, Tensor], Tensor]


def points_in(view: tuple[float, float, float, float], number: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Points spread evenly over a view."""
    x1, y1, x2, y2 = view
    shares = torch.rand(2, number, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return x1 + (x2 - x1) * shares[0], y1 + (y2 - y1) * shares[1]


def autograd_gradient(function: Function, x: Tensor, y: Tensor) -> Tensor:
    """(2, ...): by x and by y."""
    x, y = x.clone().requires_grad_(), y.clone().requires_grad_()
    slopes = torch.autograd.grad(function(x, y).sum(), (x, y), materialize_grads=True)
    return torch.stack(slopes).detach()


def autograd_hessian(function: Function, x: Tensor, y: Tensor) -> Tensor:
    """(N, 2, 2) at N points."""
    places = torch.stack([x, y]).requires_grad_()
    (slopes,) = torch.autograd.grad(function(places[0], places[1]).sum(), places, create_graph=True)
    rows = [
        torch.autograd.grad(slope.sum(), places, retain_graph=True, materialize_grads=True)[0]
        if slope.requires_grad
        else torch.zeros_like(places)
        for slope in slopes
    ]
    return torch.stack(rows).permute(2, 0, 1).detach()

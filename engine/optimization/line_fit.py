"""Fitting a line y = w x + b to points: the mean squared error, its gradients, and where it is least.

Points are `(N, 2)` floats, x and y of each; weights are `(..., 2)`, w and b of each line, on the same device.
A sample's loss is (w x + b - y)^2, and the loss of a set is the mean over it.
"""

from __future__ import annotations

import torch
from torch import Tensor


def check_points(points: Tensor) -> None:
    """Refuse what is no set of points.

    Raises:
        ValueError: not `(N, 2)` with at least one point, not floats, or not finite.
    """
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"points has shape {tuple(points.shape)}; it takes (N, 2) with at least one point.")
    if not points.is_floating_point():
        raise ValueError(f"points is {points.dtype}; it takes float32 or float64.")
    if not bool(torch.isfinite(points).all()):
        raise ValueError("points holds a value that is not finite; every x and y must be a finite number.")


def sample_gradients(points: Tensor, weights: Tensor) -> Tensor:
    """The gradient of every sample's own loss by (w, b), `(..., N, 2)`: 2 (w x + b - y) (x, 1)."""
    x, y = points.unbind(-1)
    error = weights[..., :1] * x + weights[..., 1:] - y  # (..., N)
    return 2 * torch.stack([error * x, error], -1)


def curvature(points: Tensor) -> Tensor:
    """A `(2, 2)`, half the second derivative of the loss: loss = least loss + d^T A d, d being the way from the
    best line.
    """
    x = points[:, 0]
    mean = x.mean()
    return torch.stack([torch.stack([(x * x).mean(), mean]), torch.stack([mean, torch.ones_like(mean)])])


def best_line(points: Tensor) -> tuple[Tensor, Tensor]:
    """The weights `(2,)` of least loss and that loss, `()`. Where all x are alike many lines are as good; it is
    then the one with the shortest (w, b).

    Source: the normal equations, Gauss 1809.
    """
    check_points(points)
    x, y = points.unbind(-1)
    mean_x, mean_y = x.mean(), y.mean()
    across = x - mean_x
    spread = (across * across).mean()
    if float(x.amin()) == float(x.amax()):
        w = mean_y * x[0] / (x[0] * x[0] + 1)
        b = mean_y / (x[0] * x[0] + 1)
    else:
        w = (across * (y - mean_y)).mean() / spread
        b = mean_y - w * mean_x
    error = w * x + b - y
    return torch.stack([w, b]), (error * error).mean()


def loss_at(points: Tensor, weights: Tensor) -> Tensor:
    """The loss over all points of each of many lines `(..., 2)`, `(...)`, at a cost that N has no part in.

    It goes by the way from the best line, as the loss is a quadratic.
    """
    best, least = best_line(points)
    (aa, ab), (_, bb) = curvature(points)
    dw, db = (weights - best).unbind(-1)
    above: Tensor = aa * dw * dw + 2 * ab * dw * db + bb * db * db
    return least + above

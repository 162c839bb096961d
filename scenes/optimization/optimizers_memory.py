"""What the chosen optimizer has in mind at each step: gradient, running means, rates, the step itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.optimization.optimizers import share
from engine.optimization.settings import Name, Settings
from scenes.picture import Role
from scenes.scene import locked


@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """A quantity along both axes at each step `(T, 2)`, with its name in the listing and in words."""

    name: str
    words: str
    role: Role
    values: NDArray[np.float64]

    @property
    def longest(self) -> float:
        """The largest size it has in the run, for bars."""
        finite = np.abs(self.values[np.isfinite(self.values)])
        return float(finite.max()) if finite.size else 0.0


Arrays = NDArray[np.float64]


def rows_of(
    name: Name, settings: Settings, rates: Sequence[float], path: Arrays, slopes: Arrays, states: Arrays
) -> tuple[Row, ...]:
    """The quantities of a way, in the order of the listing."""
    lr = np.asarray(rates)[:, None]
    with np.errstate(all="ignore"):
        g = slopes if name == "adamw" else slopes + settings.weight_decay * path[:-1]
        made: list[tuple[str, str, Role, Arrays]] = [("g", "gradient", "gradient", g)]
        step, decay = np.diff(path, axis=0), -lr * settings.weight_decay * path[:-1]
        if name == "adamw":
            step = step - decay
            made.append(("decay", "decay", "weight", decay))
        if name in ("adam", "adamw"):
            made += _moments(settings, lr, states)
        elif name in ("momentum", "nesterov"):
            velocity = states[:, 0]
            kept = settings.momentum * np.concatenate([np.zeros((1, 2)), velocity[:-1]])
            made += [("kept", "kept velocity", "accent", kept), ("velocity", "velocity", "accent", velocity)]
        elif name == "adagrad":
            rate = lr / _root(states[:, 0], settings)
            made += [("total", "sum of g²", "accent", states[:, 0]), ("rate", "rate", "text", rate)]
        elif name == "rmsprop":
            rate = lr / _root(states[:, 0], settings)
            made += [("v", "mean of g²", "accent", states[:, 0]), ("rate", "rate", "text", rate)]
        elif name == "adadelta":
            v, s = states[:, 0], states[:, 1]
            before = np.concatenate([np.zeros((1, 2)), s[:-1]])
            rate = np.sqrt(before + settings.eps) / np.sqrt(v + settings.eps)
            made += [
                ("v", "mean of g²", "accent", v), ("s", "mean of step²", "accent", before),
                ("rate", "ratio of roots", "text", lr * rate),
            ]  # fmt: skip
        made.append(("step", "step", "output", step))
    return tuple(Row(name=key, words=words, role=role, values=locked(v)) for key, words, role, v in made)


def _moments(settings: Settings, lr: Arrays, states: Arrays) -> list[tuple[str, str, Role, Arrays]]:
    """m and v, as they are and corrected, and the rate that each axis gets of them."""
    count = range(1, len(states) + 1)
    of_m, of_v = (
        np.array([share(beta, t, settings.correction) for t in count])[:, None]
        for beta in (settings.beta1, settings.beta2)
    )
    m, v, highest = states[:, 0], states[:, 1], states[:, 2]
    v_hat = highest if settings.correction == "m only" else highest / of_v
    rows: list[tuple[str, str, Role, Arrays]] = [("m", "m", "accent", m), ("v", "v", "accent", v)]
    if settings.amsgrad:
        rows.append(("highest", "highest v", "accent", highest))
    return [
        *rows,
        ("m_hat", "m_hat", "accent", m / of_m),
        ("v_hat", "v_hat", "accent", v_hat),
        ("rate", "rate", "text", lr / _root(v_hat, settings)),
    ]  # fmt: skip


def _root(square: Arrays, settings: Settings) -> Arrays:
    if settings.eps_inside:
        return np.asarray(np.sqrt(square + settings.eps))
    return np.asarray(np.sqrt(square) + settings.eps)

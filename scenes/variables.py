"""Variables of a recorded run, which may be another's: each is taken for what it should be, or not at all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


def number(seen: Mapping[str, Any], name: str) -> float | None:
    """A variable that is one finite number; None where it is missing or something else."""
    value = seen.get(name)
    if isinstance(value, Tensor):
        value = value.item() if value.numel() == 1 and not value.is_complex() else None
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def whole(seen: Mapping[str, Any], name: str) -> int | None:
    """A variable that is a whole number; None where it is missing or something else."""
    value = number(seen, name)
    return int(value) if value is not None and value == int(value) else None


def numbers(seen: Mapping[str, Any], name: str, shape: tuple[int, ...]) -> NDArray[np.float64] | None:
    """A variable that holds numbers in this shape; None where it is missing or something else."""
    value = seen.get(name)
    if not isinstance(value, Tensor | np.ndarray) or tuple(value.shape) != shape:
        return None
    array = value.detach().cpu().numpy() if isinstance(value, Tensor) else value
    return array.astype(np.float64) if array.dtype.kind in "biuf" else None

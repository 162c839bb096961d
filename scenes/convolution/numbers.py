"""Numbers as they stand in cells and sentences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def number_words(value: float) -> str:
    """A number in few letters: at most two decimals, a true minus sign."""
    if value != value:
        return "NaN"
    if abs(value) in (0, float("inf")) or abs(value) >= 100_000:
        text = f"{abs(value):.3g}".replace("inf", "∞").replace("e+", "e").replace("e0", "e")
    else:
        text = f"{abs(value):.2f}".rstrip("0").rstrip(".")
    return f"\N{MINUS SIGN}{text}" if value < 0 and text != "0" else text


def grid_words(values: NDArray[np.float64]) -> tuple[tuple[str, ...], ...]:
    """The numbers of a grid, row by row."""
    return tuple(tuple(map(number_words, row)) for row in values.tolist())

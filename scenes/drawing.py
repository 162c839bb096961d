"""What small random cases are drawn from: building blocks for a scene's `cases`."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from scenes.scene import locked


def grids(values: SearchStrategy[Any], most: int, *, axes: int = 2) -> SearchStrategy[NDArray[np.float64]]:
    """Grids of 1 to `most` cells along every axis, read-only."""
    return st.tuples(*[st.integers(1, most)] * axes).flatmap(lambda shape: arrays(values, shape))


def arrays(values: SearchStrategy[Any], shape: tuple[int, ...]) -> SearchStrategy[NDArray[np.float64]]:
    """Grids of a shape, read-only."""
    count = int(np.prod(shape))
    cells = st.lists(values, min_size=count, max_size=count)
    return cells.map(lambda drawn: locked(np.array(drawn, np.float64).reshape(shape)))

"""Small random pictures, on which one pixel of a learner's filter is compared with the engine's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from scenes.images.filters_model import Inputs, Params
from scenes.scene import locked

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MOST = 4  # pixels along a side
LEVELS = (0, 1, 2, 4, 9)
WEIGHTS = (0, 1, -1, 2)


def cases(params: Params) -> SearchStrategy[tuple[Params, Inputs]]:
    """Pictures of one channel without noise, and any pixel of them; the filter stays."""
    from hypothesis import strategies as st

    from scenes.drawing import arrays, grids

    def inputs(size: int) -> SearchStrategy[Inputs]:
        kernel = arrays(st.sampled_from(WEIGHTS), (size, size) if params.filter == "custom" else (1, 1))
        return st.builds(
            lambda grid, kernel, row, column: Inputs(
                pixels=locked(grid[..., None].astype(np.uint8)), kernel=locked(kernel.astype(np.float32)),
                pin=(row, column),
            ),
            grids(st.sampled_from(LEVELS), MOST), kernel, st.integers(0, MOST - 1), st.integers(0, MOST - 1),
        )  # fmt: skip

    def of_size(size: int) -> SearchStrategy[tuple[Params, Inputs]]:
        border = st.sampled_from(("reflect", "symmetric", "edge", "constant"))
        sigma = st.sampled_from((1.0, 0.5, 2.0))
        settings = st.builds(
            lambda b, s: replace(params, border=b, sigma=s, size=size, noise="none"), border, sigma
        )
        return st.tuples(settings, inputs(size))

    return st.sampled_from((3, 1, 5)).flatmap(of_size)

"""Small random grids, on which pooling written by a learner is compared with the engine's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scenes.convolution.pooling_model import Inputs, Params, axis_of

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MOST = 4  # cells along a side
VALUES = (0, 1, 2, -1, -2, 3)  # few, so that cells tie; below 0, where a maximum must not begin at 0
GRADIENTS = (1, 2, 0, -1)


def cases(params: Params) -> SearchStrategy[tuple[Params, Inputs]]:
    """Grids of up to MOST cells a side, and windows that fit them; the mode and the half that is shown stay."""
    from hypothesis import strategies as st

    from scenes.drawing import grids

    settings: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({
        "size": st.sampled_from((2, 1, 3)), "stride": st.sampled_from((1, 2, 3)), "padding": st.integers(0, 1),
        "dilation": st.integers(1, 2), "ceil_mode": st.booleans(), "count_include_pad": st.booleans(),
    })  # fmt: skip
    one = settings.map(lambda made: replace(params, **made))
    given = GRADIENTS if params.show == "backward" else (1,)
    gradient = grids(st.sampled_from(given), MOST if params.show == "backward" else 1)
    inputs = st.builds(lambda grid, back: Inputs(grid=grid, grad_output=back), grids(st.sampled_from(VALUES), MOST),
                       gradient)  # fmt: skip
    return st.tuples(one, inputs).filter(_fits)


def _fits(drawn: tuple[Params, Any]) -> bool:
    """Whether there is a window at all."""
    try:
        return all(axis_of(drawn[0], length).reads for length in drawn[1].grid.shape)
    except ValueError:
        return False

"""Small random inputs and kernels, on which a convolution written by a learner is compared with the engine's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scenes.convolution.convolution_model import Inputs, Params, axis_of

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MOST = 4  # cells along a side
VALUES = (0, 1, 2, -1, 3)


def cases(params: Params) -> SearchStrategy[tuple[Params, Inputs]]:
    """Up to two channels in and out, and kernels that fit."""
    from hypothesis import strategies as st

    from scenes.drawing import arrays

    sides = st.fixed_dictionaries({
        "size": st.integers(1, MOST), "kernel": st.sampled_from((2, 1, 3)), "in_channels": st.integers(1, 2),
        "out_channels": st.integers(1, 2),
    })  # fmt: skip
    how: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({
        "stride": st.integers(1, 3), "padding": st.integers(0, 2), "dilation": st.integers(1, 2),
        "padding_mode": st.sampled_from(("zeros", "replicate", "reflect", "circular")),
    })  # fmt: skip
    value = st.sampled_from(VALUES)

    def of(made: dict[str, Any]) -> SearchStrategy[tuple[Params, Inputs]]:
        size, kernel, inward, outward = made.values()
        settings = how.map(lambda more: replace(params, **made, **more))
        inputs = st.builds(
            lambda input, weight, bias: Inputs(input=input, weight=weight, bias=bias),
            arrays(value, (inward, size, size)), arrays(value, (outward, inward, kernel, kernel)),
            arrays(value, (outward,)),
        )  # fmt: skip
        return st.tuples(settings, inputs)

    return sides.flatmap(of).filter(_fits)


def _fits(drawn: tuple[Params, Inputs]) -> bool:
    params, _ = drawn
    try:
        axis_of(params, params.size)
    except ValueError:
        return False
    return True

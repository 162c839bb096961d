"""Short descents on small surfaces, on which one written by a learner is compared with the engine's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scenes.optimization.descent_model import Inputs, Params

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

STARTS = ((1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (-2.0, 0.5), (0.0, 0.0))
FORMULAS = ("x^2 + y^2", "x^2 - y^2", "x^2 + y^4/4 - y^2/2", "x^4 + y", "3*x*y")


def cases(params: Params) -> SearchStrategy[tuple[Params, Inputs]]:
    """A few steps; the schedule stays, its numbers are small enough to matter in them. Now and then the gradients
    are noisy, and now and then the rate is so large that the path leaves what numbers can say.
    """
    from hypothesis import strategies as st

    made: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {
            "formula": st.sampled_from(FORMULAS), "start": st.sampled_from(STARTS),
            "lr": st.sampled_from((0.5, 0.25, 0.1, 3.0)), "steps": st.integers(1, 8),
            "every": st.integers(1, 3), "factor": st.sampled_from((0.5, 0.1)), "rise": st.integers(1, 4),
            "floor": st.sampled_from((0.0, 0.25)), "patience": st.integers(0, 2),
            "jitter": st.sampled_from((0.0, 0.5)), "seed": st.integers(0, 2),
        }
    )  # fmt: skip
    return made.map(lambda drawn: (replace(params, surface="formula", **drawn), Inputs()))

"""Short ways on small surfaces, on which an optimizer written by a learner is compared with the engine's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scenes.optimization.optimizers_model import Inputs, Params

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

STARTS = ((1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (-2.0, 0.5), (0.0, 0.0))
FORMULAS = ("x^2 + y^2", "x^2 + 10*y^2", "x + y", "x^2 - y^2", "(x^2 + y^2)/1000")


def cases(params: Params) -> SearchStrategy[tuple[Params, Inputs]]:
    """A few steps of the optimizer on a small surface, or on the counter-example if that is what is stepped; the
    switches of its correction and of eps stay, all numbers vary.
    """
    from hypothesis import strategies as st

    share = st.sampled_from((0.5, 0.9, 0.0))
    online = params.surface == "counterexample"
    made: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {
            "formula": st.sampled_from(FORMULAS),
            "start": st.sampled_from(((0.0, 0.0), (1.0, 0.0), (-0.5, 0.0)) if online else STARTS),
            "steps": st.integers(1, 7), "lr": st.sampled_from((0.5, 0.125, 0.01)), "momentum": share,
            "dampening": st.sampled_from((0.0, 0.5)), "beta1": share, "beta2": share, "rho": share,
            "eps": st.sampled_from((1e-8, 1e-3)), "weight_decay": st.sampled_from((0.0, 0.1)),
            "rare": st.integers(1, 3), "lr_drop": st.sampled_from((1.0, 0.25)), "amsgrad": st.booleans(),
        }
    )  # fmt: skip
    here = params if online else replace(params, surface="formula")
    return made.map(lambda drawn: (replace(here, **drawn), Inputs()))

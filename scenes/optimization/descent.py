"""Gradient descent on a landscape: step sizes, curvature, saddles, convexity, schedules."""

from __future__ import annotations

from typing import Any

from scenes.optimization import descent_presets as presets
from scenes.optimization.descent_ask import ask
from scenes.optimization.descent_cases import cases
from scenes.optimization.descent_edit import edit
from scenes.optimization.descent_faults import FAULTS
from scenes.optimization.descent_model import Inputs, Params, arrays, compute, listing
from scenes.optimization.descent_steps import outcomes, why
from scenes.optimization.descent_view import picture
from scenes.scene import Key, Preset, Scene


def _built(params: Params, inputs: Inputs) -> Any:
    """A preset's Params and Inputs from its plain description."""
    return lambda: (params, inputs)


SCENE = Scene(
    key="descent",
    params=Params,
    presets={
        key: Preset(title=title, build=_built(params, inputs), point=point)
        for key, title, point, params, inputs in presets.ALL
    },
    compute=compute,
    picture=picture,
    edit=edit,
    arrays=arrays,
    listing=listing,
    why=why,
    ask=ask,
    outcomes=outcomes,
    faults=FAULTS,
    cases=cases,
    looked_at=frozenset({"azimuth", "elevation", "chord"}),
    keys=(Key(key="V", does="look from above or from aside"),),
    colours={
        "point": "weight", "path": "weight", "start": "weight", "gradient": "gradient", "jitter": "gradient",
        "lr": "input", "loss": "output", "after": "output", "steps": "text", "share": "text",
    },
    sources=(
        "Cauchy 1847", "Boyd & Vandenberghe 2004", "Dauphin et al. 2014", "Lee et al. 2016", "Goodfellow et al. 2016",
        "Loshchilov & Hutter 2017",
    ),
)  # fmt: skip

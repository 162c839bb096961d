"""Eight optimizers from one start: SGD, momentum, Nesterov, AdaGrad, RMSProp, Adadelta, Adam and AdamW."""

from __future__ import annotations

from functools import partial
from typing import Any

from scenes.optimization.optimizers_ask import ask
from scenes.optimization.optimizers_cases import cases
from scenes.optimization.optimizers_edit import edit
from scenes.optimization.optimizers_faults import FAULTS
from scenes.optimization.optimizers_model import Params, arrays, compute, listing
from scenes.optimization.optimizers_presets import BUILT
from scenes.optimization.optimizers_view import picture
from scenes.optimization.optimizers_why import outcomes, why
from scenes.scene import Key, Preset, Scene


def _built(key: str) -> Any:
    """A preset's Params and Inputs."""
    return BUILT[key][2:]


SCENE = Scene(
    key="optimizers",
    params=Params,
    presets={
        key: Preset(title=title, build=partial(_built, key), point=point)
        for key, (title, point, *_) in BUILT.items()
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
    looked_at=frozenset({"at"}),
    keys=(
        Key(key="N", does="Look at the next optimizer"),
        Key(key="X", does="Let the optimizer of the row into the race, or out of it"),
    ),
    colours={
        "w": "weight", "x": "weight", "start": "input", "g": "gradient", "velocity": "accent", "total": "accent",
        "m": "accent", "v": "accent", "s": "accent", "highest": "accent", "m_hat": "accent", "v_hat": "accent",
        "step": "output",
    },
    sources=(
        "Polyak 1964", "Nesterov 1983", "Duchi et al. 2011", "Tieleman & Hinton 2012", "Zeiler 2012",
        "Kingma & Ba 2015", "Reddi et al. 2018", "Loshchilov & Hutter 2019",
    ),
)  # fmt: skip

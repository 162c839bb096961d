"""Small random networks, on which a walk written by a learner is compared with the engine's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from engine.convnet.network import BadNetwork, Layer, measures
from scenes.convolution.receptive_model import Inputs, Params
from scenes.scene import locked

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MOST = 5  # layers
PIXELS = locked(np.zeros((1, 1, 3), np.uint8))
LAYERS = (
    Layer(kernel=1), Layer(kernel=3), Layer(kernel=3, padding=1), Layer(kind="pool", kernel=2, stride=2),
    Layer(kernel=3, stride=2, padding=1), Layer(kernel=3, padding=2, dilation=2), Layer(kernel=2),
    Layer(kernel=5, stride=3),
)  # fmt: skip


def cases(params: Params) -> SearchStrategy[tuple[Params, Inputs]]:
    """Chains of up to MOST layers, now and then with joins of a layer and the one before it."""
    from hypothesis import strategies as st

    kind = st.sampled_from((*LAYERS, None))
    size = st.sampled_from((8, 1, 5, 16, 9)).map(
        lambda size: replace(params, size=size, width=1, own_widths=False)
    )
    return st.tuples(size, st.lists(kind, min_size=1, max_size=MOST).map(_network)).filter(_is_network)


def _network(kinds: list[Layer | None]) -> Inputs:
    """The layers in order; None joins the two before."""
    layers = tuple(
        layer or Layer(kind="add", kernel=1, reads=(number - 1, number - 2))
        for number, layer in enumerate(kinds)
    )
    return Inputs(layers=layers, chosen=0, pixels=PIXELS)


def _is_network(drawn: tuple[Params, Inputs]) -> bool:
    params, inputs = drawn
    try:
        measures(inputs.layers, params.size, 1)
    except BadNetwork:
        return False
    return all(number >= -1 for layer in inputs.layers for number in layer.reads)

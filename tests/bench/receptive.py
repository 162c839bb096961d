"""Receptive fields: how long the effective field takes, layer by layer and as a whole, and the fields themselves."""

from __future__ import annotations

import time

import numpy as np

from engine.convnet.network import measures
from engine.device import Engine
from scenes import contents
from scenes.convolution.receptive_model import _measured, layers_of
from scenes.running import partial_results
from tests.bench.table import in_turns, show, spread

KEY = "receptive-field"


def main() -> None:
    """Print the table."""
    scene, rows = contents.load(KEY), []
    for name in scene.presets:
        state = scene.opening(name)
        layers = layers_of(state.params, state.inputs.layers)
        plain = in_turns({"": lambda n=layers, s=state: measures(n, s.params.size)})[""]
        wholes, waits = [], []
        for seed in range(3):
            _measured.clear()
            began = last = time.perf_counter()
            for _ in partial_results(scene, state.with_params(seed=seed), Engine()):
                now = time.perf_counter()
                waits.append(now - last)
                last = now
            wholes.append(last - began)
        goal = "3.00" if name == "vgg16" else ""
        rows.append(
            [name, str(len(layers)), spread(plain)[0], f"{np.median(wholes):.2f}", f"{max(waits):.2f}", goal]
        )
    show(
        "Receptive fields: theoretical ms; effective s, the longest wait until it can be stopped, and the goal",
        ("network", "layers", "theoretical", "effective", "longest wait", "goal"), rows,
    )  # fmt: skip

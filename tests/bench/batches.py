"""The batches scene at its default size: from any slider or drag to painted pixels, and its parts alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.bench.table import show, spread

CHANGES = 60


def main() -> None:
    """Print the tables; the window lives in a process of its own, on a screen of its own."""
    parts()
    command, platform = [sys.executable, "-m", "tests.bench.batches"], "offscreen"
    if shutil.which("xvfb-run"):
        command, platform = ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", *command], "xcb"
    subprocess.run(command, env={**os.environ, "QT_QPA_PLATFORM": platform}, check=True)


def parts() -> None:
    """Computing and picturing each preset, with nothing to show it."""
    from engine.device import Engine
    from scenes.contents import load

    scene, engine = load("batches"), Engine()
    rows = []
    for name in scene.presets:
        times: dict[str, list[float]] = {"compute": [], "picture": []}
        state = scene.opening(name)
        for turn in range(20):
            now = state.with_params(lr=state.params.lr * (1 + 0.001 * turn))
            began = time.perf_counter()
            result = scene.compute(now.params, now.inputs, engine)
            between = time.perf_counter()
            scene.picture(now, result, None, None)
            times["compute"].append((between - began) * 1e3)
            times["picture"].append((time.perf_counter() - between) * 1e3)
        rows.append([name, *spread(times["compute"]), *spread(times["picture"])])
    heads = ("preset", "compute", "p95", "picture", "p95")
    show("Batches, each preset: ms", heads, rows)


def painted() -> None:
    """Print how soon changes are painted."""
    from tests.bench.window import FRAME, Living

    living = Living("batches")
    rows = [
        [name, *spread([living.painted(change) for change in changes]), FRAME]
        for name, changes in _changes(living)
    ]
    show("Batches, 48 samples, change to painted pixels: ms", ("", "median", "p95", "goal p95"), rows)
    living.window.close()
    living.program.close()


def _changes(living: Any) -> Iterator[tuple[str, list[Callable[[], object]]]]:
    """What a person drags, one kind after the other."""
    from scenes.scene import Drag, Target

    flow, changed = living.flow, living.window.side.controls.changed
    opening = flow.state
    values = {
        "batch_size": [1 + i % 48 for i in range(CHANGES)],
        "lr": [round(0.02 + 0.002 * i, 4) for i in range(CHANGES)],
        "steps": [30 + i for i in range(CHANGES)],
        "seed": list(range(1, CHANGES + 1)),
        "compare": ["samples", "updates"] * (CHANGES // 2),
    }
    for name, some in values.items():
        flow.change(opening)
        living.rest()
        yield name, [lambda n=name, v=value: changed.emit(n, v, False) for value in some]
    for name, handle, panel in (("a point", "point", "cloud"), ("the start", "start", "run mini")):
        flow.change(opening)
        living.rest()
        yield (
            f"drag {name}",
            [
                lambda h=handle, p=panel, i=index: flow.edit(
                    Drag(target=Target(panel=p, x=0, y=0, handle=h, index=0), dx=0.01, dy=0.02 * (-1) ** i)
                )
                for index in range(CHANGES)
            ],
        )
    flow.change(opening)
    living.wait(lambda: flow.trace is not None)
    steps = np.random.default_rng(0).integers(1, len(flow.trace), CHANGES).tolist()
    yield "any step", [lambda s=step: flow.go(s) for step in steps]


if __name__ == "__main__":
    painted()

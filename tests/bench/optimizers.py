"""The race of optimizers: its parts and the map of basins in this process, sliders and drags in a real window."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from engine.device import Engine, devices
from tests.bench.table import in_turns, show, spread

CHANGES = 60
STEPS = 300
RACES = ("ravine", "rosenbrock", "himmelblau", "rastrigin")
MAPPED = (("himmelblau", "adam"), ("rosenbrock", "adadelta"), ("beale", "adamw"), ("rastrigin", "sgd"))
GOALS = {"cpu": "1500", "cuda": "100", "mps": ""}  # ms, of a map of 200 x 200 starts and 200 steps


def main() -> None:
    """The parts here, the window in a process and on a screen of its own."""
    parts()
    for device in devices():
        maps(device)
    command, platform = [sys.executable, "-m", "tests.bench.optimizers"], "offscreen"
    if shutil.which("xvfb-run"):
        command, platform = ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", *command], "xcb"
    subprocess.run(command, env={**os.environ, "QT_QPA_PLATFORM": platform}, check=True)


def parts() -> None:
    """Print what the race of all eight takes, and its picture."""
    from scenes import contents
    from scenes.running import result_of

    scene = contents.load("optimizers")
    rows = []
    for surface in RACES:
        state = scene.opening("race").with_params(surface=surface, start=(), steps=STEPS)
        result = result_of(scene, state, Engine())
        jobs: dict[str, Callable[[], object]] = {
            "compute": lambda s=state: result_of(scene, s, Engine()),
            "picture": lambda s=state, r=result: scene.picture(s, r, None, None),
        }
        for job, times in in_turns(jobs).items():
            rows.append([f"{surface}: {job}", *spread(times), "5" if job == "picture" else ""])
    show(f"Eight optimizers, {STEPS} steps: ms", ("", "median", "p95", "goal"), rows)


def maps(device: str, rounds: int = 5) -> None:
    """Print what a whole map takes with all its coarser ones, and the longest that one must wait to stop it."""
    from scenes import contents
    from scenes.running import partial_results

    scene, engine, rows = contents.load("optimizers"), Engine.on(device), []
    for surface, name in MAPPED:
        state = scene.opening("basins").with_params(surface=surface, optimizer=name, steps=200)
        whole, waits, first = [], [], []
        for _ in range(rounds + 1):
            marks = [time.perf_counter()]
            for _part in partial_results(scene, state, engine):
                marks.append(time.perf_counter())
            whole.append((marks[-1] - marks[0]) * 1e3)
            first.append((marks[1] - marks[0]) * 1e3)
            waits.append(float(np.diff(marks).max()) * 1e3)
        numbers = (np.median(whole[1:]), max(whole[1:]), np.median(first[1:]), max(waits[1:]))
        rows.append([f"{surface}, {name}", *(f"{number:.0f}" for number in numbers), GOALS[device]])
    heads = ("", "median", f"worst of {rounds}", "first shown", "longest part", "goal")
    show(f"Map of 200 x 200 starts, 200 steps, on {device}: ms", heads, rows)


def painted() -> None:
    """Print how soon changes are painted."""
    from tests.bench.window import Living

    living = Living("optimizers")
    rows = [
        [name, *spread([living.painted(change) for change in changes]), "33"]
        for name, changes in _changes(living)
    ]
    show(
        f"All eight, {STEPS} steps, slider or drag to painted pixels: ms",
        ("", "median", "p95", "goal p95"), rows,
    )  # fmt: skip
    living.window.close()
    living.program.close()


def _changes(living: Any) -> Iterator[tuple[str, list[Callable[[], object]]]]:
    """What is moved, on which surface, and the changes as a hand makes them."""
    from scenes.scene import Drag, Target

    flow, changed = living.flow, living.window.side.controls.changed

    def slide(name: str, values: list[float]) -> list[Callable[[], object]]:
        return [lambda v=v: changed.emit(name, v, False) for v in values]

    def drag(panel: str, handle: str, places: list[tuple[float, float]]) -> list[Callable[[], object]]:
        return [
            lambda x=x, y=y: flow.edit(Drag(target=Target(panel=panel, x=x, y=y, handle=handle), dx=1, dy=1))
            for x, y in places
        ]

    for surface in RACES:
        state = flow.scene.opening("race").with_params(surface=surface, start=(), steps=STEPS)
        flow.change(state)
        living.rest()
        x1, y1, x2, y2 = flow.result.race.view
        turn = np.linspace(0, 2 * np.pi, CHANGES, endpoint=False)
        circle = np.stack(
            [(x1 + x2) / 2 + (x2 - x1) / 4 * np.cos(turn), (y1 + y2) / 2 + (y2 - y1) / 4 * np.sin(turn)]
        )
        yield f"{surface}: start", drag("map", "start", [tuple(place) for place in circle.T.tolist()])
        yield f"{surface}: beta1", slide("beta1", [round(0.3 + 0.01 * i, 3) for i in range(CHANGES)])
        yield f"{surface}: rates", slide("lr_factor", [round(0.5 + 0.01 * i, 2) for i in range(CHANGES)])
        yield f"{surface}: time", drag("chart", "time", [(5.0 * i + 1, 0.0) for i in range(CHANGES)])


if __name__ == "__main__":
    painted()

"""Descent: its parts in this process, and every slider and drag of the scene to painted pixels in a real window."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator

import torch

from engine.device import Engine
from tests.bench.table import in_turns, show, spread

CHANGES = 60
FRAME = "16.7"  # ms: one frame of a screen
PRESETS = ("zigzag", "saddle", "rosenbrock", "basins", "not-convex", "formula")


def main() -> None:
    """The parts here, the window in a process and on a screen of its own."""
    parts()
    command, platform = [sys.executable, "-m", "tests.bench.descent"], "offscreen"
    if shutil.which("xvfb-run"):
        command, platform = ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", *command], "xcb"
    subprocess.run(command, env={**os.environ, "QT_QPA_PLATFORM": platform}, check=True)


def parts() -> None:
    """Print what each part takes."""
    from scenes import contents
    from scenes.optimization.landscape import landscape_of
    from scenes.running import result_of

    scene = contents.load("descent")
    rows = []
    for name in PRESETS:
        state = scene.opening(name)
        result = result_of(scene, state, Engine())
        jobs: dict[str, Callable[[], object]] = {
            "compute": lambda s=state: result_of(scene, s, Engine()),
            "picture": lambda s=state, r=result: scene.picture(s, r, None, None),
            "landscape": lambda r=result: landscape_of.__wrapped__(r.surface),
        }
        for job, times in in_turns(jobs).items():
            goal = {"picture": "5"}.get(job, "")
            rows.append([f"{name}: {job}", *spread(times), goal])
    x, y = torch.randn(2, 40_000, dtype=torch.float64)
    surface = result_of(scene, scene.opening("rosenbrock"), Engine()).surface
    times = in_turns({"gradient": lambda: surface.gradient(x, y)})["gradient"]
    rows.append(["Rosenbrock's gradient at 40,000 points", *spread(times), ""])
    show("Descent, its parts: ms", ("", "median", "p95", "goal"), rows)


def painted() -> None:
    """Print how soon changes are painted."""
    from tests.bench.window import Living

    living = Living("descent")
    rows = [
        [name, *spread([living.painted(change) for change in changes]), FRAME]
        for name, changes in _changes(living)
    ]
    show("Slider or drag to painted pixels: ms", ("", "median", "p95", "goal p95"), rows)
    living.window.close()
    living.program.close()


def _changes(living: object) -> Iterator[tuple[str, list[Callable[[], object]]]]:
    """What is moved, in which preset, and the changes as a hand makes them."""
    from scenes.scene import Drag, Target

    flow, window = living.flow, living.window  # type: ignore[attr-defined]
    changed = window.side.controls.changed

    def slide(name: str, values: list[float]) -> list[Callable[[], object]]:
        return [lambda v=v: changed.emit(name, v, False) for v in values]

    def drag(panel: str, handle: str, index: int, dx: float, dy: float) -> list[Callable[[], object]]:
        made = []
        for turn in range(CHANGES):
            way = 1 if turn % 2 else -1
            at = Target(panel=panel, x=0.3 + 0.002 * turn, y=0.3 + 0.01 * way, handle=handle, index=index)
            made.append(lambda t=at, w=way: flow.edit(Drag(target=t, dx=dx * w, dy=dy * w)))
        return made

    def preset(name: str) -> None:
        flow.change(flow.scene.opening(name))
        living.rest()  # type: ignore[attr-defined]

    for name in PRESETS:
        preset(name)
        lr = flow.state.params.lr
        yield f"{name}: lr", slide("lr", [lr * (0.5 + i / CHANGES) for i in range(CHANGES)])
        preset(name)
        panel = "relief" if flow.state.params.view == "3d" else "map"
        yield f"{name}: start", drag(panel, "start", 0, 0.03, 0.02)
    preset("diverge")
    yield "curvature", slide("curvature_y", [1 + 0.1 * i for i in range(CHANGES)])
    yield "rotation", slide("rotation", [float(i) for i in range(CHANGES)])
    yield "steps", slide("steps", [10 + 8 * i for i in range(CHANGES)])
    yield "jitter", slide("jitter", [0.01 * i for i in range(1, CHANGES + 1)])
    preset("warmup")
    places = [Target(panel="rate", x=140 - i, y=0.001, handle="knots", index=0) for i in range(CHANGES)]
    bends = [Drag(target=at, dx=-1, dy=0) for at in places]
    yield "knots of the schedule", [lambda bend=bend: flow.edit(bend) for bend in bends]
    preset("saddle")
    yield "turning the relief", drag("relief", "", -1, 0.02, 0.01)
    preset("not-convex")
    yield "chord", drag("map", "chord", 0, 0.05, 0.05)


if __name__ == "__main__":
    painted()

"""YOLO's assignment: each rule on 10,647 priors, and how soon a slider or a drag is painted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable

import torch

from engine.detection.assignment import assign_best, assign_ratio
from engine.detection.yolo import prior_boxes
from tests.bench.table import in_turns, show, spread

CHANGES = 60
GOAL = "33"  # ms, at 416; at other sizes as near as can be
TRUTHS = [(180.0, 256.0, 390.0, 347.0), (32.0, 230.0, 88.0, 390.0), (104.0, 336.0, 175.0, 393.0)]


def main() -> None:
    """Time the engine here, and the window in a process of its own, on a screen of its own."""
    truths, priors = torch.tensor(TRUTHS), prior_boxes(416)
    times = in_turns({
        "one prior a truth, ignoring": lambda: assign_best(truths, priors, 416, 0.5),
        "all of a fitting shape": lambda: assign_ratio(truths, 416),
    })  # fmt: skip
    rows = [[name, *spread(taken)] for name, taken in times.items()]
    show("Three truths on 10,647 priors: ms", ("", "median", "p95"), rows)
    command, platform = [sys.executable, "-m", "tests.bench.yolo_assignment"], "offscreen"
    if shutil.which("xvfb-run"):
        command, platform = ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", *command], "xcb"
    subprocess.run(command, env={**os.environ, "QT_QPA_PLATFORM": platform}, check=True)


def painted() -> None:
    """Print how soon changes are painted."""
    from scenes.scene import Drag, Target
    from tests.bench.window import Living

    living = Living("yolo-assignment")
    changed, flow = living.window.side.controls.changed, living.flow

    def drags() -> list[Callable[[], object]]:
        target = Target(panel="map 0", x=280, y=300, handle="truth", index=0)
        ways = [3.0 if step % 20 < 10 else -3.0 for step in range(CHANGES)]
        return [lambda way=way: flow.edit(Drag(target=target, dx=way, dy=way)) for way in ways]

    def slides(name: str, *values: object) -> list[Callable[[], object]]:
        chosen = [values[i % len(values)] for i in range(CHANGES)]
        return [lambda value=value: changed.emit(name, value, False) for value in chosen]

    parts = [round(0.05 * i, 2) for i in range(20)]
    jobs = {
        "street": [("a truth", drags(), {}), ("threshold", slides("ignore_threshold", *parts), {}),
                   ("size, 384 to 448", slides("size", 384, 416, 448), {}),
                   ("size, 256 to 608", slides("size", 256, 416, 608), {}),
                   ("a truth at 608", drags(), {"size": 608})],
        "darknet": [("trained", slides("trained", *parts), {}), ("a truth", drags(), {})],
        "rules": [("threshold", slides("ignore_threshold", *parts), {}), ("a truth", drags(), {})],
        "ultralytics": [("ratio limit", slides("ratio_limit", 2.0, 3.0, 4.0, 6.0), {}), ("a truth", drags(), {})],
        "loss": [("trained", slides("trained", *parts), {})],
        "tug": [("seed", slides("seed", *range(60)), {}), ("a truth", drags(), {})],
        "cell": [("trained", slides("trained", *parts), {})],
    }  # fmt: skip
    rows = []
    for preset, changes in jobs.items():
        for name, doing, params in changes:
            flow.change(flow.scene.opening(preset).with_params(**params))
            living.rest()
            goal = "" if "608" in name else GOAL
            rows.append([f"{preset}: {name}", *spread([living.painted(change) for change in doing]), goal])
    title = f"Assignment at 416, slider or drag to painted pixels ({os.environ['QT_QPA_PLATFORM']}): ms"
    show(title, ("", "median", "p95", "goal p95"), rows)
    living.window.close()
    living.program.close()


if __name__ == "__main__":
    painted()

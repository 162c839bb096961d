"""Box coding: a large head decoded, k-means, and how soon a slider or a drag is painted in each face."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable

import torch

from engine.detection.priors import kmeans_runs, starting_centres
from engine.detection.yolo import decode_head
from tests.bench.table import in_turns, show, spread

CHANGES = 60
FRAME = "16.7"  # ms: one frame of a screen


def main() -> None:
    """Time the engine here, and the window in a process of its own, on a screen of its own."""
    generator = torch.Generator().manual_seed(0)
    head = torch.randn(3 * 85, 52, 52, generator=generator)
    priors = torch.tensor([[10.0, 13], [16, 30], [33, 23]])
    sizes = 60 * torch.exp(0.7 * torch.randn(2000, 2, generator=generator))
    starts = starting_centres(sizes, 9, "iou", generator)[None]
    times = in_turns({
        "decode a head of 8,112 predictions, 80 classes": lambda: decode_head(head, priors, 8),
        "9 priors for 2,000 sizes by 1 - IoU": lambda: kmeans_runs(sizes, starts),
        "the same by Euclidean distance": lambda: kmeans_runs(sizes, starts, "euclidean"),
    })  # fmt: skip
    show("Box coding: ms", ("", "median", "p95"), [[name, *spread(taken)] for name, taken in times.items()])
    command, platform = [sys.executable, "-m", "tests.bench.box_coding"], "offscreen"
    if shutil.which("xvfb-run"):
        command, platform = ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", *command], "xcb"
    subprocess.run(command, env={**os.environ, "QT_QPA_PLATFORM": platform}, check=True)


def painted() -> None:
    """Print how soon changes are painted."""
    from scenes.scene import Drag, Target
    from tests.bench.window import Living

    living = Living("box-coding")
    changed, flow = living.window.side.controls.changed, living.flow

    def drags(panel: str, handle: str, index: int) -> list[Callable[[], object]]:
        def one(step: int) -> Callable[[], object]:
            way = 2.0 if step % 20 < 10 else -2.0
            place = 2.0 + 0.1 * (step % 20)
            x, y = (80.0 + step, 60.0 + step) if handle == "start" else (place, 0.5)
            target = Target(panel=panel, x=x, y=y, handle=handle, index=index)
            return lambda: flow.edit(Drag(target=target, dx=way, dy=way))

        return [one(step) for step in range(CHANGES)]

    def slides(name: str, *values: object) -> list[Callable[[], object]]:
        chosen = [values[i % len(values)] for i in range(CHANGES)]
        return [lambda value=value: changed.emit(name, value, False) for value in chosen]

    tens = [round(0.1 * i - 1, 1) for i in range(20)]
    jobs = {
        "decode": [("tx", slides("tx", *tens)), ("the box", drags("boxes", "box", 0)),
                   ("the true box", drags("boxes", "box", 1))],
        "offsets": [("beta", slides("beta", 0.5, 1.0, 1.5)), ("the box", drags("boxes", "box", 0))],
        "log": [("tw", slides("tw", *tens))],
        "kmeans": [("k", slides("k", 2, 5, 9, 12)), ("a start", drags("sizes", "start", 0)),
                   ("seed", slides("seed", *range(60)))],
        "head": [("score_threshold", slides("score_threshold", 0.1, 0.2, 0.3, 0.5))],
        "classes": [("objectness", slides("objectness", *tens)), ("a logit", drags("logit", "logit", 1))],
    }  # fmt: skip
    rows = []
    for preset, changes in jobs.items():
        for name, doing in changes:
            flow.change(flow.scene.opening(preset))
            living.rest()
            rows.append([f"{preset}: {name}", *spread([living.painted(change) for change in doing]), FRAME])
    title = f"Box coding, slider or drag to painted pixels ({os.environ['QT_QPA_PLATFORM']}): ms"
    show(title, ("", "median", "p95", "goal p95"), rows)
    living.window.close()
    living.program.close()


if __name__ == "__main__":
    painted()

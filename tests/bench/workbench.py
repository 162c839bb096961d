"""Code of a learner's own: from Run to the first frame, Stop, and a check that shrinks what it finds."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from scenes import contents
from scenes.workbench.arguments import sent
from scenes.workbench.checking import check
from scenes.workbench.messages import Job, Limits
from scenes.workbench.process import Bench
from scenes.workbench.running import run_code
from tests.bench.table import show, spread

ROUNDS = 5
WARMING = 6.0  # seconds for the next process to load torch: a person needs longer to type
LOOPS = {
    "Stop, a loop": "def f(x):\n    while True: pass\n",
    "Stop, a loop in C": "def f(x):\n    return sum(iter(int, 1))\n",
    "Stop, a loop that catches all": (
        "def f(x):\n    while True:\n        try: x + 1\n        except: pass\n"
    ),
}
RIGHT = """
from engine.detection.boxes import box_iou
import torch

def nms(boxes, scores, labels, iou_threshold, score_threshold):
    order = scores.argsort(descending=True, stable=True)
    order = order[scores[order] > score_threshold]
    keep = []
    while len(order) > 0:
        best, rest = order[0], order[1:]
        keep.append(best)
        gone = (labels[rest] == labels[best]) & (box_iou(boxes[best], boxes[rest]) > iou_threshold)
        order = rest[~gone]
    return keep
"""
CHECKS = {
    "Check, agrees": RIGHT,
    "Check, >= for >": RIGHT.replace("> iou", ">= iou"),
    "Check, not sorted": RIGHT.replace(
        "scores.argsort(descending=True, stable=True)", "torch.arange(len(scores))"
    ),
    "Check, an endless loop": RIGHT.replace("rest[~gone]", "order"),
}


def main() -> None:
    """Print the tables."""
    bench = Bench()
    bench.warm()
    scene = contents.load("nms")
    state = scene.opening()
    rows = [["Run to the first frame", "500", *spread(_times(bench, lambda: _first_frame(bench)))]]
    rows += [
        [name, "2000", *spread(_times(bench, lambda c=code: _stopped(bench, c)))]
        for name, code in LOOPS.items()
    ]
    rows += [
        [name, "5000", *spread(_times(bench, lambda c=code: _timed(lambda: check(scene, state, c, bench))))]
        for name, code in CHECKS.items()
    ]
    bench.close()
    show("Code of one's own: ms; a check is of 300 cases of NMS, and makes what it finds smaller",
         ("", "goal", "median", "p95"), rows)  # fmt: skip


def _times(bench: Bench, once: Callable[[], float]) -> list[float]:
    times = []
    for _ in range(ROUNDS):
        bench.warm()
        time.sleep(WARMING)
        times.append(once())
    return times


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3


def _first_frame(bench: Bench) -> float:
    scene = contents.load("nms")
    state = scene.opening()

    def run() -> None:
        ran = run_code(scene, state, RIGHT, bench)
        assert ran is not None
        assert ran.trace is not None
        assert ran.trace.frames[0].text

    return _timed(run)


def _stopped(bench: Bench, code: str) -> float:
    """From the moment at which it is told to stop, a second after it began, until it is gone."""
    job = Job(code=code, function="f", arguments={"x": sent(torch.zeros(3))}, limits=Limits(seconds=60))
    at = time.monotonic() + 1
    outcome = bench.run(job, lambda: time.monotonic() > at)
    assert outcome.sentence == "Stopped."
    return (time.monotonic() - at) * 1e3


if __name__ == "__main__":
    main()

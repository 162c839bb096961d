"""Searching a long run: where a condition holds, a watch over all of it, and why something is as it is."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from engine.device import Engine
from engine.expressions import parse
from engine.provenance import Cell, answer, operands_at, question_at
from engine.search import course, hits
from engine.trace import Trace
from scenes import contents
from scenes.running import result_of, trace_of
from scenes.scene import Scene, State, Target, locked
from tests.bench.nms import THRESHOLD, boxes_of
from tests.bench.table import in_turns, show, spread

CONDITIONS = (
    "overlap.max() > 0.5", "best == 7", "isnan(scores)", "len(rest) < 100", "boxes[best][0] > 100",
    "gone.sum() > 2 and best % 2 == 0", "(boxes[:, 2:] - boxes[:, :2]).max() > 1 and overlap.mean() > 0.01",
)  # fmt: skip
ASKED = 60


def main() -> None:
    """Print both tables."""
    scene, state = _long_run()
    trace = trace_of(scene, state)
    assert trace is not None
    rows = []
    for text in CONDITIONS:
        condition = parse(text)
        times = in_turns(
            {"hits": lambda c=condition: hits(trace, c), "watch": lambda c=condition: course(trace, c)},
            rounds=9,
        )
        found = f"{len(hits(trace, condition)):,}"
        rows.append([text, found, *spread(times["hits"]), "200", *spread(times["watch"])])
    show(
        f"A condition over {len(trace):,} frames: ms",
        ("", "hits", "all hits", "p95", "goal", "watched", "p95"), rows,
    )  # fmt: skip
    rows = [
        [name, *spread(times), f"{max(times):.2f}", "100"]
        for name, times in (
            ("a cell of a variable", _cells(trace)),
            ("a removed box", _boxes(scene, state, trace)),
        )
    ]
    show(f"Why, over {len(trace):,} frames: ms", ("", "median", "p95", "worst", "goal"), rows)


def _long_run() -> tuple[Scene, State]:
    scene = contents.load("nms")
    boxes, scores, labels = (locked(tensor.numpy()) for tensor in boxes_of(5000))
    reach = float(boxes.max())
    state = scene.opening().with_inputs(
        boxes=boxes, scores=scores, labels=labels, pixels=None, extent=(reach, reach)
    )
    return scene, state.with_params(iou_threshold=THRESHOLD)


def _cells(trace: Trace) -> list[float]:
    """Every variable, or its first element, at steps here and there: from the question to the operands."""
    times = []
    for step in np.random.default_rng(0).integers(1, len(trace), ASKED).tolist():
        for name, value in trace.frames[step - 1].variables.items():
            has_elements = bool(getattr(value, "shape", ())) and value.numel() > 0
            cell = Cell(name, (0,) * value.ndim if has_elements else ())
            times += in_turns({"why": partial(_ask, trace, step, cell)}, rounds=1, warm=0)["why"]
    return times


def _ask(trace: Trace, step: int, cell: Cell) -> Any:
    question = question_at(trace, step, cell)
    return answer(trace, question) if question else None


def _boxes(scene: Scene, state: State, trace: Trace) -> list[float]:
    """By the scene's own answer, with the operands of its line."""
    result = result_of(scene, state, Engine())
    kept = set(result.keep.tolist())
    gone = [box for box in range(len(result.scores)) if box not in kept]
    times = []
    for box in np.random.default_rng(1).choice(gone, ASKED).tolist():
        target = Target(panel="boxes", x=0, y=0, handle="box", index=box)

        def why(target: Target = target) -> None:
            found = scene.why(result, trace, target)
            operands_at(trace, found.step) if found else None

        times += in_turns({"why": why}, rounds=1, warm=0)["why"]
    return times

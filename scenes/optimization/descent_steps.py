"""Why a point of the path is where it is: the step that led there."""

from __future__ import annotations

from engine.trace import Trace
from scenes.optimization import descent_words as words
from scenes.optimization.descent_model import Result
from scenes.scene import Target, Why


def why(result: Result, trace: Trace, target: Target) -> Why | None:
    """The step that made a point of the path, with its numbers."""
    if target.handle != "path" or not 0 < target.index < len(result.path):
        return None
    step = next(
        (f.index + 1 for f in trace.frames if len(f.outermost.variables.get("path", ())) > target.index), None
    )
    return None if step is None else Why(step=step, sentence=words.of_point(result, target.index - 1))

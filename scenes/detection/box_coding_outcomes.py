"""What became of each centre of k-means: two runs are compared by it."""

from __future__ import annotations

from torch import Tensor

from engine.trace import Trace
from scenes.scene import Outcome


def outcomes(trace: Trace) -> dict[str, Outcome]:
    """Where each centre ends, to a pixel; of the other parts of box coding the variables say all."""
    first = trace.frames[0].variables if trace.frames else {}
    if not {"sizes", "centres"} <= set(first) or not isinstance(trace.result, Tensor):
        return {}
    steps, stood = [0] * len(trace.result), first["centres"]
    for frame in trace.frames:
        centres = frame.variables.get("centres")
        if frame.callers or centres is None or centres is stood or centres.shape != trace.result.shape:
            continue
        for k in (centres != stood).any(1).nonzero().flatten().tolist():
            steps[k] = frame.index + 1
        stood = centres
    found = {}
    for k, (width, height) in enumerate(trace.result.round().long().tolist()):
        words = f"ends at {width} × {height}"
        found[f"centre {k + 1}"] = Outcome(step=steps[k], words=words, value=(width, height))
    return found

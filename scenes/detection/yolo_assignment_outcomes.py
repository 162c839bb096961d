"""What became of each truth in a run: two runs are compared by it."""

from __future__ import annotations

from torch import Tensor

from engine.detection.assignment import IGNORED, POSITIVE, place_of
from engine.trace import Trace
from scenes.detection.yolo_assignment_words import prior_name
from scenes.scene import Outcome


def outcomes(trace: Trace) -> dict[str, Outcome]:
    """Who answers for each truth in the end, and how many priors are spared; of the loss nothing."""
    if not isinstance(trace.result, tuple) or len(trace.result) != 2:
        return {}
    status, matched = trace.result
    truths = next((f.variables["truths"] for f in trace.frames if "truths" in f.variables), None)
    if truths is None:
        return {}
    size = next(int(f.variables["size"]) for f in trace.frames if "size" in f.variables)
    steps = _last_changes(trace, len(truths))
    found = {}
    for truth in range(len(truths)):
        owners = ((matched == truth) & (status == POSITIVE)).nonzero().flatten().tolist()
        found[f"truth {truth}"] = Outcome(
            step=steps[truth], words=_answered(owners, size), value=tuple(owners)
        )
    ignored = int((status == IGNORED).sum())
    words = f"are {ignored:,} prior{'s' * (ignored != 1)}"
    found["the ignored"] = Outcome(step=len(trace), words=words, value=ignored)
    return found


def _last_changes(trace: Trace, count: int) -> list[int]:
    """By truth the last step at which other priors answered for it than before; 0 where none ever did."""
    steps, owned = [0] * count, [0] * count
    for frame in trace.frames:
        matched = frame.variables.get("matched")
        if frame.callers or not isinstance(matched, Tensor) or "matched" not in frame.changed:
            continue
        for truth in range(count):
            now = int((matched == truth).sum())
            if now != owned[truth]:
                steps[truth], owned[truth] = frame.index + 1, now
    return steps


def _answered(owners: list[int], size: int) -> str:
    if not owners:
        return "has no prior that answers for it"
    if len(owners) == 1:
        return f"is answered for by prior {prior_name(owners[0], size)}"
    strides = sorted({place_of(index, size)[0] for index in owners})
    return f"is answered for by {len(owners)} priors, on stride {' and '.join(map(str, strides))}"

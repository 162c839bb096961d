"""What a run of suppression did to each box, read off its variables by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from engine.trace import Frame, Trace
from scenes.scene import Outcome


def indices(found: Any) -> list[int]:
    """Boxes by their numbers: of a tensor or of a list."""
    return torch.as_tensor(found).tolist() if len(found) else []


def best_of(seen: Mapping[str, Any]) -> int:
    """The box that the others are measured against; -1 where there is none yet."""
    return int(seen["best"]) if "best" in seen else -1


def _dropped(frame: Frame) -> list[int]:
    """The boxes that are in the race before this line, and after it no longer."""
    if "order" not in frame.changed or "order" not in frame.before:
        return []
    stay = set(indices(frame.variables["order"]))
    return [index for index in indices(frame.before["order"]) if index not in stay]


def left_out(frame: Frame) -> list[int]:
    """The boxes that score too low to compete at all, where the race begins at this line."""
    seen = frame.variables
    if "waiting" in frame.changed and "waiting" not in frame.before:
        low = (
            seen["scores"] < seen["score_threshold"] if {"scores", "score_threshold"} <= seen.keys() else None
        )
        return [] if low is None else torch.nonzero(low).flatten().tolist()
    return [] if "best" in seen else _dropped(frame)


def leaving(frame: Frame) -> list[int]:
    """The boxes that the best one removes at this line."""
    best = best_of(frame.variables)
    return [index for index in _dropped(frame) if index != best] if best >= 0 else []


def fading(frame: Frame) -> list[int]:
    """The boxes whose scores fall at this line below what is needed to be kept."""
    seen, before = frame.variables, frame.before
    if "scores" not in frame.changed or "scores" not in before or "score_threshold" not in seen:
        return []
    least = seen["score_threshold"]
    return torch.nonzero((before["scores"] >= least) & (seen["scores"] < least)).flatten().tolist()


def joining(frame: Frame) -> list[int]:
    """The boxes that are kept at this line."""
    if "keep" not in frame.changed:
        return []
    return [int(index) for index in frame.variables["keep"][len(frame.before.get("keep", ())) :]]


def outcomes(trace: Trace) -> dict[str, Outcome]:
    """Of each box: kept and at what score, removed by which, faded under which, or never in the race."""
    found: dict[str, Outcome] = {}
    for frame in trace.frames:
        if frame.callers or not frame.changed:
            continue
        seen, step = frame.variables, frame.index + 1
        by = best_of(seen)
        for index in left_out(frame):
            found[f"box {index}"] = Outcome(step=step, words="never competes", value=("left out",))
        for index in leaving(frame):
            words = f"is removed by box {by}"
            found[f"box {index}"] = Outcome(step=step, words=words, value=("removed", by))
        for index in fading(frame):
            words = f"fades to {float(seen['scores'][index]):.2f} under box {by}"
            found[f"box {index}"] = Outcome(step=step, words=words, value=("removed", by))
        for index in joining(frame):
            at = f"{float(seen['scores'][index]):.2f}" if "scores" in seen else "an unknown score"
            found[f"box {index}"] = Outcome(step=step, words=f"is kept at {at}", value=("kept", at))
    return found

"""A scene that asks in each of the three ways, for the tests of predicting: suppression of five boxes in a row."""

from __future__ import annotations

from dataclasses import replace

from engine.trace import Frame, Trace
from scenes import contents
from scenes.asking import Choice, Question
from scenes.scene import Scene, State


def ask(state: State, trace: Trace, following: Frame) -> Question | None:
    """Which box is kept next, how far the others overlap it, and where its corner is."""
    text, seen = following.text, following.variables
    boxes = state.inputs.boxes
    if text.startswith("best, rest"):
        best = int(seen["best"])
        others = [i for i in range(len(boxes)) if i != best][:3]
        return Question(
            text="Which box is kept next?", kind="part", panel="boxes", handle="box", right=(best,),
            choices=tuple(Choice(label=f"box {i}", answer=i) for i in sorted((best, *others))),
            reveal=f"Box {best} has the highest score left, {seen['scores'][best]:.2f}.",
        )  # fmt: skip
    if text.startswith("overlap ="):
        most = round(float(seen["overlap"].max()), 2) if len(seen["overlap"]) else 0.0
        return Question(
            text="By how much does the worst of the others overlap it?", kind="number", right=(most,), scale=0.2,
            choices=(Choice(label="0.1", answer=most - 0.3), Choice(label=f"{most:.2f}", answer=most)),
            reveal=f"The largest overlap is {most:.2f}.",
        )  # fmt: skip
    if text.startswith("order = rest"):
        x, y = (float(v) for v in boxes[int(seen["best"])][:2])
        return Question(
            text="Where is the corner of the box that was kept?", kind="point", panel="boxes", right=((x, y),),
            scale=20.0, reveal=f"It is at ({x:.0f}, {y:.0f}).",
            choices=(Choice(label="there", answer=(x, y)), Choice(label="here", answer=(x + 60, y + 60))),
        )  # fmt: skip
    return None


def scene() -> Scene:
    """Suppression that asks so."""
    return replace(contents.load("nms"), ask=ask)

"""What a scene asks along a run, for the tests of its questions."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from engine.trace import Frame, Trace
from scenes.asking import Question
from scenes.running import trace_of
from scenes.scene import Scene, State


class Asked(NamedTuple):
    """A question, the step it is asked at, and the frame that answers it."""

    step: int
    question: Question
    frame: Frame


def run_of(scene: Scene, state: State) -> Trace:
    """The recorded run of a state that has one."""
    trace = trace_of(scene, state)
    assert trace is not None
    return trace


def asked(scene: Scene, state: State, trace: Trace | None = None) -> list[Asked]:
    """All that is asked before the narrated steps of a run, in order."""
    trace = trace or run_of(scene, state)
    found = []
    for before, step in pairwise([0, *trace.steps_narrated()]):
        frame = trace.at(step)
        assert frame is not None
        question = scene.ask(replace(state, step=before), trace, frame)
        if question is not None:
            found.append(Asked(before, question, frame))
    return found


def labels(question: Question) -> list[str]:
    """What a class may vote for."""
    return [choice.label for choice in question.choices]

"""What the comparison of two runs of a scene needs: the whole of the kept one, and all that can be said of both."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from engine.device import Engine, on_device_or_cpu
from engine.trace import Trace
from scenes.comparison.differences import Comparison, compare, of_arrays
from scenes.comparison.naming import Names
from scenes.running import result_of, trace_of
from scenes.scene import Outcome, Scene, State

Run = tuple[Trace | None, Any]  # with its result
log = logging.getLogger(__name__)


def completed(scene: Scene, state: State, engine: Engine, stop: Callable[[], bool]) -> Run:
    """The whole result of a state, and its recorded run."""
    result, _ = on_device_or_cpu(engine, lambda one: result_of(scene, state, one))
    return result, trace_of(scene, state, stop)


def comparison_of(scene: Scene, kept: Run, now: Run, names: Names, *, judged: bool = True) -> Comparison:
    """Where two runs of a scene differ; where no step does, what their results say. Where both are of its own code
    (`judged`), it says what became of the parts.
    """
    theirs, mine = kept[0], now[0]
    if theirs is None or mine is None:
        said = "One of the two runs has no steps here" if theirs or mine else "Neither run has steps here"
        return Comparison(sentence=f"{said}. {_of_results(scene, kept[1], now[1], names)}")
    outcomes = (outcomes_of(scene, theirs), outcomes_of(scene, mine)) if judged else ({}, {})
    found = compare(theirs, mine, names, outcomes)
    if found.differences or theirs is mine:
        return found
    return replace(found, sentence=f"{found.sentence} {_of_results(scene, kept[1], now[1], names)}")


def outcomes_of(scene: Scene, trace: Trace) -> Mapping[str, Outcome]:
    """What became of each part, where the scene can tell."""
    try:
        return scene.outcomes(trace)
    except Exception:
        log.exception("outcomes of %s failed", scene.key)
        return {}


def _of_results(scene: Scene, kept: Any, now: Any, names: Names) -> str:
    if kept is now:
        return ""
    return of_arrays(scene.arrays(kept), scene.arrays(now), names) or "The results are the same."

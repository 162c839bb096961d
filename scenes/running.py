"""Running a state in full, with nothing to watch it: what the command line and the worker share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from torch import Tensor

from engine.device import Engine
from engine.trace import Trace, record
from scenes.scene import Scene, State

LONGEST_WRITTEN = 256


class BadStep(ValueError):
    """A step that the run does not have, said in one sentence."""


def partial_results(scene: Scene, state: State, engine: Engine) -> Iterator[tuple[float, Any]]:
    """The fraction done and the Result so far, ending with (1.0, the whole Result)."""
    made = scene.compute(state.params, state.inputs, engine)
    if isinstance(made, Iterator):
        yield from made
    else:
        yield 1.0, made


def result_of(scene: Scene, state: State, engine: Engine) -> Any:
    """The whole Result of a state."""
    *_, (_, whole) = partial_results(scene, state, engine)
    return whole


def trace_of(scene: Scene, state: State, stop: Callable[[], bool] = lambda: False) -> Trace | None:
    """The recorded run of the state's listing, on the CPU; None where the scene has none to step.

    Raises:
        Stopped: `stop`, asked now and then, said so.
    """
    call = scene.listing(state.params, state.inputs)
    if call is None:
        return None
    return record(call.function, into=call.into, stop=stop, **call.arguments)


def check_step(trace: Trace | None, step: int | None) -> None:
    """Refuse a step that is not in the run.

    Raises:
        BadStep: naming the steps there are.
    """
    if step is None:
        return
    if trace is None:
        raise BadStep("There are no steps here; leave --step out.")
    if not 0 <= step <= len(trace):
        raise BadStep(f"There is no step {step}; the run has steps 0 to {len(trace)}.")


def trace_as_data(trace: Trace, upto: int | None = None) -> dict[str, Any]:
    """The run as plain data: per step its line, the line's text, its narration, and what changed."""
    frames = trace.frames if upto is None else trace.frames[:upto]
    return {
        "functions": [
            {"name": one.name, "first_line": one.first, "lines": one.lines} for one in trace.listings
        ],
        "frames": [
            {
                "line": frame.line,
                "text": frame.text,
                "narration": frame.narration,
                "changed": list(frame.changed),
                "values": {name: as_data(frame.variables[name]) for name in frame.changed},
                "function": frame.listing.name,
                "depth": frame.depth,
            }
            for frame in frames
        ],
        "ended_early": trace.ended_early,
    }


def as_data(value: Any) -> Any:
    """A variable as JSON has it; long arrays by their shape, what JSON lacks (nan, objects) by its words."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Tensor):
        if value.numel() > LONGEST_WRITTEN:
            return {"shape": list(value.shape), "dtype": str(value.dtype).removeprefix("torch.")}
        return as_data(value.tolist())
    if isinstance(value, Sequence):
        return [as_data(item) for item in value[:LONGEST_WRITTEN]]
    return getattr(value, "__name__", type(value).__name__)

"""Stepping through a learner's function on what a state's own function would be called with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.trace import Trace
from scenes.scene import Scene, State
from scenes.workbench.arguments import sent
from scenes.workbench.files import in_file
from scenes.workbench.messages import Job, Limits
from scenes.workbench.process import Bench
from scenes.workbench.wire import trace_from_bytes


@dataclass(frozen=True, kw_only=True, eq=False)
class Ran:
    """The recorded run as far as it came (None where nothing of it is left), and what ended it, or "".

    `line` is the line that was running then, 0 where that is not known. `unfit` code cannot be run at all.
    `output` is what it printed.
    """

    trace: Trace | None
    sentence: str = ""
    line: int = 0
    unfit: bool = False
    output: str = ""

    def words(self, name: str) -> str:
        """What ended it, with file and line."""
        return in_file(name, self.line, self.sentence)


def run_code(
    scene: Scene,
    state: State,
    code: str,
    bench: Bench,
    *,
    limits: Limits | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Ran | None:
    """Run the code's function of the listing's name, recorded; None where the scene has nothing to step.

    Raises:
        Unsendable: the listing's arguments cannot be handed to another process.
        NotHere: the system has no such processes.
    """  # fmt: skip
    call = scene.listing(state.params, state.inputs)
    if call is None:
        return None
    arguments = {name: sent(value) for name, value in call.arguments.items()}
    job = Job(code=code, function=call.function.__name__, arguments=arguments, limits=limits or Limits())
    outcome = bench.run(job, stop)
    return Ran(
        trace=trace_from_bytes(outcome.answer) if outcome.answer else None, sentence=outcome.sentence,
        line=outcome.line, unfit=outcome.unfit, output=outcome.output,
    )  # fmt: skip

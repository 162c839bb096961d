"""Checking a learner's function against the engine's: on hundreds of small cases, down to the smallest that differs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from torch import Tensor

from engine.trace import Trace
from scenes.comparison.parting import Parting, parting
from scenes.scene import Scene, State
from scenes.workbench.arguments import as_words
from scenes.workbench.code import BadCode
from scenes.workbench.messages import Define, Defined, Failed, Job, Limits
from scenes.workbench.process import STOPPED, Bench
from scenes.workbench.searching import WHOLE, Case, Disagreement, Search

CASES = 300
TIMES = " \N{MULTIPLICATION SIGN} "
FRAMES = 4000  # lines of both runs that are compared
PATIENCE = 1.0  # seconds that one case may take


class NoCases(ValueError):
    """A scene that has nothing to check with, said in one sentence."""


class Stopped(Exception):
    """The check was no longer wanted, and had found nothing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Verdict:
    """What a check found: in a sentence, with the smallest case that disagrees and both runs of it, if there is one."""

    cases: int
    sentence: str
    spare: str = ""  # the sentence, without where in the code it is
    smallest: Disagreement | None = None
    yours: Trace | None = None
    engine: Trace | None = None
    parting: Parting | None = None

    @property
    def agrees(self) -> bool:
        return self.smallest is None

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        found: dict[str, Any] = {"agrees": self.agrees, "cases": self.cases, "sentence": self.sentence}
        if self.smallest is None:
            return found
        case = self.smallest.case
        return {
            **found,
            "line": getattr(self.smallest.played, "line", 0) or None,
            "inputs": {name: as_words(value) for name, value in case.call.arguments.items()},
            "expected": as_words(case.expected),
            "got": as_words(self.smallest.got),
            "step": self.parting.as_data() if self.parting else None,
        }


def check(
    scene: Scene,
    state: State,
    code: str,
    bench: Bench,
    *,
    cases: int = CASES,
    limits: Limits | None = None,
    patience: float = PATIENCE,
    stop: Callable[[], bool] = lambda: False,
    tried: Callable[[int], None] = lambda count: None,
) -> Verdict:
    """Compare the code's function with the one that the scene steps through, under settings like the state's.
    `tried` is told how many cases there have been.

    Raises:
        NoCases: the scene has none, or nothing to step with these settings.
        BadCode: the code cannot be run at all.
        Stopped: `stop`, asked all the while, said so before anything was found.
    """  # fmt: skip
    call = scene.listing(state.params, state.inputs)
    if scene.cases is None or call is None:
        raise NoCases(
            f"{scene.key} has no cases to check code with{'' if call else ' under these settings'}."
        )
    name, limits = call.function.__name__, limits or Limits()
    whole = msgspec.structs.replace(
        limits, seconds=max(limits.seconds, 2 * WHOLE)
    )  # as long as the process may live
    with bench.talk(whole, stop) as talk:
        define = Define(
            code=code, function=name, given=list(call.arguments), limits=limits, whole=whole.seconds
        )
        reply = talk.ask(define, limits.seconds)
        if not isinstance(reply, Defined):
            assert isinstance(reply, Failed)  # noqa: S101
            if reply.sentence == STOPPED:
                raise Stopped
            raise BadCode(reply.sentence, reply.line)
        search = Search(scene=scene, state=state, takes=reply.takes, talk=talk, patience=patience, stop=stop,
                        tell=tried)  # fmt: skip
        smallest = search.run(cases)
        if smallest is None:
            if search.stopped:
                raise Stopped
            if not search.tried:
                raise NoCases(f"{scene.key} has no cases to check code with under these settings.")
            said = _agreement(name, search)
            return Verdict(cases=search.tried, sentence=said, spare=said)
        short = msgspec.structs.replace(limits, seconds=patience, frames=FRAMES)
        job = Job(code=code, function=name, arguments={}, limits=short)
        smallest, yours, engine = search.runs(smallest, job)
    parted = parting(yours, engine) if yours is not None else None
    sentence = _disagreement(name, search, smallest, parted)
    return Verdict(
        cases=search.tried, sentence=sentence, spare=_disagreement(name, search, smallest, None, spare=True),
        smallest=smallest, yours=yours, engine=engine, parting=parted,
    )  # fmt: skip


def _agreement(name: str, search: Search) -> str:
    time_up = f"; {WHOLE:g} s were over then" if search.late else ""
    return f"Your {name} agrees with the engine on {search.tried} cases{time_up}.{_changes(search)}"


def _disagreement(
    name: str, search: Search, smallest: Disagreement, parted: Parting | None, *, spare: bool = False
) -> str:
    """What differs, on what, and where the runs part; no line of the code where that is to be found by oneself."""
    where = case_in_words(smallest.case)  # "on these 2 boxes"
    played, apart = smallest.played, smallest.difference
    if isinstance(played, Failed):
        line = f", on line {played.line}" if played.line and not spare else ""
        if played.endless:
            return f"Your {name} comes to no end {where}{line}: it was still running after {search.patience:g} s."
        return f"Your {name} fails {where}{line}: {played.sentence}"
    assert apart is not None  # noqa: S101
    if apart.got == "nothing (None)":
        what = f"it returns nothing (is there a return?), the engine {apart.expected}"
    elif apart.where:
        what = f"{apart.where} of what it returns is {apart.got}; the engine's is {apart.expected}"
    else:
        what = f"it returns {apart.got}, the engine {apart.expected}"
    said = f"Your {name} differs {where}: {what}."
    if parted is not None and parted.yours is not None and parted.engine is not None:
        said += f" The runs part at {parted.variable}, on line {parted.yours.line}."
    unasked = f" It does not ask for {' or '.join(search.unasked)}." if search.unasked else ""
    return f"{said}{unasked}{_changes(search)}"


def _changes(search: Search) -> str:
    if not search.changed:
        return ""
    names = " and ".join(sorted(search.changed))
    return f" It changes {names} in place, which belongs to who called it: work on a copy."


def case_in_words(case: Case) -> str:
    """How large a case is, by its first argument: "on these 2 boxes", "on this 3 x 3 input"; small
    ones whole.
    """
    for name, value in case.call.arguments.items():
        words = name.replace("_", " ")
        several = isinstance(value, list | tuple) or (isinstance(value, Tensor) and value.dim() > 0)
        if several and name.endswith("s"):
            if not len(value):
                return f"when there are no {words}"
            one = words.removesuffix("es" if words.endswith("xes") else "s")
            return f"on this one {one}" if len(value) == 1 else f"on these {len(value)} {words}"
        if isinstance(value, Tensor) and value.dim() >= 2:
            return f"on this {TIMES.join(map(str, value.shape))} {words}"
        if isinstance(value, Tensor) and 0 < math.prod(value.shape) <= 4:
            return f"on {_small_ones(case, value)}"
    return "on this case"


def _small_ones(case: Case, first: Tensor) -> str:
    """The arguments of a small tensor's shape, by name and value: "pred [0, 0, 1, 1] and target [0, 0, 2, 1]"."""
    alike = {
        name: value
        for name, value in case.call.arguments.items()
        if isinstance(value, Tensor) and value.shape == first.shape
    }
    return " and ".join(f"{name.replace('_', ' ')} {as_words(value)}" for name, value in alike.items())

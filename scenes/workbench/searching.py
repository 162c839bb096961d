"""The search for the smallest case on which a learner's function and the engine's disagree.

Cases are made, and the engine's results computed, in this process; the learner's function runs in its own. So
whatever its code does to torch, or to its arguments, spoils nothing but itself.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from random import Random
from typing import Any

from msgspec.msgpack import encode

from engine.trace import Trace, record
from scenes.scene import Call, Scene, State
from scenes.workbench.arguments import arrived, sent
from scenes.workbench.comparing import Difference, difference, settled
from scenes.workbench.messages import Done, Failed, Job, Play, Played
from scenes.workbench.process import STOPPED, Talk
from scenes.workbench.wire import trace_from_bytes, unpacked

HASTE = 0.1  # seconds that a case may take while an endless one is made smaller
SHRINKING = 2.0  # seconds for which a disagreement is made smaller
WHOLE = 30.0  # seconds after which no more cases are begun
SEED = 1906


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """One case: the state it is, the engine's call, its arguments as they are sent, and what the engine returns."""

    params: Any
    inputs: Any
    call: Call
    arguments: dict[str, Any]
    expected: Any


@dataclass(frozen=True, kw_only=True, eq=False)
class Disagreement:
    """What came of the learner's function on a case, where that is not what the engine has."""

    case: Case
    played: Played | Failed
    difference: Difference | None = None

    @property
    def got(self) -> Any:
        """What the learner's function returned; None where it failed."""
        return unpacked(self.played.result) if isinstance(self.played, Played) else None


class Ended(BaseException):
    """No more cases: time is up, or it was told to stop. No Exception, or hypothesis would take it for a finding."""


@dataclass(kw_only=True, eq=False)
class Search:
    """The cases so far, and what came of each. `takes` is what the learner's function asks for, None for all."""

    scene: Scene
    state: State
    takes: list[str] | None
    talk: Talk
    patience: float
    stop: Callable[[], bool] = lambda: False
    tell: Callable[[int], None] = lambda count: None  # is told how many have been tried
    wanted: int = 0
    tried: int = 0  # up to and with the first that disagrees
    stopped: bool = False
    late: bool = False
    changed: set[str] = field(
        default_factory=set
    )  # arguments that the function changed, and the engine did not
    unasked: list[str] = field(default_factory=list)  # arguments that it does not take
    first: Disagreement | None = None
    found: dict[bytes, Disagreement | None] = field(default_factory=dict)  # by the arguments
    until: float = field(default_factory=lambda: time.monotonic() + WHOLE)

    def run(self, cases: int) -> Disagreement | None:
        """Draw cases until one disagrees, and make that one as small as it gets."""
        from hypothesis import HealthCheck, Phase, Verbosity, find, settings
        from hypothesis.configuration import set_hypothesis_home_dir
        from hypothesis.errors import NoSuchExample, Unsatisfiable

        set_hypothesis_home_dir(os.path.join(tempfile.gettempdir(), "zoetrope-hypothesis"))
        assert self.scene.cases is not None  # noqa: S101
        self.wanted = cases
        how = settings(
            max_examples=2 * cases,  # some are drawn twice
            derandomize=True, database=None, deadline=None, verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink),
        )  # fmt: skip
        try:
            smallest = find(
                self.scene.cases(self.state.params), self._disagrees, settings=how, random=Random(SEED)
            )
        except (NoSuchExample, Unsatisfiable):
            return None
        except Ended:
            return self.first
        return self.found[encode(self._arguments(*smallest)[1])]

    def _disagrees(self, drawn: tuple[Any, Any]) -> bool:
        """Whether the functions disagree on a case. The same one is never judged twice: it would have to come out
        alike, which code that remembers or guesses does not.
        """
        try:
            call, arguments = self._arguments(*drawn)
        except ValueError:  # settings that the scene refuses
            return False
        if call is None:  # too large to step
            return False
        key = encode(arguments)
        if key in self.found:
            return self.found[key] is not None
        if self.stop():
            self.stopped = True
            raise Ended
        if self.first is None and self.tried == self.wanted:
            raise Ended
        if time.monotonic() > self.until:
            self.late = self.first is None
            if self.late:
                raise Ended
            return False
        if self.talk.gone:
            return False
        try:
            expected = settled(
                _listed(call.function(**{name: arrived(value) for name, value in arguments.items()}))
            )
        except ValueError:  # the engine refuses such a case: there is nothing to compare
            self.found[key] = None
            return False
        case = Case(params=drawn[0], inputs=drawn[1], call=call, arguments=arguments, expected=expected)
        self.tried += self.first is None
        self.tell(self.tried)
        self.found[key] = found = self._judged(case, HASTE if self._is_endless() else self.patience)
        if found is not None and self.first is None:
            self.first, self.until = found, time.monotonic() + SHRINKING
        return found is not None

    def _is_endless(self) -> bool:
        return self.first is not None and getattr(self.first.played, "endless", False)

    def _judged(self, case: Case, seconds: float | None = None) -> Disagreement | None:
        seconds = seconds or self.patience
        played = self.talk.ask(Play(arguments=case.arguments, seconds=seconds), seconds)
        if isinstance(played, Failed):
            if played.sentence == STOPPED:
                self.stopped = True
                raise Ended
            return Disagreement(case=case, played=played)
        assert isinstance(played, Played)  # noqa: S101
        if self.first is None and played.changed:
            self.changed |= set(played.changed) - _changed_by(case)
        apart = difference(unpacked(played.result), case.expected)
        return Disagreement(case=case, played=played, difference=apart) if apart else None

    def _arguments(self, params: Any, inputs: Any) -> tuple[Call | None, dict[str, Any]]:
        """The call of a case, and its arguments as they are sent. Parameters that the learner's function does not
        ask for stay as they are set.
        """
        call = self.scene.listing(params, inputs)
        if call is not None and self.takes is not None:
            self.unasked = [name for name in call.arguments if name not in self.takes]
            mine = {f.name for f in fields(params)}
            held = {name: getattr(self.state.params, name) for name in self.unasked if name in mine}
            self.unasked = [k for k in self.unasked if k not in held and not callable(call.arguments[k])]
            call = self.scene.listing(replace(params, **held), inputs) if held else call
        return call, {name: sent(value) for name, value in call.arguments.items()} if call else {}

    def runs(self, smallest: Disagreement, job: Job) -> tuple[Disagreement, Trace | None, Trace]:
        """The smallest case with both runs of it, recorded; None for the learner's where its process is gone.

        A case that was endless in haste, but ends when it is given its time, gives way to the first one found.
        """
        job.arguments = smallest.case.arguments
        reply = self.talk.ask(job, self.patience)
        endless = getattr(smallest.played, "endless", False)
        if (
            endless
            and smallest is not self.first
            and self.first is not None
            and not getattr(reply, "endless", False)
        ):
            return self.runs(self.first, job)
        if endless and isinstance(reply, Failed) and reply.line:
            smallest = replace(smallest, played=reply)
        case = smallest.case
        engine = record(
            case.call.function, **{name: arrived(value) for name, value in case.arguments.items()}
        )
        answer = reply.answer if isinstance(reply, Done | Failed) else b""
        return smallest, (trace_from_bytes(answer) if answer else None), engine


def _listed(result: Any) -> Any:
    """A generator's yields; any other result itself."""
    return list(result) if hasattr(result, "gi_frame") else result


def _changed_by(case: Case) -> set[str]:
    """The arguments that the engine itself changes in place."""
    given = {name: arrived(value) for name, value in case.arguments.items()}
    _listed(case.call.function(**given))
    return {name for name, value in given.items() if encode(sent(value)) != encode(case.arguments[name])}

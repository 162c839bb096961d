"""The process that runs a learner's code: started ahead, used for one piece of code, then thrown away.

`python -P -m scenes.workbench.child IN OUT FAULTS` reads requests from the descriptor IN, and answers on OUT. What
the code prints goes where this process's own output goes. FAULTS gets the stack, line by line, when the process
crashes or is asked where it is: even a loop inside of C cannot hold that back.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import random
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType, FunctionType
from typing import Any

from scenes.workbench import messages
from scenes.workbench.code import FILE, BadCode, defined, fitting, line_of, others_in, taken_by, words_of
from scenes.workbench.messages import (
    Answer,
    Began,
    Define,
    Defined,
    Done,
    Failed,
    Job,
    Limits,
    Over,
    Play,
    Played,
    Ready,
)

AGAIN = 0.05  # seconds from one call to stop to the next: code may swallow the first
MARGIN = 30.0  # seconds past its limit after which the process ends itself, were nobody left to end it
LOST = 77  # exit status of a process that cannot answer any more


class Halted(BaseException):
    """The learner's time is up, or it is told to stop."""


def main(incoming: int, outgoing: int, faults: int) -> None:
    """Serve requests until no more come."""
    faulthandler.enable(file=faults)
    faulthandler.register(signal.SIGUSR1, file=faults, all_threads=True)
    signal.signal(signal.SIGALRM, _halt)
    from scenes.workbench import arguments, wire  # takes a second: torch

    assert arguments  # noqa: S101 - loaded ahead of need
    assert wire  # noqa: S101
    leave, itself, learner = os._exit, os.getpid(), _Learner(outgoing, faults)
    os._exit = partial(_leave, leave, faults)  # type: ignore[assignment]
    messages.write(outgoing, Ready())
    while (request := messages.read_request(incoming)) is not None:
        reply = learner.answer(request)
        if os.getpid() != itself:  # the code has forked: this is the copy, which nobody listens to
            leave(0)
        try:
            messages.write(outgoing, reply)
        except ValueError as error:
            messages.write(outgoing, Failed(f"The recorded run is too large: {error}"))
        except OSError:  # the code has closed what it had not opened
            leave(LOST)
    leave(0)  # whatever the code has left running


def _leave(leave: Callable[[int], Any], faults: int, status: int = 0) -> None:
    """End the process as the code asks, and tell where it did."""
    with contextlib.suppress(OSError, ValueError):
        faulthandler.dump_traceback(file=faults)
    leave(status)


def _halt(number: int, frame: FrameType | None) -> None:
    """End the learner's code, where that is what is running."""
    while frame is not None:
        if frame.f_code.co_filename == FILE:
            raise Halted
        frame = frame.f_back


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """A time after which learner's code is halted, again and again until it ends."""
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class _Learner:
    """The code that this process is for, and its function once it is defined."""

    def __init__(self, outgoing: int, faults: int) -> None:
        import torch

        self.outgoing, self.faults = outgoing, faults
        self.function: FunctionType | None = None
        self.seed: Callable[[int], Any] = torch.manual_seed  # as it is before the code can change it
        self.limited = False

    def answer(self, request: messages.Request) -> Answer:
        """Do what is asked; whatever the code does, the answer says it in a sentence."""
        try:
            match request:
                case Job():
                    return self._run(request)
                case Define():
                    return self._define(request)
                case Play():
                    return self._play(request)
        except BadCode as error:
            return Failed(str(error), error.line, unfit=True)
        except BaseException as error:  # SystemExit and KeyboardInterrupt of the learner's too
            return Failed(words_of(error), line_of(error))

    def _begin(self, limits: Limits, whole: float) -> None:
        """From here on the limits hold; `whole` seconds is what the process may live for."""
        if not self.limited:
            self.limited = True
            _limit(limits, whole)
            faulthandler.dump_traceback_later(whole + MARGIN, exit=True, file=self.faults)
        messages.write(self.outgoing, Began())

    def _run(self, job: Job) -> Answer:
        from engine.trace import attempt
        from scenes.workbench.arguments import arrived
        from scenes.workbench.wire import trace_as_bytes

        given = {name: arrived(value) for name, value in job.arguments.items()}
        self._begin(job.limits, job.limits.seconds)
        function, scope = self._defined(job.code, job.function, job.limits.seconds)
        args, named = fitting(function, given)
        call = partial(function, *args, **named)
        self._seed()
        with _at_most(job.limits.seconds):
            trace, error = attempt(
                call, into=others_in(scope, function), max_frames=job.limits.frames, max_bytes=job.limits.kept
            )
        messages.write(self.outgoing, Over())
        _give_room()
        data = trace_as_bytes(trace)
        return Done(data) if error is None else _failed(error, job.limits.seconds, data)

    def _define(self, request: Define) -> Answer:
        self._begin(request.limits, request.whole)
        self.function, _ = self._defined(request.code, request.function, request.limits.seconds)
        fitting(self.function, dict.fromkeys(request.given))
        return Defined(taken_by(self.function))

    def _defined(self, code: str, name: str, seconds: float) -> tuple[FunctionType, dict[str, Any]]:
        """The function, and all that the code defines.

        Raises:
            BadCode: the code does not run as far as that.
        """
        try:
            with _at_most(seconds):
                return defined(code, name)
        except BadCode:
            raise
        except BaseException as error:
            failed = _failed(error, seconds)
            raise BadCode(failed.sentence, failed.line) from error

    def _play(self, play: Play) -> Answer:
        from msgspec.msgpack import encode

        from scenes.workbench.arguments import arrived, sent
        from scenes.workbench.wire import packed

        assert self.function is not None  # noqa: S101
        given = {name: arrived(value) for name, value in play.arguments.items()}
        args, named = fitting(self.function, given)
        self._seed()
        try:
            with _at_most(play.seconds):
                result = self.function(*args, **named)
                if hasattr(result, "gi_frame"):
                    result = list(result)
        except BaseException as error:
            return _failed(error, play.seconds)
        told = packed(result)
        kept = {name: value for name, value in play.arguments.items() if isinstance(value, list)}
        changed = [name for name, value in kept.items() if encode(sent(given[name])) != encode(value)]
        return Played(told, changed)

    def _seed(self) -> None:
        """Code that draws at random draws the same each time."""
        random.seed(0)
        self.seed(0)


def _failed(error: BaseException, seconds: float, data: bytes = b"") -> Failed:
    """What ended the code; time that was up, too."""
    if isinstance(error, Halted):
        return Failed(
            f"It ran for more than {seconds:g} s, and was ended.", line_of(error), data, endless=True
        )
    return Failed(words_of(error), line_of(error), data)


def _limit(limits: Limits, whole: float) -> None:
    """Tell the system what the process may take, where it can be told."""
    import resource

    allowed = {"RLIMIT_CORE": 0, "RLIMIT_CPU": int(whole + MARGIN), "RLIMIT_FSIZE": limits.output * 64}
    with contextlib.suppress(OSError), open("/proc/self/statm", encoding="ascii") as file:
        allowed["RLIMIT_AS"] = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE") + limits.memory
    for name, most in allowed.items():
        with contextlib.suppress(OSError, ValueError):
            kind = getattr(resource, name)
            resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))


def _give_room() -> None:
    """Let go of the limit on memory: what the code was recorded to do has to be packed, however much it took."""
    import resource

    with contextlib.suppress(OSError, ValueError, AttributeError):
        most = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))

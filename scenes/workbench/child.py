"""The process that runs a learner's code: started ahead, used once, then thrown away.

`python -m scenes.workbench.child IN OUT FAULTS` reads one request from the descriptor IN, and answers on OUT. What
the code prints goes where this process's own output goes. FAULTS gets the stack, line by line, when the process is
ended by a crash or by its time limit: even a loop inside of C cannot hold that back.
"""

from __future__ import annotations

import contextlib
import faulthandler
import inspect
import linecache
import os
import sys
import traceback
from collections.abc import Callable
from functools import partial
from types import CodeType, FunctionType
from typing import Any

from scenes.workbench import messages
from scenes.workbench.messages import Began, CheckJob, Done, Failed, Job, Limits, Ready, Reply

FILE = "<your code>"


class BadCode(ValueError):
    """Code that cannot be run, said in one sentence; `line` is the one that it is about, or 0."""

    def __init__(self, sentence: str, line: int = 0) -> None:
        super().__init__(sentence)
        self.line = line


def main(incoming: int, outgoing: int, faults: int) -> None:
    """Serve one request."""
    faulthandler.enable(file=faults)
    from engine.trace import record  # takes a second: torch

    assert record  # noqa: S101 - loaded ahead of need
    messages.write(outgoing, Ready())
    request = messages.read_request(incoming)
    if request is None:
        return
    reply = answer(request, lambda: _begin(outgoing, faults, request.limits))
    faulthandler.cancel_dump_traceback_later()
    messages.write(outgoing, reply)
    os._exit(0)  # whatever the code has left running


def _begin(outgoing: int, faults: int, limits: Limits) -> None:
    """From here on the limits hold."""
    _limit(limits)
    faulthandler.dump_traceback_later(limits.seconds, exit=True, file=faults)
    messages.write(outgoing, Began())


def _limit(limits: Limits) -> None:
    """Tell the system what the process may take, where it can be told."""
    try:
        import resource
    except ImportError:  # Windows
        return
    allowed = {"RLIMIT_CORE": 0, "RLIMIT_CPU": int(limits.seconds) + 2, "RLIMIT_FSIZE": limits.output * 64}
    with contextlib.suppress(OSError), open("/proc/self/statm", encoding="ascii") as file:
        allowed["RLIMIT_AS"] = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE") + limits.memory
    for name, most in allowed.items():
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(getattr(resource, name), (most, most))


def answer(request: Job | CheckJob, begin: Callable[[], None]) -> Reply:
    """Do what is asked; whatever the code does, the answer says it in a sentence."""
    try:
        if isinstance(request, Job):
            return _run(request, begin)
        from scenes.workbench.checking import checked

        return checked(request, begin)
    except BadCode as error:
        return Failed(str(error), error.line)
    except BaseException as error:  # SystemExit and KeyboardInterrupt of the learner's too
        return Failed(words_of(error), line_of(error))


def _run(job: Job, begin: Callable[[], None]) -> Reply:
    from engine.trace import attempt
    from scenes.workbench.wire import trace_as_bytes, unpacked

    arguments = {name: unpacked(value) for name, value in job.arguments.items()}
    begin()
    function, others = functions_of(job.code, job.function)
    call = partial(function, **fitting(function, arguments))
    trace, error = attempt(call, into=others, max_frames=job.limits.frames, max_bytes=job.limits.kept)
    data = trace_as_bytes(trace)
    return Done(data) if error is None else Failed(words_of(error), line_of(error), data)


def functions_of(code: str, name: str) -> tuple[FunctionType, tuple[FunctionType, ...]]:
    """The function of this name in the code, and the code's other functions.

    Raises:
        BadCode: it is no Python, or has no such function.
    """
    linecache.cache[FILE] = (len(code), None, code.splitlines(keepends=True), FILE)
    try:
        compiled: CodeType = compile(code, FILE, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise BadCode(f"{type(error).__name__}: {error.msg}.", error.lineno or 0) from error
    except ValueError as error:  # a null byte
        raise BadCode(f"This is no Python: {error}.") from error
    scope: dict[str, Any] = {"__name__": "your_code", "__file__": FILE}
    exec(compiled, scope)  # noqa: S102 - it is what this process is for
    found = scope.get(name)
    if not isinstance(found, FunctionType):
        raise BadCode(f"The code has no function {name}: write one that begins with 'def {name}('.")
    own = [one for one in scope.values() if isinstance(one, FunctionType) and one.__code__.co_filename == FILE]
    return found, tuple(one for one in dict.fromkeys(own) if one is not found and one.__name__ != "<lambda>")


def fitting(function: FunctionType, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments that the function takes, by name.

    Raises:
        BadCode: it wants others.
    """
    wanted = inspect.signature(function).parameters
    if any(one.kind is one.VAR_KEYWORD for one in wanted.values()):
        return arguments
    missing = [name for name, one in wanted.items() if one.default is one.empty and name not in arguments]
    if missing:
        has = ", ".join(arguments)
        raise BadCode(f"{function.__name__} wants {', '.join(missing)}, which nobody gives it; there are {has}.",
                      function.__code__.co_firstlineno)  # fmt: skip
    return {name: value for name, value in arguments.items() if name in wanted}


def words_of(error: BaseException) -> str:
    """An error in one sentence."""
    kind = type(error).__name__
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
        return "It asked for more memory than it may have."
    if isinstance(error, RecursionError):
        return "It calls itself without end: a function that calls itself needs a case in which it does not."
    if isinstance(error, SystemExit):
        return "It ended the program (SystemExit) instead of returning."
    try:
        words = " ".join(str(error).split())[:300]
    except Exception:  # a learner's own error
        words = ""
    return f"{kind}: {words}" if words else f"{kind}."


def line_of(error: BaseException) -> int:
    """The last line of the learner's code that the error came through; 0 where it did not."""
    lines = [number for frame, number in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == FILE]
    return lines[-1] if lines else 0


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))

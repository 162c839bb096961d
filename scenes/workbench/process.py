"""Running a learner's code in a process of its own: started ahead, watched, and ended whatever it does.

A `Bench` keeps one process ready. `Bench.run` hands it a request and waits, for the answer or for a limit. These
limits contain accidents: an endless loop, a flood of output, a huge tensor. They are no sandbox: the code can do
what its user can do.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scenes.workbench import messages
from scenes.workbench.messages import Began, Done, Failed, Inbox, Reply, Request

ROOT = Path(__file__).parents[2]
MARK = "ZOETROPE_RUN"  # in the environment of the process and of all that it starts
GRACE = 1.0  # seconds past its limit that the process may take to tell where it was
START = 60.0  # seconds that a process may take to load torch
LOOK = 0.05  # seconds between two looks at the clock
FAULTS_KEPT = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a request: the answer's bytes where there is one, and what went wrong, or "".

    `line` is the line of the learner's code that was running then, 0 where that is not known. `output` is what
    the code printed.
    """

    answer: bytes = b""
    sentence: str = ""
    line: int = 0
    output: str = ""


@dataclass(eq=False)
class _Child:
    """A process, and the descriptors to and from it."""

    process: subprocess.Popen[bytes]
    mark: str
    requests: int
    replies: int
    faults: int
    inbox: Inbox = field(default_factory=Inbox)
    output: bytearray = field(default_factory=bytearray)
    stack: bytearray = field(default_factory=bytearray)

    def end(self) -> None:
        """Kill it and all that it has started, and close what led to it."""
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for _ in range(3):  # one of them may just be starting another
            if not [kill_one(pid) for pid in _marked(self.mark)]:
                break
        self.process.wait()
        assert self.process.stdout is not None  # noqa: S101
        self.process.stdout.close()
        for descriptor in (self.requests, self.replies, self.faults):
            os.close(descriptor)


def _start() -> _Child:
    mark = secrets.token_hex(8)
    ours_in, theirs_out = os.pipe()
    theirs_in, ours_out = os.pipe()
    faults_in, faults_out = os.pipe()
    given = (theirs_in, theirs_out, faults_out)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "scenes.workbench.child", *map(str, given)],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            pass_fds=given, start_new_session=True,
            env={**os.environ, MARK: mark, "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
    finally:
        for descriptor in given:
            os.close(descriptor)
    return _Child(process, mark, ours_out, ours_in, faults_in)


def _marked(mark: str) -> list[int]:
    """The processes that bear the mark, where the system shows it (Linux)."""
    wanted, found = f"{MARK}={mark}".encode(), []
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):
            if name.isdigit():
                with contextlib.suppress(OSError), open(f"/proc/{name}/environ", "rb") as file:
                    if wanted in file.read().split(b"\0"):
                        found.append(int(name))
    return found


def kill_one(pid: int) -> None:
    """End a process that may be gone already."""
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)


class Bench:
    """Keeps one process ready ahead of need. Its methods may be called from any thread, `run` from one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spare: _Child | None = None
        self._closed = False

    def warm(self) -> None:
        """Start a process, if none is ready."""
        with self._lock:
            if self._spare is None and not self._closed:
                self._spare = _start()

    def run(self, request: Request, stop: Callable[[], bool] = lambda: False) -> Outcome:
        """Hand over a request and wait for what comes of it; `stop` is asked all the while."""
        self.warm()
        with self._lock:
            child, self._spare = self._spare, None
        if child is None:
            return Outcome(sentence="The workbench is closed.")
        try:
            return _Run(child, request, stop).outcome()
        finally:
            child.end()
            self.warm()

    def close(self) -> None:
        """End the process that is ready; none is started any more."""
        with self._lock:
            self._closed, child, self._spare = True, self._spare, None
        if child is not None:
            child.end()


class _Run:
    """One request, from its sending to its end."""

    def __init__(self, child: _Child, request: Request, stop: Callable[[], bool]) -> None:
        self.child, self.request, self.stop = child, request, stop
        self.limits = request.limits
        self.deadline = time.monotonic() + START
        self.began = False
        self.reply: Done | Failed | None = None

    def outcome(self) -> Outcome:
        """Send it, and listen until it is over."""
        with contextlib.suppress(OSError):  # it may have ended already: its silence tells
            messages.write(self.child.requests, self.request)
        sentence = self._listen()
        output = self.child.output[: self.limits.output].decode("utf-8", "replace")
        match self.reply:
            case Done(answer):
                return Outcome(answer=answer, output=output)
            case Failed(said, line, answer):
                return Outcome(answer=answer, sentence=said, line=line, output=output)
        return Outcome(sentence=sentence, line=_line_in(bytes(self.child.stack)), output=output)

    def _listen(self) -> str:
        """Take what comes until the answer is there; else what ended it, in one sentence."""
        child = self.child
        assert child.process.stdout is not None  # noqa: S101
        with selectors.DefaultSelector() as selector:
            for descriptor, take in (
                (child.replies, self._take_reply),
                (child.process.stdout.fileno(), self._take_output),
                (child.faults, self._take_stack),
            ):
                selector.register(descriptor, selectors.EVENT_READ, take)
            while selector.get_map():
                for key, _ in selector.select(LOOK):
                    data = os.read(key.fd, 1 << 16)
                    if not data:
                        selector.unregister(key.fd)
                    elif said := key.data(data):
                        return str(said)
                if self.reply is not None:
                    return ""
                if self.stop():
                    return "Stopped."
                if len(child.output) > self.limits.output:
                    return f"It printed more than {_size(self.limits.output)}, and was ended."
                if time.monotonic() > self.deadline:
                    return self._too_long()
                if child.process.poll() is not None and not selector.select(0):
                    break
        return _how_it_ended(child.process.wait(), bytes(child.stack), self._too_long())

    def _take_reply(self, data: bytes) -> str:
        try:
            found: list[Reply] = self.child.inbox.take(data)
        except ValueError as error:
            return f"Its answer could not be read: {error}."
        for message in found:
            if isinstance(message, Began) and not self.began:
                self.began = True
                self.deadline = time.monotonic() + self.limits.seconds + GRACE
            elif isinstance(message, Done | Failed):
                self.reply = message
        return ""

    def _take_output(self, data: bytes) -> str:
        self.child.output += data
        return ""

    def _take_stack(self, data: bytes) -> str:
        self.child.stack += data[: FAULTS_KEPT - len(self.child.stack)]
        return ""

    def _too_long(self) -> str:
        if not self.began:
            return f"The process for your code did not start within {START:g} s."
        return f"It ran for more than {self.limits.seconds:g} s, and was ended."


def _how_it_ended(status: int, stack: bytes, too_long: str) -> str:
    """Why a process is gone that has not answered."""
    if b"Timeout (" in stack or status == -getattr(signal, "SIGXCPU", 0):
        return too_long
    if status < 0:
        return f"It crashed ({signal.Signals(-status).name}): the whole process is gone."
    return f"It ended the whole process (exit status {status}) instead of returning."


def _line_in(stack: bytes) -> int:
    """The innermost line of the learner's code in a stack as faulthandler writes it."""
    found: Any = re.search(rb'File "<your code>", line (\d+)', stack)
    return int(found[1]) if found else 0


def _size(count: int) -> str:
    return f"{count / 2**20:g} MB" if count >= 2**20 else f"{count / 2**10:g} KB"

"""Running a learner's code in a process of its own: started ahead, watched, and ended whatever it does.

A `Bench` keeps one process ready. `Bench.run` hands it a request and waits, for the answer or for a limit; in a
`Bench.talk` one process answers one request after the other. These limits contain accidents: an endless loop, a
flood of output, a huge tensor. They are no sandbox: the code can do what its user can do.
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
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scenes.workbench import messages
from scenes.workbench.messages import (
    Answer,
    Began,
    Done,
    Failed,
    Inbox,
    Job,
    Limits,
    Over,
    Ready,
    Reply,
    Request,
)

ROOT = Path(__file__).parents[2]
MARK = "ZOETROPE_RUN"  # in the environment of the process and of all that it starts
GRACE = 0.5  # seconds past its limit that the process may take to end by itself
START = 60.0  # seconds that a process may take to load torch
PACKING = 60.0  # seconds that it may take to hand over a recorded run
LOOK = 0.05  # seconds between two looks at the clock
TELL = 0.3  # seconds that it may take to tell where it is
GOING = 1.0  # seconds for which processes that it has started are looked for, while there are any
FAULTS_KEPT = 1 << 16
AT_ONCE = 1 << 20  # bytes read at a time
LOST = 77  # exit status of a process that cannot answer any more

STOPPED = "Stopped."


class NotHere(OSError):
    """This system has not what the workbench needs, said in one sentence."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a request: the recorded run's bytes where there is one, and what went wrong, or "".

    `line` is the line of the learner's code that was running then, 0 where that is not known. `unfit` code cannot
    be run at all. `output` is what the code printed.
    """

    answer: bytes = b""
    sentence: str = ""
    line: int = 0
    unfit: bool = False
    output: str = ""


@dataclass(eq=False)
class _Child:
    """A process, and the descriptors to and from it."""

    process: subprocess.Popen[bytes]
    mark: str
    requests: int
    replies: int
    faults: int
    output: int
    stack: bytearray = field(default_factory=bytearray)

    def end(self) -> None:
        """Kill it and all that it has started, and close what led to it."""
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)
        until = time.monotonic() + GOING
        while (found := _marked(self.mark)) and time.monotonic() < until:  # they may just be starting others
            for pid in found:
                signal_to(pid, signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None  # noqa: S101
        self.process.stdout.close()
        for descriptor in (self.requests, self.replies, self.faults):
            os.close(descriptor)

    def tell(self) -> int:
        """The line of the learner's code that is running, 0 where it cannot be told."""
        signal_to(self.process.pid, signal.SIGUSR1)
        until = time.monotonic() + TELL
        with selectors.DefaultSelector() as selector:
            selector.register(self.faults, selectors.EVENT_READ)
            while not line_in(bytes(self.stack)) and (left := until - time.monotonic()) > 0:
                if selector.select(left):
                    data = os.read(self.faults, FAULTS_KEPT)
                    if not data:
                        break
                    self.stack += data
        return line_in(bytes(self.stack))


def _start() -> _Child:
    """A process that loads what it needs and then waits.

    Raises:
        NotHere: on Windows.
    """
    if os.name == "nt":
        raise NotHere(
            "Running code of your own needs Linux or macOS; Windows lacks what its limits are made of."
        )
    mark = secrets.token_hex(8)
    ours_in, theirs_out = os.pipe()
    theirs_in, ours_out = os.pipe()
    faults_in, faults_out = os.pipe()
    given = (theirs_in, theirs_out, faults_out)
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "scenes.workbench.child", *map(str, given)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            pass_fds=given, start_new_session=True,
            env={**os.environ, MARK: mark, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
    except BaseException:
        for descriptor in (ours_in, ours_out, faults_in):
            os.close(descriptor)
        raise
    finally:
        for descriptor in given:
            os.close(descriptor)
    assert process.stdout is not None  # noqa: S101
    os.set_blocking(ours_out, False)
    os.set_blocking(process.stdout.fileno(), False)
    return _Child(process, mark, ours_out, ours_in, faults_in, process.stdout.fileno())


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


def signal_to(pid: int, number: int) -> None:
    """Send a signal to a process that may be gone already."""
    with contextlib.suppress(OSError):
        os.kill(pid, number)


class Bench:
    """Keeps one process ready ahead of need. Its methods may be called from any thread, and runs may overlap.

    With `ahead` False it starts the next one only when it is asked for.
    """

    def __init__(self, *, ahead: bool = True) -> None:
        self._lock = threading.Lock()
        self._ahead = ahead
        self._spare: _Child | None = None
        self._closed = False

    @classmethod
    @contextlib.contextmanager
    def once(cls) -> Iterator[Bench]:
        """A bench for one piece of code, whose process loads what it needs meanwhile.

        Raises:
            NotHere: on Windows.
        """
        bench = cls(ahead=False)
        try:
            bench.warm()
            yield bench
        finally:
            bench.close()

    def warm(self) -> None:
        """Start a process, if none is ready.

        Raises:
            NotHere: on Windows.
        """
        with self._lock:
            if self._spare is None and not self._closed:
                self._spare = _start()

    @contextlib.contextmanager
    def talk(self, limits: Limits, stop: Callable[[], bool] = lambda: False) -> Iterator[Talk]:
        """A process to talk to, which is gone when the talk is over; `stop` is asked all the while.

        Raises:
            NotHere: on Windows.
        """
        with self._lock:
            child, self._spare = self._spare, None
            if self._closed:
                raise RuntimeError("the workbench is closed")
        if child is None or child.process.poll() is not None:
            if child is not None:
                child.end()
            child = _start()
        try:
            with selectors.DefaultSelector() as selector:
                yield Talk(child, limits, stop, selector)
        finally:
            child.end()
            if self._ahead:
                self.warm()

    def run(self, job: Job, stop: Callable[[], bool] = lambda: False) -> Outcome:
        """Have a function stepped, and wait for what comes of it; `stop` is asked all the while."""
        with self.talk(job.limits, stop) as talk:
            reply = talk.ask(job, job.limits.seconds)
            output = talk.printed()
        match reply:
            case Done(answer):
                return Outcome(answer=answer, output=output)
            case Failed(sentence, line, answer, unfit):
                return Outcome(answer=answer, sentence=sentence, line=line, unfit=unfit, output=output)
        raise AssertionError(reply)

    def close(self) -> None:
        """End the process that is ready; none is started any more."""
        with self._lock:
            self._closed, child, self._spare = True, self._spare, None
        if child is not None:
            child.end()


class Talk:
    """One process, from its first request to its end. Once it is `gone`, it fails whatever it is asked."""

    def __init__(
        self, child: _Child, limits: Limits, stop: Callable[[], bool], selector: selectors.BaseSelector
    ) -> None:
        self.child, self.limits, self.stop, self.selector = child, limits, stop, selector
        self.gone = False
        self._inbox = Inbox()
        self._output = bytearray()
        self._unsent = memoryview(b"")
        self._answer: Answer | None = None
        self._seconds = 0.0
        self._deadline = 0.0
        self._phase = "start"
        self._ready = self._stopping = False
        for descriptor, take in (
            (child.replies, self._take_reply), (child.output, self._take_output), (child.faults, self._take_stack),
        ):  # fmt: skip
            selector.register(descriptor, selectors.EVENT_READ, take)

    def ask(self, request: Request, seconds: float) -> Answer:
        """Send a request, and listen until it is answered; `seconds` is what the learner's code may take."""
        if self.gone:
            return Failed("The process is gone.")
        self._answer, self._seconds = None, seconds
        self._output.clear()  # each request may print as much as the limit
        self._phase = "run" if isinstance(request, messages.Play) else "start"
        self._deadline = time.monotonic() + (seconds + GRACE if self._phase == "run" else START)
        self._unsent = messages.encoded(request)
        self.selector.register(self.child.requests, selectors.EVENT_WRITE, self._send)
        ended = self._listen()
        with contextlib.suppress(KeyError):
            self.selector.unregister(self.child.requests)
        if self._answer is not None:
            return self._answer if not self._stopping else self._stopped(self._answer)
        self.gone = True
        return ended or Failed(STOPPED)

    def printed(self) -> str:
        """What the code has printed, up to its limit."""
        while len(self._output) <= self.limits.output:
            try:
                data = os.read(self.child.output, AT_ONCE)
            except OSError:  # nothing more is there now
                break
            if not data:
                break
            self._output += data
        return self._output[: self.limits.output].decode("utf-8", "replace")

    def _listen(self) -> Failed | None:
        """Take what comes until the answer is there, or say what ended it."""
        while True:
            for key, _ in self.selector.select(LOOK):
                if said := key.data():
                    return Failed(said)
            if self._answer is not None:
                return None
            if len(self._output) > self.limits.output:
                return Failed(
                    f"It printed more than {_size(self.limits.output)}, and was ended.", self.child.tell()
                )
            if self.stop() and not self._stopping:
                self._stopping, self._deadline = True, min(self._deadline, time.monotonic() + GRACE)
                signal_to(self.child.process.pid, signal.SIGALRM if self._ready else signal.SIGKILL)
            if time.monotonic() > self._deadline:
                return self._too_long()
            if self.child.process.poll() is not None and not self.selector.select(0):
                return self._how_it_ended()

    def _send(self) -> str:
        try:
            self._unsent = self._unsent[os.write(self.child.requests, self._unsent) :]
        except BlockingIOError:
            return ""
        except OSError:  # it may have ended already: its silence tells
            self._unsent = memoryview(b"")
        if not self._unsent:
            self.selector.unregister(self.child.requests)
        return ""

    def _read(self, descriptor: int) -> bytes:
        try:
            data = os.read(descriptor, AT_ONCE)
        except BlockingIOError:
            return b""
        if not data:
            self.selector.unregister(descriptor)
        return data

    def _take_reply(self) -> str:
        try:
            found: list[Reply] = self._inbox.take(self._read(self.child.replies))
        except ValueError as error:
            return f"Its answer could not be read: {error}."
        for message in found:
            match message:
                case Ready():
                    self._ready = True
                case Began() | Over():
                    self._phase = "run" if isinstance(message, Began) else "pack"
                    if not self._stopping:
                        wait = self._seconds + GRACE if self._phase == "run" else PACKING
                        self._deadline = time.monotonic() + wait
                case _:
                    self._answer = message
        return ""

    def _take_output(self) -> str:
        self._output += self._read(self.child.output)
        return ""

    def _take_stack(self) -> str:
        data = self._read(self.child.faults)
        self.child.stack += data[: FAULTS_KEPT - len(self.child.stack)]
        return ""

    def _too_long(self) -> Failed:
        if self._stopping:
            return Failed(STOPPED, self.child.tell())
        if self._phase == "run":
            said = f"It ran for more than {self._seconds:g} s, and was ended."
            return Failed(said, self.child.tell(), endless=True)
        if self._phase == "start":
            return Failed(f"The process for your code did not start within {START:g} s.")
        return Failed(f"Its recorded run was not handed over within {PACKING:g} s.")

    def _stopped(self, answer: Answer) -> Answer:
        """What was told to stop, and ended by itself."""
        if isinstance(answer, Failed) and answer.endless:
            return Failed(STOPPED, answer.line, answer.answer)
        return answer

    def _how_it_ended(self) -> Failed:
        """Why a process is gone that has not answered."""
        status, line = self.child.process.wait(), line_in(bytes(self.child.stack))
        if self._stopping:
            return Failed(STOPPED, line)
        if status == -getattr(signal, "SIGXCPU", 0):
            return Failed(f"It ran for more than {self._seconds:g} s, and was ended.", line, endless=True)
        if status < 0:
            return Failed(f"It crashed ({signal.Signals(-status).name}): the whole process is gone.", line)
        if status == LOST:
            return Failed(
                "It closed files that it had not opened, and its answer could not be handed over.", line
            )
        return Failed(f"It ended the whole process (exit status {status}) instead of returning.", line)


def line_in(stack: bytes) -> int:
    """The innermost line of the learner's code in a stack as faulthandler writes it, 0 where there is none."""
    found = re.search(rb'File "<your code>", line (\d+)', stack)
    return int(found[1]) if found else 0


def _size(count: int) -> str:
    return f"{count / 2**20:g} MB" if count >= 2**20 else f"{count / 2**10:g} KB"

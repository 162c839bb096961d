"""What the program and a learner's process say to each other, one message after a length of four bytes."""

from __future__ import annotations

import os
from typing import Any

import msgspec

MOST = 512 * 2**20  # bytes of one message
HEAD = 4


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How far a learner's code may go. They contain accidents; they are no sandbox."""

    seconds: float = 10.0  # by the clock, for the learner's code alone
    memory: int = 2 * 2**30  # bytes beyond what the process has when it begins
    output: int = 2**20  # bytes of what it prints; what is beyond ends it
    frames: int = 50_000  # lines that are recorded; beyond, the code runs on unrecorded
    kept: int = 256 * 2**20  # bytes of variables that are recorded


class Job(msgspec.Struct, tag="run", kw_only=True):
    """Code to step: the function of this name, with these arguments (as `arguments.sent` makes them)."""

    code: str
    function: str
    arguments: dict[str, Any]
    limits: Limits


class Define(msgspec.Struct, tag="define", kw_only=True):
    """Code whose function of this name will be called with many arguments, one `Play` after the other.

    `given` names these arguments. The limits are the code's own, up to where the function is defined; `whole` is
    how long the process may live.
    """

    code: str
    function: str
    given: list[str]
    limits: Limits
    whole: float


class Play(msgspec.Struct, tag="play", kw_only=True):
    """One call of the function that is defined, unrecorded."""

    arguments: dict[str, Any]
    seconds: float


class Ready(msgspec.Struct, tag="ready"):
    """The process has loaded what it needs."""


class Began(msgspec.Struct, tag="began"):
    """The learner's code is about to run."""


class Over(msgspec.Struct, tag="over"):
    """The learner's code has run; the answer is being packed."""


class Done(msgspec.Struct, tag="done"):
    """The recorded run, as bytes."""

    answer: bytes


class Defined(msgspec.Struct, tag="defined"):
    """The function is there. `takes` names its parameters; None where it takes any."""

    takes: list[str] | None


class Played(msgspec.Struct, tag="played"):
    """What the function returned, packed, and which of its arguments it changed in place."""

    result: Any
    changed: list[str]


class Failed(msgspec.Struct, tag="failed"):
    """What went wrong, and on which line of the code (0 where that is not known).

    `unfit` code cannot be run at all; `endless` code was still running when its time was up. `answer` is the run
    up to there, where there is one.
    """

    sentence: str
    line: int = 0
    answer: bytes = b""
    unfit: bool = False
    endless: bool = False


Request = Job | Define | Play
Answer = Done | Defined | Played | Failed
Reply = Ready | Began | Over | Answer


def encoded(message: Request | Reply) -> memoryview:
    """The bytes of a message.

    Raises:
        ValueError: there are more than the other side takes.
    """
    data = msgspec.msgpack.encode(message)
    if len(data) > MOST:
        raise ValueError(f"{len(data) / 2**20:,.0f} MB are more than can be handed over.")
    return memoryview(len(data).to_bytes(HEAD, "big") + data)


def write(descriptor: int, message: Request | Reply) -> None:
    """Send one message."""
    view = encoded(message)
    while view:
        view = view[os.write(descriptor, view) :]


def read_request(descriptor: int) -> Request | None:
    """The next request; None when no more will come."""
    head = _read(descriptor, HEAD)
    if head is None:
        return None
    body = _read(descriptor, int.from_bytes(head, "big"))
    return None if body is None else msgspec.msgpack.decode(body, type=Request)


def _read(descriptor: int, count: int) -> bytes | None:
    parts = []
    while count:
        part = os.read(descriptor, min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


class Inbox:
    """Puts messages together from the bytes as they come."""

    def __init__(self) -> None:
        self.bytes = bytearray()

    def take(self, data: bytes) -> list[Reply]:
        """The messages that are whole now.

        Raises:
            ValueError: the bytes are no messages, or one is larger than MOST.
        """
        self.bytes += data
        found: list[Reply] = []
        while len(self.bytes) >= HEAD:
            size = int.from_bytes(self.bytes[:HEAD], "big")
            if size > MOST:
                raise ValueError(f"a message of {size:,} bytes")
            if len(self.bytes) < HEAD + size:
                break
            try:
                found.append(msgspec.msgpack.decode(memoryview(self.bytes)[HEAD : HEAD + size], type=Reply))
            except msgspec.MsgspecError as error:
                raise ValueError(str(error)) from error
            del self.bytes[: HEAD + size]
        return found

"""What the window and a learner's process say to each other, one message after a length of four bytes."""

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
    """Code to run: the function of this name, with these arguments (as `wire.packed` makes them)."""

    code: str
    function: str
    arguments: dict[str, Any]
    limits: Limits


class CheckJob(msgspec.Struct, tag="check", kw_only=True):
    """Code to check: the function of this name against a scene's own, on cases made from a seed."""

    code: str
    function: str
    scene: str
    params: dict[str, Any]
    cases: int
    limits: Limits


class Began(msgspec.Struct, tag="began"):
    """The learner's code is about to run."""


class Ready(msgspec.Struct, tag="ready"):
    """The process has loaded what it needs."""


class Done(msgspec.Struct, tag="done"):
    """The whole answer, as bytes: a recorded run, or what a check found."""

    answer: bytes


class Failed(msgspec.Struct, tag="failed"):
    """The code ended in an error: what is wrong, and on which of its lines (0 where that is not known)."""

    sentence: str
    line: int = 0
    answer: bytes = b""  # the run up to there, where there is one


Request = Job | CheckJob
Reply = Ready | Began | Done | Failed


def write(descriptor: int, message: Request | Reply) -> None:
    """Send one message."""
    data = msgspec.msgpack.encode(message)
    view = memoryview(len(data).to_bytes(HEAD, "big") + data)
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

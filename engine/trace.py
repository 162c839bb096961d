"""Recording the run of an ordinary function, line by line: the code a learner reads is the code that runs.

    def mean(values):
        total = 0.0
        for value in values:
            total += value               #> {value} goes in: the total is {total}
        return total / len(values)       #> the mean is {result}

`record(mean, values)` runs it under `sys.settrace` and keeps one `Frame` for each line that was run, with
every variable as it stood after that line. A comment that begins with `#>` narrates its line: it is an
f-string over those variables (`result` is the returned value on a return line). On a line of its own it
narrates the statement above it. Nothing else about the function changes: the engine never knows.
"""

from __future__ import annotations

import ast
import inspect
import io
import operator
import re
import sys
import tokenize
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import CodeType, FrameType
from typing import Any

import numpy as np
from torch import Tensor

MAX_FRAMES = 50_000
MAX_BYTES = 512 * 2**20
SMALL = 64  # containers up to this length are looked into after every line


@dataclass(frozen=True, eq=False)
class Listing:
    """A function as it is read: its lines, and which of them narrate.

    `lines` are the source lines without narration and docstring; the first one is line `first` of the file.
    `statement` maps each line to the first line of the statement it belongs to.
    """

    name: str
    file: str
    first: int
    lines: tuple[str, ...]
    narration: Mapping[int, str]
    statement: Mapping[int, int]

    def text(self, line: int) -> str:
        """The code of a line of the file, without narration."""
        return self.lines[line - self.first]


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A call under way: the line that made it, and its function's variables at that moment."""

    listing: Listing
    line: int
    variables: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What stood after one line was run.

    `callers` are the calls it is inside of, outermost first: none in the traced function itself. `changed`
    names the variables that are new or different; `variables` holds all of them, frozen: tensors are copies,
    lists are tuples. `result` is what the function returned, on its last line.
    """

    index: int
    listing: Listing
    line: int
    callers: tuple[Site, ...]
    changed: tuple[str, ...]
    variables: Mapping[str, Any]
    scope: Mapping[str, Any]
    returned: bool = False
    result: Any = None

    @property
    def depth(self) -> int:
        """How many calls it is inside of."""
        return len(self.callers)

    @property
    def outermost(self) -> Site:
        """The line of the traced function that is being run, itself or by way of calls, with its variables."""
        return self.callers[0] if self.callers else Site(self.listing, self.line, self.variables)

    @property
    def text(self) -> str:
        """The code of the line."""
        return self.listing.text(self.line).strip()

    @property
    def narrated(self) -> bool:
        """Whether the line has something to say."""
        return self.line in self.listing.narration

    @property
    def narration(self) -> str:
        """The line's sentence with its numbers, or "" where it has none."""
        template = self.listing.narration.get(self.line)
        if template is None:
            return ""
        names = dict(self.variables)
        if self.returned:
            names["result"] = self.result
        try:
            return str(eval(_formatter(template), dict(self.scope), names))  # noqa: S307 - our own source text
        except Exception as error:  # a learner's sentence may be wrong; the run is still right
            return f"{template} ({type(error).__name__}: {error})"


@cache
def _formatter(template: str) -> CodeType:
    return compile(f"f{template!r}", "<narration>", "eval")


@dataclass(frozen=True, eq=False)
class Trace:
    """The recorded run: its frames in order, what it returned, and why it ends early where it does."""

    listings: tuple[Listing, ...]
    frames: Sequence[Frame]
    result: Any
    ended_early: str = ""

    def __len__(self) -> int:
        return len(self.frames)

    def at(self, step: int | None) -> Frame | None:
        """The frame after `step` lines; None before the first, at the end (None) or past it."""
        if step is None or not 1 <= step <= len(self.frames):
            return None
        return self.frames[step - 1]

    def steps_narrated(self) -> list[int]:
        """The steps of the traced function itself that have something to say."""
        return [frame.index + 1 for frame in self.frames if frame.narrated and not frame.callers]

    def over(self, step: int, way: int) -> int | None:
        """The next step forwards (way 1) or back (-1) that is not inside a deeper call."""
        here = self.at(step)
        depth = here.depth if here else 0
        return self._first(step, way, lambda frame: frame.depth <= depth)

    def out(self, step: int, way: int) -> int | None:
        """The next step forwards or back in the caller."""
        here = self.at(step)
        depth = here.depth if here else 0
        return self._first(step, way, lambda frame: frame.depth < depth)

    def _first(self, step: int, way: int, wanted: Callable[[Frame], bool]) -> int | None:
        index = step - 1 + way
        while 0 <= index < len(self.frames):
            if wanted(self.frames[index]):
                return index + 1
            index += way
        return None


class Stopped(Exception):
    """The recording was no longer wanted."""


def listing_of(function: Callable[..., Any]) -> Listing:
    """The function's source, split into code and narration."""
    code = function.__code__
    source, first = inspect.getsourcelines(code)
    text = inspect.cleandoc("\n" + "".join(source)) if source[0][:1].isspace() else "".join(source)
    return read_listing(text, code.co_name, code.co_filename, first)


def read_listing(text: str, name: str, file: str, first: int) -> Listing:
    """A listing from source text whose first line is line `first` of the file."""
    lines = text.splitlines()
    comments: dict[int, tuple[int, str]] = {}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and token.string.startswith("#>"):
            comments[token.start[0] - 1] = (token.start[1], token.string[2:].strip())
    statement = _statements(text)
    for number in _docstring(text):
        lines[number] = ""
    narration: dict[int, str] = {}
    above = 0
    for number, line in enumerate(lines):
        if number in comments:
            column, words = comments[number]
            lines[number] = line[:column].rstrip()
            home = statement.get(number, number) if lines[number].strip() else above
            narration[first + home] = f"{narration[first + home]} {words}" if first + home in narration else words
        if lines[number].strip():
            above = statement.get(number, number)
    return Listing(
        name, file, first, tuple(lines), narration, {first + n: first + s for n, s in statement.items()}
    )


def _docstring(text: str) -> range:
    """The lines (from 0) of the function's docstring."""
    body = getattr(ast.parse(text).body[0], "body", [])
    first = body[0] if len(body) > 1 else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return range(first.lineno - 1, first.end_lineno or first.lineno)
    return range(0)


def _statements(text: str) -> dict[int, int]:
    """Line (from 0) -> first line of the innermost statement, or statement's head, that spans it."""
    home: dict[int, int] = {}
    for node in ast.walk(ast.parse(text)):  # parents come before children
        if not isinstance(node, ast.stmt):
            continue
        body = getattr(node, "body", None)
        last = body[0].lineno - 1 if body else (node.end_lineno or node.lineno)
        for line in range(node.lineno, max(last, node.lineno) + 1):
            home[line - 1] = node.lineno - 1
    return home


def record(
    function: Callable[..., Any],
    /,
    *args: Any,
    into: Sequence[Callable[..., Any]] = (),
    max_frames: int = MAX_FRAMES,
    max_bytes: int = MAX_BYTES,
    stop: Callable[[], bool] = lambda: False,
    **kwargs: Any,
) -> Trace:
    """Run `function(*args, **kwargs)` in full and record each line of it, and of the functions in `into`.

    Past `max_frames` or `max_bytes` of copies the recording ends early and says so. The trace function
    found is put back, whatever happens. Exceptions of the function pass through.

    Raises:
        Stopped: `stop`, asked now and then, said so.
    """
    listings = {f.__code__: listing_of(f) for f in (function, *into)}
    recorder = _Recorder(listings, max_frames, max_bytes, stop)
    before = sys.gettrace()
    sys.settrace(recorder.enter)
    try:
        result = function(*args, **kwargs)
    finally:
        sys.settrace(before)
    return Trace(tuple(listings.values()), recorder.frames, result, recorder.ended_early)


@dataclass
class _Call:
    """A traced function under way: its last line, and its variables as they stood before that line."""

    listing: Listing
    callers: tuple[Site, ...]
    copies: _Copies
    variables: Mapping[str, Any]
    watch_all: bool  # a function inside it may change any list behind our back
    line: int | None = None


@dataclass
class _Recorder:
    listings: Mapping[CodeType, Listing]
    max_frames: int
    max_bytes: int
    stop: Callable[[], bool]
    frames: list[Frame] = field(default_factory=list)
    ended_early: str = ""
    calls: dict[FrameType, _Call] = field(default_factory=dict)
    bytes: int = 0

    def enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        listing = self.listings.get(frame.f_code)
        if listing is None or self.ended_early:
            return None
        copies = _Copies()
        variables = copies.of_variables(frame.f_locals, None)
        outer = next(reversed(self.calls.values()), None)
        site = (*outer.callers, Site(outer.listing, outer.line or outer.listing.first, outer.variables)) if outer else ()
        self.calls[frame] = _Call(listing, site, copies, variables, bool(frame.f_code.co_cellvars))
        return self.step

    def step(self, frame: FrameType, event: str, arg: Any) -> Any:
        call = self.calls[frame]
        if event == "line":
            line = call.listing.statement.get(frame.f_lineno, frame.f_lineno)
            if line == call.line and (line != frame.f_lineno or _goes_on_below(call.listing, line)):
                return self.step  # the same statement, continued on another of its lines
            self._finish(frame, call)
            call.line = line
        elif event == "return":
            self._finish(frame, call, returned=True, result=arg)
            del self.calls[frame]
        return None if self.ended_early else self.step

    def _finish(self, frame: FrameType, call: _Call, *, returned: bool = False, result: Any = None) -> None:
        """Keep a frame for the line that has just been run."""
        if call.line is None or self.ended_early:
            return
        mentioned = None if call.watch_all else _names(call.listing, call.line)
        before, after = call.variables, call.copies.of_variables(frame.f_locals, mentioned)
        changed = tuple(name for name, value in after.items() if before.get(name, self) is not value)
        call.variables = after
        self.frames.append(
            Frame(
                len(self.frames), call.listing, call.line, call.callers, changed, after, frame.f_globals,
                returned, call.copies.of(result) if returned else None,
            )
        )  # fmt: skip
        self.bytes += call.copies.taken()
        if len(self.frames) % 64 == 0 and self.stop():
            raise Stopped
        if len(self.frames) >= self.max_frames:
            self.ended_early = f"The recording ends after {self.max_frames:,} steps; the run itself is complete."
        elif self.bytes > self.max_bytes:
            size = self.max_bytes / 2**20
            self.ended_early = f"The recording ends at {size:,.0f} MB of variables; the run itself is complete."


@cache
def _goes_on_below(listing: Listing, line: int) -> bool:
    """Whether a statement spans lines below its first, so that coming back to the first is no new turn."""
    loop = listing.text(line).lstrip().startswith(("for ", "while "))
    return not loop and listing.statement.get(line + 1) == line


@cache
def _names(listing: Listing, line: int) -> frozenset[str]:
    """The names a statement mentions."""
    spanned = [n for n, home in listing.statement.items() if home == line] or [line]
    text = "\n".join(listing.text(n) for n in spanned)
    return frozenset(re.findall(r"[^\W\d]\w*", text))


@dataclass
class _Copies:
    """Values of one call as they stood. An object that did not change gives the very same copy as on the
    line before, so that comparing two moments is comparing identities, and memory grows only with change.
    """

    known: dict[int, tuple[Any, Any, Any]] = field(default_factory=dict)  # id -> object, stamp, copy
    fresh: dict[int, tuple[Any, Any, Any]] = field(default_factory=dict)
    bytes: int = 0

    def of_variables(self, names: Mapping[str, Any], mentioned: frozenset[str] | None) -> dict[str, Any]:
        """A copy of each variable. `mentioned` are the names the line used: only through one of them can a
        long list have changed, so the copies of others stand.
        """
        touched = None if mentioned is None else {id(names[n]) for n in mentioned if n in names}
        self.fresh = {}
        copies = {name: self.of(value, touched) for name, value in names.items()}
        self.known = self.fresh
        return copies

    def taken(self) -> int:
        """The bytes copied since this was last asked."""
        size, self.bytes = self.bytes, 0
        return size

    def of(self, value: Any, touched: set[int] | None = None) -> Any:
        if isinstance(value, Tensor):
            return self._kept(value, value._version, _copy_of_tensor)
        if isinstance(value, list | tuple):
            if len(value) > SMALL:
                return self._long(value, touched)
            return self._kept(value, tuple(self.of(item, touched) for item in value), None)
        if isinstance(value, dict):
            return self._kept(value, {k: self.of(v, touched) for k, v in value.items()}, None)
        if isinstance(value, set | frozenset):
            return self._kept(value, frozenset(value), None)
        if isinstance(value, np.ndarray):
            return self._kept(value, value.tobytes(), lambda array: array.copy())
        return value

    def _kept(self, value: Any, stamp: Any, copy: Callable[[Any], Any] | None) -> Any:
        """The copy of the line before where the stamp is the same; otherwise a new one. Without a way to
        copy, the stamp itself is the copy.
        """
        entry = self.known.get(id(value)) or self.fresh.get(id(value))
        if entry is None or entry[0] is not value or not _alike(entry[1], stamp):
            made = copy(value) if copy else stamp
            self.bytes += made.nbytes if copy else 64
            entry = (value, stamp, made)
        self.fresh[id(value)] = entry
        return entry[2]

    def _long(self, value: Sequence[Any], touched: set[int] | None) -> Any:
        """A long list mostly grows at its end: then all its moments share one log of copies."""
        entry = self.known.get(id(value))
        before = entry[2] if entry is not None and entry[0] is value else None
        before = before if isinstance(before, _Prefix) else None  # it was short a moment ago
        if before is None or touched is None or id(value) in touched:
            log = before.log if before is not None and before.begins(value) else _Log()
            if before is None or log is not before.log or len(log.sources) < len(value):
                log.extend(value[len(log.sources) :], self.of)
                before = _Prefix(log, len(value))
        self.fresh[id(value)] = (value, None, before)
        return before


def _copy_of_tensor(value: Tensor) -> Tensor:
    return value.detach().to("cpu", copy=True)


def _alike(a: Any, b: Any) -> bool:
    """Whether two stamps are the same: containers by the identity of their copies."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(operator.is_, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(map(operator.is_, a.values(), b.values()))
    return type(a) is type(b) and bool(a == b)


@dataclass
class _Log:
    """The entries of a list that grows, as they came, and their copies."""

    sources: list[Any] = field(default_factory=list)
    versions: list[int] = field(default_factory=list)
    copies: list[Any] = field(default_factory=list)

    def extend(self, values: Sequence[Any], copy: Callable[[Any], Any]) -> None:
        self.sources.extend(values)
        self.versions.extend(_versions(values))
        self.copies.extend(map(copy, values))


def _versions(values: Sequence[Any]) -> list[int]:
    try:
        return list(map(operator.attrgetter("_version"), values))
    except AttributeError:
        return [getattr(value, "_version", 0) for value in values]


class _Prefix(Sequence[Any]):
    """The first `length` entries of a growing log: a list as it stood at one moment."""

    def __init__(self, log: _Log, length: int) -> None:
        self.log = log
        self.length = length

    def begins(self, value: Sequence[Any]) -> bool:
        """Whether the list still begins with all that the log holds, unchanged."""
        log, held = self.log, len(self.log.sources)
        if self.length != held or held > len(value):
            return False
        same = all(map(operator.is_, log.sources, value))
        return same and log.versions == _versions(value[:held])

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return tuple(self.log.copies[i] for i in range(*index.indices(self.length)))
        if not -self.length <= index < self.length:
            raise IndexError(index)
        return self.log.copies[index if index >= 0 else self.length + index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.log.copies[: self.length])

    def __repr__(self) -> str:
        return repr(list(self))

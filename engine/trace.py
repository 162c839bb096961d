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
import dis
import inspect
import io
import re
import sys
import tokenize
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from types import CodeType, FrameType
from typing import Any

from engine.copies import SMALL as SMALL
from engine.copies import Copies, Mentions

MAX_FRAMES = 50_000
MAX_BYTES = 512 * 2**20
COMPLETE = "; the run itself is complete."

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
    names the variables that are new or different; `variables` holds all of them, as they stood: copies,
    not to be changed; `before` are the same before the line. `result` is what the function returned, on its
    last line, or yielded. `said` is the line's sentence where it was made elsewhere, with the run.
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
    before: Mapping[str, Any] = field(default_factory=dict)
    said: str | None = None

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
        if template is None or self.said is not None:
            return self.said or ""
        names = {**self.scope, **self.variables}  # as one, or a comprehension would not see the variables
        if self.returned:
            names["result"] = self.result
        try:
            return str(eval(_formatter(template), names))  # noqa: S307 - our own source text
        except NameError as error:
            if error.name == "result" and self.text.startswith("return"):
                return ""  # it raised, or returns only after a `finally`
            return f"{template} (NameError: {error})"
        except Exception as error:  # a learner's sentence may be wrong; the run is still right
            return f"{template} ({type(error).__name__}: {error})"


@cache
def _formatter(template: str) -> CodeType:
    quotes = "'''" if template.endswith('"') or '"""' in template else '"""'
    return compile(f"rf{quotes}{template}{quotes}", "<narration>", "eval")


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

    def last_said(self, upto: int | None = None) -> str:
        """What the stepped function said last, up to the frame of this index or to the end; "" where nothing."""
        last = len(self.frames) - 1 if upto is None else upto
        told = (self.frames[index] for index in range(last, -1, -1))
        return next((frame.narration for frame in told if frame.narrated and not frame.callers), "")

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
    """The function's source, split into code and narration; of a decorated function its own, not the wrapper's.

    Raises:
        ValueError: it has no source to read, or is async.
    """
    return _listing_of(_code_of(function))


def _code_of(function: Any) -> CodeType:
    """The code that a function runs, under partial() and decorators."""
    inner = inspect.unwrap(function)
    while isinstance(inner, partial):
        inner = inspect.unwrap(inner.func)
    code = getattr(inner, "__code__", None)
    name = getattr(inner, "__qualname__", type(inner).__name__)
    if not isinstance(code, CodeType):
        raise ValueError(f"{name} cannot be stepped through: it is no function written in Python.")
    if code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        raise ValueError(f"{name} cannot be stepped through: it is async.")
    if code.co_name == "<lambda>":
        raise ValueError(f"{name} cannot be stepped through: a lambda has no lines; give it a def.")
    return code


@lru_cache(256)
def _listing_of(code: CodeType) -> Listing:
    try:
        lines, first = inspect.getsourcelines(code)
        margin = lines[0][: -len(lines[0].lstrip())]
        text = "".join(line.removeprefix(margin) for line in lines)
        return read_listing(text, code.co_name, code.co_filename, first)
    except (OSError, TypeError, SyntaxError, tokenize.TokenError) as error:
        why = "its source is not in a file, or no longer the one that runs"
        raise ValueError(f"{code.co_name} cannot be stepped through: {why}.") from error


def read_listing(text: str, name: str, file: str, first: int) -> Listing:
    """A listing from source text whose first line is line `first` of the file."""
    lines = text.splitlines()
    comments: dict[int, tuple[int, str]] = {}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and token.string.startswith("#>"):
            comments[token.start[0] - 1] = (token.start[1], token.string[2:].strip())
    statement = statements(text)
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
    function = ast.parse(text).body[0]
    first, *more = getattr(function, "body", None) or [None]
    if not more or not isinstance(first, ast.Expr) or first.lineno == function.lineno:
        return range(0)
    is_text = isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return range(first.lineno - 1, first.end_lineno or first.lineno) if is_text else range(0)


def statements(text: str) -> dict[int, int]:
    """Line (from 0) -> first line of the innermost statement, or statement's head, that spans it."""
    home: dict[int, int] = {}
    for node in ast.walk(ast.parse(text)):  # parents come before children
        if not isinstance(node, ast.stmt | ast.ExceptHandler):
            continue
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
        body = getattr(node, "body", None)
        last = body[0].lineno - 1 if body else (node.end_lineno or node.lineno)
        for line in range(first, max(last, node.lineno) + 1):
            home[line - 1] = first - 1
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

    Past `max_frames` or `max_bytes` of copies the recording ends early and says so. A generator is run to its
    end: the result is the list of what it yields. The trace function found is put back, whatever happens.
    Exceptions of the function pass through.

    Raises:
        ValueError: a function has no source to read, or is async.
        Stopped: `stop`, asked now and then, said so.
    """
    call = partial(function, *args, **kwargs)
    trace, error = attempt(call, into=into, max_frames=max_frames, max_bytes=max_bytes, stop=stop)
    if error is not None:
        try:
            raise error
        finally:
            del error  # it holds this very frame
    return trace


def attempt(
    call: Callable[[], Any],
    *,
    into: Sequence[Callable[..., Any]] = (),
    max_frames: int = MAX_FRAMES,
    max_bytes: int = MAX_BYTES,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Trace, BaseException | None]:
    """As `record`, for a call with its arguments: what was recorded, and the exception that ended it, if one did.

    Raises:
        ValueError: a function has no source to read, or is async.
        Stopped: `stop`, asked now and then, said so.
    """
    codes = [_code_of(f) for f in (call, *into)]
    listings = {code: _listing_of(code) for code in codes}
    recorder = _Recorder({id(code): listing for code, listing in listings.items()}, max_frames, max_bytes, stop)
    result, error = None, None
    before = sys.gettrace()
    sys.settrace(recorder.enter)
    try:
        result = call()
        if inspect.isgenerator(result) and result.gi_code is codes[0]:
            result = list(result)
    except BaseException as ended:
        error = ended
    finally:
        sys.settrace(before)
        recorder.listings = {}
    if recorder.stopped:  # whatever the function made of it
        raise Stopped
    early = recorder.ended_early if error is None else recorder.ended_early.replace(COMPLETE, ".")
    return Trace(tuple(listings.values()), recorder.frames, result, early), error


@dataclass(eq=False)
class _Call:
    """A traced function under way: the statement it is in, and its variables as they stood before that."""

    frame: FrameType
    listing: Listing
    copies: Copies
    callers: tuple[Site, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    line: int | None = None
    start: int = 0  # where the statement's bytecode was entered,
    offset: int = 0  # and how far in it, and on which line of the file, the last event was
    number: int = 0
    has_left: bool = False  # a `with` block, whose end may have changed anything

    def inner(self) -> tuple[Site, ...]:
        """The callers of a function that is called now."""
        return *self.callers, Site(self.listing, self.line or self.listing.first, self.variables)

    def goes_on(self, line: int, frame: FrameType) -> bool:
        """Whether the run is still in the same statement, on any of its lines: bytecode goes back only for
        another turn of a loop. A `with` that is come back to from below is being left.
        """
        offset, number = frame.f_lasti, frame.f_lineno
        before, self.offset, self.number = (self.offset, self.number), offset, number
        if self.line is None or line > self.line:
            return False
        if line < self.line:
            self.has_left = offset > before[0] and _keyword(self.listing, line) == "with"
            return self.has_left
        if offset <= self.start:
            return False
        return _keyword(self.listing, line) not in ("for", "while") or (offset > before[0] and number != before[1])


@dataclass(eq=False)
class _Recorder:
    listings: Mapping[int, Listing]  # by the id of the code
    max_frames: int
    max_bytes: int
    stop: Callable[[], bool]
    frames: list[Frame] = field(default_factory=list)
    ended_early: str = ""
    stopped: bool = False
    calls: list[_Call] = field(default_factory=list)  # under way, innermost last
    resting: dict[FrameType, _Call] = field(default_factory=dict)  # generators that have yielded
    bytes: int = 0

    def enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        listing = self.listings.get(id(frame.f_code))
        if listing is None or self.ended_early:
            return None
        outer = self.calls[-1] if self.calls else None
        call = self.resting.pop(frame, None)
        if call is None:
            copies = Copies(outer.copies if outer else None, by_content=_shares_memory(listing))
            call = _Call(frame, listing, copies)
        call.callers, call.line = outer.inner() if outer else (), None
        call.variables = call.copies.of_variables(dict(frame.f_locals))
        self.calls.append(call)
        return self.step

    def step(self, frame: FrameType, event: str, arg: Any) -> Any:
        if (not self.calls or self.calls[-1].frame is not frame) and self.enter(frame, event, arg) is None:
            return None  # nobody listens any more; else it is a generator that is being closed
        call = self.calls[-1]
        if event == "line":
            line = call.listing.statement.get(frame.f_lineno, frame.f_lineno)
            if call.goes_on(line, frame):
                return self.step
            self._finish(frame, call)
            call.line, call.start = line, frame.f_lasti
        elif event == "return":
            self._finish(frame, call, returned=arg is not None or _gives(frame), result=arg)
            self.calls.pop()
            if frame.f_code.co_flags & inspect.CO_GENERATOR:
                self.resting[frame] = call
        return None if self.ended_early else self.step

    def _finish(self, frame: FrameType, call: _Call, *, returned: bool = False, result: Any = None) -> None:
        """Keep a frame for the line that has just been run."""
        if call.line is None or self._is_full():
            return
        before = call.variables
        mentions = None if call.has_left else _mentions(call.listing, call.line)
        after, call.has_left = call.copies.of_variables(dict(frame.f_locals), mentions), False
        changed = tuple([name for name, value in after.items() if before.get(name, self) is not value])
        if changed or len(after) != len(before):
            call.variables = after
        self.frames.append(
            Frame(
                len(self.frames), call.listing, call.line, call.callers, changed, call.variables, frame.f_globals,
                returned, call.copies.of(result) if returned else None, before,
            )
        )  # fmt: skip
        self.bytes += call.copies.taken()
        if len(self.frames) % 64 == 0 and self.stop():
            self.stopped = True
            raise Stopped

    def _is_full(self) -> bool:
        """Whether a limit is reached; then the run goes on untraced."""
        if len(self.frames) >= self.max_frames:
            self.ended_early = f"The recording ends after {self.max_frames:,} steps{COMPLETE}"
        elif self.bytes > self.max_bytes:
            size = self.max_bytes / 2**20
            self.ended_early = f"The recording ends at {size:,.0f} MB of variables{COMPLETE}"
        if self.ended_early:
            sys.settrace(None)
        return bool(self.ended_early)


GIVING = {dis.opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST", "YIELD_VALUE") if name in dis.opmap}


def _gives(frame: FrameType) -> bool:
    """Whether a call ends, or rests, by giving a value: not by an exception."""
    return frame.f_code.co_code[frame.f_lasti] in GIVING


@lru_cache(4096)
def _keyword(listing: Listing, line: int) -> str:
    """The word that a line begins with."""
    found = re.match(r"\s*(\w*)", listing.text(line))
    return found[1] if found else ""


@lru_cache(4096)
def _mentions(listing: Listing, line: int) -> Mentions:
    """The names in a statement."""
    spanned = [n for n, home in listing.statement.items() if home == line] or [line]
    text = "\n".join(listing.text(n) for n in spanned)
    names = frozenset(re.findall(r"[^\W\d]\w*", text))
    return Mentions(names, names.difference(re.findall(r"\b([^\W\d]\w*)\b(?!\.append\()", text)))


@lru_cache(256)
def _shares_memory(listing: Listing) -> bool:
    """Whether a function changes tensors by ways on which they do not get a new version."""
    return any(re.search(r"\.data\b|numpy", text) for text in listing.lines)

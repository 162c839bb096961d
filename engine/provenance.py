"""Why is it so? Which step of a recorded run gave a variable, or one element of it, its value, and from what.

The step is the last one, up to now, that changed it in the call that has it. A line that computes a variable
anew gave a value to every element of it; one that makes it from what it was (`scores = scores * factor`,
`out[i, j] = total`) to those elements that came out different. What a call was given leads back to the line
that made the call. The operands of the step's line, as they stood before it, can be asked about in turn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from engine.expressions import parse
from engine.operations import BadExpression
from engine.search import ABSENT
from engine.statements import Deed, Read, deeds_of, parameters_of
from engine.trace import Frame, Listing, Site, Trace

MOST_CALLS = 4  # results of calls among the operands of a line

NOTHING = Deed()


@dataclass(frozen=True)
class Cell:
    """A variable, or where there is an index one element (or row) of it."""

    name: str
    index: tuple[int, ...] = ()

    def __str__(self) -> str:
        return self.name + (f"[{', '.join(map(str, self.index))}]" if self.index else "")


@dataclass(frozen=True, eq=False)
class Question:
    """Why is a cell as it stands after the step `upto`, `value`, in the call made by way of `callers`?"""

    cell: Cell
    upto: int
    callers: tuple[Site, ...] = ()
    value: Any = ABSENT


@dataclass(frozen=True, eq=False)
class Operand:
    """What a line read: its text in the line, its value before it, and the question that leads on. Of a call
    that the line made, the value is what it returned, and `step` the step of its return.
    """

    text: str
    value: Any
    question: Question | None = None
    step: int | None = None


@dataclass(frozen=True, eq=False)
class Answer:
    """The step that gave a cell its value. `how` says whether its line *set* it, or it came as an *argument*
    of the call that the line made, or was *given* to the run from the start (step 0). `value` is the cell
    after it, `before` the cell before it (ABSENT where there was none).
    """

    cell: Cell
    step: int
    how: Literal["set", "argument", "given"]
    listing: Listing
    line: int
    value: Any
    before: Any
    operands: tuple[Operand, ...]


def question_at(trace: Trace, step: int | None, cell: Cell) -> Question | None:
    """The question about a cell as it is seen at a step, in the innermost call that has the variable; at the
    end of the run (None) as it stood last. None where there is no such cell.
    """
    frame = trace.at(step)
    if frame is None and step != 0:
        frame = next((f for f in reversed(trace.frames) if not f.callers and cell.name in f.variables), None)
    if frame is None:
        return None
    scopes = [(frame.callers, frame.variables)]
    scopes += [(frame.callers[:n], frame.callers[n].variables) for n in reversed(range(frame.depth))]
    for callers, variables in scopes:
        if cell.name in variables:
            value = part(variables[cell.name], cell.index)
            return Question(cell, frame.index + 1, callers, value) if value is not ABSENT else None
    return None


def answer(trace: Trace, question: Question) -> Answer:
    """The step that gave the cell its value, and what its line made it from."""
    cell, first = question.cell, None
    for frame in _frames_of_call(trace, question):
        if _gave(frame, cell):
            value, before = (part(one.get(cell.name, ABSENT), cell.index) for one in (frame.variables, frame.before))
            operands = operands_at(trace, frame.index + 1, cell)
            return Answer(cell, frame.index + 1, "set", frame.listing, frame.line, value, before, operands)
        first = frame
    first = first or _first_of_call(trace, question)
    rested = _rested(trace, first, cell)
    return answer(trace, rested) if rested else _came_in(trace, question, first)


def operands_at(trace: Trace, step: int, cell: Cell | None = None) -> tuple[Operand, ...]:
    """What the line of a step read, as it stood before; of a line that works element by element, what went
    into the cell. Results of calls that the line made come last.
    """
    frame = trace.frames[step - 1]
    deed = deeds_of(frame.listing).get(frame.line, NOTHING)
    carried: tuple[int, ...] = ()
    shape: tuple[int, ...] = ()
    made = frame.variables.get(cell.name) if cell is not None else None
    if cell is not None and cell.name == deed.alone and isinstance(made, Tensor):
        carried, shape = cell.index, tuple(made.shape)
    upto = _before_calls(trace, step - 1, frame.depth)
    found = _operands(deed, frame.before, Question(Cell(""), upto, frame.callers), carried, shape)
    return (*found, *_results(trace, frame))


# ---------------------------------------------------------------------------- the steps of a call


def _frames_of_call(trace: Trace, question: Question) -> Iterator[Frame]:
    """The steps of one call, backwards from the question's."""
    depth = len(question.callers)
    for index in range(min(question.upto, len(trace)) - 1, -1, -1):
        frame = trace.frames[index]
        if frame.depth < depth or (depth and frame.callers[depth - 1] is not question.callers[-1]):
            return
        if frame.depth == depth:
            yield frame


def _first_of_call(trace: Trace, question: Question) -> Frame:
    """The first step of a call that is asked about before it."""
    depth = len(question.callers)
    for index in range(question.upto, len(trace)):
        frame = trace.frames[index]
        if frame.depth == depth and (not depth or frame.callers[-1] is question.callers[-1]):
            return frame
    raise LookupError("there is no such call")


def _rested(trace: Trace, first: Frame, cell: Cell) -> Question | None:
    """Where a generator goes on, the same question about it when it last gave a value."""
    if cell.name in parameters_of(first.listing):
        return None
    for index in range(first.index - 1, -1, -1):
        frame = trace.frames[index]
        if frame.listing is first.listing and frame.depth == first.depth and cell.name in frame.variables:
            return Question(cell, index + 1, frame.callers)
    return None


def _gave(frame: Frame, cell: Cell) -> bool:
    """Whether a step gave the cell its value."""
    deed = deeds_of(frame.listing).get(frame.line, NOTHING)
    if cell.name not in frame.variables or not (cell.name in frame.changed or cell.name in deed.sets):
        return False
    if not cell.index or deed.makes(cell.name):
        return True
    before = part(frame.before.get(cell.name, ABSENT), cell.index)
    return not same(before, part(frame.variables[cell.name], cell.index))


def _came_in(trace: Trace, question: Question, first: Frame) -> Answer:
    """The answer where no step of the call set the cell: it is an argument of the call, or of the whole run."""
    cell, callers = question.cell, question.callers
    value = part(first.before.get(cell.name, ABSENT), cell.index)
    if not callers:
        return Answer(cell, 0, "given", first.listing, first.listing.first, value, ABSENT, ())
    site = callers[-1]
    upto = _before_calls(trace, first.index, len(callers) - 1)
    deed = deeds_of(site.listing).get(site.line, NOTHING)
    operands = _operands(deed, site.variables, Question(Cell(""), upto, callers[:-1]), (), ())
    whole = first.before.get(cell.name)
    nearest = sorted(operands, key=lambda operand: operand.value is not whole)  # what was handed on as it is
    return Answer(cell, first.index + 1, "argument", site.listing, site.line, value, ABSENT, tuple(nearest))


def _before_calls(trace: Trace, upto: int, depth: int) -> int:
    """The last step before the calls that led up to here were made from a call of a depth."""
    while upto and trace.frames[upto - 1].depth > depth:
        upto -= 1
    return upto


# ---------------------------------------------------------------------------- what a line read


def _operands(
    deed: Deed, variables: Mapping[str, Any], asked: Question, carried: tuple[int, ...], shape: tuple[int, ...]
) -> Iterator[Operand]:
    """The operands of a line among the variables before it; each asks on from there."""
    seen = set()
    for read in deed.reads:
        base = variables.get(read.base, ABSENT)
        if base is ABSENT or callable(base) or isinstance(base, ModuleType):
            continue
        text, value, index = _looked_up(read, variables, carried, shape)
        if text not in seen:
            seen.add(text)
            yield Operand(text, value, replace(asked, cell=Cell(read.base, index), value=value))


def _looked_up(
    read: Read, variables: Mapping[str, Any], carried: tuple[int, ...], shape: tuple[int, ...]
) -> tuple[str, Any, tuple[int, ...]]:
    """An operand's text and value, and the index of the cell that it is, () for all of its variable."""
    base = variables[read.base]
    if not read.index:
        index = _carried(base, carried, shape)
        return str(Cell(read.base, index)), part(base, index), index
    try:
        value = parse(read.text).value(variables)
    except BadExpression:
        return read.base, base, ()
    return read.text, value, _places(base, read.index, variables)


def _carried(base: Any, index: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """The element of an operand that goes into an element of the result, by the rules of broadcasting."""
    if not isinstance(base, Tensor) or len(index) != len(shape) or base.dim() > len(shape):
        return ()
    ends = list(zip(base.shape, shape[len(shape) - base.dim() :], index[len(shape) - base.dim() :], strict=True))
    if any(size not in (1, wanted) for size, wanted, _ in ends):
        return ()
    return tuple(0 if size == 1 else place for size, _, place in ends)


def _places(base: Any, codes: tuple[str, ...], variables: Mapping[str, Any]) -> tuple[int, ...]:
    """The indices that a line writes, as numbers from 0; () where one is a slice or a whole tensor."""
    places: tuple[int, ...] = ()
    for code in codes:
        try:
            value = int(code) if code.lstrip("-").isdigit() else parse(code).value(variables)
            if isinstance(value, Tensor) and value.dim() == 0 and not value.is_floating_point():
                value = value.item()
            if type(value) is not int:
                return ()
            container = part(base, places)
            places += (value + len(container) if value < 0 else value,)
        except (BadExpression, TypeError):
            return ()
    return places if part(base, places) is not ABSENT else ()


def _results(trace: Trace, frame: Frame) -> tuple[Operand, ...]:
    """What the calls that a line made returned, the last of them."""
    found: list[Operand] = []
    for index in range(frame.index - 1, -1, -1):
        made = trace.frames[index]
        if made.depth <= frame.depth or len(found) == MOST_CALLS:
            break
        if made.depth == frame.depth + 1 and made.returned:
            found.append(Operand(f"{made.listing.name}()", made.result, step=index + 1))
    return tuple(reversed(found))


# ---------------------------------------------------------------------------- values


def part(value: Any, index: Sequence[int]) -> Any:
    """An element of a tensor, an array or a nested list; ABSENT where there is none."""
    try:
        for place, i in enumerate(index):
            if isinstance(value, Tensor | np.ndarray):
                return value[tuple(index[place:])]
            if not isinstance(value, Sequence | deque) or isinstance(value, str):
                return ABSENT
            value = value[i]
    except (LookupError, TypeError, ValueError):
        return ABSENT
    return value


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal; NaN is like NaN."""
    if a is b:
        return True
    if isinstance(a, np.ndarray | np.generic) and isinstance(b, np.ndarray | np.generic):
        return bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        return torch.equal(a, b) or bool(((a == b) | ((a != a) & (b != b))).all())
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if type(a) is not type(b) or not isinstance(a, bool | int | float | complex | str | bytes):
        return False
    return bool(a == b or (a != a and b != b))

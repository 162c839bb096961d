"""Searching a recorded run: where a condition comes to hold, and what an expression was at every step.

An expression is worked out in the innermost call under way that has all its variables: inside a function that
`best == 7` says nothing of, it goes on holding for the caller. A step is a *hit* of a condition when it holds
after the step and one of its variables has just changed, or come to be, in that call: so a search stops at
every new value for which it holds, and not on the lines between that leave them alone. Where the variables
are not all there yet, or the expression cannot be worked out (an index beyond a list that is still short), it
does not hold.

Steps that changed none of the variables share their very copies, so an expression is worked out once for each
combination of copies, however long the run.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.expressions import Expression
from engine.operations import FUNCTIONS, BadExpression
from engine.trace import Frame, Listing, Stopped, Trace

ABSENT: Any = type("Absent", (), {"__repr__": lambda self: "absent"})()  # there is no value at this step
ASK_EVERY = 256  # steps between two looks at whether the answer is still wanted

Stop = Callable[[], bool]
Scope = tuple[int, Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Course:
    """What an expression was after each step: `values[step - 1]`, ABSENT where there was nothing to work out.

    `numbers` are the same as numbers, NaN where `is_number` says that there is none.
    """

    values: list[Any]
    numbers: NDArray[np.float64]
    is_number: NDArray[np.bool_]

    @cached_property
    def is_plotted(self) -> bool:
        """Whether it is mostly one number: a tensor may have a single element by chance."""
        there = sum(value is not ABSENT for value in self.values)
        return bool(2 * self.is_number.sum() > there)


def hits(trace: Trace, condition: Expression, stop: Stop = lambda: False) -> list[int]:
    """The steps at which a condition comes to hold, or holds for new values, rising.

    Raises:
        BadExpression: it names a variable that the run does not have, or can be worked out at none of its steps.
        Stopped: `stop`, asked now and then, said so.
    """
    found: list[int] = []
    before: dict[int, Any] = {}
    attempts = _Attempts(condition.holds)
    for step, scope, key, variables in _moments(trace, condition, stop):
        if before.get(scope) != key:
            before[scope] = key
            if attempts.at(key, variables) is True:
                found.append(step)
    attempts.check()
    return found


def course(trace: Trace, expression: Expression, stop: Stop = lambda: False) -> Course:
    """What an expression was after each step.

    Raises:
        BadExpression: see hits.
        Stopped: `stop`, asked now and then, said so.
    """
    values: list[Any] = [ABSENT] * len(trace)
    numbers = np.full(len(trace), np.nan)
    is_number = np.zeros(len(trace), bool)
    attempts, last, number = _Attempts(expression.value), None, None
    for step, scope, key, variables in _moments(trace, expression, stop):
        value = attempts.at(key, variables)
        if (scope, key) != last:
            last, number = (scope, key), number_of(value)
        values[step - 1] = value
        if number is not None:
            numbers[step - 1], is_number[step - 1] = number, True
    attempts.check()
    return Course(values, numbers, is_number)


def number_of(value: Any) -> float | None:
    """A single number as it is plotted; None for everything else."""
    if isinstance(value, Tensor):
        if value.numel() != 1 or value.is_complex():
            return None
        value = value.item()
    if not isinstance(value, bool | int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def variables_of(trace: Trace) -> list[str]:
    """The names that an expression may have: all variables of the run, also those that no step came to set."""
    names: dict[str, None] = {}
    last: Mapping[str, Any] | None = None
    for frame in trace.frames:
        if frame.variables is not last:
            last = frame.variables
            names.update(dict.fromkeys(last))
    for listing in trace.listings:
        names.update(dict.fromkeys(_named_in(listing)))
    return list(names)


@lru_cache(64)
def _named_in(listing: Listing) -> tuple[str, ...]:
    """The parameters of a function, and the variables that it sets somewhere."""
    try:
        tree = ast.parse("\n".join(listing.lines))
    except SyntaxError:  # nothing but a docstring was in it
        return ()
    found = [node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)]
    return *found, *(n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


def _check_names(trace: Trace, expression: Expression) -> None:
    there = variables_of(trace)
    unknown = [name for name in expression.names if name not in there]
    if unknown and unknown[0] in FUNCTIONS:
        raise BadExpression(f"{unknown[0]} is a function: write what it is of, as in {unknown[0]}(x).")
    if unknown:
        raise BadExpression(f"There is no variable {unknown[0]} in this run; there are {', '.join(there)}.")


class _Attempts:
    """An expression worked out once for each combination of copies, with the first fault of all."""

    def __init__(self, work: Callable[[Mapping[str, Any]], Any]) -> None:
        self.work = work
        self.known: dict[Any, Any] = {}
        self.fault: BadExpression | None = None
        self.succeeded = False

    def at(self, key: Any, variables: Mapping[str, Any]) -> Any:
        """What it comes to; ABSENT where it cannot be worked out."""
        try:
            return self.known[key]
        except KeyError:
            pass
        try:
            value = self.work(variables)
            self.succeeded = True
        except BadExpression as fault:
            value, self.fault = ABSENT, self.fault or fault
        self.known[key] = value
        return value

    def check(self) -> None:
        """Raise the first fault of an expression that could be worked out nowhere."""
        if self.fault is not None and not self.succeeded:
            raise self.fault


def _moments(
    trace: Trace, expression: Expression, stop: Stop
) -> Iterator[tuple[int, int, Any, Mapping[str, Any]]]:
    """The steps that have all the variables: the step, which call has them, the copies' ids, and the variables."""
    _check_names(trace, expression)
    names = expression.names
    before: Frame | None = None
    scope: Scope | None = None
    key: Any = None
    for step, frame in enumerate(trace.frames, 1):
        if step % ASK_EVERY == 0 and stop():
            raise Stopped
        if before is None or frame.variables is not before.variables or frame.callers is not before.callers:
            scope = _scope(frame, names)
            key = None if scope is None else tuple([id(scope[1][name]) for name in names])
        before = frame
        if scope is not None:
            yield step, scope[0], key, scope[1]


def _scope(frame: Frame, names: tuple[str, ...]) -> Scope | None:
    """The innermost call under way that has all the names, by the id of the line that made it."""
    if all(name in frame.variables for name in names):
        return (id(frame.callers[-1]) if frame.callers else 0), frame.variables
    for depth in reversed(range(len(frame.callers))):
        variables = frame.callers[depth].variables
        if all(name in variables for name in names):
            return (id(frame.callers[depth - 1]) if depth else 0), variables
    return None

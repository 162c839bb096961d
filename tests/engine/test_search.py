"""Searching a recorded run, against Python's own evaluation at every single frame."""
# ruff: noqa: B007, S307 - functions to be stepped through; the oracle is eval, of what is written here

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.detection.boxes import box_iou
from engine.detection.nms import nms, soft_nms
from engine.expressions import parse
from engine.operations import BadExpression
from engine.search import ABSENT, course, hits, number_of, variables_of
from engine.trace import Frame, Stopped, Trace, record

NAN = float("nan")


# ---------------------------------------------------------------------------- functions to be stepped through


def descend(theta: Tensor, rate: float, steps: int) -> Tensor:
    path = [theta]
    for step in range(steps):
        gradient = 2 * theta
        theta = theta - rate * gradient
        path.append(theta)
    return torch.stack(path)


def factorial(n: int) -> int:
    if n <= 1:
        return 1
    below = factorial(n - 1)
    product = n * below
    return product


def half(value: float) -> float:
    best = value / 2
    return best


def halves(values: list[float]) -> float:
    best = 0.0
    for value in values:
        other = half(value)
        best = max(best, other)
    return best


def pairs(count: int) -> list[int]:
    def unused() -> None: ...

    found = []
    for i in range(count):
        for j in range(3):
            if (i + j) % 2:
                found.append(i * j)
    return found


def boxes(count: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    random = torch.Generator().manual_seed(seed)
    corner = torch.rand(count, 2, generator=random) * 60
    size = 5 + torch.rand(count, 2, generator=random) * 30
    labels = torch.randint(2, (count,), generator=random)
    return torch.cat([corner, corner + size], 1), torch.rand(count, generator=random), labels


RUNS: dict[str, Trace] = {
    "nms": record(nms, *boxes(40, 0), 0.3, into=(box_iou,)),
    "soft": record(soft_nms, *boxes(15, 1), lambda overlap: 1 - overlap),
    "descent": record(descend, torch.tensor([1.0, -2.0]), 1e30, 9),
    "recursion": record(factorial, 6),
    "calls": record(halves, [3.0, 9.0, 1.0, 20.0], into=(half,)),
    "loops": record(pairs, 7),
}
# in our words and, for the oracle, in Python's, where they are not the same
CONDITIONS = [
    ("nms", "overlap.max() > 0.5", ""), ("nms", "best == 7", ""), ("nms", "best % 2 == 0", ""), ("nms",
    "len(keep) > 3", ""),
    ("nms", "len(order) < 9 and best > 10", ""), ("nms", "gone.sum() >= 2 or best == 0", ""), ("nms",
    "keep[2] > 5", ""),
    ("nms", "overlap > 0.5", "(overlap > 0.5).any()"), ("nms", "not gone", "not gone.any()"),
    ("nms", "boxes[best][0] > 30", ""), ("nms", "union.min() < 300", ""), ("nms", "a[0] > boxes.min()", ""),
    ("nms", "7 in order", "(order == 7).any()"), ("nms", "iou_threshold > 0", ""), ("nms",
    "order[0] == best + 1", ""),
    ("nms", "0.2 < overlap.mean() < 0.3", "0.2 < (overlap.mean() if len(overlap) else {}[0]) < 0.3"), ("nms",
    "1 / len(rest) > 0.2", ""),
    ("soft", "scores.min() < 0.05", ""), ("soft", "waiting.sum() == 3", ""), ("soft", "factor.min() < 0.5", ""),
    ("soft", "isnan(scores)", "torch.isnan(scores).any()"), ("soft", "argmax(scores) == best",
    "torch.argmax(scores) == best"),
    ("descent", "isnan(theta)", "torch.isnan(theta).any()"), ("descent", "not isfinite(theta)",
    "not torch.isfinite(theta).any()"),
    ("descent", "step == 7", ""), ("descent", "abs(theta).max() > 1e35", "theta.abs().max() > 1e35"),
    ("descent", "len(path) % 3 == 0", ""), ("recursion", "n == 3", ""), ("recursion", "product > 20", ""),
    ("recursion", "below * n == product", ""), ("calls", "best > 4", ""), ("calls", "value > 2 and best > 1", ""),
    ("loops", "i == j", ""), ("loops", "(i + j) % 3 == 0", ""), ("loops", "len(found) == 4", ""), ("loops",
    "count > 99", ""),
]  # fmt: skip


# ---------------------------------------------------------------------------- the oracle


def scope_of(frame: Frame, names: tuple[str, ...]) -> tuple[Any, dict[str, Any]] | None:
    """The innermost of the calls under way that has all the names, and what it has."""
    under_way = [(tuple(map(id, frame.callers)), frame.variables)]
    for depth in range(len(frame.callers) - 1, -1, -1):
        under_way.append((tuple(map(id, frame.callers[:depth])), frame.callers[depth].variables))
    return next(((call, dict(there)) for call, there in under_way if set(names) <= set(there)), None)


def by_brute_force(trace: Trace, names: tuple[str, ...], text: str) -> Iterator[tuple[int, Any, bool]]:
    """Each step's value by Python itself, ABSENT where there is none, and whether a variable has changed."""
    last: dict[Any, list[Any]] = {}
    for step, frame in enumerate(trace.frames, 1):
        scope = scope_of(frame, names)
        if scope is None:
            yield step, ABSENT, False
            continue
        call, variables = scope
        now = [variables[name] for name in names]
        before = last.get(call)
        last[call] = now
        changed = before is None or any(a is not b for a, b in zip(now, before, strict=True))
        try:
            yield step, eval(text, {"torch": torch, "abs": abs, "nan": NAN}, variables), changed
        except (ArithmeticError, LookupError, RuntimeError, ValueError):
            yield step, ABSENT, changed


@pytest.mark.parametrize(("run", "text", "python"), CONDITIONS)
def test_hits_are_where_every_single_frame_says_so(run, text, python):
    trace, condition = RUNS[run], parse(text)
    wanted = [
        step
        for step, value, changed in by_brute_force(trace, condition.names, python or text)
        if value is not ABSENT and bool(value) and changed
    ]
    assert hits(trace, condition) == wanted


@pytest.mark.parametrize(("run", "text", "python"), CONDITIONS)
def test_the_course_is_what_every_single_frame_says(run, text, python):
    trace, condition = RUNS[run], parse(text)
    followed = course(trace, condition)
    assert len(followed.values) == len(trace)
    for step, value, _ in by_brute_force(trace, condition.names, python or text):
        found = followed.values[step - 1]
        assert (found is ABSENT) == (value is ABSENT)
        if value is not ABSENT and not python:
            assert bool(torch.as_tensor(found == value).all())
        number = number_of(found) if found is not ABSENT else None
        assert followed.is_number[step - 1] == (number is not None)
        assert number is None or followed.numbers[step - 1] == number


def test_the_conditions_hold_somewhere_and_not_everywhere():
    """The comparison above would say nothing of conditions that never hold."""
    counts = {(run, text): len(hits(RUNS[run], parse(text))) for run, text, _ in CONDITIONS}
    assert sum(count > 1 for count in counts.values()) > len(counts) / 2
    assert sum(count == 0 for count in counts.values()) < 8
    assert all(count < len(RUNS[run]) for (run, _), count in counts.items())


# ---------------------------------------------------------------------------- what a hit is


def texts(trace: Trace, steps: list[int]) -> list[str]:
    return [trace.at(step).text for step in steps]


def test_it_stops_at_each_new_value_and_not_on_the_lines_between():
    found = hits(RUNS["nms"], parse("overlap.max() > 0.1"))
    assert len(found) > 3
    assert set(texts(RUNS["nms"], found)) == {"overlap = overlap_of(boxes[best], boxes[rest])"}


def test_the_first_nan_is_where_it_comes_to_be():
    trace = RUNS["descent"]
    step = hits(trace, parse("isnan(theta)"))[0]
    assert trace.at(step).text == "theta = theta - rate * gradient"
    assert torch.isnan(trace.at(step).variables["theta"]).any()
    assert not torch.isnan(trace.at(step).before["theta"]).any()


def test_inside_a_function_that_does_not_know_the_variable_it_holds_on():
    """No hit on the way into a call, and none on the way out."""
    trace = RUNS["calls"]
    found = hits(trace, parse("value > 2 and best > 1"))
    inside = [step for step in found if trace.at(step).callers]
    assert set(texts(trace, inside)) == {"best = value / 2"}
    assert texts(trace, [step for step in found if not trace.at(step).callers])[0].startswith("best = max")
    assert len(hits(trace, parse("other > 0"))) == 4


def test_each_call_of_a_recursion_has_variables_of_its_own():
    trace = RUNS["recursion"]
    found = hits(trace, parse("n == 3"))
    assert [trace.at(step).depth for step in found] == [3]


# ---------------------------------------------------------------------------- faults


def test_an_unknown_variable_is_named_with_those_there_are():
    with pytest.raises(
        BadExpression, match=r"There is no variable ovrlap in this run; there are theta, rate, steps, "
    ):
        hits(RUNS["descent"], parse("ovrlap > 1"))


def test_a_variable_that_this_run_never_set_is_known_all_the_same():
    trace = record(pairs, 0)
    assert "j" in variables_of(trace)
    assert hits(trace, parse("j == 1")) == []
    assert course(trace, parse("j")).values == [ABSENT] * len(trace)


def test_what_can_be_worked_out_nowhere_says_why():
    with pytest.raises(BadExpression, match="cannot be reckoned with"):
        hits(RUNS["nms"], parse("keep + 1 > 2"))
    with pytest.raises(BadExpression, match="cannot be worked out"):
        course(RUNS["nms"], parse("boxes[9999]"))


def test_what_can_be_worked_out_somewhere_holds_only_there():
    trace = RUNS["nms"]
    found = hits(trace, parse("keep[2] >= 0"))
    assert found
    assert all(len(trace.at(step).outermost.variables["keep"]) > 2 for step in found)


def test_it_stops_when_it_is_told_to():
    trace = record(pairs, 200)
    asked = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(Stopped):
        hits(trace, parse("i == 3"), stop)
    assert len(asked) == 3


# ---------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3.0), (True, 1.0), (0.5, 0.5), (torch.tensor([[2]]), 2.0), (torch.tensor(True), 1.0), (10**400, math.inf),
        (-(10**400), -math.inf), (torch.tensor([1, 2]), None), (torch.tensor(1j), None), ("a", None),
        (None, None), ([1], None),
    ],
)  # fmt: skip
def test_a_single_number_is_plotted_and_nothing_else(value, number):
    assert number_of(value) == number


def test_nan_and_infinity_are_numbers_of_the_course():
    followed = course(RUNS["descent"], parse("theta[0]"))
    numbers = followed.numbers[followed.is_number]
    assert np.isnan(numbers).any()
    assert np.isinf(numbers).any()
    assert number_of(NAN) is not None


def test_an_expression_is_worked_out_once_for_each_new_value():
    """However many frames share the same copies."""
    trace = RUNS["nms"]
    worked: list[int] = []
    condition = parse("overlap.max() > 0.5")
    counted = type(condition)(
        condition.text, condition.names, lambda v: worked.append(1) or condition.work(v)
    )
    hits(trace, counted)
    distinct = {id(frame.variables["overlap"]) for frame in trace.frames if "overlap" in frame.variables}
    assert len(worked) == len(distinct) < len(trace) / 5

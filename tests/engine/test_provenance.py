"""Where a value came from: the last step that gave it, and the operands of its line, followed back."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.convnet.pooling import max_pool
from engine.detection.boxes import box_iou
from engine.detection.nms import nms, soft_nms
from engine.provenance import (
    ABSENT,
    Answer,
    Cell,
    Operand,
    Question,
    answer,
    operands_at,
    part,
    question_at,
    same,
)
from engine.statements import deeds_of
from engine.trace import Frame, Trace, record
from tests.engine.test_search import boxes

NAN = float("nan")


# ---------------------------------------------------------------------------- functions to be stepped through


def pooled(grid: Tensor) -> Tensor:
    out = torch.zeros(2, 2)
    for i in range(2):
        for j in range(2):
            window = grid[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
            out[i, j] = window.max()
    shift = out.mean()
    out = out - shift
    return out


def scaled(value: float, factor: float) -> float:
    value = value * factor
    return value


def totals(rows: list[list[float]]) -> list[float]:
    sums = [0.0, 0.0]
    for row in rows:
        for column, value in enumerate(row):
            sums[column] += scaled(value, 2.0)
    first, second = sums
    return [first, second]


def counted(limit: int) -> Any:
    total = 0
    for number in range(limit):
        total += number
        yield total


def last_of(limit: int) -> int:
    final = 0
    for value in counted(limit):
        final = value
    return final


def settled(values: Tensor) -> Tensor:
    low = values.min()
    mask = values > low
    for _ in range(3):
        values = torch.where(mask, values, values + 1)
    kept = [v for v in values if v > low]
    best: Tensor = values[-1]
    if (most := values.max()) > best:
        best = most
    return best * len(kept)


def last_frame(trace: Trace, text: str) -> Frame:
    return next(frame for frame in reversed(trace.frames) if frame.text.startswith(text))


def ask(trace: Trace, step: int | None, name: str, *index: int) -> Answer:
    question = question_at(trace, step, Cell(name, index))
    assert question is not None
    return answer(trace, question)


def text_of(found: Answer) -> str:
    return found.listing.text(found.line).strip()


def texts(operands: tuple[Operand, ...]) -> list[str]:
    return [operand.text for operand in operands]


def operand(found: Answer, text: str) -> Operand:
    return next(one for one in found.operands if one.text == text)


GRID = torch.arange(16.0).reshape(4, 4)


# ---------------------------------------------------------------------------- elements


def test_an_element_that_is_written_in_place_leads_to_the_line_that_wrote_it():
    trace = record(pooled, GRID)
    before = last_frame(trace, "shift").index + 1
    for place, wanted in (((0, 0), 5.0), ((0, 1), 7.0), ((1, 0), 13.0), ((1, 1), 15.0)):
        found = ask(trace, before, "out", *place)
        assert text_of(found) == "out[i, j] = window.max()"
        assert (float(found.value), float(found.before)) == (wanted, 0.0)
        assert (trace.at(found.step).variables["i"], trace.at(found.step).variables["j"]) == place
        assert texts(found.operands) == ["i", "j", "window"]
        further = answer(trace, operand(found, "window").question)
        assert text_of(further).startswith("window = grid[")
        assert texts(further.operands)[0].startswith("grid[")
        given = answer(trace, further.operands[0].question)
        assert (given.how, given.step, given.operands) == ("given", 0, ())


def test_an_element_made_element_by_element_leads_to_the_same_element():
    trace = record(pooled, GRID)
    found = ask(trace, None, "out", 1, 0)
    assert text_of(found) == "out = out - shift"
    assert texts(found.operands) == ["out[1, 0]", "shift"]
    assert float(found.operands[0].value) == 13.0
    assert text_of(answer(trace, found.operands[0].question)) == "out[i, j] = window.max()"
    assert text_of(answer(trace, found.operands[1].question)) == "shift = out.mean()"


def test_a_line_that_updates_a_variable_gave_a_value_only_to_what_it_changed():
    """In Soft-NMS a score is where it fell last, not where it was last multiplied by 1."""
    given = boxes(15, 1)
    trace = record(soft_nms, *given, lambda overlap: 1 - overlap)
    for index in range(15):
        found = ask(trace, None, "scores", index)
        if found.how == "given":
            assert float(found.value) == float(given[1][index])
            continue
        assert text_of(found) == "scores = scores * factor"
        assert found.before > found.value
        assert texts(found.operands) == [f"scores[{index}]", f"factor[{index}]"]
        assert float(found.operands[0].value * found.operands[1].value) == float(found.value)


def test_a_line_that_computes_a_variable_anew_gave_every_element_its_value():
    """Even one that is the same as it was by chance."""
    trace = record(soft_nms, *boxes(15, 1), lambda overlap: 1 - overlap)
    for step in range(1, len(trace) + 1):
        if "overlap" in trace.at(step).variables:
            found = ask(trace, step, "overlap", 3)
            assert trace.at(found.step).variables["overlap"] is trace.at(step).variables["overlap"]


RUNS: dict[str, Callable[[], Trace]] = {
    "nms": lambda: record(nms, *boxes(12, 0), 0.3, into=(box_iou,)),
    "soft": lambda: record(soft_nms, *boxes(9, 1), lambda overlap: 1 - overlap),
    "pooled": lambda: record(pooled, GRID),
    "totals": lambda: record(totals, [[1.0, 2.0], [3.0, 4.0]], into=(scaled,)),
    "generator": lambda: record(last_of, 5, into=(counted,)),
    "settled": lambda: record(settled, torch.tensor([3.0, 1.0, 2.0])),
    "max_pool": lambda: record(max_pool, GRID, 2, 2),
}


def cells_of(frame: Frame) -> Iterator[Cell]:
    for name, value in frame.variables.items():
        yield Cell(name)
        if isinstance(value, Tensor) and value.dim() and value.numel():
            last = tuple(size - 1 for size in value.shape)
            yield Cell(name, last)
            yield Cell(name, (0,) * value.dim())
        elif isinstance(value, list) and value:
            yield Cell(name, (len(value) - 1,))


@pytest.mark.parametrize("run", RUNS)
def test_since_the_step_that_is_named_nothing_gave_the_cell_another_value(run):
    """Checked frame by frame for every variable at every step; and every operand asks on, to the very start."""
    trace = RUNS[run]()
    for step, frame in enumerate(trace.frames, 1):
        for cell in cells_of(frame):
            found = ask(trace, step, cell.name, *cell.index)
            now = part(frame.variables[cell.name], cell.index)
            assert found.step <= step
            assert same(found.value, now)
            for between in trace.frames[max(found.step - 1, 0) : step]:
                if between.callers == frame.callers and cell.name in between.variables:
                    assert same(part(between.variables[cell.name], cell.index), now)
            if found.how == "set":
                made = trace.at(found.step)
                anew = deeds_of(made.listing)[made.line].sets | deeds_of(made.listing)[made.line].turns
                assert cell.name in anew or not same(found.before, found.value)


@pytest.mark.parametrize("run", RUNS)
def test_every_way_back_ends_at_what_the_run_was_given(run):
    trace = RUNS[run]()
    chance = random.Random(0)
    for _ in range(40):
        step = chance.randrange(1, len(trace) + 1)
        cells = list(cells_of(trace.at(step)))
        found = ask(trace, step, *_flat(chance.choice(cells)))
        for _ in range(4 * len(trace)):
            asked = [one for one in found.operands if one.question is not None]
            if not asked:
                break
            before, one = found, chance.choice(asked)
            found = answer(trace, one.question)
            assert found.step <= before.step
            assert same(found.value, part(_whole(one.question, before, trace), one.question.cell.index))
        assert found.how == "given" or not found.operands


def _flat(cell: Cell) -> tuple[Any, ...]:
    return (cell.name, *cell.index)


def _whole(question: Question, before: Answer, trace: Trace) -> Any:
    """The variable of an operand as it stood before the line that read it."""
    frame = trace.at(before.step)
    if before.how == "argument":
        return frame.callers[-1].variables[question.cell.name]
    return frame.before[question.cell.name]


# ---------------------------------------------------------------------------- calls


def test_an_argument_leads_to_the_line_of_the_caller():
    trace = record(nms, *boxes(12, 0), 0.3, into=(box_iou,))
    inside = next(frame for frame in trace.frames if frame.callers)
    found = ask(trace, inside.index + 1, "a")
    assert found.how == "argument"
    assert text_of(found) == "overlap = overlap_of(boxes[best], boxes[rest])"
    assert found.step == inside.index + 1
    assert texts(found.operands) == ["boxes[best]", "best", "boxes[rest]", "rest"]
    best = answer(trace, operand(found, "best").question)
    assert text_of(best) == "best, rest = order[0], order[1:]"
    assert texts(best.operands) == ["order[0]", "order[1:]"]


def test_what_a_call_returned_is_among_the_operands_of_the_line_that_made_it():
    trace = record(nms, *boxes(12, 0), 0.3, into=(box_iou,))
    step = last_frame(trace, "overlap = ").index + 1
    found = (
        ask(trace, step, "overlap", 0)
        if len(trace.at(step).variables["overlap"])
        else ask(trace, step, "overlap")
    )
    result = found.operands[-1]
    assert result.text == "box_iou()"
    assert result.value is trace.at(result.step).result
    assert trace.at(result.step).returned
    assert "union" in texts(operands_at(trace, result.step))


def test_a_variable_of_the_caller_is_found_from_inside_a_call():
    trace = record(totals, [[1.0, 2.0], [3.0, 4.0]], into=(scaled,))
    inside = last_frame(trace, "return value")
    assert str(ask(trace, inside.index + 1, "row").cell) == "row"
    found = ask(trace, inside.index + 1, "sums", 0)
    assert text_of(found) == "sums[column] += scaled(value, 2.0)"
    assert texts(found.operands) == ["column", "sums[column]", "value", "scaled()"]
    assert operand(found, "sums[column]").question.cell == Cell("sums", (0,))
    assert operand(found, "scaled()").value == 6.0


def test_recursions_keep_apart():
    from tests.engine.test_search import factorial

    trace = record(factorial, 4)
    deepest = max(trace.frames, key=lambda frame: frame.depth)
    found = ask(trace, deepest.index + 1, "n")
    for n in (2, 3, 4):
        assert text_of(found) == "below = factorial(n - 1)"
        assert found.operands[0].value == n
        found = answer(trace, found.operands[0].question)
    assert found.how == "given"


def test_a_generator_goes_on_where_it_rested():
    trace = record(last_of, 5, into=(counted,))
    inside = last_frame(trace, "total += number")
    found = ask(trace, inside.index + 1, "total")
    for wanted in (10, 6, 3):
        assert found.value == wanted
        assert text_of(found) == "total += number"
        found = answer(trace, operand(found, "total").question)


# ---------------------------------------------------------------------------- what there is to ask


def test_what_is_not_there_cannot_be_asked_about():
    trace = record(pooled, GRID)
    assert question_at(trace, 0, Cell("grid")) is None
    assert question_at(trace, 1, Cell("window")) is None
    assert question_at(trace, None, Cell("nobody")) is None
    assert question_at(trace, 1, Cell("out", (5, 5))) is None
    assert question_at(trace, 1, Cell("grid", (0, 0, 0))) is None


def test_at_the_end_of_the_run_it_is_as_it_stood_last():
    trace = record(pooled, GRID)
    assert ask(trace, None, "window").step == last_frame(trace, "window = ").index + 1


@pytest.mark.parametrize(
    ("a", "b", "alike"),
    [
        (1, 1, True), (1, 2, False), (1, 1.0, False), (NAN, NAN, True), (None, None, True), ("a", "a", True),
        (torch.tensor([1, NAN]), torch.tensor([1, NAN]), True), (torch.tensor([1.0]), torch.tensor([1]), False),
        (torch.tensor([1, 2]), torch.tensor([1, 3]), False), ([torch.tensor(NAN)], [torch.tensor(NAN)], True),
        ([1], [1, 2], False), (np.array([NAN]), np.array([NAN]), True), (np.float64(2), np.float64(3), False),
        (ABSENT, 1, False), ({}, {}, False),
    ],
)  # fmt: skip
def test_nan_is_like_nan(a, b, alike):
    assert same(a, b) is alike


@pytest.mark.parametrize(
    ("text", "sets", "reads"),
    [
        ("a = b + c.d(e)", {"a"}, ["b", "c", "e"]), ("a, (b, *c) = d", {"a", "b", "c"}, ["d"]),
        ("a[i, j] = b", set(), ["i", "j", "b"]),
        ("a[i] += b", set(), ["i", "a[i]", "b"]), ("a += b", {"a"}, ["a", "b"]), ("a: int = b", {"a"}, ["b"]),
        ("a: int", set(), []),
        ("a = [x * k for x in xs if x > low]", {"a"}, ["k", "xs", "low"]),
        ("a = [rows[i][k] for i in order]", {"a"}, ["rows", "k", "order"]),
        ("a = rows[i][j - 1]", {"a"}, ["rows[i][j - 1]", "i", "j"]), ("a = f(lambda x: x + y)", {"a"}, ["f", "y"]),
        ("a.b = c", set(), ["c"]), ("a = b = c", {"a", "b"}, ["c"]), ("keep.append(best)", set(), ["keep", "best"]),
        ("a = b[c:d].sum()", {"a"}, ["b[c:d]", "c", "d"]), ("a = f(b)[0]", {"a"}, ["f", "b"]),
        ("del a", set(), []), ("assert a", set(), ["a"]),
    ],
)  # fmt: skip
def test_what_a_line_sets_and_reads(text, sets, reads):
    from engine.trace import read_listing

    listing = read_listing(f"def f():\n    {text}\n", "f", "f.py", 1)
    deed = deeds_of(listing)[2]
    assert deed.sets == sets
    assert [read.text for read in deed.reads] == reads

"""Predicting as a machine of states: what is asked when, and what answers are worth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from engine.trace import Trace, record
from scenes.asking import Choice, Question
from scenes.picture import Bars, Boxes, Cells, Curve, Heatmap, Line, Panel, Picture, Pins, Scatter, Table
from scenes.pins import asked_pins, given_pins, part_at, part_beside, pinned, places_of
from scenes.predicting import Asked, Given, Predictions, hands_given, number_given, opening_of
from scenes.scene import Refused


def question(**changes: Any) -> Question:
    plain: dict[str, Any] = {
        "text": "How much?", "kind": "number", "right": (4.0,), "scale": 1.0, "reveal": "Four.",
        "choices": (Choice(label="3", answer=3.0), Choice(label="4", answer=4.0), Choice(label="9", answer=9.0)),
    }  # fmt: skip
    return Question(**{**plain, **changes})


def part(**changes: Any) -> Question:
    plain = {
        "kind": "part", "right": (1,), "scale": 0.0, "panel": "p", "handle": "box",
        "choices": (Choice(label="box 0", answer=0), Choice(label="box 1", answer=1)),
    }  # fmt: skip
    return question(**{**plain, **changes})


def asked(step: int = 3, **changes: Any) -> Asked:
    return Asked(before=step - 1, step=step, question=question(**changes))


# ---------------------------------------------------------------------------- one question after the other


def test_an_answer_is_worth_what_the_question_says() -> None:
    open_ = Predictions().ask(asked())
    assert open_.asked is not None
    done = open_.answer(5.0)
    assert done.asked is None
    assert done.given[3].credit == pytest.approx(0.5)
    assert done.given[3].verdict == "nearly"
    assert open_.answer(4.0).given[3].verdict == "right"
    assert open_.answer(40.0).given[3].verdict == "wrong"
    assert open_.given == {}  # it was not changed


def test_a_skipped_question_counts_for_nothing() -> None:
    done = Predictions().ask(asked()).skip().ask(asked(5)).answer(4.0)
    assert done.given[3].verdict == "skipped"
    score = done.score()
    assert (score.worth, score.count, score.skipped, score.share) == (1.0, 1, 1, 1.0)
    assert (score.of("right"), score.of("wrong")) == (1, 0)


def test_a_question_put_away_was_not_asked() -> None:
    assert Predictions().ask(asked()).put_away() == Predictions()


def test_without_a_question_there_is_nothing_to_answer() -> None:
    assert Predictions().answer(4.0) == Predictions()
    assert Predictions().score().share == 0.0


def test_a_class_is_worth_what_a_hand_is_on_average() -> None:
    done = Predictions().ask(asked()).count((2, 5, 1))
    given = done.given[3]
    assert given.credit == pytest.approx((2 * 0.5 + 5 * 1 + 1 * 0.5**5 * 0) / 8, abs=0.01)
    assert given.shares == (0.25, 0.625, 0.125)
    assert given.share_right == 0.625
    assert done.score(room=True).count == 1
    assert done.score().count == 0  # what one person said is another score


def test_where_nobody_raised_a_hand_the_question_is_skipped() -> None:
    assert Predictions().ask(asked()).count((0, 0, 0)).given[3].skipped


# ---------------------------------------------------------------------------- when it is asked

NARRATED = (2, 4, 7, 9)


def ask(before: int, step: int) -> Question | None:
    """About the second and the last of the narrated steps."""
    return question(text=f"{before} {step}?") if step in (4, 9) else None


@pytest.mark.parametrize(
    ("here", "target", "step"),
    [
        (0, 2, None),  # the first narrated step asks nothing
        (2, 4, 4),
        (2, 3, 4),  # a line on is on the way: it would give the answer away
        (1, 2, None),
        (3, 4, 4),  # from a line in between
        (0, 9, 4),
        (4, 7, None),
        (7, 8, 9),
        (7, None, 9),
        (9, None, None),
        (0, None, 4),
    ],
)
def test_the_first_question_on_the_way(here: int, target: int | None, step: int | None) -> None:
    found = Predictions().next(NARRATED, here, target, ask)
    assert (found.step if found else None) == step
    if found:
        assert found.question.text == f"{found.before} {found.step}?"


def test_what_was_answered_or_skipped_is_not_asked_again() -> None:
    there = Predictions().next(NARRATED, 0, None, ask)
    assert there is not None
    after = Predictions().ask(there).skip().next(NARRATED, 0, None, ask)
    assert after is not None
    assert after.step == 9


def test_a_run_without_narrated_steps_asks_nothing() -> None:
    assert Predictions().next((), 0, None, ask) is None


# ---------------------------------------------------------------------------- before the first line


def doubled(values: torch.Tensor) -> torch.Tensor:
    total = inner(values)
    return total * 2  # > twice


def inner(values: torch.Tensor) -> torch.Tensor:
    copy = values + 1
    return copy.sum()


def test_before_the_first_line_there_are_the_arguments_only() -> None:
    for trace in (record(doubled, torch.ones(2)), record(doubled, torch.ones(2), into=[inner])):
        frame = opening_of(trace)
        assert frame is not None
        assert list(frame.variables) == ["values"]
        assert (frame.listing.name, frame.callers, frame.changed, frame.narration) == ("doubled", (), (), "")
        assert not frame.returned
    assert opening_of(Trace((), (), None)) is None


# ---------------------------------------------------------------------------- what was typed


@pytest.mark.parametrize(
    ("text", "value"), [("0.5", 0.5), (" 1/4 ", 0.25), ("0,5", 0.5), ("\N{MINUS SIGN}2", -2.0)]
)
def test_a_typed_number(text: str, value: float) -> None:
    assert number_given(text) == value


@pytest.mark.parametrize("text", ["", "x", "nan", "1e999", "0.5; drop", "½"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        number_given(text)


@pytest.mark.parametrize(("text", "count"), [("", 0), (" 12 ", 12), ("0", 0), ("9999", 9999)])
def test_hands(text: str, count: int) -> None:
    assert hands_given(text) == count


@pytest.mark.parametrize("text", ["-1", "1.5", "x", "10000", "²"])
def test_what_is_no_count_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        hands_given(text)


# ---------------------------------------------------------------------------- where the parts lie

VIEW = (0.0, 0.0, 10.0, 10.0)
BOXES = np.array([[0, 0, 4, 4], [2, 2, 9, 9], [3, 3, 4, 4]], float)


def boxes() -> Boxes:
    return Boxes(boxes=BOXES, roles=("input",), role_of=np.zeros(3, np.intp), handle="box")


@pytest.mark.parametrize(
    ("mark", "index", "place"),
    [
        (boxes(), 1, (2, 2, 9, 9)),
        (Cells(values=np.zeros((2, 3)), at=(1, 2), cell=2.0), 4, (3, 4, 5, 6)),
        (Bars(values=np.array([3.0, -2.0]), roles=("input",) * 2), 1, (0, 1.05, 10, 1.95)),
        (Scatter(points=np.array([[1.0, 2.0], [3.0, 4.0]])), 1, (3, 4, 3, 4)),
        (Table(heads=("a",), rows=(("x",), ("y",))), 1, (0, 2, 10, 3)),
        (Heatmap(values=np.zeros((2, 4)), range=(0, 1), extent=(0, 0, 8, 8)), 5, (2, 4, 4, 8)),
    ],
    ids=lambda one: type(one).__name__,
)
def test_where_a_part_lies(mark: Any, index: int, place: tuple[float, ...]) -> None:
    assert tuple(places_of(mark, VIEW)[index]) == pytest.approx(place)


def test_a_mark_without_parts_has_no_places() -> None:
    assert places_of(Curve(x=np.zeros(2), y=np.zeros(2)), VIEW).shape == (0, 4)


def test_of_parts_one_above_the_other_the_smallest_is_meant() -> None:
    assert part_at(BOXES, 3.5, 3.5) == 2
    assert part_at(BOXES, 1, 1) == 0
    assert part_at(BOXES, 9.5, 9.5) is None


def test_arrows_go_to_the_nearest_part_that_way() -> None:
    cells = places_of(Cells(values=np.zeros((3, 3))), VIEW)
    assert [part_beside(cells, 4, way) for way in ((1, 0), (-1, 0), (0, 1), (0, -1))] == [5, 3, 7, 1]
    assert part_beside(cells, 2, (1, 0)) is None


# ---------------------------------------------------------------------------- what is marked


def picture() -> Picture:
    other = Panel(key="q", marks=(), view=VIEW)
    return Picture(panels=(Panel(key="p", marks=(boxes(),), view=VIEW), other))


def given(answer: Any = None, hands: tuple[int, ...] = (), **changes: Any) -> Given:
    one = part(**changes)
    return Given(asked=Asked(before=0, step=1, question=one), answer=answer, hands=hands)


def said(pins: tuple[Any, ...]) -> list[tuple[str, str, tuple[float, ...]]]:
    return [(pin.sign, pin.words, pin.extent) for pin in pins]


def test_the_right_part_is_ringed_and_the_wrong_one_crossed() -> None:
    assert said(given_pins(given(0), BOXES)) == [
        ("ring", "right", (2, 2, 9, 9)),
        ("cross", "yours", (0, 0, 4, 4)),
    ]
    assert said(given_pins(given(1), BOXES)) == [("ring", "yours: right", (2, 2, 9, 9))]
    assert said(given_pins(given(None), BOXES)) == [("ring", "right", (2, 2, 9, 9))]


def test_of_several_right_ones_ones_own_is_ringed_or_all() -> None:
    assert [pin[2] for pin in said(given_pins(given(2, right=(1, 2)), BOXES))] == [(3, 3, 4, 4)]
    assert [pin[0] for pin in said(given_pins(given(0, right=(1, 2)), BOXES))] == ["ring", "ring", "cross"]


def test_a_part_that_is_no_longer_there_is_not_marked() -> None:
    assert given_pins(given(1), BOXES[:1]) == ()


def test_a_class_has_its_letters() -> None:
    one = part()
    assert [pin[:2] for pin in said(asked_pins(one, BOXES, None, lettered=True))] == [
        ("letter", "A"),
        ("letter", "B"),
    ]
    assert said(asked_pins(one, BOXES, 2, lettered=False)) == [("ring", "", (3, 3, 4, 4))]
    assert [pin[:2] for pin in said(given_pins(given(hands=(1, 3)), BOXES))] == [
        ("letter", "A"),
        ("ring", "B: right"),
    ]


def test_what_a_question_is_about_is_ringed_while_it_is_open() -> None:
    one = replace(part(), about=(5.0, 6.0, 5.0, 6.0))
    assert said(asked_pins(one, BOXES, None, lettered=False)) == [("ring", "asked", (5, 6, 5, 6))]
    assert said(asked_pins(one, BOXES, 2, lettered=False))[0] == ("ring", "asked", (5, 6, 5, 6))
    assert "asked" not in [pin[1] for pin in said(given_pins(given(2), BOXES))]


def test_a_number_has_no_place() -> None:
    one = Given(asked=asked(), answer=5.0)
    assert given_pins(one, BOXES) == ()
    assert asked_pins(one.asked.question, BOXES, None, lettered=True) == ()


def test_a_place_is_tied_to_the_right_one() -> None:
    choices = (Choice(label="there", answer=(4.0, 4.0)), Choice(label="here", answer=(8.0, 8.0)))
    one = question(kind="point", right=((4.0, 4.0),), scale=2.0, panel="q", choices=choices)
    pins = given_pins(Given(asked=Asked(before=0, step=1, question=one), answer=(5.0, 6.0)), BOXES)
    shown = pinned(picture(), "q", pins)
    assert [type(mark) for mark in shown.panels[1].marks] == [Line, Pins]
    assert shown.panels[0] is not None
    assert len(shown.panels[0].marks) == 1


def test_nothing_to_mark_leaves_the_picture_as_it_is() -> None:
    shown = picture()
    assert pinned(shown, "p", ()) is shown

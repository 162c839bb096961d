"""What an answer is worth."""

from __future__ import annotations

import pytest

from scenes.asking import Choice, Question


def question(**changes: object) -> Question:
    plain = {
        "text": "Where does it land?", "kind": "point", "right": ((3.0, 4.0),), "scale": 2.0, "reveal": "There.",
        "choices": (Choice(label="A", answer=(3.0, 4.0)), Choice(label="B", answer=(0.0, 0.0))),
    }  # fmt: skip
    return Question(**{**plain, **changes})  # type: ignore[arg-type]


def test_half_of_the_credit_is_lost_at_the_scale() -> None:
    asked = question()
    assert asked.credit((3.0, 4.0)) == 1
    assert asked.credit((3.0, 6.0)) == pytest.approx(0.5)
    assert asked.credit((3.0, 8.0)) == pytest.approx(0.25)
    assert asked.credit((300.0, 4.0)) == 0


def test_of_several_right_answers_the_nearest_counts() -> None:
    asked = question(kind="number", right=(1.0, 5.0), scale=1.0)
    assert asked.credit(4.0) == pytest.approx(0.5)
    assert asked.credit(5.0) == 1


def test_a_part_is_right_or_wrong() -> None:
    asked = question(kind="part", right=(2, 5), scale=9.0)
    assert [asked.credit(index) for index in (1, 2, 5)] == [0, 1, 1]


def test_without_a_scale_only_the_right_number_counts() -> None:
    asked = question(kind="number", right=(7,), scale=0.0)
    assert [asked.credit(number) for number in (6.999, 7, 7.0)] == [0, 1, 1]

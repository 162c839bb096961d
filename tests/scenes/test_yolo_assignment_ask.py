"""What the assignment asks, what answers are worth that follow other rules, and what became of each truth."""

from __future__ import annotations

from typing import Any

import pytest

from engine.detection.assignment import place_of
from scenes.asking import Question
from scenes.detection.yolo_assignment import SCENE
from scenes.detection.yolo_assignment_model import PRIORS_BY_SIZE
from scenes.running import trace_of
from scenes.scene import Outcome
from tests.scenes.asked import asked


def questions_of(preset: str, **params: Any) -> list[Question]:
    """All questions of a run, in order."""
    return [one.question for one in asked(SCENE, SCENE.opening(preset).with_params(**params))]


def outcomes(preset: str, **params: Any) -> dict[str, Outcome]:
    trace = trace_of(SCENE, SCENE.opening(preset).with_params(**params))
    assert trace is not None
    return dict(SCENE.outcomes(trace))


def test_the_best_of_every_grid_is_to_choose_from_and_one_of_nine_is_right() -> None:
    """X107: of all nine, not of the three of one cell."""
    questions = questions_of("street")
    assert len(questions) == 2  # the first truth, and the first on another grid
    for question in questions:
        strides = {PRIORS_BY_SIZE[int(choice.answer)][0] for choice in question.choices}  # type: ignore[arg-type]
        assert strides == {8, 16, 32}
        assert sum(question.credit(choice.answer) for choice in question.choices) == 1
    assert [PRIORS_BY_SIZE[int(q.right[0])][1:] for q in questions] == [  # type: ignore[arg-type]
        (116, 90), (59, 119)
    ]  # fmt: skip


def test_a_prior_that_two_truths_want_goes_to_the_later_one() -> None:
    """X109: it does not go on to the next best."""
    _, question = questions_of("collision")
    assert question.right == (1,)
    assert question.credit(0) == 0
    assert [choice.label for choice in question.choices] == ["0 person", "1 bicycle"]


def test_the_best_shape_is_positive_whatever_it_overlaps() -> None:
    """X108: the threshold is for the others."""
    (paper,) = questions_of("rules")
    assert paper.right == (0,)
    assert [paper.credit(choice.answer) for choice in paper.choices] == [1, 0, 0]
    assert "116 × 90 is most like truth 0 car" in paper.text
    (darknet,) = questions_of("rules", rule="darknet")
    assert "Its predicted box overlaps" in darknet.text


@pytest.mark.parametrize("size", [256, 416, 608])
def test_the_centre_says_the_column(size: int) -> None:
    (question,) = questions_of("cell", size=size)
    state = SCENE.opening("cell").with_params(size=size)
    x1, _, x2, _ = (state.inputs.boxes[0] * (size / state.inputs.side)).tolist()
    assert question.right == (int((x1 + x2) / 2 / 32),)
    assert sum(question.credit(choice.answer) for choice in question.choices) == 1
    assert int(x1 / 32) in [choice.answer for choice in question.choices]


def test_where_the_picture_says_it_all_nothing_is_asked() -> None:
    assert questions_of("tug") == questions_of("schedule") == []


def test_how_many_fit_is_asked_once_a_grid() -> None:
    counts = [question.right for question in questions_of("ultralytics")]
    assert counts == [(3,), (2,), (0,)]
    assert questions_of("ultralytics", ratio_limit=2.0)[0].right == (1,)


def test_who_is_asked_and_whose_terms_add_up() -> None:
    """X110: the ignored are not asked; X108: the positive ones are, and should say yes."""
    count, row = questions_of("loss")
    assert count.right == (10_647 - 11,)
    assert count.credit(10_647) == count.credit(4) == 0
    assert "neg." in next(choice.label for choice in row.choices if choice.answer in row.right)
    (_, only) = questions_of("loss", trained=1.0)
    assert sum(only.credit(choice.answer) for choice in only.choices) == 1


def test_what_became_of_each_truth() -> None:
    found = outcomes("street")
    assert [key for key in found if key.startswith("truth")] == [f"truth {g}" for g in range(4)]
    assert found["truth 0"].words == "is answered for by prior 116 × 90 at row 9, column 9, stride 32"
    (index,) = found["truth 0"].value
    assert place_of(index, 416)[0] == 32
    assert found["the ignored"].words == "are 11 priors"
    assert found["the ignored"].value != outcomes("darknet")["the ignored"].value


def test_an_overwritten_truth_has_nobody_and_many_are_counted() -> None:
    found = outcomes("collision")
    assert found["truth 0"].words == "has no prior that answers for it"
    assert found["truth 0"].step == found["truth 1"].step
    assert "15 priors, on stride 16 and 32" in outcomes("ultralytics")["truth 0"].words
    assert outcomes("loss") == {}

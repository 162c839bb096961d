"""What box coding asks, and what answers are worth that take t for what it means."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pytest

from engine.device import Engine
from scenes.asking import Question
from scenes.detection.answers import of_numbers, of_parts, strict
from scenes.detection.box_coding import SCENE
from scenes.running import result_of, trace_of
from tests.scenes.asked import asked


def questions(preset: str, **params: Any) -> list[Question]:
    """All questions of a run, in order."""
    return [one.question for one in asked(SCENE, SCENE.opening(preset).with_params(**params))]


def test_what_a_t_means_is_asked_before_it_is_shown() -> None:
    part, centre, factor = questions("decode")
    assert part.right == (pytest.approx(1 / (1 + math.exp(-1.1))),)
    assert part.credit(1.1) == 0  # t taken for the part of the cell
    assert centre.right == (pytest.approx((1 / (1 + math.exp(-1.1)) + 13) * 32),)
    assert centre.credit(part.right[0] * 32 + 13) == 0  # pixels and cells added
    assert centre.credit((1.1 + 13) * 32) == 0  # without the sigmoid
    assert centre.credit(centre.right[0] + 1) > 0.5
    assert factor.right == (pytest.approx(math.exp(0.25)),)
    assert factor.credit(1.25) == 0  # the straight line


def test_the_target_of_t_is_a_logit() -> None:
    """X105: the offset in the cell is what the sigmoid must be, and no answer here."""
    place, side = questions("encode")
    assert "0.141" in place.text
    assert place.right == (pytest.approx(math.log(0.140625 / (1 - 0.140625))),)
    assert place.credit(0.141) == place.credit(-place.right[0]) == 0
    assert "0.141" in [choice.label for choice in place.choices]
    assert side.right == (pytest.approx(math.log(212 / 116)),)
    assert side.credit(212 / 116) == side.credit(212 / 116 - 1) == 0


def test_smooth_l1_is_asked_of_the_largest_difference() -> None:
    (question,) = questions("offsets")
    assert "th differs" in question.text
    assert question.right[0] > 0
    assert question.credit(-question.right[0]) == 0
    (narrow,) = questions("offsets", beta=0.2)
    assert "0.2 / 2" in narrow.reveal


def test_a_proposal_without_an_object_costs_nothing() -> None:
    *_, last = questions("background")
    assert last.right == (0.0,)
    assert [choice.answer for choice in last.choices].count(0.0) == 1


def test_the_two_distances_disagree_on_the_size_that_is_asked_about() -> None:
    for preset in ("kmeans", "euclidean"):
        takes, moves = questions(preset)
        assert takes.kind == "part"
        assert moves.kind == "point"
        assert [moves.credit(choice.answer) for choice in moves.choices].count(0) == len(moves.choices) - 1
    assert "median" in questions("kmeans")[1].reveal
    assert "mean of" in questions("euclidean")[1].reveal


def test_a_sigmoid_is_no_softmax() -> None:
    likely, score = questions("classes")
    assert likely.right == (pytest.approx(1 / (1 + math.exp(-2.6))),)
    assert likely.credit(0.4) == 0
    assert score.right[0] < likely.right[0]


def test_where_all_is_visible_nothing_is_asked() -> None:
    assert questions("log") == []


def test_of_a_head_it_is_asked_where_a_cell_lies_in_the_picture() -> None:
    (centre,) = questions("head")
    part = float(re.findall(r"is ([0-9.]+) of a cell into column 7", centre.text)[0])
    assert centre.right == (pytest.approx((part + 7) * 32, abs=0.02),)
    assert centre.credit(part * 32 + 7) == 0  # pixels and cells added


@pytest.mark.parametrize("preset", ["kmeans", "euclidean"])
def test_what_is_asked_about_is_marked_on_the_map_of_sizes(preset: str) -> None:
    state = SCENE.opening(preset)
    sizes = state.inputs.sizes.sizes.tolist()
    starts = result_of(SCENE, state, Engine()).clusters.starts.tolist()
    takes, goes = questions(preset)
    for question, among in ((takes, sizes), (goes, starts)):
        assert question.about is not None
        x, y = question.about[:2]
        assert question.about == (x, y, x, y)
        assert any((x, y) == pytest.approx(tuple(one), rel=1e-5) for one in among)
        assert f"{x:.0f} × {y:.0f}" in question.text


def test_nothing_of_the_answer_is_on_the_picture_before() -> None:
    state = SCENE.opening("encode")
    trace = trace_of(SCENE, state)
    assert trace is not None
    shown = SCENE.picture(replace(state, step=3), result_of(SCENE, state, Engine()), trace.at(3), None)
    words = [mark.text for panel in shown.panels for mark in panel.marks if hasattr(mark, "text")]
    assert not any("1.810" in text for text in words)


def test_choices_are_told_apart_and_wrong_ones_are_worth_nothing() -> None:
    choices = of_numbers(0.5, (0.501, 0.5, math.nan, math.inf, 1.0), 2)
    assert [choice.label for choice in choices] == ["0.50", "1.00"]
    assert of_numbers(0.5, (0.5,), 2) == ()
    assert of_parts({0: "a", 1: "a"}) == of_parts({0: "a"}) == ()
    assert strict(1.0, 0.5, choices) == pytest.approx(0.1)
    assert strict(1.0, (0.0, 0.0), ()) == 1.0


def test_what_became_of_each_centre() -> None:
    state = SCENE.opening("street-priors")
    trace = trace_of(SCENE, state)
    assert trace is not None
    found = SCENE.outcomes(trace)
    assert [found[f"centre {k}"].words for k in (1, 2, 3)] == [
        "ends at 212 × 91",
        "ends at 24 × 66",
        "ends at 75 × 185",
    ]
    for outcome in found.values():
        frame = trace.at(outcome.step)
        assert frame is not None
        assert "centres" in frame.changed
    assert SCENE.outcomes(trace_of(SCENE, SCENE.opening("decode"))) == {}  # type: ignore[arg-type]

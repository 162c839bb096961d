"""Questions about the filters: what is asked, and what typical misunderstandings are worth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scenes.asking import Question
from scenes.images.filters import SCENE
from scenes.picture import Text
from tests.scenes.asked import asked, labels
from tests.scenes.test_filters import computed, pixels_of, run_of, state_of


def questions_of(state: Any) -> list[tuple[int, Question]]:
    """All questions of a run, each with the step before it."""
    return [(one.step, one.question) for one in asked(SCENE, state)]


def only(state: Any) -> Question:
    ((_, question),) = questions_of(state)
    return question


def test_every_preset_asks_something_and_not_before_every_step() -> None:
    for name in SCENE.presets:
        state = SCENE.opening(name)
        questions = questions_of(state)
        assert 1 <= len(questions) <= 2
        assert len(questions) < len(run_of(state).steps_narrated()) / 2


def test_the_mean_is_neither_the_middle_value_nor_the_pixel() -> None:
    pixels = pixels_of(9, 9, 1)
    pixels[3:6, 3:6, 0] = [[10, 12, 11], [13, 14, 250], [9, 10, 12]]
    question = only(state_of(pixels, (4, 4), filter="mean", size=3))
    assert question.text == "The 9 values of the window add up to 341. What does the pixel become?"
    assert labels(question) == ["12", "14", "37.9", "113.7"]
    assert question.credit(37.9) > 0.98
    assert question.credit(12) < 0.05
    assert question.reveal.startswith("341 / 9 = 37.9")


def test_the_bell_of_twice_the_exponent_is_no_right_answer() -> None:
    question = only(state_of(pixels_of(9, 9, 1), filter="gaussian", size=5, sigma=1.0))
    assert labels(question) == ["0.2", "0.403", "0.564", "1"]
    assert question.credit(question.right[0]) == 1
    assert question.credit(0.564) < 0.15


def test_a_speck_goes_to_the_end_and_the_middle_comes_out() -> None:
    pixels = pixels_of(9, 9, 1)
    pixels[3:6, 3:6, 0] = [[10, 12, 11], [13, 14, 15], [9, 255, 12]]
    (_, speck), (_, middle) = questions_of(state_of(pixels, (4, 4), filter="median", size=3))
    assert speck.right == (8,)
    assert labels(speck) == ["first: 1", "in the middle: 4", "last: 8"]
    assert middle.kind == "part"
    assert middle.right == (3, 4)  # 12 twice
    assert labels(middle)[0] == "number 1: 9"
    assert middle.credit(8) == 0
    assert "in order" not in middle.reveal


def test_of_equal_values_every_one_is_right() -> None:
    pixels = pixels_of(9, 9, 1)
    pixels[3:6, 3:6, 0] = 7
    pixels[3, 3, 0] = 0
    *_, (_, middle) = questions_of(state_of(pixels, (4, 4), filter="median", size=3))
    assert middle.right == tuple(range(1, 9))


def test_the_length_is_no_sum_and_the_angle_no_atan() -> None:
    pixels = pixels_of(9, 9, 1)
    pixels[3:6, 3:6, 0] = [[30, 20, 10], [20, 10, 0], [10, 0, 0]]
    (_, length), (_, angle) = questions_of(state_of(pixels, (4, 4), filter="sobel"))
    assert length.text == "gx = \N{MINUS SIGN}70 and gy = \N{MINUS SIGN}70. How long is the arrow?"
    assert labels(length) == ["70", "99", "140"]
    assert length.credit(140) < 0.1
    assert angle.right[0] == pytest.approx(-135)
    assert {"45°", "135°"} <= set(labels(angle))
    assert angle.credit(45) == 0


def test_the_kernel_is_not_turned() -> None:
    question = only(state_of(pixels_of(9, 9, 1), filter="custom", size=3))
    assert (question.panel, question.handle, question.right) == ("window", "kernel", (1,))
    assert labels(question) == ["row 0, column 1: 1", "row 1, column 0: \N{MINUS SIGN}1", "row 1, column 1: 4",
                                "row 2, column 1: 0"]  # fmt: skip
    assert question.credit(7) == 0


@pytest.mark.parametrize("preset", SCENE.presets)
def test_the_answer_is_not_on_the_picture_before(preset: str) -> None:
    """In none of the words of the window's panel, nor in the sentence."""
    state = SCENE.opening(preset)
    result, run = computed(state), run_of(state)
    for before, question in questions_of(state):
        if question.kind != "number" or "comes in" in question.text:
            continue
        right = next(choice.label for choice in question.choices if choice.answer in question.right)
        picture = SCENE.picture(replace(state, step=before), result, run.at(before), None)
        words = [mark.text for panel in picture.panels for mark in panel.marks if isinstance(mark, Text)]
        assert not any(right in line.split() for line in words), (question.text, words)


@pytest.mark.parametrize(
    ("border", "told"), [("reflect", "not repeated"), ("symmetric", "with the edge"), ("edge", "again")]
)
def test_a_window_over_the_edge_says_what_it_reads_there(border: str, told: str) -> None:
    state = state_of(pixels_of(9, 9, 1), (0, 4), filter="mean", size=5, border=border)
    assert told in SCENE.picture(state, computed(state), None, None).sentence
    inside = state.with_inputs(pin=(4, 4))
    assert told not in SCENE.picture(inside, computed(inside), None, None).sentence


def test_what_became_of_the_pixel() -> None:
    state = state_of(pixels_of(9, 9, 1), (4, 4), filter="median", size=3)
    value = 255 * float(computed(state).output[0, 4, 4])
    ((name, outcome),) = SCENE.outcomes(run_of(state)).items()
    assert (name, outcome.words) == ("the output pixel", f"becomes {value:.0f}")
    assert outcome.step == len(run_of(state))
    ((name, outcome),) = SCENE.outcomes(run_of(state_of(pixels_of(9, 9, 1), filter="sobel"))).items()
    assert name == "the gradient"
    assert outcome.words.endswith("°")

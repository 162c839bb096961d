"""Questions about pooling, what misunderstandings are worth, and what became of windows and cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scenes.asking import Question
from scenes.convolution.pooling import SCENE
from scenes.running import trace_of
from tests.scenes.asked import asked, labels, run_of
from tests.scenes.test_pooling import state_of


def questions(state: Any) -> list[Question]:
    return [one.question for one in asked(SCENE, state)]


def test_every_preset_that_steps_asks_a_few_questions() -> None:
    for name in SCENE.presets:
        state = SCENE.opening(name)
        if trace_of(SCENE, state) is not None:
            assert 1 <= len(questions(state)) <= 6


def test_the_gradient_goes_to_the_largest_and_of_equals_to_the_first() -> None:
    first, second, *_ = questions(state_of([[1, 9, 5, 5], [2, 3, 5, 5]], [[4.0, 2.0]]))
    assert first.text == "Window (0, 0) has the gradient 4. To which cell of the input does it go?"
    assert (first.handle, first.right) == ("grad_input", (1,))
    assert "row 0, column 0" in labels(first)
    assert second.right == (2,)
    assert labels(second) == ["row 0, column 2", "row 0, column 3", "row 1, column 2", "row 1, column 3"]
    assert second.credit(7) == 0
    assert second.reveal.endswith("of equals the first in reading order.")


def test_gradients_add_up() -> None:
    grid = np.zeros((5, 5))
    grid[2, 2] = 9
    _, first, second = questions(state_of(grid, np.full((3, 3), 2.0), size=3, stride=1))
    assert first.text == "Window (0, 1) sends 2 to a cell that has 2 already. What gradient has it then?"
    assert first.right == (4,)
    assert labels(second) == ["2", "3", "4", "6"]
    assert second.credit(2) < second.credit(4) < 1


def test_the_leader_stays_at_a_tie() -> None:
    easy, tie = questions(state_of([[1, 4], [4, 0]], show="forward"))
    assert (easy.handle, easy.right) == ("input", (1,))
    assert tie.text == "4 comes after 4. Which cell of the window leads then?"
    assert tie.right == (1,)
    assert "only equal" in tie.reveal


@pytest.mark.parametrize(("include", "right"), [(True, 1.5), (False, 6.0)])
def test_padding_counts_in_the_mean_or_not(include: bool, right: float) -> None:
    corner = questions(
        state_of(np.full((4, 4), 6.0), mode="average", show="forward", padding=1, count_include_pad=include)
    )[0]
    assert corner.text == "The one cell comes to 6. What does the window hand on?"
    assert corner.right == (right,)
    assert {"1.5", "6"} <= set(labels(corner))


def test_a_share_is_the_gradient_over_what_was_divided_by() -> None:
    share, *_ = questions(state_of(np.ones((4, 4)), [[8.0, 1.0], [1.0, 1.0]], mode="average"))
    assert share.right == (2.0,)
    assert labels(share) == ["0", "2", "4", "8"]
    assert share.credit(8) < 0.05


def test_what_became_of_windows_and_cells() -> None:
    state = state_of([[1, 9, 5, 5], [2, 3, 5, 5]], [[4.0, 2.0]])
    back = SCENE.outcomes(run_of(SCENE, state))
    assert back["row 0, column 1"].words == "gets the gradient 4"
    assert back["row 1, column 3"].words == "gets no gradient"
    assert len(back) == 8
    forward = SCENE.outcomes(run_of(SCENE, state.with_params(show="forward")))
    assert list(forward) == ["window (0, 0)", "window (0, 1)"]
    assert forward["window (0, 1)"].words == "hands on 5, from row 0, column 2"
    mean = SCENE.outcomes(run_of(SCENE, state.with_params(show="forward", mode="average")))
    assert mean["window (0, 0)"].words == "hands on 3.75"
    assert mean["window (0, 0)"].value != forward["window (0, 0)"].value


def test_two_runs_are_told_apart_where_a_peak_wins_more() -> None:
    grid = np.zeros((5, 5))
    grid[2, 2] = 9
    one = SCENE.outcomes(run_of(SCENE, state_of(grid, np.ones((3, 3)), size=3, stride=1)))["row 2, column 2"]
    other = SCENE.outcomes(run_of(SCENE, state_of(grid, np.ones((3, 3)), size=2, stride=2)))[
        "row 2, column 2"
    ]
    assert one.words == "gets the gradient 9 from 9 windows"
    assert other.words == "gets the gradient 1"

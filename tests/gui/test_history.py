"""Undo and redo against the plainest model there is: a list of states and a place in it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.history import LONGEST, History
from scenes.scene import State


def state(number: int) -> State:
    return State(scene="none", params=number, inputs=None)


@pytest.fixture
def history() -> History:
    made = History(state(0))
    for number in (1, 2, 3):
        made.change(state(number))
    return made


def test_undo_goes_back_and_redo_forward_to_the_very_same_states(history):
    seen = [history.now]
    while history.undo():
        seen.append(history.now)
    assert [one.params for one in seen] == [3, 2, 1, 0]
    while history.redo():
        assert history.now in seen
    assert history.now is seen[0]


def test_there_is_an_end_both_ways(history):
    assert not history.redo()
    assert [history.undo() for _ in range(5)] == [True, True, True, False, False]
    assert history.now.params == 0


def test_a_gesture_is_one_step(history):
    for number in (10, 11, 12):
        history.change(state(number), final=False)
    history.change(state(13), final=True)
    history.change(state(14), final=True)
    assert history.undo()
    assert history.now.params == 13
    assert history.undo()
    assert history.now.params == 3
    history.redo()
    assert history.now.params == 13


def test_a_change_after_undo_leaves_what_was_undone(history):
    history.undo()
    history.change(state(9))
    assert not history.redo()
    history.undo()
    assert history.now.params == 2


def test_undo_in_the_middle_of_a_gesture_ends_it(history):
    history.change(state(10), final=False)
    history.undo()
    assert history.now.params == 3
    history.change(state(11), final=False)
    history.undo()
    assert history.now.params == 3


def test_looking_elsewhere_is_nothing_to_undo(history):
    history.look(state(7))
    assert history.now.params == 7
    history.undo()
    assert history.now.params == 2


def test_it_does_not_grow_without_end(history):
    for number in range(3 * LONGEST):
        history.change(state(number))
    assert len(history.past) <= LONGEST + 1
    while history.undo():
        pass
    assert history.now.params >= 3 * LONGEST - LONGEST - 2


@given(st.lists(st.sampled_from(["change", "undo", "redo"]), max_size=60))
def test_it_agrees_with_a_list_and_a_place_in_it(deeds):
    history = History(state(0))
    states, place = [history.now], 0
    for number, deed in enumerate(deeds, 1):
        if deed == "change":
            history.change(state(number))
            states = [*states[: place + 1], history.now]
            place += 1
        elif deed == "undo":
            assert history.undo() == (place > 0)
            place = max(0, place - 1)
        else:
            assert history.redo() == (place < len(states) - 1)
            place = min(len(states) - 1, place + 1)
        assert history.now is states[place]


def test_states_share_what_they_have_in_common():
    """A history of a large picture costs nothing: states hold the same array."""
    pixels = np.zeros((100, 100))
    history = History(State(scene="none", params=0, inputs=(pixels,)))
    for number in range(5):
        history.change(State(scene="none", params=number, inputs=history.now.inputs))
    assert all(one.inputs[0] is pixels for one in history.past)

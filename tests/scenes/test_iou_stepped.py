"""The IoU losses step by step: what is asked, what is shown while it is not yet known, and planted mistakes."""

from __future__ import annotations

import copy
from dataclasses import replace
from itertools import pairwise

import pytest

from engine.device import Engine
from engine.trace import record
from scenes.asking import Question
from scenes.detection.iou import SCENE
from scenes.detection.iou_boxes import boxes_panel
from scenes.detection.iou_model import boxes_of
from scenes.detection.iou_numbers import found_in, numbers_of
from scenes.picture import Picture, Scatter, Text
from scenes.running import result_of
from scenes.scene import State
from scenes.workbench.code import defined
from scenes.workbench.comparing import difference
from scenes.workbench.source import planted, reference
from tests.scenes.asked import labels, run_of

ENGINE = Engine()


def state_of(preset: str = "apart", **params: object) -> State:
    return SCENE.opening(preset).with_params(**params)


def questions(state: State) -> list[Question]:
    trace = run_of(SCENE, state)
    asked = []
    for before, step in pairwise([0, *trace.steps_narrated()]):
        following = trace.at(step)
        assert following is not None
        asked.append(SCENE.ask(replace(state, step=before), trace, following))
    return [question for question in asked if question is not None]


def words_in(shown: Picture) -> set[str]:
    marks = [mark for panel in shown.panels for mark in panel.marks]
    named = [label for mark in marks if isinstance(mark, Scatter) for label in mark.labels]
    return {*named, *(mark.text for mark in marks if isinstance(mark, Text))}


# ---------------------------------------------------------------------------- what is asked


def test_apart_the_loss_is_one_and_not_zero() -> None:
    union, loss = questions(state_of("apart"))
    assert union.right == (20.75,)
    assert labels(union) == ["0", "20.8", "57"]
    assert loss.text == "The boxes do not touch. What is the IoU loss?"
    assert loss.right == (1.0,)
    assert labels(loss) == ["0.00", "1.00", "1.37"]
    assert loss.credit(0.0) == 0
    assert loss.credit(1.1) == pytest.approx(0.5)


def test_the_union_counts_the_shared_part_once() -> None:
    union = questions(state_of("third-cross"))[0]
    assert union.right == (12.0,)
    assert set(labels(union)) == {"4", "12", "16"}
    assert union.credit(16.0) < 0.2
    assert union.reveal == "12: 8 + 8, less the shared 4, which lies in both."


def test_what_is_empty_is_all_but_the_union() -> None:
    empty = questions(state_of("third-corner"))[1]
    assert empty.right[0] == pytest.approx(0.1026, abs=1e-4)
    assert labels(empty) == ["0.10", "0.11", "0.70", "0.90"]
    inside = questions(state_of("inside"))[1]
    assert inside.right == (0.0,)
    assert inside.credit((56 - 9) / 56) == 0


def test_distance_is_squared_and_taken_off() -> None:
    asked = questions(state_of("third-side", loss="diou"))[1]
    assert asked.text == "IoU is 0.33, ρ is 1 and c is 3.61. What is DIoU?"
    assert asked.right == (pytest.approx(1 / 3 - 1 / 13),)
    assert labels(asked) == ["0.06", "0.26", "0.33", "0.41"]
    assert asked.reveal == "0.26: 0.33 − 1 / 13, both squared."
    assert len(questions(state_of("aspect", loss="diou"))) == 1  # one centre: nothing is taken off


def test_the_shape_counts_by_alpha_times_v() -> None:
    v, loss = questions(state_of("ciou"))
    assert v.right == (pytest.approx(0.4735, abs=1e-4),)
    assert labels(v) == ["0.00", "0.47", "0.69", "1.17"]
    assert loss.right == (pytest.approx(1.1037, abs=1e-4),)
    assert labels(loss) == ["0.94", "1.10", "1.29", "1.41"]
    assert loss.credit(1.409) < 0.05
    gated = questions(state_of("ciou-gate"))[-1]
    assert gated.right == (pytest.approx(0.9353, abs=1e-4),)


@pytest.mark.parametrize("preset", SCENE.presets)
@pytest.mark.parametrize("loss", ["iou", "giou", "diou", "ciou"])
def test_no_answer_stands_in_the_picture_before(preset: str, loss: str) -> None:
    state = state_of(preset, loss=loss)
    trace = run_of(SCENE, state)
    for before, step in pairwise([0, *trace.steps_narrated()]):
        following, frame = trace.at(step), trace.at(before)
        assert following is not None
        question = SCENE.ask(replace(state, step=before), trace, following)
        if question is None or question.right[0] in (0, 1):
            continue
        found = found_in(state.params.loss, frame).values() if frame else ()
        assert question.right[0] not in found or "DIoU loss" in question.text


# ---------------------------------------------------------------------------- what is known, and what is not yet


def test_a_measure_is_shown_when_it_is_found() -> None:
    state = state_of("third-corner")
    trace, result = run_of(SCENE, state), result_of(SCENE, state, ENGINE)
    steps = {frame.text.split(" =")[0]: frame.index + 1 for frame in trace.frames if not frame.callers}
    shown = {
        name: words_in(SCENE.picture(replace(state, step=step), result, trace.at(step), None))
        for name, step in steps.items()
    }
    assert " 0.231" not in shown["empty"]
    assert " 0.231" in shown["giou"]
    assert " 0.333" in shown["iou"]
    assert "empty 0.686" not in shown["hull"]
    assert "empty 0.686" in shown["empty"]
    assert "2/6 − 0.686/6.69" in shown["empty"]


def test_at_the_end_of_a_run_all_is_what_the_result_has() -> None:
    for loss in ("iou", "giou", "diou", "ciou"):
        state = state_of("ciou", loss=loss)
        trace, result = run_of(SCENE, state), result_of(SCENE, state, ENGINE)
        last, whole = numbers_of(loss, result, trace.frames[-1]), numbers_of(loss, result, None)
        assert loss in last
        assert all(last[name] == pytest.approx(whole[name]) for name in last)


def test_the_numbers_shown_are_those_of_the_run() -> None:
    """Of code with a mistake in it the picture tells what that code found."""
    fault = SCENE.faults["not-halved"]
    state = SCENE.opening().with_params(**fault.params)
    call = SCENE.listing(state.params, state.inputs)
    assert call is not None
    wrong, _ = defined(planted(reference(call), fault), call.function.__name__)
    result = result_of(SCENE, state, ENGINE)
    pair = boxes_of(state.params)
    rho = []
    for function in (call.function, wrong):
        trace = record(function, **call.arguments)
        numbers = numbers_of("diou", result, trace.frames[-1])
        panel = boxes_panel("diou", pair, result, state.inputs.sheet, numbers, ended=False)
        named = [label for mark in panel.marks if isinstance(mark, Scatter) for label in mark.labels]
        rho += [float(label.split()[1]) for label in named if label.startswith("ρ")]
    assert rho[1] == pytest.approx(2 * rho[0], rel=5e-3)


# ---------------------------------------------------------------------------- mistakes to find


@pytest.mark.parametrize("name", SCENE.faults)
def test_the_mistake_shows_where_it_is_planted(name: str) -> None:
    fault = SCENE.faults[name]
    state = SCENE.opening().with_params(**fault.params)
    call = SCENE.listing(state.params, state.inputs)
    assert call is not None
    wrong, _ = defined(planted(reference(call), fault), call.function.__name__)
    got, expected = (one(**copy.deepcopy(dict(call.arguments))) for one in (wrong, call.function))
    assert difference(got, expected) is not None

"""What suppression asks, what became of each box, and what the scene says of it."""

from __future__ import annotations

import copy
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from engine.device import Engine
from scenes.asking import Question
from scenes.detection.nms import SCENE
from scenes.detection.nms_fate import fate, suppressors
from scenes.detection.nms_model import MANY, Inputs, Params
from scenes.detection.nms_view import moment_of
from scenes.picture import Boxes, Cells, Region
from scenes.running import result_of
from scenes.scene import State, Target, locked
from scenes.workbench.code import defined
from scenes.workbench.comparing import difference
from scenes.workbench.source import planted, reference
from tests.scenes.asked import labels, run_of


def state_of(boxes: Any, scores: Any, labels: Any = None, **params: Any) -> State:
    count = len(boxes)
    inputs = Inputs(
        boxes=locked(np.array(boxes, np.float32).reshape(-1, 4)), scores=locked(np.array(scores, np.float32)),
        labels=locked(np.array([0] * count if labels is None else labels, np.int64)), extent=(100.0, 100.0),
    )  # fmt: skip
    return State(scene="nms", params=Params(**params), inputs=inputs)


def questions(state: State) -> list[Question]:
    trace = run_of(SCENE, state)
    asked = []
    for before, step in pairwise([0, *trace.steps_narrated()]):
        following = trace.at(step)
        assert following is not None
        asked.append(SCENE.ask(replace(state, step=before), trace, following))
    return [question for question in asked if question is not None]


def fates(state: State) -> dict[str, tuple[str, Any]]:
    return {name: (one.words, one.value) for name, one in SCENE.outcomes(run_of(SCENE, state)).items()}


# ---------------------------------------------------------------------------- what is asked

ROW = [
    (0, 0, 10, 10),
    (4, 0, 14, 10),
    (8, 0, 18, 10),
]  # neighbours overlap by 0.43, the first and the last by 0.11


def test_in_a_chain_the_removed_one_is_tempting_and_wrong() -> None:
    first, goes, following = questions(
        state_of([*ROW, (60, 60, 70, 70)], [0.9, 0.8, 0.7, 0.6], iou_threshold=0.4)
    )
    assert (first.text, first.right) == ("Which box is kept first?", (0,))
    assert goes.text == "Box 0 is kept. Which box goes because of it?"
    assert goes.right == (1,)
    assert goes.reveal == "Box 1 goes: its overlap with box 0 is 0.43, more than 0.40."
    assert "box 2" in labels(goes)
    assert (following.text, following.right) == ("Which box is kept next?", (2,))
    assert following.credit(1) == 0
    assert "box 1" in labels(following)
    assert following.reveal.endswith("it scores highest, 0.70; box 1 with 0.80 is out of it.")


def test_all_that_go_are_right() -> None:
    _, goes = questions(state_of([(0, 0, 10, 10)] * 3, [0.9, 0.8, 0.7]))
    assert set(goes.right) == {1, 2}
    assert [goes.credit(index) for index in (0, 1, 2)] == [0, 1, 1]
    assert goes.reveal == "Box 1 goes, and 1 more: its overlap with box 0 is 1.00, more than 0.50."


def test_another_class_is_tempting_and_stays() -> None:
    state = state_of([(0, 0, 10, 10), (0, 0, 10, 9), (0, 0, 10, 8)], [0.9, 0.8, 0.7], [0, 1, 0])
    goes = questions(state)[1]
    assert goes.right == (2,)
    assert "box 1" in labels(goes)
    alone = questions(state_of([(0, 0, 10, 10), (0, 0, 10, 9)], [0.9, 0.8], [0, 1]))[1]
    assert (alone.text, alone.right) == ("Box 0 is kept. How many boxes go because of it?", (0,))
    assert labels(alone) == ["none", "1"]
    assert alone.reveal == "None: box 1 is of another class."
    together = questions(state_of([(0, 0, 10, 10), (0, 0, 10, 9)], [0.9, 0.8], [0, 1], per_class=False))[1]
    assert together.right == (1,)


def test_an_overlap_of_just_the_threshold_is_a_question_of_how_many() -> None:
    asked = questions(SCENE.opening("no-plus-one"))[1]
    assert asked.right == (0,)
    assert asked.credit(1) == 0
    assert asked.reveal == "None: the highest overlap with box 0 is 0.50, not more than 0.50."
    assert questions(SCENE.opening("plus-one"))[1].right == (1,)


def test_of_equal_scores_the_last_is_tempting() -> None:
    asked = questions(SCENE.opening("ties"))[0]
    assert asked.right == (0,)
    assert "box 2" in labels(asked)
    assert asked.reveal == "Box 0: of equal scores the lower number comes first."


@pytest.mark.parametrize(
    ("method", "now", "wrong"),
    [
        ("linear", 0.16, {"0.00", "0.64", "0.80"}),
        ("gaussian", 0.8 * np.exp(-1.28), {"0.00", "0.64", "0.80", "0.16"}),
    ],
)
def test_how_far_a_score_fades(method: str, now: float, wrong: set[str]) -> None:
    boxes = [(0, 0, 10, 10), (0, 0, 10, 8), (50, 50, 60, 60)]
    _, asked, following = questions(state_of(boxes, [0.9, 0.8, 0.7], method=method))
    assert asked.text == "Box 1 scores 0.80 and overlaps box 0 by 0.80. What will it score after this round?"
    assert asked.right == (pytest.approx(now, abs=1e-6),)
    assert set(labels(asked)) == {f"{now:.2f}", *wrong}
    assert asked.credit(now + 0.05) == pytest.approx(0.5, abs=1e-3)
    assert asked.credit(0.0) < 0.2
    assert asked.credit(0.8) == 0
    assert following.right == (2,)
    assert following.credit(1) == 0
    assert following.reveal.endswith(f"box 1 began with 0.80 and has faded to {now:.2f}.")


def test_what_is_plain_is_not_asked() -> None:
    apart = [(0, 0, 10, 10), (20, 0, 30, 10), (40, 0, 50, 10)]
    assert [one.text for one in questions(state_of(apart, [0.9, 0.8, 0.7]))] == ["Which box is kept first?"]
    assert questions(state_of([], [])) == []
    assert questions(state_of([(0, 0, 1, 1)], [0.5])) == []
    many = [(0, 0, 10, 10)] * (MANY + 1)
    assert questions(state_of(many, [0.5] * len(many))) == []


# ---------------------------------------------------------------------------- what became of each box


def test_hard_and_soft_suppression_compared_box_by_box() -> None:
    boxes, scores = [(0, 0, 10, 10), (0, 0, 10, 6), (50, 50, 60, 60)], [0.9, 0.8, 0.3]
    hard = fates(state_of(boxes, scores))
    assert hard == {
        "box 0": ("is kept at 0.90", ("kept", "0.90")), "box 1": ("is removed by box 0", ("removed", 0)),
        "box 2": ("is kept at 0.30", ("kept", "0.30")),
    }  # fmt: skip
    soft = fates(state_of(boxes, scores, method="gaussian"))
    assert soft == {**hard, "box 1": ("is kept at 0.39", ("kept", "0.39"))}
    dropped = fates(state_of(boxes, scores, method="gaussian", score_threshold=0.5))
    assert dropped["box 1"] == (
        "fades to 0.39 under box 0",
        ("removed", 0),
    )  # the same fate as in hard suppression
    assert dropped["box 2"] == ("never competes", ("left out",))
    assert fates(state_of(boxes, scores, score_threshold=0.5))["box 2"] == dropped["box 2"]


@pytest.mark.parametrize("preset", SCENE.presets)
def test_every_box_has_a_fate_and_it_is_the_results(preset: str) -> None:
    state = SCENE.opening(preset)
    trace = run_of(SCENE, state)
    found = SCENE.outcomes(trace)
    assert set(found) == {f"box {index}" for index in range(len(state.inputs.boxes))}
    result = trace.result[0] if isinstance(trace.result, tuple) else trace.result
    assert {name for name, one in found.items() if one.value[0] == "kept"} == {
        f"box {i}" for i in result.tolist()
    }


def test_diou_keeps_what_iou_removes() -> None:
    by_iou, by_diou = fates(SCENE.opening("no-diou")), fates(SCENE.opening("diou"))
    assert by_iou["box 2"] == ("is removed by box 0", ("removed", 0))
    assert by_diou["box 2"] == ("is kept at 0.80", ("kept", "0.80"))
    assert by_iou["box 1"] == by_diou["box 1"]


# ---------------------------------------------------------------------------- step by step


def test_overlaps_of_the_round_before_are_not_shown_as_those_of_this_one() -> None:
    boxes = [(0, 0, 10, 10), (0, 0, 10, 8), (50, 50, 60, 60), (50, 50, 60, 58)]
    state = state_of(boxes, [0.9, 0.3, 0.8, 0.2], method="gaussian")
    trace = run_of(SCENE, state)
    result = result_of(SCENE, state, Engine())
    judged: dict[int, set[int]] = {}
    for frame in trace.frames:
        moment = moment_of(result, frame)
        judged.setdefault(moment.best, set()).update(moment.overlap)
    assert judged[0] == {1}
    assert judged[2] == {3}


@pytest.mark.parametrize("method", ["hard", "gaussian", "diou"])
def test_a_run_of_lists_and_whole_numbers_has_its_picture(method: str) -> None:
    """Code of a person's own may keep its boxes in lists."""
    state = state_of(ROW, [0.9, 0.8, 0.7], method=method)
    result, trace = result_of(SCENE, state, Engine()), run_of(SCENE, state)
    for frame in trace.frames:
        plain = {
            name: [int(index) for index in value] if name in ("order", "keep", "rest") else value
            for name, value in frame.variables.items()
        }
        if frame.callers:
            continue
        own, engines = moment_of(result, replace(frame, variables=plain)), moment_of(result, frame)
        assert (own.status == engines.status).all()
        assert own.overlap == engines.overlap


@pytest.mark.parametrize("name", SCENE.faults)
def test_the_mistake_shows_where_it_is_planted(name: str) -> None:
    fault = SCENE.faults[name]
    state = SCENE.opening().with_params(**fault.params)
    call = SCENE.listing(state.params, state.inputs)
    assert call is not None
    wrong, _ = defined(planted(reference(call), fault), call.function.__name__)
    got, expected = (one(**copy.deepcopy(dict(call.arguments))) for one in (wrong, call.function))
    assert difference(got, expected) is not None


# ---------------------------------------------------------------------------- at the end: whose doing it was


@pytest.mark.parametrize("preset", [key for key in SCENE.presets if key != "crowd"])
@pytest.mark.parametrize("method", ["hard", "diou", "linear", "gaussian"])
@pytest.mark.parametrize("threshold", [0.001, 0.3])
def test_who_removed_a_box_is_read_off_the_result_as_the_run_has_it(
    preset: str, method: str, threshold: float
) -> None:
    state = SCENE.opening(preset).with_params(method=method, score_threshold=threshold)
    result, found = result_of(SCENE, state, Engine()), SCENE.outcomes(run_of(SCENE, state))
    gone = np.setdiff1d(np.arange(len(result.scores)), result.keep)
    by, overlap = suppressors(state.params, result, gone)
    for index, rival, shared in zip(gone.tolist(), by.tolist(), overlap.tolist(), strict=True):
        told = fate(state.params, state.inputs, result, index)
        if method in ("hard", "diou"):
            assert found[f"box {index}"].value == (("removed", rival) if rival >= 0 else ("left out",))
            assert (f"box {rival} (" in told) == (rival >= 0)
            assert rival < 0 or shared > state.params.iou_threshold
        elif rival >= 0:
            assert result.final_scores[index] < threshold <= result.scores[index]
            assert f"overlaps box {rival} by {shared:.2f}" in told


def test_what_is_said_of_a_box_at_the_end() -> None:
    def said(preset: str, index: int, **params: Any) -> str:
        state = SCENE.opening(preset).with_params(**params).with_inputs(chosen=index)
        picture = SCENE.picture(state, result_of(SCENE, state, Engine()), None, None)
        return picture.sentence

    assert said("chain", 1) == "Box 1, score 0.80, goes: it overlaps box 0 (0.90) by 0.40, more than 0.30."
    assert said("chain", 2) == "Box 2, score 0.70, is kept; box 3 goes because of it."
    assert said("chain", 4) == "Box 4, score 0.50, is kept; no box goes because of it."
    assert said("chain", 4, score_threshold=0.5).endswith("never competes: its score is not above 0.5.")
    assert said("two", 0) == "Box 0, person 0.95, is kept; boxes 1, 2 and 3 go because of it."
    assert said("diou", 1) == "Box 1, score 0.85, goes: its DIoU with box 0 (0.92) is 0.54, more than 0.50."
    assert (
        said("two-soft", 3) == "Box 3, person 0.71, fades to 0.14, less than 0.3: it overlaps box 2 by 0.80."
    )
    assert said("two-soft", 2) == "Box 2, person 0.90, is kept at 0.67."
    assert said("no-plus-one", -1) == "2 of 2 boxes are kept: none overlaps a better one by more than 0.50."
    assert said("plus-one", -1).startswith("1 of 2 boxes is kept; each dashed one")
    low = said("chain", -1, score_threshold=0.65)
    assert (
        low
        == "2 of 5 boxes are kept; 2 score too low, and each other dashed one overlaps a better one by more than 0.30."
    )


def test_a_removed_box_that_is_pointed_at_shows_who_removed_it() -> None:
    state = SCENE.opening("chain")
    result = result_of(SCENE, state, Engine())
    target = Target(panel="boxes", x=0, y=0, handle="box", index=3)
    boxes, _, matrix = SCENE.picture(state, result, None, target).panels
    drawn = next(mark for mark in boxes.marks if isinstance(mark, Boxes))
    assert set(drawn.front) == {2, 3}
    assert drawn.labels[3] == "3  overlap 0.40"
    (cells,) = matrix.marks
    assert isinstance(cells, Cells)
    assert cells.marked == ((2, 3, "now"),)
    shared = [mark.extent for mark in boxes.marks if isinstance(mark, Region) and mark.role == "target"]
    assert shared == [(176, 94, 254, 246)]  # box 2 ends where box 3 has begun

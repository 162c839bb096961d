"""The scene of the IoU family: its boxes as parameters, what a drag does, and what it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.detection.iou_loss import NAMES
from engine.device import Engine
from scenes.detection.iou import SCENE
from scenes.detection.iou_model import sheet_of
from scenes.parameters import BadParameter, with_values
from scenes.picture import Arrow, Curve, Region, Scatter
from scenes.running import result_of, trace_of
from scenes.scene import Click, Drag, State, Target

ENGINE = Engine()


def state_with(preset: str = "ciou", **values: str) -> State:
    state = SCENE.opening(preset)
    return replace(state, params=with_values(state.params, values))


def picture_of(state: State, hover: Target | None = None):
    return SCENE.picture(state, result_of(SCENE, state, ENGINE), None, hover)


def panel(picture, key: str):
    return next(p for p in picture.panels if p.key == key)


# ---------------------------------------------------------------------------- parameters and numbers


def test_boxes_are_set_by_name() -> None:
    state = state_with("apart", pred="[0,0,4,1]", target="[1, 0, 2, 4]")
    named = SCENE.arrays(result_of(SCENE, state, ENGINE))
    assert 1 - named["ciou"] == pytest.approx(1.1037, abs=5e-5)
    assert named["pred"].tolist() == [0, 0, 4, 1]
    assert set(named) == {"pred", "target"} | {
        word + name for name in NAMES for word in ("", "grad_", "path_", "loss_")
    }
    for name in NAMES:
        assert named[name].shape == ()
        assert named[f"grad_{name}"].shape == (4,)
        assert named[f"path_{name}"].shape == (101, 4)
        assert named[f"loss_{name}"][0] == pytest.approx(1 - named[name], abs=1e-12)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[4,0,0,1]", "x1 < x2 and y1 < y2"),
        ("[0,1,4,1]", "x1 < x2 and y1 < y2"),
        ("[0,0,4]", "four numbers"),
        ("[]", "four numbers"),
        ("[0,0,1e-9,1]", "at least 0.001"),
        ("[0,0,1e9,1]", "from -10000 to 10000"),
        ("[0,0,NaN,1]", "takes a number"),
        ("7", "takes a list"),
    ],
)
def test_what_is_no_box_is_refused_in_one_sentence(text: str, words: str) -> None:
    for name in ("pred", "target"):
        with pytest.raises(BadParameter, match=words) as caught:
            result_of(SCENE, state_with(**{name: text}), ENGINE)
        assert str(caught.value).startswith(name)
        assert str(caught.value).endswith(".")


def test_a_bad_box_leaves_the_picture_that_was_there() -> None:
    state = state_with()
    result = result_of(SCENE, state, ENGINE)
    bad = state.with_params(pred=(4.0, 0.0, 0.0, 1.0))
    assert SCENE.picture(bad, result, None, None).panels
    assert (
        SCENE.edit(bad, Drag(target=Target(panel="boxes", x=0, y=0, handle="box", index=0), dx=1, dy=0))
        is bad
    )


def test_the_gate_is_for_ciou_alone() -> None:
    plain, gated = (SCENE.arrays(result_of(SCENE, state_with(gate=g), ENGINE)) for g in ("false", "true"))
    assert 1 - gated["ciou"] == pytest.approx(0.9353, abs=5e-5)
    assert gated["ciou"] == gated["diou"]
    for name in ("iou", "giou", "diou"):
        assert plain[name] == gated[name]


# ---------------------------------------------------------------------------- what is shown


def test_apart_iou_shows_no_arrow_and_the_others_do() -> None:
    for name in NAMES:
        marks = panel(picture_of(state_with("apart", loss=name)), "boxes").marks
        arrows = [mark for mark in marks if isinstance(mark, Arrow)]
        named = [text for mark in marks if isinstance(mark, Scatter) for text in mark.labels]
        assert bool(arrows) == (name != "iou")
        assert any("nothing pulls" in text for text in named) == (name == "iou")


def test_arrows_point_down_the_slope() -> None:
    state = state_with("apart", loss="giou")
    result = result_of(SCENE, state, ENGINE)
    marks = panel(SCENE.picture(state, result, None, None), "boxes").marks
    moves = [
        (mark.head[0] - mark.tail[0]) + (mark.head[1] - mark.tail[1])
        for mark in marks
        if isinstance(mark, Arrow)
    ]
    assert np.sign(moves).tolist() == np.sign(-result.gradients["giou"]).tolist()


@pytest.mark.parametrize("preset", SCENE.presets)
def test_the_hatched_part_is_all_that_neither_box_covers(preset: str) -> None:
    state = state_with(preset, loss="giou")
    result = result_of(SCENE, state, ENGINE)
    marks = panel(SCENE.picture(state, result, None, None), "boxes").marks
    hatched = [m.extent for m in marks if isinstance(m, Region) and m.hatched]
    area = sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in hatched)
    assert area == pytest.approx(result.parts.hull - result.parts.union, abs=1e-9)


def test_the_steps_draw_what_they_have_found() -> None:
    state = state_with("ciou")
    result, trace = result_of(SCENE, state, ENGINE), trace_of(SCENE, state)
    assert trace is not None
    counts = [
        len(panel(SCENE.picture(state, result, trace.at(step), None), "boxes").marks)
        for step in range(1, len(trace) + 1)
    ]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


@pytest.mark.parametrize("chart", ["slide", "race"])
def test_race_and_curves_wait_for_the_measure(chart: str) -> None:
    state = state_with("ciou", chart=chart)
    result, trace = result_of(SCENE, state, ENGINE), trace_of(SCENE, state)
    assert trace is not None
    pointed = Target(panel="chart", x=1, y=0.5)
    for step in range(1, len(trace) + 1):
        frame = trace.at(step)
        shown = SCENE.picture(state, result, frame, pointed)
        curves = [mark for p in shown.panels for mark in p.marks if isinstance(mark, Curve)]
        done = frame.returned and not frame.callers
        assert len(curves) == (8 if done else 0)
        assert bool(shown.sentence) == done


def test_what_is_pointed_at_is_said() -> None:
    state = state_with("third-corner")
    said = {
        name: picture_of(state, Target(panel="measures", x=0, y=0, handle=name)).sentence for name in NAMES
    }
    assert "2 shared of the union, 4 + 4 − 2 = 6" in said["iou"]
    assert "0.686 of 6.69" in said["giou"]
    for name, sentence in said.items():
        assert name[:-3].upper() in sentence
    edge = Target(panel="boxes", x=2, y=1, handle="box", index=0, part="e")
    assert "descent moves it right" in picture_of(state, edge).sentence
    still = picture_of(state_with("apart"), Target(panel="race iou", x=0, y=0)).sentence
    assert "stands still" in still


# ---------------------------------------------------------------------------- what a person does


def test_a_drag_moves_or_resizes_and_stays_on_the_sheet() -> None:
    state = state_with("apart")
    box = Target(panel="boxes", x=0, y=0, handle="box", index=0)
    moved = SCENE.edit(state, Drag(target=box, dx=0.5, dy=-0.25))
    assert moved.params.pred == (1.5, 5.25, 4, 7.25)
    wider = SCENE.edit(state, Drag(target=replace(box, part="se"), dx=1, dy=1))
    assert wider.params.pred == (1, 5.5, 4.5, 8.5)
    thrown = SCENE.edit(state, Drag(target=box, dx=1e7, dy=-1e7))
    assert thrown.params.pred == (9.5, 0, 12, 2)
    squeezed = SCENE.edit(state, Drag(target=replace(box, part="w"), dx=99, dy=0))
    assert 0 < squeezed.params.pred[2] - squeezed.params.pred[0] < 0.3
    assert state.params.pred == (1, 5.5, 3.5, 7.5)


def test_the_marker_slides_the_box_to_the_target() -> None:
    state = state_with("apart")
    for distance, iou in ((0.0, 5 / 15.75), (3.0, None)):
        slid = SCENE.edit(
            state, Drag(target=Target(panel="chart", x=distance, y=0, handle="slide", index=0), dx=0, dy=0)
        )
        result = result_of(SCENE, slid, ENGINE)
        assert result.distance == pytest.approx(distance, abs=2e-3)
        if iou is not None:
            assert result.measures["iou"] == pytest.approx(iou, abs=1e-3)


def test_the_slide_passes_through_the_present() -> None:
    for preset in SCENE.presets:
        result = result_of(SCENE, SCENE.opening(preset), ENGINE)
        for name in NAMES:
            there = np.interp(result.distance, result.slide, result.slides[name])
            assert there == pytest.approx(float(result.measures[name]), abs=5e-3)


def test_a_row_or_a_race_chooses_its_loss() -> None:
    state = state_with("apart")
    for name in NAMES[1:]:
        for target in (
            Target(panel="measures", x=0, y=0, handle=name),
            Target(panel=f"race {name}", x=0, y=0),
        ):
            assert SCENE.edit(state, Click(target=target)).params.loss == name
    assert SCENE.edit(state, Click(target=Target(panel="boxes", x=0, y=0))) is state


def test_boxes_that_do_not_fit_get_a_sheet_of_their_own() -> None:
    sheet = (0.0, 0.0, 12.0, 9.0)
    assert sheet_of((1, 1, 2, 2), (3, 3, 9, 8), sheet) == sheet
    for pred, target in (((0, 0, 400, 100), (1, 1, 2, 2)), ((1, 1, 1.01, 1.01), (1.02, 1, 1.03, 1.01))):
        x1, y1, x2, y2 = sheet_of(pred, target, sheet)
        assert x1 < min(pred[0], target[0])
        assert y2 > max(pred[3], target[3])
        assert (x2 - x1) / (y2 - y1) == pytest.approx(4 / 3)
        assert sheet_of(pred, target, (x1, y1, x2, y2)) == (x1, y1, x2, y2)


# ---------------------------------------------------------------------------- the numbers told


def measures(pred: str, target: str, gate: str = "false") -> dict[str, float]:
    named = SCENE.arrays(result_of(SCENE, state_with(pred=pred, target=target, gate=gate), ENGINE))
    return {name: float(named[name]) for name in NAMES}


def test_the_numbers_of_the_lesson_are_right() -> None:
    near = measures("[0,0,2,2]", "[3,0,5,2]")
    assert [1 - near[name] for name in NAMES] == pytest.approx([1, 1.2, 1 + 9 / 29, 1 + 9 / 29])
    assert near["diou"] == pytest.approx(-0.31, abs=5e-3)
    far = measures("[-3,0,-1,2]", "[3,0,5,2]")
    assert [name for name in NAMES if far[name] == near[name]] == ["iou"]
    aside, amid = (measures(box, "[0,0,10,10]") for box in ("[1,1,3,3]", "[4,4,6,6]"))
    assert [aside[name] for name in NAMES[:3]] == pytest.approx([0.04, 0.04, -0.05])
    assert [amid[name] for name in NAMES[:3]] == pytest.approx([0.04, 0.04, 0.04])
    flat = ("[0,3,8,5]", "[2,2,6,6]")
    assert measures(*flat)["ciou"] == pytest.approx(0.315, abs=5e-4)
    assert measures(*flat, "true")["ciou"] == pytest.approx(1 / 3)
    parts = result_of(SCENE, state_with(pred=flat[0], target=flat[1]), ENGINE).parts
    assert (parts.v, parts.alpha) == pytest.approx((0.118, 0.151), abs=5e-4)
    touching = measures("[0,0,2,3]", "[2,0,6,3]")
    assert touching["giou"] == touching["iou"]


def test_the_race_goes_as_the_presets_say() -> None:
    for preset in ("apart", "aligned"):
        named = SCENE.arrays(result_of(SCENE, SCENE.opening(preset), ENGINE))
        ends = {name: named[f"loss_{name}"] for name in NAMES}
        assert (ends["iou"] == 1).all()
        assert ends["giou"][-1] > 0.15
        assert max(ends["diou"][-1], ends["ciou"][-1]) < 0.01
        widths = named["path_giou"][:, 2] - named["path_giou"][:, 0]
        assert widths.max() > 2 * max(widths[0], 4.0)

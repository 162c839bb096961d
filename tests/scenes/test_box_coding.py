"""The scene of box coding: what a drag does to t, a person's own head, priors step by step, what it says."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from engine.detection.priors import mean_best_iou
from engine.detection.yolo import COCO_PRIORS, decode
from engine.device import Engine
from scenes.data.errors import BadData
from scenes.data.samples import street_objects
from scenes.detection.box_coding import SCENE
from scenes.detection.box_coding_head import made_head
from scenes.parameters import BadParameter, parameters_of, with_values
from scenes.picture import Boxes, Region, Scatter
from scenes.running import result_of, trace_of
from scenes.scene import Click, Drag, Press, Refused, State, Target, Typed

ENGINE = Engine()


def state_with(preset: str = "decode", **values: Any) -> State:
    state = SCENE.opening(preset)
    return replace(state, params=with_values(state.params, values))


def result(state: State) -> Any:
    return result_of(SCENE, state, ENGINE)


def picture_of(state: State, hover: Target | None = None, step: int | None = None) -> Any:
    trace = trace_of(SCENE, state)
    frame = trace.at(step) if trace is not None else None
    return SCENE.picture(replace(state, step=step), result(state), frame, hover)


def panel(picture: Any, key: str) -> Any:
    return next(p for p in picture.panels if p.key == key)


def mark(picture: Any, handle: str) -> Any:
    return next(m for p in picture.panels for m in p.marks if m.handle == handle)


def drag(
    state: State, panel: str, handle: str, index: int, dx: float, dy: float, part: str = "", **at: float
) -> State:
    target = Target(panel=panel, x=at.get("x", 0), y=at.get("y", 0), handle=handle, index=index, part=part)
    return SCENE.edit(state, Drag(target=target, dx=dx, dy=dy))


# ---------------------------------------------------------------------------- numbers


def test_the_named_arrays_are_those_of_the_head_and_the_priors() -> None:
    state = state_with()
    named = SCENE.arrays(result(state))
    head = state.inputs.head
    count, (rows, columns) = len(head.anchors), head.grid
    raw = torch.tensor(head.raw).reshape(count, -1, rows, columns)
    expected = torch.sigmoid(raw[:, 4]).permute(1, 2, 0).reshape(-1)
    assert torch.allclose(torch.tensor(named["objectness"]), expected, rtol=0, atol=1e-6)
    classes = torch.sigmoid(raw[:, 5:]).permute(2, 3, 0, 1).reshape(rows * columns * count, -1)
    assert torch.allclose(torch.tensor(named["class_scores"]), classes, rtol=0, atol=1e-6)
    assert named["boxes"].shape == (900, 4)
    assert named["priors"].shape == (5, 2)
    assert (np.diff(named["priors"].prod(1)) > 0).all()
    assert named["mean_iou"].shape == named["mean_iou_euclidean"].shape == (12,)
    assert (np.diff(named["mean_iou"]) > 0).all()
    assert (named["mean_iou"] > named["mean_iou_euclidean"]).all()


def test_the_priors_serve_as_well_as_the_picture_says() -> None:
    state = state_with("kmeans")
    found = result(state)
    direct = mean_best_iou(torch.tensor(state.inputs.sizes.sizes), torch.tensor(found.clusters.priors))
    assert float(direct) == pytest.approx(found.clusters.iou.mean(), abs=1e-12)
    assert f"{float(direct):.3f}" in picture_of(state).sentence


@pytest.mark.parametrize("prior", [f"{w}x{h}" for sizes in COCO_PRIORS.values() for w, h in sizes])
def test_the_t_that_the_true_box_needs_decodes_to_it(prior: str) -> None:
    one = result(state_with(prior=prior)).one
    back = state_with(prior=prior, **dict(zip(("tx", "ty", "tw", "th"), one.target.tolist(), strict=True)))
    assert result(back).one.box == pytest.approx(one.truth, abs=1e-9)
    assert "is the true box" in picture_of(back).sentence


def test_the_documented_example() -> None:
    one = result(state_with("encode")).one
    assert one.cell == (13, 10)
    assert one.fraction == pytest.approx((0.53125, 0.140625))
    assert one.target == pytest.approx([0.125, -1.810, 0.603, 0.011], abs=5e-4)
    assert one.at_rest == (374, 291, 490, 381)
    book = state_with("encode", tx=0.53125, ty=0.140625)  # X105: the sigmoid's target taken for t
    y = (result(book).one.box[1] + result(book).one.box[3]) / 2
    assert y - 324.5 == pytest.approx(12.6, abs=0.05)


def test_the_heads_anchors_are_priors_of_the_streets_boxes() -> None:
    state = state_with("street-priors")
    found = result(state).clusters.priors
    assert np.allclose(sorted(found.tolist()), sorted(state.inputs.head.anchors.tolist()), atol=0.5)


def test_the_made_head_finds_every_object_and_says_that_it_is_made() -> None:
    state = state_with("head")
    found = result(state)
    kept = result_of_nms(SCENE.hand_on["nms"](state, found))
    for _, box in street_objects():
        assert max(iou(box, other) for other in kept) > 0.7
    assert "no network" in panel(picture_of(state), "head").title
    assert picture_of(state).sentence.startswith("Made of the street's known boxes and noise")


def result_of_nms(state: State) -> list[list[float]]:
    from scenes import contents

    found = result_of(contents.load("nms"), state, ENGINE)
    return found.boxes[found.keep].tolist()


def iou(a: Any, b: Any) -> float:
    w, h = (min(a[i + 2], b[i + 2]) - max(a[i], b[i]) for i in (0, 1))
    shared = max(w, 0) * max(h, 0)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def test_the_classes_losses_are_torchs() -> None:
    state = state_with("classes", logits="[1.5, -0.3, 4]", labels="[2]", objectness="-1")
    named = SCENE.arrays(result(state))
    logits = torch.tensor([1.5, -0.3, 4.0], dtype=torch.float64)
    assert named["sigmoid"] == pytest.approx(torch.sigmoid(logits).tolist(), abs=1e-12)
    assert named["softmax"] == pytest.approx(torch.softmax(logits, 0).tolist(), abs=1e-12)
    sure = 1 / (1 + math.exp(1))
    assert named["scores"] == pytest.approx((sure * torch.sigmoid(logits)).tolist(), abs=1e-12)
    losses = F.binary_cross_entropy(
        torch.sigmoid(logits), torch.tensor([0.0, 0, 1]).double(), reduction="none"
    )
    assert result(state).classes.losses == pytest.approx(losses.tolist(), abs=1e-10)


# ---------------------------------------------------------------------------- parameters


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("truth", "[4,0,0,1]", "x1 < x2 and y1 < y2"),
        ("pred", "[0,1,4,1]", "x1 < x2 and y1 < y2"),
        ("proposal", "[0,0,4]", "four numbers"),
        ("logits", "[]", "0 values; it takes 1 to 12"),
        ("labels", "[5]", "with 5 logits the classes are 0 to 4"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(name: str, text: str, words: str) -> None:
    with pytest.raises(BadParameter, match=words) as caught:
        result(state_with(**{name: text}))
    assert str(caught.value).startswith(name)
    assert str(caught.value).endswith(".")


def test_more_priors_than_sizes_are_refused() -> None:
    with pytest.raises(BadParameter, match="only 10 sizes"):
        result(state_with("street-priors", k="12"))


def test_a_true_box_off_the_picture_has_no_cell() -> None:
    assert "off the picture" in picture_of(state_with(truth="[-300, 0, -200, 90]")).sentence


# ---------------------------------------------------------------------------- dragging a box, and t


def test_a_box_dragged_back_to_t_is_a_logit() -> None:
    state = state_with()
    before = result(state).one
    after = drag(state, "boxes", "box", 0, 5.0, 3.0)
    one = result(after).one
    assert np.subtract(one.box, before.box) == pytest.approx([5, 3, 5, 3], abs=0.01)
    assert (after.params.tw, after.params.th) == (state.params.tw, state.params.th)
    x = (before.box[0] + before.box[2]) / 2 + 5
    part = x / 32 - 13
    assert after.params.tx == pytest.approx(math.log(part / (1 - part)), abs=1e-3)


def test_the_centre_cannot_be_dragged_out_of_its_cell() -> None:
    one = result(drag(state_with(), "boxes", "box", 0, 500.0, -500.0)).one
    x, y = (one.box[0] + one.box[2]) / 2, (one.box[1] + one.box[3]) / 2
    assert 13 * 32 < x < 14 * 32
    assert 10 * 32 < y < 11 * 32
    assert x > 14 * 32 - 0.2
    assert y < 10 * 32 + 0.2


@pytest.mark.parametrize(
    ("part", "changes"), [("e", {"tx", "tw"}), ("n", {"ty", "th"}), ("se", {"tx", "ty", "tw", "th"})]
)
def test_an_edge_changes_the_side_and_the_middle(part: str, changes: set[str]) -> None:
    state = state_with()
    after = drag(state, "boxes", "box", 0, 4.0, 4.0, part=part)
    assert {
        n for n in ("tx", "ty", "tw", "th") if getattr(after.params, n) != getattr(state.params, n)
    } == changes


def test_the_true_box_takes_its_cell_along() -> None:
    after = drag(state_with(), "boxes", "box", 1, -64.0, 32.0)
    assert result(after).one.cell == (11, 11)
    assert result(after).one.target == pytest.approx(result(state_with()).one.target)
    region = next(
        m for m in panel(picture_of(after), "boxes").marks if isinstance(m, Region) and m.role == "now"
    )
    assert region.extent == (352, 352, 384, 384)


def test_t_is_dragged_on_its_line_and_held_in_its_range() -> None:
    state = drag(state_with(), "t", "t", 2, 0, 0, x=99.0)
    assert state.params.tw == 4
    assert drag(state, "t", "t", 0, 0, 0, x=-2.5).params.tx == -2.5


def test_in_the_offsets_face_both_t_and_box_move_the_prediction() -> None:
    state = drag(state_with("offsets"), "t", "t", 2, 0, 0, x=0.5)
    assert result(state).regression.t[2] == pytest.approx(0.5, abs=1e-3)
    moved = drag(state, "boxes", "box", 2, 10.0, 0.0)
    assert moved.params.proposal[0] == state.params.proposal[0] + 10
    assert moved.params.pred == state.params.pred


def test_the_loss_is_of_offsets_and_for_positives_only() -> None:
    """X21: the true box's own offsets from the proposal count, not the way from box to box."""
    found = result(state_with("offsets")).regression
    expected = F.smooth_l1_loss(torch.tensor(found.t), torch.tensor(found.t_true), reduction="sum")
    assert found.loss == pytest.approx(float(expected), abs=1e-12)
    background = state_with("background")
    assert result(background).regression.loss == 0
    assert "box loss is 0" in picture_of(background).sentence


def test_only_the_exponential_stays_a_width() -> None:
    state = state_with("log", tw=-2.0)
    assert "no width at all" in picture_of(state).sentence
    labels = [
        text for m in panel(picture_of(state), "widths").marks if isinstance(m, Scatter) for text in m.labels
    ]
    assert any(text.endswith("−116") for text in labels)


# ---------------------------------------------------------------------------- priors


def test_a_ring_starts_a_centre_elsewhere() -> None:
    state = state_with("kmeans")
    after = drag(state, "sizes", "start", 2, 0, 0, x=333.0, y=222.0)
    assert after.inputs.starts[2].tolist() == [333.0, 222.0]
    assert result(after).clusters.starts[2].tolist() == [333.0, 222.0]
    anew = result(after.with_params(seed=4)).clusters.starts
    assert (anew == result(state.with_params(seed=4)).clusters.starts).all()
    assert drag(after, "k", "k", 0, 0, 0, x=7.2).params.k == 7
    assert drag(after, "k", "k", 0, 0, 0, x=7.2).inputs.starts is None


def test_the_steps_show_who_belongs_to_whom() -> None:
    state = state_with("kmeans")
    trace, run = trace_of(SCENE, state), result(state).clusters
    assert torch.allclose(trace.result, torch.tensor(run.priors), atol=1e-12)
    assert not [
        m for m in panel(picture_of(state, step=2), "sizes").marks if getattr(m, "role", "") == "quiet"
    ]
    at = next(f.index for f in trace.frames if f.text.startswith("nearest = gap")) + 1
    spokes = next(
        m for m in panel(picture_of(state, step=at), "sizes").marks if getattr(m, "role", "") == "quiet"
    )
    assert len(spokes.segments) == 300
    assert (spokes.segments[:, 1] == run.starts[trace.frames[at - 1].variables["nearest"].numpy()]).all()


def test_why_a_size_belongs_to_its_centre() -> None:
    state = state_with("kmeans")
    found, trace = result(state), trace_of(SCENE, state)
    why = SCENE.why(found, trace, Target(panel="sizes", x=0, y=0, handle="size", index=7))
    assert why is not None
    assert trace.at(why.step).variables["nearest"][7] == found.clusters.nearest[7]


def test_euclidean_distance_leaves_the_small_boxes() -> None:
    by_iou, euclidean = (result(state_with(p)).clusters for p in ("kmeans", "euclidean"))
    sizes = SCENE.opening().inputs.sizes.sizes
    small = np.argsort(sizes.prod(1))[:100]
    assert by_iou.iou[small].mean() > euclidean.iou[small].mean() + 0.1


# ---------------------------------------------------------------------------- classes


def test_two_labels_hold_at_once() -> None:
    state = state_with("classes")
    assert picture_of(state).sentence.startswith("Person and woman both hold")
    click = Click(target=Target(panel="logit", x=0, y=0.5, handle="logit", index=1))
    assert SCENE.edit(state, click).params.labels == (0,)
    assert SCENE.edit(SCENE.edit(state, click), click).params.labels == (0, 1)


def test_a_logit_is_dragged_and_typed() -> None:
    state = state_with("classes")
    assert drag(state, "logit", "logit", 3, 0, 0, x=1.234).params.logits[3] == 1.23
    typed = Typed(target=Target(panel="logit", x=0, y=0, handle="logit", index=0), text="-7")
    assert SCENE.edit(state, typed).params.logits[0] == -7
    for text in ("x", "9", "nan"):
        with pytest.raises(Refused, match="from -8 to 8"):
            SCENE.edit(state, replace(typed, text=text))


# ---------------------------------------------------------------------------- a person's own data


def saved(folder: Path, **arrays: Any) -> Path:
    path = folder / "mine.npz"
    np.savez(path, **arrays)
    return path


def random_head(count: int = 3, classes: int = 4, rows: int = 6, columns: int = 7) -> np.ndarray:
    return np.random.default_rng(2).normal(0, 1.5, (count * (5 + classes), rows, columns)).astype(np.float32)


ANCHORS = np.array([[10.0, 20], [40, 30], [90, 80]])


def test_a_head_of_ones_own_is_decoded_and_handed_on(tmp_path: Path) -> None:
    raw = random_head()
    state, notices = SCENE.take_data(SCENE.opening(), saved(tmp_path, head=raw, anchors=ANCHORS, stride=16))
    assert state.params.view == "head"
    assert notices == ("126 predictions of 3 anchors in 7 × 6 cells.",)
    named = SCENE.arrays(result(state))
    for row, column, a in ((0, 0, 0), (2, 5, 1), (5, 6, 2)):
        n = (row * 7 + column) * 3 + a
        channels = torch.tensor(raw[a * 9 : (a + 1) * 9, row, column])
        cell = torch.tensor([float(column), float(row)])
        box = decode(channels[:4], torch.tensor(ANCHORS[a]).float(), cell, 16)
        assert named["boxes"][n] == pytest.approx(box.tolist(), abs=1e-3)
        assert named["objectness"][n] == pytest.approx(float(torch.sigmoid(channels[4])), abs=1e-6)
        assert named["class_scores"][n] == pytest.approx(torch.sigmoid(channels[5:]).tolist(), abs=1e-6)
    handed = SCENE.hand_on["nms"](state, result(state)).inputs
    scores = named["objectness"] * named["class_scores"].max(1)
    assert len(handed.boxes) == (scores > state.params.score_threshold).sum()
    assert handed.scores.tolist() == sorted(handed.scores.tolist(), reverse=True)
    assert handed.extent == (112, 96)


def test_a_head_without_classes_scores_by_objectness_alone(tmp_path: Path) -> None:
    raw = random_head(classes=0).astype(np.float64)
    state, _ = SCENE.take_data(SCENE.opening(), saved(tmp_path, head=raw, anchors=ANCHORS, stride=[8.0]))
    found = result(state)
    assert (found.predictions.scores == found.predictions.objectness).all()
    assert found.predictions.boxes.dtype == np.float64
    target = Target(panel="map", x=0, y=0, handle="map", index=3)
    assert "objectness" in picture_of(state, target).sentence


HEAD = random_head()
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "channels": (
        {"head": HEAD[:-1], "anchors": ANCHORS, "stride": 16},
        r"head has 26 channels, which do not fit 3 anchors; 3 \* \(5 \+ C\) are needed: 15, 18, 21, ..., 255 for 80",
    ),
    "too few": ({"head": HEAD[:12], "anchors": ANCHORS, "stride": 16}, "head has 12 channels"),
    "flat": (
        {"head": HEAD[0], "anchors": ANCHORS, "stride": 16},
        r"head has shape \(6, 7\); it needs \(A \*",
    ),
    "no anchors": ({"head": HEAD, "stride": 16}, "head but no anchors"),
    "no stride": ({"head": HEAD, "anchors": ANCHORS}, "head but no stride"),
    "anchors of three": (
        {"head": HEAD, "anchors": ANCHORS.T[:2], "stride": 16},
        r"anchors has shape \(2, 3\); it needs \(A, 2\)",
    ),
    "anchors of four": (
        {"head": HEAD, "anchors": np.ones((3, 4)), "stride": 16},
        r"anchors has shape \(3, 4\); it needs \(A, 2\)",
    ),
    "an anchor of no width": ({"head": HEAD, "anchors": [[0, 9]], "stride": 16}, "anchors has a side of 0"),
    "a stride of none": ({"head": HEAD, "anchors": ANCHORS, "stride": 0}, "stride is 0"),
    "strides": ({"head": HEAD, "anchors": ANCHORS, "stride": [8, 16]}, r"stride has shape \(2,\)"),
    "nan": (
        {"head": HEAD * np.nan, "anchors": ANCHORS, "stride": 16},
        "head holds a value that is not finite",
    ),
    "a huge power": ({"head": HEAD * 50, "anchors": ANCHORS, "stride": 16}, "tw or th of"),
    "too many": ({"head": np.zeros((15, 300, 300)), "anchors": ANCHORS, "stride": 1}, "270,000 predictions"),
    "sizes of three": ({"sizes": np.ones((4, 3))}, r"sizes has shape \(4, 3\); it needs \(N, 2\)"),
    "sizes of nothing": ({"sizes": [[3, 0]]}, "sizes has a side of 0"),
    "boxes inside out": ({"boxes": [[9, 0, 1, 4]], "scores": [1.0]}, "x2 = 1 left of x1 = 9"),
    "boxes without area": ({"boxes": [[9, 0, 9, 4]], "scores": [1.0]}, "has no box with any area"),
    "other things": ({"weights": np.ones(3)}, "it needs"),
}


@pytest.mark.parametrize(("arrays", "words"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_in_one_sentence(tmp_path: Path, arrays: dict[str, Any], words: str) -> None:
    with pytest.raises(BadData, match=words) as caught:
        SCENE.take_data(SCENE.opening(), saved(tmp_path, **arrays))
    assert str(caught.value).startswith("mine.npz")
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_sizes_come_as_sizes_or_as_detections(tmp_path: Path) -> None:
    state, _ = SCENE.take_data(SCENE.opening(), saved(tmp_path, sizes=[[3, 4], [5, 6]]))
    assert state.params.view == "kmeans"
    assert state.params.k == 2
    path = tmp_path / "found.json"
    path.write_text(json.dumps([{"image_id": 1, "category_id": 1, "bbox": [5, 5, 20, 30], "score": 0.5}]))
    state, _ = SCENE.take_data(SCENE.opening(), path)
    assert state.inputs.sizes.sizes.tolist() == [[20, 30]]
    boxes = [[0, 0, 10, 10], [3, 3, 3, 9]]
    state, notices = SCENE.take_data(SCENE.opening(), saved(tmp_path, boxes=boxes, scores=[1.0, 1.0]))
    assert state.inputs.sizes.sizes.tolist() == [[10, 10]]
    assert notices == ("Left out, for they have no area: 1 of 2 boxes.",)


def test_of_very_many_sizes_some_are_taken(tmp_path: Path) -> None:
    sizes = np.random.default_rng(0).uniform(5, 90, (5000, 2))
    state, notices = SCENE.take_data(SCENE.opening(), saved(tmp_path, sizes=sizes))
    assert len(state.inputs.sizes.sizes) == 2000
    assert "2,000 of the 5,000" in notices[0]
    again, _ = SCENE.take_data(SCENE.opening(), saved(tmp_path, sizes=sizes))
    assert (again.inputs.sizes.sizes == state.inputs.sizes.sizes).all()


# ---------------------------------------------------------------------------- a whole head


def test_nothing_scores_enough_to_be_handed_on() -> None:
    state = state_with("head", score_threshold=1.0)
    with pytest.raises(Refused, match="lower the score threshold"):
        SCENE.hand_on["nms"](state, result(state))


def test_a_click_on_a_box_or_a_cell_shows_its_raw_numbers() -> None:
    state = state_with("head")
    shown = mark(picture_of(state), "detection")
    assert isinstance(shown, Boxes)
    found = result(state).predictions
    target = Target(panel="head", x=0, y=0, handle="detection", index=5)
    after = SCENE.edit(state, Click(target=target))
    assert after.inputs.cell == int(found.order[5]) // 3
    table = panel(picture_of(after), "cell")
    column, row = after.inputs.cell % 20, after.inputs.cell // 20
    assert f"({column}, {row})" in table.title
    told = picture_of(state, target).sentence
    assert f"Cell ({column}, {row})" in told
    assert f"= {found.scores[int(found.order[5])]:.2f}" in told


def test_the_same_seed_makes_the_same_head() -> None:
    assert made_head().raw.tobytes() == made_head().raw.tobytes()
    assert made_head(8).raw.tobytes() != made_head().raw.tobytes()


def test_a_key_leads_through_all_the_faces() -> None:
    state, seen = SCENE.opening(), []
    for _ in range(6):
        state = SCENE.edit(state, Press(key="V"))
        seen.append(state.params.view)
        assert picture_of(state).sentence
    assert seen == ["offsets", "log", "kmeans", "head", "classes", "decode"]


def test_why_a_term_costs_what_it_costs() -> None:
    state = state_with("offsets")
    found, trace = result(state), trace_of(SCENE, state)
    why = SCENE.why(found, trace, Target(panel="terms", x=0, y=0, handle="term", index=3))
    assert why is not None
    assert f"{found.regression.terms[3]:.4f}" in why.sentence
    assert trace.at(why.step).text.startswith("terms = smooth_l1")


def test_every_parameter_belongs_to_a_face() -> None:
    for parameter in parameters_of(SCENE.params)[1:]:
        assert any(when.name == "view" for when in parameter.when), parameter.name

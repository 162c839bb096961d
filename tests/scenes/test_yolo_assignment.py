"""The scene of YOLO's assignment: its documented numbers, edits, sentences, a person's own truths, errata."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.detection.assignment import place_of, prior_index
from engine.device import Engine
from scenes.data.errors import BadData
from scenes.data.image import LoadedImage
from scenes.detection.yolo_assignment import SCENE
from scenes.detection.yolo_assignment_loss import loss_rows, rivals_of
from scenes.detection.yolo_assignment_model import MOST, loss_arguments, outcome_of, setting_of
from scenes.parameters import BadParameter, with_values
from scenes.picture import Arrow, Bars, Boxes, Cells, Mosaic, Table
from scenes.running import result_of, trace_of
from scenes.scene import Click, Drag, Press, Refused, State, Target, locked

ENGINE = Engine()


def state_with(preset: str = "street", **values: Any) -> State:
    state = SCENE.opening(preset)
    return replace(state, params=with_values(state.params, values))


def result(state: State) -> Any:
    return result_of(SCENE, state, ENGINE)


def picture_of(state: State, hover: Target | None = None, step: int | None = None) -> Any:
    trace = trace_of(SCENE, state)
    assert trace is not None
    return SCENE.picture(replace(state, step=step), result(state), trace.at(step), hover)


def panel(picture: Any, key: str) -> Any:
    return next(p for p in picture.panels if p.key == key)


def marks(picture: Any, key: str, kind: type) -> list[Any]:
    return [mark for mark in panel(picture, key).marks if isinstance(mark, kind)]


def over(state: State, index: int, number: int = 0) -> Target:
    """The pointer on the tile of a prior of the map with this number."""
    size = state.params.size
    stride, row, column, k = place_of(index, size)
    return Target(panel=f"map {number}", x=(column + (k + 0.5) / 3) * stride, y=(row + 0.5) * stride)


# ---------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(("size", "count"), [(256, 4032), (416, 10647), (608, 22743)])
@pytest.mark.parametrize("rule", ["paper", "darknet", "ultralytics"])
def test_every_prior_has_one_status(size: int, count: int, rule: str) -> None:
    """X102: 4,032 priors belong to 256, 10,647 to 416."""
    named = SCENE.arrays(result(state_with(size=size, rule=rule)))
    assert named["priors"].shape == (count, 4)
    assert named["status"].shape == named["matched"].shape == (count,)
    assert named["loss_terms"].shape == (count, 3)
    counts = [int((named["status"] == kind).sum()) for kind in (1, 0, -1)]
    assert sum(counts) == count
    assert ((named["matched"] >= 0) == (named["status"] == 1)).all()
    assert (named[f"status_{rule}"] == named["status"]).all()
    assert counts[2] == 0 if rule == "ultralytics" else counts[0] == 4


def test_a_matched_prior_is_told_one() -> None:
    """X108: the confidence target of a positive prior is 1."""
    one = result(state_with())
    positive = one.status == 1
    chance = 1 / (1 + np.exp(-one.objectness[positive].astype(np.float64)))
    assert one.terms[positive, 1] == pytest.approx(-np.log(chance), rel=1e-4)
    assert (one.slope[positive] < 0).all()


def test_darknet_by_prior_at_half_is_the_paper() -> None:
    paper, other = result(state_with()), result(state_with(rule="darknet", by="prior", ignore_threshold=0.5))
    assert (paper.status == other.status).all()
    by_prediction = result(state_with(by="prediction", ignore_threshold=0.7))
    assert (by_prediction.status == outcome_of(by_prediction, "darknet").status).all()


def test_a_collision_keeps_the_later_box_and_in_darknet_both_classes() -> None:
    """X109."""
    state = state_with("collision")
    one = result(state)
    assert one.responsible[0] == one.responsible[1]
    assert one.matched[one.status == 1].tolist() == [1]
    for rule, count in (("darknet", 2), ("paper", 1)):
        params = state.with_params(rule=rule).params
        given = loss_arguments(params, state.inputs, setting_of(params, state.inputs))
        assert int(given["classes"].sum()) == count
    assert "nobody answers for it" in picture_of(state).sentence.lower()


def test_a_fresh_network_complains_ten_thousand_times() -> None:
    fresh = result(state_with("loss-fresh"))
    assert fresh.terms[fresh.status == 0].sum() > 0.9 * fresh.terms.sum()
    assert "from 10,6" in picture_of(state_with("loss-fresh")).sentence


def test_the_stand_in_depends_on_its_seed_alone() -> None:
    first, again, other = (result(state_with(seed=seed)) for seed in (1, 1, 2))
    assert (first.predictions == again.predictions).all()
    assert (first.predictions != other.predictions).any()


# ---------------------------------------------------------------------------- what is shown


def test_the_large_map_is_that_of_the_chosen_truths_prior() -> None:
    state = state_with()
    for index, stride in enumerate((32, 16, 16, 16)):
        shown = picture_of(state.with_inputs(chosen=index))
        assert panel(shown, "map 0").title.startswith(f"stride {stride}:")
        (tiles,) = marks(shown, "map 0", Mosaic)
        assert tiles.kinds.shape == (416 // stride, 3 * 416 // stride)
        assert tiles.kinds.max() == 2


def test_growing_a_truth_takes_it_to_a_coarser_grid() -> None:
    state = state_with("shape")
    assert panel(picture_of(state), "map 0").title.startswith("stride 16")
    target = Target(panel="map 0", x=0, y=0, handle="truth", index=0, part="e")
    grown = SCENE.edit(state, Drag(target=target, dx=120, dy=0))
    assert panel(picture_of(grown), "map 0").title.startswith("stride 32")


def test_the_tiles_are_the_status() -> None:
    state = state_with("darknet")
    one, shown = result(state), picture_of(state)
    kinds = {1: 2, 0: 0, -1: 1}
    start = 0
    for stride in (32, 16, 8):
        key = next(p.key for p in shown.panels if p.title.startswith(f"stride {stride}:"))
        (tiles,) = marks(shown, key, Mosaic)
        flat = tiles.kinds.ravel().tolist()
        assert flat == [kinds[s] for s in one.status[start : start + len(flat)].tolist()]
        start += len(flat)
    assert start == len(one.status)


def test_rules_side_by_side_outline_what_differs() -> None:
    state = state_with("rules")
    one, shown = result(state), picture_of(state)
    assert [panel(shown, f"map {n}").title for n in range(3)] == [
        "the paper, stride 32",
        "Darknet",
        "Ultralytics",
    ]
    for number, rule in ((1, "darknet"), (2, "ultralytics")):
        other = (one.outcomes[rule].tiles[32] != one.outcomes["paper"].tiles[32]).reshape(13, 13, 3).any(2)
        outlined = max(len(m.boxes) for m in marks(shown, f"map {number}", Boxes) if m.roles == ("now",))
        assert outlined == other.sum() > 0
    chosen = SCENE.edit(state, Click(target=Target(panel="map 2", x=5, y=5)))
    assert chosen.params.rule == "ultralytics"


def test_a_prior_is_pointed_at_with_its_numbers() -> None:
    state = state_with()
    one = result(state)
    owner = int(np.flatnonzero(one.matched == 0)[0])
    said = picture_of(state, over(state, owner)).sentence
    assert "positive, it answers for truth 0 (car)" in said
    ignored = int(np.flatnonzero(one.status[:507] == -1)[0])
    shown = picture_of(state, over(state, ignored))
    assert f"by {one.overlap[ignored]:.3f}, more than 0.5" in shown.sentence
    lit = [m for m in marks(shown, "map 0", Boxes) if m.roles == ("now", "weight", "output")]
    assert lit[0].boxes[1].tolist() == one.priors[ignored].tolist()
    assert "touches no truth" in picture_of(state, over(state, 0)).sentence


def test_a_row_of_the_loss_lights_its_prior_and_adds_up() -> None:
    state = state_with("loss")
    one = result(state)
    listed = loss_rows(one.status, one.terms)
    (table,) = marks(picture_of(state), "loss", Table)
    assert len(table.rows) == len(listed) + 3
    for row, index in enumerate(listed):
        shown = picture_of(state, Target(panel="loss", x=0, y=row + 1.5, handle="loss", index=row))
        stride = place_of(index, 416)[0]
        key = next(p.key for p in shown.panels if p.title.startswith(f"stride {stride}:"))
        lit = [m for m in marks(shown, key, Boxes) if m.roles == ("now", "weight", "output")]
        assert lit[0].boxes[1].tolist() == one.priors[index].tolist()
        assert lit[0].boxes[3].tolist() == one.truths[one.matched[index]].tolist()
        assert f"truth {one.matched[index]}" in shown.sentence
        clicked = SCENE.edit(
            state, Click(target=Target(panel="loss", x=0, y=row + 1.5, handle="loss", index=row))
        )
        assert clicked.inputs.chosen == one.matched[index]
        assert table.rows[row][2] == f"{one.terms[index, 0]:.3f}"
    assert table.rows[-1][3] == f"{one.terms[:, 1].sum(dtype=np.float64):,.0f}"


def test_the_tug_of_war_pulls_as_autograd_does() -> None:
    state = state_with("tug")
    one = result(state)
    pair = rivals_of(one, 0)
    assert pair is not None
    assert one.status[list(pair)].tolist() == [1, -1]
    logits = torch.tensor(one.objectness[list(pair)], dtype=torch.float64, requires_grad=True)
    told = torch.tensor([1.0, 0.0], dtype=torch.float64)
    torch.nn.functional.binary_cross_entropy_with_logits(logits, told, reduction="sum").backward()
    shown = picture_of(state)
    arrows = marks(shown, "without", Arrow)
    pulls = [arrow.head[0] - arrow.tail[0] for arrow in arrows]
    assert np.sign(pulls).tolist() == (-logits.grad.sign()).tolist()
    assert pulls == pytest.approx((-0.9 * logits.grad).tolist(), abs=1e-6)
    assert len(marks(shown, "with", Arrow)) == 1


def test_a_cell_says_255_numbers() -> None:
    state = state_with("cell")
    shown = picture_of(state)
    own, classes = marks(shown, "own", Cells)[0], marks(shown, "classes", Cells)[0]
    assert own.values.size + classes.values.size == 255 == 3 * (4 + 1 + 80)
    one = result(state)
    first = prior_index(416, 16, 22, 8, 0)
    assert own.values[:, :4] == pytest.approx(one.t[first : first + 3])
    assert own.values[:, 4] == pytest.approx(one.objectness[first : first + 3])
    said = picture_of(state, Target(panel="classes", x=0, y=0, handle="classes", index=80 + 16)).sentence
    assert "class dog" in said


def test_the_best_shape_of_nine_is_marked() -> None:
    """X107."""
    state = state_with("shape")
    (bars,) = marks(picture_of(state), "likeness", Bars)
    assert bars.roles.index("output") == int(np.argmax(bars.values)) == 5
    said = picture_of(state, Target(panel="likeness", x=0.5, y=5.5, handle="shape", index=5)).sentence
    assert f"= {bars.values[5]:.3f}" in said


def test_every_step_shows_what_is_decided_so_far() -> None:
    state = state_with()
    trace, one = trace_of(SCENE, state), result(state)
    assert trace is not None
    counts = []
    for step in range(1, len(trace) + 1):
        shown = SCENE.picture(replace(state, step=step), one, trace.at(step), None)
        tiles = [m.kinds for n in range(3) for m in marks(shown, f"map {n}", Mosaic)]
        counts.append(sum(int((kinds == 2).sum()) for kinds in tiles))
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, 4)


def test_why_finds_the_step() -> None:
    state = state_with()
    trace, one = trace_of(SCENE, state), result(state)
    assert trace is not None
    ignored = int(np.flatnonzero(one.status[:507] == -1)[0])
    answer = SCENE.why(one, trace, Target(panel="map 0", x=0, y=0, handle="priors 32", index=ignored))
    assert answer is not None
    assert answer.sentence.startswith("It becomes ignored here.")
    truth = SCENE.why(one, trace, Target(panel="map 0", x=0, y=0, handle="truth", index=2))
    assert truth is not None
    assert trace.frames[truth.step - 1].text.startswith("status[index], matched[index]")
    assert SCENE.why(one, trace, Target(panel="map 0", x=0, y=0, handle="priors 32", index=0)) is None


# ---------------------------------------------------------------------------- what a person does


def test_a_drag_moves_a_truth_in_pixels_of_the_input() -> None:
    state = state_with("small")
    before = result(state).truths[2]
    moved = SCENE.edit(
        state, Drag(target=Target(panel="map 1", x=0, y=0, handle="truth", index=2), dx=8, dy=-4)
    )
    assert result(moved).truths[2] == pytest.approx(before + np.array([8, -4, 8, -4]), abs=1e-3)
    assert moved.inputs.chosen == 2
    far = SCENE.edit(
        state, Drag(target=Target(panel="map 0", x=0, y=0, handle="truth", index=2), dx=1e6, dy=1e6)
    )
    assert result(far).truths[2].max() <= 256


def test_a_truth_keeps_its_place_on_the_picture_when_the_size_changes() -> None:
    small, large = (result(state_with(size=size)).truths / size for size in (256, 608))
    assert small == pytest.approx(large, abs=1e-6)


def test_a_click_looks_into_a_cell_and_arrows_go_to_the_next() -> None:
    state = SCENE.edit(state_with(), Click(target=Target(panel="map 1", x=100, y=200)))
    assert state.params.show == "cell"
    assert state.inputs.cell == (16, 6.5 / 26, 12.5 / 26)
    key = Drag(target=Target(panel="map 0", x=0, y=0, handle="cell"), dx=1, dy=0, phase="key")
    assert SCENE.edit(state, key).inputs.cell == (16, 7.5 / 26, 12.5 / 26)
    drag = Drag(target=Target(panel="map 0", x=5, y=5, handle="cell"), dx=1, dy=0)
    assert SCENE.edit(state, drag).inputs.cell == (16, 0.5 / 26, 0.5 / 26)


def test_a_click_chooses_a_truth_and_a_second_one_looks_into_the_cell_under_it() -> None:
    inside = Target(panel="map 0", x=130, y=370, handle="truth", index=2)
    once = SCENE.edit(state_with(), Click(target=inside))
    assert (once.inputs.chosen, once.params.show) == (2, "priors")
    twice = SCENE.edit(once, Click(target=inside))
    assert (twice.params.show, twice.inputs.cell) == ("cell", (16, 8.5 / 26, 23.5 / 26))
    assert SCENE.edit(once, Click(target=replace(inside, part="e"))) is once


def test_truths_come_and_go() -> None:
    state = SCENE.edit(state_with(), Press(key="N"))
    assert len(result(state).truths) == 5
    assert state.inputs.chosen == 4
    named = SCENE.edit(state, Press(key="C"))
    assert named.inputs.labels[4] == 1
    for _ in range(5):
        state = SCENE.edit(state, Press(key="Delete"))
    empty = result(state)
    assert not len(empty.truths)
    assert not empty.status.any()
    assert "Press N" in picture_of(state).sentence
    assert SCENE.edit(state, Press(key="Delete")) is state
    full = state_with().with_inputs(boxes=locked(np.ones((MOST, 4), np.float32)))
    with pytest.raises(Refused, match=f"{MOST} truths"):
        SCENE.edit(full, Press(key="N"))


def test_an_own_picture_is_fitted_with_grey_beside_it() -> None:
    wide = LoadedImage(locked(np.full((10, 30, 3), 250, np.uint8)), (30, 10), ())
    pixels = SCENE.take_image(state_with(), wide).inputs.pixels
    assert pixels.shape == (30, 30, 3)
    assert (pixels[:10] == 128).all()
    assert (pixels[10:20] == 250).all()


def test_a_rule_brings_its_own_threshold_unless_another_is_set() -> None:
    assert state_with(rule="darknet").params.ignore_threshold == 0.7
    assert state_with("darknet", rule="paper").params.ignore_threshold == 0.5
    for given in ("0.5", "0.6"):
        assert state_with(ignore_threshold=given, rule="darknet").params.ignore_threshold == float(given)
    left = state_with(ignore_threshold="0.6").with_params(rule="darknet")
    assert left.params.ignore_threshold == 0.6
    there = state_with("darknet").with_params(rule="ultralytics")
    assert there.with_params(rule="darknet").params.ignore_threshold == 0.7


def test_a_rule_that_is_chosen_by_its_map_brings_its_own_threshold() -> None:
    state = state_with("rules")
    chosen = SCENE.edit(state, Click(target=Target(panel="map 1", x=100, y=100)))
    assert (chosen.params.rule, chosen.params.ignore_threshold) == ("darknet", 0.7)


# ---------------------------------------------------------------------------- a person's own truths


def taken(tmp_path: Path, document: Any) -> State:
    path = tmp_path / "truths.json"
    path.write_text(json.dumps(document))
    assert SCENE.take_data is not None
    return SCENE.take_data(state_with(), path)[0]


def test_own_truths_are_pixels_of_the_input(tmp_path: Path) -> None:
    boxes = [[10.0, 20.0, 70.0, 140.0], [100.0, 100.0, 230.0, 200.0]]
    state = taken(tmp_path, {"boxes": boxes, "labels": [0, 2]})
    for size in (256, 416):
        assert result(state.with_params(size=size)).truths.tolist() == boxes
    assert result(taken(tmp_path, {"boxes": boxes})).labels.tolist() == [0, 0]
    assert not len(result(taken(tmp_path, {"boxes": [], "labels": []})).truths)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"boxes": [[50, 10, 20, 60]], "labels": [0]}, "x2 = 20 left of x1 = 50"),
        ({"boxes": [[5, 10, 5, 60]], "labels": [0]}, "no area"),
        ({"boxes": [[5, 10, 900, 60]], "labels": [0]}, "outside the picture"),
        ({"boxes": [[-5, 10, 90, 60]], "labels": [0]}, "outside the picture"),
        ({"boxes": [[5, 10, 90, 60]], "labels": [0, 1]}, "labels has 2 values but there are 1 boxes"),
        ({"boxes": [[5, 10, 90, 60]], "labels": [80]}, "80 classes"),
        ({"boxes": [[5, 10, 90]]}, "shape"),
        ({"labels": [0]}, "has no boxes"),
        ({"boxes": [[1, 1, 9, 9]] * 51}, "up to 50"),
    ],
)
def test_truths_that_are_none_are_refused_in_one_sentence(tmp_path: Path, document: Any, words: str) -> None:
    with pytest.raises(BadData, match=words) as caught:
        taken(tmp_path, document)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_a_truth_that_a_smaller_input_cannot_hold_is_refused(tmp_path: Path) -> None:
    state = taken(tmp_path, {"boxes": [[10, 10, 300, 90]], "labels": [0]})
    with pytest.raises(BadParameter, match="truth 0 reaches 300, outside the 256 × 256 input"):
        result(state.with_params(size=256))
    with pytest.raises(BadParameter, match="takes a whole number from 128 to 608"):
        with_values(state.params, {"size": "400"})

"""What the every-scene test cannot know of receptive fields: edits of the network, files, documented numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.convnet.network import Layer, measures
from engine.device import Engine
from engine.trace import record
from scenes.asking import Question
from scenes.contents import load
from scenes.convolution.receptive_edit import NEW, edit, inserted, removed, swapped
from scenes.convolution.receptive_layout import FOUND, SETTINGS, rows_of
from scenes.convolution.receptive_model import affordable, core_of, layers_of, unit_of
from scenes.data.errors import BadData
from scenes.picture import Text
from scenes.running import partial_results, result_of, trace_of
from scenes.scene import Click, Drag, Press, Refused, State, Target, Typed
from scenes.workbench.code import defined
from scenes.workbench.source import planted, reference
from tests.scenes.asked import asked

SCENE = load("receptive-field")
ENGINE = Engine()


def opened(preset: str) -> State:
    return SCENE.opening(preset)


def fields(state: State) -> list[int]:
    return [one.field for one in measures(layers_of(state.params, state.inputs.layers), state.params.size)]


def at(handle: str, index: int = -1, panel: str = "table", x: float = 0.0, y: float = 0.0) -> Target:
    return Target(panel=panel, x=x, y=y, handle=handle, index=index)


# Editing


def test_a_layer_is_inserted_after_the_chosen_one_and_removed_again() -> None:
    state = opened("two-3x3").with_inputs(chosen=0)
    longer = edit(state, Press(key="I"))
    assert len(longer.inputs.layers) == 3
    assert longer.inputs.chosen == 1
    assert fields(longer) == [3, 5, 7]
    again = edit(longer, Press(key="Delete"))
    assert fields(again) == fields(state)


def test_inserting_and_removing_keeps_the_branches_together() -> None:
    state = opened("resnet18")
    for chosen in range(len(state.inputs.layers)):
        longer = inserted(state.with_inputs(chosen=chosen), NEW)
        assert len(longer.inputs.layers) == len(state.inputs.layers) + 1
        shorter = removed(longer)
        assert fields(shorter) == fields(state)
        assert [one.channels for one in shorter.inputs.layers] == [
            one.channels for one in state.inputs.layers
        ]


def test_the_last_layer_cannot_be_removed() -> None:
    state = removed(opened("two-3x3"))
    with pytest.raises(Refused, match="a network has one layer or more"):
        removed(state)


def test_layers_change_places_where_they_follow_each_other() -> None:
    state = opened("alexnet")
    turned = swapped(state, 1)
    assert [one.name for one in turned.inputs.layers[:3]] == ["conv1", "conv2", "pool1"]
    assert fields(swapped(turned, 1)) == fields(state)
    with pytest.raises(Refused, match="ends of a branch"):
        swapped(opened("resnet18"), 3)


def names(state: State) -> list[str]:
    return [one.name for one in state.inputs.layers]


def dragged(state: State, index: int, places: list[float]) -> State:
    """A gesture on the strip, whose target keeps the layer that it began on."""
    for n, (before, x) in enumerate(pairwise([index, *places])):
        phase: Any = "end" if n == len(places) - 1 and n else "move" if n else "start"
        state = edit(
            state, Drag(target=at("layers", index, "stack", x=x, y=0.5), dx=x - before, dy=0.0, phase=phase)
        )
    return state


def test_a_layer_is_dragged_along_and_moved_by_keys() -> None:
    state = opened("alexnet")
    moved = dragged(state, 2, [2.0, 2.4, 3.2])
    assert names(moved)[:3] == ["conv1", "conv2", "pool1"]
    assert moved.inputs.chosen == 2
    keyed = edit(state, Drag(target=at("layers", 2, "stack", x=2.0), dx=1.0, dy=0.0, phase="key"))
    assert keyed.inputs.layers == moved.inputs.layers
    nudged = dragged(state, 2, [2.0, 2.5])
    assert nudged.inputs.layers == state.inputs.layers


@pytest.mark.parametrize("places", [[2.1, 2.7, 3.1, 3.9, 4.2, 5.0], [2.0, 5.2], [2.0, 9.0, 5.1]])
def test_a_layer_is_dragged_past_several_at_any_speed(places: list[float]) -> None:
    moved = dragged(opened("alexnet"), 2, places)
    assert names(moved) == ["conv1", "conv2", "pool2", "conv3", "pool1", "conv4", "conv5", "pool5"]
    assert moved.inputs.chosen == 4
    back = dragged(moved, 5, [5.0, 3.0, 2.0])
    assert names(back) == names(opened("alexnet"))


def test_a_drag_goes_as_far_as_it_can() -> None:
    state = opened("resnet18")
    there = dragged(state, 1, [1.0, 2.0])  # past the pooling
    assert names(there)[:2] == ["pool1", "conv1"]
    with pytest.raises(Refused, match="ends of a branch"):
        dragged(state, 2, [2.0, 4.0])
    assert dragged(state, 1, [1.0, 6.0]).inputs.layers == there.inputs.layers


def test_numbers_are_typed_and_a_layer_that_kept_its_size_goes_on_doing_so() -> None:
    state = opened("resnet18")
    rows = rows_of(len(state.inputs.layers), state.inputs.chosen)
    index = len(SETTINGS) * (rows.index(len(state.inputs.layers) - 2)) + SETTINGS.index("kernel")
    wider = edit(state, Typed(target=at("settings", index), text="5"))
    changed = wider.inputs.layers[-2]
    assert (changed.kernel, changed.padding) == (5, 2)
    assert fields(wider)[-1] == fields(state)[-1] + 2 * 32


@pytest.mark.parametrize(
    ("preset", "name", "text", "told"),
    [
        ("two-3x3", "kernel", "9", "larger than its padded input"),
        ("two-3x3", "kernel", "0", "kernel is 0; it takes a whole number from 1 to 31"),
        ("two-3x3", "stride", "x", "'x' is no whole number"),
        ("two-3x3", "channels", "4", "All layers have C channels here"),
        ("alexnet", "channels", "9999", "it takes a whole number from 1 to 2048"),
        ("branches", "stride", "2", "its branches need to agree"),
    ],
)
def test_what_cannot_be_typed_is_refused(preset: str, name: str, text: str, told: str) -> None:
    state = opened(preset)
    rows = rows_of(len(state.inputs.layers), state.inputs.chosen)
    row = 0 if preset != "branches" else list(rows).index(2)
    with pytest.raises(Refused, match=told):
        edit(state, Typed(target=at("settings", row * len(SETTINGS) + SETTINGS.index(name)), text=text))


def test_a_click_chooses_the_unit_under_it() -> None:
    state = opened("two-3x3")
    there = edit(state, Click(target=Target(panel="cone", x=1.1, y=2.4)))
    assert there.inputs.chosen == 0
    size = measures(layers_of(state.params, state.inputs.layers), 7)[0].size
    assert unit_of(there.inputs, size)[0] == 1  # whose field's middle is at 2.5
    moved = edit(state, Click(target=Target(panel="image", x=4.4, y=3.4)))
    assert unit_of(moved.inputs, 3) == (1, 2)


# What comes of it


def test_the_theoretical_field_comes_first_and_the_unit_measures_nothing_anew() -> None:
    state = opened("vgg16").with_params(seed=77, samples=24)
    parts = list(partial_results(SCENE, state, ENGINE))
    assert parts[0][0] == 0.0
    assert parts[0][1].samples == 0
    assert parts[0][1].measures[-1].field == 212
    assert parts[-1][1].samples == affordable(parts[-1][1], state.params.samples) == 3
    again = list(partial_results(SCENE, state.with_inputs(unit=(0, 0)), ENGINE))
    assert len(again) == 1
    assert again[0][1].effective is parts[-1][1].effective


def test_the_numbers_of_the_lesson_are_right() -> None:
    result = result_of(SCENE, opened("vgg16"), ENGINE)
    share = (result.core / result.measures[-1].field) ** 2
    assert share == pytest.approx(1 / 7, abs=0.02)
    for first, field in ((1, 7), (2, 11)):
        stack = [Layer(kernel=3, stride=first), Layer(kernel=3), Layer(kernel=3)]
        assert measures(stack, 31)[-1].field == field
    assert measures([Layer(kernel=3, dilation=4)], 31, 1)[0].field == 9


def test_arrays_are_named_and_shaped_as_documented() -> None:
    result = result_of(SCENE, opened("alexnet"), ENGINE)
    arrays = SCENE.arrays(result)
    assert {"size", "jump", "start", "field", "params", "effective"} <= arrays.keys()
    assert arrays["field"].tolist() == [11, 19, 51, 67, 99, 131, 163, 195]
    assert arrays["effective"].shape == (224, 224)
    assert arrays["effective"].max() == 1.0


def test_why_leads_to_the_step_that_found_the_number() -> None:
    state = opened("alexnet")
    result, trace = result_of(SCENE, state, ENGINE), trace_of(SCENE, state)
    rows = rows_of(len(result.layers), result.chosen)
    for row, number in enumerate(rows):
        why = SCENE.why(result, trace, at("found", row * len(FOUND) + FOUND.index("field")))
        assert why is not None
        frame = trace.at(why.step)
        assert int(frame.variables["field"]) == result.measures[number].field
    branches = opened("branches")
    result, trace = result_of(SCENE, branches.with_params(samples=1), ENGINE), trace_of(SCENE, branches)
    told = {name: SCENE.why(result, trace, at("found", 4 * len(FOUND) + FOUND.index(name))) for name in FOUND}
    assert told["field"].sentence == "A join of 4 branches: its first unit sees from -5 to 6, 11 pixels."
    assert {told[name].sentence for name in ("size", "jump", "start")} == {
        "17 units, 2 px apart; the first one's field has its middle at 0.5 px."
    }
    assert told["weights"] is None


def test_stepping_stays_with_the_layers_that_are_measured() -> None:
    state = opened("vgg16")
    result, trace = result_of(SCENE, state, ENGINE), trace_of(SCENE, state)
    for step in (1, len(trace) // 2, len(trace)):
        frame = trace.at(step)
        done = len(frame.variables["fields"]) - 1
        shown = SCENE.picture(replace(state, step=step), result, frame, None)
        image = next(panel for panel in shown.panels if panel.key == "image")
        assert image.title.endswith(f"{frame.variables['fields'][done]} × {frame.variables['fields'][done]}")


def test_the_listing_runs_as_it_stands() -> None:
    call = SCENE.listing(opened("darknet53").params, opened("darknet53").inputs)
    assert record(call.function, **call.arguments).result[3][-1] == 725


# A person's own network


def taken(tmp_path: Path, document: Any) -> State:
    path = tmp_path / "net.json"
    path.write_text(json.dumps(document))
    return SCENE.take_data(opened("two-3x3"), path)[0]


def test_a_network_is_read_from_json(tmp_path: Path) -> None:
    state = taken(tmp_path, {"size": 32, "layers": [
        {"kernel": 3, "padding": 1, "channels": 8, "name": "stem"},
        {"kernel": 5, "padding": 2, "channels": 8, "name": "wide", "relu": False},
        {"kind": "add", "reads": ["stem", "wide"]},
        {"kind": "pool"},
        {"kind": "concat", "reads": [3, 3]},
    ]})  # fmt: skip
    assert state.params.size == 32
    assert fields(state) == [3, 7, 7, 8, 8]
    found = measures(state.inputs.layers, 32)
    assert [one.channels for one in found] == [8, 8, 8, 8, 16]
    assert [one.size for one in found] == [32, 32, 32, 16, 16]
    assert [one.is_rectified for one in state.inputs.layers] == [True, False, True, False, False]


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ([], "holds no list of layers"),
        ([3], "layer 0 is 3; a layer is an object"),
        ([{"kernle": 3}], "has 'kernle'; a layer has kind, name, reads, kernel"),
        ([{"kernel": 3.5}], "kernel is 3.5; it takes a whole number from 1 to 31"),
        ([{"kernel": 31}], "larger than its padded input"),
        ([{"kind": "norm"}], "kind is 'norm'; it takes one of conv, pool, add, concat"),
        ([{"reads": ["body"]}], "reads 'body'; it can read the image"),
        ([{}, {"reads": [1]}], "reads 1; it can read the image"),
        ([{}, {"kind": "add", "reads": [0]}], "joins 1 branch"),
        ([{}, {"kind": "add", "reads": [0, -1], "stride": 2}], "a join has no stride"),
        ({"size": 0, "layers": [{}]}, "size is 0"),
        ([{"name": 5}], "name is 5; it takes a text"),
    ],
)
def test_what_is_no_network_is_told(tmp_path: Path, document: Any, told: str) -> None:
    with pytest.raises(BadData, match=told):
        taken(tmp_path, document)


def test_a_new_layer_keeps_size_and_channels() -> None:
    assert 2 * NEW.padding == NEW.span - 1
    state = inserted(opened("vgg16").with_inputs(chosen=4), NEW)
    assert state.inputs.layers[5].channels == state.inputs.layers[4].channels
    assert np.array_equal(state.inputs.pixels, opened("vgg16").inputs.pixels)


def test_a_wide_layer_in_the_middle_costs_more() -> None:
    """9 (in · middle + middle · out) against 25 in · out: dearer from a middle 25/18 as wide."""
    for middle, dearer in ((22, False), (23, True)):
        state = opened("two-3x3").with_params(width=16, middle_width=middle)
        result = result_of(SCENE, state, ENGINE)
        assert result.layers[-1].channels == 16
        assert (sum(one.params for one in result.measures) > 25 * 16**2) == dearer
        sentence = SCENE.picture(state, result, None, None).sentence
        assert ("more than" if dearer else "fewer than") in sentence
    three = opened("three-3x3").with_params(width=4, middle_width=2, out_width=8)
    assert [one.params for one in result_of(SCENE, three, ENGINE).measures] == [72, 36, 144]


def test_nonlinearities_are_counted_as_they_are() -> None:
    def told(preset: str) -> list[str]:
        state = opened(preset).with_params(samples=1)
        shown = SCENE.picture(state, result_of(SCENE, state, ENGINE), None, None)
        panel = next(panel for panel in shown.panels if panel.key == "costs")
        return [mark.text for mark in panel.marks if isinstance(mark, Text) and not mark.handle]

    assert told("two-3x3") == [
        "these layers: 18 C² = 18 weights, 2 ReLUs", "one 5 × 5 window: 25 C² = 25 weights, 1 ReLU",
    ]  # fmt: skip
    assert told("resnet18")[0].endswith(", 17 ReLUs")


def test_half_of_the_effective_field_is_in_its_core() -> None:
    field = np.zeros((9, 9), np.float32)
    field[4, 4], field[4, 6], field[0, 0] = 2, 3, 4
    assert core_of(field, 4) == 5
    assert core_of(np.ones((9, 9), np.float32), 4) == 7
    assert core_of(np.zeros((9, 9), np.float32), 4) == 1


def test_layers_are_inserted_and_removed_by_mouse_as_by_keys() -> None:
    state = opened("alexnet")
    tools = next(
        p
        for p in SCENE.picture(state, result_of(SCENE, state, ENGINE), None, None).panels
        if p.key == "stack"
    )
    handles = [mark.handle for mark in tools.marks if isinstance(mark, Text)]
    assert handles == ["insert", "insert pool", "remove"]
    for handle, key in zip(handles, ("I", "P", "Delete"), strict=True):
        clicked = edit(state.with_inputs(chosen=2), Click(target=at(handle, panel="stack")))
        pressed = edit(state.with_inputs(chosen=2), Press(key=key))
        assert clicked.inputs.layers == pressed.inputs.layers != state.inputs.layers
        assert len(clicked.inputs.layers) == 8 + (-1 if handle == "remove" else 1)
    pooled = edit(state.with_inputs(chosen=2), Press(key="P")).inputs.layers[3]
    assert (pooled.kind, pooled.kernel, pooled.stride) == ("pool", 2, 2)


@pytest.mark.parametrize("shape", [(1, 1, 3), (7, 7, 3), (20, 20, 1), (31, 31, 3)])
@pytest.mark.parametrize("size", [5, 7, 10, 23, 64])
def test_the_picture_is_reduced_by_the_means_of_what_pixels_cover(shape: tuple[int, ...], size: int) -> None:
    pixels = np.random.default_rng(size).integers(0, 256, shape, np.uint8)
    state = opened("two-3x3").with_params(size=size, samples=1).with_inputs(pixels=pixels)
    image = torch.tensor(pixels).permute(2, 0, 1)[None].double()
    expected = torch.nn.functional.interpolate(image, (size, size), mode="area")[0].permute(1, 2, 0)
    assert np.abs(result_of(SCENE, state, ENGINE).image - expected.numpy()).max() <= 0.5


# What is asked, what became of it, and runs of other code


def questions(state: State) -> list[tuple[int, Question]]:
    """Each question with the step that it is asked at."""
    return [(one.step, one.question) for one in asked(SCENE, state)]


def test_it_asks_how_far_a_unit_sees_behind_a_stride() -> None:
    state = opened("alexnet")
    (step, question), *_ = [(s, q) for s, q in questions(state) if "field of a unit of conv2" in q.text]
    assert question.right == (51,)
    assert [choice.label for choice in question.choices] == ["23 px", "51 px", "59 px", "95 px"]
    assert (
        question.reveal
        == "5 units are read, 8 px from one to the next: 4 · 8 more than the 19 of one alone, 51."
    )
    assert question.credit(51) == 1
    assert question.credit(35) == pytest.approx(0.5)
    trace, result = trace_of(SCENE, state), result_of(SCENE, state.with_params(samples=1), ENGINE)
    before = SCENE.picture(replace(state, step=step), result, trace.at(step), None)
    told = {mark.text for panel in before.panels for mark in panel.marks if isinstance(mark, Text)}
    assert "27" in told  # units of pool1
    assert "13" not in told  # of pool2, which comes later


def test_it_asks_about_jumps_sizes_and_joins() -> None:
    asked = {q.text: q for _, q in questions(opened("alexnet"))}
    jump = asked["How many pixels apart do neighbouring units of pool1 look?"]
    assert (jump.right, [choice.answer for choice in jump.choices]) == ((8,), [2, 4, 6, 8])
    size = asked["How many units along a side does conv1 make of 224?"]
    assert size.reveal == "217 / 4 = 54.25 steps, rounded down to 54, and the first window: 55."
    (_, join), *_ = [(s, q) for s, q in questions(opened("branches")) if "joins" in q.text]
    assert (join.right, [choice.answer for choice in join.choices]) == ((11,), [3, 7, 11, 28])
    assert sum("joins" in q.text for _, q in questions(opened("darknet53"))) == 2


def test_two_runs_are_compared_by_their_layers() -> None:
    trace = trace_of(SCENE, opened("alexnet"))
    found = SCENE.outcomes(trace)
    assert list(found) == [f"layer {n}" for n in range(8)]
    last = found["layer 7"]
    assert last.value == (6, 32, 31.5, 195)
    assert last.words == "has 6 units 32 px apart, the first about 31.5, that see 195 px"
    assert len(trace.frames[last.step - 1].variables["fields"]) == 9


@pytest.mark.parametrize(
    ("name", "preset", "column", "number"),
    [("jump-forgotten", "alexnet", "field", "27"), ("dilated-window", "dilated", "field", "42"),
     ("last-branch", "branches", "field", "11"), ("padding-once", "branches", "size", "15")],
)  # fmt: skip
def test_a_run_of_other_code_shows_its_own_numbers(name: str, preset: str, column: str, number: str) -> None:
    state = opened(preset).with_params(samples=1)
    call = SCENE.listing(state.params, state.inputs)
    wrong, _ = defined(planted(reference(call), SCENE.faults[name]), "receptive_field")
    trace = record(wrong, **call.arguments)
    result = result_of(SCENE, state, ENGINE)
    for step in range(len(trace) + 1):
        shown = SCENE.picture(replace(state, step=step), result, trace.at(step), None)
    shown = SCENE.picture(replace(state, step=len(trace)), result, trace.at(len(trace)), None)
    table = next(panel for panel in shown.panels if panel.key == "table").marks[1]
    assert table.text[-1][FOUND.index(column)] == number

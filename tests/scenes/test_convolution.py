"""The scene of convolution: what it computes, shows, steps, lets a person do, and refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from engine.device import Engine
from engine.trace import record
from scenes.asking import Question
from scenes.convolution.convolution import SCENE
from scenes.convolution.convolution_fit import fitted_bias, fitted_input, fitted_weight
from scenes.convolution.convolution_layout import layout_of
from scenes.convolution.convolution_model import Inputs, Params, Result, lines_run
from scenes.convolution.convolution_presets import gabor
from scenes.convolution.convolution_steps import moment_of
from scenes.convolution.convolution_view import terms_of
from scenes.convolution.numbers import number_words
from scenes.data.errors import BadData
from scenes.data.image import LoadedImage
from scenes.parameters import with_values
from scenes.picture import Cells, Heatmap, Line, Picture, Region, Terms, Text
from scenes.running import result_of, trace_of
from scenes.scene import Click, Drag, Press, Refused, State, Target, Typed
from scenes.workbench.code import defined
from scenes.workbench.source import planted, reference
from tests.scenes.asked import asked

GRID = np.arange(49.0).reshape(1, 7, 7)
KERNEL = np.arange(9.0).reshape(1, 1, 3, 3) - 4


def state_of(
    values: Any = GRID, weight: Any = KERNEL, bias: Any = (0.0,), window: Any = (0, 0), **params: Any
) -> State:
    arrays = (np.array(each, np.float64) for each in (values, weight, bias))
    grid, kernels, offset = arrays
    known = {"size": max(grid.shape[1:]), "kernel": kernels.shape[-1], "in_channels": len(grid),
             "out_channels": len(kernels)}  # fmt: skip
    inputs = Inputs(input=grid, weight=kernels, bias=offset, window=window)
    return State(scene="convolution", params=Params(**{**known, **params}), inputs=inputs)


def computed(state: State) -> Result:
    result: Result = result_of(SCENE, state, Engine())
    return result


def shown(state: State, hover: Target | None = None, step: int | None = None) -> Picture:
    trace = trace_of(SCENE, state)
    frame = trace.at(step) if trace and step is not None else None
    return SCENE.picture(replace(state, step=step), computed(state), frame, hover)


def on(handle: str, index: int = -1, panel: str = "grids", x: float = 0.0, y: float = 0.0) -> Target:
    return Target(panel=panel, x=x, y=y, handle=handle, index=index)


def marks(picture: Picture, kind: type, panel: str = "grids") -> list[Any]:
    return [m for each in picture.panels if each.key == panel for m in each.marks if isinstance(m, kind)]


def cells(picture: Picture, handle: str) -> Cells:
    return next(mark for mark in marks(picture, Cells) if mark.handle == handle)


def lit(picture: Picture, handle: str, role: str = "now") -> set[tuple[int, int]]:
    return {(r, c) for r, c, each in cells(picture, handle).marked if each == role}


# ---------------------------------------------------------------------------- what is computed


@settings(max_examples=120, deadline=None)
@given(
    st.integers(1, 8), st.integers(1, 8), st.integers(1, 3), st.integers(1, 3), st.integers(1, 5), st.integers(1, 4),
    st.integers(0, 4), st.integers(1, 3), st.sampled_from(("zeros", "reflect", "replicate", "circular")),
    st.integers(0, 99),
)  # fmt: skip
def test_arrays_are_those_of_torch_or_the_sentence_says_what_fits(
    height: int, width: int, channels: int, out: int, kernel: int, stride: int, padding: int, dilation: int, mode: Any,
    seed: int,
) -> None:  # fmt: skip
    random = np.random.default_rng(seed)
    shapes = (channels, height, width), (out, channels, kernel, kernel), (out,)
    state = state_of(
        *(random.normal(size=shape) for shape in shapes), stride=stride, padding=padding, dilation=dilation,
        padding_mode=mode,
    )  # fmt: skip
    layer = nn.Conv2d(
        channels, out, kernel, stride, padding, dilation, padding_mode=mode, dtype=torch.float64
    )
    layer.load_state_dict(
        {"weight": torch.tensor(state.inputs.weight), "bias": torch.tensor(state.inputs.bias)}
    )
    try:
        expected = layer(torch.tensor(state.inputs.input)).detach().numpy()
    except RuntimeError:
        with pytest.raises(ValueError, match=r"(fits|takes).*\.$"):
            computed(state)
        return
    arrays = SCENE.arrays(computed(state))
    assert set(arrays) == {"input", "weight", "bias", "output"}
    np.testing.assert_allclose(arrays["output"], expected, rtol=1e-10, atol=1e-10)
    for name in ("input", "weight", "bias"):
        assert np.array_equal(arrays[name], getattr(state.inputs, name))


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"kernel": 8}, r"size 8 is larger than its padded input, 7 cells along a side; kernel 7 or less fits, or"),
        ({"dilation": 4}, r"9 wide with dilation 4, .*; kernel 2 or less fits, or padding 1 or more\."),
        ({"padding": 7, "padding_mode": "reflect"}, r"reflect on 7 cells takes at most 6"),
        ({"padding": 8, "padding_mode": "circular"}, r"circular on 7 cells takes at most 7"),
    ],
)  # fmt: skip
def test_what_does_not_fit_says_what_would(params: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        computed(state_of(**params))


def test_arrays_are_fitted_to_the_parameters_and_keep_what_is_there() -> None:
    assert fitted_input(GRID, 1, 7) is GRID
    assert np.array_equal(fitted_input(GRID, 1, 4)[0], GRID[0, :4, :4])
    wide = fitted_input(np.arange(6.0).reshape(1, 2, 3), 2, 5)
    assert wide.shape == (2, 4, 5)
    assert wide[0, 0].tolist() == [0, 1, 2, 0, 1]
    assert np.array_equal(wide[1], np.roll(wide[0], 2, (0, 1)))
    assert fitted_weight(KERNEL, 1, 1, 1)[0, 0].tolist() == [[0.0]]
    grown = fitted_weight(KERNEL, 1, 1, 5)
    assert np.array_equal(grown[0, 0, 1:4, 1:4], KERNEL[0, 0])
    assert np.abs(grown).sum() == np.abs(KERNEL).sum()
    assert np.array_equal(fitted_weight(KERNEL, 2, 1, 3)[1, 0], np.rot90(KERNEL[0, 0]))
    assert fitted_bias(np.array([3.0]), 3).tolist() == [3, 0, 0]
    assert abs(gabor(11, 0.4).sum()) < 0.05


# ---------------------------------------------------------------------------- the errata


@pytest.mark.parametrize(
    ("preset", "told", "count"),
    [
        ("alexnet", "⌊ 53.25 ⌋ + 1 = 54", 54),
        ("alexnet-227", "⌋ + 1 = 55", 55),
        ("alexnet-padding", "⌊ 54.25 ⌋ + 1 = 55", 55),
    ],
)
def test_alexnets_first_layer(preset: str, told: str, count: int) -> None:
    state = SCENE.opening(preset)
    result = computed(state)
    assert result.output.shape == (2, count, count)
    assert " ".join(term.text for _, term in terms_of(result, "W")).endswith(told)
    hatched = [mark for mark in marks(shown(state), Region, "input") if mark.hatched]
    assert len(hatched) == (0 if preset == "alexnet-227" else 2)


def test_54_25_is_said_and_what_would_mend_it() -> None:
    sentence = shown(SCENE.opening("alexnet")).sentence
    assert "= 54.25, but there are no parts of windows: 54 fit" in sentence
    assert "3 more would make 55." in sentence
    end = next(panel for panel in shown(SCENE.opening("alexnet")).panels if panel.key == "end")
    assert "1 pixel left over" in end.title
    assert any("window 55 would stick out by 3" in mark.text for mark in end.marks if isinstance(mark, Text))


def test_the_dilation_is_in_the_formula() -> None:
    result = computed(state_of(dilation=2))
    told = [term.text for _, term in terms_of(result, "W")]
    assert told[:7] == ["3", "=", "⌊", "7", "+ 2 · 0", "− 2 ·", "(3 − 1)"]


@pytest.mark.parametrize(
    ("preset", "told"),
    [
        ("walk", "1 + 3 = 4 windows along a side"),
        ("edge", "The weights add up to 0"),
        ("blur", "each output cell is the mean of the 9"),
        ("same", "as large as the input"),
        ("mirror", "The padding mirrors the input"),
        ("dilated", "spans 5 × 5 and still has only 9 weights"),
        ("left-over", "2.33, but there are no parts of windows: 2 fit"),
        ("channels", "every one of the 3 input channels: 27 in one sum"),
        ("pointwise", "A 1 × 1 kernel looks at no neighbour"),
        ("alexnet-227", "1 + 54 = 55"),
    ],
)
def test_each_preset_says_its_point(preset: str, told: str) -> None:
    assert told in shown(SCENE.opening(preset)).sentence


# ---------------------------------------------------------------------------- the formula and its edges


def test_what_is_left_over_is_hatched_on_the_grid_and_the_tape() -> None:
    state = state_of(stride=3)
    result, picture = computed(state), shown(state)
    x, y = layout_of(result).input[0]
    hatched = [mark.extent for mark in marks(picture, Region) if mark.hatched]
    assert hatched[:2] == [(x + 6, y, x + 7, y + 7), (x, y + 6, x + 6, y + 7)]
    assert hatched[2][::2] == (x + 6, x + 7)
    assert any(mark.text == "1 left over" for mark in marks(picture, Text))
    assert not [mark for mark in marks(shown(state_of(stride=2)), Region) if mark.hatched]


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("padding", [0, 2])
def test_both_lanes_of_the_tape_are_as_long_as_the_padded_input(
    stride: int, dilation: int, padding: int
) -> None:
    state = state_of(stride=stride, dilation=dilation, padding=padding)
    layout = layout_of(computed(state))
    below = layout.input[0][1] + 7 + padding
    pieces = [mark for mark in marks(shown(state), Region) if mark.extent[1] > below]
    lanes: dict[float, list[Any]] = {}
    for piece in pieces:
        lanes.setdefault(piece.extent[1], []).append(piece.extent)
    assert len(lanes) == 2
    for lane in lanes.values():
        ends = sorted((extent[0], extent[2]) for extent in lane)
        assert ends[0][0] == layout.input[0][0] - padding
        assert ends[-1][1] == layout.input[0][0] + 7 + padding
        assert all(a[1] == b[0] for a, b in pairwise(ends))


def term_index(state: State, what: str, letter: str = "W") -> int:
    return next(n for n, (each, _) in enumerate(terms_of(computed(state), letter)) if each == what)


@pytest.mark.parametrize(
    ("what", "told"),
    [("N", "N = 7: the cells of the input"), ("P", "P = 1: the padding, counted twice"), ("D", "D = 1"),
     ("F", "F = 3: the kernel's cells"), ("S", "S = 2: each window lies"), ("floor", "Rounded down: here"),
     ("first", "The first window takes 3 cells"), ("count", "N' = 4: one cell of the output")],
)  # fmt: skip
def test_a_term_that_is_pointed_at_or_clicked_lights_what_it_counts(what: str, told: str) -> None:
    state = state_of(padding=1, stride=2)
    target = on("size W", term_index(state, what), "size")
    hovered = shown(state, target)
    chosen = SCENE.edit(state, Click(target=target))
    assert chosen.inputs.term == what
    for picture in (hovered, shown(chosen)):
        assert picture.sentence.startswith(told)
        assert term_index(state, what) in marks(picture, Terms, "size")[0].lit
    assert SCENE.edit(chosen, Click(target=target)).inputs.term == ""
    heavy = [mark for mark in (*marks(hovered, Line), *marks(hovered, Region)) if mark.width >= 3]
    assert bool(heavy) == (what != "floor")


def test_terms_light_the_right_edges() -> None:
    state = state_of(padding=1, stride=3)
    layout = layout_of(computed(state))
    x, y = layout.input[0]

    def with_term(term: str) -> Picture:
        return shown(state.with_inputs(term=term))

    edge = next(mark for mark in marks(with_term("N"), Line))
    assert edge.segments.tolist() == [[[x, y + 7], [x + 7, y + 7]], [[x, y], [x, y + 7]]]
    wide = [mark.extent for mark in marks(with_term("P"), Region) if mark.width == 4]
    assert sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in wide) == 81 - 49
    first, second = (mark.extent for mark in marks(with_term("S"), Region) if mark.width == 3)
    assert first == (x - 1, y - 1, x + 2, y + 2)
    assert second == (x + 2, y - 1, x + 5, y + 2)
    out = next(mark for mark in marks(with_term("count"), Line))
    assert out.segments[0].tolist() == [[layout.output[0][0], layout.output[0][1] + 3],
                                        [layout.output[0][0] + 3, layout.output[0][1] + 3]]  # fmt: skip


def test_pieces_of_the_tape_are_terms_too() -> None:
    state = state_of()
    x, y = layout_of(computed(state)).input[0]
    assert shown(state, on("", x=x + 3.5, y=y + 7 + 0.8)).sentence.startswith("N = 7")
    assert shown(state, on("", x=x + 1.5, y=y + 7 + 1.9)).sentence.startswith("The first window")
    assert SCENE.edit(state, Click(target=on("", x=x + 4.5, y=y + 7 + 1.9))).inputs.term == "S"
    assert SCENE.edit(state, Click(target=on("", x=x + 4.5, y=y + 7 + 9))) is state


def test_rows_and_columns_that_differ_have_a_formula_and_a_tape_each() -> None:
    state = state_of(GRID[:, :5])
    assert len(marks(shown(state), Terms, "size")) == 2
    told = shown(state, on("size H", term_index(state, "N", "H"), "size")).sentence
    assert told.startswith("H = 5")
    chosen = SCENE.edit(state, Click(target=on("size H", term_index(state, "count", "H"), "size")))
    assert (chosen.inputs.term, chosen.inputs.axis) == ("count", "H")
    assert shown(chosen).sentence.startswith("H' = 3")


def test_the_terms_are_gone_through_by_a_key() -> None:
    state, seen = state_of(), []
    for _ in range(9):
        state = SCENE.edit(state, Press(key="T"))
        seen.append(state.inputs.term)
    assert seen == ["N", "P", "D", "F", "S", "floor", "first", "count", ""]
    chosen = state.with_inputs(term="S")
    assert SCENE.edit(chosen, Press(key="Escape")).inputs.term == ""
    assert SCENE.edit(SCENE.edit(chosen, Press(key="Escape")), Press(key="Escape")).inputs.window is None


# ---------------------------------------------------------------------------- pointing


def test_an_output_tells_its_sum_and_outlines_what_made_it() -> None:
    state = state_of(window=None, dilation=2, bias=(0.5,))
    picture = shown(state, on("output 0", 4))
    assert picture.sentence.startswith(
        "8 · (\N{MINUS SIGN}4) + 10 · (\N{MINUS SIGN}3) + 12 · (\N{MINUS SIGN}2)"
    )
    expected = (
        sum((8 + 2 * u * 7 + 2 * v) * float(KERNEL[0, 0, u, v]) for u in range(3) for v in range(3)) + 0.5
    )
    assert picture.sentence.endswith(f" + bias 0.5 = {expected:g}.")
    assert lit(picture, "input 0", "weight") == {(r, c) for r in (1, 3, 5) for c in (1, 3, 5)}
    assert lit(picture, "output 0") == {(1, 1)}
    window = layout_of(computed(state)).window(computed(state), 0, (1, 1))
    assert any(mark.extent == window and mark.role == "now" for mark in marks(picture, Region))


def test_several_channels_are_told_by_their_sums() -> None:
    state = SCENE.opening("channels")
    picture = shown(state, on("output 1", 0))
    result = computed(state)
    sums = result.products(1, (0, 0)).sum((1, 2))
    assert picture.sentence.count("(channel") == 3
    assert sums.sum() + 1 == pytest.approx(result.output[1, 0, 0])
    assert picture.sentence.endswith(f"= {result.output[1, 0, 0]:g}.")
    assert cells(picture, "weight 0").values.tolist() == result.weight[1, 0].tolist()


def test_a_product_lights_its_two_operands() -> None:
    state = state_of(window=(2, 1))
    picture = shown(state, on("products 0", 5))
    assert lit(picture, "input 0") == {(3, 3)}
    assert lit(picture, "weight 0") == {(1, 2)}
    assert picture.sentence.startswith("24 · 1 = 24")


def test_a_weight_lights_the_cells_it_meets_and_an_input_the_sums_it_is_in() -> None:
    state = state_of(stride=2, padding=1)
    picture = shown(state, on("weight 0", 0))
    assert lit(picture, "input 0", "weight") == {(r, c) for r in (1, 3, 5) for c in (1, 3, 5)}
    assert len(lit(picture, "padded 0", "weight")) == 16 - 9
    assert "16 windows" in picture.sentence
    picture = shown(state, on("input 0", 8))
    assert lit(picture, "output 0") == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert "4 windows read it" in picture.sentence
    assert "no window reads it" in shown(state_of(stride=4), on("input 0", 24)).sentence


@pytest.mark.parametrize(
    ("mode", "told"),
    [("zeros", "A cell of the padding: 0"), ("reflect", "repeats row 2, column 1"),
     ("replicate", "repeats row 0, column 0"), ("circular", "repeats row 5, column 6")],
)  # fmt: skip
def test_a_cell_of_the_padding_tells_what_it_repeats(mode: str, told: str) -> None:
    picture = shown(state_of(padding=2, padding_mode=mode), on("padded 0", 1))
    assert told in picture.sentence
    assert bool(lit(picture, "input 0")) == (mode != "zeros")


# ---------------------------------------------------------------------------- the steps


def test_the_listing_writes_the_output_cell_by_cell() -> None:
    state = SCENE.opening("channels")
    trace = trace_of(SCENE, state)
    assert trace is not None
    result = computed(state)
    np.testing.assert_allclose(trace.result.numpy(), result.output, rtol=1e-12)
    for plane, index in ((0, 4), (1, 8)):
        why = SCENE.why(result, trace, on(f"output {plane}", index))
        assert why is not None
        picture = shown(state, step=why.step)
        rows = [word for row in cells(picture, f"output {plane}").text or () for word in row]
        assert all(rows[: index + 1])
        assert not any(rows[index + 1 :])
        assert why.sentence.startswith("All 27 products are in")
    assert SCENE.why(result, trace, on("input 0", 0)) is None
    assert SCENE.why(result, trace, on("output 0", 9)) is None
    assert SCENE.why(result, trace, on("size W", 0)) is None


def test_the_frame_of_the_chosen_window_asks_for_the_cell_under_it() -> None:
    state = SCENE.opening("channels")
    trace, result = trace_of(SCENE, state), computed(state)
    left, top = cells(shown(state), "output 1").at
    framed = SCENE.why(result, trace, on("window", x=left + 2.5, y=top + 1.5))
    assert framed == SCENE.why(result, trace, on("output 1", 5))
    assert SCENE.why(result, trace, on("window", x=left + 3.5, y=top + 1.5)) is None


def test_a_step_shows_the_products_so_far_and_its_two_operands() -> None:
    state = state_of(window=(2, 2), padding=1)
    trace = trace_of(SCENE, state)
    assert trace is not None
    frame = next(f for f in trace.frames if f.narration.startswith("0 · -1 = 0 goes in; the sum is 0"))
    picture = shown(state, step=frame.index + 1)
    words = [word for row in cells(picture, "products 0").text or () for word in row]
    assert [bool(word) for word in words] == [True] * 4 + [False] * 5
    assert lit(picture, "weight 0") == {(1, 0)}
    assert lit(picture, "padded 0") == {(1, 0)}
    assert cells(picture, "output 0").text[0][0] == "0?"


@pytest.mark.parametrize("preset", ["walk", "edge", "same", "channels", "pointwise"])
def test_the_lines_of_a_run_are_known_before_it(preset: str) -> None:
    state = SCENE.opening(preset)
    trace = trace_of(SCENE, state)
    assert trace is not None
    assert lines_run(state.params, computed(state).input)[1] == len(trace)


def test_a_large_input_is_stepped_where_few_enough_lines_result() -> None:
    state = SCENE.opening("picture").with_params(stride=8, size=192)
    trace, result = trace_of(SCENE, state), computed(state)
    assert trace is not None
    assert not trace.ended_early
    assert SCENE.unstepped(state.params, state.inputs) == ""
    rows, columns = result.shape
    why = SCENE.why(result, trace, on("output 0", columns + 2, "output"))
    assert why is not None
    heat = next(mark for mark in marks(shown(state, step=why.step), Heatmap, "output"))
    assert heat.known is not None
    assert heat.known.ravel().tolist() == [n <= columns + 2 for n in range(rows * columns)]
    picture = shown(state, step=why.step - 2)  # its last product goes in
    assert [mark.extent for mark in marks(picture, Region, "output")] == [(2, 1, 3, 2)]
    assert not any(mark.movable for mark in marks(picture, Region, "input"))
    assert [mark.marked for mark in marks(picture, Cells, "weight")] == [(), (), ((2, 2, "now"),)]
    assert marks(shown(state), Heatmap, "output")[0].known is None


def test_too_many_products_have_no_steps_and_that_is_said() -> None:
    state = SCENE.opening().with_params(size=60, stride=1, padding=0)
    assert SCENE.listing(state.params, state.inputs) is None
    said = SCENE.unstepped(state.params, state.inputs)
    assert said.startswith(
        "Too many to step through: 3,364 outputs of 9 products each are 134,570 lines, and"
    )


# ---------------------------------------------------------------------------- what a person does


def test_cells_are_dragged_and_typed() -> None:
    state = state_of()
    moved = SCENE.edit(state, Drag(target=on("weight 0", 0), dx=0, dy=-0.6))
    assert moved.inputs.weight[0, 0, 0, 0] == pytest.approx(-4 + 0.12)
    ended = SCENE.edit(moved, Drag(target=on("weight 0", 0), dx=0, dy=0, phase="end"))
    assert ended.inputs.weight[0, 0, 0, 0] == -3.9
    assert (
        SCENE.edit(state, Drag(target=on("input 0", 8), dx=0, dy=1, phase="key")).inputs.input[0, 1, 1] == 7
    )
    assert SCENE.edit(state, Typed(target=on("weight 0", 4), text="1/9")).inputs.weight[0, 0, 1, 1] == 1 / 9
    assert SCENE.edit(state, Typed(target=on("bias 0", 0), text="-2")).inputs.bias.tolist() == [-2]
    for text in ("x", "", "nan", "inf", "5000", "1/0"):
        with pytest.raises(Refused):
            SCENE.edit(state, Typed(target=on("input 0", 0), text=text))
    assert state.inputs.weight[0, 0, 0, 0] == -4


def test_a_kernel_of_another_output_is_changed_where_it_is_shown() -> None:
    state = SCENE.edit(SCENE.opening("channels"), Click(target=on("output 1", 0)))
    assert (state.inputs.channel, state.inputs.window) == (1, (0, 0))
    typed = SCENE.edit(state, Typed(target=on("weight 2", 4), text="7"))
    assert typed.inputs.weight[1, 2, 1, 1] == 7
    assert typed.inputs.weight[0, 2, 1, 1] != 7


def test_the_window_is_clicked_dragged_and_let_go() -> None:
    state = state_of()
    assert SCENE.edit(state, Click(target=on("output 0", 7))).inputs.window == (1, 2)
    assert SCENE.edit(state, Click(target=on("input 0", 24))).inputs.window == (2, 2)
    x, y = layout_of(computed(state)).output[0]
    dragged = SCENE.edit(state, Drag(target=on("window", x=x + 3.5, y=y + 1.5), dx=1, dy=1))
    assert dragged.inputs.window == (1, 3)
    assert SCENE.edit(dragged, Drag(target=on("window"), dx=-0.3, dy=0, phase="key")).inputs.window == (1, 2)
    assert SCENE.edit(dragged, Press(key="Escape")).inputs.window is None
    large = SCENE.opening("alexnet")
    dropped = SCENE.edit(large, Drag(target=on("window", panel="input", x=5.5, y=9.5), dx=0, dy=0))
    assert dropped.inputs.window == (1, 0)


# ---------------------------------------------------------------------------- a person's own


def take(path: Path, state: State | None = None) -> State:
    assert SCENE.take_data is not None
    return SCENE.take_data(state or state_of(), path)[0]


def test_arrays_come_from_files_and_set_the_parameters(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    arrays = {"input": random.normal(size=(2, 5, 6)), "weight": random.normal(size=(3, 2, 2, 2)),
              "bias": random.normal(size=3)}  # fmt: skip
    np.savez(tmp_path / "all.npz", **arrays)
    state = take(tmp_path / "all.npz")
    assert (state.params.in_channels, state.params.out_channels, state.params.kernel, state.params.size) == (
        2,
        3,
        2,
        6,
    )
    expected = nn.functional.conv2d(*(torch.tensor(arrays[name]) for name in ("input", "weight", "bias")))
    np.testing.assert_allclose(SCENE.arrays(computed(state))["output"], expected.numpy(), atol=1e-10)
    np.save(tmp_path / "grid.npy", GRID[0, :5])
    assert computed(take(tmp_path / "grid.npy")).output.shape == (1, 3, 5)
    (tmp_path / "grid.csv").write_text("1,2,3\n4,5,6\n7,8,9\n")
    assert computed(take(tmp_path / "grid.csv")).output.shape == (1, 1, 1)
    (tmp_path / "bias.json").write_text(json.dumps({"bias": [1, 2]}))
    assert computed(take(tmp_path / "bias.json")).output.shape == (2, 5, 5)
    np.savez(tmp_path / "weight.npz", weight=np.ones((1, 4, 3, 3)))
    assert computed(take(tmp_path / "weight.npz")).input.shape == (4, 7, 7)


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"boxes": np.ones(4)}, "holds none of input, weight, bias and image"),
        ({"input": np.ones(4)}, r"input has shape \(4,\); it needs \(C, H, W\)"),
        ({"input": np.ones((9, 4, 4))}, r"at most \(8, 256, 256\)"),
        ({"input": np.ones((1, 0, 4))}, r"input has shape \(1, 0, 4\)"),
        ({"weight": np.ones((1, 1, 3, 2))}, r"weight has shape \(1, 1, 3, 2\); it needs \(O, C, k, k\)"),
        ({"input": np.ones((2, 5, 5)), "weight": np.ones((1, 3, 3, 3))},
         r"for 3 input channels, but input has 2; a weight of shape \(1, 2, 3, 3\) would fit"),
        ({"weight": np.ones((2, 1, 3, 3)), "bias": np.ones(3)}, r"bias has shape \(3,\); it needs \(2,\)"),
        ({"input": np.ones((1, 2, 2)), "weight": np.ones((1, 1, 3, 3))}, r"kernel 2 or less fits, or padding 1"),
        ({"input": np.full((1, 4, 4), np.nan)}, "a number that is not finite"),
        ({"bias": np.full(1, 1e9)}, "beyond 1e"),
    ],
)  # fmt: skip
def test_other_arrays_are_refused(tmp_path: Path, arrays: Any, sentence: str) -> None:
    np.savez(tmp_path / "it.npz", **arrays)
    with pytest.raises(BadData, match=sentence) as caught:
        take(tmp_path / "it.npz")
    assert str(caught.value).startswith("it.npz")


def test_a_picture_is_convolved_with_its_colours() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (100, 60, 3), np.uint8)
    assert SCENE.take_image is not None
    state = SCENE.take_image(state_of(), LoadedImage(pixels, (60, 100), ()))
    result = computed(state)
    assert result.input.shape == (3, 100, 60)
    np.testing.assert_allclose(result.input, np.moveaxis(pixels, -1, 0) / 255)
    assert np.array_equal(result.picture, pixels)
    assert all(np.array_equal(kernel, KERNEL[0, 0]) for kernel in result.weight[0])
    expected = nn.functional.conv2d(
        torch.tensor(np.array(result.input)), torch.tensor(np.array(result.weight))
    )
    np.testing.assert_allclose(result.output, expected.numpy(), atol=1e-10)
    dot = LoadedImage(np.full((1, 9, 1), 7, np.uint8), (9, 1), ())
    assert computed(SCENE.take_image(state_of(dilation=2), dot)).output.shape == (1, 1, 9)


def test_every_parameter_is_set_by_its_name() -> None:
    values = {"size": "9", "kernel": "2", "stride": "2", "padding": "1", "dilation": "2", "in_channels": "2",
              "out_channels": "3", "padding_mode": "reflect"}  # fmt: skip
    state = SCENE.opening()
    result = computed(replace(state, params=with_values(state.params, values)))
    assert result.output.shape == (3, 5, 5)
    assert result.input.shape == (2, 9, 9)


# ---------------------------------------------------------------------------- what is asked, and what became of it


def questions(state: State) -> list[tuple[int, Question]]:
    """Each question with the step that it is asked at."""
    return [(one.step, one.question) for one in asked(SCENE, state)]


def test_it_asks_how_many_windows_fit_while_the_picture_does_not_tell() -> None:
    state = state_of(stride=3, padding=1)
    (step, question), *_ = questions(state)
    assert question.text == "How many windows fit side by side along a row?"
    assert question.right == (3,)
    assert [choice.answer for choice in question.choices] == [2, 3, 4, 7]
    assert question.reveal == "The first window takes 3 cells of 9; the other 6 are 2 steps of 3: 2 + 1 = 3."
    before = shown(state, step=step)
    assert not [mark for mark in marks(before, Cells) if mark.handle.startswith("output")]
    terms = marks(before, Terms, "size")[0].terms
    assert terms[0].text == "?"
    assert terms[-1].text == "+ 1"
    assert not any("window" in mark.text or "left over" in mark.text for mark in marks(before, Text))
    assert not [mark for mark in marks(shown(state_of(stride=4), step=step), Region) if mark.hatched]


@pytest.mark.parametrize(
    ("params", "count", "rest"),
    [
        ({"stride": 4, "kernel": 1}, 2, "and 2 cells at the end are read by none"),
        ({"dilation": 3}, 1, "0 steps of 1"),
    ],
)
def test_what_is_left_over_is_told_with_the_answer(params: dict[str, int], count: int, rest: str) -> None:
    _, question = questions(state_of(**params))[0]
    assert question.right == (count,)
    assert rest in question.reveal
    assert question.credit(count) == 1 > question.credit(count + 1) > 0


def test_it_asks_where_the_kernel_goes() -> None:
    places = [(step, q) for step, q in questions(state_of(stride=2, padding=1)) if q.kind == "part"]
    assert [(q.handle, q.right) for _, q in places] == [("padded 0", (2,)), ("padded 0", (18,))]
    assert all(
        q.credit(choice.answer) == (choice.answer in q.right) for _, q in places for choice in q.choices
    )
    inside = [q for _, q in questions(state_of(stride=3)) if q.kind == "part"]
    assert [(q.handle, q.right) for q in inside] == [("input 0", (3,)), ("input 0", (21,))]
    assert [choice.label for choice in inside[0].choices][:2] == [
        "row 0, column 1 of the input", "row 0, column 3 of the input",
    ]  # fmt: skip
    assert not [q for _, q in questions(state_of()) if q.kind == "part"]


def test_it_asks_what_a_dilated_kernel_reads() -> None:
    step, question = questions(state_of(dilation=2))[1]
    assert question.text == "Which cell does the kernel's second weight meet?"
    assert question.right == (2,)
    assert question.credit(1) == 0
    assert lit(shown(state_of(dilation=2), step=step), "input 0") == {(0, 0)}


def test_it_asks_what_comes_out_where_a_turned_kernel_or_no_bias_would_make_another() -> None:
    sums = [q for _, q in questions(state_of(bias=(2.0,))) if q.text.startswith("What is output")]
    assert [q.text for q in sums] == [
        f"What is output ({n}, {n}) when the last product is in?" for n in range(5)
    ]
    output = computed(state_of(bias=(2.0,))).output[0]
    assert [q.right for q in sums] == [(output[n, n],) for n in range(5)]
    flipped = computed(state_of(weight=KERNEL[..., ::-1, ::-1].copy(), bias=(2.0,))).output[0]
    for n, question in enumerate(sums):
        given = {choice.answer for choice in question.choices}
        assert {flipped[n, n], output[n, n] - 2} <= given
        assert question.credit(output[n, n] + 0.5) == 0.5
    assert not [
        q for _, q in questions(state_of(weight=np.ones((1, 1, 3, 3)))) if q.text.startswith("What is")
    ]


def test_nothing_is_asked_where_numbers_cannot_be_read() -> None:
    assert not questions(state_of(np.zeros((1, 40, 40)), stride=8))


def test_two_runs_are_compared_by_their_outputs() -> None:
    trace = trace_of(SCENE, state_of(stride=2))
    assert trace is not None
    output = computed(state_of(stride=2)).output[0]
    found = SCENE.outcomes(trace)
    assert len(found) == 9
    one = found["output (1, 2)"]
    assert one.value == output[1, 2]
    assert one.words == f"is {output[1, 2]:g}"
    assert trace.frames[one.step - 1].narration.endswith(f"output (1, 2) is {output[1, 2]:g}.")
    several = trace_of(SCENE, SCENE.opening("channels"))
    assert several is not None
    assert "output (0, 0) of channel 1" in SCENE.outcomes(several)


# ---------------------------------------------------------------------------- runs of other code


def test_a_run_of_other_code_shows_its_own_numbers() -> None:
    state = state_of()
    fault = SCENE.faults["turned"]
    call = SCENE.listing(state.params, state.inputs)
    assert call is not None
    wrong, _ = defined(planted(reference(call), fault), "convolve")
    expected = computed(state_of(weight=KERNEL[..., ::-1, ::-1].copy())).output[0]
    trace = record(wrong, **call.arguments)
    end = SCENE.picture(replace(state, step=len(trace)), computed(state), trace.at(len(trace)), None)
    told = cells(end, "output 0").text
    assert told == tuple(tuple(map(number_words, row)) for row in expected.tolist())


def test_a_run_with_fewer_windows_leaves_the_others_empty() -> None:
    state = state_of(dilation=2)
    call = SCENE.listing(state.params, state.inputs)
    assert call is not None
    wrong, _ = defined(planted(reference(call), SCENE.faults["span"]), "convolve")
    trace = record(wrong, **call.arguments)
    end = SCENE.picture(replace(state, step=len(trace)), computed(state), trace.at(len(trace)), None)
    told = cells(end, "output 0").text
    assert told is not None
    assert [[bool(word) for word in row] for row in told] == [
        [True, True, False],
        [True, True, False],
        [False] * 3,
    ]


def test_a_run_that_does_not_count_its_products_shows_them_all_the_same() -> None:
    state = state_of(stride=2)
    trace, result = trace_of(SCENE, state), computed(state)
    assert trace is not None
    for frame in trace.frames:
        if not frame.changed:
            continue
        kept = {name: value for name, value in frame.variables.items() if name != "taps"}
        changed = tuple(name for name in frame.changed if name != "taps")
        other = moment_of(replace(frame, variables=kept, changed=changed), result)
        mine = moment_of(frame, result)
        assert (other.window, other.done, other.total) == (mine.window, mine.done, mine.total)
        if "total" in changed:
            assert other.taps == mine.taps

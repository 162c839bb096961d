"""The scene of pooling: what it computes, shows, steps, and lets a person do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.device import Engine
from scenes.convolution.numbers import number_words
from scenes.convolution.pooling import SCENE
from scenes.convolution.pooling_layout import layout_of
from scenes.convolution.pooling_model import Inputs, Params, Result, fitted
from scenes.convolution.pooling_presets import EIGHT, reduced
from scenes.convolution.pooling_words import size_formula
from scenes.data.errors import BadData
from scenes.data.image import LoadedImage
from scenes.picture import Arrow, Cells, Picture, Region, Terms
from scenes.running import result_of, trace_of
from scenes.scene import Click, Drag, Press, Refused, State, Target, Typed

GRID = np.array(EIGHT, np.float64)


def state_of(grid: Any = GRID, gradient: Any = ((1.0,),), window: Any = (0, 0), **params: Any) -> State:
    values, upstream = np.array(grid, np.float64), np.array(gradient, np.float64)
    return State(
        scene="pooling",
        params=Params(**params),
        inputs=Inputs(grid=values, grad_output=upstream, window=window),
    )


def computed(state: State) -> Result:
    result: Result = result_of(SCENE, state, Engine())
    return result


def shown(state: State, hover: Target | None = None, step: int | None = None) -> Picture:
    trace = trace_of(SCENE, state)
    frame = trace.at(step) if trace and step is not None else None
    return SCENE.picture(replace(state, step=step), computed(state), frame, hover)


def on(handle: str, index: int, x: float = 0.0, y: float = 0.0) -> Target:
    return Target(panel="grids", x=x, y=y, handle=handle, index=index)


def marks(picture: Picture, kind: type, panel: str = "grids") -> list[Any]:
    return [m for each in picture.panels if each.key == panel for m in each.marks if isinstance(m, kind)]


def cells(picture: Picture, handle: str) -> Cells:
    return next(mark for mark in marks(picture, Cells) if mark.handle == handle)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 9), st.integers(1, 9), st.sampled_from(("max", "average")), st.integers(1, 6),
    st.integers(1, 4), st.integers(0, 3), st.integers(1, 3), st.booleans(), st.booleans(), st.integers(0, 99),
)  # fmt: skip
def test_arrays_are_those_of_torch_or_the_sentence_says_what_fits(
    height: int, width: int, mode: Any, size: int, stride: int, padding: int, dilation: int, ceil: bool,
    include: bool, seed: int,
) -> None:  # fmt: skip
    random = np.random.default_rng(seed)
    state = state_of(
        random.integers(-4, 5, (height, width)), random.integers(-4, 5, (3, 3)), mode=mode, size=size, stride=stride,
        padding=padding, dilation=dilation, ceil_mode=ceil, count_include_pad=include,
    )  # fmt: skip
    leaf = torch.tensor(state.inputs.grid, requires_grad=True)
    try:
        if mode == "max":
            output, indices = F.max_pool2d(
                leaf[None], size, stride, padding, dilation, ceil, return_indices=True
            )
            if (output == -np.inf).any():  # a window of which every cell lies outside
                return
        else:
            output = F.avg_pool2d(leaf[None], size, stride, padding, ceil, include)
            indices = None
    except RuntimeError:
        with pytest.raises(ValueError, match=r"(fits|takes).*\."):
            computed(state)
        return
    arrays = SCENE.arrays(computed(state))
    np.testing.assert_allclose(arrays["output"], output[0].detach().numpy())
    output[0].backward(torch.tensor(arrays["grad_output"]))
    np.testing.assert_allclose(arrays["grad_input"], leaf.grad.numpy(), atol=1e-12)
    assert ("indices" in arrays) == (mode == "max")
    if indices is not None:
        assert np.array_equal(arrays["indices"], indices[0].numpy())


def test_what_does_not_fit_says_what_would() -> None:
    with pytest.raises(
        ValueError, match=r"size 5, 13 wide with dilation 3, .* 8 cells .*; size 3 or less fits\."
    ):
        computed(state_of(size=5, dilation=3))
    with pytest.raises(ValueError, match=r"padding is 1; with a window of size 1 it takes 0\."):
        computed(state_of(size=1, padding=1))


def test_the_gradient_from_above_is_kept_where_the_output_changes_its_size() -> None:
    assert fitted(np.array([[5.0, 6.0]]), (2, 3)).tolist() == [[5, 6, 1], [1, 1, 1]]
    assert fitted(np.array([[5.0, 6.0], [7.0, 8.0]]), (1, 1)).tolist() == [[5]]


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0"), (-0.0, "0"), (2.0, "2"), (-2.5, "\N{MINUS SIGN}2.5"), (1 / 9, "0.11"), (-0.001, "0"), (1e30, "1e30"),
     (float("inf"), "∞"), (float("-inf"), "\N{MINUS SIGN}∞"), (float("nan"), "NaN"), (100.0, "100")],
)  # fmt: skip
def test_numbers_are_short(value: float, words: str) -> None:
    assert number_words(value) == words


# ---------------------------------------------------------------------------- what is shown


def test_winners_are_lit_and_the_window_is_followed_there_and_back() -> None:
    picture = shown(state_of(window=(1, 2)))
    lit = {(r, c) for r, c, role in cells(picture, "input").marked if role == "output"}
    assert len(lit) == 16
    assert (2, 4) in lit
    assert {arrow.role for arrow in marks(picture, Arrow)} == {"output", "gradient"}
    assert (2, 4, "now") in cells(picture, "grad_input").marked


def test_pooling_alone_has_no_gradient() -> None:
    picture = shown(state_of(show="forward"))
    assert {mark.handle for mark in marks(picture, Cells) if mark.handle} == {"input", "output"}


def test_what_no_window_reads_is_hatched() -> None:
    hatched = [mark.extent for mark in marks(shown(state_of(GRID[:7, :7])), Region) if mark.hatched]
    layout = layout_of(*(computed(state_of(GRID[:7, :7])).rows,) * 2, whole=True)
    x, y = layout.input
    assert hatched == [(x, y + 6, x + 7, y + 7), (x + 6, y, x + 7, y + 7)]
    assert not [mark for mark in marks(shown(state_of()), Region) if mark.hatched]


def test_cells_of_several_windows_are_tinted_by_how_many() -> None:
    tints = [mark for mark in marks(shown(state_of(GRID[:7, :7], size=3)), Cells) if mark.role == "weight"]
    assert len(tints) == 4
    assert tints[-1].values.tolist() == [[2, 2, 4, 2, 4, 2, 2]]
    assert not [mark for mark in marks(shown(state_of()), Cells) if mark.role == "weight"]


@pytest.mark.parametrize(
    ("handle", "index", "params", "sentence"),
    [
        ("output", 0, {}, "max(1, 3, 0, 6) = 6, from row 1, column 1."),
        ("output", 0, {"mode": "average"}, "(1 + 3 + 0 + 6) / 4 = 2.5."),
        ("output", 0, {"mode": "average", "padding": 1}, "(1) / 4 = 0.25 (3 cells of padding count as 0)."),
        ("input", 9, {}, "Row 1, column 1 holds 6: read by one window, the largest of it."),
        ("grad_output", 0, {}, "The gradient 2 goes back whole to row 1, column 1, where the largest value was; "
         "the others get 0."),
        ("grad_output", 0, {"mode": "average"},
         "The gradient 2 is shared out: 2 / 4 = 0.5 to each cell of the window."),
        ("grad_input", 0, {}, "Row 0, column 0: the gradient is exactly 0, for it was the largest of no window."),
        ("grad_input", 9, {}, "Row 1, column 1: one window sends 2."),
        ("grad_input", 9, {"mode": "average"}, "Row 1, column 1: one window sends 2/4 = 0.5."),
        ("grad_input", 9, {"size": 2, "stride": 1},
         "Row 1, column 1: 4 windows send gradient here, and it adds up: 2 + 1 + 1 + 1 = 5."),
    ],
)  # fmt: skip
def test_a_cell_tells_its_arithmetic(handle: str, index: int, params: dict[str, Any], sentence: str) -> None:
    assert shown(state_of(gradient=[[2.0]], **params), on(handle, index)).sentence == sentence


def test_pointing_at_an_input_lights_up_what_came_of_it() -> None:
    picture = shown(state_of(stride=1), on("grad_input", 9))
    for handle in ("output", "grad_output"):
        assert {(r, c) for r, c, role in cells(picture, handle).marked} == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert len(marks(picture, Arrow)) == 8


def test_the_pinned_window_tells_its_arithmetic_too() -> None:
    assert shown(state_of(), on("window", -1)).sentence == "max(1, 3, 0, 6) = 6, from row 1, column 1."
    elsewhere = [mark.role for mark in marks(shown(state_of(), on("output", 5)), Region) if mark.handle]
    assert elsewhere == ["quiet"]


def test_the_size_is_rounded_down_or_up() -> None:
    for ceil, told in ((False, "⌊ 2.5 ⌋ + 1 = 3"), (True, "⌈ 2.5 ⌉ + 1 = 4")):
        state = state_of(GRID[:7, :7], ceil_mode=ceil)
        assert " ".join(term.text for term in size_formula(state.params, computed(state).rows)).endswith(told)
    oblong = shown(state_of(GRID[:6]))
    assert len(marks(oblong, Terms, "size")) == 2


@pytest.mark.parametrize("padding", [1, 2, 3])
@pytest.mark.parametrize("mode", ["max", "average"])
def test_all_of_the_padding_is_drawn_and_walked(padding: int, mode: str) -> None:
    """Its whole ring, on all four sides, though the last window need not reach the end of it."""
    state = state_of(GRID[:7, :7], window=None, size=6, stride=4, padding=padding, mode=mode, show="forward")
    picture, result = shown(state), computed(state)
    x, y = layout_of(result.rows, result.columns, whole=False).input
    ring = next(mark for mark in marks(picture, Region) if mark.hatched)
    assert ring.extent == (x - padding, y - padding, x + 7 + padding, y + 7 + padding)
    panel = picture.panels[0]
    assert panel.view[0] <= ring.extent[0]
    assert panel.view[1] <= ring.extent[1]
    assert panel.view[3] >= ring.extent[3]
    zeros = [mark for mark in marks(picture, Cells) if mark.values.shape == (7 + 2 * padding,) * 2]
    assert len(zeros) == (mode == "average")
    trace = trace_of(SCENE, state)
    assert trace is not None
    walked = [region for step in range(len(trace)) for region in marks(shown(state, step=step), Region)
              if region.role == "now"]  # fmt: skip
    assert walked
    assert min(region.extent[0] for region in walked) == x - padding
    stepped = trace.result[0] if mode == "max" else trace.result
    np.testing.assert_allclose(stepped.numpy(), result.output)


def test_more_padding_than_half_the_size_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"padding is 3; with a window of size 5 it takes at most 2, half of it\."
    ):
        computed(state_of(size=5, padding=3))


def test_ties_are_told() -> None:
    picture = shown(state_of(np.ones((4, 4))))
    assert "first in reading order" in picture.sentence
    assert sum(role == "removed" for *_, role in cells(picture, "input").marked) == 12


# ---------------------------------------------------------------------------- the steps


@pytest.mark.parametrize("mode", ["max", "average"])
@pytest.mark.parametrize("show", ["forward", "backward"])
@pytest.mark.parametrize("how", [{}, {"size": 3, "padding": 1}, {"size": 2, "stride": 3, "ceil_mode": True}])
def test_the_listing_ends_with_what_is_computed(mode: Any, show: Any, how: dict[str, Any]) -> None:
    state = state_of(gradient=[[1.0, -2.0], [3.0, 0.5]], mode=mode, show=show, **how)
    result, trace = computed(state), trace_of(SCENE, state)
    assert trace is not None
    if show == "forward":
        output = trace.result[0] if mode == "max" else trace.result
        np.testing.assert_allclose(output.numpy(), result.output)
    else:
        np.testing.assert_allclose(trace.result.numpy(), result.grad_input)


@pytest.mark.parametrize("mode", ["max", "average"])
def test_a_run_fills_the_output_window_by_window(mode: Any) -> None:
    state = state_of(mode=mode, show="forward")
    trace, result = trace_of(SCENE, state), computed(state)
    assert trace is not None
    filled = []
    for step in range(len(trace) + 1):
        frame = trace.at(step)
        picture = SCENE.picture(replace(state, step=step), result, frame, None)
        text = cells(picture, "output").text or ()
        filled.append(sum(bool(word) and not word.endswith("?") for row in text for word in row))
    assert filled[1] == 0
    assert filled[1:] == sorted(filled[1:])
    assert filled[-1] == 16


def test_a_run_back_hands_out_the_gradient_bit_by_bit() -> None:
    state = state_of(mode="average", gradient=np.ones((4, 4)))
    trace, result = trace_of(SCENE, state), computed(state)
    assert trace is not None
    given = [
        float(cells(SCENE.picture(state, result, trace.at(step), None), "grad_input").values.sum())
        for step in range(1, len(trace) + 1)
    ]
    assert given == sorted(given)
    assert (given[0], given[-1]) == (0, 16)


def test_why_leads_to_the_step_that_wrote_a_cell() -> None:
    forward, backward = state_of(show="forward"), state_of()
    for state, target, told in (
        (forward, on("output", 6), "The largest is 9, from row 2, column 4: output (1, 2)."),
        (backward, on("grad_input", 20), "Window (1, 2) sends 1 back to row 2, column 4, which has 1 now."),
    ):
        trace = trace_of(SCENE, state)
        assert trace is not None
        answer = SCENE.why(computed(state), trace, target)
        assert answer is not None
        assert answer.sentence == told
        frame = trace.at(answer.step)
        assert frame is not None
        assert frame.narration == told
    trace = trace_of(SCENE, backward)
    assert trace is not None
    assert SCENE.why(computed(backward), trace, on("grad_input", 0)) is None


# ---------------------------------------------------------------------------- what a person does


def test_cells_are_dragged_and_typed() -> None:
    state = state_of()
    before = state.inputs.grid.copy()
    moved = SCENE.edit(state, Drag(target=on("input", 9), dx=0, dy=-0.6))
    assert moved.inputs.grid[1, 1] == pytest.approx(7.2)
    ended = SCENE.edit(moved, Drag(target=on("input", 9), dx=0, dy=0, phase="end"))
    assert ended.inputs.grid[1, 1] == 7
    pressed = SCENE.edit(state, Drag(target=on("grad_output", 5), dx=0, dy=1, phase="key"))
    assert pressed.inputs.grad_output.shape == (4, 4)
    assert pressed.inputs.grad_output[1, 1] == 0
    typed = SCENE.edit(state, Typed(target=on("input", 0), text="-1/4"))
    assert typed.inputs.grid[0, 0] == -0.25
    for text in ("x", "", "nan", "inf", "5000", "1/0"):
        with pytest.raises(Refused):
            SCENE.edit(state, Typed(target=on("input", 0), text=text))
    assert np.array_equal(state.inputs.grid, before)


def test_the_window_is_clicked_dragged_and_let_go() -> None:
    state = state_of()
    clicked = SCENE.edit(state, Click(target=on("grad_output", 6)))
    assert clicked.inputs.window == (1, 2)
    assert SCENE.edit(state, Click(target=on("input", 63))).inputs.window == (3, 3)
    result = computed(state)
    x, y = layout_of(result.rows, result.columns, whole=True).output
    dragged = SCENE.edit(state, Drag(target=on("window", -1, x + 3.5, y + 2.5), dx=1, dy=1))
    assert dragged.inputs.window == (2, 3)
    stepped = SCENE.edit(dragged, Drag(target=on("window", -1), dx=-0.3, dy=0, phase="key"))
    assert stepped.inputs.window == (2, 2)
    assert SCENE.edit(stepped, Press(key="Escape")).inputs.window is None


# ---------------------------------------------------------------------------- a person's own


def take(path: Path, state: State | None = None) -> State:
    assert SCENE.take_data is not None
    return SCENE.take_data(state or state_of(), path)[0]


def test_grids_come_from_files(tmp_path: Path) -> None:
    np.save(tmp_path / "grid.npy", GRID[:5])
    assert computed(take(tmp_path / "grid.npy")).output.shape == (2, 4)
    (tmp_path / "grid.csv").write_text("1,2\n3,4\n")
    assert computed(take(tmp_path / "grid.csv")).output.tolist() == [[4]]
    np.savez(tmp_path / "both.npz", input=GRID[:4, :4], grad_output=np.full((2, 2), 3.0))
    assert computed(take(tmp_path / "both.npz")).grad_input.sum() == 12
    (tmp_path / "above.json").write_text(json.dumps({"grad_output": np.full((4, 4), 2.0).tolist()}))
    assert computed(take(tmp_path / "above.json")).grad_input.sum() == 32


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"boxes": np.ones(4)}, "holds none of input"),
        ({"input": np.ones(4)}, r"input has shape \(4,\)"),
        ({"input": np.ones((2, 40))}, r"each from 1 to 32"),
        ({"input": np.ones((1, 1))}, r"size 1 or less fits"),
        ({"input": np.ones((4, 4)), "grad_output": np.ones((3, 3))}, r"the output has \(2, 2\)"),
    ],
)
def test_other_arrays_are_refused(tmp_path: Path, arrays: Any, sentence: str) -> None:
    np.savez(tmp_path / "it.npz", **arrays)
    with pytest.raises(BadData, match=sentence):
        take(tmp_path / "it.npz")


def test_a_picture_is_reduced_and_pooled_channel_by_channel() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (300, 200, 3), np.uint8)
    small = reduced(LoadedImage(pixels, (200, 300), ()))
    assert small.shape == (100, 66, 3)
    assert small[0, 0].tolist() == pytest.approx(pixels[:3, :3].mean((0, 1)), abs=0.51)
    assert SCENE.take_image is not None
    result = computed(SCENE.take_image(state_of(size=2), LoadedImage(pixels, (200, 300), ())))
    assert result.output.shape == (3, 50, 33)
    assert result.pooled is not None
    assert np.array_equal(np.moveaxis(result.pooled, -1, 0), result.output)


def test_a_window_larger_than_a_picture_shrinks() -> None:
    dot = LoadedImage(np.full((1, 9, 1), 7, np.uint8), (9, 1), ())
    assert SCENE.take_image is not None
    state = SCENE.take_image(state_of(size=3, padding=1, dilation=2), dot)
    assert (state.params.size, state.params.padding, state.params.dilation) == (1, 0, 1)
    assert computed(state).output.shape == (1, 1, 5)

"""The scene of the filters: what it computes, shows, steps, and lets a person do."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.device import Engine
from engine.trace import Trace
from scenes.data.errors import BadData
from scenes.data.image import LoadedImage
from scenes.images.filters import SCENE
from scenes.images.filters_model import Inputs, Params, Result, fitted
from scenes.images.filters_window import OUTPUT
from scenes.images.filters_words import grid_words, value_words, weight_words
from scenes.parameters import parameters_of
from scenes.picture import Cells, Heatmap, Image, Picture, Region, Text
from scenes.running import result_of, trace_of
from scenes.scene import Click, Drag, Press, Refused, State, Target, Typed

FILTERS = ("mean", "gaussian", "median", "sobel", "custom")
VIEWS = ("gx", "gy", "magnitude", "direction")
ODD = np.array([[0, 1, 2], [-1, 4, -1], [0.5, 0, 0]], np.float32)


def pixels_of(*shape: int, seed: int = 0) -> Any:
    """Random pixels (H, W, C)."""
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def state_of(pixels: Any, pin: tuple[int, int] | None = (3, 4), kernel: Any = ODD, **params: Any) -> State:
    return State(
        scene="filters", params=Params(**params), inputs=Inputs(pixels=pixels, kernel=kernel, pin=pin)
    )


def computed(state: State) -> Result:
    result: Result = result_of(SCENE, state, Engine())
    return result


def shown(state: State, hover: Target | None = None, step: int | None = None) -> Picture:
    frame = run_of(state).at(step) if step is not None else None
    return SCENE.picture(state, computed(state), frame, hover)


def run_of(state: State) -> Trace:
    run = trace_of(SCENE, state)
    assert run is not None
    return run


def marks(picture: Picture, kind: type, panel: str = "window") -> list[Any]:
    return [
        mark for each in picture.panels if each.key == panel for mark in each.marks if isinstance(mark, kind)
    ]


def grid(picture: Picture, handle: str) -> Cells:
    return next(mark for mark in marks(picture, Cells) if mark.handle == handle)


def line_of(picture: Picture) -> str:
    """The arithmetic under the grids."""
    return str(marks(picture, Text)[-1].text)


def at(handle: str, index: int = 0, x: float = 0, y: float = 0, panel: str = "window") -> Target:
    return Target(panel=panel, x=x, y=y, handle=handle, index=index)


# What is computed


@pytest.mark.parametrize("preset", SCENE.presets)
def test_every_preset_computes_draws_and_steps(preset: str) -> None:
    state = SCENE.opening(preset)
    result = computed(state)
    height, width, channels = state.inputs.pixels.shape
    found = SCENE.arrays(result)
    assert found["image"].shape == found["output"].shape == (channels, height, width)
    picture = SCENE.picture(state, result, None, None)
    assert [panel.key for panel in picture.panels] == ["source", "result", "window"]
    assert picture.sentence.endswith((".", "here."))
    assert len(marks(picture, Cells)) >= 3  # the pin's window is there at first sight
    run = run_of(state)
    for step in range(0, len(run) + 1, 7):
        assert SCENE.picture(state, result, run.at(step), None).panels


@pytest.mark.parametrize("filter_", FILTERS)
@pytest.mark.parametrize("channels", [1, 3])
def test_arrays_have_their_names_and_shapes(filter_: str, channels: int) -> None:
    found = SCENE.arrays(computed(state_of(pixels_of(9, 12, channels), filter=filter_, size=5)))
    size = 3 if filter_ == "sobel" else 5
    names = {"image", "output", "kernel"} | ({"gx", "gy"} if filter_ == "sobel" else set())
    assert set(found) == names
    for name, array in found.items():
        assert array.dtype == np.float32
        assert array.shape == ((size, size) if name == "kernel" else (channels, 9, 12))


@pytest.mark.parametrize("view", VIEWS)
def test_sobel_gives_the_side_that_is_looked_at(view: str) -> None:
    found = SCENE.arrays(computed(state_of(pixels_of(9, 12, 3), filter="sobel", sobel_view=view)))
    gx, gy = found["gx"], found["gy"]
    wanted = {"gx": gx, "gy": gy, "magnitude": np.hypot(gx, gy), "direction": np.arctan2(gy, gx)}[view]
    np.testing.assert_allclose(found["output"], wanted, atol=1e-5)


def test_the_kernels_sum_to_one_and_the_gaussians_is_known() -> None:
    for filter_ in ("mean", "gaussian"):
        kernel = computed(state_of(pixels_of(5, 5, 1), filter=filter_, size=5)).kernel
        assert kernel.sum() == pytest.approx(1)
    known = [0.0545, 0.2442, 0.4026, 0.2442, 0.0545]
    factor = computed(state_of(pixels_of(5, 5, 1), filter="gaussian", size=5, sigma=1.0)).factor
    np.testing.assert_allclose(factor, known, atol=5e-5)
    np.testing.assert_array_equal(
        computed(state_of(pixels_of(5, 5, 1), filter="median")).kernel, np.ones((5, 5))
    )


@pytest.mark.parametrize("noise", ["gaussian", "salt-pepper"])
def test_noise_is_seeded_and_seen_as_it_is_filtered(noise: str) -> None:
    state = state_of(pixels_of(20, 20, 3), noise=noise, amount=0.3, seed=4)
    result = computed(state)
    np.testing.assert_allclose(255 * result.image, result.source.transpose(2, 0, 1), atol=1e-3)
    assert (result.source != state.inputs.pixels).any()
    again = computed(state_of(pixels_of(20, 20, 3), noise=noise, amount=0.3, seed=4))
    other = computed(state_of(pixels_of(20, 20, 3), noise=noise, amount=0.3, seed=5))
    np.testing.assert_array_equal(again.output, result.output)
    assert (other.output != result.output).any()


def test_without_noise_the_source_is_the_picture_itself() -> None:
    state = state_of(pixels_of(6, 6, 3))
    assert computed(state).source is state.inputs.pixels
    assert marks(shown(state), Image, "source")[0].pixels is state.inputs.pixels


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 9, 3), (7, 1, 1), (2, 3, 3)])
@pytest.mark.parametrize("filter_", FILTERS)
@pytest.mark.parametrize("border", ["reflect", "symmetric", "edge", "constant"])
def test_the_smallest_pictures(shape: tuple[int, int, int], filter_: str, border: str) -> None:
    state = state_of(pixels_of(*shape), pin=(9, 9), filter=filter_, size=7, border=border)
    result = computed(state)
    assert np.isfinite(result.output).all()
    assert SCENE.picture(state, result, None, at("source", 0, panel="source")).panels
    assert run_of(state).result is not None


@pytest.mark.parametrize("filter_", FILTERS)
def test_a_flat_picture(filter_: str) -> None:
    result = computed(state_of(np.full((8, 8, 3), 120, np.uint8), filter=filter_, kernel=ODD / ODD.sum()))
    np.testing.assert_allclose(255 * result.output, 0 if filter_ == "sobel" else 120, atol=0.01)


def test_how_numbers_become_pixels() -> None:
    pixels = np.zeros((5, 5, 1), np.uint8)
    pixels[:, 3:] = 200
    plain = computed(state_of(pixels, filter="mean", size=1))
    np.testing.assert_array_equal(plain.shown, pixels)
    across = computed(state_of(pixels, filter="sobel", sobel_view="gx"))
    assert across.shown[2, 0] == 128  # nothing changes: the middle of the map
    assert across.shown[2, 2] == 255  # brighter to the right: its upper end
    turned = computed(state_of(255 - pixels, filter="sobel", sobel_view="gx"))
    assert turned.shown[2, 2] == 1
    way = computed(state_of(pixels, filter="sobel", sobel_view="direction"))
    assert way.shown.shape == (5, 5, 3)
    assert not way.shown[2, 0].any()  # where nothing changes there is no direction
    assert way.shown[2, 2].argmax() == 0  # to the right is red


def test_weights_that_sum_to_zero_are_shown_around_zero() -> None:
    laplacian = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], np.float32)
    state = state_of(np.full((6, 6, 3), 90, np.uint8), kernel=laplacian, filter="custom", size=3)
    assert computed(state).colormap == "diverging"
    assert (computed(state).shown == 128).all()
    assert marks(shown(state), Heatmap, "result")
    assert "sum to 0" in shown(state).sentence


def test_a_result_beyond_the_range_says_so() -> None:
    pixels = np.zeros((5, 5, 1), np.uint8)
    pixels[:, 3:] = 255
    sharpen = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], np.float32)
    picture = shown(state_of(pixels, pin=(2, 3), kernel=sharpen, filter="custom", size=3))
    assert "from \N{MINUS SIGN}255 to 510 and is clipped" in picture.sentence
    assert any(mark.text == "clipped" for mark in marks(picture, Text))
    assert any(mark.text == "510" for mark in marks(picture, Text))


# What is shown


@pytest.mark.parametrize("filter_", FILTERS)
@pytest.mark.parametrize("border", ["reflect", "symmetric", "edge", "constant"])
def test_the_window_adds_up_to_the_output(filter_: str, border: str) -> None:
    """The numbers on the picture, multiplied and added by hand, give the fast filter's output."""
    pixels = pixels_of(10, 12, 3)
    for pin in ((0, 0), (9, 11), (5, 6)):
        state = state_of(pixels, pin, filter=filter_, size=5, border=border, channel="blue", sobel_view="gx")
        result, picture = computed(state), shown(state)
        values, reach = grid(picture, "window").values, len(result.kernel) // 2
        padded = np.pad(pixels[..., 2], reach, mode=border)  # type: ignore[call-overload]
        np.testing.assert_array_equal(values, padded[pin[0] :, pin[1] :][: len(values), : len(values)])
        output = 255 * result.output[2][pin]
        if filter_ == "median":
            assert np.median(values) == pytest.approx(output)
            ordered = np.concatenate(
                [m.values.ravel() for m in marks(picture, Cells) if m.handle == "sorted"]
            )
            np.testing.assert_array_equal(ordered, np.sort(values.ravel()))
        else:
            products = grid(picture, "products gx" if filter_ == "sobel" else "products").values
            np.testing.assert_allclose(products, values * result.kernel, atol=1e-3)
            assert products.sum() == pytest.approx(output, abs=0.01)


@pytest.mark.parametrize("filter_", FILTERS)
def test_hovering_moves_no_panel(filter_: str) -> None:
    state = state_of(pixels_of(10, 12, 3), filter=filter_)
    pictures = [
        shown(state), shown(state, at("source", 17, panel="source")), shown(state, at("window", 2)),
        shown(state.with_inputs(pin=None)), shown(state, step=5),
    ]  # fmt: skip
    outlines = [[(p.key, p.place, p.view) for p in picture.panels] for picture in pictures]
    assert all(outline == outlines[0] for outline in outlines)
    assert all(picture.rows == pictures[0].rows for picture in pictures)


def test_the_pointer_is_looked_at_before_the_pin() -> None:
    state = state_of(pixels_of(10, 12, 1), pin=(3, 4), size=3)
    hovered = shown(state, at("result", 5 * 12 + 6, panel="result"))
    assert hovered.sentence.startswith("Row 5, column 6: (")
    assert grid(hovered, "window").values[1, 1] == state.inputs.pixels[5, 6, 0]
    regions = {mark.handle: mark.extent for mark in marks(hovered, Region, "source")}
    assert regions == {"pin": (3, 2, 6, 5), "": (5, 4, 8, 7)}  # the pin waits where it is


def test_without_pin_or_pointer_the_place_says_what_to_do() -> None:
    picture = shown(state_of(pixels_of(9, 9, 1), pin=None))
    assert "Point at a pixel" in line_of(picture)
    assert not marks(picture, Region, "source")
    assert run_of(state_of(pixels_of(9, 9, 1), pin=None)).result is not None


def test_a_cell_shows_its_part_in_every_grid() -> None:
    state = state_of(pixels_of(10, 12, 1), filter="custom", size=3)
    picture = shown(state, at("products", 3))
    for handle in ("window", "kernel", "products"):
        assert grid(picture, handle).marked == ((1, 0, "now"),)
    value = state.inputs.pixels[3, 3, 0]
    assert picture.sentence == f"Row 3, column 3: {value} × \N{MINUS SIGN}1 = \N{MINUS SIGN}{value}."
    both = shown(state_of(pixels_of(10, 12, 1), filter="sobel"), at("kernel gx", 2))
    assert " for gx and " in both.sentence
    median = shown(state_of(pixels_of(10, 12, 1), filter="median", size=3), at("sorted", 4))
    assert "the middle one" in median.sentence


def test_arithmetic_is_written_out_while_it_is_short() -> None:
    pixels = np.arange(81, dtype=np.uint8).reshape(9, 9, 1)
    lines = {f: line_of(shown(state_of(pixels, (4, 4), filter=f, size=3, kernel=ODD))) for f in FILTERS}
    assert lines["mean"] == "(30 + 31 + 32 + 39 + 40 + 41 + 48 + 49 + 50) / 9 = 360 / 9 = 40"
    assert lines["median"].startswith("30  31  32  39  [40]  41  48  49  50 ")
    assert lines["sobel"].startswith("gx = 8   gy = 72   magnitude = √(8² + 72²) = 72.4   direction = 84°")
    assert lines["custom"].endswith("+ 41·(\N{MINUS SIGN}1) + 48·.5 = 199")
    assert "50·" not in lines["custom"]  # a weight of 0 says nothing
    wide = line_of(shown(state_of(pixels, (4, 4), filter="mean", size=9)))
    assert wide == "(… + 39 + 40 + 41 + …) / 81 = 3240 / 81 = 40"


def test_numbers_are_short_and_signed_truly() -> None:
    assert [weight_words(value, 2) for value in (0.04, -0.5, 1.0, -2.0, 0.0)] == [
        ".04", "\N{MINUS SIGN}.50", "1", "\N{MINUS SIGN}2", "0",
    ]  # fmt: skip
    assert [value_words(value) for value in (104.64, -0.04, 12.0, -3.0)] == [
        "104.6",
        "0",
        "12",
        "\N{MINUS SIGN}3",
    ]
    assert grid_words(np.zeros((31, 31)), 2)[0][0] == ""


def test_every_end_of_every_range_draws() -> None:
    pixels = pixels_of(12, 12, 3)
    for parameter in parameters_of(Params):
        choices: tuple[Any, ...] = parameter.choices or (False, True)
        if parameter.range:
            kind = int if parameter.kind == "int" else float
            choices = (kind(parameter.range.low), kind(parameter.range.high))
        for value in choices:
            for filter_ in FILTERS:
                given = {
                    "filter": filter_,
                    "noise": "salt-pepper",
                    "sobel_view": "magnitude",
                    parameter.name: value,
                }
                picture = shown(state_of(pixels, **given))
                assert picture.sentence
                assert len(marks(picture, Cells)) >= 3


# The run


@pytest.mark.parametrize("filter_", FILTERS)
@pytest.mark.parametrize("border", ["reflect", "symmetric", "edge", "constant"])
def test_the_listing_equals_the_fast_path(filter_: str, border: str) -> None:
    for pin in ((0, 0), (0, 11), (9, 5), (4, 4)):
        for size in (1, 3, 5, 15):
            state = state_of(
                pixels_of(10, 12, 3), pin, filter=filter_, size=size, border=border, channel="red"
            )
            outcome, result = run_of(state).result, computed(state)
            if filter_ == "sobel":
                gx, gy, magnitude, _ = outcome
                assert result.gx is not None
                assert result.gy is not None
                wanted = 255 * result.gx[0][pin], 255 * result.gy[0][pin], 255 * result.output[0][pin]
                assert (gx, gy, magnitude) == pytest.approx(wanted, abs=0.01)
            else:
                assert outcome == pytest.approx(255 * float(result.output[0][pin]), abs=0.01)


@pytest.mark.parametrize("filter_", FILTERS)
def test_a_step_lights_the_cell_at_hand_and_fills_the_grids(filter_: str) -> None:
    state = state_of(pixels_of(10, 12, 1), filter=filter_, size=3)
    run, result = run_of(state), computed(state)
    taken = []
    for frame in run.frames:
        picture = SCENE.picture(state, result, frame, None)
        marked = grid(picture, "window").marked
        assert len(marked) <= 1
        if marked and frame.narrated:
            taken.append(marked[0][:2])
        if filter_ == "median":
            held = sum(mark.values.size for mark in marks(picture, Cells) if mark.at[0] not in (0, OUTPUT))
            assert held == len(frame.variables.get("values", ()))
    assert taken == [divmod(number, 3) for number in range(9)]


def test_the_sum_so_far_is_the_run_s_own() -> None:
    for filter_ in ("mean", "gaussian", "custom"):
        state = state_of(pixels_of(10, 12, 1), filter=filter_, size=3)
        result = computed(state)
        for frame in run_of(state).frames:
            if frame.text.startswith("total +="):
                picture = SCENE.picture(state, result, frame, None)
                said = float(
                    line_of(picture).removesuffix(" so far").split(" = ")[-1].replace("\N{MINUS SIGN}", "-")
                )
                total = frame.variables["total"]
                assert said == pytest.approx(total, abs=0.051)
                assert grid(picture, "products").values.sum() == pytest.approx(total, abs=1e-3)


def test_why_finds_the_step_of_a_cell() -> None:
    state = state_of(pixels_of(10, 12, 1), size=3)
    run = run_of(state)
    why = SCENE.why(computed(state), run, at("window", 4))
    assert why is not None
    frame = run.at(why.step)
    assert frame is not None
    assert (frame.variables["i"], frame.variables["j"]) == (1, 1)
    assert why.sentence == frame.narration
    assert SCENE.why(computed(state), run, at("source", 4)) is None


# What a person does


def test_a_click_pins_and_escape_lets_go() -> None:
    state = state_of(pixels_of(10, 12, 3), pin=None)
    pinned = SCENE.edit(state, Click(target=at("result", 3 * 12 + 7, panel="result")))
    assert pinned.inputs.pin == (3, 7)
    assert SCENE.edit(pinned, Click(target=at("source", 3 * 12 + 7, panel="source"))) is pinned
    assert SCENE.edit(pinned, Press(key="Escape")).inputs.pin is None
    assert SCENE.edit(state, Press(key="Escape")) is state
    assert SCENE.edit(pinned, Click(target=at("", -1))) is pinned


def test_the_pin_moves_by_drag_and_by_keys_and_stays_on_the_picture() -> None:
    state = state_of(pixels_of(10, 12, 3), pin=(3, 4))
    dragged = SCENE.edit(state, Drag(target=at("pin", x=7.9, y=2.1, panel="source"), dx=1, dy=1))
    assert dragged.inputs.pin == (2, 7)
    away = SCENE.edit(state, Drag(target=at("pin", x=-50, y=99, panel="source"), dx=1, dy=1))
    assert away.inputs.pin == (9, 0)
    for dx, dy, wanted in ((1, 0, (3, 5)), (0, -1, (2, 4)), (0.12, 0, (3, 5)), (-10, 0, (3, 0))):
        key = Drag(target=at("pin", x=4.5 + dx, y=3.5 + dy, panel="source"), dx=dx, dy=dy, phase="key")
        assert SCENE.edit(state, key).inputs.pin == wanted
    assert "pin" in SCENE.stepped_at  # the run is that of its pixel


def test_a_cell_of_ones_own_kernel_is_typed_or_dragged() -> None:
    state = state_of(pixels_of(10, 12, 3), filter="custom", size=5)
    typed = SCENE.edit(state, Typed(target=at("kernel", 12), text="1/4"))
    assert typed.inputs.kernel.shape == (5, 5)
    assert typed.inputs.kernel[2, 2] == 0.25
    assert state.inputs.kernel[1, 1] == 4  # what was handed over stays
    for text, value in (("-2", -2), ("0,5", 0.5), ("\N{MINUS SIGN}1.5", -1.5), ("1e2", 100)):
        assert SCENE.edit(state, Typed(target=at("kernel", 0), text=text)).inputs.kernel[0, 0] == value
    up = Drag(target=at("kernel", 12), dx=0, dy=-1, phase="key")
    assert SCENE.edit(state, up).inputs.kernel[2, 2] == pytest.approx(4.1)
    far = Drag(target=at("kernel", 12), dx=0, dy=1e6)
    assert SCENE.edit(state, far).inputs.kernel[2, 2] == -1000


@pytest.mark.parametrize("text", ["", "many", "1/0", "nan", "inf", "2000", "1/2/3"])
def test_what_is_no_weight_is_refused_in_a_sentence(text: str) -> None:
    state = state_of(pixels_of(10, 12, 3), filter="custom")
    with pytest.raises(Refused, match=r"^.*weight.*\.$"):
        SCENE.edit(state, Typed(target=at("kernel", 0), text=text))


def test_the_kernel_of_another_filter_is_not_typed() -> None:
    state = state_of(pixels_of(10, 12, 3), filter="gaussian")
    with pytest.raises(Refused, match="choose filter custom"):
        SCENE.edit(state, Typed(target=at("kernel", 0), text="1"))
    assert not grid(shown(state), "kernel").editable
    assert grid(shown(state_of(pixels_of(10, 12, 3), filter="custom")), "kernel").editable


def test_a_kernel_keeps_its_centre_in_every_size() -> None:
    wide = fitted(ODD, 7)
    assert wide.shape == (7, 7)
    np.testing.assert_array_equal(wide[2:5, 2:5], ODD)
    assert wide.sum() == ODD.sum()
    np.testing.assert_array_equal(fitted(wide, 3), ODD)
    np.testing.assert_array_equal(fitted(wide, 1), [[4]])


def test_the_brush_paints_the_same_specks_in_the_same_place() -> None:
    state = state_of(np.full((60, 60, 3), 100, np.uint8), brush=True)
    stroke = Drag(target=at("source", 0, x=30, y=20, panel="source"), dx=-12, dy=0)
    painted = SCENE.edit(state, stroke)
    changed = (painted.inputs.pixels != 100).any(-1)
    assert 10 < changed.sum() < 200
    rows, columns = np.nonzero(changed)
    assert abs(rows - 20).max() <= 2
    assert 28 <= columns.min() <= columns.max() <= 44  # all along the way
    assert set(np.unique(painted.inputs.pixels[changed])) == {0, 255}
    np.testing.assert_array_equal(SCENE.edit(state, stroke).inputs.pixels, painted.inputs.pixels)
    assert (state.inputs.pixels == 100).all()
    assert SCENE.edit(state_of(state.inputs.pixels), stroke).inputs.pixels is state.inputs.pixels
    assert shown(state).panels[0].drag == "scene"
    assert shown(state_of(state.inputs.pixels)).panels[0].drag == "view"
    moved = SCENE.edit(state, replace(stroke, target=at("pin", 0, x=30, y=20, panel="source")))
    assert moved.inputs.pin == (20, 30)
    assert moved.inputs.pixels is state.inputs.pixels


# What a person brings


def test_a_picture_of_ones_own() -> None:
    state = SCENE.opening()
    assert SCENE.take_image is not None
    own = LoadedImage(pixels_of(6, 8, 1), (8, 6), ())
    taken = SCENE.take_image(state, own)
    assert taken.inputs.pixels is own.pixels
    assert taken.inputs.pin == (3, 4)
    assert taken.params == replace(state.params, noise="none")  # it is filtered as it is


def test_arrays_of_ones_own(tmp_path: Path) -> None:
    assert SCENE.take_data is not None
    state = state_of(pixels_of(10, 12, 3))
    np.savez(tmp_path / "own.npz", image=pixels_of(4, 6), kernel=np.eye(3) / 3)
    taken, notices = SCENE.take_data(state, tmp_path / "own.npz")
    assert taken.inputs.pixels.shape == (4, 6, 1)
    assert (taken.params.filter, taken.params.size) == ("custom", 3)
    assert notices == ()
    np.savez(tmp_path / "kernel.npz", kernel=np.eye(5))
    kept, _ = SCENE.take_data(state, tmp_path / "kernel.npz")
    assert kept.inputs.pixels is state.inputs.pixels
    assert math.isclose(kept.inputs.kernel.sum(), 5)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"pixels": np.zeros((3, 3))}, "neither image nor kernel"),
        ({"kernel": np.zeros((2, 2))}, "k odd"),
        ({"kernel": np.zeros((3, 5))}, "k odd"),
        ({"kernel": np.zeros(3)}, "k odd"),
        ({"kernel": np.full((3, 3), np.nan)}, "beyond"),
        ({"kernel": np.full((3, 3), 1e9)}, "beyond"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path: Path, arrays: dict[str, Any], words: str) -> None:
    assert SCENE.take_data is not None
    np.savez(tmp_path / "own.npz", **arrays)
    with pytest.raises(BadData, match=words):
        SCENE.take_data(SCENE.opening(), tmp_path / "own.npz")

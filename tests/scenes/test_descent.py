"""Descent: the command line's names, what a hand does, what the sentences say, the documented numbers."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from engine.device import Engine, devices
from engine.optimization.descent import descend_from
from engine.trace import record
from scenes.contents import load
from scenes.optimization import descent_basins, relief
from scenes.optimization import descent_words as words
from scenes.optimization.descent_charts import knots_of, rate_top
from scenes.optimization.descent_model import surface_of
from scenes.optimization.descent_steps import moment_of
from scenes.optimization.landscape import landscape_of
from scenes.parameters import BadParameter, with_values
from scenes.picture import Line, Region, Scatter
from scenes.running import result_of, trace_of
from scenes.scene import Click, Drag, Press, State, Target
from tests.scenes.asked import asked

SCENE = load("descent")


def state_of(**values: Any) -> State:
    state = SCENE.opening()
    return replace(state, params=with_values(SCENE.params(), values))


def result(state: State) -> Any:
    return result_of(SCENE, state, Engine())


def said(state: State) -> str:
    return SCENE.picture(state, result(state), None, None).sentence


# ---------------------------------------------------------------------------- the command line


def test_the_promised_parameters_and_arrays_are_there() -> None:
    state = state_of(
        surface="formula", formula="x^2/2 + 2y^2", start="[1, -1]", lr="0.3", steps="12", schedule="cosine"
    )
    named = SCENE.arrays(result(state))
    assert named["path"].shape == (13, 2)
    assert named["loss"].shape == (13,)
    assert named["lr"].shape == (12,)
    assert named["path"][0].tolist() == [1, -1]
    assert named["loss"][0] == 2.5
    np.testing.assert_allclose(named["eigenvalues"], [[1, 4]] * 13)


def test_on_a_quadratic_the_path_is_its_closed_form() -> None:
    state = state_of(
        surface="quadratic", curvature_x=1.5, curvature_y=6.0, start=[2.0, -1.0], lr=0.31, steps=40
    )
    path, n = SCENE.arrays(result(state))["path"], np.arange(41)
    np.testing.assert_allclose(path[:, 0], 2 * (1 - 0.31 * 1.5) ** n, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(path[:, 1], -((1 - 0.31 * 6) ** n), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"surface": "formula", "formula": "x +"}, "ends too early, after '\\+'; a number"),
        ({"surface": "formula", "formula": "x^2 + ln(y)"}, "'ln' at character 7.*log fits"),
        ({"surface": "formula", "formula": "log(x)", "start": [-1.0, 0.0]}, "start is .* no value"),
        ({"start": [1.0]}, "start is \\[1\\]; it takes two numbers, x and y"),
        ({"start": [1.0, 2.0, 3.0]}, "it takes two numbers"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(values: dict[str, Any], message: str) -> None:
    state = state_of(**values)
    with pytest.raises(BadParameter, match=message) as caught:
        result(state)
    assert str(caught.value).endswith(".")
    for event in (
        Drag(target=Target(panel="map", x=0, y=0, handle="start", index=0), dx=1, dy=1),
        Press(key="V"),
    ):
        after = SCENE.edit(state, event)
        assert after is state or "formula" in values


def test_a_bad_formula_does_not_matter_while_another_surface_is_chosen() -> None:
    assert len(result(state_of(surface="beale", formula=")(", lr=0.001)).path) > 1


def test_another_surface_brings_its_own_start_and_rate() -> None:
    state = SCENE.opening()
    for name in ("rosenbrock", "himmelblau", "rastrigin", "saddle", "formula", "ravine", "quadratic"):
        state = state.with_params(surface=name)
        own = surface_of(state.params)
        run = result(state)
        assert (state.params.lr, tuple(run.path[0])) == (own.lr, own.start)
        assert run.loss[-1] < run.loss[0]
        state = state.with_params(start=(900.0, 900.0), lr=2.5)  # good for no other surface


def test_a_start_and_a_rate_that_are_given_stay_as_given() -> None:
    for values in ({"surface": "rosenbrock", "lr": "0.001"}, {"lr": "0.001", "surface": "rosenbrock"}):
        assert state_of(**values, start="[0, 0]").params.lr == 0.001
    params = state_of(start="[0, 0]", surface="rosenbrock").params
    assert (params.start, params.lr) == ((0, 0), 0.0012)


# ---------------------------------------------------------------------------- what a run is called


def test_past_two_over_the_curvature_it_diverges_and_says_why() -> None:
    text = said(state_of(surface="quadratic", start=[-3.0, 0.3], lr=0.53, steps=30))
    assert text.startswith("It diverges: lr 0.53 is more than 2 / curvature = 2 / 4 = 0.5")


def test_what_leaves_the_numbers_is_cut_off_and_says_so() -> None:
    state = state_of(surface="rosenbrock", lr=0.5, steps=200)
    run = result(state)
    assert run.lost
    assert len(run.path) < 201
    assert np.isfinite(run.path).all()
    assert "the path is cut off" in said(state)


def test_the_saddle_alone_has_no_lowest_point() -> None:
    assert "no lowest point" in said(state_of(surface="saddle", start=[-1.5, 0.01], lr=0.2, steps=100))


def test_on_the_ridge_it_stands_until_there_is_jitter() -> None:
    on_ridge = state_of(surface="saddle", start=[-1.5, 0.0], lr=0.1, steps=200)
    assert "stands on the saddle" in said(on_ridge)
    assert result(on_ridge).path[:, 1].tolist() == [0.0] * 201
    pushed = on_ridge.with_params(jitter=0.01)
    assert abs(result(pushed).path[-1, 1]) > 1
    assert "it is gone" in said(pushed)


def test_the_time_to_escape_is_that_of_the_closed_form() -> None:
    """off the ridge by e: e (1 + 2 lr)^n = d at the step that is named."""
    run = result(state_of(surface="saddle", start=[-1.0, 1e-6], lr=0.1, steps=120))
    near = words.near_saddle(run)
    assert near is not None
    assert near[1] is not None
    d = 0.08 * 4
    assert near[1] == math.ceil(math.log(d / 1e-6) / math.log(1.2))


@pytest.mark.parametrize(
    ("preset", "text"),
    [
        ("zigzag", "falls at every step"), ("diverge", "It diverges"), ("crawl", "slowly"),
        ("saddle", "The saddle all but stops it"), ("ridge", "it is gone"), ("basins", "4 minima"),
        ("convex", "the surface is convex"), ("not-convex", "Not convex"), ("noise", "noisy"),
        ("formula", "It is at the minimum"),
    ],
)  # fmt: skip
def test_each_preset_makes_its_point(preset: str, text: str) -> None:
    assert text in said(SCENE.opening(preset))


def test_without_warming_up_the_same_rate_throws_it_out() -> None:
    warm = SCENE.opening("warmup")
    assert not result(warm).lost
    assert result(warm).loss[-1] < 1
    cold = result(warm.with_params(schedule="constant"))
    assert cold.lost or cold.loss[-1] > 1


def test_a_falling_rate_comes_to_rest_in_noise_and_a_constant_one_does_not() -> None:
    state = SCENE.opening("noise")
    falling, constant = result(state), result(state.with_params(schedule="constant"))
    assert np.ptp(falling.path[-10:], axis=0).max() < 0.2 * np.ptp(constant.path[-10:], axis=0).max()


# ---------------------------------------------------------------------------- convex or not


@pytest.mark.parametrize(
    ("values", "convex"),
    [
        ({"surface": "quadratic"}, True), ({"surface": "ravine"}, True), ({"surface": "saddle"}, False),
        ({"surface": "rastrigin"}, False), ({"surface": "rosenbrock"}, False),
        ({"surface": "formula", "formula": "exp(x) + y^4"}, True),
        ({"surface": "formula", "formula": "x + y"}, True),
        ({"surface": "formula", "formula": "sqrt(x + 10)"}, False),
        ({"surface": "quadratic", "curvature_x": -1.0}, False),
    ],
)  # fmt: skip
def test_the_hessian_tells_convex_surfaces(values: dict[str, Any], convex: bool) -> None:
    assert result(state_of(**values, lr=0.0001)).convex is convex


def test_every_start_on_a_convex_surface_ends_in_one_place_and_himmelblaus_in_four() -> None:
    one = result(state_of(surface="quadratic", lens="basins", lr=0.3, steps=100)).basins
    assert one.shares == (1.0,)
    assert (one.index == 0).all()
    four = result(SCENE.opening("basins"))
    assert len(four.basins.minima) == 4
    assert sum(four.basins.shares) == pytest.approx(1, abs=0.01)
    inside = four.basins.index[four.basins.index.shape[0] // 2, four.basins.index.shape[1] // 2]
    assert inside >= 0


def test_the_map_of_basins_reaches_as_far_as_the_ground_and_counts_what_is_framed() -> None:
    state = SCENE.opening("basins")
    found = result(state)
    basins, ground = found.basins, found.landscape
    x1, y1, x2, y2 = basins.reach
    assert x1 <= ground.reach[0] < ground.reach[2] <= x2
    assert y1 <= ground.reach[1] < ground.reach[3] <= y2
    high, wide = basins.index.shape
    up, across = (basins.known.shape[0] - high) // 2, (basins.known.shape[1] - wide) // 2
    assert (x2 - x1) / basins.known.shape[1] == pytest.approx((ground.view[2] - ground.view[0]) / wide)
    assert (y2 - y1) / basins.known.shape[0] == pytest.approx((ground.view[3] - ground.view[1]) / high)
    framed = basins.known[up : up + high, across : across + wide]
    assert (framed[::-1] == (basins.index >= 0)).all()
    assert basins.shares == tuple((basins.index == n).mean() for n in range(len(basins.minima)))
    (frame,) = (
        mark for mark in SCENE.picture(state, found, None, None).panels[0].marks if isinstance(mark, Region)
    )
    assert frame.extent == ground.view


def test_the_basins_do_not_change_with_the_start() -> None:
    state = SCENE.opening("basins")
    assert result(state).basins is result(state.with_params(start=(1.0, 1.0))).basins


class Single(Engine):
    """An engine on the CPU that has no float64, as MPS has none."""

    def tensor(self, array: Any, dtype: Any = None) -> torch.Tensor:
        return super().tensor(array, dtype or torch.float32)


@pytest.mark.parametrize("engine", [Single(), *map(Engine, devices()[1:])], ids=repr)
@pytest.mark.parametrize("preset", ["basins", "diverge", "saddle", "formula"])
def test_the_basins_are_found_on_the_engine(
    engine: Engine, preset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(
        descent_basins, "descend_from", lambda s, x, y, rates: seen.append(x) or descend_from(s, x, y, rates)
    )
    state = SCENE.opening(preset).with_params(lens="basins")
    there, here = result_of(SCENE, state, engine).basins, result(state).basins
    theirs = [x for x in seen if x.dtype == torch.float32 or x.device.type != "cpu"]
    assert sum(x.numel() for x in theirs) >= len(there.index.ravel())
    assert there.index.shape == here.index.shape
    assert (there.index == here.index).mean() > 0.99
    np.testing.assert_allclose(there.shares, here.shares, atol=0.01)


# ---------------------------------------------------------------------------- what a hand does


def drag(state: State, panel: str, handle: str, dx: float, dy: float, index: int = 0, **at: float) -> State:
    return SCENE.edit(
        state,
        Drag(target=Target(panel=panel, handle=handle, index=index, **{"x": 0, "y": 0, **at}), dx=dx, dy=dy),
    )


def test_the_start_is_dragged_and_stays_in_view() -> None:
    state = state_of(surface="ravine", start=[-5.0, 2.0])
    assert drag(state, "map", "start", 1, -0.5).params.start == (-4.0, 1.5)
    assert drag(state, "map", "start", -1e6, 1e6).params.start == (-6.0, 4.5)
    clicked = SCENE.edit(state, Click(target=Target(panel="map", x=1.25, y=0.5), double=True))
    assert clicked.params.start == (1.25, 0.5)


def test_a_start_outside_widens_the_view_to_hold_it() -> None:
    x1, y1, x2, y2 = result(state_of(surface="ravine", start=[30.0, 2.0], lr=0.1)).surface.view
    assert x1 < -6 < y1 < 30 < x2 or (x1 <= 30 <= x2 and y1 <= 2 <= y2)


def test_on_the_relief_the_start_goes_where_it_is_pulled() -> None:
    state = SCENE.opening("saddle")
    inputs, view = state.inputs, result(state).surface.view
    dx, dy = relief.moved_by(view, 0.1, 0.05, inputs.azimuth, inputs.elevation)
    flat = landscape_of(result(state).surface)
    points = np.array([[0.0, 0.0], [dx, dy]])
    one, other = relief.lifted(flat, points, np.zeros(2), inputs.azimuth, inputs.elevation)
    np.testing.assert_allclose(other - one, [0.1, 0.05], atol=1e-12)
    assert drag(state, "relief", "start", 0.1, 0.05).params.start != state.params.start


def test_the_ground_of_the_relief_turns_it_within_limits() -> None:
    state = SCENE.opening("saddle")
    turned = drag(state, "relief", "relief", 0.5, 0.1)
    assert turned.params is state.params
    assert turned.inputs.azimuth == state.inputs.azimuth - 45
    assert drag(state, "relief", "", 0, -1e6).inputs.elevation == relief.HIGHEST
    assert drag(state, "relief", "", 0, 1e6).inputs.elevation == relief.LOWEST


@pytest.mark.parametrize("schedule", ["constant", "step", "exponential", "cosine", "warmup", "plateau"])
def test_every_knot_lies_on_the_curve_and_goes_where_it_is_dragged(schedule: str) -> None:
    state = state_of(
        surface="quadratic", schedule=schedule, lr=0.2, steps=60, every=20, floor=0.2, factor=0.9, rise=12
    )
    plan = result(state).plan
    for index, (x, y) in enumerate(knots_of(state.params, 60)):
        if schedule != "plateau" or index == 0:
            assert min(abs(plan[min(int(x) + k, 59)] - y) for k in (0, -1)) < 1e-3
        after = drag(state, "rate", "knots", 0, 0, index=index, x=x, y=0.8 * y + 0.01)
        assert after is not state
        moved = knots_of(after.params, 60)[index]
        assert moved[1] == pytest.approx(0.8 * y + 0.01, abs=0.02)


def test_the_chart_of_rates_does_not_move_under_the_hand() -> None:
    tops = {rate_top(result(state_of(surface="quadratic", lr=lr))) for lr in (0.01, 0.2, 0.7, 3.0)}
    assert tops == {0.75}


def test_the_chord_moves_and_stays_in_view() -> None:
    state = SCENE.opening("convex")
    moved = drag(state, "map", "chord", 0.8, 0.6, index=1)
    assert moved.params is state.params
    assert moved.inputs.chord[1] == (0.95, 0.8)
    assert drag(state, "map", "chord", 1e9, -1e9, index=0).inputs.chord[0] == (1, 0)


# ---------------------------------------------------------------------------- pointing and stepping


def test_a_point_of_the_path_shows_the_arithmetic_of_its_step() -> None:
    state = state_of(surface="quadratic", start=[2.0, 1.0], lr=0.1, steps=5)
    hover = Target(panel="map", x=0, y=0, handle="path", index=0)
    text = SCENE.picture(state, result(state), None, hover).sentence
    assert text == "Step 0: f(2, 1) = 4, gradient (2, 4). Less lr 0.1 times that: (1.8, 0.6), f = 2.34."


def test_a_saddle_that_is_pointed_at_is_told_by_its_eigenvalues() -> None:
    state = SCENE.opening("saddle")
    hover = Target(panel="relief", x=0, y=0, handle="saddle", index=0)
    text = SCENE.picture(state, result(state), None, hover).sentence
    assert text.endswith("of the Hessian are 2 and −1: one curvature is above 0 and one below: a saddle.")


def test_the_path_grows_with_the_steps() -> None:
    state = state_of(surface="quadratic", steps=4)
    run, trace = result(state), trace_of(SCENE, state)
    assert trace is not None
    lengths = []
    for step in range(len(trace) + 1):
        shown = SCENE.picture(replace(state, step=step), run, trace.at(step), None)
        marks = [m for m in shown.panels[0].marks if isinstance(m, Scatter) and m.handle == "path"]
        lengths.append(len(marks[0].points))
    assert lengths == sorted(lengths)
    assert lengths[0] == 1
    assert lengths[-1] == 5


def test_why_a_point_is_where_it_is() -> None:
    state = state_of(surface="quadratic", steps=4)
    trace = trace_of(SCENE, state)
    assert trace is not None
    answer = SCENE.why(result(state), trace, Target(panel="map", x=0, y=0, handle="path", index=2))
    assert answer is not None
    frame = trace.at(answer.step)
    assert frame is not None
    assert len(frame.variables["path"]) == 3


# ---------------------------------------------------------------------------- the numbers that are told


def test_the_lessons_numbers_are_right() -> None:
    zigzag = result(SCENE.opening("zigzag"))
    assert zigzag.high[0] == pytest.approx(4)
    assert zigzag.low[0] == pytest.approx(0.2)
    ratios = zigzag.path[1] / zigzag.path[0]
    np.testing.assert_allclose(ratios, [0.91, -0.8])
    assert math.log(0.1) / math.log(0.9) == pytest.approx(22, abs=0.5)
    assert math.log(1000) / math.log(1.2) == pytest.approx(38, abs=0.5)
    one = result(state_of(surface="quadratic", curvature_y=4.0, start=[0.0, 2.0], lr=0.25, steps=1))
    assert one.path[1].tolist() == [0, 0]


# ---------------------------------------------------------------------------- questions, outcomes, other code


def questions(state: State) -> list[Any]:
    """Each question with the frame that answers it."""
    return [(one.question, one.frame) for one in asked(SCENE, state)]


def test_it_asks_where_a_step_leads_and_the_minimum_is_the_wrong_answer() -> None:
    question, frame = questions(SCENE.opening("zigzag"))[0]
    assert question.text == "The learning rate is 0.45. Where does step 1 lead?"
    assert question.right[0] == pytest.approx((-4.55, -1.6))
    assert question.right[0] == pytest.approx(frame.variables["point"].tolist())
    wrong = {choice.answer for choice in question.choices} - set(question.right)
    assert (0.0, 0.0) in wrong  # the gradient does not point at the minimum
    assert all(question.credit(answer) < 0.1 for answer in wrong)
    assert question.credit((-4.55 + question.scale, -1.6)) == pytest.approx(0.5)
    assert "lr = 0.45 times the gradient (−1, 8)" in question.reveal


def test_it_asks_whether_f_falls_at_first_and_where_it_first_rises() -> None:
    state = state_of(surface="quadratic", start=[-3.0, 0.3], lr=0.53, steps=30)
    heights = [(question, frame) for question, frame in questions(state) if question.kind == "number"]
    assert [frame.variables["step"] for _, frame in heights] == [0, words.first_rise(result(state))]
    first, rise = (question for question, _ in heights)
    assert "goes down" in first.reveal
    assert "goes up: the step is too long" in rise.reveal
    assert rise.credit(float(rise.right[0]) * 0.5) < 0.5


def test_on_the_relief_no_place_is_asked_for() -> None:
    assert {question.kind for question, _ in questions(SCENE.opening("saddle"))} == {"number"}


def test_what_became_of_the_descent() -> None:
    def became(state: State) -> Any:
        return SCENE.outcomes(trace_of(SCENE, state))["the descent"]

    there = became(SCENE.opening("basins"))
    assert there.words == "is at the minimum (3, 2) for good after 18 steps"
    assert there.value != became(SCENE.opening("basins").with_params(start=(-3.0, 3.0))).value
    assert became(SCENE.opening("crawl")).words.startswith("is at no minimum after 60 steps")


def uphill(surface: Any, start: torch.Tensor, schedule: Any, steps: int, jitter: Any) -> torch.Tensor:
    """The most common mistake."""
    point, path = start, [start]
    for step in range(steps):
        gradient = torch.stack(surface.gradient(*point))
        lr = schedule(step, 0.0)
        point = point + lr * gradient
        path.append(point)
    return torch.stack(path)


def test_a_run_of_other_code_is_drawn_as_it_is() -> None:
    state = state_of(surface="ravine", start=[-5.0, 0.5], lr=0.2, steps=6)
    call, found = SCENE.listing(state.params, state.inputs), result(state)
    trace = record(uphill, **call.arguments)
    shown = SCENE.picture(replace(state, step=len(trace)), found, trace.frames[-1], None)
    drawn = next(
        m for p in shown.panels if p.key == "map" for m in p.marks if isinstance(m, Line) and m.width == 2.5
    )
    path = trace.result.numpy()
    near = path[: len(drawn.segments) + 1]
    np.testing.assert_allclose(drawn.segments, np.stack([near[:-1], near[1:]], 1))
    assert len(near) > 3
    assert next(p for p in shown.panels if p.key == "loss").title == "loss: rises at step 1"


def test_a_point_that_has_moved_is_drawn_before_it_is_kept() -> None:
    state = state_of(surface="ravine", start=[-5.0, 2.0], lr=0.45, steps=3)
    trace, found = trace_of(SCENE, state), result(state)
    frame = next(f for f in trace.frames if "point" in f.changed and "step" in f.variables)
    moment = moment_of(frame, found)
    assert (moment.kept, moment.upto, moment.told) == (0, 1, 0)
    assert moment.lr == 0.45
    after = moment_of(next(f for f in trace.frames if "after" in f.changed), found)
    assert (after.kept, after.upto, after.told) == (0, 1, 1)

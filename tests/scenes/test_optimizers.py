"""The race of optimizers as a scene: parameters by name, switches that show, edits, what is said, the map."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from engine.device import Engine
from engine.functions.surfaces import SURFACES
from engine.optimization.settings import NAMES, TORCH
from engine.trace import record
from scenes.optimization.optimizers import SCENE
from scenes.optimization.optimizers_labels import label_points
from scenes.optimization.optimizers_model import GRIDS, race_of
from scenes.optimization.optimizers_rates import rounded, tuned
from scenes.optimization.optimizers_steps import moment_of
from scenes.optimization.optimizers_words import number
from scenes.parameters import BadParameter, with_values
from scenes.picture import Arrow, Curve, Heatmap, Scatter, Text
from scenes.running import partial_results, result_of, trace_of
from scenes.scene import Click, Drag, Press, State, Target
from tests.scenes.asked import asked

ENGINE = Engine()


def state_with(preset: str = "race", **values: str) -> State:
    state = SCENE.opening(preset)
    return replace(state, params=with_values(state.params, values))


def arrays_of(preset: str = "race", **values: str) -> dict[str, np.ndarray[Any, Any]]:
    return SCENE.arrays(result_of(SCENE, state_with(preset, **values), ENGINE))


def picture_of(state: State, hover: Target | None = None, step: int | None = None):
    trace = trace_of(SCENE, state) if step is not None else None
    frame = trace.at(step) if trace else None
    return SCENE.picture(state, result_of(SCENE, state, ENGINE), frame, hover)


def panel(picture, key: str):
    return next(p for p in picture.panels if p.key == key)


def said(state: State, **hover: Any) -> str:
    return picture_of(state, Target(**{"x": 0.0, "y": 0.0, **hover}) if hover else None).sentence


# ---------------------------------------------------------------------------- parameters by name


def test_arrays_by_name() -> None:
    named = arrays_of(surface="himmelblau", start="[1, 2]", steps="30")
    for name in NAMES:
        assert named[f"path_{name}"].shape == (31, 2)
        assert named[f"loss_{name}"].shape == (31,)
        assert named[f"path_{name}"][0].tolist() == [1, 2]
    assert named["basin"].shape == named["basin_steps"].shape == (40, 40)
    assert named["minima"].shape == (4, 2)
    few = arrays_of(optimizers='["sgd", "adagrad"]', optimizer="sgd")
    assert {key for key in few if key.startswith("path_")} == {"path_sgd", "path_adagrad"}


def test_a_number_for_all_an_object_by_name_and_two_words() -> None:
    def rates(**values: str) -> dict[str, float]:
        return {
            name: float(v)
            for name in NAMES
            if (v := arrays_of(steps="2", **values)[f"lr_{name}"]) is not None
        }

    assert rates(lr="0.03") == dict.fromkeys(NAMES, 0.03)
    usual = tuned(SURFACES["beale"])
    assert rates(surface="beale") == usual
    assert rates(surface="beale", lr='{"adam": 0.7}') == {**usual, "adam": 0.7}
    assert rates(lr="torch") == TORCH["lr"]
    settings = race_of(state_with(rho="0.5", eps='{"adam": 0.1}', weight_decay="0.2").params).settings
    assert settings["rmsprop"].rho == settings["adadelta"].rho == 0.5
    assert (settings["adam"].eps, settings["adamw"].eps, settings["adagrad"].eps) == (0.1, 1e-8, 1e-10)
    assert {one.weight_decay for one in settings.values()} == {0.2}
    default = race_of(state_with().params).settings
    assert (default["rmsprop"].rho, default["adadelta"].rho, default["adamw"].weight_decay) == (
        0.99,
        0.9,
        0.01,
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"lr": "fast"}, 'lr is "fast"; it takes "tuned", "torch", a number'),
        ({"lr": "-1"}, "lr is -1; it takes a number from 0"),
        ({"lr": '{"adamax": 0.1}'}, "lr names 'adamax'; the optimizers are sgd, momentum"),
        ({"lr": '{"adam": "x"}'}, "lr of adam is x; it takes a number"),
        ({"lr": "[1]"}, r"lr is \[1\]; it takes a number"),
        ({"lr": "true"}, "lr is True; it takes a number"),
        ({"rho": '{"sgd": 0.5}'}, "rho is none of sgd's numbers; it is one of rmsprop, adadelta's"),
        ({"rho": "1.5"}, "rho is 1.5"),
        ({"eps": "NaN"}, "eps is nan"),
        ({"start": "[1]"}, r"start is \[1\]; it takes two numbers"),
        ({"start": "[1, 1e9]"}, "takes a number"),
        ({"surface": "formula", "formula": "x +"}, "formula ends too early"),
        ({"optimizers": '["adamax"]'}, "takes one of sgd"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(values: dict[str, str], words: str) -> None:
    with pytest.raises(BadParameter, match=words) as caught:
        result_of(SCENE, state_with(**values), ENGINE)
    assert str(caught.value).endswith(".")


def test_the_chosen_one_races_and_a_formula_is_a_surface() -> None:
    named = arrays_of(
        surface="formula", formula="x^2 + 3*y^2", optimizers="[]", optimizer="nesterov", lr="0.01", steps="20",
        start="[1, 1]",
    )  # fmt: skip
    w = torch.ones(2, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.01, momentum=0.9, nesterov=True)
    for _ in range(20):
        optimizer.zero_grad()
        (w[0] ** 2 + 3 * w[1] ** 2).backward()
        optimizer.step()
    assert named["path_nesterov"][-1] == pytest.approx(w.tolist(), abs=1e-10)
    assert "path_sgd" not in named


@pytest.mark.parametrize(
    "formula", ["x^2 + y^2", "1000*x^2", "x", "3", "exp(x*y)", "log(x)", "1e-9*(x^2 + y^2)"]
)
def test_a_formula_gets_rates_that_are_numbers(formula: str) -> None:
    named = arrays_of(surface="formula", formula=formula, steps="40")
    for name in NAMES:
        assert 0 < named[f"lr_{name}"] <= 10


def test_another_surface_brings_its_own_start_and_rates() -> None:
    state = state_with(start="[5, 4]", lr='{"adam": 3}').with_params(surface="rosenbrock")
    race = race_of(state.params)
    assert (race.start, race.rates) == ((-1.2, 1), tuned(SURFACES["rosenbrock"]))
    given = race_of(state_with(start="[0, 1]", surface="rosenbrock", lr="torch").params)
    assert (given.start, given.rates) == ((0, 1), TORCH["lr"])


# ---------------------------------------------------------------------------- switches that show


def test_the_slip_of_the_books_is_seen_and_said() -> None:
    state = state_with("slip")
    assert "31.6 times as long" in said(state)
    result = result_of(SCENE, state, ENGINE)
    first = [np.hypot(*(t.path[1] - t.path[0])) for t in (result.tracks["adam"], result.twin)]
    assert first[0] / first[1] == pytest.approx(1 / np.sqrt(1e-3), rel=1e-3)
    ends = [t.path[-1] for t in (result.tracks["adam"], result.twin)]
    assert np.hypot(*(ends[0] - ends[1])) > 3  # another minimum
    curves = [m for m in panel(picture_of(state), "map").marks if isinstance(m, Curve)]
    assert len(curves) == 2
    assert "3.16 times as long" in said(state_with("uncorrected"))
    assert "only 0.0962 times as long as with eps beside it" in said(state_with("eps"))


@pytest.mark.parametrize("switch", [{"amsgrad": "true"}, {"slip": "index for power"}, {"eps_inside": "true"}])
def test_every_switch_has_its_twin(switch: dict[str, str]) -> None:
    state = state_with("race", eps="0.01", beta2="0.9", **switch)
    result = result_of(SCENE, state, ENGINE)
    assert result.twin is not None
    assert not np.allclose(result.twin.path, result.tracks["adam"].path)
    plain = result_of(SCENE, state_with("race", eps="0.01", beta2="0.9"), ENGINE)
    assert plain.twin is None
    assert np.array_equal(result.twin.path, plain.tracks["adam"].path)


def test_the_counterexample() -> None:
    state = state_with("amsgrad")
    sentence = said(state)
    assert "Adam with AMSGrad is at x = −0.99" in sentence
    assert "plain Adam is at x = 0.99" in sentence
    assert "basin" not in SCENE.arrays(result_of(SCENE, state, ENGINE))
    moved = SCENE.edit(state, Drag(target=Target(panel="map", x=0, y=5.0, handle="start"), dx=0, dy=1))
    assert moved.params.start == (1.0, 0.0)
    assert trace_of(SCENE, state_with("amsgrad", optimizer="sgd")) is None


def test_a_rate_that_drops_midway_shortens_the_steps() -> None:
    named = arrays_of(steps="40", lr="0.01", lr_drop="0.1", optimizers='["sgd"]', optimizer="sgd", surface="formula",
                      formula="x")  # fmt: skip
    steps = np.diff(named["path_sgd"][:, 0])
    assert steps[:20] == pytest.approx(-0.01)
    assert steps[20:] == pytest.approx(-0.001)


def test_a_rare_feature_gets_a_higher_rate() -> None:
    result = result_of(SCENE, state_with("rare"), ENGINE)
    rate = next(row.values[39] for row in result.memory if row.name == "rate")
    assert rate[1] > 1.5 * rate[0]
    assert "was seen at 4 of 40 steps" in said(state_with("rare"))


# ---------------------------------------------------------------------------- the map


def test_the_map_is_refined_and_only_made_where_it_is_shown() -> None:
    state = state_with("basins", steps="30")
    sizes = [r.basins.ends.shape[0] for _, r in partial_results(SCENE, state, ENGINE) if r.basins is not None]
    assert sizes == sorted(sizes)
    assert set(sizes) == set(GRIDS)
    race = list(partial_results(SCENE, state_with("race"), ENGINE))
    assert [part for part, _ in race] == [1.0]
    assert race[0][1].basins is None


def test_the_map_agrees_with_the_race() -> None:
    """A start in the middle of a cell ends where the map says, after as many steps."""
    state = state_with("basins", steps="60")
    result = result_of(SCENE, state, ENGINE)
    x1, y1, x2, y2 = result.race.view
    for row, column in ((10, 20), (150, 30), (90, 120), (199, 199), (33, 177)):
        x, y = x1 + (column + 0.5) / 200 * (x2 - x1), y1 + (row + 0.5) / 200 * (y2 - y1)
        path = result_of(SCENE, state.with_params(start=(x, y), show="race"), ENGINE).tracks["adam"].path
        end = int(result.basins.ends[row, column])
        near = np.hypot(*(path[:, None] - result.basins.minima).transpose(2, 0, 1)) <= 0.02 * (x2 - x1)
        if end >= 0:
            steps = int(result.basins.steps[row, column])
            assert near[steps:, end].all()
            assert steps == 0 or not near[steps - 1, end]
        else:
            assert not near[-1].any()
        told = said(state, panel="map", x=x, y=y)
        assert told.startswith("From (")


def test_rows_of_the_map_are_drawn_from_the_top() -> None:
    state = state_with("basins", steps="30")
    result = result_of(SCENE, state, ENGINE)
    heat = next(m for m in panel(picture_of(state), "map").marks if isinstance(m, Heatmap))
    lowest = result.basins.ends[0]
    levels = heat.values[-1]
    assert len({(int(e), int(v)) for e, v in zip(lowest, levels, strict=True) if e >= 0}) == len(
        {int(e) for e in lowest if e >= 0}
    )


# ---------------------------------------------------------------------------- what a person does


def test_the_start_is_dragged_and_the_view_follows_one_that_is_typed() -> None:
    state = state_with("race")
    start = Target(panel="map", x=1.234567, y=-2.0, handle="start", index=0)
    moved = SCENE.edit(state, Drag(target=start, dx=1, dy=1))
    assert moved.params.start == (1.23, -2.0)
    thrown = SCENE.edit(state, Drag(target=replace(start, x=1e9, y=-1e9), dx=1, dy=1))
    assert thrown.params.start == (9.0, -6.75)
    x1, y1, x2, y2 = race_of(state_with(start="[30, 50]").params).view
    assert x1 < 30 < x2
    assert y1 < 50 < y2
    assert (x2 - x1) / (y2 - y1) == pytest.approx(4 / 3)


def test_time_rows_and_keys() -> None:
    state = state_with("race")
    later = SCENE.edit(state, Drag(target=Target(panel="chart", x=40.4, y=0, handle="time"), dx=1, dy=0))
    assert later.inputs.at == 40
    assert later.params is state.params
    assert SCENE.edit(state, Click(target=Target(panel="chart", x=999, y=0))).inputs.at == 80
    row = Target(panel="standings", x=1, y=1, handle="sgd")
    assert SCENE.edit(state, Click(target=row)).params.optimizer == "sgd"
    out = SCENE.edit(state, Click(target=row, double=True))
    assert "sgd" not in out.params.optimizers
    assert SCENE.edit(out, Press(key="X", target=row)).params.optimizers == NAMES
    assert SCENE.edit(state, Press(key="N")).params.optimizer == "adamw"
    basins = state_with("basins")
    assert SCENE.edit(basins, Click(target=Target(panel="map", x=1, y=1))).params.start == (1, 1)


# ---------------------------------------------------------------------------- what is shown and said


@pytest.mark.parametrize("name", NAMES)
def test_the_memory_at_each_step_of_the_listing_is_that_of_the_race(name: str) -> None:
    """The numbers that the stepped page shows in its last step are those of the live way."""
    state = state_with("race", optimizer=name, steps="9")
    trace, result = trace_of(SCENE, state), result_of(SCENE, state, ENGINE)
    last = trace.frames[-1].variables
    for row in result.memory:
        if row.name == "s":  # shown as it stood before the step
            continue
        if row.name in last and not isinstance(last[row.name], float):
            sign = -1 if row.name in ("step", "decay") else 1
            assert (sign * last[row.name]).tolist() == pytest.approx(row.values[-1], rel=1e-9, abs=1e-12)
    assert last["w"].tolist() == pytest.approx(result.tracks[name].path[-1], abs=1e-10)


def test_what_a_step_has_not_made_anew_is_quiet() -> None:
    """On the line that makes v in step 2, m is of this step and m_hat still of the one before."""
    state = state_with("race", steps="3")
    result, trace = result_of(SCENE, state, ENGINE), trace_of(SCENE, state)
    frame = next(f for f in trace.frames if "v" in f.changed and f.variables.get("t") == 2)
    marks = panel(SCENE.picture(state, result, frame, None), "memory").marks
    roles = {mark.text: mark.role for mark in marks if isinstance(mark, Text)}
    assert [roles[words] for words in ("gradient", "m", "v")] == ["text"] * 3
    assert [roles[words] for words in ("m_hat", "v_hat", "rate", "step")] == ["quiet"] * 4


@pytest.mark.parametrize("name", NAMES)
def test_ways_are_drawn_as_far_as_the_run_has_come(name: str) -> None:
    state = state_with("race", optimizer=name, steps="6")
    trace = trace_of(SCENE, state)
    lengths = []
    for step in range(len(trace) + 1):
        shown = SCENE.picture(state, result_of(SCENE, state, ENGINE), trace.at(step) if step else None, None)
        if step:
            lengths.append({len(m.x) for m in panel(shown, "map").marks if isinstance(m, Curve)})
    assert all(len(one) == 1 for one in lengths)
    counts = [one.pop() for one in lengths]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (1, 7)


def test_momentums_arrows_add_up() -> None:
    arrows = {
        m.label: m for m in panel(picture_of(state_with("momentum")), "map").marks if isinstance(m, Arrow)
    }
    assert set(arrows) == {"kept", "gradient", "step"}
    assert arrows["kept"].head == pytest.approx(arrows["gradient"].tail)
    assert arrows["gradient"].head == pytest.approx(arrows["step"].head)
    assert arrows["step"].tail == arrows["kept"].tail


def test_every_racer_is_named_on_the_map_and_only_once() -> None:
    for preset in ("race", "curved", "torch"):
        marks = panel(picture_of(state_with(preset)), "map").marks
        labels = [text for m in marks if isinstance(m, Scatter) for text in m.labels]
        assert len(labels) == len(set(labels)) == 8


def test_names_stand_apart_where_the_ways_do() -> None:
    time = np.linspace(0, 1, 30)[:, None]
    paths = {"sgd": time * [1.0, 0.0], "adam": time * [0.0, 1.0], "adamw": time * [1.0, 1.0]}
    labels = label_points(paths, (-1, -1, 2, 2))
    places = np.array([paths[name][labels[name]] for name in paths])
    apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    assert apart[~np.eye(3, dtype=bool)].min() > 0.3
    lost = {"sgd": np.full((5, 2), np.nan), "adam": np.full((5, 2), 9.0)}
    assert label_points(lost, (-1, -1, 2, 2)) == {"sgd": 0, "adam": 0}


def test_hover_shows_the_arithmetic() -> None:
    state = state_with("race").with_inputs(at=3)
    rows = {row.name: row.values for row in result_of(SCENE, state, ENGINE).memory}
    m, g = rows["m"], rows["g"]
    told = said(state, panel="memory", handle="m")
    assert f"0.9 · {number(m[1, 0])} + 0.1 · {number(g[2, 0])} = {number(m[2, 0])}" in told
    assert "/ (1 − 0.9³) =" in said(state, panel="memory", handle="m_hat")
    assert "/ (1 − 0.999³) =" in said(state, panel="memory", handle="v_hat")
    assert "length squared" not in said(state, panel="standings", handle="adadelta")
    assert "needs no rate" in said(state, panel="standings", handle="adadelta")
    assert "After 10 steps: RMSProp" in said(state, panel="chart", x=10.2)
    assert "f is 44.1" in said(state, panel="map", x=6.0, y=4.5)


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_memory_has_its_arithmetic(name: str) -> None:
    for at in (1, 2, 12):
        state = state_with("race", optimizer=name).with_inputs(at=at)
        for row in result_of(SCENE, state, ENGINE).memory:
            told = said(state, panel="memory", handle=row.name)
            assert number(float(row.values[at - 1, 0])) in told
            assert number(float(row.values[at - 1, 1])) in told


def test_why_a_point_is_where_it_is() -> None:
    state = state_with("momentum")
    result, trace = result_of(SCENE, state, ENGINE), trace_of(SCENE, state)
    answer = SCENE.why(result, trace, Target(panel="map", x=0, y=0, handle="path", index=6))
    assert answer.sentence.startswith("Step 6 of Momentum went (")
    frame = trace.at(answer.step)
    assert frame.variables["w"].tolist() == pytest.approx(result.tracks["momentum"].path[6])
    assert SCENE.why(result, trace, Target(panel="map", x=0, y=0, handle="path", index=0)) is None
    plain = state_with("momentum", optimizer="sgd")
    told = SCENE.why(
        result_of(SCENE, plain, ENGINE),
        trace_of(SCENE, plain),
        Target(panel="map", x=0, y=0, handle="path", index=2),
    )
    assert "straight down" in told.sentence


def test_those_that_leave_the_numbers_are_told_of() -> None:
    state = state_with("curved", optimizers='["sgd", "adam"]', lr='{"sgd": 5}').with_inputs(at=300)
    assert "SGD has left the numbers" in said(state)
    gone = state_with("curved", optimizers='["sgd"]', optimizer="sgd", lr="5").with_inputs(at=300)
    assert "all have left the numbers" in said(gone)


def test_numbers_are_short() -> None:
    told = [number(v) for v in (0.0, 1234.5, 99999.0, 1e5, 0.00123, 1e-4, -2.5, float("nan"), float("inf"))]
    assert told == ["0", "1234", "99999", "1.0e5", "0.00123", "1.0e−4", "−2.5", "gone", "∞"]
    assert [rounded(v) for v in (0.0999, 7.3, 0.2)] == [0.09, 7.0, 0.2]
    assert json.dumps(SCENE.opening().params.lr) == '"tuned"'


# ---------------------------------------------------------------------------- questions, outcomes, other code


def questions(state: State) -> list[Any]:
    """Each question with the frame that answers it."""
    return [(one.question, one.frame) for one in asked(SCENE, state)]


def test_adams_first_step_is_the_rate_whatever_the_slope() -> None:
    for surface, start in (("ravine", "[-5, 2]"), ("rosenbrock", "[-1.2, 1]")):
        state = state_with("race", surface=surface, start=start, lr='{"adam": 0.1}', steps="3")
        question, _ = questions(state)[0]
        assert question.kind == "number"
        assert question.right[0] == pytest.approx(0.1, rel=1e-4)
        wrong = [choice.answer for choice in question.choices if choice.answer not in question.right]
        assert all(question.credit(answer) < 0.5 for answer in wrong)
        assert any(answer == pytest.approx(0.1 / np.sqrt(1e-3)) for answer in wrong)  # v for v-hat
        assert "whatever the slope" in question.reveal
    question, _ = questions(state_with("slip"))[0]
    assert question.right[0] == pytest.approx(3.16, abs=0.01)
    assert "31.6 rates" in question.reveal
    question, _ = questions(state_with("eps"))[0]
    assert "eps is not small" in question.reveal


@pytest.mark.parametrize("name", ["adagrad", "rmsprop", "adam", "adamw"])
@pytest.mark.parametrize("start", ["[-5, 2]", "[-3, 0.25]", "[-5, 0.25]"])  # slopes of 1 along x, y, both
def test_the_picture_does_not_answer_how_long_the_first_step_is(name: str, start: str) -> None:
    state = state_with("race", optimizer=name, optimizers=f'["{name}"]', start=start, rho="0.9", steps="2")
    question, frame = questions(state)[0]
    if start == "[-5, 0.25]":
        assert question.kind == "point"
        return
    assert question.kind == "number"
    axis = "xy".index(question.text[-2])
    assert abs(frame.variables["g"][axis].item()) != pytest.approx(1)
    assert question.right[0] == pytest.approx(abs(frame.variables["step"][axis].item()))
    trace, result = trace_of(SCENE, state), result_of(SCENE, state, ENGINE)
    held = moment_of(trace.at(frame.index - 3), result).row_values
    assert "rate" in held
    assert number(question.right[0]) not in {
        number(abs(values[axis])) for row, (values, _) in held.items() if values and row != "step"
    }


@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"])
def test_it_asks_where_a_step_leads(name: str) -> None:
    state = state_with("race", surface="himmelblau", start="[-4.5, 1]", optimizer=name, steps="40")
    places = [(question, frame) for question, frame in questions(state) if question.kind == "point"]
    assert places
    for question, frame in places:
        assert question.right[0] == pytest.approx(frame.variables["w"].tolist())
        assert f"Where does step {frame.variables['t']} of" in question.text
        for choice in question.choices:
            assert choice.answer in question.right or question.credit(choice.answer) < 0.5


def test_the_counterexample_asks_after_a_turn_of_the_losses() -> None:
    ((question, frame),) = questions(state_with("amsgrad"))
    assert question.right == (frame.variables["x"],)
    assert "it has gone down" in question.reveal
    ((question, _),) = questions(state_with("amsgrad", amsgrad="false"))
    assert "the wrong way" in question.reveal


def test_what_became_of_the_chosen_one() -> None:
    became = SCENE.outcomes(trace_of(SCENE, state_with("slip")))["Adam"]
    right = SCENE.outcomes(trace_of(SCENE, state_with("slip", slip="none")))["Adam"]
    assert became.words == "is at the minimum (3, 2) for good after 31 steps"
    assert right.words.startswith("is at the minimum (−2.81, 3.13)")
    assert SCENE.outcomes(trace_of(SCENE, state_with("amsgrad"))) == {}


def test_a_run_of_other_code_is_drawn_as_it_is() -> None:
    state = state_with("race", optimizer="sgd", optimizers="[]", lr="0.1", steps="6")
    call, result = SCENE.listing(state.params, state.inputs), result_of(SCENE, state, ENGINE)

    def uphill(gradient, start, rates, weight_decay):
        w, path = start, [start]
        for t, lr in enumerate(rates, start=1):
            g = gradient(w, t)
            step = -lr * g
            w = w - step
            path.append(w)
        return torch.stack(path)

    trace = record(uphill, **call.arguments)
    frame = trace.frames[-1]
    moment = moment_of(frame, result)
    assert not moment.own
    assert moment.done == 6
    np.testing.assert_allclose(moment.result.tracks["sgd"].path, trace.result.numpy())
    shown = SCENE.picture(replace(state, step=len(trace)), result, frame, None)
    curve = next(m for m in panel(shown, "map").marks if isinstance(m, Curve))
    assert curve.y[-1] > curve.y[0]
    losses = moment.result.tracks["sgd"].losses
    assert (np.diff(losses) > 0).all()
    assert SCENE.picture(
        state, result, frame, Target(panel="memory", x=0, y=0, handle="g")
    ).sentence.startswith("SGD is at")

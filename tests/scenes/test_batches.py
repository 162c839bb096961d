"""The batches scene: three runs at equal updates or cost, what a person does to the points, and what it says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.device import Engine
from engine.trace import record
from scenes.data.errors import BadData
from scenes.optimization.batches import SCENE
from scenes.optimization.batches_lines import clipped, through
from scenes.optimization.batches_model import MOST, Result, estimates_at
from scenes.optimization.batches_steps import done_by, moment_of
from scenes.optimization.batches_words import update_at, vertices
from scenes.parameters import with_values
from scenes.picture import Heatmap, Scatter
from scenes.running import result_of, trace_of
from scenes.scene import Click, Drag, Press, Refused, State, Target, locked
from tests.scenes.asked import asked

ENGINE = Engine()
RUNS = ("run full", "run single", "run mini")


def state_with(preset: str = "updates", **values: str) -> State:
    state = SCENE.opening(preset)
    return replace(state, params=with_values(state.params, values))


def result(state: State) -> Result:
    return result_of(SCENE, state, ENGINE)


def panel(picture, key: str):
    return next(p for p in picture.panels if p.key == key)


def mark(picture, key: str, handle: str):
    return next(m for m in panel(picture, key).marks if m.handle == handle)


def rings(picture, key: str) -> list[np.ndarray]:
    """The places that are lit up."""
    return [m.points for m in panel(picture, key).marks if isinstance(m, Scatter) and m.symbol == "ring"]


# ---------------------------------------------------------------------------- parameters and numbers


@pytest.mark.parametrize("sampling", ["shuffled", "replacement"])
@pytest.mark.parametrize("size", [1, 8, 20, 48])
def test_path_and_loss_are_those_of_torch_in_the_order_that_is_told(size, sampling):
    state = state_with(batch_size=str(size), lr="0.1", steps="25", seed="7", sampling=sampling)
    named = SCENE.arrays(result(state))
    points = torch.tensor(named["points"])
    weights = torch.tensor(state.inputs.start.copy()).requires_grad_()
    optimizer = torch.optim.SGD([weights], lr=0.1)
    read, path, losses = named["samples_read"], [], []
    for update in range(26):
        error = weights[0] * points[:, 0] + weights[1] - points[:, 1]
        path.append(weights.detach().numpy().copy())
        losses.append(float((error**2).mean().detach()))
        if update == 25:
            break
        batch = torch.tensor(named["order"][read[update] : read[update + 1]])
        optimizer.zero_grad()
        (error[batch] ** 2).mean().backward()
        optimizer.step()
    np.testing.assert_allclose(named["path"], path, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(named["loss"], losses, rtol=1e-10, atol=1e-10)


def test_the_spread_is_measured_and_told_beside_its_law():
    state = state_with("spread")
    named = SCENE.arrays(result(state))
    x, y = named["points"].T
    w, b = state.inputs.start
    own = 2 * (w * x + b - y)[:, None] * np.stack([x, np.ones_like(x)], 1)
    sigma = np.sqrt(((own - own.mean(0)) ** 2).sum(1).mean())
    sizes, count = named["batch_sizes"], len(x)
    law = sigma / np.sqrt(sizes) * np.sqrt((count - sizes) / (count - 1))
    np.testing.assert_allclose(named["gradient_std_expected"], law, rtol=1e-10, atol=1e-10)
    inner = sizes < count
    np.testing.assert_allclose(named["gradient_std"][inner], law[inner], rtol=0.2)
    assert named["gradient_std"][-1] == pytest.approx(0, abs=1e-12)
    again = SCENE.arrays(result(state_with("spread", sampling="replacement")))
    np.testing.assert_allclose(again["gradient_std_expected"], sigma / np.sqrt(sizes), rtol=1e-10)


@pytest.mark.parametrize("size", [1, 8, 48])
def test_at_equal_cost_nobody_has_read_more_than_the_chosen_one(size):
    found = result(state_with("samples", batch_size=str(size)))
    budget = int(found.run.read[-1])
    assert budget == 12 * size
    for run in found.runs:
        assert budget - run.size < int(run.read[-1]) <= budget


def test_at_equal_updates_everyone_has_made_as_many():
    found = result(state_with(steps="9"))
    assert [run.updates for run in found.runs] == [9, 9, 9]
    assert [int(run.read[-1]) for run in found.runs] == [9 * 48, 9, 72]


def test_a_batch_larger_than_the_data_is_all_of_it():
    found = result(state_with(batch_size="500"))
    assert found.chosen == 0
    assert found.run.size == 48


def test_all_see_the_samples_in_the_same_order():
    full, single, mini = result(state_with()).runs
    assert (single.order[:48] == mini.order[:48]).all()
    assert (single.order[:48] == full.order[:48]).all()


def test_the_presets_are_as_they_say():
    found = {name: result(SCENE.opening(name)) for name in SCENE.presets}
    assert [run.updates for run in found["samples"].runs] == [2, 96, 12]
    assert found["samples"].runs[0].loss[-1] > 2 * found["samples"].runs[2].loss[-1]
    full, single, mini = found["exact"].runs
    assert max(run.loss[-1] for run in (full, single, mini)) < 1e-4
    assert found["exact"].least < 1e-20
    full, single, _ = found["too-long"].runs
    assert full.loss[-1] < 1.01 * found["too-long"].least
    assert single.loss[-20:].max() > 10 * full.loss[0]
    full, _, mini = found["repeated"].runs
    assert full.updates < mini.updates
    assert full.loss[-1] > mini.loss[-1]
    straight = [np.abs(np.diff(run.path, axis=0)).sum() for run in found["updates"].runs]
    assert straight[0] < straight[2] < straight[1]


# ---------------------------------------------------------------------------- the steps


def test_the_sample_that_causes_a_step_lights_up():
    state = state_with("single")
    found, trace = result(state), trace_of(SCENE, state)
    assert trace is not None
    seen = 0
    for frame in trace.frames[:120]:
        moment = moment_of(frame, found)
        lit = rings(SCENE.picture(state, found, frame, None), "cloud")
        if moment.update:
            seen += 1
            sample = int(found.run.order[moment.update - 1])
            assert int(frame.variables["batch"][0]) == sample
            np.testing.assert_array_equal(lit[0], found.points[[sample]])
        else:
            assert not lit
    assert seen > 20


def test_the_recorded_run_is_the_one_that_is_drawn():
    for preset in ("updates", "replacement"):
        state = SCENE.opening(preset)
        found, trace = result(state), trace_of(SCENE, state)
        assert trace is not None
        for frame in trace.frames:
            moment = moment_of(frame, found)
            if "w" in frame.variables:
                place = [float(frame.variables[name]) for name in ("w", "b")]
                np.testing.assert_allclose(found.run.path[moment.done], place, rtol=1e-10, atol=1e-10)


def test_meanwhile_the_others_have_done_as_much_or_read_as_much():
    state = state_with("samples")
    found = result(state)
    full, single, mini = found.runs
    assert [done_by(found, run, 6, "updates") for run in found.runs] == [2, 6, 6]
    assert [done_by(found, run, 6, "samples") for run in found.runs] == [1, 48, 6]
    assert done_by(found, full, 5, "samples") == 0
    assert (single.read[48], mini.read[6]) == (48, 48)


def test_why_finds_the_step_that_led_to_a_place_or_first_read_a_sample():
    state = state_with()
    found, trace = result(state), trace_of(SCENE, state)
    assert trace is not None
    why = SCENE.why(found, trace, Target(panel="run mini", x=0, y=0, handle="path", index=5))
    assert why is not None
    assert moment_of(trace.frames[why.step - 1], found).update == 5
    sample = int(found.run.order[20])
    why = SCENE.why(found, trace, Target(panel="cloud", x=0, y=0, handle="point", index=sample))
    assert why is not None
    assert moment_of(trace.frames[why.step - 1], found).update == 3
    assert SCENE.why(found, trace, Target(panel="run full", x=0, y=0, handle="path", index=5)) is None


def test_the_estimates_are_those_at_the_line_of_the_step():
    state = state_with()
    found = result(state)
    weights = tuple(found.run.path[7].tolist())
    there = estimates_at(found, weights)
    x, y = found.points.T
    error = weights[0] * x + weights[1] - y
    np.testing.assert_allclose(there.full, [2 * (error * x).mean(), 2 * error.mean()], atol=1e-10)
    assert estimates_at(found, found.start) is found.estimates


# ---------------------------------------------------------------------------- what is said


def test_what_is_pointed_at_is_said():
    state = state_with()
    found = result(state)

    def said(key: str, x: float = 0, y: float = 0, handle: str = "", index: int = -1) -> str:
        return SCENE.picture(
            state, found, None, Target(panel=key, x=x, y=y, handle=handle, index=index)
        ).sentence

    x, y = found.points[3]
    w, b = found.start
    assert f"{2 * (w * x + b - y):.3g}".replace("-", "−") in said("cloud", handle="point", index=3)
    assert "least loss" in said("run full", handle="best", index=0)
    assert "Update 4 read 8 samples" in said("run mini", handle="path", index=4)
    assert "alone" in said("run single", handle="path", index=4)
    assert "all 48 samples" in said("run full", handle="path", index=4)
    assert "Before any update" in said("run full", handle="path", index=0)
    errors = 1.0 * found.points[:, 0] + 0.5 - found.points[:, 1]
    assert f"{(errors**2).mean():.3g}" in said("run full", 1.0, 0.5)
    assert "After 30 updates" in said("loss", 30.2 / 60)
    assert "√((48 − 8) / (48 − 1))" in said("spread", np.log10(8))
    assert "the cross" in said("scatter")


def test_pointing_at_a_step_lights_up_its_batch():
    state = state_with()
    found = result(state)
    for number, key in enumerate(RUNS):
        shown = SCENE.picture(state, found, None, Target(panel=key, x=0, y=0, handle="path", index=9))
        batch = found.runs[number].batch(9)
        np.testing.assert_array_equal(rings(shown, "cloud")[0], found.points[batch])


def test_the_surface_changes_with_the_points_alone():
    state = state_with()
    first, again = result(state), result(state.with_params(lr=0.01, batch_size=3, seed=5))
    assert first.surface.levels is again.surface.levels
    drag = Drag(target=Target(panel="cloud", x=0, y=0, handle="point", index=0), dx=0.3, dy=-0.5)
    moved = result(SCENE.edit(state, drag))
    assert moved.best != first.best
    assert (moved.surface.levels != first.surface.levels).any()
    heat = next(
        m for m in panel(SCENE.picture(state, first, None, None), "run full").marks if isinstance(m, Heatmap)
    )
    w1, b1, w2, b2 = first.surface.view
    row, column = np.unravel_index(heat.values.argmin(), heat.values.shape)
    low = (w1 + (column + 0.5) / 320 * (w2 - w1), b2 - (row + 0.5) / 240 * (b2 - b1))
    assert low == pytest.approx(first.best, abs=0.05)


# ---------------------------------------------------------------------------- what a person does


def test_points_are_dragged_added_and_removed():
    state = state_with()
    at = Target(panel="cloud", x=0, y=0, handle="point", index=2)
    moved = SCENE.edit(state, Drag(target=at, dx=0.5, dy=-0.25))
    np.testing.assert_allclose(moved.inputs.points[2], state.inputs.points[2] + [0.5, -0.25])
    thrown = SCENE.edit(state, Drag(target=at, dx=1e7, dy=-1e7)).inputs.points[2]
    assert (np.abs(thrown) < 10).all()
    more = SCENE.edit(state, Click(target=Target(panel="cloud", x=1.25, y=2.5), double=True))
    assert more.inputs.points[-1].tolist() == [1.25, 2.5]
    assert len(SCENE.edit(state, Press(key="N")).inputs.points) == 49
    fewer = SCENE.edit(state, Press(key="Delete", target=at))
    assert len(fewer.inputs.points) == 47
    assert len(state.inputs.points) == 48


def test_too_few_and_too_many_points_are_refused():
    state = state_with()
    two = state.with_inputs(points=locked(state.inputs.points[:2].copy()))
    with pytest.raises(Refused, match="2 points"):
        SCENE.edit(two, Press(key="Delete", target=Target(panel="cloud", x=0, y=0, handle="point", index=0)))
    full = state.with_inputs(points=locked(np.zeros((MOST, 2))))
    with pytest.raises(Refused, match=str(MOST)):
        SCENE.edit(full, Press(key="N"))


def test_a_click_on_a_surface_chooses_its_batch_size_and_the_mini_batch_is_remembered():
    state = state_with(batch_size="5")
    for key, size in (("run full", 48), ("run single", 1), ("run mini", 5)):
        state = SCENE.edit(state, Click(target=Target(panel=key, x=0, y=0)))
        assert state.params.batch_size == size
        assert result(state).run.size == size
        assert result(state).runs[2].size == 5
    assert SCENE.edit(state, Click(target=Target(panel="run mini", x=0, y=0))) is state


def test_the_dot_on_the_last_chart_is_dragged_to_another_size():
    state = state_with()
    at = Target(panel="spread", x=np.log10(24), y=0, handle="size", index=0)
    assert SCENE.edit(state, Drag(target=at, dx=0.1, dy=0)).params.batch_size == 24
    assert SCENE.edit(state, Drag(target=at, dx=0.1, dy=0, phase="key")).params.batch_size == 9
    assert SCENE.edit(state, Drag(target=replace(at, x=99.0), dx=9, dy=0)).params.batch_size == 48


def test_the_start_is_dragged_on_any_surface():
    state = state_with()
    for key in RUNS:
        drag = Drag(target=Target(panel=key, x=0, y=0, handle="start", index=0), dx=0.25, dy=-1)
        moved = result(SCENE.edit(state, drag))
        assert moved.start == (-1.25, 2.0)
        assert all(run.path[0].tolist() == [-1.25, 2.0] for run in moved.runs)


# ---------------------------------------------------------------------------- a person's own points


def test_points_from_files(tmp_path: Path) -> None:
    points = np.array([[0.0, 1.0], [1.0, 3.0], [2.0, 4.5]])
    np.save(tmp_path / "p.npy", points)
    np.savetxt(tmp_path / "p.csv", points, delimiter=",", header="x,y", comments="")
    (tmp_path / "p.json").write_text(json.dumps({"points": points.tolist(), "start": [0.5, 0.5]}))
    for name in ("p.npy", "p.csv", "p.json"):
        state, notices = SCENE.take_data(state_with(), tmp_path / name)
        np.testing.assert_array_equal(state.inputs.points, points)
        assert not notices
    assert state.inputs.start.tolist() == [0.5, 0.5]


def test_a_learning_rate_that_such_points_cannot_take_is_changed_and_said(tmp_path: Path) -> None:
    np.save(tmp_path / "far.npy", np.array([[60.0, 1.0], [80.0, 3.0], [90.0, -2.0]]))
    state, notices = SCENE.take_data(state_with(), tmp_path / "far.npy")
    assert state.params.lr < 1e-3
    assert f"{state.params.lr:g}" in notices[0]
    assert all(np.isfinite(run.loss).all() for run in result(state).runs)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"boxes": [[1, 2]]}, "no points"),
        ({"points": [[1, 2]]}, "2 to 500"),
        ({"points": [[1, 2, 3]] * 4}, "(N, 2)"),
        ({"points": [[1, 2], [3, 400]]}, "400"),
        ({"points": [[1, 2], [3, 4]], "start": [1, 2, 3]}, "two numbers"),
    ],
)
def test_data_that_does_not_fit_is_refused(document, words, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(json.dumps(document))
    with pytest.raises(BadData) as caught:
        SCENE.take_data(state_with(), tmp_path / "bad.json")
    assert words in str(caught.value)


# ---------------------------------------------------------------------------- lines and places


def test_what_is_out_of_view_is_cut_off():
    segments = np.array([[(-5, 0), (5, 0)], [(0, 0), (0.5, 0.5)], [(2, 2), (3, 9)], [(0, -9), (0, 9)]], float)
    found = clipped(segments, (-1, -1, 1, 1))
    np.testing.assert_allclose(found, [[(-1, 0), (1, 0)], [(0, 0), (0.5, 0.5)], [(0, -1), (0, 1)]])
    np.testing.assert_allclose(through((2.0, 0.0), (-1, -1, 1, 1)), [[(-0.5, -1), (0.5, 1)]])
    assert through((0.0, 5.0), (-1, -1, 1, 1)).shape == (0, 2, 2)
    assert through((np.inf, 5.0), (-1, -1, 1, 1)).shape == (0, 2, 2)


def test_the_dots_of_a_long_path_are_thinned_and_still_told_apart():
    assert vertices(5) == [0, 1, 2, 3, 4, 5]
    long = vertices(5000)
    assert len(long) <= 301
    assert long == sorted(set(long))
    assert (long[0], long[-1]) == (0, 5000)
    run = result(state_with("samples", batch_size="48", steps="100")).runs[1]
    assert run.updates == 4800
    assert update_at(run, 300) == 4800
    assert update_at(run, 999) == 0


# ---------------------------------------------------------------------------- questions, other code


def questions(state: State) -> list:
    return [(one.question, one.frame) for one in asked(SCENE, state)]


def test_it_asks_for_the_mean_and_the_sum_is_the_wrong_answer():
    question, frame = questions(state_with())[0]
    assert question.kind == "number"
    assert question.right == (float(frame.variables["grad_b"]),)
    answers = [choice.answer for choice in question.choices]
    assert 8 * question.right[0] in answers
    assert all(question.credit(answer) < 0.5 for answer in answers if answer not in question.right)
    assert "their mean, not their sum" in question.reveal
    alone, _ = questions(state_with("single"))[0]
    assert "The error of this one sample" in alone.text


@pytest.mark.parametrize(
    ("preset", "key"), [("single", "run single"), ("updates", "run mini"), ("full", "run full")]
)
def test_it_asks_where_an_update_leads_and_not_all_samples_decide(preset, key):
    places = [one for one in questions(state_with(preset)) if one[0].kind == "point"]
    assert places
    for question, frame in places:
        assert question.panel == key
        before, lr = frame.variables["path"][-1], frame.variables["lr"]
        after = before - lr * torch.stack([frame.variables["grad_w"], frame.variables["grad_b"]])
        assert question.right[0] == pytest.approx(after.tolist())
        wrong = [choice.answer for choice in question.choices if choice.answer not in question.right]
        assert all(question.credit(answer) < 0.5 for answer in wrong)


def test_a_run_of_other_code_is_drawn_as_it_is():
    state = state_with(steps="5")
    found, call = result(state), SCENE.listing(state.params, state.inputs)

    def summed(x, y, w, b, batch_size, lr, steps, generator, replacement):
        path = [torch.stack([w, b])]
        for update in range(steps):
            batch = torch.arange(batch_size) + update
            error = w * x[batch] + b - y[batch]
            grad_w = 2 * (error * x[batch]).sum()
            grad_b = 2 * error.sum()
            w, b = w - 0.1 * lr * grad_w, b - 0.1 * lr * grad_b
            path.append(torch.stack([w, b]))
        return torch.stack(path)

    trace = record(summed, **call.arguments)
    frame = next(f for f in trace.frames if "grad_b" in f.changed and f.variables["update"] == 2)
    moment = moment_of(frame, found)
    assert (moment.done, moment.update, moment.stage) == (2, 3, "gradient")
    np.testing.assert_allclose(moment.run.path[:3], trace.result[:3].numpy())
    assert np.isnan(moment.run.path[3:]).all()
    assert moment.batch.tolist() == list(range(2, 10))
    shown = SCENE.picture(replace(state, step=frame.index + 1), found, frame, None)
    np.testing.assert_array_equal(rings(shown, "cloud")[0], found.points[2:10])

"""Descent against its closed form on quadratics, torch.optim.SGD, and itself in its three shapes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from engine.functions.formula import parse
from engine.functions.surfaces import SURFACES, quadratic
from engine.optimization.descent import descend, descend_from, gradient_descent, is_lost
from engine.optimization.schedules import schedule

RATES = (0.01, 0.1, 0.25, 0.3, 0.49, 0.5, 0.51)


@pytest.mark.parametrize("lr", RATES)
def test_on_a_quadratic_each_direction_shrinks_by_one_minus_lr_times_curvature(lr: float) -> None:
    path = np.array(descend(quadratic(1.0, 4.0), (-3.2, 2.0), schedule("constant", lr), 60).path)
    n = np.arange(61)
    np.testing.assert_allclose(path[:, 0], -3.2 * (1 - lr) ** n, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(path[:, 1], 2.0 * (1 - 4 * lr) ** n, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("rotation", [0.0, 30.0, -72.0])
def test_a_turned_quadratic_shrinks_along_its_eigenvectors(rotation: float) -> None:
    surface, lr = quadratic(0.7, 5.0, rotation), 0.35
    path = np.array(descend(surface, (2.0, -1.0), schedule("constant", lr), 30).path)
    xx, xy, yy = surface.curvature_at(0, 0)
    values, vectors = np.linalg.eigh(np.array([[xx, xy], [xy, yy]]))
    expected = (path[0] @ vectors) * (1 - lr * values) ** np.arange(31)[:, None]
    np.testing.assert_allclose(path @ vectors, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("lr", "falls"), [(0.05, True), (0.4999, True), (0.5001, False), (0.8, False)])
def test_the_loss_falls_at_every_step_up_to_two_over_the_curvature(lr: float, falls: bool) -> None:
    losses = np.array(descend(quadratic(4.0, 4.0), (1.0, 1.0), schedule("constant", lr), 50).losses)
    assert bool((np.diff(losses) < 0).all()) is falls
    assert bool((np.diff(losses) > 0).all()) is not falls


@pytest.mark.parametrize("offset", [1e-2, 1e-6])
def test_off_the_ridge_of_a_saddle_it_grows_as_its_closed_form(offset: float) -> None:
    run = descend(SURFACES["saddle"], (-1.0, offset), schedule("constant", 0.1), 50)
    n = np.arange(51)
    np.testing.assert_allclose(np.array(run.path)[:, 1], offset * 1.2**n, rtol=1e-10)
    np.testing.assert_allclose(np.array(run.path)[:, 0], -(0.8**n), rtol=1e-10)


def test_on_the_ridge_it_stays_there() -> None:
    run = descend(SURFACES["saddle"], (-1.0, 0.0), schedule("constant", 0.1), 500)
    assert {y for _, y in run.path} == {0.0}


SCHEDULES = [
    ("constant", {}), ("step", {"every": 5, "factor": 0.5}), ("exponential", {"factor": 0.95}),
    ("cosine", {"steps": 40, "floor": 0.0}), ("warmup", {"steps": 40, "rise": 6, "floor": 0.001}),
    ("plateau", {"patience": 2, "factor": 0.5}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "numbers"), SCHEDULES)
@pytest.mark.parametrize("key", SURFACES)
def test_the_stepped_run_equals_the_plain_one_and_torchs_sgd(key: str, name, numbers) -> None:  # type: ignore[no-untyped-def]
    surface = SURFACES[key]
    jitter = 0.01 * torch.randn(40, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    plain = descend(surface, surface.start, schedule(name, surface.lr, **numbers), 40, jitter.tolist())
    start = torch.tensor(surface.start, dtype=torch.float64)
    stepped = gradient_descent(surface, start, schedule(name, surface.lr, **numbers), 40, jitter)
    torch.testing.assert_close(torch.tensor(plain.path, dtype=torch.float64), stepped, rtol=1e-10, atol=1e-10)

    point = start.clone().requires_grad_()
    optimizer = torch.optim.SGD([point], lr=1.0)
    for step, lr in enumerate(plain.rates):
        optimizer.param_groups[0]["lr"] = lr
        optimizer.zero_grad()
        surface.value(point[0], point[1]).backward()
        assert point.grad is not None
        point.grad += jitter[step]
        optimizer.step()
    torch.testing.assert_close(point.detach(), stepped[-1], rtol=1e-9, atol=1e-9)


def test_losses_and_gradients_are_those_of_the_path() -> None:
    surface = SURFACES["himmelblau"]
    run = descend(surface, surface.start, schedule("constant", 0.01), 30)
    path = torch.tensor(run.path, dtype=torch.float64)
    torch.testing.assert_close(torch.tensor(run.losses, dtype=torch.float64), surface.value(*path.T))
    gradients = torch.stack(surface.gradient(*path.T), -1)
    torch.testing.assert_close(torch.tensor(run.gradients, dtype=torch.float64), gradients)
    assert run.rates == [0.01] * 30


@pytest.mark.parametrize("key", ["rosenbrock", "beale", "himmelblau"])
def test_a_run_that_leaves_the_numbers_is_cut_off_there(key: str) -> None:
    surface = SURFACES[key]
    run = descend(surface, surface.start, schedule("constant", 3.0), 200)
    assert run.lost
    assert 1 <= len(run.path) < 201
    assert len(run.losses) == len(run.path) == len(run.gradients) == len(run.rates) + 1
    assert np.isfinite(run.path).all()
    assert np.isfinite(run.losses).all()
    start = torch.tensor(surface.start, dtype=torch.float64)
    stepped = gradient_descent(surface, start, schedule("constant", 3.0), 200)
    assert stepped.shape == (len(run.path), 2)


def test_no_steps_are_the_start_alone() -> None:
    run = descend(SURFACES["ravine"], (1.0, 2.0), schedule("constant", 0.1), 0)
    assert run.path == [(1.0, 2.0)]
    assert run.rates == []
    assert not run.lost


def test_a_start_without_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match=r"start is \(-1, 0\), where the surface has no value"):
        descend(parse("log(x)"), (-1.0, 0.0), schedule("constant", 0.1), 5)


def test_a_path_that_walks_out_of_the_domain_is_cut_off() -> None:
    run = descend(parse("log(x)"), (0.5, 0.0), schedule("constant", 0.2), 50)
    assert run.lost
    assert all(x > 0 for x, _ in run.path)


def test_lost_is_what_numbers_cannot_say() -> None:
    assert is_lost(math.nan, 0, 0)
    assert is_lost(0, math.inf, 0)
    assert is_lost(0, 0, 1e200)
    assert not is_lost(-1e100, 1e100, 0)


@pytest.mark.parametrize("key", SURFACES)
def test_many_starts_at_once_end_where_each_ends_alone(key: str) -> None:
    surface = SURFACES[key]
    x1, y1, x2, y2 = surface.view
    y, x = torch.meshgrid(
        torch.linspace(y1, y2, 5, dtype=torch.float64), torch.linspace(x1, x2, 6, dtype=torch.float64), indexing="ij"
    )  # fmt: skip
    rates = [surface.lr / 10] * 25
    ends = torch.stack(descend_from(surface, x, y, rates), -1).reshape(-1, 2)
    for end, start in zip(ends.tolist(), torch.stack([x, y], -1).reshape(-1, 2).tolist(), strict=True):
        run = descend(surface, (start[0], start[1]), schedule("constant", surface.lr / 10), 25)
        if run.lost:
            assert any(map(math.isnan, end))
        else:
            assert end == pytest.approx(run.path[-1], rel=1e-9, abs=1e-9)


def test_on_a_convex_surface_every_start_reaches_the_same_place() -> None:
    y, x = torch.meshgrid(*(torch.linspace(-3, 3, 20, dtype=torch.float64),) * 2, indexing="ij")
    ends = torch.stack(descend_from(quadratic(1, 4, 25), x, y, [0.3] * 200), -1)
    assert ends.abs().max() < 1e-10

"""Batches on a line fit: against torch.optim and autograd, numpy's least squares, and every batch there is."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

from engine.optimization.batches import (
    batches_of,
    descent_path,
    draws_of,
    expected_std,
    gradient_estimates,
    losses_along,
    measured_std,
    train,
)
from engine.optimization.line_fit import best_line, curvature, loss_at, sample_gradients

CLOSE = {"rtol": 1e-10, "atol": 1e-10}


def points_of(count: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(count, 2, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def generator(seed: int = 3) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def torch_path(
    points: torch.Tensor, start: torch.Tensor, batches: list[torch.Tensor], lr: float
) -> torch.Tensor:
    """The same run by torch.optim.SGD and autograd."""
    weights = start.clone().requires_grad_()
    optimizer = torch.optim.SGD([weights], lr=lr)
    path = [start]
    for batch in batches:
        optimizer.zero_grad()
        x, y = points[batch].unbind(1)
        torch.nn.functional.mse_loss(weights[0] * x + weights[1], y).backward()
        optimizer.step()
        path.append(weights.detach().clone())
    return torch.stack(path)


# ---------------------------------------------------------------------------- the loss and its gradients


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_the_full_gradient_is_the_mean_of_the_samples_and_what_autograd_says(count):
    points, weights = points_of(count), torch.tensor([0.7, -1.3], dtype=torch.float64, requires_grad=True)
    x, y = points.unbind(1)
    ((weights[0] * x + weights[1] - y) ** 2).mean().backward()
    found = sample_gradients(points, weights.detach())
    assert found.shape == (count, 2)
    torch.testing.assert_close(found.mean(0), weights.grad, **CLOSE)
    one = torch.func.jacrev(lambda p: (p[0] * x + p[1] - y) ** 2)(weights.detach())
    torch.testing.assert_close(found, one, **CLOSE)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("count", [2, 3, 50])
def test_the_best_line_is_that_of_lstsq(seed, count):
    points = points_of(count, seed)
    best, least = best_line(points)
    x, y = points.numpy().T
    wanted, *_ = np.linalg.lstsq(np.stack([x, np.ones(count)], 1), y, rcond=None)
    np.testing.assert_allclose(best.numpy(), wanted, rtol=1e-9, atol=1e-10)
    assert float(least) == pytest.approx(float(np.mean((wanted[0] * x + wanted[1] - y) ** 2)), abs=1e-10)


@pytest.mark.parametrize("x", [0.0, 2.5, -7.0])
def test_where_all_x_are_alike_it_is_the_shortest_of_the_best(x):
    points = points_of(5)
    points[:, 0] = x
    best, _ = best_line(points)
    wanted, *_ = np.linalg.lstsq(np.stack([np.full(5, x), np.ones(5)], 1), points[:, 1].numpy(), rcond=None)
    np.testing.assert_allclose(best.numpy(), wanted, atol=1e-10)


def test_the_loss_by_the_way_from_the_best_line_is_the_mean_squared_error():
    points, weights = points_of(31), 3 * points_of(200, 1)
    x, y = points.unbind(1)
    direct = ((weights[:, :1] * x + weights[:, 1:] - y) ** 2).mean(1)
    torch.testing.assert_close(loss_at(points, weights), direct, **CLOSE)
    hessian = torch.autograd.functional.hessian(lambda p: ((p[0] * x + p[1] - y) ** 2).mean(), weights[0])
    torch.testing.assert_close(2 * curvature(points), hessian, **CLOSE)


# ---------------------------------------------------------------------------- the runs


@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("size", [1, 5, 8, 23])
def test_a_run_is_that_of_torch_and_of_the_loop_one_steps_through(size, replacement):
    points, start, lr = points_of(23), torch.tensor([-1.5, 3.0], dtype=torch.float64), 0.05
    batches = batches_of(23, size, generator(), updates=40, replacement=replacement)
    taken = list(batches.order.split(batches.sizes.tolist()))
    path = descent_path(points, start, batches, lr)
    torch.testing.assert_close(path, torch_path(points, start, taken, lr), **CLOSE)
    stepped = train(points[:, 0], points[:, 1], start[0], start[1], size, lr, 40, generator(), replacement)
    torch.testing.assert_close(stepped, path, **CLOSE)
    torch.testing.assert_close(losses_along(points, path)[-1], loss_at(points, path[-1]), **CLOSE)


@pytest.mark.parametrize("size", [1, 4, 7, 12])
def test_a_pass_reads_every_sample_once(size):
    batches = batches_of(12, size, generator(), updates=3 * math.ceil(12 / size))
    assert int(batches.read[-1]) == 36
    assert (batches.order.view(3, 12).sort(1).values == torch.arange(12)).all()
    assert set(batches.sizes.tolist()) <= {size, 12 % size}


@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("samples", [0, 5, 12, 24, 100])
@pytest.mark.parametrize("size", [1, 5, 12])
def test_as_many_updates_as_the_samples_pay_for(samples, size, replacement):
    batches = batches_of(12, size, generator(), samples=samples, replacement=replacement)
    longer = batches_of(12, size, generator(), updates=len(batches) + 1, replacement=replacement)
    assert int(batches.read[-1]) <= samples < int(longer.read[-1])
    assert len(batches.order) == int(batches.read[-1])
    assert (longer.order[: len(batches.order)] == batches.order).all()


def test_a_path_that_leaves_all_bounds_has_an_infinite_loss():
    points = 50 * points_of(9)
    path = descent_path(points, points.new_zeros(2), batches_of(9, 1, generator(), updates=200), 1.0)
    assert path.shape == (201, 2)
    loss = losses_along(points, path)
    assert not loss.isnan().any()
    assert loss[-1] == math.inf


def test_it_stays_in_the_type_it_was_given():
    points = points_of(6, dtype=torch.float32)
    batches = batches_of(6, 2, generator(), updates=4)
    path = descent_path(points, points.new_zeros(2), batches, 0.1)
    assert path.dtype == loss_at(points, path).dtype == torch.float32
    assert expected_std(sample_gradients(points, path[0]), batches.sizes).dtype == torch.float32


# ---------------------------------------------------------------------------- estimates and their spread


@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("count", [2, 4, 5])
def test_the_law_holds_over_every_batch_there_is(count, replacement):
    """Over all batches the estimates are right on average, and as far off as the law says, to 1e-10."""
    gradients = sample_gradients(points_of(count), torch.tensor([0.3, -0.8], dtype=torch.float64))
    for size in range(1, count + 1):
        every = itertools.product(range(count), repeat=size) if replacement else itertools.combinations(
            range(count), size
        )  # fmt: skip
        estimates = gradient_estimates(gradients, torch.tensor(list(every)))
        torch.testing.assert_close(estimates.mean(0), gradients.mean(0), **CLOSE)
        spread = (estimates - gradients.mean(0)).square().sum(1).mean().sqrt()
        law = expected_std(gradients, torch.tensor([size]), replacement)
        torch.testing.assert_close(law[0], spread, rtol=1e-10, atol=1e-10)


def test_without_replacement_nothing_is_left_to_chance_at_the_end():
    gradients = sample_gradients(points_of(20), torch.tensor([1.0, 1.0], dtype=torch.float64))
    sizes = torch.tensor([1, 20])
    once, again = expected_std(gradients, sizes), expected_std(gradients, sizes, replacement=True)
    assert once[0] == again[0]
    assert once[1] == 0
    torch.testing.assert_close(again[1], again[0] / math.sqrt(20), **CLOSE)


@pytest.mark.parametrize("replacement", [False, True])
def test_what_is_measured_is_the_root_mean_square_over_the_draws(replacement):
    gradients = sample_gradients(points_of(17), torch.tensor([0.1, 0.2], dtype=torch.float64))
    draws, sizes = draws_of(17, 4000, generator(), replacement), torch.tensor([1, 2, 9, 16])
    if not replacement:
        assert (draws.sort(1).values == torch.arange(17)).all()
    measured = measured_std(gradients, draws, sizes)
    g, d = gradients.numpy(), draws.numpy()
    for size, found in zip(sizes.tolist(), measured.tolist(), strict=True):
        away = g[d[:, :size]].mean(1) - g.mean(0)
        assert found == pytest.approx(float(np.sqrt((away**2).sum(1).mean())), abs=1e-10)
    torch.testing.assert_close(measured, expected_std(gradients, sizes, replacement), rtol=0.06, atol=0)


def test_one_sample_has_no_spread():
    gradients = sample_gradients(points_of(1), torch.zeros(2, dtype=torch.float64))
    one = torch.tensor([1])
    assert expected_std(gradients, one) == 0
    assert measured_std(gradients, draws_of(1, 10, generator()), one) == 0


# ---------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (torch.zeros(3), "it takes"),
        (torch.zeros(0, 2), "at least one point"),
        (torch.zeros(3, 3), "(N, 2)"),
        (torch.zeros(3, 2, dtype=torch.int64), "float32 or float64"),
        (torch.tensor([[0.0, math.nan]]), "finite"),
        (torch.tensor([[0.0, math.inf]]), "finite"),
    ],
)
def test_what_is_no_set_of_points_is_refused(points, words):
    with pytest.raises(ValueError, match="points") as caught:
        best_line(points)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"count": 0, "batch_size": 1, "updates": 1}, "count"),
        ({"count": 3, "batch_size": 0, "updates": 1}, "batch_size"),
        ({"count": 3, "batch_size": 4, "updates": 1}, "batch_size"),
        ({"count": 3, "batch_size": 1}, "updates and samples"),
        ({"count": 3, "batch_size": 1, "updates": 1, "samples": 1}, "updates and samples"),
    ],
)
def test_batches_that_cannot_be_are_refused(given, name):
    with pytest.raises(ValueError, match=name):
        batches_of(**given, generator=generator())


# ---------------------------------------------------------------------------- the numbers told


def test_with_a_plus_sign_the_loss_grows_from_the_first_step():
    points = points_of(30)
    uphill = descent_path(points, points.new_ones(2), batches_of(30, 30, generator(), updates=20), -0.05)
    assert (losses_along(points, uphill).diff() > 0).all()


def test_the_numbers_of_the_lesson_are_right():
    passes = [len(batches_of(48, size, generator(), samples=5 * 48)) for size in (48, 8, 1)]
    assert passes == [5, 30, 240]
    gradients = sample_gradients(points_of(16), torch.tensor([0.5, 0.5], dtype=torch.float64))
    one, many = expected_std(gradients, torch.tensor([1, 16]), replacement=True).tolist()
    assert 12 * many / one == pytest.approx(3)
    assert expected_std(gradients, torch.tensor([16])) == 0
    points = points_of(6)
    weights = torch.tensor([0.2, -0.4], dtype=torch.float64)
    copies = sample_gradients(points.repeat(16, 1), weights)
    torch.testing.assert_close(copies.mean(0), sample_gradients(points, weights).mean(0), **CLOSE)

"""The named surfaces against autograd, numpy and what is known of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from engine.functions.surface import Surface
from engine.functions.surfaces import SURFACES, quadratic
from tests.engine.functions.oracles import autograd_gradient, autograd_hessian, points_in

NAMES = list(SURFACES)


def test_the_surfaces_are_those_promised() -> None:
    assert NAMES == ["quadratic", "ravine", "saddle", "rosenbrock", "beale", "himmelblau", "rastrigin"]
    assert all(SURFACES[name].name == name for name in NAMES)


ELSEWHERE = {  # the same functions as torch users write them
    "quadratic": lambda x, y: (x**2 + 4 * y**2) / 2,
    "ravine": lambda x, y: 0.1 * x**2 + 2 * y**2,
    "saddle": lambda x, y: x**2 - y**2,
    "rosenbrock": lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
    "beale": lambda x, y: (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2,
    "himmelblau": lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
    "rastrigin": lambda x, y: (
        20 + x**2 - 10 * torch.cos(2 * math.pi * x) + y**2 - 10 * torch.cos(2 * math.pi * y)
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_value_gradient_and_hessian_equal_autograd(name: str) -> None:
    surface, other = SURFACES[name], ELSEWHERE[name]
    x, y = points_in(surface.view, 200)
    torch.testing.assert_close(surface.value(x, y), other(x, y), rtol=1e-12, atol=1e-12)
    gradient = torch.stack(surface.gradient(x, y))
    torch.testing.assert_close(gradient, autograd_gradient(other, x, y), rtol=1e-11, atol=1e-10)
    torch.testing.assert_close(surface.hessian(x, y), autograd_hessian(other, x, y), rtol=1e-11, atol=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_equals_central_differences(name: str) -> None:
    surface, step = SURFACES[name], 1e-5
    x, y = points_in(surface.view, 50, seed=1)
    across = (surface.value(x + step, y) - surface.value(x - step, y)) / (2 * step)
    up = (surface.value(x, y + step) - surface.value(x, y - step)) / (2 * step)
    torch.testing.assert_close(
        torch.stack(surface.gradient(x, y)), torch.stack([across, up]), rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("name", NAMES)
def test_plain_numbers_equal_tensors(name: str) -> None:
    surface = SURFACES[name]
    x, y = points_in(surface.view, 20, seed=2)
    slopes = [surface.slope_at(*p) for p in zip(x.tolist(), y.tolist(), strict=True)]
    expected = torch.stack([surface.value(x, y), *surface.gradient(x, y)], -1)
    torch.testing.assert_close(torch.tensor(slopes, dtype=torch.float64), expected, rtol=1e-13, atol=1e-12)
    curvatures = [surface.curvature_at(*p) for p in zip(x.tolist(), y.tolist(), strict=True)]
    hessian = surface.hessian(x, y)
    expected = torch.stack([hessian[:, 0, 0], hessian[:, 0, 1], hessian[:, 1, 1]], -1)
    torch.testing.assert_close(
        torch.tensor(curvatures, dtype=torch.float64), expected, rtol=1e-13, atol=1e-12
    )


@pytest.mark.parametrize("name", NAMES)
def test_minima_are_flat_lowest_in_view_and_bowl_shaped(name: str) -> None:
    surface = SURFACES[name]
    x1, y1, x2, y2 = surface.view
    grid = torch.meshgrid(
        torch.linspace(x1, x2, 201, dtype=torch.float64),
        torch.linspace(y1, y2, 201, dtype=torch.float64),
        indexing="xy",
    )
    lowest = surface.value(*grid).min().item()
    for x, y in surface.minima:
        assert x1 <= x <= x2
        assert y1 <= y <= y2
        value, across, up = surface.slope_at(x, y)
        assert abs(across) < 1e-9
        assert abs(up) < 1e-9
        assert value <= lowest + 1e-9
        xx, xy, yy = surface.curvature_at(x, y)
        assert np.linalg.eigvalsh(np.array([[xx, xy], [xy, yy]])).min() > 0


@pytest.mark.parametrize("name", NAMES)
def test_the_start_lies_in_the_view_and_a_step_goes_down(name: str) -> None:
    surface = SURFACES[name]
    (x, y), (x1, y1, x2, y2) = surface.start, surface.view
    assert x1 < x < x2
    assert y1 < y < y2
    value, across, up = surface.slope_at(x, y)
    assert surface.slope_at(x - surface.lr * across, y - surface.lr * up)[0] < value


@pytest.mark.parametrize("rotation", [0.0, 30.0, 90.0, -45.0, 117.3])
@pytest.mark.parametrize(("one", "other"), [(1.0, 4.0), (-2.0, 3.0), (0.0, 1.0), (2.0, 2.0), (25.0, 0.04)])
def test_the_curvatures_of_a_quadratic_are_its_eigenvalues(one: float, other: float, rotation: float) -> None:
    surface = quadratic(one, other, rotation)
    xx, xy, yy = surface.curvature_at(0.3, -0.7)
    values, vectors = np.linalg.eigh(np.array([[xx, xy], [xy, yy]]))
    np.testing.assert_allclose(values, sorted((one, other)), rtol=1e-12, atol=1e-12)
    if one != other:
        axis = np.array([math.cos(math.radians(rotation)), math.sin(math.radians(rotation))])
        found = vectors[:, 0 if one < other else 1]
        assert abs(abs(axis @ found) - 1) < 1e-12
    assert surface.minima == (((0.0, 0.0),) if min(one, other) > 0 else ())


def test_a_quadratic_wants_finite_numbers() -> None:
    with pytest.raises(ValueError, match="curvature_y is inf"):
        quadratic(1, math.inf)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3, 4)])
@pytest.mark.parametrize("name", NAMES)
def test_any_shape_and_dtype(name: str, shape: tuple[int, ...], dtype: torch.dtype) -> None:
    surface: Surface = SURFACES[name]
    x, y = torch.ones(shape, dtype=dtype), torch.zeros(shape, dtype=dtype)
    results = [surface.value(x, y), *surface.gradient(x, y)]
    assert all(r.shape == shape and r.dtype == dtype for r in results)
    assert surface.hessian(x, y).shape == (*shape, 2, 2)
    assert surface.hessian(x, y).dtype == dtype


def test_float32_and_float64_agree_on_the_cuda_device() -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    surface = SURFACES["rastrigin"]
    x, y = points_in(surface.view, 100)
    torch.testing.assert_close(surface.value(x.cuda(), y.cuda()).cpu(), surface.value(x, y))


@pytest.mark.parametrize("name", NAMES)
def test_autograd_goes_through_the_value(name: str) -> None:
    surface = SURFACES[name]
    x, y = points_in(surface.view, 10)
    torch.testing.assert_close(
        autograd_gradient(surface.value, x, y), torch.stack(surface.gradient(x, y)), rtol=1e-11, atol=1e-11
    )


def test_far_away_values_are_infinite_or_nan_and_no_error() -> None:
    for surface in SURFACES.values():
        for point in ((1e200, 1e200), (math.inf, 0.0), (math.nan, 1.0)):
            assert len(surface.slope_at(*point)) == 3
            assert len(surface.curvature_at(*point)) == 3

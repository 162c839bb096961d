"""Critical points against what is known of the surfaces, eigenvalues against numpy."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.functions.formula import parse
from engine.functions.surfaces import SURFACES, quadratic
from engine.optimization.critical import critical_points, eigen, kind_of

NUMBERS = st.floats(-1e3, 1e3, allow_subnormal=False)


@settings(max_examples=300, deadline=None)
@given(NUMBERS, NUMBERS, NUMBERS)
def test_eigenvalues_and_directions_equal_numpys(xx: float, xy: float, yy: float) -> None:
    matrix = np.array([[xx, xy], [xy, yy]])
    low, high, angle = (t.item() for t in eigen(*torch.tensor([xx, xy, yy], dtype=torch.float64)))
    size = np.abs(matrix).max()
    np.testing.assert_allclose(
        [low, high], np.linalg.eigvalsh(matrix), rtol=1e-10, atol=1e-10 * max(size, 1e-10)
    )
    axis = np.array([np.cos(angle), np.sin(angle)])
    np.testing.assert_allclose(matrix @ axis, high * axis, atol=1e-9 * max(size, 1e-9))


def test_eigenvalues_of_a_batch() -> None:
    random = torch.randn(3, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    low, high, angle = eigen(*random)
    matrices = torch.stack(
        [torch.stack([random[0], random[1]], -1), torch.stack([random[1], random[2]], -1)], -2
    )
    np.testing.assert_allclose(torch.stack([low, high], -1), np.linalg.eigvalsh(matrices.numpy()), atol=1e-12)
    assert angle.shape == (4, 5)


@pytest.mark.parametrize(
    ("low", "high", "kind"),
    [(1, 2, "minimum"), (-2, -1, "maximum"), (-1, 1, "saddle"), (0, 1, "flat"), (-1, 0, "flat"), (0, 0, "flat"),
     (1e-12, 1, "flat"), (1e-20, 2e-20, "minimum")],
)  # fmt: skip
def test_the_signs_of_the_eigenvalues_decide(low: float, high: float, kind: str) -> None:
    assert kind_of(low, high) == kind


@pytest.mark.parametrize(
    ("key", "kinds"),
    [
        ("quadratic", {"minimum": 1}), ("ravine", {"minimum": 1}), ("saddle", {"saddle": 1}),
        ("rosenbrock", {"minimum": 1}), ("himmelblau", {"minimum": 4, "saddle": 4, "maximum": 1}),
        ("rastrigin", {"minimum": 63, "saddle": 110, "maximum": 48}),
    ],
)  # fmt: skip
def test_the_critical_points_of_the_surfaces(key: str, kinds: dict[str, int]) -> None:
    """Himmelblau's nine are well known; of Rastrigin there are 9 x 7 minima, 8 x 6 maxima, 9 x 6 + 8 x 7 saddles."""
    surface = SURFACES[key]
    found = critical_points(surface)
    assert Counter(c.kind for c in found) == kinds
    for c in found:
        _, across, up = surface.slope_at(c.x, c.y)
        assert abs(across) < 1e-6
        assert abs(up) < 1e-6
    for x, y in surface.minima:
        assert any(c.kind == "minimum" and abs(c.x - x) + abs(c.y - y) < 1e-8 for c in found)


def test_beale_has_a_minimum_and_a_saddle_at_0_1() -> None:
    found = {(round(c.x, 6), round(c.y, 6)): c.kind for c in critical_points(SURFACES["beale"])}
    assert found[3.0, 0.5] == "minimum"
    assert found[0.0, 1.0] == "saddle"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [("x^2 + y^4/4 - y^2/2", {"minimum": 2, "saddle": 1}), ("-x^2 - y^2", {"maximum": 1}), ("x + y", {}),
     ("3", {}), ("sqrt(x) + y^2", {}), ("x*y", {"saddle": 1}), ("1/x + y^2", {})],
)  # fmt: skip
def test_the_critical_points_of_formulas(text: str, kinds: dict[str, int]) -> None:
    assert Counter(c.kind for c in critical_points(parse(text))) == kinds


def test_a_concave_quadratic_has_a_maximum() -> None:
    assert [c.kind for c in critical_points(quadratic(-1, -2))] == ["maximum"]
    assert [c.kind for c in critical_points(quadratic(-1, 2))] == ["saddle"]

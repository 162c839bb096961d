"""Landscapes: heights that keep the order, holes where there is no value, ground that is kept; reliefs."""

from __future__ import annotations

import numpy as np
import pytest

from engine.functions.formula import parse
from engine.functions.surfaces import SURFACES
from scenes.optimization.landscape import ground, landscape_of
from scenes.optimization.relief import faces_of, lifted
from scenes.picture import Heatmap


@pytest.mark.parametrize("name", SURFACES)
def test_heights_keep_the_order_and_undo_their_values(name: str) -> None:
    scale = landscape_of(SURFACES[name]).scale
    values = np.linspace(scale.low, scale.high, 500)
    heights = scale.heights(values)
    assert heights[0] == 0
    assert heights[-1] == pytest.approx(1)
    assert (np.diff(heights) > 0).all()
    for height in (0.0, 0.1, 0.5, 0.9, 1.0):
        assert scale.heights(np.array(scale.value(height))) == pytest.approx(height, abs=1e-9)


@pytest.mark.parametrize("name", SURFACES)
def test_the_middle_value_is_about_half_way_up(name: str) -> None:
    scene = landscape_of(SURFACES[name])
    assert 0.3 < np.median(scene.scale.heights(scene.nodes)) < 0.7


@pytest.mark.parametrize("name", SURFACES)
def test_contours_keep_to_the_surface_also_where_it_has_many_turns(name: str) -> None:
    land, surface = landscape_of(SURFACES[name]), SURFACES[name]
    x1, y1, x2, y2 = land.reach
    rows, columns = land.around.shape
    for row, column in ((0, 0), (rows - 1, columns - 1), (rows // 3, columns // 4)):
        x, y = x1 + (x2 - x1) * column / (columns - 1), y1 + (y2 - y1) * row / (rows - 1)
        assert land.around[row, column] == pytest.approx(surface.slope_at(x, y)[0])
    turns = np.diff(np.sign(np.diff(land.around, axis=1)), axis=1) != 0
    assert columns > 10 * turns.sum(1).mean()  # some places from one turn to the next


def test_the_top_row_of_the_map_is_the_upper_edge_of_the_view() -> None:
    levels = landscape_of(parse("y")).levels
    assert levels[0].min() > 250
    assert levels[-1].max() < 5
    right = landscape_of(parse("x")).levels
    assert right[:, -1].min() > 250


@pytest.mark.parametrize(
    ("text", "share"), [("log(x)", 0.5), ("sqrt(y)", 0.5), ("x", 1.0), ("log(-1-x^2)", 0.0), ("1/0*x", 0.0)]
)
def test_where_there_is_no_value_there_is_a_hole(text: str, share: float) -> None:
    scene = landscape_of(parse(text))
    known = 1.0 if scene.known is None else float(scene.known.mean())
    assert known == pytest.approx(share, abs=0.01)
    assert len(faces_of(scene, 30.0, 40.0).levels) == pytest.approx(share * 28 * 21, abs=60)


FORMULAS = [
    "3",
    "0",
    "1e300x",
    "1e-300x",
    "x/1e-308",
    "1/x",
    "exp(100x)",
    "-exp(exp(x))",
    "tan(x)",
    "x^-9",
    "1e308*(x+y)",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_any_formula_has_a_ground_that_can_be_drawn(text: str) -> None:
    scene = landscape_of(parse(text))
    heat, contours = ground(scene)
    assert isinstance(heat, Heatmap)
    assert heat.range[0] < heat.range[1]
    assert np.isfinite(heat.range).all()
    assert np.isfinite(contours.levels).all()  # type: ignore[attr-defined]


def test_the_ground_of_a_surface_is_kept() -> None:
    assert ground(landscape_of(SURFACES["beale"])) is ground(landscape_of(SURFACES["beale"]))


def test_the_ground_reaches_beyond_a_view_of_another_shape() -> None:
    """In a tall panel and in a wide one there is ground to the very edges."""
    scene = landscape_of(parse("(x - 2)^2 + 3*(y + 1)^2"))
    x1, y1, x2, y2 = scene.view
    left, low, right, high = scene.reach
    assert (right - left) / (y2 - y1) > 1.9
    assert (x2 - x1) / (high - low) < 0.75
    heat, contours = ground(scene)
    assert heat.extent == contours.extent == scene.reach  # type: ignore[attr-defined]
    levels = scene.levels
    row, column = np.argwhere(levels == levels.min()).mean(0)
    x = left + (column + 0.5) / levels.shape[1] * (right - left)
    y = high - (row + 0.5) / levels.shape[0] * (high - low)
    assert (x, y) == pytest.approx((2, -1), abs=0.05)


def test_seen_from_straight_above_the_relief_is_the_map() -> None:
    scene = landscape_of(SURFACES["himmelblau"])
    points = np.array([[-6.4, -4.8], [6.4, 4.8], [0.0, 0.0], [9.0, 0.0]])
    places = lifted(scene, points, np.zeros(4), 0.0, 90.0)
    np.testing.assert_allclose(places[:3], points[:3] / 6.4, atol=1e-9)
    assert np.isnan(places[3]).all()


def test_far_faces_come_first() -> None:
    faces = faces_of(landscape_of(parse("0*x")), 0.0, 30.0)
    up = faces.polygons[:, :, 1].mean(1)
    assert (np.diff(up) <= 1e-9).all()  # of a plain the far ones are higher on the picture

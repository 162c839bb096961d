"""Hues of places on a map: neighbours are told apart, and few places have one each."""

from __future__ import annotations

import numpy as np
import pytest

from engine.functions.surfaces import SURFACES
from engine.optimization.basins import minima_of
from scenes.optimization.hues import FEW, hues_of


@pytest.mark.parametrize("count", range(FEW + 1))
def test_few_places_have_a_hue_each(count: int) -> None:
    levels = hues_of(np.random.default_rng(1).normal(size=(count, 2)))
    assert len(set(levels.tolist())) == len(levels) == count
    assert ((levels >= 0) & (levels < 256)).all()


def test_rastrigins_neighbours_differ_and_all_hues_are_used() -> None:
    places = minima_of(SURFACES["rastrigin"]).numpy()
    levels = hues_of(places)
    assert len(set(levels.tolist())) == FEW
    apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    pairs = np.argwhere((apart > 0) & (apart < 1.5))  # beside one another, also across a corner
    assert len(pairs) > 200
    assert all(levels[one] != levels[other] for one, other in pairs)


def test_places_on_one_line_and_on_one_spot_have_hues() -> None:
    assert len(hues_of(np.zeros((20, 2)))) == 20
    line = hues_of(np.stack([np.arange(20.0), np.zeros(20)], 1))
    assert (np.diff(line) != 0).all()

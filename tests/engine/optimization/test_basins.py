"""Basins against one run after another, and the counter-example's own page."""

from __future__ import annotations

import math

import pytest
import torch

from engine.functions.formula import parse
from engine.functions.surfaces import SURFACES
from engine.optimization.basins import AWAY, FAR, NEAR, UNDER_WAY, blocks, ends, grid, minima_of
from engine.optimization.counterexample import online_adam
from engine.optimization.race import counterexample, slope_on, way
from engine.optimization.settings import NAMES, Name, settings_of
from engine.trace import record

HIMMELBLAU, VIEW = SURFACES["himmelblau"], SURFACES["himmelblau"].view


def one_by_one(name: Name, starts, rates, settings, rare=1):
    """What becomes of each start, from its whole way."""
    minima = minima_of(HIMMELBLAU)
    x1, y1, x2, y2 = VIEW
    found = []
    for start in starts.tolist():
        path = way(name, slope_on(HIMMELBLAU, rare), tuple(start), rates, settings).path
        here = [
            bool(abs(x - (x1 + x2) / 2) <= FAR * (x2 - x1) and abs(y - (y1 + y2) / 2) <= FAR * (y2 - y1))
            for x, y in path.tolist()
        ]
        if not here[-1]:
            found.append((AWAY, max((i + 1 for i, seen in enumerate(here) if seen), default=0)))
            continue
        to_all = (path[-1] - minima).norm(dim=1)
        apart = (path - minima[to_all.argmin()]).norm(dim=1) > NEAR * (x2 - x1)
        if apart[-1]:
            found.append((UNDER_WAY, len(rates)))
        else:
            found.append(
                (int(to_all.argmin()), max((i + 1 for i in range(len(path)) if apart[i]), default=0))
            )
    return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rare", [1, 3])
def test_a_map_is_what_its_starts_do_alone(name: Name, rare: int) -> None:
    lr = {"sgd": 0.01, "momentum": 0.004, "nesterov": 0.03, "adadelta": 1.0}.get(name, 0.2)
    rates, settings = [lr] * 50, settings_of(name)
    starts = grid(VIEW, 7, 5).reshape(-1, 2)
    end, steps = ends(name, HIMMELBLAU, starts, rates, settings, VIEW, minima_of(HIMMELBLAU), rare)
    assert list(zip(end.tolist(), steps.tolist(), strict=True)) == one_by_one(
        name, starts, rates, settings, rare
    )


def test_every_kind_of_end_is_told() -> None:
    starts = torch.tensor([[3.0, 2.0], [0.0, -0.5], [6.0, 4.5], [3.0, 1.0]], dtype=torch.float64)
    minima = minima_of(HIMMELBLAU)
    end, steps = ends("sgd", HIMMELBLAU, starts, [0.03] * 10, settings_of("sgd"), VIEW, minima)
    assert minima[end[0]].tolist() == pytest.approx([3, 2])
    assert steps[0] == 0
    assert end[2] == AWAY
    assert 1 <= steps[2] <= 10
    still, spent = ends("sgd", HIMMELBLAU, starts, [1e-6] * 10, settings_of("sgd"), VIEW, minima)
    assert still[1:].tolist() == [UNDER_WAY] * 3
    assert spent[1:].tolist() == [10] * 3


def test_without_minima_nothing_arrives() -> None:
    saddle = SURFACES["saddle"]
    assert minima_of(saddle).shape == (0, 2)
    starts = grid(saddle.view, 4, 4).reshape(-1, 2)  # none on the ridge itself
    end, _ = ends("sgd", saddle, starts, [0.1] * 300, settings_of("sgd"), saddle.view, minima_of(saddle))
    assert set(end.tolist()) == {AWAY}
    assert minima_of(parse("x^2")).shape == (0, 2)  # a whole line of them: none is its end


def test_minima_are_the_known_ones_and_the_lowest_comes_first() -> None:
    for surface in SURFACES.values():
        found = minima_of(surface)
        for known in surface.minima:
            assert (found - torch.tensor(known, dtype=torch.float64)).norm(dim=1).min() < 1e-8
        values = surface.value(found[:, 0], found[:, 1])
        assert (values.diff() > -1e-8).all()
    assert len(minima_of(SURFACES["rastrigin"])) == 63


def test_the_grid_stands_in_the_middles_of_equal_cells() -> None:
    places = grid((0.0, 0.0, 4.0, 2.0), 4, 2)
    assert places.shape == (2, 4, 2)
    assert places[0, :, 0].tolist() == [0.5, 1.5, 2.5, 3.5]
    assert places[:, 0, 1].tolist() == [0.5, 1.5]


@pytest.mark.parametrize(
    ("rows", "columns", "steps", "together"), [(5, 7, 3, 60), (200, 200, 1000, 10), (3, 1, 1, 9**9)]
)
def test_blocks_cover_every_row_once(rows: int, columns: int, steps: int, together: int) -> None:
    found = [row for block in blocks(rows, columns, steps, together) for row in range(rows)[block]]
    assert found == list(range(rows))


# ---------------------------------------------------------------------------- the counter-example


@pytest.mark.parametrize("amsgrad", [False, True])
@pytest.mark.parametrize("betas", [(0.0, 0.1), (0.9, 0.99)])
def test_the_page_of_the_counterexample_goes_the_live_way(amsgrad: bool, betas: tuple[float, float]) -> None:
    rates = [0.4 / math.sqrt(t) for t in range(1, 200)]
    s = settings_of("adam", beta1=betas[0], beta2=betas[1], amsgrad=amsgrad)
    went = way("adam", counterexample, (0.2, 0.0), rates, s, domain=1.0)
    path = online_adam(0.2, rates, *betas, amsgrad=amsgrad)
    assert path == pytest.approx(went.path[:, 0].tolist(), abs=1e-10)


def test_three_steps_of_the_counterexample_in_rates() -> None:
    """As the lesson says: 0.68 rates up by Adam, 0.35 down by AMSGrad."""
    for amsgrad, sum_of_three in ((False, 0.68), (True, -0.35)):
        trace = record(online_adam, start=0.0, rates=[1e-4] * 60, amsgrad=amsgrad)
        steps = [f.variables["step"] / 1e-4 for f in trace.frames if "step" in f.changed]
        assert -sum(steps[-3:]) == pytest.approx(sum_of_three, abs=5e-3)
        roots = [f.variables["v"] for f in trace.frames if "v" in f.changed]
        assert roots[-3:] == pytest.approx([8.21, 1.72, 1.07], abs=5e-3)

"""Schedules against torch.optim.lr_scheduler."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from engine.optimization.schedules import NAMES, Plateau, schedule

LR, STEPS = 0.37, 60


def torch_rates(
    make: Callable[[Any], Any], steps: int = STEPS, losses: list[float] | None = None
) -> list[float]:
    """The rates that torch's scheduler gives to the steps."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=LR)
    scheduler = make(optimizer)
    rates = []
    for step in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if losses is None:
            scheduler.step()
        else:
            scheduler.step(losses[step])
    return rates


def rates_of(name: Any, **numbers: Any) -> list[float]:
    rule = schedule(name, LR, **numbers)
    return [rule(step, math.nan) for step in range(STEPS)]


def warmup(optimizer: Any, rise: int, floor: float) -> Any:
    up = lr_scheduler.LinearLR(optimizer, 1 / rise, 1.0, max(rise - 1, 1))
    down = lr_scheduler.CosineAnnealingLR(optimizer, STEPS - rise, floor)
    return lr_scheduler.SequentialLR(optimizer, [up, down], [rise])


CASES = [
    ("constant", {}, lambda o: lr_scheduler.ConstantLR(o, 1.0)),
    ("step", {"every": 7, "factor": 0.5}, lambda o: lr_scheduler.StepLR(o, 7, 0.5)),
    ("step", {"every": 1, "factor": 0.9}, lambda o: lr_scheduler.StepLR(o, 1, 0.9)),
    ("exponential", {"factor": 0.93}, lambda o: lr_scheduler.ExponentialLR(o, 0.93)),
    ("cosine", {"steps": STEPS, "floor": 0.0}, lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS)),
    ("cosine", {"steps": STEPS, "floor": 0.1}, lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS, 0.1)),
    ("warmup", {"steps": STEPS, "rise": 10, "floor": 0.0}, lambda o: warmup(o, 10, 0.0)),
    ("warmup", {"steps": STEPS, "rise": 2, "floor": 0.05}, lambda o: warmup(o, 2, 0.05)),
]


@pytest.mark.parametrize(("name", "numbers", "make"), CASES)
@pytest.mark.filterwarnings("ignore:The epoch parameter in")  # torch's SequentialLR uses it itself
def test_rates_equal_torchs(name: str, numbers: dict[str, Any], make: Callable[[Any], Any]) -> None:
    assert rates_of(name, **numbers) == pytest.approx(torch_rates(make), rel=1e-10, abs=1e-14)


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.001, 10), min_size=2, max_size=40), st.integers(0, 6))
def test_the_plateau_equals_torchs(losses: list[float], patience: int) -> None:
    rule = Plateau(LR, patience, 0.5)
    ours = [rule(step, loss) for step, loss in enumerate([math.inf, *losses[:-1]])]
    theirs = torch_rates(
        lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=0.5, patience=patience, eps=0), len(losses), losses
    )
    assert ours == pytest.approx(theirs, rel=1e-10)


def test_a_warm_up_that_takes_all_the_steps_ends_at_its_rate() -> None:
    rule = schedule("warmup", LR, steps=8, rise=8, floor=0.0)
    rates = [rule(step, 0.0) for step in range(8)]
    assert rates == pytest.approx([LR * (step + 1) / 8 for step in range(8)])


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="name is 'linear'; it takes one of constant, step"):
        schedule("linear", LR)  # type: ignore[arg-type]


def test_every_name_has_its_schedule() -> None:
    numbers = {
        "step": {"every": 2, "factor": 0.5}, "exponential": {"factor": 0.5}, "cosine": {"steps": 4, "floor": 0.0},
        "warmup": {"steps": 4, "rise": 2, "floor": 0.0}, "plateau": {"patience": 1, "factor": 0.5},
    }  # fmt: skip
    for name in NAMES:
        assert 0 < schedule(name, LR, **numbers.get(name, {}))(0, 1.0) <= LR

"""The optimizers against torch.optim, step for step, and against what their papers prove."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.functions.formula import parse
from engine.functions.surface import Surface
from engine.functions.surfaces import SURFACES
from engine.optimization.optimizers import LISTINGS, root, share
from engine.optimization.race import SeenGradient, counterexample, slope_on, way
from engine.optimization.settings import NAMES, TORCH, Name, Settings, settings_of
from engine.trace import record

STEPS = 60
SPECIAL = {
    "momentum": ({"momentum": 0.5, "dampening": 0.3}, {"momentum": 0.0}, {"momentum": 0.9, "dampening": 0.9}),
    "nesterov": ({"momentum": 0.7},),
    "adagrad": ({"eps": 0.1},),
    "rmsprop": ({"rho": 0.9, "eps": 1e-4}, {"rho": 0.0}),
    "adadelta": ({"rho": 0.5, "eps": 1e-3},),
    "adam": ({"beta1": 0.0, "beta2": 0.5}, {"amsgrad": True, "beta2": 0.9}, {"eps": 0.1}),
    "adamw": ({"weight_decay": 0.3}, {"amsgrad": True, "beta2": 0.8}, {"weight_decay": 0.0}),
}
CASES = [
    pytest.param(name, changes, id=f"{name}-{changes}")
    for name in NAMES
    for changes in ({}, {"weight_decay": 0.05}, *SPECIAL.get(name, ()))
]
every_optimizer = pytest.mark.parametrize("name", NAMES)
PLAIN = parse("(x - 1)^2 + 3*(y + x/2)^2")


def of_torch(name: Name, w: Tensor, lr: float, s: Settings) -> torch.optim.Optimizer:
    """torch's own optimizer with the settings."""
    decay: dict[str, Any] = {"lr": lr, "weight_decay": s.weight_decay, "foreach": False}
    adam = {"betas": (s.beta1, s.beta2), "eps": s.eps, "amsgrad": s.amsgrad}
    make: dict[str, Callable[[], torch.optim.Optimizer]] = {
        "sgd": lambda: torch.optim.SGD([w], **decay),
        "momentum": lambda: torch.optim.SGD([w], momentum=s.momentum, dampening=s.dampening, **decay),
        "nesterov": lambda: torch.optim.SGD([w], momentum=s.momentum, nesterov=True, **decay),
        "adagrad": lambda: torch.optim.Adagrad([w], eps=s.eps, **decay),
        "rmsprop": lambda: torch.optim.RMSprop([w], alpha=s.rho, eps=s.eps, **decay),
        "adadelta": lambda: torch.optim.Adadelta([w], rho=s.rho, eps=s.eps, **decay),
        "adam": lambda: torch.optim.Adam([w], **adam, **decay),
        "adamw": lambda: torch.optim.AdamW([w], **adam, **decay),
    }
    return make[name]()


def torchs_path(
    name: Name, surface: Surface, start: tuple[float, float], rates: list[float], s: Settings, rare: int = 1
) -> Tensor:
    """The points (T + 1, 2) by torch.optim and autograd."""
    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = of_torch(name, w, rates[0], s)
    path = [w.detach().clone()]
    for t, lr in enumerate(rates, start=1):
        optimizer.param_groups[0]["lr"] = lr
        optimizer.zero_grad()
        surface.value(w[0], w[1]).backward()
        if t % rare:
            w.grad[1] = 0
        optimizer.step()
        path.append(w.detach().clone())
    return torch.stack(path)


def arguments(name: Name, s: Settings) -> dict[str, Any]:
    """What a listing takes of the settings."""
    code = LISTINGS[name].__code__
    wanted = code.co_varnames[3 : code.co_argcount]
    return {key: getattr(s, key) for key in wanted}


# ---------------------------------------------------------------------------- step for step as torch


@pytest.mark.parametrize(("name", "changes"), CASES)
@pytest.mark.parametrize("lr", [1e-3, 0.05])
def test_the_way_is_torchs(name: Name, changes: dict[str, Any], lr: float) -> None:
    s = settings_of(name, **changes)
    rates = [lr] * STEPS
    went = way(name, slope_on(PLAIN), (-1.5, 2.0), rates, s)
    right = torchs_path(name, PLAIN, (-1.5, 2.0), rates, s)
    torch.testing.assert_close(went.path, right, rtol=0, atol=1e-10)
    assert not torch.equal(right[0], right[1])


@every_optimizer
@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_on_every_surface_the_way_is_torchs(name: Name, surface: Surface) -> None:
    """By torch's own rates and settings, as far as the numbers go."""
    s, rates = settings_of(name), [TORCH["lr"][name]] * STEPS
    went = way(name, slope_on(surface), surface.start, rates, s)
    right = torchs_path(name, surface, surface.start, rates, s)
    assert right.isfinite().all()
    torch.testing.assert_close(went.path, right, rtol=0, atol=1e-10)
    losses = surface.value(right[:, 0], right[:, 1])
    torch.testing.assert_close(went.losses, losses, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("name", "changes"), CASES)
def test_the_listing_is_torchs(name: Name, changes: dict[str, Any]) -> None:
    s = settings_of(name, **changes)
    rates = [0.03] * 20
    start = torch.tensor([-1.5, 2.0], dtype=torch.float64)
    path = LISTINGS[name](SeenGradient(PLAIN), start, rates, **arguments(name, s))
    right = torchs_path(name, PLAIN, (-1.5, 2.0), rates, s)
    torch.testing.assert_close(path, right, rtol=0, atol=1e-10)
    assert start.tolist() == [-1.5, 2.0]


@every_optimizer
def test_a_listing_by_its_defaults_is_torch_by_its_own(name: Name) -> None:
    start, rates = torch.tensor([-1.5, 2.0], dtype=torch.float64), [0.02] * 15
    path = LISTINGS[name](SeenGradient(PLAIN), start, rates)
    right = torchs_path(name, PLAIN, (-1.5, 2.0), rates, settings_of(name))
    torch.testing.assert_close(path, right, rtol=0, atol=1e-10)
    w = torch.zeros(2, requires_grad=True)
    plain = {"sgd": "SGD", "momentum": "SGD", "nesterov": "SGD", "adagrad": "Adagrad", "rmsprop": "RMSprop"}
    kind = getattr(
        torch.optim, plain.get(name) or {"adadelta": "Adadelta", "adam": "Adam", "adamw": "AdamW"}[name]
    )
    group = kind([w]).param_groups[0]
    assert group["lr"] == TORCH["lr"][name]
    assert group["weight_decay"] == TORCH["weight_decay"][name]
    assert group.get("eps") == TORCH["eps"].get(name)
    assert group.get("rho", group.get("alpha")) == TORCH["rho"].get(name)


@every_optimizer
@pytest.mark.parametrize("variant", [{"eps_inside": True, "eps": 1e-3}, *(
    {"correction": c} for c in ("off", "m only", "index")), {"amsgrad": True, "beta2": 0.9}])  # fmt: skip
def test_listing_and_live_path_take_every_switch_alike(name: Name, variant: dict[str, Any]) -> None:
    """And every listing's variables are what the live path remembers."""
    s = settings_of(name, **variant)
    rates = [0.05] * 12
    took = arguments(name, s)
    start = torch.tensor([-1.5, 2.0], dtype=torch.float64)
    trace = record(
        LISTINGS[name], gradient=SeenGradient(PLAIN), start=start, rates=rates, **took, into=(root, share)
    )
    went = way(name, slope_on(PLAIN), (-1.5, 2.0), rates, s)
    torch.testing.assert_close(trace.result, went.path, rtol=0, atol=1e-10)
    last = trace.frames[-1].variables
    kept = {
        "sgd": (), "momentum": ("velocity",), "nesterov": ("velocity",), "adagrad": ("total",),
        "rmsprop": ("v",), "adadelta": ("v", "s"), "adam": ("m", "v", "highest"), "adamw": ("m", "v", "highest"),
    }[name]  # fmt: skip
    assert went.states.shape == (12, len(kept), 2)
    for number, key in enumerate(kept):
        torch.testing.assert_close(last[key], went.states[-1, number], rtol=1e-10, atol=1e-12)


@every_optimizer
def test_a_rare_slope_is_a_gradient_of_zero_in_torch(name: Name) -> None:
    s, rates = settings_of(name), [0.05] * 40
    went = way(name, slope_on(PLAIN, rare=7), (-1.5, 2.0), rates, s)
    torch.testing.assert_close(
        went.path, torchs_path(name, PLAIN, (-1.5, 2.0), rates, s, rare=7), rtol=0, atol=1e-10
    )
    assert went.slopes[:, 1].nonzero().flatten().tolist() == [6, 13, 20, 27, 34]
    start = torch.tensor([-1.5, 2.0], dtype=torch.float64)
    stepped = LISTINGS[name](SeenGradient(PLAIN, rare=7), start, rates, **arguments(name, s))
    torch.testing.assert_close(stepped, went.path, rtol=0, atol=1e-10)


@every_optimizer
def test_a_rate_changed_on_the_way_is_torchs(name: Name) -> None:
    """torch keeps the rate out of the velocity; a book's v = mu v + lr g differs once the rate changes."""
    rates = [0.05] * 10 + [0.005] * 10
    went = way(name, slope_on(PLAIN), (-1.5, 2.0), rates, settings_of(name))
    right = torchs_path(name, PLAIN, (-1.5, 2.0), rates, settings_of(name))
    torch.testing.assert_close(went.path, right, rtol=0, atol=1e-10)


def test_the_rate_within_the_velocity_is_the_same_only_while_it_is_constant() -> None:
    def in_books(rates: list[float]) -> Tensor:
        w, v = torch.tensor([-1.5, 2.0], dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
        for lr in rates:
            v = 0.9 * v + lr * SeenGradient(PLAIN)(w, 1)
            w = w - v
        return w

    for rates, same in (([0.05] * 20, True), ([0.05] * 10 + [0.005] * 10, False)):
        end = way("momentum", slope_on(PLAIN), (-1.5, 2.0), rates, settings_of("momentum")).path[-1]
        assert torch.allclose(end, in_books(rates), rtol=0, atol=1e-10) is same


# ---------------------------------------------------------------------------- what is known of them


def test_adagrads_first_step_and_accumulator_in_closed_form() -> None:
    """Its first step is the rate along every axis; on a constant slope g its k-th is lr / sqrt(k)."""
    went = way("adagrad", slope_on(parse("5*x - 0.01*y")), (0.0, 0.0), [0.1] * 50, settings_of("adagrad"))
    total = torch.arange(1, 51, dtype=torch.float64)[:, None] * torch.tensor(
        [25.0, 1e-4], dtype=torch.float64
    )
    torch.testing.assert_close(went.states[:, 0], total, rtol=1e-9, atol=0)
    steps = went.path.diff(dim=0).abs()
    fading = 0.1 / torch.arange(1, 51, dtype=torch.float64).sqrt()
    torch.testing.assert_close(steps, fading[:, None].expand(50, 2), rtol=1e-6, atol=0)


def test_a_rare_feature_takes_longer_steps_in_adagrad() -> None:
    """The same slope on both axes, seen at every tenth step along y: AdaGrad's rate there is sqrt(10) higher."""
    went = way("adagrad", slope_on(parse("x + y"), rare=10), (0.0, 0.0), [0.1] * 100, settings_of("adagrad"))
    across, up = (0.1 / went.states[-1, 0].sqrt()).tolist()
    assert up / across == pytest.approx(math.sqrt(10))


@pytest.mark.parametrize("name", ["adam", "adamw"])
@pytest.mark.parametrize(
    ("changes", "lengths"),
    [
        ({}, 1.0),
        ({"correction": "m only"}, 1 / math.sqrt(1e-3)),
        ({"correction": "off"}, 0.1 / math.sqrt(1e-3)),
        ({"correction": "index"}, 1.0),
    ],
)
def test_adams_first_step_in_rates(name: Name, changes: dict[str, Any], lengths: float) -> None:
    """Published, it is the rate along each axis, whatever the slope; with v for v-hat it is 31.6 of them."""
    s = settings_of(name, weight_decay=0.0, **changes)
    went = way(name, slope_on(parse("3*x + 40*y")), (0.0, 0.0), [0.01], s)
    assert went.path[-1].tolist() == pytest.approx([-0.01 * lengths] * 2, rel=1e-5)


def test_an_index_for_the_power_corrects_nothing_once_the_run_is_under_way() -> None:
    """1 - beta as a constant: m is ten times too large for ever, and v a thousand times."""
    slope, rates = slope_on(parse("x + y")), [0.01] * 5000
    right, wrong = (
        way("adam", slope, (0.0, 0.0), rates, settings_of("adam", correction=c)).path.diff(dim=0)
        for c in ("power", "index")
    )
    assert (wrong[-1] / right[-1]).tolist() == pytest.approx([10 / math.sqrt(1000)] * 2, rel=0.01)


def test_eps_inside_the_root_swallows_small_slopes() -> None:
    """X38 and X40: the first step in rates, for slopes so small that eps matters."""
    small, smaller = slope_on(parse("1e-4*x")), slope_on(parse("1e-5*x"))

    def first(name: Name, slope: Any, **changes: Any) -> float:
        return -way(name, slope, (0.0, 0.0), [1.0], settings_of(name, **changes)).path[1, 0].item()

    assert first("rmsprop", small, rho=0.9, eps=1e-6, eps_inside=True) == pytest.approx(0.10, abs=5e-3)
    assert first("rmsprop", small, rho=0.9, eps=1e-8) == pytest.approx(3.16, abs=5e-3)
    assert first("adam", smaller, eps_inside=True) == pytest.approx(0.10, abs=5e-3)
    assert first("adam", smaller) == pytest.approx(1.0, abs=2e-3)


def test_momentum_reaches_ten_times_the_speed() -> None:
    went = way("momentum", slope_on(parse("x")), (0.0, 0.0), [0.01] * 200, settings_of("momentum"))
    assert went.path.diff(dim=0)[-1, 0].item() == pytest.approx(-0.1, rel=1e-8)


def test_the_general_form_of_momentum_holds_sgd_and_a_running_mean() -> None:
    start, rates = (-1.5, 2.0), [0.05] * 30
    plain = way("sgd", slope_on(PLAIN), start, rates, settings_of("sgd")).path
    none = way("momentum", slope_on(PLAIN), start, rates, settings_of("momentum", momentum=0.0)).path
    torch.testing.assert_close(plain, none, rtol=0, atol=1e-12)
    mean = settings_of("momentum", momentum=0.9, dampening=0.9)
    went = way("momentum", slope_on(parse("2*x")), (0.0, 0.0), [0.05] * 30, mean)
    assert went.states[:, 0, 0].tolist() == pytest.approx(
        [2.0] * 30
    )  # the mean of a constant is the constant


def test_adadelta_is_blind_to_the_units_of_the_loss() -> None:
    """A thousand times the loss leaves its path where it was, but for eps; SGD's is another."""
    s = settings_of("adadelta", eps=1e-12)
    ways = [
        way("adadelta", slope_on(parse(f"{k}*(x^2 + 3*y^2)")), (1.0, -1.0), [1.0] * 100, s).path
        for k in (1, 1000)
    ]
    moved = (ways[0] - ways[0][0]).abs().max()
    assert (ways[0] - ways[1]).abs().max() < 1e-3 * moved


def test_the_counterexample_misleads_adam_and_not_amsgrad() -> None:
    rates = [0.5 / math.sqrt(t) for t in range(1, 501)]
    ends = {}
    for amsgrad in (False, True):
        s = settings_of("adam", beta1=0.0, beta2=0.1, amsgrad=amsgrad)
        went = way("adam", counterexample, (0.0, 0.0), rates, s, domain=1.0)
        assert went.path.abs().max() <= 1
        ends[amsgrad] = went.path[-3:, 0].mean().item()
    assert ends[False] > 0.95
    assert ends[True] < -0.9


@pytest.mark.parametrize("amsgrad", [False, True])
def test_on_the_counterexample_the_way_is_torchs(amsgrad: bool) -> None:
    s = settings_of("adam", beta1=0.0, beta2=0.1, amsgrad=amsgrad)
    went = way("adam", counterexample, (0.3, 0.0), [0.1] * 90, s, domain=1.0)
    w = torch.tensor([0.3, 0.0], dtype=torch.float64, requires_grad=True)
    optimizer = of_torch("adam", w, 0.1, s)
    for t in range(1, 91):
        w.grad = torch.tensor(counterexample(t, *w.tolist())[1:], dtype=torch.float64)
        optimizer.step()
        w.data.clamp_(-1, 1)
        torch.testing.assert_close(went.path[t], w.detach(), rtol=0, atol=1e-10)


# ---------------------------------------------------------------------------- where there is no going on


@every_optimizer
def test_a_run_that_leaves_the_numbers_ends_in_nan(name: Name) -> None:
    went = way(name, slope_on(parse("x^4 - y^4")), (10.0, 10.0), [1e200] * 9, settings_of(name))
    assert went.path[0].tolist() == [10, 10]
    assert went.path[-1].isnan().all()
    assert went.states.shape[0] == len(went.slopes) == 9


@every_optimizer
def test_nothing_moves_where_it_is_flat(name: Name) -> None:
    went = way(name, slope_on(parse("3 + 0*x")), (1.0, 2.0), [0.1] * 5, settings_of(name, weight_decay=0.0))
    assert went.path.tolist() == [[1, 2]] * 6
    assert went.losses.tolist() == [3] * 6


def test_without_eps_nothing_over_nothing_is_nan_as_in_torch() -> None:
    s = settings_of("adam", eps=0.0)
    assert way("adam", slope_on(parse("0*x")), (1.0, 2.0), [0.1] * 3, s).path[1:].isnan().all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"beta1": 1.0}, "beta1 is 1.0; it takes a number from 0 below 1"),
        ({"beta2": -0.1}, "beta2 is -0.1"),
        ({"eps": -1.0}, "eps is -1.0; it takes a number that is 0 or more"),
        ({"eps": math.nan}, "eps is nan"),
        ({"momentum": 1.5}, "momentum is 1.5; it takes a number from 0 up to 1"),
        ({"weight_decay": math.inf}, "weight_decay is inf"),
    ],
)
def test_bad_numbers_are_refused(changes: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        settings_of("adam", **changes)


def test_a_bad_start_or_rarity_is_refused() -> None:
    with pytest.raises(ValueError, match="start is"):
        way("sgd", slope_on(PLAIN), (math.nan, 0.0), [0.1], settings_of("sgd"))
    with pytest.raises(ValueError, match="rare is 0"):
        slope_on(PLAIN, rare=0)

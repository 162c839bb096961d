"""What the race works on and what comes of it: eight ways from one start, a twin, the map of basins."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.device import Engine
from engine.functions.formula import BadFormula, parse
from engine.functions.surface import Point, Surface, View
from engine.functions.surfaces import SURFACES
from engine.optimization.basins import blocks, ends, grid, minima_of
from engine.optimization.counterexample import online_adam
from engine.optimization.optimizers import LISTINGS, root, share
from engine.optimization.race import SeenGradient, Slope, Way, counterexample, slope_on, way
from engine.optimization.settings import NAMES, Correction, Name, Settings
from scenes.optimization.optimizers_labels import label_points
from scenes.optimization.optimizers_memory import Row, rows_of
from scenes.optimization.optimizers_rates import numbers_of, rates_of
from scenes.parameters import BadParameter, ByName, Follows, Help, Range, When
from scenes.scene import Call, locked

LARGEST = 10_000.0  # of a coordinate
GRIDS = (25, 50, 200)  # starts across and up, ever finer
SMALL_GRID = 40  # where the map is only asked for by name, not looked at
WHOLE = 20_000_000  # steps times starts that go together on a device of its own: some hundred megabytes

Coordinate = Annotated[float, Range(-LARGEST, LARGEST, step=0.001)]
Numbers = float | str | dict[str, float]
ADAMS = ("adam", "adamw")


def _rates(params: Params) -> dict[Name, float]:
    return rates_of(params.lr, surface_of(params))


def _rhos(params: Params) -> dict[Name, float]:
    return numbers_of("rho", params.rho, 0.9999)


def _epses(params: Params) -> dict[Name, float]:
    return numbers_of("eps", params.eps, 1e3)


def _decays(params: Params) -> dict[Name, float]:
    return numbers_of("weight_decay", params.weight_decay, 1e3)


@dataclass(frozen=True, kw_only=True)
class Params:
    """What a person may set."""

    surface: Annotated[
        Literal[
            "quadratic",
            "ravine",
            "saddle",
            "rosenbrock",
            "beale",
            "himmelblau",
            "rastrigin",
            "formula",
            "counterexample",
        ],
        Help("what is descended; the counter-example is a loss that changes from step to step"),
    ] = "ravine"
    formula: Annotated[str, Help("f(x, y), such as x^2 + 3 sin(y)"), When("surface", ("formula",))] = (
        "x^2 + y^4/4 - y^2/2"
    )
    show: Annotated[
        Literal["race", "basins"], Help("all from one start, or the chosen optimizer from every start")
    ] = "race"
    optimizer: Annotated[
        Literal["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adadelta", "adam", "adamw"],
        Help("the one looked at: its state, its steps, its basins"),
    ] = "adam"
    lr: Annotated[
        Numbers,
        Help('learning rates: a number, or by name such as {"adam": 0.1}; "tuned" to the surface, "torch"'),
        Follows("surface", always=True),
        ByName("optimizer", Range(1e-5, 10, log=True), _rates),
    ] = "tuned"
    steps: Annotated[int, Range(1, 1000), Help("how many steps each takes")] = 100
    lr_factor: Annotated[
        float, Range(0.01, 100, step=0.01, log=True), Help("multiplies every learning rate")
    ] = 1.0
    momentum: Annotated[
        float,
        Range(0, 0.99, step=0.01),
        Help("how much of the velocity is kept"),
        When("optimizer", ("momentum", "nesterov")),
    ] = 0.9
    dampening: Annotated[
        float,
        Range(0, 1, step=0.01),
        Help("how much of each new gradient is left out of the velocity"),
        When("optimizer", ("momentum",)),
    ] = 0.0
    rho: Annotated[
        Numbers,
        Help('how much RMSProp (alpha in torch) and Adadelta keep: a number, by name, or "torch"'),
        ByName("optimizer", Range(0, 0.9999, step=0.0001), _rhos),
        When("optimizer", ("rmsprop", "adadelta")),
    ] = "torch"
    beta1: Annotated[
        float,
        Range(0, 0.999, step=0.001),
        Help("how much of m, the running mean of the gradient, is kept"),
        When("optimizer", ADAMS),
    ] = 0.9
    beta2: Annotated[
        float,
        Range(0, 0.9999, step=0.0001),
        Help("how much of v, the running mean of its square, is kept"),
        When("optimizer", ADAMS),
    ] = 0.999
    bias_correction: Annotated[
        bool, Help("divide m and v by 1 - beta^t, for they began at 0"), When("optimizer", ADAMS)
    ] = True
    slip: Annotated[
        Literal["none", "v for v_hat", "index for power"],
        Help("a mistake found in print: v where v-hat belongs, or 1 - beta for 1 - beta^t"),
        When("optimizer", ADAMS),
        When("bias_correction", (True,)),
    ] = "none"
    amsgrad: Annotated[
        bool, Help("divide by the highest v so far, which never falls"), When("optimizer", ADAMS)
    ] = False
    eps_inside: Annotated[
        bool,
        Help("eps under the root instead of beside it"),
        When("optimizer", ("adagrad", "rmsprop", "adam", "adamw")),
    ] = False
    rare: Annotated[
        int, Range(1, 50), Help("the slope along y is seen at every n-th step only, as of a rare feature")
    ] = 1
    lr_drop: Annotated[
        float,
        Range(0.01, 1, step=0.01, log=True),
        Help("multiplies every rate from the middle of the run on"),
    ] = 1.0
    start: Annotated[
        tuple[Coordinate, ...],
        Help("where all begin: x, y; empty: where the surface shows its point"),
        Follows("surface", always=True),
    ] = ()
    optimizers: Annotated[
        tuple[Literal["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adadelta", "adam", "adamw"], ...],
        Help("those that race"),
    ] = NAMES
    eps: Annotated[
        Numbers,
        Help('against a division by 0: a number, by name, or "torch"'),
        ByName("optimizer", Range(1e-12, 1, log=True), _epses),
    ] = "torch"
    weight_decay: Annotated[
        Numbers,
        Help('pulls towards the origin: a number, by name, or "torch"'),
        ByName("optimizer", Range(0, 1, step=0.001), _decays),
    ] = "torch"


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """The step that the dots on the ways stand at."""

    at: int = 12


@dataclass(frozen=True, kw_only=True, eq=False)
class Track:
    """A way as arrays: path (T + 1, 2), losses (T + 1,), slopes (T, 2), states (T, K, 2)."""

    path: NDArray[np.float64]
    losses: NDArray[np.float64]
    slopes: NDArray[np.float64]
    states: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Basins:
    """Where each start of a grid ends, and after how many steps, both (R, C), row 0 at the lowest y."""

    minima: NDArray[np.float64]  # (K, 2), the lowest first
    ends: NDArray[np.int64]  # the number of a minimum, -1 under way, -2 run away
    steps: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Race:
    """All that a state says, checked. `surface` is None for the counter-example."""

    surface: Surface | None
    start: Point
    view: View
    names: tuple[Name, ...]
    chosen: Name
    rates: dict[Name, float]
    schedule: tuple[float, ...]  # what the rates are multiplied by, step by step
    settings: dict[Name, Settings]
    plain: Settings  # the chosen one's with all switches as published
    rare: int

    def rates_of(self, name: Name) -> list[float]:
        """The rate of each step."""
        return [self.rates[name] * factor for factor in self.schedule]

    @property
    def slope(self) -> Slope:
        return counterexample if self.surface is None else slope_on(self.surface, self.rare)


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """The ways by name; the chosen one's twin with its switches as published, where they are not."""

    race: Race
    tracks: dict[Name, Track]
    memory: tuple[Row, ...]  # what the chosen one has in mind
    labels: dict[Name, int]  # the point of each path that its name stands at
    twin: Track | None
    basins: Basins | None = None


def race_of(params: Params) -> Race:
    """What a state says.

    Raises:
        BadParameter: something that does not fit.
    """
    surface = surface_of(params)
    start = _start(params, surface)
    chosen: Name = params.optimizer
    names = tuple(name for name in NAMES if name in params.optimizers or name == chosen)
    correction: Correction = "power"
    if not params.bias_correction:
        correction = "off"
    elif params.slip != "none":
        correction = "m only" if params.slip == "v for v_hat" else "index"
    rho, eps, decay = _rhos(params), _epses(params), _decays(params)
    common: dict[str, Any] = {
        "momentum": params.momentum, "dampening": params.dampening, "beta1": params.beta1, "beta2": params.beta2,
        "amsgrad": params.amsgrad, "correction": correction, "eps_inside": params.eps_inside,
    }  # fmt: skip
    settings = {
        name: Settings(rho=rho.get(name, 0.9), eps=eps.get(name, 1e-8), weight_decay=decay[name], **common)
        for name in names
    }
    if surface is None:  # the paper's own form
        settings = {
            name: replace(one, correction="power", eps_inside=False, weight_decay=0.0)
            for name, one in settings.items()
        }
    half = params.steps // 2
    schedule = [params.lr_factor * (params.lr_drop if t >= half else 1.0) for t in range(params.steps)]
    if surface is None:  # as in the paper, its rates fall as 1 / sqrt(t)
        schedule = [factor / math.sqrt(t) for t, factor in enumerate(schedule, start=1)]
    return Race(
        surface=surface, start=start, view=view_of(surface, start), names=names, chosen=chosen,
        rates=_rates(params), schedule=tuple(schedule), settings=settings,
        plain=replace(settings[chosen], amsgrad=False, correction="power", eps_inside=False), rare=params.rare,
    )  # fmt: skip


def surface_of(params: Params) -> Surface | None:
    """The surface of the formula, or the one chosen; None is the counter-example.

    Raises:
        BadParameter: the formula is none.
    """
    if params.surface == "formula":
        try:
            return _parsed(params.formula)
        except BadFormula as bad:
            raise BadParameter(str(bad)) from None
    return SURFACES.get(params.surface)


_parsed = lru_cache(64)(parse)  # the very same surface again: what is known of it is kept by it


def _start(params: Params, surface: Surface | None) -> Point:
    if not params.start:
        return surface.start if surface else (0.0, 0.0)
    if len(params.start) != 2:
        shown = ", ".join(f"{number:g}" for number in params.start[:8])
        raise BadParameter(f"start is [{shown}]; it takes two numbers, x and y.")
    x, y = params.start
    return (x, y) if surface else (min(max(x, -1.0), 1.0), 0.0)


@lru_cache(64)
def view_of(surface: Surface | None, start: Point) -> View:
    """The part of the plane shown: the surface's own, and as much more as the start asks for."""
    if surface is None:
        return -1.0, -1.0, 1.0, 1.0
    x1, y1, x2, y2 = surface.view
    x, y = start
    if x1 <= x <= x2 and y1 <= y <= y2:
        return surface.view
    pad = 0.05 * max(abs(x - (x1 + x2) / 2), x2 - x1)
    x1, y1, x2, y2 = min(x1, x - pad), min(y1, y - pad), max(x2, x + pad), max(y2, y + pad)
    width = max(x2 - x1, (y2 - y1) * 4 / 3)  # four by three, as all views
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    return x - width / 2, y - width * 3 / 8, x + width / 2, y + width * 3 / 8


@lru_cache(32)
def shown_surface(surface: Surface, view: View) -> Surface:
    """The surface with the view that is shown."""
    return surface if view == surface.view else replace(surface, view=view)


def compute(params: Params, inputs: Inputs, engine: Engine) -> Result | Iterator[tuple[float, Result]]:
    """The race; and, where the map is shown, that too, ever finer."""
    race = race_of(params)
    domain = math.inf if race.surface else 1.0

    def run(name: Name, settings: Settings) -> Track:
        return _track(way(name, race.slope, race.start, race.rates_of(name), settings, domain))

    tracks = {name: run(name, race.settings[name]) for name in race.names}
    twin = run(race.chosen, race.plain) if race.settings[race.chosen] != race.plain else None
    own = tracks[race.chosen]
    memory = rows_of(
        race.chosen, race.settings[race.chosen], race.rates_of(race.chosen), own.path, own.slopes, own.states
    )
    paths = {name: track.path for name, track in tracks.items()}
    result = Result(race=race, tracks=tracks, memory=memory, labels=label_points(paths, race.view), twin=twin)
    if params.show == "race" or race.surface is None:
        return result
    return _refined(result, race.surface, engine)


def _track(run: Way) -> Track:
    path, losses, slopes, states = (
        locked(tensor.numpy()) for tensor in (run.path, run.losses, run.slopes, run.states)
    )
    return Track(path=path, losses=losses, slopes=slopes, states=states)


def _refined(result: Result, surface: Surface, engine: Engine) -> Iterator[tuple[float, Result]]:
    """The race with the map, coarse at first. Between two parts of it one may change one's mind."""
    race = result.race
    grids = GRIDS if engine.device == "cpu" else GRIDS[-1:]
    whole = sum(size**2 for size in grids)
    shown: Basins | None = None
    done = 0
    for size in grids:
        for upto, basins in _mapped(race, surface, size, engine):
            shown = basins if shown is None or upto == size else _overlaid(basins, shown, upto)
            fraction = (done + upto * size) / whole
            yield min(fraction, 1.0), replace(result, basins=shown)
            if upto == size:
                shown = basins
        done += size**2


def _mapped(race: Race, surface: Surface, size: int, engine: Engine) -> Iterator[tuple[int, Basins]]:
    """The map of size by size starts, as far as each block of its rows: (rows done, map)."""
    name = race.chosen
    minima = minima_of(shown_surface(surface, race.view))
    starts = grid(race.view, size, size)
    found = np.zeros((2, size, size), np.int64)
    together = {} if engine.device == "cpu" else {"together": WHOLE}
    for rows in blocks(size, size, len(race.schedule), **together):
        block = engine.tensor(starts[rows].reshape(-1, 2).numpy())
        pair: tuple[Tensor, Tensor] = ends(
            name,
            surface,
            block,
            race.rates_of(name),
            race.settings[name],
            race.view,
            minima.to(block),
            race.rare,
        )
        found = found.copy()
        found[:, rows] = engine.array(torch.stack(pair)).reshape(2, -1, size)
        yield rows.stop, Basins(minima=locked(minima.numpy()), ends=locked(found[0]), steps=locked(found[1]))


def _overlaid(fine: Basins, coarse: Basins, rows: int) -> Basins:
    """The fine map as far as it goes, above it the coarse one."""
    size = len(fine.ends)
    times = size // len(coarse.ends)

    def both(new: NDArray[np.int64], old: NDArray[np.int64]) -> NDArray[np.int64]:
        whole = old.repeat(times, 0).repeat(times, 1)
        whole[:rows] = new[:rows]
        return locked(whole)

    return Basins(minima=fine.minima, ends=both(fine.ends, coarse.ends), steps=both(fine.steps, coarse.steps))


def listing(params: Params, inputs: Inputs) -> Call | None:
    """The chosen optimizer's own page."""
    race = race_of(params)
    name, settings = race.chosen, race.settings[race.chosen]
    rates = race.rates_of(name)
    if race.surface is None:
        if name != "adam":
            return None
        numbers = {key: getattr(settings, key) for key in ("beta1", "beta2", "eps", "amsgrad")}
        return Call(function=online_adam, arguments={"start": race.start[0], "rates": rates, **numbers})
    function = LISTINGS[name]
    code = function.__code__
    taken = code.co_varnames[3 : code.co_argcount]
    numbers = {key: getattr(settings, key) for key in taken}
    start = torch.tensor(race.start, dtype=torch.float64)
    return Call(
        function=function,
        arguments={
            "gradient": SeenGradient(race.surface, race.rare),
            "start": start,
            "rates": rates,
            **numbers,
        },
        into=(root, share),
    )


def arrays(result: Result) -> dict[str, NDArray[Any]]:
    """For each NAME that races: path_NAME (T + 1, 2), loss_NAME (T + 1,), lr_NAME (). `basin` (R, C): the number
    of the minimum where the chosen optimizer ends from each start, -1 under way, -2 run away, and `basin_steps`
    after how many steps; row 0 has the lowest y. They have 200 x 200 starts where the map is shown, else 40 x
    40. `minima` (K, 2), the lowest first. The counter-example has no map.
    """
    named: dict[str, NDArray[Any]] = {}
    for name, track in result.tracks.items():
        named[f"path_{name}"] = track.path
        named[f"loss_{name}"] = track.losses
        named[f"lr_{name}"] = np.array(result.race.rates[name])
    basins, surface = result.basins, result.race.surface
    if basins is None and surface is not None:
        *_, (_, basins) = _mapped(result.race, surface, SMALL_GRID, Engine())
    if basins is not None:
        named |= {"basin": basins.ends, "basin_steps": basins.steps, "minima": basins.minima}
    return named

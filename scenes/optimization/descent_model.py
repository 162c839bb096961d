"""What descent works on, and all that comes of a run: the path, its losses, the curvature on the way, the rates."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from engine.device import Engine
from engine.functions.formula import BadFormula, parse
from engine.functions.surface import Point, Surface
from engine.functions.surfaces import SURFACES, quadratic
from engine.optimization import schedules
from engine.optimization.critical import Critical, critical_points, eigen
from engine.optimization.descent import Run, descend, gradient_descent
from engine.optimization.schedules import Plateau, Schedule, ScheduleName
from scenes.optimization.descent_basins import FEW, MANY, Basins, basins, keep, kept, last
from scenes.optimization.landscape import Landscape, landscape_of
from scenes.parameters import BadParameter, Follows, Help, Range, When
from scenes.scene import Call, locked

FARTHEST = 1000.0  # of a start's coordinates
SLOWEST, FASTEST = 1e-4, 3.0  # rates
Coordinate = Annotated[float, Range(-FARTHEST, FARTHEST, step=0.001)]
SurfaceName = Literal[
    "quadratic", "ravine", "saddle", "rosenbrock", "beale", "himmelblau", "rastrigin", "formula"
]
_QUADRATIC = When("surface", ("quadratic",))
_RATES = {name: surface.lr for name, surface in SURFACES.items()} | {"formula": Surface.lr}
_OWN_RATE = Follows("surface", _RATES, always=True)


@dataclass(frozen=True, kw_only=True)
class Params:
    """What a person may set."""

    surface: Annotated[SurfaceName, Help("what is descended")] = "quadratic"
    formula: Annotated[str, Help("f(x, y), such as x^2 + 3 sin(y)"), When("surface", ("formula",))] = (
        "x^2 + y^4/4 - y^2/2"
    )
    curvature_x: Annotated[
        float, Range(-5, 30, step=0.1), Help("second derivative along the first axis"), _QUADRATIC
    ] = 1.0
    curvature_y: Annotated[
        float, Range(-5, 30, step=0.1), Help("second derivative along the second axis"), _QUADRATIC
    ] = 4.0
    rotation: Annotated[
        float, Range(-90, 90, step=1), Help("how far the axes are turned", "°"), _QUADRATIC
    ] = 0.0
    start: Annotated[
        tuple[Coordinate, ...],
        Help("x, y of the start; empty for the surface's own"),
        Follows("surface", always=True),
    ] = ()
    lr: Annotated[
        float, Range(SLOWEST, FASTEST, step=0.0001, log=True), Help("the learning rate"), _OWN_RATE
    ] = 0.2
    steps: Annotated[int, Range(1, 500), Help("how many steps are taken")] = 60
    schedule: Annotated[ScheduleName, Help("how the learning rate changes from step to step")] = "constant"
    every: Annotated[
        int, Range(1, 250), Help("steps from one drop of the rate to the next"), When("schedule", ("step",))
    ] = 15
    factor: Annotated[
        float,
        Range(0.01, 1, step=0.01),
        Help("what the rate is multiplied by"),
        When("schedule", ("step", "exponential", "plateau")),
    ] = 0.5
    rise: Annotated[int, Range(1, 250), Help("steps of warming up"), When("schedule", ("warmup",))] = 10
    floor: Annotated[
        float,
        Range(0, 1, step=0.01),
        Help("where the rate ends, as a share of lr"),
        When("schedule", ("cosine", "warmup")),
    ] = 0.0
    patience: Annotated[
        int, Range(0, 50), Help("steps without a better loss that are borne"), When("schedule", ("plateau",))
    ] = 3
    jitter: Annotated[
        float, Range(0, 1, step=0.001), Help("standard deviation of the noise added to each gradient")
    ] = 0.0
    seed: Annotated[int, Range(0, 999), Help("which noise")] = 0
    lens: Annotated[
        Literal["curvature", "chord", "basins"],
        Help("lr times curvature, a cut between two points, or where every start ends"),
    ] = "curvature"
    view: Annotated[Literal["map", "3d"], Help("from above, or from aside")] = "map"


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """How the picture is looked at: the camera, in degrees, and the ends of the chord, as shares of the view."""

    azimuth: float = 35.0
    elevation: float = 40.0
    chord: tuple[Point, Point] = ((0.15, 0.3), (0.85, 0.7))


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """A run of T steps and what there is to see of it."""

    surface: Surface
    landscape: Landscape
    critical: tuple[Critical, ...]
    convex: bool  # no negative curvature anywhere in view
    reference: float  # a curvature that is typical of the surface's valleys, above 0
    path: NDArray[np.float64]  # (T + 1, 2)
    loss: NDArray[np.float64]  # (T + 1,)
    gradient: NDArray[np.float64]  # (T + 1, 2)
    low: NDArray[np.float64]  # (T + 1,) the Hessian's smaller eigenvalue
    high: NDArray[np.float64]  # (T + 1,) and the larger one
    angle: NDArray[np.float64]  # (T + 1,) the direction of the larger one, in radians
    rates: NDArray[np.float64]  # (T,)
    plan: NDArray[
        np.float64
    ]  # (steps,) the rates of all steps asked for; a plateau's are known as far as it ran
    lost: bool
    jitter: float
    basins: Basins | None


def surface_of(params: Params) -> Surface:
    """The surface, always the very same one for the same parameters.

    Raises:
        BadParameter: its formula cannot be read.
    """
    if params.surface == "quadratic":
        return _quadratic(params.curvature_x, params.curvature_y, params.rotation)
    return _formula(params.formula) if params.surface == "formula" else SURFACES[params.surface]


_quadratic = lru_cache(64)(quadratic)


@lru_cache(64)
def _formula(text: str) -> Surface:
    try:
        return parse(text)
    except BadFormula as error:
        raise BadParameter(str(error)) from None


@lru_cache(64)
def _widened(surface: Surface, start: Point) -> Surface:
    """The surface with a view that holds the start."""
    x1, y1, x2, y2 = surface.view
    if x1 <= start[0] <= x2 and y1 <= start[1] <= y2:
        return surface
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    reach = 1.1 * max(abs(start[0] - x) / (x2 - x1), abs(start[1] - y) / (y2 - y1)) * 2
    half_w, half_h = reach * (x2 - x1) / 2, reach * (y2 - y1) / 2
    return replace(surface, view=(x - half_w, y - half_h, x + half_w, y + half_h))


def shown_surface(params: Params) -> Surface:
    """The surface with the view that it is shown in.

    Raises:
        BadParameter: its formula cannot be read, or the start is none.
    """
    return _widened(surface_of(params), start_of(params))


def start_of(params: Params) -> Point:
    """Where descent begins.

    Raises:
        BadParameter: that is no point, or the formula cannot be read.
    """
    start = params.start or surface_of(params).start
    if len(start) != 2:
        shown = "[" + ", ".join(f"{number:g}" for number in start[:6]) + (", ...]" if len(start) > 6 else "]")
        raise BadParameter(f"start is {shown}; it takes two numbers, x and y.")
    return start[0], start[1]


def schedule_of(params: Params) -> Schedule:
    """The schedule, new for each run."""
    numbers: dict[str, Any] = {
        "constant": {},
        "step": {"every": params.every, "factor": params.factor},
        "exponential": {"factor": params.factor},
        "cosine": {"steps": params.steps, "floor": params.floor * params.lr},
        "warmup": {"steps": params.steps, "rise": params.rise, "floor": params.floor * params.lr},
        "plateau": {"patience": params.patience, "factor": params.factor},
    }[params.schedule]
    return schedules.schedule(params.schedule, params.lr, **numbers)


def jitter_of(params: Params) -> torch.Tensor | None:
    """The noise `(steps, 2)` on the gradients, or None where there is none."""
    if not params.jitter:
        return None
    generator = torch.Generator().manual_seed(params.seed)
    return params.jitter * torch.randn(params.steps, 2, dtype=torch.float64, generator=generator)


@lru_cache(64)
def _known(surface: Surface) -> tuple[tuple[Critical, ...], bool, float]:
    """What does not depend on the run: critical points, whether the view is convex, a typical curvature."""
    critical = critical_points(surface)
    x1, y1, x2, y2 = surface.view
    ups, acrosses = torch.meshgrid(
        torch.linspace(y1, y2, 31, dtype=torch.float64), torch.linspace(x1, x2, 41, dtype=torch.float64),
        indexing="ij",
    )  # fmt: skip
    hessian = surface.hessian(acrosses, ups)
    low, high, _ = eigen(hessian[..., 0, 0], hessian[..., 0, 1], hessian[..., 1, 1])
    convex = bool((low >= -1e-9 * high.abs().clamp(min=1e-12)).all())  # false where there is no number
    places = [max((_high(surface, c.x, c.y) for c in critical if c.kind == kind), default=0.0)
              for kind in ("minimum", "saddle")]  # fmt: skip
    sharp = (*places, _high(surface, *surface.start), 1.0)
    return critical, convex, next(c for c in sharp if 1e-9 < c < math.inf)


def _high(surface: Surface, x: float, y: float) -> float:
    """The larger eigenvalue of the Hessian at a place."""
    xx, xy, yy = surface.curvature_at(x, y)
    return (xx + yy) / 2 + math.hypot((xx - yy) / 2, xy)


def compute(params: Params, inputs: Inputs, engine: Engine) -> Iterator[tuple[float, Result]]:
    """The run; and where basins are wanted, first few and then many of them.

    The thousands of starts of the basins go on the engine's device, at once. The one run, step after step on one
    point, is plain numbers on the CPU: a device would take longer to be asked than the step takes. So is what is
    kept from run to run of a surface, and found once, in float64: its landscape and its critical points.

    Raises:
        BadParameter: the formula cannot be read, or the start is none.
    """
    start = start_of(params)
    surface = shown_surface(params)
    jitter = jitter_of(params)
    try:
        run = descend(
            surface, start, schedule_of(params), params.steps, jitter.tolist() if jitter is not None else ()
        )
    except ValueError as error:
        raise BadParameter(str(error)) from None
    result = _result(params, surface, run)
    if params.lens != "basins":
        yield 1.0, result
        return
    yield from _with_basins(result, engine)


def _with_basins(result: Result, engine: Engine) -> Iterator[tuple[float, Result]]:
    """The result with the basins of few starts, and then of many; at each part a newer wish is heard."""
    rates = tuple(result.plan.tolist())
    known = kept(result.surface, rates, engine)
    if known is not None:
        yield 1.0, replace(result, basins=known)
        return
    few = replace(result, basins=last(basins(result.surface, result.critical, rates, FEW, engine)))
    yield 0.2, few
    for part, found in basins(result.surface, result.critical, rates, MANY, engine):
        if found is None:
            yield 0.2 + 0.7 * part, few
        else:
            yield 1.0, replace(result, basins=keep(result.surface, rates, engine, found))


def _result(params: Params, surface: Surface, run: Run) -> Result:
    critical, convex, reference = _known(surface)
    path = torch.tensor(run.path, dtype=torch.float64)
    hessian = surface.hessian(path[:, 0], path[:, 1])
    low, high, angle = eigen(hessian[:, 0, 0], hessian[:, 0, 1], hessian[:, 1, 1])
    return Result(
        surface=surface,
        landscape=landscape_of(surface),
        critical=critical,
        convex=convex,
        reference=reference,
        path=locked(path.numpy()),
        loss=locked(np.array(run.losses)),
        gradient=locked(np.array(run.gradients)),
        low=locked(low.numpy()),
        high=locked(high.numpy()),
        angle=locked(angle.numpy()),
        rates=locked(np.array(run.rates, np.float64)),
        plan=locked(_plan(params, run)),
        lost=run.lost,
        jitter=params.jitter,
        basins=None,
    )


def _plan(params: Params, run: Run) -> NDArray[np.float64]:
    """The rates of all steps that were asked for."""
    if params.schedule == "plateau":
        return np.array(run.rates or [params.lr], np.float64)
    rate = schedule_of(params)
    return np.array([rate(step, math.nan) for step in range(params.steps)], np.float64)


def listing(params: Params, inputs: Inputs) -> Call:
    """The descent, with its schedule to step into."""
    start = start_of(params)
    rule = Plateau.__call__ if params.schedule == "plateau" else schedules.RULES[params.schedule]
    return Call(
        function=gradient_descent,
        arguments={
            "surface": surface_of(params), "start": torch.tensor(start, dtype=torch.float64),
            "schedule": schedule_of(params), "steps": params.steps, "jitter": jitter_of(params),
        },
        into=() if params.schedule == "constant" else (rule,),
    )  # fmt: skip


def arrays(result: Result) -> dict[str, NDArray[Any]]:
    """path (T + 1, 2), loss (T + 1,), gradient (T + 1, 2), eigenvalues (T + 1, 2) of the Hessian, the smaller
    first, lr (T,). T is the number of steps asked for, or fewer: a path is cut off where it leaves what numbers
    can say. With basins, basin (H, W): which minimum each start of a grid reaches, from 0, or -1; and minima
    (K, 2).
    """
    named: dict[str, NDArray[Any]] = {
        "path": result.path, "loss": result.loss, "gradient": result.gradient,
        "eigenvalues": np.stack([result.low, result.high], 1), "lr": result.rates,
    }  # fmt: skip
    if result.basins is not None:
        named["basin"] = result.basins.index
        named["minima"] = np.array([(m.x, m.y) for m in result.basins.minima], np.float64).reshape(-1, 2)
    return named

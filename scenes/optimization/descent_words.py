"""What the scene says of a run: how it fared and why, with its numbers."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from scenes.optimization.descent_basins import NAMES
from scenes.optimization.descent_model import Result
from scenes.scene import Target

MINUS = "\N{MINUS SIGN}"
ARRIVED = 1e-5  # what is left of the first gradient when it counts as arrived
GROWING = 6  # steps in a row that the loss grows when it counts as diverging
WANDERED = 20  # steps over which noise is looked at
SLOW = 0.05  # the share of the distance that a step takes off when that is called slow
KINDS = {
    "minimum": "both curvatures are above 0: a minimum",
    "maximum": "both curvatures are below 0: a maximum",
    "saddle": "one curvature is above 0 and one below: a saddle",
    "flat": "a curvature is 0: the second derivatives do not decide what it is",
}


def number(value: float) -> str:
    """A number in three digits, with a true minus."""
    value, size = value + 0.0, abs(value)  # there is no -0
    if not math.isfinite(value):
        return "no number"
    if size and not 1e-3 <= size < 1e5:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{float(mantissa):g}e{int(exponent)}".replace("-", MINUS)
    return f"{value:.3g}".replace("-", MINUS) if size < 1000 else f"{value:,.0f}".replace("-", MINUS)


def first_rise(result: Result) -> int | None:
    """The first step after which the loss is higher than before it, from 0."""
    rises = np.flatnonzero(np.diff(result.loss) > 1e-12 * np.abs(result.loss[:-1]))
    return int(rises[0]) if len(rises) else None


def diverged(result: Result) -> bool:
    """Whether the loss grew without end: cut off, or still growing where lr times curvature is above 2."""
    loss = result.loss
    if result.lost:
        return bool(len(loss) < 2 or loss[-1] >= loss[0])
    growing = len(loss) > GROWING and bool((np.diff(loss[-GROWING:]) > 0).all())
    return growing and bool((result.rates * result.high[:-1])[-GROWING:].min() > 2)


def runs_off(result: Result) -> bool:
    """Whether the loss falls without end."""
    first, last = result.loss[0], result.loss[-1]
    return bool(last < first and (result.lost or last < -100 * max(abs(first), 1.0)))


def arrived(result: Result) -> int | None:
    """The step after which the gradient was all but gone, and stayed so."""
    size = np.hypot(*result.gradient.T)
    if not size[0] > 0:
        return None
    left = np.flatnonzero(size > ARRIVED * size[0])
    after = int(left[-1]) + 1 if len(left) else 0
    return after if after < len(size) else None


def steps(count: int) -> str:
    return f"{count:,} step{'s' * (count != 1)}"


def outcome(result: Result) -> str:
    """How the run fared, and why."""
    rise, count = first_rise(result), len(result.rates)
    if result.loss.size < 2 and not result.lost:
        return "No step was taken."
    size = float(np.hypot(*result.gradient[0]))
    if size == 0:
        return "The start has gradient 0: descent cannot move from here, whatever this place is."
    if diverged(result):
        return _away(result)
    if runs_off(result):
        return f"The loss falls without end: this surface has no lowest point. {_escape(result)}".strip()
    saddle = _escape(result)
    if saddle:
        return saddle
    if result.jitter and len(result.rates) > WANDERED:
        return _wandering(result)
    there = arrived(result)
    if there is not None:
        return _there(result, there, rise)
    if rise is not None:
        return _uneven(result, rise)
    lr, flat = float(result.rates.max()), float(result.low[-1])
    if 0 < lr * flat < SLOW:
        return (
            f"The loss falls at every step, and slowly: along the flat direction a step takes off lr × curvature = "
            f"{number(lr)} × {number(flat)} = {lr * flat:.1%} of the distance."
        )
    first, last = number(float(result.loss[0])), number(float(result.loss[-1]))
    return f"The loss falls at every step, from {first} to {last} in {steps(count)}."


def _away(result: Result) -> str:
    at = first_rise(result) or 0
    lr = float(result.rates[at]) if at < len(result.rates) else float(result.plan[0])
    sharp = float(np.nanmax(result.high[: at + 1]))
    cut = (
        f" After {steps(len(result.rates))} it is beyond all numbers, and the path is cut off."
        if result.lost
        else ""
    )
    if sharp > 0 and lr * sharp > 2:
        return (
            f"It diverges: lr {number(lr)} is more than 2 / curvature = 2 / {number(sharp)} = {number(2 / sharp)}, "
            f"so each step lands farther away on the other side.{cut}"
        )
    return f"It diverges: the steps of lr {number(lr)} are too long for so steep a place.{cut}"


def _there(result: Result, there: int, rise: int | None) -> str:
    x, y = result.path[-1].tolist()
    low, high = float(result.low[-1]), float(result.high[-1])
    lr = float(result.rates[-1]) if len(result.rates) else 0.0
    how = ", zigzagging across the valley" if lr * high > 1 else ""
    rose = f"; on the way the loss rose, first at step {rise + 1}" if rise is not None else ""
    place = f"({number(x)}, {number(y)})"
    if low < 0:
        return f"It came to rest at {place}, a saddle: nothing pushes it sideways."
    return f"It is at the minimum {place} after {steps(there)}{how}{rose}."


def _wandering(result: Result) -> str:
    late = result.path[-WANDERED:]
    around = float(np.hypot(*(late - late.mean(0)).T).max())
    return (
        f"The gradient is noisy, so the loss also rises. In the last {WANDERED} steps, with lr down to "
        f"{number(float(result.rates[-1]))}, it strayed {number(around)} from its middle."
        if result.rates[-1] < 0.5 * result.rates[0]
        else f"The gradient is noisy, so the loss also rises. At lr {number(float(result.rates[-1]))} it goes on "
        f"straying: {number(around)} from its middle in the last {WANDERED} steps. Let the rate fall."
    )


def _uneven(result: Result, rise: int) -> str:
    lr, sharp = float(result.rates[rise]), float(result.high[rise])
    last = float(result.loss[-1])
    if lr * sharp > 2:
        return (
            f"The loss does not fall at every step: at step {rise + 1} lr times curvature is {number(lr)} × "
            f"{number(sharp)} = {number(lr * sharp)}, more than 2. "
            f"After {steps(len(result.rates))} f is {number(last)}."
        )
    return (
        f"The loss does not fall at every step: step {rise + 1} is too long and climbs the far side. "
        f"After {steps(len(result.rates))} f is {number(last)}."
    )


def near_saddle(result: Result) -> tuple[int, int | None] | None:
    """The step at which the run was nearest to a saddle that all but stopped it, and the step at which it had
    left it again, if it had.
    """
    x1, _, x2, _ = result.surface.view
    size = np.hypot(*result.gradient.T)
    saddles = [(c.x, c.y) for c in result.critical if c.kind == "saddle"]
    if not saddles or not len(result.rates):
        return None
    away = np.stack([np.hypot(*(result.path - np.array(s)).T) for s in saddles])
    best = np.unravel_index(int(away.argmin()), away.shape)
    at = int(best[1])
    if away[best] > 0.04 * (x2 - x1) or size[at] > 0.2 * size[0]:
        return None
    gone = np.flatnonzero(away[best[0], at:] > 0.08 * (x2 - x1))
    return at, at + int(gone[0]) if len(gone) else None


def _escape(result: Result) -> str:
    near = near_saddle(result)
    if near is None:
        return ""
    at, gone = near
    low, slope = float(result.low[at]), float(np.hypot(*result.gradient[at]))
    if gone is None:
        if slope < 1e-12:
            return (
                "It stands on the saddle: the gradient is 0 there. Only a push sideways, a little jitter, "
                "lets it fall off."
            )
        return (
            f"It is held up at the saddle: the gradient there is down to {number(slope)}, but the curvature "
            f"{number(low)} is below 0, so what is off the ridge grows with every step."
        )
    factor = 1 - float(result.rates[min(at, len(result.rates) - 1)]) * low
    return (
        f"The saddle all but stops it at step {at}, where the gradient is {number(slope)}; off the ridge every step "
        f"multiplies by {number(factor)}, and at step {gone} it is gone."
    )


# ---------------------------------------------------------------------------- what is pointed at


def of_point(result: Result, at: int) -> str:
    """A point of the path: its loss, its gradient, and what the curvature makes of the step from it."""
    x, y = result.path[at].tolist()
    across, up = result.gradient[at].tolist()
    text = (
        f"Step {at}: f({number(x)}, {number(y)}) = {number(float(result.loss[at]))}, "
        f"gradient ({number(across)}, {number(up)})"
    )
    if at >= len(result.rates):
        return f"{text}. {curvatures(result, at)}"
    lr = float(result.rates[at])
    after = result.path[at + 1].tolist()
    taken = "that and its noise" if result.jitter else "that"
    return (
        f"{text}. Less lr {number(lr)} times {taken}: ({number(after[0])}, {number(after[1])}), "
        f"f = {number(float(result.loss[at + 1]))}."
    )


def curvatures(result: Result, at: int) -> str:
    """The Hessian's eigenvalues at a point, and what they would make of it."""
    low, high = float(result.low[at]), float(result.high[at])
    if not (math.isfinite(low) and math.isfinite(high)):
        return "The Hessian has no numbers here."
    both = f"The Hessian's eigenvalues are {number(high)} and {number(low)}"
    if low > 0:
        return f"{both}: it curves up in every direction, as at a minimum."
    if high < 0:
        return f"{both}: it curves down in every direction, as at a maximum."
    if low < 0 < high:
        return f"{both}: up one way, down the other, as at a saddle."
    return f"{both}: in one direction it does not curve at all."


def critical(result: Result, kind: str, index: int) -> str:
    """A place where the gradient is 0."""
    some = [c for c in result.critical if c.kind == kind]
    if not 0 <= index < len(some):
        return ""
    c = some[index]
    xx, xy, yy = result.surface.curvature_at(c.x, c.y)
    middle, reach = (xx + yy) / 2, math.hypot((xx - yy) / 2, xy)
    value = number(result.surface.slope_at(c.x, c.y)[0])
    return (
        f"({number(c.x)}, {number(c.y)}): the gradient is 0 and f is {value}. The eigenvalues of the Hessian are "
        f"{number(middle + reach)} and {number(middle - reach)}: {KINDS[kind]}."
    )


def basin(result: Result, index: int) -> str:
    """One of the bars of basins."""
    found = result.basins
    if found is None:
        return ""
    if index == len(found.minima):
        rest = 1 - sum(found.shares)
        return f"From {rest:.1%} of the starts {steps(len(result.plan))} of descent reach no minimum."
    if not 0 <= index < len(found.minima):
        return ""
    m = found.minima[index]
    return (
        f"From {found.shares[index]:.1%} of the starts descent ends at {NAMES[index]}, ({number(m.x)}, {number(m.y)}), "
        f"where f is {number(result.surface.slope_at(m.x, m.y)[0])}."
    )


def basins(result: Result) -> str:
    """What the basins say."""
    found = result.basins
    if found is None or not found.minima:
        return "There is no minimum in view: descent has nowhere to end."
    if len(found.minima) == 1:
        convex = "The surface is convex: " if result.convex else "There is one minimum: "
        return f"{convex}every start that arrives, {found.shares[0]:.0%} of them, arrives at the same place."
    return (
        f"Where it ends depends on where it begins: {len(found.minima)} minima, each with a basin of its own. "
        f"Drag the start across a border."
    )


def under_way(result: Result, made: int, x: float, y: float) -> str:
    """A run at a line that says nothing of itself."""
    return f"{steps(made).capitalize()} made. {at_place(result, x, y)}"


def at_place(result: Result, x: float, y: float) -> str:
    """A place of the map."""
    value, across, up = result.surface.slope_at(x, y)
    if not all(map(math.isfinite, (value, across, up))):
        return f"At ({number(x)}, {number(y)}) the surface has no value."
    return f"At ({number(x)}, {number(y)}) f is {number(value)} and the gradient ({number(across)}, {number(up)})."


def pointed(result: Result, hover: Target) -> str:
    """What is said of a place of the landscape."""
    if hover.handle == "path" and 0 <= hover.index < len(result.path):
        return of_point(result, hover.index)
    if hover.handle == "start":
        return f"{at_place(result, *result.path[0].tolist())} {curvatures(result, 0)}"
    if hover.handle in KINDS:
        return critical(result, hover.handle, hover.index)
    if hover.panel == "map":
        return at_place(result, hover.x, hover.y)
    return ""


def factors(result: Result, at: int) -> str:
    """What a step makes of the distance along the direction that curves most."""
    if not len(result.plan):
        return ""
    lr, sharp = float(result.plan[min(at, len(result.plan) - 1)]), float(result.high[at])
    product, left = lr * sharp, 1 - lr * sharp
    if not math.isfinite(product):
        return "The Hessian has no numbers here."
    text = (
        f"Where the curvature is {number(sharp)}, a step leaves 1 {MINUS} {number(lr)} × {number(sharp)} = "
        f"{number(left)} of the distance"
    )
    if product < 0:
        return f"{text}: below 0 it curves down, and the distance grows."
    if product == 0:
        return f"{text}: it does not curve, and nothing changes."
    if product > 2:
        return f"{text}: more than all of it, on the other side. It diverges."
    if product > 1:
        return f"{text}: on the other side and nearer. It zigzags in."
    return (
        f"{text}. It goes straight in; at lr = 1 / curvature = {number(1 / sharp)} it is there in one step."
    )


def convexity(result: Result, values: NDArray[np.float64], line: NDArray[np.float64]) -> str:
    """What the chord says, and the Hessian all over the view."""
    if not np.isfinite(values).all():
        return "Between A and B the surface has no value somewhere: the chord says nothing."
    gap = float((values - line).max())
    if gap > 1e-9 * max(float(np.ptp(values)), 1e-12):
        return (
            f"Not convex: between A and B the surface rises to {number(gap)} above the chord. "
            f"A convex surface never does."
        )
    if result.convex:
        return "Below the chord, and so for every A and B: no curvature in view is below 0, so the surface is convex."
    return "Here the surface stays below its chord; somewhere in view it curves down. Find an A and a B that show it."


def cut(share: NDArray[np.float64], values: NDArray[np.float64], line: NDArray[np.float64], x: float) -> str:
    """A place on the cut."""
    at = int(np.abs(share - x).argmin())
    value, chord = float(values[at]), float(line[at])
    if not (math.isfinite(value) and math.isfinite(chord)):
        return "The surface has no value there."
    side = "above" if value > chord else "below" if value < chord else "on"
    return (
        f"{share[at]:.0%} of the way from A to B: f is {number(value)}, {side} the chord's {number(chord)}."
    )

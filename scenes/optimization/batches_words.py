"""What the batches scene says: counters, and sentences with the numbers in them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from scenes.optimization.batches_model import Estimates, Params, Result, Run
from scenes.optimization.batches_steps import Moment
from scenes.scene import Target

MINUS = "\N{MINUS SIGN}"
NAMES = ("full batch", "one sample", "mini-batches")
TITLES = ("full batch", "stochastic", "mini-batch")
RUN_OF = {"run full": 0, "run single": 1, "run mini": 2}


def number(value: float, digits: int = 3) -> str:
    """A value in three digits or so, with a true minus."""
    if not math.isfinite(value):
        return "out of bounds"
    if abs(value) < 5e-13:
        return "0"
    text = f"{value:.{digits}g}"
    if "e" in text and abs(value) < 1e6 and abs(value) >= 1e-4:
        text = f"{value:.0f}"
    return text.replace("-", MINUS)


def loss(value: float) -> str:
    """A loss in three digits."""
    return f"{value:#.3g}".rstrip(".") if 1e-4 <= value < 1e5 else number(value)


def line(weights: tuple[float, ...]) -> str:
    """A line's equation."""
    w, b = weights
    sign = MINUS if b < 0 else "+"
    return f"y = {number(w)} x {sign} {number(abs(b))}"


def counted(count: int, noun: str) -> str:
    """A number of things: 1 update, 2,000 updates."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def passes(run: Run, done: int, total: int) -> str:
    """How often all the data has been read."""
    value = int(run.read[done]) / total
    return f"{value:.0f}" if value == int(value) else f"{value:.2f}" if value < 1 else f"{value:.1f}"


def sentence(
    params: Params, result: Result, runs: Sequence[Run], estimates: Estimates, hover: Target | None
) -> str:
    """What is pointed at, or what there is to see; `runs` are the three as they are shown."""
    if hover is not None:
        if hover.handle == "point" and 0 <= hover.index < len(result.points):
            return _point(result, estimates, hover.index)
        if hover.panel in RUN_OF:
            return _on_surface(result, runs, hover)
        if hover.panel == "loss":
            return _losses(params, result, hover.x * far_of(params, result))
        if hover.panel == "scatter":
            return _scatter(result, estimates)
        if hover.panel == "spread":
            return _spread(result, estimates, hover)
    return _seen(params, result)


def _seen(params: Params, result: Result) -> str:
    full, single, mini = result.runs
    if not all(math.isfinite(run.loss[-1]) and run.loss[-1] < 1e4 * (1 + run.loss[0]) for run in result.runs):
        away = [name for name, run in zip(NAMES, result.runs, strict=True) if _gone(run)]
        return (
            f"The learning rate is too large: {' and '.join(away)} "
            f"run{'s' * (len(away) == 1 and away != [NAMES[2]])} away from the best line instead of towards it."
        )
    ends = ", ".join(loss(float(run.loss[-1])) for run in result.runs)
    told = f"Loss at the end: {ends}; least {loss(result.least)}."
    if params.compare == "updates":
        return (
            f"{counted(full.updates, 'update')} read {counted(int(full.read[-1]), 'sample')} in full batches, "
            f"{int(single.read[-1]):,} one by one, {int(mini.read[-1]):,} in batches of {mini.size}. {told}"
        )
    return (
        f"{counted(int(result.run.read[-1]), 'sample')} read pay for {full.updates:,} full-batch "
        f"update{'s' * (full.updates != 1)}, {single.updates:,} of one sample, or {mini.updates:,} of {mini.size}. "
        f"{told}"
    )


def _gone(run: Run) -> bool:
    return not (math.isfinite(run.loss[-1]) and run.loss[-1] < 1e4 * (1 + run.loss[0]))


def _point(result: Result, estimates: Estimates, index: int) -> str:
    (x, y), (w, b) = result.points[index].tolist(), estimates.weights
    error = w * x + b - y
    gw, gb = estimates.samples[index].tolist()
    start = "at the start " if estimates.weights == result.start else ""
    return (
        f"Sample {index}: {start}the line {line((w, b))} says {number(w * x + b)} at x = {number(x)}, "
        f"and y is {number(y)}. Error {number(error)}; its gradient alone is 2 × error × (x, 1) = "
        f"({number(gw)}, {number(gb)})."
    )


def _on_surface(result: Result, runs: Sequence[Run], hover: Target) -> str:
    run = runs[RUN_OF[hover.panel]]
    if hover.handle == "start":
        return (
            f"All three start here, at w = {number(result.start[0])}, b = {number(result.start[1])}. Drag it."
        )
    if hover.handle == "best":
        at, up = map(number, result.best)
        return f"The best line, w = {at}, b = {up}: the least loss, {number(result.least)}, by the normal equations."
    if hover.handle == "path":
        return step_told(result, run, update_at(run, hover.index))
    w, b = hover.x, hover.y
    errors = w * result.points[:, 0] + b - result.points[:, 1]
    return (
        f"w = {number(w)}, b = {number(b)}: the loss, the mean squared error over all "
        f"{len(result.points)} samples, is {number(float((errors**2).mean()))}."
    )


def update_at(run: Run, index: int) -> int:
    """The update that led to a vertex of the path as it is shown."""
    shown = vertices(run.updates)
    return shown[index] if 0 <= index < len(shown) else 0


def vertices(updates: int, most: int = 300) -> list[int]:
    """The places of a path that are shown as dots: all of them, or the first half and then every so many."""
    if updates < most:
        return list(range(updates + 1))
    half = most // 2
    rest = [round(half + (updates - half) * k / half) for k in range(1, half + 1)]
    return [*range(half + 1), *rest]


def step_told(result: Result, run: Run, update: int) -> str:
    """An update with its numbers."""
    if not 1 <= update <= run.updates:
        return f"Before any update: loss {number(float(run.loss[0]))}."
    batch = run.batch(update)
    (w, b), (w_after, b_after) = run.path[update - 1].tolist(), run.path[update].tolist()
    moved = f"takes w from {number(w)} to {number(w_after)} and b from {number(b)} to {number(b_after)}."
    if run not in result.runs:  # of code that need not do what the engine does
        return f"Update {update} {moved}"
    x, y = result.points[batch].T
    error = w * x + b - y
    gw, gb = 2 * float((error * x).mean()), 2 * float(error.mean())
    if len(batch) == 1:
        of = f"sample {int(batch[0])} alone, error {number(float(error[0]))}: gradient"
    elif len(batch) == len(result.points):
        of = f"all {len(batch)} samples: mean gradient"
    else:
        of = f"{len(batch)} samples: mean gradient"
    return f"Update {update} read {of} ({number(gw)}, {number(gb)}). Times {MINUS}{result.lr:g} it {moved}"


def _losses(params: Params, result: Result, x: float) -> str:
    told = []
    for name, run in zip(NAMES, result.runs, strict=True):
        at = place_on(run, x, params.compare)
        told.append(f"{name} {number(float(run.loss[at]))}")
    most = int(max(result.run.updates if params.compare == "updates" else result.run.read[-1], 0))
    when = counted(min(max(round(x), 0), most), "update" if params.compare == "updates" else "sample")
    read = "" if params.compare == "updates" else " read"
    return (
        f"After {when}{read} the loss over all samples is: {', '.join(told)}. Least: {number(result.least)}."
    )


def far_of(params: Params, result: Result) -> int:
    """Where the chart of the losses ends, in updates or samples."""
    run = result.run
    return max(run.updates if params.compare == "updates" else int(run.read[-1]), 1)


def place_on(run: Run, x: float, compare: str) -> int:
    """How many updates a run has made at a place of the chart."""
    if compare == "updates":
        return min(max(round(x), 0), run.updates)
    return max(int(run.read.searchsorted(round(x), side="right")) - 1, 0)


def _scatter(result: Result, estimates: Estimates) -> str:
    full, dots, size = estimates.full, estimates.dots, result.run.size
    where = f"At w = {number(estimates.weights[0])}, b = {number(estimates.weights[1])}"
    up = int(((dots * full).sum(1) < -1e-12).sum())
    aim = f"{up} of {len(dots)} dots" if up else "none of the dots"
    return (
        f"{where} the gradient over all samples is ({number(float(full[0]))}, {number(float(full[1]))}), the cross. "
        f"A dot is the mean of {counted(size, 'sample')}; a step against it would go uphill for {aim}."
    )


def _spread(result: Result, estimates: Estimates, hover: Target) -> str:
    at = size_near(result, 10**hover.x)
    size, sigma = int(result.sizes[at]), float(estimates.expected[0])
    count = len(result.points)
    law = f"{number(sigma)} / √{size}"
    if not result.replacement:
        law += f" × √(({count} {MINUS} {size}) / ({count} {MINUS} 1))"
    how = "with replacement" if result.replacement else "without replacement"
    return (
        f"Batches of {size}, {how}: estimates lie {number(float(estimates.measured[at]))} from the full gradient "
        f"(root mean square of {len(result.draws):,} draws). The law says {law} = "
        f"{number(float(estimates.expected[at]))}."
    )


def size_near(result: Result, size: float) -> int:
    """The place in `sizes` that is nearest by ratio."""
    away = [abs(math.log(max(size, 1e-9) / int(one))) for one in result.sizes.tolist()]
    return away.index(min(away))


def under_way(moment: Moment) -> str:
    """A run at a line that says nothing of itself."""
    now = moment.after if moment.stage == "update" and moment.after is not None else moment.before
    return f"{counted(moment.done, 'update').capitalize()} made. The line is {line(now)}."

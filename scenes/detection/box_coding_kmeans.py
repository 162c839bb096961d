"""Priors by k-means: box sizes as points, their centres on the way, and how well the priors serve."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.detection.priors import Distance
from engine.trace import Frame, Trace
from scenes.detection.box_coding_marks import chart, curve, dot, held, line, outline
from scenes.detection.box_coding_model import Params, Result
from scenes.detection.box_coding_sizes import MOST_PRIORS, Sizes, iou_with
from scenes.picture import Bars, Line, Mark, Panel, Picture, Region, Role, Scatter, Text
from scenes.scene import State, Target, Why, locked

TITLES: dict[Distance, str] = {"iou": "1 − IoU", "euclidean": "Euclidean"}
THIRDS = ("small", "middle", "large")
MANY = 1000  # sizes; beyond it they are drawn as dots without a line each


@dataclass(frozen=True, kw_only=True)
class Moment:
    """How centres and sizes stand at a step, or at the end."""

    centres: NDArray[np.float64]
    nearest: NDArray[np.int64]  # -1 before the first assignment
    way: NDArray[np.float64]  # (T, K, 2) up to now; empty while stepping
    iou: NDArray[np.float64]  # (N,) of each size with its best centre
    now: int = -1  # the centre being moved
    cost: float | None = None  # the mean distance at this step


def moment_of(sizes: Sizes, result: Result, frame: Frame | None, step: int | None = None) -> Moment:
    """Read the standing off the recorded line, or off the result at the end."""
    run = result.clusters
    none, nobody = np.zeros((0, len(run.priors), 2)), np.full(len(run.nearest), -1)
    if frame is None and step == 0:
        iou = iou_with(sizes.sizes, run.starts).max(1)
        return Moment(centres=run.starts, iou=iou, nearest=nobody, way=none)
    if frame is None:
        way = np.concatenate([run.way, run.priors[None]])
        return Moment(centres=run.priors, nearest=run.nearest, way=way, iou=run.iou)
    outer, inner = frame.outermost.variables, frame.variables
    centres = (inner if "moved" in inner else outer).get("moved" if "moved" in inner else "centres")
    nearest = outer.get("nearest")
    fits = centres is not None and centres.shape == run.priors.shape and bool(centres.isfinite().all())
    shown = centres.numpy() if fits and centres is not None else run.starts
    gap = outer.get("gap")
    return Moment(
        centres=shown, iou=iou_with(sizes.sizes, shown).max(1), cost=None if gap is None else float(gap.amin(1).mean()),
        nearest=nearest.numpy() if nearest is not None and len(nearest) == len(nobody) else nobody, way=none,
        now=int(inner["k"]) if "k" in inner else -1,
    )  # fmt: skip


def view(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """The sizes and their centres; mean IoU against k; the cost by turn; whom the priors serve."""
    params: Params = state.params
    sizes: Sizes = state.inputs.sizes
    moment = moment_of(sizes, result, frame, state.step)
    pointed = hover.index if hover is not None and hover.handle == "size" else -1
    if pointed >= len(sizes.sizes):
        pointed = -1
    return Picture(
        panels=(
            _scatter(sizes, result, moment, pointed),
            _against_k(params, result, moment),
            _costs(result, moment),
            _thirds(params, sizes, result, moment),
        ),
        columns=(58, 42),
        rows=(42, 26, 32),
        sentence=sentence(params, sizes, result, hover) if frame is None or hover else "",
        focus="start",
    )


def _scatter(sizes: Sizes, result: Result, moment: Moment, pointed: int) -> Panel:
    points = sizes.sizes
    far = points.max(0) * 1.08
    marks: list[Mark] = []
    assigned = moment.nearest >= 0
    if assigned.any() and len(points) <= MANY:
        spokes = np.stack([points, moment.centres[moment.nearest]], 1)
        marks.append(Line(segments=spokes, role="quiet", width=0.5))
    marks.append(Scatter(points=points, role="input", size=5, handle="size"))
    if len(moment.way) > 1:
        marks.append(
            Line(segments=np.stack([moment.way[:-1], moment.way[1:]], 2).reshape(-1, 2, 2), role="weight")
        )
    marks.append(
        Scatter(
            points=result.clusters.starts, role="text", size=12, symbol="ring", handle="start", movable=True
        )
    )
    labels = tuple(f"{w:.0f} × {h:.0f}" for w, h in moment.centres.tolist())
    marks.append(
        Scatter(
            points=locked(moment.centres.copy()),
            role="weight",
            size=13,
            symbol="square",
            labels=labels,
            handle="prior",
        )
    )
    if 0 <= moment.now < len(moment.centres):
        marks.append(dot(tuple(moment.centres[moment.now].tolist()), "now", size=22, ring=True))
    if pointed >= 0:
        marks += _compared(
            points[pointed].tolist(), moment.centres[_best(points[pointed], moment.centres)].tolist()
        )
    return Panel(
        key="sizes", title=f"{len(points)} {sizes.what}", marks=tuple(marks), view=(0, 0, float(far[0]), float(far[1])),
        place=(0, 0, 3, 1), down=False, axes=True, x_label="width, pixels", y_label="height, pixels",
        within=(0, 0, math.inf, math.inf),
    )  # fmt: skip


def _best(size: NDArray[np.float64], centres: NDArray[np.float64]) -> int:
    return int(iou_with(size[None], centres)[0].argmax())


def _compared(size: list[float], prior: list[float]) -> list[Mark]:
    """A size and its best prior as boxes on one corner, with what they share."""
    shared = (0.0, 0.0, min(size[0], prior[0]), min(size[1], prior[1]))
    return [
        Region(extent=shared, role="output", width=0, fill=True),
        outline((0, 0, prior[0], prior[1]), "weight"),
        outline((0, 0, size[0], size[1]), "input"),
        dot((size[0], size[1]), "now", size=12, ring=True),
    ]


def _against_k(params: Params, result: Result, moment: Moment) -> Panel:
    marks: list[Mark] = []
    other: Distance = "euclidean" if params.distance == "iou" else "iou"
    high = max(float(values[-1]) for values in result.mean_iou.values()) > 0.85  # no room for a name above
    for distance in (other, params.distance):
        values = result.mean_iou[distance]
        role: Role = "output" if distance == params.distance else "quiet"
        k = np.arange(1.0, len(values) + 1)
        chosen = distance == params.distance
        marks.append(curve(k, values, role, width=1.5 if chosen else 1.0, dashed=not chosen))
        side = {"iou": -0.15 if high else 0.1, "euclidean": -0.3 if high else -0.2}[distance]
        at = (float(len(values)), min(max(float(values[-1]) + side, 0.06), 0.94))
        marks.append(Text(at=at, text=f"by {TITLES[distance]}", role=role, align="right"))
    here = float(moment.iou.mean())
    marks.append(line((params.k, 0), (params.k, 1), "now", width=1))
    marks.append(
        Scatter(points=locked(np.array([[float(params.k), here]])), role="output", size=12, handle="k", movable=True)
    )  # fmt: skip
    right = params.k < 9
    at = (params.k + (0.2 if right else -0.2), 0.12)
    marks.append(
        Text(at=at, text=f"k = {params.k}: {here:.3f}", role="output", align="left" if right else "right")
    )
    return chart(
        "k", "mean IoU of the best k priors", (1, 0, MOST_PRIORS, 1), (0, 1, 1, 1), marks,
        x_ticks=(1, 3, 5, 7, 9, 12), y_ticks=(0, 0.5, 1),
    )  # fmt: skip


def _costs(result: Result, moment: Moment) -> Panel:
    costs = result.clusters.costs
    turns = np.arange(1.0, len(costs) + 1)
    top = float(costs.max()) * 1.15 or 1.0
    marks: list[Mark] = [
        curve(turns, costs, "gradient", width=1.5),
        Scatter(points=locked(np.stack([turns, costs], 1)), role="gradient", size=7, handle="cost"),
    ]
    if moment.cost is not None and math.isfinite(moment.cost):
        turn = int(np.abs(costs - moment.cost).argmin())
        marks.append(dot((turn + 1.0, held(moment.cost, 0, top)), "now", size=14, ring=True))
    last = max(len(costs), 2)
    return chart(
        "cost", "mean distance, turn by turn", (1, 0, last, top), (1, 1, 1, 1), marks,
        x_ticks=(1, last), y_ticks=(0, float(f"{top / 1.15:.2g}")), low=True,
    )  # fmt: skip


@lru_cache(maxsize=4)
def thirds_of(sizes: Sizes) -> tuple[NDArray[np.int64], ...]:
    """The sizes by area, in three parts."""
    return tuple(np.array_split(np.argsort(sizes.sizes.prod(1), kind="stable"), len(THIRDS)))


def _third_means(sizes: Sizes, iou: NDArray[np.float64]) -> list[float]:
    return [float(iou[part].mean()) if len(part) else 0.0 for part in thirds_of(sizes)]


def _thirds(params: Params, sizes: Sizes, result: Result, moment: Moment) -> Panel:
    """How well each third of the sizes is served, beside what the other distance does for it."""
    own, other = _third_means(sizes, moment.iou), _third_means(sizes, result.rival.iou)
    bars = Bars(
        values=locked(np.array(own)), ghosts=locked(np.array(other)), roles=("output",) * 3, labels=THIRDS,
        handle="third",
    )  # fmt: skip
    rival = TITLES["euclidean" if params.distance == "iou" else "iou"]
    return Panel(
        key="thirds", title=f"by size; dashed: {rival}", marks=(bars,), view=(0, 0, 1, 3),
        place=(2, 1, 1, 1), square=False, fixed=True, margin=(8, 0, 5, 0.3),
    )  # fmt: skip


def sentence(params: Params, sizes: Sizes, result: Result, hover: Target | None) -> str:
    """What is pointed at, or what there is to see."""
    if hover is not None and (told := _pointed(params, sizes, result, hover)):
        return told
    run = result.clusters
    means = _third_means(sizes, run.iou)
    if params.distance == "euclidean":
        return (
            f"Mean IoU {run.iou.mean():.3f}. By Euclidean distance large boxes differ most and draw the "
            f"centres: the small third has only {means[0]:.2f}."
        )
    return (
        f"Mean IoU {run.iou.mean():.3f} with {len(run.priors)} prior{'s' * (len(run.priors) != 1)}. "
        "By 1 − IoU small boxes count as much as large ones. Drag a ring to start a centre elsewhere."
    )


def _pointed(params: Params, sizes: Sizes, result: Result, hover: Target) -> str:
    """What the pointer is on; "" where that says nothing of its own."""
    run = result.clusters
    if hover.handle == "size" and 0 <= hover.index < len(sizes.sizes):
        (w, h), best = sizes.sizes[hover.index].tolist(), _best(sizes.sizes[hover.index], run.priors)
        pw, ph = run.priors[best].tolist()
        shared = min(w, pw) * min(h, ph)
        return (
            f"{w:.0f} × {h:.0f} and its best prior {pw:.0f} × {ph:.0f}, on one corner: {shared:,.0f} shared / "
            f"({w * h:,.0f} + {pw * ph:,.0f} − {shared:,.0f}) = {run.iou[hover.index]:.3f}."
        )
    if hover.handle == "prior" and 0 <= hover.index < len(run.priors):
        (w, h), own = run.priors[hover.index].tolist(), run.nearest == hover.index
        served = (
            f"{own.sum()} sizes, which have mean IoU {run.iou[own].mean():.3f}" if own.any() else "no size"
        )
        return (
            f"The prior {w:.0f} × {h:.0f} is nearest to {served}{' with their best prior' * bool(own.any())}."
        )
    if hover.handle == "third" and 0 <= hover.index < 3:
        own, other = _third_means(sizes, run.iou), _third_means(sizes, result.rival.iou)
        rival = TITLES["euclidean" if params.distance == "iou" else "iou"]
        return (
            f"The {THIRDS[hover.index]} third of the boxes by area has mean IoU {own[hover.index]:.3f} with its best "
            f"prior; clustered by {rival} distance it is {other[hover.index]:.3f}."
        )
    if hover.panel == "k":
        k = min(max(round(hover.x), 1), len(result.mean_iou["iou"]))
        a, b = (float(result.mean_iou[d][k - 1]) for d in ("iou", "euclidean"))
        return f"k = {k}: mean IoU {a:.3f} when clustered by 1 − IoU, {b:.3f} by Euclidean distance (best of 5 starts)."
    if hover.handle == "cost" and 0 <= hover.index < len(run.costs):
        return f"After assignment {hover.index + 1} the mean distance is {run.costs[hover.index]:.4g}. It never rises."
    return ""


def why(result: Result, trace: Trace, target: Target) -> Why | None:
    """When a size last changed its centre."""
    sizes = len(result.clusters.nearest)
    if target.handle != "size" or not 0 <= target.index < sizes:
        return None
    last, found = -1, None
    for frame in trace.frames:
        if frame.depth or not frame.text.startswith("nearest = gap"):
            continue
        now = int(frame.variables["nearest"][target.index])
        if now != last:
            last, found = now, frame
    return _joined(found, target.index, last) if found is not None else None


def _joined(frame: Frame, index: int, centre: int) -> Why:
    seen: dict[str, Any] = dict(frame.variables)
    w, h = seen["centres"][centre].tolist()
    gap = float(seen["gap"][index, centre])
    words = (
        f"Here the size joins its last centre, {w:.0f} × {h:.0f}: of all it is the nearest, {gap:.4g} away."
    )
    return Why(step=frame.index + 1, sentence=words)

"""The maps: a grid over the picture, each cell with its three priors' status, and the truths to drag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.detection.assignment import POSITIVE, STRIDES, place_of
from engine.trace import Frame
from scenes.detection.yolo_assignment_model import (
    Inputs,
    Params,
    Result,
    RuleName,
    focus_of,
    outcome_of,
    prior_at,
    strides_shown,
    tiles_of,
)
from scenes.detection.yolo_assignment_words import sides
from scenes.picture import Boxes, Image, Line, Mark, Mosaic, Panel, Region, Role, Scatter
from scenes.scene import Target, locked

KINDS: tuple[Role, ...] = (
    "line",
    "ignored",
    "kept",
)  # negative fades away, ignored is hatched, positive glows
STRENGTHS = (0.56, 0.8, 1.0)
CROWD = (
    8  # truths from which on a small map numbers only the one at hand, and a large one names only its prior
)
FEW = 12  # positive priors of a map up to which their own rectangles are drawn; there is one a truth
Box4 = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Moment:
    """How the priors stand at a step, or at the end; of a step also what is known of the truth at hand."""

    status: NDArray[np.int64]
    matched: NDArray[np.int64]
    tiles: Mapping[int, NDArray[np.uint8]]
    stepping: bool = False
    truth: int = -1  # the one at hand
    index: int = -1  # the prior that answers for it, once it is known
    likeness: tuple[float, ...] = ()  # its IoU with the nine shapes, while they are compared
    best: int = -1  # and the best of them


def moment_of(result: Result, frame: Frame | None, rule: RuleName, step: int | None = None) -> Moment:
    """Read off the recorded line, or off the result at the end."""
    outcome = outcome_of(result, rule)
    whole = Moment(status=outcome.status, matched=outcome.matched, tiles=outcome.tiles)
    if frame is None and step != 0:
        return whole
    seen = frame.outermost.variables if frame is not None else {}
    if "terms" in seen or "class_logits" in seen:  # the loss is stepped through: all is assigned
        return whole
    status = _whole_numbers(seen.get("status"), np.zeros_like(outcome.status))
    matched = _whole_numbers(seen.get("matched"), np.full_like(outcome.matched, -1))
    moment = Moment(status=status, matched=matched, tiles=tiles_of(status, result.size), stepping=True)
    if frame is None or (frame.returned and not frame.callers):
        return replace(moment, stepping=frame is None)
    return replace(moment, **_at_hand(result, matched, frame, seen))


def _at_hand(
    result: Result, matched: NDArray[np.int64], frame: Frame, seen: Mapping[str, Any]
) -> dict[str, Any]:
    """The truth at hand, and what is known of it."""
    truth, index, likeness = seen.get("number", -1), seen.get("index"), frame.variables.get("likeness")
    if not isinstance(truth, int) or not 0 <= truth < len(result.truths):
        return {}
    found: dict[str, Any] = {"truth": truth}
    if isinstance(index, int) and 0 <= index < len(matched):  # and not that of the truth before
        fresh = matched[index] == truth or not {"index", "before"}.isdisjoint(frame.changed)
        found["index"] = index if fresh else -1
    if isinstance(likeness, Tensor) and likeness.shape == (9,) and bool(likeness.isfinite().all()):
        best = frame.variables.get("best", -1)
        found |= {"likeness": tuple(likeness.tolist()), "best": best if isinstance(best, int) else -1}
    return found


def _whole_numbers(value: Any, otherwise: NDArray[np.int64]) -> NDArray[np.int64]:
    """A variable's numbers, one a prior; the other ones where it is none such."""
    if not isinstance(value, Tensor) or value.shape != otherwise.shape:
        return otherwise
    found: NDArray[np.int64] = value.numpy()
    return found


def pointed_at(params: Params, inputs: Inputs, result: Result, hover: Target | None) -> int:
    """The prior under the pointer on a map; -1 elsewhere."""
    if hover is None or not hover.panel.startswith("map "):
        return -1
    if not (0 <= hover.x < result.size and 0 <= hover.y < result.size):
        return -1
    focus = focus_of(params, inputs, result.responsible)
    stride = strides_shown(params, focus)[int(hover.panel.removeprefix("map "))]
    return prior_at(result.size, stride, hover.x / result.size, hover.y / result.size)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the three maps have in common: whose rule, the prior pointed at (-1 for none), and the truth whose
    cells are bright (-1 for none).
    """

    inputs: Inputs
    result: Result
    rule: RuleName
    lit: int
    bright: int


def map_panel(
    number: int,
    title: str,
    stride: int,
    shown: Shown,
    moment: Moment,
    place: tuple[int, int, int, int],
    differs: NDArray[np.bool_] | None = None,
) -> Panel:
    """One grid over the picture, number 0 the large one; `differs` marks cells to be outlined."""
    inputs, result, large = shown.inputs, shown.result, number == 0
    size = float(result.size)
    extent = (0.0, 0.0, size, size)
    marks: list[Mark] = [Region(extent=extent, role="line", width=1, fill=True)]
    if inputs.pixels is not None:
        marks.append(Image(pixels=inputs.pixels, extent=extent, handle="ground"))
    marks.append(
        Mosaic(
            kinds=moment.tiles[stride],
            roles=KINDS,
            strengths=STRENGTHS,
            extent=extent,
            handle=f"priors {stride}",
        )
    )
    marks.append(_grid(result.size, stride))
    owners = _owners(result, moment, stride)
    marks += _cells(owners, result, moment, moment.truth if moment.truth >= 0 else shown.bright)
    if differs is not None:
        marks.append(_boxes(_cell_boxes(np.flatnonzero(differs.ravel()), stride, result.size), "now"))
    if shown.rule != "ultralytics":
        marks += _priors(owners, result, moment, inputs.chosen, named=large)
    marks += _truths(
        inputs, result, moment, owners, named=large
    )  # above the priors: their names stay readable
    marks += _lit(shown.lit, stride, result)
    return Panel(key=f"map {number}", title=title, marks=tuple(marks), view=extent, place=place, fixed=True,
                 margin=(0.3, 0.1, 0.3, 0.1))  # fmt: skip


def index_of_tile(size: int, handle: str, tile: int) -> int:
    """The prior of a tile of a map; -1 where it is none."""
    stride = int(handle.removeprefix("priors ")) if handle.startswith("priors ") else 0
    if stride not in STRIDES:
        return -1
    start, end = _range(size, stride)
    return start + tile if 0 <= tile < end - start else -1


@lru_cache(20)
def _grid(size: int, stride: int) -> Line:
    ends = np.arange(0, size + 1, stride, dtype=float)
    down = np.stack([np.stack([ends, 0 * ends], 1), np.stack([ends, 0 * ends + size], 1)], 1)
    return Line(segments=locked(np.concatenate([down, down[..., ::-1]])), role="line", width=1)


def _range(size: int, stride: int) -> tuple[int, int]:
    start = sum(3 * (size // s) ** 2 for s in STRIDES if s > stride)
    return start, start + 3 * (size // stride) ** 2


def _owners(result: Result, moment: Moment, stride: int) -> NDArray[np.intp]:
    """The positive priors of a grid."""
    start, end = _range(result.size, stride)
    return np.flatnonzero(moment.status[start:end] == POSITIVE) + start


def _cell_boxes(cells: NDArray[np.intp], stride: int, size: int) -> Box4:
    """Cells, by their number on the grid, as boxes."""
    rows, columns = np.divmod(cells, size // stride)
    corner = np.stack([columns, rows], 1) * float(stride)
    return np.concatenate([corner, corner + stride], 1)


def _boxes(boxes: Box4, role: Role, **rest: Any) -> Boxes:
    return Boxes(boxes=locked(boxes), roles=(role,), role_of=np.zeros(len(boxes), np.intp), **rest)


def _cells(owners: NDArray[np.intp], result: Result, moment: Moment, chosen: int) -> list[Mark]:
    """An outline around every cell that has a positive prior: a bright one where the chosen truth owns it."""
    if not len(owners):
        return []
    stride = place_of(int(owners[0]), result.size)[0]
    start = _range(result.size, stride)[0]
    mine = moment.matched[owners] == chosen
    marks: list[Mark] = []
    for role, these in (("kept", ~mine), ("now", mine)):
        boxes = _cell_boxes(np.unique((owners[these] - start) // 3), stride, result.size)
        if len(boxes):
            marks.append(_boxes(boxes, role))  # type: ignore[arg-type]
    return marks


def _truths(
    inputs: Inputs, result: Result, moment: Moment, owners: NDArray[np.intp], *, named: bool
) -> list[Mark]:
    """The truths: yellow where this grid answers for them, grey where another one does, and their centres."""
    if not len(result.truths):
        return []
    here = np.isin(np.arange(len(result.truths)), moment.matched[owners])
    boxes = result.truths.astype(np.float64)
    front = moment.truth if moment.truth >= 0 else inputs.chosen
    answered = locked(((boxes[here, :2] + boxes[here, 2:]) / 2).reshape(-1, 2))
    return [
        Boxes(
            boxes=locked(boxes),
            roles=("quiet", "target"),
            role_of=here.astype(np.intp),
            labels=tuple(inputs.name(g) if here[g] and named else "" for g in range(len(boxes))),
            short=tuple(
                str(g) if named or len(boxes) <= CROWD or g == front else "" for g in range(len(boxes))
            ),
            front=(front,) if 0 <= front < len(boxes) else (),
            handle="truth",
            movable=True,
        ),
        Scatter(points=answered, role="target", size=4),
    ]


def _priors(
    owners: NDArray[np.intp], result: Result, moment: Moment, chosen: int, *, named: bool
) -> list[Mark]:
    """The rectangles of the priors that answer, where they are few; in a crowd only the chosen truth's has a name."""
    if not 0 < len(owners) <= FEW:
        return []
    every = len(result.truths) <= CROWD
    names = tuple(
        f"prior {sides(index, result.size)}" if named and (every or moment.matched[index] == chosen) else ""
        for index in owners.tolist()
    )
    return [_boxes(result.priors[owners].astype(np.float64), "weight", labels=names)]


def _lit(lit: int, stride: int, result: Result) -> list[Mark]:
    """The prior pointed at: its tile, its rectangle, the box that the stand-in predicts with it, and the truth
    that it answers for.
    """
    if lit < 0 or place_of(lit, result.size)[0] != stride:
        return []
    _, row, column, number = place_of(lit, result.size)
    x, y, width = column * stride + number * stride / 3, row * stride, stride / 3
    boxes = [np.array([x, y, x + width, y + stride]), result.priors[lit], result.predictions[lit]]
    if (truth := int(result.matched[lit])) >= 0:
        boxes.append(result.truths[truth])
    count = len(boxes)
    return [
        Boxes(
            boxes=locked(np.stack(boxes).astype(np.float64)),
            roles=("now", "weight", "output"),
            role_of=_ROLES_LIT[:count],
            labels=("", f"prior {sides(lit, result.size)}", "predicted", "")[:count],
            front=(2, 1, 0),
        )
    ]


_ROLES_LIT = locked(np.array([0, 1, 2, 0], np.intp))

"""The picture of suppression: the boxes over their picture, a bar a score, and who overlaps whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.trace import Frame
from scenes.detection.nms_fate import fate, suppressor
from scenes.detection.nms_model import LISTED, MANY, Inputs, Params, Result, is_soft
from scenes.detection.nms_run import best_of, indices
from scenes.detection.sheet import desk, ruled
from scenes.picture import Bars, Boxes, Cells, Image, Mark, Panel, Picture, Region, Role
from scenes.scene import State, Target

ROLES: tuple[Role, ...] = ("input", "kept", "removed", "now", "target")
FEW = 6  # boxes up to which all are labelled in full
SHARED = 4  # rivals whose common part with the best box is filled
WAITING, KEPT, REMOVED, NOW, JUDGED = range(5)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """How the boxes stand at a step, or at the end."""

    status: NDArray[np.intp]  # (N,) an index into ROLES
    scores: NDArray[np.float32]  # (N,) as they have faded so far
    best: int = -1
    overlap: Mapping[int, float] = field(default_factory=dict)  # of each judged box with the best one


def moment_of(result: Result, frame: Frame | None) -> Moment:
    """Read the boxes' standing off the variables of the run, or off the result where no line is looked at."""
    count = len(result.scores)
    status = np.full(count, WAITING, np.intp)
    if frame is None:
        status[:] = REMOVED
        status[result.keep] = KEPT
        return Moment(status=status, scores=result.final_scores)
    seen = frame.outermost.variables
    best = best_of(seen) if best_of(seen) < count else -1
    is_over = frame.returned and not frame.callers
    if is_over or "order" in seen:
        status[:] = REMOVED
    if "order" in seen and not is_over:
        status[indices(seen["order"])] = WAITING
    if "waiting" in seen:
        status[~seen["waiting"].numpy()] = REMOVED
    status[indices(seen.get("keep", ()))] = KEPT
    overlap = _judged(seen, status, best) if best >= 0 and not is_over else {}
    for index in overlap:
        if status[index] == WAITING:
            status[index] = JUDGED
    if best >= 0 and not is_over:
        status[best] = NOW
    scores = seen["scores"].numpy() if "scores" in seen else result.scores
    return Moment(status=status, scores=scores, best=best, overlap=overlap)


def _judged(seen: Mapping[str, Any], status: NDArray[np.intp], best: int) -> dict[int, float]:
    """The overlap of each rival being judged, the ones just removed too; those that do not touch are left out.

    Overlaps left from the round before are told from those of this one: there are more of them than rivals now,
    or, where all boxes are measured, there is one that the box overlaps more than itself.
    """
    overlap = seen.get("overlap", torch.empty(0))
    rivals = torch.as_tensor(seen["rest"]) if "rest" in seen else torch.arange(len(overlap))
    if not len(overlap) or len(rivals) != len(overlap):
        return {}
    if "rest" not in seen:
        if len(overlap) != len(status) or overlap[best] < overlap.max():
            return {}
        rivals = rivals[torch.from_numpy(status == WAITING)]
        overlap = overlap[rivals]
    touching = overlap > 0.005
    if "labels" in seen:
        touching &= seen["labels"][rivals] == seen["labels"][best]
    return dict(zip(rivals[touching].tolist(), overlap[touching].tolist(), strict=True))


def picture(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """The boxes over their picture, a bar a score, and who overlaps whom."""
    params, inputs = state.params, state.inputs
    moment = moment_of(result, frame)
    if len(moment.status) != len(inputs.boxes):  # an edit whose result is not there yet
        inputs = replace(inputs, boxes=result.boxes, scores=result.scores, labels=result.labels, chosen=-1)
    pointed = _pointed(hover, result)
    told = pointed if pointed >= 0 else inputs.chosen
    if frame is None and 0 <= told < len(result.scores) and moment.status[told] == REMOVED:
        by, overlap = suppressor(params, result, told)
        if by >= 0:
            moment = replace(moment, best=by, overlap={told: overlap})
    bars = 32 + round(1.3 * min(len(result.listed), LISTED))  # few bars leave the room to the matrix
    return Picture(
        panels=(
            _boxes_panel(inputs, moment, pointed),
            _scores_panel(params, inputs, result, moment),
            _matrix_panel(params, result, moment, hover),
        ),
        columns=(62, 38),
        rows=(bars, 100 - bars),
        sentence=_sentence(params, inputs, result, told, hover) if frame is None or hover else "",
        focus="box" if inputs.chosen >= 0 else "",
    )


def _pointed(hover: Target | None, result: Result) -> int:
    """The box that the pointer is on, in whichever panel."""
    if hover is None:
        return -1
    if hover.handle == "box":
        return hover.index
    if hover.handle == "score":
        return int(result.listed[hover.index]) if hover.index < len(result.listed) else -1
    return -1


def _boxes_panel(inputs: Inputs, moment: Moment, pointed: int) -> Panel:
    width, height = inputs.extent
    marks: list[Mark] = list(_ground(inputs))
    status = moment.status.copy()
    front = [inputs.chosen] if 0 <= inputs.chosen < len(status) else []
    front += [index for index in (moment.best, pointed) if index >= 0 and index not in front]
    ranked = sorted(moment.overlap, key=lambda index: -moment.overlap[index])
    front += [index for index in ranked[:8] if index not in front]
    marks += _areas(inputs, moment, ranked)
    marks.append(
        Boxes(
            boxes=inputs.boxes,
            roles=ROLES,
            role_of=status,
            labels=_labels(inputs, moment, front),
            short=tuple(map(str, range(len(status)))) if len(status) <= MANY else (),
            front=tuple(dict.fromkeys(front)),
            handle="box",
            movable=True,
        )
    )
    sheet = (0.0, 0.0, width, height)
    within = desk(sheet) if inputs.pixels is None else None
    return Panel(key="boxes", marks=tuple(marks), view=sheet, within=within, place=(0, 0, 2, 1))


def _areas(inputs: Inputs, moment: Moment, ranked: list[int]) -> list[Mark]:
    """On an empty sheet the kept boxes have a body; what the best box shares with those it is measured against."""
    marks: list[Mark] = []
    if inputs.pixels is None and len(inputs.boxes) <= FEW:
        for index in np.flatnonzero(moment.status == KEPT).tolist():
            marks.append(Region(extent=_extent(inputs.boxes[index]), role="kept", width=0, fill=True))
    for index in ranked[:SHARED]:
        one, other = inputs.boxes[index], inputs.boxes[moment.best]
        shared = np.concatenate([np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])])
        marks.append(Region(extent=_extent(shared), role="target", width=0, fill=True))
    return marks


def _extent(box: NDArray[np.float32]) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = box.tolist()
    return x1, y1, x2, y2


def _ground(inputs: Inputs) -> tuple[Mark, ...]:
    """The picture; without one an empty sheet, ruled, in pixels where these are large enough to count."""
    width, height = inputs.extent
    if inputs.pixels is not None:
        return (Image(pixels=inputs.pixels, extent=(0, 0, width, height)),)
    return ruled((0.0, 0.0, width, height), 1.0)


def _labels(inputs: Inputs, moment: Moment, front: list[int]) -> tuple[str, ...]:
    """Words for what the eye should find; the others have their number."""
    count = len(moment.status)
    spoken = set(front)
    if count <= FEW:
        spoken.update(range(count))
    elif count <= MANY:
        spoken.update(np.flatnonzero((moment.status == KEPT) | (moment.status == NOW)).tolist())
    labels = [""] * count
    for index in spoken:
        labels[index] = _label(inputs, moment, index)
    return tuple(labels)


def _label(inputs: Inputs, moment: Moment, index: int) -> str:
    if index in moment.overlap:
        return f"{index}  overlap {moment.overlap[index]:.2f}"
    score = moment.scores[index]
    name = inputs.name(index) + " " if inputs.names else ""
    return f"{index}  {name}{score:.2f}"


def _scores_panel(params: Params, inputs: Inputs, result: Result, moment: Moment) -> Panel:
    listed = result.listed
    names = [f"{index} {inputs.name(index)}" if inputs.names else f"{index}" for index in listed.tolist()]
    bars = Bars(
        values=moment.scores[listed],
        ghosts=result.scores[listed],
        roles=tuple(ROLES[moment.status[index]] for index in listed.tolist()),
        labels=tuple(names),
        limit=params.score_threshold if params.score_threshold >= 0.01 else None,
        handle="score",
        editable=True,
        movable=True,
    )
    rows = max(len(listed), 3)
    title = "score" if len(inputs.boxes) <= LISTED else f"score, the best {LISTED} of {len(inputs.boxes):,}"
    return Panel(
        key="scores", title=title, marks=(bars,), view=(0, 0, 1, rows), place=(0, 1, 1, 1),
        square=False, fixed=True, margin=(max(map(len, names), default=1) + 1, 0, 5, 0),
    )  # fmt: skip


def _matrix_panel(params: Params, result: Result, moment: Moment, hover: Target | None) -> Panel:
    count = len(result.listed)
    name = "DIoU" if params.method == "diou" else "IoU"
    names = tuple(map(str, result.listed.tolist()))
    marks = (
        Cells(
            values=result.overlaps,
            role="weight",
            shade="signed",
            range=(-1, 1),
            decimals=2,
            handle="overlap",
            marked=_marked_cells(result, moment, hover),
            row_names=names,
            column_names=names,
        ),
    )
    return Panel(
        key="overlaps", title=f"{name} of each pair", marks=marks, view=(0, 0, max(count, 1), max(count, 1)),
        place=(1, 1, 1, 1), fixed=True, margin=(3, 1.2, 0.5, 0.5),
    )  # fmt: skip


def _marked_cells(result: Result, moment: Moment, hover: Target | None) -> tuple[tuple[int, int, Role], ...]:
    marked: list[tuple[int, int, Role]] = []
    if moment.best >= 0 and moment.overlap:
        rows = {int(index): row for row, index in enumerate(result.listed)}
        if moment.best in rows:
            marked += [(rows[moment.best], rows[i], "now") for i in moment.overlap if i in rows]
    if hover is not None and hover.handle == "overlap":
        marked.append((*divmod(hover.index, len(result.listed)), "now"))
    return tuple(marked)


def _sentence(params: Params, inputs: Inputs, result: Result, told: int, hover: Target | None) -> str:
    total, kept = len(result.scores), len(result.keep)
    name = "DIoU" if params.method == "diou" else "IoU"
    if hover is not None and hover.handle == "overlap":
        row, column = (int(result.listed[i]) for i in divmod(hover.index, len(result.listed)))
        value = float(result.overlaps.ravel()[hover.index])
        words = overlap_in_words(params, result.boxes[row], result.boxes[column], value)
        return f"{name} of boxes {row} and {column}: {words}"
    if 0 <= told < total:
        return fate(params, inputs, result, told)
    if not total:
        return "There are no boxes. Press N or double-click on the picture to add one."
    are = f"{kept} of {total:,} boxes {'is' if kept == 1 else 'are'} kept"
    if is_soft(params):
        return f"{are}. Rivals are not removed: their scores fade by their overlap."
    limit, low = f"{params.iou_threshold:.2f}", int((result.scores <= params.score_threshold).sum())
    if kept == total - low:
        none = f"{are}: none overlaps a better one by more than {limit}."
        return f"{none} {low} score too low." if low else none
    dashed = f"{low} score too low, and each other dashed one" if low else "each dashed one"
    return f"{are}; {dashed} overlaps a better one by more than {limit}."


def overlap_in_words(params: Params, a: Any, b: Any, value: float) -> str:
    """The arithmetic of one overlap, with its numbers."""
    extra = 1.0 if params.legacy_plus_one else 0.0
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]) + extra
    shared = float(np.prod(np.clip(sides, 0, None)))
    areas = [float(np.prod(box[2:] - box[:2] + extra)) for box in (a, b)]
    union = sum(areas) - shared
    words = f"{shared:,.0f} shared / ({areas[0]:,.0f} + {areas[1]:,.0f} - {shared:,.0f})"
    if params.method == "diou" and union > 0:
        iou = shared / union
        return f"{words} - distance² / diagonal² = {iou:.3f} - {iou - value:.3f} = {value:.3f}"
    return f"{words} = {value:.3f}"

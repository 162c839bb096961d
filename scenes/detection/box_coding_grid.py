"""A whole head decoded: its boxes over the picture, the objectness of every cell, one cell's raw numbers."""

from __future__ import annotations

import math

import numpy as np

from engine.trace import Frame
from scenes.detection.box_coding_head import Head, Predictions
from scenes.detection.box_coding_marks import chart, curve, dot, grid, ground, line, num, outline
from scenes.detection.box_coding_model import Inputs, Params, Result, best_in, cell_of
from scenes.detection.box_coding_moment import Seen, seen_at
from scenes.picture import Boxes, Heatmap, Mark, Panel, Picture, Region, Role, Scatter, Table
from scenes.scene import State, Target, locked

SHOWN = 200  # boxes drawn at most, the best
NAMED = 6
LISTED = 5  # priors of the chosen cell in the table, the best
ROLES: tuple[Role, ...] = ("output", "now")
HEADS = ("prior", "tx", "ty", "tw", "th", "object", "class", "score")


def view(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """The boxes that score enough; the map of objectness; the chosen cell."""
    params, inputs, head, found = state.params, state.inputs, result.head, result.predictions
    cell = cell_of(inputs, found) if inputs.head is head else int(found.order[0]) // len(head.anchors)
    pointed = pointed_at(params, head, found, hover)
    if pointed >= 0:
        cell = pointed // len(head.anchors)
    return Picture(
        panels=(
            _boxes(params, inputs, head, found, cell, seen_at(state, frame)),
            _map(head, found, cell),
            _falling(params, found, cell * len(head.anchors), len(head.anchors)),
            _table(head, found, cell),
        ),
        columns=(60, 40),
        rows=(40, 26, 34),
        sentence=_at_rank(params, found, hover) or sentence(params, head, found, cell, pointed)
        if frame is None or hover
        else "",
    )


def drawn(params: Params, found: Predictions) -> np.ndarray:
    """The predictions above the threshold, best first, as many as are drawn."""
    order = found.order[:SHOWN]
    return order[found.scores[order] > params.score_threshold]


def pointed_at(params: Params, head: Head, found: Predictions, hover: Target | None) -> int:
    """The prediction that the pointer is on, in whichever panel; -1 for none."""
    if hover is None or hover.index < 0:
        return -1
    if hover.handle == "detection":
        listed = drawn(params, found)
        return int(listed[hover.index]) if hover.index < len(listed) else -1
    if hover.handle == "map" and hover.index < head.grid[0] * head.grid[1]:
        return best_in(found, head, hover.index)
    return -1


def _boxes(params: Params, inputs: Inputs, head: Head, found: Predictions, cell: int, seen: Seen) -> Panel:
    row, column = divmod(cell, head.grid[1])
    s = head.stride
    listed = drawn(params, found)
    own = best_in(found, head, cell)
    here = np.flatnonzero(listed == own)
    role_of = np.zeros(len(listed), np.intp)
    role_of[here] = 1
    labels = [""] * len(listed)
    for place in dict.fromkeys((*here.tolist(), *range(min(NAMED, len(listed))))):
        index = int(listed[place])
        labels[place] = f"{head.name(int(found.labels[index]))} {found.scores[index]:.2f}"
    front = tuple(dict.fromkeys((*here.tolist(), *range(min(NAMED, len(listed))))))
    marks: list[Mark] = [*ground(inputs.head_backdrop, head.extent), grid(head.extent, s)]
    extent = (column * s, row * s, (column + 1) * s, (row + 1) * s)
    marks.append(
        Boxes(
            boxes=locked(found.boxes[listed].astype(np.float64)), roles=ROLES, role_of=role_of,
            labels=tuple(labels), front=front, handle="detection",
        )
    )  # fmt: skip
    marks.append(Region(extent=extent, role="now", fill=True))
    stepping = seen.variables is not None
    if not len(here) or stepping:
        x, y = extent[0] + s / 2, extent[1] + s / 2
        w, h = (float(side) / 2 for side in head.anchors[own % len(head.anchors)])
        marks.append(outline((x - w, y - h, x + w, y + h), "weight", dashed=True))
    if stepping:
        marks += _decoding(seen)
    made = "made up, no network" if head.made else "your head"
    title = f"{len(found.scores):,} predictions: {made}"
    return Panel(key="head", title=title, marks=tuple(marks), view=(0, 0, *head.extent), place=(0, 0, 2, 1))


def _decoding(seen: Seen) -> list[Mark]:
    """How far the decoding of the chosen cell has come: its centre, and the sides around it."""
    centre, size = (seen.numbers(name, (0, 0)) for name in ("centre", "size"))
    if not centre or not all(map(math.isfinite, centre)):
        return []
    (x, y), marks = centre, [dot((centre[0], centre[1]), "now", size=9)]
    if size and all(map(math.isfinite, size)):
        w, h = (side / 2 for side in size)
        return [outline((x - w, y - h, x + w, y + h), "now"), *marks]
    return list(marks)


def _map(head: Head, found: Predictions, cell: int) -> Panel:
    rows, columns = head.grid
    row, column = divmod(cell, columns)
    marks = (
        Heatmap(
            values=found.map,
            range=(0.0, 1.0),
            extent=(0, 0, columns, rows),
            legend="objectness",
            handle="map",
        ),
        Region(extent=(column, row, column + 1, row + 1), role="now"),
    )
    return Panel(
        key="map", title="objectness, best of cell", marks=marks, view=(0, 0, columns, rows),
        place=(0, 1, 1, 1),
    )  # fmt: skip


def _falling(params: Params, found: Predictions, first: int, count: int) -> Panel:
    """The scores from the best down, as many as are drawn; the threshold; and where the chosen cell's stand."""
    order = found.order[:SHOWN]
    scores, last = found.scores[order].astype(np.float64), max(len(order), 2)
    own = np.flatnonzero((order >= first) & (order < first + count))
    above = int((scores > params.score_threshold).sum())
    y = params.score_threshold
    marks: list[Mark] = [
        curve(np.arange(1.0, len(order) + 1), scores, "quiet", width=1.5),
        curve(np.arange(1.0, above + 1), scores[:above], "output", width=2.5),
        line((1, y), (last, y), "weight", dashed=True),
        Scatter(points=locked(np.stack([own + 1.0, scores[own]], 1)), role="now", size=8),
    ]
    return chart(
        "scores", f"the best {len(order)} scores, falling", (1, 0, last, 1), (1, 1, 1, 1), marks,
        x_ticks=(1, last), y_ticks=(0, 1), low=True,
    )  # fmt: skip


def _table(head: Head, found: Predictions, cell: int) -> Panel:
    """What each prior of the cell says, raw, and what it comes to."""
    count = len(head.anchors)
    first, rows = cell * count, []
    listed = sorted(np.argsort(-found.scores[first : first + count], kind="stable")[:LISTED].tolist())
    for a in listed:
        n = first + a
        raw = head.predictions[n]
        label = head.name(int(found.labels[n])) if found.class_scores.shape[1] else "-"
        best = f"{label} {found.class_scores[n].max():.2f}" if found.class_scores.shape[1] else "-"
        w, h = head.anchors[a].tolist()
        rows.append((f"{w:.0f}×{h:.0f}", *(num(float(v)) for v in raw[:4]), f"{found.objectness[n]:.2f}", best,
                     f"{found.scores[n]:.2f}"))  # fmt: skip
    row, column = divmod(cell, head.grid[1])
    own = best_in(found, head, cell) % count
    table = Table(heads=HEADS, rows=tuple(rows), marked=((listed.index(own), "now"),))
    return Panel(
        key="cell", title=f"cell ({column}, {row}): raw numbers and what they mean", marks=(table,),
        view=(0, 0, 1, max(len(listed) + 1, 4)), place=(2, 0, 1, 2), square=False, fixed=True, margin=(0, 0.2, 0, 0),
    )  # fmt: skip


def _at_rank(params: Params, found: Predictions, hover: Target | None) -> str:
    """The score under the pointer on the falling curve; "" elsewhere."""
    if hover is None or hover.panel != "scores" or not len(found.order):
        return ""
    rank = min(max(round(hover.x), 1), len(found.order[:SHOWN]))
    score = float(found.scores[found.order[rank - 1]])
    side = "above" if score > params.score_threshold else "not above"
    return f"The prediction of rank {rank} scores {score:.3f}: {side} the threshold of {params.score_threshold:.2f}."


def sentence(params: Params, head: Head, found: Predictions, cell: int, pointed: int) -> str:
    """What is pointed at, or what there is to see."""
    if pointed >= 0:
        return _told(head, found, pointed)
    enough = int((found.scores > params.score_threshold).sum())
    drawn_only = f" (the best {SHOWN} are drawn)" if enough > SHOWN else ""
    made = "Made of the street's known boxes and noise: " if head.made else ""
    return (
        f"{made}{enough:,} of {len(found.scores):,} predictions score above {params.score_threshold:.2f}{drawn_only}. "
        "Hand them on, and suppression removes the copies."
    )


def _told(head: Head, found: Predictions, index: int) -> str:
    """The decoding of one prediction, with its numbers."""
    count = len(head.anchors)
    row, column = divmod(index // count, head.grid[1])
    tx, ty, tw, th = (float(v) for v in head.predictions[index][:4])
    w, h = head.anchors[index % count].tolist()
    x = (1 / (1 + math.exp(-max(min(tx, 50.0), -50.0))) + column) * head.stride
    y = (1 / (1 + math.exp(-max(min(ty, 50.0), -50.0))) + row) * head.stride
    scored = (
        f"{found.objectness[index]:.2f} · {found.class_scores[index].max():.2f} = {found.scores[index]:.2f}, "
        f"{head.name(int(found.labels[index]))}"
        if found.class_scores.shape[1]
        else f"objectness {found.objectness[index]:.2f}"
    )
    return (
        f"Cell ({column}, {row}), prior {w:.0f} × {h:.0f}: centre ({x:.0f}, {y:.0f}), "
        f"{w:.0f} · e^{num(tw)} = {w * math.exp(tw):.0f} by {h:.0f} · e^{num(th)} = {h * math.exp(th):.0f} px. "
        f"Score {scored}."
    )

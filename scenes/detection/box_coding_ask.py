"""What is asked before a step of box coding: questions that whoever mixes up t and what it means answers wrongly."""

from __future__ import annotations

import math

from torch import Tensor

from engine.detection.priors import distances
from engine.trace import Frame, Trace
from scenes.asking import Choice, Question
from scenes.detection.answers import of_numbers, of_parts, strict
from scenes.detection.box_coding_classes import name_of
from scenes.detection.box_coding_marks import SIDES, num
from scenes.detection.box_coding_model import Params
from scenes.scene import State

SHARE = 0.02  # of a part of the cell, a probability or a factor: where half of the credit is lost
PIXELS = 3.0
DISTANCE = 8.0  # pixels of width and height, on the map of sizes
LEFT, TOP = "from its left edge", "from its upper edge"


def ask(state: State, trace: Trace, following: Frame) -> Question | None:
    """What the next step will show; None where that says nothing of the scene's point."""
    params: Params = state.params
    match params.view:
        case "decode":
            return _encoding(following) if params.way == "encode" else _decoding(following)
        case "offsets":
            return _loss(params, following)
        case "kmeans":
            return _clustering(params, following)
        case "classes":
            return _classes(params, following)
        case "head":
            return _where_in_the_picture(following) if "centre" in following.changed else None
    return None  # of the logarithm the curves say all


def _asked(
    text: str, right: float, wrong: tuple[float, ...], decimals: int, scale: float, reveal: str
) -> Question | None:
    choices = of_numbers(right, wrong, decimals)
    if not choices or not math.isfinite(right):
        return None
    return Question(
        text=text, kind="number", right=(right,), choices=choices, reveal=reveal, scale=strict(scale, right, choices)
    )  # fmt: skip


def _decoding(following: Frame) -> Question | None:
    seen = following.variables
    t = seen["t"].tolist()
    if "offset" in following.changed:
        part = float(seen["offset"][0])
        return _asked(
            f"tx is {num(t[0])}. At which part of its cell will the centre stand, {LEFT}?",
            part, (t[0], 0.5, math.exp(t[0]), 1 - part), 3, SHARE,
            f"The sigmoid of {num(t[0])} is {part:.3f}: always between 0 and 1, so the centre stays in its cell.",
        )  # fmt: skip
    if "centre" in following.changed:
        return _where_in_the_picture(following)
    if "scale" in following.changed:
        factor, prior = float(seen["scale"][0]), float(seen["priors"][0])
        return _asked(
            f"tw is {num(t[2])}. By which factor is the prior's width of {prior:g} pixels multiplied?",
            factor, (1 + t[2], t[2], 1 / (1 + math.exp(-t[2])), 1 / factor), 3, SHARE,
            f"e to the power of {num(t[2])} is {factor:.3f}, and so above 0 whatever tw is.",
        )  # fmt: skip
    return None


def _where_in_the_picture(following: Frame) -> Question | None:
    """Cells and pixels are easily mixed up."""
    seen = following.variables
    tx = float(seen["t"][0])
    part, column, stride = float(seen["offset"][0]), float(seen["cells"][0]), float(seen["stride"])
    x = float(seen["centre"][0])
    return _asked(
        f"The centre is {part:.3f} of a cell into column {column:g}, and a cell is {stride:g} pixels wide. "
        "What is its x in pixels?",
        x, (part * stride + column, (tx + column) * stride, (column + 0.5) * stride, part * column * stride),
        1, PIXELS, f"Both are counted in cells: ({part:.3f} + {column:g}) · {stride:g} = {x:.1f} pixels.",
    )  # fmt: skip


def _encoding(following: Frame) -> Question | None:
    seen = following.variables
    if "position" in following.changed:
        parts = seen["offset"].tolist()
        axis = int(abs(parts[1] - 0.5) > abs(parts[0] - 0.5))
        part, t = parts[axis], float(seen["position"][axis])
        return _asked(
            f"The true box's centre stands at {part:.3f} of its cell, {(LEFT, TOP)[axis]}. "
            f"Which t{SIDES[axis]} must the network say?",
            t, (part, -t, 1 / (1 + math.exp(-part)), part - 0.5), 3, 2 * SHARE,
            f"{part:.3f} is what σ(t{SIDES[axis]}) must be; t{SIDES[axis]} itself is its logit, {num(t, 3)}.",
        )  # fmt: skip
    if following.returned and isinstance(following.result, Tensor):
        ratios, found = seen["ratio"].tolist(), following.result.tolist()
        axis = int(abs(found[3]) > abs(found[2]))
        ratio, t = ratios[axis], found[2 + axis]
        how = ("wide", "high")[axis]
        return _asked(
            f"The true box is {ratio:.3f} times as {how} as its prior. Which t{SIDES[2 + axis]} does it need?",
            t, (ratio, ratio - 1, -t, 1 / ratio), 3, 2 * SHARE,
            f"The prior is multiplied by e^t, so t{SIDES[2 + axis]} is the logarithm, ln {ratio:.3f} = {num(t, 3)}.",
        )  # fmt: skip
    return None


def _loss(params: Params, following: Frame) -> Question | None:
    seen = following.variables
    if "terms" not in following.changed:
        return None
    if "terms" in following.before:
        total = float(following.before["terms"].sum())
        return _asked(
            f"The proposal holds no object. The four terms add up to {total:.3f}; what is the box loss?",
            0.0, (total, total / 4, -total), 3, SHARE,
            "There is no true box to regress to: the box loss of a proposal without an object is 0.",
        )  # fmt: skip
    d = max(seen["difference"].tolist(), key=abs)
    row, beta, far = seen["difference"].tolist().index(d), params.beta, abs(d)
    cost = float(seen["terms"][row])
    squared, straight = far * far / (2 * beta), far - beta / 2
    how = (
        f"below β it is squared, {num(d, 3)}² / (2 · {beta:g})"
        if far < beta
        else f"from β on it is straight, {far:.3f} − {beta:g} / 2"
    )
    return _asked(
        f"t{SIDES[row]} differs by {num(d, 3)} from the true box's, and β is {beta:g}. What does that cost?",
        cost, (far, d * d, straight if far < beta else squared, -cost), 3, SHARE,
        f"Smooth L1: {how} = {cost:.3f}.",
    )  # fmt: skip


def _clustering(params: Params, following: Frame) -> Question | None:
    """Asked in the first turn: later on little moves."""
    seen, before = following.variables, following.before
    if "nearest" in following.changed and bool((before["nearest"] < 0).all()):
        return _who_takes(params, seen["sizes"], seen["centres"], seen["nearest"])
    if "centres" in following.changed and bool((before["before"] < 0).all()):
        return _where_to(params, seen["sizes"], before["centres"], seen["nearest"], seen["centres"])
    return None


def _who_takes(params: Params, sizes: Tensor, centres: Tensor, nearest: Tensor) -> Question | None:
    """The size over which the two distances disagree most."""
    own = distances(sizes, centres, params.distance)
    other = distances(sizes, centres, "euclidean" if params.distance == "iou" else "iou").argmin(1)
    best = own.amin(1)
    margin = own.gather(1, other[:, None])[:, 0] - best
    one = int((margin / (best + margin).clamp(min=1e-12)).argmax())
    if int(other[one]) == int(nearest[one]):
        return None
    parts = {*own[one].argsort()[:3].tolist(), int(other[one])}
    choices = of_parts({k: _size(centres[k]) for k in parts})
    if not choices:
        return None
    how = "1 − IoU" if params.distance == "iou" else "Euclidean distance"
    right, wrong = int(nearest[one]), int(other[one])
    return Question(
        text=f"A box of {_size(sizes[one])}: which of the centres takes it, by {how}?",
        kind="part", panel="sizes", handle="prior", right=(right,), choices=choices, about=_at(sizes[one]),
        reveal=f"{_size(centres[right])} takes it: {float(own[one, right]):.4g} away, and {_size(centres[wrong])} "
        f"{float(own[one, wrong]):.4g}. By the other distance it would be the other way round.",
    )  # fmt: skip


def _where_to(
    params: Params, sizes: Tensor, centres: Tensor, nearest: Tensor, moved: Tensor
) -> Question | None:
    """The centre whose mean and median lie farthest apart."""
    found: list[tuple[float, int]] = []
    for k in range(len(centres)):
        own = sizes[nearest == k]
        if len(own) > 2 and not moved[k].equal(centres[k]):
            found.append((float((own.median(0).values - own.mean(0)).norm()), k))
    if not found:
        return None
    k = max(found)[1]
    own = sizes[nearest == k]
    places = (moved[k], own.mean(0), own.median(0).values, centres[k], own.amax(0))
    labels = {_size(place): (float(place[0]), float(place[1])) for place in places}
    right = (float(moved[k][0]), float(moved[k][1]))
    labels[_size(moved[k])] = right
    middle = "median" if params.distance == "iou" else "mean"
    choices = tuple(Choice(label=label, answer=labels[label]) for label in sorted(labels))
    return Question(
        text=f"Centre {_size(centres[k])} has {len(own)} sizes now. Where does it go?",
        kind="point", panel="sizes", right=(right,), scale=strict(DISTANCE, right, choices), choices=choices,
        about=_at(centres[k]),
        reveal=f"To the {middle} of its sizes, {_size(moved[k])}: with this distance that is the middle.",
    )  # fmt: skip


def _at(size: Tensor) -> tuple[float, float, float, float]:
    """Where a size lies on the map of sizes."""
    width, height = size.tolist()
    return width, height, width, height


def _size(size: Tensor) -> str:
    return f"{float(size[0]):.0f} × {float(size[1]):.0f}"


def _classes(params: Params, following: Frame) -> Question | None:
    seen = following.variables
    if "of_class" in following.changed:
        logits, share = seen["logits"], seen["of_class"]
        softmax = logits.softmax(0)
        one = int((share - softmax).abs().argmax())
        right, total = float(share[one]), float(logits.clamp(min=0).sum())
        return _asked(
            f"How likely is {name_of(one)}, whose logit is {num(float(logits[one]))}?",
            right, (float(softmax[one]), float(logits[one]) / total if total else 0.0, 1 - right), 2, SHARE,
            f"It has a sigmoid of its own: σ({num(float(logits[one]))}) = {right:.3f}, whatever the others say.",
        )  # fmt: skip
    if following.returned and isinstance(following.result, Tensor) and len(following.result):
        one = int(following.result.argmax())
        right, share, there = (
            float(v) for v in (following.result[one], seen["of_class"][one], seen["is_object"])
        )
        return _asked(
            f"An object is likely by {there:.2f}, and {name_of(one)} by {share:.2f}. What does {name_of(one)} score?",
            right, (share, (share + there) / 2, there + share - there * share), 2, SHARE,
            f"A score is the product of both: {there:.3f} · {share:.3f} = {right:.3f}.",
        )  # fmt: skip
    return None

"""Non-maximum suppression (Neubeck & Van Gool 2006), Soft-NMS (Bodla 2017) and DIoU-NMS (Zheng 2020)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from engine.detection.boxes import box_diou, box_iou
from engine.detection.nms import gaussian_decay, linear_decay, nms, soft_nms
from engine.device import Engine
from engine.trace import Frame, Trace
from scenes.data.detections import read_detections
from scenes.data.image import LoadedImage
from scenes.detection import nms_presets as presets
from scenes.parameters import Help, Range, When
from scenes.picture import Bars, Boxes, Cells, Image, Mark, Panel, Picture, Role
from scenes.scene import (
    Call,
    Click,
    Drag,
    Event,
    Key,
    Preset,
    Press,
    Refused,
    Scene,
    State,
    Target,
    Typed,
    Why,
    locked,
)

LISTED = 16  # boxes with a bar and a row in the matrix: the best ones by score
STEPS_INTO = 100  # boxes up to which the run steps into the overlap's own code
ROLES: tuple[Role, ...] = ("input", "kept", "removed", "now", "target")
WAITING, KEPT, REMOVED, NOW, JUDGED = range(5)


@dataclass(frozen=True, kw_only=True)
class Params:
    """What a person may set."""

    method: Annotated[
        Literal["hard", "linear", "gaussian", "diou"],
        Help("remove rivals (hard, DIoU) or let their scores fade (linear, Gaussian)"),
    ] = "hard"
    iou_threshold: Annotated[
        float, Range(0, 1, step=0.01), Help("a rival that overlaps by more than this is suppressed"),
        When("method", ("hard", "linear", "diou")),
    ] = 0.5  # fmt: skip
    sigma: Annotated[
        float, Range(0.01, 2, step=0.01), Help("how gently scores fade: exp(-IoU² / sigma)"),
        When("method", ("gaussian",)),
    ] = 0.5  # fmt: skip
    score_threshold: Annotated[
        float, Range(0, 1, step=0.001), Help("boxes that score lower are left out")
    ] = 0.001
    per_class: Annotated[bool, Help("boxes of different classes do not compete")] = True
    legacy_plus_one: Annotated[
        bool, Help("the old convention: x2 is the last pixel inside, width = x2 - x1 + 1")
    ] = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """Boxes (N, 4) float32 x1, y1, x2, y2 in pixels of a picture of size `extent` (width, height)."""

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    labels: NDArray[np.int64]
    extent: tuple[float, float]
    pixels: NDArray[np.uint8] | None = None
    names: tuple[str, ...] = ()
    chosen: int = -1

    def name(self, index: int) -> str:
        """What the box's class is called."""
        label = int(self.labels[index])
        return self.names[label] if label < len(self.names) else f"class {label}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """Which boxes are kept (K,), in which order, with which scores; and how the listed ones overlap."""

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    labels: NDArray[np.int64]
    keep: NDArray[np.int64]
    kept_scores: NDArray[np.float32]
    listed: NDArray[np.int64]  # the best boxes by score, at most LISTED
    overlaps: NDArray[np.float32]  # among the listed


def overlap_of(params: Params) -> Any:
    """How the method measures overlap."""
    measure = box_diou if params.method == "diou" else box_iou
    return partial(measure, extra=1.0) if params.legacy_plus_one else measure


def is_soft(params: Params) -> bool:
    """Whether scores fade instead of boxes going."""
    return params.method in ("linear", "gaussian")


def _arguments(params: Params, boxes: Any, scores: Any, labels: Any) -> dict[str, Any]:
    """What the method's function is called with."""
    if not params.per_class:
        labels = torch.zeros_like(labels)
    common = {"boxes": boxes, "scores": scores, "labels": labels, "overlap_of": overlap_of(params)}
    if is_soft(params):
        decay = (
            partial(linear_decay, iou_threshold=params.iou_threshold)
            if params.method == "linear"
            else partial(gaussian_decay, sigma=params.sigma)
        )
        return {**common, "decay": decay, "score_threshold": params.score_threshold}
    return {**common, "iou_threshold": params.iou_threshold, "score_threshold": params.score_threshold}


def compute(params: Params, inputs: Inputs, engine: Engine) -> Result:
    """Run the chosen method on all boxes."""
    boxes, scores = engine.tensor(inputs.boxes), engine.tensor(inputs.scores)
    arguments = _arguments(params, boxes, scores, engine.tensor(inputs.labels))
    if is_soft(params):
        keep, kept_scores = soft_nms(**arguments)
    else:
        keep = nms(**arguments)
        kept_scores = scores[keep]
    listed = scores.argsort(descending=True, stable=True)[:LISTED]
    overlaps = overlap_of(params)(boxes[listed, None], boxes[None, listed])
    return Result(
        boxes=inputs.boxes,
        scores=inputs.scores,
        labels=inputs.labels,
        keep=engine.array(keep),
        kept_scores=engine.array(kept_scores),
        listed=engine.array(listed),
        overlaps=engine.array(overlaps),
    )


def listing(params: Params, inputs: Inputs) -> Call:
    """The method's own code, and that of what it calls while there are few enough boxes to follow."""
    given = (torch.tensor(inputs.boxes), torch.tensor(inputs.scores), torch.tensor(inputs.labels))
    measure = box_diou if params.method == "diou" else box_iou
    into: tuple[Any, ...] = ()
    if len(inputs.boxes) <= STEPS_INTO:
        decay = {"linear": (linear_decay,), "gaussian": (gaussian_decay,)}.get(params.method, ())
        into = (*decay, measure, *((box_iou,) if measure is box_diou else ()))
    function = soft_nms if is_soft(params) else nms
    return Call(function=function, arguments=_arguments(params, *given), into=into)


def arrays(result: Result) -> dict[str, NDArray[Any]]:
    """boxes (N, 4), scores (N,), labels (N,), keep (K,) in the order kept, kept_scores (K,)."""
    names = ("boxes", "scores", "labels", "keep", "kept_scores")
    return {name: getattr(result, name) for name in names}


# What is shown


@dataclass(frozen=True, kw_only=True)
class Moment:
    """How the boxes stand at a step, or at the end."""

    status: NDArray[np.intp]  # (N,) an index into ROLES
    scores: NDArray[np.float32]  # (N,) as they have faded so far
    best: int = -1
    overlap: Mapping[int, float] | None = None  # of each judged box with the best one


def moment_of(result: Result, frame: Frame | None) -> Moment:
    """Read the boxes' standing off the recorded line, or off the result where no line is looked at."""
    count = len(result.scores)
    status = np.full(count, WAITING, np.intp)
    if frame is None:
        status[:] = REMOVED
        status[result.keep] = KEPT
        scores = result.scores.copy()
        scores[result.keep] = result.kept_scores
        return Moment(status=status, scores=scores)
    line, seen = frame.outermost, frame.outermost.variables
    text = line.listing.text(line.line).strip()
    best = int(seen["best"]) if "best" in seen else -1
    judging = text.startswith(
        ("overlap =", "rival =", "gone =", "order = rest", "factor =", "scores = scores *")
    )
    if "rest" in seen or "gone" in seen or "order" in seen:
        _standing_hard(status, seen, text)
    scores = seen["scores"].numpy() if isinstance(seen.get("scores"), torch.Tensor) else result.scores
    if "waiting" in seen:
        status[~seen["waiting"].numpy()] = REMOVED
    status[[int(index) for index in seen.get("keep", ())]] = KEPT
    overlap = None
    if judging and "overlap" in seen and len(seen["overlap"]):
        overlap = _judged(seen, status)
        for index in overlap:
            if status[index] == WAITING:
                status[index] = JUDGED
    if best >= 0 and not frame.returned and not text.startswith("while"):
        status[best] = NOW
    return Moment(status=status, scores=scores, best=best, overlap=overlap)


def _standing_hard(status: NDArray[np.intp], seen: Mapping[str, Any], text: str) -> None:
    """Hard suppression: whoever is no longer in `order` is out."""
    if "order" not in seen or text.startswith("order = scores.argsort"):
        return
    left = seen["order"] if "best" not in seen else torch.cat([seen["order"], seen["best"][None]])
    status[:] = REMOVED
    status[left.numpy()] = WAITING


def _judged(seen: Mapping[str, Any], status: NDArray[np.intp]) -> dict[int, float]:
    """The overlap of each rival being judged, the ones just removed too; those that do not touch are left out."""
    overlap = seen["overlap"].tolist()
    if "rest" in seen:
        indices = seen["rest"].tolist()
        pairs = zip(indices, overlap, strict=True) if len(indices) == len(overlap) else iter(())
    else:
        pairs = ((index, overlap[index]) for index in np.flatnonzero(status == WAITING).tolist())
    labels, best = seen["labels"].tolist(), int(seen["best"])
    return {i: share for i, share in pairs if share > 0.005 and labels[i] == labels[best]}


def picture(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """The boxes over their picture, a bar a score, and who overlaps whom."""
    params, inputs = state.params, state.inputs
    moment = moment_of(result, frame)
    if len(moment.status) != len(inputs.boxes):  # an edit whose result is not there yet
        inputs = replace(inputs, boxes=result.boxes, scores=result.scores, labels=result.labels, chosen=-1)
    pointed = _pointed(hover, result)
    return Picture(
        panels=(
            _boxes_panel(inputs, result, moment, pointed),
            _scores_panel(params, inputs, result, moment, pointed),
            _matrix_panel(params, result, moment, hover),
        ),
        columns=(64, 36),
        rows=(56, 44),
        sentence=_sentence(params, inputs, result, pointed, hover) if frame is None or hover else "",
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


def _boxes_panel(inputs: Inputs, result: Result, moment: Moment, pointed: int) -> Panel:
    width, height = inputs.extent
    marks: list[Mark] = []
    if inputs.pixels is not None:
        marks.append(Image(pixels=inputs.pixels, extent=(0, 0, width, height)))
    status = moment.status.copy()
    front = [inputs.chosen] if 0 <= inputs.chosen < len(status) else []
    front += [index for index in (moment.best, pointed) if index >= 0 and index not in front]
    if moment.overlap:
        ranked = sorted(moment.overlap, key=lambda i: -moment.overlap[i])  # type: ignore[index]
        front += [index for index in ranked[:8] if index not in front]
    marks.append(
        Boxes(
            boxes=inputs.boxes,
            roles=ROLES,
            role_of=status,
            labels=_labels(inputs, moment, front),
            short=tuple(map(str, range(len(status)))),
            front=tuple(front),
            handle="box",
            movable=True,
        )
    )
    return Panel(key="boxes", marks=tuple(marks), view=(0, 0, width, height), place=(0, 0, 2, 1))


def _labels(inputs: Inputs, moment: Moment, front: list[int]) -> tuple[str, ...]:
    """Words for what the eye should find; the others have their number."""
    spoken = {*front, *np.flatnonzero((moment.status == KEPT) | (moment.status == NOW)).tolist()}
    few = len(moment.status) <= 6
    return tuple(_label(inputs, moment, i) if few or i in spoken else "" for i in range(len(moment.status)))


def _label(inputs: Inputs, moment: Moment, index: int) -> str:
    if moment.overlap and index in moment.overlap:
        return f"{index}  overlap {moment.overlap[index]:.2f}"
    score = moment.scores[index]
    name = inputs.name(index) + " " if inputs.names else ""
    return f"{index}  {name}{score:.2f}"


def _scores_panel(params: Params, inputs: Inputs, result: Result, moment: Moment, pointed: int) -> Panel:
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
    rows = max(len(listed), 8)
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


def _sentence(params: Params, inputs: Inputs, result: Result, pointed: int, hover: Target | None) -> str:
    total, kept = len(result.scores), len(result.keep)
    name = "DIoU" if params.method == "diou" else "IoU"
    if hover is not None and hover.handle == "overlap":
        row, column = (int(result.listed[i]) for i in divmod(hover.index, len(result.listed)))
        value = float(result.overlaps.ravel()[hover.index])
        return f"{name} of boxes {row} and {column}: {overlap_in_words(params, result.boxes[row], result.boxes[column], value)}"
    if 0 <= pointed < total:
        x1, y1, x2, y2 = result.boxes[pointed].tolist()
        verdict = "kept" if pointed in result.keep else "not kept: click it to see why"
        return f"Box {pointed}, {inputs.name(pointed)}, {x2 - x1:.0f} × {y2 - y1:.0f} px, score {result.scores[pointed]:.2f}: {verdict}."
    if not total:
        return "There are no boxes. Press N or double-click on the picture to add one."
    if is_soft(params):
        return f"{kept} of {total:,} boxes are kept. No rival is removed at once: its score fades by its overlap."
    return f"{kept} of {total:,} boxes are kept; each dashed one overlaps a better one by more than {params.iou_threshold:.2f}."


def overlap_in_words(params: Params, a: Any, b: Any, value: float) -> str:
    """The arithmetic of one overlap, with its numbers."""
    extra = 1.0 if params.legacy_plus_one else 0.0
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]) + extra
    shared = float(np.prod(np.clip(sides, 0, None)))
    areas = [float(np.prod(box[2:] - box[:2] + extra)) for box in (a, b)]
    union = sum(areas) - shared
    words = f"{shared:,.0f} shared / ({areas[0]:,.0f} + {areas[1]:,.0f} - {shared:,.0f})"
    if params.method == "diou" and union > 0:
        return f"{words} - centre distance² / diagonal² = {shared / union:.3f} - {shared / union - value:.3f} = {value:.3f}"
    return f"{words} = {value:.3f}"


# What a person does


def edit(state: State, event: Event) -> State:
    """Move, resize, add and delete boxes; choose one; change a score."""
    inputs: Inputs = state.inputs
    match event:
        case Click(double=True, target=Target(panel="boxes", handle="")):
            return _with_new_box(state, event.target.x, event.target.y)
        case Click(target=Target(panel="boxes")):
            chosen = event.target.index
            return state if chosen == inputs.chosen else state.with_inputs(chosen=chosen)
        case Click(target=Target(handle="score")):
            index = _listed_index(inputs, event.target.index)
            return state if index == inputs.chosen else state.with_inputs(chosen=index)
        case Drag(target=Target(handle="box")):
            return _with_moved_box(state, event)
        case Drag(target=Target(handle="score")):
            return _with_score(
                state, _listed_index(inputs, event.target.index), min(max(event.target.x, 0.0), 1.0)
            )
        case Typed(target=Target(handle="score")):
            return _with_score(state, _listed_index(inputs, event.target.index), _score(event.text))
        case Press(key="N"):
            width, height = inputs.extent
            return _with_new_box(state, width / 2, height / 2)
        case Press(key="C") if 0 <= inputs.chosen < len(inputs.labels):
            return _with_next_class(state)
        case Press(key="Delete") if 0 <= inputs.chosen < len(inputs.boxes):
            keep = np.arange(len(inputs.boxes)) != inputs.chosen
            return state.with_inputs(
                boxes=locked(inputs.boxes[keep]), scores=locked(inputs.scores[keep]),
                labels=locked(inputs.labels[keep]), chosen=-1,
            )  # fmt: skip
    return state


def _listed_index(inputs: Inputs, row: int) -> int:
    order = np.argsort(-inputs.scores, kind="stable")
    return int(order[row]) if row < len(order) else -1


def _score(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise Refused(f"{text!r} is no score; a score is a number from 0 to 1.") from None
    if not 0 <= value <= 1:
        raise Refused(f"{text} is no score; a score is a number from 0 to 1.")
    return value


def _with_score(state: State, index: int, score: float) -> State:
    if not 0 <= index < len(state.inputs.scores):
        return state
    scores = state.inputs.scores.copy()
    scores[index] = round(score, 3)
    return state.with_inputs(scores=locked(scores))


def _with_moved_box(state: State, event: Drag) -> State:
    """The inside moves the whole box, an edge or corner resizes it; it stays on the picture and right way round."""
    inputs: Inputs = state.inputs
    index, part = event.target.index, event.target.part
    if not 0 <= index < len(inputs.boxes):
        return state
    width, height = inputs.extent
    x1, y1, x2, y2 = inputs.boxes[index].tolist()
    dx, dy = event.dx, event.dy
    if not part:
        dx = min(max(dx, -x1), width - x2)
        dy = min(max(dy, -y1), height - y2)
        box = (x1 + dx, y1 + dy, x2 + dx, y2 + dy)
    else:
        least = min(width, height) / 200
        x1 = min(max(x1 + dx, 0), x2 - least) if "w" in part else x1
        y1 = min(max(y1 + dy, 0), y2 - least) if "n" in part else y1
        x2 = max(min(x2 + dx, width), x1 + least) if "e" in part else x2
        y2 = max(min(y2 + dy, height), y1 + least) if "s" in part else y2
        box = (x1, y1, x2, y2)
    boxes = inputs.boxes.copy()
    boxes[index] = box
    return state.with_inputs(boxes=locked(boxes), chosen=index)


def _with_new_box(state: State, x: float, y: float) -> State:
    inputs: Inputs = state.inputs
    width, height = inputs.extent
    half_w, half_h = width / 12, height / 9
    x, y = min(max(x, half_w), width - half_w), min(max(y, half_h), height - half_h)
    box = np.array([[x - half_w, y - half_h, x + half_w, y + half_h]], np.float32)
    return state.with_inputs(
        boxes=locked(np.concatenate([inputs.boxes, box])),
        scores=locked(np.append(inputs.scores, np.float32(0.5))),
        labels=locked(np.append(inputs.labels, np.int64(0))),
        chosen=len(inputs.boxes),
    )


def _with_next_class(state: State) -> State:
    inputs: Inputs = state.inputs
    labels = inputs.labels.copy()
    count = max(len(inputs.names), int(labels.max()) + 1, 2)
    labels[inputs.chosen] = (labels[inputs.chosen] + 1) % count
    return state.with_inputs(labels=locked(labels))


def why(result: Result, trace: Trace, target: Target) -> Why | None:
    """When, by which box and at what overlap a box went: found in the recorded run."""
    index = int(result.listed[target.index]) if target.handle == "score" else target.index
    if target.handle not in ("box", "score") or not 0 <= index < len(result.scores) or index in result.keep:
        return None
    hardest = (1.0, -1, "")
    for frame in trace.frames:
        seen = frame.variables
        if frame.depth:
            continue
        if frame.text.startswith("order = rest"):
            for place in torch.nonzero(seen["gone"]).flatten().tolist():
                if int(seen["rest"][place]) == index:
                    sentence = (
                        f"Box {index} goes here: it overlaps box {int(seen['best'])}, which scores higher, "
                        f"by {seen['overlap'][place]:.2f}, more than {seen['iou_threshold']:.2f}."
                    )
                    return Why(step=frame.index + 1, sentence=sentence)
        elif frame.text.startswith("order = order["):
            if index not in seen["order"].tolist():
                sentence = f"Box {index} never competes: its score {result.scores[index]:.3f} is not above {seen['score_threshold']:g}."
                return Why(step=frame.index + 1, sentence=sentence)
        elif frame.text.startswith("scores = scores *") and float(seen["factor"][index]) < hardest[0]:
            sentence = (
                f"Box {index} fades most here: it overlaps box {int(seen['best'])} by {seen['overlap'][index]:.2f} "
                f"and keeps {seen['factor'][index]:.0%} of its score, {seen['scores'][index]:.3f}."
            )
            hardest = (float(seen["factor"][index]), frame.index + 1, sentence)
    return Why(step=hardest[1], sentence=hardest[2]) if hardest[1] > 0 else None


def take_image(state: State, image: LoadedImage) -> State:
    """The person's own picture under the boxes; boxes that reach beyond it stay as they are."""
    return state.with_inputs(pixels=image.pixels, extent=tuple(map(float, image.size)))


def take_data(state: State, path: Path) -> tuple[State, tuple[str, ...]]:
    """The person's own detections, on the picture that is there or on as much ground as they need."""
    inputs: Inputs = state.inputs
    own_picture = inputs.pixels is not None
    size = (int(inputs.extent[0]), int(inputs.extent[1]))
    found = read_detections(path, image_size=size)
    reach = found.boxes[:, 2:].max(0).tolist() if len(found.boxes) else [0.0, 0.0]
    fits = own_picture and reach[0] <= size[0] * 1.02 and reach[1] <= size[1] * 1.02
    extent = inputs.extent if fits or not len(found.boxes) else (reach[0] * 1.05, reach[1] * 1.05)
    return (
        state.with_inputs(
            boxes=found.boxes, scores=found.scores, labels=found.labels, names=found.names, chosen=-1,
            extent=extent, pixels=inputs.pixels if fits else None,
        ),
        found.notices,
    )  # fmt: skip


def _built(make: Any) -> Any:
    """A preset's Params and Inputs from its plain description."""

    def build() -> tuple[Params, Inputs]:
        told = make()
        told["boxes"] = locked(np.asarray(told["boxes"], np.float32).reshape(-1, 4))
        told["scores"] = locked(np.asarray(told["scores"], np.float32))
        told["labels"] = locked(np.asarray(told["labels"], np.int64))
        return Params(**told.pop("params")), Inputs(**told)

    return build


SCENE = Scene(
    key="nms",
    params=Params,
    presets={key: Preset(title=title, build=_built(make), point=point) for key, title, point, make in presets.ALL},
    compute=compute,
    picture=picture,
    edit=edit,
    arrays=arrays,
    listing=listing,
    why=why,
    take_image=take_image,
    take_data=take_data,
    data_formats="COCO results .json, YOLO .txt, or arrays boxes, scores, labels in .json, .npz or .safetensors",
    looked_at=frozenset({"chosen", "pixels", "names", "extent"}),
    keys=(
        Key(key="N", does="add a box (or double-click)"),
        Key(key="Delete", does="delete the chosen box"),
        Key(key="C", does="give the chosen box the next class"),
    ),
    colours={
        "boxes": "input", "scores": "input", "labels": "input", "iou_threshold": "weight", "score_threshold": "weight",
        "sigma": "weight", "keep": "kept", "best": "accent", "overlap": "target", "gone": "removed", "factor": "target",
    },
    sources=("Neubeck & Van Gool 2006", "Bodla et al. 2017", "Zheng et al. 2020"),
)  # fmt: skip

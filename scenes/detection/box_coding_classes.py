"""Objectness and classes: a sigmoid each against one softmax over all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.trace import Frame
from scenes.detection.box_coding_marks import Place, line, num
from scenes.detection.box_coding_model import CLASS_NAMES, Classes, Params, Result
from scenes.detection.box_coding_moment import RESULT, Numbers, seen_at
from scenes.picture import Bars, Mark, Panel, Picture, Role, Text
from scenes.scene import State, Target, locked

REACH = 6.0  # of the bars of logits
NAMED = 7.0  # the room for names, in logits
MOST = 1e6  # that a bar shows


def name_of(label: int) -> str:
    """What a class is called here."""
    return CLASS_NAMES[label] if label < len(CLASS_NAMES) else f"class {label}"


def view(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """Logits; what sigmoids and a softmax make of them; the scores; and the loss of each class."""
    params, found = state.params, result.classes
    seen = seen_at(state, frame)
    over = seen.variables is None
    is_object = seen.numbers("is_object", (found.objectness,)) or (0.0,)
    of_class = seen.numbers("of_class", found.sigmoid)
    scores = seen.numbers(RESULT, found.scores)
    names = tuple(name_of(label) for label in range(len(found.sigmoid)))
    logits = locked(np.array(params.logits, np.float64)[: len(names)])
    true: tuple[Role, ...] = tuple("target" if holds else "text" for holds in found.truth)
    zero = locked(np.zeros(len(names)))
    return Picture(
        panels=(
            _logits("objectness", "objectness, a logit", locked(np.array([params.objectness])),
                    ("an object",), ("text",), 0),
            _bars("is object", "σ(logit)", _values(is_object, 1), "output",
                  (0, 1, 1, 1)),
            _note(is_object[0], of_class, scores),
            _logits("logit", "class logits; click: true or not", logits, names, true, 1),
            _bars("sigmoid", f"σ: sum {sum(of_class):.2f}" if of_class else "σ", _values(of_class, len(names)),
                  "output", (1, 1, 1, 1)),
            _bars("softmax", "softmax: sum 1", found.softmax if over else zero, "removed", (1, 2, 1, 1)),
            _bars("score", "object · σ", _values(scores, len(names)), "output", (1, 3, 1, 1)),
            _bars("loss", "loss of σ", found.losses if over else zero, "gradient", (1, 4, 1, 1),
                  max(2.0, float(found.losses.max()))),
        ),
        columns=(26, 18, 22, 17, 17),
        rows=(24, 76),
        sentence=sentence(params, found, hover) if frame is None or hover else "",
        focus="logit",
    )  # fmt: skip


def _bars(
    key: str, title: str, values: NDArray[np.float64], role: Role, place: Place, reach: float = 1.0
) -> Panel:
    rows = max(len(values), 1)
    roles: tuple[Role, ...] = tuple(role for _ in values)
    mark = Bars(values=values, roles=roles, handle=key)
    return Panel(
        key=key, title=title, marks=(mark,), view=(0, 0, reach, rows), place=place, square=False, fixed=True,
        margin=(0.5, 0.2, 6, 0.2),
    )  # fmt: skip


def _logits(
    key: str,
    title: str,
    values: NDArray[np.float64],
    names: tuple[str, ...],
    inks: tuple[Role, ...],
    row: int,
) -> Panel:
    """Bars to both sides of 0 that can be dragged and typed into, with their names at the left."""
    rows = max(len(values), 1)
    roles: tuple[Role, ...] = tuple("input" for _ in values)
    marks: list[Mark] = [
        line((0, 0), (0, rows), "quiet", width=1),
        Bars(values=values, roles=roles, handle=key, movable=True, editable=True),
    ]
    for place, (name, ink) in enumerate(zip(names, inks, strict=True)):
        words = f"{name}: true" if ink == "target" else name
        marks.append(Text(at=(-REACH - NAMED, place + 0.5), text=words, role=ink, size=1.1))
    return Panel(
        key=key, title=title, marks=tuple(marks), view=(-REACH - NAMED, 0, REACH, rows), place=(row, 0, 1, 1),
        square=False, fixed=True, margin=(0.5, 0.2, 5, 0.2),
    )  # fmt: skip


def _values(numbers: Numbers | None, count: int) -> NDArray[np.float64]:
    """Numbers as bars, of no length before they are known."""
    return locked(np.clip(numbers or np.zeros(count), -MOST, MOST).astype(np.float64))


def _note(is_object: float, of_class: Numbers | None, scores: Numbers | None) -> Panel:
    """What the ranking says, once there are scores."""
    marks: list[Mark] = [Text(at=(0, 0.2), text="ranked by score", role="quiet")]
    ranked = scores or ()
    order = np.argsort(-np.array(ranked), kind="stable")[:3].tolist()
    for place, label in enumerate(order):
        share = of_class[label] if of_class else 0.0
        marks.append(Text(at=(0, 0.5 + 0.25 * place), text=f"{place + 1}  {name_of(label)}", size=1.1))
        marks.append(
            Text(at=(0.3, 0.5 + 0.25 * place), mono=True, size=1.1, role="output",
                 text=f"{is_object:.2f} · {share:.2f} = {ranked[label]:.3f}")
        )  # fmt: skip
    return Panel(
        key="ranking", marks=tuple(marks), view=(0, 0, 1, 1.2), place=(0, 2, 1, 3), square=False, fixed=True,
        margin=(1, 0, 2, 0),
    )  # fmt: skip


def sentence(params: Params, found: Classes, hover: Target | None) -> str:
    """What is pointed at, or what there is to see."""
    if hover is not None and 0 <= hover.index < len(found.sigmoid):
        told = _told(params, found, hover.handle, hover.index)
        if told:
            return told
    both = [label for label in range(len(found.sigmoid)) if found.sigmoid[label] > 0.5]
    if len(both) > 1:
        names, most = " and ".join(name_of(label) for label in both), float(found.softmax[both].max())
        return (
            f"{names.capitalize()} both hold: each has a sigmoid of its own. The softmax makes them rivals, "
            f"and leaves the better one {most:.2f}."
        )
    if not both:
        return "No class is likely by its own sigmoid; the softmax still hands out 1 between them."
    return f"Only {name_of(both[0])} is above 0.5. Raise another logit: its sigmoid grows, and no other one falls."


def _told(params: Params, found: Classes, handle: str, index: int) -> str:
    name, logit = name_of(index), float(params.logits[index]) if index < len(params.logits) else 0.0
    if handle in ("objectness", "is object"):
        return f"σ({num(params.objectness)}) = {found.objectness:.3f}: how sure it is that there is an object at all."
    if handle in ("logit", "sigmoid"):
        holds = "holds" if found.truth[index] else "does not hold"
        return f"{name}: σ({num(logit)}) = {found.sigmoid[index]:.3f}, whatever the others say. In truth it {holds}."
    if handle == "softmax":
        return (
            f"{name}: e^{num(logit)} over the sum of all of them is {found.softmax[index]:.3f}. "
            "Raise another logit and this one falls."
        )
    if handle == "score":
        return (
            f"{name}: objectness {found.objectness:.3f} times {found.sigmoid[index]:.3f} "
            f"is {found.scores[index]:.3f}."
        )
    if handle == "loss":
        part = (
            f"−ln {found.sigmoid[index]:.3f}"
            if found.truth[index]
            else f"−ln(1 − {found.sigmoid[index]:.3f})"
        )
        holds = "holds" if found.truth[index] else "does not hold"
        return f"{name} {holds}: its binary cross-entropy is {part} = {found.losses[index]:.3f}."
    return ""

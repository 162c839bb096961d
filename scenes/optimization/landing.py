"""Questions of where a step leads: places to choose from, far enough apart to be told from one another."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from engine.functions.surface import Point, View
from scenes.asking import Choice, Question

APART = 0.035  # of the view's width: places that are nearer than this are one answer
NEAR = 0.03  # of the view's width: so far off, half of the credit is lost
MOST = 4


def is_asked_at(number: int) -> bool:
    """Whether a step from 1 is one to ask at: the first, and then ever fewer."""
    return number > 0 and number & (number - 1) == 0


def asked(
    text: str, right: Point, others: Sequence[Point], reveal: str, *, panel: str, view: View,
    number: Callable[[float], str],
) -> Question | None:  # fmt: skip
    """The question where a step leads, with places that people who misunderstand would name; None where they are not
    in view, or all too near one another.
    """
    x1, y1, x2, y2 = view
    width = x2 - x1
    chosen = [right]
    for place in others:
        if all(math.isfinite(c) for c in place) and all(
            math.dist(place, one) > APART * width for one in chosen
        ):
            chosen.append(place)
    inside = [p for p in chosen if x1 <= p[0] <= x2 and y1 <= p[1] <= y2][:MOST]
    if right not in inside or len(inside) < 2:
        return None
    choices = tuple(Choice(label=f"({number(x)}, {number(y)})", answer=(x, y)) for x, y in sorted(inside))
    if len({choice.label for choice in choices}) < len(choices):
        return None
    return Question(
        text=text,
        kind="point",
        panel=panel,
        right=(right,),
        scale=NEAR * width,
        choices=choices,
        reveal=reveal,
    )


def of_numbers(
    text: str,
    right: float,
    others: Sequence[float],
    reveal: str,
    *,
    scale: float,
    number: Callable[[float], str],
) -> Question | None:
    """The question what a number comes to, with wrong ones that people would name; None where all are near it."""
    told = {number(right): right}
    for value in others:
        if math.isfinite(value) and abs(value - right) > scale:
            told.setdefault(number(value), value)
    if len(told) < 2 or not scale > 0 or not math.isfinite(right):
        return None
    choices = tuple(
        Choice(label=label, answer=value) for label, value in sorted(told.items(), key=lambda one: one[1])
    )
    return Question(text=text, kind="number", right=(right,), scale=scale, choices=choices, reveal=reveal)

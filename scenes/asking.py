"""What a scene asks before a step, and what an answer to it is worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Answer = int | float | tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One answer that people may give: a few words for a show of hands ("box 4", "0.41", "point B"), and what it is:
    the index of a part, a number, or a point (x, y).
    """

    label: str
    answer: Answer


@dataclass(frozen=True, kw_only=True)
class Question:
    """What comes next, asked while the picture shows what there is before.

    kind     "part": one of the parts of the mark `handle` in `panel` (a box, a cell, a row) is pointed at;
             "point": a place in `panel`, in its units; "number": a value is typed
    right    the answers that are wholly right: one, or several parts that are equally so
    scale    the distance ("point" in the panel's units, "number" in its own) at which half of the credit is lost;
             0 where only the right answer counts. A tenth of it is near enough to be wholly right: nobody clicks
             to the pixel, or types every decimal
    choices  two to five answers for a class to vote on, one of them right, the others what people who
             misunderstand would say; in an order that gives nothing away
    reveal   what is right and why, in a sentence with its numbers: said when the step is shown
    about    where in `panel` that lies which is asked about, x1, y1, x2, y2 (a point has no size): it is marked
             while the question is open
    """

    text: str
    kind: Literal["part", "point", "number"]
    right: tuple[Answer, ...]
    choices: tuple[Choice, ...]
    reveal: str
    panel: str = ""
    handle: str = ""
    scale: float = 0.0
    about: tuple[float, float, float, float] | None = None

    def credit(self, answer: Answer) -> float:
        """What an answer is worth, 0 to 1: half at `scale` from what is right, a quarter at twice that."""
        if answer in self.right:
            return 1.0
        if self.kind == "part":
            return 0.0
        away = min(_distance(answer, right) for right in self.right)
        if away <= max(self.scale / 10, 1e-9):
            return 1.0
        if not self.scale:
            return 0.0
        worth = 0.5 ** (away / self.scale)
        return worth if worth >= 0.05 else 0.0


def _distance(a: Answer, b: Answer) -> float:
    first, second = (one if isinstance(one, Sequence) else (float(one),) for one in (a, b))
    return math.dist(first, second)

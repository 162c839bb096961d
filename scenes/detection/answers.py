"""Choices among numbers and parts, for the questions of several scenes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from scenes.asking import Answer, Choice
from scenes.detection.iou_words import signed


def of_numbers(right: float, wrong: Iterable[float], decimals: int, most: int = 5) -> tuple[Choice, ...]:
    """The right number among wrong ones, each once, by size; none where nothing else is left to choose."""
    found: dict[str, float] = {_label(right, decimals): right}
    for value in wrong:
        if math.isfinite(value) and len(found) < most:
            found.setdefault(_label(value, decimals), value)
    ordered = sorted(found.items(), key=lambda item: item[1])
    return tuple(Choice(label=label, answer=value) for label, value in ordered) if len(found) > 1 else ()


def of_parts(labels: Mapping[int, str]) -> tuple[Choice, ...]:
    """Parts by their labels, in their own order; none where two are called alike, or there is but one."""
    if len(set(labels.values())) < max(len(labels), 2):
        return ()
    return tuple(Choice(label=labels[part], answer=part) for part in sorted(labels))


def strict(scale: float, right: Answer, choices: Iterable[Choice]) -> float:
    """The scale of a question, made small enough that none of its wrong choices is worth anything."""
    others = [choice.answer for choice in choices if choice.answer != right]
    return min(scale, *(_away(right, answer) / 5 for answer in others)) if others else scale


def _away(a: Answer, b: Answer) -> float:
    first, second = (one if isinstance(one, tuple) else (one,) for one in (a, b))
    return math.dist(first, second)


def _label(value: float, decimals: int) -> str:
    return signed(value, decimals).strip()

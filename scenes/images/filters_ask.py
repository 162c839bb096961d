"""What is asked before a step of a filter: each answer tells whether its rule is understood."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from engine.trace import Frame, Trace
from scenes.asking import Choice, Question
from scenes.images.filters_model import Params
from scenes.images.filters_steps import VIEWS
from scenes.images.filters_words import exact_words, value_words
from scenes.scene import Outcome, State
from scenes.variables import number

FEWEST = 2  # choices; with fewer there is nothing to vote on
MANY_VALUES = 5  # sorted, before it is asked where a speck goes
DARK, BRIGHT = 5, 250  # a speck is at or beyond these


def ask(state: State, trace: Trace, following: Frame) -> Question | None:
    """A question about the next step, where its answer is not on the picture yet."""
    params: Params = state.params
    about: Mapping[str, Callable[[Params, Trace, Frame], Question | None]] = {
        "mean": _mean, "gaussian": _bell, "median": _median, "sobel": _gradient, "custom": _weight,
    }  # fmt: skip
    return about[params.filter](params, trace, following)


def outcomes(trace: Trace) -> Mapping[str, Outcome]:
    """What the pixel becomes."""
    last = trace.frames[-1] if trace.frames else None
    if last is None or not last.returned or last.callers:
        return {}
    sides = last.result if isinstance(last.result, tuple) else (last.result,)
    made = [number({"side": side}, "side") for side in sides]
    if len(made) == len(VIEWS) and made[2] is not None and made[3] is not None:
        words = f"becomes {value_words(made[2])} long, at {value_words(round(math.degrees(made[3])))}°"
        return {"the gradient": Outcome(step=last.index + 1, words=words, value=tuple(made))}
    if len(made) == 1 and made[0] is not None:
        words = f"becomes {value_words(made[0])}"
        return {"the output pixel": Outcome(step=last.index + 1, words=words, value=made[0])}
    return {}


def _choices(right: float, wrong: Iterable[float], words: Callable[[float], str]) -> tuple[Choice, ...]:
    """The right number and those that misunderstandings give, by size; what reads alike is one."""
    found = {words(right): right}
    for value in wrong:
        found.setdefault(words(value), value)
    return tuple(
        Choice(label=label, answer=value) for label, value in sorted(found.items(), key=lambda one: one[1])
    )[:5]


def _number(
    text: str, right: float, wrong: Iterable[float], reveal: str, scale: float,
    words: Callable[[float], str] = value_words,
) -> Question | None:  # fmt: skip
    """A question for a number; None where all that people may say comes to the same."""
    choices = _choices(right, wrong, words)
    if len(choices) < FEWEST:
        return None
    return Question(text=text, kind="number", right=(right,), scale=scale, choices=choices, reveal=reveal)


def _mean(params: Params, trace: Trace, following: Frame) -> Question | None:
    """What the sum becomes in the end."""
    if not following.returned:
        return None
    values = _taken_in(trace)
    count, total = len(values), sum(values)
    result = float(following.result)
    wrong = (
        sorted(values)[count // 2],
        values[count // 2],
        total / params.size,
    )  # the middle one, the pixel, sum / k
    return _number(
        f"The {count} values of the window add up to {total:.0f}. What does the pixel become?",
        result, wrong, f"{total:.0f} / {count} = {value_words(result)}: all values of the window count alike.", 5.0,
    )  # fmt: skip


def _taken_in(trace: Trace) -> list[float]:
    """The values of the window, in reading order."""
    frames = (frame for frame in trace.frames if not frame.callers and "total" in frame.changed)
    return [float(frame.variables["value"]) for frame in frames if "value" in frame.variables]


def _bell(params: Params, trace: Trace, following: Frame) -> Question | None:
    """What the middle weight is once they sum to 1."""
    if "bell" not in following.changed or "bell" not in following.before or params.size == 1:
        return None
    bell, sigma, size = following.variables["bell"], params.sigma, params.size
    right = float(bell[size // 2])
    narrow = [math.exp(-((d / sigma) ** 2)) for d in range(-(size // 2), size // 2 + 1)]
    wrong = (1.0, 1 / size, 1 / sum(narrow))  # not divided; all alike; without the 2 of 2 sigma squared
    total = float(following.before["bell"].sum())
    return _number(
        "The bell is divided by its sum. What does its middle weight, now 1, become?",
        right, wrong, f"1 / {exact_words(total)} = {right:.3f}: then all weights sum to 1, and brightness stays.",
        0.05, lambda value: f"{value:.3f}".rstrip("0").rstrip("."),
    )  # fmt: skip


def _median(params: Params, trace: Trace, following: Frame) -> Question | None:
    """Which of the sorted values it is; before that, where a speck goes."""
    values = list(following.variables["values"])
    count = len(values)
    if following.returned and count > 1:
        return _middle(values, params.size)
    before = following.before.get("values", ())
    if following.returned or len(before) < MANY_VALUES or "value" not in following.variables:
        return None
    value = float(following.variables["value"])
    if DARK < value < BRIGHT or _had_speck(trace, following.index):
        return None
    return _speck(value, values)


def _middle(values: list[float], size: int) -> Question:
    count = len(values)
    middle, mean = count // 2, sum(values) / count
    right = tuple(place for place, value in enumerate(values) if value == values[middle])
    nearest = min(range(count), key=lambda place: abs(values[place] - mean))
    places = dict.fromkeys((middle, 0, count - 1, nearest, size // 2))
    kept = sorted(place for place in places if place == middle or place not in right)[:5]
    return Question(
        text="Which of the sorted values does the pixel become?",
        kind="part", right=right, panel="window", handle="sorted",
        choices=tuple(Choice(label=f"number {place + 1}: {values[place]:.0f}", answer=place) for place in kept),
        reveal=f"Number {middle + 1} of {count}, {values[middle]:.0f}: as many are before it as after it.",
    )  # fmt: skip


def _had_speck(trace: Trace, upto: int) -> bool:
    """Whether it was asked before."""
    frames = (
        frame for frame in trace.frames[:upto] if "values" in frame.changed and "value" in frame.variables
    )
    return any(
        len(frame.variables["values"]) > MANY_VALUES and not DARK < frame.variables["value"] < BRIGHT
        for frame in frames
    )


def _speck(value: float, values: list[float]) -> Question:
    """`values` hold it already."""
    count = len(values)
    right = tuple(place + 1 for place, one in enumerate(values) if one == value)
    end = count if value >= BRIGHT else 1
    answers = {1: "first", (count + 1) // 2: "in the middle", count: "last"}
    answer = right[-1] if end == count else right[0]
    answers = {place: said for place, said in answers.items() if place == answer or place not in right}
    answers.setdefault(answer, f"as number {answer}")
    return Question(
        text=f"A pixel of {value:.0f} comes in. As which number of {count} does it stand in order?",
        kind="number", right=right, scale=0.0,
        choices=tuple(Choice(label=f"{said}: {place}", answer=place) for place, said in sorted(answers.items())),
        reveal=f"It goes to the end of the order, number {answer} of {count}: so far from the middle it cannot matter.",
    )  # fmt: skip


def _gradient(params: Params, trace: Trace, following: Frame) -> Question | None:
    """How long the arrow is, and which way it points."""
    seen: Mapping[str, Any] = following.variables
    if not {"magnitude", "direction"}.intersection(following.changed):
        return None
    gx, gy = float(seen["gx"]), float(seen["gy"])
    sides = f"gx = {value_words(gx)} and gy = {value_words(gy)}"
    if "direction" in following.changed:
        right = math.degrees(float(seen["direction"]))
        half, swapped = math.atan(gy / gx) if gx else math.pi / 2, math.atan2(gx, gy)
        along = (right + 270) % 360 - 180  # the edge, not across it
        wrong = (math.degrees(half), math.degrees(swapped), -right, along)
        return _number(
            f"{sides}. What angle has the arrow, from the x axis, with y downwards?",
            right, wrong, f"atan2({value_words(gy)}, {value_words(gx)}) = {value_words(round(right))}°: "
            "it points to where the picture gets brighter, across the edge.",
            15.0, lambda value: f"{value_words(round(value))}°",
        )  # fmt: skip
    right = float(seen["magnitude"])
    across, down = abs(gx), abs(gy)
    others = (across + down, max(across, down), (across + down) / 2)
    return _number(
        f"{sides}. How long is the arrow?",
        right, others, f"√({value_words(across)}² + {value_words(down)}²) = {value_words(right)}, by Pythagoras.",
        max(10.0, right / 10),
    )  # fmt: skip


def _weight(params: Params, trace: Trace, following: Frame) -> Question | None:
    """Which weight a pixel meets: the one that lies on it, not the one opposite. Where both are alike, what it adds."""
    seen = following.variables
    if "total" not in following.changed or "weight" not in seen or len(seen["kernel"]) == 1:
        return None
    kernel, size, here = seen["kernel"], len(seen["kernel"]), (int(seen["i"]), int(seen["j"]))
    uneven = (kernel != kernel.flip(0, 1)).nonzero().tolist()
    if not uneven:
        return _added(following) if here == (size // 2, size // 2) else None
    if list(here) != uneven[0]:
        return None
    i, j = here
    places = dict.fromkeys([here, (size - 1 - i, size - 1 - j), (j, i), (size // 2, size // 2)])
    words = {a * size + b: f"row {a}, column {b}: {exact_words(float(kernel[a, b]))}" for a, b in places}
    return Question(
        text=f"The value in row {i}, column {j} of the window comes next. Which weight is it multiplied by?",
        kind="part", right=(i * size + j,), panel="window", handle="kernel",
        choices=tuple(Choice(label=label, answer=place) for place, label in sorted(words.items())),
        reveal=f"The one that lies on it, {exact_words(float(kernel[here]))}: the kernel is not turned. "
        "In signal processing a convolution turns it by half a turn.",
    )  # fmt: skip


def _added(following: Frame) -> Question | None:
    """What the sum is after the middle cell: weighted, not divided, and not clipped."""
    seen, before = following.variables, float(following.before["total"])
    value, weight, right = float(seen["value"]), float(seen["weight"]), float(seen["total"])
    wrong = (
        before + value,
        right / seen["kernel"].numel(),
        min(max(right, 0.0), 255.0),
        before - weight * value,
    )
    share = f"{'−' if weight < 0 else '+'} {exact_words(abs(weight))} · {value:.0f}"
    return _number(
        f"The sum is {value_words(before)} so far. The middle value, {value:.0f}, counts {exact_words(weight)} times. "
        "What does the sum become?",
        right, wrong, f"{value_words(before)} {share} = {value_words(right)}: neither divided nor clipped.", 10.0,
    )  # fmt: skip

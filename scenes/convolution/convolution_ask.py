"""What is asked while a convolution is stepped: how many windows, where the next one lies, what it reads and makes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from engine.trace import Frame, Trace
from scenes.asking import Choice, Question
from scenes.convolution.convolution_model import Inputs, Params, fitted, is_small
from scenes.convolution.convolution_words import MINUS, at, many
from scenes.convolution.numbers import number_words
from scenes.scene import State

Place = tuple[int, int]
MOST = 5  # choices


def ask(state: State, trace: Trace, following: Frame) -> Question | None:
    """The question whose answer the next narrated line gives; only where the grids show their numbers."""
    params: Params = state.params
    inputs: Inputs = state.inputs
    values = fitted(params, inputs)[0]
    if not is_small(values, params.padding):
        return None
    seen, changed = following.variables, set(following.changed)
    if "columns" in changed:
        return _of_count(params, seen)
    if "total" not in changed or "o" not in seen:
        return None
    square = values.shape[1:]
    if seen["taps"] == 0:
        return _of_next_window(params, square, (seen["o"], seen["i"], seen["j"]), seen["columns"])
    if seen["taps"] == 2 and params.dilation > 1 and not any(seen[name] for name in "oij"):
        return _of_next_cell(params, square)
    if seen["taps"] == seen["weight"][0].numel() and seen["i"] == seen["j"]:
        return _of_sum(following)
    return None


def _of_count(params: Params, seen: Any) -> Question:
    """The size formula, before its number is there."""
    axis, span, stride, padding = seen["width"], seen["span"], seen["stride"], seen["padding"]
    kernel, count = seen["kernel"], seen["columns"]
    steps = axis + 2 * padding - span
    wrong = [
        steps // stride,  # without the first window
        (axis + padding - span) // stride + 1,
        -(-steps // stride) + 1,
        (axis + 2 * padding - kernel) // stride + 1,
        axis // stride,
        axis,
        count + 1,
    ]
    left = steps % stride
    rest = (
        f", and {many(left, 'cell')} at the end {'is' if left == 1 else 'are'} read by none" if left else ""
    )
    return Question(
        text="How many windows fit side by side along a row?",
        kind="number",
        right=(count,),
        choices=_numbers(count, [n for n in wrong if n > 0]),
        reveal=f"The first window takes {many(span, 'cell')} of {axis + 2 * padding}; the other {steps} are "
        f"{many(steps // stride, 'step')} of {stride}{rest}: {steps // stride} + 1 = {count}.",
        scale=1.0,
    )


def _numbers(right: int, wrong: Sequence[int]) -> tuple[Choice, ...]:
    """The right number and the first few others, in their order."""
    kept = list(dict.fromkeys(n for n in wrong if n != right))[: MOST - 2]
    return tuple(Choice(label=f"{n}", answer=n) for n in sorted({right, *kept}))


# Where


def _part(params: Params, sides: Sequence[int], cell: Place) -> tuple[str, int]:
    """Handle and index of a cell of the padded input, by its row and column there."""
    height, width = sides
    row, column = cell[0] - params.padding, cell[1] - params.padding
    if 0 <= row < height and 0 <= column < width:
        return "input 0", row * width + column
    return "padded 0", cell[0] * (width + 2 * params.padding) + cell[1]


def _placed(
    params: Params, sides: Sequence[int], right: Place, wrong: Sequence[Place]
) -> tuple[str, int, tuple[Choice, ...]]:
    """Handle and index of the right cell, and the choices on the same grid that can be told apart."""
    handle, index = _part(params, sides, right)
    grid = "input" if handle == "input 0" else "padded input"
    made = {index: Choice(label=f"{at(_shown(params, handle, right))} of the {grid}", answer=index)}
    height, width = (side + 2 * params.padding for side in sides)
    for cell in wrong:
        if 0 <= cell[0] < height and 0 <= cell[1] < width and len(made) < MOST - 1:
            row, column = _shown(params, handle, cell)
            if handle == "padded 0" or (0 <= row < sides[0] and 0 <= column < sides[1]):
                number = row * (width if handle == "padded 0" else sides[1]) + column
                made.setdefault(number, Choice(label=f"{at((row, column))} of the {grid}", answer=number))
    return handle, index, tuple(made[n] for n in sorted(made))


def _shown(params: Params, handle: str, cell: Place) -> Place:
    """A cell of the padded input as its grid counts it."""
    away = params.padding if handle == "input 0" else 0
    return cell[0] - away, cell[1] - away


def _of_next_window(
    params: Params, sides: Sequence[int], place: tuple[int, int, int], columns: int
) -> Question | None:
    """Where the kernel goes: for the first step along a row, and the first to a new row."""
    o, i, j = place
    if o or (i, j) not in ((0, 1), (1, 0)) or params.stride == 1:
        return None
    stride, kernel = params.stride, params.kernel
    right = (i * stride, j * stride)
    if (i, j) == (0, 1):
        wrong = [(0, 1), (0, kernel), (stride, 0), (stride, stride), (0, kernel - 1)]
        reveal = f"The kernel moves on by the stride, {stride} cells"
    else:
        wrong = [(1, 0), (kernel, 0), (0, columns * stride), (0, columns), (kernel - 1, 0)]
        reveal = (
            f"The row has its {columns} windows; the next row of windows begins {stride} cells further down"
        )
    handle, index, choices = _placed(params, sides, right, wrong)
    if len(choices) < 2:
        return None
    return Question(
        text="Which cell lies under the kernel's first weight when it has moved on?",
        kind="part", right=(index,), choices=choices, panel="grids", handle=handle,
        reveal=f"{reveal}: to {at(_shown(params, handle, right))} of the "
        f"{'input' if handle == 'input 0' else 'padded input'}.",
    )  # fmt: skip


def _of_next_cell(params: Params, sides: Sequence[int]) -> Question | None:
    """What a dilated kernel reads second."""
    d = params.dilation
    handle, index, choices = _placed(
        params, sides, (0, d), [(0, 1), (0, d + 1), (d, 0), (1, 0), (0, params.kernel)]
    )
    if len(choices) < 2:
        return None
    return Question(
        text="Which cell does the kernel's second weight meet?", kind="part", right=(index,), choices=choices,
        panel="grids", handle=handle,
        reveal=f"With dilation {d} the cells that are read stand {d} apart; the neighbouring windows read those "
        "between.",
    )  # fmt: skip


# What comes out


def _of_sum(following: Frame) -> Question | None:
    """The last product of a window, where it tells whether the kernel is turned or the bias forgotten."""
    seen = following.variables
    before, total, value, factor = following.before["total"], seen["total"], seen["value"], seen["factor"]
    turned, bias = _turned(seen), float(seen["bias"][seen["o"]])
    tells = number_words(turned) != number_words(total) or bias or len(seen["input"]) > 1
    if not (value * factor and math.isfinite(total) and tells):
        return None
    last = float((_window(seen)[-1] * seen["weight"][seen["o"], -1]).sum())  # as if channels were kept apart
    wrong = [turned, *([total - bias] if bias else []), *([last] if len(seen["input"]) > 1 else []), before]
    made = {number_words(total): round(total, 2)}
    for number in wrong:
        if len(made) < MOST - 1:
            made.setdefault(number_words(number), round(number, 2))
    channel = f" of channel {seen['o']}" if len(seen["weight"]) > 1 else ""
    return Question(
        text=f"What is output ({seen['i']}, {seen['j']}){channel} when the last product is in?",
        kind="number", right=(round(total, 2),),
        choices=tuple(Choice(label=word, answer=made[word]) for word in sorted(made, key=lambda word: made[word])),
        reveal=f"{_signed(before)} + {_signed(value)} · {_signed(factor)} = {number_words(total)}. The sum is the bias "
        "and each weight times the cell it lies on, over all channels.",
        scale=0.5,
    )  # fmt: skip


def _signed(value: float) -> str:
    words = number_words(value)
    return f"({words})" if words.startswith(MINUS) else words


def _window(seen: Any) -> Tensor:
    """What the window at hand reads (C, k, k)."""
    top, left = seen["i"] * seen["stride"], seen["j"] * seen["stride"]
    span, dilation = seen["span"], seen["dilation"]
    read: Tensor = seen["padded"][:, top : top + span : dilation, left : left + span : dilation]
    return read


def _turned(seen: Any) -> float:
    """The output at hand with the kernel turned by half a turn: what signal processing calls convolution."""
    kernel = torch.flip(seen["weight"][seen["o"]], (1, 2))
    return float(seen["bias"][seen["o"]] + (_window(seen) * kernel).sum())

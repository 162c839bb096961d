"""Numbers and sentences of the filters: the arithmetic of one pixel, and the point of what is seen."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scenes.images.filters_model import Params, Result, is_difference

if TYPE_CHECKING:
    from scenes.images.filters_window import Window

MINUS = "\N{MINUS SIGN}"
WRITTEN = 3  # windows up to this size are written out in full,
ROOM = 76  # where that takes no more letters


# Numbers


def value_words(value: float) -> str:
    """A number with one decimal where it has any, and a true minus sign."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text.replace("-", MINUS)


def exact_words(value: float) -> str:
    """A number with up to four digits that count."""
    return f"{value:.4g}".replace("-", MINUS)


def short_words(value: float, decimals: int) -> str:
    """A number, short enough for a small cell: .04 for 0.04."""
    text = f"{value:.{decimals}f}" if value else "0"
    if decimals and abs(value) < 1:
        text = text.replace("0.", ".", 1)
    return text.replace("-", MINUS)


def weight_words(value: float, decimals: int) -> str:
    """A weight, short; a whole number without decimals."""
    return short_words(value, 0 if abs(value - round(value)) < 1e-6 else decimals)


def decimals_for(weights: NDArray[np.float64]) -> int:
    """As few decimals as show the weights for what they are: 2 or 3 where they are no round numbers."""
    for decimals in (0, 1, 2):
        if np.allclose(weights, weights.round(decimals), atol=1e-6):
            return decimals
    return 3 if len(weights) <= 5 else 2


def grid_words(
    values: NDArray[np.float64], decimals: int, words: Callable[[float, int], str] = short_words
) -> tuple[tuple[str, ...], ...]:
    """The numbers of a grid; none where its cells are too small for numbers anyway."""
    if max(values.shape) > 15:
        return tuple(("",) * values.shape[1] for _ in values)
    return tuple(tuple(words(value, decimals) for value in row) for row in values.tolist())


# One pixel


def arithmetic(window: Window) -> str:
    """The output pixel's arithmetic with its numbers, written out while it is short."""
    if window.kind == "median":
        return _in_order(window)
    sums = window.sums()
    if window.kind == "sobel":
        gx, gy = sums
        words = f"gx = {value_words(gx)}   gy = {value_words(gy)}"
        if window.unfinished:
            return f"{words}   so far"
        return words + _length(window, gx, gy) + _direction(window, gx, gy)
    if not window.done:
        return ""
    terms = _terms(window)
    if window.kind == "mean":
        count = window.values.size
        terms = terms if window.unfinished else f"({terms}) / {count} = {value_words(sums[0])} / {count}"
    if window.unfinished:
        return f"{terms} = {value_words(sums[0])} so far"
    return f"{terms} = {value_words(window.output)}"


def _length(window: Window, gx: float, gy: float) -> str:
    """A gradient's length; a run's own where it comes out otherwise."""
    held, right = window.progress.magnitude if window.progress else None, math.hypot(gx, gy)
    if held is not None and abs(held - right) > 0.05:
        return f"   magnitude = {value_words(held)}"
    return f"   magnitude = √({abs(gx):.0f}² + {abs(gy):.0f}²) = {right:.1f}"


def _direction(window: Window, gx: float, gy: float) -> str:
    """Its direction; "" while a run has not come to it."""
    progress = window.progress
    if progress is None:
        degrees: float | None = math.degrees(math.atan2(gy, gx))
    else:
        degrees = progress.direction
    return "" if degrees is None else f"   direction = {value_words(round(degrees))}°"


def _terms(window: Window) -> str:
    """The sum of the cells taken in: all of a small window; of a large one those at its centre, or the latest."""
    decimals = max(decimals_for(window.weights[0]), 3 if window.kind == "gaussian" else 0)
    pairs = zip(
        window.values.ravel()[: window.done].tolist(), window.weights[0].ravel().tolist(), strict=False
    )
    words = [_term(window.kind, value, weight, decimals) for value, weight in pairs]
    whole = " + ".join(word for word in words if word)
    if len(whole) <= ROOM and len(words) <= WRITTEN**2:
        return whole or "0"
    first = max(len(words) - 3, 0) if window.unfinished else len(words) // 2 - 1
    part = [word for word in words[first : first + 3] if word]
    return " + ".join(["…"] * (first > 0) + part + ["…"] * (first + 3 < len(words)))


def _term(kind: str, value: float, weight: float, decimals: int) -> str:
    """One cell's part of the sum; none where it counts 0 times."""
    if kind == "mean":
        return f"{value:.0f}"
    words = weight_words(weight, decimals)
    return f"{value:.0f}·({words})" if weight < 0 else f"{value:.0f}·{words}" if weight else ""


def _in_order(window: Window) -> str:
    values, count = window.ordered, window.values.size
    if window.unfinished:
        return f"{len(values)} of {count} values are in order"
    middle = count // 2
    order = f"{middle} values ≤ [{window.output:.0f}] ≤ {middle} values"
    if window.size <= WRITTEN:
        words = [f"{value:.0f}" for value in values]
        order = "  ".join([*words[:middle], f"[{words[middle]}]", *words[middle + 1 :]])
    return f"{order}   (their mean, dashed: {value_words(values.mean())})"


def of_cell(window: Window, cell: tuple[int, int]) -> str:
    """What a cell of the window does for the output."""
    value, (i, j) = window.values[cell], (index - window.size // 2 for index in cell)
    where = f"Row {window.row + i}, column {window.column + j}"
    if window.kind == "median":
        place = int((window.values < value).sum()) + 1
        return f"{where} holds {value:.0f}, number {place} of {window.values.size} in order."
    names = (" for gx", " for gy") if len(window.weights) == 2 else ("",)
    terms = [
        f"{value:.0f} × {exact_words(weights[cell])} = {exact_words(value * weights[cell])}{name}"
        for weights, name in zip(window.weights, names, strict=True)
    ]
    return f"{where}: {' and '.join(terms)}."


def of_place(window: Window, place: int) -> str:
    """What a place in the sorted values is."""
    if place >= len(window.ordered):
        return "Here the next values will take their places."
    count = window.values.size
    middle = count // 2
    where = "the middle one, and so the output" if place == middle else f"the middle is number {middle + 1}"
    return f"Number {place + 1} of {count} in order is {window.ordered[place]:.0f}; {where}."


# The point


def point_of(params: Params, result: Result) -> str:
    """What is to be seen, in one sentence."""
    size, count = params.size, params.size**2
    if params.filter == "sobel":
        return SOBEL[params.sobel_view]
    if params.filter == "custom":
        return _kernel_point(result)
    if size == 1:
        return "A window of one pixel changes nothing: widen it."
    if params.border == "constant" and params.filter != "median" and size >= 9:
        return f"Outside the picture 0 is read: a window of {size} × {size} that hangs over the border darkens the rim."
    if params.filter == "mean":
        return f"The mean gives all {count} pixels the same say: a speck spreads over the window, and so does an edge."
    if params.filter == "median":
        return f"The median takes the middle of {count} sorted values: single specks vanish, edges stay."
    if size // 2 < 1.5 * params.sigma:
        enough = 2 * math.ceil(3 * params.sigma) + 1
        return f"The window cuts the bell off: sigma {params.sigma:g} needs about {enough} × {enough}."
    passes = f"two passes, a row and then a column, take {2 * size} multiplications a pixel"
    return f"Near pixels count more. Since the bell comes apart, {passes}, not {count}."


MADE_UP = {
    "reflect": "mirrored at the edge pixel, which is not repeated", "symmetric": "mirrored with the edge pixel",
    "edge": "the edge pixel again and again",
}  # fmt: skip


def over_the_edge(params: Params, window: Window, shape: tuple[int, int]) -> str:
    """What a window that hangs over the edge reads there; "" where it lies inside, or reads 0."""
    reach = window.size // 2
    if params.border not in MADE_UP or window.size == 1:
        return ""
    inside = all(
        reach <= at < side - reach for at, side in zip((window.row, window.column), shape, strict=True)
    )
    return (
        "" if inside else f"The window hangs over the edge. What it reads there is {MADE_UP[params.border]}."
    )


SOBEL = {
    "gx": f"Smooth [1, 2, 1] downwards, difference [{MINUS}1, 0, 1] across: red where it gets brighter to the right, "
    "blue where darker.",
    "gy": f"Smooth [1, 2, 1] across, difference [{MINUS}1, 0, 1] downwards: red where it gets brighter downwards, "
    "blue where darker.",
    "magnitude": "The length of the arrow (gx, gy): bright wherever brightness changes fast, whichever way.",
    "direction": "The hue says which way the picture gets brighter, the brightness how fast: see the wheel.",
}


def _kernel_point(result: Result) -> str:
    total = float(result.kernel.sum())
    if is_difference(result.kernel):
        return "The weights sum to 0: flat parts become 0, only changes are left: positive in red, negative in blue."
    low, high = (value_words(round(end)) for end in result.reach)
    clipped = ""
    if result.reach[0] < -0.5 or result.reach[1] > 255.5:
        clipped = f" The output goes from {low} to {high} and is clipped to 0..255 here."
    if abs(total - 1) < 1e-3:
        return f"The weights sum to 1: flat parts keep their brightness, and changes are stressed.{clipped}"
    return f"The weights sum to {exact_words(total)}: flat parts become {exact_words(total)} times as bright.{clipped}"

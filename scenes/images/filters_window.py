"""The window detail of the filters: one output pixel as an equation, window × kernel = products → output.

Everything is in 8-bit units, 0..255, so that it agrees with a hand calculation on what is seen. The grids are
GRID units tall for every size of window, and each block stands in its place whatever it shows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from scenes.images.filters_display import wheel
from scenes.images.filters_steps import Progress
from scenes.images.filters_words import (
    arithmetic,
    decimals_for,
    exact_words,
    grid_words,
    value_words,
    weight_words,
)
from scenes.picture import Arrow, Cells, Curve, Image, Line, Mark, Panel, Region, Role, Scatter, Text

GRID = 10.0
VIEW = (-0.3, -2.9, 43.7, 12.3)
PLACE = (1, 0, 1, 4)
KERNEL, PRODUCTS, OUTPUT = 12.2, 25.9, 39.3  # where the blocks begin; the window begins at 0
TALL = 11.3  # a separable kernel with its row of factors above it
SOBEL_ROWS = ("gx", -1.0), ("gy", 5.0)  # the top of each
LAST_LINE = 11.5  # the arithmetic's
COMPASS = 34.0, 5.0, 4.3  # centre and radius

Kind = Literal["mean", "gaussian", "median", "sobel", "custom"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Window:
    """What makes one output pixel. `weights` are the kernels (one; for Sobel two), all (k, k).

    `factor` (k,) is there where the kernel is its product with itself. `shown` says how the output is: as a
    pixel, as a signed number, or as an angle. `pointed` is the cell under the pointer.
    """

    kind: Kind
    row: int
    column: int
    values: NDArray[np.float64]
    weights: tuple[NDArray[np.float64], ...]
    factor: NDArray[np.float64] | None
    output: float
    shown: Literal["pixel", "signed", "degrees"] = "pixel"
    channel: str = ""
    progress: Progress | None = None
    pointed: tuple[int, int] | None = None

    @property
    def size(self) -> int:
        """Pixels along one side."""
        return len(self.values)

    @property
    def unfinished(self) -> bool:
        """Whether a run is on its way."""
        return self.progress is not None and not self.progress.over

    @property
    def done(self) -> int:
        """How many cells are taken in, in reading order."""
        return self.values.size if self.progress is None else self.progress.done

    @property
    def ordered(self) -> NDArray[np.float64]:
        """The values taken in, sorted; of a run as they stand in it."""
        if self.progress is not None and self.progress.ordered is not None:
            return np.array(self.progress.ordered)
        return np.sort(self.values.ravel()[: self.done])

    @property
    def is_unweighed(self) -> bool:
        """Whether a run has no weights yet."""
        return (
            self.progress is not None and self.progress.bell is None and not (self.done or self.progress.sums)
        )

    @property
    def marked(self) -> tuple[tuple[int, int, Role], ...]:
        """The cell to light up."""
        cell = self.pointed or (self.progress.cell if self.progress else None)
        return ((*cell, "now"),) if cell else ()

    def sums(self) -> tuple[float, ...]:
        """What is added up over the cells taken in: the products with each kernel; of a mean the values."""
        if self.progress is not None and len(self.progress.sums or ()) == len(self.weights):
            return self.progress.sums or ()
        grids = (
            (self.values,)
            if self.kind == "mean"
            else tuple(self.values * weights for weights in self.weights)
        )
        return tuple(float(grid.ravel()[: self.done].sum()) for grid in grids)


def seen_by(window: Window, progress: Progress) -> Window:
    """The window as a run has it: with the run's own numbers as far as it has come, right or wrong."""
    values, weights, factor = window.values, window.weights, window.factor
    if progress.cell is not None and progress.value is not None:
        values = _with(values, progress.cell, progress.value)
    if progress.bell is not None and factor is not None:
        factor = progress.bell
        weights = (np.outer(factor, factor),)
    if window.kind == "mean" and not progress.over:  # the values are added up, and divided by at the end
        factor = np.ones(window.size)
        weights = (np.outer(factor, factor),)
    if progress.cell is not None and progress.weight is not None:
        weights = (_with(weights[0], progress.cell, progress.weight), *weights[1:])
    output = window.output if progress.output is None else progress.output
    return replace(window, values=values, weights=weights, factor=factor, output=output, progress=progress)


def _with(grid: NDArray[np.float64], cell: tuple[int, int], value: float) -> NDArray[np.float64]:
    """The grid with one number in it; the very same where it holds that already."""
    if abs(grid[cell] - value) < 1e-6:
        return grid
    grid = grid.copy()
    grid[cell] = value
    return grid


def window_panel(window: Window | None, *, editable: bool = False) -> Panel:
    """The panel; where no pixel is looked at, a hint in its place."""
    if window is None:
        hint = "Point at a pixel to see the numbers that make it; click to keep it."
        marks: list[Mark] = [Text(at=(21.7, 5), text=hint, role="quiet", align="center", size=1.1)]
    else:
        steps = {"median": _sorting, "sobel": _gradient}.get(window.kind)
        marks = _window(window)
        marks += steps(window) if steps else _weighing(window, editable)
        marks += [*_output(window), Text(at=(0, LAST_LINE), text=arithmetic(window), mono=True)]
    return Panel(key="window", marks=tuple(marks), view=VIEW, place=PLACE, fixed=True)


def _title(x: float, text: str, y: float = -0.9) -> Text:
    return Text(at=(x, y), text=text, role="quiet")


def _sign(x: float, text: str, y: float = GRID / 2) -> Text:
    return Text(at=(x, y), text=text, role="quiet", align="center", size=1.5)


def _window(window: Window) -> list[Mark]:
    cell = GRID / window.size
    return [
        Cells(
            values=window.values,
            shade="gray",
            range=(0, 255),
            cell=cell,
            marked=window.marked,
            handle="window",
        ),
        Region(extent=(0, 0, GRID, GRID), role="now"),
        _title(0, f"window, {window.channel}" if window.channel else "window"),
    ]


def _empty() -> list[Mark]:
    """Frames where kernel and products will stand."""
    places = ((KERNEL, GRID - TALL, KERNEL + TALL, GRID), (PRODUCTS, 0.0, PRODUCTS + GRID, GRID))
    return [Region(extent=place, role="quiet", width=1.0) for place in places]


# A weighted sum: mean, Gaussian, custom


def _weighing(window: Window, editable: bool) -> list[Mark]:
    kernel, size = window.weights[0], window.size
    if window.kind == "gaussian" and window.is_unweighed:
        return [_sign(11.1, "×"), _title(KERNEL, "kernel"), _title(PRODUCTS, "products"), *_empty()]
    decimals, largest = decimals_for(kernel), float(abs(kernel).max()) or 1.0
    cell, left = GRID / size, KERNEL + 0.75
    marks: list[Mark] = [_sign(11.1, "×"), _sign(24.8, "="), _title(PRODUCTS, "products")]
    if window.factor is not None:
        cell = TALL / (size + 1.3)
        left = KERNEL + 1.3 * cell
        across = window.factor[None]
        top, height = GRID - (size + 1.3) * cell, GRID - size * cell
        span = (0.0, float(across.max()))
        marks += [
            _weights(across, (left, top), cell, span, decimals),
            _weights(across.T, (KERNEL, height), cell, span, decimals),
            _title(left, "kernel = column × row" + _each(window), top - 0.9),
        ]
    else:
        marks.append(_title(left, "kernel, sum " + exact_words(float(kernel.sum()))))
    at, span = (left, GRID - size * cell), (-largest, largest)
    marks += [
        _weights(kernel, at, cell, span, decimals, marked=window.marked, handle="kernel", editable=editable,
                 movable=editable),
        _products(window, window.values * kernel, (PRODUCTS, 0), GRID, "products"),
        _sign(37.6, "Σ", GRID / 2 - 1.2),
        Arrow(tail=(36.5, GRID / 2), head=(38.7, GRID / 2), role="quiet"),
    ]  # fmt: skip
    return marks


def _each(window: Window) -> str:
    """What every weight of a mean is; while its values are added up, 1."""
    if window.kind != "mean":
        return ""
    return f", each 1{'' if window.unfinished else f'/{window.values.size}'}"


def _weights(
    weights: NDArray[np.float64],
    at: tuple[float, float],
    cell: float,
    span: tuple[float, float],
    decimals: int,
    **rest: Any,
) -> Cells:
    text = grid_words(weights, decimals, weight_words)
    return Cells(
        values=weights, role="weight", shade="signed", range=span, cell=cell, at=at, text=text, **rest
    )


def _products(
    window: Window, products: NDArray[np.float64], at: tuple[float, float], side: float, handle: str
) -> Cells:
    """The products taken in so far; the others are still empty."""
    largest = float(abs(products).max()) or 1.0
    whole = bool((products == products.round()).all())
    decimals = 0 if whole or largest >= 100 else 1 if largest >= 10 or window.size >= 5 else 2
    words = grid_words(products, decimals)
    if window.done < products.size:
        taken = np.arange(products.size).reshape(products.shape) < window.done
        rows = zip(words, taken.tolist(), strict=True)
        words = tuple(tuple(w if t else "" for w, t in zip(*row, strict=True)) for row in rows)
        products = np.where(taken, products, 0.0)
    return Cells(
        values=products, role="output", shade="signed", range=(-largest, largest), at=at,
        cell=side / window.size, text=words, marked=window.marked, handle=handle,
    )  # fmt: skip


def _output(window: Window) -> list[Mark]:
    """The output pixel, large, with its value."""
    side = 4.0
    middle, top, bottom = OUTPUT + side / 2, (GRID - side) / 2, (GRID + side) / 2
    place = (OUTPUT, top, OUTPUT + side, bottom)
    marks: list[Mark] = [_title(OUTPUT, "output", top - 0.9)]
    if window.unfinished:
        marks.append(Region(extent=place, role="quiet", width=1.0))
        if window.kind in ("mean", "gaussian", "custom"):
            so_far = value_words(window.sums()[0])
            marks.append(Text(at=(middle, GRID / 2), text=so_far, align="center", mono=True))
            note = f"so far, of {window.values.size}" if window.kind == "mean" else "so far"
            marks.append(Text(at=(middle, bottom + 1), text=note, role="quiet", align="center"))
        return marks
    exact, note = value_words(window.output), ""
    if window.shown == "pixel":
        level = round(min(max(window.output, 0.0), 255.0))
        marks.append(
            Cells(values=np.array([[level]]), shade="gray", range=(0, 255), at=(OUTPUT, top), cell=side)
        )
        note = "" if exact == str(level) else exact
        if not -0.5 <= window.output <= 255.5:
            marks.append(Text(at=(middle, bottom + 2.2), text="clipped", role="quiet", align="center"))
    else:
        words = (
            f"{round(window.output)}°".replace("-", "\N{MINUS SIGN}") if window.shown == "degrees" else exact
        )
        marks.append(
            Text(at=(middle, GRID / 2), text=words, role="output", align="center", size=1.15, mono=True)
        )
    marks.append(Region(extent=place, role="output"))
    if note:
        marks.append(
            Text(at=(middle, bottom + 1), text=note, role="output", align="center", size=1.15, mono=True)
        )
    return marks


# The median


def _sorting(window: Window) -> list[Mark]:
    size, count, values = window.size, window.values.size, window.ordered
    cell, left = GRID / size, KERNEL + 0.75
    spot, role = (count // 2, "output") if not window.unfinished else (-1, "now")
    if window.unfinished and window.progress and window.progress.cell and len(values):
        i, j = window.progress.cell
        if window.done > i * size + j:
            spot = int(
                np.flatnonzero(np.append(values == window.values[i, j], True))[-2:][0]
            )  # the last such
    marks: list[Mark] = [
        _sign(11.5, "→"),
        _title(left, "sorted"),
        Region(extent=(left, 0, left + GRID, GRID), role="quiet", width=1.0),
    ]
    whole = len(values) // size * size
    for first, part in ((0, values[:whole].reshape(-1, size)), (whole, values[whole:].reshape(1, -1))):
        if part.size:
            here = first <= spot < first + part.size
            marks.append(
                Cells(
                    values=part, shade="gray", range=(0, 255), cell=cell, at=(left, first // size * cell),
                    marked=((*divmod(spot - first, size), role),) if here else (),  # type: ignore[arg-type]
                    handle="sorted" if len(values) == count else "",
                )
            )  # fmt: skip
    return [*marks, _sign(24.3, "→"), *_staircase(values, count, over=not window.unfinished)]


def _staircase(values: NDArray[np.float64], count: int, *, over: bool) -> list[Mark]:
    """The sorted values, one step each; the middle step goes on to the output, a dashed line is the mean."""
    x0, x1 = PRODUCTS + 1.2, PRODUCTS + GRID
    step = (x1 - x0) / count
    marks: list[Mark] = [
        _title(x0, "value by place"),
        Line(segments=np.array([[[x0, GRID], [x1, GRID]], [[x0, 0], [x0, GRID]]]), role="quiet"),
        Text(at=(x0 - 0.3, 0.4), text="255", role="quiet", align="right", size=0.85),
        Text(at=(x0 - 0.3, GRID - 0.3), text="0", role="quiet", align="right", size=0.85),
    ]
    if not len(values):
        return marks
    height = np.repeat(GRID * (1 - values / 255), 2)
    x = x0 + step * np.repeat(np.arange(len(values) + 1), 2)[1:-1]
    marks.append(Curve(x=x, y=height, role="input", width=1.0))
    if not over or len(values) < count:
        return marks
    mean = GRID * (1 - values.mean() / 255)
    centre, middle = x0 + step * (count // 2 + 0.5), float(height[count])
    return [
        *marks,
        Line(segments=np.array([[[x0, mean], [x1, mean]]]), role="quiet", dashed=True),
        Line(
            segments=np.array([[[centre, GRID], [centre, middle]], [[centre, middle], [x1, middle]]]),
            role="output",
        ),
        Arrow(tail=(x1, middle), head=(38.9, GRID / 2), role="output"),
        Scatter(points=np.array([[centre, middle]]), role="output", size=9),
    ]


# Sobel


def _gradient(window: Window) -> list[Mark]:
    marks: list[Mark] = [_sign(11.1, "×"), _title(KERNEL, "kernels", -1.9), _title(19.2, "products", -1.9)]
    smooth, difference = np.array([[1.0, 2.0, 1.0]]), np.array([[-1.0, 0.0, 1.0]])
    cell, left = 1.3, KERNEL + 1.55
    for (name, top), weights, total in zip(SOBEL_ROWS, window.weights, window.sums(), strict=True):
        across, down = (difference, smooth) if name == "gx" else (smooth, difference)
        height, span = top + 1.55, (-2.0, 2.0)
        marks += [
            _weights(across, (left, top), cell, span, 0),
            _weights(down.T, (KERNEL, height), cell, span, 0),
            _weights(weights, (left, height), cell, span, 0, marked=window.marked, handle=f"kernel {name}"),
            _sign(18.4, "=", height + 1.95),
            _products(window, window.values * weights, (19.2, top + 0.05), 5.4, f"products {name}"),
            Text(at=(25.1, top + 2.2), text=f"{name}\n{value_words(total)}", role="output", mono=True),
        ]
    return [*marks, *_compass(window)]


def _compass(window: Window) -> list[Mark]:
    """The gradient with its two legs; its length grows with the root, so that weak ones can be seen."""
    (x, y, radius), (gx, gy) = COMPASS, window.sums()
    length = math.hypot(gx, gy)
    scale = radius * min(1.0, math.sqrt(length / 1020)) / length if length else 0.0
    tip = (x + gx * scale, y + gy * scale)
    turn = np.linspace(0, 2 * np.pi, 73)
    ground: Mark = Curve(x=x + radius * np.cos(turn), y=y + radius * np.sin(turn), role="quiet", width=0.5)
    if window.shown == "degrees":
        rim = radius * 1.1
        ground = Image(pixels=wheel(), extent=(x - rim, y - rim, x + rim, y + rim))
    return [
        ground,
        Line(segments=np.array([[[x, y], [tip[0], y]], [[tip[0], y], tip]]), role="output", dashed=True),
        Arrow(tail=(x, y), head=tip, role="gradient"),
        _title(x - radius, "gradient", -1.9),
    ]

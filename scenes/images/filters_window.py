"""The window detail of the filters: one output pixel as an equation, window × kernel = products → output.

Everything is in 8-bit units, 0..255, so that it agrees with a hand calculation on what is seen. The panel is
GRID units tall for every size of window, and its blocks stand where they stand whatever it shows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.trace import Frame
from scenes.picture import Arrow, Cells, Curve, Line, Mark, Panel, Region, Role, Scatter, Text

GRID = 10.0
VIEW = (-0.3, -2.5, 43.7, 12.3)
PLACE = (1, 0, 1, 2)
KERNEL, PRODUCTS, OUTPUT = 12.2, 25.9, 39.3  # where the blocks begin; the window begins at 0
STRIP = 1.5  # how far a separable kernel's row of factors stands above the grids
LINE = 11.4  # where the arithmetic is written
WRITTEN = 3  # windows up to this size are written out in full
COUNTED = 2.65, -0.4, 5.15  # Sobel: where its kernels begin after KERNEL, and the tops of its two rows

Kind = Literal["mean", "gaussian", "median", "sobel", "custom"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Progress:
    """How far a run has come: cells taken in, the one at hand, and the sum (or gx, gy) of those taken in."""

    done: int
    cell: tuple[int, int] | None = None
    total: tuple[float, ...] = ()
    over: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Window:
    """What makes one output pixel. `weights` are the kernels (one; for Sobel two), all (k, k)."""

    kind: Kind
    row: int
    column: int
    values: NDArray[np.float64]
    weights: tuple[NDArray[np.float64], ...]
    factor: NDArray[np.float64] | None  # (k,): the kernel is its product with itself
    output: float
    shown: Literal["gray", "signed", "degrees"] = "gray"
    channel: str = ""
    progress: Progress | None = None
    pointed: tuple[int, int] | None = None  # the cell under the pointer

    @property
    def size(self) -> int:
        return len(self.values)

    @property
    def done(self) -> int:
        """How many cells are taken in, in reading order."""
        return self.values.size if self.progress is None else self.progress.done

    @property
    def cell(self) -> tuple[int, int] | None:
        """The cell to light up."""
        return self.pointed or (self.progress.cell if self.progress else None)

    def sums(self) -> tuple[float, ...]:
        """Of the products of each kernel, over the cells taken in."""
        return tuple(float((self.values * w).ravel()[: self.done].sum()) for w in self.weights)


def progress_of(frame: Frame, size: int) -> Progress:
    """Read off a recorded line of a listing how far it has come."""
    line, seen = frame.outermost, frame.outermost.variables
    text = line.listing.text(line.line).strip()
    if "total" in seen:
        total: tuple[float, ...] = (float(seen["total"]),)
    else:
        total = tuple(float(seen[name]) for name in ("gx", "gy") if name in seen)
    if "i" not in seen:
        return Progress(done=0, total=total)
    i, j = int(seen["i"]), int(seen.get("j", 0))
    number, inside = i * size + j, bool(frame.callers)
    if text.startswith("for i"):
        begun = "i" in frame.changed
        return Progress(done=i * size if begun else size * size, total=total, over=not begun)
    if text.startswith("for j"):
        begun = "j" in frame.changed
        return Progress(done=number if begun else (i + 1) * size, cell=(i, j) if begun else None, total=total)
    if text.startswith(("value", "weight", "gx +=")) or inside:
        return Progress(done=number, cell=(i, j), total=total)
    if text.startswith(("total +=", "insort", "gy +=")):
        return Progress(done=number + 1, cell=(i, j), total=total)
    return Progress(done=size * size, total=total, over=True)


def panel(window: Window | None, *, editable: bool = False) -> Panel:
    """The panel, or its place with a hint where no pixel is looked at."""
    if window is None:
        hint = "Point at a pixel to see the numbers that make it; click to keep it."
        marks: list[Mark] = [Text(at=(21.7, 5), text=hint, role="quiet", align="center", size=1.1)]
    else:
        marks = [*_window(window)]
        if window.kind == "median":
            marks += _sorting(window)
        elif window.kind == "sobel":
            marks += _gradient(window)
        else:
            marks += _weighing(window, editable)
        marks += [*_output(window), Text(at=(0, LINE), text=arithmetic(window), mono=True)]
    return Panel(key="window", marks=tuple(marks), view=VIEW, place=PLACE, fixed=True)


def _title(x: float, text: str, y: float = -0.85) -> Text:
    return Text(at=(x, y), text=text, role="quiet")


def _sign(x: float, text: str, y: float = GRID / 2) -> Text:
    return Text(at=(x, y), text=text, role="quiet", align="center", size=1.5)


def _marked(window: Window) -> tuple[tuple[int, int, Role], ...]:
    return ((*window.cell, "now"),) if window.cell else ()


def _window(window: Window) -> list[Mark]:
    cells = Cells(
        values=window.values, shade="gray", range=(0, 255), cell=GRID / window.size, marked=_marked(window),
        handle="window",
    )  # fmt: skip
    outline = Region(extent=(0, 0, GRID, GRID), role="now")
    return [outline, cells, _title(0, f"window, {window.channel}" if window.channel else "window")]


# A weighted sum: mean, Gaussian, custom


def _weighing(window: Window, editable: bool) -> list[Mark]:
    kernel, size = window.weights[0], window.size
    cell, left = GRID / size, KERNEL + 0.75
    largest = float(abs(kernel).max()) or 1.0
    marks: list[Mark] = [_sign(11.1, "×")]
    decimals = _decimals(kernel, size)
    if window.factor is not None:
        cell = (GRID + STRIP) / (size + 1.3)
        left = KERNEL + 1.3 * cell
        factor, top = window.factor[None], GRID - (size + 1.3) * cell
        look: dict[str, Any] = {
            "role": "weight", "shade": "signed", "range": (0, float(factor.max())), "cell": cell,
        }  # fmt: skip
        words = tuple(_weight(value, decimals) for value in factor[0].tolist())
        marks += [
            Cells(values=factor, at=(left, top), text=(words,), **look),
            Cells(values=factor.T, at=(KERNEL, GRID - size * cell), text=tuple((word,) for word in words), **look),
            _title(left, "kernel = column × row", top - 0.85),
        ]
    else:
        marks.append(_title(left, "kernel"))
    marks.append(
        Cells(
            values=kernel, role="weight", shade="signed", range=(-largest, largest), cell=cell,
            at=(left, GRID - size * cell), text=_words(kernel, decimals), marked=_marked(window),
            handle="kernel", editable=editable, movable=editable,
        )  # fmt: skip
    )
    products = window.values * kernel
    marks += [_sign(24.8, "="), _title(PRODUCTS, "products"), *_products(window, products, PRODUCTS, 0, GRID)]
    marks += [_sign(37.6, "Σ", GRID / 2 - 1.2), _arrow(GRID / 2)]
    return marks


def _products(window: Window, products: NDArray[np.float64], x: float, y: float, side: float) -> list[Mark]:
    """Those taken in so far; the others are still empty."""
    empty = np.arange(products.size).reshape(products.shape) >= window.done
    largest = float(abs(products).max()) or 1.0
    whole = bool((products == products.round()).all())
    decimals = 0 if whole or largest >= 100 else 1 if largest >= 10 or window.size >= 5 else 2
    words = _words(products, decimals)
    if empty.any():
        words = tuple(
            tuple("" if gone else word for word, gone in zip(*pair, strict=True))
            for pair in zip(words, empty.tolist(), strict=True)
        )
        products = np.where(empty, 0.0, products)
    return [
        Cells(
            values=products, role="output", shade="signed", range=(-largest, largest), at=(x, y),
            cell=side / window.size, text=words, marked=_marked(window), handle="products",
        )
    ]  # fmt: skip


def _arrow(y: float) -> Arrow:
    return Arrow(tail=(36.5, y), head=(38.7, y), role="quiet")


def _output(window: Window) -> list[Mark]:
    """The output pixel, large, with its value."""
    marks: list[Mark] = []
    x, side = OUTPUT, 4.0
    middle, top = x + side / 2, GRID / 2 - side / 2
    progress = window.progress
    marks.append(_title(x, "output", top - 0.85))
    if progress is not None and not progress.over:
        marks.append(Region(extent=(x, top, x + side, top + side), role="quiet"))
        if progress.total and window.kind != "sobel":
            marks.append(Text(at=(middle, top + side / 2), text=f"{progress.total[0]:.1f}", align="center", mono=True))
            marks.append(Text(at=(middle, top + side + 1), text="so far", role="quiet", align="center"))
        return marks
    if window.shown == "gray":
        level = min(max(window.output, 0.0), 255.0)
        marks.append(
            Cells(values=np.array([[round(level)]]), shade="gray", range=(0, 255), at=(x, top), cell=side, handle="output")
        )
        clipped = "" if level == window.output else f", clipped to {level:.0f}"
        words = _value(window.output) + clipped
    else:
        words = f"{window.output:.0f}°" if window.shown == "degrees" else _value(window.output)
        inside = Text(at=(middle, top + side / 2), text=words, role="output", align="center", size=1.15, mono=True)
        marks.append(inside)
        words = ""
    marks.append(Region(extent=(x, top, x + side, top + side), role="output"))
    if words:
        marks.append(Text(at=(middle, top + side + 1), text=words, role="output", align="center", size=1.15, mono=True))
    return marks


# The median


def _sorting(window: Window) -> list[Mark]:
    size, count = window.size, window.values.size
    values = np.sort(window.values.ravel()[: window.done])
    cell, left, middle = GRID / size, KERNEL + 0.75, count // 2
    marks: list[Mark] = [
        _sign(11.45, "→"),
        _title(left, "sorted"),
        Region(extent=(left, 0, left + GRID, GRID), role="quiet"),
    ]
    whole = len(values) // size * size
    over = window.done == count
    spots: Sequence[tuple[int, Role]] = [(middle, "output")] if over else []
    if window.progress and window.progress.cell and not over and len(values):
        taken = window.values[window.progress.cell]
        spots = [(int(np.searchsorted(values, taken)), "now")] if window.done else []
    for first, part in ((0, values[:whole].reshape(-1, size)), (whole, values[whole:].reshape(1, -1))):
        if part.size:
            marked = tuple(
                (*divmod(spot - first, size), role) for spot, role in spots if first <= spot < first + part.size
            )
            marks.append(
                Cells(
                    values=part, shade="gray", range=(0, 255), cell=cell, at=(left, first // size * cell),
                    marked=marked, handle="sorted" if first == 0 and over else "",
                )
            )  # fmt: skip
    marks += [_sign(24.3, "→"), *_ranks(values, count, over)]
    return marks


def _ranks(values: NDArray[np.float64], count: int, over: bool) -> list[Mark]:
    """The sorted values as a staircase; the middle step is the output, a dashed line is the mean."""
    x0, x1 = PRODUCTS + 1.2, PRODUCTS + GRID
    step = (x1 - x0) / count
    axis = Line(segments=np.array([[[x0, GRID], [x1, GRID]], [[x0, 0], [x0, GRID]]]), role="quiet")
    marks: list[Mark] = [_title(x0, "value by place"), axis]
    marks += [Text(at=(x0 - 0.3, y), text=str(v), role="quiet", align="right", size=0.85) for v, y in ((255, 0.3), (0, 9.7))]
    if not len(values):
        return marks
    height = GRID * (1 - values / 255)
    x = x0 + step * np.repeat(np.arange(len(values) + 1), 2)[1:-1]
    marks.append(Curve(x=x, y=np.repeat(height, 2), role="input", width=1.0))
    if not over:
        return marks
    mean = GRID * (1 - values.mean() / 255)
    centre, middle = x0 + step * (count // 2 + 0.5), float(height[count // 2])
    marks += [
        Line(segments=np.array([[[x0, mean], [x1, mean]]]), role="removed", dashed=True),
        Text(at=(x1, mean - 0.65 if mean > middle else mean + 0.65), text="mean", role="quiet", align="right", size=0.85),
        Line(segments=np.array([[[centre, GRID], [centre, middle]], [[centre, middle], [x1 + 3, middle]]]), role="output"),
        Scatter(points=np.array([[centre, middle]]), role="output", size=9),
    ]
    return marks


# Sobel


def _gradient(window: Window) -> list[Mark]:
    inset, *tops = COUNTED
    marks: list[Mark] = [_sign(11.1, "×"), _title(KERNEL + inset - 1.2, "kernels"), _title(19.1, "products")]
    smooth, difference = np.array([[1.0, 2.0, 1.0]]), np.array([[-1.0, 0.0, 1.0]])
    sums = window.progress.total if window.progress and window.progress.total else window.sums()
    for name, top, weights, total in zip(("gx", "gy"), tops, window.weights, sums, strict=True):
        across, down = (difference, smooth) if name == "gx" else (smooth, difference)
        marks += _kernel_with_factors(window, name, weights, across, down, top)
        marks += [_sign(18.2, "=", top + 2.8), *_products(window, window.values * weights, 19.1, top + 0.1, 4.95)]
        marks.append(Text(at=(24.7, top + 2.6), text=f"{name} {_value(total)}", role="output", mono=True))
    return [*marks, *_compass(*sums)]


def _kernel_with_factors(
    window: Window, name: str, weights: Any, across: Any, down: Any, top: float
) -> list[Mark]:
    cell, left = 1.2, KERNEL + 1.45
    look: dict[str, Any] = {"role": "weight", "shade": "signed", "range": (-2, 2), "cell": cell}
    return [
        Cells(values=across, at=(left, top), **look),
        Cells(values=down.T, at=(KERNEL, top + 1.45), **look),
        Cells(values=weights, at=(left, top + 1.45), marked=_marked(window), handle=f"kernel {name}", **look),
    ]


def _compass(gx: float, gy: float) -> list[Mark]:
    """The arrow and its two legs; its length grows with the root, so that weak gradients can be seen."""
    x, y, radius = 33.9, 5.0, 4.3
    turn = np.linspace(0, 2 * np.pi, 73)
    length = math.hypot(gx, gy)
    scale = radius * min(1.0, math.sqrt(length / 1020)) / length if length else 0.0
    tip = (x + gx * scale, y + gy * scale)
    legs = np.array([[[x, y], [tip[0], y]], [[tip[0], y], tip]])
    return [
        Curve(x=x + radius * np.cos(turn), y=y + radius * np.sin(turn), role="quiet", width=0.5),
        Line(segments=legs, role="output", dashed=True),
        Arrow(tail=(x, y), head=tip, role="gradient"),
        _title(x - radius, "gradient"),
    ]


# Words


def arithmetic(window: Window) -> str:
    """The output pixel's arithmetic with its numbers, written out while it is short."""
    progress = window.progress
    unfinished = progress is not None and not progress.over
    if window.kind == "median":
        return _median_words(window, unfinished)
    sums = window.progress.total if window.progress and window.progress.total else window.sums()
    if window.kind == "sobel":
        gx, gy = sums
        words = f"gx = {_value(gx)}   gy = {_value(gy)}"
        if unfinished:
            return f"{words}   so far"
        length, angle = math.hypot(gx, gy), math.degrees(math.atan2(gy, gx))
        return f"{words}   magnitude = √({abs(gx):.0f}² + {abs(gy):.0f}²) = {length:.1f}   direction = {angle:.0f}°"
    terms, result = _terms(window), sums[0]
    if not terms:
        return ""
    if window.kind == "mean":
        if unfinished:
            return f"{terms} = {result:.0f} so far"
        count = window.values.size
        return f"({terms}) / {count} = {window.values.sum():.0f} / {count} = {window.output:.1f}"
    return f"{terms} = {_value(result)} so far" if unfinished else f"{terms} = {_value(window.output)}"


def _terms(window: Window) -> str:
    """The sum of the cells taken in: the first ones, and the last."""
    decimals = _decimals(window.weights[0], window.size)
    values, weights = window.values.ravel()[: window.done], window.weights[0].ravel()
    limit = window.values.size if window.size <= WRITTEN else 4
    keep = list(range(len(values)))
    if len(keep) > limit:
        keep = [*keep[: limit - 1], keep[-1]]
    words = [
        f"{values[n]:.0f}" if window.kind == "mean" else f"{values[n]:.0f}·{_bracketed(weights[n], decimals)}"
        for n in keep
    ]
    if len(values) > limit:
        words.insert(limit - 1, "…")
    return " + ".join(words)


def _median_words(window: Window, unfinished: bool) -> str:
    values, count = np.sort(window.values.ravel()[: window.done]), window.values.size
    if unfinished:
        return f"{len(values)} of {count} values are in order"
    if window.size <= WRITTEN:
        middle = count // 2
        words = [f"{value:.0f}" for value in values]
        order = "  ".join([*words[:middle], f"[{words[middle]}]", *words[middle + 1 :]])
    else:
        order = f"{count // 2} values ≤ [{window.output:.0f}] ≤ {count // 2} values"
    return f"{order}   (their mean is {values.mean():.1f})"


def _value(value: float) -> str:
    """At most one decimal, with a true minus sign."""
    text = f"{value:.1f}".removesuffix(".0")
    return text.replace("-", "\N{MINUS SIGN}") if text != "-0" else "0"


def _weight(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.replace("-0.", "-.").removeprefix("0") if decimals and abs(value) < 1 else text


def _bracketed(value: float, decimals: int) -> str:
    return f"({_weight(value, decimals)})" if value < 0 else _weight(value, decimals)


def _words(values: NDArray[np.float64], decimals: int) -> tuple[tuple[str, ...], ...]:
    """The numbers of a grid, short enough for its cells; none where the cells are too small anyway."""
    if len(values) > 15:
        return tuple(("",) * values.shape[1] for _ in values)
    return tuple(tuple(_weight(value, decimals) for value in row) for row in values.tolist())


def _decimals(kernel: NDArray[np.float64], size: int) -> int:
    """As few as show the weights for what they are."""
    for decimals in (0, 1):
        if np.allclose(kernel, kernel.round(decimals), atol=1e-6):
            return decimals
    return 3 if size <= 5 and not np.allclose(kernel, kernel.round(2), atol=1e-6) else 2

"""The picture of the filters: source and result side by side, and how one pixel came about."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.image.pixel import Border, index_inside
from engine.trace import Frame
from scenes.images import filters_words as words
from scenes.images.filters_model import (
    SOBEL_X,
    Params,
    Result,
    channel_of,
    kept_inside,
)
from scenes.images.filters_steps import Progress, progress_of
from scenes.images.filters_window import Window, seen_by, window_panel
from scenes.picture import Arrow, Heatmap, Image, Mark, Panel, Picture, Region, Role, Scatter
from scenes.scene import State, Target
from scenes.variables import whole

PIXELS_OF = ("source", "result")
CELLS = ("window", "kernel", "products", "kernel gx", "kernel gy", "products gx", "products gy")


def picture(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """Source and result side by side, and the window of one pixel below."""
    params, inputs = state.params, state.inputs
    height, width = result.source.shape[:2]
    pin = kept_inside(inputs.pin, (height, width))
    progress = None
    if frame is not None or state.step == 0:
        progress = progress_of(frame, len(result.kernel), params.sobel_view)
    place = _looked_at((height, width), pin, frame, hover, stepping=progress is not None)
    window = _window(params, result, place, progress, hover) if place else None
    return Picture(
        panels=(
            _source_panel(params, result, window, pin),
            _result_panel(params, result, window),
            window_panel(window, editable=params.filter == "custom"),
        ),
        columns=_columns(width / height),
        rows=(54, 46),
        sentence=_sentence(params, result, window, frame, hover),
        focus="pin",
    )


def _columns(shape: float) -> tuple[int, int, int, int]:
    """A margin, source, result, a margin: wide pictures take all the room, tall ones stand closer together."""
    margin = 0 if shape > 1.15 else 4 if shape > 0.8 else 12
    return margin, 80, 80, margin


def _looked_at(
    shape: tuple[int, int],
    pin: tuple[int, int] | None,
    frame: Frame | None,
    hover: Target | None,
    *,
    stepping: bool,
) -> tuple[int, int] | None:
    """The pixel of the step, or the one under the pointer, or the pinned one."""
    if stepping:
        seen = frame.outermost.variables if frame is not None else {}
        row, column = whole(seen, "row"), whole(seen, "column")
        middle = (shape[0] // 2, shape[1] // 2)
        return kept_inside(pin or middle if row is None or column is None else (row, column), shape)
    if hover is not None and hover.handle in PIXELS_OF and 0 <= hover.index < shape[0] * shape[1]:
        return divmod(hover.index, shape[1])
    return pin


def _window(
    params: Params, result: Result, place: tuple[int, int], progress: Progress | None, hover: Target | None
) -> Window:
    size, channel = len(result.kernel), channel_of(params, len(result.image))
    output = float(result.output[channel, place[0], place[1]])
    weights = (result.kernel,) if params.filter != "sobel" else (SOBEL_X, SOBEL_X.T)
    shown: Literal["pixel", "signed", "degrees"] = "signed" if result.colormap else "pixel"
    if params.filter == "sobel" and params.sobel_view == "direction":
        shown = "degrees"
    pointed = None
    if hover is not None and hover.handle in CELLS and 0 <= hover.index < size * size:
        pointed = divmod(hover.index, size)
    window = Window(
        kind=params.filter,
        row=place[0],
        column=place[1],
        values=_window_values(result.source[..., channel], place, size, params.border),
        weights=tuple(kernel.astype(np.float64) for kernel in weights),
        factor=None if result.factor is None else result.factor.astype(np.float64),
        output=math.degrees(output) if shown == "degrees" else 255 * output,
        shown=shown,
        channel=params.channel if len(result.image) == 3 else "",
        pointed=pointed,
    )
    return window if progress is None else seen_by(window, progress)


def _window_values(
    channel: NDArray[np.uint8], place: tuple[int, int], size: int, border: Border
) -> NDArray[np.float64]:
    """The window about a pixel, with what the border makes of it outside."""
    rows, columns = (
        [index_inside(index, length, border) for index in range(at - size // 2, at + size // 2 + 1)]
        for at, length in zip(place, channel.shape, strict=True)
    )
    read = channel[np.ix_([row or 0 for row in rows], [column or 0 for column in columns])]
    values = read.astype(np.float64)
    values[[row is None for row in rows]] = 0
    values[:, [column is None for column in columns]] = 0
    return values


def _source_panel(
    params: Params, result: Result, window: Window | None, pin: tuple[int, int] | None
) -> Panel:
    """The source, the window on it, and the pin where it waits while the pointer is elsewhere."""
    height, width = result.source.shape[:2]
    size = len(result.kernel)
    marks: list[Mark] = [Image(pixels=result.source, handle="source")]
    here = (window.row, window.column) if window else None
    if pin is not None:
        role: Role = "now" if pin == here else "quiet"
        marks.append(Region(extent=_extent(pin, size), role=role, handle="pin", movable=True))
    if here is not None:
        if size * 16 < max(height, width):  # a ring finds a window too small to be seen
            marks.append(Scatter(points=_centre(here), role="now", size=30, symbol="ring"))
        if here != pin:
            marks.append(Region(extent=_extent(here, size), role="now"))
    if window is not None and window.kind == "sobel":
        marks.append(_gradient_arrow(window, max(height, width)))
    noise = {"none": "", "gaussian": " with Gaussian noise", "salt-pepper": " with salt and pepper"}
    return Panel(
        key="source", title=f"source{noise[params.noise]}", marks=tuple(marks), view=(0, 0, width, height),
        place=(0, 1, 1, 1), link="image", drag="scene" if params.brush else "view",
    )  # fmt: skip


def _extent(place: tuple[int, int], size: int) -> tuple[float, float, float, float]:
    """The window about a pixel."""
    (row, column), reach = place, size // 2
    return column - reach, row - reach, column + reach + 1, row + reach + 1


def _centre(place: tuple[int, int]) -> NDArray[np.float64]:
    return np.array([[place[1] + 0.5, place[0] + 0.5]])


def _gradient_arrow(window: Window, side: int) -> Arrow:
    """The gradient where it is; its length grows with the root, so that weak ones can be seen."""
    gx, gy = window.sums()
    length = math.hypot(gx, gy)
    scale = 0.25 * side * min(1.0, math.sqrt(length / 1020)) / length if length else 0.0
    x, y = window.column + 0.5, window.row + 0.5
    return Arrow(tail=(x, y), head=(x + gx * scale, y + gy * scale), role="gradient")


def _result_panel(params: Params, result: Result, window: Window | None) -> Panel:
    height, width = result.source.shape[:2]
    marks: list[Mark] = [Image(pixels=result.shown, handle="result")]
    if result.colormap:
        legend = params.sobel_view if params.filter == "sobel" else "output"
        marks = [
            Heatmap(
                values=result.shown, range=result.range, colormap=result.colormap, legend=legend, handle="result"
            )
        ]  # fmt: skip
    if window is not None:
        place = (window.row, window.column)
        marks.append(Region(extent=_extent(place, 1), role="output"))
        marks.append(Scatter(points=_centre(place), role="output", size=18, symbol="ring"))
    return Panel(
        key="result", title=f"result: {_title(params, result)}", marks=tuple(marks), view=(0, 0, width, height),
        place=(0, 2, 1, 1), link="image",
    )  # fmt: skip


def _title(params: Params, result: Result) -> str:
    """What the result is, and of which channel where it is one channel's."""
    size = f"{params.size} × {params.size}"
    channel = f", {params.channel}" if len(result.image) == 3 else ""
    match params.filter:
        case "sobel":
            return f"Sobel {params.sobel_view}{channel}"
        case "gaussian":
            return f"Gaussian {size}, sigma {params.sigma:g}"
        case "custom":
            return f"own kernel {size}{channel if result.colormap else ''}"
        case _:
            return f"{params.filter} {size}"


def _sentence(
    params: Params, result: Result, window: Window | None, frame: Frame | None, hover: Target | None
) -> str:
    """Of the pixel or cell under the pointer; else a step speaks for itself, and the picture for its point."""
    if hover is not None and window is not None:
        if hover.handle == "sorted" and 0 <= hover.index < window.values.size:
            return words.of_place(window, hover.index)
        if window.pointed is not None:
            return words.of_cell(window, window.pointed)
        if hover.handle in PIXELS_OF and frame is None:
            return f"Row {window.row}, column {window.column}: {words.arithmetic(window)}"
    if frame is not None:
        return ""
    beyond = words.over_the_edge(params, window, result.source.shape[:2]) if window is not None else ""
    return beyond or words.point_of(params, result)

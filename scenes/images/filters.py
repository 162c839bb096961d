"""Filters of a window: mean, Gaussian, median, Sobel, and a kernel of one's own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.device import Engine
from engine.image.filters import correlate, gaussian_filter, gaussian_kernel, mean_filter, sobel
from engine.image.median import median_filter
from engine.image.noise import gaussian_noise, salt_and_pepper
from engine.image.pixel import correlate_at, gaussian_at, index_inside, mean_at, median_at, sobel_at
from engine.trace import Frame
from scenes.data.arrays import arrays_from
from scenes.data.errors import BadData
from scenes.data.image import LoadedImage, pixels_from_array
from scenes.images import filters_display as display
from scenes.images import filters_presets as presets
from scenes.images import filters_window as detail
from scenes.parameters import Help, Range, When
from scenes.picture import Arrow, Colormap, Heatmap, Image, Mark, Panel, Picture, Region, Scatter
from scenes.scene import Call, Click, Drag, Event, Key, Preset, Press, Refused, Scene, State, Target, Typed, locked

CHANNELS = ("red", "green", "blue")
SOBEL_X = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)
FULL = 510.0  # the gradient, in 8-bit units, that is shown at full strength: half of what Sobel can reach
PIXELS_OF = {"source": "image", "result": "output"}
LARGEST = 1000.0  # what a cell of a kernel may hold


@dataclass(frozen=True, kw_only=True)
class Params:
    """What a person may set."""

    filter: Annotated[
        Literal["mean", "gaussian", "median", "sobel", "custom"],
        Help("what is made of the window: its mean, a weighted mean, its middle value, a gradient, your own sum"),
    ] = "mean"
    size: Annotated[
        int, Range(1, 31, step=2), Help("pixels along one side of the window", unit="px"),
        When("filter", ("mean", "gaussian", "median", "custom")),
    ] = 5  # fmt: skip
    sigma: Annotated[
        float, Range(0.1, 10, step=0.1), Help("the width of the bell: how far a pixel is heard", unit="px"),
        When("filter", ("gaussian",)),
    ] = 1.0  # fmt: skip
    border: Annotated[
        Literal["reflect", "symmetric", "edge", "constant"],
        Help("what is read outside the picture: mirrored without or with the edge, the edge, or 0"),
    ] = "reflect"
    noise: Annotated[
        Literal["none", "gaussian", "salt-pepper"], Help("noise that is added before the filter sees the picture")
    ] = "none"
    amount: Annotated[
        float, Range(0, 1, step=0.01), Help("spread of the Gaussian noise, or share of ruined pixels"),
        When("noise", ("gaussian", "salt-pepper")),
    ] = 0.1  # fmt: skip
    seed: Annotated[
        int, Range(0, 999), Help("another number, another noise"), When("noise", ("gaussian", "salt-pepper"))
    ] = 0
    sobel_view: Annotated[
        Literal["gx", "gy", "magnitude", "direction"], Help("which side of the gradient is shown"),
        When("filter", ("sobel",)),
    ] = "magnitude"  # fmt: skip
    channel: Annotated[Literal["red", "green", "blue"], Help("whose numbers are shown")] = "green"
    brush: Annotated[bool, Help("a drag on the source paints specks instead of moving the view")] = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """`pixels` (H, W, C) uint8, C = 1 or 3; `kernel` (k, k), odd, for filter custom; `pin` (row, column)."""

    pixels: NDArray[np.uint8]
    kernel: NDArray[np.float32]
    pin: tuple[int, int] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """What was filtered and what came out, as numbers `(C, H, W)` and as pixels ready to draw.

    `shown` is (H, W, C) pixels where `colormap` is "", else (H, W) levels of it over `range` (8-bit units).
    `factor` is the 1-D kernel of a separable one. `reach` is the lowest and highest output in 8-bit units.
    """

    image: NDArray[np.float32]
    output: NDArray[np.float32]
    kernel: NDArray[np.float32]
    factor: NDArray[np.float32] | None
    source: NDArray[np.uint8]
    shown: NDArray[np.uint8]
    colormap: Colormap | Literal[""] = ""
    range: tuple[float, float] = (0.0, 255.0)
    reach: tuple[float, float] = (0.0, 255.0)
    gx: NDArray[np.float32] | None = None
    gy: NDArray[np.float32] | None = None


# What is computed


class _Held:
    """An array as a key: equal only to a key that holds the very same array."""

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array

    def __hash__(self) -> int:
        return id(self.array)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and self.array is other.array


@lru_cache(maxsize=2)
def _source(pixels: _Held, noise: str, amount: float, seed: int, engine: Engine) -> tuple[Tensor, NDArray[np.uint8]]:
    """The picture with its noise, `(C, H, W)` uint8 on the device and `(H, W, C)` to be shown.

    Noise is made on the CPU, so that all devices agree, and brought to 8 bits: what is seen is what is filtered.
    """
    levels = torch.tensor(pixels.array).permute(2, 0, 1).contiguous()  # (C, H, W)
    if noise == "none":
        return levels.to(engine.device), pixels.array
    make = gaussian_noise if noise == "gaussian" else salt_and_pepper
    noisy = display.levels(make(levels / 255, amount, engine.generator(seed)), 0.0, 1.0)
    return noisy.to(engine.device), locked(noisy.permute(1, 2, 0).contiguous().numpy())


def source_of(params: Params, inputs: Inputs, engine: Engine) -> tuple[Tensor, NDArray[np.uint8]]:
    """The picture that is filtered, `(C, H, W)` uint8 on the device and `(H, W, C)` to be shown."""
    if params.noise == "none":
        return _source(_Held(inputs.pixels), "none", 0.0, 0, engine)
    return _source(_Held(inputs.pixels), params.noise, params.amount, params.seed, engine)


def compute(params: Params, inputs: Inputs, engine: Engine) -> Result:
    """Filter the picture, and make pixels of the outcome."""
    levels, source = source_of(params, inputs, engine)
    image = levels.to(torch.float32).mul_(1 / 255)
    size, border = params.size, params.border
    common: dict[str, Any] = {"image": engine.array(image), "source": source, "factor": None}
    if params.filter == "sobel":
        return _gradient(params, image, engine, common)
    kernel: NDArray[Any] = np.ones((size, size), np.float32)
    if params.filter == "mean":
        output = mean_filter(image, size, border)
        common["factor"] = locked(np.full(size, 1 / size, np.float32))
        kernel /= size * size
    elif params.filter == "gaussian":
        output = gaussian_filter(image, size, params.sigma, border)
        common["factor"] = engine.array(gaussian_kernel(size, params.sigma, torch.float32, "cpu"))
        kernel = np.outer(common["factor"], common["factor"])
    elif params.filter == "median":
        output = median_filter(levels, size, border).to(torch.float32).mul_(1 / 255)
    else:
        kernel = fitted(inputs.kernel, size)
        output = correlate(image, engine.tensor(kernel), border)
        common |= _signed(output, kernel, _channel(params, len(image)), engine)
    if "shown" not in common:
        common["shown"] = engine.array(display.colours(output))
    return Result(output=engine.array(output), kernel=locked(kernel), **common)


def _signed(output: Tensor, kernel: NDArray[Any], channel: int, engine: Engine) -> dict[str, Any]:
    """How far the output of a custom kernel reaches; where the weights sum to 0 it is shown around 0."""
    low, high = (255 * float(end) for end in output.aminmax())
    made: dict[str, Any] = {"reach": (low, high)}
    if is_difference(kernel):
        full = 255 * max(float(abs(kernel).sum()) / 4, 1e-3)
        made |= {"colormap": "diverging", "range": (-full, full)}
        made["shown"] = engine.array(display.levels(output[channel], -full / 255, full / 255))
    return made


def _gradient(params: Params, image: Tensor, engine: Engine, common: dict[str, Any]) -> Result:
    """Sobel: one side of the gradient, of the one channel whose numbers are shown."""
    gx, gy = sobel(image, params.border)
    channel, full, view = _channel(params, len(image)), FULL / 255, params.sobel_view
    kernel, look = SOBEL_X, {"colormap": "diverging", "range": (-FULL, FULL)}
    if view == "direction":
        output = torch.atan2(gy, gx)
        shown, look = display.directions(gx[channel], gy[channel], full), {}
    elif view == "magnitude":
        output = (gx * gx).addcmul_(gy, gy).sqrt_()
        shown, look = display.levels(output[channel], 0, full), {"colormap": "gray", "range": (0.0, FULL)}
    else:
        output, kernel = (gx, SOBEL_X) if view == "gx" else (gy, SOBEL_X.T)
        shown = display.levels(output[channel], -full, full)
    return Result(
        output=engine.array(output), kernel=locked(kernel), shown=engine.array(shown),
        gx=engine.array(gx), gy=engine.array(gy), **look, **common,
    )  # type: ignore[arg-type]  # fmt: skip


def fitted(kernel: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """The kernel about the same centre, cropped to `size` or padded with zeros."""
    reach, middle = size // 2, len(kernel) // 2
    if middle >= reach:
        return kernel[middle - reach : middle + reach + 1, middle - reach : middle + reach + 1]
    return np.pad(kernel, reach - middle)


def is_difference(kernel: NDArray[Any]) -> bool:
    """Whether the weights sum to 0 without all being 0: then flat parts give 0, and changes either sign."""
    size = float(abs(kernel).sum())
    return size > 0 and abs(float(kernel.sum())) < 1e-4 * size


def _channel(params: Params, channels: int) -> int:
    return min(CHANNELS.index(params.channel), channels - 1)


def arrays(result: Result) -> dict[str, NDArray[Any]]:
    """image (C, H, W) as it was filtered, output (C, H, W), kernel (k, k); for Sobel also gx, gy (C, H, W)."""
    found: dict[str, NDArray[Any]] = {"image": result.image, "output": result.output, "kernel": result.kernel}
    if result.gx is not None and result.gy is not None:
        found |= {"gx": result.gx, "gy": result.gy}
    return found


def listing(params: Params, inputs: Inputs) -> Call:
    """The pinned pixel's own run, in 8-bit units; into the border's rule where the window hangs over it."""
    levels, _ = source_of(params, inputs, Engine())
    image = levels[_channel(params, len(levels))].to(torch.float32)  # (H, W)
    height, width = image.shape
    row, column = _kept_inside(inputs.pin, (height, width)) or (height // 2, width // 2)
    place: dict[str, Any] = {"image": image, "row": row, "column": column}
    reach = 1 if params.filter == "sobel" else params.size // 2
    inside = reach <= row < height - reach and reach <= column < width - reach
    into = () if inside else (index_inside,)
    if params.filter == "custom":
        place = {"image": image, "kernel": torch.tensor(fitted(inputs.kernel, params.size)), **place}
    elif params.filter != "sobel":
        place["size"] = params.size
    if params.filter == "gaussian":
        place["sigma"] = params.sigma
    function: Any = {
        "mean": mean_at, "gaussian": gaussian_at, "median": median_at, "sobel": sobel_at, "custom": correlate_at,
    }[params.filter]  # fmt: skip
    return Call(function=function, arguments={**place, "border": params.border}, into=into)


# What is shown


def picture(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """Source and result side by side, and the window of one pixel below."""
    params, inputs = state.params, state.inputs
    place = _looked_at(result, inputs, frame, hover)
    window = _window(params, result, place, frame, hover) if place else None
    return Picture(
        panels=(
            _source_panel(params, result, window),
            _result_panel(params, result, window),
            detail.panel(window, editable=params.filter == "custom"),
        ),
        columns=(1, 1),
        rows=(57, 43),
        sentence=_sentence(params, result, window, frame, hover),
        focus="pin",
    )


def _kept_inside(place: tuple[int, int] | None, shape: tuple[int, int]) -> tuple[int, int] | None:
    if place is None:
        return None
    row, column = (min(max(index, 0), length - 1) for index, length in zip(place, shape, strict=True))
    return row, column


def _looked_at(
    result: Result, inputs: Inputs, frame: Frame | None, hover: Target | None
) -> tuple[int, int] | None:
    """The pixel of the step, or the one under the pointer, or the pinned one."""
    shape = result.source.shape[:2]
    if frame is not None:
        seen = frame.outermost.variables
        return _kept_inside((int(seen["row"]), int(seen["column"])), (shape[0], shape[1]))
    if hover is not None and hover.handle in PIXELS_OF and 0 <= hover.index < shape[0] * shape[1]:
        row, column = divmod(hover.index, shape[1])
        return row, column
    return _kept_inside(inputs.pin, (shape[0], shape[1]))


def _window(
    params: Params, result: Result, place: tuple[int, int], frame: Frame | None, hover: Target | None
) -> detail.Window:
    row, column = place
    size, channel = len(result.kernel), _channel(params, len(result.image))
    weights = (result.kernel.astype(np.float64),)
    output, shown = 255 * float(result.output[channel, row, column]), "gray"
    if params.filter == "sobel":
        weights = (SOBEL_X.astype(np.float64), SOBEL_X.T.astype(np.float64))
        shown = "signed"
        if params.sobel_view == "direction":
            output, shown = math.degrees(output / 255), "degrees"
    elif result.colormap:
        shown = "signed"
    pointed = None
    if hover is not None and hover.panel == "window" and 0 <= hover.index < size * size:
        parts = ("window", "kernel", "products", "kernel gx", "kernel gy")
        pointed = divmod(hover.index, size) if hover.handle in parts else None
    return detail.Window(
        kind=params.filter,
        row=row,
        column=column,
        values=_window_values(result.source[..., channel], place, size, params.border),
        weights=weights,
        factor=None if result.factor is None else result.factor.astype(np.float64),
        output=output,
        shown=shown,  # type: ignore[arg-type]
        channel=params.channel if len(result.image) == 3 else "",
        progress=detail.progress_of(frame, size) if frame is not None else None,
        pointed=pointed,
    )


def _window_values(
    channel: NDArray[np.uint8], place: tuple[int, int], size: int, border: Any
) -> NDArray[np.float64]:
    """The window about a pixel, with what the border makes of it outside."""
    rows, columns = (
        [index_inside(index, length, border) for index in range(at - size // 2, at + size // 2 + 1)]
        for at, length in zip(place, channel.shape, strict=True)
    )
    values = channel[np.ix_([row or 0 for row in rows], [column or 0 for column in columns])].astype(np.float64)
    values[[row is None for row in rows]] = 0
    values[:, [column is None for column in columns]] = 0
    return values


def _source_panel(params: Params, result: Result, window: detail.Window | None) -> Panel:
    height, width = result.source.shape[:2]
    marks: list[Mark] = [Image(pixels=result.source, handle="source")]
    if window is not None:
        reach = window.size // 2
        x, y = window.column, window.row
        if window.size * 16 < max(height, width):
            marks.append(Scatter(points=np.array([[x + 0.5, y + 0.5]]), role="now", size=30, symbol="ring"))
        if params.filter == "sobel":
            marks.append(_gradient_arrow(window, max(height, width)))
        marks.append(
            Region(extent=(x - reach, y - reach, x + reach + 1, y + reach + 1), role="now", handle="pin", movable=True)
        )
    noisy = {"none": "", "gaussian": " with Gaussian noise", "salt-pepper": " with salt and pepper"}[params.noise]
    return Panel(
        key="source", title=f"source{noisy}", marks=tuple(marks), view=(0, 0, width, height), place=(0, 0, 1, 1),
        link="image", drag="scene" if params.brush else "view",
    )  # fmt: skip


def _gradient_arrow(window: detail.Window, side: int) -> Arrow:
    gx, gy = window.sums()
    length = math.hypot(gx, gy)
    scale = 0.14 * side * min(1.0, math.sqrt(length / 1020)) / length if length else 0.0
    x, y = window.column + 0.5, window.row + 0.5
    return Arrow(tail=(x, y), head=(x + gx * scale, y + gy * scale), role="gradient")


def _result_panel(params: Params, result: Result, window: detail.Window | None) -> Panel:
    height, width = result.source.shape[:2]
    marks: list[Mark]
    if result.colormap:
        unit = "magnitude" if result.colormap == "gray" else "output"
        unit = params.sobel_view if params.filter == "sobel" else unit
        marks = [
            Heatmap(values=result.shown, range=result.range, colormap=result.colormap, legend=unit, handle="result")
        ]
    else:
        marks = [Image(pixels=result.shown, handle="result")]
    if params.filter == "sobel" and params.sobel_view == "direction":
        side = 0.2 * min(width, height)
        marks.append(Image(pixels=display.wheel(), extent=(width - side, height - side, width, height)))
    if window is not None:
        x, y = window.column, window.row
        marks.append(Scatter(points=np.array([[x + 0.5, y + 0.5]]), role="now", size=16, symbol="ring"))
        marks.append(Region(extent=(x, y, x + 1, y + 1), role="output"))
    return Panel(
        key="result", title=f"result: {_title(params, result)}", marks=tuple(marks), view=(0, 0, width, height),
        place=(0, 1, 1, 1), link="image",
    )  # fmt: skip


def _title(params: Params, result: Result) -> str:
    size = f"{params.size} × {params.size}"
    channel = f", {params.channel}" if len(result.image) == 3 else ""
    match params.filter:
        case "sobel":
            return f"Sobel {params.sobel_view}{channel}"
        case "gaussian":
            return f"Gaussian {size}, sigma {params.sigma:g}"
        case "custom":
            return f"custom {size}{channel if result.colormap else ''}"
        case _:
            return f"{params.filter} {size}"


def _sentence(
    params: Params, result: Result, window: detail.Window | None, frame: Frame | None, hover: Target | None
) -> str:
    if hover is not None and window is not None and (words := _pointed_words(window, hover)):
        return words
    return "" if frame is not None else _point(params, result)


def _pointed_words(window: detail.Window, hover: Target) -> str:
    """One sentence about the pixel or the cell under the pointer."""
    count, middle = window.values.size, window.values.size // 2
    if hover.handle == "sorted" and 0 <= hover.index < count:
        value = np.sort(window.values.ravel())[hover.index]
        where = "the middle one: the output" if hover.index == middle else f"the middle is number {middle + 1}"
        return f"Number {hover.index + 1} of {count} in order is {value:.0f}; {where}."
    if window.pointed is not None:
        value = window.values[window.pointed]
        terms = " and ".join(
            f"{value:.0f} × {weights[window.pointed]:.4g} = {value * weights[window.pointed]:.4g}"
            + (f" for {name}" if len(window.weights) == 2 else "")
            for weights, name in zip(window.weights, ("gx", "gy"), strict=False)
        )
        i, j = (index - window.size // 2 for index in window.pointed)
        where = f"Row {window.row + i}, column {window.column + j}"
        if window.kind == "median":
            place = int((window.values < value).sum()) + 1
            return f"{where} is {value:.0f}, number {place} of {count} in order."
        return f"{where}: {terms}."
    if hover.handle in PIXELS_OF:
        return f"Row {window.row}, column {window.column}: {detail.arithmetic(window)}"
    return ""


def _point(params: Params, result: Result) -> str:
    """What is to be seen, in one sentence."""
    size = params.size
    count = size * size
    if size == 1 and params.filter in ("mean", "gaussian", "median"):
        return "A window of one pixel changes nothing: widen it."
    match params.filter:
        case "mean":
            return f"The mean gives all {count} pixels the same say: a speck is spread over the window, and so is an edge."
        case "gaussian":
            enough = 2 * math.ceil(3 * params.sigma) + 1
            if size < 2 * math.ceil(2 * params.sigma) - 1:
                return f"The window cuts the bell off: sigma {params.sigma:g} needs about {enough} × {enough} to be seen in full."
            return f"Near pixels count more. In two 1-D passes that takes {2 * size} multiplications a pixel, in one pass {count}."
        case "median":
            return f"The median takes the middle of {count} sorted values: single specks vanish, edges stay."
        case "sobel":
            return {
                "gx": "Smooth [1, 2, 1] down, difference [-1, 0, 1] across: red where it gets brighter to the right, blue where darker.",
                "gy": "Smooth [1, 2, 1] across, difference [-1, 0, 1] down: red where it gets brighter downwards, blue where darker.",
                "magnitude": "The length of the arrow (gx, gy): bright wherever brightness changes fast, in whatever direction.",
                "direction": "The hue says in which direction the picture gets brighter, the brightness how fast.",
            }[params.sobel_view].replace("[-1", "[\N{MINUS SIGN}1")
    return _kernel_point(result)


def _kernel_point(result: Result) -> str:
    total = float(result.kernel.sum())
    if is_difference(result.kernel):
        return "The weights sum to 0: flat parts become 0, only changes are left, brighter in red and darker in blue."
    low, high = result.reach
    clipped = ""
    if low < -0.5 or high > 255.5:
        clipped = f" The result goes from {low:.0f} to {high:.0f} and is cut to 0..255 here.".replace("-", "\N{MINUS SIGN}")
    if abs(total - 1) < 1e-3:
        return f"The weights sum to 1: flat parts keep their brightness, changes are made stronger or weaker.{clipped}"
    return f"The weights sum to {total:.3g}: flat parts become {total:.3g} times as bright.{clipped}".replace("to -", "to \N{MINUS SIGN}")


# What a person does


def edit(state: State, event: Event) -> State:
    """Pin a pixel, move the pin, change a cell of one's own kernel, paint specks."""
    inputs: Inputs = state.inputs
    params: Params = state.params
    match event:
        case Click(target=Target(handle="source" | "result") as target):
            return _with_pin(state, divmod(target.index, inputs.pixels.shape[1]))
        case Drag(target=Target(handle="pin") as target, phase="key"):
            row, column = inputs.pin or (math.floor(target.y - event.dy), math.floor(target.x - event.dx))
            return _with_pin(state, (row + _whole(event.dy), column + _whole(event.dx)))
        case Drag(target=Target(handle="pin") as target):
            return _with_pin(state, (math.floor(target.y), math.floor(target.x)))
        case Press(key="Escape") if inputs.pin is not None:
            return state.with_inputs(pin=None)
        case Drag(target=Target(panel="source")) if params.brush:
            return _with_specks(state, event)
        case Drag(target=Target(handle="kernel")) if params.filter == "custom":
            return _with_dragged_cell(state, event)
        case Typed(target=Target(handle="kernel") as target):
            if params.filter != "custom":
                raise Refused("This kernel follows from the filter; choose filter custom to type one of your own.")
            return _with_cell(state, target.index, _number(event.text))
    return state


def _whole(step: float) -> int:
    """A key's step in whole pixels, at least one."""
    return int(math.copysign(max(1, round(abs(step))), step)) if step else 0


def _with_pin(state: State, place: tuple[int, int]) -> State:
    pin = _kept_inside(place, state.inputs.pixels.shape[:2])
    return state if pin == state.inputs.pin else state.with_inputs(pin=pin)


def _number(text: str) -> float:
    """A number, or a fraction such as 1/9."""
    above, _, below = text.strip().replace(",", ".").replace("\N{MINUS SIGN}", "-").partition("/")
    try:
        value = float(above) / float(below or 1)
    except (ValueError, ZeroDivisionError):
        raise Refused(f"{text!r} is no number; a weight is one such as -0.5 or 1/9.") from None
    if not abs(value) <= LARGEST:
        raise Refused(f"{text} is no weight that can be used; weights go from -{LARGEST:g} to {LARGEST:g}.")
    return value


def _with_cell(state: State, index: int, value: float) -> State:
    kernel = fitted(state.inputs.kernel, state.params.size).copy()
    if not 0 <= index < kernel.size:
        return state
    kernel.reshape(-1)[index] = min(max(value, -LARGEST), LARGEST)
    return state.with_inputs(kernel=locked(kernel))


def _with_dragged_cell(state: State, event: Drag) -> State:
    """Upwards is more: two tenths for a tenth of the grid, one tenth for a key."""
    kernel = fitted(state.inputs.kernel, state.params.size)
    if not 0 <= event.target.index < kernel.size:
        return state
    value = float(kernel.reshape(-1)[event.target.index]) - event.dy * (0.1 if event.phase == "key" else 0.2)
    if event.phase in ("end", "key"):
        value = round(value, 1)
    return _with_cell(state, event.target.index, value)


def _with_specks(state: State, event: Drag) -> State:
    """Salt and pepper in a disc along the way; which pixel becomes what depends on its place alone."""
    pixels: NDArray[np.uint8] = state.inputs.pixels
    height, width = pixels.shape[:2]
    radius = max(1.0, max(height, width) / 50)
    y, x = np.ogrid[:height, :width]
    end = np.array([event.target.x, event.target.y])
    step = np.array([event.dx, event.dy])
    length2 = float(step @ step) or 1.0
    along = np.clip(((x - end[0] + 0.5) * -step[0] + (y - end[1] + 0.5) * -step[1]) / length2, 0, 1)
    away2 = (x + 0.5 - end[0] + along * step[0]) ** 2 + (y + 0.5 - end[1] + along * step[1]) ** 2
    mixed = (x * np.uint32(73856093)) ^ (y * np.uint32(19349663))
    dice = (mixed * np.uint32(2654435761)) >> np.uint32(24)  # 0..255
    ruined = (away2 <= radius**2) & (dice < 90)
    if not ruined.any():
        return state
    painted = pixels.copy()
    painted[ruined] = np.where(dice[ruined] & 1, 255, 0)[:, None]
    return state.with_inputs(pixels=locked(painted))


def take_image(state: State, image: LoadedImage) -> State:
    """The person's own picture, with the pin in its middle."""
    height, width = image.pixels.shape[:2]
    return state.with_inputs(pixels=image.pixels, pin=(height // 2, width // 2))


def take_data(state: State, path: Path) -> tuple[State, tuple[str, ...]]:
    """Arrays `image` and `kernel`, either or both; a kernel also chooses the custom filter.

    Raises:
        BadData: neither is there, or one is of another shape.
    """
    found = arrays_from(path, only=("image", "kernel"))
    if not found:
        raise BadData(f"{path.name} holds neither image nor kernel; name an array so.")
    if "image" in found:
        pixels = pixels_from_array(found["image"])
        state = take_image(state, LoadedImage(pixels, (pixels.shape[1], pixels.shape[0]), ()))
    if "kernel" in found:
        kernel = found["kernel"].astype(np.float32)
        if kernel.ndim != 2 or kernel.shape[0] != kernel.shape[1] or kernel.shape[0] not in range(1, 32, 2):
            raise BadData(f"{path.name}: kernel has shape {kernel.shape}; it needs (k, k) with k odd, from 1 to 31.")
        if not (np.isfinite(kernel).all() and abs(kernel).max() <= LARGEST):
            raise BadData(f"{path.name}: kernel holds a weight beyond -{LARGEST:g} to {LARGEST:g}.")
        state = state.with_inputs(kernel=locked(kernel)).with_params(filter="custom", size=len(kernel))
    return state, ()


def _built(make: Any) -> Any:
    """A preset's Params and Inputs from its plain description."""

    def build() -> tuple[Params, Inputs]:
        found = make()
        kernel = locked(np.array(found.pop("kernel", presets.SHARPEN), np.float32))
        return Params(**found.pop("params")), Inputs(kernel=kernel, **found)

    return build


SCENE = Scene(
    key="filters",
    params=Params,
    presets={key: Preset(title=title, build=_built(make), point=point) for key, title, point, make in presets.ALL},
    compute=compute,
    picture=picture,
    arrays=arrays,
    edit=edit,
    listing=listing,
    take_image=take_image,
    take_data=take_data,
    data_formats="arrays image (H, W) or (H, W, 3) and kernel (k, k), either or both, in .json, .npz or .safetensors",
    looked_at=frozenset({"pin"}),
    keys=(Key(key="Escape", does="let go of the pinned pixel"),),
    colours={
        "image": "input", "value": "input", "values": "input", "kernel": "weight", "weight": "weight", "bell": "weight",
        "sigma": "weight", "smooth": "weight", "difference": "weight", "total": "output", "gx": "output", "gy": "output",
        "magnitude": "output", "direction": "output",
    },
    sources=(
        "Gonzalez & Woods 2018", "Marr & Hildreth 1980", "Tukey 1971", "Huang, Yang & Tang 1979", "Sobel & Feldman 1968",
    ),
)  # fmt: skip

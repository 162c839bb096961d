"""What the filters are given and what comes out: parameters, inputs, result, and the computation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.device import Engine, on_one_thread
from engine.image.filters import correlate, gaussian_filter, gaussian_kernel, mean_filter, sobel
from engine.image.median import median_filter
from engine.image.noise import gaussian_noise, salt_and_pepper
from engine.image.pixel import correlate_at, gaussian_at, index_inside, mean_at, median_at, pixel_at, sobel_at
from scenes.held import Held
from scenes.images import filters_display as display
from scenes.parameters import Help, Range, When
from scenes.picture import Colormap
from scenes.scene import Call, locked

CHANNELS = ("red", "green", "blue")
SOBEL_X = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)
FULL = (
    255.0  # the gradient, in 8-bit units, that is shown at full strength: a quarter of what Sobel can reach
)
FOLLOWED = 9  # windows up to this size are followed into the border's rule
LARGEST = 1000.0  # what a cell of a kernel may hold


@dataclass(frozen=True, kw_only=True)
class Params:
    """What a person may set."""

    filter: Annotated[
        Literal["mean", "gaussian", "median", "sobel", "custom"],
        Help(
            "what the window becomes: its mean, a weighted mean, its middle value, a gradient, your own sum"
        ),
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
        Literal["none", "gaussian", "salt-pepper"],
        Help("noise that is added before the filter sees the picture"),
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


@lru_cache(maxsize=2)
def _source(
    pixels: Held, noise: str, amount: float, seed: int, engine: Engine
) -> tuple[Tensor, Tensor, NDArray[np.uint8]]:
    """The picture with its noise, `(C, H, W)` on the device, uint8 and float32 in 0..1, and `(H, W, C)` to be shown.

    Noise is made on the CPU, so that all devices agree, and brought to 8 bits: what is seen is what is filtered.
    """
    levels, shown = (
        torch.tensor(pixels.array).permute(2, 0, 1).contiguous(),
        pixels.array,
    )  # (C, H, W), (H, W, C)
    if noise != "none":
        make = gaussian_noise if noise == "gaussian" else salt_and_pepper
        levels = display.levels(make(levels / 255, amount, engine.generator(seed)), 0.0, 1.0)
        shown = locked(display.interleaved(levels).numpy())
    levels = levels.to(engine.device)
    return levels, levels.to(torch.float32).mul_(1 / 255), shown


def source_of(params: Params, inputs: Inputs, engine: Engine) -> tuple[Tensor, Tensor, NDArray[np.uint8]]:
    """The picture that is filtered, `(C, H, W)` uint8 and float32 in 0..1, and `(H, W, C)` to be shown."""
    if params.noise == "none":
        return _source(Held(inputs.pixels), "none", 0.0, 0, engine)
    return _source(Held(inputs.pixels), params.noise, params.amount, params.seed, engine)


@on_one_thread
def compute(params: Params, inputs: Inputs, engine: Engine) -> Result:
    """Filter the picture, and make pixels of the outcome."""
    levels, image, source = source_of(params, inputs, engine)
    if params.filter == "sobel":
        return _gradient(params, image, source, engine)
    size, border = params.size, params.border
    factor: NDArray[np.float32] | None = None
    medians: Tensor | None = None
    kernel = np.ones((size, size), np.float32)
    if params.filter == "mean":
        output = mean_filter(image, size, border)
        factor = np.full(size, 1 / size, np.float32)
    elif params.filter == "gaussian":
        output = gaussian_filter(image, size, params.sigma, border)
        factor = gaussian_kernel(size, params.sigma, torch.float32, torch.device("cpu")).numpy()
    elif params.filter == "median":
        medians = median_filter(levels, size, border)
        output = medians.to(torch.float32).mul_(1 / 255)
    else:
        kernel = fitted(inputs.kernel, size)
        output = correlate(image, engine.tensor(kernel), border)
    if factor is not None:
        kernel = np.outer(factor, factor)
    low, high = (0.0, 1.0) if params.filter != "custom" else (float(end) for end in output.aminmax())
    signed = params.filter == "custom" and is_difference(kernel)
    full = float(abs(kernel).sum()) / 8 if signed else 1.0
    if signed:
        shown = display.around_zero(output[channel_of(params, len(image))], full)
    else:
        shown = display.interleaved(medians if medians is not None else output)
    return Result(
        image=engine.array(image),
        output=engine.array(output),
        kernel=locked(kernel),
        factor=None if factor is None else locked(factor),
        source=source,
        shown=engine.array(shown),
        colormap="diverging" if signed else "",
        range=(-255 * full, 255 * full) if signed else (0.0, 255.0),
        reach=(255 * low, 255 * high),
    )


def _gradient(params: Params, image: Tensor, source: NDArray[np.uint8], engine: Engine) -> Result:
    """Sobel: one side of the gradient, of the one channel whose numbers are shown."""
    gx, gy = sobel(image, params.border)
    channel, view = channel_of(params, len(image)), params.sobel_view
    colormap: Colormap | Literal[""] = "diverging"
    low, kernel = -FULL, SOBEL_X
    if view == "direction":
        output = torch.atan2(gy, gx)
        shown, colormap = display.directions(gx[channel], gy[channel], FULL / 255), ""
    elif view == "magnitude":
        output = torch.hypot(gx, gy)
        shown, colormap, low = display.levels(output[channel], 0, FULL / 255), "gray", 0.0
    else:
        output, kernel = (gx, SOBEL_X) if view == "gx" else (gy, SOBEL_X.T)
        shown = display.around_zero(output[channel], FULL / 255)
    return Result(
        image=engine.array(image),
        output=engine.array(output),
        kernel=locked(kernel),
        factor=None,
        source=source,
        shown=engine.array(shown),
        colormap=colormap,
        range=(low, FULL),
        gx=engine.array(gx),
        gy=engine.array(gy),
    )


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


def channel_of(params: Params, channels: int) -> int:
    return min(CHANNELS.index(params.channel), channels - 1)


def kept_inside(place: tuple[int, int] | None, shape: tuple[int, int]) -> tuple[int, int] | None:
    if place is None:
        return None
    row, column = (min(max(index, 0), length - 1) for index, length in zip(place, shape, strict=True))
    return row, column


def arrays(result: Result) -> dict[str, NDArray[Any]]:
    """image (C, H, W) as it was filtered, output (C, H, W), kernel (k, k); for Sobel also gx, gy (C, H, W)."""
    found: dict[str, NDArray[Any]] = {"image": result.image, "output": result.output, "kernel": result.kernel}
    if result.gx is not None and result.gy is not None:
        found |= {"gx": result.gx, "gy": result.gy}
    return found


def listing(params: Params, inputs: Inputs) -> Call:
    """The pinned pixel's own run, in 8-bit units; into the border's rule where a small window hangs over it."""
    levels, *_ = source_of(params, inputs, Engine())
    image = levels[channel_of(params, len(levels))].to(torch.float32)  # (H, W)
    height, width = image.shape
    row, column = kept_inside(inputs.pin, (height, width)) or (height // 2, width // 2)
    place: dict[str, Any] = {"image": image, "row": row, "column": column}
    reach = 1 if params.filter == "sobel" else params.size // 2
    inside = reach <= row < height - reach and reach <= column < width - reach
    into = () if inside or reach > FOLLOWED // 2 else (pixel_at, index_inside)
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

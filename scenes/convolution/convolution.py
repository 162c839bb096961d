"""Convolution and the size of its output (LeCun 1989; Krizhevsky 2012; Dumoulin & Visin 2016)."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.convnet import convolution as engine
from engine.trace import Trace
from scenes.convolution import convolution_presets as presets
from scenes.convolution.convolution_ask import ask
from scenes.convolution.convolution_cases import cases
from scenes.convolution.convolution_edit import edit
from scenes.convolution.convolution_faults import FAULTS
from scenes.convolution.convolution_fit import fitted_bias, fitted_weight
from scenes.convolution.convolution_layout import layout_of
from scenes.convolution.convolution_model import (
    MOST_CHANNELS,
    MOST_SIDE,
    Inputs,
    Params,
    Result,
    arrays,
    axis_of,
    compute,
    listing,
    unstepped,
)
from scenes.convolution.convolution_steps import moment_of
from scenes.convolution.convolution_view import picture
from scenes.convolution.numbers import number_words
from scenes.data.arrays import arrays_from
from scenes.data.errors import BadData
from scenes.data.image import LoadedImage, pixels_from_array
from scenes.scene import Key, Outcome, Preset, Scene, State, Target, Why, locked

LARGEST = 1e6  # what a file's numbers may be
NAMES = ("input", "weight", "bias")


def why(result: Result, trace: Trace, target: Target) -> Why | None:
    """The step that wrote an output cell, be it clicked itself or under the frame of the chosen window."""
    name, _, number = target.handle.partition(" ")
    rows, columns = result.shape
    if name == "output":
        channel, index = int(number), target.index
    elif name == "window" and target.panel == "grids":
        channel, index = _output_at(result, target.x, target.y)
    else:
        return None
    if not 0 <= index < rows * columns:
        return None
    wanted = channel * rows * columns + index
    for frame in trace.frames:
        if "output" in frame.changed and moment_of(frame, result).done == wanted + 1:
            return Why(step=frame.index + 1, sentence=frame.narration)
    return None


def outcomes(trace: Trace) -> dict[str, Outcome]:
    """The number of every cell of the output."""
    found = {}
    for frame in trace.frames:
        seen = frame.variables
        if "output" in frame.changed and {*"oij", "total"} <= set(seen):
            channel = f" of channel {seen['o']}" if len(seen["output"]) > 1 else ""
            words = f"is {number_words(float(seen['total']))}"
            found[f"output ({seen['i']}, {seen['j']}){channel}"] = Outcome(
                step=frame.index + 1, words=words, value=round(float(seen["total"]), 6)
            )
    return found


def _output_at(result: Result, x: float, y: float) -> tuple[int, int]:
    """The output channel and cell at a place of the grids; -1 for a cell where there is none."""
    rows, columns = result.shape
    for channel, (left, top) in enumerate(layout_of(result).output):
        column, row = math.floor(x - left), math.floor(y - top)
        if 0 <= row < rows and 0 <= column < columns:
            return channel, row * columns + column
    return 0, -1


def take_image(state: State, image: LoadedImage) -> State:
    """The person's own picture, reduced, with its channels, all under the same kernel.

    A kernel that is larger than the picture shrinks to fit.
    """
    values = presets.picture_levels(image, 224)
    params: Params = replace(state.params, size=max(values.shape[1:]), in_channels=len(values))
    least = min(values.shape[1:])
    if params.padding >= least and params.padding_mode in ("reflect", "circular"):
        params = replace(params, padding=0)
    if engine.spanned(params.kernel, params.dilation) > least + 2 * params.padding:
        params = replace(params, kernel=min(params.kernel, least), dilation=1)
    middle = tuple(axis_of(params, side).count // 2 for side in values.shape[1:])
    weight = state.inputs.weight
    if weight.shape[1] != len(values):
        weight = locked(weight.mean(1, keepdims=True).repeat(len(values), 1))
    inputs: Inputs = replace(
        state.inputs, input=values, weight=weight, is_picture=True, window=middle, term=""
    )
    return replace(state, params=params, inputs=inputs)


def take_data(state: State, path: Path) -> tuple[State, tuple[str, ...]]:
    """Arrays `input`, `weight` and `bias`, or some of them; or an `image`.

    Raises:
        BadData: none is there, or one is of another shape than the others or the parameters want.
    """
    found = arrays_from(path, only=("array", "image", *NAMES))
    if not set(found) & {"array", "image", *NAMES}:
        raise BadData(f"{path.name} holds none of input, weight, bias and image; name an array so.")
    if "image" in found:
        pixels = pixels_from_array(found["image"])
        state = take_image(state, LoadedImage(pixels, (pixels.shape[1], pixels.shape[0]), ()))
    if "array" in found:
        found = {"input": found["array"], **found}
    given = {name: _checked(found[name], name, path) for name in NAMES if name in found}
    if not given:
        return state, ()
    try:
        return _with_arrays(state, given), ()
    except ValueError as error:
        raise BadData(f"{path.name}: {error}") from error


def _checked(array: NDArray[Any], name: str, path: Path) -> NDArray[np.float64]:
    """An array of a file as the scene can show it."""
    wanted = {"input": "(C, H, W)", "weight": "(O, C, k, k)", "bias": "(O,)"}[name]
    if name == "input" and array.ndim == 2:
        array = array[None]
    shape = tuple(array.shape)
    most = {"input": (MOST_CHANNELS, MOST_SIDE, MOST_SIDE), "weight": (MOST_CHANNELS, MOST_CHANNELS, 11, 11),
            "bias": (MOST_CHANNELS,)}[name]  # fmt: skip
    fits = len(shape) == len(most) and all(1 <= n <= limit for n, limit in zip(shape, most, strict=False))
    if not fits or (name == "weight" and shape[2] != shape[3]):
        limits = ", ".join(map(str, most))
        raise BadData(
            f"{path.name}: {name} has shape {shape}; it needs {wanted}, at most ({limits}) in size."
        )
    values = array.astype(np.float64)
    if not (np.isfinite(values).all() and np.abs(values).max() <= LARGEST):
        raise BadData(
            f"{path.name}: {name} holds a number that is not finite or beyond {LARGEST:g}; smaller ones would fit."
        )
    return locked(values)


def _with_arrays(state: State, given: dict[str, NDArray[np.float64]]) -> State:
    """The state with arrays of a file, whose shapes set the parameters; an array not given is fitted to them.

    Raises:
        ValueError: they do not go together.
    """
    inputs: Inputs = state.inputs
    params: Params = state.params
    values = given.get("input", inputs.input)
    if "input" in given:
        params = replace(params, size=max(values.shape[1:]), in_channels=len(values))
    weight = given.get("weight")
    if weight is not None:
        out_channels, in_channels, kernel = weight.shape[:3]
        channels = params.in_channels if "input" in given else in_channels
        params = replace(params, out_channels=out_channels, in_channels=channels, kernel=kernel)
    elif "bias" in given:
        params = replace(params, out_channels=len(given["bias"]))
    shape = (params.out_channels, params.in_channels, params.kernel)
    weight = fitted_weight(inputs.weight, *shape) if weight is None else weight
    bias = given.get("bias", fitted_bias(inputs.bias, params.out_channels))
    whole = values if "input" in given else np.empty((params.in_channels, 1, 1))
    engine.check_shapes(*(torch.tensor(each) for each in (whole, weight, bias)))
    for side in values.shape[1:] if "input" in given else (params.size,):
        axis_of(params, side)
    new: Inputs = replace(
        inputs, input=values, weight=weight, bias=bias, window=(0, 0), channel=0, term="",
        is_picture=inputs.is_picture and "input" not in given,
    )  # fmt: skip
    return replace(state, params=params, inputs=new)


SCENE = Scene(
    key="convolution",
    params=Params,
    presets={key: Preset(title=title, build=build, point=point) for key, title, point, build in presets.ALL},
    compute=compute,
    picture=picture,
    arrays=arrays,
    edit=edit,
    listing=listing,
    cases=cases,
    unstepped=unstepped,
    why=why,
    ask=ask,
    outcomes=outcomes,
    faults=FAULTS,
    take_image=take_image,
    take_data=take_data,
    data_formats="arrays input (C, H, W), weight (O, C, k, k) and bias (O,), some or all, or image (H, W) or "
    "(H, W, 3), in .json, .npz or .safetensors; an .npy or .csv file holds the input",
    looked_at=frozenset({"window", "channel", "term", "axis"}),
    keys=(
        Key(key="T", does="light the next term of the size formula"),
        Key(key="Escape", does="let go of the lit term, then of the window"),
    ),
    colours={
        "input": "input", "padded": "input", "value": "input", "weight": "weight", "bias": "weight",
        "kernel": "weight", "stride": "weight", "padding": "weight", "dilation": "weight", "factor": "weight",
        "span": "weight", "total": "output", "output": "output", "rows": "output", "columns": "output",
    },
    sources=("LeCun et al. 1989", "Krizhevsky et al. 2012", "Dumoulin & Visin 2016", "Yu & Koltun 2016"),
)  # fmt: skip

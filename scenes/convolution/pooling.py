"""Max and average pooling, forward and backward (LeCun 1989; Yamaguchi 1990; Krizhevsky 2012; Simonyan 2015)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.trace import Trace
from scenes.convolution import pooling_presets as presets
from scenes.convolution.pooling_ask import ask, outcomes
from scenes.convolution.pooling_cases import cases
from scenes.convolution.pooling_edit import edit
from scenes.convolution.pooling_faults import FAULTS
from scenes.convolution.pooling_model import Params, Result, arrays, axis_of, compute, fitting, listing
from scenes.convolution.pooling_steps import moment_of
from scenes.convolution.pooling_view import picture
from scenes.data.arrays import arrays_from
from scenes.data.errors import BadData
from scenes.data.image import LoadedImage, pixels_from_array
from scenes.scene import Key, Preset, Scene, State, Target, Why, locked

MOST = 32  # rows or columns of a grid of numbers


def why(result: Result, trace: Trace, target: Target) -> Why | None:
    """The step that wrote an output cell; of an input's gradient, the last one that added to it."""
    found = None
    forward = not any("grad_output" in frame.variables for frame in trace.frames[:1])
    for frame in trace.frames:
        moment = moment_of(result, frame, forward=forward)
        if moment.window is None or not frame.narrated:
            continue
        i, j = moment.window
        if (
            target.handle == "output"
            and moment.forward
            and moment.done > i * result.shape[1] + j == target.index
        ):
            return Why(step=frame.index + 1, sentence=frame.narration)
        added = "grad_input" in frame.changed
        if (
            target.handle == "grad_input"
            and added
            and moment.cell == divmod(target.index, result.columns.length)
        ):
            found = Why(step=frame.index + 1, sentence=frame.narration)
    return found


def take_image(state: State, image: LoadedImage) -> State:
    """The person's own picture, reduced; a window that is larger than it shrinks to fit."""
    pixels = presets.reduced(image)
    return state.with_inputs(pixels=pixels).with_params(**fitting(state.params, min(pixels.shape[:2])))


def take_data(state: State, path: Path) -> tuple[State, tuple[str, ...]]:
    """Arrays `input` and `grad_output`, or one alone; or an `image` to be pooled as a picture.

    Raises:
        BadData: none is there, or one is of another shape.
    """
    found = arrays_from(path, only=("array", "input", "grad_output", "image"))
    if not found:
        raise BadData(f"{path.name} holds none of input, grad_output and image; name an array so.")
    if "image" in found:
        pixels = pixels_from_array(found["image"])
        return take_image(state, LoadedImage(pixels, (pixels.shape[1], pixels.shape[0]), ())), ()
    grid = found.get("input", found.get("array"))
    if grid is not None:
        if grid.ndim != 2 or not all(1 <= side <= MOST for side in grid.shape):
            raise BadData(
                f"{path.name}: input has shape {grid.shape}; a grid has (H, W), each from 1 to {MOST}; "
                "more can be brought as an image."
            )
        state = state.with_inputs(grid=locked(grid.astype(np.float64)), pixels=None, window=(0, 0))
    return _with_gradient(state, path, found.get("grad_output")), ()


def _with_gradient(state: State, path: Path, gradient: NDArray[Any] | None) -> State:
    try:
        shape = tuple(len(axis_of(state.params, side).reads) for side in state.inputs.grid.shape)
    except ValueError as error:
        raise BadData(f"{path.name}: {error}") from error
    if gradient is None:
        return state.with_inputs(grad_output=locked(np.ones(shape)))
    if gradient.shape != shape:
        raise BadData(
            f"{path.name}: grad_output has shape {gradient.shape}; the output has {shape}, and so must it."
        )
    return state.with_inputs(grad_output=locked(gradient.astype(np.float64)), pixels=None)


SCENE = Scene(
    key="pooling",
    params=Params,
    presets={key: Preset(title=title, build=build, point=point) for key, title, point, build in presets.ALL},
    compute=compute,
    picture=picture,
    arrays=arrays,
    edit=edit,
    listing=listing,
    cases=cases,
    ask=ask,
    outcomes=outcomes,
    faults=FAULTS,
    why=why,
    take_image=take_image,
    take_data=take_data,
    data_formats="arrays input (H, W) and grad_output (h, w), either or both, or image (H, W) or (H, W, 3), "
    "in .json, .npz or .safetensors; an .npy or .csv file holds the input",
    looked_at=frozenset({"window"}),
    keys=(Key(key="Escape", does="let go of the window that is looked at"),),
    colours={
        "input": "input", "value": "input", "size": "weight", "stride": "weight", "padding": "weight",
        "dilation": "weight", "divisor": "weight", "best": "output", "winner": "output", "total": "output",
        "output": "output", "indices": "output", "grad_output": "gradient", "grad_input": "gradient",
        "share": "gradient",
    },
    sources=(
        "LeCun et al. 1989", "Yamaguchi et al. 1990", "Riesenhuber & Poggio 1999", "Krizhevsky et al. 2012",
        "Simonyan & Zisserman 2015",
    ),
)  # fmt: skip

"""Filters of a window: mean, Gaussian, median, Sobel, and a kernel of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engine.trace import Trace
from scenes.data.arrays import arrays_from
from scenes.data.errors import BadData
from scenes.data.image import LoadedImage, pixels_from_array
from scenes.images import filters_presets as presets
from scenes.images.filters_ask import ask, outcomes
from scenes.images.filters_cases import cases
from scenes.images.filters_edit import edit
from scenes.images.filters_faults import FAULTS
from scenes.images.filters_model import LARGEST, Inputs, Params, Result, arrays, compute, listing
from scenes.images.filters_steps import progress_of
from scenes.images.filters_view import CELLS, picture
from scenes.scene import Key, Preset, Scene, State, Target, Why, locked


def why(result: Result, trace: Trace, target: Target) -> Why | None:
    """The step at which a cell of the window was taken in; of the output pixel, the last one."""
    size = len(result.kernel)
    if target.handle not in CELLS or not 0 <= target.index < size * size:
        return None
    place = divmod(target.index, size)
    for frame in trace.frames:
        progress = progress_of(frame, size)
        if progress.cell == place and progress.done > target.index:
            return Why(step=frame.index + 1, sentence=frame.narration)
    return None


def take_image(state: State, image: LoadedImage) -> State:
    """The person's own picture as it is, without the preset's noise, and the pin in its middle."""
    height, width = image.pixels.shape[:2]
    return state.with_inputs(pixels=image.pixels, pin=(height // 2, width // 2)).with_params(noise="none")


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
            raise BadData(
                f"{path.name}: kernel has shape {kernel.shape}; it needs (k, k) with k odd, from 1 to 31."
            )
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
    cases=cases,
    ask=ask,
    outcomes=outcomes,
    faults=FAULTS,
    why=why,
    take_image=take_image,
    take_data=take_data,
    data_formats="arrays image (H, W) or (H, W, 3) and kernel (k, k), either or both, in .json, .npz or .safetensors",
    stepped_at=frozenset({"pin"}),
    keys=(Key(key="Escape", does="let go of the pinned pixel"),),
    shows={"sorted": "values", "source": "image"},
    colours={
        "image": "input", "value": "input", "values": "input", "kernel": "weight", "weight": "weight",
        "bell": "weight", "sigma": "weight", "smooth": "weight", "difference": "weight", "total": "output",
        "gx": "output", "gy": "output", "magnitude": "output", "direction": "output",
    },
    sources=(
        "Gonzalez & Woods 2018", "Marr & Hildreth 1980", "Tukey 1971", "Huang, Yang & Tang 1979",
        "Sobel & Feldman 1968",
    ),
)  # fmt: skip

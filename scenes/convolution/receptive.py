"""Receptive fields: what a unit could see, and what it does see (Luo et al. 2016; Araujo et al. 2019)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.trace import Trace
from scenes.convolution import receptive_networks as networks
from scenes.convolution.receptive_ask import ask
from scenes.convolution.receptive_cases import cases
from scenes.convolution.receptive_data import FORMATS, take_data
from scenes.convolution.receptive_edit import edit
from scenes.convolution.receptive_faults import FAULTS
from scenes.convolution.receptive_layout import FOUND, rows_of
from scenes.convolution.receptive_model import Inputs, Params, Result, arrays, compute, listing
from scenes.convolution.receptive_view import picture
from scenes.data.image import LoadedImage
from scenes.data.samples import sample
from scenes.scene import Key, Outcome, Preset, Scene, State, Target, Why, locked


def why(result: Result, trace: Trace, target: Target) -> Why | None:
    """The step that found a number of the table."""
    rows = rows_of(len(result.layers), result.chosen)
    if target.handle != "found" or not 0 <= target.index // len(FOUND) < len(rows):
        return None
    number, name = rows[target.index // len(FOUND)], FOUND[target.index % len(FOUND)]
    if name not in ("size", "jump", "start", "field"):
        return None
    for frame in trace.frames:
        known = len(frame.variables.get("fields", ())) - 2
        names = frame.text.split(" = ")[0].split(", ")
        finds = known + 1 == number and name in names and name != "start"  # its place is told with the size
        if frame.narrated and (finds or known == number):
            return Why(step=frame.index + 1, sentence=frame.narration)
    return None


def outcomes(trace: Trace) -> dict[str, Outcome]:
    """What every layer is found to be."""
    found = {}
    for frame in trace.frames:
        seen = frame.variables
        lists = [seen.get(name, ()) for name in ("sizes", "jumps", "starts", "fields")]
        if "fields" in frame.changed and len({len(one) for one in lists}) == 1 and len(lists[0]) > 1:
            size, jump, start, field = (one[-1] for one in lists)
            words = f"has {size} units {jump} px apart, the first about {start:g}, that see {field} px"
            found[f"layer {len(lists[0]) - 2}"] = Outcome(
                step=frame.index + 1, words=words, value=(size, jump, start, field)
            )
    return found


def take_image(state: State, image: LoadedImage) -> State:
    """The person's own picture under the network."""
    return state.with_inputs(pixels=squared(image.pixels))


def squared(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The middle of a picture, as high as it is wide."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return locked(np.ascontiguousarray(pixels[top : top + side, left : left + side]))


def _preset(layers: Callable[[], networks.Layers], picture_name: str, **params: Any) -> Any:
    def build() -> tuple[Params, Inputs]:
        network = layers()
        pixels = squared(sample(picture_name).pixels)
        return Params(**params), Inputs(layers=network, chosen=len(network) - 1, pixels=pixels)

    return build


def _own(size: int, samples: int) -> dict[str, Any]:
    return {"size": size, "samples": samples, "own_widths": True}


PRESETS = {
    "two-3x3": Preset(
        title="Two 3 × 3 see as far as one 5 × 5",
        build=_preset(lambda: networks.stack((3, 3)), "shapes", size=7, samples=256),
        point="Two windows of 3 × 3 see 5 × 5 pixels with 18 weights; one window of 5 × 5 has 25.",
    ),
    "three-3x3": Preset(
        title="Three 3 × 3 against one 7 × 7",
        build=_preset(lambda: networks.stack((3, 3, 3)), "shapes", size=11, width=64, samples=64),
        point="At 64 channels: 27 C² weights against 49 C², and two more nonlinearities on the way.",
    ),
    "wide-middle": Preset(
        title="A wide layer in the middle costs more",
        build=_preset(
            lambda: networks.stack((3, 3)), "shapes", size=7, width=16, middle_width=32, samples=64
        ),
        point="The saving is that of equal widths: from 16 channels to 32 and back the stack has more weights.",
    ),
    "alexnet": Preset(
        title="AlexNet: large windows first",
        build=_preset(networks.alexnet, "still-life", **_own(224, 6)),
        point="Eleven pixels at once, then poolings: pool5 can see 195 of 224 pixels.",
    ),
    "vgg16": Preset(
        title="VGG-16: small windows, many of them",
        build=_preset(networks.vgg16, "still-life", **_own(224, 3)),
        point="Thirteen layers of 3 × 3 see 212 pixels; what moves the unit most lies in the middle.",
    ),
    "resnet18": Preset(
        title="ResNet-18: shortcuts",
        build=_preset(networks.resnet18, "street", **_own(224, 4)),
        point="A join sees what its widest path sees; the shortcuts keep the effective field small.",
    ),
    "darknet53": Preset(
        title="Darknet-53: beyond the image",
        build=_preset(networks.darknet53, "street", **_own(256, 2)),
        point="The last unit could see far more than the image has.",
    ),
    "branches": Preset(
        title="Branches side by side",
        build=_preset(networks.branches, "shapes", **_own(33, 24)),
        point="Of windows of 1, 3 and 5 side by side the widest one says how far the join sees.",
    ),
    "dilated": Preset(
        title="Dilation: far with few",
        build=_preset(networks.dilated, "zone-plate", **_own(63, 24)),
        point="Cells 1, 2, 4 and 8 apart: four layers of 3 × 3 see 31 pixels without a stride.",
    ),
}

SCENE = Scene(
    key="receptive-field",
    params=Params,
    presets=PRESETS,
    compute=compute,
    picture=picture,
    arrays=arrays,
    edit=edit,
    listing=listing,
    cases=cases,
    why=why,
    ask=ask,
    outcomes=outcomes,
    faults=FAULTS,
    take_image=take_image,
    take_data=take_data,
    data_formats=FORMATS,
    looked_at=frozenset({"unit"}),
    keys=(
        Key(key="I", does="insert a 3 × 3 convolution after the chosen layer"),
        Key(key="P", does="insert a 2 × 2 pooling after the chosen layer"),
        Key(key="Delete", does="remove the chosen layer"),
    ),
    colours={
        "kernels": "weight", "strides": "weight", "paddings": "weight", "dilations": "weight", "k": "weight",
        "s": "weight", "p": "weight", "d": "weight", "size": "input", "sizes": "output", "jumps": "output",
        "starts": "output", "fields": "output", "field": "output", "jump": "output", "start": "output",
    },
    sources=(
        "Luo et al. 2016", "Araujo, Norris & Sim 2019", "Simonyan & Zisserman 2015", "Krizhevsky et al. 2012",
        "He et al. 2016", "Redmon & Farhadi 2018",
    ),
)  # fmt: skip

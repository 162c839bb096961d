"""What the receptive fields are measured on, a network and an image's size, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.convnet.network import IMAGE, Layer, Measure, cone, measures, needed, read_by
from engine.convnet.receptive import effective_field, receptive_field
from engine.device import Engine
from scenes.parameters import Help, Range, When
from scenes.scene import Call, locked

COLOURS = 3  # channels of the image
LARGEST = 640  # pixels along the image's side
WORK = 60_000_000_000  # multiplications forwards, for all samples together: a second or two
PER_UNIT = 300  # of them that it takes as long to put a unit into memory and back, or to draw a random number
PER_LAYER = 5_000_000  # of them that it takes as long to begin with a layer
SHOWN = 8  # times that the effective field is shown while it grows
KEPT = 24  # effective fields that are remembered

_measured: dict[tuple[Any, ...], NDArray[np.float32]] = {}
_images: dict[
    int, tuple[NDArray[np.uint8], NDArray[np.uint8]]
] = {}  # by size: a picture, and what became of it
_tables: list[tuple[NDArray[np.uint8], NDArray[Any]]] = []  # the last picture, and its sums


@dataclass(frozen=True, kw_only=True)
class Params:
    """What a person may set."""

    size: Annotated[int, Range(5, LARGEST), Help("pixels along the side of the input image", unit="px")] = 7
    width: Annotated[
        int,
        Range(1, 512),
        Help("channels, C, that the image and every layer have"),
        When("own_widths", (False,)),
    ] = 1
    middle_width: Annotated[
        int,
        Range(0, 512),
        Help("channels of the layers before the last one, where they are not C; 0 leaves them at C"),
        When("own_widths", (False,)),
    ] = 0
    out_width: Annotated[
        int,
        Range(0, 512),
        Help("channels of the last layer, where they are not C; 0 leaves them at C"),
        When("own_widths", (False,)),
    ] = 0
    own_widths: Annotated[bool, Help("each layer has its own number of channels, and the image three")] = (
        False
    )
    activation: Annotated[
        Literal["relu", "none"], Help("what follows a convolution, while the effective field is measured")
    ] = "relu"
    samples: Annotated[
        int,
        Range(1, 256),
        Help("random networks in the mean of the effective field; fewer where each takes long"),
    ] = 24
    seed: Annotated[int, Range(0, 999), Help("another number, other weights")] = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """`layers` in order; `chosen`, the one whose unit is looked at; `unit`, its row and column there, None for the
    middle one; `pixels` (H, W, 3) uint8, the picture that is stretched over the input.
    """

    layers: tuple[Layer, ...]
    chosen: int
    pixels: NDArray[np.uint8]
    unit: tuple[int, int] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """The measures of every layer, and the effective field (H, W) of the chosen one as far as it is measured.

    `effective` is 1 at most, and zeros before anything is known.
    """

    layers: tuple[Layer, ...]
    reads: tuple[tuple[int, ...], ...]
    measures: tuple[Measure, ...]
    size: int
    channels: int
    chosen: int
    image: NDArray[np.uint8]  # (H, W, C), the picture at the size of the input
    effective: NDArray[np.float32]
    samples: int  # networks that are in it
    core: int = 0  # the side of the square in the field's middle that holds half of it; 0 before it is known

    @property
    def sizes(self) -> list[int]:
        """Units along an axis: of the image, and of each layer."""
        return [self.size, *(one.size for one in self.measures)]

    def measure(self, number: int) -> Measure:
        """That of a layer; of the image itself for IMAGE."""
        if number == IMAGE:
            return Measure(size=self.size, jump=1, start=0.5, field=1, channels=self.channels)
        return self.measures[number]

    def cone(self, number: int, unit: int) -> dict[int, list[int]]:
        """What a unit depends on, layer by layer."""
        return cone(self.layers, self.sizes, number, unit)


def layers_of(params: Params, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """The layers with the widths that are set for all of them, or each with its own."""
    if params.own_widths:
        return layers
    convs = [number for number, one in enumerate(layers) if one.kind == "conv"]
    widths = dict.fromkeys(convs, params.middle_width or params.width)
    widths |= dict.fromkeys(convs[-1:], params.out_width or params.width)
    return tuple(replace(one, channels=widths.get(n, one.channels)) for n, one in enumerate(layers))


def is_uniform(params: Params) -> bool:
    """Whether the image and all layers have C channels."""
    return not (params.own_widths or params.middle_width or params.out_width)


def channels_of(params: Params) -> int:
    """The channels of the image."""
    return COLOURS if params.own_widths else params.width


def chosen_of(inputs: Inputs) -> int:
    """The layer that is looked at, where there is one of that number; else the last."""
    return min(max(inputs.chosen, 0), len(inputs.layers) - 1)


def unit_of(inputs: Inputs, size: int) -> tuple[int, int]:
    """The unit that is looked at, inside a layer of so many units a side."""
    row, column = inputs.unit or (size // 2, size // 2)
    return min(max(row, 0), size - 1), min(max(column, 0), size - 1)


def compute(params: Params, inputs: Inputs, engine: Engine) -> Iterator[tuple[float, Result]]:
    """The theoretical fields at once; then the effective one, sample by sample.

    Raises:
        BadNetwork: the layers make no network.
    """
    layers, channels, chosen = layers_of(params, inputs.layers), channels_of(params), chosen_of(inputs)
    found = tuple(measures(layers, params.size, channels))
    blank = locked(np.zeros((params.size, params.size), np.float32))
    result = Result(
        layers=layers, reads=tuple(read_by(layers, n) for n in range(len(layers))), measures=found, size=params.size,
        channels=channels, chosen=chosen, image=_image(inputs.pixels, params.size), effective=blank, samples=0,
    )  # fmt: skip
    samples = affordable(result, params.samples)
    how = (params.seed, samples, params.activation, engine.device)
    key = (layers[: chosen + 1], params.size, channels, *how)
    if samples and key not in _measured:
        yield 0.0, result
        rectified = params.activation == "relu"
        for done, field in effective_field(
            layers, chosen, params.size, channels, params.seed, samples, rectified, engine.device
        ):
            known = int(done * samples)
            if field is not None and done == 1.0:
                _measured[key] = _shares(field)
            elif field is not None and known >= result.samples + samples / SHOWN:
                result = _with_effective(result, _shares(field), known)
            if done < 1:
                yield done, result
        while len(_measured) > KEPT:  # the oldest goes
            _measured.pop(next(iter(_measured)))
    yield 1.0, _with_effective(result, _measured[key], samples) if samples else result


def _with_effective(result: Result, effective: NDArray[np.float32], samples: int) -> Result:
    one = result.measures[result.chosen]
    middle = int(one.start + one.size // 2 * one.jump)
    core = core_of(effective, min(max(middle, 0), result.size - 1))
    return replace(result, effective=effective, samples=samples, core=core)


def core_of(field: NDArray[np.float32], middle: int) -> int:
    """The side of the smallest square about the pixel (middle, middle) that holds half of a field (H, H)."""
    away = np.abs(np.arange(len(field)) - middle)
    rings = np.bincount(np.maximum(away[:, None], away).ravel(), weights=field.ravel())
    within = np.cumsum(rings)
    return min(2 * int(np.searchsorted(within, within[-1] / 2)) + 1, len(field))


def _image(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """The picture as the network is given it: the very same array as long as both are the same."""
    kept = _images.get(size)
    if kept is not None and kept[0] is pixels:
        return kept[1]
    while len(_images) >= KEPT:  # the oldest goes
        _images.pop(next(iter(_images)))
    _images[size] = pixels, _resized(pixels, size)
    return _images[size][1]


def _resized(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """The picture as the network is given it: `size` x `size` pixels, each the mean of what it covers."""
    table = _summed(pixels)
    (top, bottom), (left, right) = (_covered(length, size) for length in pixels.shape[:2])
    rows = table[bottom] - table[top]  # (size, W + 1, C)
    sums = rows[:, right] - rows[:, left]
    covered = (bottom - top)[:, None] * (right - left)
    return locked((sums / covered[..., None] + 0.5).astype(np.uint8))


def _summed(pixels: NDArray[np.uint8]) -> NDArray[Any]:
    """The sum of all pixels above and to the left of every corner (H + 1, W + 1, C); kept for the last picture."""
    if _tables and _tables[0][0] is pixels:
        return _tables[0][1]
    height, width, channels = pixels.shape
    kind = np.int32 if height * width * 255 < 2**31 else np.int64
    table = np.zeros((height + 1, width + 1, channels), kind)
    np.cumsum(np.cumsum(pixels, 0, kind), 1, kind, table[1:, 1:])
    _tables[:] = [(pixels, table)]
    return table


def _covered(length: int, size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where each of `size` equal parts of so many cells begins and ends, cells that it has but in part included."""
    edges = np.arange(size + 1) * length
    return edges[:-1] // size, -(-edges[1:] // size)


def affordable(result: Result, samples: int) -> int:
    """How many networks are measured: as many as wished, as long as that is a matter of a second or two; none of a
    network that is too large for it. Only what the unit in the middle can see is computed.
    """
    used, sizes = result.measures[: result.chosen + 1], result.sizes
    spans = needed(result.layers, sizes, result.chosen, used[-1].size // 2)
    each = PER_UNIT * (result.channels * result.size**2 + sum(one.params for one in used))  # drawn at random
    for number, (first, last) in spans.items():
        if number != IMAGE:
            one, units = used[number], (last - first + 1) ** 2
            each += PER_LAYER + (one.params + PER_UNIT * one.channels) * units
    return min(samples, max(WORK // each, int(each <= 2 * WORK)))


def _shares(field: Tensor) -> NDArray[np.float32]:
    """The field with 1 as its largest value; zeros stay."""
    largest = float(field.max())
    return locked((field / largest if largest > 0 else field).numpy())


def arrays(result: Result) -> dict[str, NDArray[Any]]:
    """size, jump, start, field, params, operations (L,), one a layer; effective (H, W), 1 at most."""
    names = ("size", "jump", "start", "field", "params", "operations")
    found = {name: np.array([getattr(one, name) for one in result.measures]) for name in names}
    return {**found, "effective": result.effective}


def listing(params: Params, inputs: Inputs) -> Call:
    """The walk from the image to the last layer."""
    layers = inputs.layers
    arguments: dict[str, Any] = {
        f"{name}s": [getattr(one, name) for one in layers]
        for name in ("kernel", "stride", "padding", "dilation")
    }
    reads = [[read + 1 for read in read_by(layers, number)] for number in range(len(layers))]
    return Call(function=receptive_field, arguments={**arguments, "reads": reads, "size": params.size})

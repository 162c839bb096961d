"""A convolutional network as a list of layers, and what each of them does to sizes, fields and costs.

Layers are numbered in order; a layer reads the one before it, or those named in `reads`, where -1 is the input
image. Convolutions and poolings have square windows; a join adds its inputs or puts their channels side by side.

All places are in pixels of the input image, whose pixel i covers i..i + 1, along one axis: both axes are alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from engine.convnet.pooling import reached

Kind = Literal["conv", "pool", "add", "concat"]
IMAGE = -1  # what is read instead of a layer
Span = tuple[int, int]  # the first and the last of neighbouring units along an axis


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer. `channels` is how many a convolution makes. A join has a window of 1. `relu` says whether a ReLU
    follows a convolution or an addition; it never follows anything else.

    `reads` are the numbers of the layers it reads, all of them earlier; empty for the one before it.
    """

    kind: Kind = "conv"
    kernel: int = 3
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    channels: int = 1
    reads: tuple[int, ...] = ()
    name: str = ""
    relu: bool = True

    @property
    def is_join(self) -> bool:
        """Whether it joins branches."""
        return self.kind in ("add", "concat")

    @property
    def is_rectified(self) -> bool:
        """Whether a ReLU follows it."""
        return self.relu and self.kind in ("conv", "add")

    @property
    def span(self) -> int:
        """The cells from the first to the last that its window reads."""
        return self.dilation * (self.kernel - 1) + 1

    def reach(self, first: int, last: int) -> Span:
        """From where to where the windows of its units `first` to `last` lie in what it reads, padding included."""
        if self.is_join:
            return first, last
        return first * self.stride - self.padding, last * self.stride - self.padding + self.span - 1


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What a layer is, along one axis.

    size        how many units lie side by side
    jump        pixels from one unit's field to the next one's
    start       the middle of the first unit's field, in pixels; it may lie outside the image
    field       how many pixels a unit can see: its theoretical receptive field
    channels    how many maps it makes
    params      its weights, without biases
    operations  its multiplications (and additions), for all its units
    """

    size: int
    jump: int
    start: float
    field: int
    channels: int
    params: int = 0
    operations: int = 0

    def seen(self, unit: int) -> tuple[float, float]:
        """The first and the last edge of what a unit sees, in pixels."""
        middle = self.start + unit * self.jump
        return middle - self.field / 2, middle + self.field / 2


class BadNetwork(ValueError):
    """Layers that make no network: one sentence that says which one, and what would fit. `layer` is its number."""

    def __init__(self, sentence: str, layer: int) -> None:
        super().__init__(sentence)
        self.layer = layer


def measures(layers: Sequence[Layer], size: int, channels: int = 3) -> list[Measure]:
    """The measures of every layer, for an input image of `size` x `size` pixels and so many channels.

    Source: Araujo, Norris & Sim 2019, Computing receptive fields of convolutional neural networks, eq. 1-8.

    Raises:
        BadNetwork: a window larger than its padded input, branches that do not fit, inputs that are not there.
    """
    image = Measure(size=size, jump=1, start=0.5, field=1, channels=channels)
    found: list[Measure] = []
    for number, layer in enumerate(layers):
        inputs = [image if read == IMAGE else found[read] for read in read_by(layers, number)]
        found.append(joined(layer, inputs, number) if layer.is_join else windowed(layer, inputs[0], number))
    return found


def windowed(layer: Layer, read: Measure, number: int = 0) -> Measure:
    """The measure of a convolution or pooling that reads another.

    Raises:
        BadNetwork: its window is larger than its padded input, or a number is too small.
    """
    check_window(layer, number)
    room = read.size + 2 * layer.padding - layer.span
    if room < 0:
        need = -(-(layer.span - read.size) // 2)
        raise BadNetwork(
            f"{title_of(layer, number)} has a window {layer.span} wide, larger than its padded input of "
            f"{read.size + 2 * layer.padding}; padding {need} or a larger image would fit.",
            number,
        )
    size = room // layer.stride + 1
    field = read.field + (layer.span - 1) * read.jump
    start = read.start + ((layer.span - 1) / 2 - layer.padding) * read.jump
    made = layer.channels if layer.kind == "conv" else read.channels
    params = layer.kernel**2 * read.channels * made if layer.kind == "conv" else 0
    return Measure(
        size=size, jump=read.jump * layer.stride, start=start, field=field, channels=made, params=params,
        operations=params * size**2,
    )


def joined(layer: Layer, inputs: Sequence[Measure], number: int = 0) -> Measure:
    """The measure of a join: a unit sees what any of its branches sees, the widest path.

    Raises:
        BadNetwork: branches of different sizes or steps, or, to be added, of different channels.
    """
    first = inputs[0]
    for other in inputs[1:]:
        if (other.size, other.jump) != (first.size, first.jump):
            raise BadNetwork(
                f"{title_of(layer, number)} joins {first.size} units {first.jump} px apart with {other.size} units "
                f"{other.jump} px apart; its branches need to agree in both.",
                number,
            )
        if layer.kind == "add" and other.channels != first.channels:
            raise BadNetwork(
                f"{title_of(layer, number)} adds {first.channels} channels to {other.channels}; it needs as many, "
                "or a 1 × 1 convolution that makes them so.",
                number,
            )
    left = min(one.start - one.field / 2 for one in inputs)
    right = max(one.start + one.field / 2 for one in inputs)
    made = first.channels if layer.kind == "add" else sum(one.channels for one in inputs)
    return Measure(size=first.size, jump=first.jump, start=(left + right) / 2, field=int(right - left), channels=made)


def check_window(layer: Layer, number: int) -> None:
    """Raises BadNetwork unless kernel, stride, dilation and channels are 1 or more, and padding 0 or more."""
    least = {"kernel": 1, "stride": 1, "dilation": 1, "padding": 0, "channels": 1}
    for name, low in least.items():
        value = getattr(layer, name)
        if value < low:
            raise BadNetwork(f"{title_of(layer, number)} has {name} {value}; it needs {low} or more.", number)
    if layer.kind == "pool" and layer.padding > layer.kernel // 2:
        raise BadNetwork(
            f"{title_of(layer, number)} pools with padding {layer.padding}; half its window, "
            f"{layer.kernel // 2}, is the most.",
            number,
        )


def read_by(layers: Sequence[Layer], number: int) -> tuple[int, ...]:
    """The layers that a layer reads, by number; IMAGE for the input image.

    Raises:
        BadNetwork: one that is not there, is not earlier, or is one too many.
    """
    layer = layers[number]
    reads = layer.reads or (number - 1,)
    for read in reads:
        if not IMAGE <= read < number:
            raise BadNetwork(
                f"{title_of(layer, number)} reads layer {read}; it can read the layers before it, "
                f"{IMAGE} (the image) to {number - 1}.",
                number,
            )
    if layer.is_join and len(reads) < 2:
        raise BadNetwork(f"{title_of(layer, number)} joins {len(reads)} branch; it needs two or more.", number)
    if not layer.is_join and len(reads) > 1:
        many = f"reads {len(reads)} layers; only a join reads more than one"
        raise BadNetwork(f"{title_of(layer, number)} {many}.", number)
    return reads


def title_of(layer: Layer, number: int) -> str:
    """A layer as a sentence names it."""
    return f"Layer {number} ({layer.name or layer.kind})"


def cone(layers: Sequence[Layer], sizes: Sequence[int], chosen: int, unit: int) -> dict[int, list[int]]:
    """The units of every layer, and the pixels of the image (IMAGE), that a unit of the layer `chosen` depends on
    along one axis, in order. `sizes` are those of the image and then of every layer.

    Layers that it does not depend on are left out, and so is what lies in a padding.
    """
    masks = {chosen: torch.zeros(sizes[chosen + 1], dtype=torch.bool)}
    masks[chosen][unit] = True
    for number in range(chosen, IMAGE, -1):
        if number in masks:
            layer = layers[number]
            for read in read_by(layers, number):
                seen = _spread(layer, masks[number], sizes[read + 1])
                masks[read] = masks[read] | seen if read in masks else seen
    return {number: mask.nonzero().flatten().tolist() for number, mask in masks.items() if mask.any()}


def needed(layers: Sequence[Layer], sizes: Sequence[int], chosen: int, unit: int) -> dict[int, Span]:
    """The units of every layer, and the pixels of the image (IMAGE), without which a unit of the layer `chosen` cannot
    be computed along one axis: those in its cone, and what lies between them. `sizes` are those of the image and
    then of every layer.

    Layers that it does not depend on are left out.
    """
    spans = {chosen: (unit, unit)}
    for number in range(chosen, IMAGE, -1):
        if number in spans:
            first, last = layers[number].reach(*spans[number])
            for read in read_by(layers, number):
                end = sizes[read + 1] - 1
                low, high = min(max(first, 0), end), max(min(last, end), 0)  # one unit at least, be all of it padding
                before = spans.get(read, (low, high))
                spans[read] = min(low, before[0]), max(high, before[1])
    return spans


def _spread(layer: Layer, mask: Tensor, size: int) -> Tensor:
    """Which of `size` units of its input those units of a layer read that are True in `mask`, along one axis."""
    if layer.is_join:
        return mask
    places = mask.nonzero() * layer.stride - layer.padding + torch.arange(layer.kernel) * layer.dilation
    read = torch.zeros(size, dtype=torch.bool)
    read[places[(places >= 0) & (places < size)]] = True
    return read


def taps(layer: Layer, unit: int, size: int) -> list[int]:
    """The units of its input, `size` along an axis, that a unit of a layer reads."""
    if layer.is_join:
        return [unit]
    return reached(unit * layer.stride - layer.padding, layer.kernel, layer.dilation, size)

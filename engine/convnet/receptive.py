"""How far a unit of a network sees: its theoretical receptive field, layer by layer, and the effective one.

The theoretical field is what could matter. What does matter is far less: the gradient of a unit by the pixels,
measured on the real layers, is a bell in the middle of the field, since the pixels there reach the unit on many
more ways. Source: Luo, Li, Urtasun & Zemel 2016, Understanding the effective receptive field.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.convnet.network import IMAGE, Layer, measures, read_by


def receptive_field(
    kernels: Sequence[int], strides: Sequence[int], paddings: Sequence[int], dilations: Sequence[int],
    reads: Sequence[Sequence[int]], size: int,
) -> tuple[list[int], list[int], list[float], list[int]]:
    """Size, jump, start and field of every layer of a network, in numbers alone (see `Measure` for what they are).

    `reads` are the places of what each layer reads in the lists, in which the image itself comes first, at 0. A
    layer that reads more than one joins them.
    """
    sizes, jumps, starts, fields = [size], [1], [0.5], [1]
    #> The image: {size} pixels, one apart; a pixel sees itself.
    for k, s, p, d, read in zip(kernels, strides, paddings, dilations, reads, strict=True):
        i = read[0]
        if len(read) > 1:
            left = min(starts[j] - fields[j] / 2 for j in read)
            right = max(starts[j] + fields[j] / 2 for j in read)
            field, start = int(right - left), (left + right) / 2
            #> A join of {len(read)} branches: its first unit sees from {left:g} to {right:g}, {field} pixels.
            jump, length = jumps[i], sizes[i]
        else:
            field = fields[i] + d * (k - 1) * jumps[i]
            #> A window of {k}{f" with dilation {d}" if d > 1 else ""} over units {jumps[i]} px apart reaches
            #> {field - fields[i]} px further: the field grows from {fields[i]} to {field}.
            start = starts[i] + (d * (k - 1) / 2 - p) * jumps[i]
            jump = jumps[i] * s
            #> {f"Stride {s}: neighbours are now {jump} px apart." if s > 1 else f"Neighbours stay {jump} px apart."}
            length = (sizes[i] + 2 * p - d * (k - 1) - 1) // s + 1
        sizes.append(length)
        jumps.append(jump)
        starts.append(start)
        fields.append(field)
        #> {length} units, {jump} px apart; the first one's field has its middle at {start:g} px.
    return sizes, jumps, starts, fields
    #> A unit of the last layer sees {fields[-1]} × {fields[-1]} pixels.


def weights_of(layers: Sequence[Layer], size: int, channels: int, seed: int) -> dict[int, Tensor]:
    """Random weights (O, C, k, k) of every convolution, float32, normal with variance 2 / (C k^2).

    Source: He et al. 2015, Delving deep into rectifiers, eq. 10.
    """
    generator = torch.Generator().manual_seed(seed)
    found = measures(layers, size, channels)
    weights = {}
    for number, layer in enumerate(layers):
        if layer.kind == "conv":
            read = read_by(layers, number)[0]
            given = channels if read == IMAGE else found[read].channels
            shape = (layer.channels, given, layer.kernel, layer.kernel)
            deviation = math.sqrt(2 / (given * layer.kernel**2))
            weights[number] = torch.empty(shape).normal_(0, deviation, generator=generator)
    return weights


@dataclass(frozen=True, kw_only=True, eq=False)
class Applied:
    """A layer's maps (C, h, w), and the inputs they were made of, cut off from what made those."""

    inputs: tuple[Tensor, ...]
    made: Tensor


def forward(
    layers: Sequence[Layer], weights: dict[int, Tensor], image: Tensor, rectified: bool = True
) -> Iterator[Applied]:
    """Every layer in turn, applied to an image (C, H, W), and ready to be differentiated by its own inputs.

    Layers that say so are followed by a ReLU, where `rectified`; poolings take the maximum.
    """
    maps = {IMAGE: image}
    for number, layer in enumerate(layers):
        inputs = tuple(maps[read].detach().requires_grad_() for read in read_by(layers, number))
        maps[number] = _applied(layer, inputs, weights.get(number), rectified)
        yield Applied(inputs=inputs, made=maps[number])


def _applied(layer: Layer, inputs: Sequence[Tensor], weight: Tensor | None, rectified: bool) -> Tensor:
    if layer.kind == "concat":
        return torch.cat(list(inputs))
    if layer.kind == "add":
        made = sum(inputs[1:], inputs[0])
        return made.relu() if rectified and layer.relu else made
    if weight is None:
        return F.max_pool2d(inputs[0][None], layer.kernel, layer.stride, layer.padding, layer.dilation)[0]
    made = F.conv2d(inputs[0][None], weight, None, layer.stride, layer.padding, layer.dilation)[0]
    return made.relu() if rectified and layer.relu else made


def effective_field(
    layers: Sequence[Layer], chosen: int, size: int, channels: int = 3, seed: int = 0, samples: int = 2,
    rectified: bool = True, device: torch.device | str = "cpu",
) -> Iterator[tuple[float, Tensor | None]]:
    """How much each pixel of the image (size, size) moves the middle unit of the layer `chosen`: float32, >= 0.

    The mean, over images of random pixels and random weights, of the size of the gradient of the unit, a random
    mixture of its channels, by the pixel's channels. Gives the fraction done, and the field so far.

    It goes forward and back a layer at a time, and can be let go of after each.

    Raises:
        BadNetwork: the layers make no network.
    """
    used = layers[: chosen + 1]
    middle = measures(used, size, channels)[chosen].size // 2
    total = torch.zeros(size, size)
    for sample in range(samples):
        generator = torch.Generator().manual_seed(1000 * seed + sample)
        weights = {n: w.to(device) for n, w in weights_of(used, size, channels, 1000 * seed + sample).items()}
        image = torch.randn(channels, size, size, generator=generator).to(device)
        tape: list[Applied] = []
        for number, applied in enumerate(forward(used, weights, image, rectified)):
            tape.append(applied)
            yield (sample + (number + 1) / (2 * len(used) + 1)) / samples, (total / sample if sample else None)
        made = tape[-1].made
        gradients = {chosen: torch.zeros_like(made)}
        gradients[chosen][:, middle, middle] = torch.randn(made.shape[0], generator=generator).to(made)
        for number in range(chosen, IMAGE, -1):
            _back(read_by(used, number), tape.pop(), gradients, number)
            part = (len(used) + chosen - number + 1) / (2 * len(used) + 1)
            yield (sample + part) / samples, (total / sample if sample else None)
        total += gradients[IMAGE].norm(dim=0).cpu() if IMAGE in gradients else 0
        yield (sample + 1) / samples, total / (sample + 1)


def _back(reads: Sequence[int], applied: Applied, gradients: dict[int, Tensor], number: int) -> None:
    """Take the gradient of a layer's maps on to what it reads, where it adds up; nothing, where there is none."""
    gradient = gradients.pop(number, None)
    if gradient is None:
        return
    for read, part in zip(reads, torch.autograd.grad(applied.made, applied.inputs, gradient), strict=True):
        gradients[read] = gradients[read] + part if read in gradients else part

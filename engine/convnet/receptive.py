"""How far a unit of a network sees: its theoretical receptive field, layer by layer, and the effective one.

The theoretical field is what could matter. What does matter is far less: the gradient of a unit by the pixels,
measured on the real layers, is a bell in the middle of the field, since the pixels there reach the unit on many
more ways. Source: Luo, Li, Urtasun & Zemel 2016, Understanding the effective receptive field.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.convnet.network import IMAGE, Layer, Span, measures, needed, read_by


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
    layers: Sequence[Layer], weights: dict[int, Tensor], image: Tensor, rectified: bool = True,
    spans: Mapping[int, Span] | None = None,
) -> Iterator[Applied]:
    """Every layer in turn, applied to an image (C, H, H), and ready to be differentiated by its own inputs.

    Layers that say so are followed by a ReLU, where `rectified`; poolings take the maximum. Of the layers in `spans`
    only those units are computed, along both axes, and no other layer at all.
    """
    if spans is None:
        sizes = [image.shape[-1], *(one.size for one in measures(layers, image.shape[-1], image.shape[0]))]
        spans = {number: (0, size - 1) for number, size in enumerate(sizes, IMAGE)}
    first, last = spans[IMAGE]
    maps = {IMAGE: image[:, first : last + 1, first : last + 1]}
    for number in sorted(spans.keys() - {IMAGE}):
        layer, reads = layers[number], read_by(layers, number)
        inputs = tuple(maps[read].detach().requires_grad_() for read in reads)
        read = [(each, spans[n]) for each, n in zip(inputs, reads, strict=True)]
        maps[number] = _applied(layer, read, spans[number], weights.get(number), rectified)
        yield Applied(inputs=inputs, made=maps[number])


def _applied(
    layer: Layer, read: Sequence[tuple[Tensor, Span]], made: Span, weight: Tensor | None, rectified: bool
) -> Tensor:
    """The units `made` of a layer, of maps with the units that each of them holds."""
    reach, lowest = layer.reach(*made), -math.inf if layer.kind == "pool" else 0.0
    windows, paddings = zip(*(_reached(maps, held, reach, lowest) for maps, held in read), strict=True)
    if layer.kind == "concat":
        return torch.cat(windows)
    if layer.kind == "add":
        total: Tensor = sum(windows[1:], windows[0])
        return total.relu() if rectified and layer.relu else total
    if weight is None:
        return F.max_pool2d(windows[0][None], layer.kernel, layer.stride, paddings[0], layer.dilation)[0]
    sums = F.conv2d(windows[0][None], weight, None, layer.stride, paddings[0], layer.dilation)[0]
    return sums.relu() if rectified and layer.relu else sums


def _reached(maps: Tensor, held: Span, reach: Span, lowest: float) -> tuple[Tensor, int]:
    """What windows reach of maps (C, n, n) that hold the units `held`, and the padding that it still needs."""
    before, after = held[0] - reach[0], reach[1] - held[1]
    if before == after >= 0:
        return maps, before
    if before > 0 or after > 0:
        maps = F.pad(maps, (max(before, 0), max(after, 0)) * 2, value=lowest)
    start = max(-before, 0)
    stop = start + reach[1] - reach[0] + 1
    return maps[:, start:stop, start:stop], 0


def effective_field(
    layers: Sequence[Layer], chosen: int, size: int, channels: int = 3, seed: int = 0, samples: int = 2,
    rectified: bool = True, device: torch.device | str = "cpu",
) -> Iterator[tuple[float, Tensor | None]]:
    """How much each pixel of the image (size, size) moves the middle unit of the layer `chosen`: float32, >= 0.

    The mean, over images of random pixels and random weights, of the size of the gradient of the unit, a random
    mixture of its channels, by the pixel's channels. Gives the fraction done, and the field so far.

    It goes forward and back a layer at a time, and can be let go of after each. What the unit cannot see is not
    computed: its gradient is zero.

    Raises:
        BadNetwork: the layers make no network.
    """
    used = layers[: chosen + 1]
    sizes = [size, *(one.size for one in measures(used, size, channels))]
    spans = needed(used, sizes, chosen, sizes[-1] // 2)
    numbers = sorted(spans.keys() - {IMAGE})
    total = torch.zeros(size, size)
    seen = total[(slice(spans[IMAGE][0], spans[IMAGE][1] + 1),) * 2]
    for sample in range(samples):
        generator = torch.Generator().manual_seed(1000 * seed + sample)
        weights = {n: w.to(device) for n, w in weights_of(used, size, channels, 1000 * seed + sample).items()}
        image = torch.randn(channels, size, size, generator=generator).to(device)
        tape: list[Applied] = []
        for part, applied in enumerate(forward(used, weights, image, rectified, spans), 1):
            tape.append(applied)
            yield (sample + part / (2 * len(numbers) + 1)) / samples, (total / sample if sample else None)
        made = tape[-1].made  # (C, 1, 1), of the unit alone
        gradients = {chosen: torch.randn(made.shape[0], generator=generator).to(made)[:, None, None]}
        for part, number in enumerate(reversed(numbers), len(numbers) + 1):
            _back(read_by(used, number), tape.pop(), gradients, number)
            yield (sample + part / (2 * len(numbers) + 1)) / samples, (total / sample if sample else None)
        seen += gradients[IMAGE].norm(dim=0).cpu()
        yield (sample + 1) / samples, total / (sample + 1)


def _back(reads: Sequence[int], applied: Applied, gradients: dict[int, Tensor], number: int) -> None:
    """Take the gradient of a layer's maps on to what it reads, where it adds up; nothing, where there is none."""
    gradient = gradients.pop(number, None)
    if gradient is None:
        return
    for read, part in zip(reads, torch.autograd.grad(applied.made, applied.inputs, gradient), strict=True):
        gradients[read] = gradients[read] + part if read in gradients else part

"""Sizes and weights against torch's own layers; fields against the gradients of all-ones networks."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.convnet.network import IMAGE, BadNetwork, Layer, cone, measures, needed, read_by, taps
from engine.convnet.receptive import effective_field, forward, receptive_field, weights_of
from scenes.convolution import receptive_networks as networks

SEEDS = range(25)


def some_network(seed: int, size: int = 41) -> list[Layer]:
    """A random network that fits the image, with a branch now and then."""
    rng = random.Random(seed)
    layers: list[Layer] = []
    while len(layers) < 6:
        kind = rng.choice(["conv", "conv", "pool", "branch"])
        if kind == "branch" and layers:
            begin, channels = len(layers) - 1, measures(layers, size)[-1].channels
            k, d = rng.choice([1, 3, 5]), rng.choice([1, 2])
            layers.append(Layer(kernel=k, padding=d * (k // 2), dilation=d, channels=channels))
            join = rng.choice(["add", "concat"])
            layers.append(Layer(kind=join, kernel=1, reads=(begin, len(layers) - 1)))
            continue
        k = rng.randint(1, 4)
        window = Layer(
            kind="pool" if kind == "pool" else "conv", kernel=k, stride=rng.randint(1, 2),
            padding=rng.randint(0, k // 2), dilation=rng.randint(1, 2), channels=rng.randint(1, 4),
        )  # fmt: skip
        try:
            measures([*layers, window], size)
        except BadNetwork:
            continue
        layers.append(window)
    return layers


def torch_modules(layers: list[Layer], channels: int = 3) -> dict[int, nn.Module]:
    """torch's own module of every window."""
    found, modules = measures(layers, 400, channels), {}
    for number, one in enumerate(layers):
        read = read_by(layers, number)[0]
        given = channels if read == IMAGE else found[read].channels
        how = {"stride": one.stride, "padding": one.padding, "dilation": one.dilation}
        if one.kind == "conv":
            modules[number] = nn.Conv2d(given, one.channels, one.kernel, bias=False, **how)
        elif one.kind == "pool":
            modules[number] = nn.MaxPool2d(one.kernel, **how)
    return modules


def ones_maps(layers: list[Layer], image: Tensor) -> list[Tensor]:
    """The maps of a network of positive weights in which no maximum hides a pixel: every way counts."""
    maps: dict[int, Tensor] = {IMAGE: image}
    for number, one in enumerate(layers):
        inputs = [maps[read] for read in read_by(layers, number)]
        if one.kind == "add":
            maps[number] = sum(inputs[1:], inputs[0])
        elif one.kind == "concat":
            maps[number] = torch.cat(inputs)
        else:
            given, made = len(inputs[0]), one.channels if one.kind == "conv" else len(inputs[0])
            weight = torch.ones(made, given, one.kernel, one.kernel, dtype=image.dtype) / (
                given * one.kernel**2
            )
            how = (one.stride, one.padding, one.dilation)
            maps[number] = nn.functional.conv2d(inputs[0][None], weight, None, *how)[0]
    return [maps[number] for number in range(len(layers))]


@pytest.mark.parametrize("seed", SEEDS)
def test_sizes_channels_and_weights_are_torchs(seed: int) -> None:
    layers = some_network(seed)
    found, modules = measures(layers, 41), torch_modules(layers)
    weights = {n: m.weight for n, m in modules.items() if isinstance(m, nn.Conv2d)}
    maps = [applied.made for applied in forward(layers, weights, torch.rand(3, 41, 41))]
    for number, one in enumerate(found):
        assert tuple(maps[number].shape) == (one.channels, one.size, one.size)
        count = sum(p.numel() for p in modules[number].parameters()) if number in modules else 0
        assert one.params == count
        assert one.operations == count * one.size**2


@pytest.mark.parametrize("seed", SEEDS)
def test_the_field_is_where_the_gradient_is_not_zero(seed: int) -> None:
    layers, size = some_network(seed), 41
    image = torch.ones(3, size, size, dtype=torch.float64, requires_grad=True)
    maps, found = ones_maps(layers, image), measures(layers, size)
    sizes = [size, *(one.size for one in found)]
    for number in (len(layers) // 2, len(layers) - 1):
        for unit in {0, found[number].size // 2, found[number].size - 1}:
            (gradient,) = torch.autograd.grad(maps[number][:, unit, unit].sum(), image, retain_graph=True)
            seen = gradient.abs().sum((0, 1)).nonzero().flatten().tolist()
            if not seen:
                continue
            low, high = found[number].seen(unit)
            assert max(low, 0) <= seen[0]
            assert seen[-1] + 1 <= min(high, size)
            if low >= 0 and high <= size:
                assert (low, high) == (seen[0], seen[-1] + 1)
            assert cone(layers, sizes, number, unit)[IMAGE] == seen


@pytest.mark.parametrize("seed", SEEDS)
def test_the_listing_finds_what_the_measures_say(seed: int) -> None:
    layers = some_network(seed)
    named = [[getattr(one, name) for one in layers] for name in ("kernel", "stride", "padding", "dilation")]
    reads = [[read + 1 for read in read_by(layers, number)] for number in range(len(layers))]
    sizes, jumps, starts, fields = receptive_field(*named, reads, 41)
    found = measures(layers, 41)
    assert sizes[1:] == [one.size for one in found]
    assert jumps[1:] == [one.jump for one in found]
    assert starts[1:] == [one.start for one in found]
    assert fields[1:] == [one.field for one in found]


@pytest.mark.parametrize(
    ("layers", "size", "name", "field", "out"),
    [
        (networks.alexnet(), 224, "pool5", 195, 6),
        (networks.vgg16(), 224, "pool5", 212, 7),
        (networks.resnet18(), 224, "add5.2", 435, 7),
        (networks.darknet53(), 256, "add5.4", 725, 8),
        (networks.stack((3, 3)), 5, "conv2", 5, 1),
        (networks.dilated(), 63, "dilation 8", 31, 63),
    ],
)
def test_the_fields_of_the_literature(
    layers: tuple[Layer, ...], size: int, name: str, field: int, out: int
) -> None:
    last = measures(layers, size)[-1]
    assert layers[-1].name == name
    assert (last.field, last.size) == (field, out)


@pytest.mark.parametrize(
    ("layers", "weights"),
    [
        (networks.vgg16(), 14_710_464),  # convolutions, without biases
        (networks.alexnet(), 2_468_544),
        (networks.resnet18(), 11_166_912),
    ],
)
def test_the_weights_of_known_networks(layers: tuple[Layer, ...], weights: int) -> None:
    assert sum(one.params for one in measures(layers, 224)) == weights
    modules = torch_modules(list(layers))
    assert sum(p.numel() for module in modules.values() for p in module.parameters()) == weights


def test_darknet_53_has_52_convolutions() -> None:
    layers = networks.darknet53()
    assert sum(one.kind == "conv" for one in layers) == 52
    assert {one.jump for one in measures(layers, 256)} == {1, 2, 4, 8, 16, 32}


def test_the_effective_field_is_the_gradient_of_the_real_layers() -> None:
    layers, size = list(networks.stack((3, 3))), 9
    *_, (done, field) = effective_field(layers, 1, size, channels=2, seed=3, samples=1, rectified=False)
    assert done == 1.0
    assert field is not None
    weights = weights_of(layers, size, 2, 3000)
    generator = torch.Generator().manual_seed(3000)
    torch.randn(2, size, size, generator=generator)
    mixture = torch.randn(1, generator=generator)
    # of a linear network the gradient is the mixture spread by the turned kernels, whatever the image
    spread = torch.zeros(1, 1, 5, 5)
    spread[0, 0, 2, 2] = mixture
    for number in (1, 0):
        spread = nn.functional.conv_transpose2d(spread, weights[number], padding=1)
    expected = torch.zeros(size, size)
    expected[2:7, 2:7] = spread[0].norm(dim=0)
    torch.testing.assert_close(field, expected, rtol=1e-5, atol=1e-6)


def test_the_effective_field_stays_inside_the_theoretical_one_and_is_a_bell() -> None:
    layers = [Layer(kernel=3, padding=1, channels=8)] * 8
    *_, (_, field) = effective_field(layers, 7, 41, samples=24)
    assert field is not None
    low, high = (int(edge) for edge in measures(layers, 41)[-1].seen(20))
    inside = field[low:high, low:high]
    assert field.count_nonzero() == inside.count_nonzero() > 0
    rim = (inside[0].mean() + inside[-1].mean() + inside[:, 0].mean() + inside[:, -1].mean()) / 4
    assert inside[7:10, 7:10].mean() > 20 * rim


def test_the_effective_field_is_the_same_again_and_says_how_far_it_is() -> None:
    first, second = (list(effective_field(networks.stack((3, 3)), 1, 7, samples=3)) for _ in range(2))
    assert [done for done, _ in first] == sorted(done for done, _ in first)
    assert torch.equal(first[-1][1], second[-1][1])
    other = list(effective_field(networks.stack((3, 3)), 1, 7, samples=3, seed=1))
    assert not torch.equal(first[-1][1], other[-1][1])


@pytest.mark.parametrize("unit", range(5))
def test_taps_are_what_a_window_reads(unit: int) -> None:
    layer = Layer(kernel=3, stride=2, padding=1, dilation=2)
    assert taps(layer, unit, 9) == [p for p in range(2 * unit - 1, 2 * unit + 4, 2) if 0 <= p < 9]
    assert taps(Layer(kind="add", kernel=1, reads=(0, 1)), unit, 9) == [unit]


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        (
            [Layer(kernel=9)],
            r"Layer 0 \(conv\) has a window 9 wide, larger than its padded input of 7; padding 1",
        ),
        ([Layer(), Layer(kind="add", kernel=1, reads=(0,))], "joins 1 branch; it needs two or more"),
        (
            [Layer(), Layer(reads=(1,))],
            r"Layer 1 \(conv\) reads layer 1; it can read the layers before it, -1",
        ),
        ([Layer(reads=(-2,))], "reads layer -2"),
        ([Layer(), Layer(reads=(0, -1))], "reads 2 layers; only a join"),
        (
            [Layer(), Layer(kind="add", kernel=1, reads=(0, -1))],
            "joins 5 units 1 px apart with 7 units 1 px apart",
        ),
        ([Layer(padding=1, channels=4), Layer(kind="add", kernel=1, reads=(0, -1))], "adds 4 channels to 3"),
        ([Layer(kind="pool", kernel=2, padding=2)], "pools with padding 2; half its window, 1, is the most"),
        ([Layer(stride=0)], "has stride 0; it needs 1 or more"),
        ([Layer(padding=-1)], "has padding -1; it needs 0 or more"),
    ],
)
def test_what_is_no_network_is_told(layers: list[Layer], told: str) -> None:
    with pytest.raises(BadNetwork, match=told):
        measures(layers, 7)


@pytest.mark.parametrize("preset", [networks.resnet18, networks.branches])
def test_the_gradient_a_layer_at_a_time_is_that_of_the_whole_network(preset: Any) -> None:
    layers, size = list(preset()), 33
    chosen = len(layers) - 1
    *_, (_, field) = effective_field(layers, chosen, size, seed=5, samples=1)
    generator = torch.Generator().manual_seed(5000)
    image = torch.randn(3, size, size, generator=generator).requires_grad_()
    weights, maps = weights_of(layers, size, 3, 5000), {-1: image}
    for number, layer in enumerate(layers):
        inputs = [maps[read] for read in read_by(layers, number)]
        if layer.kind == "concat":
            maps[number] = torch.cat(inputs)
        elif layer.kind == "add":
            maps[number] = (inputs[0] + inputs[1]).relu()  # ResNet's
        elif layer.kind == "pool":
            pooled = nn.MaxPool2d(layer.kernel, layer.stride, layer.padding)(inputs[0][None])
            maps[number] = pooled[0]
        else:
            how = (None, layer.stride, layer.padding)
            made = nn.functional.conv2d(inputs[0][None], weights[number], *how)[0]
            in_block = layer.name.startswith("short") or layer.name.endswith("b")
            maps[number] = made if in_block else made.relu()
    made = maps[chosen]
    middle = made.shape[-1] // 2
    mixture = torch.randn(made.shape[0], generator=generator)
    (gradient,) = torch.autograd.grad((made[:, middle, middle] * mixture).sum(), image)
    assert field is not None
    torch.testing.assert_close(field, gradient.norm(dim=0), rtol=1e-4, atol=1e-5 * float(field.max()))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_unit_cannot_see_is_left_out_and_nothing_else(seed: int) -> None:
    """The gradient of a random network, a middle layer's too, all of it computed."""
    layers, size = some_network(seed), 41
    for chosen in (len(layers) // 2, len(layers) - 1):
        *_, (_, field) = effective_field(layers, chosen, size, seed=seed, samples=1)
        generator = torch.Generator().manual_seed(1000 * seed)
        image = torch.randn(3, size, size, generator=generator).requires_grad_()
        weights, maps = weights_of(layers[: chosen + 1], size, 3, 1000 * seed), {IMAGE: image}
        for number, layer in enumerate(layers[: chosen + 1]):
            inputs = [maps[read][None] for read in read_by(layers, number)]
            how = (layer.stride, layer.padding, layer.dilation)
            if layer.kind == "conv":
                made = nn.functional.conv2d(inputs[0], weights[number], None, *how).relu()
            elif layer.kind == "pool":
                made = nn.functional.max_pool2d(inputs[0], layer.kernel, *how)
            else:
                made = sum(inputs[1:], inputs[0]).relu() if layer.kind == "add" else torch.cat(inputs, 1)
            maps[number] = made[0]
        made, middle = maps[chosen], maps[chosen].shape[-1] // 2
        mixture = torch.randn(made.shape[0], generator=generator)
        (gradient,) = torch.autograd.grad((made[:, middle, middle] * mixture).sum(), image)
        assert field is not None
        torch.testing.assert_close(field, gradient.norm(dim=0), rtol=1e-4, atol=1e-6)


def test_a_unit_that_sees_nothing_but_padding_is_moved_by_no_pixel() -> None:
    layers = [Layer(kernel=1, stride=16, padding=20, channels=2), Layer(kernel=1)]
    assert [one.size for one in measures(layers, 5)] == [3, 3]  # in columns -20, -4 and 12 of the image
    *_, (done, field) = effective_field(layers, 1, 5, samples=2)
    assert done == 1.0
    assert torch.equal(field, torch.zeros(5, 5))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_units_that_are_needed_are_those_of_the_cone_and_between(seed: int) -> None:
    layers, size = some_network(seed), 41
    sizes = [size, *(one.size for one in measures(layers, size))]
    for unit in {0, sizes[-1] // 2, sizes[-1] - 1}:
        spans, seen = (f(layers, sizes, len(layers) - 1, unit) for f in (needed, cone))
        assert seen.keys() <= spans.keys()
        for number, units in seen.items():
            low, high = spans[number]
            assert 0 <= low <= units[0]
            assert units[-1] <= high < sizes[number + 1]
            assert high - low < layers_span(layers, sizes, number)


def layers_span(layers: list[Layer], sizes: list[int], number: int) -> int:
    """The most units of a layer that one of the last layer can see."""
    found = measures(layers, sizes[0])
    return -(-found[-1].field // (1 if number == IMAGE else found[number].jump))


def test_two_linear_kernels_are_one_larger_kernel_but_not_any() -> None:
    """Without a nonlinearity a stack is one kernel, of a family with fewer dimensions than all kernels have."""
    generator = torch.Generator().manual_seed(0)
    first, second, image = (
        torch.randn(1, 1, n, n, generator=generator, dtype=torch.float64) for n in (3, 3, 9)
    )

    def whole(a: Tensor, b: Tensor) -> Tensor:
        return nn.functional.conv2d(a, b.flip(-1, -2), padding=2)

    conv = nn.functional.conv2d
    torch.testing.assert_close(conv(conv(image, first), second), conv(image, whole(first, second)))
    by_both = torch.autograd.functional.jacobian(whole, (first, second))
    rank = torch.linalg.matrix_rank(torch.cat([part.reshape(25, 9) for part in by_both], 1))
    assert int(rank) == 17  # of 25: 18 weights, and a factor that moves from one kernel to the other

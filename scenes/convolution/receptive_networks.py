"""The networks whose receptive fields are looked at, as lists of layers.

Sources: Krizhevsky 2012 (AlexNet, in one stream as torchvision has it); Simonyan & Zisserman 2015 (VGG-16);
He et al. 2016 (ResNet-18); Redmon & Farhadi 2018 (Darknet-53); Yu & Koltun 2016 (dilated stacks);
Szegedy et al. 2015 (the branches of an Inception module).
"""

from __future__ import annotations

from dataclasses import replace

from engine.convnet.network import Layer

Layers = tuple[Layer, ...]


def conv(kernel: int, channels: int, stride: int = 1, padding: int | None = None, name: str = "") -> Layer:
    """A convolution; without a word on padding it keeps the size where the stride is 1."""
    inside = kernel // 2 if padding is None else padding
    return Layer(kernel=kernel, channels=channels, stride=stride, padding=inside, name=name)


def pool(kernel: int, stride: int, padding: int = 0, name: str = "pool") -> Layer:
    """A max pooling."""
    return Layer(kind="pool", kernel=kernel, stride=stride, padding=padding, name=name)


def stack(kernels: tuple[int, ...]) -> Layers:
    """Convolutions without padding, all of one width."""
    return tuple(conv(k, 1, padding=0, name=f"conv{number}") for number, k in enumerate(kernels, start=1))


def dilated() -> Layers:
    """Windows of three whose cells lie 1, 2, 4 and 8 apart."""
    return tuple(
        Layer(kernel=3, dilation=d, padding=d, channels=16, name=f"dilation {d}") for d in (1, 2, 4, 8)
    )


def alexnet() -> Layers:
    """Up to the last pooling."""
    return (
        conv(11, 64, 4, 2, "conv1"), pool(3, 2, name="pool1"), conv(5, 192, name="conv2"), pool(3, 2, name="pool2"),
        conv(3, 384, name="conv3"), conv(3, 256, name="conv4"), conv(3, 256, name="conv5"), pool(3, 2, name="pool5"),
    )  # fmt: skip


def vgg16() -> Layers:
    """Thirteen convolutions of 3 x 3 and five poolings."""
    layers: list[Layer] = []
    for block, (count, channels) in enumerate(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)), start=1):
        layers += [conv(3, channels, name=f"conv{block}_{number}") for number in range(1, count + 1)]
        layers.append(pool(2, 2, name=f"pool{block}"))
    return tuple(layers)


def resnet18() -> Layers:
    """Eight residual blocks of two 3 x 3 convolutions; where the size halves, a 1 x 1 one stands on the shortcut.

    The last ReLU of a block comes after the addition.
    """
    layers = [conv(7, 64, 2, name="conv1"), pool(3, 2, 1, "pool1")]
    for stage, channels in enumerate((64, 128, 256, 512), start=2):
        for block in (1, 2):
            begin, stride = len(layers) - 1, 2 if stage > 2 and block == 1 else 1
            name = f"{stage}.{block}"
            last = replace(conv(3, channels, name=f"conv{name}b"), relu=False)
            layers += [conv(3, channels, stride, name=f"conv{name}a"), last]
            body, shortcut = len(layers) - 1, begin
            if stride == 2:
                layers.append(replace(conv(1, channels, 2, name=f"short{name}"), reads=(begin,), relu=False))
                shortcut = len(layers) - 1
            layers.append(Layer(kind="add", kernel=1, reads=(body, shortcut), name=f"add{name}"))
    return tuple(layers)


def darknet53() -> Layers:
    """Fifty-two convolutions in five stages, each halved by a stride of 2; every block is added to its input,
    with no ReLU after that.
    """
    layers = [conv(3, 32, name="conv1")]
    for stage, (count, channels) in enumerate(
        zip((1, 2, 8, 8, 4), (64, 128, 256, 512, 1024), strict=True), start=1
    ):
        layers.append(conv(3, channels, 2, name=f"down{stage}"))
        for block in range(1, count + 1):
            begin = len(layers) - 1
            name = f"{stage}.{block}"
            layers += [conv(1, channels // 2, name=f"conv{name}a"), conv(3, channels, name=f"conv{name}b")]
            layers.append(
                Layer(kind="add", kernel=1, reads=(begin + 2, begin), name=f"add{name}", relu=False)
            )
    return tuple(layers)


def branches() -> Layers:
    """One layer read by windows of 1, 3 and 5 and a pooling, side by side: the widest one counts."""
    return (
        conv(3, 16, 2, name="stem"),
        Layer(kernel=1, channels=8, reads=(0,), name="1 × 1"),
        Layer(kernel=3, padding=1, channels=16, reads=(0,), name="3 × 3"),
        Layer(kernel=5, padding=2, channels=4, reads=(0,), name="5 × 5"),
        Layer(kind="pool", kernel=3, padding=1, reads=(0,), name="pool"),
        Layer(kind="concat", kernel=1, reads=(1, 2, 3, 4), name="concat"),
        conv(3, 16, name="next"),
    )

"""Convolution against torch's own, on random and degenerate inputs; the listing; what is refused."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import correlate2d
from torch import nn

from engine.convnet import convolution
from engine.trace import record

TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-10}


@st.composite
def layers(draw: Any) -> tuple[dict[str, Any], tuple[int, int], int]:
    """A layer's arguments, sides of an input, and a seed; not all of them fit."""
    layer = {
        "in_channels": draw(st.integers(1, 3)),
        "out_channels": draw(st.integers(1, 3)),
        "kernel_size": draw(st.integers(1, 4)),
        "stride": draw(st.integers(1, 4)),
        "padding": draw(st.integers(0, 4)),
        "dilation": draw(st.integers(1, 3)),
        "padding_mode": draw(st.sampled_from(convolution.PADDING_MODES)),
    }
    return layer, (draw(st.integers(1, 9)), draw(st.integers(1, 9))), draw(st.integers(0, 99))


def made(layer: dict[str, Any], sides: tuple[int, int], seed: int, dtype: torch.dtype) -> tuple[Any, ...]:
    """torch's layer, an input, and the arguments of ours."""
    torch_layer = nn.Conv2d(**layer, dtype=dtype)
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in torch_layer.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=random, dtype=dtype))
    image = torch.randn(layer["in_channels"], *sides, generator=random, dtype=dtype)
    how = {name: layer[name] for name in ("stride", "padding", "dilation", "padding_mode")}
    weight, bias = torch_layer.weight.detach(), torch_layer.bias.detach()
    return torch_layer, image, {"weight": weight, "bias": bias, **how}


@pytest.mark.parametrize("dtype", TOLERANCE)
@settings(max_examples=250, deadline=None)
@given(drawn=layers())
def test_it_is_that_of_torch_or_both_refuse(dtype: torch.dtype, drawn: Any) -> None:
    torch_layer, image, arguments = made(*drawn, dtype)
    try:
        expected = torch_layer(image).detach()
    except RuntimeError:
        expected = None
    if expected is None:
        with pytest.raises(ValueError, match=r"(fits|takes at most|takes any).*\.$"):
            convolution.conv2d(image, **arguments)
        return
    output = convolution.conv2d(image, **arguments)
    assert output.dtype == dtype
    torch.testing.assert_close(output, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    stepped = convolution.convolve(image, **arguments)
    torch.testing.assert_close(stepped, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    for length, count in zip(image.shape[1:], expected.shape[1:], strict=True):
        given = drawn[0]["kernel_size"], drawn[0]["stride"], drawn[0]["padding"], drawn[0]["dilation"]
        assert convolution.convolved_length(length, *given) == count
        over = convolution.left_over(length, *given)
        assert 0 <= over < drawn[0]["stride"]
        span = convolution.spanned(drawn[0]["kernel_size"], drawn[0]["dilation"])
        assert span + (count - 1) * drawn[0]["stride"] + over == length + 2 * drawn[0]["padding"]


def test_it_is_the_cross_correlation_of_scipy() -> None:
    random = np.random.default_rng(3)
    image, kernel = random.normal(size=(9, 11)), random.normal(size=(3, 3))
    ours = convolution.conv2d(
        torch.tensor(image)[None], torch.tensor(kernel)[None, None], torch.zeros(1, dtype=torch.float64)
    )
    np.testing.assert_allclose(ours[0].numpy(), correlate2d(image, kernel, "valid"), rtol=1e-12)


@pytest.mark.parametrize("lead", [(), (4,), (2, 3)])
def test_leading_axes_are_a_batch(lead: tuple[int, ...]) -> None:
    torch_layer, _, arguments = made(
        {"in_channels": 2, "out_channels": 3, "kernel_size": 3, "stride": 2, "padding": 1}
        | {"dilation": 1, "padding_mode": "reflect"}, (5, 6), 0, torch.float64,
    )  # fmt: skip
    image = torch.randn(*lead, 2, 7, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    output = convolution.conv2d(image, **arguments)
    expected = torch_layer(image.reshape(-1, 2, 7, 6)).detach()
    assert output.shape == (*lead, 3, *expected.shape[-2:])
    torch.testing.assert_close(output.reshape(expected.shape), expected)


NUMPY_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


@pytest.mark.parametrize("mode", convolution.PADDING_MODES)
@pytest.mark.parametrize("shape", [(1, 2, 5), (2, 4, 4)])
def test_padding_is_that_of_numpy(mode: Any, shape: tuple[int, ...]) -> None:
    image = torch.arange(float(np.prod(shape))).reshape(shape)
    most = min(shape[1:]) - (mode == "reflect")
    for padding in range(most + 1):
        ring = (padding, padding)
        expected = np.pad(image.numpy(), ((0, 0), ring, ring), mode=NUMPY_MODES[mode])
        assert np.array_equal(convolution.pad(image, padding, mode).numpy(), expected)


def test_values_that_are_not_finite_are_handled_as_torch_does() -> None:
    image = torch.tensor([[[1.0, float("nan"), 2], [0, float("inf"), 1], [1, 1, 1]]])
    weight = torch.tensor([[[[1.0, 0.0], [0.0, 2.0]]]])
    bias = torch.zeros(1)
    expected = nn.functional.conv2d(image, weight, bias)
    torch.testing.assert_close(convolution.conv2d(image, weight, bias), expected, equal_nan=True)
    torch.testing.assert_close(convolution.convolve(image, weight, bias), expected, equal_nan=True)


@pytest.mark.parametrize(
    ("given", "count", "over"),
    [
        ((224, 11, 4), 54, 1),  # 54.25, as the size that AlexNet's paper states would give
        ((227, 11, 4), 55, 0),
        ((224, 11, 4, 2), 55, 1),  # torchvision's
        ((7, 3, 2, 1), 4, 0),
        ((7, 3, 1, 0, 2), 3, 0),
        ((5, 5), 1, 0),
        ((1, 1, 8), 1, 0),
    ],
)
def test_known_sizes(given: tuple[int, ...], count: int, over: int) -> None:
    assert convolution.convolved_length(*given) == count
    assert convolution.left_over(*given) == over


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ((4, 5), "A kernel of size 5 is larger than its padded input, 4 cells along a side; "
                 "kernel 4 or less fits, or padding 1 or more."),
        ((6, 4, 1, 0, 2), "A kernel of size 4, 7 wide with dilation 2, is larger than its padded input, 6 cells along "
                          "a side; kernel 3 or less fits, or padding 1 or more."),
        ((1, 2), "A kernel of size 2 is larger than its padded input, 1 cell along a side; "
                 "kernel 1 or less fits, or padding 1 or more."),
        ((6, 0), "kernel is 0; it needs 1 or more."),
        ((6, 3, 0), "stride is 0; it needs 1 or more."),
        ((6, 3, 1, -1), "padding is -1; it needs 0 or more."),
        ((6, 3, 1, 0, 0), "dilation is 0; it needs 1 or more."),
        ((0, 1), "The input has 0 cells along a side; it needs 1 or more."),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_what_would(given: tuple[int, ...], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        convolution.convolved_length(*given)


@pytest.mark.parametrize(
    ("length", "padding", "mode", "sentence"),
    [
        (3, 3, "reflect", "padding is 3; padding_mode reflect on 3 cells takes at most 2"),
        (1, 1, "reflect", "on 1 cell takes at most 0"),
        (3, 4, "circular", "padding is 4; padding_mode circular on 3 cells takes at most 3"),
        (3, 1, "mirror", "padding_mode is 'mirror'; it takes one of zeros, reflect, replicate, circular."),
    ],
)
def test_padding_that_a_mode_cannot_fill_is_refused(
    length: int, padding: int, mode: Any, sentence: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        convolution.sources(length, padding, mode)


@pytest.mark.parametrize(
    ("shapes", "sentence"),
    [
        (((5, 5), (1, 1, 3, 3), (1,)), "input has shape (5, 5); it needs (C, H, W)."),
        (((2, 5, 5), (1, 3, 3), (1,)), "weight has shape (1, 3, 3); it needs (O, 2, k, k)."),
        (((2, 5, 5), (1, 2, 3, 2), (1,)), "weight has shape (1, 2, 3, 2); it needs (O, 2, k, k)."),
        (((2, 5, 5), (4, 3, 3, 3), (4,)), "for 3 input channels, but input has 2; "
                                          "a weight of shape (4, 2, 3, 3) would fit."),
        (((2, 5, 5), (4, 2, 3, 3), (3,)), "bias has shape (3,); it needs (4,), one number for each output channel."),
    ],
)  # fmt: skip
def test_shapes_that_do_not_go_together_are_refused(shapes: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        convolution.conv2d(*(torch.zeros(shape) for shape in shapes))


def test_it_is_differentiable() -> None:
    random = torch.Generator().manual_seed(0)
    shapes = (2, 4, 5), (2, 2, 2, 2), (2,)
    given = tuple(
        torch.randn(shape, generator=random, dtype=torch.float64, requires_grad=True) for shape in shapes
    )
    assert torch.autograd.gradcheck(lambda *each: convolution.conv2d(*each, 2, 1, 1, "circular"), given)


def test_every_line_tells_its_sentence() -> None:
    image = torch.tensor([[[1.0, 2], [3, 4]], [[0, 1], [1, 0]]])
    trace = record(
        convolution.convolve, input=image, weight=torch.ones(2, 2, 2, 2), bias=torch.tensor([0.0, 0.5]),
        padding=1, stride=2, padding_mode="zeros",
    )  # fmt: skip
    told = [frame.narration for frame in trace.frames if frame.narrated]
    assert not any("{" in sentence for sentence in told)
    assert told[0] == "With padding 1 the input is 4 × 4 cells."
    assert "Output (0, 0) of channel 1 begins with the bias: 0.5." in told
    assert "All 8 products are in: output (1, 1) is 4." in told
    assert told[-1] == "Done: 8 sums of 8 products each."
    assert not trace.ended_early

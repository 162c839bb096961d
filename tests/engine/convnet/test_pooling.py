"""Pooling against torch's own, forward and backward, on random and degenerate grids; and the listings."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.convnet import pooling
from engine.trace import record

SPECIAL = (0.0, -0.0, 1.0, 1.0, 2.0, math.nan, math.inf, -math.inf)


@st.composite
def grids(draw: Any, special: bool = False) -> torch.Tensor:
    """Few different values, so that there are ties; sometimes NaN and infinite ones."""
    height, width = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    value = st.sampled_from(SPECIAL) if special else st.integers(-4, 4).map(float)
    cells = draw(st.lists(value, min_size=height * width, max_size=height * width))
    return torch.tensor(cells, dtype=torch.float64).reshape(height, width)


@st.composite
def windows(draw: Any) -> dict[str, Any]:
    size = draw(st.integers(1, 4))
    return {
        "size": size,
        "stride": draw(st.integers(1, 4)),
        "padding": draw(st.integers(0, size // 2)),
        "ceil_mode": draw(st.booleans()),
    }


def outcome(call: Any) -> Any:
    """What a call gives, or None where it refuses."""
    try:
        return call()
    except (ValueError, RuntimeError):
        return None


def some_gradient(shape: Any) -> torch.Tensor:
    count = math.prod(shape)
    return ((torch.arange(count, dtype=torch.float64) * 7) % 11 - 5).reshape(shape)


def reads_nothing(grid: torch.Tensor, given: dict[str, Any], dilation: int) -> bool:
    """Whether some window, spread over a small grid, reads no cell: torch's place is then beyond the grid."""
    count = [pooling.pooled_length(n, **given, dilation=dilation) for n in grid.shape]
    return any(
        not pooling.reached(i * given["stride"] - given["padding"], given["size"], dilation, length)
        for length, windows in zip(grid.shape, count, strict=True)
        for i in range(windows)
    )


@settings(max_examples=400, deadline=None)
@given(grids(), windows(), st.integers(1, 3))
def test_max_is_that_of_torch(grid: torch.Tensor, given: dict[str, Any], dilation: int) -> None:
    check_max(grid, given, dilation)


@settings(max_examples=200, deadline=None)
@given(grids(special=True), windows(), st.integers(1, 3))
def test_max_of_nan_and_infinite_values_is_that_of_torch(
    grid: torch.Tensor, given: dict[str, Any], dilation: int
) -> None:
    check_max(grid, given, dilation)


def check_max(grid: torch.Tensor, given: dict[str, Any], dilation: int) -> None:
    leaf = grid.clone().requires_grad_()
    ours = outcome(lambda: pooling.max_pool2d(grid, **given, dilation=dilation))
    said = {"kernel_size": given["size"], "stride": given["stride"], "padding": given["padding"]}
    theirs = outcome(
        lambda: F.max_pool2d(
            leaf[None], **said, dilation=dilation, ceil_mode=given["ceil_mode"], return_indices=True
        )
    )
    assert (ours is None) == (theirs is None)
    if ours is None:
        return
    steps = pooling.max_pool(grid, **given, dilation=dilation)
    torch.testing.assert_close(steps[0], ours[0], rtol=0, atol=0, equal_nan=True)
    assert torch.equal(steps[1], ours[1])
    torch.testing.assert_close(ours[0], theirs[0][0].detach(), rtol=0, atol=0, equal_nan=True)
    gradient = some_gradient(ours[0].shape)
    back = pooling.max_pool2d_backward(gradient, ours[1], grid.shape)
    assert torch.equal(back, pooling.max_pool_backward(gradient, ours[1], grid.shape))
    if reads_nothing(grid, given, dilation):
        assert (ours[1] == -1).any()
        return
    assert torch.equal(ours[1], theirs[1][0])
    theirs[0][0].backward(gradient)
    assert torch.equal(back, leaf.grad)


@settings(max_examples=400, deadline=None)
@given(grids(), windows(), st.booleans())
def test_mean_is_that_of_torch(grid: torch.Tensor, given: dict[str, Any], include: bool) -> None:
    check_mean(grid, given, include)


@settings(max_examples=100, deadline=None)
@given(grids(special=True), windows(), st.booleans())
def test_mean_of_nan_and_infinite_values_is_that_of_torch(
    grid: torch.Tensor, given: dict[str, Any], include: bool
) -> None:
    check_mean(grid, given, include)


def check_mean(grid: torch.Tensor, given: dict[str, Any], include: bool) -> None:
    leaf = grid.clone().requires_grad_()
    ours = outcome(lambda: pooling.avg_pool2d(grid, **given, count_include_pad=include))
    theirs = outcome(
        lambda: F.avg_pool2d(
            leaf[None], given["size"], given["stride"], given["padding"],
            ceil_mode=given["ceil_mode"], count_include_pad=include,
        )
    )  # fmt: skip
    assert (ours is None) == (theirs is None)
    if ours is None:
        return
    torch.testing.assert_close(ours, theirs[0].detach(), equal_nan=True)
    torch.testing.assert_close(
        pooling.average_pool(grid, **given, count_include_pad=include), ours, equal_nan=True
    )
    gradient = some_gradient(ours.shape)
    back = pooling.avg_pool2d_backward(gradient, grid.shape, **given, count_include_pad=include)
    theirs[0].backward(gradient)
    torch.testing.assert_close(back, leaf.grad)
    rest = {name: value for name, value in given.items() if name != "ceil_mode"}
    torch.testing.assert_close(
        pooling.average_pool_backward(gradient, grid.shape, **rest, count_include_pad=include), back
    )


@pytest.mark.parametrize("lead", [(), (3,), (2, 3)])
def test_leading_axes_are_pooled_each_by_itself(lead: tuple[int, ...]) -> None:
    image = torch.rand(*lead, 9, 7, generator=torch.Generator().manual_seed(3))
    flat = image.reshape(-1, 1, 9, 7)
    output, indices = pooling.max_pool2d(image, 3, 2, 1)
    expected, places = F.max_pool2d(flat, 3, 2, 1, return_indices=True)
    assert torch.equal(output, expected.reshape(output.shape))
    assert torch.equal(indices, places.reshape(output.shape))
    ones = torch.ones_like(output)
    back = pooling.max_pool2d_backward(ones, indices, image.shape)
    assert back.shape == image.shape
    assert back.sum() == ones.sum()
    mean = pooling.avg_pool2d(image, 3, 2, 1)
    torch.testing.assert_close(mean, F.avg_pool2d(flat, 3, 2, 1).reshape(mean.shape))
    spread = pooling.avg_pool2d_backward(ones, image.shape, 3, 2, 1, count_include_pad=False)
    torch.testing.assert_close(spread.sum(), ones.sum())


def test_a_peak_in_nine_windows_gathers_nine_gradients() -> None:
    grid = torch.zeros(5, 5)
    grid[2, 2] = 1
    output, indices = pooling.max_pool2d(grid, 3, 1)
    back = pooling.max_pool2d_backward(torch.ones_like(output), indices, grid.shape)
    assert back[2, 2] == 9
    assert back.sum() == 9


def test_a_tie_goes_to_the_first() -> None:
    _, indices = pooling.max_pool2d(torch.ones(4, 4), 2, 2)
    assert indices.tolist() == [[0, 2], [8, 10]]


def test_padding_never_wins() -> None:
    output, _ = pooling.max_pool2d(torch.full((3, 3), -5.0), 3, 2, 1)
    assert (output == -5).all()


@pytest.mark.parametrize(
    ("length", "given", "count"),
    [
        (8, {"size": 2, "stride": 2}, 4),
        (7, {"size": 3, "stride": 2}, 3),
        (55, {"size": 3, "stride": 2}, 27),  # AlexNet's first pooling
        (7, {"size": 2, "stride": 2}, 3),
        (7, {"size": 2, "stride": 2, "ceil_mode": True}, 4),
        (5, {"size": 2, "stride": 2, "padding": 1, "ceil_mode": True}, 3),  # not 4: it would begin outside
        (9, {"size": 3, "stride": 2, "dilation": 2}, 3),
    ],
)
def test_how_many_windows(length: int, given: dict[str, Any], count: int) -> None:
    assert pooling.pooled_length(length, **given) == count


@pytest.mark.parametrize(
    ("length", "given", "sentence"),
    [
        (4, {"size": 5, "stride": 1},
         r"size 5 is larger than its padded input, 4 cells along a side; size 4 or less fits\."),
        (6, {"size": 4, "stride": 1, "dilation": 2}, r"7 wide with dilation 2, .*; size 3 or less fits\."),
        (6, {"size": 3, "stride": 1, "padding": 2}, r"padding is 2; .* size 3 it takes at most 1, half of it\."),
        (6, {"size": 1, "stride": 1, "padding": 1}, r"padding is 1; .* size 1 it takes 0\."),
        (6, {"size": 2, "stride": 0}, r"stride is 0; it needs 1 or more\."),
        (6, {"size": 0, "stride": 1}, r"size is 0"),
        (6, {"size": 2, "stride": 1, "dilation": 0}, r"dilation is 0"),
        (6, {"size": 2, "stride": 1, "padding": -1}, r"padding is -1"),
        (0, {"size": 1, "stride": 1}, r"nothing to pool"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_what_would(
    length: int, given: dict[str, Any], sentence: str
) -> None:
    grid = torch.zeros(length, length)
    for pool in (pooling.max_pool, pooling.max_pool2d):
        with pytest.raises(ValueError, match=sentence):
            pool(grid, **given)


def test_one_axis_is_refused() -> None:
    with pytest.raises(ValueError, match=r"needs \(\.\.\., H, W\)"):
        pooling.max_pool2d(torch.zeros(4), 2, 2)


def test_every_line_tells_its_sentence() -> None:
    grid = torch.tensor([[1.0, 3, 3], [math.nan, 0, 2], [5, 5, 5]])
    output, indices = pooling.max_pool2d(grid, 2, 1)
    ones = torch.ones_like(output)
    calls = (
        (pooling.max_pool, {"input": grid, "size": 2, "stride": 1}),
        (pooling.max_pool_backward, {"grad_output": ones, "indices": indices, "shape": grid.shape}),
        (pooling.average_pool, {"input": grid, "size": 2, "stride": 1, "padding": 1}),
        (pooling.average_pool_backward,
         {"grad_output": ones, "shape": grid.shape, "size": 2, "stride": 1}),
    )  # fmt: skip
    for function, arguments in calls:
        trace = record(function, **arguments)
        told = [frame.narration for frame in trace.frames if frame.narrated]
        assert len(told) > 5
        assert not any("{" in sentence for sentence in told)
        assert not trace.ended_early

"""Where the grids of a convolution lie on their panel, one unit a cell, with the measuring tape below the input."""

from __future__ import annotations

from dataclasses import dataclass

from scenes.convolution.convolution_model import Axis, Result

GAP = 2.6  # between grids side by side
NEAR = 1.0  # between a kernel and its products
HEAD = 1.4  # above a grid, for its title
FOOT = 1.5  # below an output, for its bias; below products, for their sum
TAPE = 2.7  # below the input: what the padded input is made of, and how the windows share it
LANE = 0.8  # one lane of the tape
TITLED = 3  # cells that the title of a kernel takes
ROW = 4  # input channels side by side
Extent = tuple[float, float, float, float]
Place = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The top left corner of every grid, and the whole. Inputs are placed without their padding."""

    input: tuple[Place, ...]
    weight: tuple[Place, ...]
    products: tuple[Place, ...]
    output: tuple[Place, ...]
    bias: tuple[Place, ...]
    view: Extent
    has_side: bool  # a tape beside the input too, for its rows
    right: float  # where the inputs and kernels end

    def cell(self, name: str, plane: int, cell: tuple[int, int]) -> Extent:
        """A cell of a grid."""
        place: Place = getattr(self, name)[plane]
        x, y = place[0] + cell[1], place[1] + cell[0]
        return x, y, x + 1, y + 1

    def window(self, result: Result, plane: int, window: tuple[int, int]) -> Extent:
        """The square that a window spans on an input channel."""
        x, y = self.input[plane]
        top = y - result.rows.padding + window[0] * result.rows.stride
        left = x - result.columns.padding + window[1] * result.columns.stride
        return left, top, left + result.columns.span, top + result.rows.span


def layout_of(result: Result) -> Layout:
    """Where the grids of a result lie."""
    return placed(result.rows, result.columns, len(result.input), len(result.output))


def placed(down: Axis, across: Axis, in_channels: int, out_channels: int) -> Layout:
    """One channel: input, kernel over products, output. Several: each over its kernel and products, then output."""
    kernel = across.kernel
    side = TAPE if down.length != across.length else 0.0
    tall, wide = down.padded + TAPE, across.padded
    if in_channels == 1:
        middle = 2 * kernel + HEAD + FOOT
        right, high = side + wide + GAP + kernel, max(tall, middle)
        top, first = (high - tall) / 2, (high - middle) / 2
        inputs: tuple[Place, ...] = ((side, top),)
        kernels: tuple[Place, ...] = ((right - kernel, first),)
        products: tuple[Place, ...] = ((right - kernel, first + kernel + HEAD),)
    else:
        broad = max(kernel, TITLED)
        block, deep = max(wide, 2 * broad + NEAR), tall + HEAD + kernel + FOOT
        beside = min(in_channels, ROW)
        right = side + beside * block + (beside - 1) * NEAR
        high = (-(-in_channels // ROW)) * (deep + HEAD) - HEAD
        corners = [(side + c % ROW * (block + NEAR), c // ROW * (deep + HEAD)) for c in range(in_channels)]
        inputs = tuple((x, y) for x, y in corners)
        kernels = tuple((x, y + tall + HEAD) for x, y in corners)
        products = tuple((x + broad + NEAR, y + tall + HEAD) for x, y in corners)
    outputs, end, high, shift = _outputs((down.count, across.count), out_channels, right + GAP, high)
    padding = across.padding
    return Layout(
        input=tuple((x + padding, y + padding + shift) for x, y in inputs),
        weight=tuple((x, y + shift) for x, y in kernels),
        products=tuple((x, y + shift) for x, y in products),
        output=outputs,
        bias=tuple((x, y + down.count + 0.3) for x, y in outputs),
        view=(-0.3, -HEAD, end + 0.3, high + 0.2),
        has_side=bool(side),
        right=right,
    )


def _outputs(
    shape: tuple[int, int], count: int, left: float, high: float
) -> tuple[tuple[Place, ...], float, float, float]:
    """The outputs' places, where they end, how high all is then, and by how much the rest moves down."""
    deep, wide = shape[0] + FOOT + HEAD, max(shape[1], TITLED if count > 1 else 2) + NEAR
    most = max(int((high + HEAD) // deep), min(count, 2))
    down = -(-count // -(-count // most))  # as many in each column
    tall = down * deep - HEAD
    whole = max(high, tall)
    places = [(left + n // down * wide, (whole - tall) / 2 + n % down * deep) for n in range(count)]
    return tuple(places), left + -(-count // down) * wide - NEAR, whole, (whole - high) / 2

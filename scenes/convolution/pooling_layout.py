"""Where the four grids lie on their panel, one unit a cell: input, output over gradient, input gradient."""

from __future__ import annotations

from dataclasses import dataclass

from scenes.convolution.pooling_model import Axis, Result

GAP = 2.4  # between grids side by side
HEAD = 1.5  # above a grid, for its title
Extent = tuple[float, float, float, float]
Place = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The top left corner of each grid, and the whole."""

    input: Place
    output: Place
    grad_output: Place
    grad_input: Place
    view: Extent
    whole: bool  # with the way back

    def corner(self, name: str) -> Place:
        """The top left corner of a grid by its name."""
        place: Place = getattr(self, name)
        return place

    def cell(self, name: str, cell: tuple[int, int]) -> Extent:
        """A cell of a grid."""
        x, y = self.corner(name)
        return x + cell[1], y + cell[0], x + cell[1] + 1, y + cell[0] + 1

    def window(self, name: str, result: Result, window: tuple[int, int]) -> Extent:
        """The square that a window spans, on the input or its gradient."""
        x, y = self.corner(name)
        (top, bottom), (left, right) = result.rows.spans[window[0]], result.columns.spans[window[1]]
        return x + left, y + top, x + right, y + bottom


def layout_of(down: Axis, across: Axis, *, whole: bool) -> Layout:
    """The grids' places: the larger column is centred on the smaller one."""
    (above, below), (before, after) = down.ring, across.ring
    height, width = down.length, across.length
    rows, columns = len(down.reads), len(across.reads)
    tall = above + height + below
    middle = 2 * rows + HEAD if whole else rows
    high = max(tall, middle)
    top, first = (high - tall) / 2 + above, (high - middle) / 2
    output = before + width + after + GAP
    back = output + columns + GAP + before
    right = back + width + after if whole else output + columns
    return Layout(
        input=(float(before), top),
        output=(output, first),
        grad_output=(output, first + rows + HEAD),
        grad_input=(back, top),
        view=(-0.3, -HEAD, right + 0.3, high + 0.3),
        whole=whole,
    )

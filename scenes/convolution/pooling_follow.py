"""What is lit up in the grids of pooling: winners, the window that is looked at, and the arrows it sends."""

from __future__ import annotations

from scenes.convolution.arrows import arrow_between
from scenes.convolution.pooling_layout import Extent, Layout
from scenes.convolution.pooling_model import GRIDS, Params, Result
from scenes.convolution.pooling_steps import Moment
from scenes.picture import Arrow, Mark, Region, Role

MANY = 9  # windows whose arrows are drawn at once, at most
Cell = tuple[int, int]
Marked = dict[str, list[tuple[int, int, Role]]]


def marked_cells(
    params: Params,
    result: Result,
    moment: Moment | None,
    window: Cell | None,
    pointed: tuple[str, Cell] | None,
) -> Marked:
    """Outlines: winners, the window's cells, and all that a cell under the pointer has to do with."""
    marked: Marked = {name: [] for name in GRIDS}
    if params.mode == "max" and moment is None:
        marked["input"] += [(*cell, "output") for cell in result.winners]
        if params.show == "backward":
            marked["input"] += [(*cell, "removed") for cell in result.equals]
    elif params.mode == "max" and moment is not None and not moment.forward:
        marked["input"] += [(*cell, "output") for cell in _winners_so_far(result, moment)]
    if moment is not None:
        _mark_step(marked, moment)
    elif pointed is not None and pointed[0] in ("input", "grad_input"):
        for name in ("input", "grad_input"):
            marked[name].append((*pointed[1], "now"))
        for one in result.won_by(pointed[1]):
            marked["output"].append((*one, "now"))
            marked["grad_output"].append((*one, "now"))
    elif window is not None:
        winner = result.winner_of(window)
        senders = result.won_by(winner) if winner is not None else [window]
        marked["grad_output"] += [(*one, "now" if one == window else "text") for one in senders]
        marked["output"].append((*window, "now"))
        if params.mode == "max" and params.dilation > 1:
            marked["input"] += [(*cell, "now") for cell in result.cells_of(window) if cell != winner]
        if winner is not None:
            marked["grad_input"].append((*winner, "now"))
    return marked


def _winners_so_far(result: Result, moment: Moment) -> list[Cell]:
    """The cells that the gradients handed out so far belong to; who comes next can still be guessed."""
    columns = result.shape[1]
    places = [result.winner_of(divmod(window, columns)) for window in range(moment.done)]
    return sorted({place for place in (*places, moment.cell) if place is not None})


def _mark_step(marked: Marked, moment: Moment) -> None:
    """The leader so far, the cell at hand, and the cell of the output, or of its gradient, that it is about."""
    inner, outer = ("input", "output") if moment.forward else ("grad_input", "grad_output")
    if moment.leader is not None:
        marked[inner].append((*moment.leader, "output" if moment.forward else "now"))
    if moment.cell is not None:
        marked[inner].append((*moment.cell, "now"))
    if moment.window is not None:
        marked[outer].append((*moment.window, "now"))


def followed(
    result: Result,
    layout: Layout,
    moment: Moment | None,
    window: Cell | None,
    pointed: tuple[str, Cell] | None,
) -> list[Mark]:
    """The window looked at, and arrows: its number to the output, its gradient back to the cells."""
    if pointed is not None and pointed[0] in ("input", "grad_input") and moment is None:
        return _feeding(result, layout, pointed[1])
    if window is None:
        return []
    square = layout.window("input", result, window)
    marks: list[Mark] = [Region(extent=square, role="now")]
    if moment is None or moment.forward:
        winner = result.winner_of(window) if moment is None else moment.leader
        origin = layout.cell("input", winner) if winner is not None else square
        marks.append(_forward(layout, result, origin, window))
    if layout.whole and (moment is None or not moment.forward):
        square = layout.window("grad_input", result, window)
        place = result.winner_of(window) if moment is None else moment.cell
        senders = [window]
        if moment is None and place is not None:
            senders = result.won_by(place)[:MANY]
        target = layout.cell("grad_input", place) if place is not None else square
        marks.append(Region(extent=square, role="now"))
        marks += [_backward(layout, result, sender, target) for sender in senders]
    return marks


def _feeding(result: Result, layout: Layout, cell: Cell) -> list[Mark]:
    """Arrows of all windows that read a cell and hand it on, and that send it gradient."""
    marks: list[Mark] = [
        Region(extent=layout.window("input", result, window), role="now")
        for window in result.windows_of(cell)
    ]
    for window in result.won_by(cell)[:MANY]:
        marks.append(_forward(layout, result, layout.cell("input", cell), window))
        if layout.whole:
            marks.append(_backward(layout, result, window, layout.cell("grad_input", cell)))
    return marks


def _forward(layout: Layout, result: Result, origin: Extent, window: Cell) -> Arrow:
    start = layout.input[0] + result.columns.length + result.columns.ring[1]
    return arrow_between(origin, layout.cell("output", window), (start, layout.output[0]), "output")


def _backward(layout: Layout, result: Result, window: Cell, target: Extent) -> Arrow:
    start = layout.grad_output[0] + result.shape[1]
    end = min(layout.grad_input[0], target[0])
    return arrow_between(layout.cell("grad_output", window), target, (start, end), "gradient")

"""Sentences of pooling: the arithmetic of a cell, the point of what is seen, the formula of the size."""

from __future__ import annotations

from scenes.convolution.numbers import number_words
from scenes.convolution.pooling_model import Axis, Params, Result
from scenes.convolution.size_terms import size_terms
from scenes.picture import Term

WRITTEN = 9  # operands up to which arithmetic is written out
Cell = tuple[int, int]


def at(cell: Cell) -> str:
    """A place in words."""
    return f"row {cell[0]}, column {cell[1]}"


def size_formula(params: Params, axis: Axis, letter: str = "N") -> tuple[Term, ...]:
    """The number of windows along an axis, with its numbers."""
    dilation = params.dilation if params.mode == "max" else 1
    counted = size_terms(
        axis.length, params.size, params.stride, params.padding, dilation, len(axis.reads), letter,
        ceil_mode=params.ceil_mode,
    )  # fmt: skip
    return tuple(term for _, term in counted)


def of_cell(params: Params, result: Result, name: str, cell: Cell) -> str:
    """Where the number in a cell of a grid comes from, or what becomes of it."""
    told = {
        "input": _of_input,
        "output": _of_output,
        "grad_output": _of_grad_output,
        "grad_input": _of_grad_input,
    }
    return told[name](params, result, cell)


def _value(result: Result, name: str, cell: Cell) -> str:
    return number_words(float(result.plane(name)[cell])).replace("NaN", "no number")


def _of_output(params: Params, result: Result, window: Cell) -> str:
    cells = result.cells_of(window)
    values = [_value(result, "input", cell) for cell in cells]
    made = _value(result, "output", window)
    if not cells:
        return f"Window {window} reads no cell of the input."
    if params.mode == "max":
        winner = result.winner_of(window)
        listed = ", ".join(values) if len(values) <= WRITTEN else f"{', '.join(values[:WRITTEN])}, …"
        return f"max({listed}) = {made}, from {at(winner) if winner else 'nowhere'}."
    listed = " + ".join(values) if len(values) <= WRITTEN else f"{' + '.join(values[:WRITTEN])} + …"
    divisor = int(result.divisors[window]) if result.divisors is not None else 1
    padding = f" ({divisor - len(values)} cells of padding count as 0)" if divisor > len(values) else ""
    return f"({listed}) / {divisor} = {made}{padding}."


def _of_input(params: Params, result: Result, cell: Cell) -> str:
    windows = result.windows_of(cell)
    here = f"{at(cell).capitalize()} holds {_value(result, 'input', cell)}"
    if not windows:
        return f"{here}, but no window reads it: it changes nothing, and its gradient is 0."
    many = f"{len(windows)} windows" if len(windows) > 1 else "one window"
    if params.mode == "average":
        return f"{here}, and {many} {'average' if len(windows) > 1 else 'averages'} it in."
    won = sum(result.winner_of(window) == cell for window in windows)
    if not won:
        return f"{here}: read by {many}, the largest of none."
    return f"{here}: read by {many}, the largest of {won if len(windows) > 1 else 'it'}."


def _of_grad_output(params: Params, result: Result, window: Cell) -> str:
    given = _value(result, "grad_output", window)
    if params.mode == "max":
        winner = result.winner_of(window)
        if winner is None:
            return f"The window read no cell: its gradient {given} goes nowhere."
        return f"The gradient {given} goes back whole to {at(winner)}, where the largest value was; the others get 0."
    divisor = int(result.divisors[window]) if result.divisors is not None else 1
    share = number_words(float(result.plane("grad_output")[window]) / divisor).replace("NaN", "no number")
    return f"The gradient {given} is shared out: {given} / {divisor} = {share} to each cell of the window."


def _of_grad_input(params: Params, result: Result, cell: Cell) -> str:
    windows = result.windows_of(cell)
    whole = _value(result, "grad_input", cell)
    if params.mode == "max":
        windows = [window for window in windows if result.winner_of(window) == cell]
        terms = [_value(result, "grad_output", window) for window in windows]
    else:
        terms = [
            f"{_value(result, 'grad_output', w)}/{int(result.divisors[w])}"
            for w in windows
            if result.divisors is not None
        ]
    where = at(cell).capitalize()
    if not windows:
        why = "it was the largest of no window" if params.mode == "max" else "no window reads it"
        return f"{where}: the gradient is exactly 0, for {why}."
    listed = " + ".join(terms[:WRITTEN]) + (" + …" if len(terms) > WRITTEN else "")
    if len(terms) == 1:
        return f"{where}: one window sends {listed if params.mode == 'max' else f'{listed} = {whole}'}."
    return f"{where}: {len(terms)} windows send gradient here, and it adds up: {listed} = {whole}."


# The point


def point_of(params: Params, result: Result, window: Cell | None, *, picture: bool) -> str:
    """What is to be seen, in one sentence; of ties where the window that is looked at has one."""
    unread = _unread(result)
    if params.show == "forward" or picture:
        return _forward(params, result, unread, picture)
    shared = max(result.rows.cover) * max(result.columns.cover)
    if params.mode == "average":
        much = f" Cells in several windows gather up to {shared} shares." if shared > 1 else ""
        return f"Each window hands on its mean, and the gradient is shared out evenly.{much}"
    if window is not None and set(result.equals) & set(result.cells_of(window)):
        return "Of equal numbers the first in reading order gets the whole gradient, the others (grey) get 0."
    if shared > 1:
        most, cell = _most_won(result)
        if most > 1:
            return f"Windows overlap where tinted: the peak at {at(cell)} wins {most}, and their gradients add up."
        return "Windows overlap where tinted: a cell there can win in several, and its gradients add up."
    rest = f" {unread}" if unread else ""
    return f"A window's largest number goes on, and the gradient comes back to that cell alone: the others get 0.{rest}"


def _forward(params: Params, result: Result, unread: str, picture: bool) -> str:
    size = f"{params.size} × {params.size}"
    if picture:
        count = params.size**2
        if params.mode == "max":
            return f"The brightest of each {size} pixels stays, and it alone gets gradient: one pixel in {count}."
        return f"Each {size} pixels become their mean; all {count} share the gradient."
    if unread:
        return unread
    if params.mode == "average" and params.padding:
        if params.count_include_pad:
            return "The zeros of the padding count: at the rim the mean is pulled down."
        return "The padding does not count: at the rim the sum is divided by the cells that are there."
    if params.ceil_mode and any(
        axis.spans[-1][1] > axis.length + params.padding for axis in (result.rows, result.columns)
    ):
        return "Rounded up: the last windows hang over the edge, and only what lies inside counts."
    if params.mode == "max":
        return f"Of each window of {size} only the largest number is left (outlined)."
    return f"Of each window of {size} only the mean is left."


def _unread(result: Result) -> str:
    """The cells that no window reads, in a sentence, or "" where all are read."""
    rows, columns = (sum(not count for count in axis.cover) for axis in (result.rows, result.columns))
    if not rows and not columns:
        return ""
    parts = [f"{n} {noun}{'s' if n > 1 else ''}" for n, noun in ((rows, "row"), (columns, "column")) if n]
    left_over = all(
        0 not in axis.cover[: axis.reads[-1][-1]] for axis in (result.rows, result.columns) if axis.reads[-1]
    )
    why = "too few are left for another step" if left_over else "the windows step over them"
    return f"No window reads the hatched cells ({' and '.join(parts)}): {why}."


def _most_won(result: Result) -> tuple[int, Cell]:
    """The cell that wins most windows, and how many."""
    won = {cell: len(result.won_by(cell)) for cell in result.winners}
    cell = max(won, key=lambda place: won[place]) if won else (0, 0)
    return won.get(cell, 0), cell

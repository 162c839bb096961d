"""What is asked before a step of pooling, and what became of windows and cells in the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Any

from torch import Tensor

from engine.trace import Frame, Trace
from scenes.asking import Choice, Question
from scenes.convolution.numbers import number_words
from scenes.convolution.pooling_model import Params, axis_of
from scenes.scene import Outcome, State
from scenes.variables import number, whole

Cell = tuple[int, int]
AT_MOST = 2  # questions of one kind in a run


def ask(state: State, trace: Trace, following: Frame) -> Question | None:
    """A question about the next step, where its answer is not on the picture yet."""
    params: Params = state.params
    seen = following.variables
    if following.callers or "i" not in seen or following.returned:
        return None
    about: Mapping[tuple[str, str], Callable[[State, Trace, Frame], Question | None]] = {
        ("max", "forward"): _leader, ("average", "forward"): _mean, ("max", "backward"): _back,
        ("average", "backward"): _share,
    }  # fmt: skip
    return about[params.mode, params.show](state, trace, following)


def _number(text: str, right: float, wrong: Iterable[float], reveal: str, scale: float) -> Question | None:
    """A question for a number; None where all that people may say comes to the same."""
    found = {number_words(right): right}
    for value in wrong:
        if math.isfinite(value):
            found.setdefault(number_words(value), value)
    if len(found) == 1 or not math.isfinite(right):
        return None
    choices = tuple(
        Choice(label=label, answer=value) for label, value in sorted(found.items(), key=lambda one: one[1])
    )
    return Question(text=text, kind="number", right=(right,), scale=scale, choices=choices, reveal=reveal)


def _part(
    text: str, handle: str, right: Cell, others: Iterable[Cell], grid: Tensor, reveal: str
) -> Question | None:
    """A question for a cell; None where there is no other that people may say."""
    width = grid.shape[1]
    cells = sorted(dict.fromkeys([right, *others]))[:5]
    if len(cells) == 1:
        return None
    return Question(
        text=text, kind="part", right=(right[0] * width + right[1],), panel="grids", handle=handle, reveal=reveal,
        choices=tuple(Choice(label=f"row {r}, column {c}", answer=r * width + c) for r, c in cells),
    )  # fmt: skip


def _frames_of(trace: Trace, name: str, upto: int) -> list[Frame]:
    """The steps so far that changed a variable in a window."""
    return [
        one for one in trace.frames[:upto] if not one.callers and name in one.changed and "i" in one.variables
    ]


# Forward


def _leader(state: State, trace: Trace, following: Frame) -> Question | None:
    """At the first tie, who leads; at the first number after another, too."""
    seen = following.variables
    if (
        "value" not in seen
        or "winner" not in seen
        or not following.text.startswith("if ")
        or seen["winner"] < 0
    ):
        return None
    value, best = float(seen["value"]), float(seen["best"])
    frames = _frames_of(trace, "value", following.index)[:-1]
    is_tie = value == best
    if any(
        float(one.variables["value"]) == one.variables["best"] for one in frames if "best" in one.variables
    ) or (not is_tie and len(frames) != 1):
        return None
    grid, here = seen["input"], (int(seen["row"]), int(seen["column"]))
    leader = divmod(int(seen["winner"]), grid.shape[1])
    right = here if value > best or math.isnan(value) else leader
    told = "it is larger" if value > best else "it is not larger" + (", only equal" if is_tie else "")
    words = f"{number_words(value)} comes after {number_words(best)}"
    return _part(
        f"{words}. Which cell of the window leads then?", "input", right, (here, leader), grid,
        f"The one in row {right[0]}, column {right[1]}: {number_words(value)} against {number_words(best)}, {told}.",
    )  # fmt: skip


def _mean(state: State, trace: Trace, following: Frame) -> Question | None:
    """What the sum is divided by, in the first window and where it is another number than before."""
    seen, params = following.variables, state.params
    if "divisor" not in seen or not following.text.startswith("output["):
        return None
    divisor, total, inside = (
        int(seen["divisor"]),
        float(seen["total"]),
        len(seen["rows_read"]) * len(seen["columns_read"]),
    )
    if (divisor, inside) in _divisors(trace, following.index):
        return None
    cells = [float(seen["input"][r, c]) for r, c in product(seen["rows_read"], seen["columns_read"])]
    right = total / divisor
    wrong = (
        total / inside if inside else 0.0,
        total / params.size**2,
        total / params.size,
        total,
        max(cells, default=0.0),
    )
    why = f"the window counts {divisor} cell{'s' if divisor > 1 else ''}" + (
        ", its padding with them" if divisor > inside else ""
    )
    return _number(
        f"The {_cells_in_words(inside)} to {number_words(total)}. What does the window hand on?", right, wrong,
        f"{number_words(total)} / {divisor} = {number_words(right)}: {why}.", max(abs(right) / 5, 0.5),
    )  # fmt: skip


def _cells_in_words(count: int) -> str:
    return f"{count} cells add up" if count != 1 else "one cell comes"


def _divisors(trace: Trace, upto: int) -> set[tuple[int, int]]:
    """Of the windows so far: what they divided by, and how many cells they read."""
    frames = (one.variables for one in _frames_of(trace, "output", upto))
    return {
        (int(v["divisor"]), len(v["rows_read"]) * len(v["columns_read"])) for v in frames if "divisor" in v
    }


# Backward


def _back(state: State, trace: Trace, following: Frame) -> Question | None:
    """Where a window's gradient goes; at a cell that has some already, what it has then."""
    seen = following.variables
    if not following.text.startswith("grad_input["):
        return None
    i, j, row, column = (int(seen[name]) for name in ("i", "j", "row", "column"))
    given, had = float(seen["grad_output"][i, j]), float(following.before["grad_input"][row, column])
    if had and _times_gathered(trace, following.index) >= AT_MOST:
        return None
    if had:
        return _gathered(f"Window ({i}, {j}) sends {number_words(given)} to a cell", had, given)
    grid = state.inputs.grid
    window = _window(state, (i, j))
    equals = [cell for cell in window if grid[cell] == grid[row, column] and cell != (row, column)]
    if (i, j) not in ((0, 0), state.inputs.window) and (not equals or _ties(state, following) > AT_MOST):
        return None
    others = [window[0], *equals[:2], window[-1], window[len(window) // 2]]
    return _part(
        f"Window ({i}, {j}) has the gradient {number_words(given)}. To which cell of the input does it go?",
        "grad_input", (row, column), others, seen["grad_input"],
        f"Whole to row {row}, column {column}, where its largest number, {number_words(float(grid[row, column]))}, is"
        + (": of equals the first in reading order." if equals else "; the others get 0."),
    )  # fmt: skip


def _window(state: State, window: Cell) -> list[Cell]:
    """The cells that a window reads, in reading order."""
    rows, columns = (
        axis_of(state.params, side).reads[at]
        for side, at in zip(state.inputs.grid.shape, window, strict=True)
    )
    return list(product(rows, columns))


def _ties(state: State, following: Frame) -> int:
    """How many windows up to the one at hand hold their largest number more than once."""
    indices, grid = following.variables["indices"], state.inputs.grid
    columns = indices.shape[1]
    found = 0
    for place in range(int(following.variables["i"]) * columns + int(following.variables["j"]) + 1):
        cells = _window(state, divmod(place, columns))
        values = [grid[cell] for cell in cells]
        found += bool(values) and values.count(max(values)) > 1
    return found


def _gathered(sent: str, had: float, given: float) -> Question | None:
    right = had + given
    return _number(
        f"{sent} that has {number_words(had)} already. What gradient has it then?", right,
        (given, had, max(had, given), (had + given) / 2),
        f"{number_words(had)} + {number_words(given)} = {number_words(right)}: gradients of several windows add up.",
        max(abs(right) / 4, 0.1),
    )  # fmt: skip


def _share(state: State, trace: Trace, following: Frame) -> Question | None:
    """What each cell gets, in the first window and where another number divides; at the first cell shared, its sum."""
    seen = following.variables
    i, j, divisor = int(seen["i"]), int(seen["j"]), int(seen.get("divisor", 0))
    given = float(seen["grad_output"][i, j])
    inside = len(seen["rows_read"]) * len(seen["columns_read"])
    if "share" in following.changed:
        if any(
            int(one.variables["divisor"]) == divisor for one in _frames_of(trace, "share", following.index)
        ):
            return None
        wrong = (given, given / inside if inside else 0.0, given / state.params.size, 0.0)
        right = float(seen["share"])
        return _number(
            f"Window ({i}, {j}) has the gradient {number_words(given)}. What does each of its cells get?", right, wrong,
            f"{number_words(given)} / {divisor} = {number_words(right)}: each cell counted 1/{divisor} in the mean.",
            max(abs(right) / 4, 0.05),
        )  # fmt: skip
    if not following.text.startswith("grad_input[") or (i, j) == (0, 0):
        return None
    place = int(seen["row"]), int(seen["column"])
    had = float(following.before["grad_input"][place])
    if not had or _times_gathered(trace, following.index):
        return None
    return _gathered(f"{number_words(float(seen['share']))} goes to a cell", had, float(seen["share"]))


def _times_gathered(trace: Trace, upto: int) -> int:
    """How often a cell that had a gradient has got more so far."""
    frames = (one for one in _frames_of(trace, "grad_input", upto) if "row" in one.variables)
    places = (
        (one.before["grad_input"], int(one.variables["row"]), int(one.variables["column"])) for one in frames
    )
    return sum(bool(gradient[row, column]) for gradient, row, column in places)


# In the end


def outcomes(trace: Trace) -> Mapping[str, Outcome]:
    """What each window hands on; of a run back, the gradient that each cell gets and from how many windows."""
    last = trace.frames[-1] if trace.frames else None
    if last is None or not last.returned or last.callers:
        return {}
    gradient = last.variables.get("grad_input")
    if isinstance(gradient, Tensor) and gradient.dim() == 2:
        return _cells(trace, gradient)
    return _windows(trace, last.variables)


def _windows(trace: Trace, seen: Mapping[str, Any]) -> dict[str, Outcome]:
    found, width = {}, int(number(seen, "width") or 0)
    for frame in _frames_of(trace, "output", len(trace)):
        output: Any = frame.variables["output"]
        indices: Any = frame.variables.get("indices")
        window = _cell_in(output, frame.variables, "i", "j")
        if window is None:
            continue
        key: tuple[float, ...] = (float(output[window]),)
        words = f"hands on {number_words(key[0])}"
        if width and _cell_in(indices, frame.variables, "i", "j") is not None:
            row, column = divmod(int(indices[window]), width)
            words, key = f"{words}, from row {row}, column {column}", (*key, row, column)
        found[f"window {window}"] = Outcome(step=frame.index + 1, words=words, value=key)
    return found


def _cells(trace: Trace, gradient: Tensor) -> dict[str, Outcome]:
    steps: dict[Cell, list[int]] = {}
    for frame in _frames_of(trace, "grad_input", len(trace)):
        cell = _cell_in(gradient, frame.variables, "row", "column")
        if cell is not None:
            steps.setdefault(cell, []).append(frame.index + 1)
    found = {}
    for row, column in product(*map(range, gradient.shape)):
        at, value = steps.get((row, column), []), float(gradient[row, column])
        many = f" from {len(at)} windows" if len(at) > 1 else ""
        words = f"gets the gradient {number_words(value)}{many}" if at else "gets no gradient"
        step = at[-1] if at else len(trace)
        found[f"row {row}, column {column}"] = Outcome(step=step, words=words, value=(value, len(at)))
    return found


def _cell_in(grid: Any, seen: Mapping[str, Any], down: str, across: str) -> Cell | None:
    """The cell of a grid that two variables name; None where they name none."""
    row, column = whole(seen, down), whole(seen, across)
    if row is None or column is None or not isinstance(grid, Tensor) or grid.dim() != 2:
        return None
    return (row, column) if 0 <= row < grid.shape[0] and 0 <= column < grid.shape[1] else None

"""How far a stepped run has come, read off its recorded line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.trace import Frame

CELL = ("value =", "if winner", "best, winner = value", "total +=", "grad_input[row, column]")


@dataclass(frozen=True, kw_only=True, eq=False)
class Moment:
    """The window at hand, the cell of it, the leader so far, what is written so far.

    `done` windows, in reading order, have their number in `output`. `sum` is a mean's so far.
    `grad_input` is the gradient as far as it has been handed out.
    """

    forward: bool
    window: tuple[int, int] | None = None
    cell: tuple[int, int] | None = None
    leader: tuple[int, int] | None = None
    so_far: float | None = None
    done: int = 0
    grad_input: NDArray[np.float64] | None = None


def moment_of(frame: Frame, width: int) -> Moment:
    """Read a recorded line."""
    site = frame.outermost
    seen, text = site.variables, site.listing.text(site.line).strip()
    forward = site.listing.name in ("max_pool", "average_pool")
    given = seen.get("grad_input")
    gradient = None if forward or given is None else given.numpy()
    columns, count = int(seen.get("columns", 0)), int(seen.get("rows", 0)) * int(seen.get("columns", 0))
    over = frame.returned or (text.startswith("for i, j") and not {"i", "j"} & set(frame.changed))
    if "i" not in seen or over:
        return Moment(forward=forward, done=count if over else 0, grad_input=gradient)
    i, j = int(seen["i"]), int(seen["j"])
    begun = not text.startswith(("for i, j", "rows_read", "columns_read", "top, left"))
    winner = int(seen.get("winner", -1))
    leader = divmod(winner, width) if begun and winner >= 0 else None
    if not forward and "row" in seen and text.startswith(("row, column", "if row", "grad_input")):
        leader = (int(seen["row"]), int(seen["column"]))
    kept = seen["best"] if winner >= 0 else seen.get("total")
    return Moment(
        forward=forward,
        window=(i, j),
        cell=(int(seen["row"]), int(seen["column"])) if text.startswith(CELL) and "row" in seen else None,
        leader=leader,
        so_far=float(kept) if begun and kept is not None else None,
        done=i * columns + j + text.startswith("output[i, j]"),
        grad_input=gradient,
    )

"""The table beside the map of basins: at which minima starts end, how many, and how soon."""

from __future__ import annotations

import numpy as np

from scenes.optimization.hues import hues_of
from scenes.optimization.optimizers_model import Basins
from scenes.optimization.optimizers_words import minimum
from scenes.picture import Align, Heatmap, Mark, Panel, Region, Text
from scenes.scene import Target, locked

MOST = 6  # minima that get a row
CODES = ((-1, "none yet", "grey"), (-2, "away", "black"))


def ends_panel(basins: Basins, hover: Target | None) -> Panel:
    """The minima that most starts end at, each with its hue, its share, and how soon half of its starts are there."""
    heads: tuple[tuple[float, str, Align], ...] = (
        (0.2, "ends at", "left"), (6.0, "starts", "right"), (9.9, "half within", "right"),
    )  # fmt: skip
    marks: list[Mark] = [
        Text(at=(x, 0.5), text=text, align=align, role="quiet", size=0.9) for x, text, align in heads
    ]
    counts = np.bincount(basins.ends[basins.ends >= 0], minlength=len(basins.minima))
    shown = np.argsort(-counts, kind="stable")[:MOST].tolist()
    pointed = hover.handle if hover is not None and hover.panel == "ends" else ""
    for row, index in enumerate(shown, start=1):
        marks += _row(row, index, basins, pointed=pointed == f"end {index}")
    row = len(shown) + 1
    for code, words, colour in CODES:
        share = float((basins.ends == code).mean())
        if share:
            marks += [
                Text(at=(0.2, row + 0.5), text=words), _share(row, share),
                Text(at=(9.9, row + 0.5), text=colour, align="right", role="quiet"),
            ]  # fmt: skip
            row += 1
    return Panel(
        key="ends", marks=tuple(marks), view=(0, 0, 10, 9), place=(0, 1, 1, 1), square=False, fixed=True,
        margin=(0.5, 0.2, 0.5, 0.2),
    )  # fmt: skip


def _row(row: int, index: int, basins: Basins, *, pointed: bool) -> list[Mark]:
    here = basins.ends == index
    level = np.array([[hues_of(basins.minima)[index]]], np.uint8)
    half = f"{int(np.median(basins.steps[here]))} steps" if here.any() else ""
    return [
        Region(
            extent=(0, row + 0.04, 10, row + 0.96), role="line", width=0, fill=pointed, handle=f"end {index}"
        ),
        Heatmap(
            values=locked(level), range=(0, 255), colormap="hue", extent=(0.2, row + 0.2, 1.0, row + 0.8)
        ),
        Text(at=(1.5, row + 0.5), text=minimum(basins, index)),
        _share(row, float(here.mean())),
        Text(at=(9.9, row + 0.5), text=half, align="right", mono=True, role="quiet"),
    ]


def _share(row: int, share: float) -> Text:
    return Text(at=(6.0, row + 0.5), text=f"{share:.1%}", align="right", mono=True)

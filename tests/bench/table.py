"""Timing in turns, and tables of what came out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np


def in_turns(
    jobs: Mapping[str, Callable[[], object]], rounds: int = 15, warm: int = 2
) -> dict[str, list[float]]:
    """Milliseconds of each job, run one after the other in every round, so that a slow moment hits all alike.

    A job runs twice in a row and the second run counts, as while a slider is dragged: else each would be measured
    with what the one before it left in the caches.
    """
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(-warm, rounds):
        for name, job in jobs.items():
            job()
            began = time.perf_counter()
            job()
            if turn >= 0:
                times[name].append((time.perf_counter() - began) * 1e3)
    return times


def spread(times: Sequence[float]) -> tuple[str, str]:
    """Median and 95th percentile."""
    return f"{np.median(times):.2f}", f"{np.percentile(times, 95):.2f}"


def show(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, numbers aligned to the right."""
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    print(f"\n{title}")
    for row in (heads, ["-" * width for width in widths], *rows):
        cells = [
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  " + "  ".join(cells), flush=True)


def resident() -> float:
    """The memory of this process, in MB."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

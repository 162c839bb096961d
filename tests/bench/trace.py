"""The recorder: hard suppression plain and recorded, in turns, and the memory that the recording takes.

Tensors this small are computed by one thread. Where torch is not told to let waiting threads sleep
(OMP_WAIT_POLICY), a busy machine makes both runs slower, and their ratio a matter of chance.
"""

from __future__ import annotations

import gc
import subprocess
import sys

import numpy as np

from engine.detection.nms import nms
from engine.trace import record
from tests.bench.nms import COUNTS, THRESHOLD, boxes_of
from tests.bench.table import in_turns, resident, show, spread


def main() -> None:
    """Print the table."""
    rows = []
    for count in COUNTS:
        given = (*boxes_of(count), THRESHOLD)
        jobs = {"plain": lambda g=given: nms(*g), "recorded": lambda g=given: record(nms, *g)}
        times = in_turns(jobs, rounds=9, warm=1)
        plain, recorded = np.median(times["plain"]), np.median(times["recorded"])
        frames = len(record(nms, *given))
        rows.append([
            f"{count:,} boxes", *spread(times["plain"]), *spread(times["recorded"]), f"{recorded / plain:.2f}",
            f"{(recorded - plain) / frames * 1e3:.0f}", f"{frames:,}", _growth_apart(count),
        ])  # fmt: skip
    show(
        "The recorder on hard NMS: ms (goal: 3 times the plain run on 5,000 boxes)",
        ("", "plain", "p95", "recorded", "p95", "ratio", "us a frame", "frames", "MB"), rows,
    )  # fmt: skip


def _growth_apart(count: int) -> str:
    """The growth in a process of its own, where no memory lies free from earlier work."""
    command = [sys.executable, "-m", "tests.bench.trace", str(count)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def growth(count: int) -> float:
    """MB by which the process grows while it holds a recorded run."""
    given = (*boxes_of(count), THRESHOLD)
    nms(*given)
    gc.collect()
    before = resident()
    trace = record(nms, *given)
    grown = resident() - before
    del trace
    return grown


if __name__ == "__main__":
    print(f"{growth(int(sys.argv[1])):.1f}")

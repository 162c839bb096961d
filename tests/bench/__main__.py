"""`python -m tests.bench` runs all subjects; `python -m tests.bench nms window` some."""

from __future__ import annotations

import importlib
import os
import sys

import engine  # noqa: F401 - before torch: how its threads wait

SUBJECTS = (
    "filters", "nms", "trace", "debugging", "receptive", "descent", "batches", "optimizers", "box_coding",
    "yolo_assignment", "workbench", "own_code", "comparing", "live", "window",
)  # fmt: skip


def main() -> int:
    """Run the subjects named, or all."""
    chosen = sys.argv[1:] or list(SUBJECTS)
    unknown = [name for name in chosen if name not in SUBJECTS]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}; there are {', '.join(SUBJECTS)}.", file=sys.stderr)
        return 2
    print(f"{os.cpu_count()} cores; load {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    for name in chosen:
        importlib.import_module(f"tests.bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())

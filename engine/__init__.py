"""The algorithms, in torch alone: they never import Qt and never know that they are watched.

Two things are said to the machine before torch is loaded. Torch's threads wait for each other by spinning. When
the window or another program wants the same core, that wait can cost fifty times the work (measured on two
cores); when they sleep at once, every short operation pays for waking them. So they are told to spin for a
moment only. And memory that a tensor has left is kept for the next one, where the C library can be told so:
to have an image's memory from the system again and again takes longer than to filter it. `give_back` gives it
back, for when nothing is computed any more.
"""

import ctypes
import os
import sys
from typing import Any

os.environ.setdefault("GOMP_SPINCOUNT", "2000")

LIBC: Any = ctypes.CDLL(None) if sys.platform == "linux" else None

if hasattr(LIBC, "mallopt"):
    M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
    LIBC.mallopt(M_ARENA_MAX, 1)  # threads share what they keep
    LIBC.mallopt(M_MMAP_THRESHOLD, 32 << 20)  # bytes: larger ones still come from the system, and go back to it
    LIBC.mallopt(M_TRIM_THRESHOLD, 64 << 20)


def give_back() -> None:
    """Give the memory that is kept for the next tensors back to the system, where the C library can.

    It takes a few milliseconds, in which no other thread gets memory; the next tensors wait for theirs again.
    """
    if hasattr(LIBC, "malloc_trim"):
        LIBC.malloc_trim(0)

"""The algorithms, in torch alone: they never import Qt and never know that they are watched.

Two things are said to the machine before torch is loaded. Torch's threads wait for each other by spinning. When
the window or another program wants the same core, that wait can cost fifty times the work (measured on two
cores); when they sleep at once, every short operation pays for waking them. So they are told to spin for a
moment only. And memory that a tensor has left is kept for the next one, where the C library can be told so:
to have an image's memory from the system again and again takes longer than to filter it.
"""

import ctypes
import os
import sys

os.environ.setdefault("GOMP_SPINCOUNT", "2000")

if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
    M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
    libc.mallopt(M_ARENA_MAX, 1)  # threads share what they keep
    libc.mallopt(M_MMAP_THRESHOLD, 32 << 20)  # bytes: larger ones still come from the system, and go back to it
    libc.mallopt(M_TRIM_THRESHOLD, 64 << 20)

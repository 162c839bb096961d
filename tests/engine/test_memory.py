"""The memory that tensors have left is kept for the next ones, until it is given back."""

from __future__ import annotations

import sys

import pytest
import torch

from engine import LIBC, give_back
from tests.bench.table import resident

KEPT = 64 << 10  # bytes of each


@pytest.mark.skipif(
    not hasattr(LIBC, "malloc_trim"), reason="the C library keeps no such memory, or gives none back"
)
def test_memory_between_what_is_still_held_goes_back_to_the_system():
    tensors = [torch.zeros(KEPT, dtype=torch.uint8) for _ in range(3200)]  # 200 MB
    held = tensors[99::100]  # or all of it would lie at the end, where it is given back in any case
    del tensors
    before = resident()
    give_back()
    assert before - resident() > 150
    assert all(tensor.eq(0).all() for tensor in held)


def test_where_nothing_can_be_given_back_nothing_happens(monkeypatch):
    monkeypatch.setattr(sys.modules["engine"], "LIBC", None)
    give_back()

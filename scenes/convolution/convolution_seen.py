"""What is looked at in the picture of a convolution."""

from __future__ import annotations

from dataclasses import dataclass

from scenes.convolution.size_terms import Counted

Cell = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Pointed:
    """A cell of one of the planes."""

    name: str
    plane: int
    cell: Cell


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is looked at: an output channel, a window of it, a cell of the kernel, the cell pointed at, a term."""

    channel: int
    window: Cell | None
    tap: tuple[int, int, int] | None = None
    pointed: Pointed | None = None
    term: Counted = ""
    axis: str = "W"

    @property
    def reading(self) -> bool:
        """Whether it is asked which windows read a cell, or what a weight meets in all of them."""
        return self.pointed is not None and self.pointed.name in ("input", "padded", "weight")

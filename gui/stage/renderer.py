"""What every renderer is: it holds one mark, draws it, and says what lies under the pointer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from gui.stage.pencil import Pencil
from scenes.picture import Mark

M = TypeVar("M", bound=Mark)


@dataclass(frozen=True)
class Hit:
    """A part of a mark: its number there (-1 where there is but one thing) and the grip of a box."""

    handle: str
    index: int = -1
    part: str = ""
    movable: bool = False
    editable: bool = False


@dataclass(frozen=True)
class Grip:
    """A part that can be chosen by keyboard: where it is, and what a screen reader calls it."""

    hit: Hit
    x: float
    y: float
    name: str


class Renderer(Generic[M]):
    """Draws one mark. What it prepares for drawing is made anew only when the data changed."""

    def __init__(self, mark: M) -> None:
        self.mark = mark
        self.prepare(None)

    def update(self, mark: M) -> None:
        """Show another mark of the same kind in its place."""
        before, self.mark = self.mark, mark
        self.prepare(before)

    def prepare(self, before: M | None) -> None:
        """Make what drawing needs; `before` is the mark shown until now, to reuse what did not change."""

    def paint(self, pencil: Pencil) -> None:
        raise NotImplementedError

    def hit(self, x: float, y: float, dx: float, dy: float) -> Hit | None:
        """The part at (x, y), given how many units one screen pixel is."""
        return None

    def grips(self) -> list[Grip]:
        """The parts that the keyboard can choose."""
        return []

    def first_grip(self) -> Grip | None:
        """The one that the keyboard moves when none was chosen."""
        return next(iter(self.grips()), None)

    def text_of(self, index: int) -> str:
        """What stands in an editable part."""
        return ""

    def found(self, index: int = -1, part: str = "") -> Hit:
        """A hit on a part of this mark."""
        return Hit(self.mark.handle, index, part, self.mark.movable, self.mark.editable)

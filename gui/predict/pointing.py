"""An answer that is a place: found under the pointer, chosen by keys, and marked on the picture on stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, Qt

from scenes import pins

if TYPE_CHECKING:
    from gui.stage.stage import Stage
    from scenes.asking import Answer, Question
    from scenes.picture import Picture
    from scenes.predicting import Given
    from scenes.scene import Target

translate = QCoreApplication.translate


class Pointing:
    """Holds the scene's own picture, and shows it with pins."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._picture: Picture | None = None
        self.forget()

    def forget(self) -> None:
        """No question is open, and none has been asked in this run."""
        self.question: Question | None = None
        self.given: Given | None = None
        self.lettered = False
        self.chosen: Answer | None = None  # by keys: what Enter would answer
        self.picking = False
        self._pointed: Answer | None = None
        self._parts: dict[
            int, NDArray[np.float64]
        ] = {}  # by its step, where the parts were as a question was asked

    def show_for(self, question: Question | None, given: Given | None, *, lettered: bool) -> None:
        """Mark an open question, or what was said to one; nothing where there is neither."""
        if question is not self.question:
            self.chosen = self._pointed = None
            self.picking = False
        changed = (question, given, lettered) != (self.question, self.given, self.lettered)
        self.question, self.given, self.lettered = question, given, lettered
        places = question is not None and question.kind != "number" and not lettered
        self.stage.asks = question is not None
        if question is not None:
            self.stage.let_go()
        if places:
            self.stage.viewport().setCursor(Qt.CursorShape.CrossCursor)
        else:
            self.stage.viewport().unsetCursor()
        if changed:
            self._show()

    def marked(self, picture: Picture) -> Picture:
        """The scene's picture with what there is to mark on it."""
        self._picture = picture
        question, given = self.question, self.given
        if question is not None:
            chosen = self.chosen if self.chosen is not None else self._pointed
            parts = pins.parts_of(question, picture)
            return pins.pinned(
                picture, question.panel, pins.asked_pins(question, parts, chosen, lettered=self.lettered)
            )
        if given is None:
            return picture
        asked = given.asked
        parts, before = pins.parts_of(asked.question, picture), self._parts.get(asked.step)
        if before is not None and len(parts) != len(before):  # what was asked about is no longer laid out so
            parts = before
        return pins.pinned(picture, asked.question.panel, pins.given_pins(given, parts))

    def answered(self, step: int) -> None:
        """The question about a step is answered: keep where its parts are."""
        if self.question is not None and self._picture is not None:
            self._parts[step] = pins.parts_of(self.question, self._picture)

    def answer_at(self, target: Target) -> Answer | None:
        """The answer that a place on the picture is; None where it is none."""
        question = self.question
        if question is None or target.panel != question.panel:
            return None
        if question.kind == "point":
            return (target.x, target.y)
        if question.kind != "part" or self._picture is None:
            return None
        parts = pins.parts_of(question, self._picture)
        if target.handle == question.handle and 0 <= target.index < len(parts):
            return target.index
        return pins.part_at(parts, target.x, target.y)

    def point(self, target: Target | None) -> None:
        """The pointer moved: ring the part that a click would answer."""
        if self.question is None or self.question.kind != "part":
            return
        pointed = None if target is None else self.answer_at(target)
        if pointed != self._pointed or self.chosen is not None:
            self._pointed, self.chosen, self.picking = pointed, None, False
            self._show()

    def choose(self, way: int) -> None:
        """The next part, or for a place first the middle of its panel."""
        question, picture = self.question, self._picture
        panel = pins.panel_of(question, picture) if question is not None and picture is not None else None
        if question is None or picture is None or panel is None:
            return
        self.picking = True
        if question.kind == "point":
            if self.chosen is None:
                x1, y1, x2, y2 = panel.view
                self.chosen = ((x1 + x2) / 2, (y1 + y2) / 2)
        else:
            count = len(pins.parts_of(question, picture))
            if isinstance(self.chosen, int):
                self.chosen = (self.chosen + way) % max(count, 1)
            elif count:
                self.chosen = 0 if way > 0 else count - 1
        self._show()

    def move(self, way: tuple[int, int], *, far: bool) -> None:
        """The chosen place moved by an arrow key, or the nearest part that way."""
        question, picture = self.question, self._picture
        panel = pins.panel_of(question, picture) if question is not None and picture is not None else None
        if question is None or picture is None or panel is None:
            return
        down = 1 if panel.down else -1
        if isinstance(self.chosen, tuple):
            x1, y1, x2, y2 = panel.view
            step = (10 if far else 2) / 100
            x, y = (
                self.chosen[0] + way[0] * abs(x2 - x1) * step,
                self.chosen[1] + way[1] * down * abs(y2 - y1) * step,
            )
            self.chosen = (min(max(x, min(x1, x2)), max(x1, x2)), min(max(y, min(y1, y2)), max(y1, y2)))
        elif isinstance(self.chosen, int):
            found = pins.part_beside(pins.parts_of(question, picture), self.chosen, (way[0], way[1] * down))
            self.chosen = self.chosen if found is None else found
        self._show()

    def hint(self) -> str:
        """What can be clicked."""
        if self.question is not None and self.question.kind == "point":
            return translate("Pointing", "Click a place in the picture that the question is about.")
        return translate(
            "Pointing", "That is none of the answers: click one of the parts, or choose one with Tab."
        )

    def _show(self) -> None:
        if self._picture is not None:
            self.stage.show_picture(self.marked(self._picture))
        question, chosen = self.question, self.chosen
        if question is not None and chosen is not None:
            self.stage.setAccessibleDescription(_said(question, chosen))


def _said(question: Question, answer: Answer) -> str:
    """A chosen answer, for a screen reader."""
    if isinstance(answer, tuple):
        return f"{answer[0]:.3g}, {answer[1]:.3g}"
    return f"{question.handle} {answer}"

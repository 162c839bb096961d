"""Why is it so? One question after the other, each answered by a step of the run, and the way back.

What is asked about is a part of the picture, a variable or a cell of one, or an operand of the line that was
the last answer. `explained` carries each Explanation as the run stands at its step, None once nothing is asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Signal

from engine.provenance import Answer, Cell, Operand, Question, answer, operands_at, question_at
from engine.search import ABSENT, number_of
from engine.trace import Trace
from gui.flow import Flow
from gui.variables import summary
from scenes.scene import Target

translate = QCoreApplication.translate


@dataclass(frozen=True, eq=False)
class Explanation:
    """The step that made something so: what it is, one sentence, and what the step's line read."""

    step: int
    title: str
    sentence: str
    operands: tuple[Operand, ...] = ()


@dataclass(frozen=True, eq=False)
class _Visit:
    explanation: Explanation
    came_from: int | None  # the step that was looked at when it was asked


class Inquiry(QObject):
    """Asks the flow's run, and goes to the steps that are the answers."""

    explained = Signal(object)

    def __init__(self, flow: Flow) -> None:
        super().__init__(flow)
        self.flow = flow
        self._visits: list[_Visit] = []
        self._at = -1

    @property
    def can_go_back(self) -> bool:
        """Whether there is a way back: to the answer before, or to where the first question was asked."""
        return self._at >= 0

    @property
    def can_go_forward(self) -> bool:
        return self._at + 1 < len(self._visits)

    def forget(self) -> None:
        """Forget all questions: they were about another run."""
        if self._visits:
            self._visits, self._at = [], -1
            self.explained.emit(None)

    def about_target(self, target: Target) -> bool:
        """Why a part of the picture is as it is, where its scene has an answer."""
        came_from = self._step()
        why = self.flow.ask_why(target)
        run = self.flow.run
        if why is None or run is None:
            return False
        frame = run.at(why.step)
        operands = operands_at(run, why.step) if frame is not None else ()
        title = frame.text if frame is not None else ""
        self._visit(Explanation(why.step, title, why.sentence, operands), came_from)
        return True

    def about_cells_of(self, target: Target, grid: tuple[int, ...] = ()) -> bool:
        """Why a part of the picture is as it is, where its mark shows a variable of the listing. Of a mark
        that is a `grid` of so many rows and columns the part is a cell, of any other mark a row.
        """
        run, scene = self.flow.run, self.flow.scene
        if run is None or scene is None or not target.handle:
            return False
        name = scene.shows.get(target.handle, target.handle)
        question = question_at(run, self._step(), Cell(name))
        if question is None:
            return False
        return self.about_variable(Cell(name, _index_of(question.value, target.index, grid)))

    def about_variable(self, cell: Cell) -> bool:
        """Why a variable, or an element of it, is as it stands at the step being looked at."""
        run, step = self.flow.run, self._step()
        question = question_at(run, step, cell) if run is not None else None
        if question is None:
            return False
        self._ask(question)
        return True

    def about_result(self) -> bool:
        """Why the step being looked at returned what it did: the operands of its line."""
        run, frame = self.flow.run, self.flow.frame
        if run is None or frame is None or not frame.returned:
            return False
        self._arrive_at_return(run, frame.index + 1)
        return True

    def follow(self, operand: Operand) -> None:
        """Why an operand of the last answer was as it was."""
        run = self.flow.run
        if run is None:
            return
        if operand.step is not None:
            self._arrive_at_return(run, operand.step)
        elif operand.question is not None:
            self._ask(operand.question)

    def back(self) -> bool:
        """To the answer before, or where the first question was asked."""
        if not self.can_go_back:
            return False
        left = self._visits[self._at]
        self._at -= 1
        self.flow.go(left.came_from)
        self._tell()
        return True

    def forward(self) -> bool:
        """To the answer that was gone back from."""
        if not self.can_go_forward:
            return False
        self._at += 1
        self.flow.go(self._visits[self._at].explanation.step)
        self._tell()
        return True

    def _step(self) -> int | None:
        return self.flow.state.step if self.flow.state else None

    def _ask(self, question: Question) -> None:
        run = self.flow.run
        if run is not None:
            found = answer(run, question)
            self._arrive(Explanation(found.step, title_of(found), sentence_of(run, found), found.operands))

    def _arrive_at_return(self, run: Trace, step: int) -> None:
        frame = run.frames[step - 1]
        title = f"{frame.listing.name}() = {summary(frame.result)}"
        words = self.tr("Line {line} returned it at step {step}.").format(line=frame.line, step=step)
        self._arrive(Explanation(step, title, words, operands_at(run, step)))

    def _arrive(self, explanation: Explanation) -> None:
        came_from = self._step()
        self.flow.go(explanation.step)
        self._visit(explanation, came_from)

    def _visit(self, explanation: Explanation, came_from: int | None) -> None:
        self._visits[self._at + 1 :] = [_Visit(explanation, came_from)]
        self._at += 1
        self._tell()

    def _tell(self) -> None:
        self.explained.emit(self._visits[self._at].explanation if self._at >= 0 else None)


def title_of(found: Answer) -> str:
    """What was asked about, and its value."""
    return f"{found.cell} = {summary(found.value)}" if found.value is not ABSENT else str(found.cell)


def sentence_of(run: Trace, found: Answer) -> str:
    """How it came by its value."""
    if found.how == "given":
        text = translate("Inquiry", "It was given to {function}, and no step has changed it since.")
        return text.format(function=found.listing.name)
    if found.how == "argument":
        callee = run.frames[found.step - 1].listing.name
        text = translate("Inquiry", "It is an argument of {callee}: line {line} of {function} made the call.")
        return text.format(callee=callee, line=found.line, function=found.listing.name)
    if number_of(found.value) is not None and number_of(found.before) is not None:
        text = translate("Inquiry", "Line {line} made it so at step {step}; it was {before} before.")
        return text.format(line=found.line, step=found.step, before=summary(found.before))
    return translate("Inquiry", "Line {line} made it so at step {step}.").format(
        line=found.line, step=found.step
    )


def _index_of(value: Any, place: int, grid: tuple[int, ...]) -> tuple[int, ...]:
    """The element of a variable that a part of a mark shows; () where it is all of it."""
    shape = tuple(getattr(value, "shape", ())) or ((len(value),) if isinstance(value, Sequence) else ())
    if place < 0 or not shape:
        return ()
    if len(grid) == 2 and len(shape) > 1:
        same = shape[-2:] == grid and math.prod(shape) == math.prod(grid)
        return (*(0 for _ in shape[:-2]), *divmod(place, grid[1])) if same else ()
    return (place,) if place < shape[0] else ()

"""The side panel: controls, the code with its variables, and the lesson."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QScrollArea,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from gui import theme as look
from gui.code import CodeView
from gui.condition import ConditionBar
from gui.controls import Controls
from gui.lesson import LessonView
from gui.tensors import TensorGrid
from gui.variables import Variables, summary
from gui.watches import Watches
from gui.why import WhyPanel

if TYPE_CHECKING:
    from engine.trace import Frame, Trace
    from gui.inquiry import Explanation

LAST = {"controls": 0, "code": 1, "lesson": 2}


class Debugger(QWidget):
    """The condition to stop at, the code being run, its variables, and what is watched; and, opened below the
    variables, one of them as a grid of numbers, or the answer to why something is as it is.

    `cell_asked(name, index)` asks why a variable, or an element of it, is as it is.
    """

    cell_asked = Signal(str, tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.condition = ConditionBar()
        self.code = CodeView()
        self.variables = Variables()
        self.grid = TensorGrid()
        self.why = WhyPanel()
        self.watches = Watches()
        self.colours: Mapping[str, str] = {}
        self.trace: Trace | None = None
        self.frame: Frame | None = None
        self.opened = ""
        self._lay_out()
        self.variables.opened.connect(self.open_variable)
        self.variables.why.connect(self._ask_variable)
        self.variables.watch.connect(self.watch)
        self.grid.why.connect(self.cell_asked)
        self.why.closed.connect(self.close_why)
        self.code.value_of = self.words_of

    def _lay_out(self) -> None:
        self.panes = QSplitter(Qt.Orientation.Vertical)
        for widget in (self.code, self.variables, self.grid, self.why):
            self.panes.addWidget(widget)
        self.panes.setChildrenCollapsible(False)
        self.panes.setSizes([420, 260, 0, 0])
        self.grid.hide()
        self.why.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.condition)
        column.addWidget(self.panes, 1)
        column.addWidget(self.watches)

    def show_trace(self, trace: Trace | None, colours: Mapping[str, str]) -> None:
        """Show the code of another run."""
        self.trace, self.colours = trace, colours
        self.code.show_listings(trace.listings if trace else (), colours)

    def show_frame(self, frame: Frame | None) -> None:
        """Show the line just run and the variables after it."""
        self.frame = frame
        if frame is None:
            self.code.show_line(None, 0)
        else:
            self.code.show_line(
                frame.listing, frame.line, [(site.listing, site.line) for site in frame.callers]
            )
        self.variables.show_frame(frame, self.colours)
        if self.opened:
            self._show_grid()

    def open_variable(self, name: str) -> None:
        """Open a variable as a grid; the same one again closes it."""
        self.opened = "" if name == self.opened and self.grid.isVisibleTo(self) else name
        self.why.hide()
        self.grid.setVisible(bool(self.opened))
        if self.opened:
            self._show_grid()
            self.panes.setSizes([300, 200, 240, 0])

    def show_explanation(self, explanation: Explanation | None, *, back: bool, forward: bool) -> None:
        """Show why something is as it is, in the room of the grid; None puts the answer away."""
        if explanation is None:
            self.close_why()
            return
        self.why.show_explanation(explanation, self.colours, back=back, forward=forward)
        self.grid.hide()
        if not self.why.isVisibleTo(self):
            self.why.show()
            self.panes.setSizes([300, 180, 0, self.why.sizeHint().height()])

    def close_why(self) -> None:
        """Put the answer away; a variable that was open comes back."""
        if self.why.isVisibleTo(self):
            had_focus = self.why.isAncestorOf(self.focusWidget()) if self.focusWidget() else False
            self.why.hide()
            self.grid.setVisible(bool(self.opened))
            if had_focus:
                self.variables.setFocus()

    def watch(self, text: str) -> None:
        """Watch one expression more."""
        if text not in self.watches.texts:
            self.watches.show_texts((*self.watches.texts, text))
            self.watches.changed.emit(self.watches.texts)

    def ask(self) -> bool:
        """Ask why of what the keyboard is on here; False where that is nothing that can be asked about."""
        focus = QApplication.focusWidget()
        if focus is self.variables and self.variables.current():
            self._ask_variable(self.variables.current())
        elif focus is self.grid.table:
            self.grid.ask()
        elif focus is self.why.operands:
            self.why.operands.ask()
        else:
            return False
        return True

    def _ask_variable(self, name: str) -> None:
        self.cell_asked.emit(name, ())

    def _show_grid(self) -> None:
        frame = self.frame
        value = self.variables.value(self.opened) if frame else None
        if frame is None or value is None:
            return
        before = self.trace.at(frame.index) if self.trace else None
        same_call = before is not None and before.listing is frame.listing
        previous = before.variables.get(self.opened) if before is not None and same_call else None
        self.grid.show_value(self.opened, value, previous)

    def veil(self, veiled: bool) -> None:
        """Show nothing of what comes after the step that is looked at, or all again."""
        self.condition.veil(veiled)
        self.watches.veil(veiled)

    def words_of(self, name: str) -> str:
        """The value of a variable, for the pointer over the code."""
        if self.frame is None or name not in self.frame.variables:
            return ""
        return summary(self.frame.variables[name])

    def set_theme(self, theme: look.Theme) -> None:
        self.condition.set_colours(theme)
        for widget in (self.code, self.variables, self.grid, self.why, self.watches):
            widget.set_theme(theme)


class Side(QTabWidget):
    """Controls, code, lesson."""

    breakpoints_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setDocumentMode(True)
        self.tabBar().setDrawBase(False)
        self.controls = Controls()
        self.debugger = Debugger()
        self.lesson = LessonView()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.controls)
        self.addTab(scroll, self.tr("Controls"))
        self.addTab(_padded(self.debugger), self.tr("Code"))
        self.addTab(self.lesson, self.tr("Lesson"))
        self.debugger.code.breakpoints_changed.connect(self.breakpoints_changed)

    def show_code(self) -> None:
        """Bring the code into sight."""
        self.show()
        self.setCurrentIndex(LAST["code"])

    def set_theme(self, theme: look.Theme) -> None:
        self.controls.set_colours(theme)
        self.debugger.set_theme(theme)
        self.lesson.set_theme(theme)

    def show_scene(self, key: str, params: Any) -> None:
        """The controls and the lesson of a scene."""
        self.controls.show_params(params)
        self.lesson.show_lesson(key)


def _padded(widget: QWidget) -> QWidget:
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 4, 0, 0)
    column.addWidget(widget)
    return box

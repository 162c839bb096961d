"""The side panel: controls, the code with its variables, and the lesson."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QTabWidget, QVBoxLayout, QWidget

from gui import theme as look
from gui.code import CodeView
from gui.controls import Controls
from gui.lesson import LessonView
from gui.tensors import TensorGrid
from gui.variables import Variables, summary

if TYPE_CHECKING:
    from engine.trace import Frame, Trace

LAST = {"controls": 0, "code": 1, "lesson": 2}


class Debugger(QSplitter):
    """The code being run, its variables, and one of them opened as a grid of numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.code = CodeView()
        self.variables = Variables()
        self.grid = TensorGrid()
        self.colours: Mapping[str, str] = {}
        self.trace: Trace | None = None
        self.frame: Frame | None = None
        self.opened = ""
        for widget in (self.code, self.variables, self.grid):
            self.addWidget(widget)
        self.setChildrenCollapsible(False)
        self.setSizes([420, 260, 0])
        self.grid.hide()
        self.variables.opened.connect(self.open_variable)
        self.code.value_of = self.words_of

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
        self.opened = "" if name == self.opened else name
        self.grid.setVisible(bool(self.opened))
        if self.opened:
            self._show_grid()
            self.setSizes([300, 200, 240])

    def _show_grid(self) -> None:
        frame = self.frame
        value = self.variables.value(self.opened) if frame else None
        if frame is None or value is None:
            return
        before = self.trace.at(frame.index) if self.trace else None
        same_call = before is not None and before.listing is frame.listing
        previous = before.variables.get(self.opened) if before is not None and same_call else None
        self.grid.show_value(self.opened, value, previous)

    def words_of(self, name: str) -> str:
        """The value of a variable, for the pointer over the code."""
        if self.frame is None or name not in self.frame.variables:
            return ""
        return summary(self.frame.variables[name])

    def set_theme(self, theme: look.Theme) -> None:
        for widget in (self.code, self.variables, self.grid):
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

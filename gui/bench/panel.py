"""The workbench as it stands in the side panel: what to do above, the code, and below it what came of it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QFontMetrics
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.bench.editor import Editor
from gui.bench.faults import FaultList, FaultStrip
from gui.bench.finding import FindBar
from gui.bench.report import Report
from gui.icons import icon
from gui.inputs import Caption
from gui.theme import DARK, Theme, mono, readable_on, scaled
from gui.track import SPACE, Elided, keeps


class Doing(QPushButton):
    """A button with a sign and a word."""

    def __init__(self, image: str, parent: QWidget, *, chief: bool = False) -> None:
        super().__init__(parent)
        self.image, self.chief = image, chief
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def event(self, event: QEvent) -> bool:
        return keeps(event, SPACE) or super().event(event)

    def set_theme(self, theme: Theme) -> None:
        size = round(QFontMetrics(scaled(1.0)).height() * 0.95)
        chief = readable_on(QColor(theme.accent)).name()
        self.setIcon(icon(self.image, chief if self.chief else theme.text, size))
        self.setIconSize(QSize(size, size))
        if self.chief:
            self.setStyleSheet(
                f"QPushButton {{ background: {theme.accent}; color: {chief}; border-color: {theme.accent}; }}"
                f"QPushButton:focus {{ border-color: {theme.text}; }}"
                f"QPushButton:disabled {{ background: {theme.line}; color: {theme.quiet}; }}"
            )


class BenchPanel(QWidget):
    """`starter_asked`, `reference_asked`, `open_asked`, `save_asked`, `lab_asked`: what the menu is for."""

    run_asked = Signal()
    check_asked = Signal()
    stop_asked = Signal()
    lab_asked = Signal()
    starter_asked = Signal()
    reference_asked = Signal()
    open_asked = Signal()
    save_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = DARK
        self.name, self.saved = QLabel(self), Elided("", self)
        self.run, self.check = Doing("play", self, chief=True), Doing("check", self)
        self.stop = Doing("stop", self)
        self.lab, self.more = QToolButton(self), QToolButton(self)
        self.menu = QMenu(self)
        self.editor = Editor()
        self.finder = FindBar(self.editor)
        self.report = Report()
        self.nothing = Caption("", self)
        self.strip = FaultStrip()
        self.list = FaultList()
        self.pages = QStackedWidget()
        self.acts: dict[str, QAction] = {}
        self._lay_out()
        self._connect()
        self._say()
        self.show_busy(running=False, checking=False)

    def show_listing(self, name: str, nothing: str = "") -> None:
        """The function that is to be written; or why there is none here."""
        self.name.setText(name)
        self.nothing.setText(nothing)
        self.nothing.setVisible(bool(nothing))
        self.editor.setVisible(bool(name))
        for button in (self.run, self.check):
            button.setEnabled(bool(name))
        for action in self.acts.values():
            action.setEnabled(bool(name))

    def show_busy(self, *, running: bool, checking: bool) -> None:
        """Something runs that can be stopped, or nothing does."""
        self.stop.setEnabled(running or checking)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        for button in (self.run, self.check, self.stop):
            button.set_theme(theme)
        size = round(QFontMetrics(scaled(1.0)).height() * 1.1)
        for tool, image in ((self.lab, "bug"), (self.more, "menu")):
            tool.setIcon(icon(image, theme.text, size))
            tool.setIconSize(QSize(size, size))
        for widget in (self.editor, self.finder, self.report, self.strip, self.list):
            widget.set_theme(theme)

    def _lay_out(self) -> None:
        head, row = QHBoxLayout(), QHBoxLayout()
        head.setContentsMargins(12, 6, 8, 0)
        head.setSpacing(8)
        head.addWidget(self.name)
        head.addWidget(self.saved, 1)
        for tool in (self.lab, self.more):
            tool.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            head.addWidget(tool)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(self.menu)
        row.setContentsMargins(12, 2, 12, 8)
        row.setSpacing(8)
        for button in (self.run, self.check, self.stop):
            row.addWidget(button)
        row.addStretch(1)
        self.saved.setProperty("quiet", True)
        self.name.setFont(mono())
        self.nothing.setContentsMargins(12, 8, 12, 8)
        self.nothing.hide()
        code = QWidget()
        column = QVBoxLayout(code)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        for widget in (self.strip, self.nothing):
            column.addWidget(widget)
        column.addWidget(self.editor, 1)
        column.addWidget(self.finder)
        column.addWidget(self.report)
        self.report.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.pages.addWidget(code)
        self.pages.addWidget(self.list)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(head)
        whole.addWidget(self.pages, 1)

    def _connect(self) -> None:
        self.run.clicked.connect(self.run_asked)
        self.check.clicked.connect(self.check_asked)
        self.stop.clicked.connect(self.stop_asked)
        self.lab.clicked.connect(self.lab_asked)
        self.report.escaped.connect(self.editor.setFocus)
        for name, signal in (
            ("starter", self.starter_asked), ("reference", self.reference_asked),
            ("open", self.open_asked), ("save", self.save_asked),
        ):  # fmt: skip
            if name == "open":
                self.menu.addSeparator()
            self.acts[name] = self.menu.addAction("", signal.emit)

    def _say(self) -> None:
        self.setAccessibleName(self.tr("Workbench"))
        self.run.setText(self.tr("Run"))
        self.check.setText(self.tr("Check"))
        self.stop.setText(self.tr("Stop"))
        self.run.setToolTip(self.tr("Step through your code in this scene  Ctrl+R"))
        self.check.setToolTip(self.tr("Compare it with the engine on hundreds of small cases  Ctrl+Shift+R"))
        self.stop.setToolTip(self.tr("End what is running  Ctrl+."))
        for tool, words in (
            (self.lab, self.tr("Bug lab: find planted mistakes  Ctrl+L")),
            (self.more, self.tr("Starter, reference, files")),
        ):
            tool.setToolTip(words)
            tool.setAccessibleName(words)
        for name, words in (
            ("starter", self.tr("Begin with the signature alone")),
            ("reference", self.tr("Begin with the engine's own code")),
            ("open", self.tr("Open a file…")),
            ("save", self.tr("Save as a file…")),
        ):
            self.acts[name].setText(words)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._say()
        elif event.type() == QEvent.Type.StyleChange:  # a style sheet brings back the first font
            font = mono()
            font.setBold(True)
            self.name.setFont(font)
        super().changeEvent(event)

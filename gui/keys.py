"""The key map: one table, used to make the shortcuts and to show them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget
from shiboken6 import isValid

from gui import theme as look


@dataclass(frozen=True)
class Binding:
    """What a key does: the action's name in the window, its keys, and how the overlay says it."""

    action: str
    keys: tuple[str, ...]
    does: str


def _t(text: str) -> str:
    return QCoreApplication.translate("keys", text)


GROUPS: tuple[tuple[str, tuple[Binding, ...]], ...] = (
    (
        "Steps",
        (
            Binding("play", ("Space",), "play or pause"),
            Binding("step_on", ("Right", ".", "PgDown"), "one step on"),
            Binding("step_back", ("Left", ",", "PgUp"), "one step back"),
            Binding("to_start", ("Home",), "to the start"),
            Binding("to_end", ("End",), "to the end"),
            Binding("grain", ("G",), "narrated steps or lines"),
            Binding("slower", ("-",), "slower"),
            Binding("faster", ("=", "+"), "faster"),
        ),
    ),
    (
        "Predicting",
        (
            Binding("predict", ("Ctrl+P",), "predict each step, or no longer"),
            Binding("hands", ("Ctrl+H",), "count the hands of a class"),
            Binding("again", ("Ctrl+Shift+P",), "the same questions again"),
        ),
    ),
    (
        "Debugging",
        (
            Binding("line_on", ("F11",), "one line on, into calls"),
            Binding("line_back", ("Shift+F11",), "one line back"),
            Binding("over", ("F10",), "over the call"),
            Binding("out", ("Ctrl+F11",), "out of the call"),
            Binding("run", ("F5",), "run to the next breakpoint or hit"),
            Binding("run_back", ("Shift+F5",), "back to the last one"),
            Binding("breakpoint", ("F9",), "breakpoint on the current line"),
        ),
    ),
    (
        "Asking",
        (
            Binding("condition", ("Ctrl+F8",), "stop where a condition holds"),
            Binding("hit_on", ("F8",), "to the next time it holds"),
            Binding("hit_back", ("Shift+F8",), "back to the last time"),
            Binding("watch", ("Ctrl+F9",), "watch an expression"),
            Binding("why", ("F7",), "why? the chosen part or value"),
            Binding("why_back", ("Shift+F7",), "back to what was asked before"),
            Binding("why_on", ("Ctrl+F7",), "on to the next answer again"),
        ),
    ),
    (
        "Code of your own",
        (
            Binding("write", ("Ctrl+E",), "write code of your own"),
            Binding("run_code", ("Ctrl+R",), "run it"),
            Binding("check_code", ("Ctrl+Shift+R",), "check it against the engine"),
            Binding("stop_code", ("Ctrl+.",), "stop it"),
            Binding("engine_run", ("Ctrl+Shift+E",), "back to the engine's run"),
            Binding("lab", ("Ctrl+L",), "bug lab: find planted mistakes"),
            Binding("mark_line", ("Ctrl+M",), "bug lab: this line is wrong"),
        ),
    ),
    (
        "Comparing",
        (
            Binding("fork", ("Ctrl+B",), "keep this run beside what comes next"),
            Binding("swap", ("Ctrl+Shift+B",), "swap the two runs"),
            Binding("part", ("Ctrl+G",), "another part of both pictures"),
            Binding("first_difference", ("Ctrl+J",), "to where they first differ"),
            Binding("next_difference", ("Ctrl+Shift+J",), "to the next difference"),
        ),
    ),
    (
        "Picture",
        (
            Binding("home", ("0",), "show all again"),
            Binding("undo", ("Ctrl+Z",), "undo"),
            Binding("redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo"),
            Binding("open", ("Ctrl+O",), "open a picture or data"),
            Binding("paste", ("Ctrl+V",), "paste a picture or data"),
            Binding("hand_on", ("Ctrl+Return", "Ctrl+Enter"), "hand the result on to another scene"),
        ),
    ),
    (
        "Window",
        (
            Binding("search", ("Ctrl+F",), "search the topics"),
            Binding("navigator", ("F2",), "contents on or off"),
            Binding("side", ("F3",), "side panel on or off"),
            Binding("alone", ("F4",), "the picture alone"),
            Binding("theme", ("F6",), "dark, light, high contrast"),
            Binding("full", ("F12",), "full screen"),
            Binding("help", ("?", "F1"), "these keys"),
            Binding("tour", ("Shift+F1",), "a tour of the window"),
        ),
    ),
)
ON_STAGE = (
    ("Tab", "choose the next thing on the picture"),
    ("arrows", "move the chosen thing (Shift: by ten)"),
    ("Enter", "type its value, or click it"),
    ("Escape", "let go of it"),
    ("wheel, drag", "zoom and move the picture"),
)


class KeyOverlay(QFrame):
    """All keys on one card over the window; any key or click puts it away."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.setAccessibleName(self.tr("Keys"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._left: QWidget | None = None  # what had the focus before
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(28, 20, 28, 24)
        self.grid.setHorizontalSpacing(40)
        self.hide()

    def show_keys(self, scene_keys: tuple[tuple[str, str], ...] = ()) -> None:
        """Open the card, with the keys of the scene on stage beside the common ones."""
        while (item := self.grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        blocks = [(title, tuple((_shown(b.keys), b.does) for b in bindings)) for title, bindings in GROUPS]
        blocks.append(("On the picture", (*ON_STAGE, *scene_keys)))
        for number, (title, lines) in enumerate(blocks):
            row, column = divmod(number, 3)
            self.grid.addWidget(self._block(_t(title), lines), row, column, Qt.AlignmentFlag.AlignTop)
        self.adjustSize()
        parent = self.parentWidget()
        if parent is not None:
            self.resize(
                min(self.sizeHint().width(), parent.width()), min(self.sizeHint().height(), parent.height())
            )
            self.move((parent.width() - self.width()) // 2, (parent.height() - self.height()) // 2)
        self._left = self.window().focusWidget()
        self.raise_()
        self.show()
        self.setFocus()

    def _block(self, title: str, lines: tuple[tuple[str, str], ...]) -> QWidget:
        block = QWidget(self)
        column = QVBoxLayout(block)
        column.setContentsMargins(0, 4, 0, 8)
        head = QLabel(title)
        head.setFont(look.scaled(1.1, bold=True))
        column.addWidget(head)
        table = QGridLayout()
        table.setHorizontalSpacing(14)
        table.setVerticalSpacing(3)
        for row, (keys, does) in enumerate(lines):
            name = QLabel(keys)
            name.setFont(look.mono())
            words = QLabel(_t(does))
            words.setProperty("quiet", True)
            table.addWidget(name, row, 0)
            table.addWidget(words, row, 1)
        table.setColumnStretch(1, 1)
        column.addLayout(table)
        return block

    def event(self, event: QEvent) -> bool:
        """Any key is for this card, before it is a shortcut of the window."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._close()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._close()
        event.accept()

    def _close(self) -> None:
        self.hide()
        if self._left is not None and isValid(self._left):
            self._left.setFocus()


def _shown(keys: tuple[str, ...]) -> str:
    native = QKeySequence.SequenceFormat.NativeText
    return "  ".join(QKeySequence(key).toString(native) for key in keys)

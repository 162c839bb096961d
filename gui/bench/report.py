"""Below the editor: how far a check is, what ended a run, the verdict, and what the code has printed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gui.icons import icon
from gui.inputs import Caption
from gui.theme import DARK, Theme, mono, scaled

PRINTED = 200_000  # characters of what was printed that are shown
LINES = 6
SIGNS = {"good": ("check", "kept"), "bad": ("warning", "weight"), "plain": ("info", "quiet")}


class Chosen(QPushButton):
    """A button that Enter presses too; Escape leaves it."""

    escaped = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)


class Printed(QPlainTextEdit):
    """What the code has printed, to read and to copy."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(6)
        self.setAccessibleName(self.tr("What your code printed"))
        self.setFont(mono())

    def show_printed(self, text: str) -> None:
        """Show it from its start; nothing where nothing was printed."""
        cut = text[:PRINTED]
        if len(text) > PRINTED:
            cut += self.tr("\n… and {count:,} characters more").format(count=len(text) - PRINTED)
        self.setPlainText(cut.rstrip("\n"))
        self.setVisible(bool(cut.strip()))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        lines = min(LINES, max(1, self.blockCount()))
        return QSize(100, QFontMetrics(self.font()).lineSpacing() * lines + 26)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:  # a style sheet brings back the first font
            self.setFont(mono())
        super().changeEvent(event)


class Report(QWidget):
    """`open_asked` asks for the smallest case that differs, `escaped` leads back to the code."""

    open_asked = Signal()
    escaped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = DARK
        self.kind = "plain"
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.sign, self.words = QLabel(self), QLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.smallest = Chosen(self.tr("Open the smallest case"), self)
        self.printed = Printed(self)
        self.caution = Caption("", self)
        self.caution.setProperty("quiet", True)
        self._lay_out()
        self.smallest.clicked.connect(self.open_asked)
        self.smallest.escaped.connect(self.escaped)
        self._say()
        self.clear()

    def clear(self) -> None:
        """Nothing has been run."""
        self._show("", "plain")
        self.printed.show_printed("")

    def show_going(self, words: str) -> None:
        """Something is running; how far it is is not known."""
        self._show(words, "plain")
        self.bar.setRange(0, 0)
        self.bar.show()

    def show_tried(self, count: int, total: int) -> None:
        """A check is so far."""
        self.bar.setRange(0, total)
        self.bar.setValue(count)
        self.words.setText(self.tr("Checking: {count} of {total} cases").format(count=count, total=total))

    def show_said(self, words: str, kind: str = "plain", *, can_open: bool = False) -> None:
        """What came of it: "good", "bad" or "plain"."""
        self._show(words, kind)
        self.smallest.setVisible(can_open)

    def show_printed(self, text: str) -> None:
        """What the code has printed."""
        self.printed.show_printed(text)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self._tint()

    def _show(self, words: str, kind: str) -> None:
        self.kind = kind
        self.bar.hide()
        self.smallest.hide()
        self.words.setText(words)
        self.words.setAccessibleName(words)
        self.words.setVisible(bool(words))
        self.sign.setVisible(bool(words))
        self._tint()

    def _tint(self) -> None:
        name, role = SIGNS[self.kind]
        size = QFontMetrics(scaled(1.0)).height()
        self.sign.setPixmap(icon(name, self.theme.color(role), size).pixmap(size, size))

    def _lay_out(self) -> None:
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(8)
        row.setSpacing(8)
        row.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.words, 1)
        column.addWidget(self.bar)
        column.addLayout(row)
        column.addWidget(self.smallest, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.printed)
        column.addWidget(self.caution)

    def _say(self) -> None:
        self.smallest.setText(self.tr("Open the smallest case"))
        self.smallest.setToolTip(
            self.tr("Puts it on the stage, with your run at the first step that differs")
        )
        self.caution.setText(
            self.tr(
                "Your code runs in a process of its own, with limits on time, memory and output. "
                "They contain accidents and are no sandbox: run only code that you trust."
            )
        )

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._say()
        super().changeEvent(event)

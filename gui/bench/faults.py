"""Planted mistakes on screen: the list of them by what one sees, and the one that is being looked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.bench.store import Found
from gui.icons import icon
from gui.inputs import Caption
from gui.theme import DARK, Theme, mono, scaled
from gui.track import MOVES, keeps

if TYPE_CHECKING:
    from scenes.scene import Fault
    from scenes.workbench.source import Change

translate = QCoreApplication.translate
NAME = Qt.ItemDataRole.UserRole


class Rows(QListWidget):
    """A list whose arrow keys are its own; Enter chooses, Escape leaves."""

    chosen = Signal(str)
    escaped = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setSpacing(2)
        self.setUniformItemSizes(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(self._choose)

    def event(self, event: QEvent) -> bool:
        return keeps(event, MOVES) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentItem() is not None:
            self._choose(self.currentItem())
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(NAME))


class FaultList(QWidget):
    """All mistakes of a scene, by their symptoms, and how many have been found."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = DARK
        self.head, self.words = QLabel(self), Caption("", self)
        self.rows = Rows(self)
        self.back = QPushButton(self)
        self.words.setProperty("quiet", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(8)
        for widget in (self.head, self.words):
            column.addWidget(widget)
        column.addWidget(self.rows, 1)
        column.addWidget(self.back, 0, Qt.AlignmentFlag.AlignLeft)
        self.back.clicked.connect(self.rows.escaped)
        self._say()

    def show_faults(self, faults: Mapping[str, Fault], progress: Mapping[str, Found]) -> None:
        """List them; the first that has not been found is the current one."""
        self.rows.clear()
        count = sum(progress.get(name, Found()).found for name in faults)
        form = self.tr("Bug lab: {count} of {total} found")
        self.head.setText(form.format(count=count, total=len(faults)))
        size = QFontMetrics(scaled(1.0)).height()
        for name, fault in faults.items():
            been = progress.get(name, Found())
            text = _sentence(fault.symptom)
            if been.tries or been.found:
                text += f"\n{been_words(been)}"
            item = QListWidgetItem(text)
            role = self.theme.color("kept") if been.found else self.theme.quiet
            item.setIcon(icon("check" if been.found else "bug", role, size))
            item.setData(NAME, name)
            self.rows.addItem(item)
        first = [n for n, name in enumerate(faults) if not progress.get(name, Found()).found]
        self.rows.setCurrentRow(first[0] if first else 0)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        size = QFontMetrics(scaled(1.0)).height()
        self.rows.setIconSize(QSize(size, size))
        ground = theme.hover or theme.line
        self.rows.setStyleSheet(
            "QListView { outline: 0; }"
            "QListView::item { padding: 7px 0; border-radius: 6px; }"
            f"QListView::item:hover {{ background: {ground}; }}"
            f"QListView::item:selected {{ background: {ground}; color: {theme.text}; }}"
        )
        self.head.setFont(scaled(1.1, bold=True))

    def _say(self) -> None:
        self.rows.setAccessibleName(self.tr("Planted mistakes"))
        self.words.setText(
            self.tr(
                "Each of these has one mistake planted in the engine's code. Choose one by what it does wrong, "
                "step through it, and find the line."
            )
        )
        self.back.setText(self.tr("Back to your code"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._say()
        super().changeEvent(event)


class FaultStrip(QFrame):
    """The mistake that is being looked for: its symptom, the way to name its line; and once found, the lesson.

    `mark_asked` says that the line named on the button is wrong.
    """

    mark_asked = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = DARK
        self.symptom, self.tries, self.lesson = QLabel(self), Caption("", self), QLabel(self)
        self.lines = QLabel(self)
        self.mark, self.away = QPushButton(self), QToolButton(self)
        for label in (self.symptom, self.lesson, self.lines):
            label.setTextFormat(Qt.TextFormat.PlainText)
        for label in (self.symptom, self.lesson):
            label.setWordWrap(True)
        self.tries.setProperty("quiet", True)
        self.lines.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        top, row, column = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        column.setContentsMargins(12, 4, 8, 8)
        column.setSpacing(6)
        top.addWidget(self.symptom, 1)
        top.addWidget(self.away, 0, Qt.AlignmentFlag.AlignTop)
        row.setSpacing(8)
        row.addWidget(self.mark)
        row.addWidget(self.tries, 1)
        column.addLayout(top)
        column.addLayout(row)
        column.addWidget(self.lesson)
        column.addWidget(self.lines)
        self.mark.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.mark.clicked.connect(self.mark_asked)
        self.away.clicked.connect(self.left)
        self._say()
        self.hide()

    def show_fault(self, symptom: str, been: Found) -> None:
        """Begin to look for one."""
        self.symptom.setText(self.tr("Symptom: {words}").format(words=_sentence(symptom)))
        self.lesson.hide()
        self.lines.hide()
        self.mark.show()
        self.show_tries(been)
        self.show()

    def show_tries(self, been: Found, words: str = "") -> None:
        """How many lines have been named, and what was said of the last."""
        self.tries.setText(f"{words} {been_words(been)}".strip())

    def show_line(self, line: int) -> None:
        """The line that the button names."""
        self.mark.setText(self.tr("Line {line} is wrong").format(line=line))

    def show_lesson(self, lesson: str, changes: Sequence[Change]) -> None:
        """It has been found: why it is wrong, and what should stand there."""
        self.lesson.setText(lesson)
        rows = []
        code = [one for one in changes if not one.right.lstrip().startswith("#")]
        for one in code or changes:
            rows += [self.tr("was     {code}").format(code=one.wrong.strip())]
            rows += [self.tr("is now  {code}").format(code=one.right.strip())]
        self.lines.setText("\n".join(rows))
        self.mark.hide()
        self.lesson.show()
        self.lines.show()

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        size = round(QFontMetrics(scaled(1.0)).height() * 0.95)
        self.away.setIcon(icon("close", theme.text, size))
        self.away.setIconSize(QSize(size, size))
        self.lines.setFont(mono())

    def _say(self) -> None:
        words = self.tr("Leave the bug lab: back to your code")
        self.away.setToolTip(words)
        self.away.setAccessibleName(words)
        self.mark.setToolTip(self.tr("The line of the cursor, or the one the run stands at  Ctrl+M"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._say()
        elif event.type() == QEvent.Type.StyleChange:  # a style sheet brings back the first font
            self.lines.setFont(mono())
        super().changeEvent(event)


def been_words(been: Found) -> str:
    """How far one is, in words."""
    if been.found and been.mended:
        if not been.tries:
            return translate("bench", "You mended it without naming a line.")
        if been.tries == 1:
            return translate("bench", "You mended it after naming 1 other line.")
        return translate("bench", "You mended it after naming {tries} other lines.").format(tries=been.tries)
    if been.found and been.tries <= 1:
        return translate("bench", "Found at the first try.")
    if been.found:
        return translate("bench", "Found after {tries} tries.").format(tries=been.tries)
    if been.tries == 1:
        return translate("bench", "1 try so far.")
    return translate("bench", "{tries} tries so far.").format(tries=been.tries) if been.tries else ""


def _sentence(text: str) -> str:
    """With a capital letter and a full stop."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."

"""The search in the editor: a field, how often it is there, on and back, and whether case counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.bench.editor import found_in, is_for_text
from gui.icons import icon
from gui.inputs import Field
from gui.theme import DARK, Theme, scaled
from gui.track import Figures, RoundButton

if TYPE_CHECKING:
    from PySide6.QtGui import QTextCursor

    from gui.bench.editor import Editor


class FindField(Field):
    """A field whose Enter goes on, and Shift+Enter back; Escape leaves it."""

    on = Signal(int)
    closed = Signal()

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and is_for_text(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        with_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        enters = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enters or (with_control and event.key() == Qt.Key.Key_G):
            self.on.emit(-1 if shift else 1)
        elif with_control and event.key() == Qt.Key.Key_F:
            self.selectAll()
        elif event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


class FindBar(QWidget):
    """Searches an editor's text as it is typed."""

    def __init__(self, editor: Editor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editor = editor
        self._theme = DARK
        self._found: list[QTextCursor] = []
        self.field = FindField(self)
        self.count = Figures(self)
        self.case = RoundButton(self)
        self.back, self.next = RoundButton(self, "step-back"), RoundButton(self, "step-forward")
        self.away = RoundButton(self, "close")
        self.case.setCheckable(True)
        self.case.setText("Aa")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(2)
        row.addWidget(self.field, 1)
        for widget in (self.count, self.case, self.back, self.next, self.away):
            row.addWidget(widget)
        self.field.textEdited.connect(self._look)
        self.field.on.connect(self.go)
        self.field.closed.connect(self.close_bar)
        self.case.toggled.connect(self._look)
        self.back.clicked.connect(self._go_back)
        self.next.clicked.connect(self._go_on)
        self.away.clicked.connect(self.close_bar)
        editor.find_asked.connect(self.open_bar)
        editor.find_on.connect(self.go)
        editor.textChanged.connect(self._look_again)
        self._say()
        self.hide()

    def open_bar(self) -> None:
        """Begin to search, for what is selected where that is in one line."""
        chosen = self.editor.textCursor().selectedText()
        if chosen and "\u2029" not in chosen:
            self.field.setText(chosen)
        self.show()
        self.field.setFocus()
        self.field.selectAll()
        self._look_again()

    def close_bar(self) -> None:
        """Search no more; the cursor stays on what was found."""
        self.hide()
        self.editor.show_found([], -1)
        self.editor.setFocus()

    def go(self, way: int) -> None:
        """To the next place or the last, round the end."""
        if self.isHidden():
            if not self.field.text():
                self.open_bar()
                return
            self.show()
            self._look_again()
        if not self._found:
            return
        cursor = self.editor.textCursor()
        here = cursor.selectionStart()
        if way > 0:
            beyond = [n for n, one in enumerate(self._found) if one.selectionStart() > here]
            at = beyond[0] if beyond else 0
        else:
            beyond = [n for n, one in enumerate(self._found) if one.selectionStart() < here]
            at = beyond[-1] if beyond else len(self._found) - 1
        self._stand(at)

    def set_theme(self, theme: Theme) -> None:
        """Tint the icons for a theme."""
        self._theme = theme
        side = round(QFontMetrics(scaled(1.0)).height() * 0.95)
        for button in (self.back, self.next, self.away, self.case):
            button.setIconSize(QSize(side, side))
            button.setFixedSize(side + 10, side + 10)
        for button in (self.back, self.next, self.away):
            button.setIcon(icon(button.objectName(), theme.text, side))

    def _go_on(self) -> None:
        self.go(1)

    def _go_back(self) -> None:
        self.go(-1)

    def _look(self) -> None:
        """To the first place from where the cursor is."""
        self._search()
        here = self.editor.textCursor().selectionStart()
        after = [n for n, one in enumerate(self._found) if one.selectionStart() >= here]
        if self._found:
            self._stand(after[0] if after else 0)
        else:
            self._show(-1)

    def _look_again(self) -> None:
        """The text has changed: light up what is there now."""
        if not self.isHidden():
            self._search()
            self._show(self._here())

    def _search(self) -> None:
        with_case = self.case.isChecked()
        self._found = found_in(self.editor.document(), self.field.text(), with_case=with_case)

    def _here(self) -> int:
        start = self.editor.textCursor().selectionStart()
        return next((n for n, one in enumerate(self._found) if one.selectionStart() == start), -1)

    def _stand(self, at: int) -> None:
        self.editor.setTextCursor(self._found[at])
        self.editor.ensureCursorVisible()
        self._show(at)

    def _show(self, at: int) -> None:
        total = len(self._found)
        none = self.tr("none") if self.field.text() else ""
        form = self.tr("{at} of {total}") if at >= 0 else self.tr("{total} ×")
        self.count.setText(form.format(at=at + 1, total=total) if total else none)
        self.editor.show_found(self._found, at)

    def _say(self) -> None:
        self.field.setPlaceholderText(self.tr("find in your code"))
        self.field.setAccessibleName(self.tr("Find in your code"))
        self.field.setToolTip(self.tr("Enter goes on, Shift+Enter back, Escape to the code"))
        self.case.say(self.tr("Capital letters count"))
        self.back.say(self.tr("Back to the last one  Ctrl+Shift+G"))
        self.next.say(self.tr("On to the next one  Ctrl+G"))
        self.away.say(self.tr("Close the search  Escape"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._say()
        elif event.type() == QEvent.Type.FontChange:
            self.set_theme(self._theme)
        super().changeEvent(event)

"""The editor: code to write, with its numbers, its errors, and the line that a run stands at."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QMimeData, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QToolTip, QWidget

from gui.bench import typing
from gui.code import BAR, MARGIN, Highlighter, Page, formats_of, spans_of
from gui.gutter import Gutter
from gui.icons import icon
from gui.theme import DARK, Theme, band_colour, legible, mix, mono

LONG = 40_000  # characters up to which all is coloured with every key
QUIET = 250  # ms after which a longer text is
NARROW = 3  # digits that the numbers have room for at least
MOST_FOUND = 2000

Key, Mod = Qt.Key, Qt.KeyboardModifier
WITH_CONTROL = frozenset({
    Key.Key_Z, Key.Key_Y, Key.Key_X, Key.Key_C, Key.Key_V, Key.Key_A, Key.Key_F, Key.Key_G, Key.Key_Slash,
    Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down, Key.Key_Home, Key.Key_End, Key.Key_Backspace,
    Key.Key_Delete, Key.Key_Return, Key.Key_Enter, Key.Key_Insert, Key.Key_PageUp, Key.Key_PageDown,
})  # fmt: skip
WITH_CONTROL_AND_SHIFT = frozenset({
    Key.Key_Z, Key.Key_G, Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down, Key.Key_Home, Key.Key_End,
})  # fmt: skip


def is_for_text(event: QKeyEvent) -> bool:
    """Whether a key is the editor's own while one types: no shortcut of the window comes before it."""
    modifiers = event.modifiers() & ~(Mod.KeypadModifier | Mod.GroupSwitchModifier)
    if modifiers in (Mod.NoModifier, Mod.ShiftModifier):
        return not Key.Key_F1 <= event.key() <= Key.Key_F35
    if modifiers == Mod.ControlModifier:
        return event.key() in WITH_CONTROL
    if modifiers == Mod.ControlModifier | Mod.ShiftModifier:
        return event.key() in WITH_CONTROL_AND_SHIFT
    return False


class Editor(QPlainTextEdit):
    """Text to write code in. `escaped` leaves it, `find_asked` opens the search in it, `find_on` goes on (1) or
    back (-1); `marked` carries a line (from 1) that was pointed at in the gutter, `dropped` a file.
    """

    escaped = Signal()
    find_asked = Signal()
    find_on = Signal(int)
    marked = Signal(int)
    dropped = Signal(Path)
    focused = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = DARK
        self.colours: Mapping[str, str] = {}
        self.now = 0  # the line that the run stands at, 0 for none
        self.error, self.error_words = 0, ""
        self.mended = 0  # a line that was put right
        self.can_mark = False
        self.page = Page()
        self._found: list[QTextCursor] = []
        self._at_found = -1
        self._stale: list[int] = []  # rows to be coloured anew
        self._colouring = False
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(QUIET)
        self._later.timeout.connect(self._colour_all)
        self.document().contentsChange.connect(self._recolour)  # before the highlighter hears of it
        self._highlighter = Highlighter(self.document())
        self._gutter = EditorGutter(self)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.document().setDocumentMargin(MARGIN)
        self.updateRequest.connect(self._gutter.follow)
        self.blockCountChanged.connect(self._gutter.fit)
        self.cursorPositionChanged.connect(self._show_places)
        self.textChanged.connect(self._changed)
        self._say()
        self.set_theme(DARK)

    # ------------------------------------------------------------------ what the owner calls

    @property
    def text(self) -> str:
        return self.toPlainText()

    @property
    def line(self) -> int:
        """The line of the cursor, from 1."""
        return self.textCursor().blockNumber() + 1

    def show_text(self, text: str) -> None:
        """Begin with another text, with an undo of its own."""
        self._found, self.error, self.now, self.mended = [], 0, 0, 0
        self.setPlainText(text)
        self._colour_all()
        self._show_places()

    def write(self, text: str) -> None:
        """Put a text in the place of all that is there; undo brings that back."""
        cursor = self.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)
        cursor.setPosition(0)
        self.setTextCursor(cursor)

    def show_now(self, line: int) -> None:
        """Put the band on the line that the run stands at; 0 takes it away."""
        if line != self.now:
            self.now = line
            if line:
                self._reveal(line)
            self.viewport().update()
            self._gutter.update()

    def show_error(self, line: int, words: str) -> None:
        """Mark the line that went wrong, with the sentence; 0 takes the mark away."""
        self.error, self.error_words = (line if line <= self.blockCount() else 0), words
        if line:
            self._reveal(line)
        self._show_places()

    def show_mended(self, line: int) -> None:
        """Mark a line that has been put right."""
        self.mended = line
        if line:
            self._reveal(line)
        self._show_places()

    def show_found(self, found: list[QTextCursor], at: int) -> None:
        """Light up what a search has found, one of it more than the others."""
        self._found, self._at_found = found[:MOST_FOUND], at
        self._show_places()

    def go_to(self, line: int) -> None:
        """Put the cursor on a line."""
        self.setTextCursor(QTextCursor(self.document().findBlockByNumber(line - 1)))

    def set_colours(self, colours: Mapping[str, str]) -> None:
        """Give variables the colours of their roles."""
        if colours != self.colours:
            self.colours = colours
            self._colour_all()

    def set_theme(self, theme: Theme) -> None:
        """Dress the code in a theme."""
        self.theme = theme
        self._highlighter.formats = formats_of(theme)
        self._colouring = True
        self._highlighter.rehighlight()
        self._colouring = False
        self.setFont(mono())
        self.setTabStopDistance(typing.STEP * QFontMetricsF(self.font()).horizontalAdvance(" "))
        self._gutter.fit()
        self._show_places()

    # ------------------------------------------------------------------ colours

    def _recolour(self, position: int, removed: int, added: int) -> None:
        """The text has changed. The highlighter goes through the lines that did; others may look otherwise now too."""
        if self._colouring or (not removed and not added):
            return
        if self.document().characterCount() > LONG:
            self._later.start()
            return
        before, here = self.page.spans, self.document().findBlock(position).blockNumber()
        self._colour()
        more = len(self.page.spans) - len(before)
        for row in range(len(self.page.spans)):
            was = row if row <= here else row - more
            if not 0 <= was < len(before) or before[was] != self.page.spans[row]:
                self._stale.append(row)

    def _colour_all(self) -> None:
        before = self.page.spans
        self._colour()
        rows = enumerate(self.page.spans)
        self._show_colours([row for row, spans in rows if row >= len(before) or before[row] != spans])

    def _show_colours(self, rows: list[int]) -> None:
        self._colouring = True
        for row in rows:
            self._highlighter.rehighlightBlock(self.document().findBlockByNumber(row))
        self._colouring = False

    def _colour(self) -> None:
        spans = spans_of(self.document().toPlainText().split("\n"), self.colours)
        self.page = self._highlighter.page = Page(spans=spans)

    def _changed(self) -> None:
        if self._colouring:
            return
        stale, self._stale = self._stale, []
        self._show_colours(stale)
        if self.error or self.mended:
            self.error = self.mended = 0
        self._show_places()

    def is_code(self, position: int) -> bool:
        """Whether a place is in no text or comment."""
        block = self.document().findBlock(position)
        column = position - block.position()
        row = self.page.spans[block.blockNumber()] if block.blockNumber() < len(self.page.spans) else ()
        return not any(
            one.style in ("string", "comment") and one.start <= column < one.start + one.length for one in row
        )

    # ------------------------------------------------------------------ places that are lit

    def _show_places(self) -> None:
        """The error's line, what was found, the bracket beside the cursor and its partner."""
        panel = QColor(self.theme.panel)
        lit: list[QTextEdit.ExtraSelection] = []
        for line, role in ((self.error, "weight"), (self.mended, "kept")):
            block = self.document().findBlockByNumber(line - 1)
            if line and block.isValid():
                lit.append(_lit(QTextCursor(block), mix(panel, self.theme.color(role), 0.22), wide=True))
        accent = QColor(self.theme.accent)
        for number, cursor in enumerate(self._found):
            lit.append(_lit(cursor, mix(panel, accent, 0.5 if number == self._at_found else 0.25)))
        pair = tuple(typing.brackets_at(self.document(), self.textCursor().position(), self.is_code))
        for place in pair:
            cursor = QTextCursor(self.document())
            cursor.setPosition(place)
            cursor.setPosition(place + 1, QTextCursor.MoveMode.KeepAnchor)
            role = "kept" if len(pair) == 2 else "weight"
            lit.append(_lit(cursor, mix(panel, self.theme.color(role), 0.4)))
        self.setExtraSelections(lit)
        self.viewport().update()
        self._gutter.update()

    def rect_of(self, line: int) -> QRect:
        """The full width of a line, in the viewport."""
        block = self.document().findBlockByNumber(line - 1)
        if line < 1 or not block.isValid():
            return QRect()
        top = self.blockBoundingGeometry(block).top() + self.contentOffset().y()
        height = block.layout().boundingRect().height()  # without the margin below the last line
        return QRect(0, round(top), self.viewport().width(), round(height))

    def line_at(self, y: int) -> int:
        """The line at a height of the viewport, 0 below the last."""
        block = self.firstVisibleBlock()
        while block.isValid():
            rect = self.rect_of(block.blockNumber() + 1)
            if rect.top() <= y <= rect.bottom():
                return block.blockNumber() + 1
            if rect.top() > y:
                return 0
            block = block.next()
        return 0

    def _reveal(self, line: int) -> None:
        rect = self.rect_of(line)
        if not self.viewport().rect().contains(rect.center()):
            room = self.viewport().height() // max(1, round(QFontMetricsF(self.font()).lineSpacing()))
            self.verticalScrollBar().setValue(max(0, line - 1 - room // 2))

    # ------------------------------------------------------------------ keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._does(event):
            event.accept()
        else:
            super().keyPressEvent(event)

    def _does(self, event: QKeyEvent) -> bool:
        """What a key does here that it does in no plain text; False for the others."""
        key, cursor = event.key(), self.textCursor()
        with_control = bool(event.modifiers() & Mod.ControlModifier)
        with_shift = bool(event.modifiers() & Mod.ShiftModifier)
        if with_control:
            return self._does_with_control(key, with_shift=with_shift)
        if key == Key.Key_Escape:
            self.escaped.emit()
        elif key == Key.Key_Backtab or (key == Key.Key_Tab and with_shift):
            typing.dedent(cursor)
        elif key == Key.Key_Tab:
            typing.indent(cursor)
            self._stand(cursor)
        elif key in (Key.Key_Return, Key.Key_Enter):
            typing.new_line(cursor)
            self._stand(cursor)
        elif key == Key.Key_Backspace and not with_shift and typing.backspace(cursor):
            self._stand(cursor)
        else:
            return False
        return True

    def _does_with_control(self, key: int, *, with_shift: bool) -> bool:
        if key == Key.Key_Slash:
            typing.toggle_comment(self.textCursor())
        elif key == Key.Key_F:
            self.find_asked.emit()
        elif key == Key.Key_G:
            self.find_on.emit(-1 if with_shift else 1)
        elif key == Key.Key_Z and not with_shift:
            self.undo()
        elif key in (Key.Key_Z, Key.Key_Y):
            self.redo()
        else:
            return False
        return True

    def _stand(self, cursor: QTextCursor) -> None:
        if not cursor.hasSelection():
            self.setTextCursor(cursor)
            self.ensureCursorVisible()

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and is_for_text(event)
        ):
            event.accept()
            return True
        done = super().event(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._say()
        elif event.type() == QEvent.Type.FontChange:
            self._gutter.fit()
        elif event.type() in (QEvent.Type.ApplicationFontChange, QEvent.Type.StyleChange):
            self.setFont(mono())  # a style sheet that is set anew brings back an older font
        return done

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasUrls() or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """A file is opened; in text, tabs become blanks."""
        if source.hasUrls() and source.urls()[0].isLocalFile():
            self.dropped.emit(Path(source.urls()[0].toLocalFile()))
            return
        plain = QMimeData()
        plain.setText(source.text().expandtabs(typing.STEP).replace("\u00a0", " "))
        super().insertFromMimeData(plain)

    # ------------------------------------------------------------------ what Qt calls

    def focusInEvent(self, event: Any) -> None:
        super().focusInEvent(event)
        self.viewport().update()
        self.focused.emit()

    def focusOutEvent(self, event: Any) -> None:
        super().focusOutEvent(event)
        self.viewport().update()
        self._gutter.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        if self.hasFocus():
            ground = mix(QColor(self.theme.panel), QColor(self.theme.quiet), 0.10)
            painter.fillRect(self.rect_of(self.line), ground)
        painter.fillRect(self.rect_of(self.now), band_colour(self.theme))
        painter.end()
        super().paintEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._gutter.place()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self.tell(event.globalPos(), self.line_at(event.pos().y()))
            return True
        return super().viewportEvent(event)

    def tell(self, place: Any, line: int) -> None:
        """The sentence of the line that went wrong, under the pointer."""
        if line and line == self.error and self.error_words:
            QToolTip.showText(place, f"<span>{html.escape(self.error_words)}</span>", self)
        else:
            QToolTip.hideText()

    def _say(self) -> None:
        self.setAccessibleName(self.tr("Your code"))


def _lit(cursor: QTextCursor, colour: QColor, *, wide: bool = False) -> QTextEdit.ExtraSelection:
    made, look = QTextEdit.ExtraSelection(), QTextCharFormat()
    look.setBackground(colour)
    if wide:
        look.setProperty(QTextCharFormat.Property.FullWidthSelection, True)
    made.cursor, made.format = cursor, look
    return made


def found_in(document: QTextDocument, text: str, *, with_case: bool) -> list[QTextCursor]:
    """Every place of a text, in the order of the document."""
    flags = QTextDocument.FindFlag.FindCaseSensitively if with_case else QTextDocument.FindFlag(0)
    found: list[QTextCursor] = []
    cursor = QTextCursor(document)
    while text and len(found) < MOST_FOUND:
        cursor = document.find(text, cursor, flags)
        if cursor.isNull():
            break
        found.append(QTextCursor(cursor))
    return found


class EditorGutter(Gutter):
    """The numbers of the lines, the sign of an error, and where a line may be marked as wrong."""

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor, nowhere=0)
        self.editor = editor

    def row_at(self, y: int) -> int:
        return self.editor.line_at(y)

    def may_click(self, row: int) -> bool:
        return self.editor.can_mark

    def fit(self) -> None:
        """As wide as the longest number asks."""
        digits = max(NARROW, len(str(self.editor.blockCount())))
        metrics = QFontMetricsF(self.editor.font())
        self.widen(round(metrics.horizontalAdvance("8") * digits + metrics.height() * 0.8 + BAR + 8))

    def paintEvent(self, event: QPaintEvent) -> None:
        editor, theme = self.editor, self.editor.theme
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(theme.panel))
        now = editor.rect_of(editor.now)
        painter.fillRect(now.x(), now.y(), self.width(), now.height(), band_colour(theme))
        painter.fillRect(now.x(), now.y(), BAR, now.height(), QColor(theme.accent))
        block = editor.firstVisibleBlock()
        while block.isValid():
            line = block.blockNumber() + 1
            rect = editor.rect_of(line)
            if rect.top() > event.rect().bottom():
                break
            self._paint(painter, line, rect)
            block = block.next()

    def _paint(self, painter: QPainter, line: int, rect: QRect) -> None:
        editor, theme = self.editor, self.editor.theme
        lit = line == editor.now or (editor.hasFocus() and line == editor.line)
        painter.setPen(legible(QColor(theme.text if lit else theme.quiet), band_colour(theme)))
        box = QRect(0, rect.y(), self.width() - 6, rect.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(line))
        size = round(QFontMetricsF(self.font()).ascent())
        sign = ""
        if line == editor.error:
            sign, colour = "warning", theme.color("weight")
        elif line == editor.mended:
            sign, colour = "check", theme.color("kept")
        elif editor.can_mark and line == self.hovered:
            sign, colour = "flag", QColor(theme.accent)
        if sign:
            top = rect.y() + (rect.height() - size) // 2
            icon(sign, colour, size).paint(painter, BAR + 2, top, size, size)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            line = self.editor.line_at(event.pos().y())
            if self.editor.can_mark and line != self.editor.error:
                QToolTip.showText(event.globalPos(), self.tr("This line is wrong"), self)
            else:
                self.editor.tell(event.globalPos(), line)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        line = self.editor.line_at(event.position().toPoint().y())
        if event.button() != Qt.MouseButton.LeftButton or not line:
            return
        self.editor.go_to(line)
        self.editor.setFocus()
        if self.editor.can_mark:
            self.editor.marked.emit(line)

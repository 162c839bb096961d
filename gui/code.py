"""The code that runs, as it is read: the current line, breakpoints, and values under the pointer.

The text is set once for a trace. A step changes two bands and nothing else, so that it costs
microseconds, however long the trace.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextDocument,
)
from PySide6.QtWidgets import QAbstractScrollArea, QPlainTextEdit, QToolTip, QWidget

from gui.gutter import Gutter
from gui.theme import DARK, Theme, band_colour, legible, mix, mono, scaled

if TYPE_CHECKING:
    from engine.trace import Listing

CONTEXT = 2  # rows kept in sight above and below the current line
BAR = 3  # the mark at the left edge of the current line, in pixels
MARGIN = 8

Place = tuple[str, str, int]  # function, file, line of the file


# ---------------------------------------------------------------------------- what is shown


@dataclass(frozen=True, slots=True)
class Row:
    """A line as shown. `line` is its number in the file, `stop` the line of the statement where a
    breakpoint here would stop (0 for none). Between two functions stands a row without a listing.
    """

    listing: Listing | None
    line: int = 0
    text: str = ""
    stop: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """A run of characters in one style: a kind of syntax, or the role of a variable. `name` is the
    variable it stands for, or "".
    """

    start: int
    length: int
    style: str
    name: str = ""


@dataclass(frozen=True)
class Page:
    """All rows, how they are coloured, and where the lines of the files went."""

    rows: tuple[Row, ...] = ()
    spans: tuple[tuple[Span, ...], ...] = ()
    bands: Mapping[Place, range] = field(default_factory=dict)

    def band(self, listing: Listing | None, line: int) -> range:
        """The rows of the statement at a line of the file."""
        if listing is None:
            return range(0)
        return self.bands.get((listing.name, listing.file, line), range(0))

    def stops(self) -> frozenset[tuple[str, int]]:
        """Every place where a breakpoint can be."""
        return frozenset((row.listing.name, row.stop) for row in self.rows if row.listing)


def page_of(listings: Sequence[Listing], colours: Mapping[str, str]) -> Page:
    """The functions one after the other, without the lines that only narrate."""
    rows: list[Row] = []
    for listing in listings:
        if rows:
            rows.append(Row(None))
        rows.extend(_rows(listing))
    return Page(tuple(rows), spans_of([row.text for row in rows], colours), _bands(rows))


def _rows(listing: Listing) -> Iterable[Row]:
    homes = set(listing.statement.values())
    head = min(homes, default=0)
    stops = sorted(n for n in homes if n != head and _does_something(listing.text(n)))
    for line, text in enumerate(listing.lines, listing.first):
        if text:
            home = listing.statement.get(line, 0)
            after = next((stop for stop in stops if stop > line), 0)
            yield Row(listing, line, text, home if home in stops else after)


def _does_something(text: str) -> bool:
    """Whether a line runs: a docstring does not, nor what is left of one."""
    return re.match(r"\s*([rRbBuU]?[\"']|$)", text) is None


def _bands(rows: Sequence[Row]) -> dict[Place, range]:
    """The rows of each statement, under every line it spans. A comment below is not part of it."""
    spans: dict[Place, range] = {}
    for number, row in enumerate(rows):
        home = _home(row)
        if home not in spans:
            spans[home] = range(number, number + 1)
        elif not row.text.lstrip().startswith("#"):
            spans[home] = range(spans[home].start, number + 1)
    return {(*_home(row)[:2], row.line): spans[_home(row)] for row in rows if row.listing}


def _home(row: Row) -> Place:
    """The first line of the row's statement."""
    if row.listing is None:
        return ("", "", 0)
    return row.listing.name, row.listing.file, row.listing.statement.get(row.line, row.line)


def spans_of(lines: Sequence[str], colours: Mapping[str, str]) -> tuple[tuple[Span, ...], ...]:
    """What Pygments says of each line, with the variables of `colours` in their roles."""
    from pygments.lexers.python import PythonLexer

    rows: list[list[Span]] = [[] for _ in lines]
    row = column = 0
    before = ""
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    for kind, text in lexer.get_tokens("\n".join(lines)):
        name = text if _is_variable(kind) and before != "." else ""
        style = f"role:{colours[name]}" if name in colours else _style(kind)
        for number, part in enumerate(text.split("\n")):
            if number:
                row, column = row + 1, 0
            length = len(part.encode("utf-16-le")) // 2  # as Qt counts
            if length and (style or name):
                rows[row].append(Span(column, length, style, name))
            column += length
        before = text if text.strip() else before
    return tuple(map(tuple, rows))


def _is_variable(kind: Any) -> bool:
    from pygments.token import Name

    named = (Name.Function, Name.Class, Name.Decorator, Name.Namespace, Name.Exception)
    return kind in Name and not any(kind in other for other in named)


def _style(kind: Any) -> str:
    from pygments.token import Comment, Keyword, Name, Number, Operator, String

    styles = {
        "keyword": (Keyword, Operator.Word),
        "comment": (Comment, String.Doc),
        "string": (String, Number),
        "definition": (Name.Function, Name.Class),
    }
    if kind in String.Interpol:
        return ""
    return next((style for style, kinds in styles.items() if any(kind in k for k in kinds)), "")


def paint_sentence(area: QAbstractScrollArea, sentence: str, theme: Theme) -> None:
    """What a view says that has nothing to show."""
    painter = QPainter(area.viewport())
    painter.setFont(scaled(1.0))
    painter.setPen(QColor(theme.quiet))
    room = area.viewport().rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
    painter.drawText(room, Qt.TextFlag.TextWordWrap, sentence)
    painter.end()


class Highlighter(QSyntaxHighlighter):
    """Gives the rows of a page their formats."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self.page = Page()
        self.formats: dict[str, QTextCharFormat] = {}

    def highlightBlock(self, text: str) -> None:
        row = self.currentBlock().blockNumber()
        for span in self.page.spans[row] if row < len(self.page.spans) else ():
            if span.style in self.formats:
                self.setFormat(span.start, span.length, self.formats[span.style])


def formats_of(theme: Theme) -> dict[str, QTextCharFormat]:
    """Syntax stays in greys, so that colour is left to the variables."""
    ground = band_colour(theme)
    text, quiet = QColor(theme.text), legible(QColor(theme.quiet), ground)
    made = {
        "keyword": _format(mix(text, quiet, 0.55)),
        "string": _format(mix(text, quiet, 0.55)),
        "comment": _format(quiet, italic=True),
        "definition": _format(text, bold=True),
    }
    for role, colour in theme.roles.items():
        made[f"role:{role}"] = _format(legible(QColor(colour), ground), bold=True)
    return made


def _format(colour: QColor, *, bold: bool = False, italic: bool = False) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(colour)
    made.setFontItalic(italic)
    if bold:
        made.setFontWeight(QFont.Weight.Bold)
    return made


# ---------------------------------------------------------------------------- the widgets


class CodeView(QPlainTextEdit):
    """Read-only code with a gutter.

    `breakpoints_changed()` follows a change of `breakpoints`, pairs of a function's name and a
    line of its file. `run_to(name, line)` asks for a run to a line: double click, or Enter at the
    cursor. `value_of` gives the text for a variable under the pointer, "" for none.
    """

    breakpoints_changed = Signal()
    run_to = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.value_of: Callable[[str], str] = lambda name: ""
        self.page = Page()
        self.now = range(0)
        self.callers: tuple[range, ...] = ()
        self.theme = DARK
        self._breakpoints: frozenset[tuple[str, int]] = frozenset()
        self._shown: Any = None
        self._highlighter = Highlighter(self.document())
        self._gutter = _Gutter(self)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.document().setDocumentMargin(MARGIN)
        self.updateRequest.connect(self._gutter.follow)
        self.cursorPositionChanged.connect(self._gutter.update)
        self._say()
        self.set_theme(DARK)

    # ------------------------------------------------------------------ what the owner calls

    def show_listings(self, listings: Sequence[Listing], colours: Mapping[str, str]) -> None:
        """Show the code of functions. `colours` gives variables the colour of a role."""
        shown = [(one.name, one.file, one.first, one.lines) for one in listings], dict(colours)
        if shown == self._shown:
            return  # the same code again: a new run of it
        self._shown = shown
        self.page = self._highlighter.page = page_of(listings, colours)
        self.now, self.callers = range(0), ()
        self.setPlainText("\n".join(row.text for row in self.page.rows))
        self.setCursorWidth(1 if self.page.rows else 0)
        self._gutter.fit()
        self.breakpoints = self._breakpoints

    def show_line(
        self, listing: Listing | None, line: int, callers: Sequence[tuple[Listing, int]] = ()
    ) -> None:
        """Put the band on the statement at a line of the file, and quieter ones on its callers."""
        now = self.page.band(listing, line)
        waiting = tuple(self.page.band(*caller) for caller in callers)
        if now == self.now and waiting == self.callers:
            return
        before = (self.now, *self.callers)
        self.now, self.callers = now, waiting
        for band in {*before, now, *waiting}:
            self.viewport().update(self.rect_of(band))
            self._gutter.update(0, self.rect_of(band).y(), 10_000, self.rect_of(band).height())
        self._reveal()

    @property
    def breakpoints(self) -> frozenset[tuple[str, int]]:
        """The places where a run stops: (name of the function, line of its file). Those that are not
        in the code being shown are dropped.
        """
        return self._breakpoints

    @breakpoints.setter
    def breakpoints(self, places: Iterable[tuple[str, int]]) -> None:
        kept = frozenset(places) & self.page.stops()
        if kept != self._breakpoints:
            self._breakpoints = kept
            self._gutter.update()
            self.breakpoints_changed.emit()

    def toggle_breakpoint(self, row: int | None = None) -> None:
        """Set or remove the breakpoint of a row, or of the row of the text cursor."""
        place = self.place_of(self.textCursor().blockNumber() if row is None else row)
        if place is not None:
            self.breakpoints = self._breakpoints ^ {place}

    def set_theme(self, theme: Theme) -> None:
        """Dress the code in a theme."""
        self.theme = theme
        self._highlighter.formats = formats_of(theme)
        self._highlighter.rehighlight()
        self.setFont(mono())
        self._gutter.fit()
        self.viewport().update()

    # ------------------------------------------------------------------ where things are

    def place_of(self, row: int) -> tuple[str, int] | None:
        """Where a breakpoint of the row would stop."""
        if not 0 <= row < len(self.page.rows):
            return None
        listing, stop = self.page.rows[row].listing, self.page.rows[row].stop
        return (listing.name, stop) if listing is not None and stop else None

    def row_at(self, y: int) -> int:
        """The row at a height of the viewport, -1 below the last."""
        cursor = self.cursorForPosition(QPoint(0, y))
        row = cursor.blockNumber()
        return row if self.rect_of(range(row, row + 1)).contains(0, y) else -1

    def rect_of(self, rows: range) -> QRect:
        """The full width of some rows, in the viewport."""
        if not rows or rows.stop > self.blockCount():
            return QRect()
        first, last = (self.document().findBlockByNumber(n) for n in (rows[0], rows[-1]))
        top = self.blockBoundingGeometry(first).top()
        bottom = self.blockBoundingGeometry(last).top() + last.layout().boundingRect().height()
        shift = self.contentOffset().y()
        return QRect(0, round(top + shift), self.viewport().width(), round(bottom - top))

    def _reveal(self) -> None:
        """Scroll so that the current line has some rows around it."""
        if not self.now:
            return
        bar = self.verticalScrollBar()
        room = int(self.viewport().height() / self.fontMetrics().lineSpacing())
        spare = max(0, min(CONTEXT, (room - len(self.now)) // 2))
        top, bottom = self.now.start - spare, self.now.stop + spare - room
        if not bottom <= bar.value() <= top:
            near = min(abs(bar.value() - top), abs(bar.value() - bottom)) <= room // 2
            middle = self.now.start - (room - len(self.now)) // 2
            bar.setValue((top if top < bar.value() else bottom) if near else middle)

    def _name_at(self, position: QPoint) -> str:
        """The variable under a point of the viewport."""
        cursor = self.cursorForPosition(position)
        row, column = cursor.blockNumber(), cursor.positionInBlock()
        for span in self.page.spans[row] if row < len(self.page.spans) else ():
            if span.name and span.start <= column <= span.start + span.length:
                cursor.setPosition(cursor.block().position() + span.start)
                left = self.cursorRect(cursor)
                cursor.setPosition(cursor.block().position() + span.start + span.length)
                if left.united(self.cursorRect(cursor)).contains(position):
                    return span.name
        return ""

    def _say(self) -> None:
        self.setAccessibleName(self.tr("Code"))
        self._gutter.setToolTip(self.tr("Click a line to stop there (F9 at the cursor)"))

    # ------------------------------------------------------------------ what Qt calls

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        for rows in self.callers:
            painter.fillRect(self.rect_of(rows), band_colour(self.theme, caller=True))
        painter.fillRect(self.rect_of(self.now), band_colour(self.theme))
        painter.end()
        super().paintEvent(event)
        if not self.page.rows:
            sentence = self.tr("Nothing to step through here: this runs in one go.")
            paint_sentence(self, sentence, self.theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._gutter.place()
        self._reveal()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._say()
        elif event.type() == QEvent.Type.FontChange:
            self._gutter.fit()
        elif event.type() in (QEvent.Type.ApplicationFontChange, QEvent.Type.StyleChange):
            self.setFont(mono())  # a style sheet that is set anew brings back an older font
        return done

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F9:
            self.toggle_breakpoint()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._ask_run_to(self.textCursor().blockNumber())
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._ask_run_to(self.row_at(event.position().toPoint().y()))

    def _ask_run_to(self, row: int) -> None:
        place = self.place_of(row)
        if place is not None:
            self.run_to.emit(*place)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The usual menu, and what F9 and Enter do."""
        row = self.textCursor().blockNumber()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            row = self.row_at(event.pos().y())
        menu = self.createStandardContextMenu(event.pos())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.place_of(row) is not None:
            stop = self.tr("Stop at this line")
            if self.place_of(row) in self._breakpoints:
                stop = self.tr("No longer stop at this line")
            menu.addSeparator()
            menu.addAction(self.tr("Run to this line"), lambda: self._ask_run_to(row))
            menu.addAction(stop, lambda: self.toggle_breakpoint(row))
        menu.popup(event.globalPos())

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ToolTip or not isinstance(event, QHelpEvent):
            return super().viewportEvent(event)
        name = self._name_at(event.pos())
        value = self.value_of(name) if name else ""
        if value:
            QToolTip.showText(event.globalPos(), self._tip(name, value), self.viewport())
        else:
            QToolTip.hideText()
        return True

    def _tip(self, name: str, value: str) -> str:
        text = html.escape(f"{name} = {value}")
        return f"<span style=\"font-family:'{self.font().family()}';white-space:pre\">{text}</span>"


class _Gutter(Gutter):
    """The numbers of the lines and the breakpoints, left of the code."""

    def __init__(self, view: CodeView) -> None:
        super().__init__(view, nowhere=-1)
        self.view = view

    def row_at(self, y: int) -> int:
        return self.view.row_at(y)

    def may_click(self, row: int) -> bool:
        return self.view.place_of(row) is not None

    def fit(self) -> None:
        """As wide as the longest number asks."""
        last = max((row.line for row in self.view.page.rows), default=0)
        digits = QFontMetricsF(self.view.font()).horizontalAdvance("8") * len(str(last))
        self.widen(round(digits + self._dot() + BAR + 4 * 4) if last else 0)

    def follow(self, _rect: QRect, dy: int) -> None:
        """The viewport has scrolled; where it only changed, the view says what of the gutter did."""
        if dy:
            self.update()

    def _dot(self) -> float:
        return QFontMetricsF(self.view.font()).ascent() * 0.7

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(event.rect(), QColor(self.view.theme.panel))
        bands = [(rows, band_colour(self.view.theme, caller=True)) for rows in self.view.callers]
        for rows, colour in (*bands, (self.view.now, band_colour(self.view.theme))):
            painter.fillRect(self.view.rect_of(rows), colour)
        mark = self.view.rect_of(self.view.now)
        painter.fillRect(mark.x(), mark.y(), BAR, mark.height(), QColor(self.view.theme.accent))
        self._paint_rows(painter, event.rect())

    def _paint_rows(self, painter: QPainter, area: QRect) -> None:
        view, rows = self.view, self.view.page.rows
        for number in range(view.firstVisibleBlock().blockNumber(), len(rows)):
            rect = view.rect_of(range(number, number + 1))
            if rect.top() > area.bottom():
                break
            if rows[number].line:
                place = view.place_of(number)
                own = place is not None and place[1] == rows[number].line
                self._paint_number(painter, rect, number)
                if own and place in view.breakpoints:
                    self._paint_dot(painter, rect, filled=True)
                elif number == self.hovered and place not in view.breakpoints:
                    self._paint_dot(painter, rect, filled=False)

    def _paint_number(self, painter: QPainter, rect: QRect, number: int) -> None:
        theme = self.view.theme
        here = self.view.hasFocus() and self.view.textCursor().blockNumber() == number
        lit = here or number in self.view.now
        colour = theme.text if lit else theme.quiet
        painter.setPen(legible(QColor(colour), band_colour(theme)))
        box = QRect(0, rect.y(), self.width() - 4, rect.height())
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box, flags, str(self.view.page.rows[number].line))

    def _paint_dot(self, painter: QPainter, rect: QRect, *, filled: bool) -> None:
        size, accent = self._dot(), QColor(self.view.theme.accent)
        middle = QPointF(BAR + 4 + size / 2, QRectF(rect).center().y())
        painter.setPen(accent if filled else mix(QColor(self.view.theme.panel), accent, 0.6))
        painter.setBrush(accent if filled else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(middle, size / 2, size / 2)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.view.toggle_breakpoint(self.view.row_at(event.position().toPoint().y()))

"""The lesson beside a scene: one Markdown file with formulas, links to scenes and folded answers.

A lesson lies at assets/lessons/KEY.LANGUAGE.md. `$...$` is a formula in the line, `$$...$$` one on
a line of its own, `[...](scene:nms)` leads to a scene. What stands under a line of `---` is folded
away: its first paragraph holds the link `answers:` that shows the rest.
"""

from __future__ import annotations

import logging
import re
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontInfo,
    QFontMetrics,
    QFontMetricsF,
    QImage,
    QPainter,
    QResizeEvent,
    QShowEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextImageFormat,
    QTextTable,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from gui import formulas
from gui.formulas import FormulaBox, FormulaError, blank_image
from gui.theme import DARK, Theme, mono

LESSONS = Path(__file__).resolve().parent.parent / "assets" / "lessons"

_log = logging.getLogger(__name__)

_MARGIN = 20
_LEADING = 1.45  # of the font's own height
_HEADINGS = {1: 20 / 13, 2: 16 / 13, 3: 1.0}
_LEAD = 14.5 / 13  # the paragraph under the title
_X_HEIGHT = 0.47  # of the formulas' font, in em
_SMALLEST = 0.6  # how far a wide formula shrinks before it is left to scroll
_SLICE = 0.008  # seconds of drawing formulas between two looks at the event queue
_POLL = 15  # milliseconds between two looks at the typesetter

_FORMULA = re.compile(
    r"(?P<code>^```.*?^```|`[^`\n]+`)"
    r"|^(?P<indent>[ \t]*)\$\$(?P<display>.+?)\$\$[ \t]*$"
    r"|(?P<head>[(“‘（「《]*)(?<![\\$])\$(?P<inline>[^$\n]+?)\$"
    r"(?P<tail>(?:['’]s\b|[.,;:!?)’”%。，；：！？）」》、])*)",
    re.DOTALL | re.MULTILINE,
)
_FOLD = re.compile(r"^---$", re.MULTILINE)
_COMMAND = re.compile(r"\\[A-Za-z]+\s*(\{\w+\})?|[{}\s_^]")
_KEY = re.compile(r"[A-Za-z0-9_-]+")
_PICTURE = re.compile(r"[A-Za-z0-9_-]+\.png")


@dataclass(frozen=True)
class Formula:
    """A formula of a lesson, as written between its dollar signs.

    The punctuation that touches it is drawn with it: Qt would break the line between the two.
    """

    latex: str
    inline: bool
    head: str = ""
    tail: str = ""


def split_formulas(markdown: str) -> tuple[str, list[Formula]]:
    """The Markdown with `![formula](math:N)` for its formulas, and the formulas themselves."""
    found: list[Formula] = []

    def replaced(match: re.Match[str]) -> str:
        if match["code"]:
            return match[0]
        latex = " ".join((match["display"] or match["inline"]).split())
        if match["display"]:
            found.append(Formula(latex, inline=False))
        else:
            found.append(Formula(latex, True, match["head"], match["tail"]))
        return f"{match['indent'] or ''}![formula](math:{len(found) - 1})"

    return _FORMULA.sub(replaced, markdown), found


def lesson_file(key: str, language: str) -> Path | None:
    """The file of a lesson in a language, or else in English, or None."""
    for tongue in (language[:2], "en"):
        path = LESSONS / f"{key}.{tongue}.md"
        if _KEY.fullmatch(key) and _KEY.fullmatch(tongue) and path.is_file():
            return path
    return None


# ---------------------------------------------------------------------------- typography


@dataclass(frozen=True)
class _Spot:
    """Where a formula stands in the document, by how much its text is larger, how far in."""

    formula: Formula
    position: int
    scale: float
    indent: float


@dataclass(frozen=True)
class _Room:
    """The room of a formula's picture: its size, the formula's place in it and size of type."""

    width: int
    height: int
    left: float
    baseline: int
    points: float


class _Type:
    """The sizes of a lesson's type, all made from one font."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.points = QFontInfo(font).pointSizeF()
        metrics = QFontMetricsF(font)
        self.height = metrics.height()
        # over the baseline, where Qt puts the middle of a picture in a line
        self.middle = QFontMetrics(font).xHeight() / 4
        em = formulas.pixels(self.points)
        self.formula = self.points * min(max(metrics.xHeight() / (_X_HEIGHT * em), 1.0), 1.2)

    def line(self, scale: float = 1.0) -> float:
        """The distance from one baseline to the next."""
        return round(_LEADING * self.height * scale)

    def text(self, scale: float) -> QFont:
        """The font of text."""
        font = QFont(self.font)
        font.setPointSizeF(self.points * scale)
        return font

    def inline_room(self, spot: _Spot) -> _Room:
        """The room of a formula in the line.

        Its picture reaches as far over the line's middle as under it, and no less far than the
        text does: so all pictures of a line have the same middle, and the text's baseline.
        """
        box = _box(spot.formula, self.formula * spot.scale)
        text = QFontMetricsF(self.text(spot.scale))
        left, right = map(text.horizontalAdvance, (spot.formula.head, spot.formula.tail))
        over = max(text.ascent(), box.ascent) - self.middle
        under = max(text.descent(), box.descent) + self.middle
        height = _even(2.0 * max(over, under))
        baseline = round(height / 2 + self.middle)
        points = self.formula * spot.scale
        return _Room(_even(left + box.width + right), height, left, baseline, points)

    def display_room(self, spot: _Spot, width: float) -> _Room:
        """The room of a formula on a line of its own, made smaller to fit a width."""
        points = self.formula * spot.scale
        points *= min(max(width / _box(spot.formula, points).width, _SMALLEST), 1.0)
        box = _box(spot.formula, points)
        return _Room(_even(box.width), _even(box.ascent + box.descent), 0.0, box.ascent, points)


def _even(length: float) -> int:
    """Whole pixels, at one and a half device pixels to the logical one too."""
    return 2 * ceil(length / 2)


class _Dress:
    """Gives a document fresh from Markdown its type, and finds its formulas."""

    def __init__(self, document: QTextDocument, found: list[Formula], theme: Theme, sizes: _Type) -> None:
        self._document = document
        self._formulas = found
        self._theme = theme
        self._type = sizes
        self._spots: dict[int, _Spot] = {}
        self._mono = mono(self._type.points)

    def apply(self) -> dict[int, _Spot]:
        """Format every block. Where the formulas stand, by their number."""
        self._document.setDocumentMargin(_MARGIN)
        self._document.setIndentWidth(_MARGIN)
        cursor = QTextCursor(self._document)
        cursor.beginEditBlock()
        block, heading = self._document.begin(), 0
        while block.isValid():
            after_title, heading = heading == 1, block.blockFormat().headingLevel()
            self._block(block, _LEAD if after_title else _HEADINGS.get(heading, 1.0))
            block = block.next()
        cursor.endEditBlock()
        return self._spots

    def _block(self, block: QTextBlock, scale: float) -> None:
        cursor = QTextCursor(block)
        table = cursor.currentTable()
        block_format = self._block_format(block, scale, table is not None)
        cursor.setBlockFormat(block_format)
        if table is not None:
            self._table(table)
        indent = block_format.leftMargin() + (_MARGIN if block.textList() else 0)
        for start, length, char_format in _fragments(block):
            cursor.setPosition(start)
            cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
            if char_format.isImageFormat():
                self._spot(char_format.toImageFormat(), start, scale, indent)
            else:
                cursor.setCharFormat(self._char_format(char_format, block, scale))

    def _block_format(self, block: QTextBlock, scale: float, cell: bool) -> QTextBlockFormat:
        old, result = block.blockFormat(), QTextBlockFormat(block.blockFormat())
        fixed = QTextBlockFormat.LineHeightTypes.FixedHeight.value
        single = QTextBlockFormat.LineHeightTypes.SingleHeight.value
        result.setLineHeight(self._type.line(scale), fixed)
        above, below = 0.0, 10.0
        if old.headingLevel():
            above, below = (0.0, 8.0) if block.blockNumber() == 0 else (16.0, 4.0)
        elif old.hasProperty(QTextFormat.Property.BlockCodeFence):
            last = not block.next().blockFormat().hasProperty(QTextFormat.Property.BlockCodeFence)
            result.setLineHeight(self._type.line(0.9), fixed)
            result.setLeftMargin(_MARGIN)
            below = 12.0 if last else 0.0
        elif cell:
            below = 0.0
        elif self._is_display(block):
            result.setLineHeight(0.0, single)
            result.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            above, below = 4.0, 10.0
        elif block.textList() and block.next().textList():
            below = 5.0
        result.setTopMargin(above)
        result.setBottomMargin(below)
        return result

    def _is_display(self, block: QTextBlock) -> bool:
        fragments = _fragments(block)
        if len(fragments) != 1 or not fragments[0][2].isImageFormat():
            return False
        number = _number(QUrl(fragments[0][2].toImageFormat().name()))
        return number is not None and not self._formulas[number].inline

    def _char_format(self, old: QTextCharFormat, block: QTextBlock, scale: float) -> QTextCharFormat:
        result = QTextCharFormat(old)
        result.clearProperty(QTextFormat.Property.FontSizeAdjustment)
        result.setFontPointSize(self._type.points * scale)
        if old.fontFixedPitch() or old.fontFamilies():
            result.setFontFamilies(self._mono.families())
            result.setFontStyleHint(QFont.StyleHint.Monospace)
        if old.isAnchor():
            result.setForeground(QColor(self._theme.accent))
            if old.anchorHref().startswith("https:") and not old.toolTip():
                result.setToolTip(old.anchorHref())
        elif block.blockFormat().hasProperty(QTextFormat.Property.BlockQuoteLevel):
            result.setForeground(QColor(self._theme.quiet))
        return result

    def _spot(self, image: QTextImageFormat, position: int, scale: float, indent: float) -> None:
        number = _number(QUrl(image.name()))
        if number is not None:
            self._spots[number] = _Spot(self._formulas[number], position, scale, indent)

    def _table(self, table: QTextTable) -> None:
        table_format = table.format()
        table_format.setBorder(1)
        table_format.setBorderCollapse(True)
        table_format.setBorderBrush(QColor(self._theme.line))
        table_format.setCellPadding(5)
        table_format.setCellSpacing(0)
        table_format.setTopMargin(4)
        table_format.setBottomMargin(14)
        table.setFormat(table_format)


def _fragments(block: QTextBlock) -> list[tuple[int, int, QTextCharFormat]]:
    """Position, length and format of each run of a block."""
    result, iterator = [], block.begin()
    while not iterator.atEnd():
        fragment = iterator.fragment()
        result.append((fragment.position(), fragment.length(), fragment.charFormat()))
        iterator += 1
    return result


def _number(url: QUrl) -> int | None:
    """The number of a formula, from its address in the document."""
    isnumber = url.scheme() == "math" and url.path().isascii() and url.path().isdecimal()
    return int(url.path()) if isnumber else None


# ---------------------------------------------------------------------------- the view


class LessonView(QTextBrowser):
    """Shows one lesson. The text stands at once; its formulas follow, while it is seen."""

    scene_asked = Signal(str)  # the key of a scene
    link_asked = Signal(str)  # an address on the web, for the owner to open or not

    def __init__(self, parent: QWidget | None = None, theme: Theme = DARK) -> None:
        self._markdown = ""  # before Qt, which sends its first events at once
        super().__init__(parent)
        self._theme = theme
        self._type = _Type(self.font())
        self._revealed = False
        self._spots: dict[int, _Spot] = {}
        self._rooms: dict[int, _Room] = {}
        self._pictures: dict[int, QImage] = {}
        self._waiting: deque[int] = deque()
        self._missing: deque[tuple[str, bool]] = deque()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._work)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("Lesson"))
        self.anchorClicked.connect(self._follow)

    # ------------------------------------------------------------------------ what to show

    def show_lesson(self, key: str, language: str = "en") -> None:
        """Show the lesson of a scene, in English where there is none in the language."""
        path = lesson_file(key, language)
        missing = self.tr("There is no lesson for this scene yet.")
        self._markdown = path.read_text("utf-8") if path else missing
        self._revealed = False
        self._rebuild()
        self.verticalScrollBar().setValue(0)

    def set_theme(self, theme: Theme) -> None:
        """Show the same lesson in other colours."""
        self._theme = theme
        self._rebuild()

    def is_complete(self) -> bool:
        """Whether every formula has its picture."""
        return not self._waiting and not self._missing

    # ------------------------------------------------------------------------ what Qt asks

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """The lesson's formulas and the pictures that ship with it; nothing else is ever read."""
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return None
        url = QUrl(name)
        number = _number(url)
        if number in self._pictures:
            return self._pictures[number]
        if _PICTURE.fullmatch(url.toString()) and (LESSONS / url.toString()).is_file():
            return QImage(str(LESSONS / url.toString()))
        return blank_image(1, 1, 1.0)  # given nothing, Qt would look among the files itself

    def createMimeDataFromSelection(self) -> QMimeData:
        """The text chosen, with its formulas as they were written."""
        cursor = self.textCursor()
        chosen = range(cursor.selectionStart(), cursor.selectionEnd())
        inside = iter([spot for spot in self._spots.values() if spot.position in chosen])
        text = cursor.selection().toPlainText()
        data = QMimeData()
        data.setText(re.sub("\ufffc", lambda _: _source(next(inside).formula), text))
        return data

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._refit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start(0)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._markdown:
            self._rebuild()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange and self._markdown:
            self._rebuild()
        return super().event(event)

    @Slot(QUrl)
    def _follow(self, url: QUrl) -> None:
        if url.scheme() == "scene":
            self.scene_asked.emit(url.path())
        elif url.scheme() == "https":
            self.link_asked.emit(url.toString())
        elif url.scheme() == "answers":
            self._revealed = True
            self._rebuild()

    # ------------------------------------------------------------------------ the document

    def _rebuild(self) -> None:
        """Lay the whole lesson out anew, at the same place."""
        place = self.verticalScrollBar().value()
        markdown, found = split_formulas(self._unfolded())
        for kept in (self._spots, self._rooms, self._pictures):
            kept.clear()  # before the document, whose going sends a resize
        document = self.document()
        document.clear()
        document.setDefaultFont(self.font())
        features = QTextDocument.MarkdownFeature
        document.setMarkdown(markdown, features.MarkdownDialectGitHub | features.MarkdownNoHTML)
        self._type = _Type(self.font())
        self._spots = _Dress(document, found, self._theme, self._type).apply()
        self._reserve(self._spots)
        wanted = dict.fromkeys((s.formula.latex, s.formula.inline) for s in self._spots.values())
        self._missing = deque(key for key in wanted if not formulas.is_set(*key))
        self._waiting = deque(n for n, spot in self._spots.items() if _is_set(spot.formula))
        self._work()
        self.moveCursor(QTextCursor.MoveOperation.Start)  # a view that is shown goes to its cursor
        self.verticalScrollBar().setValue(place)

    def _unfolded(self) -> str:
        """The lesson's text with its answers, or with the link to them."""
        shown, *folded = _FOLD.split(self._markdown, maxsplit=1)
        if not folded:
            return shown
        link, _, answers = folded[0].strip().partition("\n\n")
        return f"{shown}\n\n{answers if self._revealed else link}"

    def _refit(self) -> None:
        """Give the formulas on lines of their own the width there is."""
        wide = [number for number, spot in self._spots.items() if not spot.formula.inline]
        self._waiting.extend(number for number in self._reserve(wide) if number in self._pictures)
        if self._waiting:
            self._timer.start(0)

    def _reserve(self, numbers: Iterable[int]) -> list[int]:
        """Make room for formulas in the text; those whose room is another than it was."""
        changed = []
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for number in numbers:
            room = self._room(self._spots[number])
            if room != self._rooms.get(number):
                self._rooms[number] = room
                self._write(cursor, number)
                changed.append(number)
        cursor.endEditBlock()
        return changed

    def _write(self, cursor: QTextCursor, number: int) -> None:
        spot, room = self._spots[number], self._rooms[number]
        image = QTextImageFormat()
        image.setName(f"math:{number}")
        image.setWidth(room.width)
        image.setHeight(room.height)
        image.setProperty(QTextFormat.Property.ImageAltText, spot.formula.latex)
        if spot.formula.inline:
            image.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
        cursor.setPosition(spot.position)
        cursor.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(image)

    # ------------------------------------------------------------------------ formulas

    def _room(self, spot: _Spot) -> _Room:
        """The room of a formula: that of its picture, or about that before it is set."""
        if spot.formula.inline:
            return self._type.inline_room(spot)
        scrollbar = self.verticalScrollBar().sizeHint().width()
        width = self.width() - 2 * self.frameWidth() - scrollbar - 2 * _MARGIN - spot.indent
        return self._type.display_room(spot, width)

    @Slot()
    def _work(self) -> None:
        """Set and draw formulas for a moment, and come back for the rest."""
        if not self.isVisible():
            return
        end = time.perf_counter() + _SLICE
        loaded = not self._missing or formulas.load()
        while (self._waiting or (self._missing and loaded)) and time.perf_counter() < end:
            if self._waiting:
                self._draw(self._waiting.popleft())
            else:
                self._prepare(*self._missing.popleft())
        if not self.is_complete():
            self._timer.start(0 if loaded else _POLL)

    def _prepare(self, latex: str, inline: bool) -> None:
        """Set a formula and make room for it wherever it stands."""
        formulas.prepare(latex, inline)
        numbers = [
            number
            for number, spot in self._spots.items()
            if (spot.formula.latex, spot.formula.inline) == (latex, inline)
        ]
        self._reserve(numbers)
        self._waiting.extend(numbers)

    def _draw(self, number: int) -> None:
        """Put a formula's picture where room was made for it."""
        spot, room = self._spots[number], self._rooms[number]
        picture = blank_image(room.width, room.height, self.devicePixelRatioF())
        painter = QPainter(picture)
        self._paint(painter, spot, room)
        painter.end()
        self._pictures[number] = picture
        kind = QTextDocument.ResourceType.ImageResource.value
        self.document().addResource(kind, QUrl(f"math:{number}"), picture)
        self.document().markContentsDirty(spot.position, 1)

    def _paint(self, painter: QPainter, spot: _Spot, room: _Room) -> None:
        theme, formula, ratio = self._theme, spot.formula, self.devicePixelRatioF()
        box = _box(formula, room.points)
        painter.setPen(theme.color("text"))
        painter.setFont(self._type.text(spot.scale))
        painter.drawText(QPointF(0, room.baseline), formula.head)
        painter.drawText(QPointF(room.left + box.width, room.baseline), formula.tail)
        try:
            image = formulas.formula_image(formula.latex, room.points, theme, ratio, inline=formula.inline)
            painter.drawImage(QPointF(room.left, room.baseline - box.ascent), image)
        except FormulaError as fault:
            _log.warning("%s", fault)
            painter.setFont(mono(room.points))
            painter.setPen(theme.color("removed"))
            painter.drawText(QPointF(room.left, room.baseline), formula.latex)


def _source(formula: Formula) -> str:
    """A formula as it was written."""
    sign = "$" if formula.inline else "$$"
    return f"{formula.head}{sign}{formula.latex}{sign}{formula.tail}"


def _is_set(formula: Formula) -> bool:
    return formulas.is_set(formula.latex, formula.inline)


def _box(formula: Formula, points: float) -> FormulaBox:
    """The box of a formula, or one of about its size while it is not set or cannot be."""
    em = formulas.pixels(points)
    letters = len(_COMMAND.sub("x", formula.latex))
    guess = FormulaBox(ceil(0.6 * em * letters), ceil(em), ceil(0.3 * em))
    if not _is_set(formula):
        return guess if formula.inline else FormulaBox(1, ceil(1.6 * em), ceil(1.3 * em))
    try:
        return formulas.formula_box(formula.latex, points, inline=formula.inline)
    except FormulaError:
        return FormulaBox(ceil(0.65 * em * len(formula.latex)), ceil(em), ceil(0.3 * em))

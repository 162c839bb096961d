"""Pieces of bars: a track to slide on, a round button, words and figures that keep their place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QIcon,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QLabel, QSlider, QToolButton, QWidget

from gui.predict.signs import Verdict, paint_sign
from gui.theme import DARK, Theme, scaled

Role = QPalette.ColorRole
Key = Qt.Key
STEPS: dict[int, int] = {
    Key.Key_Left: -1,
    Key.Key_Down: -1,
    Key.Key_PageDown: -10,
    Key.Key_Right: 1,
    Key.Key_Up: 1,
    Key.Key_PageUp: 10,
}
SPACE: frozenset[int] = frozenset({Key.Key_Space})
MOVES: frozenset[int] = frozenset({*STEPS, Key.Key_Home, Key.Key_End})
KEYED = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


def faint(colour: QColor, strength: float) -> QColor:
    """The colour as a thin wash over what it stands on."""
    return QColor.fromRgbF(colour.redF(), colour.greenF(), colour.blueF(), strength)


def keeps(event: QEvent, keys: frozenset[int]) -> bool:
    """Whether a key is the focused widget's own, before the shortcuts of the window."""
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    if event.key() not in keys or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
        return False
    event.accept()
    return True


class Track(QSlider):
    """A slider: a thin groove and a round handle that jumps to where it is pressed.

    `stepped` asks for so many steps on (arrow keys 1, page keys 10): its owner knows what one is.
    """

    stepped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._verdicts: Mapping[int, Verdict] = {}
        self._verdict_theme = DARK
        self._marks: Sequence[int] = ()
        self._hits: Sequence[int] = ()
        self._flags: Sequence[int] = ()
        self.flag_colour = QColor(Qt.GlobalColor.red)
        self._paths: dict[str, tuple[Any, ...]] = {}
        self._keyed = False

    def show_marks(self, marks: Sequence[int]) -> None:
        """Put a tick at each of these values."""
        if marks is not self._marks:
            self._marks = marks
            self.update()

    def show_hits(self, hits: Sequence[int]) -> None:
        """Put a tick below the groove at each of these values."""
        if hits is not self._hits:
            self._hits = hits
            self.update()

    def show_flags(self, flags: Sequence[int]) -> None:
        """Put a flag at each of these values."""
        if flags is not self._flags:
            self._flags = flags
            self.update()

    def show_value(self, value: int, length: int | None = None) -> None:
        """Stand at a value, of so many, without a word to anyone."""
        with QSignalBlocker(self):
            if length is not None:
                self.setMaximum(length)
            self.setValue(value)

    def show_verdicts(self, verdicts: Mapping[int, Verdict], theme: Theme) -> None:
        """Put the sign of a verdict at each of these values."""
        if (verdicts, theme) != (self._verdicts, self._verdict_theme):
            self._verdicts, self._verdict_theme = dict(verdicts), theme
            self.update()

    def x_of(self, value: int) -> float:
        """Where a value lies, in pixels."""
        share = (value - self.minimum()) / max(1, self.maximum() - self.minimum())
        return self._radius + share * (self.width() - 2 * self._radius)

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(line * 10, round(line * 1.4))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().height() * 4, self.sizeHint().height())

    @property
    def _radius(self) -> float:
        return self.fontMetrics().height() * 0.42

    def _value_at(self, x: float) -> int:
        room = max(1.0, self.width() - 2 * self._radius)
        share = min(1.0, max(0.0, (x - self._radius) / room))
        return self.minimum() + round(share * (self.maximum() - self.minimum()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._keyed = False
        self.setSliderDown(True)
        self.setSliderPosition(self._value_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.setSliderPosition(self._value_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.isSliderDown():
            self.setSliderDown(False)
            self.update()

    def event(self, event: QEvent) -> bool:
        return keeps(event, MOVES) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ends: dict[int, int] = {Key.Key_Home: self.minimum(), Key.Key_End: self.maximum()}
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if plain and event.key() in STEPS:
            self.stepped.emit(STEPS[event.key()])
        elif plain and event.key() in ends:
            self.setValue(ends[event.key()])
        else:
            event.ignore()
            return
        self._keyed = True
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the wheel scrolls the panel; it never changes a value in passing

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._keyed = event.reason() in KEYED
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle = QPointF(self.x_of(self.sliderPosition()), self.height() / 2)
        self._paint_groove(painter, middle)
        self._paint_marks(painter, middle.y())
        self._paint_hits(painter, middle.y())
        if self.isEnabled():
            self._paint_handle(painter, middle)
        self._paint_flags(painter, middle.y())
        self._paint_verdicts(painter, middle.y())

    def _paint_groove(self, painter: QPainter, middle: QPointF) -> None:
        thick = max(3.0, self._radius * 0.6)
        groove = QRectF(0, middle.y() - thick / 2, self.width(), thick)
        painter.setBrush(faint(self.palette().color(Role.Mid), 1.0 if self.isEnabled() else 0.6))
        painter.drawRoundedRect(groove, thick / 2, thick / 2)
        if self.isEnabled():
            groove.setRight(middle.x())
            painter.setBrush(self.palette().color(Role.Highlight))
            painter.drawRoundedRect(groove, thick / 2, thick / 2)

    def _paint_marks(self, painter: QPainter, middle: float) -> None:
        painter.setBrush(self.palette().color(Role.WindowText))
        tall = self._radius * 0.9

        def tick(path: QPainterPath, first: int, last: int) -> None:
            path.addRoundedRect(QRectF(first - 1, -self._radius * 1.7, last - first + 2, tall), 1, 1)

        painter.drawPath(self._path_of(self._marks, tick, 1).translated(0, middle))

    def _paint_hits(self, painter: QPainter, middle: float) -> None:
        painter.setBrush(self.palette().color(Role.Highlight))
        top, foot = self._radius * 0.8, self._radius * 1.7

        def tip(path: QPainterPath, first: int, last: int) -> None:
            corners = ((first, top), (first - 3, foot), (last + 3, foot), (last, top), (first, top))
            path.addPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))

        painter.drawPath(self._path_of(self._hits, tip, 5).translated(0, middle))

    def _paint_flags(self, painter: QPainter, middle: float) -> None:
        """A pole through the groove with a pennant at its top, over the handle: the eye must find the first one."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.flag_colour)
        top, tall, wide = -self._radius * 1.7, self._radius * 1.5, self._radius * 1.5

        def flag(path: QPainterPath, first: int, last: int) -> None:
            path.addRect(QRectF(first - 1, top, 2, self._radius * 3.4))
            tip = QPointF(first + 1 + wide, top + tall / 2)
            path.addPolygon(QPolygonF([QPointF(first + 1, top), tip, QPointF(first + 1, top + tall)]))

        painter.drawPath(self._path_of(self._flags, flag, round(wide) + 2).translated(0, middle))

    def _path_of(
        self, values: Sequence[int], draw: Callable[[QPainterPath, int, int], None], near: int
    ) -> QPainterPath:
        """A sign at each value, one for those that are so near that theirs would touch. It is drawn once for
        all steps: there may be thousands.
        """
        key = self.width(), self._radius, self.minimum(), self.maximum()
        known = self._paths.get(draw.__name__)
        if known is not None and known[0] is values and known[1] == key:
            path: QPainterPath = known[2]
            return path
        path = QPainterPath()
        columns = sorted({round(self.x_of(value)) for value in values})
        starts = [n for n, x in enumerate(columns) if not n or x - columns[n - 1] > near]
        for start, stop in pairwise([*starts, len(columns)]):
            draw(path, columns[start], columns[stop - 1])
        self._paths[draw.__name__] = values, key, path
        return path

    def _paint_handle(self, painter: QPainter, middle: QPointF) -> None:
        accent, radius = self.palette().color(Role.Highlight), self._radius
        if self.isSliderDown() or self.underMouse():
            painter.setBrush(faint(accent, 0.25))
            painter.drawEllipse(middle, radius * 1.6, radius * 1.6)
        painter.setBrush(accent)
        painter.drawEllipse(middle, radius, radius)
        if self.hasFocus() and self._keyed:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.palette().color(Role.WindowText), 2))
            painter.drawEllipse(middle, radius * 1.4, radius * 1.4)

    def _paint_verdicts(self, painter: QPainter, middle: float) -> None:
        side = self._radius * 2.2
        for value, verdict in self._verdicts.items():
            place = QRectF(self.x_of(value) - side / 2, middle - side / 2, side, side)
            paint_sign(painter, place, verdict, self._verdict_theme)


class Elided(QLabel):
    """One line of plain text that gives way, with an ellipsis, where room is short."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def minimumSizeHint(self) -> QSize:
        size = super().minimumSizeHint()
        return QSize(min(size.width(), self.fontMetrics().height() * 3), size.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        room, end = self.contentsRect(), Qt.TextElideMode.ElideRight
        text = self.fontMetrics().elidedText(self.text(), end, room.width())
        painter.drawText(room, self.alignment(), text)


class Figures(QLabel):
    """A quiet label whose figures are all of one width, so that it never trembles."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("quiet", True)
        self.setFont(self.face())

    def face(self) -> QFont:
        """The font it is set in."""
        font = scaled(1.0)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:  # a style sheet brings back the first font
            self.setFont(self.face())
        super().changeEvent(event)


class RoundButton(QToolButton):
    """A button of one icon, or of a few letters. The chief one stands on a disc of the accent."""

    def __init__(self, parent: QWidget, name: str = "", *, chief: bool = False) -> None:
        super().__init__(parent)
        self.chief = chief
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def event(self, event: QEvent) -> bool:
        return keeps(event, SPACE) or super().event(event)

    def say(self, text: str) -> None:
        """What it does, as its tool tip and for a screen reader."""
        self.setToolTip(text)
        self.setAccessibleName(text)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        tall = round(metrics.height() * (2.4 if self.chief else 2.0))
        text = metrics.horizontalAdvance(self.text()) + metrics.height() if self.text() else 0
        return QSize(max(tall, text), tall)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        corner = ground.height() / 2 if self.chief else 6.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._ground())
        painter.drawRoundedRect(ground, corner, corner)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            ring = Role.WindowText if self.chief else Role.Highlight
            painter.setPen(QPen(self.palette().color(ring), 2))
            ground = QRectF(self.rect()).adjusted(1, 1, -1, -1)
            painter.drawRoundedRect(ground, corner + 1, corner + 1)
        self._paint_face(painter)

    def _ground(self) -> QColor:
        accent, text = self.palette().color(Role.Highlight), self.palette().color(Role.WindowText)
        if self.chief:
            if not self.isEnabled():
                return faint(text, 0.12)
            return accent.lighter(112) if self.underMouse() else accent
        if not self.isEnabled():
            return QColor(Qt.GlobalColor.transparent)
        if self.isChecked():
            return faint(accent, 0.22)
        return faint(text, 0.16 if self.isDown() else 0.09 if self.underMouse() else 0.0)

    def _paint_face(self, painter: QPainter) -> None:
        middle = Qt.AlignmentFlag.AlignCenter
        if self.text():
            painter.setPen(self.palette().color(Role.WindowText))
            painter.drawText(self.rect(), middle, self.text())
            return
        size = self.iconSize()
        box = QRectF(0, 0, size.width(), size.height())
        box.moveCenter(QPointF(self.rect().center()) + QPointF(0.5, 0.5))
        mode = QIcon.Mode.Normal if self.isEnabled() else QIcon.Mode.Disabled
        self.icon().paint(painter, box.toRect(), middle, mode)

"""The small widgets that controls are made of: fields, switches, segments, captions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from PySide6.QtCore import (
    QEvent,
    QRectF,
    QSize,
    Qt,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from gui.icons import icon
from gui.theme import mono, scaled
from gui.track import KEYED, MOVES, SPACE, STEPS, Elided, faint, keeps
from scenes.parameters import Range

Role = QPalette.ColorRole
SMALL = 0.88  # of the interface's font, for help
LEAPS: frozenset[int] = frozenset({Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown})


# ---------------------------------------------------------------------------- numbers on a track


@dataclass(frozen=True)
class Scale:
    """Where the values of a range lie on a track: evenly, or spread by powers."""

    range: Range
    whole: bool

    @property
    def places(self) -> int:
        """How many places there are after the first."""
        if self.range.log:
            return 400
        places = (self.range.high - self.range.low) / self._unit
        return math.floor(places + 1e-9) if self.whole else math.ceil(places - 1e-9)

    def value(self, place: int) -> int | float:
        """The value at a place."""
        if self.range.log:
            return self._tidy(self._power(place / self.places))
        return self._tidy(self.range.low + place * self._unit)

    def place(self, value: float) -> int:
        """The place nearest to a value; one out of the range is at its end."""
        value = min(max(value, self.range.low), self.range.high)
        if self.range.log:
            return round(self._share(value) * self.places)
        return round((value - self.range.low) / self._unit)

    def stepped(self, value: float, steps: int) -> int | float:
        """The value some steps on. Where values are spread, a step is a hundredth of the way."""
        even = self._tidy(value + steps * self.range.step)
        if not self.range.log:
            return even
        spread = self._tidy(self._power(self._share(value) + steps / 100))
        return even if self.whole and abs(spread - value) < abs(even - value) else spread

    def text(self, value: float) -> str:
        """The value as people read it, with the decimals of the step."""
        if self.whole:
            return str(value)
        if self.range.log:
            return f"{value:.6g}"
        even = f"{value:.{_decimals(self.range.step)}f}"
        return even if float(even) == value else f"{value:.6g}"

    @property
    def _unit(self) -> float:
        return max(self.range.step, (self.range.high - self.range.low) / 1_000_000)

    def _power(self, share: float) -> float:
        low, high = self.range.low, self.range.high
        share = min(1.0, max(0.0, share))
        if low > 0:
            return low * math.exp(share * math.log(high / low))
        return low + math.expm1(share * math.log1p(high - low))

    def _share(self, value: float) -> float:
        low, high = self.range.low, self.range.high
        if low > 0:
            return math.log(value / low) / math.log(high / low)
        return math.log1p(value - low) / math.log1p(high - low)

    def _tidy(self, value: float) -> int | float:
        """The nearest value in the range, on a step where that binds, without noise of floats."""
        low, high, step = self.range.low, self.range.high, self.range.step
        value = min(max(value, low), high)
        if self.whole:
            last = math.floor((high - low) / step + 1e-9)
            return int(low + step * min(last, math.floor((value - low) / step + 0.5)))
        value = float(f"{value:.3g}") if self.range.log else round(value, 12)
        return float(min(max(value, low), high))


def _decimals(number: float) -> int:
    exponent = Decimal(repr(float(number))).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


# ---------------------------------------------------------------------------- small widgets


class Title(Elided):
    """The name of a parameter: a double click asks for its default."""

    clicked = Signal()
    double_clicked = Signal()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.setAccepted(event.button() == Qt.MouseButton.LeftButton)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.double_clicked.emit()


class Field(QLineEdit):
    """A line to type a value into: Enter gives it, Escape takes it back, arrow keys step it."""

    entered = Signal()
    left = Signal()
    escaped = Signal()
    stepped = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFont(mono())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:  # a style sheet brings back the first font
            self.setFont(mono())
        super().changeEvent(event)

    def event(self, event: QEvent) -> bool:
        return keeps(event, LEAPS) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Escape and self.isModified():
            self.escaped.emit()
        elif event.key() in LEAPS:
            self.stepped.emit(STEPS[event.key()])
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.left.emit()


class Switch(QCheckBox):
    """On or off: a knob that slides to the other side."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._slide = QVariantAnimation(self)
        self._slide.setStartValue(0.0)
        self._slide.setEndValue(1.0)
        self._slide.valueChanged.connect(self.update)
        self.clicked.connect(self._move)

    def event(self, event: QEvent) -> bool:
        return keeps(event, SPACE) or super().event(event)

    def show_on(self, on: bool) -> None:
        """Stand on or off, at once."""
        if on != self.isChecked():
            self._slide.stop()
            self.setChecked(on)

    def sizeHint(self) -> QSize:
        tall = round(self.fontMetrics().height() * 1.25) // 2 * 2
        return QSize(round(tall * 1.8) + 4, tall + 4)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _move(self) -> None:
        hint = QStyle.StyleHint.SH_Widget_Animation_Duration  # 0 where motion is not wanted
        self._slide.setDuration(min(150, self.style().styleHint(hint, None, self)))
        self._slide.start()

    def hitButton(self, pos: Any) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = self.palette().color
        body = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        on = self.isChecked()
        painter.setPen(Qt.PenStyle.NoPen if on else QPen(colour(Role.Mid), 1.5))
        painter.setBrush(colour(Role.Highlight if on else Role.Base))
        painter.drawRoundedRect(body, body.height() / 2, body.height() / 2)
        middle = body.center()
        way = body.width() - body.height()
        middle.setX(body.left() + body.height() / 2 + way * self._share())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(Role.HighlightedText if on else Role.PlaceholderText))
        painter.drawEllipse(middle, body.height() / 2 - 3, body.height() / 2 - 3)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colour(Role.Highlight), 1.5))
            ring = QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75)
            painter.drawRoundedRect(ring, ring.height() / 2, ring.height() / 2)

    def _share(self) -> float:
        """How far along the knob is."""
        moved = 1.0
        if self._slide.state() == QVariantAnimation.State.Running:
            moved = float(self._slide.currentValue())
            moved = moved * (2 - moved)
        return moved if self.isChecked() else 1 - moved


class Segment(QRadioButton):
    """One of a row of choices: the chosen one stands on a plate."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._keyed = False

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        wide = metrics.horizontalAdvance(self.text()) + metrics.height()
        return QSize(wide, round(metrics.height() * 1.75))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().height() * 2, self.sizeHint().height())

    def hitButton(self, pos: Any) -> bool:
        return self.rect().contains(pos)

    def event(self, event: QEvent) -> bool:
        return keeps(event, MOVES | SPACE) or super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._keyed = event.reason() in KEYED
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = self.palette().color
        plate = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isChecked():
            accent, keyed = colour(Role.Highlight), self.hasFocus() and self._keyed
            painter.setBrush(faint(accent, 0.2))
            painter.setPen(QPen(accent, 2) if keyed else QPen(faint(accent, 0.5), 1))
            painter.drawRoundedRect(plate, 5, 5)
        bright = self.isChecked() or self.underMouse()
        painter.setPen(colour(Role.WindowText if bright else Role.PlaceholderText))
        room = self.rect().adjusted(4, 0, -4, 0)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)


class Segments(QWidget):
    """A few short choices side by side. Arrow keys move the choice."""

    chosen = Signal(int)

    def __init__(self, texts: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(0)
        self.buttons = [Segment(text, self) for text in texts]
        for button in self.buttons:
            button.clicked.connect(self._clicked)
            row.addWidget(button)

    def show_choice(self, index: int) -> None:
        """Mark one as chosen."""
        self.buttons[index].setChecked(True)

    def _clicked(self) -> None:
        self.chosen.emit([button.isChecked() for button in self.buttons].index(True))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self.palette().color(Role.Base))
        painter.setPen(QPen(self.palette().color(Role.Mid), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)


class Choices(QComboBox):
    """Many choices: a list that folds out."""

    chosen = Signal(int)

    def __init__(self, texts: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.addItems(list(texts))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.tint = QColor()
        self.activated.connect(self.chosen)

    def event(self, event: QEvent) -> bool:
        return keeps(event, MOVES | SPACE) or super().event(event)

    def show_choice(self, index: int) -> None:
        """Stand at one of them."""
        self.setCurrentIndex(index)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.subControls &= ~QStyle.SubControl.SC_ComboBoxArrow
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        size = self.fontMetrics().height()
        top = (self.height() - size) // 2
        arrow = icon("chevron-down", self.tint, size)
        arrow.paint(painter, self.width() - size - 8, top, size, size)


class Caption(QLabel):
    """A small line of plain text under a control."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)  # what was typed is never markup
        self.setWordWrap(True)
        self.setFont(scaled(SMALL))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:  # a style sheet brings back the first font
            self.setFont(scaled(SMALL))
        super().changeEvent(event)


class Objection(Caption):
    """A sentence that says what is wrong, beside a small sign."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("", parent)
        self.tint = QColor()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        size = self.fontMetrics().height()
        icon("warning", self.tint, size).paint(QPainter(self), 0, 0, size, size)

"""A short tour of the window: a few stops, each by the thing it is about. It opens once, and by a key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui import theme as look

if TYPE_CHECKING:
    from gui.window import Window

WIDE = 340  # px, of the card
GAP = 14  # px between the card and what it is about
EDGE = 12  # px between the card and the window's edge


@dataclass(frozen=True)
class Stop:
    """A stop of the tour: what it is about, in a title and two sentences at most, and where that is."""

    title: str
    words: str
    where: Callable[[Window], QWidget]
    before: Callable[[Window], object] = lambda window: None


def _tab(number: int) -> Callable[[Window], object]:
    def show(window: Window) -> None:
        window.side.show()
        window.side.setCurrentIndex(number)

    return show


STOPS = (
    Stop(
        "The picture is alive",
        "Drag what has an outline, click a cell, point at anything: it says what made it so. "
        "Tab and the arrows do the same without a mouse, Ctrl+Z takes it back.",
        lambda window: window.show_ or window.middle,
    ),
    Stop(
        "Step through the algorithm",
        "Space plays, Left and Right step, and the line under the picture says what just happened. "
        "G changes between the told steps and every line.",
        lambda window: window.transport,
    ),
    Stop(
        "The code that runs",
        "The very lines that are run, with all variables. F8 stops where a condition holds, Ctrl+F9 watches a value, "
        "and F7 asks why something is as it is.",
        lambda window: window.side,
        _tab(1),
    ),
    Stop(
        "Compare, predict",
        "Ctrl+B keeps this run beside the next one and finds the first step that differs. "
        "Ctrl+P asks you before each step; Ctrl+H asks a whole class.",
        lambda window: window.transport,
    ),
    Stop(
        "Write it yourself",
        "On the bench, Ctrl+E, your own function is stepped through in the same picture. Ctrl+Shift+R compares it with "
        "the engine's, and Ctrl+L hides a mistake for you to find.",
        lambda window: window.side,
    ),
    Stop(
        "All scenes",
        "Ctrl+F searches topics, in English or Chinese. A picture or data of your own: drop it on the window.",
        lambda window: window.navigator,
        lambda window: window.navigator.show(),
    ),
    Stop(
        "Every key",
        "? shows them all. This tour comes back with Shift+F1.",
        lambda window: window.buttons.get("help") or window.transport,
        _tab(0),
    ),
)


def _t(text: str) -> str:
    return QCoreApplication.translate("tour", text)


class Ring(QWidget):
    """A line around what a stop is about; the mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.colour = look.DARK.accent
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.colour), 3))
        painter.drawRoundedRect(self.rect().adjusted(2, 2, -2, -2), 6, 6)


class Tour(QFrame):
    """The card. The window stays alive around it; Right and Left, or Enter, lead on, Escape ends it.

    `ended` tells that it has been put away.
    """

    ended = Signal()

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.setObjectName("card")
        self.setAccessibleName(self.tr("Tour"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.owner = window
        self.ring = Ring(window)
        self.at = 0
        self.title, self.words, self.count = QLabel(), QLabel(), QLabel()
        self.title.setFont(look.scaled(1.3, bold=True))
        self.words.setWordWrap(True)
        self.words.setFont(look.scaled(1.1))
        self.count.setProperty("quiet", True)
        self.back = QPushButton(self.tr("Back"))
        self.on = QPushButton()
        self.end = QPushButton(self.tr("End tour"))
        self._lay_out()
        self.back.clicked.connect(lambda: self.go(self.at - 1))
        self.on.clicked.connect(lambda: self.go(self.at + 1))
        self.end.clicked.connect(self.close_)
        self.hide()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self.words)
        row = QHBoxLayout()
        row.addWidget(self.count)
        row.addStretch(1)
        for button in (self.end, self.back, self.on):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button)
        column.addSpacing(4)
        column.addLayout(row)
        self.setFixedWidth(WIDE)

    def start(self) -> None:
        """From the first stop on."""
        self.go(0)

    def go(self, number: int) -> None:
        """To a stop; past the last one, end."""
        if number >= len(STOPS):
            self.close_()
            return
        self.at = max(number, 0)
        stop = STOPS[self.at]
        stop.before(self.owner)
        self.title.setText(_t(stop.title))
        self.words.setText(_t(stop.words))
        self.count.setText(self.tr("{n} of {all}").format(n=self.at + 1, all=len(STOPS)))
        self.back.setVisible(self.at > 0)
        last = self.at == len(STOPS) - 1
        self.on.setText(self.tr("Done") if last else self.tr("Next"))
        self.end.setVisible(not last)
        self.setAccessibleDescription(f"{self.title.text()}. {self.words.text()}")
        self.words.setFixedHeight(self.words.heightForWidth(WIDE - 40))
        self.adjustSize()
        for widget in (self.ring, self):
            widget.show()
            widget.raise_()
        self.stand()
        self.setFocus()

    def set_theme(self, theme: look.Theme) -> None:
        self.ring.colour = theme.accent
        self.ring.update()

    def close_(self) -> None:
        """Put it away."""
        if not self.isHidden():
            self.hide()
            self.ring.hide()
            if self.owner.show_ is not None:
                self.owner.show_.stage.setFocus()
            self.ended.emit()

    def stand(self) -> None:
        """Beside what the stop is about, where there is room; else in its corner."""
        if self.isHidden():
            return
        target = STOPS[self.at].where(self.owner)
        about = QRect(target.mapTo(self.owner, QPoint()), target.size())
        self.ring.setGeometry(about.adjusted(-2, -2, 2, 2) & self.owner.rect())
        room = self.owner.rect().adjusted(EDGE, EDGE, -EDGE, -EDGE)
        wide, tall = self.width(), self.height()
        middle = about.center() - QPoint(wide // 2, tall // 2)
        places = (
            QPoint(about.left() - GAP - wide, middle.y()),
            QPoint(about.right() + GAP, middle.y()),
            QPoint(middle.x(), about.top() - GAP - tall),
            QPoint(middle.x(), about.bottom() + GAP),
        )
        fits = [at for at in places if room.contains(QRect(at, self.size()))]
        at = fits[0] if fits else about.bottomRight() - QPoint(wide + GAP, tall + GAP)
        self.move(
            min(max(at.x(), room.left()), room.right() - wide),
            min(max(at.y(), room.top()), room.bottom() - tall),
        )

    def event(self, event: QEvent) -> bool:
        """Its keys are its own before they are shortcuts of the window; all others stay the window's."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == event.Type.ShortcutOverride
            and event.key() in KEYS
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = KEYS.get(Qt.Key(event.key()))
        if way is None:
            event.ignore()
        elif way == 0:
            self.close_()
        else:
            self.go(self.at + way)


KEYS = {
    Qt.Key.Key_Right: 1, Qt.Key.Key_Return: 1, Qt.Key.Key_Enter: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Escape: 0,
}  # fmt: skip

"""The kept run's picture beside the live one: a heading over each, a sentence under each, and where they differ."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from gui import theme as look
from gui.icons import icon
from gui.show import Show
from gui.stage.stage import Stage
from gui.track import Elided
from scenes.comparison.parts import main_part, only
from scenes.picture import Picture

HEADING, PICTURE, WORDS = 1, 2, 3  # rows
ROOM = 600  # pixels a picture needs to be shown with all of its parts


class Heading(QWidget):
    """What a picture is: a word in bold, and by what it differs from the other."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.name, self.by = QLabel(self), Elided("", self)
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.by.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(20, 2, 12, 2)
        self.row.setSpacing(8)
        self.row.addWidget(self.name)
        self.row.addWidget(self.by, 1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def say(self, name: str, by: str, tip: str) -> None:
        """Show the heading; `tip` is all of it."""
        self.name.setText(name)
        self.by.setText(by)
        self.by.setToolTip(tip)
        self.setAccessibleName(f"{name} {by}".strip())

    def set_scale(self) -> None:
        """Type sizes of a heading."""
        self.name.setFont(look.scaled(15 / 13, bold=True))
        self.by.setFont(look.scaled(15 / 13))


class Beside(QObject):
    """Divides the stage of a Show and makes it whole again. It is made once, and hidden while nothing is compared.

    `ended`, `swapped` and `difference_asked` are what its buttons ask for; `part_chosen` tells that another part of
    both pictures is to be shown, or all of them.
    """

    ended = Signal()
    swapped = Signal()
    difference_asked = Signal()
    part_chosen = Signal()

    def __init__(self, show: Show) -> None:
        super().__init__(show)
        self.show = show
        self.is_open = False
        self.kept_heading, self.now_heading = Heading(show), Heading(show)
        self.stage = Stage(show)
        self.stage.only_shown = True
        self.stage.setAccessibleName(self.tr("The kept run's picture"))
        self.sentence = QLabel(show)
        self.bar = QWidget(show)
        self.words = QLabel(self.bar)
        self.buttons: dict[str, QToolButton] = {}
        self.parts = QComboBox()
        self.part = ""  # that both pictures show by itself; "" is all of them
        self._chosen: str | None = None  # what a person chose
        self._was_short = False
        show.installEventFilter(self)
        self._build()
        for widget in self._parts():
            widget.hide()

    def _parts(self) -> tuple[QWidget, ...]:
        return self.kept_heading, self.now_heading, self.stage, self.sentence, self.bar

    def _build(self) -> None:
        for label in (self.sentence, self.words):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.sentence.setContentsMargins(20, 0, 12, 0)
        row = QHBoxLayout(self.bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._button("flag", self.difference_asked))
        row.addWidget(self.words, 1)
        self.parts.setAccessibleName(self.tr("The part of both pictures that is shown"))
        self.parts.setToolTip(self.parts.accessibleName())
        self.parts.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.parts.activated.connect(self._choose)
        self.now_heading.row.addWidget(self.parts)
        self.kept_heading.row.addWidget(self._button("swap", self.swapped))
        self.kept_heading.row.addWidget(self._button("close", self.ended))

    def _button(self, image: str, asks: SignalInstance) -> QToolButton:
        button = self.buttons[image] = QToolButton()
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAutoRaise(True)
        button.clicked.connect(asks)
        button.installEventFilter(self)
        return button

    def open(self) -> None:
        """Put the kept run's half to the left of the stage."""
        if self.is_open:
            return
        self.is_open = True
        stages, show = self.show.stages, self.show
        stages.setHorizontalSpacing(0)
        stages.addWidget(self.kept_heading, HEADING, 0)
        stages.addWidget(self.now_heading, HEADING, 1)
        stages.addWidget(self.stage, PICTURE, 0)
        stages.addWidget(self.sentence, WORDS, 0, Qt.AlignmentFlag.AlignTop)
        show.take_sentence(divided=True)
        show.foot.addWidget(self.bar)
        for column in (0, 1):
            stages.setColumnStretch(column, 1)
        self.set_scale()
        for widget in self._parts():
            widget.show()

    def close(self) -> None:
        """Give the stage all of its room again."""
        if not self.is_open:
            return
        self.is_open = False
        for widget in self._parts():
            widget.hide()
            self.show.stages.removeWidget(widget)
        self.show.foot.removeWidget(self.bar)
        self.show.stages.setColumnStretch(0, 0)
        self.show.take_sentence(divided=False)
        self.stage.show_picture(Picture(panels=()))

    def part_of(self, picture: Picture) -> Picture:
        """The part of the live picture that is shown: the one chosen; else all of it, or its main part where room is
        short. The kept one then shows the same.
        """
        if not self.is_open or len(picture.panels) < 2:
            self.part = ""
            return picture
        keys = [panel.key for panel in picture.panels]
        if self._chosen is None:
            self._was_short = self.is_short()
            self.part = main_part(picture) if self._was_short else ""
        else:
            self.part = self._chosen if self._chosen in keys else ""
        self._list(keys)
        return only(picture, self.part)

    def is_short(self) -> bool:
        """Whether there is too little room for all parts of both pictures."""
        return self.show.width() < 2 * ROOM

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Another width may have room for more, or for less; Escape on a button of the heading ends it all."""
        if watched is not self.show:
            return self._is_escape(event)
        follows = self.is_open and self._chosen is None
        if event.type() == QEvent.Type.Resize and follows and self.is_short() != self._was_short:
            self.part_chosen.emit()
        return False

    def _is_escape(self, event: QEvent) -> bool:
        escapes = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if escapes and event.type() == QEvent.Type.KeyPress:
            self.ended.emit()
            return True
        return False

    def _list(self, keys: list[str]) -> None:
        names = ["", *keys]
        if [self.parts.itemData(n) for n in range(self.parts.count())] != names:
            self.parts.clear()
            for name in names:
                self.parts.addItem(name.capitalize() if name else self.tr("All parts"), name)
        self.parts.setCurrentIndex(names.index(self.part))

    def _choose(self, index: int) -> None:
        self._chosen = self.parts.itemData(index)
        self.part_chosen.emit()

    def next_part(self) -> None:
        """Show the next part of both pictures by itself; after the last one, all of them."""
        if self.parts.count():
            self._choose((self.parts.currentIndex() + 1) % self.parts.count())

    def forget_part(self) -> None:
        """Choose the part by the room again."""
        self._chosen = None

    def show_picture(self, picture: Picture, narration: str, *, step: bool = False) -> None:
        """Show the kept run's picture, and what it says."""
        self.stage.show_picture(only(picture, self.part), step=step)
        self.sentence.setText(picture.sentence or narration)

    def say(self, words: str, *, found: bool, stale: bool = False) -> None:
        """Say where the runs differ; `found` lets one go there. Stale words are of the runs before."""
        self.words.setText(words)
        self.words.setEnabled(not stale)
        self.buttons["flag"].setEnabled(found and not stale)

    def set_scale(self) -> None:
        """Follow the type sizes of the show."""
        show = self.show.sentence
        self.sentence.setFont(show.font())
        self.sentence.setFixedHeight(show.height())
        self.words.setFont(look.scaled(15 / 13, bold=True))
        self.words.setFixedHeight(2 * self.words.fontMetrics().lineSpacing() + 2)
        self.kept_heading.set_scale()
        self.now_heading.set_scale()

    def set_theme(self, theme: look.Theme) -> None:
        """Dress it."""
        self.stage.set_theme(theme)
        for image, button in self.buttons.items():
            colour = theme.differs if image == "flag" else theme.quiet
            button.setIcon(icon(image, colour))
            button.setIconSize(QSize(20, 20))

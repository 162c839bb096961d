"""The middle of the window, and all of a rendered picture: title, stage, and the sentence under it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from gui import theme as look
from gui.stage.stage import Stage, scale_for
from scenes.picture import Picture

SENTENCE_LINES = 2  # room that the sentence always has, so that nothing jumps


class Show(QWidget):
    """Title above, stage in the middle, one sentence below. `header` (the title's row) and `subheader` (that of
    the point) take further widgets at their right.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel()
        self.point = QLabel()
        self.point.setProperty("quiet", True)
        self.stage = Stage()
        self.sentence = QLabel()
        for label in (self.title, self.point, self.sentence):
            label.setTextFormat(Qt.TextFormat.PlainText)  # what a person typed is said again, and no markup
        self.sentence.setWordWrap(True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sentence.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        shy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        shy.setRetainSizeWhenHidden(True)
        self.point.setSizePolicy(shy)
        self.header = QHBoxLayout()
        self.header.addWidget(self.title, 1)
        top = QVBoxLayout()
        top.setContentsMargins(20, 12, 20, 4)
        top.setSpacing(2)
        top.addLayout(self.header)
        self.subheader = QHBoxLayout()
        self.subheader.addWidget(self.point, 1)
        top.addLayout(self.subheader)
        self.strut = QWidget()  # holds the foot open where what stands in it comes and goes
        self.strut.setFixedSize(0, 0)
        self.foot = QHBoxLayout()
        self.foot.setSpacing(0)
        self.foot.addWidget(self.strut)
        self.foot.setContentsMargins(20, 4, 20, 4)
        self.foot.addWidget(self.sentence)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(4)
        self.column.addLayout(top)
        self.stages = QGridLayout()  # the stage, and what may be put beside it
        self.stages.addWidget(self.stage, 2, 1)
        self.column.addLayout(self.stages, 1)
        self.column.addLayout(self.foot)
        self._lines = SENTENCE_LINES
        self.set_scale(1.0)

    def set_scale(self, factor: float) -> None:
        """Type sizes: 20 and 17 to a base of 13; what is said grows with the room, as the text on the stage does."""
        self.scale = factor
        self.title.setFont(look.scaled(20 / 13, bold=True))
        self.sentence.setFont(look.scaled(17 / 13 * factor))
        self.sentence.setFixedHeight(self._lines * self.sentence.fontMetrics().lineSpacing() + 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        scale = round(scale_for(self.width(), self.height()), 1)
        if scale != self.scale:
            self.set_scale(scale)

    def take_sentence(self, *, divided: bool) -> None:
        """The sentence under the stage, or at the foot of all."""
        self._lines = SENTENCE_LINES + divided  # in half the width there is less in a line
        self.set_scale(self.scale)
        self.foot.removeWidget(self.sentence)
        self.stages.removeWidget(self.sentence)
        self.sentence.setContentsMargins(20 if divided else 0, 0, 12 if divided else 0, 0)
        if divided:
            self.stages.addWidget(self.sentence, 3, 1, Qt.AlignmentFlag.AlignTop)
        else:
            self.foot.insertWidget(0, self.sentence)

    def set_theme(self, theme: look.Theme) -> None:
        """Dress the stage."""
        self.stage.set_theme(theme)

    def show_title(self, title: str, point: str) -> None:
        """The scene's title and its one point."""
        self.title.setText(title)
        self.point.setText(point)
        self.point.setToolTip(point)

    def show_picture(self, picture: Picture, narration: str, said: str = "", *, step: bool = False) -> None:
        """A picture, with what was said last, or what it says of itself, or what the step says."""
        self.stage.show_picture(picture, step=step)
        words = said or picture.sentence or narration
        if words != self.sentence.text():
            self.sentence.setText(words)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 240)

"""Cards over the stage: a fault with a way out, a notice that goes by itself, work that can be stopped."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from gui import theme as look

PATIENCE = 300  # ms before work says that it is going on
READING_TIME = 7000  # ms that a notice stays


class FaultCard(QFrame):
    """What went wrong in this scene, and a button that starts it afresh."""

    reset_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setFont(look.scaled(1.15))
        self.message.setMinimumWidth(380)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        button = QPushButton(self.tr("Reset scene"))
        button.clicked.connect(self.reset_asked)
        column.addWidget(self.message)
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def show_fault(self, message: str) -> None:
        self.message.setText(message)
        self.setAccessibleName(message)
        self.adjustSize()
        self._centre()
        self.raise_()
        self.show()

    def _centre(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.move((parent.width() - self.width()) // 2, (parent.height() - self.height()) // 2)


class Notice(QLabel):
    """A sentence that stands over the stage for a while."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setContentsMargins(14, 8, 14, 8)
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self.hide)
        self.hide()

    def say(self, text: str) -> None:
        self.setText(text)
        self.setAccessibleName(text)
        parent = self.parentWidget()
        width = min(560, parent.width() - 40 if parent else 560)
        self.resize(width, self.heightForWidth(width))
        if parent is not None:
            self.move((parent.width() - width) // 2, 72)
        self.raise_()
        self.show()
        self._clock.start(READING_TIME)

    def mousePressEvent(self, event: object) -> None:
        self.hide()


class Working(QWidget):
    """Work that takes longer than a moment: how far it is, and a button that stops it."""

    stopped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 0, 20, 0)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.button = QPushButton(self.tr("Stop"))
        self.button.clicked.connect(self.stopped)
        row.addWidget(self.bar, 1)
        row.addWidget(self.button)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE)
        self._patience.timeout.connect(self.show)
        self.hide()

    def show_done(self, done: float) -> None:
        """0 as work begins, 1 when it is over."""
        if done >= 1.0:
            self._patience.stop()
            self.hide()
            return
        self.bar.setRange(0, 0 if done <= 0 else 100)
        self.bar.setValue(round(done * 100))
        if not self.isVisible() and not self._patience.isActive():
            self._patience.start()

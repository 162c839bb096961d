"""The program, started as main.py starts it, with a clock: it prints the seconds from its launch to the first
painting of its window and of its first scene, and ends. Nothing is imported here that the program does not.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

LAUNCHED = "ZOETROPE_LAUNCHED"  # in the environment: time.monotonic() of who launched it


def main() -> int:
    """Run the program until its first scene is painted."""
    from PySide6.QtCore import QEvent, QObject, QTimer

    from gui import start
    from main import main as program

    class Timed(start.Program):
        """Notes when it was painted."""

        def __init__(self, options: Any) -> None:
            super().__init__(options)
            self.painted = 0.0

        def _bring_stage(self) -> None:
            """It comes right after the first painting and takes its own time: the clock is read before it."""
            self.painted = self.since()
            super()._bring_stage()

        def _loaded(self, answer: Any) -> None:
            super()._loaded(answer)
            self.window.flow.pictured.connect(self._pictured)

        def _pictured(self, picture: object) -> None:
            self.window.flow.pictured.disconnect(self._pictured)
            self.scene_painted = Paint(self.window.show_.stage.viewport(), self.end)

        def since(self) -> float:
            return time.monotonic() - float(os.environ[LAUNCHED])

        def end(self) -> None:
            print(self.painted, self.since())
            self.app.quit()

    class Paint(QObject):
        """Calls back once, when the first painting of a widget is done."""

        def __init__(self, widget: Any, done: Any) -> None:
            super().__init__(widget)
            self.done = done
            widget.installEventFilter(self)

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                watched.removeEventFilter(self)
                QTimer.singleShot(0, self.done)
            return False

    start.Program = Timed
    return program(["nms"])


if __name__ == "__main__":
    sys.exit(main())

"""Two runs side by side: how soon a fork is painted, and how soon a step of both is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QTimer

from scenes import contents
from tests.bench.table import show, spread
from tests.bench.window import PATIENCE, Living, on_screen

FORKS = 5
STEPS = 30
FORK, STEP = "200", "33"  # ms: the goals


def main() -> None:
    """Run this file in a process of its own, on a screen of its own."""
    on_screen("tests.bench.comparing", "forked")


class Painted(QObject):
    """Calls back once all of these widgets have been painted."""

    def __init__(self, widgets: list[Any], done: Callable[[], None]) -> None:
        super().__init__(widgets[0])
        self.waiting, self.done = list(widgets), done
        for widget in widgets:
            widget.installEventFilter(self)
            widget.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and watched in self.waiting:
            self.waiting.remove(watched)
            watched.removeEventFilter(self)
            if not self.waiting:
                QTimer.singleShot(0, self.done)  # the painting itself comes first
        return False


def painted(living: Living, change: Callable[[], object]) -> float:
    """Milliseconds from a change until both pictures are painted."""
    window = living.window
    living.timer.start(PATIENCE)
    began = time.perf_counter()
    change()
    stages = [window.show_.stage, *([window.comparing.beside.stage] if window.comparing.is_open else [])]
    waits = Painted([stage.viewport() for stage in stages], living.loop.quit)
    living.loop.exec()
    waits.deleteLater()
    return (time.perf_counter() - began) * 1e3


def forked() -> None:
    """Print both for the default case of every scene."""
    living = Living("nms")
    window = living.window
    forks, steps = [], []
    for key in contents.ENTRIES:
        if living.flow.scene.key != key:
            before = living.flow.scene
            living.program.open(key)
            living.wait(
                lambda before=before: living.flow.scene is not before and living.flow.shown is not None
            )
            living.rest(1500)
        times = []
        for _ in range(FORKS):
            times.append(painted(living, window.comparing.toggle))
            living.rest(150)
            window.comparing.end()
            living.rest(150)
        forks.append([key, f"{times[0]:.0f}", *spread(times), FORK])
        window.comparing.toggle()
        living.rest()
        length = window.player.length
        at = [round(n * length / STEPS) for n in range(STEPS)] if length else []
        times = [painted(living, lambda step=step: living.flow.go(step)) for step in at]
        steps.append([key, *(spread(times) if times else ("", "")), STEP])
    show("Fork of the default case to both painted: ms", ("", "first", "median", "p95", "goal"), forks)
    show("A step of both runs to both painted: ms", ("", "median", "p95", "goal p95"), steps)


if __name__ == "__main__":
    forked() if sys.argv[1:] == ["forked"] else main()

"""Code of one's own in the window: how soon its run is painted, and whether the window keeps its beat meanwhile."""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtTest import QTest

from gui.bench import store
from tests.bench.table import show, spread
from tests.bench.window import PATIENCE, Living, on_screen
from tests.bench.workbench import RIGHT, ROUNDS, WARMING

LOOP = "def nms(boxes):\n    n = 0\n    while True:\n        n += 1\n"
LETTERS = 120
BEAT = 5  # ms between two beats of an idle window


class Beats(QObject):
    """Counts how far apart the turns of the window's loop are."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []
        self.clock = QTimer(self)
        self.clock.setTimerType(Qt.TimerType.PreciseTimer)
        self.clock.setInterval(BEAT)
        self.clock.timeout.connect(lambda: self.times.append(time.perf_counter() * 1e3))
        self.clock.start()

    def gaps(self) -> list[float]:
        """The milliseconds from each beat to the next."""
        self.clock.stop()
        return [b - a for a, b in itertools.pairwise(self.times)]


class Painted(QObject):
    """Ends the loop when a widget was painted."""

    def __init__(self, living: Living, widget: QObject) -> None:
        super().__init__(widget)
        self.living = living
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self.living.loop.quit)
        return False


def main() -> None:
    """Run this file in a process of its own, on a screen of its own."""
    on_screen("tests.bench.own_code", "measure")


def measure() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as folder:
        store.folder = lambda: Path(folder)
        living = Living("nms")
        bench = living.window.bench
        bench.write()
        rows = [["Run to the first frame, painted", "500", *spread(_runs(living))]]
        rows.append(["Stop of an endless loop, until it is shown", "2000", *spread(_stops(living))])
        rows.append(["a letter, until it is painted", "16.7", *spread(_letters(living))])
        show(f"Code of one's own in the window ({os.environ['QT_QPA_PLATFORM']}): ms", ("", "goal", "median", "p95"),
             rows)  # fmt: skip
        beats = [
            ["idle", *_beat(living, lambda: living.rest(3000))],
            ["an endless loop", *_beat(living, lambda: _loop(living, 4000))],
            [
                "an endless loop, up to its 50,000 steps on the stage",
                *_beat(living, lambda: _whole_loop(living)),
            ],
            ["a check", *_beat(living, lambda: _check(living))],
        ]
        show(f"The window's beat, every {BEAT} ms where nothing else is to be done: ms",
             ("while there runs", "goal", "median", "p95", "worst"), beats)  # fmt: skip
        living.window.close()
        living.program.close()


def _runs(living: Living) -> list[float]:
    times, bench = [], living.window.bench
    bench.panel.editor.show_text(RIGHT)
    for _ in range(ROUNDS):
        living.rest(round(WARMING * 1e3))
        times.append(living.painted(bench.run))
    return times


def _stops(living: Living) -> list[float]:
    times, bench = [], living.window.bench
    bench.panel.editor.show_text(LOOP)
    for _ in range(ROUNDS):
        living.rest(round(WARMING * 1e3))
        bench.run()
        living.rest(1000)
        times.append(living.painted(bench.stop))
    return times


def _letters(living: Living) -> list[float]:
    times, editor = [], living.window.bench.panel.editor
    editor.show_text(RIGHT)
    editor.go_to(8)
    editor.setFocus()
    for number in range(LETTERS):
        Painted(living, editor.viewport())
        began = time.perf_counter()
        QTest.keyClick(editor, "abc_ ("[number % 6])
        living.timer.start(PATIENCE)
        living.loop.exec()
        times.append((time.perf_counter() - began) * 1e3)
    return times


def _beat(living: Living, work: object) -> list[str]:
    assert callable(work)
    living.rest(round(WARMING * 1e3))
    beats = Beats()
    work()
    gaps = beats.gaps()
    return ["50", *spread(gaps), f"{max(gaps):.1f}"]


def _loop(living: Living, ms: int) -> None:
    bench = living.window.bench
    bench.panel.editor.show_text(LOOP)
    bench.run()
    living.rest(ms)
    bench.stop()
    living.wait(lambda: not bench.jobs.is_running)


def _whole_loop(living: Living) -> None:
    bench = living.window.bench
    bench.panel.editor.show_text(LOOP)
    bench.run()
    living.wait(lambda: not bench.jobs.is_running)


def _check(living: Living) -> None:
    bench = living.window.bench
    bench.panel.editor.show_text(RIGHT)
    bench.check()
    living.wait(lambda: not bench.jobs.is_checking)


if __name__ == "__main__":
    {"measure": measure}[sys.argv[1]]()

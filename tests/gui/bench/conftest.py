"""What the tests of the workbench in the window share: one warm bench, and hands in its editor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from gui.bench import jobs
from scenes.workbench import process
from scenes.workbench.process import Bench
from tests.gui.conftest import Live

Key = Qt.Key
Control, Shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
RIGHT = """\
import torch
from engine.detection.boxes import box_iou


def nms(boxes, scores, labels, iou_threshold, score_threshold):
    order = scores.argsort(descending=True, stable=True)  #> {len(order)} boxes, best first.
    order = order[scores[order] > score_threshold]
    keep = []
    while len(order) > 0:
        best, rest = order[0], order[1:]
        keep.append(best)  #> Mine keeps box {best}.
        overlap = box_iou(boxes[best], boxes[rest])
        gone = (labels[rest] == labels[best]) & (overlap > iou_threshold)
        order = rest[~gone]
        my_own = len(order)
    return torch.stack(keep) if keep else order
"""
WRONG = RIGHT.replace("overlap > iou", "overlap >= iou")


class Shared(Bench):
    """One warm bench for all tests: closing a window does not close it."""

    def close(self) -> None:
        """It is closed at the end of the tests."""


@pytest.fixture(scope="session")
def warm() -> Iterator[Shared]:
    bench = Shared()
    bench.warm()
    yield bench
    Bench.close(bench)


@pytest.fixture(scope="session")
def marks() -> list[str]:
    """The marks of all processes that were started."""
    return []


class Own:
    """The window, with the editor of the workbench at hand."""

    def __init__(self, live: Live) -> None:
        self.live, self.bench, self.flow = live, live.window.bench, live.flow
        self.key(Key.Key_E, Control)
        self.panel = self.bench.panel
        self.editor = self.panel.editor

    def key(self, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
        """A key, given to whatever has the focus."""
        self.live.hands.key(key, modifier)

    def type(self, text: str) -> None:
        """Every letter by its key, lines by Enter."""
        for number, line in enumerate(text.split("\n")):
            if number:
                self.key(Key.Key_Return)
            self.live.hands.type(line)

    def write(self, code: str) -> None:
        """Put code in the place of all that is there, as a paste does."""
        self.editor.setFocus()
        self.key(Key.Key_A, Control)
        QApplication.clipboard().setText(code)
        self.key(Key.Key_V, Control)

    def run(self, code: str = "") -> None:
        if code:
            self.write(code)
        self.key(Key.Key_R, Control)
        self.done()

    def check(self, code: str = "") -> None:
        if code:
            self.write(code)
        self.key(Key.Key_R, Control | Shift)
        self.done()

    def done(self) -> None:
        """Wait until nothing of one's own runs any more."""
        self.live.wait(lambda: not self.bench.jobs.is_running and not self.bench.jobs.is_checking)

    @property
    def said(self) -> str:
        """What stands below the code."""
        return self.panel.report.words.text()


@pytest.fixture
def own(warm: Shared, nms: Live) -> Own:
    nms.window.bench.jobs.bench = warm
    return Own(nms)


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The processes that are started from now on."""
    found: list[Any] = []
    start = process._start

    def noted() -> Any:
        child = start()
        found.append(child)
        return child

    monkeypatch.setattr(process, "_start", noted)
    monkeypatch.setattr(jobs, "Bench", Bench)
    return found

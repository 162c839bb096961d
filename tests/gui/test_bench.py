"""Code of one's own in the window, by real keys: written, run, stopped, checked, and kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gui.bench import jobs
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
LOOP = "def nms(boxes):\n    n = 0\n    while True:\n        n += 1\n"


class Shared(Bench):
    """One warm bench for all tests of a module: closing a window does not close it."""

    def close(self) -> None:
        """It is closed at the end of the module."""


@pytest.fixture(scope="module")
def warm() -> Iterator[Shared]:
    bench = Shared()
    bench.warm()
    yield bench
    Bench.close(bench)


@pytest.fixture
def own(warm, monkeypatch, nms) -> Own:
    monkeypatch.setattr(jobs, "Bench", lambda: warm)
    nms.window.bench.jobs.bench = warm
    return Own(nms)


class Own:
    """The window, with the editor of the workbench at hand."""

    def __init__(self, live: Live) -> None:
        self.live, self.bench, self.flow = live, live.window.bench, live.flow
        self.key(Key.Key_E, Control)
        self.panel = self.bench.panel
        self.editor = self.panel.editor

    def key(self, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
        self.live.hands.key(key, modifier)

    def type(self, text: str) -> None:
        """Every letter by its key."""
        self.live.hands.type(text)

    def write(self, code: str) -> None:
        """Put code in the place of all that is there, as a paste does."""
        self.editor.setFocus()
        self.editor.selectAll()
        self.editor.insertPlainText(code)

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
        self.live.wait(lambda: not self.bench.jobs.is_running and not self.bench.jobs.is_checking)

    @property
    def said(self) -> str:
        return self.panel.report.words.text()


def test_a_run_of_ones_own_is_stepped_on_the_stage(own):
    own.run(RIGHT)
    assert own.flow.other.name == "nms"
    assert own.said.endswith("It returned [0, 2, 4].")
    assert own.bench.sign.isVisible()
    assert own.flow.frame.index == 0
    assert own.editor.now == 6
    own.key(Key.Key_Escape)
    assert own.live.stage.hasFocus()
    own.key(Key.Key_Right)
    assert own.live.sentence == "Mine keeps box 0."

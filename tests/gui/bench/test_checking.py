"""The check in the window: agreement, the smallest case that differs, and both runs of it on the stage."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from scenes.workbench import searching
from tests.gui.bench.conftest import RIGHT, WRONG, Own

Key = Qt.Key
Control, Shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_code_that_agrees(own: Own) -> None:
    told = []
    own.bench.jobs.tried.connect(told.append)
    own.check(RIGHT)
    assert own.said == "Your nms agrees with the engine on 300 cases."
    assert own.panel.report.kind == "good"
    assert not own.panel.report.smallest.isVisible()
    assert told == sorted(told)
    assert told


def test_the_smallest_case_that_differs_is_opened_with_both_runs_at_the_first_difference(own: Own) -> None:
    before = own.flow.state
    own.check(WRONG)
    assert own.said.startswith("Your nms differs on these 2 boxes: it returns [0], the engine [0, 1].")
    assert own.panel.report.smallest.hasFocus()
    own.key(Key.Key_Return)
    own.live.wait(
        lambda: own.flow.run is not None and own.flow.other is not None and own.flow.frame is not None
    )
    assert len(own.live.inputs.boxes) == 2
    assert own.flow.frame.text.startswith("gone = (labels")
    assert own.editor.now == 13
    comparing = own.live.window.comparing
    assert comparing.is_open
    assert comparing.kept.title == "The engine's code"
    own.live.wait(lambda: comparing.comparison is not None)
    own.key(Key.Key_Escape)
    own.key(Key.Key_Escape)
    own.key(Key.Key_E, Control | Shift)
    assert not comparing.is_open
    assert own.flow.other is None
    own.key(Key.Key_Z, Control)
    own.live.settle()
    assert own.live.inputs.boxes is before.inputs.boxes


def test_a_check_is_stopped(own: Own) -> None:
    own.write("import time\n\ndef nms(boxes):\n    time.sleep(0.5)\n    return list(range(len(boxes)))\n")
    own.key(Key.Key_R, Control | Shift)
    own.live.wait(lambda: own.panel.stop.isEnabled())
    own.key(Key.Key_Period, Control)
    own.done()
    assert own.said.endswith("Stopped.") or "differs" in own.said


def test_code_that_cannot_be_run_is_marked(own: Own) -> None:
    own.check("def nms(boxes):\n    return (\n")
    assert own.said.startswith("Line 2: SyntaxError: ")
    assert own.editor.error == 2


def test_an_error_in_a_case_marks_its_line(own: Own) -> None:
    own.check("def nms(boxes, scores):\n    scores.max()\n    return []\n")
    assert own.said.startswith("Your nms fails when there are no boxes, on line 2: ")
    assert own.editor.error == 2
    own.panel.report.smallest.click()
    own.live.wait(lambda: len(own.live.inputs.boxes) == 0)
    own.live.wait(lambda: own.flow.run is not None)
    assert not own.live.window.fault.isVisible()


def test_who_types_on_is_not_taken_away_from_the_code(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    own.write(WRONG)
    own.key(Key.Key_R, Control | Shift)
    own.type("# more")
    own.done()
    assert own.editor.hasFocus()
    assert own.panel.report.smallest.isVisible()


def test_a_scene_without_cases_says_so(own: Own) -> None:
    from dataclasses import replace

    from scenes import contents

    scene = replace(contents.load("nms"), cases=None)
    own.live.window.open_scene(scene, scene.opening())
    own.live.settle()
    own.check(RIGHT)
    assert own.said == "nms has no cases to check code with."


def test_moving_a_slider_does_not_end_a_check(own: Own) -> None:
    own.run(RIGHT)
    own.key(Key.Key_R, Control | Shift)
    own.flow.change(own.flow.state.with_params(iou_threshold=0.3))
    own.live.wait(lambda: own.flow.run is not None and own.flow.other.state.params is own.flow.state.params)
    own.done()
    assert own.bench.verdict is not None
    assert own.bench.verdict.agrees
    assert searching.WHOLE > 0
    assert QApplication.focusWidget() is not None

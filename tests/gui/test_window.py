"""The whole window by real mouse and keys: what a learner does, and what goes wrong meanwhile."""

from __future__ import annotations

import argparse
import gc
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QPushButton

from gui.errors import catch_all
from gui.player import SPEEDS
from gui.theme import THEMES
from scenes import contents
from scenes.scene import Drag
from tests.gui import gallery
from tests.gui.conftest import PATIENCE, Live, image_of

Key, Left = Qt.Key, Qt.MouseButton.LeftButton
Control, Shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
WAIT = 20
ROOT = Path(__file__).parents[2]


@pytest.fixture
def ties(live) -> Live:
    """Three boxes of one score in a row: box 1 overlaps box 0 too much and goes."""
    live.open("nms", "ties")
    return live


@pytest.fixture
def shelf(live, monkeypatch):
    """Opens scenes of `gallery` as if they stood in the table of contents."""

    def open_scene(scene: Any = None, *, wait: bool = True) -> Live:
        scene = scene or gallery.scene()
        monkeypatch.setitem(contents.ENTRIES, scene.key, gallery.entry(scene.key))
        live.window.open_scene(scene, scene.opening())
        if wait:
            live.settle()
        return live

    return open_scene


def boxes(live: Live) -> list[list[float]]:
    return live.inputs.boxes.tolist()


def band(live: Live) -> str:
    """The code of the line under the band of the code view."""
    code = live.window.side.debugger.code
    return code.page.rows[code.now[0]].text.strip() if code.now else ""


def step_of(live: Live) -> int | None:
    return live.flow.state.step


# ---------------------------------------------------------------------------- boxes


def test_a_drag_moves_a_box_and_is_one_step_of_undo(ties):
    before = boxes(ties)
    ties.hands.drag("boxes", (70, 100), (75, 102), (90, 108), (92, 110))
    moved = boxes(ties)
    assert np.subtract(moved, before)[0] == pytest.approx([22, 10, 22, 10], abs=1)
    assert moved[1:] == before[1:]
    assert ties.inputs.chosen == 0
    ties.hands.key(Key.Key_Z, Control)
    assert boxes(ties) == before
    assert ties.flow.history.past == []
    ties.hands.key(Key.Key_Y, Control)
    assert boxes(ties) == moved
    ties.settle()
    assert ties.mark("box").boxes[0].tolist() == moved[0]


def test_while_a_box_is_dragged_the_verdict_follows(ties):
    """Box 2 comes so near to box 0 that it goes too."""
    assert ties.flow.result.keep.tolist() == [0, 2]
    ties.hands.drag("boxes", (230, 200), (220, 195), (200, 190))
    ties.settle()
    assert ties.flow.result.keep.tolist() == [0]
    assert ties.mark("box").roles[ties.mark("box").role_of[2]] == "removed"


def test_a_corner_resizes(ties):
    ties.hands.drag("boxes", (60, 60), (50, 55), (40, 50))
    assert boxes(ties)[0] == pytest.approx([40, 50, 200, 220], abs=1)
    ties.hands.drag("boxes", (240, 240), (250, 250), (270, 260))
    assert boxes(ties)[2] == pytest.approx([100, 80, 270, 260], abs=1)


def test_a_double_click_on_the_ground_adds_a_box(ties):
    ties.hands.double_click("boxes", 280, 40)
    assert len(boxes(ties)) == 4
    x1, y1, x2, y2 = boxes(ties)[3]
    assert (x1 + x2) / 2 == pytest.approx(280, abs=1)
    assert (y1 + y2) / 2 == pytest.approx(40, abs=1)
    ties.settle()
    assert 3 in ties.flow.result.keep


def test_n_adds_delete_deletes_and_arrows_move_the_new_one(ties):
    ties.hands.key(Key.Key_N)
    assert len(boxes(ties)) == 4
    assert ties.inputs.chosen == 3
    ties.settle()
    before = boxes(ties)
    ties.hands.key(Key.Key_Right)
    assert np.subtract(boxes(ties), before).tolist() == [[0] * 4] * 3 + [[1, 0, 1, 0]]
    ties.settle()
    ties.hands.key(Key.Key_Delete)
    assert len(boxes(ties)) == 3
    ties.settle()
    assert len(ties.mark("box").boxes) == 3


def test_the_last_box_is_deleted_under_the_pointer(ties):
    """The pointer still rests where it was: what it pointed at is gone."""
    ties.hands.click("boxes", 230, 200)
    assert ties.inputs.chosen == 2
    ties.hands.key(Key.Key_Delete)
    ties.settle()
    assert len(boxes(ties)) == 2
    assert ties.flow.hovered is None or ties.flow.hovered.handle == ""
    assert not ties.window.fault.isVisible()


def test_every_box_can_be_deleted_and_the_empty_scene_says_what_to_do(ties):
    for left in (2, 1, 0):
        ties.hands.key(Key.Key_Tab)
        ties.hands.key(Key.Key_Return)
        ties.hands.key(Key.Key_Delete)
        ties.settle()
        assert len(boxes(ties)) == left
    ties.hands.move_to(QPoint(1, 1))
    assert "There are no boxes" in ties.sentence
    for _ in range(3):
        ties.hands.key(Key.Key_Z, Control)  # the deletion,
        ties.hands.key(Key.Key_Z, Control)  # and the choice before it
    assert len(boxes(ties)) == 3


def test_tab_chooses_and_arrows_move_by_one_or_ten(ties):
    before = boxes(ties)
    ties.hands.key(Key.Key_Tab)
    ties.hands.key(Key.Key_Right)
    ties.hands.key(Key.Key_Down, Shift)
    assert np.subtract(boxes(ties), before)[0].tolist() == [1, 10, 1, 10]
    ties.hands.key(Key.Key_Z, Control)
    assert np.subtract(boxes(ties), before)[0].tolist() == [1, 0, 1, 0]
    for _ in range(2):
        ties.hands.key(Key.Key_Tab)  # the next grips are corners of the same box
    ties.hands.key(Key.Key_Left)
    assert boxes(ties)[0][2] == before[0][2] + 1 - 1


def test_arrow_keys_belong_to_the_run_while_nothing_is_chosen(nms):
    nms.hands.key(Key.Key_Home)
    nms.hands.key(Key.Key_Right)
    assert step_of(nms) == nms.window.player._narrated[0]
    assert boxes(nms)[0] == [20, 70, 150, 230]


def test_a_key_that_is_the_scenes_own_reaches_it(ties):
    ties.hands.click("boxes", 70, 100)
    ties.hands.key(Key.Key_C)
    assert ties.inputs.labels.tolist() == [1, 0, 0]


# ---------------------------------------------------------------------------- scores


def bar_of(live: Live, box: int) -> tuple[float, float]:
    """A place on the bar of a box."""
    row = live.flow.result.listed.tolist().index(box)
    return float(live.mark("score").values[row]) / 2, row + 0.5


def test_a_score_is_typed_on_its_bar(nms):
    nms.hands.double_click("scores", *bar_of(nms, 4))
    assert nms.stage.editor.text() == "0.50"
    nms.hands.type("0.95")
    nms.hands.key(Key.Key_Return)
    assert nms.inputs.scores.tolist() == pytest.approx([0.9, 0.8, 0.7, 0.6, 0.95])
    nms.settle()
    assert nms.flow.result.listed[0] == 4
    assert nms.stage.editor is None


@pytest.mark.parametrize("text", ["2", "-0.1", "much", "nan", "<b>1</b>"])
def test_a_bad_score_is_one_sentence_and_changes_nothing(nms, text):
    nms.hands.double_click("scores", *bar_of(nms, 4))
    before, past = nms.inputs.scores, len(nms.flow.history.past)
    nms.hands.type(text)
    nms.hands.key(Key.Key_Return)
    assert nms.inputs.scores is before
    assert len(nms.flow.history.past) == past
    assert "a score is a number from 0 to 1." in nms.sentence
    assert text in nms.sentence
    assert nms.show.sentence.textFormat() == Qt.TextFormat.PlainText


def test_a_bar_is_dragged(nms):
    x, y = bar_of(nms, 4)
    nms.hands.drag("scores", (x, y), (0.3, y), (0.99, y))
    assert nms.inputs.scores[4] == pytest.approx(0.99, abs=0.01)


def test_keys_on_a_bar_are_hundredths(nms):
    grips = len(nms.stage.panels["boxes"].grips())
    for _ in range(grips + 1):
        nms.hands.key(Key.Key_Tab)
    nms.hands.key(Key.Key_Left)
    assert nms.inputs.scores[0] == pytest.approx(0.89)
    nms.settle()
    nms.hands.key(Key.Key_Left, Shift)
    assert nms.inputs.scores[0] == pytest.approx(0.79)


# ---------------------------------------------------------------------------- why


def test_a_click_on_a_removed_box_says_when_by_which_and_at_what_overlap(ties):
    ties.hands.click("boxes", 210, 70)
    frame = ties.flow.frame
    assert frame.text.startswith("order = rest")
    overlap = ties.flow.result.overlaps[0, 1]
    assert ties.sentence == (
        f"Box 1 goes here: it overlaps box 0, which scores higher, by {overlap:.2f}, more than 0.50."
    )
    assert band(ties) == frame.text
    assert step_of(ties) == frame.index + 1
    assert int(ties.window.side.debugger.variables.value("best")) == 0


def test_so_does_one_on_its_bar(ties):
    ties.hands.click("scores", *bar_of(ties, 1))
    assert ties.sentence.startswith("Box 1 goes here: it overlaps box 0")


def test_a_kept_box_is_only_chosen(ties):
    ties.hands.click("boxes", 70, 100)
    assert ties.inputs.chosen == 0
    assert step_of(ties) is None


def test_the_answer_stands_until_something_else_is_pointed_at(ties):
    ties.hands.click("boxes", 210, 70)
    answer = ties.sentence
    assert answer.startswith("Box 1 goes here")
    ties.hands.move("boxes", 211, 70)
    assert ties.sentence == answer
    ties.hands.move("boxes", 70, 100)
    assert ties.sentence.startswith("Box 0")


def test_pointing_says_what_is_there_in_every_panel(ties):
    ties.hands.move("boxes", 70, 100)
    assert ties.sentence.startswith("Box 0, score 0.80, is kept; box 1 goes")
    ties.hands.move("scores", *bar_of(ties, 1))
    assert ties.sentence.startswith("Box 1,")
    ties.hands.move("overlaps", 1.5, 0.5)
    assert ties.sentence.startswith("IoU of boxes 0 and 1:")
    ties.hands.move_to(QPoint(1, 1))
    assert "2 of 3 boxes are kept" in ties.sentence


# ---------------------------------------------------------------------------- controls and presets


def test_a_slider_changes_the_picture_and_is_one_step_of_undo(ties):
    control = ties.window.side.controls.controls["iou_threshold"]
    track = control.track
    before = image_of(ties.stage)
    start = QPoint(round(track.x_of(track.value())), track.height() // 2)
    end = QPoint(round(track.x_of(95)), track.height() // 2)
    QTest.mousePress(track, Left, pos=start)
    for part in (0.3, 0.6, 1.0):
        QTest.mouseMove(track, start + (end - start) * part)
    QTest.mouseRelease(track, Left, pos=end)
    assert ties.params.iou_threshold == pytest.approx(0.95, abs=0.02)
    ties.settle()
    assert ties.flow.result.keep.tolist() == [0, 1, 2]
    assert image_of(ties.stage) != before
    assert len(ties.flow.history.past) == 1
    ties.stage.setFocus()
    ties.hands.key(Key.Key_Z, Control)
    assert ties.params.iou_threshold == 0.5
    assert control.value == 0.5
    assert track.value() == 50


def test_a_choice_changes_the_code_that_is_stepped(ties):
    row = ties.window.side.controls.controls["method"].row
    segment = row.buttons[2]
    QTest.mouseClick(segment, Left)
    assert ties.params.method == "gaussian"
    ties.settle()
    texts = [line.text for line in ties.window.side.debugger.code.page.rows]
    assert any("def soft_nms" in text for text in texts)
    assert ties.window.side.controls.controls["sigma"].isVisibleTo(ties.window.side)
    assert not ties.window.side.controls.controls["iou_threshold"].isVisibleTo(ties.window.side)


def test_another_surface_brings_its_own_rate_and_start_and_all_is_undone_at_once(live):
    live.open("descent", "crawl")
    before = live.params
    controls = live.window.side.controls.controls
    controls["surface"].row.chosen.emit(controls["surface"].parameter.choices.index("rosenbrock"))
    assert (live.params.surface, live.params.lr, live.params.start) == ("rosenbrock", 0.0012, ())
    assert controls["lr"].value == 0.0012
    assert controls["lr"].reset.isHidden()
    live.settle()
    live.stage.setFocus()
    live.hands.key(Key.Key_Z, Control)
    assert live.params == before


def test_a_click_on_an_output_goes_to_the_step_that_wrote_it(live):
    live.open("convolution", "walk")
    left, top = live.mark("output 0").at
    for row, column in ((1, 2), (1, 2), (2, 1), (0, 0)):  # the second is under the frame of the chosen window
        live.flow.go(7)
        live.hands.click("grids", left + column + 0.5, top + row + 0.5)
        assert live.inputs.window == (row, column)
        frame = live.flow.frame
        assert live.sentence.startswith(f"All 9 products are in: output ({row}, {column}) is")
        assert frame.text == "output[o, i, j] = total"
        assert [frame.variables[name] for name in "ij"] == [row, column]
    live.flow.go(None)
    live.hands.click("grids", left + 0.5, top + 0.5)
    assert live.flow.frame is frame


def test_where_there_are_too_many_steps_it_is_said_and_fewer_are_there_again(live):
    live.open("convolution", "alexnet")
    live.wait(lambda: live.window.transport.note.isVisible())
    assert "Too many to step through" in live.window.transport.note.text()
    live.flow.change(live.flow.state.with_params(kernel=1, stride=8))
    live.settle()
    assert live.window.transport.note.isHidden()
    live.hands.click("output", 5.5, 3.5)
    assert live.inputs.window == (3, 5)
    assert [live.flow.frame.variables[name] for name in "oij"] == [0, 3, 5]
    assert live.sentence.startswith("All 3 products are in: output (3, 5)")


def test_a_preset_is_chosen_and_can_be_undone(nms):
    presets = nms.window.presets
    presets.setFocus()
    first = nms.flow.state
    QTest.keyClick(presets, Key.Key_End)
    assert presets.currentData() == "crowd"
    nms.settle()
    assert len(nms.flow.result.scores) == 300
    assert nms.show.point.text() == nms.flow.scene.presets["crowd"].point
    nms.stage.setFocus()
    nms.hands.key(Key.Key_Z, Control)
    assert nms.flow.state is first


def test_space_presses_the_button_that_has_the_focus_and_a_list_keeps_its_keys(nms):
    for name in ("theme", "help"):
        nms.window.buttons[name].setFocus()
        nms.hands.key(Key.Key_Space)
        assert not nms.window.player.playing
    assert nms.window.theme.name == "light"
    assert nms.window.overlay.isVisible()
    nms.window.presets.setFocus()
    nms.hands.key(Key.Key_Home)
    assert nms.window.presets.currentIndex() == 0
    assert step_of(nms) is None
    tabs = nms.window.side.tabBar()
    tabs.setFocus()
    nms.hands.key(Key.Key_Right)
    assert nms.window.side.currentIndex() == 1
    assert step_of(nms) is None


def test_undo_and_redo_say_when_there_is_nothing(ties):
    undo, redo = ties.window.buttons["undo"], ties.window.buttons["redo"]
    assert not undo.isEnabled()
    assert not redo.isEnabled()
    ties.hands.key(Key.Key_N)
    assert undo.isEnabled()
    QTest.mouseClick(undo, Left)
    assert len(boxes(ties)) == 3
    assert not undo.isEnabled()
    assert redo.isEnabled()
    QTest.mouseClick(redo, Left)
    assert len(boxes(ties)) == 4


# ---------------------------------------------------------------------------- steps


def test_keys_step_through_the_narration_and_code_and_variables_follow(nms):
    """Home, and Right to the end: the sentence, the band, the table and the label of the bar agree."""
    nms.hands.key(Key.Key_Home)
    assert step_of(nms) == 0
    assert band(nms) == ""
    seen = []
    while True:
        nms.hands.key(Key.Key_Right)
        frame = nms.flow.frame
        if frame is None:
            break
        seen.append(step_of(nms))
        assert nms.sentence == frame.narration
        assert band(nms) == frame.text
        assert nms.window.side.debugger.variables.model_.names[: len(frame.variables)] == tuple(
            frame.variables
        )
        assert nms.window.transport.label.text() == f"step {step_of(nms)} of {len(nms.flow.trace)}"
    assert seen == nms.flow.trace.steps_narrated()
    assert step_of(nms) is None
    nms.hands.key(Key.Key_Left)
    assert step_of(nms) == seen[-1]
    nms.hands.key(Key.Key_End)
    assert step_of(nms) is None
    assert "boxes are kept" in nms.sentence


def test_the_picture_follows_the_steps(nms):
    kept = nms.flow.scene.picture(nms.flow.shown, nms.flow.result, None, None)
    nms.hands.key(Key.Key_Home)
    counts = []
    while nms.window.player.move(1):
        counts.append(int((nms.mark("box").role_of == 1).sum()))
    assert counts[0] == 0
    assert len(set(counts)) > 2
    assert counts == sorted(counts)
    assert nms.mark("box").role_of.tolist() == kept.panels[0].marks[-1].role_of.tolist()


def test_keys_of_the_debugger(nms):
    """Lines into and out of calls, and over them; breakpoints both ways."""
    nms.hands.key(Key.Key_Home)
    trace = nms.flow.trace
    nms.hands.key(Key.Key_F11)
    assert step_of(nms) == 1
    nms.hands.key(Key.Key_F11)
    nms.hands.key(Key.Key_F11, Shift)
    assert step_of(nms) == 1
    inside = next(frame.index + 1 for frame in trace.frames if frame.callers)
    nms.flow.go(inside - 1)
    nms.hands.key(Key.Key_F10)
    assert step_of(nms) > inside
    assert not nms.flow.frame.callers
    nms.flow.go(inside)
    nms.hands.key(Key.Key_F11, Control)
    assert step_of(nms) > inside
    assert not nms.flow.frame.callers


def test_breakpoints_by_key_stop_the_run_and_are_shown(nms):
    nms.hands.key(Key.Key_Home)
    line = next(f for f in nms.flow.trace.frames if f.text.startswith("keep.append"))
    nms.flow.go(line.index + 1)
    nms.hands.key(Key.Key_F9)
    code = nms.window.side.debugger.code
    assert code.breakpoints == {("nms", line.line)}
    turns = nms.window.player.stops()
    assert len(turns) == 3
    nms.hands.key(Key.Key_Home)
    seen = []
    while True:
        nms.hands.key(Key.Key_F5)
        if nms.flow.frame is None:
            break
        seen.append(step_of(nms))
    assert seen == turns
    nms.hands.key(Key.Key_F5, Shift)
    assert step_of(nms) == turns[-1]
    nms.hands.key(Key.Key_F9)
    assert code.breakpoints == frozenset()


def test_a_breakpoint_survives_another_parameter(nms):
    nms.hands.key(Key.Key_Home)
    nms.hands.key(Key.Key_Right)
    nms.hands.key(Key.Key_F9)
    kept = nms.window.player.breakpoints
    assert len(kept) == 1
    nms.flow.change(nms.flow.state.with_params(iou_threshold=0.35))
    nms.settle()
    assert nms.window.player.breakpoints == kept
    assert nms.window.player.stops()


def test_g_changes_the_grain(nms):
    nms.hands.key(Key.Key_Home)
    nms.hands.key(Key.Key_G)
    assert nms.window.transport.grain.isChecked()
    for step in (1, 2, 3):
        nms.hands.key(Key.Key_Right)
        assert step_of(nms) == step
    nms.hands.key(Key.Key_G)
    assert not nms.window.transport.grain.isChecked()


def test_space_plays_and_pauses_and_plays_to_the_end(nms):
    player = nms.window.player
    nms.hands.key(Key.Key_Space)
    assert player.playing
    assert step_of(nms) == 0  # from the end it begins again
    assert nms.window.transport.play.accessibleName() == "Pause"
    nms.hands.key(Key.Key_Space)
    assert not player.playing
    nms.hands.key(Key.Key_Space)
    player._clock.setInterval(0)
    nms.wait(lambda: not player.playing)
    assert step_of(nms) is None
    assert nms.window.transport.play.accessibleName() == "Play"


def test_speed_by_keys(nms):
    for key, speed in ((Key.Key_Equal, 2.0), (Key.Key_Equal, 4.0), (Key.Key_Minus, 2.0)):
        nms.hands.key(key)
        assert nms.window.player.speed == speed
        assert nms.window.transport.speed.text() == f"{speed:g}×"
    for _ in range(20):
        nms.hands.key(Key.Key_Minus)
    assert nms.window.player.speed == SPEEDS[0]


def test_the_bar_is_scrubbed(nms):
    track = nms.window.transport.track
    place = QPoint(round(track.x_of(10)), track.height() // 2)
    QTest.mouseClick(track, Left, pos=place)
    assert step_of(nms) == 10
    assert nms.flow.frame is nms.flow.trace.at(10)


def test_another_scene_begins_at_its_end_and_paused(nms):
    nms.hands.key(Key.Key_Space)
    nms.open("nms", "two")
    assert not nms.window.player.playing
    assert step_of(nms) is None
    assert nms.window.transport.label.text() == f"{len(nms.flow.trace)} steps"


# ---------------------------------------------------------------------------- the picture itself


def test_the_wheel_zooms_the_ground_moves_and_0_shows_all_again(nms):
    view = nms.stage.panels["boxes"].view
    before = view.viewRange()
    nms.hands.wheel("boxes", 100, 100, 4)
    (x1, x2), _ = view.viewRange()
    assert x2 - x1 < before[0][1] - before[0][0]
    nms.stage.home()
    nms.hands.drag("boxes", (380, 20), (360, 30), (340, 40))
    (x1, _), (y1, _) = view.viewRange()
    assert x1 == pytest.approx(before[0][0] + 40, abs=2)
    assert y1 == pytest.approx(before[1][0] - 20, abs=2)
    assert nms.flow.history.past == []
    nms.hands.key(Key.Key_0)
    assert np.allclose(view.viewRange(), before)


def test_linked_panels_move_together(shelf):
    live = shelf()
    live.hands.wheel("left", 5, 5, 4)
    left, right = (live.stage.panels[key].view.viewRange() for key in ("left", "right"))
    assert np.allclose(left, right, atol=0.01)
    live.hands.key(Key.Key_0)
    assert np.ptp(live.stage.panels["right"].view.viewRange()[0]) > 9.9


# ---------------------------------------------------------------------------- the window itself


def test_function_keys_fold_the_panels(nms):
    window = nms.window
    width = nms.stage.width()
    nms.hands.key(Key.Key_F2)
    assert window.navigator.isHidden()
    nms.hands.key(Key.Key_F3)
    assert window.side.isHidden()
    QApplication.processEvents()
    assert nms.stage.width() > width + 300
    nms.hands.key(Key.Key_F4)
    assert not window.navigator.isHidden()
    assert not window.side.isHidden()
    nms.hands.key(Key.Key_F4)
    assert window.navigator.isHidden()
    assert window.side.isHidden()
    nms.hands.key(Key.Key_F3)
    nms.hands.key(Key.Key_F2)
    assert not window.navigator.isHidden()
    assert not window.side.isHidden()


def test_f6_goes_through_the_themes_and_all_of_the_window_follows(nms):
    seen = []
    for _ in THEMES:
        look = nms.window.theme
        image = image_of(nms.window)
        for widget, colour in ((nms.stage, look.background), (nms.window.navigator, look.panel)):
            corner = widget.mapTo(nms.window, QPoint(3, widget.height() - 3))
            assert image.pixelColor(corner).name() == QColor(colour).name()
        seen.append(look.name)
        nms.hands.key(Key.Key_F6)
    assert seen == ["dark", "light", "contrast"]
    assert nms.window.theme.name == "dark"


def test_f12_fills_the_screen_and_back(nms):
    nms.hands.key(Key.Key_F12)
    assert nms.window.windowState() & Qt.WindowState.WindowFullScreen
    nms.hands.key(Key.Key_F12)
    assert not nms.window.windowState() & Qt.WindowState.WindowFullScreen


def test_the_question_mark_opens_the_keys_and_any_key_puts_them_away(nms):
    overlay = nms.window.overlay
    nms.hands.key(Key.Key_Question)
    assert overlay.isVisible()
    assert overlay.hasFocus()
    for key in (Key.Key_Escape, Key.Key_Right, Key.Key_F6, Key.Key_Question):
        nms.hands.key(key)
        assert not overlay.isVisible()
        assert step_of(nms) is None  # the key was for the card alone
        assert nms.window.theme.name == "dark"
        assert nms.stage.hasFocus()
        nms.hands.key(Key.Key_F1)
        assert overlay.isVisible()
    QTest.mouseClick(overlay, Left)
    assert not overlay.isVisible()
    QTest.mouseClick(nms.window.buttons["help"], Left)
    assert overlay.isVisible()
    nms.window.navigator.field.setFocus()
    assert not overlay.isVisible()


def test_search_finds_a_topic_and_asks_for_its_scene(nms):
    asked = []
    nms.window.scene_wanted.connect(asked.append)
    nms.hands.key(Key.Key_F2)
    nms.hands.key(Key.Key_F, Control)
    assert nms.window.navigator.isVisible()
    assert nms.window.navigator.field.hasFocus()
    nms.hands.type("median")
    nms.hands.key(Key.Key_Return)
    assert asked == ["filters"]


def test_typing_into_a_field_is_not_a_shortcut(nms):
    """Digits and signs that are keys of the window are text in a field."""
    nms.hands.key(Key.Key_Home)
    nms.hands.key(Key.Key_F, Control)
    nms.hands.type("g0-= .,?")
    assert nms.window.navigator.field.text() == "g0-= .,?"
    assert step_of(nms) == 0
    assert nms.window.player.speed == 1.0
    assert not nms.window.overlay.isVisible()
    assert not nms.window.player.playing


def test_every_button_has_a_name_and_is_reached_by_tab(nms):
    for button in nms.window.buttons.values():
        assert button.accessibleName()
        assert button.toolTip() == button.accessibleName()
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_scenes_come_and_go(live):
    """Each brings its own panels, controls, keys, lesson and title, and leaves none behind."""
    for key in (*contents.ENTRIES, *contents.ENTRIES):
        live.open(key)
        entry = contents.entry(key)
        assert live.window.windowTitle() == f"Zoetrope: {entry.title}"
        assert live.show.title.text() == entry.title
        assert set(live.stage.panels) == {panel.key for panel in live.stage.picture.panels}
        assert not live.window.fault.isVisible()
        assert set(live.window.side.controls.controls) == set(vars(live.params))
        assert live.window.presets.count() == len(live.flow.scene.presets)
        assert not live.window.actions_["undo"].isEnabled()


# ---------------------------------------------------------------------------- faults


@pytest.mark.parametrize("part", ["compute", "picture", "edit"])
def test_a_fault_in_a_scene_is_one_card_and_other_scenes_go_on(live, shelf, caplog, part):
    broken = gallery.scene("broken", **{part: gallery.failing(KeyError("level"))})
    card = live.window.fault
    with caplog.at_level(logging.ERROR, "zoetrope"):
        shelf(broken, wait=part == "edit")
        if part == "edit":
            live.hands.click("plane", 5, 5)
        live.wait(card.isVisible)
    assert card.message.text() == "Something went wrong here: KeyError: 'level'"
    assert card.accessibleName() == card.message.text()
    assert live.show.rect().contains(card.geometry())
    live.open("nms", "chain")
    assert not card.isVisible()
    assert live.flow.result.keep.tolist() == [0, 2, 4]
    live.hands.key(Key.Key_Home)
    assert step_of(live) == 0
    caplog.clear()  # its records hold on to everything


def test_reset_starts_the_scene_afresh(live, shelf):
    def compute(params: Any, inputs: Any, engine: Any) -> float:
        if params.level > 5:
            raise ValueError("The level is too high.")
        return params.level

    shelf(gallery.scene(compute=compute))
    live.flow.change(live.flow.state.with_params(level=6.0))
    card = live.window.fault
    live.wait(card.isVisible)
    assert card.message.text() == "The level is too high."
    QTest.mouseClick(card.findChild(QPushButton), Left)
    assert not card.isVisible()
    live.settle()
    assert live.flow.result == 2.0
    assert live.params.level == 2.0
    live.stage.setFocus()
    live.hands.key(Key.Key_Z, Control)  # even that can be undone
    assert live.params.level == 6.0
    live.wait(card.isVisible)


def test_a_fault_goes_by_itself_when_the_next_state_is_well(live, shelf):
    shelf(gallery.scene(compute=lambda params, inputs, engine: 1 / (params.level - 3)))
    live.flow.change(live.flow.state.with_params(level=3.0))
    live.wait(live.window.fault.isVisible)
    live.flow.change(live.flow.state.with_params(level=4.0))
    live.wait(lambda: not live.window.fault.isVisible())
    assert live.flow.result == 1.0


@pytest.mark.qt_no_exception_capture
def test_a_fault_in_a_slot_is_a_card_and_the_window_lives(live, monkeypatch, caplog):
    """As the program has it: whatever nobody caught is logged in full and said in one sentence."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    live.open("nms", "chain")
    catch_all(lambda fault: live.window._failed(str(fault)))
    live.window.transport.step_asked.connect(gallery.failing(RuntimeError("no such step")))
    with caplog.at_level(logging.ERROR, "zoetrope"):
        QTest.mouseClick(live.window.transport.back, Left)
    assert live.window.fault.isVisible()
    assert "no such step" in live.window.fault.message.text()
    assert "RuntimeError" in caplog.text
    live.stage.setFocus()
    live.hands.key(Key.Key_Home)
    assert step_of(live) == 0
    caplog.clear()


# ---------------------------------------------------------------------------- work that takes time


class Gate:
    """A computation that waits to be let on."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        self.ended = threading.Event()
        self.computed: list[float] = []

    def compute(self, params: Any, inputs: Any, engine: Any) -> float:
        self.computed.append(params.level)
        self.reached.set()
        assert self.opened.wait(WAIT)
        return float(params.level)

    def parts(self, params: Any, inputs: Any, engine: Any) -> Iterator[tuple[float, float]]:
        try:
            yield 0.5, 1.0
            assert self.opened.wait(WAIT)
            yield 1.0, 2.0
        finally:
            self.ended.set()


def test_of_two_hundred_changes_the_last_is_shown(live, shelf):
    gate = Gate()
    shelf(gallery.scene(compute=gate.compute), wait=False)
    assert gate.reached.wait(WAIT)
    control = live.window.side.controls.controls["level"]
    for number in range(200):
        control.choose(number / 20, final=number == 199)
    assert len(live.flow.computing._waiting) == 1
    gate.opened.set()
    live.settle()
    assert gate.computed == [2.0, 9.95]
    assert live.sentence == "The level is 9.95."
    assert len(live.flow.history.past) == 1


def test_long_work_shows_how_far_it_is_and_stop_stops_it(live, shelf):
    gate = Gate()
    shelf(gallery.scene(compute=gate.parts), wait=False)
    working = live.window.working
    live.wait(working.isVisible)
    assert working.bar.value() == 50
    assert live.sentence == "The level is 1."  # the part that is there is shown
    QTest.mouseClick(working.button, Left)
    assert not working.isVisible()
    gate.opened.set()
    assert gate.ended.wait(WAIT)
    QApplication.processEvents()
    assert live.flow.result == 1.0
    assert not working.isVisible()


def test_short_work_shows_no_bar(live, shelf):
    shown = []
    live.window.working.installEventFilter(watch := Watch(shown))
    shelf()
    for level in range(20):
        live.flow.change(live.flow.state.with_params(level=float(level) / 2))
        live.settle()
    assert shown == []
    live.window.working.removeEventFilter(watch)


def Watch(shown: list[QEvent.Type]) -> Any:
    """Notes when a widget comes into sight."""
    from PySide6.QtCore import QObject

    class Filter(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Show:
                shown.append(event.type())
            return False

    return Filter()


def test_a_device_that_fails_gives_way_with_a_notice(live, shelf, monkeypatch):
    def compute(params: Any, inputs: Any, engine: Any) -> float:
        if engine.device == "cuda":
            raise RuntimeError("CUDA error: out of memory")
        return params.level

    monkeypatch.setattr("engine.device.devices", lambda: ("cpu", "cuda"))
    monkeypatch.setattr("engine.device.device_title", lambda name: f"the {name.upper()}")
    shelf(gallery.scene(compute=compute))
    live.window.use_device("cuda")
    assert live.window.buttons["device"].accessibleName() == "Device: the CUDA"
    live.settle()
    live.wait(live.window.notice.isVisible)
    assert "CUDA could not do this" in live.window.notice.text()
    assert live.window.buttons["device"].accessibleName() == "Device: the CPU"
    assert not live.window.fault.isVisible()
    assert live.sentence == "The level is 2."


# ---------------------------------------------------------------------------- a person's own files


def drop(live: Live, data: QMimeData, widget: Any = None) -> bool:
    """Drop it on a widget, by default the stage; tells whether it may be dropped there."""
    target = widget or live.stage.viewport()
    place = target.rect().center()
    copy = Qt.DropAction.CopyAction
    enter = QDragEnterEvent(place, copy, data, Left, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(target, enter)
    if enter.isAccepted():
        fall = QDropEvent(QPointF(place), copy, data, Left, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(target, fall)
    return enter.isAccepted()


def file_at(path: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    return data


def picture(width: int, height: int) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(200, 30, 90))
    return image


def test_a_picture_is_dropped_onto_the_stage(nms, tmp_path):
    path = tmp_path / "mine.png"
    picture(400, 300).save(str(path))
    before = nms.flow.state
    assert drop(nms, file_at(path))
    nms.wait(lambda: nms.flow.state is not before)
    assert nms.inputs.pixels.shape == (300, 400, 3)
    nms.settle()
    place = nms.hands.at("boxes", 390, 10)
    assert image_of(nms.stage.viewport()).pixelColor(place).getRgb()[:3] == (200, 30, 90)
    nms.hands.key(Key.Key_Z, Control)
    assert nms.flow.state is before


def test_detections_are_dropped_onto_the_window(nms, tmp_path):
    path = tmp_path / "found.json"
    found = [{"image_id": 7, "category_id": 2, "bbox": [10, 20, 30, 40], "score": 0.75}]
    path.write_text(json.dumps(found))
    assert drop(nms, file_at(path), nms.window)
    nms.wait(lambda: len(boxes(nms)) == 1)
    assert boxes(nms) == [[10, 20, 40, 60]]
    nms.settle()
    assert nms.flow.result.keep.tolist() == [0]


def test_a_picture_is_pasted(nms):
    QGuiApplication.clipboard().setImage(picture(40, 20))
    nms.hands.key(Key.Key_V, Control)
    nms.wait(lambda: nms.inputs.pixels is not None)
    assert nms.inputs.pixels.shape == (20, 40, 3)
    QGuiApplication.clipboard().clear()


def test_detections_are_pasted_twice_and_leave_no_folder(nms):
    for count in (1, 2):
        text = json.dumps({"boxes": [[1, 2, 30, 40]] * count, "scores": [0.5] * count})
        QGuiApplication.clipboard().setText(text)
        nms.hands.key(Key.Key_V, Control)
        nms.wait(lambda count=count: len(boxes(nms)) == count)
    folder = Path(nms.window._pasted.name)
    assert folder.exists()
    nms.window.close()
    assert not folder.exists()
    QGuiApplication.clipboard().clear()


@pytest.mark.parametrize("name", ["none.png", "cut.json", "strange.xyz", "gone.json"])
def test_a_bad_file_is_one_sentence_and_changes_nothing(nms, tmp_path, name):
    path = tmp_path / name
    if name != "gone.json":
        path.write_bytes(b'{"boxes": [[1,')
    before, sentence = nms.flow.state, nms.sentence
    drop(nms, file_at(path))
    nms.wait(lambda: nms.sentence != sentence)
    assert name in nms.sentence
    assert nms.sentence.endswith(".")
    assert nms.flow.state is before
    assert nms.flow.history.past == []
    assert not nms.window.fault.isVisible()


@pytest.mark.parametrize("text", ["", "Dear all,", '{"boxes": "many"}'])
def test_a_bad_paste_is_one_sentence_too(nms, text):
    QGuiApplication.clipboard().setText(text)
    before, sentence = nms.flow.state, nms.sentence
    nms.hands.key(Key.Key_V, Control)
    nms.wait(lambda: nms.sentence != sentence)
    assert nms.sentence.endswith(".")
    assert nms.flow.state is before
    QGuiApplication.clipboard().clear()


def test_an_empty_clipboard_is_said(nms):
    QGuiApplication.clipboard().clear()
    nms.hands.key(Key.Key_V, Control)
    assert nms.sentence == "There is no picture and no data to take here."


def test_a_file_is_chosen_in_the_dialog(nms, tmp_path, qtbot):
    path = tmp_path / "found.json"
    path.write_text('{"boxes": [[1, 2, 30, 40]], "scores": [0.5]}')
    seen = []

    def choose() -> None:
        dialog = QApplication.activeModalWidget()
        seen.append(dialog.windowTitle())
        assert isinstance(dialog, QFileDialog)
        field = dialog.findChild(QLineEdit, "fileNameEdit")
        field.setText(str(path))
        QTest.keyClick(field, Key.Key_Return)

    QTimer.singleShot(0, choose)
    nms.hands.key(Key.Key_O, Control)
    nms.wait(lambda: len(boxes(nms)) == 1)
    assert "COCO" in seen[0]


# ---------------------------------------------------------------------------- from start to end


@pytest.fixture
def program(qtbot, qapp, monkeypatch):
    """The program with its own loader, as `python main.py` makes it."""
    from gui.start import Program

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # it puts its own there
    made = []

    def start(**options: Any) -> Any:
        plain = {"scene": None, "preset": None, "set": [], "image": None, "data": None, "step": None,
                 "device": "cpu", "theme": "dark"}  # fmt: skip
        made.append(Program(argparse.Namespace(**{**plain, **options})))
        with qtbot.waitExposed(made[0].window):
            made[0].show()
        return made[0]

    yield start
    for one in made:
        one.window.close()
        assert one.close()
        one.window.deleteLater()
        one.deleteLater()


def test_the_window_stands_before_the_engine_and_then_comes_to_life(program, qtbot):
    made = program(preset="ties", set=["iou_threshold=0.9"], step=3)
    assert made.window.windowTitle() == "Zoetrope: Non-maximum suppression"
    assert made.window.flow is None
    QTest.keyClick(made.window, Key.Key_Space)  # too early is no fault
    qtbot.waitUntil(lambda: made.opened and made.window.flow.trace is not None, timeout=PATIENCE)
    flow = made.window.flow
    assert flow.state.params.iou_threshold == 0.9
    assert flow.frame is flow.trace.at(3)
    assert made.window.presets.currentData() == "ties"
    assert not made.window.loading.isVisible()


def test_the_words_in_the_middle_stand_still_while_the_stage_comes(program, qtbot, monkeypatch):
    monkeypatch.setattr("gui.start.Loader.load", lambda *_: None)  # the engine takes its time
    made = program()
    window = made.window
    before = window.loading.mapTo(window, window.loading.rect().center())
    qtbot.waitUntil(lambda: window.show_ is not None, timeout=PATIENCE)
    assert window.show_.isVisible()  # at once: a frame between would show neither
    QApplication.processEvents()
    assert window.loading.isVisible()
    assert window.loading.mapTo(window, window.loading.rect().center()) == before


def test_garbage_is_looked_for_again_once_a_scene_stands(program, qtbot):
    gc.disable()
    try:
        made = program()
        qtbot.waitUntil(lambda: made.opened, timeout=PATIENCE)
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        gc.enable()


def test_a_scene_asked_for_in_the_search_is_loaded_and_opened(program, qtbot):
    made = program()
    qtbot.waitUntil(lambda: made.opened, timeout=PATIENCE)
    field = made.window.navigator.field
    QTest.keyClicks(field, "median")
    QTest.keyClick(field, Key.Key_Return)
    qtbot.waitUntil(lambda: made.window.flow.state.scene == "filters", timeout=PATIENCE)
    assert made.window.windowTitle() == "Zoetrope: Image filters"


def test_a_scene_that_cannot_be_loaded_is_said_and_the_other_stays(program, qtbot, monkeypatch):
    made = program()
    qtbot.waitUntil(lambda: made.opened, timeout=PATIENCE)
    made.open("no-such-scene")
    qtbot.waitUntil(lambda: "no-such-scene" in made.window.show_.sentence.text(), timeout=PATIENCE)
    assert made.window.flow.state.scene == "nms"


ENDLESS = """
import sys, time
from argparse import Namespace
sys.path.insert(0, {root!r})
from PySide6.QtCore import QTimer
from gui import start
from scenes import contents
from tests.gui import gallery

contents.ENTRIES["gallery"] = gallery.entry("gallery")
def compute(params, inputs, engine):
    print("computing", flush=True)
    QTimer.singleShot(0, program.window, program.window.close)
    while True:
        {work}
made = []
original = start.Program.__init__
def init(self, options):
    global program
    program = self
    original(self, options)
start.Program.__init__ = init
contents.load = lambda key: gallery.scene(compute=compute)
sys.exit(start.start(Namespace(scene="gallery", preset=None, set=[], image=None, data=None, step=None,
                               device="cpu", theme="dark")))
"""


@pytest.mark.timeout(600)  # to import all of Qt and torch takes as long as the machine is busy
@pytest.mark.parametrize("work", ["time.sleep(600)", "pass"])
def test_closing_in_the_middle_of_an_endless_computation_ends_with_status_0(work):
    """The end is waited for from the moment on that the computation is under way: only that may not hang."""
    code = [sys.executable, "-c", ENDLESS.format(root=str(ROOT), work=work)]
    pipe = subprocess.PIPE
    with subprocess.Popen(code, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as child:
        try:
            begun = child.stdout.readline()
            _, errors = child.communicate(timeout=PATIENCE / 1000)
        finally:
            child.kill()
    assert begun == "computing\n", errors
    assert child.returncode == 0, errors
    assert "Traceback" not in errors


def test_a_drag_event_of_another_scene_does_no_harm(nms):
    """A click that was on its way while the scene changed."""
    from scenes.scene import Target

    nms.flow.edit(Drag(target=Target(panel="nowhere", x=0, y=0, handle="nothing", index=99), dx=1, dy=1))
    assert not nms.window.fault.isVisible()

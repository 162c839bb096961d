"""Handing a scene's result on to another: by click, by key, by menu, and back again."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from scenes import contents
from tests.gui.conftest import Live

Key, Left = Qt.Key, Qt.MouseButton.LeftButton
Control = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def head(live) -> Live:
    """A decoded head with 900 predictions."""
    live.open("box-coding", "head")
    return live


def test_one_click_opens_the_other_scene_with_the_result(head):
    found = head.flow.result.predictions
    enough = np.sort(found.scores[found.scores > head.params.score_threshold])[::-1]
    button = head.window.onward
    assert button.isVisible()
    assert button.text() == "Non-maximum suppression"
    assert button.accessibleName() == "Hand on to: Non-maximum suppression"
    QTest.mouseClick(button, Left)
    head.settle()
    assert head.flow.scene.key == "nms"
    assert np.array_equal(head.inputs.scores, enough)
    assert head.mark("box").boxes is head.inputs.boxes
    assert 0 < len(head.flow.result.keep) < len(enough)
    assert head.show.title.text() == contents.entry("nms").title
    assert head.window.windowTitle() == "Zoetrope: Non-maximum suppression"
    assert "method" in head.window.side.controls.controls
    assert head.window.presets.currentIndex() == -1
    assert not button.isVisible()


def test_undo_leads_back_and_redo_there_again(head):
    before = head.flow.state
    head.hands.key(Key.Key_Return, Control)
    head.settle()
    handed = head.flow.state
    assert handed.scene == "nms"
    head.hands.drag("boxes", (40, 40), (40, 40))
    head.hands.key(Key.Key_Z, Control)
    head.settle()
    assert head.flow.state.inputs is before.inputs
    assert head.flow.state.params is before.params
    assert head.flow.scene.key == "box-coding"
    assert head.show.title.text() == contents.entry("box-coding").title
    assert head.window.onward.isVisible()
    assert head.panel("head")
    assert "k" in head.window.side.controls.controls
    head.hands.key(Key.Key_Y, Control)
    head.settle()
    assert head.flow.state.inputs is handed.inputs
    assert head.flow.scene.key == "nms"
    assert head.panel("scores")


def test_what_is_done_there_is_undone_before_the_way_back(head):
    head.hands.key(Key.Key_Return, Control)
    head.settle()
    head.window.side.controls.changed.emit("iou_threshold", 0.2, True)
    head.settle()
    for expected in (("nms", 0.5), ("box-coding", None)):
        head.hands.key(Key.Key_Z, Control)
        head.settle()
        assert (head.flow.scene.key, getattr(head.params, "iou_threshold", None)) == expected


def test_nothing_to_hand_on_is_said(head):
    head.window.side.controls.changed.emit("score_threshold", 1.0, True)
    head.settle()
    QTest.mouseClick(head.window.onward, Left)
    assert head.flow.scene.key == "box-coding"
    assert head.sentence == "No prediction scores above 1.00; lower the score threshold to hand some on."


def test_a_scene_that_hands_on_nothing_has_no_button_and_the_key_does_nothing(nms):
    assert not nms.window.onward.isVisible()
    state = nms.flow.state
    nms.hands.key(Key.Key_Return, Control)
    assert nms.flow.state is state


def test_several_scenes_stand_in_a_menu(live, monkeypatch):
    scene = contents.load("box-coding")
    several = replace(scene, hand_on={"nms": scene.hand_on["nms"], "iou": lambda state, result: None})
    live.window.open_scene(several, several.opening("head"))
    live.settle()
    menu, asked = live.window.onward_menu, []
    monkeypatch.setattr(menu, "popup", asked.append)  # there is no grab of the keyboard without a screen
    live.hands.key(Key.Key_Return, Control)
    assert len(asked) == 1
    assert live.flow.scene.key == "box-coding"
    assert [action.text() for action in menu.actions()] == ["Non-maximum suppression", "The IoU family"]
    menu.actions()[0].trigger()
    live.settle()
    assert live.flow.scene.key == "nms"


def test_a_fault_in_handing_on_is_told(head, monkeypatch, caplog):
    def broken(state, result):
        raise RuntimeError("no")

    monkeypatch.setattr(head.flow, "scene", replace(head.flow.scene, hand_on={"nms": broken}))
    with caplog.at_level(logging.ERROR, "zoetrope"):
        head.window.hand_on("nms")
    assert head.window.fault.isVisible()
    assert head.flow.state.scene == "box-coding"
    assert "hand_on of box-coding failed" in caplog.text
    caplog.clear()  # its records hold on to everything

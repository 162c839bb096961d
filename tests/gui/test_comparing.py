"""Two runs side by side, by real mouse and keys in the living window."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.trace import record
from gui.comparing import Kept
from gui.theme import THEMES, contrast
from scenes import contents
from scenes.picture import Picture
from tests.gui.conftest import Hands, Live, image_of

Key, Left = Qt.Key, Qt.MouseButton.LeftButton
Control, Shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def comparing(live: Live) -> Any:
    return live.window.comparing


def beside(live: Live) -> Any:
    return comparing(live).beside


def fork(live: Live) -> None:
    live.hands.key(Key.Key_B, Control)
    live.wait(lambda: comparing(live).comparison is not None)


def compared(live: Live) -> None:
    """Wait until the runs as they are now have been compared."""
    live.settle()
    live.wait(lambda: beside(live).words.isEnabled() and comparing(live).comparison is not None)


def change(live: Live, **params: Any) -> None:
    live.flow.change(live.flow.state.with_params(**params))
    compared(live)


@pytest.fixture
def soft(nms) -> Live:
    """Hard suppression kept at the left, soft suppression at the right."""
    fork(nms)
    change(nms, method="linear")
    nms.stage.setFocus()
    return nms


def test_ctrl_b_divides_the_stage_and_makes_it_whole_again(nms):
    wide = nms.stage.width()
    fork(nms)
    assert beside(nms).stage.isVisible()
    assert abs(beside(nms).stage.width() - nms.stage.width()) <= 1
    assert nms.window.navigator.isHidden()
    assert beside(nms).words.text() == "Both runs are the same so far: change something."
    assert beside(nms).now_heading.by.text() == "the same"
    nms.hands.key(Key.Key_B, Control)
    assert not beside(nms).stage.isVisible()
    assert nms.window.navigator.isVisible()
    nms.wait(lambda: nms.stage.width() == wide)
    assert len(nms.stage.picture.panels) == 3  # all parts again
    assert beside(nms).stage.picture.panels == ()


def test_the_button_in_the_header_forks_and_that_on_the_heading_ends(nms):
    QTest.mouseClick(nms.window.buttons["fork"], Left)
    nms.wait(lambda: comparing(nms).comparison is not None)
    button = beside(nms).buttons["close"]
    assert "Ctrl+B" in button.toolTip()
    QTest.mouseClick(button, Left)
    assert not comparing(nms).is_open


def test_escape_on_the_button_of_the_heading_ends_it_too(nms):
    fork(nms)
    beside(nms).buttons["close"].setFocus()
    nms.hands.key(Key.Key_Escape)
    assert not comparing(nms).is_open


def test_the_headings_name_what_differs(soft):
    assert beside(soft).kept_heading.by.text() == "method hard"
    assert beside(soft).now_heading.by.text() == "method linear"
    assert beside(soft).now_heading.accessibleName() == "Now method linear"


def test_the_first_difference_is_said_flagged_and_gone_to(soft):
    found = comparing(soft).comparison.differences
    assert beside(soft).words.text() == (
        "Step 20: Box 1 is kept at 0.29 with method linear (step 56), "
        "and is removed by box 0 with method hard (step 17)."
    )
    track = soft.window.transport.track
    assert list(track._flags) == sorted({one.now for one in found})
    assert "Ctrl+Shift+J" in track.toolTip()
    soft.hands.key(Key.Key_Home)
    soft.hands.key(Key.Key_J, Control)
    assert (soft.flow.state.step, comparing(soft)._step) == (20, 17)
    soft.hands.key(Key.Key_J, Control | Shift)
    assert (soft.flow.state.step, comparing(soft)._step) == (36, 30)
    soft.hands.key(Key.Key_J, Control | Shift)
    assert soft.flow.state.step == 36
    assert soft.sentence == "The runs come to differ nowhere after this step."
    QTest.mouseClick(beside(soft).buttons["flag"], Left)
    assert soft.flow.state.step == 20


def test_a_flag_is_of_its_own_colour(soft):
    track = soft.window.transport.track
    flagged = image_of(track)
    soft.window.transport.show_flags(())
    assert image_of(track) != flagged
    for theme in THEMES.values():
        assert contrast_of(theme) >= 3


def contrast_of(theme: Any) -> float:
    from PySide6.QtGui import QColor

    return contrast(QColor(theme.differs), QColor(theme.background))


def test_both_step_together_by_keys_and_by_the_scrubber(soft):
    soft.hands.key(Key.Key_Home)
    assert comparing(soft)._step == 0
    alignment = comparing(soft).comparison.alignment
    for _ in range(6):
        soft.hands.key(Key.Key_Right)
        assert comparing(soft)._step == alignment.kept_step(soft.flow.state.step)
    track = soft.window.transport.track
    QTest.mouseClick(track, Left, pos=track.rect().center())
    assert comparing(soft)._step == alignment.kept_step(soft.flow.state.step) > 0
    soft.stage.setFocus()
    soft.hands.key(Key.Key_End)
    assert comparing(soft)._step is None


def test_variables_that_differ_say_what_the_kept_run_has(nms):
    fork(nms)
    change(nms, method="diou")
    nms.stage.setFocus()
    nms.hands.key(Key.Key_J, Control)
    model = nms.window.side.debugger.variables.model_
    row = model.names.index("overlap")
    assert model.index(row, 1).data() == "kept: [0.3986, 0.0989, 0, 0]"
    tip = model.index(row, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert "and [0.3986, 0.0989, 0, 0] in the kept run" in tip
    nms.hands.key(Key.Key_B, Control)
    assert "kept" not in model.index(row, 1).data()


def test_runs_that_come_to_the_same_say_so(nms):
    fork(nms)
    change(nms, score_threshold=0.002)
    assert beside(nms).words.text().startswith("No step differs: both runs take the same")
    assert not beside(nms).buttons["flag"].isEnabled()
    assert not nms.window.transport.track._flags


def test_a_swap_is_undone_and_done_again(soft):
    soft.hands.key(Key.Key_B, Control | Shift)
    compared(soft)
    assert soft.params.method == "hard"
    assert comparing(soft).kept.state.params.method == "linear"
    soft.hands.key(Key.Key_Z, Control)
    compared(soft)
    assert soft.params.method == "linear"
    assert comparing(soft).kept.state.params.method == "hard"
    soft.hands.key(Key.Key_Y, Control)
    compared(soft)
    assert soft.params.method == "hard"
    assert comparing(soft).kept.state.params.method == "linear"


def test_undo_of_the_change_leaves_the_kept_run(soft):
    soft.hands.key(Key.Key_Z, Control)
    compared(soft)
    assert soft.params.method == "hard"
    assert comparing(soft).kept.state.params.method == "hard"
    assert beside(soft).now_heading.by.text() == "the same"
    assert not soft.window.transport.track._flags


def test_a_preset_of_the_scene_goes_on_comparing_and_another_scene_ends_it(nms):
    fork(nms)
    box = nms.window.presets
    other = next(n for n in range(box.count()) if box.itemData(n) == "ties")
    box.setCurrentIndex(other)
    box.activated.emit(other)
    compared(nms)
    assert comparing(nms).is_open
    assert "other boxes" in beside(nms).now_heading.by.toolTip()
    nms.open("iou")
    assert not comparing(nms).is_open
    assert not nms.window.transport.track._flags


def test_the_kept_run_is_looked_at_only(soft):
    left = Hands(soft.qtbot, beside(soft).stage)
    boxes = comparing(soft).kept.state.inputs.boxes
    x, y = (float(n) for n in (boxes[0][:2] + boxes[0][2:]) / 2)
    left.move("boxes", x, y)
    assert comparing(soft)._hovered.handle
    before = soft.flow.state
    left.drag("boxes", (x, y), (x + 20, y + 5), (x + 40, y + 10))
    assert soft.flow.state is before
    assert "Ctrl+Shift+B swaps the two" in soft.sentence
    soft.hands.key(Key.Key_G, Control)
    left.double_click("scores", 0.1, 0.5)
    assert beside(soft).stage.editor is None


def test_both_are_zoomed_together_and_shown_whole_again(soft):
    view = lambda stage: stage.panels["boxes"].view.viewRect()  # noqa: E731
    home = view(beside(soft).stage)
    x, y = home.center().x(), home.center().y()
    soft.hands.wheel("boxes", x, y, 3)
    assert view(beside(soft).stage).width() < home.width() * 0.9
    assert abs(view(beside(soft).stage).center().x() - view(soft.stage).center().x()) < 1e-6
    Hands(soft.qtbot, beside(soft).stage).wheel("boxes", x, y, 3)
    assert abs(view(beside(soft).stage).width() - view(soft.stage).width()) < home.width() * 0.02
    soft.hands.key(Key.Key_0)
    assert abs(view(beside(soft).stage).width() - home.width()) < 1


def test_one_part_where_room_is_short_and_another_by_a_key(nms):
    fork(nms)
    assert [p.key for p in nms.stage.picture.panels] == ["boxes"]
    assert [p.key for p in beside(nms).stage.picture.panels] == ["boxes"]
    nms.hands.key(Key.Key_G, Control)
    assert [p.key for p in nms.stage.picture.panels] == ["scores"]
    assert [p.key for p in beside(nms).stage.picture.panels] == ["scores"]
    nms.window.resize(1900, 1000)
    nms.hands.key(Key.Key_G, Control)
    nms.hands.key(Key.Key_G, Control)
    assert len(nms.stage.picture.panels) == len(beside(nms).stage.picture.panels) == 3


def test_all_parts_where_there_is_room(nms):
    nms.window.resize(1900, 1000)
    fork(nms)
    nms.wait(lambda: len(nms.stage.picture.panels) == 3)
    assert len(beside(nms).stage.picture.panels) == 3


def test_a_fork_while_the_run_is_being_computed_keeps_all_of_it(live):
    live.open("nms", "chain")
    live.flow.change(live.flow.state.with_params(method="gaussian"))
    live.hands.key(Key.Key_B, Control)  # nothing of that is there yet
    live.settle()
    live.wait(lambda: comparing(live).kept.whole and comparing(live).comparison is not None)
    kept = comparing(live).kept
    assert kept.state.params.method == "gaussian"
    assert kept.trace.listings[0].name == "soft_nms"
    assert beside(live).now_heading.by.text() == "the same"


def test_a_run_without_steps_is_compared_by_its_result(live):
    live.open("optimizers")
    change_to = {"surface": "counterexample"}
    if "counterexample" not in str(contents.load("optimizers").params.__annotations__["surface"]):
        pytest.skip("no such surface")
    live.flow.change(live.flow.state.with_params(**change_to, optimizer="sgd"))
    live.settle()
    live.hands.key(Key.Key_B, Control)
    live.wait(lambda: comparing(live).comparison is not None)
    assert comparing(live).kept.trace is None
    assert "run has steps here" in beside(live).words.text()


def test_a_fault_at_the_right_leaves_the_left(soft, monkeypatch, caplog):
    def fail(params: Any, inputs: Any, engine: Any) -> Any:
        raise ValueError("There is no such thing.")

    picture = beside(soft).stage.picture
    soft.flow.scene = replace(soft.flow.scene, compute=fail)
    soft.flow.change(soft.flow.state.with_params(iou_threshold=0.2))
    soft.wait(lambda: soft.window.fault.isVisible())
    assert comparing(soft).is_open
    assert [p.key for p in beside(soft).stage.picture.panels] == [p.key for p in picture.panels]
    assert beside(soft).stage.picture != Picture(panels=())


def test_any_run_can_be_shown_beside_the_live_one(nms):
    flow = nms.flow
    call = flow.scene.listing(flow.state.params, flow.state.inputs)
    arguments = {**call.arguments, "iou_threshold": 0.05}
    engine = record(call.function, into=call.into, **arguments)
    kept = Kept(
        state=flow.state, result=flow.result, trace=engine, title="The engine's code", now="Your code"
    )
    comparing(nms).keep(kept, look=True)
    nms.wait(lambda: comparing(nms).comparison is not None)
    assert beside(nms).kept_heading.name.text() == "The engine's code"
    assert beside(nms).now_heading.name.text() == "Your code"
    assert "in your code" in beside(nms).words.text()
    assert flow.state.step == comparing(nms).comparison.differences[0].now


def test_the_buttons_have_names_and_tips(nms):
    fork(nms)
    for button in beside(nms).buttons.values():
        assert button.accessibleName()
        assert button.toolTip()
    assert beside(nms).stage.accessibleName()
    assert beside(nms).parts.accessibleName()


@pytest.mark.parametrize("key", contents.ENTRIES)
def test_every_scene_can_be_forked_and_stepped(live, key):
    live.open(key)
    fork(live)
    live.stage.setFocus()
    live.hands.key(Key.Key_Home)
    for _ in range(3):
        live.hands.key(Key.Key_Right)
    assert comparing(live).is_open
    assert comparing(live)._step == live.flow.state.step
    assert beside(live).stage.panels.keys() == live.stage.panels.keys()

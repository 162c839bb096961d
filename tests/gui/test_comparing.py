"""Two runs side by side, by real mouse and keys in the living window."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt

from tests.gui.conftest import Live

Key, Left = Qt.Key, Qt.MouseButton.LeftButton
Control, Shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def comparing(live: Live) -> Any:
    return live.window.comparing


def fork(live: Live) -> None:
    live.hands.key(Key.Key_B, Control)
    live.wait(lambda: comparing(live).comparison is not None)


def change(live: Live, **params: Any) -> None:
    """Another value for a parameter, and wait until the runs are compared."""
    before = comparing(live).comparison
    live.flow.change(live.flow.state.with_params(**params))
    live.settle()
    live.wait(lambda: comparing(live).comparison is not before)


def test_ctrl_b_divides_the_stage_and_makes_it_whole_again(nms):
    wide = nms.stage.width()
    fork(nms)
    beside = comparing(nms).beside
    assert beside.stage.isVisible()
    assert abs(beside.stage.width() - nms.stage.width()) <= 1
    assert nms.window.navigator.isHidden()
    assert beside.words.text() == "Both runs are the same so far: change something."
    nms.hands.key(Key.Key_B, Control)
    assert not beside.stage.isVisible()
    assert nms.window.navigator.isVisible()
    nms.wait(lambda: nms.stage.width() == wide)


def test_both_step_together(nms):
    fork(nms)
    change(nms, method="diou")
    nms.stage.setFocus()
    nms.hands.key(Key.Key_Home)
    for _ in range(4):
        nms.hands.key(Key.Key_Right)
    print(nms.flow.state.step, comparing(nms)._step, comparing(nms).beside.words.text())
    nms.hands.key(Key.Key_J, Control)
    print(nms.flow.state.step, comparing(nms)._step, nms.window.side.debugger.variables.model_.kept)

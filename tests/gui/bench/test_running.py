"""Code of one's own on the stage: stepped, stopped, followed from state to state, and kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from gui.bench import store
from scenes import contents
from scenes.scene import Call
from scenes.workbench import process
from scenes.workbench.messages import Limits
from tests.gui.bench.conftest import RIGHT, Own

Key = Qt.Key
Control, Shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LOOP = "def nms(boxes):\n    n = 0\n    while True:\n        n += 1\n"


def told_when_far(path: Path) -> str:
    """The endless loop, which makes a file when it has gone round some hundred times."""
    return f"{LOOP}        if n == 300:\n            open({str(path)!r}, 'w').close()\n"


def cut(monkeypatch: pytest.MonkeyPatch, **limits: float) -> None:
    """Let runs go no farther than this."""
    whole = process.Bench.run

    def run(self, job, stop=lambda: False):
        job.limits = replace_limits(job.limits, **limits)
        return whole(self, job, stop)

    monkeypatch.setattr(process.Bench, "run", run)


def replace_limits(limits: Limits, **changes: float) -> Limits:
    import msgspec

    return msgspec.structs.replace(limits, **changes)


def test_a_run_of_ones_own_is_stepped_on_the_stage(own: Own) -> None:
    own.run(RIGHT)
    assert own.flow.other is not None
    assert own.said.endswith("It returned [0, 2, 4].")
    assert own.bench.sign.isVisible()
    assert own.flow.frame is not None
    assert own.flow.frame.index == 0
    assert own.editor.now == 6
    own.key(Key.Key_Escape)
    assert own.live.stage.hasFocus()
    own.key(Key.Key_Right)
    assert own.live.sentence == "Mine keeps box 0."
    assert own.editor.now == 11
    debugger = own.live.window.side.debugger
    assert [row.text for row in debugger.code.page.rows][:2] == [
        "def nms(boxes, scores, labels, iou_threshold, score_threshold):",
        "    order = scores.argsort(descending=True, stable=True)",
    ]
    own.flow.go(13)
    assert "my_own" in debugger.variables.model_.names
    kept = own.live.mark("box").role_of
    assert kept[0] == 1  # the picture knows it by the name `keep`
    own.key(Key.Key_Escape)
    own.key(Key.Key_End)
    assert own.live.mark("box").role_of.tolist() == [1, 2, 1, 2, 1]


def test_the_way_back_to_the_engine_s_run(own: Own) -> None:
    engine = own.flow.trace
    own.run(RIGHT)
    assert own.flow.trace is not engine
    own.key(Key.Key_E, Control | Shift)
    assert own.flow.trace is engine
    assert not own.bench.sign.isVisible()
    assert own.editor.now == 0
    own.run()
    QTest.mouseClick(own.bench.sign, Qt.MouseButton.LeftButton)
    assert own.flow.trace is engine


def test_why_and_watches_and_conditions_work_on_it_but_the_scene_s_own_answers_are_off(own: Own) -> None:
    own.run(RIGHT)
    own.key(Key.Key_F8, Control)
    own.type("my_own == 1")
    own.key(Key.Key_Return)
    own.live.wait(lambda: bool(own.live.window.player.hits))
    own.key(Key.Key_F8)
    assert own.flow.frame.variables["my_own"] == 1
    from scenes.scene import Target

    assert own.flow.ask_why(Target(panel="boxes", x=0, y=0, handle="box", index=1)) is None
    assert own.flow.ask(0, 5) is None
    variables = own.live.window.side.debugger.variables
    own.live.window.side.show_code()
    variables.setFocus()
    variables.setCurrentIndex(variables.model_.index(variables.model_.names.index("gone"), 0))
    own.key(Key.Key_F7)
    assert own.live.window.side.debugger.why.isVisible()
    assert own.flow.frame.text.startswith("gone = (labels")


def test_it_follows_the_state_and_latest_wins(own: Own) -> None:
    own.run(RIGHT)
    for threshold in (0.3, 0.25, 0.1):
        own.flow.change(own.flow.state.with_params(iou_threshold=threshold))
    state = own.flow.state
    own.live.wait(lambda: own.flow.other is not None and own.flow.other.state.params is state.params)
    assert own.flow.other.trace.frames[0].variables["iou_threshold"] == pytest.approx(0.1)
    assert own.flow.run is own.flow.other.trace
    own.flow.undo()
    own.live.wait(lambda: own.flow.run is not None and own.flow.other.state.params is own.flow.state.params)
    assert own.flow.other.trace.frames[0].variables["iou_threshold"] == pytest.approx(0.25)


def test_a_state_of_another_function_shows_the_engine_s_again_and_its_own_code(own: Own) -> None:
    own.run(RIGHT)
    own.flow.change(own.flow.state.with_params(method="linear"))
    own.live.wait(lambda: own.flow.other is None and own.panel.name.text() == "soft_nms")
    assert "def soft_nms(" in own.editor.text
    own.flow.change(own.flow.state.with_params(method="hard"))
    own.live.wait(lambda: own.panel.name.text() == "nms")
    assert own.editor.text == RIGHT


def test_an_error_is_marked_on_its_line_and_the_steps_up_to_it_are_there(own: Own) -> None:
    own.run("def nms(boxes):\n    count = len(boxes)\n    print('hello')\n    return boxes[count]\n")
    assert own.said.startswith("Line 4: IndexError: ")
    assert own.editor.error == 4
    assert own.panel.report.printed.toPlainText() == "hello"
    assert own.flow.frame.text == "return boxes[count]"
    assert not own.live.window.fault.isVisible()
    own.type("x")
    assert own.editor.error == 0


def test_code_that_is_no_python_changes_nothing_on_the_stage(own: Own) -> None:
    engine = own.flow.trace
    own.run("def nms(boxes)\n    return boxes\n")
    assert own.said == "Line 1: SyntaxError: expected ':'."
    assert own.editor.error == 1
    assert own.flow.trace is engine
    assert own.flow.other is None


def test_a_crash_and_a_flood_end_in_a_sentence_each(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    cut(monkeypatch, output=5000)
    own.run("import os\n\ndef nms(boxes):\n    os._exit(3)\n")
    assert own.said == "Line 4: It ended the whole process (exit status 3) instead of returning."
    assert own.editor.error == 4
    own.run("def nms(boxes):\n    while True:\n        print('x' * 100)\n")
    assert "printed more than" in own.said
    assert len(own.panel.report.printed.toPlainText()) == 5000
    assert own.panel.report.printed.isVisible()


def test_an_endless_loop_leaves_the_window_alive_and_is_stopped_at_once(own: Own, tmp_path: Path) -> None:
    far = tmp_path / "far"
    beats = [0]
    clock = QTimer()
    clock.setInterval(5)
    clock.timeout.connect(lambda: beats.__setitem__(0, beats[0] + 1))
    own.write(told_when_far(far))
    own.key(Key.Key_R, Control)
    assert own.panel.stop.isEnabled()
    clock.start()
    own.live.wait(
        lambda: beats[0] >= 200 and far.exists()
    )  # the loop of events goes round while the learner's does
    assert own.bench.jobs.is_running
    own.key(Key.Key_Period, Control)
    own.done()
    clock.stop()
    clock.deleteLater()
    assert own.said.endswith("Stopped.")
    assert not own.panel.stop.isEnabled()
    assert own.editor.error == 0
    assert len(own.flow.trace) > 100
    assert own.flow.frame.variables["n"] > 30


def test_time_that_is_up_is_said_with_the_line(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    cut(monkeypatch, seconds=0.3)
    own.run(LOOP)
    assert own.said in [f"Line {line}: It ran for more than 0.3 s, and was ended." for line in (3, 4)]
    assert own.flow.other is not None


def test_running_again_ends_the_run_before(own: Own) -> None:
    own.write(LOOP)
    own.key(Key.Key_R, Control)
    own.run(RIGHT)
    assert own.said.endswith("It returned [0, 2, 4].")


def test_a_picture_that_fails_is_shown_without_the_step(own: Own) -> None:
    own.run(RIGHT.replace("keep.append(best)", "keep.append(best + 99)"))
    assert own.flow.other is not None
    own.key(Key.Key_Escape)
    own.key(Key.Key_End)
    assert own.live.stage.picture is not None
    assert not own.live.window.fault.isVisible()
    assert "cannot show this step" in own.live.window.notice.text()
    own.key(Key.Key_E, Control | Shift)


def test_python_without_tensors_is_drawn_too(own: Own) -> None:
    own.run(
        "def nms(boxes, scores):\n    order = [4, 3, 2, 1, 0]\n    keep = []\n    while order:\n"
        "        best = order.pop(0)\n        keep.append(best)\n        order = order[1:]\n    return keep\n"
    )
    own.key(Key.Key_Escape)
    own.key(Key.Key_End)
    assert own.live.mark("box").role_of.tolist() == [1, 2, 1, 2, 1]


# ---------------------------------------------------------------------------- the text


def test_it_begins_with_the_signature_and_the_words(own: Own) -> None:
    assert "def nms(" in own.editor.text
    assert "NotImplementedError" in own.editor.text
    assert own.flow.other is None
    own.panel.acts["reference"].trigger()
    assert "keep.append(best)" in own.editor.text
    own.run()
    assert own.said.endswith("It returned [0, 2, 4].")
    own.panel.acts["starter"].trigger()
    assert "NotImplementedError" in own.editor.text
    own.key(Key.Key_Z, Control)
    assert "keep.append(best)" in own.editor.text


def test_what_was_written_is_found_again_and_nothing_of_it_is_run(own: Own, qtbot) -> None:
    own.write("def nms(boxes):\n    print('never')\n")
    own.live.wait(lambda: own.panel.saved.text() == "saved")
    path = store.folder() / "nms.nms.py"
    assert path.read_text() == "def nms(boxes):\n    print('never')\n"
    own.live.open("iou")
    assert "def iou_loss" in own.editor.text or "def " in own.editor.text
    own.live.open("nms", "chain")
    assert own.editor.text == "def nms(boxes):\n    print('never')\n"
    assert own.panel.saved.text() == "as you left it"
    assert own.flow.other is None
    assert not own.bench.jobs.is_running
    assert own.panel.report.printed.toPlainText() == ""


def test_closing_keeps_what_was_typed_a_moment_ago(own: Own) -> None:
    own.write("x = 1\n")
    own.live.window.close()
    assert (store.folder() / "nms.nms.py").read_text() == "x = 1\n"


def test_a_disk_that_does_not_take_it_is_said_in_a_sentence(own: Own) -> None:
    place = store.folder()
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("a file where the folder should be")
    own.write("x = 1\n")
    own.live.wait(lambda: own.panel.saved.text() == "not saved")
    assert own.said.startswith("Your code could not be saved: ")
    place.unlink()
    own.bench.save()
    assert own.panel.saved.text() == "saved"


def test_a_file_is_opened_and_saved_and_not_run(own: Own, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "own.py"
    path.write_text("def nms(boxes):\n\treturn boxes\n")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: (str(path), ""))
    own.panel.acts["open"].trigger()
    assert own.editor.text == "def nms(boxes):\n    return boxes\n"
    assert own.flow.other is None
    other = tmp_path / "saved.py"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given: (str(other), ""))
    own.panel.acts["save"].trigger()
    assert other.read_text() == own.editor.text
    path.write_bytes(b"\xff\xfe\xff")
    own.panel.acts["open"].trigger()
    assert "no text that Python reads" in own.said
    assert own.editor.text == "def nms(boxes):\n    return boxes\n"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: (str(tmp_path / "none.py"), ""))
    own.panel.acts["open"].trigger()
    assert own.said.endswith("No such file or directory.")


def test_a_scene_with_nothing_to_step_says_so(own: Own) -> None:
    scene = replace(contents.load("nms"), listing=lambda params, inputs: None)
    own.live.window.open_scene(scene, scene.opening())
    own.live.wait(lambda: own.panel.nothing.isVisible())
    assert not own.panel.run.isEnabled()
    own.key(Key.Key_R, Control)
    own.key(Key.Key_R, Control | Shift)
    assert not own.bench.jobs.is_running


def test_what_cannot_be_handed_over_is_said(own: Own) -> None:
    scene = contents.load("nms")

    def listing(params: Any, inputs: Any) -> Call:
        call = scene.listing(params, inputs)
        assert call is not None
        return replace(call, arguments={**call.arguments, "overlap_of": object()})

    own.live.window.open_scene(replace(scene, listing=listing), scene.opening("chain"))
    own.live.wait(lambda: own.panel.run.isEnabled() and own.bench.key == "nms.nms")
    own.run(RIGHT)
    assert "cannot be handed to another process" in own.said


def test_where_there_are_no_such_processes_one_sentence_says_so(
    own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse():
        raise process.NotHere("Running code of your own needs Linux or macOS.")

    monkeypatch.setattr(process, "_start", refuse)
    own.bench.jobs.bench = process.Bench()
    own.bench.jobs.warm()
    own.run(RIGHT)
    assert own.said == "Running code of your own needs Linux or macOS."
    own.check()
    assert own.said == "Running code of your own needs Linux or macOS."


# ---------------------------------------------------------------------------- around it


def test_code_has_more_room_while_one_is_at_it(own: Own) -> None:
    side = own.live.window.side
    wide = side.width()
    side.setCurrentIndex(0)
    assert side.width() < wide
    own.key(Key.Key_E, Control)
    assert side.width() == wide


def test_the_keys_work_from_everywhere(own: Own) -> None:
    own.write(RIGHT)
    own.live.window.side.setCurrentIndex(0)
    own.live.stage.setFocus()
    own.run()
    assert own.flow.other is not None
    assert own.live.window.side.currentIndex() == 0  # who watches the stage keeps it
    own.key(Key.Key_E, Control)
    assert own.editor.hasFocus()


def test_a_process_is_made_ready_ahead_of_need_and_none_is_left(live, children) -> None:
    window = live.window
    assert not children
    live.open("nms", "chain")
    bar = window.side.tabBar()
    index = window.side.indexOf(window.bench.holder)
    QTest.mouseMove(bar, bar.tabRect(index).center())
    live.wait(lambda: len(children) == 1)
    live.hands.key(Key.Key_E, Control)
    live.hands.key(Key.Key_R, Control)  # the starter: it is yet to be written
    live.wait(lambda: not window.bench.jobs.is_running)
    assert window.bench.panel.report.words.text().startswith("Line 23: NotImplementedError")
    window.bench.panel.editor.show_text(LOOP)
    live.hands.key(Key.Key_R, Control)
    live.wait(lambda: len(children) >= 2)
    window.close()
    for child in children:
        assert child.process.poll() is not None
        assert not process._marked(child.mark)

"""Predict, then reveal, by real keys and mouse in the living window."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from gui.predict.bar import QuestionBar
from gui.theme import THEMES
from scenes import contents
from scenes.picture import Pins
from tests.gui import asking, gallery
from tests.gui.conftest import Live, image_of

Key = Qt.Key
Control, Shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def asks(live: Live) -> Live:
    """Five boxes in a row, each overlapping the next; questions of each kind; predicting is on, at the start."""
    scene = asking.scene()
    live.window.open_scene(scene, scene.opening("chain"))
    live.settle()
    live.hands.key(Key.Key_P, Control)
    return live


def bar(live: Live) -> QuestionBar:
    return live.window.predicting.bar


def step_of(live: Live) -> int | None:
    return live.flow.state.step


def to_question(live: Live, kind: str = "part") -> Any:
    """By keys to the next question of a kind; those of others are skipped."""
    for _ in range(40):
        live.hands.key(Key.Key_Right)
        question = live.window.predicting.question
        if question is not None and question.kind == kind:
            return question
    raise AssertionError(f"no question for a {kind}")


def pins(live: Live) -> list[tuple[str, str]]:
    marks = [mark for panel in live.stage.picture.panels for mark in panel.marks if isinstance(mark, Pins)]
    return [(pin.sign, pin.words) for mark in marks for pin in mark.pins]


def score(live: Live) -> str:
    label = live.window.transport.switches.score
    return label.text() if label.isVisible() else ""


def click_box(live: Live, index: int) -> None:
    x1, y1, x2, y2 = live.inputs.boxes[index].tolist()
    for share in np.linspace(0.05, 0.95, 19):  # somewhere on it that is not another's
        place = x1 + share * (x2 - x1), (y1 + y2) / 2
        hit = live.stage.panels["boxes"].target(live.stage.panels["boxes"].view.mapSceneToView(
            live.stage.panels["boxes"].view.mapViewToScene(_point(*place))))  # fmt: skip
        if hit.index == index:
            live.hands.click("boxes", *place)
            return
    raise AssertionError(f"box {index} cannot be clicked")


def _point(x: float, y: float) -> Any:
    from PySide6.QtCore import QPointF

    return QPointF(x, y)


# ---------------------------------------------------------------------------- asking and answering


def test_turned_on_at_the_end_it_begins_at_the_start_and_shows_only_the_arguments(asks):
    assert step_of(asks) == 0
    boxes = asks.mark("box")
    assert {boxes.roles[role] for role in boxes.role_of.tolist()} == {
        "input"
    }  # nothing kept, nothing removed
    assert asks.sentence.startswith("Step on")


def test_the_question_stands_in_the_place_of_the_sentence_and_the_step_is_not_taken(asks):
    question = to_question(asks)
    before = step_of(asks)
    assert question.text == "Which box is kept next?"
    assert bar(asks).isVisible()
    assert not asks.show.sentence.isVisible()
    assert bar(asks).head.text() == question.text
    assert "Tab" in bar(asks).hint.text()
    assert question.text in bar(asks).accessibleName()
    assert before < asks.flow.trace.steps_narrated()[2]
    assert asks.flow.frame.variables.get("best") is None
    assert pins(asks) == []


def test_a_right_click_on_the_box_is_right(asks):
    question = to_question(asks)
    click_box(asks, question.right[0])
    assert bar(asks).head.text() == "Right."
    assert bar(asks).words.text() == question.reveal
    assert bar(asks).sign.verdict == "right"
    assert pins(asks) == [("ring", "yours: right")]
    assert score(asks) == "1 of 1, 100 %"
    assert asks.flow.frame.text.startswith("best, rest")
    assert asks.window.transport.track._verdicts == {step_of(asks): "right"}


def test_a_wrong_one_is_shown_beside_the_right_one(asks):
    to_question(asks)
    click_box(asks, 3)
    assert bar(asks).head.text() == "No."
    assert pins(asks) == [("ring", "right"), ("cross", "yours")]
    assert score(asks) == "0 of 1, 0 %"


def test_a_number_is_typed_and_nearly_right(asks):
    question = to_question(asks, "number")
    assert bar(asks).field.hasFocus()
    asks.hands.type(f"{question.right[0] + 0.1:.2f}")
    asks.hands.key(Key.Key_Return)
    assert bar(asks).head.text().startswith("Nearly, 71 %: you said ")
    assert bar(asks).sign.verdict == "nearly"
    assert score(asks) == "0.7 of 1, 71 %"
    assert asks.stage.hasFocus()


def test_typed_rubbish_is_no_answer(asks):
    to_question(asks, "number")
    before = step_of(asks)
    for text in ("x", "1e999", "", "½"):
        asks.hands.key(Key.Key_A, Control)
        asks.hands.type(text)
        asks.hands.key(Key.Key_Return)
        assert step_of(asks) == before
        assert "0.25" in bar(asks).hint.text() or "holds" in bar(asks).hint.text()
        asks.hands.key(Key.Key_A, Control)
        asks.hands.key(Key.Key_Delete)
    assert score(asks) == ""


def test_a_place_is_clicked_and_tied_to_the_right_one(asks):
    question = to_question(asks, "point")
    (x, y), = question.right  # fmt: skip
    asks.hands.click("boxes", x + 20, y)
    assert bar(asks).head.text().startswith("Nearly, ")
    assert pins(asks) == [("ring", "right"), ("cross", "yours")]


def test_a_place_is_chosen_by_keys(asks):
    question = to_question(asks, "point")
    asks.hands.key(Key.Key_Tab)
    assert pins(asks) == [("cross", "")]
    first = asks.window.predicting.pointing.chosen
    asks.hands.key(Key.Key_Right)  # moves it, and skips nothing
    asks.hands.key(Key.Key_Down, Shift)
    second = asks.window.predicting.pointing.chosen
    assert second[0] > first[0]
    assert second[1] - first[1] > second[0] - first[0]
    asks.hands.key(Key.Key_Return)
    given = asks.window.predicting.predictions.given[step_of(asks)]
    assert given.answer == second
    assert given.asked.question is question


def test_a_part_is_chosen_by_keys(asks):
    to_question(asks)
    asks.hands.key(Key.Key_Return)
    assert "Tab" in bar(asks).hint.text()  # nothing is chosen yet
    asks.hands.key(Key.Key_Tab)
    asks.hands.key(Key.Key_Tab)
    asks.hands.key(Key.Key_Backtab, Shift)
    assert asks.stage.accessibleDescription() == "box 0"
    assert pins(asks) == [("ring", "")]
    asks.hands.key(Key.Key_Right)
    assert asks.window.predicting.pointing.chosen == 1
    asks.hands.key(Key.Key_Return)
    assert asks.window.predicting.predictions.given[step_of(asks)].answer == 1


def test_the_part_under_the_pointer_is_ringed(asks):
    to_question(asks)
    x1, y1, _, y2 = asks.inputs.boxes[0].tolist()
    asks.hands.move("boxes", x1 + 2, (y1 + y2) / 2)
    assert pins(asks) == [("ring", "")]
    asks.hands.move("boxes", 1, 1)
    assert pins(asks) == []


def test_a_click_beside_all_parts_asks_again(asks):
    to_question(asks)
    before = step_of(asks)
    asks.hands.click("boxes", 1, 1)
    asks.hands.click("scores", 0.2, 0.5)  # a box too, but not where it was asked for
    assert step_of(asks) == before
    assert "click one of the parts" in bar(asks).hint.text()


def test_a_press_that_slips_is_still_an_answer(asks):
    question = to_question(asks)
    x1, y1, _, y2 = asks.inputs.boxes[question.right[0]].tolist()
    boxes = asks.inputs.boxes
    asks.hands.drag(
        "boxes", (x1 + 1, (y1 + y2) / 2), (x1 + 5, (y1 + y2) / 2 + 4), (x1 + 12, (y1 + y2) / 2 + 8)
    )
    assert asks.inputs.boxes is boxes
    assert bar(asks).head.text() == "Right."


# ---------------------------------------------------------------------------- skipping and going back


@pytest.mark.parametrize("key", [Key.Key_Right, Key.Key_Escape, Key.Key_PageDown])
@pytest.mark.parametrize("kind", ["part", "number"])
def test_a_question_is_skipped(asks, key, kind):
    question = to_question(asks, kind)
    before = step_of(asks)
    if kind == "number" and key == Key.Key_PageDown:
        asks.stage.setFocus()
    asks.hands.key(key)
    assert step_of(asks) > before
    assert bar(asks).head.text() == "Skipped."
    assert bar(asks).words.text() == question.reveal
    assert score(asks) == ""


def test_a_key_held_down_does_not_skip(asks):
    to_question(asks)
    before = step_of(asks)
    for kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
        event = QKeyEvent(kind, Key.Key_Right, Qt.KeyboardModifier.NoModifier, "", True)
        QApplication.sendEvent(asks.stage, event)
        assert event.isAccepted()
    assert step_of(asks) == before
    assert asks.window.predicting.question is not None


def test_going_back_asks_nothing_and_an_answered_step_is_not_asked_again(asks):
    question = to_question(asks)
    before = step_of(asks)
    click_box(asks, question.right[0])
    there = step_of(asks)
    asks.hands.key(Key.Key_Left)
    assert step_of(asks) == before
    assert not bar(asks).isVisible()
    assert asks.show.sentence.isVisible()
    asks.hands.key(Key.Key_Right)
    assert step_of(asks) == there
    assert bar(asks).head.text() == "Right."  # and what was said then is shown again
    asks.hands.key(Key.Key_P, Control | Shift)
    assert step_of(asks) == 0
    assert score(asks) == ""
    assert to_question(asks).text == question.text


def test_a_jump_puts_the_question_away_and_it_is_asked_again(asks):
    question = to_question(asks)
    asks.hands.key(Key.Key_End)
    assert step_of(asks) is None
    assert not bar(asks).isVisible()
    asks.hands.key(Key.Key_Home)
    assert to_question(asks).text == question.text


def test_back_from_an_open_question_is_a_step_back(asks):
    to_question(asks)
    before = step_of(asks)
    asks.hands.key(Key.Key_Left)
    assert step_of(asks) < before
    assert asks.window.predicting.question is None


def test_lines_do_not_jump_past_a_question(asks):
    question = to_question(asks)
    asks.hands.key(Key.Key_Left)
    asks.hands.key(Key.Key_G)
    seen = []
    while asks.window.predicting.question is None:
        seen.append(step_of(asks))
        asks.hands.key(Key.Key_F11)
    asked = asks.window.predicting.predictions.asked
    assert asks.window.predicting.question.text == question.text
    assert step_of(asks) == asked.before
    assert max(seen) <= asked.before  # no line between the narrated steps was seen
    click_box(asks, question.right[0])
    assert step_of(asks) == asked.step
    asks.hands.key(Key.Key_F11, Shift)  # and now they can be
    asks.hands.key(Key.Key_F11, Shift)
    assert asked.before < step_of(asks) < asked.step
    asks.hands.key(Key.Key_F11)
    asks.hands.key(Key.Key_F11)
    assert step_of(asks) == asked.step


def test_from_between_two_steps_the_question_is_asked_at_the_first_of_them(asks):
    to_question(asks)
    asked = asks.window.predicting.predictions.asked
    asks.window._go(asked.step - 1)
    assert asks.window.predicting.question is None
    asks.hands.key(Key.Key_Right)
    assert asks.window.predicting.predictions.asked == asked
    assert step_of(asks) == asked.before


@pytest.mark.parametrize("run_on", ["F5", "F10"])
def test_running_on_stops_at_a_question(asks, run_on):
    for _ in range(9):
        asks.hands.key(getattr(Key, f"Key_{run_on}"))
        if asks.window.predicting.question is not None:
            break
    assert asks.window.predicting.question is not None
    assert step_of(asks) == asks.window.predicting.predictions.asked.before


def test_playing_into_a_question_pauses(asks):
    player = asks.window.player
    asks.hands.key(Key.Key_Space)
    player._clock.start(0)
    asks.wait(lambda: not player.playing)
    assert asks.window.predicting.question is not None
    before = step_of(asks)
    asks.hands.key(Key.Key_Space)  # is no way past it
    assert not player.playing
    assert step_of(asks) == before
    assert "Answer first" in bar(asks).hint.text()


# ---------------------------------------------------------------------------- nothing gives it away


def test_hovering_and_clicking_ahead_tell_nothing(asks):
    asks.hands.key(Key.Key_Right)
    step, boxes, sentence = step_of(asks), asks.inputs, asks.sentence
    x1, y1, _, y2 = asks.inputs.boxes[1].tolist()
    asks.hands.move("boxes", x1 + 2, (y1 + y2) / 2)
    assert asks.flow.hovered is None
    assert asks.sentence == sentence
    click_box(asks, 1)
    assert step_of(asks) == step  # not where it goes
    assert asks.inputs is boxes  # nor is it chosen
    assert "question comes before" in asks.sentence


def test_a_double_click_is_one_answer_and_adds_nothing(asks):
    question = to_question(asks)
    x1, y1, _, y2 = asks.inputs.boxes[question.right[0]].tolist()
    count = len(asks.inputs.boxes)
    asks.hands.double_click("boxes", x1 + 2, (y1 + y2) / 2)
    assert len(asks.inputs.boxes) == count
    assert asks.stage.editor is None
    assert bar(asks).head.text() == "Right."
    assert asks.window.predicting.question is None


def test_keys_of_the_scene_do_nothing_while_it_asks(asks):
    to_question(asks)
    asks.hands.key(Key.Key_Tab)
    inputs = asks.inputs
    for key in (Key.Key_Delete, Key.Key_N, Key.Key_C):
        asks.hands.key(key)
    assert asks.inputs is inputs
    assert asks.window.predicting.question is not None


def test_marks_and_hits_on_the_scrubber_stop_here(asks):
    debugger = asks.window.side.debugger
    line = next(f for f in asks.flow.trace.frames if f.text.startswith("keep.append"))
    debugger.code.breakpoints = {("nms", line.line)}
    debugger.condition.field.setText("overlap.max() > 0.3")
    debugger.condition._enter()
    asks.wait(lambda: bool(asks.window.player.hits))
    track = asks.window.transport.track
    assert list(track._marks) == []
    assert list(track._hits) == []
    assert debugger.condition.count.text() == ""
    asks.stage.setFocus()
    asks.hands.key(Key.Key_End)
    assert list(track._marks) == asks.window.player.stops()
    assert list(track._hits) == list(asks.window.player.hits)
    assert debugger.condition.count.text() == f"{len(track._hits)} ×"


def test_plots_of_watches_stop_here(asks):
    watches = asks.window.side.debugger.watches
    asks.window.side.show_code()
    watches.show_texts(("len(order)",))
    watches.changed.emit(watches.texts)
    asks.wait(lambda: "len(order)" in watches.model_.known)
    plots = {}
    for step in (0, 3, None):
        asks.window._go(step)
        plots[step] = image_of(watches.viewport())
        assert ("still to be predicted" in watches.model_._tip(0)) is (step is not None)
    area = watches.places(0)[0]
    right = area.right() - 4
    rows = range(area.top(), area.bottom())
    column = {step: [image.pixelColor(right, y).name() for y in rows] for step, image in plots.items()}
    assert len(set(column[0])) == 1
    assert column[3] == column[0]
    assert len(set(column[None])) > 1


def test_the_point_of_a_preset_is_not_said(asks):
    assert not asks.show.point.isVisible()
    asks.hands.key(Key.Key_P, Control)
    assert asks.show.point.isVisible()


def test_an_answer_to_why_that_lies_ahead_is_put_away(live):
    scene = asking.scene()
    live.window.open_scene(scene, scene.opening("chain"))
    live.settle()
    click_box(live, 1)
    why = live.window.side.debugger.why
    assert not why.isHidden()
    live.hands.key(Key.Key_P, Control)
    assert why.isHidden()


# ---------------------------------------------------------------------------- a class


@pytest.fixture
def room(asks: Live) -> Live:
    """A class that is asked for the box."""
    asks.hands.key(Key.Key_H, Control)
    to_question(asks)
    return asks


def count(live: Live, *hands: str) -> None:
    for one in hands:
        live.hands.type(one)
        live.hands.key(Key.Key_Return)


def test_the_choices_stand_by_their_letters_below_and_on_the_picture(room):
    question, shown = room.window.predicting.question, bar(room).room
    assert [label.text() for label in shown.labels[: shown.shown]] == [c.label for c in question.choices]
    assert pins(room) == [("letter", letter) for letter in "ABCD"[: len(question.choices)]]
    assert shown.fields[0].hasFocus()
    assert shown.fields[1].accessibleName() == f"Hands for B: {question.choices[1].label}"
    visible = [label.text() for label in shown.findChildren(QLabel) if label.isVisible()]
    assert len(visible) == len(question.choices)


def test_hands_are_counted_by_keys_and_the_bars_show_them(room):
    question, shown = room.window.predicting.question, bar(room).room
    before = step_of(room)
    count(room, "6", "", "3")
    assert step_of(room) == before
    count(room, "1")
    assert step_of(room) > before
    bars = shown.bars[: shown.shown]
    assert [bar.count for bar in bars] == [6, 0, 3, 1]
    assert [bar.share for bar in bars] == pytest.approx([0.6, 0, 0.3, 0.1])
    right = [choice.answer in question.right for choice in question.choices]
    assert [bar.right for bar in bars] == right
    assert [label.text().endswith(": right") for label in shown.labels[: shown.shown]] == right
    assert bar(room).head.text() == f"{[60, 0, 30, 10][right.index(True)]} % of the class are right."
    assert (
        score(room)
        == f"{[0.6, 0, 0.3, 0.1][right.index(True)]:g} of 1, {[60, 0, 30, 10][right.index(True)]} %"
    )
    assert bars[0].accessibleName() == "60 %  (6)"
    assert room.stage.hasFocus()


def test_enter_goes_on_from_the_bars(room):
    count(room, "1", "1", "1", "1")
    before = step_of(room)
    room.hands.key(Key.Key_Return)
    assert step_of(room) > before or room.window.predicting.question is not None


def test_only_digits_can_be_typed(room):
    room.hands.type("1x-2.5")
    assert bar(room).room.fields[0].text() == "125"
    room.hands.type("999999")
    assert bar(room).room.fields[0].text() == "1259"


def test_tab_goes_round_the_counts(room):
    fields = bar(room).room.fields
    for place in (1, 2, 3, 0):
        room.hands.key(Key.Key_Tab)
        assert fields[place].hasFocus()
    room.hands.key(Key.Key_Backtab, Shift)
    assert fields[3].hasFocus()
    room.hands.key(Key.Key_Up)
    assert fields[2].hasFocus()
    room.hands.key(Key.Key_Down)
    assert fields[3].hasFocus()


def test_a_class_skips(room):
    room.hands.key(Key.Key_Right)
    assert bar(room).head.text() == "Skipped."
    to_question(room)
    room.hands.type("7")
    room.hands.key(Key.Key_Left)
    room.hands.key(Key.Key_Right)  # moves in what was typed
    assert room.window.predicting.question is not None
    room.hands.key(Key.Key_Escape)
    assert bar(room).head.text() == "Skipped."


def test_a_step_on_gives_the_hands_that_were_typed(room):
    """A remote control sends the page keys."""
    room.hands.type("7")
    room.hands.key(Key.Key_PageDown)
    assert [bar_.count for bar_ in bar(room).room.bars[: bar(room).room.shown]] == [7, 0, 0, 0]
    assert score(room) != ""


def test_a_page_key_held_down_skips_no_question_in_a_field(room):
    before = step_of(room)
    event = QKeyEvent(
        QEvent.Type.ShortcutOverride, Key.Key_PageDown, Qt.KeyboardModifier.NoModifier, "", True
    )
    QApplication.sendEvent(bar(room).room.fields[0], event)
    assert event.isAccepted()  # it is no shortcut of the window then
    assert step_of(room) == before


def test_no_hands_at_all_are_a_skip(room):
    count(room, "", "", "", "")
    assert bar(room).head.text() == "Skipped."
    assert score(room) == ""


def test_numbers_have_choices_too_but_no_letters_on_the_picture(asks):
    asks.hands.key(Key.Key_H, Control)
    to_question(asks, "number")
    assert pins(asks) == []
    assert not bar(asks).field.isVisible()
    count(asks, "1", "3")
    assert bar(asks).head.text() == "75 % of the class are right."


def test_a_click_is_no_count(room):
    before = step_of(room)
    click_box(room, 0)
    assert step_of(room) == before
    assert "count of hands" in bar(room).hint.text()
    room.hands.key(Key.Key_Tab)  # back to the counts
    assert bar(room).room.fields[0].hasFocus()


def test_one_person_answers_the_question_that_the_class_was_asked(room):
    room.hands.key(Key.Key_H, Control)
    assert room.window.predicting.question is not None
    assert not bar(room).room.isVisible()
    assert pins(room) == []
    click_box(room, room.window.predicting.question.right[0])
    assert score(room) == "1 of 1, 100 %"
    room.hands.key(Key.Key_H, Control)
    assert score(room) == ""  # that of the class


def test_ctrl_h_turns_it_all_on(live):
    scene = asking.scene()
    live.window.open_scene(scene, scene.opening("chain"))
    live.settle()
    live.hands.key(Key.Key_H, Control)
    assert live.window.predicting.on
    assert live.window.predicting.room
    assert step_of(live) == 0


# ---------------------------------------------------------------------------- the run, the scene, and off


def test_at_the_end_the_score_is_summed_up(asks):
    question = to_question(asks)
    click_box(asks, question.right[0])
    for _ in range(60):
        asks.hands.key(Key.Key_Right if asks.stage.hasFocus() else Key.Key_Escape)
        if step_of(asks) is None:
            break
    assert step_of(asks) is None
    assert bar(asks).head.text() == "You scored 1 of 1, 100 %."
    assert bar(asks).words.text().startswith("1 right, ")
    assert "skipped" in bar(asks).words.text()


def test_another_run_begins_another_score(asks):
    question = to_question(asks)
    click_box(asks, question.right[0])
    step = step_of(asks)
    asks.window.side.controls.changed.emit("iou_threshold", 0.6, True)
    asks.settle()
    assert asks.params.iou_threshold == 0.6
    assert score(asks) == ""
    assert step_of(asks) == step
    assert asks.window.predicting.predictions.given == {}
    asks.hands.key(Key.Key_Z, Control)
    asks.settle()
    assert asks.params.iou_threshold != 0.6
    assert asks.window.predicting.on


def test_answering_is_nothing_to_undo(asks):
    past = list(asks.flow.history.past)
    to_question(asks)
    click_box(asks, 2)
    assert asks.flow.history.past == past


def test_another_scene_in_the_middle_of_a_question(asks):
    to_question(asks, "number")
    asks.open("iou")
    assert asks.window.predicting.question is None
    assert not bar(asks).isVisible()
    assert asks.show.sentence.isVisible()
    assert score(asks) == ""


def test_another_preset_in_the_middle_of_a_question(asks):
    to_question(asks)
    asks.window._open_preset(0)
    asks.settle()
    assert asks.window.predicting.question is None
    assert not bar(asks).isVisible()


def test_where_a_scene_asks_nothing_that_is_said_and_nothing_is_veiled(live, monkeypatch):
    scene = gallery.scene()
    monkeypatch.setitem(contents.ENTRIES, scene.key, gallery.entry(scene.key))
    live.window.open_scene(scene, scene.opening())
    live.settle()
    live.hands.key(Key.Key_P, Control)
    assert "nothing to predict" in live.sentence
    assert not live.window.predicting.veiled
    assert live.show.point.isVisible()


def test_a_scene_whose_question_fails_says_so_and_goes_on(live, monkeypatch, caplog):
    scene = replace(asking.scene(), ask=gallery.failing(RuntimeError("no question")))
    live.window.open_scene(scene, scene.opening("chain"))
    live.settle()
    live.hands.key(Key.Key_P, Control)
    assert live.window.fault.isVisible()
    live.hands.key(Key.Key_Home)
    live.hands.key(Key.Key_Right)
    assert step_of(live) == live.window.player.narrated[0]
    assert len([one for one in caplog.records if "ask of" in one.message]) == 1
    caplog.clear()  # its records hold on to everything


@pytest.mark.parametrize("kind", ["part", "number", "point"])
@pytest.mark.parametrize("in_class", [False, True])
def test_off_by_one_key_and_nothing_is_left(live, kind, in_class):
    scene = asking.scene()
    live.window.open_scene(scene, scene.opening("chain"))
    live.settle()
    live.stage.setFocus()
    live.hands.key(Key.Key_Home)
    for _ in range(3):
        live.hands.key(Key.Key_Right)
    plain = image_of(live.window)
    step = step_of(live)
    live.hands.key(Key.Key_P, Control)
    if in_class:
        live.hands.key(Key.Key_H, Control)
    to_question(live, kind)
    assert image_of(live.window) != plain
    live.hands.key(Key.Key_P, Control)
    assert not live.window.predicting.on
    assert live.stage.hasFocus()
    live.window._go(step)
    live.wait(lambda: image_of(live.window) == plain)  # the bar finds its places again
    assert live.flow.veiled is False


def test_the_switches_on_the_transport_do_the_same(asks):
    switches = asks.window.transport.switches
    assert switches.predict.isChecked()
    QTest.mouseClick(switches.room, Qt.MouseButton.LeftButton)
    assert switches.room.isChecked()
    assert asks.window.predicting.room
    QTest.mouseClick(switches.predict, Qt.MouseButton.LeftButton)
    assert not asks.window.predicting.on
    assert not switches.predict.isChecked()
    assert not switches.room.isVisible()
    assert all(button.accessibleName() for button in (switches.predict, switches.room))


def test_before_there_is_a_scene_the_keys_do_nothing(live):
    live.hands.key(Key.Key_P, Control)
    live.hands.key(Key.Key_H, Control)
    live.hands.key(Key.Key_P, Control | Shift)
    assert not live.window.predicting.on


def test_no_widgets_are_left_behind_by_many_questions(asks):
    def widgets() -> int:
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return len(asks.window.findChildren(object))

    asks.hands.key(Key.Key_H, Control)
    to_question(asks)
    count(asks, "1", "2", "3", "4")
    before = widgets()
    for _ in range(3):
        asks.hands.key(Key.Key_P, Control | Shift)
        to_question(asks)
        count(asks, "1", "2", "3", "4")
    assert widgets() == before


@pytest.mark.parametrize("name", THEMES)
def test_it_is_dressed_in_every_theme(asks, name):
    to_question(asks)
    click_box(asks, 3)
    asks.window.set_theme(THEMES[name])
    assert image_of(bar(asks).sign) is not None
    assert bar(asks).sign.theme is THEMES[name]
    assert asks.window.transport.track._verdict_theme is THEMES[name]


def test_words_fit_beside_the_panels(asks):
    """At the usual size nothing of the question is cut, one person's or a class's."""
    asks.window.resize(1280, 720)
    asks.hands.key(Key.Key_H, Control)
    to_question(asks)
    for _ in range(2):
        QApplication.processEvents()
        for label in (bar(asks).head, bar(asks).words, bar(asks).hint, *bar(asks).room.labels):
            if label.isVisible():
                assert label.height() >= label.heightForWidth(label.width()) - 1, label.text()
        assert asks.show.rect().contains(bar(asks).geometry())
        count(asks, "1", "2", "3", "4")

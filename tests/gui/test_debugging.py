"""Conditions, watches and questions why, by real mouse and keys in the living window."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QWidget

from engine.expressions import parse
from engine.search import course, hits
from engine.trace import record
from gui.searches import Followed
from gui.sparkline import columns_of, step_at, x_of
from gui.theme import THEMES, contrast
from gui.watches import TEXT, Watches
from scenes import contents
from scenes.scene import Call, Click, Target
from tests.engine.test_search import descend
from tests.gui import gallery
from tests.gui.conftest import Live, image_of

Key, Left = Qt.Key, Qt.MouseButton.LeftButton
Control, Shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
CONDITION = "overlap.max() > 0.3"


def debugger(live: Live) -> Any:
    return live.window.side.debugger


def step_of(live: Live) -> int | None:
    return live.flow.state.step


def wanted(live: Live, text: str = CONDITION) -> list[int]:
    return hits(live.flow.trace, parse(text))


def write_condition(live: Live, text: str = CONDITION) -> None:
    """By keys, as a person does."""
    live.hands.key(Key.Key_F8, Control)
    live.hands.type(text)
    live.hands.key(Key.Key_Return)
    bar = debugger(live).condition
    live.wait(lambda: bool(bar.hits or bar.error.text() or bar.note.text()))


def write_watch(live: Live, text: str) -> None:
    live.hands.key(Key.Key_F9, Control)
    type_into_editor(live, text)
    live.wait(lambda: text in debugger(live).watches.model_.known)


def type_into_editor(live: Live, text: str, end: Key = Key.Key_Return) -> None:
    editor = debugger(live).watches.findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    QTest.keyClicks(editor, text)
    QTest.keyClick(editor, end)
    live.wait(lambda: debugger(live).watches.findChild(QLineEdit) is None)


def rows(live: Live) -> tuple[str, ...]:
    return debugger(live).watches.texts


# ---------------------------------------------------------------------------- conditions


def test_a_condition_is_written_by_keys_and_run_to_both_ways(nms):
    nms.hands.key(Key.Key_Home)
    write_condition(nms)
    assert nms.window.side.currentIndex() == 1
    steps = wanted(nms)
    assert len(steps) > 1
    assert list(nms.window.player.hits) == steps
    seen = []
    for _ in steps:
        nms.hands.key(Key.Key_F8)
        seen.append(step_of(nms))
    assert seen == steps
    nms.hands.key(Key.Key_F8)
    assert step_of(nms) == steps[-1]
    assert nms.sentence == f"{CONDITION} does not come to hold again after this step."
    nms.hands.key(Key.Key_F8, Shift)
    assert step_of(nms) == steps[-2]
    nms.hands.key(Key.Key_Home)
    nms.hands.key(Key.Key_F8, Shift)
    assert nms.sentence == f"{CONDITION} does not come to hold before this step."
    nms.stage.setFocus()
    nms.hands.key(Key.Key_End)
    nms.hands.key(Key.Key_F8)  # from the end to the first time
    assert step_of(nms) == steps[0]


def test_f5_stops_at_lines_and_at_hits(nms):
    write_condition(nms)
    line = next(f for f in nms.flow.trace.frames if f.text.startswith("keep.append"))
    debugger(nms).code.breakpoints = {("nms", line.line)}
    stops = sorted({*wanted(nms), *nms.window.player.stops()})
    nms.stage.setFocus()
    nms.hands.key(Key.Key_Home)
    seen = []
    while True:
        nms.hands.key(Key.Key_F5)
        if step_of(nms) is None:
            break
        seen.append(step_of(nms))
    assert seen == stops


def test_playing_stops_at_a_hit_that_lies_between_two_narrated_steps(nms):
    write_condition(nms, "rival.any()")
    steps = wanted(nms, "rival.any()")
    assert not set(steps) & set(nms.flow.trace.steps_narrated())
    nms.stage.setFocus()
    player = nms.window.player
    player.to_start()
    player.toggle()
    player._clock.start(0)
    nms.wait(lambda: not player.playing)
    assert step_of(nms) == steps[0]


def test_hits_are_on_the_scrubber_and_counted(nms):
    track, bar = nms.window.transport.track, debugger(nms).condition
    plain = image_of(track)
    write_condition(nms)
    nms.stage.setFocus()
    assert image_of(track) != plain
    assert list(track._hits) == wanted(nms)
    assert bar.count.text() == f"{len(wanted(nms))} ×"
    nms.hands.key(Key.Key_F8)
    assert bar.count.text() == f"1 of {len(wanted(nms))}"
    QTest.mouseClick(bar.on, Left)
    assert step_of(nms) == wanted(nms)[1]
    QTest.mouseClick(bar.back, Left)
    assert step_of(nms) == wanted(nms)[0]
    QTest.mouseClick(bar.away, Left)
    assert bar.text == ""
    assert list(track._hits) == []
    nms.hands.key(Key.Key_F8)  # without a condition it asks for one
    assert bar.field.hasFocus()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nobody > 1", "There is no variable nobody in this run; there are boxes, scores,"),
        ("best = 7", "two compare"), ("print(best)", "print() cannot be called here"),
        ("keep.__class__", "cannot be read here"), ("best == <b>7", "is not a whole expression"),
    ],
)  # fmt: skip
def test_a_bad_condition_is_one_sentence_under_its_field(nms, text, said):
    before = step_of(nms)
    write_condition(nms, text)
    bar = debugger(nms).condition
    assert said in bar.error.text()
    assert bar.error.text().endswith(".")
    assert bar.error.isVisible()
    assert bar.error.textFormat() == Qt.TextFormat.PlainText
    assert bar.rect().contains(bar.error.geometry())
    assert nms.window.player.hits == ()
    assert step_of(nms) == before
    bar.field.selectAll()
    nms.hands.type("best == 2")
    nms.hands.key(Key.Key_Return)
    nms.wait(lambda: bool(bar.hits))
    assert not bar.error.isVisible()


def test_one_that_never_holds_says_so_quietly(nms):
    write_condition(nms, "best == 77")
    bar = debugger(nms).condition
    assert bar.note.isVisible()
    assert bar.note.text() == "It does not come to hold in this run."
    nms.hands.key(Key.Key_F8)
    assert nms.sentence == "best == 77 does not come to hold in this run."


def test_one_that_is_wrong_is_not_said_never_to_hold(nms):
    write_condition(nms, "colour > 1")
    nms.wait(debugger(nms).condition.error.isVisible)
    before = step_of(nms)
    nms.hands.key(Key.Key_F8)
    assert nms.sentence == debugger(nms).condition.error.text()
    assert nms.sentence.startswith("There is no variable colour")
    assert step_of(nms) == before


def test_escape_takes_back_what_was_half_typed(nms):
    write_condition(nms)
    field = debugger(nms).condition.field
    nms.hands.key(Key.Key_F8, Control)
    nms.hands.type("zzz")
    assert field.text() == "zzz"
    nms.hands.key(Key.Key_Escape)
    assert field.text() == CONDITION
    assert list(nms.window.player.hits) == wanted(nms)


def test_letters_and_signs_typed_into_the_field_are_no_keys_of_the_window(nms):
    nms.hands.key(Key.Key_Home)
    nms.hands.key(Key.Key_F8, Control)
    nms.hands.type("g0-=.,? n")
    assert debugger(nms).condition.field.text() == "g0-=.,? n"
    assert step_of(nms) == 0
    assert not nms.window.player.lines


def test_a_condition_follows_a_change_of_a_parameter(nms):
    write_condition(nms, "len(keep) == 2")
    nms.flow.change(nms.flow.state.with_params(iou_threshold=0.05))
    nms.settle()
    nms.wait(lambda: list(nms.window.player.hits) == wanted(nms, "len(keep) == 2"))
    nms.flow.change(nms.flow.state.with_params(method="gaussian"))
    nms.settle()
    bar = debugger(nms).condition
    nms.wait(lambda: list(bar.hits) == wanted(nms, "len(keep) == 2"))


def test_each_scene_keeps_its_own_condition_and_watches(nms):
    write_condition(nms)
    write_watch(nms, "len(order)")
    nms.open("pooling")
    assert debugger(nms).condition.field.text() == ""
    assert rows(nms) == ()
    assert nms.window.player.hits == ()
    nms.open("nms", "chain")
    assert debugger(nms).condition.field.text() == CONDITION
    assert rows(nms) == ("len(order)",)
    nms.wait(lambda: list(nms.window.player.hits) == wanted(nms))
    nms.wait(lambda: "len(order)" in debugger(nms).watches.model_.known)


@pytest.mark.parametrize("key", contents.ENTRIES)
def test_every_scene_with_a_listing_has_all_of_it(live, key):
    """A condition, a watch and a why of a variable, through nothing but the contract."""
    live.open(key)
    trace = live.flow.trace
    if trace is None:
        pytest.skip("nothing to step here")
    frame = next(f for f in reversed(trace.frames) if f.changed and not f.callers)
    name = frame.changed[-1]
    write_condition(live, f"{name} is not None")
    assert list(live.window.player.hits) == wanted(live, f"{name} is not None")
    live.hands.key(Key.Key_F8)
    assert step_of(live) == wanted(live, f"{name} is not None")[0]
    write_watch(live, name)
    assert debugger(live).watches.model_.error(0) == ""
    live.flow.go(frame.index + 1)
    choose(live, name)
    live.hands.key(Key.Key_F7)
    assert step_of(live) == frame.index + 1
    assert debugger(live).why.isVisible()
    assert not live.window.fault.isVisible()


# ---------------------------------------------------------------------------- watches


def test_watches_are_written_edited_and_removed_by_keys(nms):
    write_watch(nms, "overlap.max()")
    write_watch(nms, "len(order)")
    assert rows(nms) == ("overlap.max()", "len(order)")
    watches = debugger(nms).watches
    assert watches.hasFocus()
    nms.hands.key(Key.Key_Up)
    nms.hands.key(Key.Key_Up)
    assert watches.currentIndex().row() == 0
    nms.hands.key(Key.Key_Return)
    type_into_editor(nms, "overlap.min()")
    assert rows(nms) == ("overlap.min()", "len(order)")
    nms.hands.key(Key.Key_Return)
    type_into_editor(nms, "nothing", Key.Key_Escape)
    assert rows(nms) == ("overlap.min()", "len(order)")
    nms.hands.key(Key.Key_Delete)
    assert rows(nms) == ("len(order)",)
    nms.hands.key(Key.Key_Return)
    editor = watches.findChild(QLineEdit)
    editor.clear()
    QTest.keyClick(editor, Key.Key_Return)
    nms.wait(lambda: rows(nms) == ())
    assert nms.flow.searches.watched == ()


def test_and_by_mouse(nms):
    nms.window.side.show_code()
    watches = debugger(nms).watches
    press(watches, center(watches, 0))
    type_into_editor(nms, "best")
    nms.wait(lambda: "best" in watches.model_.known)
    QTest.mouseDClick(watches.viewport(), Left, pos=center(watches, 0))
    type_into_editor(nms, "best + 1")
    assert rows(nms) == ("best + 1",)
    press(watches, watches.places(0)[2].center())
    assert rows(nms) == ()


def center(watches: Watches, row: int) -> QPoint:
    return watches.visualRect(watches.model_.index(row, TEXT)).center()


def press(widget: Any, place: QPoint) -> None:
    QTest.mouseMove(widget.viewport(), place)
    QTest.mouseClick(widget.viewport(), Left, pos=place)


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_and_by_the_menus(nms):
    nms.hands.key(Key.Key_Home)
    nms.hands.key(Key.Key_Right)
    choose(nms, "order")
    menu_of(debugger(nms).variables, "Watch it")
    assert rows(nms) == ("order",)
    watches = debugger(nms).watches
    watches.setFocus()
    watches.setCurrentIndex(watches.model_.index(0, TEXT))
    menu_of(watches, "Remove")
    assert rows(nms) == ()


def menu_of(widget: QWidget, words: str) -> None:
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), widget.mapToGlobal(QPoint(5, 5))
    )
    QApplication.sendEvent(widget.viewport() if hasattr(widget, "viewport") else widget, event)
    menu = next(menu for menu in widget.findChildren(QMenu) if menu.isVisible())
    next(action for action in menu.actions() if action.text() == words).trigger()
    menu.close()


def test_a_watch_says_its_value_at_the_step_and_a_click_on_its_plot_goes_there(nms):
    write_watch(nms, "len(order)")
    watches, trace = debugger(nms).watches, nms.flow.trace
    values = course(trace, parse("len(order)")).values
    plot = watches.places(0)[0]
    for share in (0.9, 0.3, 0.6):
        place = QPoint(plot.left() + round(share * plot.width()), plot.center().y())
        press(watches, place)
        step = step_of(nms)
        assert abs(step - share * len(trace)) <= len(trace) / plot.width() + 1
        assert watches.model_.value(0) == str(values[step - 1])
    nms.stage.setFocus()
    nms.hands.key(Key.Key_Home)
    assert watches.model_.value(0) == ""
    nms.hands.key(Key.Key_End)
    assert watches.model_.value(0) == str(values[-1])


def test_the_mark_of_the_step_moves_along_the_plot(nms):
    write_watch(nms, "len(order)")
    nms.stage.setFocus()
    nms.flow.go(10)
    first = image_of(debugger(nms).watches)
    nms.flow.go(20)
    assert image_of(debugger(nms).watches) != first


def test_a_bad_watch_says_why_in_its_row_and_can_be_mended(nms):
    write_watch(nms, "nobody")
    model = debugger(nms).watches.model_
    assert model.error(0).startswith("There is no variable nobody in this run; there are boxes")
    assert model.data(model.index(0, TEXT), Qt.ItemDataRole.ToolTipRole) == model.error(0)
    nms.hands.key(Key.Key_Return)
    type_into_editor(nms, "best")
    nms.wait(lambda: "best" in model.known)
    assert model.error(0) == ""


def test_a_watch_of_many_elements_has_a_value_and_says_why_it_has_no_plot(nms):
    write_watch(nms, "overlap")
    model = debugger(nms).watches.model_
    assert "no plot" in model.data(model.index(0, TEXT), Qt.ItemDataRole.ToolTipRole)
    nms.flow.go(len(nms.flow.trace) // 2)
    assert model.value(0)


def test_the_same_expression_is_watched_once(nms):
    write_watch(nms, "best")
    nms.hands.key(Key.Key_F9, Control)
    type_into_editor(nms, "best")
    assert rows(nms) == ("best",)


# ---------------------------------------------------------------------------- the plot


def followed(text: str) -> Followed:
    trace = record(descend, torch.tensor([1.0, -2.0]), 1e30, 30)
    expression = parse(text)
    return Followed(text, expression.names, course(trace, expression))


def test_nan_and_infinity_have_columns_of_their_own():
    found = followed("theta[0]")
    columns = columns_of(found.course, 60)
    assert columns.missing.any()
    assert (columns.above | columns.below).any()
    assert np.isfinite([columns.low, columns.high]).all()
    assert not (columns.missing & np.isfinite(columns.lows) & np.isfinite(columns.highs)).all()
    assert columns_of(followed("theta").course, 60) is None
    assert columns_of(found.course, 0) is None


def test_a_column_covers_all_the_steps_that_fall_into_it():
    found = followed("step").course
    for width in (3, 20, 1000):
        columns = columns_of(found, width)
        lows, highs = columns.lows[np.isfinite(columns.lows)], columns.highs[np.isfinite(columns.highs)]
        assert lows.min() == found.numbers[found.is_number].min()
        assert highs.max() == found.numbers[found.is_number].max()


def test_a_place_on_the_plot_is_the_step_under_it():
    from PySide6.QtCore import QRectF

    area = QRectF(10, 0, 200, 20)
    for length in (1, 7, 200, 5000):
        for step in {1, length // 2 + 1, length}:
            assert step_at(x_of(step, area, length), area, length) == step
    assert step_at(-50, area, 9) == 1
    assert step_at(999, area, 9) == 9


@pytest.mark.parametrize("look", THEMES.values(), ids=list(THEMES))
def test_the_row_is_painted_in_every_theme(qtbot, look):
    watches = Watches()
    qtbot.addWidget(watches)
    watches.resize(360, 100)
    watches.set_theme(look)
    texts = ("theta[0]", "step", "theta", "isnan(theta[0])", "nobody")
    watches.show_texts(texts)
    with qtbot.waitExposed(watches):
        watches.show()
    empty = image_of(watches)
    for text in texts[:-1]:
        watches.show_followed(followed(text))
    watches.show_followed(Followed("nobody", error="There is no variable nobody."))
    watches.show_step(9)
    assert image_of(watches) != empty
    for role in ("text", "quiet", "weight"):
        assert contrast(watches.ink(role), watches.chosen) >= 4.5


# ---------------------------------------------------------------------------- why


def choose(live: Live, name: str) -> None:
    """The row of a variable, with the focus on it."""
    live.window.side.show_code()
    variables = debugger(live).variables
    variables.setFocus()
    variables.setCurrentIndex(variables.model_.index(variables.model_.names.index(name), 0))


def texts(live: Live) -> list[str]:
    return [operand.text for operand in debugger(live).why.operands.operands]


def go_to(live: Live, text: str) -> int:
    frame = next(f for f in live.flow.trace.frames if f.text.startswith(text))
    live.flow.go(frame.index + 1)
    return frame.index + 1


def test_why_of_a_variable_is_followed_back_and_there_is_a_way_back(nms):
    start = go_to(nms, "order = rest")
    choose(nms, "gone")
    nms.hands.key(Key.Key_F7)
    why = debugger(nms).why
    assert why.isVisible()
    assert nms.flow.frame.text.startswith("gone = rival")
    assert texts(nms) == ["rival", "overlap", "iou_threshold"]
    assert nms.sentence == f"{why.title.text()}. {why.words.text()}"  # the line has no narration
    assert why.operands.hasFocus()
    first = step_of(nms)
    nms.hands.key(Key.Key_Down)
    nms.hands.key(Key.Key_Return)
    assert nms.flow.frame.text.startswith("overlap = ")
    assert why.title.text().startswith("overlap = ")
    assert texts(nms)[:2] == ["boxes[best]", "best"]
    nms.hands.key(Key.Key_F7, Shift)
    assert step_of(nms) == first
    assert why.title.text().startswith("gone = ")
    nms.hands.key(Key.Key_F7, Control)
    assert nms.flow.frame.text.startswith("overlap = ")
    nms.hands.key(Key.Key_F7, Shift)
    nms.hands.key(Key.Key_F7, Shift)
    assert step_of(nms) == start
    assert not why.isVisible()
    nms.hands.key(Key.Key_F7, Control)
    assert step_of(nms) == first
    assert why.isVisible()


def test_an_operand_is_clicked_and_what_a_call_returned_leads_into_it(nms):
    go_to(nms, "order = rest")
    choose(nms, "overlap")
    nms.hands.key(Key.Key_F7)
    operands = debugger(nms).why.operands
    assert texts(nms)[-1] == "box_iou()"
    press(operands, operands.visualRect(operands.model_.index(len(texts(nms)) - 1, 0)).center())
    assert nms.flow.frame.callers
    assert nms.flow.frame.text.startswith("return")
    assert debugger(nms).why.title.text().startswith("box_iou() = ")
    QTest.mouseClick(debugger(nms).why.back, Left)
    assert nms.flow.frame.text.startswith("overlap = ")


def test_why_of_one_element_of_an_open_tensor(nms):
    go_to(nms, "order = rest")
    variables, grid = debugger(nms).variables, debugger(nms).grid
    choose(nms, "gone")
    nms.hands.key(Key.Key_Return)
    assert grid.isVisible()
    grid.table.setFocus()
    grid.table.setCurrentIndex(grid.table.model().index(1, 0))
    nms.hands.key(Key.Key_F7)
    assert debugger(nms).why.title.text().startswith("gone[1] = ")
    assert texts(nms) == ["rival[1]", "overlap[1]", "iou_threshold"]
    assert not grid.isVisible()
    nms.hands.key(Key.Key_Escape)
    assert grid.isVisible()
    assert not debugger(nms).why.isVisible()
    assert variables.isVisible()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_why_by_the_menus(nms):
    go_to(nms, "order = rest")
    choose(nms, "best")
    menu_of(debugger(nms).variables, "Why is it so?")
    assert nms.flow.frame.text.startswith("best, rest")
    go_to(nms, "order = rest")
    choose(nms, "order")
    nms.hands.key(Key.Key_Return)
    table = debugger(nms).grid.table
    table.setCurrentIndex(table.model().index(0, 0))
    next(action for action in table.actions() if action.text() == "Why is it so?").trigger()
    assert debugger(nms).why.title.text().startswith("order[0] = ")


def test_what_was_given_says_so_at_the_start(nms):
    go_to(nms, "order = rest")
    choose(nms, "scores")
    nms.hands.key(Key.Key_F7)
    assert step_of(nms) == 0
    assert debugger(nms).why.words.text() == "It was given to nms, and no step has changed it since."
    nms.hands.key(Key.Key_F7, Shift)
    assert nms.flow.frame.text.startswith("order = rest")


def test_what_was_returned_leads_to_the_operands_of_its_line(nms):
    nms.flow.go(len(nms.flow.trace))
    choose(nms, "return")
    nms.hands.key(Key.Key_F7)
    assert step_of(nms) == len(nms.flow.trace)
    assert debugger(nms).why.title.text().startswith("nms() = ")


def test_why_of_a_removed_box_by_keys_alone(live):
    live.open("nms", "ties")
    live.hands.key(Key.Key_Tab)
    while live.stage.chosen_target().index != 1:
        live.hands.key(Key.Key_Tab)
    live.hands.key(Key.Key_F7)
    assert live.sentence.startswith("Box 1 goes here: it overlaps box 0")
    why = debugger(live).why
    assert why.words.text() == live.sentence
    assert texts(live) == ["rest[~gone]", "gone"]
    live.hands.key(Key.Key_Down)
    live.hands.key(Key.Key_Return)
    assert live.flow.frame.text.startswith("gone = rival")
    live.hands.key(Key.Key_F7, Shift)
    live.hands.key(Key.Key_F7, Shift)
    assert step_of(live) is None


def test_a_click_on_a_removed_box_shows_the_operands_too(live):
    live.open("nms", "ties")
    live.hands.click("boxes", 210, 70)
    assert live.sentence.startswith("Box 1 goes here")
    assert texts(live) == ["rest[~gone]", "gone"]
    assert live.window.side.currentIndex() == 0  # a click is no wish to see the code


def test_a_mark_that_shows_a_variable_needs_no_why_of_its_scene(live, monkeypatch):
    """A cell of it is found in the run by the name of its handle, or by what the scene says that it shows."""

    def listing(params: Any, inputs: Any) -> Call:
        return Call(function=descend, arguments={"theta": torch.tensor([4.0, 2.0]), "rate": 0.25, "steps": 2})

    scene = gallery.scene(listing=listing)
    scene = replace(scene, shows={"plane": "theta"})
    monkeypatch.setitem(contents.ENTRIES, scene.key, gallery.entry(scene.key))
    live.window.open_scene(scene, scene.opening())
    live.settle()
    inquiry = live.window.debugging.inquiry
    assert inquiry.about_cells_of(Target(panel="left", x=0, y=0, handle="plane", index=1))
    assert debugger(live).why.title.text() == "theta[1] = 0.50"
    assert live.flow.frame.text.startswith("theta = theta - rate")
    assert texts(live) == ["theta[1]", "rate", "gradient[1]"]
    assert inquiry.about_cells_of(Target(panel="left", x=0, y=0, handle="path"))
    assert not inquiry.about_cells_of(Target(panel="left", x=0, y=0, handle="other"))
    live.flow.edit(Click(target=Target(panel="left", x=0, y=0)))


def test_the_iou_family_answers_for_its_measures(live):
    live.open("iou")
    live.flow.change(live.flow.state.with_params(loss="giou"))
    live.settle()
    live.hands.move("measures", 0, 1.5)
    live.hands.key(Key.Key_F7)
    assert live.flow.frame.text.startswith("giou = iou - empty")
    assert texts(live)[:2] == ["iou", "empty"]


def test_a_cell_of_the_sorted_values_leads_to_where_it_took_its_place(live):
    live.open("filters")
    panel, mark = next(
        (panel.key, mark)
        for panel in live.stage.picture.panels for mark in panel.marks if mark.handle == "sorted"
    )  # fmt: skip
    size, place = mark.values.shape[1], mark.values.size // 2
    row, column = divmod(place, size)
    live.hands.move(panel, mark.at[0] + (column + 0.5) * mark.cell, mark.at[1] + (row + 0.5) * mark.cell)
    live.hands.key(Key.Key_F7)
    assert live.flow.frame.text == "insort(values, value)"
    assert debugger(live).why.title.text().startswith(f"values[{place}] = ")
    assert texts(live) == ["values", "value"]


def test_nothing_chosen_says_what_to_do(nms):
    nms.hands.move_to(QPoint(1, 1))
    nms.hands.key(Key.Key_F7)
    assert nms.sentence == "Choose something first (Tab, or point at it); then ask why it is so."
    nms.hands.key(Key.Key_F7, Shift)
    nms.hands.key(Key.Key_F7, Control)
    assert step_of(nms) is None


def test_another_run_forgets_the_questions(nms):
    go_to(nms, "order = rest")
    choose(nms, "gone")
    nms.hands.key(Key.Key_F7)
    assert debugger(nms).why.isVisible()
    nms.flow.change(nms.flow.state.with_params(iou_threshold=0.35))
    nms.settle()
    nms.wait(lambda: not debugger(nms).why.isVisible())
    assert not nms.window.debugging.inquiry.can_go_back


# ---------------------------------------------------------------------------- all of it


def test_everything_has_a_name_and_fits(live):
    live.window.resize(1280, 720)
    live.open("nms")
    write_condition(live)
    for text in ("overlap.max()", "len(order)", "best"):
        write_watch(live, text)
    live.flow.go(40)
    choose(live, "best")
    live.hands.key(Key.Key_F7)
    QApplication.processEvents()
    parts = debugger(live)
    shown = (parts.condition, parts.code, parts.variables, parts.why, parts.watches)
    for widget in shown:
        place = widget.mapTo(parts, QPoint())
        assert parts.rect().contains(place)
        assert widget.isVisible()
        assert place.y() + widget.height() <= parts.height()
    assert parts.code.height() >= 100
    assert parts.variables.height() >= 70
    bar, why = parts.condition, parts.why
    for widget in (bar.field, bar.count, bar.back, bar.on, bar.away, why, why.operands, why.back, why.on, why.away,
                   parts.watches):  # fmt: skip
        assert widget.accessibleName()
    for button in (bar.back, bar.on, bar.away, why.back, why.on, why.away):
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus

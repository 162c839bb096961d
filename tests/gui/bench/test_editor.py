"""The editor, by real keys: indentation, comments, brackets, undo, the search, and what belongs to the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QHelpEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from gui.bench import typing
from gui.bench.editor import Editor
from gui.bench.finding import FindBar
from gui.theme import DARK, LIGHT
from tests.gui.conftest import image_of

Key = Qt.Key
Control, Shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def editor(qtbot):
    editor = Editor()
    qtbot.addWidget(editor)
    editor.resize(500, 300)
    with qtbot.waitExposed(editor):
        editor.show()
    editor.setFocus()
    return editor


def keys(editor, text):
    for number, line in enumerate(text.split("\n")):
        if number:
            QTest.keyClick(editor, Key.Key_Return)
        QTest.keyClicks(editor, line)


def stand(editor, start, end=None):
    cursor = editor.textCursor()
    cursor.setPosition(start)
    if end is not None:
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)


def test_enter_keeps_the_indentation_and_goes_deeper_after_a_colon_and_back_after_a_return(editor):
    keys(editor, "def f(x):\nif x:  # why: not\nreturn 1\nwhile x:\nx = [\n1,")
    assert editor.text == (
        "def f(x):\n    if x:  # why: not\n        return 1\n    while x:\n        x = [\n            1,"
    )


@pytest.mark.parametrize(
    ("line", "depth"),
    [
        ("if x:", 4),
        ("x = 1", 0),
        ('y = "#:"', 0),
        ("    pass", 0),
        ("f(", 4),
        ("x = {  # a", 4),
        ("returned = 3", 0),
    ],
)
def test_how_deep_the_next_line_is(editor, line, depth):
    editor.show_text(line)
    stand(editor, len(line))
    QTest.keyClick(editor, Key.Key_Return)
    assert editor.textCursor().positionInBlock() == depth


def test_enter_within_a_line_takes_the_rest_along(editor):
    editor.show_text("    a = 1;  b = 2")
    stand(editor, 10)
    QTest.keyClick(editor, Key.Key_Return)
    assert editor.text == "    a = 1;\n    b = 2"
    QTest.keyClick(editor, Key.Key_Z, Control)
    assert editor.text == "    a = 1;  b = 2"


def test_tab_goes_to_the_next_stop_and_backspace_back(editor):
    keys(editor, "ab")
    QTest.keyClick(editor, Key.Key_Tab)
    assert editor.text == "ab  "
    editor.show_text("      x")
    stand(editor, 6)
    QTest.keyClick(editor, Key.Key_Backspace)
    assert editor.text == "    x"
    QTest.keyClick(editor, Key.Key_Backspace)
    assert editor.text == "x"
    editor.show_text("    ab")
    stand(editor, 6)
    QTest.keyClick(editor, Key.Key_Backspace)
    assert editor.text == "    a"


def test_tab_and_shift_tab_move_all_the_lines_chosen(editor):
    editor.show_text("a\n\nb\nc")
    stand(editor, 0, 5)  # up to the start of the last line: that is not meant
    QTest.keyClick(editor, Key.Key_Tab)
    assert editor.text == "    a\n\n    b\nc"
    assert editor.textCursor().hasSelection()
    QTest.keyClick(editor, Key.Key_Backtab, Shift)
    assert editor.text == "a\n\nb\nc"
    QTest.keyClick(editor, Key.Key_Z, Control)
    assert editor.text == "    a\n\n    b\nc"
    QTest.keyClick(editor, Key.Key_Z, Control | Shift)
    assert editor.text == "a\n\nb\nc"


def test_control_slash_comments_and_uncomments(editor):
    editor.show_text("if a:\n    b\n\n    c")
    stand(editor, 6, len(editor.text))
    QTest.keyClick(editor, Key.Key_Slash, Control)
    assert editor.text == "if a:\n    # b\n\n    # c"
    QTest.keyClick(editor, Key.Key_Slash, Control)
    assert editor.text == "if a:\n    b\n\n    c"
    editor.show_text("#> said")
    QTest.keyClick(editor, Key.Key_Slash, Control)
    assert editor.text == "# #> said"  # narration is no comment that was put there


@pytest.mark.parametrize(
    ("text", "at", "found"),
    [
        ("f(a[1])", 2, (1, 6)),
        ("f(a[1])", 7, (6, 1)),
        ("f(a[1])", 6, (5, 3)),
        ("f(a[1)", 2, (1,)),
        ("f(')')", 2, (1, 5)),
        ("f()", 0, ()),
        ("f(  # )\n)", 2, (1, 8)),
    ],
)
def test_the_bracket_that_belongs_to_one(editor, text, at, found):
    editor.show_text(text)
    assert tuple(typing.brackets_at(editor.document(), at, editor.is_code)) == found


def test_variables_have_the_colours_of_their_roles_as_one_types(editor):
    editor.set_colours({"boxes": "input"})
    keys(editor, "x = boxes")
    block = editor.document().firstBlock()
    assert any(one.start == 4 and one.length == 5 for one in block.layout().formats())
    keys(editor, "_")
    assert not any(one.start == 4 for one in block.layout().formats())


def test_an_open_string_colours_the_lines_below_and_closing_it_gives_them_back(editor):
    editor.show_text("\nx = 1")
    below = editor.document().lastBlock()
    before = len(below.layout().formats())
    stand(editor, 0)
    keys(editor, '"""')
    assert below.layout().formats()[0].length == 5
    keys(editor, '"""')
    assert len(below.layout().formats()) == before


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_a_line_that_went_wrong_is_marked_with_its_sentence_until_one_types(editor, qtbot):
    editor.show_text("a\nb\nc")
    editor.show_error(2, "NameError: name 'b' is not defined.")
    place = editor.rect_of(2).center()
    event = QHelpEvent(QEvent.Type.ToolTip, place, editor.viewport().mapToGlobal(place))
    QApplication.sendEvent(editor.viewport(), event)
    assert "name &#x27;b&#x27;" in QToolTip.text()
    QToolTip.hideText()
    assert any(one.cursor.blockNumber() == 1 for one in editor.extraSelections())
    keys(editor, "x")
    assert editor.error == 0
    assert not any(one.cursor.blockNumber() == 1 for one in editor.extraSelections())


def test_a_line_of_an_error_that_is_not_there_is_no_mark(editor):
    editor.show_text("a")
    editor.show_error(7, "Odd.")
    assert editor.error == 0


def test_pasted_tabs_become_blanks(editor):
    editor.show_text("")
    QApplication.clipboard().setText("if x:\n\ty")
    QTest.keyClick(editor, Key.Key_V, Control)
    assert editor.text == "if x:\n    y"


def test_a_dropped_file_is_opened_and_not_written(editor, tmp_path):
    got = []
    editor.dropped.connect(got.append)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "own.py"))])
    assert editor.canInsertFromMimeData(data)
    editor.insertFromMimeData(data)
    assert got == [tmp_path / "own.py"]
    assert editor.text == ""


@pytest.mark.parametrize("look", [DARK, LIGHT], ids=["dark", "light"])
def test_numbers_bands_and_signs_are_painted(editor, look):
    editor.set_theme(look)
    editor.show_text("a\nb\nc")
    plain = image_of(editor)
    editor.show_now(2)
    stepped = image_of(editor)
    assert stepped != plain
    editor.show_error(3, "no")
    assert image_of(editor) != stepped


def test_the_line_of_the_run_is_brought_into_sight(editor):
    editor.show_text("\n".join(map(str, range(300))))
    editor.show_now(250)
    assert editor.viewport().rect().contains(editor.rect_of(250).center())
    assert editor.line_at(editor.rect_of(250).center().y()) == 250


def test_a_long_text_is_coloured_after_a_moment(editor, qtbot):
    editor.show_text("x = 1\n" * 8000)
    keys(editor, "return ")
    block = editor.document().firstBlock()
    qtbot.waitUntil(lambda: any(one.length == 6 for one in block.layout().formats()))


# ---------------------------------------------------------------------------- the search


@pytest.fixture
def finder(editor, qtbot):
    bar = FindBar(editor, editor)
    bar.resize(400, 40)
    editor.find_asked.connect(lambda: bar.field.setFocus())
    return bar


def test_the_search_finds_as_one_types_and_goes_round(editor, finder):
    editor.show_text("box Box box\nbox")
    QTest.keyClick(editor, Key.Key_F, Control)
    assert finder.isVisible()
    QTest.keyClicks(finder.field, "box")
    assert finder.count.text() == "1 of 4"
    assert editor.textCursor().selectedText() == "box"
    QTest.keyClick(finder.field, Key.Key_Return)
    assert finder.count.text() == "2 of 4"
    QTest.keyClick(finder.field, Key.Key_Return, Shift)
    QTest.keyClick(finder.field, Key.Key_Return, Shift)
    assert finder.count.text() == "4 of 4"
    assert editor.textCursor().blockNumber() == 1
    QTest.keyClick(finder.field, Key.Key_Return)
    assert finder.count.text() == "1 of 4"
    finder.case.click()
    assert finder.count.text() == "1 of 3"
    QTest.keyClicks(finder.field, "xx")
    assert finder.count.text() == "none"


def test_escape_leaves_the_search_and_the_keys_of_on_and_back_work_in_the_code(editor, finder):
    editor.show_text("a b a b a")
    stand(editor, 0, 1)
    QTest.keyClick(editor, Key.Key_F, Control)
    assert finder.field.text() == "a"  # what was chosen
    assert len(editor.extraSelections()) >= 3
    QTest.keyClick(finder.field, Key.Key_Escape)
    assert not finder.isVisible()
    assert not editor.extraSelections()
    QTest.keyClick(editor, Key.Key_G, Control)
    assert editor.textCursor().selectionStart() == 4
    QTest.keyClick(editor, Key.Key_G, Control | Shift)
    assert editor.textCursor().selectionStart() == 0


# ---------------------------------------------------------------------------- in the window


def test_keys_of_the_window_are_letters_here(own):
    step = own.flow.state.step
    own.write("")
    own.type("g = 1, 2.0 - 3 + 4  # ?")
    for key in (
        Key.Key_Left,
        Key.Key_Right,
        Key.Key_Home,
        Key.Key_End,
        Key.Key_PageUp,
        Key.Key_PageDown,
        Key.Key_Space,
    ):
        own.key(key)
    assert own.editor.text.strip() == "g = 1, 2.0 - 3 + 4  # ?"
    assert own.flow.state.step == step
    assert not own.live.window.player.lines
    assert not own.live.window.overlay.isVisible()
    assert own.editor.hasFocus()


def test_undo_and_paste_are_the_editor_s_while_it_has_the_focus(own):
    own.flow.change(own.flow.state.with_params(iou_threshold=0.35))
    own.live.settle()
    own.write("")
    own.type("ab")
    own.key(Key.Key_Z, Control)
    assert own.flow.state.params.iou_threshold == 0.35
    QApplication.clipboard().setText("pasted")
    own.key(Key.Key_V, Control)
    assert "pasted" in own.editor.text
    assert own.live.sentence != "There is no picture and no data to take here."
    own.key(Key.Key_Escape)
    assert own.live.stage.hasFocus()
    own.key(Key.Key_Z, Control)
    assert own.flow.state.params.iou_threshold != 0.35


def test_the_search_is_the_editor_s_too(own):
    own.key(Key.Key_F, Control)
    assert own.panel.finder.field.hasFocus()
    own.type("boxes - ?")
    assert own.panel.finder.field.text() == "boxes - ?"
    own.key(Key.Key_Escape)
    assert own.editor.hasFocus()
    own.key(Key.Key_Escape)
    own.key(Key.Key_F, Control)
    assert own.live.window.navigator.isAncestorOf(QApplication.focusWidget())


def test_function_keys_step_while_one_writes(own):
    own.flow.go(0)
    own.editor.setFocus()
    own.key(Key.Key_F11)
    assert own.flow.state.step == 1
    assert own.editor.hasFocus()


def test_everything_has_a_name_and_fits(own):
    own.live.window.resize(1280, 720)
    own.panel.report.show_said("Something is wrong. " * 8, "bad", can_open=True)
    own.panel.report.show_printed("a line\n" * 50)
    own.key(Key.Key_F, Control)
    QApplication.processEvents()
    for widget in (own.editor, own.panel.finder, own.panel.report, own.panel.run, own.panel.lab):
        place = widget.mapTo(own.panel, QPoint())
        assert own.panel.rect().contains(place)
        assert place.y() + widget.height() <= own.panel.height()
        assert place.x() + widget.width() <= own.panel.width()
    assert own.editor.height() >= 150
    for widget in (
        own.editor,
        own.panel.finder.field,
        own.panel.lab,
        own.panel.more,
        own.panel.report.printed,
    ):
        assert widget.accessibleName()
    assert "no sandbox" in own.panel.report.caution.text()

"""The bug lab, from choosing a mistake to having found it: by its line, or by mending it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from gui.bench import store
from scenes import contents
from scenes.scene import Fault
from tests.gui.bench.conftest import Own

Key = Qt.Key
Control, Shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
FAULTS = {
    "lowest": Fault(
        symptom="the boxes with the lowest scores are kept", right="descending=True", wrong="descending=False",
        lesson="The best box must come first: sort by falling score.", params={"method": "hard"},
    ),
    "alone": Fault(
        symptom="boxes of any class compete", right="gone = rival & (", wrong="gone = (",
        lesson="Only boxes of one class compete.", params={"method": "hard"},
    ),
}  # fmt: skip


@pytest.fixture
def lab(own: Own) -> Own:
    scene = replace(contents.load("nms"), faults=FAULTS)
    own.live.window.open_scene(scene, scene.opening("chain"))
    own.live.settle()
    own.key(Key.Key_L, Control)
    return own


def begin(lab: Own, downs: int = 0) -> None:
    for _ in range(downs):
        lab.key(Key.Key_Down)
    lab.key(Key.Key_Return)
    lab.live.wait(lambda: lab.flow.other is not None and lab.flow.run is not None)
    lab.done()


def line_of(lab: Own, text: str) -> int:
    return next(n for n, line in enumerate(lab.editor.text.split("\n"), 1) if text in line)


def words(lab: Own) -> str:
    """All that is said outside of the code."""
    strip, report = lab.panel.strip, lab.panel.report
    return " ".join((strip.symptom.text(), strip.tries.text(), report.words.text(), lab.live.sentence))


def test_the_list_says_what_each_does_wrong_and_how_many_are_found(lab: Own) -> None:
    rows = lab.panel.list.rows
    assert rows.hasFocus()
    assert lab.panel.list.head.text() == "Bug lab: 0 of 2 found"
    assert [rows.item(n).text() for n in range(rows.count())] == [
        "The boxes with the lowest scores are kept.", "Boxes of any class compete.",
    ]  # fmt: skip
    lab.key(Key.Key_Escape)
    assert lab.editor.hasFocus()


def test_found_by_stepping_to_the_line(lab: Own) -> None:
    begin(lab)
    assert lab.live.stage.hasFocus()
    assert lab.panel.strip.symptom.text() == "Symptom: The boxes with the lowest scores are kept."
    assert "descending=False" in lab.editor.text
    assert lab.bench.sign.text() == "The planted code"
    wrong = line_of(lab, "descending=False")
    while lab.editor.now != wrong + 2:
        lab.key(Key.Key_F11)
    lab.key(Key.Key_M, Control)
    assert lab.panel.strip.tries.text() == f"No: line {wrong + 2} is as it should be. 1 try so far."
    while lab.editor.now != wrong:
        lab.key(Key.Key_F11, Shift)
    assert lab.panel.strip.mark.text() == f"Line {wrong} is wrong"
    lab.key(Key.Key_M, Control)
    strip = lab.panel.strip
    assert strip.lesson.text() == "The best box must come first: sort by falling score."
    assert "descending=False" in strip.lines.text().split("\n")[0]
    assert "descending=True" in strip.lines.text().split("\n")[1]
    assert strip.tries.text() == "Found after 2 tries."
    assert "descending=True" in lab.editor.text
    lab.done()
    assert lab.said == "Your nms agrees with the engine on 300 cases."
    assert lab.editor.mended == wrong
    lab.key(Key.Key_L, Control)
    assert lab.panel.list.head.text() == "Bug lab: 1 of 2 found"
    kept = json.loads((store.folder() / "found.json").read_text())
    assert kept == {"nms.lowest": {"tries": 2, "found": True, "mended": False}}


def test_found_by_mending_it_and_the_check_agrees(lab: Own) -> None:
    begin(lab, 1)
    lab.check()
    assert "differs on these 2 boxes" in lab.said
    assert "line" not in lab.said.replace("lines", "")
    assert "part at" not in lab.said
    assert lab.editor.error == 0
    assert not lab.panel.strip.lesson.isVisible()
    mended = lab.editor.text.replace("gone = (", "gone = (labels[rest] == labels[best]) & (")
    lab.check(mended)
    assert lab.panel.report.kind == "good"
    assert lab.panel.strip.lesson.text() == "Only boxes of one class compete."
    assert lab.bench.lab.been("nms", "alone").found


def test_found_by_the_gutter_after_lines_were_put_above(lab: Own) -> None:
    begin(lab)
    lab.editor.setFocus()
    lab.key(Key.Key_Home, Control)
    lab.type("# a\n# b\n")
    line = line_of(lab, "descending=False")
    lab.editor.show_now(line)  # into sight
    gutter = lab.editor._gutter
    y = lab.editor.rect_of(line - 1).center().y()
    QTest.mouseClick(gutter, Qt.MouseButton.LeftButton, pos=QPoint(20, y))
    assert lab.panel.strip.tries.text().startswith(f"No: line {line - 1} is as it should be.")
    y = lab.editor.rect_of(line).center().y()
    QTest.mouseClick(gutter, Qt.MouseButton.LeftButton, pos=QPoint(20, y))
    assert lab.panel.strip.lesson.isVisible()
    lab.done()


def test_nothing_gives_the_line_away(lab: Own) -> None:
    begin(lab)
    said = words(lab)
    assert "descending" not in said
    assert not any(lab.panel.acts[name].isEnabled() for name in ("reference", "starter", "open"))
    assert not lab.editor.extraSelections()
    own = {row.listing.file for row in lab.live.window.side.debugger.code.page.rows if row.listing}
    assert own == {"<your code>"}  # the engine's own code is not to be seen beside it
    lab.key(Key.Key_E, Control | Shift)  # the engine's run: that ends the search
    assert lab.bench.lab.sought is None
    assert not lab.panel.strip.isVisible()


def test_ones_own_code_comes_back_unharmed(own: Own) -> None:
    own.write("mine = 1\n")
    scene = replace(contents.load("nms"), faults=FAULTS)
    own.live.window.open_scene(scene, scene.opening("chain"))
    own.live.settle()
    assert own.editor.text == "mine = 1\n"
    own.key(Key.Key_L, Control)
    begin(own)
    own.editor.setFocus()
    own.type("# changed")
    own.panel.strip.away.click()
    own.live.wait(lambda: own.editor.text == "mine = 1\n")
    assert (store.folder() / "nms.nms.py").read_text() == "mine = 1\n"
    assert own.flow.other is None
    assert own.panel.acts["reference"].isEnabled()


def test_another_scene_leaves_the_lab(lab: Own) -> None:
    begin(lab)
    lab.live.open("pooling")
    assert lab.bench.lab.sought is None
    assert not lab.panel.strip.isVisible()
    assert "def max_pool" in lab.editor.text or "def " in lab.editor.text


def test_settings_of_another_function_leave_the_lab(lab: Own) -> None:
    begin(lab)
    lab.flow.change(lab.flow.state.with_params(method="linear"))
    lab.live.wait(lambda: lab.bench.lab.sought is None)
    lab.live.wait(lambda: lab.panel.name.text() == "soft_nms")


def test_a_scene_without_planted_mistakes_says_so(own: Own) -> None:
    scene = replace(contents.load("nms"), faults={})
    own.live.window.open_scene(scene, scene.opening("chain"))
    own.live.settle()
    own.key(Key.Key_L, Control)
    assert own.live.sentence == "No mistakes have been planted in this scene."


@pytest.mark.parametrize("data", [b"", b"{", b'{"a": 3}', b"[]"])
def test_progress_that_cannot_be_read_counts_as_none(tmp_path: Any, data: bytes) -> None:
    (tmp_path / "found.json").write_bytes(data)
    assert store.Store(tmp_path).progress() == {}


def test_progress_is_found_again(tmp_path: Any) -> None:
    one = store.Store(tmp_path / "new")
    assert one.keep_progress({"nms.x": store.Found(tries=3, found=True)}) == ""
    assert store.Store(tmp_path / "new").progress() == {"nms.x": store.Found(tries=3, found=True)}

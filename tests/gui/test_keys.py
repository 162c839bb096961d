"""The key map: one table, no key twice, all of it on the overlay and all of it bound."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLabel, QWidget

from gui.keys import GROUPS, ON_STAGE, KeyOverlay
from gui.stage.stage import ARROWS
from gui.theme import DARK
from gui.window import Window
from scenes import contents

BINDINGS = [binding for _, bindings in GROUPS for binding in bindings]
KEYS = [key for binding in BINDINGS for key in binding.keys]


@pytest.fixture
def ground(qtbot):
    """A widget of the window's usual size."""
    widget = QWidget()
    widget.resize(1280, 720)
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


@pytest.fixture
def card(ground):
    return KeyOverlay(ground)


def words(card: KeyOverlay) -> list[str]:
    return [label.text() for label in card.findChildren(QLabel) if label.isVisible()]


def test_no_key_does_two_things():
    sequences = [QKeySequence(key).toString() for key in KEYS]
    assert all(sequences)
    assert len(set(sequences)) == len(sequences)
    actions = [binding.action for binding in BINDINGS]
    assert len(set(actions)) == len(actions)


def test_every_key_is_bound_in_the_window_to_what_the_table_says(qtbot):
    window = Window(DARK)
    qtbot.addWidget(window)
    for binding in BINDINGS:
        action = window.actions_[binding.action]
        assert [s.toString() for s in action.shortcuts()] == [
            QKeySequence(k).toString() for k in binding.keys
        ]
        assert action in window.actions()
        action.trigger()  # before there is a scene there is nothing to do, and that is no fault
    assert window.overlay.isVisibleTo(window)


@pytest.mark.parametrize("key", contents.ENTRIES)
def test_no_scene_listens_to_a_key_of_the_window_or_the_stage(key):
    """What the window takes never reaches a scene. Escape comes through once nothing is chosen."""
    taken = {QKeySequence(name).toString() for name in KEYS} | {"Tab", "Return", "Enter"}
    taken |= {QKeySequence(arrow).toString() for arrow in ARROWS}
    listens = [QKeySequence(one.key).toString() for one in contents.load(key).keys]
    assert all(listens)
    assert not set(listens) & taken
    assert len(set(listens)) == len(listens)


def test_the_card_has_every_key_and_fits_into_the_window(card, qtbot):
    card.show_keys((("N", "add a box"),))
    said = words(card)
    for binding in BINDINGS:
        assert binding.does in said
    for keys, does in (*ON_STAGE, ("N", "add a box")):
        assert keys in said
        assert does in said
    assert "Space" in said
    parent = card.parentWidget()
    assert parent.rect().contains(card.geometry())
    for label in card.findChildren(QLabel):
        if label.isVisible():
            place = label.mapTo(card, QPoint())
            assert card.rect().contains(place), label.text()
            assert label.width() >= label.sizeHint().width(), label.text()


def test_no_words_run_into_others(card):
    card.show_keys()
    places = [
        (label.text(), label.rect().translated(label.mapTo(card, QPoint())))
        for label in card.findChildren(QLabel) if label.isVisible()
    ]  # fmt: skip
    for i, (one, rect) in enumerate(places):
        for other, beside in places[:i]:
            assert not rect.intersects(beside), (one, other)


def test_any_key_puts_it_away(card, qtbot):
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_A, Qt.Key.Key_Space):
        card.show_keys()
        assert card.isVisible()
        qtbot.keyClick(card, key)
        assert not card.isVisible()


def test_so_does_a_click(card, qtbot):
    card.show_keys()
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert not card.isVisible()


def test_opened_for_one_scene_and_then_for_another(card, qapp):
    card.show_keys((("N", "add a box"),))
    size = card.size()
    card.hide()
    card.show_keys((("C", "another class"),))
    said = words(card)
    assert card.size() == size
    assert "another class" in said
    assert "add a box" not in said
    assert said.count("undo") == 1
    for _ in range(20):
        card.hide()
        card.show_keys()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert len(card.findChildren(QLabel)) == len(words(card))

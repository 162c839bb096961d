"""The tour of the window: stop by stop by real keys and clicks, over a window that stays alive."""

from __future__ import annotations

import argparse

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui import settings
from gui.keys import GROUPS
from gui.tour import STOPS

Key = Qt.Key
Left = Qt.MouseButton.LeftButton


@pytest.fixture
def tour(nms):
    nms.hands.key(Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    assert nms.window.tour.isVisible()
    return nms.window.tour


def test_every_stop_stands_in_the_window_beside_what_it_is_about(nms, tour):
    for size in ((1280, 800), (900, 640), (1920, 1080)):
        nms.window.resize(*size)
        QApplication.processEvents()
        tour.start()
        for number, stop in enumerate(STOPS):
            QApplication.processEvents()
            assert tour.at == number
            assert tour.title.text() == stop.title
            assert nms.window.rect().contains(tour.geometry())
            target = stop.where(nms.window)
            about = QRect(target.mapTo(nms.window, QPoint()), target.size())
            assert target.isVisible()
            assert tour.ring.geometry().intersected(about) == about & nms.window.rect()
            assert tour.words.height() >= tour.words.heightForWidth(tour.words.width())
            QTest.keyClick(tour, Key.Key_Right)
        assert not tour.isVisible()
        assert not tour.ring.isVisible()


def test_it_goes_back_and_ends_by_key_and_gives_the_focus_to_the_stage(nms, tour):
    QTest.keyClick(tour, Key.Key_Left)
    assert tour.at == 0
    QTest.keyClick(tour, Key.Key_Return)
    assert tour.at == 1
    QTest.keyClick(tour, Key.Key_Left)
    assert tour.at == 0
    QTest.keyClick(tour, Key.Key_Escape)
    assert not tour.isVisible()
    assert nms.window.focusWidget() is nms.stage


def test_its_buttons_lead_on_back_and_out(nms, tour):
    assert not tour.back.isVisible()
    QTest.mouseClick(tour.on, Left)
    assert tour.at == 1
    QTest.mouseClick(tour.back, Left)
    assert tour.at == 0
    QTest.mouseClick(tour.end, Left)
    assert not tour.isVisible()


def test_the_window_lives_on_around_it(nms, tour):
    QTest.keyClick(tour, Key.Key_Home)
    assert nms.flow.state.step == 0
    nms.hands.drag("boxes", (60, 60), (64, 60))
    assert tour.isVisible()


def test_every_key_that_it_names_is_one(nms):
    known = {QKeySequence(key).toString() for _, group in GROUPS for one in group for key in one.keys}
    words = " ".join(stop.words for stop in STOPS).replace(",", " ").replace(".", " ").split()
    named = [word for word in words if "+" in word or (word[:1] == "F" and word[1:].isdigit())]
    assert named
    assert {QKeySequence(word).toString() for word in named} <= known


def test_a_newcomer_is_led_around_once(qtbot, qapp):
    for first in (True, False):
        program = started()
        qtbot.waitUntil(lambda program=program: program.opened, timeout=20_000)
        assert (program.window.tour is not None) == first
        assert settings.load().tour_seen
        end(program)


def test_who_names_a_scene_is_not(qtbot, qapp):
    program = started("nms")
    qtbot.waitUntil(lambda: program.opened, timeout=20_000)
    assert program.window.tour is None
    assert not settings.load().tour_seen
    end(program)


def started(scene: str = ""):
    from gui.start import Program

    options = argparse.Namespace(
        scene=scene, preset=None, set=[], image=None, data=None, step=None, device="cpu", theme=""
    )
    program = Program(options)
    program.show()
    return program


def end(program) -> None:
    program.window.close()
    assert program.close()
    program.window.deleteLater()
    program.deleteLater()

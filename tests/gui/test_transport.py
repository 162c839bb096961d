"""The transport bar: it shows what it is told and asks for moves, by mouse and by keys."""

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QShortcut

from gui import theme
from gui.transport import SPEEDS, Transport

Key, Left = Qt.Key, Qt.MouseButton.LeftButton


@pytest.fixture
def transport(qtbot, qapp):
    theme.apply(qapp, theme.DARK)
    widget = Transport()
    qtbot.addWidget(widget)
    widget.resize(760, 48)
    widget.show_run(41, 17)
    with qtbot.waitExposed(widget):
        widget.show()
    yield widget
    qapp.setStyleSheet("")


@pytest.fixture
def moves(transport):
    seen = []
    transport.moved.connect(seen.append)
    return seen


def place(transport: Transport, step: int) -> QPoint:
    return QPoint(round(transport.track.x_of(step)), transport.track.height() // 2)


@pytest.mark.parametrize(
    ("length", "step", "text"),
    [
        (41, 17, "step 17 of 41"),
        (41, 0, "step 0 of 41"),
        (41, None, "41 steps"),
        (1, None, "1 step"),
        (0, None, "no steps"),
        (0, 0, "no steps"),
    ],
)
def test_says_where_it_is(transport, length, step, text):
    transport.show_run(length, step)
    assert transport.label.text() == text
    assert transport.track.value() == (length if step is None else step)
    assert transport.play.isEnabled() is transport.track.isEnabled() is (length > 0)


def test_showing_asks_for_nothing(transport, qtbot):
    signals = (transport.moved, transport.step_asked, transport.play_toggled,
               transport.grain_toggled, transport.speed_chosen)  # fmt: skip
    said = []
    for signal in signals:
        signal.connect(lambda *_: said.append(1))
    transport.show_run(10, 3)
    transport.show_run(5, None, (1, 2), "recording ends early")
    transport.show_playing(True)
    transport.show_grain(True)
    transport.show_speed(4.0)
    transport.show_run(0, None)
    assert said == []


def test_buttons_ask(transport, moves, qtbot):
    steps = []
    transport.step_asked.connect(steps.append)
    for button in (transport.to_start, transport.back, transport.forward, transport.to_end):
        qtbot.mouseClick(button, Left)
    assert moves == [0, None]
    assert steps == [-1, 1]
    with qtbot.waitSignal(transport.play_toggled):
        qtbot.mouseClick(transport.play, Left)


def test_a_press_anywhere_scrubs_and_the_far_right_is_the_end(transport, moves, qtbot):
    track = transport.track
    qtbot.mouseClick(track, Left, pos=place(transport, 30))
    qtbot.mouseClick(track, Left, pos=QPoint(track.width() - 1, 4))
    qtbot.mouseClick(track, Left, pos=QPoint(0, 4))
    assert moves == [30, None, 0]


def test_a_drag_moves_all_the_way(transport, moves, qtbot):
    track = transport.track
    qtbot.mousePress(track, Left, pos=place(transport, 17))
    for step in (18, 25, 25, 20):
        qtbot.mouseMove(track, place(transport, step))
    qtbot.mouseRelease(track, Left, pos=place(transport, 20))
    qtbot.mouseMove(track, place(transport, 40))
    assert moves == [18, 25, 20]


def test_the_handle_stays_in_the_hand_and_then_stands_where_it_was_told(transport, qtbot):
    track = transport.track
    qtbot.mousePress(track, Left, pos=place(transport, 20))
    transport.show_run(41, 19)  # the narrated step before
    assert track.sliderPosition() == 20
    assert transport.label.text() == "step 19 of 41"
    qtbot.mouseRelease(track, Left, pos=place(transport, 20))
    assert track.value() == 19


def test_keys_on_the_track(transport, moves, qtbot):
    steps, stolen = [], []
    transport.step_asked.connect(steps.append)
    for name in ("Left", "Right", "Home", "End", "PgDown"):
        QShortcut(name, transport).activated.connect(lambda name=name: stolen.append(name))
    transport.track.setFocus()
    for key in (Key.Key_Left, Key.Key_Right, Key.Key_Home, Key.Key_End, Key.Key_PageDown):
        qtbot.keyClick(transport.track, key)
    assert steps == [-1, 1]
    assert moves == [0, None, 37]
    assert stolen == []


def test_every_part_is_reached_by_tab(transport, qtbot):
    transport.to_start.setFocus()
    reached = []
    for _ in range(8):
        widget = transport.focusWidget()
        reached.append(widget)
        qtbot.keyClick(widget, Key.Key_Tab)
    assert set(reached) == {
        transport.to_start, transport.back, transport.play, transport.forward, transport.to_end,
        transport.track, transport.grain, transport.speed,
    }  # fmt: skip
    assert all(widget.accessibleName() for widget in reached)


def test_space_presses_the_button_that_has_the_focus(transport, qtbot):
    stolen = []
    QShortcut("Space", transport).activated.connect(lambda: stolen.append(1))
    transport.forward.setFocus()
    with qtbot.waitSignal(transport.step_asked) as asked:
        qtbot.keyClick(transport.forward, Key.Key_Space)
    assert asked.args == [1]
    assert stolen == []


def test_play_offers_the_other(transport):
    playing = transport.play.grab().toImage()
    transport.show_playing(True)
    assert transport.play.accessibleName() == "Pause"
    assert transport.play.grab().toImage() != playing
    transport.show_playing(False)
    assert transport.play.accessibleName() == "Play"
    assert transport.play.grab().toImage() == playing


def test_grain_changes_only_when_told(transport, qtbot):
    with qtbot.waitSignal(transport.grain_toggled):
        qtbot.mouseClick(transport.grain, Left)
    assert not transport.grain.isChecked()
    transport.show_grain(True)
    assert transport.grain.isChecked()
    assert "line" in transport.grain.accessibleName()


def test_speed_is_chosen_from_its_menu(transport, qtbot):
    assert transport.speed.text() == "1×"
    chosen = []
    transport.speed_chosen.connect(chosen.append)
    actions = transport.speed.menu().actions()
    assert [action.data() for action in actions] == list(SPEEDS)
    actions[-1].trigger()
    actions[0].trigger()
    assert chosen == [8.0, 0.25]
    transport.show_speed(0.25)
    assert transport.speed.text() == "0.25×"
    assert [a.data() for a in actions if a.isChecked()] == [0.25]


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_menu_opens_by_key_and_is_driven_by_keys(transport, qtbot):
    menu = transport.speed.menu()

    def choose() -> None:
        qtbot.keyClick(menu, Key.Key_Up)  # from none to the last
        qtbot.keyClick(menu, Key.Key_Return)
        menu.close()  # never wait for a hand that is not there

    menu.aboutToShow.connect(lambda: QTimer.singleShot(0, choose))
    with qtbot.waitSignal(transport.speed_chosen) as chosen:
        qtbot.keyClick(transport.speed, Key.Key_Space)
    assert chosen.args == [8.0]


def test_marks_and_note_are_drawn(transport):
    plain = transport.track.grab().toImage()
    transport.show_run(41, 17, (3, 9, 40))
    assert transport.track.grab().toImage() != plain
    assert transport.note.isHidden()
    transport.show_run(41, 17, note="recording ends early")
    assert transport.note.isVisible()
    assert transport.note.text() == "recording ends early"


def test_hits_have_signs_of_their_own_and_those_that_touch_are_one(transport):
    transport.show_run(4000, 17)
    plain = transport.track.grab().toImage()
    transport.show_run(4000, 17, hits=(3, 900, 4000))
    few = transport.track.grab().toImage()
    assert few != plain
    assert transport.track.accessibleDescription() == "A condition holds at 3 of its steps"
    transport.show_run(4000, 17, (3, 900, 4000))
    assert transport.track.grab().toImage() not in (plain, few)
    transport.show_run(4000, 17, hits=range(1, 4001))
    dense = transport.track.grab().toImage()
    assert dense not in (plain, few)
    assert transport.track._paths["tip"][2].elementCount() < 10
    transport.resize(transport.width() + 60, transport.height())
    assert transport.track.grab().toImage().width() > dense.width()
    transport.show_run(0, None)
    assert transport.track.accessibleDescription() == ""


def test_the_label_does_not_push_the_track_about(transport, qapp):
    widths = set()
    for step in (0, 9, 17, 41, None):
        transport.show_run(41, step)
        qapp.processEvents()
        widths.add(transport.track.width())
    assert len(widths) == 1


@pytest.mark.parametrize("name", theme.THEMES)
def test_every_theme_paints_enabled_and_not(transport, qapp, name):
    chosen = theme.THEMES[name]
    theme.apply(qapp, chosen)
    transport.set_colours(chosen)
    lively = transport.grab().toImage()
    corner = transport.play.geometry()
    on_disc = lively.pixelColor(corner.left() + 7, corner.center().y())
    assert on_disc.name().upper() == chosen.accent
    transport.show_run(0, None)
    assert transport.grab().toImage() != lively


def test_a_narrow_bar_still_holds_everything(transport, qapp):
    transport.show_run(41, 17, note="recording ends early")
    transport.resize(transport.minimumSizeHint())
    qapp.processEvents()
    assert transport.width() < 480
    assert transport.track.width() >= 40
    assert transport.speed.geometry().right() <= transport.width()


def test_follows_the_size_of_type(transport, qapp):
    before, size = qapp.font(), transport.play.iconSize().width()
    large = qapp.font()
    large.setPointSizeF(large.pointSizeF() * 1.5)
    try:
        qapp.setFont(large)
        theme.apply(qapp, theme.LIGHT)
        qapp.processEvents()
        assert transport.play.iconSize().width() > size * 1.3
    finally:
        qapp.setFont(before)
        theme.apply(qapp, theme.DARK)

"""The stage, driven by real mouse and keys: what it shows, and what it makes of them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from gui.stage.panel import RENDERERS, PanelView
from gui.stage.shapes import TextRenderer
from gui.stage.stage import Stage
from gui.theme import THEMES
from scenes import contents
from scenes.picture import Arrow, Bars, Boxes, Cells, Picture, Region, Scatter, Text
from scenes.running import result_of, trace_of
from scenes.scene import Click, Press, Target, Typed
from tests.gui import gallery
from tests.gui.conftest import Hands, image_of
from tests.gui.gallery import ORDINARY, panel_of, picture_of

Key, Shift = Qt.Key, Qt.KeyboardModifier.ShiftModifier
POINTS = Scatter(points=np.array([(2.0, 2.0), (8.0, 8.0)]), handle="point", movable=True, size=14)
BOX = replace(ORDINARY[Boxes], handle="box")


@pytest.fixture
def stage(qtbot):
    """A stage in a window, with a field beside it that the focus can go to."""
    window = QWidget()
    column = QVBoxLayout(window)
    made = Stage()
    column.addWidget(made, 1)
    column.addWidget(QLineEdit())
    window.resize(600, 640)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    made.setFocus()
    made.held = window
    return made


@pytest.fixture
def hands(stage, qtbot) -> Hands:
    return Hands(qtbot, stage)


@pytest.fixture
def made(stage) -> list[Any]:
    """The events that the stage made."""
    heard: list[Any] = []
    stage.made.connect(heard.append)
    return heard


@pytest.fixture
def pointed(stage) -> list[Target | None]:
    heard: list[Target | None] = []
    stage.pointed.connect(heard.append)
    return heard


def show(stage: Stage, *marks: Any, **panel: Any) -> None:
    stage.show_picture(picture_of(*marks, **panel))
    image_of(stage)  # everything is laid out


class Paintings(TextRenderer):
    """Counts how often its mark is painted."""

    count = 0

    def paint(self, pencil: Any) -> None:
        Paintings.count += 1
        super().paint(pencil)


def test_a_picture_with_another_view_is_painted_once(stage, qapp, monkeypatch) -> None:
    monkeypatch.setitem(RENDERERS, Text, Paintings)
    text = Text(at=(1, 1), text="here")
    show(stage, text, view=(0, 0, 10, 10), fixed=True)
    qapp.processEvents()
    for width in (8, 12, 9):
        Paintings.count = 0
        stage.show_picture(picture_of(text, view=(0, 0, width, 10), fixed=True))
        for _ in range(3):
            qapp.processEvents()
        assert Paintings.count == 1


def view_of(stage: Stage, key: str = "panel") -> tuple[float, ...]:
    """What a panel shows: left, top, right, bottom, in its units."""
    (x1, x2), (y1, y2) = stage.panels[key].view.viewRange()
    return x1, y1, x2, y2


# ---------------------------------------------------------------------------- the mouse


def test_a_drag_of_a_mark_is_one_gesture_with_a_start_and_an_end(stage, hands, made):
    show(stage, POINTS)
    hands.drag("panel", (2, 2), (3, 3), (5, 4), (6, 4))
    assert [event.phase for event in made] == ["start", "move", "move", "end"]
    assert {(e.target.handle, e.target.index, e.target.part) for e in made} == {("point", 0, "")}
    assert sum(event.dx for event in made) == pytest.approx(4, abs=0.05)
    assert sum(event.dy for event in made) == pytest.approx(2, abs=0.05)
    assert (made[-1].target.x, made[-1].target.y) == pytest.approx((6, 4), abs=0.05)


def test_what_was_taken_hold_of_stays_in_the_hand(stage, hands, made):
    """However fast the pointer leaves it, and over whatever else it goes."""
    show(stage, BOX)
    hands.drag("panel", (1, 1), (7, 2), (7, 7), (9.9, 9.9))
    assert {(e.target.index, e.target.part) for e in made} == {(0, "nw")}


def test_a_small_tremble_is_a_click(stage, hands, made):
    show(stage, POINTS)
    place = hands.at("panel", 2, 2)
    hands.move_to(place)
    hands.qtbot.mousePress(stage.viewport(), Qt.MouseButton.LeftButton, pos=place)
    hands.qtbot.mouseRelease(stage.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert [type(event) for event in made] == [Click]
    assert made[0].target.handle == "point"


def test_a_double_click_is_a_click_and_then_a_double_one(stage, hands, made):
    show(stage, Region(extent=(0, 0, 10, 10), handle="ground"))
    hands.double_click("panel", 4, 6)
    assert [event.double for event in made] == [False, True]
    assert (made[1].target.x, made[1].target.y) == pytest.approx((4, 6), abs=0.05)


def test_a_click_beside_everything_says_where(stage, hands, made):
    show(stage, POINTS)
    hands.click("panel", 5, 1)
    assert made[0].target.handle == ""
    assert (made[0].target.panel, made[0].target.index) == ("panel", -1)


def test_a_drag_on_the_ground_moves_the_view(stage, hands, made):
    show(stage, POINTS)
    before = view_of(stage)
    hands.drag("panel", (5, 5), (6, 5), (7, 4))
    assert made == []
    moved = np.subtract(view_of(stage), before)
    assert moved == pytest.approx([-2, 1, -2, 1], abs=0.1)


def test_or_goes_to_the_scene_where_the_panel_says_so(stage, hands, made):
    show(stage, POINTS, drag="scene")
    before = view_of(stage)
    hands.drag("panel", (5, 5), (6, 5), (7, 4))
    assert [event.phase for event in made] == ["start", "move", "end"]
    assert {event.target.handle for event in made} == {""}
    assert view_of(stage) == before


def test_the_wheel_zooms_about_the_pointer_and_home_shows_all_again(stage, hands):
    show(stage, POINTS)
    before, place = view_of(stage), hands.at("panel", 3, 4)
    hands.wheel("panel", 3, 4, 3)
    x1, _, x2, _ = view_of(stage)
    assert x2 - x1 < 0.8 * (before[2] - before[0])
    assert abs(hands.at("panel", 3, 4).x() - place.x()) <= 1
    assert abs(hands.at("panel", 3, 4).y() - place.y()) <= 1
    hands.wheel("panel", 3, 4, -9)
    assert view_of(stage)[2] - view_of(stage)[0] > before[2] - before[0]
    stage.home()
    assert view_of(stage) == pytest.approx(before)


@pytest.mark.parametrize("size", [(600, 640), (900, 400), (300, 700)])
def test_more_room_than_the_view_takes_shows_more_of_what_there_is(stage, qtbot, size):
    """The view lies in a corner: what is shown besides lies towards the middle, and is empty only where nothing is."""
    stage.held.resize(*size)
    view, within = (0.0, 60.0, 40.0, 90.0), (0.0, 0.0, 100.0, 90.0)
    stage.show_picture(picture_of(POINTS, view=view, within=within))
    image_of(stage)
    x1, y1, x2, y2 = view_of(stage)
    for low, high, start, end, (least, most) in ((x1, x2, 0, 100, (0, 40)), (y1, y2, 0, 90, (60, 90))):
        assert low <= least + 0.01
        assert high >= most - 0.01
        if high - low > end - start:
            assert low + high == pytest.approx(start + end, abs=0.02)
        else:
            assert low >= start - 0.01
            assert high <= end + 0.01


def test_a_picture_of_the_same_view_leaves_the_zoom_alone(stage, hands):
    show(stage, POINTS)
    hands.wheel("panel", 3, 4, 3)
    before = view_of(stage)
    show(stage, replace(POINTS, points=POINTS.points + 1))
    assert view_of(stage) == before
    show(stage, POINTS, view=(0, 0, 20, 20))
    assert view_of(stage) != before


def test_a_fixed_panel_neither_zooms_nor_moves(stage, hands, made):
    show(stage, POINTS, fixed=True)
    before = view_of(stage)
    hands.wheel("panel", 3, 4, 3)
    hands.drag("panel", (5, 5), (6, 5), (7, 4))
    assert view_of(stage) == before
    assert made == []
    hands.drag("panel", (2, 2), (3, 3), (4, 4))
    assert made  # what can be moved moves all the same


def test_linked_panels_move_together_and_others_stay(stage, hands):
    state = gallery.scene().opening()
    stage.show_picture(gallery.level_picture(state, 2.0, None, None))
    image_of(stage)
    plane = view_of(stage, "plane")
    hands.wheel("left", 5, 5, 3)
    assert view_of(stage, "right") == pytest.approx(view_of(stage, "left"), abs=0.01)
    hands.drag("right", (5, 5), (5.5, 5), (6, 5.5))
    assert view_of(stage, "right") == pytest.approx(view_of(stage, "left"), abs=0.01)
    assert view_of(stage, "left")[2] - view_of(stage, "left")[0] < 8
    assert view_of(stage, "plane") == plane
    stage.home()
    x1, _, x2, _ = view_of(stage, "right")
    assert (x1 + x2) / 2 == pytest.approx(5, abs=0.01)
    assert x2 - x1 >= 9.99


def test_what_is_under_the_pointer_is_told_and_so_is_that_it_left(stage, hands, pointed):
    state = gallery.scene().opening()
    stage.show_picture(gallery.level_picture(state, 2.0, None, None))
    image_of(stage)
    hands.move("plane", 3, 7)
    assert (pointed[-1].panel, pointed[-1].handle, pointed[-1].index) == ("plane", "point", 0)
    hands.move("plane", 8, 1)
    assert (pointed[-1].panel, pointed[-1].handle) == ("plane", "")
    hands.move("bar", 1, 0.5)
    assert (pointed[-1].panel, pointed[-1].handle) == ("bar", "bar")
    assert None not in pointed  # it came here at once
    hands.move_to(QPoint(1, 1))
    assert pointed[-1] is None
    hands.move("bar", 1, 0.5)
    QApplication.sendEvent(stage, QEvent(QEvent.Type.Leave))
    assert pointed[-1] is None


def test_a_picture_that_changes_under_a_still_pointer_is_pointed_at_anew(stage, hands, pointed):
    show(stage, POINTS)
    hands.move("panel", 8, 8)
    assert pointed[-1].index == 1
    show(stage, replace(POINTS, points=POINTS.points[1:]))
    stage.point_again()
    assert pointed[-1].index == 0
    show(stage, replace(POINTS, points=POINTS.points[:1]))
    stage.point_again()
    assert pointed[-1].handle == ""


# ---------------------------------------------------------------------------- the keyboard


def chosen(stage: Stage) -> Any:
    _, grip = stage.chosen()
    return grip.hit if grip else None


def test_tab_goes_through_every_part_and_then_on(stage, hands):
    state = gallery.scene().opening()
    stage.show_picture(gallery.level_picture(state, 2.0, None, None))
    grips = [grip.hit for view in stage.panels.values() for grip in view.grips()]
    assert len(grips) == 2
    for hit in grips:
        hands.key(Key.Key_Tab)
        assert chosen(stage) == hit
        assert stage.hasFocus()
        assert stage.accessibleDescription()
    hands.key(Key.Key_Tab)
    assert chosen(stage) is None
    assert not stage.hasFocus()
    stage.setFocus()
    for hit in reversed(grips):
        hands.key(Key.Key_Backtab, Shift)
        assert chosen(stage) == hit


def test_the_chosen_part_is_ringed_and_stays_so_in_the_next_picture(stage, hands):
    show(stage, POINTS)
    bare = image_of(stage)
    hands.key(Key.Key_Tab)
    assert image_of(stage) != bare
    show(stage, replace(POINTS, points=POINTS.points + 1))
    _, grip = stage.chosen()
    assert (grip.x, grip.y) == (3, 3)
    show(stage, replace(POINTS, points=np.empty((0, 2))))
    assert chosen(stage) is None


def test_arrows_move_the_chosen_part_by_one_and_with_shift_by_ten(stage, hands, made):
    show(stage, replace(POINTS, points=POINTS.points * 10), view=(0, 0, 100, 100))
    hands.key(Key.Key_Tab)
    for key, dx, dy in (
        (Key.Key_Right, 1, 0),
        (Key.Key_Left, -1, 0),
        (Key.Key_Down, 0, 1),
        (Key.Key_Up, 0, -1),
    ):
        for modifier, times in ((Qt.KeyboardModifier.NoModifier, 1), (Shift, 10)):
            hands.key(key, modifier)
            event = made[-1]
            assert (event.dx, event.dy, event.phase) == (dx * times, dy * times, "key")
            assert (event.target.x, event.target.y) == (20 + dx * times, 20 + dy * times)
            assert (event.target.handle, event.target.index) == ("point", 0)


def test_where_y_goes_up_the_key_up_is_more(stage, hands, made):
    show(stage, POINTS, view=(0, 0, 100, 100), down=False)
    hands.key(Key.Key_Tab)
    hands.key(Key.Key_Up)
    assert made[-1].dy == 1


def test_a_key_is_a_hundredth_of_a_small_panel_each_way_of_its_own(stage, hands, made):
    show(stage, POINTS, view=(0, 0, 1, 16), square=False)
    hands.key(Key.Key_Tab)
    hands.key(Key.Key_Right)
    hands.key(Key.Key_Down)
    assert made[0].dx == pytest.approx(0.01)
    assert made[1].dy == pytest.approx(0.16)
    show(stage, POINTS, view=(0, 0, 1, 16))
    hands.key(Key.Key_Right)
    assert made[2].dx == pytest.approx(0.16)


def test_with_nothing_chosen_arrows_move_what_the_picture_puts_first(stage, hands, made):
    show(stage, POINTS)
    hands.key(Key.Key_Right)
    assert made == []
    stage.show_picture(replace(picture_of(POINTS), focus="point"))
    hands.key(Key.Key_Right)
    assert (made[-1].target.handle, made[-1].target.index) == ("point", 0)
    stage.show_picture(replace(picture_of(replace(BOX, front=(2, 1))), focus="box"))
    hands.key(Key.Key_Right)
    assert (made[-1].target.handle, made[-1].target.index, made[-1].target.part) == ("box", 2, "")


def test_enter_clicks_the_chosen_part(stage, hands, made):
    show(stage, POINTS)
    hands.key(Key.Key_Tab)
    hands.key(Key.Key_Return)
    assert made == [Click(target=Target(panel="panel", x=2, y=2, handle="point", index=0))]


def test_escape_lets_go_and_then_goes_to_the_scene(stage, hands, made):
    show(stage, POINTS)
    hands.key(Key.Key_Tab)
    hands.key(Key.Key_Escape)
    assert chosen(stage) is None
    assert made == []
    hands.key(Key.Key_Escape)
    assert [event.key for event in made] == ["Escape"]


def test_other_keys_go_to_the_scene_with_what_is_chosen(stage, hands, made):
    show(stage, POINTS)
    hands.key(Key.Key_N)
    hands.key(Key.Key_Tab)
    hands.key(Key.Key_C)
    hands.key(Key.Key_Delete)
    hands.key(Key.Key_Backspace)
    hands.key(Key.Key_F7)  # nobody's
    hands.key(Key.Key_Control)
    assert [(event.key, event.target and event.target.index) for event in made] == [
        ("N", None), ("C", 0), ("Delete", 0), ("Delete", 0),
    ]  # fmt: skip
    assert all(isinstance(event, Press) for event in made)


def test_a_click_chooses_what_keys_then_move(stage, hands, made):
    show(stage, POINTS)
    hands.click("panel", 8, 8)
    assert chosen(stage).index == 1
    hands.key(Key.Key_Left)
    assert made[-1].target.index == 1
    hands.click("panel", 5, 1)
    assert chosen(stage) is None


# ---------------------------------------------------------------------------- typing in place


BARS = Bars(
    values=np.array([2.0, 5.0]), roles=("kept", "kept"), labels=("a", "b"), handle="bar", editable=True, movable=True
)  # fmt: skip


def test_a_double_click_opens_a_field_and_enter_takes_its_value(stage, hands, made):
    show(stage, BARS, square=False, fixed=True)
    hands.double_click("panel", 3, 1.5)
    field = stage.editor
    assert field.text() == "5.00"
    assert field.hasFocus()
    assert field.accessibleName() == "bar b"
    assert stage.viewport().rect().contains(field.geometry())
    hands.type("7.25")
    hands.key(Key.Key_Return)
    assert stage.editor is None
    assert stage.hasFocus()
    typed = made[-1]
    assert isinstance(typed, Typed)
    assert (typed.text, typed.target.handle, typed.target.index) == ("7.25", "bar", 1)
    assert [type(event) for event in made] == [Click, Typed]  # the double click itself went into the field


def test_so_does_enter_on_the_chosen_part(stage, hands, made):
    show(stage, BARS, square=False)
    hands.key(Key.Key_Tab)
    hands.key(Key.Key_Enter)
    assert stage.editor.text() == "2.00"
    hands.type("1")
    hands.key(Key.Key_Enter)
    assert made == [Typed(target=Target(panel="panel", x=2, y=0.5, handle="bar", index=0), text="1")]


def test_escape_leaves_the_value(stage, hands, made):
    show(stage, BARS, square=False)
    hands.key(Key.Key_Tab)
    hands.key(Key.Key_Return)
    hands.type("9")
    hands.key(Key.Key_Escape)
    assert stage.editor is None
    assert stage.hasFocus()
    assert made == []
    assert chosen(stage) is not None  # a second Escape lets go of the part


def test_going_elsewhere_leaves_the_value_and_keeps_the_focus_there(stage, hands, made, qtbot):
    show(stage, BARS, square=False)
    hands.key(Key.Key_Tab)
    hands.key(Key.Key_Return)
    hands.type("9")
    beside = stage.held.findChildren(QLineEdit)[-1]
    assert beside is not stage.editor
    beside.setFocus(Qt.FocusReason.MouseFocusReason)
    assert stage.editor is None
    assert beside.hasFocus()
    assert made == []


def test_the_field_of_a_part_out_of_sight_stands_at_the_edge(stage, hands):
    show(stage, replace(BARS, values=np.array([1e9, -1e9])), square=False, fixed=True)
    for _ in range(2):
        hands.key(Key.Key_Tab)
        hands.key(Key.Key_Return)
        assert stage.viewport().rect().contains(stage.editor.geometry())
        hands.key(Key.Key_Escape)


# ---------------------------------------------------------------------------- pictures come and go


def test_panels_share_the_room_by_weight(stage):
    panels = tuple(panel_of(key=key, place=(0, n, 1, 1), square=False) for n, key in enumerate("ab"))
    stage.show_picture(Picture(panels=panels, columns=(3, 1)))
    image_of(stage)
    a, b = (stage.panels[key].plot.sceneBoundingRect().width() for key in "ab")
    assert a / b >= 2.99
    stage.show_picture(Picture(panels=panels, columns=(1, 1)))
    image_of(stage)
    a, b = (stage.panels[key].plot.sceneBoundingRect().width() for key in "ab")
    assert a == pytest.approx(b, rel=0.02)


def test_panels_come_and_go_and_nothing_stays_behind(stage, qapp):
    full = gallery.level_picture(gallery.scene().opening(), 2.0, None, None)
    single = picture_of(POINTS)
    counts = set()
    for _ in range(5):
        stage.show_picture(full)
        image_of(stage)
        assert set(stage.panels) == {"left", "right", "bar", "plane"}
        stage.show_picture(single)
        image_of(stage)
        assert set(stage.panels) == {"panel"}
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        counts.add(len(stage.scene().items()))
    assert len(counts) == 1


def test_a_panel_that_stays_keeps_its_zoom_when_others_go(stage, hands):
    left, right = (panel_of(POINTS, key=key, place=(0, n, 1, 1)) for n, key in enumerate(("left", "right")))
    stage.show_picture(Picture(panels=(left, right), columns=(1, 1)))
    image_of(stage)
    hands.wheel("left", 5, 5, 3)
    kept = stage.panels["left"]
    stage.show_picture(Picture(panels=(left,)))
    image_of(stage)
    assert stage.panels["left"] is kept
    x1, _, x2, _ = view_of(stage, "left")
    assert x2 - x1 < 20


def test_marks_stay_within_their_panel(stage):
    """A bar far longer than its panel does not run over the one beside it."""
    long = Region(extent=(-100, 4, 100, 6), role="now", fill=True)
    panels = (
        panel_of(long, key="a", place=(0, 0, 1, 1)),
        panel_of(key="b", place=(0, 1, 1, 1)),
    )
    empty = (panel_of(key="a", place=(0, 0, 1, 1)), panels[1])
    stage.show_picture(Picture(panels=empty, columns=(1, 1)))
    before = image_of(stage)
    stage.show_picture(Picture(panels=panels, columns=(1, 1)))
    after = image_of(stage)
    place = stage.mapFromScene(stage.panels["b"].plot.sceneBoundingRect()).boundingRect()
    assert before != after
    assert before.copy(place) == after.copy(place)


@pytest.mark.parametrize("margin", [(0, 0, 0, 0), (6, 2, 3, 1)])
@pytest.mark.parametrize("down", [True, False])
@pytest.mark.parametrize("square", [True, False])
def test_a_fixed_panel_keeps_room_around_its_view(stage, margin, down, square):
    show(stage, fixed=True, margin=margin, down=down, square=square)
    panel = stage.panels["panel"]
    corners = [panel.view.mapViewToScene(QPointF(*place)) for place in ((0, 0), (10, 10))]
    box = panel.view.sceneBoundingRect()
    left, right = sorted(corner.x() for corner in corners)
    top, bottom = sorted(corner.y() for corner in corners)
    digit, line = 6, 12  # at least, in any monospace font of the interface's size
    assert left - box.left() >= margin[0] * digit - 1
    assert top - box.top() >= margin[1] * line - 1
    assert box.right() - right >= margin[2] * digit - 1
    assert box.bottom() - bottom >= margin[3] * line - 1
    if square:
        assert right - left == pytest.approx(bottom - top, rel=0.01)
    if not any(margin) and not square:
        assert right - left == pytest.approx(box.width(), rel=0.01)


def test_axes_keep_their_room_whatever_their_numbers(stage):
    sizes = set()
    for reach in (10.0, 0.5, 1000.0):
        show(stage, POINTS, axes=True, view=(-reach, -reach, reach, reach))
        size = stage.panels["panel"].view.size()
        sizes.add((size.width(), size.height()))
    assert len(sizes) == 1


def test_axes_have_their_labels_and_titles_their_words(stage):
    show(stage, POINTS, axes=True, x_label="epoch", y_label="loss", title="Training")
    panel = stage.panels["panel"]
    assert panel.plot.getAxis("bottom").isVisible()
    assert panel.plot.getAxis("bottom").labelText == "epoch"
    assert panel.title.text == "Training"
    assert panel.title.size().height() > 0
    show(stage, POINTS)
    QApplication.processEvents()  # the room is shared anew
    assert not panel.plot.getAxis("bottom").isVisible()
    assert panel.title.size().height() == 0


def test_a_title_longer_than_its_panel_is_cut_and_moves_nothing(stage):
    show(stage, POINTS, title="short")
    QApplication.processEvents()
    panel = stage.panels["panel"]
    room = panel.view.sceneBoundingRect()
    assert panel.title.toolTip() == ""
    show(stage, POINTS, title="a title without end " * 40)
    QApplication.processEvents()
    assert panel.view.sceneBoundingRect() == room
    assert panel.title.toolTip() == panel.panel.title
    show(stage, POINTS, title="short")
    assert panel.title.toolTip() == ""


def test_every_theme_dresses_the_stage(stage):
    show(stage, *ORDINARY.values(), axes=True, title="all")
    seen = set()
    for look in THEMES.values():
        stage.set_theme(look)
        image = image_of(stage)
        assert image.pixelColor(2, 2).name() == look.background.lower()
        seen.add(bytes(image.constBits()))
    assert len(seen) == len(THEMES)


# ---------------------------------------------------------------------------- faults


@pytest.mark.qt_no_exception_capture
def test_a_mark_that_cannot_be_drawn_is_told_of_once_and_spares_the_others(stage, monkeypatch):
    """The faults that end in C++ are those that C itself raises: int(nan) is one."""
    told: list[Any] = []
    monkeypatch.setattr("sys.excepthook", lambda kind, fault, trace: told.append(fault))
    monkeypatch.setattr(TextRenderer, "paint", lambda self, pencil: int(math.nan))
    show(stage, POINTS)
    plain = image_of(stage)
    words = Text(at=(5, 5), text="words")
    show(stage, words, POINTS)
    for _ in range(3):
        assert image_of(stage) == plain
    assert [type(fault) for fault in told] == [ValueError]
    show(stage, replace(words, text="others"), POINTS)
    image_of(stage)
    assert len(told) == 2


@pytest.mark.qt_no_exception_capture
def test_a_fault_under_the_pointer_is_told_of_and_leaves_the_stage_alive(stage, hands, made, monkeypatch):
    show(stage, POINTS)
    told: list[Any] = []
    monkeypatch.setattr("sys.excepthook", lambda kind, fault, trace: told.append(kind))
    with monkeypatch.context() as broken:
        broken.setattr(RENDERERS[Scatter], "hit", lambda self, *place: [][1])
        for deed in (hands.move, hands.click):
            told.clear()
            deed("panel", 2, 2)
            assert set(told) == {IndexError}
        told.clear()
        hands.drag("panel", (2, 2), (3, 3), (4, 4))
        assert IndexError in told
    hands.click("panel", 2, 2)
    assert made[-1].target.handle == "point"


# ---------------------------------------------------------------------------- every scene


@pytest.mark.parametrize("key", contents.ENTRIES)
def test_every_scene_is_drawn_at_its_ends_and_between(stage, key):
    from engine.device import Engine

    scene = contents.load(key)
    for name in scene.presets:
        state = scene.opening(name)
        result = result_of(scene, state, Engine())
        trace = trace_of(scene, state)
        steps = [None] if trace is None else [None, 0, 1, len(trace) // 2, len(trace)]
        for step in steps:
            frame = trace.at(step) if trace else None
            stage.show_picture(scene.picture(replace(state, step=step), result, frame, None))
            assert not image_of(stage).isNull()
        assert all(isinstance(view, PanelView) and view.canvas.renderers for view in stage.panels.values())


def test_every_grip_of_an_arrow_or_a_cell_can_be_reached(stage, hands, made):
    cells = Cells(values=np.eye(2), handle="cell", editable=True, at=(1, 1), cell=2.0)
    arrow = Arrow(tail=(6, 6), head=(9, 9), handle="head", movable=True)
    show(stage, cells, arrow)
    seen = []
    while True:
        hands.key(Key.Key_Tab)
        if chosen(stage) is None:
            break
        seen.append((chosen(stage).handle, chosen(stage).index))
    assert seen == [("cell", 0), ("cell", 1), ("cell", 2), ("cell", 3), ("head", -1)]


def test_text_grows_with_the_stage_and_is_never_smaller_than_usual(stage):
    show(stage, POINTS, axes=True, title="Training", x_label="epoch")
    panel = stage.panels["panel"]
    sizes = []
    for size in ((500, 320), (760, 520), (1140, 780), (3000, 2000)):
        stage.resize(*size)
        QApplication.processEvents()
        sizes.append(panel.title.font.pointSizeF() / QApplication.font().pointSizeF())
        assert panel.canvas.scale == stage.text_scale
        assert panel.plot.getAxis("left").style["tickFont"].pointSizeF() == pytest.approx(
            0.9 * panel.title.font.pointSizeF()
        )
    assert sizes == pytest.approx([1, 1, 1.5, 1.8], abs=0.01)

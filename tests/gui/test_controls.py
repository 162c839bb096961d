"""The controls: made from declared parameters, driven by mouse and keys."""

import json
import math
import subprocess
import sys
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QShortcut, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QScrollArea

from gui import theme
from gui.controls import ByNameControl, Controls
from gui.inputs import Choices, Scale, Segments
from scenes.parameters import (
    BadParameter,
    ByName,
    Follows,
    Help,
    Range,
    When,
    changed,
    checked,
    parameters_of,
)

Key, Left = Qt.Key, Qt.MouseButton.LeftButton


@dataclass(frozen=True, kw_only=True)
class Params:
    iou: Annotated[float, Range(0, 1, step=0.01), Help("suppress above this overlap")] = 0.5
    size: Annotated[int, Range(1, 15, step=2), Help("side of the window", "px")] = 3
    rate: Annotated[float, Range(1e-4, 10, log=True)] = 0.1
    count: Annotated[int, Range(0, 1000, log=True)] = 10
    scale: float = 1.5
    steps: int = 123456789
    method: Literal["hard", "linear", "gaussian"] = "hard"
    sigma: Annotated[float, Range(0, 2, step=0.1), When("method", ("gaussian",))] = 0.5
    border: Literal["reflect", "replicate", "zero", "wrap", "mirror"] = "reflect"
    per_class: Annotated[bool, Help("classes leave each other alone")] = True
    weights: tuple[float, ...] = (1.0, 2.0)
    layout: dict[str, Any] | None = None
    name: str = "words"


@dataclass(frozen=True, kw_only=True)
class Other:
    depth: Annotated[int, Range(1, 4)] = 2


@dataclass(frozen=True, kw_only=True)
class Led:
    surface: Literal["bowl", "valley"] = "bowl"
    rate: Annotated[float, Range(0, 1, step=0.01), Follows("surface", {"valley": 0.25}, always=True)] = 0.5


USUAL = {"adam": 0.1, "sgd": 0.5}


def rates_of(params: "Many") -> dict[str, float]:
    if params.rate == "half":
        return {name: number / 2 for name, number in USUAL.items()}
    if params.rate == "wrong":
        raise BadParameter("rate is wrong.")
    said = params.rate if isinstance(params.rate, dict) else {}
    if isinstance(params.rate, float):
        said = dict.fromkeys(USUAL, params.rate)
    return {**USUAL, **said}


@dataclass(frozen=True, kw_only=True)
class Many:
    method: Literal["adam", "sgd", "newton"] = "adam"
    rate: Annotated[
        float | str | dict[str, float], ByName("method", Range(1e-3, 10, log=True), rates_of), Help("how far")
    ] = "usual"


@dataclass(frozen=True, kw_only=True)
class Empty:
    pass


class Owner:
    """What a window does: keeps the params, and shows them again after every change."""

    def __init__(self, controls: Controls, params: object = None) -> None:
        self.controls, self.params, self.log = controls, params or Params(), []
        controls.changed.connect(self.change)
        controls.show_params(self.params)

    def change(self, name: str, value: Any, final: bool) -> None:
        self.log.append((name, value, final))
        self.params = changed(self.params, {name: value})
        self.controls.show_params(self.params)


@pytest.fixture
def area(qtbot, qapp):
    theme.apply(qapp, theme.DARK)
    area = QScrollArea()
    qtbot.addWidget(area)
    area.setWidgetResizable(True)
    area.setWidget(Controls())
    area.resize(320, 1100)
    with qtbot.waitExposed(area):
        area.show()
    yield area
    qapp.setStyleSheet("")


@pytest.fixture
def controls(area):
    return area.widget()


@pytest.fixture
def owner(controls, qapp):
    owner = Owner(controls)
    qapp.processEvents()
    return owner


def type_in(qtbot, field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Key.Key_Return)


def at(track, place: int) -> QPoint:
    return QPoint(round(track.x_of(place)), track.height() // 2)


# ---------------------------------------------------------------------------- what is built


def test_there_is_a_control_for_every_parameter_in_order(owner):
    assert list(owner.controls.controls) == [p.name for p in parameters_of(Params)]
    tops = [c.geometry().top() for c in owner.controls.controls.values() if c.isVisible()]
    assert tops == sorted(tops)
    assert owner.log == []


def test_showing_other_values_emits_nothing_and_builds_nothing(owner):
    before = dict(owner.controls.controls)
    owner.controls.show_params(
        Params(iou=0.25, size=7, rate=3.0, method="linear", border="zero", per_class=False,
               weights=(4.0,), layout={"a": 1}, name="x")
    )  # fmt: skip
    kept = owner.controls.controls
    assert kept == before
    assert owner.log == []
    assert kept["iou"].field.text() == "0.25"
    assert kept["iou"].track.value() == 25
    assert kept["size"].track.value() == 3
    assert [b.text() for b in kept["method"].row.buttons if b.isChecked()] == ["linear"]
    assert kept["border"].row.currentText() == "zero"
    assert not kept["per_class"].switch.isChecked()
    assert kept["weights"].field.text() == "[4.0]"
    assert json.loads(kept["layout"].field.text()) == {"a": 1}
    assert kept["name"].field.text() == "x"


def test_a_word_in_place_of_a_record_is_written_plain(owner, qtbot):
    """As the rates of optimizers are: a number, a record by name, or "torch"."""
    field = owner.controls.controls["layout"].field
    for text, value in (("torch", "torch"), ("0.5", 0.5), ('{"rows": 2}', {"rows": 2}), ('"tuned"', "tuned")):
        type_in(qtbot, field, text)
        assert owner.params.layout == value
        assert field.text() == text.strip('"')


def test_another_type_brings_other_controls(owner, qapp):
    owner.controls.controls["name"].field.setText("half typed")
    owner.controls.show_params(Other())
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert list(owner.controls.controls) == ["depth"]
    assert owner.log == []


def test_what_is_half_typed_when_the_scene_changes_is_dropped(owner, qtbot):
    field = owner.controls.controls["iou"].field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0.9")
    owner.controls.show_params(Other())
    assert owner.log == []


def test_no_parameters_is_said(controls):
    controls.show_params(Empty())
    assert controls.nothing.isVisible()
    controls.show_params(Other())
    assert controls.nothing.isHidden()


def test_few_short_choices_stand_side_by_side_and_many_fold_out(owner):
    assert isinstance(owner.controls.controls["method"].row, Segments)
    assert isinstance(owner.controls.controls["border"].row, Choices)


def test_what_does_not_matter_is_hidden(owner, qtbot):
    sigma = owner.controls.controls["sigma"]
    assert sigma.isHidden()
    qtbot.mouseClick(owner.controls.controls["method"].row.buttons[2], Left)
    assert sigma.isVisible()
    assert owner.log == [("method", "gaussian", True)]


def test_unit_and_help_are_shown_and_named(owner):
    size = owner.controls.controls["size"]
    assert size.unit.isVisible()
    assert size.unit.text() == "px"
    assert size.help.text() == size.toolTip() == "side of the window"
    for widget in (size.field, size.track):
        assert widget.accessibleName() == "size"
        assert widget.accessibleDescription() == "side of the window px"
    method = owner.controls.controls["method"].row
    assert method.buttons[0].accessibleName() == "method: hard"
    assert owner.controls.controls["iou"].unit.isHidden()


def test_labels_take_no_markup(owner):
    labels = owner.controls.findChildren(QLabel)
    of_controls = [label for c in owner.controls.controls.values() for label in c.findChildren(QLabel)]
    assert len(of_controls) >= 50
    assert set(of_controls) <= set(labels)
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in of_controls)


# ---------------------------------------------------------------------------- tracks


def test_a_drag_is_one_gesture(owner, qtbot):
    track = owner.controls.controls["iou"].track
    qtbot.mousePress(track, Left, pos=at(track, 60))
    qtbot.mouseMove(track, at(track, 70))
    qtbot.mouseMove(track, at(track, 70))
    qtbot.mouseRelease(track, Left, pos=at(track, 70))
    assert owner.log == [("iou", 0.6, False), ("iou", 0.7, False), ("iou", 0.7, True)]
    assert owner.controls.controls["iou"].field.text() == "0.70"


def test_a_press_that_changes_nothing_says_nothing(owner, qtbot):
    track = owner.controls.controls["iou"].track
    qtbot.mouseClick(track, Left, pos=at(track, 50))
    assert owner.log == []


def test_a_drag_there_and_back_still_ends(owner, qtbot):
    track = owner.controls.controls["iou"].track
    qtbot.mousePress(track, Left, pos=at(track, 50))
    qtbot.mouseMove(track, at(track, 80))
    qtbot.mouseMove(track, at(track, 50))
    qtbot.mouseRelease(track, Left, pos=at(track, 50))
    assert owner.log[-1] == ("iou", 0.5, True)


def test_an_older_state_does_not_pull_the_handle_from_the_hand(owner, qtbot):
    control = owner.controls.controls["iou"]
    qtbot.mousePress(control.track, Left, pos=at(control.track, 80))
    owner.controls.show_params(Params(iou=0.2))
    assert control.track.sliderPosition() == 80
    qtbot.mouseRelease(control.track, Left, pos=at(control.track, 80))
    assert owner.log[-1] == ("iou", 0.8, True)


def test_keys_step_by_one_and_by_ten_and_to_the_ends(owner, qtbot):
    track = owner.controls.controls["iou"].track
    track.setFocus()
    for key in (Key.Key_Right, Key.Key_Down, Key.Key_PageUp, Key.Key_PageDown, Key.Key_End,
                Key.Key_Right, Key.Key_Home, Key.Key_Left):  # fmt: skip
        qtbot.keyClick(track, key)
    assert owner.log == [("iou", value, True) for value in (0.51, 0.5, 0.6, 0.5, 1.0, 0.0)]


def test_keys_are_the_controls_own_before_the_windows(area, owner, qtbot):
    stolen = []
    for name in ("Right", "Home", "PgUp", "Space"):
        QShortcut(name, area).activated.connect(lambda name=name: stolen.append(name))
    kept = owner.controls.controls
    kept["iou"].track.setFocus()
    qtbot.keyClick(kept["iou"].track, Key.Key_Right)
    kept["iou"].field.setFocus()
    qtbot.keyClick(kept["iou"].field, Key.Key_PageUp)
    kept["per_class"].switch.setFocus()
    qtbot.keyClick(kept["per_class"].switch, Key.Key_Space)
    kept["method"].row.buttons[0].setFocus()
    qtbot.keyClick(kept["method"].row.buttons[0], Key.Key_Right)
    kept["border"].row.setFocus()
    qtbot.keyClick(kept["border"].row, Key.Key_Down)
    assert owner.log == [
        ("iou", 0.51, True),
        ("iou", 0.61, True),
        ("per_class", False, True),
        ("method", "linear", True),
        ("border", "replicate", True),
    ]
    assert stolen == []


def test_whole_numbers_snap_to_their_steps(owner, qtbot):
    track = owner.controls.controls["size"].track
    assert track.maximum() == 7
    qtbot.mouseClick(track, Left, pos=at(track, 5))
    track.setFocus()
    qtbot.keyClick(track, Key.Key_Right)
    assert owner.log == [("size", 11, False), ("size", 11, True), ("size", 13, True)]
    assert type(owner.log[-1][1]) is int


def test_a_spread_range_gives_each_power_its_room(owner, qtbot):
    rate = owner.controls.controls["rate"]
    middle = rate.track.maximum() // 2
    qtbot.mouseClick(rate.track, Left, pos=QPoint(rate.track.width() // 2, 4))
    assert owner.params.rate == pytest.approx(math.sqrt(1e-4 * 10), rel=0.1)
    assert abs(rate.track.value() - middle) <= 2
    before = owner.params.rate
    rate.track.setFocus()
    qtbot.keyClick(rate.track, Key.Key_Right)
    assert before < owner.params.rate < before * 1.2


def test_a_slider_drag_rebuilds_nothing_and_lays_out_nothing(owner, qtbot):
    kept, track = dict(owner.controls.controls), owner.controls.controls["iou"].track
    widgets = set(map(id, owner.controls.findChildren(QLineEdit)))
    qtbot.mousePress(track, Left, pos=at(track, 10))
    for place in range(10, 90):
        qtbot.mouseMove(track, at(track, place))
    qtbot.mouseRelease(track, Left, pos=at(track, 89))
    assert len(owner.log) > 60
    assert owner.controls.controls == kept
    assert set(map(id, owner.controls.findChildren(QLineEdit))) == widgets


def test_the_wheel_scrolls_past(owner):
    kept = owner.controls.controls
    for widget in (kept["iou"].track, kept["border"].row):
        middle = QPointF(widget.rect().center())
        wheel = QWheelEvent(
            middle,
            widget.mapToGlobal(middle),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(widget, wheel)
    assert owner.log == []


# ---------------------------------------------------------------------------- typing


def test_enter_commits(owner, qtbot):
    control = owner.controls.controls["iou"]
    type_in(qtbot, control.field, "0.125")
    assert owner.log == [("iou", 0.125, True)]
    assert control.field.text() == "0.125"
    assert control.message.isHidden()


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("iou", "1.5", "a number from 0 to 1"),
        ("iou", "much", "a number from 0 to 1"),
        ("iou", "", "a number"),
        ("iou", "NaN", "a number"),
        ("size", "4", "(1, 3, ...)"),
        ("size", "2.5", "a whole number"),
        ("weights", "5", "a list"),
        ("weights", "<img src='/etc/hostname'>", "a list"),
        ("layout", "{", "not JSON"),
    ],
)
def test_a_bad_value_is_objected_to_and_the_last_good_one_kept(owner, qtbot, name, text, says):
    control = owner.controls.controls[name]
    type_in(qtbot, control.field, text or " ")
    assert owner.log == []
    assert control.message.isVisible()
    assert says in control.message.text()
    assert control.field.text().strip() == text
    assert control.value == getattr(Params(), name)
    qtbot.keyClick(control.field, Key.Key_Escape)
    assert control.message.isHidden()
    assert control.field.text() not in (text, " ")


def test_leaving_the_field_takes_a_good_value_and_drops_a_bad_one(owner, qtbot):
    iou, size = owner.controls.controls["iou"], owner.controls.controls["size"]
    iou.field.setFocus()
    iou.field.selectAll()
    qtbot.keyClicks(iou.field, "0.3")
    size.field.setFocus()
    size.field.selectAll()
    qtbot.keyClicks(size.field, "4")
    iou.field.setFocus()
    assert owner.log == [("iou", 0.3, True)]
    assert size.field.text() == "3"
    assert size.message.isHidden()


def test_arrow_keys_in_the_field_step(owner, qtbot):
    field = owner.controls.controls["size"].field
    qtbot.keyClick(field, Key.Key_Up)
    qtbot.keyClick(field, Key.Key_PageUp)
    qtbot.keyClick(field, Key.Key_Down)
    assert owner.log == [("size", 5, True), ("size", 15, True), ("size", 13, True)]


def test_lists_records_and_texts(owner, qtbot):
    kept = owner.controls.controls
    type_in(qtbot, kept["weights"].field, "[1, 2, 3]")
    type_in(qtbot, kept["layout"].field, '{"rows": 2}')
    type_in(qtbot, kept["name"].field, "[not a list")
    type_in(qtbot, kept["name"].field, "[not a list")  # the same again is no change
    assert owner.log == [
        ("weights", (1, 2, 3), True),
        ("layout", {"rows": 2}, True),
        ("name", "[not a list", True),
    ]


def test_numbers_without_a_range_have_a_field_and_no_track(owner, qtbot):
    kept = owner.controls.controls
    assert kept["scale"].track.isHidden()
    assert kept["steps"].field.text() == "123456789"
    type_in(qtbot, kept["scale"].field, "-2e3")
    qtbot.keyClick(kept["scale"].field, Key.Key_Up)
    assert owner.log == [("scale", -2000.0, True)]


# ---------------------------------------------------------------------------- the rest


def test_a_switch_by_click_title_and_space(owner, qtbot):
    control = owner.controls.controls["per_class"]
    qtbot.mouseClick(control.switch, Left)
    qtbot.mouseClick(control.title, Left)
    qtbot.keyClick(control.switch, Key.Key_Space)
    assert owner.log == [("per_class", v, True) for v in (False, True, False)]


def test_a_refused_change_goes_back(controls, qtbot):
    controls.show_params(Params())
    control = controls.controls["per_class"]
    qtbot.mouseClick(control.switch, Left)
    controls.show_params(Params())
    assert control.switch.isChecked()


def test_segments_by_click_and_arrow_keys(owner, qtbot):
    row = owner.controls.controls["method"].row
    qtbot.mouseClick(row.buttons[1], Left)
    qtbot.mouseClick(row.buttons[1], Left)
    row.buttons[1].setFocus()
    qtbot.keyClick(row.buttons[1], Key.Key_Right)
    assert owner.log == [("method", "linear", True), ("method", "gaussian", True)]
    assert row.buttons[2].isChecked()


def test_a_double_click_on_the_title_or_the_sign_goes_back_to_the_default(owner, qtbot):
    control = owner.controls.controls["iou"]
    assert control.reset.isHidden()
    type_in(qtbot, control.field, "0.9")
    assert control.reset.isVisible()
    qtbot.mouseDClick(control.title, Left)
    type_in(qtbot, control.field, "0.8")
    qtbot.mouseClick(control.reset, Left)
    assert [value for _, value, _ in owner.log] == [0.9, 0.5, 0.8, 0.5]
    assert control.reset.isHidden()
    assert control.reset.accessibleName() == "Reset iou to its default"


def test_a_default_that_follows_is_what_its_reset_goes_back_to(controls, qtbot):
    owner = Owner(controls, Led())
    surface, rate = controls.controls.values()
    qtbot.mouseClick(surface.row.buttons[1], Left)
    assert (rate.field.text(), rate.reset.isHidden()) == ("0.25", True)
    type_in(qtbot, rate.field, "0.5")
    assert rate.reset.isVisible()
    qtbot.mouseClick(rate.reset, Left)
    assert owner.params == Led(surface="valley", rate=0.25)
    type_in(qtbot, rate.field, "0.9")
    owner.log.clear()
    qtbot.mouseClick(controls.defaults, Left)
    assert owner.params == Led()
    assert owner.log == [("surface", "bowl", False), ("rate", 0.5, True)]
    assert controls.defaults.isHidden()
    assert rate.reset.isHidden()


def test_reset_to_defaults_is_one_gesture(owner, qtbot):
    defaults = owner.controls.defaults
    assert defaults.isHidden()
    for name, text in (("iou", "0.9"), ("size", "9"), ("name", "other")):
        type_in(qtbot, owner.controls.controls[name].field, text)
    owner.log.clear()
    assert defaults.isVisible()
    qtbot.mouseClick(defaults, Left)
    assert owner.params == Params()
    assert owner.log == [("iou", 0.5, False), ("size", 3, False), ("name", "words", True)]
    assert defaults.isHidden()


def test_tab_goes_from_top_to_bottom(owner, area, qtbot):
    owner.controls.controls["iou"].field.setFocus()
    tops, widget = [], None
    for _ in range(9):
        widget = area.focusWidget()
        tops.append(widget.mapTo(area, QPoint(0, 0)).y())
        assert widget.accessibleName()
        qtbot.keyClick(widget, Key.Key_Tab)
    assert tops == sorted(tops)
    assert len(set(tops)) >= 5


@pytest.mark.parametrize("name", theme.THEMES)
def test_every_theme_paints(owner, qapp, name):
    chosen = theme.THEMES[name]
    theme.apply(qapp, chosen)
    owner.controls.set_colours(chosen)
    control = owner.controls.controls["iou"]
    image = control.track.grab().toImage()
    assert image.pixelColor(at(control.track, 50)).name().upper() == chosen.accent
    assert owner.controls.grab().toImage().width() == owner.controls.width()


def test_follows_the_size_of_type_and_the_language(owner, qapp):
    before, iou = qapp.font(), owner.controls.controls["iou"]
    sizes = (iou.field.font().pointSizeF(), iou.help.font().pointSizeF(), iou.reset.width())
    large = qapp.font()
    large.setPointSizeF(large.pointSizeF() * 1.5)
    try:
        qapp.setFont(large)
        theme.apply(qapp, theme.LIGHT)
        qapp.processEvents()
        grown = (iou.field.font().pointSizeF(), iou.help.font().pointSizeF(), iou.reset.width())
        assert all(new > old * 1.2 for new, old in zip(grown, sizes, strict=True))
    finally:
        qapp.setFont(before)
        theme.apply(qapp, theme.DARK)
    QApplication.sendEvent(owner.controls, QEvent(QEvent.Type.LanguageChange))
    assert list(owner.controls.controls) == [p.name for p in parameters_of(Params)]
    assert owner.controls.controls["iou"] is not iou
    assert owner.log == []


# ---------------------------------------------------------------------------- scales

RANGES = [
    (Range(0, 1, step=0.01), False),
    (Range(0, 1, step=0.3), False),
    (Range(-1, 1, step=0.1), False),
    (Range(0, 1e9, step=1), True),
    (Range(1, 15, step=2), True),
    (Range(1, 14, step=2), True),
    (Range(1e-5, 1, log=True), False),
    (Range(0, 100, log=True), False),
    (Range(1, 4096, log=True), True),
    (Range(0, 1000, step=5, log=True), True),
]


@pytest.mark.parametrize(("limits", "whole"), RANGES)
@given(share=st.floats(0, 1), steps=st.integers(-12, 12))
def test_every_place_and_step_is_an_allowed_value(limits, whole, share, steps):
    parameter = replace(parameters_of(Params)[0], kind="int" if whole else "float", range=limits)
    scale = Scale(limits, whole)
    value = scale.value(round(share * scale.places))
    assert checked(parameter, value) == value
    assert 0 <= scale.place(value) <= scale.places
    stepped = scale.stepped(value, steps)
    assert checked(parameter, stepped) == stepped
    assert (stepped - value) * steps >= 0
    room = value < scale.value(scale.places) if steps > 0 else value > scale.value(0)
    if steps and room:
        assert stepped != value


@pytest.mark.parametrize(("limits", "whole"), RANGES)
def test_the_ends_of_a_scale_are_the_ends_of_its_range(limits, whole):
    scale = Scale(limits, whole)
    assert scale.value(0) == limits.low
    last = limits.high if not whole else limits.high - (limits.high - limits.low) % limits.step
    assert scale.value(scale.places) == last


def test_numbers_are_said_with_the_decimals_of_their_step():
    scale = Scale(Range(0, 1, step=0.05), False)
    assert [scale.text(v) for v in (0.5, 0.0, 0.123)] == ["0.50", "0.00", "0.123"]
    assert Scale(Range(0, 9), True).text(3) == "3"
    assert Scale(Range(0, 9), False).text(3.0) == "3"
    assert Scale(Range(1e-4, 1, log=True), False).text(0.00025) == "0.00025"


def test_nothing_here_waits_for_the_engine():
    code = (
        "import sys, gui.icons, gui.controls, gui.navigator, gui.transport;"
        "print({'torch', 'numpy', 'pyqtgraph'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# ---------------------------------------------------------------------------- a number by name


@pytest.fixture
def by_name(area) -> tuple[Owner, ByNameControl]:
    owner = Owner(area.widget(), Many())
    control = owner.controls.controls["rate"]
    assert isinstance(control, ByNameControl)
    return owner, control


def test_a_number_by_name_has_a_track_for_the_chosen_one(by_name) -> None:
    owner, control = by_name
    assert (control.own.title.text(), control.own.value, control.field.text()) == ("adam", 0.1, "usual")
    assert control.own.track.accessibleName() == control.own.field.accessibleName() == "rate: adam"
    owner.change("method", "sgd", True)
    assert (control.own.title.text(), control.own.value) == ("sgd", 0.5)
    assert control.own.track.value() == control.own.scale.place(0.5)
    owner.change("method", "newton", True)  # which has no such number
    assert control.own.isHidden()
    assert not control.field.isHidden()


def test_its_track_sets_the_chosen_one_and_leaves_the_others(qtbot, by_name) -> None:
    owner, control = by_name
    type_in(qtbot, control.own.field, "0.2")
    assert owner.log[-1] == ("rate", {"adam": 0.2}, True)
    assert json.loads(control.field.text()) == {"adam": 0.2}
    owner.change("method", "sgd", True)
    qtbot.keyClick(control.own.track, Key.Key_Right)
    assert owner.params.rate["adam"] == 0.2
    assert owner.params.rate["sgd"] > 0.5
    for plain, others in ((0.3, {"adam": 0.3}), ("half", {"adam": 0.05}), ("wrong", None)):
        owner.change("rate", plain, True)
        assert control.own.isHidden() == (others is None)
        if others is not None:
            type_in(qtbot, control.own.field, "2")
            assert owner.params.rate == {**others, "sgd": 2.0}


def test_what_is_as_usual_is_left_out_again(qtbot, by_name) -> None:
    owner, control = by_name
    owner.change("rate", {"adam": 0.2, "sgd": 0.7}, True)
    assert not control.own.reset.isHidden()
    qtbot.mouseClick(control.own.reset, Left)
    assert owner.params.rate == {"sgd": 0.7}
    assert control.own.reset.isHidden()
    owner.change("method", "sgd", True)
    qtbot.mouseClick(control.own.reset, Left)
    assert owner.params.rate == "usual"


def test_a_drag_of_its_track_is_one_gesture(qtbot, by_name) -> None:
    owner, control = by_name
    track = control.own.track
    track.setSliderDown(True)
    for place in (track.value() + 5, track.value() + 10):
        track.setSliderPosition(place)
    assert track.sliderPosition() == place
    track.setSliderDown(False)
    assert [final for *_, final in owner.log] == [False, False, True]
    assert owner.params.rate == {"adam": control.own.scale.value(place)}


def test_a_number_out_of_its_range_stands_at_the_end(by_name) -> None:
    owner, control = by_name
    for number, place in ((0.0, 0), (1e6, control.own.scale.places)):
        owner.change("rate", {"adam": number}, True)
        assert (control.own.value, control.own.track.value()) == (number, place)
    assert float(control.own.field.text()) == 1e6

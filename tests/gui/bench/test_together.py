"""Where predicting, comparing, code of one's own and the tour meet in one window, by real keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from gui.bench import typing
from gui.bench.faults import been_words
from gui.bench.store import Found
from gui.predict.bar import QuestionBar
from gui.theme import THEMES
from gui.tour import STOPS
from scenes import contents
from tests.gui import asking
from tests.gui.bench.conftest import RIGHT, Own
from tests.gui.conftest import Live

Key = Qt.Key
Control, Shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def asks(live: Live) -> Live:
    """Predicting, with the first question open."""
    scene = asking.scene()
    live.window.open_scene(scene, scene.opening("chain"))
    live.settle()
    live.hands.key(Key.Key_P, Control)
    for _ in range(9):
        if live.window.predicting.question is None:
            live.hands.key(Key.Key_Right)
    assert live.window.predicting.question is not None
    return live


def is_plain(live: Live) -> bool:
    """Whether nothing of predicting is left."""
    predicting = live.window.predicting
    bar: QuestionBar = predicting.bar
    return not (predicting.on or live.flow.veiled or bar.isVisible() or live.stage.asks)


def test_a_run_that_is_kept_ends_predicting(asks: Live) -> None:
    asks.hands.key(Key.Key_B, Control)
    assert asks.window.comparing.is_open
    assert is_plain(asks)
    asks.wait(lambda: asks.window.comparing.comparison is not None)


def test_predicting_lets_go_of_the_kept_run(nms: Live) -> None:
    nms.hands.key(Key.Key_B, Control)
    nms.wait(lambda: nms.window.comparing.comparison is not None)
    nms.hands.key(Key.Key_P, Control)
    assert not nms.window.comparing.is_open
    assert nms.window.predicting.on


def test_a_run_of_ones_own_ends_predicting_and_none_begins_on_it(own: Own) -> None:
    own.key(Key.Key_P, Control)
    assert own.live.window.predicting.on
    own.run(RIGHT)
    assert own.flow.other is not None
    assert is_plain(own.live)
    own.live.stage.setFocus()
    for key in (Key.Key_P, Key.Key_H):
        own.key(key, Control)
        assert is_plain(own.live)
        assert "Ctrl+Shift+E" in own.live.sentence
        assert not own.live.window.transport.switches.predict.isChecked()


def test_what_becomes_of_parts_is_not_asked_of_ones_own_run(
    own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr("scenes.comparison.running.outcomes_of", lambda scene, run: asked.append(run) or {})
    own.run(RIGHT)
    own.live.stage.setFocus()
    own.key(Key.Key_B, Control)
    comparing = own.live.window.comparing
    own.live.wait(lambda: comparing.comparison is not None)
    assert comparing.kept.other
    assert asked == []


@pytest.mark.parametrize("where", [Key.Key_Home, Key.Key_Right, Key.Key_End])
def test_a_kept_run_of_ones_own_is_drawn_as_it_was_when_it_ran(own: Own, where: Key) -> None:
    own.run(RIGHT)
    own.live.stage.setFocus()
    own.key(Key.Key_B, Control)
    comparing = own.live.window.comparing
    own.live.wait(lambda: comparing.comparison is not None)
    given: list[object] = []
    scene = own.flow.scene
    drawn = scene.picture
    object.__setattr__(scene, "picture", lambda *about: given.append(about[2]) or drawn(*about))
    try:
        own.key(where)
        given.clear()
        own.flow.look()
        live = given[-1]
        comparing._draw()
        kept = given[-1]
    finally:
        object.__setattr__(scene, "picture", drawn)
    assert live is not kept
    assert live is not None
    assert kept.variables.keys() == live.variables.keys()
    assert (kept.index, kept.scope, kept.said) == (live.index, live.scope, live.said)


def test_the_end_of_ones_own_run_has_a_sentence(own: Own) -> None:
    own.run(RIGHT)
    own.live.stage.setFocus()
    own.key(Key.Key_End)
    assert own.flow.state.step is None
    assert own.live.sentence.startswith("Mine keeps box")


def test_changed_settings_keep_the_picture_until_the_new_run_is_there(own: Own) -> None:
    own.run(RIGHT)
    shown = []
    own.flow.pictured.connect(lambda picture: shown.append(own.flow.run is not None))
    own.flow.change(own.flow.state.with_params(iou_threshold=0.1))
    own.live.wait(lambda: own.flow.other.state.params is own.flow.state.params)
    assert shown
    assert all(shown)


def test_why_tells_nothing_ahead_while_one_predicts(asks: Live) -> None:
    asks.hands.key(Key.Key_Right)  # skipped: between two questions
    step = asks.flow.state.step
    asks.hands.key(Key.Key_Tab)
    asks.hands.key(Key.Key_F7)
    assert asks.flow.state.step == step


@pytest.mark.parametrize("mode", ["predict", "compare", "bench"])
def test_presets_undo_another_scene_and_the_tour_in_each_mode(own: Own, mode: str) -> None:
    live, window = own.live, own.live.window
    if mode == "bench":
        own.run(RIGHT)
    live.stage.setFocus()
    if mode != "bench":
        own.key(Key.Key_P if mode == "predict" else Key.Key_B, Control)
    live.settle()
    own.key(Key.Key_F1, Shift)
    for _ in STOPS:
        assert window.tour.isVisible()
        live.hands.key(Key.Key_Right)
    assert not window.tour.isVisible()
    live.flow.change(contents.load("nms").opening())
    live.settle()
    live.stage.setFocus()
    own.key(Key.Key_Z, Control)
    live.settle()
    assert len(live.inputs.boxes) == 5
    live.open("pooling")
    assert live.flow.other is None
    assert not window.comparing.is_open
    assert live.flow.scene.key == "pooling"


def test_the_topics_make_room_for_code_in_a_small_window(own: Own) -> None:
    window = own.live.window
    assert not window.navigator.isVisible()
    window.side.setCurrentIndex(0)
    assert window.navigator.isVisible()
    assert window.navigator.width() > 100


def test_brackets_after_characters_that_count_as_two(own: Own) -> None:
    own.write('x = "\N{GRINNING FACE}"; y = (1)')
    document = own.editor.document()
    pair = tuple(typing.brackets_at(document, document.characterCount() - 1, own.editor.is_code))
    assert [document.characterAt(place) for place in pair] == [")", "("]


def test_one_that_was_mended_is_not_said_to_be_named() -> None:
    assert been_words(Found(found=True, mended=True)) == "You mended it without naming a line."
    assert "first try" in been_words(Found(found=True, tries=1))
    assert "2 other lines" in been_words(Found(found=True, mended=True, tries=2))


def test_that_all_ends_alike_is_said_before_what_differs_on_the_way(nms: Live) -> None:
    nms.open("nms")
    nms.hands.key(Key.Key_B, Control)
    nms.flow.change(nms.flow.state.with_params(method="diou"))
    nms.settle()
    comparing = nms.window.comparing
    nms.wait(lambda: bool(comparing.comparison and comparing.comparison.differences))
    assert comparing.comparison.differences[0].sentence.startswith(
        "All boxes end alike, but not the way there. "
    )


def test_right_and_yours_have_colours_of_their_own_in_every_theme() -> None:
    for theme in THEMES.values():
        hues = [theme.color(role).hue() for role in ("target", "accent")]
        assert 40 < abs(hues[0] - hues[1]) < 320

"""The flow with no window: State -> compute -> Result -> picture, whatever goes wrong on the way."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication

from engine.device import Engine
from gui.flow import Flow
from gui.worker import Worker
from scenes import contents
from scenes.data.errors import BadData
from scenes.scene import Call, Click, Drag, Press, Refused, Target, Typed, Why
from tests.gui import gallery

WAIT = 20
PATIENCE = 20_000
POINT = Target(panel="plane", x=3, y=7, handle="point", index=0)


class Ears:
    """All that a flow says, in order."""

    NAMES = ("pictured", "stated", "traced", "stepped", "failed", "recovered", "refused", "answered", "noticed",
             "device_changed", "renewed", "working")  # fmt: skip

    def __init__(self, flow: Flow) -> None:
        self.heard: list[tuple[str, Any]] = []
        for name in self.NAMES:
            getattr(flow, name).connect(lambda *said, name=name: self.heard.append((name, *said)))

    def of(self, name: str) -> list[Any]:
        return [said[1] if len(said) > 1 else None for said in self.heard if said[0] == name]


@pytest.fixture
def flow(qtbot):
    made = Flow()
    yield made
    assert made.close()
    made.deleteLater()


@pytest.fixture
def ears(flow) -> Ears:
    return Ears(flow)


def opened(qtbot, flow: Flow, scene: Any = None, preset: str | None = None) -> None:
    """Open a scene and wait until its run is there too."""
    scene = scene or gallery.scene()
    flow.open(scene, scene.opening(preset))
    settle(qtbot, flow)


def settle(qtbot, flow: Flow) -> None:
    done = flow._is_stepped_alike
    qtbot.waitUntil(
        lambda: (
            flow.result is not None and flow.traced_state is not None and done(flow.traced_state, flow.state)
        ),
        timeout=PATIENCE,
    )


def let_end(qtbot, worker: Worker) -> None:
    """Wait until a worker has done all it was given, and its answers have been heard."""
    done = threading.Event()

    def work() -> Iterator[tuple[float, Any]]:
        done.set()
        return iter(())

    worker.submit("last", work)
    qtbot.waitUntil(done.is_set, timeout=PATIENCE)
    QCoreApplication.processEvents()


def drag(phase: str, x: float = 1.0) -> Drag:
    return Drag(target=replace(POINT, x=x), dx=1, dy=0, phase=phase)


# ---------------------------------------------------------------------------- one way round


def test_a_state_becomes_a_picture(flow, ears, qtbot):
    opened(qtbot, flow)
    assert flow.result == 2.0
    assert ears.of("pictured")[-1].sentence == "The level is 2."
    names = [name for name, *_ in ears.heard]
    assert names.index("stated") < names.index("pictured") < names.index("stepped")
    assert ears.of("working")[0] == 0.0
    assert ears.of("working")[-1] == 1.0


def test_another_parameter_is_computed_and_can_be_undone(flow, ears, qtbot):
    opened(qtbot, flow)
    first = flow.state
    flow.change(flow.state.with_params(level=4.0))
    qtbot.waitUntil(lambda: flow.result == 4.0)
    flow.undo()
    assert flow.state is first
    qtbot.waitUntil(lambda: flow.result == 2.0)
    flow.redo()
    qtbot.waitUntil(lambda: flow.result == 4.0)
    assert ears.of("pictured")[-1].sentence == "The level is 4."


def test_the_same_state_is_no_change(flow, ears, qtbot):
    opened(qtbot, flow)
    ears.heard.clear()
    flow.change(flow.state)
    flow.edit(Press(key="X"))
    assert ears.heard == []
    assert flow.history.past == []


def test_a_drag_is_one_step_of_undo(flow, qtbot):
    opened(qtbot, flow)
    for phase, x in (("start", 1.0), ("move", 2.0), ("move", 3.0), ("end", 4.0)):
        flow.edit(drag(phase, x))
    assert flow.state.inputs.point == (4.0, 7)
    flow.edit(drag("key", 5.0))
    flow.undo()
    assert flow.state.inputs.point == (4.0, 7)
    flow.undo()
    assert flow.state.inputs.point == (3.0, 7.0)
    assert not flow.history.past


def test_a_drag_that_ends_where_nothing_changes_is_over_all_the_same(flow, qtbot):
    """The end of it changes nothing, but the next drag is another step of undo."""
    scene = gallery.scene(
        edit=lambda state, event: state if event.phase == "end" else gallery.level_edit(state, event)
    )
    opened(qtbot, flow, scene)
    for phase, x in (("start", 1.0), ("end", 1.0), ("start", 2.0), ("end", 2.0)):
        flow.edit(drag(phase, x))
    assert len(flow.history.past) == 2


def test_what_only_the_picture_reads_is_not_computed_again(flow, ears, qtbot):
    computed = []
    scene = gallery.scene(
        compute=lambda params, inputs, engine: computed.append(inputs) or params.level,
        looked_at=frozenset({"chosen"}),
    )
    opened(qtbot, flow, scene)
    ears.heard.clear()
    flow.change(flow.state.with_inputs(chosen=1))
    assert [name for name, *_ in ears.heard] == ["stated", "pictured"]  # at once
    assert len(computed) == 1
    flow.change(flow.state.with_inputs(point=(1.0, 1.0)))
    qtbot.waitUntil(lambda: len(computed) == 2)
    assert computed[-1].chosen == 1


def test_a_choice_made_while_it_computes_is_shown(flow, qtbot):
    """What the picture alone reads comes from now, not from when the work began."""
    gate = threading.Event()
    seen = []

    def compute(params: Any, inputs: Any, engine: Any) -> float:
        assert params.level == 2.0 or gate.wait(WAIT)
        return params.level

    def picture(state: Any, result: Any, frame: Any, hover: Any) -> Any:
        seen.append((result, state.inputs.chosen))
        return gallery.level_picture(state, result, frame, hover)

    opened(qtbot, flow, gallery.scene(compute=compute, picture=picture, looked_at=frozenset({"chosen"})))
    flow.change(flow.state.with_params(level=3.0))
    flow.change(flow.state.with_inputs(chosen=7))
    gate.set()
    qtbot.waitUntil(lambda: flow.result == 3.0)
    assert seen[-1] == (3.0, 7)


# ---------------------------------------------------------------------------- many at once


def test_the_latest_of_two_hundred_changes_is_shown_and_one_waits_at_most(flow, ears, qtbot):
    gate, reached, computed = threading.Event(), threading.Event(), []

    def compute(params: Any, inputs: Any, engine: Any) -> float:
        computed.append(params.level)
        reached.set()
        assert gate.wait(WAIT)
        return params.level

    scene = gallery.scene(compute=compute)
    flow.open(scene, scene.opening())
    assert reached.wait(WAIT)
    for number in range(200):
        flow.change(flow.state.with_params(level=number / 20), final=number == 199)
        assert len(flow.computing._waiting) == 1
    gate.set()
    qtbot.waitUntil(lambda: flow.result is not None, timeout=PATIENCE)
    assert flow.result == 199 / 20
    assert computed == [2.0, 199 / 20]
    assert {picture.sentence for picture in ears.of("pictured")} == {"The level is 9.95."}
    flow.undo()
    assert flow.state.params.level == 2.0


def test_an_answer_that_is_on_its_way_when_the_next_change_comes_is_not_shown(flow, ears, qtbot):
    gate, sent = threading.Event(), threading.Event()

    def compute(params: Any, inputs: Any, engine: Any) -> float:
        assert params.level != 4.0 or gate.wait(WAIT)
        return params.level

    opened(qtbot, flow, gallery.scene(compute=compute))
    flow.change(flow.state.with_params(level=3.0))
    flow.computing.submit("last", lambda: iter([sent.set()][1:]))
    assert sent.wait(WAIT)  # the answer for 3 has been sent, and the window has not heard it yet
    flow.change(flow.state.with_params(level=4.0))
    QCoreApplication.processEvents()
    assert flow.result == 2.0
    gate.set()
    qtbot.waitUntil(lambda: flow.result == 4.0)
    assert "The level is 3." not in {picture.sentence for picture in ears.of("pictured")}


def test_parts_of_a_result_are_shown_with_their_progress(flow, ears, qtbot):
    def compute(params: Any, inputs: Any, engine: Any) -> Iterator[tuple[float, float]]:
        for part in (0.25, 0.5, 1.0):
            yield part, 10 * part

    opened(qtbot, flow, gallery.scene(compute=compute))
    assert [picture.sentence for picture in ears.of("pictured")][:3] == [
        "The level is 2.5.", "The level is 5.", "The level is 10.",
    ]  # fmt: skip
    assert ears.of("working")[:4] == [0.0, 0.25, 0.5, 1.0]


def test_stop_keeps_what_is_shown(flow, ears, qtbot):
    gate, ended = threading.Event(), threading.Event()

    def compute(params: Any, inputs: Any, engine: Any) -> Iterator[tuple[float, float]]:
        try:
            yield 0.25, 1.0
            assert gate.wait(WAIT)
            yield 0.5, 2.0
            yield 1.0, 3.0
        finally:
            ended.set()

    flow.open(scene := gallery.scene(compute=compute), scene.opening())
    qtbot.waitUntil(lambda: flow.result == 1.0)
    flow.stop()
    assert ears.of("working")[-1] == 1.0
    gate.set()
    assert ended.wait(WAIT)
    let_end(qtbot, flow.computing)
    assert flow.result == 1.0
    assert len(ears.of("pictured")) == 1


# ---------------------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (ValueError("The level is too high."), "The level is too high."),
        (MemoryError(), "There is not enough memory for this."),
        (RuntimeError("CUDA out of memory. Tried"), "There is not enough memory for this."),
        (KeyError("level"), "Something went wrong here: KeyError: 'level'"),
        (IndexError("too far\nand more"), "Something went wrong here: IndexError: too far"),
    ],
)
@pytest.mark.parametrize("part", ["compute", "picture", "edit", "why"])
def test_a_fault_anywhere_is_one_sentence_and_the_log_has_it_in_full(
    flow, ears, qtbot, caplog, part, fault, said
):
    scene = gallery.scene(**{part: gallery.failing(fault)}, listing=listing_of_one_line)
    with caplog.at_level(logging.ERROR, "zoetrope"):
        flow.open(scene, scene.opening())
        if part in ("edit", "why"):
            settle(qtbot, flow)
            flow.edit(Click(target=POINT))
            flow.ask_why(POINT)
        qtbot.waitUntil(lambda: bool(ears.of("failed") or ears.of("refused")))
    refusal = part == "edit" and isinstance(fault, ValueError)  # no fault at all: what cannot be is refused
    assert set(ears.of("refused" if refusal else "failed")) == {said}
    assert refusal or type(fault).__name__ in caplog.text


def listing_of_one_line(params: Any, inputs: Any) -> Call:
    return Call(function=level, arguments={"level": params.level})


def level(level: float) -> float:
    answer = level + 1
    return answer


def test_after_a_fault_the_next_state_is_computed_as_ever(flow, ears, qtbot):
    def compute(params: Any, inputs: Any, engine: Any) -> float:
        if params.level > 5:
            raise ValueError("Too high.")
        return params.level

    opened(qtbot, flow, gallery.scene(compute=compute))
    flow.change(flow.state.with_params(level=6.0))
    qtbot.waitUntil(lambda: ears.of("failed") == ["Too high."])
    assert flow.result == 2.0  # what is shown stays
    assert ears.of("working")[-1] == 1.0
    ears.heard.clear()
    flow.change(flow.state.with_params(level=3.0))
    qtbot.waitUntil(lambda: flow.result == 3.0)
    assert len(ears.of("recovered")) == 1


def test_a_refused_edit_changes_nothing(flow, ears, qtbot):
    opened(qtbot, flow, gallery.scene(edit=gallery.failing(Refused("That is no level."))))
    before = flow.state
    flow.edit(Typed(target=POINT, text="x"))
    assert ears.of("refused") == ["That is no level."]
    assert flow.state is before
    assert flow.history.past == []


def test_a_run_that_cannot_be_recorded_leaves_the_picture(flow, ears, qtbot, caplog):
    with caplog.at_level(logging.WARNING, "zoetrope"):
        opened(qtbot, flow, gallery.scene(listing=gallery.failing(ValueError("no such line"))))
    assert flow.trace is None
    assert ears.of("traced")[-1] is None
    assert ears.of("failed") == []
    assert "no such line" in caplog.text
    assert ears.of("pictured")


def test_a_device_that_fails_gives_way_to_the_cpu_with_a_notice(flow, ears, qtbot):
    used = []

    def compute(params: Any, inputs: Any, engine: Engine) -> float:
        used.append(engine.device)
        if engine.device == "cuda":
            raise RuntimeError("CUDA error: out of memory")
        return params.level

    opened(qtbot, flow, gallery.scene(compute=compute))
    flow.use(Engine("cuda"))
    qtbot.waitUntil(lambda: bool(ears.of("noticed")))
    assert used == ["cpu", "cuda", "cpu"]
    assert flow.engine == Engine()
    assert "CUDA could not do this" in ears.of("noticed")[0]
    assert ears.of("device_changed") == ["cuda", "cpu"]
    assert ears.of("failed") == []
    flow.change(flow.state.with_params(level=4.0))
    qtbot.waitUntil(lambda: flow.result == 4.0)
    assert used[-1] == "cpu"
    assert len(ears.of("noticed")) == 1


# ---------------------------------------------------------------------------- the recorded run


def test_steps_come_from_the_run_of_the_state_that_is_shown(flow, ears, qtbot):
    opened(qtbot, flow, contents.load("nms"), "chain")
    assert flow.frame is None
    flow.go(3)
    assert flow.frame is flow.trace.at(3)
    assert ears.of("stepped")[-1] is flow.frame
    flow.go(0)
    assert flow.frame is None
    assert flow.state.step == 0
    assert flow.history.past == []  # looking is nothing to undo


def test_a_step_stays_where_it_is_while_parameters_change(flow, ears, qtbot):
    opened(qtbot, flow, contents.load("nms"), "chain")
    flow.go(4)
    ears.heard.clear()
    flow.change(flow.state.with_params(iou_threshold=0.4))
    qtbot.waitUntil(lambda: bool(ears.of("pictured")))
    assert flow.frame is flow.trace.at(4)  # computed and recorded together: no flicker
    assert flow.frame.variables["iou_threshold"] == 0.4


def test_a_step_past_the_end_of_a_shorter_run_is_the_end(flow, qtbot):
    opened(qtbot, flow, contents.load("nms"), "chain")
    flow.go(len(flow.trace))
    flow.change(flow.state.with_params(score_threshold=0.95))
    qtbot.waitUntil(lambda: flow.trace is not None and flow.state.step is None)
    assert flow.frame is None


def test_the_run_of_an_earlier_state_answers_no_question(flow, ears, qtbot):
    """Between a change and its recording the run at hand is of other boxes."""
    asked = []
    nms = contents.load("nms")
    scene = replace(
        nms, why=lambda result, trace, target: asked.append(target) or Why(step=1, sentence="So.")
    )
    opened(qtbot, flow, scene, "chain")
    box = Target(panel="boxes", x=0, y=0, handle="box", index=1)
    assert flow.ask_why(box)
    assert ears.of("answered") == ["So."]
    flow.go(None)  # nobody is stepping: the run is recorded after the result is shown
    answers = []
    flow.renewed.connect(lambda: answers.append(flow.ask_why(box)))
    flow.edit(Press(key="N"))
    settle(qtbot, flow)
    assert answers == [None]
    assert len(asked) == 1
    assert flow.ask_why(box)


def test_the_run_of_the_scene_before_does_not_follow_into_the_next(flow, ears, qtbot):
    gate, reached = threading.Event(), threading.Event()

    def listing(params: Any, inputs: Any) -> Call:
        reached.set()
        assert gate.wait(WAIT)
        return listing_of_one_line(params, inputs)

    flow.open(scene := gallery.scene(listing=listing), scene.opening())
    qtbot.waitUntil(reached.is_set, timeout=PATIENCE)
    flow.open(other := gallery.scene("other"), other.opening())
    gate.set()
    settle(qtbot, flow)
    assert ears.of("traced") == [None] * len(ears.of("traced"))


# ---------------------------------------------------------------------------- what is pointed at


def test_the_picture_is_asked_only_when_the_pointer_moves_to_something_else(flow, ears, qtbot):
    opened(qtbot, flow)
    ears.heard.clear()
    flow.hover(POINT)
    flow.hover(replace(POINT))
    assert [picture.sentence for picture in ears.of("pictured")] == ["On point."]
    flow.hover(None)
    assert ears.of("pictured")[-1].sentence == "The level is 2."


def test_a_new_result_is_first_shown_with_nothing_pointed_at(flow, ears, qtbot):
    """What was pointed at was a part of the picture before: it may be gone."""
    opened(qtbot, flow)
    flow.hover(POINT)
    ears.heard.clear()
    flow.change(flow.state.with_params(level=4.0))
    qtbot.waitUntil(lambda: bool(ears.of("renewed")))
    names = [name for name, *_ in ears.heard]
    assert ears.of("pictured")[-1].sentence == "The level is 4."
    assert names.index("pictured") < names.index("renewed")


# ---------------------------------------------------------------------------- files


def test_a_file_is_read_beside_the_window_and_can_be_undone(flow, ears, qtbot, tmp_path):
    path = tmp_path / "found.json"
    path.write_text('{"boxes": [[1, 2, 30, 40]], "scores": [0.5]}')
    opened(qtbot, flow, contents.load("nms"), "chain")
    before = flow.state
    flow.bring(path)
    assert flow.state is before
    qtbot.waitUntil(lambda: flow.state is not before)
    assert flow.state.inputs.boxes.tolist() == [[1, 2, 30, 40]]
    flow.undo()
    assert flow.state is before


def test_notices_of_a_file_are_passed_on(flow, ears, qtbot):
    scene = gallery.scene(take_data=lambda state, path: (state.with_inputs(chosen=3), ("One.", "Two.")))
    opened(qtbot, flow, scene)
    flow.bring(Path("any.json"))
    qtbot.waitUntil(lambda: len(ears.of("noticed")) == 2)
    assert ears.of("noticed") == ["One.", "Two."]
    assert flow.state.inputs.chosen == 3


def test_a_bad_file_is_refused_and_changes_nothing(flow, ears, qtbot):
    scene = gallery.scene(take_data=gallery.failing(BadData("any.json is no list.")))
    opened(qtbot, flow, scene)
    before = flow.state
    flow.bring(Path("any.json"))
    qtbot.waitUntil(lambda: bool(ears.of("refused")))
    assert ears.of("refused") == ["any.json is no list."]
    assert flow.state is before


def test_what_was_read_for_one_scene_is_not_given_to_another(flow, ears, qtbot):
    gate, reached = threading.Event(), threading.Event()

    def take(state: Any, path: Path) -> Any:
        reached.set()
        assert gate.wait(WAIT)
        return state.with_inputs(chosen=9), ("Read.",)

    opened(qtbot, flow, gallery.scene(take_data=take))
    flow.bring(Path("any.json"))
    assert reached.wait(WAIT)
    opened(qtbot, flow, gallery.scene("other"))
    gate.set()
    let_end(qtbot, flow.reading)
    assert flow.state.scene == "other"
    assert flow.state.inputs.chosen == -1
    assert ears.of("noticed") == []


# ---------------------------------------------------------------------------- the ends


def test_without_a_scene_nothing_happens(flow, ears):
    flow.edit(Press(key="N"))
    flow.hover(POINT)
    flow.undo()
    flow.redo()
    flow.go(3)
    flow.look()
    flow.bring(Path("any.json"))
    flow.use(Engine())
    flow.stop()
    assert not flow.ask_why(POINT)
    assert flow.state is None
    assert flow.frame is None
    assert {name for name, *_ in ears.heard} <= {"working", "device_changed"}


def test_closing_in_the_middle_of_a_computation_waits_for_its_end(qtbot):
    reached, ended, parts = threading.Event(), threading.Event(), []

    def compute(params: Any, inputs: Any, engine: Any) -> Iterator[tuple[float, float]]:
        reached.set()
        while not flow.computing._stopping:
            pass
        for part in (0.5, 1.0):
            parts.append(part)
            yield part, part
        ended.set()

    flow = Flow()
    ears = Ears(flow)
    flow.open(scene := gallery.scene(compute=compute), scene.opening())
    assert reached.wait(WAIT)
    assert flow.close()
    assert parts == [0.5]
    assert not ended.is_set()
    assert ears.of("pictured") == []
    flow.deleteLater()


def test_closing_says_when_a_thread_cannot_be_stopped(qtbot, monkeypatch):
    gate, reached = threading.Event(), threading.Event()

    def compute(params: Any, inputs: Any, engine: Any) -> float:
        reached.set()
        assert gate.wait(WAIT)
        return 1.0

    monkeypatch.setattr("gui.worker.Worker.stop.__defaults__", (0.0,))
    flow = Flow()
    flow.open(scene := gallery.scene(compute=compute), scene.opening())
    assert reached.wait(WAIT)
    assert not flow.close()
    gate.set()
    assert flow.computing.stop(WAIT)
    flow.deleteLater()


# ---------------------------------------------------------------------------- at rest


def test_a_while_after_the_last_work_memory_is_given_back_beside_the_window(qtbot, monkeypatch):
    monkeypatch.setattr("gui.flow.REST_AFTER", 100)
    given: list[threading.Thread] = []
    monkeypatch.setattr("gui.flow.give_back", lambda: given.append(threading.current_thread()))
    flow = Flow()
    opened(qtbot, flow)
    ears = Ears(flow)
    qtbot.waitUntil(lambda: bool(given), timeout=PATIENCE)
    assert given[0] is not threading.main_thread()
    QCoreApplication.processEvents()
    assert ears.heard == []
    assert flow.close()
    flow.deleteLater()

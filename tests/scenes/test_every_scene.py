"""Every scene of the table of contents, driven through all that a person can do to it.

A scene that is added there is tested here with no further line, but for a file of a format that none takes yet.
"""

from __future__ import annotations

import dataclasses
import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch

from engine.device import Engine
from engine.search import variables_of
from engine.trace import Frame, Listing, Trace
from scenes import contents, picture
from scenes.asking import Question
from scenes.data.image import LoadedImage
from scenes.parameters import Parameter, parameters_of
from scenes.picture import Mark, Panel, Picture
from scenes.pins import extent_of, parts_of
from scenes.predicting import opening_of
from scenes.running import partial_results, result_of, trace_of
from scenes.scene import Click, Drag, Event, Press, Scene, State, Target, Typed, locked

ROOT = Path(__file__).parents[2]
ENGINE = Engine()
ROLES = frozenset(get_args(picture.Role))
MOST_FRAMES = 400  # looked at of one run, evenly chosen
PARTS = ("", "nw", "n", "e", "se")
TYPED = (
    "0.5",
    "1",
    "-3",
    "1/9",
    "",
    "x",
    "nan",
    "inf",
    "-1e999",
    "½",
    "9" * 400,
    "0.5; drop",
    "\N{MINUS SIGN}2",
)
KEYS = ("Delete", "Escape", "N", "?", "\x03", "")


@cache
def scene_of(key: str) -> Scene:
    return contents.load(key)


def presets() -> list[Any]:
    """Every preset of every scene. One that does not load has none here: `test_it_loads` says why."""
    found = []
    for key in contents.ENTRIES:
        try:
            found += [pytest.param(key, name, id=f"{key}-{name}") for name in scene_of(key).presets]
        except Exception:
            found.append(pytest.param(key, None, id=f"{key}-cannot-be-loaded", marks=pytest.mark.skip))
    return found


every_scene = pytest.mark.parametrize("key", contents.ENTRIES)
every_preset = pytest.mark.parametrize(("key", "preset"), presets())


@dataclasses.dataclass(frozen=True)
class Run:
    """A state with all that comes of it."""

    scene: Scene
    state: State
    result: Any
    trace: Trace | None

    def picture(self, step: int | None = None, hover: Target | None = None) -> Picture:
        frame = self.trace.at(step) if self.trace else None
        return self.scene.picture(replace(self.state, step=step), self.result, frame, hover)


def run(scene: Scene, state: State) -> Run:
    trace = trace_of(scene, state)
    assert trace is None or not scene.unstepped(state.params, state.inputs)
    return Run(scene, state, result_of(scene, state, ENGINE), trace)


@cache
def opened(key: str, preset: str | None = None) -> Run:
    scene = scene_of(key)
    return run(scene, scene.opening(preset))


# ---------------------------------------------------------------------------- what holds for all pictures


def check_picture(shown: Picture) -> None:
    """A picture that the stage can draw: whole, in its grid, with roles and handles that mean something."""
    keys = [panel.key for panel in shown.panels]
    assert keys
    assert len(set(keys)) == len(keys)
    taken: set[tuple[int, int]] = set()
    for panel in shown.panels:
        row, column, rows, columns = panel.place
        cells = {(r, c) for r in range(row, row + rows) for c in range(column, column + columns)}
        assert cells
        assert not cells & taken, f"panel {panel.key} lies on another"
        assert min(row, column) >= 0
        assert row + rows <= len(shown.rows)
        assert column + columns <= len(shown.columns)
        taken |= cells
        check_panel(panel)
    assert "nan" not in shown.sentence.lower().split()


def check_panel(panel: Panel) -> None:
    x1, y1, x2, y2 = panel.view
    assert all(map(math.isfinite, panel.view))
    assert x1 < x2
    assert y1 < y2
    assert all(margin >= 0 for margin in panel.margin)
    handles = [mark.handle for mark in panel.marks if mark.handle]
    assert len(set(handles)) == len(handles), f"panel {panel.key} has a handle twice"
    for mark in panel.marks:
        check_mark(mark)


def check_mark(mark: Mark) -> None:
    assert all(role in ROLES for role in roles_in(mark)), mark
    assert not (mark.movable or mark.editable) or mark.handle, "what can be moved or typed into has a name"
    match mark:
        case picture.Image(pixels=pixels):
            assert pixels.dtype == np.uint8
            assert pixels.ndim == 3
            assert pixels.shape[2] in (1, 3, 4)
            assert pixels.size
        case picture.Heatmap(values=values, range=(low, high)):
            assert values.ndim == 2
            assert low < high
            assert values.dtype.kind in "biuf"
            assert mark.known is None or mark.known.shape == values.shape
            assert 0 < mark.strength <= 1
        case picture.Mosaic(kinds=kinds, roles=roles, strengths=strengths):
            assert kinds.ndim == 2
            assert kinds.dtype == np.uint8
            assert kinds.size == 0 or kinds.max() < len(roles) == len(strengths)
        case picture.Cells(values=values):
            check_cells(mark, *np.atleast_2d(values).shape)
        case picture.Boxes():
            check_boxes(mark)
        case picture.Curve(x=x, y=y):
            assert np.shape(x) == np.shape(y)
            assert np.ndim(x) == 1
            assert len(mark.dash) % 2 == 0
            assert all(length > 0 for length in mark.dash)
        case picture.Bars(values=values):
            assert len(mark.roles) == len(values)
            assert not mark.labels or len(mark.labels) == len(values)
            assert mark.ghosts is None or np.shape(mark.ghosts) == np.shape(values)
        case picture.Scatter(points=points):
            assert points.shape == (len(points), 2)
            assert not mark.labels or len(mark.labels) == len(points)
        case picture.Line(segments=segments):
            assert np.asarray(segments).reshape(-1, 2, 2).size == np.size(segments)
        case picture.Arrow(tail=tail, head=head):
            assert all(map(math.isfinite, (*tail, *head)))
        case picture.Region(extent=extent):
            assert extent[0] <= extent[2]
            assert extent[1] <= extent[3]
        case picture.Text(text=text):
            assert "nan" not in text
        case picture.Formula(latex=latex):
            assert latex
        case picture.Terms(terms=terms, lit=lit):
            assert terms
            assert all(0 <= index < len(terms) for index in lit)
            assert all(term.role in ROLES for term in terms)
        case picture.Contours(values=values, extent=extent):
            assert values.ndim == 2
            assert extent[0] < extent[2]
            assert extent[1] < extent[3]
        case picture.Faces(polygons=polygons, levels=levels):
            assert polygons.shape == (len(levels), polygons.shape[1], 2)
            assert levels.dtype == np.uint8
        case picture.Graph(places=places, names=names):
            assert np.shape(places) == (len(names), 2)
            assert len(mark.roles) == len(names)
            assert all(0 <= end < len(names) for edge in mark.edges for end in edge)
        case picture.Table(heads=heads, rows=rows):
            assert all(len(row) == len(heads) for row in rows)
            assert all(0 <= row < len(rows) for row, _ in mark.marked)
        case _:
            pytest.fail(f"say here what holds for {type(mark).__name__}")


def check_cells(mark: picture.Cells, rows: int, columns: int) -> None:
    assert mark.cell > 0
    assert all(0 <= row < rows and 0 <= column < columns for row, column, _ in mark.marked)
    if mark.text is not None:
        assert [len(words) for words in mark.text] == [columns] * rows
    assert len(mark.row_names) in (0, rows)
    assert len(mark.column_names) in (0, columns)


def check_boxes(mark: picture.Boxes) -> None:
    count = len(mark.boxes)
    assert mark.boxes.shape == (count, 4)
    assert mark.role_of.shape == (count,)
    assert ((mark.role_of >= 0) & (mark.role_of < len(mark.roles))).all()
    assert len(mark.labels) in (0, count)
    assert len(mark.short) in (0, count)
    assert all(0 <= index < count for index in mark.front)
    assert len(set(mark.front)) == len(mark.front)


def roles_in(mark: Mark) -> Iterator[str]:
    """All roles that a mark names, wherever it does."""
    if hasattr(mark, "role"):
        yield mark.role
    yield from getattr(mark, "roles", ())
    for *_, role in getattr(mark, "marked", ()):
        yield role


def check_narration(frame: Frame) -> None:
    """A sentence with its numbers in it; where one fails, it is shown as written, with the fault behind it."""
    template = frame.listing.narration.get(frame.line, "")
    if "{" in template:
        assert not frame.narration.startswith(template), frame.narration


def check_arrays(named: dict[str, Any]) -> None:
    assert named
    for name, array in named.items():
        assert isinstance(array, np.ndarray), name
        assert array.dtype.kind in "biuf", name


def check_all(one: Run, frames: int = 12) -> None:
    """The picture of the end and of some steps, the arrays, the sentences of the steps."""
    check_picture(one.picture())
    check_arrays(one.scene.arrays(one.result))
    for step in steps_of(one.trace, frames):
        check_picture(one.picture(step))
        if frame := one.trace.at(step):
            check_narration(frame)


def steps_of(trace: Trace | None, most: int) -> list[int]:
    """The steps of a run, 0 and the last among them; when they are many, evenly chosen."""
    if trace is None:
        return []
    if len(trace) < most:
        return list(range(len(trace) + 1))
    return sorted({round(place) for place in np.linspace(0, len(trace), most)})


def arrays_inside(record: Any) -> dict[str, bytes]:
    """The bytes of every array in a frozen record, to see later whether one was changed."""
    found = {f.name: getattr(record, f.name) for f in fields(record)}
    return {name: value.tobytes() for name, value in found.items() if isinstance(value, np.ndarray)}


def targets_of(shown: Picture, *, stale: bool = False) -> Iterator[Target]:
    """Places all over the panels and on the first, middle and last part of every handle; `stale` ones lie
    beyond the last part, as when the picture is of a moment ago.
    """
    for panel in shown.panels:
        x1, y1, x2, y2 = panel.view
        for x in np.linspace(x1, x2, 3).tolist():
            for y in np.linspace(y1, y2, 3).tolist():
                yield Target(panel=panel.key, x=x, y=y)
        for mark in panel.marks:
            if not mark.handle:
                continue
            count = parts_in(mark)
            indices = {0, count // 2, count - 1} if count else {-1}
            for index in sorted(indices | ({count, count + 999} if stale else set())):
                for part in PARTS if isinstance(mark, picture.Boxes) else ("",):
                    x, y = place_of(mark, index, panel)
                    yield Target(panel=panel.key, x=x, y=y, handle=mark.handle, index=index, part=part)


def parts_in(mark: Mark) -> int:
    """How many parts of a mark can be pointed at; 0 where it is one thing."""
    for name in ("boxes", "points", "rows", "names", "terms"):
        if name in {f.name for f in fields(mark)}:
            return len(getattr(mark, name))
    if isinstance(mark, picture.Image):
        return mark.pixels.shape[0] * mark.pixels.shape[1]
    if isinstance(mark, picture.Mosaic):
        return int(mark.kinds.size)
    return int(np.size(mark.values)) if hasattr(mark, "values") else 0


def place_of(mark: Mark, index: int, panel: Panel) -> tuple[float, float]:
    x1, y1, x2, y2 = panel.view
    if isinstance(mark, picture.Boxes) and 0 <= index < len(mark.boxes):
        x1, y1, x2, y2 = mark.boxes[index].tolist()
    elif isinstance(mark, picture.Cells):
        row, column = divmod(max(index, 0), np.atleast_2d(mark.values).shape[1] or 1)
        return mark.at[0] + (column + 0.5) * mark.cell, mark.at[1] + (row + 0.5) * mark.cell
    elif isinstance(mark, picture.Bars):
        return (x1 + x2) / 2, index + 0.5
    elif isinstance(mark, picture.Image | picture.Heatmap):
        rows, columns = np.shape(mark.pixels if isinstance(mark, picture.Image) else mark.values)[:2]
        row, column = divmod(max(index, 0), columns)
        return x1 + (column + 0.5) * (x2 - x1) / columns, y1 + (row + 0.5) * (y2 - y1) / rows
    return (x1 + x2) / 2, (y1 + y2) / 2


# ---------------------------------------------------------------------------- what a scene declares


@every_scene
def test_it_loads(key: str) -> None:
    scene = contents.load(key)
    assert scene.key == key
    assert scene.presets
    assert scene.sources
    assert all(preset.title and preset.point for preset in scene.presets.values())
    assert set(scene.colours.values()) <= ROLES


@every_scene
def test_its_records_are_frozen_and_its_parameters_explained(key: str) -> None:
    scene = scene_of(key)
    state = scene.opening()
    for record in (state.params, state.inputs):
        assert type(record).__dataclass_params__.frozen
    assert isinstance(state.params, scene.params)
    names = {field.name for field in fields(state.inputs)}
    assert scene.looked_at <= names
    assert scene.stepped_at <= names
    declared = {parameter.name for parameter in parameters_of(scene.params)}
    for parameter in parameters_of(scene.params):
        assert parameter.help
        assert parameter.default is not None
        assert {when.name for when in parameter.when} <= declared - {parameter.name}


def test_no_scene_loads_qt() -> None:
    """In a process of its own, that loads every scene and nothing else."""
    code = (
        "import sys; from scenes import contents; [contents.load(key) for key in contents.ENTRIES]; "
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    asked = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(asked.stdout.split())
    assert "torch" in loaded
    assert not loaded & {"PySide6", "shiboken6", "pyqtgraph", "gui"}


# ---------------------------------------------------------------------------- state in, result out


@every_preset
def test_the_same_state_gives_the_same_result(key: str, preset: str) -> None:
    scene, first = scene_of(key), opened(key, preset)
    again = scene.arrays(result_of(scene, scene.opening(preset), ENGINE))
    named = scene.arrays(first.result)
    check_arrays(named)
    assert named.keys() == again.keys()
    for name, array in named.items():
        assert array.dtype == again[name].dtype
        assert array.shape == again[name].shape
        assert array.tobytes() == again[name].tobytes(), name


@every_preset
def test_nothing_it_is_handed_is_changed(key: str, preset: str) -> None:
    """Neither inputs nor result by any of its functions, nor the randomness of others."""
    scene = scene_of(key)
    state = scene.opening(preset)
    before, torch_seed, numpy_seed = arrays_inside(state.inputs), torch.get_rng_state(), np.random.get_state()
    one = run(scene, state)
    kept = arrays_inside(one.result)
    for step in steps_of(one.trace, 5):
        one.picture(step)
    for target in targets_of(one.picture()):
        scene.edit(state, Drag(target=target, dx=1, dy=1))
        one.picture(hover=target)
    assert arrays_inside(state.inputs) == before
    assert arrays_inside(one.result) == kept
    assert torch.equal(torch.get_rng_state(), torch_seed)
    assert (np.random.get_state()[1] == numpy_seed[1]).all()


@every_preset
def test_progress_rises_to_the_end(key: str, preset: str) -> None:
    """And what there is of a result meanwhile can be looked at."""
    scene = scene_of(key)
    state, done = scene.opening(preset), []
    for part, result in partial_results(scene, state, ENGINE):
        done.append(part)
        check_picture(scene.picture(state, result, None, None))
    assert done == sorted(done)
    assert done[-1] == 1.0
    assert done.count(1.0) == 1


def settings(scene: Scene) -> Iterator[State]:
    """Both ends of every range, every choice, both sides of every switch: each wherever it has a say.

    On a small picture where the scene takes one: the presets are computed in full elsewhere.
    """
    for preset in (None, list(scene.presets)[-1]):
        state = scene.opening(preset)
        if scene.take_image is not None:
            state = scene.take_image(state, loaded(IMAGES["noise"]))
        yield replace(state, params=scene.params())
        for parameter in parameters_of(scene.params):
            for value in extremes(parameter):
                has_a_say = [{when.name: said} for when in parameter.when for said in when.values]
                for others in has_a_say or [{}]:
                    yield state.with_params(**others, **{parameter.name: value})


def extremes(parameter: Parameter) -> list[Any]:
    if parameter.kind == "bool":
        return [False, True]
    if parameter.kind == "choice":
        return list(parameter.choices)
    if parameter.range is None:
        return [parameter.default]
    number = int if parameter.kind == "int" else float
    low, high, step = parameter.range.low, parameter.range.high, parameter.range.step
    return [number(low), number(low + step), number(high - step), number(high)]


@every_scene
def test_every_end_of_every_parameter(key: str) -> None:
    """Computed and drawn; a few may be refused with a sentence: a window that is larger than its input."""
    scene = scene_of(key)
    runs = [taken(partial(run, scene, state)) for state in settings(scene)]
    assert runs.count(None) <= len(runs) // 5
    for one in runs:
        if one is not None:
            check_all(one)


# ---------------------------------------------------------------------------- the steps


@every_preset
def test_every_step_has_its_picture_and_its_sentence(key: str, preset: str) -> None:
    one = opened(key, preset)
    if one.trace is None:
        pytest.skip("nothing to step here")
    assert len(one.trace)
    assert any(frame.narrated for frame in one.trace.frames)
    for frame in one.trace.frames:
        check_narration(frame)
    check_all(one, MOST_FRAMES)


@every_preset
def test_a_step_keeps_what_it_did_not_change(key: str, preset: str) -> None:
    """The stage takes an array for unchanged by its identity: images are never rebuilt for a step."""
    one = opened(key, preset)
    before = {(panel.key, n): m for panel in one.picture(1).panels for n, m in enumerate(panel.marks)}
    for panel in one.picture(2).panels:
        for number, mark in enumerate(panel.marks):
            old = before.get((panel.key, number))
            if isinstance(mark, picture.Image) and isinstance(old, picture.Image) and mark.handle:
                assert mark.pixels is old.pixels


OTHER = Listing("other", "other.py", 1, ("something = else_",), {}, {1: 1})


def of_other_code(frame: Frame, without: frozenset[str]) -> Frame:
    """The frame as other code would leave it, with the same names but for some."""
    kept = {name: value for name, value in frame.variables.items() if name not in without}
    before = {name: value for name, value in frame.before.items() if name not in without}
    changed = tuple(name for name in frame.changed if name in kept)
    return replace(frame, listing=OTHER, line=1, callers=(), variables=kept, before=before, changed=changed)


@every_preset
def test_code_of_a_persons_own_has_its_picture(key: str, preset: str) -> None:
    """Known by the names of its variables alone: with all of them it is the same, and any may be missing."""
    one = opened(key, preset)
    if one.trace is None:
        pytest.skip("nothing to step here")
    for frame in (one.trace.at(step) for step in steps_of(one.trace, 6)):
        if frame is None or frame.callers:
            continue
        state = replace(one.state, step=frame.index + 1)
        shown = one.scene.picture(state, one.result, of_other_code(frame, frozenset()), None)
        assert alike(shown.panels, one.picture(frame.index + 1).panels)
        for without in (*({name} for name in frame.variables), set(frame.variables)):
            seen = of_other_code(frame, frozenset(without))
            check_picture(one.scene.picture(state, one.result, seen, None))


def alike(a: Any, b: Any) -> bool:
    """Whether two values, or all that is in them, are the same."""
    if dataclasses.is_dataclass(a):
        return type(a) is type(b) and all(alike(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    return bool(a == b)


@every_preset
def test_what_it_asks_is_answered_by_the_run(key: str, preset: str) -> None:
    one = opened(key, preset)
    if one.trace is None:
        pytest.skip("nothing to ask about")
    steps = one.trace.steps_narrated()
    for before, step in pairwise([0, *steps]):
        frame = one.trace.at(step)
        assert frame is not None
        question = one.scene.ask(replace(one.state, step=before), one.trace, frame)
        if question is not None:
            check_question(question, one.picture(before) if before else before_the_first_line(one))


@every_preset
def test_before_the_first_line_it_shows_what_it_is_given(key: str, preset: str) -> None:
    """Whoever predicts begins there, with the arguments and nothing that comes of them."""
    one = opened(key, preset)
    if one.trace is not None and len(one.trace):
        check_picture(before_the_first_line(one))


def before_the_first_line(one: Run) -> Picture:
    return one.scene.picture(replace(one.state, step=0), one.result, opening_of(one.trace), None)


def check_question(question: Question, shown: Picture) -> None:
    """One that can be asked: its right answer is worth all, is among the choices, and can be given."""
    assert question.text.endswith("?")
    assert question.reveal.endswith(".")
    assert question.right
    assert all(question.credit(answer) == 1 for answer in question.right)
    assert 2 <= len(question.choices) <= 5
    assert len({choice.label for choice in question.choices}) == len(question.choices)
    assert [choice.answer in question.right for choice in question.choices].count(True) == 1
    assert all(question.credit(choice.answer) <= 1 for choice in question.choices)
    if question.kind == "number":
        return
    panel = next(panel for panel in shown.panels if panel.key == question.panel)
    parts = parts_of(question, shown)
    answers = (*question.right, *(choice.answer for choice in question.choices))
    assert all(extent_of(question, answer, parts) is not None for answer in answers)  # can be marked
    if question.kind == "part":
        mark = next(mark for mark in panel.marks if mark.handle == question.handle)
        assert all(0 <= answer < parts_in(mark) for answer in question.right)


@every_preset
def test_what_became_of_each_part(key: str, preset: str) -> None:
    one = opened(key, preset)
    for outcome in one.scene.outcomes(one.trace).values() if one.trace is not None else ():
        assert 0 <= outcome.step <= len(one.trace)
        assert outcome.words
        assert not outcome.words.endswith(".")


@every_preset
def test_pointing_anywhere_at_any_step(key: str, preset: str) -> None:
    """At each of some steps also at what the others show: the pointer rests while the run plays on."""
    one = opened(key, preset)
    steps = (None, *steps_of(one.trace, 4))
    found = [target for step in steps for target in targets_of(one.picture(step))]
    places = {(t.panel, t.handle, t.index, t.part) if t.handle else (t.panel, t.x, t.y): t for t in found}
    for step in steps:
        for target in places.values():
            check_picture(one.picture(step, target))


@every_preset
def test_why_is_answered_for_every_part_or_not_at_all(key: str, preset: str) -> None:
    one = opened(key, preset)
    if one.trace is None:
        pytest.skip("no run to search")
    for target in targets_of(one.picture()):
        answer = one.scene.why(one.result, one.trace, target)
        if answer is not None:
            assert 0 <= answer.step <= len(one.trace)
            assert answer.sentence.endswith(".")


@every_scene
def test_what_a_mark_is_said_to_show_is_a_variable_of_a_listing(key: str) -> None:
    scene = scene_of(key)
    runs = [opened(key, preset).trace for preset in scene.presets] if scene.shows else []
    assert set(scene.shows.values()) <= {
        name for one in runs if one is not None for name in variables_of(one)
    }


# ---------------------------------------------------------------------------- what a person does


def taken(call: Callable[[], Any]) -> Any:
    """What a call gives; None where it refuses with a sentence. It raises nothing else."""
    refusal = ""
    try:
        return call()
    except ValueError as error:
        refusal = str(error)
    assert refusal.endswith("."), refusal
    assert "\n" not in refusal
    return None


def edited(scene: Scene, state: State, event: Event) -> State:
    """The state after an event."""
    after = taken(lambda: scene.edit(state, event))
    if after is None:
        return state
    assert isinstance(after, State)
    assert after.scene == state.scene
    assert type(after.params) is type(state.params)
    assert type(after.inputs) is type(state.inputs)
    return after


def gestures(target: Target) -> Iterator[Event]:
    yield Click(target=target)
    yield Click(target=target, double=True)
    for dx, dy in ((0.0, 0.0), (1.0, -1.0), (-0.001, 0.0), (1e7, -1e7)):
        moved = replace(target, x=target.x + dx, y=target.y + dy)
        for phase in ("start", "move", "end", "key"):
            yield Drag(target=moved, dx=dx, dy=dy, phase=phase)
    for text in TYPED:
        yield Typed(target=target, text=text)


@every_preset
def test_every_gesture_on_every_part(key: str, preset: str) -> None:
    one = opened(key, preset)
    outcomes: dict[tuple[Any, ...], State] = {}
    for target in targets_of(one.picture(), stale=True):
        for event in gestures(target):
            after = edited(one.scene, one.state, event)
            if after is not one.state:
                outcomes[
                    (type(event), target.panel, target.handle, target.part, getattr(event, "dx", None))
                ] = after
    chosen = list(outcomes.values())
    for state in chosen[:: max(1, len(chosen) // 5)]:
        check_all(run(one.scene, state), frames=3)


@every_preset
def test_what_can_be_moved_moves_and_what_can_be_typed_into_takes_a_number(key: str, preset: str) -> None:
    """A mark that offers a grip keeps its promise, and refuses words."""
    one = opened(key, preset)
    shown = one.picture()
    marks = {mark.handle: mark for panel in shown.panels for mark in panel.marks if mark.handle}
    panels = {mark.handle: panel for panel in shown.panels for mark in panel.marks if mark.handle}
    by_handle: dict[str, list[Target]] = {handle: [] for handle in marks}
    for target in targets_of(shown):
        if target.handle:
            by_handle[target.handle].append(target)
    for handle, mark in marks.items():
        if mark.movable:
            width, height = (
                panels[handle].view[2] - panels[handle].view[0],
                panels[handle].view[3] - panels[handle].view[1],
            )
            ways = ((3.0, 2.0), (-3.0, -2.0), (0.2, 0.1), (width / 4, height / 4))
            drags = [
                Drag(target=replace(t, x=t.x + dx, y=t.y + dy), dx=dx, dy=dy)
                for t in by_handle[handle] for dx, dy in ways
            ]  # fmt: skip
            states = [taken(partial(one.scene.edit, one.state, drag)) for drag in drags]
            assert any(state is not None and state is not one.state for state in states), handle
        if mark.editable:
            typed = [Typed(target=by_handle[handle][0], text=text) for text in TYPED]
            states = [taken(partial(one.scene.edit, one.state, event)) for event in typed]
            assert any(state is not None and state is not one.state for state in states), handle
            assert states[TYPED.index("x")] is None
    assert not shown.focus or marks[shown.focus].movable


@every_scene
def test_each_of_its_keys_does_something(key: str) -> None:
    scene = scene_of(key)
    for known in scene.keys:
        changed = False
        for preset in scene.presets:
            state = scene.opening(preset)
            targets = list(targets_of(opened(key, preset).picture()))
            for target in targets:
                chosen = edited(scene, state, Click(target=target))
                changed |= edited(scene, chosen, Press(key=known.key, target=target)) is not chosen
        assert changed, known.key


@every_preset
def test_every_key_with_and_without_a_part(key: str, preset: str) -> None:
    one = opened(key, preset)
    targets = [None, *list(targets_of(one.picture(), stale=True))]
    for name in (*KEYS, *(known.key for known in one.scene.keys)):
        for target in targets:
            edited(one.scene, one.state, Press(key=name, target=target))
    state = one.state
    for turn in range(3):  # one after the other, as often as there is something to act on
        for known in one.scene.keys:
            target = targets[(7 * turn + 1) % len(targets)]
            state = edited(one.scene, state, Click(target=target))
            state = edited(one.scene, state, Press(key=known.key, target=target))
    check_all(run(one.scene, state), frames=3)


@every_preset
def test_what_it_hands_on_can_be_taken(key: str, preset: str) -> None:
    """A state of the other scene, that is computed, stepped and drawn like any other."""
    one = opened(key, preset)
    for other, make in one.scene.hand_on.items():
        state = taken(partial(make, one.state, one.result))
        if state is not None:
            assert state.scene == other
            check_all(run(scene_of(other), state), frames=3)


# ---------------------------------------------------------------------------- a person's own files


def gray(*shape: int, level: int = 128) -> np.ndarray[Any, Any]:
    return locked(np.full(shape, level, np.uint8))


def loaded(pixels: np.ndarray[Any, Any]) -> LoadedImage:
    return LoadedImage(pixels, (pixels.shape[1], pixels.shape[0]), ())


IMAGES = {
    "one pixel": gray(1, 1, 1),
    "one colour pixel": gray(1, 1, 3),
    "one row": gray(1, 40, 3),
    "one column": gray(40, 1, 1),
    "black": gray(16, 16, 3, level=0),
    "white": gray(16, 16, 1, level=255),
    "noise": locked(np.random.default_rng(5).integers(0, 256, (23, 31, 3), np.uint8)),
}


@every_scene
@pytest.mark.parametrize("name", IMAGES)
def test_any_image(key: str, name: str) -> None:
    scene, pixels = scene_of(key), IMAGES[name]
    if scene.take_image is None:
        pytest.skip("takes no image")
    for preset in scene.presets:
        check_all(run(scene, scene.take_image(scene.opening(preset), loaded(pixels))), frames=4)


DATA: dict[str, Any] = {
    "nothing": {},
    "one layer": [{"kernel": 3}],
    "a residual block": [{"padding": 1, "channels": 3}, {"kind": "add", "reads": ["image", 0]}],
    "a layer that reads itself": [{"reads": [0]}],
    "a list": [],
    "no boxes": {"boxes": [], "scores": [], "labels": []},
    "one box": {"boxes": [[1, 2, 3, 4]], "scores": [0.5]},
    "a box of no size": {"boxes": [[5, 5, 5, 5]], "scores": [1.0], "labels": [3]},
    "the same box thrice": {"boxes": [[1, 2, 30, 40]] * 3, "scores": [0.5] * 3, "labels": [0] * 3},
    "a score that is no number": {"boxes": [[1, 2, 3, 4]], "scores": ["x"]},
    "one pixel": {"image": [[0.5]]},
    "one value all over": {"image": [[0.25] * 9] * 9},
    "one weight": {"kernel": [[1.0]]},
    "no weights": {"kernel": [[0.0] * 3] * 3},
    "an even kernel": {"kernel": [[1.0] * 2] * 2},
    "a layer": {"input": [[[1.0, 2.0], [3.0, 4.0]]], "weight": [[[[0.5]]], [[[-1.0]]]], "bias": [0.5, 0]},
    "a layer that does not fit": {"input": [[[1.0]]], "weight": [[[[1.0] * 3] * 3]]},
    "points": {"points": [[-1.0, 0.5], [0.0, 0.0], [2.0, 3.5]], "start": [1.0, -1.0]},
    "points one above the other": {"points": [[30.0, 1.0], [30.0, -2.0]]},
    "a single point": {"points": [[1.0, 2.0]]},
    "the same point thrice": {"points": [[0.0, 0.0]] * 3},
    "a head": {"head": [[[0.1, -0.2]] * 2] * 14, "anchors": [[10, 20], [30, 15]], "stride": 16},
    "a head of one number a channel": {"head": [[[3.0]]] * 5, "anchors": [[8, 8]], "stride": [8]},
    "a head that does not fit": {"head": [[[0.1]]] * 13, "anchors": [[10, 20], [30, 15]], "stride": 16},
    "box sizes": {"sizes": [[10, 20], [12, 18], [50, 40], [55, 38], [20, 21]]},
    "one box size": {"sizes": [[10, 20]]},
    "image and kernel": {"image": [[0.0, 1.0], [1.0, 0.0]], "kernel": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]},
}


@every_scene
def test_any_data(key: str, tmp_path: Path) -> None:
    """Taken, and then computed and drawn like any other state; or refused with a sentence."""
    scene = scene_of(key)
    if scene.take_data is None:
        pytest.skip("takes no data")
    count = 0
    for name, document in DATA.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(document))
        answer = taken(partial(scene.take_data, scene.opening(), path))
        if answer is not None:
            count += 1
            assert all(answer[1])
            check_all(run(scene, answer[0]), frames=6)
    assert count, "DATA holds nothing of this scene's format: add some, ordinary and degenerate"
    assert count < len(DATA)


@every_scene
def test_arrays_that_are_not_finite(key: str, tmp_path: Path) -> None:
    scene = scene_of(key)
    if scene.take_data is None:
        pytest.skip("takes no data")
    for value in (np.nan, np.inf, -np.inf, 1e30):
        named = {
            "boxes": np.array([[1, 2, 3, 4], [value] * 4]), "scores": np.array([0.5, value]),
            "image": np.full((4, 4), value), "kernel": np.full((3, 3), value),
            "points": np.array([[0, 1], [2, 3], [value, 4]]),
            "head": np.full((6, 2, 2), value), "anchors": np.full((1, 2), 9.0), "stride": np.array(8),
        }  # fmt: skip
        path = tmp_path / "arrays.npz"
        np.savez(path, **named)
        answer = taken(partial(scene.take_data, scene.opening(), path))
        if answer is not None:
            check_all(run(scene, answer[0]), frames=3)

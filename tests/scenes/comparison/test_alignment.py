"""Which moments of two runs belong together: on runs made for it, and on those of every scene."""

import pytest

from engine.trace import record
from scenes import contents
from scenes.comparison.alignment import align, places
from scenes.running import trace_of


def half(value):
    return value / 2


def longer(values, limit):
    total = 0
    for value in values:
        if value > limit:
            part = half(value)
            total = total + part
        total = total + 1
    return total


def other(values):
    count = len(values)
    total = 0
    for value in values:
        extra = value
        total = total + extra
    total = total + count
    return total


def run(limit, values=(1, 2, 3)):
    return record(longer, list(values), limit, into=(half,))


def texts(kept, now):
    """The lines that stand beside each other."""
    alignment = align(kept, now)
    return [
        (frame.text, kept.frames[alignment.kept_step(frame.index + 1) - 1].text)
        for frame in now.frames if not frame.callers
    ]  # fmt: skip


def test_a_run_beside_itself():
    trace = run(0)
    alignment = align(trace, trace)
    assert [alignment.kept_step(n) for n in range(len(trace) + 1)] == list(range(len(trace) + 1))
    assert alignment.kept_step(None) is None


def test_runs_of_the_same_code_stand_at_the_same_line_of_the_same_turn():
    kept, now = run(2), run(0)
    alignment = align(kept, now)
    assert alignment.same_code
    for frame in now.frames:
        other_one = kept.at(alignment.kept_step(frame.index + 1))
        if not frame.callers and frame.text == "total = total + 1":
            assert other_one.text == frame.text
            assert other_one.variables["value"] == frame.variables["value"]
        if frame.callers and frame.callers[0].variables["value"] < 3:
            assert other_one.text == "if value > limit:"  # it waits there, where it goes another way


def test_where_the_kept_run_goes_on_alone_it_waits_and_ends_with_the_other():
    kept, now = run(0), run(0, (1,))
    alignment = align(kept, now)
    assert texts(kept, now)[-1] == ("return total", "return total")
    third = next(f for f in kept.frames if f.variables.get("value") == 3)
    back = alignment.now_step(third.index + 1)
    assert now.at(back).text == "return total"


def test_runs_of_other_code_stand_in_the_same_turn_at_variables_of_the_same_name():
    kept, now = run(9), record(other, [1, 2, 3])
    alignment = align(kept, now)
    assert not alignment.same_code
    pairs = [pair for pair in texts(kept, now) if pair[0].startswith("total = total + extra")]
    assert pairs == [("total = total + extra", "total = total + 1")] * 3
    for frame in now.frames:
        beside = kept.at(alignment.kept_step(frame.index + 1))
        if frame.text == "total = total + extra":
            assert beside.variables["value"] == frame.variables["value"]


def test_steps_never_go_back_and_never_leave_the_run():
    for kept, now in ((run(1), run(0)), (record(other, [1, 2]), run(0)), (run(0), record(other, []))):
        steps = [align(kept, now).kept_step(n) for n in range(len(now) + 1)]
        assert steps == sorted(steps)
        assert steps[0] == 0
        assert max(steps) <= len(kept)


@pytest.mark.parametrize("key", contents.ENTRIES)
def test_places_in_the_code_rise_through_every_scenes_run(key):
    scene = contents.load(key)
    state = scene.opening()
    trace = trace_of(scene, state)
    if trace is None:
        pytest.skip("no steps")
    found = places(trace)
    assert found == sorted(found)
    assert len(set(found)) == len(found)
    again = trace_of(scene, state)
    assert list(align(again, trace).kept_at) == list(range(len(trace) + 1))

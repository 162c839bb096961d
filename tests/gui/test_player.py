"""The player over a recorded run: both grains, both ways, breakpoints, and playing on by itself."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from engine.trace import Trace, record
from gui.player import PACE, SPEEDS, Player


# fmt: off
# (the formatter would write `# >` for `#>`)
def double(x: Any) -> Any:
    y = x * 2
    #> Twice {x} is {y}.
    return y


def total(values: Any) -> Any:
    result = 0
    #> Begin with nothing.
    for value in values:
        twice = double(value)
        result = result + twice
        #> {value} counts twice: {result} so far.
    return result
    #> {result} in all.


# fmt: on


@pytest.fixture
def trace() -> Trace:
    return record(total, torch.tensor([1, 2, 3]), into=(double,))


@pytest.fixture
def player(qtbot, trace):
    """A player whose owner goes where it asks to."""
    made = Player()
    made.wanted.connect(lambda step: setattr(made, "step", step))
    made.take(trace)
    yield made
    made.pause()


@pytest.fixture
def asked(player) -> list[int | None]:
    heard: list[int | None] = []
    player.wanted.connect(heard.append)
    return heard


def line_of(trace: Trace, text: str) -> tuple[str, int]:
    frame = next(frame for frame in trace.frames if text in frame.text)
    return frame.listing.name, frame.line


def test_narrated_steps_forward_are_those_of_the_function_itself(player, trace, asked):
    player.to_start()
    while player.move(1):
        pass
    wanted = [f.index + 1 for f in trace.frames if f.narrated and not f.callers]
    assert asked == [0, *wanted, None]
    assert len(wanted) == 5
    assert player.step is None


def test_and_back_again_to_the_very_start(player, trace, asked):
    while player.move(-1):
        pass
    wanted = [f.index + 1 for f in trace.frames if f.narrated and not f.callers]
    assert asked == [*reversed(wanted), 0]


def test_every_line_forward_and_back(player, trace, asked):
    player.set_lines(True)
    player.to_start()
    while player.move(1):
        pass
    assert asked == [*range(len(trace) + 1), None]
    asked.clear()
    while player.move(-1):
        pass
    assert asked == list(range(len(trace), -1, -1))


def test_a_line_on_whatever_the_grain(player, asked):
    player.to_start()
    player.move_line(1)
    player.move_line(1)
    player.move_line(-1)
    assert asked == [0, 1, 2, 1]
    assert not player.lines


def test_over_a_call_and_out_of_it(player, trace):
    call = next(f.index + 1 for f in trace.frames if f.depth == 1)  # the first line inside
    player.step = call - 1
    assert player.over()
    assert trace.at(player.step).depth == 0
    assert player.step > call
    player.step = call
    assert player.out()
    assert trace.at(player.step).depth == 0
    assert trace.at(player.step).text.startswith("twice")
    player.step = call
    assert player.over()
    assert trace.at(player.step).depth == 1


def test_runs_stop_at_breakpoints_both_ways(player, trace):
    player.breakpoints = frozenset({line_of(trace, "y = x * 2")})
    stops = player.stops()
    assert [trace.at(step).text for step in stops] == ["y = x * 2"] * 3
    player.to_start()
    seen = []
    while player.run(1):
        seen.append(player.step)
    assert seen == stops
    assert player.step is None
    seen.clear()
    while player.run(-1):
        seen.append(player.step)
    assert seen == stops[::-1]
    assert player.step == stops[0]


def test_without_breakpoints_a_run_goes_to_the_end(player, asked):
    player.to_start()
    assert not player.run(1)
    assert player.step is None
    assert not player.run(-1)
    assert player.step is None
    assert asked == [0, None]


def test_run_to_a_line_takes_its_next_turn_and_then_its_first(player, trace):
    name, line = line_of(trace, "result = result + twice")
    turns = [f.index + 1 for f in trace.frames if f.line == line]
    player.to_start()
    for turn in (*turns, turns[0]):
        assert player.run_to(name, line)
        assert player.step == turn
    assert not player.run_to(name, 1)
    assert player.step == turns[0]


def test_space_at_the_end_begins_again(player, asked):
    assert player.step is None
    player.toggle()
    assert player.playing
    assert asked == [0]
    player.toggle()
    assert not player.playing


def test_it_plays_on_to_the_end_and_stops(player, trace, qtbot):
    said = []
    player.playing_changed.connect(said.append)
    player.set_lines(True)
    player._clock.setInterval(0)
    player.toggle()
    player._clock.start(0)  # as fast as can be
    qtbot.waitUntil(lambda: not player.playing)
    assert player.step is None
    assert said == [True, False]


def test_playing_stops_at_a_breakpoint(player, trace, qtbot):
    player.breakpoints = frozenset({line_of(trace, "result = result + twice")})
    player.set_lines(True)
    for turn in player.stops():
        player.toggle()
        player._clock.start(0)
        qtbot.waitUntil(lambda: not player.playing)
        assert player.step == turn


def test_runs_stop_at_hits_too_and_a_search_for_hits_stops_at_nothing_else(player, trace):
    player.breakpoints = frozenset({line_of(trace, "y = x * 2")})
    player.hits = [4, len(trace)]
    player.to_start()
    seen = []
    while player.run(1):
        seen.append(player.step)
    assert seen == sorted({*player.stops(), *player.hits})
    player.to_start()
    assert player.run_to_hit(1)
    assert player.step == 4
    assert not player.run_to_hit(-1)
    assert player.step == 4
    assert player.run_to_hit(1)
    assert not player.run_to_hit(1)
    assert player.step == len(trace)
    player.to_end()
    assert player.run_to_hit(-1)
    assert player.step == len(trace)
    player.to_end()
    assert player.run_to_hit(1)  # round again to the first
    assert player.step == 4


def test_playing_narrated_steps_stops_at_a_hit_between_them(player, trace, qtbot):
    narrated = trace.steps_narrated()
    between = next(step for step in range(2, len(trace)) if step not in narrated)
    player.hits = [between]
    player.toggle()
    player._clock.start(0)
    qtbot.waitUntil(lambda: not player.playing)
    assert player.step == between


def test_hits_are_of_one_run(player, trace):
    player.hits = [4]
    player.take(trace)
    assert list(player.hits) == []


def test_speed_and_grain_set_the_pace(player):
    player.toggle()
    for speed in SPEEDS:
        player.set_speed(speed)
        assert player._clock.interval() == round(PACE[False] / speed)
        assert player.playing
    player.set_lines(True)
    assert player._clock.interval() == round(PACE[True] / SPEEDS[-1])
    player.pause()
    player.set_speed(1.0)
    assert not player.playing


@pytest.mark.parametrize("deed", ["to_start", "to_end"])
def test_a_jump_stops_the_playing(player, deed):
    player.toggle()
    getattr(player, deed)()
    assert not player.playing


def test_without_a_run_nothing_happens(player, asked):
    player.toggle()
    player.take(None)
    assert not player.playing
    assert player.length == 0
    assert player.stops() == []
    asked.clear()
    for deed in (player.move, player.move_line, player.over, player.out, player.run):
        assert not deed(1)
        assert not deed(-1)
    player.toggle()
    player.to_start()
    assert not player.run_to("total", 1)
    assert asked == []
    assert not player.playing

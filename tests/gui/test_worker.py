"""The thread beside the window: the latest job wins, stale answers are dropped, a fault is an answer."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine.trace import Stopped
from gui.worker import Answer, Worker

WAIT = 20  # seconds, for what comes at once


class Gate:
    """Work that waits to be let on, so that a test decides what happens while it is under way."""

    def __init__(self) -> None:
        self.reached, self.opened, self.closed = threading.Event(), threading.Event(), threading.Event()

    def work(self, *values: Any) -> Callable[[], Iterator[tuple[float, Any]]]:
        def run() -> Iterator[tuple[float, Any]]:
            try:
                self.reached.set()
                assert self.opened.wait(WAIT)
                for number, value in enumerate(values, 1):
                    yield number / len(values), value
            finally:
                self.closed.set()

        return run


def give(value: Any) -> Callable[[], Iterator[tuple[float, Any]]]:
    return lambda: iter([(1.0, value)])


@pytest.fixture
def worker(qtbot):
    made = Worker()
    yield made
    assert made.stop(WAIT)


@pytest.fixture
def answers(worker) -> list[Answer]:
    heard: list[Answer] = []
    worker.answered.connect(heard.append)
    return heard


def test_there_is_no_thread_before_there_is_work(worker):
    assert worker._thread is None
    assert worker.stop()


def test_an_answer_comes_in_the_thread_of_the_window(worker, answers, qtbot):
    threads = []
    worker.answered.connect(lambda _: threads.append(threading.current_thread()))
    done = []

    def work() -> Iterator[tuple[float, Any]]:
        done.append(threading.current_thread())
        yield 1.0, "here"

    number = worker.submit("compute", work)
    qtbot.waitUntil(lambda: bool(threads))
    assert answers == [Answer("compute", number, 1.0, "here")]
    assert threads == [threading.main_thread()]
    assert done[0] is not threading.main_thread()


def test_parts_come_in_order(worker, answers, qtbot):
    gate = Gate()
    worker.submit("compute", gate.work("a", "b", "c", "d"))
    gate.opened.set()
    qtbot.waitUntil(lambda: len(answers) == 4)
    assert [(a.done, a.value) for a in answers] == [(0.25, "a"), (0.5, "b"), (0.75, "c"), (1.0, "d")]


def test_the_latest_job_wins_and_only_one_waits(worker, answers, qtbot):
    """The first is under way; of a thousand that follow, the last alone is done."""
    gate, done = Gate(), []

    def counted(number: int) -> Callable[[], Iterator[tuple[float, Any]]]:
        def work() -> Iterator[tuple[float, Any]]:
            done.append(number)
            yield 1.0, number

        return work

    worker.submit("compute", gate.work("stale"))
    assert gate.reached.wait(WAIT)
    for number in range(1000):
        worker.submit("compute", counted(number))
        assert len(worker._waiting) == 1
    gate.opened.set()
    qtbot.waitUntil(lambda: bool(answers))
    assert [a.value for a in answers] == [999]
    assert done == [999]
    assert gate.closed.is_set()  # the stale one was let go of, not forgotten


def test_work_of_different_kinds_does_not_replace_another(worker, answers, qtbot):
    gate = Gate()
    worker.submit("slow", gate.work("s"))
    assert gate.reached.wait(WAIT)
    for kind in ("a", "b", "c"):
        worker.submit(kind, give(kind))
    gate.opened.set()
    qtbot.waitUntil(lambda: len(answers) == 4)
    assert [a.value for a in answers] == ["s", "a", "b", "c"]


def test_what_was_cancelled_is_not_heard_of_again(worker, answers, qtbot):
    gate = Gate()
    number = worker.submit("compute", gate.work("a", "b"))
    assert gate.reached.wait(WAIT)
    assert worker.is_latest("compute", number)
    worker.cancel("compute")
    assert not worker.is_latest("compute", number)
    gate.opened.set()
    worker.submit("other", give("after"))
    qtbot.waitUntil(lambda: bool(answers))
    assert [a.value for a in answers] == ["after"]
    assert gate.closed.is_set()


def test_cancelling_what_only_waits(worker, answers, qtbot):
    gate = Gate()
    worker.submit("slow", gate.work("s"))
    assert gate.reached.wait(WAIT)
    never = Gate()
    worker.submit("compute", never.work("never"))
    worker.cancel("compute")
    gate.opened.set()
    worker.submit("last", give("l"))
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert [a.value for a in answers] == ["s", "l"]
    assert not never.reached.is_set()  # it was not even begun


def test_numbers_are_known_beforehand(worker):
    assert worker.next_number("compute") == 1
    assert worker.submit("compute", give(0)) == 1
    assert worker.next_number("compute") == 2
    assert worker.next_number("trace") == 1


@pytest.mark.parametrize("fault", [ValueError("bad"), MemoryError(), AssertionError(), KeyError("k")])
def test_a_fault_is_an_answer_and_the_thread_lives_on(worker, answers, qtbot, caplog, fault):
    def fail() -> Iterator[tuple[float, Any]]:
        yield 0.5, "part"
        raise fault

    with caplog.at_level(logging.ERROR, "zoetrope"):
        number = worker.submit("compute", fail)
        qtbot.waitUntil(lambda: len(answers) == 2)
    assert answers[1] == Answer("compute", number, fault=fault)
    assert type(fault).__name__ in caplog.text  # in full, in the log
    worker.submit("compute", give("well"))
    qtbot.waitUntil(lambda: len(answers) == 3)
    assert answers[2].value == "well"


def test_a_fault_of_stale_work_is_not_shown(worker, answers, qtbot):
    gate = Gate()

    def fail() -> Iterator[tuple[float, Any]]:
        yield from gate.work()()
        raise ValueError("too late")

    worker.submit("compute", fail)
    assert gate.reached.wait(WAIT)
    worker.submit("compute", give("new"))
    gate.opened.set()
    qtbot.waitUntil(lambda: bool(answers))
    assert [(a.value, a.fault) for a in answers] == [("new", None)]


def test_a_recording_that_was_stopped_says_nothing(worker, answers, qtbot, caplog):
    def stop() -> Iterator[tuple[float, Any]]:
        raise Stopped
        yield 1.0, None

    worker.submit("trace", stop)
    worker.submit("compute", give("next"))
    qtbot.waitUntil(lambda: bool(answers))
    assert [a.value for a in answers] == ["next"]
    assert not caplog.records


def test_stopping_waits_for_the_thread_and_nothing_comes_after(worker, answers, qapp):
    gate = Gate()
    worker.submit("compute", gate.work("a", "b"))
    assert gate.reached.wait(WAIT)
    gate.opened.set()
    assert worker.stop(WAIT)
    before = [a.value for a in answers]
    qapp.processEvents()
    assert [a.value for a in answers if a.number == 1] in (before, ["a"], ["a", "b"])
    assert not worker._thread.is_alive()
    assert all(not worker.is_latest("compute", a.number) for a in answers)


def test_stopping_says_when_a_thread_is_still_at_something(worker):
    gate = Gate()
    worker.submit("compute", gate.work("a"))
    assert gate.reached.wait(WAIT)
    assert not worker.stop(0)
    gate.opened.set()
    assert worker.stop(WAIT)


def test_while_newer_work_comes_only_first_answers_are_computed(worker, answers, qtbot, monkeypatch):
    """What comes after a first answer waits for a moment of quiet: here for as long as it takes to be let go."""
    monkeypatch.setattr("gui.worker.QUIET", WAIT)
    gone_into = []

    def work(name: str) -> Iterator[tuple[float, Any]]:
        yield 0.0, name
        gone_into.append(name)
        yield 1.0, name

    for name in ("a", "b"):
        with qtbot.waitSignal(worker.answered, timeout=WAIT * 1000):
            worker.submit("k", lambda name=name: work(name))
    worker.cancel("k")
    with qtbot.waitSignal(worker.answered, timeout=WAIT * 1000):
        worker.submit("k", give("c"))
    assert [(answer.done, answer.value) for answer in answers] == [(0.0, "a"), (0.0, "b"), (1.0, "c")]
    assert gone_into == []


def test_after_a_moment_of_quiet_the_rest_is_computed(worker, answers, qtbot, monkeypatch):
    monkeypatch.setattr("gui.worker.QUIET", 0.0)
    worker.submit("k", lambda: iter([(0.0, "a"), (0.5, "b"), (1.0, "c")]))
    qtbot.waitUntil(lambda: len(answers) == 3, timeout=WAIT * 1000)
    assert [answer.value for answer in answers] == ["a", "b", "c"]

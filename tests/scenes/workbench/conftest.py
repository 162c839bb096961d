"""What the tests of the workbench share: one bench, whose next process is always being made ready."""

import pytest

from scenes.workbench import process


@pytest.fixture(scope="session")
def bench():
    bench = process.Bench()
    bench.warm()
    yield bench
    bench.close()


@pytest.fixture
def no_process_is_left(monkeypatch):
    """After the test none of the processes that it started, or that these started, is there."""
    marks = []
    start = process._start

    def noted():
        child = start()
        marks.append(child)
        return child

    monkeypatch.setattr(process, "_start", noted)
    yield
    for child in marks:
        child.process.poll()
    assert not [
        pid for child in marks if child.process.returncode is not None for pid in process._marked(child.mark)
    ]

"""Where two runs part: the first variable, by the engine's order, that holds something else."""

from engine.trace import record
from scenes.comparison.parting import parting


def total(values):
    count = 0
    added = 0
    for value in values:
        added = added + value
        count = count + 1
    return added / count


def doubled(values):
    count = 0
    added = 0
    for value in values:
        added = added + 2 * value
        count = count + 1
    return added / count


def short(values):
    added = 0
    for value in values[:-1]:
        added = added + value
    return added


def renamed(values):
    s = 0
    for v in values:
        s = s + 2 * v
    return s


def other_kinds(values):
    added = [0]
    count = "none"
    for value in values:
        added = [*added, value]
    return len(added) * len(count)


def parted(function):
    return parting(record(function, [1, 2, 3]), record(total, [1, 2, 3]))


def test_runs_that_are_alike_do_not_part():
    assert parted(total) is None


def test_the_first_value_that_differs():
    found = parted(doubled)
    assert found.variable == "added"
    assert (found.yours.variables["added"], found.engine.variables["added"]) == (2, 1)
    data = found.as_data()
    assert data["yours"]["text"] == "added = added + 2 * value"
    assert data["engine"] == {
        "step": found.engine.index + 1, "line": found.engine.line, "text": "added = added + value", "narration": "",
        "value": 1,
    }  # fmt: skip


def test_a_run_that_ends_too_early():
    found = parted(short)
    assert found.variable == "value"
    assert found.yours is None
    assert found.engine.variables["value"] == 3
    assert found.as_data()["yours"] is None


def test_variables_of_other_names_do_not_count():
    assert parted(renamed) is None


def test_variables_that_hold_other_kinds_of_things_do_not_count():
    assert parted(other_kinds) is None

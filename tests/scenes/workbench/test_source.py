"""A listing's source as code of a person's own: it runs by itself, and is the same function."""

from __future__ import annotations

import copy

import pytest

from scenes import contents
from scenes.scene import Call, Fault
from scenes.workbench.code import defined
from scenes.workbench.comparing import difference
from scenes.workbench.source import changes, lines_at_fault, planted, reference, starter


def calls() -> dict[str, Call]:
    """Every listing of every preset, by the function's name."""
    found: dict[str, Call] = {}
    for key in contents.ENTRIES:
        scene = contents.load(key)
        for preset in scene.presets:
            state = scene.opening(preset)
            call = scene.listing(state.params, state.inputs)
            if call is not None:
                found.setdefault(call.function.__name__, call)
    return found


CALLS = calls()
every_listing = pytest.mark.parametrize("name", CALLS)


@every_listing
def test_the_reference_runs_by_itself_and_is_the_same_function(name: str) -> None:
    call = CALLS[name]
    function, scope = defined(reference(call), name)
    assert function is not call.function
    assert all(one.__name__ not in scope or scope[one.__name__] is not one for one in call.into)
    got, expected = (one(**copy.deepcopy(dict(call.arguments))) for one in (function, call.function))
    assert difference(got, expected) is None


@every_listing
def test_the_starter_has_the_signature_and_the_words_and_is_yet_to_be_written(name: str) -> None:
    call = CALLS[name]
    function, _ = defined(starter(call), name)
    assert function.__doc__ == call.function.__doc__
    with pytest.raises(NotImplementedError):
        function(**call.arguments)


def test_a_fault_is_planted_where_its_text_stands_once() -> None:
    fault = Fault(symptom="s", right="b - a", wrong="a - b", lesson="l")
    assert planted("x = b - a\n", fault) == "x = a - b\n"
    for source in ("x = 1\n", "x = b - a\ny = b - a\n"):
        with pytest.raises(ValueError, match="times in the source"):
            planted(source, fault)


SOURCE = """\
def f(x):
    if (x > 1
            and x < 9):
        y = [
            x - 1,
        ]
    return y
"""


@pytest.mark.parametrize(
    ("right", "wrong", "changed", "lines"),
    [
        ("x - 1", "x + 1", [5], {4, 5, 6}),
        ("and x < 9", "or x < 9", [3], {2, 3}),
        ("return y", "return x", [7], {7}),
    ],
)
def test_the_lines_of_a_fault_are_those_of_its_statement(
    right: str, wrong: str, changed: list[int], lines: set[int]
) -> None:
    fault = Fault(symptom="s", right=right, wrong=wrong, lesson="l")
    assert [one.line for one in changes(SOURCE, fault)] == changed
    assert all(right in one.right and wrong in one.wrong for one in changes(SOURCE, fault))
    assert lines_at_fault(SOURCE, fault) == lines

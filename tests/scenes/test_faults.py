"""Every planted mistake: it can be planted, and the check finds it."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase

from scenes import contents
from scenes.scene import Fault, State
from scenes.workbench.code import defined
from scenes.workbench.comparing import difference
from scenes.workbench.source import planted, reference

CASES = 300


def faults() -> list[Any]:
    scenes = [contents.load(key) for key in contents.ENTRIES]
    return [pytest.param(s.key, name, id=f"{s.key}-{name}") for s in scenes for name in s.faults]


def state_of(key: str, fault: Fault) -> State:
    return contents.load(key).state_for(fault)


@cache
def functions(key: str, name: str) -> tuple[Any, Any]:
    """The function with the mistake, and the engine's."""
    scene = contents.load(key)
    fault = scene.faults[name]
    state = state_of(key, fault)
    call = scene.listing(state.params, state.inputs)
    assert call is not None
    wrong, _ = defined(planted(reference(call), fault), call.function.__name__)
    return wrong, call.function


@pytest.mark.parametrize(("key", "name"), faults())
def test_the_mistake_can_be_planted_and_is_told(key: str, name: str) -> None:
    fault = contents.load(key).faults[name]
    assert fault.right != fault.wrong
    assert fault.right.count("\n") == fault.wrong.count("\n")
    assert fault.lesson.endswith(".")
    assert fault.symptom
    wrong, right = functions(key, name)
    assert wrong.__name__ == right.__name__


@pytest.mark.parametrize(("key", "name"), faults())
def test_the_check_finds_the_mistake(key: str, name: str) -> None:
    scene = contents.load(key)
    state = state_of(key, scene.faults[name])
    wrong, _ = functions(key, name)
    assert scene.cases is not None

    def differs(case: tuple[Any, Any]) -> bool:
        call = scene.listing(*case)
        assert call is not None
        expected = call.function(**copy.deepcopy(dict(call.arguments)))
        try:
            got = wrong(**copy.deepcopy(dict(call.arguments)))
        except Exception:
            return True
        return difference(got, expected) is not None

    settings = hypothesis.settings(
        max_examples=CASES, phases=[Phase.generate], database=None, derandomize=True, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    hypothesis.find(scene.cases(state.params), differs, settings=settings)

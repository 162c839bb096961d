"""Every scene's cases: the engine agrees with itself on them, they come out alike each time, and shrink far."""

import inspect
from dataclasses import replace
from itertools import product

import pytest
import torch

from scenes import contents
from scenes.parameters import parameters_of
from scenes.workbench.checking import NoCases, check
from scenes.workbench.messages import Played
from scenes.workbench.searching import Search

KEYS = [key for key in contents.ENTRIES if contents.load(key).cases is not None]
ITSELF = "from {module} import {name} as its_own\n\ndef {name}(**given):\n    return its_own(**given)\n"
NOTHING = "def {name}(**given):\n    return 'nothing'\n"


def variants(key):
    """States of a scene, one for each function that it steps through."""
    scene = contents.load(key)
    opening = scene.opening()
    choices = [
        [{one.name: choice} for choice in one.choices] for one in parameters_of(scene.params) if one.choices
    ]
    pairs = [a | b for a, b in product(*choices[:2])] if len(choices) > 1 else []
    found = {}
    for changes in ({}, *(change for some in choices for change in some), *pairs):
        state = replace(opening, params=replace(opening.params, **changes))
        call = scene.listing(state.params, state.inputs)
        if call is not None and call.function not in found and not scene.cases(state.params).is_empty:
            found[call.function] = state
    return list(found.values())


STATES = [
    pytest.param(key, state, id=f"{key}-{contents.load(key).listing(state.params, state.inputs).function.__name__}")
    for key in KEYS for state in variants(key)
]  # fmt: skip


def code(text, key, state):
    function = contents.load(key).listing(state.params, state.inputs).function
    return text.format(module=function.__module__, name=function.__name__)


def test_the_scenes_of_the_first_chapters_have_cases():
    assert {"nms", "iou", "pooling", "filters", "receptive-field", "convolution", "box-coding"} <= set(KEYS)


@pytest.mark.parametrize(("key", "state"), STATES)
def test_the_engine_agrees_with_itself(bench, key, state):
    verdict = check(contents.load(key), state, code(ITSELF, key, state), bench, cases=60)
    assert verdict.agrees, verdict.sentence
    assert 30 <= verdict.cases <= 60


GRID = 1008  # what is given for every prior of a detector is never smaller


@pytest.mark.parametrize(("key", "state"), STATES)
def test_the_smallest_case_is_small(bench, key, state):
    verdict = check(contents.load(key), state, code(NOTHING, key, state), bench)
    assert not verdict.agrees
    given = verdict.smallest.case.call.arguments.values()
    numbers = [
        len(torch.as_tensor(value).flatten()) for value in given if isinstance(value, torch.Tensor | list)
    ]
    assert sum(many for many in numbers if many % GRID) <= 24


class Silent:
    """No learner's process, which returns nothing to whatever it is asked."""

    gone = False

    def __init__(self):
        self.asked = []

    def ask(self, play, seconds):
        self.asked.append(play.arguments)
        return Played(None, [])


@pytest.mark.parametrize("key", KEYS)
def test_cases_come_out_alike_each_time(key):
    scene = contents.load(key)
    runs = []
    for _ in range(2):
        talk = Silent()
        search = Search(scene=scene, state=scene.opening(), takes=None, talk=talk, patience=1)
        search.run(20)
        runs.append(talk.asked)
    assert runs[0] == runs[1]
    assert runs[0]


def test_cases_load_hypothesis_only_when_they_are_drawn():
    for key in KEYS:
        source = inspect.getsource(inspect.getmodule(contents.load(key).cases))
        assert "\nfrom hypothesis import" not in source


def test_a_scene_without_cases_says_so(bench):
    scene = replace(contents.load("nms"), cases=None)
    with pytest.raises(NoCases, match="nms has no cases"):
        check(scene, scene.opening(), "def nms(): pass", bench)

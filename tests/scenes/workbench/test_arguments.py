"""Arguments arrive as they were sent; functions only from the engine."""

import dataclasses
from collections import namedtuple
from functools import partial

import msgspec
import numpy as np
import pytest
import torch

from engine.detection.boxes import box_diou, box_iou
from engine.detection.yolo import prior_places
from engine.functions.formula import parse
from engine.optimization.race import SeenGradient
from engine.optimization.schedules import schedule
from scenes import contents
from scenes.workbench.arguments import Unsendable, arrived, as_words, sent


def there_and_back(value):
    return arrived(msgspec.msgpack.decode(msgspec.msgpack.encode(sent(value))))


def test_engine_functions_arrive_as_themselves():
    assert there_and_back(box_iou) is box_iou


def test_partials_arrive_with_what_they_hold():
    made = there_and_back(partial(box_diou, extra=1.0))
    assert made.func is box_diou
    assert made.keywords == {"extra": 1.0}


def test_records_of_the_engine_arrive_with_all_they_hold():
    surface = parse("x^2 + 3 sin(y)")
    seen = there_and_back(SeenGradient(surface, rare=2))
    point = torch.tensor([0.3, -1.2], dtype=torch.float64)
    assert seen.surface.formula == surface.formula
    for t in (1, 2):
        assert torch.equal(seen(point, t), SeenGradient(surface, rare=2)(point, t))
    rate, plain = (
        there_and_back(schedule("step", 0.5, every=2, factor=0.1)),
        schedule("step", 0.5, every=2, factor=0.1),
    )
    assert [rate(step, 1.0) for step in range(5)] == [plain(step, 1.0) for step in range(5)]


def test_a_record_that_remembers_is_new_each_time():
    plateau = schedule("plateau", 0.5, patience=0, factor=0.1)
    made = there_and_back(plateau)
    assert [made(step, 1.0) for step in range(3)] == [0.5, 0.5, pytest.approx(0.05)]
    assert there_and_back(plateau)(0, 1.0) == 0.5
    assert sent(made) != sent(plateau)


@dataclasses.dataclass
class Foreign:
    value: int = 1


def test_records_of_others_are_refused():
    with pytest.raises(Unsendable, match="Foreign is given to the function here"):
        sent(Foreign())
    with pytest.raises(Unsendable, match="Foreign"):
        sent(SeenGradient(Foreign()))


def test_a_generator_arrives_in_its_state():
    generator = torch.Generator().manual_seed(7)
    torch.rand(3, generator=generator)
    assert torch.equal(torch.rand(4, generator=there_and_back(generator)), torch.rand(4, generator=generator))


def test_named_tuples_of_the_engine_arrive_as_such():
    places = prior_places(64)
    made = there_and_back(places)
    assert type(made) is type(places)
    assert all(map(torch.equal, made, places))


def test_named_tuples_from_elsewhere_are_refused():
    with pytest.raises(Unsendable, match="cannot be handed"):
        sent(namedtuple("Pair", "a b")(1, 2))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.int64, torch.bool])
@pytest.mark.parametrize("shape", [(), (0, 4), (3,), (2, 3)])
def test_tensors_arrive_and_can_be_changed(dtype, shape):
    value = torch.ones(shape, dtype=dtype)
    made = there_and_back(value)
    assert made.dtype == dtype
    assert torch.equal(made, value)
    made.zero_()
    assert torch.equal(value, torch.ones(shape, dtype=dtype))


def test_arrays_arrive_and_can_be_changed():
    made = there_and_back(np.arange(6.0).reshape(2, 3))
    made += 1
    assert made[0].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "value", [None, True, 3, -(10**30), 0.5, "edge", (1, 2), [1, [2.0]], {"a": (1,)}, {1, 2}]
)
def test_plain_values_arrive(value):
    assert there_and_back(value) == value
    assert type(there_and_back(value)) is type(value)


@pytest.mark.parametrize(
    "function", [lambda x: x, torch.relu, print, test_engine_functions_arrive_as_themselves]
)
def test_other_functions_are_refused_in_a_sentence(function):
    with pytest.raises(Unsendable, match="cannot be handed to another process"):
        sent(function)


@pytest.mark.parametrize("place", [["engine", "os", "system"], ["engine", "engine.trace", "sys"],
                                   ["engine", "engine_x", "f"], ["engine", "engine.trace", "no_such"],
                                   ["record", "pathlib", "Path", {}], ["record", "engine.trace", "Stopped", {}],
                                   ["record", "engine.trace", "Any", {}]])  # fmt: skip
def test_functions_come_from_the_engine_only(place):
    with pytest.raises(ValueError, match="engine"):
        arrived(place)


@pytest.mark.parametrize("key", contents.ENTRIES)
def test_every_listing_is_sent_whole_or_refused(key):
    scene = contents.load(key)
    for preset in scene.presets:
        state = scene.opening(preset)
        call = scene.listing(state.params, state.inputs)
        for value in call.arguments.values() if call else ():
            try:
                made = sent(value)
            except Unsendable:
                continue
            assert not (isinstance(made, list) and made[:1] == ["thing"]), value


def test_arguments_in_words():
    assert as_words(partial(box_iou, extra=1.0)) == "box_iou(extra=1.0)"
    assert as_words(torch.tensor([float("nan"), 1.0])) == ["nan", 1.0]
    assert as_words((1, [True, None, "a"])) == [1, [True, None, "a"]]
    assert as_words(SeenGradient(parse("x^2"))) == "SeenGradient(surface=Surface(formula=x^2), rare=1)"
    assert as_words(schedule("constant", 0.5)) == "ByStep(rule=constant, numbers={'lr': 0.5})"

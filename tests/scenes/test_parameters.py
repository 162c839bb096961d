"""Parameters: declared once as typed fields, read, parsed and checked everywhere alike."""

import json
import math
import sys
from contextlib import suppress
from dataclasses import FrozenInstanceError, dataclass
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes import contents
from scenes.parameters import (
    BadParameter,
    Follows,
    Help,
    Parameter,
    Range,
    When,
    checked,
    parameters_of,
    parsed,
    with_values,
)


@dataclass(frozen=True, kw_only=True)
class Params:
    filter: Annotated[Literal["mean", "gaussian"], Help("which one")] = "mean"
    size: Annotated[int, Range(1, 31, step=2), Help("one side", unit="px")] = 3
    sigma: Annotated[float, Range(0.1, 10, step=0.1), When("filter", ("gaussian",))] = 1.0
    rate: Annotated[float, Range(1e-6, 1, log=True)] = 0.01
    offset: float = 0.0
    count: int = 5
    on: Annotated[bool, Help("or off")] = True
    weights: tuple[float, ...] = (1.0, 2.0)
    shares: tuple[Annotated[float, Range(0, 1)], ...] = ()
    sizes: tuple[int, ...] = ()
    kinds: tuple[Literal["a", "b"], ...] = ()
    layout: dict[str, Any] | None = None
    name: str = "x"
    given: int


unhurried = settings(deadline=None)  # this machine may have other things to do
BY_NAME = {one.name: one for one in parameters_of(Params)}
PARAMS = Params(given=1)


# ---------------------------------------------------------------------------- declared


def test_parameters_are_the_fields_in_their_order():
    assert list(BY_NAME) == list(Params.__dataclass_fields__)
    assert [one.kind for one in BY_NAME.values()] == [
        "choice", "int", "float", "float", "float", "int", "bool", "list", "list", "list", "list",
        "json", "text", "int",
    ]  # fmt: skip
    assert parameters_of(Params) is parameters_of(Params)


def test_a_declaration_is_read_in_full():
    assert BY_NAME["size"] == Parameter(
        name="size", kind="int", default=3, help="one side", unit="px", range=Range(1, 31, step=2)
    )
    assert BY_NAME["filter"].choices == ("mean", "gaussian")
    assert BY_NAME["rate"].range == Range(1e-6, 1, log=True)
    assert BY_NAME["sigma"].when == (When("filter", ("gaussian",)),)
    assert BY_NAME["on"].help == "or off"


def test_what_is_not_declared_is_empty():
    plain = BY_NAME["offset"]
    assert (plain.help, plain.unit, plain.range, plain.choices, plain.when) == ("", "", None, (), ())
    assert BY_NAME["given"].default is None


def test_title_is_the_name_as_people_read_it():
    assert Parameter(name="iou_threshold", kind="float", default=0.5).title == "iou threshold"


def test_a_parameter_matters_when_the_others_say_so():
    assert not BY_NAME["sigma"].matters(PARAMS)
    assert BY_NAME["sigma"].matters(with_values(PARAMS, {"filter": "gaussian"}))
    assert BY_NAME["size"].matters(PARAMS)
    both = Parameter(name="x", kind="int", default=0, when=(When("on", (True,)), When("size", (3, 5))))
    assert both.matters(PARAMS)
    assert not both.matters(with_values(PARAMS, {"on": False}))
    assert not both.matters(with_values(PARAMS, {"size": 7}))


# ---------------------------------------------------------------------------- checked


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("filter", "gaussian", "gaussian"), ("on", False, False), ("size", 31, 31), ("size", 1.0, 1),
        ("sigma", 10, 10.0), ("sigma", 0.1, 0.1), ("sigma", 0.123456, 0.123456), ("offset", -1e300, -1e300),
        ("count", -7, -7), ("count", 1e6, 1_000_000), ("weights", [1, 2.5], (1.0, 2.5)), ("weights", (), ()),
        ("shares", [0, 1], (0.0, 1.0)), ("sizes", [3.0], (3,)), ("kinds", ["a", "b", "a"], ("a", "b", "a")),
        ("layout", {"a": [1]}, {"a": [1]}), ("layout", None, None), ("name", "", ""),
    ],
)  # fmt: skip
def test_good_values_come_back_in_their_own_type(name, value, wanted):
    found = checked(BY_NAME[name], value)
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("filter", "median", "filter is 'median'; it takes one of mean, gaussian."),
        ("filter", 1, "filter is 1; it takes one of mean, gaussian."),
        ("filter", ["mean"], "filter is ['mean']; it takes one of mean, gaussian."),
        ("on", 1, "on is 1; it takes true or false."),
        ("on", "true", "on is 'true'; it takes true or false."),
        ("size", 2, "size is 2; it takes a whole number from 1 to 31 (1, 3, ...)."),
        ("size", 33, "size is 33; it takes a whole number from 1 to 31 (1, 3, ...)."),
        ("size", -1, "size is -1; it takes a whole number from 1 to 31 (1, 3, ...)."),
        ("size", 3.5, "size is 3.5; it takes a whole number from 1 to 31 (1, 3, ...)."),
        ("size", True, "size is True; it takes a whole number from 1 to 31 (1, 3, ...)."),
        ("sigma", 0.09, "sigma is 0.09; it takes a number from 0.1 to 10."),
        ("sigma", 10.000001, "sigma is 10.000001; it takes a number from 0.1 to 10."),
        ("sigma", math.nan, "sigma is nan; it takes a number from 0.1 to 10."),
        ("sigma", None, "sigma is None; it takes a number from 0.1 to 10."),
        ("sigma", False, "sigma is False; it takes a number from 0.1 to 10."),
        ("sigma", "1", "sigma is '1'; it takes a number from 0.1 to 10."),
        ("offset", math.inf, "offset is inf; it takes a number."),
        ("count", -math.inf, "count is -inf; it takes a whole number."),
        ("count", math.nan, "count is nan; it takes a whole number."),
        ("weights", 1, "weights is 1; it takes a list, such as [1, 2]."),
        ("weights", "12", "weights is '12'; it takes a list, such as [1, 2]."),
        ("kinds", "a,b", """kinds is 'a,b'; it takes a list, such as ["a", "b"]."""),
        ("weights", [1, "2"], "weights[1] is '2'; it takes a number."),
        ("weights", [math.nan], "weights[0] is nan; it takes a number."),
        ("weights", [[1]], "weights[0] is [1]; it takes a number."),
        ("shares", [0.5, 1.5], "shares[1] is 1.5; it takes a number from 0 to 1."),
        ("sizes", [1, 2.5], "sizes[1] is 2.5; it takes a whole number."),
        ("kinds", ["a", "c"], "kinds[1] is 'c'; it takes one of a, b."),
        ("name", 5, "name is 5; it takes a text."),
    ],
)
def test_bad_values_get_one_sentence(name, value, says):
    with pytest.raises(BadParameter) as refused:
        checked(BY_NAME[name], value)
    assert str(refused.value) == says


@pytest.mark.parametrize("name", ["size", "sigma", "offset"])
@pytest.mark.parametrize("value", [10**400, -(10**400), "[" * 100_000, "a\nb" * 1000, [0] * 100_000])
def test_enormous_values_get_a_short_sentence(name, value):
    with pytest.raises(BadParameter) as refused:
        checked(BY_NAME[name], value)
    assert len(str(refused.value)) < 200
    assert "\n" not in str(refused.value)


@unhurried
@given(st.integers() | st.floats())
def test_numbers_within_the_range_and_no_others_are_taken(value):
    inside = math.isfinite(value) and 0.1 <= value <= 10
    if inside:
        assert checked(BY_NAME["sigma"], value) == value
    else:
        with pytest.raises(BadParameter, match=r"from 0\.1 to 10"):
            checked(BY_NAME["sigma"], value)


@unhurried
@given(st.integers(-3, 40) | st.floats(-3, 40) | st.integers(-3, 40).map(float))
def test_only_odd_sizes_are_taken(value):
    if value in range(1, 32, 2):
        found = checked(BY_NAME["size"], value)
        assert found == value
        assert type(found) is int
    else:
        with pytest.raises(BadParameter, match="1, 3"):
            checked(BY_NAME["size"], value)


@unhurried
@given(st.integers(-1000, 1000), st.integers(1, 50), st.integers(0, 50), st.integers(-2000, 5000))
def test_steps_of_whole_numbers_bind_from_the_lowest(low, step, places, value):
    high = low + step * places
    parameter = Parameter(name="n", kind="int", default=low, range=Range(low, high, step=step))
    if value in range(low, high + 1, step):
        assert checked(parameter, value) == value
    else:
        with pytest.raises(BadParameter):
            checked(parameter, value)


@unhurried
@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_without_a_range_may_be_any(value):
    if abs(value) <= sys.float_info.max:
        assert checked(BY_NAME["offset"], value) == float(value)


@settings(unhurried, max_examples=200)
@given(
    st.sampled_from(list(BY_NAME)),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.builds(object),
        lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner),
    ),
)
def test_any_value_is_taken_or_refused(name, value):
    """No other error than BadParameter, whatever comes; and what is taken is taken again."""
    with suppress(BadParameter):
        found = checked(BY_NAME[name], value)
        assert repr(checked(BY_NAME[name], found)) == repr(found)


# ---------------------------------------------------------------------------- parsed


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("filter", "gaussian", "gaussian"), ("on", "true", True), ("on", "False", False), ("on", "yes", True),
        ("on", "no", False), ("on", "on", True), ("on", "off", False), ("size", "7", 7), ("size", "7.0", 7),
        ("sigma", "1e-1", 0.1), ("sigma", " 2 ", 2.0), ("count", "-3", -3), ("weights", "[1, 2]", (1.0, 2.0)),
        ("weights", "[]", ()), ("kinds", '["b"]', ("b",)), ("layout", '{"a": 1}', {"a": 1}),
        ("name", "true", "true"), ("name", "[not a list", "[not a list"), ("name", "走马灯", "走马灯"),
    ],
)  # fmt: skip
def test_texts_are_parsed_as_their_kind_is_written(name, text, wanted):
    found = parsed(BY_NAME[name], text)
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize("name", ["on", "size", "sigma", "offset", "weights"])
@pytest.mark.parametrize(
    "text",
    ["", "high", "nan", "NaN", "Infinity", "1,5", "0x10", "1_0", "--", "null", '"3"', "{}", "1e999",
     "1" * 5000, "1" + "0" * 400, "[" * 100_000, "[NaN]"],
)  # fmt: skip
def test_texts_that_are_no_value_get_one_short_sentence(name, text):
    with pytest.raises(BadParameter) as refused:
        parsed(BY_NAME[name], text)
    assert len(str(refused.value)) < 200
    assert "\n" not in str(refused.value)


@unhurried
@given(st.floats(0.1, 10))
def test_a_number_survives_being_written_and_parsed(value):
    assert parsed(BY_NAME["sigma"], repr(value)) == value


@unhurried
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_a_list_survives_being_written_and_parsed(values):
    assert parsed(BY_NAME["weights"], json.dumps(values)) == tuple(values)


@settings(unhurried, max_examples=200)
@given(st.sampled_from(list(BY_NAME)), st.text())
def test_any_text_is_parsed_or_refused(name, text):
    with suppress(BadParameter):
        found = parsed(BY_NAME[name], text)
        assert repr(checked(BY_NAME[name], found)) == repr(found)


# ---------------------------------------------------------------------------- replaced


def test_values_are_replaced_in_a_new_record():
    changed = with_values(PARAMS, {"size": "5", "sigma": 2, "on": "off", "weights": [3]})
    assert changed == Params(given=1, size=5, sigma=2.0, on=False, weights=(3.0,))
    assert Params(given=1) == PARAMS
    assert with_values(PARAMS, {}) == PARAMS
    with pytest.raises(FrozenInstanceError):
        changed.size = 7


@dataclass(frozen=True, kw_only=True)
class Led:
    """Two that follow a leader: one always, one only where it was left at its default."""

    place: Literal["hill", "plain", "sea"] = "hill"
    pace: Annotated[float, Follows("place", {"plain": 5.0}, always=True)] = 2.0
    gear: Annotated[int, Follows("place", {"plain": 4})] = 1


@pytest.mark.parametrize(
    ("before", "values", "after"),
    [
        pytest.param({}, {"place": "plain"}, (5.0, 4), id="both at their defaults"),
        pytest.param({}, {"place": "sea"}, (2.0, 1), id="one that is not told gets the field's"),
        pytest.param({"pace": 3.0, "gear": 2}, {"place": "plain"}, (5.0, 2), id="both were set before"),
        pytest.param({}, {"place": "plain", "pace": "3", "gear": "2"}, (3.0, 2), id="all are set at once"),
        pytest.param({}, {"gear": "2", "pace": "3", "place": "plain"}, (3.0, 2), id="in the other order"),
        pytest.param(
            {}, {"place": "plain", "pace": "2", "gear": "1"}, (2.0, 1), id="set to the old defaults"
        ),
        pytest.param({"pace": 3.0}, {"place": "hill"}, (3.0, 1), id="the leader stays"),
        pytest.param({"pace": 3.0}, {"gear": 2}, (3.0, 2), id="another is set"),
        pytest.param(
            {"place": "plain", "pace": 5.0, "gear": 4}, {"place": "hill"}, (2.0, 1), id="back again"
        ),
    ],
)
def test_a_parameter_follows_another_unless_it_is_set_itself(before, values, after):
    led = with_values(Led(**before), values)
    assert (led.pace, led.gear) == after
    assert led.place == values.get("place", "hill")


def test_an_unknown_name_gets_the_names_there_are():
    with pytest.raises(BadParameter, match=r"no parameter 'radius' here; there are filter, size, sigma, "):
        with_values(PARAMS, {"radius": "5"})


def test_one_bad_value_changes_nothing():
    with pytest.raises(BadParameter, match="size is 4"):
        with_values(PARAMS, {"sigma": "2", "size": "4"})
    assert Params(given=1) == PARAMS


@pytest.mark.parametrize("scene", list(contents.ENTRIES))
def test_every_scene_declares_parameters_that_keep_their_own_word(scene):
    """Defaults pass their own check; every name in a When or Follows is a parameter, with values that it takes."""
    by_name = {one.name: one for one in parameters_of(contents.load(scene).params)}
    for one in by_name.values():
        assert one.help, f"{one.name} has no help"
        assert checked(one, one.default) == one.default
        if one.range:
            assert one.range.low < one.range.high
            assert checked(one, one.range.low) == one.range.low
            assert checked(one, one.range.high) == one.range.high
        for when in one.when:
            for value in when.values:
                assert checked(by_name[when.name], value) == value
        if one.follows:
            assert one.default_of(contents.load(scene).params()) == one.default
            for value, default in one.follows.defaults.items():
                assert checked(by_name[one.follows.name], value) == value
                assert checked(one, default) == default

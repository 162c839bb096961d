"""What a picture can be given of other code's run: what is as the engine has it, or can be made like it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.trace import record
from scenes import contents
from scenes.running import trace_of
from scenes.workbench.drawable import Forms, Misfit, fitted, form_of, forms_of, made_like


def engine(rows: torch.Tensor, rate: float) -> torch.Tensor:
    count = 0
    order = torch.arange(len(rows))
    keep = []
    at = None
    total = torch.tensor(0.0)
    while len(order) > 0:
        best, order = order[0], order[1:]
        keep.append(best)
        total = total + halved(rows[best].sum(), rate)
        count = count + 1
        at = (count, len(order))  # noqa: F841
    return total


def halved(value: torch.Tensor, rate: float) -> torch.Tensor:
    half = value * rate
    return half


def own_names(rows: torch.Tensor, rate: float) -> float:
    count = 0.5  # noqa: F841
    order = list(range(len(rows)))
    keep = ()
    at = [1, 2, 3]
    mine = {"anything": 1}  # noqa: F841
    total = 0
    while order:
        best = order.pop(0)
        keep = (*keep, best)
        total = total + float(rows[best].sum()) * rate
        at = [1]  # noqa: F841
    return total


ROWS = torch.arange(6.0).reshape(3, 2)
FORMS = forms_of(record(engine, ROWS, 0.5, into=(halved,)))


def test_what_is_as_good_is_made_like_the_engine_s() -> None:
    run = record(own_names, ROWS, 0.5)
    frame = fitted(next(f for f in run.frames if f.text.startswith("keep = (*")), renamed(FORMS))
    seen = frame.variables
    assert torch.equal(seen["order"], torch.tensor([1, 2]))
    assert seen["order"].dtype == torch.int64
    assert torch.equal(seen["best"], torch.tensor(0))
    assert isinstance(seen["keep"], list)
    assert all(torch.is_tensor(one) for one in seen["keep"])
    assert torch.equal(seen["total"], torch.tensor(0.0))
    assert set(seen) == {"rows", "rate", "order", "best", "keep", "total"}  # neither count, nor at, nor mine


def renamed(forms: Forms) -> Forms:
    """As if the engine's function had the name of the other."""
    return Forms(main="own_names", variables={"own_names": forms.variables["engine"]}, result=forms.result)


def test_the_result_is_made_like_it_too_and_only_on_the_line_that_returns() -> None:
    run = record(own_names, ROWS, 0.5)
    assert fitted(run.frames[0], renamed(FORMS)).result is None
    last = fitted(run.frames[-1], renamed(FORMS))
    assert torch.equal(last.result, torch.tensor(7.5))


def test_what_stays_the_same_stays_the_very_same() -> None:
    """A picture takes a field that holds the same object as unchanged."""
    run = record(engine, ROWS, 0.5, into=(halved,))
    for frame in run.frames:
        seen = fitted(frame, FORMS)
        assert set(seen.variables) == set(frame.variables)
        assert all(seen.variables[name] is frame.variables[name] for name in seen.variables)
        assert seen.changed == frame.changed


def test_a_helper_s_variables_are_its_own() -> None:
    run = record(engine, ROWS, 0.5, into=(halved,))
    inner = next(frame for frame in run.frames if frame.callers)
    seen = fitted(inner, FORMS)
    assert set(seen.variables) == {"value", "rate", *(() if "half" not in inner.variables else ("half",))}
    assert set(seen.outermost.variables) == set(inner.outermost.variables)
    unknown = Forms(main="engine", variables={"engine": FORMS.variables["engine"]})
    assert fitted(inner, unknown).variables == {}


@pytest.mark.parametrize(
    ("value", "like"),
    [
        (torch.zeros(3), torch.zeros(3, 3)),
        (torch.zeros(4), torch.zeros(3)),
        (torch.zeros(3), torch.zeros(3, dtype=torch.int64)),
        (torch.zeros(3, dtype=torch.int64), torch.zeros(3, dtype=torch.bool)),
        ([1.5, 2.5], torch.zeros(2, dtype=torch.int64)),
        ([[1, 2], [3]], torch.zeros(2, 2)),
        (["a", "b"], torch.zeros(2)),
        ("ab", torch.zeros(2)),
        (None, torch.zeros(2)),
        (object(), torch.zeros(2)),
        (10**400, torch.tensor(1)),
        (1.5, 1),
        (True, 1),
        (1, True),
        ("a", 1.0),
        (torch.zeros(2), 1.0),
        (3, [1, 2]),
        ({"a": 1}, {"b": 1}),
        ((1, 2, 3), (1, 2)),
        (list(range(1000)), [1, 2]),
    ],
)
def test_what_is_nothing_of_the_kind_is_left_out(value: Any, like: Any) -> None:
    form = form_of(like)
    assert form is not None
    with pytest.raises(Misfit):
        made_like(value, [form])


@pytest.mark.parametrize(
    ("value", "like"),
    [
        ([1, 2], torch.zeros(2)),
        ([], torch.zeros(0, dtype=torch.int64)),
        ([[1, 2], [3, 4]], torch.zeros(2, 2)),
        ([torch.tensor(1), torch.tensor(2)], torch.zeros(2, dtype=torch.int64)),
        (torch.zeros(3, dtype=torch.float64), torch.zeros(3)),
        (2, 1.0),
        (torch.tensor(2.0), 1.0),
        (torch.tensor(2), 1),
        (2, torch.tensor(1)),
        (2, torch.tensor(1.0)),
        (torch.tensor([1, 2]), [torch.tensor(1), torch.tensor(2)]),
        ({"a": 1, "b": 2}, {"a": 3.0}),
        ((1, 2), [1, 2]),
        (None, None),
        ("b", "a"),
    ],
)
def test_what_is_of_the_kind_has_the_engine_s_form(value: Any, like: Any) -> None:
    form = form_of(like)
    assert form is not None
    made = form_of(made_like(value, [form]))
    assert made is not None
    assert made.alike == form.alike


TENSORS = st.lists(st.floats(width=32), max_size=4).map(torch.tensor) | st.lists(
    st.booleans(), max_size=3
).map(torch.tensor)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | TENSORS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
    | st.tuples(inner, inner), max_leaves=6,
)  # fmt: skip


@given(ANY, ANY)
@settings(max_examples=300, deadline=None)
def test_anything_fits_or_does_not_and_never_fails(value: Any, like: Any) -> None:
    form = form_of(like)
    if form is None:
        return
    try:
        made = made_like(value, [form])
    except Misfit:
        return
    assert form_of(made) is not None


@pytest.mark.parametrize("key", contents.ENTRIES)
def test_the_engine_s_own_run_fits_itself(key: str) -> None:
    scene = contents.load(key)
    trace = trace_of(scene, scene.opening())
    if trace is None:
        pytest.skip("nothing to step here")
    forms = forms_of(trace)
    assert forms_of(None) == Forms()
    for frame in trace.frames[:: max(1, len(trace) // 50)]:
        seen = fitted(frame, forms)
        for name in set(frame.variables) - set(seen.variables):  # functions, generators, records
            assert form_of(frame.variables[name]) is None
        assert seen.narration == frame.narration

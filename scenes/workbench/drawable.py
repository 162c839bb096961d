"""What of a learner's run a picture can be given: the variables that are what the engine's run has by their names.

A scene's picture relies on what a name stands for in its listing: a row of numbers, one whole number, a grid of so
many cells. A learner's `order` may be anything. What is as good as the engine's (a list of numbers for a tensor, a
whole number for a float) is made like it; what is not is left out, as if it were not there yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from engine.trace import Frame, Site, Trace

WHOLE = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)
MOST = 1 << 16  # numbers of a list that are made a tensor
SLACK = 16  # how many more there may be than twice the engine's most


class Misfit(Exception):
    """A value that is not what the engine has under its name."""


@dataclass(frozen=True)
class Form:
    """What a value is: its kind, the numbers in it, and how long it is along each axis, from least to most."""

    kind: str
    dtype: torch.dtype | None = None
    sizes: tuple[tuple[int, int], ...] = ()
    items: tuple[Form, ...] = ()  # what a list holds
    keys: frozenset[Any] = frozenset()  # what a mapping always has

    @property
    def alike(self) -> tuple[Any, ...]:
        """What two forms share that become one."""
        return self.kind, self.dtype, len(self.sizes)


Variables = Mapping[str, tuple[Form, ...]]


@dataclass(frozen=True, kw_only=True)
class Forms:
    """Of each function of a run the forms of its variables, by name; that of the stepped one is `main`."""

    main: str = ""
    variables: Mapping[str, Variables] = field(default_factory=dict)
    result: tuple[Form, ...] = ()


def forms_of(trace: Trace | None) -> Forms:
    """What the variables of the engine's run are, over the whole of it."""
    if trace is None or not trace.frames:
        return Forms()
    found: dict[str, dict[str, tuple[Form, ...]]] = {}
    known: dict[tuple[str, str], set[Any]] = {}
    stood: Mapping[str, Any] = {}
    for frame in trace.frames:
        function = frame.listing.name
        forms = found.setdefault(function, {})
        if frame.before is not stood:  # a call begins, with what it is given
            _note(forms, known, function, frame.before)
        stood = frame.variables
        _note(forms, known, function, {name: frame.variables[name] for name in frame.changed})
    result = form_of(trace.result)
    return Forms(
        main=trace.frames[-1].outermost.listing.name, variables=found, result=(result,) if result else ()
    )


def _note(
    forms: dict[str, tuple[Form, ...]],
    known: dict[tuple[str, str], set[Any]],
    function: str,
    values: Mapping[str, Any],
) -> None:
    for name, value in values.items():
        looks = _looks(value)
        seen = known.setdefault((function, name), set())
        if looks in seen:
            continue
        seen.add(looks)
        form = form_of(value)
        if form is not None:
            forms[name] = _merged((*forms.get(name, ()), form))


def _looks(value: Any) -> Any:
    """What is cheap to tell of a value: two that look alike have one form."""
    if isinstance(value, Tensor):
        return value.dtype, value.shape
    if isinstance(value, Sequence) and not isinstance(value, str):
        ends = (value[0], value[-1]) if value else ()
        return type(value), len(value), tuple(map(_looks, ends))
    if isinstance(value, Mapping):
        return type(value), tuple(value)
    return type(value)


def form_of(value: Any) -> Form | None:
    """The form of a value; None for what no picture is made of (functions, objects)."""
    if value is None:
        return Form("nothing")
    if isinstance(value, Tensor):
        return Form("tensor", value.dtype, tuple((size, size) for size in value.shape))
    for plain, name in ((bool, "truth"), (int, "whole"), (float, "number"), (str, "text")):
        if isinstance(value, plain):
            return Form(name)
    if isinstance(value, Mapping):
        forms = [form_of(one) for one in value.values()]
        return Form("mapping", items=_merged(one for one in forms if one), keys=frozenset(value))
    if isinstance(value, Sequence) and not isinstance(value, bytes | range):
        forms = [form_of(one) for one in value]
        if any(one is None for one in forms):
            return None
        kind = "tuple" if isinstance(value, tuple) else "list"
        return Form(kind, sizes=((len(value), len(value)),), items=_merged(one for one in forms if one))
    return None


def _merged(forms: Iterable[Form]) -> tuple[Form, ...]:
    """The forms, those that differ only in size made one."""
    found: dict[tuple[Any, ...], Form] = {}
    for form in forms:
        before = found.get(form.alike)
        found[form.alike] = form if before is None or before == form else _both(before, form)
    return tuple(found.values())


def _both(a: Form, b: Form) -> Form:
    sizes = tuple((min(x[0], y[0]), max(x[1], y[1])) for x, y in zip(a.sizes, b.sizes, strict=True))
    return replace(a, sizes=sizes, items=_merged((*a.items, *b.items)), keys=a.keys & b.keys)


def fitted(frame: Frame, forms: Forms) -> Frame:
    """The frame with the variables that a picture can be given, and no others."""
    callers = tuple(
        replace(site, variables=_fitting(site.variables, forms, site.listing.name)) if not number
        else Site(site.listing, site.line, {})
        for number, site in enumerate(frame.callers)
    )  # fmt: skip
    name = frame.listing.name
    variables = _fitting(frame.variables, forms, name)
    return replace(
        frame, callers=callers, variables=variables, before=_fitting(frame.before, forms, name), scope={},
        changed=tuple(one for one in frame.changed if one in variables),
        result=_result(frame, forms), said=frame.narration,
    )  # fmt: skip


def _fitting(variables: Mapping[str, Any], forms: Forms, function: str) -> dict[str, Any]:
    known = forms.variables.get(function, {})
    found = {}
    for name, value in variables.items():
        if name in known:
            try:
                found[name] = made_like(value, known[name])
            except Misfit:
                continue
    return found


def _result(frame: Frame, forms: Forms) -> Any:
    if not frame.returned or frame.callers or not forms.result:
        return None
    try:
        return made_like(frame.result, forms.result)
    except Misfit:
        return None


def made_like(value: Any, forms: Iterable[Form]) -> Any:
    """The value, made what one of the forms says.

    Raises:
        Misfit: it is nothing of the kind.
    """
    for form in forms:
        try:
            return _MADE[form.kind](value, form)
        except (Misfit, ValueError, TypeError, RuntimeError, OverflowError):
            continue
    raise Misfit


def _tensor(value: Any, form: Form) -> Tensor:
    assert form.dtype is not None  # noqa: S101
    given: Tensor = value if isinstance(value, Tensor) else _numbers(value, form)
    kinds = _kind(given.dtype), _kind(form.dtype)
    if kinds[0] != kinds[1] and not (kinds == ("whole", "number") and not given.dim()):
        raise Misfit
    if given.dim() != len(form.sizes) or not all(map(_is_as_long, given.shape, form.sizes)):
        raise Misfit
    return given if given.dtype == form.dtype else given.to(form.dtype)


def _numbers(value: Any, form: Form) -> Tensor:
    """A list of numbers, or a number, as a tensor of its own kind."""
    if isinstance(value, bool | int | float):
        return torch.tensor(value, dtype=torch.float64 if isinstance(value, float) else None)
    if not isinstance(value, Sequence) or isinstance(value, str) or not form.sizes:
        raise Misfit
    inner = value[0] if len(value) else ()
    wide = len(inner) if isinstance(inner, Sequence) and not isinstance(inner, str) else 1
    if len(value) * wide > MOST:
        raise Misfit
    if not len(value):
        return torch.zeros((0,) * len(form.sizes), dtype=form.dtype)
    plain = [one.tolist() if isinstance(one, Tensor) else one for one in value]
    made = torch.tensor(plain)
    wants_numbers = form.dtype is not None and form.dtype.is_floating_point
    return made.to(form.dtype) if wants_numbers and _kind(made.dtype) == "whole" else made


def _kind(dtype: torch.dtype) -> str:
    if dtype == torch.bool:
        return "truth"
    return "whole" if dtype in WHOLE else "number" if dtype.is_floating_point else "complex"


def _is_as_long(size: int, among: tuple[int, int]) -> bool:
    """As long as the engine's always is; where its length changes, not much longer than it gets."""
    least, most = among
    return size == least if least == most else size <= 2 * most + SLACK


def _list(value: Any, form: Form) -> Any:
    if isinstance(value, Tensor) and value.dim():
        value = list(value)
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise Misfit
    (least, most), is_tuple = form.sizes[0], form.kind == "tuple"
    if len(value) > 2 * most + SLACK or (is_tuple and least == most != len(value)):
        raise Misfit
    items = [made_like(item, form.items) for item in value]
    if isinstance(value, tuple) == is_tuple and all(a is b for a, b in zip(items, value, strict=True)):
        return value
    return tuple(items) if is_tuple else items


def _mapping(value: Any, form: Form) -> Any:
    if not isinstance(value, Mapping) or not form.keys <= set(value):
        raise Misfit
    return {key: made_like(item, form.items) for key, item in value.items()}


def _single(value: Any) -> Any:
    """The number in a tensor of one number; any other value itself."""
    return value.item() if isinstance(value, Tensor) and not value.dim() else value


def _number(value: Any, form: Form) -> float:
    value = _single(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Misfit
    return float(value)


def _exactly(value: Any, form: Form) -> Any:
    value = _single(value)
    if type(value) is not {"truth": bool, "whole": int, "text": str, "nothing": type(None)}[form.kind]:
        raise Misfit
    return value


_MADE = {
    "tensor": _tensor, "list": _list, "tuple": _list, "mapping": _mapping, "number": _number, "whole": _exactly,
    "truth": _exactly, "text": _exactly, "nothing": _exactly,
}  # fmt: skip

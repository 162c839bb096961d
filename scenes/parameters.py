"""Parameters declared once: typed fields with a range and help, read here for controls and checks."""

from __future__ import annotations

import json
import reprlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints


@dataclass(frozen=True)
class Range:
    """Lowest and highest value, both allowed. `step` is the slider's; for whole numbers it is binding
    (1, 3, 5, ...). `log` spreads the slider by powers.
    """

    low: float
    high: float
    step: float = 1.0
    log: bool = False


@dataclass(frozen=True)
class Help:
    """One line about a parameter, and its unit."""

    text: str
    unit: str = ""


@dataclass(frozen=True)
class When:
    """The parameter matters only while another one has one of these values."""

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Follows:
    """The parameter has a default for each value of another one: that of `defaults`, or else the field's.

    Setting the other one, and not this one, takes it along to the new default if it stood at the old one; or
    `always`, where what is good for one value means nothing for the next (a rate, a place on another surface).
    """

    name: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    always: bool = False


@dataclass(frozen=True, eq=False)
class ByName:
    """The parameter is a number for all that another one, `name`, chooses among, or an object with a number for some
    of them; its default stands for those that are left out. `numbers` says what each of them comes to, of those that
    have such a number; `range` is that of a slider for the chosen one's.
    """

    name: str
    range: Range
    numbers: Callable[[Any], Mapping[str, float]]


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A field of a scene's Params, as the controls and the command line see it."""

    name: str
    kind: Literal["bool", "int", "float", "choice", "list", "json", "text"]
    default: Any
    help: str = ""
    unit: str = ""
    range: Range | None = None
    choices: tuple[str, ...] = ()
    item: Parameter | None = None  # of a list: what each of its values is checked as
    when: tuple[When, ...] = ()
    follows: Follows | None = None
    by_name: ByName | None = None

    @property
    def title(self) -> str:
        """The name as people read it."""
        return self.name.replace("_", " ")

    def matters(self, params: Any) -> bool:
        """Whether the other parameters leave this one a say."""
        return all(getattr(params, w.name) in w.values for w in self.when)

    def default_of(self, params: Any) -> Any:
        """The default as the other parameters stand."""
        if self.follows is None:
            return self.default
        return self.follows.defaults.get(getattr(params, self.follows.name), self.default)

    def goes_along(self, before: Any, after: Any) -> bool:
        """Whether this one follows from Params to the next, in which it was not set itself."""
        lead = self.follows
        if lead is None or getattr(before, lead.name) == getattr(after, lead.name):
            return False
        return lead.always or bool(getattr(before, self.name) == self.default_of(before))


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxlong = _SHORT.maxother = 60


class BadParameter(ValueError):
    """A parameter that is unknown or out of bounds, said in one sentence."""


@cache
def parameters_of(params: type) -> tuple[Parameter, ...]:
    """The parameters that a Params class declares, in order."""
    hints = get_type_hints(params, include_extras=True)
    return tuple(_parameter(f.name, hints[f.name], f.default) for f in fields(params))


def _parameter(name: str, hint: Any, default: Any) -> Parameter:
    metadata = getattr(hint, "__metadata__", ())
    plain = getattr(hint, "__origin__", hint) if metadata else hint
    notes = {type(m): m for m in metadata}
    help_: Any = notes.get(Help, Help(""))
    choices = get_args(plain) if get_origin(plain) is Literal else ()
    kinds: dict[Any, Any] = {bool: "bool", int: "int", float: "float", str: "text"}
    kind: Any = "choice" if choices else kinds.get(plain, "list" if get_origin(plain) is tuple else "json")
    return Parameter(
        name=name,
        kind=kind,
        default=None if default is MISSING else default,
        help=help_.text,
        unit=help_.unit,
        range=notes.get(Range),
        choices=tuple(choices),
        item=_parameter(name, get_args(plain)[0], MISSING) if kind == "list" else None,
        when=tuple(m for m in metadata if isinstance(m, When)),
        follows=notes.get(Follows),
        by_name=notes.get(ByName),
    )


def checked(parameter: Parameter, value: Any) -> Any:
    """The value in the parameter's own type.

    Raises:
        BadParameter: it is of another kind, not finite, or outside the range or choices.
    """
    say = f"{parameter.name} is {_SHORT.repr(value)}"
    if parameter.kind == "bool":
        if isinstance(value, bool):
            return value
        raise BadParameter(f"{say}; it takes true or false.")
    if parameter.kind == "choice":
        if value in parameter.choices:
            return value
        raise BadParameter(f"{say}; it takes one of {', '.join(parameter.choices)}.")
    if parameter.kind in ("int", "float"):
        return _number(parameter, value, say)
    if parameter.kind == "list":
        if isinstance(value, list | tuple):
            return tuple(_item(parameter, index, each) for index, each in enumerate(value))
        few = list(parameter.item.choices[:2]) if parameter.item else []
        raise BadParameter(f"{say}; it takes a list, such as {json.dumps(few or [1, 2])}.")
    if parameter.kind == "text" and not isinstance(value, str):
        raise BadParameter(f"{say}; it takes a text.")
    return value


def _item(parameter: Parameter, index: int, value: Any) -> Any:
    if parameter.item is None:
        return value
    return checked(replace(parameter.item, name=f"{parameter.name}[{index}]"), value)


def _number(parameter: Parameter, value: Any, say: str) -> int | float:
    whole = parameter.kind == "int"
    kind = "a whole number" if whole else "a number"
    limits = parameter.range
    span = f" from {limits.low:g} to {limits.high:g}" if limits else ""
    if limits and whole and limits.step != 1:
        first, second = int(limits.low), int(limits.low + limits.step)
        span += f" ({first}, {second}, ...)"
    number_like = isinstance(value, int | float) and not isinstance(value, bool)
    if not number_like or not abs(value) <= sys.float_info.max or (whole and value != int(value)):
        raise BadParameter(f"{say}; it takes {kind}{span}.")
    number = int(value) if whole else float(value)
    if limits and not limits.low <= number <= limits.high:
        raise BadParameter(f"{say}; it takes {kind}{span}.")
    if limits and whole and (number - limits.low) % limits.step:
        raise BadParameter(f"{say}; it takes {kind}{span}.")
    return number


def parsed(parameter: Parameter, text: str) -> Any:
    """A value typed as text (on the command line, into a control), checked.

    Raises:
        BadParameter: the text is no such value.
    """
    if parameter.kind in ("choice", "text"):
        return checked(parameter, text)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):  # no JSON, a number of thousands of digits, a deep nest
        words = {"True": True, "False": False, "yes": True, "no": False, "on": True, "off": False}
        value = words.get(text, text)
    return checked(parameter, value)


def changed(params: Any, changes: Mapping[str, Any]) -> Any:
    """Params with some values replaced; those that follow one of them, and are not given, go along."""
    declared: Any = type(params)
    after = replace(params, **changes)
    along = {
        p.name: p.default_of(after)
        for p in parameters_of(declared)
        if p.name not in changes and p.goes_along(params, after)
    }
    return replace(after, **along) if along else after


def with_values(params: Any, values: Mapping[str, Any]) -> Any:
    """Params with some values replaced, each text parsed and each value checked; what follows them goes along.

    Raises:
        BadParameter: an unknown name, or a value that does not fit.
    """
    declared: Any = type(params)
    known = {p.name: p for p in parameters_of(declared)}
    changes = {}
    for name, value in values.items():
        if name not in known:
            raise BadParameter(f"There is no parameter {name!r} here; there are {', '.join(known)}.")
        take = parsed if isinstance(value, str) else checked
        changes[name] = take(known[name], value)
    return changed(params, changes)

"""What two states of a scene are called when they stand side by side: by what differs in them."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from scenes.parameters import Parameter, parameters_of
from scenes.scene import Scene, State

FEW = 2  # things that differ which a name has room for


@dataclass(frozen=True)
class Names:
    """How sentences call both runs: "with method diou" and "with method hard", or "now" and "in the kept run"."""

    now: str = "now"
    kept: str = "in the kept run"

    @classmethod
    def of_titles(cls, now: str, kept: str) -> Names:
        """Of runs that have titles: "in your code", "in the engine's code"."""
        told = [f"in {title[:1].lower()}{title[1:]}" if title else "now" for title in (now, kept)]
        return cls(*told)


@dataclass(frozen=True)
class Contrast:
    """What differs between two states: a name and both values in words, of inputs the name alone."""

    name: str
    kept: str = ""
    now: str = ""


def contrasts(scene: Scene, kept: State, now: State) -> tuple[Contrast, ...]:
    """The parameters and inputs in which two states of a scene differ, but for what is only looked at."""
    found = []
    for parameter in parameters_of(scene.params):
        a, b = (getattr(state.params, parameter.name) for state in (kept, now))
        if a != b and (parameter.matters(kept.params) or parameter.matters(now.params)):
            found.append(Contrast(parameter.title, said(parameter, a), said(parameter, b)))
    for field in fields(now.inputs) if kept.inputs is not now.inputs else ():
        if field.name not in scene.looked_at and not _equal(
            getattr(kept.inputs, field.name), getattr(now.inputs, field.name)
        ):
            found.append(Contrast(field.name.replace("_", " ")))
    return tuple(found)


def said(parameter: Parameter, value: Any) -> str:
    """A parameter's value in a few words."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:.6g}{parameter.unit and f' {parameter.unit}'}"
    if isinstance(value, list | tuple):
        return ", ".join(f"{one:.6g}" if isinstance(one, float) else str(one) for one in value)
    return value if isinstance(value, str) else json.dumps(value, default=str)


def sides(found: tuple[Contrast, ...], *, few: int = FEW) -> tuple[str, str]:
    """What stands over both pictures, the kept one's first: "method hard, other boxes and 2 more"."""
    if not found:
        return "the same", "the same"
    told = []
    for values in ([one.kept for one in found], [one.now for one in found]):
        words = [
            f"{one.name} {value}" if value else f"other {one.name}"
            for one, value in zip(found, values, strict=True)
        ]
        more = f" and {len(words) - few} more" if len(words) > few else ""
        told.append(", ".join(words[:few]) + more)
    return told[0], told[1]


def names_of(found: tuple[Contrast, ...]) -> Names:
    """How sentences call both runs: by the one parameter in which they differ, where there is but one."""
    if len(found) != 1 or not found[0].now or not found[0].kept:
        return Names()
    one = found[0]
    if {one.now, one.kept} == {"on", "off"}:
        return Names(f"with {one.name}" if one.now == "on" else f"without {one.name}",
                     f"with {one.name}" if one.kept == "on" else f"without {one.name}")  # fmt: skip
    return Names(f"with {one.name} {one.now}", f"with {one.name} {one.kept}")


def _equal(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return (
            a.shape == b.shape
            and a.dtype == b.dtype
            and bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))
        )
    try:
        return bool(a == b)
    except ValueError:  # records of arrays, compared element by element
        return False

"""Where two runs part: the moments at which a variable that both have comes to hold something else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.trace import Frame, Trace
from scenes.running import as_data
from scenes.workbench.comparing import difference

MOST = 4000  # frames of a run that are looked at


@dataclass(frozen=True, kw_only=True, eq=False)
class Parting:
    """The variable, and the frames of both runs that wrote it; None where a run writes it no more."""

    variable: str
    yours: Frame | None
    engine: Frame | None

    def as_data(self) -> dict[str, Any]:
        """For JSON: of both runs the step, its line and narration, and the value."""
        return {
            "variable": self.variable,
            "yours": _moment(self.yours, self.variable),
            "engine": _moment(self.engine, self.variable),
        }


def _moment(frame: Frame | None, variable: str) -> dict[str, Any] | None:
    if frame is None:
        return None
    return {
        "step": frame.index + 1,
        "line": frame.line,
        "text": frame.text,
        "narration": frame.narration,
        "value": as_data(frame.variables[variable]),
    }


def parting(yours: Trace, engine: Trace) -> Parting | None:
    """The first parting, by the engine's order."""
    return min(partings(yours, engine), key=lambda one: (one.engine or engine.frames[-1]).index, default=None)


def partings(yours: Trace, engine: Trace) -> list[Parting]:
    """Of each variable that both have its first parting. Variables whose very first values are of different kinds
    count as different variables that happen to have one name.
    """
    mine, theirs = _histories(yours), _histories(engine)
    found = [_of(name, mine[name], theirs[name]) for name in theirs if name in mine]
    return [one for one in found if one is not None]


def _histories(trace: Trace) -> dict[str, list[Frame]]:
    """Of each variable of the stepped function the frames that gave it another value."""
    found: dict[str, list[Frame]] = {}
    for frame in trace.frames[:MOST]:
        if frame.depth:
            continue
        for name in frame.changed:
            before = found.setdefault(name, [])
            if not before or difference(frame.variables[name], before[-1].variables[name]) is not None:
                before.append(frame)
    return found


def _of(name: str, mine: list[Frame], theirs: list[Frame]) -> Parting | None:
    if not alike(mine[0].variables[name], theirs[0].variables[name]):
        return None
    for a, b in zip(mine, theirs, strict=False):
        if difference(a.variables[name], b.variables[name]) is not None:
            return Parting(variable=name, yours=a, engine=b)
    if len(mine) == len(theirs):
        return None
    common = min(len(mine), len(theirs))
    rest = mine[common:], theirs[common:]
    return Parting(variable=name, yours=next(iter(rest[0]), None), engine=next(iter(rest[1]), None))


def alike(a: Any, b: Any) -> bool:
    """Whether two values are of one kind, so that it makes sense to compare them."""
    return bool(_form(a) == _form(b))


def _form(value: Any) -> Any:
    """What kind of thing a value is: how many axes it has."""
    if hasattr(value, "dim"):
        return value.dim()
    if isinstance(value, bool | int | float):
        return 0
    return "sequence" if isinstance(value, list | tuple) else type(value).__name__

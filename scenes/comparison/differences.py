"""Where two runs that are stepped side by side differ, from the first moment on, in words with both sides' values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.trace import Frame, Trace
from scenes.comparison.alignment import Alignment, align, loops_of
from scenes.comparison.naming import Names
from scenes.comparison.parting import MOST, alike, partings
from scenes.scene import Outcome
from scenes.workbench.comparing import difference, shown

NUMBERS = "biufc"  # kinds of arrays
FAR = 10**9  # a step past the end of any run


@dataclass(frozen=True, kw_only=True, eq=False)
class Difference:
    """A moment at which two runs come to differ: the step of each to look at, and one sentence."""

    now: int
    kept: int
    sentence: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Two runs side by side: which moments belong together (None where one has no steps), and the differences in
    their order. Where there are none, `sentence` says so.
    """

    alignment: Alignment | None = None
    differences: tuple[Difference, ...] = ()
    sentence: str = ""


def compare(
    kept: Trace,
    now: Trace,
    names: Names,
    outcomes: tuple[Mapping[str, Outcome], Mapping[str, Outcome]] = ({}, {}),
) -> Comparison:
    """Put two runs side by side and find where they differ: by what became of the parts (`outcomes` of the kept run
    and of the one now) where that differs, else by their variables and by what they return. Where both ran the same
    code, the first variable that differs is where they part, whatever comes of it.
    """
    alignment = align(kept, now)
    if kept is now:
        return Comparison(alignment=alignment, sentence="Both runs are the same so far: change something.")
    found = _of_outcomes(*outcomes, alignment, names)
    alike_ends = "" if found else _alike_ends(outcomes[1])
    if found and alignment.same_code:
        found += _in_order(_of_lines(kept, now, alignment, names))[:1]
    if not found:
        found = (
            _of_lines(kept, now, alignment, names)
            if alignment.same_code
            else _of_names(kept, now, alignment, names)
        )
        returned = _of_results(kept, now, names)
        found = found if found or returned is None else [returned]
    if not found:
        return Comparison(alignment=alignment, sentence=_sameness(kept, now))
    first, *others = _in_order(found)
    first = replace(first, sentence=f"{alike_ends}{first.sentence}")
    return Comparison(alignment=alignment, differences=(first, *others))


def _in_order(found: list[Difference]) -> list[Difference]:
    return sorted(found, key=lambda one: (one.now, one.kept))


def _alike_ends(parts: Mapping[str, Outcome]) -> str:
    """That no part ends otherwise, to stand before what only differs on the way: "All boxes end alike."."""
    kinds = {part.rsplit(" ", 1)[0] for part in parts}
    if len(parts) < 2 or len(kinds) != 1:
        return "All ends alike, but not the way there. " if parts else ""
    kind = kinds.pop()
    return f"All {kind}{'es' if kind.endswith(('s', 'x', 'ch', 'sh')) else 's'} end alike, but not the way there. "


def _sameness(kept: Trace, now: Trace) -> str:
    if len(kept) == len(now):
        return f"No step differs: both runs take the same {len(now)} steps."
    return f"No variable differs: the run takes {len(now)} steps now, and {len(kept)} in the kept run."


# ---------------------------------------------------------------------------- what became of the parts


def _of_outcomes(
    kept: Mapping[str, Outcome], now: Mapping[str, Outcome], alignment: Alignment, names: Names
) -> list[Difference]:
    """Of each part that ends otherwise the moment at which the first of both runs settles it."""
    found = []
    for part in {**now, **kept}:
        mine, theirs = now.get(part), kept.get(part)
        if mine is not None and theirs is not None and difference(mine.value, theirs.value) is None:
            continue
        step, other = _first_of(mine, theirs, alignment)
        told = [
            f"{one.words} {name} (step {one.step})" if one is not None else f"is not there {name}"
            for one, name in ((mine, names.now), (theirs, names.kept))
        ]
        found.append(Difference(now=step, kept=other, sentence=f"{_capital(part)} {told[0]}, and {told[1]}."))
    return found


def _first_of(mine: Outcome | None, theirs: Outcome | None, alignment: Alignment) -> tuple[int, int]:
    there = alignment.now_step(theirs.step) if theirs is not None else FAR
    if mine is not None and (theirs is None or mine.step <= there):
        return mine.step, alignment.kept_step(mine.step) or 0
    assert theirs is not None  # noqa: S101 - a part is in one of both runs
    return there, theirs.step


# ---------------------------------------------------------------------------- the same code, line by line


def _of_lines(kept: Trace, now: Trace, alignment: Alignment, names: Names) -> list[Difference]:
    """The moments at which a variable of the stepped function comes to differ, having been the same till then, and
    those at which the runs go on to different lines.
    """
    found = []
    apart: set[str] = set()
    were_together = True
    ended = _ended_loops(now), _ended_loops(kept)
    for mine, theirs in _moments(kept, now, alignment):
        together = mine.line - mine.listing.first == theirs.line - theirs.listing.first
        over = mine.index in ended[0], theirs.index in ended[1]
        if together and over[0] != over[1]:
            found.append(_of_loops(mine, theirs, names, over[0]))
        elif together:
            for name in dict.fromkeys((*mine.changed, *theirs.changed)):
                one = _of_variable(name, mine, theirs, names)
                if one is not None and name not in apart:
                    found.append(one)
                (apart.discard if one is None else apart.add)(name)
        elif were_together and not apart:
            found.append(_of_ways(mine, theirs, names))
        were_together = together
    return found


def _ended_loops(trace: Trace) -> set[int]:
    """The indices of the frames in which the head of a loop found that it is over."""
    own = [frame for frame in trace.frames[:MOST] if not frame.callers]
    loops = loops_of(trace.listings[0])
    return {a.index for a, b in pairwise(own) if a.line in loops and not a.line < b.line <= loops[a.line]}


def _moments(kept: Trace, now: Trace, alignment: Alignment) -> Iterator[tuple[Frame, Frame]]:
    """The frames of both stepped functions that stand beside each other."""
    for frame in now.frames[:MOST]:
        other = kept.at(alignment.kept_step(frame.index + 1))
        if other is not None and not frame.callers and not other.callers:
            yield frame, other


def _of_variable(name: str, mine: Frame, theirs: Frame, names: Names) -> Difference | None:
    if name not in mine.variables or name not in theirs.variables:
        return None
    apart = difference(mine.variables[name], theirs.variables[name])
    if apart is None:
        return None
    sentence = f"{name}{apart.where} is {apart.got} {names.now}, and {apart.expected} {names.kept}."
    return Difference(now=mine.index + 1, kept=theirs.index + 1, sentence=sentence)


def _of_loops(mine: Frame, theirs: Frame, names: Names, over: bool) -> Difference:
    told = ("is over", "goes on") if over else ("goes on", "is over")
    sentence = f"The loop in line {mine.line} {told[0]} {names.now}, and {told[1]} {names.kept}."
    return Difference(now=mine.index + 1, kept=theirs.index + 1, sentence=sentence)


def _of_ways(mine: Frame, theirs: Frame, names: Names) -> Difference:
    sentence = (
        f"The run goes on to line {mine.line} {names.now}; it has come to line {theirs.line} {names.kept}."
    )
    return Difference(now=mine.index + 1, kept=theirs.index + 1, sentence=sentence)


# ---------------------------------------------------------------------------- other code, by its variables


def _of_names(kept: Trace, now: Trace, alignment: Alignment, names: Names) -> list[Difference]:
    """Of each variable that both have, the first value that differs; where none does, those that only one run
    changes further.
    """
    found, further = [], []
    for one in partings(now, kept):
        mine, theirs = one.yours, one.engine
        if mine is not None and theirs is not None:
            if _shape(mine, one.variable) == _shape(theirs, one.variable):  # else they only share the name
                found.append(_of_variable(one.variable, mine, theirs, names))
        elif mine is not None:
            words = f"{names.now}, and changes no more {names.kept}."
            further.append(_of_going_on(mine, one.variable, words, alignment))
        elif theirs is not None:
            words = f"{names.kept}, and changes no more {names.now}."
            further.append(_of_going_on(theirs, one.variable, words, alignment, kept=True))
    return [one for one in found if one is not None] or further


def _of_going_on(
    frame: Frame, name: str, words: str, alignment: Alignment, *, kept: bool = False
) -> Difference:
    step, sentence = frame.index + 1, f"{name} goes on to {shown(frame.variables[name])} {words}"
    if kept:
        return Difference(now=alignment.now_step(step), kept=step, sentence=sentence)
    return Difference(now=step, kept=alignment.kept_step(step) or 0, sentence=sentence)


def _shape(frame: Frame, name: str) -> tuple[int, ...] | None:
    shape = getattr(frame.variables[name], "shape", None)
    return None if shape is None else tuple(shape)


def _of_results(kept: Trace, now: Trace, names: Names) -> Difference | None:
    """What both return, where it differs and is of one kind."""
    if not now.frames or not kept.frames or not alike(now.result, kept.result):
        return None
    apart = difference(now.result, kept.result)
    if apart is None:
        return None
    where = f" {apart.where}" if apart.where else ""
    sentence = f"What is returned{where} is {apart.got} {names.now}, and {apart.expected} {names.kept}."
    return Difference(now=len(now), kept=len(kept), sentence=sentence)


def of_arrays(kept: Mapping[str, NDArray[Any]], now: Mapping[str, NDArray[Any]], names: Names) -> str:
    """The first named array in which two results differ, in a sentence; "" where none does."""
    for name in (name for name in now if name in kept):
        mine, theirs = np.array(now[name]), np.array(kept[name])  # torch wants them writable
        if mine.dtype.kind not in NUMBERS:
            mine, theirs = mine.tolist(), theirs.tolist()
        apart = difference(mine, theirs)
        if apart is not None:
            return f"In the result {name}{apart.where} is {apart.got} {names.now}, and {apart.expected} {names.kept}."
    return ""


def at_once(kept: Frame | None, now: Frame | None) -> dict[str, tuple[str, str, str]]:
    """Of the variables at two moments beside each other those that differ: where in it, and both values in words,
    the one now first.
    """
    if kept is None or now is None:
        return {}
    deep = (kept.listing.name, now.listing.name)
    if (kept.callers or now.callers) and deep[0] != deep[1]:
        return {}
    found = {}
    for name, value in now.variables.items():
        other: Any = kept.variables.get(name)
        if name in kept.variables and alike(value, other):
            apart = difference(value, other)
            if apart is not None and apart.got != apart.expected:  # two functions of one name look the same
                found[name] = apart.where, apart.got, apart.expected
    return found


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]

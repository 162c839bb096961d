"""Which moments of two runs belong together, so that they can be stepped through side by side.

Runs of the same code stand at the same line of the same turn of the same loops. Runs of different code stand in
the same turn of their outermost loops and, within it, where a variable of the same name is given its value for
the same time.
"""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from engine.trace import Frame, Listing, Trace

Key = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Alignment:
    """`kept_at[n]` is the step of the kept run that belongs to step n of the run now; `same_code` says whether both
    ran the same lines.
    """

    kept_at: Sequence[int]
    same_code: bool

    def kept_step(self, step: int | None) -> int | None:
        """The kept run's moment beside one of the run now; the ends (None) are beside each other."""
        return None if step is None else self.kept_at[min(step, len(self.kept_at) - 1)]

    def now_step(self, kept: int) -> int:
        """The first step now beside which the kept run has come as far; the last one where it goes on alone."""
        return min(bisect_left(self.kept_at, kept), len(self.kept_at) - 1)


def align(kept: Trace, now: Trace) -> Alignment:
    """Put the steps of a kept run beside those of the run now."""
    if kept is now:
        return Alignment(range(len(now) + 1), True)
    mine, theirs = now.listings[0], kept.listings[0]
    if (mine.name, mine.lines) == (theirs.name, theirs.lines):
        keys, there = places(now), places(kept)
        return Alignment([0, *(bisect_right(there, key) for key in keys)], True)
    return Alignment(_by_turns(kept, now), False)


# ---------------------------------------------------------------------------- the same code


@dataclass
class _Level:
    """A call under way: the statement it is in, and how often each loop has been turned."""

    listing: Listing
    prefix: Key
    line: int = -1
    done: bool = True  # the statement is over: the next line begins another, be it the same one again
    calls: int = 0
    turns: dict[int, int] = field(default_factory=dict)

    def enter(self, line: int) -> None:
        """Stand in a statement."""
        if not self.done and line == self.line:
            return
        self.line, self.done, self.calls = line, False, 0
        loops = loops_of(self.listing)
        if line in loops:
            self.turns[line] = self.turns.get(line, 0) + 1
            for inner in loops:
                if line < inner <= loops[line]:
                    self.turns.pop(inner, None)

    def place(self) -> Key:
        """Where the statement stands: the turns of the loops around it, then its line."""
        around = [
            (head, self.turns.get(head, 0))
            for head, last in loops_of(self.listing).items()
            if head <= self.line <= last
        ]
        return (*self.prefix, *(number for pair in around for number in pair), self.line)


def places(trace: Trace) -> list[Key]:
    """Of each frame where it stands in the code and its loops: keys that rise as the run goes on, and that runs of
    the same code have in common.
    """
    found: list[Key] = []
    levels: list[_Level] = []
    for frame in trace.frames:
        path = [*((site.listing, site.line) for site in frame.callers), (frame.listing, frame.line)]
        del levels[len(path) :]
        for depth, (listing, line) in enumerate(path):
            if depth == len(levels):
                levels.append(_Level(listing, _called_from(levels[-1]) if levels else ()))
            levels[depth].enter(line)
        found.append((*levels[-1].place(), 1))
        levels[-1].done = True
    return found


def _called_from(caller: _Level) -> Key:
    """A call comes before the end of the statement that makes it, and after the calls before it."""
    caller.calls += 1
    return (*caller.place(), 0, caller.calls)


@lru_cache(256)
def loops_of(listing: Listing) -> dict[int, int]:
    """First and last line of each loop, outer ones before those in them."""
    tree = ast.parse("\n".join(listing.lines))
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)]
    ends = {listing.first + n.lineno - 1: listing.first + (n.end_lineno or n.lineno) - 1 for n in loops}
    return dict(sorted(ends.items()))


# ---------------------------------------------------------------------------- different code


def _by_turns(kept: Trace, now: Trace) -> list[int]:
    """Beside each step now the kept run's step of the last moment that both have had."""
    paired = _paired_loops(kept, now)
    theirs = _blocks(kept, {head: number for number, (head, _) in enumerate(paired)})
    mine = _blocks(now, {head: number for number, (_, head) in enumerate(paired)})
    kept_at = [0] * (len(now) + 1)
    for block, frames in mine.items():
        for step, other in _anchors(theirs.get(block, []), frames):
            kept_at[step] = other
    furthest = 0
    for step, other in enumerate(kept_at):
        kept_at[step] = furthest = max(furthest, other)
    return kept_at


def _outermost(listing: Listing) -> list[int]:
    heads: list[int] = []
    end = 0
    for head, last in loops_of(listing).items():
        if head > end:
            heads.append(head)
            end = last
    return heads


def _paired_loops(kept: Trace, now: Trace) -> list[tuple[int, int]]:
    """The outermost loops of both that belong together: in order, those that give the most variables of the same
    names their values.
    """
    theirs, mine = (
        [(head, _named_in(trace, head)) for head in _outermost(trace.listings[0])] for trace in (kept, now)
    )
    best: dict[tuple[int, int], tuple[int, list[tuple[int, int]]]] = {}
    for i in range(len(theirs), -1, -1):
        for j in range(len(mine), -1, -1):
            if i == len(theirs) or j == len(mine):
                best[i, j] = 0, []
                continue
            count, pairs = best[i + 1, j + 1]
            common = 1 + len(theirs[i][1] & mine[j][1])
            both = count + common, [(theirs[i][0], mine[j][0]), *pairs]
            best[i, j] = max(both, best[i + 1, j], best[i, j + 1], key=lambda one: one[0])
    return best[0, 0][1]


def _named_in(trace: Trace, head: int) -> set[str]:
    last = loops_of(trace.listings[0])[head]
    return {n for f in trace.frames if not f.callers and head <= f.line <= last for n in f.changed}


def _blocks(trace: Trace, numbers: dict[int, int]) -> dict[Key, list[Frame]]:
    """The frames of the stepped function itself by the turn of the outermost loop that they belong to: (2n, 0) before
    loop n, (2n + 1, t) in its turn t.
    """
    blocks: dict[Key, list[Frame]] = {}
    for block, frame in _with_block(trace, numbers):
        blocks.setdefault(block, []).append(frame)
    return blocks


def _with_block(trace: Trace, numbers: dict[int, int]) -> Iterator[tuple[Key, Frame]]:
    ends = {head: loops_of(trace.listings[0])[head] for head in numbers}
    block, inside = (0, 0), 0
    for frame in trace.frames:
        if frame.callers:
            continue
        head = next((head for head, last in ends.items() if head <= frame.line <= last), 0)
        if head and (frame.line == head or head != inside):
            number = 2 * numbers[head] + 1
            block = number, block[1] + 1 if block[0] == number else 1
        elif not head and inside:
            block = block[0] + 1, 0
        inside = head
        yield block, frame


def _anchors(kept: Sequence[Frame], now: Sequence[Frame]) -> list[tuple[int, int]]:
    """Pairs of steps, rising in both: the ends of the block, and between them what is given its value in both."""
    if not kept or not now:
        return []
    first, last = (now[0].index + 1, kept[0].index + 1), (now[-1].index + 1, kept[-1].index + 1)
    there = dict(_writes(kept))
    pairs = [(step, there[write]) for write, step in _writes(now) if write in there]
    return [first, *_rising(pairs), last] if len(now) > 1 else [last]


def _writes(frames: Sequence[Frame]) -> list[tuple[tuple[str, int], int]]:
    """(variable, how often by now), with the step that did it."""
    counts: Counter[str] = Counter()
    found = []
    for frame in frames:
        for name in frame.changed:
            counts[name] += 1
            found.append(((name, counts[name]), frame.index + 1))
    return found


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest choice of pairs in which the second numbers never fall; the first ones do not."""
    tails: list[int] = []  # the smallest number that a choice of each length can end with
    ends: list[int] = []  # the pair that it ends with
    before: list[int] = []
    for place, (_, other) in enumerate(pairs):
        length = bisect_right(tails, other)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [other]
        ends[length : length + 1] = [place]
    chosen = []
    place = ends[-1] if ends else -1
    while place >= 0:
        chosen.append(pairs[place])
        place = before[place]
    return chosen[::-1]

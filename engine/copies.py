"""Variables as they stood: copies that cost time and memory only where something changed.

What is as it was on the line before gives the very same copy, so that comparing two moments is comparing
identities. A tensor tells by its version whether it changed. A container or an array is looked through after
a line that mentions anything through which it can have changed; a long list is kept in pieces, so that a
change costs a piece and no whole copy. Objects of other classes are kept as they are.
"""

from __future__ import annotations

import operator
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import chain
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

SMALL = 64  # containers longer than this are kept in pieces of this length
DEEPEST = 32  # containers inside containers, down to here; what lies deeper is kept as it is
OBJECT = 400  # bytes that a tensor takes besides its numbers

# What never changes is its own copy.
PLAIN = frozenset({
    int, float, bool, complex, str, bytes, type(None), type(...), range, slice, type, FunctionType,
    BuiltinFunctionType, ModuleType, torch.Size, torch.dtype, torch.device,
})  # fmt: skip

VERSION, REQUIRES_GRAD = operator.attrgetter("_version"), operator.attrgetter("requires_grad")

# An object, held so that its id stays its own; a stamp that differs once it has changed; its copy.
Entry = tuple[Any, Any, Any]


class Mentions(NamedTuple):
    """The names that a line mentions, and those among them that it mentions only as `name.append(...)`."""

    names: frozenset[str]
    grown: frozenset[str] = frozenset()


class Reach(NamedTuple):
    """What a line can have changed in place: any container, or else only the ends of the `grown` lists."""

    anything: bool
    grown: frozenset[int] = frozenset()


class Piece(NamedTuple):
    """Up to SMALL neighbours in a container, and their copies. `stamps` are the versions of tensors, empty
    for what never changes, and None for what has to be looked into. `entries` are of the items, by id.
    """

    items: Sequence[Any]
    copies: tuple[Any, ...] = ()
    stamps: list[int] | None = None
    entries: Mapping[int, Entry] = {}

    def begins(self, items: Sequence[Any]) -> bool:
        """Whether the items begin with these, unchanged."""
        held = len(self.items)
        if self.stamps is None or held > len(items) or not all(map(operator.is_, self.items, items)):
            return False
        return not self.stamps or self.stamps == list(map(VERSION, items[:held]))


NOTHING = Piece(items=(), stamps=[])


class Copies:
    """The variables of one call, line after line; it starts from what its caller has copied already.

    `by_content` compares tensors by their numbers too: memory that is shared with NumPy, or reached by way of
    `.data`, changes without a new version.
    """

    def __init__(self, caller: Copies | None = None, *, by_content: bool = False) -> None:
        self.known: dict[int, Entry] = dict(caller.known) if caller else {}  # by id, as of the line before
        self.fresh: dict[int, Entry] = {}  # as of this line
        self.by_content = by_content
        self.bytes = 0  # copied since it was last asked
        self._open: set[int] = set()  # what is being looked into
        self._made: dict[int, Entry] = {}  # copies made on this line, for all that hold the same
        self._before: Mapping[str, Any] = {}
        self._now: Mapping[str, Any] = {}
        self._mentions: Mentions | None = None
        self._reached: Reach | None = None

    def of_variables(self, names: Mapping[str, Any], mentions: Mentions | None = None) -> dict[str, Any]:
        """A copy of each variable after a line; where its mentions are not given, anything may have changed."""
        self._before, self._now = self._now, names
        self._mentions, self._reached, self._made = mentions, None, {}
        copies: dict[str, Any] = {}
        known, fresh = self.known, self.fresh = self.known, {}
        by_version = not self.by_content
        for name, value in names.items():
            if type(value) in PLAIN:
                copies[name] = value
                continue
            entry = known.get(id(value))
            if entry is not None and by_version and type(entry[1]) is int and entry[1] == value._version:
                fresh[id(value)] = entry
                copies[name] = entry[2]
            else:
                copies[name] = self.of(value)
        self.known = fresh
        return copies

    def taken(self) -> int:
        """The bytes copied since this was last asked."""
        size, self.bytes = self.bytes, 0
        return size

    def of(self, value: Any) -> Any:
        """A copy of one value; of what holds itself, with `...` in that place."""
        key = id(value)
        if key in self.fresh:
            return self.fresh[key][2]
        before = self.known.get(key)
        if isinstance(value, Tensor):
            entry = self._tensor(value, before)
        else:
            kind: Any = type(value)
            look = _look_at(kind)
            if look is None or len(self._open) > DEEPEST:
                return value
            if key in self._open:
                return ...
            self._open.add(key)
            entry = look(self, value, before)
            self._open.remove(key)
        if before is None or entry[2] is not before[2]:
            entry = self._made.setdefault(key, entry)
        self.fresh[key] = entry
        return entry[2]

    def _tensor(self, value: Tensor, entry: Entry | None) -> Entry:
        stamp, grad = _stamp(value)
        if entry is not None:
            tells = stamp is not None and not self.by_content
            if (tells and entry[1] == stamp) or _is_alike(entry[2], value, grad):
                return (value, grad), stamp, entry[2]
        copy = _copy_of_tensor(value, grad)
        self.bytes += copy.numel() * copy.element_size() + OBJECT
        return (value, grad), stamp, copy

    def _list(self, value: Sequence[Any], entry: Entry | None) -> Entry:
        before = entry[1] if entry is not None else []
        if entry is not None and self._stands(value, before):
            return entry
        pieces = self._pieces(list(value), before, grown=id(value) in self._reach().grown)
        if entry is not None and _same(pieces, before):
            return entry
        self.bytes += 8 * len(pieces)
        return value, pieces, LongList(pieces) if len(pieces) > 1 else [c for p in pieces for c in p.copies]

    def _tuple(self, value: tuple[Any, ...], entry: Entry | None) -> Entry:
        before = entry[1] if entry is not None else []
        if entry is not None and self._stands(value, before):
            return entry
        pieces = self._pieces(value, before)
        if entry is not None and _same(pieces, before):
            return entry
        copies = [c for p in pieces for c in p.copies]
        return value, pieces, value if _same(copies, value) else _tuple_like(value, copies)

    def _dict(self, value: dict[Any, Any], entry: Entry | None) -> Entry:
        keys_before, before = entry[1] if entry is not None else ([], [])
        if entry is not None and self._stands(value, before):
            return entry
        keys, pieces = list(dict.keys(value)), self._pieces(list(dict.values(value)), before)
        if entry is not None and _same(pieces, before) and _same(keys, keys_before):
            return entry
        copy = dict(zip(keys, chain.from_iterable(p.copies for p in pieces), strict=True))
        self.bytes += sys.getsizeof(copy)
        return value, (keys, pieces), copy

    def _set(self, value: set[Any], entry: Entry | None) -> Entry:
        if entry is not None and (self._stands(value, ()) or entry[2] == value):
            return entry
        copy = set(value)
        self.bytes += sys.getsizeof(copy)
        return value, None, copy

    def _array(self, value: np.ndarray[Any, Any], entry: Entry | None) -> Entry:
        self.by_content = True  # tensors may share its memory
        if entry is not None and not self._reach().anything:
            return entry
        stamp = value.dtype, value.shape, value.tobytes()
        if entry is not None and entry[1] == stamp:
            return entry
        self.bytes += value.nbytes
        return value, stamp, value.copy()

    def _pieces(self, items: Sequence[Any], before: Sequence[Piece], *, grown: bool = False) -> list[Piece]:
        """The items in pieces, where unchanged the very same as before. A list that only grew did so in the last."""
        pieces = list(before[:-1]) if grown else []
        for number in range(len(pieces), -(-len(items) // SMALL)):
            part = items[number * SMALL : (number + 1) * SMALL]
            pieces.append(self._piece(part, before[number] if number < len(before) else NOTHING))
        return pieces

    def _piece(self, items: Sequence[Any], before: Piece) -> Piece:
        held = len(before.items) if before.begins(items) else 0
        if held == len(items):
            return before
        stamps = None if self.by_content else _stamps(items)
        if stamps == []:
            self.bytes += 8 * len(items)
            return Piece(items, tuple(items), stamps)
        known, fresh = self.known, self.fresh
        self.known, self.fresh = (known, dict(before.entries)) if held else ({**known, **before.entries}, {})
        copies = before.copies[:held] + tuple(map(self.of, items[held:]))
        entries, self.known, self.fresh = self.fresh, known, fresh
        if _same(copies, before.copies) and _same(items, before.items):
            return before
        self.bytes += 8 * len(items)
        return Piece(items, copies, stamps, entries)

    def _stands(self, value: Any, pieces: Iterable[Piece]) -> bool:
        """Whether the line cannot have changed a container, or what is in it."""
        reach = self._reach()
        if reach.anything or id(value) in reach.grown:
            return False
        return not reach.grown or all(piece.stamps is not None for piece in pieces)

    def _reach(self) -> Reach:
        """What the line can have changed: through a tensor, a container or an object that it mentions."""
        if self._reached is None:
            self._reached = self._reach_of(self._mentions) if self._mentions is not None else Reach(True)
        return self._reached

    def _reach_of(self, mentions: Mentions) -> Reach:
        if "backward" in mentions.names:
            return Reach(True)  # every gradient
        grown = set()
        for name in mentions.names & self._now.keys():
            value, before = self._now[name], self._before.get(name)
            if name in mentions.grown and before is value and type(value) is list:
                grown.add(id(value))
            elif self._is_touched(value) or (before is not value and self._is_touched(before)):
                return Reach(True)
        return Reach(False, frozenset(grown))

    def _is_touched(self, value: Any) -> bool:
        """Whether a line that mentions a value can have changed anything through it."""
        entry = self.known.get(id(value))
        if entry is None:  # a tensor that is new on this line
            return not isinstance(value, Tensor) and not _is_harmless(value)
        return not isinstance(value, Tensor) or self.by_content or entry[1] != _stamp(value)[0]


Look = Callable[[Copies, Any, Entry | None], Entry]
KINDS: tuple[tuple[Any, Look], ...] = (
    ((list, deque), Copies._list),
    (tuple, Copies._tuple),
    (dict, Copies._dict),
    (set, Copies._set),
    (np.ndarray, Copies._array),
)


@cache
def _look_at(kind: type) -> Look | None:
    """How values of a type are copied; None for those that are kept as they are."""
    if kind in PLAIN:
        return None
    return next((look for kinds, look in KINDS if issubclass(kind, kinds)), None)


def _same(a: Sequence[Any], b: Sequence[Any]) -> bool:
    """Whether two sequences hold the very same objects."""
    return len(a) == len(b) and all(map(operator.is_, a, b))


def _is_harmless(value: Any) -> bool:
    """Whether nothing can be changed through a value: neither its parts nor what its code holds on to."""
    if isinstance(value, FunctionType):
        return not value.__closure__
    if isinstance(value, BuiltinFunctionType):
        return value.__self__ is None or isinstance(value.__self__, ModuleType)
    if isinstance(value, partial):
        given = (*value.args, *value.keywords.values())
        return _is_harmless(value.func) and all(type(item) in PLAIN for item in given)
    return type(value) in PLAIN


def _stamp(value: Tensor) -> tuple[Any, Tensor | None]:
    """What differs once a tensor, or its gradient, has changed (None where it does not tell), and the gradient."""
    try:
        version = value._version
    except RuntimeError:  # made in inference mode
        return None, None
    if not value.requires_grad or not value.is_leaf:
        return version, None
    return (version, id(value.grad), value.grad is not None and value.grad._version), value.grad


def _stamps(items: Sequence[Any]) -> list[int] | None:
    """The versions of tensors, [] for what never changes, None where each item has to be looked into."""
    kinds = set(map(type, items))
    if kinds <= PLAIN:
        return []
    if kinds != {Tensor} or any(map(REQUIRES_GRAD, items)):
        return None
    try:
        return list(map(VERSION, items))
    except RuntimeError:  # made in inference mode
        return None


def _copy_of_tensor(value: Tensor, grad: Tensor | None) -> Tensor:
    if value.is_cpu and not value.requires_grad:
        return value.clone()
    try:
        copy = value.detach().to("cpu", copy=True)
    except RuntimeError:  # it has no numbers (meta), or there is no room for them
        return value
    if grad is not None:
        copy.grad = grad.detach().to("cpu", copy=True)
    return copy


def _is_alike(copy: Tensor, value: Tensor, grad: Tensor | None) -> bool:
    """Whether a tensor has the numbers of its copy: versions also change with other views of the memory."""
    try:
        if grad is None or copy.grad is None:
            return grad is copy.grad and torch.equal(copy, value.detach().cpu())
        return torch.equal(copy.grad, grad.cpu()) and torch.equal(copy, value.detach().cpu())
    except RuntimeError:  # sparse, without numbers, or of another dtype now
        return False


def _tuple_like(value: tuple[Any, ...], copies: Sequence[Any]) -> tuple[Any, ...]:
    """A tuple of the same kind: its fields may have names."""
    make: Any = tuple
    if hasattr(value, "_make"):  # a namedtuple
        make = value._make
    elif hasattr(value, "n_sequence_fields"):  # what torch.max and such return
        make = type(value)
    made: tuple[Any, ...] = make(copies)
    return made


class LongList(Sequence[Any]):
    """A long list as it stood at one moment. Pieces that did not change are shared between moments."""

    __slots__ = ("_length", "_pieces")

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = tuple(piece.copies for piece in pieces)
        self._length = sum(map(len, self._pieces))

    @property
    def pieces(self) -> tuple[Sequence[Any], ...]:
        """The list in pieces, those shared that did not change."""
        return self._pieces

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(self._length)[index]]
        place = range(self._length)[index]
        return self._pieces[place // SMALL][place % SMALL]

    def __iter__(self) -> Iterator[Any]:
        return chain.from_iterable(self._pieces)

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, list | LongList) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self))

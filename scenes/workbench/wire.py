"""A recorded run as bytes and back: how it comes from one process to another. Data only, never code.

Values are named by their place in one table, so that what frames share is sent once and is shared again where it
arrives. An object that is no number, text, tensor, array or container of such arrives as a `Thing`: its kind and
its words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import torch
from torch import Tensor

from engine.copies import LongList, Piece
from engine.trace import Frame, Listing, Site, Trace

DEEPEST = 16  # containers inside containers; deeper ones arrive as their words
LONGEST = 200  # characters of an object's words
WIDEST = 1 << 62  # whole numbers beyond it are sent as text

# As they were when this was loaded: a learner's code may put others in their place.
_DETACH, _CONJUGATED, _NEGATED = Tensor.detach, Tensor.resolve_conj, Tensor.resolve_neg
_CPU, _DENSE, _CONTIGUOUS, _RESHAPE = Tensor.cpu, Tensor.to_dense, Tensor.contiguous, Tensor.reshape
_VIEW, _NUMPY, _NUMEL, _UINT8 = Tensor.view, Tensor.numpy, Tensor.numel, torch.uint8
_ZEROS, _FROM_BUFFER = torch.zeros, torch.frombuffer

DTYPES = {str(dtype).removeprefix("torch."): dtype for dtype in (
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
    torch.uint8, torch.bool, torch.complex64, torch.complex128,
)}  # fmt: skip


class Unreadable(ValueError):
    """Bytes that are no recorded run."""


@dataclass(frozen=True)
class Thing:
    """An object of another process, known by its kind and its words alone."""

    kind: str
    words: str

    def __repr__(self) -> str:
        return self.words


class SentListing(msgspec.Struct, array_like=True):
    """A listing, whose lines begin at line `first` of its file."""

    name: str
    file: str
    first: int
    lines: list[str]
    narration: dict[int, str]
    statement: dict[int, int]


class SentFrame(msgspec.Struct, array_like=True, gc=False):
    """A frame: listings, maps of variables and values are named by their place in the tables."""

    listing: int
    line: int
    callers: list[tuple[int, int, int]]  # listing, line, map
    changed: list[str]
    variables: int
    returned: bool
    result: int
    before: int
    said: str


class SentTrace(msgspec.Struct):
    """A whole run: its tables, and its frames."""

    listings: list[SentListing]
    values: list[Any]
    maps: list[dict[str, int]]
    frames: list[SentFrame]
    result: int
    ended_early: str


# Away


@dataclass
class _Packer:
    """The tables, as far as they are filled. What is in them is held, so that an id stays its own."""

    values: list[Any] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    maps: list[dict[str, int]] = field(default_factory=list)
    map_places: dict[int, int] = field(default_factory=dict)
    held: list[Any] = field(default_factory=list)

    def place(self, value: Any) -> int:
        """Where a value is in the table, from now on."""
        if id(value) not in self.places:
            self.held.append(value)
            made = self._in_pieces(value) if isinstance(value, LongList) else packed(value)
            self.places[id(value)] = len(self.values)
            self.values.append(made)
        return self.places[id(value)]

    def _in_pieces(self, value: LongList) -> list[Any]:
        """A long list by the places of its pieces, and these by the places of what is in them: all is sent once."""
        return ["pieces", *map(self._piece_place, value.pieces)]

    def _piece_place(self, piece: Sequence[Any]) -> int:
        if id(piece) not in self.places:
            self.held.append(piece)
            made = ["items", *map(self.place, piece)]
            self.places[id(piece)] = len(self.values)
            self.values.append(made)
        return self.places[id(piece)]

    def map_place(self, variables: Mapping[str, Any]) -> int:
        """Where a map of variables is in its table."""
        if id(variables) not in self.map_places:
            self.held.append(variables)
            self.map_places[id(variables)] = len(self.maps)
            self.maps.append({name: self.place(value) for name, value in variables.items()})
        return self.map_places[id(variables)]


def trace_as_bytes(trace: Trace) -> bytes:
    """The run, with every sentence as it reads."""
    listings = {id(one): place for place, one in enumerate(trace.listings)}
    packer = _Packer()
    frames = [
        SentFrame(
            listing=listings[id(frame.listing)], line=frame.line,
            callers=[(listings[id(c.listing)], c.line, packer.map_place(c.variables)) for c in frame.callers],
            changed=list(frame.changed), variables=packer.map_place(frame.variables), returned=frame.returned,
            result=packer.place(frame.result), before=packer.map_place(frame.before), said=frame.narration,
        )
        for frame in trace.frames
    ]  # fmt: skip
    sent = SentTrace(
        listings=[
            SentListing(one.name, one.file, one.first, list(one.lines), dict(one.narration), dict(one.statement))
            for one in trace.listings
        ],
        result=packer.place(trace.result), values=packer.values, maps=packer.maps, frames=frames,
        ended_early=trace.ended_early,
    )  # fmt: skip
    return msgspec.msgpack.encode(sent)


def packed(value: Any, depth: int = 0) -> Any:
    """A value as plain data: what JSON has is itself, all else is a list that begins with its kind."""
    if value is None or type(value) in (bool, float, str):
        return value
    if type(value) is int:
        return (
            value if abs(value) < WIDEST else ["int", str(value)] if abs(value) < 1 << 4096 else _thing(value)
        )
    if (
        isinstance(value, Tensor)
        and type(value) is Tensor
        and str(value.dtype).removeprefix("torch.") in DTYPES
    ):
        return _packed_tensor(value)
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
        return ["array", value.dtype.str, list(value.shape), np.ascontiguousarray(value).tobytes()]
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        return packed(value.item())
    if depth < DEEPEST and isinstance(value, Mapping):
        return ["dict", *([packed(k, depth + 1), packed(v, depth + 1)] for k, v in value.items())]
    if depth < DEEPEST and isinstance(value, set | frozenset):
        return ["set", *(packed(item, depth + 1) for item in value)]
    if depth < DEEPEST and isinstance(value, tuple):
        return ["tuple", *(packed(item, depth + 1) for item in value)]
    if depth < DEEPEST and isinstance(value, Sequence) and not isinstance(value, bytes | range):
        return ["list", *(packed(item, depth + 1) for item in value)]
    return _thing(value)


def _packed_tensor(value: Tensor) -> list[Any]:
    plain: Any = value
    for made in (_DETACH, _CONJUGATED, _NEGATED, _CPU, _DENSE, _CONTIGUOUS):
        plain = made(plain)
    data = _NUMPY(_VIEW(_RESHAPE(plain, -1), _UINT8)).tobytes() if _NUMEL(plain) else b""
    return ["tensor", str(plain.dtype).removeprefix("torch."), list(plain.shape), data]


def _thing(value: Any) -> list[Any]:
    kind = type(value).__name__
    try:
        words = str(getattr(value, "__name__", None) or repr(value))
    except Exception as error:  # a learner's own repr
        words = f"{kind}, whose words fail: {type(error).__name__}"
    return [
        "thing",
        kind,
        words if len(words) <= LONGEST else words[: LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}",
    ]


# Back


def trace_from_bytes(data: bytes) -> Trace:
    """The run again: what frames shared they share.

    Raises:
        Unreadable: the bytes are no such run.
    """
    try:
        return _trace(msgspec.msgpack.decode(data, type=SentTrace))
    except (
        msgspec.MsgspecError,
        ValueError,
        TypeError,
        IndexError,
        KeyError,
        RuntimeError,
        RecursionError,
    ) as error:
        raise Unreadable(f"This is no recorded run: {error}.") from error


def _trace(sent: SentTrace) -> Trace:
    listings = tuple(
        Listing(one.name, one.file, one.first, tuple(one.lines), one.narration, one.statement)
        for one in sent.listings
    )
    values: list[Any] = []
    for value in sent.values:
        values.append(_arrived(value, values))
    maps = [{name: values[place] for name, place in one.items()} for one in sent.maps]
    frames = [
        Frame(
            index, listings[one.listing], one.line,
            tuple(Site(listings[listing], line, maps[at]) for listing, line, at in one.callers),
            tuple(one.changed), maps[one.variables], {}, one.returned, values[one.result], maps[one.before], one.said,
        )
        for index, one in enumerate(sent.frames)
    ]  # fmt: skip
    return Trace(listings, frames, values[sent.result], sent.ended_early)


def _arrived(value: Any, before: list[Any]) -> Any:
    """A value of the table; long lists and their pieces are made of those that have arrived before them."""
    match value:
        case ["items", *places]:
            return tuple(before[place] for place in places)
        case ["pieces", *places]:
            return LongList([Piece(before[place], before[place]) for place in places])
    return unpacked(value)


def unpacked(value: Any) -> Any:
    """The value that was packed."""
    if not isinstance(value, list):
        return value
    name, *rest = value
    match name:
        case "int":
            return int(rest[0])
        case "tensor":
            dtype, shape, data = rest
            return _unpacked_tensor(DTYPES[dtype], shape, data)
        case "array":
            dtype, shape, data = rest
            kind = np.dtype(dtype)
            if kind.kind not in "biufc":
                raise ValueError(f"an array of {kind}")
            return np.frombuffer(bytearray(data), kind).reshape(shape)
        case "dict":
            return {_key(unpacked(k)): unpacked(v) for k, v in rest}
        case "set":
            return {_key(unpacked(item)) for item in rest}
        case "tuple":
            return tuple(unpacked(item) for item in rest)
        case "list":
            return [unpacked(item) for item in rest]
        case "thing":
            return Thing(str(rest[0]), str(rest[1]))
    raise ValueError(f"a value of kind {name!r}")


def _unpacked_tensor(dtype: torch.dtype, shape: list[int], data: bytes) -> Tensor:
    if not data:
        if 0 not in shape:
            raise ValueError(f"a tensor of shape {shape} without its numbers")
        return _ZEROS(shape, dtype=dtype)
    flat = _VIEW(_FROM_BUFFER(bytearray(data), dtype=_UINT8), dtype)
    return _RESHAPE(flat, shape)


def _key(value: Any) -> Any:
    """The value, or its words where it cannot be a key here."""
    try:
        hash(value)
    except TypeError:
        return Thing(type(value).__name__, repr(value)[:LONGEST])
    return value

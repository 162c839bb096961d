"""Whether two results are the same, and if not, what differs first and where."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from scenes.workbench.wire import Thing, packed, unpacked

FEW = 12  # numbers of a tensor that are told one by one
COARSE, FINE = (
    1e-5,
    1e-10,
)  # how far numbers of 32 and of 64 bits may be apart, by themselves and by their size


@dataclass(frozen=True)
class Difference:
    """The first thing that differs: where ("" is the result itself, "[0][1, 2]" a part), and both in words."""

    where: str
    got: str
    expected: str


def difference(got: Any, expected: Any, where: str = "") -> Difference | None:
    """What differs first, None where nothing does. The kind of container is free: a list may hold what a tensor does.

    Floats of 32 bits agree within 1e-5, of 64 bits within 1e-10, absolute and relative; whole numbers and truth
    values exactly. NaN agrees with NaN.
    """
    if isinstance(expected, Mapping):
        return _of_mappings(got, expected, where)
    numbers = None if _has_parts(expected) else _numbers(expected)
    if numbers is not None:
        return _of_numbers(got, numbers, where)
    if isinstance(expected, Sequence) and not isinstance(expected, str):
        return _of_sequences(got, expected, where)
    same = got == expected if isinstance(expected, str | set | Thing) else got is expected
    return None if same else Difference(where, shown(got), shown(expected))


def settled(value: Any) -> Any:
    """A value as it would arrive from another process."""
    return unpacked(packed(value))


def _of_mappings(got: Any, expected: Mapping[Any, Any], where: str) -> Difference | None:
    if not isinstance(got, Mapping) or set(got) != set(expected):
        return Difference(where, shown(got), shown(expected))
    return _first(difference(got[key], expected[key], f"{where}[{key!r}]") for key in expected)


def _of_sequences(got: Any, expected: Sequence[Any], where: str) -> Difference | None:
    if isinstance(got, Tensor | np.ndarray) and got.ndim:
        got = list(got)
    if not isinstance(got, Sequence) or isinstance(got, str) or len(got) != len(expected):
        return Difference(where, shown(got), shown(expected))
    return _first(
        difference(a, b, f"{where}[{place}]") for place, (a, b) in enumerate(zip(got, expected, strict=True))
    )


def _first(found: Any) -> Difference | None:
    return next((one for one in found if one is not None), None)


def _of_numbers(got: Any, expected: Tensor, where: str) -> Difference | None:
    theirs = _numbers(got)
    if theirs is None:
        return Difference(where, shown(got), shown(expected))
    if theirs.numel() == expected.numel() == 0:
        return None  # torch.tensor([]) is as empty as any
    if theirs.shape != expected.shape:
        if max(theirs.numel(), expected.numel()) <= FEW and theirs.dim() == expected.dim() == 1:
            return Difference(where, shown(theirs), shown(expected))
        return Difference(where, _shape(theirs), _shape(expected))
    if _kind(theirs) != _kind(expected) and not (
        _kind(expected) == "floats" and _kind(theirs) == "whole numbers"
    ):
        return Difference(
            where, f"{shown(theirs)} ({_kind(theirs)})", f"{shown(expected)} ({_kind(expected)})"
        )
    apart = ~_close(theirs, expected)
    if not apart.any():
        return None
    if expected.numel() <= FEW and expected.dim() <= 1:
        return Difference(where, *_told(theirs, expected))
    place = tuple(torch.nonzero(apart)[0].tolist())
    return Difference(f"{where}[{', '.join(map(str, place))}]", *_told(theirs[place], expected[place]))


def _close(a: Tensor, b: Tensor) -> Tensor:
    """Where numbers agree."""
    if not (b.is_floating_point() or b.is_complex()):
        return a == b
    coarse = any(one.is_floating_point() and one.dtype != torch.float64 for one in (a, b))
    within = COARSE if coarse else FINE
    wide = torch.complex128 if b.is_complex() or a.is_complex() else torch.float64
    return torch.isclose(a.to(wide), b.to(wide), rtol=within, atol=within, equal_nan=True)


def _kind(values: Tensor) -> str:
    if values.dtype == torch.bool:
        return "true or false"
    return "floats" if values.is_floating_point() or values.is_complex() else "whole numbers"


def _numbers(value: Any) -> Tensor | None:
    """The value as a tensor where it is made of numbers alone; None where it is not."""
    try:
        if isinstance(value, Tensor):
            return value
        if isinstance(value, np.ndarray | bool | int | float):
            return torch.as_tensor(value, dtype=torch.float64 if isinstance(value, float) else None)
        if isinstance(value, Sequence) and not isinstance(value, str):
            parts = [_numbers(item) for item in value]
            if all(part is not None for part in parts):
                return torch.stack([part for part in parts if part is not None]) if parts else torch.zeros(0)
    except (ValueError, TypeError, RuntimeError, OverflowError):
        return None  # rows of several lengths; numbers of several kinds
    return None


def _has_parts(value: Any) -> bool:
    """Whether a result is several: a tuple, or a list of tensors."""
    if isinstance(value, tuple):
        return True
    return isinstance(value, list) and any(isinstance(item, Tensor) and item.dim() for item in value)


def _told(got: Tensor, expected: Tensor) -> tuple[str, str]:
    """Both in words, with as many digits as it takes to tell them apart."""
    for digits in (4, 7, 10, 17):
        a, b = shown(got, digits), shown(expected, digits)
        if a != b:
            return a, b
    return a, b


def _shape(values: Tensor) -> str:
    return f"of shape {tuple(values.shape)}" if values.dim() else f"a single number, {shown(values)}"


def shown(value: Any, digits: int = 4) -> str:
    """A value in few words."""
    if value is None:
        return "nothing (None)"
    if isinstance(value, Tensor | np.ndarray):
        if math.prod(value.shape) > FEW:
            return f"of shape {tuple(value.shape)}"
        return shown(value.tolist(), digits)
    if isinstance(value, float):
        return f"{value:.{digits}g}"
    if isinstance(value, list | tuple):
        parts = [shown(item, digits) for item in value[:FEW]]
        return f"[{', '.join([*parts, '...'] if len(value) > FEW else parts)}]"
    text = value.__name__ if isinstance(value, FunctionType) else repr(value)
    return text if len(text) <= 80 else f"{text[:79]}\N{HORIZONTAL ELLIPSIS}"

"""What an expression in the variables of a run may do: each operation checks what it is given first.

Values are numbers, texts, None, tensors, lists and the like; whatever else a variable holds can only be
compared with None. Results have a bounded size, so that nothing typed can stop the window or fill the memory.
"""

from __future__ import annotations

import ast
import math
import operator
from collections import deque
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

import numpy as np
import torch
from torch import Tensor

MOST_ELEMENTS = 20_000_000  # of a result
MOST_BITS = 256  # of a whole number
MOST_ITEMS = 1_000_000  # of a list that is gone through

Number = bool | int | float


class BadExpression(ValueError):
    """An expression that is not allowed, or cannot be worked out, said in one sentence."""


def taken(name: str, value: Any) -> Any:
    """A variable as an expression has it: an array as a tensor.

    Raises:
        BadExpression: an array of what no tensor can hold.
    """
    if not isinstance(value, np.ndarray):
        return value
    try:
        return torch.from_numpy(value if value.flags.writeable else value.copy())
    except (TypeError, ValueError):
        raise BadExpression(f"{name} is an array of {value.dtype}, which cannot be reckoned with.") from None


def kind_of(value: Any) -> str:
    """A value in words, for sentences."""
    if value is None:
        return "None"
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    names = {bool: "a truth", int: "a number", float: "a number", str: "a text", dict: "a dict"}
    if isinstance(value, Sequence | deque) and type(value) not in names:
        return "a list"
    if isinstance(value, Set):
        return "a set"
    return names.get(type(value), f"a {type(value).__name__}")


def check_size(value: Any) -> Any:
    """The value, unless it is a whole number beyond bounds.

    Raises:
        BadExpression: it is.
    """
    if type(value) is int and value.bit_length() > MOST_BITS:
        raise BadExpression(f"A whole number here has at most {MOST_BITS} bits; this one grows beyond that.")
    return value


def check_count(name: str, count: int) -> None:
    """Refuse a call with too many arguments, or none.

    Raises:
        BadExpression: saying how many it takes.
    """
    low, high = COUNTS.get(name, (1, 1))
    if not low <= count <= high:
        most = "1 value" if high == 1 else f"{low} to {high} values"
        raise BadExpression(f"{name}() takes {most}, not {count}.")


def truth(value: Any) -> bool:
    """Whether a value counts as true; a tensor does when any of its elements is."""
    if isinstance(value, Tensor):
        return bool(value.any()) if value.numel() != 1 else bool(value)
    if value is None or isinstance(value, Number | str):
        return bool(value)
    if isinstance(value, Sequence | Set | Mapping | deque):
        return len(value) > 0
    raise BadExpression(f"{_first_up(kind_of(value))} is neither true nor false.")


def both(a: Any, b: Any) -> Any:
    """Where both hold, element by element."""
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        _check_together(a, b)
        return torch.logical_and(torch.as_tensor(a), torch.as_tensor(b))
    return bool(a) and bool(b)


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]


# ---------------------------------------------------------------------------- arithmetic and comparisons


def _check_numbers(*values: Any) -> None:
    for value in values:
        if not isinstance(value, Number | Tensor):
            raise BadExpression(f"{_first_up(kind_of(value))} cannot be reckoned with: a number or a tensor can.")


def _check_together(a: Any, b: Any) -> None:
    """Refuse operands that give too large a result."""
    if not (isinstance(a, Tensor) and isinstance(b, Tensor)) or a.shape == b.shape:
        return
    _check_elements(_together(a.shape, b.shape))


def _together(*shapes: Sequence[int]) -> tuple[int, ...]:
    """The shape that some shapes have together (torch.broadcast_shapes takes 0.3 s the first time)."""
    longest = max(map(len, shapes))
    found: list[int] = []
    for sizes in zip(*[(1,) * (longest - len(shape)) + tuple(shape) for shape in shapes], strict=True):
        wanted = {size for size in sizes if size != 1}
        if len(wanted) > 1:
            words = " and ".join(str(tuple(shape)) for shape in shapes)
            raise BadExpression(f"Shapes {words} do not go together element by element.")
        found.append(wanted.pop() if wanted else 1)
    return tuple(found)


def _check_elements(shape: Sequence[int]) -> None:
    if math.prod(shape) > MOST_ELEMENTS:
        raise BadExpression(f"The result would have shape {tuple(shape)}: more than {MOST_ELEMENTS:,} elements.")


def _arithmetic(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def reckon(a: Any, b: Any) -> Any:
        _check_numbers(a, b)
        _check_together(a, b)
        return check_size(function(a, b))

    return reckon


def _power(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int) and abs(a) > 1 and b * a.bit_length() > 2 * MOST_BITS:
        raise BadExpression(f"A whole number here has at most {MOST_BITS} bits; this power grows beyond that.")
    result = a**b
    if isinstance(result, complex):
        raise BadExpression("A negative number has no such power.")
    return result


OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: _arithmetic(operator.add),
    ast.Sub: _arithmetic(operator.sub),
    ast.Mult: _arithmetic(operator.mul),
    ast.Div: _arithmetic(operator.truediv),
    ast.FloorDiv: _arithmetic(operator.floordiv),
    ast.Mod: _arithmetic(operator.mod),
    ast.Pow: _arithmetic(_power),
    ast.BitAnd: _arithmetic(operator.and_),
    ast.BitOr: _arithmetic(operator.or_),
    ast.BitXor: _arithmetic(operator.xor),
}


def _sign(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def change(value: Any) -> Any:
        _check_numbers(value)
        return function(int(value) if isinstance(value, bool) else value)

    return change


def _invert(value: Any) -> Any:
    _check_numbers(value)
    return not value if isinstance(value, bool) else ~value


SIGNS: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.Not: lambda value: not truth(value),
    ast.USub: _sign(operator.neg),
    ast.UAdd: _sign(operator.pos),
    ast.Invert: _invert,
}


def _equal(a: Any, b: Any) -> Any:
    if isinstance(a, Number) and isinstance(b, Number):
        return a == b
    if (isinstance(a, Tensor) and isinstance(b, Tensor | Number)) or (isinstance(a, Number) and isinstance(b, Tensor)):
        _check_together(a, b)
        return a == b
    if a is None or b is None:
        return a is b
    if isinstance(a, Sequence | deque) and isinstance(b, Sequence | deque) and not isinstance(a, str):
        return len(a) == len(b) and all(truth_of_all(_equal(x, y)) for x, y in zip(_items(a), b, strict=True))
    if isinstance(a, str) and isinstance(b, str):
        return a == b
    if isinstance(a, Set) and isinstance(b, Set):
        return a == b
    if isinstance(a, Tensor) or isinstance(b, Tensor) or not (_is_known(a) and _is_known(b)):
        raise BadExpression(f"{_first_up(kind_of(a))} and {kind_of(b)} cannot be compared.")
    return False


def _is_known(value: Any) -> bool:
    """Whether two such values can be told apart without asking a stranger's code."""
    return isinstance(value, Number | str | Sequence | Set | deque)


def truth_of_all(value: Any) -> bool:
    """Whether every element is true."""
    return bool(value.all()) if isinstance(value, Tensor) else bool(value)


def _unequal(a: Any, b: Any) -> Any:
    equal = _equal(a, b)
    return ~equal if isinstance(equal, Tensor) else not equal


def _order(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def compare(a: Any, b: Any) -> Any:
        if isinstance(a, str) and isinstance(b, str):
            return function(a, b)
        if not (isinstance(a, Number | Tensor) and isinstance(b, Number | Tensor)):
            raise BadExpression(f"{_first_up(kind_of(a))} is neither less nor more than {kind_of(b)}.")
        _check_together(a, b)
        return function(a, b)

    return compare


def _is(a: Any, b: Any) -> bool:
    if not any(one is None or isinstance(one, bool) for one in (a, b)):
        raise BadExpression("is goes only with None, True and False; to compare, write ==.")
    return a is b


def _contains(item: Any, container: Any) -> Any:
    if isinstance(container, Tensor):
        return truth(_equal(container, item))
    if isinstance(container, str):
        return isinstance(item, str) and item in container
    if isinstance(container, Mapping | Set):
        return as_key(item) in container
    return any(truth_of_all(_equal(one, item)) for one in _items(container))


COMPARES: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: _equal,
    ast.NotEq: _unequal,
    ast.Lt: _order(operator.lt),
    ast.LtE: _order(operator.le),
    ast.Gt: _order(operator.gt),
    ast.GtE: _order(operator.ge),
    ast.Is: _is,
    ast.IsNot: lambda a, b: not _is(a, b),
    ast.In: _contains,
    ast.NotIn: lambda item, container: not _contains(item, container),
}


# ---------------------------------------------------------------------------- indices


def as_index(value: Any) -> int | None:
    """A whole number, also one in a tensor, for an end of a slice."""
    if value is None:
        return None
    if isinstance(value, int) or (isinstance(value, Tensor) and value.numel() == 1):
        return operator.index(value)
    raise BadExpression(f"{_first_up(kind_of(value))} is no index; a whole number is.")


def as_key(value: Any) -> Any:
    """A key of a dict or member of a set: a number in a tensor is that number."""
    if isinstance(value, Tensor) and value.numel() == 1:
        return value.item()
    if value is None or isinstance(value, Number | str):
        return value
    raise BadExpression(f"{_first_up(kind_of(value))} is no key; a number or a text is.")


def indexed(value: Any, index: Any) -> Any:
    """An element, or a part, of a tensor, a list, a dict or a text."""
    if isinstance(value, Tensor):
        _check_part(value, index if isinstance(index, tuple) else (index,))
        return value[index]
    if isinstance(value, Mapping):
        return value[as_key(index)]
    if isinstance(value, Sequence | deque):
        place: Any = index if isinstance(index, slice) else as_index(index)
        return value[place]
    raise BadExpression(f"{_first_up(kind_of(value))} has no elements to choose from.")


def _check_part(value: Tensor, index: tuple[Any, ...]) -> None:
    """Refuse an index that gives too much: only tensors among the indices can make more of it than there is."""
    for one in index:
        if not (one is None or one is ... or isinstance(one, int | slice | Tensor)):
            raise BadExpression(f"{_first_up(kind_of(one))} is no index; a number, a slice or a tensor is.")
    wholes = [one for one in index if isinstance(one, Tensor)]
    if not wholes:
        return
    rest = value.shape[len([one for one in index if one is not None and one is not ...]) :]
    if any(one.dtype == torch.bool for one in wholes):
        return  # it chooses no element twice
    kept = [n for one, n in zip(index, value.shape, strict=False) if isinstance(one, slice)]
    _check_elements((*_together(*[one.shape for one in wholes]), *kept, *rest))


# ---------------------------------------------------------------------------- functions


def _items(value: Any) -> Sequence[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence | Set | deque):
        raise BadExpression(f"{_first_up(kind_of(value))} has no elements to go through.")
    if len(value) > MOST_ITEMS:
        raise BadExpression(f"A list of {len(value):,} is too long to go through; {MOST_ITEMS:,} are the most.")
    return list(value)


def _numbers(name: str, value: Any) -> list[Any]:
    """The numbers in a list, each also where it is a tensor of one element."""
    found = [one.item() if isinstance(one, Tensor) and one.numel() == 1 else one for one in _items(value)]
    if not all(isinstance(one, Number) for one in found):
        raise BadExpression(f"{name}() takes numbers, and the list holds something else.")
    return found


def _reduced(name: str, of_list: Callable[[list[Any]], Any], may_be_empty: bool = False) -> Callable[..., Any]:
    """A function of all elements, or along a dimension of a tensor."""
    of_tensor = {"max": "amax", "min": "amin"}.get(name, name)

    def reduce(value: Any, *more: Any, dim: Any = None) -> Any:
        if more:
            value = [value, *more]
        if not isinstance(value, Tensor):
            if dim is not None:
                raise BadExpression(f"{_first_up(kind_of(value))} has no dimensions; {name}() takes dim of a tensor.")
            found = [value] if isinstance(value, Number) else _numbers(name, value)
            if not found and not may_be_empty:
                raise BadExpression(f"Nothing is in it: there is no {name}.")
            return of_list(found)
        if not value.numel() and dim is None and not may_be_empty:
            raise BadExpression(f"Nothing is in it: there is no {name}.")
        if name == "mean" and not value.is_floating_point():
            value = value.double()
        if dim is not None:
            return getattr(value, of_tensor)(dim=as_index(dim))
        return getattr(value, name)()

    return reduce


def _each(of_number: Callable[[Any], Any], of_tensor: Callable[[Tensor], Any]) -> Callable[[Any], Any]:
    def apply(value: Any) -> Any:
        if isinstance(value, Sequence | deque) and not isinstance(value, str):
            value = torch.tensor(_numbers("It", value))
        _check_numbers(value)
        return of_tensor(value) if isinstance(value, Tensor) else check_size(of_number(value))

    return apply


def _length(value: Any) -> int:
    if isinstance(value, Tensor) and not value.dim():
        raise BadExpression("A single number has no length.")
    if not isinstance(value, Tensor | Sequence | Set | Mapping | deque):
        raise BadExpression(f"{_first_up(kind_of(value))} has no length.")
    return len(value)


def _shape(value: Any) -> tuple[int, ...]:
    if isinstance(value, Number):
        return ()
    if not isinstance(value, Tensor):
        raise BadExpression(f"{_first_up(kind_of(value))} has no shape; a tensor has.")
    return tuple(value.shape)


def _size(value: Any, dimension: Any = None) -> Any:
    shape = _shape(value)
    return shape if dimension is None else shape[as_index(dimension) or 0]


def _round(value: Any, digits: Any = 0) -> Any:
    _check_numbers(value)
    places = as_index(digits) or 0
    if abs(places) > 30:
        raise BadExpression(f"round() takes up to 30 decimals, not {places}.")
    if isinstance(value, Tensor):
        return value if not value.is_floating_point() else torch.round(value, decimals=places)
    return round(value, places) if places else round(value)


def _item(value: Any) -> Any:
    if isinstance(value, Tensor) and value.numel() != 1:
        raise BadExpression(f"item() takes one element; this is {kind_of(value)}.")
    return value.item() if isinstance(value, Tensor) else value


def _first_of(choose: Callable[[list[Any]], Any]) -> Callable[[list[Any]], Any]:
    return lambda values: values.index(choose(values))


REDUCED: dict[str, Callable[..., Any]] = {
    "max": _reduced("max", max),
    "min": _reduced("min", min),
    "sum": _reduced("sum", sum, may_be_empty=True),
    "mean": _reduced("mean", lambda values: sum(values) / len(values)),
    "any": _reduced("any", any, may_be_empty=True),
    "all": _reduced("all", all, may_be_empty=True),
    "argmax": _reduced("argmax", _first_of(max)),
    "argmin": _reduced("argmin", _first_of(min)),
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **REDUCED,
    "abs": _each(abs, torch.abs),
    "sqrt": _each(math.sqrt, torch.sqrt),
    "norm": _each(abs, lambda value: torch.linalg.vector_norm(value.double())),
    "round": _round,
    "isnan": _each(math.isnan, torch.isnan),
    "isinf": _each(math.isinf, torch.isinf),
    "isfinite": _each(math.isfinite, torch.isfinite),
    "len": _length,
    "size": _size,
}
METHODS: dict[str, Callable[..., Any]] = {
    **FUNCTIONS,
    "item": _item,
    "numel": lambda value: math.prod(_shape(value)),
    "dim": lambda value: len(_shape(value)),
}
ATTRIBUTES: dict[str, Callable[[Any], Any]] = {"shape": _shape, "ndim": lambda value: len(_shape(value))}
COUNTS = {"max": (1, 8), "min": (1, 8), "round": (1, 2), "size": (1, 2)}

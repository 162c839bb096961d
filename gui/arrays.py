"""Values of variables as arrays: what they hold, and where two of them differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gui.variables import is_array, is_grid, summary

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT = 10_000_000  # elements looked at for the line of statistics; of more, a sample


# ---------------------------------------------------------------------------- values as arrays


def array_of(value: Any) -> NDArray[Any] | None:
    """A tensor, an array or a list as an array, without a copy where that can be; else None.

    A list of equal shapes is stacked; a list of anything else becomes a column of words.
    """
    import numpy as np

    if hasattr(value, "detach"):
        return _of_tensor(value)
    if is_array(value):
        return np.asarray(value)
    if not is_grid(value):
        return None
    items: list[Any] = [array_of(item) if is_array(item) else item for item in value]
    plain = all(is_array(item) or isinstance(item, bool | int | float | complex) for item in items)
    if plain and len({item.shape if is_array(item) else () for item in items}) < 2:
        stacked = np.array(items)
        if stacked.dtype.kind != "O":  # an integer may be too long for any type
            return stacked
    return np.array([summary(item) for item in value], dtype=object)


def _of_tensor(value: Any) -> NDArray[Any] | None:
    tensor = value.detach()
    try:
        tensor = (tensor if str(tensor.layout) == "torch.strided" else tensor.to_dense()).cpu()
        try:
            found: NDArray[Any] = tensor.resolve_conj().resolve_neg().numpy()
        except TypeError:  # a type that NumPy does not have: bfloat16, float8, complex32
            found = (tensor.cfloat() if tensor.is_complex() else tensor.float()).numpy()
    except (RuntimeError, TypeError):
        return None
    return found


@dataclass(frozen=True)
class Stats:
    """What the numbers of an array are like. `digits` is how many decimals show them all alike
    (-1: scientific); `sampled` tells that only a part was looked at. Of complex numbers it is the
    absolute values that count.
    """

    low: float
    high: float
    mean: float
    missing: int
    infinite: int
    digits: int
    sampled: bool


def stats_of(array: NDArray[Any]) -> Stats | None:
    """Statistics of the finite elements, None where there are no numbers."""
    import numpy as np

    if not array.size or array.dtype.kind not in "biufc":
        return None
    part = _sample(array)
    kinds = part.dtype.kind
    part = np.abs(part) if kinds == "c" else part
    finite = np.isfinite(part)
    missing = 0 if finite.all() else int(np.isnan(part).sum())
    infinite = part.size - int(finite.sum()) - missing
    found = part if not missing + infinite else part[finite]
    low = high = mean = np.nan
    digits = 1
    if found.size:
        low, high = (+end for end in (found.min().item(), found.max().item()))  # +False is 0
        with np.errstate(over="ignore"):
            mean = found.mean(dtype=np.float64).item()
        whole = kinds in "biu" or bool((found == np.rint(found)).all())
        digits = 0 if kinds in "biu" else _digits(max(abs(low), abs(high)), whole)
    return Stats(low, high, mean, missing, infinite, digits, part.size < array.size)


def _sample(array: NDArray[Any]) -> NDArray[Any]:
    """All of it, or every n-th along its longest side."""
    if array.size <= EXACT:
        return array
    side = max(range(array.ndim), key=lambda axis: array.shape[axis])
    steps = [slice(None)] * array.ndim
    steps[side] = slice(None, None, -(-array.size // EXACT))
    return array[tuple(steps)]


def _digits(largest: float, whole: bool) -> int:
    if largest and not 1e-3 <= largest < 1e6:
        return -1
    if whole:
        return 1
    return 2 if largest >= 100 else 3 if largest >= 10 else 4


def differs(a: Any, b: Any) -> bool:
    """Whether two elements are different; NaN is like NaN."""
    return bool(a != b) and not (a != a and b != b)


def changes(a: NDArray[Any], b: NDArray[Any]) -> int:
    """How many elements are different; NaN is like NaN."""
    return int(((a != b) & ~((a != a) & (b != b))).sum())

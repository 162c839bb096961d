"""What is known at a step of box coding, by the names of the variables alone: the run may be of other code."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.trace import Frame
from scenes.scene import State

Numbers = tuple[float, ...]
RESULT = "result"


@dataclass(frozen=True)
class Seen:
    """The variables that are there; None at the end, where all is known as the engine has it."""

    variables: Mapping[str, Any] | None

    def numbers(self, name: str, at_end: Sequence[float] | NDArray[np.float64]) -> Numbers | None:
        """A variable's numbers, as many as there are `at_end`; None before it is there, or where it is none such."""
        if self.variables is None:
            return tuple(float(value) for value in at_end)
        value = self.variables.get(name)
        if not isinstance(value, Tensor) or value.numel() != len(at_end) or value.dtype.is_complex:
            return None
        found = tuple(float(each) for each in value.flatten().tolist())
        return None if any(map(math.isnan, found)) else found


def seen_at(state: State, frame: Frame | None) -> Seen:
    """The variables of the stepped function at a step, and `result` once it has returned; none before the first."""
    if frame is None:
        return Seen({} if state.step == 0 else None)
    variables = frame.outermost.variables
    return Seen({**variables, RESULT: frame.result} if frame.returned and not frame.callers else variables)

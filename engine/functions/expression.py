"""Expressions in x and y as a list of operations, with exact derivatives.

An `Expression` is a graph in which equal parts are one node: node 0 is x, node 1 is y, and every other node is
an operation on nodes before it. So derivatives and values are one pass over a list, without recursion, and the
derivatives of a long formula stay short.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

Operation = Callable[..., Any]
Node = tuple[Any, ...]  # ("x",), ("number", 2.0), ("sin", 3), ("+", 0, 4): what it is, and the places of its parts


def _sign(value: float) -> float:
    return float((value > 0) - (value < 0))


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))


# How each operation is done on plain numbers and on tensors.
BINARY: dict[str, tuple[Operation, Operation]] = {
    "+": (operator.add, operator.add),
    "-": (operator.sub, operator.sub),
    "*": (operator.mul, operator.mul),
    "/": (operator.truediv, operator.truediv),
    "^": (math.pow, lambda a, b: torch.pow(a, b)),
}
FUNCTIONS: dict[str, tuple[Operation, Operation]] = {
    "sin": (math.sin, torch.sin), "cos": (math.cos, torch.cos), "tan": (math.tan, torch.tan),
    "exp": (math.exp, torch.exp), "log": (math.log, torch.log), "sqrt": (math.sqrt, torch.sqrt),
    "abs": (abs, torch.abs), "tanh": (math.tanh, torch.tanh), "sinh": (math.sinh, torch.sinh),
    "cosh": (math.cosh, torch.cosh), "atan": (math.atan, torch.atan), "sigmoid": (_sigmoid, torch.sigmoid),
    "sign": (_sign, torch.sign),
}
UNARY = {**FUNCTIONS, "neg": (operator.neg, operator.neg), "square": (lambda a: a * a, torch.square)}
X, Y = 0, 1


class Expression:
    """A growing graph of operations; each method adds one, if it is not there yet, and gives its number."""

    def __init__(self, nodes: Sequence[Node] = (("x",), ("y",))) -> None:
        self.nodes: list[Node] = list(nodes)
        self._known: dict[Node, int] = {node: place for place, node in enumerate(nodes)}

    def _node(self, *node: Any) -> int:
        if node not in self._known:
            self._known[node] = len(self.nodes)
            self.nodes.append(node)
        return self._known[node]

    def number(self, value: float) -> int:
        """A constant."""
        return self._node("number", value + 0.0)  # there is no -0

    def constant(self, a: int) -> float | None:
        """The value of a node that is a constant."""
        return self.nodes[a][1] if self.nodes[a][0] == "number" else None

    def add(self, a: int, b: int) -> int:
        """a + b."""
        if self.constant(a) == 0:
            return b
        return a if self.constant(b) == 0 else self._folded("+", a, b)

    def subtract(self, a: int, b: int) -> int:
        """a - b."""
        if self.constant(a) == 0:
            return self.negate(b)
        return a if self.constant(b) == 0 else self._folded("-", a, b)

    def multiply(self, a: int, b: int) -> int:
        """a b. A factor that is 0 makes it 0: derivatives are taken where the formula has a value."""
        one, other = self.constant(a), self.constant(b)
        if one == 0 or other == 0:
            return self.number(0.0)
        if one == 1:
            return b
        return a if other == 1 else self._folded("*", a, b)

    def divide(self, a: int, b: int) -> int:
        """a / b."""
        if self.constant(b) == 1:
            return a
        return a if self.constant(a) == 0 and self.constant(b) != 0 else self._folded("/", a, b)

    def power(self, a: int, b: int) -> int:
        """a to the b."""
        exponent = self.constant(b)
        if exponent == 0:
            return self.number(1.0)
        if exponent == 1:
            return a
        return self.call("square", a) if exponent == 2 else self._folded("^", a, b)

    def negate(self, a: int) -> int:
        """-a."""
        return self.call("neg", a)

    def call(self, name: str, a: int) -> int:
        """A function of one value, by its name in UNARY."""
        return self._folded(name, a)

    def _folded(self, name: str, *parts: int) -> int:
        """The operation, or its value where all parts are constants and it has a finite one."""
        values = [value for part in parts if (value := self.constant(part)) is not None]
        if len(values) == len(parts):
            try:
                value = (BINARY if len(parts) == 2 else UNARY)[name][0](*values)
            except (ArithmeticError, ValueError):
                return self._node(name, *parts)
            return self.number(value) if math.isfinite(value) else self._node(name, *parts)
        return self._node(name, *parts)

    def derivative(self, of: int, by: int) -> int:
        """The derivative of node `of` by x (0) or y (1), as a node."""
        zero, one = self.number(0.0), self.number(1.0)
        slopes: list[int] = []
        for index in range(of + 1):
            name, *parts = self.nodes[index]
            if name in BINARY:
                slopes.append(self._binary_rule(index, name, *parts, *(slopes[p] for p in parts)))
            elif name in UNARY:
                inner = slopes[parts[0]]
                outer = zero if self.constant(inner) == 0 else self._unary_rule(index, name, parts[0])
                slopes.append(self.multiply(outer, inner))
            else:
                slopes.append(one if index == by else zero)
        return slopes[of]

    def _binary_rule(self, node: int, name: str, a: int, b: int, da: int, db: int) -> int:
        if name == "+":
            return self.add(da, db)
        if name == "-":
            return self.subtract(da, db)
        if name == "*":
            return self.add(self.multiply(da, b), self.multiply(a, db))
        if name == "/":  # da / b - (a / b) db / b
            return self.divide(self.subtract(da, self.multiply(node, db)), b)
        lower = self.power(a, self.subtract(b, self.number(1.0)))  # a^b: b a^(b-1) da + a^b log(a) db
        by_base = self.multiply(self.multiply(b, lower), da)
        if self.constant(db) == 0:
            return by_base
        return self.add(by_base, self.multiply(self.multiply(node, self.call("log", a)), db))

    def _unary_rule(self, node: int, name: str, a: int) -> int:
        """The derivative of a function of one value, at a; `node` is the function's value."""
        one, two = self.number(1.0), self.number(2.0)
        square, call = self.call("square", node), self.call
        rules: dict[str, Callable[[], int]] = {
            "neg": lambda: self.number(-1.0),
            "square": lambda: self.multiply(two, a),
            "sin": lambda: call("cos", a),
            "cos": lambda: self.negate(call("sin", a)),
            "tan": lambda: self.add(one, square),
            "exp": lambda: node,
            "log": lambda: self.divide(one, a),
            "sqrt": lambda: self.divide(self.number(0.5), node),
            "abs": lambda: call("sign", a),
            "tanh": lambda: self.subtract(one, square),
            "sinh": lambda: call("cosh", a),
            "cosh": lambda: call("sinh", a),
            "atan": lambda: self.divide(one, self.add(one, call("square", a))),
            "sigmoid": lambda: self.multiply(node, self.subtract(one, node)),
            "sign": lambda: self.number(0.0),
        }
        return rules[name]()

    def program(self, wanted: Sequence[int]) -> Program:
        """What computes the wanted nodes and no others."""
        needed = set(wanted)
        for index in range(len(self.nodes) - 1, -1, -1):
            if index in needed and self.nodes[index][0] not in ("x", "y", "number"):
                needed.update(self.nodes[index][1:])
        order = sorted(needed | {X, Y})
        place = {index: number for number, index in enumerate(order)}
        steps: list[tuple[Any, ...]] = []
        for index in order[2:]:
            name, *parts = self.nodes[index]
            steps.append((name, *parts) if name == "number" else (name, *(place[p] for p in parts)))
        return Program(tuple(steps), tuple(place[w] for w in wanted))


class Program:
    """Operations in order; gives the values of the wanted ones, on plain numbers or on tensors."""

    def __init__(self, steps: tuple[tuple[Any, ...], ...], wanted: tuple[int, ...]) -> None:
        self.wanted = wanted
        self._plain = tuple(_step(step, 0) for step in steps)
        self._batched = tuple(_step(step, 1) for step in steps)

    def __len__(self) -> int:
        return len(self._plain)

    def at(self, x: float, y: float) -> tuple[float, ...]:
        """The values at one point. Where there is none they are nan or infinite, as in torch."""
        values: list[Any] = [x, y]
        try:
            for operation, a, b in self._plain:
                if b >= 0:
                    values.append(operation(values[a], values[b]))
                else:
                    values.append(operation(values[a]) if a >= 0 else operation)
        except (ArithmeticError, ValueError):  # math refuses what torch has an inf or nan for
            point = torch.tensor([x, y], dtype=torch.float64)
            return tuple(float(value) for value in self.on(point[0], point[1]))
        return tuple([values[w] for w in self.wanted])

    def on(self, x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
        """The values on tensors x and y of one shape; the same shape, sharing no memory with them."""
        x, y = torch.broadcast_tensors(x, y)
        values: list[Any] = [x, y]
        for operation, a, b in self._batched:
            if b >= 0:
                one, other = values[a], values[b]
                if not isinstance(one, Tensor) and not isinstance(other, Tensor):
                    one = torch.as_tensor(one, dtype=x.dtype, device=x.device)
                values.append(operation(one, other))
            elif a >= 0:
                inner = values[a]
                if not isinstance(inner, Tensor):
                    inner = torch.as_tensor(inner, dtype=x.dtype, device=x.device)
                values.append(operation(inner))
            else:
                values.append(operation)
        return tuple(_full(values[w], x) if w > 1 else values[w].clone() for w in self.wanted)


def _step(step: tuple[Any, ...], kind: int) -> tuple[Any, int, int]:
    """An operation with the places of its two values; -1 for those it does not take."""
    name, *parts = step
    if name == "number":
        return parts[0], -1, -1
    if name in BINARY:
        return BINARY[name][kind], parts[0], parts[1]
    return UNARY[name][kind], parts[0], -1


def _full(value: Any, like: Tensor) -> Tensor:
    """A constant result, as a tensor of the shape."""
    if isinstance(value, Tensor) and value.shape == like.shape:
        return value
    return torch.as_tensor(value, dtype=like.dtype, device=like.device).expand(like.shape).clone()

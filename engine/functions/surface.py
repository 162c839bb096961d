"""A surface f(x, y) with its gradient and Hessian: plain data, from which all else is worked out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from engine.functions.expression import Expression, Node, Program, X, Y

Point = tuple[float, float]
View = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Surface:
    """A function of x and y, whose derivatives are exact to rounding.

    `formula` is how it is typed, `latex` how it is set; `nodes` are the operations that it is made of, and node
    `root` is f. `view` (x1, y1, x2, y2) is a part of the plane worth seeing, `start` and `lr` a place and a step
    size that make its point there, `minima` the points of the view's lowest values, where they are known.
    """

    name: str = field(repr=False)
    title: str = field(repr=False)
    formula: str
    latex: str = field(repr=False)
    nodes: tuple[Node, ...] = field(repr=False)
    root: int = field(repr=False)
    view: View = field(default=(-4.0, -3.0, 4.0, 3.0), repr=False)
    start: Point = field(default=(-3.0, 2.0), repr=False)
    lr: float = field(default=0.1, repr=False)
    minima: tuple[Point, ...] = field(default=(), repr=False)

    def value(self, x: Tensor, y: Tensor) -> Tensor:
        """f at points of any shape, in their dtype and on their device; autograd goes through it."""
        return self._value.on(x, y)[0]

    def gradient(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """(df/dx, df/dy), each of the shape of x and y."""
        across, up = self._gradient.on(x, y)
        return across, up

    def hessian(self, x: Tensor, y: Tensor) -> Tensor:
        """The second derivatives `(..., 2, 2)`."""
        xx, xy, yy = self._hessian.on(x, y)
        return torch.stack([torch.stack([xx, xy], -1), torch.stack([xy, yy], -1)], -2)

    def slope_at(self, x: float, y: float) -> tuple[float, float, float]:
        """f, df/dx and df/dy at one point, as plain numbers: many times faster than tensors of one element."""
        value, across, up = self._slope.at(x, y)
        return value, across, up

    def curvature_at(self, x: float, y: float) -> tuple[float, float, float]:
        """d2f/dx2, d2f/dxdy and d2f/dy2 at one point, as plain numbers."""
        xx, xy, yy = self._hessian.at(x, y)
        return xx, xy, yy

    @cached_property
    def expression(self) -> Expression:
        """The formula as a graph, to which the derivatives are added as they are asked for."""
        return Expression(self.nodes)

    @cached_property
    def _slopes(self) -> tuple[int, int]:
        return self.expression.derivative(self.root, X), self.expression.derivative(self.root, Y)

    @cached_property
    def _value(self) -> Program:
        return self.expression.program([self.root])

    @cached_property
    def _gradient(self) -> Program:
        return self.expression.program(self._slopes)

    @cached_property
    def _slope(self) -> Program:
        return self.expression.program([self.root, *self._slopes])

    @cached_property
    def _hessian(self) -> Program:
        across, up = self._slopes
        second = [self.expression.derivative(across, X), self.expression.derivative(across, Y)]
        return self.expression.program([*second, self.expression.derivative(up, Y)])

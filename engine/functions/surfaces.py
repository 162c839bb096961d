"""The surfaces that descent is tried on, by name.

Sources: Rosenbrock 1960; Beale 1958; Himmelblau 1972; Rastrigin 1974.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from engine.functions.formula import parse
from engine.functions.surface import Point as Point
from engine.functions.surface import Surface as Surface
from engine.functions.surface import View as View


def _surface(
    name: str, title: str, formula: str, view: View, start: Point, lr: float, minima: tuple[Point, ...]
) -> Surface:
    return replace(parse(formula), name=name, title=title, view=view, start=start, lr=lr, minima=minima)


def quadratic(curvature_x: float = 1.0, curvature_y: float = 4.0, rotation: float = 0.0) -> Surface:
    """A quadratic around the origin with these curvatures along its axes, turned by `rotation` degrees
    counter-clockwise. Its Hessian's eigenvalues are the two curvatures, everywhere.

    Raises:
        ValueError: a number is not finite.
    """
    for name, number in (("curvature_x", curvature_x), ("curvature_y", curvature_y), ("rotation", rotation)):
        if not math.isfinite(number):
            raise ValueError(f"{name} is {number}; it takes a finite number.")
    turn = math.radians(rotation)
    cos, sin = round(math.cos(turn), 15), round(math.sin(turn), 15)  # a quarter turn is one exactly
    xx = curvature_x * cos**2 + curvature_y * sin**2
    yy = curvature_x * sin**2 + curvature_y * cos**2
    xy = (curvature_x - curvature_y) * cos * sin
    mixed = f" + {_written(2 * xy)}*x*y" if xy else ""
    formula = f"({_written(xx)}*x^2{mixed} + {_written(yy)}*y^2)/2"
    minima = ((0.0, 0.0),) if curvature_x > 0 and curvature_y > 0 else ()
    return _surface("quadratic", "Quadratic", formula, (-4, -3, 4, 3), (-3.2, 2.0), 0.2, minima)


def _written(number: float) -> str:
    """A number in as few digits as give it exactly."""
    short = f"{number:g}"
    return short if float(short) == number else repr(number)


def ravine() -> Surface:
    """A long valley: twenty times steeper across than along."""
    return _surface("ravine", "Ravine", "0.1*x^2 + 2*y^2", (-6, -4.5, 6, 4.5), (-5, 2), 0.45, ((0.0, 0.0),))


def saddle() -> Surface:
    """Up along x, down along y: the gradient is 0 at the origin, which is neither minimum nor maximum."""
    return _surface("saddle", "Saddle", "x^2 - y^2", (-2, -1.5, 2, 1.5), (-1.5, 0.001), 0.1, ())


def rosenbrock() -> Surface:
    """A curved valley with a flat floor: easy to find, hard to follow to its end at (1, 1)."""
    formula = "(1 - x)^2 + 100*(y - x^2)^2"
    return _surface("rosenbrock", "Rosenbrock", formula, (-2, -1, 2, 2), (-1.2, 1), 0.0012, ((1.0, 1.0),))


def beale() -> Surface:
    """A flat floor between steep corners, its minimum at (3, 1/2)."""
    formula = "(1.5 - x + x*y)^2 + (2.25 - x + x*y^2)^2 + (2.625 - x + x*y^3)^2"
    return _surface("beale", "Beale", formula, (-4.5, -3, 4.5, 3.75), (1, 1.5), 0.01, ((3.0, 0.5),))


def himmelblau() -> Surface:
    """Four minima, all 0."""
    minima = (
        (3.0, 2.0),
        (-2.805118086952745, 3.131312518250573),
        (-3.779310253377747, -3.283185991286170),
        (3.584428340330492, -1.848126526964404),
    )
    formula = "(x^2 + y - 11)^2 + (x + y^2 - 7)^2"
    return _surface("himmelblau", "Himmelblau", formula, (-6.4, -4.8, 6.4, 4.8), (0, -0.5), 0.01, minima)


def rastrigin() -> Surface:
    """A bowl covered in dimples: a minimum near every whole number, the lowest at the origin."""
    formula = "20 + x^2 - 10*cos(2*pi*x) + y^2 - 10*cos(2*pi*y)"
    return _surface("rastrigin", "Rastrigin", formula, (-4, -3, 4, 3), (2.4, 1.6), 0.002, ((0.0, 0.0),))


MAKERS: dict[str, Callable[[], Surface]] = {
    make.__name__: make for make in (quadratic, ravine, saddle, rosenbrock, beale, himmelblau, rastrigin)
}
SURFACES: dict[str, Surface] = {name: make() for name, make in MAKERS.items()}

"""Descents that make a point at first sight."""

from __future__ import annotations

from scenes.optimization.descent_model import Inputs, Params

# key, title, point, Params, Inputs
ALL: tuple[tuple[str, str, str, Params, Inputs], ...] = (
    (
        "zigzag", "A valley: zigzag down",
        "The gradient points across the valley, not along it: steep one way, slow the other.",
        Params(surface="ravine", start=(-5, 2), lr=0.45, steps=40), Inputs(),
    ),
    (
        "diverge", "Too long a step diverges",
        "Past 2 / curvature every step lands farther away than the one before.",
        Params(surface="quadratic", curvature_x=1, curvature_y=4, start=(-3.2, 0.3), lr=0.53, steps=30), Inputs(),
    ),
    (
        "crawl", "Too short a step crawls", "It falls at every step, and is nowhere near after sixty.",
        Params(surface="ravine", start=(-5, 2), lr=0.03, steps=60), Inputs(),
    ),
    (
        "saddle", "Held up at a saddle",
        "The gradient is almost 0 there, and still it gets away: what is off the ridge grows with every step.",
        Params(surface="formula", formula="x^2 + y^4/4 - y^2/2", start=(-2.5, 0.0005), lr=0.1, steps=150, view="3d"),
        Inputs(),
    ),
    (
        "ridge", "On the ridge, with a little jitter",
        "Exactly on the ridge it would stand for ever. Noise in the gradient pushes it off.",
        Params(surface="saddle", start=(-1.5, 0), lr=0.1, steps=60, jitter=0.01, seed=3), Inputs(),
    ),
    (
        "rosenbrock", "Rosenbrock's curved valley",
        "Quickly down to the floor, then thousands of small steps along it.",
        Params(surface="rosenbrock", start=(-1.2, 1), lr=0.0016, steps=500), Inputs(),
    ),
    (
        "basins", "Four minima, four basins", "Where descent ends depends on where it begins.",
        Params(surface="himmelblau", start=(0, -0.5), lr=0.01, steps=100, lens="basins"), Inputs(),
    ),
    (
        "convex", "Convex: one way to end", "Below every chord, and every start arrives at the same place.",
        Params(surface="quadratic", curvature_y=3, rotation=30, start=(-3, 1.5), lr=0.3, lens="chord"),
        Inputs(),
    ),
    (
        "not-convex", "Not convex: above its chord", "Rastrigin's bowl is covered in dimples, and the chord shows it.",
        Params(surface="rastrigin", start=(2.4, 1.6), lr=0.002, steps=60, lens="chord"), Inputs(),
    ),
    (
        "warmup", "Warm up, then cool down",
        "From a steep wall a full step would throw it out: small steps first, long ones later, small ones to end.",
        Params(surface="beale", start=(1.5, 2), lr=0.01, steps=150, schedule="warmup", rise=40), Inputs(),
    ),
    (
        "noise", "A schedule against noise",
        "With noise in the gradient a constant rate never comes to rest. Let it fall, and it does.",
        Params(surface="quadratic", start=(-3.2, 2), lr=0.2, steps=120, jitter=1, schedule="cosine"), Inputs(),
    ),
    (
        "formula", "Your own formula", "Type any f(x, y): its gradient and Hessian are exact.",
        Params(surface="formula", formula="sin(x) cos(y) + x^2/10 + y^2/8", start=(3, 2), lr=0.4, steps=60, view="3d"),
        Inputs(azimuth=25),
    ),
)  # fmt: skip

"""Why the logarithm: a width that cannot turn negative, and a mistake that counts alike for small and large."""

from __future__ import annotations

import math

import numpy as np

from engine.trace import Frame
from scenes.detection.box_coding_marks import chart, curve, dot, held, line, num, outline
from scenes.detection.box_coding_model import LARGEST, OneBox, Result
from scenes.picture import Bars, Mark, Panel, Picture, Region, Role, Scatter, Text
from scenes.scene import State, Target, locked

LOW, HIGH = -2.5, 1.5
T = locked(np.linspace(LOW, HIGH, 81))
WIDTHS = (10, 33, 116, 373)  # a prior of each size, of YOLOv3


def view(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """The width by t, in two ways; the box; what the same mistake costs on boxes of four sizes."""
    one = result.one
    return Picture(
        panels=(_widths(one), _drawn(one), *_mistakes(one)),
        columns=(46, 27, 27),
        rows=(48, 52),
        sentence=sentence(one, hover) if frame is None or hover else "",
        focus="tw",
    )


def _widths(one: OneBox) -> Panel:
    prior, t = one.prior[0], float(one.t[2])
    top = prior * math.exp(HIGH)
    bottom = prior * (1 + LOW)
    at = held(t, LOW, HIGH)
    width, direct = prior * math.exp(at), prior * (1 + at)
    marks: list[Mark] = [
        Region(extent=(LOW, bottom, HIGH, 0), role="ignored", width=0, hatched=True),
        curve(T, prior * (1 + T), "removed", dashed=True, width=1.5), curve(T, prior * np.exp(T), "output", width=2),
        line((LOW, 0), (HIGH, 0), "quiet", width=1.5), line((at, direct), (at, width), "now", width=1.5),
        dot((0, prior), "weight", f"t = 0: the prior's {prior:g}", size=9),
        dot((at, direct), "quiet", f"p(1 + t) = {num(direct, 0)}", size=9),
        Text(at=(LOW + 0.08, bottom * 0.86), text="no box is as wide as this", role="text"),
        Scatter(points=locked(np.array([[at, width]])), role="output", size=13, handle="tw", movable=True,
                labels=(f"p · eᵗ = {width:.0f}",)),
    ]  # fmt: skip
    return chart(
        "widths", "width in pixels by t", (LOW, bottom, HIGH, top), (0, 0, 2, 1), marks, x_ticks=(-2, -1, 0, 1),
        y_ticks=(0, round(prior), round(2 * prior), round(4 * prior)), tall=True,
    )  # fmt: skip


def _drawn(one: OneBox) -> Panel:
    """The two boxes that a prior becomes, side by side; one of them may be none."""
    prior, t = one.prior[0], float(one.t[2])
    wide, high = prior * math.exp(HIGH), prior * 0.8
    width, direct = prior * math.exp(held(t, LOW, HIGH)), prior * (1 + held(t, LOW, HIGH))
    marks: list[Mark] = []
    ways: tuple[tuple[float, str, Role], ...] = (
        (width, "p · eᵗ", "output"),
        (direct, "p · (1 + t)", "removed"),
    )
    for row, (value, name, role) in enumerate(ways):
        top = row * high * 1.5
        marks.append(Text(at=(0, top - 0.18 * high), text=f"{name}: {num(value, 0)} px wide", size=1.1))
        if value > 0:
            box = (0.0, top, min(value, wide), top + high)
            marks += [
                Region(extent=box, role=role, fill=True, width=0),
                outline(box, role, dashed=role == "removed"),
            ]
        else:
            marks.append(
                Text(
                    at=(0, top + high / 2), text="not a box: its width is negative", role="gradient", size=1.1
                )
            )
    return Panel(
        key="drawn", title="the box that the prior becomes", marks=tuple(marks),
        view=(0, -0.35 * high, wide, 2.55 * high),
        place=(0, 1, 1, 2), fixed=True, square=False, margin=(1, 0, 1, 0),
    )  # fmt: skip


def _mistakes(one: OneBox) -> tuple[Panel, Panel]:
    """The slope of half the squared error, where a box is e^t times as wide as it should be."""
    t = float(one.t[2])
    factor = math.exp(held(t, LOW, HIGH))
    labels = tuple(f"{width} px" for width in WIDTHS)
    roles: tuple[Role, ...] = tuple("gradient" for _ in WIDTHS)
    pixels = locked(np.abs(np.array(WIDTHS) * (factor - 1)))
    logs = locked(np.full(len(WIDTHS), abs(math.log(factor))))
    panels = []
    for column, (key, values, title, far, decimals) in enumerate(
        (
            ("pixels", pixels, "slope, error in px", max(float(pixels[-1]), 1), 1),
            ("logs", logs, "slope, error in ln", 2.5, 2),
        )
    ):
        bars = Bars(values=values, roles=roles, labels=labels, decimals=decimals, handle=key)
        panels.append(
            Panel(
                key=key, title=title, marks=(bars,), view=(0, 0, far, len(WIDTHS)), place=(1, 1 + column, 1, 1),
                square=False, fixed=True, margin=(8, 0, 7, 0),
            )
        )  # fmt: skip
    return panels[0], panels[1]


def sentence(one: OneBox, hover: Target | None) -> str:
    """What is pointed at, or what there is to see."""
    prior, t = one.prior[0], float(one.t[2])
    if hover is not None and hover.handle in ("pixels", "logs") and 0 <= hover.index < len(WIDTHS):
        width, factor = WIDTHS[hover.index], math.exp(held(t, LOW, HIGH))
        told = f"A box of {width} px told as {width * factor:.1f}: half the squared error in"
        if hover.handle == "pixels":
            return (
                f"{told} pixels has slope {num(width * (factor - 1), 1)}. Large boxes drown out small ones."
            )
        return f"{told} logarithms has slope ln({factor:.2f}) = {num(math.log(factor))}, whatever the size."
    if hover is not None and hover.panel == "widths":
        x = held(hover.x, -LARGEST, LARGEST)
        return (
            f"t = {num(x)}: the exponential gives {prior:g} · {math.exp(x):.3f} = {prior * math.exp(x):.1f} px, "
            f"the straight line {prior:g} · {num(1 + x)} = {num(prior * (1 + x), 1)} px."
        )
    if t <= -1:
        return (
            f"t = {num(t)}: the straight line gives {num(prior * (1 + t), 0)} px, no width at all; "
            f"the exponential gives {prior * math.exp(t):.1f}, and stays above 0 for every t."
        )
    return (
        f"t = {num(t)} makes the prior {math.exp(t):.2f} times as wide. Drag the dot to the left: "
        "the exponential never reaches 0."
    )

"""Where the parts of a picture lie, and what is marked on it when a question about it is asked and answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral

import numpy as np
from numpy.typing import NDArray

from scenes.asking import Answer, Question
from scenes.picture import (
    Bars,
    Boxes,
    Cells,
    Graph,
    Heatmap,
    Image,
    Line,
    Mark,
    Mosaic,
    Panel,
    Picture,
    Pin,
    Pins,
    Role,
    Scatter,
    Table,
)
from scenes.predicting import Given, is_right

LETTERS = "ABCDE"
Extent = tuple[float, float, float, float]


def places_of(mark: Mark, view: Extent) -> NDArray[np.float64]:
    """Where each part of a mark lies on a panel with this view: (N, 4) x1, y1, x2, y2; a point has no size.

    Empty where the mark has no parts that can be pointed at.
    """
    match mark:
        case Boxes(boxes=boxes):
            return np.asarray(boxes, np.float64).reshape(-1, 4)
        case Cells(values=values, at=at, cell=cell):
            rows, columns = np.atleast_2d(values).shape[:2]
            return _grid(rows, columns, at, (cell, cell))
        case Bars(values=values):
            return np.array([[view[0], r + 0.05, view[2], r + 0.95] for r in range(len(values))]).reshape(
                -1, 4
            )
        case Scatter(points=points) | Graph(places=points):
            return np.tile(np.asarray(points, np.float64).reshape(-1, 2), 2)
        case Table(rows=rows):
            return np.array([[view[0], r + 1.0, view[2], r + 2.0] for r in range(len(rows))]).reshape(-1, 4)
        case Image(pixels=pixels) | Heatmap(values=pixels) | Mosaic(kinds=pixels):
            rows, columns = pixels.shape[:2]
            x1, y1, x2, y2 = mark.extent or (0.0, 0.0, float(columns), float(rows))
            return _grid(rows, columns, (x1, y1), ((x2 - x1) / max(columns, 1), (y2 - y1) / max(rows, 1)))
    return np.empty((0, 4))


def _grid(rows: int, columns: int, at: tuple[float, float], size: tuple[float, float]) -> NDArray[np.float64]:
    row, column = np.divmod(np.arange(rows * columns), max(columns, 1))
    x, y = at[0] + column * size[0], at[1] + row * size[1]
    return np.stack([x, y, x + size[0], y + size[1]], 1)


def panel_of(question: Question, picture: Picture) -> Panel | None:
    """The panel that a question is about, where the picture has it."""
    return next((panel for panel in picture.panels if panel.key == question.panel), None)


def parts_of(question: Question, picture: Picture) -> NDArray[np.float64]:
    """Where the parts lie that a question is about: (N, 4); none where it is not about parts."""
    panel = panel_of(question, picture)
    if panel is None or question.kind != "part":
        return np.empty((0, 4))
    mark = next((mark for mark in panel.marks if mark.handle == question.handle), None)
    return np.empty((0, 4)) if mark is None else places_of(mark, panel.view)


def part_at(parts: NDArray[np.float64], x: float, y: float) -> int | None:
    """The smallest part that holds a place."""
    x1, y1, x2, y2 = parts.T
    found = np.flatnonzero((x >= x1) & (x <= x2) & (y >= y1) & (y <= y2))
    if not len(found):
        return None
    area = (x2 - x1)[found] * (y2 - y1)[found]
    return int(found[area.argmin()])


def part_beside(parts: NDArray[np.float64], index: int, way: tuple[int, int]) -> int | None:
    """The part that lies nearest to one in a direction."""
    centres = (parts[:, :2] + parts[:, 2:]) / 2
    away = centres - centres[index]
    along = away @ np.array(way, float)
    across = np.abs(away @ np.array([way[1], way[0]], float))
    there = (along > 1e-9) & (along >= across)
    if not there.any():
        there = along > 1e-9
    found = np.flatnonzero(there)
    return int(found[(along + 2 * across)[found].argmin()]) if len(found) else None


def extent_of(question: Question, answer: Answer, parts: NDArray[np.float64]) -> Extent | None:
    """Where an answer lies; None where it is no place."""
    if question.kind == "point" and isinstance(answer, Sequence):
        return (answer[0], answer[1], answer[0], answer[1])
    if question.kind == "part" and isinstance(answer, Integral) and 0 <= answer < len(parts):
        x1, y1, x2, y2 = parts[int(answer)].tolist()
        return (x1, y1, x2, y2)
    return None


def asked_pins(
    question: Question, parts: NDArray[np.float64], chosen: Answer | None, *, lettered: bool
) -> tuple[Pin, ...]:
    """What is marked while a question is open: what it is about, the choices by their letters, and what is about to
    be answered.
    """
    pins = [Pin(extent=question.about, sign="ring", words="asked", role="now")] if question.about else []
    for letter, choice in zip(LETTERS, question.choices if lettered else (), strict=False):
        extent = extent_of(question, choice.answer, parts)
        if extent is not None:
            pins.append(Pin(extent=extent, sign="letter", words=letter, role="text"))
    extent = None if chosen is None else extent_of(question, chosen, parts)
    if extent is not None:
        pins.append(Pin(extent=extent, sign="ring" if question.kind == "part" else "cross"))
    return tuple(pins)


def given_pins(given: Given, parts: NDArray[np.float64]) -> tuple[Pin, ...]:
    """What is marked once a step is seen: the right answer, a person's own, or the class's by their letters."""
    question = given.asked.question
    if given.hands:
        return _letters(given, parts)
    own = given.credit >= 1
    pins = []
    rings = (given.answer,) if own and given.answer in question.right else question.right
    for number, right in enumerate(rings):
        extent = None if right is None else extent_of(question, right, parts)
        if extent is not None:
            said = "yours: right" if own else "" if number else "right"
            pins.append(Pin(extent=extent, sign="ring", words=said, role="target"))
    extent = None if own or given.answer is None else extent_of(question, given.answer, parts)
    if extent is not None:
        pins.append(Pin(extent=extent, sign="cross", words="yours", role="accent"))
    return tuple(pins)


def _letters(given: Given, parts: NDArray[np.float64]) -> tuple[Pin, ...]:
    """Each choice by its letter; the right one is ringed, and says that it is right."""
    question, pins = given.asked.question, []
    for letter, choice in zip(LETTERS, question.choices, strict=False):
        extent = extent_of(question, choice.answer, parts)
        if extent is None:
            continue
        if is_right(question, choice):
            pins.append(Pin(extent=extent, sign="ring", words=f"{letter}: right", role="target"))
        else:
            pins.append(Pin(extent=extent, sign="letter", words=letter, role="text"))
    return tuple(pins)


def pinned(picture: Picture, key: str, pins: tuple[Pin, ...]) -> Picture:
    """The picture with pins on one of its panels; two pins for one point are tied by a dashed line."""
    if not pins:
        return picture
    panels = tuple(
        replace(panel, marks=(*panel.marks, *_tie(pins), Pins(pins=pins))) if panel.key == key else panel
        for panel in picture.panels
    )
    return replace(picture, panels=panels)


def _tie(pins: tuple[Pin, ...]) -> tuple[Line, ...]:
    crosses = [pin.extent for pin in pins if pin.sign == "cross"]
    rings = [pin.extent for pin in pins if pin.sign == "ring"]
    if len(crosses) != 1 or len(rings) != 1 or any(e[:2] != e[2:] for e in (*crosses, *rings)):
        return ()
    role: Role = "accent"
    return (Line(segments=np.array([[crosses[0][:2], rings[0][:2]]]), role=role, dashed=True, width=2.0),)

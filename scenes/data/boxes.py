"""Detections: boxes with scores and labels, checked once where they come in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenes.data.errors import BadData, counted, printable, shown
from scenes.data.text import json_array

MAX_BOXES = 100_000
FARTHEST = 1e9  # pixels; beyond it areas lose their meaning in float32
_SIDES = ("x1", "y1", "x2", "y2")
_ROUNDING = 1e-5  # how far a score may stray from 0..1 by the rounding of float32


@dataclass(frozen=True, eq=False)
class Detections:
    """Boxes that a detector found in one image. All arrays are read-only.

    Two are equal only when they are the same object.

    Attributes:
        boxes: (N, 4) float32, x1, y1, x2, y2 in pixels, x1 <= x2 and y1 <= y2.
        scores: (N,) float32 in 0..1.
        labels: (N,) int64, >= 0.
        names: the name of each label where it is known: `names[label]`, "" for gaps; may be
            shorter than the labels need.
        notices: sentences that say what was assumed or passed over on the way.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    labels: NDArray[np.int64]
    names: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def detections_from(
    boxes: ArrayLike,
    scores: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    names: Sequence[str] = (),
    notices: Sequence[str] = (),
    source: str = "the detections",
    place: Callable[[int], str] = "box {}".format,
) -> Detections:
    """Checked, read-only detections.

    Args:
        boxes: (N, 4) x1, y1, x2, y2 in pixels; boxes of no area are allowed.
        scores: (N,) in 0..1.
        labels: (N,) whole numbers >= 0; zeros by default.
        names, notices: see `Detections`.
        source: what to call the data in messages.
        place: what to call the box with a given index in messages.

    Raises:
        BadData: a shape, a length or a value is wrong; the message names the first place.
    """
    corners = _boxes(_numbers(boxes, "boxes", source), source, place)
    count = len(corners)
    certainty = _scores(_numbers(scores, "scores", source), count, source, place)
    if labels is None:
        classes = np.zeros(count, np.int64)
    else:
        classes = _labels(_numbers(labels, "labels", source), count, source, place)
    for array in (corners, certainty, classes):
        array.setflags(write=False)
    return Detections(corners, certainty, classes, tuple(printable(name) for name in names), tuple(notices))


def _numbers(values: ArrayLike, what: str, source: str) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError:  # ragged lists
        array = json_array(values, f"{source}: {what}")
    if array.dtype.kind not in "iuf":
        raise BadData(f"{source}: {what} is made of {array.dtype} values; it needs numbers.")
    return array


def _boxes(array: NDArray[Any], source: str, place: Callable[[int], str]) -> NDArray[np.float32]:
    if array.shape == (0,):
        array = array.reshape(0, 4)
    if array.ndim != 2 or array.shape[1] != 4:
        raise BadData(f"{source}: boxes has shape {array.shape}; it needs (N, 4): x1, y1, x2, y2.")
    if len(array) > MAX_BOXES:
        raise BadData(f"{source} has {len(array):,} boxes; up to {MAX_BOXES:,} are read.")
    exact = array.astype(np.float64)
    for row, side in np.argwhere(~(np.abs(exact) <= FARTHEST))[:1].tolist():
        raise BadData(
            f"{source}: {place(row)} has {_SIDES[side]} = {shown(exact[row, side].item())}; "
            "it needs finite pixels."
        )
    for axis, (low, high, side) in enumerate((("x1", "x2", "left of"), ("y1", "y2", "above"))):
        for row in np.flatnonzero(exact[:, axis + 2] < exact[:, axis])[:1].tolist():
            raise BadData(
                f"{source}: {place(row)} has {high} = {shown(exact[row, axis + 2].item())} {side} "
                f"{low} = {shown(exact[row, axis].item())}; boxes are x1, y1, x2, y2 in pixels."
            )
    return exact.astype(np.float32)


def _one_each(array: NDArray[Any], what: str, count: int, source: str) -> None:
    if array.ndim != 1:
        raise BadData(f"{source}: {what}s has shape {array.shape}; it needs (N,): one a box.")
    if len(array) != count:
        raise BadData(
            f"{source}: {what}s has {counted(len(array), 'value')} but there are {count:,} boxes; "
            f"it needs one {what} a box."
        )


def _scores(array: NDArray[Any], count: int, source: str, place: Callable[[int], str]) -> NDArray[np.float32]:
    _one_each(array, "score", count, source)
    exact = array.astype(np.float64)
    inside = (exact >= -_ROUNDING) & (exact <= 1 + _ROUNDING)  # false for NaN
    for row in np.flatnonzero(~inside)[:1].tolist():
        raise BadData(
            f"{source}: {place(row)} has score = {shown(exact[row].item())}; scores lie within 0..1."
        )
    return exact.clip(0, 1).astype(np.float32)


def _labels(array: NDArray[Any], count: int, source: str, place: Callable[[int], str]) -> NDArray[np.int64]:
    _one_each(array, "label", count, source)
    if array.dtype.kind == "f":
        array = array.astype(np.float64)
    whole = (array >= 0) & (array < 2**53) & (array == np.floor(array))  # false for NaN
    for row in np.flatnonzero(~whole)[:1].tolist():
        raise BadData(
            f"{source}: {place(row)} has label = {shown(array[row].item())}; "
            "labels are whole numbers from 0 up."
        )
    return array.astype(np.int64)

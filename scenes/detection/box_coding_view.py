"""The picture of box coding: one face at a time."""

from __future__ import annotations

from collections.abc import Callable

from engine.trace import Frame
from scenes.detection import (
    box_coding_classes,
    box_coding_decode,
    box_coding_grid,
    box_coding_kmeans,
    box_coding_log,
    box_coding_offsets,
)
from scenes.detection.box_coding_model import Result
from scenes.picture import Picture
from scenes.scene import State, Target

VIEWS: dict[str, Callable[[State, Result, Frame | None, Target | None], Picture]] = {
    "decode": box_coding_decode.view,
    "offsets": box_coding_offsets.view,
    "log": box_coding_log.view,
    "kmeans": box_coding_kmeans.view,
    "head": box_coding_grid.view,
    "classes": box_coding_classes.view,
}


def picture(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """The face that is looked at."""
    return VIEWS[state.params.view](state, result, frame, hover)

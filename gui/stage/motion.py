"""Motion that shows what a step did: marks glide from where they were to where they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QEasingCurve, QElapsedTimer, QObject, QVariantAnimation
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QStyle

from gui.stage.renderer import Renderer
from scenes.picture import Arrow, Bars, Boxes, Mark, Region, Scatter

DURATION = 180  # ms
GLIDING: dict[type[Mark], tuple[str, ...]] = {
    Bars: ("values",),
    Boxes: ("boxes",),
    Region: ("extent",),
    Scatter: ("points",),
    Arrow: ("tail", "head"),
}


def between(old: Mark, new: Mark, part: float) -> Mark:
    """The mark on its way: `part` of the way from one to the other, where both have the same shape."""
    changes: dict[str, Any] = {}
    for name in GLIDING.get(type(new), ()):
        a, b = (np.asarray(getattr(mark, name), np.float64) for mark in (old, new))
        if a.shape == b.shape:
            mixed = a + (b - a) * part
            changes[name] = mixed if isinstance(getattr(new, name), np.ndarray) else tuple(mixed.tolist())
    return replace(new, **changes)


def glides(old: Mark, new: Mark) -> bool:
    """Whether there is a way to go from one mark to the other."""
    names = GLIDING.get(type(new), ())
    pairs = [(np.asarray(getattr(old, name)), np.asarray(getattr(new, name))) for name in names]
    return any(a.shape == b.shape and a.size and not np.array_equal(a, b) for a, b in pairs)


# a renderer, its mark before and after, and what to call when it moved
Way = tuple[Renderer[Any], Mark, Mark, Callable[[], None]]


class Motion(QObject):
    """Moves marks for a moment. A step that comes before the last one arrived is shown at once."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._ways: list[Way] = []
        self._clock = QVariantAnimation(self)
        self._clock.setDuration(DURATION)
        self._clock.setStartValue(0.0)
        self._clock.setEndValue(1.0)
        self._clock.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._clock.valueChanged.connect(self._move)
        self._since = QElapsedTimer()

    def wanted(self) -> bool:
        """Whether there is time for motion, and the system has it on."""
        hurried = self._since.isValid() and self._since.elapsed() < DURATION + 60
        self._since.start()
        on = QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) > 0
        return on and not hurried and QGuiApplication.platformName() != "offscreen"

    def begin(self, ways: list[Way]) -> None:
        """Set out; until the first moment comes the marks stand where they were."""
        if ways:
            self._ways = ways
            self._move(0.0)
            self._clock.start()

    def finish(self) -> None:
        """Everything under way arrives now."""
        self._clock.stop()
        self._move(1.0)
        self._ways = []

    def _move(self, part: float) -> None:
        for renderer, old, new, moved in self._ways:
            renderer.update(new if part >= 1.0 else between(old, new, part))
            moved()

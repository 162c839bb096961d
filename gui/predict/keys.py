"""Keys that mean something to who predicts."""

from __future__ import annotations

from PySide6.QtCore import Qt

Key = Qt.Key
ARROWS = {Key.Key_Left: (-1, 0), Key.Key_Right: (1, 0), Key.Key_Up: (0, -1), Key.Key_Down: (0, 1)}
STEPPING = (Key.Key_Right, Key.Key_Period, Key.Key_PageDown, Key.Key_Space)

"""The Qt application: style, fonts, and a theme of the system's choice or the person's."""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QApplication

from gui import theme as look

BASE_PIXELS = 13  # the size of type at the system's usual setting


class NoDisplay(RuntimeError):
    """There is no screen to open a window on, said in one sentence."""


def check_display() -> None:
    """Refuse to start a window where there is no display.

    Raises:
        NoDisplay: naming what works without one.
    """
    chosen = os.environ.get("QT_QPA_PLATFORM", "")
    if sys.platform != "linux" or (chosen and not chosen.startswith(("xcb", "wayland"))):
        return
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise NoDisplay(
            "There is no display here to open a window on; "
            "'python main.py render SCENE -o picture.png' draws without one."
        )


def application(theme: str = "") -> tuple[QApplication, look.Theme]:
    """The application, made once, and its theme: by name, or as the system has it."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
        app.setApplicationName("Zoetrope")
        app.setOrganizationName("Zoetrope")
        app.setStyle("Fusion")
        font = QFont(app.font())
        if font.pointSizeF() < 0 or QGuiApplication.platformName() == "offscreen":
            font.setPointSizeF(BASE_PIXELS * 0.75)
        app.setFont(font)
    chosen = look.THEMES[theme] if theme else system_theme()
    look.apply(app, chosen)
    return app, chosen


def system_theme() -> look.Theme:
    """Light where the system is light; dark elsewhere."""
    scheme = QGuiApplication.styleHints().colorScheme()
    return look.LIGHT if scheme == Qt.ColorScheme.Light else look.DARK

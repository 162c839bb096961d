"""The Qt application: style, fonts, and a theme of the system's choice or the person's."""

from __future__ import annotations

import os
import socket
import sys
from typing import Any

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
    display = os.environ.get("DISPLAY", "")
    if os.environ.get("WAYLAND_DISPLAY") or (display and answers(display)):
        return
    where = f"The display {display} does not answer" if display else "There is no display here"
    raise NoDisplay(
        f"{where}, so no window can open; 'python main.py render SCENE -o picture.png' draws without one."
    )


def answers(display: str) -> bool:
    """Whether an X server listens at a display such as ":0", "host:0.0" or a socket's path."""
    host, _, number = display.rpartition(":")
    number = number.partition(".")[0]
    if not number.isdigit():
        return True  # a form we do not know: Qt may
    path = f"/tmp/.X11-unix/X{number}"  # noqa: S108 - where X servers listen
    places: list[tuple[int, Any]] = [(socket.AF_UNIX, path), (socket.AF_UNIX, f"\0{path}")]
    if host and host != "unix":
        places = [(socket.AF_INET, (host, 6000 + int(number)))]
    return any(_connects(family, place) for family, place in places)


def _connects(family: int, place: Any) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as link:
        link.settimeout(2)
        try:
            link.connect(place)
        except (OSError, OverflowError):  # nobody there, or no such port
            return False
    return True


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

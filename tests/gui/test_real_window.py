"""In a real window: on a screen of its own under Xvfb, with the platform plugin that people use."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QVariantAnimation
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from gui.theme import DARK, LIGHT
from tests.gui.conftest import PATIENCE, Live

pytestmark = pytest.mark.xvfb
ROOT = Path(__file__).parents[2]
Key = Qt.Key
WAIT = 60  # seconds that a child may take to end


def screen() -> np.ndarray[Any, Any]:
    """What is to be seen on the screen, whoever drew it: `(H, W, 3)`."""
    image = QGuiApplication.primaryScreen().grabWindow(0).toImage()
    return colours_of(image)


def colours_of(image: QImage) -> np.ndarray[Any, Any]:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return flat[:, : image.width(), 2::-1].copy()


def share_of(colour: str, pixels: np.ndarray[Any, Any]) -> float:
    """The part of the pixels that has exactly this colour."""
    wanted = QColor(colour)
    return float((pixels == [wanted.red(), wanted.green(), wanted.blue()]).all(-1).mean())


def seen(widget: QWidget) -> np.ndarray[Any, Any]:
    """A widget as the screen shows it."""
    corner = widget.mapToGlobal(QPoint())
    return screen()[corner.y() : corner.y() + widget.height(), corner.x() : corner.x() + widget.width()]


# ---------------------------------------------------------------------------- in this process


def test_this_is_a_real_platform(qapp):
    assert QGuiApplication.platformName() == "xcb"


def test_the_window_is_on_the_screen_and_its_words_are_crisp(nms):
    nms.wait(lambda: share_of(DARK.background, seen(nms.window)) > 0.2)
    assert len(np.unique(seen(nms.stage).reshape(-1, 3), axis=0)) > 50
    words = seen(nms.show.title)
    assert share_of(DARK.text, words) > 0.003  # strokes reach their full colour: nothing was scaled
    assert share_of(DARK.background, words) > 0.5
    assert (seen(nms.window) == colours_of(nms.window.grab().toImage())).mean() > 0.99


def test_mouse_and_keys_do_there_what_they_do_offscreen(nms):
    nms.window.activateWindow()
    before = nms.inputs.boxes
    nms.hands.drag("boxes", (40, 150), (50, 160), (60, 165))
    assert nms.inputs.boxes[0].tolist() == pytest.approx((before[0] + [20, 15, 20, 15]).tolist(), abs=1.5)
    nms.hands.key(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert nms.inputs.boxes is before
    picture = seen(nms.stage)
    nms.hands.key(Key.Key_F6)
    nms.wait(lambda: share_of(LIGHT.background, seen(nms.window)) > 0.2)
    assert (seen(nms.stage) != picture).mean() > 0.3


def test_a_step_glides_and_arrives(nms):
    """Between two steps a mark is drawn on its way; at the end it is the very mark of the picture."""
    nms.open("nms", "two-soft")
    clock = nms.stage.motion._clock
    nms.hands.key(Key.Key_Home)
    nms.wait(lambda: clock.state() == QVariantAnimation.State.Stopped)
    renderer = nms.stage.panels["scores"].renderer_of("score")
    glided, way = 0, set()
    clock.valueChanged.connect(lambda part: way.add(tuple(np.round(renderer.mark.values, 4))))
    for _ in range(8):
        nms.stage.motion._since.invalidate()  # a person in no hurry
        way.clear()
        nms.hands.key(Key.Key_Right)
        nms.wait(lambda: clock.state() == QVariantAnimation.State.Stopped)
        assert renderer.mark is nms.mark("score")
        glided += len(way) > 2
    assert glided


def test_who_is_faster_than_the_motion_sees_each_step_at_once(nms):
    nms.open("nms", "two-soft")
    nms.hands.key(Key.Key_Home)
    renderer = nms.stage.panels["scores"].renderer_of("score")
    for _ in range(12):
        nms.hands.key(Key.Key_Right)
        nms.hands.key(Key.Key_Left)
        nms.hands.key(Key.Key_Right)
    assert renderer.mark is nms.mark("score")


# ---------------------------------------------------------------------------- in a process of its own


@pytest.fixture
def launch(qtbot) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the program; whatever is left of it is ended afterwards."""
    children = []

    def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        children.append(
            subprocess.Popen(
                [sys.executable, "main.py", *arguments], cwd=ROOT, env={**os.environ, **environment},
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
        )  # fmt: skip
        return children[-1]

    yield start
    for child in children:
        if child.poll() is None:
            child.kill()
        child.communicate(timeout=WAIT)


def until_seen(
    qtbot: Any, child: subprocess.Popen[str], condition: Callable[[np.ndarray[Any, Any]], bool]
) -> None:
    """Wait until the screen is as wanted; a child that ends meanwhile says why."""

    def check() -> bool:
        assert child.poll() is None, child.communicate()[1]
        return condition(screen())

    qtbot.waitUntil(check, timeout=3 * PATIENCE)


def is_alive(pixels: np.ndarray[Any, Any]) -> bool:
    """The window stands, in the dark theme, with the street in it."""
    return (
        share_of(DARK.background, pixels) > 0.1
        and len(np.unique(pixels[::3, ::3].reshape(-1, 3), axis=0)) > 2000
    )


@pytest.mark.parametrize(("name", "scale"), [(signal.SIGTERM, "1"), (signal.SIGINT, "2")])
def test_the_program_opens_its_window_and_ends_when_it_is_told_to(launch, qtbot, name, scale):
    child = launch("nms", "--theme", "dark", QT_SCALE_FACTOR=scale)
    until_seen(qtbot, child, is_alive)
    child.send_signal(name)
    said = child.communicate(timeout=WAIT)
    assert child.returncode == 0
    assert "Traceback" not in said[1]


def test_a_bad_parameter_is_one_line_and_status_2(launch):
    child = launch("nms", "--set", "iou_threshold=7")
    said = child.communicate(timeout=WAIT)
    assert child.returncode == 2
    assert said[1].strip() == "iou_threshold is 7; it takes a number from 0 to 1."


@pytest.mark.skipif(
    not shutil.which("xdotool"), reason="needs xdotool, for events that come from the X server"
)
def test_events_of_the_x_server_reach_the_program(launch, qtbot):
    child = launch("nms", "--theme", "dark")
    until_seen(qtbot, child, is_alive)

    def xdotool(*arguments: str) -> str:
        asked = subprocess.run(
            ["xdotool", *arguments], capture_output=True, text=True, check=True, timeout=WAIT
        )
        return asked.stdout

    title = "^Zoetrope: Non-maximum suppression$"
    window = xdotool("search", "--sync", "--onlyvisible", "--name", title).split()[0]
    xdotool("windowfocus", window)
    xdotool("mousemove", "--window", window, "500", "200", "click", "1")
    xdotool("key", "F6")
    until_seen(qtbot, child, lambda pixels: share_of(LIGHT.background, pixels) > 0.1)
    light = screen()
    xdotool("key", "question")  # the card of keys
    until_seen(qtbot, child, lambda pixels: (pixels != light).any(-1).mean() > 0.05)
    xdotool("key", "Escape")
    until_seen(qtbot, child, lambda pixels: (pixels != light).any(-1).mean() < 0.001)
    xdotool("key", "n")  # the stage has the focus again: a box is added
    until_seen(qtbot, child, lambda pixels: 0.001 < (pixels != light).any(-1).mean() < 0.05)
    child.terminate()
    child.communicate(timeout=WAIT)
    assert child.returncode == 0


def test_the_same_state_looks_the_same_on_both_platforms(live: Live):
    """Type and lines are those of the offscreen pictures: what is rendered is what is seen."""
    live.open("nms", "chain")
    live.hands.move_to(QPoint(1, 1))
    live.wait(lambda: share_of(DARK.background, seen(live.stage)) > 0.2)
    for role in ("kept", "removed"):
        assert share_of(DARK.roles[role], seen(live.stage)) > 0.0005

"""The window: how soon it stands, and how soon a change is painted; in a real window where Xvfb is there."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer

from tests.bench.launch import LAUNCHED
from tests.bench.table import resident, show, spread

LAUNCHES = 5
CHANGES = 60
SIZES = (3, 7, 15, 31)
PATIENCE = 60_000  # ms
FRAME = "16.7"  # ms: one frame of a screen
GOALS = {("median", 15): "", ("median", 31): "50"}  # where it is not one frame


def main() -> None:
    """Run this file in processes of its own, on a screen of its own."""
    for part in ("launched", "painted"):
        on_screen("tests.bench.window", part)


def on_screen(module: str, part: str) -> None:
    """Run a part of a module in a process of its own: in a real window where Xvfb is there."""
    command, platform = [sys.executable, "-m", module, part], "offscreen"
    if shutil.which("xvfb-run"):
        command, platform = ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", *command], "xcb"
    subprocess.run(command, env={**os.environ, "QT_QPA_PLATFORM": platform}, check=True)


# ---------------------------------------------------------------------------- from launch


def launched() -> None:
    """Print how soon the window and the first scene are painted."""
    times = [_launch() for _ in range(LAUNCHES)]
    rows = []
    for name, goal, column in zip(
        ("window", "scene"), ("0.60", "3.00"), zip(*times, strict=True), strict=True
    ):
        rows.append([f"first {name}", f"{statistics.median(column):.2f}", f"{max(column):.2f}", goal])
    show(
        f"From launch to painted ({os.environ['QT_QPA_PLATFORM']}, files warm): s",
        ("", "median", f"worst of {LAUNCHES}", "goal"), rows,
    )  # fmt: skip


def _launch() -> tuple[float, ...]:
    environment = {**os.environ, LAUNCHED: repr(time.monotonic())}
    command = [sys.executable, "-m", "tests.bench.launch"]
    ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return tuple(map(float, ran.stdout.split()))


# ---------------------------------------------------------------------------- to painted pixels


class Watch(QObject):
    """Calls back when a widget was painted with a picture that came since."""

    def __init__(self, widget: Any, flow: Any, done: Callable[[], None]) -> None:
        super().__init__(widget)
        self.flow, self.done, self.has_picture = flow, done, False
        widget.installEventFilter(self)
        flow.pictured.connect(self.take)

    def take(self, picture: object) -> None:
        self.has_picture = True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self.has_picture:
            watched.removeEventFilter(self)
            self.flow.pictured.disconnect(self.take)
            QTimer.singleShot(0, self.done)  # the painting itself comes first
        return False


class Living:
    """The program's own window, alive."""

    def __init__(self, scene: str) -> None:
        from gui.start import Program
        from main import parser_for

        sys.setswitchinterval(0.002)  # as the program does
        self.program = Program(parser_for("").parse_args([scene]))
        self.window: Any = self.program.window
        self.loop = QEventLoop()
        self.timer = QTimer(singleShot=True)
        self.timer.timeout.connect(self.loop.quit)
        self.program.show()
        self.wait(lambda: self.window.flow is not None and self.window.flow.trace is not None)
        self.flow: Any = self.window.flow

    def rest(self, ms: int = 400) -> None:
        """Let everything settle."""
        self.timer.start(ms)
        self.loop.exec()

    def wait(self, done: Callable[[], bool]) -> None:
        """Wait until it is done, and a little more."""
        began = time.monotonic()
        while not done():
            self.rest(50)
            if time.monotonic() - began > PATIENCE / 1e3:
                raise TimeoutError
        self.rest()

    def painted(self, change: Callable[[], object]) -> float:
        """Milliseconds from a change until the picture that comes of it is painted."""
        Watch(self.window.show_.stage.viewport(), self.flow, self.loop.quit)
        self.timer.start(PATIENCE)
        began = time.perf_counter()
        change()
        self.loop.exec()
        return (time.perf_counter() - began) * 1e3

    def open(self, key: str) -> None:
        """Choose another scene."""
        before = self.flow.scene
        self.program.open(key)
        self.wait(lambda: self.flow.scene is not before and self.flow.trace is not None)


def painted() -> None:
    """Print how soon changes are painted, and what memory both scenes take together."""
    from gui.flow import REST_AFTER

    living = Living("filters")
    rows = [
        [name, *spread([living.painted(change) for change in changes]), goal]
        for name, goal, changes in _filters(living)
    ]
    show("Slider to painted pixels, 512 x 512 RGB: ms", ("", "median", "p95", "goal p95"), rows)
    living.open("nms")
    memory = [["both scenes open, after all that", f"{resident():.0f}", "600"]]
    living.rest(REST_AFTER + 1000)
    memory.append(["a little later", f"{resident():.0f}", ""])
    steps = [[*_steps(living), FRAME]]
    memory.append(["and a long run", f"{resident():.0f}", ""])
    show("Any step of NMS on 5,000 boxes to painted pixels: ms", ("", "median", "p95", "goal p95"), steps)
    show("Resident memory: MB", ("", "MB", "goal"), memory)
    living.window.close()
    living.program.close()


def _filters(living: Living) -> Iterator[tuple[str, str, list[Callable[[], object]]]]:
    """Each filter at each size, its goal, and changes as the controls make them while a slider is dragged."""
    state = living.flow.scene.opening("gaussian")
    assert state.inputs.pixels.shape == (512, 512, 3)
    living.flow.change(state)
    changed = living.window.side.controls.changed
    borders, channels = ("edge", "reflect", "symmetric"), ("red", "green", "blue")
    for name, size in [
        *((name, size) for name in ("mean", "gaussian", "median") for size in SIZES),
        ("sobel", 3),
    ]:
        changed.emit("filter", name, True)
        changed.emit("size", size, True)
        living.rest()
        values = {
            "gaussian": [("sigma", round(0.5 + 0.1 * i, 1)) for i in range(CHANGES)],
            "sobel": [("channel", channels[i % 3]) for i in range(CHANGES)],
        }.get(name, [("border", borders[i % 3]) for i in range(CHANGES)])
        changes = [lambda n=parameter, v=value: changed.emit(n, v, False) for parameter, value in values]
        yield name if name == "sobel" else f"{name} {size}", GOALS.get((name, size), FRAME), changes


def _steps(living: Living) -> list[str]:
    """Steps here and there in a long run."""
    from scenes.scene import locked
    from tests.bench.nms import THRESHOLD, boxes_of

    flow = living.flow
    boxes, scores, labels = (locked(tensor.numpy()) for tensor in boxes_of(5000))
    reach = float(boxes.max())
    state = flow.scene.opening().with_inputs(
        boxes=boxes, scores=scores, labels=labels, pixels=None, extent=(reach, reach)
    )
    flow.change(state.with_params(iou_threshold=THRESHOLD))
    living.wait(lambda: len(flow.trace) > 5000)
    random = np.random.default_rng(0)
    steps = random.integers(1, len(flow.trace), CHANGES).tolist()
    times = [living.painted(lambda step=step: flow.go(step)) for step in steps]
    return [f"of {len(flow.trace):,}", *spread(times)]


if __name__ == "__main__":
    {"launched": launched, "painted": painted}[sys.argv[1]]()

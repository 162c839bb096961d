"""The window: how soon it stands, and how soon a change is painted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from tests.bench.table import show, spread

CHANGES = 60
PATIENCE = 20.0  # seconds


def main() -> None:
    """Each measurement in a process of its own, in a real window where Xvfb is there."""
    starts = [_child("first").split() for _ in range(5)]
    first, live = ([float(line[i]) for line in starts] for i in (0, 1))
    rows = [["first window painted", f"{np.median(first):.2f}", f"{max(first):.2f}", "0.60"],
            ["first scene live", f"{np.median(live):.2f}", f"{max(live):.2f}", "3.00"]]  # fmt: skip
    show("From launch, warm files: s", ("", "median", "worst of 5", "goal"), rows)
    print(_child("painted"), end="")


def _child(what: str) -> str:
    command = [sys.executable, "-m", "tests.bench.window", what]
    environment = {**os.environ, "ZOETROPE_LAUNCHED": repr(time.time())}
    if shutil.which("xvfb-run"):
        command = ["xvfb-run", "-a", "-s", "-screen 0 1280x720x24", *command]
        environment["QT_QPA_PLATFORM"] = "xcb"
        environment["ZOETROPE_LAUNCHED"] = ""
    else:
        environment["QT_QPA_PLATFORM"] = "offscreen"
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def _first() -> None:
    """Launch the program as a child, under the display there is, and print its two times."""
    code = "import tests.bench.window as w; w._probe()"
    environment = {**os.environ, "ZOETROPE_LAUNCHED": repr(time.time())}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def _probe() -> None:
    launched = float(os.environ["ZOETROPE_LAUNCHED"])
    from PySide6.QtCore import QEvent, QObject, QTimer

    from gui.start import Program
    from main import parser_for

    program = Program(parser_for("").parse_args(["nms"]))
    times: list[float] = []

    class Painted(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint and not times:
                times.append(time.time() - launched)
            return False

    painted = Painted()
    program.window.installEventFilter(painted)

    def pictured(_: object) -> None:
        if len(times) == 1:
            times.append(time.time() - launched)
            QTimer.singleShot(0, program.app.quit)

    opened = program.window.open_scene

    def open_scene(scene: object, state: object) -> None:
        program.window.flow.pictured.connect(pictured)
        opened(scene, state)

    program.window.open_scene = open_scene
    program.show()
    program.app.exec()
    program.close()
    print(*times)


def _painted() -> None:
    """Sliders and steps to painted pixels, in one living window."""
    from PySide6.QtCore import QEvent, QObject

    from gui.application import application
    from gui.flow import Flow
    from gui.show import Show
    from gui.window import Window
    from scenes import contents

    app, theme = application("dark")
    window = Window(theme)
    window.show()
    window.take_stage(Show())
    flow = Flow()
    window.take_engine(flow, {"cpu": "CPU"})

    class Paints(QObject):
        count = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            self.count += event.type() == QEvent.Type.Paint
            return False

    paints = Paints()
    window.show_.stage.viewport().installEventFilter(paints)

    def settle(seconds: float = 0.4) -> None:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            app.processEvents()

    def timed(change: Callable[[], object]) -> float:
        """From a change to the end of the first painting after its picture."""
        pictures: list[object] = []
        flow.pictured.connect(pictures.append)
        began = time.perf_counter()
        change()
        while not pictures and time.perf_counter() - began < PATIENCE:
            app.processEvents()
        painted = paints.count
        while paints.count == painted and time.perf_counter() - began < PATIENCE:
            app.processEvents()
        took = (time.perf_counter() - began) * 1e3
        flow.pictured.disconnect(pictures.append)
        return took

    scene = contents.load("filters")
    window.open_scene(scene, scene.opening("gaussian"))
    settle(1.0)
    changed = window.side.controls.changed
    rows = []
    for name, size in [(n, s) for n in ("mean", "gaussian", "median") for s in (3, 7, 15, 31)] + [
        ("sobel", 3)
    ]:
        changed.emit("filter", name, True)
        changed.emit("size", size, True)
        settle()
        if name == "sobel":
            values = [("channel", ("red", "green", "blue")[i % 3]) for i in range(CHANGES)]
        elif name == "gaussian":
            values = [("sigma", 0.5 + 0.1 * (i % 60)) for i in range(CHANGES)]
        else:
            values = [("border", ("edge", "reflect", "symmetric")[i % 3]) for i in range(CHANGES)]
        times = [timed(lambda n=n, v=v: changed.emit(n, v, False)) for n, v in values]
        goal = "50" if (name, size) == ("median", 31) else "16.7" if name != "median" or size <= 7 else ""
        rows.append([f"{name} {size}" if name != "sobel" else name, *spread(times), goal])
    show("Slider to painted pixels, filters, 512 x 512 RGB: ms", ("", "median", "p95", "goal p95"), rows)
    nms = contents.load("nms")
    window.open_scene(nms, nms.opening())
    settle(1.0)
    show("Resident memory after both scenes: MB", ("", "MB", "goal"), [["", f"{_resident():.0f}", "600"]])
    _frames(window, flow, timed, settle)
    window.close()
    flow.close()


def _frames(window: object, flow: object, timed: Callable[..., float], settle: Callable[..., None]) -> None:
    """Any frame of a long run of NMS on 5,000 boxes."""
    from scenes import contents
    from scenes.scene import locked
    from tests.bench.nms import boxes_of

    scene = contents.load("nms")
    window.open_scene(scene, scene.opening())
    settle(1.0)
    boxes, scores, labels = (locked(t.numpy()) for t in boxes_of(5000))
    reach = float(boxes.max())
    state = scene.opening().with_inputs(
        boxes=boxes, scores=scores, labels=labels, pixels=None, extent=(reach, reach)
    )
    flow.change(state.with_params(iou_threshold=0.3))
    began = time.perf_counter()
    while (flow.trace is None or len(flow.trace) < 5000) and time.perf_counter() - began < 60:
        settle(0.05)
    steps = np.random.default_rng(0).integers(1, len(flow.trace), CHANGES).tolist()
    times = [timed(lambda s=s: flow.go(s)) for s in steps]
    rows = [[f"any of {len(flow.trace):,} frames", *spread(times), "16.7"]]
    show("A step of NMS on 5,000 boxes to painted pixels: ms", ("", "median", "p95", "goal p95"), rows)


def _resident() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    {"first": _first, "painted": _painted}[sys.argv[1]]()

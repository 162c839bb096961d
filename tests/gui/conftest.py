"""What the tests of the window share: real mouse and keys, a living window, and nothing left behind."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
import pytest
import shiboken6
from PySide6.QtCore import (
    QAbstractAnimation,
    QCoreApplication,
    QEvent,
    QPoint,
    QPointF,
    Qt,
    QThread,
    QThreadPool,
    QTimer,
)
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from gui import theme
from scenes import contents

Left, NoButton, NoModifier = (
    Qt.MouseButton.LeftButton,
    Qt.MouseButton.NoButton,
    Qt.KeyboardModifier.NoModifier,
)
KEPT_BY_QT = ("QTipLabel",)  # the one tool tip, which fades away by itself
PATIENCE = 20_000  # ms that a condition is waited for, on a machine that has other work too


# ---------------------------------------------------------------------------- nothing lingers


@pytest.fixture(scope="session", autouse=True)
def every_move_counts() -> None:
    """pyqtgraph drops mouse moves that come fast; a test's come fast."""
    pg.setConfigOption("mouseRateLimit", -1)


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch) -> None:
    """What the program keeps of a person, it keeps in folders of the test."""
    for name in ("CONFIG", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))


@pytest.fixture(scope="session")
def started() -> Iterator[weakref.WeakSet[Any]]:
    """All timers, animations and threads of Qt that Python code ever started."""
    gc.collect()
    gc.freeze()  # what is there by now stays; it need not be looked through after every test
    known: weakref.WeakSet[Any] = weakref.WeakSet()

    def watched(original: Callable[..., Any]) -> Callable[..., Any]:
        def start(self: Any, *args: Any, **options: Any) -> Any:
            known.add(self)
            return original(self, *args, **options)

        return start

    with pytest.MonkeyPatch.context() as patch:
        for kind in (QTimer, QAbstractAnimation, QThread):
            patch.setattr(kind, "start", watched(kind.start))
        yield known


@pytest.fixture(autouse=True)
def nothing_lingers(request, qapp, started) -> Iterator[None]:
    """Every test ends without a window, a running timer, animation or thread of its own."""
    threads = set(threading.enumerate())
    yield
    failed = any(report.failed for report in getattr(request.node, "reports", ()))
    request.node.funcargs.clear()  # pytest would hold on to what the test was given,
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        vars(sys).pop(name, None)  # and Python to the frames of the last fault that nobody caught
    tidy()
    if lingering(started, threads):  # what only a cycle of references holds is no leak
        gc.collect()
        for thread in set(threading.enumerate()) - threads:
            thread.join(PATIENCE / 1000)
        tidy()
    left = lingering(started, threads)
    for widget in windows():  # the next test begins clean
        widget.close()
        widget.deleteLater()
    tidy()
    assert failed or not left  # a failure's own traceback holds on to everything


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let a fixture know how its test went."""
    report = yield
    vars(item).setdefault("reports", []).append(report)
    return report


def tidy() -> None:
    """Let Qt do what it has put off."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()


def windows() -> list[QWidget]:
    return [w for w in QApplication.topLevelWidgets() if type(w).__name__ not in KEPT_BY_QT]


def lingering(started: weakref.WeakSet[Any], threads: set[threading.Thread]) -> list[str]:
    found = [f"top-level widget {widget!r}" for widget in windows()]
    for thing in list(started):
        if shiboken6.isValid(thing) and is_running(thing):
            found.append(f"running {thing!r} of {thing.parent()!r}")
    found += [f"thread {thread.name!r}" for thread in set(threading.enumerate()) - threads]
    if QThreadPool.globalInstance().activeThreadCount():
        found.append("a job of the global thread pool")
    return found


def is_running(thing: QTimer | QAbstractAnimation | QThread) -> bool:
    if isinstance(thing, QTimer):
        return thing.isActive()
    if isinstance(thing, QThread):
        return thing.isRunning()
    return thing.state() == QAbstractAnimation.State.Running


# ---------------------------------------------------------------------------- a person's hands


@dataclass
class Hands:
    """Mouse and keys on a stage, at places in the units of its panels."""

    qtbot: Any
    stage: Any

    def at(self, panel: str, x: float, y: float) -> QPoint:
        """Where a place of a panel is on the stage's viewport, in pixels."""
        return self.stage.mapFromScene(self.stage.panels[panel].view.mapViewToScene(QPointF(x, y)))

    def move(self, panel: str, x: float, y: float, *, held: Qt.MouseButton = NoButton) -> None:
        self.move_to(self.at(panel, x, y), held=held)

    def move_to(self, place: QPoint, *, held: Qt.MouseButton = NoButton) -> None:
        """QTest's own mouse moves know nothing of the buttons held."""
        viewport = self.stage.viewport()
        event = QMouseEvent(
            QEvent.Type.MouseMove, QPointF(place), QPointF(viewport.mapToGlobal(place)), NoButton, held, NoModifier
        )  # fmt: skip
        QApplication.sendEvent(viewport, event)

    def click(self, panel: str, x: float, y: float) -> None:
        self.move(panel, x, y)
        QTest.mouseClick(self.stage.viewport(), Left, NoModifier, self.at(panel, x, y))

    def double_click(self, panel: str, x: float, y: float) -> None:
        """All of it: the first click, then the double one."""
        place, viewport = self.at(panel, x, y), self.stage.viewport()
        self.move_to(place)
        QTest.mouseClick(viewport, Left, NoModifier, place)
        QTest.mouseDClick(viewport, Left, NoModifier, place)
        QTest.mouseRelease(viewport, Left, NoModifier, place)

    def drag(self, panel: str, *places: tuple[float, float]) -> None:
        """Press at the first place, by way of the others to the last, and let go there."""
        way = [self.at(panel, *place) for place in places]  # now: a drag of the ground moves the units
        viewport = self.stage.viewport()
        self.move_to(way[0])
        QTest.mousePress(viewport, Left, NoModifier, way[0])
        for place in way[1:]:
            self.move_to(place, held=Left)
        QTest.mouseRelease(viewport, Left, NoModifier, way[-1])

    def wheel(self, panel: str, x: float, y: float, notches: int) -> None:
        place, viewport = self.at(panel, x, y), self.stage.viewport()
        event = QWheelEvent(
            QPointF(place), QPointF(viewport.mapToGlobal(place)), QPoint(), QPoint(0, 120 * notches), NoButton,
            NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(viewport, event)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = NoModifier) -> None:
        """A key, given to whatever has the focus."""
        window = self.stage.window()
        QTest.keyClick(window.focusWidget() or window, key, modifier)

    def type(self, text: str) -> None:
        QTest.keyClicks(self.stage.window().focusWidget(), text)


def image_of(widget: QWidget) -> QImage:
    """The widget as it is on the screen now."""
    QCoreApplication.processEvents()
    return widget.grab().toImage()


# ---------------------------------------------------------------------------- the living window


class Live:
    """A window with its flow, its stage, and hands to use it with."""

    def __init__(self, window: Any, qtbot: Any) -> None:
        self.window, self.qtbot = window, qtbot
        self.flow, self.show, self.stage = window.flow, window.show_, window.show_.stage
        self.hands = Hands(qtbot, self.stage)
        self.done = 1.0  # of the work that the flow last told of
        self.flow.working.connect(self._hear)

    def _hear(self, done: float) -> None:
        self.done = done

    def open(self, key: str, preset: str | None = None) -> None:
        """Open a scene, as it is once its run can be stepped."""
        scene = contents.load(key)
        self.window.open_scene(scene, scene.opening(preset))
        self.settle()

    def settle(self) -> None:
        """Wait until what there is has been computed, recorded and shown."""
        flow = self.flow
        self.wait(lambda: self.done >= 1.0 and not flow._later.isActive() and flow.traced_state is not None)
        self.wait(lambda: flow._is_stepped_alike(flow.traced_state, flow.state))
        QCoreApplication.processEvents()

    def wait(self, condition: Callable[[], Any]) -> None:
        self.qtbot.waitUntil(condition, timeout=PATIENCE)

    def panel(self, key: str) -> Any:
        """A panel of the picture on stage."""
        return next(panel for panel in self.stage.picture.panels if panel.key == key)

    def mark(self, handle: str) -> Any:
        """The mark of the picture on stage that has a handle."""
        return next(
            mark for panel in self.stage.picture.panels for mark in panel.marks if mark.handle == handle
        )

    @property
    def inputs(self) -> Any:
        return self.flow.state.inputs

    @property
    def params(self) -> Any:
        return self.flow.state.params

    @property
    def sentence(self) -> str:
        """What stands under the picture."""
        return self.show.sentence.text()


@pytest.fixture
def live(qtbot, qapp) -> Iterator[Live]:
    """The window, alive and empty; closed afterwards with all its threads."""
    from gui.flow import Flow
    from gui.show import Show
    from gui.window import Window

    window = Window(theme.DARK)
    window.take_stage(Show())
    window.take_engine(Flow(), {"cpu": "CPU"})
    window.resize(1280, 800)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    yield Live(window, qtbot)
    window.close()
    assert window.flow.close()
    window.deleteLater()


@pytest.fixture
def nms(live) -> Live:
    """The window with five boxes in a row on it, each overlapping the next: 0, 2 and 4 are kept."""
    live.open("nms", "chain")
    return live

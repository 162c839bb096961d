"""Starting: the window first, then the stage, then the engine, loaded behind it."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSocketNotifier, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from gui.application import application
from gui.window import Window
from scenes import contents


class Loader(QObject):
    """Loads scenes in a thread of their own, the first one with all of torch behind it.

    `loaded` carries (scene, state, notices); `refused` a fault in what was asked for.
    """

    loaded = Signal(object)
    refused = Signal(object)

    def load(self, work: Callable[[], Any]) -> None:
        threading.Thread(target=self._run, args=(work,), name="loader", daemon=True).start()

    def _run(self, work: Callable[[], Any]) -> None:
        try:
            self.loaded.emit(work())
        except Exception as fault:
            self.refused.emit(fault)


class Program(QObject):
    """The window, and what comes to it while it already stands."""

    faulted = Signal(object)

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__()
        self.options = options
        self.app, theme = application(options.theme)
        self.newcomer = not options.scene  # who names a scene knows what to do with it
        options.scene = options.scene or contents.FIRST
        self.window = Window(theme)
        self.window.setWindowTitle(f"Zoetrope: {contents.entry(options.scene).title}")
        self.window.navigator.show_current(options.scene)
        self.window.scene_wanted.connect(self.open)
        self.loader = Loader(self)
        self.loader.loaded.connect(self._loaded)
        self.loader.refused.connect(self._refused)
        self.faulted.connect(self._say_fault, Qt.ConnectionType.QueuedConnection)  # not while painting
        self.opened = False

    def show(self) -> None:
        """Show the window; as soon as it is painted, fetch the rest."""
        self.window.installEventFilter(self)
        self.window.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The first paint of the window starts the loading."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self._bring_stage)
        return False

    def _first(self) -> Any:
        from main import state_from

        scene, state, notices = state_from(self.options)
        from engine.device import Engine

        return scene, state, (*notices, *self._checked(scene, state)), Engine.on(self.options.device)

    def _checked(self, scene: Any, state: Any) -> tuple[str, ...]:
        if state.step is not None:
            from scenes.running import check_step, trace_of

            check_step(trace_of(scene, state), state.step)
        return ()

    def _bring_stage(self) -> None:
        from gui.show import Show

        self.loader.load(self._first)
        self.window.take_stage(Show())

    def _loaded(self, answer: Any) -> None:
        scene, state, notices, engine = answer
        window = self.window
        if window.flow is None:
            from engine.device import device_title, devices
            from gui.errors import catch_all
            from gui.flow import Flow

            catch_all(self.faulted.emit)
            flow = Flow()
            flow.engine = engine or flow.engine
            window.take_engine(flow, {name: device_title(name) for name in devices()})
        window.open_scene(scene, state)
        collect_again()
        if self.options.preset in scene.presets and not self.opened:
            window.presets.setCurrentIndex(list(scene.presets).index(self.options.preset))
        self.opened = True
        for notice in notices:
            window.notice.say(notice)
        self._welcome()

    def _welcome(self) -> None:
        """Lead a newcomer around, once."""
        from gui import settings

        if self.newcomer and not settings.load().tour_seen:
            self.window.show_tour()
            settings.keep(tour_seen=True)
        self.newcomer = False

    def _refused(self, fault: BaseException) -> None:
        from gui.errors import sentence

        if self.opened:
            self.window.say(sentence(fault))
            return
        print(sentence(fault), file=sys.stderr)
        self.app.exit(2)

    def open(self, key: str) -> None:
        """Load a scene and show it in its first preset."""

        def work() -> Any:
            scene = contents.load(key)
            return scene, scene.opening(), (), None

        self.loader.load(work)

    def _say_fault(self, fault: BaseException) -> None:
        from gui.errors import sentence

        self.window._failed(sentence(fault))

    def close(self) -> bool:
        """Let go of the threads; False when one is still at something."""
        return self.window.flow is None or self.window.flow.close()


def collect_again() -> None:
    """Look for garbage again, but not among all that was loaded: it stays, and there is a lot to walk through."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def quit_on_signals(app: QApplication) -> None:
    """Ctrl+C in the terminal and a polite kill close the window as a click would.

    Python runs its handlers only between lines of Python: a pipe wakes Qt's loop when a signal comes.
    """
    wake, woken = socket.socketpair()
    for end in (wake, woken):
        end.setblocking(False)
    signal.set_wakeup_fd(woken.fileno())
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: app.quit())
    notifier = QSocketNotifier(wake.fileno(), QSocketNotifier.Type.Read, app)
    notifier.activated.connect(lambda *_: wake.recv(64))
    notifier.setProperty("ends", (wake, woken))  # held as long as the notifier


def start(options: argparse.Namespace) -> int:
    """Open the window and run until it is closed."""
    gc.disable()  # nothing is garbage while all is loaded; see collect_again
    sys.setswitchinterval(0.002)  # the window gets its turn soon, whatever the engine computes
    program = Program(options)
    quit_on_signals(program.app)
    program.show()
    status = program.app.exec()
    if not program.close():
        sys.stdout.flush()
        os._exit(status)  # a thread is deep in a computation that nothing can stop
    return status

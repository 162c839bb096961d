"""The window: contents, stage, transport and side panel, and what the keys do."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QSplitter,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui import theme as look
from gui.bench.workbench import Workbench
from gui.cards import FaultCard, Notice, Working
from gui.comparing import Comparing
from gui.debugging import Debugging
from gui.icons import icon
from gui.keys import GROUPS, KeyOverlay
from gui.navigator import Navigator
from gui.player import SPEEDS, Player
from gui.predict.predicting import Predicting
from gui.presets import PresetBox
from gui.side import Side
from gui.track import MOVES, SPACE, keeps
from gui.transport import Transport
from scenes import contents

if TYPE_CHECKING:
    from engine.trace import Frame, Trace
    from gui.flow import Flow
    from gui.show import Show
    from gui.tour import Tour
    from scenes.picture import Picture
    from scenes.scene import Scene, State, Target

WIDTHS = (220, 700, 360)


class Window(QMainWindow):
    """Stands before the engine is loaded; `take_engine` brings it to life.

    `scene_wanted` asks for a scene to be loaded and opened.
    """

    scene_wanted = Signal(str)
    faulted = Signal(object)

    def __init__(self, theme: look.Theme) -> None:
        super().__init__()
        self.theme = theme
        self.flow: Flow | None = None
        self.show_: Show | None = None
        self.player = Player(self)
        self.navigator: Navigator = Navigator()
        self.transport: Transport = Transport()
        self.side: Side = Side()
        self.working = Working()
        self.presets = PresetBox()
        self.buttons: dict[str, QToolButton] = {}
        self.actions_: dict[str, QAction] = {}
        self.devices = QMenu(self)
        self.onward = QToolButton()
        self.onward_menu = QMenu(self)
        self.onward.setProperty("image", "onward")
        self.buttons["onward"] = self.onward
        self._frame: Frame | None = None  # of the picture on stage
        self.said = ""  # a sentence that stands before what the picture says
        self.said_of: tuple[str, str, int] | None = None
        self.tour: Tour | None = None
        self._pasted: tempfile.TemporaryDirectory[str] | None = None
        self.setWindowTitle("Zoetrope")
        self.setAcceptDrops(True)
        self.resize(1280, 720)
        self._lay_out()
        self.predicting = Predicting(self)
        self.overlay = KeyOverlay(self)
        self.debugging = Debugging(self)
        self.bench = Workbench(self)
        self.comparing = Comparing(self)
        self._make_actions()
        self._connect()
        self.set_theme(theme)

    # ------------------------------------------------------------------ how it stands

    def _lay_out(self) -> None:
        self.middle: QWidget = QWidget()
        column = QVBoxLayout(self.middle)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(0)
        self.loading = QLabel(self.tr("Loading the engine…"))
        self.loading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.loading.setProperty("quiet", True)
        self.loading.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.loading.setFont(look.scaled(17 / 13))
        column.addWidget(self.loading, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(12, 0, 12, 0)
        foot.addWidget(self.working)
        foot.addWidget(self.transport)
        column.addLayout(foot)
        self.splitter = QSplitter()
        self.splitter.setHandleWidth(1)
        for number, widget in enumerate((self.navigator, self.middle, self.side)):
            self.splitter.addWidget(widget)
            self.splitter.setStretchFactor(number, int(number == 1))
        self.splitter.setSizes(WIDTHS)
        self.setCentralWidget(self.splitter)

    def _header(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2)
        self.presets.setAccessibleName(self.tr("Preset"))
        self.presets.setToolTip(self.tr("States that make a point"))
        self.presets.setPlaceholderText(self.tr("Presets"))
        self.presets.setMinimumContentsLength(16)
        self.presets.setMaximumWidth(230)
        row.addWidget(self.presets)
        row.addSpacing(8)
        for name, image in (("undo", "undo"), ("redo", "redo"), ("fork", "fork"), ("open", "open"),
                            ("device", "device"), ("theme", "theme"), ("help", "help")):  # fmt: skip
            button = QToolButton()
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setProperty("image", image)
            self.buttons[name] = button
            row.addWidget(button)
            if name == "device":
                button.setMenu(self.devices)
                button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
                self._name(button, self.tr("Device: the CPU"))
            else:
                button.clicked.connect(self.actions_[name].trigger)
                self._name(button, self._described(name))
        return row

    @staticmethod
    def _name(button: QToolButton, words: str) -> None:
        button.setAccessibleName(words)
        button.setToolTip(words)

    def _described(self, action: str) -> str:
        return f"{self.actions_[action].text()}  {self.actions_[action].shortcut().toString()}"

    def _make_actions(self) -> None:
        for _, bindings in GROUPS:
            for binding in bindings:
                action = QAction(binding.does.capitalize(), self)
                action.setShortcuts([QKeySequence(key) for key in binding.keys])
                action.triggered.connect(
                    getattr(self, f"_do_{binding.action}", None) or self._doer(binding.action)
                )
                self.addAction(action)
                self.actions_[binding.action] = action

    def _doer(self, name: str) -> Callable[[], Any]:
        player, side, window = self.player, self.side, self
        does: dict[str, Callable[[], Any]] = {
            "play": player.toggle,
            "step_on": lambda: player.move(1),
            "step_back": lambda: player.move(-1),
            "to_start": player.to_start,
            "to_end": player.to_end,
            "grain": lambda: player.set_lines(not player.lines),
            "slower": lambda: window.change_speed(-1),
            "faster": lambda: window.change_speed(1),
            "predict": window.predicting.toggle,
            "hands": window.predicting.toggle_room,
            "again": window.predicting.again,
            "line_on": lambda: player.move_line(1),
            "line_back": lambda: player.move_line(-1),
            "over": lambda: player.over(),  # a bare method would be given the action's state as its way
            "out": lambda: player.out(),
            "run": lambda: player.run(1),
            "run_back": lambda: player.run(-1),
            "breakpoint": window.toggle_breakpoint,
            "condition": window.debugging.write_condition,
            "hit_on": lambda: window.debugging.run_to_hit(1),
            "hit_back": lambda: window.debugging.run_to_hit(-1),
            "watch": window.debugging.write_watch,
            "why": window.debugging.ask,
            "why_back": window.debugging.back,
            "why_on": window.debugging.forward,
            "write": window.bench.write,
            "run_code": window.bench.run,
            "check_code": window.bench.check,
            "stop_code": window.bench.stop,
            "engine_run": window.bench.show_engine,
            "lab": window.bench.open_lab,
            "mark_line": window.bench.mark,
            "fork": window.comparing.toggle,
            "swap": window.comparing.swap,
            "part": window.comparing.next_part,
            "first_difference": lambda: window.comparing.to_difference(),
            "next_difference": lambda: window.comparing.to_difference(on=True),
            "home": lambda: window.show_.stage.home() if window.show_ else None,
            "undo": lambda: window.flow.undo() if window.flow else None,
            "redo": lambda: window.flow.redo() if window.flow else None,
            "hand_on": lambda: window.hand_on(),
            "open": window.choose_file,
            "paste": window.paste,
            "search": window.search,
            "navigator": lambda: window.navigator.setHidden(not window.navigator.isHidden()),
            "side": lambda: side.setHidden(not side.isHidden()),
            "alone": window.show_alone,
            "theme": window.next_theme,
            "full": lambda: window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen),
            "help": window.show_help,
            "tour": window.show_tour,
        }
        return does[name]

    def _connect(self) -> None:
        player, transport = self.player, self.transport
        self.navigator.opened.connect(self.scene_wanted)
        self.side.lesson.scene_asked.connect(self.scene_wanted)
        self.side.lesson.link_asked.connect(_browse)
        transport.moved.connect(self._go)
        transport.step_asked.connect(player.move)
        transport.play_toggled.connect(player.toggle)
        transport.grain_toggled.connect(lambda: player.set_lines(not player.lines))
        transport.speed_chosen.connect(self.set_speed)
        player.wanted.connect(self._go)
        player.playing_changed.connect(transport.show_playing)
        player.grain_changed.connect(transport.show_grain)
        transport.show_grain(player.lines)
        self.side.breakpoints_changed.connect(self._take_breakpoints)
        self.side.debugger.code.run_to.connect(player.run_to)
        self.side.controls.changed.connect(self._set_parameter)
        self.presets.activated.connect(self._open_preset)
        self.onward.clicked.connect(self.actions_["hand_on"].trigger)

    # ------------------------------------------------------------------ coming to life

    def take_stage(self, show: Show) -> None:
        """Put the stage into the middle."""
        self.show_ = show
        show.set_theme(self.theme)
        show.header.addLayout(self._header())
        self.onward.hide()
        self.onward.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.onward.setToolTip(self._described("hand_on"))
        self.onward.setAccessibleName(self.onward.toolTip())
        self.onward.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.bench.take_stage(show)
        show.subheader.addWidget(self.onward)
        column = self.middle.layout()
        assert isinstance(column, QVBoxLayout)  # noqa: S101
        column.removeWidget(self.loading)
        column.insertWidget(0, show, 1)
        show.show()  # at once, or a frame is painted with nothing in the middle
        self.loading.raise_()  # it stays where it is until there is a scene
        self.fault = FaultCard(show)
        self.notice = Notice(show)
        self.fault.reset_asked.connect(self._reset)
        self.predicting.take_stage(show)
        self._tint()

    def take_engine(self, flow: Flow, devices: dict[str, str]) -> None:
        """Connect the flow: from here on the scenes are alive."""
        assert self.show_ is not None  # noqa: S101
        self.flow = flow
        self.predicting.take_flow(flow)
        flow.setParent(self)
        flow.entered.connect(self._entered)
        flow.pictured.connect(self._pictured)
        flow.stated.connect(self._stated)
        flow.traced.connect(self._traced)
        flow.stepped.connect(self._stepped)
        flow.failed.connect(self._failed)
        flow.recovered.connect(self.fault.hide)
        flow.renewed.connect(self.show_.stage.point_again)
        flow.refused.connect(self.say)
        flow.answered.connect(self.say)
        flow.noticed.connect(self.notice.say)
        flow.device_changed.connect(self._say_device)
        flow.working.connect(self.working.show_done)
        self.debugging.take_flow(flow)
        self.bench.take_flow(flow)
        self.comparing.take_flow(flow)
        self.working.stopped.connect(flow.stop)
        self.show_.stage.made.connect(self._edit)
        self.show_.stage.pointed.connect(self._point)
        for name, title in devices.items():
            self.devices.addAction(title, partial(self.use_device, name))

    def open_scene(self, scene: Scene, state: State) -> None:
        """Show a scene in a state."""
        assert self.flow is not None and self.show_ is not None  # noqa: S101, PT018
        self.loading.hide()
        self.flow.open(scene, state)
        self.presets.setCurrentIndex(0)
        self.show_.stage.setFocus()

    def _entered(self, scene: Scene) -> None:
        """Name the scene, list its presets (it may be in none of them), show its controls and lesson."""
        if self.flow is None or self.flow.state is None or self.show_ is None:
            return
        entry = contents.entry(scene.key)
        self.player.pause()
        self.fault.hide()
        self.setWindowTitle(f"Zoetrope: {entry.title}")
        self.navigator.show_current(scene.key)
        self.show_.show_title(entry.title, entry.point)
        self.presets.clear()
        for key, preset in scene.presets.items():
            self.presets.addItem(preset.title, key)
            self.presets.setItemData(self.presets.count() - 1, preset.point, Qt.ItemDataRole.ToolTipRole)
        self.presets.setCurrentIndex(-1)
        self.side.show_scene(scene.key, self.flow.state.params)
        self.debugging.open_scene(scene.key)
        self._offer(scene)

    def _offer(self, scene: Scene) -> None:
        """The scenes that the result can be handed on to: one by the button itself, several by a menu."""
        titles = {key: contents.entry(key).title for key in scene.hand_on}
        self.onward.setVisible(bool(titles))
        self.onward_menu.clear()
        for key, title in titles.items():
            self.onward_menu.addAction(title, partial(self.hand_on, key))
        self.onward.setText(", ".join(titles.values()))
        if titles:
            name = self.tr("Hand on to: {scenes}").format(scenes=self.onward.text())
            self.onward.setAccessibleName(name)
            self.onward.setToolTip(name)

    def hand_on(self, key: str = "") -> None:
        """Hand the result on to another scene; where there are several, ask to which."""
        scene = self.flow.scene if self.flow else None
        if self.flow is None or scene is None or not scene.hand_on:
            return
        if not key and len(scene.hand_on) > 1:
            self.onward_menu.popup(self.onward.mapToGlobal(self.onward.rect().topLeft()))
            return
        self.flow.hand_on(contents.load(key or next(iter(scene.hand_on))))

    # ------------------------------------------------------------------ what the flow says

    def _pictured(self, picture: Picture) -> None:
        if self.flow is None or self.show_ is None:
            return
        frame, before = self.flow.frame, self._frame
        self._frame = frame
        words = frame.narration if frame else self._last_words()
        picture = self.predicting.marked(self.comparing.part_of(picture))
        self.show_.show_picture(picture, words, self.said, step=frame is not before)

    def _last_words(self) -> str:
        """What the run of one's own code said last: its end is a step of it, and the scene has no words for that."""
        flow = self.flow
        run = flow.run if flow is not None and flow.other is not None else None
        if run is None or flow is None or flow.shown is None or flow.shown.step is not None:
            return ""
        return run.last_said() or self.tr("Your code has ended; it says nothing of its steps.")

    def _stated(self, state: State) -> None:
        self._hush()
        self.side.controls.show_params(state.params)
        history = self.flow.history if self.flow else None
        self.actions_["undo"].setEnabled(bool(history and history.past))
        self.actions_["redo"].setEnabled(bool(history and history.future))
        for name in ("undo", "redo"):
            self.buttons[name].setEnabled(self.actions_[name].isEnabled())

    def _traced(self, trace: Trace | None) -> None:
        self.player.take(trace)
        scene = self.flow.scene if self.flow else None
        self.side.debugger.show_trace(trace, scene.colours if scene else {})
        self.debugging.take_trace(scene)
        self.predicting.take_trace(trace)
        self.show_run()

    def _stepped(self, frame: Frame | None) -> None:
        state = self.flow.state if self.flow else None
        self._hush()
        self.player.step = state.step if state else None
        self.side.debugger.show_frame(frame)
        self.debugging.show_step(self.player.step)
        self.predicting.show_step()
        self.show_run()

    def show_run(self) -> None:
        """Show where the player is in its run."""
        player = self.player
        note = player.trace.ended_early if player.trace else self.flow.unstepped if self.flow else ""
        stops, hits = self.predicting.seen(player.stops()), self.predicting.seen(player.hits)
        self.transport.show_run(player.length, player.step, stops, note, hits)

    def _failed(self, message: str) -> None:
        self.player.pause()
        self.fault.show_fault(message)

    def say(self, sentence: str) -> None:
        """Put a sentence under the picture until something else happens, or something else is pointed at."""
        if self.predicting.say(sentence):
            return
        pointed = self.flow.hovered if self.flow else None
        self.said = sentence
        self.said_of = (pointed.panel, pointed.handle, pointed.index) if pointed else None
        if self.show_ is not None:
            self.show_.sentence.setText(sentence)

    def _hush(self) -> None:
        self.said, self.said_of = "", None

    def _point(self, target: Target | None) -> None:
        if self.flow is None or self.predicting.points(target):
            return
        if (
            self.said
            and target
            and target.handle
            and (target.panel, target.handle, target.index) != self.said_of
        ):
            self._hush()
        self.flow.hover(target)

    # ------------------------------------------------------------------ what a person does

    def _edit(self, event: Any) -> None:
        from scenes.scene import Click

        if self.flow is None or self.predicting.takes(event):
            return
        self.flow.edit(event)
        if isinstance(event, Click) and not event.double and event.target.handle:
            self.debugging.ask_about(event.target)

    def _go(self, step: int | None) -> None:
        if self.flow is not None:
            self.flow.go(step)

    def _set_parameter(self, name: str, value: object, final: bool) -> None:
        if self.flow is not None and self.flow.state is not None:
            self.flow.change(self.flow.state.with_params(**{name: value}), final=final)

    def _open_preset(self, index: int) -> None:
        if self.flow is None or self.flow.scene is None:
            return
        key = self.presets.itemData(index)
        self.player.pause()
        self.flow.change(self.flow.scene.opening(key))
        point = self.flow.scene.presets[key].point
        if self.show_ is not None and point:
            self.show_.show_title(self.show_.title.text(), point)

    def _reset(self) -> None:
        if self.flow is not None and self.flow.scene is not None:
            self.fault.hide()
            self.flow.change(self.flow.scene.opening(self.presets.currentData()))

    def _take_breakpoints(self) -> None:
        self.player.breakpoints = self.side.debugger.code.breakpoints
        self.show_run()

    def toggle_breakpoint(self) -> None:
        """A breakpoint on the line just run, or taken away again."""
        frame = self.flow.frame if self.flow else None
        if frame is not None:
            place = frozenset({(frame.listing.name, frame.line)})
            self.side.debugger.code.breakpoints = self.side.debugger.code.breakpoints ^ place

    def change_speed(self, way: int) -> None:
        index = SPEEDS.index(self.player.speed) + way
        if 0 <= index < len(SPEEDS):
            self.set_speed(SPEEDS[index])

    def set_speed(self, speed: float) -> None:
        self.player.set_speed(speed)
        self.transport.show_speed(speed)

    def use_device(self, name: str) -> None:
        """Compute on a device from now on."""
        from engine.device import Engine

        if self.flow is not None:
            self.flow.use(Engine.on(name))

    def _say_device(self, name: str) -> None:
        from engine.device import device_title

        self._name(self.buttons["device"], self.tr("Device: {name}").format(name=device_title(name)))

    def search(self) -> None:
        self.navigator.show()
        self.navigator.focus_search()

    def show_alone(self) -> None:
        """Fold both panels away, or bring them back."""
        alone = self.navigator.isHidden() and self.side.isHidden()
        self.navigator.setVisible(alone)
        self.side.setVisible(alone)

    def show_help(self) -> None:
        scene = self.flow.scene if self.flow else None
        self.overlay.show_keys(tuple((key.key, key.does) for key in scene.keys) if scene else ())

    def show_tour(self) -> None:
        """Lead around the window, stop by stop."""
        from gui.tour import Tour

        if self.tour is None:
            self.tour = Tour(self)
            self.tour.set_theme(self.theme)
        self.tour.start()

    # ------------------------------------------------------------------ files

    def choose_file(self) -> None:
        """Ask for a picture or data file."""
        scene = self.flow.scene if self.flow else None
        if scene is None:
            return
        title = self.tr("Open a picture or data: {formats}").format(formats=scene.data_formats)
        name, _ = QFileDialog.getOpenFileName(self, title)
        if name:
            self.bring(Path(name))

    def paste(self) -> None:
        self._bring_from(QGuiApplication.clipboard().mimeData())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self._bring_from(event.mimeData())

    def _bring_from(self, data: Any) -> None:
        from gui.files import source_of

        source = source_of(data, self._keep)
        if source is None:
            self.say(self.tr("There is no picture and no data to take here."))
        else:
            self.bring(source)

    def _keep(self, folder: tempfile.TemporaryDirectory[str] | None) -> None:
        """Hold on to the folder of what was pasted until something else is, or the window closes."""
        if self._pasted is not None:
            self._pasted.cleanup()
        self._pasted = folder

    def bring(self, source: Path | bytes) -> None:
        """Take a person's own file into the scene; on a bad one, say so and leave all as it was."""
        if self.flow is not None:
            self.flow.bring(source)

    # ------------------------------------------------------------------ dress

    def set_theme(self, theme: look.Theme) -> None:
        """Dress the whole program."""
        self.theme = theme
        app = QApplication.instance()
        if isinstance(app, QApplication):
            look.apply(app, theme)
        if self.show_ is not None:
            self.show_.set_theme(theme)
        self.predicting.set_theme(theme)
        if self.tour is not None:
            self.tour.set_theme(theme)
        self.navigator.set_colours(theme)
        self.transport.set_colours(theme)
        self.side.set_theme(theme)
        self.bench.set_theme()
        self.comparing.set_theme()
        self._tint()

    def _tint(self) -> None:
        for button in self.buttons.values():
            button.setIcon(icon(button.property("image"), self.theme.quiet))

    def next_theme(self) -> None:
        names = list(look.THEMES)
        self.set_theme(look.THEMES[names[(names.index(self.theme.name) + 1) % len(names)]])

    def event(self, event: QEvent) -> bool:
        """A key that the focused button, list or row of tabs has a use for is no shortcut."""
        focus, kept = self.focusWidget(), frozenset[int]()
        if isinstance(focus, QAbstractButton | QComboBox):
            kept |= SPACE
        if isinstance(focus, QComboBox | QTabBar):
            kept |= MOVES
        return keeps(event, kept) or super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.tour is not None:
            self.tour.stand()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange and self.show_ is not None:
            self.show_.set_scale(self.show_.scale)
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.player.pause()
        self.bench.close()
        self._keep(None)
        super().closeEvent(event)


def _browse(address: str) -> None:
    """Open an address in the person's browser, whose module is loaded only now."""
    import webbrowser

    webbrowser.open(address)

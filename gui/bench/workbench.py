"""The workbench in the window: what its keys and buttons do, and how a run of one's own comes onto the stage."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFileDialog, QToolButton, QVBoxLayout, QWidget

from gui.icons import icon
from gui.theme import scaled

if TYPE_CHECKING:
    from engine.trace import Frame, Trace
    from gui.bench.jobs import Came, Jobs, Judged
    from gui.bench.lab import Lab, Sought
    from gui.bench.panel import BenchPanel
    from gui.bench.store import Store
    from gui.flow import Flow, OtherRun
    from gui.show import Show
    from gui.window import Window
    from scenes.scene import Call, Scene, State
    from scenes.workbench.checking import Verdict

SAVE_AFTER = 800  # ms of quiet before what was typed is kept
RUN_AFTER = 200  # ms of quiet before code is run anew on another state
ROOM = 540  # pixels that code has beside the picture, where the window is wide enough
NARROW = 1500  # pixels of the window's width up to which the topics make room for the code
MOST = 0.38  # of the window's width


class Workbench(QObject):
    """Between the flow, the processes for code of one's own, and the panel, which is made when it is first seen."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.window = window
        self.flow: Flow | None = None
        self.jobs: Jobs | None = None
        self.panel: BenchPanel | None = None
        self.lab: Lab | None = None
        self.key = ""  # the scene and function whose code is in the editor
        self.kept = ""  # the code as it was kept last
        self.ran = ""  # the code whose run is shown
        self.checked = ""  # the code that is being checked
        self.verdict: Verdict | None = None
        self._opened: OtherRun | None = None  # the smallest case, on its way to the stage
        self._sizes: list[int] = []
        self._hid_topics, self._topics = False, 0  # for the code; and how wide they were
        self.sign = QToolButton()
        self.holder = QWidget()
        self._saving, self._running = QTimer(self), QTimer(self)
        for timer, wait, does in (
            (self._saving, SAVE_AFTER, self.save), (self._running, RUN_AFTER, self._run_anew),
        ):  # fmt: skip
            timer.setSingleShot(True)
            timer.setInterval(wait)
            timer.timeout.connect(does)
        column = QVBoxLayout(self.holder)
        column.setContentsMargins(0, 4, 0, 0)
        window.side.addTab(self.holder, self.tr("Bench"))
        window.side.currentChanged.connect(self._turned)
        bar = window.side.tabBar()
        bar.setMouseTracking(True)
        bar.installEventFilter(self)

    @cached_property
    def store(self) -> Store:
        """Where code is kept; what that takes is loaded when it is first asked for, not on the way to the window."""
        from gui.bench.store import Store

        return Store()

    # ------------------------------------------------------------------ coming to life

    def take_stage(self, show: Show) -> None:
        """Put the sign beside the scene's point that says whose run it is."""
        sign = self.sign
        sign.hide()
        sign.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        sign.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        sign.clicked.connect(self.show_engine)
        show.subheader.addWidget(sign)
        self._say()

    def take_flow(self, flow: Flow) -> None:
        """Come to life with the engine."""
        from gui.bench.jobs import Jobs

        self.flow, self.jobs = flow, Jobs(self)
        self.jobs.ran.connect(self._came)
        self.jobs.judged.connect(self._judged)
        self.jobs.tried.connect(self._tried)
        flow.entered.connect(self._entered)
        flow.traced.connect(self._traced)
        flow.stepped.connect(self._stepped)
        flow.other_shown.connect(self._other_shown)
        flow.outdated.connect(self._outdated)

    def close(self) -> bool:
        """Keep what was written, and end all processes; False when a thread is still at something."""
        self._running.stop()
        self.save()
        return self.jobs is None or self.jobs.close()

    def built(self) -> BenchPanel:
        """The panel, made now if it was not."""
        if self.panel is None:
            from gui.bench.lab import Lab
            from gui.bench.panel import BenchPanel

            panel = self.panel = BenchPanel()
            layout = self.holder.layout()
            assert layout is not None  # noqa: S101
            layout.addWidget(panel)
            self.lab = Lab(panel, self.store)
            panel.set_theme(self.window.theme)
            for signal, does in (
                (panel.run_asked, self.run), (panel.check_asked, self.check), (panel.stop_asked, self.stop),
                (panel.lab_asked, self.open_lab), (panel.starter_asked, self.write_starter),
                (panel.reference_asked, self.write_reference), (panel.open_asked, self.open_file),
                (panel.save_asked, self.save_file), (panel.report.open_asked, self.open_smallest),
                (panel.strip.mark_asked, self.mark), (panel.strip.left, self.leave_lab),
                (panel.list.rows.chosen, self.begin_fault), (panel.list.rows.escaped, self._leave_list),
                (panel.editor.escaped, self._to_stage), (panel.editor.marked, self.mark_line),
                (panel.editor.dropped, self.read_file), (panel.editor.cursorPositionChanged, self._name_line),
                (panel.editor.textChanged, self._typed),
            ):  # fmt: skip
                signal.connect(does)
            self._follow()
        return self.panel

    def open(self) -> BenchPanel:
        """Bring the workbench into sight."""
        panel = self.built()
        self.window.side.show()
        self.window.side.setCurrentWidget(self.holder)
        return panel

    def write(self) -> None:
        """To the editor."""
        panel = self.open()
        panel.pages.setCurrentIndex(0)
        panel.editor.setFocus()

    def set_theme(self) -> None:
        """Dress it as the window is."""
        if self.panel is not None:
            self.panel.set_theme(self.window.theme)
        size = round(self.sign.fontMetrics().height() * 0.9)
        self.sign.setIconSize(QSize(size, size))
        self.sign.setIcon(icon("close", self.window.theme.accent, size))
        self.sign.setStyleSheet(f"QToolButton {{ color: {self.window.theme.accent}; }}")
        self.sign.setFont(scaled(1.0, bold=True))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The pointer on the tab is ahead of need."""
        if event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent) and self.jobs is not None:
            side = self.window.side
            if side.tabBar().tabAt(event.position().toPoint()) == side.indexOf(self.holder):
                self.jobs.warm()
        return super().eventFilter(watched, event)

    def _turned(self, index: int) -> None:
        """To the workbench, or away from it: code needs more room than a slider."""
        splitter, side = self.window.splitter, self.window.side
        if index == side.indexOf(self.holder):
            self.built()
            if self.jobs is not None:
                self.jobs.warm()
            sizes = splitter.sizes()
            wanted = min(ROOM, round(MOST * self.window.width()))
            if not self._sizes and sizes[2] < wanted:
                self._sizes = sizes
                splitter.setSizes([sizes[0], sizes[1] - (wanted - sizes[2]), wanted])
            if self.window.width() < NARROW and not self.window.navigator.isHidden():
                self._topics = self.window.navigator.width()
                self.window.navigator.hide()
                self._hid_topics = True
            return
        if self._sizes or self._hid_topics:
            self._give_back(splitter.sizes())

    def _give_back(self, sizes: list[int]) -> None:
        """The room that the code had, to the picture and the topics."""
        window, before = self.window, self._sizes
        self._sizes = []
        topics = sizes[0]
        if self._hid_topics:
            self._hid_topics = False
            window.navigator.show()
            topics = self._topics
        side = before[2] if before else sizes[2]
        window.splitter.setSizes([topics, sum(sizes) - topics - side, side])

    def _say(self) -> None:
        self.sign.setText(self.tr("Your code"))
        words = self.tr("Back to the engine's run  Ctrl+Shift+E")
        self.sign.setToolTip(words)
        self.sign.setAccessibleName(self.tr("Your code is shown. {way}").format(way=words))

    # ------------------------------------------------------------------ the text

    @property
    def sought(self) -> Sought | None:
        """The planted mistake that is being looked for, if any."""
        return self.lab.sought if self.lab is not None else None

    def _call(self) -> Call | None:
        """What the present state's own function is called with."""
        flow = self.flow
        if flow is None or flow.scene is None or flow.state is None:
            return None
        try:
            return flow.scene.listing(flow.state.params, flow.state.inputs)
        except ValueError:  # inputs that the scene refuses
            return None

    def _follow(self) -> None:
        """Have the code of the present state's function in the editor."""
        panel, flow = self.panel, self.flow
        if panel is None or flow is None or flow.scene is None:
            return
        call = self._call()
        name = call.function.__name__ if call else ""
        if self.sought is not None:
            if name != self.sought.function:
                self.leave_lab()
            return
        panel.show_listing(name, "" if call else flow.unstepped or self.tr("There is nothing to step here."))
        panel.lab.setVisible(bool(flow.scene.faults))
        panel.editor.set_colours(flow.scene.colours)
        key = f"{flow.scene.key}.{name}" if name else ""
        if call is None or key == self.key:
            return
        self.save()
        self.key = key
        self._bring(call)

    def _bring(self, call: Call) -> None:
        """The code that was kept for a function, or its beginning."""
        from scenes.workbench.source import starter

        panel = self.built()
        code, said = self.store.code(self.key)
        text = starter(call) if code is None else code
        panel.editor.show_text(text)
        self.kept = text
        self._saving.stop()
        panel.saved.setText("" if code is None else self.tr("as you left it"))
        panel.report.clear()
        if said:
            panel.report.show_said(said, "bad")

    def _typed(self) -> None:
        if self.panel is None:
            return
        self._show_line()
        if self.key and self.sought is None:
            self.panel.saved.setText("")
            self._saving.start()

    def save(self) -> None:
        """Keep what was written."""
        self._saving.stop()
        panel = self.panel
        if panel is None or not self.key or self.sought is not None:
            return
        text = panel.editor.text
        if text == self.kept:
            return
        said = self.store.keep(self.key, text)
        if said:
            panel.report.show_said(said, "bad")
            panel.saved.setText(self.tr("not saved"))
        else:
            self.kept = text
            panel.saved.setText(self.tr("saved"))

    def write_starter(self) -> None:
        """Begin with the signature alone; undo brings back what was there."""
        from scenes.workbench.source import starter

        self._write(starter)

    def write_reference(self) -> None:
        """Begin with the engine's own code; undo brings back what was there."""
        from scenes.workbench.source import reference

        self._write(reference)

    def _write(self, make: Any) -> None:
        call = self._call()
        if call is not None and self.panel is not None:
            self.panel.editor.write(make(call))
            self.panel.editor.setFocus()

    def open_file(self) -> None:
        """Ask for a file of code, and put it in the place of what is there. It is not run."""
        name, _ = QFileDialog.getOpenFileName(
            self.window, self.tr("Open code"), "", self.tr("Python (*.py);;All files (*)")
        )
        if name:
            self.read_file(Path(name))

    def read_file(self, path: Path) -> None:
        """Put a file's code in the place of what is there; undo brings that back. It is not run."""
        from scenes.workbench.files import read_code

        panel = self.open()
        try:
            code = read_code(str(path))
        except (OSError, ValueError) as error:
            words = f"{path}: {error.strerror}." if isinstance(error, OSError) else str(error)
            panel.report.show_said(words, "bad")
            return
        panel.editor.write(code.expandtabs(4))
        panel.editor.setFocus()

    def save_file(self) -> None:
        """Ask for a file, and write the code into it."""
        if self.panel is None:
            return
        name, _ = QFileDialog.getSaveFileName(
            self.window, self.tr("Save code"), f"{self.key.rpartition('.')[2]}.py", self.tr("Python (*.py)")
        )
        if name:
            self.write_file(Path(name))

    def write_file(self, path: Path) -> None:
        """Write the code into a file, whole or not at all."""
        panel = self.built()
        said = self.store.write(path, panel.editor.text.encode("utf-8"))
        words = said or self.tr("Saved as {path}.").format(path=path)
        panel.report.show_said(words, "bad" if said else "good")

    # ------------------------------------------------------------------ running

    def run(self) -> None:
        """Step the code through the scene."""
        panel = self._ready()
        if panel is not None:
            self.window.player.pause()
            self.save()
            self._submit(asked=True)

    def _ready(self) -> BenchPanel | None:
        """The panel, where there is something that could be run."""
        if self.flow is None or self.flow.scene is None or self.jobs is None:
            return None
        seen = self.panel is not None
        panel = self.built()
        if not seen:
            self.open()
        self._follow()
        return panel if self.key and panel.name.text() else None

    def _submit(self, *, asked: bool) -> None:
        flow, jobs, panel = self.flow, self.jobs, self.panel
        if flow is None or flow.scene is None or flow.state is None or jobs is None or panel is None:
            return
        recorded, state = flow.recorded
        fresh = recorded is not None and state is not None and flow.is_of(state)
        code = panel.editor.text if asked else self.ran
        jobs.run(flow.scene, flow.state, code, recorded if fresh else None, asked=asked)
        if asked:
            panel.editor.show_error(0, "")
            panel.report.show_going(self.tr("Running…"))
            panel.report.show_printed("")
        self._show_busy()

    def _run_anew(self) -> None:
        self._submit(asked=False)

    def stop(self) -> None:
        """End what is running, at once."""
        if self.jobs is not None:
            self.jobs.stop()

    def _came(self, came: Came) -> None:
        """A run is over: show it, and say what ended it."""
        panel, flow, ran = self.panel, self.flow, came.ran
        self._show_busy()
        if panel is None or flow is None or flow.scene is None or flow.scene.key != came.state.scene:
            return
        if ran is None:
            self._tell(came.sentence or flow.unstepped or self.tr("There is nothing to step here."), "bad")
            if not came.asked or flow.run is None:
                flow.show_engine()
            return
        trace = ran.trace
        if trace is not None and len(trace):
            from gui.flow import OtherRun

            self.ran = came.code
            first = len(trace) if ran.sentence else 1
            step = first if came.asked or flow.state is None else flow.state.step
            name = trace.listings[0].name
            flow.show_run(OtherRun(name=name, trace=trace, state=came.state, forms=came.forms), step)
        elif not came.asked or flow.run is None:
            flow.show_engine()
        self._report(came)

    def _report(self, came: Came) -> None:
        """What the run has printed, and how it ended."""
        from scenes.workbench.comparing import shown
        from scenes.workbench.process import STOPPED

        panel, ran = self.panel, came.ran
        assert panel is not None and ran is not None  # noqa: S101, PT018
        panel.report.show_printed(ran.output)
        same = panel.editor.text == came.code
        if ran.sentence:
            where = self.tr("Line {line}: ").format(line=ran.line) if ran.line else ""
            if same and ran.sentence != STOPPED:
                panel.editor.show_error(ran.line, ran.sentence)
            self._tell(f"{where}{ran.sentence}", "plain" if ran.sentence == STOPPED else "bad")
        elif ran.trace is not None:
            count = len(ran.trace)
            words = (
                self.tr("{count:,} steps. It returned {value}.")
                if count != 1
                else self.tr("1 step. It returned {value}.")
            )
            said = words.format(count=count, value=shown(ran.trace.result))
            self._tell(f"{said} {ran.trace.ended_early}".strip(), "plain", quiet=True)

    def _tell(self, words: str, kind: str, *, quiet: bool = False) -> None:
        """In the panel; and under the picture, where the panel is not to be seen."""
        panel = self.built()
        panel.report.show_said(words, kind)
        if not quiet and not panel.isVisible():
            self.window.say(words)

    def _show_busy(self) -> None:
        if self.panel is not None and self.jobs is not None:
            self.panel.show_busy(running=self.jobs.is_running, checking=self.jobs.is_checking)

    def show_engine(self) -> None:
        """The engine's own run again; in the bug lab that would give the line away."""
        self._running.stop()
        if self.sought is not None and not self.sought.found:
            self.leave_lab()
        elif self.flow is not None:
            self.flow.show_engine()

    # ------------------------------------------------------------------ what the flow says

    def _entered(self, scene: Scene) -> None:
        """Another scene."""
        self._running.stop()
        self.save()
        if self.jobs is not None:
            self.jobs.forget()
        self._show_busy()
        self.verdict = None
        if self.lab is not None:
            self.lab.leave()
        if self.panel is not None:
            self.panel.report.clear()
        self.key = ""

    def _traced(self, trace: Trace | None) -> None:
        if self.flow is not None and self.flow.other is None and self.flow.recorded[1] is not None:
            self._follow()
        self._put_beside()

    def _stepped(self, frame: Frame | None) -> None:
        self._show_line()

    def _show_line(self) -> None:
        """The line that the run stands at, in the editor too, while that is the code that was run."""
        from scenes.workbench.code import FILE

        panel, flow = self.panel, self.flow
        frame = flow.frame if flow is not None and flow.other is not None else None
        if panel is not None:
            own = frame is not None and frame.listing.file == FILE and panel.editor.text == self.ran
            panel.editor.show_now(frame.line if frame is not None and own else 0)
            self._name_line()

    def _other_shown(self, run: OtherRun | None) -> None:
        self.sign.setText(self.tr("The planted code") if self.sought is not None else self.tr("Your code"))
        self.sign.setVisible(run is not None)
        if run is None:
            self._running.stop()
            self._opened = None
            self._show_line()
            comparing = self.window.comparing
            if comparing.kept is not None and comparing.kept.title:
                comparing.end()

    def _outdated(self, state: State) -> None:
        """The state has changed: the code that is shown is run on this one."""
        flow = self.flow
        call = self._call()
        if flow is None or call is None or flow.other is None or call.function.__name__ != flow.other.name:
            self.show_engine()
            self._follow()
        else:
            self._running.start()

    # ------------------------------------------------------------------ checking

    def check(self) -> None:
        """Compare the code with the engine."""
        panel, flow, jobs = self._ready(), self.flow, self.jobs
        if panel is None or flow is None or flow.scene is None or flow.state is None or jobs is None:
            return
        self.save()
        sought = self.sought
        self.verdict = None
        self.checked = panel.editor.text
        jobs.check(flow.scene, sought.state if sought else flow.state, self.checked)
        panel.editor.show_error(0, "")
        panel.report.show_going(self.tr("Checking…"))
        panel.report.show_printed("")
        self._show_busy()

    def _tried(self, count: int) -> None:
        from scenes.workbench.checking import CASES

        if self.panel is not None and self.jobs is not None and self.jobs.is_checking:
            self.panel.report.show_tried(count, CASES)

    def _judged(self, judged: Judged) -> None:
        """A check is over: say what it has found."""
        from scenes.workbench.process import STOPPED

        panel, verdict = self.panel, judged.verdict
        self._show_busy()
        if panel is None:
            return
        sought = self.sought
        if verdict is None:
            if panel.editor.text == judged.code and judged.line:
                panel.editor.show_error(judged.line, judged.sentence)
            where = self.tr("Line {line}: ").format(line=judged.line) if judged.line else ""
            self._tell(where + judged.sentence, "plain" if judged.sentence == STOPPED else "bad")
            return
        self.verdict = verdict
        hidden = sought is not None and not sought.found
        self._tell(verdict.spare if hidden else verdict.sentence, "good" if verdict.agrees else "bad")
        if verdict.agrees:
            if sought is not None and hidden and panel.editor.text == judged.code:
                assert self.lab is not None  # noqa: S101
                self.lab.find(mended=True)
            return
        panel.report.show_said(panel.report.words.text(), "bad", can_open=True)
        if not hidden and panel.editor.text == judged.code:
            panel.editor.show_error(
                getattr(verdict.smallest and verdict.smallest.played, "line", 0), verdict.sentence
            )
        if panel.isVisible() and panel.editor.text == judged.code:
            panel.report.smallest.setFocus()

    def open_smallest(self) -> None:
        """Put the smallest case that differs onto the stage, with one's own run at the first step that differs."""
        from gui.flow import OtherRun
        from scenes.scene import State
        from scenes.workbench.drawable import forms_of

        flow, verdict = self.flow, self.verdict
        if flow is None or flow.scene is None or verdict is None or verdict.smallest is None:
            return
        case = verdict.smallest.case
        state = State(scene=flow.scene.key, params=case.params, inputs=case.inputs)
        self.window.player.pause()
        if verdict.yours is None or not len(verdict.yours):
            flow.show_engine()
            flow.change(state)
            return
        at = verdict.parting.yours if verdict.parting is not None else None
        step = at.index + 1 if at is not None else len(verdict.yours)
        self.ran = self.checked
        name = case.call.function.__name__
        run = OtherRun(name=name, trace=verdict.yours, state=state, forms=forms_of(verdict.engine))
        self._opened = run
        flow.open_run(run, step)

    def _put_beside(self) -> None:
        """Once the smallest case is on the stage: the engine's run of it, beside one's own."""
        from gui.comparing import Kept

        flow, verdict, run = self.flow, self.verdict, self._opened
        if flow is None or flow.shown is None or run is None or flow.run is not run.trace:
            return
        self._opened = None
        if verdict is not None and verdict.engine is not None:
            kept = Kept(
                state=flow.shown, result=flow.result, trace=verdict.engine,
                title=self.tr("The engine's code"), now=self.tr("Your code"),
            )  # fmt: skip
            self.window.comparing.keep(kept)

    # ------------------------------------------------------------------ the bug lab

    def open_lab(self) -> None:
        """List the planted mistakes of the scene."""
        scene = self.flow.scene if self.flow else None
        if scene is None:
            return
        if not scene.faults:
            self.window.say(self.tr("No mistakes have been planted in this scene."))
            return
        self.save()
        self.open()
        assert self.lab is not None  # noqa: S101
        self.lab.list_faults(scene)

    def begin_fault(self, name: str) -> None:
        """Look for one of them: its settings on the stage, its code in the editor, its run to step through."""
        flow = self.flow
        if flow is None or flow.scene is None or self.lab is None or self.panel is None:
            return
        scene = flow.scene
        state = scene.state_for(scene.faults[name])
        self.save()
        try:
            self.lab.begin(scene, name, state)
        except ValueError as error:
            self._tell(str(error), "bad")
            return
        self.key = ""
        self.panel.show_listing(self.lab.at_hand.function)
        self.panel.saved.setText(self.tr("with a planted mistake"))
        for action in self.panel.acts.values():
            action.setEnabled(False)
        self.panel.report.clear()
        flow.show_engine()
        flow.change(state)
        self._to_stage()  # the arrow keys step
        self.key = self.lab.at_hand.key
        self._submit(asked=True)

    def mark(self) -> None:
        """The line of the cursor, or the one that the run stands at, is said to be wrong."""
        line = self._named()
        if line:
            self.mark_line(line)

    def mark_line(self, line: int) -> None:
        """A line is said to be wrong."""
        if self.lab is None or self.sought is None or self.sought.found:
            return
        if self.lab.mark(line):
            self.check()

    def _named(self) -> int:
        """The line that would be marked."""
        panel = self.panel
        if panel is None:
            return 0
        return panel.editor.line if panel.editor.hasFocus() or not panel.editor.now else panel.editor.now

    def _name_line(self) -> None:
        if self.panel is not None and self.sought is not None:
            self.panel.strip.show_line(self._named())

    def leave_lab(self) -> None:
        """Back to one's own code."""
        if self.lab is None or self.panel is None or self.flow is None:
            return
        if self.jobs is not None:
            self.jobs.forget()
        self._show_busy()
        self.lab.leave()
        self.panel.report.clear()
        self.key = ""
        self.flow.show_engine()
        self._follow()

    def _leave_list(self) -> None:
        if self.panel is not None:
            self.panel.pages.setCurrentIndex(0)
            self.panel.editor.setFocus()

    def _to_stage(self) -> None:
        if self.window.show_ is not None:
            self.window.show_.stage.setFocus()

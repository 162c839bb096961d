"""What the window does for who debugs: conditions and watches over the run, and questions why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from gui.flow import Flow
    from gui.inquiry import Explanation, Inquiry
    from gui.searches import Found
    from gui.window import Window
    from scenes.scene import Scene, Target


class Debugging(QObject):
    """Between the flow's searches and questions, and the widgets that show them. Each scene keeps its own
    condition and watches while the window stands.
    """

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.window = window
        self.debugger = window.side.debugger
        self.flow: Flow | None = None
        self.inquiry: Inquiry | None = None
        self._scene = ""
        self._kept: dict[str, tuple[str, tuple[str, ...]]] = {}

    def take_flow(self, flow: Flow) -> None:
        """Come to life with the engine."""
        from gui.inquiry import Inquiry

        self.flow, self.inquiry = flow, Inquiry(flow)
        debugger = self.debugger
        debugger.condition.set_.connect(flow.searches.set_condition)
        debugger.condition.run_asked.connect(self.run_to_hit)
        debugger.watches.changed.connect(flow.searches.watch)
        debugger.watches.step_asked.connect(flow.go)
        flow.searches.found.connect(self._found)
        flow.searches.followed.connect(debugger.watches.show_followed)
        self.inquiry.explained.connect(self._explained)
        debugger.cell_asked.connect(self._ask_cell)
        debugger.why.followed.connect(self._follow)
        debugger.why.back_asked.connect(self.back)
        debugger.why.forward_asked.connect(self.forward)

    def open_scene(self, key: str) -> None:
        """Put the condition and the watches of one scene away, and bring those of another."""
        condition, watches = self.debugger.condition, self.debugger.watches
        if self._scene:
            self._kept[self._scene] = condition.text, watches.texts
        self._scene = key
        text, texts = self._kept.get(key, ("", ()))
        condition.show_condition(text)
        watches.show_texts(texts)
        if self.flow is not None:
            self.flow.searches.take(None)
            self.flow.searches.set_condition(text)
            self.flow.searches.watch(texts)

    def take_trace(self, scene: Scene | None) -> None:
        """Another run: what was asked about the one before is no longer so."""
        self.debugger.watches.forget(scene.colours if scene else {})
        if self.inquiry is not None:
            self.inquiry.forget()

    def show_step(self, step: int | None) -> None:
        """Show what there is at a step."""
        self.debugger.condition.show_step(step)
        self.debugger.watches.show_step(step)

    # ------------------------------------------------------------------ conditions and watches

    def write_condition(self) -> None:
        """Let a condition be written."""
        self.window.side.show_code()
        self.debugger.condition.field.setFocus()
        self.debugger.condition.field.selectAll()

    def write_watch(self) -> None:
        """Let an expression to be watched be written."""
        self.window.side.show_code()
        self.debugger.watches.setFocus()
        self.debugger.watches.add()

    def run_to_hit(self, way: int) -> None:
        """To the next time the condition holds, or the last; where there is none, say so."""
        text = self.debugger.condition.text
        if not text:
            self.write_condition()
        elif error := self.debugger.condition.error.text():
            self.window.say(error)
        elif not self.window.player.run_to_hit(way):
            if not self.window.player.hits:
                words = self.tr("{text} does not come to hold in this run.")
            elif way > 0:
                words = self.tr("{text} does not come to hold again after this step.")
            else:
                words = self.tr("{text} does not come to hold before this step.")
            self.window.say(words.format(text=text))

    def _found(self, found: Found) -> None:
        self.debugger.condition.show_found(found)
        self.window.player.hits = found.steps
        self.window.show_run()

    # ------------------------------------------------------------------ why

    def ask(self) -> None:
        """Why is it so: the value that the keyboard is on, else the part that is chosen or pointed at."""
        if self.inquiry is None or self.debugger.ask():
            return
        if self.window.predicting.veiled:
            self.window.say(self.tr("Not while you predict: the answer could lie ahead."))
            return
        target = self._target()
        if target is None:
            self.window.say(self.tr("Choose something first (Tab, or point at it); then ask why it is so."))
            return
        self.window.side.show_code()
        if self.inquiry.about_target(target) or self.inquiry.about_cells_of(target, self._grid_of(target)):
            self.debugger.why.setFocus()
        else:
            self.window.say(self.tr("No step of the run says why: nothing in it made this so."))

    def ask_about(self, target: Target) -> None:
        """A part of the picture was clicked: go to the answer, where its scene has one."""
        if self.inquiry is not None:
            self.inquiry.about_target(target)

    def back(self) -> None:
        """To the answer before."""
        if self.inquiry is not None:
            self.inquiry.back()

    def forward(self) -> None:
        """To the answer that was gone back from."""
        if self.inquiry is not None:
            self.inquiry.forward()

    def _ask_cell(self, name: str, index: tuple[int, ...]) -> None:
        from engine.provenance import Cell
        from gui.variables import RETURNED

        if self.inquiry is None:
            return
        asked = (
            self.inquiry.about_result()
            if name == RETURNED
            else self.inquiry.about_variable(Cell(name, index))
        )
        if not asked:
            self.window.say(self.tr("The run has no such value at this step."))
        else:
            self.debugger.why.setFocus()

    def _follow(self, operand: Any) -> None:
        if self.inquiry is not None:
            self.inquiry.follow(operand)

    def _explained(self, explanation: Explanation | None) -> None:
        inquiry = self.inquiry
        if explanation is not None:
            self.window.player.pause()
            if self.window.show_ is not None and not self.window.show_.sentence.text():
                self.window.say(
                    f"{explanation.title}. {explanation.sentence}"
                )  # the line has none of its own
        if inquiry is not None:
            self.debugger.show_explanation(
                explanation, back=inquiry.can_go_back, forward=inquiry.can_go_forward
            )

    def _target(self) -> Target | None:
        """The part of the picture that is chosen, or else pointed at."""
        show, flow = self.window.show_, self.flow
        if show is None or flow is None:
            return None
        chosen = show.stage.chosen_target()
        pointed = flow.hovered if flow.hovered and flow.hovered.handle else None
        return chosen or pointed

    def _grid_of(self, target: Target) -> tuple[int, ...]:
        """The rows and columns of the mark that a target is a part of, where it has such."""
        from scenes.picture import Cells, Heatmap, Image

        show = self.window.show_
        for panel in show.stage.picture.panels if show is not None else ():
            for mark in panel.marks if panel.key == target.panel else ():
                if mark.handle == target.handle and isinstance(mark, Cells | Heatmap | Image):
                    pixels = mark.pixels if isinstance(mark, Image) else mark.values
                    return tuple(pixels.shape[:2])
        return ()

"""The bug lab: one planted mistake at a time, named by its line or mended, and then explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextCursor

from gui.bench.store import Found, Store

if TYPE_CHECKING:
    from gui.bench.panel import BenchPanel
    from scenes.scene import Fault, Scene, State
    from scenes.workbench.source import Change


@dataclass(kw_only=True, eq=False)
class Sought:
    """A mistake that is being looked for. `places` stay on its lines however the text is edited."""

    key: str
    name: str
    fault: Fault
    state: State
    function: str
    changes: tuple[Change, ...]
    places: list[QTextCursor]  # a cursor on each line that counts as wrong
    at: list[QTextCursor]  # and on each line that was changed
    found: bool = False


class Lab(QObject):
    """Plants, judges and explains. Progress is kept with the code."""

    def __init__(self, panel: BenchPanel, store: Store) -> None:
        super().__init__(panel)
        self.panel, self.store = panel, store
        self.progress = store.progress()
        self.sought: Sought | None = None

    @property
    def at_hand(self) -> Sought:
        """The mistake that is being looked for; asked only where there is one."""
        assert self.sought is not None  # noqa: S101 - who calls has begun with one
        return self.sought

    def list_faults(self, scene: Scene) -> None:
        """Show what there is to find in a scene."""
        known = {name: self.been(scene.key, name) for name in scene.faults}
        self.panel.list.show_faults(scene.faults, known)
        self.panel.pages.setCurrentWidget(self.panel.list)
        self.panel.list.rows.setFocus()

    def been(self, scene: str, name: str) -> Found:
        """How far one is with a mistake."""
        return self.progress.get(f"{scene}.{name}", Found())

    def begin(self, scene: Scene, name: str, state: State) -> None:
        """Plant a mistake into the reference of the state, and let it be looked for.

        Raises:
            ValueError: the state has no listing, or not that text in it.
        """
        from scenes.workbench.source import changes, lines_at_fault, planted, reference

        fault = scene.faults[name]
        call = scene.listing(state.params, state.inputs)
        if call is None:
            raise ValueError(f"{scene.key} has no steps with the settings of {name}.")
        source = reference(call)
        editor = self.panel.editor
        editor.show_text(planted(source, fault))
        blocks = {line: QTextCursor(editor.document().findBlockByNumber(line - 1)) for line in
                  range(1, editor.blockCount() + 1)}  # fmt: skip
        changed = changes(source, fault)
        self.sought = Sought(
            key=f"{scene.key}.{name}", name=name, fault=fault, state=state, function=call.function.__name__,
            changes=changed, places=[blocks[line] for line in sorted(lines_at_fault(source, fault))],
            at=[blocks[one.line] for one in changed],
        )  # fmt: skip
        editor.can_mark = True
        self.panel.strip.show_fault(fault.symptom, self.been(scene.key, name))
        self.panel.pages.setCurrentIndex(0)

    def mark(self, line: int) -> bool:
        """Judge a line that was named as wrong; True where it is."""
        sought = self.sought
        if sought is None or sought.found:
            return False
        been = self._been()
        been.tries += 1
        if line in {cursor.blockNumber() + 1 for cursor in sought.places}:
            self.mend()
            self.find()
            return True
        self._keep(been)
        words = self.tr("No: line {line} is as it should be.").format(line=line)
        self.panel.strip.show_tries(been, words)
        return False

    def mend(self) -> None:
        """Put right what was changed, where the eye is."""
        editor = self.panel.editor
        work = QTextCursor(editor.document())
        work.beginEditBlock()
        for cursor, change in zip(self.at_hand.at, self.at_hand.changes, strict=True):
            work.setPosition(cursor.block().position())
            work.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
            work.insertText(change.right)
        work.endEditBlock()
        editor.show_mended(self.at_hand.at[0].blockNumber() + 1)

    def find(self, *, mended: bool = False) -> None:
        """It has been found, by naming its line or by mending it: say why it was wrong."""
        self.at_hand.found = True
        been = self._been()
        been.found, been.mended = True, mended
        self._keep(been)
        self.panel.editor.can_mark = False
        self.panel.strip.show_lesson(self.at_hand.fault.lesson, self.at_hand.changes)
        self.panel.strip.show_tries(been)

    def leave(self) -> None:
        """Look for nothing any more."""
        self.sought = None
        self.panel.editor.can_mark = False
        self.panel.strip.hide()
        self.panel.pages.setCurrentIndex(0)

    def _been(self) -> Found:
        return self.progress.setdefault(self.at_hand.key, Found())

    def _keep(self, been: Found) -> None:
        self.progress[self.at_hand.key] = been
        if said := self.store.keep_progress(self.progress):
            self.panel.report.show_said(said, "bad")

"""Undo and redo over frozen states: one entry a gesture."""

from __future__ import annotations

from scenes.scene import State

LONGEST = 200


class History:
    """The states that were, and those that were undone."""

    def __init__(self, state: State) -> None:
        self.now = state
        self.past: list[State] = []
        self.future: list[State] = []
        self.in_gesture = False

    def change(self, state: State, *, final: bool = True) -> None:
        """Move on to a state. Until a change is `final`, further ones belong to the same gesture."""
        if not self.in_gesture:
            self.past = [*self.past[-LONGEST:], self.now]
            self.future = []
        self.in_gesture = not final
        self.now = state

    def look(self, state: State) -> None:
        """The same work seen otherwise (another step): nothing to undo."""
        self.now = state

    def undo(self) -> bool:
        """Back to the state before; False where there is none."""
        if not self.past:
            return False
        self.future.append(self.now)
        self.now = self.past.pop()
        self.in_gesture = False
        return True

    def redo(self) -> bool:
        """On to the state that was undone; False where there is none."""
        if not self.future:
            return False
        self.past.append(self.now)
        self.now = self.future.pop()
        return True

"""Two runs side by side: the kept one at the left, looked at only, and the live one at the right, in step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from gui.errors import log, sentence

if TYPE_CHECKING:
    from engine.trace import Frame, Trace
    from gui.beside import Beside
    from gui.flow import Flow
    from gui.window import Window
    from gui.worker import Answer
    from scenes.comparison.differences import Comparison, Difference
    from scenes.comparison.naming import Names
    from scenes.picture import Picture
    from scenes.scene import Scene, State, Target
    from scenes.workbench.drawable import Forms


@dataclass(frozen=True, kw_only=True, eq=False)
class Kept:
    """A run that is kept. Without a title it is named by what differs from the live one; with one, `now` is the live
    one's ("The engine's code", "Your code"). `whole` tells whether the result and the trace are there yet.
    """

    state: State
    result: Any
    trace: Trace | None
    title: str = ""
    now: str = ""
    whole: bool = True
    forms: Forms | None = None  # what a picture can be given of a run of other code than the listing

    @property
    def other(self) -> bool:
        """Whether it is a run of other code than the scene's listing."""
        return self.forms is not None


class Comparing(QObject):
    """Between the flow, which knows of the live run only, and the half of the stage that shows the kept one."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.window = window
        self.flow: Flow | None = None
        self.beside: Beside | None = None
        self.kept: Kept | None = None
        self.comparison: Comparison | None = None
        self._hovered: Target | None = None
        self._pair: tuple[int, int] | None = None  # a step now, and the kept one asked for beside it
        self._step: int | None = None  # of the kept run, on show
        self._done = True  # nothing is being computed
        self._swapped: tuple[Kept, Kept] | None = None  # both sides of the last swap: undo changes them back
        self._look = False  # go to the first difference once it is found
        self._had_navigator = False

    def take_flow(self, flow: Flow) -> None:
        """Come to life with the engine."""
        self.flow = flow
        flow.comparing.answered.connect(self._answered)
        flow.entered.connect(self._entered)
        flow.stated.connect(self._stated)
        flow.traced.connect(self._traced)
        flow.stepped.connect(self._stepped)
        flow.working.connect(self._working)

    @property
    def is_open(self) -> bool:
        return self.kept is not None

    # ------------------------------------------------------------------ what a person does

    def toggle(self) -> None:
        """Keep the present run beside what comes next; or, where one is kept, let go of it."""
        if self.is_open:
            self.end()
            return
        flow = self.flow
        if flow is None or flow.state is None or flow.shown is None or flow.result is None:
            return
        is_whole = self._done and flow.is_shown(flow.state)
        run = flow.run if is_whole else None
        whole = is_whole and (run is not None or not self._has_steps(flow.state))
        self.keep(Kept(state=flow.state, result=flow.result, trace=run, whole=whole,
                       forms=flow.other.forms if flow.other else None))  # fmt: skip

    def keep(self, kept: Kept, *, look: bool = False) -> None:
        """Show a run beside the live one; `look` goes to where they first differ, once that is known."""
        if self.flow is None or self.flow.scene is None or kept.state.scene != self.flow.scene.key:
            return
        self.window.predicting.end()  # the kept run beside it would show what comes
        self.kept, self._look, self._swapped = kept, look, None
        self.comparison, self._pair, self._hovered = None, None, None
        self._open()
        self._name()
        self._draw()
        self._follow_view()
        self._compare()

    def end(self) -> None:
        """Let go of the kept run."""
        if not self.is_open or self.beside is None or self.flow is None:
            return
        self.flow.comparing.cancel("compare")
        self.kept = self.comparison = self._swapped = None
        self.beside.close()
        self.window.transport.show_flags(())
        self.window.side.debugger.variables.show_kept({})
        if self._had_navigator:
            self.window.navigator.show()
        self._redraw()

    def swap(self) -> None:
        """Work on the kept run, and keep the live one; undo changes them back."""
        flow, kept = self.flow, self.kept
        if flow is None or flow.state is None or kept is None or kept.title:
            return
        is_whole = self._done and flow.is_shown(flow.state) and flow.run is not None
        live = Kept(state=flow.state, result=flow.result, trace=flow.run, whole=is_whole,
                    forms=flow.other.forms if flow.other else None)  # fmt: skip
        step = self._step if flow.state.step is not None else None
        self.kept, self._swapped = live, (kept, live)
        self._pair = None
        flow.change(replace(kept.state, step=step))

    def to_difference(self, *, on: bool = False) -> None:
        """To the first difference; or, going on, to the next one after here."""
        if not self.is_open or self.flow is None or self.flow.state is None:
            return
        found = self.comparison.differences if self.comparison else ()
        here, pair = self.flow.state.step, self._pair
        if on:
            if here is None:
                found = ()
            elif pair is None:
                found = tuple(one for one in found if one.now > here)
            else:
                found = tuple(one for one in found if (one.now, one.kept) > pair)
        if found:
            self._go(found[0])
        elif self.comparison is not None:
            words = self.tr("The runs come to differ nowhere after this step.")
            self.window.say(words if on and self.comparison.differences else self._summary())

    def _go(self, difference: Difference) -> None:
        if self.flow is not None:
            self.window.player.pause()
            self._pair = difference.now, difference.kept
            self.flow.go(difference.now)

    # ------------------------------------------------------------------ what the flow says

    def _entered(self, scene: Scene) -> None:
        if self.beside is not None:
            self.beside.forget_part()
        self.end()

    def _working(self, done: float) -> None:
        self._done = done >= 1.0

    def _stated(self, state: State) -> None:
        if not self.is_open:
            return
        for kept, live in ((self._swapped or (None, None)), (self._swapped or (None, None))[::-1]):
            if kept is not None and live is not None and _is_of(state, live) and self.kept is live:
                self.kept, self._pair = kept, None
        self._name()
        self._draw()
        if self.comparison is not None and self.beside is not None:
            self.beside.say(self._summary(), found=False, stale=True)
            self.window.transport.show_flags(())

    def _traced(self, trace: Trace | None) -> None:
        if (
            self.is_open
            and self.flow is not None
            and self.flow.scene is not None
            and self.flow.shown is not None
        ):
            self._compare()

    def _stepped(self, frame: Frame | None) -> None:
        if not self.is_open or self.flow is None or self.flow.state is None:
            return
        if self._pair is not None and self._pair[0] != self.flow.state.step:
            self._pair = None
        self._draw()

    # ------------------------------------------------------------------ the comparison

    def _compare(self) -> None:
        """Complete the kept run where it is not, and find where the runs differ, beside the window."""
        flow, kept = self.flow, self.kept
        if flow is None or flow.scene is None or kept is None:
            return
        scene, now, engine, names, result = flow.scene, flow.run, flow.engine, self._names(), flow.result
        judged = (
            flow.other is None and not kept.other
        )  # the scene knows what becomes of parts in its own code alone
        worker = flow.comparing

        def work() -> Iterator[tuple[float, Any]]:
            from scenes.comparison.running import comparison_of, completed

            whole = kept
            if not kept.whole:
                stale = lambda: not worker.is_latest("compare", number)  # noqa: E731
                found = completed(scene, kept.state, engine, stale)
                whole = replace(kept, result=found[0], trace=found[1], whole=True)
                yield 1.0, whole
            yield 1.0, comparison_of(scene, (whole.trace, whole.result), (now, result), names, judged=judged)

        number = worker.next_number("compare")
        worker.submit("compare", work)

    def _answered(self, answer: Answer) -> None:
        flow = self.flow
        if flow is None or not self.is_open or not flow.comparing.is_latest(answer.kind, answer.number):
            return
        if answer.fault is not None:
            self.end()
            self.window.say(self.tr("The runs cannot be compared: {why}").format(why=sentence(answer.fault)))
        elif isinstance(answer.value, Kept):
            self.kept = answer.value
            self._draw()
        else:
            self._take(answer.value)

    def _take(self, comparison: Comparison) -> None:
        self.comparison = comparison
        found = comparison.differences
        words = self._summary()
        if self.beside is not None:
            self.beside.say(words, found=bool(found))
        steps = sorted({one.now for one in found})
        self.window.transport.show_flags(steps, self._told(steps))
        if self._look and found:
            self._look = False
            self._go(found[0])
        else:
            self._draw()

    def _summary(self) -> str:
        """Where the runs differ first, or that they do not."""
        if self.comparison is None:
            return self.tr("The runs are being compared…")
        found = self.comparison.differences
        if not found:
            return self.comparison.sentence
        return self.tr("Step {step}: {sentence}").format(step=found[0].now, sentence=found[0].sentence)

    def _told(self, steps: list[int]) -> str:
        if not steps:
            return ""
        if len(steps) == 1:
            return self._summary()
        words = self.tr("{first} (The runs come to differ at {count} steps; Ctrl+Shift+J goes on.)")
        return words.format(first=self._summary(), count=len(steps))

    # ------------------------------------------------------------------ what is shown

    def _open(self) -> None:
        window = self.window
        show = window.show_
        if show is None:
            return
        if self.beside is None:
            self._build()
        if self.beside is not None and not self.beside.is_open:
            self._had_navigator = not window.navigator.isHidden()
            window.navigator.hide()
            window.splitter.refresh()
            self.beside.open()
            self._redraw()

    def _build(self) -> None:
        from gui.beside import Beside

        show = self.window.show_
        assert show is not None  # noqa: S101
        beside = self.beside = Beside(show)
        beside.set_theme(self.window.theme)
        beside.ended.connect(self.end)
        beside.swapped.connect(self.swap)
        beside.difference_asked.connect(self.to_difference)
        beside.part_chosen.connect(self._redraw)
        beside.stage.pointed.connect(self._point)
        beside.stage.made.connect(self._refuse)
        beside.stage.turned_to.connect(self._turn_live)
        show.stage.turned_to.connect(self._turn_kept)
        for image, action in (("flag", "first_difference"), ("swap", "swap"), ("close", "fork")):
            key = self.window.actions_[action].shortcut().toString()
            said = {"flag": self.tr("To where they first differ"), "swap": self.tr("Swap the two runs"),
                    "close": self.tr("Let go of the kept run")}[image]  # fmt: skip
            beside.buttons[image].setToolTip(f"{said}  {key}")
            beside.buttons[image].setAccessibleName(said)

    def set_theme(self) -> None:
        """Dress the kept run's half."""
        if self.beside is not None:
            self.beside.set_theme(self.window.theme)

    def _names(self) -> Names:
        from scenes.comparison.naming import Names, contrasts, names_of

        flow, kept = self.flow, self.kept
        if kept is not None and kept.title:
            return Names.of_titles(kept.now, kept.title)
        if flow is None or flow.scene is None or flow.state is None or kept is None:
            return Names()
        return names_of(contrasts(flow.scene, kept.state, flow.state))

    def part_of(self, picture: Picture) -> Picture:
        """The part of the live picture that has room beside the kept one."""
        beside = self.beside
        if beside is None or not self.is_open:
            return picture
        before, part = beside.part, beside.part_of(picture)
        if beside.part != before:
            self._draw()
        return part

    def next_part(self) -> None:
        """Show another part of both pictures by itself."""
        if self.is_open and self.beside is not None:
            self.beside.next_part()

    def _redraw(self) -> None:
        """Show both anew, as there is room for."""
        if self.flow is not None:
            self.flow.look()
        if self.is_open:
            self._draw()

    def _name(self) -> None:
        from scenes.comparison.naming import contrasts, sides

        flow, kept, beside = self.flow, self.kept, self.beside
        if flow is None or flow.scene is None or flow.state is None or kept is None or beside is None:
            return
        if kept.title:
            beside.kept_heading.say(kept.title, "", kept.title)
            beside.now_heading.say(kept.now or self.tr("Now"), "", kept.now)
            return
        found = contrasts(flow.scene, kept.state, flow.state)
        short, whole = sides(found), sides(found, few=len(found))
        beside.kept_heading.say(self.tr("Kept"), short[0] if found else "", whole[0])
        beside.now_heading.say(self.tr("Now"), short[1], whole[1])

    def _draw(self) -> None:
        """Show the kept run at the moment that belongs to the live one's."""
        flow, kept, beside = self.flow, self.kept, self.beside
        if flow is None or flow.scene is None or flow.state is None or kept is None or beside is None:
            return
        before, self._step = self._step, self._moment()
        state = replace(kept.state, step=self._step)
        frame = kept.trace.at(self._step) if kept.trace is not None else None
        try:
            picture = self._picture(flow.scene, kept, state, frame)
        except Exception as error:
            log.exception("picture of the kept run failed")
            self.end()
            self.window.say(self.tr("The kept run cannot be shown: {why}").format(why=sentence(error)))
            return
        beside.show_picture(picture, self._narration(frame), step=self._step != before)
        self._mark(frame)

    def _picture(self, scene: Scene, kept: Kept, state: State, frame: Frame | None) -> Picture:
        """The kept run's picture, drawn as it was when it ran."""
        if kept.forms is None:
            return scene.picture(state, kept.result, frame, self._hovered)
        from gui.flow import picture_of_other

        picture, error = picture_of_other(
            scene, state, kept.result, kept.trace, frame, kept.forms, self._hovered
        )
        if error is not None:
            log.info("a step of the kept run is not drawn: %s", sentence(error))
        return picture

    def _narration(self, frame: Frame | None) -> str:
        """What the kept run's line says, or the last one that said something: it may stand between two."""
        if frame is None or self.kept is None or self.kept.trace is None:
            return ""
        return self.kept.trace.last_said(frame.index)

    def _moment(self) -> int | None:
        flow, kept = self.flow, self.kept
        if flow is None or flow.state is None or kept is None or kept.trace is None:
            return None
        step = flow.state.step
        if self._pair is not None and self._pair[0] == step:
            return self._pair[1]
        if self.comparison is not None and self.comparison.alignment is not None:
            return self.comparison.alignment.kept_step(step)
        return None if step is None else min(step, len(kept.trace))

    def _mark(self, frame: Frame | None) -> None:
        """Mark the variables that the kept run has otherwise at its moment."""
        from scenes.comparison.differences import at_once

        now = self.flow.frame if self.flow else None
        self.window.side.debugger.variables.show_kept(at_once(frame, now))

    def _point(self, target: Target | None) -> None:
        if target != self._hovered:
            self._hovered = target
            self._draw()

    def _refuse(self, event: Any) -> None:
        from scenes.scene import Click

        if isinstance(event, Click) and not event.double:
            return
        key = self.window.actions_["swap"].shortcut().toString()
        words = self.tr("The kept run is only looked at; {key} swaps the two, to work on it.")
        self.window.say(words.format(key=key))

    # ------------------------------------------------------------------ zoomed and moved together

    def _turn_live(self, key: str) -> None:
        self._turn(key, live=True)

    def _turn_kept(self, key: str) -> None:
        self._turn(key, live=False)

    def _turn(self, key: str, *, live: bool) -> None:
        """Let one stage show the part that the other was turned to."""
        show, beside = self.window.show_, self.beside
        if not self.is_open or show is None or beside is None:
            return
        to, by = (show.stage, beside.stage) if live else (beside.stage, show.stage)
        if not key:
            for panel in to.panels.values():
                panel.home()
        elif key in to.panels and to.panels[key].panel.view == by.panels[key].panel.view:
            to.panels[key].look_like(by.panels[key])

    def _follow_view(self) -> None:
        """Begin with the parts that the live stage shows."""
        show = self.window.show_
        for key, panel in show.stage.panels.items() if show is not None else ():
            if not panel.at_home:
                self._turn_kept(key)

    def _has_steps(self, state: State) -> bool:
        scene = self.flow.scene if self.flow else None
        return scene is not None and scene.listing(state.params, state.inputs) is not None


def _is_of(state: State, kept: Kept) -> bool:
    """Whether a state is the kept one, looked at wherever it may be."""
    return state.params is kept.state.params and state.inputs is kept.state.inputs

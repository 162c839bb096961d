"""The contract of a scene: what a file under scenes/ must bring, and nothing of how it is shown.

A scene is typed data and pure functions:

    State -> compute -> Result -> picture -> Picture
      ^                   |
      +------ edit <------+-- what a person does on the picture

`Params` and `Inputs` are frozen dataclasses. A parameter is declared once, as a typed field with its range
and help; the control, the command line, its check and undo all come from that line:

    iou_threshold: Annotated[float, Range(0, 1, step=0.01), Help("suppress above this overlap")] = 0.5

A default that depends on another parameter is declared there too, and holds however that one is set, by its
control, on the picture or on the command line, unless this one is set besides:

    lr: Annotated[float, Range(1e-4, 3), Follows("surface", {"ravine": 0.45}, always=True)] = 0.2
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from scenes.asking import Question
from scenes.data.image import LoadedImage
from scenes.parameters import changed
from scenes.picture import Picture

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from engine.device import Engine
    from engine.trace import Frame, Trace


@dataclass(frozen=True, kw_only=True, eq=False)
class State:
    """All there is: which scene, its parameters, its inputs, and the step being looked at.

    `step` counts the lines run: 0 is before the first, None is the end, with no line singled out.
    """

    scene: str
    params: Any
    inputs: Any
    step: int | None = None

    def with_params(self, **changes: Any) -> State:
        """The same state with some parameters changed, and with them those that follow; looked at where it was."""
        return replace(self, params=changed(self.params, changes))

    def with_inputs(self, **changes: Any) -> State:
        """The same state with some inputs changed."""
        return replace(self, inputs=replace(self.inputs, **changes))


@dataclass(frozen=True, kw_only=True)
class Target:
    """Something on the picture under the pointer or chosen by keyboard.

    `x`, `y` are in the panel's units; `handle` and `index` name the mark's part (a box's number; for cells
    row * columns + column), `part` the grip of a box ("nw", "e", ... or "" for its inside).
    """

    panel: str
    x: float
    y: float
    handle: str = ""
    index: int = -1
    part: str = ""


@dataclass(frozen=True, kw_only=True)
class Click:
    """A press and release in place. `double` is a double click."""

    target: Target
    double: bool = False


@dataclass(frozen=True, kw_only=True)
class Drag:
    """The thing at `target` moved by (dx, dy) since the last event; the pointer is now at the target's x, y.

    One gesture is one undo step. `phase` tells its start and end; a key press is a whole gesture.
    """

    target: Target
    dx: float
    dy: float
    phase: Literal["start", "move", "end", "key"] = "move"


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A value was typed into a part of the picture (a cell, a score)."""

    target: Target
    text: str


@dataclass(frozen=True, kw_only=True)
class Press:
    """A key that the window does not use itself ("Delete", "N", ...), with the chosen target, if any."""

    key: str
    target: Target | None = None


Event = Click | Drag | Typed | Press


class Refused(ValueError):
    """An edit or input that cannot be; its message is the sentence the person reads."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """The stepped algorithm of a state: a plain engine function, its arguments by name, and the functions
    that the trace may step into besides.
    """

    function: Callable[..., Any]
    arguments: Mapping[str, Any]
    into: tuple[Callable[..., Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Why:
    """An answer to "why is it so?": the step that made it so, and one sentence."""

    step: int
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a part in a run: the step that settled it, in words that follow "box 4" ("stays at 0.41",
    "is removed by box 2"), and the value by which two runs are compared.
    """

    step: int
    words: str
    value: Any


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A plausible mistake, planted in the source of a listing for people to find.

    symptom  what one sees of it, and not where it is: "the last steps grow instead of shrinking"
    right    the text that is changed: it occurs once in the source of the stepped function and those it steps into
    wrong    what stands there instead; as many lines
    lesson   why it is wrong, said when it has been found
    params   settings under which the stepped function is the one with this text, and the fault shows
    preset   on what it shows; "" where the first preset will do
    """

    symptom: str
    right: str
    wrong: str
    lesson: str
    params: Mapping[str, Any] = field(default_factory=dict)
    preset: str = ""


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A state that makes its point at first sight; `build` is called when it is chosen."""

    title: str
    build: Callable[[], tuple[Any, Any]]  # Params, Inputs
    point: str = ""


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key that the scene listens to, for the overlay of keys."""

    key: str
    does: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """One scene. All functions are pure; only `compute` runs off the GUI thread and may take its time.

    compute(params, inputs, engine)   the Result, or an iterator of (fraction done, Result so far)
    picture(state, result, frame, hover)  what to show; under 5 ms, called for every step, hover and drag. The frame
                                      may be of other code than the listing's: its variables are known by their
                                      names alone, each has the kind and shape that it has in the listing, and any
                                      may be missing
    edit(state, event)                the next state, or the same one where the event means nothing
    arrays(result)                    every named array, for the command line
    listing(params, inputs)           the stepped algorithm, or None where there is none
    unstepped(params, inputs)         why there is none with these, in a sentence; "" where there is one
    why(result, trace, target)        why the target is as it is
    ask(state, trace, following)      a question whose answer is the Frame `following`, which comes next, or None
    outcomes(trace)                   what became of each part in a run, by its name ("box 4"): two runs are
                                      compared by it; where there is none, by their variables
    faults                            mistakes to find, by a short name
    cases(params)                     small random (params, inputs) to check code of a person's own on, with the
                                      same listing as these params; imports hypothesis when it is called
    shows                             handle -> the variable of the listing that the mark shows, where it is
                                      called otherwise: "why" is then answered from the trace
    looked_at                         inputs that only picture reads (a chosen box)
    stepped_at                        inputs that picture and listing read, but not compute (a pinned pixel)
    take_image, take_data             a state with the person's own image or data file in it
    hand_on                           by another scene's key: its state, made of this one's state and Result
    """

    key: str
    params: type
    presets: Mapping[str, Preset]  # the first one is what the scene opens with
    compute: Callable[[Any, Any, Engine], Any | Iterator[tuple[float, Any]]]
    picture: Callable[[State, Any, Frame | None, Target | None], Picture]
    arrays: Callable[[Any], dict[str, NDArray[Any]]]
    edit: Callable[[State, Event], State] = lambda state, event: state
    listing: Callable[[Any, Any], Call | None] = lambda params, inputs: None
    unstepped: Callable[[Any, Any], str] = lambda params, inputs: ""
    why: Callable[[Any, Trace, Target], Why | None] = lambda result, trace, target: None
    ask: Callable[[State, Trace, Frame], Question | None] = lambda state, trace, following: None
    outcomes: Callable[[Trace], Mapping[str, Outcome]] = lambda trace: {}
    faults: Mapping[str, Fault] = field(default_factory=dict)
    cases: Callable[[Any], SearchStrategy[tuple[Any, Any]]] | None = None
    take_image: Callable[[State, LoadedImage], State] | None = None
    take_data: Callable[[State, Path], tuple[State, tuple[str, ...]]] | None = None
    data_formats: str = ""
    hand_on: Mapping[str, Callable[[State, Any], State]] = field(default_factory=dict)
    looked_at: frozenset[str] = frozenset()
    stepped_at: frozenset[str] = frozenset()
    keys: tuple[Key, ...] = ()
    shows: Mapping[str, str] = field(default_factory=dict)
    colours: Mapping[str, str] = field(default_factory=dict)  # variable of the listing -> Role
    sources: tuple[str, ...] = ()

    def opening(self, preset: str | None = None) -> State:
        """The state of a preset, or of the first one."""
        chosen = self.presets[preset] if preset else next(iter(self.presets.values()))
        params, inputs = chosen.build()
        return State(scene=self.key, params=params, inputs=inputs)

    def state_for(self, fault: Fault) -> State:
        """The state in which a planted mistake is to be found."""
        return self.opening(fault.preset or None).with_params(**fault.params)


def locked(array: NDArray[Any]) -> NDArray[Any]:
    """The array, read-only from now on: what is handed between layers is never changed."""
    array = np.asarray(array)
    array.flags.writeable = False
    return array

"""Predict, then reveal: which question of a run is open, what was answered, and what that was worth.

One `Predictions` holds what was predicted in one recorded run; each of its functions gives the next one. It
knows no window: who shows the question keeps the picture at the step before it until there is an answer.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from scenes.asking import Answer, Choice, Question
from scenes.scene import Refused
from scenes.typed import number_typed

if TYPE_CHECKING:
    from engine.trace import Frame, Trace

Ask = Callable[[int, int], Question | None]  # by the step looked at and the one that comes next
Verdict = Literal["right", "nearly", "wrong", "skipped"]
LARGEST = 1e12  # number that can be typed
MOST_HANDS = 9999


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question that is open: it is asked at the step `before`, about the step that comes next."""

    before: int
    step: int
    question: Question


@dataclass(frozen=True, kw_only=True)
class Given:
    """What was said to a question before its step was seen: one answer, a count of hands for each of its choices,
    or neither where it was skipped.
    """

    asked: Asked
    answer: Answer | None = None
    hands: tuple[int, ...] = ()

    @property
    def skipped(self) -> bool:
        return self.answer is None and not self.hands

    @property
    def credit(self) -> float:
        """What it is worth, 0 to 1; of a class what a hand is worth on average."""
        question = self.asked.question
        if self.hands:
            worth = (n * question.credit(c.answer) for n, c in zip(self.hands, question.choices, strict=True))
            return sum(worth) / sum(self.hands)
        return 0.0 if self.answer is None else question.credit(self.answer)

    @property
    def verdict(self) -> Verdict:
        if self.skipped:
            return "skipped"
        return "right" if self.credit >= 1 else "nearly" if self.credit > 0 else "wrong"

    @property
    def shares(self) -> tuple[float, ...]:
        """The part of the class that chose each answer."""
        return tuple(n / sum(self.hands) for n in self.hands)

    @property
    def share_right(self) -> float:
        """The part of the class that was wholly right."""
        choices = self.asked.question.choices
        return sum(
            share
            for share, one in zip(self.shares, choices, strict=False)
            if is_right(self.asked.question, one)
        )


def is_right(question: Question, choice: Choice) -> bool:
    """Whether a choice is a right answer."""
    return choice.answer in question.right


@dataclass(frozen=True, kw_only=True)
class Score:
    """What so many answers were worth together."""

    worth: float
    count: int
    skipped: int = 0
    verdicts: tuple[Verdict, ...] = ()

    @property
    def share(self) -> float:
        return self.worth / self.count if self.count else 0.0

    def of(self, verdict: Verdict) -> int:
        """How many answers were so."""
        return self.verdicts.count(verdict)


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """What was predicted in a run: the open question, and by its step what was said to each earlier one."""

    asked: Asked | None = None
    given: Mapping[int, Given] = field(default_factory=dict)

    def ask(self, asked: Asked) -> Predictions:
        """Open a question."""
        return replace(self, asked=asked)

    def put_away(self) -> Predictions:
        """Close the question unanswered: it will be asked again."""
        return replace(self, asked=None)

    def answer(self, answer: Answer) -> Predictions:
        """One person's answer to the open question."""
        return self._give(answer=answer)

    def count(self, hands: Sequence[int]) -> Predictions:
        """A class's: so many hands for each choice. Where nobody raised one, the question is skipped."""
        return self._give(hands=tuple(hands) if any(hands) else ())

    def skip(self) -> Predictions:
        """Let the question go: it is worth nothing, and is not asked again."""
        return self._give()

    def _give(self, answer: Answer | None = None, hands: tuple[int, ...] = ()) -> Predictions:
        if self.asked is None:
            return self
        given = Given(asked=self.asked, answer=answer, hands=hands)
        return Predictions(given={**self.given, self.asked.step: given})

    def score(self, *, room: bool = False) -> Score:
        """Of what one person said, or of the class; what was skipped counts for nothing."""
        said = [one for one in self.given.values() if not one.skipped and bool(one.hands) is room]
        return Score(
            worth=sum(one.credit for one in said),
            count=len(said),
            skipped=sum(one.skipped for one in self.given.values()),
            verdicts=tuple(one.verdict for one in said),
        )

    def next(self, narrated: Sequence[int], here: int, target: int | None, ask: Ask) -> Asked | None:
        """The first question on the way from a step on to another (None: the end of the run).

        Questions are about the narrated steps, which are given, rising. One is asked as soon as the narrated step
        before it is left, in whatever small steps: the lines between the two would give the answer away.
        """
        for number in range(bisect_right(narrated, here), len(narrated)):
            before, step = narrated[number - 1] if number else 0, narrated[number]
            if target is not None and before >= target:
                return None
            question = ask(before, step) if step not in self.given else None
            if question is not None:
                return Asked(before=before, step=step, question=question)
        return None


def opening_of(trace: Trace) -> Frame | None:
    """What there is before the first line has run: the arguments, and nothing that comes of them."""
    if not len(trace):
        return None
    first = trace.frames[0]
    start = first.outermost
    return replace(
        first, index=-1, listing=start.listing, line=start.listing.first, callers=(), changed=(),
        variables=start.variables if first.callers else first.before, before={}, returned=False, result=None, said="",
    )  # fmt: skip


def number_given(text: str) -> float:
    """What was typed as the answer to a question for a number.

    Raises:
        Refused: it is no number.
    """
    return number_typed(text, LARGEST, "an answer", "0.25 or 1/4")


def hands_given(text: str) -> int:
    """How many hands were typed; nothing is none.

    Raises:
        Refused: it is no count.
    """
    text = text.strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()) or int(text) > MOST_HANDS:
        raise Refused(f"{text!r} is no count of hands; type a whole number, 0 to {MOST_HANDS}.")
    return int(text)

"""The formula of an output's size, with its numbers in it: what each term counts, and the term itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from scenes.convolution.numbers import number_words
from scenes.picture import Term

ASKED = 11  # terms of the formula before its number comes out
Counted = Literal["", "N", "P", "D", "F", "S", "floor", "first", "count"]  # what a term counts; "" nothing


def size_terms(
    length: int, size: int, stride: int, padding: int, dilation: int, count: int, letter: str = "N",
    *, ceil_mode: bool = False,
) -> tuple[tuple[Counted, Term], ...]:  # fmt: skip
    """N' = floor((N + 2P - D(F - 1) - 1) / S) + 1, or with the ceiling, in numbers; `count` is what comes out.

    Source: Dumoulin & Visin 2016, relationship 15.
    """
    steps = length + 2 * padding - dilation * (size - 1) - 1
    left, right = "⌈⌉" if ceil_mode else "⌊⌋"
    rounded = (-(-steps // stride) if ceil_mode else steps // stride) + 1
    terms: list[tuple[Counted, Term]] = [  # as many as ASKED
        ("count", Term(text=f"{count}", role="output", name=f"{letter}'")),
        ("", Term(text="=")),
        ("floor", Term(text=left)),
        ("N", Term(text=f"{length}", role="input", name=letter, level="over")),
        ("P", Term(text=f"+ 2 · {padding}", role="weight", name="P", level="over")),
        ("D", Term(text=f"− {dilation} ·", role="weight", name="D", level="over")),
        ("F", Term(text=f"({size} − 1)", role="weight", name="F", level="over")),
        ("first", Term(text="− 1", level="over")),
        ("S", Term(text=f"{stride}", role="weight", name="S", level="under")),
        ("floor", Term(text=right)),
        ("first", Term(text="+ 1")),
    ]
    if steps % stride:
        terms += [("", Term(text="=")), ("floor", Term(text=left)),
                  ("floor", Term(text=number_words(steps / stride))), ("floor", Term(text=right)),
                  ("first", Term(text="+ 1"))]  # fmt: skip
    terms += [("", Term(text="=")), ("count", Term(text=f"{rounded}", role="output"))]
    if rounded != count:  # the last window would begin beyond the input
        terms += [("", Term(text="→")), ("count", Term(text=f"{count}", role="output"))]
    return tuple(terms)


def unknown(terms: tuple[tuple[Counted, Term], ...]) -> tuple[tuple[Counted, Term], ...]:
    """The formula with a question mark for what comes out."""
    what, first = terms[0]
    return ((what, replace(first, text="?")), *terms[1:ASKED])

"""Reading a formula in x and y that a person typed. It is taken apart by a grammar and never run as code.

    sum     = product { ("+" | "-") product }
    product = signed { ("*" | "/") signed | power, where it begins with a name or a bracket }
    signed  = ("-" | "+") signed | power
    power   = atom [ ("^" | "**") signed ]
    atom    = number | x | y | pi | e | function "(" sum ")" | "(" sum ")"
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator
from typing import Any

from engine.functions.expression import FUNCTIONS, Expression, X, Y
from engine.functions.notation import latex
from engine.functions.surface import Surface

LONGEST = 200  # characters
DEEPEST = 30  # brackets in brackets, signs before signs, powers of powers
CONSTANTS = {"pi": math.pi, "e": math.e}
VARIABLES = {"x": X, "y": Y}
CALLABLE = tuple(name for name in FUNCTIONS if name != "sign")
VALUES = "a number, x, y, pi, e, a function such as sin( or a bracket ("

Tree = tuple[Any, ...]  # ("+", left, right), ("neg", inner), ("call", "sin", inner), ("number", "2"), ("name", "x")

_TOKEN = re.compile(r"((?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|([A-Za-z_][A-Za-z_0-9]*)|(\*\*|[-+*/^()])")
_ALIKE = str.maketrans({
    "−": "-", "–": "-", "·": "*", "×": "*", "÷": "/", "（": "(", "）": ")", "π": " pi ", "²": "^2", "³": "^3",
})


class BadFormula(ValueError):
    """A formula that cannot be read: one sentence that says where, and what would fit there."""


def parse(text: str) -> Surface:
    """The surface of a formula such as "x^2 + 10 sin(y)".

    Powers, `^` or `**`, bind tighter than a sign: -x^2 is -(x^2). The times sign may be left out before a name
    or a bracket.

    Raises:
        BadFormula: naming the place, and what would fit there.
    """
    tree = read(text)
    expression = Expression()
    root = _built(tree, expression)
    return Surface("formula", "Your formula", text.strip(), latex(tree), tuple(expression.nodes), root)


def read(text: str) -> Tree:
    """The formula taken apart.

    Raises:
        BadFormula: naming the place, and what would fit there.
    """
    if len(text) > LONGEST:
        raise BadFormula(f"The formula is {len(text):,} characters long; up to {LONGEST} fit.")
    return _Reader(text.translate(_ALIKE)).whole()


def _built(tree: Tree, expression: Expression) -> int:
    """The tree's node in the expression."""
    name, *parts = tree
    if name == "number":
        return expression.number(float(parts[0]))
    if name == "name":
        return VARIABLES[parts[0]] if parts[0] in VARIABLES else expression.number(CONSTANTS[parts[0]])
    if name == "call":
        return expression.call(parts[0], _built(parts[1], expression))
    nodes = [_built(part, expression) for part in parts]
    if name == "neg":
        return expression.negate(nodes[0])
    build = {
        "+": expression.add, "-": expression.subtract, "*": expression.multiply, "/": expression.divide,
        "^": expression.power,
    }[name]  # fmt: skip
    return build(nodes[0], nodes[1])


class _Reader:
    """Goes over the words of a formula once, one method for each line of the grammar."""

    def __init__(self, text: str) -> None:
        self.words = list(_words(text))  # (kind, word, where it begins)
        self.next = 0
        self.depth = 0

    def whole(self) -> Tree:
        tree = self.sum()
        if self.word != "":
            raise self.fault("an operator such as + or * or the end")
        return tree

    @property
    def kind(self) -> str:
        return self.words[self.next][0]

    @property
    def word(self) -> str:
        return self.words[self.next][1]

    def take(self, *words: str) -> str:
        """The next word, where it is one of these; then go on to the one after."""
        word = self.word
        if word not in words or not word:
            return ""
        self.next += 1
        return word

    def fault(self, fits: str) -> BadFormula:
        """What is wrong at the next word."""
        if len(self.words) == 1:
            return BadFormula(f"The formula is empty; it takes {VALUES}.")
        place = self.words[self.next][2]
        if self.word == "":
            return BadFormula(f"The formula ends too early, after {self.words[self.next - 1][1]!r}; {fits} fits there.")
        return BadFormula(f"The formula has {self.word!r} at character {place + 1}, where {fits} fits.")

    def deeper(self) -> None:
        """One level down; each way down comes back through `depth -= 1`."""
        self.depth += 1
        if self.depth > DEEPEST:
            place = self.words[self.next][2]
            raise BadFormula(f"The formula is nested too deep at character {place + 1}; {DEEPEST} levels fit.")

    def sum(self) -> Tree:
        self.deeper()
        tree = self.product()
        while sign := self.take("+", "-"):
            tree = (sign, tree, self.product())
        self.depth -= 1
        return tree

    def product(self) -> Tree:
        tree = self.signed()
        while True:
            if sign := self.take("*", "/"):
                tree = (sign, tree, self.signed())
            elif self.kind in ("name", "("):
                tree = ("*", tree, self.power())
            else:
                return tree

    def signed(self) -> Tree:
        sign = self.take("-", "+")
        if not sign:
            return self.power()
        self.deeper()
        tree = self.signed()
        self.depth -= 1
        return ("neg", tree) if sign == "-" else tree

    def power(self) -> Tree:
        base = self.atom()
        if not self.take("^", "**"):
            return base
        self.deeper()
        exponent = self.signed()
        self.depth -= 1
        return ("^", base, exponent)

    def atom(self) -> Tree:
        kind, word, place = self.words[self.next]
        if kind == "number":
            self.next += 1
            if math.isinf(float(word)):
                raise BadFormula(f"The number {word} at character {place + 1} is too large; up to 1e308 fits.")
            return ("number", word)
        if kind == "name":
            return self.name(word, place)
        if not self.take("("):
            raise self.fault(VALUES)
        return self.closed()

    def closed(self) -> Tree:
        """What stands up to the closing bracket."""
        tree = self.sum()
        if not self.take(")"):
            raise self.fault("an operator or a closing bracket )")
        return tree

    def name(self, word: str, place: int) -> Tree:
        if word in VARIABLES or word in CONSTANTS:
            self.next += 1
            return ("name", word)
        if word not in CALLABLE:
            raise BadFormula(f"The formula has {word!r} at character {place + 1}, {_meant(word)}.")
        self.next += 1
        if not self.take("("):
            raise self.fault(f"an opening bracket ( after {word}")
        return ("call", word, self.closed())


def _words(text: str) -> Iterator[tuple[str, str, int]]:
    """(kind, word, where) of each word; the end is ("end", "", length)."""
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        found = _TOKEN.match(text, place)
        if found is None:
            raise BadFormula(
                f"The formula has {text[place]!r} at character {place + 1}; "
                f"numbers, x, y, functions and + - * / ^ ( ) fit."
            )
        number, name, sign = found.groups()
        yield ("number" if number else "name" if name else sign), found[0], place
        place = found.end()
    yield "end", "", len(text)


def _meant(word: str) -> str:
    """What an unknown name may have been meant to be."""
    if set(word) <= {"x", "y"}:
        return f"which is no name here; write {'*'.join(word)}"
    lower = word.lower()
    names = [*VARIABLES, *CONSTANTS, *CALLABLE]
    close = {"ln": ["log"], "arctan": ["atan"]}.get(lower) or difflib.get_close_matches(lower, names, 1, 0.6)
    hint = f"; {close[0]} fits, perhaps" if close else ""
    return f"which is no name here{hint}: there are {', '.join(names)}"

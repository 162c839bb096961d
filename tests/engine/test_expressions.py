"""Expressions in the variables of a run: what they come to, and that nothing else can be done with them."""

from __future__ import annotations

import ast
import math
import random
import sys
from collections import deque, namedtuple
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import operations
from engine.copies import LongList, Piece
from engine.expressions import DEEPEST, LONGEST, parse
from engine.operations import BadExpression

NAN, INF = float("nan"), float("inf")
Point = namedtuple("Point", "x y")


@dataclass
class Stranger:
    """An object that must never be called or looked into."""

    secret: int = 7

    def __bool__(self) -> bool:
        raise AssertionError("asked whether it is true")

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared")

    __hash__ = None  # type: ignore[assignment]


VALUES: dict[str, Any] = {
    "best": 7, "share": 0.25, "flag": True, "nothing": None, "method": "hard",
    "overlap": torch.tensor([0.2, 0.7]), "theta": torch.tensor([1.0, NAN]), "point": torch.tensor(3),
    "empty": torch.empty(0), "grid": torch.arange(6).reshape(2, 3), "boxes": torch.arange(12.0).reshape(3, 4),
    "keep": [torch.tensor(3), torch.tensor(4)], "counts": [3, 1, 2], "pair": Point(1, 2), "queue": deque([5, 6]),
    "seen": {1, 2}, "table": {"a": 1, 2: "b"}, "array": np.array([[1.5, 2.5]]), "words": np.array(["a"], object),
    "long": LongList([Piece(items=(), copies=tuple(range(64))), Piece(items=(), copies=(64, 65))]),
    "stranger": Stranger(), "call": print, "module": sys,
    "big": torch.zeros(1).expand(100_000), "tall": torch.zeros(1).expand(100_000).unsqueeze(1),
}  # fmt: skip


def plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, torch.Tensor) else value


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("best == 7", True), ("best != 7", False), ("2 < best <= 7", True), ("-best + 8", 1), ("best ** 2", 49),
        ("best // 2", 3), ("best % 4", 3), ("best / 2", 3.5), ("best & 3", 3), ("best | 8", 15), ("best ^ 1", 6),
        ("~best", -8), ("~flag", False), ("+flag", 1), ("not best", False), ("best and share", True),
        ("nothing or best", True), ("best if flag else share", 7), ("nothing is None", True),
        ("nothing is not None", False), ("flag is True", True), ("stranger is None", False), ("nothing == 3", False),
        ("method == 'hard'", True), ("method < 'soft'", True), ("'ar' in method", True), ("method[0]", "h"),
        ("method == 7", False), ("overlap.max() > 0.5", True), ("max(overlap)", 0.7), ("overlap.argmax()", 1),
        ("overlap.min(dim=0)", 0.2), ("grid.sum(1)", [3, 12]), ("sum(grid, dim=0)", [3, 5, 7]), ("grid.mean()", 2.5),
        ("mean(counts)", 2.0), ("max(counts)", 3), ("argmin(counts)", 1), ("max(best, 9, 3)", 9), ("sum(keep)", 7),
        ("isnan(theta)", [False, True]), ("isnan(share)", False), ("isfinite(theta).all()", False),
        ("theta == nan", [False, False]), ("share < inf", True), ("abs(-overlap[0])", 0.2), ("sqrt(best + 2)", 3.0),
        ("norm(boxes[0, 1:3])", math.sqrt(5)), ("round(share, 1)", 0.2), ("round(overlap)", [0, 1]),
        ("len(keep)", 2), ("len(long)", 66), ("long[65]", 65), ("long[-1]", 65), ("long[63:65]", [63, 64]),
        ("keep[-1] == 4", True), ("keep[0]", 3), ("counts[point - 2]", 1), ("counts[1:]", [1, 2]), ("queue[1]", 6),
        ("4 in keep", True), ("9 not in keep", True), ("0.5 in overlap", False), ("4 in grid", True),
        ("1 in seen", True),
        ("point in seen", False), ("'a' in table", True), ("table['a']", 1), ("table[2]", "b"), ("pair[1]", 2),
        ("grid.shape", (2, 3)), ("grid.size(1)", 3), ("size(grid)", (2, 3)), ("grid.ndim", 2), ("grid.dim()", 2),
        ("grid.numel()", 6), ("point.item()", 3), ("best.item()", 7), ("grid.shape == (2, 3)", True),
        ("grid[1]", [3, 4, 5]), ("grid[:, 1]", [1, 4]), ("grid[..., -1]", [2, 5]), ("grid[grid > 2]", [3, 4, 5]),
        ("boxes[point - 1][0]", 8.0), ("boxes[keep[0] - 2, 1]", 5.0), ("array.sum()", 4.0), ("array[0, 1]", 2.5),
        ("counts == [3, 1, 2]", True), ("keep == [3, 4]", True), ("counts != [3]", True), ("seen == seen", True),
        ("0.1 < overlap < 0.5", [True, False]), ("overlap + grid[0, :2]", [0.2, 1.7]), ("empty.sum()", 0.0),
        ("empty.any()", False), ("all(empty)", True), ("any(counts)", True), ("grid.any(dim=1)", [True, True]),
    ],
)  # fmt: skip
def test_what_it_comes_to(text, wanted):
    found = plain(parse(text).value(VALUES))
    if isinstance(wanted, str | bool | tuple):
        assert found == wanted
        assert type(found) is type(wanted)
    else:
        assert found == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("overlap > 0.5", True), ("overlap > 0.9", False), ("all(overlap > 0.5)", False), ("isnan(theta)", True),
        ("not isnan(theta)", False), ("not isnan(overlap)", True), ("empty > 0", False), ("keep", True),
        ("empty", False), ("method", True), ("nothing", False), ("theta != theta", True),
        ("isnan(theta) and best", True),
    ],
)  # fmt: skip
def test_a_tensor_holds_where_any_of_its_elements_does(text, wanted):
    assert parse(text).holds(VALUES) is wanted


def test_names_come_in_the_order_of_their_mention_and_only_once():
    assert parse("keep[best] > overlap.max() + best").names == ("keep", "best", "overlap")


# ---------------------------------------------------------------------------- what is refused

HOSTILE = [
    "__import__('os').system('true')", "().__class__", "best.__class__", "keep.__len__()", "keep.append(1)",
    "keep.pop()", "keep.clear()", "overlap.zero_()", "overlap.fill_(1)", "overlap.data", "overlap.numpy()",
    "overlap.tolist()",
    "theta.backward()", "overlap.storage()", "method.format(1)", "method.join(method)", "print(best)", "eval('1')",
    "exec('1')", "open('/etc/passwd')", "getattr(best, 'real')", "type(best)", "globals()", "vars(best)", "call(1)",
    "module.exit()", "stranger.secret", "(lambda: best)()", "[best for _ in keep]", "{best: 1}", "{best}", "(yield)",
    "await best", "f'{best}'", "best := 3", "(x := best)", "best = 7", "best += 1", "del best", "import os",
    "best; best", "best\nbest", "*keep", "max(*keep)", "max(**table)", "sum(keep, start=1)", "max(key=best)",
    "best << 999999", "best >> 1", "keep @ keep", "b'a' == best", "1j * best", "...", "best.real",
    "best.bit_length()",
    "overlap.max", "max", "isnan", "sqrt(best, 2)", "len()", "abs(best, dim=0)", "best(1)", "keep[0](1)",
    "'%s' % best",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_else_is_refused_in_one_sentence(text):
    with pytest.raises(BadExpression) as said:
        parse(text).value(VALUES)
    check_sentence(str(said.value))


BIG = [
    "10**10**10 + best", "best ** 100000", "best ** best ** best ** best", "9" * 200 + " * best",
    "2.0 ** 5000 * best",
    "method * 1000000000", "'a' * 10**9 == method", "keep * 100000", "[best] * 1000", "big[None] * tall",
    "table == table",
    "big * tall", "big == tall", "big < tall", "0 < big < tall", "(big > 0) & (tall > 0)", "grid[big.round() == 0]",
    "tall[tall > 0, None, None] + big * tall", "round(share, 10**9)", "best // 0", "best % 0", "share / 0",
    "(-best) ** 0.5", "sqrt(-best)", "round(inf * best)", "theta[99]", "keep[99]", "table['z']", "grid[0, 0, 0]",
    "counts['a']", "counts[share]", "grid['a']", "grid[share]", "grid['a':]", "table[keep]", "nothing + 1",
    "nothing > 1",
    "nothing[0]", "len(best)", "len(point)", "keep.shape", "method.sum()", "sum(method)", "sum(table)", "max(empty)",
    "empty.argmax()", "overlap.max(5)", "overlap.max('a')", "counts.max(0)", "overlap + theta[:1] * grid", "-method",
    "stranger", "not stranger", "stranger == stranger and best", "stranger > best", "call and best", "best is share",
    "overlap == method", "words", "sum(words)", "overlap.item()", "isnan(nothing)", "isnan(method)",
    "abs(keep[0:0])[3]",
    "missing > 1", "keep.mean(dim=0)", "size(overlap, 4)", "grid[overlap]", "grid[[0, 1]]",
]  # fmt: skip


@pytest.mark.parametrize("text", BIG)
def test_what_is_too_large_or_makes_no_sense_is_one_sentence(text):
    with pytest.raises(BadExpression) as said:
        assert parse(text).holds(VALUES) is not None
    check_sentence(str(said.value))


def check_sentence(sentence: str) -> None:
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 400


@pytest.mark.parametrize(
    "text",
    ["", "   ", "best ==", "best == = 7", "(" * 400, "((((best", "-" * 250 + "best", "(" * 150 + "best" + ")" * 150,
     "best" + " + 1" * 200, "1 == 1", "best = = 7", "\x00", "é", "1or best", r"'\d' == method", "best\t==\t7)",
     "\ud800"],
)  # fmt: skip
def test_what_is_no_expression_is_one_sentence_too(text):
    try:
        parse(text).value({**VALUES, "é": 1})
    except BadExpression as error:
        check_sentence(str(error))
    else:
        assert text in ("é", "1or best", r"'\d' == method")


def test_an_equals_sign_says_what_to_write():
    with pytest.raises(BadExpression, match="two compare"):
        parse("best = 7")


def test_a_long_or_deep_one_says_so():
    with pytest.raises(BadExpression, match=f"{LONGEST} are the most"):
        parse("best + " * 100 + "1")
    with pytest.raises(BadExpression, match="nested too deep"):
        parse("-" * (DEEPEST + 1) + "best")


PIECES = [
    *VALUES, "(", ")", "[", "]", "{", "}", ".", ",", ":", "*", "**", "+", "-", "/", "//", "%", "==", "!=", "<", ">",
    "<=", "~", "&", "|", "^", "@", "and", "or", "not", "in", "is", "if", "else", "lambda", "for", "None",
    "True", "...",
    "0", "1", "2", "-1", "99999999999", "1e400", "0.5", "1j", "'a'", "'__class__'", "f'{best}'", "__class__",
    "__dict__",
    "max", "min", "sum", "len", "abs", "round", "any", "all", "mean", "norm", "sqrt", "isnan", "shape", "size",
    "item",
    "dim=0", "dim", "=", ":=", "eval", "open", "__import__", "getattr", ".shape", ".max()", ".sum(0)", "[0]",
    "[:, None]",
]  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map(" ".join))
def test_nothing_but_a_value_or_a_sentence_comes_of_any_mixture(text):
    attempt(text)


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=40))
def test_nor_of_any_text(text):
    attempt(text)


def test_nor_of_trees_of_allowed_pieces():
    """Random trees of what is allowed each: sizes stay bounded however they are put together."""
    chance = random.Random(0)
    for _ in range(3000):
        attempt(grown(chance, 4))


def grown(chance: random.Random, depth: int) -> str:
    if not depth or chance.random() < 0.2:
        return chance.choice([*VALUES, "2", "0.5", "10", "'a'", "None"])
    part = lambda: grown(chance, depth - 1)  # noqa: E731
    sign = chance.choice(["+", "-", "*", "/", "**", "//", "%", "<", "==", "in", "and", "&"])
    return chance.choice([
        lambda: f"({part()} {sign} {part()})", lambda: f"{part()}[{part()}]", lambda: f"{part()}[{part()}:{part()}]",
        lambda: f"{part()}[:, {part()}]",
        lambda: f"{chance.choice(list(operations.FUNCTIONS))}({part()})", lambda: f"[{part()}, {part()}]",
        lambda: f"{part()}.{chance.choice(list(operations.METHODS))}()", lambda: f"(not {part()})",
        lambda: f"{part()}.shape",
    ])()  # fmt: skip


def attempt(text: str) -> None:
    """Work it out; nothing comes of it but a value of bounded size, or a sentence."""
    try:
        expression = parse(text)
        value = expression.value(VALUES)
        expression.holds(VALUES)
    except BadExpression as error:
        check_sentence(str(error))
        return
    assert set(expression.names) <= set(VALUES)
    if isinstance(value, torch.Tensor):
        assert value.numel() <= operations.MOST_ELEMENTS
    if isinstance(value, int):
        assert value.bit_length() <= operations.MOST_BITS


@pytest.fixture(autouse=True)
def nothing_is_changed():
    """The variables are as they were."""
    before = repr({name: value for name, value in VALUES.items() if name != "module"})
    yield
    assert repr({name: value for name, value in VALUES.items() if name != "module"}) == before


def test_every_node_of_python_is_either_understood_or_refused():
    """A new kind of node in a later Python is refused, not passed on."""
    kinds = [kind for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.expr)]
    understood = {
        "Constant", "Name", "Attribute", "Call", "Subscript", "Tuple", "List", "Compare", "BoolOp", "BinOp",
        "UnaryOp",
        "IfExp",
    }  # fmt: skip
    from engine.expressions import _Compiler

    made = {kind.__name__ for kind in kinds if hasattr(_Compiler, f"_{kind.__name__.lower()}")}
    assert made == understood


def test_a_variable_may_have_the_name_of_a_function() -> None:
    """`size` is both; called it is the function, and by itself the variable, where the run has one."""
    assert parse("size == 3").names == ("size",)
    assert parse("size == 3").holds({"size": 3})
    assert parse("size(x) == 3").names == ("x",)

"""Conditions and watches: small expressions in the variables of a recorded run, worked out safely.

    expression = parse("overlap.max() > 0.5")
    expression.holds({"overlap": torch.tensor([0.2, 0.7])})     # True

Nothing of Python runs but what is named here: comparisons, and / or / not, arithmetic, indices, and the few
functions of `engine.operations`, each also as a method. No other attribute is read and nothing else is
called. A tensor is true when any of its elements is: `overlap > 0.5` holds where one overlap is above it.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine import operations as known
from engine.operations import BadExpression

LONGEST = 300  # characters
DEEPEST = 40  # expressions inside expressions
CONSTANTS = {"nan": float("nan"), "inf": float("inf")}

Variables = Mapping[str, Any]
Work = Callable[[Variables], Any]


@dataclass(frozen=True, eq=False)
class Expression:
    """A parsed expression. `names` are the variables it reads, in the order of their first mention."""

    text: str
    names: tuple[str, ...]
    work: Work

    def value(self, variables: Variables) -> Any:
        """What it comes to.

        Raises:
            BadExpression: it cannot be worked out with these variables, in one sentence that says why.
        """
        try:
            return self.work(variables)
        except BadExpression:
            raise
        except KeyError as error:
            raise BadExpression(f"There is no {_cut(str(error))} in it.") from None
        except (ArithmeticError, LookupError, TypeError, ValueError, RuntimeError, MemoryError) as error:
            words = _cut(str(error).partition("\n")[0]).rstrip(".") or type(error).__name__
            raise BadExpression(f"{self.text} cannot be worked out: {words}.") from None

    def holds(self, variables: Variables) -> bool:
        """Whether it is true.

        Raises:
            BadExpression: see value.
        """
        return known.truth(self.value(variables))


def parse(text: str) -> Expression:
    """An expression in variables, checked.

    Raises:
        BadExpression: it is no expression, or does what is not allowed, in one sentence.
    """
    text = text.strip()
    if not text:
        raise BadExpression("Write an expression in the variables of the code, such as best == 7.")
    if len(text) > LONGEST:
        raise BadExpression(f"The expression has {len(text)} characters; {LONGEST} are the most.")
    tree = _tree(text)
    _check_depth(tree)
    names: dict[str, None] = {}
    work = _Compiler(names).of(tree)
    if not names:
        raise BadExpression(f"{_cut(text)} names no variable of the code: it is the same at every step.")
    return Expression(text, tuple(names), work)


def _tree(text: str) -> ast.expr:
    try:
        with warnings.catch_warnings():  # of odd numbers and odd backslashes
            warnings.simplefilter("ignore")
            return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, SyntaxError) and _is_assignment(text):
            raise BadExpression("One = sets a value, which is not allowed; two compare: best == 7.") from None
        raise BadExpression(f"{_cut(text)} is not a whole expression; one is like best == 7.") from None


def _is_assignment(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) for node in found.body)


def _check_depth(tree: ast.expr) -> None:
    level: list[ast.AST] = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        if not level:
            return
    raise BadExpression("The expression is nested too deep; write a simpler one.")


def _cut(text: str, longest: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


REFUSED: dict[type[ast.expr], str] = {
    ast.Lambda: "A lambda",
    ast.ListComp: "A comprehension",
    ast.SetComp: "A comprehension",
    ast.DictComp: "A comprehension",
    ast.GeneratorExp: "A comprehension",
    ast.NamedExpr: "Setting a variable with :=",
    ast.JoinedStr: "An f-string",
    ast.Dict: "A dict",
    ast.Set: "A set",
    ast.Starred: "A *",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
}


class _Compiler:
    """Turns each allowed node into a function of the variables, and refuses every other."""

    def __init__(self, names: dict[str, None]) -> None:
        self.names = names

    def of(self, node: ast.expr) -> Work:
        make = getattr(self, f"_{type(node).__name__.lower()}", None)
        if make is None:
            words = REFUSED.get(type(node), f"{_cut(ast.unparse(node))}")
            raise BadExpression(f"{words} is not allowed here: compare, reckon, index, or call {_few()}.")
        work: Work = make(node)
        return work

    def _constant(self, node: ast.Constant) -> Work:
        value = node.value
        if not (value is None or isinstance(value, bool | int | float | str)):
            raise BadExpression(f"{_cut(repr(value))} is not allowed here: numbers, texts, True, False, None are.")
        known.check_size(value)
        return lambda variables: value

    def _name(self, node: ast.Name) -> Work:
        name = node.id
        if name in CONSTANTS:
            return lambda variables: CONSTANTS[name]
        self.names[name] = None  # of a function's name too, where it is not called: a listing may have such a variable

        def look(variables: Variables) -> Any:
            if name not in variables:
                raise BadExpression(f"There is no variable {name} here.")
            return known.taken(name, variables[name])

        return look

    def _attribute(self, node: ast.Attribute) -> Work:
        if node.attr not in known.ATTRIBUTES:
            also = f" To call it, write .{node.attr}()." if node.attr in known.METHODS else ""
            raise BadExpression(f".{_cut(node.attr)} cannot be read here; only {', '.join(known.ATTRIBUTES)}.{also}")
        base, read = self.of(node.value), known.ATTRIBUTES[node.attr]
        return lambda variables: read(base(variables))

    def _call(self, node: ast.Call) -> Work:
        named = {one.arg: self.of(one.value) for one in node.keywords if one.arg == "dim"}
        if len(named) != len(node.keywords):
            raise BadExpression("The only argument to be given by name is dim.")
        given = [self.of(argument) for argument in node.args]
        if isinstance(node.func, ast.Name):
            name, function = node.func.id, known.FUNCTIONS.get(node.func.id)
        elif isinstance(node.func, ast.Attribute):
            name, function = node.func.attr, known.METHODS.get(node.func.attr)
            given.insert(0, self.of(node.func.value))
        else:
            name, function = ast.unparse(node.func), None
        if function is None:
            raise BadExpression(f"{_cut(name)}() cannot be called here; there are {', '.join(known.FUNCTIONS)}.")
        if isinstance(node.func, ast.Attribute) and name in known.REDUCED and len(given) == 2 and not named:
            named = {"dim": given.pop()}
        if named and name not in known.REDUCED:
            raise BadExpression(f"{name}() takes no dim.")
        known.check_count(name, len(given))
        return lambda variables: function(
            *[one(variables) for one in given], **{key: one(variables) for key, one in named.items()}
        )

    def _subscript(self, node: ast.Subscript) -> Work:
        base, index = self.of(node.value), self._index(node.slice)
        return lambda variables: known.indexed(base(variables), index(variables))

    def _index(self, node: ast.expr) -> Work:
        if isinstance(node, ast.Tuple):
            parts = [self._index(part) for part in node.elts]
            return lambda variables: tuple([part(variables) for part in parts])
        if isinstance(node, ast.Slice):
            ends = [self.of(end) if end else None for end in (node.lower, node.upper, node.step)]
            return lambda variables: slice(*[known.as_index(end(variables)) if end else None for end in ends])
        if isinstance(node, ast.Constant) and node.value is ...:
            return lambda variables: ...
        return self.of(node)

    def _tuple(self, node: ast.Tuple | ast.List) -> Work:
        parts = [self.of(part) for part in node.elts]
        return lambda variables: [part(variables) for part in parts]

    _list = _tuple

    def _compare(self, node: ast.Compare) -> Work:
        first, others = self.of(node.left), [self.of(other) for other in node.comparators]
        compares = [known.COMPARES[type(op)] for op in node.ops]
        if len(compares) == 1:
            compare, other = compares[0], others[0]
            return lambda variables: compare(first(variables), other(variables))

        def chain(variables: Variables) -> Any:
            left, result = first(variables), None
            for compare, other in zip(compares, others, strict=True):
                right = other(variables)
                met = compare(left, right)
                result = met if result is None else known.both(result, met)
                left = right
            return result

        return chain

    def _boolop(self, node: ast.BoolOp) -> Work:
        parts = [self.of(part) for part in node.values]
        if isinstance(node.op, ast.And):
            return lambda variables: all(known.truth(part(variables)) for part in parts)
        return lambda variables: any(known.truth(part(variables)) for part in parts)

    def _binop(self, node: ast.BinOp) -> Work:
        operation = known.OPERATIONS.get(type(node.op))
        if operation is None:
            raise BadExpression(f"{_cut(ast.unparse(node))} is not allowed here: + - * / // % ** & | ^ are.")
        left, right = self.of(node.left), self.of(node.right)
        return lambda variables: operation(left(variables), right(variables))

    def _unaryop(self, node: ast.UnaryOp) -> Work:
        operation, part = known.SIGNS[type(node.op)], self.of(node.operand)
        return lambda variables: operation(part(variables))

    def _ifexp(self, node: ast.IfExp) -> Work:
        test, yes, no = self.of(node.test), self.of(node.body), self.of(node.orelse)
        return lambda variables: yes(variables) if known.truth(test(variables)) else no(variables)


def _few() -> str:
    return ", ".join(known.FUNCTIONS)

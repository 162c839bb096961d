"""The lines of a listing as statements: which variables each sets, and what it reads to do so."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from engine.trace import Listing

# What is worked out element by element: the same place of each operand goes into a place of the result.
ELEMENTWISE = frozenset({
    "abs", "clamp", "exp", "log", "sqrt", "where", "maximum", "minimum", "relu", "sigmoid", "tanh", "square", "float",
    "double", "int", "long", "bool", "logical_and", "logical_or", "logical_not", "isnan", "isfinite", "clone", "neg",
})  # fmt: skip


@dataclass(frozen=True)
class Read:
    """An operand of a line: a variable, or a part of one as the line writes it. `base` is the variable."""

    text: str
    base: str
    index: tuple[str, ...] = ()  # the code of each index, where it is a part


@dataclass(frozen=True)
class Deed:
    """What one line does. `sets` are the variables it computes anew, whatever they were; `turns` those that
    the head of a loop takes in turn; `alone` is the variable of `name = ...`, with the line's right side
    worked out element by element, or "".
    """

    sets: frozenset[str] = frozenset()
    turns: frozenset[str] = frozenset()
    reads: tuple[Read, ...] = ()
    alone: str = ""

    def makes(self, name: str) -> bool:
        """Whether every element of a variable is of this line: it was not made from what it was before."""
        return name in self.sets | self.turns and all(read.base != name for read in self.reads)


@lru_cache(64)
def deeds_of(listing: Listing) -> Mapping[int, Deed]:
    """Each line of the file at which a statement begins, and what it does."""
    try:
        function = ast.parse("\n".join(listing.lines)).body[0]
    except (SyntaxError, IndexError):  # nothing but a docstring was in it
        return {}
    together: dict[int, list[ast.stmt]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.stmt) and node is not function:
            together.setdefault(node.lineno + listing.first - 1, []).append(node)
    return {line: _deed(nodes) for line, nodes in together.items()}


@lru_cache(64)
def parameters_of(listing: Listing) -> frozenset[str]:
    """The names of the function's parameters."""
    try:
        function = ast.parse("\n".join(listing.lines)).body[0]
    except (SyntaxError, IndexError):
        return frozenset()
    if not isinstance(function, ast.FunctionDef):
        return frozenset()
    return frozenset(node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg))


def _deed(nodes: list[ast.stmt]) -> Deed:
    """What the statements that begin on one line do together."""
    sets: set[str] = set()
    turns: set[str] = set()
    reads: dict[Read, None] = {}
    for node in nodes:
        for target in _targets(node):
            (turns if isinstance(node, ast.For) else sets).update(_stored(target))
            reads.update(dict.fromkeys(_places(target)))
        if isinstance(node, ast.AugAssign):
            reads.update(dict.fromkeys(_reads(node.target, frozenset())))
        for part in _parts(node):
            sets.update(n.target.id for n in ast.walk(part) if isinstance(n, ast.NamedExpr))
            reads.update(dict.fromkeys(_reads(part, frozenset())))
    return Deed(frozenset(sets), frozenset(turns), tuple(reads), _alone(nodes))


def _targets(node: ast.stmt) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    if isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For):
        return [node.target] if not isinstance(node, ast.AnnAssign) or node.value else []
    if isinstance(node, ast.With):
        return [item.optional_vars for item in node.items if item.optional_vars]
    return []


def _parts(node: ast.stmt) -> list[ast.expr]:
    """The expressions that a statement, or its head, works out."""
    if isinstance(node, ast.With):
        return [item.context_expr for item in node.items]
    fields = {ast.For: "iter", ast.If: "test", ast.While: "test", ast.Assert: "test", ast.Match: "subject"}
    found = getattr(node, fields.get(type(node), "value"), None)
    return [found] if isinstance(found, ast.expr) else []


def _stored(target: ast.expr) -> Iterator[str]:
    """The variables that an assignment to a target sets as a whole."""
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from _stored(part)
    elif isinstance(target, ast.Starred):
        yield from _stored(target.value)


def _places(target: ast.expr) -> Iterator[Read]:
    """What an assignment to a part of a variable reads to know which part."""
    if isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from _places(part)
    while isinstance(target, ast.Subscript):
        yield from _reads(target.slice, frozenset())
        target = target.value


def _reads(node: ast.AST, bound: frozenset[str]) -> Iterator[Read]:
    """The operands in an expression, in reading order; `bound` are names of a comprehension around it."""
    if isinstance(node, ast.Name):
        if node.id not in bound:
            yield Read(node.id, node.id)
        return
    if isinstance(node, ast.Subscript):
        base, index = _chain(node)
        inside = {n.id for part in index for n in ast.walk(part) if isinstance(n, ast.Name)}
        if isinstance(base, ast.Name) and base.id not in bound:
            if inside & bound:
                yield Read(base.id, base.id)
            else:
                yield Read(ast.unparse(_loaded(node)), base.id, tuple(map(ast.unparse, index)))
        else:
            yield from _reads(base, bound)
        for part in index:
            yield from _reads(part, bound)
        return
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        bound |= {n.id for one in node.generators for n in ast.walk(one.target) if isinstance(n, ast.Name)}
    elif isinstance(node, ast.Lambda):
        bound |= {n.arg for n in ast.walk(node.args) if isinstance(n, ast.arg)}
    for child in ast.iter_child_nodes(node):
        yield from _reads(child, bound)


def _chain(node: ast.Subscript) -> tuple[ast.expr, list[ast.expr]]:
    """What is indexed, and all indices: rows[i][j] and rows[i, j] alike."""
    index: list[ast.expr] = []
    base: ast.expr = node
    while isinstance(base, ast.Subscript):
        index[:0] = base.slice.elts if isinstance(base.slice, ast.Tuple) else [base.slice]
        base = base.value
    return base, index


def _loaded(node: ast.expr) -> ast.expr:
    """The same expression as one that is read."""
    return ast.parse(ast.unparse(node), mode="eval").body


def _alone(nodes: list[ast.stmt]) -> str:
    """The one variable of a line whose value is worked out element by element, or ""."""
    if len(nodes) != 1:
        return ""
    (node,) = nodes
    targets = _targets(node)
    if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) or len(targets) != 1 or node.value is None:
        return ""
    target = targets[0]
    return target.id if isinstance(target, ast.Name) and _is_elementwise(node.value) else ""


def _is_elementwise(node: ast.expr) -> bool:
    if isinstance(node, ast.Name | ast.Constant):
        return True
    if isinstance(node, ast.BinOp):
        return not isinstance(node.op, ast.MatMult) and all(map(_is_elementwise, (node.left, node.right)))
    if isinstance(node, ast.UnaryOp):
        return _is_elementwise(node.operand)
    if isinstance(node, ast.Compare):
        return all(map(_is_elementwise, (node.left, *node.comparators)))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ELEMENTWISE:
        given = [*node.args, *(one.value for one in node.keywords)]
        return all(map(_is_elementwise, [*given, node.func.value]))
    return False

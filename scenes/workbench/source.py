"""A listing as code that a person can change: the function with all it needs, or its head alone to begin with."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
import textwrap
from collections import defaultdict
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

from engine.trace import statements
from scenes.scene import Call, Fault

TODO = "raise NotImplementedError  # write it here; a comment that begins with #> narrates its line"


def reference(call: Call) -> str:
    """The stepped function's own source, after those of the functions it steps into, with the imports they need."""
    return _module([*reversed(_steps_into(call)), call.function], call)


def starter(call: Call) -> str:
    """The stepped function's signature and docstring, and a body yet to be written."""
    source = _source(call.function)
    node = _node(source)
    body = node.body
    has_words = ast.get_docstring(node) is not None
    last = body[0].end_lineno if has_words else body[0].lineno - 1
    head = "\n".join(source.splitlines()[:last])
    return _module([call.function], call, f"{head}\n    {TODO}\n")


def planted(source: str, fault: Fault) -> str:
    """A reference with the fault in it.

    Raises:
        ValueError: the text that is changed is not there, or not once.
    """
    found = source.count(fault.right)
    if found != 1:
        raise ValueError(f"{fault.right!r} stands {found} times in the source, and not once.")
    return source.replace(fault.right, fault.wrong)


@dataclass(frozen=True)
class Change:
    """A line that a planted mistake has changed: its number, from 1, what stands there, and what should."""

    line: int
    wrong: str
    right: str


def changes(source: str, fault: Fault) -> tuple[Change, ...]:
    """The lines of a reference that the fault changes."""
    pairs = zip(source.splitlines(), planted(source, fault).splitlines(), strict=True)
    return tuple(
        Change(number, wrong, right) for number, (right, wrong) in enumerate(pairs, 1) if right != wrong
    )


def lines_at_fault(source: str, fault: Fault) -> frozenset[int]:
    """The lines, from 1, of the statements that the fault changes: a run stands at the first line of a statement."""
    changed = {one.line - 1 for one in changes(source, fault)}
    home = statements(planted(source, fault))
    homes = {home[line] for line in changed if line in home}
    return frozenset(
        {line + 1 for line in changed} | {line + 1 for line, first in home.items() if first in homes}
    )


def _steps_into(call: Call) -> list[FunctionType]:
    """The functions of `into` that are called by their names; those handed over as arguments stay the engine's."""
    wanted = [inspect.unwrap(one) for one in call.into if isinstance(one, FunctionType)]
    found: list[FunctionType] = []
    waiting = [call.function]
    while waiting:
        function = waiting.pop(0)
        for name in _names_in(_source(function)):
            other = inspect.unwrap(function.__globals__.get(name, function))
            if other in wanted and other not in found and other is not call.function:
                found.append(other)
                waiting.append(other)
    return found


def _module(functions: list[Any], call: Call, source: str = "") -> str:
    """Imports, then the functions (or `source` in place of the last one)."""
    sources = [_source(one) for one in functions]
    if source:
        sources[-1] = source
    own = {one.__name__ for one in functions}
    plain: set[str] = set()
    named: dict[str, set[str]] = defaultdict(set)
    unknown = False
    for function, text in zip(functions, sources, strict=True):
        for name in _names_in(text) - own:
            if name in function.__globals__:
                _add_import(name, function.__globals__[name], function.__module__, plain, named)
            else:
                unknown = unknown or (name in _annotations(text) and not hasattr(builtins, name))
    imports = sorted(plain) + [
        f"from {place} import {', '.join(sorted(named[place]))}" for place in sorted(named)
    ]
    if unknown:  # names that only type checkers see
        imports.insert(0, "from __future__ import annotations\n")
    return "\n".join([*imports, "", "", "\n\n\n".join(one.rstrip() for one in sources), ""]).lstrip("\n")


def _add_import(name: str, value: Any, module: str, plain: set[str], named: dict[str, set[str]]) -> None:
    """Note the import that brings `name` as `module` knows it."""
    if isinstance(value, ModuleType):
        plain.add(f"import {value.__name__}" + ("" if value.__name__ == name else f" as {name}"))
        return
    place = getattr(value, "__module__", None)
    itself = inspect.isfunction(value) or inspect.isclass(value)
    if (
        not itself
        or not isinstance(place, str)
        or place.startswith("_")
        or getattr(value, "__name__", "") != name
    ):
        place = module  # a constant, or known elsewhere by another name
    if place == "torch" or place.startswith("torch."):
        place = "torch"
    named[place].add(name)


def _source(function: Any) -> str:
    return textwrap.dedent(inspect.getsource(inspect.unwrap(function)))


def _node(source: str) -> ast.FunctionDef:
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.FunctionDef)  # noqa: S101
    return node


def _names_in(source: str) -> set[str]:
    """All that the code names, in its narration too."""
    found = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    told = re.findall(r"#>(.*)", source)
    return found | {
        word for text in told for part in re.findall(r"{([^{}]*)", text) for word in re.findall(r"\w+", part)
    }


def _annotations(source: str) -> set[str]:
    node = _node(source)
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    told = [one.annotation for one in every if one.annotation] + ([node.returns] if node.returns else [])
    return {part.id for one in told for part in ast.walk(one) if isinstance(part, ast.Name)}

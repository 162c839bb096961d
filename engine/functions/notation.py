"""A formula that was taken apart, set in LaTeX with no more brackets than it needs."""

from __future__ import annotations

from typing import Any

_STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 4, "neg": 1, "^": 3}  # a fraction holds its parts by itself
_NAMED = ("sin", "cos", "tan", "log", "exp", "tanh", "sinh", "cosh")
_NAMES = {"pi": r"\pi"}


def latex(tree: tuple[Any, ...]) -> str:
    """The formula of a tree from `formula.read`."""
    name, *parts = tree
    if name == "number":
        return _number(parts[0])
    if name == "name":
        return str(_NAMES.get(parts[0], parts[0]))
    if name == "call":
        return _call(*parts)
    if name == "neg":
        return "-" + _held(parts[0], 2)
    if name == "/":
        return rf"\frac{{{latex(parts[0])}}}{{{latex(parts[1])}}}"
    if name == "^":
        return f"{_held(parts[0], 5)}^{{{latex(parts[1])}}}"
    if name == "*":
        left, right = _held(parts[0], 2), _held(parts[1], 3)
        return f"{left}{_times(left, right)}{right}"
    left, right = _held(parts[0], 1), _held(parts[1], 2)
    return f"{left} {name} {right}"


def _held(tree: tuple[Any, ...], strength: int) -> str:
    """A part, in brackets where it holds together less than what it stands in."""
    text = latex(tree)
    return text if _STRENGTH.get(tree[0], 5) >= strength else rf"\left({text}\right)"


def _times(left: str, right: str) -> str:
    """Nothing between factors that read well side by side, a dot before a digit."""
    dotted = right[0].isdigit() or r"\frac" in (left[:5], right[:5])
    return r" \cdot " if dotted else r"\,"


def _call(name: str, inner: tuple[Any, ...]) -> str:
    text = latex(inner)
    if name == "sqrt":
        return rf"\sqrt{{{text}}}"
    if name == "abs":
        return rf"\left|{text}\right|"
    sign = rf"\{name}" if name in _NAMED else rf"\mathrm{{{name}}}"
    return rf"{sign}\left({text}\right)"


def _number(text: str) -> str:
    mantissa, _, exponent = text.lower().partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa

"""A learner's code: the function in it, what the function takes, and its errors in a sentence each."""

from __future__ import annotations

import inspect
import linecache
import traceback
from types import CodeType, FunctionType
from typing import Any

FILE = "<your code>"
MODULE = "your_code"
LONGEST = 300  # characters of an error's own words


class BadCode(ValueError):
    """Code that cannot be run, said in one sentence; `line` is the one that it is about, or 0."""

    def __init__(self, sentence: str, line: int = 0) -> None:
        super().__init__(sentence)
        self.line = line


def defined(code: str, name: str) -> tuple[FunctionType, dict[str, Any]]:
    """The function of this name, and all that the code defines. The code's own errors pass through.

    Raises:
        BadCode: it is no Python, or has no such function.
    """
    linecache.cache[FILE] = (len(code), None, code.splitlines(keepends=True), FILE)
    try:
        compiled: CodeType = compile(code, FILE, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise BadCode(f"{type(error).__name__}: {error.msg}.", error.lineno or 0) from error
    except (ValueError, RecursionError, MemoryError) as error:  # a null byte; brackets a thousand deep
        raise BadCode(f"This is no Python: {error or 'it is nested too deeply'}.") from error
    scope: dict[str, Any] = {"__name__": MODULE, "__file__": FILE}
    exec(compiled, scope)  # noqa: S102 - it is what this is for
    found = scope.get(name)
    if not isinstance(found, FunctionType):
        raise BadCode(f"The code has no function {name}: write one that begins with 'def {name}('.")
    if inspect.iscoroutinefunction(found) or inspect.isasyncgenfunction(found):
        raise BadCode(f"{name} is async; leave the async out.", found.__code__.co_firstlineno)
    return found, scope


def others_in(scope: dict[str, Any], function: FunctionType) -> tuple[FunctionType, ...]:
    """The code's own other functions, and the methods of its classes."""
    classes = [one for one in scope.values() if isinstance(one, type) and one.__module__ == MODULE]
    named = [*scope.values(), *(item for one in classes for item in vars(one).values())]
    plain = [one for one in named if isinstance(one, FunctionType) and one.__code__.co_filename == FILE]
    fits = [one for one in dict.fromkeys(plain) if one is not function and one.__name__ != "<lambda>"]
    return tuple(
        one for one in fits if not inspect.iscoroutinefunction(one) and not inspect.isasyncgenfunction(one)
    )


def taken_by(function: FunctionType) -> list[str] | None:
    """The names of a function's parameters; None where it takes any."""
    wanted = inspect.signature(function).parameters
    if any(one.kind is one.VAR_KEYWORD for one in wanted.values()):
        return None
    return [name for name, one in wanted.items() if one.kind is not one.VAR_POSITIONAL]


def fitting(function: FunctionType, arguments: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The arguments that the function takes, those without names first.

    Raises:
        BadCode: it wants others.
    """
    wanted = inspect.signature(function).parameters
    plain = {k: one for k, one in wanted.items() if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)}
    missing = [name for name, one in plain.items() if one.default is one.empty and name not in arguments]
    if missing:
        raise BadCode(
            f"{function.__name__} asks for {' and '.join(missing)}, which it is not given; it may ask for "
            f"{', '.join(arguments)}.", function.__code__.co_firstlineno,
        )  # fmt: skip
    unnamed = [name for name, one in plain.items() if one.kind is one.POSITIONAL_ONLY and name in arguments]
    takes_any = taken_by(function) is None
    named = {k: v for k, v in arguments.items() if k not in unnamed and (takes_any or k in plain)}
    return [arguments[name] for name in unnamed], named


def words_of(error: BaseException) -> str:
    """An error in one sentence."""
    kind = type(error).__name__
    try:
        words = " ".join(str(error).split())[:LONGEST].rstrip(".")
    except Exception:  # a learner's own error
        words = ""
    if isinstance(error, MemoryError) or "can't allocate memory" in words:
        return "It asked for more memory than it may have."
    if isinstance(error, RecursionError):
        return "It calls itself without end: a function that calls itself needs a case in which it does not."
    if isinstance(error, SystemExit):
        return "It ended the program (SystemExit) instead of returning."
    if isinstance(error, EOFError) and "reading a line" in words:
        return "It asks for input, and there is nobody to type any."
    return f"{kind}: {words}." if words else f"{kind}."


def line_of(error: BaseException) -> int:
    """The last line of the learner's code that the error came through; 0 where it did not.

    Where a function had only been entered, it is the line that called it.
    """
    found = [
        (at, number) for at, number in traceback.walk_tb(error.__traceback__) if at.f_code.co_filename == FILE
    ]
    inside = [
        number
        for at, number in found
        if number != at.f_code.co_firstlineno or at.f_code.co_name == "<module>"
    ]
    lines = inside or [number for _, number in found]
    return lines[-1] if lines else 0

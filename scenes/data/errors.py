"""The one error that a reader of a person's data raises."""

import reprlib

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 40


class BadData(ValueError):
    """A file or pasted data that cannot be used.

    Its message is one sentence for a person: what is wrong, where (file, line, field, index),
    and what would be right.
    """


def shown(value: object) -> str:
    """A value from a stranger's file as a short text that is safe to show."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, float):
        return f"{value:.6g}"
    return _SHORT.repr(value)


def counted(number: int, noun: str) -> str:
    """A number of things in words: "1 value", "2,000 values"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def place_of(key: str, source: str) -> str:
    """A named part of a file, as the start of a message."""
    return f"{source}: {shown(key)[1:-1]}"


def printable(text: str) -> str:
    """A text without the half characters that a file or a path can hold but no screen can show."""
    return text.encode("utf-8", "replace").decode()

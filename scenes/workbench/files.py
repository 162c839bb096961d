"""Code of a person's own, in a file."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path

MOST = 1 << 20  # bytes


class BadFile(ValueError):
    """A file that holds no code, said in one sentence."""


def read_code(name: str) -> str:
    """The text of a Python file, in the encoding that it declares.

    Raises:
        BadFile: it is too large, or no text.
        OSError: it cannot be read.
    """
    with Path(name).open("rb") as file:
        data = file.read(MOST + 1)
    if len(data) > MOST:
        raise BadFile(f"{name} is larger than 1 MB; that is no code of one function.")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return io.TextIOWrapper(io.BytesIO(data), encoding).read()
    except (SyntaxError, UnicodeDecodeError) as error:
        raise BadFile(f"{name} is no text that Python reads: {error}.") from error


def in_file(name: str, line: int, sentence: str) -> str:
    """A sentence about a line of a file."""
    return f"{name}, line {line}: {sentence}" if line else f"{name}: {sentence}"

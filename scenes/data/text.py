"""Text files of numbers: JSON, CSV and plain lines, with the place of every fault."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.data.errors import BadData, counted, shown

MAX_VALUES = 8_000_000  # numbers in a text file, which bounds the memory they take once read
_NUMBER_TYPES = (int, float)


def decoded(data: bytes, name: str) -> str:
    """The UTF-8 text of a file.

    Raises:
        BadData: it is not UTF-8, or has more than `MAX_VALUES` separators between values.
    """
    if sum(data.count(separator) for separator in (b",", b";", b"\t", b"\n")) > MAX_VALUES:
        raise BadData(f"{name} holds too many values; up to {MAX_VALUES:,} are read.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadData(f"{name} is not UTF-8 text (line {line}); save it as UTF-8.") from error


def lines_of(text: str) -> list[str]:
    """The lines of a text, whichever system wrote it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def json_from(data: bytes, name: str) -> Any:
    """The value that a JSON file holds. NaN and Infinity are let through, to be named later.

    Raises:
        BadData: it is malformed (with line and column), or nested too deeply.
    """
    text = decoded(data, name)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BadData(
            f"{name}, line {error.lineno}, column {error.colno}: malformed JSON ({error.msg}); "
            "mend that place."
        ) from error
    except RecursionError as error:
        raise BadData(f"{name} is nested too deeply for data; use plain lists.") from error
    except ValueError as error:  # whole numbers of thousands of digits
        raise BadData(f"{name} holds a number with too many digits; shorten it.") from error


def json_array(value: object, where: str) -> NDArray[Any]:
    """A number, or (nested) lists of numbers, as an array.

    Raises:
        BadData: a list is ragged or holds what is no number, with its index.
    """
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError):
        array = np.empty(0, object)
    if array.dtype.kind not in "biuf":
        raise BadData(f"{where}{_fault(value) or ' cannot be read as numbers'}.")
    return array


def _fault(value: object, index: str = "") -> str | None:
    """What keeps nested lists from being an array, with its index; None when nothing does."""
    if not isinstance(value, list):
        if isinstance(value, bool) or not isinstance(value, _NUMBER_TYPES):
            return f"{index} is {shown(value)}; it needs a number"
        return None if abs(value) < 2**63 else f"{index} is too large a number"
    if index.count("[") > 8:
        return f"{index} is nested too deeply; use plain lists"
    lengths = [len(item) if isinstance(item, list) else -1 for item in value]
    for at, length in enumerate(lengths):
        if length != lengths[0]:
            return _fault(value[at], f"{index}[{at}]") or (
                f"{index}[{at}] has {_count(length)} where the first has {_count(lengths[0])}; "
                "all need the same"
            )
    faults = (_fault(item, f"{index}[{at}]") for at, item in enumerate(value))
    return next((fault for fault in faults if fault), None)


def _count(length: int) -> str:
    return "a bare number" if length < 0 else counted(length, "value")


def csv_array(data: bytes, name: str) -> NDArray[np.float64]:
    """The numbers of a CSV file as an array (rows, columns) of float64.

    Values are separated by commas, semicolons, tabs or spaces, as the first line is. A first line
    of words is a heading. Empty lines, and lines that begin with `#`, are passed over.

    Raises:
        BadData: a value is no number, or a line has too few or too many, with the line.
    """
    lines = [
        (number, line)
        for number, line in enumerate(lines_of(decoded(data, name)), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines:
        raise BadData(f"{name} holds no numbers; it needs lines of numbers.")
    separator = next((mark for mark in ";\t," if mark in lines[0][1]), None)
    heading = lines[0][1].strip().split(separator)
    if not any(_is_number(field) for field in heading):
        lines = lines[1:]
    if not lines:
        return np.empty((0, len(heading)))
    try:
        table = io.StringIO("\n".join(line for _, line in lines))
        return np.loadtxt(table, delimiter=separator, comments=None, quotechar='"', ndmin=2)
    except ValueError as error:
        raise BadData(f"{name}{_csv_fault(lines, separator)}.") from error


def _csv_fault(lines: list[tuple[int, str]], separator: str | None) -> str:
    columns = len(lines[0][1].strip().split(separator))
    for number, line in lines:
        fields = line.strip().split(separator)
        for column, field in enumerate(fields, start=1):
            if not _is_number(field):
                return f", line {number}, value {column} is {shown(field)}; it needs a number"
        if len(fields) != columns:
            return f", line {number} has {counted(len(fields), 'value')}; the first line has {columns}"
    return " cannot be read as lines of numbers"


def _is_number(field: str) -> bool:
    try:
        float(field.strip().strip('"'))
    except ValueError:
        return False
    return "_" not in field

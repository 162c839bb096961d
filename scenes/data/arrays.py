"""Named arrays from any file that a scene takes data from."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.data.binary import npy_array, npz_arrays, safetensors_arrays
from scenes.data.errors import BadData, place_of, shown
from scenes.data.files import MEGABYTE, name_of, read_bytes, suffix_of
from scenes.data.text import csv_array, json_array, json_from

MAX_FILE_BYTES = 64 * MEGABYTE
SUFFIXES = (".npz", ".npy", ".safetensors", ".json", ".csv")


def arrays_from(path: str | Path, *, only: Container[str] | None = None) -> dict[str, NDArray[Any]]:
    """The named arrays of numbers in a file: .npz, .npy, .safetensors, .json or .csv.

    Args:
        path: the file. A JSON file is one object whose fields are (nested) lists of numbers.
        only: the names to read; the others are passed over unread. All by default.

    Returns:
        Read-only arrays of bool, whole or floating-point numbers in native byte order, which may
        hold NaN. The one array of an .npy or .csv file is named "array".

    Raises:
        BadData: there is no such file, it is of another kind, damaged, too large (64 MB, or 256 MB
            unpacked), or holds other things than numbers.
    """
    suffix, name = suffix_of(path), name_of(path)
    refuse_other_suffixes(suffix, name, SUFFIXES)
    data = read_bytes(path, limit=MAX_FILE_BYTES)
    match suffix:
        case ".npz":
            arrays = npz_arrays(data, name, only)
        case ".safetensors":
            arrays = safetensors_arrays(data, name, only)
        case ".json":
            arrays = json_arrays(json_from(data, name), name, only)
        case ".npy":
            arrays = {"array": npy_array(data, name)}
        case _:
            arrays = {"array": csv_array(data, name)}
    return {key: _settled(array) for key, array in arrays.items() if only is None or key in only}


def json_arrays(document: object, name: str, only: Container[str] | None = None) -> dict[str, NDArray[Any]]:
    """The fields of a JSON object as arrays.

    Raises:
        BadData: it is no object, or a field asked for is no number or lists of numbers.
    """
    if not isinstance(document, dict):
        raise BadData(f'{name} holds {shown(document)}; it needs an object: {{"name": [numbers]}}.')
    return {
        key: json_array(value, place_of(key, name))
        for key, value in document.items()
        if only is None or key in only
    }


def refuse_other_suffixes(suffix: str, name: str, suffixes: tuple[str, ...]) -> None:
    """Raises BadData for a file whose name ends in none of `suffixes`."""
    if suffix not in suffixes:
        ending = f"ends in {shown(suffix)}" if suffix else "has no ending"
        *others, last = suffixes
        fitting = f"{', '.join(others)} or {last}" if others else last
        raise BadData(f"{name} {ending}; files that end in {fitting} are read.")


def _settled(array: NDArray[Any]) -> NDArray[Any]:
    """A read-only, contiguous array in native byte order."""
    settled = np.ascontiguousarray(array, array.dtype.newbyteorder("="))
    settled = settled.reshape(array.shape)  # a single number has grown an axis
    settled.setflags(write=False)
    return settled

"""Arrays in binary files: .npy, .npz and .safetensors, read so that no file can run code.

The header of .npy is parsed by its grammar and not evaluated, and only plain numbers are read:
an array of Python objects is a pickle, which could run code.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Container, Sequence
from contextlib import suppress
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from scenes.data.errors import BadData, place_of, shown
from scenes.data.files import MEGABYTE

MAX_ARRAY_BYTES = 256 * MEGABYTE  # of all arrays of an archive together
MAX_MEMBERS = 1000
_NPY_START = b"\x93NUMPY"
_DESCRIPTION = re.compile(rb"'descr'\s*:\s*'([<>|=]?[biuf][1248])'")
_OBJECTS = re.compile(rb"'descr'\s*:\s*'[<>|=]?O")
_FORTRAN = re.compile(rb"'fortran_order'\s*:\s*(True|False)")
_SHAPE = re.compile(rb"'shape'\s*:\s*\(([\dL, ]*)\)")
_SAFETENSORS_TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
    "I8": "<i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "<u1", "BOOL": "|b1",
}  # fmt: skip


def npy_array(data: bytes, where: str) -> NDArray[Any]:
    """The array in the bytes of an .npy file.

    Raises:
        BadData: it is no .npy file, holds other things than numbers, or is not of the length
            that its header declares.
    """
    length_bytes = {b"\1": 2, b"\2": 4, b"\3": 4}.get(data[6:7])
    if not data.startswith(_NPY_START) or length_bytes is None:
        raise BadData(f"{where} is not an .npy array; save it with numpy.save.")
    start = 8 + length_bytes
    end = start + int.from_bytes(data[8:start], "little")
    header = data[start : min(end, start + 10_000)]
    description, fortran, shape = (pattern.search(header) for pattern in (_DESCRIPTION, _FORTRAN, _SHAPE))
    if _OBJECTS.search(header):
        raise BadData(f"{where} holds Python objects, which could run code; save plain numbers.")
    if description is None or fortran is None or shape is None:
        raise BadData(f"{where} does not hold plain numbers; save an array of numbers.")
    try:
        dtype = np.dtype(description[1].decode())
    except TypeError as error:
        raise BadData(f"{where} has the unknown type {shown(description[1])}.") from error
    sides = tuple(int(side) for side in re.findall(rb"\d{1,18}", shape[1]))
    order: Literal["F", "C"] = "F" if fortran[1] == b"True" else "C"
    return _shaped(data[end:], dtype, sides, where, order)


def _shaped(
    content: bytes | bytearray,
    dtype: np.dtype[Any],
    shape: Sequence[int],
    where: str,
    order: Literal["F", "C"] = "C",
) -> NDArray[Any]:
    """The array over raw bytes; raises BadData when they do not fill its shape exactly."""
    if math.prod(shape) * dtype.itemsize == len(content):
        with suppress(ValueError, OverflowError):  # shapes that no array can have
            return np.ndarray(shape, dtype, bytes(content), order=order)
    raise BadData(
        f"{where} declares shape {shown(tuple(shape))} of {dtype}, but {len(content):,} bytes "
        "follow; the file is cut short or damaged."
    )


def npz_arrays(data: bytes, name: str, only: Container[str] | None) -> dict[str, NDArray[Any]]:
    """The arrays in an .npz archive. Sizes are checked before anything is decompressed.

    Raises:
        BadData: it is no archive of arrays, or one that would grow past the limits.
    """
    import zipfile

    if data.count(b"PK\1\2") > MAX_MEMBERS:
        raise BadData(f"{name} holds more than {MAX_MEMBERS:,} arrays; keep those that are needed.")
    arrays = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _refuse_large_members(members, name)
            for member in members:
                key = member.filename.removesuffix(".npy")
                if only is None or key in only:
                    with archive.open(member) as file:
                        content = file.read(member.file_size)  # read() alone could inflate more
                    arrays[key] = npy_array(content, place_of(key, name))
    except BadData:
        raise
    except Exception as error:  # zipfile raises many types on hostile bytes
        raise BadData(f"{name} is a damaged .npz archive; save it with numpy.savez.") from error
    return arrays


def _refuse_large_members(members: list[Any], name: str) -> None:
    from zipfile import ZIP_DEFLATED, ZIP_STORED

    total = sum(member.file_size for member in members)
    if total > MAX_ARRAY_BYTES:
        raise BadData(
            f"{name} would grow to {total / MEGABYTE:,.0f} MB; "
            f"archives of up to {MAX_ARRAY_BYTES // MEGABYTE} MB are read."
        )
    if any(member.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for member in members):
        raise BadData(f"{name} is packed in a way that is not read; save it with numpy.savez.")


def safetensors_arrays(data: bytes, name: str, only: Container[str] | None) -> dict[str, NDArray[Any]]:
    """The tensors of a .safetensors file; bfloat16 is widened to float32.

    Raises:
        BadData: the file is damaged, or a tensor asked for is of a type that NumPy lacks.
    """
    from safetensors import SafetensorError, deserialize

    try:
        tensors = deserialize(data)  # type: ignore[no-untyped-call]
    except (SafetensorError, ValueError, OverflowError) as error:
        raise BadData(f"{name} is a damaged .safetensors file, or is cut short; save it again.") from error
    return {
        key: _tensor(tensor, place_of(key, name)) for key, tensor in tensors if only is None or key in only
    }


def _tensor(tensor: dict[str, Any], where: str) -> NDArray[Any]:
    kind, shape, content = tensor["dtype"], tensor["shape"], tensor["data"]
    if kind == "BF16":  # the upper half of a float32
        halves = _shaped(content, np.dtype("<u2"), shape, where)
        return (halves.astype(np.uint32) << 16).view(np.float32)
    if kind not in _SAFETENSORS_TYPES:
        raise BadData(f"{where} is stored as {kind}; save it as float32.")
    return _shaped(content, np.dtype(_SAFETENSORS_TYPES[kind]), shape, where)

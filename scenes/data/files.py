"""Reading a file whole, once it is known to be an ordinary file of a sensible size."""

import stat
from pathlib import Path

from scenes.data.errors import BadData, printable

MEGABYTE = 2**20


def name_of(path: str | Path) -> str:
    """The last part of a path, fit to be shown in a message."""
    name = printable(Path(path).name or str(path))
    return name if len(name) <= 80 else f"{name[:50]}...{name[-25:]}"


def suffix_of(path: str | Path) -> str:
    """The ending of a file's name in lower case, with its dot: `.json`."""
    return Path(path).suffix.lower()


def read_bytes(path: str | Path, *, limit: int) -> bytes:
    """The whole content of an ordinary file.

    Args:
        path: where the file is.
        limit: the largest size to read, in bytes.

    Raises:
        BadData: there is no such file, it is a folder or a device, it is empty, larger than
            `limit`, or may not be read.
    """
    name = name_of(path)
    try:
        status = Path(path).stat()
        if stat.S_ISDIR(status.st_mode):
            raise BadData(f"{name} is a folder; choose a file inside it.")
        if not stat.S_ISREG(status.st_mode):
            raise BadData(f"{name} is a device or a pipe; choose an ordinary file.")
        if status.st_size > limit:
            raise BadData(
                f"{name} is {status.st_size / MEGABYTE:,.1f} MB; "
                f"files of up to {limit // MEGABYTE} MB are read."
            )
        with open(path, "rb") as file:
            content = file.read(limit + 1)
    except FileNotFoundError as error:
        raise BadData(f"{name} was not found; check the folder and the spelling.") from error
    except PermissionError as error:
        raise BadData(f"{name} may not be read; check who is allowed to open it.") from error
    except (OSError, ValueError) as error:
        if isinstance(error, BadData):
            raise
        raise BadData(f"{name} could not be read from its disk; try a copy of it.") from error
    if not content:
        raise BadData(f"{name} is empty (0 bytes); choose a file that holds data.")
    if len(content) > limit:
        raise BadData(f"{name} grew past {limit // MEGABYTE} MB while it was read; try again.")
    return content

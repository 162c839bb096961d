"""Where code of one's own is kept: a file for each listing in the data folder, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import msgspec
from PySide6.QtCore import QCoreApplication, QIODevice, QSaveFile, QStandardPaths

from scenes.workbench.files import read_code

translate = QCoreApplication.translate


class Found(msgspec.Struct, kw_only=True):
    """How far one is with a planted mistake."""

    tries: int = 0
    found: bool = False
    mended: bool = False  # by changing the code until a check agreed, not by naming the line


def folder() -> Path:
    """The folder of the workbench."""
    base = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
    return Path(base) / "workbench"


class Store:
    """Reads and writes; a disk that does not play along is a sentence, never a fault."""

    def __init__(self, place: Path | None = None) -> None:
        self.place = place or folder()

    def path_of(self, key: str) -> Path:
        """The file of a listing's code: its scene and its function's name."""
        return self.place / f"{key}.py"

    def code(self, key: str) -> tuple[str | None, str]:
        """The code that was kept (None where there is none), and a sentence where it cannot be read."""
        try:
            return read_code(str(self.path_of(key))), ""
        except FileNotFoundError:
            return None, ""
        except (OSError, ValueError) as error:
            said = translate("bench", "The code that you had written here cannot be read: {error}")
            return None, said.format(error=_words(error))

    def keep(self, key: str, code: str) -> str:
        """Keep the code; a sentence where that cannot be."""
        return self.write(self.path_of(key), code.encode("utf-8"))

    def progress(self) -> dict[str, Found]:
        """How far one is with every planted mistake; what cannot be read counts as not begun."""
        try:
            return msgspec.json.decode((self.place / "found.json").read_bytes(), type=dict[str, Found])
        except (OSError, msgspec.MsgspecError):
            return {}

    def keep_progress(self, progress: dict[str, Found]) -> str:
        """Keep it; a sentence where that cannot be."""
        return self.write(self.place / "found.json", msgspec.json.encode(progress))

    def write(self, path: Path, data: bytes) -> str:
        """Write a file, whole or not at all; a sentence where that cannot be."""
        said = translate("bench", "Your code could not be saved: {error}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return said.format(error=_words(error))
        file = QSaveFile(str(path))
        if (
            not file.open(QIODevice.OpenModeFlag.WriteOnly)
            or file.write(data) != len(data)
            or not file.commit()
        ):
            return said.format(error=f"{file.errorString()} ({path}).")
        return ""


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror} ({error.filename})."
    return str(error)

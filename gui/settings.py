"""What the program remembers of a person between two starts: typed JSON in the platform's folder."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QSaveFile, QStandardPaths

NAME = "settings.json"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; what an older or newer program wrote besides is passed over."""

    tour_seen: bool = False


def place() -> Path:
    """Where they are kept."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppConfigLocation)) / NAME


def load() -> Settings:
    """What was kept; the defaults where there is nothing, or nothing that can be read."""
    try:
        return msgspec.json.decode(place().read_bytes(), type=Settings)
    except (OSError, ValueError):  # msgspec's faults are ValueErrors
        return Settings()


def keep(**changes: Any) -> bool:
    """Keep some of them otherwise, wholly or not at all; False where they cannot be kept."""
    settings = msgspec.structs.replace(load(), **changes)
    with contextlib.suppress(OSError):
        place().parent.mkdir(parents=True, exist_ok=True)
        file = QSaveFile(str(place()))
        if file.open(QSaveFile.OpenModeFlag.WriteOnly):
            file.write(msgspec.json.format(msgspec.json.encode(settings), indent=2) + b"\n")
            return file.commit()
    return False

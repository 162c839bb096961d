"""A person's own files: what was dropped, pasted or chosen, and what it becomes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData
from PySide6.QtGui import QImage

from scenes.data.errors import BadData
from scenes.data.image import read_image
from scenes.scene import Scene, State

IMAGES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
LONGEST_TEXT = 64_000_000


@dataclass(frozen=True)
class Brought:
    """A state with the person's file in it, and what there is to say about it."""

    state: State
    notices: tuple[str, ...]


def bring(scene: Scene, state: State, source: Path | bytes) -> Brought:
    """Put a file, or the bytes of a picture, into a state.

    Raises:
        BadData: it cannot be used here, in one sentence.
    """
    if isinstance(source, bytes) or source.suffix.lower() in IMAGES:
        if scene.take_image is None:
            raise BadData("This scene takes no picture.")
        image = read_image(source, name="the pasted picture" if isinstance(source, bytes) else None)
        return Brought(scene.take_image(state, image), image.notices)
    if scene.take_data is None:
        raise BadData(f"{source.name} cannot be used here: this scene takes pictures only.")
    return Brought(*scene.take_data(state, source))


def source_of(
    data: QMimeData | None, keep: Callable[[tempfile.TemporaryDirectory[str]], None]
) -> Path | bytes | None:
    """What a drop or a paste holds: a file, a picture, or text as a file; None where it is nothing of use.

    `keep` is handed the folder of a pasted text, to hold on to until it was read.
    """
    if data is None:  # an empty clipboard
        return None
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    if paths:
        return paths[0]
    if data.hasImage():
        return png_of(QImage(data.imageData()))
    if data.hasText() and not data.hasUrls() and 0 < len(data.text()) <= LONGEST_TEXT:
        text = data.text().strip()
        folder = tempfile.TemporaryDirectory(prefix="zoetrope-")
        keep(folder)
        path = Path(folder.name) / ("pasted.json" if text[:1] in "[{" else "pasted.txt")
        path.write_text(text, encoding="utf-8")
        return path
    return None


def png_of(image: QImage) -> bytes:
    """The picture as the bytes of a PNG file."""
    store = QByteArray()
    buffer = QBuffer(store)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # its stub wants bytes, Qt's binding a str
    return bytes(store.data())

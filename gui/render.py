"""Drawing a state into a file, with no window: the same stage, the same picture."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QEvent, QPoint, QRect, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QLayout

from engine.trace import Frame
from gui.application import application
from gui.files import png_of
from gui.show import Show
from scenes import contents
from scenes.picture import Picture

KINDS = (".png", ".svg")


def render(
    key: str, picture: Picture, frame: Frame | None, path: Path, *, size: tuple[int, int], theme: str
) -> None:
    """Draw a picture of a scene into a PNG or SVG file of `size` (width, height) pixels.

    Raises:
        OSError: the file could not be written.
    """
    show = _prepared(key, picture, frame, size, theme)
    data = _svg_of(show) if path.suffix.lower() == ".svg" else png_of(_image_of(show))
    show.deleteLater()
    QCoreApplication.sendPostedEvents(show, QEvent.Type.DeferredDelete)
    if not data:  # Qt keeps to itself why
        raise OSError("the memory has no room for so large a picture")
    path.write_bytes(data)


def _prepared(key: str, picture: Picture, frame: Frame | None, size: tuple[int, int], theme: str) -> Show:
    _, look = application(theme)
    entry = contents.entry(key)
    show = Show()
    show.set_theme(look)
    show.show_title(entry.title, entry.point)
    show.column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # any size that is asked for
    show.resize(QSize(*size))
    show.show_picture(picture, frame.narration if frame else "")
    show.ensurePolished()
    show.grab(QRect(0, 0, 1, 1))  # lays everything out
    QCoreApplication.processEvents()
    show.stage.home()
    return show


def _image_of(show: Show) -> QImage:
    image = QImage(show.size(), QImage.Format.Format_RGB32)
    image.fill(show.palette().window().color())
    painter = QPainter(image)
    show.render(painter, QPoint())
    painter.end()
    return image


def _svg_of(show: Show) -> bytes:
    store = QByteArray()
    buffer = QBuffer(store)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    drawing = QSvgGenerator()
    drawing.setOutputDevice(buffer)
    drawing.setSize(show.size())
    drawing.setViewBox(show.rect())
    drawing.setTitle(f"Zoetrope: {show.title.text()}")
    painter = QPainter(drawing)
    painter.fillRect(show.rect(), show.palette().window())
    show.render(painter, QPoint())
    painter.end()
    return bytes(store.data())

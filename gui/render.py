"""Drawing a state into a file, with no window: the same stage, the same picture."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QCoreApplication, QPoint, QRect, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QLayout

from engine.trace import Frame
from gui.application import application
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
    drawn = QBuffer()  # Qt would keep to itself why a file could not be written
    drawn.open(QBuffer.OpenModeFlag.WriteOnly)
    if path.suffix.lower() == ".svg":
        _draw_svg(show, drawn)
    elif not _image_of(show).save(drawn, b"PNG"):
        raise OSError("the memory has no room for so large a picture")
    show.deleteLater()
    path.write_bytes(drawn.data().data())


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


def _draw_svg(show: Show, device: QBuffer) -> None:
    drawing = QSvgGenerator()
    drawing.setOutputDevice(device)
    drawing.setSize(show.size())
    drawing.setViewBox(show.rect())
    drawing.setTitle(f"Zoetrope: {show.title.text()}")
    painter = QPainter(drawing)
    painter.fillRect(show.rect(), show.palette().window())
    show.render(painter, QPoint())
    painter.end()

"""One panel of the stage: axes, a canvas that paints its marks, and what the mouse means on it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui import theme as look
from gui.stage import images, pins, plots, shapes, terms
from gui.stage.motion import Way, glides
from gui.stage.pencil import Pencil
from gui.stage.renderer import Grip, Hit, Renderer
from scenes.picture import Mark, Panel, same
from scenes.scene import Click, Drag, Event, Target

TITLE_MARGIN = 4  # px
LONGEST_TICK = "-0.000"  # what an axis has room for
RENDERERS: dict[type[Mark], type[Renderer[Any]]] = {
    **images.RENDERERS,
    **shapes.RENDERERS,
    **plots.RENDERERS,
    **terms.RENDERERS,
    **pins.RENDERERS,
}


def _mono(scale: float) -> QFont:
    return look.mono(look.scaled(scale).pointSizeF())


class Canvas(pg.GraphicsObject):
    """Paints the marks of one panel, in order, above the ground of its view box."""

    def __init__(self, view: ViewBox) -> None:
        super().__init__()
        self.view = view
        self.theme = look.DARK
        self.scale = 1.0  # of all text
        self.renderers: list[Renderer[Any]] = []
        self.chosen: Grip | None = None
        self.moved: list[Way] = []
        self._faulty: set[Mark] = set()  # those that cannot be drawn, told of already
        view.addItem(self, ignoreBounds=True)
        view.sigRangeChanged.connect(self.range_changed)

    def range_changed(self) -> None:
        self.prepareGeometryChange()
        self.update()

    def show_marks(self, marks: tuple[Mark, ...]) -> bool:
        """Take over the marks; tells whether anything differs. `moved` then lists what can glide."""
        self.moved = []
        changed = len(marks) != len(self.renderers)
        renderers: list[Renderer[Any]] = []
        for number, mark in enumerate(marks):
            old = self.renderers[number] if number < len(self.renderers) else None
            if old is not None and type(old.mark) is type(mark):
                if not same(old.mark, mark):
                    if glides(old.mark, mark):
                        self.moved.append((old, old.mark, mark, self.update))
                    old.update(mark)
                    changed = True
                renderers.append(old)
            else:
                renderers.append(RENDERERS[type(mark)](mark))
                changed = True
        self.renderers = renderers
        if changed:
            self.update()
        return changed

    def boundingRect(self) -> QRectF:
        return QRectF(self.view.viewRect())

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        fonts = look.scaled(self.scale), _mono(self.scale)
        pencil = Pencil(painter, self.theme, *fonts, self.boundingRect())
        for renderer in self.renderers:
            try:
                renderer.paint(pencil)
            except Exception as fault:  # out of here it would come to C++, where some end the program
                self._tell(renderer.mark, fault)
        if self.chosen is not None:
            place = pencil.point(self.chosen.x, self.chosen.y)
            pencil.use(pencil.pen("accent", 2.0), Qt.BrushStyle.NoBrush, smooth=True)
            pencil.painter.drawEllipse(place, 8, 8)

    def _tell(self, mark: Mark, fault: Exception) -> None:
        """Tell of a mark that cannot be drawn as of any fault that nobody caught, but not at every painting."""
        if mark not in self._faulty:
            self._faulty = {r.mark for r in self.renderers if r.mark in self._faulty} | {mark}
            sys.excepthook(type(fault), fault, fault.__traceback__)


def told(handle: Callable[..., None]) -> Callable[..., None]:
    """A handler whose faults are told of as any that nobody caught; pyqtgraph would only print them."""

    @wraps(handle)
    def safe(self: ViewBox, *args: Any) -> None:
        try:
            handle(self, *args)
        except Exception as fault:
            sys.excepthook(type(fault), fault, fault.__traceback__)

    return safe


class Title(pg.GraphicsWidget):
    """The panel's title in one line, cut where its panel ends; the whole is then told under the pointer."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self.text = ""
        self.colour = QColor()
        self.font = look.scaled(1.0)

    def show_text(self, text: str, colour: str) -> None:
        """Show another title, or "" for none."""
        self.text, self.colour = text, QColor(colour)

    def stand_on(self, panel: QRectF) -> None:
        """Take the room above a panel."""
        self.setGeometry(panel.left(), panel.top() - self.room(), panel.width(), self.room())
        self.setToolTip(self.text if self._width() > panel.width() else "")
        self.update()

    def room(self) -> float:
        """The height that it takes."""
        return QFontMetricsF(self.font).height() + 2 * TITLE_MARGIN if self.text else 0.0

    def _width(self) -> float:
        return QFontMetricsF(self.font).horizontalAdvance(self.text) + TITLE_MARGIN

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        room = self.rect().adjusted(TITLE_MARGIN, 0, 0, 0)
        painter.setFont(self.font)
        painter.setPen(self.colour)
        words = painter.fontMetrics().elidedText(self.text, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)


class ViewBox(pg.ViewBox):
    """Wheel zooms, a drag on the ground moves the view or goes to the scene, as the panel says."""

    def __init__(self, owner: PanelView) -> None:
        super().__init__(enableMenu=False)
        self.owner = owner
        self.setDefaultPadding(0)

    @told
    def mouseClickEvent(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            event.accept()
            self.owner.clicked(self.mapSceneToView(event.scenePos()), event.double())

    @told
    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.owner.drag(event):
            event.accept()
        elif not self.owner.panel.fixed:
            super().mouseDragEvent(event, axis)

    def wheelEvent(self, event: Any, axis: int | None = None) -> None:
        if self.owner.panel.fixed:
            event.ignore()
        else:
            super().wheelEvent(event, axis)

    @told
    def hoverEvent(self, event: Any) -> None:
        if event.isExit():
            self.owner.hover(None)
        else:
            self.owner.hover(event.scenePos())


def filled(shown: QRectF, within: tuple[float, float, float, float], aspect: float) -> QRectF:
    """The range of this aspect (width by height) around what is shown, moved so as to lie within the bounds."""
    width = max(shown.width(), shown.height() * aspect)
    height = width / aspect
    x1, y1, x2, y2 = within
    left, top = shown.center().x() - width / 2, shown.center().y() - height / 2
    return QRectF(_slid(left, width, x1, x2), _slid(top, height, y1, y2), width, height)


def _slid(start: float, length: float, low: float, high: float) -> float:
    """Where a stretch of this length starts so as to lie between two bounds; in their middle where it is longer."""
    if length >= high - low:
        return (low + high - length) / 2
    return min(max(start, low), high - length)


class PanelView:
    """A panel on the stage. `send` takes scene events, `point` the target under the pointer or None, `turned` the
    panel's key when a person zooms or moves it.
    """

    def __init__(
        self,
        panel: Panel,
        send: Callable[[Event], None],
        point: Callable[[Target | None], None],
        turned: Callable[[str], None] = lambda key: None,
    ) -> None:
        self.panel = panel
        self.send = send
        self.point = point
        self.turned = turned
        self.view = ViewBox(self)
        self.plot = pg.PlotItem(viewBox=self.view, enableMenu=False)
        self.plot.hideButtons()
        self.plot.setTitle(None)  # its own label would push the panel aside where it is longer
        self.title = Title(self.plot)
        self.plot.setContentsMargins(0, 0, 0, 0)
        self.canvas = Canvas(self.view)
        self.dragging: Target | None = None
        self.pointer: QPointF | None = None  # where it is over this panel, on the scene
        self.companions: list[PanelView] = [self]  # those that zoom and move together with it
        self.at_home = True  # nobody has zoomed or moved it
        self.view.sigResized.connect(self._resized)
        self.view.sigRangeChangedManually.connect(self._moved)
        self._arrange(None)

    def show(self, panel: Panel) -> None:
        """Show the panel's next picture."""
        before, self.panel = self.panel, panel
        self._arrange(before)

    def close(self) -> None:
        """Let go of the panels that move with it, and be deleted soon."""
        self.view.sigRangeChanged.disconnect(self.canvas.range_changed)
        self.view.setXLink(None)
        self.view.setYLink(None)
        self.plot.deleteLater()

    def _arrange(self, before: Panel | None) -> None:
        panel, view = self.panel, self.view
        if before is None or (before.down, before.square) != (panel.down, panel.square):
            view.invertY(panel.down)
            view.setAspectLocked(panel.square and not panel.fixed, 1.0)
        if before is None or (before.axes, before.x_label, before.y_label) != (
            panel.axes,
            panel.x_label,
            panel.y_label,
        ):
            for side, label in (("left", panel.y_label), ("bottom", panel.x_label)):
                if panel.axes:
                    self.plot.setLabel(side, label)
                self.plot.showAxis(side, panel.axes)
        if before is None or before.title != panel.title:
            self._show_title()
        if before is None or (before.view, before.margin, before.within) != (
            panel.view,
            panel.margin,
            panel.within,
        ):
            self.home()
        self.canvas.show_marks(panel.marks)

    def _resized(self) -> None:
        self.title.stand_on(self.view.geometry())
        if self.panel.fixed or self.at_home:
            self.home()

    def _moved(self) -> None:
        for panel in self.companions:
            panel.at_home = False
        self.turned(self.panel.key)

    def look_like(self, other: PanelView) -> None:
        """Show the part that a panel of another stage shows."""
        for panel in self.companions:
            panel.at_home = False
        self.view.setRange(other.view.viewRect(), padding=0)

    def home(self) -> None:
        """Show the part that the panel asks for."""
        self.at_home = True
        x1, y1, x2, y2 = self.panel.view
        shown = QRectF(x1, y1, (x2 - x1) or 1.0, (y2 - y1) or 1.0)
        if self.panel.fixed:
            shown = self._with_margin(shown)
        elif (
            self.panel.square and self.panel.within is not None and self.view.width() > 1 < self.view.height()
        ):
            shown = filled(shown, self.panel.within, self.view.width() / self.view.height())
        self.view.setRange(shown, padding=0)
        self.view.updateMatrix()  # now, not while painting: that would paint all of it twice

    def _with_margin(self, shown: QRectF) -> QRectF:
        """The range that leaves the margin's room around what is shown."""
        metrics = QFontMetricsF(_mono(self.canvas.scale))
        digit, line = metrics.horizontalAdvance("0"), metrics.height()
        left, top, right, bottom = (
            n * unit for n, unit in zip(self.panel.margin, (digit, line) * 2, strict=True)
        )
        width, height = self.view.width() - left - right, self.view.height() - top - bottom
        if min(width, height) < 1:
            return shown
        x, y = shown.width() / width, shown.height() / height  # units a pixel
        spare_x = spare_y = 0.0
        if self.panel.square:
            spare_x, spare_y = max(y - x, 0) * width / 2, max(x - y, 0) * height / 2
            x = y = max(x, y)
        if not self.panel.down:
            top, bottom = bottom, top
        return shown.adjusted(
            -left * x - spare_x, -top * y - spare_y, right * x + spare_x, bottom * y + spare_y
        )

    def dress(self, theme: look.Theme, scale: float) -> None:
        """Give the axes, the title and the canvas their colours, and all text its size."""
        self.canvas.theme, self.canvas.scale = theme, scale
        self.title.font = look.scaled(scale)
        font = look.scaled(0.9 * scale)
        metrics = QFontMetricsF(font)
        room = {  # once for all: an axis that asks for more room as its numbers change moves the whole panel
            "tickTextWidth": round(metrics.horizontalAdvance(LONGEST_TICK)), "tickTextHeight": round(metrics.height()),
            "autoExpandTextSpace": False, "autoReduceTextSpace": False,
        }  # fmt: skip
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(theme.line)
            axis.setTextPen(theme.quiet)
            axis.label.setFont(self.title.font)
            axis.setStyle(tickFont=font, **room)
        self._show_title()
        if self.at_home:
            self.home()
        self.canvas.update()

    def _show_title(self) -> None:
        self.title.show_text(self.panel.title, self.canvas.theme.quiet)
        self.title.stand_on(self.view.geometry())
        self.plot.layout.setRowFixedHeight(0, self.title.room())

    def hit(self, place: QPointF) -> Hit | None:
        """The topmost part of a mark at a place."""
        dx, dy = self.view.viewPixelSize()
        for renderer in reversed(self.canvas.renderers):
            found: Hit | None = renderer.hit(place.x(), place.y(), dx, dy)
            if found is not None:
                return found
        return None

    def target(self, place: QPointF) -> Target:
        """What is at a place, as scenes name it."""
        hit = self.hit(place) or Hit("")
        return Target(
            panel=self.panel.key, x=place.x(), y=place.y(), handle=hit.handle, index=hit.index, part=hit.part
        )

    def renderer_of(self, handle: str) -> Renderer[Any] | None:
        """The renderer of the mark with this handle."""
        return next((r for r in self.canvas.renderers if r.mark.handle == handle), None)

    def hover(self, pointer: QPointF | None) -> None:
        """The pointer is here, or has left."""
        self.pointer = pointer
        self.point(None if pointer is None else self.target(self.view.mapSceneToView(pointer)))

    def clicked(self, place: QPointF, double: bool) -> None:
        self.send(Click(target=self.target(place), double=double))

    def drag(self, event: Any) -> bool:
        """A drag that belongs to the scene: of a movable mark, or of the ground where the panel says so."""
        at = self.view.mapSceneToView(event.scenePos())
        if event.isStart():
            start = self.view.mapSceneToView(event.buttonDownScenePos())
            hit = self.hit(start)
            if not (hit is not None and hit.movable) and self.panel.drag != "scene":
                return False
            self.dragging = self.target(start)
            self.last = start
        if self.dragging is None:
            return False
        phase = "start" if event.isStart() else "end" if event.isFinish() else "move"
        held = self.dragging
        target = Target(
            panel=held.panel, x=at.x(), y=at.y(), handle=held.handle, index=held.index, part=held.part
        )
        dx, dy = at.x() - self.last.x(), at.y() - self.last.y()
        self.last = at
        if event.isFinish():
            self.dragging = None
        self.send(Drag(target=target, dx=dx, dy=dy, phase=phase))  # type: ignore[arg-type]
        return True

    def grips(self) -> list[Grip]:
        """All parts that the keyboard can choose."""
        return [grip for renderer in self.canvas.renderers for grip in renderer.grips()]

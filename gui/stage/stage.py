"""The stage: shows a picture, changing only what differs, and turns mouse and keys into scene events."""

from __future__ import annotations

from functools import partial

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QWidget
from shiboken6 import isValid

from gui import theme as look
from gui.stage.motion import Motion
from gui.stage.panel import PanelView
from gui.stage.renderer import Grip
from scenes.picture import Picture
from scenes.scene import Click, Drag, Event, Press, Target, Typed

ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


ROOM = (760, 520)  # px that a stage needs for text of the usual size; on a larger one all text grows
LARGEST = 1.8  # how far it does


class Editor(QLineEdit):
    """A field over a value: Enter takes what was typed, Escape or going elsewhere leaves it."""

    taken = Signal()
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.taken.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.left.emit()


def scale_for(width: float, height: float) -> float:
    """How large text is on a stage of this size, so that the last row of a hall can read it from a large screen."""
    return min(max(min(width / ROOM[0], height / ROOM[1]), 1.0), LARGEST)


class Stage(pg.GraphicsLayoutWidget):
    """`made` carries scene events, `pointed` the target under the pointer (or None), `turned_to` the key of a panel
    that was zoomed or moved, "" when all are shown as they ask again. A stage that is `only_shown` takes no keys
    for what is on it, and no values.
    """

    made = Signal(object)
    pointed = Signal(object)
    turned_to = Signal(str)
    only_shown = False
    text_scale = 1.0  # of all text; pyqtgraph resizes while it is made

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stage")
        self.setAccessibleName(self.tr("Stage"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(self.Shape.NoFrame)
        self.theme = look.DARK
        self.picture = Picture(panels=())
        self.panels: dict[str, PanelView] = {}
        self._leaving: list[PanelView] = []  # held until Qt has deleted them: Python does it in a fatal order
        self.motion = Motion(self)
        self.ci.layout.setSpacing(12)
        self.ci.setContentsMargins(20, 8, 20, 8)
        self.editor: Editor | None = None
        self.asks = False  # clicks are answers to a question: nothing is chosen by them

    def set_theme(self, theme: look.Theme) -> None:
        """Dress the stage."""
        self.theme = theme
        self.setBackground(QColor(theme.background))
        for panel in self.panels.values():
            panel.dress(theme, self.text_scale)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        scale = round(scale_for(self.width(), self.height()), 1)
        if scale != self.text_scale:
            self.text_scale = scale
            for panel in self.panels.values():
                panel.dress(self.theme, scale)

    def show_picture(self, picture: Picture, *, step: bool = False) -> None:
        """Show a picture, changing only what differs from the one before; a `step` may glide there."""
        self.motion.finish()
        before, self.picture = self.picture, picture
        places = [(p.key, p.place) for p in picture.panels]
        if places != [(p.key, p.place) for p in before.panels]:
            self._lay_out(picture)
        if (picture.columns, picture.rows) != (before.columns, before.rows) or not before.panels:
            self._share(picture)
        for panel in picture.panels:
            view = self.panels[panel.key]
            if view.panel is not panel:
                view.show(panel)
        if step and self.motion.wanted():
            self.motion.begin([way for view in self.panels.values() for way in view.canvas.moved])
        self._keep_chosen()

    def _lay_out(self, picture: Picture) -> None:
        self._leaving = [view for view in self._leaving if isValid(view.plot)]
        keys = {panel.key for panel in picture.panels}
        for key in list(self.panels):
            view = self.panels[key]
            self.ci.removeItem(view.plot)
            if key not in keys:
                del self.panels[key]
                view.close()
                self._leaving.append(view)
        linked: dict[str, PanelView] = {}
        for panel in picture.panels:
            view = self.panels.get(panel.key) or self._new_panel(panel.key, picture)
            view.companions = [view]
            row, column, rows, columns = panel.place
            self.ci.addItem(view.plot, row, column, rows, columns)
            leader = linked[panel.link].view if panel.link in linked else None
            view.view.setXLink(leader)
            view.view.setYLink(leader)
            if panel.link and panel.link in linked:
                view.companions = linked[panel.link].companions
                view.companions.append(view)
            elif panel.link:
                linked[panel.link] = view

    def _new_panel(self, key: str, picture: Picture) -> PanelView:
        panel = next(p for p in picture.panels if p.key == key)
        view = PanelView(panel, self._event, self._point, self._turned)
        view.plot.setMinimumSize(20, 20)
        view.plot.setPreferredSize(20, 20)
        view.dress(self.theme, self.text_scale)
        self.panels[key] = view
        return view

    def _share(self, picture: Picture) -> None:
        layout = self.ci.layout
        for number in range(max(layout.columnCount(), len(picture.columns))):
            layout.setColumnStretchFactor(
                number, picture.columns[number] if number < len(picture.columns) else 0
            )
        for number in range(max(layout.rowCount(), len(picture.rows))):
            layout.setRowStretchFactor(number, picture.rows[number] if number < len(picture.rows) else 0)

    def home(self) -> None:
        """Every panel back to the part it asks for."""
        for panel in self.panels.values():
            panel.home()
        self.turned_to.emit("")

    def _turned(self, key: str) -> None:
        self.turned_to.emit(key)

    def _point(self, target: Target | None) -> None:
        """Tell what is under the pointer. It enters the next panel before it leaves the last one."""
        if target is not None or all(view.pointer is None for view in self.panels.values()):
            self.pointed.emit(target)

    def point_again(self) -> None:
        """Say anew what is under the pointer, where the picture changed and the pointer did not move."""
        for view in self.panels.values():
            if view.pointer is not None:
                view.hover(view.pointer)

    # What the mouse does

    def _event(self, event: Event) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if isinstance(event, Click) and not self.asks:
            hit = self._choose(event.target)
            if event.double and hit is not None and hit.hit.editable and not self.only_shown:
                self.edit_value(hit, event.target)
                return
        self.made.emit(event)

    def _choose(self, target: Target) -> Grip | None:
        """The clicked part becomes the one that keys move."""
        for view in self.panels.values():
            view.canvas.chosen = None
            view.canvas.update()
        if not target.handle:
            return None
        found = [
            g for g in self.panels[target.panel].grips()
            if (g.hit.handle, g.hit.index) == (target.handle, target.index)
        ]  # fmt: skip
        if found:
            self.panels[target.panel].canvas.chosen = found[0]
        return found[0] if found else None

    def let_go(self) -> None:
        """No part is the one that keys move."""
        self._choose(Target(panel="", x=0, y=0))

    # What the keyboard does

    def event(self, event: QEvent) -> bool:
        """Keys that move a chosen part are the stage's before they are the window's; so is Tab."""
        if isinstance(event, QKeyEvent):
            key = Qt.Key(event.key())
            if event.type() == QEvent.Type.ShortcutOverride and key in ARROWS and self._moved_by_keys():
                event.accept()
                return True
            tab = event.type() == QEvent.Type.KeyPress and key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
            if tab and self.choose_next(-1 if key == Qt.Key.Key_Backtab else 1):
                return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        panel, grip = self.chosen()
        if key in ARROWS:
            self._move(ARROWS[key], 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and panel and grip:
            target = self._target(panel, grip)
            if grip.hit.editable and not self.only_shown:
                self.edit_value(grip, target)
            else:
                self.made.emit(Click(target=target))
        elif key == Qt.Key.Key_Escape and grip:
            self.let_go()
        elif event.text() or key == Qt.Key.Key_Delete:
            name = {Qt.Key.Key_Delete: "Delete", Qt.Key.Key_Backspace: "Delete", Qt.Key.Key_Escape: "Escape"}
            self.made.emit(Press(key=name.get(key, event.text().upper()), target=self.chosen_target()))
        else:
            event.ignore()

    def chosen(self) -> tuple[PanelView | None, Grip | None]:
        """The part that keys act on, and its panel."""
        for view in self.panels.values():
            if view.canvas.chosen is not None:
                return view, view.canvas.chosen
        return None, None

    def chosen_target(self) -> Target | None:
        """The part that keys act on, as events name it."""
        panel, grip = self.chosen()
        return self._target(panel, grip) if panel and grip else None

    def choose_next(self, way: int) -> bool:
        """The next part that the keyboard can choose; False past the last, where the focus moves on."""
        grips = [(view, grip) for view in self.panels.values() for grip in view.grips()]
        panel, now = self.chosen()
        keys = [(view.panel.key, grip.hit) for view, grip in grips]
        here = (
            keys.index((panel.panel.key, now.hit))
            if panel and now and (panel.panel.key, now.hit) in keys
            else -1
        )
        index = here + way if here >= 0 else (0 if way > 0 else len(grips) - 1)
        self.let_go()
        if not 0 <= index < len(grips):
            return False
        view, grip = grips[index]
        view.canvas.chosen = grip
        view.canvas.update()
        self.setAccessibleDescription(grip.name)
        return True

    def _moved_by_keys(self) -> tuple[PanelView, Grip] | None:
        panel, grip = self.chosen()
        if self.only_shown:
            return None
        if panel and grip and grip.hit.movable:
            return panel, grip
        for view in self.panels.values():
            renderer = view.renderer_of(self.picture.focus) if self.picture.focus else None
            first = renderer.first_grip() if renderer else None
            if first:
                return view, first
        return None

    def _move(self, way: tuple[int, int], steps: int) -> None:
        moved = self._moved_by_keys()
        if moved is None:
            return
        view, grip = moved
        x1, y1, x2, y2 = view.panel.view
        wide, tall = abs(x2 - x1), abs(y2 - y1)
        if view.panel.square:
            wide = tall = max(wide, tall)
        x_step, y_step = (1.0 if size >= 20 else size / 100 for size in (wide, tall))
        dx, dy = way[0] * x_step * steps, way[1] * y_step * steps * (1 if view.panel.down else -1)
        target = Target(
            panel=view.panel.key, x=grip.x + dx, y=grip.y + dy, handle=grip.hit.handle, index=grip.hit.index,
            part=grip.hit.part,
        )  # fmt: skip
        self.made.emit(Drag(target=target, dx=dx, dy=dy, phase="key"))

    def _target(self, view: PanelView, grip: Grip) -> Target:
        hit = grip.hit
        return Target(
            panel=view.panel.key, x=grip.x, y=grip.y, handle=hit.handle, index=hit.index, part=hit.part
        )

    def _keep_chosen(self) -> None:
        """The chosen part is looked up again in the new picture: it may have moved, or be gone."""
        panel, grip = self.chosen()
        if panel and grip:
            panel.canvas.chosen = next((g for g in panel.grips() if g.hit == grip.hit), None)

    # Typing a value in place

    def edit_value(self, grip: Grip, target: Target) -> None:
        """A small field over an editable part: Enter takes the value, Escape leaves it."""
        self.close_editor()
        view = self.panels[target.panel]
        renderer = view.renderer_of(target.handle)
        if renderer is None:
            return
        at = self.mapFromScene(view.view.mapViewToScene(QPointF(grip.x, grip.y)))
        field = Editor(renderer.text_of(grip.hit.index), self.viewport())
        field.setAccessibleName(grip.name)
        field.setFont(look.mono(look.scaled(self.text_scale).pointSizeF()))
        field.setAlignment(Qt.AlignmentFlag.AlignCenter)
        field.resize(round(72 * self.text_scale), field.sizeHint().height())
        most = self.viewport().rect().bottomRight() - field.rect().bottomRight()
        left, top = at.x() - field.width() // 2, at.y() - field.height() // 2
        field.move(min(max(left, 0), most.x()), min(max(top, 0), most.y()))
        field.selectAll()
        field.taken.connect(partial(self._take, target))
        field.left.connect(self.close_editor)
        self.editor = field
        field.show()
        field.setFocus()

    def _take(self, target: Target) -> None:
        text = self.editor.text() if self.editor else ""
        self.close_editor()
        self.made.emit(Typed(target=target, text=text))

    def close_editor(self) -> None:
        """Put the field away without taking its value."""
        field, self.editor = self.editor, None
        if field is not None:
            if field.hasFocus():  # else a person has gone elsewhere already
                self.setFocus()
            field.hide()
            field.deleteLater()

    # Without a window

    def draw_on(self, painter: QPainter, place: QRectF) -> None:
        """Paint the whole stage into a rectangle of any paint device."""
        self.ci.layout.activate()
        self.render(painter, place, self.viewport().rect())

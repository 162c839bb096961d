"""The controls of a scene, made from the parameters that its Params class declares."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.icons import icon
from gui.inputs import SMALL, Caption, Choices, Field, Objection, Scale, Segment, Segments, Switch, Title
from gui.theme import DARK, Theme, mono, scaled
from gui.track import RoundButton, Track
from scenes.parameters import BadParameter, Parameter, parameters_of, parsed

Widget = TypeVar("Widget", bound=QWidget)
SHORT = 28  # letters that up to four choices may have together to stand side by side
UNSET = object()  # the value of a control before its first one
NUMBER_STYLE = """
QLineEdit { background: transparent; border: 0; border-bottom: 1px solid transparent;
    border-radius: 0; padding: 1px 0; }
QLineEdit:hover { border-bottom-color: palette(mid); }
QLineEdit:focus { border-bottom-color: palette(highlight); }
"""
DEFAULTS_STYLE = """
QPushButton { background: transparent; border: 0; padding: 4px 0; text-align: left;
    color: palette(placeholder-text); }
QPushButton:hover, QPushButton:focus { color: palette(text); text-decoration: underline; }
"""


def words(text: str) -> str:
    """The words of a scene (a title, a line of help, a choice) in the language of the window."""
    return QCoreApplication.translate("parameters", text) if text else ""


# ---------------------------------------------------------------------------- numbers on a track


# ---------------------------------------------------------------------------- one parameter


def _keep_room(widget: QWidget) -> None:
    """Let a widget have its place while it is hidden too, so that nothing moves when it comes."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(policy)


class Control(QWidget):
    """One parameter: its title, what sets it, and a sentence when what was typed cannot be.

    `chosen` carries the name, the checked value and whether the gesture is over.
    """

    chosen = Signal(str, object, bool)

    def __init__(self, parameter: Parameter, parent: QWidget) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self.value: Any = UNSET
        self.default: Any = parameter.default  # as the other parameters stand
        self.title = Title(words(parameter.title), self)
        self.reset = RoundButton(self, "reset")
        self.unit = QLabel(words(parameter.unit), self)
        self.help = Caption(words(parameter.help), self)
        self.message = Objection(self)
        self._lay_out()
        self._say()
        if parameter.kind != "bool":  # its title is a part of the switch
            self.title.double_clicked.connect(self.to_default)
        self.reset.clicked.connect(self.to_default)

    def show_value(self, value: Any) -> None:
        """Show the value without a word to anyone, unless a hand is on it."""
        if value != self.value and not self.held():
            self._take(value)

    def show_params(self, params: Any) -> None:
        """Know how all parameters stand, where that matters to this one."""

    def show_default(self, default: Any) -> None:
        """Know another default, and whether the value is off it."""
        self.default = default
        if self.value is not UNSET:
            self.reset.setVisible(self.off_default())

    def held(self) -> bool:
        """Whether a drag is under way."""
        return False

    def off_default(self) -> bool:
        """Whether the value is another than the default."""
        return self.default is not None and bool(self.value != self.default)

    def to_default(self) -> None:
        """Go back to the default, as one gesture."""
        if self.off_default():
            self.choose(self.default, final=True)

    def choose(self, value: Any, *, final: bool) -> None:
        """Take a value and tell of it."""
        self._take(value)
        self.chosen.emit(self.parameter.name, value, final)

    def _take(self, value: Any) -> None:
        self.value = value
        self.say_bad("")
        self.reset.setVisible(self.off_default())
        self._show(value)

    def say_bad(self, sentence: str) -> None:
        """Say why what was typed cannot be; nothing when all is well."""
        self.message.setText(sentence)
        self.message.setHidden(not sentence)
        self.help.setHidden(bool(sentence) or not self.parameter.help)

    def fit(self) -> None:
        """Follow the size of the interface's font."""
        self.message.setIndent(round(QFontMetrics(scaled(SMALL)).height() * 1.4))
        side = round(QFontMetrics(scaled(1.0)).height() * 0.85)
        self.reset.setIconSize(QSize(side, side))
        self.reset.setFixedSize(side + 6, side + 6)

    def tint(self, theme: Theme) -> None:
        """Tint the icons for a theme."""
        self.reset.setIcon(icon("reset", theme.quiet, self.reset.iconSize().width()))
        self.message.tint = theme.color("weight")

    def _show(self, value: Any) -> None:
        raise NotImplementedError

    def _lay_out(self) -> None:
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(2)
        self.head = QHBoxLayout()
        self.head.setSpacing(4)
        self.head.addWidget(self.title)
        self.head.addWidget(self.reset)
        self.head.addStretch(1)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 2, 0, 4)
        self.column.addLayout(self.head)
        self.column.addLayout(self.body)
        self.column.addWidget(self.message)
        self.column.addWidget(self.help)
        self.help.setProperty("quiet", True)
        self.help.setHidden(not self.parameter.help)
        self.unit.setProperty("quiet", True)
        self.unit.setHidden(not self.parameter.unit)
        self.message.hide()
        _keep_room(self.reset)
        self.reset.hide()

    def _say(self) -> None:
        self.unit.setTextFormat(Qt.TextFormat.PlainText)
        reset = self.tr("Reset {title} to its default").format(title=self.title.text())
        self.reset.say(reset)
        self.setToolTip(self.help.text())

    def named(self, widget: Widget) -> Widget:
        """The widget, with the parameter's name and help for those who cannot see its label."""
        text = f": {widget.text()}" if isinstance(widget, Segment) else ""
        widget.setAccessibleName(self.title.text() + text)
        widget.setAccessibleDescription(f"{self.help.text()} {self.unit.text()}".strip())
        return widget


class NumberControl(Control):
    """A number: a field to type it into and, where it has a range, a track below."""

    def __init__(self, parameter: Parameter, parent: QWidget) -> None:
        super().__init__(parameter, parent)
        whole = parameter.kind == "int"
        self.scale = Scale(parameter.range, whole) if parameter.range else None
        self.field = self.named(Field(self))
        self.track = self.named(Track(self))
        self._dragged = False
        self.field.setStyleSheet(NUMBER_STYLE)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.field.setTextMargins(0, 0, -2, 0)  # flush with the end of the track
        self.head.addWidget(self.field)
        self.head.addWidget(self.unit)
        self.body.addWidget(self.track)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.track.setMaximum(self.scale.places if self.scale else 0)
        self.track.setHidden(self.scale is None)
        self.field.entered.connect(self._enter)
        self.field.left.connect(self._leave)
        self.field.escaped.connect(self._restore)
        self.field.stepped.connect(self._step)
        self.track.stepped.connect(self._step)
        self.track.valueChanged.connect(self._slide)
        self.track.sliderReleased.connect(self._let_go)

    def held(self) -> bool:
        return self.track.isSliderDown()

    def call(self, title: str, *, within: str) -> None:
        """Give it the name of a part of another control."""
        if title == self.title.text():
            return
        self.title.setText(title)
        self._say()
        for widget in (self.field, self.track):
            widget.setAccessibleName(f"{within}: {title}")

    def fit(self) -> None:
        super().fit()
        longest = 6
        if self.scale:
            ends = (self.scale.value(0), self.scale.value(self.scale.places))
            longest = max(longest, *(len(self.scale.text(end)) + 1 for end in ends))
        self.field.setFixedWidth(QFontMetrics(mono()).horizontalAdvance("0" * longest) + 6)

    def _show(self, value: Any) -> None:
        self._restore()
        if self.scale and not self.held():
            self.track.show_value(self.scale.place(value))

    def _restore(self) -> None:
        """Let the field say the last good value again."""
        self.say_bad("")
        plain = str(self.value) if isinstance(self.value, int) else f"{self.value:.6g}"
        self.field.setText(self.scale.text(self.value) if self.scale else plain)

    def _slide(self, place: int) -> None:
        if self.scale is None:
            return
        value, down = self.scale.value(place), self.held()
        if value != self.value:
            self._dragged = down
            self.choose(value, final=not down)

    def _let_go(self) -> None:
        if self._dragged:
            self._dragged = False
            self.choose(self.value, final=True)

    def _step(self, steps: int) -> None:
        if self.scale is None:
            return
        value = self.scale.stepped(self.value, steps)
        if value != self.value:
            self.choose(value, final=True)

    def _enter(self) -> None:
        try:
            value = parsed(self.parameter, self.field.text().strip())
        except BadParameter as bad:
            self.say_bad(str(bad))
            self.field.selectAll()
            return
        if value == self.value:
            self._restore()
        else:
            self.choose(value, final=True)
        self.field.selectAll()

    def _leave(self) -> None:
        if self.field.isModified():
            self._enter()
        self._restore()


class SwitchControl(Control):
    """Yes or no."""

    def __init__(self, parameter: Parameter, parent: QWidget) -> None:
        super().__init__(parameter, parent)
        self.switch = self.named(Switch(self))
        self.head.addWidget(self.unit)
        self.head.addWidget(self.switch)
        self.title.clicked.connect(self.switch.click)
        self.switch.clicked.connect(self._switch)

    def _show(self, value: Any) -> None:
        self.switch.show_on(bool(value))

    def _switch(self, on: bool) -> None:
        self.choose(on, final=True)


class ChoiceControl(Control):
    """One of a few words."""

    def __init__(self, parameter: Parameter, parent: QWidget) -> None:
        super().__init__(parameter, parent)
        texts = [words(str(choice)) for choice in parameter.choices]
        short = len(texts) <= 4 and sum(map(len, texts)) <= SHORT
        self.row: Segments | Choices = (Segments if short else Choices)(texts, self)
        for choice in (self.row, *(self.row.buttons if isinstance(self.row, Segments) else ())):
            self.named(choice)
        self.head.addWidget(self.unit)
        self.body.addWidget(self.row)
        self.row.chosen.connect(self._chose)

    def tint(self, theme: Theme) -> None:
        super().tint(theme)
        if isinstance(self.row, Choices):
            self.row.tint = QColor(theme.quiet)

    def _show(self, value: Any) -> None:
        self.row.show_choice(self.parameter.choices.index(value))

    def _chose(self, index: int) -> None:
        value = self.parameter.choices[index]
        if value != self.value:
            self.choose(value, final=True)


class TextControl(Control):
    """A text, or a list or record written as JSON; where such a one may also be a word, the word is written plain."""

    def __init__(self, parameter: Parameter, parent: QWidget) -> None:
        super().__init__(parameter, parent)
        self.field = self.named(Field(self))
        self.head.addWidget(self.unit)
        self.body.addWidget(self.field)
        self.field.entered.connect(self._enter)
        self.field.left.connect(self._leave)
        self.field.escaped.connect(self._restore)

    def _show(self, value: Any) -> None:
        self._restore()

    def _restore(self) -> None:
        self.say_bad("")
        text = self.value
        if not isinstance(self.value, str):
            text = json.dumps(self.value, ensure_ascii=False, default=str)
        self.field.setText(text)

    def _enter(self) -> None:
        text = self.field.text().strip()
        try:
            value = self._read(text)
        except BadParameter as bad:
            self.say_bad(str(bad))
            return
        if value == self.value:
            self._restore()
        else:
            self.choose(value, final=True)

    def _read(self, text: str) -> Any:
        if self.parameter.kind == "json" and not text.isidentifier():
            try:
                json.loads(text)
            except json.JSONDecodeError:
                raise BadParameter(
                    self.tr("{name} is not JSON, such as [1, 2].").format(name=self.parameter.name)
                ) from None
        return parsed(self.parameter, text)

    def _leave(self) -> None:
        if self.field.isModified():
            self._enter()
        self._restore()


class ByNameControl(TextControl):
    """Numbers by name: a track for the number of the one that is chosen, and below it the whole as it is written."""

    def __init__(self, parameter: Parameter, parent: QWidget) -> None:
        super().__init__(parameter, parent)
        assert parameter.by_name is not None  # noqa: S101
        self.by_name = parameter.by_name
        self.name = ""
        self.numbers: Mapping[str, float] = {}
        self.usual: Mapping[str, float] = {}  # where nothing is said
        number = Parameter(name=parameter.name, kind="float", default=None, range=self.by_name.range)
        self.own = NumberControl(number, self)
        self.own.title.setProperty("quiet", True)
        self.body.insertWidget(0, self.own)
        self.own.chosen.connect(self._choose_own)

    def show_params(self, params: Any) -> None:
        if self.held():
            return
        self.name = getattr(params, self.by_name.name)
        unsaid = replace(params, **{self.parameter.name: self.default})
        self.numbers, self.usual = (self._numbers_of(some) for some in (params, unsaid))
        has_one = self.name in self.numbers and self.name in self.usual
        self.own.setVisible(has_one)
        if has_one:
            self.own.call(words(self.name), within=self.title.text())
            self.own.show_default(self.usual[self.name])
            self.own.show_value(self.numbers[self.name])

    def held(self) -> bool:
        return self.own.held()

    def fit(self) -> None:
        super().fit()
        self.own.fit()

    def tint(self, theme: Theme) -> None:
        super().tint(theme)
        self.own.tint(theme)

    def _numbers_of(self, params: Any) -> Mapping[str, float]:
        try:
            return self.by_name.numbers(params)
        except BadParameter:  # what is wrong is said where it is computed
            return {}

    def _choose_own(self, _: str, number: float, final: bool) -> None:
        """Another number for the chosen one; the others keep theirs, and what is as usual is left out."""
        said = {} if self.value == self.default else self.numbers
        others = self.value if isinstance(self.value, Mapping) else said
        made = {name: value for name, value in others.items() if name != self.name}
        if number != self.usual[self.name]:
            made[self.name] = number
        self.choose(made or self.default, final=final)


KINDS: dict[str, type[Control]] = {
    "bool": SwitchControl,
    "int": NumberControl,
    "float": NumberControl,
    "choice": ChoiceControl,
}


def _kind_of(parameter: Parameter) -> type[Control]:
    return ByNameControl if parameter.by_name else KINDS.get(parameter.kind, TextControl)


# ---------------------------------------------------------------------------- all of them


class Controls(QWidget):
    """The controls of the scene on stage.

    `changed` carries name, checked value, and whether the gesture is over: False while a track is
    being dragged, so that the owner can make one undo step of it.
    """

    changed = Signal(str, object, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("controls")
        self._theme = DARK
        self._params: Any = None
        self.controls: dict[str, Control] = {}
        self.nothing = QLabel(self.tr("Nothing to set here."), self)
        self.nothing.setProperty("quiet", True)
        self.defaults: QPushButton | None = None
        self._rows = QVBoxLayout()
        self._rows.setSpacing(20)
        self._lay_out()

    def show_params(self, params: object) -> None:
        """Show these parameters without a word to anyone; new controls for another type."""
        known = type(params) is type(self._params)
        self._params = params
        if not known:
            self._build()
        for name, control in self.controls.items():
            control.show_default(control.parameter.default_of(params))
            control.show_value(getattr(params, name))
            control.show_params(params)
            control.setVisible(control.parameter.matters(params))
        if self.defaults:
            self.defaults.setVisible(any(c.off_default() for c in self.controls.values()))

    def set_colours(self, theme: Theme) -> None:
        """Tint the icons for a theme."""
        self._theme = theme
        for control in self.controls.values():
            control.tint(theme)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()
        elif event.type() == QEvent.Type.LanguageChange:
            self.nothing.setText(self.tr("Nothing to set here."))
            params, self._params = self._params, None
            if params is not None:
                self.show_params(params)
        super().changeEvent(event)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(20)
        column.addWidget(self.nothing)
        column.addLayout(self._rows)
        column.addStretch(1)
        self.nothing.hide()

    def _build(self) -> None:
        for old in filter(None, (*self.controls.values(), self.defaults)):
            old.blockSignals(True)  # what was half typed into it is of no scene any more
            old.hide()
            self._rows.removeWidget(old)
            old.deleteLater()
        declared = parameters_of(self._params.__class__)
        self.controls = {p.name: _kind_of(p)(p, self) for p in declared}
        for control in self.controls.values():
            self._rows.addWidget(control)
            control.chosen.connect(self.changed)
        self.nothing.setHidden(bool(declared))
        self.defaults = self._reset_button() if declared else None
        self._fit()

    def _reset_button(self) -> QPushButton:
        button = QPushButton(self.tr("Reset to defaults"), self)  # last made, last in tab order
        button.setStyleSheet(DEFAULTS_STYLE)
        _keep_room(button)
        button.clicked.connect(self._to_defaults)
        self._rows.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        return button

    def _fit(self) -> None:
        for control in self.controls.values():
            control.fit()
            control.tint(self._theme)

    def _to_defaults(self) -> None:
        """All in one gesture: only the last change ends it."""
        declared = {control: control.parameter.default for control in self.controls.values()}
        off = [control for control, plain in declared.items() if plain is not None and control.value != plain]
        for control in off:
            control.choose(declared[control], final=control is off[-1])

"""Colours and type: the tokens of each theme, the palette and the few style rules made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication


@dataclass(frozen=True)
class Theme:
    """One set of tokens. `roles` gives every role of a mark its colour; `line_width` is the stage's pen."""

    name: str
    dark: bool
    background: str
    panel: str
    line: str
    text: str
    quiet: str
    accent: str
    roles: Mapping[str, str]
    line_width: float = 2.0
    differs: str = "#D55E00"  # where two runs part: no role of a picture has it
    hover: str = ""  # the ground of what the pointer is on; the lines' colour where none is named

    def color(self, role: str) -> QColor:
        """The colour of a role of the picture language."""
        return QColor(self.roles[role])


def _roles(text: str, quiet: str, line: str, accent: str, *colours: str) -> dict[str, str]:
    """The roles in the order of LOOK: input, weight, output, gradient, target, removed, ignored, now."""
    given, weight, output, gradient, target, removed, ignored, now = colours
    return {
        "input": given,
        "weight": weight,
        "output": output,
        "kept": output,
        "gradient": gradient,
        "target": target,
        "removed": removed,
        "ignored": ignored,
        "now": now,
        "text": text,
        "quiet": quiet,
        "line": line,
        "accent": accent,
    }


DARK = Theme(
    "dark", True, "#14161A", "#1B1E24", "#2A2E36", "#E8EAED", "#9AA3AF", "#6CB6FF",
    _roles("#E8EAED", "#9AA3AF", "#2A2E36", "#6CB6FF",
           "#56B4E9", "#E69F00", "#2FBF8F", "#CC79A7", "#F0E442", "#7A828E", "#7A828E", "#FFFFFF"),
    differs="#FF8C61",
)  # fmt: skip
LIGHT = Theme(
    "light", False, "#F6F7F9", "#FFFFFF", "#DDE1E7", "#1A1D21", "#5F6875", "#0B63CE",
    _roles("#1A1D21", "#5F6875", "#DDE1E7", "#0B63CE",
           "#0072B2", "#B86E00", "#00805C", "#A23E78", "#8A7A00", "#8B93A0", "#8B93A0", "#1A1D21"),
    differs="#BF3F00",
)  # fmt: skip
CONTRAST = Theme(
    "contrast", True, "#000000", "#000000", "#FFFFFF", "#FFFFFF", "#E0E0E0", "#00FFFF",
    _roles("#FFFFFF", "#E0E0E0", "#707070", "#00FFFF",
           "#66CCFF", "#FFB000", "#40FFB0", "#FF9AD5", "#FFFF40", "#B0B0B0", "#B0B0B0", "#FFFFFF"),
    line_width=3.0, differs="#FF9E80", hover="#3A3A3A",
)  # fmt: skip
THEMES = {theme.name: theme for theme in (DARK, LIGHT, CONTRAST)}


def readable_on(ground: QColor) -> QColor:
    """Black or white, whichever stands out more on the ground."""
    return QColor("#000000") if _luminance(ground) > 0.179 else QColor("#FFFFFF")


def mix(a: QColor, b: QColor, amount: float) -> QColor:
    """`a` with `amount` (0..1) of `b` in it."""
    parts = zip(_rgb(a), _rgb(b), strict=True)
    return QColor.fromRgbF(*(x + (y - x) * amount for x, y in parts))


def contrast(a: QColor, b: QColor) -> float:
    """How far two colours stand apart, 1..21 (WCAG 2)."""
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


def legible(colour: QColor, ground: QColor) -> QColor:
    """The colour, moved towards black or white until text in it can be read on the ground."""
    goal = QColor("#FFFFFF" if _luminance(ground) < 0.18 else "#000000")
    steps = (mix(colour, goal, n / 20) for n in range(21))
    return next((c for c in steps if contrast(c, ground) >= 4.5), goal)


def _luminance(colour: QColor) -> float:
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _rgb(colour))
    return float(0.2126 * r + 0.7152 * g + 0.0722 * b)


def _rgb(colour: QColor) -> tuple[float, float, float]:
    return colour.redF(), colour.greenF(), colour.blueF()


def band_colour(theme: Theme, *, caller: bool = False) -> QColor:
    """The ground of the current line, or of a line that waits for the function it called."""
    panel = QColor(theme.panel)
    if caller:
        return mix(panel, QColor(theme.quiet), 0.12)
    return mix(panel, QColor(theme.accent), 0.18 if theme.dark else 0.12)


def mono(points: float | None = None) -> QFont:
    """The system's monospace font at the size of the interface."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPointSizeF(points or QApplication.font().pointSizeF())
    return font


def scaled(factor: float, *, bold: bool = False) -> QFont:
    """The interface's font, larger or smaller."""
    font = QFont(QApplication.font())
    font.setPointSizeF(font.pointSizeF() * factor)
    font.setBold(bold)
    return font


def palette(theme: Theme) -> QPalette:
    """The palette that Fusion draws the theme's widgets with."""
    result = QPalette()
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    colours = {
        role.Window: theme.background,
        role.Base: theme.background,
        role.AlternateBase: theme.panel,
        role.Button: theme.panel,
        role.Mid: theme.line,
        role.Dark: theme.line,
        role.Light: theme.line,
        role.WindowText: theme.text,
        role.Text: theme.text,
        role.ButtonText: theme.text,
        role.BrightText: theme.text,
        role.ToolTipBase: theme.panel,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.quiet,
        role.Highlight: theme.accent,
        role.Accent: theme.accent,
        role.HighlightedText: readable_on(QColor(theme.accent)).name(),
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
    }
    for name, colour in colours.items():
        result.setColor(name, QColor(colour))
    for name in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(group.Disabled, name, QColor(theme.quiet))
    return result


def stylesheet(theme: Theme) -> str:
    """The few rules a palette cannot say. Widgets opt in by object name or property."""
    t, hover = theme, theme.hover or theme.line
    return f"""
    QToolTip {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.line}; padding: 4px; }}
    #side, #navigator {{ background: {t.panel}; }}
    #side QScrollArea, #side QScrollArea > QWidget > QWidget {{ background: {t.panel}; border: 0; }}
    QSplitter::handle {{ background: {t.line}; }}
    QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox {{
        background: {t.background}; border: 1px solid {t.line}; border-radius: 6px; padding: 4px 8px;
        selection-background-color: {t.accent}; }}
    QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {{ border-color: {t.accent}; }}
    QComboBox::drop-down {{ border: 0; width: 20px; }}
    QComboBox QAbstractItemView {{ background: {t.panel}; border: 1px solid {t.line};
        selection-background-color: {hover}; selection-color: {t.text}; }}
    QToolButton {{ background: transparent; border: 0; border-radius: 6px; padding: 4px; color: {t.text}; }}
    QToolButton:hover {{ background: {hover}; }}
    QToolButton:focus {{ border: 1px solid {t.accent}; }}
    QToolButton::menu-indicator {{ image: none; }}
    QPushButton {{ background: {t.panel}; border: 1px solid {t.line}; border-radius: 6px; padding: 5px 12px; }}
    QPushButton:hover, QPushButton:focus {{ border-color: {t.accent}; }}
    QTreeView, QTableView, QPlainTextEdit, QTextBrowser, QListView {{ background: {t.panel}; border: 0; }}
    QTreeView::item {{ padding: 4px 0; }}
    QTreeView::item:selected {{ background: {hover}; color: {t.text}; }}
    QTabBar {{ background: {t.panel}; }}
    QTabBar::tab {{ background: transparent; color: {t.quiet}; padding: 8px 12px; border: 0;
        border-bottom: 2px solid transparent; }}
    QTabBar::tab:selected {{ color: {t.text}; border-bottom-color: {t.accent}; }}
    QTabWidget::pane {{ border: 0; }}
    QMenu {{ background: {t.panel}; border: 1px solid {t.line}; padding: 4px; }}
    QMenu::item {{ padding: 6px 24px 6px 24px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {hover}; }}
    QSlider::groove:horizontal {{ height: 4px; background: {t.line}; border-radius: 2px; }}
    QSlider::sub-page:horizontal {{ background: {t.accent}; border-radius: 2px; }}
    QSlider::handle:horizontal {{ background: {t.text}; width: 14px; margin: -5px 0; border-radius: 7px; }}
    QSlider::handle:horizontal:focus {{ background: {t.accent}; }}
    QSlider:disabled::sub-page:horizontal {{ background: {t.line}; }}
    QHeaderView::section {{ background: {t.panel}; color: {t.quiet}; border: 0; padding: 4px 8px; }}
    QAbstractScrollArea::corner {{ background: transparent; border: 0; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; }}
    QScrollBar::handle {{ background: {t.line}; border-radius: 4px; min-height: 24px; min-width: 24px; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    *[quiet="true"] {{ color: {t.quiet}; }}
    #card {{ background: {t.panel}; border: 1px solid {t.line}; border-radius: 6px; }}
    """


def apply(app: QApplication, theme: Theme) -> None:
    """Dress the whole program in a theme; where it has it on already, nothing need be polished anew."""
    sheet = stylesheet(theme)
    if app.styleSheet() != sheet:
        app.setPalette(palette(theme))
        app.setStyleSheet(sheet)

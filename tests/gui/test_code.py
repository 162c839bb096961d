"""The code view: what it shows, where the bands and breakpoints are, and what mouse and keys ask for."""

import importlib.util
import subprocess
import sys
import time

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QHelpEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QMenu, QToolTip

from engine.trace import record
from gui import theme
from gui.code import CodeView, page_of
from gui.theme import band_colour, contrast, legible

Key, Left = Qt.Key, Qt.MouseButton.LeftButton

SOURCE = '''\
def double(number):
    return number + number  #> twice {number}


def total(numbers, start=0):
    """The sum of doubled numbers.

    Slowly.
    """
    answer = start
    for number in numbers:
        #> {number} is next
        answer = (
            answer
            + double(number)
        )  #> {answer} now
        # nothing to say here
    if answer:
        numbers.answer = None  # not the variable
    else:
        answer = "none 零"
    return answer
'''
COLOURS = {"numbers": "input", "answer": "output", "start": "weight"}


class Numbers(list):
    """A list that takes attributes."""


@pytest.fixture(scope="module")
def trace(tmp_path_factory):
    path = tmp_path_factory.mktemp("listing") / "sums.py"
    path.write_text(SOURCE, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("sums", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return record(module.total, Numbers(range(1, 4)), into=(module.double,))


@pytest.fixture
def view(qtbot, qapp, trace):
    theme.apply(qapp, theme.DARK)
    widget = CodeView()
    qtbot.addWidget(widget)
    widget.resize(500, 500)
    widget.show_listings(trace.listings, COLOURS)
    with qtbot.waitExposed(widget):
        widget.show()
    yield widget
    QToolTip.hideText()
    qapp.setStyleSheet("")


def row_of(view: CodeView, line: int) -> int:
    return next(n for n, row in enumerate(view.page.rows) if row.line == line)


def point(view: CodeView, line: int, column: int = 0) -> QPoint:
    """In the viewport, on a character of a line of the file."""
    cursor = view.textCursor()
    cursor.setPosition(view.document().findBlockByNumber(row_of(view, line)).position() + column)
    return view.cursorRect(cursor).center() + QPoint(3, 0)


def gutter_point(view: CodeView, line: int) -> QPoint:
    return QPoint(10, point(view, line).y())


def hover(view: CodeView, where: QPoint) -> None:
    event = QHelpEvent(QEvent.Type.ToolTip, where, view.viewport().mapToGlobal(where))
    QApplication.sendEvent(view.viewport(), event)


# ---------------------------------------------------------------------------- what is shown


def test_shows_code_without_narration(view):
    text = view.toPlainText()
    assert "#>" not in text
    assert "# nothing to say here" in text
    assert [row.line for row in view.page.rows] == [5, *range(10, 12), *range(13, 23), 0, 1, 2]
    assert text.splitlines()[row_of(view, 2)] == "    return number + number"


def test_line_numbers_of_two_functions_keep_apart(trace):
    page = page_of(trace.listings, {})
    total, double = trace.listings
    assert page.band(total, 10) != page.band(double, 10)
    assert page.band(double, 2) == range(len(page.rows) - 1, len(page.rows))
    assert page.band(None, 2) == range(0)
    assert page.band(double, 1000) == range(0)


def test_band_covers_a_statement_and_no_comment_below(view, trace):
    first = row_of(view, 13)
    for line in range(13, 17):
        assert view.page.band(trace.listings[0], line) == range(first, first + 4)


@pytest.mark.parametrize(("line", "stop"), [(5, 10), (10, 10), (15, 13), (17, 18), (20, 21), (22, 22)])
def test_a_breakpoint_stands_where_code_runs(view, line, stop):
    assert view.place_of(row_of(view, line)) == ("total", stop)


def test_every_line_run_can_have_a_breakpoint(view, trace):
    assert {(f.listing.name, f.line) for f in trace.frames} <= view.page.stops()


def test_variables_have_the_colour_of_their_role(view):
    def styles(line):
        row = view.page.rows[row_of(view, line)]
        spans = view.page.spans[row_of(view, line)]
        return {(row.text[s.start : s.start + s.length], s.style) for s in spans}

    assert ("answer", "role:output") in styles(10)
    assert ("start", "role:weight") in styles(10)
    assert styles(19) >= {("numbers", "role:input"), ("None", "keyword")}
    assert not any(text == "answer" for text, _ in styles(19))  # an attribute
    assert any(style == "comment" for _, style in styles(19))
    assert ("double", "definition") in styles(1)


def test_columns_are_counted_as_qt_does(qtbot, trace):
    listing = trace.listings[1]
    lines = ("def double(number):", '    return "😀" + number')
    odd = type(listing)("double", "f", 1, lines, {}, {1: 1, 2: 2})
    spans = page_of([odd], {"number": "input"}).spans[1]
    assert spans[-1].start == len('    return "😀" + ') + 1


def test_formats_reach_the_text(view):
    block = view.document().findBlockByNumber(row_of(view, 10))
    first = block.layout().formats()[0]
    colour = first.format.foreground().color()
    assert (first.start, first.length) == (4, len("answer"))
    assert colour == legible(theme.DARK.color("output"), band_colour(theme.DARK))
    assert first.format.fontWeight() > 400


@pytest.mark.parametrize("dress", theme.THEMES.values(), ids=list(theme.THEMES))
def test_text_can_be_read_in_every_theme(view, dress):
    view.set_theme(dress)
    for made in view._highlighter.formats.values():
        for caller in (False, True):
            assert contrast(made.foreground().color(), band_colour(dress, caller=caller)) >= 4.5
        assert contrast(made.foreground().color(), QColor(dress.panel)) >= 4.5


def test_without_code_it_says_so(view):
    before = view.viewport().grab().toImage()
    view.show_listings([], {})
    assert view.toPlainText() == ""
    assert view._gutter.width() == 0
    assert view.viewport().grab().toImage() != before


def test_the_same_code_again_changes_nothing(view, trace, qtbot):
    view.breakpoints = {("total", 10)}
    view.show_line(trace.listings[0], 10)
    again = [type(one)(one.name, one.file, one.first, one.lines, {}, one.statement) for one in trace.listings]
    with qtbot.assertNotEmitted(view.document().contentsChanged):
        view.show_listings(again, COLOURS)
    assert view.now == view.page.band(again[0], 10)
    assert view.breakpoints == {("total", 10)}


# ---------------------------------------------------------------------------- the bands


def colour_at(view: CodeView, line: int) -> str:
    image = view.grab().toImage()
    y = view.viewport().y() + point(view, line).y()
    return image.pixelColor(view.viewport().geometry().right() - 20, y).name()


def test_the_band_is_full_width_and_goes_away(view, trace):
    band, panel = band_colour(theme.DARK).name(), theme.DARK.panel.lower()
    view.show_line(trace.listings[0], 14)
    assert [colour_at(view, line) for line in (11, 13, 14, 16, 18)] == [panel, band, band, band, panel]
    view.show_line(None, 0)
    assert colour_at(view, 14) == panel


def test_callers_have_a_quieter_band(view, trace):
    total, double = trace.listings
    view.show_line(double, 2, [(total, 13)])
    assert colour_at(view, 2) == band_colour(theme.DARK).name()
    assert colour_at(view, 14) == band_colour(theme.DARK, caller=True).name()
    view.show_line(total, 18)
    assert colour_at(view, 14) == theme.DARK.panel.lower()


@pytest.mark.parametrize("line", [22, 2, 10])
def test_the_line_comes_into_sight_with_its_neighbours(view, trace, line):
    view.resize(500, 150)
    listing = trace.listings[1] if line == 2 else trace.listings[0]
    for other in (10, line):
        view.show_line(listing if other == line else trace.listings[0], other)
    rows = view.now
    seen = [n for n in range(len(view.page.rows)) if view.viewport().rect().contains(middle(view, n))]
    assert set(range(max(0, rows.start - 2), min(len(view.page.rows), rows.stop + 2))) <= set(seen)


def middle(view: CodeView, row: int) -> QPoint:
    return QPoint(0, view.rect_of(range(row, row + 1)).center().y())


def test_a_smaller_view_keeps_the_line_in_sight(view, trace):
    view.show_line(trace.listings[1], 2)
    view.resize(500, 120)
    assert view.viewport().rect().contains(middle(view, view.now.start))


def test_a_step_is_cheap(view, trace, monkeypatch):
    repainted = []
    monkeypatch.setattr(view._highlighter, "highlightBlock", repainted.append)
    before = time.perf_counter()
    for n in range(2000):
        frame = trace.frames[n % len(trace.frames)]
        view.show_line(frame.listing, frame.line)
    assert time.perf_counter() - before < 2  # 1 ms each; it takes a tenth of that
    assert not repainted


# ---------------------------------------------------------------------------- breakpoints


def test_click_in_the_gutter_toggles(view, qtbot):
    with qtbot.waitSignal(view.breakpoints_changed):
        qtbot.mouseClick(view._gutter, Left, pos=gutter_point(view, 15))
    assert view.breakpoints == {("total", 13)}
    with qtbot.waitSignal(view.breakpoints_changed):
        qtbot.mouseClick(view._gutter, Left, pos=gutter_point(view, 13))
    assert view.breakpoints == frozenset()


def test_f9_toggles_at_the_cursor(view, qtbot):
    view.setFocus()
    qtbot.keyClick(view, Key.Key_Down)
    qtbot.keyClick(view, Key.Key_F9)
    assert view.breakpoints == {("total", 10)}
    qtbot.keyClick(view, Key.Key_F9)
    assert view.breakpoints == frozenset()


def test_a_click_beside_the_code_does_nothing(view, qtbot):
    empty = view.page.rows.index(next(row for row in view.page.rows if not row.line))
    with qtbot.assertNotEmitted(view.breakpoints_changed):
        qtbot.mouseClick(view._gutter, Left, pos=QPoint(10, middle(view, empty).y()))
        qtbot.mouseClick(view._gutter, Left, pos=QPoint(10, view.height() - 5))
        qtbot.mouseClick(view._gutter, Qt.MouseButton.RightButton, pos=gutter_point(view, 10))
    assert not view.breakpoints


def test_the_dot_is_seen(view):
    where = gutter_point(view, 10)
    plain = view._gutter.grab().toImage().pixelColor(where)
    view.breakpoints = {("total", 10)}
    marked = view._gutter.grab().toImage().pixelColor(where)
    assert plain.name() == theme.DARK.panel.lower()
    assert marked.name() == theme.DARK.accent.lower()


def test_breakpoints_outside_the_code_are_dropped(view, trace, qtbot):
    view.breakpoints = {("total", 10), ("total", 11), ("double", 2), ("gone", 3), ("total", 12)}
    assert view.breakpoints == {("total", 10), ("total", 11), ("double", 2)}
    with qtbot.waitSignal(view.breakpoints_changed):
        view.show_listings(trace.listings[1:], COLOURS)
    assert view.breakpoints == {("double", 2)}


def test_the_gutter_answers_the_pointer(view, qtbot):
    qtbot.mouseMove(view._gutter, QPoint(12, view.height() - 3))
    nothing = view._gutter.grab().toImage()
    qtbot.mouseMove(view._gutter, gutter_point(view, 10))
    qtbot.waitUntil(lambda: view._gutter.hovered == row_of(view, 10))
    assert view._gutter.cursor().shape() == Qt.CursorShape.PointingHandCursor
    assert view._gutter.grab().toImage() != nothing
    QApplication.sendEvent(view._gutter, QEvent(QEvent.Type.Leave))
    assert view._gutter.hovered == -1


def test_the_wheel_turns_over_the_gutter_too(view):
    view.resize(500, 120)
    where = QPointF(10, 50)
    event = QWheelEvent(
        where, view._gutter.mapToGlobal(where), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view._gutter, event)
    assert view.verticalScrollBar().value() > 0


# ---------------------------------------------------------------------------- asking


def test_double_click_asks_to_run_there(view, qtbot):
    with qtbot.waitSignal(view.run_to) as asked:
        qtbot.mouseDClick(view.viewport(), Left, pos=point(view, 15, 6))
    assert asked.args == ["total", 13]


def test_enter_asks_to_run_to_the_cursor(view, qtbot):
    qtbot.mouseClick(view.viewport(), Left, pos=point(view, 2, 6))
    with qtbot.waitSignal(view.run_to) as asked:
        qtbot.keyClick(view, Key.Key_Return)
    assert asked.args == ["double", 2]


def test_double_click_below_the_code_asks_nothing(view, qtbot):
    with qtbot.assertNotEmitted(view.run_to):
        qtbot.mouseDClick(view.viewport(), Left, pos=QPoint(60, view.height() - 8))


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_variable_shows_its_value(view, qtbot):
    asked = []
    view.value_of = lambda name: asked.append(name) or ("[1, <2>]" if name == "numbers" else "")
    hover(view, point(view, 5, 12))
    assert "numbers = [1, &lt;2&gt;]" in QToolTip.text()
    hover(view, point(view, 10, 5))  # there is no value for it
    qtbot.waitUntil(lambda: not QToolTip.isVisible())
    assert asked == ["numbers", "answer"]


def test_what_is_no_variable_has_no_value(view):
    asked = []
    view.value_of = lambda name: asked.append(name) or ""
    beyond = QPoint(view.viewport().width() - 5, point(view, 10).y())
    for where in (point(view, 10, 11), point(view, 19, 17), point(view, 17, 14), beyond):
        hover(view, where)  # a sign, an attribute, a comment, the empty room at the right
    assert not asked


@pytest.mark.qt_log_ignore("This plugin does not support")
@pytest.mark.parametrize(("words", "done"), [("Run to", "run"), ("Stop at", "stop")])
def test_the_menu_offers_both(view, qtbot, words, done):
    asked = []
    view.run_to.connect(lambda *place: asked.append(place))
    where = point(view, 11, 6)
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(view.viewport(), QContextMenuEvent(reason, where, view.mapToGlobal(where)))
    menu = next(menu for menu in view.findChildren(QMenu) if menu.isVisible())
    next(action for action in menu.actions() if action.text().startswith(words)).trigger()
    menu.close()
    assert asked == ([("total", 11)] if done == "run" else [])
    assert view.breakpoints == ({("total", 11)} if done == "stop" else set())


# ---------------------------------------------------------------------------- surroundings


def test_it_has_a_name_and_can_be_reached(view):
    assert view.accessibleName() == "Code"
    assert view.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert view.isReadOnly()


def test_the_font_follows_the_interface(view, qapp, qtbot):
    plain, wide = qapp.font(), view._gutter.width()
    large = qapp.font()
    large.setPointSizeF(plain.pointSizeF() * 1.5)
    try:
        qapp.setFont(large)
        qtbot.waitUntil(lambda: view.font().pointSizeF() == large.pointSizeF())
        assert view._gutter.width() > wide
        theme.apply(qapp, theme.LIGHT)
        view.set_theme(theme.LIGHT)
        assert view.font().pointSizeF() == large.pointSizeF()
    finally:
        qapp.setFont(plain)


def test_the_views_load_without_the_engine():
    code = "import sys, gui.code, gui.variables, gui.tensors; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"torch", "pyqtgraph", "engine", "numpy", "pygments"}

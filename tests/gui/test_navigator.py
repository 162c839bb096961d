"""The navigator: driven by keys and mouse, as a person would."""

import pytest
from PySide6.QtCore import QEvent, QLocale, Qt
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.navigator import KEY, KIND, Navigator, title_of
from scenes.contents import CHAPTERS, ENTRIES

Key = Qt.Key


@pytest.fixture
def navigator(qtbot, qapp):
    theme.apply(qapp, theme.DARK)
    widget = Navigator()
    qtbot.addWidget(widget)
    widget.resize(240, 500)
    with qtbot.waitExposed(widget):
        widget.show()
    yield widget
    qapp.setStyleSheet("")


def rows(navigator: Navigator) -> list[tuple[str, str, str]]:
    """Every row from top to bottom: kind, key, text."""
    tree, found = navigator.tree, []
    index = tree.model().index(0, 0)
    while index.isValid():
        found.append((index.data(KIND), index.data(KEY), index.data()))
        index = tree.indexBelow(index)
    return found


def choice(navigator: Navigator) -> str | None:
    return navigator.tree.currentIndex().data()


def row_of(navigator: Navigator, text: str):
    tree = navigator.tree
    index = tree.model().index(0, 0)
    while index.isValid() and index.data() != text:
        index = tree.indexBelow(index)
    return index


def test_shows_the_whole_table_of_contents(navigator):
    shown = rows(navigator)
    assert [key for kind, key, _ in shown if kind == "scene"] == list(ENTRIES)
    assert [text for kind, _, text in shown if kind == "chapter"] == [c.title for c in CHAPTERS]
    assert all(kind != "topic" for kind, _, _ in shown)


def test_a_click_on_a_scene_opens_it_and_one_on_a_chapter_does_not(navigator, qtbot):
    asked = []
    navigator.opened.connect(asked.append)
    tree = navigator.tree
    for text in (CHAPTERS[0].title, CHAPTERS[0].entries[0].title):
        place = tree.visualRect(row_of(navigator, text)).center()
        qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked == [CHAPTERS[0].entries[0].key]


def test_typing_filters_and_shows_topics_under_their_scene(navigator, qtbot):
    qtbot.keyClicks(navigator.field, "median")
    assert rows(navigator) == [
        ("chapter", "", "Images"),
        ("scene", "filters", "Image filters"),
        ("topic", "filters", "Median filter"),
    ]


def test_chinese_finds_and_is_shown_beside_the_english(navigator, qtbot):
    navigator.field.setText("中值")
    assert ("topic", "filters", "Median filter  中值滤波") in rows(navigator)


def test_in_a_chinese_window_the_titles_are_chinese(navigator, qapp):
    before = QLocale()
    QLocale.setDefault(QLocale("zh_CN"))
    try:
        QApplication.sendEvent(navigator, QEvent(QEvent.Type.LanguageChange))
        assert ("scene", "filters", "图像滤波") in rows(navigator)
        assert title_of(ENTRIES["filters"], "image") == "图像滤波  Image filters"
    finally:
        QLocale.setDefault(before)


def test_arrows_in_the_field_move_past_chapters_and_enter_opens(navigator, qtbot):
    asked = []
    navigator.opened.connect(asked.append)
    field, keys = navigator.field, list(ENTRIES)
    navigator.focus_search()
    qtbot.keyClick(field, Key.Key_Down)
    qtbot.keyClick(field, Key.Key_Down)
    qtbot.keyClick(field, Key.Key_Return)
    qtbot.keyClick(field, Key.Key_Up)
    qtbot.keyClick(field, Key.Key_Up)  # already the first: stays
    qtbot.keyClick(field, Key.Key_Enter)
    assert asked == [keys[1], keys[0]]
    assert field.hasFocus()


def test_enter_opens_the_first_find(navigator, qtbot):
    with qtbot.waitSignal(navigator.opened) as asked:
        qtbot.keyClicks(navigator.field, "soft-nms")
        qtbot.keyClick(navigator.field, Key.Key_Return)
    assert asked.args == ["nms"]


def test_escape_and_the_cross_clear_the_search(navigator, qtbot):
    everything = rows(navigator)
    qtbot.keyClicks(navigator.field, "sobel")
    assert rows(navigator) != everything
    qtbot.keyClick(navigator.field, Key.Key_Escape)
    assert navigator.field.text() == ""
    assert rows(navigator) == everything


def test_nothing_found_says_so_and_never_as_markup(navigator, qtbot):
    qtbot.keyClicks(navigator.field, "<img src=x>")
    assert navigator.tree.isHidden()
    assert navigator.nothing.isVisible()
    assert "<img src=x>" in navigator.nothing.text()
    assert navigator.nothing.textFormat() == Qt.TextFormat.PlainText
    qtbot.keyClick(navigator.field, Key.Key_Return)  # nothing to open, nothing happens
    qtbot.keyClick(navigator.field, Key.Key_Escape)
    assert navigator.tree.isVisible()


def test_the_current_scene_is_marked_and_kept_through_a_search(navigator, qtbot):
    bare = navigator.grab().toImage()
    navigator.show_current("nms")
    assert choice(navigator) == ENTRIES["nms"].title
    marked = navigator.grab().toImage()
    assert marked != bare
    place = navigator.tree.visualRect(row_of(navigator, ENTRIES["nms"].title))
    middle = navigator.tree.viewport().mapTo(navigator, place.center())
    x = navigator.tree.viewport().mapTo(navigator, place.topLeft()).x() + 1
    assert marked.pixelColor(x, middle.y()).name().upper() == theme.DARK.accent
    qtbot.keyClicks(navigator.field, "filters")
    assert choice(navigator) != ENTRIES["nms"].title
    navigator.field.clear()
    assert choice(navigator) == ENTRIES["nms"].title


def test_the_rows_themselves_take_keys_before_the_window_does(navigator, qtbot):
    asked, stolen = [], []
    navigator.opened.connect(asked.append)
    for name in ("Down", "Home", "PgDown"):
        QShortcut(name, navigator).activated.connect(lambda name=name: stolen.append(name))
    navigator.tree.setFocus()
    for key in (Key.Key_Home, Key.Key_Down, Key.Key_Return):
        qtbot.keyClick(navigator.tree, key)
    assert asked == [list(ENTRIES)[1]]
    for key in (Key.Key_PageUp, Key.Key_Return, Key.Key_Left):
        qtbot.keyClick(navigator.tree, key)
    assert asked[1:] == [next(iter(ENTRIES))]
    assert stolen == []


def test_long_titles_elide_and_never_scroll_sideways(navigator):
    navigator.resize(110, 400)
    navigator.grab()
    assert navigator.tree.horizontalScrollBar().maximum() == 0
    assert (
        row_of(navigator, ENTRIES["nms"].title)
        .data(Qt.ItemDataRole.ToolTipRole)
        .startswith(ENTRIES["nms"].title)
    )


def test_names_for_a_screen_reader(navigator):
    assert navigator.field.accessibleName() == "Search topics"
    assert navigator.tree.accessibleName() == "Table of contents"


@pytest.mark.parametrize("name", theme.THEMES)
def test_every_theme_paints(navigator, qapp, name):
    theme.apply(qapp, theme.THEMES[name])
    navigator.set_colours(theme.THEMES[name])
    image = navigator.grab().toImage()
    assert image.pixelColor(2, image.height() - 2).name().upper() == theme.THEMES[name].panel


def test_follows_the_size_of_type(navigator, qapp):
    before, plain = qapp.font(), navigator.tree.visualRect(row_of(navigator, "Image filters"))
    large = qapp.font()
    large.setPointSizeF(large.pointSizeF() * 1.5)
    try:
        qapp.setFont(large)
        theme.apply(qapp, theme.LIGHT)
        qapp.processEvents()
        grown = navigator.tree.visualRect(row_of(navigator, "Image filters"))
        assert grown.height() > plain.height() * 1.3
    finally:
        qapp.setFont(before)
        theme.apply(qapp, theme.DARK)

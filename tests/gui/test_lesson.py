"""The lesson: read, followed, folded out, drawn in colour; and closed to everything outside."""

import time
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage, QTextCursor, QTextDocument

from gui import formulas, lesson, theme
from gui.lesson import Formula, LessonView, lesson_file, split_formulas

IMAGE = QTextDocument.ResourceType.ImageResource.value
TEXT = """# Title

The first words, with $\\color{input}{x_i}$.

See [the scene](scene:nms), [the paper](https://arxiv.org/abs/1704.04503) or [neither](file:///etc/hostname).

$$\\color{output}{y} = \\frac{1}{k^2} \\sum_{u} \\color{input}{x}[i+u]$$

```
costs $5 and $6
```

The last words before the fold.

---

[Show the answers](answers:)

## Answers

It is $\\color{weight}{\\mathbf{W}}$.
"""


@pytest.fixture
def lessons(tmp_path, monkeypatch):
    """A folder of lessons of the test's own."""
    monkeypatch.setattr(lesson, "LESSONS", tmp_path)
    (tmp_path / "own.en.md").write_text(TEXT, "utf-8")
    (tmp_path / "own.zh.md").write_text("# 标题\n\n正文 $x$，完。\n", "utf-8")
    return tmp_path


@pytest.fixture
def view(qtbot, qapp):
    theme.apply(qapp, theme.DARK)
    widget = LessonView()
    qtbot.addWidget(widget)
    widget.resize(420, 700)
    with qtbot.waitExposed(widget):
        widget.show()
    yield widget
    qapp.setStyleSheet("")


def finish(qtbot, view: LessonView) -> None:
    qtbot.waitUntil(view.is_complete, timeout=10_000)


def colours(view: LessonView) -> set[str]:
    image = view.grab().toImage()
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


def click(qtbot, view: LessonView, words: str) -> None:
    """Click in the middle of some words."""
    cursor = view.document().find(words)
    assert not cursor.isNull()
    cursor.setPosition(cursor.selectionStart() + len(words) // 2)
    view.setTextCursor(cursor)
    view.ensureCursorVisible()
    place = view.cursorRect(cursor).center()
    assert view.anchorAt(place)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


# ---------------------------------------------------------------------------- reading


def test_formulas_are_found_but_not_in_code() -> None:
    text, found = split_formulas(
        "a ($x_1$), `$no$` \\$5 $y$’s\n\n$$z$$\n\n```\n$no$\n```\n\n1. b\n\n   $$w$$\n"
    )
    assert found == [
        Formula("x_1", True, "(", "),"),
        Formula("y", True, "", "’s"),
        Formula("z", False),
        Formula("w", False),
    ]
    assert text.startswith("a ![formula](math:0) `$no$` \\$5 ![formula](math:1)\n\n![formula](math:2)\n")
    assert text.endswith("\n$no$\n```\n\n1. b\n\n   ![formula](math:3)\n")


@pytest.mark.parametrize(
    ("key", "language", "name"),
    [
        ("own", "en", "own.en.md"),
        ("own", "zh", "own.zh.md"),
        ("own", "zh_CN", "own.zh.md"),
        ("own", "fr", "own.en.md"),
        ("own", "../", "own.en.md"),
        ("none", "en", None),
        ("../own", "en", None),
        ("", "en", None),
    ],
)
def test_the_file_of_a_lesson(lessons, key: str, language: str, name: str | None) -> None:
    assert lesson_file(key, language) == (lessons / name if name else None)


def test_text_stands_at_once_and_formulas_follow(view, lessons, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(formulas, "_settings", {})
    with monkeypatch.context() as hurry:
        hurry.setattr(lesson, "_SLICE", 0.0)  # no time for any formula yet
        view.show_lesson("own")
        assert "The first words" in view.toPlainText()
        assert not view.is_complete()
        assert theme.DARK.roles["input"].lower() not in colours(view)
    finish(qtbot, view)
    assert {theme.DARK.roles[role].lower() for role in ("input", "output")} <= colours(view)


def test_a_hidden_lesson_waits(qtbot, lessons, monkeypatch) -> None:
    monkeypatch.setattr(formulas, "_settings", {})
    view = LessonView()
    qtbot.addWidget(view)
    view.show_lesson("own")
    qtbot.wait(50)
    assert "The first words" in view.toPlainText()
    assert formulas._settings == {}
    view.show()
    finish(qtbot, view)


def test_another_language_or_english_or_a_sentence(view, lessons) -> None:
    view.show_lesson("own", "zh")
    assert "正文" in view.toPlainText()
    view.show_lesson("own", "fr")
    assert "The first words" in view.toPlainText()
    view.show_lesson("none", "zh")
    assert view.toPlainText() == "There is no lesson for this scene yet."


def test_a_formula_stands_on_the_line_of_its_text(view, lessons, qtbot) -> None:
    """The letter H as text and as a formula end on the same row, beside a tall formula too."""
    (lessons / "line.en.md").write_text(
        "HHH $\\color{input}{\\mathrm{H}}$ $\\color{removed}{\\frac{.}{.}}$\n"
    )
    view.show_lesson("line")
    finish(qtbot, view)
    image = view.grab().toImage()
    ink = {"text": 0, "input": 0}
    tall = QTextCursor(view.document())
    tall.setPosition(view._spots[1].position)
    for y in range(image.height()):
        for x in range(view.cursorRect(tall).left()):
            pixel = image.pixelColor(x, y)
            if pixel.lightness() > 120:
                ink["input" if pixel.hsvSaturation() > 100 else "text"] = y
    assert 20 < ink["text"] < 60
    assert abs(ink["text"] - ink["input"]) <= 1


def test_a_bad_formula_is_shown_as_written(view, lessons, qtbot, caplog) -> None:
    (lessons / "bad.en.md").write_text("Good $x$, bad $\\foo{y}$.\n")
    view.show_lesson("bad")
    finish(qtbot, view)
    assert caplog.messages == ["The command \\foo is unknown."]
    assert theme.DARK.roles["removed"].lower() in colours(view)


# ---------------------------------------------------------------------------- links


def test_a_scene_is_asked_for(view, lessons, qtbot) -> None:
    view.show_lesson("own")
    finish(qtbot, view)
    with qtbot.waitSignal(view.scene_asked) as asked:
        click(qtbot, view, "the scene")
    assert asked.args == ["nms"]
    assert "The first words" in view.toPlainText()


def test_an_address_on_the_web_is_shown_and_only_asked_for(view, lessons, qtbot) -> None:
    view.show_lesson("own")
    finish(qtbot, view)
    cursor = view.document().find("the paper")
    assert cursor.charFormat().toolTip() == "https://arxiv.org/abs/1704.04503"
    with qtbot.waitSignal(view.link_asked) as asked:
        click(qtbot, view, "the paper")
    assert asked.args == ["https://arxiv.org/abs/1704.04503"]
    assert "The first words" in view.toPlainText()


def test_any_other_link_leads_nowhere(view, lessons, qtbot) -> None:
    view.show_lesson("own")
    finish(qtbot, view)
    with qtbot.assertNotEmitted(view.link_asked), qtbot.assertNotEmitted(view.scene_asked):
        click(qtbot, view, "neither")
    assert "The first words" in view.toPlainText()


def test_answers_are_folded_until_asked_for(view, lessons, qtbot) -> None:
    view.show_lesson("own")
    finish(qtbot, view)
    assert "It is" not in view.toPlainText()
    click(qtbot, view, "Show the answers")
    finish(qtbot, view)
    assert "It is" in view.toPlainText()
    assert "Show the answers" not in view.toPlainText()
    assert theme.DARK.roles["weight"].lower() in colours(view)
    view.show_lesson("own")
    assert "It is" not in view.toPlainText()


def test_a_link_can_be_followed_by_keyboard(view, lessons, qtbot) -> None:
    view.show_lesson("own")
    finish(qtbot, view)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    with qtbot.waitSignal(view.scene_asked):
        qtbot.keyClick(view, Qt.Key.Key_Return)


def test_a_copy_holds_the_formulas_as_written(view, lessons, qtbot) -> None:
    view.show_lesson("own")
    finish(qtbot, view)
    cursor = view.document().find("The first words")
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)
    view.copy()
    expected = "The first words, with $\\color{input}{x_i}$."
    assert QGuiApplication.clipboard().text() == expected


# ---------------------------------------------------------------------------- nothing leaks


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/hostname",
        "/etc/hostname",
        "FILE:///etc/hostname",
        "http://127.0.0.1/a.png",
        "https://127.0.0.1/a.png",
        "../images/still-life.png",
        "..%2Fimages%2Fstill-life.png",
        "assets/images/still-life.png",
        ":/qt-project.org/styles/commonstyle/images/file-16.png",
        "qrc:/qt-project.org/styles/commonstyle/images/file-16.png",
        "data:image/png;base64,iVBORw0KGgo=",
        "math:../1",
        "math:99",
        "math:²",
        "filters.en.md",
        "",
    ],
)
def test_nothing_else_is_loaded(view, address: str) -> None:
    for name in (QUrl(address), address):
        image = view.loadResource(IMAGE, name)
        assert image.size().toTuple() == (1, 1)
        assert image.pixelColor(0, 0).alpha() == 0
        for kind in QTextDocument.ResourceType:
            if kind.value != IMAGE:
                assert view.loadResource(kind.value, name) is None


def test_no_picture_from_outside_is_drawn(view, lessons, qtbot, tmp_path_factory) -> None:
    red = QImage(60, 60, QImage.Format.Format_RGB32)
    red.fill(QColor("#ff0000"))
    outside = tmp_path_factory.mktemp("outside") / "red.png"
    assert red.save(str(outside))
    relative = f"../{outside.parent.name}/red.png"
    addresses = (f"file://{outside}", outside, relative, "../" * 12 + str(outside)[1:])
    markdown = "\n\n".join(f"![x]({address})" for address in addresses)
    markdown += f'\n\n<img src="{outside}">\n\n<body background="{outside}">\n'
    (lessons / "leak.en.md").write_text(f"# Leak\n\n{markdown}", "utf-8")
    view.show_lesson("leak")
    qtbot.wait(20)
    assert "#ff0000" not in colours(view)
    assert "<img" in view.toPlainText()  # HTML is text
    red.save(str(lessons / "red.png"))
    (lessons / "own.en.md").write_text("![x](red.png)", "utf-8")
    view.show_lesson("own")
    assert "#ff0000" in colours(view)


# ---------------------------------------------------------------------------- looks


@pytest.mark.parametrize("name", theme.THEMES)
def test_a_theme_colours_formulas_and_links(view, lessons, qtbot, qapp, name: str) -> None:
    view.show_lesson("own")
    finish(qtbot, view)
    chosen = theme.THEMES[name]
    theme.apply(qapp, chosen)
    view.set_theme(chosen)
    finish(qtbot, view)
    wanted = {chosen.accent, chosen.text, chosen.roles["input"], chosen.roles["output"]}
    assert {colour.lower() for colour in wanted} <= colours(view)


def test_a_theme_keeps_the_place(view, qtbot) -> None:
    view.show_lesson("nms")
    finish(qtbot, view)
    view.verticalScrollBar().setValue(500)
    view.set_theme(theme.LIGHT)
    finish(qtbot, view)
    assert view.verticalScrollBar().value() == 500


def test_a_wide_formula_is_made_to_fit(view, lessons, qtbot) -> None:
    view.show_lesson("own")
    for width in (200, 420, 200):
        view.resize(width, 700)
        finish(qtbot, view)
        assert view.horizontalScrollBar().maximum() == 0
        assert theme.DARK.roles["output"].lower() in colours(view)


def test_larger_type_makes_all_larger(view, lessons, qtbot) -> None:
    view.show_lesson("own")
    finish(qtbot, view)
    before = {number: picture.height() for number, picture in view._pictures.items()}
    font = view.font()
    font.setPointSizeF(1.5 * font.pointSizeF())
    view.setFont(font)
    finish(qtbot, view)
    after = {number: picture.height() for number, picture in view._pictures.items()}
    assert all(after[number] > 1.3 * before[number] for number in before)
    assert view.document().begin().charFormat().fontPointSize() <= 2 * font.pointSizeF()


# ---------------------------------------------------------------------------- time


@pytest.mark.parametrize("key", ["filters", "nms"])
def test_a_lesson_never_holds_the_window_up(view, qtbot, monkeypatch, key: str) -> None:
    monkeypatch.setattr(formulas, "_settings", {})
    beats = [time.perf_counter()]
    heart = QTimer()
    heart.timeout.connect(lambda: beats.append(time.perf_counter()))
    heart.start(5)
    view.show_lesson(key)
    finish(qtbot, view)
    heart.stop()
    gaps = sorted(after - before for before, after in pairwise(beats))
    assert gaps[-1] < 0.25
    assert gaps[len(gaps) // 2] < 0.05


def test_the_timer_rests_when_all_is_done(view, lessons, qtbot) -> None:
    view.show_lesson("own")
    finish(qtbot, view)
    assert not any(timer.isActive() for timer in view.findChildren(QTimer))


def test_a_view_may_go_in_the_middle(qtbot, lessons, monkeypatch) -> None:
    monkeypatch.setattr(formulas, "_settings", {})
    view = LessonView()
    view.show()
    view.show_lesson("own")
    view.close()
    view.deleteLater()
    qtbot.wait(100)


def test_many_lessons_leave_nothing_behind(view, qtbot) -> None:
    for _ in range(3):
        for key, language in (("nms", "en"), ("filters", "zh")):
            view.show_lesson(key, language)
    finish(qtbot, view)
    assert len(view._pictures) == len(view._spots) == len(view._rooms)
    assert len(view.findChildren(QTimer)) == 1
    assert view.cursorForPosition(QPoint(30, 60)).position() >= 0

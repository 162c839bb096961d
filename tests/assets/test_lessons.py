"""The lessons themselves: none is missing, every formula renders, every link leads somewhere."""

import re

import pytest
from PySide6.QtGui import QTextDocument

from gui.formulas import check_formula, formula_box, formula_image
from gui.lesson import LESSONS, LessonView, split_formulas
from gui.theme import DARK
from scenes.contents import ENTRIES

LANGUAGES = ("en", "zh")
FILES = sorted(LESSONS.glob("*.md"))
HEADING = re.compile(r"^(#+) ", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)[^)]*\)")
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)[^)]*\)")

lessons = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
keys = pytest.mark.parametrize("key", ENTRIES)


def read(key: str, language: str) -> str:
    return (LESSONS / f"{key}.{language}.md").read_text("utf-8")


def plain(markdown: str) -> str:
    """What is left to read, a formula being one character."""
    document = QTextDocument()
    document.setMarkdown(split_formulas(markdown)[0])
    return document.toPlainText()


def test_every_scene_has_its_lesson_and_every_lesson_its_scene() -> None:
    assert {path.name for path in FILES} == {f"{key}.{tongue}.md" for key in ENTRIES for tongue in LANGUAGES}


@keys
def test_both_languages_teach_the_same(key: str) -> None:
    english, chinese = (read(key, language) for language in LANGUAGES)
    assert HEADING.findall(english) == HEADING.findall(chinese)
    assert sorted(LINK.findall(english)) == sorted(LINK.findall(chinese))
    mine, yours = split_formulas(english)[1], split_formulas(chinese)[1]
    assert sorted((f.latex, f.inline) for f in mine) == sorted((f.latex, f.inline) for f in yours)
    for pattern in (r"^\d+\. ", r"^- ", r"^```"):
        count = re.compile(pattern, re.MULTILINE)
        assert len(count.findall(english)) == len(count.findall(chinese))


@lessons
def test_every_formula_renders(path, qapp) -> None:
    found = split_formulas(path.read_text("utf-8"))[1]
    assert found
    for formula in found:
        assert check_formula(formula.latex) is None, formula.latex
        box = formula_box(formula.latex, 12, inline=formula.inline)
        assert box.ascent + box.descent < (27 if formula.inline else 120)  # or lines would touch
        image = formula_image(formula.latex, 12, DARK, inline=formula.inline)
        assert any(
            image.pixelColor(x, y).alpha() > 200 for x in range(image.width()) for y in range(image.height())
        ), formula.latex


@lessons
def test_every_link_and_picture_leads_somewhere(path) -> None:
    text = path.read_text("utf-8")
    for address in LINK.findall(text):
        scheme, _, rest = address.partition(":")
        assert scheme in ("scene", "https", "answers"), address
        if scheme == "scene":
            assert rest in ENTRIES
    for name in PICTURE.findall(text):
        assert (LESSONS / name).is_file()
    assert path.stem.split(".")[0] not in [link.removeprefix("scene:") for link in LINK.findall(text)]


@lessons
def test_its_shape_is_that_of_a_lesson(path) -> None:
    text = path.read_text("utf-8")
    assert HEADING.findall(text).count("#") == 1
    assert text.startswith("# ")
    shown, answers = re.split(r"^---$", text, flags=re.MULTILINE)
    assert answers.strip().startswith("[")
    assert "](answers:)" in answers
    questions = shown.split("\n## ")[-2]
    assert len(re.findall(r"^\d+\. ", questions, re.MULTILINE)) == len(
        re.findall(r"^\d+\. ", answers, re.MULTILINE)
    )


@lessons
def test_no_markdown_is_left_over_and_it_is_short(path, qapp) -> None:
    text = plain(path.read_text("utf-8"))
    for mark in ("$", "**", "##", "](", "\\"):
        assert mark not in text
    if path.stem.endswith(".zh"):
        assert 900 <= len(re.findall(r"[\u4e00-\u9fff]", text)) <= 2000
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]", text)  # full-width after Chinese
    else:
        assert 500 <= len(text.split()) <= 960
        assert text.isascii() or set(re.findall(r"[^\x00-\x7f]", text)) <= set("×\ufffc\xa0")


@lessons
@pytest.mark.parametrize("width", [330, 480])
def test_it_fits_the_side_panel(path, width: int, qtbot, qapp) -> None:
    view = LessonView()
    qtbot.addWidget(view)
    view.resize(width, 900)
    view.show()
    view.show_lesson(*path.stem.split("."))
    qtbot.waitUntil(view.is_complete, timeout=10_000)
    assert view.horizontalScrollBar().maximum() == 0


# ---------------------------------------------------------------------------- the numbers told


def test_the_numbers_of_nms_are_right() -> None:
    torch = pytest.importorskip("torch")
    from engine.detection.boxes import box_diou, box_iou
    from engine.detection.nms import gaussian_decay, linear_decay, nms

    def overlap(first, second, measure=box_iou, **how):
        boxes = torch.tensor([first, second], dtype=torch.float64)
        return float(measure(boxes[0], boxes[1], **how))

    assert overlap((0, 0, 3, 3), (1, 0, 4, 3)) == pytest.approx(0.500)
    assert overlap((0, 0, 3, 3), (1, 0, 4, 3), extra=1.0) == pytest.approx(0.600)
    near, far = (0, 0, 0.1, 0.1), (0.15, 0.15, 0.25, 0.25)
    assert overlap(near, far) == 0
    assert overlap(near, far, extra=1.0) == pytest.approx(0.595, abs=5e-4)
    assert overlap((0, 0, 4, 4), (0, 2, 4, 6)) == pytest.approx(8 / 24)
    diou = overlap((0, 0, 4, 4), (0, 2, 4, 6), box_diou)
    assert diou == pytest.approx(8 / 24 - 4 / 52)
    assert diou == pytest.approx(0.26, abs=5e-3)
    shared = torch.tensor([0.6])
    assert 0.8 * float(linear_decay(shared, 0.5)) == pytest.approx(0.32)
    assert 0.8 * float(gaussian_decay(shared, 0.5)) == pytest.approx(0.39, abs=5e-3)

    table = torch.tensor([[1, 0.6, 0.3], [0.6, 1, 0.6], [0.3, 0.6, 1]])  # of A, B and C
    boxes = torch.tensor([[float(i), 0, i + 1, 1] for i in range(3)])

    def told(one, others):
        return table[int(one[0])][others[:, 0].long()]

    labels = torch.zeros(3, dtype=torch.int64)
    for scores, kept in (((0.9, 0.8, 0.7), [0, 2]), ((0.9, 0.95, 0.7), [1])):
        keep = nms(boxes, torch.tensor(scores), labels, 0.5, overlap_of=told)
        assert sorted(keep.tolist()) == kept


def test_the_numbers_of_convolution_are_right() -> None:
    torch = pytest.importorskip("torch")

    def length(cells, *given):
        return torch.nn.Conv2d(1, 1, *given)(torch.zeros(1, cells, cells)).shape[-1]

    assert [length(7, 3, 2, 1), length(7, 3, 3, 1)] == [4, 3]
    assert length(9, 5, 1, 4, 2) == 9
    assert [length(224, 11, 4), length(227, 11, 4), length(224, 11, 4, 2)] == [54, 55, 55]
    assert length(224, 7, 2, 3) == 112
    assert torch.nn.Conv2d(3, 96, 11).weight.numel() == 34848
    assert "34848" in read("convolution", "en")
    mean = torch.full((1, 1, 3, 3), 1 / 9)
    assert torch.nn.functional.conv2d(torch.full((1, 1, 5, 5), 9.0), mean, padding=1)[
        0, 0, 0, 0
    ] == pytest.approx(4)


def test_the_numbers_of_filters_are_right() -> None:
    np = pytest.importorskip("numpy")
    ndimage = pytest.importorskip("scipy.ndimage")
    row = np.exp(-(np.arange(-2, 3) ** 2) / 2)
    assert ", ".join(f"{value:.4f}" for value in row / row.sum()) in read("filters", "en")

    borders = dict(
        re.findall(r"^(reflect|symmetric|edge|constant) +(.*)$", read("filters", "en"), re.MULTILINE)
    )
    for mode, told in borders.items():
        padded = np.pad(np.arange(1, 5), 2, mode=mode)
        assert [int(digit) for digit in re.findall(r"\d", told)] == padded.tolist()

    ramp = np.tile(0.1 * np.arange(9.0), (9, 1))
    assert ndimage.sobel(ramp, axis=1)[4, 4] == pytest.approx(0.8)
    square = np.zeros((9, 9))
    square[4:, 4:] = 1
    assert ndimage.median_filter(square, 3)[4, 4] == 0
    dot = np.zeros((7, 7))
    dot[3, 3] = 1
    assert ndimage.uniform_filter(dot, 3)[2:5, 2:5] == pytest.approx(1 / 9)
    assert not ndimage.median_filter(dot, 3).any()

    x = np.linspace(-60, 60, 200_001)
    for sigma in (0.5, 1.0, 2.0, 3.0):
        right = np.exp(-(x**2) / (2 * sigma**2)) / (np.sqrt(2 * np.pi) * sigma)
        wrong = np.exp(-(x**2) / sigma**2) / np.sqrt(2 * np.pi * sigma)
        assert np.trapezoid(right, x) == pytest.approx(1)
        assert np.trapezoid(wrong, x) == pytest.approx(np.sqrt(sigma / 2))

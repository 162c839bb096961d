"""Values in words, and the table of a frame's variables."""

import math
import time
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from engine.trace import SMALL, record
from gui import theme
from gui.theme import band_colour, contrast
from gui.variables import KIND, NAME, RETURNED, VALUE, Variables, decimals, is_grid, kind, number, summary

Key, Left = Qt.Key, Qt.MouseButton.LeftButton
COLOURS = {"scores": "input", "limit": "weight", "keep": "kept"}

DTYPES = [
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2,
    torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.uint16, torch.uint32, torch.uint64,
]  # fmt: skip


@dataclass
class Detection:
    label: str
    box: torch.Tensor


class Odd:
    def __repr__(self):
        raise RuntimeError("no")


class Plain:
    pass


# ---------------------------------------------------------------------------- values in words


@pytest.mark.parametrize(
    ("value", "text", "sort"),
    [
        (None, "None", ""),
        (True, "True", "bool"),
        (7, "7", "int"),
        (-(10**50), "-1.000e+50", "int"),
        pytest.param(10**5000, "1.000e+5000", "int", id="longest"),
        (0.5, "0.50", "float"),
        (1.0, "1.0", "float"),
        (0.0, "0.0", "float"),
        (0.123456, "0.1235", "float"),
        (0.00123456, "0.001235", "float"),
        (123.456, "123.46", "float"),
        (1.5e-7, "1.5e-07", "float"),
        (2.5e9, "2.5e+09", "float"),
        (float("nan"), "NaN", "float"),
        (float("-inf"), "-inf", "float"),
        (0.5 - 0.25j, "0.50-0.25j", "complex"),
        ("linear", "'linear'", "str"),
        ("a\nb", r"'a\nb'", "str"),
        ((), "[]", "list of 0"),
        ((3, 5, 7), "[3, 5, 7]", "list of 3"),
        ([0.81, 0.31, 0.0], "[0.81, 0.31, 0.00]", "list of 3"),
        ((1, None, "a"), "[1, None, 'a']", "list of 3"),
        (range(5000), "5000 × 0, 1, 2, 3, …", "list of 5000"),
        ({"a": 1, "b": 0.5}, "{'a': 1, 'b': 0.50}", "dict of 2"),
        (MappingProxyType({}), "{}", "dict of 0"),
        (frozenset({4}), "{4}", "set of 1"),
        (torch.relu, "relu", "builtin_function_or_method"),
        (Plain(), "Plain", "Plain"),
        (Odd(), "…", "Odd"),
        (torch.float32, "torch.float32", "dtype"),
    ],
)
def test_plain_values(value, text, sort):
    assert (summary(value), kind(value)) == (text, sort)


@pytest.mark.parametrize(
    ("value", "text", "sort"),
    [
        (torch.tensor(3), "3", "() int64"),
        (torch.tensor(0.9), "0.90", "() float32"),
        (torch.tensor(True), "True", "() bool"),
        (torch.tensor([0.81, 0.31, 0.0]), "[0.81, 0.31, 0.00]", "(3,) float32"),
        (torch.tensor([0.81, 0.31, 0.003]), "[0.810, 0.310, 0.003]", "(3,) float32"),
        (torch.tensor([12.0, 8.0]), "[12.0, 8.0]", "(2,) float32"),
        (torch.tensor([[1, 2], [3, 4]]), "[[1, 2], [3, 4]]", "(2, 2) int64"),
        (torch.tensor([True, False]), "[True, False]", "(2,) bool"),
        (torch.tensor([float("nan"), 1.5]), "[NaN, 1.50]", "(2,) float32"),
        (torch.tensor([float("inf"), -1.5]), "[inf, -1.50]", "(2,) float32"),
        (torch.tensor([1e-5, 2.5e-6]), "[1.00e-05, 2.50e-06]", "(2,) float32"),
        (torch.tensor([1 + 2j, -0.5j]), "[1.00+2.00j, -0.00-0.50j]", "(2,) complex64"),
        (torch.zeros(0), "[]", "(0,) float32"),
        (torch.zeros(2, 0, 4), "[]", "(2, 0, 4) float32"),
        (torch.arange(5000), "5000 × 0, 1, 2, 3, …", "(5000,) int64"),
        (torch.ones(60, 4) / 8, "60 × [0.125, 0.125, 0.125, 0.125], …", "(60, 4) float32"),
        (torch.tensor([99.251335, 15.0]), "[99.25, 15.00]", "(2,) float32"),
        (torch.zeros(3, 512, 512), "3 × [[0.0, 0.0, 0.0, 0.0, …], …", "(3, 512, 512) float32"),
        (torch.zeros(1, 9, dtype=torch.uint8), "1 × [0, 0, 0, 0, …]", "(1, 9) uint8"),
        (torch.full((9,), float("nan")), "9 NaN · 9 × NaN, NaN, NaN, NaN, …", "(9,) float32"),
        (torch.ones(2, 9).T, "9 × [1.0, 1.0], …", "(9, 2) float32"),
        (torch.zeros(4, device="meta"), "…", "(4,) float32"),
        (np.float32(0.9), "0.90", "() float32"),
        (np.array([1.5, np.nan]), "[1.50, NaN]", "(2,) float64"),
        (np.array(["cat", "dog"]), "[cat, dog]", "(2,) <U3"),
        (np.arange(20, dtype=np.uint8).reshape(5, 4), "5 × [0, 1, 2, 3], …", "(5, 4) uint8"),
    ],
)
def test_arrays(value, text, sort):
    assert (summary(value), kind(value)) == (text, sort)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_dtype(dtype):
    name = str(dtype).removeprefix("torch.")
    ones = ["1.0"] * 3 if dtype.is_floating_point else ["1"] * 3
    assert summary(torch.ones(3).to(dtype)) == f"[{', '.join(ones)}]"
    assert summary(torch.ones(3000).to(dtype)) == f"3000 × {', '.join([*ones, ones[0]])}, …"
    assert kind(torch.ones(3).to(dtype)) == f"(3,) {name}"


def test_lists_of_tensors_and_records():
    assert summary((torch.tensor(3), torch.tensor(5))) == "[3, 5]"
    assert summary([torch.tensor(0.5), torch.tensor(1.25)]) == "[0.50, 1.25]"
    assert summary([torch.ones(2), torch.zeros(64, 3)]) == "[[1.0, 1.0], (64, 3) float32]"
    assert summary([[1, 2], [3]]) == "[[1, 2], [3]]"
    assert summary([[[[[[[7]]]]]]]).count("7") == 0  # it ends somewhere
    assert summary(Detection("cat", torch.zeros(4))) == "Detection(label='cat', box=[0.0, 0.0, 0.0, 0.0])"


def test_a_long_list_that_grows():
    def grow():
        found = []
        for index in range(3 * SMALL):
            found.append(torch.tensor(index))
        return found

    found = record(grow).frames[-1].variables["found"]
    assert type(found) is not tuple
    assert summary(found) == f"{3 * SMALL} × 0, 1, 2, 3, …"
    assert kind(found) == f"list of {3 * SMALL}"
    assert is_grid(found)


def test_a_huge_tensor_costs_nothing():
    huge = torch.zeros(1).expand(50_000, 50_000, 4)
    before = time.perf_counter()
    assert summary(huge) == "50000 × [[0.0, 0.0, 0.0, 0.0], …"
    assert time.perf_counter() - before < 0.05


@given(arrays.arrays(arrays.scalar_dtypes(), arrays.array_shapes(min_dims=0, min_side=0, max_side=12)))
def test_any_array_is_one_short_line(array):
    assert "\n" not in summary(array)
    assert len(summary(array)) < 400
    assert kind(array).startswith(str(array.shape))


@given(st.lists(st.floats(-1e300, 1e300) | st.just(math.nan) | st.just(math.inf)))
def test_decimals_suit_number(values):
    assert -1 <= decimals(values) <= 4
    for value in values:
        assert float(number(value, decimals(values))) == pytest.approx(value, rel=1, abs=0.1, nan_ok=True)


@pytest.mark.parametrize("value", [True, 1, 0.5, None, "text", {1: 2}, Plain(), np.ndarray])
def test_what_cannot_be_opened(value):
    assert not is_grid(value)


# ---------------------------------------------------------------------------- the table


def halve(scores, limit):
    keep = []
    label = "none"  # noqa: F841 - a row that cannot be opened
    for score in scores:
        keep.append(score / 2)
        best = torch.stack(keep).max()
    missing = best * float("nan")
    return best, missing


@pytest.fixture(scope="module")
def trace():
    return record(halve, torch.tensor([0.5, 0.25, 0.125]), 0.5)


@pytest.fixture
def table(qtbot, qapp):
    theme.apply(qapp, theme.DARK)
    widget = Variables()
    qtbot.addWidget(widget)
    widget.resize(420, 300)
    with qtbot.waitExposed(widget):
        widget.show()
    yield widget
    qapp.setStyleSheet("")


def rows(table: Variables) -> dict[str, tuple[str, str]]:
    def text(row, column):
        return table.model().index(row, column).data()

    return {text(r, NAME): (text(r, VALUE), text(r, KIND)) for r in range(table.model().rowCount())}


def spot(table: Variables, name: str) -> QPoint:
    return table.visualRect(table.model().index(list(rows(table)).index(name), VALUE)).center()


def test_one_row_for_each_variable(table, trace):
    table.show_frame(trace.frames[0], COLOURS)
    assert rows(table) == {
        "scores": ("[0.500, 0.250, 0.125]", "(3,) float32"),
        "limit": ("0.50", "float"),
        "keep": ("[]", "list of 0"),
    }
    table.show_frame(trace.frames[-2], COLOURS)
    assert list(rows(table)) == ["scores", "limit", "keep", "label", "score", "best", "missing"]
    assert rows(table)["missing"] == ("NaN", "() float32")


def test_there_and_back_shows_the_same(table, trace):
    seen = []
    for frame in trace.frames:
        table.show_frame(frame, COLOURS)
        seen.append(rows(table))
    for frame, before in zip(reversed(trace.frames), reversed(seen), strict=True):
        table.show_frame(frame, COLOURS)
        assert rows(table) == before
    table.show_frame(trace.frames[-1], COLOURS)
    assert rows(table) == seen[-1]


def test_the_order_holds_still(table, trace):
    place: dict[str, int] = {}
    for frame in trace.frames:
        table.show_frame(frame, COLOURS)
        for row, name in enumerate(rows(table)):
            assert place.setdefault(name, row) == row


def test_the_returned_value_has_a_row(table, trace):
    table.show_frame(trace.frames[-1], COLOURS)
    assert list(rows(table))[-1] == RETURNED
    assert rows(table)[RETURNED] == ("[0.25, NaN]", "list of 2")
    assert table.value(RETURNED) is trace.frames[-1].result
    assert table.value("limit") == 0.5
    assert table.value("nobody") is None


def test_what_changed_is_marked(table, trace):
    frame = trace.frames[-2]
    assert frame.changed == ("missing",)
    table.show_frame(frame, COLOURS)
    image = table.viewport().grab().toImage()
    row = spot(table, "missing").y()
    assert image.pixelColor(table.viewport().width() - 2, row).name() == band_colour(theme.DARK).name()
    assert image.pixelColor(table.indent // 2 + 1, row).name() == theme.DARK.accent.lower()
    other = spot(table, "best").y()
    assert image.pixelColor(table.viewport().width() - 2, other).name() == theme.DARK.panel.lower()
    role = Qt.ItemDataRole.AccessibleDescriptionRole
    told = [table.model().index(r, NAME).data(role) for r in range(table.model().rowCount())]
    assert told[-1] == "just changed"
    assert not any(told[:-1])


def test_names_carry_their_role(table, trace):
    table.show_frame(trace.frames[-1], COLOURS)
    names = list(rows(table))
    assert table.ink(names.index("scores"), NAME) == theme.DARK.color("input")
    assert table.ink(names.index("best"), NAME) == theme.DARK.color("text")
    assert table.ink(names.index(RETURNED), NAME) == theme.DARK.color("quiet")


@pytest.mark.parametrize("dress", theme.THEMES.values(), ids=list(theme.THEMES))
def test_text_can_be_read_in_every_theme(table, trace, dress):
    table.set_theme(dress)
    table.show_frame(trace.frames[-1], {"scores": "target", "limit": "weight", "keep": "removed"})
    for row in range(len(rows(table))):
        for column in (NAME, KIND, VALUE):
            for ground in (band_colour(dress), table.chosen):
                assert contrast(table.ink(row, column), ground) >= 4.5


def test_before_the_first_line_it_says_what_to_do(table, trace):
    empty = table.viewport().grab().toImage()
    table.show_frame(trace.frames[0], COLOURS)
    table.show_frame(None, COLOURS)
    assert rows(table) == {}
    assert table.viewport().grab().toImage() == empty
    theme_panel = {empty.pixelColor(x, 16).name() for x in range(200)}
    assert len(theme_panel) > 1  # words


def test_enter_and_double_click_open(table, trace, qtbot):
    table.show_frame(trace.frames[-1], COLOURS)
    with qtbot.waitSignal(table.opened) as opened:
        qtbot.mouseClick(table.viewport(), Left, pos=spot(table, "keep"))
        qtbot.mouseDClick(table.viewport(), Left, pos=spot(table, "keep"))
    assert opened.args == ["keep"]
    qtbot.keyClick(table, Key.Key_Home)
    with qtbot.waitSignal(table.opened) as opened:
        qtbot.keyClick(table, Key.Key_Return)
    assert opened.args == ["scores"]
    with qtbot.assertNotEmitted(table.opened):
        qtbot.keyClick(table, Key.Key_Down)
        qtbot.keyClick(table, Key.Key_Return)
        qtbot.mouseDClick(table.viewport(), Left, pos=spot(table, "label"))


def test_the_chosen_row_stays_chosen(table, trace, qtbot):
    table.show_frame(trace.frames[-1], COLOURS)
    qtbot.mouseClick(table.viewport(), Left, pos=spot(table, "limit"))

    def same(limit: int) -> int:
        return limit

    other = record(same, 3).frames[-1]
    for frame in (trace.frames[3], trace.frames[0], trace.frames[-1], other):
        table.show_frame(frame, COLOURS)
        assert table.currentIndex().siblingAtColumn(NAME).data() == "limit"
    table.show_frame(None, COLOURS)
    assert not table.currentIndex().isValid()


def test_kinds_fold_where_there_is_no_room(table, trace):
    table.show_frame(trace.frames[-1], COLOURS)
    assert table.columnWidth(KIND) > 0
    table.resize(200, 300)
    assert table.columnWidth(KIND) == 0
    assert table.columnWidth(NAME) + table.columnWidth(VALUE) == table.viewport().width()


def test_columns_do_not_jump(table, trace):
    table.show_frame(trace.frames[-1], COLOURS)
    widths = [table.columnWidth(c) for c in (NAME, KIND, VALUE)]
    for frame in trace.frames:
        table.show_frame(frame, COLOURS)
        assert [table.columnWidth(c) for c in (NAME, KIND, VALUE)] == widths


def test_a_tip_tells_the_whole_row(table, trace):
    table.show_frame(trace.frames[0], COLOURS)
    tip = table.model().index(0, VALUE).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.splitlines()[:2] == ["scores = [0.500, 0.250, 0.125]", "(3,) float32"]


def test_a_step_is_cheap(table):
    def many(boxes):
        order = torch.arange(5000)
        while len(order) > 4000:
            best, order = order[0], order[1:]
        return best

    frames = record(many, torch.rand(5000, 4)).frames
    before = time.perf_counter()
    for frame in frames[:1000]:
        table.show_frame(frame, COLOURS)
        QApplication.processEvents()
    assert (time.perf_counter() - before) / 1000 < 0.01  # painted; without, a tenth of a millisecond


def test_it_has_a_name_and_follows_the_font(table, qapp, qtbot, trace):
    assert table.accessibleName() == "Variables"
    table.show_frame(trace.frames[-1], COLOURS)
    height, plain, large = table.rowHeight(table.model().index(0, 0)), qapp.font(), qapp.font()
    large.setPointSizeF(plain.pointSizeF() * 1.5)
    try:
        qapp.setFont(large)
        qtbot.waitUntil(lambda: table.rowHeight(table.model().index(0, 0)) > height)
    finally:
        qapp.setFont(plain)

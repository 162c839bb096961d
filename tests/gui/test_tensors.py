"""The grid of a tensor's numbers: what it shows, how it follows the player, and what it copies."""

import time

import numpy as np
import pytest
import torch
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication

from engine.trace import SMALL, record
from gui import arrays, tensors, theme
from gui.arrays import Stats, array_of, changes, stats_of
from gui.tensors import TensorGrid, Tint
from gui.theme import band_colour, contrast, readable_on

Key, Left = Qt.Key, Qt.MouseButton.LeftButton
NAN, INF = float("nan"), float("inf")


@pytest.fixture
def grid(qtbot, qapp):
    theme.apply(qapp, theme.DARK)
    widget = TensorGrid()
    qtbot.addWidget(widget)
    widget.resize(460, 300)
    with qtbot.waitExposed(widget):
        widget.show()
    yield widget
    qapp.setStyleSheet("")


def words(grid: TensorGrid) -> list[list[str]]:
    model = grid.table.model()
    rows, columns = range(model.rowCount()), range(model.columnCount())
    return [[model.index(r, c).data() for c in columns] for r in rows]


def spot(grid: TensorGrid, row: int, column: int) -> QPoint:
    return grid.table.visualRect(grid.table.model().index(row, column)).center()


def pixel(grid: TensorGrid, row: int, column: int) -> str:
    """The ground of a cell, near its lower left corner."""
    rect = grid.table.visualRect(grid.table.model().index(row, column))
    image = grid.table.viewport().grab().toImage()
    return image.pixelColor(rect.left() + 3, rect.bottom() - 3).name()


# ---------------------------------------------------------------------------- values as arrays


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (torch.tensor([1.5, 2.5]), np.array([1.5, 2.5], np.float32)),
        (torch.tensor([1.5], dtype=torch.bfloat16), np.array([1.5], np.float32)),
        (torch.tensor([1.5]).to(torch.float8_e4m3fn), np.array([1.5], np.float32)),
        (torch.tensor([True]), np.array([True])),
        (torch.tensor(3), np.array(3)),
        (torch.tensor([1 + 2j]).conj(), np.array([1 - 2j], np.complex64)),
        (torch.ones(2, requires_grad=True) * 2, np.array([2, 2], np.float32)),
        (torch.eye(2).to_sparse(), np.eye(2, dtype=np.float32)),
        (np.float32(2.0), np.array(2.0, np.float32)),
        ([1, 2], np.array([1, 2])),
        ((), np.array([])),
        ((0.5, torch.tensor(1.0)), np.array([0.5, 1.0])),
        ([torch.ones(2), torch.zeros(2)], np.array([[1, 1], [0, 0]], np.float32)),
    ],
)
def test_what_becomes_an_array(value, expected):
    found = array_of(value)
    assert found.dtype == expected.dtype or not found.size
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("value", [None, 3, "text", {1: 2}, torch.zeros(2, device="meta")])
def test_what_does_not(value):
    assert array_of(value) is None


def test_a_list_of_all_sorts_becomes_words():
    assert array_of([torch.zeros(2), 1, "a"]).tolist() == ["[0.0, 0.0]", "1", "'a'"]
    assert array_of([10**40]).tolist() == ["1.000e+40"]


def test_a_tensor_is_not_copied():
    tensor = torch.rand(100, 100)
    assert array_of(tensor).ctypes.data == tensor.data_ptr()


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        ([1.0, 3.0], Stats(1, 3, 2, 0, 0, 1, False)),
        ([0.5, 0.25], Stats(0.25, 0.5, 0.375, 0, 0, 4, False)),
        ([0.5, NAN, INF, -INF], Stats(0.5, 0.5, 0.5, 1, 2, 4, False)),
        ([12.5, 1.0], Stats(1, 12.5, 6.75, 0, 0, 3, False)),
        ([120.5, 1.0], Stats(1, 120.5, 60.75, 0, 0, 2, False)),
        ([1e-6], Stats(1e-6, 1e-6, 1e-6, 0, 0, -1, False)),
        ([1, 2], Stats(1, 2, 1.5, 0, 0, 0, False)),
        ([True, False], Stats(0, 1, 0.5, 0, 0, 0, False)),
        ([3 + 4j], Stats(5, 5, 5, 0, 0, 1, False)),
        ([], None),
        (["a"], None),
    ],
)
def test_statistics(array, expected):
    assert stats_of(np.array(array)) == expected


def test_statistics_of_nothing_but_nan():
    stats = stats_of(np.full(3, NAN))
    assert (stats.missing, stats.infinite) == (3, 0)
    assert np.isnan([stats.low, stats.mean, stats.high]).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.uint8, np.int64])
def test_statistics_do_not_overflow(dtype):
    top = np.finfo(dtype).max if np.issubdtype(dtype, np.floating) else np.iinfo(dtype).max
    assert stats_of(np.full(1000, top, dtype)).high == top


def test_of_very_many_a_sample_is_looked_at(monkeypatch):
    monkeypatch.setattr(arrays, "EXACT", 1000)
    array = np.arange(30_000.0).reshape(3, 100, 100)
    stats = stats_of(array)
    assert stats.sampled
    assert stats.mean == pytest.approx(array.mean(), rel=0.05)


def test_changes_take_nan_for_nan():
    assert changes(np.array([NAN, NAN, 1, 2]), np.array([NAN, 0, 1, 3])) == 2


@pytest.mark.parametrize("ends", [(0, 1), (-1, 1), (2, 2)])
def test_a_tint_stays_legible(ends):
    tint = Tint(Stats(*ends, 0, 0, 0, 2, False))
    for value in np.linspace(-2, 2, 41):
        ground, ink = tint.of(value)
        assert ink == readable_on(ground)
        assert contrast(ground, ink) >= 4.5
    assert tint.of(INF) == tint.of(1e9)


# ---------------------------------------------------------------------------- what is shown


def test_two_dimensions(grid):
    grid.show_value("boxes", torch.tensor([[1.5, 20.25], [NAN, -3.0]]))
    assert words(grid) == [["1.500", "20.250"], ["NaN", "-3.000"]]
    assert (grid.title.text(), grid.kind.text()) == ("boxes", "(2, 2) float32")
    assert grid.line.text() == "min -3.0   mean 6.25   max 20.25   ·   1 NaN"
    assert not grid.indices.boxes


def test_one_dimension_is_a_column(grid):
    grid.show_value("keep", (torch.tensor(3), torch.tensor(5)))
    assert words(grid) == [["3"], ["5"]]
    assert grid.table.verticalHeader().isVisible()
    assert not grid.table.horizontalHeader().isVisible()


def test_no_dimension_is_a_number(grid):
    grid.show_value("loss", torch.tensor(0.5))
    assert words(grid) == [["0.5000"]]
    assert not grid.table.verticalHeader().isVisible()


def test_truth_is_0_and_1(grid):
    grid.show_value("mask", torch.tensor([[True, False]]))
    assert words(grid) == [["1", "0"]]


def test_every_cell_fits_its_column(grid):
    values = (torch.tensor([[-1234.5, 0.1]]), torch.tensor([[1 - 2j, -33.25j]]), ["a longer sentence"])
    for number, value in enumerate((*values, torch.tensor([[1e-7, -1e30]]))):
        grid.show_value(f"value{number}", value)
        metrics = grid.table.fontMetrics()
        for row in words(grid):
            for word in row:
                assert metrics.horizontalAdvance(word) + 16 <= grid.table.columnWidth(0)


@pytest.mark.parametrize("value", [torch.zeros(0, 4), torch.zeros(3, 0, 2), [], None, "text"])
def test_nothing_to_show_says_so(grid, value):
    grid.show_value("full", torch.rand(3, 4, 5))
    grid.show_value("empty", value)
    assert words(grid) == []
    assert grid.table.message
    assert not grid.line.text()
    grid.grab()


def test_more_dimensions_have_indices(grid, qtbot):
    tensor = torch.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    grid.show_value("weight", tensor)
    assert len(grid.indices.boxes) == 2
    assert words(grid)[0] == ["0", "1", "2", "3", "4"]
    first, second = grid.indices.boxes
    qtbot.keyClick(first, Key.Key_Up)
    qtbot.keyClick(second, Key.Key_Up)
    qtbot.keyClick(second, Key.Key_Up)
    assert words(grid) == [[str(n) for n in row] for row in tensor[1, 2].tolist()]
    qtbot.keyClick(first, Key.Key_Up)  # around to the first
    assert grid.indices.place() == (0, 2)
    assert "weight[0, 2, 1, 3] = 48" in tip(grid, 1, 3)


def tip(grid: TensorGrid, row: int, column: int) -> str:
    return grid.table.model().index(row, column).data(Qt.ItemDataRole.ToolTipRole)


def test_a_tip_is_exact(grid):
    grid.show_value("scores", torch.tensor([0.123456789]), torch.tensor([0.5]))
    assert tip(grid, 0, 0) == "scores[0] = 0.12345679\nbefore: 0.5"
    grid.show_value("loss", torch.tensor(0.25))
    assert tip(grid, 0, 0) == "loss = 0.25"


# ---------------------------------------------------------------------------- following the player


def test_what_changed_is_marked(grid):
    before = torch.tensor([[1.0, 2.0, NAN], [4.0, 5.0, 6.0]])
    now = before.clone()
    now[0, 1] = 9
    grid.show_value("x", now, before)
    model = grid.table.model()
    assert [[model.changed(model.index(r, c)) for c in range(3)] for r in range(2)] == [
        [False, True, False],
        [False, False, False],
    ]
    assert "1 changed" in grid.line.text()
    assert pixel(grid, 0, 1) == band_colour(theme.DARK).name()
    assert pixel(grid, 1, 1) == theme.DARK.panel.lower()
    assert model.index(0, 1).data(Qt.ItemDataRole.AccessibleDescriptionRole) == "just changed"
    grid.show_value("x", now, now)
    assert "changed" not in grid.line.text()
    assert pixel(grid, 0, 1) == theme.DARK.panel.lower()


@pytest.mark.parametrize("previous", [None, torch.zeros(3, 3), "text", torch.tensor([[1, 2]]), ["a", "b"]])
def test_what_cannot_be_compared_is_not_marked(grid, previous):
    grid.show_value("x", torch.ones(1, 2), previous)
    assert "changed" not in grid.line.text()


def test_it_stays_where_it_is(grid, qtbot):
    tensor = torch.rand(3, 100, 40)
    grid.show_value("x", tensor)
    grid.indices.boxes[0].setValue(2)
    grid.table.verticalScrollBar().setValue(30)
    grid.table.horizontalScrollBar().setValue(200)
    qtbot.mouseClick(grid.table.viewport(), Left, pos=spot(grid, 32, 5))
    for size in (100, 120, 80, 100):
        grid.show_value("x", torch.rand(3, size, 40))
        assert grid.indices.place() == (2,)
        assert grid.table.verticalScrollBar().value() == 30
        assert grid.table.horizontalScrollBar().value() == 200
        assert (grid.table.currentIndex().row(), grid.table.currentIndex().column()) == (32, 5)
        assert grid.table.model().rowCount() == size


def test_another_variable_begins_at_the_top(grid):
    grid.show_value("x", torch.rand(3, 100, 40))
    grid.indices.boxes[0].setValue(2)
    grid.table.verticalScrollBar().setValue(30)
    grid.show_value("y", torch.rand(3, 100, 40))
    assert grid.indices.place() == (0,)
    assert grid.table.verticalScrollBar().value() == 0


def test_the_same_value_again_is_free(grid, monkeypatch):
    tensor = torch.rand(10, 10)
    grid.show_value("x", tensor)
    monkeypatch.setattr(tensors, "stats_of", pytest.fail)
    grid.show_value("x", tensor)
    grid.show_value("x", tensor, torch.rand(10, 10))
    assert "changed" in grid.line.text()


def test_it_follows_a_growing_list(grid):
    def grow():
        found = []
        for index in range(2 * SMALL):
            found.append(torch.tensor(index * 0.5))
        return found

    previous = None
    for frame in record(grow).frames:
        value = frame.variables["found"]
        grid.show_value("found", value, previous)
        assert grid.table.model().rowCount() == len(value)
        previous = value
    assert words(grid)[-1] == ["63.500"]


def test_columns_do_not_shrink(grid):
    grid.show_value("x", torch.tensor([[123456.5]]))
    width = grid.table.columnWidth(0)
    grid.show_value("x", torch.tensor([[0.5]]))
    assert grid.table.columnWidth(0) == width
    grid.show_value("y", torch.tensor([[0.5]]))
    assert grid.table.columnWidth(0) < width


def test_large_tensors_do_not_freeze(grid, monkeypatch):
    monkeypatch.setattr(tensors, "LONGEST", 1000)
    tensor = torch.zeros(1).expand(25_000_000)
    before = time.perf_counter()
    grid.show_value("large", tensor)
    grid.grab()
    assert time.perf_counter() - before < 2
    assert grid.table.model().rowCount() == 1000
    assert "from a sample" in grid.line.text()
    assert "only the first 1,000 are shown" in grid.line.text()


# ---------------------------------------------------------------------------- mouse and keys


def test_copy_is_exact_and_tab_separated(grid, qtbot):
    grid.show_value("x", torch.tensor([[0.123456789, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]))
    qtbot.mouseClick(grid.table.viewport(), Left, pos=spot(grid, 0, 0))
    qtbot.mouseClick(grid.table.viewport(), Left, Qt.KeyboardModifier.ShiftModifier, pos=spot(grid, 1, 1))
    qtbot.keyClick(grid.table, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "0.12345679\t2.0\n4.0\t5.0"
    qtbot.mouseClick(grid.table.viewport(), Left, Qt.KeyboardModifier.ControlModifier, pos=spot(grid, 2, 2))
    grid.table.copy()
    assert QGuiApplication.clipboard().text() == "0.12345679\t2.0\t\n4.0\t5.0\t\n\t\t9.0"


def test_copying_very_much_ends_somewhere(grid, monkeypatch):
    monkeypatch.setattr(tensors, "COPIED", 20)
    grid.show_value("x", torch.arange(300).reshape(30, 10))
    grid.table.selectAll()
    grid.table.copy()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines == ["\t".join(map(str, range(10))), "\t".join(map(str, range(10, 20)))]


def test_copying_nothing_changes_nothing(grid):
    QGuiApplication.clipboard().setText("kept")
    grid.table.copy()
    assert QGuiApplication.clipboard().text() == "kept"


def test_the_switch_tints_the_cells(grid, qtbot):
    grid.show_value("x", torch.tensor([[0.0, 1.0, NAN]]))
    assert pixel(grid, 0, 0) == theme.DARK.panel.lower()
    qtbot.mouseClick(grid.tinted, Left)
    assert pixel(grid, 0, 0) == "#440154"
    assert pixel(grid, 0, 1) == "#fde725"
    grid.tinted.setFocus()
    qtbot.keyClick(grid.tinted, Key.Key_Space)
    assert pixel(grid, 0, 0) == theme.DARK.panel.lower()


def test_chosen_cells_are_seen(grid, qtbot):
    grid.show_value("x", torch.tensor([[0.0, 1.0, -1.0]]))
    for tinted in (False, True):
        grid.tinted.setChecked(tinted)
        plain = grid.table.viewport().grab().toImage()
        grid.table.selectionModel().select(
            grid.table.model().index(0, 1), QItemSelectionModel.SelectionFlag.Select
        )
        assert grid.table.viewport().grab().toImage() != plain
        grid.table.clearSelection()


def test_keys_reach_every_part(grid, qtbot):
    grid.show_value("x", torch.rand(2, 2, 3, 3))
    qtbot.waitUntil(grid.indices.boxes[1].isVisible)
    grid.setFocus()
    reached = []
    for _ in range(4):
        reached.append(grid.focusWidget())
        qtbot.keyClick(grid.focusWidget(), Key.Key_Tab)
    assert reached == [grid.table, *grid.indices.boxes, grid.tinted]
    assert all(widget.accessibleName() for widget in (grid, *reached))


@pytest.mark.parametrize("dress", theme.THEMES.values(), ids=list(theme.THEMES))
def test_text_can_be_read_in_every_theme(grid, dress, qapp):
    theme.apply(qapp, dress)
    grid.set_theme(dress)
    painter = grid.table.painter
    for ground in (painter.band, painter.chosen, QColor(dress.panel)):
        assert contrast(painter.ink, ground) >= 4.5
    grid.show_value("x", torch.rand(3, 3))
    assert pixel(grid, 0, 0) == dress.panel.lower()


def test_the_font_follows_the_interface(grid, qapp, qtbot):
    grid.show_value("x", torch.rand(3, 3))
    height, plain, large = grid.table.rowHeight(0), qapp.font(), qapp.font()
    large.setPointSizeF(plain.pointSizeF() * 1.5)
    try:
        qapp.setFont(large)
        qtbot.waitUntil(lambda: grid.table.rowHeight(0) > height)
        assert grid.title.font().pointSizeF() == large.pointSizeF()
    finally:
        qapp.setFont(plain)

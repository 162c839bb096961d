"""Every kind of mark: drawn in every theme whatever its data, updated in place, found by the pointer."""

from __future__ import annotations

import inspect
import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from gui.stage import panel as panels
from gui.stage.colormaps import lookup
from gui.stage.contours import contour_segments
from gui.stage.images import qimage_of
from gui.stage.panel import RENDERERS
from gui.stage.pencil import Pencil
from gui.stage.stage import Stage
from gui.theme import DARK, THEMES, Theme, mono, scaled
from scenes import picture
from scenes.picture import Boxes, Faces, Heatmap, Image, Mark, Picture, Region, Text
from tests.gui import gallery
from tests.gui.gallery import CHANGED, DEGENERATE, ORDINARY, picture_of

SIZE = 260
NOT_HIT = (picture.Curve, picture.Line, picture.Contours, picture.Formula, picture.Pins)
KINDS = [pytest.param(kind, id=kind.__name__) for kind in ORDINARY]


@pytest.fixture
def stage(qtbot):
    widget = Stage()
    qtbot.addWidget(widget)
    widget.resize(SIZE, SIZE)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def drawn(stage: Stage, shown: Picture, look: Theme = DARK, ratio: int = 1) -> QImage:
    """The stage with a picture on it, as a screen with so many pixels to the unit has it."""
    stage.set_theme(look)
    stage.show_picture(shown)
    image = QImage(SIZE * ratio, SIZE * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.magenta)
    painter = QPainter(image)
    stage.draw_on(painter, QRectF(0, 0, SIZE, SIZE))
    painter.end()
    return image


def renderer_of(stage: Stage) -> Any:
    return stage.panels["panel"].canvas.renderers[0]


def unit(stage: Stage) -> tuple[float, float]:
    """The size of a pixel in the panel's units."""
    dx, dy = stage.panels["panel"].view.viewPixelSize()
    return dx, dy


# ---------------------------------------------------------------------------- all of them


def test_no_kind_of_mark_is_forgotten():
    declared = {kind for _, kind in inspect.getmembers(picture, inspect.isclass) if issubclass(kind, Mark)}
    assert declared - {Mark} == set(RENDERERS) == set(ORDINARY) == set(CHANGED)
    assert {type(mark) for mark in DEGENERATE.values()} == set(RENDERERS) - {picture.Region} | {
        picture.Region
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("ratio", [1, 2])
def test_each_is_drawn_in_every_theme_on_every_screen(stage, kind, name, ratio):
    look = THEMES[name]
    ground = drawn(stage, picture_of(), look, ratio)
    assert ground.pixelColor(ratio, ratio).name() == QColor(look.background).name()
    assert drawn(stage, picture_of(ORDINARY[kind]), look, ratio) != ground
    assert drawn(stage, picture_of(), look, ratio) == ground  # and is taken away again


@pytest.mark.parametrize("kind", KINDS)
def test_each_stands_in_the_same_place_on_a_finer_screen(stage, kind):
    """A pixel of the coarse picture is drawn where four of the fine one are."""
    bare, fine_bare = (pixels_of(drawn(stage, picture_of(), ratio=ratio)) for ratio in (1, 2))
    coarse = pixels_of(drawn(stage, picture_of(ORDINARY[kind]))) != bare
    fine = pixels_of(drawn(stage, picture_of(ORDINARY[kind]), ratio=2)) != fine_bare
    places, fine_places = np.argwhere(coarse.any(-1)), np.argwhere(fine.any(-1)) / 2
    assert fine_places.min(0) == pytest.approx(places.min(0), abs=4)
    assert fine_places.max(0) == pytest.approx(places.max(0), abs=4)


def pixels_of(image: QImage) -> np.ndarray[Any, Any]:
    """`(H, W, 3)` of an RGB32 image."""
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return flat[:, : image.width(), :3].copy()


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_updated_in_place(stage, kind):
    before = drawn(stage, picture_of(ORDINARY[kind]))
    renderer = renderer_of(stage)
    after = drawn(stage, picture_of(CHANGED[kind]))
    assert renderer_of(stage) is renderer
    assert renderer.mark is CHANGED[kind]
    assert after != before
    assert drawn(stage, picture_of(ORDINARY[kind])) == before


@pytest.mark.parametrize("kind", KINDS)
def test_what_draws_the_same_is_left_alone(stage, kind):
    drawn(stage, picture_of(ORDINARY[kind]))
    mark = renderer_of(stage).mark
    assert not stage.panels["panel"].canvas.show_marks((replace(mark),))
    assert renderer_of(stage).mark is mark


def test_a_mark_of_another_kind_gets_another_renderer(stage):
    for one, other in itertools.pairwise(ORDINARY.values()):
        drawn(stage, picture_of(one))
        before = renderer_of(stage)
        drawn(stage, picture_of(other))
        assert renderer_of(stage) is not before
        assert type(renderer_of(stage)) is RENDERERS[type(other)]


@pytest.mark.parametrize("name", DEGENERATE)
def test_no_data_is_too_odd(stage, name):
    """Drawn, pointed at, chosen and typed into, with neither exception nor warning."""
    mark = DEGENERATE[name]
    drawn(stage, picture_of(mark))
    drawn(stage, picture_of(CHANGED[type(mark)]))
    drawn(stage, picture_of(mark), THEMES["contrast"], 2)
    renderer, (dx, dy) = renderer_of(stage), unit(stage)
    for x, y in itertools.product((-1e9, 0.0, 1.0, 5.0, 9.99, 1e9), repeat=2):
        hit = renderer.hit(x, y, dx, dy)
        assert hit is None or hit.handle == mark.handle != ""
    grips = renderer.grips()
    for grip in grips[:3] + grips[-1:]:
        assert grip.name
        assert isinstance(renderer.text_of(grip.hit.index), str)
        stage.choose_next(1)
        drawn(stage, picture_of(mark))
        if grip.hit.editable:
            stage.edit_value(grip, stage._target(stage.panels["panel"], grip))
            stage.close_editor()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("view", [(5, 5, 5, 5), (0, 0, 1e-9, 1e-9), (-1e9, -1e9, 1e9, 1e9)])
def test_a_panel_may_show_a_point_or_a_world(stage, kind, view):
    for options in (
        {},
        {"fixed": True, "margin": (3, 1, 3, 1)},
        {"square": False, "down": False, "axes": True},
    ):
        drawn(stage, picture_of(ORDINARY[kind], view=view, **options))


def test_a_stage_of_no_size_draws_nothing_and_lives(stage):
    for size in ((0, 0), (1, 1), (40, 3), (SIZE, SIZE)):
        stage.resize(*size)
        for mark in ORDINARY.values():
            drawn(stage, picture_of(mark))
            drawn(stage, picture_of(mark, fixed=True, margin=(9, 9, 9, 9)))


def test_roles_look_different_in_every_theme(stage):
    """Each role has its own colour or its own way of drawing: none is told by colour alone."""
    for look in THEMES.values():
        seen = {}
        for role in picture.Role.__args__:
            one = gallery.boxes_mark([(2, 2, 8, 8)], (role,))
            seen[role] = pixels_of(drawn(stage, picture_of(one), look)).tobytes()
        for a, b in itertools.combinations(seen, 2):
            alike = {a, b} in ({"output", "kept"}, {"text", "now"}) or look.roles[a] == look.roles[b]
            assert seen[a] != seen[b] or alike, (look.name, a, b)
        assert seen["removed"] != seen["quiet"]
        assert seen["ignored"] != seen["removed"]


# ---------------------------------------------------------------------------- pixels


def test_an_image_is_built_again_only_for_other_pixels(stage):
    mark = ORDINARY[Image]
    drawn(stage, picture_of(mark))
    built = renderer_of(stage).image
    drawn(stage, picture_of(replace(mark, extent=(0, 0, 4, 4))))
    assert renderer_of(stage).image is built
    drawn(stage, picture_of(replace(mark, pixels=mark.pixels.copy())))
    assert renderer_of(stage).image is not built


def test_a_heat_map_is_built_again_only_for_other_values_range_or_colours(stage):
    mark = ORDINARY[Heatmap]
    drawn(stage, picture_of(mark))
    built = renderer_of(stage).image
    drawn(stage, picture_of(replace(mark, legend="other", extent=(0, 0, 4, 4))))
    assert renderer_of(stage).image is built
    for change in ({"values": mark.values.copy()}, {"range": (-2, 2)}, {"colormap": "gray"}):
        drawn(stage, picture_of(replace(renderer_of(stage).mark, **change)))
        assert renderer_of(stage).image is not built
        built = renderer_of(stage).image


def test_an_image_shares_nothing_with_its_array():
    given = gallery.pixels(4, 4, 3)
    image = qimage_of(given)
    before = image.copy()
    given[:] = 0
    assert image == before


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pixels_are_drawn_as_they_are(stage, channels):
    """Each magnified pixel is a square of its very colour, in rows from the top."""
    given = gallery.pixels(4, 4, channels)
    given[..., 3:] = 255
    shown = drawn(stage, picture_of(Image(pixels=given, extent=(0, 0, 10, 10))))
    view = stage.panels["panel"].view
    for row, column in itertools.product(range(4), repeat=2):
        at = stage.mapFromScene(view.mapViewToScene(panels.QPointF(2.5 * column + 1.25, 2.5 * row + 1.25)))
        wanted = given[row, column, :3].tolist() if channels > 1 else given[row, column].tolist() * 3
        assert list(shown.pixelColor(at).getRgb()[:3]) == wanted


@pytest.mark.parametrize("kind", [np.uint8, np.float64])
def test_a_heat_map_is_clear_where_nothing_is_known_and_as_strong_as_it_says(stage, kind):
    given, known = np.zeros((2, 2), kind), np.array([[True, False], [False, True]])
    ground = pixels_of(drawn(stage, picture_of()))
    mark = Heatmap(values=given, range=(0, 1), extent=(0, 0, 10, 10))
    full = pixels_of(drawn(stage, picture_of(mark)))
    faint = pixels_of(drawn(stage, picture_of(replace(mark, strength=0.5))))
    holed = pixels_of(drawn(stage, picture_of(replace(mark, known=known))))
    assert (full != ground).any()
    between = faint[full != ground].astype(float) * 2 - full[full != ground] - ground[full != ground]
    assert np.abs(between).max() <= 2
    share = (holed != ground).any(-1).sum() / (full != ground).any(-1).sum()
    assert share == pytest.approx(0.5, abs=0.02)


def test_the_later_face_is_in_front(stage):
    lower = np.array([[1, 1], [9, 1], [9, 9], [1, 9]], float)
    for levels in ((0, 255), (255, 0)):
        mark = Faces(polygons=np.stack([lower, lower]), levels=np.array(levels, np.uint8), handle="it")
        shown = drawn(stage, picture_of(mark))
        at = stage.mapFromScene(stage.panels["panel"].view.mapViewToScene(panels.QPointF(5, 5)))
        assert shown.pixelColor(at).getRgb()[:3] == tuple(lookup("viridis")[levels[1]])
        assert renderer_of(stage).hit(5, 5, 0.1, 0.1).index == 1
        assert renderer_of(stage).hit(0.5, 5, 0.1, 0.1) is None


def test_values_are_drawn_by_their_place_in_the_range(stage):
    given = np.array([[-2.0, -1.0], [0.0, 5.0]])  # below, lowest, middle, above
    table = lookup("viridis")
    for values, span in ((given, (-1, 1)), (np.array([[0, 0], [128, 255]], np.uint8), (0, 255))):
        drawn(stage, picture_of(Heatmap(values=values, range=span, extent=(0, 0, 10, 10))))
        image = renderer_of(stage).image
        seen = [image.pixelColor(x, y).getRgb()[:3] for y in range(2) for x in range(2)]
        assert seen[0] == seen[1] == tuple(table[0])
        assert abs(np.array(seen[2], int) - table[127].astype(int)).max() <= 2
        assert seen[3] == tuple(table[255])


@pytest.mark.parametrize("name", ["gray", "viridis", "cividis", "diverging", "hue"])
def test_colour_maps_are_whole(name):
    table = lookup(name)
    assert table.shape == (256, 3)
    steps = np.abs(np.diff(table.astype(int), axis=0)).max()
    assert steps <= 8  # smooth
    brightness = table @ np.array([0.2126, 0.7152, 0.0722])
    if name in ("gray", "viridis", "cividis"):
        assert (np.diff(brightness) > -0.5).all()  # lighter is more
    if name == "diverging":
        assert brightness.argmax() in range(120, 136)
    if name == "hue":
        assert np.abs(table[0].astype(int) - table[-1].astype(int)).max() <= 8  # a circle


# ---------------------------------------------------------------------------- under the pointer


@pytest.mark.parametrize("kind", KINDS)
def test_every_grip_lies_on_what_it_grips(stage, kind):
    drawn(stage, picture_of(ORDINARY[kind]))
    renderer, (dx, dy) = renderer_of(stage), unit(stage)
    grips = renderer.grips()
    assert len({grip.name for grip in grips}) == len(grips)
    for grip in grips:
        assert renderer.hit(grip.x, grip.y, dx, dy) == grip.hit
    if ORDINARY[kind].movable:
        assert grips


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_hit_without_a_name_or_far_away(stage, kind):
    mark = ORDINARY[kind]
    drawn(stage, picture_of(mark))
    renderer, (dx, dy) = renderer_of(stage), unit(stage)
    assert renderer.hit(-500, -500, dx, dy) is None
    drawn(stage, picture_of(replace(mark, handle="", movable=False, editable=False)))
    places = itertools.product(np.linspace(0, 10, 21).tolist(), repeat=2)
    assert not any(renderer_of(stage).hit(x, y, dx, dy) for x, y in places)
    assert renderer_of(stage).grips() == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_named_mark_is_hit_somewhere_or_is_only_a_line(stage, kind):
    drawn(stage, picture_of(ORDINARY[kind]))
    renderer, (dx, dy) = renderer_of(stage), unit(stage)
    places = itertools.product(np.linspace(0, 10, 41).tolist(), repeat=2)
    hit = any(renderer.hit(x, y, dx, dy) for x, y in places)
    assert hit == (kind not in NOT_HIT)


def test_a_term_is_hit_where_it_is_written(stage):
    """Each has its place, in the order of the line; what is lit changes nothing about that."""
    drawn(stage, picture_of(ORDINARY[picture.Terms]))
    renderer, (dx, dy) = renderer_of(stage), unit(stage)

    def found() -> dict[int, tuple[float, float]]:
        spots: dict[int, list[tuple[float, float]]] = {}
        for x, y in itertools.product(np.linspace(2, 8, 121).tolist(), np.linspace(2, 8, 61).tolist()):
            if hit := renderer.hit(x, y, dx, dy):
                spots.setdefault(hit.index, []).append((x, y))
        return {index: tuple(np.mean(places, 0)) for index, places in spots.items()}

    before = found()
    assert sorted(before) == [0, 1, 2, 3]
    assert before[0][0] < before[1][0] < before[3][0]
    assert before[1][1] < 5 < before[2][1]  # above the bar, and under it
    stage.show_picture(picture_of(CHANGED[picture.Terms]))
    assert found() == before


def test_a_formula_of_terms_shrinks_to_fit_its_panel(stage):
    short = replace(ORDINARY[picture.Terms], size=9.0)
    drawn(stage, picture_of(short))
    assert sum(place.width() for place in renderer_of(stage).places) <= SIZE * 1.5
    widest = max(place.right() for place in renderer_of(stage).places)
    drawn(stage, picture_of(replace(short, size=1.0)))
    assert max(place.right() for place in renderer_of(stage).places) < widest


@pytest.mark.parametrize(
    ("x", "y", "index", "part"),
    [
        (2.5, 2.5, 0, ""),
        (1.0, 1.0, 0, "nw"),
        (4.0, 4.0, 0, "se"),
        (2.5, 1.0, 0, "n"),
        (4.0, 2.5, 0, "e"),
        (5.0, 3.0, 1, "sw"),
        (7.5, 7.5, 3, ""),
    ],
)
def test_a_box_is_held_inside_at_its_edges_and_corners(stage, x, y, index, part):
    drawn(stage, picture_of(ORDINARY[Boxes]))
    hit = renderer_of(stage).hit(x, y, *unit(stage))
    assert (hit.index, hit.part, hit.movable) == (index, part, True)


def test_of_boxes_in_boxes_the_smallest_is_hit_and_an_edge_before_an_inside(stage):
    drawn(stage, picture_of(gallery.boxes_mark([(1, 1, 9, 9), (4, 4, 6, 6)], handle="it", movable=True)))
    dx, dy = unit(stage)
    found = renderer_of(stage).hit
    assert found(5, 5, dx, dy).index == 1
    assert found(2, 5, dx, dy).index == 0
    assert (found(1, 5, dx, dy).index, found(1, 5, dx, dy).part) == (0, "w")
    assert found(0.2, 5, dx, dy) is None


def test_later_marks_lie_above_earlier_ones(stage):
    below, above = (Region(extent=(2, 2, 8, 8), handle=name) for name in ("below", "above"))
    drawn(stage, picture_of(below, above))
    assert stage.panels["panel"].hit(panels.QPointF(5, 5)).handle == "above"


def test_pixels_are_counted_in_rows_from_the_top(stage):
    drawn(stage, picture_of(Image(pixels=gallery.pixels(4, 5, 3), extent=(0, 0, 10, 10), handle="it")))
    dx, dy = unit(stage)
    for row, column in itertools.product(range(4), range(5)):
        assert renderer_of(stage).hit(2 * column + 1, 2.5 * row + 1, dx, dy).index == 5 * row + column
    for x, y in ((-0.01, 5), (10, 5), (5, 10), (5, -0.01)):
        assert renderer_of(stage).hit(x, y, dx, dy) is None


# ---------------------------------------------------------------------------- words


@pytest.fixture
def pencils(monkeypatch) -> list[Pencil]:
    """All pencils that canvases drew with."""
    made: list[Pencil] = []

    class Watched(Pencil):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            made.append(self)

    monkeypatch.setattr(panels, "Pencil", Watched)
    return made


@pytest.mark.parametrize("seed", range(4))
def test_labels_never_cover_one_another(stage, pencils, seed):
    rng = np.random.default_rng(seed)
    corners = rng.uniform(0, 8, (30, 2))
    crowd = np.concatenate([corners, corners + rng.uniform(1, 4, (30, 2))], 1)
    words = tuple(f"{i}  thing {i / 7:.2f}" for i in range(30))
    points = picture.Scatter(points=rng.uniform(0, 10, (30, 2)), labels=words)
    arrows = [picture.Arrow(tail=(5, 5), head=tuple(rng.uniform(1, 9, 2)), label="way") for _ in range(4)]
    curve = replace(ORDINARY[picture.Curve], name="a curve")
    marks = (gallery.boxes_mark(crowd, labels=words, short=tuple(map(str, range(30))), front=(4, 7)), points)
    drawn(stage, picture_of(*marks, *arrows, curve))
    (pencil,) = pencils
    assert len(pencil.taken) > 10
    for one, other in itertools.combinations(pencil.taken, 2):
        assert not one.intersects(other)
    ground = pencil.ground.adjusted(-1, -1, 1, 1)
    assert all(ground.contains(spot) for spot in pencil.taken)


def test_the_boxes_in_front_are_labelled_before_the_others(stage, monkeypatch):
    said: list[str] = []
    label = Pencil.label
    monkeypatch.setattr(
        Pencil, "label", lambda self, at, text, *rest: said.append(text) or label(self, at, text, *rest)
    )
    same = [(2, 2, 8, 8)] * 5
    mark = gallery.boxes_mark(same, ("kept", "removed"), labels=tuple("abcde"), front=(3, 1))
    drawn(stage, picture_of(mark))
    assert list(dict.fromkeys(said)) == ["d", "b", "a", "c", "e"]  # then those that stay, then the removed


def test_a_box_that_is_in_front_twice_has_one_label(stage, pencils):
    mark = gallery.boxes_mark([(2, 2, 8, 8)], labels=("the only one",), front=(0, 0))
    drawn(stage, picture_of(mark))
    assert len(pencils[0].taken) == 1


def test_words_shrink_rather_than_leave_the_panel(stage):
    """As far as they can be read; the end of a line keeps clear of the edge."""
    words = "a line that is somewhat too long"
    metrics = scaled(1.0)
    assert metrics.pointSizeF() > 0
    for align, x in (("left", 3.0), ("right", 7.0), ("center", 5.0)):
        shown = pixels_of(drawn(stage, picture_of(Text(at=(x, 5), text=words, align=align))))
        ground = pixels_of(drawn(stage, picture_of()))
        columns = np.flatnonzero((shown != ground).any((0, 2)))
        place = stage.panels["panel"].view.sceneBoundingRect()
        assert columns.min() >= place.left() - 1
        assert columns.max() <= place.right() + 1


def test_a_formula_that_is_none_is_shown_as_written(stage):
    bad = picture.Formula(at=(1, 5), latex=r"\frac{1}{")
    as_written = picture.Text(at=(1, 5), text=r"\frac{1}{", mono=True)
    assert drawn(stage, picture_of(bad)) == drawn(stage, picture_of(as_written))


def test_a_pencil_draws_where_the_panel_says(qapp):
    image = QImage(100, 50, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.translate(10, 40)
    painter.scale(2, -4)
    pencil = Pencil(painter, DARK, scaled(1.0), mono(), QRectF(0, 0, 45, 10))
    assert (pencil.point(5, 3).x(), pencil.point(5, 3).y()) == (20, 28)
    assert pencil.points(np.array([[0.0, 0.0], [1.0, 1.0]])).tolist() == [[10, 40], [12, 36]]
    assert pencil.rect(0, 0, 5, 5) == QRectF(10, 20, 10, 20)
    assert pencil.ground == QRectF(10, 0, 90, 40)
    assert pencil.pen("removed", dashed=True).style() == Qt.PenStyle.CustomDashLine
    painter.end()


# ---------------------------------------------------------------------------- lines of equal value


@pytest.mark.parametrize("radius", [3.0, 5.0, 9.25])
def test_contours_of_a_cone_are_circles(radius):
    """Against x² + y² = r²: every end lies on it, the line is closed, and as long as the circle."""
    rows, columns = np.mgrid[-12:13, -12:13].astype(float)
    segments = contour_segments(np.hypot(rows, columns), (radius,)) - 12
    away = np.hypot(*segments.reshape(-1, 2).T)
    assert abs(away - radius).max() < 0.05
    segments = segments[(segments[:, 0] != segments[:, 1]).any(1)]  # where a sample has the very level
    ends, count = np.unique(segments.reshape(-1, 2).round(9), axis=0, return_counts=True)
    assert len(ends) > 8
    assert (count % 2 == 0).all()
    length = np.hypot(*(segments[:, 0] - segments[:, 1]).T).sum()
    assert length == pytest.approx(2 * np.pi * radius, rel=0.01)


def test_contours_of_a_plane_are_where_the_plane_is_that_high():
    rows, columns = np.mgrid[0:7, 0:9].astype(float)
    segments = contour_segments(2 * columns + 3 * rows, (7.5, 12.0))
    heights = segments @ np.array([2.0, 3.0])
    assert set(np.unique(heights.round(9))) == {7.5, 12.0}


def test_a_saddle_is_cut_into_two_lines_that_do_not_meet():
    assert len(contour_segments(np.array([[1.0, 0.0], [0.0, 1.0]]), (0.5,))) == 2
    assert len(contour_segments(np.array([[0.0, 1.0], [1.0, 0.0]]), (0.5,))) == 2


def test_contours_stop_at_what_is_no_number():
    grid = np.tile(np.arange(6.0), (6, 1))
    grid[2, 2] = np.nan
    segments = contour_segments(grid, (2.5,))
    assert len(segments) == 3  # of five cells along the line, the two beside the hole are left out
    assert np.isfinite(segments).all()
    assert not len(contour_segments(np.full((4, 4), np.inf), (0.0,)))


# ---------------------------------------------------------------------------- what is kept as pixels


@pytest.mark.parametrize(("kind", "way"), [(picture.Contours, "_lines"), (picture.Faces, "_faces")])
def test_what_takes_long_is_drawn_again_only_when_it_or_the_view_or_the_theme_is_another(stage, kind, way):
    mark, drawings = ORDINARY[kind], []
    drawn(stage, picture_of(mark))
    renderer = renderer_of(stage)
    before = getattr(renderer, way)
    setattr(renderer, way, lambda pencil: (drawings.append(1), before(pencil)))

    first = drawn(stage, picture_of(mark, view=(0, 0, 9, 9)))
    assert len(drawings) == 1
    assert drawn(stage, picture_of(replace(mark, handle="other"), view=(0, 0, 9, 9))) == first
    assert len(drawings) == 1
    drawn(stage, picture_of(CHANGED[kind], view=(0, 0, 9, 9)))
    assert len(drawings) == 2
    drawn(stage, picture_of(CHANGED[kind], view=(0, 0, 9, 9)), THEMES["light"])
    assert len(drawings) == 3
    drawn(stage, picture_of(CHANGED[kind], view=(0, 0, 9, 9)), THEMES["light"], 2)
    assert len(drawings) == 4

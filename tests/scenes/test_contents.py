"""The table of contents: every line leads to its scene, and is found by any of its names."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from scenes import contents
from scenes.contents import Chapter, Entry, Topic
from scenes.scene import Scene

ROOT = Path(__file__).parents[2]
BOOK = (
    Chapter("Images", "图像处理", (
        Entry("filters", "Image filters", "图像滤波器", "a", "See how.", (
            Topic("A1", "Median filter", "中值滤波"), Topic("A2", "Sobel filter", "Sobel滤波器"))),
    )),
    Chapter("Detection", "目标检测", (
        Entry("boxes", "The boxes", "框", "b", "See why.", (
            Topic("H1", "Boxes (many)", "多框"), Topic("H2", "Soft-boxes", "软框"),
            Topic("H3", "Soft-boxes, the code", "软框代码"))),
        Entry("iou", "How they overlap", "交并比", "c", "See when.", (Topic("H4", "Overlap", "重叠"),)),
    )),
)  # fmt: skip
LINES = [entry for chapter in contents.CHAPTERS for entry in chapter.entries]


def keys(query):
    """Scenes that are found by the query, once each, in order."""
    return list(dict.fromkeys(entry.key for entry, _ in contents.found(query)))


def topics(query):
    return [topic.id for _, topic in contents.found(query) if topic]


@pytest.mark.parametrize("entry", LINES, ids=lambda entry: entry.key)
def test_every_entry_leads_to_its_scene(entry):
    assert find_spec(entry.module) is not None
    scene = contents.load(entry.key)
    assert isinstance(scene, Scene)
    assert scene.key == entry.key
    assert scene.presets
    assert contents.entry(entry.key) is entry


@pytest.mark.parametrize("entry", LINES, ids=lambda entry: entry.key)
def test_every_entry_is_complete(entry):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.key)
    assert entry.title
    assert re.search(r"[一-鿿]", entry.chinese)
    assert entry.point.endswith((".", "?"))
    assert entry.topics
    for topic in entry.topics:
        assert re.fullmatch(r"[A-Z]\d+[a-z]?", topic.id)
        assert topic.name
        assert topic.chinese  # which may be Latin: CIoU


def test_keys_and_modules_are_unique():
    assert len({entry.key for entry in LINES}) == len(LINES) == len(contents.ENTRIES)
    assert len({entry.module for entry in LINES}) == len(LINES)
    ids = [topic.id for entry in LINES for topic in entry.topics]
    assert len(set(ids)) == len(ids)
    assert len({chapter.title for chapter in contents.CHAPTERS}) == len(contents.CHAPTERS)


def test_the_program_opens_with_a_scene_that_there_is():
    assert contents.FIRST in contents.ENTRIES


def test_an_unknown_scene_gets_the_names_there_are():
    for ask in (contents.entry, contents.load):
        with pytest.raises(contents.UnknownScene) as refused:
            ask("nosuch")
        assert str(refused.value) == f"There is no scene 'nosuch'; there are {', '.join(contents.ENTRIES)}."


@pytest.mark.parametrize("entry", LINES, ids=lambda entry: entry.key)
def test_a_scene_is_found_by_any_of_its_names(entry):
    for query in (entry.key, entry.title, entry.title.upper(), entry.chinese, f"  {entry.title}  "):
        assert entry.key in keys(query)
        assert (entry, None) in contents.found(query)


@pytest.mark.parametrize("entry", LINES, ids=lambda entry: entry.key)
def test_a_topic_is_found_by_its_id_and_both_its_names(entry):
    for topic in entry.topics:
        for query in (topic.id, topic.id.lower(), topic.name, topic.name.casefold(), topic.chinese):
            assert (entry, topic) in contents.found(query)


@pytest.mark.parametrize(
    ("query", "scenes", "ids"),
    [
        ("soft-boxes", ["boxes"], ["H2", "H3"]),
        ("BOXES code", ["boxes"], ["H3"]),
        ("code boxes", ["boxes"], ["H3"]),
        ("sobel", ["filters"], ["A2"]),
        ("中值", ["filters"], ["A1"]),
        ("软 soft", ["boxes"], ["H2", "H3"]),
        ("median filt", ["filters"], ["A1"]),
        ("目标检测", ["boxes", "iou"], []),
        ("images filters", ["filters"], []),
        ("h", ["boxes", "iou"], ["H1", "H2", "H3", "H4"]),
        ("nosuch", [], []),
        ("sobel boxes", [], []),
        ("(", ["boxes"], ["H1"]),
        (".*", [], []),
    ],
)
def test_every_word_of_a_query_must_match(monkeypatch, query, scenes, ids):
    monkeypatch.setattr(contents, "CHAPTERS", BOOK)
    assert keys(query) == scenes
    assert topics(query) == ids


@pytest.mark.parametrize("query", ["", "   ", "\n"])
def test_an_empty_query_finds_every_scene_once(query):
    assert contents.found(query) == [(entry, None) for entry in LINES]


def test_hits_come_in_the_order_of_the_book():
    order = {entry.key: place for place, entry in enumerate(LINES)}
    places = [order[entry.key] for entry, _ in contents.found("i")]
    assert len(set(places)) == len(LINES)
    assert places == sorted(places)


def test_loads_without_torch_and_qt():
    code = (
        "import sys; import scenes.contents as c; c.found('nms'); c.entry('nms');"
        "print(*{'torch', 'numpy', 'PySide6', 'engine'} & sys.modules.keys())"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout.strip(), ended.stderr) == (0, "", "")

"""The sample images: they are what their script draws, and the street's boxes are true."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

ASSETS = Path(__file__).resolve().parents[2] / "assets"
IMAGES = ASSETS / "images"


@pytest.fixture(scope="module")
def script() -> Iterator[ModuleType]:
    """The script, imported as python runs it: with its own folder on the path."""
    sys.path.insert(0, str(ASSETS))
    yield importlib.import_module("draw_samples")
    sys.path.remove(str(ASSETS))
    for name in [n for n in sys.modules if n.split(".")[0] in ("draw", "draw_samples")]:
        del sys.modules[name]


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image).astype(float)


def image(name: str, folder: Path = IMAGES) -> Image.Image:
    with Image.open(folder / f"{name}.png") as opened:
        opened.load()
        return opened


@pytest.mark.parametrize(
    ("name", "size", "mode"),
    [
        ("still-life", (512, 512), "RGB"),
        ("text", (512, 512), "L"),
        ("zone-plate", (512, 512), "L"),
        ("street", (640, 480), "RGB"),
        ("shapes", (256, 256), "L"),
    ],
)
def test_shipped_images_have_their_size_and_a_full_range(name: str, size: tuple[int, int], mode: str) -> None:
    kept = image(name)
    assert (kept.size, kept.mode) == (size, mode)
    tones = pixels(kept)
    assert tones.max() - tones.min() > 180
    assert tones.std() > 20


def test_shipped_images_are_small() -> None:
    assert sum(path.stat().st_size for path in IMAGES.glob("*.png")) < 1_500_000


def test_script_writes_what_is_shipped(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two that take long are drawn coarsely here: the same pictures, with rougher edges."""
    coarse_life = script.still_life(size=64, grid=1, samples=1)
    coarse_street = script.street(scale=2)
    monkeypatch.setattr(script, "still_life", lambda: coarse_life)
    monkeypatch.setattr(script, "street", lambda: coarse_street)
    script.main(tmp_path)
    for name, mean, most in (
        ("zone-plate", 0.1, 1),
        ("shapes", 0.1, 1),
        ("text", 0.5, 12),
        ("street", 2, 60),
    ):
        off = np.abs(pixels(image(name, tmp_path)) - pixels(image(name)))
        assert off.mean() <= mean, name
        assert np.quantile(off, 0.999) <= most, name
    small = image("still-life").resize((64, 64), Image.Resampling.BOX)
    assert np.abs(pixels(image("still-life", tmp_path)) - pixels(small)).mean() < 18

    drawn, kept = (json.loads((at / "street.json").read_text(encoding="utf-8")) for at in (tmp_path, IMAGES))
    assert drawn["size"] == kept["size"]
    for one, other in zip(drawn["objects"], kept["objects"], strict=True):
        assert one["label"] == other["label"]
        assert np.abs(np.subtract(one["box"], other["box"])).max() <= 1


def test_zone_plate_reaches_nyquist_at_the_border_and_not_before() -> None:
    row = pixels(image("zone-plate"))[255] - 127.5
    phase = np.pi * (np.arange(512) - 255.5) ** 2 / 512
    assert np.abs(row - 127.5 * np.cos(phase + np.pi * 0.25 / 512)).max() < 1
    turns = np.diff(phase)
    assert np.abs(turns).max() == pytest.approx(np.pi, rel=0.01)


def test_street_boxes_lie_inside_and_name_the_cast() -> None:
    street = json.loads((IMAGES / "street.json").read_text(encoding="utf-8"))
    assert street["size"] == list(image("street").size)
    labels = sorted(each["label"] for each in street["objects"])
    assert labels == sorted(["person"] * 4 + ["car"] * 2 + ["traffic light"] * 2 + ["bicycle", "dog"])
    for each in street["objects"]:
        x1, y1, x2, y2 = each["box"]
        assert 0 <= x1 < x2 <= 640
        assert 0 <= y1 < y2 <= 480


def test_street_boxes_are_tight(script: ModuleType) -> None:
    street = importlib.import_module("draw.street")
    sheet = importlib.import_module("draw.sheet")
    known = json.loads((IMAGES / "street.json").read_text(encoding="utf-8"))["objects"]
    named = [(label, draw) for label, draw, _, _ in street.CAST if label]
    for (label, draw), each in zip(named, known, strict=True):
        alone = sheet.Sheet(street.SIZE, 4)
        draw(alone)
        ys, xs = np.nonzero(alone.cover > 0.5)
        true = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]) / 4
        assert label == each["label"]
        assert np.abs(true - each["box"]).max() <= 1


def test_street_holds_overlapping_pairs() -> None:
    """People side by side and cars that hide each other: what suppression has to cope with."""
    known = json.loads((IMAGES / "street.json").read_text(encoding="utf-8"))["objects"]

    def overlaps(label: str) -> list[float]:
        boxes = [each["box"] for each in known if each["label"] == label]
        found = []
        for k, a in enumerate(boxes):
            for b in boxes[k + 1 :]:
                w = min(a[2], b[2]) - max(a[0], b[0])
                h = min(a[3], b[3]) - max(a[1], b[1])
                both = max(w, 0) * max(h, 0)
                sizes = [(c[2] - c[0]) * (c[3] - c[1]) for c in (a, b)]
                found.append(both / (sum(sizes) - both))
        return sorted(found, reverse=True)

    assert overlaps("person")[0] > 0.3
    assert overlaps("person")[1] > 0.2
    assert overlaps("car")[0] > 0.3

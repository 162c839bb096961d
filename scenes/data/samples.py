"""The pictures that come with the program, and the boxes known on them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from scenes.data.image import LoadedImage, read_image

Box = tuple[float, float, float, float]

FOLDER = Path(__file__).parents[2] / "assets" / "images"
NAMES = ("still-life", "text", "zone-plate", "street", "shapes")


@cache
def sample(name: str) -> LoadedImage:
    """One of the pictures in NAMES."""
    return read_image(FOLDER / f"{name}.png")


@cache
def street_objects() -> tuple[tuple[str, Box], ...]:
    """What is to be seen in the street: names and true boxes (x1, y1, x2, y2) in pixels."""
    known = json.loads((FOLDER / "street.json").read_text(encoding="utf-8"))
    return tuple((thing["label"], _box(*thing["box"])) for thing in known["objects"])


def _box(x1: float, y1: float, x2: float, y2: float) -> Box:
    return float(x1), float(y1), float(x2), float(y2)

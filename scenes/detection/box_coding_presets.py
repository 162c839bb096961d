"""States that show each face of box coding."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from scenes.data.samples import sample
from scenes.detection.box_coding_head import Backdrop, Head, made_head
from scenes.detection.box_coding_model import Box, Inputs, Params
from scenes.detection.box_coding_sizes import Sizes, made_sizes, street_sizes
from scenes.scene import Preset

WINDOWS: dict[str, Box] = {
    "decode": (260, 90, 600, 480), "encode": (260, 90, 600, 480), "far": (0, 90, 340, 480),
    "offsets": (240, 180, 640, 480),
}  # fmt: skip


@cache
def _street() -> Backdrop:
    return Backdrop(sample("street").pixels)


@cache
def _head() -> Head:
    return made_head()


@cache
def _sizes(street: bool) -> Sizes:
    return street_sizes() if street else made_sizes()


def _build(params: Params, street: bool, window: Box | None) -> tuple[Params, Inputs]:
    image = sample("street")
    return params, Inputs(
        head=_head(), sizes=_sizes(street), backdrop=_street(), head_backdrop=_street(),
        extent=(float(image.size[0]), float(image.size[1])), window=window,
    )  # fmt: skip


# key, title, point, parameters; the street's own sizes where it says so
ALL: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (
        "decode", "One prior becomes a box",
        "The sigmoid holds the centre in its cell, e to the power of t scales the prior. Drag the green box.", {},
    ),
    (
        "encode", "The way back: logit, not the offset",
        "Where the centre stands in its cell is what σ(t) must be; t itself is the logit of it.",
        {"way": "encode"},
    ),
    (
        "far", "A prior of another shape", "The smaller the prior fits, the larger the t that is needed.",
        {"prior": "30x61", "truth": (8, 348, 168, 438), "tx": 0.0, "ty": 0.0, "tw": 0.5, "th": 0.0},
    ),
    (
        "offsets", "Four offsets and their loss",
        "Both boxes are measured from the proposal; the loss compares the offsets, not the boxes.",
        {"view": "offsets"},
    ),
    (
        "background", "A proposal without an object", "Nothing is there to regress to: the box loss is 0.",
        {"view": "offsets", "positive": False, "proposal": (420, 60, 560, 160), "pred": (440, 70, 590, 190)},
    ),
    (
        "log", "Why the logarithm",
        "The exponential stays above 0 for every t; and small boxes count as much as large ones.",
        {"view": "log", "tw": -1.3},
    ),
    (
        "kmeans", "Priors by k-means", "Five shapes for 300 boxes: the distance is 1 - IoU.", {"view": "kmeans"},
    ),
    (
        "euclidean", "The same, by Euclidean distance", "Large boxes draw the centres; the small ones are left over.",
        {"view": "kmeans", "distance": "euclidean", "seed": 0},
    ),
    (
        "street-priors", "Three priors for the street", "The street's ten known boxes come to the head's three priors.",
        {"view": "kmeans", "k": 3, "seed": 0},
    ),
    (
        "head", "A whole head", "900 predictions at once. Many of them say the same thing.", {"view": "head"},
    ),
    (
        "classes", "Woman and person", "A sigmoid each: both may hold. A softmax would make them rivals.",
        {"view": "classes"},
    ),
    (
        "nothing", "No object at all", "The softmax still hands out 1; low objectness brings every score down.",
        {"view": "classes", "objectness": -3.0, "logits": (-1.5, -2.0, -2.5, -1.8, -2.2), "labels": ()},
    ),
)  # fmt: skip


def presets() -> dict[str, Preset]:
    """All of them, by key."""
    return {
        key: Preset(
            title=title,
            point=point,
            build=partial(_build, Params(**told), key == "street-priors", WINDOWS.get(key)),
        )
        for key, title, point, told in ALL
    }

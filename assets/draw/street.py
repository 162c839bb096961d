"""A street at golden hour, seen against the sun, with everything that a detector would name.

The horizon is at eye height, so every adult's eyes are near it, however far away they walk.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from .passers import bicycle, car, dog, person, post, traffic_light
from .sheet import Floats, Sheet, hue
from .town import HORIZON, SIZE, SUN, VANISH, glow, town

__all__ = ["SIZE", "street"]


def inks(text: str) -> dict[str, str]:
    return dict(zip(*[iter(text.split())] * 2, strict=True))


FAR_MAN = inks("coat 6a7f9a shade 465a78 legs 4a4560 dusk 3a3550 hair 4a2f2c skin e3a583 hat 8a4a3c")
FAR_WOMAN = inks("coat c98a5a shade 94604a legs 5a4a5e dusk 473c50 hair 5a3326 skin e9b08e")
MAN = inks("coat 3f5f86 shade 293f62 legs 4c4358 dusk 332c42 hair 33222a skin d99a78 hat 6d4450")
WOMAN = inks("coat c65a48 shade 8a3540 legs 3a2f44 dusk 2a2236 hair 6b3a26 skin eab08c scarf f2bd58")
TEAL = inks("light 5fb0a8 mid 3a8588 deep 2a5c68 roof f3e3cc")
AMBER = inks("light f4b24a mid d98a38 deep 9a5230 roof f8c368")


def shifted(a: Floats, dx: int, dy: int) -> Floats:
    out = np.zeros_like(a)
    h, w = a.shape
    out[max(dy, 0) : h + min(dy, 0), max(dx, 0) : w + min(dx, 0)] = a[
        max(-dy, 0) : h + min(-dy, 0), max(-dx, 0) : w + min(-dx, 0)
    ]
    return out


def blurred(a: Floats, radius: float) -> Floats:
    image = Image.fromarray(np.uint8(np.clip(a, 0, 1) * 255))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), np.float32) / 255


def place(
    picture: Sheet,
    thing: Sheet,
    feet: float,
    haze: float = 0.0,
    shade: float = 0.55,
    rim: float = 1.0,
) -> None:
    """Lay a thing into the picture: its long shadow, haze, and the sun along its edges."""
    k = picture.scale
    ys, xs = (np.nonzero(thing.cover.any(axis))[0] for axis in (1, 0))
    middle, tall = (xs[0] + xs[-1]) / 2 / k, feet - ys[0] / k
    if shade:
        cast_shadow(picture, thing.cover, feet, tall, shade)
    pad = 8 * k
    cut = (slice(max(ys[0] - pad, 0), ys[-1] + pad), slice(max(xs[0] - pad, 0), xs[-1] + pad))
    cover, colour = thing.cover[cut], thing.rgb[cut]
    down = np.clip((np.arange(len(cover)) + cut[0].start - ys[0]) / (tall * k), 0, 1)
    colour = colour * (1 - 0.16 * down[:, None, None].astype(np.float32) * hue("60a0c0"))
    toward = np.array([SUN[0] - middle, SUN[1] - (feet - tall * 0.6)])
    toward = toward / np.hypot(*toward)
    for reach, strength in ((0.012, 0.85), (0.05, 0.28)):
        d = float(np.clip(tall * reach, 1.0, 6.0) * k)
        away = shifted(cover, *(round(float(-c) * d) for c in toward))
        lit = blurred(cover * (1 - away), d * 0.35) * cover
        colour = 1 - (1 - colour) * (1 - strength * rim * lit[..., None] * hue("ffd9a0"))
    colour = colour + (hue("f3b48c") - colour) * haze
    picture.rgb[cut] += (colour - picture.rgb[cut]) * cover[..., None]


def cast_shadow(picture: Sheet, cover: Floats, feet: float, tall: float, shade: float) -> None:
    """The shadow runs from the feet towards us, away from the point below the sun."""
    k = picture.scale
    step = max(k // 2, 1)  # the shadow is soft: half the resolution will do
    small, n = cover[::step, ::step], k / step
    first = int((feet - 4) * n)
    h, w = small.shape
    y, x = np.mgrid[first:h, 0:w].astype(np.float32) / np.float32(n)
    v = (y - feet) / 0.85
    source = VANISH + (x - VANISH) * (feet - HORIZON) / np.maximum(y - HORIZON, 1)
    i, j = np.int32((feet - v) * n), np.int32(source * n)
    ok = (v > -1) & (v < tall) & (i >= 0) & (i < h) & (j >= 0) & (j < w)
    cast = np.where(ok, small[np.clip(i, 0, h - 1), np.clip(j, 0, w - 1)], 0)
    s = np.clip(v / 70, 0, 1)
    cast = blurred(cast, 0.7 * n) * (1 - s) + blurred(cast, 3.2 * n) * s
    cast *= shade * np.exp(-np.maximum(v, 0) / 120)
    cast = cast.repeat(step, 0).repeat(step, 1)[..., None]
    below = picture.rgb[first * step :]
    below += below * (hue("6a4a78") * 0.75 - 1) * cast


# Label, drawer, where its shadow starts, how it is laid in; far ones first.
CAST: tuple[tuple[str | None, Callable[[Sheet], None], float, dict[str, float]], ...] = (
    (None, partial(post, x=226, base=342, height=128), 342, {"haze": 0.15}),
    (
        "traffic light",
        partial(traffic_light, x=226, bottom=236, height=30, lit="red"),
        342,
        {"haze": 0.12, "shade": 0},
    ),
    (
        "person",
        partial(person, place=(287, 339, 81, -1), inks=FAR_MAN),
        339,
        {"haze": 0.22, "shade": 0.5},
    ),
    (
        "person",
        partial(person, place=(303, 341, 78, -1), inks=FAR_WOMAN, stride=0.8),
        341,
        {"haze": 0.22, "shade": 0.5},
    ),
    ("car", partial(car, place=(330, 368, 206, 1), inks=TEAL), 366, {"haze": 0.08}),
    ("car", partial(car, place=(628, 397, 236, -1), inks=AMBER), 395, {"haze": 0.02}),
    ("bicycle", partial(bicycle, x=42, base=438, r=31), 438, {}),
    ("person", partial(person, place=(196, 446, 196, 1), inks=MAN), 446, {}),
    ("person", partial(person, place=(225, 450, 184, 1), inks=WOMAN, stride=0.9), 450, {}),
    (
        None,
        partial(Sheet.tube, points=[(250, 353), (282, 400), (326, 413)], widths=1.3, top="3a2436"),
        452,
        {"shade": 0, "rim": 0.3},
    ),
    ("dog", partial(dog, x=318, base=454, length=66), 454, {}),
    (None, partial(post, x=613, base=450, height=330), 450, {}),
    (
        "traffic light",
        partial(traffic_light, x=613, bottom=174, height=62, lit="amber"),
        450,
        {"shade": 0},
    ),
)


def street(scale: int = 4) -> tuple[Image.Image, list[dict[str, Any]]]:
    """The picture, and the label and full box of every object, far ones first."""
    picture, found = town(scale), []
    for label, draw, feet, how in CAST:
        thing = Sheet(SIZE, scale)
        draw(thing)
        if label:
            found.append({"label": label, "box": thing.extent()})
        place(picture, thing, feet, **how)
    glow(picture, 0.16)
    w, h = SIZE
    small = picture.rgb.reshape(h, scale, w, scale, 3).mean((1, 3))
    y, x = np.mgrid[0:h, 0:w]
    fall = np.clip(np.hypot((x - 330) / 420, (y - 250) / 330) - 0.55, 0, 1) ** 1.2
    small *= 1 - 0.16 * fall[..., None]
    return Image.fromarray(np.uint8(np.round(np.clip(small, 0, 1) * 255))), found

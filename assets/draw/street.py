"""A street at golden hour, seen against the sun, with everything that a detector would name.

One point perspective: the horizon is at eye height, so every adult's eyes are near it, and a
person whose feet are at y is (y - HORIZON) / 0.93 tall.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from .passers import bicycle, car, dog, person, post, traffic_light
from .sheet import Floats, Sheet, hue, spline

SIZE = (640, 480)
HORIZON, VANISH = 262.0, 372.0
SUN = (366.0, 192.0)


def sky(sheet: Sheet) -> None:
    h, w = sheet.cover.shape
    y = np.linspace(0, SIZE[1], h, dtype=np.float32)
    stops = (0, 70, 140, 200, 262, 480)
    tones = np.array([hue(c) for c in ("56699f", "8b86b4", "d39fae", "f6bd94", "ffdca6", "ffdca6")])
    sheet.rgb[:] = np.stack([np.interp(y, stops, tones[:, k]) for k in range(3)], 1)[:, None]
    sheet.cover[:] = 1
    rng = np.random.default_rng(5)
    for y0, x0, length, thick, tone, under in (
        (46, 260, 210, 13, "b59cbb", "f3b9a4"),
        (78, 430, 170, 9, "c8a0b4", "ffc79d"),
        (96, 225, 120, 8, "cfa3b3", "ffca9f"),
        (128, 300, 160, 6, "e7b3a8", "ffdcae"),
        (150, 420, 90, 5, "efbda5", "ffe4b8"),
        (22, 470, 160, 9, "9d92b8", "d9a9b0"),
    ):
        for _ in range(7):
            x, dx = x0 + rng.uniform(0, length), rng.uniform(0.18, 0.42) * length
            dy = rng.normal(0, thick * 0.35)
            t = thick * rng.uniform(0.5, 1)
            path = [(x - dx, y0 + dy + t * 0.2), (x, y0 + dy), (x + dx, y0 + dy + t * 0.15)]
            sheet.tube(path, [t * 0.15, t, t * 0.15], tone, under, 0.50, soft=1.3)


def birds(sheet: Sheet) -> None:
    for x, y, w in ((288, 88, 6), (301, 96, 5), (309, 84, 4.5), (322, 93, 4), (276, 99, 4)):
        for side in (-1, 1):
            wing = [(x, y), (x + side * w * 0.5, y - w * 0.42), (x + side * w, y - w * 0.12)]
            sheet.tube(wing, [w * 0.20, w * 0.16, w * 0.03], "5b4468", alpha=0.85)


def glow(sheet: Sheet, strength: float) -> None:
    h, w = sheet.cover.shape
    x, y = np.meshgrid(
        (np.arange(w, dtype=np.float32) + 0.5) / sheet.scale,
        (np.arange(h, dtype=np.float32) + 0.5) / sheet.scale,
    )
    r = np.hypot(x - SUN[0], (y - SUN[1]) * 1.1)
    wide = 0.42 * np.exp(-((r / 150) ** 1.3)) + 0.40 * np.exp(-((r / 48) ** 1.5))
    sheet.add(strength * wide[..., None] * hue("ffc070"))


def to_sun(x: float, top: float, base: float, s: float) -> tuple[tuple[float, float], ...]:
    """The upright strip at depth s (0 here, 1 infinitely far) of a wall that starts at x."""
    at = x + (VANISH - x) * s
    return (at, top + (HORIZON - top) * s), (at, base + (HORIZON - base) * s)


def wall_patch(
    x: float, top: float, base: float, s0: float, s1: float, v0: float, v1: float
) -> list[tuple[float, float]]:
    """A patch of that wall between depths s and between heights v (0 top, 1 base)."""
    (ax, at), (_, ab) = to_sun(x, top, base, s0)
    (bx, bt), (_, bb) = to_sun(x, top, base, s1)
    return [
        (ax, at + (ab - at) * v0),
        (bx, bt + (bb - bt) * v0),
        (bx, bt + (bb - bt) * v1),
        (ax, at + (ab - at) * v1),
    ]


def skyline(sheet: Sheet) -> None:
    rng = np.random.default_rng(12)
    for tone, low, high, step in (
        ("f7cfa6", 160, 222, 17),
        ("efb795", 196, 236, 13),
        ("dd9f8d", 218, 246, 11),
    ):
        x = 232.0
        while x < 486:
            w, near = rng.uniform(0.6, 1.4) * step, abs(x - VANISH) / 110
            top = rng.uniform(low, high) * (1 - 0.30 * near) + HORIZON * 0.0 + 34 * (1 - near)
            sheet.box(x, min(top, 258), x + w, 300, tone, "ffdcae")
            if rng.random() < 0.3:
                sheet.fill([(x, top), (x + w / 2, top - w * 0.7), (x + w, top)], tone)
            x += w
        if low == 160:  # a church among the far roofs
            sheet.box(404, 176, 414, 262, tone)
            sheet.fill([(403, 176), (409, 138), (415, 176)], tone)
            sheet.box(414, 206, 436, 262, tone)


def side_row(
    sheet: Sheet, x: float, base: float, rows: list[tuple[float, float, float, str, str]]
) -> None:
    """The houses along the street, far ones first: (depth from, to, top here, tone, far tone)."""
    for s0, s1, top, tone, far in reversed(rows):
        sheet.fill(wall_patch(x, top, base, s0, s1, 0, 1), tone, far, level=x < VANISH)
        sheet.fill(wall_patch(x, top, base, s0, s1, 0, 0.022), "ffd9a6", alpha=0.75)
        depths = 1 - 1 / np.linspace(1 / (1 - s0), 1 / (1 - s1), 10)  # even steps in space
        floors = max(int((base - top) / 58), 2)
        for k in range(0, 9, 2):
            a, b = depths[k] * 0.7 + depths[k + 1] * 0.3, depths[k + 1] * 0.9 + depths[k] * 0.1
            for f in range(floors):
                v = (f + 0.28) / (floors + 0.2)
                patch = wall_patch(x, top, base, a, b, v, v + 0.46 / floors)
                sheet.fill(patch, "6f4a5a", "93605f", alpha=0.75)
                sheet.fill(
                    wall_patch(x, top, base, a, a + (b - a) * 0.3, v, v + 0.46 / floors),
                    "ffd59a",
                    alpha=0.55,
                )


def tree(
    sheet: Sheet, x: float, base: float, height: float, tones: tuple[str, str, str], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    sheet.tube(
        [(x, base), (x + height * 0.01, base - height * 0.3), (x, base - height * 0.62)],
        [height * 0.055, height * 0.04, height * 0.02],
        "4a3040",
        "3c2736",
    )
    for side in (-1, 1):
        sheet.tube(
            [(x, base - height * 0.34), (x + side * height * 0.12, base - height * 0.55)],
            [height * 0.028, height * 0.012],
            "4a3040",
        )
    for layer, tone in enumerate(tones):
        for _ in range(46 - 6 * layer):
            a, r = rng.uniform(0, 2 * np.pi), np.sqrt(rng.uniform(0, 1)) * height * 0.27
            cx = x + r * np.cos(a) * 0.95
            cy = base - height * 0.68 + r * np.sin(a) * 1.02
            toward = np.array([SUN[0] - x, SUN[1] - base + height * 0.68])
            cx, cy = np.array([cx, cy]) + toward / np.hypot(*toward) * layer * height * 0.035
            size = height * rng.uniform(0.030, 0.062) * (1 - 0.22 * layer)
            sheet.oval(cx, cy, size * 1.15, size, tone, alpha=0.92)


def window(sheet: Sheet, x: float, y: float, w: float, h: float, lit: bool, flowers: bool) -> None:
    sheet.box(x - 2.5, y - 3.5, x + w + 2.5, y, "d2a695", "b78b85")
    sheet.box(x - 3.5, y + h, x + w + 3.5, y + h + 3, "dcb09b", "a97f80")
    sheet.box(x, y, x + w, y + h, "4d4468", "7a5f7c")
    if lit:
        sheet.box(x, y, x + w, y + h, "ffdf9a", "f09a4e", 0.95)
        sheet.box(x, y, x + w * 0.24, y + h, "fff0cc", "f7c98e", 0.55)
        sheet.box(x + w * 0.76, y, x + w, y + h, "fff0cc", "f7c98e", 0.55)
    else:
        sheet.fill(
            [
                (x, y + h * 0.55),
                (x + w * 0.75, y),
                (x + w, y),
                (x + w, y + h * 0.1),
                (x, y + h * 0.9),
            ],
            "b9a0bd",
            alpha=0.38,
        )
    sheet.box(x + w / 2 - 0.8, y, x + w / 2 + 0.8, y + h, "e3c2ab")
    sheet.box(x, y + h * 0.42, x + w, y + h * 0.42 + 1.4, "e3c2ab")
    if flowers:
        rng = np.random.default_rng(int(x + y))
        for k in range(34):
            tone = ("5d7f56", "4d6a50", "d9645a", "f0b24c", "efd9c8")[
                k // 2 % 5 if k > 14 else k % 2
            ]
            fx, fy = x + rng.uniform(-1, w + 1), y + h - abs(rng.normal(1.5, 2.2))
            sheet.oval(fx, fy, 1.9, 1.7, tone)
        sheet.box(x - 2, y + h, x + w + 2, y + h + 6, "8a5347", "6d4042")


def front(
    sheet: Sheet,
    x0: float,
    x1: float,
    top: float,
    base: float,
    tone: str,
    deep: str,
    columns: list[float],
    lit: set[tuple[int, int]],
) -> None:
    """The face of a corner house, in shade: courses of brick, windows, a cornice."""
    sheet.box(x0, top, x1, base, tone, deep)
    for y in np.arange(top + 14, base, 5.2):
        sheet.box(x0, y, x1, y + 0.7, "000000", alpha=0.045)
    for at, w, h in ((0.22, 20, 15), (0.62, 26, 20)):
        x = x0 + (x1 - x0) * at
        sheet.box(x, top - 6 - h, x + w, top, "9c6a70", "7b5566")
        sheet.box(x - 1.5, top - 6 - h, x + w + 1.5, top - 3 - h, "e0b19c", "b18284")
        for k in (0.25, 0.7):
            sheet.box(
                x + w * k - 2.5, top - 12 - h, x + w * k + 2.5, top - 6 - h, "a8655c", "7d4d52"
            )
    sheet.box(x0 - 3, top - 7, x1 + 3, top + 1, "e0b19c", "b18284")
    sheet.box(x0 - 1, top + 1, x1 + 1, top + 5, "000000", alpha=0.18)
    for k in np.arange(x0 + 4, x1 - 2, 9):
        sheet.box(k, top + 1, k + 4, top + 6, "c4958c", "9c7179")
    rows = np.arange(top + 24, base - 130, 66)
    for r, y in enumerate(rows):
        for c, x in enumerate(columns):
            window(sheet, x, y, 25, 41, (r, c) in lit, (3 * r + 2 * c) % 5 == 1)
    sheet.box(x0, base - 104, x1, base - 97, "d9ac99", "a67d80")


def shop(
    sheet: Sheet, x0: float, x1: float, base: float, panes: int, stripe: str, wood: str, name: str
) -> None:
    """A lit shop front under a striped awning."""
    sheet.box(x0, base - 97, x1, base, wood, "2c2334")
    sheet.box(x0 + 4, base - 94, x1 - 4, base - 80, "000000", alpha=0.18)
    sheet.text((x0 + x1) / 2, base - 83.5, name, 9.5, "ffdf9f", 3.2)
    width = (x1 - x0 - 10) / panes
    rng = np.random.default_rng(panes)
    for k in range(panes):
        a = x0 + 7 + k * width
        sheet.box(a, base - 60, a + width - 4, base - 15, "ffe3a8", "f3a157")
        sheet.oval(a + width / 2 - 2, base - 52, 9, 7, "fff6d8", alpha=0.8, soft=3)
        for cx in np.arange(a + 5, a + width - 6, 7.2):  # things on display
            h, w = rng.uniform(5, 17), rng.uniform(1.8, 3.0)
            sheet.box(cx - w, base - 15 - h, cx + w, base - 15, "a8583f", "7d3f3c", 0.75)
            sheet.oval(cx, base - 15 - h, w, w * 0.9, "b5654a", alpha=0.75)
        sheet.box(a + width * 0.25 - 0.4, base - 60, a + width * 0.25 + 0.4, base - 48, "7d3f3c")
        sheet.oval(a + width * 0.25, base - 46, 3.4, 2.6, "fffbe8")
        sheet.box(a + width / 2 - 2.6, base - 60, a + width / 2 - 1.4, base - 15, wood)
        sheet.fill(
            [(a, base - 34), (a + 16, base - 60), (a + 25, base - 60), (a, base - 20)],
            "fff7e0",
            alpha=0.28,
        )
    n = int((x1 - x0) / 11)
    for k in range(n):
        a, b = (x0 - 3 + (x1 - x0 + 6) * (k + d) / n for d in (0, 1))
        inward = [(u * 0.97 + 0.015 * (x0 + x1), base - 78) for u in (a, b)]
        lean = [*inward, (b, base - 56), (a, base - 56)]
        light, dark = ("f5e3cd", "d5ab9b") if k % 2 else (stripe, "5b3447")
        sheet.fill(lean, light, dark)
        sheet.fill(
            spline(
                [
                    (a, base - 56.5),
                    (b, base - 56.5),
                    (b, base - 52.5),
                    ((a + b) / 2, base - 49.5),
                    (a, base - 52.5),
                ],
                fine=4,
            ),
            dark,
        )
    sheet.box(x0, base - 49, x1, base - 38, "000000", alpha=0.16, soft=2)


def ground(sheet: Sheet) -> None:
    sheet.fill(
        [
            (0, 336),
            (206, 336),
            (VANISH - 12, HORIZON),
            (VANISH + 12, HORIZON),
            (504, 336),
            (640, 336),
            (640, 480),
            (0, 480),
        ],
        "d9a68c",
        "8f6a78",
    )
    sheet.fill(
        [(236, 346), (VANISH - 4, HORIZON), (VANISH + 4, HORIZON), (478, 346)], "ffd7a0", "a87a7e"
    )  # the street that leads to the sun
    sheet.box(0, 346, 640, 414, "8a6575", "574760")  # the street that crosses it
    sheet.fill([(236, 347), (300, 307), (430, 307), (478, 347)], "c08e80", "9a7078", 0.6, soft=3)
    for side in (-1, 1):  # the kerb of the far corners
        edge = 236 if side < 0 else 478
        sheet.fill(
            [
                (0 if side < 0 else 640, 343),
                (edge, 343),
                (edge, 347.5),
                (0 if side < 0 else 640, 347.5),
            ],
            "f2c59d",
            "b78b86",
        )
    for x in np.arange(-20, 660, 62):
        sheet.fill(
            [
                (x, 378.5),
                (x + 34, 378.5),
                (x + 34 + (x - 360) * 0.006, 381.5),
                (x + (x - 360) * 0.006, 381.5),
            ],
            "efcfae",
            alpha=0.55,
        )
    sheet.box(0, 413, 640, 418, "f6cfa6", "c79a8f")
    sheet.box(0, 418, 640, 423, "6a4f61", "5b4659")
    sheet.box(0, 423, 640, 480, "b58b8a", "75596d")
    for y in (434, 449, 468):
        sheet.box(0, y, 640, y + 0.9, "4a3749", alpha=0.35)
    for x in np.arange(-900, 1700, 46):  # joints of the paving run to the vanishing point
        a, b = (VANISH + (x - VANISH) * (y - HORIZON) / 218 for y in (423, 480))
        sheet.fill([(a, 423), (a + 0.8, 423), (b + 1.0, 480), (b, 480)], "4a3749", alpha=0.30)
    light = [(VANISH - 10, HORIZON), (VANISH + 4, HORIZON), (560, 480), (150, 480)]
    sheet.fill(light, "ffe2a8", "ffb066", alpha=0.30, soft=14)


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
        away = shifted(cover, *(int(round(-c * d)) for c in toward))
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


def street(scale: int = 4) -> tuple[Image.Image, list[dict[str, object]]]:
    """The picture, and the label and full box of every object, far ones first."""
    picture = Sheet(SIZE, scale)
    sky(picture)
    glow(picture, 1.0)
    picture.oval(*SUN, 19, 19, "fffbe8", "fff0c4", soft=0.6)
    skyline(picture)
    birds(picture)
    glow(picture, 0.55)
    side_row(
        picture,
        206,
        336,
        [
            (0, 0.34, 34, "c98772", "e3a583"),
            (0.34, 0.56, 92, "dba183", "edbb92"),
            (0.56, 0.74, 70, "eab78f", "f6cb9d"),
        ],
    )
    side_row(
        picture,
        504,
        336,
        [
            (0, 0.36, 62, "f0b184", "cf8c74"),
            (0.36, 0.60, 26, "f2c096", "e3a685"),
            (0.60, 0.76, 84, "f9cfa0", "f0bd95"),
        ],
    )
    ground(picture)
    for x, base, tall, seed in (
        (330, 284, 52, 3),
        (414, 284, 50, 4),
        (300, 300, 86, 5),
        (446, 300, 88, 6),
    ):
        tree(picture, x, base, tall, ("c5803f", "e7a548", "ffd27a"), seed)
    front(
        picture,
        -6,
        206,
        30,
        336,
        "8f5d68",
        "6c4a62",
        [14, 62, 110, 158],
        {(0, 1), (1, 3), (2, 0), (0, 3)},
    )
    front(picture, 504, 650, 58, 336, "7f6580", "5d4f72", [524, 566, 608], {(0, 0), (1, 2), (1, 1)})
    shop(picture, 8, 196, 336, 4, "3f8a86", "3b4a5c", "BAKERY")
    shop(picture, 514, 646, 336, 3, "c4553f", "4a3146", "BOOKS")
    glow(picture, 0.30)

    found: list[dict[str, object]] = []

    def stand(label: str | None, draw: Callable[[Sheet], None], feet: float, **how: float) -> None:
        thing = Sheet(SIZE, scale)
        draw(thing)
        if label:
            found.append({"label": label, "box": thing.extent()})
        place(picture, thing, feet, **how)

    stand(None, lambda s: post(s, 226, 342, 128), 342, haze=0.15)
    stand("traffic light", lambda s: traffic_light(s, 226, 206, 30, 0), 342, haze=0.12, shade=0)
    pair = {"haze": 0.22, "shade": 0.5}
    stand(
        "person",
        lambda s: person(
            s,
            287,
            339,
            81,
            -1,
            ("6a7f9a", "465a78"),
            ("4a4560", "3a3550"),
            "4a2f2c",
            "e3a583",
            False,
            hat="8a4a3c",
        ),
        339,
        **pair,
    )
    stand(
        "person",
        lambda s: person(
            s,
            303,
            341,
            78,
            -1,
            ("c98a5a", "94604a"),
            ("5a4a5e", "473c50"),
            "5a3326",
            "e9b08e",
            True,
            phase=0.8,
        ),
        341,
        **pair,
    )
    stand(
        "car",
        lambda s: car(s, 330, 368, 206, 1, ("5fb0a8", "3a8588", "2a5c68"), "f3e3cc"),
        366,
        haze=0.08,
    )
    stand(
        "car", lambda s: car(s, 628, 397, 236, -1, ("f4b24a", "d98a38", "9a5230")), 395, haze=0.02
    )
    stand("bicycle", lambda s: bicycle(s, 42, 438, 31), 438)
    stand(
        "person",
        lambda s: person(
            s,
            196,
            446,
            196,
            1,
            ("3f5f86", "293f62"),
            ("4c4358", "332c42"),
            "33222a",
            "d99a78",
            False,
            hat="6d4450",
        ),
        446,
    )
    stand(
        "person",
        lambda s: person(
            s,
            225,
            450,
            184,
            1,
            ("c65a48", "8a3540"),
            ("3a2f44", "2a2236"),
            "6b3a26",
            "eab08c",
            True,
            phase=0.9,
            scarf="f2bd58",
        ),
        450,
    )
    stand(
        None,
        lambda s: s.tube([(250, 353), (282, 400), (326, 413)], 1.3, "3a2436"),
        452,
        shade=0,
        rim=0.3,
    )
    stand("dog", lambda s: dog(s, 318, 454, 66), 454)
    stand(None, lambda s: post(s, 613, 450, 330), 450)
    stand("traffic light", lambda s: traffic_light(s, 613, 112, 62, 1), 450, shade=0)
    glow(picture, 0.16)

    h, w = SIZE[1], SIZE[0]
    small = picture.rgb.reshape(h, scale, w, scale, 3).mean((1, 3))
    y, x = np.mgrid[0:h, 0:w]
    small *= (1 - 0.16 * np.clip(np.hypot((x - 330) / 420, (y - 250) / 330) - 0.55, 0, 1) ** 1.2)[
        ..., None
    ]
    return Image.fromarray(np.uint8(np.round(np.clip(small, 0, 1) * 255))), found

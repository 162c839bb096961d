"""The empty street: sky, far roofs, houses, shops, trees and ground, in one point perspective."""

from __future__ import annotations

import numpy as np

from .sheet import Sheet, hue, points

SIZE = (640, 480)
HORIZON, VANISH = 262.0, 372.0
SUN = (366.0, 192.0)
FLOWERS = ("5d7f56", "4d6a50", "d9645a", "f0b24c", "efd9c8")


def sky(sheet: Sheet) -> None:
    h = len(sheet.cover)
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


def wall_patch(
    x: float, top: float, base: float, s0: float, s1: float, v0: float, v1: float
) -> list[tuple[float, float]]:
    """A patch of a wall that runs from x towards the sun: between depths s (0 here, 1 infinitely
    far) and heights v (0 top, 1 base)."""

    def at(s: float, v: float) -> tuple[float, float]:
        y = top + (base - top) * v
        return x + (VANISH - x) * s, y + (HORIZON - y) * s

    return [at(s0, v0), at(s1, v0), at(s1, v1), at(s0, v1)]


def skyline(sheet: Sheet) -> None:
    rng = np.random.default_rng(12)
    layers = (("f7cfa6", 160, 222, 17), ("efb795", 196, 236, 13), ("dd9f8d", 218, 246, 11))
    for tone, low, high, step in layers:
        x = 232.0
        while x < 486:
            w, near = rng.uniform(0.6, 1.4) * step, abs(x - VANISH) / 110
            top = rng.uniform(low, high) * (1 - 0.30 * near) + 34 * (1 - near)
            sheet.box(x, min(top, 258), x + w, 300, tone, "ffdcae")
            if rng.random() < 0.3:
                sheet.fill([(x, top), (x + w / 2, top - w * 0.7), (x + w, top)], tone)
            x += w
        if low == 160:  # a church among the far roofs
            sheet.box(404, 176, 414, 262, tone)
            sheet.fill([(403, 176), (409, 138), (415, 176)], tone)
            sheet.box(414, 206, 436, 262, tone)


def side_row(sheet: Sheet, x: float, base: float, rows: list[tuple[float, float, float, str, str]]) -> None:
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
                patch = wall_patch(x, top, base, a, a + (b - a) * 0.3, v, v + 0.46 / floors)
                sheet.fill(patch, "ffd59a", alpha=0.55)


def tree(sheet: Sheet, x: float, base: float, height: float, tones: tuple[str, str, str], seed: int) -> None:
    rng = np.random.default_rng(seed)
    for limb, widths in (
        ("0 0, .01 -.3, 0 -.62", (0.055, 0.04, 0.02)),
        ("0 -.34, .12 -.55", (0.028, 0.012)),
        ("0 -.34, -.12 -.55", (0.028, 0.012)),
    ):
        sheet.tube(points(limb) * height + [x, base], np.array(widths) * height, "4a3040", "3c2736")
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
        shine = points("0 .55, .75 0, 1 0, 1 .1, 0 .9") * [w, h] + [x, y]
        sheet.fill(shine, "b9a0bd", alpha=0.38)
    sheet.box(x + w / 2 - 0.8, y, x + w / 2 + 0.8, y + h, "e3c2ab")
    sheet.box(x, y + h * 0.42, x + w, y + h * 0.42 + 1.4, "e3c2ab")
    if flowers:
        rng = np.random.default_rng(int(x + y))
        for k in range(34):
            tone = FLOWERS[k // 2 % 5 if k > 14 else k % 2]
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
            pot = x + w * k
            sheet.box(pot - 2.5, top - 12 - h, pot + 2.5, top - 6 - h, "a8655c", "7d4d52")
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
        shine = points("0 -34, 16 -60, 25 -60, 0 -20")
        sheet.fill(shine + np.array([a, base]), "fff7e0", alpha=0.28)
    n = int((x1 - x0) / 11)
    for k in range(n):
        a, b = (x0 - 3 + (x1 - x0 + 6) * (k + d) / n for d in (0, 1))
        inward = [(u * 0.97 + 0.015 * (x0 + x1), base - 78) for u in (a, b)]
        lean = [*inward, (b, base - 56), (a, base - 56)]
        light, dark = ("f5e3cd", "d5ab9b") if k % 2 else (stripe, "5b3447")
        sheet.fill(lean, light, dark)
        scallop = points("0 -56.5, 1 -56.5, 1 -52.5, .5 -49.5, 0 -52.5") * [b - a, 1] + [a, base]
        sheet.blob(scallop, dark)
    sheet.box(x0, base - 49, x1, base - 38, "000000", alpha=0.16, soft=2)


def ground(sheet: Sheet) -> None:
    land = "0 336, 206 336, 360 262, 384 262, 504 336, 640 336, 640 480, 0 480"
    sheet.fill(points(land), "d9a68c", "8f6a78")
    sheet.fill(points("236 346, 368 262, 376 262, 478 346"), "ffd7a0", "a87a7e")  # to the sun
    sheet.box(0, 346, 640, 414, "8a6575", "574760")  # the street that crosses it
    sheet.fill(points("236 347, 300 307, 430 307, 478 347"), "c08e80", "9a7078", 0.6, soft=3)
    for x0, x1 in ((0, 236), (478, 640)):  # the kerb of the far corners
        sheet.box(x0, 343, x1, 347.5, "f2c59d", "b78b86")
    for x in range(-20, 660, 62):
        lean = (x - 360) * 0.006
        dash = [(x, 378.5), (x + 34, 378.5), (x + 34 + lean, 381.5), (x + lean, 381.5)]
        sheet.fill(dash, "efcfae", alpha=0.55)
    sheet.box(0, 413, 640, 418, "f6cfa6", "c79a8f")
    sheet.box(0, 418, 640, 423, "6a4f61", "5b4659")
    sheet.box(0, 423, 640, 480, "b58b8a", "75596d")
    for y in (434, 449, 468):
        sheet.box(0, y, 640, y + 0.9, "4a3749", alpha=0.35)
    for x in range(-900, 1700, 46):  # joints of the paving run to the vanishing point
        a, b = (VANISH + (x - VANISH) * (y - HORIZON) / 218 for y in (423, 480))
        sheet.fill([(a, 423), (a + 0.8, 423), (b + 1.0, 480), (b, 480)], "4a3749", alpha=0.30)
    light = [(VANISH - 10, HORIZON), (VANISH + 4, HORIZON), (560, 480), (150, 480)]
    sheet.fill(light, "ffe2a8", "ffb066", alpha=0.30, soft=14)


def town(scale: int) -> Sheet:
    sheet = Sheet(SIZE, scale)
    sky(sheet)
    glow(sheet, 1.0)
    sheet.oval(*SUN, 19, 19, "fffbe8", "fff0c4", soft=0.6)
    skyline(sheet)
    birds(sheet)
    glow(sheet, 0.55)
    for x, houses in (
        (206, "0 .34 34 c98772 e3a583, .34 .56 92 dba183 edbb92, .56 .74 70 eab78f f6cb9d"),
        (504, "0 .36 62 f0b184 cf8c74, .36 .60 26 f2c096 e3a685, .60 .76 84 f9cfa0 f0bd95"),
    ):
        rows = [house.split() for house in houses.split(",")]
        side_row(sheet, x, 336, [(float(a), float(b), float(c), d, e) for a, b, c, d, e in rows])
    ground(sheet)
    for x, base, tall in ((330, 284, 52), (414, 284, 50), (300, 300, 86), (446, 300, 88)):
        tree(sheet, x, base, tall, ("c5803f", "e7a548", "ffd27a"), seed=x)
    lit = {(0, 1), (1, 3), (2, 0), (0, 3)}
    front(sheet, -6, 206, 30, 336, "8f5d68", "6c4a62", [14, 62, 110, 158], lit)
    lit = {(0, 0), (1, 2), (1, 1)}
    front(sheet, 504, 650, 58, 336, "7f6580", "5d4f72", [524, 566, 608], lit)
    shop(sheet, 8, 196, 336, 4, "3f8a86", "3b4a5c", "BAKERY")
    shop(sheet, 514, 646, 336, 3, "c4553f", "4a3146", "BOOKS")
    glow(sheet, 0.30)
    return sheet

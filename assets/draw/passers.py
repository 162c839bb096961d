"""People, cars, a bicycle, a dog and traffic lights, each drawn alone on its own sheet.

A figure is a text, one stroke a line: a kind, points in thousandths of the figure's size (forwards
and up from where it stands), and after the colon colours from top to bottom and a percentage of
cover. Points are "u v" for blob (smooth) and fill (straight), "u v width" for tube, "u v ru rv"
for spot, "u v r width from to" for ring. A star stretches the stroke with the stride.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .sheet import Sheet, points


@dataclass(frozen=True)
class Frame:
    """Where a figure stands, how large it is, and which way it faces (+1 right, -1 left)."""

    sheet: Sheet
    x: float
    base: float
    size: float
    way: int = 1
    stride: float = 1.0
    inks: dict[str, str] = field(default_factory=dict)

    def draw(self, figure: str) -> None:
        for line in figure.strip().splitlines():
            stroke, _, ink = line.partition(":")
            kind, _, places = stroke.strip().partition(" ")
            rows = points(places) / 1000
            words = [self.inks.get(word, word) for word in ink.split()]
            alpha = float(words.pop()[:-1]) / 100 if words[-1].endswith("%") else 1.0
            top, bottom = words[0], words[1] if len(words) > 1 else None
            swing = self.stride if kind.endswith("*") else 1.0
            u, v, sizes = rows[:, 0], rows[:, 1], rows[:, 2:] * self.size
            xs = self.x + self.way * self.size * u * swing
            path = np.stack([xs, self.base - self.size * v], 1)
            match kind.rstrip("*"):
                case "blob":
                    self.sheet.blob(path, top, bottom, alpha)
                case "fill":
                    self.sheet.fill(path, top, bottom, alpha)
                case "tube":
                    self.sheet.tube(path, sizes[:, 0], top, bottom, alpha)
                case "spot":
                    for (x, y), (ru, rv) in zip(path, sizes, strict=True):
                        self.sheet.oval(x, y, ru, rv, top, bottom, alpha)
                case "ring":
                    for (x, y), (r, w, *turn) in zip(path, rows[:, 2:], strict=True):
                        arc = (turn[0] * 1000, turn[1] * 1000) if turn else (0.0, 360.0)
                        self.sheet.ring(x, y, r * self.size, w * self.size, top, alpha, arc)


LEGS = """
    tube* 10 775 62, 75 650 52, 135 545 42: shade
    spot* 145 525 22 26: skin
    tube* -15 500 100, -30 280 72, -135 85 46: dusk
    blob* -165 100, -125 92, -95 45, -55 12, -75 0, -115 22, -155 55: 2b2236
    tube* 15 500 105, 75 285 75, 115 60 50: legs dusk
    blob* 88 62, 135 62, 165 35, 205 18, 205 0, 95 0, 85 30: 2b2236
"""
JACKET = """
    blob -30 845, 45 845, 92 790, 94 680, 82 600, 98 520, 98 480, 60 457, -60 461, -108 485, \
-98 520, -78 610, -92 720, -82 800: coat shade
    tube 52 800 4, 58 620 6, 72 495 6: 2b1f30 35%
    blob 94 497, 94 468, 0 457, -100 472, -98 500, 0 488: shade 22304a 80%
    blob 40 600, 82 606, 84 560, 44 552: shade 55%
    tube 8 830 52, 16 885 50: skin 9a5a48
    blob -52 868, 0 872, 52 862, 66 832, 30 812, -20 806, -62 828: coat shade
    tube 10 868 4, 46 815 6: 1f1a2c 40%
"""
LONG_COAT = """
    blob -30 845, 45 845, 92 790, 94 680, 82 600, 98 520, 128 355, 60 332, -60 336, -138 360, \
-98 520, -78 610, -92 720, -82 800: coat shade
    tube 52 800 4, 58 620 6, 72 370 6: 2b1f30 35%
    tube -75 605 20, 0 597 24, 82 608 20: 3a2436 80%
    tube 8 830 52, 16 885 50: skin 9a5a48
"""
FACE = """
    blob -30 985, 30 992, 66 955, 69 925, 79 908, 66 898, 60 872, 28 862, -10 885, -45 930: \
skin c98768
"""
SHORT_HAIR = """
    blob 60 968, 35 1000, -20 1000, -60 965, -62 915, -40 880, -18 885, -8 925, 12 948: hair
    spot -4 918 10 14: skin
"""
LONG_HAIR = """
    blob 58 975, 25 1000, -30 996, -66 955, -78 890, -85 800, -50 775, -12 800, -4 875, 12 925, \
35 955: hair 2a1a20
"""
HAT = """
    blob -72 955, -52 1005, 0 1020, 48 1000, 66 962, 90 957, 88 948, 0 955: hat 3c2530
"""
SCARF = """
    tube -50 845 45, 10 835 55, 60 855 40: scarf a5612e
    tube -45 835 35, -90 775 40, -120 710 48: scarf a5612e
"""
NEAR_ARM = """
    tube* -12 785 74, -68 655 60, -88 535 48: coat shade
    tube* 12 765 4, -36 655 6, -60 540 3: 2b1f30 30%
    spot* -92 508 22 28: skin
"""


def person(
    sheet: Sheet,
    place: tuple[float, float, float, int],
    inks: dict[str, str],
    stride: float = 1.0,
) -> None:
    """Someone walking; the place is x, feet, height and way, the inks say what they wear."""
    frame = Frame(sheet, *place, stride=stride, inks=inks)
    frame.draw(LEGS)
    for part in (JACKET, FACE, SHORT_HAIR) if "hat" in inks else (LONG_COAT, FACE, LONG_HAIR):
        frame.draw(part)
    if "hat" in inks:
        frame.draw(HAT)
    if "scarf" in inks:
        frame.draw(SCARF)
    frame.draw(NEAR_ARM)


BODY = """
    blob 30 60, 500 45, 960 60, 930 130, 500 150, 60 130: 241c2b
    blob 12 100, 6 155, 25 215, 55 265, 105 345, 165 405, 260 430, 400 432, 510 418, 590 375, \
665 305, 740 277, 860 262, 940 235, 982 185, 994 130, 985 85, 900 72, 500 66, 80 72: light deep
    blob 105 345, 165 405, 260 430, 400 432, 510 418, 575 385, 500 392, 380 402, 250 399, \
170 370: roof
    fill 148 290, 172 350, 220 385, 325 396, 325 286: 6f6a94 e7a98f
    fill 345 286, 345 397, 430 395, 505 378, 565 335, 610 288: 6f6a94 e7a98f
    fill 183 286, 230 393, 265 393, 219 286: fff0d8 26%
    fill 398 286, 467 393, 520 374, 451 286: fff0d8 26%
    blob 395 289, 405 318, 435 330, 465 316, 475 289: 3a3048 75%
    spot 438 349 19 22: 3a3048 75%
    tube 500 289 8, 515 318 8: 3a3048 75%
    blob 595 292, 600 318, 625 316, 628 295: deep
    tube 30 232 6, 300 262 16, 660 258 16, 955 208 5: fff2d6 55%
    tube 30 135 10, 400 122 12, 975 140 10: deep 65%
    tube 335 285 3.5, 325 200 3.5, 335 95 3.5: 2c1f30 55%
    tube 625 285 3.5, 645 200 3.5, 630 95 3.5: 2c1f30 55%
    tube 360 228 10, 405 228 10: ffeccb mid
    blob 932 215, 962 200, 968 165, 945 165, 925 190: fffbe6 ffd889
    blob 14 225, 40 228, 46 180, 12 175: e2523d a92f35
"""
WHEEL = """
    spot 0 1080 1200 1220: 211a28
    spot 0 1000 1000 1000: 35303e 1d1823
    spot 0 1000 620 620: e9d8c6 8f7f88
    spot 0 1000 500 500: 6d6170 4a4152
    tube 0 1000 140, 474 1259 100: d9c8ba
    tube 0 1000 140, -100 1531 100: d9c8ba
    tube 0 1000 140, -536 1069 100: d9c8ba
    tube 0 1000 140, -231 512 100: d9c8ba
    tube 0 1000 140, 393 630 100: d9c8ba
    spot 0 1000 160 160: f4e6d2 a8969a
"""
BUMPERS = """
    tube 890 98 22, 1002 98 22: f0dfcb 93828a
    tube -4 98 22, 100 98 22: f0dfcb 93828a
"""


def car(sheet: Sheet, place: tuple[float, float, float, int], inks: dict[str, str]) -> None:
    """A small round car from the side; the place is x of its tail, ground, length and way."""
    x, base, length, way = place
    frame = Frame(sheet, *place, inks=inks)
    frame.draw(BODY)
    for u in (0.205, 0.795):
        Frame(sheet, x + way * length * u, base, length * 0.083).draw(WHEEL)
    frame.draw(BUMPERS)


CYCLE = """
    ring 0 1000 1070 60 185 320: e8dcc8
    ring 3050 1000 1070 60 215 335: e8dcc8
    tube 0 1000 75, 1280 900 75: 1f5f66
    tube 0 1000 70, 1010 2020 70: 2f8f86 1f5f66
    tube 1280 900 100, 950 2220 100: 2f8f86 1f5f66
    tube 1280 900 100, 2300 1550 100, 2530 2100 100: 2f8f86 1f5f66
    tube 1040 1620 85, 1700 1450 85, 2550 1930 85: 2f8f86 1f5f66
    tube 2530 2380 100, 2690 1750 100, 3050 1000 100: 2f8f86 1f5f66
    tube 2530 2380 70, 2430 2800 70: d8c8b8
    tube 2530 2850 60, 2430 2800 70, 2050 2700 90: d8c8b8 6a4536
    spot 1280 900 210 210: b9a497 7d6a6c
    spot 1280 900 130 130: 4c3f4b
    tube 1280 900 50, 1500 500 50: b9a497
    fill 1360 520, 1660 520, 1660 450, 1360 450: 2a2230
    tube 930 2220 60, 890 2440 60: d8c8b8
    blob 530 2560, 850 2520, 1250 2520, 1230 2440, 850 2380, 590 2400: 7a4630 4c2a28
    tube 420 940 45, 160 0 45: b9a497
"""
BASKET = """
    fill 2730 2480, 3630 2480, 3530 1940, 2810 1940: b98a58 7f5640
    fill 2750 2380, 3610 2380, 3600 2330, 2760 2330: 5c3a30 50%
    fill 2774 2250, 3584 2250, 3574 2200, 2784 2200: 5c3a30 50%
    fill 2798 2120, 3558 2120, 3548 2070, 2808 2070: 5c3a30 50%
"""


def bicycle(sheet: Sheet, x: float, base: float, r: float) -> None:
    """A parked bicycle, its front to the right; x is its rear hub, r the radius of its wheels."""
    frame, front = Frame(sheet, x, base, r), x + 3.05 * r
    for cx in (x, front):
        sheet.ring(cx, base - r, r * 0.955, r * 0.09, "2a2230")
        sheet.ring(cx, base - r, r * 0.88, r * 0.035, "d8c2ae")
        for a in np.pi * np.arange(14) / 14 + 0.1:
            dx, dy = 0.88 * r * np.cos(a), 0.88 * r * np.sin(a)
            ends = [(cx - dx, base - r - dy), (cx + dx, base - r + dy)]
            sheet.tube(ends, 0.55, "e6d3c0", alpha=0.7)
        sheet.oval(cx, base - r, r * 0.09, r * 0.09, "cdb8a6")
    frame.draw(CYCLE)
    rng = np.random.default_rng(8)
    for _ in range(26):  # flowers
        fx, fy = front + rng.normal(0.14, 0.22) * r, base - (2.4 + abs(rng.normal(0.16, 0.13))) * r
        tone = rng.choice(["f2c14e", "f7e6d4", "d9645a", "5f8a54", "4d7a4c", "e8926a"])
        sheet.oval(fx, fy, r * 0.085, r * 0.08, str(tone))
    frame.draw(BASKET)


DOG = """
    tube -300 400 150, -380 200 75, -460 30 60: 9a5836
    tube 220 380 120, 240 200 70, 170 35 60: 9a5836
    tube -360 560 90, -500 680 130, -480 820 140, -360 830 120, -320 740 80: fur deep
    tube -300 490 290, 0 470 270, 240 500 320: fur deep
    tube 100 370 80, 280 420 140, 360 550 120: cream e2b48c
    tube 220 560 260, 360 740 220: fur
    tube -280 440 190, -250 240 100, -300 170 70, -270 30 60: fur deep
    tube 250 400 140, 330 220 80, 370 30 62: fur c98552
    spot -255 26 52 28, 390 26 52 28: cream
    fill 360 840, 400 1000, 470 860: deep
    tube 400 780 240, 440 780 230: fur deep
    tube 470 745 150, 600 720 85: cream e2b48c
    fill 300 830, 310 1000, 410 880: fur deep
    spot 638 738 26 22: 2a2028
    spot 485 800 18 20: 2a2028
    tube 200 620 45, 300 595 50, 400 640 45: c8403a
"""


def dog(sheet: Sheet, x: float, base: float, length: float) -> None:
    """A shiba trotting along; x is its middle."""
    inks = {"fur": "d98b4a", "deep": "a75f38", "cream": "f6dcb8"}
    Frame(sheet, x, base, length, inks=inks).draw(DOG)


HEAD = """
    fill -160 1000, 160 1000, 200 960, 200 40, 160 0, -160 0, -200 40, -200 960: 3a3346 241d2e
    spot 0 810 125 125: red
    spot 0 500 125 125: amber
    spot 0 190 125 125: green
    spot -30 845 50 40, -30 535 50 40, -30 225 50 40: ffffff 20%
    ring 0 810 135 35 185 355, 0 500 135 35 185 355, 0 190 135 35 185 355: 17121d
"""


def traffic_light(sheet: Sheet, x: float, bottom: float, height: float, lit: str) -> None:
    """A head with three lamps, one of them lit; x is its middle."""
    inks = {"red": "5d2f38", "amber": "6a5136", "green": "2f5a4c"}
    inks[lit] = {"red": "ff5a45", "amber": "ffc04a", "green": "57e08f"}[lit]
    Frame(sheet, x, bottom, height, inks=inks).draw(HEAD)


def post(sheet: Sheet, x: float, base: float, height: float) -> None:
    path = [(x, base), (x, base - height / 2), (x, base - height)]
    sheet.tube(path, [5.5, 3.6, 3], "4a3a4c", "2c2231")
    sheet.box(x - 5, base - 16, x + 5, base, "3d2f40", "241c2a")

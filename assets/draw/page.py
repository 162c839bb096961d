"""A page of print: heading, two columns, a figure, paper, and light from one side."""

from __future__ import annotations

from typing import cast

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FINE = 4
INK = 28
BODY, LEADING = 10.4, 14.0
LEFT, RIGHT, GUTTER = 44.0, 476.0, 22.0

HEADING = "How Seeing Works"
KICKER = "CHAPTER ONE"
OPENING = (
    "Light falls on a leaf, and some of it is sent back into the world. A little of that reaches "
    "the eye, passes a small round window, and lands upside down on a sheet of living cells. "
    "Nothing in them looks like a leaf: there are only many small amounts of light, each measured "
    "alone, each knowing nothing of the next."
)
MIDDLE = (
    "The first work of seeing is to compare. A cell that looks at one spot is held back by the "
    "cells around it, so that an even patch says almost nothing, while a border speaks aloud. "
    "What travels on is not the light itself, but where it changes."
)
PAPER = (
    "Try it with a strip of grey paper. Lay it half on white and half on black, and it seems to "
    "become two greys, although it is one. Hide the seam with a pencil, and look again. The eye "
    "keeps no gauge of brightness. It keeps accounts of differences, and fills in what must lie "
    "between them."
)
NEXT = (
    "From these changes the rest is built, one layer upon another: short edges first, then "
    "corners and curves, then parts, and at last a thing with a name. Each layer looks at a wider "
    "field than the one before, and cares less about exactly where."
)
LAST = (
    "A machine can be taught the same trick. Give it numbers in place of cells and sums in place "
    "of nerves; show it a thousand leaves. It will find edges, because edges are worth finding, "
    "and it will surprise you with the rest. No one tells it where to look. Its mistakes do, a "
    "little at a time."
)
CAPTION = "Fig. 1. A pinhole turns the world around."


def font(size: float) -> ImageFont.FreeTypeFont:
    return cast(ImageFont.FreeTypeFont, ImageFont.load_default(size * FINE))


class Page:
    def __init__(self, size: int) -> None:
        self.image = Image.new("L", (size * FINE, size * FINE), 255)
        self.draw = ImageDraw.Draw(self.image)

    def text(
        self, x: float, y: float, words: str, size: float, bold: float = 0.0, tracking: float = 0.0
    ) -> float:
        """Words on the baseline y from x on; where they end."""
        face = font(size)
        for piece in words if tracking else [words]:
            self.draw.text(
                (x * FINE, y * FINE),
                piece,
                INK,
                face,
                anchor="ls",
                stroke_width=bold * FINE,
                stroke_fill=INK,
            )
            x += face.getlength(piece) / FINE + tracking
        return x - tracking

    def line(self, *points: tuple[float, float], width: float = 0.8) -> None:
        self.draw.line([(x * FINE, y * FINE) for x, y in points], INK, round(width * FINE), "curve")

    def paragraph(
        self,
        text: str,
        x: float,
        y: float,
        width: float,
        indent: float = 0.0,
        narrow: tuple[int, float] = (0, 0.0),
    ) -> float:
        """Justified text; its first narrow[0] lines leave narrow[1] free on the left."""
        face, space = font(BODY), font(BODY).getlength(" ") / FINE
        words, row = text.split(), 0
        while words:
            start = x + (narrow[1] if row < narrow[0] else 0) + (indent if row == 0 else 0)
            room, used, count = x + width - start, 0.0, 0
            for word in words:
                length = face.getlength(word) / FINE
                if count and used + length + count * space * 0.86 > room:
                    break
                used, count = used + length, count + 1
            gap = space if count == len(words) else (room - used) / max(count - 1, 1)
            for word in words[:count]:
                self.text(start, y, word, BODY)
                start += face.getlength(word) / FINE + gap
            words, row, y = words[count:], row + 1, y + LEADING
        return y


def tree(page: Page, x: float, y: float, height: float) -> None:
    """A small tree, upside down where height is negative."""
    rng = np.random.default_rng(4)

    def branch(x: float, y: float, angle: float, length: float, depth: int) -> None:
        tip = (x + length * np.sin(angle), y - length * np.cos(angle) * np.sign(height))
        page.line((x, y), tip, width=0.35 + 0.34 * depth * abs(height) / 60)
        if depth:
            for side in (-1, 1):
                turn = side * rng.uniform(0.28, 0.55)
                branch(*tip, angle + turn, length * rng.uniform(0.66, 0.82), depth - 1)

    branch(x, y, 0.0, abs(height) * 0.29, 5)


def figure(page: Page, x: float, y: float, width: float, height: float) -> None:
    """A camera obscura: a tree, two rays through a pinhole, the tree on its head."""
    box, hole, ground = x + width * 0.655, y + height * 0.50, y + height * 0.93
    right, top, bottom = x + width - 1, y + height * 0.20, y + height * 0.80
    for edge in (((box, hole - 2), (box, top), (right, top)), ((box, hole + 2), (box, bottom))):
        page.line(*edge, width=1.5)
    page.line((box, bottom), (right, bottom), (right, top), width=1.5)
    page.line((x, ground), (x + width * 0.42, ground))
    tall, at, screen = height * 0.86, x + width * 0.21, right - 25
    tree(page, at, ground, tall)
    scale = (screen - box) / (box - at)
    foot, crown = hole - (ground - hole) * scale, hole + (ground - tall * 0.9 - hole) * -scale
    tree(page, screen, foot, -tall * scale)
    for a, b in ((ground, foot), (ground - tall * 0.9, crown)):
        for s in np.arange(0.03, 0.98, 0.045):
            ends = [(at + (screen - at) * u, a + (b - a) * u) for u in (s, s + 0.024)]
            page.line(*ends, width=0.55)


def text_page(size: int = 512) -> Image.Image:
    page = Page(size)
    column = (RIGHT - LEFT - GUTTER) / 2
    second = LEFT + column + GUTTER
    page.text(LEFT, 50, KICKER, 8.5, tracking=2.2)
    page.text(LEFT - 1, 84, HEADING, 33, bold=0.45)
    page.line((LEFT, 100), (RIGHT, 100), width=1.2)
    page.line((LEFT, 103), (RIGHT, 103), width=0.5)
    initial = page.text(LEFT - 1, 124 + 2 * LEADING + 0.6, OPENING[0], 50, bold=0.3) - LEFT + 3
    y = page.paragraph(OPENING[1:], LEFT, 126, column, narrow=(3, initial))
    y = page.paragraph(MIDDLE, LEFT, y, column, indent=12)
    page.text(LEFT, y + 10, "Only differences", 12.5, bold=0.22)
    page.paragraph(PAPER, LEFT, y + 28, column)
    figure(page, second, 114, column, 104)
    page.text(second, 236, CAPTION, 8.7)
    page.text(second, 262, "Layer upon layer", 12.5, bold=0.22)
    y = page.paragraph(NEXT, second, 280, column)
    y = page.paragraph(LAST, second, y, column, indent=12)
    page.line((LEFT, 487), (RIGHT, 487), width=0.5)
    page.text(LEFT, 499, "SEEING AND COMPUTING", 7, tracking=1.4)
    page.text(RIGHT - 6, 499, "7", 8.5)

    turned = page.image.rotate(0.5, Image.Resampling.BICUBIC, fillcolor=255)
    spread = turned.filter(ImageFilter.GaussianBlur(0.28 * FINE))  # ink soaks in a little
    ink = np.asarray(spread.resize((size, size), Image.Resampling.BOX), np.float32) / 255

    rng = np.random.default_rng(11)
    fibres = np.zeros((size, size), np.float32)
    for cells, depth in ((size, 0.008), (size // 3, 0.010), (size // 12, 0.008), (14, 0.012)):
        spots = Image.fromarray(rng.standard_normal((cells, cells)).astype(np.float32))
        fibres += depth * np.asarray(spots.resize((size, size), Image.Resampling.BICUBIC))
    through = np.asarray(
        spread.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        .filter(ImageFilter.GaussianBlur(2.2 * FINE))
        .resize((size, size), Image.Resampling.BOX),
        np.float32,
    )
    paper = 0.95 + fibres - 0.035 * (1 - through / 255)  # the print of the other side, faintly

    x, y2 = np.meshgrid((np.arange(size) + 0.5) / size, (np.arange(size) + 0.5) / size)
    lamp = 1.04 * np.exp(-((((x - 0.30) / 1.05) ** 2 + ((y2 - 0.22) / 1.15) ** 2) ** 0.9))
    fold = 1 - 0.34 * np.exp(-x / 0.035) - 0.10 * np.exp(-x / 0.15)  # towards the binding
    edge = (x + 0.55 * y2 - 1.24) / 0.07  # a soft shadow across the lower right corner
    shadow = 1 - 0.46 / (1 + np.exp(-edge))
    light = (0.10 + 0.90 * lamp) * fold * shadow
    tones = np.clip(paper * (0.06 + 0.94 * ink) * light, 0, 1) ** 0.90
    return Image.fromarray(np.uint8(np.round(np.clip(tones, 0, 1) * 255)))

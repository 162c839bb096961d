"""A small drawing kit: smooth outlines, tapered strokes and gradients on a supersampled sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Floats = NDArray[np.floating[Any]]
Points = Sequence[tuple[float, float]] | NDArray[np.float64]


def hue(text: str) -> Floats:
    """A colour like "e8a33d" as three numbers in 0..1."""
    return np.array([int(text[k : k + 2], 16) / 255 for k in (0, 2, 4)], np.float32)


def points(text: str) -> NDArray[np.float64]:
    """ "x y, x y" as an array."""
    return np.array([pair.split() for pair in text.split(",")], float)


def spline(points: Points, closed: bool = True, fine: int = 10) -> NDArray[np.float64]:
    """A Catmull-Rom curve through the points."""
    p = np.asarray(points, float)
    p = np.vstack([p[-1:], p, p[:2]]) if closed else np.vstack([p[:1], p, p[-1:]])
    s = np.linspace(0, 1, fine, endpoint=False)[:, None]
    a, b, c, d = (p[k : len(p) - 3 + k, None] for k in range(4))
    curve = 0.5 * (2 * b + (c - a) * s + (2 * a - 5 * b + 4 * c - d) * s**2 + (3 * b - a - 3 * c + d) * s**3)
    curve = curve.reshape(-1, curve.shape[-1])
    return curve if closed else np.vstack([curve, p[-2:-1]])


class Sheet:
    """Colour and cover, in pixels of the picture; drawn scale times finer."""

    def __init__(self, size: tuple[int, int], scale: int) -> None:
        self.size, self.scale = size, scale
        self.rgb = np.zeros((size[1] * scale, size[0] * scale, 3), np.float32)
        self.cover = np.zeros(self.rgb.shape[:2], np.float32)

    def paint(
        self,
        mask: Image.Image,
        corner: tuple[int, int],
        top: str,
        bottom: str | None,
        alpha: float,
        level: bool,
    ) -> None:
        """Lay a colour, or one that runs down (level: across) into another, through a mask."""
        x0, y0 = max(corner[0], 0), max(corner[1], 0)
        m = np.asarray(mask, np.float32)[y0 - corner[1] :, x0 - corner[0] :] * (alpha / 255)
        rgb = self.rgb[y0 : y0 + m.shape[0], x0 : x0 + m.shape[1]]
        cover = self.cover[y0 : y0 + m.shape[0], x0 : x0 + m.shape[1]]
        m = m[: rgb.shape[0], : rgb.shape[1]]
        if not m.size:
            return
        colour = hue(top)[None, None]
        if bottom:
            s = (
                np.linspace(0, 1, mask.size[0 if level else 1], dtype=np.float32)[x0 - corner[0] :][
                    : m.shape[1]
                ]
                if level
                else np.linspace(0, 1, mask.size[1], dtype=np.float32)[y0 - corner[1] :][: len(m)]
            )
            s = s[None, :, None] if level else s[:, None, None]
            colour = colour + (hue(bottom) - colour) * s
        kept = cover * (1 - m)
        total = m + kept
        part = np.where(total > 0, m / np.maximum(total, 1e-6), 0)[..., None]
        rgb += (colour - rgb) * part
        cover[:] = total

    def fill(
        self,
        outline: Points,
        top: str,
        bottom: str | None = None,
        alpha: float = 1.0,
        soft: float = 0.0,
        level: bool = False,
    ) -> None:
        """A polygon; soft blurs its border."""
        p = np.asarray(outline, float) * self.scale
        pad = int(3 * soft * self.scale) + 2
        x0, y0 = np.floor(p.min(0)).astype(int) - pad
        x1, y1 = np.ceil(p.max(0)).astype(int) + pad
        mask = Image.new("L", (int(x1 - x0), int(y1 - y0)))
        ImageDraw.Draw(mask).polygon([tuple(q) for q in p - [x0, y0]], fill=255)
        if soft:
            mask = mask.filter(ImageFilter.GaussianBlur(soft * self.scale))
        self.paint(mask, (int(x0), int(y0)), top, bottom, alpha, level)

    def blob(
        self,
        points: Points,
        top: str,
        bottom: str | None = None,
        alpha: float = 1.0,
        soft: float = 0.0,
        level: bool = False,
    ) -> None:
        self.fill(spline(points), top, bottom, alpha, soft, level)

    def box(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        top: str,
        bottom: str | None = None,
        alpha: float = 1.0,
        soft: float = 0.0,
        level: bool = False,
    ) -> None:
        self.fill([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], top, bottom, alpha, soft, level)

    def oval(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float,
        top: str,
        bottom: str | None = None,
        alpha: float = 1.0,
        soft: float = 0.0,
    ) -> None:
        a = np.linspace(0, 2 * np.pi, 72, endpoint=False)
        self.fill(np.stack([x + rx * np.cos(a), y + ry * np.sin(a)], 1), top, bottom, alpha, soft)

    def ring(
        self,
        x: float,
        y: float,
        r: float,
        width: float,
        colour: str,
        alpha: float = 1.0,
        turn: tuple[float, float] = (0, 360),
    ) -> None:
        a = np.radians(np.linspace(*turn, 90))
        rim = np.stack([np.cos(a), np.sin(a)], 1)
        both = np.vstack([rim * (r + width / 2), rim[::-1] * (r - width / 2)])
        self.fill(both + np.array([x, y]), colour, alpha=alpha)

    def tube(
        self,
        points: Points,
        widths: float | Sequence[float] | NDArray[np.float64],
        top: str,
        bottom: str | None = None,
        alpha: float = 1.0,
        soft: float = 0.0,
    ) -> None:
        """A rounded stroke along a smooth path; widths are its diameters at the points."""
        each = np.broadcast_to(np.asarray(widths, float), (len(points),))
        path = spline(np.column_stack([np.asarray(points, float), each]), closed=False, fine=24)
        path *= self.scale
        pad = int(3 * soft * self.scale) + 2
        r = np.abs(path[:, 2:]) / 2
        x0, y0 = np.floor((path[:, :2] - r).min(0)).astype(int) - pad
        x1, y1 = np.ceil((path[:, :2] + r).max(0)).astype(int) + pad
        mask = Image.new("L", (int(x1 - x0), int(y1 - y0)))
        pen = ImageDraw.Draw(mask)
        for (x, y, w), (x2, y2, w2) in zip(path[:-1] - [x0, y0, 0], path[1:] - [x0, y0, 0], strict=True):
            count = int(np.hypot(x2 - x, y2 - y) / 1.5) + 1
            for s in np.arange(count + 1) / count:
                cx, cy, h = x + (x2 - x) * s, y + (y2 - y) * s, abs(w + (w2 - w) * s) / 2
                pen.ellipse([cx - h, cy - h, cx + h, cy + h], fill=255)
        if soft:
            mask = mask.filter(ImageFilter.GaussianBlur(soft * self.scale))
        self.paint(mask, (int(x0), int(y0)), top, bottom, alpha, False)

    def text(self, x: float, y: float, words: str, size: float, colour: str, tracking: float) -> None:
        """Spaced letters centred on x, standing on y."""
        face = ImageFont.load_default(size * self.scale)
        widths = [face.getlength(c) + tracking * self.scale for c in words]
        mask = Image.new("L", (int(sum(widths)) + 4, int(size * self.scale * 1.5)))
        at, pen = 2.0, ImageDraw.Draw(mask)
        for c, w in zip(words, widths, strict=True):
            pen.text((at, size * self.scale * 1.2), c, 255, face, anchor="ls")
            at += w
        left = x * self.scale - (at - tracking * self.scale) / 2
        corner = (int(left), int((y - size * 1.2) * self.scale))
        self.paint(mask, corner, colour, None, 1.0, False)

    def add(self, light: Floats) -> None:
        """Screen light over everything."""
        self.rgb += (1 - self.rgb) * light

    def extent(self) -> list[int]:
        """The tight box of what is covered, in whole pixels: left, top, right, bottom."""
        h, w = self.cover.shape[0] // self.scale, self.cover.shape[1] // self.scale
        small = self.cover.reshape(h, self.scale, w, self.scale).mean((1, 3)) > 0.5
        xs, ys = np.nonzero(small.any(0))[0], np.nonzero(small.any(1))[0]
        return [int(xs[0]), int(ys[0]), int(xs[-1]) + 1, int(ys[-1]) + 1]

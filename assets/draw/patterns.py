"""Two pictures for looking closely at filters: a zone plate and a plate of plain shapes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Tones = NDArray[np.float64]
TILE, PITCH, MARGIN, FINE = 76, 82, 8, 8  # pixels of a tile, of a step, of the border; subpixels


def zone_plate(size: int = 512) -> Image.Image:
    """cos(k r^2), whose frequency grows linearly and reaches Nyquist at the border."""
    x = np.arange(size) - (size - 1) / 2
    r2 = x[:, None] ** 2 + x[None, :] ** 2
    wave = np.cos(np.pi * r2 / size)  # along a row the phase turns by 2 pi x / size a pixel
    return Image.fromarray(np.uint8(np.round(127.5 + 127.5 * wave)))


def shapes() -> Image.Image:
    """Nine tiles, 256 by 256 together: every edge is exactly averaged over its pixels."""
    s = (np.arange(TILE * FINE) + 0.5) / FINE
    x, y = np.meshgrid(s, s)
    plate = np.full((256, 256), 0.11)
    tiles = (discs, star, bars, slanted_edge, softening_edge, checks, fan, ramps, dots)
    for k, tile in enumerate(tiles):
        tones = tile(x, y).reshape(TILE, FINE, TILE, FINE).mean((1, 3))
        top, left = MARGIN + PITCH * (k // 3), MARGIN + PITCH * (k % 3)
        plate[top : top + TILE, left : left + TILE] = tones
    return Image.fromarray(np.uint8(np.round(plate * 255)))


def discs(x: Tones, y: Tones) -> Tones:
    out = np.full_like(x, 0.22)
    for cx, cy, r, tone in (
        (25, 27, 19, 0.92),
        (58, 19, 11, 0.72),
        (62, 43, 7.5, 0.92),
        (46, 55, 5, 0.55),
        (58, 60, 3, 0.92),
        (66, 64, 2, 0.92),
        (71, 67.5, 1.2, 0.92),
        (20, 60, 10, 0.05),
        (31, 21, 6, 0.40),
        (20, 60, 4, 0.60),
    ):
        out[np.hypot(x - cx, y - cy) < r] = tone
    return out


def star(x: Tones, y: Tones) -> Tones:
    r, angle = np.hypot(x - 38, y - 38), np.arctan2(y - 38, x - 38)
    return np.where(r < 34, np.where(np.sin(18 * angle) > 0, 0.96, 0.04), 0.50)


def bars(x: Tones, y: Tones) -> Tones:
    """Six pairs of rows: upright bars, each row's width one pixel less than that above it."""
    width = np.array([7, 5, 4, 3, 2, 1])[np.minimum(y // 13, 5).astype(int)]
    lit = (x // width) % 2 == 0
    gap = y % 13 > 11
    return np.where(gap, 0.30, np.where(lit, 0.92, 0.10))


def slanted_edge(x: Tones, y: Tones) -> Tones:
    a = np.radians(5)
    across = (x - 38) * np.cos(a) + (y - 38) * np.sin(a)
    below = -(x - 38) * np.sin(a) + (y - 38) * np.cos(a)
    high = np.where(across > 0, 0.92, 0.12)
    return np.where(below > 13, np.where(across > 0, 0.56, 0.48), high)


def softening_edge(x: Tones, y: Tones) -> Tones:
    """A step whose width grows from nothing at the top to 30 pixels at the bottom."""
    width = 0.01 + 26 * (y / TILE) ** 1.5
    return 0.12 + 0.80 / (1 + np.exp(np.clip(-(x - 38) / width * 4, -60, 60)))


def checks(x: Tones, y: Tones) -> Tones:
    odd = ((x - 2) // 8 + (y - 2) // 8) % 2
    inside = (np.abs(x - 38) < 36) & (np.abs(y - 38) < 36)
    return 0.50 + (odd - 0.5) * np.where(y < 42, 0.84, 0.12) * inside


def fan(x: Tones, y: Tones) -> Tones:
    """Lines of one pixel from a corner, and one of a quarter pixel."""
    out = np.full_like(x, 0.88)
    for k, angle in enumerate(np.radians(np.linspace(4, 86, 9))):
        off = np.abs((x - 4) * np.sin(angle) - (y - 4) * np.cos(angle))
        along = (x - 4) * np.cos(angle) + (y - 4) * np.sin(angle)
        half = 0.5 if k != 4 else 0.125
        out[(off < half) & (along > 16) & (along < 70)] = 0.06
    return out


def ramps(x: Tones, y: Tones) -> Tones:
    smooth = x / TILE
    stairs = (np.clip((x - 2) // 9, 0, 7) + 0.5) / 8
    wave = 0.5 + 0.5 * np.sin(x / TILE * 4 * np.pi)
    return np.where(y < 25, smooth, np.where(y < 51, stairs, wave))


def dots(x: Tones, y: Tones) -> Tones:
    """Single pixels, growing fainter to the right, growing to squares of 4 downwards."""
    column, row = (x - 2) // 9, (y - 2) // 9
    size = 1 + row // 2
    inside = ((x - 2) % 9 < size) & ((y - 2) % 9 < size) & (x > 2) & (y > 2)
    inside &= (column < 8) & (row < 8)
    return np.where(inside, 0.98 - 0.10 * column, 0.14)

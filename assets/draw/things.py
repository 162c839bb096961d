"""What stands on the table: outlines, colours and places."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .solids import (
    Balls,
    Cloth,
    Floats,
    Lathe,
    Look,
    Paint,
    Table,
    Thing,
    Wall,
    f32,
    mix,
    noise,
    specks,
    step,
    turn,
    unit,
    vec,
)


def wood(p: Floats) -> Floats:
    board = np.floor(p[2] / 0.62 + 0.37)
    seam = np.abs(p[2] / 0.62 + 0.37 - board - 0.5)
    q = np.stack([p[0] * 0.35 + board * 5.1, p[1] + board * 3.7, p[2]])
    ring = noise(np.stack([q[0], q[1] * 2, q[2] * 2.6]), 3) * 16
    ring = 0.5 + 0.5 * np.sin(ring * 2 * np.pi * 0.5)
    fibre = noise(np.stack([q[0] * 7, q[1] * 60, q[2] * 95]), 2)
    tone = 0.30 + 0.42 * ring * step(0.2, 0.9, noise(q * 3, 2) + 0.2) + 0.5 * (fibre - 0.5)
    tone = tone + 0.16 * (noise(np.stack([board, board, board])) - 0.5)
    albedo = mix(vec(0.20, 0.095, 0.045), vec(0.52, 0.30, 0.155), tone)
    return np.where(p[1] > -0.01, 1 - 0.75 * step(0.488, 0.499, seam), 1) * albedo


def plaster(p: Floats) -> Floats:
    cloud = noise(p * vec(1.1, 1.4, 1) + 3, 4)
    grain = noise(p * 30, 2)
    tone = vec(0.225, 0.255, 0.25) * (0.80 + 0.40 * cloud) * (0.96 + 0.08 * grain)
    return mix(tone, tone * vec(1.12, 1.0, 0.86), step(0.45, 0.62, cloud))


def linen(q: Floats) -> Floats:
    u, v = q[0], q[1]
    s = np.abs(u)
    blue, rust = vec(0.085, 0.135, 0.27), vec(0.50, 0.145, 0.065)
    base = mix(vec(0.74, 0.69, 0.59), vec(0.80, 0.76, 0.67), noise(q * vec(40, 8, 1)))
    band = step(0.006, 0.0, np.abs(s - 0.47) - 0.052) + step(0.004, 0, np.abs(s - 0.385) - 0.010)
    band = band + step(0.004, 0, np.abs(s - 0.555) - 0.010)
    thin = step(0.004, 0.0, np.abs(s - 0.215) - 0.022) + step(0.003, 0, np.abs(s - 0.165) - 0.006)
    thin = thin + step(0.003, 0, np.abs(s - 0.265) - 0.006) + step(0.003, 0, s - 0.008)
    weave: Floats = 0.5 + 0.5 * np.sin(u * 330) * np.sin(v * 330)
    albedo = mix(mix(base, blue, np.clip(band, 0, 1) * 0.95), rust, np.clip(thin, 0, 1) * 0.9)
    slub = noise(np.stack([u * 6, v * 160, u * 0]), 2) + noise(np.stack([u * 160, v * 6, u * 0]), 2)
    return albedo * (0.80 + 0.22 * weave + 0.26 * (slub - 1))


def stoneware(q: Floats) -> Floats:
    """Raw clay below, a celadon glaze that ran down in drips above, pooling dark at its border."""
    angle = np.stack([q[0], q[2], q[0] * 0]) / np.maximum(np.hypot(q[0], q[2]), 1e-4)
    border = 0.34 + 0.22 * (noise(angle * 2.1 + 9, 2) - 0.5) - 0.20 * noise(angle * 5.2 + 4) ** 2
    over = q[1] - border
    fleck = specks(q, 30, 0.35) * 0.7
    clay = mix(vec(0.46, 0.27, 0.165), vec(0.56, 0.36, 0.235), noise(q * vec(9, 60, 9), 2))
    clay = mix(clay, vec(0.20, 0.11, 0.07), fleck)
    rise = step(0.15, 0.95, q[1] + 0.25 * (noise(q * 6, 3) - 0.5))
    glaze = mix(vec(0.105, 0.29, 0.285), vec(0.36, 0.55, 0.48), rise)
    glaze = mix(glaze, vec(0.045, 0.15, 0.17), 0.8 * step(0.10, 0.0, over))
    glaze = mix(glaze, vec(0.42, 0.30, 0.17), 0.75 * step(1.165, 1.195, q[1]))
    glaze = mix(glaze, vec(0.06, 0.10, 0.09), 0.65 * specks(q, 26, 0.30))
    return mix(clay, glaze, step(-0.006, 0.006, over))


def porcelain(q: Floats) -> Floats:
    """A cobalt bowl: brushed rings outside, white within, a bare brown rim."""
    r = np.hypot(q[0], q[2])
    middle = np.interp(r, [0, 0.20, 0.365, 0.485, 0.55], [0.05, 0.065, 0.132, 0.255, 0.41])
    inner = step(-0.004, 0.004, f32(q[1] - middle))
    brush = noise(np.stack([q[0] * 3, q[1] * 46, q[2] * 3]), 3)
    cobalt = mix(vec(0.018, 0.055, 0.235), vec(0.07, 0.18, 0.46), step(0.3, 0.75, brush))
    lip = step(0.385, 0.405, q[1])
    white = mix(vec(0.78, 0.77, 0.72), vec(0.70, 0.70, 0.67), noise(q * 30, 2))
    ring = step(0.012, 0.004, np.abs(q[1] - 0.335)) + step(0.008, 0.002, np.abs(q[1] - 0.30))
    out = mix(cobalt, white, np.clip(ring, 0, 1) * 0.9)
    return mix(mix(out, white, inner), vec(0.36, 0.19, 0.09), lip)


def pear_skin(q: Floats) -> Floats:
    blush = step(0.2, 0.9, 0.5 + 0.9 * q[0] - 0.6 * q[2] + 0.35 * (noise(q * 5, 3) - 0.5))
    skin = mix(vec(0.60, 0.55, 0.11), vec(0.50, 0.52, 0.10), noise(q * 7, 3))
    skin = mix(skin, vec(0.62, 0.20, 0.06), blush * 0.75)
    russet = step(0.50, 0.72, noise(q * 9 + 5, 3) + 0.42 * step(0.50, 0.62, q[1]))
    skin = mix(skin, vec(0.36, 0.20, 0.07), 0.65 * russet)
    return mix(skin, vec(0.22, 0.13, 0.04), 0.6 * specks(q, 34, 0.55))


def apple_skin(q: Floats) -> Floats:
    around = np.arctan2(q[0], q[2])
    streak = noise(np.stack([np.sin(around) * 16, np.cos(around) * 16, q[1] * 2.5]), 3)
    red = mix(vec(0.28, 0.012, 0.018), vec(0.56, 0.055, 0.03), step(0.25, 0.75, streak))
    gold = step(0.36, 0.17, np.hypot(q[0], q[2]) * 1.7 + 0.5 * (streak - 0.5))
    gold *= step(0.3, 0.37, q[1])
    skin = mix(red, vec(0.62, 0.44, 0.13), np.clip(gold, 0, 1) * 0.9)
    return mix(skin, vec(0.75, 0.55, 0.30), 0.55 * specks(q, 36, 0.4))


def lemon_skin(q: Floats) -> Floats:
    tone = mix(vec(0.80, 0.53, 0.035), vec(0.76, 0.58, 0.05), noise(q * 6, 2))
    return mix(tone, vec(0.46, 0.50, 0.08), 0.8 * step(0.20, 0.30, np.abs(q[1] - 0.25)))


def cut_lemon(q: Floats) -> Floats:
    """Half a lemon: peel, pith, and ten wedges of pulp on the cut face (its top)."""
    r, angle = np.hypot(q[0], q[2]), np.arctan2(q[0], q[2])
    wedge = angle / (2 * np.pi) * 10 + 0.08 * noise(q * 6)
    wall = np.abs(wedge - np.round(wedge)) * 2 * np.pi / 10 * r
    cell = noise(np.stack([wedge * 9, r * 28, q[1] * 0]), 2)
    pulp = mix(vec(0.80, 0.60, 0.10), vec(0.88, 0.76, 0.26), cell)
    flesh = step(0.003, 0.009, wall) * step(0.155, 0.147, r) * step(0.012, 0.02, r)
    face = mix(vec(0.87, 0.83, 0.62), pulp, flesh)
    face = mix(face, vec(0.80, 0.62, 0.07), step(0.170, 0.176, r))
    return mix(lemon_skin(q), face, step(0.243, 0.248, q[1]))


def orange_skin(q: Floats) -> Floats:
    pits = specks(q, 40, 0.6)
    tone = mix(vec(0.80, 0.155, 0.008), vec(0.78, 0.215, 0.016), noise(q * 5, 2))
    return tone * (1 - 0.22 * pits)


def leaf_skin(q: Floats) -> Floats:
    """Local points of leaves run along, across, through; the fourth row is the leaf's number."""
    along, across, _, number = q
    tone = mix(vec(0.05, 0.115, 0.08), vec(0.16, 0.225, 0.15), (number * 0.618) % 1)
    ribs = np.abs((along - 0.55 * np.abs(across)) * 3.5 % 1 - 0.5)
    tone = mix(tone, vec(0.27, 0.33, 0.20), 0.35 * step(0.06, 0.0, ribs))
    tone = mix(tone, vec(0.36, 0.40, 0.24), 0.8 * step(0.055, 0.02, np.abs(across)))
    tone = mix(tone, vec(0.36, 0.22, 0.15), 0.6 * step(0.90, 1.0, np.hypot(along, across)))
    return np.where(number < STEMS, vec(0.24, 0.15, 0.08), tone)


def fibres(p: Floats) -> Floats:
    return 0.0016 * noise(p * vec(3, 30, 80), 2)


def pores(size: float, depth: float) -> Paint:
    return lambda q: depth * noise(q[:3] * size, 2)


STEMS = 12


def sprig() -> list[tuple[Floats, Floats]]:
    """A branch of eucalyptus as flattened balls: first its stem, then leaves in pairs."""
    rng = np.random.default_rng(21)
    s = np.linspace(0, 1, STEMS + 1)
    x, y = -0.62 + 0.05 * s + 0.62 * s**2.2, 0.95 + 1.06 * s - 0.22 * s**3
    path = f32([x, y, -0.42 + 0.10 * s + 0.12 * s**2])
    parts = []
    for a, b in zip(path.T[:-1], path.T[1:], strict=True):
        along = (b - a)[:, None]
        side = np.linalg.svd(along)[0][:, 1:]
        frame = np.hstack([along * 0.62, side * 0.011])
        parts.append((((a + b) / 2)[:, None], frame))
    for k in range(22):
        at = f32([np.interp(0.30 + 0.70 * k / 21, s, row) for row in path])[:, None]
        ahead = unit(at - f32([np.interp(0.26 + 0.7 * k / 21, s, r) for r in path])[:, None])
        out = unit(vec(*rng.normal(0, 0.45, 3)) + vec((-1) ** k * 0.9, 0.2, 0.25) + 0.35 * ahead)
        size = 0.145 - 0.075 * k / 21 + rng.normal(0, 0.006)
        flat = unit(np.cross(out, unit(vec(*rng.normal(0, 0.6, 3)) + vec(0, 1, 0.2)), axis=0))
        third = np.cross(out, flat, axis=0)
        frame = np.hstack([out * size, flat * size * 0.80, third * 0.011])
        parts.append((at + out * (size + 0.015), frame))
    return parts


# Outlines of turned things: "radius height" in thousandths, from the axis round to the axis.
VASE = (
    "0 0, 200 0, 235 15, 300 120, 390 320, 415 500, 360 700, 230 860, 135 970, 110 1070, "
    "130 1160, 175 1205, 180 1220, 165 1225, 115 1170, 90 1070, 100 950, 0 900"
)
BOWL = (
    "0 30, 170 30, 190 0, 215 0, 225 30, 240 50, 380 120, 500 250, 555 390, 562 408, 548 416, "
    "535 400, 470 260, 350 145, 200 85, 0 70"
)
PEAR = (
    "0 30, 30 15, 100 0, 190 40, 255 130, 265 240, 225 360, 150 470, 115 560, 95 630, 55 665, 20 660, 0 650"
)
APPLE = "0 50, 30 30, 90 0, 180 50, 255 170, 270 280, 235 390, 150 445, 80 435, 30 390, 0 370"
HALF = "0 0, 22 5, 40 30, 60 55, 130 110, 175 200, 181 240, 178 249, 160 250, 80 250, 0 250"
LEMON = "0 0, 22 5, 40 30, 60 55, 130 110, 175 200, 180 280, 140 370, 70 435, 50 465, 25 490, 0 493"


def stalk(foot: Floats, tip: Floats, r: float) -> Balls:
    side = np.linalg.svd(tip - foot)[0][:, 1:] * r
    stem = np.hstack([(tip - foot) * 0.55, side])
    return Balls(Look((0.16, 0.09, 0.045)), [((foot + tip) / 2, stem)])


def things() -> list[Thing]:
    ball = np.diag(f32([0.235, 0.225, 0.235]))
    orange = Look((0.8, 0.24, 0.02), orange_skin, pores(30, 0.0055), shine=0.55, rough=0.30)
    peel = Look((0.78, 0.58, 0.05), lemon_skin, pores(32, 0.0035), shine=0.5, rough=0.28)
    apple = Look((0.5, 0.08, 0.04), apple_skin, coat=0.35, shine=0.35, rough=0.25)
    pear = Look((0.55, 0.48, 0.10), pear_skin, pores(26, 0.0025), shine=0.40, rough=0.33)
    boards = Look((0.34, 0.19, 0.10), wood, fibres, shine=0.20, rough=0.34)
    leaves = Look((0.18, 0.25, 0.18), leaf_skin, shine=0.25, rough=0.45)
    lean, foot = turn(x=8, z=-13), vec(-0.22, 0.035, 0.72)
    top = foot + lean @ vec(0, 0.65, 0)
    return [
        Wall(Look((0.33, 0.35, 0.33), plaster, pores(24, 0.0022))),
        Table(boards),
        Cloth(Look((0.62, 0.56, 0.48), linen)),
        Lathe(Look((0.28, 0.38, 0.33), stoneware, pores(7, 0.004), 0.9), VASE, vec(-0.66, 0, -0.45)),
        Balls(leaves, sprig()),
        Lathe(Look((0.10, 0.16, 0.36), porcelain, coat=1.0), BOWL, vec(0.52, 0.0, 0.02)),
        Balls(orange, [(vec(0.32, 0.40, -0.05), ball)]),
        Balls(orange, [(vec(0.70, 0.37, 0.14), ball * 0.93)]),
        Lathe(apple, APPLE, vec(0.64, 0.27, -0.30), turn(x=26, z=-10)),
        Lathe(pear, PEAR, foot, lean),
        stalk(top, top + vec(0.055, 0.14, 0.02), 0.014),
        Lathe(peel, LEMON, vec(1.10, 0.18, 0.44), turn(x=35, z=90)),
        Lathe(replace(peel, paint=cut_lemon), HALF, vec(0.63, 0.085, 0.76), turn(x=62, z=24)),
    ]

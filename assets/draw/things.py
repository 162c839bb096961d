"""What stands on the table: outlines, colours and places."""

from __future__ import annotations

import numpy as np

from .solids import (
    Balls,
    Cloth,
    Floats,
    Lathe,
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
    return albedo * (1 - 0.75 * step(0.488, 0.499, seam) * (p[1] > -0.01))


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
    weave = 0.5 + 0.5 * np.sin(u * 330) * np.sin(v * 330)
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
    glaze = mix(
        vec(0.105, 0.29, 0.285),
        vec(0.36, 0.55, 0.48),
        step(0.15, 0.95, q[1] + 0.25 * (noise(q * 6, 3) - 0.5)),
    )
    glaze = mix(glaze, vec(0.045, 0.15, 0.17), 0.8 * step(0.10, 0.0, over))
    glaze = mix(glaze, vec(0.42, 0.30, 0.17), 0.75 * step(1.165, 1.195, q[1]))
    glaze = mix(glaze, vec(0.06, 0.10, 0.09), 0.65 * specks(q, 26, 0.30))
    return mix(clay, glaze, step(-0.006, 0.006, over))


def porcelain(q: Floats) -> Floats:
    """A cobalt bowl: brushed rings outside, white within, a bare brown rim."""
    r = np.hypot(q[0], q[2])
    middle = np.interp(r, [0, 0.20, 0.365, 0.485, 0.55], [0.05, 0.065, 0.132, 0.255, 0.41])
    inner = step(-0.004, 0.004, q[1] - middle.astype(np.float32))
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
    gold = step(0.36, 0.17, np.hypot(q[0], q[2]) * 1.7 + 0.5 * (streak - 0.5)) * step(
        0.3, 0.37, q[1]
    )
    skin = mix(red, vec(0.62, 0.44, 0.13), np.clip(gold, 0, 1) * 0.9)
    return mix(skin, vec(0.75, 0.55, 0.30), 0.55 * specks(q, 36, 0.4))


def lemon_skin(q: Floats) -> Floats:
    tone = mix(vec(0.80, 0.53, 0.035), vec(0.76, 0.58, 0.05), noise(q * 6, 2))
    return mix(tone, vec(0.46, 0.50, 0.08), 0.8 * step(0.20, 0.30, np.abs(q[1] - 0.25)))


def cut_lemon(q: Floats) -> Floats:
    """Half a lemon: peel, pith, and eleven wedges of pulp on the cut face (its top)."""
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
    tone = mix(vec(0.80, 0.185, 0.010), vec(0.78, 0.25, 0.02), noise(q * 5, 2))
    return tone * (1 - 0.22 * pits)


def leaf_skin(q: Floats) -> Floats:
    """Local points of leaves run along, across, through; the fourth row is the leaf's number."""
    along, across, _, number = q
    tone = mix(vec(0.05, 0.115, 0.08), vec(0.16, 0.225, 0.15), (number * 0.618) % 1)
    ribs = np.abs((along - 0.55 * np.abs(across)) * 3.5 % 1 - 0.5)
    tone = mix(tone, vec(0.27, 0.33, 0.20), 0.35 * step(0.06, 0.0, ribs))
    tone = mix(tone, vec(0.36, 0.40, 0.24), 0.8 * step(0.055, 0.02, np.abs(across)))
    tone = mix(tone, vec(0.36, 0.22, 0.15), 0.6 * step(0.90, 1.0, np.hypot(along, across)))
    return mix(tone, vec(0.24, 0.15, 0.08), (number < STEMS).astype(np.float32))


def pores(size: float, depth: float) -> Paint:
    return lambda q: depth * noise(q[:3] * size, 2)


STEMS = 12


def sprig() -> list[tuple[Floats, Floats]]:
    """A branch of eucalyptus as flattened balls: first its stem, then leaves in pairs."""
    rng = np.random.default_rng(21)
    s = np.linspace(0, 1, STEMS + 1)
    path = f32(
        [
            -0.62 + 0.05 * s + 0.62 * s**2.2,
            0.95 + 1.06 * s - 0.22 * s**3,
            -0.42 + 0.10 * s + 0.12 * s**2,
        ]
    )
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


VASE = [
    (0, 0),
    (0.20, 0),
    (0.235, 0.015),
    (0.30, 0.12),
    (0.39, 0.32),
    (0.415, 0.50),
    (0.36, 0.70),
    (0.23, 0.86),
    (0.135, 0.97),
    (0.11, 1.07),
    (0.13, 1.16),
    (0.175, 1.205),
    (0.18, 1.22),
    (0.165, 1.225),
    (0.115, 1.17),
    (0.09, 1.07),
    (0.10, 0.95),
    (0, 0.9),
]
BOWL = [
    (0, 0.03),
    (0.17, 0.03),
    (0.19, 0),
    (0.215, 0),
    (0.225, 0.03),
    (0.24, 0.05),
    (0.38, 0.12),
    (0.50, 0.25),
    (0.555, 0.39),
    (0.562, 0.408),
    (0.548, 0.416),
    (0.535, 0.40),
    (0.47, 0.26),
    (0.35, 0.145),
    (0.20, 0.085),
    (0, 0.07),
]
PEAR = [
    (0, 0.03),
    (0.03, 0.015),
    (0.10, 0),
    (0.19, 0.04),
    (0.255, 0.13),
    (0.265, 0.24),
    (0.225, 0.36),
    (0.15, 0.47),
    (0.115, 0.56),
    (0.095, 0.63),
    (0.055, 0.665),
    (0.02, 0.66),
    (0, 0.65),
]
APPLE = [
    (0, 0.05),
    (0.03, 0.03),
    (0.09, 0),
    (0.18, 0.05),
    (0.255, 0.17),
    (0.27, 0.28),
    (0.235, 0.39),
    (0.15, 0.445),
    (0.08, 0.435),
    (0.03, 0.39),
    (0, 0.37),
]
HALF = [
    (0, 0),
    (0.022, 0.005),
    (0.04, 0.03),
    (0.06, 0.055),
    (0.13, 0.11),
    (0.175, 0.20),
    (0.181, 0.24),
    (0.178, 0.249),
    (0.16, 0.25),
    (0.08, 0.25),
    (0, 0.25),
]
LEMON = [
    (0, 0),
    (0.022, 0.005),
    (0.04, 0.03),
    (0.06, 0.055),
    (0.13, 0.11),
    (0.175, 0.20),
    (0.18, 0.28),
    (0.14, 0.37),
    (0.07, 0.435),
    (0.05, 0.465),
    (0.025, 0.49),
    (0, 0.493),
]


def stalk(at: tuple[float, float, float], to: tuple[float, float, float], r: float) -> Balls:
    a, b = vec(*at), vec(*to)
    side = np.linalg.svd(b - a)[0][:, 1:] * r
    return Balls([((a + b) / 2, np.hstack([(b - a) * 0.55, side]))], colour=(0.16, 0.09, 0.045))


def things() -> list[Thing]:
    ball = np.diag(f32([0.235, 0.225, 0.235]))
    orange: dict[str, object] = {
        "colour": (0.8, 0.24, 0.02),
        "paint": orange_skin,
        "relief": pores(30, 0.0055),
        "shine": 0.55,
        "rough": 0.30,
    }
    lemon: dict[str, object] = {
        "colour": (0.78, 0.58, 0.05),
        "relief": pores(32, 0.0035),
        "shine": 0.5,
        "rough": 0.28,
    }
    lean = turn(x=8, z=-13)
    tip = lean @ vec(0, 0.65, 0)
    foot = (-0.22, 0.035, 0.72)
    top = tuple(float(x) for x in tip[:, 0] + f32(foot))
    return [
        Wall(colour=(0.33, 0.35, 0.33), paint=plaster, relief=pores(24, 0.0022)),
        Table(
            colour=(0.34, 0.19, 0.10),
            paint=wood,
            relief=lambda q: 0.0016 * noise(q * vec(3, 30, 80), 2),
            shine=0.20,
            rough=0.34,
        ),
        Cloth(colour=(0.62, 0.56, 0.48), paint=linen),
        Lathe(
            VASE,
            (-0.66, 0, -0.45),
            colour=(0.28, 0.38, 0.33),
            paint=stoneware,
            coat=0.9,
            relief=pores(7, 0.004),
        ),
        Balls(sprig(), colour=(0.18, 0.25, 0.18), paint=leaf_skin, shine=0.25, rough=0.45),
        Lathe(BOWL, (0.52, 0.0, 0.02), colour=(0.10, 0.16, 0.36), paint=porcelain, coat=1.0),
        Balls([(vec(0.32, 0.40, -0.05), ball)], **orange),  # type: ignore[arg-type]
        Balls([(vec(0.70, 0.37, 0.14), ball * 0.93)], **orange),  # type: ignore[arg-type]
        Lathe(
            APPLE,
            (0.64, 0.27, -0.30),
            turn(x=26, z=-10),
            colour=(0.5, 0.08, 0.04),
            paint=apple_skin,
            coat=0.35,
            shine=0.35,
            rough=0.25,
        ),
        Lathe(
            PEAR,
            foot,
            lean,
            colour=(0.55, 0.48, 0.10),
            paint=pear_skin,
            shine=0.40,
            rough=0.33,
            relief=pores(26, 0.0025),
        ),
        stalk(top, (top[0] + 0.055, top[1] + 0.14, top[2] + 0.02), 0.014),  # type: ignore[arg-type]
        Lathe(LEMON, (1.10, 0.18, 0.44), turn(x=35, z=90), **lemon, paint=lemon_skin),
        Lathe(HALF, (0.63, 0.085, 0.76), turn(x=62, z=24), **lemon, paint=cut_lemon),
    ]

"""Light in the still life, and what camera and film make of it.

One window is a warm area light behind a frame of bars; there is one diffuse bounce, and glazes
mirror. A pixel takes few random samples and shares them with its like-minded neighbours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .solids import Floats, Rows, Thing, dot, f32, mix, step, unit, vec

SUN = vec(1.00, 0.80, 0.55) * 2.7
LIGHT, LIGHT_HALF = vec(-5.6, 4.3, 4.4), 0.26  # where it is, half its side
LIGHT_U = unit(vec(0.62, 0, 0.79))
LIGHT_V = unit(np.cross(LIGHT, LIGHT_U, axis=0))


def nearest(
    scene: list[Thing], o: Floats, d: Floats, far: float = 60.0, any_hit: bool = False
) -> tuple[Floats, Rows]:
    """Distance to, and index of, what each ray meets (index -1: nothing before far)."""
    t, who = np.full(o.shape[1], far, np.float32), np.full(o.shape[1], -1)
    for k, thing in enumerate(scene):
        rows = thing.near(o, d, t)
        if len(rows):
            s = thing.hit(o[:, rows], d[:, rows])
            closer = s < t[rows]
            hit = rows[closer]
            who[hit] = k
            t[hit] = -1 if any_hit else s[closer]
    return t, who


def bars(p: Floats, d: Floats) -> Floats:
    """How much of the light the window frame lets pass: two rows of panes."""
    n = unit(-LIGHT)
    plane = n * np.float32(0.4)
    q = p + d * (dot(plane - p, n) / dot(d, n)) - plane
    u, v, e = dot(q, LIGHT_U), dot(q, LIGHT_V), 0.015
    pane = step(e, -e, np.abs(u + 0.3) - 1.75) * step(e, -e, np.abs(v - 0.2) - 1.95)
    return pane * step(-e, e, np.abs(u + 1.33) - 0.045) * step(-e, e, np.abs(v - 1.52) - 0.04)


def sunlight(scene: list[Thing], p: Floats, n: Floats, jitter: Floats, count: int) -> Floats:
    """The visible fraction of the light, from count samples a point."""
    seen = np.zeros(p.shape[1], np.float32)
    start = p + n * np.float32(0.014)
    for k in range(count):
        a, b = (jitter + f32([[0.7549 * k], [0.5698 * k]])) % 1 * 2 - 1
        goal = LIGHT + (LIGHT_U * a + LIGHT_V * b) * np.float32(LIGHT_HALF)
        d = goal - start
        reach = np.sqrt(dot(d, d))
        d = d / reach
        lit = np.nonzero(dot(d, n) > 0)[0]
        open_ = bars(start[:, lit], d[:, lit])
        lit, open_ = lit[open_ > 0.01], open_[open_ > 0.01]
        _, who = nearest(scene[2:], start[:, lit], d[:, lit], any_hit=True)
        seen[lit] += open_ * (who < 0)
    return seen / count


def sky(d: Floats) -> Floats:
    """What a ray that leaves sees: a cool room, brighter above and to the left."""
    up = step(-0.4, 0.9, d[1] + 0.25 * d[2] - 0.35 * d[0])
    return mix(vec(0.075, 0.06, 0.055), vec(0.40, 0.50, 0.66), up)


def bounce(scene: list[Thing], o: Floats, d: Floats, jitter: Floats) -> Floats:
    """Light that arrives along rays from whatever they meet, in its mean colour."""
    t, who = nearest(scene, o, d, far=9.0)
    light = sky(d)
    rows = np.nonzero(who >= 0)[0]
    p = o[:, rows] + d[:, rows] * t[rows]
    n = np.empty_like(p)
    albedo = np.empty_like(p)
    for k, thing in enumerate(scene):
        mine = who[rows] == k
        if mine.any():
            n[:, mine] = thing.normal(p[:, mine])
            albedo[:, mine] = vec(*thing.look.colour)
    to = unit(LIGHT - p)
    direct = sunlight(scene, p, n, jitter[:, rows], 1) * np.maximum(dot(n, to), 0)
    light[:, rows] = albedo * (SUN * direct + vec(0.20, 0.20, 0.22))
    return light


def frame_of(n: Floats) -> tuple[Floats, Floats]:
    a = unit(np.cross(n, np.where(np.abs(n[1]) < 0.9, vec(0, 1, 0), vec(1, 0, 0)), axis=0))
    return a, np.cross(n, a, axis=0)


def skylight(scene: list[Thing], p: Floats, n: Floats, jitter: Floats, count: int) -> Floats:
    total = np.zeros_like(p)
    a, b = frame_of(n)
    for k in range(count):
        u, w = (jitter[:2] + f32([[0.7549 * k + 0.3], [0.5698 * k + 0.6]])) % 1
        u = (u + k) / count
        r, angle = np.sqrt(u), 2 * np.pi * w
        d = a * (r * np.cos(angle)) + b * (r * np.sin(angle)) + n * np.sqrt(1 - u)
        total += bounce(scene, p + n * np.float32(0.006), d.astype(np.float32), jitter)
    return total / count


def window(p: Floats, d: Floats) -> Floats:
    """The window itself as a mirror sees it: four bright panes."""
    n = unit(-LIGHT)
    s = dot(LIGHT - p, n) / np.minimum(dot(d, n), -1e-3)
    q = p + d * s - LIGHT
    u, v = np.abs(dot(q, LIGHT_U)) / 1.15, np.abs(dot(q, LIGHT_V)) / 1.45
    pane = step(1.03, 0.97, u) * step(1.03, 0.97, v) * step(0.05, 0.09, u) * step(0.04, 0.07, v)
    return pane * (s > 0)


# Camera, sharing of samples, lens ----------------------------------------------------------------


def share(light: Floats, p: Floats, n: Floats, who: NDArray[np.intp], reach: float, rounds: int) -> Floats:
    """Average each pixel with neighbours of the same thing, plane and direction (a-trous)."""
    taps = ((-2, 0.12), (-1, 0.5), (0, 1.0), (1, 0.5), (2, 0.12))
    index = np.arange(light.shape[-1])
    for r in range(rounds):
        for axis in (-2, -1):
            total, weight = np.zeros_like(light), np.zeros(light.shape[1:], np.float32)
            for k, w in taps:
                to = np.clip(index + k * 2**r, 0, index[-1])
                there, q, m, other = (a.take(to, axis) for a in (light, p, n, who))
                off = ((q - p) * n).sum(0) / reach
                like = np.clip((m * n).sum(0), 0, 1) ** 24
                g = np.float32(w) * np.exp(-(off**2)) * like * (other == who)
                total += g * there
                weight += g
            light = total / weight
    return light


def lens(image: Floats, depth: Floats, scale: float) -> Floats:
    """Blur by distance from the plane of focus; nothing leaks from the sharp onto the soft."""
    focus = 6.75
    blur = np.clip(np.abs(1 / focus - 1 / depth) * 130 - 0.6, 0, 2.6) * scale
    total, weight = image * 1.0, np.ones_like(depth)
    reach = int(np.ceil(blur.max()))
    edge = ((reach, reach), (reach, reach))
    wide = [np.pad(image, ((0, 0), *edge), "edge"), np.pad(blur, edge), np.pad(depth, edge, "edge")]
    side = len(depth)
    for dy in range(2 * reach + 1):
        for dx in range(2 * reach + 1):
            far = np.hypot(dx - reach, dy - reach)
            if far == 0 or far > reach:
                continue
            there, b, z = (a[..., dy : dy + side, dx : dx + side] for a in wide)
            b = np.where(z > depth + 0.05, np.minimum(b, blur), b)
            g = np.clip(b - far + 0.5, 0, 1) / np.maximum(b, 0.6) ** 0.5
            total += g * there
            weight += g
    return total / weight


def develop(image: Floats) -> Floats:
    """A film-like curve, then the sRGB transfer function."""
    x = image * 0.58
    x = x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14)
    x = np.clip(x, 0, 1)
    return np.where(x < 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)

"""Vectors, noise and solids that rays can hit, for a small ray tracer in numpy.

Solids are lathed outlines (a signed distance table of the half plane, marched), balls under a
linear map (solved exactly), a wall, a table and a cloth. Arrays of points are (3, n).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.floating[Any]]
Rows = NDArray[np.intp]
Paint = Callable[[Floats], Floats]

EDGE, ROUND, WALL = 1.32, 0.05, -1.75  # where the table ends, how round its edge is, the wall


def f32(x: ArrayLike) -> Floats:
    return np.asarray(x, np.float32)


def vec(*xs: float) -> Floats:
    return np.array(xs, np.float32)[:, None]


def dot(a: Floats, b: Floats) -> Floats:
    total: Floats = np.einsum("in,in->n", *np.broadcast_arrays(a, b))
    return total


def unit(a: Floats) -> Floats:
    return a / np.sqrt(np.maximum(dot(a, a), 1e-12))


def step(lo: float, hi: float, x: Floats) -> Floats:
    s: Floats = np.clip((x - lo) / (hi - lo), 0, 1)
    return s * s * (3 - 2 * s)


def mix(a: Floats, b: Floats, s: Floats | float) -> Floats:
    return a + (b - a) * s


LATTICE = np.random.default_rng(7).random(32**3, dtype=np.float32)


def noise(p: Floats, octaves: int = 1) -> Floats:
    """Value noise in 0..1 (about 0.5), summed over octaves."""
    total, weight = np.zeros(p.shape[1], np.float32), 0.0
    for k in range(octaves):
        q = p * np.float32(2.03**k) + np.float32(17.3 * k)
        cell = np.floor(q)
        f = q - cell
        f *= f * (3 - 2 * f)
        i = cell.astype(np.int32) & 31
        j = (i + 1) & 31
        z0, z1, y0, y1 = i[2], j[2], i[1] * 32, j[1] * 32
        x0, x1 = i[0] * 1024, j[0] * 1024
        near = mix(LATTICE[x0 + y0 + z0], LATTICE[x1 + y0 + z0], f[0])
        side = mix(LATTICE[x0 + y1 + z0], LATTICE[x1 + y1 + z0], f[0])
        far = mix(LATTICE[x0 + y0 + z1], LATTICE[x1 + y0 + z1], f[0])
        back = mix(LATTICE[x0 + y1 + z1], LATTICE[x1 + y1 + z1], f[0])
        total += mix(mix(near, side, f[1]), mix(far, back, f[1]), f[2]) * 0.5**k
        weight += 0.5**k
    return total / weight


def specks(q: Floats, density: float, share: float) -> Floats:
    """Round dots of mixed sizes: about that share of the cells of a lattice holds one."""
    cell = np.floor(q[:3] * np.float32(density))
    i, j, k = cell.astype(np.int32) & 31
    draw = [LATTICE[(i * 1024 + j * 32 + k + 4099 * c) & 32767] for c in range(5)]
    off = q[:3] * np.float32(density) - cell - 0.35 - 0.3 * np.stack(draw[:3])
    size = 0.10 + 0.22 * draw[3] ** 2
    return np.where(draw[4] < share, step(0.06, -0.06, np.sqrt(dot(off, off)) - size), 0)


def turn(x: float = 0, z: float = 0) -> Floats:
    """A rotation by x degrees about the x axis, then by z degrees about the z axis."""
    (cx, sx), (cz, sz) = [(np.cos(a), np.sin(a)) for a in np.radians([x, z])]
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    return f32(np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]]) @ about_x)


@dataclass(frozen=True)
class Look:
    """paint gives the albedo at local points (else it is even), relief a height for bumps."""

    colour: tuple[float, float, float]  # the mean albedo, all that bounced light sees
    paint: Paint | None = None
    relief: Paint | None = None
    coat: float = 0.0  # strength of the mirror reflection
    shine: float = 0.0  # strength of the soft highlight
    rough: float = 0.35


class Thing:
    """Something in the scene; rays and points are in the room, local() is where its look lives."""

    centre = vec(0, 0, 0)
    radius: float = np.inf

    def __init__(self, look: Look) -> None:
        self.look = look

    def near(self, o: Floats, d: Floats, far: Floats) -> Rows:
        """The rays that meet the bounding ball before far."""
        if np.isinf(self.radius):
            return np.nonzero(far > 0)[0]
        v = o - self.centre
        b = dot(v, d)
        disc = b * b - dot(v, v) + self.radius**2
        return np.nonzero((disc > 0) & (np.sqrt(np.abs(disc)) > b) & (-b - self.radius < far))[0]

    def hit(self, o: Floats, d: Floats) -> Floats:
        raise NotImplementedError

    def normal(self, p: Floats) -> Floats:
        raise NotImplementedError

    def local(self, p: Floats) -> Floats:
        return p


class Lathe(Thing):
    """A turned solid: its outline runs from the axis round to the axis, in thousandths."""

    def __init__(self, look: Look, outline: str, at: Floats, spin: Floats | None = None) -> None:
        super().__init__(look)
        points = [[float(x) / 1000 for x in pair.split()] for pair in outline.split(",")]
        c = np.array([points[0], *points, points[-1]])
        s = np.linspace(0, 1, 12, endpoint=False)[:, None]
        a, b, e, f = (c[i : len(c) - 3 + i, None] for i in range(4))
        curve = 0.5 * (
            2 * b + (e - a) * s + (2 * a - 5 * b + 4 * e - f) * s**2 + (3 * b - a - 3 * e + f) * s**3
        )  # Catmull-Rom
        line = f32(np.vstack([curve.reshape(-1, 2), c[-1:]]))
        line[:, 0] = np.maximum(line[:, 0], 0)
        self.low = np.array([0.0, line[:, 1].min() - 0.04], np.float32)
        size = np.array([line[:, 0].max() + 0.04, np.ptp(line[:, 1]) + 0.08])
        self.cell = np.float32(size.max() / 200)
        shape = (size / self.cell).astype(int) + 2
        r, y = (self.low[k] + self.cell * np.arange(shape[k], dtype=np.float32) for k in (0, 1))
        q = np.stack(np.meshgrid(r, y, indexing="ij"), -1).reshape(-1, 1, 2)
        start, along = line[:-1], np.diff(line, axis=0)
        h = ((q - start) * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-9)
        gap = q - start - np.clip(h, 0, 1)[..., None] * along
        crosses = (start[:, 1] > q[..., 1]) != (line[1:, 1] > q[..., 1])
        rise = np.where(along[:, 1] == 0, 1e-9, along[:, 1])
        at_r = start[:, 0] + (q[..., 1] - start[:, 1]) / rise * along[:, 0]
        inside = (crosses & (at_r > q[..., 0])).sum(1) % 2
        table = np.sqrt((gap**2).sum(-1).min(1)) * np.where(inside, -1, 1)
        table = table.reshape(shape)
        slope = np.gradient(np.vstack([table[1:2], table]), float(self.cell))
        self.tables = f32([table, slope[0][1:], slope[1][1:]])
        self.limit = f32(shape - 1.001)
        self.spin = np.eye(3, dtype=np.float32) if spin is None else spin
        self.at = at
        middle = line[:, 1].mean()
        self.radius = float(np.hypot(line[:, 0], line[:, 1] - middle).max() + 0.01)
        self.centre = self.at + self.spin @ vec(0, middle, 0)

    def look_up(self, p: Floats, which: int) -> Floats:
        r = np.sqrt(p[0] * p[0] + p[2] * p[2]) / self.cell
        r = np.minimum(r, self.limit[0])
        y = np.clip((p[1] - self.low[1]) / self.cell, 0, self.limit[1])
        i, j = r.astype(np.int32), y.astype(np.int32)
        r, y = r - i, y - j
        flat, width = self.tables[which].ravel(), self.tables.shape[2]
        k = i * width + j
        return mix(mix(flat[k], flat[k + 1], y), mix(flat[k + width], flat[k + width + 1], y), r)

    def hit(self, o: Floats, d: Floats) -> Floats:
        b, v = dot(o - self.centre, d), o - self.centre
        half = np.sqrt(np.maximum(b * b - dot(v, v) + self.radius**2, 0))
        o, d = self.spin.T @ (o - self.at), self.spin.T @ d
        t, end = np.maximum(-b - half, 0), half - b
        found = np.full(t.shape, np.inf, np.float32)
        live = np.arange(len(t))
        for _ in range(64):
            gap = self.look_up(o + d * t, 0)
            stop = gap < 0.001
            found[live[stop]] = t[stop]
            t = t + np.maximum(gap, 0.002)
            go = ~stop & (t < end)
            live, o, d, t, end = live[go], o[:, go], d[:, go], t[go], end[go]
            if not len(live):
                break
        return found

    def normal(self, p: Floats) -> Floats:
        q = self.local(p)
        r, y = self.look_up(q, 1), self.look_up(q, 2)
        across = r / np.maximum(np.hypot(q[0], q[2]), 1e-6)
        return unit(self.spin @ np.stack([q[0] * across, y, q[2] * across]))

    def local(self, p: Floats) -> Floats:
        return self.spin.T @ (p - self.at)


class Balls(Thing):
    """Unit balls under linear maps: fruit, stems, leaves."""

    def __init__(self, look: Look, balls: Sequence[tuple[Floats, Floats]]) -> None:
        super().__init__(look)
        self.at = [c.astype(np.float32) for c, _ in balls]
        self.into = [np.linalg.inv(m).astype(np.float32) for _, m in balls]
        self.centre = np.mean(self.at, axis=0)
        reach = [np.linalg.norm(c - self.centre) + np.linalg.norm(m, 2) for c, m in balls]
        self.radius = float(max(reach)) + 0.01

    def hit(self, o: Floats, d: Floats) -> Floats:
        best = np.full(o.shape[1], np.inf, np.float32)
        for c, m in zip(self.at, self.into, strict=True):
            v, w = m @ (o - c), m @ d
            a, b = dot(w, w), dot(v, w)
            disc = b * b - a * (dot(v, v) - 1)
            t = (-b - np.sqrt(np.maximum(disc, 0))) / a
            best = np.where((disc > 0) & (t > 0) & (t < best), t, best)
        return best

    def nearest(self, p: Floats) -> Rows:
        places = [m @ (p - c) for c, m in zip(self.at, self.into, strict=True)]
        which: Rows = np.argmin([np.abs(dot(q, q) - 1) for q in places], axis=0)
        return which

    def normal(self, p: Floats) -> Floats:
        which, n = self.nearest(p), np.empty_like(p)
        for k, (c, m) in enumerate(zip(self.at, self.into, strict=True)):
            n[:, which == k] = m.T @ (m @ (p[:, which == k] - c))
        return unit(n)

    def local(self, p: Floats) -> Floats:
        if len(self.at) == 1:
            return p - self.at[0]
        which, q = self.nearest(p), np.empty_like(p)
        for k, (c, m) in enumerate(zip(self.at, self.into, strict=True)):
            q[:, which == k] = m @ (p[:, which == k] - c)
        return np.vstack([q, which]).astype(np.float32)


class Wall(Thing):
    def hit(self, o: Floats, d: Floats) -> Floats:
        t = (WALL - o[2]) / np.where(d[2] < -1e-6, d[2], -1e-6)
        return np.where((d[2] < -1e-6) & (t > 0), t, np.inf)

    def normal(self, p: Floats) -> Floats:
        return np.broadcast_to(vec(0, 0, 1), p.shape)


class Table(Thing):
    """A slab with a rounded front edge."""

    def hit(self, o: Floats, d: Floats) -> Floats:
        top = -o[1] / np.where(d[1] < -1e-6, d[1], -1e-6)
        top = np.where((d[1] < 0) & (top > 0) & (o[2] + d[2] * top < EDGE - ROUND), top, np.inf)
        front = (EDGE - o[2]) / np.where(d[2] < -1e-6, d[2], -1e-6)
        y = o[1] + d[1] * front
        fits = (front > 0) & (y < -ROUND) & (d[2] < 0)
        front = np.where(fits, front, np.inf)
        v, w = np.stack([o[1] + ROUND, o[2] - EDGE + ROUND]), d[1:]
        a, b = dot(w, w), dot(v, w)
        disc = b * b - a * (dot(v, v) - ROUND**2)
        edge = (-b - np.sqrt(np.maximum(disc, 0))) / a
        on = v + w * edge
        edge = np.where((disc > 0) & (edge > 0) & (on.min(0) >= 0), edge, np.inf)
        return np.minimum(np.minimum(top, front), edge)

    def normal(self, p: Floats) -> Floats:
        n = np.stack([p[0] * 0, np.maximum(p[1] + ROUND, 0), np.maximum(p[2] - EDGE + ROUND, 0)])
        return unit(n)


class Cloth(Thing):
    """A runner over the table and down its front: local points are (across, along, height)."""

    centre, radius = vec(0.0, -0.25, 0.45), 1.5
    width = 0.62

    def local(self, p: Floats) -> Floats:
        a, b = p[2] - (EDGE - ROUND), p[1] + ROUND
        above = np.hypot(np.maximum(a, 0), np.maximum(b, 0)) + np.minimum(np.maximum(a, b), 0)
        bend = np.arctan2(np.maximum(a, 0), np.maximum(b, 1e-4)) * ROUND
        v = np.minimum(a, 0) + bend + np.maximum(-b, 0) * (a > 0)
        return np.stack([p[0] + 0.22 + 0.10 * v + 0.02 * np.sin(3 * v), v, above - ROUND])

    def gap(self, p: Floats) -> Floats:
        u, v, h = self.local(p)
        hang = step(-0.12, 0.45, v)
        fold = 0.5 + 0.5 * np.sin(15 * u + 2.2 * np.sin(2.1 * v + 1) + 1.2)
        flat = (0.5 + 0.5 * np.sin(6.3 * u + 4.2 * v + 0.6)) ** 4 * step(-0.2, -0.7, v)
        wave = (0.5 + 0.5 * np.sin(4.1 * u - 7.3 * v)) ** 6 * step(-0.05, -0.3, v)
        lift = 0.012 + 0.075 * hang * fold + 0.030 * flat + 0.018 * wave
        ends = np.maximum(np.abs(u) - self.width, -1.95 - v)
        cloth: Floats = np.maximum(h - lift, ends)
        return cloth

    def hit(self, o: Floats, d: Floats) -> Floats:
        lo, hi = vec(-1.1, -1.2, -0.75), vec(0.62, 0.06, EDGE + 0.11)
        slope = 1 / np.where(np.abs(d) < 1e-6, 1e-6, d)
        a, b = (lo - o) * slope, (hi - o) * slope
        t, end = np.maximum(np.minimum(a, b).max(0), 0), np.maximum(a, b).min(0)
        found = np.full(t.shape, np.inf, np.float32)
        live = np.nonzero(t < end)[0]
        o, d, t, end = o[:, live], d[:, live], t[live], end[live]
        for _ in range(70):
            if not len(live):
                break
            gap = self.gap(o + d * t)
            stop = gap < 0.0015
            found[live[stop]] = t[stop]
            t = t + np.maximum(gap * 0.7, 0.002)
            go = ~stop & (t < end)
            live, o, d, t, end = live[go], o[:, go], d[:, go], t[go], end[go]
        return found

    def normal(self, p: Floats) -> Floats:
        return unit(slope_of(self.gap, p, 0.004))


def slope_of(f: Paint, p: Floats, e: float) -> Floats:
    shifts = np.eye(3, dtype=np.float32)[:, :, None] * np.float32(e)
    return np.stack([f(p + s) - f(p - s) for s in shifts]) / np.float32(2 * e)

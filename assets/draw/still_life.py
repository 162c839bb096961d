"""A lit still life, traced with numpy alone: vase, sprig, bowl, fruit, cloth, table, wall."""

from __future__ import annotations

import numpy as np
from PIL import Image

from .light import LIGHT, SUN, bounce, develop, lens, nearest, share, skylight, sunlight, window
from .solids import dot, f32, slope_of, step, unit, vec
from .things import things

EYE, TARGET, LENS = f32([0.15, 1.75, 7.0]), f32([0.03, 0.60, 0.0]), 0.186


def still_life(size: int = 512, grid: int = 2, samples: int = 4) -> Image.Image:
    """Render at size*grid squared rays; samples is the number of light samples of each."""
    scene, rng, side = things(), np.random.default_rng(3), size * grid
    gaze = unit((TARGET - EYE)[:, None])
    right = unit(np.cross(gaze, vec(0, 1, 0), axis=0))
    up = np.cross(right, gaze, axis=0)
    xs = (np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1
    x, y = (a.ravel() * np.float32(LENS) for a in np.meshgrid(xs, -xs))
    rays = unit(gaze + right * x + up * y)
    tile = rng.random((2, 4, 4)).astype(np.float32)
    order = rng.permutation(16).reshape(4, 4)
    tile = f32([(order % 4 + tile[0]) / 4, (order // 4 + tile[1]) / 4])
    jitters = np.tile(tile, (1, side // 4 + 1, side // 4 + 1))[:, :side, :side].reshape(2, -1)

    shape = (3, side * side)
    p, n, flat, albedo, soft, mirror, panes = (np.zeros(shape, np.float32) for _ in range(7))
    sun, depth = np.zeros(shape[1], np.float32), np.zeros(shape[1], np.float32)
    whos = np.zeros(shape[1], np.intp)
    gloss = np.zeros((3, shape[1]), np.float32)  # coat, shine, rough
    for lo in range(0, shape[1], 65536):
        cut = slice(lo, lo + 65536)
        d, jitter = rays[:, cut], jitters[:, cut]
        eye = np.broadcast_to(EYE[:, None], d.shape)
        t, who = nearest(scene, eye, d)
        at = eye + d * t
        for k, thing in enumerate(scene):
            mine = np.nonzero(who == k)[0]
            if not len(mine):
                continue
            here, spot = at[:, mine], thing.local(at[:, mine])
            into = thing.normal(here)
            flat[:, lo + mine] = n[:, lo + mine] = into
            if thing.paint:
                albedo[:, lo + mine] = thing.paint(spot)
            else:
                albedo[:, lo + mine] = vec(*thing.colour)
            gloss[:, lo + mine] = vec(thing.coat, thing.shine, thing.rough)
            if thing.relief:
                relief, place = thing.relief, thing.local
                g = slope_of(lambda x: relief(place(x)), here, 0.003)
                n[:, lo + mine] = unit(into - (g - into * dot(g, into)))
        p[:, cut], whos[cut], depth[cut] = at, who, t * dot(d, gaze)
        sun[cut] = sunlight(scene, at, flat[:, cut], jitter, samples)
        soft[:, cut] = skylight(scene, at, flat[:, cut], jitter, samples)
        shiny = np.nonzero(gloss[0, cut] > 0)[0]
        if len(shiny):
            m, v, here = n[:, lo + shiny], d[:, shiny], at[:, shiny]
            r = v - 2 * dot(v, m) * m
            start = here + flat[:, lo + shiny] * np.float32(0.008)
            seen = bounce(scene, start, r, jitter[:, shiny])
            _, covered = nearest(scene[2:], start, r, any_hit=True)
            bright = window(here, r) * (covered < 0) * (SUN * 6)[:, None]
            fresnel = 0.04 + 0.96 * (1 - np.clip(-dot(v, m), 0, 1)) ** 5
            fresnel *= gloss[0, lo + shiny]
            mirror[:, lo + shiny], panes[:, lo + shiny] = seen * fresnel, bright * fresnel

    planes = (3, side, side)
    keys = (p.reshape(planes), flat.reshape(planes), whos.reshape(side, side))
    sun = share(sun.reshape(1, side, side), *keys, reach=0.02, rounds=2).reshape(-1)
    soft = share(soft.reshape(planes), *keys, reach=0.03, rounds=4).reshape(shape)
    mirror = share(mirror.reshape(planes), *keys, reach=0.02, rounds=2).reshape(shape)
    to = unit(LIGHT[:, None] - p)
    lit = sun * np.maximum(dot(n, to), 0)
    half = unit(to - rays)
    tight = 2 / np.maximum(gloss[2], 0.05) ** 4 - 2
    spark = np.maximum(dot(n, half), 0) ** tight * (tight + 8) / 26 * gloss[1] * 0.16
    graze = (1 - np.clip(-dot(rays, n), 0, 1)) ** 4 * gloss[1] * 0.5
    image = albedo * (SUN[:, None] * lit + soft) + mirror + panes + soft * graze
    image += SUN[:, None] * spark * sun
    image = lens(image.reshape(planes), depth.reshape(side, side), side / 512)
    fall = np.hypot(*np.meshgrid(xs, xs)) * 0.72
    image *= 1 - 0.42 * step(0.45, 1.1, fall)
    bands = [Image.fromarray(b).resize((size, size), Image.Resampling.HAMMING) for b in image]
    pixels = develop(np.stack([np.asarray(b) for b in bands], -1))
    return Image.fromarray(np.uint8(np.round(pixels * 255)))

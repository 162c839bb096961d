"""A lit still life, traced with numpy alone: vase, sprig, bowl, fruit, cloth, table, wall."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from .light import LIGHT, SUN, bounce, develop, lens, nearest, share, skylight, sunlight, window
from .solids import Floats, Paint, Rows, Thing, dot, f32, slope_of, step, unit, vec
from .things import things

EYE, TARGET, LENS = vec(0.15, 1.75, 7.0), vec(0.03, 0.60, 0.0), 0.186
GAZE = unit(TARGET - EYE)
BAND = 65536  # rays traced together: few enough to stay in the processor's cache


@dataclass
class Seen:
    """What each ray meets, and the light there; vectors are (3, n), the rest (n,)."""

    place: Floats
    normal: Floats
    bumpy: Floats  # the normal with the relief on it
    albedo: Floats
    gloss: Floats  # coat, shine, rough
    who: Rows
    depth: Floats
    sun: Floats  # the fraction of the window that is visible
    sky: Floats
    mirror: Floats
    panes: Floats  # the window itself, mirrored


def camera(side: int) -> Floats:
    right = unit(np.cross(GAZE, vec(0, 1, 0), axis=0))
    up = np.cross(right, GAZE, axis=0)
    xs = ((np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1) * np.float32(LENS)
    x, y = np.meshgrid(xs, -xs)
    return unit(GAZE + right * x.ravel() + up * y.ravel())


def jitters(side: int) -> Floats:
    """Two random offsets a ray, spread evenly over each 4 by 4 of them, where they get shared."""
    rng = np.random.default_rng(3)
    within, order = rng.random((2, 4, 4)), rng.permutation(16).reshape(4, 4)
    tile = f32([(order % 4 + within[0]) / 4, (order // 4 + within[1]) / 4])
    return np.tile(tile, (1, side // 4 + 1, side // 4 + 1))[:, :side, :side].reshape(2, -1)


def bump(relief: Paint, thing: Thing, p: Floats) -> Floats:
    return relief(thing.local(p))


def look_along(scene: list[Thing], d: Floats, jitter: Floats, samples: int) -> Seen:
    eye = np.broadcast_to(EYE, d.shape)
    t, who = nearest(scene, eye, d)
    place = eye + d * t
    normal, bumpy, albedo, gloss, mirror, panes = (np.zeros_like(place) for _ in range(6))
    for k, thing in enumerate(scene):
        mine = np.nonzero(who == k)[0]
        if not len(mine):
            continue
        here, look = place[:, mine], thing.look
        into = thing.normal(here)
        normal[:, mine] = bumpy[:, mine] = into
        albedo[:, mine] = look.paint(thing.local(here)) if look.paint else vec(*look.colour)
        gloss[:, mine] = vec(look.coat, look.shine, look.rough)
        if look.relief:
            slope = slope_of(partial(bump, look.relief, thing), here, 0.003)
            bumpy[:, mine] = unit(into - (slope - into * dot(slope, into)))
    shiny = np.nonzero(gloss[0] > 0)[0]
    if len(shiny):
        m, v, here = bumpy[:, shiny], d[:, shiny], place[:, shiny]
        back = v - 2 * dot(v, m) * m
        start = here + normal[:, shiny] * np.float32(0.008)
        _, covered = nearest(scene[2:], start, back, any_hit=True)
        fresnel = (0.04 + 0.96 * (1 - np.clip(-dot(v, m), 0, 1)) ** 5) * gloss[0, shiny]
        mirror[:, shiny] = bounce(scene, start, back, jitter[:, shiny]) * fresnel
        panes[:, shiny] = SUN * 6 * window(here, back) * (covered < 0) * fresnel
    sun = sunlight(scene, place, normal, jitter, samples)
    sky = skylight(scene, place, normal, jitter, samples)
    return Seen(place, normal, bumpy, albedo, gloss, who, t * dot(d, GAZE), sun, sky, mirror, panes)


def expose(seen: Seen, rays: Floats) -> Floats:
    """Share the samples, then add up what reaches the eye along each ray."""
    side = round(rays.shape[1] ** 0.5)

    def even(light: Floats, reach: float, rounds: int) -> Floats:
        keys = [a.reshape(3, side, side) for a in (seen.place, seen.normal)]
        who = seen.who.reshape(side, side)
        return share(light.reshape(-1, side, side), keys[0], keys[1], who, reach, rounds).reshape(light.shape)

    sun, sky = even(seen.sun, 0.02, 2), even(seen.sky, 0.03, 4)
    to = unit(LIGHT - seen.place)
    _, shine, rough = seen.gloss
    tight = 2 / np.maximum(rough, 0.05) ** 4 - 2
    spark = np.maximum(dot(seen.bumpy, unit(to - rays)), 0) ** tight * (tight + 8) / 26 * 0.16
    graze = (1 - np.clip(-dot(rays, seen.bumpy), 0, 1)) ** 4 * 0.5
    light: Floats = seen.albedo * (SUN * sun * np.maximum(dot(seen.bumpy, to), 0) + sky)
    light += even(seen.mirror, 0.02, 2) + seen.panes
    light += shine * (SUN * spark * sun + sky * graze)
    return light


def still_life(size: int = 512, grid: int = 2, samples: int = 4) -> Image.Image:
    """Traced with grid by grid rays a pixel, each of which takes that many samples of the light."""
    side, scene = size * grid, things()
    rays, jitter = camera(side), jitters(side)
    cuts = [slice(k, k + BAND) for k in range(0, side * side, BAND)]
    bands = [vars(look_along(scene, rays[:, cut], jitter[:, cut], samples)) for cut in cuts]
    seen = Seen(**{name: np.concatenate([band[name] for band in bands], -1) for name in bands[0]})
    image = expose(seen, rays).reshape(3, side, side)
    image = lens(image, seen.depth.reshape(side, side), side / 512)
    x = np.linspace(-1, 1, side)
    image = image * (1 - 0.42 * step(0.45, 1.1, np.hypot(*np.meshgrid(x, x)) * 0.72))
    small = [
        Image.fromarray(band.astype(np.float32)).resize((size, size), Image.Resampling.HAMMING)
        for band in image
    ]
    return Image.fromarray(np.uint8(np.round(develop(np.stack([np.asarray(b) for b in small], -1)) * 255)))

"""The filters themselves, on 512 x 512 RGB, against OpenCV, SciPy and scikit-image."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import torch
from scipy import ndimage
from skimage import filters as skimage_filters

from engine.image.filters import gaussian_filter, mean_filter, sobel
from engine.image.median import median_filter
from scenes.data.samples import sample
from tests.bench.table import in_turns, show, spread

SIZES = (3, 5, 7, 11, 15, 21, 31)
MIRROR = cv2.BORDER_REFLECT_101
Jobs = dict[str, Callable[[], object]]


def main() -> None:
    """Print the table."""
    rows = []
    for name, jobs in cases():
        slow = max(in_turns({"slow": job}, rounds=1, warm=0)["slow"][0] for job in jobs.values())
        times = in_turns(jobs, rounds=15 if slow < 100 else 3)
        ours = float(np.median(times["ours"]))
        ratios = [f"{ours / np.median(times[peer]):.2f}" if peer in times else "" for peer in PEERS]
        rows.append([name, *spread(times["ours"]), f"{np.median(times['opencv']):.2f}", *ratios])
    show(
        f"Filters, 512 x 512 RGB, {torch.get_num_threads()} threads: ms, and ours / theirs",
        ("filter", "median", "p95", "OpenCV ms", *(f"/ {peer}" for peer in PEERS)), rows,
    )  # fmt: skip


PEERS = ("opencv", "scipy", "skimage")


def cases() -> Iterator[tuple[str, Jobs]]:
    """Each filter at each size, ours and the peers', as jobs."""
    bytes_ = np.ascontiguousarray(sample("still-life").pixels)  # (H, W, C)
    floats = bytes_.astype(np.float32) / 255
    image, levels = (torch.tensor(array).permute(2, 0, 1).contiguous() for array in (floats, bytes_))
    planes = np.ascontiguousarray(floats.transpose(2, 0, 1))
    for size in SIZES:
        yield (
            f"mean {size}",
            {
                "ours": lambda k=size: mean_filter(image, k),
                "opencv": lambda k=size: cv2.blur(floats, (k, k), borderType=MIRROR),
                "scipy": lambda k=size: ndimage.uniform_filter(planes, (0, k, k), mode="mirror"),
            },
        )
    for size in SIZES:
        sigma = size / 6
        yield (
            f"gaussian {size}",
            {
                "ours": lambda k=size, s=sigma: gaussian_filter(image, k, s),
                "opencv": lambda k=size, s=sigma: cv2.GaussianBlur(floats, (k, k), s, borderType=MIRROR),
                "scipy": lambda k=size, s=sigma: ndimage.gaussian_filter(
                    planes, (0, s, s), radius=(0, k // 2, k // 2)
                ),
                "skimage": lambda s=sigma: skimage_filters.gaussian(floats, s, channel_axis=-1, truncate=3.0),
            },
        )
    yield (
        "sobel",
        {
            "ours": lambda: sobel(image),
            "opencv": lambda: [
                cv2.Sobel(floats, cv2.CV_32F, *d, borderType=MIRROR) for d in ((1, 0), (0, 1))
            ],
            "scipy": lambda: [ndimage.sobel(planes, axis, mode="mirror") for axis in (1, 2)],
            "skimage": lambda: [
                skimage_filters.sobel_h(floats[..., 0]),
                skimage_filters.sobel_v(floats[..., 0]),
            ],
        },
    )
    for size in SIZES:
        jobs: Jobs = {
            "ours": lambda k=size: median_filter(levels, k),
            "opencv": lambda k=size: cv2.medianBlur(bytes_, k),
        }
        if size <= 7:  # beyond it takes seconds
            jobs["scipy"] = lambda k=size: ndimage.median_filter(levels.numpy(), (1, k, k), mode="mirror")
            jobs["skimage"] = lambda k=size: [
                skimage_filters.median(bytes_[..., c], np.ones((k, k))) for c in range(3)
            ]
        yield f"median {size}", jobs

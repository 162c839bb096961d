"""Pictures and settings that show what each filter is for, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scenes.data.samples import sample
from scenes.scene import locked

SHARPEN = ((0, -1, 0), (-1, 5, -1), (0, -1, 0))
EMBOSS = ((-2, -1, 0), (-1, 1, 1), (0, 1, 2))
LAPLACIAN = ((0, 1, 0), (1, -4, 1), (0, 1, 0))


def _on(
    name: str, pin: tuple[int, int], kernel: Any = SHARPEN, **params: Any
) -> Callable[[], dict[str, Any]]:
    def make() -> dict[str, Any]:
        return {"pixels": sample(name).pixels, "pin": pin, "kernel": kernel, "params": params}

    return make


def _rings(**params: Any) -> Callable[[], dict[str, Any]]:
    """The middle of the zone plate, where each ring is wide enough to be shown as it is on a small screen."""

    def make() -> dict[str, Any]:
        middle = sample("zone-plate").pixels[128:384, 128:384]
        return {"pixels": locked(middle.copy()), "pin": (128, 226), "params": params}

    return make


_SPECKS: dict[str, Any] = {"noise": "salt-pepper", "amount": 0.12, "size": 5, "seed": 3}

ALL: tuple[tuple[str, str, str, Callable[[], dict[str, Any]]], ...] = (
    ("median", "The median against specks", "Single specks never reach the middle of the sorted values: they vanish.",
     _on("still-life", (198, 86), filter="median", **_SPECKS)),
    ("mean-specks", "The mean against the same specks", "The mean spreads every speck over its whole window.",
     _on("still-life", (198, 86), filter="mean", **_SPECKS)),
    ("gaussian", "A soft Gaussian", "Near pixels count most: soft, with no corners of a window to be seen.",
     _on("still-life", (268, 356), filter="gaussian", size=9, sigma=2.0)),
    ("sharpen", "Sharpen a page", "Five times the pixel less its neighbours: the light stays, the letters stand out.",
     _on("text", (76, 92), SHARPEN, filter="custom", size=3)),
    ("rings", "The mean on fine rings", "Where the window holds more of the rings beside, black and white swap.",
     _rings(filter="mean", size=7)),
    ("no-rings", "The Gaussian on fine rings", "A bell fades fine rings smoothly, and swaps none.",
     _rings(filter="gaussian", size=13, sigma=2.0)),
    ("sobel", "Sobel: where brightness changes", "Bright lines are edges, whatever their direction.",
     _on("street", (342, 424), filter="sobel", sobel_view="magnitude")),
    ("direction", "Sobel: which way it gets brighter", "One colour a direction: a disc shows the whole wheel.",
     _on("shapes", (36, 58), filter="sobel", sobel_view="direction")),
    ("gx", "Sobel: the difference across", "Red where it gets brighter to the right, blue where darker.",
     _on("still-life", (250, 56), filter="sobel", sobel_view="gx")),
    ("emboss", "Emboss", "A kernel that adds one side and takes away the other: light seems to fall from a corner.",
     _on("still-life", (352, 118), EMBOSS, filter="custom", size=3)),
    ("laplacian", "Laplacian", "Weights that sum to 0: flat parts vanish, each edge shows both its sides.",
     _on("shapes", (36, 58), LAPLACIAN, filter="custom", size=3)),
    ("border", "What lies outside", "Zeros beyond the border seep in and darken the frame.",
     _on("text", (40, 6), filter="mean", size=31, border="constant")),
    ("mirror", "A window over the edge", "Two of its rows lie outside the picture: they are read from its mirror.",
     _on("still-life", (0, 139), filter="mean", size=5, border="reflect")),
)  # fmt: skip

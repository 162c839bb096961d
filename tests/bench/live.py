"""Scenes under the hand: a slider, a number dragged in the picture, a step, each until its pixels are painted."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

from scenes.scene import Drag, Target
from tests.bench.table import show, spread
from tests.bench.window import CHANGES, FRAME, Living, on_screen

Changes = Iterator[tuple[str, list[Callable[[], object]]]]


def main() -> None:
    """Run this file in a process of its own, on a screen of its own."""
    on_screen("tests.bench.live", "painted")


def painted() -> None:
    """Print how soon changes are painted, scene by scene, at the size that the window opens with."""
    living = Living("convolution")
    rows = []
    for key, changes_of in SCENES.items():
        if living.flow.scene.key != key:
            living.open(key)
        for name, changes in changes_of(living):
            for change in changes[:5]:
                living.painted(change)
            rows.append([f"{key}: {name}", *spread([living.painted(change) for change in changes]), FRAME])
    show("Slider or drag to painted pixels: ms", ("", "median", "p95", "goal p95"), rows)
    living.window.close()
    living.program.close()


def _slider(living: Living, name: str, values: tuple[Any, ...]) -> list[Callable[[], object]]:
    """Changes as the controls make them while a slider is dragged to and fro."""
    changed = living.window.side.controls.changed
    return [lambda n=n: changed.emit(name, values[n % len(values)], False) for n in range(CHANGES)]


def _drag(living: Living, panel: str, handle: str, index: int, by: float) -> list[Callable[[], object]]:
    """A thing in the picture moved up and down, event by event."""
    target = Target(panel=panel, x=0.0, y=0.0, handle=handle, index=index)
    moves = [by if n % 2 else -by for n in range(CHANGES)]
    return [lambda d=d: living.flow.edit(Drag(target=target, dx=d, dy=d)) for d in moves]


def _steps(living: Living) -> list[Callable[[], object]]:
    count = len(living.flow.trace)
    return [lambda s=s: living.flow.go(s) for s in (1 + 37 * n % count for n in range(CHANGES))]


def _convolution(living: Living) -> Changes:
    yield "kernel", _slider(living, "kernel", (2, 3, 5, 4))
    yield "stride", _slider(living, "stride", (1, 2, 3))
    yield "padding", _slider(living, "padding", (0, 1, 2, 3))
    yield "dilation", _slider(living, "dilation", (1, 2))
    yield "size", _slider(living, "size", (7, 8, 9, 10))
    living.flow.change(living.flow.scene.opening())
    living.rest()
    yield "cell of the input", _drag(living, "grids", "input 0", 24, 0.3)
    yield "cell of the kernel", _drag(living, "grids", "weight 0", 4, 0.3)
    living.rest()
    yield "any step", _steps(living)
    yield "stride, while stepping", _slider(living, "stride", (1, 2, 3))
    living.flow.go(None)
    for preset in ("channels", "alexnet"):
        living.flow.change(living.flow.scene.opening(preset))
        living.rest()
        yield f"stride of {preset}", _slider(living, "stride", (1, 2) if preset == "channels" else (4, 5))


def _pooling(living: Living) -> Changes:
    yield "size", _slider(living, "size", (2, 3, 4))
    yield "stride", _slider(living, "stride", (1, 2, 3))
    living.flow.change(living.flow.scene.opening())
    living.rest()
    yield "padding", _slider(living, "padding", (0, 1))
    yield "cell of the input", _drag(living, "grids", "input", 20, 0.3)
    yield "any step", _steps(living)


def _iou(living: Living) -> Changes:
    yield "box", _drag(living, "boxes", "box", 0, 0.3)
    yield "steps", _slider(living, "steps", (60, 80, 100, 120))
    yield "lr", _slider(living, "lr", (0.3, 0.4, 0.5))
    for loss in ("giou", "ciou"):
        living.window.side.controls.changed.emit("loss", loss, True)
        living.rest()
        yield f"box, {loss}", _drag(living, "boxes", "box", 0, 0.3)
    yield "any step", _steps(living)


def _receptive(living: Living) -> Changes:
    """Whatever is changed, the theoretical fields come at once; the effective one fills in."""
    yield "width", _slider(living, "width", tuple(range(1, 64)))
    yield "size", _slider(living, "size", tuple(range(7, 60)))
    for preset in ("alexnet", "vgg16"):
        living.flow.change(living.flow.scene.opening(preset))
        living.rest(3000)
        places = [
            Target(panel="image", x=40.0 + 40 * (n % 4), y=60.0, handle="centre") for n in range(CHANGES)
        ]
        yield (
            f"unit of {preset}",
            [lambda t=t: living.flow.edit(Drag(target=t, dx=40.0, dy=0.0)) for t in places],
        )
        living.rest()
        yield f"any step of {preset}", _steps(living)
        living.flow.go(None)
        layers = [Target(panel="cone", x=float(3 + n % 5), y=60.0, handle="unit") for n in range(CHANGES)]
        yield (
            f"unit of {preset}, from layer to layer",
            [lambda t=t: living.flow.edit(Drag(target=t, dx=1.0, dy=0.0)) for t in layers],
        )
        yield f"size of {preset}", _slider(living, "size", tuple(range(200, 260)))
        yield f"seed of {preset}", _slider(living, "seed", tuple(range(1, 61)))


SCENES: dict[str, Callable[[Living], Changes]] = {
    "convolution": _convolution,
    "pooling": _pooling,
    "receptive-field": _receptive,
    "iou": _iou,
}


if __name__ == "__main__":
    {"painted": painted}[sys.argv[1]]()

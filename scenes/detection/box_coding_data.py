"""A person's own head, box sizes, detections or picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.data.arrays import arrays_from
from scenes.data.detections import read_detections
from scenes.data.errors import BadData, shown
from scenes.data.files import name_of, suffix_of
from scenes.data.image import LoadedImage
from scenes.detection.box_coding_head import Backdrop, Head
from scenes.detection.box_coding_model import Inputs
from scenes.detection.box_coding_sizes import MOST_PRIORS, MOST_SIZES, Sizes
from scenes.scene import State, locked

FORMATS = (
    "arrays head (A*(5+C), H, W), anchors (A, 2) and stride, or sizes (N, 2), in .npz, .json or .safetensors; "
    "or detections, whose sizes are taken"
)
NAMES = ("head", "anchors", "stride", "sizes", "boxes", "scores", "labels")
MOST_PREDICTIONS = 200_000
STEEPEST = 20.0  # of tw and th: e to this is half a billion


def take_data(state: State, path: Path) -> tuple[State, tuple[str, ...]]:
    """The person's own head, or box sizes."""
    name = name_of(path)
    if suffix_of(path) in (".npz", ".json", ".safetensors"):
        arrays = {} if _is_list(path) else arrays_from(path, only=NAMES)
        if "head" in arrays:
            return _with_head(state, head_from(arrays, name))
        if "sizes" in arrays:
            return _with_sizes(state, arrays["sizes"], name, "sizes of your own")
        if arrays and "boxes" not in arrays:
            raise BadData(f"{name} has neither head nor sizes nor boxes; it needs {FORMATS}.")
    extent: tuple[float, float] = state.inputs.extent
    found = read_detections(path, image_size=(int(extent[0]), int(extent[1])))
    sides = (found.boxes[:, 2:] - found.boxes[:, :2]).astype(np.float64)
    whole = sides[(sides > 0).all(1)]
    if not len(whole):
        raise BadData(
            f"{name} has no box with any area; priors are found for box sizes, so it needs at least one."
        )
    notices = found.notices
    if len(whole) < len(sides):
        notices = (
            *notices,
            f"Left out, for they have no area: {len(sides) - len(whole)} of {len(sides)} boxes.",
        )
    after, more = _with_sizes(state, whole, name, "boxes of your own")
    return after, (*notices, *more)


def _is_list(path: Path) -> bool:
    """Whether a JSON file is a list: COCO results."""
    if suffix_of(path) != ".json":
        return False
    try:
        with open(path, "rb") as file:
            return file.read(256).lstrip()[:1] == b"["
    except OSError:  # told of by whoever reads it
        return False


def head_from(arrays: dict[str, NDArray[Any]], name: str) -> Head:
    """A checked head.

    Raises:
        BadData: something is missing, of another shape, or does not fit the rest; in one sentence.
    """
    for needed in ("anchors", "stride"):
        if needed not in arrays:
            raise BadData(
                f"{name} has a head but no {needed}; it needs head, anchors (A, 2) in pixels and stride."
            )
    anchors, stride = _anchors(arrays["anchors"], name), _stride(arrays["stride"], name)
    raw = _numbers(arrays["head"], "head", name)
    count = len(anchors)
    if raw.ndim != 3 or not raw.shape[1] or not raw.shape[2]:
        raise BadData(
            f"{name}: head has shape {raw.shape}; it needs (A * (5 + C), H, W), such as (255, 13, 13)."
        )
    if raw.shape[0] % count or raw.shape[0] // count < 5:
        fits = ", ".join(str(count * (5 + c)) for c in (0, 1, 2))
        raise BadData(
            f"{name}: head has {raw.shape[0]} channels, which do not fit {count} anchors; "
            f"{count} * (5 + C) are needed: {fits}, ..., {count * 85} for 80 classes."
        )
    total = count * raw.shape[1] * raw.shape[2]
    if total > MOST_PREDICTIONS:
        raise BadData(f"{name}: head makes {total:,} predictions; up to {MOST_PREDICTIONS:,} are decoded.")
    sides = raw.reshape(count, -1, *raw.shape[1:])[:, 2:4]
    if np.abs(sides).max() > STEEPEST:
        raise BadData(
            f"{name}: head has a tw or th of {shown(float(sides.flat[np.abs(sides).argmax()]))}; e to that power is no "
            f"side of a box, numbers from -{STEEPEST:g} to {STEEPEST:g} are taken."
        )
    return Head(raw=locked(raw), anchors=locked(anchors.astype(raw.dtype)), stride=stride)


def _numbers(array: NDArray[Any], what: str, name: str) -> NDArray[np.floating]:
    wide: NDArray[np.floating] = array.astype(np.float64 if array.dtype == np.float64 else np.float32)
    if not np.isfinite(wide).all():
        raise BadData(f"{name}: {what} holds a value that is not finite.")
    return wide


def _anchors(array: NDArray[Any], name: str) -> NDArray[np.floating]:
    anchors = _numbers(array, "anchors", name)
    if anchors.ndim != 2 or anchors.shape[1] != 2 or not len(anchors):
        raise BadData(
            f"{name}: anchors has shape {anchors.shape}; it needs (A, 2): width and height in pixels."
        )
    if not (anchors > 0).all() or anchors.max() > 1e5:
        raise BadData(
            f"{name}: anchors has a side of {shown(float(anchors.min()))}; sides are pixels, above 0."
        )
    return anchors


def _stride(array: NDArray[Any], name: str) -> float:
    if array.size != 1:
        raise BadData(f"{name}: stride has shape {array.shape}; it needs one number, the pixels a cell.")
    stride = float(array.reshape(-1)[0])
    if not 0 < stride <= 1024:
        raise BadData(
            f"{name}: stride is {shown(stride)}; it needs the pixels a cell, above 0 and up to 1024."
        )
    return stride


def _with_head(state: State, head: Head) -> tuple[State, tuple[str, ...]]:
    rows, columns = head.grid
    total, count = len(head.anchors) * rows * columns, len(head.anchors)
    words = f"{total:,} predictions of {count} anchors in {columns} × {rows} cells."
    after = state.with_inputs(head=head, head_backdrop=None, cell=-1)
    return replace(after.with_params(view="head"), step=None), (words,)


def _with_sizes(state: State, array: NDArray[Any], name: str, what: str) -> tuple[State, tuple[str, ...]]:
    sizes = _numbers(array, "sizes", name).astype(np.float64)
    if sizes.ndim != 2 or sizes.shape[1] != 2 or not len(sizes):
        raise BadData(f"{name}: sizes has shape {sizes.shape}; it needs (N, 2): width and height in pixels.")
    if not (sizes > 0).all() or sizes.max() > 1e5:
        bad = sizes.min() if sizes.min() <= 0 else sizes.max()
        raise BadData(
            f"{name}: sizes has a side of {shown(float(bad))}; sides are pixels, above 0 and up to 100,000."
        )
    notices: tuple[str, ...] = ()
    if len(sizes) > MOST_SIZES:
        chosen = np.sort(np.random.default_rng(0).choice(len(sizes), MOST_SIZES, replace=False))
        notices = (f"{MOST_SIZES:,} of the {len(sizes):,} sizes are taken, drawn evenly.",)
        sizes = sizes[chosen]
    k = min(state.params.k, len(sizes), MOST_PRIORS)
    after = state.with_inputs(sizes=Sizes(sizes=locked(sizes), what=what), starts=None)
    return replace(after.with_params(view="kmeans", k=k), step=None), notices


def take_image(state: State, image: LoadedImage) -> State:
    """The person's own picture: under the head's boxes where these are looked at, else under the others, which
    keep their place on it.
    """
    if state.params.view == "head":
        return state.with_inputs(head_backdrop=Backdrop(image.pixels))
    inputs: Inputs = state.inputs
    extent = (float(image.size[0]), float(image.size[1]))
    scale = np.array([extent[0] / inputs.extent[0], extent[1] / inputs.extent[1]] * 2)
    boxes = {
        name: tuple((np.array(getattr(state.params, name)) * scale).tolist())
        for name in ("truth", "proposal", "pred")
        if len(getattr(state.params, name)) == 4
    }
    return state.with_params(**boxes).with_inputs(backdrop=Backdrop(image.pixels), extent=extent, window=None)

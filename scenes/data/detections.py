"""Reading detections from the files they come in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from scenes.data.arrays import MAX_FILE_BYTES, arrays_from, json_arrays, refuse_other_suffixes
from scenes.data.boxes import Detections, detections_from
from scenes.data.detection_formats import coco_annotations, coco_results, yolo
from scenes.data.errors import BadData, shown
from scenes.data.files import name_of, read_bytes, suffix_of
from scenes.data.text import decoded, json_from

__all__ = ["Detections", "arrays_from", "detections_from", "read_detections"]

SUFFIXES = (".json", ".txt", ".npz", ".safetensors")
_NAMES = ("boxes", "scores", "labels")


def read_detections(path: str | Path, *, image_size: tuple[int, int] | None = None) -> Detections:
    """Reads detections of one image from a .json, .txt, .npz or .safetensors file.

    JSON is a list of COCO results (`bbox` as x, y, width, height; the first `image_id` is taken),
    an object with COCO `annotations` and `categories`, or an object of lists `boxes`, `scores`
    and `labels`, as the arrays of .npz and .safetensors are. A .txt file is YOLO's:
    `class cx cy w h [score]` a line, as parts of the image's size. Labels are 0 where there are
    none; scores are 1 where annotations or YOLO lines have none, with a notice.

    Args:
        path: the file, up to 64 MB.
        image_size: (width, height) of the image in pixels; YOLO boxes need it.

    Raises:
        BadData: there is no such file, it is of another kind, malformed or damaged, has more than
            100,000 boxes, or a value is wrong; the message names the place.
    """
    suffix, name = suffix_of(path), name_of(path)
    refuse_other_suffixes(suffix, name, SUFFIXES)
    if suffix in (".npz", ".safetensors"):
        return _from_arrays(arrays_from(path, only=_NAMES), name)
    data = read_bytes(path, limit=MAX_FILE_BYTES)
    if suffix == ".txt":
        return yolo(decoded(data, name), name, image_size)
    document = json_from(data, name)
    if isinstance(document, list):
        return coco_results(document, name)
    if isinstance(document, dict) and "annotations" in document:
        return coco_annotations(document, name)
    names = _label_names(document, name)
    return _from_arrays(json_arrays(document, name, _NAMES), name, names)


def _from_arrays(arrays: dict[str, NDArray[Any]], source: str, names: Sequence[str] = ()) -> Detections:
    for needed in ("boxes", "scores"):
        if needed not in arrays:
            raise BadData(
                f"{source} has no {needed}; it needs boxes (N, 4) and scores (N,), and may have labels (N,)."
            )
    return detections_from(
        arrays["boxes"], arrays["scores"], arrays.get("labels"), names=names, source=source
    )


def _label_names(document: object, source: str) -> tuple[str, ...]:
    """The optional field `names` of a JSON object: one text a label."""
    names = document.get("names", []) if isinstance(document, dict) else []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BadData(f'{source}: names is {shown(names)}; it needs a list of texts: ["cat"].')
    return tuple(names)

"""Detections as COCO writes them (JSON) and as YOLO does (lines of text)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from scenes.data.boxes import MAX_BOXES, Detections, detections_from
from scenes.data.errors import BadData, counted, shown
from scenes.data.text import lines_of

MAX_NAMED_LABEL = 10_000
_BBOX = ("x", "y", "width", "height")
_YOLO_FIELDS = ("class", "cx", "cy", "w", "h", "score")
_ROUNDING = 1e-3  # how far a part of the image's size may stray from 0..1 in a rounded file
_NO_SCORES = "No scores in the file: every box counts as certain (score 1)."
_SOME_SCORES = "Boxes without a score count as certain (score 1)."


def coco_results(entries: list[Any], name: str) -> Detections:
    """COCO results: [{"image_id", "category_id", "bbox": [x, y, width, height], "score"}].

    Raises:
        BadData: naming the entry (from 0) and the field.
    """
    return _coco(entries, name, "entry", names=(), needs_score=True)


def coco_annotations(document: dict[str, Any], name: str) -> Detections:
    """COCO ground truth: {"annotations": [...], "categories": [{"id", "name"}]}.

    Raises:
        BadData: naming the annotation or category (from 0) and the field.
    """
    entries, categories = document["annotations"], document.get("categories", [])
    for field, value in (("annotations", entries), ("categories", categories)):
        if not isinstance(value, list):
            raise BadData(f"{name}: {field} is {shown(value)}; it needs a list.")
    names = _category_names(categories, name)
    return _coco(entries, name, "annotation", names=names, needs_score=False)


def _coco(entries: list[Any], name: str, what: str, names: tuple[str, ...], needs_score: bool) -> Detections:
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise BadData(
                f'{name}: {what} {index} is {shown(entry)}; it needs an object with "bbox" and "score".'
            )
    first = entries[0].get("image_id") if entries else None
    chosen = [index for index, entry in enumerate(entries) if entry.get("image_id") == first]
    if len(chosen) > MAX_BOXES:
        raise BadData(f"{name} has {len(chosen):,} boxes; up to {MAX_BOXES:,} are read.")
    notices = []
    if len(chosen) < len(entries):
        notices.append(
            f"The file holds boxes of several images; the {len(chosen):,} of the first, "
            f"image_id {shown(first)}, are taken ({len(entries):,} in all)."
        )
    boxes, scores, labels = [], [], []
    scored = [index for index in chosen if entries[index].get("score") is not None]
    if not needs_score and len(scored) < len(chosen):
        notices.append(_SOME_SCORES if scored else _NO_SCORES)
    for index in chosen:
        entry, where = entries[index], f"{name}: {what} {index}"
        boxes.append(_corners(entry.get("bbox"), where))
        default = None if needs_score else 1
        score = default if entry.get("score") is None else entry["score"]
        scores.append(_number(score, where, "score"))
        labels.append(_number(entry.get("category_id", 0), where, "category_id"))
    return detections_from(
        boxes,
        [float(score) for score in scores],
        [float(label) for label in labels],
        names=names,
        notices=notices,
        source=name,
        place=lambda row: f"{what} {chosen[row]}",
    )


def _corners(bbox: object, where: str) -> list[float]:
    """x, y, width, height as x1, y1, x2, y2."""
    if not isinstance(bbox, list) or len(bbox) != 4:
        got = counted(len(bbox), "value") if isinstance(bbox, list) else shown(bbox)
        raise BadData(f"{where} has a bbox of {got}; it needs [x, y, width, height].")
    x, y, width, height = (
        _number(value, where, f"bbox {side}") for value, side in zip(bbox, _BBOX, strict=True)
    )
    for side, length in (("width", width), ("height", height)):
        if length < 0:
            raise BadData(f"{where} has {side} = {shown(length)}; a bbox is [x, y, width, height].")
    return [x, y, x + width, y + height]


def _number(value: object, where: str, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        missing = "no" if value is None else f"{shown(value)} as"
        raise BadData(f"{where} has {missing} {field}; it needs a number.")
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _category_names(categories: list[Any], name: str) -> tuple[str, ...]:
    """The categories' names by id; ids past `MAX_NAMED_LABEL` stay unnamed."""
    by_id: dict[int, str] = {}
    for index, category in enumerate(categories):
        fields = category if isinstance(category, dict) else {}
        number, text = fields.get("id"), fields.get("name")
        if isinstance(number, bool) or not isinstance(number, int) or not isinstance(text, str):
            raise BadData(f'{name}: category {index} needs a whole number "id" and a text "name".')
        if 0 <= number <= MAX_NAMED_LABEL:
            by_id[number] = text
    return tuple(by_id.get(number, "") for number in range(max(by_id, default=-1) + 1))


def yolo(text: str, name: str, image_size: tuple[int, int] | None) -> Detections:
    """YOLO lines, `class cx cy w h [score]`, as parts of the image's width and height.

    Raises:
        BadData: without `image_size`, or naming the line (from 1) and the field.
    """
    if image_size is None:
        raise BadData(
            f"{name} gives boxes as parts of the image's size; open the image too, so that its size is known."
        )
    width, height = image_size
    rows, lines = [], []
    for number, line in enumerate(lines_of(text), start=1):
        if fields := line.split():
            rows.append(_yolo_row(fields, f"{name}, line {number}"))
            lines.append(number)
        if len(rows) > MAX_BOXES:
            raise BadData(f"{name} has more than the {MAX_BOXES:,} boxes that are read.")
    boxes = [
        [(cx - w / 2) * width, (cy - h / 2) * height, (cx + w / 2) * width, (cy + h / 2) * height]
        for _, cx, cy, w, h, *_ in rows
    ]
    scored = sum(len(row) == 6 for row in rows)
    notices = [] if scored == len(rows) else [_SOME_SCORES if scored else _NO_SCORES]
    return detections_from(
        boxes,
        [float(row[5]) if len(row) == 6 else 1.0 for row in rows],
        [row[0] for row in rows],
        notices=notices,
        source=name,
        place=lambda row: f"line {lines[row]}",
    )


def _yolo_row(fields: Sequence[str], where: str) -> list[float]:
    if len(fields) not in (5, 6):
        raise BadData(f"{where} has {counted(len(fields), 'field')}; it needs class cx cy w h [score].")
    row = []
    for field, text in zip(_YOLO_FIELDS, fields, strict=False):
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isnan(value) or "_" in text:
            raise BadData(f"{where}: {field} is {shown(text)}; it needs a number.")
        if field in _YOLO_FIELDS[1:5] and not -_ROUNDING <= value <= 1 + _ROUNDING:
            raise BadData(f"{where}: {field} is {shown(value)}; it needs a part of the image's size, 0..1.")
        row.append(value)
    if row[3] < 0 or row[4] < 0:
        raise BadData(f"{where}: w or h is below 0; boxes are class cx cy w h [score].")
    return row

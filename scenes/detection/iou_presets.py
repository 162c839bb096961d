"""Pairs of boxes that show what each measure sees, and what it does not."""

from __future__ import annotations

from scenes.detection.iou_model import Params

# key, title, point, Params, sheet
ALL: tuple[tuple[str, str, str, Params, tuple[float, float, float, float]], ...] = (
    (
        "apart", "Apart: who can see the target?",
        "Apart, the IoU loss is 1 wherever the box stands: nothing pulls. The other three still do.",
        Params(), (0, 0, 12, 9),
    ),
    (
        "third-side", "IoU 1/3: side by side", "Together they fill the enclosing box: GIoU is 1/3 too.",
        Params(loss="giou", pred=(0, 0, 2, 2), target=(1, 0, 3, 2)), (-1, -0.6, 4, 3.15),
    ),
    (
        "third-corner", "IoU 1/3: corner to corner", "The same IoU, but two empty corners: GIoU is only 0.231.",
        Params(loss="giou", pred=(0, 0, 2, 2), target=(0.585786, 0.585786, 2.585786, 2.585786)),
        (-1, -0.6, 4, 3.15),
    ),
    (
        "third-cross", "IoU 1/3: crossed", "The same IoU again, and four empty corners: GIoU is 0.083.",
        Params(loss="giou", pred=(0, 1, 4, 3), target=(1, 0, 3, 4)), (-1, -0.4, 5, 4.1),
    ),
    (
        "inside", "One inside the other",
        "The enclosing box is the larger box: GIoU is IoU, and cannot tell where inside it lies.",
        Params(loss="giou", pred=(2, 4, 5, 7), target=(2, 1, 10, 8)), (0, 0, 12, 9),
    ),
    (
        "aligned", "In a row: GIoU takes its time",
        "GIoU stretches the box to the target and is slow to shrink it again; DIoU has long arrived.",
        Params(loss="giou", pred=(1, 3.5, 4, 5.5), target=(7, 2.5, 11, 6.5)), (0, 0, 12, 9),
    ),
    (
        "aspect", "The same centre, another shape", "DIoU is IoU here; only CIoU sees that the shapes differ.",
        Params(loss="ciou", pred=(2, 3.5, 10, 5.5), target=(3, 2, 9, 7)), (0, 0, 12, 9),
    ),
    (
        "ciou", "CIoU, worked out", "1 - 1/7 + 2.5/32 + 0.356 × 0.473: the CIoU loss is 1.1037.",
        Params(loss="ciou", pred=(0, 0, 4, 1), target=(1, 0, 2, 4)), (-1, -0.4, 5, 4.1),
    ),
    (
        "ciou-gate", "CIoU, the later form", "IoU is below 0.5, so alpha is 0: the loss is DIoU's, 0.9353.",
        Params(loss="ciou", pred=(0, 0, 4, 1), target=(1, 0, 2, 4), gate=True), (-1, -0.4, 5, 4.1),
    ),
)  # fmt: skip

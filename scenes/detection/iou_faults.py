"""Mistakes that people make in the IoU losses, to be found."""

from __future__ import annotations

from scenes.scene import Fault

OVER = (5.0, 2.5, 9.0, 5.5)  # a predicted box that covers a good part of the target
GIOU, DIOU, CIOU = {"loss": "giou"}, {"loss": "diou"}, {"loss": "ciou"}

FAULTS = {
    "no-clamp": Fault(
        symptom="Boxes that are apart both ways, one to the right of the other and below it, have a loss under 1.",
        right="sides = (bottom_right - top_left).clamp(min=0)",
        wrong="sides = bottom_right - top_left",
        lesson=(
            "Both sides of the shared part are negative then, and their product is a positive area that is not "
            "there. Each side is max(0, ·) before they are multiplied."
        ),
    ),
    "union-counts-twice": Fault(
        symptom="Boxes that fit well have too large a loss; even equal ones have 0.5.",
        right=(
            "areas[0] + areas[1] - intersection\n"
            "    #> Together they cover {result[1]:.4g}: the shared {intersection:.4g} counts once."
        ),
        wrong="areas[0] + areas[1]\n    #> Together they cover {result[1]:.4g}.",
        lesson="|A ∪ B| = |A| + |B| − |A ∩ B|: the shared part lies in both areas and is counted once.",
        params={"pred": OVER},
    ),
    "no-loss-when-apart": Fault(
        symptom="The loss of boxes that are apart is 0, as if they fitted, and that of equal ones is 1.",
        right="return 1 - iou\n    #> The loss is 1 - {iou:.3f} = {result:.3f}.",
        wrong="return iou\n    #> The loss is {result:.3f}.",
        lesson=(
            "IoU says how well the boxes fit; the loss is 1 − IoU. Apart, IoU is 0 and the loss is 1: as large "
            "as it gets, but flat."
        ),
    ),
    "all-but-the-shared": Fault(
        symptom="GIoU is below IoU even where the boxes fill the box around both.",
        right=(
            "empty = (hull - union) / hull\n"
            "    #> {hull - union:.4g} of it is in neither box: the part {empty:.3f}."
        ),
        wrong="empty = (hull - intersection) / hull\n    #> The empty part of it is {empty:.3f}.",
        lesson=(
            "What is taken off is the part of C that lies in neither box: (|C| − |A ∪ B|) / |C|, with the union "
            "and not the intersection. For [0, 0, 2, 2] and [1, 0, 3, 2] that is 0, and GIoU is 1/3, not −1/3."
        ),
        params={**GIOU, "pred": (3.0, 3.0, 7.0, 7.0), "target": (5.0, 3.0, 9.0, 7.0)},
    ),
    "measured-by-the-union": Fault(
        symptom="Boxes far apart have a GIoU loss far above 2.",
        right=(
            "empty = (hull - union) / hull\n"
            "    #> {hull - union:.4g} of it is in neither box: the part {empty:.3f}."
        ),
        wrong="empty = (hull - union) / union\n    #> {hull - union:.4g} of it is in neither box: {empty:.3f}.",
        lesson=(
            "The empty part is measured by the enclosing box, (|C| − |A ∪ B|) / |C|: less than 1, however far apart "
            "the boxes are. So the loss stays below 2."
        ),
        params=GIOU,
    ),
    "distance-rewarded": Fault(
        symptom="The further the centres are apart, the smaller is the loss; it may even be negative.",
        right=(
            "diou = iou - distance / diagonal\n"
            "    #> DIoU = {iou:.3f} - {distance:.4g} / {diagonal:.4g} = {diou:.3f}."
        ),
        wrong="diou = iou + distance / diagonal\n    #> DIoU = {diou:.3f}.",
        lesson=(
            "DIoU = IoU − ρ² / c²: distance is taken off, so that the loss 1 − IoU + ρ² / c² falls as the centres "
            "meet. It is never negative."
        ),
        params=DIOU,
    ),
    "not-halved": Fault(
        symptom="The centres are said to be twice as far apart as they are in the picture.",
        right="offset = (pred[..., :2] + pred[..., 2:] - target[..., :2] - target[..., 2:]) / 2",
        wrong="offset = pred[..., :2] + pred[..., 2:] - target[..., :2] - target[..., 2:]",
        lesson="A centre is (x1 + x2) / 2: the sum of the corners is twice as much, and its square four times.",
        params=DIOU,
    ),
    "no-alpha": Fault(
        symptom="Another shape costs as much for boxes that hardly touch as for those that nearly fit.",
        right=(
            "return 1 - iou + distance / diagonal + alpha * v\n"
            "    #> The loss is 1 - {iou:.3f} + {distance / diagonal:.3f} + {alpha * v:.3f} = {result:.3f}."
        ),
        wrong="return 1 - iou + distance / diagonal + v\n    #> The loss is {result:.3f}.",
        lesson=(
            "CIoU adds α v, with α = v / (1 − IoU + v), not v alone. For [0, 0, 4, 1] and [1, 0, 2, 4] the loss "
            "is 1.104, and without alpha 1.409."
        ),
        params={**CIOU, "pred": (4.0, 3.0, 8.0, 4.0), "target": (5.0, 3.0, 6.0, 7.0)},
    ),
    "one-ratio-upside-down": Fault(
        symptom="Two boxes of the same shape are said to differ, and a wide one and a high one to be alike.",
        right="torch.atan2(true_width, true_height) - torch.atan2(width, height)",
        wrong="torch.atan2(true_width, true_height) - torch.atan2(height, width)",
        lesson=(
            "Both angles must be of the same ratio, arctan(w / h). With h / w in both nothing changes, for the one "
            "is 90° less the other; with one of each, boxes of one shape get v > 0."
        ),
        params=CIOU,
    ),
    "alpha-without-the-1": Fault(
        symptom="Alpha is larger for boxes that are apart than for those that nearly fit.",
        right=(
            "alpha = torch.where(v > 0, v / (1 - iou + v), v)\n"
            "        #> Its weight alpha = v / (1 - IoU + v) = {alpha:.4f} is a constant to the gradient."
        ),
        wrong=(
            "alpha = torch.where(v > 0, v / (iou + v), v)\n"
            "        #> Its weight alpha = {alpha:.4f} is a constant to the gradient."
        ),
        lesson=(
            "α = v / ((1 − IoU) + v): the better the boxes overlap, the smaller is 1 − IoU and the more the shape "
            "counts. First overlap, then shape."
        ),
        params=CIOU,
    ),
}

"""Mistakes that people make in suppression, to be found."""

from __future__ import annotations

from scenes.scene import Fault

GAUSSIAN = {"method": "gaussian"}
LINEAR = {"method": "linear"}

FAULTS = {
    "ascending": Fault(
        symptom="The weakest boxes are kept, and they take the best ones away.",
        right=(
            "scores.argsort(descending=True, stable=True)\n"
            "    #> Sort the {len(order)} boxes by score, best first."
        ),
        wrong="scores.argsort(stable=True)\n    #> Sort the {len(order)} boxes by score.",
        lesson="argsort sorts upwards: without descending=True the first box of the order is the worst one.",
    ),
    "at-the-threshold": Fault(
        symptom="With a threshold of 0 even boxes go that do not touch the kept one.",
        right="gone = rival & (overlap > iou_threshold)",
        wrong="gone = rival & (overlap >= iou_threshold)",
        lesson=(
            "A box goes when it overlaps by more than the threshold; at the threshold it stays. Two boxes apart have "
            "IoU 0, which is not more than 0."
        ),
        params={"iou_threshold": 0.0},
    ),
    "other-classes": Fault(
        symptom="A box disappears although the box that removed it is of another class.",
        right="gone = rival & (overlap > iou_threshold)",
        wrong="gone = overlap > iou_threshold",
        lesson="Boxes of different classes do not compete: the rider does not silence the horse. Only rivals can go.",
        params={"iou_threshold": 0.01},
    ),
    "shifted-by-one": Fault(
        symptom="Some boxes are kept twice, and some go that overlap nobody.",
        right="order = rest[~gone]",
        wrong="order = order[:-1][~gone]",
        lesson="The overlaps are those of order[1:]: place i of the mask speaks of place i + 1 of the order.",
    ),
    "scores-not-in-order": Fault(
        symptom="Boxes compete whose scores are too low, and better ones never get a turn.",
        right="order = order[scores[order] > score_threshold]",
        wrong="order = order[scores > score_threshold]",
        lesson=(
            "After sorting, place i of the order is box order[i]. The mask must be taken in that order too: "
            "scores[order], not scores."
        ),
        params={"score_threshold": 0.5},
    ),
    "no-clamp": Fault(
        symptom="Boxes go that lie far from the kept one, to its right or left and also above or below.",
        right="(bottom_right - top_left + extra).clamp(min=0)  #> Its sides; boxes apart have none.",
        wrong="(bottom_right - top_left + extra)  #> Its sides.",
        lesson=(
            "Two boxes that are apart both ways have two negative sides, and their product is positive: "
            "an area where nothing is shared. Each side is max(0, ·) before they are multiplied."
        ),
        params={"iou_threshold": 0.05, "per_class": False},
    ),
    "union-counts-twice": Fault(
        symptom="Every overlap is too small: equal boxes overlap by 0.50, and copies stay.",
        right=(
            "box_area(a, extra) + box_area(b, extra) - intersection  #> The union: both areas, the shared part once."
        ),
        wrong="box_area(a, extra) + box_area(b, extra)  #> The union of both areas.",
        lesson="|A ∪ B| = |A| + |B| − |A ∩ B|: the shared part lies in both areas and is counted once.",
        params={"iou_threshold": 0.5},
    ),
    "one-pixel-too-many": Fault(
        symptom="Every overlap is a little too large, and that of equal boxes is more than 1.",
        right="(bottom_right - top_left + extra).clamp(min=0)  #> Its sides; boxes apart have none.",
        wrong="(bottom_right - top_left + 1).clamp(min=0)  #> Its sides; boxes apart have none.",
        lesson=(
            "The width is x2 − x1. The old x2 − x1 + 1 counts inclusive pixels; it belongs in every width of a "
            "program or in none. Here the shared part has it and the areas have not."
        ),
        params={"iou_threshold": 0.9},
    ),
    "fades-by-the-overlap": Fault(
        symptom="The closest copies keep their scores, and boxes that share a little lose nearly all.",
        right="torch.where(rival, decay(overlap), torch.ones_like(overlap))",
        wrong="torch.where(rival, overlap, torch.ones_like(overlap))",
        lesson="The factor is exp(−IoU² / sigma), or 1 − IoU: near 1 for little overlap, near 0 for much.",
        params=GAUSSIAN,
    ),
    "fades-twice": Fault(
        symptom="The right boxes fade, but too far: with half of the overlap a score falls as with all of it.",
        right="scores = scores * factor",
        wrong="scores = scores * factor**2",
        lesson="Each kept box multiplies a rival's score once, by its own factor.",
        params=GAUSSIAN,
    ),
    "the-kept-fade-too": Fault(
        symptom="A box is kept, and then its own bar shrinks.",
        right="rival = waiting & (labels == labels[best])",
        wrong="rival = labels == labels[best]",
        lesson=(
            "Only boxes that still wait are rivals. A kept one has its score for good: it overlaps itself by 1, "
            "and would fade to nothing."
        ),
        params=LINEAR,
    ),
    "below-the-floor": Fault(
        symptom="A box whose score is exactly the least that is wanted is lost, with all after it.",
        right="if scores[best] < score_threshold:",
        wrong="if scores[best] <= score_threshold:",
        lesson="A box is kept while its score is at least the floor: it stops below it, not at it.",
        params={"method": "linear", "score_threshold": 0.79},
    ),
}

"""Mistakes to find in the assignment and the loss: those of textbooks and notes, and those that people make."""

from __future__ import annotations

from scenes.scene import Fault

LOSS = {"show": "loss"}

FAULTS: dict[str, Fault] = {
    "own-corner": Fault(
        symptom="Two truths go to the largest prior and two to the smallest, whatever their shapes are.",
        right='''    likeness = shape_iou(truth, anchors)
    #> Shape alone, all on one centre: IoU with the nine priors, {", ".join(f"{v:.2f}" for v in likeness.tolist())}.''',
        wrong='''    likeness = box_iou(truth, torch.cat([torch.zeros_like(anchors), anchors], 1))
    #> IoU of the truth with the nine priors: {", ".join(f"{v:.2f}" for v in likeness.tolist())}.''',
        lesson="Only shapes are compared: truth and priors on one centre. Laid at the corner of the picture, the "
        "priors do not even touch a truth that lies elsewhere.",
    ),
    "one-grid": Fault(
        symptom="Every truth, however small, is answered for on the coarsest grid; the two others stay empty.",
        right="    best = int(likeness.argmax())\n",
        wrong="    best = 6 + int(likeness[6:].argmax())\n",
        lesson="The winner is the best of all nine priors, and it decides the grid as well; it is not the best of the "
        "three of one cell, as some notes have it.",
    ),
    "wrong-way-round": Fault(
        symptom="The car, the largest of the truths, is answered for on the finest grid, by a tiny prior.",
        right="    stride = STRIDES[len(STRIDES) - 1 - best // 3]\n",
        wrong="    stride = STRIDES[best // 3]\n",
        lesson="The nine priors are counted from the smallest on, the strides from the coarsest: the three smallest "
        "priors belong to stride 8, the finest grid.",
    ),
    "mirrored": Fault(
        symptom="Positive cells lie mirrored: the person at the lower left has one at the upper right.",
        right="    row, column = cell_of(truth, stride, size)\n",
        wrong="    column, row = cell_of(truth, stride, size)\n",
        lesson="The row comes from y, the column from x, and cells are numbered row by row: row · cells + column. On "
        "the diagonal one cannot tell, so test with a box that lies off it.",
    ),
    "too-good": Fault(
        symptom="Truths that a prior fits well have no positive prior at all: the best one is hatched.",
        right="        status[index], matched[index] = POSITIVE, number\n",
        wrong="        if status[index] == NEGATIVE: status[index], matched[index] = POSITIVE, number\n",
        lesson="The responsible prior is positive whatever it overlaps. It is nearly always among those that overlap "
        "by more than the threshold: were it ignored for that, nobody would answer for the truth.",
        params={"ignore_threshold": 0.3},
    ),
    "one-sided": Fault(
        symptom="Small truths are accepted by all priors, even by the largest, on all three grids.",
        right="            worst = torch.maximum(ratio, 1 / ratio).amax(-1)\n",
        wrong="            worst = ratio.amax(-1)\n",
        lesson="A side may differ by a factor either way: the larger of r and 1 / r is compared with the limit. The "
        "ratio alone excludes priors that are too small, and none that are too large.",
        params={"rule": "ultralytics"},
    ),
    "told-no": Fault(
        symptom="The better the network, the larger are the object terms of the positive priors.",
        right="    answer = (status[judged] == POSITIVE).to(t.dtype)\n",
        wrong="    answer = torch.zeros_like(objectness[judged])\n",
        lesson="A positive prior should say 1: an object is here. Some notes print 0; then all priors learn to say "
        "that there is nothing, and the detector finds nothing.",
        params=LOSS,
    ),
    "ignored-too": Fault(
        symptom="The ignored priors cost something, each of them a hundred times as much as a negative.",
        right="    judged = (status != IGNORED).nonzero().flatten()\n",
        wrong="    judged = torch.arange(len(status))\n",
        lesson="Ignored priors have no loss at all. They overlap an object well, and say so; to be told 0 for it would "
        "pull against the positive prior beside them.",
        params=LOSS,
    ),
    "raw-t": Fault(
        symptom="The box terms are many times too large, though the predicted boxes lie on their truths.",
        right="    said = torch.cat([t[positive, :2].sigmoid(), t[positive, 2:]], 1)\n",
        wrong="    said = t[positive]\n",
        lesson="The target of the centre is a part of the cell, 0 to 1, and what is compared with it is σ(tx), not tx: "
        "a perfect tx of −3 means 0.05 of the cell.",
        params=LOSS,
    ),
    "all-alike": Fault(
        symptom="The box terms are too small: that of the traffic light by half, that of the car by less.",
        right='''    terms[positive, 0] = box_weight(boxes, size) * wrong
    #> Small boxes count up to twice as much, by 2 - w h: together {terms[:, 0].sum():.3g}.''',
        wrong='''    terms[positive, 0] = wrong
    #> These are the box terms: together {terms[:, 0].sum():.3g}.''',
        lesson="Darknet weights the error of a box by 2 − w h, with w and h as parts of the input: an error of the "
        "same size matters more on a small box.",
        params=LOSS,
    ),
}  # fmt: skip

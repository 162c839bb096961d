"""YOLOv3's loss as Darknet has it, prior by prior, on an assignment; what it asks of each confidence; the rate.

N priors in the order of Darknet's outputs, G truths `(G, 4)` as x1, y1, x2, y2 in pixels of a square input.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.detection.assignment import IGNORED, POSITIVE
from engine.detection.yolo import Places


def box_targets(boxes: Tensor, places: Places) -> Tensor:
    """What a prior should say `(P, 4)` for a box `(P, 4)`: its centre in parts of the cell (which sigma(tx),
    sigma(ty) are held to), and the logarithms of its sides over the prior's (tw, th).

    Source: Redmon & Farhadi 2018, sec. 2.1; Darknet's delta_yolo_box compares the sigmoids, not tx and ty.
    """
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    return torch.cat([centre / places.strides - places.cells, ((boxes[:, 2:] - boxes[:, :2]) / places.priors).log()], 1)


def box_weight(boxes: Tensor, size: int) -> Tensor:
    """The weight `(P,)` of a box's error, 2 - w h with w, h as parts of the input: 1 for all of it, nearly 2 for
    a small one. It is in Darknet's yolo_layer.c, not in the paper.
    """
    return 2 - (boxes[:, 2:] - boxes[:, :2]).prod(-1) / size**2


def yolo_loss(
    t: Tensor, objectness: Tensor, class_logits: Tensor, status: Tensor, matched: Tensor,
    truths: Tensor, classes: Tensor, places: Places, size: int,
) -> Tensor:
    """Each prior's loss `(N, 3)`: box, objectness, class.

    `t` `(N, 4)` and the logits `objectness` `(N,)` are what the network says, `class_logits` `(P, C)` what it
    says of the P positive priors in their order; `classes` `(P, C)` is 1 for the classes a positive prior
    should name. The box's squared error is weighted by 2 - w h.

    Source: Redmon & Farhadi 2018, sec. 2.1-2.2: squared error for the box, binary cross-entropy for the rest. The
    paper compares tx and ty themselves, and weights no box; Darknet's yolo_layer.c compares their sigmoids and has
    the weight. Darknet steps by the differences alone, which are the slopes of these cross-entropies.
    """
    terms = t.new_zeros(len(t), 3)
    positive = (status == POSITIVE).nonzero().flatten()
    #> {len(positive)} of the {len(t):,} priors are positive: only these are asked where, and what.
    boxes, there = truths[matched[positive]], Places(*(part[positive] for part in places))
    said = torch.cat([t[positive, :2].sigmoid(), t[positive, 2:]], 1)
    wrong = ((said - box_targets(boxes, there)) ** 2).sum(-1)
    #> Where: their squared errors add up to {wrong.sum():.3g}.
    terms[positive, 0] = box_weight(boxes, size) * wrong
    #> Small boxes count up to twice as much, by 2 - w h: together {terms[:, 0].sum():.3g}.
    judged = (status != IGNORED).nonzero().flatten()
    answer = (status[judged] == POSITIVE).to(t.dtype)
    #> Whether: {len(judged):,} priors are asked and {len(t) - len(judged)} ignored;
    #> {answer.sum():.0f} should say 1, the rest 0.
    terms[judged, 1] = F.binary_cross_entropy_with_logits(objectness[judged], answer, reduction="none")
    #> Their cross-entropies add up to {terms[:, 1].sum():.4g},
    #> of which the positive ones make {terms[positive, 1].sum():.3g}.
    entropy = F.binary_cross_entropy_with_logits(class_logits, classes, reduction="none")
    terms[positive, 2] = entropy.sum(-1)
    #> What: {class_logits.shape[1]} yes-or-no questions for each positive prior add {terms[:, 2].sum():.3g}.
    return terms
    #> The loss is {result.sum():.4g}.


def confidence_gradient(objectness: Tensor, status: Tensor) -> Tensor:
    """The slope `(N,)` of the loss by each objectness logit: sigma - 1 where the answer should be 1, sigma where
    it should be 0, and 0 where it is ignored. Descent moves the logit the other way.
    """
    slope = objectness.sigmoid() - (status == POSITIVE).to(objectness.dtype)
    return torch.where(status == IGNORED, torch.zeros_like(slope), slope)


def learning_rate(
    batch: Tensor, rate: float = 1e-3, burn_in: int = 1000, power: float = 4.0,
    steps: tuple[int, ...] = (400_000, 450_000), scale: float = 0.1,
) -> Tensor:
    """Darknet's learning rate at each batch number: it rises as (batch / burn_in)^power, then falls by `scale`
    at each of `steps`.

    Source: yolov3.cfg (rate, burn_in, steps, scales); network.c, get_current_rate; parser.c (power 4).
    """
    batch = batch.double()
    falls = torch.stack([batch >= step for step in steps]).sum(0).double() if steps else torch.zeros_like(batch)
    warm = (batch / burn_in) ** power if burn_in else torch.ones_like(batch)
    return rate * torch.where(batch < burn_in, warm, scale**falls)

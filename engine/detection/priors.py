"""Priors by k-means: which few shapes stand for many boxes?

Sizes are `(N, 2)` width, height in pixels, centres `(K, 2)` likewise. The distance of a size and a centre is
1 - IoU with both boxes on the same corner (Redmon & Farhadi 2017, sec. 2), or plain Euclidean for contrast.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor

Distance = Literal["iou", "euclidean"]
MOST_TURNS = 100


def size_iou(a: Tensor, b: Tensor) -> Tensor:
    """IoU `(...)` of sizes a `(..., 2)` and b `(..., 2)`, both boxes laid on one corner; broadcast."""
    shared = torch.minimum(a, b).prod(-1)
    return shared / (a.prod(-1) + b.prod(-1) - shared)


def distances(sizes: Tensor, centres: Tensor, distance: Distance) -> Tensor:
    """The distance `(..., N, K)` of each size from each centre: 1 - IoU, or the squared Euclidean one."""
    sizes, centres = sizes.unsqueeze(-2), centres.unsqueeze(-3)
    if distance == "iou":
        return 1 - size_iou(sizes, centres)
    return (sizes - centres).square().sum(-1)


def kmeans(sizes: Tensor, centres: Tensor, distance: Distance = "iou") -> Tensor:
    """Lloyd's k-means from the given centres: the centres `(K, 2)` when nothing changes any more.

    The middle of a cluster is the mean for Euclidean distance and the median for 1 - IoU. Neither the mean nor
    the median need be the point of least 1 - IoU: a middle that would be further away is not taken, so the
    cost never rises. A centre with no sizes stays where it is.

    Raises:
        ValueError: sizes or centres that are none.
    """
    check_sizes(sizes, "sizes")
    check_sizes(centres, "centres")
    nearest = torch.full((len(sizes),), -1, device=sizes.device)
    for _ in range(MOST_TURNS):
        before, gap = nearest, distances(sizes, centres, distance)
        nearest = gap.argmin(1)
        #> Assign each size to its nearest centre: {(nearest != before).sum()} of {len(sizes)} change theirs.
        if torch.equal(nearest, before):
            break
        centres = update(sizes, centres, nearest, distance)
        #> Update: the mean distance was {gap.amin(1).mean():.4g}; the centres move to the middles of their clusters.
    return centres
    #> No size changes its centre any more: these {len(result)} centres are the priors.


def update(sizes: Tensor, centres: Tensor, nearest: Tensor, distance: Distance) -> Tensor:
    """Each centre `(K, 2)` in the middle of its sizes, where that does not raise their distance."""
    moved = centres.clone()
    for k in range(len(centres)):
        members = sizes[nearest == k]
        #> Centre {k + 1}, at {centres[k, 0]:.0f} by {centres[k, 1]:.0f}, has {len(members)} sizes.
        if len(members) == 0:
            continue
        middle = members.median(0).values if distance == "iou" else members.mean(0)
        #> Their {"median" if distance == "iou" else "mean"} is {middle[0]:.1f} by {middle[1]:.1f}.
        now, then = (distances(members, centre[None], distance).mean() for centre in (centres[k], middle))
        #> From the old place the mean distance is {now:.4g}, from there {then:.4g}.
        if then <= now:
            moved[k] = middle
            #> The centre moves there.
    return moved
    #> The centres stand at {", ".join(f"{w:.0f}×{h:.0f}" for w, h in result.tolist())}.


def check_sizes(sizes: Tensor, name: str) -> None:
    """Refuse what is not `(N, 2)` finite widths and heights above 0, at least one.

    Raises:
        ValueError: saying what it is.
    """
    if sizes.dim() != 2 or sizes.shape[1] != 2 or not len(sizes):
        raise ValueError(f"{name} has shape {tuple(sizes.shape)}; it needs (N, 2): width and height in pixels.")
    if not (torch.isfinite(sizes) & (sizes > 0)).all():
        raise ValueError(f"{name} holds a side that is not a finite number above 0.")


def starting_centres(sizes: Tensor, k: int, distance: Distance, generator: torch.Generator) -> Tensor:
    """k of the sizes `(k, 2)`: the first drawn evenly, each further one by its distance from those drawn.

    Source: Arthur & Vassilvitskii 2007, sec. 2.2 (k-means++).

    Raises:
        ValueError: sizes that are none, or k is not from 1 to the number of sizes.
    """
    check_sizes(sizes, "sizes")
    if not 1 <= k <= len(sizes):
        raise ValueError(f"k is {k}, but there are {len(sizes)} sizes; it needs 1 to {len(sizes)}.")
    chosen = torch.randint(len(sizes), (1,), generator=generator)
    while len(chosen) < k:
        gap = distances(sizes, sizes[chosen.to(sizes.device)], distance).amin(1).cpu().clamp(min=0)
        gap[chosen] = 0
        if gap.sum() <= 0:  # all others are copies of those drawn
            gap = torch.ones_like(gap)
            gap[chosen] = 0
        chosen = torch.cat([chosen, torch.multinomial(gap, 1, generator=generator)])
    return sizes[chosen.to(sizes.device)]


# ---------------------------------------------------------------------------- the same in one batch


class Clusters(NamedTuple):
    """What R runs of k-means came to."""

    centres: Tensor  # (R, K, 2)
    nearest: Tensor  # (R, N) each size's centre
    costs: list[Tensor]  # (R,) after each assignment
    way: list[Tensor]  # (R, K, 2) the centres before each assignment


def kmeans_runs(sizes: Tensor, starts: Tensor, distance: Distance = "iou") -> Clusters:
    """`kmeans` from R starts `(R, K, 2)` at once, with what each turn came to. A run that has ended stands still.

    Raises:
        ValueError: sizes or starts that are none.
    """
    check_sizes(sizes, "sizes")
    check_sizes(starts.reshape(-1, starts.shape[-1]), "starts")
    centres, costs, way = starts, [], []
    nearest = torch.full((len(starts), len(sizes)), -1, device=sizes.device)
    for _ in range(MOST_TURNS):
        before, gap = nearest, distances(sizes, centres, distance)
        least, nearest = gap.min(-1)
        costs.append(least.mean(-1))
        way.append(centres)
        if torch.equal(nearest, before):
            break
        member = nearest.unsqueeze(-1) == torch.arange(starts.shape[1], device=sizes.device)  # (R, N, K)
        middle = _middles(sizes, member, distance)
        then = distances(sizes, torch.where(middle.isnan(), centres, middle), distance)
        better = torch.where(member, then, 0).sum(1) <= torch.where(member, gap, 0).sum(1)
        centres = torch.where((better & member.any(1)).unsqueeze(-1), middle, centres)
    return Clusters(centres, nearest, costs, way)


def _middles(sizes: Tensor, member: Tensor, distance: Distance) -> Tensor:
    """The middles `(R, K, 2)` of clusters, given who is a member `(R, N, K)`; NaN where nobody is."""
    if distance == "euclidean":
        share = member.to(sizes)
        return torch.einsum("rnk,nd->rkd", share, sizes) / share.sum(1).unsqueeze(-1)
    sides = torch.where(member.unsqueeze(-1), sizes[:, None], torch.nan)  # (R, N, K, 2)
    return sides.nanmedian(1).values


def mean_best_iou(sizes: Tensor, centres: Tensor) -> Tensor:
    """The mean over the sizes of the IoU with the best centre, `(...)` for centres `(..., K, 2)`; in 0..1.

    Source: Redmon & Farhadi 2017, table 1 and fig. 2.
    """
    return (1 - distances(sizes, centres, "iou")).amax(-1).mean(-1)

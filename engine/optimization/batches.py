"""Batch, stochastic and mini-batch gradient descent on a line fit: one loop, and how many samples a step reads.

Batches come in one of two ways. Shuffled: every pass (epoch) goes through all N samples in a new order, and the
last batch of a pass is what is left over; so no batch holds a sample twice. With replacement: every sample of
every batch is drawn from all N. Randomness comes from a generator on the CPU.

Source: Robbins & Monro 1951; Ruder 2016, sec. 2; Bottou, Curtis & Nocedal 2018.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.optimization.line_fit import check_points, loss_at


def train(
    x: Tensor, y: Tensor, w: Tensor, b: Tensor, batch_size: int, lr: float, steps: int,
    generator: torch.Generator, replacement: bool = False,
) -> Tensor:  # fmt: skip
    """Fit y = w x + b to the samples `(N,)` by T steps of descent from w and b, `()` each; the path `(T + 1, 2)`."""
    path = [torch.stack([w, b])]
    queue = torch.empty(0, dtype=torch.int64)
    updates = read = 0
    while updates < steps:
        if replacement:
            batch = torch.randint(len(x), (batch_size,), generator=generator)
            #> Draw {numbered(batch)}, out of all {len(x)}: any of them can come again.
        else:
            if len(queue) == 0:
                queue = torch.randperm(len(x), generator=generator)
                #> Pass {read // len(x) + 1} over the data begins: shuffle all {len(x)} samples.
            batch, queue = queue[:batch_size], queue[batch_size:]
            #> Take {numbered(batch)}. Still to come in this pass: {len(queue)}.
        error = w * x[batch] + b - y[batch]
        #> How far the line is off there: {listed(error)}.
        grad_w = 2 * (error * x[batch]).mean()
        grad_b = 2 * error.mean()
        #> {named(batch, len(x))}: ({grad_w:.3g}, {grad_b:.3g}).
        w, b = w - lr * grad_w, b - lr * grad_b
        path.append(torch.stack([w, b]))
        #> A step of {lr:g} times that, downhill: w = {w:.3g}, b = {b:.3g}.
        updates, read = updates + 1, read + len(batch)
        #> {updates:,} update{"s" * (updates > 1)} made, {read:,} sample{"s" * (read > 1)} read.
    return torch.stack(path)
    #> The line is y = {w:.3g} x {b:+.3g}, after reading {read:,} samples.


def named(batch: Tensor, count: int) -> str:
    """What the mean gradient of a batch is, for the narration."""
    if len(batch) == 1:
        return "The gradient of this one sample"
    return f"The mean of {'all ' * (len(batch) == count)}{len(batch)} gradients"


def numbered(batch: Tensor) -> str:
    """A batch by the numbers of its samples, for the narration."""
    first = ", ".join(map(str, batch[:8].tolist()))
    return f"sample {first}" if len(batch) == 1 else f"{len(batch)} samples: {first}{', ...' * (len(batch) > 8)}"


def listed(values: Tensor) -> str:
    """The first of some values, for the narration."""
    return ", ".join(f"{value:+.3g}" for value in values[:6].tolist()) + ", ..." * (len(values) > 6)


@dataclass(frozen=True, eq=False)
class Batches:
    """The batches of a run one after the other: `order` `(R,)` the samples read, `sizes` `(T,)` of the batches."""

    order: Tensor
    sizes: Tensor

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def read(self) -> Tensor:
        """How many samples have been read before each update and after the last, `(T + 1,)`."""
        return torch.cat([self.sizes.new_zeros(1), self.sizes.cumsum(0)])


def batches_of(
    count: int, batch_size: int, generator: torch.Generator, *, updates: int | None = None,
    samples: int | None = None, replacement: bool = False,
) -> Batches:  # fmt: skip
    """The batches that `train` takes: so many `updates`, or as many as can be read in so many `samples`.

    Raises:
        ValueError: no samples, a batch size that is not in 1..count, or not just one of the two limits.
    """
    if count < 1:
        raise ValueError(f"count is {count}; there must be at least one sample.")
    if not 1 <= batch_size <= count:
        raise ValueError(f"batch_size is {batch_size}; it takes 1 to {count}, the number of samples.")
    if (updates is None) == (samples is None):
        raise ValueError("updates and samples are both given or both missing; it takes one of them.")
    if replacement:
        whole = updates if updates is not None else (samples or 0) // batch_size
        draws = [torch.randint(count, (batch_size,), generator=generator) for _ in range(whole)]
        sizes = torch.full((whole,), batch_size)
        return Batches(torch.cat([*draws, sizes[:0]]), sizes)
    a_pass = torch.tensor([batch_size] * (count // batch_size) + [count % batch_size] * (count % batch_size > 0))
    passes = -(-updates // len(a_pass)) if updates is not None else (samples or 0) // count + 1
    sizes = a_pass.repeat(passes)
    taken = updates if updates is not None else int((sizes.cumsum(0) <= (samples or 0)).sum())
    sizes = sizes[:taken]
    shuffles = [torch.randperm(count, generator=generator) for _ in range(passes)]
    return Batches(torch.cat([*shuffles, sizes[:0]])[: int(sizes.sum())], sizes)


def descent_path(points: Tensor, start: Tensor, batches: Batches, lr: float) -> Tensor:
    """The weights before each update and after the last, `(T + 1, 2)`, as `train` has them.

    A batch's gradient is 2 (M p - c) with M and c made of the means of x^2, x, x y and y over it: these are found
    for all batches at once, and what is left to do one after the other is a few products.

    Raises:
        ValueError: points that are none.
    """
    check_points(points)
    x, y = points[batches.order.to(points.device)].unbind(-1)
    begins = torch.zeros_like(batches.order)
    begins[batches.read[1:-1]] = 1
    owner = begins.cumsum(0).to(points.device)  # (R,) the batch that each sample read belongs to
    products = torch.stack([x * x, x, x * y, y], -1)
    sums = products.new_zeros(len(batches), 4).index_add_(0, owner, products)
    means = sums / batches.sizes.to(points.device)[:, None]
    w, b = start.tolist()
    path = [(w, b)]
    for xx, mean_x, xy, mean_y in means.tolist():
        grad_w = 2 * (xx * w + mean_x * b - xy)
        grad_b = 2 * (mean_x * w + b - mean_y)
        w, b = w - lr * grad_w, b - lr * grad_b
        path.append((w, b))
    return torch.tensor(path, dtype=points.dtype, device=points.device)


def losses_along(points: Tensor, path: Tensor) -> Tensor:
    """The loss over all points at each place of a path, `(T + 1,)`; infinite where the path has left all bounds."""
    return torch.nan_to_num(loss_at(points, path), nan=torch.inf)


def draws_of(count: int, draws: int, generator: torch.Generator, replacement: bool = False) -> Tensor:
    """Many random orders `(draws, count)` of the samples: the first n of a row are one batch of n, for every n."""
    if replacement:
        return torch.randint(count, (draws, count), generator=generator)
    return torch.rand(draws, count, generator=generator, dtype=torch.float64).argsort(1)


def gradient_estimates(gradients: Tensor, draws: Tensor) -> Tensor:
    """The mean gradient of every batch: from the samples' gradients `(N, 2)` and batches `(..., n)`, `(..., 2)`."""
    return gradients[draws].mean(-2)


def measured_std(gradients: Tensor, draws: Tensor, sizes: Tensor) -> Tensor:
    """How far the estimates by the first n of every draw `(D, N)` lie from the full gradient, `(S,)` for each of
    the `sizes`: the root of the mean square distance, over the draws.
    """
    away = gradients - gradients.mean(0)  # (N, 2)
    counts = torch.arange(1, draws.shape[1] + 1, dtype=gradients.dtype, device=gradients.device)
    square = torch.zeros_like(counts)
    for part in away.unbind(1):
        square += (part[draws].cumsum(1) / counts).square().mean(0)
    return square.sqrt()[sizes - 1]


def expected_std(gradients: Tensor, sizes: Tensor, replacement: bool = False) -> Tensor:
    """What `measured_std` comes to over all possible draws, `(S,)`: sigma / sqrt(n) with replacement, and without
    it sigma / sqrt(n) times sqrt((N - n) / (N - 1)), where sigma^2 is the mean square distance of the samples' own
    gradients from their mean.

    Source: Cochran 1977, Sampling Techniques, theorem 2.2.
    """
    count = len(gradients)
    sigma = (gradients - gradients.mean(0)).square().sum(1).mean().sqrt()
    sizes = sizes.to(gradients)  # its device and dtype
    law = sigma / sizes.sqrt()
    return law if replacement else law * ((count - sizes) / max(count - 1, 1)).sqrt()

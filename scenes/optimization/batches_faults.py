"""Mistakes in a training loop, to find."""

from __future__ import annotations

from scenes.scene import Fault

GRADIENT = """        grad_w = 2 * (error * x[batch]).mean()
        grad_b = 2 * error.mean()
        #> {named(batch, len(x))}: ({grad_w:.3g}, {grad_b:.3g})."""
SHUFFLE = """                queue = torch.randperm(len(x), generator=generator)
                #> Pass {read // len(x) + 1} over the data begins: shuffle all {len(x)} samples."""

FAULTS = {
    "sum": Fault(
        symptom="The steps are far too long: the path is thrown out of the bowl at once, the further the larger the"
        " batch.",
        right=GRADIENT,
        wrong="""        grad_w = 2 * (error * x[batch]).sum()
        grad_b = 2 * error.sum()
        #> The gradient of these samples: ({grad_w:.3g}, {grad_b:.3g}).""",
        lesson="The loss of a batch is the mean over its samples, and so is its gradient. A sum is n times as "
        "large for n samples: the learning rate would have to be divided by the batch size.",
        params={"batch_size": 8, "steps": 12},
    ),
    "unshuffled": Fault(
        symptom="Every pass reads the samples in one and the same order: 0, 1, 2, and so on.",
        right=SHUFFLE,
        wrong="""                queue = torch.arange(len(x))
                #> Pass {read // len(x) + 1} over the data begins, with all {len(x)} samples before it.""",
        lesson="Each pass takes the samples in a new random order. In a fixed one the batches are the same ones "
        "for ever, and if the data are sorted, each batch pulls its own way.",
        params={"batch_size": 8, "steps": 14},
    ),
    "sign": Fault(
        symptom="The line turns away from the points, and the loss grows from the first update on.",
        right="error = w * x[batch] + b - y[batch]",
        wrong="error = y[batch] - (w * x[batch] + b)",
        lesson="The gradient 2 × error × (x, 1) is that of (w x + b − y)², with the error counted from the sample "
        "to the line. Counted the other way the gradient changes its sign, and descent becomes ascent.",
        params={"batch_size": 8, "steps": 12},
    ),
    "without-x": Fault(
        symptom="w and b always change by the same amount: the path goes to and fro on one diagonal, and the loss "
        "does not fall.",
        right="grad_w = 2 * (error * x[batch]).mean()",
        wrong="grad_w = 2 * error.mean()",
        lesson="How much a change of w matters to a sample depends on its x: the derivative of (w x + b − y)² by w"
        " is 2 × error × x. Only for b is the factor 1.",
        params={"batch_size": 8, "steps": 40},
    ),
    "read-twice": Fault(
        symptom="The last sample of each batch comes again as the first of the next one.",
        right="batch, queue = queue[:batch_size], queue[batch_size:]",
        wrong="batch, queue = queue[:batch_size], queue[batch_size - 1:]",
        lesson="queue[:n] ends before place n, and queue[n:] begins with it: nothing is left out and nothing comes"
        " twice. From n − 1 on, one sample is taken again, and a pass reads more than all samples.",
        params={"batch_size": 8, "steps": 14},
    ),
    "without-replacement": Fault(
        symptom="No sample ever comes twice in a batch, though every one is said to be drawn from all.",
        right="batch = torch.randint(len(x), (batch_size,), generator=generator)",
        wrong="batch = torch.randperm(len(x), generator=generator)[:batch_size]",
        lesson="Drawn with replacement, every sample of a batch comes from all N: twice the same is likely in "
        "batches beyond √N. The first n of a random order are a draw without replacement, whose mean "
        "scatters less.",
        params={"batch_size": 24, "steps": 8, "sampling": "replacement"},
    ),
}  # fmt: skip

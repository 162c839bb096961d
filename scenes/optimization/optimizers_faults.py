"""Mistakes in the optimizers, to find: the first ones stand in print."""

from __future__ import annotations

from scenes.scene import Fault

ADAMS_STEP = """        rate = lr / root(v_hat, eps, eps_inside)
        step = rate * m_hat
        w = w - step
        path.append(w)
        #> The step is {lr:.4g} m-hat over the root of v-hat, to ({w[0]:.4g}, {w[1]:.4g})."""
SUM = """        total = total + g**2
        #> The sums of all squares so far, which never shrink: ({total[0]:.4g}, {total[1]:.4g})."""
BOWL = {"surface": "quadratic", "start": (-3.0, 2.0), "steps": 20, "optimizers": ()}

FAULTS = {
    "v-for-v-hat": Fault(
        symptom="The very first step is some thirty times as long as the rate; later ones are too long as well.",
        right=ADAMS_STEP,
        wrong="""        rate = lr / root(highest, eps, eps_inside)
        step = rate * m_hat
        w = w - step
        path.append(w)
        #> The step is {lr:.4g} m-hat over the root, to ({w[0]:.4g}, {w[1]:.4g}).""",
        lesson="v begins at 0 and is far too small at first: v-hat = v / (1 − β2^t) makes up for it, and belongs "
        "under the root. With v there the first step is 1 / √(1 − 0.999) = 31.6 times too long. The same "
        "slip stands in books.",
        params={**BOWL, "surface": "himmelblau", "start": (-4.5, 1.0), "lr": 0.1, "optimizer": "adam"},
    ),
    "unfading": Fault(
        symptom="The first step is right, but then it slows down: v-hat grows to hundreds of times the squared "
        "slope.",
        right="share(beta2, t, correction))",
        wrong="share(beta2, 1, correction))",
        lesson="The correction is 1 − β^t, a power: it goes to 1 as the run goes on. With the constant 1 − β2 = "
        "0.001, as when t is read as an index, v-hat stays v times a thousand for ever.",
        params={**BOWL, "steps": 60, "lr": 0.2, "optimizer": "adam"},
    ),
    "from-zero": Fault(
        symptom="The first step leads nowhere: from then on there are no numbers any more.",
        right="for t, lr in enumerate(rates, start=1):",
        wrong="for t, lr in enumerate(rates, start=0):",
        lesson="Steps are counted from 1 in 1 − β^t, the share of a mean that has seen t values. For t = 0 that is"
        " 0, and 0 over 0 is no number.",
        params={**BOWL, "lr": 0.2, "optimizer": "adam"},
    ),
    "eps-under-the-root": Fault(
        symptom="Where the slope is small it hardly moves: its first step is a tenth of what it should be.",
        right="rate = lr / root(v, eps, eps_inside)",
        wrong="rate = lr / (root(v + eps, 0, eps_inside))",
        lesson="eps is there against a division by 0 and stands beside the root. Under it, √(v + 1e−6) is at least"
        " 0.001, ten times a slope of 1e−4 and more: the slope drowns in it.",
        params={
            "surface": "formula", "formula": "(x^2 + 4*y^2)/40000", "start": (-3.0, 2.0), "steps": 60,
            "rho": 0.9, "optimizers": (),
            "eps": 1e-6, "lr": 0.1, "optimizer": "rmsprop",
        },
    ),
    "not-squared": Fault(
        symptom="Along one axis there is a rate, along the other there is none: its numbers are gone.",
        right="v = rho * v + (1 - rho) * g**2",
        wrong="v = rho * v + (1 - rho) * g",
        lesson="v is a running mean of the squared gradient: its root is the size of a usual slope, whatever its "
        "sign. The mean of the gradient itself can be below 0, and has no root there.",
        params={**BOWL, "lr": 0.2, "rho": 0.9, "optimizer": "rmsprop"},
    ),
    "forgets": Fault(
        symptom="The rate does not shrink as the run goes on: it grows where the slope falls, and the steps stay as"
        " long.",
        right=SUM,
        wrong="""        total = g**2
        #> What the rates go by: ({total[0]:.4g}, {total[1]:.4g}).""",
        lesson="AdaGrad's memory is a sum over all steps: total + g². With the last square alone, g over its own "
        "size is 1 along every axis, and each step is as long as the rate, for ever.",
        params={**BOWL, "lr": 0.5, "optimizer": "adagrad"},
    ),
    "no-look-ahead": Fault(
        symptom="It swings across the valley as far as plain momentum does: nothing brakes it ahead of time.",
        right="ahead = g + momentum * velocity",
        wrong="ahead = g + kept",
        lesson="Looking ahead means one more turn of the new velocity: g + μ · velocity. The gradient and what was"
        " kept of the old one are the new velocity itself, which is plain momentum.",
        params={
            "surface": "ravine", "start": (-5.2, 3.9), "steps": 60,
            "optimizer": "nesterov", "optimizers": ("momentum",),
        },
    ),
    "decay-in-the-slope": Fault(
        symptom="The gradient points too much towards the origin, and m and v take that in: where the decay is "
        "strong it heads for the origin.",
        right="g = gradient(w, t)\n",
        wrong="g = gradient(w, t) + weight_decay * w\n",
        lesson="In AdamW the decay is decoupled: it shrinks w by lr · weight_decay beside m and v. In the gradient"
        " it passes through both and is divided by the root of v-hat, so that it decays by how steep it is.",
        params={**BOWL, "surface": "himmelblau", "start": (4.5, 3.5), "steps": 60, "weight_decay": 2.0,
                "optimizer": "adamw"},
    ),
}  # fmt: skip

"""Mistakes in gradient descent, to find."""

from __future__ import annotations

from scenes.scene import Fault

STEP = """        point = point - lr * gradient
        #> Against it by lr = {lr:.4g} times its length: to ({point[0]:.4g}, {point[1]:.4g})."""
NOISE = """            gradient = gradient + jitter[step]
            #> Jitter of ({jitter[step][0]:.3g}, {jitter[step][1]:.3g}) makes it \
({gradient[0]:.4g}, {gradient[1]:.4g})."""

FAULTS = {
    "uphill": Fault(
        symptom="It leaves the valley: the loss rises at every step, and ever faster.",
        right=STEP,
        wrong="""        point = point + lr * gradient
        #> By lr = {lr:.4g} times its length: to ({point[0]:.4g}, {point[1]:.4g}).""",
        lesson="The gradient points to where f grows fastest, so a step goes against it: x − lr · gradient. With a"
        " plus it climbs, and where f has no top it runs away from the first step on.",
        params={"surface": "ravine", "start": (-5.0, 0.5), "lr": 0.2, "steps": 12},
    ),
    "first-slope": Fault(
        symptom="All steps are alike: it goes straight on, past the bottom of the valley and up the other side.",
        right="gradient = torch.stack(surface.gradient(*point))",
        wrong="gradient = torch.stack(surface.gradient(*start))",
        lesson="The gradient belongs to the place where it is taken. After each step it has to be taken anew, at "
        "the point where the step has led; that of the start knows nothing of the valley's floor.",
        params={"surface": "quadratic", "start": (-3.0, 2.0), "lr": 0.1, "steps": 20},
    ),
    "early-rate": Fault(
        symptom="The dot of the learning rate runs ahead of its line: every change of the rate comes one step "
        "early.",
        right="lr = schedule(step, loss.item())",
        wrong="lr = schedule(step + 1, loss.item())",
        lesson="The schedule counts from 0, as the loop does: step 0 is taken at the full rate, and a rate that "
        "halves every 5 steps halves before step 5, not before step 4.",
        params={"surface": "quadratic", "start": (-3.0, 2.0), "lr": 0.4, "steps": 20, "schedule": "step", "every": 5},
    ),
    "same-noise": Fault(
        symptom="The noise does not rattle it to and fro: it settles, but away from the minimum, where f is not "
        "least.",
        right=NOISE,
        wrong="""            gradient = gradient + jitter[0]
            #> Jitter makes it ({gradient[0]:.4g}, {gradient[1]:.4g}).""",
        lesson="Noise is drawn anew for every step, so that it averages out. One and the same error in every "
        "gradient is a slope of its own: the path comes to rest where gradient and error cancel.",
        params={"surface": "quadratic", "start": (-3.0, 2.0), "lr": 0.2, "steps": 40, "jitter": 1.0},
    ),
    "equal-steps": Fault(
        symptom="All steps are equally long, steep or flat: near the minimum it jumps to and fro and never comes to"
        " rest.",
        right=STEP,
        wrong="""        point = point - lr * gradient / gradient.norm()
        #> Against it, at lr = {lr:.4g}: to ({point[0]:.4g}, {point[1]:.4g}).""",
        lesson="The step is lr times the gradient, so it shrinks by itself as the slope does. Divided by the "
        "gradient's length every step is lr long: lr would have to shrink instead.",
        params={"surface": "quadratic", "start": (-3.0, 2.0), "lr": 0.5, "curvature_y": 1.5, "steps": 20},
    ),
}  # fmt: skip

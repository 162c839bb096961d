"""Mistakes to find in box coding: those of textbooks and notes, and those that people make when they write it."""

from __future__ import annotations

from scenes.scene import Fault

ENCODE = {"way": "encode"}
OFFSETS = {"view": "offsets"}
KMEANS = {"view": "kmeans"}

FAULTS: dict[str, Fault] = {
    "cell-left": Fault(
        symptom="The centre of the decoded box leaves its cell, and the dots of x and y lie off the curve.",
        right="torch.sigmoid(t[..., :2])\n    #> The sigmoid turns tx, ty",
        wrong="t[..., :2]\n    #> Turn tx, ty",
        lesson="The part of the cell is σ(t), between 0 and 1 for every t; t itself has no bounds, and a centre that "
        "leaves its cell makes training unstable: bx = (σ(tx) + cx) · s.",
    ),
    "corner": Fault(
        symptom="Whatever tx and ty are, the centre sits in the lower right corner of its cell.",
        right="    offset = torch.sigmoid(t[..., :2])\n",
        wrong="    offset = torch.sigmoid(t[..., :2] + cells)\n",
        lesson="The cell is added after the sigmoid, not inside of it: σ(tx + cx) is nearly 1 for every cell but the "
        "first ones, and says nothing about tx any more. It is bx = (σ(tx) + cx) · s.",
    ),
    "wrong-unit": Fault(
        symptom="The decoded box lies near the upper left corner of the picture, far from its cell.",
        right="    centre = (offset + cells) * stride\n",
        wrong="    centre = offset * stride + cells\n",
        lesson="σ(t) and the cell are both counted in cells, and both become pixels by the stride: (σ(tx) + cx) · s. "
        "Added to pixels, cell 13 is but 13 pixels.",
    ),
    "straight": Fault(
        symptom="The dots of w and h lie off the curve, and the box has a width below 0.",
        right="""    scale = torch.exp(t[..., 2:])
    #> e to the power of tw, th = {t[2]:.3g}, {t[3]:.3g} is {scale[0]:.3f} and {scale[1]:.3f}: always above 0.""",
        wrong="""    scale = 1 + t[..., 2:]
    #> Of tw, th = {t[2]:.3g}, {t[3]:.3g} come the factors {scale[0]:.3f} and {scale[1]:.3f}.""",
        lesson="The prior's sides are multiplied by e^t, which is above 0 for every t. 1 + t is its tangent at 0: "
        "near enough for small t, but it turns negative below −1.",
        params={"tw": -1.3, "th": 1.2},
    ),
    "no-logit": Fault(
        symptom="The rings lie off the sigmoid. Decoded again, the true box comes out somewhere else.",
        right="""    position = torch.logit(offset)
    #> That is what the sigmoid must give. Its inverse, the logit, is tx, ty = {position[0]:.3f}, {position[1]:.3f}.""",
        wrong="""    position = offset
    #> So the two numbers for the centre are tx, ty = {position[0]:.3f}, {position[1]:.3f}.""",
        lesson="gx / s − cx is the target of σ(tx), not of tx; tx is its logit. Else decoding what was encoded does "
        "not give the box back. Some notes have it so; Darknet compares it with the sigmoid, which is right too.",
        params=ENCODE,
    ),
    "mirrored": Fault(
        symptom="A box left of its cell's middle gets a positive tx: both rings lie mirrored beside the sigmoid.",
        right="    position = torch.logit(offset)\n",
        wrong="    position = torch.log((1 - offset) / offset)\n",
        lesson="The inverse of the sigmoid is ln(p / (1 − p)); ln((1 − p) / p) is its negative. At p = 0.5 both are 0, "
        "so a test with a box in the middle of its cell does not find it.",
        params=ENCODE,
    ),
    "no-log": Fault(
        symptom="The true box is as high as the prior, and yet th is 1.011; no ring lies on the exponential.",
        right="""    return torch.cat([position, torch.log(ratio)], -1)
    #> The logarithms of these are tw, th = {result[2]:.3f}, {result[3]:.3f}.""",
        wrong="""    return torch.cat([position, ratio], -1)
    #> That makes tw, th = {result[2]:.3f}, {result[3]:.3f}.""",
        lesson="Decoding multiplies the prior by e^tw; so tw is the logarithm of the ratio, ln(gw / pw), and 0 where "
        "the prior fits. The ratio itself would be taken to the power of e once more.",
        params=ENCODE,
    ),
    "own-measure": Fault(
        symptom="The true box stands well to the right of the proposal, and yet its ring of tx is almost at 0.",
        right="""    t_true = offsets(target, proposal)
    #> From the proposal to the true box: t* = {", ".join(f"{v:.3f}" for v in t_true)}.""",
        wrong="""    t_true = offsets(target, pred)
    #> To the true box: t* = {", ".join(f"{v:.3f}" for v in t_true)}.""",
        lesson="Both sets of offsets are measured from the proposal: t from it to the predicted box, t* from it to the "
        "true one. A target that moves with the prediction cannot be learnt.",
        params=OFFSETS,
    ),
    "negative-loss": Fault(
        symptom="Small differences to the left have terms below 0, and the sum is less than its parts.",
        right="    return torch.where(far < beta, far**2 / (2 * beta), far - beta / 2)",
        wrong="    return torch.where(far < beta, difference * far / (2 * beta), far - beta / 2)",
        lesson="Smooth L1 is d² / (2β) near 0, the same to both sides, with the slope d / β. With d·|d| the slope is "
        "−d / β on the left, as some notes print it: descent runs away from the target there.",
        params=OFFSETS,
    ),
    "large-first": Fault(
        symptom="The centres gather among the large boxes, and the small third is served badly.",
        right="        before, gap = nearest, distances(sizes, centres, distance)\n",
        wrong='        before, gap = nearest, distances(sizes, centres, "euclidean")\n',
        lesson="For priors the distance is 1 − IoU. By Euclidean distance ten pixels count the same on a box of 20 as "
        "on one of 300; by IoU they do not.",
        params=KMEANS,
    ),
    "too-soon": Fault(
        symptom="The run ends after its second assignment, though sizes have just changed their centres.",
        right="        if torch.equal(nearest, before):\n",
        wrong="        if (nearest == before).any():\n",
        lesson="It is over when no size changes its centre any more: all must be as before, not some.",
        params=KMEANS,
    ),
    "rivals": Fault(
        symptom="Person and woman both hold, but neither is above 0.61 any more: the bars of σ add up to 1.",
        right="torch.sigmoid(logits)\n    #> Each class has a sigmoid of its own:",
        wrong="torch.softmax(logits, 0)\n    #> The classes have",
        lesson="YOLOv3 asks for each class by itself, with a sigmoid: several may hold at once. A softmax shares out 1 "
        "between them, as if only one could.",
        params={"view": "classes"},
    ),
}

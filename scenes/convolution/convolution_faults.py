"""Mistakes in a convolution that people make, to be found by stepping."""

from __future__ import annotations

from scenes.scene import Fault

STEP = {"stride": 2, "padding": 0, "dilation": 1}

FAULTS = {
    "span": Fault(
        symptom="With dilation 2 the output has fewer rows and columns than the windows that would fit: the last ones "
        "are missing.",
        right="span = dilation * (kernel - 1) + 1",
        wrong="span = dilation * kernel",
        lesson="Between F cells lie F - 1 gaps, so a dilated kernel spans D(F - 1) + 1 cells; D times F counts a gap "
        "behind the last cell too.",
        params={"dilation": 2, "padding": 0, "stride": 1},
    ),
    "padding-once": Fault(
        symptom="With padding the output is narrower than it is high, though the input is square.",
        right="(width + 2 * padding - span)",
        wrong="(width + padding - span)",
        lesson="The padding stands on both sides of the input: it adds 2P to a side's length, N + 2P.",
        params={"padding": 1, "stride": 1},
    ),
    "round": Fault(
        symptom="Where the steps do not fit exactly the run breaks off: the last window reaches out of the padded "
        "input.",
        right="rows = (height + 2 * padding - span) // stride + 1",
        wrong="rows = round((height + 2 * padding - span) / stride) + 1",
        lesson="Only whole windows count, so the division is rounded down: 54.25 windows are 54, and 54.75 would be "
        "54 too.",
        params={"stride": 3, "padding": 2, "kernel": 3},
    ),
    "one-stride": Fault(
        symptom="With stride 2 every row of the output is taken from the left half of the input; edges in the right "
        "half are not in it.",
        right="j * stride + v * dilation",
        wrong="j + v * dilation",
        lesson="The kernel moves by S along both axes: window (i, j) begins at row i S and at column j S.",
        params=STEP,
    ),
    "first-channel": Fault(
        symptom="With several input channels the output is the same whatever stands in all but the first of them.",
        right="float(padded[c, i * stride",
        wrong="float(padded[0, i * stride",
        lesson="Each layer of the kernel lies on the input channel of its own number; the sum goes over all c.",
        preset="channels",
    ),
    "turned": Fault(
        symptom="A kernel for edges gives every edge the other sign: light on the right is told as light on the left.",
        right="float(weight[o, c, u, v])",
        wrong="float(weight[o, c, kernel - 1 - u, kernel - 1 - v])",
        lesson="Networks lay the kernel on the input as it is (cross-correlation); the convolution of signal "
        "processing turns it by half a turn first.",
        preset="edge",
    ),
    "bias-each-time": Fault(
        symptom="The second output, with a bias of 1, comes out 27 too large everywhere; the first, with a bias of "
        "0, is right.",
        right="total + value * factor, taps + 1",
        wrong="total + value * factor + float(bias[o]), taps + 1",
        lesson="The bias is added once to each sum, where it begins, and not with every product.",
        preset="channels",
    ),
    "transposed": Fault(
        symptom="The output is mirrored at its diagonal: rows stand where columns belong.",
        right="output[o, i, j] = total",
        wrong="output[o, j, i] = total",
        lesson="The first index is the row, the second the column: window (i, j) is cell (i, j) of the output.",
    ),
}  # fmt: skip

"""Mistakes in the walk through a network that people make, to be found by stepping."""

from __future__ import annotations

from scenes.scene import Fault

WIDEST = """left = min(starts[j] - fields[j] / 2 for j in read)
            right = max(starts[j] + fields[j] / 2 for j in read)"""
LAST = """left = starts[read[-1]] - fields[read[-1]] / 2
            right = starts[read[-1]] + fields[read[-1]] / 2"""

FAULTS = {
    "jump-forgotten": Fault(
        symptom="Behind a stride the fields stay far too small: pool5 of AlexNet sees 27 pixels, and not 195.",
        right="field = fields[i] + d * (k - 1) * jumps[i]",
        wrong="field = fields[i] + d * (k - 1)",
        lesson="A window reaches over units that lie a jump apart: the field grows by d(k - 1) times the jump of the "
        "layer that it reads.",
        preset="alexnet",
    ),
    "jump-added": Fault(
        symptom="After several strides of 2 neighbours stand too near to each other: 2, 3, 4 and 5 px apart, and not "
        "2, 4, 8 and 16.",
        right="jump = jumps[i] * s",
        wrong="jump = jumps[i] + s - 1",
        lesson="A step over s units that are a jump apart is s times the jump: strides multiply.",
        preset="vgg16",
    ),
    "start-without-padding": Fault(
        symptom="In networks with padding the cone leans: the first unit of each layer looks further right than that "
        "of the layer before.",
        right="start = starts[i] + (d * (k - 1) / 2 - p) * jumps[i]",
        wrong="start = starts[i] + d * (k - 1) / 2 * jumps[i]",
        lesson="Padding begins the first window p units before the input does: its middle lies at d(k - 1)/2 - p.",
        preset="dilated",
    ),
    "padding-once": Fault(
        symptom="Layers that should keep their size lose a unit each.",
        right="length = (sizes[i] + 2 * p - d * (k - 1) - 1) // s + 1",
        wrong="length = (sizes[i] + p - d * (k - 1) - 1) // s + 1",
        lesson="The padding stands on both sides: a layer reads N + 2P cells along a side.",
        preset="vgg16",
    ),
    "round": Fault(
        symptom="Where a division is not exact a layer has one unit too many: one whose window reaches past the end.",
        right="length = (sizes[i] + 2 * p - d * (k - 1) - 1) // s + 1",
        wrong="length = round((sizes[i] + 2 * p - d * (k - 1) - 1) / s) + 1",
        lesson="Only whole windows count: the division by the stride is rounded down.",
        preset="resnet18",
    ),
    "dilated-window": Fault(
        symptom="With dilation the fields are too large: windows of 3 with dilation 1, 2, 4 and 8 see 42 pixels, and "
        "not 31.",
        right="field = fields[i] + d * (k - 1) * jumps[i]",
        wrong="field = fields[i] + (d * k - 1) * jumps[i]",
        lesson="Between k cells lie k - 1 gaps of d: from the first to the last it is d(k - 1), and not d k - 1.",
        preset="dilated",
    ),
    "last-branch": Fault(
        symptom="A join of several branches sees less than the widest of them: in the network with branches 7 pixels, "
        "and not 11.",
        right=WIDEST,
        wrong=LAST,
        lesson="A join depends on all that any of its branches depends on: from the leftmost edge to the rightmost, "
        "whichever branch comes last.",
        preset="branches",
    ),
}

"""Mistakes that are made in pooling, to be found by what they do to the grids."""

from __future__ import annotations

from scenes.scene import Fault

IF_LARGER = """            if winner < 0 or value > best or math.isnan(value):
                #> {f"{value:g} is the first." if winner < 0 else f"{value:g} against {best:g}: "
                #> + ("larger, it leads now." if not value <= best else "not larger, the leader stays.")}
"""
IF_NOT_LESS = """            if winner < 0 or value >= best or math.isnan(value):
                #> {f"{value:g} is the first." if winner < 0 else f"{value:g} against {best:g}: "
                #> + ("it leads now." if not value < best else "the leader stays.")}
"""

FAULTS = {
    "from-zero": Fault(
        symptom="Where all numbers of a window are below 0, the output is 0.",
        right="        best, winner = -math.inf, -1\n",
        wrong="        best, winner = 0.0, 0\n",
        lesson="A maximum begins at -∞, below every number. Begun at 0 it is max(0, x): negative windows are lost.",
        params={"show": "forward"}, preset="negative",
    ),
    "last-of-equals": Fault(
        symptom="Of equal numbers the lead goes on to the next one, and stays with the last.",
        right=IF_LARGER,
        wrong=IF_NOT_LESS,
        lesson="Only a larger number takes the lead (>): of equals the first wins, and gets the gradient, as in torch.",
        params={"show": "forward"}, preset="ties",
    ),
    "size-for-stride": Fault(
        symptom="The windows read too few cells, lie apart and do not overlap.",
        right='''        rows_read = reached(i * stride - padding, size, dilation, height)
        columns_read = reached(j * stride - padding, size, dilation, width)
''',
        wrong='''        rows_read = reached(i * size - padding, stride, dilation, height)
        columns_read = reached(j * size - padding, stride, dilation, width)
''',
        lesson="Stride leads from window to window, size is how much one reads: window i begins at i · S - P.",
        params={"show": "forward"}, preset="alexnet",
    ),
    "one-window-too-many": Fault(
        symptom="Along both sides there is one window more than the output has room for, and it reads no cell.",
        right="    if ceil_mode and (count - 1) * stride >= length + padding:\n",
        wrong="    if ceil_mode and (count - 1) * stride >= length + 2 * padding:\n",
        lesson="A last window must begin in the input or its left padding. One that begins in the padding on the right "
        "would see nothing.",
        params={"show": "forward", "padding": 1, "ceil_mode": True}, preset="ceil",
    ),
    "padding-counts": Fault(
        symptom="The rim of the output is darker, though the padding is not to count.",
        right='''        divisor = counted_length(top, size, height, padding, count_include_pad)
        divisor *= counted_length(left, size, width, padding, count_include_pad)
        output[i, j]''',
        wrong='''        divisor = size
        divisor *= size
        output[i, j]''',
        lesson="Without its padding a window at the rim has fewer than F² cells, and its sum is divided by as many.",
        params={"mode": "average", "show": "forward", "count_include_pad": False}, preset="no-padding",
    ),
    "only-the-last": Fault(
        symptom="A peak that wins several windows ends with the gradient of one.",
        right="            grad_input[row, column] += grad_output[i, j]\n",
        wrong="            grad_input[row, column] = grad_output[i, j]\n",
        lesson="A cell that wins several windows moves all their outputs: its gradients add up (+=).",
        preset="alexnet",
    ),
    "not-shared": Fault(
        symptom="More gradient goes out to the cells than came in from above.",
        right='''        share = grad_output[i, j] / divisor
        #> Window ({i}, {j}) divided by {divisor}: each of its cells gets {grad_output[i, j]:g} / {divisor} = {share:g}.
''',
        wrong='''        share = grad_output[i, j] / 1
        #> Window ({i}, {j}) has {grad_output[i, j]:g} to hand back: each of its cells gets {share:g}.
''',
        lesson="In a mean each cell counts 1/n, so each gets g/n of the gradient: what goes out is what came in.",
        params={"mode": "average"},
    ),
}  # fmt: skip

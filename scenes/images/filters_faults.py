"""Mistakes that are made in filters, to be found by what they do to the picture."""

from __future__ import annotations

from scenes.scene import Fault

SUMS = """            gx += smooth[i] * difference[j] * value
            gy += difference[i] * smooth[j] * value
            #> {value:.0f} counts {smooth[i] * difference[j]:+d} times for gx, now {gx:.0f},
            #> and {difference[i] * smooth[j]:+d} times for gy, now {gy:.0f}.
"""
SWAPPED = """            gx += difference[i] * smooth[j] * value
            gy += smooth[i] * difference[j] * value
            #> {value:.0f} counts {difference[i] * smooth[j]:+d} times for gx, now {gx:.0f},
            #> and {smooth[i] * difference[j]:+d} times for gy, now {gy:.0f}.
"""

FAULTS = {
    "undivided": Fault(
        symptom="The output is brighter than the brightest pixel of its window.",
        right='''    return total / size**2
    #> The sum of all {size * size} values, {total:.0f}, divided by {size * size}: {result:.1f}.
''',
        wrong='''    return total / size
    #> The sum of all values is {total:.0f}, and the output {result:.1f}.
''',
        lesson="A window of k × k holds k² values: their mean is the sum divided by k², not by k.",
        params={"filter": "mean", "size": 3},
    ),
    "narrow-bell": Fault(
        symptom="The blur is weaker than sigma promises: the middle of the kernel weighs too much.",
        right='''    bell = torch.exp(-(distance**2) / (2 * sigma**2))
    #> A bell over the distance d from the centre: exp(-d² / (2 · {sigma:g}²)).
''',
        wrong='''    bell = torch.exp(-(distance**2) / sigma**2)
    #> A bell over the distance d from the centre, as wide as sigma = {sigma:g} says.
''',
        lesson="The bell is exp(-d² / 2σ²). Without the 2 its width is σ/√2, and it is no bell of this sigma.",
        params={"filter": "gaussian", "size": 9, "sigma": 2.0, "noise": "none"},
    ),
    "not-normalised": Fault(
        symptom="Flat parts of the picture come out many times too bright.",
        right='''    bell = bell / bell.sum()
    #> Divided by their sum the weights add up to 1; the middle one is {bell[reach]:.3f}.
''',
        wrong='''    bell = bell / bell.max()
    #> The weights are scaled; the middle one is {bell[reach]:.3f}.
''',
        lesson="Weights that sum to 1 keep the brightness: they are divided by their sum, not by the largest.",
        params={"filter": "gaussian", "size": 5, "sigma": 1.0, "noise": "none"},
    ),
    "not-sorted": Fault(
        symptom="The steps of the staircase go up and down, and some specks come through.",
        right='''            insort(values, value)
            #> {value:.0f} takes its place among the values sorted so far: {len(values)} of {size * size}.
''',
        wrong='''            values.append(value)
            #> {value:.0f} is taken in: {len(values)} of {size * size}.
''',
        lesson="The middle of a list means nothing before the list is sorted: unsorted, it is just the pixel itself.",
        params={"filter": "median", "size": 5},
    ),
    "not-the-middle": Fault(
        symptom="The output is darker than nearly all of its window, and dark specks grow.",
        right='''    return values[len(values) // 2]
    #> Of {len(values)} sorted values number {len(values) // 2 + 1} is in the middle: {result:.0f}.
''',
        wrong='''    return values[size // 2]
    #> {len(values)} values are sorted, and {result:.0f} is handed on.
''',
        lesson="Of k² sorted values the middle one has the index k² // 2. Index k // 2 is near the darkest.",
        params={"filter": "median", "size": 5},
    ),
    "swapped": Fault(
        symptom="At an upright edge the arrow points up or down, along the edge instead of across it.",
        right=SUMS,
        wrong=SWAPPED,
        lesson="gx is the change from column to column: it takes the difference over j and smooths over i.",
        params={"filter": "sobel"}, preset="gx",
    ),
    "sum-of-sides": Fault(
        symptom="Edges that run aslant come out stronger than upright ones of the same contrast.",
        right="    magnitude = math.hypot(gx, gy)\n",
        wrong="    magnitude = abs(gx) + abs(gy)\n",
        lesson="The length of an arrow is √(gx² + gy²). The sum of its sides is up to √2 times as much, on the slant.",
        params={"filter": "sobel", "sobel_view": "magnitude"}, preset="direction",
    ),
    "half-the-wheel": Fault(
        symptom="Edges from dark to bright and from bright to dark get the same direction.",
        right="    direction = math.atan2(gy, gx)\n",
        wrong="    direction = math.atan(gy / gx) if gx else 0.0\n",
        lesson="gy / gx is the same for (1, 1) and (-1, -1): atan knows half of the directions, atan2 all of them.",
        params={"filter": "sobel", "sobel_view": "direction"}, preset="direction",
    ),
    "flipped": Fault(
        symptom="The light falls from the opposite corner: a pixel meets a weight that does not lie on it.",
        right="            weight = float(kernel[i, j])\n",
        wrong="            weight = float(kernel[size - 1 - i, size - 1 - j])\n",
        lesson="That is a convolution: it turns the kernel by half a turn. In a correlation the kernel lies as it is.",
        params={"filter": "custom", "size": 3}, preset="emboss",
    ),
    "edge-twice": Fault(
        symptom="Beyond the border the pixel at the edge stands a second time.",
        right='''    turn = max(2 * (length - 1), 1)  # reflect: ... c b | a b c | b a ...
    return min(index % turn, -index % turn)
''',
        wrong='''    turn = 2 * length
    return min(index % turn, (-1 - index) % turn)
''',
        lesson="Reflect mirrors at the edge pixel and does not repeat it: its period is 2 (n - 1), symmetric has 2 n.",
        params={"border": "reflect"}, preset="mirror",
    ),
}  # fmt: skip

"""Plausible wrong implementations are caught with a small case, right ones agree; each in a sentence that says it."""

import json
import threading
from dataclasses import replace

import pytest
import torch

from scenes import contents
from scenes.workbench.checking import Stopped, check
from scenes.workbench.code import BadCode
from scenes.workbench.messages import Limits

IOU = """
def iou(a, b):
    across = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    down = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    shared = across * down
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)
"""
NMS = (
    IOU
    + """
def nms(boxes, scores, labels, iou_threshold, score_threshold):
    order = sorted((i for i in range(len(scores)) if scores[i] > score_threshold), key=lambda i: -scores[i])
    keep = []
    while order:
        best = order.pop(0)
        keep.append(best)
        order = [i for i in order if labels[i] != labels[best] or iou(boxes[best], boxes[i]) <= iou_threshold]
    return keep
"""
)
TORCH_NMS = """
import torch
from engine.detection.boxes import box_iou

def nms(boxes, scores, labels, iou_threshold, score_threshold, overlap_of=box_iou):
    order = scores.argsort(descending=True, stable=True)
    order = order[scores[order] > score_threshold]
    keep = []
    while len(order) > 0:
        best, rest = order[0], order[1:]
        keep.append(best)
        overlap = overlap_of(boxes[best], boxes[rest])
        gone = (labels[rest] == labels[best]) & (overlap > iou_threshold)
        order = rest[~gone]
    return torch.tensor(keep)
"""
IOU_LOSS = """
import torch

def iou_loss(pred, target):
    sides = (torch.minimum(pred[2:], target[2:]) - torch.maximum(pred[:2], target[:2])).clamp(min=0)
    shared = sides[0] * sides[1]
    union = (pred[2] - pred[0]) * (pred[3] - pred[1]) + (target[2] - target[0]) * (target[3] - target[1]) - shared
    return 1 - shared / union
"""
MAX_POOL = """
import torch

def max_pool(input, size, stride, padding):
    height, width = input.shape
    rows, columns = (height + 2 * padding - size) // stride + 1, (width + 2 * padding - size) // stride + 1
    output = torch.zeros(rows, columns)
    indices = torch.zeros(rows, columns, dtype=torch.int64)
    for i in range(rows):
        for j in range(columns):
            best = float("-inf")
            for row in range(i * stride - padding, i * stride - padding + size):
                for column in range(j * stride - padding, j * stride - padding + size):
                    if 0 <= row < height and 0 <= column < width and input[row, column] > best:
                        best = float(input[row, column])
                        indices[i, j] = row * width + column
            output[i, j] = best
    return output, indices
"""
AVERAGE_POOL = """
import torch.nn.functional as F

def average_pool(input, size, stride, padding, count_include_pad):
    return F.avg_pool2d(input[None, None], size, stride, padding, count_include_pad=count_include_pad)[0, 0]
"""
MEDIAN = """
import torch
import torch.nn.functional as F

def median_at(image, row, column, size):
    reach = size // 2
    rows = [min(max(row + d, 0), image.shape[0] - 1) for d in range(-reach, reach + 1)]
    columns = [min(max(column + d, 0), image.shape[1] - 1) for d in range(-reach, reach + 1)]
    return image[rows][:, columns].median().item()
"""
FIELD = """
def receptive_field(kernels, strides, paddings, dilations, reads, size):
    sizes, jumps, starts, fields = [size], [1], [0.5], [1]
    for k, s, p, d, read in zip(kernels, strides, paddings, dilations, reads):
        i = read[0]
        if len(read) > 1:
            left = min(starts[j] - fields[j] / 2 for j in read)
            right = max(starts[j] + fields[j] / 2 for j in read)
            sizes.append(sizes[i]); jumps.append(jumps[i])
            starts.append((left + right) / 2); fields.append(int(right - left))
            continue
        fields.append(fields[i] + d * (k - 1) * jumps[i])
        starts.append(starts[i] + (d * (k - 1) / 2 - p) * jumps[i])
        jumps.append(jumps[i] * s)
        sizes.append((sizes[i] + 2 * p - d * (k - 1) - 1) // s + 1)
    return sizes, jumps, starts, fields
"""

FORWARD = {"show": "forward"}
RIGHT = {
    "nms": ("nms", {}, NMS),
    "nms in torch": ("nms", {}, TORCH_NMS),
    "nms of torchvision's kind": (
        "nms", {"per_class": False},
        NMS.replace(", labels, iou_threshold, score_threshold", ", iou_threshold")
        .replace("labels[i] != labels[best] or ", "").replace("if scores[i] > score_threshold", ""),
    ),
    "iou": ("iou", {}, IOU_LOSS),
    "max pooling": ("pooling", FORWARD, MAX_POOL),
    "average pooling": ("pooling", {**FORWARD, "mode": "average"}, AVERAGE_POOL),
    "median": ("filters", {"filter": "median", "border": "edge"}, MEDIAN),
    "receptive field": ("receptive-field", {}, FIELD),
}  # fmt: skip
WRONG = {
    "nms: widths with +1": ("nms", {}, NMS, "a[2], b[2])", "a[2], b[2]) + 1", 2),
    "nms: union with x2 - x1 swapped": ("nms", {}, NMS, "(a[2] - a[0])", "(a[0] - a[2])", 2),
    "nms: union without taking off what is shared": ("nms", {}, NMS, " - shared)", ")", 2),
    "nms: overlap below 0": ("nms", {}, NMS, "max(0, min", "(min", 3),
    "nms: >= for >": ("nms", {}, NMS, "<= iou_threshold", "< iou_threshold", 2),
    "nms: the wrong sign": ("nms", {}, NMS, "<= iou_threshold", "> iou_threshold", 2),
    "nms: not sorted": ("nms", {}, NMS, ", key=lambda i: -scores[i]", "", 2),
    "nms: lowest first": ("nms", {}, NMS, "-scores[i]", "scores[i]", 2),
    "nms: ties the other way round": ("nms", {}, NMS, "-scores[i])", "(-scores[i], -i))", 2),
    "nms: all classes compete": ("nms", {}, NMS, "labels[i] != labels[best] or ", "", 2),
    "nms: keeps boxes below the score": ("nms", {}, NMS, "scores[i] > score_threshold", "True", 1),
    "nms: keeps a box at the score": ("nms", {}, NMS, "> score_threshold", ">= score_threshold", 1),
    "nms: keeps one only": ("nms", {}, NMS, "    return keep", "        return keep", 2),
    "nms: boxes, not places": ("nms", {}, NMS, "return keep", "return boxes[keep]", 1),
    "nms: returns nothing": ("nms", {}, NMS, "return keep", "keep.sort()", 1),
    "nms: the first only, by >": ("nms", {}, TORCH_NMS, "order[1:]", "order[2:]", 2),
    "nms: fails on nothing": ("nms", {}, NMS, "keep = []", "keep = []; scores.max()", 0),
    "nms: endless": ("nms", {}, NMS, "order.pop(0)", "order[0]; order = order + [best]", 6),
    "iou: the wrong sign": ("iou", {}, IOU_LOSS, "1 - shared", "1 + shared", None),
    "iou: sides below 0": ("iou", {}, IOU_LOSS, ".clamp(min=0)", "", None),
    "iou: +1": ("iou", {}, IOU_LOSS, "(pred[2] - pred[0])", "(pred[2] - pred[0] + 1)", None),
    "pooling: begins at 0": ("pooling", FORWARD, MAX_POOL, 'float("-inf")', "0.0", None),
    "pooling: the last of equals": ("pooling", FORWARD, MAX_POOL, "> best", ">= best", None),
    "pooling: stride is size": ("pooling", FORWARD, MAX_POOL, "j * stride - padding", "j * size - padding", None),
    "pooling: height for width": ("pooling", FORWARD, MAX_POOL, "row * width", "row * height", None),
    "pooling: padding counts": (
        "pooling", {**FORWARD, "mode": "average"}, AVERAGE_POOL, "=count_include_pad", "=True", None,
    ),
    "median: the mean": ("filters", {"filter": "median", "border": "edge"}, MEDIAN, "median()", "mean()", None),
    "median: rows for columns": (
        "filters", {"filter": "median", "border": "edge"}, MEDIAN, "image.shape[1]", "image.shape[0]", None,
    ),
    "receptive field: dilation is forgotten": ("receptive-field", {}, FIELD, "+ d * (k - 1) * j", "+ (k - 1) * j", 1),
    "receptive field: the jump is added": ("receptive-field", {}, FIELD, "jumps[i] * s)", "jumps[i] + s)", 1),
    "receptive field: the jump after": ("receptive-field", {}, FIELD, "1) * jumps[i])", "1) * jumps[i] * s)", 1),
}  # fmt: skip


def state_of(key, changes):
    scene = contents.load(key)
    opening = scene.opening()
    return scene, replace(opening, params=replace(opening.params, **changes))


def checked(bench, key, code, changes=None, **more):
    return check(*state_of(key, changes or {}), code, bench, **more)


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_function_agrees(bench, name):
    key, changes, code = RIGHT[name]
    verdict = checked(bench, key, code, changes)
    assert verdict.agrees, verdict.sentence
    assert verdict.cases == 300
    assert verdict.as_data()["agrees"] is True


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_function_is_caught_with_a_small_case(bench, name):
    key, changes, code, right, wrong, size = WRONG[name]
    assert right in code
    verdict = checked(bench, key, code.replace(right, wrong), changes)
    assert not verdict.agrees
    data = json.loads(json.dumps(verdict.as_data(), allow_nan=False))
    assert data["agrees"] is False
    assert verdict.sentence.startswith("Your ")
    first = next(iter(data["inputs"].values()))
    if size is None:
        assert len(torch.tensor(first).flatten()) <= 16
    else:
        assert len(first) <= size


def test_the_sentence_names_the_boxes_and_what_came_of_them(bench):
    verdict = checked(bench, "nms", NMS.replace("<= iou_threshold", "> iou_threshold"))
    assert verdict.sentence.startswith(
        "Your nms differs on these 2 boxes: it returns [0, 1], the engine [0]."
    )
    data = verdict.as_data()
    assert data["expected"] == [0]
    assert data["got"] == [0, 1]
    assert data["inputs"]["boxes"] == [[0, 0, 1, 1], [0, 0, 1, 1]]


def test_the_runs_are_compared_at_the_first_step_that_differs(bench):
    verdict = checked(bench, "nms", TORCH_NMS.replace("overlap > iou", "overlap >= iou"))
    step = verdict.as_data()["step"]
    assert step["variable"] == "gone"
    assert step["yours"]["text"] == "gone = (labels[rest] == labels[best]) & (overlap >= iou_threshold)"
    assert (step["yours"]["value"], step["engine"]["value"]) == ([True], [False])
    assert f"The runs part at gone, on line {step['yours']['line']}." in verdict.sentence
    assert verdict.yours is not None
    assert verdict.yours.frames[step["yours"]["step"] - 1].text == step["yours"]["text"]


def test_an_error_is_told_with_its_line_and_a_case_without_boxes(bench):
    verdict = checked(bench, "nms", "def nms(boxes, scores):\n    scores.max()\n")
    assert verdict.sentence.startswith(
        "Your nms fails when there are no boxes, on line 2: RuntimeError: max()"
    )
    assert verdict.as_data()["line"] == 2


def test_an_endless_case_is_made_small_and_told(bench):
    code = NMS.replace("order.pop(0)", "order[0]")  # ends unless the threshold lets a box stay beside itself
    verdict = checked(bench, "nms", code)
    assert verdict.sentence.startswith("Your nms comes to no end on th")
    assert verdict.yours is not None
    assert len(verdict.yours) > 100


@pytest.mark.usefixtures("no_process_is_left")
@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("import os; os._exit(5)", "exit status 5"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("print('x' * 2**21)", "printed more than 1 MB"),
        ("import torch; torch.zeros(10 * 2**28) + 1", "more memory"),
        ("nms(boxes)", "calls itself without end"),
        ("import sys; sys.exit()", "SystemExit"),
    ],
)
def test_hostile_code_is_a_disagreement(bench, line, says):
    code = f"def nms(boxes):\n    if len(boxes) > 1:\n        {line}\n    return list(range(len(boxes)))\n"
    verdict = checked(bench, "nms", code)
    assert not verdict.agrees
    assert says in verdict.sentence
    assert verdict.as_data()["line"] in (2, 3, None)


def test_patched_torch_spoils_no_reference(bench):
    patch = "import torch\ntorch.Tensor.argsort = torch.argsort = torch.maximum = torch.stack = None\n"
    assert checked(bench, "nms", patch + NMS, cases=50).agrees


def test_a_little_printing_in_every_case_is_no_flood(bench):
    assert checked(bench, "nms", NMS.replace("keep = []", "keep = []; print('x' * 100_000)"), cases=50).agrees


def test_changed_arguments_spoil_nothing_and_are_told(bench):
    verdict = checked(
        bench, "nms", NMS.replace("return keep", "boxes += 1; scores.zero_(); return keep"), cases=50
    )
    assert verdict.agrees
    assert "It changes boxes and scores in place" in verdict.sentence


def test_what_the_function_does_not_ask_for_is_told(bench):
    code = NMS.replace("labels, ", "").replace("labels[i] != labels[best] or ", "")
    assert "It does not ask for labels." in checked(bench, "nms", code).sentence


def test_code_that_draws_at_random_is_judged_alike_each_time(bench):
    code = "import random\n" + NMS.replace(
        "return keep", "return keep if random.random() < 0.5 else keep[::-1]"
    )
    verdicts = [checked(bench, "nms", code).as_data() for _ in range(2)]
    assert verdicts[0] == verdicts[1]


def test_code_that_remembers_is_no_trouble(bench):
    code = "calls = []\n" + NMS.replace(
        "return keep", "calls.append(1); return keep if len(calls) < 40 else []"
    )
    verdict = checked(bench, "nms", code)
    assert not verdict.agrees
    assert verdict.smallest is not None


@pytest.mark.parametrize(
    ("code", "says", "line"),
    [
        ("def nms(boxes)\n", "SyntaxError", 1),
        ("def other(boxes): pass\n", "no function nms", 0),
        ("def nms(boxes, foo): pass\n", "nms asks for foo", 1),
        ("1 / 0\n", "ZeroDivisionError", 1),
        ("import os\nos._exit(1)\n", "exit status 1", 2),
        ("while True: pass\n", "ran for more than 1 s", 1),
    ],
)
def test_code_that_cannot_run_is_no_disagreement(bench, code, says, line):
    with pytest.raises(BadCode, match=says) as caught:
        checked(bench, "nms", code, limits=Limits(seconds=1))
    assert caught.value.line == line


@pytest.mark.usefixtures("no_process_is_left")
def test_a_check_can_be_stopped(bench):
    asked = threading.Event()
    code = "import time\n\ndef nms(boxes):\n    time.sleep(60)\n"

    def stop():
        was, _ = asked.is_set(), asked.set()
        return was

    with pytest.raises(Stopped):
        checked(bench, "nms", code, patience=60, stop=stop)


def test_the_verdict_holds_the_state_to_open(bench):
    verdict = checked(bench, "nms", NMS.replace("-scores[i]", "scores[i]"))
    scene, case = contents.load("nms"), verdict.smallest.case
    call = scene.listing(case.params, case.inputs)
    assert call.function(**call.arguments).tolist() == case.expected.tolist()

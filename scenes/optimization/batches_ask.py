"""What the training loop asks before an update: what the gradient of a batch is, and where the step leads."""

from __future__ import annotations

import numpy as np

from engine.trace import Frame, Trace
from scenes.asking import Question
from scenes.optimization.batches_model import Inputs, Params, shown_view, sizes_of
from scenes.optimization.batches_words import MINUS, RUN_OF, number
from scenes.optimization.landing import asked, is_asked_at, of_numbers
from scenes.scene import State


def ask(state: State, trace: Trace, following: Frame) -> Question | None:
    """The question that the line just about to run answers: it finds the gradient of a batch."""
    variables = following.variables
    if "grad_b" not in following.changed or "error" not in variables or "path" not in variables:
        return None
    update = len(variables["path"])
    if not is_asked_at(update):
        return None
    return _gradient(following) if update == 1 else _landing(state.params, state.inputs, following, update)


def _gradient(following: Frame) -> Question | None:
    """The gradient by b of the first batch, from its mean error."""
    variables = following.variables
    error, right = variables["error"], float(variables["grad_b"])
    count, mean = len(error), float(error.mean())
    if count == 1:
        which, wrong = f"The error of this one sample is {number(mean)}", (mean, -right, mean * mean)
    else:
        which, wrong = (
            f"The mean error of these {count} samples is {number(mean)}",
            (count * right, mean, -right),
        )
    reveal = (
        f"2 × {number(mean)} = {number(right)}: each sample's own gradient by b is twice its error, and the batch's is "
        f"their mean, not their sum."
        if count > 1
        else f"2 × {number(mean)} = {number(right)}: the loss of a sample is its error squared."
    )
    return of_numbers(
        f"{which}. What is the gradient of the loss by b?", right, wrong, reveal,
        scale=0.25 * abs(right), number=number,
    )  # fmt: skip


def _landing(params: Params, inputs: Inputs, following: Frame, update: int) -> Question | None:
    """Where the batch's gradient leads: not where that of all samples would."""
    variables = following.variables
    *_, chosen = sizes_of(params, inputs)
    lr, count = float(variables["lr"]), len(variables["batch"])
    before = np.array(variables["path"][-1].tolist())
    gradient = np.array([float(variables["grad_w"]), float(variables["grad_b"])])
    x, y = inputs.points.T
    error = before[0] * x + before[1] - y
    full = 2 * np.array([(error * x).mean(), error.mean()])
    after = before - lr * gradient
    wrong = (
        before - lr * full,
        before + lr * gradient,
        before - lr * count * gradient,
        before - lr * gradient / 2,
    )
    who = (
        "This one sample"
        if count == 1
        else f"All {count} samples"
        if count == len(x)
        else f"These {count} samples"
    )
    goes = "goes" if count == 1 else "go"
    reveal = (
        f"To w = {number(float(after[0]))}, b = {number(float(after[1]))}: {MINUS}{lr:g} times the mean gradient "
        f"({number(float(gradient[0]))}, {number(float(gradient[1]))}); all samples' would be "
        f"({number(float(full[0]))}, {number(float(full[1]))})."
    )
    pairs = [(float(w), float(b)) for w, b in wrong]
    panel = next(key for key, run in RUN_OF.items() if run == chosen)
    return asked(
        f"{who} {goes} into update {update}. Where does it take w and b?", (float(after[0]), float(after[1])), pairs,
        reveal, panel=panel, view=shown_view(inputs), number=number,
    )  # fmt: skip

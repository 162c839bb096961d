"""What is asked while the fields of a network are found, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.trace import Frame, Trace
from scenes.asking import Choice, Question
from scenes.scene import State

MOST = 4  # choices
JOINS = 2  # that are asked about in one network

Seen = Mapping[str, Any]


def ask(state: State, trace: Trace, following: Frame) -> Question | None:
    """How far a unit sees, how far apart neighbours look, how many there are: where it is not the same as before."""
    seen, changed = following.variables, set(following.changed)
    layers = state.inputs.layers
    is_found = "fields" in changed
    number = len(seen.get("fields", ())) - 1 - is_found
    if not 0 <= number < len(layers) or "read" not in seen:
        return None
    name = layers[number].name or f"layer {number}"
    if layers[number].is_join:
        if is_found or "start" not in changed:
            return None
        earlier = sum(one.is_join for one in layers[:number])
        return _of_join(seen, name) if earlier < JOINS else None
    if is_found:
        return _of_size(seen, name)
    if "field" in changed:
        return _of_field(seen, name, number)
    return _of_jump(seen, name) if "jump" in changed else None


def _of_field(seen: Seen, name: str, number: int) -> Question | None:
    """The second layer, those after a stride, and dilated ones."""
    i, k, d = seen["read"][0], seen["k"], seen["d"]
    jump, field, read = seen["jumps"][i], seen["field"], seen["fields"][i]
    new = number == 1 or d > 1 or jump != seen["jumps"][i - 1]
    if k == 1 or not new:
        return None
    wrong = [read + d * (k - 1), read + d * k * jump, read + (k - 1) * jump, k * read, k, d * k]
    return Question(
        text=f"How many pixels wide is the field of a unit of {name}?",
        kind="number", right=(field,), choices=_choices(field, wrong, "px"), scale=max(d * (k - 1) * jump / 2, 1.0),
        reveal=f"{k} units are read, {d * jump} px from one to the next: {k - 1} · {d * jump} more than the "
        f"{read} of one alone, {field}.",
    )  # fmt: skip


def _of_join(seen: Seen, name: str) -> Question | None:
    """A join whose branches do not see equally far."""
    fields = [seen["fields"][j] for j in seen["read"]]
    field = seen["field"]
    wrong = [fields[-1], min(fields), sum(fields), *fields]
    if len(set(fields)) == 1:
        return None
    return Question(
        text=f"{name} joins {len(fields)} branches. How many pixels wide is its field?",
        kind="number", right=(field,), choices=_choices(field, wrong, "px"), scale=1.0,
        reveal=f"Its branches see {', '.join(map(str, fields))} px about the same place: the join sees what any of "
        f"them sees, {field} px.",
    )  # fmt: skip


def _of_jump(seen: Seen, name: str) -> Question | None:
    """A stride upon a stride."""
    s, before, jump = seen["s"], seen["jumps"][seen["read"][0]], seen["jump"]
    if s == 1 or before == 1:
        return None
    return Question(
        text=f"How many pixels apart do neighbouring units of {name} look?",
        kind="number", right=(jump,), choices=_choices(jump, [before + s, s, before, 2 * jump], "px"), scale=1.0,
        reveal=f"They are {s} units apart in what they read, and those {before} px from one to the next: "
        f"{s} · {before} = {jump}.",
    )  # fmt: skip


def _of_size(seen: Seen, name: str) -> Question | None:
    """A division that is not exact."""
    s, length, read = seen["s"], seen["length"], seen["sizes"][seen["read"][0]]
    steps = read + 2 * seen["p"] - seen["d"] * (seen["k"] - 1) - 1
    if not steps % s:
        return None
    wrong = [length + 1, -(-read // s), length - 1, read - seen["k"]]
    return Question(
        text=f"How many units along a side does {name} make of {read}?",
        kind="number", right=(length,), choices=_choices(length, [n for n in wrong if n > 0], ""), scale=1.0,
        reveal=f"{steps} / {s} = {steps / s:g} steps, rounded down to {steps // s}, and the first window: {length}.",
    )  # fmt: skip


def _choices(right: int, wrong: Sequence[int], unit: str) -> tuple[Choice, ...]:
    """The right number and the first few others, in their order."""
    kept = list(dict.fromkeys(n for n in wrong if n != right))[: MOST - 1]
    return tuple(Choice(label=f"{n} {unit}".strip(), answer=n) for n in sorted({right, *kept}))

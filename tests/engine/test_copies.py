"""What a recording holds: every variable as it stood, whatever then happened to it.

It is checked against a second, naive recorder that copies everything after every line.
"""
# ruff: noqa: B007, E701, F841 - functions to be stepped through

import functools
import linecache
import random
import re
import sys
from bisect import insort
from collections import Counter, defaultdict, deque, namedtuple
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from engine import copies
from engine.copies import SMALL
from engine.trace import record

Point = namedtuple("Point", "x y")
LONG = 2 * SMALL + 5


# ---------------------------------------------------------------------------- the naive recorder


def copied(value: Any) -> Any:
    """A copy of everything in a value, with nothing shared and nothing remembered."""
    if isinstance(value, Tensor):
        copy = value.detach().clone()
        copy.grad = None if value.grad_fn or value.grad is None else value.grad.clone()
        return copy
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, list | tuple | deque):
        return [copied(item) for item in value]
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return set(value) if isinstance(value, set) else value


def same(a: Any, b: Any) -> bool:
    """Whether a recorded value is what the naive copy says."""
    if isinstance(b, Tensor):
        if not isinstance(a, Tensor):
            return False
        grads = (a.grad is None) == (b.grad is None) and (b.grad is None or same(a.grad, b.grad))
        return (
            isinstance(a, Tensor) and a.dtype == b.dtype and torch.equal(a.to_dense(), b.to_dense()) and grads
        )
    if isinstance(b, np.ndarray):
        return isinstance(a, np.ndarray) and a.dtype == b.dtype and repr(a) == repr(b)
    if isinstance(b, list):
        return isinstance(a, Sequence) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(b, dict):
        return isinstance(a, Mapping) and list(a) == list(b) and all(same(a[key], b[key]) for key in b)
    if isinstance(b, set):
        return isinstance(a, Set) and a == b
    return type(a) is type(b) and (a == b or not isinstance(a, int | float | str | np.generic))


@dataclass
class Moment:
    """The variables after one line, naively copied, and the names of those that are new or different."""

    variables: dict[str, Any]
    changed: set[str]


def moments(function: Callable[..., Any], *args: Any) -> list[Moment]:
    """What stood after each line of a function that has one statement, and no block to leave, on each line."""
    seen: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def step(frame, event, arg):
        if event in ("line", "return"):
            raw = dict(frame.f_locals)
            seen.append((raw, {name: copied(value) for name, value in raw.items()}))
        return step

    before = sys.gettrace()
    sys.settrace(lambda frame, event, arg: step if frame.f_code is function.__code__ else None)
    try:
        function(*args)
    finally:
        sys.settrace(before)
    found = []
    for (old_raw, old), (raw, now) in pairwise(seen):
        changed = {n for n in raw if n not in old or raw[n] is not old_raw[n] or not same(now[n], old[n])}
        found.append(Moment(now, changed))
    return found


# ---------------------------------------------------------------------------- variables as they stood


def tensor_in_place():
    t = torch.arange(6.0)
    kept = t
    t += 1
    t[2] = 50
    t.mul_(2)
    view = t[3:]
    view.zero_()
    rows = t.view(2, 3)
    rows[0, 0] = -1
    t = t + 0
    torch.neg(t, out=t)
    kept.resize_(3)


def tensor_behind_its_version():
    t = torch.arange(6.0)
    other = t
    t.data -= 1
    t.data[2] = 7
    flat = t.data
    flat += 3
    other.data.zero_()


def tensor_and_array_share_memory():
    t = torch.zeros(4)
    a = t.numpy()
    a[1] = 5
    b = np.zeros(3)
    u = torch.from_numpy(b)
    u += 2
    b[0] = 9
    t[3] = 1


# fmt: off
def gradients():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    for _ in range(3):
        loss = (w * w).sum()
        loss.backward()
        with torch.no_grad(): w -= 0.1 * w.grad
        w.grad.zero_()
    w.grad = None
# fmt: on


def list_short():
    values = []
    alias = values
    values.append(3)
    alias.append(1)
    values.sort()
    values[0] = "one"
    alias += [4, 5]
    del values[1:3]
    values.insert(0, None)
    values = [*values, 2.5]
    alias.clear()


def list_long():
    values = list(range(LONG))
    alias = values
    pair = [values, 0]
    values.append(-1)
    alias.append(-2)
    values[3] = "three"
    values[SMALL] = 0.5
    values.insert(1, "new")
    values.pop()
    values.pop(0)
    pair[0].append(7)
    values.reverse()
    alias.extend(range(SMALL))
    del values[5:SMALL]
    values[SMALL] = float(values[SMALL])
    pair[0][2] = True
    del values[3:]
    values.append(1)


def list_grows():
    keep = []
    twice = []
    for index in range(LONG):
        best = torch.tensor(index)
        keep.append(best)
        twice.append(2 * index)
        twice.append(index)
        if index % 50 == 7:
            best.add_(1000)
        if index == 100:
            keep[3] = keep[4]
            keep[70].neg_()
            keep.append(keep.pop(0))


# fmt: off
def list_grows_in_one_line():
    found = []
    for index in range(3 * SMALL): found.append(index)
    for index in range(3): found.append(found[index])
# fmt: on


def list_sorted_in_place():
    values = []
    for index in range(LONG):
        insort(values, (index * 37) % 101)


def list_behind_a_method():
    stack = list(range(LONG))
    push = stack.append
    push(1)
    push(2)
    take = functools.partial(stack.pop, 0)
    first = take()
    rest = iter(stack)
    stack[0] = first
    first = next(rest)


def list_behind_a_closure():
    seen = list(range(LONG))
    grid = [[0] * LONG for _ in range(3)]

    def visit(index):
        seen[index] = grid[1][index] = "seen"

    visit(3)
    go = visit
    go(5)
    sorted([1, 9], key=lambda index: visit(index) or index)


class Descent:
    def __init__(self, parameters):
        self.parameters = parameters

    @torch.no_grad()
    def step(self):
        for parameter in self.parameters:
            parameter -= parameter.grad


class Pile:
    def __init__(self, items):
        self.items = items

    def put(self, item):
        self.items[2] = item


def list_behind_an_object():
    items = list(range(LONG))
    pile = Pile(items)
    pile.put("x")
    pile.items.append("y")
    put = pile.put
    put("z")


def list_of_lists():
    grid = [[0, 1], [2, 3]]
    row = grid[1]
    row.append(4)
    grid[0][1] = "x"
    grid.append(row)
    row[0] = -1
    wide = [[0] * LONG for _ in range(LONG)]
    wide[70][80] = 1
    line = wide[3]
    line[5] = 2
    wide.pop(0)
    line[6] = 3
    wide[2][SMALL] = 4


def list_of_tensors():
    weights = [torch.full((3,), float(index)) for index in range(LONG)]
    pairs = [(torch.zeros(2), [torch.ones(1)]) for _ in range(3)]
    for weight in weights[60:70]:
        weight.add_(1)
    weight = weights[100][1:]
    weight.zero_()
    torch._foreach_add_(weights, 1)
    weights.pop(0)
    weights[0] += 5
    pairs[1][0].add_(2)
    part = pairs[1][1]
    part[0][0] = 8
    part.append(3)


def list_of_arrays():
    images = [np.full((2, 2), index) for index in range(LONG)]
    first = images[0]
    first[0] = 1
    row = images[70][1]
    row += 4
    images[3] = images[4]
    images[4][:] = 9


def parameters_with_gradients():
    parameters = [torch.ones(2, requires_grad=True) for _ in range(LONG)]
    total = sum(parameter.sum() * (index + 1) for index, parameter in enumerate(parameters))
    total.backward()
    for parameter in parameters[:3]:
        parameter.grad.zero_()
    descent = Descent(parameters)
    descent.step()


def list_in_itself():
    ring = [1]
    ring.append(2)
    length = len(ring)


def dicts():
    counts = {}
    for letter in "abacab":
        counts[letter] = counts.get(letter, 0) + 1
    del counts["b"]
    neighbours = defaultdict(list)
    neighbours[1].append(2)
    neighbours[2].append(torch.zeros(2))
    neighbours[2][0].add_(1)
    parent = {index: index for index in range(LONG)}
    parent[3] = 0
    alias = parent
    alias[LONG] = 1
    parent.pop(0)
    letters = Counter("hello")
    letters.update("low")
    nested = {"a": {"b": [1]}}
    nested["a"]["b"].append(2)
    counts = None


def sets():
    seen = set()
    for index in range(LONG):
        seen.add(index)
    alias = seen
    alias.discard(5)
    seen |= {-1, -2}
    mark = seen.add
    mark("x")
    fixed = frozenset(seen)
    fixed = fixed | {1000}


def queues():
    queue = deque([1, 2, 3], maxlen=4)
    queue.append(4)
    queue.append(5)
    queue.popleft()
    queue.rotate()
    queue = deque(range(LONG))
    queue.popleft()
    queue[70] = "x"


def arrays():
    image = np.arange(12.0).reshape(3, 4)
    row = image[1]
    row[:] = 0
    corner = image[1:, 2:]
    corner += 5
    image *= 2
    flat = image.ravel()
    flat[0] = np.nan
    shuffled = image.T
    shuffled[0, 0] = 3
    words = np.array(["a", None], dtype=object)
    words[1] = "b"
    image.sort()
    scalar = image[0, 0]
    image[0, 0] = scalar + 1


def tuples():
    pair = (torch.zeros(2), [1])
    pair[0].add_(1)
    pair[1].append(2)
    point = Point(3, [4])
    point.y.append(5)
    best = torch.tensor([3.0, 1.0]).max(0)
    best.values.mul_(2)
    plain = tuple(range(LONG))
    long = tuple([index] for index in range(LONG))
    long[3].append("x")
    size = torch.zeros(2, 3).shape


def names_that_go():
    a = [1]
    b = a
    del a
    b.append(2)
    for a in (1, 2):
        pass
    try:
        a / 0
    except ZeroDivisionError as error:
        b = str(error)
    a = b


def other_tensors():
    sparse = torch.eye(3).to_sparse()
    half = torch.ones(2, dtype=torch.bfloat16)
    half += 1
    whole = torch.ones(2, dtype=torch.complex64).conj()
    whole = whole * 1j
    empty = torch.zeros(0, 4)
    parameter = torch.nn.Parameter(torch.ones(2))
    wide = torch.ones(3, 1).expand(3, 1000)
    sparse = sparse.to_dense()


def made_in_inference_mode():
    t = torch.zeros(3)
    t[0] = 1
    several = [torch.zeros(1) for _ in range(LONG)]
    several[2].add_(1)
    t += 1


SAMPLES = [
    tensor_in_place, tensor_behind_its_version, tensor_and_array_share_memory, gradients, list_short, list_long,
    list_grows, list_grows_in_one_line, list_sorted_in_place, list_behind_a_method, list_behind_a_closure,
    list_behind_an_object, list_of_lists, list_of_tensors, list_of_arrays, parameters_with_gradients,
    list_in_itself, dicts, sets, queues, arrays, tuples, names_that_go, other_tensors,
]  # fmt: skip


@pytest.mark.parametrize("function", SAMPLES)
def test_every_variable_as_it_stood(function):
    trace = record(function)
    for frame, moment in zip(trace.frames, moments(function), strict=True):
        assert frame.variables.keys() == moment.variables.keys()
        for name, value in moment.variables.items():
            assert same(frame.variables[name], value), (frame.text, name)
        assert set(frame.changed) == moment.changed, frame.text


def test_what_did_not_change_is_the_very_same_copy():
    trace = record(list_grows)
    for before, after in pairwise(trace.frames):
        for name in after.variables.keys() - set(after.changed):
            assert after.variables[name] is before.variables[name]


def test_a_long_list_is_a_list_to_look_at():
    trace = record(list_sorted_in_place)
    early, late = (trace.frames[n].variables["values"] for n in (2 * SMALL, -1))
    assert 2 <= len(early) < len(late) == LONG
    whole = sorted((index * 37) % 101 for index in range(LONG))
    assert list(late) == whole
    assert late == whole
    assert late != early
    assert repr(late) == repr(whole)
    assert (late[0], late[-1], late[SMALL]) == (whole[0], whole[-1], whole[SMALL])
    assert late[3:LONG:7] == whole[3:LONG:7]
    assert (late.index(100), 1000 in late) == (whole.index(100), False)
    for outside in (LONG, -LONG - 1):
        with pytest.raises(IndexError):
            late[outside]


def test_long_lists_cost_memory_only_where_they_change():
    # fmt: off
    def fill(values):
        for index in range(len(values)):
            values[index] = -1.0
    # fmt: on
    trace = record(fill, [0.5] * 1000, max_bytes=2**20)  # whole copies would take 8 MB
    assert (len(trace), trace.ended_early) == (2001, "")


def test_what_holds_itself_is_cut_off():
    # fmt: off
    def tie():
        ring = [1]
        ring.append(ring)
        knot = {"ring": ring}
        ring.append(knot)
    # fmt: on
    trace = record(tie)
    assert trace.frames[1].variables["ring"] == [1, ...]
    assert trace.frames[-1].variables["ring"] == [1, ..., {"ring": ...}]


def test_what_is_nested_too_deep_is_kept_as_it_is():
    # fmt: off
    def nest():
        chain = None
        for index in range(1000): chain = [index, chain]
        return len(chain)
    # fmt: on
    trace = record(nest)
    chain = trace.frames[-1].variables["chain"]
    for index in reversed(range(1000)):
        assert chain[0] == index
        chain = chain[1]
    assert chain is None


def test_named_fields_stay():
    # fmt: off
    def largest(values):
        best = values.max(0)
        #> {best.values:g} at {best.indices}
        place = Point(best.indices, values)
        #> x is {place.x}
    # fmt: on
    trace = record(largest, torch.tensor([1.0, 5.0]))
    assert [trace.frames[n].narration for n in (0, 1)] == ["5 at 1", "x is 1"]


def test_tensors_that_have_no_numbers_do_no_harm():
    # fmt: off
    def shapes():
        x = torch.zeros(3, 4, device="meta")
        y = x.T
        return tuple(y.shape)
    # fmt: on
    assert record(shapes).result == (4, 3)


# ---------------------------------------------------------------------------- any program at all

BEGINNING = """
long, short, tensors = list(range(11)), [], [torch.tensor(n) for n in range(11)]
rows, table, wide = [[n] * 3 for n in range(11)], {}, {n: n for n in range(11)}
t, s, queue, pile = torch.arange(6.0), set(range(11)), deque([1, 2, 3]), Pile([])
alias, v, p, row, z, pair, grown, twice = long, t, t, rows[0], s, (t, short), tensors, tensors
push, add = put_in, s.add
"""
STATEMENTS = """
long.append({n}); long.append(t); long.append(short); long[{i}] = {n}; long[{i}] = float({n}); long.pop({i})
long.insert({i}, {n}); long.extend(range({n}, {n} + 5)); long.reverse(); del long[{i}:{i} + 3]; alias = long
alias.append({n}); alias[{i}] = t; push(long, {n}); short.append({n}); short.append(v); short = [short, {n}]
short = []; short.clear(); t += 1; t[{k}] = {n}; t = t + 1; v = t[{k}:]; v.mul_(2); v = t.view(-1, 2); v.zero_()
tensors.append(torch.tensor({n})); tensors.append(t); tensors[{i}].add_({n}); tensors[{i}] = t; t = tensors[{i}]
p = tensors[{i}]; p.add_(1); p = long[{j}]; p = rows[{i}]; p = rows[{i}][{k}]; rows[{i}][{k}] = {n}
rows[{i}].append({n}); rows[{i}] = rows[{j}]; row = rows[{i}]; row.append({n}); row[{k}] = t; rows.append(row)
rows.append([{n}]); table[{n}] = {n}; table["x"] = t; table["y"] = short; table["r"] = rows; table["r"].append([{n}])
table.pop("x", None); wide[{i}] = {n}; wide[{n} + 100] = short; s.add({n}); s.discard({n}); z = s; z.add({n})
pair = (t, short); pair[1].append({n}); pair[0].add_(1); pile.items = long; pile.items.append({n})
pile.items = rows; pile.put({n}); push = long.append; push = put_in; add({n}); add = lambda n: long.append(n)
add = rows.append; add = s.add; queue.append({n}); queue.popleft(); t = torch.arange(6.0); v = t
[p.add_(1) for p in tensors]; [row.append({n}) for row in rows[{i}:{i} + 2]]; long = [n for n in long]
long = long[:{i}] + [{n}]; tensors = [n for n in tensors]; grown = tensors; grown.append(p)
grown.append(long.append({n})); twice = grown; twice.append({n})
"""
ARRAYS = """
a = np.arange(6.0); a[{k}] = {n}; a = a + 1; w = a[{k}:]; w[0] = {n}; t = torch.from_numpy(a)
short.append(a); long.append(w)
"""


def put_in(values, item):
    values.append(item)


def program(seed: int) -> Callable[[], None]:
    """A function of many random statements, every other one with arrays; a statement that fails is passed over."""
    chance = random.Random(seed)
    kinds = re.split(r"; |\n", STATEMENTS.strip() + (ARRAYS.rstrip() if seed % 2 else ""))
    lines = BEGINNING.strip().splitlines()
    if seed % 2:
        lines.append("a = w = np.arange(6.0)")
    for _ in range(100):
        places = {"n": chance.randrange(20), "k": chance.randrange(5)}
        places |= {name: chance.randrange(12) for name in "ij"}
        lines.append(f"with suppress(Exception): {chance.choice(kinds).format(**places)}")
    text, file = "\n    ".join(["def run():", *lines]), f"<program {seed}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    names = {**globals(), "suppress": suppress}
    exec(compile(text, file, "exec"), names)  # noqa: S102 - our own text
    return names["run"]


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_done_is_seen(seed, monkeypatch):
    monkeypatch.setattr(copies, "SMALL", 4)
    run = program(seed)
    for frame, moment in zip(record(run).frames, moments(run), strict=True):
        for name, value in moment.variables.items():
            assert same(frame.variables[name], value), (frame.text, name)
        assert moment.changed <= set(frame.changed), frame.text

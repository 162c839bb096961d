"""The recorder: the same result as without it, and one frame for each line run, with its narration."""
# ruff: noqa: B007, B905, E701, E702, F841, UP028 - functions to be stepped through

import functools
import re
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.detection.boxes import box_diou, box_iou
from engine.detection.nms import nms
from engine.trace import Stopped, Trace, listing_of, record

SIZE = 133


def texts(trace: Trace) -> list[str]:
    return [frame.text for frame in trace.frames]


def narrations(trace: Trace) -> list[str]:
    return [frame.narration for frame in trace.frames if frame.narrated]


# ---------------------------------------------------------------------------- the result


def random_boxes(count: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    random = torch.Generator().manual_seed(seed)
    corner, size = (
        torch.rand(count, 2, generator=random) * 60,
        5 + torch.rand(count, 2, generator=random) * 30,
    )
    labels = torch.randint(3, (count,), generator=random)
    return torch.cat([corner, corner + size], 1), torch.rand(count, generator=random), labels


def test_the_result_is_that_of_the_plain_run():
    given = random_boxes(200)
    trace = record(nms, *given, 0.4, into=(box_iou,))
    assert torch.equal(trace.result, nms(*given, 0.4))
    assert trace.listings == (listing_of(nms), listing_of(box_iou))
    assert [frame.index for frame in trace.frames] == list(range(len(trace)))
    assert trace.frames[-1].returned
    assert torch.equal(trace.frames[-1].result, trace.result)


def test_the_result_is_no_copy_and_arguments_are_passed_on():
    given = [1]
    trace = record(appended, given, times=3)
    assert trace.result is given
    assert given == [1] * 4
    assert trace.frames[-1].result == [1] * 4
    assert trace.frames[-1].result is not given


def appended(values, *, times):
    for _ in range(times):
        values.append(1)
    return values


# ---------------------------------------------------------------------------- one frame for each line run


# fmt: off
def over_several_lines(xs):
    total = sum(
        x
        for x in xs
    )
    for a, b in zip(
        xs,
        xs,
    ):
        total += max(
            a,
            b,
        )
    if (
        total > 3
        and xs
    ):
        total = {
            "total": total,
        }
    return (
        total
    )


def forever(xs):
    it = iter(xs)
    while True:
        x = next(
            it,
            None,
        )
        if (x is None
                or x > 2):
            break
    while True:
        xs = (xs
            + xs)
        if len(xs) > 5:
            return xs


def in_one_line(xs):
    total = 0
    for x in xs: total += x
    while total: total -= 1
    while(total < 2): total += 1; xs = 0
    if total: total = 5
    with nullcontext(): total += 1
    return total


def loops_with_else(n):
    for i in range(n):
        if i == 1:
            break
    else:
        i = "none"
    while n:
        n -= 1
        continue
    else:
        n = "done"
    return i, n


def tries(x):
    try:
        y = 1 / x
    except (
        ValueError,
        ZeroDivisionError,
    ) as error:
        y = type(error).__name__
    else:
        y = -y
    finally:
        y = [y]
    return y


def returns_through_finally(x):
    try:
        return [x]  #> {result}
    finally:
        x = 2


def with_blocks(n):
    for i in range(n):
        with nullcontext() as a, \
                nullcontext():
            a = i
    with nullcontext():
        with nullcontext():
            n = 0
        return n


def comprehensions(xs):
    squares = [x * x for x in xs]
    even = {x: [y for y in squares if y > x] for x in xs if x % 2 == 0}
    return sum(x for x in squares), even


def nested_definitions(x):
    @functools.cache
    def inner(
        y,
    ):
        return x + y
    class Local:
        z = 1
    return inner(Local.z)


def matches(x):
    for y in x:
        match y:
            case 0:
                z = "zero"
            case [a, *_]:
                z = a
            case _:
                z = None
    return z
# fmt: on


@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    [
        (
            over_several_lines,
            ([1, 2],),
            "total=sum( fora,binzip( total+=max( fora,binzip( total+=max( fora,binzip( if( total={ return(",
        ),
        (
            forever,
            ([1, 2, 3],),
            "it=iter(xs) whileTrue: x=next( if(xisNone whileTrue: x=next( if(xisNone whileTrue: x=next( if(xisNone "
            "break whileTrue: xs=(xs iflen(xs)>5: returnxs",
        ),
        (
            in_one_line,
            ([1, 2],),
            "total=0 forxinxs:total+=x forxinxs:total+=x forxinxs:total+=x "
            + "whiletotal:total-=1 " * 3
            + "while(total<2):total+=1;xs=0 " * 2
            + "iftotal:total=5 withnullcontext():total+=1 returntotal",
        ),
        (
            loops_with_else,
            (2,),
            "foriinrange(n): ifi==1: foriinrange(n): ifi==1: break whilen: n-=1 continue whilen: n-=1 continue whilen: "
            'n="done" returni,n',
        ),
        (
            loops_with_else,
            (1,),
            'foriinrange(n): ifi==1: foriinrange(n): i="none" whilen: n-=1 continue whilen: n="done" returni,n',
        ),
        (tries, (0,), "try: y=1/x except( y=type(error).__name__ y=[y] returny"),
        (tries, (2,), "try: y=1/x y=-y y=[y] returny"),
        (returns_through_finally, (1,), "try: return[x] x=2"),
        (
            with_blocks,
            (2,),
            "foriinrange(n): withnullcontext()asa,\\ a=i foriinrange(n): withnullcontext()asa,\\ a=i foriinrange(n): "
            "withnullcontext(): withnullcontext(): n=0 returnn",
        ),
        (
            comprehensions,
            ([1, 2],),
            "squares=[x*xforxinxs] even={x:[yforyinsquaresify>x]forxinxsifx%2==0} returnsum(xforxinsquares),even",
        ),
        (nested_definitions, (2,), "@functools.cache classLocal: returninner(Local.z)"),
        (
            matches,
            ([0, [7], 5],),
            'foryinx: matchy: z="zero" foryinx: matchy: z=a foryinx: matchy: z=None foryinx: returnz',
        ),
    ],
)
def test_lines_in_the_order_they_are_run(function, arguments, expected):
    trace = record(function, *arguments)
    assert " ".join(text.replace(" ", "") for text in texts(trace)) == " ".join(expected.split())
    assert trace.result == function(*arguments)
    *others, last = trace.frames
    assert last.returned
    assert last.result == trace.result
    assert not any(frame.returned for frame in others)
    homes = set(listing_of(function).statement.values())
    assert {frame.line for frame in trace.frames} <= homes


def test_a_line_that_raised_has_returned_nothing():
    # fmt: off
    def careful(x):
        try:
            return risky(x)
        except ZeroDivisionError:
            x = None
    # fmt: on
    trace = record(careful, 0, into=(risky,))
    assert [(f.text, f.depth, f.returned) for f in trace.frames] == [
        ("try:", 0, False),
        ("return 1 / x", 1, False),
        ("return risky(x)", 0, False),
        ("except ZeroDivisionError:", 0, False),
        ("x = None", 0, True),
    ]
    assert [f.narration for f in trace.frames] == [""] * 5


# fmt: off
def risky(x):
    return 1 / x  #> {result}
# fmt: on


# ---------------------------------------------------------------------------- narration


# fmt: off
def narrated(values: list[int]) -> float:
    """Docstring, not narration: #> no {values}

    Second line.
    """
    #> a sentence of the function's head, which is no line that runs
    total = 0  #> starts at {total}
    for value in values:
        #> takes {value}
        total += value  # a plain comment stays
        #> {total:>4} so far,
        #> of {len(values)}
    mean = (
        total  #> in the middle:
        / len(values)
    )  #> mean {mean:.2f}
    text = "#> no narration"
    return mean
    #> {result:.1f} is {"big" if result > 2 else "small"}
# fmt: on


def test_narration_is_read_apart_from_the_code():
    listing = listing_of(narrated)
    assert (listing.name, listing.file, listing.first) == (
        "narrated", __file__, narrated.__code__.co_firstlineno,
    )  # fmt: skip
    assert list(listing.lines) == [
        "def narrated(values: list[int]) -> float:",
        *[""] * 5,
        "    total = 0",
        "    for value in values:",
        "",
        "        total += value  # a plain comment stays",
        *[""] * 2,
        "    mean = (",
        "        total",
        "        / len(values)",
        "    )",
        '    text = "#> no narration"',
        "    return mean",
        "",
    ]
    assert {line - listing.first: words for line, words in listing.narration.items()} == {
        0: "a sentence of the function's head, which is no line that runs",
        6: "starts at {total}",
        7: "takes {value}",
        9: "{total:>4} so far, of {len(values)}",
        12: "in the middle: mean {mean:.2f}",
        17: '{result:.1f} is {"big" if result > 2 else "small"}',
    }
    assert listing_of(narrated) is listing


def test_what_was_said_last():
    trace = record(narrated, [3, 4])
    said = [frame.narration if frame.narrated else "" for frame in trace.frames]
    assert len(set(said)) > 2
    for index in range(len(said)):
        assert trace.last_said(index) == next((words for words in reversed(said[: index + 1]) if words), "")
    assert trace.last_said() == trace.last_said(len(trace) - 1)


def test_narration_says_what_stood_then():
    trace = record(narrated, [1, 4])
    assert narrations(trace) == [
        "starts at 0", "takes 1", "   1 so far, of 2", "takes 4", "   5 so far, of 2", "takes 4",
        "in the middle: mean 2.50", "2.5 is big",
    ]  # fmt: skip
    assert [trace.frames[step - 1].narration for step in trace.steps_narrated()] == narrations(trace)


# fmt: off
def sentences(x, values, names):
    y = x  #> {x:.3f} {x!r} {x = } {x:{len(values)}.1f} {{braces}}
    y = y  #> {"double" if x else 'single'} isn't {names["a"]} or {names['a']}
    y = y  #> ends with a quote "{y}"
    y = y  #> ends with another '{y}'
    y = y  #> {f"{x:.1f}{'!' * 2}"} {[v for v in values if v > x]} {sum(v > x for v in values)}
    y = y  #> back\slash \n {values} {values[-1]} {values + [9] == [1, 2, 9]} × é 中文 ² °
    y = y  #> {torch.tensor(values).float().mean():.1f} {max(values)} {SIZE}
    y = y  #> {nothing} here
    y = y  #> {x /} broken
    y = y  #> {1 / 0} is an error
    y = y  #>
    y = y  #>without a space
    return y  #> {result} {y}
# fmt: on


def test_narration_is_an_f_string_over_the_variables():
    trace = record(sentences, 0.5, [1, 2], {"a": "b"})
    assert narrations(trace) == [
        "0.500 0.5 x = 0.5 0.5 {braces}",
        "double isn't b or b",
        'ends with a quote "0.5"',
        "ends with another '0.5'",
        "0.5!! [1, 2] 2",
        "back\\slash \\n [1, 2] 2 True × é 中文 ² °",
        "1.5 2 133",
        "{nothing} here (NameError: name 'nothing' is not defined)",
        narrations(trace)[8],
        "{1 / 0} is an error (ZeroDivisionError: division by zero)",
        "",
        "without a space",
        "0.5 0.5",
    ]
    assert narrations(trace)[8].startswith("{x /} broken (SyntaxError: ")


def test_narration_leaves_everything_as_it_is():
    # fmt: off
    def popping(values):
        size = len(values)  #> {values.pop()} {values.append(3)}
        return size
    # fmt: on
    given = [1, 2]
    trace = record(popping, given)
    assert (trace.result, given) == (2, [1, 2])


def test_other_comments_do_not_narrate():
    # fmt: off
    def quiet(x):
        x += 1  # > not this
        x += 1  # nor #> this
        return x
    # fmt: on
    trace = record(quiet, 1)
    assert trace.steps_narrated() == []
    assert {frame.narration for frame in trace.frames} == {""}
    assert not any(frame.narrated for frame in trace.frames)


def test_lines_of_the_engine_all_say_something_right():
    boxes, scores, labels = random_boxes(12)
    for measure, into in ((box_iou, (box_iou,)), (box_diou, (box_diou, box_iou))):
        trace = record(nms, boxes, scores, labels, 0.3, overlap_of=measure, into=into)
        said = [frame.narration for frame in trace.frames if frame.narrated]
        assert len(said) > 40
        assert not [words for words in said if re.search(r"[{}]|Error", words)]


# ---------------------------------------------------------------------------- where the source comes from


class Methods:
    def __init__(self, start):
        self.start = start

    # fmt: off
    def add(self, x):
        """Text that starts further left
    than the code does.
        """
    # a comment that does, too
        y = self.start + x  #> {y}
        return y

    @classmethod
    def make(cls, x):
        return cls(x)  #> {cls.__name__}

    @staticmethod
    def twice(x):
        return 2 * x  #> {result}
    # fmt: on


def logged(function):
    @functools.wraps(function)
    def wrapper(*args):
        wrapper.calls += 1
        return function(*args)

    wrapper.calls = 0
    return wrapper


# fmt: off
@logged
@torch.no_grad()
def decorated(x):
    x = x + 1  #> {x}
    return x
# fmt: on


def test_methods_decorated_and_partial_functions_are_stepped():
    assert narrations(record(Methods(3).add, 4)) == ["7"]
    assert narrations(record(Methods.add, Methods(3), 5)) == ["8"]
    assert narrations(record(Methods.make, 1)) == ["Methods"]
    assert narrations(record(Methods.twice, 4)) == ["8"]
    trace = record(decorated, 1)
    assert (narrations(trace), texts(trace), trace.result) == (["2"], ["x = x + 1", "return x"], 2)
    assert decorated.calls == 1
    trace = record(functools.partial(functools.partial(narrated), [3]))
    assert (trace.result, trace.listings[0].name) == (3, "narrated")


def without_a_file(text: str) -> Callable[..., Any]:
    names: dict[str, Any] = {}
    exec(compile(text, "<typed in>", "exec"), names)  # noqa: S102 - our own text
    return names["f"]


async def waiting():
    return 1


async def waiting_often():
    yield 1


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            without_a_file("def f(x):\n    return x\n"),
            "f cannot be stepped through: its source is not in a file",
        ),
        (without_a_file("f = lambda x: x"), "a lambda has no lines; give it a def"),
        (lambda x: x, "a lambda has no lines; give it a def"),
        (len, "len cannot be stepped through: it is no function written in Python"),
        (Methods, "Methods cannot be stepped through: it is no function written in Python"),
        (torch.nn.ReLU(), "ReLU cannot be stepped through: it is no function written in Python"),
        (functools.partial(max, 1), "max cannot be stepped through: it is no function written in Python"),
        (waiting, "waiting cannot be stepped through: it is async"),
        (waiting_often, "waiting_often cannot be stepped through: it is async"),
    ],
)
def test_what_cannot_be_stepped_is_refused_before_anything_runs(function, message):
    for refused in (
        lambda: listing_of(function),
        lambda: record(function, 1),
        lambda: record(narrated, [1], into=(function,)),
    ):
        with pytest.raises(ValueError, match=re.escape(message)):
            refused()


# ---------------------------------------------------------------------------- calls


# fmt: off
def factorial(n):
    if n == 0:
        return 1  #> the innermost
    below = factorial(n - 1)
    return n * below


def outer(x):
    y = middle(x)
    z = middle(y) + middle(1)
    return z


def middle(x):
    def plus_one(value):
        return value + 1
    total = inner(x)
    return plus_one(total) + sorted([x, 2], key=inner)[0]


def inner(x):
    x *= 2
    return x
# fmt: on


def test_recursion_nests():
    trace = record(factorial, 2)
    assert [(f.depth, f.text, f.variables["n"]) for f in trace.frames] == [
        (0, "if n == 0:", 2),
        (1, "if n == 0:", 1),
        (2, "if n == 0:", 0),
        (2, "return 1", 0),
        (1, "below = factorial(n - 1)", 1),
        (1, "return n * below", 1),
        (0, "below = factorial(n - 1)", 2),
        (0, "return n * below", 2),
    ]
    assert [f.result for f in trace.frames if f.returned] == [1, 1, 2]
    innermost = trace.frames[3]
    assert [(site.listing.name, dict(site.variables)) for site in innermost.callers] == [
        ("factorial", {"n": 2}),
        ("factorial", {"n": 1}),
    ]
    assert {site.line for site in innermost.callers} == {trace.frames[4].line}
    assert innermost.outermost is innermost.callers[0]
    assert trace.frames[0].outermost.variables == {"n": 2}
    assert trace.steps_narrated() == []


def test_only_chosen_functions_are_stepped_into():
    assert {f.listing.name for f in record(outer, 1).frames} == {"outer"}
    assert {f.listing.name for f in record(outer, 1, into=(middle,)).frames} == {"outer", "middle"}
    trace = record(outer, 1, into=(inner,))
    assert {f.listing.name for f in trace.frames} == {"outer", "inner"}
    assert {f.depth for f in trace.frames} == {0, 1}
    trace = record(outer, 1, into=(middle, inner))
    assert [f.listing.name for f in trace.frames[:8]] == ["middle", *["inner"] * 2, "middle", *["inner"] * 4]
    assert trace.frames[1].callers[0].listing.name == "outer"
    assert (
        trace.frames[1].callers[1].listing.text(trace.frames[1].callers[1].line).strip() == "total = inner(x)"
    )
    assert trace.result == outer(1)


def test_over_and_out_go_both_ways():
    trace = record(outer, 1, into=(middle, inner))
    depths = [f.depth for f in trace.frames]
    length = len(trace)
    for step in range(length + 2):
        depth = trace.at(step).depth if 1 <= step <= length else 0
        later, earlier = range(step + 1, length + 1), range(min(step, length + 1) - 1, 0, -1)
        for way, steps in ((1, later), (-1, earlier)):
            assert trace.over(step, way) == next((n for n in steps if depths[n - 1] <= depth), None)
            assert trace.out(step, way) == next((n for n in steps if depths[n - 1] < depth), None)
    assert trace.at(0) is trace.at(None) is trace.at(length + 1) is None
    assert trace.at(1) is trace.frames[0]
    assert trace.at(length) is trace.frames[-1]
    assert [trace.frames[n - 1].text for n in over_all(trace)] == [
        "y = middle(x)", "z = middle(y) + middle(1)", "return z",
    ]  # fmt: skip


def over_all(trace: Trace) -> list[int]:
    steps, step = [], trace.over(0, 1)
    while step is not None:
        steps.append(step)
        step = trace.over(step, 1)
    return steps


def test_an_argument_is_copied_once_for_all_calls():
    # fmt: off
    def rows(image):
        total = 0
        for index in range(40):
            total += row_sum(image, index)
        return total
    # fmt: on
    trace = record(rows, torch.ones(40, 1000), into=(row_sum,), max_bytes=2**20)
    assert (trace.ended_early, trace.result) == ("", 40_000)
    assert len({id(f.variables["image"]) for f in trace.frames}) == 1


def row_sum(image, index):
    row = image[index]
    return float(row.sum())


# fmt: off
def countdown(n, seen):
    while n > 0:
        back = yield n  #> gives {result}
        seen.append(n)
        n -= 1
    return "done"  #> {result}


def consumer():
    seen, total = [], 0
    for value in countdown(3, seen):
        total += value
        seen.append("consumer")
    return total
# fmt: on


def test_a_generator_is_run_to_its_end():
    trace = record(countdown, 2, [])
    assert trace.result == list(countdown(2, []))
    assert narrations(trace) == ["gives 2", "gives 1", "done"]
    assert texts(trace) == [
        *["while n > 0:", "back = yield n", "seen.append(n)", "n -= 1"] * 2, "while n > 0:", 'return "done"',
    ]  # fmt: skip
    assert [f.result for f in trace.frames if f.returned] == [2, 1, "done"]
    assert trace.frames[1].changed == ()
    assert trace.frames[2].changed == ("seen", "back")


def test_generators_are_stepped_into_and_out_of():
    trace = record(consumer, into=(countdown,))
    assert trace.result == 6
    assert [f.depth for f in trace.frames] == [0, 1, 1, 0, 0, 0, *[1, 1, 1, 1, 0, 0, 0] * 2, *[1] * 4, 0, 0]
    for before, after in pairwise(trace.frames):
        if (before.listing.name, after.text) == ("consumer", "seen.append(n)"):
            assert after.variables["seen"][-2:] == ["consumer", after.variables["n"]]
            assert after.callers[-1].variables["seen"][-1:] == ["consumer"]


# fmt: off
def with_cleaning(values):
    try:
        for value in values:
            yield value
    finally:
        values.clear()  #> cleaned up


def breaks_off(values):
    for value in with_cleaning(values):
        break
    size = len(values)  #> {size} left
    other = with_cleaning([1, 2])
    next(other)
    try:
        other.throw(KeyError("stop"))
    except KeyError:
        size = -1
    return size
# fmt: on


def test_a_generator_that_is_closed_cleans_up_in_sight():
    trace = record(breaks_off, [1, 2], into=(with_cleaning,))
    assert trace.result == -1
    steps = [(f.depth, f.text) for f in trace.frames]
    cleaning = [(1, "values.clear()")]
    assert steps == [
        (1, "try:"), (1, "for value in values:"), (1, "yield value"), (0, "for value in with_cleaning(values):"),
        *cleaning, (0, "break"), (0, "size = len(values)"), (0, "other = with_cleaning([1, 2])"),
        (1, "try:"), (1, "for value in values:"), (1, "yield value"), (0, "next(other)"), (0, "try:"),
        *cleaning, (0, 'other.throw(KeyError("stop"))'), (0, "except KeyError:"), (0, "size = -1"),
        (0, "return size"),
    ]  # fmt: skip
    assert narrations(trace) == ["cleaned up", "0 left", "cleaned up"]


def test_what_the_end_of_a_with_block_changes_is_seen():
    # fmt: off
    def collects():
        values = list(range(200))
        with collecting(values):
            index = 3
        return index
    # fmt: on
    trace = record(collects)
    assert texts(trace) == [
        "values = list(range(200))", "with collecting(values):", "index = 3", "return index",
    ]  # fmt: skip
    assert [len(f.variables["values"]) for f in trace.frames] == [200, 200, 201, 201]


@contextmanager
def collecting(values):
    yield
    values.append("end")


# ---------------------------------------------------------------------------- limits and stopping


def long_run(n):
    total = torch.zeros(1000)
    for _ in range(n):
        total = total + 1
    watched = sys.gettrace()
    return total, watched


@pytest.mark.parametrize("frames", [0, 1, 5])
def test_a_limit_on_frames_ends_the_recording_and_not_the_run(frames):
    trace = record(long_run, 10, max_frames=frames)
    assert len(trace) == frames
    assert trace.ended_early == f"The recording ends after {frames} steps; the run itself is complete."
    assert trace.result[0][0] == 10
    assert trace.result[1] is None  # the rest was run at full speed


def test_a_run_that_just_fits_is_complete():
    length = len(record(long_run, 10))
    assert length == 24
    assert record(long_run, 10, max_frames=length).ended_early == ""
    assert record(long_run, 10, max_frames=length - 1).ended_early


def test_a_limit_on_bytes_ends_the_recording_and_not_the_run():
    trace = record(long_run, 1000, max_bytes=2**20)
    assert 200 < len(trace) / 2 < 280  # 4000 bytes a turn, and the tensor itself
    assert trace.ended_early == "The recording ends at 1 MB of variables; the run itself is complete."
    assert trace.result[0][0] == 1000


@pytest.mark.parametrize("make", [list, set, dict.fromkeys, deque])
def test_containers_count_as_bytes(make):
    # fmt: off
    def refill(filled):
        for index in range(200):
            values = make(range(index, 2000 + index))
        return filled
    # fmt: on
    trace = record(refill, True, max_bytes=2**20)
    assert trace.ended_early
    assert 8 < len(trace) < 250
    assert trace.result


def test_it_stops_when_it_is_no_longer_wanted():
    asked = []

    def stop():
        asked.append(1)
        return len(asked) == 2

    with pytest.raises(Stopped):
        record(long_run, 1000, stop=stop)
    assert len(asked) == 2
    assert record(long_run, 1000, stop=lambda: False).result[0][0] == 1000


def test_a_function_that_catches_everything_is_stopped_too():
    # fmt: off
    def stubborn():
        for _ in range(1000):
            try:
                x = 1
            except Exception:
                x = 2
        return x
    # fmt: on
    with pytest.raises(Stopped):
        record(stubborn, stop=lambda: True)


# ---------------------------------------------------------------------------- other trace functions


@contextmanager
def traced_by(function):
    before = sys.gettrace()
    sys.settrace(function)
    try:
        yield
    finally:
        sys.settrace(before)


def debugger(frame, event, arg):
    return debugger


@pytest.mark.parametrize("found", [None, debugger])
def test_the_trace_function_found_is_put_back(found):
    with traced_by(found):
        record(narrated, [1])
        assert sys.gettrace() is found
        record(long_run, 10, max_frames=3)
        assert sys.gettrace() is found
        with pytest.raises(ZeroDivisionError):
            record(risky, 0)
        assert sys.gettrace() is found
        with pytest.raises(Stopped):
            record(long_run, 100, stop=lambda: True)
        assert sys.gettrace() is found
        with pytest.raises(KeyboardInterrupt):
            record(interrupted)
        assert sys.gettrace() is found
        with pytest.raises(TypeError, match="missing 1 required positional argument"):
            record(narrated)
        assert sys.gettrace() is found


def interrupted():
    raise KeyboardInterrupt


def test_exceptions_pass_through_as_they_are():
    with pytest.raises(ZeroDivisionError) as plain:
        risky(0)
    with pytest.raises(ZeroDivisionError) as recorded:
        record(risky, 0)
    assert str(recorded.value) == str(plain.value)
    assert recorded.traceback[-1].name == "risky"


def test_a_debugger_goes_on_after_the_recording():
    lines = []

    def watch(frame, event, arg):
        lines.append((frame.f_code.co_name, event))
        return watch

    with traced_by(watch):
        record(narrated, [1])
        inner(2)
    assert ("inner", "line") in lines
    assert ("narrated", "line") not in lines


def test_a_recording_inside_a_recording():
    # fmt: off
    def recorder(x):
        x = record(inner, x).result
        return x
    # fmt: on
    trace = record(recorder, 3)
    assert trace.result == 6
    assert texts(trace) == ["x = record(inner, x).result", "return x"]


def test_other_threads_are_left_alone():
    traces = []

    # fmt: off
    def with_a_thread():
        thread = threading.Thread(target=watched_thread, args=(seen,))
        thread.start()
        thread.join()
        return inner(1)

    def watched_thread(seen):
        seen.append(sys.gettrace())
        inner(2)
    # fmt: on
    seen: list[Any] = []
    worker = threading.Thread(
        target=lambda: traces.append(record(with_a_thread, into=(inner, watched_thread)))
    )
    worker.start()
    worker.join()
    assert seen == [threading.gettrace()]
    assert texts(traces[0])[-4:] == ["thread.join()", "x *= 2", "return x", "return inner(1)"]
    assert {f.listing.name for f in traces[0].frames} == {"with_a_thread", "inner"}
    assert sys.gettrace() is not traces


def test_threads_record_side_by_side():
    start, traces = threading.Barrier(3), {}

    def work(index):
        start.wait()
        traces[index] = record(factorial, index)

    threads = [threading.Thread(target=work, args=(index,)) for index in (20, 30, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {index: len(trace) for index, trace in traces.items()} == {20: 62, 30: 92, 40: 122}

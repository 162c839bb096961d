"""Hostile code: the program lives, says what happened and on which line, and leaves no process behind."""

import threading
import time

import pytest
import torch

from scenes.workbench import process
from scenes.workbench.arguments import sent
from scenes.workbench.messages import Job, Limits
from scenes.workbench.process import Bench, NotHere, line_in
from scenes.workbench.wire import trace_from_bytes

ARGUMENTS = {"x": sent(torch.arange(3.0))}
SHORT = Limits(seconds=0.5)
LONG = Limits(seconds=60.0)

HOSTILE = {
    "endless loop": ("def f(x):\n    while True:\n        pass\n", "ran for more than 0.5 s", (2, 3)),
    "endless loop that catches all": (
        "def f(x):\n    while True:\n        try:\n            x + 1\n        except:\n            pass\n",
        "ran for more than 0.5 s", (2, 3, 4, 5, 6),
    ),
    "endless loop in C": ("def f(x):\n    return sum(iter(int, 1))\n", "ran for more than 0.5 s", (2,)),
    "sleep": ("import time\n\ndef f(x):\n    time.sleep(100)\n", "ran for more than 0.5 s", (4,)),
    "flood": ("def f(x):\n    while True: print('x' * 100)\n", "printed more than 1 MB", (2,)),
    "flood on standard error": (
        "import sys\n\ndef f(x):\n    while True:\n        sys.stderr.write('x' * 1000)\n",
        "printed more than 1 MB", (4, 5),
    ),
    "os._exit": ("import os\n\ndef f(x):\n    os._exit(3)\n", "ended the whole process (exit status 3)", (4,)),
    "sys.exit": ("import sys\n\ndef f(x):\n    sys.exit()\n", "SystemExit", (4,)),
    "kill": ("import os\n\ndef f(x):\n    os.kill(os.getpid(), 9)\n", "crashed (SIGKILL)", (0,)),
    "segfault": ("import ctypes\n\ndef f(x):\n    ctypes.string_at(0)\n", "crashed (SIGSEGV)", (4,)),
    "abort": ("import os\n\ndef f(x):\n    os.abort()\n", "crashed (SIGABRT)", (4,)),
    "10 GB": ("import torch\n\ndef f(x):\n    return torch.zeros(10 * 2**28) + 1\n", "more memory", (4,)),
    # line 3, where it is the recorder's copy of the list that there is no room for
    "growing list": ("def f(x):\n    grown = [0]\n    while True:\n        grown += grown\n", "more memory", (3, 4)),
    "recursion": ("def f(x):\n    return f(x)\n", "calls itself without end", (2,)),
    "recursion without a limit": (
        "import sys\n\ndef f(x):\n    sys.setrecursionlimit(10**9)\n    return g(x)\n\ndef g(x):\n    return g(x)\n",
        "", (0, 5, 8),
    ),
    "fork": ("import os\n\ndef f(x):\n    os.fork()\n    return 1\n", "", (0,)),
    "fork that stays": (
        "import os, time\n\ndef f(x):\n    if os.fork() == 0:\n        time.sleep(100)\n    return 1\n", "", (0,),
    ),
    "fork into a session of its own": (
        "import os, time\n\ndef f(x):\n    if os.fork() == 0:\n        os.setsid()\n        time.sleep(100)\n"
        "    return 1\n", "", (0,),
    ),
    "another program": (
        "import subprocess\n\ndef f(x):\n    subprocess.Popen(['sleep', '100'], start_new_session=True)\n", "", (0,),
    ),
    "torch is patched": (
        "import torch\n\ndef f(x):\n    torch.zeros = torch.frombuffer = None\n"
        "    torch.Tensor.detach = torch.Tensor.reshape = lambda *a: 5\n    return x + 1\n", "", (0,),
    ),
    "standard output is closed": ("import os\n\ndef f(x):\n    os.close(1)\n    print('a')\n", "descriptor", (5,)),
    "everything is closed": ("import os\n\ndef f(x):\n    os.closerange(0, 99)\n", "closed files", (0,)),
    "asks for input": ("def f(x):\n    return input()\n", "nobody to type", (2,)),
    "threads stay": (
        "import threading, time\n\ndef f(x):\n    threading.Thread(target=time.sleep, args=(100,)).start()\n", "", (0,),
    ),
    "a large file": ("def f(x):\n    open('large', 'w').write('x' * 2**27)\n", "File too large", (2,)),
    "an error without words": (
        "class Odd(Exception):\n    def __str__(self):\n        raise ValueError\n\ndef f(x):\n    raise Odd\n",
        "Odd.", (6,),
    ),
}  # fmt: skip


def run(bench, code, limits=SHORT, stop=lambda: False):
    return bench.run(Job(code=code, function="f", arguments=ARGUMENTS, limits=limits), stop)


@pytest.mark.usefixtures("no_process_is_left")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_code_is_contained(bench, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, says, lines = HOSTILE[name]
    outcome = run(bench, code, Limits(seconds=60, memory=2**29) if "memory" in says else SHORT)
    if says:
        assert says in outcome.sentence
        assert "\n" not in outcome.sentence
    elif name != "recursion without a limit":
        assert outcome.sentence == ""
    assert outcome.line in lines
    assert not outcome.unfit


@pytest.mark.parametrize("name", ["torch is patched", "everything is closed", "fork"])
def test_the_run_after_hostile_code_is_as_good_as_any(bench, name):
    run(bench, HOSTILE[name][0])
    again = run(bench, "def f(x):\n    return x + 1\n", LONG)
    assert again.sentence == ""
    assert torch.equal(trace_from_bytes(again.answer).result, torch.arange(3.0) + 1)


def test_what_was_printed_is_told(bench):
    outcome = run(
        bench, "import sys\n\ndef f(x):\n    print('one')\n    print('two', file=sys.stderr)\n", LONG
    )
    assert outcome.output == "one\ntwo\n"


def test_a_flood_is_told_up_to_its_limit(bench):
    outcome = run(bench, "def f(x):\n    while True: print('x' * 100)\n", Limits(seconds=60, output=5000))
    assert outcome.sentence == "It printed more than 4.88281 KB, and was ended."
    assert len(outcome.output) == 5000


def test_the_steps_up_to_an_error_are_there(bench):
    outcome = run(bench, "def f(x):\n    a = 1  #> a is {a}\n    b = a + 1\n    return b / 0\n", LONG)
    assert (outcome.sentence, outcome.line) == ("ZeroDivisionError: division by zero.", 4)
    trace = trace_from_bytes(outcome.answer)
    assert [frame.text for frame in trace.frames] == ["a = 1", "b = a + 1", "return b / 0"]
    assert trace.frames[0].narration == "a is 1"


def test_the_steps_of_an_endless_loop_are_there(bench):
    outcome = run(bench, "def f(x):\n    n = 0\n    while True:\n        n += 1\n")
    trace = trace_from_bytes(outcome.answer)
    assert len(trace) > 100
    assert trace.frames[5].variables["n"] == 2
    assert "complete" not in trace.ended_early


def test_fifty_thousand_steps_are_recorded_and_the_rest_still_runs(bench):
    outcome = run(
        bench, "def f(x):\n    t = 0\n    for i in range(40000):\n        t += i\n    return t\n", LONG
    )
    trace = trace_from_bytes(outcome.answer)
    assert len(trace) == 50_000
    assert trace.result == sum(range(40_000))
    assert trace.ended_early == "The recording ends after 50,000 steps; the run itself is complete."


def test_code_steps_into_its_other_functions_and_methods(bench):
    code = (
        "class Pair:\n    def add(self, y):\n        return y + 1\n\ndef g(y):\n    return y * 2\n\n"
        "def f(x):\n    return Pair().add(g(x))\n"
    )
    trace = trace_from_bytes(run(bench, code, LONG).answer)
    assert {frame.listing.name for frame in trace.frames} == {"f", "g", "add"}


@pytest.mark.usefixtures("no_process_is_left")
@pytest.mark.parametrize(
    "code", [HOSTILE["endless loop"][0], HOSTILE["endless loop in C"][0], HOSTILE["sleep"][0]]
)
def test_stop_ends_it(bench, code):
    began = time.monotonic()
    outcome = run(bench, code, LONG, stop=lambda: time.monotonic() > began + 3)
    assert outcome.sentence == "Stopped."
    assert outcome.line in (2, 3, 4)


def test_stop_before_it_has_begun():
    bench = Bench(ahead=False)
    assert run(bench, HOSTILE["sleep"][0], LONG, stop=lambda: True).sentence == "Stopped."
    bench.close()


def test_what_was_recorded_before_a_stop_is_there(bench):
    began = time.monotonic()
    outcome = run(bench, "def f(x):\n    while True:\n        x = x + 1\n", Limits(seconds=60, frames=500),
                  stop=lambda: time.monotonic() > began + 4)  # fmt: skip
    assert outcome.sentence == "Stopped."
    assert len(trace_from_bytes(outcome.answer)) == 500


def test_a_large_argument_arrives(bench):
    arguments = {"x": sent(torch.arange(2_000_000))}
    outcome = bench.run(
        Job(code="def f(x):\n    return x.sum()\n", function="f", arguments=arguments, limits=LONG)
    )
    assert trace_from_bytes(outcome.answer).result == 2_000_000 * 1_999_999 // 2


@pytest.mark.parametrize(
    ("code", "says", "line"),
    [
        ("def f(x)\n    return x\n", "SyntaxError: expected ':'.", 1),
        ("def g(x):\n    return x\n", "The code has no function f: write one that begins with 'def f('.", 0),
        ("f = 3\n", "The code has no function f: write one that begins with 'def f('.", 0),
        ("import no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'.", 1),
        ("x = 1\nwhile True:\n    x += 1\n", "It ran for more than 0.5 s, and was ended.", None),
        ("def f(x, y):\n    return x\n", "f asks for y, which it is not given; it may ask for x.", 1),
        ("async def f(x):\n    return x\n", "f is async; leave the async out.", 1),
        ("raise SystemExit\n", "It ended the program (SystemExit) instead of returning.", 1),
        ("def f(x):\n    return '\0'\n", "", 0),
        ("f = " + "(" * 500 + ")" * 500, "", None),
    ],
)
def test_code_that_cannot_run_is_unfit(bench, code, says, line):
    outcome = run(bench, code)
    assert outcome.unfit
    assert outcome.sentence == says or not says
    assert line is None or outcome.line == line


def test_runs_may_overlap(bench):
    outcomes = []
    code = "def f(x):\n    return x.sum()\n"
    threads = [threading.Thread(target=lambda: outcomes.append(run(bench, code, LONG))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [outcome.sentence for outcome in outcomes] == ["", ""]


def test_a_spare_that_has_died_is_replaced():
    bench = Bench(ahead=False)
    bench.warm()
    bench._spare.process.kill()
    bench._spare.process.wait()
    assert run(bench, "def f(x):\n    return 1\n", LONG).sentence == ""
    bench.close()


def test_a_closed_bench_starts_nothing():
    bench = Bench()
    bench.close()
    bench.warm()
    assert bench._spare is None
    with pytest.raises(RuntimeError, match="closed"):
        run(bench, "def f(x):\n    return 1\n")


def test_windows_is_told_in_a_sentence(monkeypatch):
    monkeypatch.setattr(process.os, "name", "nt")
    with pytest.raises(NotHere, match="needs Linux or macOS"):
        process._start()


def test_the_innermost_line_of_a_stack_is_read():
    stack = (
        b'File "/x.py", line 7 in a\n  File "<your code>", line 12 in g\n  File "<your code>", line 3 in f\n'
    )
    assert line_in(stack) == 12
    assert line_in(b"") == 0

"""`trace --code` and `check --code`: what they write and print, and how they end."""

import json

import pytest

import main

RIGHT = """\
from engine.detection.nms import nms as its_own

def nms(boxes, scores, labels, iou_threshold, score_threshold):
    kept = its_own(boxes, scores, labels, iou_threshold, score_threshold)
    #> {len(kept)} are kept.
    print("kept", kept.tolist())
    return kept
"""
BROKEN = "def nms(boxes):\n    count = len(boxes)\n    return boxes[count + 1]\n"


@pytest.fixture
def run(capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(code, *argv):
        (tmp_path / "own.py").write_bytes(code if isinstance(code, bytes) else code.encode())
        capfd.readouterr()
        status = main.main([*argv, "--code", "own.py"])
        return (status, *capfd.readouterr())

    return run


TRACE = ("trace", "nms", "--preset", "two", "-o", "out.json")


def test_trace_writes_the_steps_of_the_code(run, tmp_path):
    status, out, err = run(RIGHT, *TRACE)
    assert (status, err) == (0, "")
    assert out.startswith("kept [")
    frames = json.loads((tmp_path / "out.json").read_text())["frames"]
    assert [frame["line"] for frame in frames] == [4, 6, 7]
    assert frames[0]["narration"].endswith("are kept.")


def test_trace_writes_the_steps_up_to_an_error(run, tmp_path):
    status, out, err = run(BROKEN, *TRACE)
    assert (status, out) == (1, "")
    assert err.startswith("own.py, line 3: IndexError: ")
    assert err.count("\n") == 1
    assert json.loads((tmp_path / "out.json").read_text())["frames"][0]["text"] == "count = len(boxes)"


def test_trace_of_a_crash_has_no_steps(run, tmp_path):
    status, _, err = run("import os\n\ndef nms(boxes):\n    os._exit(3)\n", *TRACE)
    assert status == 1
    assert err == "own.py, line 4: It ended the whole process (exit status 3) instead of returning.\n"
    assert json.loads((tmp_path / "out.json").read_text())["frames"] == []


def test_trace_up_to_a_step(run, tmp_path):
    assert run(RIGHT, *TRACE, "--step", "1")[0] == 0
    assert len(json.loads((tmp_path / "out.json").read_text())["frames"]) == 1


def test_check_prints_agreement(run):
    status, out, err = run(RIGHT, "check", "nms", "--cases", "40")
    assert (status, err) == (0, "")
    assert json.loads(out) == {
        "agrees": True, "cases": 40, "sentence": "Your nms agrees with the engine on 40 cases.",
    }  # fmt: skip


def test_check_prints_the_smallest_case(run):
    status, out, err = run(RIGHT.replace("return kept", "return kept[:1]"), "check", "nms")
    assert (status, err) == (1, "")
    found = json.loads(out)
    assert set(found) == {"agrees", "cases", "sentence", "line", "inputs", "expected", "got", "step"}
    assert len(found["inputs"]["boxes"]) == 2


def test_check_takes_the_scene_s_settings(run):
    code = "from engine.detection.nms import soft_nms as its\n\ndef soft_nms(**given):\n    return its(**given)\n"
    assert run(code, "check", "nms", "--set", "method=linear", "--cases", "20")[0] == 0


@pytest.mark.parametrize("command", [("check", "nms"), TRACE])
@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("def nms(boxes)\n", "own.py, line 1: SyntaxError: expected ':'."),
        ("x = 1\n", "own.py: The code has no function nms: write one that begins with 'def nms('."),
        (b"\xff\xfe\xff", "own.py is no text that Python reads"),
        (b" " * (2**20 + 1), "own.py is larger than 1 MB"),
    ],
)
def test_code_that_cannot_run_is_bad_usage(run, tmp_path, command, code, says):
    status, out, err = run(code, *command)
    assert (status, out) == (2, "")
    assert err.startswith(says)
    assert err.count("\n") == 1
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize("cases", ["0", "-3", "1000000"])
def test_a_number_of_cases_that_cannot_be(run, cases):
    status, out, err = run(RIGHT, "check", "nms", "--cases", cases)
    assert (status, out) == (2, "")
    assert err == f"--cases is {cases}; it goes from 1 to 100,000.\n"


def test_a_file_that_is_not_there(capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main.main(["check", "nms", "--code", "none.py"]) == 2
    assert capfd.readouterr().err == "none.py: No such file or directory.\n"


def test_help_says_that_limits_are_no_sandbox(capfd):
    with pytest.raises(SystemExit):
        main.main(["check", "--help"])
    assert "they are no sandbox" in " ".join(capfd.readouterr().out.split())

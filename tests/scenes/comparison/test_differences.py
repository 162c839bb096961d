"""Where two runs differ first, in words: by what became of the parts, by variables, by what they return."""

from typing import Any

import numpy as np

from engine.trace import record
from scenes import contents
from scenes.comparison.differences import at_once, compare, of_arrays
from scenes.comparison.naming import Names, contrasts, names_of, sides
from scenes.comparison.parts import main_part, only
from scenes.comparison.running import comparison_of
from scenes.picture import Panel, Picture
from scenes.running import trace_of
from scenes.scene import Outcome


def scaled(values, factor):
    total = 0
    for value in values:
        total = total + factor * value
    return total


def mean(values):
    total = 0
    for value in values:
        total = total + value
    return total / len(values)


def trace(factor, values=(1, 2, 3)):
    return record(scaled, list(values), factor)


def pair(key: str, preset: str | None = None, **params: Any):
    """The comparison of a preset with itself under other settings."""
    scene = contents.load(key)
    kept = scene.opening(preset)
    now = kept.with_params(**params)
    names = names_of(contrasts(scene, kept, now))
    return comparison_of(scene, (trace_of(scene, kept), None), (trace_of(scene, now), None), names)


def test_the_first_variable_that_differs_and_no_argument():
    found = compare(trace(1), trace(2), Names()).differences
    assert found[0].sentence == "total is 2 now, and 1 in the kept run."
    assert (found[0].now, found[0].kept) == (3, 3)
    assert len(found) == 1  # it never comes to agree again


def test_runs_that_do_not_differ_say_so():
    one = trace(1)
    assert compare(one, one, Names()).differences == ()
    found = compare(one, trace(1), Names())
    assert found.differences == ()
    assert found.sentence == f"No step differs: both runs take the same {len(one)} steps."


def test_a_loop_that_ends_sooner():
    found = compare(trace(1), trace(1, (1, 2)), Names()).differences
    assert "is over now, and goes on in the kept run." in found[0].sentence
    assert found[0].now == found[0].kept == 6


def test_other_code_by_what_it_returns():
    found = compare(trace(1), record(mean, [1, 2, 3]), Names()).differences
    assert [one.sentence for one in found] == [
        "What is returned is 2 (floats) now, and 6 (whole numbers) in the kept run."
    ]


def test_parts_in_the_order_they_are_settled_and_where_the_same_code_parted():
    kept = {
        "box 1": Outcome(step=5, words="is removed", value=0),
        "box 2": Outcome(step=3, words="stays", value=1),
    }
    now = {"box 1": Outcome(step=7, words="stays", value=1), "box 3": Outcome(step=2, words="stays", value=1)}
    found = compare(trace(1), trace(2), Names(), (kept, now)).differences
    assert [one.sentence for one in found] == [
        "Box 3 stays now (step 2), and is not there in the kept run.",
        "Box 2 is not there now, and stays in the kept run (step 3).",
        "total is 2 now, and 1 in the kept run.",
        "Box 1 stays now (step 7), and is removed in the kept run (step 5).",
    ]
    assert [(one.now, one.kept) for one in found] == [(2, 2), (3, 3), (3, 3), (5, 5)]


def test_soft_against_hard_suppression():
    found = pair("nms", "chain", method="linear").differences
    assert found[0].sentence == (
        "Box 1 is kept at 0.29 with method linear (step 56), and is removed by box 0 with method hard (step 17)."
    )
    assert found[0].kept == 17


def test_adam_without_its_bias_correction():
    found = pair("optimizers", bias_correction=False).differences
    assert found[0].sentence == (
        "m_hat is [-0.104, 1.56] without bias correction, and [-1.04, 15.6] with bias correction."
    )
    assert found[1].sentence.startswith("Adam is at the minimum")


def test_the_ciou_loss_against_the_iou_loss():
    found = pair("iou", loss="ciou").differences
    assert found[-1].sentence == "What is returned is 1.369 with loss ciou, and 1 with loss iou."


def test_what_differs_at_one_moment():
    kept, now = trace(1).at(3), trace(2).at(3)
    assert at_once(kept, now) == {"factor": ("", "2", "1"), "total": ("", "2", "1")}
    assert at_once(None, now) == {}


def test_results_are_compared_by_their_named_arrays():
    kept, now = {"output": np.array([1.0, 2.0])}, {"output": np.array([1.0, 3.0])}
    assert of_arrays(kept, now, Names()) == "In the result output is [1, 3] now, and [1, 2] in the kept run."
    assert of_arrays(kept, kept, Names()) == ""
    words = {"names": np.array(["cat", "dog"])}
    assert of_arrays(words, {"names": np.array(["cat", "dog"])}, Names()) == ""


def test_a_scene_whose_outcomes_fail_is_compared_by_its_variables(caplog):
    from dataclasses import replace

    def fail(trace):
        raise KeyError("boxes")

    scene = replace(contents.load("nms"), outcomes=fail)
    found = comparison_of(scene, (trace(1), None), (trace(2), None), Names())
    assert found.differences[0].sentence.startswith("total is 2")
    assert "outcomes of nms failed" in caplog.text


def test_states_are_called_by_what_differs():
    scene = contents.load("nms")
    kept = scene.opening("chain")
    assert sides(contrasts(scene, kept, kept)) == ("the same", "the same")
    one = kept.with_params(method="diou")
    assert sides(contrasts(scene, kept, one)) == ("method hard", "method diou")
    assert names_of(contrasts(scene, kept, one)) == Names("with method diou", "with method hard")
    moved = kept.with_inputs(boxes=kept.inputs.boxes + 1)
    assert [c.name for c in contrasts(scene, kept, moved)] == ["boxes"]
    assert names_of(contrasts(scene, kept, moved)) == Names()
    many = kept.with_params(method="linear", iou_threshold=0.3, score_threshold=0.2, per_class=False)
    assert sides(contrasts(scene, kept, many))[1].endswith("and 1 more")  # the chain has that threshold


def test_one_part_of_a_picture():
    panels = tuple(
        Panel(key=key, marks=(), view=(0, 0, 1, 1), place=place)
        for key, place in (("in", (0, 0, 1, 1)), ("out", (0, 1, 1, 1)), ("strip", (1, 0, 1, 2)))
    )
    picture = Picture(panels=panels, columns=(50, 50), rows=(80, 20), sentence="so")
    assert main_part(picture) == "out"
    part = only(picture, "out")
    assert [p.key for p in part.panels] == ["out"]
    assert part.panels[0].place == (0, 0, 1, 1)
    assert part.sentence == "so"
    assert only(picture, "") is picture

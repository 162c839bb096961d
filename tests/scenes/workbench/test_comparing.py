"""What counts as the same result, and what is said to differ first."""

import math

import numpy as np
import pytest
import torch
from torch import tensor

from scenes.workbench.comparing import difference, settled

NAN = math.nan


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        ([0, 2], tensor([0, 2])),
        ([tensor(0), tensor(2)], tensor([0, 2])),
        (np.array([0, 2]), tensor([0, 2])),
        (tensor([]), torch.zeros(0, dtype=torch.int64)),
        (torch.zeros(0, 4), tensor([])),
        (tensor(0.3), 0.3),
        (3, tensor(3)),
        (1, 1.0),
        (tensor([1.0 + 9e-6]), tensor([1.0])),
        (tensor([1e6 + 1]), tensor([1e6])),
        (tensor([0.1]), tensor([0.1], dtype=torch.float64)),
        (tensor([1 + 9e-11], dtype=torch.float64), tensor([1.0], dtype=torch.float64)),
        (tensor([NAN, math.inf]), tensor([NAN, math.inf])),
        ([[1, 2], [3]], [[1, 2], [3]]),
        ([tensor([1, 2]), [3]], (tensor([1, 2]), tensor([3]))),
        ({"a": [1.0]}, {"a": tensor([1.0])}),
        ("edge", "edge"),
        (None, None),
        ({1, 2}, {2, 1}),
    ],
)
def test_the_same(got, expected):
    assert difference(got, expected) is None


@pytest.mark.parametrize(
    ("got", "expected", "where", "says"),
    [
        (tensor([0, 1]), tensor([0]), "", ("[0, 1]", "[0]")),
        ([], tensor([0]), "", ("[]", "[0]")),
        (tensor([[0, 1]]), tensor([0, 1]), "", ("of shape (1, 2)", "of shape (2,)")),
        (tensor([0.5]), tensor(0.5), "", ("of shape (1,)", "a single number, 0.5")),
        (tensor([0.0]), tensor([0]), "", ("[0] (floats)", "[0] (whole numbers)")),
        (1, True, "", ("1 (whole numbers)", "True (true or false)")),
        (3, 4, "", ("3", "4")),
        (tensor([1.0001]), tensor([1.0]), "", ("[1.0001]", "[1]")),
        (
            tensor([1 + 1e-9], dtype=torch.float64),
            tensor([1.0], dtype=torch.float64),
            "",
            ("[1.000000001]", "[1]"),
        ),
        (tensor([NAN]), tensor([0.0]), "", ("[nan]", "[0]")),
        (torch.eye(3), torch.zeros(3, 3), "[0, 0]", ("1", "0")),
        (torch.arange(20), torch.arange(1, 21), "[0]", ("0", "1")),
        ((tensor([0]), tensor([0.41])), (tensor([0]), tensor([0.5])), "[1]", ("[0.41]", "[0.5]")),
        ((tensor([0]),), (tensor([0]), tensor([0.5])), "", ("[[0]]", "[[0], [0.5]]")),
        ({"a": 1}, {"a": 2}, "['a']", ("1", "2")),
        ({"b": 1}, {"a": 1}, "", ("{'b': 1}", "{'a': 1}")),
        (None, tensor([1.0]), "", ("nothing (None)", "[1]")),
        ("edge", tensor([1.0]), "", ("'edge'", "[1]")),
        ("a", "b", "", ("'a'", "'b'")),
        (0, None, "", ("0", "nothing (None)")),
    ],
)
def test_what_differs(got, expected, where, says):
    found = difference(got, expected)
    assert found is not None
    assert found.where == where
    assert (found.got, found.expected) == says


def test_both_sides_are_told_apart_in_words():
    found = difference(tensor([0.5 + 1e-8], dtype=torch.float64), tensor([0.5], dtype=torch.float64))
    assert found is not None
    assert found.got != found.expected


def test_results_are_compared_as_they_would_arrive():
    assert difference(settled(torch.max(tensor([1.0, 2.0]), 0)), (tensor(2.0), tensor(1))) is None

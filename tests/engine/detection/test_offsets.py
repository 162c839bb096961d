"""R-CNN's offsets and the smooth L1 loss against plain numbers, the round trip and torch's own."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.detection.offsets import box_loss, moved_by, offsets, smooth_l1
from engine.trace import record

DTYPES = pytest.mark.parametrize(("dtype", "close"), [(torch.float32, 1e-5), (torch.float64, 1e-10)])


def random_boxes(count: int, dtype: torch.dtype, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    corner = 100 * torch.rand(count, 2, generator=generator, dtype=dtype)
    return torch.cat([corner, corner + 5 + 80 * torch.rand(count, 2, generator=generator, dtype=dtype)], -1)


@DTYPES
def test_there_and_back(dtype: torch.dtype, close: float) -> None:
    boxes, proposals = random_boxes(200, dtype, 1), random_boxes(200, dtype, 2)
    assert torch.allclose(moved_by(proposals, offsets(boxes, proposals)), boxes, rtol=close, atol=close * 100)


def test_the_four_formulas() -> None:
    box, proposal = torch.tensor([10.0, 20, 50, 40]), torch.tensor([0.0, 0, 20, 40])
    expected = [(30 - 10) / 20, (30 - 20) / 40, math.log(40 / 20), math.log(20 / 40)]
    assert offsets(box, proposal).tolist() == pytest.approx(expected, abs=1e-6)


@DTYPES
@pytest.mark.parametrize("beta", [0.0, 0.11, 1.0, 3.0])
def test_smooth_l1_is_torchs(dtype: torch.dtype, close: float, beta: float) -> None:
    generator = torch.Generator().manual_seed(3)
    a, b = (2 * torch.randn(400, generator=generator, dtype=dtype) for _ in range(2))
    expected = F.smooth_l1_loss(a, b, reduction="none", beta=beta)
    assert torch.allclose(smooth_l1(a - b, beta), expected, rtol=close, atol=close)


@DTYPES
def test_the_box_loss_is_torchs_sum(dtype: torch.dtype, close: float) -> None:
    boxes, targets, proposals = (random_boxes(50, dtype, seed) for seed in (4, 5, 6))
    for box, target, proposal in zip(boxes, targets, proposals, strict=True):
        expected = F.smooth_l1_loss(offsets(box, proposal), offsets(target, proposal), reduction="sum")
        assert float(box_loss(box, target, proposal)) == pytest.approx(float(expected), abs=close * 10)
        assert float(box_loss(box, target, proposal, positive=False)) == 0


def test_its_slope_stays_bounded() -> None:
    d = torch.linspace(-3, 3, 301, dtype=torch.float64).requires_grad_()
    (slope,) = torch.autograd.grad(smooth_l1(d).sum(), d)
    assert torch.allclose(slope, d.detach().clamp(-1, 1), atol=1e-12)


BOX = torch.tensor([0.0, 0, 4, 4])


@pytest.mark.parametrize(
    ("box", "sentence"),
    [
        (torch.tensor([4.0, 0, 0, 4]), "x2 < x1"),
        (torch.tensor([0.0, 0, 0, 4]), "has no area"),
        (torch.tensor([0.0, 0, math.nan, 4]), "not finite"),
        (torch.zeros(3), r"shape \(3,\)"),
    ],
)
def test_boxes_without_offsets_are_refused(box: Tensor, sentence: str) -> None:
    for place, name in enumerate(("pred", "target", "proposal")):
        triple = [BOX, BOX, BOX]
        triple[place] = box
        with pytest.raises(ValueError, match=f"{name} .*{sentence}"):
            box_loss(*triple)


def test_beta_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="beta is -1"):
        smooth_l1(BOX, -1)


def test_a_background_proposal_is_told_of() -> None:
    run = record(box_loss, into=(offsets,), pred=BOX + 1, target=BOX, proposal=BOX, positive=False, beta=1.0)
    told = " ".join(frame.narration for frame in run.frames)
    assert "no true box to regress to" in told
    assert "From the proposal to the predicted box: t = 0.250, 0.250, 0.000, 0.000" in told

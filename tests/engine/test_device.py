"""Devices: which there are, the ways to and from them, and back to the CPU when one fails."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine import device
from engine.device import Engine, UnknownDevice, device_title, devices, on_device_or_cpu


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=pytest.mark.cuda), "mps"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param not in devices():
        pytest.skip(f"there is no device {request.param}")
    return Engine.on(request.param)


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the machine had every device."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "NVIDIA Example")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)


def test_the_cpu_is_always_there_and_first() -> None:
    assert devices()[0] == "cpu"
    assert Engine.on("cpu") == Engine() == Engine("cpu")
    assert hash(Engine()) == hash(Engine("cpu"))
    assert device_title("cpu") == f"CPU, {torch.get_num_threads()} threads"


@pytest.mark.usefixtures("pretended")
def test_other_devices_are_found_and_named() -> None:
    assert devices() == ("cpu", "cuda", "mps")
    assert [device_title(name) for name in devices()[1:]] == ["CUDA: NVIDIA Example", "Apple GPU (MPS)"]
    assert Engine.on("mps").device == "mps"


@pytest.mark.parametrize("name", ["tpu", "", "CPU", "cuda:7"])
def test_a_device_that_is_not_here_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(UnknownDevice) as refused:
        Engine.on(name)
    assert isinstance(refused.value, ValueError)
    assert str(refused.value) == f"There is no device {name!r} here; there is {', '.join(devices())}."


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float64, np.bool_])
def test_there_and_back(engine: Engine, dtype: type) -> None:
    given = np.arange(6).reshape(2, 3).astype(dtype)
    given.flags.writeable = False
    tensor = engine.tensor(given)
    assert tensor.device.type == engine.device
    back = engine.array(tensor)
    assert not back.flags.writeable
    assert back.dtype == (np.float32 if engine.device == "mps" and dtype == np.float64 else dtype)
    assert np.array_equal(back, given)
    tensor.fill_(1)
    assert given[0, 0] == 0


def test_a_dtype_may_be_asked_for(engine: Engine) -> None:
    assert engine.tensor(np.zeros(2, np.uint8), torch.float32).dtype == torch.float32
    double = engine.tensor(np.zeros(2), torch.float64).dtype
    assert double == (torch.float32 if engine.device == "mps" else torch.float64)


def test_what_is_drawn_needs_no_gradient(engine: Engine) -> None:
    leaf = engine.tensor(np.ones(2, np.float32)).requires_grad_()
    assert engine.array(leaf * 3).tolist() == [3, 3]


def test_randomness_depends_on_the_seed_alone(engine: Engine) -> None:
    first, again, other = (torch.rand(5, generator=engine.generator(seed)) for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    before = torch.random.get_rng_state()
    engine.generator(9)
    assert torch.equal(before, torch.random.get_rng_state())


# ---------------------------------------------------------------------------- when a device fails


def test_what_works_is_done_once_and_without_a_word() -> None:
    tried: list[str] = []
    assert on_device_or_cpu(Engine("mps"), lambda engine: tried.append(engine.device)) == (None, "")
    assert tried == ["mps"]


@pytest.mark.parametrize(
    "failure",
    [
        torch.OutOfMemoryError("out of memory\nand much more"),
        NotImplementedError("out of memory"),
        RuntimeError("out of memory"),
    ],
)
def test_what_fails_on_a_device_is_done_by_the_cpu(failure: Exception) -> None:
    tried: list[str] = []

    def work(engine: Engine) -> str:
        tried.append(engine.device)
        if engine.device != "cpu":
            raise failure
        return "done"

    assert on_device_or_cpu(Engine("mps"), work) == (
        "done",
        "MPS could not do this (out of memory); the CPU did.",
    )
    assert tried == ["mps", "cpu"]


def test_the_memory_of_cuda_is_let_go_before_the_cpu_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr(device.torch.cuda, "empty_cache", lambda: order.append("emptied"))

    def work(engine: Engine) -> None:
        order.append(engine.device)
        if engine.device == "cuda":
            raise RuntimeError("no kernel")

    assert on_device_or_cpu(Engine("cuda"), work)[1] == "CUDA could not do this (no kernel); the CPU did."
    assert order == ["cuda", "emptied", "cpu"]


def test_what_fails_on_the_cpu_fails() -> None:
    def work(engine: Engine) -> None:
        raise RuntimeError("wrong shapes")

    with pytest.raises(RuntimeError, match="wrong shapes"):
        on_device_or_cpu(Engine(), work)


@pytest.mark.parametrize("fault", [ValueError("bad input"), KeyError("x"), TypeError("no")])
def test_faults_of_the_work_itself_are_not_the_device_s(fault: Exception) -> None:
    tried: list[str] = []

    def work(engine: Engine) -> None:
        tried.append(engine.device)
        raise fault

    with pytest.raises(type(fault)):
        on_device_or_cpu(Engine("cuda"), work)
    assert tried == ["cuda"]

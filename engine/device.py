"""Where torch computes: the CPU, CUDA or MPS, and back to the CPU when a device fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import torch
from numpy.typing import NDArray
from torch import Tensor

T = TypeVar("T")
P = ParamSpec("P")


class UnknownDevice(ValueError):
    """A device that is not here, said in one sentence."""


def devices() -> tuple[str, ...]:
    """The devices of this machine, the CPU first."""
    found = ["cpu"]
    if torch.cuda.is_available():
        found.append("cuda")
    if torch.backends.mps.is_available():
        found.append("mps")
    return tuple(found)


def device_title(name: str) -> str:
    """A device as people know it."""
    if name == "cuda":
        return f"CUDA: {torch.cuda.get_device_name()}"
    return {"cpu": f"CPU, {torch.get_num_threads()} threads", "mps": "Apple GPU (MPS)"}[name]


@dataclass(frozen=True)
class Engine:
    """The compute engine that scenes are handed: a device, and the ways to and from it."""

    device: str = "cpu"

    @classmethod
    def on(cls, name: str) -> Engine:
        """The engine on a device.

        Raises:
            UnknownDevice: this machine has no such device.
        """
        if name not in devices():
            raise UnknownDevice(f"There is no device {name!r} here; there is {', '.join(devices())}.")
        return cls(name)

    def tensor(self, array: NDArray[Any], dtype: torch.dtype | None = None) -> Tensor:
        """The array as a tensor on the device; float64 becomes float32 where the device has none (MPS)."""
        tensor = torch.tensor(array)
        wanted = dtype or tensor.dtype
        if self.device == "mps" and wanted == torch.float64:
            wanted = torch.float32
        return tensor.to(self.device, wanted)

    def array(self, tensor: Tensor) -> NDArray[Any]:
        """The tensor as a read-only array on the CPU, ready to draw."""
        array: NDArray[Any] = tensor.detach().cpu().numpy()
        array.flags.writeable = False
        return array

    def generator(self, seed: int) -> torch.Generator:
        """Randomness that depends on the seed alone. It lives on the CPU, so all devices agree."""
        return torch.Generator().manual_seed(seed)


def on_device_or_cpu(engine: Engine, work: Callable[[Engine], T]) -> tuple[T, str]:
    """Do the work; when the device fails at it, do it on the CPU. Returns the result and a notice, or "".

    What the failed attempt held is let go before the second begins.
    """
    failure = ""
    try:
        return work(engine), ""
    except (torch.OutOfMemoryError, NotImplementedError, RuntimeError) as error:
        if engine.device == "cpu":
            raise
        failure = (str(error).splitlines() or [type(error).__name__])[0]
    if engine.device == "cuda":
        torch.cuda.empty_cache()
    return work(Engine("cpu")), f"{engine.device.upper()} could not do this ({failure}); the CPU did."


def on_one_thread(function: Callable[P, T]) -> Callable[P, T]:
    """The function, run without torch's other threads: many short operations, one after the other, take longer
    when each of them wakes a second thread than when none does.
    """

    @wraps(function)
    def alone(*args: P.args, **kwargs: P.kwargs) -> T:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return function(*args, **kwargs)
        finally:
            torch.set_num_threads(threads)

    return alone

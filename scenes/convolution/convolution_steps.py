"""How far a stepped convolution has come, read off its recorded line."""

from __future__ import annotations

from dataclasses import dataclass

from engine.trace import Frame

AT_TAP = ("value =", "total = total")


@dataclass(frozen=True, kw_only=True)
class Moment:
    """The window at hand of an output channel, the cell of the kernel, the sum so far, what is written.

    `taps` products are in the sum, in the kernel's reading order, channel by channel; `done` outputs are written,
    in the order o, i, j.
    """

    channel: int = 0
    window: tuple[int, int] | None = None
    tap: tuple[int, int, int] | None = None
    taps: int = 0
    total: float | None = None
    done: int = 0


def moment_of(frame: Frame) -> Moment:
    """Read a recorded line."""
    seen, text = frame.variables, frame.text
    shape = tuple(seen["output"].shape) if "output" in seen else (0, 0, 0)
    if frame.returned or (text.startswith("for o, i, j") and not {"o", "i", "j"} & set(frame.changed)):
        return Moment(done=shape[0] * shape[1] * shape[2], channel=shape[0] - 1)
    if "o" not in seen:
        return Moment()
    o, i, j = (int(seen[name]) for name in "oij")
    written = (o * shape[1] + i) * shape[2] + j
    if text.startswith("for o, i, j"):
        return Moment(channel=o, window=(i, j), done=written)
    total = float(seen["total"])
    if text.startswith("output[o, i, j]"):
        size = int(seen["in_channels"]) * int(seen["kernel"]) ** 2
        return Moment(channel=o, window=(i, j), taps=size, total=total, done=written + 1)
    if text.startswith("total = float"):
        return Moment(channel=o, window=(i, j), total=total, done=written)
    c, u, v = (int(seen[name]) for name in "cuv")
    kernel, taps = int(seen["kernel"]), (c * int(seen["kernel"]) + u) * int(seen["kernel"]) + v
    at_tap = text.startswith(AT_TAP)
    if text.startswith("for c, u, v") and not {"c", "u", "v"} & set(frame.changed):
        return Moment(
            channel=o, window=(i, j), taps=int(seen["in_channels"]) * kernel**2, total=total, done=written
        )
    return Moment(
        channel=o,
        window=(i, j),
        tap=(c, u, v) if at_tap or text.startswith("for c, u, v") else None,
        taps=taps + text.startswith("total = total"),
        total=total,
        done=written,
    )

"""Faults: in the scene that caused them in plain words, and in the log in full."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable
from types import TracebackType

log = logging.getLogger("zoetrope")

PLAIN = (ValueError,)  # faults whose message is a sentence for people


def sentence(fault: BaseException) -> str:
    """What a person reads of a fault."""
    if isinstance(fault, PLAIN) and str(fault):
        return str(fault)
    if isinstance(fault, MemoryError) or "out of memory" in str(fault).lower():
        return "There is not enough memory for this."
    first = (str(fault).splitlines() or [""])[0]
    return f"Something went wrong here: {type(fault).__name__}{': ' + first if first else ''}"


def catch_all(report: Callable[[BaseException], None]) -> None:
    """No exception escapes: those of slots and paint events are logged and reported, the program lives.

    `report` is called in the thread of the fault and must touch no widget (emit a signal).
    """

    def hook(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, fault, trace)
            return
        log.error("".join(traceback.format_exception(kind, fault, trace)))
        report(fault)

    sys.excepthook = hook

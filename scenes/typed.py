"""What a person types into a part of the picture, as a number."""

from __future__ import annotations

from scenes.scene import Refused


def number_typed(text: str, largest: float, holder: str = "a cell", example: str = "7, -0.5 or 1/4") -> float:
    """A number, or a fraction such as 1/9; a decimal comma and a typographic minus are understood.

    Raises:
        Refused: it is none, or beyond -`largest`..`largest`.
    """
    above, _, below = text.strip().replace(",", ".").replace("\N{MINUS SIGN}", "-").partition("/")
    try:
        value = float(above) / float(below or 1)
    except (ValueError, ZeroDivisionError):
        raise Refused(f"{text!r} is no number; {holder} holds one such as {example}.") from None
    if not abs(value) <= largest:
        raise Refused(f"{text} is too much; {holder} holds -{largest:g} to {largest:g}.")
    return value

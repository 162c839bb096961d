"""The eight optimizers by name, their numbers, and what torch takes for them where nobody says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Name = Literal["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adadelta", "adam", "adamw"]
NAMES: tuple[Name, ...] = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adadelta", "adam", "adamw")

Correction = Literal["power", "off", "m only", "index"]

# torch.optim's own: SGD, Adagrad, RMSprop, Adadelta, Adam, AdamW. Its RMSprop calls rho alpha.
TORCH: dict[str, dict[Name, float]] = {
    "lr": {
        "sgd": 1e-3, "momentum": 1e-3, "nesterov": 1e-3, "adagrad": 1e-2, "rmsprop": 1e-2, "adadelta": 1.0,
        "adam": 1e-3, "adamw": 1e-3,
    },
    "rho": {"rmsprop": 0.99, "adadelta": 0.9},
    "eps": {"adagrad": 1e-10, "rmsprop": 1e-8, "adadelta": 1e-6, "adam": 1e-8, "adamw": 1e-8},
    "weight_decay": {**dict.fromkeys(NAMES, 0.0), "adamw": 1e-2},
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The numbers of one optimizer, with torch's meanings.

    `correction` says how Adam's m and v are corrected for starting at 0: by 1 - beta^t, a power, as published;
    not at all; m alone, so that v stands where v-hat should; or by 1 - beta, with t misread as an index.
    `eps_inside` puts eps under the root.
    """

    momentum: float = 0.9
    dampening: float = 0.0
    rho: float = 0.9
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0
    amsgrad: bool = False
    correction: Correction = "power"
    eps_inside: bool = False

    def __post_init__(self) -> None:
        for name in ("momentum", "dampening", "rho", "beta1", "beta2"):
            value = getattr(self, name)
            if not 0 <= value <= 1 or (name in ("beta1", "beta2") and value == 1):
                high = "below 1" if name.startswith("beta") else "up to 1"
                raise ValueError(f"{name} is {value}; it takes a number from 0 {high}.")
        for name in ("eps", "weight_decay"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} is {getattr(self, name)}; it takes a number that is 0 or more.")


def settings_of(name: Name, **changes: float | bool | Correction) -> Settings:
    """torch's own settings of an optimizer, with some changed.

    Raises:
        ValueError: a number that is out of bounds.
    """
    defaults = {key: values[name] for key, values in TORCH.items() if key != "lr" and name in values}
    return Settings(**{**defaults, **changes})  # type: ignore[arg-type]

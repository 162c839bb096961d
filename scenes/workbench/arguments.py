"""What a learner's function is called with, on its way to its process: data, and the engine's functions and records
by their names.
"""

from __future__ import annotations

import importlib
from dataclasses import fields, is_dataclass
from functools import partial
from types import FunctionType
from typing import Any

import torch

from scenes.workbench.wire import packed, unpacked


class Unsendable(ValueError):
    """An argument that cannot go to another process, said in one sentence."""


def sent(value: Any) -> Any:
    """An argument as plain data: engine functions, and partials of them, by name; an object of one of the engine's
    dataclasses or named tuples by its class's name and its fields; generators by their state.

    Raises:
        Unsendable: it is an object, or a function from elsewhere.
    """
    if isinstance(value, partial):
        named = {name: sent(item) for name, item in value.keywords.items()}
        return ["partial", sent(value.func), [sent(item) for item in value.args], named]
    if isinstance(value, torch.Generator):
        return ["generator", value.get_state().numpy().tobytes()]
    if isinstance(value, FunctionType):
        return ["engine", *_place_of(value)]
    if is_dataclass(type(value)):
        given = {f.name: sent(getattr(value, f.name)) for f in fields(value) if f.init}
        return ["record", *_place_of(type(value)), given]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        named = {name: sent(item) for name, item in zip(value._fields, value, strict=True)}
        return ["record", *_place_of(type(value)), named]
    made = packed(value)
    if _is_thing(made):
        raise _refused(getattr(value, "__name__", type(value).__name__))
    return made


def arrived(value: Any) -> Any:
    """The argument that was sent, new each time."""
    match value:
        case ["partial", function, args, named]:
            return partial(
                arrived(function), *map(arrived, args), **{k: arrived(v) for k, v in named.items()}
            )
        case ["generator", state]:
            generator = torch.Generator()
            generator.set_state(torch.frombuffer(bytearray(state), dtype=torch.uint8))
            return generator
        case ["engine", module, name]:
            return _made_at(module, name)
        case ["record", module, name, given]:
            return _made_at(module, name)(**{k: arrived(v) for k, v in given.items()})
    return unpacked(value)


def as_words(value: Any) -> Any:
    """An argument as JSON has it, whole; functions by their names, records by what they say of themselves."""
    if isinstance(value, partial):
        given = [str(item) for item in value.args] + [f"{k}={v}" for k, v in value.keywords.items()]
        return f"{as_words(value.func)}({', '.join(given)})"
    if is_dataclass(value) and not isinstance(value, type):
        named = [f"{f.name}={as_words(getattr(value, f.name))}" for f in fields(value) if f.repr]
        return f"{type(value).__name__}({', '.join(named)})"
    if isinstance(value, torch.Tensor):
        return as_words(value.tolist())
    if isinstance(value, list | tuple):
        return [as_words(item) for item in value]
    if isinstance(value, dict):
        return {str(key): as_words(item) for key, item in value.items()}
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    return getattr(value, "__name__", type(value).__name__)


def _is_thing(made: Any) -> bool:
    """Whether an object, or one in a container, would arrive as its words alone."""
    if not isinstance(made, list):
        return False
    return made[:1] == ["thing"] or any(_is_thing(item) for item in made[1:])


def _refused(name: str) -> Unsendable:
    return Unsendable(f"{name} is given to the function here, and cannot be handed to another process.")


def _place_of(made: Any) -> tuple[str, str]:
    """Module and name of an engine function or dataclass.

    Raises:
        Unsendable: it is none, or cannot be found by its name.
    """
    module, name = getattr(made, "__module__", ""), getattr(made, "__qualname__", "")
    try:
        found = _made_at(module, name)
    except ValueError:
        found = None
    if found is not made:
        raise _refused(name or type(made).__name__)
    return module, name


def _made_at(module: str, name: str) -> Any:
    """The engine function or dataclass of this name.

    Raises:
        ValueError: there is none.
    """
    if module != "engine" and not module.startswith("engine."):
        raise ValueError(f"{module} is no part of the engine")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"there is no {module}.{name}") from error
    if not isinstance(found, FunctionType) and not _is_record(found):
        raise ValueError(f"{module}.{name} is no function and no dataclass")
    return found


def _is_record(found: Any) -> bool:
    """Whether it is a dataclass, or a class of named tuples."""
    return isinstance(found, type) and (is_dataclass(found) or hasattr(found, "_fields"))

"""A person's own network: a list of layers as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.convnet.network import IMAGE, BadNetwork, Layer, measures
from scenes.convolution.receptive_edit import LONGEST, MOST
from scenes.convolution.receptive_model import LARGEST, layers_of
from scenes.data.arrays import refuse_other_suffixes
from scenes.data.errors import BadData, shown
from scenes.data.files import MEGABYTE, name_of, read_bytes, suffix_of
from scenes.data.text import json_from
from scenes.scene import State

KINDS = ("conv", "pool", "add", "concat")
FIELDS = ("kind", "name", "reads", *MOST, "relu")
FORMATS = (
    'a .json list of layers, each such as {"kernel": 3, "stride": 1, "padding": 1, "dilation": 1, "channels": 64}; '
    'with "kind": "pool", "add" or "concat" where it is no convolution, a "name", and "reads": the names or numbers '
    'of what it reads ("image" or -1 is the image) where that is not the layer before, and "relu": false where no ReLU '
    "follows; or an object with these layers, "
    '{"layers": [...], "size": 224}'
)


def take_data(state: State, path: Path) -> tuple[State, tuple[str, ...]]:
    """The network in a file, looked at from its last layer.

    Raises:
        BadData: saying which layer is wrong, and what would fit.
    """
    name = name_of(path)
    refuse_other_suffixes(suffix_of(path), name, (".json",))
    document = json_from(read_bytes(path, limit=MEGABYTE), name)
    if isinstance(document, dict):
        size = document.get("size", state.params.size)
        if not _is_whole(size, 1, LARGEST):
            raise BadData(f"{name}: size is {shown(size)}; it takes a whole number from 1 to {LARGEST}.")
        state, document = state.with_params(size=size), document.get("layers")
    if not isinstance(document, list) or not 1 <= len(document) <= LONGEST:
        raise BadData(f"{name} holds no list of layers; it takes a list of 1 to {LONGEST}.")
    layers: list[Layer] = []
    for number, entry in enumerate(document):
        layers.append(_layer(entry, f"{name}, layer {number}", layers))
    state = state.with_params(own_widths=True)
    try:
        measures(layers_of(state.params, tuple(layers)), state.params.size)
    except BadNetwork as error:
        raise BadData(f"{name}: {error}") from error
    return state.with_inputs(layers=tuple(layers), chosen=len(layers) - 1, unit=None), ()


def _layer(entry: Any, where: str, before: list[Layer]) -> Layer:
    if not isinstance(entry, dict):
        raise BadData(f'{where} is {shown(entry)}; a layer is an object such as {{"kernel": 3}}.')
    unknown = [key for key in entry if key not in FIELDS]
    if unknown:
        raise BadData(f"{where} has {shown(unknown[0])}; a layer has {', '.join(FIELDS)}.")
    kind = entry.get("kind", "conv")
    if kind not in KINDS:
        raise BadData(f"{where}: kind is {shown(kind)}; it takes one of {', '.join(KINDS)}.")
    join = kind in ("add", "concat")
    numbers: dict[str, int] = {}
    for key, most in MOST.items():
        low = 0 if key == "padding" else 1
        value = entry.get(key, _default(key, kind, numbers))
        if not _is_whole(value, low, most):
            raise BadData(f"{where}: {key} is {shown(value)}; it takes a whole number from {low} to {most}.")
        if join and key in entry and value != _default(key, kind, numbers):
            raise BadData(f"{where}: a join has no {key}; leave it out.")
        numbers[key] = value
    title = entry.get("name", "")
    if not isinstance(title, str) or len(title) > 40:
        raise BadData(f"{where}: name is {shown(title)}; it takes a text of at most 40 characters.")
    relu = entry.get("relu", True)
    if not isinstance(relu, bool):
        raise BadData(f"{where}: relu is {shown(relu)}; it takes true or false.")
    return Layer(
        kind=kind, name=title, relu=relu, reads=_reads(entry.get("reads", ()), where, before), **numbers
    )


def _default(key: str, kind: str, numbers: dict[str, int]) -> int:
    """What a number is where it is left out: a pooling moves by its own width, as torch's does."""
    if key == "kernel":
        return {"conv": 3, "pool": 2}.get(kind, 1)
    if key == "stride" and kind == "pool":
        return numbers["kernel"]
    return 0 if key == "padding" else 1


def _is_whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _reads(given: Any, where: str, before: list[Layer]) -> tuple[int, ...]:
    """The numbers of the layers that are read, given by name or number."""
    listed = given if isinstance(given, list | tuple) else [given]
    names = {"image": IMAGE, **{layer.name: number for number, layer in enumerate(before) if layer.name}}
    found = []
    for one in listed:
        number = names.get(one) if isinstance(one, str) else one
        if not _is_whole(number, IMAGE, len(before) - 1):
            known = ", ".join(list(names)[-6:])
            raise BadData(
                f"{where} reads {shown(one)}; it can read the image (-1) and the layers before it, such as {known}."
            )
        found.append(int(number))  # type: ignore[arg-type]  # it is whole
    return tuple(found)

"""Batch, stochastic and mini-batch gradient descent on one line fit (Robbins & Monro 1951; Ruder 2016)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.trace import Trace
from scenes.data.arrays import arrays_from
from scenes.data.errors import BadData
from scenes.optimization import batches_presets as presets
from scenes.optimization.batches_ask import ask
from scenes.optimization.batches_cases import cases
from scenes.optimization.batches_edit import edit
from scenes.optimization.batches_faults import FAULTS
from scenes.optimization.batches_model import (
    FEWEST,
    LARGEST,
    MOST,
    Params,
    Result,
    arrays,
    compute,
    listing,
)
from scenes.optimization.batches_view import picture
from scenes.optimization.batches_words import RUN_OF, update_at
from scenes.scene import Key, Preset, Scene, State, Target, Why, locked


def why(result: Result, trace: Trace, target: Target) -> Why | None:
    """Of a place on the chosen run's path, the update that led there; of a sample, the first that read it."""
    run = result.run
    if target.handle == "path" and RUN_OF.get(target.panel) == result.chosen:
        update = update_at(run, target.index)
    elif target.handle == "point" and target.index in run.order:
        first = int(np.flatnonzero(run.order == target.index)[0])
        update = int(np.searchsorted(run.read, first, side="right"))
    else:
        return None
    for frame in trace.frames:
        if "path" in frame.changed and len(frame.variables["path"]) == update + 1 > 1:
            return Why(step=frame.index + 1, sentence=frame.narration)
    return None


def take_data(state: State, path: Path) -> tuple[State, tuple[str, ...]]:
    """The person's own `points`, and where descent starts if the file says so.

    Raises:
        BadData: no points, too few or many, of another shape, or not finite.
    """
    found = arrays_from(path, only=("array", "points", "start"))
    points = found.get("points", found.get("array"))
    if points is None:
        raise BadData(f"{path.name} holds no points; name an array of (N, 2) so, x and y of each.")
    if points.ndim != 2 or points.shape[1] != 2 or not FEWEST <= len(points) <= MOST:
        raise BadData(
            f"{path.name}: points has shape {points.shape}; it takes (N, 2), x and y of {FEWEST} to {MOST} points."
        )
    changes = {"points": _numbers(points, f"{path.name}: points")}
    if "start" in found:
        if found["start"].shape != (2,):
            raise BadData(
                f"{path.name}: start has shape {found['start'].shape}; it takes two numbers, w and b."
            )
        changes["start"] = _numbers(found["start"], f"{path.name}: start")
    return _with_fitting_rate(state.with_inputs(**changes))


def _numbers(array: NDArray[np.generic], where: str) -> NDArray[np.float64]:
    values = array.astype(np.float64)
    bad = values[~(np.abs(values) <= LARGEST)]
    if bad.size:
        raise BadData(
            f"{where} holds {bad[0]:g}; values go from -{LARGEST:g} to {LARGEST:g}: scale them first."
        )
    return locked(values)


def _with_fitting_rate(state: State) -> tuple[State, tuple[str, ...]]:
    """A learning rate at which no sample by itself can throw the line away, where the present one is too large."""
    steepest = 2 * float((state.inputs.points[:, 0] ** 2).max() + 1)
    if state.params.lr <= 2 / steepest:
        return state, ()
    lr = float(f"{1 / steepest:.2g}")
    return state.with_params(lr=lr), (
        f"The learning rate is now {lr:g}: a larger one is too large for these x.",
    )


SCENE = Scene(
    key="batches",
    params=Params,
    presets={key: Preset(title=title, build=build, point=point) for key, title, point, build in presets.ALL},
    compute=compute,
    picture=picture,
    edit=edit,
    arrays=arrays,
    listing=listing,
    why=why,
    ask=ask,
    faults=FAULTS,
    cases=cases,
    take_data=take_data,
    data_formats="an array points (N, 2), x and y of each, and start (2,), w and b, if wished, in .json, .npz or "
    ".safetensors; an .npy or .csv file holds the points",
    keys=(
        Key(key="N", does="add a point beside the chosen one, or in the middle"),
        Key(key="Delete", does="remove the chosen point"),
    ),
    colours={
        "x": "input", "y": "target", "batch": "input", "queue": "input", "read": "input", "w": "weight", "b": "weight",
        "error": "output", "grad_w": "gradient", "grad_b": "gradient",
    },
    sources=("Robbins & Monro 1951", "Cochran 1977", "Ruder 2016", "Bottou, Curtis & Nocedal 2018"),
)  # fmt: skip

"""IoU and the losses made of it: IoU (Yu 2016), GIoU (Rezatofighi 2019), DIoU and CIoU (Zheng 2020)."""

from __future__ import annotations

from typing import Any

from scenes.detection import iou_presets as presets
from scenes.detection.iou_ask import ask
from scenes.detection.iou_cases import cases
from scenes.detection.iou_edit import edit
from scenes.detection.iou_faults import FAULTS
from scenes.detection.iou_model import Inputs, Params, arrays, compute, listing
from scenes.detection.iou_view import picture
from scenes.scene import Preset, Scene


def _built(params: Params, sheet: tuple[float, float, float, float]) -> Any:
    """A preset's Params and Inputs from its plain description."""
    return lambda: (params, Inputs(sheet=sheet))


SCENE = Scene(
    key="iou",
    params=Params,
    presets={
        key: Preset(title=title, build=_built(params, sheet), point=point)
        for key, title, point, params, sheet in presets.ALL
    },
    compute=compute,
    picture=picture,
    edit=edit,
    arrays=arrays,
    listing=listing,
    ask=ask,
    faults=FAULTS,
    cases=cases,
    colours={
        "pred": "input", "width": "input", "height": "input", "target": "target", "true_width": "target",
        "true_height": "target", "intersection": "output", "iou": "output", "giou": "output", "diou": "output",
        "distance": "accent", "alpha": "weight", "v": "weight",
    },
    sources=("Yu et al. 2016", "Rezatofighi et al. 2019", "Zheng et al. 2020", "Zheng et al. 2021"),
)  # fmt: skip

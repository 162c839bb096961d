"""Priors, box coding and heads: R-CNN's offsets (Girshick 2014, 2015), YOLOv2 and v3 (Redmon & Farhadi)."""

from __future__ import annotations

from engine.trace import Trace
from scenes.detection import box_coding_kmeans
from scenes.detection.box_coding_data import FORMATS, take_data, take_image
from scenes.detection.box_coding_edit import edit
from scenes.detection.box_coding_model import Params, Result, arrays, compute, listing
from scenes.detection.box_coding_presets import presets
from scenes.detection.box_coding_view import picture
from scenes.scene import Scene, Target, Why


def why(result: Result, trace: Trace, target: Target) -> Why | None:
    """Why a size belongs to its centre."""
    return box_coding_kmeans.why(result, trace, target)


SCENE = Scene(
    key="box-coding",
    params=Params,
    presets=presets(),
    compute=compute,
    picture=picture,
    edit=edit,
    arrays=arrays,
    listing=listing,
    why=why,
    take_image=take_image,
    take_data=take_data,
    data_formats=FORMATS,
    looked_at=frozenset({"backdrop", "head_backdrop", "window"}),
    stepped_at=frozenset({"cell"}),
    colours={
        "t": "input", "priors": "weight", "prior": "weight", "offset": "accent", "scale": "accent", "boxes": "target",
        "centre": "output", "size": "output", "sizes": "input", "centres": "weight", "moved": "weight",
        "middle": "output", "nearest": "accent", "pred": "output", "target": "target", "t_true": "target",
        "proposal": "weight", "difference": "gradient", "terms": "gradient", "objectness": "input",
        "logits": "input", "is_object": "output", "of_class": "output",
    },
    sources=("Girshick et al. 2014", "Girshick 2015", "Redmon & Farhadi 2017", "Redmon & Farhadi 2018"),
)  # fmt: skip

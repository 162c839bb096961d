"""The picture of the IoU family: two boxes, four measures of them, a race of the losses, and a slide."""

from __future__ import annotations

import numpy as np

from engine.detection.iou_loss import NAMES, LossName
from engine.trace import Frame
from scenes.detection import iou_words as words
from scenes.detection.iou_boxes import boxes_panel
from scenes.detection.iou_charts import losses_panel, race_panel, slide_panel
from scenes.detection.iou_model import Params, Result, boxes_of, sheet_of
from scenes.detection.iou_numbers import Numbers, numbers_of
from scenes.parameters import BadParameter
from scenes.picture import Align, Formula, Line, Mark, Panel, Picture, Region, Role, Scatter, Text
from scenes.scene import State, Target, locked


def picture(state: State, result: Result, frame: Frame | None, hover: Target | None) -> Picture:
    """Two boxes and what their measures are made of; the measures; the race; the slide."""
    params: Params = state.params
    try:
        pair = boxes_of(params)
    except BadParameter:  # the sentence about it stands elsewhere
        pair = result.pred, result.target
    loss: LossName = params.loss
    sheet = sheet_of(*pair, state.inputs.sheet)
    numbers = numbers_of(loss, result, frame)
    found = frame is None or (frame.returned and not frame.callers)  # until then they would give it away
    told = hover if found or hover is None or not hover.panel.startswith(("race", "chart")) else None
    chart = (
        slide_panel(loss, result, numbers, told, found=found)
        if params.chart == "slide"
        else losses_panel(loss, result, told, found=found)
    )
    return Picture(
        panels=(
            boxes_panel(loss, pair, result, sheet, numbers, ended=frame is None),
            _measures_panel(loss, numbers, hover),
            *(
                race_panel(name, column, loss, result, sheet, found=found)
                for column, name in enumerate(NAMES)
            ),
            chart,
        ),
        columns=(21, 21, 21, 21, 38),
        rows=(62, 38),
        sentence=words.sentence(loss, params.chart, result, told) if frame is None or told else "",
        focus="box",
    )


def _measures_panel(loss: LossName, numbers: Numbers, hover: Target | None) -> Panel:
    """A row each: the formula, the value as a number and on a line from -1 to 1, and the numbers in it, as
    far as they are known.
    """
    pointed = hover.handle if hover is not None and hover.panel == "measures" else ""
    marks: list[Mark] = [_SCALES]
    for row, name in enumerate(NAMES):
        marks += _words_of(row, name, numbers, chosen=name == loss, pointed=name == pointed)
    for chosen in (False, True):
        marks += _values(numbers, [name for name in NAMES if (name == loss) == chosen], chosen=chosen)
    for x, align in _ENDS:
        marks.append(
            Text(at=(x, 4.2), text=f"{x}".replace("-", words.MINUS), align=align, role="quiet", size=0.9)
        )
    return Panel(
        key="measures", marks=tuple(marks), view=(-1, 0, 1, 4), place=(0, 4, 1, 1), square=False, fixed=True,
        margin=(1.5, 0, 1.5, 1.8),
    )  # fmt: skip


_ENDS: tuple[tuple[int, Align], ...] = ((-1, "left"), (0, "center"), (1, "right"))
ON_LINE = 0.62  # of a row: where its line from -1 to 1 lies
_SCALES = Line(
    segments=locked(
        np.array(
            [
                ends
                for y in np.arange(len(NAMES)) + ON_LINE
                for ends in ([(-1, y), (1, y)], [(0, y - 0.08), (0, y + 0.08)])
            ]
        )
    ),
    role="quiet",
    width=0.75,
)


def _words_of(row: int, name: LossName, numbers: Numbers, *, chosen: bool, pointed: bool) -> list[Mark]:
    """A row's formula, its value and the numbers that make it."""
    marks: list[Mark] = [
        Region(extent=(-1.5, row + 0.02, 1.5, row + 0.98), role="accent" if chosen else "line", width=0,
               fill=chosen or pointed, handle=name),
        Formula(at=(-1, row + 0.29), latex=words.LATEX[name], size=1.15),
        Text(at=(-1, row + 0.85), text=words.formula(name, numbers), mono=True, role="text" if chosen else "quiet"),
    ]  # fmt: skip
    if name in numbers:
        value = words.signed(numbers[name])
        marks.append(Text(at=(1, row + 0.29), text=value, align="right", size=1.4, mono=True))
    return marks


def _values(numbers: Numbers, names: list[LossName], *, chosen: bool) -> list[Mark]:
    """A bar from 0 and a dot for each value that is known of some, those that are chosen or those that are not."""
    role: Role = "output" if chosen else "quiet"
    ends = [
        (min(max(numbers[name], -1.0), 1.0), NAMES.index(name) + ON_LINE) for name in names if name in numbers
    ]
    if not ends:
        return []
    return [
        Line(segments=np.array([[(0, y), (x, y)] for x, y in ends], float), role=role, width=5),
        Scatter(points=locked(np.array(ends, float)), role=role, size=11),
    ]

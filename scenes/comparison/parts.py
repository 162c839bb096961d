"""One part of a picture by itself, for where there is no room for all of it."""

from __future__ import annotations

from dataclasses import replace

from scenes.picture import Panel, Picture

WIDE = 16 / 9  # of the room that pictures are made for


def main_part(picture: Picture) -> str:
    """The key of the panel that has the most room both ways; of several, the last: what comes out stands there."""
    rooms = {panel.key: _room(panel, picture) for panel in picture.panels}
    most = max(rooms.values(), default=0.0)
    return next((key for key in reversed(rooms) if rooms[key] > 0.99 * most), "")


def only(picture: Picture, key: str) -> Picture:
    """The picture with that panel alone, in all of the room; as it is where it has no such panel."""
    found = next((panel for panel in picture.panels if panel.key == key), None)
    if found is None:
        return picture
    return replace(picture, panels=(replace(found, place=(0, 0, 1, 1)),), columns=(1,), rows=(1,))


def _room(panel: Panel, picture: Picture) -> float:
    row, column, rows, columns = panel.place
    wide = sum(picture.columns[column : column + columns]) / sum(picture.columns)
    tall = sum(picture.rows[row : row + rows]) / sum(picture.rows)
    return min(wide * WIDE, tall)

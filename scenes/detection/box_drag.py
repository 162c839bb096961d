"""What a drag does to a box on a picture, for all scenes whose boxes are moved by hand."""

from __future__ import annotations

from scenes.scene import Drag

Box = tuple[float, float, float, float]


def dragged(box: Box, event: Drag, extent: tuple[float, float], least: float) -> Box:
    """The inside moves the whole box, an edge or corner resizes it; it stays on the picture, right way round and
    no side shorter than `least`.
    """
    width, height = extent
    x1, y1, x2, y2 = box
    dx, dy, part = event.dx, event.dy, event.target.part
    if not part:
        dx = min(max(dx, -x1), width - x2)
        dy = min(max(dy, -y1), height - y2)
        return x1 + dx, y1 + dy, x2 + dx, y2 + dy
    x1 = min(max(x1 + dx, 0), x2 - least) if "w" in part else x1
    y1 = min(max(y1 + dy, 0), y2 - least) if "n" in part else y1
    x2 = max(min(x2 + dx, width), x1 + least) if "e" in part else x2
    y2 = max(min(y2 + dy, height), y1 + least) if "s" in part else y2
    return x1, y1, x2, y2

"""Draw the sample images that the program opens with: python assets/draw_samples.py [folder].

Everything is drawn here, from numbers; the same run gives the same pictures.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from draw.page import text_page
from draw.patterns import shapes, zone_plate
from draw.still_life import still_life
from draw.street import SIZE, street

IMAGES = Path(__file__).parent / "images"


def main(folder: Path = IMAGES) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    scene, objects = street()
    for name, image in (
        ("still-life", still_life()),
        ("text", text_page()),
        ("zone-plate", zone_plate()),
        ("street", scene),
        ("shapes", shapes()),
    ):
        image.save(folder / f"{name}.png", optimize=True)
        print(folder / f"{name}.png", image.size, image.mode)
    rows = ",\n".join("  " + json.dumps(each) for each in objects)
    text = f'{{"size": {json.dumps(SIZE)}, "objects": [\n{rows}\n]}}\n'
    (folder / "street.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))

"""Reading a picture that a person brings, from a file or from its bytes."""

from __future__ import annotations

import io
import logging
import operator
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scenes.data.eight_bit import MAX_PIXELS, pixels_from_array, to_eight_bit
from scenes.data.errors import BadData
from scenes.data.files import MEGABYTE, name_of, read_bytes
from scenes.data.picture_kinds import KINDS, is_cut_short, jpeg_scans, kind_of, other_kind_of

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL import Image

__all__ = ["MAX_PIXELS", "LoadedImage", "pixels_from_array", "read_image"]

MAX_FILE_BYTES = 512 * MEGABYTE
MAX_SCANNED_PIXELS = 2_000_000_000  # pixels times scans of a JPEG: a few seconds of work
_TILE_SIDES = (322, 323)  # tags of TIFF
_SILENT = logging.NullHandler()  # keeps the decoders' log off a bare console
_READ_KINDS = f"{', '.join(KINDS[:-1])} and {KINDS[-1]}"


@dataclass(frozen=True, eq=False)
class LoadedImage:
    """A picture ready to work on. Two are equal only when they are the same object.

    Attributes:
        pixels: (H, W, C) uint8, row-major, read-only; C is 1 (grey) or 3 (R, G, B).
        size: (width, height) of the original in pixels, upright (after EXIF rotation); `pixels`
            is smaller when the original was reduced.
        notices: sentences that say what was changed on the way.
    """

    pixels: NDArray[np.uint8]
    size: tuple[int, int]
    notices: tuple[str, ...]


def read_image(source: str | Path | bytes, *, name: str | None = None, longest: int = 1024) -> LoadedImage:
    """Reads a PNG, JPEG, WebP, BMP, TIFF or GIF picture; the first, where a file holds several.

    The picture is turned upright (EXIF), brought to 8 bits, laid over white where it is
    transparent, and reduced (Lanczos) when its long side exceeds `longest`. Grey pictures keep
    one channel. Colour profiles (ICC) are ignored: the numbers are taken as sRGB.

    Args:
        source: a path, or the bytes of a file.
        name: what to call it in messages; the name of the file by default.
        longest: the most pixels on the long side, >= 1.

    Raises:
        BadData: there is no such file, it is no picture of these kinds, it declares more than 64
            megapixels (refused before decoding), it is cut short or damaged.
        ValueError: `longest` is less than 1.
    """
    if longest < 1:
        raise ValueError(f"longest must be at least 1, got {longest}")
    if isinstance(source, bytes):
        data, name = source, name or "the picture"
    else:
        data, name = read_bytes(source, limit=MAX_FILE_BYTES), name or name_of(source)
    if not data:
        raise BadData(f"{name} is empty (0 bytes); choose a picture.")
    kind = kind_of(data)
    if kind is None:
        seems = other_kind_of(data) or "no picture of a known kind"
        raise BadData(f"{name} is {seems}; {_READ_KINDS} pictures are read.")
    try:
        return _decoded(data, kind, name, longest)
    except BadData:
        raise
    except Exception as error:  # decoders raise many types on hostile bytes
        raise _undecodable(data, kind, name) from error


def _decoded(data: bytes, kind: str, name: str, longest: int) -> LoadedImage:
    image = _opened(data, kind, name)
    declared = image.size
    _refuse_too_large(declared, name)
    if kind == "TIFF":  # its tiles may be larger than the picture
        tags: dict[int, Any] = getattr(image, "tag_v2", {})
        width, height = (operator.index(tags.get(tag, 1)) for tag in _TILE_SIDES)
        _refuse_too_large((width, height), name)
    if kind == "JPEG":
        _refuse_many_scans(declared, data, name)
    target = _fitted(declared, longest)
    drafted = image.draft(None, (2 * target[0], 2 * target[1]))  # a JPEG decodes reduced by 2, 4, 8
    image.load()
    if kind == "PNG":
        _mend_png_transparency(image, depth=data[24])
    orientation = _orientation(image)
    plain, notices = to_eight_bit(image)
    if kind == "PNG" and data[25] == 4:  # grey with alpha: Pillow opens 16 bits of it as RGBA
        plain = plain.convert("L")
    if _has_more_pictures(image):
        notices.append(f"The {kind} file holds several pictures; the first is shown.")
    if plain.size != target:
        plain = _reduced(plain, target, drafted[1] if drafted else None)
    size = declared
    if orientation > 1:
        plain = _upright(plain, orientation)
        size = declared[::-1] if orientation >= 5 else declared
    if target != declared:
        notices.append(f"Reduced from {size[0]} x {size[1]} to {plain.width} x {plain.height} pixels.")
    pixels = np.array(plain).reshape(plain.height, plain.width, -1)  # (H, W, C)
    pixels.setflags(write=False)
    return LoadedImage(pixels, size, tuple(notices))


def _opened(data: bytes, kind: str, name: str) -> Image.Image:
    """The picture with its header read, by the decoder of that one kind and no other."""
    from PIL import Image, TiffImagePlugin, WebPImagePlugin  # noqa: F401  (these two register)

    # Warnings about damaged metadata say nothing that a person can use. They are silenced for
    # good, for `warnings.catch_warnings` is not safe in a worker thread.
    logging.getLogger("PIL").addHandler(_SILENT)
    for category in (UserWarning, Image.DecompressionBombWarning):
        warnings.filterwarnings("ignore", module=r"PIL\.", category=category)
    try:
        return Image.open(io.BytesIO(data), formats=(kind,))
    except Image.DecompressionBombError as error:  # beyond Pillow's own, higher limit
        most = f"{MAX_PIXELS / 1e6:.0f} megapixels"
        raise BadData(f"{name} declares far more than the {most} that are read.") from error


def _refuse_too_large(size: tuple[int, int], name: str) -> None:
    pixels = size[0] * size[1]
    if pixels < 1:
        raise BadData(f"{name} has no pixels: it declares {size[0]} x {size[1]}.")
    if pixels > MAX_PIXELS:
        raise BadData(
            f"{name} declares {size[0]:,} x {size[1]:,} pixels ({pixels / 1e6:,.0f} megapixels); "
            f"pictures of up to {MAX_PIXELS / 1e6:.0f} megapixels are read."
        )


def _refuse_many_scans(size: tuple[int, int], data: bytes, name: str) -> None:
    scans = jpeg_scans(data)[0]
    if scans * size[0] * size[1] > MAX_SCANNED_PIXELS:
        raise BadData(
            f"{name} paints its {size[0]:,} x {size[1]:,} pixels {scans:,} times over, which "
            "would take minutes; save it again as an ordinary JPEG."
        )


def _undecodable(data: bytes, kind: str, name: str) -> BadData:
    if is_cut_short(kind, data):
        return BadData(f"{name} is cut short: the end of the {kind} data is missing; copy it anew.")
    advice = {
        "TIFF": "TIFF is read with 8 or 16 bits a colour, or as grey of 32-bit floats",
    }.get(kind, "opening it in an image editor and saving it again may mend it")
    return BadData(f"{name} is a damaged {kind}, or one of a rare sort; {advice}.")


def _fitted(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """The (width, height) within `longest` that keeps the proportions."""
    if max(size) <= longest:
        return size
    width, height = (max(1, round(side * longest / max(size))) for side in size)
    return width, height


def _reduced(
    image: Image.Image, size: tuple[int, int], box: tuple[float, float, float, float] | None
) -> Image.Image:
    """The picture (the part of it in `box`) filtered down to a smaller size."""
    from PIL import Image

    return image.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)


def _mend_png_transparency(image: Image.Image, depth: int) -> None:
    """Brings the one transparent colour of a PNG to the 8 bits that Pillow's pixels have."""
    colour = image.info.get("transparency")
    if image.mode == "RGB" and depth == 16 and isinstance(colour, tuple):
        image.info["transparency"] = tuple(level >> 8 for level in colour)
    if image.mode == "L" and depth < 8 and isinstance(colour, int):
        image.info["transparency"] = colour * 255 // (2**depth - 1)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1..8. Pillow turns TIFF upright itself, and then says 1."""
    try:
        orientation = image.getexif().get(0x0112, 1)
    except Exception:  # damaged EXIF must not cost the picture
        return 1
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    from PIL import Image

    turn = Image.Transpose
    turns = {
        2: turn.FLIP_LEFT_RIGHT,
        3: turn.ROTATE_180,
        4: turn.FLIP_TOP_BOTTOM,
        5: turn.TRANSPOSE,
        6: turn.ROTATE_270,
        7: turn.TRANSVERSE,
        8: turn.ROTATE_90,
    }
    return image.transpose(turns[orientation])


def _has_more_pictures(image: Image.Image) -> bool:
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:  # a damaged second frame must not cost the first
        return False

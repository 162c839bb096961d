"""Pixels of any sort as plain grey or RGB pixels of 8 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scenes.data.errors import BadData

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray
    from PIL import Image

MAX_PIXELS = 64_000_000
_BITS, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339  # tags of TIFF
_BAND_VALUES = 2**20
_MODES_WITH_ALPHA = ("LA", "PA", "RGBA", "La", "RGBa")
_WANTED = "it needs whole numbers 0..255 or floats 0..1"
_OVER_WHITE = "Transparent parts are shown over white."


def to_eight_bit(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """A picture in mode `L` (grey) or `RGB`, alpha laid over white, and notices of what changed.

    Whole numbers of 16 bits are scaled by 255/65535. Floats in 0..1 are scaled by 255. Floats
    beyond 0..1 and whole numbers of 32 bits beyond 0..255 are scaled from their least and
    greatest value, with a notice; NaN and infinite ones become 0, with a notice.

    Args:
        image: a loaded picture of any mode that Pillow opens.
    """
    if image.mode.startswith("I") or image.mode == "F":
        return _wide_to_grey(image)
    if image.mode in _MODES_WITH_ALPHA or "transparency" in image.info:
        return _over_white(image)
    plain = _plain_mode(image)
    return image if image.mode == plain else image.convert(plain), []


def pixels_from_array(array: ArrayLike) -> NDArray[np.uint8]:
    """Pasted numbers as pixels: (H, W, 1 or 3) uint8, row-major, read-only.

    Args:
        array: (H, W), (H, W, C) or (C, H, W) with C 1, 3 (R, G, B) or 4 (with alpha, which is
            laid over white); where both ends could be the channels, the last is. uint8 is taken
            as it is, bool as 0 and 255, uint16 is scaled by 255/65535, other whole numbers must
            lie in 0..255; floats lie in 0..1 (scaled by 255), or else in 0..255.

    Raises:
        BadData: the shape, the kind of numbers or a value is none of these.
    """
    try:
        values = np.asarray(array)
    except (ValueError, TypeError) as error:
        raise BadData("the picture's rows differ in length; it needs one shape.") from error
    levels = _levels(_with_channels_last(values))
    if levels.shape[2] == 4:
        alpha = levels[..., 3:].astype(np.uint16)
        over_white = levels[..., :3] * alpha + 255 * (255 - alpha)
        levels = ((over_white + 127) // 255).astype(np.uint8)
    pixels = np.array(levels, order="C")
    pixels.setflags(write=False)
    return pixels


def _plain_mode(image: Image.Image) -> str:
    """`L` for a picture that has only grey in it by its mode or palette, else `RGB`."""
    if image.mode == "P":
        colours = np.array(image.getpalette("RGB") or [], np.uint8).reshape(-1, 3)  # (K, 3)
        return "L" if (colours == colours[:, :1]).all() else "RGB"
    return "L" if image.mode in ("1", "L", "LA", "La") else "RGB"


def _over_white(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """Lays a picture with alpha, or with transparent colours, over white."""
    from PIL import Image

    plain = _plain_mode(image)
    mode = "LA" if plain == "L" and image.mode != "P" else "RGBA"
    with_alpha = image if image.mode == mode else image.convert(mode)
    alpha, opaque = with_alpha.getchannel("A"), with_alpha.convert(plain)
    if alpha.getextrema() == (255, 255):
        return opaque, []
    white = Image.new(plain, image.size, "white")
    white.paste(opaque, mask=alpha)
    return white, [_OVER_WHITE]


def _wide_to_grey(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """Pixels of 16 or 32 bits, whole or float, as 8-bit grey."""
    from PIL import Image

    values = np.asarray(image)  # (H, W) uint16, int32 or float32
    tags: dict[int, Any] = getattr(image, "tag_v2", {})
    notices: list[str] = []
    if tags.get(_BITS) == (32,) and tags.get(_SAMPLE_FORMAT, (1,)) == (1,):
        values = values.view(np.uint32)
    if values.dtype.itemsize == 2:
        grey = _scaled_by_table(values, bits=12 if tags.get(_BITS) == (12,) else 16)
        transparent = values == image.info.get("transparency", -1)
        if transparent.any():
            grey[transparent] = 255
            notices.append(_OVER_WHITE)
    else:
        grey = _scaled_by_range(values, notices)
    if tags.get(_PHOTOMETRIC) == 0:  # 0 is white
        np.subtract(255, grey, out=grey)
    return Image.fromarray(grey), notices


def _scaled_by_table(values: NDArray[Any], bits: int) -> NDArray[np.uint8]:
    """Whole numbers 0..2^bits - 1 scaled to 0..255, rounded to the nearest."""
    full = 2**bits - 1
    steps = np.arange(2**16, dtype=np.uint32)
    table: NDArray[np.uint8] = np.minimum((steps * 255 + full // 2) // full, 255).astype(np.uint8)
    return _by_bands(values, table.take)


def _scaled_by_range(values: NDArray[Any], notices: list[str]) -> NDArray[np.uint8]:
    """Floats or wide whole numbers (H, W) scaled to 0..255; what is not finite becomes 0."""
    finite = np.isfinite(values)
    broken = finite.size - int(np.count_nonzero(finite))
    if broken:
        notices.append(f"Pixels that are NaN or infinite are shown black ({broken:,}).")
    natural = 1.0 if values.dtype.kind == "f" else 255.0
    low, high = 0.0, natural
    if broken < finite.size:
        low = float(values[finite].min() if broken else values.min())
        high = float(values[finite].max() if broken else values.max())
    if low >= 0 and high <= natural:
        low, high = 0.0, natural
    else:
        notices.append(f"Values from {low:.6g} to {high:.6g} are scaled to black..white.")
    gain = 255 / ((high - low) or 1.0)

    def scaled(band: NDArray[Any]) -> NDArray[Any]:
        above = np.where(np.isfinite(band), band, low).astype(np.float64) - low
        return np.rint(above * gain)

    return _by_bands(values, scaled)


def _by_bands(values: NDArray[Any], scaled: Callable[[NDArray[Any]], NDArray[Any]]) -> NDArray[np.uint8]:
    """Scales a few rows at a time: the steps between are 8 times as large as the result."""
    levels = np.empty(values.shape, np.uint8)
    rows = max(1, _BAND_VALUES * values.shape[0] // max(1, values.size))
    for top in range(0, values.shape[0], rows):
        levels[top : top + rows] = scaled(values[top : top + rows])
    return levels


def _with_channels_last(values: NDArray[Any]) -> NDArray[Any]:
    """(H, W), (H, W, C) or (C, H, W) as (H, W, C)."""
    if values.ndim == 2:
        values = values[..., None]
    elif values.ndim == 3 and values.shape[2] not in (1, 3, 4) and values.shape[0] in (1, 3, 4):
        values = np.moveaxis(values, 0, 2)
    if values.ndim != 3 or values.shape[2] not in (1, 3, 4):
        raise BadData(f"the picture has shape {values.shape}; it needs (H, W), (H, W, 3) or (3, H, W).")
    if not 0 < values.shape[0] * values.shape[1] <= MAX_PIXELS:
        raise BadData(
            f"the picture has shape {values.shape}; it needs 1 pixel or more, "
            f"and up to {MAX_PIXELS / 1e6:.0f} megapixels."
        )
    return values


def _levels(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Numbers of any usual kind as 0..255; raises BadData for values beyond."""
    kind = values.dtype.kind
    if values.dtype == np.uint8:
        return values
    if kind == "b":
        return values.astype(np.uint8) * np.uint8(255)
    if values.dtype == np.uint16:
        return _scaled_by_table(values, bits=16)
    if kind not in "iuf":
        raise BadData(f"the picture is made of {values.dtype} values; {_WANTED}.")
    if kind == "f" and not np.isfinite(values).all():
        row, column, channel = np.argwhere(~np.isfinite(values))[0].tolist()
        wrong = values[row, column, channel]
        raise BadData(f"the picture has {wrong} in row {row}, column {column}; {_WANTED}.")
    low, high = values.min(), values.max()
    if low < 0 or high > 255:
        raise BadData(f"the picture has values from {low:.6g} to {high:.6g}; {_WANTED}.")
    scale = 255.0 if kind == "f" and high <= 1 else 1.0
    return np.rint(values.astype(np.float64) * scale).astype(np.uint8)

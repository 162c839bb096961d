"""What a picture file is, told from its bytes alone, before any decoder sees them."""

import re
import struct

KINDS = ("PNG", "JPEG", "WebP", "BMP", "TIFF", "GIF")
TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript file"),
    (b"8BPS", "a Photoshop file"),
    (b"\0\0\1\0", "an icon file"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"v/1\x01", "an OpenEXR picture"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"PK\x03\x04", "a zip archive"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML text"),
)
_HEIF_BRANDS = {
    b"heic": "HEIC",
    b"heix": "HEIC",
    b"hevc": "HEIC",
    b"mif1": "HEIF",
    b"avif": "AVIF",
    b"avis": "AVIF",
}
_TIFF_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_TIFF_OFFSETS, _TIFF_BYTE_COUNTS = (273, 324), (279, 325)  # of strips, of tiles
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # after a JPEG scan's coded data


def kind_of(data: bytes) -> str | None:
    """The kind of picture, one of `KINDS`, by the bytes it begins with; None for others."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WebP"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data.startswith(TIFF_STARTS):
        return "TIFF"
    if data.startswith(b"BM") and data[15:18] in (b"\0\0\0", b""):  # a small header size
        return "BMP"
    return None


def other_kind_of(data: bytes) -> str | None:
    """What a file that is no readable picture seems to be, in words; None when unknown."""
    if data[4:8] == b"ftyp":
        brand = _HEIF_BRANDS.get(data[8:12])
        return f"a picture of the kind {brand}" if brand else "a video"
    start = data[:64].lstrip()
    return next((words for magic, words in _OTHERS if start.startswith(magic)), None)


def jpeg_scans(data: bytes) -> tuple[int, bool]:
    """How many scans the first picture of a JPEG file has, and whether its end is there."""
    scans, at = 0, 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xD9:
            return scans, True
        if marker == 0xFF:  # fill
            at += 1
            continue
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xDA:
            scans += 1
            following = _NEXT_MARKER.search(data, at)
            if following is None:
                return scans, False
            at = following.start()
    return scans, data[at : at + 2] == b"\xff\xd9"


def is_cut_short(kind: str, data: bytes) -> bool:
    """Whether the end of a picture file that failed to decode is missing."""
    size = len(data)
    match kind:
        case "PNG":
            return b"IEND" not in data
        case "JPEG":
            return not jpeg_scans(data)[1]
        case "WebP":
            return size < 12 or int.from_bytes(data[4:8], "little") + 8 > size
        case "BMP":
            return size < 26 or int.from_bytes(data[2:6], "little") > size
        case "GIF":
            return not data.rstrip(b"\0").endswith(b";")
        case _:
            return _tiff_is_cut_short(data)


def _tiff_is_cut_short(data: bytes) -> bool:
    """Whether the first directory of a classic TIFF points past the end of the file."""
    if data[:4] not in TIFF_STARTS[:2]:
        return False
    order = "<" if data.startswith(b"II") else ">"
    try:
        (directory,) = struct.unpack_from(order + "I", data, 4)
        (count,) = struct.unpack_from(order + "H", data, directory)
        lists: dict[int, tuple[int, ...]] = {}
        for entry in range(directory + 2, directory + 2 + 12 * count, 12):
            tag, field, length, value = struct.unpack_from(order + "HHII", data, entry)
            extent = _TIFF_TYPE_BYTES.get(field, 1) * length
            if extent > 4 and value + extent > len(data):
                return True
            if tag in _TIFF_OFFSETS + _TIFF_BYTE_COUNTS and field in (3, 4):
                letter = "H" if field == 3 else "I"
                start = value if extent > 4 else entry + 8
                lists[tag] = struct.unpack_from(f"{order}{length}{letter}", data, start)
    except struct.error:
        return True
    return any(
        start + length > len(data)
        for offsets, counts in zip(_TIFF_OFFSETS, _TIFF_BYTE_COUNTS, strict=True)
        for start, length in zip(lists.get(offsets, ()), lists.get(counts, ()), strict=False)
    )

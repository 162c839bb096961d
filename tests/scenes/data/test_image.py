import io
import os
import random
import struct
import subprocess
import sys
import threading
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from scenes.data.errors import BadData
from scenes.data.image import LoadedImage, pixels_from_array, read_image

WIDTH, HEIGHT = 40, 24
KINDS = ("PNG", "JPEG", "WebP", "BMP", "TIFF", "GIF")


def gradient(width=WIDTH, height=HEIGHT):
    """(H, W, 3) uint8, smooth and without any symmetry."""
    y, x = np.mgrid[:height, :width]
    red, green = 255 * x // max(1, width - 1), 255 * y // max(1, height - 1)
    return np.stack([red, green, (red + 3 * green) // 4], axis=-1).astype(np.uint8)


def saved(image, kind, **options):
    if not isinstance(image, Image.Image):
        image = Image.fromarray(image)
    file = io.BytesIO()
    image.copy().save(file, kind, **options)  # saving leaves traces on an image
    return file.getvalue()


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


def chunk(kind, content):
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def png(width, height, depth, colour, rows, *extra):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            *extra,
            chunk(b"IDAT", zlib.compress(rows)),
            chunk(b"IEND", b""),
        ]
    )


def png_of(array, *extra, colour):
    """A PNG of uint8 or uint16 pixels, (H, W) or (H, W, C)."""
    rows = array.astype(array.dtype.newbyteorder(">"))
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    return png(array.shape[1], array.shape[0], array.itemsize * 8, colour, lines, *extra)


def tiff(content, size, *, bits=(8,), photometric=1, sample_format=1, order="<", extra=()):
    """An uncompressed classic TIFF of one strip, its directory first."""
    shorts = {256: [size[0]], 257: [size[1]], 258: list(bits), 259: [1], 262: [photometric]}
    shorts |= {277: [len(bits)], 278: [size[1]], 339: [sample_format] * len(bits)}
    shorts |= dict(extra)
    entries = {tag: (3, values) for tag, values in shorts.items()}
    entries |= {273: (4, [0]), 279: (4, [len(content)])}
    out_of_line = 8 + 2 + 12 * len(entries) + 4
    tail = b""
    encoded = {}
    for tag, (field, values) in entries.items():
        raw = struct.pack(f"{order}{len(values)}{'H' if field == 3 else 'I'}", *values)
        if len(raw) > 4:
            encoded[tag] = struct.pack(order + "I", out_of_line + len(tail))
            tail += raw
        else:
            encoded[tag] = raw.ljust(4, b"\0")
    encoded[273] = struct.pack(order + "I", out_of_line + len(tail))
    directory = b"".join(
        struct.pack(order + "HHI", tag, entries[tag][0], len(entries[tag][1])) + encoded[tag]
        for tag in sorted(entries)
    )
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    count = struct.pack(order + "H", len(entries))
    return start + count + directory + bytes(4) + tail + content


def grey_tiff(array, **options):
    array = array.astype(array.dtype.newbyteorder(options.get("order", "<")))
    return tiff(array.tobytes(), array.shape[::-1], bits=(array.itemsize * 8,), **options)


def error_of(source, **options):
    with pytest.raises(BadData) as caught:
        read_image(source, **options)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


class TestKinds:
    @pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WebP"])
    def test_colour_is_exact(self, kind):
        options = {"lossless": True} if kind == "WebP" else {}
        loaded = read_image(saved(gradient(), kind, **options))
        np.testing.assert_array_equal(loaded.pixels, gradient())
        assert (loaded.size, loaded.notices) == ((WIDTH, HEIGHT), ())

    @pytest.mark.parametrize("kind", ["JPEG", "WebP"])
    def test_lossy_colour_is_near(self, kind):
        loaded = read_image(saved(gradient(), kind, quality=95))
        assert np.abs(loaded.pixels.astype(int) - gradient()).max() < 16

    @pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF", "JPEG"])
    def test_grey_keeps_one_channel(self, kind):
        grey = gradient()[..., 0]
        loaded = read_image(saved(grey, kind))
        assert loaded.pixels.shape == (HEIGHT, WIDTH, 1)
        assert np.abs(loaded.pixels[..., 0].astype(int) - grey).max() <= (3 if kind == "JPEG" else 0)

    @pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
    def test_tiff_compressions(self, compression):
        loaded = read_image(saved(gradient(), "TIFF", compression=compression))
        np.testing.assert_array_equal(loaded.pixels, gradient())

    def test_a_path_as_text_and_as_path(self, tmp_path):
        path = tmp_path / "picture.dat"  # the ending does not matter
        path.write_bytes(saved(gradient(), "PNG"))
        for source in (path, str(path)):
            np.testing.assert_array_equal(read_image(source).pixels, gradient())

    def test_pixels_are_read_only_and_contiguous(self):
        pixels = read_image(saved(gradient(), "PNG")).pixels
        assert pixels.dtype == np.uint8
        assert pixels.flags.c_contiguous
        assert not pixels.flags.writeable

    def test_one_pixel(self):
        loaded = read_image(saved(np.full((1, 1), 7, np.uint8), "PNG"))
        assert loaded.pixels.tolist() == [[[7]]]

    @pytest.mark.parametrize("kind", ["PNG", "WebP", "TIFF", "GIF"])
    def test_several_pictures_give_the_first_and_a_notice(self, kind):
        first = Image.fromarray(gradient())
        others = [first.transpose(Image.Transpose.ROTATE_180), first.convert("L").convert("RGB")]
        options = {"lossless": True} if kind == "WebP" else {}
        data = saved(first, kind, save_all=True, append_images=others, **options)
        loaded = read_image(data)
        assert loaded.notices == (f"The {kind} file holds several pictures; the first is shown.",)
        near = 40 if kind == "GIF" else 0  # 256 colours
        assert np.abs(loaded.pixels.astype(int) - gradient()).max() <= near

    def test_a_worker_thread_reads_too(self):
        data, read = saved(gradient(), "JPEG"), []
        threads = [threading.Thread(target=lambda: read.append(read_image(data))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [loaded.size for loaded in read] == [(WIDTH, HEIGHT)] * 4

    def test_importing_is_cheap(self):
        code = (
            "import sys, scenes.data.image, scenes.data.detections;"
            "print({'torch', 'PIL', 'PySide6', 'safetensors', 'zipfile'} & set(sys.modules))"
        )
        root = os.path.dirname(sys.modules["scenes"].__path__[0])
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "set()"


# what each orientation's stored rows and columns must become (TIFF 6.0, tag 274)
UPRIGHT = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: a[::-1].transpose(1, 0, 2),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: a[:, ::-1].transpose(1, 0, 2),
}
WAYS = {
    "PNG": ("PNG", {}),
    "JPEG": ("JPEG", {"quality": 95}),
    "WebP": ("WebP", {"lossless": True}),
    "TIFF": ("TIFF", {}),
    "packed TIFF": ("TIFF", {"compression": "tiff_lzw"}),
}


class TestOrientation:
    @pytest.mark.parametrize("orientation", range(1, 9))
    @pytest.mark.parametrize("way", WAYS)
    def test_upright(self, way, orientation):
        kind, options = WAYS[way]
        loaded = read_image(saved(gradient(), kind, exif=exif(orientation), **options))
        expected = UPRIGHT[orientation](gradient())
        assert loaded.pixels.shape == expected.shape
        assert np.abs(loaded.pixels.astype(int) - expected).max() <= (16 if kind == "JPEG" else 0)
        assert loaded.size == (expected.shape[1], expected.shape[0])

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
    def test_reduced_and_upright(self, kind):
        stored = gradient(400, 200)
        loaded = read_image(saved(stored, kind, exif=exif(6)), longest=100)
        assert loaded.size == (200, 400)
        assert loaded.pixels.shape == (100, 50, 3)
        expected = UPRIGHT[6](stored)[2::4, 2::4]
        assert np.abs(loaded.pixels.astype(int) - expected).max() <= 12
        assert loaded.notices == ("Reduced from 200 x 400 to 50 x 100 pixels.",)

    @pytest.mark.parametrize("value", [0, 9, 77])
    def test_nonsense_is_ignored(self, value):
        loaded = read_image(saved(gradient(), "PNG", exif=exif(value)))
        np.testing.assert_array_equal(loaded.pixels, gradient())

    def test_damaged_exif_does_not_cost_the_picture(self):
        loaded = read_image(saved(gradient(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f\x01"))
        assert loaded.size == (WIDTH, HEIGHT)


class TestDepths:
    LEVELS = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    COLOUR = np.stack([LEVELS, LEVELS[::-1], LEVELS.T], axis=-1)

    def check(self, data, expected):
        loaded = read_image(data)
        assert loaded.pixels.shape == expected.shape
        assert np.abs(loaded.pixels - expected * (255 / 65535)).max() <= 1
        assert loaded.notices == ()

    def test_png_grey_16(self):
        self.check(png_of(self.LEVELS, colour=0), self.LEVELS[..., None])

    def test_png_colour_16(self):
        self.check(png_of(self.COLOUR, colour=2), self.COLOUR)

    def test_png_16_as_another_program_writes_it(self):
        coded = cv2.imencode(".png", self.COLOUR[..., ::-1])[1]
        self.check(coded.tobytes(), self.COLOUR)

    def test_png_grey_alpha_16_stays_grey(self):
        opaque = np.full_like(self.LEVELS, 65535)
        self.check(png_of(np.dstack([self.LEVELS, opaque]), colour=4), self.LEVELS[..., None])

    @pytest.mark.parametrize("order", "<>")
    def test_tiff_grey_16(self, order):
        self.check(grey_tiff(self.LEVELS, order=order), self.LEVELS[..., None])

    @pytest.mark.parametrize("order", "<>")
    def test_tiff_colour_16(self, order):
        content = self.COLOUR.astype(self.COLOUR.dtype.newbyteorder(order)).tobytes()
        data = tiff(content, (256, 256), bits=(16, 16, 16), photometric=2, order=order)
        self.check(data, self.COLOUR)

    def test_tiff_16_packed_by_another_program(self):
        coded = cv2.imencode(".tiff", self.COLOUR[..., ::-1])[1]
        self.check(coded.tobytes(), self.COLOUR)

    def test_tiff_white_is_zero(self):
        loaded = read_image(grey_tiff(self.LEVELS, photometric=0))
        assert np.abs(loaded.pixels[..., 0] - (255 - self.LEVELS / 257)).max() <= 1

    def test_tiff_grey_12(self):
        packed = bytes([0xFF, 0xF0, 0x00, 0x80, 0x00, 0x00])  # 4095, 0, 2048, 0 in 12 bits each
        loaded = read_image(tiff(packed, (4, 1), bits=(12,)))
        assert loaded.pixels.ravel().tolist() == [255, 0, 128, 0]

    @pytest.mark.parametrize("order", "<>")
    def test_float_in_0_1(self, order):
        values = np.array([[0, 0.5, 1, 0.25]], np.float32)
        loaded = read_image(grey_tiff(values, sample_format=3, order=order))
        assert loaded.pixels.ravel().tolist() == [0, 128, 255, 64]
        assert loaded.notices == ()

    def test_float_beyond_is_scaled_with_a_notice(self):
        values = np.array([[-10, 0, 10]], np.float32)
        loaded = read_image(grey_tiff(values, sample_format=3))
        assert loaded.pixels.ravel().tolist() == [0, 128, 255]
        assert loaded.notices == ("Values from -10 to 10 are scaled to black..white.",)

    def test_nan_and_infinite_are_black_with_a_notice(self):
        values = np.array([[np.nan, 1, np.inf, -np.inf]], np.float32)
        loaded = read_image(grey_tiff(values, sample_format=3))
        assert loaded.pixels.ravel().tolist() == [0, 255, 0, 0]
        assert loaded.notices == ("Pixels that are NaN or infinite are shown black (3).",)

    def test_nothing_but_nan(self):
        loaded = read_image(grey_tiff(np.full((3, 3), np.nan, np.float32), sample_format=3))
        assert not loaded.pixels.any()

    def test_the_widest_floats_do_not_overflow(self):
        values = np.array([[-3e38, 0, 3e38]], np.float32)
        loaded = read_image(grey_tiff(values, sample_format=3))
        assert loaded.pixels.ravel().tolist() == [0, 128, 255]

    @pytest.mark.parametrize("constant", [-5.0, 70.0])
    def test_constant_floats(self, constant):
        loaded = read_image(grey_tiff(np.full((2, 2), constant, np.float32), sample_format=3))
        assert not loaded.pixels.any()

    @pytest.mark.parametrize(("dtype", "sample_format"), [(np.int32, 2), (np.uint32, 1), (np.int16, 2)])
    def test_wide_whole_numbers(self, dtype, sample_format):
        small = np.array([[0, 100, 255]], dtype)
        loaded = read_image(grey_tiff(small, sample_format=sample_format))
        assert loaded.pixels.ravel().tolist() == [0, 100, 255]
        low, high = (0, np.iinfo(dtype).max) if sample_format == 1 else (-3000, 3000)
        wide = np.array([[low, high // 2 + low // 2, high]], dtype)
        loaded = read_image(grey_tiff(wide, sample_format=sample_format))
        assert np.abs(loaded.pixels.ravel() - [0, 127.5, 255]).max() <= 0.5
        assert "scaled" in loaded.notices[0]

    @pytest.mark.parametrize("depth", [1, 2, 4])
    def test_png_grey_of_few_bits(self, depth):
        levels = [0, 2**depth - 1]
        row = sum(level << (8 - depth * (at + 1)) for at, level in enumerate(levels))
        loaded = read_image(png(2, 1, depth, 0, bytes([0, row])))
        assert loaded.pixels.ravel().tolist() == [0, 255]


class TestModes:
    def test_black_and_white(self):
        image = Image.fromarray(gradient()).convert("1")
        for kind in ("PNG", "TIFF", "BMP"):
            loaded = read_image(saved(image, kind))
            np.testing.assert_array_equal(loaded.pixels[..., 0], np.asarray(image) * 255)

    @pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF", "TIFF"])
    def test_palette(self, kind):
        image = Image.fromarray(gradient()).quantize(32)
        loaded = read_image(saved(image, kind))
        np.testing.assert_array_equal(loaded.pixels, np.asarray(image.convert("RGB")))

    def test_grey_palette_is_grey(self):
        image = Image.new("P", (3, 1))
        image.putpalette([200, 200, 200, 10, 10, 10, 90, 90, 90])
        image.putdata([0, 1, 2])
        assert read_image(saved(image, "PNG")).pixels.tolist() == [[[200], [10], [90]]]

    @pytest.mark.parametrize("transparency", [1, b"\xff\x00"])
    @pytest.mark.parametrize("kind", ["PNG", "GIF"])
    def test_palette_with_transparency(self, kind, transparency):
        if kind == "GIF" and isinstance(transparency, bytes):
            transparency = 1
        image = Image.new("P", (2, 1))
        image.putpalette([255, 0, 0, 0, 0, 255])
        image.putdata([0, 1])
        loaded = read_image(saved(image, kind, transparency=transparency))
        assert loaded.pixels.tolist() == [[[255, 0, 0], [255, 255, 255]]]
        assert loaded.notices == ("Transparent parts are shown over white.",)

    @pytest.mark.parametrize("kind", ["PNG", "WebP", "TIFF"])
    def test_alpha_over_white(self, kind):
        pixels = np.array([[[255, 0, 0, 255], [0, 0, 0, 128], [9, 9, 9, 0]]], np.uint8)
        options = {"lossless": True} if kind == "WebP" else {}
        loaded = read_image(saved(pixels, kind, **options))
        assert loaded.pixels.tolist() == [[[255, 0, 0], [127, 127, 127], [255, 255, 255]]]
        assert loaded.notices == ("Transparent parts are shown over white.",)

    @pytest.mark.parametrize("kind", ["PNG", "TIFF"])
    def test_grey_alpha_stays_grey(self, kind):
        image = Image.merge("LA", [Image.new("L", (2, 1), 51), Image.new("L", (2, 1), 0)])
        assert read_image(saved(image, kind)).pixels.tolist() == [[[255], [255]]]

    def test_opaque_alpha_needs_no_notice(self):
        opaque = np.dstack([gradient(), np.full((HEIGHT, WIDTH), 255, np.uint8)])
        loaded = read_image(saved(opaque, "PNG"))
        np.testing.assert_array_equal(loaded.pixels, gradient())
        assert loaded.notices == ()

    def test_premultiplied_alpha(self):
        content = bytes([100, 0, 0, 100, 0, 0, 0, 0])
        data = tiff(content, (2, 1), bits=(8,) * 4, photometric=2, extra={338: [1]}.items())
        loaded = read_image(data)
        assert loaded.pixels.tolist() == [[[255, 155, 155], [255, 255, 255]]]

    @pytest.mark.parametrize(
        ("depth", "colour", "row", "key", "expected"),
        [
            (8, 0, bytes([5, 9]), (9,), [[5], [255]]),
            (1, 0, bytes([0b10000000]), (1,), [[255], [0]]),
            (2, 0, bytes([0b01110000]), (3,), [[85], [255]]),
            (16, 0, struct.pack(">2H", 300, 65535), (300,), [[255], [255]]),
            (8, 2, bytes([1, 2, 3, 4, 5, 6]), (4, 5, 6), [[1, 2, 3], [255, 255, 255]]),
            (
                16,
                2,
                struct.pack(">6H", 1000, 2000, 3000, 65535, 0, 0),
                (1000, 2000, 3000),
                [[255, 255, 255], [255, 0, 0]],
            ),
        ],
    )
    def test_one_transparent_colour_in_png(self, depth, colour, row, key, expected):
        marked = chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))
        loaded = read_image(png(2, 1, depth, colour, b"\0" + row, marked))
        assert loaded.pixels.tolist() == [expected]
        assert loaded.notices == ("Transparent parts are shown over white.",)

    @pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
    def test_cmyk(self, kind):
        image = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
        loaded = read_image(saved(image, kind))
        assert np.abs(loaded.pixels.astype(int) - [0, 255, 255]).max() <= 3

    def test_ycbcr(self):
        loaded = read_image(saved(gradient(), "TIFF", compression="jpeg", quality=95))
        assert np.abs(loaded.pixels.astype(int) - gradient()).max() < 16

    def test_lab(self):
        content = bytes([0, 0, 0, 255, 0, 0, 136, 80, 67])  # black, white, about sRGB red
        loaded = read_image(tiff(content, (3, 1), bits=(8,) * 3, photometric=8))
        black, white, red = loaded.pixels[0].astype(int)
        assert black.max() <= 2
        assert white.min() >= 250
        assert np.abs(red - [255, 0, 0]).max() <= 30


class TestReduction:
    @pytest.mark.parametrize("kind", KINDS)
    def test_to_the_longest_side(self, kind):
        big = gradient(600, 300)
        loaded = read_image(saved(big, kind), longest=150)
        assert loaded.pixels.shape == (75, 150, 3)
        assert loaded.size == (600, 300)
        assert loaded.notices[-1] == "Reduced from 600 x 300 to 150 x 75 pixels."
        middle = big[2::4, 2::4].astype(int)
        assert np.abs(loaded.pixels - middle).max() <= (40 if kind == "GIF" else 10)

    def test_fine_detail_is_averaged_not_sampled(self):
        board = (np.indices((512, 512)).sum(0) % 2 * 255).astype(np.uint8)
        pixels = read_image(saved(board, "PNG"), longest=64).pixels[4:-4, 4:-4]
        assert np.abs(pixels.astype(int) - 127).max() <= 4

    def test_a_picture_that_fits_is_left_alone(self):
        assert read_image(saved(gradient(), "PNG"), longest=WIDTH).notices == ()

    @pytest.mark.parametrize(("width", "height"), [(5000, 1), (1, 5000), (3000, 2)])
    def test_thin_pictures_keep_a_pixel(self, width, height):
        loaded = read_image(saved(np.zeros((height, width), np.uint8), "PNG"), longest=100)
        assert max(loaded.pixels.shape) == 100
        assert min(loaded.pixels.shape[:2]) == 1

    @pytest.mark.parametrize("kind", ["JPEG", "PNG"])
    def test_large_but_allowed(self, kind):
        loaded = read_image(saved(Image.new("L", (8000, 8000), 200), kind), longest=64)
        assert loaded.size == (8000, 8000)
        assert np.abs(loaded.pixels.astype(int) - 200).max() <= 1

    def test_longest_below_one(self):
        with pytest.raises(ValueError, match="longest"):
            read_image(saved(gradient(), "PNG"), longest=0)


class TestRefusals:
    def test_missing(self, tmp_path):
        assert "none.png was not found" in error_of(tmp_path / "none.png")

    def test_folder(self, tmp_path):
        assert "is a folder" in error_of(tmp_path)

    def test_empty(self, tmp_path):
        path = tmp_path / "void.png"
        path.touch()
        assert "void.png is empty" in error_of(path)
        assert "the picture is empty" in error_of(b"")

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
    def test_pipe(self, tmp_path):
        os.mkfifo(tmp_path / "pipe.png")
        assert "device or a pipe" in error_of(tmp_path / "pipe.png")

    @pytest.mark.parametrize("path", ["a\0b.png", "x" * 5000])
    def test_impossible_paths(self, path):
        assert error_of(path)

    @pytest.mark.parametrize(
        ("start", "words"),
        [
            (b"hello", "no picture of a known kind"),
            (b"%PDF-1.7", "a PDF document"),
            (b"%!PS-Adobe-3.0 EPSF-3.0", "a PostScript file"),
            (b"8BPS\0\1", "a Photoshop file"),
            (b"\0\0\0\x18ftypheic", "HEIC"),
            (b"\0\0\0\x18ftypisom", "a video"),
            (b"  <svg xmlns=", "an SVG drawing"),
            (b"\0\0\1\0", "an icon file"),
        ],
    )
    def test_other_kinds_name_the_ones_read(self, start, words):
        message = error_of(start, name="drop")
        assert message.startswith("drop is ")
        assert words in message
        assert "PNG, JPEG, WebP, BMP, TIFF and GIF" in message

    def test_a_name_of_ones_own(self, tmp_path):
        path = tmp_path / "stored"
        path.write_bytes(b"text")
        assert error_of(path, name="cat.jpg").startswith("cat.jpg is")

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
    def test_cut_short(self, kind, part):
        rng = np.random.default_rng(0)
        data = saved(rng.integers(0, 255, (64, 64, 3), dtype=np.uint8), kind)
        message = error_of(data[: int(part * len(data))], name="half")
        assert message.startswith(f"half is cut short: the end of the {kind} data is missing")

    def test_damaged(self):
        data = bytearray(saved(gradient(), "PNG"))
        data[60] ^= 255
        assert "is a damaged PNG" in error_of(bytes(data))

    def test_rare_tiff_is_told_what_is_read(self):
        message = error_of(grey_tiff(np.zeros((2, 2)), sample_format=3))
        assert "32-bit floats" in message

    def test_no_pixels(self):
        assert error_of(png(0, 5, 8, 0, b"\0"))


def declared(kind, width, height):
    """A small file of the kind that declares the size."""
    if kind == "PNG":
        return png(width, height, 8, 2, bytes(100))
    if kind == "WebP":
        frame = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        body = b"WEBPVP8X" + struct.pack("<II", 10, 0) + frame
        still = saved(gradient(), "WebP", lossless=True)[12:]
        return b"RIFF" + struct.pack("<I", len(body) + len(still)) + body + still
    if kind == "TIFF":
        return tiff(bytes(100), (width, height), bits=(8, 8, 8), photometric=2)
    data = bytearray(saved(gradient(), kind))
    if kind == "JPEG":
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = struct.pack(">HH", height, width)
    elif kind == "BMP":
        data[18:26] = struct.pack("<ii", width, height)
    else:
        data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


class TestBombs:
    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF", "GIF"])
    @pytest.mark.parametrize("size", [(30400, 30000), (9000, 9000), (8000, 8001)])
    def test_refused_before_decoding(self, kind, size, monkeypatch):
        monkeypatch.setattr(ImageFile.ImageFile, "load", lambda *_: pytest.fail("was decoded"))
        message = error_of(declared(kind, *size), name="bomb")
        assert message.startswith("bomb declares ")
        assert "64 megapixels" in message

    def test_the_message_names_the_size(self):
        message = error_of(declared("PNG", 9000, 10000), name="bomb")
        assert message.startswith("bomb declares 9,000 x 10,000 pixels (90 megapixels); ")

    @pytest.mark.parametrize("size", [(16000, 16000), (16777216, 16777216)])
    def test_webp(self, size, monkeypatch):
        monkeypatch.setattr(ImageFile.ImageFile, "load", lambda *_: pytest.fail("was decoded"))
        assert error_of(declared("WebP", *size))

    @pytest.mark.parametrize("kind", ["PNG", "BMP"])
    def test_exactly_64_megapixels_pass_the_gate(self, kind):
        assert "megapixels" not in error_of(declared(kind, 8000, 8000))

    def test_tiff_tiles_larger_than_the_picture(self):
        tiles = {322: [60000], 323: [60000]}
        data = tiff(bytes(16), (4, 4), extra=tiles.items())
        assert "60,000 x 60,000" in error_of(data)

    def test_a_jpeg_of_endless_scans(self):
        data = saved(Image.new("L", (4000, 4000)), "JPEG", progressive=True)
        last = data[data.rindex(b"\xff\xda") : -2]
        assert read_image(data, longest=64).size == (4000, 4000)
        message = error_of(data[:-2] + last * 200 + b"\xff\xd9")
        assert "times over" in message

    def test_png_text_that_unpacks_to_much(self):
        bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(50_000_000)))
        data = png(1, 1, 8, 0, b"\0\7", bomb)
        assert "damaged PNG" in error_of(data)


def specimens():
    """A valid small file of each kind and way of storing it."""
    image = Image.fromarray(gradient())
    turned = image.transpose(Image.Transpose.ROTATE_180)
    tagged = exif(6)
    tagged[0x010F] = "A camera"
    tagged.get_ifd(0x8769)[0x9003] = "2024:01:01 00:00:00"
    yield "png", saved(image, "PNG", exif=tagged)
    yield "png palette", saved(image.quantize(16), "PNG", transparency=3)
    yield "png 16", png_of(gradient()[..., 0].astype(np.uint16) * 257, colour=0)
    yield "apng", saved(image, "PNG", save_all=True, append_images=[turned.copy()])
    yield "jpeg", saved(image, "JPEG", exif=tagged)
    yield "jpeg progressive", saved(image, "JPEG", progressive=True)
    yield "jpeg cmyk", saved(image.convert("CMYK"), "JPEG")
    yield "jpeg of several", saved(image, "MPO", save_all=True, append_images=[turned.copy()])
    yield "webp", saved(image, "WebP", exif=tagged)
    yield "webp lossless", saved(image.convert("RGBA"), "WebP", lossless=True)
    yield "webp animated", saved(image, "WebP", save_all=True, append_images=[turned.copy()])
    yield "bmp", saved(image, "BMP")
    yield "bmp palette", saved(image.quantize(16), "BMP")
    yield "gif", saved(image.quantize(16), "GIF", transparency=2)
    yield "gif animated", saved(image, "GIF", save_all=True, append_images=[turned.copy()])
    yield "tiff", saved(image, "TIFF", exif=tagged)
    yield "tiff pages", saved(image, "TIFF", save_all=True, append_images=[turned.copy()])
    yield "tiff float", grey_tiff(gradient()[..., 0] / np.float32(255), sample_format=3)
    for way in ("tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits"):
        yield way, saved(image, "TIFF", compression=way)
    yield "tiff fax", saved(image.convert("1"), "TIFF", compression="group4")


def mutated(data, rng):
    changed = bytearray(data)
    at = rng.randrange(len(changed))
    match rng.randrange(8):
        case 0:
            del changed[at:]
        case 1:
            changed[at:at] = rng.randbytes(rng.randrange(1, 20))
        case 2:
            del changed[at : at + rng.randrange(1, 30)]
        case way:
            reach = len(changed) if way < 5 else min(200, len(changed))
            for _ in range(rng.choice([1, 1, 2, 4, 16])):
                changed[rng.randrange(reach)] = rng.choice([0, 1, 127, 255, rng.randrange(256)])
    return bytes(changed)


def survives(data):
    try:
        loaded = read_image(data, longest=64)
    except BadData:
        return
    assert isinstance(loaded, LoadedImage)
    assert loaded.pixels.dtype == np.uint8
    assert loaded.pixels.ndim == 3
    assert loaded.pixels.shape[2] in (1, 3)
    assert max(loaded.pixels.shape) <= 64


STARTS = (
    b"",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF89a",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"RIFF\x40\0\0\0WEBPVP8X",
    b"RIFF\x40\0\0\0WEBPVP8 ",
    b"RIFF\x40\0\0\0WEBPVP8L",
)


class TestMutations:
    @pytest.mark.parametrize(("name", "data"), [pytest.param(*s, id=s[0]) for s in specimens()])
    def test_a_picture_or_a_clear_error(self, name, data):
        read_image(data)
        rng = random.Random(name)
        for _ in range(300):
            survives(mutated(data, rng))

    @settings(max_examples=300, deadline=None)
    @given(st.sampled_from(STARTS), st.binary(max_size=300))
    def test_any_bytes(self, start, rest):
        survives(start + rest)


class TestPixelsFromArray:
    def test_shapes(self):
        grey, colour = gradient()[..., 0], gradient()
        assert pixels_from_array(grey).shape == (HEIGHT, WIDTH, 1)
        np.testing.assert_array_equal(pixels_from_array(colour), colour)
        np.testing.assert_array_equal(pixels_from_array(colour.transpose(2, 0, 1)), colour)
        np.testing.assert_array_equal(pixels_from_array(grey[None])[..., 0], grey)

    def test_where_both_ends_could_be_channels_the_last_is(self):
        assert pixels_from_array(np.zeros((3, 9, 3), np.uint8)).shape == (3, 9, 3)

    def test_is_a_read_only_copy(self):
        source = gradient()
        pixels = pixels_from_array(source)
        source[:] = 0
        assert pixels.any()
        assert not pixels.flags.writeable
        assert pixels.flags.c_contiguous

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            (np.array([[0, 0.5, 1]]), [0, 128, 255]),
            (np.array([[0, 0.5, 1]], np.float32), [0, 128, 255]),
            (np.array([[0.0, 100.4, 255]]), [0, 100, 255]),
            (np.array([[False, True]]), [0, 255]),
            (np.array([[0, 257, 65535]], np.uint16), [0, 1, 255]),
            (np.array([[0, 9, 255]], np.int64), [0, 9, 255]),
            ([[0, 9], [255, 1]], [0, 9, 255, 1]),
            ([[0.0, 1.0]], [0, 255]),
        ],
    )
    def test_values(self, values, expected):
        assert pixels_from_array(values).ravel().tolist() == expected

    def test_alpha_is_laid_over_white(self):
        pixels = pixels_from_array(np.array([[[255, 0, 0, 255], [0, 0, 0, 128]]], np.uint8))
        assert pixels.tolist() == [[[255, 0, 0], [127, 127, 127]]]

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            (np.zeros(4), r"shape \(4,\)"),
            (np.zeros((2, 5, 7)), r"shape \(2, 5, 7\)"),
            (np.zeros((0, 5)), r"shape \(0, 5, 1\)"),
            (np.array([[0, np.nan]]), "nan in row 0, column 1"),
            (np.array([[-1, 3]]), "values from -1 to 3"),
            (np.array([[0, 300.0]]), "values from 0 to 300"),
            (np.zeros((2, 2), complex), "complex128"),
            ([[1, 2], [3]], "differ in length"),
            ([["a", "b"]], "it needs whole numbers"),
            (np.broadcast_to(np.uint8(0), (9000, 9000)), "64 megapixels"),
        ],
    )
    def test_faults(self, values, words):
        with pytest.raises(BadData, match=words):
            pixels_from_array(values)

import io
import json
import random
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import save as saved_safetensors

from scenes.data import binary, text
from scenes.data.arrays import arrays_from
from scenes.data.binary import npy_array, npz_arrays, safetensors_arrays
from scenes.data.errors import BadData, printable, shown
from scenes.data.files import name_of

NUMBERS = st.sampled_from(
    ["?", "<i1", "<i2", "<i4", "<i8", "<u1", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8", ">i4", ">f8"]
)


def npy(array, **options):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array), **options)
    return file.getvalue()


def npz(packed=False, **arrays):
    file = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(file, **arrays)
    return file.getvalue()


def npy_with(header, content=b"", version=1):
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + content


@pytest.fixture
def put(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def error_of(path, **options):
    with pytest.raises(BadData) as caught:
        arrays_from(path, **options)
    message = str(caught.value)
    assert message.startswith(path.name)
    assert message.endswith(".")
    assert "\n" not in message
    return message.removeprefix(path.name)


class TestNpy:
    @given(hnp.arrays(NUMBERS, hnp.array_shapes(min_dims=0, min_side=0, max_side=4)))
    def test_as_numpy_reads_it(self, array):
        read = npy_array(npy(array), "a")
        expected = np.load(io.BytesIO(npy(array)), allow_pickle=False)
        np.testing.assert_array_equal(read, expected)
        assert read.dtype == expected.dtype

    @pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
    def test_versions(self, version):
        assert npy_array(npy([1, 2], version=version), "a").tolist() == [1, 2]

    def test_column_major(self, put):
        array = np.asfortranarray(np.arange(6).reshape(2, 3))
        read = arrays_from(put("a.npy", npy(array)))["array"]
        np.testing.assert_array_equal(read, array)

    def test_read_only_contiguous_and_native(self, put):
        read = arrays_from(put("a.npy", npy(np.asfortranarray(np.ones((2, 3), ">f4")))))["array"]
        assert read.dtype == np.dtype("=f4")
        assert read.dtype.isnative
        assert read.flags.c_contiguous
        assert not read.flags.writeable

    def test_a_single_number_has_no_axes(self, put):
        assert arrays_from(put("a.npy", npy(3.5)))["array"].shape == ()

    def test_objects_are_never_unpickled(self, put):
        class Trap:
            def __reduce__(self):
                return pytest.fail, ("ran code from a file",)

        trap = np.empty(1, object)
        trap[0] = Trap()
        data = npy(trap, allow_pickle=True)
        assert "could run code" in error_of(put("a.npy", data))
        assert "could run code" in error_of(put("a.npz", npz_of({"x.npy": data})))

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"plain text", "not an .npy array"),
            (b"\x93NUMPY\x09\0", "not an .npy array"),
            (b"\x93NUM", "not an .npy array"),
            (npy(["text"]), "does not hold plain numbers"),
            (npy(np.ones(2, complex)), "does not hold plain numbers"),
            (npy(np.ones(2, [("x", "f4")])), "does not hold plain numbers"),
            (npy(np.array(["2020"], "M8[D]")), "does not hold plain numbers"),
            (npy(np.ones(4))[:-3], "cut short or damaged"),
            (npy(np.ones(4)) + b"more", "cut short or damaged"),
            (npy_with(b"{'descr': '<f4', 'fortran_order': False, 'shape': (99,)}"), "cut short"),
            (npy_with(b"{'descr': '<f1', 'fortran_order': False, 'shape': ()}"), "unknown type"),
            (npy_with(b"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}"), "numbers"),
            (npy_with(b"__import__('os')"), "does not hold plain numbers"),
            (
                npy_with(b"{'descr':'<f4','fortran_order':False,'shape':(0,9999999999,9999999999)}"),
                "declares shape",
            ),
        ],
    )
    def test_faults(self, put, data, words):
        assert words in error_of(put("a.npy", data))


def npz_of(members, **options):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


class TestNpz:
    @pytest.mark.parametrize("packed", [False, True])
    def test_named_arrays(self, put, packed):
        arrays = {"boxes": np.arange(8.0).reshape(2, 4), "k": np.array([1], np.int8)}
        read = arrays_from(put("a.npz", npz(packed, **arrays)))
        assert set(read) == {"boxes", "k"}
        for name, array in arrays.items():
            np.testing.assert_array_equal(read[name], array)
            assert read[name].dtype == array.dtype

    def test_only_some(self, put):
        path = put("a.npz", npz_of({"x.npy": npy([1]), "secret.npy": b"not even an array"}))
        assert set(arrays_from(path, only=("x", "y"))) == {"x"}
        assert ": secret is not an .npy array" in error_of(path)

    def test_a_bomb_is_refused_before_it_is_unpacked(self, put, monkeypatch):
        header = npy(np.zeros(0, np.uint8))
        data = npz_of({"x.npy": header + bytes(300_000_000)}, compression=zipfile.ZIP_DEFLATED)
        monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("was unpacked"))
        assert "would grow to 286 MB" in error_of(put("a.npz", data))

    def test_a_bomb_in_parts(self, put, monkeypatch):
        monkeypatch.setattr(binary, "MAX_ARRAY_BYTES", 1000)
        data = npz(a=np.zeros(60), b=np.zeros(60))
        assert "would grow" in error_of(put("a.npz", data))

    def test_a_size_that_lies_does_not_unpack_more(self, put):
        content = npy(np.zeros(0, np.uint8)) + bytes(50_000_000)
        data = npz_of({"x.npy": content}, compression=zipfile.ZIP_DEFLATED)
        size = struct.pack("<I", len(content))
        assert data.count(size) == 2
        assert error_of(put("a.npz", data.replace(size, struct.pack("<I", 128))))

    def test_too_many_members(self, put, monkeypatch):
        monkeypatch.setattr(binary, "MAX_MEMBERS", 3)
        data = npz(**{f"a{at}": np.zeros(1) for at in range(4)})
        assert "more than 3 arrays" in error_of(put("a.npz", data))

    @pytest.mark.parametrize("way", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_other_compressions_are_refused(self, put, way):
        data = npz_of({"x.npy": npy([1])}, compression=way)
        assert "numpy.savez" in error_of(put("a.npz", data))

    def test_a_cut_archive(self, put):
        assert "damaged .npz" in error_of(put("a.npz", npz(a=np.ones(99))[:-50]))

    def test_a_wrong_checksum(self, put):
        data = npz(a=np.full(99, 7.0))
        at = data.index(np.float64(7).tobytes())
        assert "damaged .npz" in error_of(put("a.npz", data[:at] + b"x" + data[at + 1 :]))

    def test_names_outside_the_folder_write_nothing(self, put, tmp_path):
        path = put("a.npz", npz_of({"../../out.npy": npy([1])}))
        assert set(arrays_from(path)) == {"../../out"}
        assert [file.name for file in tmp_path.iterdir()] == ["a.npz"]


def bfloat16(values):
    """A .safetensors file with one tensor "a" of bfloat16."""
    content = (np.asarray(values, np.float32).view(np.uint32) >> 16).astype("<u2").tobytes()
    return raw_safetensors("BF16", [len(values)], content)


def raw_safetensors(kind, shape, content):
    entry = {"a": {"dtype": kind, "shape": shape, "data_offsets": [0, len(content)]}}
    header = json.dumps(entry).encode()
    return struct.pack("<Q", len(header)) + header + content


class TestSafetensors:
    @given(hnp.arrays(NUMBERS, hnp.array_shapes(min_dims=0, min_side=0, max_side=4)))
    def test_round_trip(self, array):
        array = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"))).reshape(array.shape)
        read = safetensors_arrays(saved_safetensors({"a": array}), "f", None)["a"]
        np.testing.assert_array_equal(read, array)
        assert read.dtype == array.dtype

    def test_bfloat16_is_widened(self, put):
        read = arrays_from(put("a.safetensors", bfloat16([0.5, -2.0, 1.0])))["a"]
        assert read.dtype == np.float32
        assert read.tolist() == [0.5, -2.0, 1.0]

    def test_only_some(self, put):
        data = saved_safetensors({"a": np.ones(1), "b": np.ones(2)})
        assert set(arrays_from(put("a.safetensors", data), only=["b"])) == {"b"}

    def test_rare_types_are_named(self, put):
        path = put("a.safetensors", raw_safetensors("F8_E4M3", [2], b"\1\2"))
        assert "F8_E4M3" in error_of(path)
        assert arrays_from(path, only=["b"]) == {}

    @pytest.mark.parametrize(
        "data",
        [
            b"x",
            b"\xff" * 40,
            saved_safetensors({"a": np.ones(9)})[:-4],
            raw_safetensors("F32", [3], b"12345678"),
            raw_safetensors("F32", [2**62, 2**62], b""),
            raw_safetensors("F32", [0, 2**62, 2**62], b""),
            raw_safetensors("NO", [1], b"1"),
        ],
    )
    def test_faults(self, put, data):
        assert error_of(put("a.safetensors", data))


class TestJson:
    def test_named_arrays(self, put):
        read = arrays_from(put("a.json", '{"x": [[1, 2], [3, 4]], "y": [0.5], "n": 3, "e": []}'))
        assert read["x"].tolist() == [[1, 2], [3, 4]]
        assert read["x"].dtype.kind == "i"
        assert read["y"].tolist() == [0.5]
        assert read["n"].shape == ()
        assert read["e"].shape == (0,)

    def test_nan_is_let_through(self, put):
        assert np.isnan(arrays_from(put("a.json", '{"x": [NaN]}'))["x"]).all()

    def test_only_some(self, put):
        read = arrays_from(put("a.json", '{"x": [1], "note": "text"}'), only=("x",))
        assert set(read) == {"x"}

    def test_a_byte_order_mark(self, put):
        assert arrays_from(put("a.json", b'\xef\xbb\xbf{"x": 1}'))["x"] == 1

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ('{"x": [1,\n 2,, 3]}', ", line 2, column 4: malformed JSON"),
            ('{"x": [1', ", line 1, column 9: malformed JSON"),
            ("[1, 2]", " holds a list; it needs an object"),
            ("null", " holds null; it needs an object"),
            ('{"x": [1, "a"]}', ": x[1] is 'a'; it needs a number"),
            ('{"x": [[1, 2], [3, null]]}', ": x[1][1] is null; it needs a number"),
            ('{"x": [[1, 2], [3]]}', ": x[1] has 1 value where the first has 2 values"),
            ('{"x": [[1], 2]}', "x[1] has a bare number where the first has 1 value"),
            ('{"x": "text"}', ": x is 'text'; it needs a number"),
            ('{"x": {"y": 1}}', ": x is an object; it needs a number"),
            ('{"x": [1' + "0" * 400 + "]}", ": x[0] is too large a number"),
            ('{"x": [1' + "0" * 5000 + "]}", "too many digits"),
            ("[" * 100_000, "nested too deeply"),
            ('{"x": ' + "[" * 100 + "]" * 100 + "}", "nested too deeply"),
            (b'{"x": "\xff"}', "not UTF-8"),
            ("\n\n\x00", ", line 3, column 1"),
        ],
    )
    def test_faults(self, put, content, words):
        assert words in error_of(put("a.json", content))

    def test_too_many_values(self, put, monkeypatch):
        monkeypatch.setattr(text, "MAX_VALUES", 3)
        assert "too many values" in error_of(put("a.json", '{"x": [1, 2, 3, 4, 5]}'))


class TestCsv:
    @pytest.mark.parametrize(
        "content",
        [
            "1,2\n3,4\n",
            "1;2\r\n3;4\r\n",
            "1\t2\n3\t4",
            "1 2\n 3   4 \n",
            "width,height\n1, 2\n3, 4",
            '"a","b"\n"1","2"\n3,4',
            "# a remark\n\n1,2\n\n# more\n3,4\n\n",
            "\ufeff1,2\r3,4",
        ],
    )
    def test_ways_of_writing(self, put, content):
        array = arrays_from(put("a.csv", content))["array"]
        assert array.tolist() == [[1, 2], [3, 4]]
        assert array.dtype == np.float64

    def test_one_column_and_nan(self, put):
        array = arrays_from(put("a.csv", "1\nnan\n-1e3\n"))["array"]
        np.testing.assert_array_equal(array, [[1], [np.nan], [-1000]])

    def test_only_a_heading(self, put):
        assert arrays_from(put("a.csv", "x,y\n"))["array"].shape == (0, 2)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ("1,2\n\n3,x\n", ", line 3, value 2 is 'x'; it needs a number"),
            ("# r\n1,2\n3\n", ", line 3 has 1 value; the first line has 2"),
            ("1;2,5\n", ", line 1, value 2 is '2,5'"),
            ("1,2,\n", ", line 1, value 3 is ''"),
            ("1,2_0\n", ", line 1, value 2 is '2_0'"),
            ("# nothing\n", " holds no numbers"),
            (b"\xff\xfe1\0", " is not UTF-8"),
        ],
    )
    def test_faults(self, put, content, words):
        assert words in error_of(put("a.csv", content))


class TestFiles:
    @pytest.mark.parametrize("name", ["a.pkl", "a.pt", "a.txt", "a"])
    def test_other_kinds_name_the_ones_read(self, put, name):
        message = error_of(put(name, b"x"))
        assert ".npz, .npy, .safetensors, .json or .csv" in message

    def test_the_ending_in_capitals(self, put):
        assert arrays_from(put("A.NPY", npy([1])))["array"].tolist() == [1]

    def test_missing_empty_folder_large(self, put, tmp_path):
        assert "was not found" in error_of(tmp_path / "none.npy")
        assert "is empty" in error_of(put("a.npy", b""))
        (tmp_path / "folder.npy").mkdir()
        assert "is a folder" in error_of(tmp_path / "folder.npy")
        large = tmp_path / "large.npy"
        with open(large, "wb") as file:
            file.truncate(65 * 2**20)
        assert "65.0 MB; files of up to 64 MB are read" in error_of(large)

    def test_names_are_fit_to_show(self):
        assert name_of("/a/b/c.json") == "c.json"
        assert len(name_of("x" * 300 + ".json")) < 80
        assert name_of("a\udcff.json") == "a?.json"
        assert printable("\ud800x") == "?x"

    @pytest.mark.parametrize(
        ("value", "expected"),
        [(None, "null"), (True, "true"), ({}, "an object"), ([], "a list"), (0.1, "0.1"), (3, "3")],
    )
    def test_values_are_fit_to_show(self, value, expected):
        assert shown(value) == expected
        assert len(shown("x" * 10_000)) < 60
        assert len(shown(10**400)) < 60


def survives(read, *arguments):
    try:
        arrays = read(*arguments)
    except BadData:
        return
    assert all(array.dtype.kind in "biuf" for array in arrays.values())


def mutated(data, rng):
    changed = bytearray(data)
    at = rng.randrange(len(changed))
    match rng.randrange(6):
        case 0:
            del changed[at:]
        case 1:
            changed[at:at] = rng.randbytes(rng.randrange(1, 20))
        case 2:
            del changed[at : at + rng.randrange(1, 30)]
        case _:
            for _ in range(rng.choice([1, 1, 2, 8])):
                changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


SPECIMENS = {
    "a.npy": npy(np.arange(12.0).reshape(3, 4)),
    "a.npz": npz(boxes=np.arange(12.0).reshape(3, 4), scores=np.ones(3, np.float32)),
    "packed.npz": npz(True, boxes=np.arange(12.0).reshape(3, 4), scores=np.ones(3, np.float32)),
    "a.safetensors": saved_safetensors({"boxes": np.ones((3, 4)), "labels": np.arange(3)}),
    "bf16.safetensors": bfloat16([0.5, 1.0]),
    "a.json": b'{"boxes": [[1, 2, 3, 4], [5, 6, 7, 8.5]], "scores": [0.5, 1e-3]}',
    "a.csv": b"x,y\n1,2\n3.5,-4e2\n",
}


class TestMutations:
    @pytest.mark.parametrize("name", SPECIMENS)
    def test_arrays_or_a_clear_error(self, name, put):
        rng = random.Random(name)
        for _ in range(300):
            survives(arrays_from, put(name, mutated(SPECIMENS[name], rng) or b"\0"))

    @settings(max_examples=300, deadline=None)
    @given(st.binary(max_size=200))
    def test_any_bytes(self, data):
        survives(lambda: {"a": npy_array(b"\x93NUMPY\1\0" + data, "a")})
        survives(npz_arrays, b"PK\3\4" + data, "a", None)
        survives(safetensors_arrays, data, "a", None)
        survives(lambda: {"a": text.csv_array(data, "a")})

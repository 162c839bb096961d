import io
import json
import random
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save as saved_safetensors

from scenes.data import boxes as boxes_module
from scenes.data.detections import Detections, detections_from, read_detections
from scenes.data.errors import BadData

BOXES = [[10, 20, 30, 40], [0, 0, 5.5, 5], [7, 7, 7, 9]]
SCORES = [0.9, 0.5, 0]
LABELS = [2, 0, 1]


def result(bbox=(1, 2, 3, 4), score: object = 0.5, category_id: object = 1, image_id: object = 7, **more):
    entry = {"image_id": image_id, "category_id": category_id, "bbox": list(bbox), "score": score}
    return entry | more


@pytest.fixture
def put(tmp_path):
    def write(name, content):
        if not isinstance(content, bytes | str):
            content = json.dumps(content)
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def error_of(path, **options):
    with pytest.raises(BadData) as caught:
        read_detections(path, **options)
    message = str(caught.value)
    assert message.startswith(path.name)
    assert message.endswith(".")
    assert "\n" not in message
    return message.removeprefix(path.name)


def well_formed(detections):
    count = len(detections.boxes)
    assert isinstance(detections, Detections)
    for array, dtype, shape in (
        (detections.boxes, np.float32, (count, 4)),
        (detections.scores, np.float32, (count,)),
        (detections.labels, np.int64, (count,)),
    ):
        assert array.dtype == dtype
        assert array.shape == shape
        assert array.flags.c_contiguous
        assert not array.flags.writeable
        assert np.isfinite(array).all()
    assert (detections.boxes[:, :2] <= detections.boxes[:, 2:]).all()
    assert ((detections.scores >= 0) & (detections.scores <= 1)).all()
    assert (detections.labels >= 0).all()
    assert all(isinstance(text, str) for text in (*detections.names, *detections.notices))
    return True


def files_of_arrays(arrays):
    """The same arrays in every kind of file that holds arrays."""
    arrays = {name: np.asarray(array) for name, array in arrays.items()}
    lists = {name: array.tolist() for name, array in arrays.items()}
    return {"d.npz": npz(**arrays), "d.safetensors": saved_safetensors(arrays), "d.json": json.dumps(lists)}


class TestArrays:
    @pytest.mark.parametrize("kind", ["d.npz", "d.safetensors", "d.json"])
    def test_boxes_scores_labels(self, put, kind):
        content = files_of_arrays({"boxes": BOXES, "scores": SCORES, "labels": LABELS, "more": [[1], [2]]})
        read = read_detections(put(kind, content[kind]))
        assert well_formed(read)
        np.testing.assert_array_equal(read.boxes, BOXES)
        np.testing.assert_array_equal(read.scores, np.float32(SCORES))
        np.testing.assert_array_equal(read.labels, LABELS)
        assert (read.names, read.notices) == ((), ())

    @pytest.mark.parametrize("kind", ["d.npz", "d.safetensors", "d.json"])
    def test_labels_are_optional(self, put, kind):
        content = files_of_arrays({"boxes": BOXES, "scores": SCORES})
        assert read_detections(put(kind, content[kind])).labels.tolist() == [0, 0, 0]

    @pytest.mark.parametrize("kind", ["d.npz", "d.safetensors", "d.json"])
    @pytest.mark.parametrize("shape", [(0, 4), (0,)])
    def test_no_boxes(self, put, kind, shape):
        content = files_of_arrays({"boxes": np.zeros(shape), "scores": np.zeros(0)})
        read = read_detections(put(kind, content[kind]))
        assert well_formed(read)
        assert len(read.boxes) == 0

    def test_names_in_json(self, put):
        content = {"boxes": BOXES, "scores": SCORES, "names": ["cat", "dog"], "image": "a.jpg"}
        assert read_detections(put("d.json", content)).names == ("cat", "dog")

    def test_half_characters_in_names_can_be_shown(self, put):
        content = '{"boxes": [], "scores": [], "names": ["a\\ud800"]}'
        (name,) = read_detections(put("d.json", content)).names
        assert name.encode() == b"a?"

    @pytest.mark.parametrize("dtype", ["f2", ">f4", "f8", "i2", "u8"])
    def test_types_of_numbers(self, put, dtype):
        data = npz(boxes=np.array(BOXES, dtype), scores=np.ones(3, dtype), labels=np.array(LABELS, dtype))
        read = read_detections(put("d.npz", data))
        assert well_formed(read)
        assert read.labels.tolist() == LABELS

    def test_scores_off_by_rounding_are_clipped(self, put):
        content = {"boxes": BOXES, "scores": [1.000001, -0.000001, 1]}
        assert read_detections(put("d.json", content)).scores.tolist() == [1, 0, 1]

    @pytest.mark.parametrize("kind", ["d.npz", "d.safetensors", "d.json"])
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"boxes": np.zeros((5, 3))}, "boxes has shape (5, 3); it needs (N, 4): x1, y1, x2, y2."),
            ({"boxes": np.zeros((2, 2, 4))}, "boxes has shape (2, 2, 4); it needs (N, 4)"),
            ({"boxes": np.zeros(4)}, "boxes has shape (4,); it needs (N, 4)"),
            ({"boxes": [[0, 0, 1, 1], [0, 0, 1, np.nan]]}, "box 1 has y2 = nan; it needs finite pixels"),
            ({"boxes": [[0, -np.inf, 1, 1]]}, "box 0 has y1 = -inf; it needs finite pixels"),
            ({"boxes": [[0, 0, 1e300, 1]]}, "box 0 has x2 = 1e+300; it needs finite pixels"),
            (
                {"boxes": [*BOXES, [40, 5, 10, 50]]},
                "box 3 has x2 = 10 left of x1 = 40; boxes are x1, y1, x2, y2 in pixels.",
            ),
            ({"boxes": [[0, 9, 1, 8.5]]}, "box 0 has y2 = 8.5 above y1 = 9; boxes are x1, y1, x2, y2"),
            ({"boxes": [[False] * 4]}, "boxes is made of bool values; it needs numbers"),
            ({"scores": [0.5]}, "scores has 1 value but there are 3 boxes; it needs one score a box"),
            ({"scores": [[0.5], [0.5], [0.5]]}, "scores has shape (3, 1); it needs (N,)"),
            ({"scores": [0.5, 1.5, 0.5]}, "box 1 has score = 1.5; scores lie within 0..1"),
            ({"scores": [0.5, 0.5, -1]}, "box 2 has score = -1; scores lie within 0..1"),
            ({"scores": [np.nan, 0.5, 0.5]}, "box 0 has score = nan; scores lie within 0..1"),
            ({"labels": [1, 2]}, "labels has 2 values but there are 3 boxes; it needs one label a box"),
            ({"labels": [1, -2, 0]}, "box 1 has label = -2; labels are whole numbers from 0 up"),
            ({"labels": [1, 2.5, 0]}, "box 1 has label = 2.5; labels are whole numbers from 0 up"),
            ({"labels": [1, np.inf, 0]}, "box 1 has label = inf; labels are whole numbers"),
            ({"labels": [1, 0, 2**60]}, "box 2 has label = 1152921504606846976; labels are whole"),
        ],
    )
    def test_faults(self, put, kind, changes, words):
        content = files_of_arrays({"boxes": BOXES, "scores": SCORES} | changes)
        assert error_of(put(kind, content[kind])).startswith(": " + words)

    @pytest.mark.parametrize("kind", ["d.npz", "d.safetensors", "d.json"])
    @pytest.mark.parametrize("missing", ["boxes", "scores"])
    def test_missing(self, put, kind, missing):
        arrays = {"boxes": BOXES, "scores": SCORES}
        del arrays[missing]
        assert error_of(put(kind, files_of_arrays(arrays)[kind])).startswith(f" has no {missing}; ")

    def test_too_many(self, put, monkeypatch):
        monkeypatch.setattr(boxes_module, "MAX_BOXES", 2)
        content = {"boxes": BOXES, "scores": SCORES}
        assert error_of(put("d.json", content)) == " has 3 boxes; up to 2 are read."

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ('{"boxes": [[1, 2]\n, [3}', ", line 2, column 5: malformed JSON"),
            ('{"boxes": [[0, 0, 1, 1], [2, 2]]}', ": boxes[1] has 2 values where the first has 4"),
            ('{"boxes": [[0, 0, 1, "1"]]}', ": boxes[0][3] is '1'; it needs a number"),
            ('{"boxes": [], "scores": [], "names": "cat"}', ": names is 'cat'; it needs a list"),
            ('{"boxes": [], "scores": [], "names": [1]}', ": names is a list; it needs a list of texts"),
            ('{"boxes": [[0, 0, 1, 1], null]}', ": boxes[1] is null; it needs a number"),
            ("3", " holds 3; it needs an object"),
            ("{}", " has no boxes; it needs boxes (N, 4)"),
            ("[" * 50_000, " is nested too deeply"),
        ],
    )
    def test_malformed_json(self, put, content, words):
        assert error_of(put("d.json", content)).startswith(words)


class TestCocoResults:
    def test_x_y_width_height(self, put):
        read = read_detections(put("d.json", [result((10, 20, 30, 40), 0.9, 17), result((0, 0, 0, 0.5))]))
        assert well_formed(read)
        assert read.boxes.tolist() == [[10, 20, 40, 60], [0, 0, 0, 0.5]]
        assert read.scores.tolist() == [np.float32(0.9), 0.5]
        assert read.labels.tolist() == [17, 1]
        assert read.notices == ()

    def test_an_empty_list(self, put):
        assert len(read_detections(put("d.json", [])).boxes) == 0

    def test_the_first_of_several_images_with_a_notice(self, put):
        entries = [result((at, 0, 1, 1), image_id=image) for at, image in enumerate([9, 4, 9])]
        read = read_detections(put("d.json", entries))
        assert read.boxes[:, 0].tolist() == [0, 2]
        assert read.notices == (
            "The file holds boxes of several images; the 2 of the first, image_id 9, are taken (3 in all).",
        )

    def test_fields_that_are_not_needed(self, put):
        entry = result(segmentation={"counts": "abc", "size": [1, 2]})
        del entry["image_id"], entry["category_id"]
        assert read_detections(put("d.json", [entry])).labels.tolist() == [0]

    @pytest.mark.parametrize(
        ("entry", "words"),
        [
            (5, "entry 2 is 5; it needs an object"),
            ([1, 2], "entry 2 is a list; it needs an object"),
            (result(score=None), "entry 2 has no score; it needs a number"),
            (result(score="0.5"), "entry 2 has '0.5' as score; it needs a number"),
            (result(score=True), "entry 2 has true as score; it needs a number"),
            (result(score=1.5), "entry 2 has score = 1.5; scores lie within 0..1"),
            (result(score=float("nan")), "entry 2 has score = nan; scores lie within 0..1"),
            (result(category_id=-1), "entry 2 has label = -1; labels are whole numbers from 0 up"),
            (result(category_id=1.5), "entry 2 has label = 1.5; labels are whole numbers"),
            (result(category_id="cat"), "entry 2 has 'cat' as category_id; it needs a number"),
            (result((1, 2, 3)), "entry 2 has a bbox of 3 values; it needs [x, y, width, height]"),
            (result(bbox="no") | {"bbox": "no"}, "entry 2 has a bbox of 'no'; it needs [x, y,"),
            ({"image_id": 7, "score": 1}, "entry 2 has a bbox of null; it needs [x, y,"),
            (result((1, 2, "3", 4)), "entry 2 has '3' as bbox width; it needs a number"),
            (result((1, 2, -3, 4)), "entry 2 has width = -3; a bbox is [x, y, width, height]"),
            (result((1, 2, 3, -0.5)), "entry 2 has height = -0.5; a bbox is"),
            (result((1, 2, float("inf"), 4)), "entry 2 has x2 = inf; it needs finite pixels"),
            (result((float("nan"), 2, 3, 4)), "entry 2 has x1 = nan; it needs finite pixels"),
            (result((1, 10**400, 3, 4)), "entry 2 has y1 = inf; it needs finite pixels"),
        ],
    )
    def test_faults_count_every_entry(self, put, entry, words):
        content = [result(), result(image_id=8), entry]
        assert error_of(put("d.json", content)).startswith(": " + words)

    def test_faults_of_other_images_do_not_matter(self, put):
        assert len(read_detections(put("d.json", [result(), result((1,), image_id=8)])).boxes) == 1


class TestCocoAnnotations:
    def content(self, *annotations, **more):
        return {"images": [{"id": 7}], "annotations": list(annotations)} | more

    def test_boxes_with_score_1_and_names(self, put):
        truth = result((1, 2, 3, 4), category_id=3)
        del truth["score"]
        categories = [{"id": 3, "name": "cat", "supercategory": "animal"}, {"id": 1, "name": "人"}]
        read = read_detections(put("d.json", self.content(truth, categories=categories)))
        assert well_formed(read)
        assert read.boxes.tolist() == [[1, 2, 4, 6]]
        assert read.scores.tolist() == [1]
        assert read.names == ("", "人", "", "cat")
        assert read.notices == ("No scores in the file: every box counts as certain (score 1).",)

    def test_scores_are_read_where_there_are_any(self, put):
        read = read_detections(put("d.json", self.content(result(score=0.25), result(score=None))))
        assert read.scores.tolist() == [0.25, 1]
        assert read.notices == ("Boxes without a score count as certain (score 1).",)

    def test_empty(self, put):
        read = read_detections(put("d.json", self.content()))
        assert well_formed(read)
        assert (len(read.boxes), read.notices) == (0, ())

    def test_huge_category_ids_stay_unnamed(self, put):
        categories = [{"id": 10**12, "name": "far"}, {"id": 0, "name": "near"}]
        read = read_detections(put("d.json", self.content(result(category_id=10**12), categories=categories)))
        assert read.names == ("near",)
        assert read.labels.tolist() == [10**12]

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"annotations": {}}, "annotations is an object; it needs a list"),
            ({"categories": "cat"}, "categories is 'cat'; it needs a list"),
            ({"categories": [{"id": 1}]}, 'category 0 needs a whole number "id" and a text "name"'),
            ({"categories": [{"id": "1", "name": "a"}]}, "category 0 needs a whole number"),
            ({"categories": [3]}, "category 0 needs a whole number"),
            ({"annotations": [result(), result((1, 2, -3, 4))]}, "annotation 1 has width = -3"),
        ],
    )
    def test_faults(self, put, changes, words):
        content = self.content(result()) | changes
        assert error_of(put("d.json", content)).startswith(": " + words)


class TestYolo:
    SIZE = (200, 100)

    def test_parts_of_the_image_become_pixels(self, put):
        path = put("d.txt", "3 0.5 0.5 0.1 0.2 0.75\r\n\r\n0 0.25 0.1 0.5 0.2 1\n")
        read = read_detections(path, image_size=self.SIZE)
        assert well_formed(read)
        np.testing.assert_allclose(read.boxes, [[90, 40, 110, 60], [0, 0, 100, 20]], atol=1e-4)
        assert read.scores.tolist() == [0.75, 1]
        assert read.labels.tolist() == [3, 0]
        assert read.notices == ()

    def test_without_scores(self, put):
        read = read_detections(put("d.txt", "1 .5 .5 1 1"), image_size=self.SIZE)
        assert read.scores.tolist() == [1]
        assert read.notices == ("No scores in the file: every box counts as certain (score 1).",)

    def test_with_some_scores(self, put):
        read = read_detections(put("d.txt", "1 .5 .5 1 1 .25\n1 .5 .5 1 1"), image_size=self.SIZE)
        assert read.scores.tolist() == [0.25, 1]
        assert read.notices == ("Boxes without a score count as certain (score 1).",)

    def test_blank_lines_are_no_boxes(self, put):
        read = read_detections(put("d.txt", "\n \n"), image_size=self.SIZE)
        assert (len(read.boxes), read.notices) == (0, ())

    def test_it_needs_the_image(self, put):
        assert "open the image too" in error_of(put("d.txt", "1 .5 .5 1 1"))

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("1 .5 .5 1", ", line 3 has 4 fields; it needs class cx cy w h [score]"),
            ("1 .5 .5 1 1 .5 .5", ", line 3 has 7 fields; it needs class cx cy w h [score]"),
            ("1 .5 .5 x 1", ", line 3: w is 'x'; it needs a number"),
            ("1 .5 nan .1 1", ", line 3: cy is 'nan'; it needs a number"),
            ("1 .5 .5 .1 1_0", ", line 3: h is '1_0'; it needs a number"),
            ("1 320 .5 .1 .1", ", line 3: cx is 320; it needs a part of the image's size, 0..1"),
            ("1 .5 .5 .1 inf", ", line 3: h is inf; it needs a part of the image's size"),
            ("1 .5 .5 -.1 .1", ", line 3: w is -0.1; it needs a part of the image's size"),
            ("1 .5 .5 -.0001 .1", ", line 3: w or h is below 0"),
            ("1 .5 .5 .1 .1 1.5", ": line 3 has score = 1.5; scores lie within 0..1"),
            ("-1 .5 .5 .1 .1", ": line 3 has label = -1; labels are whole numbers"),
            ("1.5 .5 .5 .1 .1", ": line 3 has label = 1.5; labels are whole numbers"),
            ("cat .5 .5 .1 .1", ", line 3: class is 'cat'; it needs a number"),
        ],
    )
    def test_faults(self, put, line, words):
        path = put("d.txt", f"0 .5 .5 .1 .1\n\n{line}\n")
        assert error_of(path, image_size=self.SIZE).startswith(words)

    def test_not_text(self, put):
        assert "not UTF-8" in error_of(put("d.txt", b"\xff\xfe0\0"), image_size=self.SIZE)

    def test_too_many(self, put):
        path = put("d.txt", "0 0 0 0 0\n" * 100_001)
        assert "more than the 100,000 boxes" in error_of(path, image_size=self.SIZE)


class TestFiles:
    @pytest.mark.parametrize("name", ["d.pkl", "d.pt", "d.csv", "d.npy", "d.xml", "d"])
    def test_other_kinds_name_the_ones_read(self, put, name):
        assert ".json, .txt, .npz or .safetensors are read" in error_of(put(name, b"x"))

    def test_missing_empty_folder(self, put, tmp_path):
        assert "was not found" in error_of(tmp_path / "none.json")
        assert "is empty" in error_of(put("d.json", ""))
        (tmp_path / "folder.npz").mkdir()
        assert "is a folder" in error_of(tmp_path / "folder.npz")

    def test_a_path_as_text(self, put):
        assert len(read_detections(str(put("d.json", []))).boxes) == 0


class TestDetectionsFrom:
    def test_lists(self):
        made = detections_from(BOXES, SCORES, names=["a"], notices=["said"])
        assert well_formed(made)
        assert (made.names, made.notices) == (("a",), ("said",))

    def test_copies_what_it_is_given(self):
        boxes = np.array(BOXES, np.float32)
        made = detections_from(boxes, SCORES)
        boxes[:] = 0
        assert made.boxes.any()
        assert boxes.flags.writeable

    def test_messages_name_the_source(self):
        with pytest.raises(BadData, match=r"^the pasted boxes: box 0 has score = 2;"):
            detections_from([[0, 0, 1, 1]], [2], source="the pasted boxes")
        with pytest.raises(BadData, match=r"^the detections: boxes\[1\] has 3 values where the first has 4"):
            detections_from([[0, 0, 1, 1], [0, 0, 1]], [1, 1])

    def test_bad_data_is_a_value_error(self):
        assert issubclass(BadData, ValueError)


def mutated(data, rng):
    changed = bytearray(data)
    at = rng.randrange(len(changed))
    match rng.randrange(6):
        case 0:
            del changed[at:]
        case 1:
            changed[at:at] = rng.randbytes(rng.randrange(1, 20))
        case 2:
            changed[at : at + rng.randrange(1, 9)] = rng.choice(
                [b"NaN", b"-1", b"[]", b"{}", b"null", b"1e999", b'"x"', b"true", b"9" * 30]
            )
        case _:
            for _ in range(rng.choice([1, 1, 2, 8])):
                changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


SPECIMENS = files_of_arrays({"boxes": np.float32(BOXES), "scores": np.float32(SCORES), "labels": LABELS}) | {
    "coco.json": json.dumps([result(), result((5, 5, 9, 9), 0.1, 3)]),
    "truth.json": json.dumps({"annotations": [result()], "categories": [{"id": 1, "name": "cat"}]}),
    "yolo.txt": "0 .5 .5 .25 .125 .5\n1 .1 .1 .05 .05\n",
}

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(
            st.sampled_from(["boxes", "scores", "labels", "names", "annotations", "categories"])
            | st.sampled_from(["bbox", "score", "image_id", "category_id", "id", "name"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


class TestMutations:
    def survives(self, path):
        try:
            read = read_detections(path, image_size=(64, 48))
        except BadData:
            return
        well_formed(read)

    @pytest.mark.parametrize("name", SPECIMENS)
    def test_detections_or_a_clear_error(self, name, put):
        rng, content = random.Random(name), SPECIMENS[name]
        content = content if isinstance(content, bytes) else content.encode()
        for _ in range(400):
            self.survives(put(name, mutated(content, rng) or b"\0"))

    @settings(max_examples=200, deadline=None)
    @given(JSON_VALUES)
    def test_any_json(self, tmp_path_factory, value):
        path = tmp_path_factory.getbasetemp() / "any.json"
        path.write_text(json.dumps(value), encoding="utf-8")
        self.survives(path)

    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.binary(min_size=8, max_size=8), max_size=8))
    def test_any_floats_in_boxes(self, tmp_path_factory, raw):
        values = np.array([struct.unpack("<d", item)[0] for item in raw[: len(raw) // 4 * 4]]).reshape(-1, 4)
        path = tmp_path_factory.getbasetemp() / "any.npz"
        np.savez(path, boxes=values, scores=np.zeros(len(values)))
        self.survives(path)

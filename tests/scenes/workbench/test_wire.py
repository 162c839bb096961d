"""A recorded run arrives as it was, shares what it shared, and is data only."""

import pytest
import torch

from engine.trace import record
from scenes import contents
from scenes.running import trace_as_data, trace_of
from scenes.workbench.messages import HEAD, MOST, Done, Failed, Inbox, encoded
from scenes.workbench.wire import Thing, Unreadable, packed, trace_as_bytes, trace_from_bytes, unpacked


@pytest.mark.parametrize("key", ["nms", "iou", "pooling", "filters", "receptive-field"])
def test_a_run_arrives(key):
    scene = contents.load(key)
    trace = trace_of(scene, scene.opening())
    made = trace_from_bytes(trace_as_bytes(trace))
    assert trace_as_data(made)["frames"] == trace_as_data(trace)["frames"]
    assert [frame.callers and frame.callers[-1].line for frame in made.frames] == [
        frame.callers and frame.callers[-1].line for frame in trace.frames
    ]
    assert [sorted(frame.before) for frame in made.frames] == [sorted(frame.before) for frame in trace.frames]


def test_what_frames_share_they_share_again():
    def grow(x):
        y = x + 1
        z = 1
        return y + z

    made = trace_from_bytes(trace_as_bytes(record(grow, torch.zeros(1000))))
    assert made.frames[0].variables["y"] is made.frames[1].variables["y"]


def test_objects_arrive_as_their_words():
    class Odd:
        def __repr__(self):
            raise ValueError

    assert unpacked(packed(Odd())) == Thing("Odd", "Odd, whose words fail: ValueError")
    assert repr(unpacked(packed(print))) == "print"


def test_what_holds_itself_ends():
    loop = []
    loop.append(loop)
    assert "thing" in str(packed(loop))


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x80", b"\x93\x01\x02\x03"])
def test_other_bytes_are_refused(data):
    with pytest.raises(Unreadable):
        trace_from_bytes(data)


def test_messages_are_put_together_from_any_pieces():
    data = bytes(encoded(Done(b"abc"))) + bytes(encoded(Failed("no", 3)))
    inbox, found = Inbox(), []
    for place in range(len(data)):
        found += inbox.take(data[place : place + 1])
    assert found == [Done(b"abc"), Failed("no", 3)]


@pytest.mark.parametrize("data", [(MOST + 1).to_bytes(HEAD, "big"), b"\0\0\0\1\xc1"])
def test_messages_that_are_none_are_refused(data):
    with pytest.raises(ValueError, match=r"message|MessagePack"):
        Inbox().take(data)


def test_a_list_that_grows_is_sent_in_its_pieces():
    def grow(x):
        kept = []
        for _ in range(2000):
            kept.append(x + 1)
        return kept

    trace = record(grow, torch.zeros(()))
    data = trace_as_bytes(trace)
    assert len(data) < 2000 * 64 * 100
    made = trace_from_bytes(data)
    assert len(made.frames[-1].variables["kept"]) == 2000
    assert len(made.frames[2001].variables["kept"]) == len(trace.frames[2001].variables["kept"])

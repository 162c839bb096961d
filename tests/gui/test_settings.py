"""What is remembered between two starts."""

from __future__ import annotations

import json

import pytest

from gui import settings
from gui.settings import Settings


def test_nothing_kept_yet_is_all_defaults():
    assert not settings.place().exists()
    assert settings.load() == Settings()


def test_what_is_kept_is_found_again():
    assert settings.keep(tour_seen=True)
    assert settings.load().tour_seen
    assert json.loads(settings.place().read_text()) == {"tour_seen": True}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"tour_seen": "often"}', "\x00", "\udcff"])
def test_what_cannot_be_read_is_all_defaults(text):
    settings.place().parent.mkdir(parents=True)
    settings.place().write_bytes(text.encode(errors="surrogateescape"))
    assert settings.load() == Settings()
    assert settings.keep(tour_seen=True)
    assert settings.load().tour_seen


def test_what_another_version_wrote_is_passed_over():
    settings.place().parent.mkdir(parents=True)
    settings.place().write_text('{"tour_seen": true, "colour": "mauve"}')
    assert settings.load() == Settings(tour_seen=True)


def test_a_place_that_cannot_be_written_is_no_fault():
    settings.place().parent.parent.mkdir(parents=True, exist_ok=True)
    settings.place().parent.write_text("a file where the folder would be")
    assert not settings.keep(tour_seen=True)
    assert settings.load() == Settings()

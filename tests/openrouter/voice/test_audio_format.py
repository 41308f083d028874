import pytest

from chat.openrouter import format_of
from tests.standin.voice import wav


@pytest.mark.parametrize(
    ("begin", "name"),
    [
        (b"\x1aE\xdf\xa3\x9f", "webm"),
        (b"\x00\x00\x00\x1cftypiso5", "m4a"),
        (wav(0.1), "wav"),
        (b"OggS\x00", "ogg"),
        (b"fLaC", "flac"),
        (b"ID3\x04", "mp3"),
        (b"\xff\xfb\x90", "mp3"),
        (b"\xff\xf1\x50", "aac"),
        (b"\xff\xff", "mp3"),
        *((odd, "") for odd in (b"", b"\xff", b"PK\x03\x04", b"\xff\xd8\xff", b"GIF89a")),
    ],
)
def test_a_format_is_known_by_its_beginning(begin, name):
    assert format_of(begin) == name

"""What is sent piece by piece is what would have been sent at once."""

import base64
import io
import json
from functools import partial

import pytest

from chat.openrouter import EncodedFile
from chat.openrouter.connection.upload import PIECE_BYTES, READ_BYTES, Upload


def image(size_bytes: int) -> tuple[EncodedFile, str]:
    """An image and the URL it stands for."""
    content = bytes(number % 251 for number in range(size_bytes))
    url = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    return EncodedFile("image/png", size_bytes, partial(io.BytesIO, content)), url


def read(upload: Upload) -> list[bytes]:
    return list(iter(partial(upload.read, 8192), b""))


@pytest.mark.parametrize("size_bytes", [0, 1, 2, 3, READ_BYTES - 1, READ_BYTES, READ_BYTES + 1, 100_000])
def test_images_stand_where_their_urls_belong(size_bytes):
    (first, first_url), (second, second_url) = image(size_bytes), image(7)
    upload = Upload({"parts": ["Bread “☕” \n", first, {"url": second}], "stream": True})
    pieces = read(upload)

    assert json.loads(b"".join(pieces)) == {"parts": ["Bread “☕” \n", first_url, {"url": second_url}], "stream": True}
    assert upload.len == sum(map(len, pieces))
    assert max(map(len, pieces)) <= PIECE_BYTES


def test_long_texts_come_in_pieces_too():
    upload = Upload({"text": "é" * 50_000})

    assert max(map(len, pieces := read(upload))) == PIECE_BYTES
    assert json.loads(b"".join(pieces)) == {"text": "é" * 50_000}


def test_nothing_of_an_image_is_read_before_it_is_sent():
    def opened_too_early() -> io.BytesIO:
        raise AssertionError("opened")

    upload = Upload({"image": EncodedFile("image/png", 3_000_000, opened_too_early)})

    assert upload.len > 4_000_000


def test_what_is_no_json_is_refused():
    with pytest.raises(TypeError, match="bytes is not JSON"):
        Upload({"text": b"x"})


def test_without_an_address_it_is_the_base64_alone():
    content = bytes(range(256)) * 100
    file = EncodedFile("audio/wav", len(content), partial(io.BytesIO, content), is_url=False)
    upload = Upload({"data": file, "format": "wav"})
    body = b"".join(iter(upload.read, b""))

    assert len(body) == upload.len
    assert base64.b64decode(json.loads(body)["data"]) == content

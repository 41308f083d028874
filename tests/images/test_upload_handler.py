import io
import tracemalloc
from contextlib import ExitStack
from typing import Any, cast

import pytest
from django.core.files.uploadhandler import load_handler
from django.http import HttpRequest
from django.test import RequestFactory

from chat.images import upload_handler
from chat.images.upload_handler import received_images

BOUNDARY = "a-boundary"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
MEGABYTE = 1_000_000


def part(name: str, content: bytes, filename: str | None = None, *headers: str) -> bytes:
    file = f'; filename="{filename}"\r\nContent-Type: image/png' if filename is not None else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n'
    return (head + "".join(f"{header}\r\n" for header in headers) + "\r\n").encode() + content + b"\r\n"


@pytest.fixture
def posted():
    """Makes requests as a browser posts them, and ends them after the test."""
    with ExitStack() as requests:

        def post(*parts: bytes, end: bytes = f"--{BOUNDARY}--\r\n".encode()) -> HttpRequest:
            body = b"".join(parts) + end
            request = RequestFactory().generic("POST", "/", body, CONTENT_TYPE)
            requests.callback(request.close)
            return request

        yield post


def contents(request: HttpRequest) -> dict[str | None, bytes]:
    return {file.name: file.read() for file in received_images(request).files}


@pytest.fixture
def small_limits(monkeypatch):
    """1,000 bytes an image, 2,500 together."""
    monkeypatch.setattr(upload_handler, "MAX_IMAGE_BYTES", 1_000)
    monkeypatch.setattr(upload_handler, "MAX_TOTAL_BYTES", 2_500)


def test_images_and_text_arrive(posted):
    request = posted(
        part("text", "Hello ☕".encode()), part("images", b"one", "a.png"), part("images", b"two", "b.png")
    )

    assert request.POST["text"] == "Hello ☕"
    files, refusals = received_images(request)
    assert [(file.name, file.size, file.content_type) for file in files] == [
        ("a.png", 3, "image/png"),
        ("b.png", 3, "image/png"),
    ]
    assert contents(request) == {"a.png": b"one", "b.png": b"two"}
    assert refusals == []


def test_the_limits_are_8_images_20_megabytes_and_60_together(posted):
    parts = [part("images", b"x", f"{number}.png") for number in range(10)]
    files, refusals = received_images(posted(*parts))
    assert [file.name for file in files] == [f"{number}.png" for number in range(8)]
    assert refusals == [
        "“8.png” wasn't attached: a message can have up to 8 images.",
        "“9.png” wasn't attached: a message can have up to 8 images.",
    ]

    exact, more = bytes(20 * MEGABYTE), bytes(20 * MEGABYTE + 1)
    files, refusals = received_images(posted(part("images", more, "more.png"), part("images", exact, "exact.png")))
    assert [file.name for file in files] == ["exact.png"]
    assert refusals == ["“more.png” is larger than 20 MB."]

    parts = [part("images", exact, f"{number}.png") for number in range(3)]
    files, refusals = received_images(posted(*parts, part("images", b"x", "last.png")))
    assert [file.size for file in files] == [20 * MEGABYTE] * 3
    assert refusals == ["“last.png” wasn't attached: a message can have up to 60 MB of images."]


@pytest.mark.usefixtures("small_limits")
def test_what_exceeds_is_named_and_everything_else_arrives(posted):
    request = posted(
        part("images", b"first", "first.png"),
        part("images", b"x" * 1_001, "huge.png"),
        part("text", b"Hello"),
        part("images", b"y" * 1_000, "second.png"),
        part("images", b"z" * 999, "third.png"),
        part("images", b"z" * 999, "fourth.png"),
        part("images", b"last", "last.png"),
        part("model", b"some/model"),
    )

    assert request.POST["text"] == "Hello"
    assert request.POST["model"] == "some/model"
    assert contents(request) == {
        "first.png": b"first",
        "second.png": b"y" * 1_000,
        "third.png": b"z" * 999,
        "last.png": b"last",
    }
    assert received_images(request).refusals == [
        "“huge.png” is larger than 0 MB.",
        "“fourth.png” wasn't attached: a message can have up to 0 MB of images.",
    ]


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("claimed", ["1", "-5", "nonsense", "99999999999"])
def test_the_length_that_a_part_claims_does_not_matter(posted, claimed):
    request = posted(
        part("images", b"x" * 1_001, "huge.png", f"Content-Length: {claimed}"),
        part("images", b"small", "small.png", f"Content-Length: {claimed}"),
    )

    assert contents(request) == {"small.png": b"small"}
    assert len(received_images(request).refusals) == 1


@pytest.mark.usefixtures("small_limits")
def test_base64_is_measured_as_decoded(posted):
    request = posted(
        part("images", b"eHh4" * 300, "fits.png", "Content-Transfer-Encoding: base64"),
        part("images", b"eHh4" * 334, "huge.png", "Content-Transfer-Encoding: base64"),
    )

    assert contents(request) == {"fits.png": b"xxx" * 300}


def test_files_of_other_fields_are_read_past(posted):
    request = posted(part("avatar", b"x" * 5_000, "me.png"), part("images", b"one", "a.png"))

    assert list(request.FILES) == ["images"]
    assert received_images(request) == ([request.FILES["images"]], [])


def test_an_empty_file_field_is_no_file(posted):
    assert received_images(posted(part("text", b"Hello"), part("images", b"", ""))) == ([], [])


@pytest.mark.parametrize("request_", [RequestFactory().get("/"), RequestFactory().post("/", {"text": "Hello"})])
def test_requests_without_files_have_none(request_):
    assert received_images(request_) == ([], [])


def test_an_upload_that_breaks_off_loses_the_last_file_only(posted):
    request = posted(
        part("text", b"Hello"),
        part("images", b"one", "a.png"),
        part("images", b"x" * 5_000, "b.png")[:-1_000],
        end=b"",
    )

    assert request.POST["text"] == "Hello"
    assert contents(request) == {"a.png": b"one"}


def test_files_end_with_the_request(posted):
    request = posted(part("images", bytes(MEGABYTE), "a.png"), part("images", b"x", "b.png"))
    files = received_images(request).files

    request.close()

    assert all(file.closed for file in files)


def test_large_files_are_on_disk_and_small_ones_in_memory(posted, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 8_000  # bytes, for eight files
    files, _ = received_images(posted(part("images", bytes(1_000), "a.png"), part("images", bytes(1_001), "b.png")))

    assert [cast("Any", file.file)._rolled for file in files] == [False, True]


class Zeros(io.BytesIO):
    """A body of a head, then many zeros, then a tail, that takes no memory itself."""

    def __init__(self, head: bytes, zeros: int, tail: bytes) -> None:
        super().__init__()
        self.pieces = [head, *[bytes(50_000)] * (zeros // 50_000), tail]
        self.length = len(head) + zeros + len(tail)
        self.rest = b""

    def read(self, size: int | None = -1, /) -> bytes:
        assert size
        while self.pieces and len(self.rest) < size:
            self.rest += self.pieces.pop(0)
        data, self.rest = self.rest[:size], self.rest[size:]
        return data


def test_a_huge_file_is_never_in_memory():
    head, tail = (
        part("images", b"", "film.mov")[:-2],
        b"\r\n" + part("text", b"Hello") + f"--{BOUNDARY}--\r\n".encode(),
    )
    body = Zeros(head, 300 * MEGABYTE, tail)
    request = RequestFactory().generic("POST", "/", b"replaced", CONTENT_TYPE)
    request.META["CONTENT_LENGTH"] = str(body.length)
    request._stream = body

    assert RequestFactory().post("/", {"text": "Hello"}).POST["text"] == "Hello"  # what it imports is not measured
    tracemalloc.start()
    assert request.POST["text"] == "Hello"
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert received_images(request).refusals == ["“film.mov” is larger than 20 MB."]
    assert most_bytes < 5 * MEGABYTE


def test_the_site_uses_it_alone(settings):
    assert settings.FILE_UPLOAD_HANDLERS == ["chat.images.upload_handler.ImageUploads"]
    assert isinstance(load_handler(settings.FILE_UPLOAD_HANDLERS[0], HttpRequest()), upload_handler.ImageUploads)

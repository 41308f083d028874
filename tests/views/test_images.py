"""/images/<id>/: an image, for its owner alone, with the type that decoding found."""

import pytest
from django.core.files.storage import default_storage

from chat.models import Image
from tests.person import image_file


@pytest.fixture
def image(alice) -> Image:
    alice.signs_in()
    alice.sends_with_htmx("Look", images=[image_file(name="../../evil.html")])
    return Image.objects.get()


def test_its_owner_sees_it(alice, image):
    response = alice.client.get(image.url)

    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"].startswith("private")
    assert b"".join(response.streaming_content).startswith(b"\x89PNG")
    response.close()


def test_it_is_sent_as_it_lies_there_and_kept_for_a_day(alice, image):
    response = alice.client.get(image.url, headers={"Accept-Encoding": "gzip"})

    assert response.headers["Content-Encoding"] == "identity"
    assert response.headers["Content-Length"] == str(image.size_bytes)
    assert "max-age=86400," in response.headers["Cache-Control"]
    assert len(b"".join(response.streaming_content)) == image.size_bytes
    response.close()


def test_nobody_else_does(alice, bob, image):
    bob.signs_in()
    assert bob.client.get(image.url).status_code == 404
    alice.client.post("/signout/")
    assert alice.client.get(image.url).status_code == 302


def test_the_file_is_named_by_the_site_and_not_by_its_sender(image):
    assert image.file.name == f"pictures/{image.user_id}/{image.id}.png"
    assert default_storage.exists(image.file.name)

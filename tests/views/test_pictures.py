"""/images/<id>/: a picture, for its owner alone, with the type that decoding found."""

import pytest
from django.core.files.storage import default_storage

from chat.models import Picture
from tests.person import picture_file


@pytest.fixture
def picture(alice) -> Picture:
    alice.signs_in()
    alice.sends_with_htmx("Look", images=[picture_file(name="../../evil.html")])
    return Picture.objects.get()


def test_its_owner_sees_it(alice, picture):
    response = alice.client.get(picture.url)

    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"].startswith("private")
    assert b"".join(response.streaming_content).startswith(b"\x89PNG")
    response.close()


def test_it_is_sent_as_it_lies_there_and_kept_for_a_day(alice, picture):
    response = alice.client.get(picture.url, headers={"Accept-Encoding": "gzip"})

    assert response.headers["Content-Encoding"] == "identity"
    assert response.headers["Content-Length"] == str(picture.size_bytes)
    assert "max-age=86400," in response.headers["Cache-Control"]
    assert len(b"".join(response.streaming_content)) == picture.size_bytes
    response.close()


def test_nobody_else_does(alice, bob, picture):
    bob.signs_in()
    assert bob.client.get(picture.url).status_code == 404
    alice.client.post("/signout/")
    assert alice.client.get(picture.url).status_code == 302


def test_the_file_is_named_by_the_site_and_not_by_its_sender(picture):
    assert picture.file.name == f"pictures/{picture.user_id}/{picture.id}.png"
    assert default_storage.exists(picture.file.name)

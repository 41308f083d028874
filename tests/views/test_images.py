"""/images/<id>/: an image, for its owner alone, with the type that decoding found."""

import pytest
from django.core.files.storage import default_storage

from chat.models import Image, MessageImage
from tests.django_client import image_file

MAKES = "google/gemini-2.5-flash-image"


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


def downloaded_name(person, address: str) -> str:
    response = person.client.get(address)
    response.close()
    return response.headers["Content-Disposition"]


def test_a_download_is_named_after_the_chat(alice, image):
    alice.signs_in()
    alice.asks("[[image n=2]] Two: cats & dogs", model=MAKES)
    *_, first, second = MessageImage.objects.order_by("pk")
    chat = first.message.conversation
    chat.title = "Cats / dogs"
    chat.save()

    named = [downloaded_name(alice, f"{each.image.url}?download={each.message_id}") for each in (first, second)]
    assert named == ['attachment; filename="Cats dogs 1.png"', 'attachment; filename="Cats dogs 2.png"']
    assert downloaded_name(alice, f"{image.url}?download={first.message_id}").startswith('attachment; filename="image-')
    assert downloaded_name(alice, f"{image.url}?download=x").startswith('attachment; filename="image-')
    assert downloaded_name(alice, image.url).startswith('inline; filename="image-')


def test_the_file_is_named_by_the_site_and_not_by_its_sender(image):
    assert image.file.name == f"pictures/{image.user_id}/{image.id}.png"
    assert default_storage.exists(image.file.name)

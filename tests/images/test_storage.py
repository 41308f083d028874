"""Images on their way to the disk."""

from uuid import uuid4

import pytest
from django.db import IntegrityError

from chat.images.processing import ImageRefused
from chat.images.storage import MAX_DATA_CHARS, store_data_url, store_image
from tests.django_client import image_file


def test_no_file_stays_of_somebody_who_left_meanwhile(alice, settings):
    alice.signs_in()
    owner = alice.user.id
    alice.user.delete()

    with pytest.raises(IntegrityError):
        store_image(image_file(), name="red.png", owner=owner)
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "url", ["https://example.org/a.png", "data:image/png,plain", "data:image/png;base64,?", "data:image/png;base64,é"]
)
def test_what_a_model_sends_that_is_no_image_is_refused_with_a_sentence(url):
    with pytest.raises(ImageRefused, match="The model sent a"):
        store_data_url(url, owner=uuid4())


def test_one_that_is_too_large_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr("base64.b64decode", None)
    url = "data:image/png;base64," + "A" * (MAX_DATA_CHARS + 1)

    with pytest.raises(ImageRefused, match="too large"):
        store_data_url(url, owner=uuid4())

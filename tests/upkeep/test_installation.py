"""What belongs to a database: a new one does not take over the images of another."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from chat.models import Installation
from chat.upkeep import installation

pytestmark = pytest.mark.django_db


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def test_the_first_start_accepts_an_empty_folder(media):
    media.mkdir()
    installation.check_in()

    assert (media / installation.MARKER_FILE).read_text().strip() == Installation.objects.get().media_id


def test_an_empty_database_refuses_the_images_of_another(media):
    installation.check_in()
    Installation.objects.all().delete()

    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL must be the database of the images .*accept_data"):
        installation.check_in()
    assert not Installation.objects.exists()


def test_the_operator_can_have_them_accepted(media, capsys):
    installation.check_in()
    Installation.objects.all().delete()

    call_command("accept_data")
    installation.check_in()

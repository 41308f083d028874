"""When the folder of images is not there, a question with one is not sent: the answer would be about nothing."""

import shutil

import pytest

from chat.upkeep import installation
from tests.django_client import image_file


@pytest.fixture
def chat(alice, settings):
    settings.MEDIA_ROOT.mkdir()
    installation.check_in()
    alice.signs_in()
    alice.asks("Look", images=[image_file()])
    return alice.latest_reply().message.conversation


def is_not_mounted(folder):
    shutil.rmtree(folder)


def is_an_empty_one(folder):
    shutil.rmtree(folder)
    folder.mkdir()


def is_another_ones(folder):
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / installation.MARKER_FILE).write_text("another\n")


@pytest.mark.parametrize("what", [is_not_mounted, is_an_empty_one, is_another_ones])
def test_nothing_is_sent_and_it_says_so(alice, chat, settings, what):
    what(settings.MEDIA_ROOT)
    page = alice.asks("And now?", chat=chat)

    assert "Nothing was sent" in page.error
    assert len(alice.standin.chat_requests) == 1
    assert alice.looks_at(chat).action("Retry")


def test_a_chat_without_images_goes_on(alice, chat, settings):
    is_not_mounted(settings.MEDIA_ROOT)

    assert alice.asks("[[say Hello]]").state == "complete"


def test_one_lost_file_is_a_gap(alice, chat, settings):
    (lost,) = (settings.MEDIA_ROOT / "pictures").rglob("*.png")
    lost.unlink()

    assert alice.asks("[[say Hello]]", chat=chat).state == "complete"
    assert len(alice.standin.chat_requests) == 2

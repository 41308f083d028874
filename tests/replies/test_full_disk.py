"""An image that a model made, when there is no room for it."""

from pathlib import Path

import pytest

from chat.replies import generate, live


@pytest.fixture
def in_the_way(settings, monkeypatch) -> Path:
    """No file can be made where images are kept."""
    monkeypatch.setattr(generate, "IMAGE_PAUSE_SECONDS", 0.02)
    place = Path(settings.MEDIA_ROOT)
    place.write_text("")
    return place


def test_it_waits_until_there_is(alice, in_the_way, caplog):
    alice.sends("[[image]]")
    alice.standin.wait_for(lambda: "could not be stored yet" in caplog.text)
    in_the_way.unlink()
    alice.standin.wait_for(lambda: not live.running())

    page = alice.looks_at(alice.latest_reply().message.conversation)
    assert page.state == "complete"
    assert len(page.answer.select("img")) == 1


def test_for_a_while_and_the_rest_of_the_answer_is_kept(alice, in_the_way, monkeypatch):
    monkeypatch.setattr(generate, "IMAGE_GIVE_UP_AFTER_SECONDS", 0.1)
    page = alice.asks("[[image]] [[say Here it is.]]")

    assert page.state == "complete"
    assert "Here it is." in page.text
    assert "no space left to store it" in page.text

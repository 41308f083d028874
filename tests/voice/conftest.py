from decimal import Decimal
from urllib.parse import urlencode

import pytest

from chat.models import Charge, Message, User
from chat.voice import speech
from tests.django_client import HTMX
from tests.standin.voice import wav

SOUND = wav(20.0)


class Speaker:
    """Alice, who has turned on dictation and reading aloud, with a chat of one answer."""

    def __init__(self, person, chat):
        self.person, self.chat, self.standin = person, chat, person.standin

    @property
    def answer(self):
        return Message.objects.get(conversation=self.chat, role="assistant")

    def dictates(self, recording=SOUND, **query):
        address = f"/dictation/?{urlencode({'seconds': 20, **query})}"
        return self.person.client.post(address, recording, content_type="audio/wav")

    def hears(self, part=0, **fields):
        return self.person.client.post(self.address, {"part": part, **fields}, headers=HTMX)

    @property
    def address(self):
        return f"/messages/{self.answer.pk}/speech/"

    def sets(self, **fields):
        User.objects.filter(pk=self.person.user.pk).update(**fields)

    def spends_at_most(self, dollars):
        self.sets(spending_limits={"day": dollars})

    @property
    def charges(self):
        return list(Charge.objects.filter(kind__in=Charge.VOICE).order_by("asked_at"))

    def asked(self, endpoint):
        return self.standin.requests_to(endpoint)


@pytest.fixture
def alices(alice, monkeypatch):
    monkeypatch.setattr(speech, "_only_samples", set())
    monkeypatch.setattr(speech, "_swept_at", float("-inf"))
    alice.signs_in()
    alice.asks("[[say Flour and water. It rests for a night.]]")
    speaker = Speaker(alice, alice.latest_reply().message.conversation)
    speaker.sets(has_dictation=True, reads_aloud=True)
    return speaker


PER_CHARACTER = Decimal("0.00000062")  # of the cheapest model that reads aloud

"""POST /dictation/: a recording comes back as text, and is paid for visibly."""

from base64 import b64decode
from decimal import Decimal

import pytest
from django.test import Client

from chat.models import Conversation, StoredKey
from chat.models.charge import NO_CHAT
from chat.spending import cost_lookup
from chat.views import voice
from chat.voice.dictation import MAX_RECORDING_BYTES
from tests.django_client import HTMX, Page
from tests.voice.conftest import SOUND

HEARD = "audio/transcriptions"


def test_a_recording_comes_back_as_text_with_its_cost(alices):
    alices.standin.hears("Grüße aus der Küche")

    answer = alices.dictates(chat=alices.chat.pk)

    assert answer.json() == {"text": "Grüße aus der Küche", "cost": "$0.0011"}
    (sent,) = alices.asked(HEARD)
    assert b64decode(sent.body["input_audio"]["data"]) == SOUND
    assert (sent.body["model"], sent.body["input_audio"]["format"]) == ("openai/gpt-4o-transcribe", "wav")
    (charge,) = alices.charges
    assert (charge.kind, charge.conversation, charge.model) == ("dictation", alices.chat.pk, sent.body["model"])
    assert charge.estimate == 0


@pytest.mark.database
def test_the_cost_counts_for_the_chat_and_the_month(alices):
    before = Conversation.objects.get(pk=alices.chat.pk).cost
    alices.dictates(chat=alices.chat.pk)
    alices.dictates()

    chat = Conversation.objects.get(pk=alices.chat.pk)
    in_chat, outside = alices.charges
    assert chat.cost == before + in_chat.cost
    assert outside.conversation == NO_CHAT
    spent = Page(alices.person.client.get("/account/spending/"))
    assert "2 dictations" in spent.html
    assert "Dictation in new chats" in spent.html
    assert "Deleted and temporary" not in spent.html
    costs = Page(alices.person.client.get(f"/chats/{chat.pk}/spending/"))
    assert "Dictation and reading aloud" in costs.html
    csv = b"".join(alices.person.client.get("/account/spending.csv").streaming_content).decode()
    assert csv.count(",dictation,") == 2


def test_the_chat_of_somebody_else_is_no_chat(alices, bob):
    bob.signs_in()
    bob.client.post("/account/voice/", {"has_dictation": "on"})

    bob.client.post(f"/dictation/?chat={alices.chat.pk}", SOUND, content_type="audio/wav")

    assert [charge.conversation for charge in bob.user.charges.all()] == [NO_CHAT]
    assert Conversation.objects.get(pk=alices.chat.pk).voice_cost == 0


def test_an_unknown_cost_is_asked_for(alices):
    alices.standin.settings.tells_voice_cost = False
    assert alices.dictates(chat=alices.chat.pk).json()["cost"] == ""

    (charge,) = alices.charges
    assert charge.cost is None
    assert charge.estimate > 0
    assert charge.next_lookup_at
    alices.standin.later(60)
    cost_lookup.look_up(charge.pk)

    (charge,) = alices.charges
    assert (charge.cost > 0, charge.estimate) == (True, 0)
    assert Conversation.objects.get(pk=alices.chat.pk).voice_cost == charge.cost


@pytest.mark.parametrize(
    ("status", "sentence", "label"),
    [
        (402, "Your OpenRouter credits have run out.", "Add credits"),
        (429, "Try again", None),
        (502, "isn't responding right now.", None),
    ],
)
def test_a_refusal_says_what_to_do_and_costs_nothing(alices, status, sentence, label):
    alices.standin.answers(status, to=HEARD)

    answer = alices.dictates()

    assert answer.status_code == 422
    assert sentence in answer.json()["error"]
    assert answer.json().get("action", {}).get("label") == label
    assert alices.charges == []


def test_a_rejected_key_is_remembered(alices):
    alices.standin.answers(401, to=HEARD)

    assert "no longer accepts your key" in alices.dictates().json()["error"]
    assert StoredKey.objects.get().rejected_at
    assert "no longer accepts your key" in alices.dictates().json()["error"]
    assert len(alices.asked(HEARD)) == 1
    assert alices.charges == []


def test_what_breaks_off_may_have_cost_something(alices):
    headers = (("X-Generation-Id", "gen-1"),)
    alices.standin.answers_raw(
        [b'{"text": "Hel'], content_type="application/json", headers=headers, end="cut", to=HEARD
    )

    assert alices.dictates().status_code == 422
    (charge,) = alices.charges
    assert (charge.cost, charge.generation_id) == (None, "gen-1")  # with which it is looked up
    assert charge.estimate > 0


def test_garbage_is_a_sentence(alices):
    alices.standin.answers("garbage", to=HEARD)

    assert alices.dictates().json()["error"]


def test_a_limit_refuses_before_anything_is_sent(alices):
    alices.spends_at_most("0.000001")

    answer = alices.dictates().json()
    assert "over your limit" in answer["error"] or "of your daily limit" in answer["error"]
    assert answer["over_limit"]
    assert answer["action"]["url"].endswith("#limits")
    assert alices.asked(HEARD) == []

    assert alices.dictates(over_limit=1).json()["text"]


def test_what_was_spent_on_it_counts_against_the_limit(alices):
    alices.sets(dictation_model="openai/whisper-1")
    alices.spends_at_most("0.003")

    assert "text" in alices.dictates().json()  # 20 seconds for 0.002
    assert alices.dictates().json()["over_limit"]


def test_nothing_is_sent_while_it_is_off(alices):
    alices.sets(has_dictation=False)

    assert "turned off" in alices.dictates().json()["error"]
    assert alices.asked(HEARD) == []


@pytest.mark.parametrize("recording", [b"", b"GIF89a", b"no sound"])
def test_what_is_no_recording_is_not_sent(alices, recording):
    assert "isn't a supported recording" in alices.dictates(recording).json()["error"]
    assert alices.asked(HEARD) == []


def test_a_recording_that_is_too_large_is_refused(alices):
    assert alices.dictates(SOUND + bytes(MAX_RECORDING_BYTES)).status_code == 413


def test_it_needs_the_token_of_the_page(alices):
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    strict.cookies = alices.person.client.cookies

    assert strict.post("/dictation/", SOUND, content_type="audio/wav").status_code == 403


def test_there_is_a_limit_on_how_often(alices, monkeypatch):
    monkeypatch.setattr(voice.DICTATIONS, "_at_once", 1)
    monkeypatch.setattr(voice.DICTATIONS, "_seconds_each", 60)
    alices.dictates()

    answer = alices.dictates()
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_the_bar_knows_the_price_of_a_second(alices):
    alices.sets(dictation_model="openai/whisper-1")

    bar = Page(alices.person.client.get("/dictation/", headers=HTMX)).one(".dictation")
    assert Decimal(str(bar["data-per-second"])) == Decimal("0.0001")


def test_the_microphone_is_on_the_page_only_if_it_is_turned_on(alices):
    assert Page(alices.person.client.get("/")).one("[data-dictate]")
    alices.sets(has_dictation=False)
    assert "data-dictate" not in Page(alices.person.client.get("/")).html


def test_pages_may_use_the_microphone_and_nothing_else(alices):
    policy = alices.person.client.get("/").headers["Permissions-Policy"].split(", ")

    assert [each for each in policy if not each.endswith("=()")] == ["microphone=(self)"]
    assert {"camera=()", "geolocation=()"} <= set(policy)

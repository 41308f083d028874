"""Answers read aloud: what is asked for, stored, served, paid for, and removed."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from chat.models import Conversation, Message, Reply, SpokenPart
from chat.openrouter import client
from chat.spending import cost_lookup
from chat.voice import speech
from tests.django_client import HTMX, Page
from tests.standin.voice import silence
from tests.voice.conftest import PER_CHARACTER

SAID = "audio/speech"
TEXT = "Flour and water. It rests for a night."
LONG = " ".join(f"Sentence number {number} is here." for number in range(60))


def page_of(alices):
    return Page(alices.person.client.get(alices.address))


def test_the_menu_says_the_price_before_anything_is_sent(alices):
    menu = Page(alices.person.client.get(f"/messages/{alices.answer.pk}/", headers=HTMX))

    assert " ".join(menu.one("[data-speak]").get_text().split()) == "Read aloud about $0.000024"
    assert alices.asked(SAID) == []


def test_it_is_not_in_the_menu_while_it_is_off(alices):
    alices.sets(reads_aloud=False)

    assert "data-speak" not in Page(alices.person.client.get(f"/messages/{alices.answer.pk}/", headers=HTMX)).html
    assert "turned off" in alices.hears().json()["error"]
    assert "turned off" in page_of(alices).html
    assert alices.asked(SAID) == []


@pytest.mark.database
def test_a_part_is_read_once_and_then_served_from_here(alices):
    address = alices.hears().json()["url"]
    assert alices.hears().json()["url"] == address

    (sent,) = alices.asked(SAID)
    assert sent.body == {
        **{"model": "hexgrad/kokoro-82m", "voice": "af_bella", "response_format": "mp3"},
        "input": TEXT,
    }
    audio = alices.person.client.get(address)
    assert audio.content == silence(0.38)
    assert audio.headers["Content-Type"] == "audio/mpeg"
    assert audio.headers["Cache-Control"].startswith("private, max-age=")
    menu = Page(alices.person.client.get(f"/messages/{alices.answer.pk}/", headers=HTMX))
    assert "free" in menu.one("[data-speak]").get_text()


def test_nobody_else_gets_the_audio(alices, bob):
    address = alices.hears().json()["url"]
    bob.signs_in()

    assert bob.client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("wanted", "begin", "end"),
    [
        *[("bytes=0-", 0, None), ("bytes=0-1", 0, 2), ("bytes=100-199", 100, 200), ("bytes=5-999999999", 5, None)],
        *[("bytes=0-9999999999", 0, None), ("bytes=0000000005-0000000009", 5, 10)],
    ],
)
def test_ranges_are_served(alices, wanted, begin, end):
    address = alices.hears().json()["url"]
    whole = alices.person.client.get(address).content

    part = alices.person.client.get(address, headers={"Range": wanted})
    assert (part.status_code, part.content) == (206, whole[begin:end])
    assert part.headers["Content-Range"] == f"bytes {begin}-{(end or len(whole)) - 1}/{len(whole)}"


@pytest.mark.parametrize("odd", ["bytes=9-5", "bytes=-5", "bytes=1-2,4-5", "lines=1-2", "bytes=99999999-", "bytes"])
def test_other_ranges_get_the_whole(alices, odd):
    address = alices.hears().json()["url"]

    whole = alices.person.client.get(address, headers={"Range": odd})
    assert (whole.status_code, whole.content) == (200, silence(0.38))


@pytest.mark.database
def test_the_cost_is_looked_up_and_shown(alices):
    alices.hears()
    (charge,) = alices.charges
    assert (charge.kind, charge.conversation, charge.cost) == ("speech", alices.chat.pk, None)
    assert charge.estimate == len(TEXT) * PER_CHARACTER
    assert "The cost will be known" in page_of(alices).html

    alices.standin.later(60)
    cost_lookup.look_up(charge.pk)

    (charge,) = alices.charges
    assert charge.cost == len(TEXT) * PER_CHARACTER
    assert Conversation.objects.get(pk=alices.chat.pk).voice_cost == charge.cost
    assert "Cost so far: $0.000024" in page_of(alices).html
    assert "1 part read aloud" in Page(alices.person.client.get("/account/spending/")).html


def test_a_long_answer_is_read_part_by_part(alices):
    Message.objects.filter(pk=alices.answer.pk).update(text=LONG)

    forms = page_of(alices).soup.select(".spoken-parts form")
    for number in range(len(forms)):
        alices.hears(number)

    assert len(forms) > 2
    assert " ".join(request.body["input"] for request in alices.asked(SAID)) == LONG
    assert alices.hears(len(forms)).status_code == 404


def test_it_works_as_a_plain_form(alices):
    answer = alices.person.client.post(alices.address, {"part": 0})

    assert answer.headers["Location"].endswith("/speech/#part-1")
    assert page_of(alices).one("audio")["src"] == SpokenPart.objects.get().url


def test_bare_samples_where_a_model_knows_nothing_else(alices):
    alices.sets(speech_model="google/gemini-3.1-flash-tts-preview", speech_voice="Zephyr")
    Message.objects.filter(pk=alices.answer.pk).update(text=LONG)

    address = alices.hears(0).json()["url"]
    alices.hears(1)

    assert [request.body["response_format"] for request in alices.asked(SAID)] == ["mp3", "pcm", "pcm"]
    assert alices.person.client.get(address).headers["Content-Type"] == "audio/wav"


@pytest.mark.parametrize(("status", "sentence"), [(402, "credits have run out"), (429, "Try again")])
def test_a_refusal_costs_nothing_and_can_be_tried_again(alices, status, sentence):
    alices.standin.answers(status, to=SAID)

    answer = alices.hears()
    assert (answer.status_code, alices.charges) == (422, [])
    assert sentence in answer.json()["error"]
    assert alices.hears().json()["url"]


@pytest.mark.parametrize("what", ["garbage", "html"])
def test_garbage_is_a_sentence(alices, what):
    alices.standin.answers(what, to=SAID)

    assert alices.hears().json()["error"]
    assert not SpokenPart.objects.exists()


@pytest.mark.database
def test_audio_that_is_too_much_is_paid_all_the_same(alices, monkeypatch):
    monkeypatch.setattr(client, "MAX_SPEECH_BYTES", 1000)

    answer = alices.hears()
    assert answer.json()["error"] == "Kokoro 82M sent more than this site accepts."
    (charge,) = alices.charges
    assert charge.generation_id in alices.standin.billed()
    alices.standin.later(60)
    cost_lookup.look_up(charge.pk)
    (charge,) = alices.charges
    assert charge.cost == len(TEXT) * PER_CHARACTER
    assert not SpokenPart.objects.exists()


def test_a_limit_refuses_before_anything_is_sent(alices):
    alices.spends_at_most("0.00001")

    assert alices.hears().json()["over_limit"]
    page = Page(alices.person.client.post(alices.address, {"part": 0}))
    assert page.status == 422
    assert "Read anyway" in page.one(".spoken-parts button").get_text()
    assert alices.asked(SAID) == []
    assert not SpokenPart.objects.exists()

    assert alices.hears(over_limit=1).json()["url"]


@pytest.mark.database
def test_two_tabs_pay_once(alices):
    may_answer = threading.Event()
    alices.standin.answers_raw([may_answer, silence(0.3)], content_type="audio/mpeg", to=SAID)
    urls = []
    tabs = [threading.Thread(target=lambda: urls.append(alices.hears().json()["url"])) for _ in range(2)]
    for tab in tabs:
        tab.start()
    alices.standin.wait_for(lambda: alices.asked(SAID))
    may_answer.set()
    for tab in tabs:
        tab.join()

    assert len(alices.asked(SAID)) == len(set(urls)) == len(alices.charges) == 1
    assert len(urls) == 2


def test_another_voice_is_another_reading(alices):
    alices.hears()
    alices.sets(speech_model="hexgrad/kokoro-82m", speech_voice="bm_george")

    alices.hears()
    assert [request.body["voice"] for request in alices.asked(SAID)] == ["af_bella", "bm_george"]


def test_there_is_nothing_to_read_in_code(alices):
    Message.objects.filter(pk=alices.answer.pk).update(text="```\nprint(1)\n```")

    assert "no text to read aloud" in page_of(alices).html
    assert alices.hears().status_code == 422


def test_a_question_or_a_running_answer_is_not_read(alices):
    question = Message.objects.get(conversation=alices.chat, role="user")
    assert alices.person.client.get(f"/messages/{question.pk}/speech/").status_code == 404
    Reply.objects.update(state="streaming")
    assert alices.person.client.get(alices.address).status_code == 404


@pytest.mark.database
def test_deleting_the_message_deletes_what_was_read_of_it(alices):
    address = alices.hears().json()["url"]

    alices.person.client.post(f"/messages/{alices.answer.pk}/deletion/")
    assert not SpokenPart.objects.exists()
    assert alices.person.client.get(address).status_code == 404
    assert len(alices.charges) == 1


def test_a_week_later_it_is_gone(alices, monkeypatch):
    alices.hears()
    SpokenPart.objects.update(created_at=timezone.now() - speech.LIFETIME - timedelta(minutes=1))
    monkeypatch.setattr(speech, "_swept_at", float("-inf"))
    alices.sets(speech_model="hexgrad/kokoro-82m", speech_voice="bm_george")

    alices.hears()
    assert SpokenPart.objects.count() == 1


def test_of_too_much_the_oldest_is_removed(alices, monkeypatch):
    monkeypatch.setattr(speech, "MAX_BYTES", 10_000)
    Message.objects.filter(pk=alices.answer.pk).update(text=LONG)

    alices.hears(0)
    first = SpokenPart.objects.get().pk
    alices.hears(1)

    assert SpokenPart.objects.count() == 1
    assert not SpokenPart.objects.filter(pk=first).exists()


def test_whoever_died_while_making_a_part_does_not_block_it(alices):
    alices.hears()
    long_ago = timezone.now() - speech.LONGEST_REQUEST - timedelta(seconds=1)
    SpokenPart.objects.update(audio=None, size_bytes=0, created_at=long_ago)

    assert alices.hears().json()["url"]


def test_prices_of_tokens_reserve_more_than_the_estimate(alices):
    alices.sets(speech_model="openai/gpt-4o-mini-tts-2025-12-15", speech_voice="nova")
    alices.hears()

    (charge,) = alices.charges
    expected = len(TEXT) * (Decimal("0.0000006") * Decimal("0.25") + Decimal("0.000012") * Decimal("1.7"))
    assert charge.estimate == 2 * expected

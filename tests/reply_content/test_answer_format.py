"""Answers that have to be JSON: checked when they end, shown indented, and asked for again where something is wrong."""

import json

import pytest

from chat.models import Conversation, Preset, Reply
from chat.replies import generate, live
from chat.reply_content.answer_format import as_code
from chat.reply_content.deltas import TEXT, Delta

DISH = {
    "type": "object",
    "properties": {"dish": {"type": "string"}, "portions": {"type": "integer"}},
    "required": ["dish", "portions"],
}
AS_SCHEMA = {"response_format": "json_schema", "json_schema": {"name": "dish", "schema": DISH}}
GOOD = '{"dish": "Soup & <b>bread</b>", "portions": 4}'


@pytest.fixture
def asks(alice):
    alice.signs_in()

    def ask(answer, settings, **fields):
        preset = Preset.objects.create(user=alice.user, settings=settings)
        return alice.asks(f"What do we eat? [[say {answer}]]", preset=preset.pk, **fields)

    return ask


@pytest.mark.parametrize("wanted", [AS_SCHEMA, {"response_format": "json_object"}])
def test_a_good_one_is_shown_indented_and_kept_as_it_came(asks, wanted):
    page = asks(GOOD, wanted)

    code = page.answer.select_one("pre code")
    assert json.loads(code.get_text()) == json.loads(GOOD)
    assert code.get_text().count("\n") > 2
    assert page.answer.select_one(".format").get_text().strip() == "Matches the format"
    reply = Reply.objects.get()
    assert (reply.message.text, reply.format_problems) == (GOOD, [])


def test_what_is_wrong_is_listed_with_its_place_and_a_way_to_ask_again(asks):
    page = asks('{"dish": "Soup", "portions": "four"}', AS_SCHEMA)

    assert page.answer.select_one(".format li code").get_text() == "/portions"
    assert "four" in page.answer.select_one(".format li").get_text()
    assert page.answer.select_one(".format button")["formaction"] == f"/replies/{Reply.objects.get().pk}/retry/"


def test_what_is_no_json_is_shown_as_it_came(asks):
    page = asks("Soup, I would say.", AS_SCHEMA)

    assert page.text == "Soup, I would say."
    assert "The answer isn't JSON" in page.answer.select_one(".format li").get_text()


def test_hostile_json_is_text(asks):
    page = asks(
        '{"dish": "<script>alert(1)</script>```\\n# Title", "portions": "<img src=x onerror=alert(1)>"}', AS_SCHEMA
    )

    assert page.answer.select("script, img, h1") == []
    assert "<script>alert(1)</script>```" in page.answer.select_one("pre code").get_text()


def test_any_other_answer_is_not_checked(asks):
    page = asks(GOOD, {"temperature": 1.0})

    assert page.answer.select(".format") == []
    assert Reply.objects.get().format_problems is None


def test_a_stopped_or_failed_one_is_not_checked(alice, asks):
    page = asks(f"{GOOD}]] [[error 502 after=3", AS_SCHEMA)

    assert page.state != "complete"
    assert page.answer.select(".format") == []


def test_who_follows_the_stream_gets_what_a_fresh_page_has(alice, asks):
    asks("Hello", AS_SCHEMA)
    chat = Conversation.objects.get()
    alice.sends_with_htmx(f"[[say {GOOD}]]", chat=chat)
    reply = alice.latest_reply()

    stream = alice.follows(reply)

    fresh = str(alice.looks_at(chat).answer)
    assert "event: done" in stream
    assert "Matches the format" in stream
    assert "Matches the format" in fresh


def test_a_deleted_one_says_nothing_of_it(alice, asks):
    asks("Soup", AS_SCHEMA)
    reply = Reply.objects.get()

    alice.client.post(f"/messages/{reply.message_id}/deletion/")

    reply.refresh_from_db()
    assert reply.format_problems is None


@pytest.mark.parametrize("depth", [500, *range(900, 1000)])
def test_one_that_is_nested_deeply_is_shown_somehow(depth):
    nested = "[" * depth + "]" * depth

    (shown,) = as_code([Delta(TEXT, nested)])

    assert "".join(shown.content.split()).strip("`").removeprefix("json") == nested


def test_a_check_that_fails_does_not_lose_the_answer(alice, asks, monkeypatch, caplog):
    def broken(deltas, schema):
        raise MemoryError

    asks(GOOD, AS_SCHEMA)
    monkeypatch.setattr(generate, "check_format", broken)
    chat = Conversation.objects.get()
    alice.sends(f"[[say {GOOD}]]", chat=chat)

    alice.standin.wait_for(lambda: alice.latest_reply().state == "complete" and not live.running())
    assert alice.looks_at(chat).text == GOOD
    assert "MemoryError" in caplog.text

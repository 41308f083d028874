"""What is behind the cost of an answer: who answered, tokens, speed, how it ended."""

from datetime import UTC, datetime, timedelta

import pytest

from chat.models import Message, Reply
from chat.streaming.answer_facts import Speed, speed_of

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
COMPLETE = {"state": "complete", "started": 0, "first": 2, "finished": 12, "completion_tokens": 100}
TIMES = {"asked": "asked_at", "started": "started_at", "first": "first_content_at", "finished": "finished_at"}


def reply_with(**fields) -> Reply:
    """A reply with times in seconds after AT."""
    times = {TIMES[name]: AT + timedelta(seconds=fields[name]) for name in TIMES if fields.get(name) is not None}
    others = {name: value for name, value in fields.items() if name not in TIMES}
    return Reply(**{"asked_at": AT, "message": Message(created_at=AT), **times, **others})


@pytest.mark.parametrize(
    ("fields", "speed"),
    [
        ({}, (2, 10)),
        ({"asked": -3}, (2, 10)),
        ({"asked": 1, "started": None}, (1, 10)),
        ({"first": None}, (None, None)),
        ({"first": 0}, (None, 100 / 12)),
        ({"first": -1}, (None, 100 / 13)),
        ({"finished": None}, (2, None)),
        ({"finished": 2}, (2, None)),
        ({"finished": 1}, (2, None)),
        ({"finished": 2.4}, (2, None)),
        ({"completion_tokens": None}, (2, None)),
        ({"completion_tokens": 19}, (2, None)),
        ({"completion_tokens": 20}, (2, 2)),
        ({"reasoning_tokens": 50}, (2, 5)),
        ({"reasoning_tokens": 90}, (2, None)),
        ({"reasoning_tokens": 50, "reasoning": "Hm"}, (2, 10)),
        ({"state": "stopped"}, (2, None)),
        ({"state": "failed"}, (2, None)),
        ({"state": "interrupted"}, (2, None)),
    ],
)
def test_how_fast_it_was(fields, speed):
    assert speed_of(reply_with(**{**COMPLETE, **fields})) == Speed(*speed)


def facts_on(page) -> list[str]:
    return [" ".join(span.get_text().split()) for span in page.answer.select(".facts > p > span:not(.when)")]


def test_a_page_tells_them(alice):
    alice.signs_in()
    alice.asks("[[details signed]] [[say Yes]]", model="anthropic/claude-haiku-4.5")
    reply = alice.latest_reply()
    started = reply.started_at
    Reply.objects.update(
        first_content_at=started + timedelta(seconds=1.5),
        finished_at=started + timedelta(seconds=11.5),
        **{"prompt_tokens": 1200, "cached_tokens": 1000, "cache_write_tokens": 150},
        **{"completion_tokens": 540, "reasoning_tokens": 40},
    )
    page = alice.looks_at(reply.message.conversation)

    assert facts_on(page) == [
        reply.provider,
        "1,200 input tokens (1,000 cached) (150 written to the cache)",
        "540 output tokens (40 for thinking)",
        "first token after 1.5 s",
        "54 tokens per second",
        "finished normally",
        reply.generation_id,
    ]
    link = page.answer.select_one(".facts a")
    assert link["href"] == f"{alice.standin.url}/logs?generation_id={reply.generation_id}"


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ("[[length]]", "reached the length limit"),
        ("[[filter]]", "ended by a content filter"),
        ("", "finished normally"),
    ],
)
def test_it_says_how_the_answer_ended(alice, mark, words):
    alice.signs_in()
    assert words in facts_on(alice.asks(f"[[tokens n=40]] {mark}"))


def test_what_is_not_known_is_not_shown(alice):
    alice.signs_in()
    page = alice.asks("[[error 502 provider]]")

    assert facts_on(page) == []


def test_an_interrupted_answer_tells_neither_rate_nor_end(alice):
    alice.signs_in()
    words = " ".join(facts_on(alice.asks("[[tokens n=40]] [[cut]]")))

    assert "first token after" in words
    assert "per second" not in words
    assert "finished" not in words


def test_it_names_the_model_that_was_asked_if_another_answered(alice):
    alice.signs_in()
    page = alice.asks("Hello?", model="openrouter/auto")
    assert facts_on(page)[0].endswith(" was requested")
    assert not any("was requested" in fact for fact in facts_on(alice.asks("Hello?", model="openai/gpt-5.4-mini")))


def test_a_copy_has_no_tokens_and_no_record_of_its_own(alice):
    alice.signs_in()
    alice.asks("[[tokens n=40]]")
    address = alice.client.post(f"/messages/{alice.latest_reply().message_id}/fork/").headers["Location"]
    copy = alice.user.conversations.get(pk=address.split("/")[2])
    words = " ".join(facts_on(alice.looks_at(copy)))

    assert "finished normally" in words
    assert "token" not in words.replace("first token", "")
    assert "gen-" not in words


def test_an_odd_id_is_no_way_into_the_page(alice):
    alice.signs_in()
    alice.asks("[[say Yes]]")
    Reply.objects.update(generation_id='"><script>&x=1')
    page = alice.looks_at(alice.latest_reply().message.conversation)

    assert page.answer.select_one(".facts a")["href"].endswith("/logs?generation_id=%22%3E%3Cscript%3E%26x%3D1")
    assert facts_on(page)[-1] == '"><script>&x=1'
